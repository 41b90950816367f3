package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"hailong/scoring/instrument"
	"hailong/scoring/survey"
	"hailong/server/store"
)

// A PaperForm (phiếu giấy) is one filled form of the 19 criteria as somebody
// keyed it in: the number written on the form, when and about what it was
// filled, and one sign for each question.
type PaperForm struct {
	Number  string `json:"number"` // số phiếu, written on the paper
	Day     Day    `json:"day"`
	Field   string `json:"field,omitempty"`
	Counter string `json:"counter,omitempty"`
	// Signs has one character for each item of the full form: 1 to 5, N for
	// not applicable, - for unanswered.
	Signs string `json:"signs"`
	// Further has one character for each of FurtherQuestions, or is empty.
	Further string `json:"further,omitempty"`
	By      string `json:"by"`
}

var paperNumber = regexp.MustCompile(`^[A-Z0-9][A-Z0-9/.-]{0,29}$`)

// ParsePaperForm checks a form as it was typed. Blanks in the signs are for the
// eye; lower case n and a dot or 0 for unanswered are taken. The error is
// *Faults where a sign is wrong, else ErrInvalid with a sentence.
func (s *Service) ParsePaperForm(typed PaperForm) (PaperForm, error) {
	sv := instrument.Full()
	number, day, signs := typed.Number, string(typed.Day), typed.Signs
	f := PaperForm{Number: strings.ToUpper(strings.TrimSpace(number)), Field: strings.TrimSpace(typed.Field), Counter: strings.TrimSpace(typed.Counter), By: typed.By}
	if !paperNumber.MatchString(f.Number) {
		return f, fmt.Errorf("%w: Số phiếu gồm chữ, số và các dấu / . -", ErrInvalid)
	}
	var err error
	if f.Day, err = ParseDay(day); err != nil {
		return f, fmt.Errorf("%w: Ngày trả lời phải viết như 2024-01-31", ErrInvalid)
	}
	if f.Day > s.Today() {
		return f, fmt.Errorf("%w: Ngày trả lời ở tương lai", ErrInvalid)
	}
	if len(f.Field) > 200 || len(f.Counter) > 200 {
		return f, fmt.Errorf("%w: Lĩnh vực hoặc quầy quá dài", ErrInvalid)
	}
	items := sv.Items()
	f.Signs = strings.Map(func(r rune) rune {
		switch r {
		case ' ', '\u00a0', '\t':
			return -1
		case '.', '0', '_':
			return '-'
		}
		return r
	}, strings.ToUpper(signs))
	if n := len([]rune(f.Signs)); n != len(items) {
		return f, fmt.Errorf("%w: Cần đúng %d ký tự (19 câu và đánh giá chung), đang có %d", ErrInvalid, len(items), n)
	}
	if _, faults := paperMarks(sv, f.Signs); len(faults) > 0 {
		return f, &Faults{faults}
	}
	f.Further, err = parseFurther(typed.Further)
	return f, err
}

// paperMarks reads the signs. On paper a question may be left out, the overall
// one too.
func paperMarks(sv *survey.Survey, signs string) (survey.Answers, []survey.Fault) {
	items := sv.Items()
	marks := make(survey.Answers, len(items))
	var faults []survey.Fault
	for i, r := range []rune(signs) {
		text := string(r)
		if r == '-' {
			text = ""
		}
		m, ok := sv.ParseMark(text)
		if !ok {
			faults = append(faults, survey.Fault{Item: items[i].ID, Kind: survey.FaultLevel})
			continue
		}
		marks[i] = m
	}
	return marks, faults
}

// A PaperDifference is one thing that two keyings of a form do not agree on.
type PaperDifference struct{ What, First, Second string }

// A PaperResult says what became of a form.
type PaperResult struct {
	State PaperState
	// Differences between the first keying and this one, for PaperDiffers.
	Differences []PaperDifference
	FirstBy     string
}

// A PaperState is how far a form has come.
type PaperState string

// The states.
const (
	PaperFirst   PaperState = "first"   // keyed once: key it again to store it
	PaperDiffers PaperState = "differs" // the two keyings disagree: nothing is stored
	PaperStored  PaperState = "stored"  // keyed twice alike, or settled: counted
	PaperAlready PaperState = "already" // the form was stored before, with the same answers
)

// EnterPaper takes one keying of a form. The first waits; the second stores the
// answer in the paper lane if both agree, and else says where they differ. With
// SettlePaper, this keying is the one that was checked against the paper and is
// stored, with or without a first. A sheet that the same person sends again is
// still one keying, and takes the place of what it said before. A number is stored once: with other answers it gives ErrAnswered.
func (s *Service) EnterPaper(ctx context.Context, f PaperForm, how PaperMode) (PaperResult, error) {
	key := s.paperPrefix() + f.Number
	id := oneWay(s.keys.answer, "paper/"+s.Config.Unit+"/"+f.Number)
	sv := instrument.Full()
	marks, faults := paperMarks(sv, f.Signs)
	if len(faults) > 0 {
		return PaperResult{}, &Faults{faults}
	}
	a := Answer{
		ID: id, Unit: s.Config.Unit, Survey: sv.ID, Day: f.Day, Lane: LanePaper, Field: f.Field, Counter: f.Counter, Marks: sv.Write(marks), Lang: "vi",
	}
	was, err := s.answer(ctx, id)
	switch {
	case err == nil && was.same(a):
		return PaperResult{State: PaperAlready}, s.keepFurther(ctx, a, f.Further) // where it was broken off
	case err == nil:
		return PaperResult{}, fmt.Errorf("form %s: %w", f.Number, ErrAnswered)
	case !errors.Is(err, ErrNotFound):
		return PaperResult{}, err
	}
	var first PaperForm
	version, err := get(ctx, s.Store, collPaper, key, &first)
	waits := err == nil
	switch {
	case err != nil && !errors.Is(err, store.ErrNotFound):
		return PaperResult{}, err
	case how == SettlePaper:
	case !waits:
		err := insert(ctx, s.Store, collPaper, key, "", f)
		if errors.Is(err, store.ErrExists) { // keyed at two desks at once: look again
			return s.EnterPaper(ctx, f, how)
		}
		if err != nil {
			return PaperResult{}, fmt.Errorf("keeping the first keying: %w", err)
		}
		return PaperResult{State: PaperFirst}, nil
	case first.sameSheet(f):
		if first == f {
			return PaperResult{State: PaperFirst}, nil
		}
		err := replace(ctx, s.Store, collPaper, key, "", version, f)
		if errors.Is(err, store.ErrConflict) || errors.Is(err, store.ErrNotFound) { // keyed at another desk meanwhile: look again
			return s.EnterPaper(ctx, f, how)
		}
		if err != nil {
			return PaperResult{}, fmt.Errorf("keeping the corrected keying: %w", err)
		}
		return PaperResult{State: PaperFirst}, nil
	default:
		if diff := differences(sv, first, f); len(diff) > 0 {
			return PaperResult{State: PaperDiffers, Differences: diff, FirstBy: first.By}, nil
		}
	}
	if _, err := s.storeAnswer(ctx, a, "paper/"+s.Config.Unit+"/"+f.Number); err != nil {
		return PaperResult{}, err
	}
	if err := s.keepFurther(ctx, a, f.Further); err != nil {
		return PaperResult{}, err
	}
	if !waits {
		return PaperResult{State: PaperStored}, nil
	}
	if err := s.Store.Delete(ctx, collPaper, key, version); err != nil && !errors.Is(err, store.ErrNotFound) && !errors.Is(err, store.ErrConflict) {
		return PaperResult{}, fmt.Errorf("clearing the first keying: %w", err)
	}
	return PaperResult{State: PaperStored}, nil
}

// A PaperMode says what a keying is.
type PaperMode int

// The modes of EnterPaper.
const (
	KeyPaper    PaperMode = iota // one of two
	SettlePaper                  // checked against the paper: stored as it is
)

// differences lists where two keyings of a form disagree.
func differences(sv *survey.Survey, a, b PaperForm) []PaperDifference {
	var out []PaperDifference
	add := func(what, x, y string) {
		if x != y {
			out = append(out, PaperDifference{what, x, y})
		}
	}
	add("Ngày trả lời", a.Day.VI(), b.Day.VI())
	add("Lĩnh vực", a.Field, b.Field)
	add("Quầy", a.Counter, b.Counter)
	x, y := []rune(a.Signs), []rune(b.Signs)
	for i, it := range sv.Items() {
		if i < len(x) && i < len(y) {
			add(it.Text.VI, string(x[i]), string(y[i]))
		}
	}
	for i, q := range FurtherQuestions() {
		add(q.Text.VI, sign(a.Further, i), sign(b.Further, i))
	}
	return out
}

func sign(signs string, i int) string {
	if i < len(signs) {
		return signs[i : i+1]
	}
	return "-"
}

// paperPrefix begins the keys of the unit's first keyings: two units may give the
// same number. The home's have none, and sort before all others.
func (s *Service) paperPrefix() string {
	if t := s.tag(); t != "" {
		return "~" + t + "/"
	}
	return ""
}

// PaperWaiting lists the numbers of the unit's forms that were keyed in once.
func (s *Service) PaperWaiting(ctx context.Context, limit int) ([]PaperForm, error) {
	var out []PaperForm
	r := store.Range{To: "~", Limit: limit}
	if p := s.paperPrefix(); p != "" {
		r.From, r.To = p, strings.TrimSuffix(p, "/")+"0"
	}
	for d, err := range s.Store.Scan(ctx, collPaper, r) {
		if err != nil {
			return nil, err
		}
		var f PaperForm
		if err := json.Unmarshal(d.Body, &f); err != nil {
			return nil, fmt.Errorf("decoding a paper form: %w", err)
		}
		out = append(out, f)
	}
	return out, nil
}
