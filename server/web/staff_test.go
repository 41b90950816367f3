package web

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"hailong/server"
	"hailong/server/store"
	"hailong/server/store/memory"
)

func TestSignInComesBackWhereOneWanted(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	w.user("lan", server.RoleLeader)
	v := w.visitor()
	form := v.get("/dang-nhap?next=%2Ftong-quan%3Fky%3D2024-Q1")
	if !strings.Contains(form.body, `name="next" value="/tong-quan?ky=2024-Q1"`) {
		t.Error("the form forgets where one wanted to go")
	}
	p := v.post("/dang-nhap", url.Values{"name": {" LAN "}, "password": {password}, "next": {"/tong-quan?ky=2024-Q1"}})
	if p.code != http.StatusSeeOther || p.header.Get("Location") != "/tong-quan?ky=2024-Q1" {
		t.Errorf("%d to %q", p.code, p.header.Get("Location"))
	}
	if p := v.get("/dang-nhap"); p.code != http.StatusSeeOther || p.header.Get("Location") != "/tong-quan" {
		t.Errorf("signed in already: %d to %q", p.code, p.header.Get("Location"))
	}
}

func TestOpenRedirectIsRefused(t *testing.T) {
	t.Parallel()
	for _, next := range []string{
		"https://xau.example/", "//xau.example", "///xau.example", `/\xau.example`, `\\xau.example`, "/\t/xau.example", "javascript:alert(1)",
		"xau.example", "http:/xau.example", "/%09/xau.example\r\nX: y", " //xau.example", "/dang-xuat", "/dang-nhap?next=/", "mailto:a@b.c", "/" + strings.Repeat("a", 600), "//%2fxau.example",
	} {
		if got := localPath(next); got != "" {
			t.Errorf("localPath(%q) = %q", next, got)
		}
	}
	for _, next := range []string{"/", "/tong-quan", "/tong-quan?tu=2024-01-01&den=2024-02-03", "/q#a"} {
		if got := localPath(next); got != next {
			t.Errorf("localPath(%q) = %q", next, got)
		}
	}
	w := newWard(t, nil, server.Config{}, false)
	w.user("lan", server.RoleLeader)
	p := w.visitor().post("/dang-nhap", url.Values{"name": {"lan"}, "password": {password}, "next": {"https://xau.example/"}})
	if p.header.Get("Location") != "/tong-quan" {
		t.Errorf("sent to %q", p.header.Get("Location"))
	}
}

func FuzzLocalPath(f *testing.F) {
	for _, s := range []string{"/tong-quan", "//a", `/\a`, "/a?b=c", "", "/%2f", "/\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, next string) {
		got := localPath(next)
		if got == "" {
			return
		}
		// What a browser makes of it must stay on this site.
		base, _ := url.Parse("https://phuong.example/dang-nhap")
		to, err := base.Parse(got)
		if err != nil || to.Host != base.Host || to.Scheme != base.Scheme {
			t.Errorf("localPath(%q) = %q leads to %v", next, got, to)
		}
		if strings.ContainsAny(got, "\\\r\n\t ") || strings.HasPrefix(got, "//") {
			t.Errorf("localPath(%q) = %q", next, got)
		}
	})
}

func TestCrossOriginPostIsRefused(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	w.user("lan", server.RoleLeader)
	form := url.Values{"name": {"lan"}, "password": {password}}
	for _, h := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://xau.example"}} {
		if p := w.visitor().post("/dang-nhap", form, h...); p.code != http.StatusForbidden {
			t.Errorf("signing in with %v: %d", h, p.code)
		}
		v := w.visitor().signIn("lan")
		if p := v.post("/dang-xuat", nil, h...); p.code != http.StatusForbidden {
			t.Errorf("signing out with %v: %d", h, p.code)
		}
		if p := v.get("/tong-quan"); p.code != http.StatusOK {
			t.Errorf("signed out by another site with %v", h)
		}
	}
	if p := w.visitor().get("/dang-xuat"); p.code != http.StatusMethodNotAllowed {
		t.Errorf("a link signs out: %d", p.code)
	}
}

func TestAuditOfSigningIn(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	w.user("lan", server.RoleLeader)
	v := w.visitor()
	v.post("/dang-nhap", url.Values{"name": {"lan"}, "password": {"mật-khẩu-sai"}})
	v.post("/dang-nhap", url.Values{"name": {"mật-khẩu-gõ-nhầm-ô"}, "password": {"x"}})
	v.signIn("lan")
	v.get("/xuat/chi-so.csv?ky=2024-Q1")
	v.post("/dang-xuat", nil)
	var deeds []string
	for d, err := range w.svc.Store.Scan(t.Context(), "audit", store.Range{}) {
		if err != nil {
			t.Fatal(err)
		}
		var e server.AuditEntry
		if err := json.Unmarshal(d.Body, &e); err != nil {
			t.Fatal(err)
		}
		deeds = append(deeds, e.User+" "+e.Deed+" "+e.What)
		if strings.Contains(string(d.Body), "nhầm") || strings.Contains(string(d.Body), "sai") || strings.Contains(string(d.Body), password) {
			t.Errorf("the audit repeats what was typed: %s", d.Body)
		}
	}
	slices.Sort(deeds)
	want := []string{" sign_in_failed ", "lan export chi-so 2024-Q1 csv", "lan sign_in leader", "lan sign_in_failed ", "lan sign_out "}
	if !slices.Equal(deeds, want) {
		t.Errorf("audit %q, want %q", deeds, want)
	}
}

// While the store is away nobody is signed in or out by mistake.
func TestStoreDown(t *testing.T) {
	t.Parallel()
	st := memory.New()
	w := newWard(t, st, server.Config{}, false)
	w.user("lan", server.RoleLeader)
	v := w.visitor().signIn("lan")
	st.Fail(errors.New("gone"))
	for _, p := range []page{v.get("/tong-quan"), v.get("/xuat/chi-so.csv"), w.visitor().post("/dang-nhap", url.Values{"name": {"lan"}, "password": {password}}), w.visitor().get("/cong-khai")} {
		if p.code != http.StatusServiceUnavailable || p.header.Get("Retry-After") == "" || strings.Contains(p.body, "gone") {
			t.Errorf("%d %q", p.code, p.header.Get("Retry-After"))
		}
	}
	st.Fail(nil)
	if p := v.get("/tong-quan"); p.code != http.StatusOK {
		t.Errorf("after it came back: %d", p.code)
	}
}

func TestSignInBadInput(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	w.user("lan", server.RoleLeader)
	for name, form := range map[string]url.Values{
		"empty":     {},
		"long":      {"name": {strings.Repeat("a", 5000)}, "password": {strings.Repeat("b", 5000)}},
		"not UTF-8": {"name": {"\xff\xfe"}, "password": {"\x00"}},
		"NUL":       {"name": {"a\x00b"}, "password": {"x"}},
		"operator":  {"name": {"$where"}, "name[$ne]": {""}, "password[$ne]": {""}},
		"markup":    {"name": {`"><script>alert(1)</script>`}, "password": {"x"}},
	} {
		p := w.visitor().post("/dang-nhap", form)
		if p.code != http.StatusUnprocessableEntity || strings.Contains(p.body, "<script") {
			t.Errorf("%s: %d", name, p.code)
		}
	}
	if p := w.visitor().post("/dang-nhap", url.Values{"name": {strings.Repeat("a", 1<<20)}}); p.code != http.StatusRequestEntityTooLarge {
		t.Errorf("a megabyte: %d", p.code)
	}
}
