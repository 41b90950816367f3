package server

import "time"

// A span is a sealed stretch of days.
type span struct {
	kind  byte // 'D', 'M', 'Q', 'Y'
	first Day
}

func (p span) key(unit string) string { return unit + "/" + string(p.kind) + "/" + string(p.first) }

// last returns the span's last day.
func (p span) last() Day {
	months := map[byte]int{'M': 1, 'Q': 3, 'Y': 12}[p.kind]
	if months == 0 {
		return p.first
	}
	return DayOf(p.first.Time().AddDate(0, months, -1))
}

// around returns the span of a kind that a day lies in.
func around(kind byte, d Day) span {
	t := d.Time()
	y, m := t.Year(), t.Month()
	switch kind {
	case 'D':
		return span{kind, d}
	case 'Q':
		m -= (m - 1) % 3
	case 'Y':
		m = time.January
	}
	return span{kind, DayOf(time.Date(y, m, 1, 0, 0, 0, 0, Zone))}
}
