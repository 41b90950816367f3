package server_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"hailong/server"
)

// fielded puts n answers of a field on a day.
func (h *house) fielded(t testing.TB, field string, day server.Day, n int) {
	t.Helper()
	var as []server.Answer
	for i := range n {
		as = append(as, server.Answer{ID: fmt.Sprintf("%s-%s-%d", field, day, i), Unit: h.Config.Unit, Survey: "sipas-short", Day: day, Lane: server.LaneSlip,
			Field: field, Counter: "Quầy 1", Marks: map[string]string{"overall": fmt.Sprint(5 - i%3)}})
	}
	if _, err := h.PutAnswers(t.Context(), as); err != nil {
		t.Fatal(err)
	}
}

// toldFields are the fields of a closed period that are told, with their answers.
func toldFields(r *server.PeriodReport) map[string]int64 {
	out := map[string]int64{}
	for _, p := range r.Figures.Total.Parts {
		if !p.Hidden && p.Document.Answers > 0 {
			out[p.Key[server.ByField]] = p.Document.Answers
		}
	}
	return out
}

// A close before the period's end tells no field that the board, or a close
// before, would give back a few answers of; and hides no field alone.
func TestCloseTellsNoDifferences(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.fielded(t, "Chứng thực", "2024-02-05", 100)
	h.fielded(t, "Chứng thực", "2024-04-15", 80)
	h.fielded(t, "Hộ tịch", "2024-02-05", 40)
	h.fielded(t, "Hộ tịch", "2024-04-15", 3) // the first quarter and these are the half year so far
	h.fielded(t, "Đất đai", "2024-02-06", 30)
	h.fielded(t, "Đất đai", "2024-04-16", 30)
	h.fielded(t, "Nhà ở", "2024-02-06", 25)
	h.set("2024-05-20 09:00:00")
	p := h.period(t, "2024-H1")
	if _, err := h.ClosePeriod(t.Context(), p, "2024-05-15", "Hạnh"); err != nil {
		t.Fatal(err)
	}
	got := toldFields(h.report(t, p))
	if _, ok := got["Hộ tịch"]; ok || got["Chứng thực"] != 180 || len(got) != 2 {
		t.Errorf("told: %v", got)
	}
}

// What was told of days before the period's counts as well: the year so far less
// its third quarter is the first half.
func TestCloseTellsNoEarlierDays(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, field := range []string{"Chứng thực", "Đất đai"} {
		h.fielded(t, field, "2024-02-05", 60)
		h.fielded(t, field, "2024-07-15", 60)
	}
	h.fielded(t, "Hộ tịch", "2024-02-05", 3)
	h.fielded(t, "Hộ tịch", "2024-07-15", 40)
	h.set("2024-08-25 09:00:00")
	for _, id := range []string{"2024", "2024-Q3"} {
		if _, err := h.ClosePeriod(t.Context(), h.period(t, id), "2024-08-20", "Hạnh"); err != nil {
			t.Fatal(err)
		}
	}
	year, quarter := toldFields(h.report(t, h.period(t, "2024"))), toldFields(h.report(t, h.period(t, "2024-Q3")))
	if year["Hộ tịch"] != 43 || quarter["Chứng thực"]+quarter["Đất đai"] == 0 {
		t.Fatalf("told: %v, then %v", year, quarter)
	}
	if n, ok := quarter["Hộ tịch"]; ok {
		t.Errorf("the quarter tells %d, so that the 3 of the first half come out", n)
	}
}

// Whatever was answered when, and in whichever order periods are closed, no two
// told figures of a field differ by a few answers where one lies within the other.
func TestClosesSideBySide(t *testing.T) {
	t.Parallel()
	for seed := range uint64(rounds(10)) {
		chance := rand.New(rand.NewPCG(seed, 6))
		h := newHouse(t)
		fields := []string{"Chứng thực", "Hộ tịch", "Đất đai"}
		for _, f := range fields {
			for _, day := range []server.Day{"2024-01-20", "2024-02-20", "2024-03-10", "2024-04-20", "2024-05-20", "2024-06-10"} {
				h.fielded(t, f, day, []int{0, 3, 12, 40}[chance.IntN(4)])
			}
		}
		h.set("2024-06-25 09:00:00")
		type told struct {
			from, to server.Day
			fields   map[string]int64
		}
		var all []told
		closes := [][2]string{{"2024-Q1", "2024-02-25"}, {"2024-Q1", "2024-03-31"}, {"2024-H1", "2024-05-25"}, {"2024", "2024-06-20"}}
		for _, k := range chance.Perm(len(closes))[:3] {
			c := closes[k]
			p := h.period(t, c[0])
			if r := h.report(t, p); r.Closed != nil {
				if _, err := h.ReopenPeriod(t.Context(), p, "Hạnh", "chốt lại"); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := h.ClosePeriod(t.Context(), p, server.Day(c[1]), "Hạnh"); err != nil {
				t.Fatal(err)
			}
			r := h.report(t, p)
			all = append(all, told{r.Figures.From, r.Figures.To, toldFields(r)})
			var hidden []string
			for _, part := range r.Figures.Total.Parts {
				if part.Hidden {
					hidden = append(hidden, part.Key[server.ByField])
				}
			}
			if len(hidden) == 1 && !r.Figures.Total.Hidden && len(r.Figures.Total.Parts) > 1 && !slices.Contains([]string{"2024-03-31"}, c[1]) {
				t.Errorf("seed %d: %s to %s hides %s alone: %v", seed, p.ID, c[1], hidden[0], r.Figures.Total.Parts)
			}
		}
		for i, a := range all {
			for _, b := range all[:i] {
				if a.to < b.to {
					a, b = b, a
				}
				for _, f := range fields {
					x, ok1 := a.fields[f]
					y, ok2 := b.fields[f]
					if d := x - y; ok1 && ok2 && d > 0 && d < server.MinCell {
						t.Errorf("seed %d: %s: %d to %s less %d to %s", seed, f, x, a.to, y, b.to)
					}
				}
			}
		}
	}
}
