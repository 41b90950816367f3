package scoring

import "fmt"

// An OnlineLevel is one of the three levels of TT 32/2017/TT-BTTTT, Điều 12, for
// online services.
type OnlineLevel int

// The levels.
const (
	OnlineNotSatisfied  OnlineLevel = iota // Chưa hài lòng
	OnlineSatisfied                        // Hài lòng
	OnlineVerySatisfied                    // Rất hài lòng
)

// An OnlineTally counts the three levels. It is never merged with the five of
// SIPAS: "not satisfied" here holds what is neutral there.
type OnlineTally struct{ Count [3]int64 }

// Add counts one answer.
func (t *OnlineTally) Add(l OnlineLevel) error {
	if l < OnlineNotSatisfied || l > OnlineVerySatisfied {
		return fmt.Errorf("scoring: TT 32/2017 has no level %d", l)
	}
	t.Count[l]++
	return nil
}

// Merge adds the counts of o.
func (t *OnlineTally) Merge(o OnlineTally) {
	for i := range t.Count {
		t.Count[i] += o.Count[i]
	}
}

// Item returns satisfied and very satisfied (x) of all answers (n).
func (t OnlineTally) Item() (x, n int64) {
	x = t.Count[OnlineSatisfied] + t.Count[OnlineVerySatisfied]
	return x, x + t.Count[OnlineNotSatisfied]
}
