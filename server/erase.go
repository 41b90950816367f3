package server

import (
	"context"
	"errors"
	"fmt"

	"hailong/server/ledger"
	"hailong/server/store"
)

// Erase deletes the answer that was given with a slip, at the wish of who gave it
// (quyền xóa dữ liệu), with its comment and the case that it opened, and closes
// the slip. The ledger keeps the answer's line
// and gets another one that says that it was erased: a hole that is explained.
// What was broken off is finished by doing it again. ErrNotFound: the slip has
// no answer.
func (s *Service) Erase(ctx context.Context, c SlipCode, user string) error {
	for range 20 {
		a, version, err := s.storedAnswer(ctx, oneWay(s.keys.answer, c.text))
		if err != nil {
			return err
		}
		err = s.erase(ctx, c, a, version)
		if errors.Is(err, store.ErrConflict) {
			continue // it was changed meanwhile: what it says now is to be erased
		}
		if err != nil {
			return err
		}
		return s.Audit(ctx, user, "erase", "")
	}
	return fmt.Errorf("erasing the answer: %w", store.ErrConflict)
}

func (s *Service) erase(ctx context.Context, c SlipCode, a Answer, version int64) error {
	if err := s.enterErased(ctx, a); err != nil {
		return err
	}
	// First the slip is closed, or its holder could put the answer back.
	err := s.changeInvitation(ctx, oneWay(s.keys.invitation, c.text), func(inv *Invitation) error {
		if inv.State == InvitationErased {
			return errNoChange
		}
		inv.State = InvitationErased
		return nil
	})
	if err != nil {
		return fmt.Errorf("closing the slip: %w", err)
	}
	// What hangs on the answer goes before it, so that a second try finds it.
	if err := s.dropAll(ctx, a.ID, s.receipt(c.text)); err != nil {
		return err
	}
	err = s.perhapsLate(ctx, a, func() error { return s.Store.Delete(ctx, collAnswers, a.ID, version) })
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("erasing the answer: %w", err)
	}
	// And again, for a change that came between.
	return s.dropAll(ctx, a.ID, s.receipt(c.text))
}

// dropAll deletes everything that is kept beside an answer.
func (s *Service) dropAll(ctx context.Context, id, receipt string) error {
	if err := s.dropComments(ctx, id); err != nil {
		return err
	}
	for _, coll := range []string{collPublicReplies, collCases} {
		if err := s.drop(ctx, coll, s.caseID(id)); err != nil {
			return fmt.Errorf("erasing what belongs to the answer: %w", err)
		}
	}
	if err := s.dropEvidence(ctx, s.caseID(id)+"/"); err != nil {
		return err
	}
	return s.dropReceipt(ctx, receipt)
}

// drop deletes a document that may be gone already.
func (s *Service) drop(ctx context.Context, coll, key string) error {
	err := s.Store.Delete(ctx, coll, key, 0)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}

// enterErased enters that an answer is erased, and before that the answer itself
// and what it was before, where they were waiting. Of one that was withdrawn the
// ledger says enough.
func (s *Service) enterErased(ctx context.Context, a Answer) error {
	lines, err := s.lines(a)
	if err != nil {
		return err
	}
	if last := lines[len(lines)-1]; last.Kind == ledger.Answer {
		lines = append(lines, ledger.Record{Kind: ledger.Erased, Subject: last.Subject, Hash: last.Hash})
	}
	for range 20 {
		st, err := s.readLedger(ctx)
		if err != nil {
			return err
		}
		records := lacking(st.book, lines)
		if len(records) == 0 {
			return nil
		}
		if err := s.appendLedger(ctx, st, records, nil); !errors.Is(err, errLedgerMoved) {
			return err
		}
	}
	return store.ErrConflict
}
