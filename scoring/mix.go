package scoring

import "math"

// A MixCell is one stratum (say field × channel) in two periods or places.
type MixCell struct {
	Name           string
	X0, N0, X1, N1 int64
}

// A Split says how much of a change is a change of mix and how much a change
// of satisfaction (Kitagawa 1955):
//
//	Δ = Σ (w1-w0)(p0+p1)/2 + Σ (p1-p0)(w0+w1)/2
type Split struct {
	Share0 *float64 `json:"share_0"`
	Share1 *float64 `json:"share_1"`
	Change *float64 `json:"change"`
	Mix    *float64 `json:"mix"`  // phần do cơ cấu
	Rate   *float64 `json:"rate"` // phần do mức hài lòng
}

// Kitagawa splits the change of the share from 0 to 1. A stratum seen on one
// side only has its rate there taken for the other side too, so all it brings
// is mix. Without answers on a side every figure that needs it is nil.
func Kitagawa(cells []MixCell) Split {
	var x0, n0, x1, n1 int64
	for _, c := range cells {
		x0, n0, x1, n1 = x0+c.X0, n0+c.N0, x1+c.X1, n1+c.N1
	}
	s := Split{Share0: ratio(x0, n0), Share1: ratio(x1, n1)}
	if n0 <= 0 || n1 <= 0 {
		return s
	}
	var mix, rate float64
	for _, c := range cells {
		if c.N0 <= 0 && c.N1 <= 0 {
			continue
		}
		w0, w1 := float64(c.N0)/float64(n0), float64(c.N1)/float64(n1)
		p0, p1 := ratio(c.X0, c.N0), ratio(c.X1, c.N1)
		if p0 == nil {
			p0 = p1
		}
		if p1 == nil {
			p1 = p0
		}
		mix += (w1 - w0) * (*p0 + *p1) / 2
		rate += (*p1 - *p0) * (w0 + w1) / 2
	}
	s.Change, s.Mix, s.Rate = number(*s.Share1-*s.Share0), number(mix), number(rate)
	return s
}

// A CaseMix compares one group with what its cases would have given at
// everybody's rates (chuẩn hóa gián tiếp).
type CaseMix struct {
	Name     string   `json:"name"`
	Observed int64    `json:"observed"`
	N        int64    `json:"n"`
	Expected *float64 `json:"expected"`
	// Ratio is O/E, Share that ratio times the common share: what the group's
	// share would be with everybody's mix, by and large.
	Ratio *float64 `json:"ratio"`
	Share *float64 `json:"standardised_share"`
	// Z is (O-E)/√Σ n p(1-p), 0 where nothing can vary.
	Z *float64 `json:"z"`
}

// A CaseCell counts one group's answers in one stratum.
type CaseCell struct {
	Group, Stratum string
	X, N           int64
}

// Standardise compares every group with the rates per stratum of all groups
// together, in the order in which groups first appear.
func Standardise(cells []CaseCell) []CaseMix {
	type count struct{ x, n int64 }
	rates := map[string]count{}
	var all count
	for _, c := range cells {
		r := rates[c.Stratum]
		rates[c.Stratum] = count{r.x + c.X, r.n + c.N}
		all.x, all.n = all.x+c.X, all.n+c.N
	}
	var out []CaseMix
	at := map[string]int{}
	var expected, variance []float64
	for _, c := range cells {
		i, ok := at[c.Group]
		if !ok {
			i = len(out)
			at[c.Group] = i
			out = append(out, CaseMix{Name: c.Group})
			expected, variance = append(expected, 0), append(variance, 0)
		}
		out[i].Observed += c.X
		out[i].N += c.N
		if r := rates[c.Stratum]; r.n > 0 {
			p := float64(r.x) / float64(r.n)
			expected[i] += float64(c.N) * p
			variance[i] += float64(c.N) * p * (1 - p)
		}
	}
	for i := range out {
		if out[i].N <= 0 {
			continue
		}
		e := expected[i]
		out[i].Expected = number(e)
		if e > 0 {
			r := float64(out[i].Observed) / e
			out[i].Ratio, out[i].Share = number(r), number(min(1, r*float64(all.x)/float64(all.n)))
		}
		z := 0.0
		if variance[i] > 0 {
			z = (float64(out[i].Observed) - e) / math.Sqrt(variance[i])
		}
		out[i].Z = number(z)
	}
	return out
}

// ClusterSE is the standard error of Σx/Σn when answers come in clusters, one
// citizen's dossiers or one officer's people:
//
//	√(c/(c-1) Σ (x_c - R n_c)²) / Σn
//
// and the design effect against independent answers. Both are nil for fewer
// than two clusters; deff also where nothing varies.
func ClusterSE(clusters []GroupCount) (se, deff *float64) {
	var x, n, c float64
	for _, g := range clusters {
		if countable(g.X, g.N) {
			x, n, c = x+float64(g.X), n+float64(g.N), c+1
		}
	}
	if c < 2 {
		return nil, nil
	}
	r, v := x/n, 0.0
	for _, g := range clusters {
		if countable(g.X, g.N) {
			d := float64(g.X) - r*float64(g.N)
			v += d * d
		}
	}
	v *= c / (c - 1) / (n * n)
	if simple := r * (1 - r) / n; simple > 0 {
		deff = number(v / simple)
	}
	return number(math.Sqrt(v)), deff
}
