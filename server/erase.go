package server

import (
	"context"
	"errors"
	"fmt"

	"hailong/server/ledger"
	"hailong/server/store"
)

// Erase deletes the answer that was given with a slip, at the wish of who gave it
// (quyền xóa dữ liệu), and closes the slip. The ledger keeps the answer's line
// and gets another one that says that it was erased: a hole that is explained.
// What was broken off is finished by doing it again. ErrNotFound: the slip has
// no answer.
func (s *Service) Erase(ctx context.Context, c SlipCode, user string) error {
	a, err := s.answer(ctx, oneWay(s.keys.answer, c.text))
	if err != nil {
		return err
	}
	if err := s.enterErased(ctx, a); err != nil {
		return err
	}
	// First the slip is closed, or its holder could put the answer back.
	err = s.changeInvitation(ctx, oneWay(s.keys.invitation, c.text), func(inv *Invitation) error {
		if inv.State == InvitationErased {
			return errNoChange
		}
		inv.State = InvitationErased
		return nil
	})
	if err != nil {
		return fmt.Errorf("closing the slip: %w", err)
	}
	err = s.late(ctx, a.Unit, a.Day, a.ID, func() error {
		err := s.Store.Delete(ctx, collAnswers, a.ID, 0)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("erasing the answer: %w", err)
	}
	return s.Audit(ctx, user, "erase", "")
}

// enterErased enters that an answer is erased, and before that the answer itself
// where it was waiting.
func (s *Service) enterErased(ctx context.Context, a Answer) error {
	r, err := s.commitment(a)
	if err != nil {
		return err
	}
	for range 20 {
		st, err := s.readLedger(ctx)
		if err != nil {
			return err
		}
		var records []ledger.Record
		for _, r := range []ledger.Record{r, {Kind: ledger.Erased, Subject: r.Subject, Hash: r.Hash}} {
			if _, there := st.book.Find(r); !there {
				records = append(records, r)
			}
		}
		if len(records) == 0 {
			return nil
		}
		if err := s.appendLedger(ctx, st, records, nil); !errors.Is(err, errLedgerMoved) {
			return err
		}
	}
	return store.ErrConflict
}
