package deploy

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"hailong/server"
	"hailong/server/store/memory"
	"hailong/server/web"
)

// site is the service on an empty store.
func site(t *testing.T) *web.Site {
	t.Helper()
	svc, err := server.New(t.Context(), memory.New(), bytes.Repeat([]byte{7}, server.SecretSize), server.Config{})
	if err != nil {
		t.Fatal(err)
	}
	s, err := web.New(web.Options{Service: svc, Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// get is the status with which the service answers.
func get(t *testing.T, path string) int {
	t.Helper()
	w := httptest.NewRecorder()
	site(t).ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	return w.Code
}

// A series is a metric's name with the values its labels were seen with.
type series map[string]map[string]bool // name to label names

// served asks the service what it counts.
func served(t *testing.T) (series, string) {
	t.Helper()
	s := site(t)
	for _, path := range []string{"/healthz", "/q/NOT-A-CODE"} {
		s.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, path, nil))
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if w.Code != http.StatusOK {
		t.Fatalf("/metrics answers %d", w.Code)
	}
	out := series{}
	sample := regexp.MustCompile(`(?m)^([a-z_]+)(?:\{([^}]*)\})? `)
	label := regexp.MustCompile(`([a-z_]+)="`)
	for _, m := range sample.FindAllStringSubmatch(w.Body.String(), -1) {
		if out[m[1]] == nil {
			out[m[1]] = map[string]bool{"job": true, "instance": true}
		}
		for _, l := range label.FindAllStringSubmatch(m[2], -1) {
			out[m[1]][l[1]] = true
		}
	}
	return out, w.Body.String()
}

// check holds an expression against what is served: every metric with its
// labels, every value of lane and result, brackets in pairs.
func check(t *testing.T, where, expr string, have series, page string) {
	t.Helper()
	for _, pair := range []string{"()", "{}", "[]"} {
		if strings.Count(expr, pair[:1]) != strings.Count(expr, pair[1:]) {
			t.Errorf("%s: unbalanced %s in %s", where, pair, expr)
		}
	}
	metric := regexp.MustCompile(`\b((?:hailong|process|go)_[a-z_]+|up)\b(?:\{([^}]*)\})?`)
	found := metric.FindAllStringSubmatch(expr, -1)
	if len(found) == 0 {
		t.Errorf("%s reads no metric: %s", where, expr)
	}
	matcher := regexp.MustCompile(`([a-z_]+)(=~|=|!=|!~)"([^"]*)"`)
	for _, m := range found {
		if m[1] == "up" {
			continue
		}
		labels, ok := have[m[1]]
		if !ok {
			t.Errorf("%s reads %s, which is not served", where, m[1])
			continue
		}
		for _, l := range matcher.FindAllStringSubmatch(m[2], -1) {
			if !labels[l[1]] {
				t.Errorf("%s reads %s by %s, which it does not have", where, m[1], l[1])
			}
			if l[1] == "lane" || l[1] == "result" {
				for _, v := range strings.Split(l[3], "|") {
					if !regexp.MustCompile(m[1] + `\{[^}]*` + l[1] + `="` + regexp.QuoteMeta(v) + `"`).MatchString(page) {
						t.Errorf("%s reads %s with %s %q, which does not occur", where, m[1], l[1], v)
					}
				}
			}
		}
	}
}

func TestAlerts(t *testing.T) {
	t.Parallel()
	have, page := served(t)
	rules := 0
	for _, g := range maps(documents(t, "prometheus/alerts.yaml")[0].at("groups")) {
		for _, r := range maps(g.at("rules")) {
			rules++
			name, _ := r.at("alert").(string)
			expr, _ := r.at("expr").(string)
			if name == "" || r.at("labels.severity") == nil || r.at("annotations.summary") == nil || r.at("annotations.description") == nil {
				t.Errorf("rule %q lacks a name, a severity or a text", name)
			}
			check(t, name, expr, have, page)
		}
	}
	if rules < 5 {
		t.Errorf("%d rules", rules)
	}
}

func TestDashboard(t *testing.T) {
	t.Parallel()
	have, page := served(t)
	var board struct {
		UID    string
		Title  string
		Panels []struct {
			ID      int
			Title   string
			GridPos struct{ X, Y, W, H int }
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal([]byte(read(t, "grafana/hailong.json")), &board); err != nil {
		t.Fatal(err)
	}
	if board.UID == "" || board.Title == "" || len(board.Panels) < 8 {
		t.Errorf("dashboard %q %q with %d panels", board.UID, board.Title, len(board.Panels))
	}
	ids := map[int]bool{}
	for i, p := range board.Panels {
		if ids[p.ID] || p.Title == "" || len(p.Targets) == 0 {
			t.Errorf("panel %d %q is nameless, empty or there twice", p.ID, p.Title)
		}
		ids[p.ID] = true
		if p.GridPos.X+p.GridPos.W > 24 {
			t.Errorf("panel %q hangs over the edge", p.Title)
		}
		for _, o := range board.Panels[:i] {
			a, b := p.GridPos, o.GridPos
			if a.X < b.X+b.W && b.X < a.X+a.W && a.Y < b.Y+b.H && b.Y < a.Y+a.H {
				t.Errorf("panels %q and %q overlap", p.Title, o.Title)
			}
		}
		for _, target := range p.Targets {
			check(t, p.Title, target.Expr, have, page)
		}
	}
}
