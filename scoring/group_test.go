package scoring_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"hailong/scoring"
)

func anyGroups(t *rapid.T) []scoring.GroupCount {
	var out []scoring.GroupCount
	most := rapid.SampledFrom([]int64{1, 5, 50, 1000, 10_000_000}).Draw(t, "most")
	for range rapid.IntRange(0, 30).Draw(t, "groups") {
		n := rapid.Int64Range(0, most).Draw(t, "n")
		out = append(out, scoring.GroupCount{Name: rapid.StringN(0, 3, 9).Draw(t, "name"), X: rapid.Int64Range(0, n).Draw(t, "x"), N: n})
	}
	return out
}

func TestGroupsMakeSense(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		counts := anyGroups(t)
		g := scoring.NewGroups(counts, 0.9)
		g.By = "desk"
		encode(t, g)
		for i, f := range g.Entries {
			if (f.N == 0) != (f.Share == nil) || (f.N == 0) != (f.PosteriorMean == nil) {
				t.Fatalf("%+v", f)
			}
			if f.N == 0 {
				continue
			}
			lo, hi := min(*f.Share, g.BetaBinomial.Mu), max(*f.Share, g.BetaBinomial.Mu)
			if *f.PosteriorMean < lo-1e-9 || *f.PosteriorMean > hi+1e-9 {
				t.Fatalf("%+v is shrunk to %v, away from %v", f, *f.PosteriorMean, g.BetaBinomial.Mu)
			}
			if *f.PBH < *f.PExactDoubled-1e-15 {
				t.Fatalf("group %d: adjusted %v under raw %v", i, *f.PBH, *f.PExactDoubled)
			}
			if f.Signal != "" && f.N < scoring.MinAnswers {
				t.Fatalf("a signal on %d answers", f.N)
			}
		}
	})
}

func TestChartsMakeSense(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var periods []scoring.PeriodCount
		for _, g := range anyGroups(t) {
			periods = append(periods, scoring.PeriodCount{Period: g.Name, X: g.X, N: g.N})
		}
		d := scoring.NewDays(periods, rapid.IntRange(0, 40).Draw(t, "baseline"))
		encode(t, d)
		for i := range d.P {
			if d.LCL[i] < 0 || d.UCL[i] > 1 || d.LCL[i] > d.UCL[i] {
				t.Fatalf("limits %v, %v", d.LCL[i], d.UCL[i])
			}
		}
	})
}

// Reference: R 4.2.2, optim of the log likelihood to a relative tolerance of
// 1e-15, BFGS and then Nelder–Mead.
func TestBetaBinomialInterior(t *testing.T) {
	t.Parallel()
	b := scoring.FitBetaBinomial([]scoring.GroupCount{
		{X: 45, N: 50}, {X: 30, N: 50}, {X: 82, N: 90}, {X: 60, N: 100}, {X: 19, N: 20},
		{X: 70, N: 75}, {X: 40, N: 60}, {X: 110, N: 140}, {X: 9, N: 10}, {X: 25, N: 30}, {X: 0, N: 0},
	})
	if b.Boundary {
		t.Fatal("no over-dispersion found where there is")
	}
	for name, v := range map[string][2]float64{
		"mu": {b.Mu, 0.799495274710422}, "rho": {b.Rho, 0.0837869465375167}, "log likelihood": {*b.LogLik, -307.567219584629},
	} {
		if !near(v[0], v[1], 1e-6) {
			t.Errorf("%s: %v, want %v", name, v[0], v[1])
		}
	}
}

func TestBenjaminiHochberg(t *testing.T) {
	t.Parallel()
	// R: p.adjust(c(.01,.04,.03,.005,.9), "BH")
	got := scoring.BenjaminiHochberg([]float64{0.01, 0.04, 0.03, 0.005, 0.9})
	for i, want := range []float64{0.025, 0.05, 0.05, 0.025, 0.9} {
		if math.Abs(got[i]-want) > 1e-15 {
			t.Errorf("%d: got %v, want %v", i, got[i], want)
		}
	}
}
