package server

import (
	"fmt"
	"strings"

	"hailong/scoring/instrument"
)

// A PaperColumn is a column of the sheet (bảng tính nhập phiếu) on which filled
// forms are keyed in, one row a form.
type PaperColumn struct {
	// ID is one of the constants below, the item's or the further question's.
	ID   string
	Head string // as the template has it
	Kind PaperColumnKind
	// Choices are those of a further question, written by number from 1.
	Choices []string
}

// A PaperColumnKind says what the cells of a column hold.
type PaperColumnKind int

// The kinds of columns.
const (
	PaperText   PaperColumnKind = iota // of the form as a whole
	PaperSign                          // 1 to 5, N or empty: an item
	PaperChoice                        // the number of a choice, or empty: a further question
)

// The columns about the form as a whole.
const (
	PaperNumber  = "number"
	PaperDay     = "day"
	PaperField   = "field"
	PaperCounter = "counter"
)

// PaperColumns lists the columns of the sheet in their order.
func PaperColumns() []PaperColumn {
	out := []PaperColumn{
		{ID: PaperNumber, Head: "Số phiếu"}, {ID: PaperDay, Head: "Ngày trả lời"},
		{ID: PaperField, Head: "Lĩnh vực"}, {ID: PaperCounter, Head: "Quầy"},
	}
	for i, it := range instrument.Full().Items() {
		head := fmt.Sprintf("%d. %s", i+1, it.Text.VI)
		if it.ID == "overall" {
			head = "Đánh giá chung"
		}
		out = append(out, PaperColumn{ID: it.ID, Head: head, Kind: PaperSign})
	}
	for _, q := range FurtherQuestions() {
		col := PaperColumn{ID: q.ID, Head: q.Text.VI, Kind: PaperChoice}
		for _, c := range q.Choices {
			col.Choices = append(col.Choices, c.VI)
		}
		out = append(out, col)
	}
	return out
}

// bySheet begins the name of whoever keyed forms on a sheet.
const bySheet = "xlsx:"

// PaperSheetBy is how PaperForm.By names a person's sheets: all of them together
// are one keying, which that person's keying by hand can confirm.
func PaperSheetBy(person string) string { return bySheet + person }

// PaperKeyer says of a PaperForm.By, in words, who keyed the form.
func PaperKeyer(by string) string {
	if person, ok := strings.CutPrefix(by, bySheet); ok {
		return "bảng tính của " + person
	}
	return by
}

// sameSheet reports whether both keyings come from one person's sheets.
func (f PaperForm) sameSheet(g PaperForm) bool {
	return f.By == g.By && strings.HasPrefix(f.By, bySheet)
}
