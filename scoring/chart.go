package scoring

import (
	"math"
	"math/big"

	"gonum.org/v1/gonum/mathext"
)

// Days are control charts of the share satisfied over days, or periods of any
// length (biểu đồ kiểm soát). Periods without answers are left out.
type Days struct {
	Day Labels  `json:"day"`
	X   []int64 `json:"x"`
	N   []int64 `json:"n"`
	// PBar is Σx/Σn of the baseline periods.
	PBar     *float64  `json:"pbar"`
	Baseline int       `json:"baseline"` // leading periods that set PBar, Mu and Sigma
	P        []float64 `json:"p"`
	// The p-chart, PBar ± 3√(PBar(1-PBar)/n), within [0, 1], and the periods out of it.
	LCL []float64 `json:"lcl"`
	UCL []float64 `json:"ucl"`
	Out Labels    `json:"out"`
	// Laney's p′ widens the limits by SigmaZ = mean|z_t - z_(t-1)|/1.128, for
	// large n, where plain limits are too narrow. (Laney 2002.)
	SigmaZ   *float64  `json:"sigma_z_laney"`
	LCLLaney []float64 `json:"lcl_laney,omitempty"`
	UCLLaney []float64 `json:"ucl_laney,omitempty"`
	OutLaney Labels    `json:"out_laney"`

	// Exact are binomial limits, 0.135 % beyond either, of periods with fewer than
	// 30 answers, where the chart's own are too rough; nil for the others.
	Exact    []*Interval `json:"exact"`
	OutExact Labels      `json:"out_exact"`

	EWMA  *EWMA  `json:"ewma,omitempty"`
	CUSUM *CUSUM `json:"cusum,omitempty"`
	Trend *Trend `json:"trend,omitempty"`

	centreX, centreN int64 // PBar as it was counted
}

// EWMA is the exponentially weighted moving average e_t = λp_t + (1-λ)e_(t-1)
// from Mu, with half-width L σ √(λ/(2-λ) (1-(1-λ)^2t)). It sees slow drift.
type EWMA struct {
	Lambda    float64   `json:"lambda"`
	L         float64   `json:"L"`
	Mu        float64   `json:"mu"`    // mean of the shares
	Sigma     float64   `json:"sigma"` // their standard deviation
	Values    []float64 `json:"ewma"`
	HalfWidth []float64 `json:"halfwidth"`
	Out       Labels    `json:"out"`
}

// CUSUM adds up what exceeds k standard deviations, on either side, and signals
// beyond h.
type CUSUM struct {
	K           float64   `json:"k"`
	H           float64   `json:"h"`
	Mu          float64   `json:"mu"`
	Sigma       float64   `json:"sigma"`
	Upper       []float64 `json:"upper"`
	Lower       []float64 `json:"lower"`
	SignalUpper Labels    `json:"signal_upper"`
	SignalLower Labels    `json:"signal_lower"`
}

// NewDays charts the periods. baseline is the number of leading periods with
// answers that set the centre and spread (phase I); 0 takes all.
func NewDays(counts []PeriodCount, baseline int) *Days {
	live, axis := sortPeriods(counts)
	d := &Days{
		Day: Labels{}, X: []int64{}, N: []int64{}, P: []float64{}, LCL: []float64{}, UCL: []float64{},
		Out: Labels{}, OutLaney: Labels{}, OutExact: Labels{}, Exact: []*Interval{}, Baseline: baseline,
	}
	if baseline <= 0 || baseline > len(live) {
		d.Baseline = len(live)
	}
	var x, n int64
	for i, c := range live {
		d.Day = append(d.Day, c.Period)
		d.X, d.N = append(d.X, c.X), append(d.N, c.N)
		d.P = append(d.P, float64(c.X)/float64(c.N))
		if i < d.Baseline {
			x, n = x+c.X, n+c.N
		}
	}
	if n == 0 {
		return d
	}
	d.PBar, d.centreX, d.centreN = ratio(x, n), x, n
	d.pChart(*d.PBar)
	mu, sigma, ok := spreadOf(d.P[:d.Baseline])
	if ok {
		d.EWMA = d.ewma(mu, sigma)
		d.CUSUM = d.cusum(mu, sigma)
	}
	d.Trend = NewTrend(axis, d.P)
	if d.Trend != nil {
		d.Trend.Seasonal = seasonal(d.Day, d.P)
	}
	return d
}

func (d *Days) pChart(p float64) {
	z := make([]float64, len(d.P))
	for i, share := range d.P {
		se := math.Sqrt(p * (1 - p) / float64(d.N[i]))
		if se > 0 {
			z[i] = (share - p) / se
		}
		i3 := Interval{p - 3*se, p + 3*se}.clip()
		d.LCL, d.UCL = append(d.LCL, i3.Lo), append(d.UCL, i3.Hi)
		if share < i3.Lo || share > i3.Hi {
			d.Out = append(d.Out, d.Day[i])
		}
		d.exact(p, i)
	}
	if d.Baseline < 2 {
		return
	}
	sum := 0.0
	for i := 1; i < d.Baseline; i++ {
		sum += math.Abs(z[i] - z[i-1])
	}
	s := sum / float64(d.Baseline-1) / 1.128
	d.SigmaZ = number(s)
	for i, share := range d.P {
		half := 3 * s * math.Sqrt(p*(1-p)/float64(d.N[i]))
		l := Interval{p - half, p + half}.clip()
		d.LCLLaney, d.UCLLaney = append(d.LCLLaney, l.Lo), append(d.UCLLaney, l.Hi)
		if share < l.Lo || share > l.Hi {
			d.OutLaney = append(d.OutLaney, d.Day[i])
		}
	}
}

// exact adds the exact limits of a small period.
func (d *Days) exact(p float64, i int) {
	n := d.N[i]
	if n >= MinAnswers {
		d.Exact = append(d.Exact, nil)
		return
	}
	const tail = 0.00135
	// The least x with P(X ≤ x) > tail and the greatest with P(X ≥ x) > tail.
	lo := search(0, n, func(x int64) bool { return binomialAtMost(x, n, p) > tail })
	hi := n - search(0, n, func(y int64) bool { return binomialAtMost(y, n, 1-p) > tail })
	d.Exact = append(d.Exact, &Interval{float64(lo) / float64(n), float64(hi) / float64(n)})
	if d.X[i] < lo || d.X[i] > hi {
		d.OutExact = append(d.OutExact, d.Day[i])
	}
}

// binomialAtMost is P(X ≤ x) of n at p.
func binomialAtMost(x, n int64, p float64) float64 {
	switch {
	case x >= n || p <= 0:
		return 1
	case p >= 1:
		return 0
	}
	return mathext.RegIncBeta(float64(n-x), float64(x+1), 1-p)
}

// spreadOf is mean and standard deviation; ok is false for fewer than two.
func spreadOf(p []float64) (mean, sd float64, ok bool) {
	if len(p) < 2 {
		return 0, 0, false
	}
	for _, v := range p {
		mean += v
	}
	mean /= float64(len(p))
	for _, v := range p {
		sd += (v - mean) * (v - mean)
	}
	return mean, math.Sqrt(sd / float64(len(p)-1)), true
}

func (d *Days) ewma(mu, sigma float64) *EWMA {
	e := &EWMA{Lambda: 0.2, L: 3, Mu: mu, Sigma: sigma, Out: Labels{}}
	v, decay := mu, 1.0
	for i, p := range d.P {
		v = e.Lambda*p + (1-e.Lambda)*v
		decay *= (1 - e.Lambda) * (1 - e.Lambda)
		half := e.L * sigma * math.Sqrt(e.Lambda/(2-e.Lambda)*(1-decay))
		e.Values, e.HalfWidth = append(e.Values, v), append(e.HalfWidth, half)
		if math.Abs(v-mu) > half+1e-12 { // all shares equal is no signal
			e.Out = append(e.Out, d.Day[i])
		}
	}
	return e
}

func (d *Days) cusum(mu, sigma float64) *CUSUM {
	c := &CUSUM{K: 0.5, H: 5, Mu: mu, Sigma: sigma, SignalUpper: Labels{}, SignalLower: Labels{}}
	var up, down float64
	for i, p := range d.P {
		z := 0.0
		if sigma > 1e-12 {
			z = (p - mu) / sigma
		}
		up, down = max(0, up+z-c.K), max(0, down-z-c.K)
		c.Upper, c.Lower = append(c.Upper, up), append(c.Lower, down)
		if up > c.H {
			c.SignalUpper = append(c.SignalUpper, d.Day[i])
		}
		if down > c.H {
			c.SignalLower = append(c.SignalLower, d.Day[i])
		}
	}
	return c
}

// RunLength is how many points in a row on one side of the centre line make a
// signal.
const RunLength = 8

// Runs returns the periods of every run of at least RunLength points in a row
// on one side of the centre line (dãy điểm cùng phía), which tells a lasting
// shift that no single point betrays. A point on the line ends a run. (Western
// Electric 1956, fourth rule.)
func (d *Days) Runs() Labels {
	out := Labels{}
	if d.PBar == nil {
		return out
	}
	start, side := 0, 0
	for i := 0; i <= len(d.P); i++ {
		now := 0
		if i < len(d.P) {
			// In integers, so that a share equal to the centre is on it:
			// x/n against Σx/Σn.
			now = compareShares(d.X[i], d.N[i], d.centreX, d.centreN)
		}
		if i < len(d.P) && now == side {
			continue
		}
		if side != 0 && i-start >= RunLength {
			out = append(out, d.Day[start:i]...)
		}
		start, side = i, now
	}
	return out
}

// compareShares compares x/n with y/m exactly.
func compareShares(x, n, y, m int64) int {
	return new(big.Rat).SetFrac64(x, n).Cmp(new(big.Rat).SetFrac64(y, m))
}
