package main

import (
	"fmt"
	"io"

	"hailong/server"
)

// periodFile is what the commands share that write one file about a period.
type periodFile struct {
	storeFlags
	Period string `required:"" placeholder:"P" help:"2024-Q1, 2024-H1, 2024-Q3, 2024"`
	Out    string `required:"" placeholder:"FILE" help:"Tệp ghi ra / output file"`
}

// write lets content write the file, which gets its name once it is whole, and
// enters in the audit what was done with what.
func (f *periodFile) write(e *env, deed, what string, content func(w io.Writer, svc *server.Service, p server.Period) error) error {
	if _, err := server.ParsePeriod(f.Period); err != nil {
		return fmt.Errorf("%w: --period: %w", errUsage, err)
	}
	out, err := newOutput(f.Out)
	if err != nil {
		return err
	}
	defer out.discard()
	svc, err := f.open(e.ctx)
	if err != nil {
		return err
	}
	defer svc.Store.Close()
	p, err := svc.Period(f.Period)
	if err != nil {
		return err
	}
	if err := content(out, svc, p); err != nil {
		return explain(err)
	}
	if err := out.sync(); err != nil {
		return err
	}
	if err := out.keep(); err != nil {
		return err
	}
	return svc.Audit(e.ctx, "cli", deed, what)
}
