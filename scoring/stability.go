package scoring

import (
	"maps"
	"math"
	"slices"
)

// Stability says how an element's importance moves when one period is left out
// at a time (jackknife): a rank that moves is no rank to act on.
type Stability struct {
	Rank    int     `json:"rank"` // 1 goes most with the overall rating
	RankMin int     `json:"rank_min"`
	RankMax int     `json:"rank_max"`
	LMGMin  float64 `json:"lmg_min"`
	LMGMax  float64 `json:"lmg_max"`
	SE      float64 `json:"lmg_jackknife_se"` // √((m-1)/m Σ(θ_i-θ̄)²)
}

// DriverStability recomputes drivers from total less each part. parts must
// add up to total, or be some of what total is made of. It is empty for fewer
// than three parts, or where leaving one out leaves no drivers.
func DriverStability(total *Tally, parts map[string]*Tally) Keyed[Stability] {
	whole := total.relations()
	if len(parts) < 3 || whole == nil {
		return nil
	}
	full := drivers(total, whole)
	if full == nil {
		return nil
	}
	var rest []*Drivers
	at := total.shape.at.scores
	left := &relations{c: make([]int64, len(whole.c))}
	for _, name := range slices.Sorted(maps.Keys(parts)) {
		part := parts[name].relations()
		if part == nil || part.c[at+scPeople] == 0 {
			continue
		}
		for i := at; i < total.shape.at.quality; i++ {
			left.c[i] = whole.c[i] - part.c[i]
		}
		d := drivers(total, left)
		if d == nil || len(d.LMG) != len(full.LMG) {
			return nil
		}
		rest = append(rest, d)
	}
	if len(rest) < 3 {
		return nil
	}
	var out Keyed[Stability]
	place := rankOf(full.LMG)
	for i, e := range full.LMG {
		s := Stability{Rank: place[i], RankMin: place[i], RankMax: place[i], LMGMin: math.Inf(1), LMGMax: math.Inf(-1)}
		var sum, ss float64
		for _, d := range rest {
			v := *d.LMG[i].Value
			s.LMGMin, s.LMGMax = min(s.LMGMin, v), max(s.LMGMax, v)
			r := rankOf(d.LMG)[i]
			s.RankMin, s.RankMax = min(s.RankMin, r), max(s.RankMax, r)
			sum += v
		}
		m := float64(len(rest))
		for _, d := range rest {
			v := *d.LMG[i].Value - sum/m
			ss += v * v
		}
		s.SE = math.Sqrt((m - 1) / m * ss)
		out.put(e.Key, s)
	}
	return out
}

// rankOf gives the greatest value rank 1.
func rankOf(values Keyed[*float64]) []int {
	out := make([]int, len(values))
	for i, a := range values {
		out[i] = 1
		for _, b := range values {
			if *b.Value > *a.Value {
				out[i]++
			}
		}
	}
	return out
}
