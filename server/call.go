package server

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"hailong/server/store"
)

// CallSeconds is for how long a kiosk invites a citizen whose dossier was just
// returned.
const CallSeconds = 180

// callGrace is how much later than that an answer may be finished that was
// begun in time.
const callGrace = 10 * time.Minute

// A Call (lời mời tại ki-ốt) asks the kiosk of one counter to invite the
// citizen whose result was just handed out. What the kiosk gets is a handle:
// the slip's code, sealed with a key that is kept outside the store. The kiosk
// learns neither dossier nor code; the server, when the handle comes back with
// an answer, finds in it the same slip that the citizen has on paper, so that
// a dossier is rated once, whichever is used first.
//
// A call is in the store for CallSeconds, and only until it is used: that is
// the whole time in which the store, together with the key, holds something
// that belongs to both a dossier and an answer (a backup of those minutes too,
// without the key). The handle outlives it on the kiosk, which may have to wait
// for a line.
type Call struct {
	ID        string    `json:"-"` // rises from call to call
	Counter   string    `json:"counter"`
	Procedure string    `json:"procedure,omitempty"`
	Handle    string    `json:"handle"`
	Expires   time.Time `json:"expires"`
}

// For reports whether the call is for a counter's kiosk.
func (c Call) For(counter string) bool {
	return strings.EqualFold(strings.TrimSpace(c.Counter), strings.TrimSpace(counter))
}

// CallKiosk asks the kiosks of a counter to invite the citizen who was just
// given the slip. ok is false where no kiosk stands there.
func (s *Service) CallKiosk(ctx context.Context, slip Slip, counter string) (call Call, ok bool, err error) {
	devices, err := s.Devices(ctx)
	if err != nil {
		return Call{}, false, err
	}
	call = Call{Counter: counter, Procedure: slip.Procedure, Expires: s.Now().UTC().Truncate(time.Second).Add(CallSeconds * time.Second)}
	for _, d := range devices {
		ok = ok || !d.Revoked && d.Counter != "" && call.For(d.Counter)
	}
	if !ok {
		return Call{}, false, nil
	}
	for range 20 {
		// The next number after the highest, and not before the clock: a kiosk
		// that comes back names the last one it saw.
		next := s.Now().UnixMilli()
		for d, err := range s.Store.Scan(ctx, collCalls, store.Range{Reverse: true, Limit: 1}) {
			if err != nil {
				return Call{}, false, fmt.Errorf("reading calls: %w", err)
			}
			var last int64
			if _, err := fmt.Sscanf(d.Key, "%x", &last); err == nil {
				next = max(next, last+1)
			}
		}
		call.ID = fmt.Sprintf("%016x", next)
		if call.Handle, err = s.sealHandle(handle{slip.Code, call.Expires, uint64(next)}); err != nil {
			return Call{}, false, err
		}
		err = insert(ctx, s.Store, collCalls, call.ID, "", call)
		if errors.Is(err, store.ErrExists) {
			continue
		}
		if err != nil {
			return Call{}, false, fmt.Errorf("storing a call: %w", err)
		}
		return call, true, nil
	}
	return Call{}, false, fmt.Errorf("storing a call: %w", store.ErrExists)
}

// Calls returns the calls that are still open, oldest first, and removes from
// the store those that are over: expired, or their slip used or replaced.
func (s *Service) Calls(ctx context.Context) ([]Call, error) {
	var open []Call
	for d, err := range s.Store.Scan(ctx, collCalls, store.Range{}) {
		if err != nil {
			return nil, fmt.Errorf("reading calls: %w", err)
		}
		c := Call{ID: d.Key}
		if err := json.Unmarshal(d.Body, &c); err != nil {
			return nil, fmt.Errorf("decoding a call: %w", err)
		}
		live, err := s.openCall(ctx, c)
		if err != nil {
			return nil, err
		}
		if live {
			open = append(open, c)
			continue
		}
		if err := s.dropCall(ctx, c.ID); err != nil {
			return nil, err
		}
	}
	return open, nil
}

func (s *Service) openCall(ctx context.Context, c Call) (bool, error) {
	if !s.Now().Before(c.Expires) {
		return false, nil
	}
	h, err := s.openHandle(c.Handle)
	if err != nil {
		return false, nil // of no use to anybody
	}
	var inv Invitation
	_, err = get(ctx, s.Store, collInvitations, oneWay(s.keys.invitation, h.code.text), &inv)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return inv.State == InvitationOpen, err
}

func (s *Service) dropCall(ctx context.Context, id string) error {
	err := s.Store.Delete(ctx, collCalls, id, 0)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("removing a call: %w", err)
	}
	return nil
}

// AcceptCall stores the answer that a kiosk sends with a handle, as AcceptSlip
// does for the slip that the handle stands for, and with the same outcomes:
// where the citizen has answered by phone meanwhile it is ErrAnswered. A handle
// that is none is ErrNotFound; an answer given long after the call was over is
// ErrGone.
func (s *Service) AcceptCall(ctx context.Context, text string, sub Submission) (Receipt, error) {
	h, err := s.openHandle(text)
	if err != nil {
		return Receipt{}, err
	}
	// A clock that is not believed says nothing about when; the slip's own
	// last day still holds.
	if s.believed(sub.At) && sub.At.After(h.expires.Add(callGrace)) {
		return Receipt{}, fmt.Errorf("the call is over: %w", ErrGone)
	}
	sub.Lane = LaneKiosk
	r, err := s.AcceptSlip(ctx, h.code, sub)
	if err == nil || errors.Is(err, ErrAnswered) {
		// Where this fails the answer stands all the same, and Calls removes
		// what is left.
		_ = s.dropCall(ctx, fmt.Sprintf("%016x", h.number))
	}
	return r, err
}

// A handle is what is sealed into a call's handle.
type handle struct {
	code    SlipCode
	expires time.Time
	number  uint64 // of the call
}

// sealed is AES-GCM under the house's own key.
func (s *Service) sealed() (cipher.AEAD, error) {
	block, err := aes.NewCipher(s.keys.handle)
	if err != nil {
		return nil, fmt.Errorf("preparing the handle key: %w", err)
	}
	return cipher.NewGCM(block)
}

func (s *Service) sealHandle(h handle) (string, error) {
	aead, err := s.sealed()
	if err != nil {
		return "", err
	}
	nonce := make([]byte, aead.NonceSize(), 64)
	if _, err := io.ReadFull(s.Rand, nonce); err != nil {
		return "", fmt.Errorf("drawing a nonce: %w", err)
	}
	plain := binary.BigEndian.AppendUint64(nil, uint64(h.expires.Unix()))
	plain = binary.BigEndian.AppendUint64(plain, h.number)
	plain = append(plain, h.code.text...)
	return base64.RawURLEncoding.EncodeToString(aead.Seal(nonce, nonce, plain, nil)), nil
}

// openHandle reads a handle; one that this house did not make is ErrNotFound.
func (s *Service) openHandle(text string) (handle, error) {
	wrong := fmt.Errorf("%w: call", ErrNotFound)
	if len(text) > 200 {
		return handle{}, wrong
	}
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return handle{}, wrong
	}
	aead, err := s.sealed()
	if err != nil {
		return handle{}, err
	}
	if len(b) < aead.NonceSize() {
		return handle{}, wrong
	}
	plain, err := aead.Open(nil, b[:aead.NonceSize()], b[aead.NonceSize():], nil)
	if err != nil || len(plain) != 16+codeLen {
		return handle{}, wrong
	}
	code, err := ParseSlipCode(string(plain[16:]))
	if err != nil {
		return handle{}, wrong
	}
	return handle{code, time.Unix(int64(binary.BigEndian.Uint64(plain)), 0), binary.BigEndian.Uint64(plain[8:])}, nil
}
