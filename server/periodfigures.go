package server

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"hailong/scoring"
	"hailong/scoring/survey"
)

// MethodVersion names how figures are computed. It goes into every closed
// period, so that a later change of method cannot pass for a change of opinion.
const MethodVersion = "hailong-method/1"

// Easy reports whether a field (chứng thực) dominates the count and is easy:
// figures stand with and without it.
func Easy(field string) bool { return strings.EqualFold(field, "Chứng thực") }

// reportMonths is how many months a report's trend has.
const reportMonths = 12

// PeriodFigures (số liệu của kỳ) are all figures of a period's report. Closing
// a period freezes them as they are. A report leaves the house, so that what
// could single somebody out is hidden in them, see HideSmall.
type PeriodFigures struct {
	Period  string `json:"period"`
	From    Day    `json:"from"` // số liệu tính từ ngày
	To      Day    `json:"to"`   // đến ngày
	Method  string `json:"method"`
	Survey  string `json:"survey"`
	Tallies string `json:"tallies_sha256"` // of what was counted, see Cube.Digest
	Answers int64  `json:"answers"`        // in all, also where too few to say what they were

	Total   *IndexDocument `json:"total"`   // by field
	Without *IndexDocument `json:"without"` // without chứng thực
	Lanes   *IndexDocument `json:"lanes"`
	Trend   *IndexDocument `json:"trend"` // by month, the year to the period's end
	// Counters is by counter (quầy), nil in figures frozen before there was one.
	// Behind a counter may be one officer, so parts are as large as officers' are.
	Counters *IndexDocument    `json:"counters,omitempty"`
	Months   []string          `json:"months"`
	Mix      *scoring.Weighted `json:"mix"`

	Before     *Comparison `json:"before"`      // the period before; nil where nothing is known of it
	YearBefore *Comparison `json:"year_before"` // the same period a year before
	Late       []LateGroup `json:"late"`
	// LateStages sorts the same dossiers by where they stand, or by how late they
	// were: exports have no cause. Nil in figures frozen before there were any.
	LateStages []LateStage       `json:"late_stages,omitempty"`
	Complaints *ComplaintFigures `json:"complaints,omitempty"` // nil likewise
	// Complete is how many of the answers by slip, Total.Coverage.Answers, leave no
	// question open; nil where too few answered, and likewise.
	Complete *int64 `json:"complete,omitempty"`
	// Criteria are those of the full form; nil where nobody answered any, and in
	// figures frozen before there were any.
	Criteria *CriteriaFigures `json:"criteria,omitempty"`
}

// A LateStage counts late dossiers by what is known of the cause.
type LateStage struct {
	Name     string `json:"name"`
	Dossiers int64  `json:"dossiers"`
}

// A Comparison is what a report says of another period.
type Comparison struct {
	Period string `json:"period"`
	From   Day    `json:"from"`
	To     Day    `json:"to"`
	X      int64  `json:"x"` // satisfied
	N      int64  `json:"n"`
	OnTime int64  `json:"on_time"`
	Closed int64  `json:"closed"`
}

// Name is how a report calls the period that is compared with.
func (c Comparison) Name() string { return Period{ID: c.Period}.Name() }

// A LateGroup counts the late dossiers of one procedure among those received
// in the period.
type LateGroup struct {
	Field     string `json:"field"`
	Procedure string `json:"procedure"`
	Late      int64  `json:"late"` // resolved after the due time
	Overdue   int64  `json:"overdue"`
	// Days is the longest delay, in days begun, of what was resolved late.
	Days int64 `json:"days"`
}

// periodFigures computes a report's figures for the days from..to of a period.
func (s *Service) periodFigures(ctx context.Context, p Period, from, to Day) (*PeriodFigures, error) {
	end := to.Time()
	first := time.Date(end.Year(), end.Month(), 1, 0, 0, 0, 0, Zone).AddDate(0, 1-reportMonths, 0)
	trendFrom := DayOf(first)
	others := [2]Period{}
	for i, id := range [2]string{p.before(), p.yearBefore()} {
		var err error
		if others[i], err = s.Period(id); err != nil {
			others[i] = Period{ID: id} // before the first year there is
		}
	}
	start := min(trendFrom, from)
	for _, o := range others {
		if o.From != "" {
			start = min(start, o.From)
		}
	}
	grain := GrainDay
	if s.Config.CutOffDay == 0 && to == p.To && from == p.From {
		grain = GrainMonth
	}
	cube, err := s.CubeOf(ctx, s.Survey(), start, to, grain)
	if err != nil {
		return nil, fmt.Errorf("reading the figures: %w", err)
	}
	inside := Within(from, to)
	f := &PeriodFigures{
		Period: p.ID, From: from, To: to, Method: MethodVersion, Survey: s.Survey().ID, Tallies: cube.Digest(inside),
		Total:    cube.Brief(from, to, Filter{}, ByField),
		Without:  cube.Brief(from, to, NotEasy()),
		Lanes:    cube.Brief(from, to, Filter{}, ByLane),
		Counters: cube.Brief(from, to, Filter{}, ByCounter),
		Trend:    cube.Brief(trendFrom, to, Filter{}, ByMonth),
	}
	for i := range reportMonths {
		f.Months = append(f.Months, DayOf(first.AddDate(0, i, 0)).Month())
	}
	f.Answers = f.Total.Answers
	if len(f.Total.Others) > 0 { // the cube's are those of the whole trend
		inner, err := s.CubeOf(ctx, s.Survey(), from, to, grain)
		if err != nil {
			return nil, fmt.Errorf("reading the figures: %w", err)
		}
		for _, d := range []*IndexDocument{f.Total, f.Without, f.Lanes, f.Counters} {
			d.Others = inner.others
		}
	}
	if f.Criteria, err = s.criteria(ctx, p, from, to, f.Total.Others[s.DetailSurvey().ID]); err != nil {
		return nil, err
	}
	f.Mix, _ = cube.Reweighted(inside, ByField)
	// How many are quarantined is told of the whole period only.
	f.Without.Quarantined, f.Lanes.Quarantined, f.Trend.Quarantined = nil, nil, nil
	if f.Counters != nil {
		f.Counters.Quarantined = nil
	}
	f.hideSmall(s.Survey())
	f.Before = cube.comparison(others[0])
	if others[1].ID != others[0].ID {
		f.YearBefore = cube.comparison(others[1])
	}
	if f.Late, f.LateStages, err = s.lateGroups(ctx, from, to); err != nil {
		return nil, err
	}
	if f.Complaints, err = s.complaintFigures(ctx, from, to); err != nil || f.Total.Hidden {
		return f, err
	}
	f.Complete, err = s.completeOf(ctx, f)
	return f, err
}

// completeOf counts the complete answers of the figures; nil too where answers came
// or went since the others were counted.
func (s *Service) completeOf(ctx context.Context, f *PeriodFigures) (*int64, error) {
	c, err := s.completeness(ctx, f.From, f.To)
	if err != nil || isSmall(tallied{c.Complete, c.Given}) || c.Given != f.Total.Coverage.Answers {
		return nil, err
	}
	return &c.Complete, nil
}

// hideSmall hides what could single somebody out, and the figures that would
// give it back: the total without chứng thực where chứng thực itself is hidden,
// and the estimate in the dossiers' mix where any field is. A part that nobody
// answered about hides nobody.
func (f *PeriodFigures) hideSmall(sv *survey.Survey) {
	for _, d := range []*IndexDocument{f.Total, f.Without, f.Lanes, f.Trend, f.Counters} {
		if d.Answers == 0 {
			continue
		}
		least := int64(MinCell)
		if d == f.Counters {
			least = MinOfficerCell
		}
		parts := d.Parts
		d.Parts = slices.DeleteFunc(slices.Clone(parts), func(p IndexPart) bool { return p.Document.Answers == 0 })
		hideBelow(d, sv.Target, least)
		i := 0
		for k := range parts {
			if parts[k].Document.Answers > 0 {
				parts[k], i = d.Parts[i], i+1
			}
		}
		d.Parts = parts
	}
	f.hideMonths()
	f.hideDerived(sv)
}

// hideMonths keeps the months of the period from giving a hidden one back as
// the difference to the period's total.
func (f *PeriodFigures) hideMonths() {
	if f.Total.Hidden {
		return
	}
	hidden, next := 0, -1
	for i, p := range f.Trend.Parts {
		switch m := p.Key[ByMonth]; {
		case m < f.From.Month() || m > f.To.Month():
		case p.Hidden:
			hidden++
		case p.Document.Answers > 0 && (next < 0 || p.Document.Answers < f.Trend.Parts[next].Document.Answers):
			next = i
		}
	}
	if hidden == 1 && next >= 0 {
		f.Trend.Parts[next] = IndexPart{Key: f.Trend.Parts[next].Key, Hidden: true}
	}
}

// hideDerived hides what would give hidden fields back, and leaves no figure in
// what is hidden.
func (f *PeriodFigures) hideDerived(sv *survey.Survey) {
	for _, p := range f.Total.Parts {
		if p.Hidden {
			f.Mix = nil
			if Easy(p.Key[ByField]) {
				f.Without.Hidden = true
			}
		}
	}
	if f.Total.Hidden {
		f.Mix, f.Complete = nil, nil
		if f.Answers > 0 {
			f.Criteria = nil // some of them are the same people's
		}
	}
	for _, d := range []*IndexDocument{f.Total, f.Without, f.Lanes, f.Trend, f.Counters} {
		if d != nil && d.Hidden { // what is hidden has the figures of nobody
			d.Document, d.Coverage.Answers, d.Others, d.Quarantined = emptyDocument(sv), 0, nil, nil
		}
	}
}

func emptyDocument(sv *survey.Survey) *scoring.Document {
	return scoring.Evaluate(scoring.NewTally(sv), scoring.Options{Brief: true})
}

// comparison sums up another period, nil where nothing is known of it.
func (c *Cube) comparison(p Period) *Comparison {
	if p.From == "" {
		return nil
	}
	sl := c.total(c.counts(), Within(p.From, p.To))
	out := &Comparison{Period: p.ID, From: p.From, To: p.To, OnTime: sl.Dossiers.OnTime, Closed: sl.Dossiers.Closed()}
	if item := headline(c.Survey); item >= 0 {
		out.X, out.N = sl.Tally.Item(item)
	}
	if (&hiding{least: MinCell}).small(out.X, out.N) {
		out.X, out.N = 0, 0
	}
	if out.N == 0 && out.Closed == 0 {
		return nil
	}
	return out
}

// Digest is the SHA-256 of what the cells that pass the filter count: every
// level of every question by field, counter and lane. It does not depend on
// whether answers were read from seals or one by one.
func (c *Cube) Digest(f Filter) string {
	h := sha256.New()
	for _, sl := range c.slices(scoring.NewCounts(c.Survey), f, []Dimension{ByField, ByCounter, ByLane}) {
		if sl.Tally.Answers() == 0 {
			continue
		}
		fmt.Fprintf(h, "%q %d", sl.Key, sl.Tally.Answers())
		for i := range c.Survey.Items() {
			for m := range survey.Mark(len(c.Survey.Levels) + 2) {
				fmt.Fprintf(h, " %d", sl.Tally.Level(i, m-1))
			}
		}
		fmt.Fprintln(h)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// The stages in the order of a report: the office waits for the citizen, or works
// on; what is resolved by how late it was.
var lateStages = [...]string{"Đang giải quyết: chờ công dân bổ sung giấy tờ", "Đang giải quyết: chờ thực hiện nghĩa vụ tài chính", "Đang giải quyết tại cơ quan",
	"Đã giải quyết, chậm không quá 3 ngày", "Đã giải quyết, chậm 4 đến 10 ngày", "Đã giải quyết, chậm trên 10 ngày"}

// lateDays is how late a dossier was resolved, in days begun.
func (d Dossier) lateDays() int64 {
	due := d.Due
	if due.IsZero() {
		due = DayOf(d.Received).Add(1).Time()
	}
	return int64(math.Ceil(d.End().Sub(due).Hours() / 24))
}

// lateGroups lists the late dossiers received from..to by procedure, most first,
// and by stage.
func (s *Service) lateGroups(ctx context.Context, from, to Day) ([]LateGroup, []LateStage, error) {
	type key struct{ field, procedure string }
	groups := map[key]*LateGroup{}
	var stages [len(lateStages)]int64
	now := s.Now()
	first, last := from.number(), to.number()
	group := func(c Cell, name string) *LateGroup {
		k := key{c.Field, name}
		g := groups[k]
		if g == nil {
			g = &LateGroup{Field: k.field, Procedure: k.procedure}
			groups[k] = g
		}
		return g
	}
	err := s.readDossiers(ctx, from, to, func(m *dossierMonth) {
		cells, _ := s.memory.of(s.Config.Unit).cells.all()
		for _, d := range m.open {
			if d.day < first || d.day > last || !now.After(d.due) {
				continue
			}
			group(cells[d.cell], d.name).Overdue++
			switch d.status {
			case StatusSupplement:
				stages[0]++
			case StatusPayment:
				stages[1]++
			default:
				stages[2]++
			}
		}
		for _, d := range m.late {
			if d.day < first || d.day > last {
				continue
			}
			g := group(cells[d.cell], d.name)
			g.Late++
			g.Days = max(g.Days, d.days)
			switch {
			case d.days <= 3:
				stages[3]++
			case d.days <= 10:
				stages[4]++
			default:
				stages[5]++
			}
		}
	})
	if err != nil {
		return nil, nil, err
	}
	out := make([]LateGroup, 0, len(groups))
	for _, g := range groups {
		out = append(out, *g)
	}
	slices.SortFunc(out, func(a, b LateGroup) int {
		return cmp.Or(cmp.Compare(b.Late+b.Overdue, a.Late+a.Overdue), cmp.Compare(a.Field, b.Field), cmp.Compare(a.Procedure, b.Procedure))
	})
	var told []LateStage
	for i, n := range stages {
		if n > 0 {
			told = append(told, LateStage{lateStages[i], n})
		}
	}
	return out, told, nil
}
