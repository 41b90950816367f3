package scoring

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/mathext"
)

// BinomialTail is P(K ≥ k) of n trials that succeed with probability p.
func BinomialTail(k, n int64, p float64) float64 {
	switch {
	case k <= 0:
		return 1
	case k > n || p <= 0:
		return 0
	case p >= 1:
		return 1
	}
	return mathext.RegIncBeta(float64(k), float64(n-k)+1, p)
}

// A PartCount is how many dossiers of one part could have been answered about,
// and how many were.
type PartCount struct {
	Name       string
	Population int64
	Answers    int64
}

// A Representation (tính đại diện) compares those who answered with all who
// could have.
type Representation struct {
	N          int64 // answers
	Population int64
	// ChiSquare is Pearson's statistic of the table answered × part with DF
	// degrees of freedom, and P its upper tail.
	ChiSquare float64
	DF        int
	P         float64
	Parts     []RepresentedPart // in the order given; the pooled one is last
}

// A RepresentedPart is one part's share among all and among the answers. Name
// is "" for the parts that were too small to stand alone.
type RepresentedPart struct {
	Name       string
	Population int64
	Answers    int64
	Expected   float64 // answers, had every part answered alike
	// Points is the part's share of the answers less its share of the
	// population, in shares: 0.05 is five percentage points.
	Points float64
}

// minExpected is the least expected count of a cell of Pearson's table.
const minExpected = 5

// Represents tests whether those who answered are like all who could have
// (người trả lời có giống người không trả lời không). The statistic is that of
// the table answered/not answered × part, Σ (O-E)²/E / (1-n/N), where E is the
// number of answers had every part answered alike. Written like this it holds,
// too, where a part has more answers than dossiers, since answers trail behind
// the dossiers they are about.
//
// Parts with fewer than five expected answers are pooled, the smallest first.
// ok is false without answers, where everybody answered, and where fewer than
// two parts are left. (Pearson 1900; Cochran 1954.)
func Represents(parts []PartCount) (r Representation, ok bool) {
	for _, p := range parts {
		r.N, r.Population = r.N+p.Answers, r.Population+p.Population
	}
	if r.N <= 0 || r.N >= r.Population {
		return r, false
	}
	rate := float64(r.N) / float64(r.Population)
	// Both cells of a part, answered and not, must expect enough.
	least := func(population int64) float64 { return float64(population) * min(rate, 1-rate) }
	order := slices.Clone(parts)
	slices.SortStableFunc(order, func(a, b PartCount) int { return cmp.Compare(a.Population, b.Population) })
	pooled := map[string]bool{}
	var rest PartCount
	for _, p := range order {
		if least(p.Population) >= minExpected && (len(pooled) == 0 || least(rest.Population) >= minExpected) {
			break
		}
		pooled[p.Name] = true
		rest.Population, rest.Answers = rest.Population+p.Population, rest.Answers+p.Answers
	}
	add := func(p PartCount) {
		e := float64(p.Population) * rate
		d := float64(p.Answers) - e
		r.ChiSquare += d * d / e / (1 - rate)
		r.Parts = append(r.Parts, RepresentedPart{p.Name, p.Population, p.Answers, e, d / float64(r.N)})
	}
	for _, p := range parts {
		if !pooled[p.Name] {
			add(p)
		}
	}
	if len(pooled) > 0 && rest.Population > 0 {
		add(rest)
	}
	if r.DF = len(r.Parts) - 1; r.DF < 1 {
		return r, false
	}
	r.P = mathext.GammaIncRegComp(float64(r.DF)/2, r.ChiSquare/2)
	return r, !math.IsNaN(r.P)
}

// Yamane is the sample size n = N/(1+N·e²) for a population of N and an error
// of e, say 0.05, rounded up (cỡ mẫu Yamane). It is Cochran's size for a share
// of one half at about 95 % with the finite population correction. 0 where N is
// not positive or e not in (0, 1). (Yamane 1967.)
func Yamane(population int64, e float64) int64 {
	if population <= 0 || !(e > 0 && e < 1) {
		return 0
	}
	n := float64(population) / (1 + float64(population)*e*e)
	return min(population, int64(math.Ceil(n-1e-9)))
}

// FurtherForMargin is how many more answers bring the half width of Wilson's
// interval to at most margin, if the share stays as it is (còn cần bao nhiêu
// phiếu cho ±5 %). With n = 0 the share is taken for one half. ok is false
// where margin is not in (0, ½) or x of n is no share.
func FurtherForMargin(x, n int64, margin float64) (m int64, ok bool) {
	if !(margin > 0 && margin < 0.5) || n < 0 || x < 0 || x > n {
		return 0, false
	}
	p := 0.5
	if n > 0 {
		p = float64(x) / float64(n)
	}
	enough := func(total int64) bool {
		if total <= 0 {
			return false
		}
		w := wilson(p, float64(total), z95)
		return (w.Hi-w.Lo)/2 <= margin
	}
	if enough(n) {
		return 0, true
	}
	hi := n + 1
	for !enough(hi) {
		hi *= 2
	}
	lo := max(n, hi/2)
	if enough(lo) {
		lo = n
	}
	for lo+1 < hi {
		if mid := lo + (hi-lo)/2; enough(mid) {
			hi = mid
		} else {
			lo = mid
		}
	}
	return hi - n, true
}
