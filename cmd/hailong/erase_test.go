package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"hailong/server"
)

// The code comes on standard input; the answer is gone and recount says why.
func TestEraseCommand(t *testing.T) {
	t.Parallel()
	db := "sqlite:" + filepath.Join(t.TempDir(), "hailong.db")
	svc, err := storeFlags{Store: db, BaseURL: "http://localhost:8080", Unit: "phu-lien-2024"}.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer svc.Store.Close()
	d := server.Dossier{Code: "000.21.35.H24-240110-0001", Field: "Hộ tịch", Status: server.StatusReturned, Received: svc.Now(), Returned: svc.Now()}
	if _, err := svc.PutDossiers(t.Context(), []server.Dossier{d}); err != nil {
		t.Fatal(err)
	}
	slip, err := svc.Issue(t.Context(), d.Code, server.IssueOnce)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := svc.AcceptSlip(t.Context(), slip.Code, server.Submission{Given: map[string]string{"overall": "2"}}); err != nil {
		t.Fatal(err)
	}
	erase := func(stdin string) (code int, out, errs string) {
		var o, e bytes.Buffer
		code = run(t.Context(), []string{"erase", "--store", db}, func(string) string { return "" }, strings.NewReader(stdin), &o, &e)
		return code, o.String(), e.String()
	}
	if code, _, errs := erase("nonsense\n"); code != exitUsage || strings.Contains(errs, "nonsense") {
		t.Errorf("no code: %d %q", code, errs)
	}
	code, out, errs := erase(slip.Code.Fours() + "\n")
	if code != exitDone || !strings.Contains(out, "Đã xóa") || strings.Contains(out+errs, slip.Code.Fours()) {
		t.Fatalf("%d %q %q", code, out, errs)
	}
	if code, _, errs := erase(slip.Code.Text()); code != exitFailed || !strings.Contains(errs, "không có câu trả lời") {
		t.Errorf("again: %d %q", code, errs)
	}
	if code, out, errs := command(t, "recount", "--store", db); code != exitDone || !strings.Contains(out, "1 phiếu đã xóa theo yêu cầu") {
		t.Errorf("recount: %d %q %q", code, out, errs)
	}
}
