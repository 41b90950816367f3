package main

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"strings"
	"unicode/utf8"

	"hailong/scoring"
	"hailong/scoring/survey"
)

// printScore writes the index document for a terminal: what was judged first,
// then elements and criteria as bars with their interval and the target's mark.
func printScore(out io.Writer, sv *survey.Survey, d *scoring.Document, lang string) error {
	p := scorePrinter{w: bufio.NewWriter(out), sv: sv, d: d, lang: lang}
	p.head()
	p.items()
	p.drivers()
	p.groups()
	p.days()
	p.needed()
	return p.w.Flush()
}

type scorePrinter struct {
	w    *bufio.Writer
	sv   *survey.Survey
	d    *scoring.Document
	lang string
}

// t chooses a language.
func (p scorePrinter) t(vi, en string) string { return survey.Text{VI: vi, EN: en}.In(p.lang) }

func (p scorePrinter) percent(share float64) string {
	return scoring.PercentText(share, p.d.Target, p.lang)
}

func (p scorePrinter) count(n int64) string { return scoring.CountText(n, p.lang) }

func (p scorePrinter) head() {
	d := p.d
	fmt.Fprintf(p.w, "%s (%s)\n", p.sv.Title.In(p.lang), p.sv.ID)
	fmt.Fprintf(p.w, "%s %s · %s %s", p.count(d.Answers), p.t("phiếu", "respondents"), p.t("mục tiêu", "target"), p.percent(d.Target))
	if r := d.ResponseRate; r != nil && r.Share != nil {
		fmt.Fprintf(p.w, " · %s %s (%s/%s)", p.t("tỷ lệ trả lời", "response rate"), p.percent(*r.Share), p.count(r.Answers), p.count(r.Eligible))
	}
	fmt.Fprintf(p.w, "\n\n%s: %s\n%s\n\n", p.t("KẾT LUẬN", "VERDICT"), strings.ToUpper(d.Verdict.Text().In(p.lang)), d.VerdictReason)
}

const labelWidth = 38

func (p scorePrinter) items() {
	fmt.Fprintf(p.w, "%s  %8s  %-*s  %s\n", pad(p.t("Tỷ lệ hài lòng", "Share satisfied")), "", barWidth,
		"0%"+strings.Repeat(" ", barWidth-6)+"100%", p.t("hài lòng/trả lời, khoảng 95%", "satisfied/answered, 95% interval"))
	if p.sv.HasOverall() {
		it, _ := p.d.Items.Get(p.sv.Overall.ID)
		p.bar(p.t("Đánh giá chung", "Overall rating"), it.Share, it.Wilson, p.count(it.X)+"/"+p.count(it.N))
	}
	p.index(p.t("Chỉ số (trung bình các yếu tố)", "Index (mean of elements)"), p.d.IndexMeanOfElements, p.d.SEIndexMeanOfElements)
	p.index(p.t("Chỉ số (gộp câu trả lời)", "Index (pooled answers)"), p.d.IndexMeanOfElementsPooled, nil)
	if w := p.d.WeightedOverall; w != nil && w.Share != nil {
		p.bar(p.t("Đánh giá chung, có trọng số", "Overall rating, weighted"), w.Share, w.KornGraubard, p.count(w.X)+"/"+p.count(w.N))
	}
	for _, el := range p.sv.Elements {
		fig, _ := p.d.Elements.Get(el.ID)
		if len(el.Criteria) > 1 {
			fmt.Fprintln(p.w)
		}
		p.bar(el.Text.In(p.lang), fig.ShareMeanOfCriteria, around(fig.ShareMeanOfCriteria, fig.SEMeanOfCriteria), p.pooled(el, fig))
		if len(el.Criteria) > 1 {
			for _, c := range el.Criteria {
				p.item(c, "  ")
			}
		}
	}
	fmt.Fprintln(p.w)
}

// pooled shows the counts behind an element, with their own share where it is
// not the mean of the criteria's.
func (p scorePrinter) pooled(el survey.Element, fig scoring.Element) string {
	counts := p.count(fig.Satisfied) + "/" + p.count(fig.Answers)
	if len(el.Criteria) < 2 || fig.SharePooledAnswers == nil {
		return counts
	}
	return counts + " = " + p.percent(*fig.SharePooledAnswers)
}

func (p scorePrinter) item(c survey.Criterion, indent string) {
	it, _ := p.d.Items.Get(c.ID)
	p.bar(indent+c.Text.In(p.lang), it.Share, it.Wilson, p.count(it.X)+"/"+p.count(it.N))
}

func (p scorePrinter) index(label string, share, se *float64) {
	p.bar(label, share, around(share, se), "")
}

// around is the interval of a share with a standard error.
func around(share, se *float64) *scoring.Interval {
	if share == nil || se == nil {
		return nil
	}
	half := 1.959963984540054 * *se
	return &scoring.Interval{Lo: max(0, *share-half), Hi: min(1, *share+half)}
}

const barWidth = 40

func (p scorePrinter) bar(label string, share *float64, i *scoring.Interval, counts string) {
	if share == nil {
		fmt.Fprintf(p.w, "%s  %8s\n", pad(label), p.t("không có dữ liệu", "no data"))
		return
	}
	text := counts
	if i != nil {
		text += fmt.Sprintf("  %s–%s", p.percent(i.Lo), p.percent(i.Hi))
	}
	fmt.Fprintf(p.w, "%s  %8s  %s  %s\n", pad(label), p.percent(*share), bar(*share, i, p.d.Target), strings.TrimSpace(text))
}

// bar draws a share: solid up to it, shaded over its interval, with a mark at
// the target.
func bar(share float64, i *scoring.Interval, target float64) string {
	cells := make([]rune, barWidth)
	for k := range cells {
		at := (float64(k) + 0.5) / barWidth
		switch {
		case i != nil && at > i.Lo && at <= i.Hi:
			cells[k] = '▒'
		case at <= share:
			cells[k] = '█'
		default:
			cells[k] = '·'
		}
	}
	cells[min(int(math.Ceil(target*barWidth-1e-9)), barWidth-1)] = '┃'
	return string(cells)
}

// pad fits a label into its column.
func pad(label string) string {
	n := utf8.RuneCountInString(label)
	if n > labelWidth {
		return string([]rune(label)[:labelWidth-1]) + "…"
	}
	return label + strings.Repeat(" ", labelWidth-n)
}

func (p scorePrinter) drivers() {
	dr := p.d.Drivers
	if dr == nil || len(dr.LMGShare) == 0 {
		return
	}
	fmt.Fprintf(p.w, "%s (n = %s, R² = %s)\n", p.t("Yếu tố đi cùng đánh giá chung, không phải nguyên nhân", "What goes with the overall rating, not what causes it"),
		p.count(dr.N), p.percent(*dr.R2))
	for _, e := range dr.LMGShare {
		label := e.Key
		for _, el := range p.sv.Elements {
			if el.ID == e.Key {
				label = el.Text.In(p.lang)
			}
		}
		note := ""
		if pr, ok := dr.ImportancePerformance.Get(e.Key); ok {
			note = p.quadrant(pr)
		}
		fmt.Fprintf(p.w, "%s  %8s  %s\n", pad("  "+label), p.percent(*e.Value), note)
	}
	fmt.Fprintln(p.w)
}

func (p scorePrinter) quadrant(pr scoring.Priority) string {
	text := map[string]string{
		"improve_first": p.t("quan trọng, dưới mục tiêu: ưu tiên cải thiện", "important, under target: improve first"),
		"keep_up":       p.t("quan trọng, đạt mục tiêu: giữ vững", "important, at target: keep up"),
		"improve_later": p.t("ít quan trọng hơn, dưới mục tiêu: cải thiện sau", "less important, under target: improve later"),
		"enough":        p.t("ít quan trọng hơn, đạt mục tiêu", "less important, at target"),
	}[pr.Quadrant]
	if pr.Borderline {
		text += p.t(" (sát mục tiêu)", " (borderline)")
	}
	return text
}

func (p scorePrinter) groups() {
	g := p.d.Groups
	if g == nil || len(g.Entries) == 0 {
		return
	}
	fmt.Fprintf(p.w, "%s “%s”\n", p.t("So sánh theo", "Compared by"), g.By)
	for _, f := range g.Entries {
		name := f.Name
		if name == "" {
			name = p.t("(không ghi)", "(not given)")
		}
		text := p.count(f.X) + "/" + p.count(f.N)
		switch f.Signal {
		case "below":
			text += p.t("  thấp hơn chung", "  below the rest")
		case "above":
			text += p.t("  cao hơn chung", "  above the rest")
		}
		p.bar("  "+name, f.Share, f.Wilson, text)
	}
	if b := g.BetaBinomial; b != nil && b.Boundary && len(g.Entries) > 1 {
		fmt.Fprintln(p.w, p.t("  Không có bằng chứng các nhóm khác nhau.", "  No evidence that the groups differ."))
	}
	fmt.Fprintln(p.w)
}

func (p scorePrinter) days() {
	d := p.d.Days
	if d == nil || len(d.P) == 0 {
		return
	}
	fmt.Fprintf(p.w, "%s\n", p.t("Theo kỳ", "By period"))
	for i, share := range d.P {
		w, _ := scoring.Wilson(d.X[i], d.N[i])
		p.bar("  "+d.Day[i], &share, &w, p.count(d.X[i])+"/"+p.count(d.N[i]))
	}
	if len(d.OutLaney) > 0 {
		fmt.Fprintf(p.w, "  %s: %s\n", p.t("Ngoài giới hạn kiểm soát", "Out of control limits"), strings.Join(d.OutLaney, ", "))
	}
	if t := d.Trend; t != nil {
		p.trend(t)
	}
	fmt.Fprintln(p.w)
}

func (p scorePrinter) trend(t *scoring.Trend) {
	switch {
	case !t.Enough:
		fmt.Fprintln(p.w, p.t("  Chưa đủ kỳ để nói về xu hướng (cần 8).", "  Too few periods to speak of a trend (8 needed)."))
	case t.P > 0.05:
		fmt.Fprintln(p.w, p.t("  Không có bằng chứng về xu hướng tăng hay giảm.", "  No evidence of a rise or a fall."))
	case t.S > 0:
		fmt.Fprintln(p.w, p.t("  Xu hướng tăng.", "  Rising."))
	default:
		fmt.Fprintln(p.w, p.t("  Xu hướng giảm.", "  Falling."))
	}
}

func (p scorePrinter) needed() {
	n := p.d.Needed
	if n == nil || n.OverallPoint == nil || *n.OverallPoint == 0 {
		return
	}
	fmt.Fprintf(p.w, p.t("Cần thêm %s phiếu hài lòng liên tiếp để tỷ lệ chung đạt mục tiêu", "It takes %s more satisfied answers in a row for the overall share to reach the target"),
		p.count(*n.OverallPoint))
	if n.OverallWilson != nil {
		fmt.Fprintf(p.w, p.t(", %s để cận dưới của khoảng 95%% đạt mục tiêu", ", %s for the lower end of its interval"), p.count(*n.OverallWilson))
	}
	fmt.Fprintln(p.w, ".")
}
