//go:build js && wasm

package main

import (
	"strconv"
	"syscall/js"

	"hailong/kiosk"
	"hailong/kiosk/telex"
)

// write types a key, which is one character.
func (s *skin) write(key string) {
	for _, r := range key {
		s.event(func(p kiosk.Page) kiosk.Page { return p.Key(r) })
	}
}

// key is a key of a real keyboard.
func (s *skin) key(e js.Value) {
	if e.Get("ctrlKey").Bool() || e.Get("altKey").Bool() || e.Get("metaKey").Bool() {
		return
	}
	key := text(e.Get("key"))
	if s.page.Scan != kiosk.NoScan {
		if s.pressed(e, key) {
			e.Call("preventDefault")
		}
		return
	}
	s.touched() // a key wakes the kiosk as a touch does
	switch {
	case s.page.Screen != kiosk.Write:
		if s.begins(e, key) {
			s.event(kiosk.Page.Sweep)
			e.Call("preventDefault")
			return
		}
		s.alive()
		return
	}
	chars := 0
	for range key {
		chars++
	}
	switch {
	case key == "Backspace":
		s.event(kiosk.Page.Erase)
	case chars == 1 && !(key == " " && e.Get("target").Call("matches", "button, a, summary").Bool()): // which it presses
		s.write(key)
	default:
		return
	}
	e.Call("preventDefault")
}

// showText shows what is written, which is nothing for the next citizen.
func (s *skin) showText(p kiosk.Page) {
	data := s.root.Get("dataset")
	data.Set("shift", strconv.FormatBool(p.Shift))
	method := "telex"
	if p.Method() == telex.VNI {
		method = "vni"
	}
	data.Set("method", method)
	s.text.Set("textContent", p.Text())
	if p.Screen == kiosk.Write { // elsewhere it would lay the page out for nothing
		s.text.Set("scrollTop", s.text.Get("scrollHeight"))
	}
	s.written.Set("textContent", p.Written())
}
