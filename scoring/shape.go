package scoring

import (
	"slices"

	"hailong/scoring/survey"
)

// A shape is what a tally needs to know of its survey, worked out once: where
// each counter lies in the one slice that holds them all.
type shape struct {
	id        uint32 // names what must be equal for counters to mean the same
	items     []survey.Item
	levels    int            // L, marks 1..L
	satisfied []bool         // by mark, 0..L
	criteria  int            // K; items[K] is the overall, if any
	overall   int            // index of the overall item, -1 if there is none
	spans     []span         // criteria of each element
	middle    survey.Mark    // marks are summed relative to it: smaller products
	shift     float64        // value = centred mark + shift
	at        relationLayout // where the deep counters lie
}

// A span is a half-open range of criteria.
type span struct{ from, to int }

func (s span) len() int { return s.to - s.from }

func newShape(s *survey.Survey) *shape {
	sh := &shape{id: shapeID(s), items: s.Items(), levels: len(s.Levels), overall: -1}
	sh.satisfied = make([]bool, sh.levels+1)
	for m := 1; m <= sh.levels; m++ {
		sh.satisfied[m] = s.IsSatisfied(survey.Mark(m))
	}
	for _, el := range s.Elements {
		sh.spans = append(sh.spans, span{sh.criteria, sh.criteria + len(el.Criteria)})
		sh.criteria += len(el.Criteria)
	}
	if s.HasOverall() {
		sh.overall = sh.criteria
	}
	sh.middle = survey.Mark((sh.levels + 1) / 2)
	sh.shift = float64(s.Low()) - 1 + float64(sh.middle)
	sh.at = newRelationLayout(sh)
	return sh
}

// sameSurvey reports whether counters of a and b mean the same, so that they
// may be added.
func sameSurvey(a, b *survey.Survey) bool {
	if a == b {
		return true
	}
	if a.ID != b.ID || len(a.Levels) != len(b.Levels) || a.Low() != b.Low() ||
		a.Overall.ID != b.Overall.ID || len(a.Elements) != len(b.Elements) ||
		!slices.Equal(a.Satisfied, b.Satisfied) {
		return false
	}
	for e := range a.Elements {
		if a.Elements[e].ID != b.Elements[e].ID ||
			!slices.EqualFunc(a.Elements[e].Criteria, b.Elements[e].Criteria,
				func(x, y survey.Criterion) bool { return x.ID == y.ID }) {
			return false
		}
	}
	return true
}
