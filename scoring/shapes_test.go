package scoring_test

import (
	"encoding/json"
	"os"
	"testing"

	"hailong/scoring"
	"hailong/scoring/instrument"
)

// Surveys of other shapes than the airport's, against R; see
// testdata/shapes/shapes.R. The scale 0/1/2 in one element without an overall
// question; seven levels in twelve weighted elements of sixty criteria; yes and
// no.
func TestOtherShapes(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"points", "seven", "yesno"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			base := "testdata/shapes/" + name
			data, err := os.ReadFile(base + ".yaml")
			if err != nil {
				t.Fatal(err)
			}
			s, err := instrument.Parse(name+".yaml", data)
			if err != nil {
				t.Fatal(err)
			}
			f, err := os.Open(base + ".csv")
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			answers, err := scoring.ReadAnswers(f, s, scoring.FileColumns{})
			if err != nil {
				t.Fatal(err)
			}
			doc, err := answers.Document(scoring.Options{Closed: true})
			if err != nil {
				t.Fatal(err)
			}
			if doc.RejectedCount != 0 {
				t.Errorf("rejected: %v", doc.Rejected)
			}
			golden, err := os.ReadFile(base + ".golden.json")
			if err != nil {
				t.Fatal(err)
			}
			var want map[string]any
			if err := json.Unmarshal(golden, &want); err != nil {
				t.Fatal(err)
			}
			got := tree(t, doc).(map[string]any)
			total := 0
			for key, w := range want {
				total += compare(t, key, w, got[key])
			}
			t.Logf("%d values compared", total)
		})
	}
}
