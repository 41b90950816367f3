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
// publishes of a period, and nothing else.
type WardFigures struct {
	Unit Unit
	// Published is nil where the ward publishes nothing of the period.
	Published *Publication
	// Share are the satisfied and the answers; N is 0 where they are not shown.
	X, N int64
}

// A CityView (các đơn vị trực thuộc) is the wards of a city side by side.
type CityView struct {
	// Period is the one asked for, a year or a part of it; "" where no ward
	// publishes anything.
	Period string
	// Periods are those that some ward publishes, newest year first.
	Periods []string
	Wards   []WardFigures // by name
	// Groups compares the wards that are shown, in the order of Wards; nil
	// where there is none.
	Groups *scoring.Groups
	// OnTime is the sum over the wards that publish the period.
	OnTime OnTimeDocument
}

// CityView puts the units below the service's own side by side for a published
// period, "" for the newest year. It is made of publications only, so that
// suppression is each ward's own and the city learns nothing that a citizen
// does not. ErrForbidden: the service's unit is not a city. ErrNotFound: no ward
// publishes the period.
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
	slices.SortStableFunc(v.Wards, func(a, b WardFigures) int { return strings.Compare(a.Unit.Name, b.Unit.Name) })
	read := func(w *WardFigures, id string) (*Publication, error) {
		p, err := s.of(w.Unit).Publication(ctx, id)
		if errors.Is(err, ErrNotFound) {
			return nil, nil
		}
		return p, err
	}
	newest := map[string]*Publication{}
	for i := range v.Wards {
		w := &v.Wards[i]
		p, err := read(w, "")
		if err != nil {
			return nil, fmt.Errorf("reading what %s publishes: %w", w.Unit.ID, err)
		}
		if p == nil {
			continue
		}
		newest[w.Unit.ID] = p
		v.Periods = append(v.Periods, p.Periods...)
		if year, _, _ := strings.Cut(p.Period.ID, "-"); period == "" && year > v.Period {
			v.Period = year
		}
	}
	// Years from the newest, each before its parts.
	slices.SortFunc(v.Periods, func(a, b string) int {
		return cmp.Or(strings.Compare(b[:4], a[:4]), strings.Compare(a, b))
	})
	v.Periods = slices.Compact(v.Periods)
	var counts []scoring.GroupCount
	var dossiers DossierCounts
	found := false
	for i := range v.Wards {
		w := &v.Wards[i]
		if w.Published = newest[w.Unit.ID]; w.Published != nil && w.Published.Period.ID != v.Period {
			if w.Published, err = read(w, v.Period); err != nil {
				return nil, fmt.Errorf("reading what %s publishes: %w", w.Unit.ID, err)
			}
		}
		if w.Published == nil {
			continue
		}
		found = true
		dossiers.Add(w.Published.Index.OnTime.DossierCounts)
		if d := w.Published.Index.Document; d != nil {
			w.X, w.N = headlineOf(d)
		}
		counts = append(counts, scoring.GroupCount{Name: w.Unit.Name, X: w.X, N: w.N})
	}
	if !found && v.Period != "" {
		return nil, fmt.Errorf("%w: period", ErrNotFound)
	}
	if len(counts) > 0 {
		v.Groups = scoring.NewGroups(counts, s.Survey().Target)
	}
	v.OnTime = NewOnTime(dossiers, s.Config.OnTimeTarget)
	return v, nil
}
