package scoring

import (
	"math"

	"gonum.org/v1/gonum/mathext"
)

// A Burst is a run of time slots with more answers than their like
// (bùng phát): someone may be ticking forms in series.
type Burst struct {
	From, To int // slots, both included
	Count    int64
	Expected float64
	P        float64 // of so many in such a run, after looking everywhere
}

// Bursts looks for a run of 1 to longest slots (say, of ten minutes on one
// kiosk) with more answers than expected[i], the mean of the same weekday and
// hour. P is the Poisson tail times the number of runs looked at, so that
// looking everywhere costs its price; runs with P ≤ alpha are returned, the
// most striking first to be taken and no two overlapping, in order of time.
// A slot that expects nothing takes half an answer.
func Bursts(counts []int64, expected []float64, longest int, alpha float64) []Burst {
	n := min(len(counts), len(expected))
	longest = min(longest, n)
	taken := make([]bool, n)
	tests := 0
	for l := 1; l <= longest; l++ {
		tests += n - l + 1
	}
	var out []Burst
	for {
		best := Burst{P: math.Inf(1)}
		for from := range n {
			var c int64
			e := 0.0
			for to := from; to < min(n, from+longest) && !taken[to]; to++ {
				c += counts[to]
				if expected[to] > 0 {
					e += expected[to]
				} else {
					e += 0.5
				}
				if p := poissonTail(c, e) * float64(tests); p < best.P {
					best = Burst{from, to, c, e, min(p, 1)}
				}
			}
		}
		if best.P > alpha {
			break
		}
		for i := best.From; i <= best.To; i++ {
			taken[i] = true
		}
		at := 0
		for at < len(out) && out[at].From < best.From {
			at++
		}
		out = append(out[:at], append([]Burst{best}, out[at:]...)...)
	}
	return out
}

// poissonTail is P(K ≥ k) of mean m.
func poissonTail(k int64, m float64) float64 {
	if k <= 0 {
		return 1
	}
	return mathext.GammaIncReg(float64(k), m)
}

// Entropy is the Shannon entropy in bits of a distribution of counts, say of
// answer patterns on one officer's day: 0 where all are the same. ok is false
// without counts.
func Entropy(counts []int64) (bits float64, ok bool) {
	var n float64
	for _, c := range counts {
		if c > 0 {
			n += float64(c)
		}
	}
	if n == 0 {
		return 0, false
	}
	for _, c := range counts {
		if c > 0 {
			p := float64(c) / n
			bits -= p * math.Log2(p)
		}
	}
	return max(0, bits), true
}

// BurstsAbove is Bursts for counts that vary more than Poisson counts do, as the
// days of an office do: counts and expectations are divided by phi, the mean of
// (count-expected)²/expected with the outer tenth at each end pulled in and at
// least 1, before they are looked at (quasi-Poisson). Count and Expected of what
// is returned are not divided.
func BurstsAbove(counts []int64, expected []float64, longest int, alpha float64) (found []Burst, phi float64) {
	n := min(len(counts), len(expected))
	z := make([]float64, 0, n)
	for i := range n {
		if e := expected[i]; e > 0 {
			z = append(z, (float64(counts[i])-e)/math.Sqrt(e))
		}
	}
	phi = 1
	if p := overDispersion(z); p != nil {
		phi = max(1, *p)
	}
	scaled, means := make([]int64, n), make([]float64, n)
	for i := range n {
		scaled[i], means[i] = int64(float64(counts[i])/phi), expected[i]/phi
	}
	found = Bursts(scaled, means, longest, alpha)
	for i := range found {
		b := &found[i]
		b.Count, b.Expected = 0, 0
		for k := b.From; k <= b.To; k++ {
			b.Count, b.Expected = b.Count+counts[k], b.Expected+expected[k]
		}
	}
	return found, phi
}
