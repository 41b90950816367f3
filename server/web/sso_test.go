package web

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"hailong/server"
)

// A provider is an identity provider as OpenID Connect describes it: it speaks
// over HTTP, insists on PKCE, takes a code once, and signs its tokens with a key
// of its own. It signs in whoever comes, as the account it is told.
type provider struct {
	*httptest.Server
	t     *testing.T
	clock *clock
	key   *rsa.PrivateKey

	mu     sync.Mutex
	codes  map[string]url.Values // the requests that codes were given for
	claims map[string]any        // of the account
	spoil  func(claims map[string]any)
	signer *rsa.PrivateKey // signs instead of key
}

func newProvider(t *testing.T, clk *clock) *provider {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	p := &provider{t: t, clock: clk, key: key, codes: map[string]url.Values{}, claims: map[string]any{}, spoil: func(map[string]any) {}}
	mux := http.NewServeMux()
	reply := func(w http.ResponseWriter, v any) {
		w.Header().Set("Content-Type", "application/json")
		if err := json.NewEncoder(w).Encode(v); err != nil {
			t.Error(err)
		}
	}
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		reply(w, map[string]any{"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token", "jwks_uri": p.URL + "/keys",
			"id_token_signing_alg_values_supported": []string{"RS256"}, "response_types_supported": []string{"code"}, "subject_types_supported": []string{"public"}})
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		reply(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &key.PublicKey, KeyID: "k", Algorithm: "RS256", Use: "sig"}}})
	})
	mux.HandleFunc("GET /authorize", func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		if q.Get("client_id") != "hailong" || q.Get("response_type") != "code" || q.Get("code_challenge_method") != "S256" || q.Get("code_challenge") == "" || q.Get("nonce") == "" || !strings.Contains(q.Get("scope"), "openid") {
			http.Error(w, "bad request", http.StatusBadRequest)
			return
		}
		p.mu.Lock()
		code := fmt.Sprintf("code-%d", len(p.codes))
		p.codes[code] = q
		p.mu.Unlock()
		http.Redirect(w, r, q.Get("redirect_uri")+"?"+url.Values{"code": {code}, "state": {q.Get("state")}, "iss": {p.URL}}.Encode(), http.StatusFound)
	})
	mux.HandleFunc("POST /token", func(w http.ResponseWriter, r *http.Request) {
		id, secret, ok := r.BasicAuth()
		if ok { // both are encoded as in a form (RFC 6749, 2.3.1)
			id, _ = url.QueryUnescape(id)
			secret, _ = url.QueryUnescape(secret)
		} else {
			id, secret = r.PostFormValue("client_id"), r.PostFormValue("client_secret")
		}
		p.mu.Lock()
		asked := p.codes[r.PostFormValue("code")]
		delete(p.codes, r.PostFormValue("code"))
		p.mu.Unlock()
		sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
		if id != "hailong" || secret != "bí mật" || asked == nil || asked.Get("redirect_uri") != r.PostFormValue("redirect_uri") || base64.RawURLEncoding.EncodeToString(sum[:]) != asked.Get("code_challenge") {
			w.WriteHeader(http.StatusBadRequest)
			reply(w, map[string]string{"error": "invalid_grant"})
			return
		}
		reply(w, map[string]any{"access_token": "x", "token_type": "Bearer", "expires_in": 60, "id_token": p.token(asked.Get("nonce"))})
	})
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	return p
}

func (p *provider) token(nonce string) string {
	now := p.clock.now()
	claims := map[string]any{"iss": p.URL, "aud": "hailong", "sub": "of " + strings.ToLower(fmt.Sprint(p.claims["email"])), "nonce": nonce, "iat": now.Unix(), "exp": now.Add(5 * time.Minute).Unix()}
	for k, v := range p.claims {
		claims[k] = v
	}
	p.spoil(claims)
	key := p.key
	if p.signer != nil {
		key = p.signer
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: key, KeyID: "k"}}, nil)
	if err != nil {
		p.t.Error(err)
		return ""
	}
	body, err := json.Marshal(claims)
	if err != nil {
		p.t.Error(err)
		return ""
	}
	signed, err := signer.Sign(body)
	if err != nil {
		p.t.Error(err)
		return ""
	}
	text, err := signed.CompactSerialize()
	if err != nil {
		p.t.Error(err)
	}
	return text
}

// use has the ward sign people in at the provider.
func (p *provider) use(w *ward, roleClaim string) {
	w.site.sso = newSSO(SingleSignOn{Issuer: p.URL, ClientID: "hailong", ClientSecret: "bí mật", RoleClaim: roleClaim, Label: "Cổng thành phố"}, w.srv.URL)
}

// away goes to the provider and returns with where it sends the browser back.
func (v *visitor) away(t *testing.T, next string) (back string) {
	t.Helper()
	p := v.get("/dang-nhap/sso?" + url.Values{"next": {next}}.Encode())
	if p.code != http.StatusSeeOther {
		t.Fatalf("leaving for the provider: %d", p.code)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.header.Get("Location"), nil)
	if err != nil {
		t.Fatal(err)
	}
	sent := v.do(r)
	if sent.code != http.StatusFound {
		t.Fatalf("the provider: %d %s", sent.code, sent.body)
	}
	return strings.TrimPrefix(sent.header.Get("Location"), v.w.srv.URL)
}

func TestSingleSignOn(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	w.user("lan", server.RoleLeader)
	if p := w.visitor().get("/dang-nhap/sso"); p.code != http.StatusNotFound || strings.Contains(w.visitor().get("/dang-nhap").body, "/sso") {
		t.Errorf("without a provider: %d", p.code)
	}
	idp := newProvider(t, w.clock)
	idp.use(w, "")
	if err := w.svc.SetExternal(t.Context(), "lan", "Lan@phulien.example"); err != nil {
		t.Fatal(err)
	}
	good := map[string]any{"email": "lan@phulien.example", "email_verified": true}
	idp.claims = good
	if p := w.visitor().get("/dang-nhap?next=/phan-tich"); !strings.Contains(p.body, `href="/dang-nhap/sso?next=%2Fphan-tich"`) || !strings.Contains(p.text(), "Đăng nhập bằng Cổng thành phố") {
		t.Error("the sign-in page does not offer the provider")
	}
	v := w.visitor()
	back := v.away(t, "/phan-tich")
	if p := v.get(back); p.code != http.StatusSeeOther || p.header.Get("Location") != "/phan-tich" {
		t.Fatalf("coming back: %d to %q", p.code, p.header.Get("Location"))
	}
	v.get("/tong-quan").says(t, "lan", "Lãnh đạo")
	if p := v.get(back); p.code != http.StatusForbidden {
		t.Errorf("the same answer again: %d", p.code)
	}
	if p := w.visitor().away(t, "//evil.example"); p == "" {
		t.Error("no way back")
	}

	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	claim := func(name string, value any) func(map[string]any) {
		return func(c map[string]any) { c[name] = value }
	}
	for name, bad := range map[string]struct {
		claims func(map[string]any)
		signer *rsa.PrivateKey
		back   func(url.Values)
		wait   time.Duration
	}{
		"nobody's account":      {claims: func(c map[string]any) { c["email"], c["sub"] = "khac@phulien.example", "khac" }},
		"another subject":       {claims: claim("sub", "khac")},
		"an unverified address": {claims: claim("email_verified", false)},
		"no word on verifying":  {claims: func(c map[string]any) { delete(c, "email_verified") }},
		"no address":            {claims: claim("email", 7)},
		"another nonce":         {claims: claim("nonce", "x")},
		"another audience":      {claims: claim("aud", "other")},
		"another issuer":        {claims: claim("iss", "https://evil.example")},
		"expired":               {claims: claim("exp", w.clock.now().Add(-time.Hour).Unix())},
		"another key":           {signer: other},
		"another state":         {back: func(q url.Values) { q.Set("state", "x") }},
		"no state":              {back: func(q url.Values) { q.Del("state") }},
		"another issuer back":   {back: func(q url.Values) { q.Set("iss", "https://evil.example") }},
		"another code":          {back: func(q url.Values) { q.Set("code", "x") }},
		"an error":              {back: func(q url.Values) { q.Set("error", "access_denied") }},
		"too late":              {wait: 11 * time.Minute},
	} {
		idp.spoil, idp.signer = func(map[string]any) {}, bad.signer
		if bad.claims != nil {
			idp.spoil = bad.claims
		}
		v := w.visitor()
		back, err := url.Parse(v.away(t, ""))
		if err != nil {
			t.Fatal(err)
		}
		if q := back.Query(); bad.back != nil {
			bad.back(q)
			back.RawQuery = q.Encode()
		}
		w.clock.add(bad.wait)
		if p := v.get(back.String()); p.code != http.StatusForbidden || strings.Contains(p.body, "token") || v.get("/tong-quan").code != http.StatusSeeOther {
			t.Errorf("%s: %d", name, p.code)
		}
		w.clock.add(time.Minute)
	}
	// A code that was meant for another browser does not sign this one in.
	idp.spoil, idp.signer = func(map[string]any) {}, nil
	mine, theirs := w.visitor(), w.visitor()
	mine.away(t, "")
	if p := mine.get(theirs.away(t, "")); p.code != http.StatusForbidden {
		t.Errorf("somebody else's answer: %d", p.code)
	}
	// Who has a second factor here gives it here, too.
	in := w.visitor().signIn("lan")
	in.enrol(t)
	again := w.visitor()
	if p := again.get(again.away(t, "")); !strings.HasPrefix(p.header.Get("Location"), "/dang-nhap/ma") || again.get("/tong-quan").code != http.StatusSeeOther {
		t.Errorf("past the second factor: %d to %q", p.code, p.header.Get("Location"))
	}
	idp.Close()
	idp.use(w, "")
	if p := w.visitor().get("/dang-nhap/sso"); p.code != http.StatusServiceUnavailable {
		t.Errorf("while the provider is away: %d", p.code)
	}
	w.visitor().post("/dang-nhap", url.Values{"name": {"lan"}, "password": {password}})
}

// With a role claim the provider says who may do what, and no name is taken over.
func TestSingleSignOnWithRoles(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	w.user("lan", server.RoleAdmin) // not tied to any account
	idp := newProvider(t, w.clock)
	idp.use(w, "groups")
	signIn := func(account string, groups any) (page, *visitor) {
		idp.claims = map[string]any{"email": account, "email_verified": true, "groups": groups}
		v := w.visitor()
		return v.get(v.away(t, "")), v
	}
	if p, v := signIn("Mai.Tran@phulien.example", []string{"everybody", "inspector"}); p.code != http.StatusSeeOther || v.get("/liem-chinh").code != http.StatusOK {
		t.Errorf("a new inspector: %d", p.code)
	}
	if u, err := w.svc.User(t.Context(), "mai.tran"); err != nil || u.Role != server.RoleInspector || u.External != "Mai.Tran@phulien.example" {
		t.Errorf("%+v, %v", u, err)
	}
	if p, v := signIn("mai.tran@phulien.example", "observer"); p.code != http.StatusSeeOther || v.get("/liem-chinh").code != http.StatusForbidden {
		t.Errorf("as an observer now: %d", p.code)
	}
	for name, try := range map[string]struct {
		account string
		groups  any
	}{
		"no role":            {"hoa@phulien.example", []string{"everybody"}},
		"two roles":          {"hoa@phulien.example", []string{"leader", "admin"}},
		"a program's role":   {"hoa@phulien.example", "city"},
		"no claim":           {"hoa@phulien.example", nil},
		"a name that is had": {"lan@evil.example", "leader"},
		"a name that is no":  {"@phulien.example", "leader"},
	} {
		if p, v := signIn(try.account, try.groups); p.code != http.StatusForbidden || v.get("/tong-quan").code != http.StatusSeeOther {
			t.Errorf("%s: %d", name, p.code)
		}
		w.clock.add(time.Minute)
	}
	if u, err := w.svc.User(t.Context(), "lan"); err != nil || u.Role != server.RoleAdmin || u.External != "" {
		t.Errorf("a user was taken over: %+v, %v", u, err)
	}
}

// A user whom the provider adds lands in the unit that it names, never by default
// in the home's; a role that it changes is changed in the user's own unit.
func TestSingleSignOnAddsToTheRightUnit(t *testing.T) {
	t.Parallel()
	w, wards := twoWards(t)
	idp := newProvider(t, w.clock)
	idp.use(w, "groups")
	signIn := func(account string, claims map[string]any) (page, *visitor) {
		idp.claims = map[string]any{"email": account, "sub": account, "email_verified": true}
		for k, v := range claims {
			idp.claims[k] = v
		}
		w.clock.add(5 * time.Minute)
		v := w.visitor()
		return v.get(v.away(t, "")), v
	}
	lists := func(svc *server.Service, name string) bool {
		_, err := svc.User(t.Context(), name)
		return err == nil
	}
	if p, _ := signIn("mai@haiphong.example", map[string]any{"groups": "leader"}); p.code != http.StatusForbidden || lists(w.svc, "mai") {
		t.Errorf("with several units and no claim: %d", p.code)
	}
	w.site.sso.UnitClaim = "unit"
	for name, unit := range map[string]any{"no such unit": "khong-co-2025", "no claim": nil, "a number": 7} {
		if p, _ := signIn("mai@haiphong.example", map[string]any{"groups": "leader", "unit": unit}); p.code != http.StatusForbidden || lists(w.svc, "mai") {
			t.Errorf("%s: %d", name, p.code)
		}
	}
	p, v := signIn("mai@haiphong.example", map[string]any{"groups": "leader", "unit": "do-son-2025"})
	if p.code != http.StatusSeeOther || lists(w.svc, "mai") || !lists(wards["tansuu"], "mai") {
		t.Fatalf("added to the ward it is of: %d", p.code)
	}
	if p := v.get("/phan-tich?tu=2024-01-01&den=2024-12-31"); !strings.Contains(p.body, "tansuu") || strings.Contains(p.body, "quymui") {
		t.Error("the new user does not see the figures of the own unit alone")
	}
	if p, _ := signIn("mai@haiphong.example", map[string]any{"groups": "observer", "unit": "do-son-2025"}); p.code != http.StatusSeeOther {
		t.Errorf("with another role: %d", p.code)
	}
	if u, err := wards["tansuu"].User(t.Context(), "mai"); err != nil || u.Role != server.RoleObserver {
		t.Errorf("%+v, %v", u, err)
	}
	// A name that a user of another unit has is not taken over, either.
	if p, _ := signIn("quymui.leader@haiphong.example", map[string]any{"groups": "admin", "unit": "do-son-2025"}); p.code != http.StatusForbidden {
		t.Errorf("a name of the other unit: %d", p.code)
	}
}
