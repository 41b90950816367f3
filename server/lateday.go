package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"hailong/server/store"
)

const collLate = "late_days"

// settleAfter is how many days a write may be under way. What was marked before
// that is from a server that died: its answer is there or never will be.
const settleAfter = 2

// A lateDay says that answers came for a day that may be sealed. The version
// of its document is the day's generation. While an id is pending, its answer
// may or may not be there, and the day is read from the answers.
type lateDay struct {
	Pending []string `json:"pending"`
	Marked  Day      `json:"marked,omitempty"` // when the newest of them was marked
}

type lateState struct {
	gen     int64
	pending bool
	marked  Day
}

// late wraps a write to an answer of a past day: the day's generation goes up
// before and after, so that no seal can miss it, whatever crashes when.
func (s *Service) late(ctx context.Context, unit string, day Day, id string, insert func() error) error {
	if err := s.changeLate(ctx, unit, day, func(l *lateDay) {
		if !slices.Contains(l.Pending, id) {
			l.Pending = append(l.Pending, id)
		}
		l.Marked = s.Today()
	}); err != nil {
		return fmt.Errorf("marking %s: %w", day, err)
	}
	err := insert()
	if err != nil && !errors.Is(err, store.ErrExists) && !errors.Is(err, store.ErrConflict) && !errors.Is(err, store.ErrNotFound) {
		return err // perhaps it is there: the day stays marked
	}
	if e := s.changeLate(ctx, unit, day, func(l *lateDay) {
		if l.Pending = slices.DeleteFunc(l.Pending, func(x string) bool { return x == id }); len(l.Pending) == 0 {
			l.Marked = ""
		}
	}); e != nil {
		// The answer is durable and the day is marked: figures stay right.
		return err
	}
	return err
}

func (s *Service) changeLate(ctx context.Context, unit string, day Day, change func(*lateDay)) error {
	key := unit + "/" + string(day)
	for range 200 {
		l := lateDay{}
		version, err := get(ctx, s.Store, collLate, key, &l)
		switch {
		case errors.Is(err, store.ErrNotFound):
			change(&l)
			err = insert(ctx, s.Store, collLate, key, "", l)
		case err == nil:
			change(&l)
			err = replace(ctx, s.Store, collLate, key, "", version, l)
		}
		if !errors.Is(err, store.ErrConflict) && !errors.Is(err, store.ErrExists) {
			return err
		}
	}
	return store.ErrConflict
}

// lateStates reads the generations of the days from..to that ever had a late answer.
func (s *Service) lateStates(ctx context.Context, from, to Day) (map[Day]lateState, error) {
	unit := s.Config.Unit
	out := map[Day]lateState{}
	for d, err := range s.Store.Scan(ctx, collLate, store.Range{From: unit + "/" + string(from), To: unit + "/" + string(to) + "~"}) {
		if err != nil {
			return nil, fmt.Errorf("reading late days: %w", err)
		}
		var l lateDay
		if err := json.Unmarshal(d.Body, &l); err != nil {
			return nil, fmt.Errorf("decoding a late day: %w", err)
		}
		out[Day(strings.TrimPrefix(d.Key, unit+"/"))] = lateState{gen: d.Version, pending: len(l.Pending) > 0, marked: l.Marked}
	}
	return out, nil
}

// generations cuts states to a span; ok is false while one of its days is pending.
func generations(p span, states map[Day]lateState) (gens map[Day]int64, ok bool) {
	last := p.last()
	for day, st := range states {
		if day < p.first || day > last {
			continue
		}
		if st.pending {
			return nil, false
		}
		if gens == nil {
			gens = map[Day]int64{}
		}
		gens[day] = st.gen
	}
	return gens, true
}

// settle unmarks the days whose pending answers were marked by a day: their
// writers are gone, their answers are there or never will be. An answer that is
// being written this very moment marks its day again afterwards.
func (s *Service) settle(ctx context.Context, from, to, by Day) error {
	states, err := s.lateStates(ctx, from, to)
	if err != nil {
		return err
	}
	for day, st := range states {
		if !st.pending || st.marked > by {
			continue
		}
		if err := s.changeLate(ctx, s.Config.Unit, day, func(l *lateDay) {
			if l.Marked <= by { // nobody came between
				l.Pending, l.Marked = nil, ""
			}
		}); err != nil {
			return fmt.Errorf("settling %s: %w", day, err)
		}
	}
	return nil
}
