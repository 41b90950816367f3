package web

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"hailong/server"
)

// A passwordData is the page on which people change their own password.
type passwordData struct {
	frame
	Problem string
	Done    bool
	Least   int
}

func (s *Site) passwordPage(c *gin.Context) error {
	u, err := s.staff.who(c)
	if err != nil {
		return err
	}
	return s.showPassword(c, http.StatusOK, u, "", c.Query("xong") == "1")
}

func (s *Site) showPassword(c *gin.Context, status int, u server.User, problem string, done bool) error {
	return s.show(c, status, "password", staffPolicy, passwordData{frame: s.frame(u, "password", "Đổi mật khẩu"), Problem: problem, Done: done, Least: server.MinPassword})
}

// passwordChanged takes the old and the new password. Every other session of
// the user ends; this one goes on under a new token.
func (s *Site) passwordChanged(c *gin.Context) error {
	u, err := s.staff.who(c)
	if err != nil {
		return err
	}
	f, err := readForm(c)
	if err != nil {
		return err
	}
	ctx, st, client := c.Request.Context(), s.staff, clientNet(c.ClientIP())
	if wait := st.attempts.take(u.Name, client, s.now()); wait > 0 {
		c.Header("Retry-After", strconv.Itoa(int(wait/time.Second)+1))
		return s.showPassword(c, http.StatusTooManyRequests, u, "Đã thử nhiều lần. Vui lòng đợi khoảng "+waitText(wait)+".", false)
	}
	leave, err := st.attempts.enter(ctx)
	if err != nil {
		st.attempts.forgive(u.Name, client)
		return err
	}
	_, err = s.svc.SignIn(ctx, u.Name, f.one("old"))
	leave()
	if errors.Is(err, server.ErrForbidden) {
		if err := s.svc.Audit(ctx, u.Name, "password_change_failed", ""); err != nil {
			return fmt.Errorf("writing the audit: %w", err)
		}
		return s.showPassword(c, http.StatusUnprocessableEntity, u, "Mật khẩu hiện tại chưa đúng.", false)
	}
	st.attempts.forgive(u.Name, client)
	if err != nil {
		return err
	}
	switch next := f.one("new"); {
	case next != f.one("again"):
		return s.showPassword(c, http.StatusUnprocessableEntity, u, "Hai lần gõ mật khẩu mới không giống nhau.", false)
	case next == f.one("old"):
		return s.showPassword(c, http.StatusUnprocessableEntity, u, "Mật khẩu mới phải khác mật khẩu hiện tại.", false)
	default:
		err = s.svc.SetPassword(ctx, u.Name, "", next)
	}
	if errors.Is(err, server.ErrInvalid) {
		return s.showPassword(c, http.StatusUnprocessableEntity, u, fmt.Sprintf("Mật khẩu mới cần ít nhất %d ký tự.", server.MinPassword), false)
	}
	if err != nil {
		return err
	}
	if u, err = s.svc.User(ctx, u.Name); err != nil {
		return err
	}
	if err := st.sessions.RenewToken(ctx); err != nil {
		return fmt.Errorf("renewing the session: %w", err)
	}
	st.sessions.Put(ctx, sessPassword, fingerprint(u.Credential()))
	if err := s.svc.Audit(ctx, u.Name, "password_changed", ""); err != nil {
		return fmt.Errorf("writing the audit: %w", err)
	}
	c.Redirect(http.StatusSeeOther, "/mat-khau?xong=1")
	return nil
}
