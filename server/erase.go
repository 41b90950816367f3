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
	// What hangs on the answer goes before it, so that a second try finds it.
	for _, d := range []struct{ coll, key string }{
		{collComments, a.ID},
		{collCases, s.caseID(a.ID)},
		{collCaseReceipts, s.caseReceiptKey(s.receipt(c.text))},
		{collReceipts, s.receiptKey(s.receipt(c.text))},
	} {
		if err := s.drop(ctx, d.coll, d.key); err != nil {
			return fmt.Errorf("erasing what belongs to the answer: %w", err)
		}
	}
	err = s.late(ctx, a.Unit, a.Day, a.ID, func() error { return s.drop(ctx, collAnswers, a.ID) })
	if err != nil {
		return fmt.Errorf("erasing the answer: %w", err)
	}
	return s.Audit(ctx, user, "erase", "")
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
