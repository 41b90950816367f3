package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"
)

// A Trouble is what is wrong with a kiosk, "" for nothing.
type Trouble string

// The troubles, the worst first.
const (
	TroubleSilent Trouble = "silent" // not heard of for too long within opening hours
	TroubleStuck  Trouble = "stuck"  // an answer waits on it for too long within opening hours
)

// AlertMinutes is after how many minutes of opening hours a kiosk that is
// silent, or does not get rid of an answer, is in trouble.
const AlertMinutes = 10

// Trouble says what is wrong with the device at now, when after so much time
// within its opening hours something counts as wrong. Time outside the hours
// does not count, so a kiosk that sleeps at night is well in the morning; and
// one that was in trouble at closing time is still in trouble, until it is
// heard of again. A device that never reported has not stopped doing so: it may
// be a program that only sends answers.
func (d Device) Trouble(now time.Time, after time.Duration) Trouble {
	hours := d.OpeningHours()
	switch {
	case d.Revoked, d.Status == nil:
		return ""
	case hours.Between(d.Status.Seen, now) >= after:
		return TroubleSilent
	case !d.Status.Oldest.IsZero() && hours.Between(d.Status.Oldest, now) >= after:
		return TroubleStuck
	}
	return ""
}

// A DeviceAlert is a trouble that somebody is told about.
type DeviceAlert struct {
	ID      string    `json:"id"`
	Trouble Trouble   `json:"trouble"`
	Since   time.Time `json:"since"`
	Over    time.Time `json:"over,omitzero"` // when it was well again
	Told    bool      `json:"told,omitempty"`
	Tried   time.Time `json:"tried"` // when telling was last tried
}

// A DeviceNotice is what is told about a device: a trouble that began, or with
// Over set one that ended. The same alert has the same ID in both.
type DeviceNotice struct {
	Device  Device
	Alert   string
	Trouble Trouble
	Since   time.Time
	Over    time.Time // zero while it lasts
}

// tellAgain is how long after a failed attempt the next one follows.
const tellAgain = time.Minute

var errNothingToTell = errors.New("nothing to tell")

// WatchDevices looks at every device once and tells of troubles that began
// within opening hours and of those that ended. Several servers may watch one
// store: each notice is claimed in the store before it is told, and told again
// a minute later where telling failed, so it arrives at least once, and twice
// only where the teller died in between.
func (s *Service) WatchDevices(ctx context.Context, by AlertChannel, after time.Duration, tell func(context.Context, DeviceNotice) error) error {
	devices, err := s.Devices(ctx)
	if err != nil {
		return err
	}
	var failed []error
	for _, d := range devices {
		claimed, err := s.changeDevice(ctx, d.ID, func(d *Device) error { return s.claimAlert(d.alert(by), d, after) })
		switch {
		case errors.Is(err, errNothingToTell), errors.Is(err, ErrNotFound):
			continue
		case err != nil:
			failed = append(failed, fmt.Errorf("watching a device: %w", err))
			continue
		}
		a := **claimed.alert(by)
		if err := tell(ctx, DeviceNotice{claimed, a.ID, a.Trouble, a.Since, a.Over}); err != nil {
			failed = append(failed, fmt.Errorf("telling of device %s: %w", d.ID, err))
			continue
		}
		_, err = s.changeDevice(ctx, d.ID, func(d *Device) error {
			switch p := d.alert(by); {
			case *p == nil || (*p).ID != a.ID:
				return errNothingToTell
			case !a.Over.IsZero():
				*p = nil
			default:
				(*p).Told = true
			}
			return nil
		})
		if err != nil && !errors.Is(err, errNothingToTell) {
			failed = append(failed, fmt.Errorf("watching a device: %w", err))
		}
	}
	return errors.Join(failed...)
}

// alert is where the device keeps the alert of a channel.
func (d *Device) alert(by AlertChannel) **DeviceAlert {
	if by == AlertByMail {
		return &d.MailAlert
	}
	return &d.Alert
}

// claimAlert brings a device's alert up to date and marks it as being told, or
// returns errNothingToTell where there is nothing to tell now.
func (s *Service) claimAlert(p **DeviceAlert, d *Device, after time.Duration) error {
	now := s.Now().UTC().Truncate(time.Second)
	trouble := d.Trouble(now, after)
	a := *p
	switch {
	case a == nil && (trouble == "" || !d.OpeningHours().Open(now)):
		return errNothingToTell
	case a == nil:
		var b [8]byte
		if _, err := io.ReadFull(s.Rand, b[:]); err != nil {
			return fmt.Errorf("naming an alert: %w", err)
		}
		*p = &DeviceAlert{ID: fmt.Sprintf("%x", b), Trouble: trouble, Since: now, Tried: now}
		return nil
	case trouble == "" && a.Over.IsZero():
		a.Over, a.Told, a.Tried = now, false, now
		return nil
	case a.Told || now.Sub(a.Tried) < tellAgain:
		return errNothingToTell
	}
	a.Tried = now
	return nil
}
