package scoring

import "slices"

// Straightlining counts answers that look careless (trả lời một mức). Straight
// fives alone are no fraud: most who tick one level all the way down are simply
// content. Criteria only, without the overall question.
type Straightlining struct {
	AnsweredAtLeast10   int64   `json:"answered_at_least_10"`
	AllSameAndAtLeast10 int64   `json:"all_same_and_at_least_10"`
	ByLevel             []int64 `json:"by_level"` // of those, lowest level first
	// LongestRun counts people by the longest run of one level over the
	// criteria they answered, in order, skipping gaps: index 0 is a run of 1.
	LongestRun []int64 `json:"longest_run_histogram"`
	// Without holds the headline figures without those people: look at both.
	Without WithoutStraight `json:"without"`
	// Answered counts people by the number of criteria answered, from 0.
	Answered []int64 `json:"answered_histogram"`
}

// WithoutStraight are headline figures without the people who ticked one level
// all the way down.
type WithoutStraight struct {
	X                   int64    `json:"overall_x"`
	N                   int64    `json:"overall_n"`
	Share               *float64 `json:"overall_share"` // nil without an overall question
	IndexMeanOfElements *float64 `json:"index_mean_of_elements"`
}

// withoutStraight subtracts the levels of straight-lined rows.
func withoutStraight(t *Tally, deep *relations) WithoutStraight {
	sh := t.shape
	straight := deep.c[sh.at.same:]
	item := func(i int) (x, n int64) {
		x, n = t.Item(i)
		for l := range sh.levels {
			c := straight[i*sh.levels+l]
			n -= c
			if sh.satisfied[l+1] {
				x -= c
			}
		}
		return x, n
	}
	var w WithoutStraight
	if sh.overall >= 0 {
		w.X, w.N = item(sh.overall)
		w.Share = ratio(w.X, w.N)
	}
	var sum, weights float64
	for e, el := range t.survey.Elements {
		var shares, k float64
		for i := sh.spans[e].from; i < sh.spans[e].to; i++ {
			if x, n := item(i); n > 0 {
				shares += float64(x) / float64(n)
				k++
			}
		}
		if k > 0 {
			sum += weight(el) * shares / k
			weights += weight(el)
		}
	}
	if weights > 0 {
		w.IndexMeanOfElements = number(sum / weights)
	}
	return w
}

func straightlining(t *Tally, deep *relations) *Straightlining {
	sh := t.shape
	c := deep.c[sh.at.quality:]
	levels := c[quLevels : quLevels+sh.levels]
	runs := c[quLevels+sh.levels:]
	return &Straightlining{
		Without:           withoutStraight(t, deep),
		AnsweredAtLeast10: c[quAnswered10], AllSameAndAtLeast10: c[quSame10],
		ByLevel:    slices.Clone(levels),
		LongestRun: slices.Clone(runs[:sh.criteria]),
		Answered:   slices.Clone(runs[sh.criteria : 2*sh.criteria+1]),
	}
}
