package server

import (
	"cmp"
	"context"
	"slices"

	"hailong/scoring"
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
// included, item by item; items without reasons are left out. Quarantined answers
// are not among them.
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
	read, err := s.dayReading(ctx, from, to, func(_ Day, chunk *answerChunk) { countReasons(sv, parts, chunk) })
	if err != nil {
		return nil, err
	}
	first, last, err := s.answerDays(ctx)
	if err != nil {
		return nil, err
	}
	if from, to = max(from, first), min(to, last); first != "" && from <= to {
		if err := read.days(ctx, from, to); err != nil {
			return nil, err
		}
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

// countReasons adds a day.
func countReasons(sv *survey.Survey, parts []ReasonPart, chunk *answerChunk) {
	for k := range chunk.rows {
		r := &chunk.rows[k]
		if r.name != sv.ID {
			continue
		}
		t := scoring.NewCounts(sv)
		for i := range r.cells {
			t.Add(r.marks[i*len(parts) : (i+1)*len(parts)])
		}
		for _, sum := range r.sums {
			mustAdd(t, sum.block)
		}
		for i := range parts {
			x, n := t.Item(i)
			parts[i].Answers += n
			parts[i].Low += n - x
		}
	}
	for _, r := range chunk.reasons {
		i := slices.IndexFunc(parts, func(p ReasonPart) bool { return p.Item.ID == r.Item })
		if i < 0 {
			continue
		}
		if r.Reason == "" {
			parts[i].Named += r.N
			continue
		}
		for j := range parts[i].Counts {
			if c := &parts[i].Counts[j]; c.ID == r.Reason {
				c.N += r.N
			}
		}
	}
}

// A reasonCount is how many named one reason for one item on a day, or where the
// reason is "", any.
type reasonCount struct {
	Item   string `json:"item"`
	Reason string `json:"reason,omitempty"`
	N      int64  `json:"n"`
}

// A reasonTally counts reasons by item and reason.
type reasonTally map[[2]string]int64

// add counts the reasons of one answer to the items that it was not satisfied with.
func (t reasonTally) add(sv *survey.Survey, marks survey.Answers, reasons []string) {
	for i, it := range sv.Items() {
		if !sv.IsLow(marks[i]) {
			continue
		}
		some := false
		for _, r := range it.Reasons {
			if slices.Contains(reasons, r.ID) {
				t[[2]string{it.ID, r.ID}]++
				some = true
			}
		}
		if some {
			t[[2]string{it.ID, ""}]++
		}
	}
}

// counts lists the tally in one order.
func (t reasonTally) counts() []reasonCount {
	var out []reasonCount
	for key, n := range t {
		out = append(out, reasonCount{key[0], key[1], n})
	}
	slices.SortFunc(out, func(a, b reasonCount) int {
		return cmp.Or(cmp.Compare(a.Item, b.Item), cmp.Compare(a.Reason, b.Reason))
	})
	return out
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
