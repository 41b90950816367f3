package scoring

import (
	"errors"
	"fmt"
	"math"
)

// A RakeCell is one cell of a sample, by the category it has in each margin:
// say field and channel.
type RakeCell struct {
	Category []int // one per margin
	X, N     int64
}

// Raked is a share re-weighted to known margins (hiệu chỉnh theo biên).
type Raked struct {
	Share   *float64  `json:"share"`
	SE      *float64  `json:"se"` // of weights as they came out; see Rake
	Weights []float64 `json:"weights"`
	// Deff is Kish's 1 + cv² of the weights, NEff = n/Deff.
	Deff *float64  `json:"kish_deff"`
	NEff *float64  `json:"n_eff"`
	KG   *Interval `json:"korn_graubard"`
	// Capped counts cells whose weight ran into the cap; then the margins are
	// met only as far as the cap allows, and Off says how far they are missed.
	Capped int     `json:"capped"`
	Off    float64 `json:"off"`
	Rounds int     `json:"rounds"`
}

// Rake scales the weights of cells margin by margin until the weighted sums
// agree with targets to 1e-10 (Deming, Stephan 1940): targets[m][c] is the
// population of category c of margin m. No weight exceeds cap times the mean
// weight (5 is usual; 0 is no cap); every cap is reported. The standard error
// treats the weights as fixed, which overstates it a little.
//
// It is an error if a category of the sample is not in the targets, if margins
// do not add up to the same population, or if a category with population has
// no answers, which no weight can mend: join categories first.
func Rake(cells []RakeCell, targets [][]float64, limit float64) (*Raked, error) {
	if err := checkMargins(cells, targets); err != nil {
		return nil, err
	}
	var n, population float64
	for _, c := range cells {
		n += float64(c.N)
	}
	if n == 0 {
		return &Raked{}, nil
	}
	for _, v := range targets[0] {
		population += v
	}
	r := &Raked{Weights: make([]float64, len(cells))}
	for i := range r.Weights {
		r.Weights[i] = population / n
	}
	most := math.Inf(1)
	if limit > 0 {
		most = limit * population / n
	}
	for r.Rounds = 1; r.Rounds <= 1000; r.Rounds++ {
		r.Off = 0
		for m, want := range targets {
			got := make([]float64, len(want))
			for i, c := range cells {
				got[c.Category[m]] += r.Weights[i] * float64(c.N)
			}
			for i, c := range cells {
				if g := got[c.Category[m]]; g > 0 {
					r.Weights[i] = min(r.Weights[i]*want[c.Category[m]]/g, most)
				}
			}
			for k := range want {
				r.Off = max(r.Off, math.Abs(got[k]-want[k])/population)
			}
		}
		if r.Off < 1e-10 {
			break
		}
	}
	r.finish(cells, most)
	return r, nil
}

func (r *Raked) finish(cells []RakeCell, most float64) {
	var n, w, w2, wy float64
	for i, c := range cells {
		k := float64(c.N)
		n += k
		w += r.Weights[i] * k
		w2 += r.Weights[i] * r.Weights[i] * k
		wy += r.Weights[i] * float64(c.X)
		if c.N > 0 && r.Weights[i] >= most*(1-1e-12) {
			r.Capped++
		}
	}
	if w <= 0 {
		return
	}
	p := min(wy/w, 1)
	r.Share = number(p)
	r.Deff = number(n * w2 / (w * w))
	r.NEff = number(min(n, w*w/w2))
	kg := exactLimits(*r.NEff*p, *r.NEff)
	r.KG = &kg
	if n < 2 {
		return
	}
	var v float64
	for i, c := range cells {
		u := r.Weights[i] * r.Weights[i]
		v += u * (float64(c.X)*(1-p)*(1-p) + float64(c.N-c.X)*p*p)
	}
	r.SE = number(math.Sqrt(n/(n-1)*v) / w)
}

func checkMargins(cells []RakeCell, targets [][]float64) error {
	if len(targets) == 0 {
		return errors.New("scoring: raking needs a margin")
	}
	total := 0.0
	for m, want := range targets {
		sum, heard := 0.0, make([]bool, len(want))
		for _, v := range want {
			if v < 0 || !finite(v) {
				return fmt.Errorf("scoring: margin %d has a population of %v", m, v)
			}
			sum += v
		}
		for _, c := range cells {
			if len(c.Category) != len(targets) || c.Category[m] < 0 || c.Category[m] >= len(want) ||
				(c.N != 0 && !countable(c.X, c.N)) {
				return fmt.Errorf("scoring: a cell does not fit margin %d", m)
			}
			heard[c.Category[m]] = heard[c.Category[m]] || c.N > 0
		}
		for k, v := range want {
			if v > 0 && !heard[k] && len(cells) > 0 {
				return fmt.Errorf("scoring: nobody answered from category %d of margin %d", k, m)
			}
		}
		if m == 0 {
			total = sum
		} else if math.Abs(sum-total) > 1e-9*total {
			return fmt.Errorf("scoring: margins add up to %v and %v", total, sum)
		}
	}
	return nil
}
