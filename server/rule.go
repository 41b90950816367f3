package server

import (
	"cmp"
	"maps"
	"slices"

	"hailong/scoring"
)

// A Rule (quy tắc gắn cờ) is one way in which answers can look as if they were
// not given by citizens.
type Rule string

// The rules. Each says what it counts; its thresholds are the constants below.
const (
	// RuleHasty: slips spent within HastySeconds, from the desk's own network.
	RuleHasty Rule = "doi-ngay"
	// RuleSerial: one phone spending SerialSlips and more within SerialMinutes.
	RuleSerial Rule = "lien-tiep"
	// RuleEqual: the same full set of marks again and again on one counter and day.
	RuleEqual Rule = "giong-nhau"
	// RuleBurst: more answers than that counter's like days have.
	RuleBurst Rule = "don-dap"
	// RuleExcess: more answers at a counter's kiosk than the counter had people.
	RuleExcess Rule = "vuot-luot"
	// RuleTooMany: more answers by slip than dossiers returned.
	RuleTooMany Rule = "vuot-ho-so"
	// RuleOneKiosk: an officer who is rated on one kiosk only, while others are not.
	RuleOneKiosk Rule = "mot-ki-ot"
	// RuleChanged: an officer with many answers that were changed and now say
	// satisfied, while others have few. Who noted the slip's code can change what
	// was answered with it.
	RuleChanged Rule = "sua-phieu"
)

// The thresholds. A flag is no proof: it says where to look.
const (
	MinHasty = 3 // in a day at a counter: one may be an old person who was helped
	MinEqual = 8 // equal sets of marks on a day at a counter
	// EqualItems is how many questions a set must have answered with a level.
	EqualItems = 4
	// EqualAlpha bounds the chance that any flag of RuleEqual is raised where
	// people are just content; MinBurst, BurstFactor and BurstAlpha are of
	// RuleBurst, and BurstDays is the least number of days to know what is usual.
	EqualAlpha    = 0.01
	MinBurst      = 8
	BurstFactor   = 2
	BurstAlpha    = 0.001
	BurstDays     = 10
	MinExcess     = 5 // answers in a day at a kiosk
	OneKioskAlpha = 0.01
	MinChanged    = 5 // changed answers of an officer
	ChangedAlpha  = 0.01
)

func (l *look) hasty() (out []Flag) {
	found := gather(l, func(a *suspect) (place, bool) { return place{day: a.Day, counter: a.Counter}, a.Hasty })
	all := gather(l, func(a *suspect) (place, bool) { return place{day: a.Day, counter: a.Counter}, a.Lane == LaneSlip })
	for _, p := range order(found) {
		if as := found[p]; len(as) >= MinHasty {
			out = append(out, Flag{Batch: Batch{Rule: RuleHasty, From: p.day, To: p.day, Lane: LaneSlip, Counter: p.counter}, N: int64(len(as)), Of: int64(len(all[p])), answers: ids(as)})
		}
	}
	return out
}

func (l *look) serial() (out []Flag) {
	found := gather(l, func(a *suspect) (place, bool) { return place{day: a.Day}, a.Serial })
	all := gather(l, func(a *suspect) (place, bool) { return place{day: a.Day}, a.Lane == LaneSlip })
	for _, p := range order(found) {
		out = append(out, Flag{Batch: Batch{Rule: RuleSerial, From: p.day, To: p.day, Lane: LaneSlip}, N: int64(len(found[p])), Of: int64(len(all[p])), answers: ids(found[p])})
	}
	return out
}

// equal compares the commonest set of marks of a counter's day with how common
// it is on other days, there (where that is known) or everywhere, whichever is
// more.
func (l *look) equal() (out []Flag) {
	type at struct{ counter, pattern string }
	everywhere, there, total := map[string]int64{}, map[at]int64{}, map[string]int64{}
	var n int64
	for _, a := range l.answers {
		if a.pattern != "" {
			everywhere[a.pattern]++
			there[at{a.Counter, a.pattern}]++
			total[a.Counter]++
			n++
		}
	}
	groups := gather(l, func(a *suspect) (place, bool) {
		return place{day: a.Day, counter: a.Counter, lane: a.Lane}, a.pattern != "" && a.Lane != LanePaper
	})
	for _, p := range order(groups) {
		as := groups[p]
		count := map[string]int64{}
		top := ""
		for _, a := range as {
			count[a.pattern]++
			if c, best := count[a.pattern], count[top]; c > best || c == best && a.pattern < top {
				top = a.pattern
			}
		}
		k, m := count[top], int64(len(as))
		if k < MinEqual {
			continue
		}
		usual := func(c, of int64) float64 { return float64(c-k+1) / float64(of-m+2) }
		q := usual(everywhere[top], n)
		if total[p.counter]-m >= scoring.MinAnswers {
			q = max(q, usual(there[at{p.counter, top}], total[p.counter]))
		}
		chance := scoring.BinomialTail(k, m, min(q, 1)) * float64(len(groups)) * float64(len(count))
		if chance > EqualAlpha {
			continue
		}
		same := slices.DeleteFunc(slices.Clone(as), func(a *suspect) bool { return a.pattern != top })
		out = append(out, Flag{Batch: Batch{Rule: RuleEqual, From: p.day, To: p.day, Lane: p.lane, Counter: p.counter}, N: k, Of: m, Expected: q * float64(m), P: chance, answers: ids(same)})
	}
	return out
}

// bursts compares the days of a counter's lane, and kiosk where it is known,
// with the mean of the other same weekdays of the span.
func (l *look) bursts() (out []Flag) {
	series := map[place]map[Day][]*suspect{}
	open := map[Day]bool{} // days on which anybody came at all
	for i := range l.answers {
		a := &l.answers[i]
		open[a.Day] = true
		if a.Lane == LanePaper { // keyed in when somebody has the time
			continue
		}
		p := place{counter: a.Counter, lane: a.Lane, device: a.Device}
		if series[p] == nil {
			series[p] = map[Day][]*suspect{}
		}
		series[p][a.Day] = append(series[p][a.Day], a)
	}
	days := slices.Sorted(maps.Keys(open))
	if len(days) < BurstDays {
		return nil
	}
	for _, p := range slices.SortedFunc(maps.Keys(series), func(a, b place) int {
		return cmp.Or(cmp.Compare(a.counter, b.counter), cmp.Compare(a.lane, b.lane), cmp.Compare(a.device, b.device))
	}) {
		counts := make([]int64, len(days))
		for i, d := range days {
			counts[i] = int64(len(series[p][d]))
		}
		expected := usualOf(days, counts)
		found, _ := scoring.BurstsAbove(counts, expected, 3, BurstAlpha/float64(len(series)))
		for _, b := range found {
			if b.Count < MinBurst || float64(b.Count) < BurstFactor*b.Expected {
				continue
			}
			f := Flag{Batch: Batch{Rule: RuleBurst, From: days[b.From], To: days[b.To], Lane: p.lane, Counter: p.counter, Device: p.device}, N: b.Count, Expected: b.Expected, P: b.P, answers: map[Day][]string{}}
			for _, d := range days[b.From : b.To+1] {
				maps.Copy(f.answers, ids(series[p][d]))
			}
			out = append(out, f)
		}
	}
	return out
}

// usualOf is for every day the mean of the other days of its weekday, or of all
// other days where there are fewer than three of them.
func usualOf(days []Day, counts []int64) []float64 {
	var sum [7]int64
	var of [7]int64
	var all int64
	for i, d := range days {
		w := d.Time().Weekday()
		sum[w], of[w], all = sum[w]+counts[i], of[w]+1, all+counts[i]
	}
	out := make([]float64, len(days))
	for i, d := range days {
		if w := d.Time().Weekday(); of[w] > 3 {
			out[i] = float64(sum[w]-counts[i]) / float64(of[w]-1)
		} else if len(days) > 1 {
			out[i] = float64(all-counts[i]) / float64(len(days)-1)
		}
	}
	return out
}

// peopleAt is how many people a counter had on a day.
func (l *look) peopleAt(p place) int64 {
	if days := l.people[p.counter]; days != nil {
		return days[p.day.number()-l.from.number()]
	}
	return 0
}

// excess compares a kiosk's day with the people that its counter had.
func (l *look) excess() (out []Flag) {
	found := gather(l, func(a *suspect) (place, bool) {
		return place{day: a.Day, counter: a.Counter}, l.counters[a.Counter] && a.Day <= l.known && (a.Lane == LaneKiosk || a.Lane == LaneWalkUp)
	})
	for _, p := range order(found) {
		n, people := int64(len(found[p])), l.peopleAt(p)
		if n < MinExcess || n <= people {
			continue
		}
		free := slices.DeleteFunc(slices.Clone(found[p]), func(a *suspect) bool { return a.Lane != LaneWalkUp })
		out = append(out, Flag{Batch: Batch{Rule: RuleExcess, From: p.day, To: p.day, Lane: LaneWalkUp, Counter: p.counter}, N: n, Of: people, Expected: float64(people), answers: ids(free)})
	}
	return out
}

// tooMany compares answers by slip with the dossiers whose slips they can be.
func (l *look) tooMany() (out []Flag) {
	fields, counters := map[string]int64{}, map[string]int64{}
	for _, a := range l.answers {
		if a.Lane == LaneSlip || a.Lane == LaneKiosk {
			fields[a.Field]++
			counters[a.Counter]++
		}
	}
	for _, field := range slices.Sorted(maps.Keys(fields)) {
		if n, of := fields[field], l.returned["field/"+field]; n > of {
			out = append(out, Flag{Batch: Batch{Rule: RuleTooMany, From: l.from, To: l.to, Field: field}, N: n, Of: of, Expected: float64(of)})
		}
	}
	for _, counter := range slices.Sorted(maps.Keys(counters)) {
		if n, of := counters[counter], l.returned["counter/"+counter]; n > of {
			out = append(out, Flag{Batch: Batch{Rule: RuleTooMany, From: l.from, To: l.to, Counter: counter}, N: n, Of: of, Expected: float64(of)})
		}
	}
	return out
}

// oneKiosk looks at officers with MinOfficerCell answers by slip and more. That
// all of them came on one kiosk is a flag where the others' answers make that
// unlikely.
func (l *look) oneKiosk() (out []Flag) {
	type counts struct {
		n, kiosk int64
		devices  map[string]bool
	}
	by := map[string]*counts{}
	var all counts
	for _, a := range l.answers {
		if a.Officer == "" || a.Lane != LaneSlip && a.Lane != LaneKiosk {
			continue
		}
		c := by[a.Officer]
		if c == nil {
			c = &counts{devices: map[string]bool{}}
			by[a.Officer] = c
		}
		c.n++
		all.n++
		if a.Lane == LaneKiosk {
			c.kiosk++
			all.kiosk++
			c.devices[cmp.Or(a.Device, a.Counter)] = true
		}
	}
	for _, officer := range slices.Sorted(maps.Keys(by)) {
		c := by[officer]
		others := all.n - c.n
		if c.n < MinOfficerCell || c.kiosk < c.n || len(c.devices) != 1 || others < MinOfficerCell {
			continue
		}
		p := float64(all.kiosk-c.kiosk+1) / float64(others+2)
		if chance := scoring.BinomialTail(c.n, c.n, p) * float64(len(by)); chance <= OneKioskAlpha {
			out = append(out, Flag{Batch: Batch{Rule: RuleOneKiosk, From: l.from, To: l.to, Lane: LaneKiosk, Officer: officer}, N: c.n, Of: c.n, Expected: p * float64(c.n), P: chance})
		}
	}
	return out
}

// changed looks at officers with MinChanged answers by slip and more that were
// changed and now say satisfied. It is a flag where the others' answers make so
// many unlikely. What was said before is not known to anybody.
func (l *look) changed() (out []Flag) {
	type counts struct{ n, changed int64 }
	by := map[string]counts{}
	var all counts
	for _, a := range l.answers {
		if a.Officer == "" || a.Lane != LaneSlip && a.Lane != LaneKiosk {
			continue
		}
		c := by[a.Officer]
		c.n++
		all.n++
		if a.Changed {
			c.changed++
			all.changed++
		}
		by[a.Officer] = c
	}
	for _, officer := range slices.Sorted(maps.Keys(by)) {
		c := by[officer]
		others := all.n - c.n
		if c.changed < MinChanged || c.n < MinOfficerCell || others < MinOfficerCell {
			continue
		}
		p := float64(all.changed-c.changed+1) / float64(others+2)
		if chance := scoring.BinomialTail(c.changed, c.n, p) * float64(len(by)); chance <= ChangedAlpha {
			out = append(out, Flag{Batch: Batch{Rule: RuleChanged, From: l.from, To: l.to, Officer: officer}, N: c.changed, Of: c.n, Expected: p * float64(c.n), P: chance})
		}
	}
	return out
}
