package scoring_test

import (
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"

	"hailong/scoring"
)

// circular fills a tally with means in tenths, one of ten dossiers each.
func circular(t *testing.T, tenths map[int]int) *scoring.CircularTally {
	t.Helper()
	var c scoring.CircularTally
	for index, v := range tenths {
		for d := range 10 {
			points := v / 10
			if d < v%10 {
				points++
			}
			if err := c.Add(index, points); err != nil {
				t.Fatal(err)
			}
		}
	}
	return &c
}

func TestCircularUnitBoundaries(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		tenths []int // of the nine indices
		total  int64
		want   scoring.CircularClass
	}{
		{[]int{20, 20, 20, 20, 20, 20, 20, 20, 20}, 180, scoring.Excellent},
		{[]int{20, 20, 20, 20, 20, 20, 10, 10, 10}, 150, scoring.Excellent},
		{[]int{20, 20, 20, 20, 20, 20, 10, 10, 9}, 149, scoring.Good},
		{[]int{20, 20, 20, 10, 10, 10, 10, 10, 10}, 120, scoring.Good},
		{[]int{20, 20, 20, 10, 10, 10, 10, 10, 9}, 119, scoring.Fair},
		{[]int{10, 10, 10, 10, 10, 10, 10, 10, 10}, 90, scoring.Fair},
		{[]int{10, 10, 10, 10, 10, 10, 10, 10, 9}, 89, scoring.Average},
		{[]int{7, 7, 7, 7, 7, 7, 6, 6, 6}, 60, scoring.Average},
		{[]int{7, 7, 7, 7, 7, 7, 6, 6, 5}, 59, scoring.Weak},
		{[]int{0, 0, 0, 0, 0, 0, 0, 0, 0}, 0, scoring.Weak},
	} {
		m := map[int]int{}
		for i, v := range c.tenths {
			m[i+1] = v
		}
		got := circular(t, m).Unit()
		if got.Total != c.total || got.Class != c.want || got.Scaled {
			t.Errorf("%v: %d tenths, %s, want %d, %s", c.tenths, got.Total, got.Class, c.total, c.want)
		}
	}
}

func TestCircularOfficerBoundaries(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		tenths map[int]int
		want   scoring.CircularClass
	}{
		{map[int]int{1: 10, 2: 10, 3: 10, 4: 10, 7: 10}, scoring.OfficerDone},
		{map[int]int{1: 10, 2: 10, 3: 10, 4: 10, 7: 9}, scoring.OfficerPartly},
		{map[int]int{1: 7, 2: 7, 3: 7, 4: 7, 7: 7}, scoring.OfficerPartly},
		{map[int]int{1: 7, 2: 7, 3: 7, 4: 7, 7: 6}, scoring.OfficerNotDone},
		{map[int]int{1: 7, 2: 7, 3: 7, 4: 7, 7: 6, 5: 20, 6: 20}, scoring.OfficerNotDone}, // 5 and 6 are not the officer's
		{map[int]int{5: 20}, ""},
	} {
		if got := circular(t, c.tenths).Officer(); got.Class != c.want {
			t.Errorf("%v: %s, want %s", c.tenths, got.Class, c.want)
		}
	}
}

func TestCircularRoundsHalvesUpAndLeavesOutWhatHasNoData(t *testing.T) {
	t.Parallel()
	var c scoring.CircularTally
	for range 19 { // 20 dossiers, 1 point: 0.05 rounds to 0.1
		if err := c.Add(1, 0); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Add(1, 1); err != nil {
		t.Fatal(err)
	}
	got := c.Unit()
	if got.Tenths[0] != 1 || got.Of != 20 || !got.Scaled || got.Tenths[1] != -1 {
		t.Errorf("%+v", got)
	}
	if got := (&scoring.CircularTally{}).Unit(); got.Class != "" {
		t.Errorf("a class without data: %s", got.Class)
	}
	if c.Add(0, 1) == nil || c.Add(10, 1) == nil || c.Add(1, 3) == nil || c.Add(1, -1) == nil {
		t.Error("nonsense was counted")
	}
}

func TestOnlineLevels(t *testing.T) {
	t.Parallel()
	var o scoring.OnlineTally
	for _, l := range []scoring.OnlineLevel{0, 1, 1, 2} {
		if err := o.Add(l); err != nil {
			t.Fatal(err)
		}
	}
	if x, n := o.Item(); x != 3 || n != 4 {
		t.Errorf("%d of %d", x, n)
	}
	if o.Add(3) == nil {
		t.Error("a fourth level was counted")
	}
}

func TestHandling(t *testing.T) {
	t.Parallel()
	day := 8 * time.Hour
	for _, c := range []struct {
		name string
		h    scoring.Handling
		late bool
	}{
		{"exactly on time", scoring.Handling{Allowed: 3 * day, Elapsed: 3 * day}, false},
		{"a minute late", scoring.Handling{Allowed: 3 * day, Elapsed: 3*day + time.Minute}, true},
		{"the clock stood still", scoring.Handling{Allowed: 3 * day, Elapsed: 5 * day, Paused: 2 * day, Supplements: 1}, false},
		{"papers asked for twice", scoring.Handling{Allowed: 3 * day, Elapsed: day, Supplements: 2}, true},
	} {
		if got := c.h.Late(); got != c.late {
			t.Errorf("%s: late %v", c.name, got)
		}
	}
	var tally scoring.HandlingTally
	for i := range 100 {
		tally.Add(scoring.Handling{Allowed: day, Elapsed: day, Complaint: i < 4})
	}
	for range 3 {
		tally.Add(scoring.Handling{Allowed: day, Elapsed: 2 * day, Open: true}) // late already
		tally.Add(scoring.Handling{Allowed: day, Elapsed: 0, Open: true})       // not counted
	}
	s := tally.Score()
	if s.N != 103 || s.Late != 3 || s.Complaint != 4 || !near(*s.Satisfaction, 96.0/103, 1e-12) {
		t.Errorf("%+v, satisfaction %v", s, *s.Satisfaction)
	}
	if empty := (scoring.HandlingTally{}).Score(); empty.Satisfaction != nil || empty.OnTime != nil {
		t.Error("a score of nothing")
	}
	if scoring.HandlingPoints(0.9, 18) != 18 || scoring.HandlingPoints(0.45, 18) != 9 || scoring.HandlingPoints(0.99, 18) != 18 {
		t.Error("points")
	}
}

// Splitting the dossiers and adding the tallies up gives what one tally gives.
func TestMethodsMergeExactly(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		var circular, c1, c2 scoring.CircularTally
		var online, o1, o2 scoring.OnlineTally
		var handling, h1, h2 scoring.HandlingTally
		for range rapid.IntRange(0, 40).Draw(r, "dossiers") {
			first := rapid.Bool().Draw(r, "first part")
			c, o, h := &c2, &o2, &h2
			if first {
				c, o, h = &c1, &o1, &h1
			}
			index, points := rapid.IntRange(1, 9).Draw(r, "index"), rapid.IntRange(0, 2).Draw(r, "points")
			level := scoring.OnlineLevel(rapid.IntRange(0, 2).Draw(r, "level"))
			one := scoring.Handling{Elapsed: time.Duration(rapid.IntRange(0, 9).Draw(r, "elapsed")), Allowed: 5, Open: rapid.Bool().Draw(r, "open"), Complaint: rapid.Bool().Draw(r, "complaint")}
			if err := errors.Join(circular.Add(index, points), c.Add(index, points), online.Add(level), o.Add(level)); err != nil {
				r.Fatal(err)
			}
			handling.Add(one)
			h.Add(one)
		}
		c2.Merge(c1)
		o2.Merge(o1)
		h2.Merge(h1)
		if c2 != circular || o2 != online || h2 != handling {
			r.Fatalf("parts give %v %v %v, the whole %v %v %v", c2, o2, h2, circular, online, handling)
		}
	})
}
