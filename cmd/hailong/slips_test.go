package main

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"hailong/server"
	"hailong/server/report"
	"hailong/server/store"
)

// desk makes a store with n returned dossiers, i % 10 + 1 March 2024.
func desk(t testing.TB, n int) (db string, svc *server.Service) {
	t.Helper()
	db = "sqlite:" + filepath.Join(t.TempDir(), "slips.db")
	svc, err := storeFlags{Store: db, BaseURL: "https://danhgia.example.vn", Unit: "phu-lien-2024"}.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { svc.Store.Close() })
	var ds []server.Dossier
	for i := range n {
		at := time.Date(2024, 3, i%10+1, 8, 0, 0, 0, server.Zone)
		ds = append(ds, server.Dossier{Code: server.DossierCode(fmt.Sprintf("000.21.35.H24-240301-%04d", i)), ProcedureName: "Đăng ký khai sinh",
			Field: "Hộ tịch", Status: server.StatusReturned, Received: at, Due: at.Add(72 * time.Hour), Finished: at.Add(time.Hour), Returned: at.Add(2 * time.Hour)})
	}
	if _, err := svc.PutDossiers(t.Context(), ds); err != nil {
		t.Fatal(err)
	}
	return db, svc
}

func summary(t *testing.T, args ...string) (code int, sum slipsSummary) {
	t.Helper()
	code, out, errs := command(t, append([]string{"slips", "--json", "--base-url", "https://danhgia.example.vn"}, args...)...)
	if err := json.Unmarshal([]byte(out), &sum); err != nil {
		t.Fatalf("slips %v: %d, printed %q, %s: %v", args, code, out, errs, err)
	}
	return code, sum
}

func readCodes(t *testing.T, path string) [][]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(rows[0], []string{"dossier", "code", "url"}) {
		t.Fatalf("head %q", rows[0])
	}
	return rows[1:]
}

// Slips for the days asked for, once; again nothing; reprinted, the old void.
func TestSlips(t *testing.T) {
	t.Parallel()
	db, svc := desk(t, 100)
	dir := t.TempDir()
	pdf, codes := filepath.Join(dir, "slips.pdf"), filepath.Join(dir, "codes.csv")
	args := []string{"--store", db, "--from", "2024-03-02", "--to", "2024-03-05", "--out", pdf, "--codes", codes}
	code, sum := summary(t, args...)
	if code != exitDone || sum.Issued != 40 || sum.Already != 0 || sum.Uninvited != 0 || sum.Out != pdf || sum.Codes != codes {
		t.Fatalf("%d %+v", code, sum)
	}
	for _, path := range []string{pdf, codes} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
	first := readCodes(t, codes)
	if len(first) != 40 || !slices.IsSortedFunc(first, func(a, b []string) int { return strings.Compare(a[0][len(a[0])-1:]+a[0], b[0][len(b[0])-1:]+b[0]) }) {
		t.Errorf("%d codes: %v", len(first), first)
	}
	for _, row := range first {
		c, err := server.ParseSlipCode(row[1])
		if err != nil || c.Text() != row[1] || row[2] != "HTTPS://DANHGIA.EXAMPLE.VN/Q/"+row[1] {
			t.Fatalf("%q: %v", row, err)
		}
		if inv, err := svc.Invitation(t.Context(), c); err != nil || string(inv.Dossier) != row[0] {
			t.Fatalf("%q: %+v, %v", row, inv, err)
		}
	}
	was, err := os.ReadFile(pdf)
	if err != nil {
		t.Fatal(err)
	}
	if code, sum := summary(t, args...); code != exitDone || sum.Issued != 0 || sum.Already != 40 || sum.Uninvited != 0 || sum.Out != "" {
		t.Errorf("again: %d %+v", code, sum)
	}
	if again, err := os.ReadFile(pdf); err != nil || !slices.Equal(again, was) {
		t.Errorf("the sheet of the first run is gone: %v", err)
	}

	used, err := server.ParseSlipCode(first[7][1])
	if err != nil {
		t.Fatal(err)
	}
	if _, err := svc.AcceptSlip(t.Context(), used, server.Submission{Given: map[string]string{"overall": "5"}}); err != nil {
		t.Fatal(err)
	}
	if code, sum := summary(t, append(args, "--reprint")...); code != exitDone || sum.Issued != 39 || sum.Already != 1 || sum.Uninvited != 0 {
		t.Errorf("reprint: %d %+v", code, sum)
	}
	for i, row := range first {
		c, err := server.ParseSlipCode(row[1])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := svc.Invitation(t.Context(), c); errors.Is(err, server.ErrGone) == (i == 7) {
			t.Errorf("old slip %d: %v", i, err)
		}
	}
	// Codes can be had nowhere else: earlier files are kept.
	if kept := readCodes(t, filepath.Join(dir, "codes.1.csv")); !slices.EqualFunc(kept, first, slices.Equal[[]string]) {
		t.Error("the codes of the first run are gone")
	}
	if kept, err := os.ReadFile(filepath.Join(dir, "slips.1.pdf")); err != nil || !slices.Equal(kept, was) {
		t.Errorf("the sheet of the first run is gone: %v", err)
	}
	if names, err := filepath.Glob(filepath.Join(dir, ".*")); err != nil || len(names) > 0 {
		t.Errorf("left behind: %v, %v", names, err)
	}
	if n, err := svc.Uninvited(t.Context(), "2024-03-01", "2024-03-31"); err != nil || n != 60 {
		t.Errorf("other days were touched: %d without a slip, %v", n, err)
	}
}

func TestSlipsByDossier(t *testing.T) {
	t.Parallel()
	db, _ := desk(t, 12)
	pdf := filepath.Join(t.TempDir(), "s.pdf")
	code, sum := summary(t, "--store", db, "--out", pdf, "--layout", "thermal-80", "--dossier", "000.21.35.H24-240301-0003,000.21.35.H24-240301-0004",
		"--dossier", "000.21.35.H24-240301-9999", "--dossier", "=cmd()")
	if code != exitRejected || sum.Issued != 2 || len(sum.Rejected) != 2 {
		t.Errorf("%d %+v", code, sum)
	}
	if code, sum := summary(t, "--store", db, "--out", pdf, "--dossier", "000.21.35.H24-240301-0003"); code != exitDone || sum.Issued != 0 || sum.Already != 1 {
		t.Errorf("again: %d %+v", code, sum)
	}
	if code, sum := summary(t, "--store", db, "--out", pdf, "--dossier", "000.21.35.H24-240301-0003", "--reprint", "--from", "2024-03-05", "--to", "2024-03-31"); code != exitRejected || sum.Issued != 0 {
		t.Errorf("out of the period: %d %+v", code, sum)
	}
	if code, sum := summary(t, "--store", db, "--out", pdf, "--dossier", "000.21.35.H24-240301-0003", "--reprint"); code != exitDone || sum.Issued != 1 {
		t.Errorf("reprint: %d %+v", code, sum)
	}
}

func TestSlipsUsage(t *testing.T) {
	t.Parallel()
	db := "--store=sqlite:" + filepath.Join(t.TempDir(), "x.db")
	period := []string{"--from", "2024-03-01", "--to", "2024-03-02"}
	for _, args := range [][]string{
		period, {"--out", "x.pdf"}, {"--out", "x.pdf", "--from", "2024-03-01"}, {"--out", "x.pdf", "--from", "2024-03-02", "--to", "2024-03-01"},
		{"--out", "x.pdf", "--from", "1/3/2024", "--to", "2024-03-01"}, append([]string{"--out", "x.pdf", "--layout", "a5"}, period...),
		append([]string{"--out", "x.pdf", "--codes", "./x.pdf"}, period...), append([]string{"--out", ""}, period...),
	} {
		if code, out, errs := command(t, append([]string{"slips", db}, args...)...); code != exitUsage || out != "" || errs == "" {
			t.Errorf("slips %v: %d %q %q", args, code, out, errs)
		}
	}
}

// Files that cannot be written are found out before anything is issued.
func TestSlipsNowhereToWrite(t *testing.T) {
	t.Parallel()
	db, svc := desk(t, 10)
	dir := t.TempDir()
	for _, args := range [][]string{
		{"--out", filepath.Join(dir, "missing", "s.pdf")}, {"--out", dir}, {"--out", "/dev/null"},
		{"--out", filepath.Join(dir, "s.pdf"), "--codes", filepath.Join(dir, "missing", "c.csv")},
	} {
		args = append([]string{"slips", "--store", db, "--from", "2024-03-01", "--to", "2024-03-31"}, args...)
		if code, _, errs := command(t, args...); code != exitFailed || !strings.Contains(errs, "không") {
			t.Errorf("%v: %d %s", args, code, errs)
		}
	}
	if n, err := svc.Uninvited(t.Context(), "2024-03-01", "2024-03-31"); err != nil || n != 10 {
		t.Errorf("%d of 10 dossiers without a slip, %v", n, err)
	}
	if _, err := os.Stat(filepath.Join(dir, "s.pdf")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file was left: %v", err)
	}
}

// Where a file turns out not to be writable after the slips were issued, they
// are withdrawn and can be issued again.
func TestSlipsDiskFull(t *testing.T) {
	t.Parallel()
	_, svc := desk(t, 30)
	c := slipsCmd{Out: filepath.Join(t.TempDir(), "s.pdf")}
	var sum slipsSummary
	slips, err := c.issue(t.Context(), svc, "2024-03-01", "2024-03-31", nil, &sum)
	if err != nil || len(slips) != 30 {
		t.Fatal(len(slips), err)
	}
	out, err := newOutput(c.Out)
	if err != nil {
		t.Fatal(err)
	}
	out.discard() // writing fails from here on
	failed := c.write(svc, slips, report.A4Eight, out, nil, nil)
	if !errors.Is(failed, fs.ErrClosed) {
		t.Fatal(failed)
	}
	if err := withdraw(t.Context(), svc, slips, failed); !errors.Is(err, fs.ErrClosed) || !strings.Contains(err.Error(), "thu hồi") {
		t.Errorf("%v", err)
	}
	if n, err := svc.Uninvited(t.Context(), "2024-03-01", "2024-03-31"); err != nil || n != 30 {
		t.Errorf("%d of 30 dossiers are free again, %v", n, err)
	}
	for _, s := range slips {
		if _, err := svc.Invitation(t.Context(), s.Code); !errors.Is(err, server.ErrGone) {
			t.Fatalf("a slip that nobody has still counts: %v", err)
		}
	}
}

// What a scanner reads on the sheet is what codes.csv says.
func TestSlipsSheetHoldsCodes(t *testing.T) {
	t.Parallel()
	if os.Getenv("HAILONG_TEST_ALL") != "1" {
		t.Skip("needs pdftoppm and zbarimg: run by make test, which installs what is missing (HAILONG_TEST_ALL=1)")
	}
	db, _ := desk(t, 19)
	dir := t.TempDir()
	pdf, codes := filepath.Join(dir, "s.pdf"), filepath.Join(dir, "c.csv")
	if code, sum := summary(t, "--store", db, "--from", "2024-03-01", "--to", "2024-03-31", "--out", pdf, "--codes", codes); code != exitDone || sum.Issued != 19 {
		t.Fatalf("%d %+v", code, sum)
	}
	if out, err := exec.CommandContext(t.Context(), "pdftoppm", "-r", "150", "-gray", pdf, filepath.Join(dir, "page")).CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	pages, err := filepath.Glob(filepath.Join(dir, "page*"))
	if err != nil || len(pages) != 3 {
		t.Fatalf("pages %v, %v", pages, err)
	}
	out, err := exec.CommandContext(t.Context(), "zbarimg", append([]string{"--quiet", "--raw"}, pages...)...).Output()
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, row := range readCodes(t, codes) {
		want = append(want, row[2])
	}
	got := strings.Fields(string(out))
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("on paper %v, in the list %v", got, want)
	}
}

// BenchmarkIssueAll makes 1,000 invitations on the embedded store. x-raw is
// its time over that of 2,000 bare inserts by as many writers on the same store
// in the same run: an invitation and its dossier are two writes.
func BenchmarkIssueAll(b *testing.B) {
	const n = 1000
	_, svc := desk(b, n)
	var raw time.Duration
	for i := 0; b.Loop(); i++ {
		b.StopTimer()
		start := time.Now()
		var g errgroup.Group
		g.SetLimit(64)
		for k := range 2 * n {
			g.Go(func() error {
				return svc.Store.Insert(b.Context(), "bench", store.Doc{Key: strconv.Itoa(i) + "/" + strconv.Itoa(k), Body: []byte(`{"dossier":"000.21.35.H24-240301-0000","state":"open"}`)})
			})
		}
		if err := g.Wait(); err != nil {
			b.Fatal(err)
		}
		raw += time.Since(start)
		how := server.IssueOnce
		if i > 0 {
			how = server.Reissue
		}
		b.StartTimer()
		made := 0
		if _, err := svc.IssueAll(b.Context(), "2024-03-01", "2024-03-31", how, func(server.Slip) error { made++; return nil }); err != nil || made != n {
			b.Fatal(made, err)
		}
	}
	b.ReportMetric(float64(b.Elapsed())/float64(raw), "x-raw")
	b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N), "ms/1000slips")
}
