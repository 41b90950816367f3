package survey_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"hailong/scoring/instrument"
	"hailong/scoring/survey"
)

func TestReadReasons(t *testing.T) {
	t.Parallel()
	s := instrument.Short()
	read := func(given map[string]string) survey.Answers {
		a, faults := s.Read(given)
		if len(faults) > 0 {
			t.Fatal(faults)
		}
		return a
	}
	low := map[string]string{"overall": "1", "access": "3", "official": "2", "result": "4", "feedback": "N"}
	for _, tt := range []struct {
		name   string
		marks  map[string]string
		given  []string
		want   []string
		faults []string
	}{
		{"none", low, nil, nil, nil},
		{"one", low, []string{"c9"}, []string{"c9"}, nil},
		{"in the order of the survey, once", low, []string{"c13", "c9", "c4", "c13"}, []string{"c4", "c9", "c13"}, nil},
		{"the lowest level that is satisfied has none", low, []string{"c14"}, nil, []string{"c14"}},
		{"not applicable has none", low, []string{"c17"}, nil, []string{"c17"}},
		{"unanswered has none", low, []string{"c5"}, nil, []string{"c5"}},
		{"the overall question has none", map[string]string{"overall": "1"}, []string{"c1"}, nil, []string{"c1"}},
		{"unknown", low, []string{"c20", "", "c9"}, nil, []string{"", "c20"}},
		{"an item is no reason", low, []string{"official"}, nil, []string{"official"}},
	} {
		got, faults := s.ReadReasons(read(tt.marks), tt.given)
		var wrong []string
		for _, f := range faults {
			if f.Kind != survey.FaultReason || f.Text().VI == "" || f.Text().EN == "" {
				t.Errorf("%s: fault %+v", tt.name, f)
			}
			wrong = append(wrong, f.Item)
		}
		if !slices.Equal(got, tt.want) || !slices.Equal(wrong, tt.faults) {
			t.Errorf("%s: %v and faults %v, want %v and %v", tt.name, got, wrong, tt.want, tt.faults)
		}
	}
}

// What was read is read again as itself, whatever the order, and every reason
// that is read belongs to an item below the satisfied levels.
func TestReadReasonsAgain(t *testing.T) {
	t.Parallel()
	s := instrument.Short()
	of := map[string]int{} // reason to item
	var all []string
	for i, it := range s.Items() {
		for _, r := range it.Reasons {
			of[r.ID] = i
			all = append(all, r.ID)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		marks := make(survey.Answers, len(s.Items()))
		for i := range marks {
			marks[i] = survey.Mark(rapid.IntRange(-1, 5).Draw(t, "mark"))
		}
		given := rapid.SliceOf(rapid.SampledFrom(all)).Draw(t, "given")
		got, faults := s.ReadReasons(marks, given)
		allowed := true
		for _, id := range given {
			m := marks[of[id]]
			allowed = allowed && (m == 1 || m == 2 || m == 3)
		}
		if allowed != (len(faults) == 0) {
			t.Fatalf("%v of %v: faults %v", given, marks, faults)
		}
		for _, id := range got {
			if !slices.Contains(given, id) {
				t.Fatalf("%s was not given", id)
			}
		}
		seed := rapid.Uint64().Draw(t, "seed")
		shuffled := slices.Clone(got)
		rand.New(rand.NewPCG(seed, 0)).Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		if again, faults := s.ReadReasons(marks, shuffled); len(faults) > 0 || !slices.Equal(again, got) {
			t.Fatalf("%v is read again as %v, %v", got, again, faults)
		}
	})
}
