package server

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"hailong/scoring"
	"hailong/scoring/survey"
)

// OtherFields is the field of rows and counters whose own field is not told,
// because too few answered about it.
const OtherFields = "(các lĩnh vực còn lại)"

// A Review (số liệu thẩm định) is what may leave the house of a period so that
// somebody else can compute its figures again: every answer without its day,
// counter, officer, channel and lane, in an order that says nothing, and with
// its field only where that may be published; and counters of dossiers by
// field. The finest stretch of time in it is the period.
type Review struct {
	Unit         string
	Period       Period
	Survey       *survey.Survey
	OnTimeTarget float64
	// Withheld says that no answer may be told: there are too few, or with the
	// other periods of the year they would say what a few people answered.
	Withheld bool
	Rows     []ReviewRow      // sorted; equal answers are one row
	Parts    []ReviewPart     // sorted by field, OtherFields among them
	Others   map[string]int64 // answers to other instruments
	// Criteria are what was answered to the criteria of Full, the full form: rows
	// like Rows, without a field and without the overall question, so that nothing
	// puts them beside the same people's Rows. Full is nil where there are none.
	Full     *survey.Survey
	Criteria []ReviewRow
	// Quarantined counts the answers that two people took out of all figures, and
	// QuarantinedOthers such answers to other instruments.
	Quarantined, QuarantinedOthers int64
}

// A ReviewRow is what N people answered, each of them the same.
type ReviewRow struct {
	Field string
	Marks survey.Answers
	N     int64
}

// Answers is the number of people in the rows.
func (r *Review) Answers() (n int64) {
	for _, row := range r.Rows {
		n += row.N
	}
	return n
}

// A ReviewPart counts the dossiers of a field.
type ReviewPart struct {
	Field    string
	Dossiers DossierCounts
	Coverage Coverage
}

// reviewStretch returns the quarters of a period that a review can be of.
func reviewStretch(p Period) (stretch, bool) {
	_, part, _ := strings.Cut(p.ID, "-")
	st, ok := map[string]stretch{"": {0, 3}, "H1": {0, 1}, "Q1": {0, 0}, "Q2": {1, 1}, "Q3": {2, 2}, "Q4": {3, 3}}[part]
	return st, ok
}

// Review reads an open period as it may leave the house, see PackReport.
func (s *Service) Review(ctx context.Context, p Period) (*Review, error) {
	if err := s.Reviewable(p); err != nil {
		return nil, err
	}
	_, r, err := s.tellable(ctx, p, p.From, p.To)
	return r, err
}

// count sums the dossiers of the period, field by field.
func (r *Review) count(c *Cube, shown map[string]bool) {
	sums := map[string]*ReviewPart{}
	for _, sl := range c.slices(c.counts(), Within(r.Period.From, r.Period.To), []Dimension{ByField}) {
		field := sl.Key[0]
		if !shown[field] {
			field = OtherFields
		}
		sum := sums[field]
		if sum == nil {
			sum = &ReviewPart{Field: field}
			sums[field] = sum
		}
		sum.Dossiers.Add(sl.Dossiers)
		sum.Coverage.Add(sl.Coverage)
		sum.Coverage.Answers = 0 // counted with the rows
	}
	for _, sum := range sums {
		r.Parts = append(r.Parts, *sum)
	}
	slices.SortFunc(r.Parts, func(a, b ReviewPart) int { return strings.Compare(a.Field, b.Field) })
}

// Reviewable says why there is no review of an open period, as Review would: it is
// not over, so that two reviews a day apart would tell single answers, or it is the
// second half of a year, which the plan does not report.
func (s *Service) Reviewable(p Period) error {
	_, ok := reviewStretch(p)
	switch {
	case !ok:
		return fmt.Errorf("%w: không có gói thẩm định cho kỳ %s; hãy dùng quý, H1 hoặc cả năm / no review pack of %s: use a quarter, H1 or the year", ErrInvalid, p.ID, p.ID)
	case p.To > s.Today().Add(-sealAfter):
		return fmt.Errorf("%w: kỳ %s chưa chốt thì gói thẩm định chỉ lập được từ ngày %s: hai gói lập cách nhau một ngày trong kỳ sẽ lộ từng phiếu / the period is neither over nor closed", ErrInvalid, p.ID, p.To.Add(sealAfter).VI())
	}
	return nil
}

// readReview reads the answers: those of sealed days from the seals, which keep
// them without anything that a review leaves out anyway, the others one by one.
func (s *Service) readReview(ctx context.Context, r *Review, shown map[string]bool, criteria *CriteriaFigures) error {
	first, last, err := s.answerDays(ctx)
	if err != nil {
		return err
	}
	g := &gathering{review: r, shown: shown, rows: map[string]map[string]*int64{}, bySlip: map[string]int64{}}
	g.gatherCriteria(s.DetailSurvey(), criteria)
	r.Others = map[string]int64{}
	if from, to := max(r.Period.From, first), min(r.Period.To, last); first != "" && from <= to {
		if err := s.gather(ctx, g, from, to); err != nil {
			return err
		}
	}
	for field, rows := range g.rows {
		for marks, n := range rows {
			r.Rows = append(r.Rows, ReviewRow{field, marksOf(marks), *n})
		}
	}
	sortRows(r.Rows)
	r.Full, r.Criteria = g.full, g.criteriaRows()
	for field, n := range g.bySlip {
		i := slices.IndexFunc(r.Parts, func(p ReviewPart) bool { return p.Field == field })
		if i < 0 { // its first answer came between two readings
			r.Parts = append(r.Parts, ReviewPart{Field: field})
			i = len(r.Parts) - 1
		}
		r.Parts[i].Coverage.Answers = n
	}
	slices.SortFunc(r.Parts, func(a, b ReviewPart) int { return strings.Compare(a.Field, b.Field) })
	return nil
}

// A gathering counts equal answers on their way into a review.
type gathering struct {
	review *Review
	shown  map[string]bool
	rows   map[string]map[string]*int64 // field, marks as bytes
	bySlip map[string]int64
	key    []byte
	// Of the full form, where its criteria are gathered.
	full     *survey.Survey
	criteria map[string]*int64
	tells    []bool // by item
}

// add counts one answer about a field that is told or pooled already.
func (g *gathering) add(field string, marks survey.Answers) {
	g.key = g.key[:0]
	for _, m := range marks {
		g.key = append(g.key, byte(m))
	}
	rows := g.rows[field]
	if rows == nil {
		rows = map[string]*int64{}
		g.rows[field] = rows
	}
	n := rows[string(g.key)]
	if n == nil {
		n = new(int64)
		rows[string(g.key)] = n
	}
	*n++
}

// told is the field under which answers are told.
func (g *gathering) told(field string, lane Lane, answers int64) string {
	if !g.shown[field] {
		field = OtherFields
	}
	if lane == LaneSlip || lane == LaneKiosk {
		g.bySlip[field] += answers
	}
	return field
}

// addDay adds a day; ok is false, and nothing is added, where counters are all
// that is known of some of its answers.
func (g *gathering) addDay(cells []Cell, chunk *answerChunk) (ok bool) {
	r := g.review
	for _, rows := range chunk.rows {
		if len(rows.sums) > 0 && (rows.name == r.Survey.ID || g.ofCriteria(rows.name)) {
			return false
		}
	}
	for _, rows := range chunk.rows {
		if g.ofCriteria(rows.name) {
			items := len(g.tells)
			for i := range rows.cells {
				g.addCriteria(rows.marks[i*items : (i+1)*items])
			}
		}
	}
	items := len(r.Survey.Items())
	for _, rows := range chunk.rows {
		switch {
		case strings.HasSuffix(rows.name, detailSeal): // more of answers that are counted already
		case rows.name != r.Survey.ID:
			r.Others[rows.name] += rows.answers()
		default:
			for i, n := range rows.cells {
				c := cells[n]
				g.add(g.told(c.Field, c.Lane, 1), rows.marks[i*items:(i+1)*items])
			}
		}
	}
	for _, rows := range chunk.aside {
		switch {
		case strings.HasSuffix(rows.name, detailSeal):
		case rows.name != r.Survey.ID:
			r.QuarantinedOthers += rows.answers()
		default:
			r.Quarantined += rows.answers()
		}
	}
	return true
}

// gather reads the answers of the days from..to.
func (s *Service) gather(ctx context.Context, g *gathering, from, to Day) error {
	var counted []Day // of which only counters are known
	read, err := s.dayReading(ctx, from, to, func(day Day, chunk *answerChunk) {
		cells, _ := s.memory.of(s.Config.Unit).cells.all()
		if !g.addDay(cells, chunk) {
			counted = append(counted, day)
		}
	})
	if err != nil {
		return err
	}
	if err := read.days(ctx, from, to); err != nil {
		return err
	}
	for _, day := range counted {
		days := map[Day]*answerChunk{}
		if err := read.chunking.read(days, s.keptAnswers(ctx, day, day), read.out); err != nil {
			return err
		}
		cells, _ := s.memory.of(s.Config.Unit).cells.all()
		for _, chunk := range days {
			g.addDay(cells, chunk)
		}
	}
	return nil
}

// cube is the review as a cube of one day.
func (r *Review) cube() *Cube {
	day, table := r.Period.From, &cellTable{}
	c := &Cube{From: day, To: r.Period.To, Unit: r.Unit, Survey: r.Survey, target: r.OnTimeTarget, empty: scoring.NewTally(r.Survey), grain: GrainPeriod, others: r.Others, axis: []Day{day}}
	rows := &answerRows{}
	for _, row := range r.Rows {
		cell := table.number(Cell{Field: row.Field})
		for range row.N {
			rows.add(cell, row.Marks)
		}
	}
	c.rows = []cubeRows{{day.number(), rows}}
	for _, p := range r.Parts {
		if p.Dossiers != (DossierCounts{}) || p.Coverage != (Coverage{}) {
			c.given = append(c.given, givenDossiers{table.number(Cell{Field: p.Field}), day.number(), p.Dossiers, p.Coverage})
		}
	}
	c.cells, c.bare = table.all()
	return c
}

// A Reckoning (bảng tính lại) is every figure that follows from a review.
type Reckoning struct {
	// Whole is the index document of the period.
	Whole *IndexDocument
	// Fields is the same in brief, by field.
	Fields *IndexDocument
	// Without is the whole in brief without the easy field (chứng thực); nil where
	// that field is not told apart.
	Without *IndexDocument
	// Mix is the share in the mix of the dossiers; nil where a field is not told.
	Mix *scoring.Weighted
}

// Reckon computes the figures from the review and from nothing else. What
// easy says is the field that figures stand without, too.
func (r *Review) Reckon(easy func(field string) bool) Reckoning {
	c := r.cube()
	finish := func(d *IndexDocument) *IndexDocument {
		if r.Withheld {
			d.Document, d.Hidden, d.Others, d.Coverage.Answers = nil, true, nil, 0
		}
		return d
	}
	out := Reckoning{Whole: finish(c.Document(IndexQuery{})), Fields: finish(c.Document(IndexQuery{By: []Dimension{ByField}, Brief: true}))}
	if r.Quarantined > 0 && !r.Withheld {
		note := &QuarantineNote{Answers: r.Quarantined, Hidden: true}
		out.Whole.Quarantined, out.Fields.Quarantined = note, note
	}
	told, pooled := false, false
	var groups []scoring.GroupCount
	for i := range out.Fields.Parts {
		p := &out.Fields.Parts[i]
		switch field := p.Key[ByField]; {
		case field == OtherFields:
			pooled = true
			*p = IndexPart{Key: p.Key, Hidden: true}
			continue
		case easy(field):
			told = true
		}
		if x, n := headlineOf(p.Document); n > 0 {
			groups = append(groups, scoring.GroupCount{Name: p.Key[ByField], X: x, N: n})
		}
	}
	if r.Withheld {
		return out
	}
	out.Fields.Document.Groups = nil
	if len(groups) > 0 {
		out.Fields.Document.Groups = scoring.NewGroups(groups, r.Survey.Target)
	}
	if told {
		out.Without = finish(c.Document(IndexQuery{Brief: true, Filter: inFields(func(field string) bool { return !easy(field) })}))
	}
	if !pooled {
		out.Mix, _ = c.Reweighted(Filter{}, ByField)
	}
	return out
}
