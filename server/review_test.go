package server_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"hailong/server"
)

func chungThuc(field string) bool { return field == "Chứng thực" }

func asJSON(t testing.TB, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// manyAnswers fills the first half of 2024 with enough answers for most fields
// to be told.
func manyAnswers(rt *rapid.T, t testing.TB) *house {
	h := newHouse(t)
	h.set("2024-10-01 09:00:00")
	fields := []string{"", "Chứng thực", "Hộ tịch", "Đất đai", "Giảm nghèo"}
	var as []server.Answer
	for f, field := range fields {
		for i := range rapid.IntRange(0, 60).Draw(rt, "answers") {
			marks := map[string]string{}
			for _, it := range h.Survey().Items() {
				marks[it.ID] = rapid.SampledFrom([]string{"", "N", "1", "2", "3", "4", "5", "5", "4"}).Draw(rt, "mark")
			}
			survey := "sipas-short"
			if i%17 == 16 {
				survey, marks = "sipas-19", map[string]string{"c1": "4"}
			}
			as = append(as, server.Answer{ID: fmt.Sprintf("%d-%d", f, i), Unit: "phu-lien-2024", Survey: survey, Field: field, Officer: "CC07",
				Lane: rapid.SampledFrom([]server.Lane{"slip", "kiosk", "walkup"}).Draw(rt, "lane"),
				Day:  server.Day("2024-01-01").Add(rapid.IntRange(0, 181).Draw(rt, "day")), Marks: marks})
		}
	}
	if len(as) > 0 {
		if _, err := h.PutAnswers(t.Context(), as); err != nil {
			rt.Fatal(err)
		}
	}
	return h
}

// What is computed from a review is what the store gives, to the last digit;
// and a field is told of only where the board may tell of it.
func TestReviewReckons(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		h := manyAnswers(rt, t)
		p, err := server.ParsePeriod(rapid.SampledFrom([]string{"2024-Q1", "2024-Q2", "2024-H1"}).Draw(rt, "period"))
		if err != nil {
			rt.Fatal(err)
		}
		r, err := h.Review(t.Context(), p)
		if err != nil {
			rt.Fatal(err)
		}
		got := r.Reckon(chungThuc)
		want, err := h.Index(t.Context(), server.IndexQuery{From: p.From, To: p.To, By: []server.Dimension{server.ByField}})
		if err != nil {
			rt.Fatal(err)
		}
		if r.Withheld {
			if len(r.Rows) > 0 || got.Whole.Document != nil || got.Whole.Coverage.Answers != 0 || asJSON(t, got.Whole.OnTime) != asJSON(t, want.OnTime) {
				rt.Errorf("withheld, and yet: %d rows, %s", len(r.Rows), asJSON(t, got.Whole))
			}
			return
		}
		whole, err := h.Index(t.Context(), server.IndexQuery{From: p.From, To: p.To})
		if err != nil {
			rt.Fatal(err)
		}
		if asJSON(t, got.Whole) != asJSON(t, whole) {
			rt.Errorf("the whole:\n%s\nfrom the store:\n%s", asJSON(t, got.Whole), asJSON(t, whole))
		}
		pub, err := h.Publication(t.Context(), p.ID)
		if err != nil {
			rt.Fatal(err)
		}
		for _, part := range got.Fields.Parts {
			if part.Hidden {
				continue
			}
			for _, w := range want.Parts {
				if w.Key[server.ByField] == part.Key[server.ByField] && asJSON(t, w) != asJSON(t, part) {
					rt.Errorf("a field:\n%s\nfrom the store:\n%s", asJSON(t, part), asJSON(t, w))
				}
			}
			for _, b := range pub.Index.Parts {
				if b.Key[server.ByField] == part.Key[server.ByField] && b.Hidden {
					rt.Errorf("the board hides %q, the review tells of it", part.Key[server.ByField])
				}
			}
			if n := rowsOf(r, part.Key[server.ByField]); n < server.MinCell {
				rt.Errorf("%d rows of %q", n, part.Key[server.ByField])
			}
		}
		if n := rowsOf(r, server.OtherFields); n > 0 && n < server.MinCell {
			rt.Errorf("%d rows of hidden fields", n)
		}
	})
}

func rowsOf(r *server.Review, field string) (n int) {
	for _, row := range r.Rows {
		if row.Field == field {
			n += int(row.N)
		}
	}
	return n
}

// The rows say nothing of when, where and by whom, and not in which order.
func TestReviewRowsAreInOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		h := manyAnswers(rt, t)
		p, err := server.ParsePeriod("2024-H1")
		if err != nil {
			rt.Fatal(err)
		}
		r, err := h.Review(t.Context(), p)
		if err != nil {
			rt.Fatal(err)
		}
		last := ""
		for _, row := range r.Rows {
			line := row.Field + "\x00"
			for _, m := range row.Marks {
				line += string(rune('a' + m + 1))
			}
			if line <= last || row.N < 1 {
				rt.Fatalf("%q after %q, %d times", line, last, row.N)
			}
			last = line
		}
	})
}

// A review of sealed days is the review of the answers: also where a seal keeps
// counters only, and where an answer came after the seal.
func TestReviewOfSealedDays(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		h := manyAnswers(rt, t)
		alike := make([]server.Answer, rapid.SampledFrom([]int{0, 10, 700}).Draw(rt, "alike"))
		for i := range alike {
			alike[i] = server.Answer{ID: fmt.Sprintf("a%d", i), Unit: "phu-lien-2024", Survey: "sipas-short", Field: "Hộ tịch", Lane: "slip", Day: "2024-03-01",
				Marks: map[string]string{"overall": "5", "feedback": "N"}}
			if i == 0 {
				alike[i].DetailSurvey, alike[i].Detail = "sipas-19", map[string]string{"c1": "4"}
			}
		}
		put := func(as []server.Answer) {
			if _, err := h.PutAnswers(t.Context(), as); err != nil {
				rt.Fatal(err)
			}
		}
		review := func() string {
			p, err := server.ParsePeriod("2024-H1")
			if err != nil {
				rt.Fatal(err)
			}
			r, err := h.Review(t.Context(), p)
			if err != nil {
				rt.Fatal(err)
			}
			r.Survey = nil
			return asJSON(t, r)
		}
		if len(alike) > 0 {
			put(alike)
		}
		open := review()
		if _, err := h.SealDays(t.Context()); err != nil {
			rt.Fatal(err)
		}
		if sealed := review(); sealed != open {
			rt.Fatalf("sealed\n%s\nopen\n%s", sealed, open)
		}
		put([]server.Answer{{ID: "late", Unit: "phu-lien-2024", Survey: "sipas-short", Field: "Hộ tịch", Lane: "slip", Day: "2024-03-01", Marks: map[string]string{"overall": "1"}}})
		late := review()
		if _, err := h.SealDays(t.Context()); err != nil {
			rt.Fatal(err)
		}
		if sealed := review(); sealed != late {
			rt.Fatalf("sealed\n%s\nwith a late answer\n%s", sealed, late)
		}
	})
}

func TestReviewRefuses(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for id, today := range map[string]string{"2024-Q1": "2024-04-01", "2024": "2024-12-31", "2024-H2": "2025-06-01"} {
		h.set(today + " 09:00:00")
		p, err := server.ParsePeriod(id)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.Review(t.Context(), p); !errors.Is(err, server.ErrInvalid) {
			t.Errorf("%s on %s: %v", id, today, err)
		}
	}
	h.set("2024-04-02 09:00:00")
	p, err := server.ParsePeriod("2024-Q1")
	if err != nil {
		t.Fatal(err)
	}
	r, err := h.Review(t.Context(), p)
	if err != nil || !r.Withheld {
		t.Fatalf("nobody answered: %+v, %v", r, err)
	}
	if s := asJSON(t, r.Reckon(chungThuc).Whole); strings.Contains(s, "NaN") || !strings.Contains(s, `"hidden":true`) {
		t.Error(s)
	}
}

// Packs of a quarter and of the half-year laid side by side give no small cell:
// what the one has more than the other is nothing, or enough.
func TestReviewsSideBySide(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		h := newHouse(t)
		h.set("2024-10-01 09:00:00")
		var as []server.Answer
		for f, field := range []string{"", "Chứng thực", "Hộ tịch", "Đất đai"} {
			for q, month := range []string{"2024-02-", "2024-05-"} {
				for i := range rapid.IntRange(0, 45).Draw(rt, "answers") {
					as = append(as, server.Answer{ID: fmt.Sprintf("%d-%d-%d", f, q, i), Unit: "phu-lien-2024", Survey: "sipas-short", Field: field, Lane: "slip",
						Day: server.Day(fmt.Sprintf("%s%02d", month, 1+i%28)), Marks: map[string]string{"overall": rapid.SampledFrom([]string{"1", "4", "5"}).Draw(rt, "mark")}})
				}
			}
		}
		if len(as) == 0 {
			return
		}
		if _, err := h.PutAnswers(t.Context(), as); err != nil {
			rt.Fatal(err)
		}
		counts := map[string]map[string][2]int{} // by period and field: rows, satisfied
		for _, id := range []string{"2024-Q1", "2024-Q2", "2024-H1"} {
			p, err := server.ParsePeriod(id)
			if err != nil {
				rt.Fatal(err)
			}
			r, err := h.Review(t.Context(), p)
			if err != nil {
				rt.Fatal(err)
			}
			counts[id] = map[string][2]int{}
			for _, row := range r.Rows {
				for _, key := range []string{row.Field, "all"} {
					c := counts[id][key]
					c[0] += int(row.N)
					if row.Marks[len(row.Marks)-1] >= 4 {
						c[1] += int(row.N)
					}
					counts[id][key] = c
				}
			}
		}
		for _, q := range []string{"2024-Q1", "2024-Q2"} {
			for field, half := range counts["2024-H1"] {
				part, ok := counts[q][field]
				if field == server.OtherFields || !ok && field != "all" || len(counts[q]) == 0 {
					continue
				}
				n, x := half[0]-part[0], half[1]-part[1]
				if n > 0 && (n < server.MinCell || n < 30 && (x == 0 || x == n)) {
					rt.Errorf("%q: the half-year less %s is %d answers, %d satisfied", field, q, n, x)
				}
			}
		}
	})
}
