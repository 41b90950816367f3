package scoring

import (
	"fmt"

	"hailong/scoring/survey"
)

// A Cumulative (bảng cộng dồn) holds running totals of level counts by day and
// cell, so that any period of any choice of cells costs two reads a cell,
// however long the period is. It is a cache: exact, cheap to throw away, and
// four bytes a counter, day and cell (ten years of 100 cells with six items of
// five levels: 61 MB).
type Cumulative struct {
	tally       *Tally // empty, for its survey and shape
	days, cells int
	// c[(day·cells+cell)·width:] holds, once summed, the counters of all days
	// before day; there are days+1 of them.
	c      []uint32
	width  int
	summed bool
}

// NewCumulative returns an empty cache of days × cells.
func NewCumulative(s *survey.Survey, days, cells int) *Cumulative {
	t := NewCounts(s)
	return &Cumulative{tally: t, days: days, cells: cells, width: len(t.levels), c: make([]uint32, (days+1)*cells*len(t.levels))}
}

// Add adds a tally of one day (from 0) and cell (from 0). It fails if they do
// not exist, if the tally is of another survey, or after Sum.
func (c *Cumulative) Add(day, cell int, t *Tally) error {
	switch {
	case c.summed:
		return fmt.Errorf("scoring: adding to running totals that are summed")
	case day < 0 || day >= c.days || cell < 0 || cell >= c.cells:
		return fmt.Errorf("scoring: no day %d or no cell %d", day, cell)
	case !sameSurvey(t.survey, c.tally.survey):
		return fmt.Errorf("scoring: running totals are of another survey")
	}
	to := c.at(day+1, cell)
	for i, v := range t.levels {
		to[i] += uint32(v)
	}
	return nil
}

func (c *Cumulative) at(day, cell int) []uint32 {
	from := (day*c.cells + cell) * c.width
	return c.c[from : from+c.width]
}

// Sum turns what was added into running totals. It is called once.
func (c *Cumulative) Sum() {
	if c.summed {
		return
	}
	c.summed = true
	stride := c.cells * c.width
	for i := stride; i < len(c.c); i++ {
		c.c[i] += c.c[i-stride]
	}
}

// Tally adds the days from..to, both included, of the chosen cells to t, which
// then counts levels only. It allocates nothing.
func (c *Cumulative) Tally(t *Tally, from, to int, cells []int) error {
	if !c.summed || !sameSurvey(t.survey, c.tally.survey) {
		return fmt.Errorf("scoring: running totals are not summed, or of another survey")
	}
	from, to = max(from, 0), min(to, c.days-1)
	t.shallow, t.pending, t.deep = true, nil, nil
	if from > to {
		return nil
	}
	levels := t.levels[:c.width]
	for _, cell := range cells {
		if cell < 0 || cell >= c.cells {
			return fmt.Errorf("scoring: no cell %d", cell)
		}
		a, b := c.at(from, cell), c.at(to+1, cell)
		for i := range levels {
			levels[i] += int64(b[i] - a[i])
		}
	}
	// Every respondent has one mark on the first item.
	t.n = 0
	for _, v := range levels[:min(len(levels), t.shape.levels+2)] {
		t.n += v
	}
	return nil
}
