package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A period is imported, reported, closed, reopened and closed again, as a
// script would do it.
func TestReportAndClose(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	store := "--store=sqlite:" + filepath.Join(dir, "h.db")
	list := filepath.Join(dir, "hs.csv")
	csv := "Số hồ sơ,Lĩnh vực,Ngày tiếp nhận,Ngày hẹn trả,Ngày kết thúc xử lý,Ngày trả kết quả,Trạng thái\n" +
		"000.21.35.H24-240115-0001,Hộ tịch,15/01/2024 08:00:00,20/01/2024 17:00:00,18/01/2024 10:00:00,18/01/2024 11:00:00,Đã trả kết quả\n" +
		"000.21.35.H24-240116-0002,Đất đai,16/01/2024 08:00:00,20/01/2024 17:00:00,25/01/2024 10:00:00,25/01/2024 11:00:00,Đã trả kết quả\n"
	if err := os.WriteFile(list, []byte(csv), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, out, errs := command(t, "import", list, store); code != exitDone {
		t.Fatalf("import: %d %s %s", code, out, errs)
	}
	write := func(format, name string) []byte {
		out := filepath.Join(dir, name)
		if code, _, errs := command(t, "report", store, "--period", "2024-Q1", "--format", format, "--out", out); code != exitDone {
			t.Fatalf("%s: %d %s", format, code, errs)
		}
		b, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for format, head := range map[string]string{"docx": "PK\x03\x04", "pdf": "%PDF-", "xlsx": "PK\x03\x04", "csv": "\ufeffnhóm,", "json": "{"} {
		if b := write(format, "r."+format); !bytes.HasPrefix(b, []byte(head)) {
			t.Errorf("%s begins with %.8q", format, b)
		}
	}
	type document struct {
		Period    string
		From, To  string
		OnTime    struct{ X, N int64 } `json:"on_time"`
		Closed    *struct{ By string }
		Amendment *struct {
			Now struct {
				OnTime struct{ N int64 } `json:"on_time"`
			}
		}
		Reopened []struct{ Reason string }
	}
	read := func() (d document) {
		if err := json.Unmarshal(write("json", "d.json"), &d); err != nil {
			t.Fatal(err)
		}
		return d
	}
	if d := read(); d.Period != "2024-Q1" || d.From != "2024-01-01" || d.To != "2024-03-31" || d.OnTime.X != 1 || d.OnTime.N != 2 || d.Closed != nil {
		t.Errorf("before the close: %+v", d)
	}

	code, out, errs := command(t, "close", store, "--period", "2024-Q1", "--by", "Nguyễn Thị Hạnh", "--json")
	if code != exitDone || !strings.Contains(out, `"result": "closed"`) || !strings.Contains(out, `"to": "2024-03-31"`) {
		t.Fatalf("close: %d %s %s", code, out, errs)
	}
	if code, out, _ := command(t, "close", store, "--period", "2024-Q1"); code != exitDone || !strings.Contains(out, "đã chốt từ trước") {
		t.Errorf("closing twice: %d %s", code, out)
	}
	if code, _, _ := command(t, "close", store, "--period", "2024-Q1", "--to", "2024-03-14"); code != exitFailed {
		t.Errorf("closing to another day: %d", code)
	}
	more := strings.Split(csv, "\n")[0] + "\n000.21.35.H24-240301-0003,Hộ tịch,01/03/2024 08:00:00,05/03/2024 17:00:00,04/03/2024 10:00:00,04/03/2024 11:00:00,Đã trả kết quả\n"
	if err := os.WriteFile(list, []byte(more), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, out, errs := command(t, "import", list, store); code != exitDone {
		t.Fatalf("import: %d %s %s", code, out, errs)
	}
	if d := read(); d.OnTime.N != 2 || d.Closed == nil || d.Closed.By != "Nguyễn Thị Hạnh" || d.Amendment == nil || d.Amendment.Now.OnTime.N != 3 {
		t.Errorf("after a late dossier: %+v", d)
	}
	if code, out, errs := command(t, "close", store, "--period", "2024-Q1", "--amend", "--by", "Hạnh"); code != exitDone || !strings.Contains(out, "Đã ghi số liệu bổ sung") {
		t.Errorf("amending: %d %s %s", code, out, errs)
	}
	if code, _, _ := command(t, "close", store, "--period", "2024-Q1", "--amend"); code != exitFailed {
		t.Errorf("amending what has not changed: %d", code)
	}
	if code, out, _ := command(t, "recount", store); code != exitDone || !strings.Contains(out, "bổ sung: 2 mục khớp, 0 mục chờ") {
		t.Errorf("recount: %d %s", code, out)
	}
	if code, _, _ := command(t, "close", store, "--period", "2024-Q1", "--reopen"); code != exitUsage {
		t.Errorf("reopening without a reason: %d", code)
	}
	if code, out, errs := command(t, "close", store, "--period", "2024-Q1", "--reopen", "--reason", "Sót hồ sơ tháng 3", "--by", "Hạnh"); code != exitDone || !strings.Contains(out, "Sót hồ sơ tháng 3") {
		t.Fatalf("reopen: %d %s %s", code, out, errs)
	}
	if d := read(); d.OnTime.N != 3 || d.Closed != nil || len(d.Reopened) != 1 || d.Reopened[0].Reason != "Sót hồ sơ tháng 3" {
		t.Errorf("after reopening: %+v", d)
	}
	for _, bad := range [][]string{{"--period", "2024-Q7", "--format", "docx"}, {"--period", "2024", "--format", "odt"}} {
		if code, _, _ := command(t, append([]string{"report", store, "--out", filepath.Join(dir, "x")}, bad...)...); code != exitUsage {
			t.Errorf("%q: %d", bad, code)
		}
	}
	if code, _, _ := command(t, "close", store, "--period", "2099"); code != exitFailed {
		t.Errorf("closing the future: %d", code)
	}
}
