package server_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"hailong/server"
	"hailong/server/store"
)

func TestReasonsAreStored(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	slip := h.one(t)
	with := func(reasons ...string) server.Submission {
		return server.Submission{Given: map[string]string{"overall": "2", "official": "1", "result": "5"}, Reasons: reasons}
	}
	for name, sub := range map[string]server.Submission{"of a satisfied item": with("c9", "c14"), "unknown": with("late")} {
		var faults *server.Faults
		if _, err := h.AcceptSlip(t.Context(), slip.Code, sub); !errors.As(err, &faults) || !errors.Is(err, server.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := h.AcceptSlip(t.Context(), slip.Code, with("c11", "c9")); err != nil {
		t.Fatal(err)
	}
	if r, err := h.AcceptSlip(t.Context(), slip.Code, with("c9", "c11", "c9")); err != nil || !r.Already {
		t.Errorf("the same in another order: %+v, %v", r, err)
	}
	for name, sub := range map[string]server.Submission{"one less": with("c9"), "none": with(), "one more": with("c9", "c11", "c12")} {
		if _, err := h.AcceptSlip(t.Context(), slip.Code, sub); !errors.Is(err, server.ErrAnswered) {
			t.Errorf("%s: %v", name, err)
		}
	}
	a := h.answers(t)
	if len(a) != 1 || !slices.Equal(a[0].Reasons, []string{"c9", "c11"}) {
		t.Errorf("stored %+v", a)
	}
}

// The ledger answers for the reasons: one that is changed in the store is found.
// The line of an answer without any is what it was before there were reasons.
func TestReasonsAreInTheLedger(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	put := func(id string, reasons ...string) {
		t.Helper()
		a := server.Answer{ID: id, Unit: "phu-lien-2024", Survey: "sipas-short", Day: "2024-01-08", Lane: "kiosk", Marks: map[string]string{"overall": "1", "official": "1"}, Reasons: reasons}
		if _, err := h.PutAnswers(t.Context(), []server.Answer{a}); err != nil {
			t.Fatal(err)
		}
	}
	put("plain")
	if n := h.sequence(t); n != 1 {
		t.Fatalf("%d entered", n)
	}
	book, _, err := h.Ledger(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if line, want := book.Text(), "phieu 2024-01 Hu0sgtEEn9pE8kRjaanxVH2YTOLYlmiEfCqskL-R-ng"; !strings.Contains(string(line), want) {
		t.Errorf("the line is %s, and was %s", line, want)
	}
	put("named", "c9")
	h.sequence(t)
	if rep := h.recount(t); !rep.Sound() {
		t.Fatalf("%+v", rep)
	}
	d, err := h.memory.Get(t.Context(), "answers", "named")
	if err != nil {
		t.Fatal(err)
	}
	d.Body = []byte(strings.Replace(string(d.Body), `"c9"`, `"c10"`, 1))
	if err := h.memory.Replace(t.Context(), "answers", store.Doc{Key: d.Key, Order: d.Order, Version: d.Version, Body: d.Body}); err != nil {
		t.Fatal(err)
	}
	if rep := h.recount(t); rep.Sound() {
		t.Error("a changed reason is not found")
	}
}

func TestReasonsAreCounted(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	n := 0
	put := func(times int, day server.Day, official string, reasons ...string) {
		t.Helper()
		var as []server.Answer
		for range times {
			n++
			as = append(as, server.Answer{ID: fmt.Sprint(n), Unit: "phu-lien-2024", Survey: "sipas-short", Day: day, Lane: "kiosk",
				Marks: map[string]string{"overall": "4", "official": official, "result": "3"}, Reasons: reasons})
		}
		if _, err := h.PutAnswers(t.Context(), as); err != nil {
			t.Fatal(err)
		}
	}
	put(7, "2024-01-08", "3", "c9")
	put(4, "2024-01-09", "1", "c9", "c11")
	put(3, "2024-01-10", "2", "c11")
	put(5, "2024-01-10", "2")
	put(6, "2024-01-10", "5")
	put(2, "2024-01-10", "N")
	put(9, "2024-01-10", "4", "c14")
	put(100, "2024-02-01", "1", "c12") // another month
	parts, err := h.Reasons(t.Context(), "2024-01-01", "2024-01-31")
	if err != nil {
		t.Fatal(err)
	}
	show := func(p server.ReasonPart) string {
		out := fmt.Sprintf("%s %d/%d named %d hidden %v:", p.Item.ID, p.Low, p.Answers, p.Named, p.Hidden)
		for _, c := range p.Counts {
			if c.Hidden {
				out += " " + c.ID + " hidden"
				if c.N != 0 {
					out += fmt.Sprint(" and yet told: ", c.N)
				}
				continue
			}
			out += fmt.Sprintf(" %s %d", c.ID, c.N)
		}
		return out
	}
	want := []string{
		"access 0/0 named 0 hidden true:",
		"procedure 0/0 named 0 hidden true:",
		// 7 + 4 named c9, 4 + 3 named c11, of 14: fewer than 30, so none of them
		// having named the others is not told.
		"official 19/34 named 14 hidden false: c9 11 c10 hidden c11 7 c12 hidden c13 hidden",
		// Nine named one reason, and that is too few.
		"result 36/36 named 0 hidden true:",
		"feedback 0/0 named 0 hidden true:",
	}
	var got []string
	for _, p := range parts {
		got = append(got, show(p))
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	put(30, "2024-01-11", "1", "c10")
	parts, err = h.Reasons(t.Context(), "2024-01-01", "2024-01-31")
	if err != nil || show(parts[2]) != "official 49/64 named 44 hidden false: c9 11 c10 30 c11 7 c12 0 c13 0" {
		t.Errorf("%s, %v", show(parts[2]), err)
	}
}
