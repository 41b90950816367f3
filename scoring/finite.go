package scoring

import "math"

// Finite says what the answers mean for a known number of dossiers (tổng thể
// hữu hạn). It takes those who answered for a random sample of all; where the
// silent differ, a correction narrows the interval without making it truer. So
// it stands beside the response rate and the uncorrected interval, never alone.
type Finite struct {
	Population int64 `json:"population"`
	X          int64 `json:"x"`
	N          int64 `json:"n"`
	Census     bool  `json:"census"` // everybody answered: no sampling error
	// NEff is n(N-1)/(N-n); Wilson the interval at that n. nil in a census.
	NEff   *float64  `json:"n_eff"`
	Wilson *Interval `json:"wilson_fpc"`
	// Hypergeometric is the exact interval of the share satisfied among all N.
	Hypergeometric *Interval `json:"hypergeometric"`
	// ProbTarget is the probability that at least the target of all N are
	// satisfied, given those heard, with the beta-binomial for those unheard.
	ProbTarget *float64 `json:"prob_target"`
	// BreakEven is the share satisfied among the silent at which all N are
	// exactly at the target: above 1 it is out of reach, at or under 0 safe.
	BreakEven *float64 `json:"break_even_of_silent"`
	// Lowest and Highest are the shares of all N if every silent person were
	// dissatisfied, or satisfied.
	Lowest  *float64 `json:"lowest"`
	Highest *float64 `json:"highest"`
}

// NewFinite is nil without answers, or with more answers than dossiers, which
// is an error somewhere else.
func NewFinite(x, n, population int64, target float64) *Finite {
	if !countable(x, n) || n > population {
		return nil
	}
	f := &Finite{Population: population, X: x, N: n, Census: n == population}
	silent := population - n
	f.Lowest, f.Highest = ratio(x, population), ratio(x+silent, population)
	f.ProbTarget = number(probPopulation(x, n, silent, target))
	h := hypergeometricLimits(x, n, population)
	f.Hypergeometric = &h
	if f.Census {
		return f
	}
	f.BreakEven = number((target*float64(population) - float64(x)) / float64(silent))
	eff := float64(n) * float64(population-1) / float64(silent)
	w := wilson(float64(x)/float64(n), eff, z95)
	f.NEff, f.Wilson = number(eff), &w
	return f
}

// maxPredictive bounds the exact sum over the unheard; past it the finite
// population makes no visible difference to the infinite one.
const maxPredictive = 2_000_000

func probPopulation(x, n, silent int64, target float64) float64 {
	if silent > maxPredictive {
		return ProbAtLeast(x, n, target)
	}
	return ProbYearEnd(x, n, silent, target)
}

// hypergeometricLimits are the shares K/N for which x of n is in neither outer
// 2.5 %: the least K with P(X ≥ x | K) > 0.025 and the greatest with
// P(X ≤ x | K) > 0.025.
func hypergeometricLimits(x, n, population int64) Interval {
	least, most := x, population-(n-x)
	lo := search(least, most, func(k int64) bool { return hypergeometricTail(x, n, k, population) > 0.025 })
	// P(X ≤ x | K) = P(n-X ≥ n-x | N-K dissatisfied).
	hi := search(least, most, func(k int64) bool { return hypergeometricTail(n-x, n, population-k, population) <= 0.025 })
	if hypergeometricTail(n-x, n, population-hi, population) <= 0.025 {
		hi--
	}
	return Interval{float64(lo) / float64(population), float64(max(hi, lo)) / float64(population)}
}

// search returns the least k in lo..hi for which ok holds; ok is monotone. hi
// if there is none.
func search(lo, hi int64, ok func(int64) bool) int64 {
	for lo < hi {
		if mid := lo + (hi-lo)/2; ok(mid) {
			hi = mid
		} else {
			lo = mid + 1
		}
	}
	return lo
}

// hypergeometricTail is P(X ≥ x), X of n drawn from N with K satisfied.
func hypergeometricTail(x, n, k, population int64) float64 {
	low, high := max(0, n-(population-k)), min(n, k)
	if x <= low {
		return 1
	}
	if x > high {
		return 0
	}
	term := math.Exp(lchoose(k, x) + lchoose(population-k, n-x) - lchoose(population, n))
	sum := term
	for i := x; i < high; i++ {
		term *= float64(k-i) * float64(n-i) / (float64(i+1) * float64(population-k-n+i+1))
		sum += term
		if term < sum*1e-18 {
			break
		}
	}
	return min(sum, 1)
}

func lchoose(n, k int64) float64 {
	a, _ := math.Lgamma(float64(n + 1))
	b, _ := math.Lgamma(float64(k + 1))
	c, _ := math.Lgamma(float64(n - k + 1))
	return a - b - c
}
