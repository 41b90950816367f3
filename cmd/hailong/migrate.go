package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"text/tabwriter"

	"hailong/migrations"
	"hailong/server/store"
)

type migrateCmd struct {
	Up     migrateUpCmd     `cmd:"" help:"Nâng cấp lên bố cục mới nhất; chạy lại không thay đổi gì. / Apply what is missing; running it again changes nothing."`
	Status migrateStatusCmd `cmd:"" help:"Liệt kê các bước nâng cấp. / List the migrations."`
}

type migrateUpCmd struct {
	storeFlags
	JSON bool `name:"json" help:"Một tài liệu JSON / one JSON document"`
}

// Run applies the migrations, which every command that opens the store does
// too, and tells what is applied then.
func (c *migrateUpCmd) Run(e *env) error {
	st, err := c.openStore(e.ctx)
	if err != nil {
		return err
	}
	return errors.Join(printMigrations(e, st, c.JSON), st.Close())
}

type migrateStatusCmd struct {
	storeFlags
	JSON bool `name:"json" help:"Một tài liệu JSON / one JSON document"`
}

// Run tells which migrations are applied and changes nothing.
func (c *migrateStatusCmd) Run(e *env) error {
	if err := c.mustExist(); err != nil {
		return err
	}
	st, err := c.openEngine(e.ctx)
	if err != nil {
		return err
	}
	return errors.Join(printMigrations(e, st, c.JSON), st.Close())
}

func printMigrations(e *env, st store.Store, asJSON bool) error {
	states, err := migrations.Status(e.ctx, st)
	if err != nil && !errors.Is(err, migrations.ErrNewer) {
		return explain(err)
	}
	type migration struct {
		Number  int    `json:"number"`
		Name    string `json:"name"`
		Applied bool   `json:"applied"`
	}
	list := make([]migration, len(states))
	for i, s := range states {
		list[i] = migration{s.Number, s.Name, s.Applied}
	}
	if asJSON {
		return errors.Join(err, json.NewEncoder(e.stdout).Encode(map[string]any{"migrations": list}))
	}
	w := tabwriter.NewWriter(e.stdout, 0, 0, 2, ' ', 0)
	for _, m := range list {
		state := "chưa áp dụng / missing"
		if m.Applied {
			state = "đã áp dụng / applied"
		}
		fmt.Fprintf(w, "%d\t%s\t%s\n", m.Number, state, m.Name)
	}
	return errors.Join(err, w.Flush())
}
