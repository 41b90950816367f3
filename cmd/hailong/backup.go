package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"time"

	"hailong/migrations"
	"hailong/server/store/sqlite"
)

type backupCmd struct {
	storeFlags
	Dir  string `arg:"" placeholder:"DIR" help:"Thư mục mới cho bản sao lưu / a new directory for the backup"`
	JSON bool   `name:"json" help:"In bản kê dạng JSON / print the manifest as JSON"`
}

// Run copies the store and its key while the service runs.
func (c *backupCmd) Run(e *env) error {
	path, err := c.embedded("sao lưu bằng mongodump / back it up with mongodump")
	if err != nil {
		return err
	}
	if err := c.mustExist(); err != nil {
		return err
	}
	schema, err := c.schema(e)
	if err != nil {
		return err
	}
	m, err := sqlite.Backup(e.ctx, sqlite.BackupSource{
		Store: path, Key: c.keyPath(), Created: time.Now().UTC().Truncate(time.Second), Program: version, Schema: schema,
	}, c.Dir)
	if err != nil {
		return explain(err)
	}
	if m.Key == nil {
		fmt.Fprintf(e.stderr, "CHÚ Ý: không có tệp khóa %s; hãy sao lưu khóa riêng, thiếu khóa thì phiếu đã in không dùng được.\nNOTE: there is no key file; keep a copy of the key elsewhere, without it printed slips are unknown.\n", c.keyPath())
	}
	return printManifest(e, m, c.JSON, "Đã sao lưu vào / backed up to "+c.Dir)
}

// schema counts the migrations that the store has.
func (c *backupCmd) schema(e *env) (n int, err error) {
	st, err := c.openEngine(e.ctx)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	states, err := migrations.Status(e.ctx, st)
	if err != nil {
		return 0, explain(err)
	}
	for _, s := range states {
		if s.Applied {
			n = max(n, s.Number)
		}
	}
	return n, nil
}

// embedded gives the file of the embedded store, or says what to do with
// another one.
func (f storeFlags) embedded(instead string) (string, error) {
	path, ok := f.sqlitePath()
	if !ok {
		return "", fmt.Errorf("%w: lệnh này dành cho kho nhúng sqlite:PATH; MongoDB: %s", errUsage, instead)
	}
	if path == "" {
		return "", fmt.Errorf("%w: --store sqlite: thiếu đường dẫn / lacks a path", errUsage)
	}
	return path, nil
}

// mustExist refuses an embedded store that would be made by opening it.
func (f storeFlags) mustExist() error {
	path, ok := f.sqlitePath()
	if !ok {
		return nil
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("không có kho dữ liệu / there is no store: %s", path)
	}
	return nil
}

func printManifest(e *env, m sqlite.Manifest, asJSON bool, done string) error {
	if asJSON {
		return json.NewEncoder(e.stdout).Encode(m)
	}
	fmt.Fprintf(e.stdout, "%s\n%s  %d bytes  SHA-256 %s\n", done, m.Created.Format(time.RFC3339), m.Store.Bytes, m.Store.SHA256)
	for _, name := range slices.Sorted(maps.Keys(m.Counts)) {
		fmt.Fprintf(e.stdout, "  %-12s %d\n", name, m.Counts[name])
	}
	return nil
}
