package main

import (
	"errors"
	"fmt"
	"os"

	"hailong/server"
	"hailong/server/report"
)

type packCmd struct {
	Take packTakeCmd `cmd:"" help:"Thành phố nhận gói thẩm định của phường: kiểm, rồi giữ số đếm. / A city takes in a ward's review pack: it is checked and its counters are kept."`
}

type packTakeCmd struct {
	storeFlags
	Packs []string `arg:"" name:"file" help:"Gói ZIP / packs"`
}

// Run takes in packs, with --unit of the city. Exit code 3 says that some were
// refused; the others are kept.
func (c *packTakeCmd) Run(e *env) error {
	svc, err := c.open(e.ctx)
	if err != nil {
		return err
	}
	defer svc.Store.Close()
	refused := false
	for _, path := range c.Packs {
		var p server.TakenPack
		var already bool
		err := withFile(path, func(f *os.File, size int64) (err error) {
			p, already, err = report.TakePack(e.ctx, svc, "", "", f, size, "cli")
			return err
		})
		switch {
		case errors.Is(err, server.ErrInvalid), errors.Is(err, server.ErrNotFound):
			refused = true
			fmt.Fprintf(e.stderr, "%s: không nhận / refused: %v\n", path, err)
		case err != nil:
			return fmt.Errorf("%s: %w", path, err)
		case already:
			fmt.Fprintf(e.stdout, "%s: %s %s đã nhận trước / already\n", path, p.Unit, p.Period)
		case p.Number > 1:
			fmt.Fprintf(e.stdout, "%s: %s %s gói bổ sung số %d / amendment\n", path, p.Unit, p.Period, p.Number)
		default:
			fmt.Fprintf(e.stdout, "%s: %s %s đã nhận / stored\n", path, p.Unit, p.Period)
		}
	}
	if refused {
		return errRejected
	}
	return nil
}
