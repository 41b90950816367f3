package scoring_test

import (
	"bytes"
	"sync"
	"testing"

	"hailong/scoring"
)

// Evaluating and merging from a tally only read it, so a cached tally may be
// read by many requests at once. The race detector is the judge.
func TestTalliesAreReadConcurrently(t *testing.T) {
	t.Parallel()
	a := loadAirport(t)
	shared := a.tally()
	want := encode(t, scoring.Evaluate(shared, scoring.Options{Brief: true}))
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if got := encode(t, scoring.Evaluate(shared, scoring.Options{Brief: true})); !bytes.Equal(got, want) {
				t.Error("a document differs")
			}
			mine := shared.Fresh()
			if err := mine.Merge(shared); err != nil {
				t.Error(err)
			}
			scoring.Evaluate(shared, scoring.Options{})
		})
	}
	wg.Wait()
}
