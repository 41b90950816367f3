package web

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"hailong/scoring"
	"hailong/server"
)

// A controlPoint is the input of a control chart: x of n in one month, week or
// day.
type controlPoint struct {
	Key    string // 2024-03, or the first day: 2024-03-04
	X, N   int64
	Hidden bool // too small to be shown
}

// A controlMark is an annotation on the chart.
type controlMark struct {
	ID, X, LabelY string
	Number        int
	Day, Text     string
	Restart       bool
}

// A controlChart (biểu đồ kiểm soát) shows a share over time with the limits
// within which chance keeps it. A point outside is marked by shape, not only by
// colour.
type controlChart struct {
	ID, Title, Sentence, Desc string
	Method                    string // the name of the chart: p, Laney p′, exact
	Height, Bottom, LabelY    string
	YearY                     string
	Ticks                     []tick
	Gutter, PlotX, PlotY      string
	PlotW, PlotH              string
	TargetY, TargetLabel      string
	Limits                    []string // polygons between the limits, one per stretch
	Centres                   []trendLine
	Lines                     []trendLine
	Points                    []chartPoint
	Marks                     []controlMark
	Rows                      []controlRow
	Has                       bool
	HasThin, HasOut, HasRun   bool
	StepHead                  string // Tháng, Tuần, Ngày
}

// A chartPoint is one point, which the keyboard reaches.
type chartPoint struct {
	X, Y, Label, Year string
	ShowLabel, Minor  bool
	Value, ValueY     string // written beside the point where it matters
	Has, Thin         bool
	Signal            string // out, run, ""
	Below             bool   // it lies below the axis
	Tip, Link         string
}

// A controlRow is one line of the table behind the chart.
type controlRow struct {
	ID, Name, Of, Share, Interval, Limits, Signal string
	Thin                                          bool
}

// stretchOf is where a chart begins anew: the limits of every stretch are its own.
type controlStretch struct {
	from, to int // points
	days     *scoring.Days
	name     string // of the chart
	lo, hi   []float64
}

// newControlChart draws points with limits of their own after every restart.
// link gives the address of a point, "" for none.
func newControlChart(step string, points []controlPoint, notes []server.Annotation, target float64, link func(key string) string) controlChart {
	c := controlChart{
		ID: "control", Height: num(trendTop + trendHeight + 46), Bottom: num(trendTop + trendHeight), LabelY: num(trendTop + trendHeight + 18), YearY: num(trendTop + trendHeight + 34),
		Gutter: num(trendGutter) + "%", PlotX: num(trendGutter) + "%", PlotY: num(trendTop), PlotW: num(100-trendGutter) + "%", PlotH: num(trendHeight), TargetLabel: targetText(target),
		StepHead: stepName(step),
	}
	stretches := controlStretches(points, notes, step)
	a := controlAxis(points, stretches, target)
	y := func(share float64) float64 { return trendTop + (1-a.at(share))*trendHeight }
	inner := func(i float64) float64 { return (i + 0.5) / float64(max(1, len(points))) }
	x := func(i float64) string { return num(trendGutter+inner(i)*(100-trendGutter)) + "%" }
	for _, s := range a.ticks(target) {
		c.Ticks = append(c.Ticks, tick{num(y(s)), targetText(s), math.Abs(s-target) < 1e-9})
	}
	c.TargetY = num(y(target))
	signals := map[int]string{}
	limits := map[int]scoring.Interval{}
	for _, s := range stretches {
		c.stretch(s, points, a, inner, x, y, signals, limits)
	}
	c.Sentence = controlSentence(step, points, stretches, signals)
	c.Method = methodNames(stretches)
	every := (len(points) + 13) / 14
	low := lowestPoint(points)
	last := -1
	for i, p := range points {
		pt := chartPoint{X: x(float64(i)), Label: pointLabel(step, p.Key), ShowLabel: (len(points)-1-i)%max(1, every) == 0, Minor: (len(points)-1-i)%max(1, 2*every) != 0}
		if step == stepMonth && pt.ShowLabel && (i == 0 || strings.HasSuffix(p.Key, "-01")) {
			pt.Year = p.Key[:4]
		}
		row := controlRow{ID: "ky-" + p.Key, Name: pointText(step, p.Key), Of: countText(p.X) + "/" + countText(p.N), Share: "không có dữ liệu"}
		if p.Hidden {
			row.Of, row.Share = "–", "không hiển thị"
		}
		w, ok := scoring.Wilson(p.X, p.N)
		if !ok || p.Hidden {
			if !p.Hidden {
				row.Of = "0"
			}
			c.Points, c.Rows = append(c.Points, pt), append(c.Rows, row)
			continue
		}
		c.Has = true
		share := float64(p.X) / float64(p.N)
		row.Share, row.Interval = percentText(share, 1, target), intervalText(&w)
		row.Thin = p.N < scoring.MinAnswers
		if l, ok := limits[i]; ok {
			row.Limits = percentText(l.Lo, 1) + " – " + percentText(l.Hi, 1)
		}
		pt.Has, pt.Thin, pt.Signal, pt.Y = true, row.Thin, signals[i], num(y(share))
		pt.Below = share < a.lo
		c.HasThin = c.HasThin || pt.Thin
		switch pt.Signal {
		case "out":
			row.Signal, c.HasOut = "ngoài giới hạn", true
		case "run":
			row.Signal, c.HasRun = "dãy cùng phía", true
		}
		pt.Tip = row.Name + ": " + row.Share + " (" + row.Of + " phiếu), khoảng tin cậy 95% " + row.Interval
		if row.Signal != "" {
			pt.Tip += ", " + row.Signal
		}
		if pt.Link = link(p.Key); pt.Link == "" {
			pt.Link = "#" + row.ID
		}
		if i == low || pt.Below && len(points) <= 30 || pt.Signal == "out" && len(points) <= 60 || i == len(points)-1 || len(points) <= 14 {
			pt.Value, pt.ValueY = strings.TrimSuffix(row.Share, "%"), num(y(share)-11)
		}
		if last >= 0 && last == i-1 {
			c.Lines = append(c.Lines, trendLine{c.Points[last].X, c.Points[last].Y, pt.X, pt.Y})
		}
		last = i
		c.Points, c.Rows = append(c.Points, pt), append(c.Rows, row)
	}
	c.marks(points, notes, step, x)
	c.Desc = "Biểu đồ kiểm soát " + c.Method + ", " + strconv.Itoa(len(points)) + " kỳ. " + c.Sentence
	return c
}

// stretch draws one stretch's limits and centre and finds its signals.
func (c *controlChart) stretch(s controlStretch, points []controlPoint, a axis, inner func(float64) float64, x func(float64) string, y func(float64) float64, signals map[int]string, limits map[int]scoring.Interval) {
	if s.days.PBar == nil {
		return
	}
	runs := s.days.Runs()
	var upper, lower []string
	k := 0
	for i := s.from; i < s.to; i++ {
		if points[i].N == 0 || points[i].Hidden {
			continue
		}
		lo, hi := s.lo[k], s.hi[k]
		limits[i] = scoring.Interval{Lo: lo, Hi: hi}
		share := s.days.P[k]
		switch {
		case share < lo || share > hi:
			signals[i] = "out"
		case slices.Contains(runs, s.days.Day[k]):
			signals[i] = "run"
		}
		// Limits are steps: every point has its own n.
		left, right := num((inner(float64(i)-0.5))*1000), num((inner(float64(i)+0.5))*1000)
		upper = append(upper, left+","+num((1-a.at(hi))*1000), right+","+num((1-a.at(hi))*1000))
		lower = append(lower, left+","+num((1-a.at(lo))*1000), right+","+num((1-a.at(lo))*1000))
		k++
	}
	slices.Reverse(lower)
	c.Limits = append(c.Limits, strings.Join(append(upper, lower...), " "))
	cy := num(y(*s.days.PBar))
	c.Centres = append(c.Centres, trendLine{x(float64(s.from) - 0.5), cy, x(float64(s.to) - 0.5), cy})
}

// controlStretches cuts the points where an annotation says so and chooses the
// chart of each: p where the points scatter as chance lets them, Laney's p′
// where they scatter more; exact limits for small points.
func controlStretches(points []controlPoint, notes []server.Annotation, step string) []controlStretch {
	cuts := []int{0}
	for _, n := range notes {
		if !n.Restart {
			continue
		}
		i := slices.IndexFunc(points, func(p controlPoint) bool { return p.Key >= stepKey(step, n.Day) })
		if i > cuts[len(cuts)-1] {
			cuts = append(cuts, i)
		}
	}
	cuts = append(cuts, len(points))
	var out []controlStretch
	for i := range len(cuts) - 1 {
		s := controlStretch{from: cuts[i], to: cuts[i+1]}
		var counts []scoring.PeriodCount
		for _, p := range points[s.from:s.to] {
			if !p.Hidden {
				counts = append(counts, scoring.PeriodCount{Period: p.Key, X: p.X, N: p.N})
			}
		}
		s.days = scoring.NewDays(counts, 0)
		s.lo, s.hi, s.name = s.days.LCL, s.days.UCL, "p"
		if d := s.days; d.SigmaZ != nil && *d.SigmaZ > 1 && len(d.LCLLaney) == len(d.P) {
			s.lo, s.hi, s.name = d.LCLLaney, d.UCLLaney, "Laney p′ (σz = "+strings.Replace(strconv.FormatFloat(*d.SigmaZ, 'f', 2, 64), ".", ",", 1)+")"
		}
		s.lo, s.hi = slices.Clone(s.lo), slices.Clone(s.hi)
		exact := 0
		for k, e := range s.days.Exact {
			if e != nil {
				s.lo[k], s.hi[k] = e.Lo, e.Hi
				exact++
			}
		}
		switch {
		case exact > 0 && exact == len(s.days.P):
			s.name = "nhị thức chính xác"
		case exact > 0:
			s.name += ", kỳ ít phiếu dùng giới hạn nhị thức"
		}
		out = append(out, s)
	}
	return out
}

// marks puts the annotations on the chart.
func (c *controlChart) marks(points []controlPoint, notes []server.Annotation, step string, x func(float64) string) {
	for _, n := range notes {
		i := slices.IndexFunc(points, func(p controlPoint) bool { return p.Key >= stepKey(step, n.Day) })
		if i < 0 {
			continue
		}
		at := float64(i)
		if n.Restart {
			at -= 0.5
		}
		c.Marks = append(c.Marks, controlMark{ID: n.ID, X: x(at), Number: len(c.Marks) + 1, Day: n.Day.VI(), Text: n.Text, Restart: n.Restart})
	}
}

// controlAxis begins below every point that matters and every limit of one.
func controlAxis(points []controlPoint, stretches []controlStretch, target float64) axis {
	low, all, enough := []float64{target}, []float64{target}, false
	for _, s := range stretches {
		for k := range s.days.P {
			all = append(all, s.days.P[k])
			if s.days.N[k] >= scoring.MinAnswers {
				enough, low = true, append(low, s.days.P[k], s.lo[k])
			}
		}
		if s.days.PBar != nil {
			low = append(low, *s.days.PBar)
		}
	}
	if !enough {
		low = all
	}
	return newAxis(low...)
}

// methodNames names the charts in use, each once.
func methodNames(stretches []controlStretch) string {
	var names []string
	for _, s := range stretches {
		if len(s.days.P) > 0 && !slices.Contains(names, s.name) {
			names = append(names, s.name)
		}
	}
	return strings.Join(names, "; ")
}

// lowestPoint is the place of the lowest share with enough answers, -1 for none.
func lowestPoint(points []controlPoint) int {
	low := -1
	for i, p := range points {
		if p.N >= scoring.MinAnswers && !p.Hidden && (low < 0 || p.X*points[low].N < points[low].X*p.N) {
			low = i
		}
	}
	return low
}

// stepKey is the key of the month, week or day that a day lies in; a week is
// named by its Monday.
func stepKey(step string, d server.Day) string {
	switch step {
	case stepMonth:
		return d.Month()
	case stepWeek:
		return string(d.Add(-(int(d.Time().Weekday()) + 6) % 7))
	}
	return string(d)
}

// steps lists the keys from one day to another.
func steps(step string, from, to server.Day) []string {
	var out []string
	for d := from; d <= to; {
		out = append(out, stepKey(step, d))
		switch step {
		case stepMonth:
			t := d.Time()
			d = server.DayOf(time.Date(t.Year(), t.Month()+1, 1, 0, 0, 0, 0, server.Zone))
		case stepWeek:
			d = server.Day(stepKey(step, d)).Add(7)
		default:
			d = d.Add(1)
		}
	}
	return out
}

func stepName(step string) string {
	return map[string]string{stepMonth: "Tháng", stepWeek: "Tuần", stepDay: "Ngày"}[step]
}

// pointText names a month, week or day: 03/2024, tuần từ 04/03/2024, 04/03/2024.
func pointText(step, key string) string {
	switch step {
	case stepMonth:
		return monthText(key)
	case stepWeek:
		return "tuần từ " + server.Day(key).VI()
	}
	return server.Day(key).VI()
}

// pointLabel is pointText where there is little room.
func pointLabel(step, key string) string {
	if step == stepMonth {
		return monthLabel(key)
	}
	return key[8:] + "/" + key[5:7]
}
