package server_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"

	"hailong/server"
)

const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// drawCode is a slip code of any randomness.
func drawCode(t *rapid.T) server.SlipCode {
	c, err := server.NewSlipCode(bytes.NewReader(rapid.SliceOfN(rapid.Byte(), 15, 15).Draw(t, "random")))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestSlipCodeForm(t *testing.T) {
	t.Parallel()
	c, err := server.NewSlipCode(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`^[0-9A-HJKMNP-TV-Z]{16}$`).MatchString(c.Text()) {
		t.Errorf("text %q", c.Text())
	}
	if c.Fours() != c.Text()[:4]+"-"+c.Text()[4:8]+"-"+c.Text()[8:12]+"-"+c.Text()[12:] {
		t.Errorf("in fours %q", c.Fours())
	}
	if (server.SlipCode{}).Fours() != "" {
		t.Error("no code has fours")
	}
	if _, err := server.NewSlipCode(iotest.TimeoutReader(strings.NewReader("short"))); err == nil {
		t.Error("a code from too little chance")
	}
}

// All 75 bits count: each random byte gives five of them, each value of them
// another code.
func TestSlipCodeUsesAllBits(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for at := range 15 {
		for v := range 32 {
			b := make([]byte, 15)
			b[at] = byte(v)
			c, err := server.NewSlipCode(bytes.NewReader(b))
			if err != nil {
				t.Fatal(err)
			}
			seen[c.Text()[:15]] = true
		}
	}
	if len(seen) != 15*31+1 {
		t.Errorf("%d codes, want %d", len(seen), 15*31+1)
	}
}

// However a code is typed, it reads as itself.
func TestSlipCodeRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := drawCode(t)
		var typed strings.Builder
		for _, r := range c.Text() {
			typed.WriteString(rapid.SampledFrom([]string{"", "", "", " ", "-", "\u00a0", "\u2013", " - "}).Draw(t, "between"))
			switch {
			case r == '0' && rapid.Bool().Draw(t, "O"):
				r = 'O'
			case r == '1':
				r = rapid.SampledFrom([]rune{'1', 'I', 'L'}).Draw(t, "one")
			}
			if rapid.Bool().Draw(t, "lower") {
				typed.WriteString(strings.ToLower(string(r)))
			} else {
				typed.WriteRune(r)
			}
		}
		got, err := server.ParseSlipCode(typed.String())
		if err != nil || got != c {
			t.Fatalf("%q reads as %q, %v; want %q", typed.String(), got.Text(), err, c.Text())
		}
		for _, s := range []string{c.Text(), c.Fours(), strings.ToLower(c.Fours())} {
			if got, err := server.ParseSlipCode(s); err != nil || got != c {
				t.Fatalf("%q reads as %q, %v", s, got.Text(), err)
			}
		}
	})
}

// Every wrong character and every swap of two is caught, wherever it is.
func TestSlipCodeCatchesTyping(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := drawCode(t).Text()
		wrong := func(b []byte) {
			if _, err := server.ParseSlipCode(string(b)); !errors.Is(err, server.ErrInvalid) {
				t.Fatalf("%q for %q is taken: %v", b, text, err)
			} else if strings.Contains(err.Error(), string(b)) {
				t.Fatalf("the error repeats the code: %v", err)
			}
		}
		for i := range text {
			for _, r := range []byte(crockford) {
				if r != text[i] {
					b := []byte(text)
					b[i] = r
					wrong(b)
				}
			}
			for j := range i {
				if text[i] != text[j] {
					b := []byte(text)
					b[i], b[j] = b[j], b[i]
					wrong(b)
				}
			}
			wrong([]byte(text[:i] + text[i+1:]))
		}
		wrong([]byte(text + "0"))
	})
}

func TestParseSlipCodeRefuses(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"", " ", "----", "0", strings.Repeat("0", 15), strings.Repeat("0", 17), strings.Repeat("0", 1<<20), "U000000000000000", "000000000000000*", "ééééééééééééééé1", "\xff\xfe", "０００００００００００００００0"} {
		if c, err := server.ParseSlipCode(s); !errors.Is(err, server.ErrInvalid) || c != (server.SlipCode{}) {
			t.Errorf("%.20q reads as %v, %v", s, c.Text(), err)
		}
	}
}

func FuzzParseSlipCode(f *testing.F) {
	for _, s := range []string{"", strings.Repeat("0", 16), "0000-0000-0000-0000", "oooo oooo oooo oooo", "ilil-ilil-ilil-ilil", "ABCD-EFGH-JKMN-PQRS", "ſ", "ı", "\u2013", strings.Repeat("-", 65)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c, err := server.ParseSlipCode(s)
		if err != nil {
			if !errors.Is(err, server.ErrInvalid) || c.Text() != "" {
				t.Fatalf("%q gave %q and %v", s, c.Text(), err)
			}
			return
		}
		if len(c.Text()) != 16 || strings.Trim(c.Text(), crockford) != "" {
			t.Fatalf("%q reads as %q", s, c.Text())
		}
		if again, err := server.ParseSlipCode(c.Fours()); err != nil || again != c {
			t.Fatalf("%q reads as %q, that as %q, %v", s, c.Text(), again.Text(), err)
		}
	})
}

// A code that strays into a message or a log is not readable there.
func TestSlipCodeHides(t *testing.T) {
	t.Parallel()
	c, err := server.NewSlipCode(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "code", c)
	for _, out := range []string{log.String(), fmt.Sprint(c), fmt.Sprintf("%v %+v %s %q", c, c, c, c), fmt.Sprintln(fmt.Errorf("x: %v", c))} {
		if strings.Contains(out, c.Text()) || strings.Contains(out, c.Fours()) {
			t.Errorf("readable in %q", out)
		}
	}
}
