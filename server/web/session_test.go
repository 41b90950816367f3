package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"hailong/server"
	"hailong/server/store"
	"hailong/server/store/memory"
)

func TestSessionEnds(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	w.user("lan", server.RoleLeader)
	in := func(v *visitor) bool { return v.get("/tong-quan").code == http.StatusOK }

	idle := w.visitor().signIn("lan")
	w.clock.add(29 * time.Minute)
	if !in(idle) {
		t.Fatal("out after 29 minutes")
	}
	w.clock.add(29 * time.Minute)
	if !in(idle) {
		t.Fatal("a request does not prolong the session")
	}
	w.clock.add(31 * time.Minute)
	if in(idle) {
		t.Error("still in after 31 minutes without a request")
	}

	busy := w.visitor().signIn("lan")
	for range 71 { // every ten minutes for almost twelve hours
		w.clock.add(10 * time.Minute)
		if !in(busy) {
			t.Fatal("out although never idle")
		}
	}
	w.clock.add(10 * time.Minute)
	if in(busy) {
		t.Error("still in after twelve hours")
	}

	out := w.visitor().signIn("lan")
	u, _ := url.Parse(w.srv.URL)
	stolen := out.Jar.Cookies(u)
	if p := out.post("/dang-xuat", nil); p.code != http.StatusSeeOther || in(out) {
		t.Errorf("signing out: %d", p.code)
	}
	thief := w.visitor()
	thief.Jar.SetCookies(u, stolen)
	if in(thief) {
		t.Error("the cookie of a session that was ended still works")
	}
}

// An old session must not outlive what it was given for.
func TestSessionEndsWithPasswordRoleAndUser(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	w.user("lan", server.RoleLeader)
	w.user("mai", server.RoleLeader)
	v, other := w.visitor().signIn("lan"), w.visitor().signIn("mai")
	if err := w.svc.SetPassword(t.Context(), "lan", "", "một mật khẩu khác"); err != nil {
		t.Fatal(err)
	}
	if p := v.get("/tong-quan"); p.code != http.StatusSeeOther {
		t.Errorf("after a new password: %d", p.code)
	}
	if p := other.get("/tong-quan"); p.code != http.StatusOK {
		t.Errorf("somebody else's session: %d", p.code)
	}
	if err := w.svc.Store.Delete(t.Context(), "users", "mai", 0); err != nil {
		t.Fatal(err)
	}
	if p := other.get("/tong-quan"); p.code != http.StatusSeeOther {
		t.Errorf("after the user is gone: %d", p.code)
	}
}

func TestSessionSurvivesRestart(t *testing.T) {
	t.Parallel()
	st := memory.New()
	w := newWard(t, st, server.Config{}, false)
	w.user("lan", server.RoleLeader)
	v := w.visitor().signIn("lan")
	u, _ := url.Parse(w.srv.URL)
	cookies := v.Jar.Cookies(u)

	again := newWard(t, st, server.Config{}, false)
	u2, _ := url.Parse(again.srv.URL)
	v2 := again.visitor()
	v2.Jar.SetCookies(u2, cookies)
	if p := v2.get("/tong-quan"); p.code != http.StatusOK {
		t.Errorf("after a restart: %d", p.code)
	}
}

func TestSessionAtRest(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	w.user("lan", server.RoleLeader)
	v := w.visitor()
	v.get("/dang-nhap")
	v.get("/cong-khai")
	count := func() (n int) {
		for d, err := range w.svc.Store.Scan(t.Context(), collSessions, store.Range{}) {
			if err != nil {
				t.Fatal(err)
			}
			n++
			u, _ := url.Parse(w.srv.URL)
			for _, c := range v.Jar.Cookies(u) {
				if d.Key == c.Value || strings.Contains(string(d.Body), c.Value) {
					t.Error("the store holds what the cookie holds")
				}
			}
		}
		return n
	}
	if n := count(); n != 0 {
		t.Errorf("%d sessions of people who did not sign in", n)
	}
	v.signIn("lan")
	if n := count(); n != 1 {
		t.Errorf("%d sessions after one sign-in", n)
	}
	w.clock.add(24 * time.Hour)
	w.visitor().signIn("lan") // sweeps
	if n := count(); n != 1 {
		t.Errorf("%d sessions after the old one is over", n)
	}
}

// A request under way when somebody signs out must not bring the session back.
func TestEndedSessionStaysEnded(t *testing.T) {
	t.Parallel()
	now := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	s := &sessionStore{store: memory.New(), now: func() time.Time { return now }, keep: time.Hour}
	ctx := t.Context()
	for _, err := range []error{
		s.CommitCtx(ctx, "a", []byte("x"), time.Time{}), s.DeleteCtx(ctx, "a"), s.DeleteCtx(ctx, "a"), s.DeleteCtx(ctx, "never"),
		s.CommitCtx(ctx, "a", []byte("y"), time.Time{}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, found, err := s.FindCtx(ctx, "a"); found || err != nil {
		t.Errorf("found %v, %v", found, err)
	}
	if _, found, err := s.FindCtx(ctx, strings.Repeat("k", 1000)); found || err != nil {
		t.Errorf("nonsense as a token: found %v, %v", found, err)
	}
}

func TestCookie(t *testing.T) {
	t.Parallel()
	tests := []struct {
		base, name string
		secure     bool
	}{
		{"http://localhost:8080", "hailong_session", false},
		{"https://mot-cua.example", "__Host-hailong_session", true},
	}
	for _, tt := range tests {
		w := newWard(t, nil, server.Config{BaseURL: tt.base}, false)
		w.user("lan", server.RoleLeader)
		p := w.visitor().post("/dang-nhap", url.Values{"name": {"lan"}, "password": {password}})
		cookies := (&http.Response{Header: p.header}).Cookies()
		if len(cookies) != 1 {
			t.Fatalf("%d cookies", len(cookies))
		}
		c := cookies[0]
		if c.Name != tt.name || c.Secure != tt.secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" || c.MaxAge != 0 {
			t.Errorf("%s: %v", tt.base, c)
		}
	}
	// What an attacker planted before must not become the session.
	w := newWard(t, nil, server.Config{}, false)
	w.user("lan", server.RoleLeader)
	v := w.visitor()
	u, _ := url.Parse(w.srv.URL)
	v.Jar.SetCookies(u, []*http.Cookie{{Name: "hailong_session", Value: "planted"}})
	v.signIn("lan")
	if c := v.Jar.Cookies(u); len(c) != 1 || c[0].Value == "planted" {
		t.Errorf("the token is not renewed: %v", c)
	}
}
