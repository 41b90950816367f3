package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"

	"hailong/server/store"
)

// How far a slip got is kept in memory too, and has to be asked for with a version
// as answers and dossiers have one. What says so are marks: whoever changes an
// invitation that was issued before today marks the day on which it was issued
// before and after, and where that is long ago also the month. Of those issued
// today nothing is marked: they are read each time, and a citizen who scans a
// slip just handed out waits for no more writes than before.
//
// A mark must not tell when a slip was used, or the day of an answer would lead to
// its dossier: an invitation keeps whether, never when. So a mark counts changes
// of all slips issued on a day, names no slip, and names a time, the day, only
// while a write is under way (or its server died: SettleInvitations clears that).
// Its number of changes says no more than the invitations of that day do.
const collInvitationMarks = "invitation_marks"

// recentDays is how old an invitation is when few change any more: months whose
// last day is older are settled, and marked as a whole.
const recentDays = 100

// clocksDiffer is by how many days the clocks of two servers may differ.
const clocksDiffer = 2

// recentFrom is the first day of invitations that count as recent.
func recentFrom(today Day) Day { return around('M', today.Add(-recentDays-clocksDiffer)).first }

// markInvitation wraps the writing of an invitation.
func (s *Service) markInvitation(ctx context.Context, inv Invitation, write func() error) error {
	today := s.Today()
	if inv.Issued >= today {
		return write()
	}
	keys := []markKey{{collInvitationMarks, inv.Unit + "/D/" + string(inv.Issued)}}
	if inv.Issued < around('M', today.Add(-recentDays)).first {
		keys = append(keys, markKey{collInvitationMarks, inv.Unit + "/M/" + inv.Issued.Month()})
	}
	return s.marked(ctx, keys, write)
}

// invitationMonths reads the versions of the marks of settled months.
func (s *Service) invitationMonths(ctx context.Context) (map[string]int64, error) {
	return s.markVersions(ctx, collInvitationMarks, s.Config.Unit+"/M/", "")
}

// SettleInvitations clears the marks of servers that died while they wrote, so
// that no day stays in the store on which a slip was looked at or used.
func (s *Service) SettleInvitations(ctx context.Context) error {
	now := s.Now()
	for doc, err := range s.Store.Scan(ctx, collInvitationMarks, store.Prefix(s.Config.Unit+"/")) {
		if err != nil {
			return fmt.Errorf("reading the marks of invitations: %w", err)
		}
		var m dossierMark
		if err := json.Unmarshal(doc.Body, &m); err != nil {
			return fmt.Errorf("decoding a mark of invitations: %w", err)
		}
		key := markKey{collInvitationMarks, doc.Key}
		if m.Writers == 0 || key.busy(m, now) {
			continue
		}
		// Who began meanwhile has a newer version, which stays.
		err := replace(ctx, s.Store, collInvitationMarks, doc.Key, "", doc.Version, dossierMark{})
		if err != nil && !errors.Is(err, store.ErrConflict) {
			return fmt.Errorf("clearing the mark of an invitation: %w", err)
		}
	}
	return nil
}

// A reached says how far the slip of a returned dossier got.
type reached uint8

// What a dossier has, besides being returned.
const (
	reachedInvited  reached = 1 << iota // a slip was made
	reachedOpened                       // its page was looked at
	reachedAnswered                     // and used
)

// A slipState is what is read of an invitation.
type slipState struct {
	State  InvitationState `json:"state"`
	Issued Day             `json:"issued"`
	Opened bool            `json:"opened"`
}

func (i slipState) reached() reached {
	out := reachedInvited
	if i.State == InvitationUsed {
		out |= reachedAnswered
	}
	if i.Opened || i.State == InvitationUsed || i.State == InvitationErased {
		out |= reachedOpened
	}
	return out
}

// recentInvitations are a unit's invitations since recentFrom, by the day on which
// they were issued.
type recentInvitations struct {
	mu     sync.Mutex // held from bringing them up to date until what was asked is counted
	days   map[Day]recentDay
	states map[string]reached // by key
}

// A recentDay is a day of invitations with the version of its mark.
type recentDay struct {
	version int64 // -1 where it has to be read again
	keys    []string
}

// update brings the invitations since a day up to date. mu is held.
func (r *recentInvitations) update(ctx context.Context, s *Service, from Day) error {
	today := s.Today()
	prefix := s.Config.Unit + "/D/"
	versions, err := s.markVersions(ctx, collInvitationMarks, prefix, string(from))
	if err != nil {
		return err
	}
	if r.days == nil {
		r.days, r.states = map[Day]recentDay{}, map[string]reached{}
	}
	for day := range r.days {
		if day < from {
			r.drop(day)
		}
	}
	version := func(day Day) int64 {
		if day > today.Add(-sealAfter) {
			return -1
		}
		return versions[string(day)]
	}
	begin := Day("") // of the stretch to be read; never "" at the end, for today is read each time
	for n, last := from.number(), today.number(); n <= last; n++ {
		day := dayAt(n)
		kept, ok := r.days[day]
		switch fresh := ok && kept.version >= 0 && kept.version == version(day); {
		case !fresh && begin == "":
			begin = day
		case fresh && begin != "":
			if err := r.read(ctx, s, begin, day.Add(-1), version); err != nil {
				return err
			}
			begin = ""
		}
	}
	// Today at least, and what a server whose clock is ahead calls today.
	return r.read(ctx, s, begin, today.Add(clocksDiffer), version)
}

func (r *recentInvitations) drop(day Day) {
	for _, key := range r.days[day].keys {
		delete(r.states, key)
	}
	delete(r.days, day)
}

// read reads the invitations issued from..to.
func (r *recentInvitations) read(ctx context.Context, s *Service, from, to Day, version func(Day) int64) error {
	for n, last := from.number(), to.number(); n <= last; n++ {
		r.drop(dayAt(n))
	}
	err := s.scanSlips(ctx, from, to, func(key string, inv slipState) {
		day := r.days[inv.Issued]
		r.days[inv.Issued] = recentDay{version: -1, keys: append(day.keys, key)}
		r.states[key] = inv.reached()
	})
	if err != nil {
		return err
	}
	for n, last := from.number(), to.number(); n <= last; n++ {
		day := dayAt(n)
		r.days[day] = recentDay{version(day), r.days[day].keys}
	}
	return nil
}

// scanSlips calls use for the invitations issued from..to.
func (s *Service) scanSlips(ctx context.Context, from, to Day, use func(key string, inv slipState)) error {
	prefix := s.Config.Unit + "/"
	for doc, err := range s.Store.Scan(ctx, collInvitations, store.Range{From: prefix + string(from), To: prefix + string(to) + "~", ByOrder: true}) {
		if err != nil {
			return fmt.Errorf("reading invitations: %w", err)
		}
		var inv slipState
		if err := json.Unmarshal(doc.Body, &inv); err != nil {
			return fmt.Errorf("decoding an invitation: %w", err)
		}
		inv.Issued = Day(strings.TrimPrefix(doc.Order, prefix))
		use(doc.Key, inv)
	}
	return nil
}

// slip reads one invitation; ok is false where there is none: a server died before
// it was made, and nobody ever saw it.
func (s *Service) slip(ctx context.Context, key string) (inv slipState, ok bool, err error) {
	_, err = get(ctx, s.Store, collInvitations, key, &inv)
	if errors.Is(err, store.ErrNotFound) {
		return inv, false, nil
	}
	if err != nil {
		return inv, false, fmt.Errorf("reading an invitation: %w", err)
	}
	return inv, true, nil
}
