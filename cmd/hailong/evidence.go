package main

import (
	"fmt"

	"hailong/server"
	"hailong/server/demo"
	"hailong/server/report"
)

type evidenceCmd struct {
	storeFlags
	Period string `required:"" placeholder:"P" help:"2024-Q1, 2024-H1, 2024-Q3, 2024"`
	Out    string `required:"" placeholder:"FILE" help:"Tệp ZIP ghi ra / output file"`
}

// Run writes the evidence of a period.
func (c *evidenceCmd) Run(e *env) error {
	if _, err := server.ParsePeriod(c.Period); err != nil {
		return fmt.Errorf("%w: --period: %w", errUsage, err)
	}
	out, err := newOutput(c.Out)
	if err != nil {
		return err
	}
	defer out.discard()
	svc, err := c.open(e.ctx)
	if err != nil {
		return err
	}
	defer svc.Store.Close()
	p, err := svc.Period(c.Period)
	if err != nil {
		return err
	}
	isDemo, err := demo.Marked(e.ctx, svc)
	if err != nil {
		return err
	}
	if err := report.WriteEvidence(e.ctx, out, svc, server.User{}, p, isDemo); err != nil {
		return explain(err)
	}
	if err := out.sync(); err != nil {
		return err
	}
	if err := out.keep(); err != nil {
		return err
	}
	return svc.Audit(e.ctx, "cli", "export", "bang-chung "+p.ID)
}
