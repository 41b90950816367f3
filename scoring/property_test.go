package scoring_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"hailong/scoring"
	"hailong/scoring/survey"
)

// anySurvey draws a survey of any allowed shape.
func anySurvey(t *rapid.T) *survey.Survey {
	s := &survey.Survey{ID: "any", Target: rapid.SampledFrom([]float64{0.5, 0.8, 0.9, 0.95, 1}).Draw(t, "target")}
	low := rapid.IntRange(-2, 2).Draw(t, "low")
	for l := range rapid.IntRange(2, 7).Draw(t, "levels") {
		s.Levels = append(s.Levels, survey.Level{Value: low + l})
		if rapid.Bool().Draw(t, "satisfied") {
			s.Satisfied = append(s.Satisfied, low+l)
		}
	}
	room := 12
	for e := range rapid.IntRange(1, 5).Draw(t, "elements") {
		el := survey.Element{ID: fmt.Sprintf("e%d", e), Weight: rapid.SampledFrom([]float64{1, 2, 0.5}).Draw(t, "weight")}
		for c := range rapid.IntRange(1, min(5, room)).Draw(t, "criteria") {
			el.Criteria = append(el.Criteria, survey.Criterion{ID: fmt.Sprintf("c%d_%d", e, c)})
		}
		room -= len(el.Criteria)
		s.Elements = append(s.Elements, el)
		if room == 0 {
			break
		}
	}
	if rapid.Bool().Draw(t, "overall") {
		s.Overall = survey.Criterion{ID: "overall"}
	}
	return s
}

// anyAnswers draws rows; kinds make degenerate data likely: nothing answered,
// all the same, only gaps.
func anyAnswers(t *rapid.T, s *survey.Survey, most int) []survey.Answers {
	n := rapid.IntRange(0, most).Draw(t, "rows")
	k, top := len(s.Items()), len(s.Levels)
	kind := rapid.SampledFrom([]string{"any", "any", "full", "same", "top", "gaps", "perrow"}).Draw(t, "kind")
	mark := rapid.IntRange(-1, top)
	same := mark.Draw(t, "same")
	rows := make([]survey.Answers, n)
	for i := range rows {
		row := make(survey.Answers, k)
		one := mark.Draw(t, "one")
		for j := range row {
			switch kind {
			case "any":
				row[j] = survey.Mark(mark.Draw(t, "mark"))
			case "full":
				row[j] = survey.Mark(rapid.IntRange(1, top).Draw(t, "mark"))
			case "same":
				row[j] = survey.Mark(same)
			case "top":
				row[j] = survey.Mark(top)
			case "gaps":
				row[j] = survey.Mark(rapid.IntRange(-1, 0).Draw(t, "mark"))
			case "perrow":
				row[j] = survey.Mark(one)
			}
		}
		rows[i] = row
	}
	return rows
}

func tallyOf(s *survey.Survey, rows []survey.Answers) *scoring.Tally {
	t := scoring.NewTally(s)
	for _, r := range rows {
		t.Add(r)
	}
	return t
}

type fataler interface {
	Helper()
	Fatal(...any)
	Fatalf(string, ...any)
}

// encode fails on NaN and infinity, which JSON cannot hold.
func encode(t fataler, v any) []byte {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestAnySplitGivesTheSameDocument(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := anySurvey(t)
		rows := anyAnswers(t, s, 200)
		whole := tallyOf(s, rows)
		want := encode(t, scoring.Evaluate(whole, scoring.Options{}))

		parts := make([]*scoring.Tally, rapid.IntRange(1, 5).Draw(t, "parts"))
		for i := range parts {
			parts[i] = whole.Fresh()
		}
		for _, r := range rows {
			parts[rapid.IntRange(0, len(parts)-1).Draw(t, "part")].Add(r)
		}
		for len(parts) > 1 { // merge in a random tree
			i := rapid.IntRange(1, len(parts)-1).Draw(t, "into")
			before := encode(t, scoring.Evaluate(parts[i], scoring.Options{}))
			if err := parts[0].Merge(parts[i]); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(before, encode(t, scoring.Evaluate(parts[i], scoring.Options{}))) {
				t.Fatal("merging changed the tally that was merged")
			}
			parts = append(parts[:i], parts[i+1:]...)
		}
		if got := encode(t, scoring.Evaluate(parts[0], scoring.Options{})); !bytes.Equal(got, want) {
			t.Fatalf("split differs:\n%s\n%s", got, want)
		}
		if again := encode(t, scoring.Evaluate(whole, scoring.Options{})); !bytes.Equal(again, want) {
			t.Fatal("evaluating changed the tally")
		}
	})
}

func TestDocumentsMakeSense(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := anySurvey(t)
		rows := anyAnswers(t, s, 80)
		d := scoring.Evaluate(tallyOf(s, rows), scoring.Options{Closed: rapid.Bool().Draw(t, "closed"), Polychoric: true, Eligible: 40})
		encode(t, d)
		encode(t, scoring.Evaluate(tallyOf(s, rows), scoring.Options{Brief: true}))
		if d.Verdict == scoring.Met && d.Answers < scoring.MinAnswers {
			t.Fatalf("met with %d answers", d.Answers)
		}
		for _, e := range d.Items {
			it := e.Value
			if int64(len(rows)) != it.N+it.NotApplicable+it.Unanswered {
				t.Fatalf("%s: %d answered, %d not applicable, %d unanswered of %d", e.Key, it.N, it.NotApplicable, it.Unanswered, len(rows))
			}
			if (it.N == 0) != (it.Share == nil) || (it.N == 0) != (it.Wilson == nil) || (it.N == 0) != (it.ProbTarget == nil) {
				t.Fatalf("%s: n = %d, share %v", e.Key, it.N, it.Share)
			}
		}
		for _, e := range d.Elements {
			for _, f := range []*float64{e.Value.ShareMeanOfCriteria, e.Value.SharePooledAnswers, e.Value.ShareAllSatisfied} {
				if f != nil && (*f < 0 || *f > 1+1e-12) {
					t.Fatalf("%s: share %v", e.Key, *f)
				}
			}
			if (e.Value.Answers == 0) != (e.Value.ShareMeanOfCriteria == nil) {
				t.Fatalf("%s: %d answers, share %v", e.Key, e.Value.Answers, e.Value.ShareMeanOfCriteria)
			}
		}
		for _, e := range d.Reliability {
			if a := e.Value.Alpha; a != nil && *a > 1+1e-9 {
				t.Fatalf("%s: alpha %v", e.Key, *a)
			}
		}
		if dr := d.Drivers; dr != nil {
			sum := 0.0
			for _, w := range dr.LMG {
				sum += *w.Value
			}
			if diff := sum - *dr.R2; diff > 1e-6 || diff < -1e-6 {
				t.Fatalf("LMG adds up to %v, R² is %v", sum, *dr.R2)
			}
		}
	})
}

func TestIntervals(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64Range(1, 5000).Draw(t, "n")
		x := rapid.Int64Range(0, n).Draw(t, "x")
		p := float64(x) / float64(n)
		w, _ := scoring.Wilson(x, n)
		cp, _ := scoring.ClopperPearson(x, n)
		j, _ := scoring.Jeffreys(x, n)
		for name, i := range map[string]scoring.Interval{"wilson": w, "clopper-pearson": cp, "jeffreys": j} {
			if !(0 <= i.Lo && i.Lo <= i.Hi && i.Hi <= 1) || !i.Contains(p) {
				t.Fatalf("%s of %d/%d: %v", name, x, n, i)
			}
		}
		if cp.Lo > j.Lo+1e-12 || cp.Hi < j.Hi-1e-12 {
			t.Fatalf("%d/%d: Jeffreys %v is not within Clopper–Pearson %v", x, n, j, cp)
		}
		if x < n {
			up, _ := scoring.Wilson(x+1, n)
			if up.Lo < w.Lo || up.Hi < w.Hi {
				t.Fatalf("one more satisfied lowers Wilson: %v, %v", w, up)
			}
		}
		target := rapid.Float64Range(0.01, 0.99).Draw(t, "target")
		if x < n && scoring.ProbAtLeast(x+1, n, target) < scoring.ProbAtLeast(x, n, target) {
			t.Fatal("one more satisfied lowers the probability of the target")
		}
		if v, _ := scoring.Judge(x, n, target); v == scoring.Met && n < scoring.MinAnswers {
			t.Fatalf("met with %d", n)
		}
	})
}

// One mark raised from not satisfied to satisfied never lowers an index.
func TestMoreSatisfiedNeverLowersAnIndex(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := anySurvey(t)
		rows := anyAnswers(t, s, 40)
		var up survey.Mark
		for m := survey.Mark(1); int(m) <= len(s.Levels); m++ {
			if s.IsSatisfied(m) {
				up = m
			}
		}
		if len(rows) == 0 || up == 0 {
			return
		}
		before := scoring.Evaluate(tallyOf(s, rows), scoring.Options{Brief: true})
		i := rapid.IntRange(0, len(rows)-1).Draw(t, "row")
		j := rapid.IntRange(0, len(s.Items())-1).Draw(t, "item")
		if rows[i][j] <= 0 {
			return
		}
		rows[i][j] = up
		after := scoring.Evaluate(tallyOf(s, rows), scoring.Options{Brief: true})
		for name, f := range map[string]func(*scoring.Document) *float64{
			"mean of elements": func(d *scoring.Document) *float64 { return d.IndexMeanOfElements },
			"pooled":           func(d *scoring.Document) *float64 { return d.IndexMeanOfElementsPooled },
			"all criteria":     func(d *scoring.Document) *float64 { return d.IndexAllCriteria.ShareMeanOfCriteria },
		} {
			if b, a := f(before), f(after); b != nil && *a < *b-1e-12 {
				t.Fatalf("%s fell from %v to %v", name, *b, *a)
			}
		}
	})
}

func TestMergeRefusesAnotherSurvey(t *testing.T) {
	t.Parallel()
	a, b := loadAirport(t).survey, loadAirport(t).survey
	if err := scoring.NewTally(a).Merge(scoring.NewTally(b)); err != nil {
		t.Errorf("the same survey read twice: %v", err)
	}
	b.Satisfied = []int{5}
	if err := scoring.NewTally(a).Merge(scoring.NewTally(b)); err == nil {
		t.Error("tallies of different surveys were merged")
	}
}
