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
	Format string `required:"" enum:"zip" help:"zip: gói thẩm định / the review pack"`
	Out    string `required:"" placeholder:"FILE" help:"Tệp kết quả / output file"`
}

// Run writes the file under its name once it is whole.
func (c *reportCmd) Run(e *env) error {
	p, err := server.ParsePeriod(c.Period)
	if err != nil {
		return fmt.Errorf("%w: --period: %w", errUsage, err)
	}
	svc, err := c.open(e.ctx)
	if err != nil {
		return err
	}
	defer svc.Store.Close()
	isDemo, err := demo.Marked(e.ctx, svc)
	if err != nil {
		return err
	}
	out, err := newOutput(c.Out)
	if err != nil {
		return err
	}
	defer out.discard()
	if err := report.WritePack(e.ctx, out, svc, p, isDemo); err != nil {
		return explain(err)
	}
	if err := out.sync(); err != nil {
		return err
	}
	if err := out.keep(); err != nil {
		return err
	}
	fmt.Fprintf(e.stderr, "Đã lập gói thẩm định kỳ %s: %s. Kiểm tra bằng / check with: hailong verify %s\n", p.ID, c.Out, c.Out)
	return nil
}
