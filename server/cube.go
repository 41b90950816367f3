package server

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"hailong/scoring"
	"hailong/scoring/survey"
)

// A Dimension is one side of the cube that figures can be broken down by.
type Dimension string

// The dimensions.
const (
	ByField     Dimension = "field"     // lĩnh vực
	ByProcedure Dimension = "procedure" // thủ tục, by its code
	ByCounter   Dimension = "counter"   // quầy
	ByOfficer   Dimension = "officer"   // công chức
	ByChannel   Dimension = "channel"   // hình thức nộp
	ByLane      Dimension = "lane"      // kênh trả lời
	ByMonth     Dimension = "month"     // tháng
	ByDay       Dimension = "day"       // ngày
)

// Dimensions lists them all.
var dimensions = []Dimension{ByField, ByProcedure, ByCounter, ByOfficer, ByChannel, ByLane, ByMonth, ByDay}

// ParseDimensions reads "field,month"; "" is none.
func ParseDimensions(s string) ([]Dimension, error) {
	if s == "" {
		return nil, nil
	}
	var by []Dimension
	for _, name := range strings.Split(s, ",") {
		d := Dimension(strings.TrimSpace(name))
		if !slices.Contains(dimensions, d) {
			return nil, fmt.Errorf("%w: cannot break down by %q: use field, procedure, counter, officer, channel, lane, month or day", ErrInvalid, name)
		}
		if !slices.Contains(by, d) {
			by = append(by, d)
		}
	}
	return by, nil
}

// isTime reports whether a dimension is one of days, not of parts.
func (d Dimension) isTime() bool { return d == ByMonth || d == ByDay }

// A Cell is the finest part of a period that figures are kept for.
type Cell struct {
	Day                     Day
	Field, Counter, Officer string
	Channel                 Channel
	Lane                    Lane   // "" for dossiers, which have none
	Procedure               string // its code
}

// Part returns the cell's value along one dimension; "" is "not known".
func (c Cell) Part(d Dimension) string {
	switch d {
	case ByField:
		return c.Field
	case ByProcedure:
		return c.Procedure
	case ByCounter:
		return c.Counter
	case ByOfficer:
		return c.Officer
	case ByChannel:
		return c.Channel.String()
	case ByLane:
		return string(c.Lane)
	case ByMonth:
		return c.Day.Month()
	case ByDay:
		return string(c.Day)
	}
	return ""
}

// DossierCounts are the mergeable counters of dossiers received in a period.
type DossierCounts struct {
	Received    int64 `json:"received"`
	OnTime      int64 `json:"on_time"`      // resolved before or on the due time
	Late        int64 `json:"late"`         // resolved after it
	Open        int64 `json:"open"`         // not resolved, still in time
	OpenOverdue int64 `json:"open_overdue"` // not resolved, late already
	NotCounted  int64 `json:"not_counted"`  // refused, withdrawn, stopped
}

// Add adds o to c.
func (c *DossierCounts) Add(o DossierCounts) {
	c.Received += o.Received
	c.OnTime += o.OnTime
	c.Late += o.Late
	c.Open += o.Open
	c.OpenOverdue += o.OpenOverdue
	c.NotCounted += o.NotCounted
}

// Closed is the denominator of the on-time rate: dossiers resolved.
func (c DossierCounts) Closed() int64 { return c.OnTime + c.Late }

// Coverage counts the way from a returned dossier to an answer, for dossiers
// returned in a period.
type Coverage struct {
	Returned  int64 `json:"returned"`  // earned an invitation
	Invited   int64 `json:"invited"`   // have one
	Uninvited int64 `json:"uninvited"` // have none: must be 0
	Answers   int64 `json:"answers"`   // answers by slip or by slip at a kiosk, given in the period
}

// Add adds o to c.
func (c *Coverage) Add(o Coverage) {
	c.Returned += o.Returned
	c.Invited += o.Invited
	c.Uninvited += o.Uninvited
	c.Answers += o.Answers
}

// A Cube holds what a period's figures are made of: every answer with the
// number of its cell, and the counts of dossiers by cell and day, in integers
// that add up. What it holds is shared and never changed; it is put together
// once and then asked many questions.
type Cube struct {
	From, To Day
	Unit     string // whose answers and dossiers are counted
	Survey   *survey.Survey

	cells  []Cell  // by their numbers
	bare   []int32 // the number of the same cell without a lane
	axis   []Day   // the days that have anything, and those between them
	rows   []cubeRows
	aside  []cubeRows // quarantined: in no figure but a QuarantineNote
	months []*dossierMonth
	open   []dossierCount // dossiers that are not resolved, as of now
	given  []givenDossiers
	empty  *scoring.Tally
	grain  Grain
	// others counts answers to other instruments, which are not mixed in.
	others     map[string]int64
	base       string            // the short instrument, which detailed answers were given to first
	procedures map[string]string // names of procedures by their codes
	target     float64           // on time
}

// givenDossiers are dossiers as a review tells them.
type givenDossiers struct {
	cell, day int32
	DossierCounts
	Coverage
}

// cubeRows are the answers of a day, or of a sealed span that begins with it.
type cubeRows struct {
	day int32 // its number
	*answerRows
}

// A Grain is the finest stretch of days that will be asked for.
type Grain int

// The grains: coarser ones read roll-ups where a period covers them whole.
const (
	GrainDay Grain = iota
	GrainMonth
	GrainPeriod // only the whole period
)

// Cube reads the period from the store, day by day. Answers belong to the day
// on which they were given, on-time to the day of receipt, coverage to the day
// of return.
func (s *Service) Cube(ctx context.Context, sv *survey.Survey, from, to Day) (*Cube, error) {
	return s.CubeOf(ctx, sv, from, to, GrainDay)
}

// CubeOf is Cube for questions that are no finer than a grain. What is sealed
// is read from seals, the rest from the answers; the figures are the same.
func (s *Service) CubeOf(ctx context.Context, sv *survey.Survey, from, to Day, grain Grain) (*Cube, error) {
	return s.readCube(ctx, sv, from, to, grain, s.addDossiers)
}

// answersCube is CubeOf without dossiers.
func (s *Service) answersCube(ctx context.Context, sv *survey.Survey, from, to Day, grain Grain) (*Cube, error) {
	return s.readCube(ctx, sv, from, to, grain, func(context.Context, *Cube) error { return nil })
}

func (s *Service) readCube(ctx context.Context, sv *survey.Survey, from, to Day, grain Grain, dossiers func(context.Context, *Cube) error) (*Cube, error) {
	c := &Cube{From: from, To: to, Unit: s.Config.Unit, Survey: sv, target: s.Config.OnTimeTarget, empty: scoring.NewTally(sv), grain: grain, base: s.Survey().ID,
		others: map[string]int64{}, procedures: map[string]string{}}
	if err := s.readAnswers(ctx, c, grain); err != nil {
		return nil, err
	}
	if err := dossiers(ctx, c); err != nil {
		return nil, err
	}
	c.cells, c.bare = s.memory.of(s.Config.Unit).cells.all()
	c.setAxis()
	return c, nil
}

// A Slice is a part of the cube, merged.
type Slice struct {
	Key      []string // along the dimensions asked for
	Tally    *scoring.Tally
	Dossiers DossierCounts
	Coverage Coverage
}

// Total merges all cells that pass the filter.
func (c *Cube) Total(f Filter) Slice {
	return c.total(c.empty, f)
}

func (c *Cube) total(empty *scoring.Tally, f Filter) Slice {
	all := c.slices(empty, f, nil)
	if len(all) == 0 {
		return Slice{Tally: empty.Fresh()}
	}
	return all[0]
}

// counts is an empty tally that is enough for a brief document, whose verdict
// needs more than level counts only where there is no overall question.
func (c *Cube) counts() *scoring.Tally {
	if c.Survey.HasOverall() {
		return scoring.NewCounts(c.Survey)
	}
	return c.empty
}

// Slices merges the cells that pass the filter by the given dimensions, sorted
// by key. Without dimensions there is one slice, or none where no cell passes.
// Asking for days or months of a cube that was read with a coarser grain is a
// mistake of the programmer and panics.
func (c *Cube) Slices(f Filter, by ...Dimension) []Slice { return c.slices(c.empty, f, by) }

func (c *Cube) slices(empty *scoring.Tally, f Filter, by []Dimension) []Slice {
	if (c.grain > GrainDay && slices.Contains(by, ByDay)) || (c.grain > GrainMonth && slices.Contains(by, ByMonth)) {
		panic("server: the cube was read with a coarser grain")
	}
	k := c.cut(f, by)
	g := newGrid(k, func() *Slice { return &Slice{Tally: empty.Fresh()} })
	dossiers := !slices.Contains(by, ByLane) // which have none
	coverage := c.coverage(k)
	if !dossiers {
		for i := range coverage {
			coverage[i] = -1
		}
	}
	c.countAnswers(k, g, coverage)
	if dossiers {
		c.countDossiers(k, g)
	}
	out := make([]Slice, 0, len(g.found))
	for _, p := range g.found {
		p.value.Key = k.key(p.day, p.part)
		out = append(out, *p.value)
	}
	slices.SortFunc(out, func(a, b Slice) int { return slices.Compare(a.Key, b.Key) })
	return out
}

// Dossiers merges the dossiers of all cells that pass the filter.
func (c *Cube) Dossiers(f Filter) DossierCounts {
	for _, s := range c.dossiers(f, nil) {
		return s.Dossiers
	}
	return DossierCounts{}
}

// dossiers is slices without the answers, and in no order.
func (c *Cube) dossiers(f Filter, by []Dimension) []Slice {
	k := c.cut(f, by)
	g := newGrid(k, func() *Slice { return &Slice{} })
	c.countDossiers(k, g)
	out := make([]Slice, len(g.found))
	for i, p := range g.found {
		p.value.Key = k.key(p.day, p.part)
		out[i] = *p.value
	}
	return out
}

// ProcedureName returns the name of a procedure (tên thủ tục), or its code where
// no dossier names it.
func (c *Cube) ProcedureName(code string) string {
	if name := c.procedures[code]; name != "" {
		return name
	}
	return code
}

// A Share is x satisfied of n in one part of a cube.
type Share struct {
	Key  []string // along the dimensions asked for
	X, N int64
}

// Shares counts the question that groups are compared on, in the cells that
// pass the filter, by at most two dimensions, sorted by key. Parts without an
// answer to it are left out.
func (c *Cube) Shares(f Filter, by ...Dimension) []Share {
	if len(by) > 2 || (c.grain > GrainDay && slices.Contains(by, ByDay)) || (c.grain > GrainMonth && slices.Contains(by, ByMonth)) {
		panic("server: shares by more than two dimensions, or finer than the cube was read")
	}
	item := headline(c.Survey)
	if item < 0 {
		return nil
	}
	k := c.cut(f, by)
	g := newGrid(k, func() *Share { return &Share{} })
	c.countShares(k, item, g)
	out := make([]Share, 0, len(g.found))
	for _, p := range g.found {
		if p.value.N > 0 {
			p.value.Key = k.key(p.day, p.part)
			out = append(out, *p.value)
		}
	}
	slices.SortFunc(out, func(a, b Share) int { return slices.Compare(a.Key, b.Key) })
	return out
}

// Others counts the period's answers to other instruments.
func (c *Cube) Others() map[string]int64 { return c.others }
