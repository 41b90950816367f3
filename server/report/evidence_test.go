package report_test

import (
	"bytes"
	"encoding/csv"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hailong/server"
	"hailong/server/report"
)

// The evidence tells when and what was done, and nothing of what was said, of whom
// and by whom.
func TestEvidence(t *testing.T) {
	t.Parallel()
	svc := packHouse(t)
	now := time.Date(2024, 3, 4, 9, 0, 0, 0, server.Zone)
	svc.Now = func() time.Time { return now }
	const said = "chờ quá lâu, nói năng khó nghe"
	if _, err := svc.AcceptWalkUp(t.Context(), "3d0ca315-aff9-4fc2-be61-3b76b9a2d798", server.Submission{Given: map[string]string{"overall": "1"}, Comment: said, Counter: "Quầy 3"}); err != nil {
		t.Fatal(err)
	}
	q1, err := svc.Period("2024-Q1")
	if err != nil {
		t.Fatal(err)
	}
	now = time.Date(2024, 4, 10, 9, 0, 0, 0, server.Zone)
	if _, err := svc.ClosePeriod(t.Context(), q1, "", "lan"); err != nil {
		t.Fatal(err)
	}
	if _, err := svc.ReopenPeriod(t.Context(), q1, "lan", "=nhập sót phiếu giấy"); err != nil {
		t.Fatal(err)
	}
	write := func(id string) []byte {
		p, err := svc.Period(id)
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := report.WriteEvidence(t.Context(), &b, svc, server.User{}, p, true); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	zipped := write("2024")
	if !bytes.Equal(zipped, write("2024")) {
		t.Error("the same evidence has other bytes the second time")
	}
	want := map[string]int{"bo-cau-hoi.csv": 2, "luu-giu.csv": 5, "thay-doi.csv": 2, "chot-so-lieu.csv": 2, "hanh-dong-khac-phuc.csv": 1, "canh-bao.csv": 0}
	for _, e := range unzip(t, zipped) {
		if e.name == "danh-muc.pdf" {
			if !bytes.HasPrefix(e.data, []byte("%PDF-")) {
				t.Error("the list is no PDF")
			}
			if dir := os.Getenv("HAILONG_KEEP"); dir != "" {
				if err := os.WriteFile(filepath.Join(dir, e.name), e.data, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			continue
		}
		rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(e.data, []byte("\ufeff")))).ReadAll()
		if err != nil {
			t.Fatalf("%s: %v", e.name, err)
		}
		least, ok := want[e.name]
		delete(want, e.name)
		if !ok || len(rows)-1 < least {
			t.Errorf("%s has %d lines, want %d: %q", e.name, len(rows)-1, least, rows)
		}
		for _, not := range []string{said, "khó nghe", "Quầy 3", "\n=", ",="} {
			if strings.Contains(string(e.data), not) {
				t.Errorf("%s tells %q", e.name, not)
			}
		}
		if e.name == "chot-so-lieu.csv" && !strings.Contains(string(e.data), "nhập sót phiếu giấy") {
			t.Errorf("the reason is missing: %s", e.data)
		}
		if e.name == "hanh-dong-khac-phuc.csv" && !strings.Contains(string(e.data), "2024-03-04") {
			t.Errorf("the case is missing: %s", e.data)
		}
	}
	if len(want) != 0 {
		t.Errorf("missing: %v", want)
	}
	for _, e := range unzip(t, write("2023-Q1")) {
		if strings.HasPrefix(e.name, "chot") && strings.Count(string(e.data), "\n") != 1 {
			t.Errorf("closings of another year: %s", e.data)
		}
	}
}
