// Package instrument reads survey files (YAML) and holds the ones the house
// comes with: sipas-short for phone and kiosk, sipas-19 the full form.
//
// Instruments are versioned data: a changed question is a new id, never an
// edit, because every answer keeps the id it answered.
package instrument

import (
	"embed"
	"fmt"

	"hailong/scoring/survey"
)

//go:embed *.yaml
var files embed.FS

// The ids of the embedded instruments.
const (
	ShortID = "sipas-short"
	FullID  = "sipas-19"
)

// Short returns the short instrument (phiếu rút gọn): the overall question and
// one per element.
func Short() *survey.Survey { return embedded(ShortID) }

// Full returns the full form of nineteen criteria (phiếu đầy đủ).
func Full() *survey.Survey { return embedded(FullID) }

// ByID returns an embedded instrument. Every call returns a fresh copy.
func ByID(id string) (*survey.Survey, bool) {
	switch id {
	case ShortID, FullID:
		return embedded(id), true
	}
	return nil, false
}

// All returns the embedded instruments, the short one first.
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

// Source returns an embedded instrument as the survey file it is read from.
func Source(id string) ([]byte, bool) {
	data, err := files.ReadFile(id + ".yaml")
	return data, err == nil
}
