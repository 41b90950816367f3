package main

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestBackupAndRestore backs up while the service runs, restores elsewhere, and
// finds the same slips answered there.
func TestBackupAndRestore(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	db := "sqlite:" + filepath.Join(dir, "hailong.db")
	s := startService(t, "--store", db)
	if code, _, errs := command(t, "import", "--store", db, "../../server/importer/testdata/sample.csv"); code != exitDone {
		t.Fatalf("import: %d %s", code, errs)
	}
	codes := filepath.Join(dir, "codes.csv")
	if code, _, errs := command(t, "slips", "--store", db, "--from", "2024-01-01", "--to", "2024-12-31", "--out", filepath.Join(dir, "slips.pdf"), "--codes", codes); code != exitDone {
		t.Fatalf("slips: %d %s", code, errs)
	}
	text, err := os.ReadFile(codes)
	if err != nil {
		t.Fatal(err)
	}
	line := strings.Split(strings.TrimSpace(string(text)), "\n")[1]
	slip := strings.ToLower(strings.TrimPrefix(strings.TrimSpace(line[strings.LastIndex(line, ",")+1:]), "http://localhost:8080"))
	if i := strings.Index(strings.ToLower(slip), "/q/"); i > 0 {
		slip = slip[i:]
	}
	if status, _, body := post(t, s.base+slip, url.Values{"overall": {"5"}, "lang": {"vi"}}); status != http.StatusSeeOther {
		t.Fatalf("answering: %d %s", status, body)
	}

	backup := filepath.Join(dir, "backup")
	code, out, errs := command(t, "backup", "--store", db, "--json", backup)
	if code != exitDone {
		t.Fatalf("backup: %d %s", code, errs)
	}
	var m struct {
		Schema int
		Key    *struct{ SHA256 string }
		Counts map[string]int
	}
	if err := json.Unmarshal([]byte(out), &m); err != nil || m.Schema < 1 || m.Key == nil || m.Counts["answers"] != 1 || m.Counts["dossiers"] != 39 {
		t.Errorf("the manifest is %s, %v", out, err)
	}
	if code, _, _ := command(t, "backup", "--store", db, backup); code != exitFailed {
		t.Errorf("a backup over a backup: code %d", code)
	}
	if code, _, errs := command(t, "restore", "--store", db, backup); code != exitFailed || !strings.Contains(errs, "đang được một máy chủ") {
		t.Errorf("restoring under the service: %d %s", code, errs)
	}
	s.stop()
	if code, _, errs := command(t, "restore", "--store", db, backup); code != exitFailed || !strings.Contains(errs, "không ghi đè") {
		t.Errorf("restoring over a store: %d %s", code, errs)
	}

	again := "sqlite:" + filepath.Join(dir, "again", "hailong.db")
	code, out, errs = command(t, "restore", "--store", again, backup)
	if code != exitDone || !strings.Contains(out, "dossiers     39") {
		t.Fatalf("restore: %d %s %s", code, out, errs)
	}
	s = startService(t, "--store", again)
	if status, _, _ := post(t, s.base+slip, url.Values{"overall": {"5"}, "lang": {"vi"}}); status != http.StatusSeeOther {
		t.Errorf("the same answer on the restored store: %d", status)
	}
	if status, _, _ := post(t, s.base+slip, url.Values{"overall": {"1"}, "lang": {"vi"}}); status != http.StatusConflict {
		t.Errorf("another answer on the restored store: %d", status)
	}

	// A key that does not fit, though the manifest describes it.
	if err := os.WriteFile(filepath.Join(dir, "other.key"), []byte(strings.Repeat("0", 64)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	wrong := filepath.Join(dir, "wrong")
	if code, _, errs := command(t, "backup", "--store", again, "--key-file", filepath.Join(dir, "other.key"), wrong); code != exitDone {
		t.Fatalf("backup: %d %s", code, errs)
	}
	third := filepath.Join(dir, "third", "hailong.db")
	if code, _, errs := command(t, "restore", "--store", "sqlite:"+third, wrong); code != exitFailed || !strings.Contains(errs, "khóa") {
		t.Errorf("restoring with the wrong key: %d %s", code, errs)
	}
	if _, err := os.Stat(third); !os.IsNotExist(err) {
		t.Errorf("a store that failed its check was left behind: %v", err)
	}
}

func TestBackupOfNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	db := filepath.Join(dir, "none.db")
	for _, args := range [][]string{{"backup", "--store", "sqlite:" + db, filepath.Join(dir, "b")}, {"migrate", "status", "--store", "sqlite:" + db}} {
		if code, _, errs := command(t, args...); code != exitFailed || !strings.Contains(errs, db) {
			t.Errorf("%v: %d %s", args, code, errs)
		}
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 0 {
		t.Errorf("something was made: %v %v", entries, err)
	}
	if code, _, errs := command(t, "backup", "--store", "mongodb://localhost/x", filepath.Join(dir, "b")); code != exitUsage || !strings.Contains(errs, "mongodump") {
		t.Errorf("backing up MongoDB: %d %s", code, errs)
	}
}

func TestMigrate(t *testing.T) {
	t.Parallel()
	db := "sqlite:" + filepath.Join(t.TempDir(), "hailong.db")
	for range 2 {
		if code, out, errs := command(t, "migrate", "up", "--store", db); code != exitDone || !strings.Contains(out, "đã áp dụng") || strings.Contains(out, "chưa") {
			t.Errorf("migrate up: %d %s %s", code, out, errs)
		}
	}
	code, out, errs := command(t, "migrate", "status", "--json", "--store", db)
	if code != exitDone || !strings.HasPrefix(out, `{"migrations":[{"number":1,"name":"layout 1","applied":true}`) {
		t.Errorf("migrate status: %d %s %s", code, out, errs)
	}
}
