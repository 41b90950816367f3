package kiosk

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// walk plays a line of signs: "." lets a pace go by, "p" is a press; it returns
// what was marked after each, and in brackets what was picked.
func walk(s *Scan, signs string) string {
	var out []string
	for _, c := range signs {
		picked := ""
		switch c {
		case '.':
			s.Pass(s.pace)
		case 'p':
			if spot, ok := s.Pick(); ok {
				picked = fmt.Sprintf("[%d/%d]", spot.Group, spot.Item)
			}
			s.Pass(Bounce) // less than a pace
		}
		at := "-"
		if spot, ok := s.Spot(); ok {
			at = fmt.Sprintf("%d/%d", spot.Group, spot.Item)
			if spot.Item < 0 {
				at = fmt.Sprint(spot.Group)
			}
		}
		out = append(out, picked+at)
	}
	return strings.Join(out, " ")
}

func TestScan(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		groups []int
		signs  string
		want   string
	}{
		{"the first mark stays twice as long", []int{3}, "...", "0/0 0/1 0/2"},
		{"round and round", []int{3}, ".....", "0/0 0/1 0/2 0/0 0/1"},
		{"faces one by one, then the bar and the tools as groups", []int{5, 3, 4}, "........", "0/0 0/1 0/2 0/3 0/4 1 2 0/0"},
		{"a face is picked", []int{5, 3}, "...p", "0/0 0/1 0/2 [0/2]0/2"},
		{"a picked reason can be taken back", []int{4, 2}, "..pp", "0/0 0/1 [0/1]0/1 [0/1]0/1"},
		{"into a group and a pick", []int{2, 3}, "...p.p", "0/0 0/1 1 1/0 1/1 [1/1]0/0"},
		{"two rounds in vain lead out", []int{2, 2}, "...p....", "0/0 0/1 1 1/0 1/1 1/0 1/1 1"},
		{"and on", []int{2, 2}, "...p.....", "0/0 0/1 1 1/0 1/1 1/0 1/1 1 0/0"},
		{"a keyboard goes by rows", []int{10, 10, 9}, "..p.p", "0 1 1/0 1/1 [1/1]0"},
		{"a group of one is that one", []int{10, 1}, "..p", "0 1/0 [1/0]1/0"},
		{"empty groups are passed over", []int{0, 2, 0, 2}, "....", "1/0 1/1 3 1/0"},
		{"a single target: the mark rests", []int{1}, "....p", "0/0 0/0 0/0 0/0 [0/0]0/0"},
		{"nothing to touch", []int{0, 0}, "..p", "- - -"},
		{"no groups", nil, ".p", "- -"},
		{"a large first group is one place", []int{8, 2}, "...", "0 1 0"},
		{"as many as go one by one", []int{7, 2}, "........", "0/0 0/1 0/2 0/3 0/4 0/5 0/6 1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := &Scan{since: Bounce}
			s.Start(tt.groups, 1000)
			if got := walk(s, tt.signs); got != tt.want {
				t.Errorf("%s: %s, want %s", tt.signs, got, tt.want)
			}
		})
	}
}

func TestScanBounce(t *testing.T) {
	t.Parallel()
	s := &Scan{since: Bounce}
	s.Start([]int{3}, 1000)
	if _, ok := s.Pick(); !ok {
		t.Fatal("a press picks nothing")
	}
	s.Pass(Bounce - 1)
	if _, ok := s.Pick(); ok {
		t.Error("a switch that bounces picks twice")
	}
	s.Start([]int{3}, 1000) // what was picked led to another screen
	if _, ok := s.Pick(); ok {
		t.Error("the next screen takes the bounce")
	}
	s.Pass(1)
	if _, ok := s.Pick(); !ok {
		t.Error("the next press is not taken")
	}
}

func TestScanChange(t *testing.T) {
	t.Parallel()
	s := &Scan{since: Bounce}
	s.Start([]int{3, 4}, 1000)
	walk(s, "...")
	s.Change([]int{3, 5})
	if got := walk(s, "."); got != "1" {
		t.Errorf("after a button more, %s", got)
	}
	walk(s, "p...")
	s.Change([]int{3, 2}) // the place is gone
	if got, ok := s.Spot(); !ok || got != (Spot{0, 0}) {
		t.Errorf("at %v", got)
	}
	s.Change(nil)
	if _, ok := s.Spot(); ok {
		t.Error("a mark on nothing")
	}
	if s.Stop(); walk(s, ".p") != "- -" {
		t.Error("it goes on after the end")
	}
}

// Whatever happens, the mark is on something that is there, and everything is
// marked sooner or later.
func TestScanReachesAll(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := &Scan{}
		s.Start(rapid.SliceOfN(rapid.IntRange(0, 12), 0, 6).Draw(t, "groups"), 700)
		for range rapid.IntRange(0, 30).Draw(t, "events") {
			switch rapid.IntRange(0, 3).Draw(t, "event") {
			case 0:
				s.Pick()
			case 1:
				s.Change(rapid.SliceOfN(rapid.IntRange(0, 12), 0, 6).Draw(t, "other"))
			default:
				s.Pass(rapid.IntRange(0, 3000).Draw(t, "ms"))
			}
			if spot, ok := s.Spot(); ok && (s.groups[spot.Group] == 0 || spot.Item >= s.groups[spot.Group]) {
				t.Fatalf("%v of %v", spot, s.groups)
			}
		}
		seen := map[int]int{}
		for g, n := range s.groups {
			for i := range n { // by the shortest way: wait for the group, go in, wait
				for range 200 {
					if spot, ok := s.Spot(); ok && spot.Group == g && (spot.Item == i || spot.Item < 0) {
						s.Pass(Bounce)
						if got, ok := s.Pick(); ok && got == (Spot{g, i}) {
							seen[g]++
							break
						}
						continue
					}
					s.Pass(2 * s.pace)
				}
			}
			if seen[g] != n {
				t.Fatalf("%d of %d in group %d of %v", seen[g], n, g, s.groups)
			}
		}
	})
}

// Who scans has more time for everything that ends by itself, and the next
// citizen has not.
func TestScanTakesTime(t *testing.T) {
	t.Parallel()
	r := DefaultRules()
	p := New(short(), r).Sweep()
	if p.Resting() || p.Scan != Steadily {
		t.Fatalf("%+v", p)
	}
	if p.Pass(scanIdle*r.Warn - 1).Warned {
		t.Error("the warning comes too early")
	}
	if q := p.Pass(scanIdle * r.Warn); !q.Warned || q.Pass(scanIdle*(r.Reset-r.Warn)-1).Resting() {
		t.Error("no warning, or over before its time")
	}
	if q := p.Pass(scanIdle * r.Reset); !q.Resting() || q.Scan != NoScan {
		t.Errorf("the next citizen finds %+v", q)
	}
	q := p.Tap(0, 5).Pass(r.Settle).Finish()
	if q.Pass(scanUndo*r.Undo-1).Screen != Closing || q.Pass(scanUndo*r.Undo).Screen != Sending {
		t.Error("undo lasts as without scanning, or for ever")
	}
	if q = q.Pass(scanUndo * r.Undo).Sent("A"); q.Pass(scanFarewell*r.Farewell-1).Screen != Thanks || q.Pass(scanFarewell*r.Farewell).Scan != NoScan {
		t.Error("thanks last as without scanning, or for ever")
	}
	if p = p.Sweep(); p.Scan != Slowly {
		t.Errorf("%d", p.Scan)
	}
	if p = p.Sweep(); p.Scan != NoScan || !p.Resting() {
		t.Errorf("%d", p.Scan)
	}
	if p.Sweep().Unscan().Scan != NoScan {
		t.Error("it does not end")
	}
}

func TestPace(t *testing.T) {
	t.Parallel()
	var l Link
	if l.Pace(Steadily) != DefaultPace || l.Pace(Slowly) != 2*DefaultPace {
		t.Errorf("%d and %d ms", l.Pace(Steadily), l.Pace(Slowly))
	}
	l.Set(Settings{Pace: 800})
	if l.Pace(Steadily) != 800 || l.Pace(Slowly) != 1600 {
		t.Errorf("%d and %d ms", l.Pace(Steadily), l.Pace(Slowly))
	}
}
