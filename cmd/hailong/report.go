package main

import (
	"fmt"
	"io"

	"hailong/server"
	"hailong/server/demo"
	"hailong/server/report"
)

type reportCmd struct {
	periodFile
	Format string `required:"" placeholder:"docx|pdf|xlsx|csv|json|zip" help:"docx, pdf, xlsx, csv, json; zip: gói thẩm định / the review pack"`
}

// Run writes the report of a period: the frozen figures where it is closed.
func (c *reportCmd) Run(e *env) error {
	format, err := report.ParseFormat(c.Format)
	if err != nil {
		return fmt.Errorf("%w: --format: %w", errUsage, err)
	}
	var r *server.PeriodReport
	var period server.Period
	err = c.write(e, "report", c.Period+" "+c.Format, func(w io.Writer, svc *server.Service, p server.Period) error {
		isDemo, err := demo.Marked(e.ctx, svc)
		if err != nil {
			return err
		}
		period = p
		r, err = report.Produce(e.ctx, w, svc, p, format, isDemo)
		return err
	})
	if err != nil {
		return err
	}
	state := "chưa chốt / not closed"
	if r.Closed != nil {
		state = "đã chốt ngày / closed on " + server.DayOf(r.Closed.At).VI()
	}
	fmt.Fprintf(e.stderr, "%s: %s, số liệu từ %s đến %s, %s\n", c.Out, period.Name(), r.Figures.From.VI(), r.Figures.To.VI(), state)
	if format.Name == "zip" {
		fmt.Fprintf(e.stderr, "Kiểm tra bằng / check with: hailong verify %s\n", c.Out)
	}
	return nil
}
