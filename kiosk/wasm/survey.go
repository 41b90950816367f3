//go:build js && wasm

package main

import (
	"strconv"
	"syscall/js"

	"hailong/scoring/survey"
)

// readSurvey learns from the page what is asked: the server decides.
func (s *skin) readSurvey() *survey.Survey {
	sv := &survey.Survey{ID: attr(s.root, "survey")}
	low, _ := strconv.Atoi(attr(s.root, "low"))
	levels, _ := strconv.Atoi(attr(s.root, "levels"))
	for i := range levels {
		sv.Levels = append(sv.Levels, survey.Level{Value: low + i})
	}
	n := 0
	for _, r := range attr(s.root, "satisfied") + " " {
		if r != ' ' {
			n = 10*n + int(r-'0')
			continue
		}
		sv.Satisfied = append(sv.Satisfied, n)
		n = 0
	}
	list := s.document.Call("querySelectorAll", "[data-item]")
	for i := range list.Length() {
		el := list.Index(i)
		c := survey.Criterion{ID: attr(el, "item"), Optional: attr(el, "optional") != ""}
		s.whys = append(s.whys, s.document.Call("querySelector", `[data-why="`+c.ID+`"]`))
		s.reasons = append(s.reasons, nil)
		if !s.whys[i].IsNull() {
			boxes := s.whys[i].Call("querySelectorAll", "[data-reason]")
			for r := range boxes.Length() {
				c.Reasons = append(c.Reasons, survey.Reason{ID: attr(boxes.Index(r), "reason")})
				s.reasons[i] = append(s.reasons[i], boxes.Index(r))
			}
		}
		if attr(el, "overall") != "" {
			sv.Overall = c
		} else {
			sv.Elements = append(sv.Elements, survey.Element{ID: c.ID, Criteria: []survey.Criterion{c}})
		}
		s.questions = append(s.questions, el)
	}
	return sv
}

func attr(el js.Value, name string) string {
	if v := el.Get("dataset").Get(name); v.Type() == js.TypeString {
		return v.String()
	}
	return ""
}
