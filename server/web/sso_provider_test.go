package web

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"hailong/server/store/storetest"
)

// realProvider starts the OpenID Provider built from .ci/oidc, with its people
// by name, and returns its issuer. It ends with the test.
func realProvider(t *testing.T, back string, people map[string]map[string]any) string {
	t.Helper()
	body, err := json.Marshal(people)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "people.json")
	if err := os.WriteFile(file, body, 0o600); err != nil {
		t.Fatal(err)
	}
	_, issuer := storetest.Program(t, "HAILONG_OIDC", "oidc", "-back", back, "-people", file)
	return issuer
}

var hiddenID = regexp.MustCompile(`name="id" value="([^"]+)"`)

// throughProvider signs in as a browser does: over to the provider, name and
// password into its form, and back.
func (v *visitor) throughProvider(t *testing.T, issuer, name, secret string) page {
	t.Helper()
	at := issuer
	follow := func(method, to string, form url.Values) page {
		t.Helper()
		u, err := url.Parse(at)
		if err == nil {
			u, err = u.Parse(to)
		}
		if err != nil {
			t.Fatal(err)
		}
		at = u.String()
		r, err := http.NewRequestWithContext(t.Context(), method, at, strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		if form != nil {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		return v.do(r)
	}
	p := follow(http.MethodGet, v.w.srv.URL+"/dang-nhap/sso", nil)
	for p.header.Get("Location") != "" {
		p = follow(http.MethodGet, p.header.Get("Location"), nil)
	}
	found := hiddenID.FindStringSubmatch(p.body)
	if found == nil {
		t.Fatalf("the provider shows no form: %d %s", p.code, p.body)
	}
	p = follow(http.MethodPost, "/login/username", url.Values{"id": {found[1]}, "username": {name}, "password": {secret}})
	for strings.HasPrefix(at, issuer) && p.header.Get("Location") != "" {
		p = follow(http.MethodGet, p.header.Get("Location"), nil)
	}
	return p
}

// Users of two units on one store sign in at a real provider, which keeps the
// e-mail address out of its ID token, and each lands in the unit that is theirs.
func TestSingleSignOnAtARealProvider(t *testing.T) {
	t.Parallel()
	w, wards := twoWards(t)
	w.clock.add(time.Since(w.clock.now())) // the provider's clock is the machine's
	issuer := realProvider(t, w.srv.URL+ssoBack, map[string]map[string]any{
		"1": {"ID": "1", "Username": "lan", "Password": "của Lan", "Email": "lan@haiphong.example", "EmailVerified": true},
		"2": {"ID": "2", "Username": "son", "Password": "của Sơn", "Email": "Son@haiphong.example", "EmailVerified": true},
		"3": {"ID": "3", "Username": "ai", "Password": "của Ai", "Email": "ai@haiphong.example", "EmailVerified": true},
		"4": {"ID": "4", "Username": "new", "Password": "của New", "Email": "son@haiphong.example", "EmailVerified": true},
		"5": {"ID": "5", "Username": "not", "Password": "của Not", "Email": "lan@haiphong.example", "EmailVerified": false},
	})
	w.site.sso = newSSO(SingleSignOn{Issuer: issuer, ClientID: "hailong", ClientSecret: "bí mật"}, w.srv.URL)
	for word, account := range map[string]string{"quymui": "lan@haiphong.example", "tansuu": "son@haiphong.example"} {
		if err := wards[word].SetExternal(t.Context(), word+".leader", account); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct{ name, secret, word, title string }{
		{"lan", "của Lan", "quymui", "UBND phường Phù Liễn"},
		{"son", "của Sơn", "tansuu", "UBND phường Đồ Sơn"},
		{"son", "của Sơn", "tansuu", "UBND phường Đồ Sơn"}, // by the subject now
	} {
		v := w.visitor()
		if p := v.throughProvider(t, issuer, c.name, c.secret); p.code != http.StatusSeeOther || p.header.Get("Location") != "/tong-quan" {
			t.Fatalf("%s: %d to %q: %s", c.name, p.code, p.header.Get("Location"), p.text())
		}
		if p := v.get("/phan-tich?tu=2024-01-01&den=2024-12-31"); p.code != http.StatusOK || !strings.Contains(p.body, c.title) || !strings.Contains(p.body, c.word+".leader") {
			t.Errorf("%s is not in the own unit: %d", c.name, p.code)
		}
		for word, svc := range wards {
			entries, err := svc.AuditEntries(t.Context(), svc.Today(), svc.Today(), c.word+".leader")
			if err != nil || (len(entries) > 0) != (word == c.word) {
				t.Errorf("the sign-in of %s has %d entries in the audit of %s, %v", c.name, len(entries), word, err)
			}
		}
	}
	for name, secret := range map[string]string{"ai": "của Ai", "new": "của New", "not": "của Not"} {
		v := w.visitor()
		if p := v.throughProvider(t, issuer, name, secret); p.code != http.StatusForbidden || v.get("/tong-quan").code != http.StatusSeeOther {
			t.Errorf("%s came in: %d to %q", name, p.code, p.header.Get("Location"))
		} else if name == "new" {
			p.says(t, "chưa gắn rõ với một người dùng")
		}
	}
	if p := w.visitor().throughProvider(t, issuer, "lan", "sai"); p.code != http.StatusOK {
		t.Errorf("a wrong password there: %d", p.code)
	}
}
