package kiosk

import (
	"math/rand"
	"testing"

	"pgregory.net/rapid"

	"hailong/server"
)

func typed(s string) Slip {
	var slip Slip
	for i := range len(s) {
		slip = slip.Type(s[i])
	}
	return slip
}

func TestSlip(t *testing.T) {
	t.Parallel()
	var s Slip
	for _, tt := range []struct {
		do    func(Slip) Slip
		fours string
	}{
		{Slip.Erase, "____-____-____-____"},
		{func(s Slip) Slip { return s.Type('7') }, "7___-____-____-____"},
		{func(s Slip) Slip { return s.Type('I') }, "7___-____-____-____"},
		{func(s Slip) Slip { return s.Type('k') }, "7___-____-____-____"},
		{func(s Slip) Slip { return s.Type('K').Type('3').Type('M').Type('Z') }, "7K3M-Z___-____-____"},
		{Slip.Erase, "7K3M-____-____-____"},
	} {
		if s = tt.do(s); s.Fours() != tt.fours {
			t.Errorf("%q, want %q", s.Fours(), tt.fours)
		}
	}
	if s.Good() || s.Full() || s.Text() != "7K3M" {
		t.Errorf("%q is whole", s.Text())
	}
	if full := typed("00000000000000000000"); !full.Full() || full.Text() != "0000000000000000" || !full.Good() {
		t.Errorf("%q", full.Text())
	}
}

// The kiosk believes what the server believes: every code that the server
// draws, and no other.
func TestSlipAsTheServer(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		code, err := server.NewSlipCode(rand.New(rand.NewSource(rapid.Int64().Draw(t, "seed"))))
		if err != nil {
			t.Fatal(err)
		}
		if !typed(code.Text()).Good() {
			t.Fatal("a code of the server's is not taken")
		}
		text := []byte(code.Text())
		for range rapid.IntRange(1, 3).Draw(t, "slips of the finger") {
			text[rapid.IntRange(0, SlipLen-1).Draw(t, "place")] = rapid.SampledFrom([]byte(SlipAlphabet)).Draw(t, "character")
		}
		if _, err := server.ParseSlipCode(string(text)); typed(string(text)).Good() != (err == nil) {
			t.Fatalf("%s: the kiosk says %v, the server %v", text, err != nil, err)
		}
	})
}
