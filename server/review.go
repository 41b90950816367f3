package server

import (
	"cmp"
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
	Rows     []ReviewRow      // sorted
	Parts    []ReviewPart     // sorted by field, OtherFields among them
	Others   map[string]int64 // answers to other instruments
	// Quarantined counts the answers that two people took out of all figures.
	Quarantined int64
}

// A ReviewRow is what one person answered.
type ReviewRow struct {
	Field string
	Marks survey.Answers
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

// Review reads a period as it may leave the house. What is left out is decided
// as for the public board (see clearance), so packs of several periods, laid
// side by side with the board, do not give it back. ErrInvalid: the period is
// not over, since two reviews a day apart would tell single answers, or it is
// the second half of a year, which the plan does not report.
func (s *Service) Review(ctx context.Context, p Period) (*Review, error) {
	if err := s.Reviewable(p); err != nil {
		return nil, err
	}
	st, _ := reviewStretch(p)
	b, err := s.readBoardYear(ctx, p.From.Time().Year(), p.To)
	if err != nil {
		return nil, err
	}
	r := &Review{Unit: s.Config.Unit, Period: p, Survey: s.Survey(), OnTimeTarget: s.Config.OnTimeTarget}
	doc := b.document(boardPeriod{p, st})
	r.Withheld = doc.Hidden
	shown := map[string]bool{}
	for _, part := range doc.Parts {
		shown[part.Key[ByField]] = !part.Hidden && !r.Withheld
	}
	r.count(b.cube, shown)
	if r.Withheld {
		return r, nil
	}
	return r, s.readReview(ctx, r, shown)
}

// count sums the dossiers of the period, field by field.
func (r *Review) count(c *Cube, shown map[string]bool) {
	sums := map[string]*ReviewPart{}
	in := func(cell Cell) bool { return r.Period.From <= cell.Day && cell.Day <= r.Period.To }
	for _, sl := range c.slices(c.counts(), in, []Dimension{ByField}) {
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

// Reviewable says why there is no review of a period, as Review would.
func (s *Service) Reviewable(p Period) error {
	_, ok := reviewStretch(p)
	switch {
	case !ok:
		return fmt.Errorf("%w: không có gói thẩm định cho kỳ %s; hãy dùng quý, H1 hoặc cả năm / no review pack of %s: use a quarter, H1 or the year", ErrInvalid, p.ID, p.ID)
	case p.To > s.Today().Add(-sealAfter):
		return fmt.Errorf("%w: gói thẩm định của kỳ %s chỉ lập được từ ngày %s: hai gói lập cách nhau một ngày trong kỳ sẽ lộ từng phiếu / the period is not over", ErrInvalid, p.ID, p.To.Add(sealAfter).VI())
	}
	return nil
}

// readReview reads the answers.
func (s *Service) readReview(ctx context.Context, r *Review, shown map[string]bool) error {
	r.Others = map[string]int64{}
	bySlip := map[string]int64{}
	out, err := s.excluded(ctx, r.Period.From, r.Period.To)
	if err != nil {
		return err
	}
	for a, err := range s.storedAnswers(ctx, r.Period.From, r.Period.To) {
		if err != nil {
			return fmt.Errorf("reading answers: %w", err)
		}
		if out[a.Day][a.ID] {
			r.Quarantined++
			continue
		}
		if a.Survey != r.Survey.ID {
			r.Others[a.Survey]++
			continue
		}
		_, marks, err := s.marks(a)
		if err != nil {
			return err
		}
		field := a.Field
		if !shown[field] {
			field = OtherFields
		}
		if a.Lane == LaneSlip || a.Lane == LaneKiosk {
			bySlip[field]++
		}
		r.Rows = append(r.Rows, ReviewRow{field, marks})
	}
	slices.SortFunc(r.Rows, func(a, b ReviewRow) int {
		return cmp.Or(strings.Compare(a.Field, b.Field), slices.Compare(a.Marks, b.Marks))
	})
	for field, n := range bySlip {
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

// cube is the review as a cube of one day.
func (r *Review) cube() *Cube {
	c := &Cube{From: r.Period.From, To: r.Period.To, Survey: r.Survey, target: r.OnTimeTarget, empty: scoring.NewTally(r.Survey), grain: GrainPeriod,
		answers: map[Cell]*answerCell{}, received: map[Cell]*DossierCounts{}, returned: map[Cell]*Coverage{}, others: r.Others}
	for _, row := range r.Rows {
		a := c.cell(Cell{Field: row.Field})
		a.rows = append(a.rows, row.Marks)
	}
	for i := range r.Parts {
		p := &r.Parts[i]
		cell := Cell{Field: p.Field}
		if p.Dossiers != (DossierCounts{}) {
			c.received[cell] = &p.Dossiers
		}
		if p.Coverage != (Coverage{}) {
			c.returned[cell] = &p.Coverage
		}
	}
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
		d.Unit = r.Unit
		if r.Withheld {
			d.Document, d.Hidden, d.Others, d.Coverage.Answers = nil, true, nil, 0
		}
		return d
	}
	out := Reckoning{Whole: finish(c.Document(IndexQuery{})), Fields: finish(c.Document(IndexQuery{By: []Dimension{ByField}, Brief: true}))}
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
		out.Without = finish(c.Document(IndexQuery{Brief: true, Filter: func(cell Cell) bool { return !easy(cell.Field) }}))
	}
	if !pooled {
		out.Mix, _ = c.Reweighted(nil, ByField)
	}
	return out
}
