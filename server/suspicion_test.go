package server_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"hailong/server"
	"hailong/server/store"
)

// answersByID are the stored answers with the ids they are stored under.
func (h *house) answersByID(t testing.TB) (out []server.Answer) {
	t.Helper()
	for d, err := range h.memory.Scan(t.Context(), "answers", store.Range{}) {
		if err != nil {
			t.Fatal(err)
		}
		a := server.Answer{}
		if err := json.Unmarshal(d.Body, &a); err != nil {
			t.Fatal(err)
		}
		a.ID = d.Key
		out = append(out, a)
	}
	return out
}

// An office is a house with twelve quiet weeks: two counters with a kiosk each,
// every answer backed by a dossier.
type office struct {
	*house
	t   testing.TB
	rnd *rand.Rand
	n   int
}

func newOffice(t testing.TB) *office {
	o := &office{house: newHouse(t), t: t, rnd: rand.New(rand.NewPCG(3, 9))}
	o.set("2024-04-15 09:00:00")
	for day := server.Day("2024-01-15"); day <= "2024-04-05"; day = day.Add(1) {
		if w := day.Time().Weekday(); w == 0 || w == 6 {
			continue
		}
		for _, counter := range []string{"Quầy 1", "Quầy 2"} {
			for range 4 + o.rnd.IntN(3) {
				a := o.answer(day, counter)
				if o.rnd.IntN(3) == 0 {
					a.Lane, a.Device = server.LaneKiosk, "K-"+counter
				}
				o.add(true, a)
			}
		}
	}
	return o
}

// answer is one that a citizen might give.
func (o *office) answer(day server.Day, counter string) server.Answer {
	o.n++
	mark := func() string { return fmt.Sprint(2 + o.rnd.IntN(4)) }
	return server.Answer{ID: fmt.Sprintf("a%05d", o.n), Unit: o.Config.Unit, Survey: o.Survey().ID, Day: day, Lane: server.LaneSlip, Field: "Hộ tịch", Counter: counter,
		Officer: []string{"CC01", "CC02", "CC03"}[o.rnd.IntN(3)], Channel: server.ChannelCounter, Punctuality: server.OnTime,
		Marks: map[string]string{"overall": mark(), "access": mark(), "procedure": mark(), "official": mark(), "result": mark(), "feedback": "N"}}
}

// add stores answers, with a dossier for each where they are backed.
func (o *office) add(backed bool, as ...server.Answer) {
	o.t.Helper()
	if _, err := o.PutAnswers(o.t.Context(), as); err != nil {
		o.t.Fatal(err)
	}
	if !backed {
		return
	}
	for _, a := range as {
		d := returned(o.n, string(a.Day), string(a.Day))
		d.Code = server.DossierCode(fmt.Sprintf("000.21.35.H24-240110-%05d", o.n))
		d.Field, d.Counter, d.Officer = a.Field, a.Counter, a.Officer
		o.n++
		o.put(o.t, d)
	}
}

// spread adds n answers about an officer, over the weeks and on a counter of
// their own, each as change makes it.
func (o *office) spread(officer string, n int, change func(i int, a *server.Answer)) {
	d := server.Day("2024-01-15")
	for i := range n {
		for w := d.Time().Weekday(); w == 0 || w == 6; w = d.Time().Weekday() {
			d = d.Add(1)
		}
		a := o.answer(d, "Quầy của "+officer)
		a.Officer = officer
		change(i, &a)
		o.add(true, a)
		if d = d.Add(1); i%2 == 0 && n < 35 {
			d = d.Add(1)
		}
	}
}

func (o *office) flags() []server.Flag {
	o.t.Helper()
	got, err := o.Suspicions(o.t.Context(), server.User{Name: "lan", Role: server.RoleLeader}, "2024-01-15", "2024-04-05")
	if err != nil {
		o.t.Fatal(err)
	}
	return got.Flags
}

func TestQuietOfficeHasNoFlags(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	if got := o.flags(); len(got) != 0 {
		t.Errorf("flags without a reason: %+v", got)
	}
	if _, err := o.Suspicions(t.Context(), server.User{}, "2023-01-01", "2024-04-05"); err == nil {
		t.Error("a span of more than a year")
	}
	if _, err := o.Suspicions(t.Context(), server.User{}, "2024-04-05", "2024-01-01"); err == nil {
		t.Error("a span that ends before it begins")
	}
}

// Each rule finds what it is for, and only that.
func TestRules(t *testing.T) {
	t.Parallel()
	const day = server.Day("2024-03-13")
	for _, tt := range []struct {
		name  string
		spoil func(o *office)
		want  []server.Batch
		n, of int64
	}{
		{"slips spent at the desk", func(o *office) {
			for range 3 {
				a := o.answer(day, "Quầy 1")
				a.Hasty = true
				o.add(true, a)
			}
		}, []server.Batch{{Rule: server.RuleHasty, From: day, To: day, Lane: server.LaneSlip, Counter: "Quầy 1"}}, 3, 0},
		{"two slips spent at the desk", func(o *office) {
			for range 2 {
				a := o.answer(day, "Quầy 1")
				a.Hasty = true
				o.add(true, a)
			}
		}, nil, 0, 0},
		{"one phone after the other", func(o *office) {
			a := o.answer(day, "Quầy 1")
			a.Serial = true
			o.add(true, a)
		}, []server.Batch{{Rule: server.RuleSerial, From: day, To: day, Lane: server.LaneSlip}}, 1, 0},
		{"the same again and again", func(o *office) {
			for range 8 {
				a := o.answer(day, "Quầy 3")
				a.Marks = map[string]string{"overall": "5", "access": "5", "procedure": "5", "official": "5", "result": "5", "feedback": "5"}
				o.add(true, a)
			}
		}, []server.Batch{{Rule: server.RuleEqual, From: day, To: day, Lane: server.LaneSlip, Counter: "Quầy 3"}, {Rule: server.RuleBurst, From: day, To: day, Lane: server.LaneSlip, Counter: "Quầy 3"}}, 8, 8},
		{"the same, but everybody says so", func(o *office) {
			for d := server.Day("2024-01-15"); d <= "2024-04-05"; d = d.Add(1) {
				if w := d.Time().Weekday(); w == 0 || w == 6 {
					continue
				}
				for range 8 {
					a := o.answer(d, "Quầy 3")
					a.Marks = map[string]string{"overall": "5", "access": "5", "procedure": "5", "official": "5", "result": "5"}
					o.add(true, a)
				}
			}
		}, nil, 0, 0},
		{"many on one day", func(o *office) {
			for range 22 {
				o.add(true, o.answer(day, "Quầy 1"))
			}
		}, []server.Batch{{Rule: server.RuleBurst, From: day, To: day, Lane: server.LaneSlip, Counter: "Quầy 1"}}, 0, 0},
		{"more at the kiosk than people", func(o *office) {
			a := o.answer(day, "Quầy 3")
			o.add(true, a) // one person
			for range 5 {
				a := o.answer(day, "Quầy 3")
				a.Lane, a.Officer, a.Field = server.LaneWalkUp, "", ""
				o.add(false, a)
			}
		}, []server.Batch{{Rule: server.RuleExcess, From: day, To: day, Lane: server.LaneWalkUp, Counter: "Quầy 3"}}, 5, 1},
		{"more answers than dossiers", func(o *office) {
			for range 3 {
				a := o.answer(day, "Quầy 1")
				a.Field = "Đất đai"
				o.add(false, a)
			}
		}, []server.Batch{{Rule: server.RuleTooMany, From: "2024-01-15", To: "2024-04-05", Field: "Đất đai"}, {Rule: server.RuleTooMany, From: "2024-01-15", To: "2024-04-05", Counter: "Quầy 1"}}, 3, 0},
		{"an officer on one kiosk only", func(o *office) {
			o.spread("CC09", 30, func(_ int, a *server.Answer) { a.Lane, a.Device = server.LaneKiosk, "K9" })
		}, []server.Batch{{Rule: server.RuleOneKiosk, From: "2024-01-15", To: "2024-04-05", Lane: server.LaneKiosk, Officer: "CC09"}}, 30, 30},
		{"an officer whose answers were changed", func(o *office) {
			o.spread("CC09", 40, func(i int, a *server.Answer) {
				if i%8 == 0 { // five of forty
					a.Rev, a.Past, a.Marks["overall"] = 1, []string{"x"}, "5"
				}
			})
		}, []server.Batch{{Rule: server.RuleChanged, From: "2024-01-15", To: "2024-04-05", Officer: "CC09"}}, 5, 40},
		{"an officer whose answers were changed for the worse", func(o *office) {
			o.spread("CC09", 40, func(i int, a *server.Answer) {
				if i%8 == 0 {
					a.Rev, a.Past, a.Marks["overall"] = 1, []string{"x"}, "2"
				}
			})
		}, nil, 0, 0},
		{"changes everywhere", func(o *office) {
			for _, officer := range []string{"CC04", "CC05", "CC06", "CC07", "CC08", "CC09"} {
				o.spread(officer, 60, func(i int, a *server.Answer) {
					if i%8 == 0 {
						a.Rev, a.Past, a.Marks["overall"] = 1, []string{"x"}, "5"
					}
				})
			}
		}, nil, 0, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := newOffice(t)
			tt.spoil(o)
			got := o.flags()
			var batches []server.Batch
			for _, f := range got {
				batches = append(batches, f.Batch)
			}
			if !slices.Equal(batches, tt.want) {
				t.Fatalf("flags %+v, want %+v", got, tt.want)
			}
			if len(got) == 0 {
				return
			}
			f := got[0]
			if tt.n > 0 && f.N != tt.n || tt.of > 0 && f.Of != tt.of {
				t.Errorf("%d of %d, want %d of %d", f.N, f.Of, tt.n, tt.of)
			}
			if f.Officer != "" && f.From == f.To {
				t.Error("an officer together with a day")
			}
			hidden, err := o.Suspicions(t.Context(), server.User{Officer: "cc09"}, "2024-01-15", "2024-04-05")
			if err != nil || slices.ContainsFunc(hidden.Flags, func(f server.Flag) bool { return f.Officer != "" }) {
				t.Errorf("an officer sees the flag about them: %v", err)
			}
			if again := o.flags(); again[0].ID != f.ID || strings.TrimLeft(f.ID, "0123456789abcdef") != "" {
				t.Errorf("the flag is called %s and then %s", f.ID, again[0].ID)
			}
		})
	}
}

// The headline as it counts is the index's, and the one without flags lacks what
// the flags are about and nothing else; a batch that two people took out is in
// neither.
func TestSuspicionWithAndWithout(t *testing.T) {
	t.Parallel()
	o, f := spoiled(t)
	ctx := t.Context()
	look := func() *server.Suspicion {
		t.Helper()
		found, err := o.Suspicions(ctx, server.User{Name: "mai", Role: server.RoleInspector}, "2024-01-01", "2024-12-31")
		if err != nil {
			t.Fatal(err)
		}
		if h := headline(o.index(server.IndexQuery{})); h != [2]int64{found.With.X, found.With.N} {
			t.Errorf("with flags %+v, the index says %v", found.With, h)
		}
		return found
	}
	found := look()
	d := server.Judged{X: found.With.X - found.Without.X, N: found.With.N - found.Without.N}
	if found.Flagged != f.N || d.N != f.N || d.X < 22 || d.X > f.N {
		t.Errorf("%d flagged, %+v less", found.Flagged, d)
	}
	id, err := o.ProposeQuarantine(ctx, server.User{Name: "lan", Role: server.RoleLeader}, "2024-01-01", "2024-12-31", f.ID, why)
	if err != nil {
		t.Fatal(err)
	}
	if again := look(); again.Flagged != found.Flagged || again.With != found.With {
		t.Errorf("a proposal changes the figures: %+v", again)
	}
	if err := o.DecideQuarantine(ctx, server.User{Name: "mai", Role: server.RoleInspector}, id, 1, server.StepSign, why); err != nil {
		t.Fatal(err)
	}
	if out := look(); out.Flagged != 0 || out.With != found.Without || out.Without != found.Without {
		t.Errorf("in quarantine: %+v", out)
	}
}
