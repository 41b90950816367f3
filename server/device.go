package server

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"hailong/server/store"
)

// A Device (thiết bị) is a kiosk: where it stands, when it works, and how it
// was when it last reported. It is stored apart from its token, so that what
// the kiosk reports never touches the right to get in.
type Device struct {
	ID      string `json:"-"` // short, public: shown on the board, named in alerts
	Label   string `json:"label,omitempty"`
	Counter string `json:"counter"`
	// Hours are the counter's; nil is OfficeHours.
	Hours *Hours `json:"hours,omitempty"`
	// Interval is the least time between two answers without a slip, in
	// seconds, against children's play. 0 is none. The kiosk holds it.
	Interval int `json:"interval,omitempty"`
	// DropHalf says that an answer which its citizen left unfinished is dropped;
	// otherwise what was chosen is kept as a partial answer.
	DropHalf bool `json:"drop_half,omitempty"`
	// ScanPace is how long one-switch scanning (quét một nút) stays at a choice,
	// in milliseconds; 0 is DefaultScanPace.
	ScanPace int       `json:"scan_pace,omitempty"`
	Token    string    `json:"token"` // key of its token in the store
	Added    time.Time `json:"added"`
	Revoked  bool      `json:"revoked,omitempty"`

	Status *DeviceStatus `json:"status,omitempty"` // nil where it never reported
	Alert  *DeviceAlert  `json:"alert,omitempty"`  // of AlertByWebhook
	// MailAlert is the same of AlertByMail.
	MailAlert *DeviceAlert `json:"mail_alert,omitempty"`
}

// A DeviceStatus is a kiosk's last report. Of the answers that wait on it, it
// holds their number and the oldest one's age to the minute.
type DeviceStatus struct {
	Seen    time.Time `json:"seen"` // by the server's clock
	Version string    `json:"version,omitempty"`
	Queue   int       `json:"queue,omitempty"`   // answers that wait for the server
	Refused int       `json:"refused,omitempty"` // answers in the repair tray
	// Oldest is when the oldest waiting answer was given, by the server's
	// clock; zero where none waits.
	Oldest time.Time `json:"oldest,omitzero"`
	// Persisted says that the browser promised not to throw the queue away.
	Persisted bool `json:"persisted,omitempty"`
	// Failing says that its disk takes no answers: they count only while there
	// is a line.
	Failing bool  `json:"failing,omitempty"`
	Used    int64 `json:"used,omitempty"`  // bytes of the browser's storage
	Quota   int64 `json:"quota,omitempty"` // and how many there could be
	// Skew is the device's clock minus the server's, in milliseconds.
	Skew int64 `json:"skew,omitempty"`
}

// OpeningHours are the device's, OfficeHours where it has none of its own.
func (d Device) OpeningHours() Hours {
	if d.Hours == nil {
		return OfficeHours()
	}
	return *d.Hours
}

// Pace is how long one-switch scanning stays at a choice, in milliseconds.
func (d Device) Pace() int { return cmp.Or(d.ScanPace, DefaultScanPace) }

// Name is what people call the device.
func (d Device) Name() string { return cmp.Or(d.Label, d.ID) }

// skewNoise is how much of a measured skew may be the way through the network.
const skewNoise = 5 * time.Second

// Corrected returns a time of the device's clock as the server's clock would
// have shown it, by the skew of the last report. What a slow line can explain
// is not corrected.
func (d Device) Corrected(t time.Time) time.Time {
	if d.Status == nil || t.IsZero() {
		return t
	}
	return Unskewed(t, time.Duration(d.Status.Skew)*time.Millisecond)
}

// Unskewed takes a measured skew (device minus server) off a device's time.
func Unskewed(t time.Time, skew time.Duration) time.Time {
	if skew.Abs() < skewNoise {
		return t
	}
	return t.Add(-skew)
}

// maxLabel is the longest label, counter or version, in bytes.
const maxLabel = 100

// MaxInterval is the longest interval between two answers, in seconds.
const MaxInterval = 600

// The pace of one-switch scanning, in milliseconds at a choice.
const (
	DefaultScanPace = 1500
	MinScanPace     = 500
	MaxScanPace     = 10_000
)

// DeviceSettings are what an administrator chooses.
type DeviceSettings struct {
	Label    string `json:"label,omitempty"`
	Counter  string `json:"counter"`
	Hours    *Hours `json:"hours,omitempty"` // nil is OfficeHours
	Interval int    `json:"interval,omitempty"`
	DropHalf bool   `json:"drop_half,omitempty"`
	ScanPace int    `json:"scan_pace,omitempty"` // 0 is DefaultScanPace
}

// Settings returns what an administrator chose for the device.
func (d Device) Settings() DeviceSettings {
	return DeviceSettings{Label: d.Label, Counter: d.Counter, Hours: d.Hours, Interval: d.Interval, DropHalf: d.DropHalf, ScanPace: d.ScanPace}
}

// set takes settings over.
func (d *Device) set(t DeviceSettings) {
	d.Label, d.Counter, d.Hours, d.Interval, d.DropHalf, d.ScanPace = t.Label, t.Counter, t.Hours, t.Interval, t.DropHalf, t.ScanPace
}

func (t DeviceSettings) check() (DeviceSettings, error) {
	t.Label, t.Counter = strings.TrimSpace(t.Label), strings.TrimSpace(t.Counter)
	for _, s := range []string{t.Label, t.Counter} {
		if len(s) > maxLabel || !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			return t, fmt.Errorf("%w: the label or the counter is too long or holds control characters", ErrInvalid)
		}
	}
	switch {
	case t.Counter == "":
		return t, fmt.Errorf("%w: the counter is missing", ErrInvalid)
	case t.Interval < 0 || t.Interval > MaxInterval:
		return t, fmt.Errorf("%w: the interval is 0 to %d seconds", ErrInvalid, MaxInterval)
	case t.ScanPace != 0 && (t.ScanPace < MinScanPace || t.ScanPace > MaxScanPace):
		return t, fmt.Errorf("%w: the pace of scanning is %d to %d milliseconds", ErrInvalid, MinScanPace, MaxScanPace)
	}
	return t, nil
}

// DeviceOf returns the device that a token's text stands for, or ErrForbidden.
// A token that was made on the command line is a device too, from the first
// time it asks.
func (s *Service) DeviceOf(ctx context.Context, text string) (Device, error) {
	t, err := s.TokenOf(ctx, text)
	if err != nil {
		return Device{}, err
	}
	if t.Role != RoleDevice {
		return Device{}, fmt.Errorf("%w: not a device's token", ErrForbidden)
	}
	key := oneWay(s.keys.token, text)
	id := cmp.Or(t.Device, "T"+strings.ToUpper(key[:7]))
	d, _, err := s.device(ctx, id)
	if errors.Is(err, ErrNotFound) {
		d = Device{ID: id, Label: t.Label, Counter: t.Counter, Token: key, Added: s.Now().UTC().Truncate(time.Second)}
		err = insert(ctx, s.Store, collDevices, id, "", d)
		if errors.Is(err, store.ErrExists) {
			d, _, err = s.device(ctx, id)
		}
	}
	switch {
	case err != nil:
		return Device{}, fmt.Errorf("reading a device: %w", err)
	case d.Revoked || d.Token != key: // revoked, or paired again since
		return Device{}, fmt.Errorf("%w: the device was revoked", ErrForbidden)
	}
	return d, nil
}

func (s *Service) device(ctx context.Context, id string) (Device, int64, error) {
	var d Device
	version, err := get(ctx, s.Store, collDevices, id, &d)
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrInvalid) {
		return d, 0, fmt.Errorf("%w: device", ErrNotFound)
	}
	d.ID = id
	return d, version, err
}

// Device returns one device, or ErrNotFound.
func (s *Service) Device(ctx context.Context, id string) (Device, error) {
	d, _, err := s.device(ctx, id)
	return d, err
}

// Devices lists all devices, by counter and name; the revoked ones last.
func (s *Service) Devices(ctx context.Context) ([]Device, error) {
	var out []Device
	for doc, err := range s.Store.Scan(ctx, collDevices, store.Range{}) {
		if err != nil {
			return nil, fmt.Errorf("reading devices: %w", err)
		}
		d := Device{ID: doc.Key}
		if err := json.Unmarshal(doc.Body, &d); err != nil {
			return nil, fmt.Errorf("decoding a device: %w", err)
		}
		out = append(out, d)
	}
	SortByName(out, Device.Name)
	SortByName(out, func(d Device) string { return d.Counter })
	slices.SortStableFunc(out, func(a, b Device) int {
		if a.Revoked != b.Revoked {
			if a.Revoked {
				return 1
			}
			return -1
		}
		return 0
	})
	return out, nil
}

// changeDevice applies a change with compare-and-swap, again where someone
// else was faster.
func (s *Service) changeDevice(ctx context.Context, id string, change func(*Device) error) (Device, error) {
	for range 50 {
		d, version, err := s.device(ctx, id)
		if err != nil {
			return d, err
		}
		if err := change(&d); err != nil {
			return d, err
		}
		err = replace(ctx, s.Store, collDevices, id, "", version, d)
		if !errors.Is(err, store.ErrConflict) {
			return d, err
		}
	}
	return Device{}, fmt.Errorf("changing a device: %w", store.ErrConflict)
}

// changeToken is changeDevice for tokens, by their key.
func (s *Service) changeToken(ctx context.Context, key string, change func(*Token)) error {
	for range 50 {
		var t Token
		version, err := get(ctx, s.Store, collTokens, key, &t)
		if err != nil {
			return err
		}
		change(&t)
		err = replace(ctx, s.Store, collTokens, key, "", version, t)
		if !errors.Is(err, store.ErrConflict) {
			return err
		}
	}
	return store.ErrConflict
}

// SetDevice changes what an administrator may change of a device.
func (s *Service) SetDevice(ctx context.Context, id string, t DeviceSettings) (Device, error) {
	t, err := t.check()
	if err != nil {
		return Device{}, err
	}
	d, err := s.changeDevice(ctx, id, func(d *Device) error {
		d.set(t)
		return nil
	})
	if err != nil {
		return d, err
	}
	// Answers without a slip take the counter from the token.
	err = s.changeToken(ctx, d.Token, func(k *Token) { k.Label, k.Counter = t.Label, t.Counter })
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return d, fmt.Errorf("changing a device's token: %w", err)
	}
	return d, nil
}

// RevokeDevice stops a device at once: no call with its token is taken any
// more, and its stream of events ends. What it has not sent stays on it, and
// can be sent once it is paired again.
func (s *Service) RevokeDevice(ctx context.Context, id string) error {
	d, err := s.Device(ctx, id)
	if err != nil {
		return err
	}
	revoke := func(key string) error {
		err := s.changeToken(ctx, key, func(t *Token) { t.Revoked = true })
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return fmt.Errorf("revoking a device's token: %w", err)
		}
		return nil
	}
	if err := revoke(d.Token); err != nil {
		return err
	}
	was := d.Token
	d, err = s.changeDevice(ctx, id, func(d *Device) error {
		d.Revoked, d.Alert, d.MailAlert = true, nil, nil
		return nil
	})
	if err == nil && d.Token != was { // paired again meanwhile
		err = revoke(d.Token)
	}
	return err
}

// A Heartbeat is what a kiosk reports about itself.
type Heartbeat struct {
	Clock   time.Time // what its clock shows as it sends
	Version string
	Queue   int
	Refused int
	Oldest  time.Time // of its clock; zero where nothing waits

	Persisted   bool
	Failing     bool // the disk takes no answers
	Used, Quota int64
}

// Report stores a kiosk's heartbeat and returns the device as it is now. The
// skew measured here corrects the times of the answers that the kiosk sends.
func (s *Service) Report(ctx context.Context, id string, b Heartbeat) (Device, error) {
	if b.Queue < 0 || b.Refused < 0 || b.Used < 0 || b.Quota < 0 || b.Clock.IsZero() || len(b.Version) > maxLabel || !utf8.ValidString(b.Version) {
		return Device{}, fmt.Errorf("%w: a heartbeat has the device's clock, and counts that are not negative", ErrInvalid)
	}
	now := s.Now()
	skew := b.Clock.Sub(now)
	st := &DeviceStatus{
		Seen: now.UTC().Truncate(time.Second), Version: b.Version, Queue: b.Queue, Refused: b.Refused,
		Persisted: b.Persisted, Failing: b.Failing, Used: b.Used, Quota: b.Quota, Skew: skew.Milliseconds(),
	}
	if !b.Oldest.IsZero() && b.Queue > 0 {
		st.Oldest = Unskewed(b.Oldest, skew).UTC().Truncate(time.Minute)
		if st.Oldest.After(st.Seen) {
			st.Oldest = st.Seen
		}
	}
	return s.changeDevice(ctx, id, func(d *Device) error {
		d.Status = st
		return nil
	})
}
