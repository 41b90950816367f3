package server

import "time"

// tet lists the days off of Tết and of Giỗ Tổ Hùng Vương, which follow the
// moon: first and last day of each stretch. Other years come by Config.Holidays.
func tet() [][2]Day {
	return [][2]Day{
		{"2024-02-08", "2024-02-14"}, {"2024-04-18", "2024-04-18"},
		{"2025-01-27", "2025-01-31"}, {"2025-04-07", "2025-04-07"},
		{"2026-02-16", "2026-02-20"}, {"2026-04-27", "2026-04-27"},
	}
}

// Workday reports whether the office works on a day: Monday to Friday but for
// 01/01, 30/4, 01/5, 02/9 and the day after it, Tết and Giỗ Tổ of the years
// 2024 to 2026, and the unit's own Config.Holidays.
func (s *Service) Workday(d Day) bool {
	if w := d.Time().Weekday(); w == time.Saturday || w == time.Sunday || len(d) != 10 {
		return false
	}
	switch d[5:] {
	case "01-01", "04-30", "05-01", "09-02", "09-03":
		return false
	}
	for _, t := range tet() {
		if t[0] <= d && d <= t[1] {
			return false
		}
	}
	for _, h := range s.Config.Holidays {
		if h == d {
			return false
		}
	}
	return true
}

// AfterWorkdays returns the n-th working day after d.
func (s *Service) AfterWorkdays(d Day, n int) Day {
	for limit := 0; n > 0 && limit < 366; limit++ {
		if d = d.Add(1); s.Workday(d) {
			n--
		}
	}
	return d
}
