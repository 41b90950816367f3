package server

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"hailong/server/store"
)

// A dossierMark is the mark of a month. Its document's version names a state of
// the month's dossiers, unless somebody is writing.
type dossierMark struct {
	Writers int       `json:"writers"` // who have begun and not ended
	At      time.Time `json:"at"`      // when the last one began
}

// markLasts is after how long a writer that never ended is taken for dead: no
// write takes so long.
const markLasts = 10 * time.Minute

func (m dossierMark) busy(now time.Time) bool { return m.Writers > 0 && now.Sub(m.At) < markLasts }

// writeDossiers wraps the writing of dossiers with the marks of their months.
func (s *Service) writeDossiers(ctx context.Context, ds []Dossier, write func() error) error {
	months := map[string]*monthWriters{}
	// A mark that stays is only slow: taking it back must not make a write that
	// succeeded look as if it had not, and goes on even when the caller has given
	// up waiting.
	after := context.WithoutCancel(ctx)
	defer func() {
		for key, w := range months {
			s.leaveMonth(after, key, w)
		}
	}()
	for _, d := range ds {
		key := d.Unit + "/" + DayOf(d.Received).Month()
		if months[key] != nil {
			continue
		}
		w, err := s.enterMonth(ctx, key)
		if err != nil {
			return fmt.Errorf("marking a month of dossiers: %w", err)
		}
		months[key] = w
	}
	return write()
}

// A dossierCrowd lets the writers of one server that meet in a month share its
// mark: the first one makes it, the last one takes it back. Else each would
// wait for all others to change it.
type dossierCrowd struct {
	mu     sync.Mutex
	months map[string]*monthWriters // those that can be joined, by the mark's key
}

// monthWriters are writers who share a mark.
type monthWriters struct {
	n      int // under the crowd's lock
	began  time.Time
	marked chan struct{} // closed when the mark is made, or err says why not
	err    error
}

// forget lets nobody join any more.
func (c *dossierCrowd) forget(key string, w *monthWriters) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.months[key] == w {
		delete(c.months, key)
	}
}

// joinFor is how long others may join: a mark is renewed long before it is taken
// for that of a dead writer.
const joinFor = time.Minute

// enterMonth returns once the month is marked as being written.
func (s *Service) enterMonth(ctx context.Context, key string) (*monthWriters, error) {
	now := s.Now()
	s.crowd.mu.Lock()
	w := s.crowd.months[key]
	first := w == nil || now.Sub(w.began).Abs() > joinFor
	if first {
		w = &monthWriters{began: now, marked: make(chan struct{})}
		s.crowd.months[key] = w
	}
	w.n++
	s.crowd.mu.Unlock()
	if first {
		// Others wait for it: it does not end with the one who began.
		w.err = s.changeDossierMark(context.WithoutCancel(ctx), key, func(m *dossierMark) {
			if now := now.UTC(); m.busy(now) {
				m.Writers, m.At = m.Writers+1, now
			} else {
				m.Writers, m.At = 1, now
			}
		})
		if w.err != nil {
			s.crowd.forget(key, w) // the next one tries again
		}
		close(w.marked)
	}
	select {
	case <-w.marked:
	case <-ctx.Done():
		s.leaveMonth(context.WithoutCancel(ctx), key, w)
		return nil, ctx.Err()
	}
	if w.err != nil {
		s.leaveMonth(ctx, key, w)
		return nil, w.err
	}
	return w, nil
}

// leaveMonth takes the mark back after the last writer.
func (s *Service) leaveMonth(ctx context.Context, key string, w *monthWriters) {
	s.crowd.mu.Lock()
	w.n--
	last := w.n == 0
	if last && s.crowd.months[key] == w {
		delete(s.crowd.months, key) // who comes now makes a mark of its own
	}
	s.crowd.mu.Unlock()
	if !last {
		return
	}
	<-w.marked
	if w.err == nil {
		_ = s.changeDossierMark(ctx, key, func(m *dossierMark) { m.Writers = max(0, m.Writers-1) })
	}
}

func (s *Service) changeDossierMark(ctx context.Context, key string, change func(*dossierMark)) error {
	for range 200 {
		var m dossierMark
		version, err := get(ctx, s.Store, collDossierMarks, key, &m)
		switch {
		case errors.Is(err, store.ErrNotFound):
			change(&m)
			err = insert(ctx, s.Store, collDossierMarks, key, "", m)
		case err == nil:
			change(&m)
			err = replace(ctx, s.Store, collDossierMarks, key, "", version, m)
		}
		if !errors.Is(err, store.ErrConflict) && !errors.Is(err, store.ErrExists) {
			return err
		}
	}
	return store.ErrConflict
}
