package server

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// A Period (kỳ báo cáo) is a part of a year that is reported on, with the days
// it counts, both included.
type Period struct {
	ID       string // 2024-Q1, 2024-H1, 2024-Q3, 2024
	From, To Day
}

var periodID = regexp.MustCompile(`^((?:19|20)\d\d)(?:-(Q[1-4]|H[12]))?$`)

// ParsePeriod reads 2024, 2024-Q1 … 2024-Q4, 2024-H1 or 2024-H2 as calendar
// days; anything else is ErrInvalid. Service.Period also knows the unit's
// cut-off.
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

// has reports whether a day is one of the period's.
func (p Period) has(d Day) bool { return p.From <= d && d <= p.To }

// year and part take an id apart: 2024-Q1 is 2024 and Q1.
func (p Period) year() int {
	y, err := strconv.Atoi(p.ID[:4])
	if err != nil {
		return 0
	}
	return y
}

func (p Period) part() string { return strings.TrimPrefix(p.ID[4:], "-") }

// Name is how a report calls the period: Quý I năm 2024, 6 tháng đầu năm 2024,
// năm 2024.
func (p Period) Name() string {
	year := p.ID[:4]
	switch part := p.part(); part {
	case "":
		return "năm " + year
	case "H1":
		return "6 tháng đầu năm " + year
	case "H2":
		return "6 tháng cuối năm " + year
	default:
		return "Quý " + [...]string{"I", "II", "III", "IV"}[part[1]-'1'] + " năm " + year
	}
}

// before is the id of the period of the same length that ends where p begins,
// and yearBefore that of a year earlier. For a year the two are the same.
func (p Period) before() string {
	y, part := p.year(), p.part()
	switch {
	case part == "":
		return fmt.Sprintf("%04d", y-1)
	case part == "H1":
		return fmt.Sprintf("%04d-H2", y-1)
	case part == "H2":
		return fmt.Sprintf("%04d-H1", y)
	case part == "Q1":
		return fmt.Sprintf("%04d-Q4", y-1)
	}
	return fmt.Sprintf("%04d-Q%c", y, part[1]-1)
}

func (p Period) yearBefore() string { return fmt.Sprintf("%04d%s", p.year()-1, p.ID[4:]) }

// cut moves both ends to a cut-off day: with 14, the first quarter is 15
// December to 14 March, as the ministry counts. 0 leaves whole months.
func (p Period) cut(day int) Period {
	if day == 0 {
		return p
	}
	end := p.To.Time()
	from := p.From.Time().AddDate(0, -1, 0)
	p.From = DayOf(time.Date(from.Year(), from.Month(), day+1, 0, 0, 0, 0, Zone))
	p.To = DayOf(time.Date(end.Year(), end.Month(), day, 0, 0, 0, 0, Zone))
	return p
}

// maxCutOff is the last day of a month that every month has a next one of.
const maxCutOff = 27

// Period reads the id of a period and gives it the days that the unit's
// cut-off leaves it.
func (s *Service) Period(id string) (Period, error) {
	p, err := ParsePeriod(id)
	if err != nil {
		return Period{}, err
	}
	return p.cut(s.Config.CutOffDay), nil
}

// A DuePeriod is one of the reports of a year with the day before which it is
// to be sent.
type DuePeriod struct {
	Period
	Before Day // sent before this day
}

// DuePeriods lists the reports of a year in the order they are due.
func (s *Service) DuePeriods(year int) ([]DuePeriod, error) {
	var out []DuePeriod
	for _, d := range s.Profile().Duties {
		id := fmt.Sprintf("%04d", year)
		if d.Part != "" {
			id += "-" + d.Part
		}
		p, err := s.Period(id)
		if err != nil {
			return nil, err
		}
		out = append(out, DuePeriod{p, DayOf(time.Date(year, time.Month(d.Month), d.Day, 0, 0, 0, 0, Zone))})
	}
	return out, nil
}
