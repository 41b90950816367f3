package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"hailong/server/store"
)

// A Dispatch (lần gửi báo cáo) says that a period's report was sent to the
// reviewing authority: who sent which file when, how and under which number.
// Entries are numbered from 1, inserted once and never changed.
type Dispatch struct {
	Unit      string    `json:"unit"`
	Period    string    `json:"period"`
	Number    int       `json:"number"`
	Sent      Day       `json:"sent"`
	Way       Way       `json:"way"`
	Reference string    `json:"reference"` // số, ký hiệu văn bản
	Format    string    `json:"format"`    // of the file: pdf
	SHA256    string    `json:"sha256"`    // of the file that was sent
	Note      string    `json:"note,omitempty"`
	By        string    `json:"by"`
	At        time.Time `json:"at"` // when it was written down
}

// A Way is how a report was sent.
type Way string

// The ways.
const (
	WayExchange Way = "truc"      // trục liên thông văn bản
	WayMail     Way = "thu"       // thư điện tử công vụ
	WayHand     Way = "truc-tiep" // nộp trực tiếp
	WayPost     Way = "buu-chinh" // bưu chính
	WaySystem   Way = "phan-mem"  // phần mềm báo cáo của cấp trên
)

const (
	maxDispatch = 500 // characters of a reference or a note
	shaDigits   = 64  // of a SHA-256 in hexadecimal
)

// Ways lists the ways.
func Ways() []Way { return []Way{WayExchange, WayMail, WaySystem, WayHand, WayPost} }

// String gives the Vietnamese wording, "" for what is no way.
func (w Way) String() string {
	switch w {
	case WayExchange:
		return "Trục liên thông văn bản"
	case WayMail:
		return "Thư điện tử công vụ"
	case WaySystem:
		return "Phần mềm báo cáo của cấp trên"
	case WayHand:
		return "Nộp trực tiếp"
	case WayPost:
		return "Bưu chính"
	}
	return ""
}

// Dispatches lists when a period's report was sent, oldest first.
func (s *Service) Dispatches(ctx context.Context, p Period) ([]Dispatch, error) {
	var out []Dispatch
	prefix := s.Config.Unit + "/" + p.ID
	for doc, err := range s.Store.Scan(ctx, collDispatches, store.Range{From: prefix + "/", To: prefix + "0"}) {
		if err != nil {
			return nil, fmt.Errorf("reading what was sent of %s: %w", p.ID, err)
		}
		var d Dispatch
		if err := json.Unmarshal(doc.Body, &d); err != nil {
			return nil, fmt.Errorf("decoding what was sent of %s: %w", p.ID, err)
		}
		out = append(out, d)
	}
	return out, nil
}

// Dispatch writes down that the report of a closed period was sent. Unit, Period,
// Number and At are filled in. ErrClosed: the period is open, its figures are not
// fixed. ErrInvalid: the day is in the future or before the days that were
// counted, or something is missing. Who is faster of two gets the number, the
// other ErrConflict.
func (s *Service) Dispatch(ctx context.Context, p Period, d Dispatch) (Dispatch, error) {
	history, err := s.Closings(ctx, p)
	if err != nil {
		return Dispatch{}, err
	}
	closed := closedBy(history)
	if closed == nil {
		return Dispatch{}, fmt.Errorf("%w: cần chốt kỳ trước khi ghi nhận đã gửi / close the period first", ErrClosed)
	}
	d.Reference, d.Note, d.By = cleanComment(d.Reference), cleanComment(d.Note), strings.TrimSpace(d.By)
	d.SHA256 = strings.ToLower(strings.TrimSpace(d.SHA256))
	switch {
	case d.Sent == "" || d.Sent > s.Today() || d.Sent < closed.From:
		return Dispatch{}, fmt.Errorf("%w: ngày gửi phải từ ngày đầu của số liệu đến hôm nay / the day is in the future or before the period", ErrInvalid)
	case d.Way.String() == "":
		return Dispatch{}, fmt.Errorf("%w: cần chọn cách gửi / no such way", ErrInvalid)
	case d.Reference == "" || utf8.RuneCountInString(d.Reference) > maxDispatch || utf8.RuneCountInString(d.Note) > maxDispatch:
		return Dispatch{}, fmt.Errorf("%w: cần số, ký hiệu văn bản, không quá %d ký tự / a reference number is needed", ErrInvalid, maxDispatch)
	case len(d.SHA256) != shaDigits || strings.Trim(d.SHA256, "0123456789abcdef") != "":
		return Dispatch{}, fmt.Errorf("%w: mã SHA-256 gồm 64 chữ số 0-9, a-f / a SHA-256 has 64 hexadecimal digits", ErrInvalid)
	case d.By == "":
		return Dispatch{}, fmt.Errorf("%w: cần tên người gửi / who sent it", ErrInvalid)
	}
	sent, err := s.Dispatches(ctx, p)
	if err != nil {
		return Dispatch{}, err
	}
	d.Unit, d.Period, d.Number, d.At = s.Config.Unit, p.ID, len(sent)+1, s.Now().In(Zone).Truncate(time.Second)
	err = insert(ctx, s.Store, collDispatches, closingKey(d.Unit, d.Period, d.Number), "", d)
	if errors.Is(err, store.ErrExists) {
		err = store.ErrConflict
	}
	if err != nil {
		return Dispatch{}, fmt.Errorf("writing down what was sent of %s: %w", p.ID, err)
	}
	return d, s.Audit(ctx, d.By, "report-sent", "ky "+p.ID+" "+d.Format+" "+d.SHA256)
}

// A DueReport is a report that is still to be sent.
type DueReport struct {
	DuePeriod
	Left   int  // days until Before: 1 is the last day to send it, 0 and less is too late
	Closed bool // its figures are frozen; it only has to be sent
}

// RemindDays are how many days before its deadline somebody is reminded of a report.
func RemindDays() []int { return []int{14, 7, 1} }

// Reminder is which of RemindDays the report has reached, the last one; 0 where it
// has reached none.
func (d DueReport) Reminder() int {
	reached := 0
	for _, n := range RemindDays() {
		if d.Left <= n {
			reached = n
		}
	}
	return reached
}

// DueReports lists the reports of this year that are due within so many days, or
// were due, and that nobody has sent, where the store has data of their period.
func (s *Service) DueReports(ctx context.Context, within int) ([]DueReport, error) {
	ext, err := s.Extent(ctx)
	if err != nil {
		return nil, err
	}
	today := s.Today()
	due, err := s.DuePeriods(today.Time().Year())
	if err != nil {
		return nil, err
	}
	var out []DueReport
	for _, d := range due {
		left := int(d.Before.Time().Sub(today.Time()).Hours() / 24)
		if left > within || ext.Last < d.From || ext.First > d.To {
			continue
		}
		sent, err := s.Dispatches(ctx, d.Period)
		if err != nil {
			return nil, err
		}
		if len(sent) > 0 {
			continue
		}
		history, err := s.Closings(ctx, d.Period)
		if err != nil {
			return nil, err
		}
		out = append(out, DueReport{d, left, closedBy(history) != nil})
	}
	return out, nil
}

// reminded is what is remembered of a reminder.
type reminded struct {
	Told  bool      `json:"told"`
	Tried time.Time `json:"tried"`
}

// WatchReports looks at the reports that are due once and tells of those that
// have come 14, 7 and 1 day near to their deadline. Several servers may watch one
// store: each reminder is claimed in the store before it is told, and told again
// a minute later where telling failed.
func (s *Service) WatchReports(ctx context.Context, by AlertChannel, tell func(context.Context, DueReport) error) error {
	due, err := s.DueReports(ctx, RemindDays()[0])
	if err != nil {
		return err
	}
	var failed []error
	for _, d := range due {
		if d.Left < 0 { // it was told of on the last day
			continue
		}
		key := fmt.Sprintf("%s/%s/%02d", s.Config.Unit, d.ID, d.Reminder())
		if by != AlertByWebhook {
			key += "/" + string(by)
		}
		now := s.Now().UTC().Truncate(time.Second)
		var r reminded
		version, err := get(ctx, s.Store, collReminders, key, &r)
		switch {
		case errors.Is(err, store.ErrNotFound):
			version, err = 1, insert(ctx, s.Store, collReminders, key, "", reminded{Tried: now})
		case err == nil && (r.Told || now.Sub(r.Tried) < tellAgain):
			continue
		case err == nil:
			err = replace(ctx, s.Store, collReminders, key, "", version, reminded{Tried: now})
			version++
		}
		if errors.Is(err, store.ErrExists) || errors.Is(err, store.ErrConflict) {
			continue // another server is at it
		}
		if err == nil {
			err = tell(ctx, d)
		}
		if err == nil {
			err = replace(ctx, s.Store, collReminders, key, "", version, reminded{true, now})
		}
		if err != nil {
			failed = append(failed, fmt.Errorf("reminding of report %s: %w", d.ID, err))
		}
	}
	return errors.Join(failed...)
}
