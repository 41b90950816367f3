// Package web is the house's front door: gin, one route table, one file per
// page, templates and static files embedded. It decides who may see what and
// how an error looks; it computes nothing.
package web

import (
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"hailong/server"
)

// Options are what a Site needs from the outside.
type Options struct {
	Service *server.Service
	Log     *slog.Logger // slog.Default where nil
	// Demo marks every page: the answers are simulated.
	Demo bool
	// Version is shown to operators.
	Version string
	// Limits are generous defaults where zero.
	Limits Limits
	// Now is time.Now unless a test says otherwise.
	Now func() time.Time
}

// A Site serves every page and the API. Make it with New.
type Site struct {
	svc     *server.Service
	log     *slog.Logger
	demo    bool
	version string
	now     func() time.Time
	pages   *pages
	limits  *limits
	metrics *metrics
	staff   *staff
	kiosk   *kioskFiles

	handler http.Handler
}

// New parses every template and builds the routes; a broken template is an
// error here, not on a page.
func New(o Options) (*Site, error) {
	s := &Site{svc: o.Service, log: o.Log, demo: o.Demo, version: o.Version, now: o.Now}
	if s.log == nil {
		s.log = slog.Default()
	}
	if s.now == nil {
		s.now = time.Now
	}
	var err error
	if s.pages, err = parsePages(); err != nil {
		return nil, fmt.Errorf("parsing templates: %w", err)
	}
	if s.kiosk, err = openKiosk(); err != nil {
		return nil, fmt.Errorf("opening the kiosk's files: %w", err)
	}
	s.limits = newLimits(o.Limits)
	s.metrics = newMetrics(s.version)
	s.staff = newStaff(s)

	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	r.HandleMethodNotAllowed = true
	r.Use(s.observe, s.recover, s.secure)
	s.routes(r)
	r.NoRoute(s.handle(func(*gin.Context) error { return server.ErrNotFound }))
	r.NoMethod(s.handle(func(*gin.Context) error { return errMethod }))
	s.handler = s.wrap(r)
	return s, nil
}

// ServeHTTP implements http.Handler.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// wrap puts around the router what must see every request first: cross-origin
// protection for everything a browser could be tricked into posting. The API
// carries bearer tokens, which a browser does not send by itself.
func (s *Site) wrap(h http.Handler) http.Handler {
	csrf := http.NewCrossOriginProtection()
	csrf.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Error(w, "Yêu cầu từ trang khác bị từ chối. / Cross-origin request refused.", http.StatusForbidden)
	}))
	return s.staff.sessions.LoadAndSave(csrf.Handler(h))
}

// handle turns a handler that returns an error into one for gin.
func (s *Site) handle(h func(*gin.Context) error) gin.HandlerFunc {
	return func(c *gin.Context) {
		if err := h(c); err != nil {
			s.fail(c, err)
		}
	}
}

// secure sets the headers that hold for every page; pages narrow the policy.
func (s *Site) secure(c *gin.Context) {
	h := c.Writer.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=(), interest-cohort=()")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	c.Next()
}
