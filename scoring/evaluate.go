package scoring

import (
	"math"

	"hailong/scoring/survey"
)

// Options say what Evaluate is to compute. The zero value is right for a
// preview.
type Options struct {
	// Target is the share to reach; 0 takes the survey's, and if that is 0, 0.9.
	Target float64
	// Eligible is the number of dossiers that could have been rated; 0 is
	// unknown and leaves the response rate out.
	Eligible int64
	// Closed says that the period is over, which makes the verdict official.
	Closed bool
	// Brief leaves out what takes more than some microseconds.
	Brief bool
	// Further are the answers still expected, for forecasts; none means 500,
	// 2,000 and 10,000.
	Further []int64
	// Polychoric adds alpha of polychoric correlations to elements of up to
	// twelve criteria: some milliseconds.
	Polychoric bool
	// Lang is the language of sentences: "vi" (default) or "en".
	Lang string
}

// Evaluate computes the document of a tally. It does not change t, never
// fails and never yields NaN or infinity.
func Evaluate(t *Tally, o Options) *Document {
	s := t.survey
	d := &Document{
		Schema: Schema, Survey: s.ID, Target: target(s, o), Confidence: Confidence,
		SatisfiedLevels: append([]int{}, s.Satisfied...),
		Rows:            t.n, Answers: t.n,
		Items: Keyed[Item]{}, Elements: Keyed[Element]{},
	}
	if o.Eligible > 0 {
		d.ResponseRate = &ResponseRate{Answers: t.n, Eligible: o.Eligible, Share: ratio(t.n, o.Eligible), Implausible: t.n > o.Eligible}
	}
	if x, n, ok := t.Overall(); ok && o.Eligible > 0 && !o.Brief {
		d.Finite = NewFinite(x, n, o.Eligible, d.Target)
	}
	for i, it := range t.shape.items {
		d.Items.put(it.ID, item(t, i, d.Target, o.Brief))
	}
	var deep *relations
	if !o.Brief || t.shape.overall < 0 { // without an overall the verdict needs an SE
		deep = t.relations()
	}
	indices(d, t, deep)
	conclude(d, t, o)
	if deep != nil && !o.Brief {
		d.Reliability = reliabilities(t, deep)
		if o.Polychoric {
			polychoricAlphas(d, t, deep)
		}
		d.Drivers = drivers(t, deep)
		prioritise(d)
		d.OrdinalLogit = ordinalLogit(t, deep)
		d.Straightlining = straightlining(t, deep)
		d.Needed = forecastNeeded(t, d.Target, o.Further)
	}
	return d
}

func target(s *survey.Survey, o Options) float64 {
	for _, t := range []float64{o.Target, s.Target} {
		if t > 0 && t <= 1 {
			return t
		}
	}
	return 0.9
}

// item computes the figures of one item from its level counts.
func item(t *Tally, i int, target float64, brief bool) Item {
	sh := t.shape
	it := Item{
		Levels:        make([]int64, sh.levels),
		NotApplicable: t.Level(i, survey.NotApplicable),
		Unanswered:    t.Level(i, survey.Unanswered),
	}
	it.Missing = it.NotApplicable + it.Unanswered
	it.X, it.N = t.Item(i)
	var s1, s2 float64 // of marks relative to the middle: exact integers
	for l := range it.Levels {
		it.Levels[l] = t.Level(i, survey.Mark(l+1))
		c, v := float64(it.Levels[l]), float64(l+1-int(sh.middle))
		s1 += c * v
		s2 += c * v * v
	}
	if it.N == 0 {
		return it
	}
	n := float64(it.N)
	it.Share = ratio(it.X, it.N)
	it.Mean = number(sh.shift + s1/n)
	if it.N > 1 {
		it.Var = number(max(0, (s2-s1*s1/n)/(n-1)))
	}
	w, _ := Wilson(it.X, it.N)
	it.Wilson = &w
	it.ProbTarget = number(ProbAtLeast(it.X, it.N, target))
	it.ProbTrueShareGE090 = number(ProbAtLeast(it.X, it.N, 0.9))
	if brief {
		return it
	}
	it.Net = number(net(sh, it))
	ac, _ := AgrestiCoull(it.X, it.N)
	cp, _ := ClopperPearson(it.X, it.N)
	j, _ := Jeffreys(it.X, it.N)
	it.AgrestiCoull, it.ClopperPearson, it.Jeffreys = &ac, &cp, &j
	return it
}

// net is the share satisfied minus the share at as many levels from the bottom
// (top-2 minus bottom-2 of five levels), never counting a level twice.
func net(sh *shape, it Item) float64 {
	k := 0
	for m := 1; m <= sh.levels; m++ {
		if sh.satisfied[m] {
			k++
		}
	}
	var bottom int64
	for m := 1; m <= min(k, sh.levels); m++ {
		if !sh.satisfied[m] {
			bottom += it.Levels[m-1]
		}
	}
	return float64(it.X-bottom) / float64(it.N)
}

// ratio is a/b, nil if b is not positive.
func ratio(a, b int64) *float64 {
	if b <= 0 {
		return nil
	}
	return number(float64(a) / float64(b))
}

// number keeps NaN and infinity out of documents.
func number(f float64) *float64 {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return nil
	}
	return &f
}
