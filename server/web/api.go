package web

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"hailong/scoring/survey"
	"hailong/server"
	"hailong/server/store"
)

// The limits of a call of the API.
const (
	maxDossierBody = 64 << 10
	maxAnswersBody = 2 << 20
	maxRecords     = 500
)

// A dossierBody is a dossier as the city's system sends it. It has no field
// for a person, and an unknown field is refused, so that none can be sent.
type dossierBody struct {
	Code          server.DossierCode `json:"code"`
	Unit          string             `json:"unit"`
	Procedure     string             `json:"procedure"`
	ProcedureName string             `json:"procedure_name"`
	Field         string             `json:"field"`
	Status        server.Status      `json:"status"`
	Channel       server.Channel     `json:"channel"`
	Officer       string             `json:"officer"`
	Counter       string             `json:"counter"`
	Received      time.Time          `json:"received"`
	Due           time.Time          `json:"due"`
	Finished      time.Time          `json:"finished"`
	Returned      time.Time          `json:"returned"`
}

// maxName is the longest name of a procedure, a field, an officer, in bytes.
const maxName = 1000

// check names the first field that cannot be right.
func (b dossierBody) check(unit string, now time.Time) error {
	bad := func(name, vi, en string) error {
		return &fieldError{name, "invalid", survey.Text{VI: vi, EN: en}}
	}
	switch {
	case b.Unit != "" && b.Unit != unit:
		return bad("unit", "Đơn vị này không thuộc hệ thống.", "This service does not serve that unit.")
	case !b.Status.Valid():
		return bad("status", "Trạng thái là số từ 1 đến 10.", "The status is a number from 1 to 10.")
	case b.Channel < 0 || b.Channel > server.ChannelPost:
		return bad("channel", "Hình thức nộp là 1, 2 hoặc 3.", "The channel is 1, 2 or 3.")
	case b.Received.IsZero():
		return bad("received", "Thiếu thời điểm tiếp nhận.", "The time of receipt is missing.")
	case b.Received.After(now.Add(24 * time.Hour)):
		return bad("received", "Thời điểm tiếp nhận ở tương lai.", "The time of receipt is in the future.")
	case !b.Finished.IsZero() && b.Finished.Before(b.Received):
		return bad("finished", "Kết thúc xử lý trước khi tiếp nhận.", "Finished before it was received.")
	case !b.Returned.IsZero() && b.Returned.Before(b.Received):
		return bad("returned", "Trả kết quả trước khi tiếp nhận.", "Returned before it was received.")
	}
	for name, v := range map[string]string{"procedure": b.Procedure, "procedure_name": b.ProcedureName, "field": b.Field, "officer": b.Officer, "counter": b.Counter} {
		if len(v) > maxName || strings.ContainsFunc(v, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			return bad(name, "Quá dài hoặc có ký tự điều khiển.", "Too long, or it holds control characters.")
		}
	}
	return nil
}

// dossierParam reads the dossier's code in the address.
func dossierParam(c *gin.Context) (server.DossierCode, error) {
	code, err := server.ParseDossierCode(c.Param("code"))
	if err != nil {
		return "", &fieldError{"code", "invalid", survey.Text{
			VI: "Mã hồ sơ cần có dạng 000.21.35.H24-240115-0012 hoặc H24.x.y-240115-0012.",
			EN: "A dossier code looks like 000.21.35.H24-240115-0012 or H24.x.y-240115-0012."}}
	}
	return code, nil
}

// apiPutDossier adds or updates one dossier; the same again changes nothing.
func (s *Site) apiPutDossier(c *gin.Context) error {
	if _, err := s.as(c, server.RoleCity, server.RoleAdmin); err != nil {
		return err
	}
	code, err := dossierParam(c)
	if err != nil {
		return err
	}
	var b dossierBody
	if err := readJSON(c, maxDossierBody, &b); err != nil {
		return err
	}
	if b.Code != "" && b.Code != code {
		return &fieldError{"code", "mismatch", survey.Text{VI: "Mã hồ sơ khác với mã trong địa chỉ.", EN: "The code differs from the one in the address."}}
	}
	if err := b.check(s.svc.Config.Unit, s.now()); err != nil {
		return err
	}
	results, err := s.svc.PutDossiers(c.Request.Context(), []server.Dossier{{
		Code: code, Unit: s.svc.Config.Unit, Procedure: b.Procedure, ProcedureName: b.ProcedureName, Field: b.Field, Status: b.Status,
		Channel: b.Channel, Officer: b.Officer, Counter: b.Counter, Received: b.Received, Due: b.Due, Finished: b.Finished, Returned: b.Returned,
	}})
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, gin.H{"result": results[0]})
	return nil
}

// A returnBody may come with a return; all of it is optional.
type returnBody struct {
	Returned time.Time `json:"returned"` // now where missing
	// Reissue voids an unused slip and makes a new one: for a system that
	// lost the answer with the first.
	Reissue bool `json:"reissue"`
	// Counter is where the result is handed out, and so which kiosk invites;
	// the dossier's own where missing.
	Counter string `json:"counter"`
}

// A returnAnswer says what became of a return. The code and its address are
// there only where the invitation was just made: they cannot be had again.
type returnAnswer struct {
	Status  string     `json:"status"` // issued or already
	Code    string     `json:"code,omitempty"`
	URL     string     `json:"url,omitempty"`
	Expires server.Day `json:"expires,omitempty"`
	// Kiosk is true where a kiosk at the counter was asked to invite.
	Kiosk bool `json:"kiosk,omitempty"`
}

// apiReturnDossier marks a dossier as returned and issues its invitation.
func (s *Site) apiReturnDossier(c *gin.Context) error {
	if _, err := s.as(c, server.RoleCity, server.RoleAdmin); err != nil {
		return err
	}
	code, err := dossierParam(c)
	if err != nil {
		return err
	}
	var b returnBody
	if c.Request.ContentLength != 0 {
		if err := readJSON(c, maxDossierBody, &b); err != nil {
			return err
		}
	}
	slip, called, err := s.returnDossier(c.Request.Context(), code, b)
	if errors.Is(err, store.ErrExists) {
		c.JSON(http.StatusOK, returnAnswer{Status: "already"})
		return nil
	}
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, returnAnswer{"issued", slip.Code.Text(), slip.URL, slip.Expires, called})
	return nil
}

// returnDossier marks a dossier as returned, issues its invitation and has the
// kiosk of the counter call the citizen. Where the dossier has an invitation
// already, it is store.ErrExists.
func (s *Site) returnDossier(ctx context.Context, code server.DossierCode, b returnBody) (slip server.Slip, called bool, err error) {
	d, err := s.svc.Dossier(ctx, code)
	if err != nil {
		return slip, false, err
	}
	if !s.svc.Earns(d) || !b.Returned.IsZero() {
		if b.Returned.IsZero() {
			b.Returned = s.now()
		}
		if err := b.check(d, s.now()); err != nil {
			return slip, false, err
		}
		d.Status, d.Returned = server.StatusReturned, b.Returned
		if _, err := s.svc.PutDossiers(ctx, []server.Dossier{d}); err != nil {
			return slip, false, err
		}
	}
	how := server.IssueOnce
	if b.Reissue {
		how = server.Reissue
	}
	if slip, err = s.svc.Issue(ctx, code, how); err != nil {
		return slip, false, err
	}
	// The slip is made and its code is known only here: a kiosk that cannot be
	// reached must not cost it.
	_, called, err = s.svc.CallKiosk(ctx, slip, cmp.Or(b.Counter, d.Counter))
	if err != nil {
		s.log.ErrorContext(ctx, "calling a kiosk", "err", err)
	}
	return slip, called, nil
}

func (b returnBody) check(d server.Dossier, now time.Time) error {
	bad := func(name, vi, en string) error {
		return &fieldError{name, "invalid", survey.Text{VI: vi, EN: en}}
	}
	switch {
	case d.Status == server.StatusRefused || d.Status == server.StatusWithdrawn || d.Status == server.StatusStopped:
		return bad("status", "Hồ sơ đã bị từ chối, rút hoặc dừng, không thể trả kết quả.", "The dossier was refused, withdrawn or stopped and has no result.")
	case b.Returned.After(now.Add(24 * time.Hour)):
		return bad("returned", "Thời điểm trả kết quả ở tương lai.", "The time of return is in the future.")
	case b.Returned.Before(d.Received):
		return bad("returned", "Trả kết quả trước khi tiếp nhận.", "Returned before it was received.")
	}
	return nil
}

// apiIndex answers with the index document of a period.
func (s *Site) apiIndex(c *gin.Context) error {
	role, err := s.as(c, server.RoleLeader, server.RoleReporter, server.RoleInspector, server.RoleObserver, server.RoleAdmin)
	if err != nil {
		return err
	}
	var q server.IndexQuery
	for _, day := range []struct {
		name string
		to   *server.Day
	}{{"from", &q.From}, {"to", &q.To}} {
		if *day.to, err = server.ParseDay(c.Query(day.name)); err != nil {
			return &fieldError{day.name, "invalid", survey.Text{VI: "Cần một ngày dạng 2024-01-31.", EN: "A day such as 2024-01-31 is needed."}}
		}
	}
	if q.From > q.To {
		return &fieldError{"to", "invalid", survey.Text{VI: "Ngày cuối trước ngày đầu.", EN: "The last day is before the first."}}
	}
	if q.By, err = server.ParseDimensions(c.Query("by")); err != nil {
		return &fieldError{"by", "invalid", survey.Text{VI: "Chỉ dùng field, counter, officer, channel, lane, month, day.", EN: "Use field, counter, officer, channel, lane, month, day."}}
	}
	if q.Survey = c.Query("survey"); q.Survey != "" {
		if _, err := s.svc.SurveyByID(q.Survey); err != nil {
			return &fieldError{"survey", "invalid", survey.Text{VI: "Chỉ dùng sipas-short hoặc sipas-19.", EN: "Use sipas-short or sipas-19."}}
		}
	}
	doc, err := s.svc.IndexFor(c.Request.Context(), role, q)
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, doc)
	return nil
}

// readJSON reads one JSON document strictly: no more than limit bytes, no
// field that is not known, nothing after it.
func readJSON(c *gin.Context, limit int64, v any) error {
	if kind, _, err := mime.ParseMediaType(c.GetHeader("Content-Type")); err != nil || kind != "application/json" && !strings.HasSuffix(kind, "+json") {
		return fmt.Errorf("%w: the body must be application/json", server.ErrInvalid)
	}
	body, err := readBody(c, limit)
	if err != nil {
		return err
	}
	return decodeStrictly(body, v)
}

// decodeStrictly turns the decoder's complaints into ones about a field.
func decodeStrictly(body []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	err := d.Decode(v)
	var kind *json.UnmarshalTypeError
	var when *time.ParseError
	switch {
	case err == nil:
		if _, err := d.Token(); !errors.Is(err, io.EOF) {
			return fmt.Errorf("%w: there is something after the JSON document", server.ErrInvalid)
		}
		return nil
	case errors.As(err, &kind):
		return &fieldError{kind.Field, "type", survey.Text{VI: "Sai kiểu dữ liệu.", EN: "Wrong type: " + kind.Value + "."}}
	case errors.As(err, &when):
		return &fieldError{timeField(body), "time", survey.Text{VI: "Cần thời điểm dạng 2024-01-31T09:30:00+07:00.", EN: "A time such as 2024-01-31T09:30:00+07:00 is needed."}}
	}
	if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		return &fieldError{strings.Trim(name, `"`), "unknown", survey.Text{VI: "Không có trường này. Tên, số điện thoại, địa chỉ không được gửi.", EN: "There is no such field. Names, phones and addresses must not be sent."}}
	}
	return fmt.Errorf("%w: not a JSON document of the right shape", server.ErrInvalid)
}

// timeField finds the first of the known times that does not parse.
func timeField(body []byte) string {
	var raw map[string]json.RawMessage
	if json.Unmarshal(body, &raw) == nil {
		for _, name := range []string{"received", "due", "finished", "returned", "captured_at"} {
			var t time.Time
			if b, ok := raw[name]; ok && json.Unmarshal(b, &t) != nil {
				return name
			}
		}
	}
	return ""
}
