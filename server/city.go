package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"hailong/scoring"
)

// A WardFigures is what the city sees of one of its wards: what the ward
// publishes of a period or, where it keeps its answers elsewhere, the pack that
// it sent; and nothing else.
type WardFigures struct {
	Unit Unit
	// Shown is false where there is nothing of the period.
	Shown    bool
	From, To Day
	// Hidden says that too few answered to be told of; then X and N are 0.
	Hidden bool
	X, N   int64
	Target float64
	OnTime OnTimeDocument
	// Packs are those that were taken in: the first is what is shown unless the
	// ward publishes on this store, the others are amendments.
	Packs []PackFigures
}

// PackFigures are a pack's figures.
type PackFigures struct {
	TakenPack
	X, N int64
}

// A CityView (các đơn vị trực thuộc) is the wards of a city side by side.
type CityView struct {
	// Period is the one asked for, a year or a part of it; "" where there is
	// nothing of any ward.
	Period string
	// Periods are those that there is something of, newest year first.
	Periods []string
	Wards   []WardFigures // by name
	// Groups compares the wards that are shown, in the order of Wards; nil
	// where there is none.
	Groups *scoring.Groups
	// OnTime is the sum over the wards that are shown.
	OnTime OnTimeDocument
}

// CityView puts the units below the service's own side by side for a period, ""
// for the newest year. It is made of publications and of packs only, so that
// suppression is each ward's own. ErrForbidden: the service's unit is not a
// city. ErrNotFound: there is nothing of the period.
func (s *Service) CityView(ctx context.Context, period string) (*CityView, error) {
	if s.unit.Level != LevelCity {
		return nil, fmt.Errorf("%w: not a city", ErrForbidden)
	}
	units, err := s.Units(ctx)
	if err != nil {
		return nil, err
	}
	v := &CityView{Period: period}
	for _, u := range units {
		if u.Parent == s.unit.ID && u.Level == LevelWard {
			v.Wards = append(v.Wards, WardFigures{Unit: u})
		}
	}
	SortByName(v.Wards, func(w WardFigures) string { return w.Unit.Name })
	newest := map[string]*Publication{}
	for _, w := range v.Wards {
		p, err := s.published(ctx, w.Unit, "")
		if err != nil {
			return nil, err
		}
		ids := []string{}
		if p != nil {
			newest[w.Unit.ID], ids = p, p.Periods
		}
		packs, err := s.TakenPacks(ctx, w.Unit.ID, "")
		if err != nil {
			return nil, err
		}
		for _, k := range packs {
			ids = append(ids, k.Period)
		}
		for _, id := range ids {
			v.Periods = append(v.Periods, id)
			if period == "" {
				v.Period = max(v.Period, yearOf(id))
			}
		}
	}
	// Years from the newest, each before its parts.
	slices.SortFunc(v.Periods, func(a, b string) int {
		return cmp.Or(strings.Compare(yearOf(b), yearOf(a)), strings.Compare(a, b))
	})
	v.Periods = slices.Compact(v.Periods)
	if period == "" && len(v.Periods) > 0 && !slices.Contains(v.Periods, v.Period) {
		v.Period = v.Periods[0] // packs of parts of the year only
	}
	var counts []scoring.GroupCount
	var dossiers DossierCounts
	for i := range v.Wards {
		w := &v.Wards[i]
		p := newest[w.Unit.ID]
		if p == nil || p.Period.ID != v.Period {
			if p, err = s.published(ctx, w.Unit, v.Period); err != nil {
				return nil, err
			}
		}
		if err := s.fillWard(ctx, w, p, v.Period); err != nil {
			return nil, fmt.Errorf("reading the figures of %s: %w", w.Unit.ID, err)
		}
		if w.Shown {
			dossiers.Add(w.OnTime.DossierCounts)
			counts = append(counts, scoring.GroupCount{Name: w.Unit.Name, X: w.X, N: w.N})
		}
	}
	if len(counts) == 0 && v.Period != "" {
		return nil, fmt.Errorf("%w: period", ErrNotFound)
	}
	if len(counts) > 0 {
		v.Groups = scoring.NewGroups(counts, s.Survey().Target)
	}
	v.OnTime = NewOnTime(dossiers, s.Config.OnTimeTarget)
	return v, nil
}

// published is what a unit publishes of a period, nil for nothing.
func (s *Service) published(ctx context.Context, u Unit, period string) (*Publication, error) {
	p, err := s.of(u).Publication(ctx, period)
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading what %s publishes: %w", u.ID, err)
	}
	return p, nil
}

// fillWard takes a ward's figures from its publication, or else from its packs.
func (s *Service) fillWard(ctx context.Context, w *WardFigures, p *Publication, period string) error {
	if period == "" {
		return nil
	}
	packs, err := s.TakenPacks(ctx, w.Unit.ID, period)
	if err != nil {
		return err
	}
	for _, k := range packs {
		x, n, err := k.headline(s)
		if err != nil {
			return err
		}
		w.Packs = append(w.Packs, PackFigures{k, x, n})
	}
	switch {
	case p != nil:
		w.Shown, w.From, w.To, w.OnTime, w.Target = true, p.Period.From, p.Period.To, p.Index.OnTime, s.of(w.Unit).Survey().Target
		if w.Hidden = p.Index.Document == nil; !w.Hidden {
			w.X, w.N = headlineOf(p.Index.Document)
		}
	case len(w.Packs) > 0:
		k := w.Packs[0]
		w.Shown, w.From, w.To, w.Hidden, w.X, w.N, w.Target = true, k.From, k.To, k.Withheld, k.X, k.N, k.Target
		w.OnTime = NewOnTime(k.Dossiers, k.OnTimeTarget)
	}
	return nil
}
