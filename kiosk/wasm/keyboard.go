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
	if s.page.Screen != kiosk.Write || e.Get("ctrlKey").Bool() || e.Get("altKey").Bool() || e.Get("metaKey").Bool() {
		return
	}
	key := e.Get("key").String()
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
