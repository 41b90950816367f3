package server

import (
	"slices"
	"strings"
	"time"
)

// A workYear is how one year's notices change the week of Monday to Friday for
// the civil service.
type workYear struct {
	off    string // days off on weekdays, MMDD
	worked string // Saturdays worked for a weekday off (làm bù), MMDD
}

// workYears are the years whose notices are out: 4875/TB-LĐTBXH (2021),
// 119/TB-LĐTBXH (2022), 5034/TB-LĐTBXH (2023), 5015 and 1570/TB-LĐTBXH (2024),
// 6150/TB-LĐTBXH (2025), 9441/TB-BNV and 12729/VPCP-KGVX (2026). A holiday on a
// weekend is made up for on the next working day (Bộ luật Lao động 2019, Đ.111.3).
func workYears(year string) (workYear, bool) {
	y, ok := map[string]workYear{
		"2021": {off: "0101 0210 0211 0212 0215 0216 0421 0430 0503 0902 0903"},
		"2022": {off: "0103 0131 0201 0202 0203 0204 0411 0502 0503 0901 0902"},
		"2023": {off: "0102 0120 0123 0124 0125 0126 0501 0502 0503 0901 0904"},
		"2024": {off: "0101 0208 0209 0212 0213 0214 0418 0429 0430 0501 0902 0903", worked: "0504"},
		"2025": {off: "0101 0127 0128 0129 0130 0131 0407 0430 0501 0502 0901 0902", worked: "0426"},
		"2026": {off: "0101 0102 0216 0217 0218 0219 0220 0427 0430 0501 0831 0901 0902 1124", worked: "0110 0822"},
	}[year]
	return y, ok
}

// Workday reports whether the office works on a day: Monday to Friday but for
// holidays, and the Saturdays worked for a weekday off. For the years 2021 to 2026
// it follows the notices for the civil service. Of other years it knows 01/01,
// 30/4, 01/5 and 02/9, each made up for where it falls on a weekend, and 24/11 from
// 2026 on (Nghị quyết 28/2026/QH16); Tết, Giỗ Tổ, the second day of Quốc khánh and
// exchanged days come by Config.Holidays and Config.Workdays, which go before
// everything else.
func (s *Service) Workday(d Day) bool {
	if len(d) != 10 {
		return false
	}
	switch {
	case slices.Contains(s.Config.Workdays, d):
		return true
	case slices.Contains(s.Config.Holidays, d):
		return false
	}
	week := weekday(d)
	y, known := workYears(string(d[:4]))
	if known {
		day := string(d[5:7] + d[8:])
		return strings.Contains(y.worked, day) || week && !strings.Contains(y.off, day)
	}
	return week && !fixedHoliday(d) && !madeUp(d) && !(d[5:] == "11-24" && d >= "2026")
}

func weekday(d Day) bool {
	w := d.Time().Weekday()
	return w != time.Saturday && w != time.Sunday
}

// fixedHoliday reports whether a day is a holiday of Bộ luật Lao động 2019,
// Đ.112.1, that needs no notice to be known.
func fixedHoliday(d Day) bool {
	switch d[5:] {
	case "01-01", "04-30", "05-01", "09-02":
		return true
	}
	return false
}

// madeUp reports whether a weekday is off for a fixed holiday on the weekend before
// (nghỉ bù): each takes the next weekday that is not a holiday itself.
func madeUp(d Day) bool {
	monday := d.Add(-(int(d.Time().Weekday()) + 6) % 7)
	owed := 0
	for i := 1; i <= 2; i++ {
		if fixedHoliday(monday.Add(-i)) {
			owed++
		}
	}
	for day := monday; day <= d; day = day.Add(1) {
		if fixedHoliday(day) {
			continue
		}
		if owed == 0 {
			return false
		}
		owed--
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
