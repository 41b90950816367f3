package server

import (
	"context"
	"fmt"
	"sync"
)

// suspectMemory keeps the answers of days that were looked at as the rules see
// them, since reading them again costs most of a look. An answer of a past day
// only comes, changes or goes with its day's generation, see lateDay.
type suspectMemory struct {
	mu    sync.Mutex
	days  map[string]suspectDay // by unit/day
	count int
}

type suspectDay struct {
	gen     int64
	answers []suspect
}

// mostSuspects is how many answers are kept; each takes about 200 bytes.
const mostSuspects = 120_000

func (m *suspectMemory) find(key string, gen int64) ([]suspect, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	d, ok := m.days[key]
	return d.answers, ok && d.gen == gen
}

func (m *suspectMemory) keep(key string, d suspectDay) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.days == nil || m.count+len(d.answers) > mostSuspects {
		m.days, m.count = map[string]suspectDay{}, 0
	}
	m.count += len(d.answers) - len(m.days[key].answers)
	m.days[key] = d
}

// suspects returns the answers of the days from..to, quarantined or not.
func (s *Service) suspects(ctx context.Context, from, to Day) ([]suspect, error) {
	first, last, err := s.answerDays(ctx)
	if err != nil {
		return nil, err
	}
	if from, to = max(from, first), min(to, last); first == "" || from > to {
		return nil, nil
	}
	states, err := s.lateStates(ctx, from, to)
	if err != nil {
		return nil, err
	}
	var out []suspect
	missing, settled := Day(""), s.Today().Add(-sealAfter)
	read := func(to Day) error {
		if missing == "" {
			return nil
		}
		days, err := s.readSuspects(ctx, missing, to)
		if err != nil {
			return err
		}
		for n, last := missing.number(), to.number(); n <= last; n++ {
			day := dayAt(n)
			out = append(out, days[day]...)
			if st := states[day]; day <= settled && !st.pending {
				s.looked.keep(s.Config.Unit+"/"+string(day), suspectDay{st.gen, days[day]})
			}
		}
		missing = ""
		return nil
	}
	for n, last := from.number(), to.number(); n <= last; n++ {
		day := dayAt(n)
		answers, ok := s.looked.find(s.Config.Unit+"/"+string(day), states[day].gen)
		if !ok || states[day].pending || day > settled {
			if missing == "" {
				missing = day
			}
			continue
		}
		if err := read(day.Add(-1)); err != nil {
			return nil, err
		}
		out = append(out, answers...)
	}
	return out, read(to)
}

// readSuspects reads answers from the store.
func (s *Service) readSuspects(ctx context.Context, from, to Day) (map[Day][]suspect, error) {
	out, one := map[Day][]suspect{}, map[string]string{} // equal texts are kept once
	text := func(t string) string {
		if known, ok := one[t]; ok {
			return known
		}
		one[t] = t
		return t
	}
	for a, err := range s.keptAnswers(ctx, from, to) {
		if err != nil {
			return nil, fmt.Errorf("reading answers: %w", err)
		}
		sv, row, err := s.marks(a)
		if err != nil {
			return nil, err
		}
		item := headline(sv)
		judged := item >= 0 && row[item] > 0 && sv.ID == s.Survey().ID
		overall, _ := sv.ParseMark(a.Marks[sv.Overall.ID])
		out[a.Day] = append(out[a.Day], suspect{
			id: a.ID, pattern: text(pattern(sv, row)), Day: Day(text(string(a.Day))), Lane: Lane(text(string(a.Lane))), Field: text(a.Field), Counter: text(a.Counter),
			Officer: text(a.Officer), Device: text(a.Device), Hasty: a.Hasty, Serial: a.Serial,
			judged: judged, pleased: judged && sv.IsSatisfied(row[item]), Changed: a.Rev > 0 && sv.IsSatisfied(overall),
		})
	}
	return out, nil
}
