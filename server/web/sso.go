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
	// UnitClaim is the claim that holds the id of the unit (đơn vị) of a user who is
	// added. Without it users are added only where the store holds a single unit.
	UnitClaim string
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
	case errors.Is(err, server.ErrAmbiguous):
		return s.ssoRefused(c, r.Next, "Tài khoản này chưa gắn rõ với một người dùng ở đây nên chưa thể đăng nhập. Liên hệ người quản trị hệ thống để gắn lại.", err)
	case errors.Is(err, server.ErrNotFound):
		return s.ssoRefused(c, r.Next, "Tài khoản này chưa được gắn với người dùng nào ở đây. Liên hệ người quản trị hệ thống.", err)
	case err != nil:
		return s.ssoRefused(c, r.Next, "Không đăng nhập được qua hệ thống đăng nhập một lần. Vui lòng thử lại.", err)
	}
	s.staff.attempts.refund([]attemptKey{{"", clientNet(c.ClientIP())}})
	// From here on it is the business of the user's unit, whose audit tells of it.
	unit, err := s.svc.UnitOfUser(ctx, u.Name)
	s = s.ofUnit(ctx, unit, err)
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
	if err := s.sso.complete(ctx, p, token, id.Subject, claims); err != nil {
		return none, err
	}
	name, ok := claims[s.sso.NameClaim].(string)
	if name = strings.TrimSpace(name); !ok || name == "" || len(name) > 200 {
		return none, fmt.Errorf("the provider gives no usable claim %q", s.sso.NameClaim)
	}
	if verified, ok := claims["email_verified"].(bool); s.sso.NameClaim == "email" && !(ok && verified) {
		return none, errors.New("the e-mail address is not verified")
	}
	return s.ssoAccount(ctx, server.Identity{Issuer: id.Issuer, Subject: id.Subject, Account: name}, claims)
}

// complete asks the provider for the claims that the ID token lacks: one that
// hands out an access token need not put them there (OpenID Connect Core 5.4).
func (o *sso) complete(ctx context.Context, p *oidc.Provider, token *oauth2.Token, subject string, claims map[string]any) error {
	var lacks []string
	for _, name := range []string{o.NameClaim, o.RoleClaim, o.UnitClaim} {
		if _, ok := claims[name]; name != "" && !ok {
			lacks = append(lacks, name)
		}
	}
	if len(lacks) == 0 || p.UserInfoEndpoint() == "" {
		return nil
	}
	info, err := p.UserInfo(ctx, oauth2.StaticTokenSource(token))
	if err != nil {
		return fmt.Errorf("%w: asking for the claims: %w", store.ErrUnavailable, err)
	}
	if info.Subject != subject { // OpenID Connect Core 5.3.2
		return errors.New("the claims are of another subject")
	}
	more := map[string]any{}
	if err := info.Claims(&more); err != nil {
		return fmt.Errorf("the claims: %w", err)
	}
	for _, name := range lacks {
		if v, ok := more[name]; ok {
			claims[name] = v
		}
		if v, ok := more["email_verified"]; ok && name == "email" {
			claims["email_verified"] = v
		}
	}
	return nil
}

// ssoAccount finds the user of an identity in whatever unit, and with a role claim
// adds the user or brings the role up to date.
func (s *Site) ssoAccount(ctx context.Context, id server.Identity, claims map[string]any) (server.User, error) {
	u, err := s.svc.UserByIdentity(ctx, id)
	if s.sso.RoleClaim == "" || err != nil && !errors.Is(err, server.ErrNotFound) {
		return u, err
	}
	role, roleErr := roleIn(claims[s.sso.RoleClaim])
	if roleErr != nil {
		return server.User{}, roleErr
	}
	var unit string
	if err == nil {
		unit, err = s.svc.UnitOfUser(ctx, u.Name)
	} else { // u is nobody
		unit, err = s.ssoUnit(ctx, claims)
	}
	if err != nil {
		return server.User{}, err
	}
	own, err := s.svc.For(ctx, unit)
	if err != nil {
		return server.User{}, fmt.Errorf("the unit of a user: %w", err)
	}
	deed := ""
	switch {
	case u.Name == "":
		deed = "add_user"
		u, err = own.AddUserOf(ctx, userNameOf(id.Account), role, id)
	case u.Role != role:
		deed = "change_role"
		err, u.Role = own.SetRole(ctx, u.Name, role), role
	}
	if err != nil || deed == "" {
		return u, err
	}
	if err := own.Audit(ctx, "sso", deed, u.Name+" "+string(role)); err != nil {
		return server.User{}, fmt.Errorf("writing the audit: %w", err)
	}
	return u, nil
}

// ssoUnit is the unit of a user who is to be added.
func (s *Site) ssoUnit(ctx context.Context, claims map[string]any) (string, error) {
	if s.sso.UnitClaim != "" {
		id, ok := claims[s.sso.UnitClaim].(string)
		if !ok || id == "" {
			return "", fmt.Errorf("%w: the provider gives no usable claim %q", server.ErrForbidden, s.sso.UnitClaim)
		}
		return id, nil
	}
	units, err := s.svc.Units(ctx)
	if err == nil && len(units) > 1 {
		err = fmt.Errorf("%w: there are several units and no claim says which", server.ErrNotFound)
	}
	return s.svc.Home(), err
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
