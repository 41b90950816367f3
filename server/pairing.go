package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"hailong/server/store"
)

// PairingMinutes is how long a pairing code can be used.
const PairingMinutes = 10

const pairingLen = 8

// A pairing is the right to become a device, once. It is stored under a keyed
// hash of the code.
type pairing struct {
	Settings DeviceSettings `json:"settings"`
	Device   string         `json:"device,omitempty"` // an existing one that is paired again
	Expires  time.Time      `json:"expires"`
	Unit     string         `json:"unit,omitempty"`
}

// A PairingCode (mã ghép) is what an administrator types into a kiosk, or the
// kiosk scans: eight characters of Crockford's base32, 40 bits, for ten
// minutes and one device.
type PairingCode struct {
	Code    string // as people type it, 7K3M-Q2ZD
	Expires time.Time
}

// OfferPairing makes a pairing code for a new device, or with an id for one
// that is paired again: the browser's data were lost, or the tablet replaced.
// The old token works until the new one is taken.
func (s *Service) OfferPairing(ctx context.Context, id string, t DeviceSettings) (PairingCode, error) {
	if id != "" {
		d, err := s.Device(ctx, id)
		if err != nil {
			return PairingCode{}, err
		}
		t = d.Settings()
	}
	t, err := t.check()
	if err != nil {
		return PairingCode{}, err
	}
	if err := s.sweepPairings(ctx); err != nil {
		return PairingCode{}, err
	}
	p := pairing{Settings: t, Device: id, Unit: s.Config.Unit, Expires: s.Now().UTC().Truncate(time.Second).Add(PairingMinutes * time.Minute)}
	for range 20 {
		code, err := s.drawCode(pairingLen)
		if err != nil {
			return PairingCode{}, err
		}
		err = insert(ctx, s.Store, collPairings, oneWay(s.keys.pairing, code), p.order(), p)
		if errors.Is(err, store.ErrExists) {
			continue
		}
		if err != nil {
			return PairingCode{}, fmt.Errorf("storing a pairing: %w", err)
		}
		return PairingCode{code[:4] + "-" + code[4:], p.Expires}, nil
	}
	return PairingCode{}, fmt.Errorf("storing a pairing: %w", store.ErrExists)
}

func (p pairing) order() string { return p.Expires.Format(time.RFC3339) }

// drawCode draws n characters of Crockford's base32.
func (s *Service) drawCode(n int) (string, error) {
	b := make([]byte, n)
	if _, err := io.ReadFull(s.Rand, b); err != nil {
		return "", fmt.Errorf("drawing a code: %w", err)
	}
	for i := range b {
		b[i] = crockford[b[i]&31]
	}
	return string(b), nil
}

// sweepPairings removes the codes that are over.
func (s *Service) sweepPairings(ctx context.Context) error {
	over := store.Range{To: pairing{Expires: s.Now().UTC()}.order(), ByOrder: true, Limit: 100}
	for d, err := range s.Store.Scan(ctx, collPairings, over) {
		if err == nil {
			err = s.Store.Delete(ctx, collPairings, d.Key, 0)
		}
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return fmt.Errorf("removing old pairings: %w", err)
		}
	}
	return nil
}

// readPairingCode reads a code as people type it; ok is false where it cannot be one.
func readPairingCode(s string) (code string, ok bool) {
	if len(s) > 64 {
		return "", false
	}
	out := make([]byte, 0, pairingLen)
	for _, r := range strings.ToUpper(s) {
		switch r {
		case ' ', '-', '\u00a0', '\u2013':
			continue
		case 'O':
			r = '0'
		case 'I', 'L':
			r = '1'
		}
		if r > 'Z' || strings.IndexByte(crockford, byte(r)) < 0 || len(out) == pairingLen {
			return "", false
		}
		out = append(out, byte(r))
	}
	return string(out), len(out) == pairingLen
}

// Pair turns a pairing code into a device and returns its token, which cannot
// be had again. A code that is wrong, used or over is ErrForbidden; callers
// limit how often it may be tried.
//
// The code is taken away before anything is made of it: two kiosks with one
// code get one token. A crash in between costs a code, and the administrator
// makes another.
func (s *Service) Pair(ctx context.Context, text string) (token string, d Device, err error) {
	wrong := fmt.Errorf("%w: wrong pairing code", ErrForbidden)
	code, ok := readPairingCode(text)
	if !ok {
		return "", Device{}, wrong
	}
	key := oneWay(s.keys.pairing, code)
	var p pairing
	version, err := get(ctx, s.Store, collPairings, key, &p)
	if errors.Is(err, store.ErrNotFound) {
		return "", Device{}, wrong
	}
	if err != nil {
		return "", Device{}, fmt.Errorf("reading a pairing: %w", err)
	}
	err = s.Store.Delete(ctx, collPairings, key, version)
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrConflict) {
		return "", Device{}, wrong
	}
	if err != nil {
		return "", Device{}, fmt.Errorf("taking a pairing: %w", err)
	}
	if !s.Now().Before(p.Expires) {
		return "", Device{}, wrong
	}
	if p.Unit != "" {
		if s, err = s.For(ctx, p.Unit); err != nil {
			return "", Device{}, fmt.Errorf("finding a pairing's unit: %w", err)
		}
	}
	return s.makeDevice(ctx, p)
}

func (s *Service) makeDevice(ctx context.Context, p pairing) (token string, d Device, err error) {
	t := p.Settings
	id := p.Device
	if id == "" {
		if id, err = s.drawCode(pairingLen); err != nil {
			return "", Device{}, err
		}
	}
	token, err = s.AddToken(ctx, Token{Role: RoleDevice, Label: t.Label, Counter: t.Counter, Device: id})
	if err != nil {
		return "", Device{}, err
	}
	key := oneWay(s.keys.token, token)
	if p.Device == "" {
		d = Device{ID: id, Token: key, Added: s.Now().UTC().Truncate(time.Second)}
		d.set(t)
		if err := insert(ctx, s.Store, collDevices, id, "", d); err != nil {
			return "", Device{}, fmt.Errorf("storing a device: %w", err)
		}
		return token, d, nil
	}
	var old string
	d, err = s.changeDevice(ctx, id, func(d *Device) error {
		old, d.Token, d.Revoked, d.Status, d.Alert, d.MailAlert = d.Token, key, false, nil, nil, nil
		d.Added = s.Now().UTC().Truncate(time.Second)
		return nil
	})
	if err != nil {
		return "", Device{}, fmt.Errorf("pairing a device again: %w", err)
	}
	err = s.changeToken(ctx, old, func(t *Token) { t.Revoked = true })
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return "", Device{}, fmt.Errorf("revoking a device's old token: %w", err)
	}
	return token, d, nil
}
