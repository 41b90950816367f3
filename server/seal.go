package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"hailong/scoring"
	"hailong/scoring/survey"
	"hailong/server/store"
)

// Answers are the only truth; sealed days and their roll-ups are a cache that
// can be thrown away and recounted. A sealed day holds, cell by cell, the
// answers of a day as a block (see scoring.Seal); months, quarters and years
// hold the sums. A seal names the generation of every day it covers that ever
// had a late answer, and counts only while all of them are still current: a
// late answer dirties exactly its day and what is above it.
const collTallies = "tallies"

// sealAfter is how many days old a day is when it is sealed. A server treats an
// answer for yesterday as late already, so clocks of two servers may differ by
// hours without an answer slipping under a seal.
const sealAfter = 2

// sealFormat is what a seal holds now. Since 2, cells are kept apart by
// procedure; since 3, a day has its reasons. Older seals do not count and are
// written again.
const sealFormat = 3

// sealDoc is a sealed span as it is stored: cells by instrument, and under a name
// of their own the criteria given with short answers, see detailSeal.
type sealDoc struct {
	Format  int                     `json:"format,omitempty"`
	Gens    map[Day]int64           `json:"gens,omitempty"`
	Surveys map[string][]sealedCell `json:"surveys"`
	Reasons []reasonCount           `json:"reasons,omitempty"` // of a day, sorted
}

type sealedCell struct {
	Field     string  `json:"field,omitempty"`
	Procedure string  `json:"procedure,omitempty"`
	Counter   string  `json:"counter,omitempty"`
	Officer   string  `json:"officer,omitempty"`
	Channel   Channel `json:"channel,omitempty"`
	Lane      Lane    `json:"lane"`
	Block     []byte  `json:"block"`
}

func (c sealedCell) cell(d Day) Cell {
	return Cell{d, c.Field, c.Counter, c.Officer, c.Channel, c.Lane, c.Procedure}
}

func sealCell(c Cell, block []byte) sealedCell {
	return sealedCell{c.Field, c.Procedure, c.Counter, c.Officer, c.Channel, c.Lane, block}
}

// current reports whether a seal still counts.
func (d sealDoc) current(p span, states map[Day]lateState) bool {
	gens, ok := generations(p, states)
	return ok && d.Format == sealFormat && maps.Equal(gens, d.Gens)
}

// storedSeals returns the seals of one kind that begin in from..to and still count.
func (s *Service) storedSeals(ctx context.Context, kind byte, from, to Day, states map[Day]lateState) (map[Day]sealDoc, error) {
	out := map[Day]sealDoc{}
	prefix := s.Config.Unit + "/" + string(kind) + "/"
	for d, err := range s.Store.Scan(ctx, collTallies, store.Range{From: prefix + string(from), To: prefix + string(to) + "~"}) {
		if err != nil {
			return nil, fmt.Errorf("reading seals: %w", err)
		}
		var doc sealDoc
		if err := json.Unmarshal(d.Body, &doc); err != nil {
			return nil, fmt.Errorf("decoding a seal: %w", err)
		}
		first := Day(strings.TrimPrefix(d.Key, prefix))
		if doc.current(span{kind, first}, states) {
			out[first] = doc
		}
	}
	return out, nil
}

// SealDays seals every day that is old enough and has no seal that counts, then
// the months, quarters and years that are complete. It returns how many seals
// it wrote. Two servers may do it at once: they write the same bytes. What it
// reads and writes is kept in memory: the first page after a start has nothing
// to read, and should a seal be found wrong and be repaired by a command, the
// servers know soon.
func (s *Service) SealDays(ctx context.Context) (written int, err error) {
	to := s.Today().Add(-sealAfter)
	from, _, err := s.answerDays(ctx)
	if err != nil || from == "" || from > to {
		return 0, err
	}
	from = around('Y', from).first
	if err := s.settle(ctx, from, to, s.Today().Add(-settleAfter)); err != nil {
		return 0, err
	}
	states, err := s.lateStates(ctx, from, to)
	if err != nil {
		return 0, err
	}
	for first := from; first <= to; first = (span{'M', first}).last().Add(1) {
		n, err := s.sealMonth(ctx, first, min(span{'M', first}.last(), to), states)
		if written += n; err != nil {
			return written, err
		}
	}
	s.memory.tidy(s.Config.Unit)
	for _, k := range []struct{ kind, of byte }{{'M', 'D'}, {'Q', 'M'}, {'Y', 'Q'}} {
		for p := around(k.kind, from); p.last() <= to; p = around(k.kind, p.last().Add(1)) {
			ok, err := s.sealAbove(ctx, p, k.of, states)
			if err != nil {
				return written, err
			}
			if ok {
				written++
			}
		}
	}
	return written, nil
}

// sealMonth seals the days first..last of a month, and keeps them in memory.
func (s *Service) sealMonth(ctx context.Context, first, last Day, states map[Day]lateState) (written int, err error) {
	have, err := s.storedSeals(ctx, 'D', first, last, states)
	if err != nil {
		return 0, err
	}
	for day := first; day <= last; {
		if _, ok := have[day]; ok || states[day].pending {
			day = day.Add(1)
			continue
		}
		end := day // of a stretch without seals, read at once
		for next := end.Add(1); next <= last; next = next.Add(1) {
			if _, ok := have[next]; ok || states[next].pending {
				break
			}
			end = next
		}
		docs, err := s.countDays(ctx, day, end)
		if err != nil {
			return written, err
		}
		for ; day <= end; day = day.Add(1) {
			doc := docs[day]
			doc.Gens, _ = generations(span{'D', day}, states)
			if err := s.putSeal(ctx, span{'D', day}, doc); err != nil {
				return written, err
			}
			have[day] = doc
			written++
		}
	}
	memory, chunking := s.memory.of(s.Config.Unit), s.chunking()
	for day, doc := range have {
		chunk, err := chunking.seal(doc)
		if err != nil {
			continue // whoever asks for the day is told
		}
		memory.renewDay(day, answerDay{gen: states[day].gen, chunk: chunk})
	}
	return written, nil
}

// sealAbove seals a span that has no seal that counts as the sum of the seals of
// a kind below. It does not where one of those is missing: a day is pending, or
// a roll-up below was too large.
func (s *Service) sealAbove(ctx context.Context, p span, of byte, states map[Day]lateState) (ok bool, err error) {
	gens, ok := generations(p, states)
	if !ok {
		return false, nil
	}
	have, err := s.storedSeals(ctx, p.kind, p.first, p.first, states)
	if err != nil || len(have) > 0 {
		return false, err
	}
	below, err := s.storedSeals(ctx, of, p.first, p.last(), states)
	if err != nil {
		return false, err
	}
	var parts []sealDoc
	for q := around(of, p.first); q.first <= p.last(); q = around(of, q.last().Add(1)) {
		doc, ok := below[q.first]
		if !ok {
			return false, nil
		}
		parts = append(parts, doc)
	}
	doc, err := s.rollUp(parts)
	if err != nil {
		return false, err
	}
	doc.Gens = gens
	if err := s.putSeal(ctx, p, doc); errors.Is(err, store.ErrInvalid) {
		return false, nil // too large to keep: the parts are read instead
	} else if err != nil {
		return false, err
	}
	return true, nil
}

// answerDays returns the days of the unit's first and last answer, "" where
// there is none.
func (s *Service) answerDays(ctx context.Context) (first, last Day, err error) {
	r := store.Range{From: s.Config.Unit + "/", To: s.Config.Unit + "0", ByOrder: true, Limit: 1}
	for _, d := range []*Day{&first, &last} {
		for doc, err := range s.Store.Scan(ctx, collAnswers, r) {
			if err != nil {
				return "", "", fmt.Errorf("looking for the first and last answer: %w", err)
			}
			*d = Day(strings.TrimPrefix(doc.Order, s.Config.Unit+"/"))
		}
		r.Reverse = true
	}
	return first, last, nil
}

// countDays makes the seals of days from the answers themselves.
func (s *Service) countDays(ctx context.Context, from, to Day) (map[Day]sealDoc, error) {
	type place struct {
		survey string
		cell   Cell
	}
	rows := map[place][]survey.Answers{}
	reasons := map[Day]reasonTally{}
	for a, err := range s.Answers(ctx, from, to) {
		if err != nil {
			return nil, fmt.Errorf("reading answers: %w", err)
		}
		_, row, err := s.marks(a)
		if err != nil {
			return nil, err
		}
		p := place{a.Survey, a.cell()}
		rows[p] = append(rows[p], row)
		if a.Survey == s.Survey().ID && len(a.Reasons) > 0 {
			if reasons[a.Day] == nil {
				reasons[a.Day] = reasonTally{}
			}
			reasons[a.Day].add(s.Survey(), row, a.Reasons)
		}
		if a.Detail == nil {
			continue
		}
		full, err := s.detailed(a)
		if err != nil {
			return nil, err
		}
		if _, row, err = s.marks(full); err != nil {
			return nil, err
		}
		p.survey = full.Survey + detailSeal
		rows[p] = append(rows[p], row)
	}
	docs := map[Day]sealDoc{}
	for day := from; day <= to; day = day.Add(1) {
		docs[day] = sealDoc{Format: sealFormat, Surveys: map[string][]sealedCell{}, Reasons: reasons[day].counts()}
	}
	for p, r := range rows {
		sv, _, err := s.sealedSurvey(p.survey)
		if err != nil {
			return nil, err
		}
		c := p.cell
		m := docs[c.Day].Surveys
		m[p.survey] = append(m[p.survey], sealCell(c, scoring.Seal(sv, r)))
	}
	for _, doc := range docs {
		doc.sort()
	}
	return docs, nil
}

// marks reads the marks of a stored answer.
func (s *Service) marks(a Answer) (*survey.Survey, survey.Answers, error) {
	sv, err := s.SurveyByID(a.Survey)
	if err != nil {
		return nil, nil, err
	}
	items := sv.Items()
	row := make(survey.Answers, len(items))
	for i, it := range items {
		var ok bool
		if row[i], ok = sv.ParseMark(a.Marks[it.ID]); !ok {
			return nil, nil, fmt.Errorf("an answer of %s holds a level that survey %s does not have", a.Day, sv.ID)
		}
	}
	return sv, row, nil
}

// rollUp adds up seals cell by cell.
func (s *Service) rollUp(parts []sealDoc) (sealDoc, error) {
	sum := sealDoc{Format: sealFormat, Surveys: map[string][]sealedCell{}}
	for _, id := range surveysOf(parts) {
		sv, _, err := s.sealedSurvey(id)
		if err != nil {
			return sum, err
		}
		empty := scoring.NewTally(sv)
		tallies := map[Cell]*scoring.Tally{}
		for _, part := range parts {
			for _, c := range part.Surveys[id] {
				t := tallies[c.cell("")]
				if t == nil {
					t = empty.Fresh()
					tallies[c.cell("")] = t
				}
				if err := t.AddBlock(c.Block); err != nil {
					return sum, fmt.Errorf("adding up seals: %w", err)
				}
			}
		}
		for c, t := range tallies {
			sum.Surveys[id] = append(sum.Surveys[id], sealCell(c, t.Seal()))
		}
	}
	sum.sort()
	return sum, nil
}

func surveysOf(parts []sealDoc) []string {
	ids := map[string]bool{}
	for _, p := range parts {
		for id := range p.Surveys {
			ids[id] = true
		}
	}
	return slices.Sorted(maps.Keys(ids))
}

// sort puts the cells in one order, so that equal seals are equal bytes.
func (d sealDoc) sort() {
	for _, cells := range d.Surveys {
		slices.SortFunc(cells, func(a, b sealedCell) int {
			if c := strings.Compare(a.Field, b.Field); c != 0 {
				return c
			}
			if c := strings.Compare(a.Procedure, b.Procedure); c != 0 {
				return c
			}
			if c := strings.Compare(a.Counter, b.Counter); c != 0 {
				return c
			}
			if c := strings.Compare(a.Officer, b.Officer); c != 0 {
				return c
			}
			if c := int(a.Channel) - int(b.Channel); c != 0 {
				return c
			}
			return strings.Compare(string(a.Lane), string(b.Lane))
		})
	}
}

// putSeal writes a seal over whatever was there.
func (s *Service) putSeal(ctx context.Context, p span, doc sealDoc) error {
	key := p.key(s.Config.Unit)
	for range 50 {
		err := insert(ctx, s.Store, collTallies, key, "", doc)
		if !errors.Is(err, store.ErrExists) {
			return err
		}
		var old sealDoc
		version, err := get(ctx, s.Store, collTallies, key, &old)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		if same, err := old.equal(doc); err != nil || same {
			return err
		}
		if err = replace(ctx, s.Store, collTallies, key, "", version, doc); !errors.Is(err, store.ErrConflict) && !errors.Is(err, store.ErrNotFound) {
			return err
		}
	}
	return fmt.Errorf("writing a seal: %w", store.ErrConflict)
}

// equal compares two seals as they are stored.
func (d sealDoc) equal(o sealDoc) (bool, error) {
	a, err := json.Marshal(d)
	if err != nil {
		return false, err
	}
	b, err := json.Marshal(o)
	return bytes.Equal(a, b), err
}
