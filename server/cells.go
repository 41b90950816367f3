package server

import (
	"fmt"
	"sync"
)

// A cellTable numbers the cells that a unit's figures are kept for, days left
// out: a few thousand of them, while answers and dossiers go into the millions.
// Numbers are given once and stay.
type cellTable struct {
	mu    sync.Mutex
	ids   map[Cell]int32
	cells []Cell  // by number
	bare  []int32 // the number of the same cell without a lane
}

// number returns the number of a cell, whatever its day.
func (t *cellTable) number(c Cell) int32 {
	c.Day = ""
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.add(c)
}

func (t *cellTable) add(c Cell) int32 {
	if n, ok := t.ids[c]; ok {
		return n
	}
	if t.ids == nil {
		t.ids = map[Cell]int32{}
	}
	n := int32(len(t.cells))
	t.ids[c] = n
	t.cells, t.bare = append(t.cells, c), append(t.bare, n)
	if c.Lane != "" {
		c.Lane = ""
		t.bare[n] = t.add(c)
	}
	return n
}

// all returns the cells by their numbers so far. What is returned does not change.
func (t *cellTable) all() (cells []Cell, bare []int32) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.cells[:len(t.cells):len(t.cells)], t.bare[:len(t.bare):len(t.bare)]
}

// number counts days since 1970-01-01, which was a Thursday. What is no day, such
// as "", is far in the past.
func (d Day) number() int32 {
	if len(d) != 10 {
		return -1 << 30
	}
	at := func(i int) int { return int(d[i] - '0') }
	y, m, day := 1000*at(0)+100*at(1)+10*at(2)+at(3), 10*at(5)+at(6), 10*at(8)+at(9)
	if m <= 2 { // the year begins in March, so that its odd day is the last
		y, m = y-1, m+12
	}
	return int32(365*y + y/4 - y/100 + y/400 + (153*(m-3)+2)/5 + day - 719469)
}

// dayAt is the day with a number.
func dayAt(number int32) Day {
	z := int(number) + 719468
	era := z / 146097
	doe := z - era*146097
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	y, m, d := yoe+era*400, mp+3, doy-(153*mp+2)/5+1
	if m > 12 {
		y, m = y+1, m-12
	}
	return Day(fmt.Sprintf("%04d-%02d-%02d", y, m, d))
}
