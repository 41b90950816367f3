package server

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha1" // RFC 6238 as every authenticator application computes it
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"

	"hailong/server/store"
)

// A SecondFactor (xác thực hai bước) is a secret that the user's telephone
// shares with the service, from which both compute a code of six digits every
// thirty seconds (TOTP, RFC 6238). The secret is encrypted under a key that is
// not in the store.
type SecondFactor struct {
	Nonce  []byte `json:"nonce"`
	Secret []byte `json:"secret"` // AES-256-GCM
	// Confirmed is the day on which the user gave a first code; "" while the
	// telephone is still being set up, and then no code is asked for.
	Confirmed Day `json:"confirmed,omitempty"`
	// Last is the newest step whose code was taken: none is taken twice.
	Last int64 `json:"last,omitempty"`
	// Recovery are one-way functions of the recovery codes that are left.
	Recovery []string `json:"recovery,omitempty"`
}

// The parameters of the codes; every authenticator application knows these.
const (
	totpPeriod    = 30 // seconds
	totpDigits    = 6
	totpSecret    = 20 // bytes, as RFC 4226 recommends
	totpDrift     = 1  // steps that a telephone's clock may be wrong
	recoveryCodes = 10
)

// hotp is the code of a counter (RFC 4226).
func hotp(secret []byte, counter uint64, digits int) string {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], counter)
	m := hmac.New(sha1.New, secret)
	m.Write(b[:])
	sum := m.Sum(nil)
	at := sum[len(sum)-1] & 0xf
	v, pow := uint64(binary.BigEndian.Uint32(sum[at:])&0x7fffffff), uint64(1)
	for range digits {
		pow *= 10
	}
	return fmt.Sprintf("%0*d", digits, v%pow)
}

// HasSecondFactor reports whether signing in asks for a code.
func (u User) HasSecondFactor() bool { return u.Second != nil && u.Second.Confirmed != "" }

// Credential is a text that changes whenever how the user signs in changes: a
// session remembers a one-way function of it.
func (u User) Credential() string {
	if !u.HasSecondFactor() {
		return u.Hash
	}
	return u.Hash + " " + base64.RawStdEncoding.EncodeToString(u.Second.Nonce)
}

func (s *Service) secondCipher() (cipher.AEAD, error) {
	block, err := aes.NewCipher(s.keys.second)
	if err != nil {
		return nil, fmt.Errorf("preparing the key of second factors: %w", err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("preparing the key of second factors: %w", err)
	}
	return aead, nil
}

// secondSecret opens a user's secret.
func (s *Service) secondSecret(u User) ([]byte, error) {
	aead, err := s.secondCipher()
	if err != nil {
		return nil, err
	}
	if u.Second == nil || len(u.Second.Nonce) != aead.NonceSize() {
		return nil, fmt.Errorf("opening a second factor: %w", ErrWrongKey)
	}
	secret, err := aead.Open(nil, u.Second.Nonce, u.Second.Secret, []byte("totp/"+u.Name))
	if err != nil {
		return nil, fmt.Errorf("opening a second factor: %w", ErrWrongKey)
	}
	return secret, nil
}

// An Enrolment is what a telephone needs to be set up.
type Enrolment struct {
	Secret string // base32, in groups of four, to be typed
	URI    string // otpauth://, for the QR
}

// BeginSecondFactor draws a secret for a user who has no second factor, or
// returns the one that is already being set up. Nothing is asked for at sign-in
// before it is confirmed. store.ErrExists: the user has one.
func (s *Service) BeginSecondFactor(ctx context.Context, name string) (Enrolment, error) {
	var e Enrolment
	err := s.changeUser(ctx, name, func(u *User) error {
		if u.HasSecondFactor() {
			return fmt.Errorf("second factor: %w", store.ErrExists)
		}
		if u.Second != nil {
			return errUnchanged
		}
		aead, err := s.secondCipher()
		if err != nil {
			return err
		}
		raw := make([]byte, totpSecret+aead.NonceSize())
		if _, err := io.ReadFull(s.Rand, raw); err != nil {
			return fmt.Errorf("drawing a second factor: %w", err)
		}
		nonce := raw[totpSecret:]
		u.Second = &SecondFactor{Nonce: nonce, Secret: aead.Seal(nil, nonce, raw[:totpSecret], []byte("totp/"+u.Name))}
		return nil
	})
	if err != nil {
		return e, err
	}
	u, err := s.User(ctx, name)
	if err != nil {
		return e, err
	}
	secret, err := s.secondSecret(u)
	if err != nil {
		return e, err
	}
	text := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(secret)
	label := "Hài Lòng " + s.Config.Unit
	e.URI = "otpauth://totp/" + url.PathEscape(label+":"+u.Name) + "?secret=" + text + "&issuer=" + url.PathEscape(label)
	for part := range slices.Chunk([]byte(text), 4) {
		e.Secret = strings.TrimSpace(e.Secret + " " + string(part))
	}
	return e, nil
}

// ConfirmSecondFactor takes the first code of a telephone that was set up, and
// returns the recovery codes, which cannot be had again. ErrForbidden: a wrong code.
func (s *Service) ConfirmSecondFactor(ctx context.Context, name, code string) (recovery []string, err error) {
	err = s.changeUser(ctx, name, func(u *User) error {
		if u.HasSecondFactor() {
			return fmt.Errorf("second factor: %w", store.ErrExists)
		}
		if u.Second == nil {
			return fmt.Errorf("%w: no second factor is being set up", ErrInvalid)
		}
		if err := s.takeCode(u, code); err != nil {
			return err
		}
		u.Second.Confirmed, u.Second.Recovery, recovery = s.Today(), nil, nil
		for range recoveryCodes {
			raw := make([]byte, 12)
			if _, err := io.ReadFull(s.Rand, raw); err != nil {
				return fmt.Errorf("drawing recovery codes: %w", err)
			}
			for i, b := range raw {
				raw[i] = crockford[b&31]
			}
			text := string(raw)
			u.Second.Recovery = append(u.Second.Recovery, s.recoveryHash(u.Name, text))
			recovery = append(recovery, strings.ToLower(text[:4]+"-"+text[4:8]+"-"+text[8:]))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return recovery, nil
}

// CheckSecondFactor takes a code of a user's telephone, each once, or one of the
// recovery codes, each once. ErrForbidden: neither.
func (s *Service) CheckSecondFactor(ctx context.Context, name, code string) (left int, err error) {
	err = s.changeUser(ctx, name, func(u *User) error {
		if !u.HasSecondFactor() {
			return fmt.Errorf("%w: no second factor", ErrForbidden)
		}
		if hash := s.recoveryHash(u.Name, code); IsRecoveryCode(code) && slices.Contains(u.Second.Recovery, hash) {
			u.Second.Recovery = slices.DeleteFunc(slices.Clone(u.Second.Recovery), func(h string) bool { return h == hash })
			left = len(u.Second.Recovery)
			return nil
		}
		left = len(u.Second.Recovery)
		return s.takeCode(u, code)
	})
	return left, err
}

// IsRecoveryCode tells what is meant as a recovery code from what is meant as
// the six digits of a telephone.
func IsRecoveryCode(code string) bool { return len(plainCode(code)) > totpDigits }

// plainCode is a code without what people type between its letters.
func plainCode(code string) string {
	return strings.NewReplacer(" ", "", "-", "", "O", "0", "I", "1", "L", "1").Replace(strings.ToUpper(code))
}

func (s *Service) recoveryHash(name, code string) string {
	return oneWay(s.keys.token, "recovery/"+name+"/"+plainCode(code))
}

// takeCode marks the step of a right code as used. A wrong one, or one of a step
// that is not newer than the last, is ErrForbidden.
func (s *Service) takeCode(u *User, code string) error {
	secret, err := s.secondSecret(*u)
	if err != nil {
		return err
	}
	code = plainCode(code)
	now, found := s.Now().Unix()/totpPeriod, int64(0)
	for step := now - totpDrift; step <= now+totpDrift; step++ {
		if hmac.Equal([]byte(hotp(secret, uint64(step), totpDigits)), []byte(code)) && step > u.Second.Last {
			found = step
		}
	}
	if found == 0 {
		return fmt.Errorf("%w: wrong code", ErrForbidden)
	}
	u.Second.Last = found
	return nil
}

// DropSecondFactor takes a user's second factor away: sign-in asks for the
// password only. It is no error where there is none.
func (s *Service) DropSecondFactor(ctx context.Context, name string) error {
	return s.changeUser(ctx, name, func(u *User) error {
		if u.Second == nil {
			return errUnchanged
		}
		u.Second = nil
		return nil
	})
}

// errUnchanged says that there is nothing to store.
var errUnchanged = errors.New("unchanged")

// changeUser replaces a user; ErrNotFound where there is none.
func (s *Service) changeUser(ctx context.Context, name string, change func(*User) error) error {
	name = strings.ToLower(name)
	for range 20 {
		var u User
		version, err := get(ctx, s.Store, collUsers, name, &u)
		if errors.Is(err, store.ErrNotFound) {
			return fmt.Errorf("%w: user %s", ErrNotFound, name)
		}
		if err == nil && !s.mine(u.Unit) {
			err = fmt.Errorf("%w: user %s", ErrNotFound, name)
		}
		if err != nil {
			return err
		}
		err = change(&u)
		if errors.Is(err, errUnchanged) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := replace(ctx, s.Store, collUsers, name, "", version, u); !errors.Is(err, store.ErrConflict) {
			return err
		}
	}
	return store.ErrConflict
}
