// Package kiosk is the touch screen at the counter as a small machine: which
// question is asked, what was answered, when it is over. Every event takes a
// Page and gives the next one; there is no clock, no network and no screen in
// here. Package main in kiosk/wasm is its skin.
//
// It is compiled to WebAssembly and sent to the kiosk, so it imports
// scoring/survey, telex and nothing else; a test watches over that.
package kiosk

import (
	"hailong/kiosk/telex"
	"hailong/scoring/survey"
)

// A Screen is what the citizen sees.
type Screen uint8

// The screens. There is no attract screen of its own: the first question is
// the invitation, so that a single touch can be a whole answer.
const (
	Ask     Screen = iota // a question with its faces
	Why                   // its reasons, after an answer that is not satisfied
	Write                 // a comment may be written
	Closing               // the answer is about to be sent and can be taken back
	Sending               // the answer is under way
	Thanks                // the server has it
	Kept                  // the server cannot be reached; this machine has it
	Sorry                 // neither the server nor this machine could take it
	Rated                 // the dossier was rated before, by phone or here
	Refused               // the server does not take the answer; this machine keeps it for the staff
)

// Rules say how long things last, in milliseconds, and what becomes of an
// answer that was left half done.
type Rules struct {
	Settle   int // how long a choice is shown before the next question comes
	Undo     int // how long a finished answer can be taken back
	Warn     int // without a touch: "are you still there?"
	Reset    int // without a touch: the end of the visit; more than Warn
	Patience int // for the server's reply
	Farewell int // how long Thanks, Kept and Sorry stay
	Half     HalfRule
}

// DefaultRules are those of a public counter.
func DefaultRules() Rules {
	return Rules{Settle: 350, Undo: 3000, Warn: 30_000, Reset: 45_000, Patience: 12_000, Farewell: 9000}
}

// A Page is all that the kiosk knows about the citizen before it. Pages are
// values: an event returns a new one and leaves the old one as it was.
type Page struct {
	Screen Screen
	// Question counts the questions as they are asked: the overall one first,
	// where there is one, then the criteria in order.
	Question int
	// Warned says that the citizen is being asked whether they are still there.
	Warned bool
	// Lang is "vi" or "en".
	Lang string
	// Large, Contrast and Aloud (read aloud) are what the citizen asked for.
	Large, Contrast, Aloud bool
	// Scan says whether and how a mark goes over the screen for a single switch.
	Scan Scanning
	// Shift says that the next letter written is a capital.
	Shift bool
	// Receipt is the code shown on Thanks; it may be empty.
	Receipt string
	// Visits counts the visits that are over.
	Visits int

	survey  *survey.Survey
	items   []survey.Item
	rules   Rules
	marks   survey.Answers // never changed in place
	named   []uint16       // by item, a bit for each of its reasons; never changed in place
	text    telex.Typer    // never changed in place
	from    Screen         // where a finished answer goes back to
	settles bool           // a choice is being shown
	saved   bool           // this machine holds the answer, whatever happens to it
	waited  int            // milliseconds since the last event
	done    *Answer        // to be sent, see Take
}

// An Answer is finished and about to leave.
type Answer struct {
	Marks   survey.Answers // in the order of Survey.Items
	Reasons []string       // in the order of the survey
	Comment string         // may be empty
	Lang    string         // in which it was given
}

// New returns a page at rest.
func New(s *survey.Survey, r Rules) Page {
	p := Page{survey: s, items: s.Items(), rules: r}
	return p.fresh()
}

// fresh is the page for the next citizen: nothing of the last one is left but
// an answer on its way out.
func (p Page) fresh() Page {
	return Page{Lang: "vi", Visits: p.Visits, survey: p.survey, items: p.items, rules: p.rules,
		marks: make(survey.Answers, len(p.items)), named: make([]uint16, len(p.items)), done: p.done}
}

func (p Page) over() Page {
	p = p.fresh()
	p.Visits++
	return p
}

// Questions returns how many questions there are.
func (p Page) Questions() int { return len(p.items) }

// item returns the place of question q in the order of Survey.Items.
func (p Page) item(q int) int {
	if !p.survey.HasOverall() {
		return q
	}
	if q == 0 {
		return len(p.items) - 1
	}
	return q - 1
}

// ID returns the id of question q's item.
func (p Page) ID(q int) string { return p.items[p.item(q)].ID }

// Mark returns what was said on question q.
func (p Page) Mark(q int) survey.Mark { return p.marks[p.item(q)] }

// Resting reports whether nobody is here: nothing will change by itself, and
// time need not be told.
func (p Page) Resting() bool {
	if p.Screen != Ask || p.Question != 0 || p.settles || p.Lang != "vi" || p.Large || p.Contrast || p.Aloud || p.Scan != NoScan {
		return false
	}
	return !p.touched()
}

// Complete reports whether the answer as it stands could be sent.
func (p Page) Complete() bool {
	_, faults := p.survey.Read(p.survey.Write(p.marks))
	return len(faults) == 0
}

// Take returns the answer that is to be sent now; ok is false where there is
// none. It is there once: call Take after every event.
func (p Page) Take() (next Page, a Answer, ok bool) {
	if p.done == nil {
		return p, Answer{}, false
	}
	a = *p.done
	p.done = nil
	return p, a, true
}

// alive notes that somebody touched the screen.
func (p Page) alive() Page {
	p.waited = 0
	p.Warned = false
	return p
}

// allowed reports whether m can be said on question q.
func (p Page) allowed(q int, m survey.Mark) bool {
	if q < 0 || q >= len(p.items) {
		return false
	}
	if m == survey.NotApplicable {
		it := p.items[p.item(q)]
		return it.Optional && it.Element >= 0
	}
	return m >= 1 && int(m) <= len(p.survey.Levels)
}

// Tap is a touch on a face of question q. A touch on another question than the
// one that is asked, or on a face that is not offered, changes nothing. The
// choice is shown for Rules.Settle, so that a double tap, or a quick second
// thought, still lands on the same question.
func (p Page) Tap(q int, m survey.Mark) Page {
	if p.Screen != Ask || q != p.Question || !p.allowed(q, m) {
		return p
	}
	p = p.alive()
	p.marks = append(survey.Answers(nil), p.marks...)
	p.marks[p.item(q)] = m
	p.settles = true
	return p.unname(q)
}

// Next goes on without a touch on a face: the question keeps what was said on it
// before, which may be nothing. The overall question cannot be passed over.
// Reasons can.
func (p Page) Next() Page {
	if p.Screen != Why && (p.Screen != Ask || !p.CanPass()) {
		return p
	}
	return p.alive().next()
}

// CanPass reports whether the citizen may go on from the question as it is.
func (p Page) CanPass() bool {
	return p.items[p.item(p.Question)].Element >= 0 || p.Mark(p.Question) != survey.Unanswered
}

// next asks why where the answer is low, goes to the next question, and after
// the last one to the keyboard, where anything was low, or to the end.
func (p Page) next() Page {
	p.settles = false
	if p.Screen == Ask && p.asksWhy() {
		p.Screen = Why
		return p
	}
	if p.Question+1 < len(p.items) {
		p.Screen = Ask
		p.Question++
		return p
	}
	switch {
	case !p.Complete():
		return p.over() // a survey without an overall question, all skipped
	case p.low():
		return p.write()
	}
	return p.close()
}

// close ends the answer; it can still be taken back.
func (p Page) close() Page {
	p.from, p.Screen = p.Screen, Closing
	return p
}

// Back goes to what was before: from the reasons to their question, from the
// keyboard to the last question, from a question to the one before.
func (p Page) Back() Page {
	switch {
	case p.Screen == Why || p.Screen == Write:
		p.Screen = Ask
	case p.Screen == Ask && p.Question > 0:
		p.Question--
	default:
		return p
	}
	p.settles = false
	return p.alive()
}

// Finish ends the answer, which may be early ("Gửi luôn").
func (p Page) Finish() Page {
	if p.Screen > Write || !p.Complete() {
		return p
	}
	p = p.alive()
	p.settles = false
	return p.close()
}

// Undo takes a finished answer back to where it was finished.
func (p Page) Undo() Page {
	if p.Screen != Closing {
		return p
	}
	p.Screen = p.from
	return p.alive()
}

// Stay says "I am still here".
func (p Page) Stay() Page { return p.alive() }

// Leave ends the visit at the citizen's wish: an answer that is not finished is
// dropped.
func (p Page) Leave() Page {
	if p.Screen == Closing || p.Screen == Sending {
		return p
	}
	return p.over()
}

// Speak changes the language; anything but "en" is Vietnamese.
func (p Page) Speak(lang string) Page {
	if lang != "en" {
		lang = "vi"
	}
	p.Lang = lang
	return p.alive()
}

// Enlarge switches large text on and off.
func (p Page) Enlarge() Page {
	p.Large = !p.Large
	return p.alive()
}

// Sharpen switches high contrast on and off.
func (p Page) Sharpen() Page {
	p.Contrast = !p.Contrast
	return p.alive()
}

// Listen switches reading aloud on and off.
func (p Page) Listen() Page {
	p.Aloud = !p.Aloud
	return p.alive()
}

// Saved says that this machine holds the answer of this visit: it would outlive
// the power going off.
func (p Page) Saved() Page {
	switch p.Screen {
	case Sending:
		p.saved = true
	case Sorry: // the disk was slow
		p.saved, p.Screen = true, Kept
		return p.alive()
	}
	return p
}

// Sent says that the server has the answer of this visit.
func (p Page) Sent(receipt string) Page {
	if p.Screen != Sending && p.Screen != Kept && p.Screen != Sorry {
		return p
	}
	p.Screen, p.Receipt = Thanks, receipt
	return p.alive()
}

// Unreached says that a call to the server failed. That ends the wait of a
// citizen whose answer is saved; another answer is not there yet to be sent.
func (p Page) Unreached() Page {
	if p.Screen != Sending || !p.saved {
		return p
	}
	p.Screen = Kept
	return p.alive()
}

// Turned says that the server has read the answer of this visit and does not
// take it: rated, because the dossier was rated before, or for another reason.
// This machine keeps it, and the staff can look at it.
func (p Page) Turned(rated bool) Page {
	if p.Screen != Sending && p.Screen != Kept {
		return p
	}
	p.Screen = Refused
	if rated {
		p.Screen = Rated
	}
	return p.alive()
}

// over reports whether a screen is the last of a visit.
func (s Screen) over() bool { return s >= Thanks }

// Failed says that neither this machine nor the server could take the answer
// of this visit.
func (p Page) Failed() Page {
	if p.Screen != Sending || p.saved {
		return p
	}
	p.Screen = Sorry
	return p.alive()
}

// Pass lets time go by, in milliseconds. However time is cut into pieces, the
// result is the same.
func (p Page) Pass(ms int) Page {
	for ms > 0 && !p.Resting() {
		step := min(ms, max(0, p.deadline()-p.waited))
		ms -= step
		p.waited += step
		if p.waited >= p.deadline() {
			p = p.expire()
		}
	}
	return p
}

// deadline returns when something happens by itself, counted as waited is.
func (p Page) deadline() int {
	switch {
	case p.Screen == Closing:
		return p.patient(p.rules.Undo, scanUndo)
	case p.Screen == Sending:
		return p.rules.Patience
	case p.Screen.over():
		return p.patient(p.rules.Farewell, scanFarewell)
	case p.settles:
		return p.rules.Settle
	case !p.Warned:
		return p.patient(p.rules.Warn, scanIdle)
	}
	return p.patient(p.rules.Reset, scanIdle)
}

// expire does what happens at the deadline.
func (p Page) expire() Page {
	switch {
	case p.Screen == Closing:
		p.done = p.answer()
		p.done.Comment = p.Text()
		p.Screen, p.waited = Sending, 0
		return p
	case p.Screen == Sending:
		return p.Unreached().Failed()
	case p.Screen.over():
		return p.over()
	case p.settles:
		return p.alive().next()
	case !p.Warned:
		p.Warned = true
		return p
	}
	if p.kept() {
		p.done = p.answer()
	}
	return p.over()
}
