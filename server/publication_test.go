package server_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"hailong/server"
)

// answersOf makes n answers about a field, x of them satisfied.
func answersOf(h *house, field string, day server.Day, x, n int) []server.Answer {
	out := make([]server.Answer, n)
	for i := range out {
		mark := "4"
		if i >= x {
			mark = "2"
		}
		out[i] = server.Answer{ID: fmt.Sprintf("%s/%s/%d", field, day, i), Unit: h.Config.Unit, Survey: h.Survey().ID, Day: day, Lane: server.LaneSlip, Field: field, Marks: map[string]string{"overall": mark}}
	}
	return out
}

func (h *house) putAnswers(t testing.TB, as []server.Answer) {
	t.Helper()
	if _, err := h.PutAnswers(t.Context(), as); err != nil {
		t.Fatal(err)
	}
}

func TestPublicationPeriods(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx := t.Context()
	if _, err := h.Publication(ctx, ""); !errors.Is(err, server.ErrNotFound) {
		t.Fatalf("of an empty store: %v", err)
	}
	h.putAnswers(t, answersOf(h, "Hộ tịch", "2024-02-10", 40, 50))
	if _, err := h.Publication(ctx, ""); !errors.Is(err, server.ErrNotFound) {
		t.Fatalf("of a quarter that is not over: %v", err)
	}
	h.set("2024-05-20 09:00:00")
	h.putAnswers(t, answersOf(h, "Hộ tịch", "2024-05-10", 1, 70))
	pub, err := h.Publication(ctx, "")
	if err != nil {
		t.Fatal(err)
	}
	if it, _ := pub.Index.Items.Get("overall"); it.X != 40 || it.N != 50 || !pub.Ongoing || pub.Period.To != "2024-03-31" || !slices.Equal(pub.Periods, []string{"2024", "2024-Q1"}) {
		t.Errorf("in May: %d of %d, %+v, %v", it.X, it.N, pub.Period, pub.Periods)
	}
	// The last answers of a quarter can still be changed for seven days.
	for now, last := range map[string]server.Day{"2024-07-07 23:59:59": "2024-03-31", "2024-07-08 00:00:00": "2024-06-30", "2025-01-07 23:59:59": "2024-09-30", "2025-01-08 00:00:00": "2024-12-31"} {
		h.set(now)
		if pub, err := h.Publication(ctx, "2024"); err != nil || pub.Period.To != last {
			t.Errorf("at %s the year ends with %s, want %s (%v)", now, pub.Period.To, last, err)
		}
		_, err := h.PublishedIndex(ctx, "2024-04-01", "2024-06-30")
		if hidden := errors.Is(err, server.ErrInvalid); hidden != (last < "2024-06-30") {
			t.Errorf("at %s the second quarter for observers: %v", now, err)
		}
	}
	h.set("2025-01-08 00:00:00")
	pub, err = h.Publication(ctx, "2024-H1")
	if err != nil {
		t.Fatal(err)
	}
	if it, _ := pub.Index.Items.Get("overall"); it.N != 120 || pub.Ongoing || pub.Period.From != "2024-01-01" || pub.Period.To != "2024-06-30" {
		t.Errorf("the first half: %d, %+v", it.N, pub.Period)
	}
	for _, id := range []string{"2023", "2025", "2024-H2", "2024-01", "2024-Q5", "'", "99999"} {
		if _, err := h.Publication(ctx, id); !errors.Is(err, server.ErrNotFound) {
			t.Errorf("%q: %v", id, err)
		}
	}
}

// The board shows what is large enough and nothing else.
func TestPublicationHides(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, q := range []string{"2024-02-10", "2024-05-10", "2024-08-10", "2024-11-10"} {
		h.putAnswers(t, answersOf(h, "Chứng thực", server.Day(q), 50, 60))
		h.putAnswers(t, answersOf(h, "Hộ tịch", server.Day(q), 15, 20))
		h.putAnswers(t, answersOf(h, "Đất đai", server.Day(q), 2, 4))
		h.putAnswers(t, answersOf(h, "Người có công", server.Day(q), 9, 9))
	}
	h.set("2025-02-01 09:00:00")
	want := map[string]string{
		// Đất đai has 4 a quarter, and Người có công 9 of which all are
		// satisfied: both are small until the year is whole.
		"2024":    "Chứng thực 240, Hộ tịch 80, Người có công 36, Đất đai 16",
		"2024-H1": "Chứng thực 120, Hộ tịch 40, Người có công –, Đất đai –",
		"2024-Q1": "Chứng thực 60, Hộ tịch 20, Người có công –, Đất đai –",
	}
	for id, text := range want {
		pub, err := h.Publication(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, p := range pub.Index.Parts {
			n := "–"
			if !p.Hidden {
				it, _ := p.Document.Items.Get("overall")
				n = fmt.Sprint(it.N)
			}
			got = append(got, p.Key[server.ByField]+" "+n)
		}
		if s := strings.Join(got, ", "); s != text {
			t.Errorf("%s: %s, want %s", id, s, text)
		}
	}
	// A last quarter of three answers must not come out as a difference.
	h = newHouse(t)
	h.putAnswers(t, answersOf(h, "Hộ tịch", "2024-08-10", 50, 60))
	h.putAnswers(t, answersOf(h, "Hộ tịch", "2024-11-10", 1, 3))
	h.set("2025-02-01 09:00:00")
	pub, err := h.Publication(t.Context(), "2024")
	if err != nil {
		t.Fatal(err)
	}
	if it, _ := pub.Index.Items.Get("overall"); it.N != 60 || pub.Period.To != "2024-09-30" {
		t.Errorf("%d answers to %s", it.N, pub.Period.To)
	}
}

func TestExtent(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	check := func(want server.Extent) {
		t.Helper()
		if got, err := h.Extent(t.Context()); got != want || err != nil {
			t.Errorf("%+v %v, want %+v", got, err, want)
		}
	}
	check(server.Extent{})
	h.putAnswers(t, answersOf(h, "a", "2024-03-05", 1, 1))
	check(server.Extent{First: "2024-03-05", Last: "2024-03-05"})
	h.put(t, returned(1, "2024-01-03", "2024-01-04"), returned(2, "2024-06-03", "2024-06-04"))
	h.putAnswers(t, answersOf(h, "a", "2024-09-05", 1, 1))
	other := answersOf(h, "b", "2020-01-01", 1, 1)
	other[0].Unit = h.Config.Unit + "-2025" // a unit whose id begins alike
	h.putAnswers(t, other)
	check(server.Extent{First: "2024-01-03", Last: "2024-09-05", Received: "2024-06-03"})
}

func TestExtentYear(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		e    server.Extent
		by   server.Day
		want int
	}{
		{"nothing", server.Extent{}, "2026-11-01", 0},
		{"later only", server.Extent{First: "2027-01-01", Last: "2027-02-01", Received: "2027-02-01"}, "2026-11-01", 0},
		{"a year long past, answers trailing", server.Extent{First: "2024-01-02", Last: "2025-03-20", Received: "2024-12-30"}, "2026-11-01", 2024},
		{"answers only", server.Extent{First: "2024-05-02", Last: "2024-06-20"}, "2026-11-01", 2024},
		{"in the middle of a year", server.Extent{First: "2024-01-02", Last: "2026-06-20", Received: "2026-06-20"}, "2026-06-20", 2026},
		{"in February", server.Extent{First: "2024-01-02", Last: "2026-02-20", Received: "2026-02-20"}, "2026-02-20", 2025},
		{"in the February of the first year", server.Extent{First: "2026-01-02", Last: "2026-02-20", Received: "2026-02-20"}, "2026-02-20", 2026},
		{"a year that ended in February", server.Extent{First: "2024-01-02", Last: "2025-02-20", Received: "2025-02-20"}, "2026-02-20", 2025},
	} {
		if got := tt.e.Year(tt.by); got != tt.want {
			t.Errorf("%s: %d, want %d", tt.name, got, tt.want)
		}
	}
}
