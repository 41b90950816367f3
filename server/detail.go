package server

import (
	"encoding/hex"
	"fmt"
	"maps"
	"strings"

	"hailong/scoring/survey"
)

// A DetailMode says how the phone page asks for the criteria of the full form
// (trả lời chi tiết). Whatever the page shows, they are taken where they are sent.
type DetailMode string

// The modes.
const (
	// DetailRotate shows the criteria of one element under the short form and
	// the others behind a heading to open. Which element it is follows from the
	// slip, each for one slip in as many as there are elements: all criteria
	// fill up and nobody is asked for all (luân phiên).
	DetailRotate DetailMode = "rotate"
	// DetailOpen shows all of them behind a heading to open.
	DetailOpen DetailMode = "open"
	// DetailOff shows none.
	DetailOff DetailMode = "off"
)

// ParseDetailMode reads a mode; "" is DetailRotate, anything else ErrInvalid.
func ParseDetailMode(text string) (DetailMode, error) {
	switch m := DetailMode(text); m {
	case "":
		return DetailRotate, nil
	case DetailRotate, DetailOpen, DetailOff:
		return m, nil
	}
	return "", fmt.Errorf("%w: no mode %q: use rotate, open or off", ErrInvalid, text)
}

// DetailSurvey is the full form whose criteria go with a short answer. It is
// shared: do not change it.
func (s *Service) DetailSurvey() *survey.Survey { return s.surveys[1] }

// RotatedElement is the element of the full form that a slip asks about. It is
// the same whenever it is asked for, and is not stored.
func (s *Service) RotatedElement(c SlipCode) int {
	b, err := hex.DecodeString(oneWay(s.keys.fingerprint, "rotation/"+c.text))
	if err != nil {
		panic(err) // it was just written
	}
	rest := 0 // of the 128 bits as one number
	for _, x := range b {
		rest = (rest<<8 + int(x)) % len(s.DetailSurvey().Elements)
	}
	return rest
}

// split parts what was given to a short form from the criteria of the full one.
func (s *Service) split(sv *survey.Survey, given map[string]string) (own, detail map[string]string) {
	if sv != s.Survey() {
		return given, nil
	}
	criteria := map[string]bool{}
	for _, it := range s.DetailSurvey().Items() {
		criteria[it.ID] = it.Element >= 0
	}
	for _, it := range sv.Items() {
		delete(criteria, it.ID)
	}
	own, detail = map[string]string{}, map[string]string{}
	for id, text := range given {
		if criteria[id] {
			detail[id] = text
		} else {
			own[id] = text
		}
	}
	return own, detail
}

// check reads what was given, puts its reasons in order and returns the marks to
// store and what is wrong with them.
func (s *Service) check(sv *survey.Survey, sub *Submission) (marks, detail map[string]string, faults []survey.Fault) {
	own, more := s.split(sv, sub.Given)
	read, faults := sv.Read(own)
	full := s.DetailSurvey()
	row := make(survey.Answers, len(full.Items()))
	for i, it := range full.Items() {
		if it.Element < 0 {
			continue
		}
		var ok bool
		if row[i], ok = full.ParseMark(more[it.ID]); !ok {
			faults = append(faults, survey.Fault{Item: it.ID, Kind: survey.FaultLevel})
		}
	}
	if len(faults) > 0 {
		return nil, nil, faults
	}
	if sub.Reasons, faults = sv.ReadReasons(read, sub.Reasons); len(faults) > 0 {
		return nil, nil, faults
	}
	if detail = full.Write(row); len(detail) == 0 {
		detail = nil
	}
	return sv.Write(read), detail, nil
}

// Faults lists what is wrong with what was given to the short form, the criteria
// of the full one included.
func (s *Service) Faults(sub Submission) []survey.Fault {
	_, _, faults := s.check(s.Survey(), &sub)
	return faults
}

// setDetail puts the marks of criteria on an answer.
func (s *Service) setDetail(a *Answer, detail map[string]string) {
	if len(detail) > 0 {
		a.DetailSurvey, a.Detail = s.DetailSurvey().ID, detail
	}
}

// detailed is an answer as one to the full form: its criteria and the overall
// question, which both forms ask in the same words.
func (s *Service) detailed(a Answer) (Answer, error) {
	sv, err := s.SurveyByID(a.DetailSurvey)
	if err != nil {
		return Answer{}, err
	}
	marks := maps.Clone(a.Detail)
	if sv.HasOverall() && a.Marks[sv.Overall.ID] != "" {
		marks[sv.Overall.ID] = a.Marks[sv.Overall.ID]
	}
	a.Survey, a.Marks, a.DetailSurvey, a.Detail = sv.ID, marks, "", nil
	return a, nil
}

// detailSeal is the name under which a seal keeps such answers, apart from those
// to the full form itself: whoever counts people counts each once.
const detailSeal = "+detail"

// sealedSurvey is the instrument of what a seal keeps under a name, and whether
// the answers were given to another one first.
func (s *Service) sealedSurvey(name string) (sv *survey.Survey, detail bool, err error) {
	id, detail := strings.CutSuffix(name, detailSeal)
	sv, err = s.SurveyByID(id)
	return sv, detail, err
}
