package scoring

import (
	"maps"
	"slices"

	"hailong/scoring/survey"
)

// maxProfiles bounds the memory of a tally. Past it, profiles are dropped for
// good and Evaluate leaves the ordinal check out. Because the set of distinct
// profiles only grows, whether it was passed does not depend on the order of
// adding and merging.
const maxProfiles = 1 << 17

// profiles count people by their exact element scores and their overall level.
type profiles struct {
	count map[string]int64 // two bytes an element: sum (offset), answered; then overall
	over  bool
}

func newProfiles() profiles { return profiles{count: map[string]int64{}} }

func (p profiles) clone() profiles { return profiles{maps.Clone(p.count), p.over} }

func (p *profiles) limit() {
	if len(p.count) > maxProfiles {
		p.over, p.count = true, nil
	}
}

func (p *profiles) add(score []scoreOf, overall survey.Mark) {
	if p.over {
		return
	}
	var room [64]byte
	key := room[:0]
	for _, s := range score {
		g := gcd(s.sum, s.answered) // 8/2 and 4/1 are the same score
		sum := s.sum/g + 1<<15
		key = append(key, byte(sum>>8), byte(sum), byte(s.answered/g))
	}
	key = append(key, byte(overall))
	p.count[string(key)]++
	p.limit()
}

func (p *profiles) merge(o profiles) {
	if p.over || o.over {
		p.over, p.count = true, nil
		return
	}
	for k, v := range o.count {
		p.count[k] += v
	}
	p.limit()
}

// A profile is one combination of scores, with the number of people.
type profile struct {
	scores  []float64 // relative to shape.middle
	overall survey.Mark
	count   int64
}

// list returns the profiles in a fixed order.
func (p profiles) list(elements int) []profile {
	out := make([]profile, 0, len(p.count))
	for _, key := range slices.Sorted(maps.Keys(p.count)) {
		pr := profile{scores: make([]float64, elements), count: p.count[key]}
		for e := range elements {
			sum := (int64(key[3*e])<<8 | int64(key[3*e+1])) - 1<<15
			pr.scores[e] = float64(sum) / float64(key[3*e+2])
		}
		pr.overall = survey.Mark(key[3*elements])
		out = append(out, pr)
	}
	return out
}

func gcd(a, b int64) int64 {
	if a < 0 {
		a = -a
	}
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
