package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"hailong/scoring/survey"
	"hailong/server"
)

// A record is one answer as a kiosk kept it.
type record struct {
	ID         string    `json:"id"` // a UUID, made by the kiosk
	Survey     string    `json:"survey"`
	Code       string    `json:"code"`   // of a slip; "" for a walk-up
	Invite     string    `json:"invite"` // the handle of a call, in place of a code
	Answers    given     `json:"answers"`
	Reasons    []string  `json:"reasons"` // why not satisfied
	Comment    string    `json:"comment"`
	CapturedAt time.Time `json:"captured_at"`
	Lang       string    `json:"lang"`
}

// given is item id to what was given: a level as number or text, or "N". An
// item given twice is noted, where a map alone would forget one of the two.
type given struct {
	values   map[string]string
	repeated []string
}

// UnmarshalJSON implements json.Unmarshaler.
func (g *given) UnmarshalJSON(b []byte) error {
	g.values = map[string]string{}
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	wrong := &json.UnmarshalTypeError{Field: "answers", Value: "not an object of levels"}
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return wrong
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return err
		}
		item, ok := name.(string)
		if !ok {
			return wrong
		}
		value, err := d.Token()
		if err != nil {
			return err
		}
		if _, twice := g.values[item]; twice {
			g.repeated = append(g.repeated, item)
		}
		switch v := value.(type) {
		case string:
			g.values[item] = v
		case json.Number:
			g.values[item] = v.String()
		case nil:
			g.values[item] = ""
		default:
			return wrong
		}
	}
	return nil
}

// A verdict is what a kiosk is told about one record: only after "stored" or
// "already" may it forget the answer.
type verdict struct {
	ID     string       `json:"id"`
	Status answerResult `json:"status"`
	// Receipt is what the citizen is shown, where the answer is stored.
	Receipt string         `json:"receipt,omitempty"`
	Reason  string         `json:"reason,omitempty"` // stable, of the same words as a problem's type
	Detail  string         `json:"detail,omitempty"` // for people
	Errors  []problemError `json:"errors,omitempty"`
}

// writersAtOnce is how many records of a call are on their way to the store at
// the same time; it lets the store flush many of them together.
const writersAtOnce = 32

// apiAnswers takes what a kiosk kept, record by record. It answers once every
// acknowledged record is durable; where the store fails, for the whole call,
// and the same call again is safe.
func (s *Site) apiAnswers(c *gin.Context) error {
	device, err := s.callingDevice(c)
	if err != nil {
		return err
	}
	if clock, err := time.Parse(time.RFC3339Nano, c.GetHeader(clockHeader)); err == nil {
		// Measured with this very call, it is better than the last report's.
		device.Status = &server.DeviceStatus{Skew: clock.Sub(s.now()).Milliseconds()}
	}
	var raw []json.RawMessage
	if err := readJSON(c, maxAnswersBody, &raw); err != nil {
		return err
	}
	if len(raw) > maxRecords {
		return fmt.Errorf("%w: %d records", errTooLarge, len(raw))
	}
	verdicts := make([]verdict, len(raw))
	ctx, lang := c.Request.Context(), language(c)

	// Records under the same id, or of the same slip, are taken in turn; all
	// others at once.
	chains := chain(raw)
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(writersAtOnce)
	for _, places := range chains {
		g.Go(func() error {
			for _, i := range places {
				var err error
				var lane server.Lane
				if verdicts[i], lane, err = takeRecord(gctx, s.svc, device, raw[i], lang); err != nil {
					return err
				}
				s.countAnswer(lane, verdicts[i].Status)
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	c.JSON(http.StatusOK, verdicts)
	return nil
}

// chain groups the places of records that share an id or a slip's code, in
// the order in which they came.
func chain(raw []json.RawMessage) [][]int {
	var chains [][]int
	of := map[string]int{} // key to chain
	for i, b := range raw {
		var r struct{ ID, Code, Invite string }
		// What does not parse here is refused later, and shares nothing.
		if json.Unmarshal(b, &r) != nil {
			chains = append(chains, []int{i})
			continue
		}
		keys := []string{"id " + strings.ToLower(r.ID)}
		if code, err := server.ParseSlipCode(r.Code); err == nil {
			keys = append(keys, "code "+code.Text())
		}
		if r.Invite != "" {
			keys = append(keys, "invite "+r.Invite)
		}
		at := -1
		for _, k := range keys {
			if n, ok := of[k]; ok && (at < 0 || n == at) {
				at = n
			} else if ok { // joins two chains
				chains[at] = append(chains[at], chains[n]...)
				chains[n] = nil
				for key, m := range of {
					if m == n {
						of[key] = at
					}
				}
			}
		}
		if at < 0 {
			at = len(chains)
			chains = append(chains, nil)
		}
		chains[at] = append(chains[at], i)
		for _, k := range keys {
			of[k] = at
		}
	}
	for _, places := range chains {
		slices.Sort(places)
	}
	return chains
}

// takeRecord stores one record. The error is the store's, for the whole call;
// everything else is a verdict.
func takeRecord(ctx context.Context, svc *server.Service, device server.Device, raw json.RawMessage, lang string) (verdict, server.Lane, error) {
	r, code, err := readRecord(raw)
	v := verdict{ID: r.ID}
	lane := server.LaneWalkUp
	if r.Code != "" || r.Invite != "" {
		lane = server.LaneKiosk
	}
	var receipt server.Receipt
	if err == nil {
		sub := server.Submission{Survey: r.Survey, Given: r.Answers.values, Reasons: r.Reasons, Comment: r.Comment, Lang: r.Lang, Lane: lane, Counter: device.Counter, Device: device.ID, At: device.Corrected(r.CapturedAt)}
		switch {
		case r.Invite != "":
			receipt, err = svc.AcceptCall(ctx, r.Invite, sub)
		case r.Code != "":
			receipt, err = svc.AcceptSlip(ctx, code, sub)
		default:
			receipt, err = svc.AcceptWalkUp(ctx, strings.ToLower(r.ID), sub)
		}
	}
	f := failureOf(err)
	switch {
	case err == nil && receipt.Already:
		v.Status, v.Receipt = answerAlready, receipt.Code
	case err == nil:
		v.Status, v.Receipt = answerStored, receipt.Code
	case f.status >= 500:
		return v, lane, err
	case errors.Is(err, server.ErrAnswered):
		v.Status, v.Reason, v.Detail = answerConflict, f.kind, f.title.In(lang)
	default:
		v.Status, v.Reason, v.Detail, v.Errors = answerRefused, f.kind, f.title.In(lang), problemErrors(err, lang)
	}
	return v, lane, nil
}

// readRecord checks what a record must have before the domain looks at it. The
// record is returned as far as it was read.
func readRecord(raw json.RawMessage) (record, server.SlipCode, error) {
	bad := func(name, kind, vi, en string) error {
		return &fieldError{name, kind, survey.Text{VI: vi, EN: en}}
	}
	var r record
	var code server.SlipCode
	if err := decodeStrictly(raw, &r); err != nil {
		r.ID = readID(raw)
		return r, code, err
	}
	if _, err := uuid.Parse(r.ID); err != nil || len(r.ID) != 36 {
		r.ID = readID(raw)
		return r, code, bad("id", "invalid", "Cần một UUID.", "A UUID is needed.")
	}
	switch {
	case r.Survey == "":
		return r, code, bad("survey", "missing", "Thiếu mã bộ câu hỏi.", "The survey's id is missing.")
	case r.CapturedAt.IsZero():
		return r, code, bad("captured_at", "missing", "Thiếu thời điểm trả lời.", "The time of the answer is missing.")
	case utf8.RuneCountInString(r.Comment) > server.MaxComment:
		return r, code, bad("comment", string(faultLong), "Ý kiến quá dài: tối đa 2.000 ký tự.", "The comment is too long: at most 2,000 characters.")
	case r.Code != "" && r.Invite != "":
		return r, code, bad("invite", "invalid", "Chỉ một trong hai: mã phiếu hoặc lời mời.", "Either a slip's code or an invite, not both.")
	case len(r.Answers.repeated) > 0:
		return r, code, &server.Faults{List: []survey.Fault{{Item: r.Answers.repeated[0], Kind: survey.FaultRepeated}}}
	}
	if r.Code != "" {
		var err error
		if code, err = server.ParseSlipCode(r.Code); err != nil {
			return r, code, fmt.Errorf("%w: slip", server.ErrNotFound)
		}
	}
	return r, code, nil
}

// readID returns a record's id where it can be repeated to the sender: enough
// to find the record, not enough to fill a log.
func readID(raw json.RawMessage) string {
	var r struct{ ID string }
	if json.Unmarshal(raw, &r) != nil || len(r.ID) > 64 {
		return ""
	}
	return r.ID
}
