package server

import (
	"context"
	"encoding/base64"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"hailong/server/ledger"
)

// An Inclusion (bằng chứng có trong sổ) shows that an answer is a line of the
// ledger. It says nothing of what was answered: who holds a slip, or found one,
// learns from it only that there is an answer.
type Inclusion struct {
	Line   string // see ledger.Record
	Number int64  // of the line, from 1; 0 where it is still to be entered
	// Proof leads from the line to the head, as in RFC 6962: each hash in base64.
	Proof []string
	// Head is the ledger's signed head that the proof leads to.
	Head string
}

// InclusionOf returns the proof for the answer that was given with a slip.
// ErrNotFound: the slip has no answer.
func (s *Service) InclusionOf(ctx context.Context, c SlipCode) (Inclusion, error) {
	a, err := s.answer(ctx, oneWay(s.keys.answer, c.text))
	if err != nil {
		return Inclusion{}, err
	}
	return s.inclusion(ctx, a)
}

func (s *Service) inclusion(ctx context.Context, a Answer) (Inclusion, error) {
	r, err := s.commitment(a)
	if err != nil {
		return Inclusion{}, err
	}
	st, err := s.readLedger(ctx)
	if err != nil {
		return Inclusion{}, err
	}
	out := Inclusion{Line: r.String(), Head: string(st.checkpoint)}
	n, ok := st.book.Find(r)
	if !ok {
		return out, nil
	}
	out.Number = n + 1
	p, err := tlog.ProveRecord(st.book.Size(), n, st.book)
	if err != nil {
		return Inclusion{}, fmt.Errorf("proving a line: %w", err)
	}
	out.Proof = hashTexts(p)
	return out, nil
}

// Consistency proves that the first from lines of the ledger are the first ones
// of its first to lines, as in RFC 6962: each hash in base64. ErrInvalid: there
// are no such numbers of lines.
func (s *Service) Consistency(ctx context.Context, from, to int64) ([]string, error) {
	st, err := s.readLedger(ctx)
	if err != nil {
		return nil, err
	}
	if from < 1 || from > to || to > st.book.Size() {
		return nil, fmt.Errorf("%w: no proof from %d to %d lines", ErrInvalid, from, to)
	}
	p, err := tlog.ProveTree(to, from, st.book)
	if err != nil {
		return nil, fmt.Errorf("%w: proving that the ledger only grew: %w", ledger.ErrLedger, err)
	}
	return hashTexts(p), nil
}

func hashTexts(hs []tlog.Hash) []string {
	out := make([]string, len(hs))
	for i, h := range hs {
		out[i] = base64.StdEncoding.EncodeToString(h[:])
	}
	return out
}
