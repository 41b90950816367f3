package scoring

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// A PeriodCount is x satisfied of n in one day, week, month or quarter.
type PeriodCount struct {
	Period string
	X, N   int64
}

// Labels are the names of periods; in JSON numbers if all of them are.
type Labels []string

// MarshalJSON writes an array of numbers or of strings.
func (l Labels) MarshalJSON() ([]byte, error) {
	numbers := make([]int64, len(l))
	for i, s := range l {
		v, err := strconv.ParseInt(s, 10, 64)
		if err != nil || strconv.FormatInt(v, 10) != s {
			return json.Marshal([]string(append(Labels{}, l...)))
		}
		numbers[i] = v
	}
	return json.Marshal(numbers)
}

// UnmarshalJSON reads either.
func (l *Labels) UnmarshalJSON(data []byte) error {
	var raw []json.RawMessage
	if err := json.Unmarshal(data, &raw); err != nil {
		return err
	}
	*l = Labels{}
	for _, r := range raw {
		var s string
		if json.Unmarshal(r, &s) != nil {
			s = string(r)
		}
		*l = append(*l, s)
	}
	return nil
}

// periodAxis places periods in time: whole numbers as they are, 2024-05-31 and
// 31/05/2024 by days, 2024-05 and 05/2024 by months, 2024-Q2 by quarters. Where
// the labels are of none or of several kinds, ok is false.
func periodAxis(labels []string) (axis []float64, ok bool) {
	for _, parse := range []func(string) (int, bool){number0, dayNumber, monthNumber, quarterNumber} {
		axis = axis[:0]
		for _, l := range labels {
			v, ok := parse(l)
			if !ok {
				break
			}
			axis = append(axis, float64(v))
		}
		if len(axis) == len(labels) {
			return axis, true
		}
	}
	return nil, false
}

func number0(s string) (int, bool) {
	v, err := strconv.ParseInt(s, 10, 32)
	return int(v), err == nil
}

// isoOrder turns 31/05/2024 into 2024-05-31 and 05/2024 into 2024-05.
func isoOrder(s string) string {
	parts := strings.Split(s, "/")
	if len(parts) < 2 || len(parts) > 3 || len(parts[len(parts)-1]) != 4 {
		return s
	}
	slices.Reverse(parts)
	for i, p := range parts[1:] {
		if len(p) == 1 {
			parts[i+1] = "0" + p
		}
	}
	return strings.Join(parts, "-")
}

// dayNumber counts days of the proleptic Gregorian calendar.
func dayNumber(s string) (int, bool) {
	s = isoOrder(s)
	if len(s) < 10 || s[4] != '-' || s[7] != '-' || (len(s) > 10 && s[10] != ' ' && s[10] != 'T') {
		return 0, false
	}
	y, err1 := strconv.Atoi(s[:4])
	m, err2 := strconv.Atoi(s[5:7])
	d, err3 := strconv.Atoi(s[8:10])
	if err1 != nil || err2 != nil || err3 != nil || m < 1 || m > 12 || d < 1 || d > 31 {
		return 0, false
	}
	if m <= 2 {
		y--
		m += 12
	}
	return 365*y + y/4 - y/100 + y/400 + (153*(m-3)+2)/5 + d, true
}

func monthNumber(s string) (int, bool) {
	year, month, ok := strings.Cut(isoOrder(s), "-")
	y, err1 := strconv.Atoi(year)
	m, err2 := strconv.Atoi(month)
	if !ok || len(year) != 4 || err1 != nil || err2 != nil || m < 1 || m > 12 {
		return 0, false
	}
	return 12*y + m, true
}

func quarterNumber(s string) (int, bool) {
	year, quarter, ok := strings.Cut(s, "-Q")
	y, err1 := strconv.Atoi(year)
	q, err2 := strconv.Atoi(quarter)
	if !ok || err1 != nil || err2 != nil || q < 1 || q > 4 {
		return 0, false
	}
	return 4*y + q, true
}

// sortPeriods returns the periods that have answers, in time where the labels
// say it and by name otherwise, with their places on the axis: 1, 2, 3 … in
// the latter case.
func sortPeriods(counts []PeriodCount) ([]PeriodCount, []float64) {
	var live []PeriodCount
	var labels []string
	for _, c := range counts {
		if countable(c.X, c.N) {
			live = append(live, c)
			labels = append(labels, c.Period)
		}
	}
	axis, ok := periodAxis(labels)
	order := make([]int, len(live))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		if ok {
			return cmp.Compare(axis[a], axis[b])
		}
		return cmp.Compare(labels[a], labels[b])
	})
	sorted, at := make([]PeriodCount, len(live)), make([]float64, len(live))
	for i, o := range order {
		sorted[i], at[i] = live[o], float64(i+1)
		if ok {
			at[i] = axis[o]
		}
	}
	return sorted, at
}
