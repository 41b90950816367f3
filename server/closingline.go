package server

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"hailong/server/ledger"
	"hailong/server/store"
)

// Line is the ledger's line for an entry in the history of a period. Its hash
// covers everything that the entry says, of the figures their SHA-256, so that
// whoever is told the entry can find its line. The fields are listed one by one:
// the line stays the same when an entry learns to carry more.
func (c Closing) Line() (ledger.Record, error) {
	kind, ok := map[ClosingKind]ledger.Kind{KindClose: ledger.Close, KindReopen: ledger.Reopen, KindAmend: ledger.Amendment}[c.Kind]
	if !ok {
		return ledger.Record{}, fmt.Errorf("%w: no entry of a period is a %.20q", ErrInvalid, c.Kind)
	}
	body, err := json.Marshal(struct {
		Unit, Period            string
		Number                  int
		Kind                    ClosingKind
		By, At, Reason          string
		From, To                Day
		Method, Tallies, SHA256 string
		Review                  string `json:",omitempty"`
	}{c.Unit, c.Period, c.Number, c.Kind, c.By, c.At.UTC().Format(time.RFC3339Nano), c.Reason, c.From, c.To, c.Method, c.Tallies, c.SHA256, c.Review})
	if err != nil {
		return ledger.Record{}, fmt.Errorf("encoding an entry of a period: %w", err)
	}
	return ledger.Record{Kind: kind, Subject: c.Period, Hash: sha256.Sum256(append([]byte("hailong/ky\n"), body...))}, nil
}

// allClosings calls f with every entry of every period of the unit, by period
// and number.
func (s *Service) allClosings(ctx context.Context, f func(Closing) error) error {
	for doc, err := range s.Store.Scan(ctx, collClosings, store.Range{From: s.Config.Unit + "/", To: s.Config.Unit + "0"}) {
		if err != nil {
			return fmt.Errorf("reading the history of the periods: %w", err)
		}
		var c Closing
		if err := json.Unmarshal(doc.Body, &c); err != nil {
			return fmt.Errorf("decoding the history of %s: %w", doc.Key, err)
		}
		if err := f(c); err != nil {
			return err
		}
	}
	return nil
}

// enterClosings enters in the ledger every entry of a period's history that has
// no line yet, and returns how many. An entry is stored first and entered
// afterwards: where the service was killed in between, the next Sequence enters
// it, at the latest an hour after the next start.
func (s *Service) enterClosings(ctx context.Context) (int, error) {
	var records []ledger.Record
	for range 20 {
		st, err := s.readLedger(ctx)
		if err != nil {
			return 0, err
		}
		records = records[:0]
		err = s.allClosings(ctx, func(c Closing) error {
			r, err := c.Line()
			if err != nil {
				return err
			}
			if _, there := st.book.Find(r); !there {
				records = append(records, r)
			}
			return nil
		})
		if err != nil || len(records) == 0 {
			return 0, err
		}
		err = s.appendLedger(ctx, st, records, nil)
		if !errors.Is(err, errLedgerMoved) {
			return len(records), err
		}
	}
	return 0, store.ErrConflict
}

// recountClosings compares the histories of all periods with their lines, and
// the frozen figures and the answers kept with them with their checksums.
func (s *Service) recountClosings(ctx context.Context, st *ledgerState, rep *LedgerReport) error {
	due := map[ledger.Record]bool{}
	err := s.allClosings(ctx, func(c Closing) error {
		r, err := c.Line()
		if err != nil {
			return err
		}
		due[r] = true
		if _, there := st.book.Find(r); there {
			rep.Closings++
		} else {
			rep.ClosingsWaiting++
		}
		if sum := sha256.Sum256(c.Figures); len(c.Figures) > 0 && hex.EncodeToString(sum[:]) != c.SHA256 {
			rep.Missing = append(rep.Missing, fmt.Sprintf("%s entry %d: the frozen figures were changed", c.Period, c.Number))
		}
		if c.Review == "" {
			return nil
		}
		doc, err := s.Store.Get(ctx, collReviews, reviewKey(c.Unit, c.Period, c.Review))
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return fmt.Errorf("reading the review of %s: %w", c.Period, err)
		}
		if sum := sha256.Sum256(doc.Body); hex.EncodeToString(sum[:]) != c.Review {
			rep.Missing = append(rep.Missing, fmt.Sprintf("%s entry %d: the answers that were kept with it were changed", c.Period, c.Number))
		}
		return nil
	})
	if err != nil {
		return err
	}
	for n, r := range st.book.Records() {
		switch r.Kind {
		case ledger.Close, ledger.Reopen, ledger.Amendment:
			if !due[r] {
				rep.Missing = append(rep.Missing, fmt.Sprintf("%s line %d", r.Subject, n+1))
			}
		}
	}
	return nil
}
