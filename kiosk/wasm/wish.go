//go:build js && wasm

package main

import (
	"strconv"
	"syscall/js"

	"hailong/kiosk"
)

// showWishes switches what the citizen asked for, and reads aloud what is new.
func (s *skin) showWishes(was, is kiosk.Page, moved bool) {
	if was.Lang != is.Lang {
		s.root.Set("lang", is.Lang)
	}
	for _, w := range []struct {
		name    string
		was, is bool
	}{{"large", was.Large, is.Large}, {"contrast", was.Contrast, is.Contrast}, {"aloud", was.Aloud, is.Aloud}, {"scan", was.Scan != kiosk.NoScan, is.Scan != kiosk.NoScan}} {
		if w.was != w.is {
			on := strconv.FormatBool(w.is)
			s.root.Get("dataset").Set(w.name, on)
			s.document.Call("querySelector", `[data-do="`+w.name+`"]`).Call("setAttribute", "aria-pressed", on)
		}
	}
	if was.Scan != is.Scan {
		s.root.Get("dataset").Set("slow", strconv.FormatBool(is.Scan == kiosk.Slowly))
	}
	switch {
	case was.Aloud && !is.Aloud:
		s.hailong.Call("say", js.Null())
	case is.Aloud && was.Warned != is.Warned && is.Warned:
		s.hailong.Call("say", s.dialog)
	case is.Aloud && (moved || !was.Aloud || was.Lang != is.Lang):
		s.hailong.Call("say", s.stage(is))
	}
}

// stage is what the citizen is looking at.
func (s *skin) stage(p kiosk.Page) js.Value {
	switch p.Screen {
	case kiosk.Ask:
		return s.questions[p.Question]
	case kiosk.Why:
		return s.whys[p.Question]
	}
	return s.screens[p.Screen]
}
