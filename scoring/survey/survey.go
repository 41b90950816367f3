// Package survey is the instrument: elements, criteria, levels, and the one
// function that says whether an answer fits them. It is shared by the service
// and by the kiosk, so it imports nothing but small parts of the standard
// library (fmt, encoding/json and time would each add a hundred kilobytes to
// the kiosk).
package survey

// A Text is one sentence in the two languages of the house.
// (Văn bản song ngữ.)
type Text struct {
	VI string
	EN string
}

// In returns the text in lang ("vi" or "en"). An unknown language or a missing
// English text gives Vietnamese.
func (t Text) In(lang string) string {
	if lang == "en" && t.EN != "" {
		return t.EN
	}
	return t.VI
}

// A Level is one step of the scale (mức độ).
type Level struct {
	Value int
	Text  Text
}

// A Criterion is one question (tiêu chí).
type Criterion struct {
	ID   string
	Text Text
	// Optional says that "không phát sinh" (not applicable) is offered.
	Optional bool
	// Reasons may be named after an answer that is not satisfied; see
	// Survey.ReadReasons.
	Reasons []Reason
}

// A Reason (lý do chưa hài lòng) is a short text that can be touched after a
// low answer, in place of a criterion of the full form: "Chưa tận tình". Its id
// is one in the whole survey.
type Reason struct {
	ID   string
	Text Text
}

// An Element is a group of criteria (yếu tố) with a weight in the index.
type Element struct {
	ID       string
	Weight   float64
	Text     Text
	Criteria []Criterion
}

// A Survey is one version of the instrument (bộ câu hỏi).
type Survey struct {
	ID        string
	Title     Text
	ValidFrom string // ISO day
	// Levels have consecutive values, lowest first, two to seven of them.
	Levels []Level
	// Satisfied holds the values that count as satisfied (hài lòng).
	Satisfied []int
	// Target is the share to reach, 0.9 for the plan of 2024.
	Target float64
	// Overall is the question about the whole; ID is "" where there is none.
	Overall  Criterion
	Elements []Element
}

// An Item is one thing that can be answered: a criterion, or the overall
// question, which comes last and has Element -1.
type Item struct {
	Criterion
	Element int
}

// Items lists what can be answered: criteria in order, then the overall.
func (s *Survey) Items() []Item {
	var items []Item
	for e, el := range s.Elements {
		for _, c := range el.Criteria {
			items = append(items, Item{c, e})
		}
	}
	if s.HasOverall() {
		items = append(items, Item{s.Overall, -1})
	}
	return items
}

// HasOverall reports whether the survey asks about the whole.
func (s *Survey) HasOverall() bool { return s.Overall.ID != "" }

// Low returns the lowest level's value.
func (s *Survey) Low() int {
	if len(s.Levels) == 0 {
		return 1
	}
	return s.Levels[0].Value
}

// IsSatisfied reports whether m is one of the levels that count as satisfied.
func (s *Survey) IsSatisfied(m Mark) bool {
	if m <= 0 {
		return false
	}
	v := s.Value(m)
	for _, x := range s.Satisfied {
		if x == v {
			return true
		}
	}
	return false
}
