package server

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"hailong/scoring/survey"
)

// MaxSuspicionDays is the longest span that is looked at at once.
const MaxSuspicionDays = 366

// A Batch (lô phiếu) is what a flag is about. It never names an officer together
// with days shorter than what was asked for.
type Batch struct {
	Rule    Rule   `json:"rule"`
	From    Day    `json:"from"`
	To      Day    `json:"to"`
	Lane    Lane   `json:"lane,omitempty"` // "" is several
	Counter string `json:"counter,omitempty"`
	Device  string `json:"device,omitempty"`
	Field   string `json:"field,omitempty"`
	Officer string `json:"officer,omitempty"`
}

// A Flag (cờ nghi vấn) says that a batch looks wrong, and why.
type Flag struct {
	ID string // of the batch: the same batch always has the same
	Batch
	N        int64   // answers counted
	Of       int64   // answers, dossiers or people they are counted among; 0 where nothing
	Expected float64 // how many would be usual
	P        float64 // chance of so many, after looking everywhere; 0 where the rule knows no chance
	// Decision is the quarantine that is about this batch, "" where none is.
	Decision string
	answers  map[Day][]string // ids; nil where nobody can say which are wrong
}

// CanQuarantine reports whether the flag knows which answers it is about.
func (f Flag) CanQuarantine() bool { return len(f.answers) > 0 }

// A Suspicion (rà soát) is what was found in a span.
type Suspicion struct {
	From, To Day
	Answers  int64 // looked at
	Flags    []Flag
	// With and Without are the headline of the span as it counts, and as it would be
	// without all answers that a flag is about; Flagged is how many of those count
	// now. A flag that cannot say which answers it is about takes none away.
	With, Without Judged
	Flagged       int64
}

// Judged is x satisfied of n who answered the question that is judged.
type Judged struct{ X, N int64 }

func (j *Judged) add(a suspect) {
	if a.judged {
		j.N++
		if a.pleased {
			j.X++
		}
	}
}

// suspect is one answer as the rules see it.
type suspect struct {
	id, pattern             string
	Day                     Day
	Lane                    Lane
	Field, Counter, Officer string
	Device                  string
	Hasty, Serial           bool
	judged, pleased         bool // answered the headline's question; was satisfied
	Changed                 bool // since it was given, and now says satisfied overall
}

// Suspicions looks for flags among the answers of a span, both days included,
// quarantined or not. It reads every answer: ErrInvalid where the span is longer
// than MaxSuspicionDays. Flags that name the user as their officer are left out.
func (s *Service) Suspicions(ctx context.Context, u User, from, to Day) (*Suspicion, error) {
	if from > to || from.Add(MaxSuspicionDays) <= to {
		return nil, fmt.Errorf("%w: the span is longer than %d days", ErrInvalid, MaxSuspicionDays)
	}
	l := &look{from: from, to: to, window: from.Add(-s.Config.InvitationDays), people: map[string][]int64{}, counters: map[string]bool{}, returned: map[string]int64{}}
	var err error
	if l.answers, err = s.suspects(ctx, from, to); err != nil {
		return nil, err
	}
	if err := s.lookAtDossiers(ctx, l); err != nil {
		return nil, err
	}
	var flags []Flag
	for _, rule := range []func() []Flag{l.hasty, l.serial, l.equal, l.bursts, l.excess, l.tooMany, l.oneKiosk, l.changed} {
		flags = append(flags, rule()...)
	}
	decisions, err := s.Quarantines(ctx)
	if err != nil {
		return nil, err
	}
	out := &Suspicion{From: from, To: to, Answers: int64(len(l.answers))}
	for _, f := range flags {
		if f.Officer != "" && Fold(f.Officer) == Fold(u.Officer) {
			continue
		}
		if f.ID, err = s.flagID(f.Batch); err != nil {
			return nil, err
		}
		for _, q := range decisions {
			if q.Flag == f.ID && (q.State == QuarantineProposed || q.Excludes()) {
				f.Decision = q.ID
			}
		}
		out.Flags = append(out.Flags, f)
	}
	if err := s.judge(ctx, l.answers, out); err != nil {
		return nil, err
	}
	slices.SortStableFunc(out.Flags, func(a, b Flag) int { return cmp.Compare(b.From, a.From) })
	return out, nil
}

// judge counts the headline with and without what the flags are about.
func (s *Service) judge(ctx context.Context, answers []suspect, out *Suspicion) error {
	aside, err := s.excluded(ctx, out.From, out.To)
	if err != nil {
		return err
	}
	flagged := map[string]bool{}
	for _, f := range out.Flags {
		for _, list := range f.answers {
			for _, id := range list {
				flagged[id] = true
			}
		}
	}
	for _, a := range answers {
		switch {
		case aside[a.Day][a.id]:
		case flagged[a.id]:
			out.Flagged++
			out.With.add(a)
		default:
			out.With.add(a)
			out.Without.add(a)
		}
	}
	return nil
}

// flagID names a batch, so that what a page asks for can be found again by
// looking again: nobody chooses answers, only flags.
func (s *Service) flagID(b Batch) (string, error) {
	body, err := json.Marshal(b)
	if err != nil {
		return "", fmt.Errorf("encoding a batch: %w", err)
	}
	return oneWay(s.keys.cases, "flag/"+string(body))[:16], nil
}

// pattern is a full set of marks, "" where fewer than EqualItems are levels.
func pattern(sv *survey.Survey, row survey.Answers) string {
	levels := 0
	var b strings.Builder
	b.WriteString(sv.ID)
	for _, m := range row {
		if m > 0 {
			levels++
		}
		fmt.Fprintf(&b, " %d", m)
	}
	if levels < EqualItems {
		return ""
	}
	return b.String()
}

// A place is a counter on a day, or a lane of it.
type place struct {
	day     Day
	counter string
	lane    Lane
	device  string
}

// A look is what the rules look at.
type look struct {
	from, to, window Day // window: slips of dossiers returned since then can be spent in the span
	answers          []suspect
	people           map[string][]int64 // dossiers received or returned, by counter and day of the span
	counters         map[string]bool    // that ever had any
	returned         map[string]int64   // since window, by "field/…" and "counter/…"
	known            Day                // the last day of which dossiers are known
}

// lookAtDossiers counts the people that counters had, and the slips that can be
// spent in the span.
func (s *Service) lookAtDossiers(ctx context.Context, l *look) error {
	window, from, to, known := l.window.number(), l.from.number(), l.to.number(), int32(0)
	var people [][]int64 // by the number of the cell, nil where it never had any, and the day of the span
	var returned []int64 // since window, by the number of the cell
	err := s.readDossiers(ctx, "", l.to, func(m *dossierMonth) {
		cells, _ := s.memory.of(s.Config.Unit).cells.all()
		if n := len(cells) - len(people); n > 0 {
			people, returned = append(people, make([][]int64, n)...), append(returned, make([]int64, n)...)
		}
		passed := func(cell, day, n int32) {
			if known = max(known, day); people[cell] == nil {
				people[cell] = make([]int64, to-from+1)
			}
			if from <= day && day <= to {
				people[cell][day-from] += int64(n)
			}
		}
		for _, n := range m.counts {
			passed(n.cell, n.day, n.n)
		}
		for _, d := range m.returned {
			if day := d.day(); window <= day && day <= to {
				returned[d.cell]++
			}
		}
		for _, n := range m.passed {
			passed(n.cell, n.day, n.n)
		}
		for _, d := range m.open {
			passed(d.cell, d.day, 1)
		}
		l.known = dayAt(known)
	})
	if err != nil {
		return err
	}
	cells, _ := s.memory.of(s.Config.Unit).cells.all()
	for i, days := range people {
		c := cells[i].Counter
		if n := returned[i]; n > 0 {
			l.returned["field/"+cells[i].Field] += n
			l.returned["counter/"+c] += n
		}
		if days == nil || c == "" {
			continue
		}
		l.counters[c] = true
		if l.people[c] == nil {
			l.people[c] = make([]int64, len(days))
		}
		for day, n := range days {
			l.people[c][day] += n
		}
	}
	return nil
}

// gather groups the answers that a rule is about.
func gather[K comparable](l *look, key func(*suspect) (K, bool)) map[K][]*suspect {
	out := map[K][]*suspect{}
	for i := range l.answers {
		a := &l.answers[i]
		if k, ok := key(a); ok {
			out[k] = append(out[k], a)
		}
	}
	return out
}

func ids(as []*suspect) map[Day][]string {
	out := map[Day][]string{}
	for _, a := range as {
		out[a.Day] = append(out[a.Day], a.id)
	}
	return out
}

// order lists the places of a group, by day and counter.
func order(m map[place][]*suspect) []place {
	return slices.SortedFunc(maps.Keys(m), func(a, b place) int {
		return cmp.Or(cmp.Compare(a.day, b.day), cmp.Compare(a.counter, b.counter), cmp.Compare(a.lane, b.lane), cmp.Compare(a.device, b.device))
	})
}
