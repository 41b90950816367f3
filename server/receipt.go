package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"hailong/server/store"
)

// A receiptLink leads from a receipt to its answer. Both are one-way functions
// of the code on the slip, so it says nothing of the dossier.
type receiptLink struct {
	Answer string `json:"answer"`
}

func (s *Service) receiptKey(receipt string) string {
	return oneWay(s.keys.receipt, "lookup/"+receipt)
}

var receiptForm = regexp.MustCompile(`^[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}$`)

// parseReceipt reads a receipt (mã biên nhận) as people type it: any case, with
// or without blanks and hyphen, O for 0 and I or L for 1. ErrInvalid: it is none.
func parseReceipt(text string) (string, error) {
	bad := fmt.Errorf("%w: a receipt has 10 characters", ErrInvalid)
	if len(text) > 64 {
		return "", bad
	}
	r := strings.NewReplacer(" ", "", "\u00a0", "", "-", "", "–", "", "O", "0", "I", "1", "L", "1").Replace(strings.ToUpper(text))
	if len(r) == 10 {
		r = r[:5] + "-" + r[5:]
	}
	if !receiptForm.MatchString(r) {
		return "", bad
	}
	return r, nil
}

// insertAnswer writes an answer and the way to it from its receipt, in one
// flush. ErrExists is about the answer. Where only one of the two was written,
// the answer sent again writes the other.
func (s *Service) insertAnswer(ctx context.Context, a Answer, receipt string) error {
	ops := make([]store.Op, 2)
	for i, x := range []struct {
		coll, key, order string
		v                any
	}{{collAnswers, a.ID, a.order(), a}, {collReceipts, s.receiptKey(receipt), "", receiptLink{a.ID}}} {
		body, err := json.Marshal(x.v)
		if err != nil {
			return fmt.Errorf("encoding %s: %w", x.coll, err)
		}
		ops[i] = store.Op{Collection: x.coll, Kind: store.OpInsert, Doc: store.Doc{Key: x.key, Order: x.order, Body: body}}
	}
	errs, err := s.Store.Batch(ctx, ops)
	switch {
	case err != nil:
		return err
	case errs[1] != nil && !errors.Is(errs[1], store.ErrExists):
		return errs[1]
	}
	return errs[0]
}

// linkReceipt makes up for a link that is not there, as of answers that are older
// than the links.
func (s *Service) linkReceipt(ctx context.Context, receipt, answer string) error {
	key := s.receiptKey(receipt)
	_, err := s.Store.Get(ctx, collReceipts, key)
	if errors.Is(err, store.ErrNotFound) {
		err = insert(ctx, s.Store, collReceipts, key, "", receiptLink{answer})
	}
	if err != nil && !errors.Is(err, store.ErrExists) {
		return fmt.Errorf("keeping a receipt: %w", err)
	}
	return nil
}

// dropReceipt removes the ways from a receipt.
func (s *Service) dropReceipt(ctx context.Context, receipt string) error {
	for _, d := range []struct{ coll, key string }{
		{collCaseReceipts, s.caseReceiptKey(receipt)},
		{collReceipts, s.receiptKey(receipt)},
	} {
		if err := s.drop(ctx, d.coll, d.key); err != nil {
			return fmt.Errorf("dropping a receipt: %w", err)
		}
	}
	return nil
}

// A ReceiptStatus is what the holder of a receipt is told: that the answer is
// there, where it stands in the ledger, and what became of it. It does not
// repeat what was answered.
type ReceiptStatus struct {
	Receipt string // as it was given out
	Day     Day    // on which the answer was given
	Line    int64  // its number in the ledger, from 1; 0 while it is to be entered
	// Inclusion is the proof of that line.
	Inclusion Inclusion
	// Case is what became of it; nil where nobody has to reply.
	Case *CaseStatus
}

// ReceiptStatus looks an answer up by its receipt (mã biên nhận). ErrInvalid: it
// is no receipt. ErrNotFound: there is no such answer, or it was erased.
func (s *Service) ReceiptStatus(ctx context.Context, text string) (ReceiptStatus, error) {
	receipt, err := parseReceipt(text)
	if err != nil {
		return ReceiptStatus{}, err
	}
	out := ReceiptStatus{Receipt: receipt}
	c, err := s.caseOf(ctx, receipt)
	if err == nil {
		st := c.status()
		out.Case = &st
	} else if !errors.Is(err, ErrNotFound) {
		return ReceiptStatus{}, err
	}
	var link receiptLink
	_, err = get(ctx, s.Store, collReceipts, s.receiptKey(receipt), &link)
	switch {
	case errors.Is(err, store.ErrNotFound) && c.Answer != "": // older than the links
		link.Answer = c.Answer
	case errors.Is(err, store.ErrNotFound):
		return ReceiptStatus{}, fmt.Errorf("%w: receipt", ErrNotFound)
	case err != nil:
		return ReceiptStatus{}, fmt.Errorf("looking up a receipt: %w", err)
	}
	a, err := s.answer(ctx, link.Answer)
	if errors.Is(err, ErrWithdrawn) { // and the link is about to go
		return ReceiptStatus{}, fmt.Errorf("%w: receipt", ErrNotFound)
	}
	if err != nil {
		return ReceiptStatus{}, err
	}
	out.Day = a.Day
	in, err := s.inclusion(ctx, a)
	out.Line, out.Inclusion = in.Number, in
	return out, err
}
