package server

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"hailong/scoring"
)

// PlanMargin is the half width of the interval that is enough to know a share
// by: ±5 %.
const PlanMargin = 0.05

// RateWeeks is how many weeks the present rate of answers is taken from.
const RateWeeks = 8

// A Plan (kế hoạch thu thập) says how many answers a period still needs, and
// whether they come by themselves.
type Plan struct {
	From, To Day // the period
	AsOf     Day // the last day that is counted: the period's last one, or today
	Over     bool
	// RateFrom is the first day of the weeks, up to AsOf, that the rate is of.
	RateFrom Day
	// Month is the month of AsOf, 2024-03.
	Month  string
	Target float64
	Unit   PlanRow
	Fields []PlanRow // those that had a dossier or an answer, the shortest of answers first
	// Counters says which counters get fewer answers per returned dossier than
	// the others do, in the weeks of the rate.
	Counters []PlanCounter
}

// A PlanRow is the unit or one field.
type PlanRow struct {
	Name    string
	X, N    int64 // satisfied, answered, in the period so far
	Verdict scoring.Verdict
	// Margin is how many more answers make ±PlanMargin, Further how many make a
	// verdict, both at the present share; -1 where no number would do.
	Margin, Further int64
	// Need is the less of the two: one of them is enough to know.
	Need int64
	// Weekly is the rate of the last weeks, Expected what it brings until the
	// period ends, Short what is missing then.
	Weekly   float64
	Expected int64
	Short    int64
	// Quota is this month's part of what was needed when it began, Month what
	// has come, MonthShort what is missing of it.
	Quota, Month, MonthShort int64
	// Chance is the probability that the share at the end, with what is expected,
	// is at the target or more; nil without answers or once the period is over.
	Chance *float64
}

// A PlanCounter is a counter in the weeks of the rate.
type PlanCounter struct {
	Name     string
	Answers  int64 // by slip
	Returned int64
	Below    bool // fewer than the others by more than chance
}

// Plan computes a period's plan as of today. ErrInvalid: the period begins after
// it ends, or in the future.
func (s *Service) Plan(ctx context.Context, from, to Day) (*Plan, error) {
	today := s.Today()
	if from > to || from > today {
		return nil, fmt.Errorf("%w: the period begins in the future", ErrInvalid)
	}
	p := &Plan{From: from, To: to, AsOf: min(to, today), Over: to < today, Target: s.Survey().Target}
	p.RateFrom, p.Month = p.AsOf.Add(1-7*RateWeeks), p.AsOf.Month()
	cube, err := s.CubeOf(ctx, s.Survey(), min(from, p.RateFrom), p.AsOf, GrainDay)
	if err != nil {
		return nil, fmt.Errorf("reading the figures: %w", err)
	}
	p.Unit = p.row(cube, Filter{})
	for _, field := range planNames(cube, p, ByField) {
		row := p.row(cube, Only(ByField, field))
		row.Name = field
		p.Fields = append(p.Fields, row)
	}
	slices.SortStableFunc(p.Fields, func(a, b PlanRow) int { return cmp.Compare(b.Short, a.Short) })
	p.counters(cube)
	return p, nil
}

// planNames are the names along a dimension that had a dossier returned or an
// answer in the period; an answer without a field is of none.
func planNames(c *Cube, p *Plan, d Dimension) (out []string) {
	for _, sl := range c.slices(c.counts(), Within(p.From, p.AsOf), []Dimension{d}) {
		if sl.Key[0] != "" && (sl.Tally.Answers() > 0 || sl.Coverage.Returned > 0) {
			out = append(out, sl.Key[0])
		}
	}
	SortByName(out, func(name string) string { return name })
	return out
}

// days counts the days from..to, both included.
func days(from, to Day) int64 {
	if from > to {
		return 0
	}
	return int64(math.Round(to.Time().Sub(from.Time()).Hours()/24)) + 1
}

func (p *Plan) row(c *Cube, f Filter) PlanRow {
	item := headline(c.Survey)
	count := func(from, to Day) (x, n int64) {
		if item < 0 || from > to {
			return 0, 0
		}
		return c.total(c.counts(), Within(from, to).And(f)).Tally.Item(item)
	}
	var r PlanRow
	r.X, r.N = count(p.From, p.AsOf)
	r.Verdict, _ = scoring.Explain(r.X, r.N, p.Target)
	r.Margin, r.Further, r.Need = needs(r.X, r.N, p.Target)
	_, recent := count(p.RateFrom, p.AsOf)
	r.Weekly = float64(recent) / RateWeeks
	if !p.Over {
		left := days(p.AsOf.Add(1), p.To)
		r.Expected = int64(math.Round(r.Weekly * float64(left) / 7))
		if r.N > 0 {
			chance := scoring.ProbYearEnd(r.X, r.N, min(r.Expected, maxForecast), p.Target)
			r.Chance = &chance
		}
	}
	r.Short = max(0, r.Need-r.Expected)
	first := max(p.From, Day(p.Month+"-01"))
	last := min(p.To, around('M', p.AsOf).last())
	x0, n0 := count(p.From, first.Add(-1))
	_, _, need := needs(x0, n0, p.Target)
	if n0 == 0 { // the month is the first: what is known now is known best
		need = r.Need + r.N
	}
	r.Quota = int64(math.Ceil(float64(need) * float64(days(first, last)) / float64(days(first, p.To))))
	_, r.Month = count(first, p.AsOf)
	r.MonthShort = max(0, r.Quota-r.Month)
	return r
}

// maxForecast is the most further answers a chance is computed for.
const maxForecast = 100_000

func needs(x, n int64, target float64) (margin, further, need int64) {
	margin, further = -1, -1
	if m, ok := scoring.FurtherForMargin(x, n, PlanMargin); ok {
		margin = m
	}
	if m, ok := scoring.FurtherForVerdict(x, n, target); ok {
		further = m
	}
	need = max(margin, 0)
	if further >= 0 && (margin < 0 || further < margin) {
		need = further
	}
	return margin, further, need
}

// FewShare: a counter gets few answers where it gets less than this part of what
// the others get per returned dossier, by more than chance.
const FewShare = 0.75

// counters compares every counter with all others by answers per returned dossier
// (scoring.NewDifference).
func (p *Plan) counters(c *Cube) {
	var answers, returned int64
	for _, sl := range c.slices(c.counts(), Within(p.RateFrom, p.AsOf), []Dimension{ByCounter}) {
		if sl.Key[0] == "" || sl.Coverage.Returned == 0 {
			continue
		}
		k := PlanCounter{Name: sl.Key[0], Answers: sl.Coverage.Answers, Returned: sl.Coverage.Returned}
		p.Counters = append(p.Counters, k)
		answers, returned = answers+min(k.Answers, k.Returned), returned+k.Returned
	}
	for i := range p.Counters {
		k := &p.Counters[i]
		x, others := min(k.Answers, k.Returned), returned-k.Returned // answers may trail from earlier weeks
		d := scoring.NewDifference(x, k.Returned, answers-x, others)
		k.Below = d != nil && d.Interval.Hi < 0 && float64(x)*float64(others) < FewShare*float64(answers-x)*float64(k.Returned)
	}
}
