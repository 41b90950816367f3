package report

import (
	"context"
	"fmt"
	"io"

	"hailong/server"
)

// A Format is one form in which a period's report leaves the house.
type Format struct {
	Name string // and the file's ending: docx
	MIME string
	make func(io.Writer, *server.PeriodReport, bool) error
}

// Formats lists them all.
func Formats() []Format {
	figures := func(write func(io.Writer, *Figures) error) func(io.Writer, *server.PeriodReport, bool) error {
		return func(w io.Writer, r *server.PeriodReport, demo bool) error { return write(w, reportFigures(r, demo)) }
	}
	return []Format{
		{"docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", OfficialDOCX},
		{"pdf", "application/pdf", OfficialPDF},
		{"xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", figures(IndexXLSX)},
		{"csv", "text/csv; charset=utf-8", figures(IndexCSV)},
		{"json", "application/json", func(w io.Writer, r *server.PeriodReport, _ bool) error {
			b, err := r.JSON()
			if err == nil {
				_, err = w.Write(b)
			}
			return err
		}},
		{"zip", "application/zip", nil}, // the review pack; see Produce
	}
}

// Produce reads the store and writes the report of a period in any format, the
// review pack (zip) included. The same store makes the same bytes.
func Produce(ctx context.Context, w io.Writer, svc *server.Service, p server.Period, f Format, demo bool) (*server.PeriodReport, error) {
	r, err := svc.PeriodReport(ctx, p)
	if err != nil {
		return nil, err
	}
	if f.make == nil {
		return r, WritePack(ctx, w, svc, p, demo)
	}
	return r, f.Write(w, r, demo)
}

// ParseFormat finds a format by its name; anything else is server.ErrInvalid.
func ParseFormat(name string) (Format, error) {
	for _, f := range Formats() {
		if f.Name == name {
			return f, nil
		}
	}
	return Format{}, fmt.Errorf("%w: no report format %q: use docx, pdf, xlsx, csv, json or zip", server.ErrInvalid, name)
}

// Write writes a period's report in the format; demo marks simulated answers.
// The same report makes the same bytes.
func (f Format) Write(w io.Writer, r *server.PeriodReport, demo bool) error {
	if err := f.make(w, r, demo); err != nil {
		return fmt.Errorf("writing the %s report: %w", f.Name, err)
	}
	return nil
}
