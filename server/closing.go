package server

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"hailong/server/store"
)

// ErrClosed: the period is closed already, or is not and should be.
var ErrClosed = errors.New("period closed")

// A ClosingKind says what was done to a period.
type ClosingKind string

// The kinds.
const (
	KindClose  ClosingKind = "close"  // chốt
	KindReopen ClosingKind = "reopen" // mở lại
	KindAmend  ClosingKind = "amend"  // bổ sung
)

// A Closing (chốt kỳ) is one entry in the history of a period: its figures were
// frozen, it was opened again for a reason, or what came late was written down
// beside the frozen figures. Entries are numbered from 1, inserted once and never
// changed, and each has its line in the ledger, see Line.
type Closing struct {
	Unit   string      `json:"unit"`
	Period string      `json:"period"`
	Number int         `json:"number"`
	Kind   ClosingKind `json:"kind"`
	By     string      `json:"by"` // who signed off
	At     time.Time   `json:"at"`
	Reason string      `json:"reason,omitempty"` // of a reopening
	// Of a close: the days counted, the method, and the frozen figures as the
	// JSON of PeriodFigures with their SHA-256. Of an amendment the same, with
	// the JSON of Amendment.
	From    Day    `json:"from,omitempty"`
	To      Day    `json:"to,omitempty"`
	Method  string `json:"method,omitempty"`
	Tallies string `json:"tallies_sha256,omitempty"`
	SHA256  string `json:"figures_sha256,omitempty"`
	Figures []byte `json:"figures,omitempty"`
	// Review is the SHA-256 of the answers and counters that the figures of a
	// close follow from, as they may leave the house; see Review.
	Review string `json:"review_sha256,omitempty"`
}

// maxReason is the longest reason or name kept, in characters.
const maxReason = 2000

func closingKey(unit, period string, number int) string {
	return fmt.Sprintf("%s/%s/%06d", unit, period, number)
}

// Closings is the history of a period, oldest first.
func (s *Service) Closings(ctx context.Context, p Period) ([]Closing, error) {
	var out []Closing
	prefix := s.Config.Unit + "/" + p.ID
	for doc, err := range s.Store.Scan(ctx, collClosings, store.Range{From: prefix + "/", To: prefix + "0"}) {
		if err != nil {
			return nil, fmt.Errorf("reading the history of %s: %w", p.ID, err)
		}
		var c Closing
		if err := json.Unmarshal(doc.Body, &c); err != nil {
			return nil, fmt.Errorf("decoding the history of %s: %w", p.ID, err)
		}
		out = append(out, c)
	}
	return out, nil
}

// ClosedBy returns the entry that keeps a history closed, nil where it is open.
func closedBy(history []Closing) *Closing {
	for i := len(history) - 1; i >= 0; i-- {
		switch history[i].Kind {
		case KindClose:
			return &history[i]
		case KindReopen:
			return nil
		}
	}
	return nil
}

// ClosePeriod freezes the figures of a period, up to a day; "" is the period's
// last day, or yesterday where it is still running. Closing what is closed is
// ErrClosed and changes nothing; a period that has not begun is ErrInvalid.
func (s *Service) ClosePeriod(ctx context.Context, p Period, to Day, by string) (Closing, error) {
	last := min(p.To, s.Today().Add(-1))
	switch {
	case p.From > last:
		return Closing{}, fmt.Errorf("%w: kỳ %s chưa có ngày nào trọn vẹn / period %s has no full day yet", ErrInvalid, p.ID, p.ID)
	case to == "":
		to = last
	case to < p.From || to > p.To || to > s.Today():
		return Closing{}, fmt.Errorf("%w: ngày chốt số liệu %s không nằm trong kỳ hoặc chưa đến / the last day is outside of the period or in the future", ErrInvalid, to.VI())
	}
	history, err := s.Closings(ctx, p)
	if err != nil {
		return Closing{}, err
	}
	if c := closedBy(history); c != nil {
		if _, err := s.enterClosings(ctx); err != nil { // where the first try was broken off
			return *c, err
		}
		return *c, fmt.Errorf("%w: kỳ %s đã chốt ngày %s / period %s is closed already", ErrClosed, p.ID, DayOf(c.At).VI(), p.ID)
	}
	f, r, err := s.tellable(ctx, p, p.From, to)
	if err != nil {
		return Closing{}, err
	}
	review, err := s.keepReview(ctx, r)
	if err != nil {
		return Closing{}, err
	}
	body, err := json.Marshal(f)
	if err != nil {
		return Closing{}, fmt.Errorf("encoding the figures: %w", err)
	}
	sum := sha256.Sum256(body)
	return s.addClosing(ctx, Closing{Period: p.ID, Number: len(history) + 1, Kind: KindClose, By: by, From: f.From, To: f.To,
		Method: f.Method, Tallies: f.Tallies, SHA256: hex.EncodeToString(sum[:]), Figures: body, Review: review})
}

// ReopenPeriod opens a closed period again. The reason is kept for ever and
// stands in the report; without one, or for a period that is open, it is
// ErrInvalid or ErrClosed.
func (s *Service) ReopenPeriod(ctx context.Context, p Period, by, reason string) (Closing, error) {
	if reason = strings.TrimSpace(reason); reason == "" || utf8.RuneCountInString(reason) > maxReason {
		return Closing{}, fmt.Errorf("%w: mở lại kỳ cần nêu lý do, không quá %d ký tự / reopening needs a reason", ErrInvalid, maxReason)
	}
	history, err := s.Closings(ctx, p)
	if err != nil {
		return Closing{}, err
	}
	if closedBy(history) == nil {
		return Closing{}, fmt.Errorf("%w: kỳ %s chưa chốt / period %s is not closed", ErrClosed, p.ID, p.ID)
	}
	return s.addClosing(ctx, Closing{Period: p.ID, Number: len(history) + 1, Kind: KindReopen, By: by, Reason: reason})
}

// addClosing inserts an entry at its number: of two at once, one gets it.
func (s *Service) addClosing(ctx context.Context, c Closing) (Closing, error) {
	c.By = strings.TrimSpace(c.By)
	if c.By == "" || utf8.RuneCountInString(c.By) > maxReason {
		return Closing{}, fmt.Errorf("%w: cần tên người chốt / a sign-off name is needed", ErrInvalid)
	}
	c.Unit, c.At = s.Config.Unit, s.Now().In(Zone).Truncate(time.Second)
	err := insert(ctx, s.Store, collClosings, closingKey(c.Unit, c.Period, c.Number), "", c)
	if errors.Is(err, store.ErrExists) {
		return Closing{}, fmt.Errorf("%w: kỳ %s vừa được người khác chốt hoặc mở lại / somebody else was faster", ErrClosed, c.Period)
	}
	if err != nil {
		return Closing{}, fmt.Errorf("writing the history of %s: %w", c.Period, err)
	}
	if err := s.Audit(ctx, c.By, string(c.Kind), "ky "+c.Period); err != nil {
		return c, err
	}
	if _, err := s.enterClosings(ctx); err != nil {
		return c, fmt.Errorf("entering period %s in the ledger: %w", c.Period, err)
	}
	return c, nil
}

// frozen reads the figures of an entry into v and holds them against their sum.
func (c Closing) frozen(v any) error {
	if err := json.Unmarshal(c.Figures, v); err != nil {
		return fmt.Errorf("decoding the frozen figures of %s: %w", c.Period, err)
	}
	if sum := sha256.Sum256(c.Figures); hex.EncodeToString(sum[:]) != c.SHA256 {
		return fmt.Errorf("số liệu đã chốt của kỳ %s không khớp mã băm / the frozen figures of %s do not match their checksum", c.Period, c.Period)
	}
	return nil
}
