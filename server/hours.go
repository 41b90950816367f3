package server

import (
	"fmt"
	"strings"
	"time"
)

// A Clock is a time of day in minutes since midnight, 0 to 1440 (the end of
// the day). As text it is 07:30.
type Clock int

// MarshalText writes 07:30.
func (c Clock) MarshalText() ([]byte, error) {
	return fmt.Appendf(nil, "%02d:%02d", c/60, c%60), nil
}

// UnmarshalText reads 7:30, 07:30 or 7h30; 24:00 is the end of the day.
func (c *Clock) UnmarshalText(b []byte) error {
	hour, minute, ok := strings.Cut(strings.ReplaceAll(strings.ToLower(string(b)), "h", ":"), ":")
	h, ok1 := twoDigits(hour)
	m, ok2 := twoDigits(minute)
	if minute == "" && ok {
		m, ok2 = 0, true // 7h
	}
	if !ok || !ok1 || !ok2 || m > 59 || h*60+m > 24*60 {
		return fmt.Errorf("%w: a time of day such as 07:30 is needed", ErrInvalid)
	}
	*c = Clock(h*60 + m)
	return nil
}

func twoDigits(s string) (int, bool) {
	if len(s) == 0 || len(s) > 2 {
		return 0, false
	}
	n := 0
	for _, r := range s {
		if r < '0' || r > '9' {
			return 0, false
		}
		n = n*10 + int(r-'0')
	}
	return n, true
}

// A Span is a part of a day: From <= t < To.
type Span struct {
	From Clock `json:"from"`
	To   Clock `json:"to"`
}

// Hours are the opening hours (giờ làm việc) of a counter, by time.Weekday:
// Hours[0] is Sunday. A day without spans is closed.
type Hours [7][]Span

// OfficeHours are those of most one-stop desks: Monday to Friday 07:30–11:30
// and 13:30–17:00.
func OfficeHours() Hours {
	var h Hours
	for day := time.Monday; day <= time.Friday; day++ {
		h[day] = []Span{{7*60 + 30, 11*60 + 30}, {13*60 + 30, 17 * 60}}
	}
	return h
}

// maxSpans is how many spans a day may have.
const maxSpans = 6

// ParseSpans reads the hours of one day as people write them: "7h30-11h30,
// 13:30–17:00". Nothing, or a hyphen, is closed. Spans come in order and do
// not overlap; anything else is ErrInvalid.
func ParseSpans(s string) ([]Span, error) {
	s = strings.TrimSpace(strings.NewReplacer("–", "-", "—", "-", "đến", "-", ";", ",").Replace(s))
	if s == "" || s == "-" {
		return nil, nil
	}
	var out []Span
	for part := range strings.SplitSeq(s, ",") {
		from, to, ok := strings.Cut(part, "-")
		var sp Span
		err := sp.From.UnmarshalText([]byte(strings.TrimSpace(from)))
		if err == nil {
			err = sp.To.UnmarshalText([]byte(strings.TrimSpace(to)))
		}
		switch {
		case !ok || err != nil:
			return nil, fmt.Errorf("%w: hours look like 07:30-11:30, 13:30-17:00", ErrInvalid)
		case sp.To <= sp.From || len(out) > 0 && sp.From < out[len(out)-1].To:
			return nil, fmt.Errorf("%w: hours come one after the other", ErrInvalid)
		case len(out) == maxSpans:
			return nil, fmt.Errorf("%w: too many spans in a day", ErrInvalid)
		}
		out = append(out, sp)
	}
	return out, nil
}

// Day writes the hours of one weekday: "07:30-11:30, 13:30-17:00", "" where closed.
func (h Hours) Day(d time.Weekday) string {
	parts := make([]string, 0, len(h[d]))
	for _, sp := range h[d] {
		from, _ := sp.From.MarshalText() // never fails
		to, _ := sp.To.MarshalText()
		parts = append(parts, string(from)+"-"+string(to))
	}
	return strings.Join(parts, ", ")
}

// Open reports whether t, in Zone, is within the hours.
func (h Hours) Open(t time.Time) bool {
	t = t.In(Zone)
	now := Clock(t.Hour()*60 + t.Minute())
	for _, sp := range h[t.Weekday()] {
		if sp.From <= now && now < sp.To {
			return true
		}
	}
	return false
}

// Between returns how much of the time from one instant to another was within
// the hours. It looks back at most 31 days from the end: more than that is
// long by any measure. Where to is not after from it is 0.
func (h Hours) Between(from, to time.Time) time.Duration {
	if earliest := to.AddDate(0, 0, -31); from.Before(earliest) {
		from = earliest
	}
	var sum time.Duration
	for day := DayOf(from); day <= DayOf(to); day = day.Add(1) {
		midnight := day.Time()
		for _, sp := range h[midnight.Weekday()] {
			a, b := midnight.Add(time.Duration(sp.From)*time.Minute), midnight.Add(time.Duration(sp.To)*time.Minute)
			if a.Before(from) {
				a = from
			}
			if b.After(to) {
				b = to
			}
			if b.After(a) {
				sum += b.Sub(a)
			}
		}
	}
	return sum
}
