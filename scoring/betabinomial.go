package scoring

import (
	"math"

	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/optimize"
)

// BetaBinomial describes how the true shares of groups spread around their
// mean: Beta(A, B) with mean Mu and intra-class correlation Rho = 1/(A+B+1).
type BetaBinomial struct {
	// Boundary is true where the groups spread no more than chance does: the
	// likelihood is greatest at Rho = 0 and every group shrinks fully to Mu.
	Boundary bool    `json:"boundary"`
	Mu       float64 `json:"mu"`
	Rho      float64 `json:"rho"`
	// A and B are 0 at the boundary, where they would be infinite.
	A      float64  `json:"a,omitempty"`
	B      float64  `json:"b,omitempty"`
	LogLik *float64 `json:"loglik,omitempty"` // without the binomial coefficients
	Note   string   `json:"note,omitempty"`
}

const noOverDispersion = "no over-dispersion: likelihood is maximal at rho=0, shrink fully to mu"

// FitBetaBinomial fits by maximum likelihood. Groups without answers are
// ignored. Where nobody, or everybody, is satisfied, and where there is one
// group only, nothing is known of the spread and the boundary is returned.
func FitBetaBinomial(groups []GroupCount) BetaBinomial {
	var live []GroupCount
	var x, n float64
	for _, g := range groups {
		if countable(g.X, g.N) {
			live = append(live, g)
			x, n = x+float64(g.X), n+float64(g.N)
		}
	}
	if n == 0 {
		return BetaBinomial{Boundary: true, Note: noOverDispersion}
	}
	mu := x / n
	edge := BetaBinomial{Boundary: true, Mu: mu, Note: noOverDispersion}
	if len(live) < 2 || x == 0 || x == n {
		return edge
	}
	flat := x*math.Log(mu) + (n-x)*math.Log1p(-mu)
	edge.LogLik = number(flat)
	best, ok := climb(live, mu)
	// Within rounding of the boundary's likelihood the spread is not there.
	if !ok || *best.LogLik <= flat+1e-7 {
		return edge
	}
	return best
}

// climb maximises the likelihood over (logit mu, log M), M = A+B, from several
// starts, since it may have more than one top.
func climb(live []GroupCount, mu float64) (best BetaBinomial, ok bool) {
	// Beyond these, Lgamma differences drown in rounding.
	const maxLogM = 16.0
	problem := optimize.Problem{
		Func: func(v []float64) float64 {
			if v[1] > maxLogM || v[1] < -12 || math.Abs(v[0]) > 30 {
				return math.Inf(1)
			}
			a, b := shape2(v)
			return -logLikBB(live, a, b)
		},
		Grad: func(grad, v []float64) {
			a, b := shape2(v)
			da, db := gradBB(live, a, b)
			m := a / (a + b)
			grad[0] = -(a + b) * m * (1 - m) * (da - db)
			grad[1] = -(a*da + b*db)
		},
	}
	for _, logM := range []float64{momentLogM(live, mu), 1, 4, 8} {
		start := []float64{math.Log(mu / (1 - mu)), min(max(logM, -2), 12)}
		r, err := optimize.Minimize(problem, start, &optimize.Settings{
			GradientThreshold: 1e-9, MajorIterations: 200,
			Converger: &optimize.FunctionConverge{Absolute: 1e-13, Relative: 1e-15, Iterations: 5},
		}, &optimize.BFGS{})
		if r == nil || (err != nil && r.Stats.MajorIterations == 0) || math.IsInf(r.F, 0) || math.IsNaN(r.F) {
			continue
		}
		if r.X[1] > maxLogM-0.5 {
			continue
		}
		a, b := shape2(r.X)
		if !ok || -r.F > *best.LogLik+1e-9 {
			best, ok = BetaBinomial{Mu: a / (a + b), Rho: 1 / (a + b + 1), A: a, B: b, LogLik: number(-r.F)}, true
		}
	}
	return best, ok
}

func shape2(v []float64) (a, b float64) {
	m := 1 / (1 + math.Exp(-v[0]))
	M := math.Exp(v[1])
	return m * M, (1 - m) * M
}

// momentLogM starts from the moment estimate of rho.
func momentLogM(live []GroupCount, mu float64) float64 {
	var over, pairs float64
	for _, g := range live {
		x, n := float64(g.X), float64(g.N)
		over += (x-n*mu)*(x-n*mu) - n*mu*(1-mu)
		pairs += n * (n - 1) * mu * (1 - mu)
	}
	if over <= 0 || pairs <= 0 {
		return 8
	}
	rho := min(over/pairs, 0.99)
	return math.Log(1/rho - 1)
}

func logLikBB(live []GroupCount, a, b float64) float64 {
	base := mathext.Lbeta(a, b)
	var sum float64
	for _, g := range live {
		sum += mathext.Lbeta(a+float64(g.X), b+float64(g.N-g.X)) - base
	}
	return sum
}

func gradBB(live []GroupCount, a, b float64) (da, db float64) {
	pa, pb, pm := mathext.Digamma(a), mathext.Digamma(b), mathext.Digamma(a+b)
	for _, g := range live {
		x, n := float64(g.X), float64(g.N)
		both := pm - mathext.Digamma(a+b+n)
		da += mathext.Digamma(a+x) - pa + both
		db += mathext.Digamma(b+n-x) - pb + both
	}
	return da, db
}
