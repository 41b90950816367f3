package main

import (
	"io"

	"hailong/server"
	"hailong/server/demo"
	"hailong/server/report"
)

type evidenceCmd struct{ periodFile }

// Run writes the evidence of a period.
func (c *evidenceCmd) Run(e *env) error {
	return c.write(e, "export", "bang-chung "+c.Period, func(w io.Writer, svc *server.Service, p server.Period) error {
		isDemo, err := demo.Marked(e.ctx, svc)
		if err != nil {
			return err
		}
		return report.WriteEvidence(e.ctx, w, svc, server.User{}, p, isDemo)
	})
}
