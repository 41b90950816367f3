package server

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// A Publication (kết quả công khai) is what everyone may see of a period.
type Publication struct {
	Period Period // a year ends with its last quarter that is published
	// Ongoing is true for a year that has quarters to come.
	Ongoing bool
	// Periods lists what can be asked for: the newest year and earlier ones,
	// the asked one with its quarters behind it.
	Periods []string
	// Index is the period by field, small parts hidden.
	Index *IndexDocument
}

// publishedYears is how many years can be asked for.
const publishedYears = 5

// Publication returns what is published of a period, or of the newest year
// where id is "". ErrNotFound: no such period, or none that is over.
//
// Everything is made of whole quarters that are over, answers that can no longer
// be changed, so that nobody can watch single answers come in, change or go, and
// of a fixed list of periods; see clearance for what is left out of them.
func (s *Service) Publication(ctx context.Context, id string) (*Publication, error) {
	end := s.publishedUntil()
	ext, err := s.Extent(ctx)
	if err != nil {
		return nil, err
	}
	newest := ext.Year(end)
	if newest == 0 {
		return nil, fmt.Errorf("%w: nothing is published yet", ErrNotFound)
	}
	oldest := max(ext.First.Time().Year(), newest-publishedYears+1)
	if id == "" {
		id = strconv.Itoa(newest)
	}
	asked, err := ParsePeriod(id)
	if err != nil {
		return nil, fmt.Errorf("%w: period", ErrNotFound)
	}
	year := asked.From.Time().Year()
	if year < oldest || year > newest {
		return nil, fmt.Errorf("%w: period", ErrNotFound)
	}
	b, err := s.readBoardYear(ctx, year, end)
	if err != nil {
		return nil, err
	}
	parts := b.periods()
	k := slices.IndexFunc(parts, func(p boardPeriod) bool { return p.ID == id })
	if k < 0 {
		return nil, fmt.Errorf("%w: period", ErrNotFound)
	}
	pub := &Publication{Period: parts[k].Period, Ongoing: k == 0 && b.quarters < 4, Index: b.document(parts[k])}
	for y := newest; y >= oldest; y-- {
		if y != year {
			pub.Periods = append(pub.Periods, strconv.Itoa(y))
			continue
		}
		for _, p := range parts {
			pub.Periods = append(pub.Periods, p.ID)
		}
	}
	return pub, nil
}

// publishedUntil is the last day of the newest published quarter: the one whose
// last answer can no longer be changed or withdrawn by its slip.
func (s *Service) publishedUntil() Day {
	return quarterStart(s.Today().Add(-max(s.Config.ChangeDays, 0))).Add(-1)
}

// quarterStart is the first day of a day's quarter.
func quarterStart(d Day) Day {
	t := d.Time()
	return Day(fmt.Sprintf("%04d-%02d-01", t.Year(), (int(t.Month())-1)/3*3+1))
}

// A boardYear is a year of the board with what may be shown of it.
type boardYear struct {
	cube     *Cube
	year     int
	quarters int      // that are over
	fields   []string // in the order of the clearance
	clear    *clearance
	items    map[string]*clearance // of each item but the one that is judged, in all
}

// readBoardYear reads the quarters of a year that are over by a day.
func (s *Service) readBoardYear(ctx context.Context, year int, end Day) (*boardYear, error) {
	b := &boardYear{year: year}
	for b.quarters < 4 && b.quarter(b.quarters).To <= end {
		b.quarters++
	}
	if b.quarters == 0 {
		return b, nil
	}
	var err error
	b.cube, err = s.CubeOf(ctx, s.Survey(), b.quarter(0).From, b.quarter(b.quarters-1).To, GrainMonth)
	if err != nil {
		return nil, err
	}
	items := make([][4]tallied, len(b.cube.Survey.Items()))
	fields := make([]map[string]tallied, b.quarters)
	judged := headline(b.cube.Survey)
	for _, sl := range b.cube.slices(b.cube.counts(), Filter{}, []Dimension{ByMonth, ByField}) {
		q := (Day(sl.Key[0]+"-01").Time().Month() - 1) / 3
		if fields[q] == nil {
			fields[q] = map[string]tallied{}
		}
		for i := range items {
			x, n := sl.Tally.Item(i)
			items[i][q] = items[i][q].plus(x, n)
			if i == judged {
				fields[q][sl.Key[1]] = fields[q][sl.Key[1]].plus(x, n)
			}
		}
	}
	var counts [][4]tallied
	for q, of := range fields {
		for _, name := range slices.Sorted(maps.Keys(of)) {
			f := slices.Index(b.fields, name)
			if f < 0 {
				f = len(b.fields)
				b.fields, counts = append(b.fields, name), append(counts, [4]tallied{})
			}
			counts[f][q] = of[name]
		}
	}
	b.clear = clearYear(counts, b.quarters)
	b.items = map[string]*clearance{}
	for i, it := range b.cube.Survey.Items() {
		b.items[it.ID] = clearYear([][4]tallied{items[i]}, b.quarters)
	}
	return b, nil
}

// quarter is one quarter of the year, 0 to 3.
func (b *boardYear) quarter(q int) Period {
	from := Day(fmt.Sprintf("%04d-%02d-01", b.year, 3*q+1))
	return Period{ID: fmt.Sprintf("%d-Q%d", b.year, q+1), From: from, To: quarterStart(from.Add(100)).Add(-1)}
}

// A boardPeriod is a period of the board as quarters.
type boardPeriod struct {
	Period
	stretch stretch
}

// periods lists what may be shown: the year so far, then its parts. A year in
// which nobody answered is listed all the same: its dossiers count.
func (b *boardYear) periods() []boardPeriod {
	if b.quarters == 0 {
		return nil
	}
	st, ok := b.clear.year(b.quarters)
	if !ok {
		st = stretch{0, b.quarters - 1}
	}
	out := []boardPeriod{{Period{strconv.Itoa(b.year), b.quarter(0).From, b.quarter(st.to).To}, st}}
	for _, p := range []struct {
		id string
		st stretch
	}{{"Q1", stretch{0, 0}}, {"Q2", stretch{1, 1}}, {"H1", stretch{0, 1}}, {"Q3", stretch{2, 2}}, {"Q4", stretch{3, 3}}} {
		if b.clear.totals[p.st] {
			out = append(out, boardPeriod{Period{fmt.Sprintf("%d-%s", b.year, p.id), b.quarter(p.st.from).From, b.quarter(p.st.to).To}, p.st})
		}
	}
	return out
}

// read computes a period of the year by field, with nothing hidden.
func (b *boardYear) read(p Period) *IndexDocument {
	return b.cube.Brief(p.From, p.To, Filter{}, ByField)
}

// document is a period as it is published.
func (b *boardYear) document(p boardPeriod) *IndexDocument {
	doc := b.read(p.Period)
	total := b.clear.totals[p.stretch]
	HideSmall(doc, b.cube.Survey.Target)
	for i := range doc.Parts {
		f := slices.Index(b.fields, doc.Parts[i].Key[ByField])
		if !total || !b.clear.fields[p.stretch][f] {
			doc.Parts[i] = IndexPart{Key: doc.Parts[i].Key, Hidden: true}
		}
	}
	// A part says what it is judged on; the other items only all together, and
	// only those that enough people answered.
	for _, part := range doc.Parts {
		if part.Document != nil {
			keepItems(part.Document, b.cube.Survey, func(id string) bool { return id == part.Document.VerdictOn })
		}
	}
	if d := doc.Document; d != nil {
		d.Groups = nil // would hold what was hidden here
		keepItems(d, b.cube.Survey, func(id string) bool { return id == d.VerdictOn || b.items[id].totals[p.stretch] })
	}
	if !total && doc.Document != nil {
		doc.Document, doc.Hidden, doc.Coverage.Answers, doc.Others, doc.Quarantined = nil, true, 0, nil, nil
	}
	return doc
}
