package web

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"

	"hailong/server"
)

// A hall stands before the sites of all units on a store and sends every
// request to the one it is for: by the slip or the unit in the address, by the
// token, or by who is signed in; what says nothing is for the unit that the
// process was started for. Behind it a site knows its own unit only.
type hall struct {
	base *Site

	mu    sync.Mutex
	sites map[string]*Site
}

// site returns the site of a unit, made anew where the unit was changed.
func (f *hall) site(ctx context.Context, id string) (*Site, error) {
	if id == "" || id == f.base.svc.Config.Unit {
		return f.base, nil
	}
	svc, err := f.base.svc.For(ctx, id)
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if s := f.sites[id]; s != nil && s.svc.Of() == svc.Of() {
		return s, nil
	}
	b := f.base
	s := &Site{svc: svc, log: b.log, demo: b.demo, version: b.version, now: b.now, ready: b.ready, alert: b.alert,
		pages: b.pages, citizen: b.citizen, limits: b.limits, metrics: b.metrics, kiosk: b.kiosk, hungUp: b.hungUp, sub: "/" + id, front: f, second: b.second, sso: b.sso}
	s.staff = &staff{sessions: b.staff.sessions, attempts: b.staff.attempts, site: s}
	if err := s.build(); err != nil {
		return nil, err
	}
	s.metrics.begin(id)
	f.sites[id] = s
	return s, nil
}

// ServeHTTP implements http.Handler. Where it cannot be found out whose a
// request is, the first site answers it, which meets the same trouble.
func (f *hall) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	id, rest := f.unitOf(r)
	s, err := f.site(r.Context(), id)
	if err != nil {
		s, rest = f.base, ""
		if !errors.Is(err, server.ErrNotFound) {
			s.log.ErrorContext(r.Context(), "finding the unit of a request", "err", err)
		}
	}
	if rest != "" {
		there := *r
		address := *r.URL
		address.Path, address.RawPath = rest, ""
		there.URL = &address
		r = &there
	}
	s.handler.ServeHTTP(w, r)
}

// unitOf returns whose a request is, "" where it does not say, and the path to
// ask that unit's site for, "" where it is the request's.
func (f *hall) unitOf(r *http.Request) (id, rest string) {
	ctx, svc, path := r.Context(), f.base.svc, r.URL.Path
	for _, public := range []string{"/cong-khai", "/so-kiem-chung"} {
		if tail, ok := strings.CutPrefix(path, public+"/"); ok {
			id, more, deeper := strings.Cut(tail, "/")
			if id, json := strings.CutSuffix(id, ".json"); json && !deeper {
				if _, err := svc.Unit(ctx, id); err == nil {
					return id, public + ".json"
				}
			}
			if _, err := svc.Unit(ctx, id); err != nil {
				break
			}
			if deeper {
				return id, public + "/" + more
			}
			return id, public
		}
	}
	if tail, ok := strings.CutPrefix(strings.ToLower(path), "/q/"); ok {
		text, _, _ := strings.Cut(tail, "/")
		if code, err := server.ParseSlipCode(text); err == nil {
			if id, err := svc.UnitOfSlip(ctx, code); err == nil {
				return id, ""
			}
		}
		return "", ""
	}
	if _, text, ok := strings.Cut(r.Header.Get("Authorization"), " "); ok {
		if id, err := svc.UnitOfToken(ctx, strings.TrimSpace(text)); err == nil {
			return id, ""
		}
		return "", ""
	}
	if strings.HasPrefix(path, "/kiosk") || strings.HasPrefix(path, "/api/v1/kiosk/") || path == "/api/v1/answers" {
		if cookie, err := r.Cookie(deviceCookie); err == nil {
			if id, err := svc.UnitOfToken(ctx, cookie.Value); err == nil {
				return id, ""
			}
		}
		return "", ""
	}
	return f.unitOfSession(r), ""
}

// unitOfSession is the unit of who is signed in.
func (f *hall) unitOfSession(r *http.Request) string {
	m := f.base.staff.sessions
	cookie, err := r.Cookie(m.Cookie.Name)
	if err != nil || strings.HasPrefix(r.URL.Path, "/static/") {
		return ""
	}
	ctx, err := m.Load(r.Context(), cookie.Value)
	if err != nil {
		return ""
	}
	name := cmp.Or(m.GetString(ctx, sessUser), m.GetString(ctx, sessPending))
	if name == "" {
		return ""
	}
	id, err := f.base.svc.UnitOfUser(ctx, name)
	if err != nil {
		return ""
	}
	return id
}

// ofSlip is the site of the unit that issued a slip, s where there is none.
func (s *Site) ofSlip(ctx context.Context, code server.SlipCode) *Site {
	id, err := s.svc.UnitOfSlip(ctx, code)
	return s.ofUnit(ctx, id, err)
}

// ofReceipt is the site of the unit that a receipt is of, s where there is none.
func (s *Site) ofReceipt(ctx context.Context, text string) *Site {
	id, err := s.svc.UnitOfReceipt(ctx, text)
	return s.ofUnit(ctx, id, err)
}

// ofToken is the site of the unit whose token this is, s where there is none.
func (s *Site) ofToken(ctx context.Context, text string) *Site {
	id, err := s.svc.UnitOfToken(ctx, text)
	return s.ofUnit(ctx, id, err)
}

func (s *Site) ofUnit(ctx context.Context, id string, err error) *Site {
	if err != nil || id == s.svc.Config.Unit {
		return s
	}
	if t, err := s.front.site(ctx, id); err == nil {
		return t
	}
	return s // where the slip or receipt is not known
}
