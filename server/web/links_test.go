package web

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"hailong/server"
)

var (
	linkForm  = regexp.MustCompile(`<a [^>]*href="([^"]*)"`)
	queryName = regexp.MustCompile(`^[a-z]+$`)
)

// Every link of every page leads to a page, and a link to a period, a filter or
// a language asks for it by a name that the page knows.
func TestLinks(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	complaints(t, w)
	w.user("lan", server.RoleLeader)
	w.user("minh", server.RoleAdmin)
	for who, v := range map[string]*visitor{"nobody": w.visitor(), "leader": w.visitor().signIn("lan"), "admin": w.visitor().signIn("minh")} {
		seen := map[string]bool{}
		views := map[string]int{} // of one page: its filters combine without end
		next := []string{"/", "/cong-khai", "/q", "/so-kiem-chung", "/tong-quan", "/phan-anh", "/bao-cao?nam=2024", "/thiet-bi", "/nhap-phieu"}
		for len(next) > 0 && len(seen) < 400 {
			path := next[0]
			next = next[1:]
			page, _, _ := strings.Cut(path, "?")
			if seen[path] || views[page] == 25 {
				continue
			}
			seen[path] = true
			views[page]++
			p := v.get(path)
			if p.code >= http.StatusMultipleChoices && p.code < http.StatusBadRequest || p.code == http.StatusForbidden {
				continue
			}
			if p.code != http.StatusOK {
				t.Errorf("%s: %s leads to %d", who, path, p.code)
				continue
			}
			if !strings.HasPrefix(p.header.Get("Content-Type"), "text/html") {
				continue
			}
			at, err := url.Parse(path)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range linkForm.FindAllStringSubmatch(p.body, -1) {
				u, err := at.Parse(html.UnescapeString(m[1]))
				if err != nil {
					t.Errorf("%s: %s links to %q: %v", who, path, m[1], err)
					continue
				}
				if u.Host != "" {
					continue // the site as the outside calls it
				}
				for name := range u.Query() {
					if !queryName.MatchString(name) {
						t.Errorf("%s: %s has a link %q, which asks for %q", who, path, m[1], name)
					}
				}
				u.Fragment = ""
				if u.Path != "/dang-xuat" && !strings.HasPrefix(u.Path, "/kiosk") {
					next = append(next, u.RequestURI())
				}
			}
		}
		if len(seen) < 8 {
			t.Errorf("%s saw only %d pages", who, len(seen))
		}
	}
}

// Choosing a period on a page shows it.
func TestPeriodLinks(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	w.user("lan", server.RoleLeader)
	v := w.visitor().signIn("lan")
	for _, path := range []string{"/tong-quan", "/phan-tich", "/liem-chinh"} {
		for _, m := range regexp.MustCompile(`<a href="(\?ky[^"]*)"[^>]*>(Quý I)</a>`).FindAllStringSubmatch(v.get(path).body, -1) {
			if p := v.get(path + html.UnescapeString(m[1])); !strings.Contains(p.body, `<span class="h1-period">Quý I/2025</span>`) {
				t.Errorf("%s: the link %s to %s does not show it", path, m[1], m[2])
			}
			path = ""
		}
		if path != "" {
			t.Errorf("%s has no link to the first quarter", path)
		}
	}
}
