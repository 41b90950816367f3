package server_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"hailong/server"
)

func TestParseSpans(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ in, want string }{
		{"07:30-11:30, 13:30-17:00", "07:30-11:30, 13:30-17:00"},
		{"7h30–11h30; 13h30 đến 17h", "07:30-11:30, 13:30-17:00"},
		{" 00:00-24:00 ", "00:00-24:00"},
		{"8H-9H,9H-10H", "08:00-09:00, 09:00-10:00"},
		{"", ""},
		{"-", ""},
	} {
		spans, err := server.ParseSpans(tt.in)
		if got := (server.Hours{spans}).Day(time.Sunday); err != nil || got != tt.want {
			t.Errorf("%q is %q, %v; want %q", tt.in, got, err, tt.want)
		}
	}
	for _, bad := range []string{"7", "07:30", "07:30-", "11:30-07:30", "07:30-07:30", "08:00-10:00,09:00-11:00", "13:00-14:00,08:00-09:00", "24:01-24:02", "25:00-26:00",
		"07:60-08:00", "-1:00-2:00", "007:00-08:00", "a-b", "1-2,3-4", "07:30-11:30,", "0:00-0:01,0:02-0:03,0:04-0:05,0:06-0:07,0:08-0:09,0:10-0:11,0:12-0:13"} {
		if spans, err := server.ParseSpans(bad); !errors.Is(err, server.ErrInvalid) {
			t.Errorf("%q is %v, %v; want ErrInvalid", bad, spans, err)
		}
	}
}

func FuzzParseSpans(f *testing.F) {
	for _, s := range []string{"07:30-11:30, 13:30-17:00", "7h-8h", "", "24:00-24:00", "٧:٣٠-٨:٠٠"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		spans, err := server.ParseSpans(s)
		if err != nil {
			return
		}
		last := server.Clock(0)
		for _, sp := range spans {
			if sp.From < last || sp.To <= sp.From || sp.To > 24*60 {
				t.Fatalf("%q gives %v", s, spans)
			}
			last = sp.To
		}
		again, err := server.ParseSpans(server.Hours{spans}.Day(time.Sunday))
		if err != nil || len(again) != len(spans) {
			t.Fatalf("%q is written as something else", s)
		}
	})
}

func TestHours(t *testing.T) {
	t.Parallel()
	h := server.OfficeHours() // 2024-01-15 is a Monday
	for _, tt := range []struct {
		at   string
		want bool
	}{
		{"2024-01-15 07:29:59", false}, {"2024-01-15 07:30:00", true}, {"2024-01-15 11:29:59", true}, {"2024-01-15 11:30:00", false},
		{"2024-01-15 13:30:00", true}, {"2024-01-15 17:00:00", false}, {"2024-01-14 09:00:00", false}, {"2024-01-20 09:00:00", false},
	} {
		if got := h.Open(at(tt.at)); got != tt.want {
			t.Errorf("open at %s: %v", tt.at, got)
		}
	}
	for _, tt := range []struct {
		from, to string
		want     time.Duration
	}{
		{"2024-01-15 08:00:00", "2024-01-15 08:10:00", 10 * time.Minute},
		{"2024-01-15 11:00:00", "2024-01-15 14:00:00", time.Hour},
		{"2024-01-12 16:55:00", "2024-01-15 07:35:00", 10 * time.Minute}, // over a weekend
		{"2024-01-12 18:00:00", "2024-01-15 07:00:00", 0},
		{"2024-01-15 09:00:00", "2024-01-15 08:00:00", 0},
		{"2024-01-15 00:00:00", "2024-01-22 00:00:00", 5 * (7*60 + 30) * time.Minute},
		{"2014-01-15 00:00:00", "2024-01-15 00:00:00", 21 * (7*60 + 30) * time.Minute}, // 31 days back, no further
	} {
		if got := h.Between(at(tt.from), at(tt.to)); got != tt.want {
			t.Errorf("%s to %s: %v, want %v", tt.from, tt.to, got, tt.want)
		}
	}
	var closed server.Hours
	if closed.Open(at("2024-01-15 09:00:00")) || closed.Between(at("2024-01-01 00:00:00"), at("2024-01-31 00:00:00")) != 0 {
		t.Error("a counter that never opens is open")
	}
	b, err := json.Marshal(h)
	var back server.Hours
	if err != nil || json.Unmarshal(b, &back) != nil || back.Day(time.Friday) != h.Day(time.Friday) || back.Day(time.Sunday) != "" {
		t.Errorf("%s, %v", b, err)
	}
}
