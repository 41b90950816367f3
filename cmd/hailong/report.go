package main

import (
	"fmt"

	"hailong/server"
	"hailong/server/demo"
	"hailong/server/report"
)

type reportCmd struct {
	storeFlags
	Period string `required:"" placeholder:"P" help:"2024-Q1, 2024-H1, 2024-Q3, 2024"`
	Format string `required:"" placeholder:"docx|pdf|xlsx|csv|json|zip" help:"docx, pdf, xlsx, csv, json; zip: gói thẩm định / the review pack"`
	Out    string `required:"" placeholder:"FILE" help:"Tệp ghi ra / output file"`
}

// Run writes the report of a period: the frozen figures where it is closed. The
// file gets its name once it is whole.
func (c *reportCmd) Run(e *env) error {
	format, err := report.ParseFormat(c.Format)
	if err != nil {
		return fmt.Errorf("%w: --format: %w", errUsage, err)
	}
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
	r, err := report.Produce(e.ctx, out, svc, p, format, isDemo)
	if err != nil {
		return explain(err)
	}
	if err := out.sync(); err != nil {
		return err
	}
	if err := out.keep(); err != nil {
		return err
	}
	if err := svc.Audit(e.ctx, "cli", "report", p.ID+" "+c.Format); err != nil {
		return err
	}
	state := "chưa chốt / not closed"
	if r.Closed != nil {
		state = "đã chốt ngày / closed on " + server.DayOf(r.Closed.At).VI()
	}
	fmt.Fprintf(e.stderr, "%s: %s, số liệu từ %s đến %s, %s\n", c.Out, p.Name(), r.Figures.From.VI(), r.Figures.To.VI(), state)
	if format.Name == "zip" {
		fmt.Fprintf(e.stderr, "Kiểm tra bằng / check with: hailong verify %s\n", c.Out)
	}
	return nil
}
