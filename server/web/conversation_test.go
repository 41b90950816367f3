package web

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"hailong/server"
	"hailong/server/store"
	"hailong/server/store/memory"
	"hailong/server/store/storetest"
)

// A desk is a one-stop desk with slips in every state, for one test. What it
// logs is kept, to look for what must not be there.
type desk struct {
	t     testing.TB
	svc   *server.Service
	site  *Site
	clock *clock
	store *brittle
	log   *safeBuffer
	words map[string]string // what {word} stands for in a conversation
}

// The dossiers of a desk: what stands in them must not come out.
const (
	deskProcedure = "Chứng thực bản sao từ bản chính"
	deskOfficer   = "CC-kin-07"
	dossierNew    = "000.21.35.H24-250114-7001"
	dossierWaits  = "000.21.35.H24-250114-7002"
)

func newDesk(t testing.TB, o Options) *desk {
	t.Helper()
	d := &desk{t: t, clock: &clock{t: time.Date(2025, 1, 15, 9, 0, 0, 0, server.Zone)}, store: &brittle{Store: memory.New()}, log: &safeBuffer{}, words: map[string]string{}}
	var err error
	if d.svc, err = server.New(t.Context(), d.store, make([]byte, server.SecretSize), server.Config{BaseURL: "https://danhgia.example"}); err != nil {
		t.Fatal(err)
	}
	d.svc.Now, d.svc.PasswordCost = d.clock.now, cheap
	o.Service, o.Now = d.svc, d.clock.now
	o.Log = slog.New(slog.NewJSONHandler(d.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	if d.site, err = New(o); err != nil {
		t.Fatal(err)
	}
	for i, name := range []string{"open", "open2", "used", "expired", "revoked"} {
		slip := d.slip(fmt.Sprintf("000.21.35.H24-250113-%04d", 9001+i))
		d.words[name] = slip.Text()
		switch name {
		case "used":
			if _, err := d.svc.AcceptSlip(t.Context(), slip, server.Submission{Given: map[string]string{"overall": "4"}}); err != nil {
				t.Fatal(err)
			}
		case "expired":
			d.clock.add(-100 * 24 * time.Hour)
			d.words[name] = d.slip("000.21.35.H24-250113-9101").Text()
			d.clock.add(100 * 24 * time.Hour)
		case "revoked":
			if _, err := d.svc.Issue(t.Context(), "000.21.35.H24-250113-9005", server.Reissue); err != nil {
				t.Fatal(err)
			}
		}
	}
	r, err := d.svc.ReceiptOf(t.Context(), d.code("used"))
	if err != nil {
		t.Fatal(err)
	}
	d.words["receipt of used"] = r.Code
	unknown, err := server.NewSlipCode(bytes.NewReader(bytes.Repeat([]byte{7}, 15)))
	if err != nil {
		t.Fatal(err)
	}
	d.words["unknown"] = unknown.Text()
	d.words["mistyped"] = strings.Replace(d.words["open"], d.words["open"][:1], map[bool]string{true: "X", false: "Y"}[d.words["open"][0] != 'X'], 1)
	d.words["fours"] = d.code("open").Fours()
	d.words["lower"] = strings.ToLower(d.words["open"])
	d.words["big"] = strings.Repeat("x", 1<<20)
	d.words["2001"] = strings.Repeat("ô", 2001)
	d.words["new dossier"], d.words["waiting dossier"] = dossierNew, dossierWaits
	d.put(server.Dossier{Code: dossierWaits, Status: server.StatusFinished})
	for _, role := range []server.Role{server.RoleDevice, server.RoleCity, server.RoleLeader, server.RoleObserver, server.RoleOfficer} {
		if d.words[string(role)], err = d.svc.AddToken(t.Context(), server.Token{Role: role, Counter: "Quầy 3"}); err != nil {
			t.Fatal(err)
		}
	}
	return d
}

// put stores a dossier of today.
func (d *desk) put(x server.Dossier) {
	d.t.Helper()
	x.ProcedureName, x.Field, x.Officer, x.Received = deskProcedure, "Chứng thực", deskOfficer, d.clock.now().Add(-time.Hour)
	if _, err := d.svc.PutDossiers(d.t.Context(), []server.Dossier{x}); err != nil {
		d.t.Fatal(err)
	}
}

// slip makes a returned dossier and its slip.
func (d *desk) slip(dossier string) server.SlipCode {
	d.t.Helper()
	d.put(server.Dossier{Code: server.DossierCode(dossier), Status: server.StatusReturned, Returned: d.clock.now()})
	slip, err := d.svc.Issue(d.t.Context(), server.DossierCode(dossier), server.IssueOnce)
	if err != nil {
		d.t.Fatal(err)
	}
	return slip.Code
}

func (d *desk) code(word string) server.SlipCode {
	d.t.Helper()
	c, err := server.ParseSlipCode(d.words[word])
	if err != nil {
		d.t.Fatal(err)
	}
	return c
}

// do sends a request straight to the site.
func (d *desk) do(method, path, contentType, body string, headers ...string) *http.Response {
	d.t.Helper()
	r := httptest.NewRequestWithContext(d.t.Context(), method, path, strings.NewReader(body))
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	d.site.ServeHTTP(w, r)
	return w.Result()
}

// post sends a form.
func (d *desk) post(path string, form url.Values, headers ...string) (*http.Response, string) {
	d.t.Helper()
	resp := d.do(http.MethodPost, path, "application/x-www-form-urlencoded", form.Encode(), headers...)
	return resp, text(d.t, resp)
}

func (d *desk) get(path string, headers ...string) (*http.Response, string) {
	d.t.Helper()
	resp := d.do(http.MethodGet, path, "", "", headers...)
	return resp, text(d.t, resp)
}

func text(t testing.TB, resp *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// A safeBuffer may be written to from many goroutines.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// A brittle store can be told to fail, as a whole or from a number of writes on.
type brittle struct {
	*memory.Store
	mu     sync.Mutex
	writes int // how many answers may still be written; -1 is any number
	limit  bool
}

// failAfter lets n more answers be written.
func (b *brittle) failAfter(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.writes, b.limit = n, true
}

func (b *brittle) works() {
	b.mu.Lock()
	b.limit = false
	b.mu.Unlock()
	b.Fail(nil)
}

func (b *brittle) Insert(ctx context.Context, coll string, doc store.Doc) error {
	b.mu.Lock()
	fail := b.limit && coll == "answers" && b.writes <= 0
	b.writes--
	b.mu.Unlock()
	if fail {
		return fmt.Errorf("inserting %s: %w", doc.Key, store.ErrUnavailable)
	}
	return b.Store.Insert(ctx, coll, doc)
}

func (b *brittle) Batch(ctx context.Context, ops []store.Op) ([]error, error) {
	if b.limited() {
		return storetest.OneByOne(ctx, b, ops)
	}
	return b.Store.Batch(ctx, ops)
}

func (b *brittle) limited() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.limit
}

// TestConversations plays the files of testdata/conversations: what a visitor
// sends and sees. Each begins at a new desk. In them,
//
//	GET /q/{open}              sends a request; {open} is one of the desk's words
//	> Name: value              is a header of it
//	  field=value              is a field of its form; or
//	  {"json": …}              is its body
//	status 303                 is expected, and
//	location /q/…              the address it leads to
//	header Name: text          a header that holds text
//	body has text              the page holds text
//	body lacks text
//	keep name /regexp(.*)/     keeps what the page holds as {name}
//	store fails | store takes no answers | store works
//	hours 24                   go by
func TestConversations(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/conversations/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no conversations: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			t.Parallel()
			script, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			d := newDesk(t, Options{})
			talk := &conversation{desk: d, t: t, file: file}
			for i, line := range strings.Split(string(script), "\n") {
				talk.line = i + 1
				if err := talk.play(line); err != nil {
					t.Fatalf("%s:%d: %s: %v", file, talk.line, strings.TrimSpace(line), err)
				}
			}
			if err := talk.send(); err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			d.logsKeepQuiet()
		})
	}
}

// logsKeepQuiet fails the test where a log line holds what nobody may learn.
func (d *desk) logsKeepQuiet() {
	d.t.Helper()
	logged := d.log.String()
	if !strings.Contains(logged, `"route":`) {
		d.t.Error("nothing was logged")
	}
	for _, word := range []string{"open", "open2", "used", "expired", "revoked", "unknown", "mistyped", "fours", "lower", "issued", "receipt of used", "mine", "new dossier", "waiting dossier", "device", "city"} {
		if w := d.words[word]; w != "" && strings.Contains(logged, w) {
			d.t.Errorf("the log holds {%s}", word)
		}
	}
	for _, w := range []string{"H24-2", "-7001", deskOfficer, deskProcedure, "Góp ý", "bí mật", "192.0.2.1", "Mozilla"} {
		if strings.Contains(logged, w) {
			d.t.Errorf("the log holds %q:\n%s", w, logged)
		}
	}
}

type conversation struct {
	*desk
	t    testing.TB
	file string
	line int

	// The request that is being put together, and the answer to the last one.
	method, path, body string
	form               []string
	headers            []string
	got                *http.Response
	page               string
}

var wordPattern = regexp.MustCompile(`\{([a-z0-9][a-z0-9 ]*)\}`)

func (c *conversation) play(line string) error {
	if strings.TrimSpace(line) == "" || strings.HasPrefix(line, "#") {
		return nil
	}
	line = wordPattern.ReplaceAllStringFunc(line, func(w string) string {
		if v, ok := c.words[w[1:len(w)-1]]; ok {
			return v
		}
		return w
	})
	verb, rest, _ := strings.Cut(strings.TrimRight(line, " "), " ")
	switch verb {
	case "":
		if rest = strings.TrimSpace(rest); strings.HasPrefix(rest, "{") || strings.HasPrefix(rest, "[") {
			c.body += rest
		} else {
			c.form = append(c.form, rest)
		}
		return nil
	case ">":
		name, value, _ := strings.Cut(rest, ": ")
		c.headers = append(c.headers, name, value)
		return nil
	}
	if err := c.send(); err != nil {
		return err
	}
	switch verb {
	case "GET", "HEAD", "POST", "PUT", "DELETE":
		c.method, c.path = verb, rest
		return nil
	case "hours":
		n, err := strconv.Atoi(rest)
		c.clock.add(time.Duration(n) * time.Hour)
		return err
	case "store":
		return c.storeDoes(rest)
	}
	return c.expect(verb, rest)
}

func (c *conversation) storeDoes(what string) error {
	switch what {
	case "fails":
		c.store.Fail(errors.New("the cable is out"))
	case "takes no answers":
		c.store.failAfter(0)
	case "works":
		c.store.works()
	default:
		return errors.New("what does the store do?")
	}
	return nil
}

// send sends the request that was put together, if there is one.
func (c *conversation) send() error {
	if c.method == "" {
		return nil
	}
	kind, body := "", c.body
	switch {
	case len(c.form) > 0:
		kind = "application/x-www-form-urlencoded"
		var pairs []string
		for _, f := range c.form {
			name, value, _ := strings.Cut(f, "=")
			pairs = append(pairs, url.QueryEscape(name)+"="+url.QueryEscape(value))
		}
		body = strings.Join(pairs, "&")
	case body != "":
		kind = "application/json"
	}
	c.got = c.do(c.method, c.path, kind, body, c.headers...)
	b, err := io.ReadAll(c.got.Body)
	c.page = string(b)
	c.method, c.path, c.body, c.form, c.headers = "", "", "", nil, nil
	return err
}

func (c *conversation) expect(verb, rest string) error {
	if c.got == nil {
		return errors.New("nothing was sent yet")
	}
	switch verb {
	case "status":
		if got := strconv.Itoa(c.got.StatusCode); got != rest {
			return fmt.Errorf("got %s\n%s", got, c.page)
		}
	case "location":
		if got := c.got.Header.Get("Location"); got != rest {
			return fmt.Errorf("got %q", got)
		}
	case "header":
		name, want, _ := strings.Cut(rest, ": ")
		if got := strings.Join(c.got.Header.Values(name), ", "); !strings.Contains(got, want) {
			return fmt.Errorf("got %q", got)
		}
	case "body":
		how, want, _ := strings.Cut(rest, " ")
		if strings.Contains(c.page, want) != (how == "has") {
			return fmt.Errorf("got\n%s", c.page)
		}
	case "keep":
		name, pattern, _ := strings.Cut(rest, " ")
		m := regexp.MustCompile(strings.Trim(pattern, "/")).FindStringSubmatch(c.page)
		if m == nil {
			return fmt.Errorf("got\n%s", c.page)
		}
		c.words[name] = m[1]
	default:
		return errors.New("no such line")
	}
	return nil
}
