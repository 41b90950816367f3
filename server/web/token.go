package web

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"hailong/server"
)

// deviceCookie holds the token of a kiosk that was paired in its browser.
const deviceCookie = "hailong_device"

// bearer returns the token in the Authorization header; ok is false where
// there is no such header.
func bearer(c *gin.Context) (text string, ok bool) {
	h := c.GetHeader("Authorization")
	if h == "" {
		return "", false
	}
	scheme, text, _ := strings.Cut(h, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", true
	}
	return strings.TrimSpace(text), true
}

// token checks a token's text and counts the call. An unknown or revoked one
// is errUnauthorized.
func (s *Site) token(c *gin.Context, text string) (server.Token, error) {
	t, err := s.svc.TokenOf(c.Request.Context(), text)
	switch {
	case errors.Is(err, server.ErrForbidden):
		return t, fmt.Errorf("%w: unknown token", errUnauthorized)
	case err != nil:
		return t, err
	case !s.limits.call(s.svc.TokenID(text), s.now()):
		return t, errLimited
	}
	return t, nil
}

// deviceToken returns the text of a device's token: as bearer, or in the cookie
// of a paired browser.
func deviceToken(c *gin.Context) (string, error) {
	if text, ok := bearer(c); ok {
		return text, nil
	}
	cookie, err := c.Request.Cookie(deviceCookie)
	if err != nil {
		return "", errUnauthorized
	}
	return cookie.Value, nil
}

// device returns the token of the kiosk that is calling.
func (s *Site) device(c *gin.Context) (server.Token, error) {
	text, err := deviceToken(c)
	if err != nil {
		return server.Token{}, err
	}
	t, err := s.token(c, text)
	if err == nil && t.Role != server.RoleDevice {
		err = server.ErrForbidden
	}
	return t, err
}

// role returns as what the asker may look: the role of the bearer's token or
// else of who is signed in.
func (s *Site) role(c *gin.Context) (server.Role, error) {
	if text, ok := bearer(c); ok {
		t, err := s.token(c, text)
		return t.Role, err
	}
	u, err := s.staff.who(c)
	if err == nil && s.owesSecondFactor(u) {
		return "", server.ErrForbidden
	}
	return u.Role, err
}

// as lets only the given roles pass.
func (s *Site) as(c *gin.Context, roles ...server.Role) (server.Role, error) {
	r, err := s.role(c)
	if err == nil && !slices.Contains(roles, r) {
		err = server.ErrForbidden
	}
	return r, err
}
