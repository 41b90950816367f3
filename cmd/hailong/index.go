package main

import (
	"encoding/json"
	"fmt"

	"hailong/server"
)

type indexCmd struct {
	storeFlags
	From   string `required:"" placeholder:"DAY" help:"Từ ngày / first day, 2024-01-01"`
	To     string `required:"" placeholder:"DAY" help:"Đến ngày / last day, 2024-12-31"`
	By     string `help:"field,procedure,counter,officer,channel,lane,month"`
	Survey string `help:"Bộ câu hỏi / instrument, sipas-short"`
	JSON   bool   `name:"json" help:"Một tài liệu JSON / one JSON document"`
}

func (c *indexCmd) Run(e *env) error {
	q := server.IndexQuery{Survey: c.Survey}
	var err error
	if q.From, err = server.ParseDay(c.From); err != nil {
		return fmt.Errorf("%w: --from: %w", errUsage, err)
	}
	if q.To, err = server.ParseDay(c.To); err != nil {
		return fmt.Errorf("%w: --to: %w", errUsage, err)
	}
	if q.By, err = server.ParseDimensions(c.By); err != nil {
		return fmt.Errorf("%w: --by: %w", errUsage, err)
	}
	svc, err := c.open(e.ctx)
	if err != nil {
		return err
	}
	defer svc.Store.Close()
	doc, err := svc.Index(e.ctx, q)
	if err != nil {
		return err
	}
	if c.JSON {
		enc := json.NewEncoder(e.stdout)
		enc.SetIndent("", "  ")
		return enc.Encode(doc)
	}
	return printIndex(e.stdout, doc)
}
