package server_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"hailong/server"
)

// What was sent is written down once and stays, for closed periods only.
func TestDispatch(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.period(t, "2024-Q1")
	h.set("2024-04-02 10:00:00")
	good := server.Dispatch{Sent: "2024-04-02", Way: server.WayExchange, Reference: "12/BC-UBND", Format: "pdf", SHA256: strings.Repeat("Ab", 32), By: "hanh"}
	if _, err := h.Dispatch(t.Context(), p, good); !errors.Is(err, server.ErrClosed) {
		t.Errorf("sending an open period: %v", err)
	}
	if _, err := h.ClosePeriod(t.Context(), p, "", "Hạnh"); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*server.Dispatch){
		"tomorrow":         func(d *server.Dispatch) { d.Sent = "2024-04-03" },
		"before the year":  func(d *server.Dispatch) { d.Sent = "2023-12-31" },
		"no day":           func(d *server.Dispatch) { d.Sent = "" },
		"a pigeon":         func(d *server.Dispatch) { d.Way = "bo-cau" },
		"no number":        func(d *server.Dispatch) { d.Reference = " " },
		"a long number":    func(d *server.Dispatch) { d.Reference = strings.Repeat("ậ", 501) },
		"a short sum":      func(d *server.Dispatch) { d.SHA256 = d.SHA256[1:] },
		"a sum of letters": func(d *server.Dispatch) { d.SHA256 = strings.Repeat("xy", 32) },
		"nobody":           func(d *server.Dispatch) { d.By = "" },
	} {
		d := good
		change(&d)
		if _, err := h.Dispatch(t.Context(), p, d); !errors.Is(err, server.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for n := 1; n <= 2; n++ {
		d, err := h.Dispatch(t.Context(), p, good)
		if err != nil || d.Number != n || d.SHA256 != strings.Repeat("ab", 32) {
			t.Errorf("%+v, %v", d, err)
		}
	}
	sent, err := h.Dispatches(t.Context(), p)
	if err != nil || len(sent) != 2 || sent[0].Reference != "12/BC-UBND" || sent[0].Period != "2024-Q1" {
		t.Errorf("%+v, %v", sent, err)
	}
	audit := 0
	for _, body := range dump(t, h.memory)["audit"] {
		if strings.Contains(body, "report-sent") && strings.Contains(body, strings.Repeat("ab", 32)) {
			audit++
		}
	}
	if audit != 2 {
		t.Errorf("%d entries in the audit", audit)
	}
}

// Somebody is reminded 14, 7 and 1 day before a report is due, once each, until it
// is sent; a reminder that did not arrive is told again.
func TestWatchReports(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.answered(t, "2024-02-05", "a", 40, 42)
	var told []string
	fail := false
	watch := func(day string) {
		h.set(day)
		err := h.WatchReports(t.Context(), server.AlertByWebhook, func(_ context.Context, d server.DueReport) error {
			if fail {
				return errors.New("nobody there")
			}
			told = append(told, fmt.Sprintf("%s %s %d/%d %v", day[5:10], d.ID, d.Left, d.Reminder(), d.Closed))
			return nil
		})
		if (err != nil) != fail {
			t.Errorf("%s: %v", day, err)
		}
	}
	watch("2024-02-19 09:00:00") // 15 days
	watch("2024-02-20 09:00:00")
	watch("2024-02-20 09:10:00")
	watch("2024-02-21 09:00:00")
	fail = true
	watch("2024-02-27 09:00:00") // 7 days
	fail = false
	watch("2024-02-27 09:00:30") // too soon to try again
	watch("2024-02-27 09:02:00")
	if _, err := h.ClosePeriod(t.Context(), h.period(t, "2024-Q1"), "", "Hạnh"); err != nil {
		t.Fatal(err)
	}
	watch("2024-03-04 08:00:00") // the last day
	watch("2024-03-04 18:00:00")
	if want := []string{"02-20 2024-Q1 14/14 false", "02-27 2024-Q1 7/7 false", "03-04 2024-Q1 1/1 true"}; !slices.Equal(told, want) {
		t.Errorf("told %q, want %q", told, want)
	}
	due, err := h.DueReports(t.Context(), 30)
	if err != nil || len(due) != 1 {
		t.Errorf("%+v, %v", due, err)
	}
	d := server.Dispatch{Sent: "2024-03-04", Way: server.WayHand, Reference: "1", Format: "docx", SHA256: strings.Repeat("0", 64), By: "hanh"}
	if _, err := h.Dispatch(t.Context(), h.period(t, "2024-Q1"), d); err != nil {
		t.Fatal(err)
	}
	if due, err := h.DueReports(t.Context(), 30); err != nil || len(due) != 0 {
		t.Errorf("sent, and still due: %+v, %v", due, err)
	}
}
