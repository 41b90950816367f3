package report_test

import (
	"bytes"
	"encoding/csv"
	"testing"

	"github.com/xuri/excelize/v2"

	"hailong/server/report"
)

// Nothing in a list runs in a spreadsheet, and both forms hold the same rows.
func TestCallList(t *testing.T) {
	t.Parallel()
	l := &report.CallList{Office: "UBND phường", Title: "Danh sách phúc tra", Days: "01/10/2024 – 31/12/2024", Note: "Rút ngẫu nhiên 2 trong 9 hồ sơ.", Demo: true, Rows: []report.CallRow{
		{Place: 1, Dossier: "000.21.35.H24-240115-0012", Field: "=cmd|' /C calc'!A0", Procedure: "Khai sinh, \"bản sao\"", Returned: "05/10/2024"},
		{Place: 2, Dossier: "H24.1-240115-0013", Field: "Hộ tịch", Procedure: "+1", Returned: "06/10/2024", State: "Đã gặp, đã trả lời"},
	}}
	var b bytes.Buffer
	if err := report.CallListCSV(&b, l); err != nil {
		t.Fatal(err)
	}
	text, ok := bytes.CutPrefix(b.Bytes(), []byte("\ufeff"))
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil || !ok || len(rows) != 3 || rows[1][2] != "'=cmd|' /C calc'!A0" || rows[1][3] != "Khai sinh, \"bản sao\"" || rows[2][5] != "Đã gặp, đã trả lời" {
		t.Fatalf("%q, %v", rows, err)
	}
	var x bytes.Buffer
	if err := report.CallListXLSX(&x, l); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&x)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	sheet, err := f.GetRows("Phúc tra")
	if err != nil || len(sheet) != 7 {
		t.Fatalf("%d rows, %v", len(sheet), err)
	}
	for i, row := range sheet[4:] {
		for k, cell := range row {
			if cell != rows[i][k] {
				t.Errorf("row %d holds %q, the CSV %q", i, cell, rows[i][k])
			}
		}
	}
	if err := report.CallListXLSX(&x, &report.CallList{}); err != nil {
		t.Errorf("an empty list: %v", err)
	}
}
