package scoring

import (
	"fmt"
	"slices"

	"hailong/scoring/survey"
)

// A Tally (bảng đếm) counts answers. Its counters are integers and adding
// tallies is exact, associative and commutative.
//
// The counts per level are always there. What relates answers of one person to
// each other (pairs, products, profiles) is larger and is worked out in
// batches: a tally of few people keeps their rows and takes about one byte an
// answer; see relations. A tally is not safe for concurrent writing; reading
// and Evaluate change nothing and may run concurrently.
type Tally struct {
	survey  *survey.Survey
	shape   *shape
	n       int64
	levels  []int64       // by item, then mark from NotApplicable up
	pending []survey.Mark // rows not yet in deep, fewer than batch of them
	deep    *relations    // nil until a batch was full
	shallow bool
	codes   []int64 // see scratch
}

// batch is the number of rows folded into the deep counters at a time, one bit
// of a word each.
const batch = 64

// NewTally returns an empty tally that counts everything Evaluate can use.
func NewTally(s *survey.Survey) *Tally {
	sh := newShape(s)
	return &Tally{survey: s, shape: sh, levels: make([]int64, len(sh.items)*(sh.levels+2))}
}

// NewCounts returns an empty tally that counts levels only: about ten times
// faster to fill and small, enough for shares, intervals, indices and
// verdicts. Evaluate leaves out what needs more.
func NewCounts(s *survey.Survey) *Tally {
	t := NewTally(s)
	t.shallow = true
	return t
}

// Fresh returns an empty tally of the same survey and kind as t. It is cheaper
// than NewTally because what is known of the survey is shared.
func (t *Tally) Fresh() *Tally {
	return &Tally{survey: t.survey, shape: t.shape, levels: make([]int64, len(t.levels)), shallow: t.shallow}
}

// Clone returns a copy that shares no counter with t.
func (t *Tally) Clone() *Tally {
	c := *t
	c.levels = slices.Clone(t.levels)
	c.pending = slices.Clone(t.pending)
	c.deep = t.deep.clone()
	c.codes = nil
	return &c
}

// Survey returns the survey that t counts.
func (t *Tally) Survey() *survey.Survey { return t.survey }

// Add counts one respondent. Marks missing at the end count as unanswered, and
// so does a mark that the scale does not have; marks too many are ignored.
func (t *Tally) Add(a survey.Answers) {
	t.n++
	items := len(t.shape.items)
	if len(a) > items {
		a = a[:items]
	}
	width := uint(t.shape.levels + 2)
	levels, from := t.levels, uint(0)
	for _, m := range a {
		at := uint(int(m) + 1)
		if at >= width {
			at = 1
		}
		levels[from+at]++
		from += width
	}
	for range items - len(a) {
		levels[from+1]++
		from += width
	}
	if !t.shallow {
		t.keep(a)
	}
}

// keep appends a row to the pending ones.
func (t *Tally) keep(a survey.Answers) {
	items, top := len(t.shape.items), survey.Mark(t.shape.levels)
	if t.pending == nil {
		t.pending = make([]survey.Mark, 0, 4*items)
	}
	from := len(t.pending)
	t.pending = append(t.pending, a...)
	for i, m := range t.pending[from:] {
		if m < survey.NotApplicable || m > top {
			t.pending[from+i] = survey.Unanswered
		}
	}
	for range items - len(a) {
		t.pending = append(t.pending, survey.Unanswered)
	}
	if len(t.pending) >= batch*items {
		t.fold()
	}
}

// fold moves the pending rows into the deep counters.
func (t *Tally) fold() {
	if t.deep == nil {
		t.deep = newRelations(t.shape)
	}
	t.deep.add(t.shape, t.pending)
	t.pending = t.pending[:0]
}

// relations returns the deep counters of all rows, without changing t; nil for
// a tally that counts levels only.
func (t *Tally) relations() *relations {
	switch {
	case t.shallow:
		return nil
	case t.deep == nil && len(t.pending) == 0:
		return newRelations(t.shape)
	case len(t.pending) == 0:
		return t.deep
	}
	r := t.deep.clone()
	if r == nil {
		r = newRelations(t.shape)
	}
	r.add(t.shape, t.pending)
	return r
}

// Merge adds the counters of o to t and leaves o as it is. It fails, changing
// nothing, if the two count different surveys. The sum of a full tally and one
// from NewCounts counts levels only.
func (t *Tally) Merge(o *Tally) error {
	if !sameSurvey(t.survey, o.survey) {
		return fmt.Errorf("scoring: merging tallies of different surveys %q and %q", t.survey.ID, o.survey.ID)
	}
	t.n += o.n
	for i, v := range o.levels {
		t.levels[i] += v
	}
	if t.shallow || o.shallow {
		t.shallow, t.pending, t.deep = true, nil, nil
		return nil
	}
	if o.deep != nil {
		if t.deep == nil {
			t.deep = newRelations(t.shape)
		}
		t.deep.merge(o.deep)
	}
	full := batch * len(t.shape.items)
	for rest := o.pending; len(rest) > 0; {
		k := min(len(rest), full-len(t.pending))
		t.pending = append(t.pending, rest[:k]...)
		rest = rest[k:]
		if len(t.pending) == full {
			t.fold()
		}
	}
	return nil
}

// Answers returns the number of respondents, blank ones included.
func (t *Tally) Answers() int64 { return t.n }

// Level returns how many gave mark m to an item, by its place in Survey.Items.
// m may be Unanswered or NotApplicable. It is 0 for what does not exist.
func (t *Tally) Level(item int, m survey.Mark) int64 {
	if item < 0 || item >= len(t.shape.items) || m < survey.NotApplicable || int(m) > t.shape.levels {
		return 0
	}
	return t.levels[item*(t.shape.levels+2)+1+int(m)]
}

// Item returns how many were satisfied (x) of those who gave a level (n).
func (t *Tally) Item(item int) (x, n int64) {
	for m := 1; m <= t.shape.levels; m++ {
		c := t.Level(item, survey.Mark(m))
		n += c
		if t.shape.satisfied[m] {
			x += c
		}
	}
	return x, n
}

// Overall returns Item of the overall question; ok is false if the survey does
// not ask one.
func (t *Tally) Overall() (x, n int64, ok bool) {
	if t.shape.overall < 0 {
		return 0, 0, false
	}
	x, n = t.Item(t.shape.overall)
	return x, n, true
}
