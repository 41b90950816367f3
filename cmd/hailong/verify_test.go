package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hailong/server"
)

// answered is a store with two hundred answers of the first quarter of 2024.
func answered(t *testing.T) (db string) {
	t.Helper()
	db = "sqlite:" + filepath.Join(t.TempDir(), "hailong.db")
	svc, err := storeFlags{Store: db, BaseURL: "http://localhost:8080", Unit: "phu-lien-2024"}.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer svc.Store.Close()
	var as []server.Answer
	for i := range 200 {
		as = append(as, server.Answer{ID: fmt.Sprintf("%032x", i), Unit: "phu-lien-2024", Survey: "sipas-short", Day: server.Day("2024-01-02").Add(i % 85),
			Lane: server.LaneSlip, Field: []string{"Chứng thực", "Hộ tịch"}[i%2], Marks: map[string]string{"overall": fmt.Sprint(5 - i%7/2), "result": "4"}})
	}
	if _, err := svc.PutAnswers(t.Context(), as); err != nil {
		t.Fatal(err)
	}
	return db
}

// A pack is made, checked where there is no store, and found out when changed.
func TestReportThenVerify(t *testing.T) {
	t.Parallel()
	db := answered(t)
	dir := t.TempDir()
	zip := filepath.Join(dir, "q1.zip")
	code, out, errs := command(t, "report", "--store", db, "--period", "2024-Q1", "--format", "zip", "--out", zip)
	if code != exitDone || out != "" || !strings.Contains(errs, "hailong verify") {
		t.Fatalf("report: %d %q %q", code, out, errs)
	}
	code, out, errs = command(t, "verify", zip)
	if code != exitDone || !strings.Contains(out, "KHỚP. / Everything agrees") || strings.Contains(out, "SAI") {
		t.Fatalf("verify: %d %s %s", code, out, errs)
	}
	code, out, _ = command(t, "verify", "--json", zip)
	var v struct {
		OK      bool
		Answers int
		Key     string
		Files   []struct{ Agree int }
	}
	if err := json.Unmarshal([]byte(out), &v); err != nil || code != exitDone || !v.OK || v.Answers != 200 || v.Key == "" || len(v.Files) != 10 {
		t.Errorf("verify --json: %d %v %+v", code, err, v)
	}
	year := filepath.Join(dir, "year.zip")
	if code, _, errs := command(t, "report", "--store", db, "--period", "2024", "--format", "zip", "--out", year); code != exitDone {
		t.Fatalf("the year: %s", errs)
	}
	if code, out, _ := command(t, "verify", year, "--since", zip, "--key", v.Key); code != exitDone || !strings.Contains(out, "vẫn nguyên") {
		t.Errorf("the year since the quarter: %d %s", code, out)
	}
	if code, out, _ := command(t, "verify", zip, "--since", year); code != exitFailed || !strings.Contains(out, "KHÔNG KHỚP") {
		t.Errorf("a ledger that got shorter: %d %s", code, out)
	}
	data, err := os.ReadFile(zip)
	if err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string][]byte{"cut.zip": data[:len(data)/2], "text.zip": []byte("không phải zip"), "flip.zip": bytes.Replace(data, []byte("PK\x05\x06"), []byte("PK\x05\x07"), 1)} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		if code, _, errs := command(t, "verify", path); code != exitFailed || !strings.Contains(errs, "không phải gói thẩm định") || strings.Count(errs, "\n") != 1 {
			t.Errorf("%s: %d %q", name, code, errs)
		}
	}
	if code, _, errs := command(t, "verify", filepath.Join(dir, "none.zip")); code != exitFailed || errs == "" {
		t.Errorf("no such file: %d %q", code, errs)
	}
}

func TestReportRefuses(t *testing.T) {
	t.Parallel()
	db := answered(t)
	out := filepath.Join(t.TempDir(), "x.zip")
	for _, c := range []struct {
		period, format string
		code           int
	}{{"2024-Q9", "zip", exitUsage}, {"2024-Q1", "doc", exitUsage}, {"2024-H2", "zip", exitFailed}, {"2090-Q1", "zip", exitFailed}} {
		if code, _, errs := command(t, "report", "--store", db, "--period", c.period, "--format", c.format, "--out", out); code != c.code || errs == "" {
			t.Errorf("%s %s: %d %q", c.period, c.format, code, errs)
		}
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("a file was left")
	}
}

// An answer changed in the store behind the service's back is found by recount,
// and by the next pack.
func TestRecountFindsChangedAnswer(t *testing.T) {
	t.Parallel()
	db := answered(t)
	zip := filepath.Join(t.TempDir(), "q1.zip")
	if code, _, errs := command(t, "report", "--store", db, "--period", "2024-Q1", "--format", "zip", "--out", zip); code != exitDone {
		t.Fatal(errs)
	}
	if code, out, errs := command(t, "recount", "--store", db); code != exitDone || !strings.Contains(out, "200 phiếu khớp") {
		t.Fatalf("before: %d %s %s", code, out, errs)
	}
	flags := storeFlags{Store: db}
	st, err := flags.openEngine(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	d, err := st.Get(t.Context(), "answers", fmt.Sprintf("%032x", 7))
	if err != nil {
		t.Fatal(err)
	}
	d.Body = bytes.Replace(d.Body, []byte(`"result":"4"`), []byte(`"result":"5"`), 1)
	if err := st.Replace(t.Context(), "answers", d); err != nil {
		t.Fatal(err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	code, out, errs := command(t, "recount", "--store", db)
	if code != exitFailed || !strings.Contains(out, "CÓ DÒNG, KHÔNG CÓ PHIẾU") || !strings.Contains(out, "CÓ PHIẾU, KHÔNG CÓ DÒNG") {
		t.Errorf("after: %d %s %s", code, out, errs)
	}
}
