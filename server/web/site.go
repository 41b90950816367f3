// Package web is the house's front door: gin, one route table, one file per
// page, templates and static files embedded. It decides who may see what and
// how an error looks; it computes nothing.
package web

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/klauspost/compress/gzhttp"

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
	// Ready reports why the store, which can be reached, cannot be worked on:
	// migrated too far or not far enough. Nil where there is nothing to ask.
	Ready func(context.Context) error
	// AlertAfter is how much time within opening hours makes a silent kiosk
	// red; server.AlertMinutes where zero.
	AlertAfter time.Duration
	// SecondFactorFor are the roles that must have a second factor.
	SecondFactorFor []server.Role
	// SingleSignOn is the identity provider of the house; the zero value is none.
	SingleSignOn SingleSignOn
}

// A Site serves every page and the API. Make it with New.
type Site struct {
	svc     *server.Service
	log     *slog.Logger
	demo    bool
	version string
	now     func() time.Time
	ready   func(context.Context) error
	pages   *pages
	citizen citizenStyle
	limits  *limits
	metrics *metrics
	staff   *staff
	kiosk   *kioskFiles
	alert   time.Duration // opening hours after which a kiosk is in trouble
	second  []server.Role // who must have a second factor
	sso     *sso          // nil where there is no identity provider

	hangUp  sync.Once
	hungUp  chan struct{} // closed when streams must end
	handler http.Handler
	front   *hall
	sub     string // what follows the public addresses of a further unit: "/do-son-2025"
}

// New reads every template and builds the routes; a broken template is an
// error here, not on a page.
func New(o Options) (*Site, error) {
	s := &Site{svc: o.Service, log: o.Log, demo: o.Demo, version: o.Version, now: o.Now, ready: o.Ready, alert: o.AlertAfter, second: o.SecondFactorFor, hungUp: make(chan struct{})}
	if s.alert == 0 {
		s.alert = server.AlertMinutes * time.Minute
	}
	if s.log == nil {
		s.log = slog.Default()
	}
	if s.now == nil {
		s.now = time.Now
	}
	var err error
	if s.pages, err = embeddedPages(); err != nil {
		return nil, fmt.Errorf("parsing templates: %w", err)
	}
	if s.kiosk, err = openKiosk(); err != nil {
		return nil, fmt.Errorf("opening the kiosk's files: %w", err)
	}
	s.citizen = newCitizenStyle()
	s.limits = newLimits(o.Limits)
	s.metrics = newMetrics(s.version)
	s.metrics.begin(s.svc.Config.Unit)
	s.staff = newStaff(s)
	s.sso = newSSO(o.SingleSignOn, s.svc.Config.BaseURL)
	s.front = &hall{base: s, sites: map[string]*Site{}}
	return s, s.build()
}

// build makes the router of the site.
func (s *Site) build() error {
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	r.HandleMethodNotAllowed = true
	// A proxy on this machine or in the house's own network says who asks;
	// nobody else is believed.
	if err := r.SetTrustedProxies([]string{"127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"}); err != nil {
		return fmt.Errorf("naming trusted proxies: %w", err)
	}
	r.Use(s.observe, s.secure, s.recover)
	s.routes(r)
	r.NoRoute(s.handle(func(*gin.Context) error { return server.ErrNotFound }))
	r.NoMethod(s.handle(func(*gin.Context) error { return errMethod }))
	var err error
	s.handler, err = s.wrap(r)
	return err
}

// ServeHTTP implements http.Handler, for all units of the store.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.front.ServeHTTP(w, r) }

// HangUp ends the streams of events, so that a server that shuts down need not
// wait for them; kiosks come back by themselves.
func (s *Site) HangUp() { s.hangUp.Do(func() { close(s.hungUp) }) }

// wrap puts around the router what must see every request first: cross-origin
// protection for everything a browser could be tricked into posting, sessions,
// compression, and HEAD, which is GET without a body.
func (s *Site) wrap(h http.Handler) (http.Handler, error) {
	csrf := http.NewCrossOriginProtection()
	csrf.SetDenyHandler(http.HandlerFunc(s.crossOrigin))
	compress, err := gzhttp.NewWrapper(gzhttp.EnableZstd(false))
	if err != nil {
		return nil, fmt.Errorf("setting up compression: %w", err)
	}
	inner := compress(s.staff.sessions.LoadAndSave(csrf.Handler(h)))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodHead {
			get := *r
			get.Method = http.MethodGet
			w, r = headWriter{w}, &get
		}
		inner.ServeHTTP(w, r)
	}), nil
}

// crossOrigin refuses a form or call that a page of another site sent.
func (s *Site) crossOrigin(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	if !strings.HasPrefix(r.URL.Path, "/api/") {
		http.Error(w, "Yêu cầu từ trang khác bị từ chối. / Cross-origin request refused.", http.StatusForbidden)
		return
	}
	h.Set("Content-Type", "application/problem+json; charset=utf-8")
	w.WriteHeader(http.StatusForbidden)
	doc := problemDoc{Type: problemType("cross-origin"), Title: "Yêu cầu từ trang khác bị từ chối", Status: http.StatusForbidden, Detail: "Cross-origin request refused."}
	if err := json.NewEncoder(w).Encode(doc); err != nil {
		s.log.WarnContext(r.Context(), "refusing a cross-origin request", "err", err)
	}
}

// headWriter drops the body.
type headWriter struct{ http.ResponseWriter }

func (w headWriter) Write(b []byte) (int, error) { return len(b), nil }

// Unwrap lets http.ResponseController through.
func (w headWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

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
