package server

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"hailong/server/store"
)

// Dossiers change, so their counts cannot be sealed as answers are. They are
// counted month by month of receipt, kept in memory, and counted again when a
// dossier of the month was written, by whichever server or command. What says
// so is a mark in the store: whoever writes dossiers of a month changes its
// mark before and after. The counts are exact, as if every dossier were read.
const collDossierMarks = "dossier_marks"

// A dossierMonth is what figures need of the dossiers received in one month.
type dossierMonth struct {
	version    int64 // of the mark when they were counted
	counts     []dossierCount
	returned   []returnedDossier // those that earned an invitation
	slips      slipDependence
	passed     []dossierCount // by the day on which they came back, where that is not the day of receipt
	open       []openDossier
	late       []lateDossier
	hours      []hourCount
	procedures map[string]string
	// Days by their numbers: the first of the month, and the last on which one
	// of its dossiers passed anything.
	firstDay, lastDay int32
}

// A dossierCount counts the dossiers of one cell and day of which the same is
// to be told.
type dossierCount struct {
	cell int32 // its number
	day  int32 // its number
	n    int32
	told dossierTold
}

// A dossierTold is what is told of dossiers: by day of receipt what became of
// them, or by day of return whether they have an invitation.
type dossierTold uint8

const (
	toldOnTime dossierTold = iota
	toldLate
	toldOpen
	toldOverdue
	toldNotCounted
	toldInvited
	toldUninvited
	toldPassed
	toldKinds
)

// dossierSums are dossiers by what is told of them.
type dossierSums [toldKinds]int64

// addTo adds them to a slice.
func (n *dossierSums) addTo(s *Slice) {
	s.Dossiers.Add(DossierCounts{
		Received: n[toldOnTime] + n[toldLate] + n[toldOpen] + n[toldOverdue] + n[toldNotCounted],
		OnTime:   n[toldOnTime], Late: n[toldLate], Open: n[toldOpen], OpenOverdue: n[toldOverdue], NotCounted: n[toldNotCounted],
	})
	s.Coverage.Add(Coverage{Returned: n[toldInvited] + n[toldUninvited], Invited: n[toldInvited], Uninvited: n[toldUninvited]})
}

// An openDossier is not resolved: whether it is overdue depends on when one asks.
type openDossier struct {
	cell, day int32
	due       time.Time
	status    Status
	name      string // of its procedure
}

// A lateDossier was resolved after its due time.
type lateDossier struct {
	cell, day int32
	days      int64 // how late, in days begun
	name      string
}

// readDossiers calls use for every month whose dossiers may count between from
// and to: by day of receipt, or by day of return.
func (s *Service) readDossiers(ctx context.Context, from, to Day, use func(m *dossierMonth)) error {
	return s.readMonths(ctx, from, to, func(*dossierMonth) bool { return true }, use)
}

// readMonths is readDossiers where a month that is kept has to be current in
// another way too.
func (s *Service) readMonths(ctx context.Context, from, to Day, current func(*dossierMonth) bool, use func(m *dossierMonth)) error {
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
	versions, err := s.markVersions(ctx, collDossierMarks, unit, "")
	if err != nil {
		return err
	}
	for day := around('M', first).first; day <= to; day = around('M', day.Add(31)).first {
		m, err := s.dossierMonth(ctx, day, versions[day.Month()], current)
		if err != nil {
			return err
		}
		if m.lastDay >= from.number() {
			use(m)
		}
	}
	return nil
}

// dossierMonth returns the counts of a month whose mark has a version: 0 for
// none, -1 while somebody writes, when they are counted for this once.
func (s *Service) dossierMonth(ctx context.Context, first Day, version int64, current func(*dossierMonth) bool) (*dossierMonth, error) {
	mem := s.memory.of(s.Config.Unit)
	if m := mem.month(first); m != nil && version >= 0 && m.version == version && current(m) {
		return m, nil
	}
	m, err := s.countMonth(ctx, first, version)
	if err == nil && version >= 0 {
		mem.keepMonth(first, m)
	}
	return m, err
}

// countMonth counts the dossiers of a month one by one.
func (s *Service) countMonth(ctx context.Context, first Day, version int64) (*dossierMonth, error) {
	last := span{'M', first}.last()
	t := dossierTallying{cells: &s.memory.of(s.Config.Unit).cells, month: &dossierMonth{version: version, procedures: map[string]string{}, firstDay: first.number(), lastDay: last.number()},
		counts: map[dossierCount]int32{}, hours: map[hourCount]int32{}}
	t.month.slips.from = recentFrom(s.Today())
	for d, err := range s.Dossiers(ctx, first, last) {
		if err != nil {
			return nil, fmt.Errorf("reading dossiers: %w", err)
		}
		s.count(&t, d)
	}
	m := t.done()
	return m, s.settleSlips(ctx, m, t.old)
}

// A dossierTallying is a month while it is counted.
type dossierTallying struct {
	cells  *cellTable
	month  *dossierMonth
	counts map[dossierCount]int32 // without n
	hours  map[hourCount]int32    // without n
	old    []waitingSlip          // whose invitations may be settled
}

// count counts one dossier.
func (s *Service) count(t *dossierTallying, d Dossier) {
	m := t.month
	cell := t.cells.number(Cell{Field: d.Field, Procedure: d.Procedure, Counter: d.Counter, Officer: d.Officer, Channel: d.Channel})
	if d.ProcedureName != "" {
		m.procedures[d.Procedure] = d.ProcedureName
	}
	t.countHours(d)
	n := dossierCount{cell: cell, day: DayOf(d.Received).number()}
	switch d.Punctuality(d.Received) {
	case OnTime:
		n.told = toldOnTime
	case Late:
		n.told = toldLate
		m.late = append(m.late, lateDossier{cell, n.day, d.lateDays(), t.name(d)})
	case Open, OpenOverdue:
		m.open = append(m.open, openDossier{cell, n.day, d.due(), d.Status, t.name(d)})
		n.told = toldOpen
	default:
		n.told = toldNotCounted
	}
	if n.told != toldOpen {
		t.counts[n]++
	}
	in := n.day
	n = dossierCount{cell: cell, day: d.ReturnDay().number(), told: toldPassed}
	if n.day != in {
		t.counts[n]++
	}
	if s.Earns(d) {
		m.lastDay = max(m.lastDay, n.day)
		t.addReturned(cell, n.day, d)
	}
}

// name is what lists call the dossier's procedure, one string for all dossiers.
func (t *dossierTallying) name(d Dossier) string {
	name := cmp.Or(d.ProcedureName, d.Procedure)
	if known := t.month.procedures[d.Procedure]; known == name {
		return known
	}
	return name
}

// done returns the month.
func (t *dossierTallying) done() *dossierMonth {
	m := t.month
	m.counts = make([]dossierCount, 0, len(t.counts))
	for c, n := range t.counts {
		if c.n = n; c.told == toldPassed {
			m.passed = append(m.passed, c)
		} else {
			m.counts = append(m.counts, c)
		}
	}
	m.returned = slices.Clone(m.returned) // without the room it grew in
	m.hours = make([]hourCount, 0, len(t.hours))
	for h, n := range t.hours {
		h.n = n
		m.hours = append(m.hours, h)
	}
	return m
}

// CountDossiers counts every month of dossiers that is not in memory as it is
// now, so that the first page after a start need not.
func (s *Service) CountDossiers(ctx context.Context) error {
	return s.returnedDossiers(ctx, "", s.Today(), func([]returnedDossier) {})
}

// addDossiers puts the dossiers of the cube's period into it.
func (s *Service) addDossiers(ctx context.Context, c *Cube) error {
	now := s.Now()
	return s.readDossiers(ctx, c.From, c.To, func(m *dossierMonth) {
		maps.Copy(c.procedures, m.procedures)
		c.months = append(c.months, m)
		for _, o := range m.open {
			n := dossierCount{cell: o.cell, day: o.day, n: 1, told: toldOpen}
			if now.After(o.due) {
				n.told = toldOverdue
			}
			c.open = append(c.open, n)
		}
	})
}
