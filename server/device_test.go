package server_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"hailong/server"
)

// kiosk pairs a device at a counter and returns its token.
func (h *house) kiosk(t testing.TB, counter string) (string, server.Device) {
	t.Helper()
	code, err := h.OfferPairing(t.Context(), "", server.DeviceSettings{Label: "ki-ốt", Counter: counter, Interval: 20})
	if err != nil {
		t.Fatal(err)
	}
	token, d, err := h.Pair(t.Context(), code.Code)
	if err != nil {
		t.Fatal(err)
	}
	return token, d
}

func TestPair(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	code, err := h.OfferPairing(t.Context(), "", server.DeviceSettings{Label: " sảnh ", Counter: " Quầy 3 ", Interval: 20, DropHalf: true, ScanPace: 2500})
	if err != nil || len(code.Code) != 9 || !code.Expires.Equal(at("2024-01-15 09:10:00")) {
		t.Fatalf("%+v, %v", code, err)
	}
	for _, wrong := range []string{"", "0000-0000", code.Code + "0", "ỡ", strings.Repeat("x", 100)} {
		if _, _, err := h.Pair(t.Context(), wrong); !errors.Is(err, server.ErrForbidden) || err != nil && wrong != "" && strings.Contains(err.Error(), wrong) {
			t.Errorf("%q: %v", wrong, err)
		}
	}
	// Two kiosks type one code, in lower case and with spaces: one of them gets in.
	typed := strings.ToLower(strings.ReplaceAll(code.Code, "-", " "))
	var tokens []string
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			token, _, err := h.Pair(context.WithoutCancel(t.Context()), typed)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				tokens = append(tokens, token)
			} else if !errors.Is(err, server.ErrForbidden) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if len(tokens) != 1 {
		t.Fatalf("%d devices from one code", len(tokens))
	}
	d, err := h.DeviceOf(t.Context(), tokens[0])
	if err != nil || d.Label != "sảnh" || d.Counter != "Quầy 3" || d.Interval != 20 || !d.DropHalf || d.Pace() != 2500 || !d.OpeningHours().Open(at("2024-01-15 09:00:00")) {
		t.Errorf("%+v, %v", d, err)
	}
	tok, err := h.TokenOf(t.Context(), tokens[0])
	if err != nil || tok.Role != server.RoleDevice || tok.Counter != "Quầy 3" {
		t.Errorf("%+v, %v", tok, err)
	}

	late, err := h.OfferPairing(t.Context(), "", server.DeviceSettings{Counter: "Quầy 3"})
	if err != nil {
		t.Fatal(err)
	}
	h.set("2024-01-15 09:10:00")
	if _, _, err := h.Pair(t.Context(), late.Code); !errors.Is(err, server.ErrForbidden) {
		t.Errorf("a code of ten minutes ago: %v", err)
	}
	for name, bad := range map[string]server.DeviceSettings{
		"no counter": {}, "a long label": {Counter: "1", Label: strings.Repeat("x", 101)}, "a control character": {Counter: "1\x00"},
		"an interval below 0": {Counter: "1", Interval: -1}, "a long interval": {Counter: "1", Interval: server.MaxInterval + 1},
		"a hasty scan": {Counter: "1", ScanPace: server.MinScanPace - 1}, "a slow scan": {Counter: "1", ScanPace: server.MaxScanPace + 1},
	} {
		if _, err := h.OfferPairing(t.Context(), "", bad); !errors.Is(err, server.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestDeviceRevoked(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	token, d := h.kiosk(t, "Quầy 3")
	if err := h.RevokeDevice(t.Context(), d.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := h.DeviceOf(t.Context(), token); !errors.Is(err, server.ErrForbidden) {
		t.Errorf("the device: %v", err)
	}
	if _, err := h.TokenOf(t.Context(), token); !errors.Is(err, server.ErrForbidden) {
		t.Errorf("its token: %v", err)
	}
	// Paired again it is the same device, with another token.
	code, err := h.OfferPairing(t.Context(), d.ID, server.DeviceSettings{})
	if err != nil {
		t.Fatal(err)
	}
	again, e, err := h.Pair(t.Context(), code.Code)
	if err != nil || e.ID != d.ID || e.Counter != "Quầy 3" || e.Revoked || again == token {
		t.Fatalf("%+v, %v", e, err)
	}
	if _, err := h.DeviceOf(t.Context(), token); !errors.Is(err, server.ErrForbidden) {
		t.Errorf("the old token: %v", err)
	}
	if _, err := h.DeviceOf(t.Context(), again); err != nil {
		t.Errorf("the new token: %v", err)
	}
	// A tablet is replaced without revoking the old one first.
	if code, err = h.OfferPairing(t.Context(), d.ID, server.DeviceSettings{}); err != nil {
		t.Fatal(err)
	}
	third, _, err := h.Pair(t.Context(), code.Code)
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]bool{token: false, again: false, third: true} {
		if _, err := h.TokenOf(t.Context(), text); (err == nil) != want {
			t.Errorf("in: %v, want %v", err == nil, want)
		}
	}
	if err := h.RevokeDevice(t.Context(), "nobody"); !errors.Is(err, server.ErrNotFound) {
		t.Errorf("no such device: %v", err)
	}
	if _, err := h.OfferPairing(t.Context(), "nobody", server.DeviceSettings{Counter: "1"}); !errors.Is(err, server.ErrNotFound) {
		t.Errorf("no such device: %v", err)
	}
}

// A token made on the command line is a device from its first call on.
func TestDeviceOfToken(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	text, err := h.AddToken(t.Context(), server.Token{Role: server.RoleDevice, Label: "cũ", Counter: "Quầy 2"})
	if err != nil {
		t.Fatal(err)
	}
	d, err := h.DeviceOf(t.Context(), text)
	if err != nil || d.Counter != "Quầy 2" || d.Label != "cũ" {
		t.Fatalf("%+v, %v", d, err)
	}
	if d, err = h.SetDevice(t.Context(), d.ID, server.DeviceSettings{Counter: "Quầy 4", Label: "mới"}); err != nil {
		t.Fatal(err)
	}
	if k, err := h.TokenOf(t.Context(), text); err != nil || k.Counter != "Quầy 4" {
		t.Errorf("answers without a slip would be counted at %q, %v", k.Counter, err)
	}
	if all, err := h.Devices(t.Context()); err != nil || len(all) != 1 || all[0].ID != d.ID || all[0].Counter != "Quầy 4" {
		t.Errorf("%+v, %v", all, err)
	}
	if err := h.RevokeDevice(t.Context(), d.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := h.TokenOf(t.Context(), text); !errors.Is(err, server.ErrForbidden) {
		t.Errorf("revoked: %v", err)
	}
	city, err := h.AddToken(t.Context(), server.Token{Role: server.RoleCity})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.DeviceOf(t.Context(), city); !errors.Is(err, server.ErrForbidden) {
		t.Errorf("the city is no kiosk: %v", err)
	}
}

func TestReport(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, d := h.kiosk(t, "Quầy 3")
	// The clock is a year fast; the oldest answer was given 90 minutes ago.
	clock := at("2024-01-15 09:00:00").AddDate(1, 0, 0)
	d, err := h.Report(t.Context(), d.ID, server.Heartbeat{Clock: clock, Version: "1.2", Queue: 3, Refused: 1, Oldest: clock.Add(-90 * time.Minute), Persisted: true, Used: 5, Quota: 10})
	if err != nil {
		t.Fatal(err)
	}
	st := d.Status
	if !st.Seen.Equal(at("2024-01-15 09:00:00")) || !st.Oldest.Equal(at("2024-01-15 07:30:00")) || st.Queue != 3 || st.Refused != 1 || !st.Persisted || st.Version != "1.2" {
		t.Errorf("%+v", st)
	}
	if got := d.Corrected(clock.Add(-time.Hour)); !got.Equal(at("2024-01-15 08:00:00")) {
		t.Errorf("corrected to %v", got)
	}
	if got := (server.Device{Status: &server.DeviceStatus{Skew: 4000}}).Corrected(clock); !got.Equal(clock) {
		t.Errorf("what a slow line explains is corrected: %v", got)
	}
	if got := (server.Device{}).Corrected(clock); !got.Equal(clock) {
		t.Errorf("a device that never reported is corrected: %v", got)
	}
	for name, bad := range map[string]server.Heartbeat{"no clock": {}, "a negative queue": {Clock: clock, Queue: -1}, "a long version": {Clock: clock, Version: strings.Repeat("x", 101)}} {
		if _, err := h.Report(t.Context(), d.ID, bad); !errors.Is(err, server.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := h.Report(t.Context(), "nobody", server.Heartbeat{Clock: clock}); !errors.Is(err, server.ErrNotFound) {
		t.Errorf("%v", err)
	}
}

func TestTrouble(t *testing.T) {
	t.Parallel()
	added := at("2024-01-08 09:00:00")
	seen := func(s, oldest string) *server.DeviceStatus {
		st := &server.DeviceStatus{Seen: at(s)}
		if oldest != "" {
			st.Oldest, st.Queue = at(oldest), 1
		}
		return st
	}
	for _, tt := range []struct {
		name string
		st   *server.DeviceStatus
		now  string
		want server.Trouble
	}{
		{"seen just now", seen("2024-01-15 08:59:30", ""), "2024-01-15 09:00:00", ""},
		{"silent", seen("2024-01-15 08:50:00", ""), "2024-01-15 09:00:00", server.TroubleSilent},
		{"asleep at night", seen("2024-01-15 17:10:00", ""), "2024-01-16 05:00:00", ""},
		{"just opened", seen("2024-01-15 17:10:00", ""), "2024-01-16 07:35:00", ""},
		{"did not wake up", seen("2024-01-15 17:10:00", ""), "2024-01-16 07:40:00", server.TroubleSilent},
		{"silent at closing time", seen("2024-01-15 16:45:00", ""), "2024-01-15 22:00:00", server.TroubleSilent},
		{"an answer waits", seen("2024-01-15 09:00:00", "2024-01-15 08:45:00"), "2024-01-15 09:00:00", server.TroubleStuck},
		{"an answer of last night", seen("2024-01-16 07:31:00", "2024-01-15 18:00:00"), "2024-01-16 07:31:00", ""},
		{"never reported", nil, "2024-01-15 09:00:00", ""},
	} {
		d := server.Device{Added: added, Status: tt.st}
		if got := d.Trouble(at(tt.now), 10*time.Minute); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
		d.Revoked = true
		if got := d.Trouble(at(tt.now), 10*time.Minute); got != "" {
			t.Errorf("%s, revoked: %q", tt.name, got)
		}
	}
}

func TestWatchDevices(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, d := h.kiosk(t, "Quầy 3")
	var told []string
	deaf := false
	watch := func() {
		t.Helper()
		err := h.WatchDevices(t.Context(), server.AlertByWebhook, 10*time.Minute, func(_ context.Context, n server.DeviceNotice) error {
			if deaf {
				return errors.New("no answer")
			}
			word := string(n.Trouble)
			if !n.Over.IsZero() {
				word += " over"
			}
			told = append(told, fmt.Sprintf("%s %s", n.Device.Counter, word))
			return nil
		})
		if (err != nil) != deaf && err != nil {
			t.Fatal(err)
		}
	}
	want := func(step string, words ...string) {
		t.Helper()
		watch()
		if !slices.Equal(told, words) {
			t.Errorf("%s: told %q, want %q", step, told, words)
		}
		told = nil
	}
	beat := func() {
		t.Helper()
		if _, err := h.Report(t.Context(), d.ID, server.Heartbeat{Clock: h.Now()}); err != nil {
			t.Fatal(err)
		}
	}
	beat()
	want("well")
	h.set("2024-01-15 09:11:00")
	want("silent", "Quầy 3 silent")
	want("told once")
	h.set("2024-01-15 12:00:00") // lunch
	want("still silent")
	beat()
	want("heard of again", "Quầy 3 silent over")
	want("over once")

	// Nobody hears: told again after a minute, and the end too.
	h.set("2024-01-15 14:00:00")
	deaf = true
	want("nobody hears")
	deaf = false
	want("not at once")
	h.set("2024-01-15 14:02:00")
	want("a minute later", "Quầy 3 silent")
	beat()
	deaf = true
	want("nobody hears the end")
	deaf = false
	h.set("2024-01-15 14:04:00")
	want("the end, a minute later", "Quầy 3 silent over")

	// Silent at night is nobody's trouble; revoked is over.
	h.set("2024-01-15 23:00:00")
	want("at night")
	h.set("2024-01-16 08:00:00")
	want("in the morning", "Quầy 3 silent")
	if err := h.RevokeDevice(t.Context(), d.ID); err != nil {
		t.Fatal(err)
	}
	want("revoked")
}

// Several servers watch one store: each notice is told once.
func TestWatchDevicesTogether(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for i := range 5 {
		_, d := h.kiosk(t, fmt.Sprintf("Quầy %d", i))
		if _, err := h.Report(t.Context(), d.ID, server.Heartbeat{Clock: h.Now()}); err != nil {
			t.Fatal(err)
		}
	}
	h.set("2024-01-15 10:00:00")
	var mu sync.Mutex
	told := map[string]int{}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			err := h.WatchDevices(context.WithoutCancel(t.Context()), server.AlertByWebhook, 10*time.Minute, func(_ context.Context, n server.DeviceNotice) error {
				mu.Lock()
				defer mu.Unlock()
				told[n.Device.ID]++
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if len(told) != 5 {
		t.Errorf("%d devices told of", len(told))
	}
	for id, n := range told {
		if n != 1 {
			t.Errorf("%s told %d times", id, n)
		}
	}
}
