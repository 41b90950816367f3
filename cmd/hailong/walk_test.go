package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// command runs the program as the shell would and returns what it printed.
func command(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(t.Context(), args, func(string) string { return "" }, strings.NewReader(""), &out, &errs)
	return code, out.String(), errs.String()
}

// A watched writer tells when a pattern has been printed.
type watched struct {
	mu   sync.Mutex
	buf  bytes.Buffer
	want *regexp.Regexp
	got  chan string
	done bool
}

func watch(pattern string) *watched {
	return &watched{want: regexp.MustCompile(pattern), got: make(chan string, 1)}
}

func (w *watched) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.buf.Write(p)
	if m := w.want.FindStringSubmatch(w.buf.String()); m != nil && !w.done {
		w.done = true
		w.got <- m[1]
	}
	return len(p), nil
}

func (w *watched) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.buf.String()
}

// A service is the program serving, in this process, on a free port.
type service struct {
	base   string
	stdout *watched
	stderr *watched
	stop   func() int
}

func startService(t *testing.T, args ...string) *service {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	s := &service{stdout: watch(`(?s)Quản trị viên.*|.*Đã có (người dùng).*\n`), stderr: watch(`serving.* listen=(\S+)`)}
	code := make(chan int, 1)
	go func() {
		code <- run(ctx, append([]string{"serve", "--listen", "127.0.0.1:0"}, args...), func(string) string { return "" }, nil, s.stdout, s.stderr)
	}()
	var once sync.Once
	result := -1
	s.stop = func() int {
		once.Do(func() { cancel(); result = <-code })
		return result
	}
	t.Cleanup(func() { s.stop() })
	select {
	case addr := <-s.stderr.got:
		s.base = "http://" + addr
	case c := <-code:
		code <- c
		t.Fatalf("serve ended with %d: %s", c, s.stderr)
	case <-time.After(2 * time.Minute):
		t.Fatalf("serve did not start: %s", s.stderr)
	}
	return s
}

// client follows no redirects and keeps no cookies: a phone without script.
var client = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

func post(t *testing.T, url string, form url.Values) (status int, location, body string) {
	t.Helper()
	resp, err := client.PostForm(url, form)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, resp.Header.Get("Location"), string(b)
}

func fetch(t *testing.T, url string) (status int, body string) {
	t.Helper()
	resp, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

// TestOneDossierWalksThroughTheHouse: import → returned → slip → phone page →
// answer → index, with every command run while the service runs on the same
// store.
func TestOneDossierWalksThroughTheHouse(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	db := "sqlite:" + filepath.Join(dir, "hailong.db")
	s := startService(t, "--store", db)

	code, out, errs := command(t, "import", "--store", db, "--json", "../../server/importer/testdata/sample.csv")
	if code != exitDone {
		t.Fatalf("import: %d %s", code, errs)
	}
	var imported struct {
		Rows, New, Updated, Unchanged int
		Rejected                      []any
	}
	if err := json.Unmarshal([]byte(out), &imported); err != nil {
		t.Fatalf("import printed %q: %v", out, err)
	}
	if imported.Rows != 39 || imported.New != 39 || len(imported.Rejected) != 0 {
		t.Fatalf("import: %+v", imported)
	}
	if _, out, _ = command(t, "import", "--store", db, "--json", "../../server/importer/testdata/sample.csv"); !strings.Contains(out, `"unchanged":39`) && !strings.Contains(out, `"unchanged": 39`) {
		t.Fatalf("the same file again: %s", out)
	}

	pdf, codes := filepath.Join(dir, "slips.pdf"), filepath.Join(dir, "codes.csv")
	if code, _, errs = command(t, "slips", "--store", db, "--from", "2024-01-01", "--to", "2024-12-31", "--out", pdf, "--codes", codes); code != exitDone {
		t.Fatalf("slips: %d %s", code, errs)
	}
	if b, err := os.ReadFile(pdf); err != nil || !bytes.HasPrefix(b, []byte("%PDF-")) {
		t.Fatalf("slips.pdf: %v", err)
	}
	f, err := os.Open(codes)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil || strings.Join(rows[0], ",") != "dossier,code,url" {
		t.Fatalf("codes.csv: %v %v", rows, err)
	}
	if len(rows) < 30 {
		t.Fatalf("codes.csv has %d rows", len(rows))
	}

	satisfied := 0
	slips := rows[1:31]
	for i, row := range slips {
		overall := "5"
		if i%6 == 0 {
			overall = "2"
		} else {
			satisfied++
		}
		path := strings.TrimPrefix(strings.ToLower(row[2]), "http://localhost:8080")
		if status, body := fetch(t, s.base+path); status != 200 || !strings.Contains(body, "<form") {
			t.Fatalf("phone page: %d", status)
		}
		form := url.Values{"overall": {overall}, "access": {"4"}, "feedback": {"N"}, "lang": {"vi"}}
		status, location, _ := post(t, s.base+path, form)
		if status != http.StatusSeeOther {
			t.Fatalf("answer %d: %d", i, status)
		}
		if again, same, _ := post(t, s.base+path, form); again != status || same != location {
			t.Fatalf("the same answer again: %d %s, want %d %s", again, same, status, location)
		}
		form.Set("overall", "3")
		if status, _, _ := post(t, s.base+path, form); status != http.StatusConflict {
			t.Fatalf("another answer on a used slip: %d", status)
		}
	}

	code, out, errs = command(t, "index", "--store", db, "--from", "2024-01-01", "--to", "2099-12-31", "--by", "field", "--json")
	if code != exitDone {
		t.Fatalf("index: %d %s", code, errs)
	}
	var doc struct {
		Answers int64
		Verdict string
		Items   map[string]struct {
			X, N, Not_applicable int64
			Share                float64
			Wilson               struct{ Lo, Hi float64 }
		}
		Coverage struct{ Returned, Uninvited int64 }
		Parts    []struct{ Key map[string]string }
	}
	if err := json.Unmarshal([]byte(out), &doc); err != nil {
		t.Fatalf("index printed %v", err)
	}
	o := doc.Items["overall"]
	if doc.Answers != 30 || o.N != 30 || o.X != int64(satisfied) || doc.Items["feedback"].Not_applicable != 30 {
		t.Fatalf("index: %+v", doc)
	}
	// R 4.2.2: binom::binom.wilson(25, 30) = 0.6643567 0.9266375
	if lo, hi := o.Wilson.Lo, o.Wilson.Hi; lo < 0.664 || lo > 0.665 || hi < 0.926 || hi > 0.927 {
		t.Fatalf("Wilson interval of 25 of 30: %v %v", lo, hi)
	}
	if doc.Coverage.Uninvited != 0 || doc.Coverage.Returned != int64(len(rows)-1) || len(doc.Parts) < 2 {
		t.Fatalf("coverage %+v, %d parts", doc.Coverage, len(doc.Parts))
	}

	// Nothing that leads back to a citizen or a slip is in the logs.
	for _, secret := range append(slips[0], strings.ToLower(slips[0][1])) {
		if strings.Contains(s.stderr.String(), secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
	// A second server on the same file is refused.
	if code, _, errs := command(t, "serve", "--store", db, "--listen", "127.0.0.1:0"); code != exitFailed || !strings.Contains(errs, "hailong.db") {
		t.Errorf("second server: %d %s", code, errs)
	}
	if code := s.stop(); code != exitDone {
		t.Errorf("serve ended with %d: %s", code, s.stderr)
	}
}

// TestUsage: exit code 2 and a sentence for every wrong call.
func TestUsage(t *testing.T) {
	t.Parallel()
	db := "--store=sqlite:" + filepath.Join(t.TempDir(), "x.db")
	for _, args := range [][]string{
		{"dance"}, {"index"}, {"index", "--from", "2024-02-31", "--to", "2024-03-01", db}, {"index", "--from", "2024-01-01", "--to", "2024-03-01", "--by", "shoe", db},
		{"serve", "--store", "redis://x"}, {"serve", "--store", "sqlite:"}, {"serve", "--base-url", "ftp://x", db}, {"serve", "--totp-required", "leader,king", db}, {"serve", "--totp-required", "device", db},
		{"serve", "--oidc-issuer", "http://dang-nhap.example", "--oidc-client-id", "x", db}, {"serve", "--oidc-issuer", "https://dang-nhap.example", db}, {"user", "add", "ba", "--role", "king", db},
		{"token", "add", "--role", "king", db}, {"import", db}, {"slips", db}, {"score"},
	} {
		if code, _, errs := command(t, args...); code != exitUsage || errs == "" {
			t.Errorf("hailong %v: %d %s", args, code, errs)
		}
	}
	if code, out, _ := command(t, "--help"); code != exitDone || !strings.Contains(out, "import") {
		t.Errorf("--help: %d %s", code, out)
	}
	if code, out, _ := command(t, "--version"); code != exitDone || out == "" {
		t.Errorf("--version: %d %s", code, out)
	}
}

// TestEnvironment: every flag can be given as HAILONG_….
func TestEnvironment(t *testing.T) {
	t.Parallel()
	db := filepath.Join(t.TempDir(), "env.db")
	getenv := func(k string) string {
		return map[string]string{"HAILONG_STORE": "sqlite:" + db, "HAILONG_FROM": "2024-01-01", "HAILONG_TO": "2024-12-31"}[k]
	}
	var out, errs bytes.Buffer
	if code := run(t.Context(), []string{"index", "--json"}, getenv, nil, &out, &errs); code != exitDone {
		t.Fatalf("%d %s", code, errs.String())
	}
	if _, err := os.Stat(db); err != nil {
		t.Error(err)
	}
	if !json.Valid(out.Bytes()) || strings.Contains(out.String(), "NaN") {
		t.Errorf("an empty store gives %s", out.String())
	}
}

// TestUsers: passwords come from standard input, an empty one is made up, and
// the wrong key file is named as such.
func TestUsers(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	db := "sqlite:" + filepath.Join(dir, "u.db")
	var out, errs bytes.Buffer
	if code := run(t.Context(), []string{"user", "add", "lan", "--role", "leader", "--store", db}, func(string) string { return "" }, strings.NewReader("mật khẩu dài\n"), &out, &errs); code != exitDone {
		t.Fatalf("%d %s", code, errs.String())
	}
	if code, out, errs := command(t, "user", "passwd", "lan", "--store", db); code != exitDone || len(strings.TrimSpace(out)) < 16 {
		t.Errorf("passwd: %d %q %s", code, out, errs)
	}
	if code, out, _ := command(t, "user", "list", "--store", db, "--json"); code != exitDone || !strings.Contains(out, `"lan"`) || strings.Contains(out, "argon2") {
		t.Errorf("list: %d %s", code, out)
	}
	if code, _, errs := command(t, "user", "sso", "lan", "lan@phulien.example", "--store", db); code != exitDone {
		t.Errorf("user sso: %d %s", code, errs)
	}
	if code, _, errs := command(t, "user", "totp-off", "lan", "--store", db); code != exitDone {
		t.Errorf("user totp-off: %d %s", code, errs)
	}
	if code, _, _ := command(t, "user", "totp-off", "mai", "--store", db); code != exitFailed {
		t.Errorf("user totp-off of nobody: %d", code)
	}
	if code, _, errs := command(t, "user", "add", "lan", "--role", "leader", "--store", db); code != exitFailed || !strings.Contains(errs, "lan") {
		t.Errorf("adding a user twice: %d %s", code, errs)
	}
	if err := os.Rename(filepath.Join(dir, "hailong.key"), filepath.Join(dir, "old.key")); err != nil {
		t.Fatal(err)
	}
	if code, _, errs := command(t, "user", "list", "--store", db); code != exitFailed || !strings.Contains(errs, "khóa") {
		t.Errorf("an old store without its key: %d %s", code, errs)
	}
	if _, err := os.Stat(filepath.Join(dir, "hailong.key")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a new key was made for an old store: %v", err)
	}
}
