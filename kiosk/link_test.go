package kiosk

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// A desk is a kiosk as its skin drives it: the page, and what the counter says.
type desk struct {
	link    Link
	page    Page
	at      int      // milliseconds since 1970
	handles []string // of the answers that left, "" for a walk-up
	shown   string   // the handle that was on the screen as this visit began
}

// nine is Wednesday 15 January 2025, 09:00 in Việt Nam.
const nine = 1_736_906_400_000

func newDesk() *desk { return &desk{page: New(short(), DefaultRules()), at: nine} }

func (d *desk) do(ms int, event func(Page) Page) {
	d.at += ms
	d.link.Pass(ms, d.at)
	for _, e := range []func(Page) Page{pass(ms), event} {
		before, front := d.page, ""
		if d.link.Front() == Invited && before.Resting() {
			front = d.link.calls[0].Handle
		}
		var ok bool
		if d.page, _, ok = e(d.page).Take(); ok {
			handle, code := d.link.Spend()
			d.handles = append(d.handles, handle+code)
		}
		d.link.Follow(before, d.page)
		if before.Resting() && !d.page.Resting() {
			d.shown = front
		}
	}
}

func still(p Page) Page { return p }

func (d *desk) wait(ms int) { d.do(ms, still) }
func (d *desk) tap()        { d.do(10, tap(0, 5)) }
func (d *desk) finish()     { d.do(0, Page.Finish); d.wait(DefaultRules().Undo) }
func (d *desk) leave()      { d.do(0, Page.Leave) }
func (d *desk) goodbye()    { d.do(0, sent("AB")); d.leave() }

func (d *desk) invite(n int) {
	d.link.Invite(Call{Handle: fmt.Sprint("h", n), Procedure: fmt.Sprint("p", n), Left: 180_000})
}

func (d *desk) front(t *testing.T, want Front, procedure string) {
	t.Helper()
	if f, p := d.link.Front(), d.link.Procedure(); f != want || p != procedure {
		t.Errorf("front %d %q, want %d %q", f, p, want, procedure)
	}
}

func (d *desk) gave(t *testing.T, want ...string) {
	t.Helper()
	if !slices.Equal(d.handles, want) {
		t.Errorf("answers of %q, want %q", d.handles, want)
	}
}

func TestInvited(t *testing.T) {
	t.Parallel()
	d := newDesk()
	d.front(t, Plain, "")
	d.invite(1)
	d.front(t, Invited, "p1")
	d.tap()
	d.front(t, Invited, "p1")
	d.finish()
	d.goodbye()
	d.front(t, Plain, "") // the invitation is used up
	d.tap()
	d.finish()
	d.gave(t, "h1", "")
}

// Whoever is in the middle of an answer is not disturbed, and their answer is
// not another's.
func TestInvitationWaits(t *testing.T) {
	t.Parallel()
	d := newDesk()
	d.tap()
	d.invite(1)
	d.front(t, Plain, "")
	d.finish()
	d.invite(2)
	d.front(t, Plain, "")
	d.goodbye()
	d.front(t, Invited, "p1") // the first in the line
	d.tap()
	d.finish()
	d.goodbye()
	d.front(t, Invited, "p2")
	d.tap()
	d.leave()                 // without an answer
	d.front(t, Invited, "p2") // and the invitation stands
	d.gave(t, "", "h1")
}

func TestInvitationEnds(t *testing.T) {
	t.Parallel()
	d := newDesk()
	d.invite(1)
	d.wait(179_999)
	d.front(t, Invited, "p1")
	d.wait(1)
	d.front(t, Plain, "")
	d.invite(2)
	d.link.Withdraw("h2")
	d.link.Withdraw("h2")
	d.front(t, Plain, "")
	d.invite(2) // told again after a break of the line
	d.invite(1)
	d.link.Invite(Call{Handle: "h9"}) // over as it comes
	d.front(t, Plain, "")
	d.invite(3)
	d.tap()
	d.link.Withdraw("h3") // begun is begun: the server decides
	d.finish()
	d.gave(t, "h3")
	d.goodbye()
	d.front(t, Plain, "")

	// Nobody came, and the next one is served already.
	d.invite(4)
	d.wait(PassedOver)
	d.invite(5)
	d.front(t, Invited, "p5")
	d.invite(6) // handed out at once with 5
	d.front(t, Invited, "p5")
	d.do(0, func(p Page) Page { d.link.Decline(); return p })
	d.front(t, Invited, "p6")
	d.tap()
	d.do(0, func(p Page) Page { d.link.Decline(); return p })
	d.front(t, Plain, "")
	d.finish()
	d.gave(t, "h3", "")
}

// An answer that is sent for a citizen who left is still of the invitation.
func TestInvitedAndGone(t *testing.T) {
	t.Parallel()
	d := newDesk()
	d.invite(1)
	d.tap()
	d.wait(400)
	d.wait(DefaultRules().Reset)
	d.gave(t, "h1")
	d.front(t, Plain, "")
}

func TestPause(t *testing.T) {
	t.Parallel()
	d := newDesk()
	d.link.Set(Settings{Interval: 30_000, Told: true, Hours: always()})
	d.tap()
	d.finish()
	d.goodbye()
	d.front(t, Pausing, "")
	if d.link.Wait() != 30 || !d.link.Busy() {
		t.Errorf("wait %d", d.link.Wait())
	}
	d.wait(29_500)
	d.front(t, Pausing, "")
	if d.link.Wait() != 1 {
		t.Errorf("wait %d", d.link.Wait())
	}
	d.invite(1) // is exempt
	d.front(t, Invited, "p1")
	d.link.Withdraw("h1")
	d.front(t, Pausing, "")
	d.wait(500)
	d.front(t, Plain, "")
	if d.link.Busy() {
		t.Error("time is told for nothing")
	}
	d.invite(2)
	d.tap()
	d.finish()
	d.goodbye()
	d.front(t, Plain, "") // an invited answer makes nobody wait
	d.tap()
	d.finish()
	d.goodbye()
	d.link.Set(Settings{Interval: 5_000, Told: true, Hours: always()})
	d.wait(5_000)
	d.front(t, Plain, "")
}

// Large letters, contrast, reading aloud, a language: touching these while the
// kiosk asks to wait, or after it was revoked, ends neither.
func TestToolsEndNoPause(t *testing.T) {
	t.Parallel()
	for name, tool := range map[string]func(Page) Page{"large": Page.Enlarge, "contrast": Page.Sharpen, "aloud": Page.Listen, "scan": Page.Sweep, "english": func(p Page) Page { return p.Speak("en") }} {
		d := newDesk()
		d.link.Set(Settings{Interval: 30_000, Told: true, Hours: always()})
		d.tap()
		d.finish()
		d.goodbye()
		d.do(10, tool)
		d.front(t, Pausing, "")
		d.wait(29_990)
		d.front(t, Plain, "")
		d.tap() // with the tool still on
		d.do(0, Page.Finish)
		d.wait(9_000) // a scan gives more time to take it back
		d.gave(t, "", "")
		d.goodbye()
		d.link.Revoke()
		d.do(10, tool)
		d.front(t, Revoked, "")
		if t.Failed() {
			t.Fatal(name)
		}
	}
}

func always() (h [7][]int) {
	for i := range h {
		h[i] = []int{0, 24 * 60}
	}
	return h
}

func TestSleep(t *testing.T) {
	t.Parallel()
	d := newDesk()
	s := Settings{Told: true}
	s.Hours[3] = []int{450, 690, 810, 1020} // Wednesday
	d.link.Set(s)
	d.wait(3_600_000) // ten, and nobody came
	d.front(t, Plain, "")
	d.wait(5_400_000 - 1)
	d.front(t, Plain, "") // 11:29:59.999
	d.wait(1)
	d.front(t, Asleep, "")
	d.link.Touch()
	d.front(t, Plain, "")
	d.tap()
	d.finish()
	d.goodbye()
	d.gave(t, "") // counts as any other
	d.wait(Drowsy - 1)
	d.front(t, Plain, "")
	d.wait(1)
	d.front(t, Asleep, "")
	d.invite(1)
	d.front(t, Invited, "p1")
	d.link.Withdraw("h1")
	d.front(t, Asleep, "")
	d.wait(nine + 9*1_800_000 - d.at) // 13:30
	d.front(t, Plain, "")
}

func TestHours(t *testing.T) {
	t.Parallel()
	var s Settings
	if !s.open(nine) {
		t.Error("a kiosk that knows no hours is closed")
	}
	s.Told = true
	for day := range s.Hours {
		s.Hours[day] = []int{day * 60, day*60 + 1} // as many hours past midnight as the day's number
	}
	midnight := nine - 9*3_600_000 // of a Wednesday
	for i := range 14 {
		day := (3 + i) % 7
		for minute := range 24 * 60 {
			at := midnight + (i*24*60+minute)*60_000
			if got, want := s.open(at), minute == day*60; got != want {
				t.Fatalf("day %d, minute %d: %v", i, minute, got)
			}
		}
	}
}

func TestRevoked(t *testing.T) {
	t.Parallel()
	d := newDesk()
	d.invite(1)
	d.tap()
	d.link.Revoke()
	d.front(t, Invited, "p1") // who has begun may end
	d.finish()
	d.gave(t, "h1") // and it waits on this device
	d.goodbye()
	d.front(t, Revoked, "")
	d.invite(2)
	d.front(t, Revoked, "p2")
	d.link.Set(Settings{}) // paired again
	d.front(t, Invited, "p2")
}

// The code of a slip is typed; that answer is the slip's, and the next is not.
func TestTypedSlip(t *testing.T) {
	t.Parallel()
	const code = "0000000000000000"
	enter := func(d *desk, text string) {
		for i := range len(text) {
			d.wait(500)
			d.link.Touch()
			d.link.Key(text[i])
		}
	}
	d := newDesk()
	d.link.Set(Settings{Interval: 30_000, Told: true, Hours: always()})
	d.link.Key('0') // there are no keys yet
	d.front(t, Plain, "")
	d.link.Ask()
	d.front(t, Typing, "")
	enter(d, code[:15]+"1")
	d.front(t, Typing, "") // the check character says no
	if !d.link.Slip().Full() {
		t.Errorf("%q", d.link.Slip().Fours())
	}
	d.invite(1) // does not interrupt
	d.link.Key(0)
	enter(d, "0")
	d.front(t, Slipped, "")
	d.tap()
	d.front(t, Slipped, "")
	d.finish()
	d.goodbye()
	d.gave(t, code)
	d.front(t, Invited, "p1") // no pause, and the invitation stands
	d.link.Withdraw("h1")

	d.tap()
	d.finish()
	d.goodbye()
	d.front(t, Pausing, "")
	d.link.Ask() // nobody with a slip waits
	enter(d, code)
	d.front(t, Slipped, "")
	d.tap()
	d.leave()
	d.front(t, Pausing, "") // forgotten with its citizen
	d.gave(t, code, "")
	d.wait(30_000)

	d.link.Ask()
	enter(d, "000")
	d.wait(SlipIdle - 1)
	d.front(t, Typing, "")
	d.wait(1)
	d.front(t, Plain, "")
	d.link.Ask()
	enter(d, code)
	d.wait(SlipIdle)
	d.front(t, Plain, "")
	d.link.Ask()
	d.link.Cancel()
	d.front(t, Plain, "")

	d.do(0, Page.Enlarge) // a visit has begun
	d.link.Ask()
	enter(d, code)
	d.front(t, Slipped, "")
	d.tap()
	d.wait(400)
	d.wait(DefaultRules().Reset)
	d.gave(t, code, "", code)
	d.front(t, Plain, "")
	d.link.Revoke()
	d.link.Ask()
	d.front(t, Revoked, "")
}

// Whatever happens: an answer carries the handle that its citizen saw as they
// began, or none; no handle is used twice; and left alone the kiosk rests.
func TestLinkAnyEvents(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := newDesk()
		d.link.Set(Settings{Interval: rapid.SampledFrom([]int{0, 15_000}).Draw(t, "interval"), Told: true})
		used := map[string]bool{}
		calls := 0
		for _, e := range anyEvents(t) {
			switch rapid.IntRange(0, 5).Draw(t, "counter") {
			case 0:
				calls++
				d.invite(calls)
			case 1:
				d.link.Withdraw(fmt.Sprint("h", rapid.IntRange(1, calls+1).Draw(t, "call")))
			case 2:
				d.invite(rapid.IntRange(1, calls+1).Draw(t, "call")) // once more
				calls = max(calls, len(d.link.calls))
			}
			n, visits, shown := len(d.handles), d.page.Visits, d.shown
			d.do(rapid.IntRange(0, 2000).Draw(t, "ms"), e)
			for _, h := range d.handles[n:] {
				if h != "" && used[h] {
					t.Fatalf("%s is used twice", h)
				}
				used[h] = true
				if h != "" && h != shown && (visits != d.page.Visits || h != d.shown) {
					t.Fatalf("the answer is of %s, and the screen showed %q", h, shown)
				}
			}
			if f := d.link.Front(); d.page.Resting() && f == Invited && d.link.Procedure() == "" {
				t.Fatal("an invitation to nothing")
			}
		}
		d.wait(600_000)
		d.wait(600_000)
		if !d.page.Resting() || d.link.Busy() || d.link.Front() != Asleep {
			t.Fatalf("left alone: front %d, resting %v", d.link.Front(), d.page.Resting())
		}
	})
}
