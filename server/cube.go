package server

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

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

// A Cube holds what a period's figures are made of, cell by cell, in integers
// that add up. It is read once from the store and then asked many questions.
type Cube struct {
	From, To Day
	Survey   *survey.Survey

	answers  map[Cell]*answerCell
	aside    map[Cell]*answerCell // quarantined: in no figure but a QuarantineNote
	out      map[Day]map[string]bool
	received map[Cell]*DossierCounts // by day of receipt
	returned map[Cell]*Coverage      // by day of return
	empty    *scoring.Tally
	grain    Grain
	// others counts answers to other instruments, which are not mixed in.
	others     map[string]int64
	base       string            // the short instrument, which detailed answers were given to first
	procedures map[string]string // names of procedures by their codes
	target     float64           // on time

	once   sync.Once // of shares
	shares []cellShare
}

// answerCell keeps a cell's answers: those read one by one as rows, those from
// a seal as blocks. A tally is made when it is asked for, since at the size of
// a ward a cell holds hardly more than one answer.
type answerCell struct {
	rows   []survey.Answers
	blocks [][]byte
	whole  *scoring.Tally // nil where there are only rows and blocks
}

func (a *answerCell) tally(t *scoring.Tally) error {
	for _, row := range a.rows {
		t.Add(row)
	}
	for _, b := range a.blocks {
		if err := t.AddBlock(b); err != nil {
			return err
		}
	}
	if a.whole != nil {
		return t.Merge(a.whole)
	}
	return nil
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
	c, err := s.answersCube(ctx, sv, from, to, grain)
	if err != nil {
		return nil, err
	}
	if err := s.addDossiers(ctx, c, grain); err != nil {
		return nil, err
	}
	return c, nil
}

// answersCube is CubeOf without dossiers.
func (s *Service) answersCube(ctx context.Context, sv *survey.Survey, from, to Day, grain Grain) (*Cube, error) {
	c := &Cube{From: from, To: to, Survey: sv, target: s.Config.OnTimeTarget, empty: scoring.NewTally(sv), grain: grain, base: s.Survey().ID,
		answers: map[Cell]*answerCell{}, received: map[Cell]*DossierCounts{}, returned: map[Cell]*Coverage{}, others: map[string]int64{}, procedures: map[string]string{}}
	if err := s.readAnswers(ctx, c, grain); err != nil {
		return nil, err
	}
	return c, nil
}

// A Filter says which cells count; nil is all.
type Filter func(Cell) bool

// And joins two filters.
func (f Filter) And(g Filter) Filter {
	switch {
	case f == nil:
		return g
	case g == nil:
		return f
	}
	return func(c Cell) bool { return f(c) && g(c) }
}

// Only keeps the cells whose part along d is v.
func Only(d Dimension, v string) Filter { return func(c Cell) bool { return c.Part(d) == v } }

// Except drops the cells whose part along d is v.
func Except(d Dimension, v string) Filter { return func(c Cell) bool { return c.Part(d) != v } }

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
	m := map[string]*Slice{}
	find := func(cell Cell) *Slice {
		if f != nil && !f(cell) {
			return nil
		}
		key := make([]string, len(by))
		for i, d := range by {
			key[i] = cell.Part(d)
		}
		id := strings.Join(key, "\x00")
		s := m[id]
		if s == nil {
			s = &Slice{Key: key, Tally: empty.Fresh()}
			m[id] = s
		}
		return s
	}
	for cell, a := range c.answers {
		if s := find(cell); s != nil {
			if err := a.tally(s.Tally); err != nil {
				panic(err) // blocks were opened when they were read
			}
		}
	}
	if !slices.Contains(by, ByLane) {
		for cell, d := range c.received {
			if s := find(cell); s != nil {
				s.Dossiers.Add(*d)
			}
		}
		for cell, cov := range c.returned {
			if s := find(cell); s != nil {
				s.Coverage.Add(*cov)
			}
		}
	}
	out := make([]Slice, 0, len(m))
	for _, s := range m {
		out = append(out, *s)
	}
	slices.SortFunc(out, func(a, b Slice) int { return slices.Compare(a.Key, b.Key) })
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
// answer to it are left out. It counts every cell once per cube, so that a page
// may ask many questions.
func (c *Cube) Shares(f Filter, by ...Dimension) []Share {
	if len(by) > 2 || (c.grain > GrainDay && slices.Contains(by, ByDay)) || (c.grain > GrainMonth && slices.Contains(by, ByMonth)) {
		panic("server: shares by more than two dimensions, or finer than the cube was read")
	}
	c.once.Do(c.countShares)
	at := map[[2]string]*Share{}
	for i := range c.shares {
		sh := &c.shares[i]
		if f != nil && !f(sh.cell) {
			continue
		}
		var key [2]string
		for k, d := range by {
			key[k] = sh.cell.Part(d)
		}
		sum := at[key]
		if sum == nil {
			sum = &Share{Key: slices.Clone(key[:len(by)])}
			at[key] = sum
		}
		sum.X, sum.N = sum.X+sh.x, sum.N+sh.n
	}
	out := make([]Share, 0, len(at))
	for _, sh := range at {
		out = append(out, *sh)
	}
	slices.SortFunc(out, func(a, b Share) int { return slices.Compare(a.Key, b.Key) })
	return out
}

// A cellShare is x satisfied of n in one cell.
type cellShare struct {
	cell Cell
	x, n int64
}

func (c *Cube) countShares() {
	item := headline(c.Survey)
	if item < 0 {
		return
	}
	empty := c.counts()
	for cell, a := range c.answers {
		t := empty.Fresh()
		if err := a.tally(t); err != nil {
			panic(err) // blocks were opened when they were read
		}
		if x, n := t.Item(item); n > 0 {
			c.shares = append(c.shares, cellShare{cell, x, n})
		}
	}
}

// Others counts the period's answers to other instruments.
func (c *Cube) Others() map[string]int64 { return c.others }
