package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"hailong/scoring/survey"
	"hailong/server/store"
)

// A Lane (kênh trả lời) says how sure we are of an answer's origin. Figures of
// different lanes stand side by side and are never mixed unseen.
type Lane string

// The lanes.
const (
	LaneSlip   Lane = "slip"   // code of a slip, on the citizen's phone
	LaneKiosk  Lane = "kiosk"  // code of a slip, at a kiosk
	LaneWalkUp Lane = "walkup" // at a kiosk without a slip
	LanePoster Lane = "poster" // the shared poster
	LanePaper  Lane = "paper"  // keyed in from a paper form
)

// Verified reports whether the lane's answers came with a slip's code (kênh xác
// thực): one dossier, once.
func (l Lane) Verified() bool { return l == LaneSlip || l == LaneKiosk }

// String gives the Vietnamese wording.
func (l Lane) String() string {
	switch l {
	case LaneSlip:
		return "Phiếu có mã, trên điện thoại"
	case LaneKiosk:
		return "Phiếu có mã, tại ki-ốt"
	case LaneWalkUp:
		return "Ki-ốt, không có phiếu"
	case LanePoster:
		return "Mã QR dùng chung"
	case LanePaper:
		return "Phiếu giấy"
	}
	return "Chưa rõ kênh"
}

// MaxComment is the longest comment kept, in characters.
const MaxComment = 2000

// An Answer (phiếu trả lời) is what one citizen said, once. It keeps what the
// figures need of the dossier and nothing that leads back to it: its id is a
// one-way function of the slip's code, its time is a day.
type Answer struct {
	ID          string            `json:"-"`
	Unit        string            `json:"unit"`
	Survey      string            `json:"survey"`
	Day         Day               `json:"day"`
	Lane        Lane              `json:"lane"`
	Field       string            `json:"field,omitempty"`
	Procedure   string            `json:"procedure,omitempty"`
	Counter     string            `json:"counter,omitempty"`
	Officer     string            `json:"officer,omitempty"`
	Channel     Channel           `json:"channel,omitempty"`
	Punctuality Punctuality       `json:"punctuality,omitempty"`
	Marks       map[string]string `json:"marks"`
	// Detail are marks of criteria of the full form DetailSurvey, given with
	// a short answer.
	Detail       map[string]string `json:"detail,omitempty"`
	DetailSurvey string            `json:"detail_survey,omitempty"`
	Comment      string            `json:"comment,omitempty"` // masked where Said is set
	Said         string            `json:"said,omitempty"`    // a one-way function of the comment as written
	Reasons      []string          `json:"reasons,omitempty"` // see survey.Survey.ReadReasons
	Lang         string            `json:"lang,omitempty"`
	// Rev counts the changes; Past are the ledger lines of the wordings before,
	// see Service.lines. Withdrawn answers hold nothing else and count nowhere.
	Rev       int      `json:"rev,omitempty"`
	Past      []string `json:"past,omitempty"`
	Withdrawn bool     `json:"withdrawn,omitempty"`
	// What was noticed when the answer was taken, see HastySeconds and
	// SerialSlips; and the kiosk that took it, "" for a phone.
	Hasty  bool   `json:"hasty,omitempty"`
	Serial bool   `json:"serial,omitempty"`
	Device string `json:"device,omitempty"`
}

func (a Answer) cell() Cell {
	return Cell{a.Day, a.Field, a.Counter, a.Officer, a.Channel, a.Lane, a.Procedure}
}

func (a Answer) order() string { return a.Unit + "/" + string(a.Day) }

// A Submission is what a citizen sent, before it was checked.
type Submission struct {
	Survey  string            // "" is the short instrument
	Given   map[string]string // with the short instrument, criteria of the full one too
	Comment string
	Reasons []string // why not satisfied, in any order; see survey.Survey.ReadReasons
	Lang    string
	Lane    Lane
	Counter string    // of the kiosk, for answers without a slip
	At      time.Time // when it was given; zero is now
	Device  string    // of the kiosk
	// Network and Phone tell where the answer comes from and one phone from the
	// next. They are looked at once, see signals, and never stored.
	Network, Phone string
}

// A Faults error lists what is wrong with an answer, item by item. It is ErrInvalid.
type Faults struct{ List []survey.Fault }

func (f *Faults) Error() string { return fmt.Sprintf("%d items of the answer are wrong", len(f.List)) }

// Unwrap makes errors.Is(err, ErrInvalid) true.
func (f *Faults) Unwrap() error { return ErrInvalid }

// A Receipt is what a citizen is told after an answer is durable.
type Receipt struct {
	// Code (mã biên nhận) lets the citizen ask about the answer later.
	Code string
	// Already is true where the same answer was stored before.
	Already bool
}

// read checks a submission, puts it in order and returns the marks to store.
func (s *Service) read(sub *Submission) (marks, detail map[string]string, err error) {
	if sub.Survey == "" {
		sub.Survey = s.Survey().ID
	}
	sv, err := s.SurveyByID(sub.Survey)
	if err != nil {
		return nil, nil, err
	}
	marks, detail, faults := s.check(sv, sub)
	if len(faults) > 0 {
		return nil, nil, &Faults{faults}
	}
	if sub.Lang != "en" {
		sub.Lang = "vi"
	}
	sub.Comment = cleanComment(sub.Comment)
	return marks, detail, nil
}

// cleanComment makes free text safe to keep: valid UTF-8 in NFC, no control
// characters but line ends, at most MaxComment characters.
func cleanComment(s string) string {
	s = norm.NFC.String(strings.Map(func(r rune) rune {
		if r == '\r' || (r < ' ' && r != '\n' && r != '\t') || r == 0x7f || r == utf8.RuneError {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "")))
	s = strings.TrimSpace(s)
	if runes := []rune(s); len(runes) > MaxComment {
		s = strings.TrimSpace(string(runes[:MaxComment]))
	}
	return s
}

// AcceptSlip stores the answer given with a slip. It returns once the answer
// is durable. The same answer again is Already; another one on the same slip
// is ErrAnswered; an unknown slip ErrNotFound, an expired or replaced one
// ErrGone, nonsense *Faults.
//
// First the invitation is claimed, then the answer is inserted under its
// one-way id. The claim decides between an answer and a reprint of the slip,
// the primary key between two answers; a crash between the two leaves a
// claimed slip with which the citizen can simply try again.
func (s *Service) AcceptSlip(ctx context.Context, c SlipCode, sub Submission) (Receipt, error) {
	day := s.answerDay(sub.At)
	inv, err := s.invitation(ctx, c, day)
	if err != nil {
		return Receipt{}, err
	}
	marks, detail, err := s.read(&sub)
	if err != nil {
		return Receipt{}, err
	}
	d, err := s.Dossier(ctx, inv.Dossier)
	if err != nil {
		return Receipt{}, fmt.Errorf("reading what the slip is about: %w", err)
	}
	if day < inv.Issued { // a clock set back cannot answer before it was asked
		day = inv.Issued
	}
	a := Answer{
		ID: oneWay(s.keys.answer, c.text), Unit: inv.Unit, Survey: sub.Survey, Day: day, Lane: sub.Lane,
		Field: d.Field, Procedure: d.Procedure, Counter: d.Counter, Officer: d.Officer, Channel: d.Channel,
		Punctuality: d.Punctuality(s.Now()), Marks: marks, Comment: sub.Comment, Reasons: sub.Reasons, Lang: sub.Lang, Device: sub.Device,
	}
	if a.Lane == "" {
		a.Lane = LaneSlip
	}
	if a.Lane == LaneSlip { // at a kiosk, one after the other and at once is how it should be
		a.Hasty, a.Serial = s.signals.notice(oneWay(s.keys.invitation, c.text), sub, s.Now())
	}
	s.setDetail(&a, detail)
	if inv.State == InvitationOpen {
		err := s.changeInvitation(ctx, oneWay(s.keys.invitation, c.text), func(inv *Invitation) error {
			if inv.State == InvitationUsed {
				return errNoChange
			}
			if err := usable(*inv, day); err != nil {
				return err
			}
			inv.State = InvitationUsed
			return nil
		})
		if err != nil {
			return Receipt{}, fmt.Errorf("claiming the slip: %w", err)
		}
	}
	return s.storeAnswer(ctx, a, c.text)
}

// AcceptWalkUp stores an answer given at a kiosk without a slip, under the id
// (a UUID) the kiosk made for it: the same id with the same answer again is
// Already, with another answer ErrAnswered.
func (s *Service) AcceptWalkUp(ctx context.Context, id string, sub Submission) (Receipt, error) {
	marks, detail, err := s.read(&sub)
	if err != nil {
		return Receipt{}, err
	}
	a := Answer{
		ID: oneWay(s.keys.answer, "walkup/"+id), Unit: s.Config.Unit, Survey: sub.Survey, Day: s.answerDay(sub.At),
		Lane: LaneWalkUp, Counter: sub.Counter, Marks: marks, Comment: sub.Comment, Reasons: sub.Reasons, Lang: sub.Lang, Device: sub.Device,
	}
	s.setDetail(&a, detail)
	return s.storeAnswer(ctx, a, "walkup/"+id)
}

// answerDay is the day an answer was given. A device's clock that is ahead, or
// more than a year behind, is not believed: then it is today.
func (s *Service) answerDay(at time.Time) Day {
	if !s.believed(at) {
		at = s.Now()
	}
	return DayOf(at)
}

// believed reports whether an answer can have been given at that time.
func (s *Service) believed(at time.Time) bool {
	now := s.Now()
	return !at.IsZero() && !at.After(now.Add(10*time.Minute)) && !at.Before(now.AddDate(-1, 0, 0))
}

func (s *Service) storeAnswer(ctx context.Context, a Answer, secret string) (Receipt, error) {
	r := Receipt{Code: s.receipt(secret)}
	original := a.Comment
	var err error
	if original != "" {
		officers, err := s.officers(ctx)
		if err != nil {
			return Receipt{}, err
		}
		s.mask(&a, officers)
	}
	put := func() error { return s.insertAnswer(ctx, a, r.Code) }
	if a.Day < s.Today() {
		err = s.late(ctx, a.Unit, a.Day, a.ID, put)
	} else {
		err = put()
	}
	switch {
	case errors.Is(err, store.ErrExists):
		var was Answer
		if _, err := get(ctx, s.Store, collAnswers, a.ID, &was); err != nil {
			return Receipt{}, fmt.Errorf("reading the earlier answer: %w", err)
		}
		if was.Withdrawn {
			return Receipt{}, ErrWithdrawn
		}
		if was.Said == "" && was.Comment != "" { // older than masking
			a.Comment, a.Said = original, ""
		}
		if !was.same(a) {
			return Receipt{}, ErrAnswered
		}
		r.Already = true
		if was.Said == "" {
			return r, nil
		}
		was.ID = a.ID
		a = was
	case err != nil:
		return Receipt{}, fmt.Errorf("storing the answer: %w", err)
	}
	// Done again when an answer is sent again, so a crash in between loses nothing.
	if err := s.sealComment(ctx, a, original); err != nil {
		return Receipt{}, err
	}
	if err := s.openCase(ctx, a, r.Code); err != nil {
		return Receipt{}, err
	}
	if original != "" || a.earnsCase() {
		if err := s.dropStale(ctx, a.ID, r.Code); err != nil {
			return Receipt{}, err
		}
	}
	return r, nil
}

// same reports whether two answers say the same.
func (a Answer) same(b Answer) bool {
	return a.Survey == b.Survey && maps.Equal(a.Marks, b.Marks) && slices.Equal(a.Reasons, b.Reasons) &&
		a.DetailSurvey == b.DetailSurvey && maps.Equal(a.Detail, b.Detail) &&
		(a.Said != "" && a.Said == b.Said || a.Said == "" && b.Said == "" && a.Comment == b.Comment)
}

// receipt is ten characters in two groups, a one-way function of the secret.
func (s *Service) receipt(secret string) string {
	h := oneWay(s.keys.receipt, secret)
	out := make([]byte, 0, 11)
	for i := range 10 {
		var v byte
		for _, x := range h[2*i : 2*i+2] {
			v = v<<4 | byte(strings.IndexRune("0123456789abcdef", x))
		}
		if i == 5 {
			out = append(out, '-')
		}
		out = append(out, crockford[v&31])
	}
	return string(out)
}

// ReceiptOf returns the receipt of a slip that was answered. ErrNotFound: it was
// not; ErrWithdrawn: the answer was withdrawn.
func (s *Service) ReceiptOf(ctx context.Context, c SlipCode) (Receipt, error) {
	a, err := s.answer(ctx, oneWay(s.keys.answer, c.text))
	if err != nil {
		return Receipt{}, err
	}
	r := Receipt{Code: s.receipt(c.text), Already: true}
	return r, s.linkReceipt(ctx, r.Code, a.ID)
}

// answer reads an answer; one that was withdrawn is ErrWithdrawn.
func (s *Service) answer(ctx context.Context, id string) (Answer, error) {
	a, _, err := s.storedAnswer(ctx, id)
	if err == nil && a.Withdrawn {
		err = ErrWithdrawn
	}
	return a, err
}

// Answers yields the unit's answers given from one day to another, both
// included, by day, without those that were withdrawn; an empty day leaves that
// end open.
func (s *Service) Answers(ctx context.Context, from, to Day) iter.Seq2[Answer, error] {
	return func(yield func(Answer, error) bool) {
		for a, err := range scanDays[Answer](ctx, s.Store, collAnswers, s.Config.Unit, from, to) {
			if err == nil && a.Withdrawn {
				continue
			}
			if !yield(a, err) {
				return
			}
		}
	}
}

// PutAnswers stores answers that are already checked, as a demo or an import of
// paper forms makes them, each under its ID: the same ID again is left alone.
func (s *Service) PutAnswers(ctx context.Context, as []Answer) (stored int, err error) {
	days := map[Day]string{} // past days, and the batch's name on each
	for _, a := range as {
		if a.Day < s.Today() && days[a.Day] == "" {
			days[a.Day] = "batch/" + a.ID
		}
	}
	put := func() error {
		stored, err = s.putAnswers(ctx, as)
		return err
	}
	for day, id := range days {
		inner := put
		put = func() error { return s.late(ctx, s.Config.Unit, day, id, inner) }
	}
	err = put()
	return stored, err
}

func (s *Service) putAnswers(ctx context.Context, as []Answer) (stored int, err error) {
	ops := make([]store.Op, len(as))
	said := map[int]string{} // comments as they were written
	var officers []string
	for i, a := range as {
		if a.Comment != "" && a.Said == "" {
			if officers == nil {
				if officers, err = s.officers(ctx); err != nil {
					return 0, err
				}
			}
			said[i] = a.Comment
			s.mask(&a, officers)
		}
		body, err := json.Marshal(a)
		if err != nil {
			return 0, fmt.Errorf("encoding an answer: %w", err)
		}
		ops[i] = store.Op{Collection: collAnswers, Kind: store.OpInsert, Doc: store.Doc{Key: a.ID, Order: a.order(), Body: body}}
	}
	errs, err := s.Store.Batch(ctx, ops)
	if err != nil {
		return 0, fmt.Errorf("storing answers: %w", err)
	}
	for i, err := range errs {
		switch {
		case err == nil:
			stored++
		case !errors.Is(err, store.ErrExists):
			return stored, fmt.Errorf("storing answers: %w", err)
		}
		if said[i] == "" {
			continue
		}
		if err := s.putComment(ctx, as[i], said[i]); err != nil {
			return stored, err
		}
	}
	return stored, nil
}

// putComment does what a stored answer's comment asks for, if it is the answer
// that is stored under the id.
func (s *Service) putComment(ctx context.Context, a Answer, original string) error {
	was, err := s.answer(ctx, a.ID)
	if err != nil {
		return fmt.Errorf("reading a stored answer: %w", err)
	}
	if was.Said != s.said(a.ID, original) {
		return nil
	}
	if err := s.sealComment(ctx, was, original); err != nil {
		return err
	}
	return s.openCase(ctx, was, "")
}
