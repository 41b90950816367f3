//go:build js && wasm

// Command wasm is the skin of the kiosk: the one package that touches the browser.
// It turns touches into events of package kiosk, shows the page that comes back
// by switching attributes on what the server sent, and gives answers to the
// outbox on the device's disk (outbox.js). It decides nothing.
package main

import (
	"runtime"
	"strconv"
	"syscall/js"

	"hailong/kiosk"
	"hailong/scoring/survey"
)

const (
	tickEvery  = 100    // ms, while somebody is here
	countEvery = 60_000 // ms; another tab may have left something on the disk
	sweepEvery = 10     // visits; memory grows tenfold in a day without
)

func main() {
	s := newSkin()
	s.start()
	select {}
}

// A skin holds the page, the answers on their way, and the elements it
// switches. All its functions for JavaScript are made once: one per button and
// visit would fill the memory.
type skin struct {
	page   kiosk.Page
	box    kiosk.Outbox
	survey *survey.Survey
	mine   string // id of the answer of this visit
	counter
	sweeper

	window, document, root js.Value
	hailong                js.Value // loader and outbox
	form, dialog, receipt  js.Value
	screens                [len(screenNames)]js.Value
	questions              []js.Value         // in the order in which they are asked
	whys                   []js.Value         // of each question, null where it has no reasons
	reasons                [][]js.Value       // their boxes
	bars                   [kiosk.Why + 1]bar // of Ask and Why
	text, written          js.Value           // what is written, and its length
	commented              js.Value

	told, rest                 bool // what the loader knows of somebody being here
	tick, onTick               js.Value
	last                       float64 // ms, when time was last told
	funcs                      []js.Func
	onKept, onDrained, onCount js.Value
}

// screenNames are those of the page. No maps here or below: on a slow device each
// function of theirs that runs for the first time makes the start longer.
var screenNames = [...]string{kiosk.Ask: "ask", kiosk.Why: "why", kiosk.Write: "write", kiosk.Closing: "closing", kiosk.Sending: "sending", kiosk.Thanks: "thanks", kiosk.Kept: "kept", kiosk.Sorry: "sorry", kiosk.Rated: "rated", kiosk.Refused: "refused"}

// A bar holds the buttons under a question.
type bar struct{ back, leave, skip, next, finish js.Value }

func newSkin() *skin {
	g := js.Global()
	doc := g.Get("document")
	s := &skin{
		window: g, document: doc, root: doc.Get("documentElement"), hailong: g.Get("hailong"),
		form: doc.Call("querySelector", "form"), dialog: doc.Call("querySelector", "dialog"), receipt: doc.Call("querySelector", "[data-receipt]"),
		tick: js.Null(),
		text: doc.Call("querySelector", "[data-text]"), written: doc.Call("querySelector", "[data-written]"), commented: doc.Call("querySelector", "[data-commented]"),
	}
	for screen, name := range screenNames {
		s.screens[screen] = doc.Call("querySelector", `[data-screen="`+name+`"]`)
	}
	for screen := range s.bars {
		find := func(do string) js.Value { return s.screens[screen].Call("querySelector", `[data-do="`+do+`"]`) }
		s.bars[screen] = bar{find("back"), find("leave"), find("skip"), find("next"), find("finish")}
	}
	s.survey = s.readSurvey()
	s.page = kiosk.New(s.survey, kiosk.DefaultRules())
	return s
}

func (s *skin) start() {
	s.last = s.clock()
	s.onTick = s.fn(func([]js.Value) any { s.event(func(p kiosk.Page) kiosk.Page { return p }); return nil })
	s.onKept = s.fn(func(a []js.Value) any { s.kept(a[0]); return nil })
	s.onDrained = s.fn(func(a []js.Value) any { s.drained(a[0]); return nil })
	s.onCount = s.fn(func(a []js.Value) any {
		s.box.Found(a[0].Int())
		s.event(func(p kiosk.Page) kiosk.Page { return p })
		return nil
	})
	count := s.fn(func([]js.Value) any { s.hailong.Call("count").Call("then", s.onCount); return nil })
	s.document.Call("addEventListener", "click", s.fn(func(a []js.Value) any {
		target := a[0].Get("target")
		if !target.Call("closest", "a[data-do]").IsNull() {
			a[0].Call("preventDefault") // it is a link for where no script runs
		}
		s.click(target)
		return nil
	}))
	s.document.Call("addEventListener", "keydown", s.fn(func(a []js.Value) any { s.key(a[0]); return nil }))
	s.window.Call("addEventListener", "online", count)
	s.window.Call("setInterval", count, countEvery)

	taps := s.hailong.Get("taps")
	s.root.Get("dataset").Set("mode", "app")
	s.show(kiosk.Page{Question: -1}, s.page)
	for i := range taps.Length() { // what was touched before we were here
		s.click(taps.Index(i))
	}
	taps.Set("length", 0)
	s.listen()
	s.watch()
	s.window.Call("setTimeout", count, 0) // what an earlier run left, once we are in charge
}

func (s *skin) fn(f func([]js.Value) any) js.Value {
	jf := js.FuncOf(func(_ js.Value, args []js.Value) any { return f(args) })
	s.funcs = append(s.funcs, jf)
	return jf.Value
}

func (s *skin) clock() float64 { return s.window.Get("performance").Call("now").Float() }

// click is the one listener: a face, or something that says what it does.
func (s *skin) click(target js.Value) {
	s.touched()
	if target.Call("matches", "input[type=radio]").Bool() {
		if !s.link.Front().Asks() {
			return // the question is not on the screen
		}
		q, id := 0, target.Get("name").String()
		for q < len(s.questions)-1 && s.page.ID(q) != id {
			q++
		}
		if m, ok := s.survey.ParseMark(target.Get("value").String()); ok {
			s.event(func(p kiosk.Page) kiosk.Page { return p.Tap(q, m) })
		}
		return
	}
	if target.Call("matches", "[data-reason]").Bool() {
		for r, box := range s.reasons[s.page.Question] {
			if box.Equal(target) {
				s.event(func(p kiosk.Page) kiosk.Page { return p.Name(p.Question, r) })
			}
		}
		return
	}
	if letter := target.Call("closest", "[data-letter]"); !letter.IsNull() {
		s.write(attr(letter, "letter"))
		return
	}
	el := target.Call("closest", "[data-do]")
	if el.IsNull() {
		if !s.page.Resting() {
			s.event(kiosk.Page.Stay)
		}
		return
	}
	name := attr(el, "do")
	if name == "decline" || name == "slip" || name == "key" || name == "cancel" {
		s.atCounter(name, attr(el, "key"))
	} else if do := deed(name); do != nil {
		s.event(do)
	}
}

// deed is what a button does that says its name, nil for any other.
func deed(name string) func(kiosk.Page) kiosk.Page {
	switch name {
	case "back":
		return kiosk.Page.Back
	case "next", "skip":
		return kiosk.Page.Next
	case "finish":
		return kiosk.Page.Finish
	case "undo":
		return kiosk.Page.Undo
	case "stay":
		return kiosk.Page.Stay
	case "leave":
		return kiosk.Page.Leave
	case "large":
		return kiosk.Page.Enlarge
	case "contrast":
		return kiosk.Page.Sharpen
	case "aloud":
		return kiosk.Page.Listen
	case "scan":
		return kiosk.Page.Sweep
	case "write":
		return kiosk.Page.Write
	case "erase":
		return kiosk.Page.Erase
	case "capitals":
		return kiosk.Page.Capitals
	case "retype":
		return kiosk.Page.Retype
	case "en", "vi":
		return func(p kiosk.Page) kiosk.Page { return p.Speak(name) }
	}
	return nil
}

// event tells the page how much time went by and then what happened, shows
// what came of it, and sends what is finished.
func (s *skin) event(do func(kiosk.Page) kiosk.Page) {
	now := s.clock()
	ms := int(now - s.last)
	if ms > 0 {
		s.last += float64(ms)
	}
	s.box.Pass(ms)
	s.link.Pass(ms, s.serverClock())
	before := s.page
	// Time first: what was finished a moment ago is out of a touch's reach.
	s.page = s.take(before.Pass(ms))
	s.link.Follow(before, s.page)
	passed := s.page
	s.page = s.take(do(passed))
	s.link.Follow(passed, s.page)
	s.show(before, s.page)
	s.showFront()
	s.sweep(ms)
	if s.page.Visits != before.Visits {
		s.mine = ""
		if s.page.Visits%sweepEvery == 0 {
			runtime.GC()
		}
	}
	s.send()
	s.watch()
}

// take gives an answer that is finished to the outbox.
func (s *skin) take(p kiosk.Page) kiosk.Page {
	p, a, ok := p.Take()
	if !ok {
		return p
	}
	object := s.window.Get("Object")
	answers := object.New()
	for id, v := range s.survey.Write(a.Marks) {
		answers.Set(id, v)
	}
	reasons := s.window.Get("Array").New()
	for _, id := range a.Reasons {
		reasons.Call("push", id)
	}
	id := s.hailong.Call("newID").String()
	r := object.New()
	r.Set("id", id)
	r.Set("survey", s.survey.ID)
	r.Set("answers", answers)
	if len(a.Reasons) > 0 {
		r.Set("reasons", reasons)
	}
	if a.Comment != "" {
		r.Set("comment", a.Comment)
	}
	r.Set("captured_at", s.window.Get("Date").New().Call("toISOString"))
	r.Set("lang", a.Lang)
	switch handle, code := s.link.Spend(); {
	case code != "":
		r.Set("code", code)
	case handle != "":
		r.Set("invite", handle)
	}
	if p.Screen == kiosk.Sending {
		s.mine = id
	}
	s.hailong.Call("keep", r).Call("then", s.onKept)
	return p
}

// kept hears what became of an answer given to the outbox.
func (s *skin) kept(r js.Value) {
	mine := r.Get("id").String() == s.mine
	saved, stored := r.Get("kept").Bool(), r.Get("stored").Bool()
	if saved {
		s.box.Add()
	}
	s.event(func(p kiosk.Page) kiosk.Page {
		switch {
		case !mine:
			return p
		case saved:
			return p.Saved()
		case stored:
			return p.Sent(text(r.Get("receipt")))
		}
		return p.Failed()
	})
}

// send lets the outbox call the server when it is time to.
func (s *skin) send() {
	if s.box.Due() {
		s.hailong.Call("drain", s.mine).Call("then", s.onDrained)
	}
}

// drained hears how a call went.
func (s *skin) drained(r js.Value) {
	asked := text(r.Get("mine"))
	mine := asked != "" && asked == s.mine
	stored, lost := r.Get("stored").Bool(), r.Get("lost").Bool()
	turned := text(r.Get("turned"))
	if lost {
		s.box.Lost()
	} else {
		s.box.Landed(r.Get("waiting").Int())
	}
	s.event(func(p kiosk.Page) kiosk.Page {
		switch {
		case mine && stored:
			return p.Sent(text(r.Get("receipt")))
		case mine && turned != "":
			return p.Turned(turned == "conflict")
		case lost || mine: // no line, or not a word of it
			return p.Unreached()
		}
		return p
	})
}

func text(v js.Value) string {
	if v.Type() == js.TypeString {
		return v.String()
	}
	return ""
}

// watch runs the clock only while somebody is here or something is to be sent,
// and tells the loader when nobody is.
func (s *skin) watch() {
	if rest := s.page.Resting(); !s.told || rest != s.rest {
		s.told, s.rest = true, rest
		s.root.Get("dataset").Set("rest", strconv.FormatBool(rest))
	}
	need := !s.page.Resting() || s.box.Len() > 0 || s.link.Busy()
	switch {
	case need && s.tick.IsNull():
		s.tick = s.window.Call("setInterval", s.onTick, tickEvery)
	case !need && !s.tick.IsNull():
		s.window.Call("clearInterval", s.tick)
		s.tick = js.Null()
	}
}

// show switches what differs between two pages.
func (s *skin) show(was, is kiosk.Page) {
	data := s.root.Get("dataset")
	first := was.Question < 0
	if first || was.Visits != is.Visits {
		s.form.Call("reset") // nobody sees what somebody else chose
		for _, boxes := range s.reasons {
			for _, box := range boxes {
				box.Set("checked", false)
			}
		}
	}
	if was.Receipt != is.Receipt {
		s.receipt.Set("textContent", is.Receipt)
		s.receipt.Get("parentElement").Set("hidden", is.Receipt == "")
	}
	moved := first || was.Screen != is.Screen || was.Question != is.Question || was.Visits != is.Visits
	if moved {
		for screen, el := range s.screens {
			el.Set("hidden", kiosk.Screen(screen) != is.Screen)
		}
		for q, el := range s.questions {
			el.Set("hidden", q != is.Question)
			if !s.whys[q].IsNull() {
				s.whys[q].Set("hidden", q != is.Question)
			}
		}
		s.commented.Set("hidden", is.Written() == 0)
		data.Set("question", is.Question)
	}
	switch is.Screen {
	case kiosk.Ask:
		bar := s.bars[kiosk.Ask]
		bar.back.Set("hidden", is.Question == 0)
		bar.leave.Set("hidden", is.Question == 0)
		said := is.Mark(is.Question) != survey.Unanswered
		bar.skip.Set("hidden", said || !is.CanPass())
		bar.next.Set("hidden", !said)
		bar.finish.Set("hidden", !is.Complete())
		if moved {
			s.check(is)
		}
	case kiosk.Why:
		bar, named := s.bars[kiosk.Why], false
		for r, box := range s.reasons[is.Question] {
			named = named || is.Named(is.Question, r)
			box.Set("checked", is.Named(is.Question, r))
		}
		bar.back.Set("hidden", false)
		bar.leave.Set("hidden", false)
		bar.skip.Set("hidden", named)
		bar.next.Set("hidden", !named)
		bar.finish.Set("hidden", !is.Complete())
	}
	if moved || was.Shift != is.Shift || was.Method() != is.Method() || was.Text() != is.Text() {
		s.showText(is)
	}
	if was.Warned != is.Warned {
		if is.Warned {
			data.Set("fate", fates[is.Fate()])
			s.dialog.Call("showModal")
		} else {
			s.dialog.Call("close")
		}
	}
	if moved && !first && is.Scan == kiosk.NoScan {
		s.focus(is)
	}
	s.showWishes(was, is, moved)
}

var fates = [...]string{kiosk.NoFate: "none", kiosk.Half: "half", kiosk.HalfNoted: "noted", kiosk.Lost: "lost"}

// check shows what was said on the question, which may be nothing.
func (s *skin) check(p kiosk.Page) {
	said := ""
	if m := p.Mark(p.Question); m != survey.Unanswered {
		said = s.survey.FormatMark(m)
	}
	radios := s.questions[p.Question].Call("querySelectorAll", "input[type=radio]")
	for i := range radios.Length() {
		radio := radios.Index(i)
		radio.Set("checked", radio.Get("value").String() == said)
	}
}

// focus puts a screen reader, and whoever uses keys, at the start of what is new.
func (s *skin) focus(p kiosk.Page) {
	if target := s.stage(p).Call("querySelector", "[data-focus]"); !target.IsNull() {
		target.Call("focus")
	}
}
