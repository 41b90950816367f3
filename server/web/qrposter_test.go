package web

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"hailong/server"
)

var onceField = regexp.MustCompile(`name="once" value="([0-9a-f]{32})"`)

// From making a poster to hanging it up, answering by it and taking it down; its
// limits are its own.
func TestQRPosterPages(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	w.user("lan", server.RoleReporter)
	w.user("ha", server.RoleLeader)
	if p := w.visitor().signIn("ha").get("/ap-phich"); p.code != http.StatusForbidden {
		t.Errorf("a leader makes posters: %d", p.code)
	}
	lan := w.visitor().signIn("lan")
	if p := lan.post("/ap-phich", url.Values{"quay": {"Quầy <3>"}}); p.code != http.StatusSeeOther {
		t.Fatalf("making a poster: %d", p.code)
	}
	if p := lan.post("/ap-phich", url.Values{"quay": {strings.Repeat("ô", 81)}}); p.code != http.StatusUnprocessableEntity || !strings.Contains(p.body, "quá 80 ký tự") {
		t.Errorf("a long name: %d", p.code)
	}
	p := lan.get("/ap-phich")
	m := regexp.MustCompile(`http://localhost:8080(/p/[0-9a-z]{8})`).FindStringSubmatch(p.body)
	if m == nil || !strings.Contains(p.body, "Quầy &lt;3&gt;") {
		t.Fatalf("%d %s", p.code, p.body)
	}
	path := m[1]
	id := strings.ToUpper(path[3:])
	if p := lan.get("/ap-phich/" + id + "/in.pdf"); p.code != http.StatusOK || !strings.HasPrefix(p.body, "%PDF-") || p.header.Get("Content-Type") != "application/pdf" {
		t.Errorf("the sheet: %d", p.code)
	}
	v := w.visitor()
	form := func(pairs ...string) url.Values {
		t.Helper()
		p := v.get("/P/" + id + "?lang=vi")
		m := onceField.FindStringSubmatch(p.body)
		if p.code != http.StatusOK || m == nil || !strings.Contains(p.body, "dùng mã trên phiếu") || strings.Contains(p.body, " checked") {
			t.Fatalf("%d %s", p.code, p.body)
		}
		f := url.Values{"once": {m[1]}, "lang": {"vi"}}
		for i := 0; i+1 < len(pairs); i += 2 {
			f.Set(pairs[i], pairs[i+1])
		}
		return f
	}
	f := form("overall", "5", "c3", "4")
	for range 2 { // pressed twice
		if p := v.post(path, f); p.code != http.StatusOK || !strings.Contains(p.body, "Mã biên nhận") {
			t.Fatalf("%d %s", p.code, p.body)
		}
	}
	if p := v.post(path, form("access", "4")); p.code != http.StatusUnprocessableEntity || !onceField.MatchString(p.body) || !strings.Contains(p.body, "checked") {
		t.Errorf("without the overall question: %d", p.code)
	}
	answers := func() (n int) {
		for a, err := range w.svc.Answers(t.Context(), "", "") {
			if err != nil {
				t.Fatal(err)
			}
			if a.Lane != server.LanePoster || a.Counter != "Quầy <3>" {
				t.Errorf("%+v", a)
			}
			n++
		}
		return n
	}
	if n := answers(); n != 1 {
		t.Fatalf("%d answers", n)
	}
	taken := 1
	for range 10 {
		if p := v.post(path, form("overall", "1", "comment", "phá")); p.code == http.StatusOK {
			taken++
		} else if p.code != http.StatusTooManyRequests || p.header.Get("Retry-After") == "" || !strings.Contains(p.body, "phá") || !strings.Contains(p.body, "sau một giờ") {
			t.Fatalf("%d %s", p.code, p.body)
		}
	}
	if n := answers(); n != taken || n != 4 { // five sendings, of which one was the same
		t.Errorf("one device answered %d times, %d taken", n, taken)
	}
	w.clock.add(2 * time.Hour)
	if p := v.post(path, form("overall", "3")); p.code != http.StatusOK {
		t.Errorf("two hours later: %d", p.code)
	}
	lan.signIn("lan") // two hours without a click
	if p := lan.post("/ap-phich/"+id+"/go", url.Values{}); p.code != http.StatusSeeOther {
		t.Fatalf("taking it down: %d", p.code)
	}
	if p := v.get(path + "?lang=vi"); p.code != http.StatusGone || !strings.Contains(p.body, "Mã QR này không còn dùng") || !strings.Contains(p.body, `href="/q?lang=vi"`) {
		t.Errorf("taken down: %d", p.code)
	}
	if p := v.post(path, f); p.code != http.StatusGone {
		t.Errorf("taken down: %d", p.code)
	}
	if p := v.get("/p/ZZZZZZZZ"); p.code != http.StatusNotFound {
		t.Errorf("no such poster: %d", p.code)
	}
}
