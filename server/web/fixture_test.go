package web

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"hailong/server"
	"hailong/server/store"
	"hailong/server/store/memory"
)

// A clock is a time that a test moves.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// A ward is a service with a site in front of it, for one test.
type ward struct {
	t     testing.TB
	svc   *server.Service
	site  *Site
	clock *clock
	srv   *httptest.Server
}

// password is every test user's.
const password = "một mật khẩu dài"

// cheap is what a password costs in tests, which set and try hundreds of them.
var cheap = server.PasswordCost{Memory: 8, Passes: 1}

// newWard starts a site on a store (a new one in memory where nil) in January 2025.
func newWard(t testing.TB, st store.Store, cfg server.Config, demo bool) *ward {
	t.Helper()
	if st == nil {
		st = memory.New()
	}
	clk := &clock{t: time.Date(2025, 1, 15, 9, 0, 0, 0, server.Zone)}
	svc, err := server.New(t.Context(), st, make([]byte, server.SecretSize), cfg)
	if err != nil {
		t.Fatal(err)
	}
	svc.Now, svc.PasswordCost = clk.now, cheap
	site, err := New(Options{Service: svc, Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Demo: demo, Now: clk.now})
	if err != nil {
		t.Fatal(err)
	}
	w := &ward{t: t, svc: svc, site: site, clock: clk, srv: httptest.NewServer(site)}
	t.Cleanup(func() { site.HangUp(); w.srv.Close() })
	return w
}

// user adds a user.
func (w *ward) user(name string, role server.Role) {
	w.t.Helper()
	if err := w.svc.SetPassword(w.t.Context(), name, role, password); err != nil {
		w.t.Fatal(err)
	}
}

// A visitor is one browser: it keeps cookies and follows no redirect.
type visitor struct {
	w *ward
	*http.Client
}

func (w *ward) visitor() *visitor {
	jar, err := cookiejar.New(nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return &visitor{w, &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// A page is what came back.
type page struct {
	code   int
	body   string
	header http.Header
}

func (v *visitor) do(r *http.Request) page {
	v.w.t.Helper()
	resp, err := v.Do(r)
	if err != nil {
		v.w.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		v.w.t.Fatal(err)
	}
	return page{resp.StatusCode, string(b), resp.Header}
}

func (v *visitor) get(path string) page {
	v.w.t.Helper()
	r, err := http.NewRequestWithContext(v.w.t.Context(), http.MethodGet, v.w.srv.URL+path, nil)
	if err != nil {
		v.w.t.Fatal(err)
	}
	return v.do(r)
}

func (v *visitor) post(path string, form url.Values, headers ...string) page {
	v.w.t.Helper()
	r, err := http.NewRequestWithContext(v.w.t.Context(), http.MethodPost, v.w.srv.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		v.w.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return v.do(r)
}

// signIn signs in and expects to get in.
func (v *visitor) signIn(name string) *visitor {
	v.w.t.Helper()
	if p := v.post("/dang-nhap", url.Values{"name": {name}, "password": {password}}); p.code != http.StatusSeeOther {
		v.w.t.Fatalf("signing in as %s: %d", name, p.code)
	}
	return v
}

// fields of the sample year, with how many of 100 dossiers they have and how
// many of 100 answers are satisfied.
var sampleFields = []struct {
	name           string
	share, pleased int
	counter        string
	sameDay        bool
}{
	{"Chứng thực", 58, 95, "Quầy 1", true},
	{"Hộ tịch", 22, 89, "Quầy 2", false},
	{"Đất đai", 8, 76, "Quầy 3", false},
	{"Bảo trợ xã hội", 6, 85, "Quầy 2", false},
	{"Người có công", 4, 92, "Quầy 4", false},
	{"Thi đua, khen thưởng", 2, 88, "Quầy 4", false},
}

// sampleYear fills a service with n dossiers of 2024 and, for two out of
// three that were returned, an answer. The same seed gives the same year.
func sampleYear(t testing.TB, svc *server.Service, n int) {
	t.Helper()
	rnd := rand.New(rand.NewPCG(7, 2024))
	var ds []server.Dossier
	var as []server.Answer
	for i := range n {
		k, pick := 0, rnd.IntN(100)
		for pick >= sampleFields[k].share {
			pick -= sampleFields[k].share
			k++
		}
		f := sampleFields[k]
		in := time.Date(2024, 1, 2, 8, 0, 0, 0, server.Zone).AddDate(0, 0, i*362/n)
		in = time.Date(in.Year(), in.Month(), in.Day(), 8+rnd.IntN(8), rnd.IntN(60), 0, 0, server.Zone)
		d := server.Dossier{
			Code: server.DossierCode(fmt.Sprintf("000.21.35.H24-%s-%05d", in.Format("060102"), i)), Field: f.name, Procedure: "2.000815",
			Status: server.StatusReturned, Channel: server.ChannelCounter, Officer: fmt.Sprintf("CC%02d", 1+rnd.IntN(5)), Counter: f.counter, Received: in,
		}
		if f.sameDay {
			d.Finished = in.Add(time.Duration(10+rnd.IntN(60)) * time.Minute)
		} else {
			d.Due = in.AddDate(0, 0, 5)
			d.Finished = in.AddDate(0, 0, 1+rnd.IntN(4))
			if rnd.IntN(100) < 7 {
				d.Finished = d.Due.Add(20 * time.Hour)
			}
		}
		d.Returned = d.Finished.Add(30 * time.Minute)
		if rnd.IntN(100) < 3 {
			d.Status, d.Finished, d.Returned = server.StatusProcessing, time.Time{}, time.Time{}
		}
		ds = append(ds, d)
		if d.Status != server.StatusReturned || rnd.IntN(3) == 0 {
			continue
		}
		pleased := f.pleased
		if m := int(in.Month()); m == 7 || m == 8 {
			pleased -= 7
		}
		mark := func(p int) string {
			switch x := rnd.IntN(100); {
			case x < p/2:
				return "5"
			case x < p:
				return "4"
			case x < p+(100-p)/2:
				return "3"
			case x < p+(100-p)*3/4:
				return "2"
			}
			return "1"
		}
		a := server.Answer{
			ID: fmt.Sprintf("a%05d", i), Unit: "phu-lien-2024", Survey: svc.Survey().ID, Day: server.DayOf(d.Returned), Lane: server.LaneSlip,
			Field: d.Field, Procedure: d.Procedure, Counter: d.Counter, Officer: d.Officer, Channel: d.Channel, Punctuality: server.OnTime, Lang: "vi",
			Marks: map[string]string{"overall": mark(pleased), "access": mark(pleased + 2), "procedure": mark(pleased - 4), "official": mark(pleased + 3), "result": mark(pleased), "feedback": "N"},
		}
		switch x := rnd.IntN(100); {
		case x < 12:
			a.Lane = server.LaneKiosk
		case x < 18:
			a.Lane, a.Field, a.Procedure, a.Officer, a.Channel, a.Punctuality = server.LaneWalkUp, "", "", "", 0, ""
		}
		if rnd.IntN(4) == 0 {
			a.Marks["feedback"] = mark(pleased - 6)
		}
		as = append(as, a)
	}
	if _, err := svc.PutDossiers(t.Context(), ds); err != nil {
		t.Fatal(err)
	}
	if _, err := svc.PutAnswers(t.Context(), as); err != nil {
		t.Fatal(err)
	}
}

// upload sends a form with a file, as a browser does.
func (v *visitor) upload(path, field, name, content string, fields ...string) page {
	v.w.t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	part, err := m.CreateFormFile(field, name)
	if err == nil {
		_, err = io.WriteString(part, content)
	}
	for i := 0; err == nil && i+1 < len(fields); i += 2 {
		err = m.WriteField(fields[i], fields[i+1])
	}
	if err = errors.Join(err, m.Close()); err != nil {
		v.w.t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(v.w.t.Context(), http.MethodPost, v.w.srv.URL+path, &b)
	if err != nil {
		v.w.t.Fatal(err)
	}
	r.Header.Set("Content-Type", m.FormDataContentType())
	return v.do(r)
}
