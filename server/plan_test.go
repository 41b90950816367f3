package server_test

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"hailong/server"
)

// planned is a house in the middle of May with answers of April and May: on each
// day x of n satisfied for Hộ tịch, none for Đất đai, which has dossiers.
func planned(t *testing.T, x, n int) *house {
	t.Helper()
	h := newHouse(t)
	h.set("2024-05-15 17:00:00")
	var as []server.Answer
	var ds []server.Dossier
	for day := server.Day("2024-04-01"); day <= "2024-05-15"; day = day.Add(1) {
		for i := range n {
			overall := "3"
			if i < x {
				overall = "5"
			}
			as = append(as, server.Answer{ID: fmt.Sprintf("%s-%d", day, i), Unit: h.Config.Unit, Survey: h.Survey().ID, Day: day, Lane: server.LaneSlip, Field: "Hộ tịch", Counter: "Quầy 1", Marks: map[string]string{"overall": overall}})
			d := returned(1, string(day), string(day))
			d.Code, d.Counter = server.DossierCode(fmt.Sprintf("H24.1-240401-%05d", len(ds))), "Quầy 1"
			ds = append(ds, d)
		}
		d := returned(1, string(day), string(day))
		d.Code, d.Field, d.Counter = server.DossierCode(fmt.Sprintf("H24.1-240401-%05d", len(ds))), "Đất đai", "Quầy 2"
		ds = append(ds, d)
	}
	h.put(t, ds...)
	if _, err := h.PutAnswers(t.Context(), as); err != nil {
		t.Fatal(err)
	}
	return h
}

func TestPlan(t *testing.T) {
	t.Parallel()
	h := planned(t, 9, 10)
	p, err := h.Plan(t.Context(), "2024-04-01", "2024-06-30")
	if err != nil {
		t.Fatal(err)
	}
	u := p.Unit
	// 405 of 450: exactly 90 %, so that no number of answers brings a verdict;
	// ±5 % is reached already (Wilson 0.869 to 0.924).
	if u.X != 405 || u.N != 450 || u.Further != -1 || u.Margin != 0 || u.Need != 0 || u.Short != 0 {
		t.Errorf("the unit: %+v", u)
	}
	// 45 days at 10 a day in eight weeks; 46 days left.
	if want := 450.0 / 8; u.Weekly != want || u.Expected != int64(math.Round(want*46/7)) || u.Chance == nil || *u.Chance < 0.3 || *u.Chance > 0.7 {
		t.Errorf("the rate: %+v", u)
	}
	if p.AsOf != "2024-05-15" || p.Over || p.RateFrom != "2024-03-21" || p.Month != "2024-05" || len(p.Fields) != 2 {
		t.Errorf("%+v", p)
	}
	empty := p.Fields[1]
	if p.Fields[0].Name != "Hộ tịch" {
		empty = p.Fields[0]
	}
	// Nobody answered: 381 make ±5 % at one half; a share is needed for a verdict.
	if empty.Name != "Đất đai" || empty.N != 0 || empty.Margin != 381 || empty.Further != -1 || empty.Need != 381 || empty.Short != 381 || empty.Chance != nil {
		t.Errorf("a field without answers: %+v", empty)
	}
	// May's part of the 61 days from May on.
	if want := int64(math.Ceil(381 * 31.0 / 61)); empty.Quota != want || empty.MonthShort != want || empty.Month != 0 {
		t.Errorf("this month: %+v, want %d", empty, want)
	}
	below := map[string]bool{}
	for _, c := range p.Counters {
		below[c.Name] = c.Below
	}
	if !below["Quầy 2"] || below["Quầy 1"] || len(below) != 2 {
		t.Errorf("counters: %+v", p.Counters)
	}
	over, err := h.Plan(t.Context(), "2024-04-01", "2024-04-30")
	if err != nil {
		t.Fatal(err)
	}
	if !over.Over || over.Unit.N != 300 || over.Unit.Expected != 0 || over.Unit.Chance != nil || over.Unit.Short != over.Unit.Need {
		t.Errorf("a period that is over: %+v", over.Unit)
	}
	if _, err := h.Plan(t.Context(), "2024-06-01", "2024-06-30"); !errors.Is(err, server.ErrInvalid) {
		t.Errorf("a period to come: %v", err)
	}
}

// What is needed is the less of ±5 % and a verdict.
func TestPlanNeedsTheLess(t *testing.T) {
	t.Parallel()
	h := planned(t, 1, 2) // one half of 90: not met by far
	p, err := h.Plan(t.Context(), "2024-04-01", "2024-06-30")
	if err != nil {
		t.Fatal(err)
	}
	if u := p.Unit; u.Further != 0 || u.Margin <= 0 || u.Need != 0 || u.Verdict != "not_met" {
		t.Errorf("%+v", u)
	}
}
