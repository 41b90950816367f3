package importer

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"hailong/server"
)

// A clerk reads the rows of one file one after the other.
type clerk struct {
	file     *File
	statuses *vocabulary[server.Status]
	channels *vocabulary[server.Channel]
	order    []Column          // the columns that the file has, in the order of columnKinds
	folded   map[Column]string // their labels, folded
	ended    bool              // a total was seen, and no dossier since
}

func newClerk(f *File) *clerk {
	c := &clerk{file: f, statuses: statusWordings(), channels: channelWordings(), folded: map[Column]string{}}
	for text, s := range f.opt.Mapping.Statuses {
		c.statuses.add(s, text)
	}
	for text, ch := range f.opt.Mapping.Channels {
		c.channels.add(ch, text)
	}
	for _, k := range columnKinds() {
		if p, ok := f.header.column[k.column]; ok {
			c.order = append(c.order, k.column)
			c.folded[k.column] = fold(p.label)
		}
	}
	return c
}

// A fault is what is wrong with one cell.
type fault struct {
	column Column
	value  string
	reason Reason
}

// cell returns what the row says in a column; a file without it says nothing.
func (c *clerk) cell(r row, column Column) cell {
	p, ok := c.file.header.column[column]
	if !ok {
		return cell{}
	}
	return r.at(p.col)
}

// record reads one row.
func (c *clerk) record(r row) Record {
	rec := Record{Row: r.number}
	if c.skip(r) {
		rec.Skipped = true
		return rec
	}
	var faults []fault
	if !r.broken.zero() {
		faults = append(faults, fault{ColCode, c.cell(r, ColCode).text, r.broken})
	} else {
		faults = c.dossier(r, &rec)
	}
	if len(faults) > 0 {
		rec.Dossier, rec.Notes = server.Dossier{}, nil
		rec.Rejection = c.reject(r, faults)
	}
	return rec
}

// reject makes one rejection of the faults of a row: the first in full, the
// others by their column and reason.
func (c *clerk) reject(r row, faults []fault) *Rejection {
	lang := c.file.opt.Lang
	first := faults[0]
	out := &Rejection{Row: r.number, Column: c.label(first.column), Value: shown(first.value), Reason: first.reason.In(lang)}
	if first.column == ColOfficer {
		out.Value = "" // may be a name
	}
	for _, f := range faults[1:] {
		out.Reason += "; “" + c.label(f.column) + "”: " + f.reason.In(lang)
	}
	return out
}

// label is how the file calls a column.
func (c *clerk) label(column Column) string { return c.file.header.column[column].label }

// dossier reads the cells of a row and returns all that is wrong with them.
func (c *clerk) dossier(r row, rec *Record) (faults []fault) {
	d := &rec.Dossier
	at := map[Column]moment{}
	for _, column := range c.order {
		v := c.cell(r, column)
		reason := c.unfit(column, v)
		if reason.zero() && v.text != "" {
			switch column {
			case ColReceived, ColDue, ColFinished, ColReturned:
				at[column], reason = parseMoment(v.text, server.Zone, c.file.from1904)
			default:
				reason = c.read(column, v, d)
			}
		}
		if !reason.zero() {
			faults = append(faults, fault{column, v.text, reason})
		}
	}
	received, ok := at[ColReceived]
	d.Received = received.Time
	if m, ok := at[ColDue]; ok {
		d.Due = m.deadline()
	}
	d.Finished, d.Returned = at[ColFinished].Time, at[ColReturned].Time
	if len(faults) > 0 || !ok {
		return faults
	}
	for _, column := range []Column{ColDue, ColFinished, ColReturned} {
		if m, ok := at[column]; ok && m.before(received) {
			faults = append(faults, fault{column, c.cell(r, column).text, reasonDueEarly})
		}
	}
	c.doubt(rec, at)
	return faults
}

// unfit tells what no column may hold, and what it must.
func (c *clerk) unfit(column Column, v cell) Reason {
	switch {
	case v.text == "" && (column == ColCode || column == ColReceived || column == ColStatus):
		return reasonMissing
	case v.kind == errorCell:
		return reasonCellError
	case tooLong(v.text):
		return reasonTooLong
	case damaged(v.text):
		return reasonDamaged
	}
	return Reason{}
}

// read reads the cells that are no dates.
func (c *clerk) read(column Column, v cell, d *server.Dossier) Reason {
	switch column {
	case ColCode:
		code, ok := parseCode(v.text)
		if !ok {
			return reasonCode
		}
		d.Code = code
	case ColStatus:
		if d.Status = c.statuses.find(v.text); d.Status == 0 {
			return reasonStatus
		}
	case ColChannel:
		if d.Channel = c.channels.find(v.text); d.Channel == 0 {
			return reasonChannel
		}
	case ColProcedure:
		d.Procedure = procedureCode(v.text)
	case ColProcedureName:
		d.ProcedureName = v.text
	case ColField:
		d.Field = v.text
	case ColOfficer:
		d.Officer = v.text
	case ColCounter:
		d.Counter = v.text
	}
	return Reason{}
}

// doubt notes what is odd about a dossier that is kept.
func (c *clerk) doubt(rec *Record, at map[Column]moment) {
	finished, hasFinished := at[ColFinished]
	returned, hasReturned := at[ColReturned]
	_, knowsFinished := c.file.header.column[ColFinished]
	_, knowsReturned := c.file.header.column[ColReturned]
	switch {
	case hasFinished && hasReturned && returned.before(finished):
		rec.note(c.label(ColReturned), reasonReturnedEarly.In(c.file.opt.Lang))
	case rec.Dossier.Status == server.StatusReturned && !hasFinished && !hasReturned && (knowsFinished || knowsReturned):
		rec.note(c.label(ColStatus), reasonNoEnd.In(c.file.opt.Lang))
	}
}

func (rec *Record) note(column, reason string) {
	rec.Notes = append(rec.Notes, Note{rec.Row, column, reason})
}

// skip reports whether a row is no row of the list: a total, a header that is
// repeated or numbered, the title of a section, and what stands below the
// total. A row that has a dossier code is never skipped.
func (c *clerk) skip(r row) bool {
	if !r.broken.zero() {
		return false
	}
	code := c.cell(r, ColCode).text
	if _, ok := parseCode(code); ok {
		c.ended = false // that was a subtotal
		return false
	}
	first := fold(r.cells[0].text)
	switch {
	case strings.HasPrefix(first, "tongso"), strings.HasPrefix(first, "tongcong"), strings.HasPrefix(first, "tonghoso"),
		first == "tong", first == "cong", first == "total", first == "sum":
		c.ended = true
		return true
	case c.ended && code == "" && c.cell(r, ColReceived).text == "":
		return true
	case c.isHeader(r), c.isNumbering(r):
		return true
	case len(r.cells) == 1:
		return c.isTitle(r.cells[0])
	}
	return slices.ContainsFunc([]string{"nguoilap", "noinhan", "thutruong", "xacnhancua"}, func(p string) bool {
		return c.cell(r, ColReceived).text == "" && strings.HasPrefix(first, p)
	})
}

// isHeader reports whether the row repeats the header, as at the top of a
// printed page.
func (c *clerk) isHeader(r row) bool {
	for _, column := range []Column{ColCode, ColReceived, ColStatus} {
		if fold(c.cell(r, column).text) != c.folded[column] {
			return false
		}
	}
	return true
}

var columnNumber = regexp.MustCompile(`^(?:\(?\d{1,2}\)?|\(?[A-Za-z]\)?|\[\d{1,2}\])$`)

// isNumbering reports whether the row, right below the header, numbers the
// columns: (1) (2) (3) or A B 1 2.
func (c *clerk) isNumbering(r row) bool {
	return r.number <= c.file.header.row+2 && len(r.cells) >= 3 &&
		!slices.ContainsFunc(r.cells, func(v cell) bool { return !columnNumber.MatchString(v.text) })
}

// isTitle reports whether a lone cell is a title or a remark rather than what
// is left of a dossier.
func (c *clerk) isTitle(v cell) bool {
	for _, column := range c.order {
		if c.file.header.column[column].col != v.col {
			continue
		}
		switch column {
		case ColCode:
			return strings.Contains(v.text, " ") && !datePart.MatchString(v.text)
		case ColReceived, ColDue, ColFinished, ColReturned:
			_, why := parseMoment(v.text, server.Zone, c.file.from1904)
			return !why.zero() && strings.Contains(v.text, " ")
		case ColStatus:
			return c.statuses.find(v.text) == 0
		}
	}
	return true
}

var datePart = regexp.MustCompile(`-\d{6}-`)

// parseCode reads a dossier code. Blanks, small letters and the dashes that
// word processors put in are forgiven; everything else is kept as it is.
func parseCode(s string) (server.DossierCode, bool) {
	if len(s) < 12 || len(s) > 60 {
		return "", false
	}
	if code, err := server.ParseDossierCode(s); err == nil {
		return code, true
	}
	s = strings.ToUpper(strings.NewReplacer(" ", "", "–", "-", "—", "-", "‐", "-", "‑", "-", "−", "-").Replace(s))
	code, err := server.ParseDossierCode(s)
	return code, err == nil
}

var procedureNumber = regexp.MustCompile(`^(\d{1,2})[.,](\d{1,17})$`)

// procedureCode restores the code of a procedure, as in 1.004840, that a
// spreadsheet took for a number: 1.00484, 1,00484 or 1.0048400000000001.
func procedureCode(s string) string {
	m := procedureNumber.FindStringSubmatch(s)
	if m == nil {
		return s
	}
	f, err := strconv.ParseFloat(m[1]+"."+m[2], 64)
	if err != nil {
		return s
	}
	return strconv.FormatFloat(f, 'f', 6, 64)
}
