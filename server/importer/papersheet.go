package importer

import (
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"hailong/server"
)

// maxPaperRows is how many forms one sheet may hold: each is stored by itself
// while somebody waits.
const maxPaperRows = 5000

// A paperSheet is a sheet of filled paper forms whose header was found.
type paperSheet struct {
	file     *sheetFile
	row      int   // of the header
	places   []int // by server.PaperColumns: where the column stands, -1 for nowhere
	columns  []server.PaperColumn
	from1904 bool
}

// itemNumber begins the header of an item: 7, c7, 7. Text.
var itemNumber = regexp.MustCompile(`^[cC]?(\d{1,2})(?:[.):]|$)`)

// openPaper finds the sheet of forms in a workbook. Anything wrong with the
// file as a whole is a *FileError.
func openPaper(r io.ReaderAt, size int64) (*paperSheet, error) {
	head := make([]byte, min(size, headSize))
	if n, err := r.ReadAt(head, 0); n < len(head) {
		return nil, unreadable(err)
	}
	kind, err := kindOf(r, size, head)
	if err != nil {
		return nil, err
	}
	if kind == kindText {
		return nil, fileError("đây không phải tệp XLSX; hãy dùng tệp mẫu", "this is not an XLSX file; please use the template")
	}
	w, err := openWorkbook(r, size)
	if err != nil {
		return nil, err
	}
	if err := w.strings.load(); err != nil {
		return nil, err
	}
	p, err := findPaper(w)
	if err != nil {
		_ = w.strings.close() // the error that matters is the other
	}
	return p, err
}

func findPaper(w *workbook) (*paperSheet, error) {
	columns := server.PaperColumns()
	missing := columns
	for _, s := range w.sheets {
		f := &sheetFile{book: w, part: w.parts[s.part]}
		rows, err := firstRows(f.rows())
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			places := paperPlaces(r, columns)
			var lacks []server.PaperColumn
			for i, c := range columns {
				if places[i] < 0 && (c.Kind == server.PaperSign || c.ID == server.PaperNumber || c.ID == server.PaperDay) {
					lacks = append(lacks, c)
				}
			}
			if len(lacks) == 0 && r.number <= headerRows {
				return &paperSheet{file: f, row: r.number, places: places, columns: columns, from1904: w.from1904}, nil
			}
			if len(lacks) < len(missing) {
				missing = lacks
			}
		}
	}
	names := make([]string, 0, len(missing))
	for _, c := range missing {
		names = append(names, "“"+c.Head+"”")
	}
	if len(names) > 6 {
		return nil, fileError("không thấy dòng tiêu đề của mẫu nhập phiếu; hãy tải tệp mẫu", "the header of the template is not there; please download the template")
	}
	list := strings.Join(names, ", ")
	return nil, fileError("dòng tiêu đề thiếu cột "+list, "the header lacks the columns "+list)
}

// paperPlaces says where a row of headings has each column.
func paperPlaces(r row, columns []server.PaperColumn) []int {
	by := map[string]int{}
	number := map[int]int{}
	for i, c := range columns {
		by[fold(c.Head)] = i
		if c.Kind == server.PaperSign {
			number[len(number)+1] = i
		}
	}
	delete(number, len(number)) // the overall one has no number
	places := make([]int, len(columns))
	for i := range places {
		places[i] = -1
	}
	for _, c := range r.cells {
		i, ok := by[fold(c.text)]
		if !ok {
			if m := itemNumber.FindStringSubmatch(c.text); m != nil {
				n, err := strconv.Atoi(m[1])
				if i, ok = number[n]; err != nil {
					ok = false
				}
			}
		}
		if ok && places[i] < 0 {
			places[i] = c.col
		}
	}
	return places
}

// A paperFault is what is wrong with one cell of a form.
type paperFault struct{ column, value, reason string }

// form reads a row as it was typed; empty reports that no column holds
// anything. What the signs mean is checked here, cell by cell, the form as a
// whole by the service.
func (p *paperSheet) form(r row) (f server.PaperForm, faults []paperFault, empty bool) {
	empty = true
	var signs, further strings.Builder
	blank := true
	for i, col := range p.columns {
		var c cell
		if p.places[i] >= 0 {
			c = r.at(p.places[i])
		}
		empty = empty && c.text == ""
		wrong := func(reason string) {
			faults = append(faults, paperFault{col.Head, shown(c.text), reason})
		}
		why := unfitForPaper(c)
		if !why.zero() {
			wrong(why.VI)
		}
		switch col.Kind {
		case server.PaperSign:
			sign, ok := paperSign(c.text)
			if !ok && why.zero() {
				wrong("chỉ dùng 1–5, N (không phát sinh) hoặc để trống")
			}
			blank = blank && sign == '-'
			signs.WriteRune(sign)
		case server.PaperChoice:
			choice, ok := paperChoice(c.text, len(col.Choices))
			if !ok && why.zero() {
				wrong(fmt.Sprintf("chỉ dùng 1–%d hoặc để trống", len(col.Choices)))
			}
			further.WriteRune(choice)
		case server.PaperText:
			if reason := p.whole(&f, col.ID, c); reason != "" && why.zero() {
				wrong(reason)
			}
		}
	}
	f.Signs, f.Further = signs.String(), further.String()
	if blank && len(faults) == 0 {
		faults = append(faults, paperFault{p.columns[0].Head, shown(f.Number), "phiếu không có câu trả lời nào"})
	}
	return f, faults, empty
}

func unfitForPaper(c cell) Reason {
	switch {
	case c.kind == errorCell:
		return reasonCellError
	case tooLong(c.text):
		return reasonTooLong
	case damaged(c.text):
		return reasonDamaged
	}
	return Reason{}
}

// whole reads a cell about the form as a whole.
func (p *paperSheet) whole(f *server.PaperForm, id string, c cell) (reason string) {
	switch id {
	case server.PaperNumber:
		f.Number = c.text
		if c.text == "" {
			return "thiếu số phiếu"
		}
	case server.PaperDay:
		if c.text == "" {
			return "thiếu ngày trả lời"
		}
		m, why := parseMoment(c.text, server.Zone, p.from1904)
		if !why.zero() {
			return why.VI
		}
		f.Day = server.DayOf(m.Time)
	case server.PaperField:
		f.Field = c.text
	case server.PaperCounter:
		f.Counter = c.text
	}
	if len(c.text) > 200 { // as ParsePaperForm counts
		return "quá dài"
	}
	return ""
}

// paperSign reads the cell of an item; '-' is unanswered.
func paperSign(text string) (rune, bool) {
	switch text {
	case "", "-", ".":
		return '-', true
	case "N", "n":
		return 'N', true
	case "1", "2", "3", "4", "5":
		return rune(text[0]), true
	}
	return '-', false
}

// paperChoice reads the cell of a further question.
func paperChoice(text string, choices int) (rune, bool) {
	if text == "" || text == "-" || text == "." {
		return '-', true
	}
	if len(text) == 1 && text[0] >= '1' && int(text[0]-'0') <= choices {
		return rune(text[0]), true
	}
	return '-', false
}
