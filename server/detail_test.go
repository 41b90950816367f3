package server_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"hailong/scoring/survey"
	"hailong/server"
	"hailong/server/store"
)

// The criteria that go with a short answer are kept in it, count for the full
// form and for nothing else, whether they are read one by one or from seals.
func TestDetailCountsForTheFullForm(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		h := newHouse(t)
		ctx := t.Context()
		full := h.DetailSurvey()
		var short, detailed int64
		n := map[string]int64{}
		for i := range rapid.IntRange(1, 12).Draw(rt, "answers") {
			h.set(fmt.Sprintf("2024-02-%02d 09:00:00", 1+i%3))
			sub := given(rapid.SampledFrom([]string{"1", "3", "5"}).Draw(rt, "overall"))
			short++
			some := false
			for _, it := range full.Items() {
				if it.Element >= 0 && rapid.IntRange(0, 3).Draw(rt, "asked") == 0 {
					sub.Given[it.ID] = rapid.SampledFrom([]string{"1", "4", "5", "N", ""}).Draw(rt, it.ID)
					if m := sub.Given[it.ID]; m != "" {
						some = true
						if m != "N" {
							n[it.ID]++
						}
					}
				}
			}
			if some {
				detailed++
				n["overall"]++
			}
			if _, err := h.AcceptWalkUp(ctx, fmt.Sprintf("00000000-0000-4000-8000-%012d", i), sub); err != nil {
				rt.Fatal(err)
			}
		}
		paper := server.Answer{ID: "paper", Unit: "phu-lien-2024", Survey: "sipas-19", Day: "2024-02-02", Lane: server.LanePaper, Marks: map[string]string{"c1": "5", "overall": "4"}}
		if _, err := h.PutAnswers(ctx, []server.Answer{paper}); err != nil {
			rt.Fatal(err)
		}
		n["c1"]++
		n["overall"]++
		look := func(when string) {
			doc, err := h.Index(ctx, server.IndexQuery{From: "2024-02-01", To: "2024-02-29", Survey: "sipas-19", By: []server.Dimension{server.ByLane}})
			if err != nil {
				rt.Fatal(err)
			}
			if doc.Answers != detailed+1 || doc.Others["sipas-short"] != short-detailed || len(doc.Others) > 1 {
				rt.Errorf("%s: full form: %d answers, %v others; want %d and %d", when, doc.Answers, doc.Others, detailed+1, short-detailed)
			}
			for _, it := range full.Items() {
				if got, _ := doc.Items.Get(it.ID); got.N != n[it.ID] {
					rt.Errorf("%s: %s: n = %d, want %d", when, it.ID, got.N, n[it.ID])
				}
			}
			if _, err := json.Marshal(doc); err != nil {
				rt.Errorf("%s: %v", when, err)
			}
			doc, err = h.Index(ctx, server.IndexQuery{From: "2024-02-01", To: "2024-02-29"})
			if err != nil || doc.Answers != short || !maps.Equal(doc.Others, map[string]int64{"sipas-19": 1}) {
				rt.Errorf("%s: short form: %d answers, %v others, %v; want %d", when, doc.Answers, doc.Others, err, short)
			}
		}
		h.set("2024-02-03 10:00:00")
		look("open")
		h.set("2024-04-15 10:00:00")
		if _, err := h.SealDays(ctx); err != nil {
			rt.Fatal(err)
		}
		look("sealed")
		h.sequence(t)
		rep, err := h.Recount(ctx, "", "", server.RepairNothing)
		if err != nil || rep.Answers != short+1 || len(rep.Differing)+len(rep.Stale) > 0 || !rep.Ledger.Sound() || rep.Ledger.Entered != short+1 {
			rt.Errorf("recount: %+v, %+v, %v", rep, rep.Ledger, err)
		}
	})
}

// Whoever changes a criterion in the store is found out.
func TestDetailIsInTheLedger(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	slip := h.one(t)
	sub := given("4")
	sub.Given["c14"] = "2"
	if _, err := h.AcceptSlip(t.Context(), slip.Code, sub); err != nil {
		t.Fatal(err)
	}
	h.set("2024-02-01 09:00:00")
	h.sequence(t)
	if rep := h.recount(t); !rep.Sound() {
		t.Fatalf("before: %+v", rep)
	}
	for d, err := range h.memory.Scan(t.Context(), "answers", store.Range{}) {
		if err != nil {
			t.Fatal(err)
		}
		d.Body = []byte(strings.Replace(string(d.Body), `"c14":"2"`, `"c14":"5"`, 1))
		if err := h.memory.Replace(t.Context(), "answers", d); err != nil {
			t.Fatal(err)
		}
	}
	if rep := h.recount(t); rep.Sound() {
		t.Errorf("after: %+v", rep)
	}
}

// Criteria are part of what was answered: the same again is the same, other ones
// are another answer, and nonsense is told item by item.
func TestDetailIsPartOfTheAnswer(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	slip := h.one(t)
	sub := func(marks ...string) server.Submission {
		out := given("4")
		for i := 0; i+1 < len(marks); i += 2 {
			out.Given[marks[i]] = marks[i+1]
		}
		return out
	}
	_, err := h.AcceptSlip(t.Context(), slip.Code, sub("c1", "9", "c99", "1", "access", "x"))
	var f *server.Faults
	if !errors.As(err, &f) || len(f.List) != 3 || f.List[0] != (survey.Fault{Item: "access", Kind: survey.FaultLevel}) || f.List[2] != (survey.Fault{Item: "c1", Kind: survey.FaultLevel}) {
		t.Fatalf("faults: %+v", f)
	}
	if _, err := h.AcceptSlip(t.Context(), slip.Code, sub("c1", "5", "c2", "")); err != nil {
		t.Fatal(err)
	}
	if r, err := h.AcceptSlip(t.Context(), slip.Code, sub("c1", "5")); err != nil || !r.Already {
		t.Errorf("the same: %+v, %v", r, err)
	}
	for _, other := range []server.Submission{sub(), sub("c1", "4"), sub("c1", "5", "c2", "5")} {
		if _, err := h.AcceptSlip(t.Context(), slip.Code, other); !errors.Is(err, server.ErrAnswered) {
			t.Errorf("%v: %v", other.Given, err)
		}
	}
}

// Every slip asks about one element, always the same, and over many slips each
// element is asked about as often as the others.
func TestRotation(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	rnd := rand.NewChaCha8([32]byte{5})
	counts := make([]int, len(h.DetailSurvey().Elements))
	const slips = 10_000
	for range slips {
		c, err := server.NewSlipCode(rnd)
		if err != nil {
			t.Fatal(err)
		}
		e := h.RotatedElement(c)
		if e != h.RotatedElement(c) {
			t.Fatal("a slip asks about two elements")
		}
		counts[e]++
	}
	k := float64(len(counts))
	for e, n := range counts {
		if d := math.Abs(float64(n) - slips/k); d > 4.5*math.Sqrt(slips*(1/k)*(1-1/k)) {
			t.Errorf("element %d is asked %d times in %d", e, n, slips)
		}
	}
}
