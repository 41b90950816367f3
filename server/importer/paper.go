package importer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"hailong/server"
)

// A PaperHouse is what an import of paper forms needs of the service.
type PaperHouse interface {
	// ParsePaperForm checks a form as it was typed.
	ParsePaperForm(typed server.PaperForm) (server.PaperForm, error)
	// EnterPaper takes one keying of a form.
	EnterPaper(ctx context.Context, f server.PaperForm, how server.PaperMode) (server.PaperResult, error)
}

// PaperOptions say whose keying a sheet is.
type PaperOptions struct {
	Person string // who keyed the sheet in
	// Checked says that the sheet was compared with the paper: its forms are
	// stored at once, without a second keying.
	Checked bool
}

// A PaperReport says what became of the forms of a sheet:
// Rows = New + Already + Waiting + len(Rejected).
type PaperReport struct {
	File     string      `json:"file"`
	Rows     int         `json:"rows"`
	New      int         `json:"new"`      // stored by this import
	Already  int         `json:"already"`  // stored before, with the same answers
	Waiting  int         `json:"waiting"`  // for a second keying
	Rejected []Rejection `json:"rejected"` // never nil; one for each row that was not taken
	Error    string      `json:"error,omitempty"`
}

// ImportPaper reads a workbook of filled forms (the template of /nhap-phieu) to
// its end and then enters each form as one keying. A form that is wrong is
// rejected with its row and column, in Vietnamese, and the others are taken.
// What is wrong with the file as a whole is a *FileError, and nothing of it is
// entered. On another error the report counts what is known to be entered; the
// same sheet again is safe and goes on from there.
func ImportPaper(ctx context.Context, house PaperHouse, name string, r io.ReaderAt, size int64, opt PaperOptions) (PaperReport, error) {
	report := PaperReport{File: name, Rejected: []Rejection{}}
	p, err := openPaper(r, size)
	if err != nil {
		return report, err
	}
	defer p.file.close() // a temporary file
	var rows []row
	for r, err := range p.file.rows() {
		if err != nil {
			return report, err
		}
		if r.number > p.row {
			rows = append(rows, r)
		}
		if len(rows) > maxPaperRows {
			return report, fileError(fmt.Sprintf("bảng có hơn %d dòng; hãy chia thành nhiều tệp", maxPaperRows), fmt.Sprintf("the sheet has more than %d rows; please split it", maxPaperRows))
		}
	}
	clerk := paperClerk{paperSheet: p, house: house, opt: opt, rows: map[string]int{}, report: &report}
	for _, r := range rows {
		if err := clerk.enter(ctx, r); err != nil {
			return report, fmt.Errorf("row %d: %w", r.number, err)
		}
	}
	return report, nil
}

// A paperClerk enters the rows of a sheet.
type paperClerk struct {
	*paperSheet
	house  PaperHouse
	opt    PaperOptions
	rows   map[string]int // by number of the form
	report *PaperReport
}

func (c *paperClerk) enter(ctx context.Context, r row) error {
	typed, faults, empty := c.form(r)
	if empty {
		return nil
	}
	c.report.Rows++
	typed.By = server.PaperSheetBy(c.opt.Person)
	if len(faults) > 0 {
		c.reject(r.number, faults...)
		return nil
	}
	form, err := c.house.ParsePaperForm(typed)
	if errors.Is(err, server.ErrInvalid) {
		c.reject(r.number, c.fault(typed, form, err))
		return nil
	}
	if err != nil {
		return err
	}
	if before := c.rows[form.Number]; before > 0 {
		c.reject(r.number, c.about(server.PaperNumber, form.Number, fmt.Sprintf("số phiếu này đã có ở dòng %d", before)))
		return nil
	}
	c.rows[form.Number] = r.number
	how := server.KeyPaper
	if c.opt.Checked {
		how = server.SettlePaper
	}
	result, err := c.house.EnterPaper(ctx, form, how)
	if errors.Is(err, server.ErrAnswered) {
		c.reject(r.number, c.about(server.PaperNumber, form.Number, "số phiếu này đã được lưu với câu trả lời khác; kiểm tra lại số phiếu"))
		return nil
	}
	if err != nil {
		return err
	}
	switch result.State {
	case server.PaperFirst:
		c.report.Waiting++
	case server.PaperStored:
		c.report.New++
	case server.PaperAlready:
		c.report.Already++
	case server.PaperDiffers:
		var faults []paperFault
		for _, d := range result.Differences {
			reason := fmt.Sprintf("khác với lần nhập trước (%s): lần trước “%s”, lần này “%s”; xem lại phiếu giấy", server.PaperKeyer(result.FirstBy), d.First, d.Second)
			faults = append(faults, paperFault{c.headOf(d.What), shown(d.Second), reason})
		}
		c.reject(r.number, faults...)
	}
	return nil
}

// reject makes one rejection of the faults of a row: the first in full, the
// others by their column and reason.
func (c *paperClerk) reject(row int, faults ...paperFault) {
	first := faults[0]
	reason := first.reason
	for _, f := range faults[1:] {
		reason += "; “" + f.column + "”: " + f.reason
	}
	c.report.Rejected = append(c.report.Rejected, Rejection{Row: row, Column: first.column, Value: first.value, Reason: reason})
}

func (c *paperClerk) about(id, value, reason string) paperFault {
	for _, col := range c.columns {
		if col.ID == id {
			return paperFault{col.Head, shown(value), reason}
		}
	}
	return paperFault{id, shown(value), reason}
}

// fault says which cell the service does not accept: with the signs read one by
// one, only the number and the day are left, and without a good number the
// service does not come to the day.
func (c *paperClerk) fault(typed, form server.PaperForm, err error) paperFault {
	reason := strings.TrimPrefix(err.Error(), server.ErrInvalid.Error()+": ")
	if form.Day == "" {
		return c.about(server.PaperNumber, typed.Number, reason)
	}
	return c.about(server.PaperDay, typed.Day.VI(), reason)
}

// headOf is the column of a question by its text.
func (c *paperClerk) headOf(text string) string {
	for _, col := range c.columns {
		if col.Head == text || col.Kind == server.PaperSign && strings.HasSuffix(col.Head, ". "+text) {
			return col.Head
		}
	}
	return "Đánh giá chung"
}
