package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hailong/server/importer"
)

const (
	importHead = "Số hồ sơ,Người nộp hồ sơ,Ngày tiếp nhận,Trạng thái\n"
	importGood = "000.21.35.H24-240115-0001,Trần Thị Kín,15/01/2024,Đã trả kết quả\n"
	importBad  = "000.21.35.H24-240115-0002,Trần Thị Kín,31/02/2024,Đã trả kết quả\n"
)

// inFolder writes a file and returns its path.
func inFolder(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestImportSampleYear(t *testing.T) {
	t.Parallel()
	db := "sqlite:" + filepath.Join(t.TempDir(), "hailong.db")
	const year = "../../server/demo/2024.xlsx"
	for _, want := range []importer.Report{{Rows: 3000, New: 3000}, {Rows: 3000, Unchanged: 3000}} {
		code, stdout, stderr := command(t, "import", year, "--store", db, "--json")
		var got importer.Report
		if err := json.Unmarshal([]byte(stdout), &got); code != exitDone || err != nil || stderr != "" {
			t.Fatalf("exit %d, %v, stderr %q", code, err, stderr)
		}
		svc, err := (storeFlags{Store: db, BaseURL: "http://localhost:8080"}).open(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		log, err := svc.AuditEntries(t.Context(), svc.Today().Add(-1), svc.Today(), "cli")
		svc.Store.Close()
		if what := fmt.Sprintf("%d new, 0 updated, %d unchanged, 0 rejected", want.New, want.Unchanged); err != nil || len(log) == 0 || log[0].Deed != "import" || log[0].What != what {
			t.Errorf("the audit says %+v, %v, want %s", log, err, what)
		}
		if got.File != year || got.Rows != want.Rows || got.New != want.New || got.Updated != 0 || got.Unchanged != want.Unchanged || got.Rejected == nil || len(got.Rejected) != 0 {
			t.Errorf("%+v, want %+v", got, want)
		}
	}
}

// The keys that other programs rely on, and the exit code of rejected rows.
func TestImportRejectsRows(t *testing.T) {
	t.Parallel()
	db := "sqlite:" + filepath.Join(t.TempDir(), "hailong.db")
	path := inFolder(t, "list.csv", importHead+importGood+importBad)
	for lang, reason := range map[string]string{"vi": "không có ngày này", "en": "no such day"} {
		code, stdout, _ := command(t, "import", path, "--store", db, "--json", "--lang", lang)
		var got map[string]any
		if err := json.Unmarshal([]byte(stdout), &got); code != exitRejected || err != nil {
			t.Fatalf("exit %d, %v: %s", code, err, stdout)
		}
		rejected, _ := got["rejected"].([]any)
		if len(rejected) != 1 || got["rows"] != 2.0 {
			t.Fatalf("%s", stdout)
		}
		x, _ := rejected[0].(map[string]any)
		if x["row"] != 3.0 || x["column"] != "Ngày tiếp nhận" || x["value"] != "31/02/2024" || !strings.Contains(x["reason"].(string), reason) || len(x) != 4 {
			t.Errorf("%v", x)
		}
		for _, key := range []string{"file", "rows", "new", "updated", "unchanged"} {
			if _, ok := got[key]; !ok {
				t.Errorf("no %q in %s", key, stdout)
			}
		}
	}
	code, stdout, _ := command(t, "import", path, "--store", db)
	if code != exitRejected || !strings.Contains(stdout, "2 dòng: 0 mới, 0 cập nhật, 1 không đổi, 1 bị từ chối") ||
		!strings.Contains(stdout, "dòng 3, cột “Ngày tiếp nhận”, giá trị “31/02/2024”") || strings.Contains(stdout, "Kín") {
		t.Errorf("exit %d:\n%s", code, stdout)
	}
	code, stdout, _ = command(t, "import", path, "--store", db, "--lang", "en")
	if code != exitRejected || !strings.Contains(stdout, "2 rows: 0 new, 0 updated, 1 unchanged, 1 rejected") {
		t.Errorf("exit %d:\n%s", code, stdout)
	}
}

// A bad file is told in one line, leaves no store behind where there was none,
// and does not keep the good ones from being imported.
func TestImportBadFile(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	db := "sqlite:" + filepath.Join(folder, "data", "hailong.db")
	bad := inFolder(t, "list.xlsx", "\xff\xd8\xff\xe0 not a workbook")
	code, stdout, stderr := command(t, "import", bad, "--store", db)
	if code != exitFailed || stdout != "" || strings.Count(stderr, "\n") != 1 || !strings.Contains(stderr, "đây là ảnh JPEG, không phải XLSX hay CSV") {
		t.Errorf("exit %d, stdout %q, stderr %q", code, stdout, stderr)
	}
	if _, err := os.Stat(filepath.Join(folder, "data")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a store was made: %v", err)
	}
	good := inFolder(t, "list.csv", importHead+importGood)
	code, stdout, _ = command(t, "import", bad, good, "--store", db, "--json")
	var reports []importer.Report
	if err := json.Unmarshal([]byte(stdout), &reports); code != exitFailed || err != nil || len(reports) != 2 || reports[0].Error == "" || reports[1].New != 1 {
		t.Errorf("exit %d, %v: %s", code, err, stdout)
	}
}

func TestImportWrongUsage(t *testing.T) {
	t.Parallel()
	good := inFolder(t, "list.csv", importHead+importGood)
	badMap := inFolder(t, "map.yaml", "Người nộp hồ sơ: officer\n")
	db := "sqlite:" + filepath.Join(t.TempDir(), "hailong.db")
	for _, args := range [][]string{{}, {good, "--lang", "fr"}, {good, "--map", badMap}, {good, "--map", badMap + ".not"}, {good, "--colour"}} {
		if code, stdout, stderr := command(t, slices.Concat([]string{"import", "--store", db}, args)...); code != exitUsage || stderr == "" {
			t.Errorf("%v: exit %d, stdout %q, stderr %q", args, code, stdout, stderr)
		}
	}
}

func TestImportMapping(t *testing.T) {
	t.Parallel()
	db := "sqlite:" + filepath.Join(t.TempDir(), "hailong.db")
	path := inFolder(t, "list.csv", strings.Replace(importHead+importGood, "Trạng thái", "Tình hình", 1))
	if code, _, stderr := command(t, "import", path, "--store", db); code != exitFailed || !strings.Contains(stderr, "“Trạng thái”") || !strings.Contains(stderr, "--map") {
		t.Errorf("exit %d: %s", code, stderr)
	}
	if code, _, stderr := command(t, "import", path, "--store", db, "--map", inFolder(t, "map.yaml", "Tình hình: status\n")); code != exitDone {
		t.Errorf("exit %d: %s", code, stderr)
	}
}

func TestImportProgressWithoutTerminal(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	p := newProgress(&b, "x.csv")
	for n := 500; n <= 45_000; n += 500 {
		p.reading(n, 0)
	}
	for n := 500; n <= 45_000; n += 500 {
		p.storing(n, 45_000)
	}
	p.end()
	want := "x.csv: Đọc / reading: 20000\nx.csv: Đọc / reading: 40000\nx.csv: Lưu / storing: 20000/45000\nx.csv: Lưu / storing: 40000/45000\n"
	if b.String() != want {
		t.Errorf("%q, want %q", b.String(), want)
	}
}
