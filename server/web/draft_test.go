package web

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"hailong/server"
)

var draftTag = regexp.MustCompile(`<script src="(/static/draft\.[0-9a-f]{12}\.js)" data-draft="([0-9a-f]{32})"( data-sent)? defer></script>`)

// The pages of a slip name the same draft in every spelling and language, an
// answered slip's pages have it forgotten, and nothing else brings a script.
func TestDraftPages(t *testing.T) {
	t.Parallel()
	d := newDesk(t, Options{})
	poster, err := d.svc.AddPoster(t.Context(), server.User{Name: "lan"}, "Quầy 3")
	if err != nil {
		t.Fatal(err)
	}
	get := func(path string) (string, http.Header) {
		w := httptest.NewRecorder()
		d.site.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		return w.Body.String(), w.Header()
	}
	keys := map[string]string{}
	for _, tt := range []struct {
		path, slip   string
		script, sent bool
	}{
		{"/q/" + d.words["open"], "open", true, false},
		{"/q/" + strings.ToLower(d.words["open"]) + "?lang=en", "open", true, false},
		{"/q/" + d.words["open2"], "open2", true, false},
		{"/q/" + d.words["used"], "used", true, true},
		{"/q/" + d.words["used"] + "/cam-on?lang=en", "used", true, true},
		{"/q/" + d.words["used"] + "/sua", "", false, false},
		{"/q/" + d.words["used"] + "/rut", "", false, false},
		{"/q", "", false, false}, {"/p/" + poster.ID, "", false, false}, {"/kiosk", "", false, false}, {"/thong-bao", "", false, false},
		{"/q/" + d.words["unknown"], "", false, false},
	} {
		page, head := get(tt.path)
		m, policy := draftTag.FindStringSubmatch(page), head.Get("Content-Security-Policy")
		if !tt.script {
			if m != nil || strings.Contains(page, "draft") || tt.path != "/kiosk" && strings.Contains(policy, "script-src") {
				t.Errorf("%s: script %q, policy %q", tt.path, m, policy)
			}
			continue
		}
		if m == nil || strings.Count(page, "<script") != 1 || !strings.Contains(policy, "; script-src 'self'") || (m[3] != "") != tt.sent {
			t.Fatalf("%s: script %q, policy %q", tt.path, m, policy)
		}
		if key := keys[tt.slip]; key != "" && key != m[2] {
			t.Errorf("%s: another draft than before", tt.path)
		}
		keys[tt.slip] = m[2]
		body, head := get(m[1])
		if head.Get("Content-Type") != "text/javascript; charset=utf-8" || !strings.Contains(head.Get("Cache-Control"), "immutable") || len(body) > 1024 {
			t.Errorf("%s: %v, %d bytes", m[1], head, len(body))
		}
	}
	if keys["open"] == keys["open2"] || keys["open"] == keys["used"] {
		t.Error("two slips share a draft")
	}
	w := httptest.NewRecorder()
	d.site.ServeHTTP(w, httptest.NewRequest("GET", "/static/draft.000000000000.js", nil))
	if w.Code != http.StatusNotFound {
		t.Errorf("another version: %d", w.Code)
	}
}
