package main

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"hailong/server/importer"
	"hailong/server/report"
)

// A filled template: what waits, what is rejected, and what is stored once it
// was compared with the paper.
func TestPaperImport(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	if err := report.PaperTemplateXLSX(&b); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for cell, row := range map[string][]any{"A2": {"P-1", "01/03/2024", "", "", 5, "N"}, "A3": {"P-2", "31/02/2024", "", "", 5}} {
		if err := f.SetSheetRow("Phiếu", cell, &row); err != nil {
			t.Fatal(err)
		}
	}
	dir := t.TempDir()
	db, file := "sqlite:"+filepath.Join(dir, "kho.db"), filepath.Join(dir, "phieu.xlsx")
	if err := f.SaveAs(file); err != nil {
		t.Fatal(err)
	}
	for i, step := range []struct {
		args []string
		want [5]int // rows, new, already, waiting, rejected
	}{
		{nil, [5]int{2, 0, 0, 1, 1}},
		{nil, [5]int{2, 0, 0, 1, 1}},
		{[]string{"--by", "lan"}, [5]int{2, 1, 0, 0, 1}},
		{[]string{"--checked"}, [5]int{2, 0, 1, 0, 1}},
	} {
		code, stdout, stderr := command(t, append([]string{"paper", "import", file, "--store", db, "--json"}, step.args...)...)
		var r importer.PaperReport
		if err := json.Unmarshal([]byte(stdout), &r); err != nil || code != exitRejected {
			t.Fatalf("step %d: exit %d, %v: %s%s", i+1, code, err, stdout, stderr)
		}
		if got := [5]int{r.Rows, r.New, r.Already, r.Waiting, len(r.Rejected)}; got != step.want || r.File != file {
			t.Errorf("step %d: %v, want %v", i+1, got, step.want)
		}
		if x := r.Rejected[0]; x.Row != 3 || x.Column != "Ngày trả lời" || x.Value != "31/02/2024" {
			t.Errorf("step %d: %+v", i+1, x)
		}
	}
	code, stdout, _ := command(t, "paper", "import", file, "--store", db)
	if code != exitRejected || !strings.Contains(stdout, "2 phiếu: 0 đã lưu, 1 đã lưu trước đó, 0 chờ nhập lần hai, 1 bị từ chối") || !strings.Contains(stdout, "dòng 3, cột “Ngày trả lời”") {
		t.Errorf("exit %d:\n%s", code, stdout)
	}
	if code, _, stderr := command(t, "paper", "import", inFolder(t, "x.xlsx", "Số phiếu,1"), "--store", db); code != exitFailed || !strings.Contains(stderr, "không phải tệp XLSX") {
		t.Errorf("no workbook: exit %d %s", code, stderr)
	}
	if code, _, _ := command(t, "paper", "import", dir, "--store", db); code != exitUsage {
		t.Errorf("a folder: exit %d", code)
	}
}
