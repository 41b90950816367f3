package server

// A Filter says which cells count: those of some days, and of those the ones of
// some parts. The zero value is all. Days and parts are kept apart so that each
// is looked at once and not once for every answer.
type Filter struct {
	day  func(Day) bool  // nil is all
	part func(Cell) bool // nil is all; it is asked about cells without a day
}

// And joins two filters.
func (f Filter) And(g Filter) Filter {
	if f.day == nil {
		f.day = g.day
	} else if a, b := f.day, g.day; b != nil {
		f.day = func(d Day) bool { return a(d) && b(d) }
	}
	if f.part == nil {
		f.part = g.part
	} else if a, b := f.part, g.part; b != nil {
		f.part = func(c Cell) bool { return a(c) && b(c) }
	}
	return f
}

// all reports whether everything counts.
func (f Filter) all() bool { return f.day == nil && f.part == nil }

// Within keeps the days from..to, both included.
func Within(from, to Day) Filter { return inDays(func(d Day) bool { return from <= d && d <= to }) }

// eitherOf keeps the days that are in one of two periods and not in both.
func eitherOf(p, q Period) Filter {
	return inDays(func(d Day) bool { return p.has(d) != q.has(d) })
}

func inDays(day func(Day) bool) Filter { return Filter{day: day} }

// Only keeps the cells whose part along d is v.
func Only(d Dimension, v string) Filter { return compared(d, v, true) }

// Except drops the cells whose part along d is v.
func Except(d Dimension, v string) Filter { return compared(d, v, false) }

func compared(d Dimension, v string, want bool) Filter {
	if d.isTime() {
		return inDays(func(day Day) bool { return Cell{Day: day}.Part(d) == v == want })
	}
	return Filter{part: func(c Cell) bool { return c.Part(d) == v == want }}
}

// NotEasy drops the fields that are easy, see Easy.
func NotEasy() Filter { return inFields(func(field string) bool { return !Easy(field) }) }

func inFields(may func(field string) bool) Filter {
	return Filter{part: func(c Cell) bool { return may(c.Field) }}
}
