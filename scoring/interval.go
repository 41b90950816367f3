package scoring

import (
	"math"

	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/stat/distuv"
)

// Confidence is the level of every interval in a Document.
const Confidence = 0.95

// z95 is the standard normal quantile of 0.975.
const z95 = 1.959963984540054

// An Interval (khoảng tin cậy) holds a share with 95 % confidence.
type Interval struct {
	Lo float64 `json:"lo"`
	Hi float64 `json:"hi"`
}

// Contains reports whether p lies in the closed interval.
func (i Interval) Contains(p float64) bool { return i.Lo <= p && p <= i.Hi }

// countable reports whether x of n is a share at all.
func countable(x, n int64) bool { return n > 0 && x >= 0 && x <= n }

// Wilson returns the score interval of x out of n, without continuity
// correction,
//
//	(p + z²/2n ± z √(p(1-p)/n + z²/4n²)) / (1 + z²/n)
//
// It is the default interval: it stays in [0, 1], is never empty at p = 0 or 1
// and covers close to 95 % already for small n. ok is false for n = 0 and for
// x outside 0..n. (Wilson 1927; Brown, Cai, DasGupta 2001.)
func Wilson(x, n int64) (Interval, bool) {
	if !countable(x, n) {
		return Interval{}, false
	}
	return wilson(float64(x)/float64(n), float64(n), z95), true
}

// wilson takes an effective n, which need not be an integer.
func wilson(p, n, z float64) Interval {
	z2 := z * z
	mid := p + z2/(2*n)
	half := z * math.Sqrt(p*(1-p)/n+z2/(4*n*n))
	i := Interval{(mid - half) / (1 + z2/n), (mid + half) / (1 + z2/n)}
	if p <= 0 {
		i.Lo = 0
	}
	if p >= 1 {
		i.Hi = 1
	}
	return i.clip()
}

func (i Interval) clip() Interval {
	return Interval{min(max(i.Lo, 0), 1), min(max(i.Hi, 0), 1)}
}

// AgrestiCoull returns the Wald interval around the centre of Wilson's. It is
// here as a check on the others and, unlike them, may leave [0, 1] for shares
// near 0 or 1. (Agresti, Coull 1998.)
func AgrestiCoull(x, n int64) (Interval, bool) {
	if !countable(x, n) {
		return Interval{}, false
	}
	m := float64(n) + z95*z95
	p := (float64(x) + z95*z95/2) / m
	half := z95 * math.Sqrt(p*(1-p)/m)
	return Interval{p - half, p + half}, true
}

// ClopperPearson returns the exact interval, which covers at least 95 % for
// every share: beta quantiles B(α/2; x, n-x+1) and B(1-α/2; x+1, n-x). The lower
// end is 0 at x = 0, the upper end 1 at x = n. (Clopper, Pearson 1934.)
func ClopperPearson(x, n int64) (Interval, bool) {
	if !countable(x, n) {
		return Interval{}, false
	}
	return exactLimits(float64(x), float64(n)), true
}

// exactLimits takes effective counts, which need not be integers.
func exactLimits(x, n float64) Interval {
	i := Interval{0, 1}
	if x > 0 {
		i.Lo = betaQuantile(0.025, x, n-x+1)
	}
	if x < n {
		i.Hi = betaQuantile(0.975, x+1, n-x)
	}
	return i.clip()
}

// Jeffreys returns the equal-tailed posterior interval under the prior
// Beta(½, ½), with the lower end 0 at x = 0 and the upper end 1 at x = n.
// (Brown, Cai, DasGupta 2001.)
func Jeffreys(x, n int64) (Interval, bool) {
	if !countable(x, n) {
		return Interval{}, false
	}
	a, b := float64(x)+0.5, float64(n-x)+0.5
	i := Interval{0, 1}
	if x > 0 {
		i.Lo = betaQuantile(0.025, a, b)
	}
	if x < n {
		i.Hi = betaQuantile(0.975, a, b)
	}
	return i.clip(), true
}

func betaQuantile(p, a, b float64) float64 {
	return distuv.Beta{Alpha: a, Beta: b}.Quantile(p)
}

// ProbAtLeast returns the probability that the true share is at least target,
// given x satisfied of n, under the prior Beta(½, ½):
//
//	P(θ ≥ target | x, n) = I_{1-target}(n-x+½, x+½)
//
// With no data it is the prior's own probability. Invalid counts (x outside
// 0..n, n negative) give that too, never NaN.
func ProbAtLeast(x, n int64, target float64) float64 {
	if n != 0 && !countable(x, n) {
		x, n = 0, 0
	}
	return probAtLeast(float64(x), float64(n), target)
}

func probAtLeast(x, n, target float64) float64 {
	switch {
	case !(target > 0):
		return 1
	case target >= 1:
		return 0
	}
	p := mathext.RegIncBeta(n-x+0.5, x+0.5, 1-target)
	return min(max(p, 0), 1)
}
