package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"hailong/scoring/survey"
	"hailong/server/store"
)

// A PeriodReport is everything that a period's report is written from.
type PeriodReport struct {
	Profile Profile
	Period  Period
	Survey  *survey.Survey
	// Made is when the figures were frozen or, of an open period, the
	// beginning of the day: the same state of a day makes the same bytes.
	Made    time.Time
	Figures *PeriodFigures
	Closed  *Closing  // nil while the period is open
	History []Closing // oldest first
	// Amendments were written down since the close, oldest first; Amendment says
	// what has changed since the last of them, nil where nothing has.
	Amendments []Amendment
	Amendment  *Amendment
	Texts      ReportTexts
}

// MaxReportText is the longest free part of a report, in characters.
const MaxReportText = 40_000

// ReportTexts (phần lời) are the parts of a report that people write. They are
// kept with the period and may be changed after its figures are frozen.
type ReportTexts struct {
	Number    string    `json:"number,omitempty"` // số văn bản
	Signer    string    `json:"signer,omitempty"` // CHỦ TỊCH, or KT. CHỦ TỊCH and PHÓ CHỦ TỊCH on two lines
	Name      string    `json:"name,omitempty"`   // who signs
	Causes    string    `json:"causes,omitempty"`
	Measures  string    `json:"measures,omitempty"`
	Proposals string    `json:"proposals,omitempty"`
	By        string    `json:"by,omitempty"`
	At        time.Time `json:"at,omitzero"`
	// Version is that of the stored document, 0 where there is none.
	Version int64 `json:"-"`
}

func (s *Service) textsKey(p Period) string { return s.Config.Unit + "/" + p.ID }

// ReportTexts returns the free parts of a period's report, empty where nobody
// has written any.
func (s *Service) ReportTexts(ctx context.Context, p Period) (ReportTexts, error) {
	var t ReportTexts
	version, err := get(ctx, s.Store, collTexts, s.textsKey(p), &t)
	if errors.Is(err, store.ErrNotFound) {
		return ReportTexts{}, nil
	}
	if err != nil {
		return ReportTexts{}, fmt.Errorf("reading the report's texts: %w", err)
	}
	t.Version = version
	return t, nil
}

// Clean composes letters, drops control characters but for line breaks, and
// names what is too long.
func (t *ReportTexts) Clean() error {
	for _, f := range []struct {
		text *string
		most int
		name string
	}{
		{&t.Number, 20, "Số văn bản"}, {&t.Signer, 100, "Chức vụ người ký"}, {&t.Name, 100, "Họ tên người ký"},
		{&t.Causes, MaxReportText, "Nguyên nhân"}, {&t.Measures, MaxReportText, "Giải pháp"}, {&t.Proposals, MaxReportText, "Kiến nghị, đề xuất"},
	} {
		*f.text = norm.NFC.String(strings.ReplaceAll(strings.ReplaceAll(strings.ToValidUTF8(*f.text, "?"), "\r\n", "\n"), "\r", "\n"))
		*f.text = strings.TrimSpace(strings.Map(func(r rune) rune {
			if r == '\t' {
				return ' '
			}
			if r < ' ' && r != '\n' || r == 0x7f || r == 0xfeff || r == 0xfffe || r == 0xffff {
				return -1
			}
			return r
		}, *f.text))
		if n := utf8.RuneCountInString(*f.text); n > f.most {
			return fmt.Errorf("%w: %s dài %d ký tự, nhiều nhất %d / too long", ErrInvalid, f.name, n, f.most)
		}
	}
	return nil
}

// PutReportTexts stores the free parts. Where somebody else has changed them
// since t.Version was read, it is store.ErrConflict and nothing is lost.
func (s *Service) PutReportTexts(ctx context.Context, p Period, t ReportTexts, by string) error {
	if err := t.Clean(); err != nil {
		return err
	}
	t.By, t.At = by, s.Now().In(Zone).Truncate(time.Second)
	var err error
	if t.Version == 0 {
		if err = insert(ctx, s.Store, collTexts, s.textsKey(p), "", t); errors.Is(err, store.ErrExists) {
			err = store.ErrConflict
		}
	} else {
		err = replace(ctx, s.Store, collTexts, s.textsKey(p), "", t.Version, t)
	}
	if err != nil {
		return fmt.Errorf("storing the report's texts: %w", err)
	}
	return s.Audit(ctx, by, "report-texts", "ky "+p.ID)
}

// A ReportDocument is the index document of a period with what became of the
// period on top.
type ReportDocument struct {
	*IndexDocument
	Period     string      `json:"period"`
	Method     string      `json:"method"`
	Tallies    string      `json:"tallies_sha256"`
	Closed     *ClosedNote `json:"closed,omitempty"`
	Amendments []Amendment `json:"amendments,omitempty"`
	Amendment  *Amendment  `json:"amendment,omitempty"`
	Reopened   []Reopening `json:"reopened,omitempty"`
	Before     *Comparison `json:"before,omitempty"`
	YearBefore *Comparison `json:"year_before,omitempty"`
	// Criteria are those of the full form, which are in no other figure.
	Criteria *CriteriaFigures `json:"criteria,omitempty"`
}

// A ClosedNote says by whom and when figures were frozen.
type ClosedNote struct {
	By     string    `json:"by"`
	At     time.Time `json:"at"`
	SHA256 string    `json:"figures_sha256"`
}

// A Reopening says why a closed period was opened again.
type Reopening struct {
	By     string    `json:"by"`
	At     time.Time `json:"at"`
	Reason string    `json:"reason"`
}

// JSON writes the report as an index document.
func (r *PeriodReport) JSON() ([]byte, error) {
	d := ReportDocument{IndexDocument: r.Figures.Total, Period: r.Period.ID, Method: r.Figures.Method, Tallies: r.Figures.Tallies,
		Amendments: r.Amendments, Amendment: r.Amendment, Before: r.Figures.Before, YearBefore: r.Figures.YearBefore, Criteria: r.Figures.Criteria}
	if c := r.Closed; c != nil {
		d.Closed = &ClosedNote{c.By, c.At, c.SHA256}
	}
	for _, c := range r.History {
		if c.Kind == KindReopen {
			d.Reopened = append(d.Reopened, Reopening{c.By, c.At, c.Reason})
		}
	}
	b, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("encoding the report: %w", err)
	}
	return append(b, '\n'), nil
}
