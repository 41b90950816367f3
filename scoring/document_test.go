package scoring_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"hailong/scoring"
	"hailong/scoring/instrument"
	"hailong/scoring/survey"
)

func TestDocumentsSurviveJSON(t *testing.T) {
	t.Parallel()
	a := loadAirport(t)
	d := scoring.Evaluate(a.tally(), scoring.Options{Eligible: 4000, Target: 0.875})
	d.Groups = scoring.NewGroups(a.groups("area"), 0.9)
	d.Groups.By = "area"
	d.Days = scoring.NewDays([]scoring.PeriodCount{{Period: "5", X: 3, N: 4}, {Period: "12", X: 30, N: 40}}, 0)
	d.WeightedOverall = a.weighted(t).Evaluate()
	want := encode(t, d)
	var back scoring.Document
	if err := json.Unmarshal(want, &back); err != nil {
		t.Fatal(err)
	}
	if got := encode(t, back); !bytes.Equal(got, want) {
		t.Errorf("%s\n%s", got, want)
	}
}

// For three levels and more the normal variables behind the levels go together
// more closely than the levels do.
func TestPolychoricAlpha(t *testing.T) {
	t.Parallel()
	d := scoring.Evaluate(loadAirport(t).tally(), scoring.Options{Polychoric: true})
	for _, e := range d.Reliability {
		r := e.Value
		if r.AlphaPolychoric == nil || *r.AlphaPolychoric <= *r.AlphaPairwise || *r.AlphaPolychoric >= 1 {
			t.Errorf("%s: %v, pairwise %v", e.Key, r.AlphaPolychoric, *r.AlphaPairwise)
		}
	}
}

func TestVerdictIsOfficialOnlyAtTheClose(t *testing.T) {
	t.Parallel()
	a := loadAirport(t)
	open := scoring.Evaluate(a.tally(), scoring.Options{})
	closed := scoring.Evaluate(a.tally(), scoring.Options{Closed: true})
	if open.Official || open.Outlook != scoring.AtRisk {
		t.Errorf("open: official %v, outlook %q", open.Official, open.Outlook)
	}
	if !closed.Official || closed.Outlook != "" || closed.Verdict != scoring.NotMet {
		t.Errorf("closed: official %v, outlook %q, %s", closed.Official, closed.Outlook, closed.Verdict)
	}
	easy := scoring.Evaluate(a.tally(), scoring.Options{Target: 0.8})
	if easy.Outlook != scoring.OnCourse || easy.Verdict != scoring.Met || easy.Target != 0.8 {
		t.Errorf("against 0.8: %q, %s", easy.Outlook, easy.Verdict)
	}
}

func TestResponseRateBringsTheFinitePopulation(t *testing.T) {
	t.Parallel()
	a := loadAirport(t)
	d := scoring.Evaluate(a.tally(), scoring.Options{Eligible: 5662})
	if d.ResponseRate == nil || *d.ResponseRate.Share != 0.5 || d.ResponseRate.Eligible != 5662 {
		t.Errorf("%+v", d.ResponseRate)
	}
	if f := d.Finite; f == nil || f.Wilson == nil || f.Wilson.Lo <= 0.8057 {
		t.Errorf("%+v", d.Finite)
	}
	if d := scoring.Evaluate(a.tally(), scoring.Options{}); d.ResponseRate != nil || d.Finite != nil {
		t.Error("a response rate of an unknown number of dossiers")
	}
}

// Counts only: the same shares and verdict, nothing that needs pairs.
func TestCountsSayTheSame(t *testing.T) {
	t.Parallel()
	a := loadAirport(t)
	counts := scoring.NewCounts(a.survey)
	for _, m := range a.marks {
		counts.Add(m)
	}
	d, whole := scoring.Evaluate(counts, scoring.Options{}), scoring.Evaluate(a.tally(), scoring.Options{})
	if *d.IndexMeanOfElements != *whole.IndexMeanOfElements || d.Verdict != whole.Verdict || d.VerdictReason != whole.VerdictReason {
		t.Errorf("%v, %s", *d.IndexMeanOfElements, d.Verdict)
	}
	if d.Reliability != nil || d.Drivers != nil {
		t.Error("figures that counts cannot give")
	}
	if err := counts.Merge(a.tally()); err != nil || counts.Answers() != 2*2831 {
		t.Errorf("%d answers, %v", counts.Answers(), err)
	}
}

func TestStraightLinesCanBeLeftOut(t *testing.T) {
	t.Parallel()
	s := instrument.Full()
	tally := scoring.NewTally(s)
	row := func(m survey.Mark) survey.Answers {
		a := make(survey.Answers, len(s.Items()))
		for i := range a {
			a[i] = m
		}
		return a
	}
	for range 3 {
		tally.Add(row(5))
	}
	mixed := row(5)
	mixed[0], mixed[19] = 1, 2
	tally.Add(mixed)
	d := scoring.Evaluate(tally, scoring.Options{})
	st := d.Straightlining
	if st.AllSameAndAtLeast10 != 3 || st.ByLevel[4] != 3 || st.LongestRun[18] != 3 || st.LongestRun[17] != 1 {
		t.Errorf("%+v", st)
	}
	if st.Without.N != 1 || *st.Without.Share != 0 || !near(*st.Without.IndexMeanOfElements, (0.75+4)/5, 1e-12) {
		t.Errorf("without: %+v, %v", st.Without, *st.Without.IndexMeanOfElements)
	}
}

func TestDriversAreJackknifed(t *testing.T) {
	t.Parallel()
	a := loadAirport(t)
	parts := map[string]*scoring.Tally{}
	for i, m := range a.marks {
		day := a.rows[i][a.column("day")]
		if parts[day] == nil {
			parts[day] = scoring.NewTally(a.survey)
		}
		parts[day].Add(m)
	}
	st := scoring.DriverStability(a.tally(), parts)
	top, _ := st.Get("facilities")
	if len(st) != 5 || top.Rank != 1 || top.RankMin != 1 || top.RankMax != 1 || top.SE <= 0 || top.SE > 0.05 {
		t.Errorf("%+v", st)
	}
	for _, e := range st {
		if e.Value.RankMin > e.Value.Rank || e.Value.RankMax < e.Value.Rank || e.Value.LMGMin > e.Value.LMGMax {
			t.Errorf("%s: %+v", e.Key, e.Value)
		}
	}
	if st := scoring.DriverStability(a.tally(), nil); st != nil {
		t.Error("stability without periods")
	}
}

// Reference: R 4.2.2, pbinom and sums of exp(lchoose + lbeta - lbeta).
func TestExactLimitsAndPriors(t *testing.T) {
	t.Parallel()
	d := scoring.NewDays([]scoring.PeriodCount{{Period: "1", X: 8000, N: 10000}, {Period: "2", X: 12, N: 12}, {Period: "3", X: 3, N: 12}}, 1)
	if d.Exact[0] != nil || !near(d.Exact[1].Lo, 5.0/12, 1e-12) || d.Exact[1].Hi != 1 {
		t.Errorf("exact limits %v", d.Exact)
	}
	if len(d.OutExact) != 1 || d.OutExact[0] != "3" {
		t.Errorf("out: %v", d.OutExact)
	}
	p := scoring.PowerPrior(370, 400, 0.5)
	if got := scoring.ProbYearEndGiven(p, 85, 100, 300, 0.9); !near(got, 0.263175804288757, 1e-9) {
		t.Errorf("got %v", got)
	}
	if scoring.PowerPrior(370, 400, 0) != scoring.JeffreysPrior() {
		t.Error("a discount of 0 does not forget")
	}
}

func TestSeasonalTrend(t *testing.T) {
	t.Parallel()
	var periods []scoring.PeriodCount
	for y := range int64(3) {
		for m := range int64(4) { // rises every year, falls within each
			periods = append(periods, scoring.PeriodCount{
				Period: string(rune('2')) + "02" + string(rune('2'+y)) + "-Q" + string(rune('1'+m)), X: 850 + 20*y - 30*m, N: 1000,
			})
		}
	}
	d := scoring.NewDays(periods, 0)
	if s := d.Trend.Seasonal; s == nil || s.S != 12 || s.P > 0.01 {
		t.Errorf("seasonal: %+v", s)
	}
}
