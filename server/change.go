package server

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"

	"hailong/server/ledger"
	"hailong/server/store"
)

// An answer can be changed or withdrawn (sửa, rút) for some days with the slip it
// was given with. What was there before is not kept; the answer remembers the
// ledger lines of its earlier wordings, from which every line that explains the
// change follows, whenever it is that they are entered. So one write decides, and
// after a crash at any moment the ledger catches up with the answers.

// changeDays is how long an answer can be changed where nothing else is
// configured, in days after the one on which it was given.
const changeDays = 7

// ErrWithdrawn: the answer of the slip was withdrawn. It is ErrGone.
var ErrWithdrawn = fmt.Errorf("the answer was withdrawn: %w", ErrGone)

// storedAnswer reads an answer, withdrawn or not, with its version.
func (s *Service) storedAnswer(ctx context.Context, id string) (Answer, int64, error) {
	var a Answer
	version, err := get(ctx, s.Store, collAnswers, id, &a)
	if errors.Is(err, store.ErrNotFound) {
		return a, 0, fmt.Errorf("%w: answer", ErrNotFound)
	}
	a.ID = id
	return a, version, err
}

// changeable reports whether an answer may be changed or withdrawn today.
func (s *Service) changeable(a Answer) error {
	switch {
	case a.Withdrawn:
		return ErrWithdrawn
	case s.Config.ChangeDays < 0 || s.Today() > a.Day.Add(s.Config.ChangeDays):
		return fmt.Errorf("the answer can no longer be changed: %w", ErrAnswered)
	}
	return nil
}

// ChangeableUntil is the last day on which the answer of a slip can be changed or
// withdrawn, "" where it cannot. ErrNotFound: there is none; ErrWithdrawn: it was.
func (s *Service) ChangeableUntil(ctx context.Context, c SlipCode) (Day, error) {
	a, err := s.answer(ctx, oneWay(s.keys.answer, c.text))
	if err != nil {
		return "", err
	}
	if s.changeable(a) != nil {
		return "", nil
	}
	return a.Day.Add(s.Config.ChangeDays), nil
}

// ChangeAnswer (sửa câu trả lời) puts another answer in the place of the one that
// was given with a slip; day and lane stay those of the first. What the
// citizen does not send again is gone. Already: it says so already. ErrNotFound:
// the slip has no answer. ErrAnswered: it is too late, or not configured.
// ErrWithdrawn, ErrGone, *Faults as for AcceptSlip.
func (s *Service) ChangeAnswer(ctx context.Context, c SlipCode, sub Submission) (Receipt, error) {
	if _, err := s.Invitation(ctx, c); err != nil {
		return Receipt{}, err
	}
	marks, detail, err := s.read(&sub)
	if err != nil {
		return Receipt{}, err
	}
	var officers []string
	if sub.Comment != "" {
		if officers, err = s.officers(ctx); err != nil {
			return Receipt{}, err
		}
	}
	r := Receipt{Code: s.receipt(c.text)}
	for range 20 {
		was, version, err := s.storedAnswer(ctx, oneWay(s.keys.answer, c.text))
		if err == nil {
			err = s.changeable(was)
		}
		if err != nil {
			return Receipt{}, err
		}
		a := was
		a.Survey, a.Marks, a.Reasons, a.Comment, a.Said, a.Lang = sub.Survey, marks, sub.Reasons, sub.Comment, "", sub.Lang
		a.DetailSurvey, a.Detail = "", nil
		s.setDetail(&a, detail)
		if a.Comment != "" {
			s.mask(&a, officers)
		}
		if r.Already = was.same(a); r.Already {
			return r, s.afterChange(ctx, was, sub.Comment, r.Code)
		}
		if err := a.follow(s, was); err != nil {
			return Receipt{}, err
		}
		if err := s.sealComment(ctx, a, sub.Comment); err != nil { // before anything can look for it
			return Receipt{}, err
		}
		err = s.replaceAnswer(ctx, a, version)
		switch {
		case err == nil:
			return r, s.afterChange(ctx, a, sub.Comment, r.Code)
		case errors.Is(err, store.ErrNotFound): // erased meanwhile
			return Receipt{}, cmp.Or(s.dropAll(ctx, a.ID, r.Code), fmt.Errorf("%w: answer", ErrNotFound))
		case !errors.Is(err, store.ErrConflict):
			return Receipt{}, fmt.Errorf("changing an answer: %w", err)
		}
	}
	return Receipt{}, fmt.Errorf("changing an answer: %w", store.ErrConflict)
}

// follow makes a the next wording of an answer.
func (a *Answer) follow(s *Service, was Answer) error {
	r, err := s.commitment(was)
	if err != nil {
		return err
	}
	a.Rev, a.Past = was.Rev+1, append(slices.Clip(was.Past), r.String())
	return nil
}

// replaceAnswer puts another wording in the place of the one with a version.
// Every attempt has a name of its own: one that fails must not unmark the day
// of another that is under way.
func (s *Service) replaceAnswer(ctx context.Context, a Answer, version int64) error {
	return s.perhapsLate(ctx, a, func() error {
		return replace(ctx, s.Store, collAnswers, a.ID, a.order(), version, a)
	})
}

func (s *Service) perhapsLate(ctx context.Context, a Answer, write func() error) error {
	if a.Day >= s.Today() {
		return write()
	}
	var b [8]byte
	if _, err := io.ReadFull(s.Rand, b[:]); err != nil {
		return fmt.Errorf("naming a change: %w", err)
	}
	return s.late(ctx, a.Unit, a.Day, a.ID+"/"+hex.EncodeToString(b[:]), write)
}

// afterChange does what follows from a change, as often as it is called, and
// drops what belonged to earlier wordings.
func (s *Service) afterChange(ctx context.Context, a Answer, original, receipt string) error {
	if err := s.sealComment(ctx, a, original); err != nil {
		return err
	}
	if err := s.changeCaseOf(ctx, a, receipt); err != nil {
		return err
	}
	return s.dropStale(ctx, a.ID, receipt)
}

// dropStale is called after words of an answer were kept beside it: should the
// answer have been changed, withdrawn or erased meanwhile, nothing of them may
// stay.
func (s *Service) dropStale(ctx context.Context, id, receipt string) error {
	now, err := s.answer(ctx, id)
	switch {
	case err == nil:
		return s.dropEarlier(ctx, now)
	case errors.Is(err, ErrWithdrawn):
		return s.scrub(ctx, id, receipt)
	case errors.Is(err, ErrNotFound):
		return s.dropAll(ctx, id, receipt)
	}
	return err
}

// WithdrawAnswer (rút câu trả lời) takes back the answer that was given with a
// slip. It counts no longer, nothing of what it said is kept, and its slip
// stays used. Doing it again finishes what was broken off. Errors are those of
// ChangeAnswer, but for *Faults.
func (s *Service) WithdrawAnswer(ctx context.Context, c SlipCode) error {
	if _, err := s.Invitation(ctx, c); err != nil {
		return err
	}
	for range 20 {
		was, version, err := s.storedAnswer(ctx, oneWay(s.keys.answer, c.text))
		if err != nil {
			return err
		}
		if err := s.changeable(was); err != nil && !was.Withdrawn {
			return err
		}
		// What hangs on the answer goes first, so that a second try finds it.
		if err := s.scrub(ctx, was.ID, s.receipt(c.text)); err != nil {
			return err
		}
		if was.Withdrawn {
			return nil
		}
		stub := Answer{ID: was.ID, Unit: was.Unit, Survey: was.Survey, Day: was.Day, Lane: was.Lane, Marks: map[string]string{}, Withdrawn: true}
		if err := stub.follow(s, was); err != nil {
			return err
		}
		switch err := s.replaceAnswer(ctx, stub, version); {
		case err == nil:
			// And again, for a change that came between.
			return s.scrub(ctx, was.ID, s.receipt(c.text))
		case !errors.Is(err, store.ErrConflict):
			return fmt.Errorf("withdrawing an answer: %w", err)
		}
	}
	return fmt.Errorf("withdrawing an answer: %w", store.ErrConflict)
}

// scrub removes what was kept beside an answer: the original of its comment, the
// text of its case, and the ways from its receipt.
func (s *Service) scrub(ctx context.Context, id, receipt string) error {
	if err := s.dropComments(ctx, id); err != nil {
		return err
	}
	if err := s.withdrawCase(ctx, s.caseID(id)); err != nil {
		return err
	}
	return s.dropReceipt(ctx, receipt)
}

// lines are the ledger lines that an answer calls for, in their order: each
// earlier wording with the line that says what became of it, then the answer.
func (s *Service) lines(a Answer) ([]ledger.Record, error) {
	var out []ledger.Record
	for i, text := range a.Past {
		r, err := ledger.ParseRecord(text)
		if err != nil {
			return nil, err
		}
		after := ledger.Record{Kind: ledger.Changed, Subject: r.Subject, Hash: r.Hash}
		if a.Withdrawn && i == len(a.Past)-1 {
			after.Kind = ledger.Withdrawn
		}
		out = append(out, r, after)
	}
	if a.Withdrawn {
		return out, nil
	}
	r, err := s.commitment(a)
	return append(out, r), err
}

// lacking are those of the lines that a ledger does not have. A wording of which
// it says what became of it is done with.
func lacking(book *ledger.Book, lines []ledger.Record) []ledger.Record {
	var out []ledger.Record
	for _, r := range lines {
		_, there := book.Find(r)
		if !there && !(r.Closes() && book.Closed(r)) {
			out = append(out, r)
		}
	}
	return out
}
