package server

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
)

// An Amendment (số liệu bổ sung) says what has changed in the days of a closed
// period since it was closed. It stands beside the frozen figures and never
// replaces them.
type Amendment struct {
	AsOf    Day            `json:"as_of"`
	By      string         `json:"by,omitempty"` // who wrote it down; "" is nobody yet
	Answers int64          `json:"answers"`      // now less frozen, in all lanes
	Frozen  AmendedFigures `json:"frozen"`
	Now     AmendedFigures `json:"now"`
	// Tallies is the Cube.Digest of what was counted now.
	Tallies string `json:"tallies_sha256,omitempty"`
	// Hidden is true where so few answers came later that the new figure would
	// say what each of them was: then Now has none.
	Hidden bool `json:"hidden,omitempty"`
}

// AmendedFigures are the two targets' figures, as they were or are.
type AmendedFigures struct {
	X      int64          `json:"x"` // satisfied
	N      int64          `json:"n"`
	OnTime OnTimeDocument `json:"on_time"`
}

func amended(f *PeriodFigures, item string) AmendedFigures {
	out := AmendedFigures{OnTime: f.Total.OnTime}
	if it, ok := f.Total.Items.Get(item); ok {
		out.X, out.N = it.X, it.N
	}
	return out
}

// PeriodReport gathers a period's report: the frozen figures where it is
// closed, with what has changed since, or else the figures up to today.
func (s *Service) PeriodReport(ctx context.Context, p Period) (*PeriodReport, error) {
	r, err := s.emptyReport(ctx, p)
	if err != nil {
		return nil, err
	}
	if r.Closed == nil {
		r.Figures, err = s.periodFigures(ctx, p, p.From, max(p.From, min(p.To, s.Today())))
		return r, err
	}
	now, err := s.periodFigures(ctx, p, r.Figures.From, r.Figures.To)
	if err != nil {
		return nil, err
	}
	r.Amendment = r.amend(now)
	if r.Amendment != nil {
		r.Amendment.AsOf = s.Today()
	}
	return r, nil
}

// emptyReport is a period's report without what is counted now: the figures, where
// they are not frozen, and what has changed since they were.
func (s *Service) emptyReport(ctx context.Context, p Period) (*PeriodReport, error) {
	r := &PeriodReport{Profile: s.Profile(), Period: p, Survey: s.Survey(), Made: s.Today().Time()}
	var err error
	if r.History, err = s.Closings(ctx, p); err != nil {
		return nil, err
	}
	if r.Texts, err = s.ReportTexts(ctx, p); err != nil {
		return nil, err
	}
	return r, r.ReadHistory()
}

// ReadHistory takes what a report shows of a closed period from the period's
// history: who closed it, the frozen figures, the amendments since. Frozen figures
// that do not match their checksum are an error; they are read all the same.
func (r *PeriodReport) ReadHistory() error {
	r.Closed, r.Amendments = closedBy(r.History), nil
	if r.Closed == nil {
		return nil
	}
	r.Made, r.Figures = r.Closed.At, &PeriodFigures{}
	err := r.Closed.frozen(r.Figures)
	for _, c := range r.History {
		if c.Kind != KindAmend || c.Number < r.Closed.Number {
			continue
		}
		var a Amendment
		err = cmp.Or(err, c.frozen(&a))
		r.Amendments = append(r.Amendments, a)
	}
	return err
}

// amend compares what is counted now with what was written down last; nil is no
// change.
func (r *PeriodReport) amend(now *PeriodFigures) *Amendment {
	item := r.Survey.Overall.ID
	a := Amendment{Answers: now.Answers - r.Figures.Answers, Frozen: amended(r.Figures, item), Now: amended(now, item), Tallies: now.Tallies}
	tallies, onTime := r.Figures.Tallies, a.Frozen.OnTime.DossierCounts
	shown := []AmendedFigures{a.Frozen}
	for _, b := range r.Amendments {
		tallies, onTime = b.Tallies, b.Now.OnTime.DossierCounts
		if !b.Hidden {
			shown = append(shown, b.Now)
		}
	}
	if now.Tallies == tallies && a.Now.OnTime.DossierCounts == onTime {
		return nil
	}
	a.Hidden = now.Total.Hidden != r.Figures.Total.Hidden
	for _, b := range shown { // nor may it say with any earlier one what a few answered
		more := a.Now.N - b.N
		a.Hidden = a.Hidden || more != 0 && max(more, -more) < MinCell || more == 0 && a.Now.X != b.X
	}
	if a.Hidden {
		a.Now.X, a.Now.N = 0, 0
	}
	return &a
}

// AmendPeriod (ghi số liệu bổ sung) writes down, dated and signed off, what has
// changed in the days of a closed period. It stands beside the frozen figures.
// ErrClosed: the period is not closed. ErrInvalid: nothing has changed.
func (s *Service) AmendPeriod(ctx context.Context, p Period, by string) (Closing, error) {
	r, err := s.PeriodReport(ctx, p)
	switch {
	case err != nil:
		return Closing{}, err
	case r.Closed == nil:
		return Closing{}, fmt.Errorf("%w: kỳ %s chưa chốt / period %s is not closed", ErrClosed, p.ID, p.ID)
	case r.Amendment == nil:
		return Closing{}, fmt.Errorf("%w: không có số liệu nào thay đổi trong các ngày đã chốt / nothing has changed in the days that were closed", ErrInvalid)
	}
	r.Amendment.By = by
	body, err := json.Marshal(r.Amendment)
	if err != nil {
		return Closing{}, fmt.Errorf("encoding the amendment: %w", err)
	}
	sum := sha256.Sum256(body)
	return s.addClosing(ctx, Closing{Period: p.ID, Number: len(r.History) + 1, Kind: KindAmend, By: by, From: r.Figures.From, To: r.Figures.To,
		Method: r.Figures.Method, Tallies: r.Amendment.Tallies, SHA256: hex.EncodeToString(sum[:]), Figures: body})
}
