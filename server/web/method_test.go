package web

import (
	"net/http"
	"regexp"
	"testing"

	"hailong/server"
)

var methodLink = regexp.MustCompile(`href="/phuong-phap#([a-z-]+)"`)

// Every figure's link goes to a method that is there, every method is linked
// from somewhere, and anybody may read them.
func TestMethodsAreLinked(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	w.user("lan", server.RoleLeader)
	sampleYear(t, w.svc, 600)
	there := map[string]bool{}
	for _, m := range methods(0.9, 0.95) {
		if there[m.ID] || m.Name == "" || len(m.Text) == 0 {
			t.Errorf("method %q is twice there or empty", m.ID)
		}
		there[m.ID] = true
	}
	nobody, leader := w.visitor(), w.visitor().signIn("lan")
	methods := nobody.get("/phuong-phap")
	if methods.code != http.StatusOK {
		t.Fatal(methods.code)
	}
	for id := range there {
		if !regexp.MustCompile(`id="` + id + `"`).MatchString(methods.body) {
			t.Errorf("the page has no place %q", id)
		}
	}
	for path, least := range map[string]int{"/tong-quan?ky=2024": 8, "/phan-tich?ky=2024-Q3": 5, "/cong-khai": 0} {
		links := methodLink.FindAllStringSubmatch(leader.get(path).body, -1)
		if len(links) < least {
			t.Errorf("%s has %d links to methods, fewer than %d", path, len(links), least)
		}
		for _, m := range links {
			if !there[m[1]] {
				t.Errorf("%s links to %q, which is not there", path, m[1])
			}
		}
	}
}
