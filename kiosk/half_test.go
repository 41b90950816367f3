package kiosk

import "testing"

// What the citizen is told is what happens.
func TestFate(t *testing.T) {
	t.Parallel()
	r := DefaultRules()
	drop := func(p Page) Page { return p.Leaving(DropHalf) }
	keep := func(p Page) Page { return p.Leaving(KeepHalf) }
	type events = []func(Page) Page
	for _, tt := range []struct {
		name   string
		events events
		fate   Fate
		sent   int
	}{
		{"nothing chosen", events{Page.Enlarge}, NoFate, 0},
		{"nothing chosen, dropped", events{drop, Page.Enlarge}, NoFate, 0},
		{"one answer", events{choose(0, 4)}, Half, 1},
		{"one answer, dropped", events{drop, choose(0, 4)}, Lost, 0},
		{"the rule changes during the visit", events{choose(0, 4), drop}, Lost, 0},
		{"and back", events{drop, choose(0, 4), keep}, Half, 1},
		{"writing nothing yet", events{choose(0, 4), Page.Finish, Page.Write}, Half, 1},
		{"writing", events{choose(0, 4), Page.Finish, Page.Write, key('a')}, HalfNoted, 1},
		{"writing, dropped", events{drop, choose(0, 4), Page.Finish, Page.Write, key('a')}, Lost, 0},
		{"the rule outlives a visit", events{drop, choose(0, 4), Page.Leave, choose(0, 5)}, Lost, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, _ := play(New(short(), r), tt.events...)
			if p.Fate() != tt.fate {
				t.Errorf("fate %d, want %d", p.Fate(), tt.fate)
			}
			_, a, ok := p.Pass(r.Reset).Take()
			if ok != (tt.sent == 1) || a.Comment != "" {
				t.Errorf("sent %v %v", ok, a)
			}
		})
	}
}
