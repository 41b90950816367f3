package server

import (
	"context"
	"fmt"
	"time"
)

// A returnedDossier is one that earned an invitation, as it is kept in memory: 8
// bytes, and 57 more while its slip is recent. It has no code; only a recent one
// is kept with the key of its invitation, as the dossier itself keeps it.
type returnedDossier struct {
	cell int32
	// The number of the day on which it came back, what became of it and how far
	// its slip got: 24, 4 and 4 bits.
	what int32
}

func newReturned(cell, day int32, told dossierTold, way reached) returnedDossier {
	return returnedDossier{cell, max(day, -1<<23)<<8 | int32(told)<<4 | int32(way)}
}

func (d returnedDossier) day() int32        { return d.what >> 8 }
func (d returnedDossier) told() dossierTold { return dossierTold(d.what >> 4 & 15) }
func (d returnedDossier) way() reached      { return reached(d.what & 15) }

// with says how far the slip got.
func (d returnedDossier) with(way reached) returnedDossier {
	return newReturned(d.cell, d.day(), d.told(), way)
}

func (d returnedDossier) coverage() dossierTold {
	if d.way()&reachedInvited == 0 {
		return toldUninvited
	}
	return toldInvited
}

// punctuality names what became of a dossier. Whether one that is open is overdue
// depends on when one asks.
func (t dossierTold) punctuality() Punctuality {
	switch t {
	case toldOnTime:
		return OnTime
	case toldLate:
		return Late
	case toldOpen:
		return Open
	case toldOverdue:
		return OpenOverdue
	}
	return NotCounted
}

// A slipDependence says of which invitations a month's dossiers know how far they
// got, and where to look for the others.
type slipDependence struct {
	from    Day              // invitations since then were recent when the month was counted
	settled map[string]int64 // the versions of the months of those that were not
	live    []waitingSlip    // the rest
	since   Day              // the first day that has any of them; "" where there are none
	// undecided are returned dossiers of which nobody knows when they were done.
	undecided []undecidedDossier
}

// A waitingSlip is the invitation of a returned dossier, by its place.
type waitingSlip struct {
	place int32
	key   string
}

type undecidedDossier struct {
	place int32
	due   time.Time
}

func (p *slipDependence) addLive(w waitingSlip, day Day) {
	p.live = append(p.live, w)
	if p.since == "" || day < p.since {
		p.since = day
	}
}

// current reports whether what is known of settled invitations still holds, and
// none of the others has to be settled.
func (p *slipDependence) current(recent Day, months map[string]int64) bool {
	if p.since != "" && p.since < recent {
		return false
	}
	for month, version := range p.settled {
		if version < 0 || months[month] != version {
			return false
		}
	}
	return true
}

// addReturned adds a dossier that earned an invitation. Nobody is invited before
// the dossier comes back, so the invitation of one that came back of late is
// recent, unless its dates were changed.
func (t *dossierTallying) addReturned(cell, day int32, d Dossier) {
	m := t.month
	told, way := toldNotCounted, reached(0)
	place := int32(len(m.returned))
	switch d.Punctuality(d.Received) {
	case OnTime:
		told = toldOnTime
	case Late:
		told = toldLate
	case Open, OpenOverdue:
		told = toldOpen
		m.slips.undecided = append(m.slips.undecided, undecidedDossier{place, d.due()})
	}
	if d.Invitation != "" {
		way = reachedInvited
		w := waitingSlip{place, d.Invitation}
		if in := d.ReturnDay(); in >= m.slips.from {
			m.slips.addLive(w, in)
		} else {
			t.old = append(t.old, w)
		}
	}
	m.returned = append(m.returned, newReturned(cell, day, told, way))
}

// settleSlips looks how far invitations got that are not recent.
func (s *Service) settleSlips(ctx context.Context, m *dossierMonth, slips []waitingSlip) error {
	if len(slips) == 0 {
		return nil
	}
	months, err := s.invitationMonths(ctx) // before they are read
	if err != nil {
		return err
	}
	// Most were issued when the dossier came back, soon after it came in.
	near := map[string]slipState{}
	if first := dayAt(m.firstDay); len(slips) > 20 {
		last := min(first.Add(45), m.slips.from.Add(-1))
		if err := s.scanSlips(ctx, first, last, func(key string, inv slipState) { near[key] = inv }); err != nil {
			return err
		}
	}
	m.slips.settled = map[string]int64{}
	for _, w := range slips {
		inv, ok := near[w.key]
		if !ok {
			if inv, ok, err = s.slip(ctx, w.key); err != nil {
				return err
			}
		}
		switch {
		case !ok:
		case inv.Issued >= m.slips.from:
			m.slips.addLive(w, inv.Issued)
		default:
			m.returned[w.place] = m.returned[w.place].with(inv.reached())
			m.slips.settled[inv.Issued.Month()] = months[inv.Issued.Month()]
		}
	}
	return nil
}

// returnedDossiers calls use for the dossiers returned in months that have any
// from..to, with how far their slips got now.
func (s *Service) returnedDossiers(ctx context.Context, from, to Day, use func([]returnedDossier)) error {
	recent := &s.memory.of(s.Config.Unit).recent
	recent.mu.Lock()
	defer recent.mu.Unlock()
	months, err := s.invitationMonths(ctx)
	if err != nil {
		return err
	}
	now, window := s.Now(), recentFrom(s.Today())
	var list []*dossierMonth
	live := false
	current := func(m *dossierMonth) bool { return m.slips.current(window, months) }
	err = s.readMonths(ctx, from, to, current, func(m *dossierMonth) {
		list = append(list, m)
		live = live || len(m.slips.live) > 0
	})
	if err == nil && live {
		err = recent.update(ctx, s, window)
	}
	if err != nil {
		return err
	}
	for _, m := range list {
		rows := m.returned
		if len(m.slips.live)+len(m.slips.undecided) > 0 {
			rows = append([]returnedDossier(nil), rows...)
		}
		for _, w := range m.slips.live {
			way, ok := recent.states[w.key]
			if !ok { // just made, or its dossier's dates were changed
				inv, found, err := s.slip(ctx, w.key)
				if err != nil {
					return fmt.Errorf("looking how far a slip got: %w", err)
				}
				if way = reachedInvited; found {
					way = inv.reached()
				}
			}
			rows[w.place] = rows[w.place].with(way)
		}
		for _, u := range m.slips.undecided {
			if d := &rows[u.place]; now.After(u.due) {
				*d = newReturned(d.cell, d.day(), toldOverdue, d.way())
			}
		}
		use(rows)
	}
	return nil
}
