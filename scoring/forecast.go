package scoring

import (
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
)

// Needed says what is still needed to reach the target, for the overall
// question (còn cần bao nhiêu). Where the target is 1, or nobody answered, a
// number that does not exist is nil.
type Needed struct {
	// OverallPoint is how many more answers, all satisfied, bring the share to
	// the target; OverallWilson how many bring the lower Wilson limit there.
	OverallPoint  *int64     `json:"overall_point"`
	OverallWilson *int64     `json:"overall_wilson"`
	X             int64      `json:"x"`
	N             int64      `json:"n"`
	YearEnd       []Forecast `json:"year_end"`
}

// A Forecast is the probability of the share at the end, once Further answers
// have come in, from the beta-binomial predictive under the prior Beta(½, ½).
// It holds while nothing drifts.
type Forecast struct {
	Further int64
	Prob    []Chance
	// ShareNeeded is the share satisfied among the further answers that brings
	// the end to the target; above 1 it cannot be reached any more.
	ShareNeeded *float64
}

// A Chance is the probability of a share of at least Target.
type Chance struct {
	Target float64
	P      float64
}

// The further answers and shares forecast for every document: the shares are
// steps around the national figures of recent years.
func furtherAnswers() []int64   { return []int64{500, 2000, 10000} }
func forecastShares() []float64 { return []float64{0.80, 0.82, 0.85, 0.90, 0.95} }

// forecastNeeded is nil where the overall question is not asked or unanswered.
func forecastNeeded(t *Tally, target float64, further []int64) *Needed {
	x, n, ok := t.Overall()
	if !ok || n == 0 {
		return nil
	}
	nd := &Needed{X: x, N: n}
	if k, ok := SatisfiedInARow(x, n, target); ok {
		nd.OverallPoint = &k
	}
	if k, ok := SatisfiedToWilson(x, n, target); ok {
		nd.OverallWilson = &k
	}
	shares := forecastShares()
	if !slices.Contains(shares, target) {
		shares = append(shares, target)
		slices.Sort(shares)
	}
	if len(further) == 0 {
		further = furtherAnswers()
	}
	for _, m := range further {
		if m >= 0 {
			nd.YearEnd = append(nd.YearEnd, forecast(x, n, m, shares, target))
		}
	}
	return nd
}

// SatisfiedInARow is the least number m of further answers, all satisfied, with
// (x+m)/(n+m) ≥ target: ⌈(tn-x)/(1-t)⌉, computed exactly. ok is false if there
// is none, as for a target of 1 after one dissatisfied answer.
func SatisfiedInARow(x, n int64, target float64) (m int64, ok bool) {
	if n < 0 || x < 0 || x > n || target > 1 {
		return 0, false
	}
	t := decimal(target)
	short := new(big.Rat).Sub(new(big.Rat).Mul(t, new(big.Rat).SetInt64(n)), new(big.Rat).SetInt64(x))
	if short.Sign() <= 0 {
		return 0, true
	}
	room := new(big.Rat).Sub(big.NewRat(1, 1), t)
	if room.Sign() <= 0 {
		return 0, false
	}
	q := short.Quo(short, room)
	c := new(big.Int).Add(q.Num(), new(big.Int).Sub(q.Denom(), big.NewInt(1)))
	c.Quo(c, q.Denom())
	return c.Int64(), c.IsInt64()
}

// SatisfiedToWilson is the least number of further answers, all satisfied, with
// which the lower Wilson limit is at least target. ok is false if there is none
// below 2⁵⁰.
func SatisfiedToWilson(x, n int64, target float64) (m int64, ok bool) {
	if n < 0 || x < 0 || x > n {
		return 0, false
	}
	reached := func(m int64) bool {
		w, ok := Wilson(x+m, n+m)
		return ok && w.Lo >= target
	}
	hi := int64(1)
	for !reached(hi) {
		if hi *= 2; hi > 1<<50 {
			return 0, false
		}
	}
	lo := int64(-1) // not reached, or before the first
	if hi > 1 {
		lo = hi / 2
	}
	for lo+1 < hi {
		if mid := lo + (hi-lo)/2; reached(mid) {
			hi = mid
		} else {
			lo = mid
		}
	}
	return hi, true
}

func forecast(x, n, m int64, shares []float64, target float64) Forecast {
	f := Forecast{Further: m}
	pmf := betaBinomialPMF(float64(x)+0.5, float64(n-x)+0.5, m)
	for _, s := range shares {
		f.Prob = append(f.Prob, Chance{s, tailFrom(pmf, leastSatisfied(x, n, m, s))})
	}
	if m > 0 {
		f.ShareNeeded = number((target*float64(n+m) - float64(x)) / float64(m))
	}
	return f
}

// ProbYearEnd is the probability that (x+K)/(n+m) ≥ target, where K of m
// further answers will be satisfied, given x of n so far and the prior
// Beta(½, ½). For m = 0 it is 0 or 1. It is 0 if there is no share at all.
func ProbYearEnd(x, n, m int64, target float64) float64 {
	return ProbYearEndGiven(JeffreysPrior(), x, n, m, target)
}

// A Prior is what is held of a share before the answers at hand: Beta(A, B).
type Prior struct{ A, B float64 }

// JeffreysPrior is Beta(½, ½).
func JeffreysPrior() Prior { return Prior{0.5, 0.5} }

// PowerPrior takes x of n earlier answers, say of the last four quarters, for a
// part of their number: discount 0 forgets them, 1 takes them for full, 0.5 is
// usual. (Ibrahim, Chen 2000.)
func PowerPrior(x, n int64, discount float64) Prior {
	if !countable(x, n) || !(discount > 0) {
		return JeffreysPrior()
	}
	d := min(discount, 1)
	return Prior{0.5 + d*float64(x), 0.5 + d*float64(n-x)}
}

// ProbYearEndGiven is ProbYearEnd under another prior.
func ProbYearEndGiven(p Prior, x, n, m int64, target float64) float64 {
	if x < 0 || x > n || m < 0 || n+m == 0 || !(p.A > 0) || !(p.B > 0) {
		return 0
	}
	return tailFrom(betaBinomialPMF(p.A+float64(x), p.B+float64(n-x), m), leastSatisfied(x, n, m, target))
}

// leastSatisfied is the least k with (x+k)/(n+m) ≥ target, exactly.
func leastSatisfied(x, n, m int64, target float64) int64 {
	q := new(big.Rat).Mul(decimal(target), new(big.Rat).SetInt64(n+m))
	c := new(big.Int).Add(q.Num(), new(big.Int).Sub(q.Denom(), big.NewInt(1)))
	c.Div(c, q.Denom())
	return c.Int64() - x
}

// betaBinomialPMF returns P(K = 0..m) under Beta(a, b), by ratios of
// neighbours outwards from the mode, so that nothing underflows that matters.
func betaBinomialPMF(a, b float64, m int64) []float64 {
	p := make([]float64, m+1)
	fm := float64(m)
	mode := int64(math.Round(fm * a / (a + b)))
	mode = min(max(mode, 0), m)
	p[mode] = 1
	sum := 1.0
	for k := mode; k < m; k++ {
		fk := float64(k)
		p[k+1] = p[k] * (fm - fk) * (a + fk) / ((fk + 1) * (b + fm - fk - 1))
		sum += p[k+1]
	}
	for k := mode; k > 0; k-- {
		fk := float64(k)
		p[k-1] = p[k] * fk * (b + fm - fk) / ((fm - fk + 1) * (a + fk - 1))
		sum += p[k-1]
	}
	for k := range p {
		p[k] /= sum
	}
	return p
}

// tailFrom sums p[k..], from the small end.
func tailFrom(p []float64, k int64) float64 {
	if k <= 0 {
		return 1
	}
	sum := 0.0
	for i := int64(len(p)) - 1; i >= k; i-- {
		sum += p[i]
	}
	return min(sum, 1)
}

// key names a chance as in prob_year_end_share_ge_082.
func (c Chance) key() string {
	digits := strings.TrimRight(fmt.Sprintf("%.6f", c.Target), "0")
	digits = strings.Replace(digits, ".", "", 1)
	for len(digits) < 3 {
		digits += "0"
	}
	return "prob_year_end_share_ge_" + digits
}

// MarshalJSON writes one key per share, as in prob_year_end_share_ge_082.
func (f Forecast) MarshalJSON() ([]byte, error) {
	k := Keyed[any]{{"further_expected", f.Further}}
	for _, c := range f.Prob {
		k.put(c.key(), c.P)
	}
	k.put("share_needed", f.ShareNeeded)
	return json.Marshal(k)
}

// UnmarshalJSON reads what MarshalJSON writes.
func (f *Forecast) UnmarshalJSON(data []byte) error {
	var k Keyed[json.RawMessage]
	if err := json.Unmarshal(data, &k); err != nil {
		return err
	}
	*f = Forecast{}
	for _, e := range k {
		digits, isProb := strings.CutPrefix(e.Key, "prob_year_end_share_ge_")
		var err error
		switch {
		case isProb:
			c := Chance{}
			if len(digits) < 2 {
				return fmt.Errorf("scoring: forecast key %q", e.Key)
			}
			if c.Target, err = strconv.ParseFloat(digits[:1]+"."+digits[1:], 64); err == nil {
				err = json.Unmarshal(e.Value, &c.P)
			}
			f.Prob = append(f.Prob, c)
		case e.Key == "further_expected":
			err = json.Unmarshal(e.Value, &f.Further)
		case e.Key == "share_needed":
			err = json.Unmarshal(e.Value, &f.ShareNeeded)
		}
		if err != nil {
			return fmt.Errorf("scoring: forecast key %q: %w", e.Key, err)
		}
	}
	return nil
}
