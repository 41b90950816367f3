// Package instrument reads survey files (YAML) and holds the ones the house
// comes with: sipas-short for phone and kiosk, sipas-19 the full form.
//
// Instruments are versioned data: a changed question is a new id, never an
// edit, because every answer keeps the id it answered.
package instrument

import (
	"embed"
	"fmt"
	"slices"
	"sync"

	"hailong/scoring/survey"
)

//go:embed *.yaml
var files embed.FS

// The ids of the embedded instruments.
const (
	ShortID = "sipas-short"
	FullID  = "sipas-19"
)

// The embedded files never change, so each is read once, by whoever asks first.
var (
	short = sync.OnceValue(func() *survey.Survey { return embedded(ShortID) })
	full  = sync.OnceValue(func() *survey.Survey { return embedded(FullID) })
)

// Short returns a copy of the short instrument (phiếu rút gọn): the overall
// question and one per element.
func Short() *survey.Survey { return clone(short()) }

// Full returns a copy of the full form of nineteen criteria (phiếu đầy đủ).
func Full() *survey.Survey { return clone(full()) }

// ByID returns a copy of an embedded instrument, and false where none has the id.
func ByID(id string) (*survey.Survey, bool) {
	switch id {
	case ShortID:
		return Short(), true
	case FullID:
		return Full(), true
	}
	return nil, false
}

// All returns copies of the embedded instruments, the short one first.
func All() []*survey.Survey { return []*survey.Survey{Short(), Full()} }

// embedded panics if the file is missing or broken, which only a programmer can
// bring about: the files are part of the program and a test reads them.
func embedded(id string) *survey.Survey {
	name := id + ".yaml"
	data, err := files.ReadFile(name)
	if err != nil {
		panic(fmt.Sprintf("instrument %s: %v", id, err))
	}
	s, err := Parse(name, data)
	if err != nil {
		panic(fmt.Sprintf("instrument %s: %v", id, err))
	}
	return s
}

// clone copies all of a survey, so that a caller who sets another target or
// another text changes nobody else's.
func clone(s *survey.Survey) *survey.Survey {
	c := *s
	c.Levels, c.Satisfied, c.Elements = slices.Clone(s.Levels), slices.Clone(s.Satisfied), slices.Clone(s.Elements)
	c.Overall.Reasons = slices.Clone(s.Overall.Reasons)
	for i := range c.Elements {
		criteria := slices.Clone(s.Elements[i].Criteria)
		for j := range criteria {
			criteria[j].Reasons = slices.Clone(criteria[j].Reasons)
		}
		c.Elements[i].Criteria = criteria
	}
	return &c
}

// Source returns an embedded instrument as the survey file it is read from.
func Source(id string) ([]byte, bool) {
	data, err := files.ReadFile(id + ".yaml")
	return data, err == nil
}
