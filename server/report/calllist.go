package report

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"

	"github.com/xuri/excelize/v2"
)

// A CallList (danh sách phúc tra) is a list of dossiers whose citizens are called,
// to be printed and written on.
type CallList struct {
	Office, Title, Days, Note string
	Demo                      bool
	Rows                      []CallRow
}

// A CallRow is one dossier of the list. State is what came of the call, "" where
// nobody called yet; what was said is never in it.
type CallRow struct {
	Place                                      int
	Dossier, Field, Procedure, Returned, State string
}

// callHead are the columns of both forms. They are public: add at the end only.
var callHead = [...]string{"STT", "Mã hồ sơ", "Lĩnh vực", "Thủ tục", "Ngày trả", "Kết quả gọi", "Ghi chú"}

func (r CallRow) cells() []string {
	return []string{strconv.Itoa(r.Place), harmless(r.Dossier), harmless(r.Field), harmless(r.Procedure), r.Returned, harmless(r.State), ""}
}

// CallListCSV writes the list as IndexCSV writes figures: UTF-8 with a byte order
// mark, nothing that a spreadsheet would run.
func CallListCSV(w io.Writer, l *CallList) error {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return fmt.Errorf("writing the CSV: %w", err)
	}
	c := csv.NewWriter(w)
	c.UseCRLF = true
	rows := [][]string{callHead[:]}
	for _, r := range l.Rows {
		rows = append(rows, r.cells())
	}
	if err := c.WriteAll(rows); err != nil {
		return fmt.Errorf("writing the CSV: %w", err)
	}
	return nil
}

// CallListXLSX writes the list as a sheet that prints on A4 across, its head on
// every page.
func CallListXLSX(w io.Writer, l *CallList) (err error) {
	f := excelize.NewFile()
	defer func() {
		if e := f.Close(); err == nil && e != nil {
			err = fmt.Errorf("writing the workbook: %w", e)
		}
	}()
	const sheet = "Phúc tra"
	const head = 5
	last := head + len(l.Rows)
	steps := []func() error{
		func() error { return f.SetSheetName("Sheet1", sheet) },
		func() error { return f.SetCellStr(sheet, "A1", l.Office) },
		func() error { return f.SetCellStr(sheet, "A2", l.Title+", hồ sơ trả từ ngày "+l.Days) },
		func() error { return f.SetCellStr(sheet, "A3", l.Note) },
		func() error {
			if !l.Demo {
				return nil
			}
			return f.SetCellStr(sheet, "A4", demoNote)
		},
	}
	for i, name := range callHead {
		steps = append(steps, func() error { return f.SetCellStr(sheet, cell(i+1, head), name) })
	}
	for k, r := range l.Rows {
		for i, text := range r.cells() {
			steps = append(steps, func() error {
				if i == 0 {
					return f.SetCellInt(sheet, cell(1, head+1+k), int64(r.Place))
				}
				return f.SetCellStr(sheet, cell(i+1, head+1+k), text)
			})
		}
	}
	border := []excelize.Border{{Type: "left", Color: "000000", Style: 1}, {Type: "right", Color: "000000", Style: 1}, {Type: "top", Color: "000000", Style: 1}, {Type: "bottom", Color: "000000", Style: 1}}
	styled := func(from, to string, st *excelize.Style) func() error {
		return func() error {
			st.Font.Family = sheetFont
			id, err := f.NewStyle(st)
			if err != nil {
				return err
			}
			return f.SetCellStyle(sheet, from, to, id)
		}
	}
	steps = append(steps,
		styled("A1", "A2", &excelize.Style{Font: &excelize.Font{Size: 13, Bold: true}}),
		styled("A3", "A4", &excelize.Style{Font: &excelize.Font{Size: 11, Italic: true}}),
		styled(cell(1, head), cell(len(callHead), head), &excelize.Style{Font: &excelize.Font{Size: 11, Bold: true}, Border: border, Alignment: &excelize.Alignment{Horizontal: "center", Vertical: "center", WrapText: true}}),
	)
	if len(l.Rows) > 0 {
		steps = append(steps, styled(cell(1, head+1), cell(len(callHead), last), &excelize.Style{Font: &excelize.Font{Size: 11}, Border: border, Alignment: &excelize.Alignment{Vertical: "center", WrapText: true}}))
	}
	for i, width := range []float64{6, 27, 20, 42, 12, 24, 26} {
		name, nameErr := excelize.ColumnNumberToName(i + 1)
		if nameErr != nil {
			return fmt.Errorf("writing the workbook: %w", nameErr)
		}
		steps = append(steps, func() error { return f.SetColWidth(sheet, name, name, width) })
	}
	landscape, a4, one, none, fit := "landscape", 9, 1, 0, true
	steps = append(steps,
		func() error {
			return f.SetPageLayout(sheet, &excelize.PageLayoutOptions{Orientation: &landscape, Size: &a4, FitToWidth: &one, FitToHeight: &none})
		},
		func() error { return f.SetSheetProps(sheet, &excelize.SheetPropsOptions{FitToPage: &fit}) },
		func() error {
			return f.SetDefinedName(&excelize.DefinedName{Name: "_xlnm.Print_Titles", RefersTo: fmt.Sprintf("'%s'!$%d:$%d", sheet, head, head), Scope: sheet})
		},
		func() error {
			return f.SetPanes(sheet, &excelize.Panes{Freeze: true, YSplit: head, TopLeftCell: cell(1, head+1), ActivePane: "bottomLeft"})
		},
	)
	for _, step := range steps {
		if err := step(); err != nil {
			return fmt.Errorf("writing the workbook: %w", err)
		}
	}
	if _, err := f.WriteTo(w); err != nil {
		return fmt.Errorf("writing the workbook: %w", err)
	}
	return nil
}
