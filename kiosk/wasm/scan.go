//go:build js && wasm

package main

import (
	"syscall/js"

	"hailong/kiosk"
)

// A sweeper is the skin's part for a citizen with a single switch.
type sweeper struct {
	scan kiosk.Scan
	on   scene // what the mark goes over
	size []int // of its groups
	spot kiosk.Spot
}

// A scene is what is on the screen, as far as it matters where the mark begins.
type scene struct {
	how      kiosk.Scanning
	screen   kiosk.Screen
	question int
	warned   bool
	front    kiosk.Front
	visit    int
}

// sweep moves the mark.
func (s *skin) sweep(ms int) {
	if s.page.Scan == kiosk.NoScan {
		if s.on.how != kiosk.NoScan {
			s.scan.Stop()
			s.sweeper = sweeper{}
			s.hailong.Call("mark", -1, -1)
		}
		return
	}
	now := scene{s.page.Scan, s.page.Screen, s.page.Question, s.page.Warned, s.front, s.page.Visits}
	list := s.hailong.Call("groups")
	size := make([]int, list.Length())
	for i := range size {
		size[i] = list.Index(i).Int()
	}
	switch {
	case now != s.on:
		s.on, s.size, s.spot = now, size, kiosk.Spot{Group: -1, Item: -1}
		s.scan.Start(size, s.link.Pace(now.how))
	case !same(size, s.size):
		s.size, s.spot = size, kiosk.Spot{Group: -1, Item: -1}
		s.scan.Change(size)
	default:
		s.scan.Pass(ms)
	}
	if spot, ok := s.scan.Spot(); ok && spot != s.spot {
		s.spot = spot
		s.hailong.Call("mark", spot.Group, spot.Item)
	}
}

func same(a, b []int) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// pressed is a key while the mark goes round: any key is the switch, but for
// those that mean something else. It reports whether the key was used.
func (s *skin) pressed(e js.Value, key string) bool {
	switch key {
	case "Tab", "Shift", "CapsLock":
		return false
	case "Escape":
		if s.page.Warned {
			return false // closes the question
		}
		s.event(kiosk.Page.Unscan)
		return true
	}
	if !e.Get("repeat").Bool() {
		// What was seen as it was pressed, before time moves the mark.
		if spot, ok := s.scan.Pick(); ok {
			s.hailong.Call("pick", spot.Group, spot.Item)
		}
		s.alive()
	}
	return true
}

// alive notes a sign of life.
func (s *skin) alive() {
	s.event(func(p kiosk.Page) kiosk.Page {
		if p.Resting() || p.Warned {
			return p
		}
		return p.Stay()
	})
}

// begins reports whether a key is a switch that nobody has spoken for yet: it
// is pressed where it presses nothing.
func (s *skin) begins(e js.Value, key string) bool {
	return (key == " " || key == "Enter") && !e.Get("repeat").Bool() && (s.front.Asks() || s.front == kiosk.Typing || s.front == kiosk.Asleep) &&
		!e.Get("target").Call("matches", "button, a, summary, input, [tabindex='0']").Bool()
}
