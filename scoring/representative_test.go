package scoring_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"hailong/scoring"
)

// The reference values are R 4's pbinom, chisq.test; the second table is that
// of Agresti (2007), party by gender, as in R's own help page.
func TestBinomialTail(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		k, n int64
		p    float64
		want float64
	}{
		{15, 20, 0.4, 1.61152464345629e-03}, {12, 12, 0.35, 3.37922050805663e-06}, {30, 40, 0.6, 3.52224801141688e-02},
		{0, 5, 0.2, 1}, {6, 5, 0.2, 0}, {3, 5, 0, 0}, {3, 5, 1, 1}, {35, 35, 0.6, 1.71907079974842e-08},
	} {
		if got := scoring.BinomialTail(tt.k, tt.n, tt.p); !near(got, tt.want, 1e-12) {
			t.Errorf("P(K ≥ %d) of %d at %v is %v, want %v", tt.k, tt.n, tt.p, got, tt.want)
		}
	}
}

func TestRepresents(t *testing.T) {
	t.Parallel()
	parts := func(answers, all []int64) (out []scoring.PartCount) {
		for i := range all {
			out = append(out, scoring.PartCount{Name: string(rune('a' + i)), Population: all[i], Answers: answers[i]})
		}
		return out
	}
	for _, tt := range []struct {
		answers, all []int64
		x2           float64
		df           int
		p            float64
	}{
		{[]int64{812, 330, 96, 101, 58, 20}, []int64{1740, 660, 240, 180, 120, 60}, 17.6910549678549, 5, 0.00335959257942281},
		{[]int64{762, 327, 468}, []int64{1246, 566, 945}, 30.0701490957547, 2, 2.95358918321176e-07},
		// The last two parts expect too little and stand together: R's test of
		// the pooled table.
		{[]int64{50, 30, 2, 1}, []int64{100, 60, 4, 8}, 2.79409773927169, 2, 0.24732577861421},
	} {
		r, ok := scoring.Represents(parts(tt.answers, tt.all))
		if !ok || !near(r.ChiSquare, tt.x2, 1e-12) || r.DF != tt.df || !near(r.P, tt.p, 1e-11) {
			t.Errorf("%v of %v: X² %v, df %d, p %v, %v; want %v, %d, %v", tt.answers, tt.all, r.ChiSquare, r.DF, r.P, ok, tt.x2, tt.df, tt.p)
		}
	}
	r, _ := scoring.Represents(parts([]int64{812, 330, 96, 101, 58, 20}, []int64{1740, 660, 240, 180, 120, 60}))
	if got := r.Parts[2]; !near(got.Expected, 113.36, 1e-9) || !near(got.Points, -17.36/1417, 1e-9) {
		t.Errorf("the third part is %+v", got)
	}
	for name, p := range map[string][]scoring.PartCount{
		"nothing": nil, "nobody answered": parts([]int64{0, 0}, []int64{50, 60}), "everybody did": parts([]int64{50, 60}, []int64{50, 60}),
		"one part": parts([]int64{20}, []int64{50}), "all too small": parts([]int64{1, 1, 1}, []int64{3, 3, 3}),
	} {
		if r, ok := scoring.Represents(p); ok {
			t.Errorf("%s: %+v", name, r)
		}
	}
	// Trailing answers: a part may have more of them than dossiers.
	if r, ok := scoring.Represents(parts([]int64{30, 10}, []int64{25, 100})); !ok || r.P > 1e-6 {
		t.Errorf("more answers than dossiers: %+v, %v", r, ok)
	}
}

// Where every part answers alike there is nothing to see, and the pooled parts
// lose nobody.
func TestRepresentsKeepsEverybody(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var parts []scoring.PartCount
		var n, all int64
		for i := range rapid.IntRange(1, 8).Draw(t, "parts") {
			p := scoring.PartCount{Name: string(rune('a' + i)), Population: 2 * rapid.Int64Range(0, 200).Draw(t, "half")}
			p.Answers = p.Population / 2
			n, all = n+p.Answers, all+p.Population
			parts = append(parts, p)
		}
		r, ok := scoring.Represents(parts)
		if !ok {
			return
		}
		var gotN, gotAll int64
		for _, p := range r.Parts {
			gotN, gotAll = gotN+p.Answers, gotAll+p.Population
			if p.Expected < 5 && len(r.Parts) > 1 {
				t.Fatalf("%+v expects too little", p)
			}
		}
		if gotN != n || gotAll != all || r.ChiSquare > 1e-9 || r.P < 0.999 {
			t.Fatalf("%d of %d became %+v", n, all, r)
		}
	})
}

// 400 of a population that never ends and 353 of 3,000 stand in every text book.
func TestYamane(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		population int64
		e          float64
		want       int64
	}{
		{3000, 0.05, 353}, {1000, 0.05, 286}, {100, 0.05, 80}, {10_000, 0.05, 385}, {100_000_000, 0.05, 400}, {1000, 0.1, 91}, {1, 0.05, 1}, {0, 0.05, 0}, {100, 0, 0}, {100, 1, 0},
	} {
		if got := scoring.Yamane(tt.population, tt.e); got != tt.want {
			t.Errorf("Yamane(%d, %v) is %d, want %d", tt.population, tt.e, got, tt.want)
		}
	}
}

func TestFurtherForMargin(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64Range(1, 2000).Draw(t, "n")
		x := rapid.Int64Range(0, n).Draw(t, "x")
		m, ok := scoring.FurtherForMargin(x, n, 0.05)
		if !ok || m < 0 {
			t.Fatalf("%d of %d: %d, %v", x, n, m, ok)
		}
		half := func(total int64) float64 {
			p, k, z := float64(x)/float64(n), float64(total), 1.959963984540054
			return z * math.Sqrt(p*(1-p)/k+z*z/(4*k*k)) / (1 + z*z/k)
		}
		// Clipping at 0 and 1 may only make the interval narrower.
		if half(n+m) > 0.05+1e-12 && x != 0 && x != n && (float64(x)/float64(n) > 0.1 && float64(x)/float64(n) < 0.9) {
			t.Fatalf("%d of %d and %d more: ±%v", x, n, m, half(n+m))
		}
		if m > 0 && half(n+m-1) <= 0.05 {
			t.Fatalf("%d of %d: one less than %d would do", x, n, m)
		}
	})
	// A share of one half: the least n whose Wilson interval is ±5 %, 381.
	if m, ok := scoring.FurtherForMargin(0, 0, 0.05); !ok || m != 381 {
		t.Errorf("from nothing: %d, %v", m, ok)
	}
	for _, bad := range []float64{0, 0.5, -1, math.NaN()} {
		if _, ok := scoring.FurtherForMargin(1, 2, bad); ok {
			t.Errorf("a margin of %v", bad)
		}
	}
}
