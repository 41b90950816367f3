package server_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"hailong/scoring"
	"hailong/server"
)

var everyDimension = []server.Dimension{server.ByField, server.ByCounter, server.ByOfficer, server.ByChannel, server.ByLane, server.ByMonth, server.ByDay}

// drawHouse fills a house with dossiers and answers of the first months of 2024.
func drawHouse(rt *rapid.T, t testing.TB) *house {
	h := newHouse(t)
	h.set("2024-06-01 09:00:00")
	pick := func(name string, from ...string) string { return rapid.SampledFrom(from).Draw(rt, name) }
	day := func(name string) server.Day {
		return server.Day("2024-01-01").Add(rapid.IntRange(0, 100).Draw(rt, name))
	}
	var ds []server.Dossier
	for i := range rapid.IntRange(0, 25).Draw(rt, "dossiers") {
		received := day("received").Time().Add(time.Duration(rapid.IntRange(0, 86399).Draw(rt, "second")) * time.Second)
		d := server.Dossier{
			Code: server.DossierCode(fmt.Sprintf("H24.1.2-240101-%04d", i)), Received: received,
			Status: server.Status(rapid.IntRange(1, 10).Draw(rt, "status")), Channel: server.Channel(rapid.IntRange(0, 3).Draw(rt, "channel")),
			Field: pick("field", "", "Hộ tịch", "Chứng thực"), Counter: pick("counter", "", "1", "2"), Officer: pick("officer", "", "A", "B"),
		}
		if rapid.Bool().Draw(rt, "due") {
			d.Due = received.Add(48 * time.Hour)
		}
		if d.Status >= server.StatusFinished {
			d.Finished = received.Add(time.Duration(rapid.IntRange(0, 120).Draw(rt, "hours")) * time.Hour)
		}
		if d.Status == server.StatusReturned {
			d.Returned = d.Finished.Add(time.Hour)
		}
		ds = append(ds, d)
	}
	h.put(t, ds...)
	for _, d := range ds {
		if h.Earns(d) && rapid.Bool().Draw(rt, "invited") {
			if _, err := h.Issue(t.Context(), d.Code, server.IssueOnce); err != nil {
				t.Fatal(err)
			}
		}
	}
	var as []server.Answer
	for i := range rapid.IntRange(0, 40).Draw(rt, "answers") {
		marks := map[string]string{}
		for _, it := range h.Survey().Items() {
			marks[it.ID] = pick("mark", "", "N", "1", "2", "3", "4", "5")
		}
		as = append(as, server.Answer{
			ID: strconv.Itoa(i), Unit: "phu-lien-2024", Survey: "sipas-short", Day: day("answered"), Lane: server.Lane(pick("lane", "slip", "kiosk", "walkup")),
			Channel: server.Channel(rapid.IntRange(0, 3).Draw(rt, "channel")), Field: pick("field", "", "Hộ tịch", "Chứng thực"), Counter: pick("counter", "", "1", "2"),
			Officer: pick("officer", "", "A", "B"), Marks: marks,
		})
	}
	if _, err := h.PutAnswers(t.Context(), as); err != nil {
		t.Fatal(err)
	}
	return h
}

// Whatever a period is broken down by, its parts add up to it: every level of
// every item, every counter of dossiers, all of the coverage.
func TestPartsAddUp(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		h := drawHouse(rt, t)
		from := server.Day("2024-01-01").Add(rapid.IntRange(0, 60).Draw(rt, "from"))
		to := from.Add(rapid.IntRange(0, 60).Draw(rt, "length"))
		by := rapid.SliceOfNDistinct(rapid.SampledFrom(everyDimension), 1, 3, rapid.ID).Draw(rt, "by")
		whole, err := h.Index(t.Context(), server.IndexQuery{From: from, To: to, By: by})
		if err != nil {
			rt.Fatal(err)
		}
		levels := map[string][]int64{}
		var answers int64
		var counts server.DossierCounts
		var cov server.Coverage
		for _, p := range whole.Parts {
			answers += p.Document.Answers
			for _, it := range p.Document.Items {
				sum := levels[it.Key]
				if sum == nil {
					sum = make([]int64, 7)
					levels[it.Key] = sum
				}
				for i, n := range append(slices.Clone(it.Value.Levels), it.Value.NotApplicable, it.Value.Unanswered) {
					sum[i] += n
				}
			}
			if p.OnTime != nil {
				counts.Add(p.OnTime.DossierCounts)
			}
			if p.Coverage != nil {
				cov.Add(*p.Coverage)
			}
		}
		if answers != whole.Answers {
			rt.Fatalf("by %v: %d answers in parts, %d in all", by, answers, whole.Answers)
		}
		for _, it := range whole.Items {
			want := append(slices.Clone(it.Value.Levels), it.Value.NotApplicable, it.Value.Unanswered)
			if got := levels[it.Key]; answers > 0 && !slices.Equal(got, want) {
				rt.Fatalf("by %v: %s adds up to %v, not %v", by, it.Key, got, want)
			}
			if it.Value.N+it.Value.NotApplicable+it.Value.Unanswered != whole.Answers {
				rt.Fatalf("%s loses answers: %+v of %d", it.Key, it.Value, whole.Answers)
			}
		}
		if slices.Contains(by, server.ByLane) { // dossiers have no lane
			if counts != (server.DossierCounts{}) || cov != (server.Coverage{}) {
				rt.Fatalf("dossiers by lane: %+v %+v", counts, cov)
			}
			return
		}
		if counts != whole.OnTime.DossierCounts || cov != whole.Coverage {
			rt.Fatalf("by %v: %+v and %+v, not %+v and %+v", by, counts, cov, whole.OnTime.DossierCounts, whole.Coverage)
		}
		c := whole.OnTime.DossierCounts
		if c.Received != c.OnTime+c.Late+c.Open+c.OpenOverdue+c.NotCounted || cov.Returned != cov.Invited+cov.Uninvited {
			rt.Fatalf("counters do not add up: %+v %+v", c, cov)
		}
	})
}

// Two periods side by side add up to the one that spans them: no day is
// counted twice or not at all, whether its figures are sealed or not.
func TestPeriodsAddUp(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		h := drawHouse(rt, t)
		if rapid.Bool().Draw(rt, "sealed") {
			if _, err := h.SealDays(t.Context()); err != nil {
				rt.Fatal(err)
			}
		}
		from := server.Day("2023-12-30").Add(rapid.IntRange(0, 50).Draw(rt, "from"))
		middle := from.Add(rapid.IntRange(0, 50).Draw(rt, "middle"))
		to := middle.Add(rapid.IntRange(1, 50).Draw(rt, "to"))
		of := func(from, to server.Day) (int64, server.DossierCounts, server.Coverage) {
			d, err := h.Index(t.Context(), server.IndexQuery{From: from, To: to, Brief: true})
			if err != nil {
				rt.Fatal(err)
			}
			return d.Answers, d.OnTime.DossierCounts, d.Coverage
		}
		a, ac, av := of(from, middle)
		b, bc, bv := of(middle.Add(1), to)
		ac.Add(bc)
		av.Add(bv)
		if n, c, v := of(from, to); n != a+b || c != ac || v != av {
			rt.Fatalf("%s..%s..%s: %d %+v %+v, not %d %+v %+v", from, middle, to, a+b, ac, av, n, c, v)
		}
	})
}

// The first and the last day belong to a period, and days change at midnight
// in Việt Nam, which is 17:00 UTC.
func TestPeriodBounds(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		at   time.Time
		want int64
	}{
		{at("2024-01-31 23:59:59"), 0}, {at("2024-02-01 00:00:00"), 1}, {at("2024-02-29 23:59:59"), 1}, {at("2024-03-01 00:00:00"), 0},
		{time.Date(2024, 1, 31, 16, 59, 59, 0, time.UTC), 0}, {time.Date(2024, 1, 31, 17, 0, 0, 0, time.UTC), 1},
		{time.Date(2024, 2, 29, 16, 59, 59, 0, time.UTC), 1}, {time.Date(2024, 2, 29, 17, 0, 0, 0, time.UTC), 0},
	} {
		h := newHouse(t)
		d := returned(1, "2024-01-10", "2024-01-12")
		h.put(t, d)
		slip, err := h.Issue(t.Context(), d.Code, server.IssueOnce)
		if err != nil {
			t.Fatal(err)
		}
		h.set(c.at.In(server.Zone).Format(time.DateTime))
		if _, err := h.AcceptSlip(t.Context(), slip.Code, given("5")); err != nil {
			t.Fatal(err)
		}
		d2 := returned(2, "2024-01-10", "2024-01-12")
		d2.Received, d2.Due = c.at, c.at.Add(time.Hour)
		d2.Finished, d2.Returned = c.at, c.at
		h.put(t, d2)
		doc, err := h.Index(t.Context(), server.IndexQuery{From: "2024-02-01", To: "2024-02-29"})
		if err != nil {
			t.Fatal(err)
		}
		if doc.Answers != c.want || doc.OnTime.Received != c.want || doc.Coverage.Returned != c.want || doc.Coverage.Answers != c.want {
			t.Errorf("%s: %d answers, %+v, %+v; want %d", c.at, doc.Answers, doc.OnTime.DossierCounts, doc.Coverage, c.want)
		}
	}
}

// On time must be more than the target: exactly 95 % misses it, and 94.996 %
// is not rounded to it, for every number of dossiers.
func TestOnTimeBoundary(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		onTime, late int64
		want         scoring.Verdict
	}{
		{0, 0, scoring.TooEarly}, {19, 1, scoring.NotMet}, {95, 5, scoring.NotMet}, {950, 50, scoring.NotMet}, {951, 49, scoring.Met},
		{94996, 5004, scoring.NotMet}, {95000, 5000, scoring.NotMet}, {95001, 4999, scoring.Met}, {1, 0, scoring.Met}, {0, 1, scoring.NotMet},
	} {
		d := server.NewOnTime(server.DossierCounts{OnTime: c.onTime, Late: c.late, Open: 3, OpenOverdue: 2, NotCounted: 7}, 0.95)
		if d.Verdict != c.want || d.X != c.onTime || d.N != c.onTime+c.late {
			t.Errorf("%d of %d: %s", c.onTime, c.onTime+c.late, d.Verdict)
		}
		if (d.Share == nil) != (d.N == 0) {
			t.Errorf("%d of %d has the share %v", d.X, d.N, d.Share)
		}
	}
	for hundredths := int64(1); hundredths < 100; hundredths++ {
		for n := int64(100); n <= 20000; n += 100 { // x of n is exactly the target
			x := n * hundredths / 100
			target := float64(hundredths) / 100
			exact := server.NewOnTime(server.DossierCounts{OnTime: x, Late: n - x}, target)
			above := server.NewOnTime(server.DossierCounts{OnTime: x + 1, Late: n - x - 1}, target)
			if exact.Verdict != scoring.NotMet || above.Verdict != scoring.Met {
				t.Fatalf("%d of %d against %v: %s, one more: %s", x, n, target, exact.Verdict, above.Verdict)
			}
		}
	}
}

// Figures of nothing are no figures.
func TestIndexOfNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	doc, err := h.Index(t.Context(), server.IndexQuery{From: "2024-01-01", To: "2024-12-31", By: everyDimension})
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	if doc.OnTime.Share != nil || doc.ResponseRate != nil || doc.Verdict != scoring.TooEarly || doc.OnTime.Verdict != scoring.TooEarly || len(doc.Parts) != 0 {
		t.Errorf("%s", b)
	}
	for _, bad := range []string{"NaN", "Inf", `"share":0`, `"share":1`} {
		if strings.Contains(string(b), bad) {
			t.Errorf("%s in %s", bad, b)
		}
	}
}

// A target is compared unrounded and the response rate counts slips only.
func TestResponseRate(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for i := range 4 {
		d := returned(i, "2024-01-10", "2024-01-12")
		h.put(t, d)
		slip, err := h.Issue(t.Context(), d.Code, server.IssueOnce)
		if err != nil {
			t.Fatal(err)
		}
		if i < 1 {
			if _, err := h.AcceptSlip(t.Context(), slip.Code, given("5")); err != nil {
				t.Fatal(err)
			}
		}
	}
	for i := range 9 {
		if _, err := h.AcceptWalkUp(t.Context(), strconv.Itoa(i), given("4")); err != nil {
			t.Fatal(err)
		}
	}
	doc, err := h.Index(t.Context(), server.IndexQuery{From: "2024-01-01", To: "2024-01-31", By: []server.Dimension{server.ByLane}})
	if err != nil {
		t.Fatal(err)
	}
	r := doc.ResponseRate
	if doc.Answers != 10 || r == nil || r.Answers != 1 || r.Eligible != 4 || math.Abs(*r.Share-0.25) > 1e-15 {
		t.Errorf("%d answers, response rate %+v", doc.Answers, r)
	}
	if doc.Coverage != (server.Coverage{Returned: 4, Invited: 4, Answers: 1}) {
		t.Errorf("coverage %+v", doc.Coverage)
	}
	var lanes []string
	for _, p := range doc.Parts {
		lanes = append(lanes, p.Key[server.ByLane]+" "+strconv.FormatInt(p.Document.Answers, 10))
	}
	if !reflect.DeepEqual(lanes, []string{"slip 1", "walkup 9"}) {
		t.Errorf("lanes %v", lanes)
	}
	if _, err := h.Index(t.Context(), server.IndexQuery{From: "2024-02-01", To: "2024-01-31"}); !errors.Is(err, server.ErrInvalid) {
		t.Errorf("a period backwards: %v", err)
	}
	if _, err := h.Index(t.Context(), server.IndexQuery{From: "2024-01-01", To: "2024-01-31", Survey: "x"}); !errors.Is(err, server.ErrInvalid) {
		t.Errorf("an unknown survey: %v", err)
	}
}

func TestParseDimensions(t *testing.T) {
	t.Parallel()
	for in, want := range map[string][]server.Dimension{
		"": nil, "field": {server.ByField}, "field, month": {server.ByField, server.ByMonth}, "day,day": {server.ByDay},
		"field,counter,officer,channel,lane,month,day": everyDimension,
	} {
		if got, err := server.ParseDimensions(in); err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: %v, %v", in, got, err)
		}
	}
	for _, in := range []string{"shoe", "field,", ",", "FIELD", "$where"} {
		if got, err := server.ParseDimensions(in); !errors.Is(err, server.ErrInvalid) {
			t.Errorf("%q: %v, %v", in, got, err)
		}
	}
}

// Answers to another instrument are counted beside, never mixed in; a filter
// keeps what it says.
func TestFilterAndOthers(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var as []server.Answer
	for i, field := range []string{"Chứng thực", "Chứng thực", "Hộ tịch", ""} {
		as = append(as, server.Answer{ID: strconv.Itoa(i), Unit: "phu-lien-2024", Survey: "sipas-short", Day: "2024-01-10", Field: field, Lane: server.LaneSlip, Marks: map[string]string{"overall": "5"}})
	}
	as = append(as, server.Answer{ID: "paper", Unit: "phu-lien-2024", Survey: "sipas-19", Day: "2024-01-10", Lane: server.LanePaper, Marks: map[string]string{"overall": "1"}})
	as = append(as, server.Answer{ID: "elsewhere", Unit: "another", Survey: "sipas-short", Day: "2024-01-10", Lane: server.LaneSlip, Marks: map[string]string{"overall": "1"}})
	if _, err := h.PutAnswers(t.Context(), as); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		f    server.Filter
		want int64
	}{
		{server.Filter{}, 4}, {server.Only(server.ByField, "Chứng thực"), 2}, {server.Except(server.ByField, "Chứng thực"), 2},
		{server.Only(server.ByField, "Hộ tịch").And(server.Only(server.ByLane, "slip")), 1}, {server.Only(server.ByField, "Hộ tịch").And(server.Only(server.ByLane, "kiosk")), 0},
		{server.Filter{}.And(server.Only(server.ByField, "")), 1}, {server.Only(server.ByMonth, "2024-01").And(server.Filter{}), 4},
	} {
		doc, err := h.Index(t.Context(), server.IndexQuery{From: "2024-01-01", To: "2024-01-31", Filter: c.f})
		if err != nil || doc.Answers != c.want || doc.Others["sipas-19"] != 1 {
			t.Errorf("%d answers, others %v, %v; want %d", doc.Answers, doc.Others, err, c.want)
		}
	}
}
