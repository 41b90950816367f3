package scoring_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"hailong/scoring"
	"hailong/scoring/instrument"
	"hailong/scoring/survey"
)

// airport is the survey of testdata/README.md and its answers.
type airport struct {
	survey *survey.Survey
	head   []string
	rows   [][]string
	marks  []survey.Answers
}

func (a airport) column(name string) int { return slices.Index(a.head, name) }

func loadAirport(t testing.TB) airport {
	t.Helper()
	data, err := os.ReadFile("testdata/airport2017.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var a airport
	if a.survey, err = instrument.Parse("airport2017.yaml", data); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open("testdata/airport2017.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	a.head, a.rows = all[0], all[1:]
	for _, row := range a.rows {
		var m survey.Answers
		for _, it := range a.survey.Items() {
			mark, ok := a.survey.ParseMark(row[a.column(it.ID)])
			if !ok {
				t.Fatalf("row %s: bad mark %q", row[0], row[a.column(it.ID)])
			}
			m = append(m, mark)
		}
		a.marks = append(a.marks, m)
	}
	return a
}

func (a airport) tally() *scoring.Tally {
	t := scoring.NewTally(a.survey)
	for _, m := range a.marks {
		t.Add(m)
	}
	return t
}

func (a airport) weighted(t testing.TB) *scoring.WeightedTally {
	w := scoring.NewWeightedTally()
	overall := len(a.survey.Items()) - 1
	for i, m := range a.marks {
		weight, err := scoring.ParseWeight(a.rows[i][a.column("weight")])
		if err != nil {
			t.Fatal(err)
		}
		if m[overall] > 0 {
			w.Add(a.rows[i][a.column("stratum")], a.survey.IsSatisfied(m[overall]), weight)
		}
	}
	return w
}

// groups counts the overall item by the values of a column, sorted.
func (a airport) groups(column string) []scoring.GroupCount {
	by := map[string]*scoring.GroupCount{}
	overall := len(a.survey.Items()) - 1
	for i, m := range a.marks {
		name := a.rows[i][a.column(column)]
		if by[name] == nil {
			by[name] = &scoring.GroupCount{Name: name}
		}
		if m[overall] > 0 {
			by[name].N++
			if a.survey.IsSatisfied(m[overall]) {
				by[name].X++
			}
		}
	}
	var out []scoring.GroupCount
	for _, g := range by {
		out = append(out, *g)
	}
	slices.SortFunc(out, func(x, y scoring.GroupCount) int { return strings.Compare(x.Name, y.Name) })
	return out
}

// tolerance is relative: 1e-9 for closed forms, 1e-6 for quantiles, 1e-4 for
// fitted models. The golden file prints 13 digits.
func tolerance(path string) float64 {
	for _, part := range []string{"omega", "loadings", "ordinal_logit", "polychoric", "beta_binomial"} {
		if strings.Contains(path, part) {
			return 1e-4
		}
	}
	for _, part := range []string{"clopper_pearson", "jeffreys", "prob_", "p_exact", "p_bh", "korn_graubard", "logit.", "p_two_sided"} {
		if strings.Contains(path, part) {
			return 1e-6
		}
	}
	return 1e-9
}

// compare walks every value of want and looks it up in got.
func compare(t *testing.T, path string, want, got any) (values int) {
	t.Helper()
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			t.Errorf("%s: want an object, got %v", path, got)
			return
		}
		for k, v := range w {
			values += compare(t, path+"."+k, v, g[k])
		}
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(w) {
			t.Errorf("%s: want %d values, got %v", path, len(w), got)
			return
		}
		for i, v := range w {
			values += compare(t, fmt.Sprintf("%s[%d]", path, i), v, g[i])
		}
	case float64:
		values = 1
		g, ok := got.(float64)
		if !ok {
			t.Errorf("%s: want %v, got %v", path, w, got)
			return
		}
		// R underflows to 0 where the true value is about 1e-310.
		if tol := tolerance(path); math.Abs(g-w) > tol*math.Abs(w)+1e-300 {
			t.Errorf("%s: want %.13g, got %.13g, relative error %.2g", path, w, g, math.Abs(g-w)/math.Abs(w))
		}
	default:
		values = 1
		if want != got {
			t.Errorf("%s: want %v, got %v", path, want, got)
		}
	}
	return values
}

func tree(t testing.TB, v any) any {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var out any
	if err := json.Unmarshal(data, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func golden(t testing.TB) map[string]any {
	t.Helper()
	data, err := os.ReadFile("testdata/airport2017.golden.json")
	if err != nil {
		t.Fatal(err)
	}
	var out map[string]any
	if err := json.Unmarshal(data, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// notOurs are golden values that say something of R, not of the survey.
var notOurs = []string{"dataset", "ordinal_logit.max_diff_polr"}

func TestGolden(t *testing.T) {
	t.Parallel()
	a := loadAirport(t)
	tally := a.tally()
	doc := scoring.Evaluate(tally, scoring.Options{Closed: true})
	doc.Groups = scoring.NewGroups(a.groups("area"), 0.9)
	doc.Groups.By = "area"
	var days []scoring.PeriodCount
	for _, g := range a.groups("day") {
		days = append(days, scoring.PeriodCount{Period: g.Name, X: g.X, N: g.N})
	}
	doc.Days = scoring.NewDays(days, 0)
	doc.WeightedOverall = a.weighted(t).Evaluate()
	got := tree(t, doc).(map[string]any)
	got["areas"] = got["groups"]
	poly, err := tally.Polychoric("a1", "b2", "d5", "e1")
	if err != nil {
		t.Fatal(err)
	}
	got["polychoric"] = tree(t, poly)
	want := golden(t)
	for _, path := range notOurs {
		at := want
		keys := strings.Split(path, ".")
		for _, k := range keys[:len(keys)-1] {
			at = at[k].(map[string]any)
		}
		delete(at, keys[len(keys)-1])
	}
	total := 0
	for key, w := range want {
		total += compare(t, key, w, got[key])
	}
	t.Logf("%d values compared", total)
}
