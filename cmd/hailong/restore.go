package main

import (
	"context"
	"fmt"
	"path/filepath"

	"hailong/migrations"
	"hailong/server"
	"hailong/server/store"
	"hailong/server/store/sqlite"
)

type restoreCmd struct {
	storeFlags
	Dir  string `arg:"" placeholder:"DIR" help:"Thư mục của bản sao lưu / directory of the backup"`
	JSON bool   `name:"json" help:"In bản kê dạng JSON / print the manifest as JSON"`
}

// Run puts a backup where no store is. It checks the files against the
// manifest, migrates, checks that the key fits, and counts all answers again
// against the tallies; where anything differs, nothing is left behind.
func (c *restoreCmd) Run(e *env) error {
	path, err := c.embedded("phục hồi bằng mongorestore / restore it with mongorestore")
	if err != nil {
		return err
	}
	m, err := sqlite.Restore(e.ctx, c.Dir, sqlite.RestoreTarget{Store: path, Key: c.keyPath(), Verify: c.verify})
	if err != nil {
		return explain(err)
	}
	return printManifest(e, m, c.JSON, "Đã phục hồi và kiểm chứng / restored and checked: "+path)
}

// verify is called when the key is in its place already.
func (c *restoreCmd) verify(ctx context.Context, st store.Store) error {
	if err := migrations.Up(ctx, st); err != nil {
		return err
	}
	keyed, err := server.Keyed(ctx, st)
	if err != nil || !keyed {
		return err // nothing was ever served from it
	}
	secret, err := c.secret(ctx, st)
	if err != nil {
		return fmt.Errorf("%s: %w", filepath.Base(c.keyPath()), err)
	}
	svc, err := server.New(ctx, st, secret, server.Config{Unit: c.Unit})
	if err != nil {
		return explain(err)
	}
	rep, err := svc.Recount(ctx, "", "", server.RepairNothing)
	if err != nil {
		return fmt.Errorf("đếm lại / counting again: %w", err)
	}
	if len(rep.Differing) > 0 {
		return fmt.Errorf("%w: %d bảng đếm khác với phiếu / tallies differ from the answers", sqlite.ErrDamaged, len(rep.Differing))
	}
	if !rep.Ledger.Sound() {
		return fmt.Errorf("%w: sổ kiểm chứng và phiếu không khớp / the ledger and the answers do not agree", sqlite.ErrDamaged)
	}
	return nil
}
