package server

import (
	"context"
	"maps"
	"slices"

	"hailong/scoring"
)

// tellable computes the figures of a period's days and the answers and counters
// they follow from, both as they may leave the house: a field that one of them
// hides, both hide. What is left out of days that are whole quarters is decided
// as for the public board (see clearance). Of other days – a cut-off, or a close
// before the period's end – a field is told only where what is told or published
// of the same year, inside of these days or around them, does not give a small
// number of answers as the difference.
func (s *Service) tellable(ctx context.Context, p Period, from, to Day) (*PeriodFigures, *Review, error) {
	f, err := s.periodFigures(ctx, p, from, to)
	if err != nil {
		return nil, nil, err
	}
	p.From, p.To = from, to
	calendar, err := ParsePeriod(p.ID)
	if err != nil {
		return nil, nil, err
	}
	st, whole := reviewStretch(calendar)
	grain := GrainDay
	if whole && calendar == p {
		grain = GrainMonth
		err = s.hideAsBoard(ctx, f, boardPeriod{p, st})
	} else {
		err = s.hideDifferences(ctx, f, p)
	}
	if err != nil {
		return nil, nil, err
	}
	cube, err := s.CubeOf(ctx, s.Survey(), from, to, grain)
	if err != nil {
		return nil, nil, err
	}
	r := &Review{Unit: s.Config.Unit, Period: p, Survey: s.Survey(), OnTimeTarget: s.Config.OnTimeTarget, Withheld: f.Total.Hidden}
	shown := map[string]bool{}
	for _, part := range f.Total.Parts {
		shown[part.Key[ByField]] = !part.Hidden
	}
	r.count(cube, shown)
	if r.Withheld && f.Criteria == nil {
		return f, r, nil
	}
	return f, r, s.readReview(ctx, r, shown, f.Criteria)
}

// withhold hides fields of the figures, or everything that people answered.
func (f *PeriodFigures) withhold(s *Service, all bool, fields map[string]bool) {
	var groups []scoring.GroupCount
	for i, p := range f.Total.Parts {
		if !p.Hidden && p.Document.Answers > 0 && (all || fields[p.Key[ByField]]) {
			f.Total.Parts[i] = IndexPart{Key: p.Key, Hidden: true}
			continue
		}
		if x, n := int64(0), int64(0); !p.Hidden {
			if x, n = headlineOf(p.Document); n > 0 {
				groups = append(groups, scoring.GroupCount{Name: p.Key[ByField], X: x, N: n})
			}
		}
	}
	if all {
		f.Total.Hidden, f.Without.Hidden = true, true
	}
	f.Total.Document.Groups = nil
	if len(groups) > 0 && !f.Total.Hidden {
		f.Total.Document.Groups = scoring.NewGroups(groups, s.Survey().Target)
	}
	f.hideDerived(s.Survey())
}

// hideAsBoard hides what the board does not publish of the same quarters.
func (s *Service) hideAsBoard(ctx context.Context, f *PeriodFigures, p boardPeriod) error {
	b, err := s.readBoardYear(ctx, p.From.Time().Year(), p.To)
	if err != nil {
		return err
	}
	doc := b.document(p)
	fields := map[string]bool{}
	for _, part := range doc.Parts {
		fields[part.Key[ByField]] = part.Hidden
	}
	f.withhold(s, doc.Hidden, fields)
	return nil
}

// hideDifferences hides fields whose difference to what is told of other days of
// the year is small, and more of them until those that are hidden are at least
// two with enough answers between them.
func (s *Service) hideDifferences(ctx context.Context, f *PeriodFigures, p Period) error {
	others, err := s.toldDays(ctx, p)
	if err != nil {
		return err
	}
	first, last := p.From, p.To
	for _, o := range others {
		first, last = min(first, o.From), max(last, o.To)
	}
	cube, err := s.CubeOf(ctx, s.Survey(), first, last, GrainDay)
	if err != nil {
		return err
	}
	item := headline(s.Survey())
	fields, all := map[string]bool{}, f.Total.Hidden
	for _, o := range others {
		whole := tallied{}
		for _, sl := range cube.slices(cube.counts(), eitherOf(p, o), []Dimension{ByField}) {
			x, n := sl.Tally.Item(item)
			whole.x, whole.n = whole.x+x, whole.n+n
			if n > 0 && isSmall(tallied{x, n}) {
				fields[sl.Key[0]] = true
			}
		}
		all = all || whole.n > 0 && isSmall(whole)
	}
	for !all {
		hidden, answers, next := 0, int64(0), -1
		for i, part := range f.Total.Parts {
			switch {
			case part.Hidden: // hidden with enough others, see HideSmall
				hidden, answers = hidden+2, answers+MinCell
			case part.Document.Answers == 0:
			case fields[part.Key[ByField]]:
				hidden, answers = hidden+1, answers+part.Document.Answers
			case next < 0 || part.Document.Answers < f.Total.Parts[next].Document.Answers:
				next = i
			}
		}
		if hidden == 0 || next < 0 || hidden >= 2 && answers >= MinCell {
			break
		}
		fields[f.Total.Parts[next].Key[ByField]] = true
	}
	f.withhold(s, all, fields)
	return nil
}

// toldDays are the days of which something is told or published already and
// which lie within p's or around them.
func (s *Service) toldDays(ctx context.Context, p Period) ([]Period, error) {
	var out []Period
	err := s.allClosings(ctx, func(c Closing) error {
		if c.Kind == KindClose {
			out = append(out, Period{c.Period, c.From, c.To})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	over := quarterStart(s.Today()).Add(-1)
	for _, id := range []string{"", "-Q1", "-Q2", "-H1", "-Q3", "-Q4"} {
		q, err := ParsePeriod(p.ID[:4] + id)
		if err != nil {
			return nil, err
		}
		if q.To <= over {
			out = append(out, q)
		}
	}
	within := func(a, b Period) bool { return b.From <= a.From && a.To <= b.To }
	return slices.DeleteFunc(out, func(o Period) bool {
		return o.From == p.From && o.To == p.To || !within(o, p) && !within(p, o)
	}), nil
}

// Recomputed returns the figures with everything that follows from the review
// computed again from it and from nothing else: the whole, the fields that are
// told, the whole without chứng thực, the mix, the criteria. Trend and lanes are computed again
// from their own level counts. What is hidden in f stays hidden.
func (r *Review) Recomputed(f *PeriodFigures) *PeriodFigures {
	k := r.Reckon(Easy)
	out := *f
	out.From, out.To, out.Survey = r.Period.From, r.Period.To, r.Survey.ID
	total := *k.Fields
	told := map[string]IndexPart{}
	for _, p := range total.Parts {
		told[p.Key[ByField]] = p
	}
	total.Parts = nil
	pooled, easy := false, false
	for _, p := range f.Total.Parts {
		field := p.Key[ByField]
		easy = easy || Easy(field)
		if p.Hidden {
			pooled = true
			total.Parts = append(total.Parts, p)
			continue
		}
		if q, ok := told[field]; ok {
			total.Parts = append(total.Parts, q)
		}
		delete(told, field)
	}
	delete(told, OtherFields)
	for _, field := range slices.Sorted(maps.Keys(told)) {
		total.Parts = append(total.Parts, told[field])
	}
	if r.Withheld {
		total.Document = emptyDocument(r.Survey)
	} else {
		out.Answers = total.Answers
	}
	out.Total, out.Mix = &total, k.Mix
	if pooled || r.Withheld {
		out.Mix = nil
	}
	switch {
	case r.Withheld || f.Without.Hidden:
	case k.Without != nil:
		out.Without = k.Without
	case !easy:
		without := total
		without.By, without.Parts, without.Quarantined = nil, nil, nil
		doc := *total.Document
		doc.Groups = nil
		without.Document = &doc
		out.Without = &without
	}
	out.Criteria = r.criteria(f.Criteria)
	out.Lanes, out.Trend = r.recounted(f.Lanes), r.recounted(f.Trend)
	if f.Counters != nil {
		out.Counters = r.recounted(f.Counters)
	}
	return &out
}

// recounted computes a document and its parts again from their level counts.
func (r *Review) recounted(d *IndexDocument) *IndexDocument {
	out := *d
	if !d.Hidden {
		out.Document = r.fromLevels(d.Document, d.Coverage)
		out.Document.Groups = d.Document.Groups
	}
	out.OnTime = NewOnTime(d.OnTime.DossierCounts, r.OnTimeTarget)
	out.Parts = slices.Clone(d.Parts)
	for i, p := range d.Parts {
		if p.Hidden {
			continue
		}
		var cov Coverage
		if p.Coverage != nil {
			cov = *p.Coverage
		}
		out.Parts[i].Document = r.fromLevels(p.Document, cov)
		if p.OnTime != nil {
			on := NewOnTime(p.OnTime.DossierCounts, r.OnTimeTarget)
			out.Parts[i].OnTime = &on
		}
	}
	return &out
}

// fromLevels evaluates a brief document from its own counts of levels.
func (r *Review) fromLevels(d *scoring.Document, cov Coverage) *scoring.Document {
	t := scoring.FromLevels(r.Survey, d)
	return (&Cube{Survey: r.Survey}).evaluate(Slice{Tally: t, Coverage: cov}, true)
}
