package web

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/gin-gonic/gin"

	"hailong/server"
)

// The limits of a session.
const (
	sessionIdle     = 30 * time.Minute // without a request
	sessionAbsolute = 12 * time.Hour   // a working day, and then sign in again
	// sessionTouch is how exact the last request is known: at most one write
	// per session in this time.
	sessionTouch = time.Minute
)

// staffPolicy is the content policy of staff pages and the public board: our
// own styles, fonts and pictures, no script at all.
const staffPolicy = "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// staff is who is signed in, and how they got in.
type staff struct {
	sessions *scs.SessionManager
	attempts *attempts
	site     *Site
}

func newStaff(s *Site) *staff {
	m := scs.New()
	m.Store = &sessionStore{store: s.svc.Store, now: s.now, keep: sessionIdle + sessionTouch}
	m.HashTokenInStore = true
	m.Lifetime = sessionAbsolute
	m.Cookie.Name = "hailong_session"
	m.Cookie.Persist = false // closing the browser signs out; office machines are shared
	m.Cookie.HttpOnly = true
	m.Cookie.SameSite = http.SameSiteLaxMode
	m.Cookie.Path = "/"
	if strings.HasPrefix(s.svc.Config.BaseURL, "https:") {
		m.Cookie.Secure = true
		m.Cookie.Name = "__Host-hailong_session"
	}
	m.ErrorFunc = func(w http.ResponseWriter, r *http.Request, err error) {
		f := failureOf(err)
		s.log.ErrorContext(r.Context(), "session", "status", f.status, "err", err)
		w.Header().Set("Retry-After", "60")
		http.Error(w, f.title.VI+". "+f.help.VI+"\n"+f.title.EN+". "+f.help.EN, f.status)
	}
	return &staff{sessions: m, attempts: newAttempts(), site: s}
}

// The values of a session.
const (
	sessUser     = "user"     // the user's name
	sessSince    = "since"    // when they signed in, Unix seconds
	sessSeen     = "seen"     // when they were last seen, Unix seconds
	sessPassword = "password" // a fingerprint of the credential: a new password ends old sessions
	sessPending  = "pending"  // who gave a password and owes a code
)

// fingerprint tells one stored password from the next without repeating it.
func fingerprint(hash string) string {
	sum := sha256.Sum256([]byte("session " + hash))
	return hex.EncodeToString(sum[:8])
}

// user returns who is signed in. It is false for nobody, and where that cannot
// be found out.
func (st *staff) user(c *gin.Context) (server.User, bool) {
	u, err := st.who(c)
	return u, err == nil
}

// who returns who is signed in, or errUnauthorized. The user is read again at
// every request, so that one who was removed, or whose role or password was
// changed, is out at once.
func (st *staff) who(c *gin.Context) (server.User, error) {
	ctx, m, now := c.Request.Context(), st.sessions, st.site.now()
	name := m.GetString(ctx, sessUser)
	if name == "" {
		return server.User{}, errUnauthorized
	}
	since, seen := unixValue(m.GetString(ctx, sessSince)), unixValue(m.GetString(ctx, sessSeen))
	if now.Sub(since) >= sessionAbsolute || now.Sub(seen) >= sessionIdle {
		if err := m.Destroy(ctx); err != nil {
			return server.User{}, fmt.Errorf("ending a session: %w", err)
		}
		return server.User{}, errUnauthorized
	}
	u, err := st.site.svc.User(ctx, name)
	if errors.Is(err, server.ErrNotFound) || err == nil && fingerprint(u.Credential()) != m.GetString(ctx, sessPassword) {
		return server.User{}, errUnauthorized
	}
	if err != nil {
		return server.User{}, err
	}
	if now.Sub(seen) >= sessionTouch {
		m.Put(ctx, sessSeen, strconv.FormatInt(now.Unix(), 10))
	}
	return u, nil
}

func unixValue(s string) time.Time {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.Unix(n, 0)
}

// only lets people of the given roles pass. Others get a page that says so;
// who is not signed in is sent to sign in and comes back.
func (s *Site) only(roles ...server.Role) gin.HandlerFunc {
	return func(c *gin.Context) {
		u, err := s.staff.who(c)
		switch {
		case errors.Is(err, errUnauthorized) && !isAPI(c) && (c.Request.Method == http.MethodGet || c.Request.Method == http.MethodHead):
			c.Redirect(http.StatusSeeOther, "/dang-nhap?next="+url.QueryEscape(c.Request.URL.RequestURI()))
		case err != nil:
			s.fail(c, err)
		case s.owesSecondFactor(u) && c.FullPath() != secondFactorPath && c.FullPath() != "/mat-khau":
			c.Redirect(http.StatusSeeOther, secondFactorPath)
		case slices.Contains(roles, u.Role):
			c.Next()
			return
		case isAPI(c):
			s.fail(c, server.ErrForbidden)
		default:
			if err := s.noEntry(c, u); err != nil {
				s.fail(c, err)
			}
		}
		c.Abort()
	}
}

// A frame is what every staff page and the public board shows around its content.
type frame struct {
	Title   string
	Section string // which entry of the menu is this page
	Unit    string
	Sub     string // see Site.sub
	User    string // "" where nobody is signed in
	Role    string // in Vietnamese
	Figures bool   // may see figures
	City    bool   // of a city, whose first page is of its wards
	Desk    bool   // may mark dossiers as returned
	Demo    bool
	Styles  string // address of the style sheet, with its version
	Menu    []menuGroup
}

// frame fills in the frame of a page for a user; the zero user is the public.
func (s *Site) frame(u server.User, section, title string) frame {
	return frame{
		Title: title, Section: section, Sub: s.sub, Unit: s.svc.Profile().Full, User: u.Name, Role: roleText(u.Role),
		Figures: slices.Contains(figureRoles(), u.Role), City: s.ofCity() && slices.Contains(figureRoles(), u.Role), Desk: u.Role == server.RoleOfficer || u.Role == server.RoleReporter || u.Role == server.RoleAdmin,
		Demo: s.demo, Styles: stylesURL(), Menu: menuFor(u.Role, section, s.ofCity()),
	}
}

func roleText(r server.Role) string {
	switch r {
	case server.RoleOfficer:
		return "Công chức một cửa"
	case server.RoleReporter:
		return "Văn phòng – Thống kê"
	case server.RoleLeader:
		return "Lãnh đạo"
	case server.RoleInspector:
		return "Tư pháp – Hộ tịch"
	case server.RoleObserver:
		return "Mặt trận, đoàn thể"
	case server.RoleAdmin:
		return "Quản trị hệ thống"
	}
	return ""
}

// stylesURL names the style sheet by its content, so that browsers may keep it.
func stylesURL() string {
	b, err := staticFiles.ReadFile("static/staff.css")
	if err != nil {
		return "/static/staff.css"
	}
	sum := sha256.Sum256(b)
	return "/static/staff.css?v=" + hex.EncodeToString(sum[:4])
}

// A signInData is the sign-in page.
type signInData struct {
	frame
	Name, Next string
	Wrong      bool
	Wait       string // how long to wait, in words
	Problem    string // of signing in elsewhere
	Elsewhere  string // the name of the identity provider, "" for none
	Link       string // to it
}

func (s *Site) newSignInData(next string) signInData {
	p := signInData{frame: s.frame(server.User{}, "signin", "Đăng nhập"), Next: next}
	if s.sso != nil {
		p.Elsewhere, p.Link = s.sso.Label, ssoPath
		if next != "" {
			p.Link += "?" + url.Values{"next": {next}}.Encode()
		}
	}
	return p
}

// signInPage shows the form, or goes on where somebody is signed in already.
func (s *Site) signInPage(c *gin.Context) error {
	next := localPath(c.Query("next"))
	u, err := s.staff.who(c)
	if err == nil {
		c.Redirect(http.StatusSeeOther, s.landing(u, next))
		return nil
	}
	if !errors.Is(err, errUnauthorized) {
		return err
	}
	return s.show(c, http.StatusOK, "signin", staffPolicy, s.newSignInData(next))
}

// signIn checks name and password, and begins a session.
func (s *Site) signIn(c *gin.Context) error {
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, 16<<10)
	if err := c.Request.ParseForm(); err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return errTooLarge
		}
		return fmt.Errorf("%w: the form cannot be read", server.ErrInvalid)
	}
	ctx, f := c.Request.Context(), c.Request.PostForm
	name, next := strings.ToLower(strings.TrimSpace(f.Get("name"))), localPath(f.Get("next"))
	page := s.newSignInData(next)
	page.Name = clip(name, 40)
	st, client := s.staff, clientNet(c.ClientIP())
	if wait := st.attempts.take(clip(name, 40), client, s.now()); wait > 0 {
		page.Wait = waitText(wait)
		c.Header("Retry-After", strconv.Itoa(int(wait/time.Second)+1))
		return s.show(c, http.StatusTooManyRequests, "signin", staffPolicy, page)
	}
	leave, err := st.attempts.enter(ctx)
	if err != nil {
		st.attempts.forgive(clip(name, 40), client)
		return err
	}
	u, err := s.svc.SignIn(ctx, name, f.Get("password"))
	leave()
	if errors.Is(err, server.ErrForbidden) {
		if err := s.auditFailure(c, name); err != nil {
			return err
		}
		page.Wrong = true
		return s.show(c, http.StatusUnprocessableEntity, "signin", staffPolicy, page)
	}
	st.attempts.forgive(clip(name, 40), client)
	if err != nil {
		return err
	}
	// From here on it is the business of the user's unit, whose audit tells of it.
	id, err := s.svc.UnitOfUser(ctx, u.Name)
	s = s.ofUnit(ctx, id, err)
	if u.HasSecondFactor() {
		return s.askCode(c, u, next)
	}
	return s.begin(c, u, string(u.Role), next)
}

// begin begins a session and goes where somebody wanted.
func (s *Site) begin(c *gin.Context, u server.User, how, next string) error {
	ctx, m := c.Request.Context(), s.staff.sessions
	if err := m.RenewToken(ctx); err != nil {
		return fmt.Errorf("renewing the session: %w", err)
	}
	m.Remove(ctx, sessPending)
	now := strconv.FormatInt(s.now().Unix(), 10)
	for k, v := range map[string]string{sessUser: u.Name, sessSince: now, sessSeen: now, sessPassword: fingerprint(u.Credential())} {
		m.Put(ctx, k, v)
	}
	if err := s.svc.Audit(ctx, u.Name, "sign_in", how); err != nil {
		return fmt.Errorf("writing the audit: %w", err)
	}
	c.Redirect(http.StatusSeeOther, s.landing(u, next))
	return nil
}

// auditFailure records a failed sign-in. A name that nobody has is not
// recorded: people type passwords into the wrong field.
func (s *Site) auditFailure(c *gin.Context, name string) error {
	ctx := c.Request.Context()
	u, err := s.svc.User(ctx, clip(name, 40))
	if err != nil {
		u.Name = ""
	}
	if err := s.svc.Audit(ctx, u.Name, "sign_in_failed", ""); err != nil {
		return fmt.Errorf("writing the audit: %w", err)
	}
	return nil
}

// signOut ends the session. It is a POST, so that no link and no picture signs
// anybody out.
func (s *Site) signOut(c *gin.Context) error {
	ctx := c.Request.Context()
	name := s.staff.sessions.GetString(ctx, sessUser)
	if err := s.staff.sessions.Destroy(ctx); err != nil {
		return fmt.Errorf("ending the session: %w", err)
	}
	if name != "" {
		if err := s.svc.Audit(ctx, name, "sign_out", ""); err != nil {
			return fmt.Errorf("writing the audit: %w", err)
		}
	}
	c.Redirect(http.StatusSeeOther, "/dang-nhap")
	return nil
}

// A noEntryData is the page for people whose role does not go there.
type noEntryData struct {
	frame
	Officer bool
}

func (s *Site) noEntry(c *gin.Context, u server.User) error {
	return s.show(c, http.StatusForbidden, "noentry", staffPolicy, noEntryData{s.frame(u, "", "Không có quyền xem trang này"), u.Role == server.RoleOfficer})
}

// ofCity reports whether the unit of the site is a city.
func (s *Site) ofCity() bool { return s.svc.Of().Level == server.LevelCity }

// landing is where somebody goes after signing in.
func (s *Site) landing(u server.User, next string) string {
	switch {
	case next != "":
		return next
	case u.Role == server.RoleOfficer:
		return "/tra-ket-qua"
	case s.ofCity():
		return "/cac-don-vi"
	}
	return "/tong-quan"
}

// localPath returns next if it is a path on this site, else "": a link to the
// sign-in page must not be able to send people elsewhere.
func localPath(next string) string {
	u, err := url.Parse(next)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || u.Opaque != "" ||
		!strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || len(next) > 500 ||
		strings.ContainsFunc(next, func(r rune) bool { return r <= ' ' || r == '\\' || r == 0x7f }) ||
		strings.HasPrefix(u.Path, "//") || strings.HasPrefix(u.Path, "/dang-") {
		return ""
	}
	return next
}

func waitText(d time.Duration) string {
	if m := int((d + time.Minute - 1) / time.Minute); m > 1 {
		return strconv.Itoa(m) + " phút"
	}
	return "một phút"
}

// clip cuts a text after n bytes.
func clip(s string, n int) string {
	if len(s) > n {
		return strings.ToValidUTF8(s[:n], "")
	}
	return s
}
