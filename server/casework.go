package server

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"hailong/server/store"
)

// A CaseAction is what somebody does to a case.
type CaseAction string

// The actions.
const (
	ActTake     CaseAction = "take"     // tiếp nhận: the user becomes the owner
	ActThorough CaseAction = "thorough" // cần xác minh: 15 working days from today
	ActNote     CaseAction = "note"
	ActConclude CaseAction = "conclude"
	ActReply    CaseAction = "reply" // the citizen reads the note
	ActReopen   CaseAction = "reopen"
	ActEvidence CaseAction = "evidence" // tài liệu, chứng cứ: what there is and where it is kept
)

// ActOnCase does one thing to a case that the user may see. Version is the one
// the user looked at: store.ErrConflict where somebody else was faster. The
// note is masked. ErrInvalid: the action does not fit the state, or needs a note.
func (s *Service) ActOnCase(ctx context.Context, u User, id string, version int64, act CaseAction, note string) error {
	if _, err := s.caseFor(ctx, u, id); err != nil {
		return err
	}
	officers, err := s.officers(ctx)
	if err != nil {
		return err
	}
	note = Mask(cleanComment(note), officers)
	today, now := s.Today(), s.Now()
	misfit := fmt.Errorf("%w: the case is not in a state for that", ErrInvalid)
	if note == "" && act != ActTake && act != ActThorough {
		return fmt.Errorf("%w: a note is needed", ErrInvalid)
	}
	clock := func(c *Case, n int) { c.Due, c.Escalated = s.AfterWorkdays(today, n), false }
	err = s.changeCase(ctx, u, id, version, func(c *Case) error {
		switch act {
		case ActTake:
			if !s.take(c, u.Name) {
				return misfit
			}
			c.step(now, u.Name, StepTaken, note)
		case ActThorough:
			if c.State != CaseWorking || c.Thorough {
				return misfit
			}
			c.Thorough = true
			clock(c, ClockThorough)
			c.step(now, u.Name, StepNote, "Cần xác minh: hạn "+c.Due.VI())
		case ActNote:
			c.step(now, u.Name, StepNote, note)
		case ActEvidence:
			c.step(now, u.Name, StepEvidence, note)
		case ActConclude:
			if c.State != CaseWorking {
				return misfit
			}
			c.State = CaseConcluded
			clock(c, ClockReply)
			c.step(now, u.Name, StepConcluded, note)
		case ActReply:
			if c.State != CaseConcluded {
				return misfit
			}
			c.State, c.Reply, c.Replied = CaseReplied, note, today
			c.step(now, u.Name, StepReplied, note)
		case ActReopen:
			if c.State != CaseReplied && c.State != CaseConcluded {
				return misfit
			}
			c.State, c.Owner = CaseNew, ""
			clock(c, ClockTake)
			c.step(now, u.Name, StepReopened, note)
		default:
			return fmt.Errorf("%w: no such action", ErrInvalid)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := s.Audit(ctx, u.Name, "case_"+string(act), id); err != nil {
		return fmt.Errorf("writing the audit: %w", err)
	}
	return nil
}

// CaseHandlers lists who of the unit can be given a case that the user sees:
// leaders and inspectors, but nobody whom it names.
func (s *Service) CaseHandlers(ctx context.Context, u User, id string) ([]User, error) {
	c, err := s.caseFor(ctx, u, id)
	if err != nil {
		return nil, err
	}
	return s.usersWhere(ctx, func(h User) bool {
		return s.mine(h.Unit) && (h.Role == RoleLeader || h.Role == RoleInspector) && !c.names(h)
	})
}

// GiveCase gives a case to somebody (giao phụ trách): as if they took it on, by
// the word of the user. Who is an officer of the dossiers gets cases in no other
// way. Version is as in ActOnCase. ErrInvalid: the case is not in a state for
// that, or it cannot be given to them, see CaseHandlers.
func (s *Service) GiveCase(ctx context.Context, u User, id string, version int64, to string) error {
	able, err := s.CaseHandlers(ctx, u, id)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(able, func(h User) bool { return h.Name == to }) {
		return fmt.Errorf("%w: the case cannot be given to them", ErrInvalid)
	}
	now := s.Now()
	err = s.changeCase(ctx, u, id, version, func(c *Case) error {
		if c.Owner == to || !s.take(c, to) {
			return fmt.Errorf("%w: the case is not in a state for that", ErrInvalid)
		}
		c.Steps = append(c.Steps, CaseStep{At: now.UTC(), By: u.Name, To: to, Kind: StepTaken, Note: "Giao cho " + to})
		return nil
	})
	if err != nil {
		return err
	}
	if err := s.Audit(ctx, u.Name, "case_give", id); err != nil {
		return fmt.Errorf("writing the audit: %w", err)
	}
	return nil
}

// take makes somebody the owner of a case that is new or under way; a new one
// begins its second clock. It is false where the case is past that.
func (s *Service) take(c *Case, owner string) bool {
	switch c.State {
	case CaseNew:
		c.Due, c.Escalated = s.AfterWorkdays(s.Today(), map[bool]int{false: ClockSimple, true: ClockThorough}[c.Thorough]), false
	case CaseWorking:
	default:
		return false
	}
	c.State, c.Owner = CaseWorking, owner
	return true
}

// changeCaseOf brings the case of an answer up to what the answer says now, and
// opens one where that earns it. A case that was done with begins again. Once
// for each change.
func (s *Service) changeCaseOf(ctx context.Context, a Answer, receipt string) error {
	err := s.changeCase(ctx, User{Role: RoleLeader}, s.caseID(a.ID), 0, func(c *Case) error {
		if c.Rev >= a.Rev {
			return errNoChange
		}
		today := s.Today()
		c.Rev, c.Text, c.Overall, c.Alleges = a.Rev, "", a.Marks["overall"], false
		c.step(today.Time(), "", StepChanged, "") // the day only
		if !a.earnsCase() {
			return nil
		}
		c.Text, c.Alleges = a.Comment, Alleges(a.Comment)
		c.Thorough = c.Thorough || c.Alleges
		if c.State == CaseReplied || c.State == CaseConcluded {
			c.State, c.Owner, c.Due, c.Escalated = CaseNew, "", s.AfterWorkdays(today, ClockTake), false
		}
		return nil
	})
	switch {
	case errors.Is(err, ErrNotFound), errors.Is(err, store.ErrNotFound): // or gone meanwhile
		return s.openCase(ctx, a, receipt)
	case errors.Is(err, errNoChange):
		return nil
	}
	return err
}

// withdrawCase takes the text out of the case of a withdrawn answer and ends it.
func (s *Service) withdrawCase(ctx context.Context, id string) error {
	err := s.changeCase(ctx, User{Role: RoleLeader}, id, 0, func(c *Case) error {
		if c.Text == "" && !c.Open() {
			return errNoChange
		}
		if c.Open() {
			c.State, c.Replied, c.Reply = CaseReplied, s.Today(), ""
		}
		c.Text, c.Overall, c.Alleges = "", "", false
		for i := range c.Steps {
			if c.Steps[i].Kind == StepObjected {
				c.Steps[i].Note = ""
			}
		}
		c.step(s.Today().Time(), "", StepWithdrawn, "")
		return nil
	})
	if errors.Is(err, ErrNotFound) || errors.Is(err, store.ErrNotFound) || errors.Is(err, errNoChange) {
		return nil
	}
	return err
}

// changeCase replaces a case; version 0 takes whichever there is.
func (s *Service) changeCase(ctx context.Context, u User, id string, version int64, change func(*Case) error) error {
	for range 20 {
		c, err := s.caseFor(ctx, u, id)
		if err != nil {
			return err
		}
		if version != 0 && c.Version != version {
			return fmt.Errorf("the case was changed: %w", store.ErrConflict)
		}
		if err := change(&c); err != nil {
			return err
		}
		err = replace(ctx, s.Store, collCases, id, c.order(), c.Version, c)
		if version == 0 && errors.Is(err, store.ErrConflict) {
			continue
		}
		if err != nil {
			return fmt.Errorf("storing a case: %w", err)
		}
		return nil
	}
	return fmt.Errorf("storing a case: %w", store.ErrConflict)
}
