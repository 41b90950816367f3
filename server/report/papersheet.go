package report

import (
	"bytes"
	"fmt"
	"io"

	"github.com/xuri/excelize/v2"

	"hailong/server"
)

// The sheets of the template for filled paper forms.
const (
	sheetForms = "Phiếu"
	sheetGuide = "Hướng dẫn"
)

// paperRows is how many rows of the template have their cells prepared.
const paperRows = 500

// PaperTemplateXLSX writes the empty sheet on which filled paper forms are keyed
// in, one row a form, and beside it how. importer.ImportPaper reads it.
func PaperTemplateXLSX(w io.Writer) (err error) {
	f := excelize.NewFile()
	defer func() {
		if e := f.Close(); err == nil && e != nil {
			err = fmt.Errorf("writing the template: %w", e)
		}
	}()
	for _, step := range []func(*excelize.File) error{formSheet, guideSheet} {
		if err := step(f); err != nil {
			return fmt.Errorf("writing the template: %w", err)
		}
	}
	f.SetActiveSheet(0)
	var buf bytes.Buffer
	if err := f.Write(&buf); err != nil {
		return fmt.Errorf("writing the template: %w", err)
	}
	return settle(w, buf.Bytes())
}

func paperBorder() []excelize.Border {
	var out []excelize.Border
	for _, side := range []string{"left", "right", "top", "bottom"} {
		out = append(out, excelize.Border{Type: side, Color: "808080", Style: 1})
	}
	return out
}

func formSheet(f *excelize.File) error {
	if err := f.SetSheetName("Sheet1", sheetForms); err != nil {
		return err
	}
	font := &excelize.Font{Family: sheetFont, Size: 11}
	head, err := f.NewStyle(&excelize.Style{Font: &excelize.Font{Family: sheetFont, Size: 10, Bold: true}, Border: paperBorder(),
		Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"E8EEF6"}}, Alignment: &excelize.Alignment{Horizontal: "center", Vertical: "top", WrapText: true}})
	if err != nil {
		return err
	}
	text, date := "@", "dd/mm/yyyy"
	style := func(format string, center bool) (int, error) {
		st := &excelize.Style{Font: font, Border: paperBorder(), CustomNumFmt: &format}
		if center {
			st.Alignment = &excelize.Alignment{Horizontal: "center"}
		}
		return f.NewStyle(st)
	}
	for i, col := range server.PaperColumns() {
		name, err := excelize.ColumnNumberToName(i + 1)
		if err != nil {
			return err
		}
		format, width, center := text, 16.0, false
		switch {
		case col.Kind != server.PaperText:
			format, width, center = "General", 15, true
		case col.ID == server.PaperDay:
			format, center = date, true
		case col.ID == server.PaperField, col.ID == server.PaperCounter:
			width = 22
		}
		id, err := style(format, center)
		if err != nil {
			return err
		}
		first, last := cell(i+1, 2), cell(i+1, 1+paperRows)
		for _, err := range []error{
			f.SetCellStr(sheetForms, cell(i+1, 1), col.Head),
			f.SetColWidth(sheetForms, name, name, width),
			f.SetCellStyle(sheetForms, first, last, id),
			validated(f, col, first+":"+last),
		} {
			if err != nil {
				return err
			}
		}
	}
	if err := f.SetCellStyle(sheetForms, "A1", cell(len(server.PaperColumns()), 1), head); err != nil {
		return err
	}
	if err := f.SetRowHeight(sheetForms, 1, 120); err != nil {
		return err
	}
	return f.SetPanes(sheetForms, &excelize.Panes{Freeze: true, XSplit: 1, YSplit: 1, TopLeftCell: "B2", ActivePane: "bottomRight"})
}

// validated lets the spreadsheet refuse a wrong sign while it is typed.
func validated(f *excelize.File, col server.PaperColumn, cells string) error {
	v := excelize.NewDataValidation(true)
	v.SetSqref(cells)
	switch col.Kind {
	case server.PaperSign:
		if err := v.SetDropList([]string{"1", "2", "3", "4", "5", "N"}); err != nil {
			return err
		}
		v.SetError(excelize.DataValidationErrorStyleStop, "Sai ký hiệu", "Chỉ dùng 1–5, N (không phát sinh) hoặc để trống.")
	case server.PaperChoice:
		if err := v.SetRange(1, len(col.Choices), excelize.DataValidationTypeWhole, excelize.DataValidationOperatorBetween); err != nil {
			return err
		}
		v.SetError(excelize.DataValidationErrorStyleStop, "Sai ký hiệu", fmt.Sprintf("Chỉ dùng 1–%d hoặc để trống.", len(col.Choices)))
	case server.PaperText:
		return nil
	}
	return f.AddDataValidation(sheetForms, v)
}

func guideSheet(f *excelize.File) error {
	if _, err := f.NewSheet(sheetGuide); err != nil {
		return err
	}
	rows := [][2]string{
		{"Cách nhập", "Mỗi phiếu một dòng ở trang “" + sheetForms + "”. Giữ nguyên dòng tiêu đề. Xong thì lưu dạng .xlsx và tải lên ở trang Nhập phiếu giấy."},
		{"Số phiếu", "Số ghi trên phiếu giấy: chữ không dấu, số và các dấu / . - (tối đa 30 ký tự). Mỗi số phiếu chỉ một dòng."},
		{"Ngày trả lời", "Ngày như 31/01/2024 hoặc 2024-01-31. Không ở tương lai."},
		{"Lĩnh vực, Quầy", "Ghi nếu phiếu có ghi, viết giống nhau ở mọi phiếu; không thì để trống."},
		{"Câu 1–19, Đánh giá chung", "1 Rất không hài lòng, 2 Không hài lòng, 3 Bình thường, 4 Hài lòng, 5 Rất hài lòng. N: không phát sinh. Để trống: người trả lời bỏ trống."},
	}
	for _, c := range server.PaperColumns() {
		if c.Kind != server.PaperChoice {
			continue
		}
		choices := ""
		for i, choice := range c.Choices {
			choices += fmt.Sprintf("%d %s, ", i+1, choice)
		}
		rows = append(rows, [2]string{c.Head, choices + "hoặc để trống."})
	}
	rows = append(rows,
		[2]string{"Nhập hai lần", "Một bảng tính là một lần nhập: phiếu được lưu khi người khác nhập lại (bằng tay hoặc bằng bảng khác) và hai lần khớp nhau. Đã đối chiếu từng dòng với bản giấy thì đánh dấu “đã đối chiếu với bản giấy” khi tải lên: phiếu được lưu ngay."},
		[2]string{"Khuyết danh", "Không ghi họ tên, số điện thoại hay mã hồ sơ của người trả lời vào bảng này."},
	)
	bold, err := f.NewStyle(&excelize.Style{Font: &excelize.Font{Family: sheetFont, Size: 11, Bold: true}, Border: paperBorder(), Alignment: &excelize.Alignment{Vertical: "top", WrapText: true}})
	if err != nil {
		return err
	}
	plain, err := f.NewStyle(&excelize.Style{Font: &excelize.Font{Family: sheetFont, Size: 11}, Border: paperBorder(), Alignment: &excelize.Alignment{Vertical: "top", WrapText: true}})
	if err != nil {
		return err
	}
	for i, r := range rows {
		for _, err := range []error{
			f.SetCellStr(sheetGuide, cell(1, i+1), r[0]), f.SetCellStr(sheetGuide, cell(2, i+1), r[1]),
			f.SetRowHeight(sheetGuide, i+1, 16*float64(1+len([]rune(r[1]))/85)+4),
		} {
			if err != nil {
				return err
			}
		}
	}
	for _, err := range []error{
		f.SetColWidth(sheetGuide, "A", "A", 34), f.SetColWidth(sheetGuide, "B", "B", 95),
		f.SetCellStyle(sheetGuide, "A1", cell(1, len(rows)), bold), f.SetCellStyle(sheetGuide, "B1", cell(2, len(rows)), plain),
	} {
		if err != nil {
			return err
		}
	}
	return nil
}
