package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"regexp"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"hailong/server/store"
)

// A DossierCode is the number of a dossier (mã hồ sơ) in one of the two forms
// in use, V1V2V3.Z1Z2.Y1Y2.MX1X2-YYMMDD-XXXX (000.21.35.H24-240115-0012) or
// H24.x.y-YYMMDD-NNNN, with a serial of four or five digits. The raw text is kept.
type DossierCode string

var dossierCode = regexp.MustCompile(`^(?:\d{3}\.\d{2}\.\d{2}\.[A-Z]\d{2}|[A-Z]\d{2}(?:\.\d{1,4}){1,3})-(\d{6})-\d{4,5}$`)

// ParseDossierCode checks the form and that the middle part is a date.
func ParseDossierCode(s string) (DossierCode, error) {
	m := dossierCode.FindStringSubmatch(s)
	if m == nil {
		return "", fmt.Errorf("%w: %q is not a dossier code such as 000.21.35.H24-240115-0012", ErrInvalid, s)
	}
	if _, err := time.Parse("060102", m[1]); err != nil {
		return "", fmt.Errorf("%w: %q holds %s, which is not a date (yymmdd)", ErrInvalid, s, m[1])
	}
	return DossierCode(s), nil
}

// A Status says where a dossier stands (trạng thái hồ sơ), numbered as the
// national exchange format numbers it.
type Status int

// The statuses.
const (
	StatusNew        Status = 1  // Mới đăng ký
	StatusAccepted   Status = 2  // Được tiếp nhận
	StatusRefused    Status = 3  // Không được tiếp nhận
	StatusProcessing Status = 4  // Đang xử lý
	StatusSupplement Status = 5  // Yêu cầu bổ sung giấy tờ
	StatusPayment    Status = 6  // Yêu cầu thực hiện nghĩa vụ tài chính
	StatusWithdrawn  Status = 7  // Công dân yêu cầu rút hồ sơ
	StatusStopped    Status = 8  // Dừng xử lý
	StatusFinished   Status = 9  // Đã xử lý xong
	StatusReturned   Status = 10 // Đã trả kết quả
)

var statusText = [...]string{
	1: "Mới đăng ký", 2: "Được tiếp nhận", 3: "Không được tiếp nhận", 4: "Đang xử lý",
	5: "Yêu cầu bổ sung giấy tờ", 6: "Yêu cầu thực hiện nghĩa vụ tài chính",
	7: "Công dân yêu cầu rút hồ sơ", 8: "Dừng xử lý", 9: "Đã xử lý xong", 10: "Đã trả kết quả",
}

// Valid reports whether s is one of the ten.
func (s Status) Valid() bool { return s >= 1 && s <= 10 }

// String gives the Vietnamese wording.
func (s Status) String() string {
	if !s.Valid() {
		return ""
	}
	return statusText[s]
}

// rank orders the statuses along a dossier's way. Processing, supplement and
// payment may follow each other in any order.
func (s Status) rank() int {
	switch s {
	case StatusNew:
		return 0
	case StatusAccepted:
		return 1
	case StatusProcessing, StatusSupplement, StatusPayment:
		return 2
	case StatusFinished:
		return 3
	}
	return 4
}

// A Channel is how a dossier came in (hình thức nộp).
type Channel int

// The channels; 0 is not known.
const (
	ChannelCounter Channel = 1 // Trực tiếp
	ChannelOnline  Channel = 2 // Trực tuyến
	ChannelPost    Channel = 3 // Bưu chính công ích
)

// String gives the Vietnamese wording.
func (c Channel) String() string {
	switch c {
	case ChannelCounter:
		return "Trực tiếp"
	case ChannelOnline:
		return "Trực tuyến"
	case ChannelPost:
		return "Bưu chính công ích"
	}
	return ""
}

// channelNames are what flags and files call the channels.
var channelNames = [...]string{ChannelCounter: "direct", ChannelOnline: "online", ChannelPost: "postal"}

// Name is what files call the channel: direct, online, postal, "" where it is
// not known.
func (c Channel) Name() string {
	if c < 0 || int(c) >= len(channelNames) {
		return ""
	}
	return channelNames[c]
}

// ParseChannel reads the name of a channel.
func ParseChannel(name string) (Channel, error) {
	if i := slices.Index(channelNames[:], name); i > 0 {
		return Channel(i), nil
	}
	return 0, fmt.Errorf("%w: %q: chỉ có direct (trực tiếp), online (trực tuyến), postal (bưu chính) / only direct, online, postal", ErrInvalid, name)
}

// FlagStatusBackwards marks a dossier whose status once went backwards.
const FlagStatusBackwards = "status_backwards"

// A Dossier (hồ sơ) is one case of one procedure, without the person: names,
// phones and addresses have no field to be kept in.
type Dossier struct {
	Code          DossierCode `json:"code"`
	Unit          string      `json:"unit"`
	Procedure     string      `json:"procedure,omitempty"`      // mã TTHC
	ProcedureName string      `json:"procedure_name,omitempty"` // tên thủ tục
	Field         string      `json:"field,omitempty"`          // lĩnh vực
	Status        Status      `json:"status"`
	Channel       Channel     `json:"channel,omitempty"`
	Officer       string      `json:"officer,omitempty"` // cán bộ xử lý
	Counter       string      `json:"counter,omitempty"` // quầy
	Received      time.Time   `json:"received,omitzero"` // ngày tiếp nhận
	Due           time.Time   `json:"due,omitzero"`      // ngày hẹn trả; zero for same-day procedures
	Finished      time.Time   `json:"finished,omitzero"` // ngày kết thúc xử lý
	Returned      time.Time   `json:"returned,omitzero"` // ngày trả kết quả
	Flags         []string    `json:"flags,omitempty"`

	// Invitation is the key of the dossier's live invitation, "" where it has none.
	Invitation string `json:"invitation,omitempty"`
}

// A Punctuality says whether a dossier was resolved in time.
type Punctuality string

// The classes of punctuality.
const (
	OnTime      Punctuality = "on_time"      // đúng hạn hoặc trước hạn
	Late        Punctuality = "late"         // quá hạn
	Open        Punctuality = "open"         // đang giải quyết, còn hạn
	OpenOverdue Punctuality = "open_overdue" // đang giải quyết, quá hạn
	NotCounted  Punctuality = "not_counted"  // refused, withdrawn, stopped
)

// End is when the office was done: kết thúc xử lý, or where that is missing trả
// kết quả. A citizen who picks up late does not make the office late.
func (d Dossier) End() time.Time {
	if !d.Finished.IsZero() {
		return d.Finished
	}
	return d.Returned
}

// Punctuality classifies the dossier as seen at now. With a due time, on time
// is End ≤ Due. Without one (chứng thực), on time is done on the day it came
// in. Refused, withdrawn and stopped dossiers are not resolved and not counted.
func (d Dossier) Punctuality(now time.Time) Punctuality {
	switch d.Status {
	case StatusRefused, StatusWithdrawn, StatusStopped:
		return NotCounted
	}
	due, end := d.due(), d.End()
	switch {
	case !end.IsZero() && !end.After(due):
		return OnTime
	case !end.IsZero():
		return Late
	case now.After(due):
		return OpenOverdue
	}
	return Open
}

// due is when the dossier had to be done: where nothing was promised, by the end
// of the day on which it came in.
func (d Dossier) due() time.Time {
	if d.Due.IsZero() {
		return DayOf(d.Received).Add(1).Time().Add(-time.Nanosecond)
	}
	return d.Due
}

// ReturnDay is the day on which the dossier earned its invitation: the day the
// result was handed out, or for one that never gets there the last day known.
func (d Dossier) ReturnDay() Day {
	for _, t := range []time.Time{d.Returned, d.Finished, d.Received} {
		if !t.IsZero() {
			return DayOf(t)
		}
	}
	return ""
}

func (d Dossier) order() string { return d.Unit + "/" + string(DayOf(d.Received)) }

// Check reports the first thing that cannot be right about a dossier.
func (d Dossier) Check() error {
	if _, err := ParseDossierCode(string(d.Code)); err != nil {
		return err
	}
	switch {
	case !d.Status.Valid():
		return fmt.Errorf("%w: status %d is not 1 to 10", ErrInvalid, d.Status)
	case d.Channel < 0 || d.Channel > ChannelPost:
		return fmt.Errorf("%w: channel %d is not 1 to 3", ErrInvalid, d.Channel)
	case d.Received.IsZero():
		return fmt.Errorf("%w: the time of receipt is missing", ErrInvalid)
	}
	return nil
}

// A PutResult says what became of a dossier that was put.
type PutResult string

// The results of a put.
const (
	PutNew       PutResult = "new"
	PutUpdated   PutResult = "updated"
	PutUnchanged PutResult = "unchanged"
)

// PutDossiers stores dossiers as a system exported them: new ones are added,
// changed ones updated, the same again is unchanged. What the house added to a
// dossier (its invitation, its flags) stays. A status that goes backwards is
// kept and the dossier flagged. The result has one entry per dossier; on an
// error, the dossiers before it in the batch may or may not be stored, and
// putting them again is safe.
func (s *Service) PutDossiers(ctx context.Context, ds []Dossier) ([]PutResult, error) {
	results := make([]PutResult, len(ds))
	todo := make([]int, 0, len(ds))
	last := make(map[DossierCode]int, len(ds)) // a code twice in one batch: in turn
	for i := range ds {
		if err := ds[i].Check(); err != nil {
			return nil, fmt.Errorf("dossier %d: %w", i, err)
		}
		ds[i] = s.normal(ds[i])
		if _, twice := last[ds[i].Code]; twice {
			if err := s.putAll(ctx, ds, todo, results); err != nil {
				return nil, err
			}
			todo, last = todo[:0], map[DossierCode]int{}
		}
		last[ds[i].Code] = i
		todo = append(todo, i)
	}
	if err := s.putAll(ctx, ds, todo, results); err != nil {
		return nil, err
	}
	if err := s.learnOfficers(ctx, ds); err != nil {
		return nil, err
	}
	return results, nil
}

// normal gives a dossier the one form it is compared and stored in: the unit
// named, times to the second and in Zone, letters composed, so that one field
// (lĩnh vực) has one name, whichever system wrote it.
func (s *Service) normal(d Dossier) Dossier {
	if d.Unit == "" {
		d.Unit = s.Config.Unit
	}
	for _, t := range []*time.Time{&d.Received, &d.Due, &d.Finished, &d.Returned} {
		if !t.IsZero() {
			*t = t.In(Zone).Truncate(time.Second)
		}
	}
	for _, name := range []*string{&d.Field, &d.Procedure, &d.ProcedureName, &d.Counter, &d.Officer} {
		*name = norm.NFC.String(strings.ToValidUTF8(*name, "\ufffd"))
	}
	return d
}

// putAll writes the dossiers at the given places, whose codes all differ.
func (s *Service) putAll(ctx context.Context, ds []Dossier, todo []int, results []PutResult) error {
	for range 20 {
		if len(todo) == 0 {
			return nil
		}
		var ops []store.Op
		var places []int
		for _, i := range todo {
			op, result, err := s.putOp(ctx, ds[i])
			if err != nil {
				return fmt.Errorf("putting dossier %d: %w", i, err)
			}
			results[i] = result
			if result != PutUnchanged {
				ops, places = append(ops, op), append(places, i)
			}
		}
		if len(ops) == 0 {
			return nil
		}
		touched := make([]Dossier, len(places))
		for k, i := range places {
			touched[k] = ds[i]
		}
		var errs []error
		err := s.writeDossiers(ctx, touched, func() (err error) {
			errs, err = s.Store.Batch(ctx, ops)
			return err
		})
		if err != nil {
			return fmt.Errorf("storing dossiers: %w", err)
		}
		todo = nil
		for k, err := range errs {
			switch {
			case err == nil:
			case errors.Is(err, store.ErrExists), errors.Is(err, store.ErrConflict), errors.Is(err, store.ErrNotFound):
				todo = append(todo, places[k]) // someone else was faster: look again
			default:
				return fmt.Errorf("storing dossier %d: %w", places[k], err)
			}
		}
	}
	return fmt.Errorf("storing dossiers: %w", store.ErrConflict)
}

func (s *Service) putOp(ctx context.Context, d Dossier) (store.Op, PutResult, error) {
	op := store.Op{Collection: collDossiers, Kind: store.OpInsert, Doc: store.Doc{Key: string(d.Code), Order: d.order()}}
	result := PutNew
	old, version, err := s.dossier(ctx, d.Code)
	switch {
	case errors.Is(err, ErrNotFound):
		d.Flags, d.Invitation = nil, ""
	case err != nil:
		return op, "", err
	default:
		op.Kind, op.Doc.Version, result = store.OpReplace, version, PutUpdated
		d.Flags, d.Invitation = old.Flags, old.Invitation
		if d.Status.rank() < old.Status.rank() && !slices.Contains(d.Flags, FlagStatusBackwards) {
			d.Flags = append(slices.Clone(d.Flags), FlagStatusBackwards)
		}
	}
	body, err := json.Marshal(d)
	if err != nil {
		return op, "", err
	}
	if result == PutUpdated {
		was, err := json.Marshal(old)
		if err != nil {
			return op, "", err
		}
		if bytes.Equal(was, body) {
			return op, PutUnchanged, nil
		}
	}
	op.Doc.Body = body
	return op, result, nil
}

// Dossier returns one dossier, or ErrNotFound.
func (s *Service) Dossier(ctx context.Context, code DossierCode) (Dossier, error) {
	d, _, err := s.dossier(ctx, code)
	return d, err
}

func (s *Service) dossier(ctx context.Context, code DossierCode) (Dossier, int64, error) {
	var d Dossier
	version, err := get(ctx, s.Store, collDossiers, string(code), &d)
	if errors.Is(err, store.ErrNotFound) {
		return d, 0, fmt.Errorf("%w: dossier", ErrNotFound)
	}
	return d, version, err
}

// Dossiers yields the unit's dossiers received from one day to another, both
// included, oldest first; an empty day leaves that end open.
func (s *Service) Dossiers(ctx context.Context, from, to Day) iter.Seq2[Dossier, error] {
	return scanDays[Dossier](ctx, s.Store, collDossiers, s.Config.Unit, from, to)
}

// scanDays yields the documents of a collection whose order is unit/day.
func scanDays[T any](ctx context.Context, st store.Store, coll, unit string, from, to Day) iter.Seq2[T, error] {
	r := store.Range{From: unit + "/" + string(from), To: unit + "0", ByOrder: true} // '0' follows '/'
	if to != "" {
		r.To = unit + "/" + string(to) + "~"
	}
	return func(yield func(T, error) bool) {
		for doc, err := range st.Scan(ctx, coll, r) {
			var v T
			if err == nil {
				if err = json.Unmarshal(doc.Body, &v); err != nil {
					err = fmt.Errorf("decoding %s: %w", coll, err)
				}
			}
			if !yield(v, err) || err != nil {
				return
			}
		}
	}
}
