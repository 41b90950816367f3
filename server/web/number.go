package web

import (
	"math"
	"strconv"
	"strings"

	"hailong/server"
)

// Numbers as Vietnamese readers expect them: 1.234 and 92,26%.

// countText writes a count with points between thousands.
func countText(n int64) string {
	s := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, s = "-", s[1:]
	}
	var b strings.Builder
	b.WriteString(sign)
	for i, r := range s {
		if i > 0 && (len(s)-i)%3 == 0 {
			b.WriteByte('.')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// percentText writes a share as a percentage with a fixed number of decimals.
// It rounds, but never across one of the given marks and never up to 100 % or
// down to 0 %: 0.94996 is 94,99% and not 95,00%.
func percentText(share float64, decimals int, marks ...float64) string {
	if math.IsNaN(share) || math.IsInf(share, 0) {
		return "–"
	}
	scale := math.Pow(10, float64(decimals))
	v := share * 100 * scale
	r := math.Round(v)
	for _, m := range append(marks, 0, 1) {
		line := m * 100 * scale
		switch {
		case v < line-1e-7 && r >= line-1e-7:
			r = math.Floor(v)
		case v > line+1e-7 && r <= line+1e-7:
			r = math.Ceil(v)
		}
	}
	return strings.Replace(strconv.FormatFloat(r/scale, 'f', decimals, 64), ".", ",", 1) + "%"
}

// shareText is percentText of a share that may not exist.
func shareText(share *float64, decimals int, marks ...float64) string {
	if share == nil {
		return "không có dữ liệu"
	}
	return percentText(*share, decimals, marks...)
}

// targetText writes a target: 90%.
func targetText(t float64) string {
	return strings.Replace(strconv.FormatFloat(math.Round(t*1e6)/1e4, 'f', -1, 64), ".", ",", 1) + "%"
}

// pointsText writes a difference of shares in percentage points: 4,2.
func pointsText(d float64) string {
	return strings.Replace(strconv.FormatFloat(math.Abs(d)*100, 'f', 1, 64), ".", ",", 1)
}

// aboutText rounds an estimate so that it does not look exact: 143 is 140.
func aboutText(n int64) string {
	step := int64(1)
	switch {
	case n >= 2000:
		step = 100
	case n >= 100:
		step = 10
	case n >= 20:
		step = 5
	}
	return countText((n + step/2) / step * step)
}

// monthText writes 2024-03 as 03/2024.
func monthText(m string) string {
	if len(m) != 7 {
		return m
	}
	return m[5:] + "/" + m[:4]
}

// daysText writes a span of days.
func daysText(from, to server.Day) string { return from.VI() + " – " + to.VI() }
