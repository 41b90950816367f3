package scoring

import (
	"fmt"
	"maps"
	"math"
	"math/big"
	"slices"
	"strings"

	"gonum.org/v1/gonum/stat/distuv"
)

// weightScale is the unit of a stored weight: weights are fixed-point numbers
// of twelve decimals, so that sums are exact whatever the order.
const weightScale = 12

// A Weight is a survey weight (trọng số), in units of 1e-12.
type Weight struct{ units *big.Int }

// ParseWeight reads a decimal number, with point or comma, of at least 0 and
// less than 1e9. More than twelve decimals are cut off.
func ParseWeight(text string) (Weight, error) {
	text = strings.Replace(strings.TrimSpace(text), ",", ".", 1)
	if len(text) > 40 || strings.ContainsAny(text, "/_xXpP") {
		return Weight{}, fmt.Errorf("scoring: %q is not a weight", text)
	}
	if _, exp, ok := strings.Cut(strings.ToLower(text), "e"); ok && len(exp) > 3 {
		return Weight{}, fmt.Errorf("scoring: %q is not a weight", text)
	}
	r, ok := new(big.Rat).SetString(text)
	if !ok || r.Sign() < 0 || r.Cmp(big.NewRat(1_000_000_000, 1)) >= 0 {
		return Weight{}, fmt.Errorf("scoring: %q is not a weight", text)
	}
	r.Mul(r, new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(weightScale), nil)))
	return Weight{new(big.Int).Quo(r.Num(), r.Denom())}, nil
}

// UnitWeight counts a person once.
func UnitWeight() Weight {
	return Weight{new(big.Int).Exp(big.NewInt(10), big.NewInt(weightScale), nil)}
}

// A WeightedTally adds up one question with survey weights, stratum by stratum.
// Like Tally it is exact and mergeable.
type WeightedTally struct {
	strata map[string]*stratumSums
}

// stratumSums are of people who gave a level; y is 1 if satisfied.
type stratumSums struct {
	n, x           int64
	w, w2, wy, w2y big.Int
	square         big.Int
}

// NewWeightedTally returns an empty tally.
func NewWeightedTally() *WeightedTally { return &WeightedTally{map[string]*stratumSums{}} }

// Add counts one person who gave a level. A weight of zero is no part of the
// sample and is not counted.
func (t *WeightedTally) Add(stratum string, satisfied bool, w Weight) {
	if satisfied {
		t.AddCounts(stratum, 1, 1, w)
	} else {
		t.AddCounts(stratum, 0, 1, w)
	}
}

// AddCounts is Add for n people of one weight, x of them satisfied, at once.
func (t *WeightedTally) AddCounts(stratum string, x, n int64, w Weight) {
	if w.units == nil || w.units.Sign() == 0 || n <= 0 {
		return
	}
	s := t.stratum(stratum)
	s.n, s.x = s.n+n, s.x+x
	s.square.Mul(w.units, w.units)
	var times, sum big.Int
	add := func(to, units *big.Int, k int64) { to.Add(to, sum.Mul(units, times.SetInt64(k))) }
	add(&s.w, w.units, n)
	add(&s.w2, &s.square, n)
	add(&s.wy, w.units, x)
	add(&s.w2y, &s.square, x)
}

func (t *WeightedTally) stratum(name string) *stratumSums {
	s := t.strata[name]
	if s == nil {
		s = &stratumSums{}
		t.strata[name] = s
	}
	return s
}

// Merge adds the sums of o.
func (t *WeightedTally) Merge(o *WeightedTally) {
	for name, b := range o.strata {
		a := t.stratum(name)
		a.n, a.x = a.n+b.n, a.x+b.x
		a.w.Add(&a.w, &b.w)
		a.w2.Add(&a.w2, &b.w2)
		a.wy.Add(&a.wy, &b.wy)
		a.w2y.Add(&a.w2y, &b.w2y)
	}
}

// Weighted is a share estimated with survey weights.
type Weighted struct {
	X        int64    `json:"x"` // unweighted counts
	N        int64    `json:"n"`
	SumW     *float64 `json:"sum_of_weights,omitempty"`
	Share    *float64 `json:"share"`
	SE       *float64 `json:"se"`
	Deff     *float64 `json:"deff"` // V / (p(1-p)/(n-1))
	KishDeff *float64 `json:"kish_deff"`
	// KornGraubard is the exact interval at the effective sample size; Logit
	// the one that is symmetric on the logit scale.
	KornGraubard *Interval `json:"korn_graubard"`
	Logit        *Interval `json:"logit"`
	DF           int64     `json:"df"` // people less strata
	NEff         *float64  `json:"n_eff,omitempty"`
	Strata       int       `json:"strata"`
	// Collapsed lists strata of one person, which were joined with the next in
	// the order of their names to have a variance at all.
	Collapsed []string `json:"collapsed,omitempty"`
	// SENoFPC is SE without the finite population correction, and Population
	// the number of dossiers; only where the population is known.
	SENoFPC    *float64 `json:"se_without_fpc,omitempty"`
	Population int64    `json:"population,omitempty"`
	// Uncovered lists strata of the population from which nobody answered: the
	// share says nothing of them.
	Uncovered []string `json:"uncovered,omitempty"`
}

// Evaluate estimates the share Σwy/Σw and its standard error by linearisation
// within strata, u = w(y-p)/Σw,
//
//	V = Σ_h n_h/(n_h-1) (Σu² - (Σu)²/n_h)
//
// with the interval of Korn and Graubard (1998), n_eff = p(1-p)/V
// (t_{n-1}/t_df)², at most n. Without people every figure is nil.
func (t *WeightedTally) Evaluate() *Weighted {
	out := &Weighted{}
	strata, total := t.read(out)
	if out.N == 0 || total.w <= 0 {
		return out
	}
	strata, out.Collapsed = collapse(strata)
	p := out.begin(strata, total)
	if out.DF < 1 {
		return out
	}
	w := total.w
	var v float64
	for _, s := range strata {
		u2 := (s.w2y*(1-2*p) + p*p*s.w2) / (w * w)
		u := (s.wy - p*s.w) / w
		v += s.n / (s.n - 1) * max(0, u2-u*u/s.n)
	}
	out.interval(p, v)
	return out
}

// read turns the sums into numbers, in the order of the strata's names.
func (t *WeightedTally) read(out *Weighted) (strata []sums, total sums) {
	for _, name := range slices.Sorted(maps.Keys(t.strata)) {
		s := t.strata[name]
		f := sums{name: name, n: float64(s.n), w: fixed(&s.w, 1), w2: fixed(&s.w2, 2), wy: fixed(&s.wy, 1), w2y: fixed(&s.w2y, 2)}
		strata = append(strata, f)
		total = total.plus(f)
		out.X, out.N = out.X+s.x, out.N+s.n
	}
	return strata, total
}

// begin fills in the share and what does not need a variance.
func (o *Weighted) begin(strata []sums, total sums) (p float64) {
	n := float64(o.N)
	p = min(total.wy/total.w, 1)
	o.Strata = len(strata)
	o.DF = o.N - int64(len(strata))
	o.Share, o.SumW = number(p), number(total.w)
	o.KishDeff = number(n * total.w2 / (total.w * total.w))
	return p
}

// interval fills in what follows from the share and its variance.
func (o *Weighted) interval(p, v float64) {
	n := float64(o.N)
	o.SE = number(math.Sqrt(v))
	eff := n
	if p > 0 && p < 1 && v > 0 {
		o.Deff = number(v / (p * (1 - p) / (n - 1)))
		t := func(df float64) float64 { return distuv.StudentsT{Sigma: 1, Nu: df}.Quantile(0.975) }
		tn, td := t(n-1), t(float64(o.DF))
		eff = min(n, p*(1-p)/v*(tn/td)*(tn/td))
		half := td * math.Sqrt(v) / (p * (1 - p))
		l := math.Log(p / (1 - p))
		o.Logit = &Interval{logistic(l - half), logistic(l + half)}
	}
	o.NEff = number(eff)
	kg := exactLimits(eff*p, eff)
	o.KornGraubard = &kg
}

// sums are one stratum's, as numbers; size is its population, if known.
type sums struct {
	name              string
	n, w, w2, wy, w2y float64
	size              float64
}

func (a sums) plus(b sums) sums {
	return sums{b.name, a.n + b.n, a.w + b.w, a.w2 + b.w2, a.wy + b.wy, a.w2y + b.w2y, a.size + b.size}
}

// collapse joins every stratum of one person with its neighbour.
func collapse(in []sums) (out []sums, joined []string) {
	for _, s := range in {
		if k := len(out) - 1; k >= 0 && out[k].n < 2 {
			joined = append(joined, out[k].name)
			out[k] = out[k].plus(s)
			continue
		}
		out = append(out, s)
	}
	if k := len(out) - 1; k > 0 && out[k].n < 2 {
		joined = append(joined, out[k].name)
		out[k-1] = out[k].plus(out[k-1])
		out = out[:k]
	}
	return out, joined
}

// fixed turns a sum of weights (power 1) or squared weights (power 2) into a
// number.
func fixed(v *big.Int, power int64) float64 {
	scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(weightScale*power), nil)
	f, _ := new(big.Rat).SetFrac(v, scale).Float64()
	return f
}
