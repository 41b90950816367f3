package report

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"hailong/scoring"
	"hailong/scoring/instrument"
	"hailong/scoring/survey"
	"hailong/server"
)

const (
	groupCriteria = "Theo tiêu chí"
	sheetCriteria = "Theo tiêu chí"
)

// fullForm returns the criteria of a report and the form that they are of; nil where
// nobody answered any.
func (f *Figures) fullForm() (*server.CriteriaFigures, *survey.Survey) {
	if f.Report == nil || f.Report.Criteria == nil {
		return nil, nil
	}
	c := f.Report.Criteria
	sv, ok := instrument.ByID(c.Survey)
	if !ok {
		return nil, nil
	}
	return c, sv
}

// criteria lists the criteria of the full form in its order, numbered as there.
func (f *Figures) criteria() []figure {
	c, sv := f.fullForm()
	if c == nil {
		return nil
	}
	texts := map[string]string{}
	for _, q := range sv.Items() {
		texts[q.ID] = q.Text.VI
	}
	var out []figure
	for i, it := range c.Criteria {
		g := figure{group: groupCriteria, name: strconv.Itoa(i+1) + ". " + strings.TrimSuffix(texts[it.ID], "."), measure: measureSatisfied, method: methodSatisfied,
			from: f.Report.From, to: f.Report.To, counted: true, target: f.target(), hidden: it.Hidden}
		if it.Item != nil && !it.Hidden {
			g.x, g.n, g.share, g.interval = it.X, it.N, it.Share, it.Wilson
			if it.N > 0 {
				v, _ := scoring.Explain(it.X, it.N, g.target)
				g.verdict = v.Text().VI
			}
		}
		out = append(out, g)
	}
	return out
}

// criteriaOf calls what for every criterion with its place, from 0, and the element
// that begins with it, "" within one.
func criteriaOf(sv *survey.Survey, what func(i int, element string)) {
	i := 0
	for k, el := range sv.Elements {
		for n := range el.Criteria {
			name := ""
			if n == 0 {
				name = [...]string{"I", "II", "III", "IV", "V", "VI", "VII"}[k%7] + ". " + el.Text.VI
			}
			what(i, name)
			i++
		}
	}
}

// rotation says who answered criteria, and why each has a number of its own.
func rotation(c *server.CriteriaFigures) string {
	text := ""
	switch {
	case c.Forms > 0 && c.Rotated > 0:
		text = whole(c.Forms) + " người điền phiếu đầy đủ; " + whole(c.Rotated) + " người trả lời bằng điện thoại đánh giá thêm tiêu chí sau các câu hỏi ngắn."
	case c.Forms > 0:
		text = whole(c.Forms) + " người điền phiếu đầy đủ."
	default:
		text = whole(c.Rotated) + " người trả lời bằng điện thoại đánh giá thêm tiêu chí sau các câu hỏi ngắn."
	}
	if c.Rotated > 0 {
		text += " Phiếu điện thoại hỏi luân phiên: mỗi người được hỏi tiêu chí của một yếu tố, chọn theo mã phiếu, để không ai phải trả lời tất cả; vì vậy mỗi tiêu chí có số trả lời riêng."
	}
	return text + " Kết quả theo tiêu chí không gộp vào mức độ hài lòng chung."
}

// lowCriteria is how many of the lowest criteria a report names.
const lowCriteria = 3

// criteria is the section on the criteria; the table of all is an annex.
func (w *writer) criteria(c *server.CriteriaFigures, number string) []block {
	list := slices.DeleteFunc(slices.Clone(of(w.list, groupCriteria, measureSatisfied)), func(g figure) bool { return g.share == nil || g.n < scoring.MinAnswers })
	out := []block{say(rotation(c))}
	if len(list) == 0 {
		return append(out, say("Chưa tiêu chí nào có từ "+whole(scoring.MinAnswers)+" trả lời để nêu kết quả trong phần này; số liệu ở Phụ lục "+number+"."))
	}
	slices.SortStableFunc(list, func(a, b figure) int { return cmp.Compare(*a.share, *b.share) })
	t := shareTable("Tiêu chí", list[:min(lowCriteria, len(list))], 0)
	t.columns[0].width = 40 // their names are sentences
	return append(out, say("Các tiêu chí có tỷ lệ hài lòng thấp nhất, trong những tiêu chí có từ "+whole(scoring.MinAnswers)+" trả lời, nêu ở bảng dưới; đủ các tiêu chí ở Phụ lục "+number+"."),
		w.tableCaption("Các tiêu chí có tỷ lệ hài lòng thấp nhất"), t)
}

// allCriteria is the annex: every criterion under its element.
func (w *writer) allCriteria(c *server.CriteriaFigures, sv *survey.Survey) []block {
	t := table{columns: []column{{"Tiêu chí", 44, false}, {"Hài lòng", 9, true}, {"Trả lời", 9, true}, {"Tỷ lệ", 11, true}, {"Khoảng tin cậy 95%", 17, true}, {"Kết luận", 18, false}}}
	list := of(w.list, groupCriteria, measureSatisfied)
	criteriaOf(sv, func(i int, element string) {
		if i >= len(list) {
			return
		}
		if element != "" {
			t.sections = append(t.sections, len(t.rows))
			t.rows = append(t.rows, []string{element, "", "", "", "", ""})
		}
		g := list[i]
		row := []string{g.name, whole(g.x), whole(g.n), g.rate(), g.range95(), cmp.Or(g.verdict, "–")}
		if g.hidden {
			row[1], row[2] = "–", "–"
		}
		t.rows = append(t.rows, row)
	})
	return []block{say(rotation(c)), t}
}

// criteriaSheet lists the criteria with their levels.
func criteriaSheet(b *book, f *Figures, list []figure) error {
	c, sv := f.fullForm()
	s := b.newSheet(sheetCriteria, f, 60, 11, 11, 11, 11, 11, 11, 11, 11, 11, 13, 12, 12, 20)
	s.heading(f, "MỨC ĐỘ HÀI LÒNG THEO TIÊU CHÍ CỦA PHIẾU ĐẦY ĐỦ")
	if c == nil {
		s.title("Trong kỳ không ai trả lời tiêu chí của phiếu đầy đủ.", look{italic: true})
		s.try(s.w.Flush)
		return s.err
	}
	heads := []string{"Tiêu chí"}
	for i := len(sv.Levels) - 1; i >= 0; i-- {
		heads = append(heads, sv.Levels[i].Text.VI)
	}
	s.head(append(heads, "Không phát sinh", "Không trả lời", "Hài lòng", "Trả lời", "Tỷ lệ hài lòng", "Cận dưới 95%", "Cận trên 95%", "Kết luận")...)
	rows := of(list, groupCriteria, measureSatisfied)
	criteriaOf(sv, func(i int, element string) {
		if i >= len(rows) {
			return
		}
		if element != "" {
			s.write(value{v: element, look: look{bold: true}})
		}
		vs := []value{label(rows[i].name)}
		it := c.Criteria[i].Item
		for k := len(sv.Levels) - 1; k >= 0; k-- {
			v := value{look: look{count: true}}
			if it != nil && k < len(it.Levels) {
				v.v = it.Levels[k]
			}
			vs = append(vs, v)
		}
		na, none := value{look: look{count: true}}, value{look: look{count: true}}
		if it != nil {
			na.v, none.v = it.NotApplicable, it.Unanswered
		}
		vs = append(vs, na, none)
		s.write(append(vs, s.numbers(rows[i], len(vs)+1, true)...)...)
	})
	s.gap()
	for _, line := range strings.SplitAfter(rotation(c), ". ") {
		s.title(strings.TrimSpace(line), look{italic: true})
	}
	s.title(fmt.Sprintf("Tiêu chí dưới %d trả lời, dưới 30 mà mọi trả lời cùng một phía, và tiêu chí có thể suy ra từ kỳ khác, không hiển thị.", server.MinCell), look{italic: true})
	s.try(s.w.Flush)
	return s.err
}
