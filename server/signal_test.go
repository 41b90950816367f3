package server_test

import (
	"strings"
	"testing"

	"hailong/server"
)

// A slip that is spent at once from the desk's own network leaves a mark on the
// answer; every doubt leaves none.
func TestHastySlip(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		desk, phone string
		lane        server.Lane
		then        string
		want        bool
	}{
		"at once, same network":     {"10.0.0.7", "10.0.0.7", "", "2024-01-15 09:00:59", true},
		"a minute later":            {"10.0.0.7", "10.0.0.7", "", "2024-01-15 09:01:00", false},
		"from elsewhere":            {"10.0.0.7", "113.160.1.2", "", "2024-01-15 09:00:10", false},
		"nobody knows from where":   {"10.0.0.7", "", "", "2024-01-15 09:00:10", false},
		"nobody knows where issued": {"", "", "", "2024-01-15 09:00:10", false},
		"at the kiosk":              {"10.0.0.7", "10.0.0.7", server.LaneKiosk, "2024-01-15 09:00:10", false},
	} {
		h := newHouse(t)
		slip := h.one(t)
		h.NoteIssue(slip.Code, tt.desk)
		h.set(tt.then)
		sub := given("5")
		sub.Network, sub.Phone, sub.Lane = tt.phone, tt.phone+" Firefox", tt.lane
		if _, err := h.AcceptSlip(t.Context(), slip.Code, sub); err != nil {
			t.Fatal(err)
		}
		if a := h.answers(t)[0]; a.Hasty != tt.want || a.Serial {
			t.Errorf("%s: hasty %v, serial %v", name, a.Hasty, a.Serial)
		}
		for coll, docs := range dump(t, h.memory) {
			for key, body := range docs {
				if strings.Contains(body, "10.0.0.7") || strings.Contains(body, "Firefox") || strings.Contains(key, "10.0.0.7") {
					t.Errorf("%s: where the answer came from is stored in %s", name, coll)
				}
			}
		}
	}
}

// The fourth slip of one phone within half an hour is marked, and those after
// it; sending an answer again is not another slip.
func TestSerialSlips(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var slips []server.Slip
	for i := range 7 {
		h.put(t, returned(i+1, "2024-01-10", "2024-01-12"))
		slip, err := h.Issue(t.Context(), returned(i+1, "2024-01-10", "2024-01-12").Code, server.IssueOnce)
		if err != nil {
			t.Fatal(err)
		}
		slips = append(slips, slip)
	}
	accept := func(i int, phone, at string) bool {
		t.Helper()
		h.set(at)
		sub := given("5")
		sub.Network, sub.Phone = "10.0.0.9", phone
		was := map[string]bool{}
		for _, a := range h.answersByID(t) {
			was[a.ID] = true
		}
		if _, err := h.AcceptSlip(t.Context(), slips[i].Code, sub); err != nil {
			t.Fatal(err)
		}
		for _, a := range h.answersByID(t) {
			if !was[a.ID] {
				return a.Serial
			}
		}
		return false
	}
	for _, tt := range []struct {
		slip  int
		phone string
		at    string
		want  bool
	}{
		{0, "a", "2024-01-15 09:00:00", false}, {1, "a", "2024-01-15 09:05:00", false}, {1, "a", "2024-01-15 09:06:00", false},
		{2, "a", "2024-01-15 09:10:00", false}, {3, "b", "2024-01-15 09:11:00", false}, {4, "a", "2024-01-15 09:29:00", true},
		{5, "a", "2024-01-15 09:31:00", true}, {6, "a", "2024-01-15 10:30:00", false},
	} {
		if got := accept(tt.slip, tt.phone, tt.at); got != tt.want {
			t.Errorf("slip %d of phone %s at %s: serial %v", tt.slip, tt.phone, tt.at, got)
		}
	}
}
