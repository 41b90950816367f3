package scoring

import "hailong/scoring/survey"

// FromLevels returns the tally, as from NewCounts, whose level counts a document
// shows: the other direction of Evaluate. Items that the document does not have
// count nothing.
func FromLevels(s *survey.Survey, d *Document) *Tally {
	t := NewCounts(s)
	t.n = d.Answers
	width := t.shape.levels + 2
	for i, si := range s.Items() {
		it, ok := d.Items.Get(si.ID)
		if !ok {
			continue
		}
		at := t.levels[i*width:]
		at[0], at[1] = it.NotApplicable, it.Unanswered
		copy(at[2:width], it.Levels)
	}
	return t
}
