package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"hailong/server/store"
)

// A dossierMark is the mark of a month of dossiers, or of a day or month of
// invitations, see invitationMarks. Its document's version names a state of what
// it marks, unless somebody is writing.
type dossierMark struct {
	Writers int       `json:"writers"`     // who have begun and not ended
	At      time.Time `json:"at,omitzero"` // when the last of them began, while there are any
}

// markLasts is after how long a writer that never ended is taken for dead: no
// write takes so long.
const markLasts = 10 * time.Minute

// A markKey names a mark.
type markKey struct{ coll, key string }

func (k markKey) busy(m dossierMark, now time.Time) bool {
	lasts := markLasts
	if k.coll == collInvitationMarks {
		lasts += 24 * time.Hour // they name the day
	}
	return m.Writers > 0 && now.Sub(m.At) < lasts
}

// enter adds a writer.
func (k markKey) enter(m *dossierMark, now time.Time) {
	if now = now.UTC(); !k.busy(*m, now) {
		m.Writers = 0 // nobody, or dead
	}
	m.Writers, m.At = m.Writers+1, now
	if k.coll == collInvitationMarks {
		m.At = now.Truncate(24 * time.Hour)
	}
}

// leave takes a writer away.
func (m *dossierMark) leave() {
	if m.Writers = max(0, m.Writers-1); m.Writers == 0 {
		m.At = time.Time{}
	}
}

// writeDossiers wraps the writing of dossiers with the marks of their months.
func (s *Service) writeDossiers(ctx context.Context, ds []Dossier, write func() error) error {
	var keys []markKey
	for _, d := range ds {
		keys = append(keys, markKey{collDossierMarks, d.Unit + "/" + DayOf(d.Received).Month()})
	}
	return s.marked(ctx, keys, write)
}

// marked wraps a write with marks.
func (s *Service) marked(ctx context.Context, keys []markKey, write func() error) error {
	entered := map[markKey]*markWriters{}
	// A mark that stays is only slow: taking it back must not make a write that
	// succeeded look as if it had not, and goes on even when the caller has given
	// up waiting.
	after := context.WithoutCancel(ctx)
	defer func() {
		for key, w := range entered {
			s.leaveMark(after, key, w)
		}
	}()
	for _, key := range keys {
		if entered[key] != nil {
			continue
		}
		w, err := s.enterMark(ctx, key)
		if err != nil {
			return fmt.Errorf("marking %s: %w", key.coll, err)
		}
		entered[key] = w
	}
	return write()
}

// A markCrowd lets the writers of one server that meet under a mark share it: the
// first one makes it, the last one takes it back. Else each would wait for all
// others to change it.
type markCrowd struct {
	mu    sync.Mutex
	marks map[markKey]*markWriters // those that can be joined
}

// markWriters are writers who share a mark.
type markWriters struct {
	n      int // under the crowd's lock
	began  time.Time
	marked chan struct{} // closed when the mark is made, or err says why not
	err    error
}

// forget lets nobody join any more.
func (c *markCrowd) forget(key markKey, w *markWriters) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.marks[key] == w {
		delete(c.marks, key)
	}
}

// joinFor is how long others may join: a mark is renewed long before it is taken
// for that of a dead writer.
const joinFor = time.Minute

// enterMark returns once the mark is made.
func (s *Service) enterMark(ctx context.Context, key markKey) (*markWriters, error) {
	now := s.Now()
	s.crowd.mu.Lock()
	w := s.crowd.marks[key]
	first := w == nil || now.Sub(w.began).Abs() > joinFor
	if first {
		w = &markWriters{began: now, marked: make(chan struct{})}
		s.crowd.marks[key] = w
	}
	w.n++
	s.crowd.mu.Unlock()
	if first {
		// Others wait for it: it does not end with the one who began.
		w.err = s.changeMark(context.WithoutCancel(ctx), key, func(m *dossierMark) { key.enter(m, now) })
		if w.err != nil {
			s.crowd.forget(key, w) // the next one tries again
		}
		close(w.marked)
	}
	select {
	case <-w.marked:
	case <-ctx.Done():
		s.leaveMark(context.WithoutCancel(ctx), key, w)
		return nil, ctx.Err()
	}
	if w.err != nil {
		s.leaveMark(ctx, key, w)
		return nil, w.err
	}
	return w, nil
}

// leaveMark takes the mark back after the last writer.
func (s *Service) leaveMark(ctx context.Context, key markKey, w *markWriters) {
	s.crowd.mu.Lock()
	w.n--
	last := w.n == 0
	if last && s.crowd.marks[key] == w {
		delete(s.crowd.marks, key) // who comes now makes a mark of its own
	}
	s.crowd.mu.Unlock()
	if !last {
		return
	}
	<-w.marked
	if w.err == nil {
		_ = s.changeMark(ctx, key, (*dossierMark).leave)
	}
}

func (s *Service) changeMark(ctx context.Context, key markKey, change func(*dossierMark)) error {
	for range 200 {
		var m dossierMark
		version, err := get(ctx, s.Store, key.coll, key.key, &m)
		switch {
		case errors.Is(err, store.ErrNotFound):
			change(&m)
			err = insert(ctx, s.Store, key.coll, key.key, "", m)
		case err == nil:
			change(&m)
			err = replace(ctx, s.Store, key.coll, key.key, "", version, m)
		}
		if !errors.Is(err, store.ErrConflict) && !errors.Is(err, store.ErrExists) {
			return err
		}
	}
	return store.ErrConflict
}

// markVersions reads the versions of marks whose keys are in a range, by what
// follows the prefix: -1 for what is being written. What has no mark was never
// written to under one and has none.
func (s *Service) markVersions(ctx context.Context, coll, prefix, from string) (map[string]int64, error) {
	now := s.Now()
	r := store.Prefix(prefix)
	r.From = prefix + from
	out := map[string]int64{}
	for doc, err := range s.Store.Scan(ctx, coll, r) {
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", coll, err)
		}
		var m dossierMark
		if err := json.Unmarshal(doc.Body, &m); err != nil {
			return nil, fmt.Errorf("decoding a mark of %s: %w", coll, err)
		}
		version := doc.Version
		if (markKey{coll, doc.Key}).busy(m, now) {
			version = -1
		}
		out[doc.Key[len(prefix):]] = version
	}
	return out, nil
}
