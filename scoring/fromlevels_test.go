package scoring_test

import (
	"encoding/json"
	"testing"

	"pgregory.net/rapid"

	"hailong/scoring"
	"hailong/scoring/instrument"
	"hailong/scoring/survey"
)

// A brief document says all that it was made of.
func TestFromLevels(t *testing.T) {
	t.Parallel()
	s := instrument.All()[0]
	rapid.Check(t, func(rt *rapid.T) {
		tally := scoring.NewCounts(s)
		for range rapid.IntRange(0, 40).Draw(rt, "answers") {
			a := make(survey.Answers, len(s.Items()))
			for i := range a {
				a[i] = survey.Mark(rapid.IntRange(-1, 5).Draw(rt, "mark"))
			}
			tally.Add(a)
		}
		o := scoring.Options{Brief: true}
		d := scoring.Evaluate(tally, o)
		want, err := json.Marshal(d)
		if err != nil {
			rt.Fatal(err)
		}
		got, err := json.Marshal(scoring.Evaluate(scoring.FromLevels(s, d), o))
		if err != nil || string(got) != string(want) {
			rt.Fatalf("%v\n%s\n%s", err, got, want)
		}
	})
}
