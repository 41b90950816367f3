package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"hailong/server/ledger"
)

// A LedgerReport says how the ledger compares with the answers of the months
// that a recount is about.
type LedgerReport struct {
	Lines   int64 `json:"lines"`   // of the whole ledger
	Entered int64 `json:"entered"` // answers that have their line
	Waiting int64 `json:"waiting"` // answers of days that are still to be entered
	// Changed and Withdrawn are lines whose answer the citizen changed or
	// withdrew, with a line that says so.
	Changed   int64 `json:"changed"`
	Withdrawn int64 `json:"withdrawn"`
	Erased    int64 `json:"erased"` // lines whose answer was erased, with a line that says so
	// Closings are entries in the histories of periods (close, reopening,
	// amendment) that have their line; ClosingsWaiting are still to be entered.
	Closings        int64 `json:"closings"`
	ClosingsWaiting int64 `json:"closings_waiting,omitempty"`
	// Broken says why the ledger itself does not hold; "" where it does.
	Broken string `json:"broken,omitempty"`
	// Missing lines have no answer, or no entry of a period: it was changed or
	// deleted after it was entered.
	Missing []string `json:"missing"`
	// Unentered answers are of days that were entered without them: they were
	// put in, or changed, past the service.
	Unentered []string `json:"unentered"`
	// Unerased lines say that an answer was erased that is still there: erasing
	// it was broken off and must be done again.
	Unerased []string `json:"unerased"`
	// Reverted lines say that an answer was changed or withdrawn that is there
	// again as it was before: the store was set back.
	Reverted []string `json:"reverted"`
}

// Sound reports whether the ledger and the answers agree.
func (r *LedgerReport) Sound() bool {
	return r.Broken == "" && len(r.Missing) == 0 && len(r.Unentered) == 0 && len(r.Unerased) == 0 && len(r.Reverted) == 0
}

// recountLedger compares every answer of the months of from..to with its line,
// and every line with its answer; empty days leave an end open.
func (s *Service) recountLedger(ctx context.Context, from, to Day) (*LedgerReport, error) {
	rep := &LedgerReport{Missing: []string{}, Unentered: []string{}, Unerased: []string{}, Reverted: []string{}}
	st, err := s.checkLedger(ctx, nil)
	if errors.Is(err, ledger.ErrLedger) {
		rep.Broken = err.Error()
		return rep, nil
	}
	if err != nil {
		return nil, err
	}
	rep.Lines = st.book.Size()
	from, to = cmp.Or(from, "1900-01-01"), cmp.Or(to, "9999-12-31")
	from, to = around('M', from).first, span{'M', around('M', to).first}.last()
	states, err := s.lateStates(ctx, from, to)
	if err != nil {
		return nil, err
	}
	seen := map[int64]bool{} // lines whose answer is there
	extra := map[Day]int{}   // answers that have no line and should
	for a, err := range s.storedAnswers(ctx, from, to) {
		if err != nil {
			return nil, fmt.Errorf("reading answers: %w", err)
		}
		lines, err := s.lines(a)
		if errors.Is(err, ledger.ErrLedger) { // what it remembers of earlier wordings is no line
			extra[a.Day]++
			continue
		}
		if err != nil {
			return nil, err
		}
		gen, entered := st.days[a.Day]
		whole := len(lacking(st.book, lines)) == 0
		switch {
		case whole && !a.Withdrawn:
			rep.Entered++
		case whole:
		case !entered || gen != states[a.Day].gen || states[a.Day].pending:
			rep.Waiting++
		default:
			extra[a.Day]++
			continue
		}
		for i, r := range lines {
			n, there := st.book.Find(r)
			current := i == len(lines)-1 && !a.Withdrawn
			if there && r.Kind == ledger.Answer && (current || !st.book.Closed(r)) {
				seen[n] = true
			}
		}
	}
	rep.compareLines(st.book, from, to, seen)
	if err := s.recountDecisions(ctx, st, rep); err != nil {
		return nil, err
	}
	for _, day := range slices.Sorted(maps.Keys(extra)) {
		rep.Unentered = append(rep.Unentered, fmt.Sprintf("%s: %d", day, extra[day]))
	}
	return rep, s.recountClosings(ctx, st, rep)
}

// compareLines says of every answer's line in the months from..to what became of
// the answer; seen are the lines whose answer is there.
func (rep *LedgerReport) compareLines(book *ledger.Book, from, to Day, seen map[int64]bool) {
	for n, r := range book.Records() {
		if r.Kind != ledger.Answer || r.Subject < from.Month() || r.Subject > to.Month() {
			continue
		}
		is := func(k ledger.Kind) bool {
			_, there := book.Find(ledger.Record{Kind: k, Subject: r.Subject, Hash: r.Hash})
			return there
		}
		line := fmt.Sprintf("%s line %d", r.Subject, n+1)
		switch there := seen[n]; {
		case is(ledger.Erased) && there:
			rep.Unerased = append(rep.Unerased, line)
		case is(ledger.Erased):
			rep.Erased++
		case book.Closed(r) && there:
			rep.Reverted = append(rep.Reverted, line)
		case is(ledger.Changed):
			rep.Changed++
		case is(ledger.Withdrawn):
			rep.Withdrawn++
		case !there:
			rep.Missing = append(rep.Missing, line)
		}
	}
}

// recountDecisions compares every step of every quarantine with its line.
func (s *Service) recountDecisions(ctx context.Context, st *ledgerState, rep *LedgerReport) error {
	all, err := s.Quarantines(ctx)
	if err != nil {
		return err
	}
	seen := map[ledger.Record]bool{}
	for _, q := range all {
		for _, e := range q.Steps {
			r, err := e.line()
			if err != nil {
				return err
			}
			seen[r] = true
			if _, ok := st.book.Find(r); !ok {
				rep.Unentered = append(rep.Unentered, fmt.Sprintf("quarantine %s step %d", e.Decision, e.Number))
			}
		}
	}
	for n, r := range st.book.Records() {
		if r.Kind == ledger.Quarantine && !seen[r] {
			rep.Missing = append(rep.Missing, fmt.Sprintf("%s line %d", r.Subject, n+1))
		}
	}
	return nil
}
