package scoring

import (
	"math"
	"slices"
)

// MinTrend is the number of points under which a trend proves nothing.
const MinTrend = 8

// A Trend is the Mann–Kendall test with Sen's slope (xu hướng): does the share
// rise or fall over time, whatever the shape.
type Trend struct {
	N      int  `json:"n"`
	Enough bool `json:"enough"` // at least MinTrend points
	// S is the number of rising less falling pairs, VarS its variance with
	// ties, Z (S∓1)/√VarS.
	S    int64    `json:"S"`
	VarS float64  `json:"varS"`
	Z    float64  `json:"z"`
	P    float64  `json:"p_two_sided"`
	Lag1 *float64 `json:"lag1,omitempty"` // autocorrelation after removing the slope
	// PHamedRao is P with the variance corrected for autocorrelation; nil where
	// no lag is significant. (Hamed, Rao 1998.)
	PHamedRao *float64 `json:"p_hamed_rao,omitempty"`
	// SenSlope is the median slope of all pairs, per unit of the axis (day,
	// month, quarter), with limits at the ranks (M ∓ z√VarS)/2, interpolated.
	SenSlope  *float64 `json:"sen_slope"`
	SenLo     *float64 `json:"sen_lo"`
	SenHi     *float64 `json:"sen_hi"`
	Intercept *float64 `json:"intercept"` // median y - slope median x
	// Seasonal is there for months and quarters over two years and more.
	Seasonal *Seasonal `json:"seasonal_kendall,omitempty"`
}

// NewTrend tests y over x, which rises. It is nil for fewer than three points.
func NewTrend(x, y []float64) *Trend {
	n := len(y)
	if n < 3 || len(x) != n {
		return nil
	}
	t := &Trend{N: n, Enough: n >= MinTrend}
	t.S, t.VarS = mannKendall(y)
	t.Z, t.P = kendallZ(float64(t.S), t.VarS)
	var slopes []float64
	for i := range n {
		for j := i + 1; j < n; j++ {
			if x[j] != x[i] {
				slopes = append(slopes, (y[j]-y[i])/(x[j]-x[i]))
			}
		}
	}
	if len(slopes) == 0 {
		return t
	}
	slices.Sort(slopes)
	slope := median(slopes)
	m, c := float64(len(slopes)), z95*math.Sqrt(t.VarS)
	t.SenSlope = number(slope)
	t.SenLo, t.SenHi = number(atRank(slopes, (m-c)/2)), number(atRank(slopes, (m+c)/2+1))
	t.Intercept = number(median(sorted(y)) - slope*median(sorted(x)))
	t.autocorrelation(x, y, slope)
	return t
}

// mannKendall counts pairs; equal values are ties and count as neither.
func mannKendall(y []float64) (s int64, v float64) {
	for i := range y {
		for _, later := range y[i+1:] {
			switch {
			case later > y[i]:
				s++
			case later < y[i]:
				s--
			}
		}
	}
	n := float64(len(y))
	v = n * (n - 1) * (2*n + 5)
	o := sorted(y)
	for i := 0; i < len(o); {
		j := i
		for j < len(o) && o[j] == o[i] {
			j++
		}
		k := float64(j - i)
		v -= k * (k - 1) * (2*k + 5)
		i = j
	}
	return s, max(0, v/18)
}

// kendallZ is the normal score with continuity correction, and its two-sided
// tail.
func kendallZ(s, v float64) (z, p float64) {
	if v <= 0 || s == 0 {
		return 0, 1
	}
	z = (s - math.Copysign(1, s)) / math.Sqrt(v)
	return z, normalTail(z)
}

// autocorrelation corrects for neighbours that resemble each other, on the
// ranks of what is left after the slope.
func (t *Trend) autocorrelation(x, y []float64, slope float64) {
	n := len(y)
	if n < MinTrend {
		return
	}
	rest := make([]float64, n)
	for i := range y {
		rest[i] = y[i] - slope*x[i]
	}
	if r, ok := autocorrelationAt(rest, 1); ok {
		t.Lag1 = number(r)
	}
	rank := ranks(rest)
	fn, sum, any := float64(n), 0.0, false
	for lag := 1; lag < n-3; lag++ {
		r, ok := autocorrelationAt(rank, lag)
		if !ok || math.Abs(r) <= z95/math.Sqrt(fn) {
			continue
		}
		any = true
		l := float64(lag)
		sum += (fn - l) * (fn - l - 1) * (fn - l - 2) * r
	}
	if !any {
		return
	}
	factor := 1 + 2/(fn*(fn-1)*(fn-2))*sum
	if factor > 0 {
		_, p := kendallZ(float64(t.S), t.VarS*factor)
		t.PHamedRao = number(p)
	}
}

func autocorrelationAt(y []float64, lag int) (float64, bool) {
	mean := 0.0
	for _, v := range y {
		mean += v
	}
	mean /= float64(len(y))
	var num, den float64
	for i, v := range y {
		den += (v - mean) * (v - mean)
		if i >= lag {
			num += (v - mean) * (y[i-lag] - mean)
		}
	}
	if den <= 1e-18 {
		return 0, false
	}
	return num / den, true
}

// Seasonal is the seasonal Kendall test; see SeasonalKendall.
type Seasonal struct {
	S int64   `json:"S"`
	Z float64 `json:"z"`
	P float64 `json:"p_two_sided"`
}

// seasonal groups months or quarters by season. It is nil for other periods and
// where no season comes twice.
func seasonal(labels []string, y []float64) *Seasonal {
	for _, k := range []struct {
		parse   func(string) (int, bool)
		seasons int
	}{{monthNumber, 12}, {quarterNumber, 4}} {
		by, twice := make([][]float64, k.seasons), false
		for i, l := range labels {
			v, ok := k.parse(l)
			if !ok {
				by = nil
				break
			}
			s := v % k.seasons
			by[s] = append(by[s], y[i])
			twice = twice || len(by[s]) > 1
		}
		if by != nil && twice {
			s, z, p := SeasonalKendall(by)
			return &Seasonal{s, z, p}
		}
	}
	return nil
}

// SeasonalKendall tests for a trend within seasons (Hirsch, Slack, Smith 1982):
// seasons[m] holds the values of month or quarter m in the order of years. S
// and its variance are added up over seasons. p is 1 where nothing varies.
func SeasonalKendall(seasons [][]float64) (s int64, z, p float64) {
	var v float64
	for _, y := range seasons {
		si, vi := mannKendall(y)
		s += si
		v += vi
	}
	z, p = kendallZ(float64(s), v)
	return s, z, p
}

func sorted(v []float64) []float64 {
	c := slices.Clone(v)
	slices.Sort(c)
	return c
}

// median of a sorted slice.
func median(s []float64) float64 {
	n := len(s)
	return (s[(n-1)/2] + s[n/2]) / 2
}

// atRank interpolates between the order statistics around rank r, from 1.
func atRank(s []float64, r float64) float64 {
	if r <= 1 {
		return s[0]
	}
	if r >= float64(len(s)) {
		return s[len(s)-1]
	}
	k := int(r)
	return s[k-1] + (r-float64(k))*(s[k]-s[k-1])
}

// ranks are from 1, with ties sharing their mean.
func ranks(v []float64) []float64 {
	o := sorted(v)
	out := make([]float64, len(v))
	for i, x := range v {
		lo, _ := slices.BinarySearch(o, x)
		hi := lo
		for hi < len(o) && o[hi] == x {
			hi++
		}
		out[i] = float64(lo+hi+1) / 2
	}
	return out
}
