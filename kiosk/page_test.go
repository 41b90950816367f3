package kiosk

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"hailong/scoring/survey"
)

// short is shaped like the instrument of the house: an overall question, five
// criteria, the last of which may be "not applicable".
func short() *survey.Survey {
	s := &survey.Survey{ID: "s", Levels: make([]survey.Level, 5), Satisfied: []int{4, 5}, Overall: survey.Criterion{ID: "overall"}}
	for i := range s.Levels {
		s.Levels[i].Value = i + 1
	}
	for _, id := range []string{"access", "procedure", "official", "result", "feedback"} {
		c := survey.Criterion{ID: id, Optional: id == "feedback"}
		if id != "access" { // which has none
			c.Reasons = []survey.Reason{{ID: id + "1"}, {ID: id + "2"}, {ID: id + "3"}}
		}
		s.Elements = append(s.Elements, survey.Element{ID: id, Criteria: []survey.Criterion{c}})
	}
	return s
}

func noOverall() *survey.Survey {
	s := short()
	s.Overall = survey.Criterion{}
	return s
}

// play applies events, after each of which it looks for an answer.
func play(p Page, events ...func(Page) Page) (Page, []survey.Answers) {
	var out []survey.Answers
	for _, e := range events {
		var a Answer
		var ok bool
		if p, a, ok = e(p).Take(); ok {
			out = append(out, a.Marks)
		}
	}
	return p, out
}

func name(q, r int) func(Page) Page            { return func(p Page) Page { return p.Name(q, r) } }
func key(r rune) func(Page) Page               { return func(p Page) Page { return p.Key(r) } }
func tap(q int, m survey.Mark) func(Page) Page { return func(p Page) Page { return p.Tap(q, m) } }
func pass(ms int) func(Page) Page              { return func(p Page) Page { return p.Pass(ms) } }
func sent(r string) func(Page) Page            { return func(p Page) Page { return p.Sent(r) } }
func speak(l string) func(Page) Page           { return func(p Page) Page { return p.Speak(l) } }

// choose is a tap and the moment in which it settles.
func choose(q int, m survey.Mark) func(Page) Page {
	return func(p Page) Page { return p.Tap(q, m).Pass(p.rules.Settle) }
}

func TestFlow(t *testing.T) {
	t.Parallel()
	r := DefaultRules()
	drop := r
	drop.Half = DropHalf
	type events = []func(Page) Page
	for _, tt := range []struct {
		name     string
		survey   *survey.Survey
		rules    Rules
		events   events
		screen   Screen
		question int
		answers  []survey.Answers
	}{
		{"at rest", short(), r, events{pass(1 << 30)}, Ask, 0, nil},
		{"one tap, still shown", short(), r, events{tap(0, 5), pass(r.Settle - 1)}, Ask, 0, nil},
		{"one tap, settled", short(), r, events{choose(0, 5)}, Ask, 1, nil},
		{"a double tap is one tap", short(), r, events{tap(0, 5), pass(100), tap(0, 5), pass(r.Settle)}, Ask, 1, nil},
		{"a second thought", short(), r, events{tap(0, 1), pass(200), tap(0, 5), Page.Finish, pass(r.Undo)}, Sending, 0, []survey.Answers{{0, 0, 0, 0, 0, 5}}},
		{"one tap is a whole answer", short(), r, events{choose(0, 4), Page.Finish, pass(r.Undo), sent("AB")}, Thanks, 1, []survey.Answers{{0, 0, 0, 0, 0, 4}}},
		{"all six", short(), r, events{choose(0, 5), choose(1, 4), choose(2, 5), choose(3, 4), choose(4, 5), choose(5, survey.NotApplicable), pass(r.Undo)}, Sending, 5, []survey.Answers{{4, 5, 4, 5, survey.NotApplicable, 5}}},
		{"all six low", short(), r, events{choose(0, 3), choose(1, 3), choose(2, 3), Page.Next, choose(3, 2), Page.Next, choose(4, 1), Page.Next, choose(5, 1), Page.Next, Page.Finish, pass(r.Undo)}, Sending, 5, []survey.Answers{{3, 3, 2, 1, 1, 3}}},
		{"skipped", short(), r, events{choose(0, 5), Page.Next, choose(2, 5), Page.Next, Page.Next, Page.Next, pass(r.Undo)}, Sending, 5, []survey.Answers{{0, 5, 0, 0, 0, 5}}},
		{"a low answer asks why", short(), r, events{choose(0, 5), choose(1, 4), choose(2, 3)}, Why, 2, nil},
		{"a low answer without reasons goes on", short(), r, events{choose(0, 5), choose(1, 1)}, Ask, 2, nil},
		{"a low overall rating goes on", short(), r, events{choose(0, 1)}, Ask, 1, nil},
		{"from the reasons to the next question", short(), r, events{choose(0, 5), choose(1, 4), choose(2, 3), Page.Next}, Ask, 3, nil},
		{"from the reasons back", short(), r, events{choose(0, 5), choose(1, 4), choose(2, 3), Page.Back}, Ask, 2, nil},
		{"and on again, to the reasons", short(), r, events{choose(0, 5), choose(1, 4), choose(2, 3), Page.Back, Page.Next}, Why, 2, nil},
		{"a better answer asks nothing", short(), r, events{choose(0, 5), choose(1, 4), choose(2, 3), Page.Back, choose(2, 4)}, Ask, 3, nil},
		{"finished at the reasons", short(), r, events{choose(0, 5), choose(1, 4), choose(2, 3), Page.Finish, pass(r.Undo)}, Sending, 2, []survey.Answers{{4, 3, 0, 0, 0, 5}}},
		{"undo goes back to the reasons", short(), r, events{choose(0, 5), choose(1, 4), choose(2, 3), Page.Finish, Page.Undo}, Why, 2, nil},
		{"something low: the keyboard at the end", short(), r, events{choose(0, 3), Page.Next, Page.Next, Page.Next, Page.Next, Page.Next}, Write, 5, nil},
		{"and then it is sent", short(), r, events{choose(0, 3), Page.Next, Page.Next, Page.Next, Page.Next, Page.Next, Page.Finish, pass(r.Undo)}, Sending, 5, []survey.Answers{{0, 0, 0, 0, 0, 3}}},
		{"back from the keyboard", short(), r, events{choose(0, 3), Page.Next, Page.Next, Page.Next, Page.Next, Page.Next, Page.Back}, Ask, 5, nil},
		{"undo goes back to the keyboard", short(), r, events{choose(0, 3), Page.Next, Page.Next, Page.Next, Page.Next, Page.Next, Page.Finish, Page.Undo}, Write, 5, nil},
		{"sent at once, no keyboard", short(), r, events{choose(0, 1), Page.Finish, pass(r.Undo)}, Sending, 1, []survey.Answers{{0, 0, 0, 0, 0, 1}}},
		{"the keyboard at one's wish", short(), r, events{choose(0, 5), Page.Finish, pass(r.Undo - 1), Page.Write, pass(r.Undo)}, Write, 1, nil},
		{"no keyboard while a question is asked", short(), r, events{choose(0, 5), Page.Write}, Ask, 1, nil},
		{"leave at the keyboard", short(), r, events{choose(0, 5), Page.Finish, Page.Write, Page.Leave}, Ask, 0, nil},
		{"idle at the reasons: kept", short(), r, events{choose(0, 5), choose(1, 4), choose(2, 3), pass(r.Reset)}, Ask, 0, []survey.Answers{{4, 3, 0, 0, 0, 5}}},
		{"idle at the reasons: dropped", short(), drop, events{choose(0, 5), choose(1, 4), choose(2, 3), pass(r.Reset)}, Ask, 0, nil},
		{"idle at the keyboard: kept", short(), r, events{choose(0, 5), Page.Finish, Page.Write, pass(r.Reset)}, Ask, 0, []survey.Answers{{0, 0, 0, 0, 0, 5}}},
		{"idle at the keyboard: dropped", short(), drop, events{choose(0, 5), Page.Finish, Page.Write, pass(r.Reset)}, Ask, 0, nil},
		{"back and on again keeps a mark", short(), r, events{choose(0, 5), choose(1, 1), Page.Back, Page.Back, Page.Next, Page.Next, Page.Finish, pass(r.Undo)}, Sending, 2, []survey.Answers{{1, 0, 0, 0, 0, 5}}},
		{"back and another choice", short(), r, events{choose(0, 1), Page.Back, choose(0, 5), Page.Finish, pass(r.Undo)}, Sending, 1, []survey.Answers{{0, 0, 0, 0, 0, 5}}},
		{"back at the start", short(), r, events{Page.Back}, Ask, 0, nil},
		{"back while a choice settles", short(), r, events{choose(0, 5), tap(1, 3), Page.Back, pass(r.Settle)}, Ask, 0, nil},
		{"the overall question cannot be passed over", short(), r, events{Page.Next}, Ask, 0, nil},
		{"nothing to finish", short(), r, events{Page.Finish}, Ask, 0, nil},
		{"undo", short(), r, events{choose(0, 5), Page.Finish, pass(r.Undo - 1), Page.Undo, pass(r.Undo)}, Ask, 1, nil},
		{"undo comes too late", short(), r, events{choose(0, 5), Page.Finish, pass(r.Undo), Page.Undo}, Sending, 1, []survey.Answers{{0, 0, 0, 0, 0, 5}}},
		{"not applicable where it is not offered", short(), r, events{choose(0, survey.NotApplicable)}, Ask, 0, nil},
		{"not applicable on a criterion that must be rated", short(), r, events{choose(0, 5), choose(1, survey.NotApplicable)}, Ask, 1, nil},
		{"no such level", short(), r, events{choose(0, 6), choose(0, 0), choose(0, -2)}, Ask, 0, nil},
		{"a face of another question", short(), r, events{choose(3, 5)}, Ask, 0, nil},
		{"no such question", short(), r, events{choose(-1, 5), choose(9, 5)}, Ask, 0, nil},
		{"leave drops the answer", short(), r, events{choose(0, 5), Page.Leave, pass(r.Reset)}, Ask, 0, nil},
		{"no leaving once it is finished", short(), r, events{choose(0, 5), Page.Finish, Page.Leave, pass(r.Undo), Page.Leave}, Sending, 1, []survey.Answers{{0, 0, 0, 0, 0, 5}}},
		{"neither disk nor server answers", short(), r, events{choose(0, 5), Page.Finish, pass(r.Undo), pass(r.Patience)}, Sorry, 1, []survey.Answers{{0, 0, 0, 0, 0, 5}}},
		{"saved after the apology", short(), r, events{choose(0, 5), Page.Finish, pass(r.Undo), Page.Failed, Page.Saved}, Kept, 1, []survey.Answers{{0, 0, 0, 0, 0, 5}}},
		{"sent after the apology", short(), r, events{choose(0, 5), Page.Finish, pass(r.Undo), Page.Failed, sent("")}, Thanks, 1, []survey.Answers{{0, 0, 0, 0, 0, 5}}},
		{"no line before it is saved", short(), r, events{choose(0, 5), Page.Finish, pass(r.Undo), Page.Unreached}, Sending, 1, []survey.Answers{{0, 0, 0, 0, 0, 5}}},
		{"a saved answer does not fail", short(), r, events{choose(0, 5), Page.Finish, pass(r.Undo), Page.Saved, Page.Failed}, Sending, 1, []survey.Answers{{0, 0, 0, 0, 0, 5}}},
		{"saved, and no line", short(), r, events{choose(0, 5), Page.Finish, pass(r.Undo), Page.Saved, Page.Unreached}, Kept, 1, []survey.Answers{{0, 0, 0, 0, 0, 5}}},
		{"one saved answer says nothing of the next", short(), r, events{choose(0, 5), Page.Finish, pass(r.Undo), Page.Saved, Page.Unreached, Page.Leave, choose(0, 1), Page.Finish, pass(r.Undo), Page.Unreached, pass(r.Patience)}, Sorry, 1, []survey.Answers{{0, 0, 0, 0, 0, 5}, {0, 0, 0, 0, 0, 1}}},
		{"saved, and the server does not answer", short(), r, events{choose(0, 5), Page.Finish, pass(r.Undo), Page.Saved, pass(r.Patience)}, Kept, 1, []survey.Answers{{0, 0, 0, 0, 0, 5}}},
		{"the server fails and then has it", short(), r, events{choose(0, 5), Page.Finish, pass(r.Undo), Page.Saved, Page.Unreached, sent("")}, Thanks, 1, []survey.Answers{{0, 0, 0, 0, 0, 5}}},
		{"thanks end by themselves", short(), r, events{choose(0, 5), Page.Finish, pass(r.Undo), sent("AB"), pass(r.Farewell)}, Ask, 0, []survey.Answers{{0, 0, 0, 0, 0, 5}}},
		{"thanks end by a touch", short(), r, events{choose(0, 5), Page.Finish, pass(r.Undo), sent("AB"), Page.Leave}, Ask, 0, []survey.Answers{{0, 0, 0, 0, 0, 5}}},
		{"a stray reply", short(), r, events{sent("AB"), Page.Failed, Page.Saved, Page.Unreached}, Ask, 0, nil},
		{"idle after one tap: kept", short(), r, events{choose(0, 2), pass(r.Reset)}, Ask, 0, []survey.Answers{{0, 0, 0, 0, 0, 2}}},
		{"idle after one tap: dropped", short(), drop, events{choose(0, 2), pass(r.Reset)}, Ask, 0, nil},
		{"still here", short(), r, events{choose(0, 2), pass(r.Reset - 1), Page.Stay, pass(r.Reset - 1)}, Ask, 1, nil},
		{"idle in English", short(), r, events{speak("en"), pass(r.Reset)}, Ask, 0, nil},
		{"without an overall question", noOverall(), r, events{choose(0, 5), Page.Finish, pass(r.Undo)}, Sending, 1, []survey.Answers{{5, 0, 0, 0, 0}}},
		{"without an overall question, all skipped", noOverall(), r, events{Page.Next, Page.Next, Page.Next, Page.Next, Page.Next}, Ask, 0, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, answers := play(New(tt.survey, tt.rules), tt.events...)
			if p.Screen != tt.screen || p.Question != tt.question {
				t.Errorf("screen %d question %d, want %d and %d", p.Screen, p.Question, tt.screen, tt.question)
			}
			if !slices.EqualFunc(answers, tt.answers, slices.Equal) {
				t.Errorf("answers %v, want %v", answers, tt.answers)
			}
		})
	}
}

func TestQuestions(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		survey *survey.Survey
		want   []string
	}{
		{short(), []string{"overall", "access", "procedure", "official", "result", "feedback"}},
		{noOverall(), []string{"access", "procedure", "official", "result", "feedback"}},
	} {
		p := New(tt.survey, DefaultRules())
		var got []string
		for q := range p.Questions() {
			got = append(got, p.ID(q))
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("asked in the order %v, want %v", got, tt.want)
		}
	}
}

func TestIdle(t *testing.T) {
	t.Parallel()
	r := DefaultRules()
	p := New(short(), r).Tap(0, 4).Pass(r.Settle)
	if p = p.Pass(r.Warn - 1); p.Warned {
		t.Fatal("the warning comes too early")
	}
	if p = p.Pass(1); !p.Warned {
		t.Fatal("no warning")
	}
	if q := p.Stay(); q.Warned || q.Pass(r.Warn-1).Warned || q.Mark(0) != 4 {
		t.Error("staying does not give the whole time again, or loses the answer")
	}
	if q := p.Tap(1, 3); q.Warned || q.Mark(1) != 3 {
		t.Error("a tap while warned is not a sign of life")
	}
	if p = p.Pass(r.Reset - r.Warn - 1); p.Resting() {
		t.Fatal("over before its time")
	}
	if p = p.Pass(1); !p.Resting() || p.Visits != 1 {
		t.Error("not over after 45 s")
	}
}

func TestWishesEndWithTheVisit(t *testing.T) {
	t.Parallel()
	p := New(short(), DefaultRules()).Speak("en").Enlarge().Sharpen().Listen()
	if p.Lang != "en" || !p.Large || !p.Contrast || !p.Aloud {
		t.Fatalf("wishes not met: %+v", p)
	}
	if p = p.Leave(); p.Lang != "vi" || p.Large || p.Contrast || p.Aloud || !p.Resting() {
		t.Errorf("the next citizen finds %+v", p)
	}
	if p = p.Speak("tlh"); p.Lang != "vi" {
		t.Errorf("an unknown language is %q", p.Lang)
	}
}

func TestAnswerKeepsItsLanguage(t *testing.T) {
	t.Parallel()
	r := DefaultRules()
	for name, end := range map[string]func(Page) Page{
		"finished":  func(p Page) Page { return p.Finish().Pass(r.Undo) },
		"abandoned": pass(r.Reset),
	} {
		_, a, ok := end(New(short(), r).Speak("en").Tap(0, 5).Pass(r.Settle)).Take()
		if !ok || a.Lang != "en" {
			t.Errorf("%s: language %q, want en", name, a.Lang)
		}
	}
}

// anyEvents draws a sequence of events as a citizen, a child, a clock and a
// network would produce them.
func anyEvents(t *rapid.T) []func(Page) Page {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) func(Page) Page {
		switch rapid.IntRange(0, 18).Draw(t, "event") {
		case 14, 15:
			return name(rapid.IntRange(0, 5).Draw(t, "question"), rapid.IntRange(-1, 3).Draw(t, "reason"))
		case 16, 17:
			return key(rapid.SampledFrom([]rune("abdesw69 .")).Draw(t, "key"))
		case 18:
			return rapid.SampledFrom([]func(Page) Page{Page.Erase, Page.Capitals, Page.Retype, Page.Write}).Draw(t, "writing")
		case 0, 1, 2, 3:
			return tap(rapid.IntRange(-1, 7).Draw(t, "question"), survey.Mark(rapid.IntRange(-2, 7).Draw(t, "mark")))
		case 4, 5:
			return pass(rapid.IntRange(0, 50_000).Draw(t, "ms"))
		case 6:
			return Page.Next
		case 7:
			return Page.Back
		case 8:
			return Page.Finish
		case 9:
			return Page.Undo
		case 10:
			return rapid.SampledFrom([]func(Page) Page{Page.Stay, Page.Enlarge, Page.Sharpen, Page.Listen, Page.Sweep, Page.Unscan, speak("en"), speak("vi")}).Draw(t, "wish")
		case 11:
			return Page.Leave
		case 12:
			return sent("R")
		}
		return Page.Failed
	}), 0, 60).Draw(t, "events")
}

func anySurvey(t *rapid.T) *survey.Survey {
	return rapid.SampledFrom([]*survey.Survey{short(), noOverall()}).Draw(t, "survey")
}

func anyRules(t *rapid.T) Rules {
	r := DefaultRules()
	r.Half = rapid.SampledFrom([]HalfRule{KeepHalf, DropHalf}).Draw(t, "half")
	return r
}

// Whatever happens, an answer that leaves is one that the server takes, it was
// said in this visit, and a visit has one at most.
func TestAnyEvents(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := anySurvey(t)
		p := New(s, anyRules(t))
		said := map[int]map[survey.Mark]bool{} // in this visit
		touched := map[string]bool{}           // reasons, in this visit
		given := 0                             // in this visit
		for _, e := range anyEvents(t) {
			before := p
			var answer Answer
			var ok bool
			p, answer, ok = e(p).Take()
			a := answer.Marks
			for q := range p.Questions() {
				if m := p.Mark(q); m != survey.Unanswered && m != before.Mark(q) {
					if said[q] == nil {
						said[q] = map[survey.Mark]bool{}
					}
					said[q][m] = true
				}
			}
			for q := range p.Questions() {
				for r := range p.Reasons(q) {
					if p.Named(q, r) != before.Named(q, r) {
						touched[p.items[p.item(q)].Reasons[r].ID] = true
					}
				}
			}
			if ok {
				if ids, faults := s.ReadReasons(a, answer.Reasons); len(faults) > 0 || !slices.Equal(ids, answer.Reasons) {
					t.Fatalf("reasons %v of %v: %v", answer.Reasons, a, faults)
				}
				for _, id := range answer.Reasons {
					if !touched[id] {
						t.Fatalf("reason %s was never touched in this visit", id)
					}
				}
				if want := before.Text(); p.Screen == Sending && answer.Comment != want || p.Screen != Sending && answer.Comment != "" {
					t.Fatalf("on screen %d the comment %q is sent, %q was written", p.Screen, answer.Comment, want)
				}
				given++
				if given > 1 {
					t.Fatalf("%d answers in one visit", given)
				}
				if _, faults := s.Read(s.Write(a)); len(faults) > 0 {
					t.Fatalf("an answer with faults: %v: %v", a, faults)
				}
				for i, m := range a {
					q := i + 1
					if !s.HasOverall() {
						q = i
					} else if i == len(a)-1 {
						q = 0
					}
					if m != survey.Unanswered && !said[q][m] {
						t.Fatalf("mark %d on question %d was never made in this visit", m, q)
					}
				}
			}
			if p.Visits != before.Visits {
				if !p.Resting() || p.Receipt != "" || p.Warned || p.Text() != "" || p.Shift || len(p.reasons()) > 0 {
					t.Fatalf("after a visit: %+v", p)
				}
				said, given, touched = map[int]map[survey.Mark]bool{}, 0, map[string]bool{}
			}
			if p.Question < 0 || p.Question >= p.Questions() {
				t.Fatalf("question %d", p.Question)
			}
			if p.Written() > MaxText {
				t.Fatalf("%d characters", p.Written())
			}
			if p.Screen == Thanks && given == 0 {
				t.Fatal("thanks without an answer")
			}
		}
		// Left alone, it always comes to rest.
		if p = p.Pass(10 * 60 * 1000); !p.Resting() {
			t.Fatalf("never at rest: %+v", p)
		}
	})
}

// However time is cut into pieces, the result is the same.
func TestPassIsAdditive(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p, _ := play(New(anySurvey(t), anyRules(t)), anyEvents(t)...)
		a := rapid.IntRange(0, 60_000).Draw(t, "a")
		b := rapid.IntRange(0, 60_000).Draw(t, "b")
		x, xa, _ := p.Pass(a).Pass(b).Take()
		y, ya, _ := p.Pass(a + b).Take()
		if !slices.Equal(xa.Marks, ya.Marks) || xa.Lang != ya.Lang || !slices.Equal(xa.Reasons, ya.Reasons) || xa.Comment != ya.Comment || !slices.Equal(x.marks, y.marks) || x.Screen != y.Screen || x.Question != y.Question ||
			x.Warned != y.Warned || x.Visits != y.Visits || (!x.Resting() && x.waited != y.waited) {
			t.Fatalf("%+v\nis not\n%+v", x, y)
		}
	})
}

// An event leaves the page it came from as it was.
func TestPagesAreValues(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p, _ := play(New(anySurvey(t), anyRules(t)), anyEvents(t)...)
		marks, named, text := slices.Clone(p.marks), slices.Clone(p.named), p.Text()
		play(p, anyEvents(t)...)
		if !slices.Equal(p.marks, marks) || !slices.Equal(p.named, named) || p.Text() != text {
			t.Fatalf("changed from %v %v %q to %v %v %q", marks, named, text, p.marks, p.named, p.Text())
		}
	})
}
