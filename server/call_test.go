package server_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"hailong/server"
)

var pleased = server.Submission{Survey: "sipas-short", Given: map[string]string{"overall": "5"}, Lang: "vi"}

// call returns a slip and the call of the kiosk at its counter.
func (h *house) call(t testing.TB) (server.Slip, server.Call) {
	t.Helper()
	slip := h.one(t)
	call, ok, err := h.CallKiosk(t.Context(), slip, slip.Counter)
	if err != nil || !ok {
		t.Fatalf("called %v, %v", ok, err)
	}
	return slip, call
}

func TestCallKiosk(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	slip := h.one(t)
	if _, ok, err := h.CallKiosk(t.Context(), slip, slip.Counter); ok || err != nil {
		t.Errorf("a counter without a kiosk: %v, %v", ok, err)
	}
	h.kiosk(t, "quầy 3 ") // people do not type counters alike
	call, ok, err := h.CallKiosk(t.Context(), slip, slip.Counter)
	if err != nil || !ok || !call.For("Quầy 3") || call.For("Quầy 4") {
		t.Fatalf("%+v, %v, %v", call, ok, err)
	}
	if strings.Contains(call.Handle, slip.Code.Text()) || strings.Contains(call.Handle, string(slip.Dossier)) {
		t.Error("the handle shows what it stands for")
	}
	if strings.Contains(fmt.Sprint(dump(t, h.memory)), slip.Code.Text()) {
		t.Error("the store holds the slip's code")
	}
	open, err := h.Calls(t.Context())
	if err != nil || len(open) != 1 || open[0].Handle != call.Handle {
		t.Fatalf("%+v, %v", open, err)
	}

	r, err := h.AcceptCall(t.Context(), call.Handle, pleased)
	if err != nil || r.Already {
		t.Fatalf("%+v, %v", r, err)
	}
	if a := h.answers(t); len(a) != 1 || a[0].Lane != server.LaneKiosk || a[0].Officer != "CC07" || a[0].Counter != "Quầy 3" {
		t.Errorf("stored %+v", a)
	}
	// Used, nothing at rest belongs to both dossier and answer.
	if open, err := h.Calls(t.Context()); err != nil || len(open) != 0 {
		t.Errorf("%+v, %v", open, err)
	}
	if all := fmt.Sprint(dump(t, h.memory)); strings.Contains(all, call.Handle) || strings.Contains(all, "kiosk_calls") {
		t.Error("the handle is still in the store")
	}
	// A reply was lost: the same again, much later, is already.
	h.set("2024-01-20 09:00:00")
	sent := pleased
	sent.At = at("2024-01-15 09:01:00")
	if again, err := h.AcceptCall(t.Context(), call.Handle, sent); err != nil || !again.Already || again.Code != r.Code {
		t.Errorf("%+v, %v", again, err)
	}
	// The slip in the citizen's hand is spent, and says so.
	other := server.Submission{Given: map[string]string{"overall": "1"}}
	if _, err := h.AcceptSlip(t.Context(), slip.Code, other); !errors.Is(err, server.ErrAnswered) {
		t.Errorf("the slip after the kiosk: %v", err)
	}
	other.At = sent.At
	if _, err := h.AcceptCall(t.Context(), call.Handle, other); !errors.Is(err, server.ErrAnswered) {
		t.Errorf("another answer with the handle: %v", err)
	}
}

// The citizen answers by phone while the kiosk invites.
func TestCallAnsweredByPhone(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.kiosk(t, "Quầy 3")
	slip, call := h.call(t)
	if _, err := h.AcceptSlip(t.Context(), slip.Code, pleased); err != nil {
		t.Fatal(err)
	}
	if open, err := h.Calls(t.Context()); err != nil || len(open) != 0 {
		t.Errorf("the kiosk goes on inviting: %+v, %v", open, err)
	}
	if _, err := h.AcceptCall(t.Context(), call.Handle, server.Submission{Given: map[string]string{"overall": "2"}}); !errors.Is(err, server.ErrAnswered) {
		t.Errorf("%v, want ErrAnswered", err)
	}
	if got := h.answers(t); len(got) != 1 || got[0].Lane != server.LaneSlip {
		t.Errorf("%+v", got)
	}
}

func TestCallOver(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.kiosk(t, "Quầy 3")
	_, call := h.call(t)
	h.set("2024-01-15 09:03:00")
	if open, err := h.Calls(t.Context()); err != nil || len(open) != 0 {
		t.Errorf("after %d seconds: %+v, %v", server.CallSeconds, open, err)
	}
	// Given in time, the line was down for two days.
	h.set("2024-01-17 10:00:00")
	late := pleased
	late.At = at("2024-01-15 14:00:00")
	if _, err := h.AcceptCall(t.Context(), call.Handle, late); !errors.Is(err, server.ErrGone) {
		t.Errorf("an answer of the afternoon: %v", err)
	}
	late.At = at("2024-01-15 09:05:00")
	if _, err := h.AcceptCall(t.Context(), call.Handle, late); err != nil {
		t.Errorf("given in time, sent late: %v", err)
	}
	if a := h.answers(t); len(a) != 1 || a[0].Day != "2024-01-15" {
		t.Errorf("%+v", a)
	}
}

func TestCallReissued(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.kiosk(t, "Quầy 3")
	slip, old := h.call(t)
	again, err := h.Issue(t.Context(), slip.Dossier, server.Reissue)
	if err != nil {
		t.Fatal(err)
	}
	call, ok, err := h.CallKiosk(t.Context(), again, again.Counter)
	if err != nil || !ok || call.ID <= old.ID {
		t.Fatalf("%+v after %s, %v", call, old.ID, err)
	}
	if open, err := h.Calls(t.Context()); err != nil || len(open) != 1 || open[0].ID != call.ID {
		t.Errorf("%+v, %v", open, err)
	}
	if _, err := h.AcceptCall(t.Context(), old.Handle, pleased); !errors.Is(err, server.ErrGone) {
		t.Errorf("the handle of the slip that was replaced: %v", err)
	}
}

func TestWrongHandle(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.kiosk(t, "Quầy 3")
	_, call := h.call(t)
	flipped := []byte(call.Handle)
	flipped[20] ^= 1
	for _, bad := range []string{"", "x", "!", string(flipped), call.Handle[:30], call.Handle + "AAAA", strings.Repeat("A", 500)} {
		if _, err := h.AcceptCall(t.Context(), bad, pleased); !errors.Is(err, server.ErrNotFound) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	// Nonsense with a right handle uses nothing up.
	if _, err := h.AcceptCall(t.Context(), call.Handle, server.Submission{Given: map[string]string{"overall": "9"}}); !errors.Is(err, server.ErrInvalid) {
		t.Errorf("nonsense: %v", err)
	}
	if open, err := h.Calls(t.Context()); err != nil || len(open) != 1 {
		t.Errorf("%+v, %v", open, err)
	}
	if _, err := h.AcceptCall(t.Context(), call.Handle, pleased); err != nil {
		t.Errorf("after nonsense: %v", err)
	}
	if (server.CallSeconds * time.Second) < time.Minute {
		t.Error("nobody walks to a kiosk that fast")
	}
}
