package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"hailong/scoring/survey"
	"hailong/server/store"
)

// A FurtherQuestion (câu hỏi thêm) stands on the paper form behind the criteria.
// A choice is written as its number, from 1.
type FurtherQuestion struct {
	ID      string
	Text    survey.Text
	Choices []survey.Text
	// Probity marks the questions whose answers go to leaders and inspectors
	// only; the others say who answered.
	Probity bool
}

// FurtherQuestions returns the questions in the order of the form.
func FurtherQuestions() []FurtherQuestion {
	list := func(pairs ...string) []survey.Text {
		out := make([]survey.Text, 0, len(pairs)/2)
		for i := 0; i < len(pairs); i += 2 {
			out = append(out, survey.Text{VI: pairs[i], EN: pairs[i+1]})
		}
		return out
	}
	return []FurtherQuestion{
		{ID: "harassment", Probity: true, Text: survey.Text{VI: "Công chức gây phiền hà, sách nhiễu", EN: "Harassment by officials"},
			Choices: list("Không có", "None", "Một số công chức gây phiền hà", "Some", "Nhiều công chức gây phiền hà", "Many")},
		{ID: "money", Probity: true, Text: survey.Text{VI: "Công chức nhận tiền ngoài quy định", EN: "Money outside the rules"},
			Choices: list("Không có", "None", "Một số công chức", "Some", "Nhiều công chức", "Many")},
		{ID: "sex", Text: survey.Text{VI: "Giới tính", EN: "Sex"}, Choices: list("Nam", "Male", "Nữ", "Female")},
		{ID: "age", Text: survey.Text{VI: "Độ tuổi", EN: "Age"},
			Choices: list("18–24", "18–24", "25–34", "25–34", "35–49", "35–49", "50–60", "50–60", "Trên 60", "Over 60")},
		{ID: "schooling", Text: survey.Text{VI: "Trình độ", EN: "Schooling"},
			Choices: list("Tiểu học", "Primary", "Trung học cơ sở", "Lower secondary", "Trung học phổ thông", "Upper secondary",
				"Trung cấp, cao đẳng", "College", "Đại học", "University", "Trên đại học", "Postgraduate")},
	}
}

// parseFurther reads the signs of the further questions: one for each, a dash,
// a dot or 0 where it was left out. Nothing at all is a form without them. The
// error names the question.
func parseFurther(text string) (string, error) {
	signs := strings.Map(func(r rune) rune {
		switch r {
		case ' ', '\u00a0', '\t':
			return -1
		case '.', '0', '_':
			return '-'
		}
		return r
	}, text)
	questions := FurtherQuestions()
	if strings.Trim(signs, "-") == "" && len(signs) <= len(questions) {
		return "", nil
	}
	if n := len([]rune(signs)); n != len(questions) {
		return "", fmt.Errorf("%w: Phần hỏi thêm cần đúng %d ký tự hoặc để trống cả, đang có %d", ErrInvalid, len(questions), n)
	}
	for i, q := range questions {
		if c := signs[i]; c != '-' && (c < '1' || int(c-'0') > len(q.Choices)) {
			return "", fmt.Errorf("%w: Phần hỏi thêm, ký tự thứ %d (%s): chỉ dùng 1–%d hoặc dấu chấm", ErrInvalid, i+1, q.Text.VI, len(q.Choices))
		}
	}
	return signs, nil
}

// A furtherDoc is what one form says of some of the questions. Those of probity
// and those about the person are documents of their own, which know neither
// each other nor the answer: who reads the store cannot put a person's age
// beside what that person said. They keep the month; the day would lead to the
// answer on a day with one form.
type furtherDoc struct {
	Unit  string         `json:"unit"`
	Month string         `json:"month"`
	Said  map[string]int `json:"said"` // choice by question
}

// keepFurther stores what a form says besides the criteria, once. A call for the
// same form changes nothing; with other signs it is ErrAnswered. A form that
// tells of harassment or money opens a case.
func (s *Service) keepFurther(ctx context.Context, a Answer, signs string) error {
	probity, person := map[string]int{}, map[string]int{}
	var alleges []string
	if signs != "" {
		for i, q := range FurtherQuestions() {
			choice := int(signs[i] - '0')
			switch {
			case signs[i] == '-':
			case !q.Probity:
				person[q.ID] = choice
			default:
				probity[q.ID] = choice
				if choice > 1 {
					alleges = append(alleges, q.Text.VI+": “"+q.Choices[choice-1].VI+"”")
				}
			}
		}
	}
	for _, part := range []struct {
		coll string
		said map[string]int
	}{{collProbity, probity}, {collRespondents, person}} {
		doc := furtherDoc{a.Unit, a.Day.Month(), part.said}
		key := oneWay(s.keys.cases, part.coll+"/"+a.ID)
		err := insert(ctx, s.Store, part.coll, key, doc.order(), doc)
		if errors.Is(err, store.ErrExists) {
			err = s.sameFurther(ctx, part.coll, key, doc)
		}
		if err != nil {
			return fmt.Errorf("keeping the further questions: %w", err)
		}
	}
	if len(alleges) == 0 {
		return nil
	}
	today := s.Today()
	c := Case{
		Unit: a.Unit, Answer: a.ID, Opened: today, State: CaseNew, Due: s.AfterWorkdays(today, ClockTake), Alleges: true, Thorough: true,
		Overall: a.Marks["overall"], Field: a.Field, Counter: a.Counter, Text: "Phiếu giấy đánh dấu. " + strings.Join(alleges, "; ") + ".",
	}
	c.step(today.Time(), "", StepOpened, "")
	if err := insert(ctx, s.Store, collCases, s.caseID(a.ID), c.order(), c); err != nil && !errors.Is(err, store.ErrExists) {
		return fmt.Errorf("opening a case: %w", err)
	}
	return nil
}

func (d furtherDoc) order() string { return d.Unit + "/" + d.Month }

func (s *Service) sameFurther(ctx context.Context, coll, key string, doc furtherDoc) error {
	var was furtherDoc
	if _, err := get(ctx, s.Store, coll, key, &was); err != nil {
		return err
	}
	if len(was.Said) != len(doc.Said) {
		return ErrAnswered
	}
	for id, choice := range doc.Said {
		if was.Said[id] != choice {
			return ErrAnswered
		}
	}
	return nil
}

// A FurtherCount is how often each choice of a question was taken. N is their
// sum; forms that leave the question out are not in it.
type FurtherCount struct {
	Question FurtherQuestion
	Choices  []int64
	N        int64
}

// Further counts the further questions of the paper forms of whole months, the
// days' months included.
func (s *Service) Further(ctx context.Context, from, to Day) ([]FurtherCount, error) {
	var out []FurtherCount
	at := map[string]int{}
	for i, q := range FurtherQuestions() {
		at[q.ID] = i
		out = append(out, FurtherCount{Question: q, Choices: make([]int64, len(q.Choices))})
	}
	for _, coll := range []string{collProbity, collRespondents} {
		r := store.Range{From: s.Config.Unit + "/" + from.Month(), To: s.Config.Unit + "/" + to.Month() + "~", ByOrder: true}
		for d, err := range s.Store.Scan(ctx, coll, r) {
			if err != nil {
				return nil, fmt.Errorf("reading the further questions: %w", err)
			}
			var doc furtherDoc
			if err := json.Unmarshal(d.Body, &doc); err != nil {
				return nil, fmt.Errorf("decoding further questions: %w", err)
			}
			for id, choice := range doc.Said {
				if i, ok := at[id]; ok && choice >= 1 && choice <= len(out[i].Choices) {
					out[i].Choices[choice-1]++
					out[i].N++
				}
			}
		}
	}
	return out, nil
}
