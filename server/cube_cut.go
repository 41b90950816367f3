package server

import (
	"strings"

	"hailong/scoring"
	"hailong/scoring/survey"
)

// A cut (nhát cắt) says to which group of a question every cell and every day
// belongs, so that an answer is put in its place by two look-ups.
type cut struct {
	by    []Dimension
	cells []int32 // the group of each cell; -1 where it does not count
	days  []int32 // the group of each day of the axis
	first int32   // number of the axis' first day
	part  []Cell  // one of each group of cells
	time  []Day   // one of each group of days
}

// cut decides for all cells and days at once.
func (c *Cube) cut(f Filter, by []Dimension) *cut {
	k := &cut{by: by, cells: make([]int32, len(c.cells)), days: make([]int32, len(c.axis))}
	if len(c.axis) > 0 {
		k.first = c.axis[0].number()
	}
	var key []string
	group := func(at map[string]int32, cell Cell, time bool) (n int32, isNew bool) {
		key = key[:0]
		for _, d := range by {
			if d.isTime() == time {
				key = append(key, cell.Part(d))
			}
		}
		id := ""
		if len(key) == 1 {
			id = key[0]
		} else if len(key) > 1 {
			id = strings.Join(key, "\x00")
		}
		n, ok := at[id]
		if !ok {
			n = int32(len(at))
			at[id] = n
		}
		return n, !ok
	}
	at := map[string]int32{}
	for i, cell := range c.cells {
		k.cells[i] = -1
		if f.part == nil || f.part(cell) {
			n, isNew := group(at, cell, false)
			if k.cells[i] = n; isNew {
				k.part = append(k.part, cell)
			}
		}
	}
	at = map[string]int32{}
	for i, day := range c.axis {
		k.days[i] = -1
		if f.day == nil || f.day(day) {
			n, isNew := group(at, Cell{Day: day}, true)
			if k.days[i] = n; isNew {
				k.time = append(k.time, day)
			}
		}
	}
	return k
}

// day returns the group of a day by its number, -1 where it does not count.
func (k *cut) day(number int32) int32 {
	if i := int(number) - int(k.first); i >= 0 && i < len(k.days) {
		return k.days[i]
	}
	return -1
}

// key names a group.
func (k *cut) key(day, part int32) []string {
	key := make([]string, len(k.by))
	for i, d := range k.by {
		if d.isTime() {
			key[i] = Cell{Day: k.time[day]}.Part(d)
		} else {
			key[i] = k.part[part].Part(d)
		}
	}
	return key
}

// coverage are the groups that answers count towards coverage in: those that came
// by slip do, and like dossiers they have no lane there.
func (c *Cube) coverage(k *cut) []int32 {
	out := make([]int32, len(k.cells))
	for i, cell := range c.cells {
		out[i] = -1
		if cell.Lane.Verified() {
			out[i] = k.cells[c.bare[i]]
		}
	}
	return out
}

// A grid holds one value for each group that has anything.
type grid[T any] struct {
	parts  int
	places []int32         // in found, from 1; 0 is nothing yet
	sparse map[int64]int32 // in place of places where there would be too many
	found  []found[T]
	fresh  func() *T
}

type found[T any] struct {
	day, part int32
	value     *T
}

// mostPlaces is the most groups that get a place each before they have anything.
const mostPlaces = 1 << 18

func newGrid[T any](k *cut, fresh func() *T) *grid[T] {
	g := &grid[T]{parts: len(k.part), fresh: fresh}
	if n := len(k.part) * len(k.time); n <= mostPlaces {
		g.places = make([]int32, n)
	} else {
		g.sparse = map[int64]int32{}
	}
	return g
}

func (g *grid[T]) at(day, part int32) *T {
	place := int64(day)*int64(g.parts) + int64(part)
	var n int32
	if g.sparse == nil {
		n = g.places[place]
	} else {
		n = g.sparse[place]
	}
	if n == 0 {
		g.found = append(g.found, found[T]{day, part, g.fresh()})
		if n = int32(len(g.found)); g.sparse == nil {
			g.places[place] = n
		} else {
			g.sparse[place] = n
		}
	}
	return g.found[n-1].value
}

// countAnswers puts the answers in their slices.
func (c *Cube) countAnswers(k *cut, g *grid[Slice], coverage []int32) {
	items := len(c.Survey.Items())
	for _, r := range c.rows {
		day := k.day(r.day)
		if day < 0 {
			continue
		}
		for i, cell := range r.cells {
			if part := k.cells[cell]; part >= 0 {
				g.at(day, part).Tally.Add(r.marks[i*items : (i+1)*items])
			}
			if part := coverage[cell]; part >= 0 {
				g.at(day, part).Coverage.Answers++
			}
		}
		for _, s := range r.sums {
			if part := k.cells[s.cell]; part >= 0 {
				mustAdd(g.at(day, part).Tally, s.block)
			}
			if part := coverage[s.cell]; part >= 0 {
				g.at(day, part).Coverage.Answers += s.n
			}
		}
	}
}

// mustAdd adds a block that was opened when it was read.
func mustAdd(t *scoring.Tally, block []byte) {
	if err := t.AddBlock(block); err != nil {
		panic(err)
	}
}

// countShares counts one question.
func (c *Cube) countShares(k *cut, item int, g *grid[Share]) {
	items := len(c.Survey.Items())
	satisfied := make([]int64, len(c.Survey.Levels)+1)
	for m := range satisfied {
		if c.Survey.IsSatisfied(survey.Mark(m)) {
			satisfied[m] = 1
		}
	}
	// Days follow each other, so the groups of one stretch of them are counted
	// side by side and then put into the grid.
	sums, now := make([]struct{ x, n int64 }, len(k.part)), int32(-1)
	flush := func() {
		for part := range sums {
			if sums[part].n > 0 {
				s := g.at(now, int32(part))
				s.X, s.N = s.X+sums[part].x, s.N+sums[part].n
			}
		}
		clear(sums)
	}
	for _, r := range c.rows {
		day := k.day(r.day)
		if day < 0 {
			continue
		}
		if day != now {
			flush()
			now = day
		}
		for i, cell := range r.cells {
			if part, m := k.cells[cell], r.marks[i*items+item]; part >= 0 && m > 0 {
				sums[part].n++
				sums[part].x += satisfied[m]
			}
		}
		for _, sum := range r.sums {
			if part := k.cells[sum.cell]; part >= 0 {
				t := c.counts().Fresh()
				mustAdd(t, sum.block)
				x, n := t.Item(item)
				sums[part].x, sums[part].n = sums[part].x+x, sums[part].n+n
			}
		}
	}
	flush()
}

// countDossiers puts the dossiers in their slices.
func (c *Cube) countDossiers(k *cut, into *grid[Slice]) {
	if len(k.time) > 1 { // several groups of days
		g := newGrid(k, func() *dossierSums { return &dossierSums{} })
		c.eachDossier(k, func(day, part int32, n dossierCount) { g.at(day, part)[n.told] += int64(n.n) })
		for _, p := range g.found {
			p.value.addTo(into.at(p.day, p.part))
		}
	} else {
		sums := make([]dossierSums, len(k.part))
		c.eachDossier(k, func(_, part int32, n dossierCount) { sums[part][n.told] += int64(n.n) })
		for part := range sums {
			if sums[part] != (dossierSums{}) {
				sums[part].addTo(into.at(0, int32(part)))
			}
		}
	}
	for _, d := range c.given {
		if day, part := k.day(d.day), k.cells[d.cell]; day >= 0 && part >= 0 {
			s := into.at(day, part)
			s.Dossiers.Add(d.DossierCounts)
			s.Coverage.Add(d.Coverage)
		}
	}
}

// eachDossier calls use for the counts of dossiers that belong to a group.
func (c *Cube) eachDossier(k *cut, use func(day, part int32, n dossierCount)) {
	count := func(list []dossierCount) {
		for _, n := range list {
			if part := k.cells[n.cell]; part >= 0 {
				if day := k.day(n.day); day >= 0 {
					use(day, part, n)
				}
			}
		}
	}
	for _, m := range c.months {
		count(m.counts)
		for _, d := range m.returned {
			if part := k.cells[d.cell]; part >= 0 {
				if day := k.day(d.day()); day >= 0 {
					use(day, part, dossierCount{n: 1, told: d.coverage()})
				}
			}
		}
	}
	count(c.open)
}

// setAxis lists the days from the first to the last that has anything.
func (c *Cube) setAxis() {
	first, last := int32(1<<30), int32(-1<<30)
	put := func(day int32) { first, last = min(first, day), max(last, day) }
	for _, list := range [][]cubeRows{c.rows, c.aside} {
		for _, r := range list {
			put(r.day)
		}
	}
	for _, m := range c.months {
		put(m.firstDay)
		put(m.lastDay)
	}
	first, last = max(first, c.From.number()), min(last, c.To.number())
	for day := first; day <= last; day++ {
		c.axis = append(c.axis, dayAt(day))
	}
}
