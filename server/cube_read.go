package server

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// readAnswers fills the cube's answers. Sealed days are kept in memory; where
// they are not and the grain allows, the largest seals that fit the period are
// read, so that a command that asks once has little to read.
func (s *Service) readAnswers(ctx context.Context, c *Cube, grain Grain) error {
	first, last, err := s.answerDays(ctx)
	if err != nil || first == "" {
		return err
	}
	from, to := max(c.From, first), min(c.To, last)
	if grain == GrainPeriod { // whole years stay whole
		to = min(c.To, span{'Y', around('Y', last).first}.last())
		if c.From < from {
			from = max(c.From, around('Y', from).first)
		}
	}
	if from > to {
		return nil
	}
	r, err := s.dayReading(ctx, from, to, c.addChunk)
	if err != nil {
		return err
	}
	if grain == GrainPeriod && !r.kept(max(from, first), min(to, last)) {
		return r.spans(ctx, "YQM", from, to)
	}
	return r.days(ctx, from, to)
}

// A dayReading reads the answers of a stretch of days, each of them once, in no
// order.
type dayReading struct {
	s        *Service
	use      func(first Day, chunk *answerChunk)
	memory   *unitMemory
	chunking *chunking
	states   map[Day]lateState
	out      map[Day]map[string]bool
}

// dayReading prepares to read some of the days from..to.
func (s *Service) dayReading(ctx context.Context, from, to Day, use func(Day, *answerChunk)) (r *dayReading, err error) {
	r = &dayReading{s: s, use: use, memory: s.memory.of(s.Config.Unit), chunking: s.chunking()}
	if r.states, err = s.lateStates(ctx, from, to); err != nil {
		return nil, err
	}
	// A day with quarantined answers is read answer by answer: its seals hold all.
	r.out, err = s.excluded(ctx, from, to)
	return r, err
}

// outKey names the answers of a day that are quarantined.
func (r *dayReading) outKey(day Day) string {
	if len(r.out[day]) == 0 {
		return ""
	}
	return strings.Join(slices.Sorted(maps.Keys(r.out[day])), ",")
}

// find returns a day from memory, nil where it is not there as it is now.
func (r *dayReading) find(day Day) *answerChunk {
	st := r.states[day]
	if st.pending {
		return nil
	}
	return r.memory.day(day, st.gen, r.outKey(day))
}

// kept reports whether all sealed days are in memory.
func (r *dayReading) kept(from, to Day) bool {
	to = min(to, r.s.Today().Add(-sealAfter))
	for day, last := from.number(), to.number(); day <= last; day++ {
		if r.find(dayAt(day)) == nil {
			return false
		}
	}
	return true
}

// spans reads the days from..to from seals of the first kind, what those do not
// cover from seals of the next kinds, and what is left day by day.
func (r *dayReading) spans(ctx context.Context, kinds string, from, to Day) error {
	if from > to {
		return nil
	}
	if kinds == "" {
		return r.days(ctx, from, to)
	}
	states := maps.Clone(r.states)
	for day := range r.out {
		states[day] = lateState{gen: states[day].gen, pending: true}
	}
	seals, err := r.s.storedSeals(ctx, kinds[0], from, to, states)
	if err != nil {
		return err
	}
	open := from // where the stretch without a seal begins
	for _, first := range slices.Sorted(maps.Keys(seals)) {
		p := span{kinds[0], first}
		if p.last() > to {
			continue
		}
		if err := r.spans(ctx, kinds[1:], open, first.Add(-1)); err != nil {
			return err
		}
		chunk, err := r.chunking.seal(seals[first])
		if err != nil {
			return fmt.Errorf("reading the seal of %s: %w", first, err)
		}
		r.use(first, chunk)
		open = p.last().Add(1)
	}
	return r.spans(ctx, kinds[1:], open, to)
}

// days reads the days from..to from memory, what is not there from their seals,
// and what has none from the answers.
func (r *dayReading) days(ctx context.Context, from, to Day) error {
	missing := Day("")
	for n, last := from.number(), to.number(); n <= last; n++ {
		day := dayAt(n)
		chunk := r.find(day)
		if chunk == nil {
			if missing == "" {
				missing = day
			}
			continue
		}
		if missing != "" {
			if err := r.missing(ctx, missing, day.Add(-1)); err != nil {
				return err
			}
			missing = ""
		}
		r.use(day, chunk)
	}
	if missing == "" {
		return nil
	}
	return r.missing(ctx, missing, to)
}

// missing reads days that are not in memory, and keeps those that are sealed.
func (r *dayReading) missing(ctx context.Context, from, to Day) error {
	seals, err := r.s.storedSeals(ctx, 'D', from, to, r.states)
	if err != nil {
		return err
	}
	open := from // where the stretch of days to be read from the answers begins
	for n, last := from.number(), to.number(); n <= last; n++ {
		day := dayAt(n)
		doc, ok := seals[day]
		if !ok || len(r.out[day]) > 0 {
			continue
		}
		if err := r.open(ctx, open, day.Add(-1), seals); err != nil {
			return err
		}
		open = day.Add(1)
		chunk, err := r.chunking.seal(doc)
		if err != nil {
			return fmt.Errorf("reading the seal of %s: %w", day, err)
		}
		r.memory.keepDay(day, answerDay{gen: r.states[day].gen, chunk: chunk})
		r.use(day, chunk)
	}
	r.s.memory.tidy(r.s.Config.Unit)
	return r.open(ctx, open, to, seals)
}

// open reads days from the answers. Those that are sealed, whose seals hold
// quarantined answers, are kept.
func (r *dayReading) open(ctx context.Context, from, to Day, sealed map[Day]sealDoc) error {
	if from > to {
		return nil
	}
	days := map[Day]*answerChunk{}
	if err := r.chunking.read(days, r.s.keptAnswers(ctx, from, to), r.out); err != nil {
		return err
	}
	for _, day := range slices.Sorted(maps.Keys(days)) {
		r.use(day, days[day])
		if _, ok := sealed[day]; ok {
			r.memory.keepDay(day, answerDay{gen: r.states[day].gen, out: r.outKey(day), chunk: days[day]})
		}
	}
	return nil
}

// addChunk adds the answers of a day, or of a span that begins with it, to the
// cube, and counts those to other instruments.
func (c *Cube) addChunk(first Day, chunk *answerChunk) {
	day := first.number()
	for i := range chunk.rows {
		rows := &chunk.rows[i]
		whole, detail := strings.CutSuffix(rows.name, detailSeal)
		if whole != c.Survey.ID {
			if !detail {
				c.count(whole, rows.answers())
			}
			continue
		}
		if detail {
			c.count(c.base, -rows.answers())
		}
		c.rows = append(c.rows, cubeRows{day, rows})
	}
	for i := range chunk.aside {
		rows := &chunk.aside[i]
		if whole, _ := strings.CutSuffix(rows.name, detailSeal); whole == c.Survey.ID {
			c.aside = append(c.aside, cubeRows{day, rows})
		}
	}
}

// count counts answers to another instrument. An answer that is short and
// detailed at once is one to the cube's own.
func (c *Cube) count(id string, n int64) {
	if c.others[id] += n; c.others[id] == 0 {
		delete(c.others, id)
	}
}
