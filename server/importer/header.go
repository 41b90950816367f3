package importer

import (
	"regexp"
	"slices"
	"strings"
)

// headerRows is how far down a file the header is looked for: the last row, as
// a spreadsheet numbers them, on which it may stand.
const headerRows = 30

// A row is one row of a sheet with the cells that hold something.
type row struct {
	number int // as a spreadsheet shows it, from 1
	cells  []cell
	broken Reason // why the row could not be read at all
}

// A cell is one cell that is not empty.
type cell struct {
	col  int // from 0
	text string
	kind cellKind
}

// A cellKind tells numbers and errors from text.
type cellKind uint8

const (
	textCell cellKind = iota
	numberCell
	errorCell
)

// at returns the cell of a column; a missing one is empty.
func (r row) at(col int) cell {
	// Most rows are full up to the column.
	if col < len(r.cells) && r.cells[col].col == col {
		return r.cells[col]
	}
	for _, c := range r.cells {
		if c.col == col {
			return c
		}
	}
	return cell{col: col}
}

// hasCode reports whether a cell of the row is the code of a dossier: then the
// row is no header.
func (r row) hasCode() bool {
	return slices.ContainsFunc(r.cells, func(c cell) bool {
		_, ok := parseCode(c.text)
		return ok
	})
}

// A header says where the columns of a file are.
type header struct {
	row    int // number of the last row of the header
	column map[Column]place
}

// A place is where a column stands, and how the file calls it.
type place struct {
	col   int
	label string
	rank  int // of its wording; 0 is a mapping
}

// missing lists the columns that the header does not have.
func (h header) missing(required bool) []Column {
	var out []Column
	for _, k := range columnKinds() {
		if _, ok := h.column[k.column]; !ok && (k.required || !required) {
			out = append(out, k.column)
		}
	}
	return out
}

// dictionary finds columns by their wording.
type dictionary struct {
	by map[string]wordingRank
	// ignored are headers that a mapping takes out of the game.
	ignored map[string]bool
}

type wordingRank struct {
	column Column
	rank   int
}

// newDictionary knows the wordings in use and those of a mapping, which win.
func newDictionary(m Mapping) dictionary {
	d := dictionary{map[string]wordingRank{}, map[string]bool{}}
	for _, k := range columnKinds() {
		for i, w := range k.wordings {
			d.by[fold(w)] = wordingRank{k.column, 2 + 2*i}
		}
		d.by[fold(string(k.column))] = wordingRank{k.column, 2 + 2*len(k.wordings)}
	}
	for label, column := range m.Columns {
		if column == "" {
			d.ignored[fold(label)] = true
			continue
		}
		d.by[fold(label)] = wordingRank{column, 0}
	}
	return d
}

var inBrackets = regexp.MustCompile(`\([^()]*\)|\[[^\[\]]*\]`)

// column reads one header cell: its wording, without what stands in brackets
// ("Ngày hẹn trả (dd/mm/yyyy)"), or alternatives that mean the same ("Số hồ
// sơ/Mã hồ sơ").
func (d dictionary) column(label string) (wordingRank, bool) {
	if label == "" || len(label) > 200 {
		return wordingRank{}, false
	}
	key := fold(label)
	if d.ignored[key] {
		return wordingRank{}, false
	}
	if w, ok := d.by[key]; ok {
		return w, true
	}
	bare := inBrackets.ReplaceAllString(label, "")
	if w, ok := d.by[fold(bare)]; ok {
		w.rank++
		return w, true
	}
	var found wordingRank
	for i, part := range strings.Split(bare, "/") {
		w, ok := d.by[fold(part)]
		if !ok || i > 0 && w.column != found.column {
			return wordingRank{}, false
		}
		if i == 0 || w.rank < found.rank {
			found = w
		}
	}
	found.rank++
	return found, true
}

// read takes labels, by column, for a header and says which columns it has.
// Where two labels name one column, the more telling wording is it, else the
// one further left.
func (d dictionary) read(labels []cell) map[Column]place {
	found := map[Column]place{}
	for _, c := range labels {
		w, ok := d.column(c.text)
		if !ok {
			continue
		}
		if was, twice := found[w.column]; !twice || w.rank < was.rank {
			found[w.column] = place{c.col, c.text, w.rank}
		}
	}
	return found
}

// find looks for the header among the first rows of a sheet. It is the row
// that has all the required columns; if there is none, two rows one above the
// other that have them together, as where "Ngày" spans "tiếp nhận" and "hẹn
// trả". ok is false where neither is there; the header then is the nearest.
func (d dictionary) find(rows []row) (best header, ok bool) {
	for i, r := range rows {
		if r.number > headerRows {
			break
		}
		single := header{r.number, d.read(r.cells)}
		both := single
		if i+1 < len(rows) && rows[i+1].number == r.number+1 && !rows[i+1].hasCode() {
			both = header{r.number + 1, d.read(stack(d, r, rows[i+1]))}
		}
		h := single
		if complete(both) && len(both.column) > len(single.column) {
			h = both
		}
		if complete(h) {
			return h, true
		}
		if len(h.column) > len(best.column) {
			best = h
		}
	}
	return best, false
}

func complete(h header) bool { return len(h.missing(true)) == 0 }

// stack joins two rows of a header: under a label that spans several columns,
// the lower label says which part of it.
func stack(d dictionary, upper, lower row) []cell {
	var out []cell
	for _, u := range upper.cells {
		if lower.at(u.col).text == "" {
			out = append(out, u)
		}
	}
	for _, l := range lower.cells {
		var span string
		for _, u := range upper.cells {
			if u.col <= l.col {
				span = u.text
			}
		}
		for _, text := range []string{strings.TrimSpace(span + " " + l.text), l.text, upper.at(l.col).text} {
			if _, ok := d.column(text); ok {
				out = append(out, cell{col: l.col, text: text})
				break
			}
		}
	}
	slices.SortFunc(out, func(a, b cell) int { return a.col - b.col })
	return out
}
