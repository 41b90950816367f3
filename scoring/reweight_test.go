package scoring_test

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"hailong/scoring"
)

// Reference: R 4.2.2, iterative proportional fitting of a 2×3 table.
func TestRake(t *testing.T) {
	t.Parallel()
	var cells []scoring.RakeCell
	n := []int64{30, 10, 20, 40, 5, 15}
	x := []int64{25, 9, 15, 38, 2, 10}
	for i := range n {
		cells = append(cells, scoring.RakeCell{Category: []int{i % 2, i / 2}, X: x[i], N: n[i]})
	}
	r, err := scoring.Rake(cells, [][]float64{{450, 750}, {300, 600, 300}}, 0)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []float64{7.09095261291802, 8.72714216124594, 8.6667966965375, 10.6666016517313, 12.7870975363419, 15.7376341545527} {
		if !near(r.Weights[i], want, 1e-8) {
			t.Errorf("weight %d: %v, want %v", i, r.Weights[i], want)
		}
	}
	for name, v := range map[string][2]float64{
		"share": {*r.Share, 0.811751203838521}, "deff": {*r.Deff, 1.07133729599951}, "se": {*r.SE, 0.0384744613095153},
	} {
		if !near(v[0], v[1], 1e-8) {
			t.Errorf("%s: %v, want %v", name, v[0], v[1])
		}
	}
	capped, err := scoring.Rake(cells, [][]float64{{450, 750}, {100, 100, 1000}}, 2)
	if err != nil {
		t.Fatal(err)
	}
	if capped.Capped == 0 || capped.Off < 1e-6 {
		t.Errorf("a weight over the cap passed: %+v", capped)
	}
	for _, w := range capped.Weights {
		if w > 2*1200/120.0+1e-9 {
			t.Errorf("weight %v is over the cap", w)
		}
	}
	if _, err := scoring.Rake(cells, [][]float64{{450, 750}, {300, 600, 300, 50}}, 5); err == nil {
		t.Error("margins that differ were raked")
	}
	if _, err := scoring.Rake(cells[:4], [][]float64{{450, 750}, {300, 600, 300}}, 5); err == nil {
		t.Error("a category without answers was raked")
	}
}

// Reference: R 4.2.2, from the formulas in the comment of PostStratify.
func TestPostStratify(t *testing.T) {
	t.Parallel()
	w := scoring.NewWeightedTally()
	for _, s := range []struct {
		name string
		x, n int
	}{{"a", 30, 40}, {"b", 55, 60}, {"c", 10, 25}} {
		for i := range s.n {
			w.Add(s.name, i < s.x, scoring.UnitWeight())
		}
	}
	got, err := w.PostStratify(map[string]int64{"a": 400, "b": 300, "c": 500})
	if err != nil {
		t.Fatal(err)
	}
	for name, v := range map[string][2]float64{
		"share": {*got.Share, 0.645833333333333}, "se": {*got.SE, 0.046848811434665}, "se without fpc": {*got.SENoFPC, 0.0484893759337461},
		"n_eff": {*got.NEff, 104.181516002082}, "lo": {got.KornGraubard.Lo, 0.546072786051326}, "hi": {got.KornGraubard.Hi, 0.737068463470792},
	} {
		if !near(v[0], v[1], 1e-9) {
			t.Errorf("%s: %v, want %v", name, v[0], v[1])
		}
	}
	if _, err := w.PostStratify(map[string]int64{"a": 400, "b": 300}); err == nil {
		t.Error("a stratum without population passed")
	}
	more, err := w.PostStratify(map[string]int64{"a": 400, "b": 300, "c": 500, "d": 9})
	if err != nil || len(more.Uncovered) != 1 || more.Uncovered[0] != "d" {
		t.Errorf("uncovered: %v, %v", more.Uncovered, err)
	}
}

func TestWeightedIsExactAndMergeable(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		whole := scoring.NewWeightedTally()
		parts := []*scoring.WeightedTally{scoring.NewWeightedTally(), scoring.NewWeightedTally()}
		for range rapid.IntRange(0, 60).Draw(t, "rows") {
			w, err := scoring.ParseWeight(rapid.StringMatching(`[0-9]{1,3}(\.[0-9]{1,13})?`).Draw(t, "weight"))
			if err != nil {
				t.Fatal(err)
			}
			s, y := rapid.SampledFrom([]string{"", "a", "b", "c"}).Draw(t, "stratum"), rapid.Bool().Draw(t, "y")
			whole.Add(s, y, w)
			parts[rapid.IntRange(0, 1).Draw(t, "part")].Add(s, y, w)
		}
		parts[0].Merge(parts[1])
		want, got := encode(t, whole.Evaluate()), encode(t, parts[0].Evaluate())
		if string(want) != string(got) {
			t.Fatalf("%s\n%s", got, want)
		}
		e := whole.Evaluate()
		if kg := e.KornGraubard; kg != nil && !(kg.Lo <= *e.Share+1e-12 && *e.Share <= kg.Hi+1e-12) {
			t.Fatalf("%v outside %v", *e.Share, *kg)
		}
		if ps, err := whole.PostStratify(map[string]int64{"": 50, "a": 100, "b": 20, "c": 70}); err == nil {
			encode(t, ps)
		}
	})
}

func TestWeightsAreNumbers(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"", "x", "-1", "1/2", "1e10", "1e999999999", "NaN", "Inf", "0x10", "1_0", strings.Repeat("9", 50)} {
		if _, err := scoring.ParseWeight(bad); err == nil {
			t.Errorf("%q is a weight", bad)
		}
	}
	for _, good := range []string{"0", "1", "0.5", "0,5", " 2.25 ", "1e-3", "123456.789012345678"} {
		if _, err := scoring.ParseWeight(good); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
}

func TestKitagawa(t *testing.T) {
	t.Parallel()
	// By hand: shares 0.8 → 0.74; only the mix changed.
	s := scoring.Kitagawa([]scoring.MixCell{
		{Name: "easy", X0: 90, N0: 100, X1: 45, N1: 50},
		{Name: "hard", X0: 70, N0: 100, X1: 140, N1: 200},
	})
	if !near(*s.Change, -0.06, 1e-12) || !near(*s.Mix, -0.06, 1e-12) || math.Abs(*s.Rate) > 1e-12 {
		t.Errorf("change %v = mix %v + rate %v", *s.Change, *s.Mix, *s.Rate)
	}
	rapid.Check(t, func(t *rapid.T) {
		var cells []scoring.MixCell
		for range rapid.IntRange(0, 6).Draw(t, "cells") {
			n0, n1 := rapid.Int64Range(0, 50).Draw(t, "n0"), rapid.Int64Range(0, 50).Draw(t, "n1")
			cells = append(cells, scoring.MixCell{X0: rapid.Int64Range(0, n0).Draw(t, "x0"), N0: n0, X1: rapid.Int64Range(0, n1).Draw(t, "x1"), N1: n1})
		}
		s := scoring.Kitagawa(cells)
		encode(t, s)
		if s.Change != nil && math.Abs(*s.Mix+*s.Rate-*s.Change) > 1e-12 {
			t.Fatalf("%v + %v is not %v", *s.Mix, *s.Rate, *s.Change)
		}
	})
}

func TestStandardise(t *testing.T) {
	t.Parallel()
	// Two officers at the same rates, one with mostly hard cases: nothing to see
	// once the mix is taken out.
	got := scoring.Standardise([]scoring.CaseCell{
		{"an", "easy", 90, 100}, {"an", "hard", 14, 20},
		{"bình", "easy", 18, 20}, {"bình", "hard", 70, 100},
		{"chi", "easy", 0, 0},
	})
	for _, c := range got[:2] {
		if !near(*c.Ratio, 1, 1e-12) || math.Abs(*c.Z) > 1e-9 {
			t.Errorf("%s: O/E %v, z %v", c.Name, *c.Ratio, *c.Z)
		}
	}
	if got[2].Ratio != nil {
		t.Error("a figure for an officer without answers")
	}
}

// Reference: R 4.2.2, from the formula.
func TestClusterSE(t *testing.T) {
	t.Parallel()
	se, deff := scoring.ClusterSE([]scoring.GroupCount{{X: 9, N: 10}, {X: 15, N: 20}, {X: 20, N: 20}, {X: 3, N: 10}, {X: 8, N: 9}, {X: 0, N: 0}})
	if !near(*se, 0.107244862999775, 1e-12) || *deff < 1 {
		t.Errorf("se %v, deff %v", *se, *deff)
	}
	if se, _ := scoring.ClusterSE([]scoring.GroupCount{{X: 9, N: 10}}); se != nil {
		t.Error("a standard error from one cluster")
	}
}

func TestBursts(t *testing.T) {
	t.Parallel()
	counts, expected := make([]int64, 50), make([]float64, 50)
	for i := range counts {
		counts[i], expected[i] = int64(2+i%3), 3
	}
	if got := scoring.Bursts(counts, expected, 6, 0.01); len(got) != 0 {
		t.Errorf("bursts in an even day: %+v", got)
	}
	counts[20], counts[21], counts[22] = 14, 15, 12
	got := scoring.Bursts(counts, expected, 6, 0.01)
	if len(got) != 1 || got[0].From > 20 || got[0].To < 22 {
		t.Errorf("got %+v", got)
	}
	if got := scoring.Bursts(nil, nil, 6, 0.01); len(got) != 0 {
		t.Errorf("bursts in nothing: %+v", got)
	}
}

func TestEntropy(t *testing.T) {
	t.Parallel()
	if bits, ok := scoring.Entropy([]int64{5, 5, 5, 5, 0}); !ok || !near(bits, 2, 1e-12) {
		t.Errorf("four equal patterns: %v", bits)
	}
	if bits, ok := scoring.Entropy([]int64{7}); !ok || bits != 0 {
		t.Errorf("one pattern: %v", bits)
	}
	if _, ok := scoring.Entropy(nil); ok {
		t.Error("entropy of nothing")
	}
}

// Reference: R 4.2.2, cor.test(method = "kendall", exact = FALSE, continuity =
// TRUE), which corrects for ties.
func TestTrendWithTies(t *testing.T) {
	t.Parallel()
	y := []float64{.8, .82, .82, .79, .85, .85, .9, .88, .91, .82}
	x := []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}
	tr := scoring.NewTrend(x, y)
	if !near(tr.Z, 2.00553251402712, 1e-9) || !near(tr.P, 0.0449061483905001, 1e-9) {
		t.Errorf("z %v, p %v", tr.Z, tr.P)
	}
	if scoring.NewTrend(x[:2], y[:2]) != nil {
		t.Error("a trend of two points")
	}
	flat := scoring.NewTrend(x, make([]float64, 10))
	if flat.S != 0 || flat.P != 1 || *flat.SenSlope != 0 {
		t.Errorf("flat: %+v", flat)
	}
	s, z, p := scoring.SeasonalKendall([][]float64{{.8, .82, .85, .9}, {.7, .75, .74, .8}, {.9, .9, .91, .95}})
	if s <= 0 || z <= 0 || p >= 0.05 {
		t.Errorf("three seasons that rise: S %d, z %v, p %v", s, z, p)
	}
}
