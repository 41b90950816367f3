package server

import (
	"context"
	"errors"
	"fmt"

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
			if c.State != CaseNew && c.State != CaseWorking {
				return misfit
			}
			if c.State == CaseNew {
				clock(c, map[bool]int{false: ClockSimple, true: ClockThorough}[c.Thorough])
			}
			c.State, c.Owner = CaseWorking, u.Name
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
