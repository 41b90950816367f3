package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"hailong/server"
	"hailong/server/store"
)

// secondFactorPath is the page on which people set up their second factor.
const secondFactorPath = "/hai-buoc"

// codePatience is how long after the password the code may come.
const codePatience = 5 * time.Minute

// owesSecondFactor reports whether somebody must set up a second factor before
// anything else.
func (s *Site) owesSecondFactor(u server.User) bool {
	return slices.Contains(s.second, u.Role) && !u.HasSecondFactor()
}

// A codeData is the second step of signing in.
type codeData struct {
	frame
	Next, Problem string
}

// askCode remembers who gave the right password and asks for the code.
func (s *Site) askCode(c *gin.Context, u server.User, next string) error {
	ctx, m := c.Request.Context(), s.staff.sessions
	if err := m.RenewToken(ctx); err != nil {
		return fmt.Errorf("renewing the session: %w", err)
	}
	m.Remove(ctx, sessUser)
	for k, v := range map[string]string{sessPending: u.Name, sessSince: strconv.FormatInt(s.now().Unix(), 10), sessPassword: fingerprint(u.Credential())} {
		m.Put(ctx, k, v)
	}
	to := "/dang-nhap/ma"
	if next != "" {
		to += "?" + url.Values{"next": {next}}.Encode()
	}
	c.Redirect(http.StatusSeeOther, to)
	return nil
}

// owing returns who owes a code, or errUnauthorized: nobody, or not in time, or
// the password was changed meanwhile.
func (s *Site) owing(c *gin.Context) (server.User, error) {
	ctx, m := c.Request.Context(), s.staff.sessions
	name := m.GetString(ctx, sessPending)
	if name == "" || s.now().Sub(unixValue(m.GetString(ctx, sessSince))) >= codePatience {
		return server.User{}, errUnauthorized
	}
	u, err := s.svc.User(ctx, name)
	if errors.Is(err, server.ErrNotFound) || err == nil && fingerprint(u.Credential()) != m.GetString(ctx, sessPassword) {
		return server.User{}, errUnauthorized
	}
	return u, err
}

func (s *Site) showCode(c *gin.Context, status int, next, problem string) error {
	return s.show(c, status, "signincode", staffPolicy, codeData{s.frame(server.User{}, "", "Mã xác thực"), next, problem})
}

// codePage asks for the code; who does not owe one is sent to sign in.
func (s *Site) codePage(c *gin.Context) error {
	next := localPath(c.Query("next"))
	switch _, err := s.owing(c); {
	case errors.Is(err, errUnauthorized):
		c.Redirect(http.StatusSeeOther, "/dang-nhap")
		return nil
	case err != nil:
		return err
	}
	return s.showCode(c, http.StatusOK, next, "")
}

// codeGiven checks the code and begins the session.
func (s *Site) codeGiven(c *gin.Context) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	next := localPath(f.one("next"))
	u, err := s.owing(c)
	if errors.Is(err, errUnauthorized) {
		c.Redirect(http.StatusSeeOther, "/dang-nhap")
		return nil
	}
	if err != nil {
		return err
	}
	left, problem, err := s.checkCode(c, u, clip(f.one("code"), 64))
	if err != nil {
		return err
	}
	if problem != "" {
		return s.showCode(c, c.Writer.Status(), next, problem)
	}
	how := string(u.Role) + ", second factor"
	if server.IsRecoveryCode(f.one("code")) {
		how = fmt.Sprintf("%s, recovery code, %d left", u.Role, left)
	}
	return s.begin(c, u, how, next)
}

// checkCode takes a code within the limits of guessing. A problem is a sentence
// for the user, with the response's status set.
func (s *Site) checkCode(c *gin.Context, u server.User, code string) (left int, problem string, err error) {
	ctx, keys := c.Request.Context(), codeKeys(u.Name, clientNet(c.ClientIP()), code)
	if wait := s.staff.attempts.spend(keys, s.now()); wait > 0 {
		c.Header("Retry-After", strconv.Itoa(int(wait/time.Second)+1))
		c.Status(http.StatusTooManyRequests)
		return 0, "Đã thử nhiều lần. Vui lòng đợi khoảng " + waitText(wait) + ", hoặc dùng mã dự phòng.", nil
	}
	left, err = s.svc.CheckSecondFactor(ctx, u.Name, code)
	if errors.Is(err, server.ErrForbidden) {
		if err := s.svc.Audit(ctx, u.Name, "second_factor_failed", ""); err != nil {
			return 0, "", fmt.Errorf("writing the audit: %w", err)
		}
		c.Status(http.StatusUnprocessableEntity)
		return 0, "Mã chưa đúng hoặc đã dùng. Đợi mã mới trên điện thoại rồi thử lại; kiểm tra giờ của điện thoại.", nil
	}
	s.staff.attempts.refund(keys)
	return left, "", err
}

// A secondFactorData is the page on which people set up their second factor.
type secondFactorData struct {
	frame
	On       bool
	Since    string
	Left     int // recovery codes
	Demanded bool
	Problem  string
	Done     string

	Setup    bool // show the QR
	Secret   string
	QR       qrPicture
	Recovery []string // shown once
}

func (s *Site) secondFactorPage(c *gin.Context) error {
	u, err := s.staff.who(c)
	if err != nil {
		return err
	}
	return s.showSecondFactor(c, http.StatusOK, u, func(*secondFactorData) {})
}

func (s *Site) showSecondFactor(c *gin.Context, status int, u server.User, more func(*secondFactorData)) error {
	p := secondFactorData{frame: s.frame(u, "second", "Xác thực hai bước"), On: u.HasSecondFactor(), Demanded: slices.Contains(s.second, u.Role)}
	if p.On {
		p.Since, p.Left = u.Second.Confirmed.VI(), len(u.Second.Recovery)
	}
	more(&p)
	if p.Setup {
		e, err := s.svc.BeginSecondFactor(c.Request.Context(), u.Name)
		if err != nil {
			return err
		}
		p.Secret = e.Secret
		if p.QR, err = newQRPicture(e.URI); err != nil {
			return err
		}
	}
	return s.show(c, status, "secondfactor", staffPolicy, p)
}

// secondFactorAct sets a second factor up, confirms it, or takes it away; the
// last two against a code. Other sessions of the user end.
func (s *Site) secondFactorAct(c *gin.Context) error {
	u, err := s.staff.who(c)
	if err != nil {
		return err
	}
	f, err := readForm(c)
	if err != nil {
		return err
	}
	ctx, code := c.Request.Context(), clip(f.one("code"), 64)
	switch f.one("act") {
	case "begin":
		return s.showSecondFactor(c, http.StatusOK, u, func(p *secondFactorData) { p.Setup = !p.On })
	case "confirm":
		keys := codeKeys(u.Name, clientNet(c.ClientIP()), code)
		if wait := s.staff.attempts.spend(keys, s.now()); wait > 0 {
			return s.showSecondFactor(c, http.StatusTooManyRequests, u, func(p *secondFactorData) {
				p.Setup, p.Problem = !p.On, "Đã thử nhiều lần. Vui lòng đợi khoảng "+waitText(wait)+"."
			})
		}
		recovery, err := s.svc.ConfirmSecondFactor(ctx, u.Name, code)
		switch {
		case errors.Is(err, server.ErrForbidden):
			return s.showSecondFactor(c, http.StatusUnprocessableEntity, u, func(p *secondFactorData) {
				p.Setup, p.Problem = true, "Mã chưa đúng. Kiểm tra giờ của điện thoại, đợi mã mới rồi thử lại."
			})
		case errors.Is(err, store.ErrExists), errors.Is(err, server.ErrInvalid): // another tab was faster
			c.Redirect(http.StatusSeeOther, secondFactorPath)
			return nil
		case err != nil:
			return err
		}
		s.staff.attempts.refund(keys)
		if u, err = s.changedCredential(c, u, "second_factor_on"); err != nil {
			return err
		}
		return s.showSecondFactor(c, http.StatusOK, u, func(p *secondFactorData) { p.Recovery = recovery })
	case "off":
		if slices.Contains(s.second, u.Role) || !u.HasSecondFactor() {
			return server.ErrForbidden
		}
		_, problem, err := s.checkCode(c, u, code)
		if err != nil {
			return err
		}
		if problem != "" {
			return s.showSecondFactor(c, c.Writer.Status(), u, func(p *secondFactorData) { p.Problem = problem })
		}
		if err := s.svc.DropSecondFactor(ctx, u.Name); err != nil {
			return err
		}
		if u, err = s.changedCredential(c, u, "second_factor_off"); err != nil {
			return err
		}
		return s.showSecondFactor(c, http.StatusOK, u, func(p *secondFactorData) { p.Done = "Đã tắt xác thực hai bước." })
	}
	return fmt.Errorf("%w: no such action", server.ErrInvalid)
}

// changedCredential goes on with this session where how somebody signs in was
// changed, under a new token, and writes it to the audit.
func (s *Site) changedCredential(c *gin.Context, u server.User, deed string) (server.User, error) {
	ctx, m := c.Request.Context(), s.staff.sessions
	u, err := s.svc.User(ctx, u.Name)
	if err != nil {
		return u, err
	}
	if err := m.RenewToken(ctx); err != nil {
		return u, fmt.Errorf("renewing the session: %w", err)
	}
	m.Put(ctx, sessPassword, fingerprint(u.Credential()))
	if err := s.svc.Audit(ctx, u.Name, deed, ""); err != nil {
		return u, fmt.Errorf("writing the audit: %w", err)
	}
	return u, nil
}
