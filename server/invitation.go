package server

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"hailong/server/store"
)

// An Invitation (lời mời đánh giá) is the right to one answer about one
// dossier. It is stored under a keyed hash of the code on the slip, and keeps
// whether it was used, never when.
type Invitation struct {
	Dossier DossierCode     `json:"dossier"`
	Unit    string          `json:"unit"`
	Issued  Day             `json:"issued"`
	Expires Day             `json:"expires"` // the last day on which it can be used
	State   InvitationState `json:"state"`
	// Opened says that the page of the slip was looked at, never when or how often.
	Opened bool `json:"opened,omitempty"`
}

// An InvitationState says what an invitation is still good for.
type InvitationState string

// The states.
const (
	InvitationOpen    InvitationState = "open"
	InvitationUsed    InvitationState = "used"
	InvitationRevoked InvitationState = "revoked" // replaced by a later slip
	InvitationErased  InvitationState = "erased"  // its answer was erased at the citizen's wish
)

func (inv Invitation) order() string { return inv.Unit + "/" + string(inv.Issued) }

// A Slip (phiếu) is what is printed: the only place where the code is readable.
type Slip struct {
	Dossier DossierCode
	Code    SlipCode
	URL     string
	// What else stands on the paper.
	Procedure, Field, Counter string
	Expires                   Day
	// How the dossier was handed in, for those who send slips instead of
	// printing them; 0 where not known.
	Channel Channel
}

// Earns reports whether a dossier has earned an invitation.
func (s *Service) Earns(d Dossier) bool { return slices.Contains(s.Config.InviteAt, d.Status) }

// ParseInviteAt reads the statuses that earn an invitation, each as its number.
// Returned (10) is always among them; besides it there may be refused (3) and
// stopped (8), for asking only those who got what they came for flatters.
// Anything else gives ErrInvalid: dossiers that are still under way would be
// rated before there is a result.
func ParseInviteAt(numbers []string) ([]Status, error) {
	var at []Status
	for _, text := range numbers {
		n, err := strconv.Atoi(strings.TrimSpace(text))
		s := Status(n)
		if err != nil || s != StatusReturned && s != StatusRefused && s != StatusStopped {
			return nil, fmt.Errorf("%w: %q: chỉ có 10 (đã trả kết quả), 3 (không được tiếp nhận), 8 (dừng xử lý) / only 10 (returned), 3 (refused), 8 (stopped)", ErrInvalid, text)
		}
		if !slices.Contains(at, s) {
			at = append(at, s)
		}
	}
	if !slices.Contains(at, StatusReturned) {
		return nil, fmt.Errorf("%w: phải có 10 (đã trả kết quả) / 10 (returned) has to be among them", ErrInvalid)
	}
	return at, nil
}

// Issue makes an invitation for a dossier that has earned one. With IssueOnce a
// dossier that has a live invitation gives store.ErrExists. With Reissue the
// earlier slip is voided if it is unused; one that was used gives ErrAnswered,
// for a dossier is rated once.
//
// The order of the writes decides what a crash leaves behind: an invitation
// that no dossier points to and whose code nobody ever saw.
func (s *Service) Issue(ctx context.Context, code DossierCode, how IssueMode) (Slip, error) {
	for range 20 {
		d, version, err := s.dossier(ctx, code)
		if err != nil {
			return Slip{}, err
		}
		if !s.Earns(d) {
			return Slip{}, fmt.Errorf("%w: the dossier is not returned yet", ErrInvalid)
		}
		if d.Invitation != "" {
			live, err := s.live(ctx, d.Invitation)
			if err != nil {
				return Slip{}, err
			}
			if live && how != Reissue {
				return Slip{}, fmt.Errorf("the dossier has an invitation: %w", store.ErrExists)
			}
			// One that is not there was never seen by anybody.
			if err := s.revoke(ctx, d.Invitation); err != nil && !errors.Is(err, ErrNotFound) {
				return Slip{}, err
			}
		}
		c, err := NewSlipCode(s.Rand)
		if err != nil {
			return Slip{}, err
		}
		today := s.Today()
		inv := Invitation{Dossier: d.Code, Unit: d.Unit, Issued: today, Expires: today.Add(s.Config.InvitationDays), State: InvitationOpen}
		key := oneWay(s.keys.invitation, c.text)
		if err := insert(ctx, s.Store, collInvitations, key, inv.order(), inv); err != nil {
			return Slip{}, fmt.Errorf("storing the invitation: %w", err)
		}
		d.Invitation = key
		err = s.replaceDossier(ctx, version, d)
		if errors.Is(err, store.ErrConflict) {
			// The dossier changed meanwhile: this code stays unseen, try again.
			if err := s.Store.Delete(ctx, collInvitations, key, 0); err != nil {
				return Slip{}, fmt.Errorf("taking back an invitation: %w", err)
			}
			continue
		}
		if err != nil {
			return Slip{}, fmt.Errorf("storing the dossier's invitation: %w", err)
		}
		return Slip{Dossier: d.Code, Code: c, URL: s.URL(c), Procedure: d.ProcedureName, Field: d.Field, Counter: d.Counter, Expires: inv.Expires, Channel: d.Channel}, nil
	}
	return Slip{}, fmt.Errorf("issuing an invitation: %w", store.ErrConflict)
}

// An IssueMode says what to do with a dossier that has an invitation already.
type IssueMode int

// The modes of Issue.
const (
	IssueOnce IssueMode = iota // leave it alone
	Reissue                    // void the unused slip and make a new one
)

// live reports whether a dossier's invitation was not revoked. A revoked one is
// what a reprint leaves behind that died before it made the new slip.
func (s *Service) live(ctx context.Context, key string) (bool, error) {
	var inv Invitation
	_, err := get(ctx, s.Store, collInvitations, key, &inv)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return inv.State != InvitationRevoked, err
}

// revoke voids an invitation that is not used, or returns ErrAnswered.
func (s *Service) revoke(ctx context.Context, key string) error {
	return s.changeInvitation(ctx, key, func(inv *Invitation) error {
		switch inv.State {
		case InvitationUsed:
			return fmt.Errorf("the slip was used: %w", ErrAnswered)
		case InvitationRevoked:
			return errNoChange
		}
		inv.State = InvitationRevoked
		return nil
	})
}

// NoteOpened keeps that the page of a slip was looked at. Once is enough.
func (s *Service) NoteOpened(ctx context.Context, c SlipCode) error {
	return s.changeInvitation(ctx, oneWay(s.keys.invitation, c.text), func(inv *Invitation) error {
		if inv.State != InvitationOpen || inv.Opened {
			return errNoChange
		}
		inv.Opened = true
		return nil
	})
}

var errNoChange = errors.New("no change")

// changeInvitation applies a change with compare-and-swap, again where someone
// else was faster.
func (s *Service) changeInvitation(ctx context.Context, key string, change func(*Invitation) error) error {
	for range 50 {
		var inv Invitation
		version, err := get(ctx, s.Store, collInvitations, key, &inv)
		if errors.Is(err, store.ErrNotFound) {
			return fmt.Errorf("%w: invitation", ErrNotFound)
		}
		if err != nil {
			return err
		}
		switch err := change(&inv); {
		case errors.Is(err, errNoChange):
			return nil
		case err != nil:
			return err
		}
		err = s.markInvitation(ctx, inv, func() error {
			return replace(ctx, s.Store, collInvitations, key, inv.order(), version, inv)
		})
		if !errors.Is(err, store.ErrConflict) {
			return err
		}
	}
	return fmt.Errorf("changing an invitation: %w", store.ErrConflict)
}

// issuing is how many invitations IssueAll makes at once, so that the store can
// flush their writes together.
const issuing = 64

// IssueAll makes an invitation for every dossier that earned one from one day
// to another and has none, and hands each slip to print, one after the other in
// the order in which the dossiers came in. With Reissue it also replaces the
// unused slips of those days. It returns how many it left alone because they
// have a slip (or, with Reissue, an answer) already. Where channels are named, only
// dossiers that were handed in by one of them are looked at.
//
// After an error of the store, the slips that were made by then are still
// printed. After an error of print nothing more is, and what was under way is
// withdrawn.
func (s *Service) IssueAll(ctx context.Context, from, to Day, how IssueMode, print func(Slip) error, channels ...Channel) (left int, err error) {
	type made struct {
		slip Slip
		err  error
	}
	going, stop := context.WithCancel(ctx)
	defer stop()
	queue := make(chan chan made, issuing) // in the dossiers' order
	go func() {
		defer close(queue)
		// A result is never handed out before the dossier came in.
		for d, err := range s.Dossiers(going, "", to) {
			if err == nil && (!s.earnedIn(d, from, to) || len(channels) > 0 && !slices.Contains(channels, d.Channel)) {
				continue
			}
			one := make(chan made, 1)
			queue <- one
			if err != nil {
				one <- made{err: err}
				return
			}
			go func() {
				if err := going.Err(); err != nil {
					one <- made{err: err}
					return
				}
				// Once begun it ends, or nobody would know whether it was made.
				slip, err := s.Issue(context.WithoutCancel(going), d.Code, how)
				one <- made{slip, err}
			}()
		}
	}()
	unprinted := false
	for one := range queue {
		m := <-one
		switch {
		case errors.Is(m.err, store.ErrExists) || errors.Is(m.err, ErrAnswered):
			left++
		case errors.Is(m.err, ErrInvalid): // no longer returned, says an import meanwhile
		case m.err != nil:
			if err == nil {
				err = m.err
			}
			stop()
		case unprinted:
			err = errors.Join(err, s.Withdraw(context.WithoutCancel(ctx), m.slip))
		default:
			if printErr := print(m.slip); printErr != nil {
				unprinted = true
				err = errors.Join(err, printErr, s.Withdraw(context.WithoutCancel(ctx), m.slip))
				stop()
			}
		}
	}
	if err == nil {
		err = ctx.Err() // the scan may have ended without a word
	}
	return left, err
}

// earnedIn reports whether a dossier earned its invitation in a period.
func (s *Service) earnedIn(d Dossier, from, to Day) bool {
	day := d.ReturnDay()
	return s.Earns(d) && day >= from && day <= to
}

// Uninvited counts the dossiers that earned an invitation in a period and have
// none. After IssueAll it is 0.
func (s *Service) Uninvited(ctx context.Context, from, to Day) (n int, err error) {
	for d, err := range s.Dossiers(ctx, "", to) {
		if err != nil {
			return n, err
		}
		if s.earnedIn(d, from, to) && d.Invitation == "" {
			n++
		}
	}
	return n, nil
}

// replaceDossier writes one dossier over the version that was read.
func (s *Service) replaceDossier(ctx context.Context, version int64, d Dossier) error {
	return s.writeDossiers(ctx, []Dossier{d}, func() error {
		return replace(ctx, s.Store, collDossiers, string(d.Code), d.order(), version, d)
	})
}

// Withdraw takes back a slip that reached nobody: the dossier has no invitation
// again. A slip that was used gives ErrAnswered, one that a later slip replaced
// stays replaced.
func (s *Service) Withdraw(ctx context.Context, slip Slip) error {
	key := oneWay(s.keys.invitation, slip.Code.text)
	if err := s.revoke(ctx, key); err != nil {
		return fmt.Errorf("withdrawing a slip: %w", err)
	}
	for range 20 {
		d, version, err := s.dossier(ctx, slip.Dossier)
		if err != nil {
			return fmt.Errorf("withdrawing a slip: %w", err)
		}
		if d.Invitation != key {
			return nil
		}
		d.Invitation = ""
		err = s.replaceDossier(ctx, version, d)
		if errors.Is(err, store.ErrConflict) {
			continue
		}
		if err != nil {
			return fmt.Errorf("withdrawing a slip: %w", err)
		}
		return nil
	}
	return fmt.Errorf("withdrawing a slip: %w", store.ErrConflict)
}

// Invitation returns the invitation of a code. ErrNotFound: no such slip.
// ErrGone: it was replaced, or its last day is over; an invitation that was
// used is returned whatever the day, for its answer stands.
func (s *Service) Invitation(ctx context.Context, c SlipCode) (Invitation, error) {
	return s.invitation(ctx, c, s.Today())
}

// invitation is Invitation as of the day on which the answer was given, which
// for a kiosk without a line is earlier than today.
func (s *Service) invitation(ctx context.Context, c SlipCode, day Day) (Invitation, error) {
	var inv Invitation
	_, err := get(ctx, s.Store, collInvitations, oneWay(s.keys.invitation, c.text), &inv)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return inv, fmt.Errorf("%w: slip", ErrNotFound)
	case err != nil:
		return inv, err
	}
	switch ok, err := s.issued(ctx, inv); {
	case err != nil:
		return Invitation{}, err
	case !ok:
		return Invitation{}, fmt.Errorf("%w: slip of another unit", ErrNotFound)
	}
	return inv, usable(inv, day)
}

func usable(inv Invitation, day Day) error {
	switch {
	case inv.State == InvitationRevoked:
		return fmt.Errorf("the slip was replaced by a later one: %w", ErrGone)
	case inv.State == InvitationErased:
		return fmt.Errorf("the slip's answer was erased: %w", ErrGone)
	case inv.State == InvitationOpen && day > inv.Expires:
		return fmt.Errorf("the slip has expired: %w", ErrGone)
	}
	return nil
}
