package scoring

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// Drivers say which element scores go with the overall rating (yếu tố đi cùng):
// a regression over the people who have every element score and the overall.
// They describe; they do not prove a cause, and part of R² is that one person
// filled in one form.
type Drivers struct {
	N     int64    `json:"n"`
	R2    *float64 `json:"r2"`
	AdjR2 *float64 `json:"adj_r2"`
	// Coef are the least squares coefficients, with "(Intercept)" first.
	Coef        Keyed[*float64] `json:"coef"`
	SE          Keyed[*float64] `json:"se"`
	BetaStd     Keyed[*float64] `json:"beta_std"`
	Correlation Keyed[*float64] `json:"correlation"`
	// Johnson's relative weights (2000) and LMG (Lindeman 1980; the Shapley
	// value of R²) each divide R² among the elements.
	RelativeWeights Keyed[*float64] `json:"relative_weights_johnson"`
	LMG             Keyed[*float64] `json:"lmg_shapley"`
	LMGShare        Keyed[*float64] `json:"lmg_share_of_r2"`
	// Dropped lists elements whose score does not vary or follows from the
	// others; the figures are of the rest.
	Dropped []string `json:"dropped,omitempty"`
	// Stability is there where periods are known; see Stability.
	Stability Keyed[Stability] `json:"stability,omitempty"`
	// ImportancePerformance is nil under 100 people.
	ImportancePerformance Keyed[Priority] `json:"importance_performance,omitempty"`
}

// moments are means and sums of squares about the mean of element scores and
// overall.
type moments struct {
	n        float64
	mean     []float64   // of scores, as values
	ss       [][]float64 // Σ(x-x̄)(y-ȳ)
	meanY    float64
	ssY      float64
	ssXY     []float64
	elements []string
}

// scoreMoments reads the score counters; ok is false for fewer than two people.
func scoreMoments(t *Tally, c []int64) (m moments, ok bool) {
	sh := t.shape
	n := float64(c[scPeople])
	p := len(sh.spans)
	if n < 2 || p == 0 {
		return m, false
	}
	k := sh.criteria
	sums, with, prods := c[scSums:scSums+k], c[scSums+k:scSums+2*k], c[scSums+2*k:]
	m = moments{n: n, mean: make([]float64, p), ss: square(p), ssXY: make([]float64, p)}
	o := float64(c[scOverall])
	m.meanY = o/n + sh.shift
	m.ssY = float64(c[scOverall2]) - o*o/n
	s := make([]float64, p)
	for e, a := range sh.spans {
		var so float64
		for u := a.from; u < a.to; u++ {
			answered := float64(u - a.from + 1)
			s[e] += float64(sums[u]) / answered
			so += float64(with[u]) / answered
		}
		m.mean[e] = s[e]/n + sh.shift
		m.ssXY[e] = so - s[e]*o/n
		m.elements = append(m.elements, t.survey.Elements[e].ID)
		for f, b := range sh.spans[:e+1] {
			var sum float64
			for u := a.from; u < a.to; u++ {
				for v := b.from; v < b.to; v++ {
					if e == f && u != v { // one person has one count per element
						continue
					}
					if q := prods[lower(max(u, v), min(u, v))]; q != 0 {
						sum += float64(q) / (float64(u-a.from+1) * float64(v-b.from+1))
					}
				}
			}
			m.ss[e][f] = sum - s[e]*s[f]/n
			m.ss[f][e] = m.ss[e][f]
		}
	}
	return m, true
}

// keep returns the elements that vary and do not follow from earlier ones, and
// the names of the rest.
func (m moments) keep() (kept []int, dropped []string) {
	var chol [][]float64
	for e := range m.mean {
		v := m.ss[e][e]
		if v <= 1e-9*m.n {
			dropped = append(dropped, m.elements[e])
			continue
		}
		row := make([]float64, len(kept)+1)
		rest := 1.0
		for i, k := range kept {
			r := m.ss[e][k] / math.Sqrt(v*m.ss[k][k])
			for j := range i {
				r -= row[j] * chol[i][j]
			}
			row[i] = r / chol[i][i]
			rest -= row[i] * row[i]
		}
		if rest <= 1e-9 {
			dropped = append(dropped, m.elements[e])
			continue
		}
		row[len(kept)] = math.Sqrt(rest)
		chol = append(chol, row)
		kept = append(kept, e)
	}
	return kept, dropped
}

// drivers is nil where there is nothing to explain or to explain it with, or
// not more people than coefficients.
func drivers(t *Tally, deep *relations) *Drivers {
	if t.shape.overall < 0 {
		return nil
	}
	m, ok := scoreMoments(t, deep.c[t.shape.at.scores:])
	if !ok || m.ssY <= 1e-9*m.n {
		return nil
	}
	kept, dropped := m.keep()
	p := len(kept)
	if p == 0 || m.n < float64(p+2) {
		return nil
	}
	r, y := square(p), make([]float64, p)
	sd := make([]float64, p)
	for i, e := range kept {
		sd[i] = math.Sqrt(m.ss[e][e])
		y[i] = m.ssXY[e] / math.Sqrt(m.ss[e][e]*m.ssY)
		for j, f := range kept {
			r[i][j] = m.ss[e][f] / math.Sqrt(m.ss[e][e]*m.ss[f][f])
		}
		r[i][i] = 1
	}
	inv, ok := inverse(r)
	if !ok {
		return nil
	}
	beta := make([]float64, p)
	var r2 float64
	for i := range p {
		for j := range p {
			beta[i] += inv[i][j] * y[j]
		}
		r2 += beta[i] * y[i]
	}
	r2 = min(max(r2, 0), 1)
	d := &Drivers{N: int64(m.n), R2: number(r2), Dropped: dropped}
	df := m.n - float64(p) - 1
	d.AdjR2 = number(1 - (1-r2)*(m.n-1)/df)
	s2 := m.ssY * (1 - r2) / df

	intercept, spread := m.meanY, 1/m.n
	coef := make([]float64, p)
	for i, e := range kept {
		coef[i] = beta[i] * math.Sqrt(m.ssY) / sd[i]
		intercept -= coef[i] * m.mean[e]
		for j, f := range kept {
			spread += m.mean[e] * m.mean[f] * inv[i][j] / (sd[i] * sd[j])
		}
	}
	d.Coef.put("(Intercept)", number(intercept))
	d.SE.put("(Intercept)", number(math.Sqrt(max(0, s2*spread))))
	weights := johnson(r, y)
	lmg := shapley(r, y)
	for i, e := range kept {
		name := m.elements[e]
		d.Coef.put(name, number(coef[i]))
		d.SE.put(name, number(math.Sqrt(max(0, s2*inv[i][i]))/sd[i]))
		d.BetaStd.put(name, number(beta[i]))
		d.Correlation.put(name, number(y[i]))
		if weights != nil {
			d.RelativeWeights.put(name, number(weights[i]))
		}
		d.LMG.put(name, number(lmg[i]))
		if r2 > 0 {
			d.LMGShare.put(name, number(lmg[i]/r2))
		}
	}
	return d
}

func inverse(r [][]float64) ([][]float64, bool) {
	p := len(r)
	sym := mat.NewSymDense(p, nil)
	for i := range p {
		for j := range i + 1 {
			sym.SetSym(i, j, r[i][j])
		}
	}
	var chol mat.Cholesky
	if !chol.Factorize(sym) {
		return nil, false
	}
	var inv mat.SymDense
	if err := chol.InverseTo(&inv); err != nil {
		return nil, false
	}
	out := square(p)
	for i := range p {
		for j := range p {
			out[i][j] = inv.At(i, j)
		}
	}
	return out, true
}

// johnson divides R² by way of the orthogonal variables closest to the
// predictors: with R = VDV' and Λ = VD^½V', the weights are Λ² (Λ⁻¹r)².
func johnson(r [][]float64, y []float64) []float64 {
	p := len(y)
	sym := mat.NewSymDense(p, nil)
	for i := range p {
		for j := range i + 1 {
			sym.SetSym(i, j, r[i][j])
		}
	}
	var eig mat.EigenSym
	if !eig.Factorize(sym, true) {
		return nil
	}
	var v mat.Dense
	eig.VectorsTo(&v)
	values := eig.Values(nil)
	lambda, inv := square(p), square(p)
	for i := range p {
		for j := range p {
			for q, d := range values {
				if d <= 0 {
					return nil
				}
				w := v.At(i, q) * v.At(j, q)
				lambda[i][j] += w * math.Sqrt(d)
				inv[i][j] += w / math.Sqrt(d)
			}
		}
	}
	out := make([]float64, p)
	for j := range p {
		b := 0.0
		for i := range p {
			b += inv[j][i] * y[i]
		}
		for i := range p {
			out[i] += lambda[i][j] * lambda[i][j] * b * b
		}
	}
	return out
}

// shapley divides R² by the mean gain of each predictor over all orders of
// entry. R² of every subset comes from one walk that adds one row to a Cholesky
// factor at a time: 2^p subsets, p at most 12.
func shapley(r [][]float64, y []float64) []float64 {
	p := len(y)
	r2 := make([]float64, 1<<p)
	rows := square(p)
	z := make([]float64, p)
	in := make([]int, 0, p)
	var walk func(mask, next int)
	walk = func(mask, next int) {
		k := len(in)
		for e := next; e < p; e++ {
			rest, num := 1.0, y[e]
			for i, f := range in {
				v := r[e][f]
				for j := range i {
					v -= rows[k][j] * rows[i][j]
				}
				v /= rows[i][i]
				rows[k][i] = v
				rest -= v * v
				num -= v * z[i]
			}
			m := mask | 1<<e
			r2[m] = r2[mask]
			if rest > 0 {
				rows[k][k] = math.Sqrt(rest)
				z[k] = num / rows[k][k]
				r2[m] += z[k] * z[k]
			}
			in = append(in, e)
			walk(m, e+1)
			in = in[:k]
		}
	}
	walk(0, 0)
	chance := make([]float64, p) // |S|! (p-|S|-1)! / p!
	for s := range chance {
		chance[s] = 1 / (float64(p) * binomial(p-1, s))
	}
	out := make([]float64, p)
	for mask, base := range r2 {
		size := 0
		for e := range p {
			size += mask >> e & 1
		}
		for e := range p {
			if mask>>e&1 == 0 {
				out[e] += chance[size] * (r2[mask|1<<e] - base)
			}
		}
	}
	return out
}

func binomial(n, k int) float64 {
	b := 1.0
	for i := range k {
		b = b * float64(n-i) / float64(i+1)
	}
	return b
}
