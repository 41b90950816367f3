package web

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"hailong/scoring"
)

// The charts are SVG made here and in templates/_chart.html, not by a script in
// the browser: they need no script, hold under a strict content policy, print,
// can be read aloud, and are a few kilobytes instead of hundreds. Geometry is
// in per cent of the width, so that a chart fits a phone without its letters
// shrinking.

// An axis maps shares to a line. Charts of intervals need not begin at zero;
// where they begin is written on them.
type axis struct{ lo, hi, step float64 }

// newAxis returns an axis that ends at 100 % and begins at a round number
// below all given shares.
func newAxis(shares ...float64) axis {
	low := 0.9
	for _, s := range shares {
		low = min(low, s-0.005)
	}
	step := 0.05
	switch {
	case low < 0.6:
		step = 0.2
	case low < 0.8:
		step = 0.1
	}
	return axis{lo: max(0, math.Floor(low/step+1e-9)*step), hi: 1, step: step}
}

// at is the place of a share along the axis, 0 to 1, clamped to its ends.
func (a axis) at(share float64) float64 {
	return min(max((share-a.lo)/(a.hi-a.lo), 0), 1)
}

// ticks are the round shares on the axis, and the target.
func (a axis) ticks(target float64) []float64 {
	out := []float64{target}
	for k := 0; a.lo+float64(k)*a.step <= a.hi+1e-9; k++ {
		// One that the target's label would lie on is left out.
		if v := a.lo + float64(k)*a.step; math.Abs(v-target) > 0.3*a.step {
			out = append(out, v)
		}
	}
	slices.Sort(out)
	return out
}

// num writes a coordinate with two decimals at most.
func num(v float64) string { return strconv.FormatFloat(math.Round(v*100)/100, 'f', -1, 64) }

// percentOf writes a place along the width, with a margin of m per cent at both
// ends so that marks at the ends are not cut off.
func percentOf(at, m float64) string { return num(m+at*(100-2*m)) + "%" }

// A tick is a labelled place on an axis.
type tick struct {
	At, Label string
	Goal      bool // it is the target
}

// rangeMargin is the margin of a range, per cent of its width.
const rangeMargin = 3

// A rangeMark is a share with its interval on a horizontal axis: a point and a
// line through it.
type rangeMark struct {
	Has      bool
	Interval bool
	Below    bool   // the share lies below the axis
	Lo, Hi   string // ends of the interval
	At       string // the share
	Width    string // Hi - Lo
	Tone     string // met, not_met, too_early, thin
	Text     string // what a screen reader says
}

// newRangeMark places a share and, where there is one, its interval.
func newRangeMark(a axis, share *float64, w *scoring.Interval, tone, text string) rangeMark {
	if share == nil {
		return rangeMark{Text: text}
	}
	m := rangeMark{Has: true, Below: *share < a.lo, At: percentOf(a.at(*share), rangeMargin), Tone: tone, Text: text}
	if w != nil {
		lo, hi := a.at(w.Lo), a.at(w.Hi)
		m.Interval = true
		m.Lo, m.Hi = percentOf(lo, rangeMargin), percentOf(hi, rangeMargin)
		m.Width = num((hi-lo)*(100-2*rangeMargin)) + "%"
	}
	return m
}

// A rangeAxis is the head of a column of range marks.
type rangeAxis struct {
	Ticks  []tick
	Target string // place of the target
	Beyond string // width of the zone from the target to the end
	Label  string // "90%"
}

func newRangeAxis(a axis, target float64) rangeAxis {
	x := rangeAxis{Target: percentOf(a.at(target), rangeMargin), Beyond: num((1-a.at(target))*(100-2*rangeMargin)) + "%", Label: targetText(target)}
	for _, t := range a.ticks(target) {
		x.Ticks = append(x.Ticks, tick{percentOf(a.at(t), rangeMargin), targetText(t), math.Abs(t-target) < 1e-9})
	}
	return x
}

// A gauge is the large range of a target card.
type gauge struct {
	Goal string // "90%", "trên 95%"
	Axis rangeAxis
	Mark rangeMark
}

// The trend's geometry, in pixels down and per cent across.
const (
	trendTop    = 26.0
	trendHeight = 190.0
	trendGutter = 9.0 // per cent left of the first month, for the axis
)

// A trendPoint is one month of a trend.
type trendPoint struct {
	X, Y, LabelY string
	Label        string // the month, short
	Year         string // "2024" under the first month of a year
	Value        string // "92,3"
	Has, Thin    bool
	Minor        bool   // its value may be left out where there is little room
	Tip          string // shown where a pointer rests on it
}

// A trendLine joins two months that follow each other.
type trendLine struct{ X1, Y1, X2, Y2 string }

// A trendRow is one line of the table behind a trend.
type trendRow struct {
	Month, Of, Share, Interval string
	Thin                       bool
}

// A trendChart is a share by month, with its interval as a band where there is
// one, and the target as a line.
type trendChart struct {
	ID              string
	Title           string
	Sentence        string
	Desc            string // for those who cannot see it
	Unit            string // what is counted: "phiếu"
	Method          string // which method, see methods
	Height          string
	Bottom          string // where the plot ends
	LabelY, YearY   string
	Ticks           []tick // At is pixels down
	Gutter          string
	TargetY         string
	TargetLabel     string
	TargetLabelY    string
	Bands           []string // polygons in a 1000 × 1000 square over the plot
	PlotX, PlotY    string
	PlotW, PlotH    string
	Lines           []trendLine
	Points          []trendPoint
	Rows            []trendRow
	HasData         bool
	HasThin, Banded bool
}

// A trendMonth is the input of a trend: x of n in one month.
type trendMonth struct {
	Month string // 2024-03
	X, N  int64
}

// newTrendChart draws months; with banded each has its Wilson interval.
func newTrendChart(id, title, unit string, months []trendMonth, target float64, banded bool) trendChart {
	t := trendChart{
		ID: id, Title: title, Unit: unit, Height: num(trendTop + trendHeight + 46), Bottom: num(trendTop + trendHeight),
		LabelY: num(trendTop + trendHeight + 18), YearY: num(trendTop + trendHeight + 34),
		Gutter: num(trendGutter) + "%", PlotX: num(trendGutter) + "%", PlotY: num(trendTop), PlotW: num(100-trendGutter) + "%", PlotH: num(trendHeight),
		TargetLabel: targetText(target), Banded: banded, Method: "dung-han",
	}
	if banded {
		t.Method = "wilson"
	}
	a := trendAxis(months, target, banded)
	y := func(share float64) float64 { return trendTop + (1-a.at(share))*trendHeight }
	for _, s := range a.ticks(target) {
		t.Ticks = append(t.Ticks, tick{num(y(s)), targetText(s), math.Abs(s-target) < 1e-9})
	}
	t.TargetY = num(y(target))
	inner := func(i int) float64 { return (float64(i) + 0.5) / float64(len(months)) }
	var upper, lower []string // of the band being drawn
	flush := func() {
		if len(upper) > 1 {
			for i := len(lower) - 1; i >= 0; i-- {
				upper = append(upper, lower[i])
			}
			t.Bands = append(t.Bands, strings.Join(upper, " "))
		}
		upper, lower = nil, nil
	}
	for i, m := range months {
		p := trendPoint{X: num(trendGutter+inner(i)*(100-trendGutter)) + "%", Label: monthLabel(m.Month), Minor: (len(months)-1-i)%2 == 1}
		if i == 0 || strings.HasSuffix(m.Month, "-01") {
			p.Year = m.Month[:min(4, len(m.Month))]
		}
		row := trendRow{Month: monthText(m.Month), Of: countText(m.X) + "/" + countText(m.N), Share: "không có dữ liệu"}
		w, ok := scoring.Wilson(m.X, m.N)
		if !ok {
			flush()
			row.Of = "0"
			t.Points, t.Rows = append(t.Points, p), append(t.Rows, row)
			continue
		}
		t.HasData = true
		share := float64(m.X) / float64(m.N)
		row.Share = percentText(share, 1, target)
		p.Has, p.Y = true, num(y(share))
		p.LabelY = num(y(share) - 10)
		p.Value = strings.TrimSuffix(row.Share, "%")
		p.Tip = monthText(m.Month) + ": " + row.Share + " (" + row.Of + " " + unit + ")"
		if banded {
			row.Interval = intervalText(&w)
			p.Tip += ", khoảng tin cậy 95% " + row.Interval
			p.Thin = m.N < scoring.MinAnswers
			x := num(inner(i) * 1000)
			upper = append(upper, x+","+num((1-a.at(w.Hi))*1000))
			lower = append(lower, x+","+num((1-a.at(w.Lo))*1000))
		}
		row.Thin = p.Thin
		t.HasThin = t.HasThin || p.Thin
		if k := len(t.Points) - 1; k >= 0 && t.Points[k].Has {
			t.Lines = append(t.Lines, trendLine{t.Points[k].X, t.Points[k].Y, p.X, p.Y})
		}
		t.Points, t.Rows = append(t.Points, p), append(t.Rows, row)
	}
	flush()
	t.keepLowest(months)
	return t
}

// keepLowest makes sure that the value of the lowest month is always written.
func (t *trendChart) keepLowest(months []trendMonth) {
	low := -1
	for i, m := range months {
		if m.N > 0 && (low < 0 || m.X*months[low].N < months[low].X*m.N) {
			low = i
		}
	}
	if low >= 0 {
		t.Points[low].Minor = false
	}
}

// trendAxis begins below every month that has enough answers to matter.
func trendAxis(months []trendMonth, target float64, banded bool) axis {
	low := []float64{target}
	for _, m := range months {
		w, ok := scoring.Wilson(m.X, m.N)
		switch {
		case !ok:
		case banded && m.N >= scoring.MinAnswers:
			low = append(low, w.Lo)
		default:
			low = append(low, float64(m.X)/float64(m.N))
		}
	}
	return newAxis(low...)
}

// monthLabel writes 2024-03 as T3, as Vietnamese charts do.
func monthLabel(m string) string {
	if len(m) != 7 {
		return m
	}
	return "T" + strings.TrimPrefix(m[5:], "0")
}

// intervalText writes an interval with one decimal.
func intervalText(w *scoring.Interval) string {
	if w == nil {
		return ""
	}
	return percentText(w.Lo, 1) + " – " + percentText(w.Hi, 1)
}
