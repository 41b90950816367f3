package report_test

import (
	"bytes"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

// workbookOf opens a period's workbook.
func workbookOf(t testing.TB, y year) *excelize.File {
	t.Helper()
	_, r := reportOf(t, y, "2024")
	f, err := excelize.OpenReader(bytes.NewReader(written(t, "xlsx", r)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

// rowsOf returns what a sheet stores, unformatted.
func rowsOf(t testing.TB, f *excelize.File, sheet string) [][]string {
	t.Helper()
	rows, err := f.GetRows(sheet, excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// formulas lists the formula cells of a workbook with the values stored beside.
func formulas(t testing.TB, f *excelize.File) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, sheet := range f.GetSheetList() {
		for i, row := range rowsOf(t, f, sheet) {
			for j, v := range row {
				at, err := excelize.CoordinatesToCellName(j+1, i+1)
				if err != nil {
					t.Fatal(err)
				}
				formula, err := f.GetCellFormula(sheet, at)
				if err != nil {
					t.Fatal(err)
				}
				if formula != "" {
					out[sheet+"!"+at] = v
				}
			}
		}
	}
	return out
}

// A period's workbook has every sheet, whatever the period holds, with no
// nonsense, no zero per cent of nothing, and no text that runs as a formula.
func TestReportWorkbook(t *testing.T) {
	t.Parallel()
	want := []string{"Tổng hợp", "Theo tháng", "Theo lĩnh vực", "Theo tiêu chí", "Theo mức", "Theo quầy", "Phủ phiếu", "Quá hạn", "Phản ánh", "QĐ 766", "TT 01", "Phương pháp"}
	for _, y := range years() {
		f := workbookOf(t, y)
		if got := f.GetSheetList(); !slices.Equal(got, want) {
			t.Errorf("%s: sheets %q", y.name, got)
		}
		for _, sheet := range want {
			for _, row := range rowsOf(t, f, sheet) {
				if m := nonsense.FindString(strings.Join(row, "\t")); m != "" {
					t.Errorf("%s, %s: %q", y.name, sheet, m)
				}
			}
		}
		for at, v := range formulas(t, f) {
			formula, err := f.GetCellFormula(at[:strings.Index(at, "!")], at[strings.Index(at, "!")+1:])
			if err != nil || !strings.HasPrefix(formula, "IF(") && !strings.HasPrefix(formula, "SUM(") && !strings.HasPrefix(formula, "MAX(") && strings.Trim(formula, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") != "" {
				t.Errorf("%s, %s: a formula of somebody else: %q, %v", y.name, at, formula, err)
			}
			if y.name == "nothing" && (v == "0" && !strings.HasPrefix(formula, "SUM(") || v == "1") {
				t.Errorf("%s, %s: %q of nothing", y.name, at, v)
			}
		}
	}
}

// The sheets of a full year add up.
func TestReportWorkbookAddsUp(t *testing.T) {
	t.Parallel()
	y := years()[0]
	_, r := reportOf(t, y, "2024")
	f := workbookOf(t, y)
	number := func(s string) int64 {
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			t.Errorf("%q is no count", s)
		}
		return n
	}
	questions := 0
	for _, row := range rowsOf(t, f, "Theo mức")[5:] {
		if len(row) < 10 {
			continue
		}
		questions++
		n := number(row[1]) + number(row[2]) + number(row[3]) + number(row[4]) + number(row[5])
		if number(row[8]) != number(row[1])+number(row[2]) || number(row[9]) != n || n+number(row[6])+number(row[7]) != r.Figures.Answers {
			t.Errorf("levels: %q", row)
		}
	}
	if questions != len(r.Survey.Items()) {
		t.Errorf("%d questions", questions)
	}
	var late, overdue int64
	for _, row := range rowsOf(t, f, "Quá hạn")[5:] {
		if len(row) >= 4 && row[0] != "Cộng" {
			late, overdue = late+number(row[2]), overdue+number(row[3])
		}
	}
	if c := r.Figures.Total.OnTime.DossierCounts; late != c.Late || overdue != c.OpenOverdue || late == 0 {
		t.Errorf("late: %d and %d of %+v", late, overdue, c)
	}
	handling := rowsOf(t, f, "QĐ 766")[5:]
	c := r.Figures.Total.OnTime.DossierCounts
	if n := c.Closed() + c.OpenOverdue; number(handling[0][1]) != n || number(handling[1][1]) != c.Late+c.OpenOverdue || !close15(handling[3][1], strconv.FormatFloat(float64(n-c.Late-c.OpenOverdue)/float64(n), 'g', -1, 64)) {
		t.Errorf("QĐ 766: %q", handling)
	}
}

// LibreOffice calculates every formula of a period's workbook to the value that is
// stored beside it, and the form of TT 01 classifies at its boundaries.
func TestReportWorkbookInLibreOffice(t *testing.T) {
	t.Parallel()
	need(t, "soffice")
	for _, y := range []year{years()[0], years()[1]} {
		dir := t.TempDir()
		f := workbookOf(t, y)
		stored := formulas(t, f)
		if len(stored) < 40 {
			t.Errorf("%s: %d formulas", y.name, len(stored))
		}
		// Column C comes to exactly 15 points, column D to just under.
		for i := range 9 {
			row := strconv.Itoa(6 + i)
			if err := f.SetCellValue("TT 01", "C"+row, []float64{2, 2, 2, 2, 2, 2, 2, 1, 0}[i]); err != nil {
				t.Fatal(err)
			}
			if err := f.SetCellValue("TT 01", "D"+row, []float64{2, 2, 2, 2, 2, 2, 1.9, 1, 0}[i]); err != nil {
				t.Fatal(err)
			}
		}
		if err := f.UpdateLinkedValue(); err != nil { // drops the stored values of formulas
			t.Fatal(err)
		}
		if err := f.SaveAs(filepath.Join(dir, "r.xlsx")); err != nil {
			t.Fatal(err)
		}
		command(t, "soffice", "-env:UserInstallation=file://"+filepath.Join(dir, "profile"), "--headless", "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", filepath.Join(dir, "out"), filepath.Join(dir, "r.xlsx"))
		again, err := excelize.OpenFile(filepath.Join(dir, "out", "r.xlsx"))
		if err != nil {
			t.Fatal(err)
		}
		defer again.Close()
		fresh := formulas(t, again)
		for at, want := range stored {
			got := fresh[at]
			if strings.HasPrefix(at, "TT 01!C") || strings.HasPrefix(at, "TT 01!D") {
				continue
			}
			a, err1 := strconv.ParseFloat(got, 64)
			b, err2 := strconv.ParseFloat(want, 64)
			if got != want && (err1 != nil || err2 != nil || math.Abs(a-b) > 1e-14) {
				t.Errorf("%s, %s: LibreOffice has %q, the file %q", y.name, at, got, want)
			}
		}
		if rows := rowsOf(t, again, "TT 01"); rows[14][2] != "15" || rows[15][2] != "Xuất sắc" || rows[14][3] != "14.9" || rows[15][3] != "Tốt" {
			t.Errorf("%s: TT 01: %q %q", y.name, rows[14], rows[15])
		}
	}
}
