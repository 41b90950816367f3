package server_test

import (
	"fmt"
	"testing"

	"hailong/server"
)

// What is complete does not depend on whether a day is still open, sealed as rows or
// sealed as counters; posters and paper have no part in it, and neither have answers
// of other days.
func TestCompleteness(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	all := map[string]string{"overall": "4", "access": "5", "procedure": "4", "official": "5", "result": "4", "feedback": "N"}
	less := map[string]string{"overall": "4", "access": "5", "procedure": "4", "official": "5", "result": "4"}
	var as []server.Answer
	put := func(day server.Day, lane server.Lane, marks map[string]string) {
		as = append(as, server.Answer{ID: fmt.Sprintf("a%d", len(as)), Unit: "phu-lien-2024", Survey: "sipas-short", Day: day, Lane: lane, Field: "Hộ tịch", Marks: marks})
	}
	for range 3000 { // enough of one cell that its seal keeps counters only
		put("2024-01-10", server.LaneSlip, all)
	}
	for range 7 {
		put("2024-01-10", server.LaneSlip, less)
	}
	put("2024-01-11", server.LaneKiosk, all)
	put("2024-01-11", server.LaneKiosk, map[string]string{"overall": "1"})
	put("2024-01-11", server.LanePoster, all)
	put("2024-01-11", server.LaneWalkUp, all)
	put("2024-02-01", server.LaneSlip, all)
	if _, err := h.PutAnswers(t.Context(), as); err != nil {
		t.Fatal(err)
	}
	h.set("2024-02-20 09:00:00")
	want := server.Completeness{Given: 3009, Complete: 3001}
	for _, sealed := range []string{"open", "sealed", "sealed, from memory"} {
		if sealed == "sealed" {
			if _, err := h.SealDays(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		r, err := h.Respondents(t.Context(), "2024-01-01", "2024-01-31")
		if err != nil || r.Completeness != want {
			t.Errorf("%s: %+v, %v, want %+v", sealed, r.Completeness, err, want)
		}
	}
	if r, err := h.Respondents(t.Context(), "2023-01-01", "2023-12-31"); err != nil || r.Completeness != (server.Completeness{}) {
		t.Errorf("before there was anything: %+v, %v", r.Completeness, err)
	}
}
