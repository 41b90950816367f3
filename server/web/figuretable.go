package web

import (
	"cmp"
	"slices"

	"hailong/scoring"
	"hailong/server"
)

// A figureTable is a table with a chart in one of its columns: every figure
// can be read, and the eye compares the marks.
type figureTable struct {
	ID       string
	Title    string
	Sentence string
	Method   string // which method, see methods
	Head     string // what the rows are
	Axis     rangeAxis
	Rows     []figureRow
	Dossiers bool // has the columns about dossiers
	Notes    []string
	Has      bool
}

// A figureRow is one line of a figure table.
type figureRow struct {
	Name     string
	Kind     string // all, without, mix, sure, part
	Returned string
	Answers  string
	Share    string
	Of       string
	Interval string
	Axis     rangeAxis
	Mark     rangeMark
	Verdict  verdictView
	Thin     bool // too few answers to say much
	Hidden   bool // too small to be shown
	OnTime   string
	OnTimeOf string
	Late     bool // misses the on-time target
}

// A figure is the input of a row.
type figure struct {
	name, kind string
	item       scoring.Item
	verdict    scoring.Verdict
	onTime     *server.OnTimeDocument
	coverage   *server.Coverage
	interval   *scoring.Interval // instead of the item's Wilson
	hidden     bool
	unknown    bool // the part of what is not known
}

// newFigureTable puts figures on one axis.
func newFigureTable(id, title, head string, target float64, figs []figure) figureTable {
	t := figureTable{ID: id, Title: title, Head: head}
	low, thin := []float64{target}, []float64{target}
	for i, f := range figs {
		if f.interval == nil {
			figs[i].interval = f.item.Wilson
		}
		if f.item.Share == nil {
			continue
		}
		t.Has = true
		thin = append(thin, *f.item.Share)
		if w := figs[i].interval; w != nil && f.item.N >= scoring.MinAnswers {
			low = append(low, *f.item.Share, w.Lo)
		}
	}
	if len(low) == 1 { // all are thin; else they do not stretch the axis
		low = thin
	}
	a := newAxis(low...)
	t.Axis = newRangeAxis(a, target)
	for _, f := range figs {
		row := newFigureRow(a, f, target)
		row.Axis = t.Axis
		t.Rows = append(t.Rows, row)
	}
	return t
}

func newFigureRow(a axis, f figure, target float64) figureRow {
	r := figureRow{
		Name: f.name, Kind: f.kind, Hidden: f.hidden, Answers: countText(f.item.N), Share: shareText(f.item.Share, 1, target),
		Verdict: newVerdictView(f.verdict, f.item.N), Thin: f.item.N > 0 && f.item.N < scoring.MinAnswers,
		Returned: "–", OnTime: "–",
	}
	if f.hidden {
		r.Thin = false
		r.Answers, r.Share, r.Verdict = "–", "không hiển thị", verdictView{"none", "Quá ít phiếu"}
		return r
	}
	if f.item.N > 0 && f.kind != "mix" {
		r.Of = countText(f.item.X) + "/" + countText(f.item.N)
	}
	r.Interval = intervalText(f.interval)
	tone := r.Verdict.Tone
	if r.Thin {
		tone = "thin"
	}
	r.Mark = newRangeMark(a, f.item.Share, f.interval, tone, "")
	if f.coverage != nil {
		r.Returned = countText(f.coverage.Returned)
	}
	if f.onTime != nil && f.onTime.Share != nil {
		r.OnTime = percentText(*f.onTime.Share, 1, f.onTime.Target)
		r.OnTimeOf = countText(f.onTime.X) + "/" + countText(f.onTime.N)
		r.Late = f.onTime.Verdict == scoring.NotMet
	}
	return r
}

// partFigures turns the parts of a document into figures, most answers first.
func (s *Site) partFigures(d *server.IndexDocument, by server.Dimension, name func(string) string) []figure {
	out := make([]figure, 0, len(d.Parts))
	for _, p := range d.Parts {
		f := figure{name: name(p.Key[by]), kind: "part", hidden: p.Hidden, unknown: p.Key[by] == "", onTime: p.OnTime, coverage: p.Coverage}
		if p.Document != nil {
			f.item, f.verdict = s.overall(p.Document), p.Document.Verdict
		}
		out = append(out, f)
	}
	server.SortByName(out, func(f figure) string { return f.name })
	slices.SortStableFunc(out, func(a, b figure) int {
		if a.unknown != b.unknown { // what is not known comes last
			return map[bool]int{true: 1, false: -1}[a.unknown]
		}
		if c := cmp.Compare(b.item.N, a.item.N); c != 0 {
			return c
		}
		return cmp.Compare(returned(b), returned(a))
	})
	return out
}

func returned(f figure) int64 {
	if f.coverage == nil {
		return 0
	}
	return f.coverage.Returned
}

// fieldTable compares fields, under the totals with and without chứng thực and
// in the mix of the dossiers.
func (s *Site) fieldTable(fig *figures) figureTable {
	whole := func(name, kind string, d *server.IndexDocument) figure {
		return figure{name: name, kind: kind, item: s.overall(d.Document), verdict: d.Verdict, onTime: &d.OnTime, coverage: &d.Coverage, hidden: d.Hidden}
	}
	all, without := whole("Tất cả lĩnh vực", "all", fig.total), whole("Không tính Chứng thực", "without", fig.without)
	figs := []figure{all, without}
	if fig.mix != nil && fig.mix.Share != nil {
		figs = append(figs, mixFigure(fig.mix))
	}
	parts := s.partFigures(fig.total, server.ByField, fieldName)
	t := newFigureTable("fields", "Theo lĩnh vực", "Lĩnh vực", fig.total.Target, append(figs, parts...))
	t.Dossiers, t.Method = true, "co-cau"
	if t.Has {
		t.Sentence = fieldSentence(all, without, parts)
	} else {
		t.Sentence = "Không có dữ liệu trong kỳ này."
	}
	t.Notes = append(t.Notes, "Theo cơ cấu hồ sơ: mỗi lĩnh vực được tính theo số hồ sơ đã trả, không theo số phiếu thu được.")
	if fig.missing > 0 {
		t.Notes = append(t.Notes, countText(fig.missing)+" hồ sơ đã trả thuộc lĩnh vực chưa có phiếu nào, nên không có trong dòng này.")
	}
	return t
}

// mixFigure is the re-weighted share as a figure.
func mixFigure(w *scoring.Weighted) figure {
	return figure{name: "Theo cơ cấu hồ sơ", kind: "mix", item: scoring.Item{X: w.X, N: w.N, Share: w.Share}, interval: w.KornGraubard}
}

func fieldName(field string) string {
	if field == "" {
		return "Phiếu không gắn với hồ sơ"
	}
	return field
}

// fieldSentence says where it is lowest and what chứng thực does to the total.
func fieldSentence(all, without figure, parts []figure) string {
	text := ""
	if low, ok := lowest(parts); ok {
		text = lowestText(low)
	} else {
		text = "Chưa lĩnh vực nào đủ " + countText(scoring.MinAnswers) + " phiếu để so sánh."
	}
	if all.item.Share != nil && without.item.Share != nil && without.item.N < all.item.N {
		text += " Không tính Chứng thực: " + percentText(*without.item.Share, 1)
		switch d := *without.item.Share - *all.item.Share; {
		case d <= -0.0005:
			text += ", thấp hơn chung " + pointsText(d) + " điểm."
		case d >= 0.0005:
			text += ", cao hơn chung " + pointsText(d) + " điểm."
		default:
			text += ", bằng mức chung."
		}
	}
	return text
}

// lowest finds the lowest share among figures with enough answers.
func lowest(figs []figure) (figure, bool) {
	var low figure
	found := false
	for _, f := range figs {
		if f.item.Share != nil && f.item.N >= scoring.MinAnswers && (!found || *f.item.Share < *low.item.Share) {
			low, found = f, true
		}
	}
	return low, found
}

// lowestText says which figure is the lowest, with numerator and denominator.
func lowestText(f figure) string {
	return "Thấp nhất: " + f.name + " " + percentText(*f.item.Share, 1) + " (" + countText(f.item.X) + "/" + countText(f.item.N) + " phiếu)."
}

// elementTable compares the five elements.
func (s *Site) elementTable(fig *figures) figureTable {
	var figs []figure
	target := fig.total.Target
	for _, el := range s.svc.Survey().Elements {
		if len(el.Criteria) != 1 {
			continue // the short survey asks one question per element
		}
		it, ok := fig.total.Items.Get(el.Criteria[0].ID)
		if !ok {
			continue
		}
		v, _ := scoring.Explain(it.X, it.N, target)
		figs = append(figs, figure{name: el.Text.VI, kind: "part", item: it, verdict: v})
	}
	t := newFigureTable("elements", "Năm yếu tố", "Yếu tố", target, figs)
	t.Method, t.Sentence = "wilson", nothingHere
	if low, ok := lowest(figs); ok {
		t.Sentence = lowestText(low)
	} else if t.Has {
		t.Sentence = "Chưa yếu tố nào đủ " + countText(scoring.MinAnswers) + " câu trả lời để so sánh."
	}
	return t
}

// laneTable puts the lanes side by side: how sure the origin of an answer is.
// Above them stand all lanes, which is the headline, and those whose answers
// came with a slip's code, as far as none of their parts is hidden.
func (s *Site) laneTable(fig *figures) figureTable {
	figs := s.partFigures(fig.lanes, server.ByLane, func(lane string) string { return server.Lane(lane).String() })
	figs = slices.DeleteFunc(figs, func(f figure) bool { return f.item.N == 0 && !f.hidden })
	target := fig.total.Target
	all := figure{name: "Mọi kênh (số chính)", kind: "all", item: s.overall(fig.total.Document), verdict: fig.total.Verdict, hidden: fig.total.Hidden}
	above := []figure{all}
	var x, n int64
	whole := !fig.total.Hidden && !fig.lanes.Hidden
	for _, p := range fig.lanes.Parts {
		whole = whole && !p.Hidden
		if lane := server.Lane(p.Key[server.ByLane]); p.Document != nil && lane.Verified() {
			it := s.overall(p.Document)
			x, n = x+it.X, n+it.N
		}
	}
	sentence := nothingHere
	switch {
	case whole:
		above = append(above, countFigure("Kênh xác thực (phiếu có mã)", "sure", x, n, target))
		sentence = laneSentence(all.item.X, all.item.N, x, n)
	case all.item.N > 0:
		sentence = "Có kênh quá ít phiếu nên không so sánh được."
	}
	t := newFigureTable("lanes", "Theo kênh trả lời", "Kênh", target, append(above, figs...))
	t.Method, t.Sentence = "kenh", sentence
	t.Notes = []string{"Số chính tính mọi kênh; khi kênh xác thực khác số chính ngoài sai số thì tin kênh xác thực."}
	return t
}

// countFigure is a figure of bare counts.
func countFigure(name, kind string, x, n int64, target float64) figure {
	f := figure{name: name, kind: kind, item: scoring.Item{X: x, N: n}}
	if w, ok := scoring.Wilson(x, n); ok {
		share := float64(x) / float64(n)
		f.item.Share, f.item.Wilson = &share, &w
	}
	f.verdict, _ = scoring.Explain(x, n, target)
	return f
}
