package survey

import "strconv"

// A Mark is what was said on one item: 1 is the lowest level, len(Levels) the
// highest, whatever their values; see Survey.Value.
type Mark int8

// The two marks that are not levels. Neither is ever in a denominator.
const (
	Unanswered    Mark = 0
	NotApplicable Mark = -1 // không phát sinh
)

// Answers holds one mark per item, in the order of Survey.Items.
type Answers []Mark

// Value returns the level's value of a mark that is a level.
func (s *Survey) Value(m Mark) int { return s.Low() + int(m) - 1 }

// ParseMark reads a cell: a level's value, "N" for not applicable, "" for
// unanswered. ok is false for anything else.
func (s *Survey) ParseMark(text string) (m Mark, ok bool) {
	switch text {
	case "":
		return Unanswered, true
	case "N", "n":
		return NotApplicable, true
	}
	v, err := strconv.Atoi(text)
	if err != nil || len(text) > 2 || text[0] == '+' {
		return 0, false
	}
	i := v - s.Low() + 1
	if i < 1 || i > len(s.Levels) {
		return 0, false
	}
	return Mark(i), true
}

// FormatMark is the inverse of ParseMark.
func (s *Survey) FormatMark(m Mark) string {
	switch {
	case m == Unanswered:
		return ""
	case m == NotApplicable:
		return "N"
	}
	return strconv.Itoa(s.Value(m))
}

// A Fault says what is wrong with one item of an answer.
type Fault struct {
	Item string
	Kind FaultKind
}

// A FaultKind is stable and machine readable; see Fault.Text for people.
type FaultKind string

// The kinds of fault.
const (
	FaultUnknown  FaultKind = "unknown"  // no such item
	FaultLevel    FaultKind = "level"    // not a level of the scale
	FaultRepeated FaultKind = "repeated" // given more than once
	FaultMissing  FaultKind = "missing"  // must be answered
	FaultNA       FaultKind = "na"       // cannot be "not applicable"
	FaultReason   FaultKind = "reason"   // no reason of a question that was answered low
)

// Text says the fault to a person.
func (f Fault) Text() Text {
	switch f.Kind {
	case FaultUnknown:
		return Text{"Câu hỏi này không có trong phiếu.", "This question is not in the survey."}
	case FaultLevel:
		return Text{"Vui lòng chọn một trong các mức có trong phiếu.", "Please choose one of the levels offered."}
	case FaultRepeated:
		return Text{"Vui lòng chỉ chọn một mức.", "Please choose one level only."}
	case FaultReason:
		return Text{"Lý do này không thuộc câu nào được đánh giá thấp.", "This is no reason of a question that was answered low."}
	case FaultNA:
		return Text{"Câu hỏi này cần một mức độ hài lòng.", "This question needs a level of satisfaction."}
	}
	return Text{"Vui lòng chọn mức độ hài lòng cho câu hỏi này.", "Please choose a level for this question."}
}

// Read checks what a person or a program sent, item id to text, against the
// survey. The overall question must be answered with a level; where there is
// none, at least one item must be. It returns the marks and every fault found,
// in the order of the items, unknown ones last.
func (s *Survey) Read(given map[string]string) (Answers, []Fault) {
	items := s.Items()
	marks := make(Answers, len(items))
	var faults []Fault
	known, answered := 0, 0
	for i, it := range items {
		text, present := given[it.ID]
		if present {
			known++
		}
		m, ok := s.ParseMark(text)
		switch {
		case !ok:
			faults = append(faults, Fault{it.ID, FaultLevel})
			continue
		case it.Element < 0 && m == NotApplicable:
			faults = append(faults, Fault{it.ID, FaultNA})
			continue
		case it.Element < 0 && m == Unanswered:
			faults = append(faults, Fault{it.ID, FaultMissing})
			continue
		}
		if m > 0 {
			answered++
		}
		marks[i] = m
	}
	if answered == 0 && len(faults) == 0 && len(items) > 0 {
		faults = append(faults, Fault{items[0].ID, FaultMissing})
	}
	if known < len(given) {
		ids := make(map[string]bool, len(items))
		for _, it := range items {
			ids[it.ID] = true
		}
		var unknown []string
		for id := range given {
			if !ids[id] {
				unknown = append(unknown, id)
			}
		}
		sortStrings(unknown)
		for _, id := range unknown {
			faults = append(faults, Fault{id, FaultUnknown})
		}
	}
	if len(faults) > 0 {
		return nil, faults
	}
	return marks, nil
}

// Write is the inverse of Read: item id to text, unanswered items left out.
func (s *Survey) Write(a Answers) map[string]string {
	out := make(map[string]string, len(a))
	for i, it := range s.Items() {
		if i < len(a) && a[i] != Unanswered {
			out[it.ID] = s.FormatMark(a[i])
		}
	}
	return out
}

// sortStrings is an insertion sort: the list has a handful of entries and the
// kiosk need not carry package sort for it.
func sortStrings(a []string) {
	for i := 1; i < len(a); i++ {
		for j := i; j > 0 && a[j] < a[j-1]; j-- {
			a[j], a[j-1] = a[j-1], a[j]
		}
	}
}
