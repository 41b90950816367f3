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
	// Answered counts people by the number of criteria answered, from 0.
	Answered []int64 `json:"answered_histogram"`
}

func straightlining(t *Tally, deep *relations) *Straightlining {
	sh := t.shape
	c := deep.c[sh.at.quality:]
	levels := c[quLevels : quLevels+sh.levels]
	runs := c[quLevels+sh.levels:]
	return &Straightlining{
		AnsweredAtLeast10: c[quAnswered10], AllSameAndAtLeast10: c[quSame10],
		ByLevel:    slices.Clone(levels),
		LongestRun: slices.Clone(runs[:sh.criteria]),
		Answered:   slices.Clone(runs[sh.criteria : 2*sh.criteria+1]),
	}
}
