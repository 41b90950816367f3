package scoring_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"hailong/scoring"
)

func near(a, b, tol float64) bool { return math.Abs(a-b) <= tol*max(1e-300, math.Abs(b)) }

// Reference: R 4.2.2, phyper: least K with P(X ≥ x) > 0.025, greatest with
// P(X ≤ x) > 0.025.
func TestHypergeometricLimits(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		x, n, population int64
		lo, hi           float64
	}{
		{45, 50, 200, 0.8, 0.955},
		{850, 1000, 3000, 0.830666666666667, 0.867666666666667},
		{0, 10, 50, 0, 0.26},
		{10, 10, 50, 0.74, 1},
		{27, 30, 31, 0.870967741935484, 0.903225806451613},
		{30, 30, 30, 1, 1},
	} {
		f := scoring.NewFinite(c.x, c.n, c.population, 0.9)
		if h := f.Hypergeometric; !near(h.Lo, c.lo, 1e-12) || math.Abs(h.Hi-c.hi) > 1e-12 {
			t.Errorf("%d/%d of %d: %v, want %v, %v", c.x, c.n, c.population, *h, c.lo, c.hi)
		}
	}
}

// Reference: R 4.2.2, sums of exp(lchoose + lbeta - lbeta).
func TestPredictive(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		x, n, further int64
		target, want  float64
	}{
		{45, 50, 150, 0.9, 0.512090239634237},
		{850, 1000, 2000, 0.85, 0.505524420962082},
		{27, 30, 1, 0.9, 0.887096774193547},
		{9, 10, 0, 0.9, 1},
		{8, 10, 0, 0.9, 0},
		{0, 0, 0, 0.9, 0},
	} {
		if got := scoring.ProbYearEnd(c.x, c.n, c.further, c.target); !near(got, c.want, 1e-9) {
			t.Errorf("%+v: got %v", c, got)
		}
	}
}

func TestFiniteMakesSense(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64Range(1, 400).Draw(t, "n")
		x := rapid.Int64Range(0, n).Draw(t, "x")
		silent := rapid.Int64Range(0, 400).Draw(t, "silent")
		f := scoring.NewFinite(x, n, n+silent, 0.9)
		encode(t, f)
		h := *f.Hypergeometric
		if h.Lo < *f.Lowest-1e-12 || h.Hi > *f.Highest+1e-12 || h.Lo > h.Hi {
			t.Fatalf("hypergeometric %v outside %v, %v", h, *f.Lowest, *f.Highest)
		}
		if f.Wilson != nil {
			w, _ := scoring.Wilson(x, n)
			if f.Wilson.Lo < w.Lo-1e-12 || f.Wilson.Hi > w.Hi+1e-12 {
				t.Fatalf("corrected %v is wider than %v", *f.Wilson, w)
			}
		}
	})
	if scoring.NewFinite(5, 10, 9, 0.9) != nil {
		t.Error("more answers than dossiers gave figures")
	}
}

// From the product's own planning figures: how many answers a verdict needs.
func TestVerdictThresholds(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		x, n int64
		want scoring.Verdict
	}{
		{0, 0, scoring.TooEarly},
		{18, 18, scoring.TooEarly}, // certain enough, but under 30 answers
		{29, 29, scoring.TooEarly},
		{30, 30, scoring.Met},
		{0, 30, scoring.NotMet},
		{0, 29, scoring.TooEarly},
		{900, 1000, scoring.TooEarly},
		{2148, 2360, scoring.Met},
		{91, 100, scoring.TooEarly},
		{2206, 2688, scoring.NotMet},
		{-1, 40, scoring.TooEarly},
		{41, 40, scoring.TooEarly},
	} {
		if got, reason := scoring.Judge(c.x, c.n, 0.9); got != c.want || reason == "" {
			t.Errorf("%d/%d: %s (%s), want %s", c.x, c.n, got, reason, c.want)
		}
	}
}

func TestTargetsAreExact(t *testing.T) {
	t.Parallel()
	if scoring.Reaches(94996, 100000, 0.95) || !scoring.Reaches(95, 100, 0.95) || !scoring.Reaches(9, 10, 0.9) || scoring.Reaches(0, 0, 0.9) {
		t.Error("Reaches rounds")
	}
	if scoring.Exceeds(95, 100, 0.95) || !scoring.Exceeds(95001, 100000, 0.95) {
		t.Error("Exceeds is not strict")
	}
	if got := scoring.PercentText(0.94996, 0.95, "vi"); got != "94,99%" {
		t.Errorf("0.94996 prints as %s", got)
	}
	if got := scoring.PercentText(0.922649, 0.9, "en"); got != "92.26%" {
		t.Errorf("0.922649 prints as %s", got)
	}
}

func TestHowManyMore(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		x, n    int64
		target  float64
		row     int64
		rowOK   bool
		lower   int64
		lowerOK bool
	}{
		{850, 1000, 0.9, 500, true, 746, true},
		{2206, 2688, 0.9, 2132, true, 2558, true},
		{0, 0, 0.9, 0, true, 35, true},
		{90, 100, 0.9, 0, true, 0, false}, // lower is checked only where given
		{9, 10, 1, 0, false, 0, false},
	} {
		if got, ok := scoring.SatisfiedInARow(c.x, c.n, c.target); got != c.row || ok != c.rowOK {
			t.Errorf("%+v: in a row %d, %v", c, got, ok)
		}
		got, ok := scoring.SatisfiedToWilson(c.x, c.n, c.target)
		if c.lowerOK && (got != c.lower || !ok) {
			t.Errorf("%+v: to Wilson %d, %v", c, got, ok)
		}
	}
}
