package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"hailong/scoring"
	"hailong/server/store"
)

// A TakenPack (gói đã nhận) is what a city keeps of a ward's review pack that was
// checked: exact counters, the pack's hash, and no answer.
type TakenPack struct {
	Unit   string `json:"unit"`
	Period string `json:"period"`
	// Number counts the packs of the period from 1. The first is the figure;
	// later, different ones are amendments that stand beside it.
	Number   int    `json:"number"`
	Manifest string `json:"manifest_sha256"`
	// Key is the public key that signed it. The first pack of a unit pins it.
	Key  string `json:"key"`
	From Day    `json:"from"`
	To   Day    `json:"to"`
	Made Day    `json:"made"`
	Demo bool   `json:"demo,omitempty"`
	// Withheld says that the ward tells of no answer: too few came.
	Withheld     bool          `json:"withheld,omitempty"`
	Survey       string        `json:"survey"`
	Target       float64       `json:"target"`
	OnTimeTarget float64       `json:"on_time_target"`
	Tally        []byte        `json:"tally"` // a block, see scoring.Tally.Seal
	Dossiers     DossierCounts `json:"dossiers"`
	Coverage     Coverage      `json:"coverage"`
	By           string        `json:"by"`
	At           time.Time     `json:"at"`
}

// NewTakenPack counts a review.
func NewTakenPack(r *Review) TakenPack {
	t := scoring.NewTally(r.Survey)
	p := TakenPack{Unit: r.Unit, Period: r.Period.ID, From: r.Period.From, To: r.Period.To, Withheld: r.Withheld,
		Survey: r.Survey.ID, Target: r.Survey.Target, OnTimeTarget: r.OnTimeTarget}
	for _, row := range r.Rows {
		for range row.N {
			t.Add(row.Marks)
		}
	}
	for _, part := range r.Parts {
		p.Dossiers.Add(part.Dossiers)
		p.Coverage.Add(part.Coverage)
	}
	p.Tally = t.Seal()
	return p
}

func takenPrefix(unit, period string) string { return unit + "/" + period + "/" }

// TakenPacks lists what was taken in of a unit's period, or of all its periods
// where period is "", oldest first within a period.
func (s *Service) TakenPacks(ctx context.Context, unit, period string) ([]TakenPack, error) {
	r := store.Range{From: unit + "/", To: unit + "0"}
	if period != "" {
		r = store.Prefix(takenPrefix(unit, period))
	}
	var out []TakenPack
	for d, err := range s.Store.Scan(ctx, collPacks, r) {
		if err != nil {
			return nil, fmt.Errorf("reading packs: %w", err)
		}
		var p TakenPack
		if err := json.Unmarshal(d.Body, &p); err != nil {
			return nil, fmt.Errorf("decoding a pack: %w", err)
		}
		out = append(out, p)
	}
	return out, nil
}

// MayTake says why the service's unit cannot take in packs of another one:
// ErrForbidden where it is no city, ErrNotFound where the other is none of its
// wards.
func (s *Service) MayTake(ctx context.Context, unit string) error {
	if s.unit.Level != LevelCity {
		return fmt.Errorf("%w: chỉ thành phố nhận gói thẩm định / only a city takes in packs", ErrForbidden)
	}
	u, err := s.Unit(ctx, unit)
	if err == nil && u.Parent != s.unit.ID {
		err = fmt.Errorf("%w: unit", ErrNotFound)
	}
	return err
}

// KeepPack keeps a pack that was checked and returns it with its number. The same
// pack again is already there and changes nothing. A pack signed with another key
// than the unit's first is ErrInvalid.
func (s *Service) KeepPack(ctx context.Context, p TakenPack, by string) (kept TakenPack, already bool, err error) {
	if err := s.MayTake(ctx, p.Unit); err != nil {
		return p, false, err
	}
	p.By, p.At = by, s.Now().In(Zone).Truncate(time.Second)
	for range 20 {
		all, err := s.TakenPacks(ctx, p.Unit, "")
		if err != nil {
			return p, false, err
		}
		p.Number = 1
		for _, old := range all {
			if old.Key != p.Key {
				return p, false, fmt.Errorf("%w: gói ký bằng khóa khác với gói đã nhận trước / the pack is signed with another key than those before", ErrInvalid)
			}
			if old.Period != p.Period {
				continue
			}
			if old.Manifest == p.Manifest {
				return old, true, nil
			}
			p.Number++
		}
		err = insert(ctx, s.Store, collPacks, takenPrefix(p.Unit, p.Period)+fmt.Sprintf("%06d", p.Number), "", p)
		if errors.Is(err, store.ErrExists) {
			continue // another one came at once
		}
		if err != nil {
			return p, false, fmt.Errorf("keeping a pack: %w", err)
		}
		return p, false, s.Audit(ctx, by, "take-pack", p.Unit+" ky "+p.Period)
	}
	return p, false, fmt.Errorf("keeping a pack: %w", store.ErrConflict)
}

// headline is x satisfied of n on the overall question, 0 of 0 where withheld.
func (p TakenPack) headline(s *Service) (x, n int64, err error) {
	sv, err := s.SurveyByID(p.Survey)
	if err != nil || p.Withheld {
		return 0, 0, err
	}
	t := scoring.NewCounts(sv)
	if err := t.AddBlock(p.Tally); err != nil {
		return 0, 0, fmt.Errorf("reading a pack's tally: %w", err)
	}
	x, n = t.Item(headline(sv))
	return x, n, nil
}

// yearOf is the year of a period's id.
func yearOf(period string) string {
	year, _, _ := strings.Cut(period, "-")
	return year
}
