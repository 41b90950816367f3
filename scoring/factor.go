package scoring

import (
	"math"

	"gonum.org/v1/gonum/optimize"
)

// A factor is a one-factor model of a correlation matrix: R ≈ λλ' + Ψ.
type factor struct{ loading, unique []float64 }

// fitOneFactor fits by maximum likelihood, minimising
//
//	log|Σ| + tr(R Σ⁻¹),  Σ = λλ' + Ψ
//
// over λ and log Ψ. Because Σ differs from a diagonal by one outer product, a
// step costs k² only. ok is false where no fit is found. (Jöreskog 1967.)
func fitOneFactor(r [][]float64) (f factor, ok bool) {
	k := len(r)
	start := make([]float64, 2*k)
	for i := range r {
		row := 0.0
		for j := range r {
			if j != i {
				row += r[i][j]
			}
		}
		l := min(max(row/float64(k-1), 0.05), 0.9)
		l = math.Sqrt(l)
		start[i], start[k+i] = l, math.Log(1-l*l)
	}
	m := oneFactor{r: r, w: make([]float64, k), sw: make([]float64, k)}
	res, err := optimize.Minimize(optimize.Problem{Func: m.value, Grad: m.gradient}, start,
		&optimize.Settings{
			GradientThreshold: 1e-8, MajorIterations: 500,
			Converger: &optimize.FunctionConverge{Absolute: 1e-15, Relative: 1e-15, Iterations: 10},
		}, &optimize.BFGS{})
	if res == nil || !finite(res.X...) || (err != nil && res.Stats.MajorIterations == 0) {
		return f, false
	}
	grad := make([]float64, 2*k)
	m.gradient(grad, res.X)
	for _, g := range grad {
		if math.Abs(g) > 1e-4 {
			return f, false
		}
	}
	f = factor{make([]float64, k), make([]float64, k)}
	sum := 0.0
	for _, l := range res.X[:k] {
		sum += l
	}
	for i := range k {
		f.loading[i] = math.Copysign(1, sum) * res.X[i]
		f.unique[i] = math.Exp(res.X[k+i])
	}
	return f, true
}

// oneFactor evaluates the likelihood; w = Ψ⁻¹λ, sw = R w.
type oneFactor struct {
	r     [][]float64
	w, sw []float64
}

// at returns c = λ'Ψ⁻¹λ and q = w'Rw, and leaves w and sw behind.
func (m oneFactor) at(x []float64) (c, q float64) {
	k := len(m.r)
	for i := range k {
		m.w[i] = x[i] * math.Exp(-x[k+i])
		c += x[i] * m.w[i]
	}
	for i := range k {
		s := 0.0
		for j, v := range m.r[i] {
			s += v * m.w[j]
		}
		m.sw[i] = s
		q += m.w[i] * s
	}
	return c, q
}

func (m oneFactor) value(x []float64) float64 {
	k := len(m.r)
	for i := range k {
		if x[k+i] < -18 || x[k+i] > 18 || math.Abs(x[i]) > 1e3 {
			return math.Inf(1)
		}
	}
	c, q := m.at(x)
	f := math.Log1p(c) - q/(1+c)
	for i := range k {
		f += x[k+i] + m.r[i][i]*math.Exp(-x[k+i])
	}
	return f
}

// gradient: with A = Σ⁻¹, dF/dλ = 2(A - ARA)λ and dF/dlogψ = ψ diag(A - ARA).
func (m oneFactor) gradient(grad, x []float64) {
	k := len(m.r)
	c, q := m.at(x)
	d := 1 + c
	for i := range k {
		psi := math.Exp(x[k+i])
		w := m.w[i]
		// Aλ = w/d and ARAλ = (Ψ⁻¹Rw - w q/d)/d
		grad[i] = 2 * (w/d - (m.sw[i]/psi-w*q/d)/d)
		a := 1/psi - w*w/d
		ara := m.r[i][i]/(psi*psi) - 2*w*m.sw[i]/(psi*d) + w*w*q/(d*d)
		grad[k+i] = psi * (a - ara)
	}
}
