package report

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"hailong/scoring/instrument"
	"hailong/scoring/survey"
	"hailong/server"
)

// fieldColumn names the field (lĩnh vực) in the tables of a pack.
const fieldColumn = "field"

// dossierColumns are the counters of dossiers.csv.
var dossierColumns = [...]string{fieldColumn, "received", "on_time", "late", "open", "open_overdue", "not_counted", "returned", "invited", "uninvited", "answers_by_slip"}

// errTable: a table of a pack is not as a pack writes it.
var errTable = errors.New("bảng không đúng dạng / not a table of a review pack")

// tableText keeps a spreadsheet from running text, in a way that can be undone.
func tableText(s string) string {
	if strings.HasPrefix(s, "'") || harmless(s) != s {
		return "'" + s
	}
	return s
}

func plainText(s string) string { return strings.TrimPrefix(s, "'") }

// byteOrderMark is what Excel needs to see that a table is UTF-8.
const byteOrderMark = "\ufeff"

// writeTable writes rows as CSV in UTF-8 with a byte order mark.
func writeTable(rows func(yield func([]string) error) error) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString(byteOrderMark)
	c := csv.NewWriter(&b)
	c.UseCRLF = true
	if err := rows(c.Write); err != nil {
		return nil, fmt.Errorf("writing a table: %w", err)
	}
	c.Flush()
	if err := c.Error(); err != nil {
		return nil, fmt.Errorf("writing a table: %w", err)
	}
	return b.Bytes(), nil
}

// readTable reads what writeTable wrote, row by row, after the head.
func readTable(r io.Reader, head []string, row func([]string) error) error {
	mark := make([]byte, len(byteOrderMark))
	if _, err := io.ReadFull(r, mark); err != nil || string(mark) != byteOrderMark {
		return errTable
	}
	c := csv.NewReader(r)
	c.FieldsPerRecord, c.ReuseRecord = len(head), true
	got, err := c.Read()
	if err != nil || !slices.Equal(got, head) {
		return errTable
	}
	for line := 2; ; line++ {
		rec, err := c.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = row(rec)
		}
		if err != nil {
			return fmt.Errorf("%w: dòng / row %d", errTable, line)
		}
	}
}

// An answersTable is one row an answer, with the levels as `hailong score` reads
// them. It is written straight from the counts of equal answers: a million of them
// are not held as text.
type answersTable struct {
	survey *survey.Survey
	// field puts the field, or server.OtherFields, in front.
	field bool
	items []int // of the survey, one a column
	rows  []server.ReviewRow
}

// answersOf are the answers to the short form.
func answersOf(r *server.Review) answersTable {
	t := answersTable{survey: r.Survey, field: true, rows: r.Rows}
	for i := range r.Survey.Items() {
		t.items = append(t.items, i)
	}
	return t
}

// criteriaTableOf are the answers to the criteria of the full form.
func criteriaTableOf(r *server.Review) answersTable {
	t := answersTable{survey: instrument.Full(), rows: r.Criteria}
	for i, q := range t.survey.Items() {
		if q.Element >= 0 {
			t.items = append(t.items, i)
		}
	}
	return t
}

func (t answersTable) head() []string {
	var head []string
	if t.field {
		head = append(head, fieldColumn)
	}
	items := t.survey.Items()
	for _, i := range t.items {
		head = append(head, items[i].ID)
	}
	return head
}

// WriteTo writes the table.
func (t answersTable) WriteTo(w io.Writer) (int64, error) {
	counted := &countingWriter{w: w}
	out := bufio.NewWriterSize(counted, 1<<15)
	out.WriteString(byteOrderMark) // errors are kept until Flush
	var line bytes.Buffer
	c := csv.NewWriter(&line)
	c.UseCRLF = true
	row := t.head()
	levels := row[len(row)-len(t.items):]
	_ = c.Write(row) // errors are kept
	c.Flush()
	out.Write(line.Bytes())
	for _, a := range t.rows {
		if t.field {
			row[0] = tableText(a.Field)
		}
		for k, i := range t.items {
			levels[k] = t.survey.FormatMark(a.Marks[i])
		}
		line.Reset()
		_ = c.Write(row)
		c.Flush()
		for range a.N {
			out.Write(line.Bytes())
		}
	}
	if err := errors.Join(c.Error(), out.Flush()); err != nil {
		return counted.n, fmt.Errorf("writing a table: %w", err)
	}
	return counted.n, nil
}

// A countingWriter counts what went through.
type countingWriter struct {
	w io.Writer
	n int64
}

func (c *countingWriter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

// read reads what WriteTo wrote into the table.
func (t *answersTable) read(r io.Reader) error {
	marks := make(survey.Answers, len(t.survey.Items()))
	fields := map[string]string{} // one copy of each name
	return readTable(r, t.head(), func(rec []string) error {
		field, ok := "", true
		if t.field {
			if field, ok = fields[rec[0]]; !ok {
				field = strings.Clone(plainText(rec[0]))
				fields[strings.Clone(rec[0])] = field
			}
			rec = rec[1:]
		}
		for k, cell := range rec {
			if marks[t.items[k]], ok = t.survey.ParseMark(cell); !ok {
				return errTable
			}
		}
		if last := len(t.rows) - 1; last >= 0 && t.rows[last].Field == field && slices.Equal(t.rows[last].Marks, marks) {
			t.rows[last].N++
			return nil
		}
		t.rows = append(t.rows, server.ReviewRow{Field: field, Marks: slices.Clone(marks), N: 1})
		return nil
	})
}

// dossiersCSV is one row a field with the counters of its dossiers.
func dossiersCSV(r *server.Review) ([]byte, error) {
	return writeTable(func(write func([]string) error) error {
		if err := write(dossierColumns[:]); err != nil {
			return err
		}
		for _, p := range r.Parts {
			row := []string{tableText(p.Field)}
			for _, n := range counters(&p) {
				row = append(row, strconv.FormatInt(*n, 10))
			}
			if err := write(row); err != nil {
				return err
			}
		}
		return nil
	})
}

func readDossiersCSV(r io.Reader) ([]server.ReviewPart, error) {
	var parts []server.ReviewPart
	err := readTable(r, dossierColumns[:], func(rec []string) error {
		p := server.ReviewPart{Field: strings.Clone(plainText(rec[0]))}
		for i, n := range counters(&p) {
			v, err := strconv.ParseInt(rec[i+1], 10, 64)
			if err != nil || v < 0 || v > 1<<40 {
				return errTable
			}
			*n = v
		}
		parts = append(parts, p)
		return nil
	})
	return parts, err
}

// counters are the cells of a row of dossiers.csv, in order.
func counters(p *server.ReviewPart) []*int64 {
	d, c := &p.Dossiers, &p.Coverage
	return []*int64{&d.Received, &d.OnTime, &d.Late, &d.Open, &d.OpenOverdue, &d.NotCounted, &c.Returned, &c.Invited, &c.Uninvited, &c.Answers}
}
