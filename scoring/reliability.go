package scoring

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"

	"hailong/scoring/survey"
)

// Reliability says how well the criteria of one element go together (độ tin
// cậy), over the people who answered all of them. Under 100 such people the
// figures are unsteady and Enough is false.
type Reliability struct {
	NComplete int64 `json:"n_complete"`
	Enough    bool  `json:"enough"`
	// Alpha is Cronbach's k/(k-1) (1 - tr C / 1'C1), AlphaCI its interval by
	// Feldt, 1-(1-α)F.
	Alpha   *float64  `json:"alpha"`
	AlphaCI *Interval `json:"alpha_feldt,omitempty"`
	// AlphaStandardized is alpha of the correlations.
	AlphaStandardized *float64 `json:"alpha_standardized"`
	// AlphaPairwise uses everybody who answered the pair at hand.
	AlphaPairwise *float64 `json:"alpha_pairwise"`
	// AlphaPolychoric is alpha of the polychoric correlations, which do not take
	// levels for numbers; only where Options ask for it.
	AlphaPolychoric *float64 `json:"alpha_polychoric,omitempty"`
	// ItemRest is the correlation of a criterion with the sum of the others;
	// under 0.3 the criterion does not belong.
	ItemRest       Keyed[*float64] `json:"item_rest"`
	ItemTotal      Keyed[*float64] `json:"item_total"`
	AlphaIfDropped Keyed[*float64] `json:"alpha_if_dropped,omitempty"` // three criteria and more
	// Omega is McDonald's (Σλ)²/((Σλ)²+Σθ) of one factor, by maximum
	// likelihood; for two criteria SpearmanBrown stands in its place.
	Omega         *float64        `json:"omega_one_factor_ml,omitempty"`
	Loadings      Keyed[*float64] `json:"loadings,omitempty"`
	SpearmanBrown *float64        `json:"spearman_brown,omitempty"`
}

// reliabilities returns one entry per element of two criteria and more with at
// least two complete answers.
func reliabilities(t *Tally, deep *relations) Keyed[Reliability] {
	out := Keyed[Reliability]{}
	for e, el := range t.survey.Elements {
		if r, ok := reliability(t, deep, e, el); ok {
			out.put(el.ID, r)
		}
	}
	return out
}

func reliability(t *Tally, deep *relations, e int, el survey.Element) (Reliability, bool) {
	k := len(el.Criteria)
	c := deep.c[t.shape.at.elements[e]:]
	n := c[elComplete]
	if k < 2 || n < 2 {
		return Reliability{}, false
	}
	cov := completeCovariance(c, k)
	r := Reliability{NComplete: n, Enough: n >= 100}
	r.Alpha = cronbach(cov)
	if r.Alpha != nil {
		f := distuv.F{D1: float64(n - 1), D2: float64((n - 1) * int64(k-1))}
		lo, hi := 1-(1-*r.Alpha)*f.Quantile(0.975), 1-(1-*r.Alpha)*f.Quantile(0.025)
		if finite(lo, hi) {
			r.AlphaCI = &Interval{lo, hi}
		}
	}
	corr := correlation(cov)
	if corr != nil {
		r.AlphaStandardized = cronbach(corr)
	}
	r.AlphaPairwise = cronbach(pairwiseCovariance(t, deep, t.shape.spans[e]))
	total := sumOf(cov)
	for i, cr := range el.Criteria {
		row := 0.0
		for j := range cov {
			row += cov[i][j]
		}
		v := cov[i][i]
		r.ItemRest.put(cr.ID, rootRatio(row-v, v, total-2*row+v))
		r.ItemTotal.put(cr.ID, rootRatio(row, v, total))
		if k > 2 {
			r.AlphaIfDropped.put(cr.ID, cronbach(without(cov, i)))
		}
	}
	if k == 2 {
		if corr != nil && corr[0][1] > -1 {
			r.SpearmanBrown = number(2 * corr[0][1] / (1 + corr[0][1]))
		}
		return r, true
	}
	if corr == nil {
		return r, true
	}
	if f, ok := fitOneFactor(corr); ok {
		var sum, unique float64
		for i, cr := range el.Criteria {
			v := cov[i][i] * float64(n-1) / float64(n) // likelihood divides by n
			l := f.loading[i] * math.Sqrt(v)
			sum += l
			unique += f.unique[i] * v
			r.Loadings.put(cr.ID, number(l))
		}
		r.Omega = number(sum * sum / (sum*sum + unique))
	}
	return r, true
}

// completeCovariance is (nΣxy - ΣxΣy)/(n(n-1)) of people complete on k items.
func completeCovariance(c []int64, k int) [][]float64 {
	n := float64(c[elComplete])
	sums, prods := c[elSums:elSums+k], c[elSums+k:]
	m := square(k)
	for i := range k {
		for j := range i + 1 {
			v := (float64(prods[lower(i, j)]) - float64(sums[i])*float64(sums[j])/n) / (n - 1)
			m[i][j], m[j][i] = v, v
		}
	}
	for i := range k {
		m[i][i] = max(0, m[i][i])
	}
	return m
}

// pairwiseCovariance takes each variance from the people who answered the item
// and each covariance from those who answered both. It is nil if a pair was
// answered by fewer than two.
func pairwiseCovariance(t *Tally, deep *relations, s span) [][]float64 {
	sh := t.shape
	m := square(s.len())
	for j := range s.len() {
		v := item(t, s.from+j, 0.9, true).Var
		if v == nil {
			return nil
		}
		m[j][j] = *v
		for i := range j {
			var p pairSums
			p.read(sh, deep.pair(sh, s.from+i, s.from+j))
			if p.n < 2 {
				return nil
			}
			m[i][j] = (p.xy - p.x*p.y/p.n) / (p.n - 1)
			m[j][i] = m[i][j]
		}
	}
	return m
}

// pairSums are the sums of centred marks over people who answered two items.
type pairSums struct{ n, x, y, xy float64 }

func (p *pairSums) read(sh *shape, table []int64) {
	for a := range sh.levels {
		for b := range sh.levels {
			c := float64(table[a*sh.levels+b])
			x, y := float64(a+1-int(sh.middle)), float64(b+1-int(sh.middle))
			p.n += c
			p.x += c * x
			p.y += c * y
			p.xy += c * x * y
		}
	}
}

// cronbach is k/(k-1) (1 - tr C / 1'C1); nil for fewer than two items or where
// the sum does not vary.
func cronbach(c [][]float64) *float64 {
	k := float64(len(c))
	if k < 2 {
		return nil
	}
	total, trace := sumOf(c), 0.0
	for i := range c {
		trace += c[i][i]
	}
	if total <= 1e-12*(1+trace) {
		return nil
	}
	return number(k / (k - 1) * (1 - trace/total))
}

// correlation is nil where an item does not vary.
func correlation(cov [][]float64) [][]float64 {
	m := square(len(cov))
	for i := range cov {
		if cov[i][i] <= 1e-12 {
			return nil
		}
	}
	for i := range cov {
		m[i][i] = 1
		for j := range i {
			v := cov[i][j] / math.Sqrt(cov[i][i]*cov[j][j])
			m[i][j], m[j][i] = v, v
		}
	}
	return m
}

// rootRatio is a/√(bc), nil where b or c is not positive.
func rootRatio(a, b, c float64) *float64 {
	if b <= 1e-12 || c <= 1e-12 {
		return nil
	}
	return number(min(max(a/math.Sqrt(b*c), -1), 1))
}

func square(k int) [][]float64 {
	all := make([]float64, k*k)
	m := make([][]float64, k)
	for i := range m {
		m[i] = all[i*k : (i+1)*k : (i+1)*k]
	}
	return m
}

func sumOf(c [][]float64) float64 {
	s := 0.0
	for _, row := range c {
		for _, v := range row {
			s += v
		}
	}
	return s
}

func without(c [][]float64, drop int) [][]float64 {
	m := square(len(c) - 1)
	for i, p := 0, 0; i < len(c); i++ {
		if i == drop {
			continue
		}
		q := 0
		for j := range c {
			if j != drop {
				m[p][q] = c[i][j]
				q++
			}
		}
		p++
	}
	return m
}

func finite(values ...float64) bool {
	for _, v := range values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return false
		}
	}
	return true
}
