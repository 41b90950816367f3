package importer

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// A moment is a point in time as a cell gives it.
type moment struct {
	time.Time
	// timed says whether the cell gave a time of day. A midnight sharp does
	// not: it is how systems write a day alone, and no desk is open then.
	timed bool
}

// Years outside these are typing errors: no dossier of a one-stop desk is older.
const (
	minYear = 1990
	maxYear = 2099
)

var (
	dayFirst  = regexp.MustCompile(`^(\d{1,2})[/.-](\d{1,2})[/.-](\d+)$`)
	yearFirst = regexp.MustCompile(`^(\d{4})[/.-](\d{1,2})[/.-](\d{1,2})$`)
	basic     = regexp.MustCompile(`^(\d{4})(\d{2})(\d{2})(?:(\d{2})(\d{2})(\d{2})?)?$`)
	clock     = regexp.MustCompile(`^(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d{1,9})?)?$`)
	serial    = regexp.MustCompile(`^\d{1,7}(?:[.,]\d+)?(?:[eE][+]?\d)?$`)
	offset    = regexp.MustCompile(`^(.*\d:\d{2}.*?)\s*(Z|z|[+-]\d{2}:?\d{2})$`)
)

// parseMoment reads a date with or without a time of day, in any form that
// exports use: day first (2/1/2024, 02-01-2024 08:02:53, 08:02 02/01/2024,
// 8:02:53 SA), ISO 8601 with or without an offset, and the serial numbers of
// spreadsheets, counted from 1900 or from 1904. Times without an offset are
// those of loc. Fractions of a second are rounded for serials, which carry
// them as noise, and dropped elsewhere. A year of two digits is refused: 24
// may be a year or a day.
func parseMoment(s string, loc *time.Location, from1904 bool) (moment, Reason) {
	if d, ok := common(s); ok {
		return d.in(loc)
	}
	if t, ok := fromSerial(s, loc, from1904); ok {
		return t, Reason{}
	}
	if m := basic.FindStringSubmatch(s); m != nil {
		return date{number(m[1]), number(m[2]), number(m[3]), number(m[4]), number(m[5]), number(m[6])}.in(loc)
	}
	m := offset.FindStringSubmatch(s)
	if m == nil {
		return parseLocal(s, loc)
	}
	zone := time.UTC
	if m[2] != "Z" && m[2] != "z" {
		d := strings.ReplaceAll(m[2][1:], ":", "")
		h, min := number(d[:2]), number(d[2:])
		if h > 14 || min > 59 {
			return moment{}, reasonNotDate
		}
		secs := (h*60 + min) * 60
		if m[2][0] == '-' {
			secs = -secs
		}
		zone = time.FixedZone("", secs)
	}
	t, why := parseLocal(m[1], zone)
	if !why.zero() {
		return moment{}, why
	}
	return momentOf(t.In(loc)), Reason{}
}

// common reads the commonest form, 02/01/2024 or 02/01/2024 08:02:53, quickly.
func common(s string) (date, bool) {
	if len(s) != 10 && len(s) != 19 {
		return date{}, false
	}
	const form = "00/00/0000 00:00:00"
	for i := range len(s) {
		if digit := s[i] >= '0' && s[i] <= '9'; digit != (form[i] == '0') || !digit && s[i] != form[i] {
			return date{}, false
		}
	}
	d := date{year: number(s[6:10]), month: number(s[3:5]), day: number(s[:2])}
	if len(s) == 19 {
		d.hour, d.min, d.sec = number(s[11:13]), number(s[14:16]), number(s[17:19])
	}
	return d, true
}

// parseLocal reads a date and a time of day in either order.
func parseLocal(s string, loc *time.Location) (moment, Reason) {
	var d date
	var why Reason
	var found bool
	var times []string
	for i, part := range strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == 'T' || r == ',' }) {
		if i > 3 {
			return moment{}, reasonNotDate
		}
		if !found {
			if d, why, found = parseDay(part); found {
				continue
			}
		}
		times = append(times, part)
	}
	if !found || len(times) > 2 {
		return moment{}, reasonNotDate
	}
	if !why.zero() {
		return moment{}, why
	}
	if len(times) > 0 {
		m := clock.FindStringSubmatch(times[0])
		if m == nil {
			return moment{}, reasonNotDate
		}
		d.hour, d.min, d.sec = number(m[1]), number(m[2]), number(m[3])
	}
	if len(times) == 2 {
		if d.hour < 1 || d.hour > 12 {
			return moment{}, reasonNoSuchTime
		}
		switch strings.ToUpper(times[1]) {
		case "SA", "AM": // sáng
			d.hour %= 12
		case "CH", "PM": // chiều
			d.hour = d.hour%12 + 12
		default:
			return moment{}, reasonNotDate
		}
	}
	return d.in(loc)
}

// parseDay reads a date alone; found says that it has the form of one.
func parseDay(s string) (d date, why Reason, found bool) {
	if m := yearFirst.FindStringSubmatch(s); m != nil {
		return date{year: number(m[1]), month: number(m[2]), day: number(m[3])}, Reason{}, true
	}
	m := dayFirst.FindStringSubmatch(s)
	if m == nil {
		return date{}, Reason{}, false
	}
	switch len(m[3]) {
	case 4:
		return date{year: number(m[3]), month: number(m[2]), day: number(m[1])}, Reason{}, true
	case 2:
		return date{}, reasonShortYear, true
	}
	return date{}, reasonNotDate, true
}

// A date is what a cell says, before anybody asked the calendar.
type date struct{ year, month, day, hour, min, sec int }

// in makes a moment of it and refuses what the calendar and the clock do not have.
func (d date) in(loc *time.Location) (moment, Reason) {
	t := time.Date(d.year, time.Month(d.month), d.day, 0, 0, 0, 0, loc)
	switch {
	case t.Day() != d.day || int(t.Month()) != d.month:
		return moment{}, reasonNoSuchDay
	case d.hour > 23 || d.min > 59 || d.sec > 59:
		return moment{}, reasonNoSuchTime
	case d.year < minYear || d.year > maxYear:
		return moment{}, reasonFarYear
	}
	return momentOf(time.Date(d.year, time.Month(d.month), d.day, d.hour, d.min, d.sec, 0, loc)), Reason{}
}

func momentOf(t time.Time) moment {
	h, m, s := t.Clock()
	return moment{t, h+m+s > 0}
}

// fromSerial reads a spreadsheet's day number; the fraction is the time of day.
func fromSerial(s string, loc *time.Location, from1904 bool) (moment, bool) {
	if !serial.MatchString(s) {
		return moment{}, false
	}
	v, err := strconv.ParseFloat(strings.Replace(s, ",", ".", 1), 64)
	if err != nil {
		return moment{}, false
	}
	if from1904 {
		v += 1462 // days between the two systems
	}
	// The 1900 system counts 29 February 1900, which never was; all days that
	// are accepted come after it, so its day 0 is 30 December 1899.
	whole, frac := math.Modf(v)
	t := time.Date(1899, 12, 30, 0, 0, 0, 0, loc).AddDate(0, 0, int(whole))
	secs := time.Duration(math.Round(frac*86400)) * time.Second
	t = t.Add(secs)
	if t.Year() < minYear || t.Year() > maxYear {
		return moment{}, false
	}
	return moment{t, secs%(24*time.Hour) != 0}, true
}

// number reads decimal digits; anything else is 0.
func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}

// before reports whether m comes before o: by the clock where both have a time
// of day, else by the day.
func (m moment) before(o moment) bool {
	if m.timed && o.timed {
		return m.Time.Before(o.Time)
	}
	return dayNumber(m.Time) < dayNumber(o.Time)
}

func dayNumber(t time.Time) int { return t.Year()*1000 + t.YearDay() }

// deadline is the moment as a due time: a day alone lasts to its last second.
func (m moment) deadline() time.Time {
	if m.timed {
		return m.Time
	}
	return m.Time.Add(24*time.Hour - time.Second)
}
