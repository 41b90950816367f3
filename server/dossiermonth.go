package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"hailong/server/store"
)

// Dossiers change, so their counts cannot be sealed as answers are. They are
// counted month by month of receipt, kept in memory, and counted again when a
// dossier of the month was written, by whichever server or command. What says
// so is a mark in the store: whoever writes dossiers of a month changes its
// mark before and after. The counts are exact, as if every dossier were read.
const collDossierMarks = "dossier_marks"

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
	months := map[string]bool{}
	for _, d := range ds {
		months[d.Unit+"/"+DayOf(d.Received).Month()] = true
	}
	for key := range months {
		if err := s.changeDossierMark(ctx, key, func(m *dossierMark) {
			if now := s.Now().UTC(); m.busy(now) {
				m.Writers, m.At = m.Writers+1, now
			} else {
				m.Writers, m.At = 1, now
			}
		}); err != nil {
			return fmt.Errorf("marking a month of dossiers: %w", err)
		}
	}
	failed := write()
	// Even where writing failed something may be there, and even when the
	// caller has given up waiting; a mark that stays is only slow.
	after := context.WithoutCancel(ctx)
	for key := range months {
		if err := s.changeDossierMark(after, key, func(m *dossierMark) { m.Writers = max(0, m.Writers-1) }); err != nil && failed == nil {
			failed = fmt.Errorf("unmarking a month of dossiers: %w", err)
		}
	}
	return failed
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

// A dossierMonth is what figures need of the dossiers received in one month.
type dossierMonth struct {
	version    int64 // of the mark when they were counted
	received   map[Cell]*DossierCounts
	returned   map[Cell]*Coverage
	byMonth    foldedMonth
	open       []openDossier
	hours      map[hourKey]int64
	lastReturn Day
	procedures map[string]string
}

// A foldedMonth holds the same counts with every day taken for its month's first.
type foldedMonth struct {
	received map[Cell]*DossierCounts
	returned map[Cell]*Coverage
}

// An openDossier is not resolved: whether it is overdue depends on when one asks.
type openDossier struct {
	cell Cell
	due  time.Time
}

// dossierMonths is the memory of the counts. It belongs to one Service.
type dossierMonths struct {
	mu     sync.Mutex
	months map[string]*dossierMonth // by unit/month
}

// readDossiers calls use for every month whose dossiers may count between from
// and to: by day of receipt, or by day of return.
func (s *Service) readDossiers(ctx context.Context, from, to Day, use func(month string, m *dossierMonth)) error {
	unit := s.Config.Unit + "/"
	first := Day("")
	for doc, err := range s.Store.Scan(ctx, collDossiers, store.Range{From: unit, To: s.Config.Unit + "0", ByOrder: true, Limit: 1}) {
		if err != nil {
			return fmt.Errorf("looking for the first dossier: %w", err)
		}
		first = Day(strings.TrimPrefix(doc.Order, unit))
	}
	if first == "" {
		return nil
	}
	now := s.Now()
	versions := map[string]int64{}
	for doc, err := range s.Store.Scan(ctx, collDossierMarks, store.Range{From: unit, To: s.Config.Unit + "0"}) {
		if err != nil {
			return fmt.Errorf("reading the marks of dossiers: %w", err)
		}
		var m dossierMark
		if err := json.Unmarshal(doc.Body, &m); err != nil {
			return fmt.Errorf("decoding a mark of dossiers: %w", err)
		}
		versions[doc.Key] = doc.Version
		if m.busy(now) {
			versions[doc.Key] = -1
		}
	}
	for day := around('M', first).first; day <= to; day = around('M', day.Add(31)).first {
		key := unit + day.Month()
		m, err := s.dossierMonth(ctx, key, day, versions[key])
		if err != nil {
			return err
		}
		if m.lastReturn >= from || (span{'M', day}).last() >= from {
			use(day.Month(), m)
		}
	}
	return nil
}

// dossierMonth returns the counts of a month whose mark has a version: 0 for
// none, -1 while somebody writes, when they are counted for this once.
func (s *Service) dossierMonth(ctx context.Context, key string, first Day, version int64) (*dossierMonth, error) {
	s.months.mu.Lock()
	m := s.months.months[key]
	s.months.mu.Unlock()
	if m != nil && version >= 0 && m.version == version {
		return m, nil
	}
	m = &dossierMonth{version: version, received: map[Cell]*DossierCounts{}, returned: map[Cell]*Coverage{}, hours: map[hourKey]int64{}, procedures: map[string]string{},
		byMonth: foldedMonth{map[Cell]*DossierCounts{}, map[Cell]*Coverage{}}}
	for d, err := range s.Dossiers(ctx, first, span{'M', first}.last()) {
		if err != nil {
			return nil, fmt.Errorf("reading dossiers: %w", err)
		}
		s.count(m, d)
	}
	if version >= 0 {
		s.months.mu.Lock()
		s.months.months[key] = m
		s.months.mu.Unlock()
	}
	return m, nil
}

// count adds one dossier.
func (s *Service) count(m *dossierMonth, d Dossier) {
	cell := Cell{Field: d.Field, Procedure: d.Procedure, Counter: d.Counter, Officer: d.Officer, Channel: d.Channel}
	if d.ProcedureName != "" {
		m.procedures[d.Procedure] = d.ProcedureName
	}
	m.countHours(d)
	cell.Day = DayOf(d.Received)
	var n DossierCounts
	n.Received = 1
	switch d.Punctuality(d.Received) {
	case OnTime:
		n.OnTime = 1
	case Late:
		n.Late = 1
	case Open, OpenOverdue:
		m.open = append(m.open, openDossier{cell, d.due()})
	default:
		n.NotCounted = 1
	}
	folded := cell
	folded.Day = around('M', cell.Day).first
	at(m.received, cell).Add(n)
	at(m.byMonth.received, folded).Add(n)
	if cell.Day = d.ReturnDay(); !s.Earns(d) {
		return
	}
	cov := Coverage{Returned: 1, Invited: 1}
	if d.Invitation == "" {
		cov.Invited, cov.Uninvited = 0, 1
	}
	m.lastReturn = max(m.lastReturn, cell.Day)
	folded.Day = around('M', cell.Day).first
	at(m.returned, cell).Add(cov)
	at(m.byMonth.returned, folded).Add(cov)
}

// at returns what a map holds for a cell, a new zero where there is nothing.
func at[T any](m map[Cell]*T, c Cell) *T {
	v := m[c]
	if v == nil {
		v = new(T)
		m[c] = v
	}
	return v
}

// addDossiers puts the dossiers of the cube's period into it. Where the cube
// does not ask for days and its period is of whole months, months are enough.
func (s *Service) addDossiers(ctx context.Context, c *Cube, grain Grain) error {
	now := s.Now()
	whole := grain != GrainDay && around('M', c.From).first == c.From && (span{'M', around('M', c.To).first}).last() == c.To
	return s.readDossiers(ctx, c.From, c.To, func(_ string, m *dossierMonth) {
		for code, name := range m.procedures {
			c.procedures[code] = name
		}
		received, returned := m.received, m.returned
		if whole {
			received, returned = m.byMonth.received, m.byMonth.returned
		}
		for cell, n := range received {
			if c.From <= cell.Day && cell.Day <= c.To {
				at(c.received, cell).Add(*n)
			}
		}
		for _, o := range m.open {
			if o.cell.Day < c.From || o.cell.Day > c.To {
				continue
			}
			cell := o.cell
			if whole {
				cell.Day = around('M', cell.Day).first
			}
			if now.After(o.due) {
				at(c.received, cell).OpenOverdue++
			} else {
				at(c.received, cell).Open++
			}
		}
		for cell, n := range returned {
			if c.From <= cell.Day && cell.Day <= c.To {
				at(c.returned, cell).Add(*n)
			}
		}
	})
}
