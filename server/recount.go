package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"hailong/scoring"
	"hailong/server/ledger"
	"hailong/server/store"
)

// A RecountReport says how the seals compare with the answers they stand for.
type RecountReport struct {
	From    Day   `json:"from"`
	To      Day   `json:"to"`
	Answers int64 `json:"answers"` // read one by one
	Days    int   `json:"days"`    // sealed days compared
	RollUps int   `json:"roll_ups"`
	// Stale seals are known to be out of date and are not used in figures.
	Stale []string `json:"stale"`
	// Differing seals claim to be current and are wrong: this must not happen.
	Differing []string `json:"differing"`
	Repaired  int      `json:"repaired"`
	// Ledger compares the answers with the ledger.
	Ledger *LedgerReport `json:"ledger,omitempty"`
}

// Recount rebuilds the seals of a period from the answers alone and compares
// them with what is stored; empty days leave an end open. With repair, seals
// that are stale or differ are dropped, days whose late answers are settled
// are unmarked, and everything is sealed anew.
func (s *Service) Recount(ctx context.Context, from, to Day, repair Repair) (RecountReport, error) {
	first, last, err := s.answerDays(ctx)
	if err != nil {
		return RecountReport{}, err
	}
	if repair == RepairSeals {
		// A ledger that does not hold is reported below.
		if err := s.enterDecisions(ctx); err != nil && !errors.Is(err, ledger.ErrLedger) {
			return RecountReport{}, err
		}
	}
	book, err := s.recountLedger(ctx, from, to)
	if err != nil {
		return RecountReport{}, err
	}
	if from == "" {
		from = first
	}
	if to == "" {
		to = last
	}
	rep := RecountReport{From: from, To: to, Stale: []string{}, Differing: []string{}, Ledger: book}
	if from == "" || from > to {
		return rep, nil
	}
	if repair == RepairSeals {
		if err := s.settle(ctx, from, to, s.Today()); err != nil {
			return rep, err
		}
	}
	states, err := s.lateStates(ctx, around('Y', from).first, span{'Y', around('Y', to).first}.last())
	if err != nil {
		return rep, err
	}
	unit := s.Config.Unit + "/"
	var drop []store.Op
	for doc, err := range s.Store.Scan(ctx, collTallies, store.Range{From: unit, To: s.Config.Unit + "0"}) {
		if err != nil {
			return rep, fmt.Errorf("reading seals: %w", err)
		}
		kind, day, _ := strings.Cut(strings.TrimPrefix(doc.Key, unit), "/")
		p := span{kind[0], Day(day)}
		if p.last() < from || p.first > to {
			continue
		}
		wrong, err := s.compare(ctx, p, doc.Body, states, &rep)
		if err != nil {
			return rep, err
		}
		if wrong {
			drop = append(drop, store.Op{Collection: collTallies, Kind: store.OpDelete, Doc: store.Doc{Key: doc.Key, Version: doc.Version}})
		}
	}
	slices.Sort(rep.Differing)
	slices.Sort(rep.Stale)
	if repair != RepairSeals {
		return rep, nil
	}
	if _, err := s.Store.Batch(ctx, drop); err != nil {
		return rep, fmt.Errorf("dropping seals: %w", err)
	}
	rep.Repaired = len(drop)
	_, err = s.SealDays(ctx)
	return rep, err
}

// A Repair says whether Recount may change the seals.
type Repair int

// The ways to recount.
const (
	RepairNothing Repair = iota
	RepairSeals
)

// compare checks one stored seal against a fresh count of its answers.
func (s *Service) compare(ctx context.Context, p span, body []byte, states map[Day]lateState, rep *RecountReport) (wrong bool, err error) {
	var doc sealDoc
	if err := json.Unmarshal(body, &doc); err != nil {
		rep.Differing = append(rep.Differing, p.name())
		return true, nil
	}
	if !doc.current(p, states) {
		rep.Stale = append(rep.Stale, p.name())
		return true, nil
	}
	var fresh sealDoc
	days, err := s.countDays(ctx, p.first, p.last())
	if err != nil {
		return false, err
	}
	if p.kind == 'D' {
		fresh = days[p.first]
		rep.Days++
		for name, cells := range fresh.Surveys {
			if strings.HasSuffix(name, detailSeal) {
				continue // counted with the answers they were given with
			}
			for _, c := range cells {
				n, err := scoring.BlockAnswers(c.Block)
				if err != nil {
					return false, err
				}
				rep.Answers += n
			}
		}
	} else {
		parts := make([]sealDoc, 0, len(days))
		for _, d := range days {
			parts = append(parts, d)
		}
		if fresh, err = s.rollUp(parts); err != nil {
			return false, err
		}
		rep.RollUps++
	}
	fresh.Gens = doc.Gens
	same, err := doc.equal(fresh)
	if err != nil {
		return false, err
	}
	if !same {
		rep.Differing = append(rep.Differing, p.name())
	}
	return !same, nil
}

func (p span) name() string {
	return map[byte]string{'D': "day ", 'M': "month ", 'Q': "quarter ", 'Y': "year "}[p.kind] + string(p.first)
}
