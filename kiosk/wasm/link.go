//go:build js && wasm

package main

import (
	"strconv"
	"syscall/js"

	"hailong/kiosk"
)

// A counter is the skin's part for what the counter tells the kiosk; the calls
// themselves are link.js's.
type counter struct {
	link   kiosk.Link
	ahead  int // milliseconds by which the server's clock is ahead of this device's
	front  kiosk.Front
	called string // procedure on the screen
	wait   int    // seconds on the screen
	inHand js.Value
	left   js.Value
	typed  js.Value
	wrong  js.Value
	slip   string // on the screen
}

var fronts = [...]string{kiosk.Plain: "plain", kiosk.Typing: "typing", kiosk.Slipped: "slipped", kiosk.Revoked: "revoked", kiosk.Invited: "invited", kiosk.Pausing: "pausing", kiosk.Asleep: "asleep"}

// listen has link.js say what comes: first what is remembered, then what the
// server tells.
func (s *skin) listen() {
	s.inHand = s.document.Call("querySelector", "[data-procedure]")
	s.left = s.document.Call("querySelector", "[data-wait]")
	s.typed = s.document.Call("querySelector", "[data-typed]")
	s.wrong = s.document.Call("querySelector", "[data-mistyped]")
	same := func(p kiosk.Page) kiosk.Page { return p }
	hear := s.fn(func(a []js.Value) any {
		s.event(same) // time first
		switch a[0].String() {
		case "settings":
			st := readSettings(a[1], a[2])
			if a[3].Bool() {
				st.Half = kiosk.DropHalf
			}
			st.Pace = a[4].Int()
			s.link.Set(st)
			s.event(func(p kiosk.Page) kiosk.Page { return p.Leaving(st.Half) })
		case "clock":
			s.ahead = int(a[1].Float())
		case "invite":
			s.link.Invite(kiosk.Call{Handle: a[1].String(), Procedure: a[2].String(), Left: a[3].Int()})
		case "withdraw":
			s.link.Withdraw(a[1].String())
		case "revoked":
			s.link.Revoke()
		}
		s.event(same)
		return nil
	})
	s.hailong.Call("listen", hear)
}

func readSettings(interval, hours js.Value) kiosk.Settings {
	out := kiosk.Settings{Interval: interval.Int(), Told: true}
	for day := range out.Hours {
		list := hours.Index(day)
		for i := range list.Length() {
			out.Hours[day] = append(out.Hours[day], list.Index(i).Int())
		}
	}
	return out
}

// serverClock is what the server's clock shows, in milliseconds since 1970.
func (s *skin) serverClock() int {
	return int(s.window.Get("Date").Call("now").Float()) + s.ahead
}

// touched notes a touch. A touch that comes as the kiosk falls asleep is not
// lost: it wakes the kiosk and does what it does.
func (s *skin) touched() {
	s.event(func(p kiosk.Page) kiosk.Page { return p })
	s.link.Touch()
	s.showFront()
}

// atCounter does what a button says that has to do with invitations and slips.
func (s *skin) atCounter(name, key string) {
	switch name {
	case "decline":
		s.link.Decline()
	case "slip":
		s.link.Ask()
	case "cancel":
		s.link.Cancel()
	case "key":
		if key == "" {
			s.link.Key(0)
		} else {
			s.link.Key(key[0])
		}
	}
	s.event(func(p kiosk.Page) kiosk.Page {
		if p.Resting() {
			return p
		}
		return p.Stay()
	})
}

// showFront switches what differs.
func (s *skin) showFront() {
	if f := s.link.Front(); f != s.front {
		s.front = f
		s.root.Get("dataset").Set("front", fronts[f])
	}
	if p := s.link.Procedure(); p != s.called {
		s.called = p
		s.inHand.Set("textContent", p)
		s.inHand.Set("hidden", p == "")
	}
	if slip := s.link.Slip(); slip.Text() != s.slip {
		s.slip = slip.Text()
		s.typed.Set("textContent", slip.Fours())
		s.wrong.Set("hidden", !slip.Full())
	}
	if w := s.link.Wait(); w != s.wait {
		s.wait = w
		s.left.Set("textContent", strconv.Itoa(w))
	}
}
