package server

import (
	"fmt"
	"regexp"
	"strconv"
	"time"
)

// A Period (kỳ báo cáo) is one of the plan's four reports of a year, with the
// days it counts, both included.
type Period struct {
	ID       string // 2024-Q1, 2024-H1, 2024-Q3, 2024
	From, To Day
}

var periodID = regexp.MustCompile(`^((?:19|20)\d\d)(?:-(Q[1-4]|H[12]))?$`)

// ParsePeriod reads 2024, 2024-Q1 … 2024-Q4, 2024-H1 or 2024-H2 as calendar
// days; anything else is ErrInvalid.
func ParsePeriod(s string) (Period, error) {
	m := periodID.FindStringSubmatch(s)
	if m == nil {
		return Period{}, fmt.Errorf("%w: %q is not a period such as 2024-Q1, 2024-H1, 2024-Q3 or 2024", ErrInvalid, s)
	}
	year, err := strconv.Atoi(m[1])
	if err != nil {
		return Period{}, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	first, months := 1, 12
	if m[2] != "" {
		n := int(m[2][1] - '0')
		months = 3
		if m[2][0] == 'H' {
			months = 6
		}
		first = 1 + (n-1)*months
	}
	from := time.Date(year, time.Month(first), 1, 0, 0, 0, 0, Zone)
	return Period{s, DayOf(from), DayOf(from.AddDate(0, months, -1))}, nil
}
