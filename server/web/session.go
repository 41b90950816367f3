package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"hailong/server/store"
)

// collSessions holds sign-ins, so that a restart of the service signs nobody out.
const collSessions = "sessions"

// sessionStore keeps the sessions of package scs in the house's own store. The
// keys it is given are one-way hashes of the token in the cookie: who reads
// the store cannot sign in with what it holds.
type sessionStore struct {
	store store.Store
	now   func() time.Time
	// keep is how long after its last change a session is kept.
	keep time.Duration
}

// A sessionDoc is one session at rest. An ended session stays as a tombstone
// until it expires, so that a request that was under way when somebody signed
// out cannot bring the session back.
type sessionDoc struct {
	Data    []byte    `json:"data,omitempty"` // as scs encodes it
	Expires time.Time `json:"expires"`
	Ended   bool      `json:"ended,omitempty"`
}

// expiryOrder is a text that sorts as the time does.
func expiryOrder(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

// FindCtx implements scs.CtxStore.
func (s *sessionStore) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	d, _, err := s.get(ctx, token)
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrInvalid) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	if d.Ended || !s.now().Before(d.Expires) {
		return nil, false, nil
	}
	return d.Data, true, nil
}

// CommitCtx implements scs.CtxStore. The expiry that scs offers is by the
// machine's clock; the one used is by the site's.
func (s *sessionStore) CommitCtx(ctx context.Context, token string, data []byte, _ time.Time) error {
	doc := sessionDoc{Data: data, Expires: s.now().Add(s.keep).UTC().Truncate(time.Second)}
	body, err := json.Marshal(doc)
	if err != nil {
		return fmt.Errorf("encoding a session: %w", err)
	}
	for range 20 {
		was, version, err := s.get(ctx, token)
		put := store.Doc{Key: token, Order: expiryOrder(doc.Expires), Version: version, Body: body}
		switch {
		case errors.Is(err, store.ErrNotFound):
			err = s.store.Insert(ctx, collSessions, put)
			if err == nil {
				return s.sweep(ctx)
			}
		case err != nil:
			return err
		case was.Ended:
			return nil
		default:
			err = s.store.Replace(ctx, collSessions, put)
		}
		switch {
		case err == nil:
			return nil
		case errors.Is(err, store.ErrExists), errors.Is(err, store.ErrConflict), errors.Is(err, store.ErrNotFound):
			continue // someone else was faster: look again
		}
		return fmt.Errorf("storing a session: %w", err)
	}
	return fmt.Errorf("storing a session: %w", store.ErrConflict)
}

// DeleteCtx implements scs.CtxStore: it ends the session.
func (s *sessionStore) DeleteCtx(ctx context.Context, token string) error {
	for range 20 {
		d, version, err := s.get(ctx, token)
		if errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrInvalid) || err == nil && d.Ended {
			return nil
		}
		if err != nil {
			return err
		}
		body, err := json.Marshal(sessionDoc{Expires: d.Expires, Ended: true})
		if err != nil {
			return fmt.Errorf("encoding a session: %w", err)
		}
		err = s.store.Replace(ctx, collSessions, store.Doc{Key: token, Order: expiryOrder(d.Expires), Version: version, Body: body})
		if !errors.Is(err, store.ErrConflict) && !errors.Is(err, store.ErrNotFound) {
			return err
		}
	}
	return fmt.Errorf("ending a session: %w", store.ErrConflict)
}

// sweep removes some sessions that are over. It runs at each sign-in, so the
// collection cannot grow without sign-ins that also shrink it.
func (s *sessionStore) sweep(ctx context.Context) error {
	over := store.Range{To: expiryOrder(s.now()), ByOrder: true, Limit: 100}
	var ops []store.Op
	for d, err := range s.store.Scan(ctx, collSessions, over) {
		if err != nil {
			return fmt.Errorf("looking for old sessions: %w", err)
		}
		ops = append(ops, store.Op{Collection: collSessions, Kind: store.OpDelete, Doc: store.Doc{Key: d.Key, Version: d.Version}})
	}
	if len(ops) == 0 {
		return nil
	}
	// One that changed meanwhile is not over: its own error is no trouble.
	if _, err := s.store.Batch(ctx, ops); err != nil {
		return fmt.Errorf("removing old sessions: %w", err)
	}
	return nil
}

func (s *sessionStore) get(ctx context.Context, token string) (sessionDoc, int64, error) {
	var doc sessionDoc
	d, err := s.store.Get(ctx, collSessions, token)
	if err != nil {
		return doc, 0, err
	}
	if err := json.Unmarshal(d.Body, &doc); err != nil {
		return doc, 0, fmt.Errorf("decoding a session: %w", err)
	}
	return doc, d.Version, nil
}

// Find, Commit and Delete are the half of scs.Store that has no context; scs
// calls the other half where it exists.

// Find implements scs.Store.
func (s *sessionStore) Find(token string) ([]byte, bool, error) {
	return s.FindCtx(context.Background(), token)
}

// Commit implements scs.Store.
func (s *sessionStore) Commit(token string, data []byte, expiry time.Time) error {
	return s.CommitCtx(context.Background(), token, data, expiry)
}

// Delete implements scs.Store.
func (s *sessionStore) Delete(token string) error { return s.DeleteCtx(context.Background(), token) }
