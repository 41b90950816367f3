package web

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/gin-gonic/gin"
	"golang.org/x/oauth2"

	"hailong/server"
	"hailong/server/store"
)

// SingleSignOn (đăng nhập một lần) is the identity provider of the house: OpenID
// Connect, authorization code with PKCE. The zero value is none.
type SingleSignOn struct {
	Issuer, ClientID, ClientSecret string
	// NameClaim is the claim that is compared with a user's External; email
	// where empty, and then the provider must call it verified.
	NameClaim string
	// RoleClaim is the claim that holds the role, a text or a list of texts. With
	// it the provider decides roles, and users it knows are added here; without
	// it nobody gets in who was not added and tied to an account.
	RoleClaim string
	// Label is what the button says after "Đăng nhập bằng".
	Label string
}

// The limits of signing in at the provider.
const (
	ssoPatience = 10 * time.Minute // from leaving to coming back
	ssoTimeout  = 10 * time.Second // for one call to the provider
)

const (
	ssoPath = "/dang-nhap/sso"
	ssoBack = "/dang-nhap/sso/xong"
)

// sessSSO holds the request that a browser was sent away with.
const sessSSO = "sso"

// An ssoRequest is what must come back, once.
type ssoRequest struct {
	State, Nonce, Verifier, Next string
	At                           int64
}

// sso talks to the provider. It is asked for its addresses and keys when
// somebody first signs in, so that the service starts without it.
type sso struct {
	SingleSignOn
	client *http.Client
	back   string

	mu       sync.Mutex
	provider *oidc.Provider
}

func newSSO(o SingleSignOn, base string) *sso {
	if o.Issuer == "" {
		return nil
	}
	if o.NameClaim == "" {
		o.NameClaim = "email"
	}
	return &sso{SingleSignOn: o, back: base + ssoBack, client: &http.Client{Timeout: ssoTimeout}}
}

// discover returns the provider. One that cannot be reached is store.ErrUnavailable,
// and asked again the next time.
func (o *sso) discover(ctx context.Context) (*oidc.Provider, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.provider != nil {
		return o.provider, nil
	}
	// The provider fetches its keys later, with this context.
	p, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), o.client), o.Issuer)
	if err != nil {
		return nil, fmt.Errorf("%w: asking the identity provider: %w", store.ErrUnavailable, err)
	}
	o.provider = p
	return p, nil
}

func (o *sso) config(p *oidc.Provider) *oauth2.Config {
	return &oauth2.Config{ClientID: o.ClientID, ClientSecret: o.ClientSecret, Endpoint: p.Endpoint(), RedirectURL: o.back, Scopes: []string{oidc.ScopeOpenID, "profile", "email"}}
}

// ssoBegin sends the browser to the provider.
func (s *Site) ssoBegin(c *gin.Context) error {
	if s.sso == nil {
		return server.ErrNotFound
	}
	ctx, m := c.Request.Context(), s.staff.sessions
	if wait := s.staff.attempts.spend([]attemptKey{{"", clientNet(c.ClientIP())}}, s.now()); wait > 0 {
		return errLimited
	}
	p, err := s.sso.discover(ctx)
	if err != nil {
		return err
	}
	raw := make([]byte, 3*32)
	if _, err := io.ReadFull(s.svc.Rand, raw); err != nil {
		return fmt.Errorf("drawing a state: %w", err)
	}
	b64 := base64.RawURLEncoding.EncodeToString
	r := ssoRequest{State: b64(raw[:32]), Nonce: b64(raw[32:64]), Verifier: b64(raw[64:]), Next: localPath(c.Query("next")), At: s.now().Unix()}
	body, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("encoding a sign-in: %w", err)
	}
	m.Put(ctx, sessSSO, string(body))
	c.Redirect(http.StatusSeeOther, s.sso.config(p).AuthCodeURL(r.State, oidc.Nonce(r.Nonce), oauth2.S256ChallengeOption(r.Verifier)))
	return nil
}

// ssoDone takes the browser back from the provider. Whatever is wrong, the person
// reads one sentence, and the log what it was.
func (s *Site) ssoDone(c *gin.Context) error {
	if s.sso == nil {
		return server.ErrNotFound
	}
	ctx := c.Request.Context()
	var r ssoRequest
	body := s.staff.sessions.PopString(ctx, sessSSO) // once
	if err := json.Unmarshal([]byte(body), &r); err != nil || r.State == "" {
		return s.ssoRefused(c, "", "Phiên đăng nhập một lần đã hết. Vui lòng bắt đầu lại.", errors.New("nobody was sent away"))
	}
	u, err := s.ssoUser(ctx, c, r)
	switch {
	case errors.Is(err, store.ErrUnavailable):
		return err
	case errors.Is(err, server.ErrNotFound):
		return s.ssoRefused(c, r.Next, "Tài khoản này chưa được gắn với người dùng nào ở đây. Liên hệ người quản trị hệ thống.", err)
	case err != nil:
		return s.ssoRefused(c, r.Next, "Không đăng nhập được qua hệ thống đăng nhập một lần. Vui lòng thử lại.", err)
	}
	s.staff.attempts.refund([]attemptKey{{"", clientNet(c.ClientIP())}})
	if u.HasSecondFactor() {
		return s.askCode(c, u, r.Next)
	}
	return s.begin(c, u, string(u.Role)+", single sign-on", r.Next)
}

func (s *Site) ssoRefused(c *gin.Context, next, problem string, err error) error {
	s.log.WarnContext(c.Request.Context(), "single sign-on refused", "err", err)
	if err := s.svc.Audit(c.Request.Context(), "", "sign_in_failed", "single sign-on"); err != nil {
		return fmt.Errorf("writing the audit: %w", err)
	}
	page := s.newSignInData(next)
	page.Problem = problem
	return s.show(c, http.StatusForbidden, "signin", staffPolicy, page)
}

// ssoUser checks what came back and returns whose account it is.
func (s *Site) ssoUser(ctx context.Context, c *gin.Context, r ssoRequest) (server.User, error) {
	var none server.User
	if s.now().Sub(time.Unix(r.At, 0)) >= ssoPatience {
		return none, errors.New("came back too late")
	}
	if subtle.ConstantTimeCompare([]byte(c.Query("state")), []byte(r.State)) != 1 {
		return none, errors.New("another state came back")
	}
	if iss := c.Query("iss"); iss != "" && iss != s.sso.Issuer { // RFC 9207
		return none, errors.New("another issuer came back")
	}
	if kind := c.Query("error"); kind != "" {
		return none, fmt.Errorf("the provider says %q", clip(kind, 60))
	}
	p, err := s.sso.discover(ctx)
	if err != nil {
		return none, err
	}
	ctx = oidc.ClientContext(ctx, s.sso.client)
	token, err := s.sso.config(p).Exchange(ctx, c.Query("code"), oauth2.VerifierOption(r.Verifier))
	if err != nil {
		var answer *oauth2.RetrieveError
		if errors.As(err, &answer) {
			return none, fmt.Errorf("the provider takes no such code: %s", clip(answer.ErrorCode, 60))
		}
		return none, fmt.Errorf("%w: exchanging the code: %w", store.ErrUnavailable, err)
	}
	text, ok := token.Extra("id_token").(string)
	if !ok {
		return none, errors.New("the provider gave no ID token")
	}
	id, err := p.Verifier(&oidc.Config{ClientID: s.sso.ClientID, Now: s.now}).Verify(ctx, text)
	if err != nil {
		return none, fmt.Errorf("the ID token: %w", err)
	}
	if subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(r.Nonce)) != 1 {
		return none, errors.New("the ID token has another nonce")
	}
	claims := map[string]any{}
	if err := id.Claims(&claims); err != nil {
		return none, fmt.Errorf("the claims: %w", err)
	}
	name, ok := claims[s.sso.NameClaim].(string)
	if name = strings.TrimSpace(name); !ok || name == "" || len(name) > 200 {
		return none, fmt.Errorf("the ID token has no usable claim %q", s.sso.NameClaim)
	}
	if verified, ok := claims["email_verified"].(bool); s.sso.NameClaim == "email" && !(ok && verified) {
		return none, errors.New("the e-mail address is not verified")
	}
	return s.ssoAccount(ctx, name, claims)
}

// ssoAccount finds the user of an account, and with a role claim adds the user or
// brings the role up to date.
func (s *Site) ssoAccount(ctx context.Context, account string, claims map[string]any) (server.User, error) {
	u, err := s.svc.UserByExternal(ctx, account)
	if s.sso.RoleClaim == "" {
		return u, err
	}
	if err != nil && !errors.Is(err, server.ErrNotFound) {
		return u, err
	}
	role, roleErr := roleIn(claims[s.sso.RoleClaim])
	if roleErr != nil {
		return server.User{}, roleErr
	}
	name := u.Name
	if err != nil {
		name = userNameOf(account)
		// A name that is taken is not taken over.
		if err := s.svc.AddUser(ctx, name, role, server.RandomPassword()); err != nil {
			return server.User{}, fmt.Errorf("adding a user: %w", err)
		}
		if err := s.svc.SetExternal(ctx, name, account); err != nil {
			return server.User{}, fmt.Errorf("adding a user: %w", err)
		}
		if err := s.svc.Audit(ctx, "sso", "add_user", name+" "+string(role)); err != nil {
			return server.User{}, fmt.Errorf("writing the audit: %w", err)
		}
	} else if u.Role != role {
		if err := s.svc.SetRole(ctx, name, role); err != nil {
			return server.User{}, err
		}
		if err := s.svc.Audit(ctx, "sso", "change_role", name+" "+string(role)); err != nil {
			return server.User{}, fmt.Errorf("writing the audit: %w", err)
		}
	}
	if err == nil {
		u.Role = role
		return u, nil
	}
	return s.svc.User(ctx, name)
}

// roleIn reads the role of a claim: a text or a list of texts of which exactly
// one is a role that people have here.
func roleIn(claim any) (server.Role, error) {
	var texts []string
	switch v := claim.(type) {
	case string:
		texts = []string{v}
	case []any:
		for _, x := range v {
			if t, ok := x.(string); ok {
				texts = append(texts, t)
			}
		}
	}
	var found []server.Role
	for _, t := range texts {
		if r, err := server.ParseRole(t); err == nil && r != server.RoleDevice && r != server.RoleCity && !slices.Contains(found, r) {
			found = append(found, r)
		}
	}
	if len(found) != 1 {
		return "", fmt.Errorf("%w: %d roles in the claim, not one", server.ErrForbidden, len(found))
	}
	return found[0], nil
}

var notInName = regexp.MustCompile(`[^a-z0-9._-]+`)

// userNameOf makes a user's name of an account: what stands before the @.
func userNameOf(account string) string {
	local, _, _ := strings.Cut(strings.ToLower(account), "@")
	return clip(strings.Trim(notInName.ReplaceAllString(local, "-"), "._-"), 40)
}
