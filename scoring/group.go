package scoring

import (
	"cmp"
	"encoding/json"
	"math"
	"slices"

	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/stat/distuv"
)

// A GroupCount is what is compared: x satisfied of n, for one officer, counter
// or field. Key may hold several dimensions; it is passed through.
type GroupCount struct {
	Name string
	Key  map[string]string
	X, N int64
}

// Groups compares groups with their common share (so sánh giữa các nhóm). The
// columns run in the order the groups came in; Entries says the same once more,
// one object per group. A group without answers has no figures and takes no
// part in the comparison.
type Groups struct {
	By string `json:"by,omitempty"`
	// On is the item that is compared; "pooled_answers" are all criteria.
	On string `json:"on,omitempty"`

	Group  []string    `json:"group"`
	X      []int64     `json:"x"`
	N      []int64     `json:"n"`
	Share  []*float64  `json:"share"`
	Wilson []*Interval `json:"wilson"`

	// P0 is the common share Σx/Σn.
	P0 *float64 `json:"p0"`
	// PExactDoubled is the two-sided exact binomial p of each group against P0,
	// min(1, 2 min(P(X≤x), P(X≥x))), and PBH the same after Benjamini–Hochberg.
	PExactDoubled []*float64 `json:"p_exact_doubled"`
	PBH           []*float64 `json:"p_bh"`
	// Z is (p-P0)/√(P0(1-P0)/n), 0 where P0 is 0 or 1.
	Z []*float64 `json:"z"`
	// Phi is the mean of Z² with the outer tenth at each end pulled in; above 1
	// the groups differ by more than chance does. (Spiegelhalter 2005.)
	Phi          *float64      `json:"phi"`
	BetaBinomial *BetaBinomial `json:"beta_binomial_mle"`
	// PosteriorMean is each share shrunk to the common one, (x+a)/(n+a+b).
	PosteriorMean []*float64 `json:"posterior_mean"`

	Entries []GroupFigures `json:"entries"`
}

// GroupFigures are one group's figures.
type GroupFigures struct {
	Name          string            `json:"name"`
	Key           map[string]string `json:"key,omitempty"`
	X             int64             `json:"x"`
	N             int64             `json:"n"`
	Share         *float64          `json:"share"`
	Wilson        *Interval         `json:"wilson"`
	Verdict       Verdict           `json:"verdict"`
	ProbTarget    *float64          `json:"prob_target"`
	PExactDoubled *float64          `json:"p_exact_doubled"`
	PBH           *float64          `json:"p_bh"`
	Z             *float64          `json:"z"`
	// Funnel holds the limits 3 standard errors around P0, widened by √Phi
	// where groups are over-dispersed.
	Funnel        *Interval `json:"funnel"`
	PosteriorMean *float64  `json:"posterior_mean"`
	// ProbBelow is the posterior probability that the group's true share is
	// under the common one; nil where nothing says that groups differ.
	ProbBelow *float64 `json:"prob_below"`
	// Signal is "below" or "above" where the group is outside the funnel and
	// PBH is at most 5 %; only for groups of 30 answers or more.
	Signal string `json:"signal,omitempty"`
}

// NewGroups compares groups of answers. target is for each group's verdict.
func NewGroups(counts []GroupCount, target float64) *Groups {
	g := &Groups{
		Group: []string{}, X: []int64{}, N: []int64{}, Share: []*float64{}, Wilson: []*Interval{},
		PExactDoubled: []*float64{}, PBH: []*float64{}, Z: []*float64{}, PosteriorMean: []*float64{},
		Entries: []GroupFigures{},
	}
	var x, n int64
	for _, c := range counts {
		if countable(c.X, c.N) {
			x, n = x+c.X, n+c.N
		}
	}
	g.P0 = ratio(x, n)
	var live []GroupCount
	for _, c := range counts {
		f := GroupFigures{Name: c.Name, Key: c.Key, X: c.X, N: c.N}
		f.Verdict, _ = Explain(c.X, c.N, target)
		if w, ok := Wilson(c.X, c.N); ok {
			live = append(live, c)
			f.Share, f.Wilson = ratio(c.X, c.N), &w
			f.ProbTarget = number(ProbAtLeast(c.X, c.N, target))
			f.PExactDoubled = number(exactDoubled(c.X, c.N, *g.P0))
			f.Z = number(zScore(c.X, c.N, *g.P0))
		}
		g.Entries = append(g.Entries, f)
	}
	g.adjust()
	g.shrink(live)
	for _, f := range g.Entries {
		g.Group = append(g.Group, f.Name)
		g.X, g.N = append(g.X, f.X), append(g.N, f.N)
		g.Share, g.Wilson = append(g.Share, f.Share), append(g.Wilson, f.Wilson)
		g.PExactDoubled, g.PBH = append(g.PExactDoubled, f.PExactDoubled), append(g.PBH, f.PBH)
		g.Z, g.PosteriorMean = append(g.Z, f.Z), append(g.PosteriorMean, f.PosteriorMean)
	}
	return g
}

// adjust fills in what depends on all groups: PBH, Phi, funnel and signal.
func (g *Groups) adjust() {
	var ps, zs []float64
	for _, f := range g.Entries {
		if f.Z != nil {
			ps, zs = append(ps, *f.PExactDoubled), append(zs, *f.Z)
		}
	}
	g.Phi = overDispersion(zs)
	wide := 1.0
	if g.Phi != nil {
		wide = math.Sqrt(max(1, *g.Phi))
	}
	adjusted := BenjaminiHochberg(ps)
	k := 0
	for i := range g.Entries {
		f := &g.Entries[i]
		if f.Z == nil {
			continue
		}
		f.PBH = number(adjusted[k])
		k++
		half := 3 * wide * math.Sqrt(*g.P0*(1-*g.P0)/float64(f.N))
		limits := Interval{*g.P0 - half, *g.P0 + half}.clip()
		f.Funnel = &limits
		if f.N >= MinAnswers && *f.PBH <= 0.05 && math.Abs(*f.Z) > 3*wide {
			f.Signal = "above"
			if *f.Z < 0 {
				f.Signal = "below"
			}
		}
	}
}

// shrink fits the beta-binomial and moves every share towards the mean.
func (g *Groups) shrink(live []GroupCount) {
	if len(live) == 0 {
		return
	}
	b := FitBetaBinomial(live)
	g.BetaBinomial = &b
	for i := range g.Entries {
		f := &g.Entries[i]
		if f.Z == nil {
			continue
		}
		if b.Boundary {
			f.PosteriorMean = number(b.Mu)
			continue
		}
		x, n := float64(f.X), float64(f.N)
		f.PosteriorMean = number((x + b.A) / (n + b.A + b.B))
		f.ProbBelow = number(mathext.RegIncBeta(x+b.A, n-x+b.B, *g.P0))
	}
}

// exactDoubled is the doubled exact binomial tail of x of n against p0.
func exactDoubled(x, n int64, p0 float64) float64 {
	if p0 <= 0 || p0 >= 1 {
		return 1
	}
	fx, fn := float64(x), float64(n)
	low, high := 1.0, 1.0
	if x < n {
		low = mathext.RegIncBeta(fn-fx, fx+1, 1-p0)
	}
	if x > 0 {
		high = mathext.RegIncBeta(fx, fn-fx+1, p0)
	}
	return min(1, 2*min(low, high))
}

func zScore(x, n int64, p0 float64) float64 {
	if p0 <= 0 || p0 >= 1 {
		return 0
	}
	return (float64(x)/float64(n) - p0) / math.Sqrt(p0*(1-p0)/float64(n))
}

// overDispersion is the mean of z² after the outer tenth at each end has been
// set to the next value inwards; nil for fewer than two groups.
func overDispersion(z []float64) *float64 {
	if len(z) < 2 {
		return nil
	}
	s := slices.Clone(z)
	slices.Sort(s)
	k := len(s) / 10
	var sum float64
	for _, v := range s {
		v = min(max(v, s[k]), s[len(s)-1-k])
		sum += v * v
	}
	return number(sum / float64(len(s)))
}

// BenjaminiHochberg returns the p values adjusted so that accepting those up to
// q keeps the expected share of false ones at q: the smallest of p_(j) m/j over
// all j at or above the rank. (Benjamini, Hochberg 1995.)
func BenjaminiHochberg(p []float64) []float64 {
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(p[a], p[b]) })
	out := make([]float64, len(p))
	least := 1.0
	for j := len(order) - 1; j >= 0; j-- {
		i := order[j]
		least = min(least, p[i]*float64(len(p))/float64(j+1))
		out[i] = least
	}
	return out
}

// MarshalJSON adds the column's own name beside "group" where there is one, as
// in {"by":"area","area":[…]}.
func (g Groups) MarshalJSON() ([]byte, error) {
	type plain Groups
	data, err := json.Marshal(plain(g))
	if err != nil || g.By == "" {
		return data, err
	}
	var taken map[string]json.RawMessage
	if err := json.Unmarshal(data, &taken); err != nil {
		return nil, err
	}
	if _, clash := taken[g.By]; clash {
		return data, nil
	}
	names, err := json.Marshal(Keyed[[]string]{{g.By, g.Group}})
	if err != nil {
		return nil, err
	}
	return append(append(names[:len(names)-1], ','), data[1:]...), nil
}

// normalTail is the two-sided tail of |z|.
func normalTail(z float64) float64 {
	return min(1, 2*distuv.UnitNormal.Survival(math.Abs(z)))
}
