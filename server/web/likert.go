package web

import (
	"hailong/scoring"
	"hailong/scoring/survey"
)

// A likertChart shows how answers are spread over the levels, item by item, as
// bars that diverge from the middle of the scale.
type likertChart struct {
	Has      bool
	Sentence string
	Levels   []likertLevel
	Rows     []likertRow
	Middle   string // where the bars diverge
}

type likertLevel struct{ Class, Text string }

type likertRow struct {
	Name   string
	N      string
	Bars   []likertBar
	Counts []string // per level, then not applicable, then unanswered
}

type likertBar struct {
	Class, X, Width string
	LabelX, Label   string // "" where the bar is too narrow
}

// likertWidth is the part of the picture's width the bars can take, in per cent.
const likertWidth = 98.0

func newLikertChart(sv *survey.Survey, d *scoring.Document) likertChart {
	c := likertChart{Sentence: "Không có dữ liệu trong kỳ này."}
	L := len(sv.Levels)
	for i, l := range sv.Levels {
		c.Levels = append(c.Levels, likertLevel{likertClass(i, L), l.Text.VI})
	}
	type row struct {
		name string
		item scoring.Item
	}
	var rows []row
	items := sv.Items()
	for k := range items { // the overall question, last in the survey, comes first
		it := items[(k+len(items)-1)%len(items)]
		f, _ := d.Items.Get(it.ID)
		name := it.Text.VI
		if it.Element >= 0 && len(sv.Elements[it.Element].Criteria) == 1 {
			name = sv.Elements[it.Element].Text.VI
		} else if it.Element < 0 {
			name = "Đánh giá chung"
		}
		rows = append(rows, row{name, f})
	}
	left, right := 0.0, 0.0 // the widest sides
	for _, r := range rows {
		if r.item.N == 0 {
			continue
		}
		c.Has = true
		l := lowSide(r.item)
		left, right = max(left, l), max(right, 1-l)
	}
	if !c.Has {
		return c
	}
	scale := likertWidth / (left + right)
	c.Middle = num(1+left*scale) + "%"
	var worst row
	for _, r := range rows {
		out := likertRow{Name: r.name, N: countText(r.item.N)}
		for _, n := range r.item.Levels {
			out.Counts = append(out.Counts, countText(n))
		}
		out.Counts = append(out.Counts, countText(r.item.NotApplicable), countText(r.item.Unanswered))
		if r.item.N > 0 {
			at := 1 + (left-lowSide(r.item))*scale
			for i, n := range r.item.Levels {
				share := float64(n) / float64(r.item.N)
				b := likertBar{Class: likertClass(i, L), X: num(at) + "%", Width: num(share*scale) + "%", LabelX: num(at+share*scale/2) + "%"}
				if share*scale >= 6 {
					b.Label = percentText(share, 0)
				}
				if n > 0 {
					out.Bars = append(out.Bars, b)
				}
				at += share * scale
			}
			if r.item.N >= scoring.MinAnswers && (worst.item.N == 0 || lowShare(r.item) > lowShare(worst.item)) {
				worst = r
			}
		}
		c.Rows = append(c.Rows, out)
	}
	c.Sentence = "Chưa câu hỏi nào đủ " + countText(scoring.MinAnswers) + " câu trả lời."
	if worst.item.N > 0 {
		c.Sentence = "Nhiều ý kiến không hài lòng nhất: " + worst.name + ", " + percentText(lowShare(worst.item), 1) + " chọn hai mức thấp nhất (" + countText(worst.item.N) + " câu trả lời)."
	}
	return c
}

// lowSide is the share left of the middle of the scale; a middle level is cut
// in half.
func lowSide(it scoring.Item) float64 {
	L := len(it.Levels)
	var low float64
	for _, n := range it.Levels[:L/2] {
		low += float64(n)
	}
	if L%2 == 1 {
		low += float64(it.Levels[L/2]) / 2
	}
	return low / float64(it.N)
}

// lowShare is the share of the two lowest levels.
func lowShare(it scoring.Item) float64 {
	var low int64
	for _, n := range it.Levels[:min(2, len(it.Levels)/2)] {
		low += n
	}
	return float64(low) / float64(it.N)
}

// likertClass names a level's colour: l1 and l2 below the middle, l3 in it, l4
// and l5 above.
func likertClass(i, levels int) string {
	switch {
	case 2*i+1 == levels:
		return "l3"
	case i == 0:
		return "l1"
	case 2*i+1 < levels:
		return "l2"
	case i == levels-1:
		return "l5"
	}
	return "l4"
}
