package server

import (
	"context"
	"fmt"

	"hailong/scoring/survey"
)

// A ReasonPart says why people were not satisfied with one item (vì sao chưa
// hài lòng). Whoever was not satisfied may name any number of reasons, or none.
// Not every lane asks for them, so shares are of Named, never of Low.
type ReasonPart struct {
	Item    survey.Item
	Answers int64 // to the item, with a level
	Low     int64 // of those, not satisfied
	Named   int64 // of those, with at least one reason: what counts are out of
	// Hidden says that fewer than MinCell named a reason: Named and Counts are
	// not told.
	Hidden bool
	Counts []ReasonCount // in the order of the survey
}

// A ReasonCount is how many named one reason. Where Hidden, N is not told: so
// few named any that all or none of them having named this one says what each
// one said.
type ReasonCount struct {
	survey.Reason
	N      int64
	Hidden bool
}

// Reasons counts the reasons that were named from one day to another, both
// included, item by item; items without reasons are left out. It reads the
// answers themselves: reasons are in no seal.
func (s *Service) Reasons(ctx context.Context, from, to Day) ([]ReasonPart, error) {
	sv := s.Survey()
	items := sv.Items()
	parts := make([]ReasonPart, len(items))
	for i, it := range items {
		parts[i] = ReasonPart{Item: it}
		for _, r := range it.Reasons {
			parts[i].Counts = append(parts[i].Counts, ReasonCount{Reason: r})
		}
	}
	for a, err := range s.Answers(ctx, from, to) {
		if err != nil {
			return nil, fmt.Errorf("reading answers: %w", err)
		}
		if a.Survey != sv.ID {
			continue
		}
		_, marks, err := s.marks(a)
		if err != nil {
			return nil, err
		}
		countReasons(sv, parts, marks, a.Reasons)
	}
	out := parts[:0]
	for _, p := range parts {
		if len(p.Counts) > 0 {
			p.hide()
			out = append(out, p)
		}
	}
	return out, nil
}

func countReasons(sv *survey.Survey, parts []ReasonPart, marks survey.Answers, reasons []string) {
	named := make(map[string]bool, len(reasons))
	for _, id := range reasons {
		named[id] = true
	}
	for i := range parts {
		if marks[i] > 0 {
			parts[i].Answers++
		}
		if !sv.IsLow(marks[i]) {
			continue
		}
		p, some := &parts[i], false
		p.Low++
		for j := range p.Counts {
			if c := &p.Counts[j]; named[c.ID] {
				c.N++
				some = true
			}
		}
		if some {
			p.Named++
		}
	}
}

// hide keeps to the rule of HideSmall. There is no total of the counts that
// could give a hidden one back.
func (p *ReasonPart) hide() {
	if p.Named < MinCell {
		p.Hidden, p.Named, p.Counts = true, 0, nil
		return
	}
	rule := hiding{least: MinCell}
	for i := range p.Counts {
		if c := &p.Counts[i]; rule.small(c.N, p.Named) {
			c.N, c.Hidden = 0, true
		}
	}
}
