package report_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"hailong/server"
	"hailong/server/report"
)

// The answers to the criteria of the full form are in the pack, without a field and
// without the overall question; the report counts them as they were given, and a
// check of the pack counts them again.
func TestPackHoldsTheCriteria(t *testing.T) {
	t.Parallel()
	svc := packHouse(t)
	type count struct{ x, n int64 }
	for _, c := range []struct {
		period string
		within func(server.Day) bool
		hidden bool
	}{
		{"2024-Q1", func(d server.Day) bool { return d < "2024-04-01" }, false},
		{"2024-H1", func(d server.Day) bool { return d < "2024-07-01" }, false},
		{"2024-Q3", func(d server.Day) bool { return d >= "2024-07-01" && d < "2024-10-01" }, false},
		{"2024-Q4", func(d server.Day) bool { return d >= "2024-10-01" }, true},
		{"2024", func(d server.Day) bool { return true }, true}, // or the last quarter were the difference
	} {
		counts, people, forms := map[string]count{}, int64(0), int64(0)
		for _, a := range criteriaAnswers(svc) {
			marks := a.Detail
			if a.Survey == "sipas-19" {
				marks = a.Marks
			}
			if !c.within(a.Day) {
				continue
			}
			people++
			if a.Survey == "sipas-19" {
				forms++
			}
			for id, m := range marks {
				k := counts[id]
				if strings.Contains("45", m) && m != "" {
					k.x++
				}
				if m != "" && m != "N" {
					k.n++
				}
				counts[id] = k
			}
		}
		zipped := pack(t, svc, c.period)
		v, err := verify(zipped, report.Expectations{})
		if err != nil || !v.OK {
			t.Fatalf("%s: %+v, %v", c.period, v, err)
		}
		entries := unzip(t, zipped)
		table := strings.Split(strings.TrimSuffix(string(find(entries, "criteria.csv").data), "\r\n"), "\r\n")
		if want := "\ufeffc1,c2,c3,c4,c5,c6,c7,c8,c9,c10,c11,c12,c13,c14,c15,c16,c17,c18,c19"; table[0] != want || int64(len(table)-1) != people {
			t.Errorf("%s: criteria.csv begins %q and has %d rows for %d people", c.period, table[0], len(table)-1, people)
		}
		var doc struct{ Figures server.PeriodFigures }
		if err := json.Unmarshal(find(entries, "so-lieu.json").data, &doc); err != nil {
			t.Fatal(err)
		}
		got := doc.Figures.Criteria
		if got == nil || got.Survey != "sipas-19" || got.Forms != forms || got.Rotated != people-forms || len(got.Criteria) != 19 {
			t.Fatalf("%s: %+v of %d forms and %d others", c.period, got, forms, people-forms)
		}
		for i, cr := range got.Criteria {
			want := counts[cr.ID]
			if cr.Hidden != c.hidden || !c.hidden && (cr.X != want.x || cr.N != want.n) {
				t.Errorf("%s, %s: %+v, of %+v", c.period, cr.ID, cr, want)
			}
			told := slices.ContainsFunc(table[1:], func(row string) bool { return strings.Split(row, ",")[i] != "" })
			if told == c.hidden {
				t.Errorf("%s, %s: answers in criteria.csv: %v", c.period, cr.ID, told)
			}
		}
		book, err := excelize.OpenReader(bytes.NewReader(find(entries, "bao-cao.xlsx").data))
		if err != nil {
			t.Fatal(err)
		}
		rows, err := book.GetRows("Theo tiêu chí", excelize.Options{RawCellValue: true})
		if err != nil {
			t.Fatal(err)
		}
		if i := slices.IndexFunc(rows, func(r []string) bool { return len(r) > 0 && strings.HasPrefix(r[0], "1. ") }); i < 0 || (len(rows[i]) > 10 && rows[i][10] == "không hiển thị") != c.hidden && rows[i][10] == "" {
			t.Errorf("%s: sheet: %q", c.period, rows)
		}
	}
}

// A level changed in the criteria, signed anew by the unit, is found.
func TestChangedCriterionIsFound(t *testing.T) {
	t.Parallel()
	svc := packHouse(t)
	entries := unzip(t, pack(t, svc, "2024-H1"))
	e := find(entries, "criteria.csv")
	e.data = changeDigit(e.data, 40, 1) // past the digits of the head
	v, err := verify(reseal(t, svc, entries, nil), report.Expectations{})
	if err != nil || v.OK {
		t.Fatalf("%+v, %v", v, err)
	}
	// Rows in another order would be found for their form; here one stays in order.
	entries = unzip(t, pack(t, svc, "2024-H1"))
	e = find(entries, "criteria.csv")
	lines := strings.SplitAfter(string(e.data), "\r\n")
	e.data = []byte(strings.Join(slices.Delete(lines, 5, 6), ""))
	v, err = verify(reseal(t, svc, entries, func(m *report.Manifest) { m.Criteria-- }), report.Expectations{})
	if err != nil || v.OK {
		t.Fatalf("%+v, %v", v, err)
	}
	for _, file := range []string{"so-lieu.json", "bao-cao.docx", "bao-cao.xlsx", "bao-cao.csv", "bao-cao.json"} {
		if !slices.ContainsFunc(v.Files, func(f report.PackFigures) bool { return f.File == file && len(f.Differ) > 0 }) {
			t.Errorf("no figure of %s is said to differ", file)
		}
	}
}
