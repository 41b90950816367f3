package server

import (
	"fmt"
	"time"
)

// A Day is a calendar day in Zone, written 2024-01-31. The zero value "" is no
// day. Days compare as strings.
type Day string

// ParseDay reads 2024-01-31; anything else, such as 31 February, is ErrInvalid.
func ParseDay(s string) (Day, error) {
	t, err := time.ParseInLocation("2006-01-02", s, Zone)
	if err != nil || t.Year() < 1900 {
		return "", fmt.Errorf("%w: %q is not a day such as 2024-01-31", ErrInvalid, s)
	}
	return Day(s), nil
}

// DayOf returns the day of t in Zone; the zero time gives "".
func DayOf(t time.Time) Day {
	if t.IsZero() {
		return ""
	}
	return Day(t.In(Zone).Format("2006-01-02"))
}

// Time returns the first instant of the day.
func (d Day) Time() time.Time {
	t, err := time.ParseInLocation("2006-01-02", string(d), Zone)
	if err != nil {
		return time.Time{}
	}
	return t
}

// Add returns the day n days later.
func (d Day) Add(n int) Day { return DayOf(d.Time().AddDate(0, 0, n)) }

// Month returns the month, 2024-01.
func (d Day) Month() string {
	if len(d) < 7 {
		return ""
	}
	return string(d[:7])
}

// VI writes the day as Vietnamese readers expect: 31/01/2024.
func (d Day) VI() string {
	if len(d) != 10 {
		return ""
	}
	return string(d[8:10] + "/" + d[5:7] + "/" + d[:4])
}
