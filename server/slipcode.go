package server

import (
	"fmt"
	"io"
	"log/slog"
	"strings"
)

// A SlipCode is the secret on a slip (mã phiếu): fifteen random characters of
// Crockford's base32, 75 bits, and a check character. It never appears in
// logs, and the store holds only one-way functions of it.
//
// The check character makes the sixteen values c0…c15 satisfy Σ αⁱ·cᵢ = 0 in
// GF(32) with α a generator of order 31. Every single wrong character and
// every swap of two characters is caught, so a typing slip is told apart from
// an unknown code without asking the store.
type SlipCode struct{ text string }

const (
	crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	codeLen   = 16
)

// NewSlipCode draws a code from r.
func NewSlipCode(r io.Reader) (SlipCode, error) {
	var b [codeLen - 1]byte
	if _, err := io.ReadFull(r, b[:]); err != nil {
		return SlipCode{}, fmt.Errorf("drawing a slip code: %w", err)
	}
	out := make([]byte, codeLen)
	var sum byte
	for i, x := range b {
		x &= 31
		out[i] = crockford[x]
		sum ^= gf32mul(gf32pow(i), x)
	}
	// c15 = sum / α^15
	out[codeLen-1] = crockford[gf32mul(sum, gf32pow(31-(codeLen-1)))]
	return SlipCode{string(out)}, nil
}

// ParseSlipCode reads a code as people type it: any case, with or without
// spaces and hyphens, O for 0 and I or L for 1. The error is ErrInvalid and
// does not repeat the text.
func ParseSlipCode(s string) (SlipCode, error) {
	if len(s) > 64 {
		return SlipCode{}, fmt.Errorf("%w: a slip code has %d characters", ErrInvalid, codeLen)
	}
	var out []byte
	var sum byte
	for _, r := range strings.ToUpper(s) {
		switch r {
		case ' ', '-', '\u00a0', '\u2013':
			continue
		case 'O':
			r = '0'
		case 'I', 'L':
			r = '1'
		}
		v := strings.IndexRune(crockford, r)
		if v < 0 || len(out) == codeLen {
			return SlipCode{}, fmt.Errorf("%w: a slip code has %d letters and digits", ErrInvalid, codeLen)
		}
		sum ^= gf32mul(gf32pow(len(out)), byte(v))
		out = append(out, crockford[v])
	}
	if len(out) != codeLen {
		return SlipCode{}, fmt.Errorf("%w: a slip code has %d letters and digits", ErrInvalid, codeLen)
	}
	if sum != 0 {
		return SlipCode{}, fmt.Errorf("%w: a character of the slip code is mistyped", ErrInvalid)
	}
	return SlipCode{string(out)}, nil
}

// Text returns the sixteen characters, as they stand in a URL.
func (c SlipCode) Text() string { return c.text }

// Fours returns the code in four groups of four, as people type it.
func (c SlipCode) Fours() string {
	if len(c.text) != codeLen {
		return ""
	}
	return c.text[:4] + "-" + c.text[4:8] + "-" + c.text[8:12] + "-" + c.text[12:]
}

// String hides the code, so that a stray %v cannot leak it.
func (c SlipCode) String() string { return "slip code" }

// LogValue hides the code from logs.
func (c SlipCode) LogValue() slog.Value { return slog.StringValue("slip code") }

// URL returns the address on the slip, in upper case so that a QR code can
// hold it in alphanumeric mode: HTTPS://HOST/Q/CODE. The route takes any case.
func (s *Service) URL(c SlipCode) string {
	return strings.ToUpper(s.Config.BaseURL) + "/Q/" + c.text
}

// gf32mul multiplies in GF(2^5) modulo x^5 + x^2 + 1.
func gf32mul(a, b byte) byte {
	var p byte
	for ; b > 0; b >>= 1 {
		if b&1 != 0 {
			p ^= a
		}
		a <<= 1
		if a&32 != 0 {
			a ^= 0b100101
		}
	}
	return p
}

// gf32pow returns α^n for α = x, whose order is 31.
func gf32pow(n int) byte {
	p := byte(1)
	for range n {
		p = gf32mul(p, 2)
	}
	return p
}
