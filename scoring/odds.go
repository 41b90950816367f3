package scoring

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"hailong/scoring/survey"
)

// odds is a proportional-odds likelihood over profiles. Parameters are the
// thresholds, then the coefficients of standardised scores.
type odds struct {
	x     []float64 // profiles × kept, standardised
	y     []int     // place of the overall level in used
	w     []float64
	used  []survey.Mark
	scale []float64
	p     int
}

// newOdds is nil if there is nothing to fit.
func newOdds(sh *shape, profiles []profile, kept []int, m moments) *odds {
	o := &odds{p: len(kept)}
	place := make([]int, sh.levels+1)
	for _, pr := range profiles {
		place[pr.overall]++
	}
	for l := 1; l <= sh.levels; l++ {
		if place[l] > 0 {
			place[l] = len(o.used)
			o.used = append(o.used, survey.Mark(l))
		}
	}
	if len(o.used) < 2 || o.p == 0 {
		return nil
	}
	for _, e := range kept {
		o.scale = append(o.scale, math.Sqrt(m.ss[e][e]/m.n))
	}
	for _, pr := range profiles {
		for i, e := range kept {
			o.x = append(o.x, (pr.scores[e]+sh.shift-m.mean[e])/o.scale[i])
		}
		o.y = append(o.y, place[pr.overall])
		o.w = append(o.w, float64(pr.count))
	}
	return o
}

// fit climbs by Newton's method with step halving; the likelihood is concave.
func (o *odds) fit() (theta []float64, ll float64, ok bool) {
	q := len(o.used) - 1
	d := q + o.p
	theta = make([]float64, d)
	var n, below float64
	count := make([]float64, len(o.used))
	for i, y := range o.y {
		count[y] += o.w[i]
		n += o.w[i]
	}
	for k := range q {
		below += count[k]
		theta[k] = math.Log(below / (n - below))
	}
	grad := make([]float64, d)
	info := mat.NewSymDense(d, nil)
	ll = o.derive(theta, grad, info)
	var step mat.VecDense
	var chol mat.Cholesky
	next := make([]float64, d)
	for range 60 {
		if !chol.Factorize(info) || chol.SolveVecTo(&step, mat.NewVecDense(d, grad)) != nil {
			return nil, 0, false
		}
		var decrement float64
		for i := range d {
			decrement += grad[i] * step.AtVec(i)
		}
		if decrement < 1e-12*(1+math.Abs(ll)) {
			return theta, ll, finite(theta...)
		}
		f := 1.0
		for ; f > 1e-6; f /= 2 {
			for i := range d {
				next[i] = theta[i] + f*step.AtVec(i)
			}
			if l := o.logLik(next); l > ll {
				break
			}
		}
		if f <= 1e-6 {
			return theta, ll, decrement < 1e-6
		}
		copy(theta, next)
		ll = o.derive(theta, grad, info)
		for _, v := range theta {
			if math.Abs(v) > 60 { // separation: the maximum is at infinity
				return nil, 0, false
			}
		}
	}
	return nil, 0, false
}

func logistic(v float64) float64 { return 1 / (1 + math.Exp(-v)) }

// bounds returns P(overall ≤ level) and P(overall < level) at profile i.
func (o *odds) bounds(theta []float64, i int) (upper, lower float64) {
	q := len(o.used) - 1
	eta := 0.0
	for j, b := range theta[q:] {
		eta += b * o.x[i*o.p+j]
	}
	upper, lower = 1, 0
	if y := o.y[i]; y < q {
		upper = logistic(theta[y] - eta)
	}
	if y := o.y[i]; y > 0 {
		lower = logistic(theta[y-1] - eta)
	}
	return upper, lower
}

func (o *odds) logLik(theta []float64) float64 {
	ll := 0.0
	for i, w := range o.w {
		u, l := o.bounds(theta, i)
		if u-l <= 0 {
			return math.Inf(-1)
		}
		ll += w * math.Log(u-l)
	}
	return ll
}

// derive fills in gradient and observed information and returns the
// likelihood. With P = F(u)-F(l) and f = F(1-F): d log P = (f_u du - f_l dl)/P.
func (o *odds) derive(theta, grad []float64, info *mat.SymDense) float64 {
	q, d := len(o.used)-1, len(theta)
	clear(grad)
	h := square(d)
	ll := 0.0
	for i, w := range o.w {
		u, l := o.bounds(theta, i)
		p := u - l
		if p <= 0 {
			return math.Inf(-1)
		}
		ll += w * math.Log(p)
		fu, fl := u*(1-u), l*(1-l)
		gu, gl := fu*(1-2*u), fl*(1-2*l)
		// First and second derivatives of log P in the two arguments.
		au, al := fu/p, -fl/p
		huu, hll, hul := gu/p-au*au, -gl/p-al*al, -au*al
		x, y := o.x[i*o.p:(i+1)*o.p], o.y[i]
		both := au + al
		if y < q {
			grad[y] += w * au
			h[y][y] -= w * huu
		}
		if y > 0 {
			grad[y-1] += w * al
			h[y-1][y-1] -= w * hll
		}
		if y < q && y > 0 {
			h[y][y-1] -= w * hul
		}
		all := huu + hll + 2*hul
		for a, xa := range x {
			grad[q+a] -= w * both * xa
			if y < q {
				h[q+a][y] += w * (huu + hul) * xa
			}
			if y > 0 {
				h[q+a][y-1] += w * (hll + hul) * xa
			}
			for b, xb := range x[:a+1] {
				h[q+a][q+b] -= w * all * xa * xb
			}
		}
	}
	for i := range d {
		for j := range i + 1 {
			info.SetSym(i, j, h[i][j])
		}
	}
	return ll
}
