package server_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"hailong/server"
)

// rated stores n answers about an officer, given on a day.
func (h *house) rated(t *testing.T, officer string, day server.Day, n int, comment string) {
	t.Helper()
	as := make([]server.Answer, n)
	for i := range as {
		as[i] = server.Answer{ID: fmt.Sprint(officer, day, comment, i), Unit: "phu-lien-2024", Survey: "sipas-short", Day: day, Lane: server.LaneSlip,
			Field: "Hộ tịch", Officer: officer, Marks: map[string]string{"overall": "4", "official": "5"}}
		if comment != "" {
			as[i].Comment = fmt.Sprint(comment, " ", i)
		}
	}
	if _, err := h.PutAnswers(t.Context(), as); err != nil {
		t.Fatal(err)
	}
}

func TestOwnResult(t *testing.T) {
	t.Parallel()
	h := newHouse(t) // 15 January 2024: the quarters of 2023
	u := server.User{Name: "lan", Role: server.RoleOfficer, Officer: "CC01"}
	own := func() server.OwnResult {
		t.Helper()
		r, err := h.Own(t.Context(), u)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	h.rated(t, "CC01", "2024-01-10", 50, "quý này") // the quarter is not over
	h.rated(t, "CC01", "2023-06-10", 29, "")
	h.rated(t, "CC02", "2023-06-10", 29, "riêng của người khác")
	if r := own(); r.Enough || r.N != 29 || r.Overall.N != 0 || r.From != "2023-01-01" || r.To != "2023-12-31" {
		t.Errorf("29 ratings: %+v", r)
	}
	h.rated(t, "CC01", "2023-11-10", 9, "chị thị Lan 0912345678 tận tình")
	if r := own(); !r.Enough || r.N != 38 || r.Overall.X != 38 || r.Attitude.N != 38 || r.Beside || r.WardOverall.N != 0 || !r.Few || len(r.Comments) != 0 {
		t.Errorf("38 ratings, 29 of others, 9 comments: %+v", r)
	}
	h.rated(t, "CC02", "2023-11-10", 11, "riêng của người khác")
	h.rated(t, "CC01", "2023-11-11", 1, "sách nhiễu")
	if r := own(); !r.Beside || r.WardOverall.N != 79 || !r.Few {
		t.Errorf("a comment that opened a case counts: %+v", r)
	}
	h.rated(t, "CC01", "2023-11-12", 1, "tốt")
	r := own()
	if r.Few || len(r.Comments) != 10 {
		t.Fatalf("10 comments: %+v", r)
	}
	if slices.ContainsFunc(r.Comments, func(c string) bool {
		return strings.Contains(c, "0912") || strings.Contains(c, "sách") || strings.Contains(c, "người khác") || strings.Contains(c, "quý này")
	}) {
		t.Errorf("comments %q", r.Comments)
	}
	if _, err := h.Own(t.Context(), server.User{Role: server.RoleOfficer}); !errors.Is(err, server.ErrInvalid) {
		t.Errorf("an officer of no dossier: %v", err)
	}
}

// Where the unit asks nobody any more, an officer still sees the last quarters in
// which it did.
func TestOwnResultOfAFormerYear(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.set("2026-11-24 09:00:00")
	h.rated(t, "CC01", "2024-03-10", 31, "")
	h.rated(t, "CC01", "2024-12-10", 40, "")
	h.rated(t, "CC02", "2025-01-05", 1, "") // the last one in the unit: the quarter is over
	r, err := h.Own(t.Context(), server.User{Name: "lan", Role: server.RoleOfficer, Officer: "CC01"})
	if err != nil || r.From != "2024-04-01" || r.To != "2025-03-31" || r.N != 40 {
		t.Errorf("%+v, %v", r, err)
	}
}
