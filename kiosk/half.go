package kiosk

import "hailong/scoring/survey"

// A HalfRule says what becomes of an answer whose citizen has left. It applies
// to answers that are complete enough to be sent, for example the overall
// question alone; anything less is dropped. Reasons that were touched are part
// of the answer; what was being written is not, for nobody said to send it.
type HalfRule uint8

// The rules for half answers.
const (
	KeepHalf HalfRule = iota
	DropHalf
)

// Leaving returns the page with another rule for half answers; it holds for the
// visit that is under way, too, which was not told anything else so far.
func (p Page) Leaving(r HalfRule) Page {
	p.rules.Half = r
	return p
}

// A Fate is what becomes of the answer as it stands if its citizen has left.
type Fate uint8

// The fates.
const (
	NoFate    Fate = iota // nothing was chosen
	Half                  // what was chosen is sent
	HalfNoted             // what was chosen is sent, what was being written is not
	Lost                  // what was chosen is dropped
)

// Fate returns what becomes of the answer if nobody touches the screen any more.
func (p Page) Fate() Fate {
	switch {
	case p.kept() && p.Written() > 0:
		return HalfNoted
	case p.kept():
		return Half
	case p.touched():
		return Lost
	}
	return NoFate
}

// kept reports whether a half answer is sent.
func (p Page) kept() bool { return p.rules.Half == KeepHalf && p.Complete() }

// touched reports whether anything was answered.
func (p Page) touched() bool {
	for _, m := range p.marks {
		if m != survey.Unanswered {
			return true
		}
	}
	return false
}
