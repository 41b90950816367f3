package scoring

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Polychoric holds the correlations of the normal variables that would lie
// behind the levels, a check on figures that take levels for numbers.
type Polychoric struct {
	Items []string     `json:"items"`
	Rho   [][]*float64 `json:"rho"` // nil for a pair without enough data
}

// Polychoric correlates items by their ids, in two steps: thresholds from the
// levels, then ρ by maximum likelihood, both over the people who answered both. (Olsson 1979.)
func (t *Tally) Polychoric(ids ...string) (*Polychoric, error) {
	deep := t.relations()
	if deep == nil {
		return nil, fmt.Errorf("scoring: a tally of counts has no pairs of answers")
	}
	at := make([]int, len(ids))
	for k, id := range ids {
		at[k] = -1
		for i, it := range t.shape.items {
			if it.ID == id {
				at[k] = i
			}
		}
		if at[k] < 0 {
			return nil, fmt.Errorf("scoring: survey %s has no item %q", t.survey.ID, id)
		}
	}
	p := &Polychoric{Items: ids}
	one := 1.0
	for i := range at {
		p.Rho = append(p.Rho, make([]*float64, len(at)))
		p.Rho[i][i] = &one
		for j := range i {
			if rho, ok := t.polychoric(deep, at[i], at[j]); ok {
				p.Rho[i][j], p.Rho[j][i] = &rho, &rho
			}
		}
	}
	return p, nil
}

// maxPolychoric is the greatest number of criteria of an element for which all
// pairs are worth their time.
const maxPolychoric = 12

func polychoricAlphas(d *Document, t *Tally, deep *relations) {
	for e, el := range t.survey.Elements {
		s := t.shape.spans[e]
		if s.len() < 2 || s.len() > maxPolychoric {
			continue
		}
		r, whole := square(s.len()), true
		for j := range s.len() {
			r[j][j] = 1
			for i := range j {
				rho, ok := t.polychoric(deep, s.from+i, s.from+j)
				r[i][j], r[j][i] = rho, rho
				whole = whole && ok
			}
		}
		for k := range d.Reliability {
			if d.Reliability[k].Key == el.ID && whole {
				d.Reliability[k].Value.AlphaPolychoric = cronbach(r)
			}
		}
	}
}

// thresholds are the normal quantiles of cumulated counts, -∞ and +∞ at the
// ends.
func thresholds(counts []int64) []float64 {
	L := len(counts)
	var n, below int64
	for _, c := range counts {
		n += c
	}
	h := make([]float64, L+1)
	h[0], h[L] = math.Inf(-1), math.Inf(1)
	for l := 1; l < L; l++ {
		below += counts[l-1]
		switch below {
		case 0:
			h[l] = math.Inf(-1)
		case n:
			h[l] = math.Inf(1)
		default:
			h[l] = distuv.UnitNormal.Quantile(float64(below) / float64(n))
		}
	}
	return h
}

// margins are the level counts of both items in a table.
func margins(table []int64, L int) (first, second []int64) {
	first, second = make([]int64, L), make([]int64, L)
	for at, c := range table {
		first[at/L] += c
		second[at%L] += c
	}
	return first, second
}

func (t *Tally) polychoric(deep *relations, i, j int) (rho float64, ok bool) {
	if i == j {
		return 1, true
	}
	if i > j {
		i, j = j, i
	}
	table := deep.pair(t.shape, i, j)
	var sum pairSums
	sum.read(t.shape, table)
	if sum.n < 2 {
		return 0, false
	}
	// The score changes sign once; where it does not, the pair is degenerate.
	first, second := margins(table, t.shape.levels)
	h, k := thresholds(first), thresholds(second)
	score := func(rho float64) float64 { return polychoricScore(table, h, k, rho) }
	lo, hi := -0.999, 0.999
	if slo, shi := score(lo), score(hi); !(slo > 0 && shi < 0) {
		return 0, false
	}
	for range 60 {
		mid := (lo + hi) / 2
		if score(mid) > 0 {
			lo = mid
		} else {
			hi = mid
		}
		if hi-lo < 1e-10 {
			break
		}
	}
	return (lo + hi) / 2, true
}

// polychoricScore is the derivative of the likelihood in ρ. The derivative of
// Φ₂ in ρ is the density φ₂.
func polychoricScore(table []int64, h, k []float64, rho float64) float64 {
	L := len(h) - 1
	size := (L + 1) * (L + 1)
	cum, den := make([]float64, size), make([]float64, size)
	for a := range h {
		for b := range k {
			cum[a*(L+1)+b] = bivariateNormal(h[a], k[b], rho)
			den[a*(L+1)+b] = bivariateDensity(h[a], k[b], rho)
		}
	}
	s := 0.0
	for a := 1; a <= L; a++ {
		for b := 1; b <= L; b++ {
			c := table[(a-1)*L+b-1]
			if c == 0 {
				continue
			}
			at, up := a*(L+1)+b, (a-1)*(L+1)+b
			p := cum[at] - cum[up] - cum[at-1] + cum[up-1]
			d := den[at] - den[up] - den[at-1] + den[up-1]
			s += float64(c) * d / max(p, 1e-300)
		}
	}
	return s
}

func bivariateDensity(h, k, rho float64) float64 {
	if math.IsInf(h, 0) || math.IsInf(k, 0) {
		return 0
	}
	q := 1 - rho*rho
	return math.Exp(-(h*h-2*rho*h*k+k*k)/(2*q)) / (2 * math.Pi * math.Sqrt(q))
}

// bivariateNormal is P(X ≤ h, Y ≤ k) at correlation rho, |rho| < 1, by
//
//	Φ(h)Φ(k) + 1/2π ∫₀^asin ρ exp(-(h²-2hk sin θ+k²)/(2cos²θ)) dθ
//
// with Gauss–Legendre in pieces. (Drezner, Wesolowsky 1990; Genz 2004.)
func bivariateNormal(h, k, rho float64) float64 {
	switch {
	case math.IsInf(h, -1) || math.IsInf(k, -1):
		return 0
	case math.IsInf(h, 1):
		return distuv.UnitNormal.CDF(k)
	case math.IsInf(k, 1):
		return distuv.UnitNormal.CDF(h)
	}
	top := math.Asin(rho)
	pieces := 1
	if math.Abs(rho) > 0.6 {
		pieces = 4
	}
	if math.Abs(rho) > 0.95 {
		pieces = 24
	}
	sum, width := 0.0, top/float64(pieces)
	for i := range pieces {
		for g, x := range gauss10.x {
			sin, cos := math.Sincos(width * (float64(i) + (x+1)/2))
			sum += gauss10.w[g] * width / 2 * math.Exp(-(h*h-2*h*k*sin+k*k)/(2*cos*cos))
		}
	}
	return distuv.UnitNormal.CDF(h)*distuv.UnitNormal.CDF(k) + sum/(2*math.Pi)
}

// gauss10 are the abscissas and weights of the ten-point rule on [-1, 1].
var gauss10 = struct{ x, w [10]float64 }{
	x: [10]float64{
		-0.9739065285171717, -0.8650633666889845, -0.6794095682990244, -0.4333953941292472, -0.1488743389816312,
		0.1488743389816312, 0.4333953941292472, 0.6794095682990244, 0.8650633666889845, 0.9739065285171717,
	},
	w: [10]float64{
		0.0666713443086881, 0.1494513491505806, 0.2190863625159820, 0.2692667193099963, 0.2955242247147529,
		0.2955242247147529, 0.2692667193099963, 0.2190863625159820, 0.1494513491505806, 0.0666713443086881,
	},
}
