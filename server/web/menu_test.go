package web

import (
	"net/http"
	"strings"
	"testing"

	"hailong/server"
)

// What the menu offers to a role can be opened by it, and is marked there.
func TestMenu(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	for _, role := range []server.Role{"", server.RoleOfficer, server.RoleReporter, server.RoleLeader, server.RoleInspector, server.RoleObserver, server.RoleAdmin} {
		v := w.visitor()
		if role != "" {
			w.user(string(role), role)
			v.signIn(string(role))
		}
		pages := 0
		for _, g := range menuFor(role, "", false) {
			if g.Current || g.Path != g.Pages[0].Path {
				t.Errorf("%s: %+v", role, g)
			}
			for _, p := range g.Pages {
				pages++
				got := v.get(p.Path)
				if got.code != http.StatusOK {
					t.Errorf("%q: %s gives %d", role, p.Path, got.code)
				}
				if p.Path != "/dang-nhap" && !strings.Contains(got.body, `<a href="`+p.Path+`" aria-current="page">`) {
					t.Errorf("%q: %s is not marked on its own page", role, p.Path)
				}
			}
		}
		if pages < 4 {
			t.Errorf("%q has %d pages", role, pages)
		}
	}
	// One page that is left of a group goes by its own name, not by the group's.
	for _, g := range menuFor(server.RoleOfficer, "returned", false) {
		if g.Path == "/tra-ket-qua" && (g.Label != "Trả kết quả" || !g.Current) {
			t.Errorf("%+v", g)
		}
	}
}
