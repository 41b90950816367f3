package report

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"hailong/scoring"
	"hailong/scoring/survey"
	"hailong/server"
)

// Figures (số liệu) are what the dashboard shows of a period, and what the
// exports hold: the same documents, so the same numbers.
type Figures struct {
	// Office is the authority; "UBND phường Phù Liễn" where empty.
	Office string
	// Period names the period, as "Quý I/2024"; may be empty.
	Period string
	Made   time.Time
	// Demo marks simulated answers on every sheet.
	Demo   bool
	Survey *survey.Survey

	Total   *server.IndexDocument // of the period, broken down by field
	Without *server.IndexDocument // the same without chứng thực; may be nil
	Trend   *server.IndexDocument // broken down by month; may be nil
	Lanes   *server.IndexDocument // of the period, broken down by lane; may be nil
	// Counters is by counter; may be nil.
	Counters *server.IndexDocument
	// Report holds what only the workbook of a period's report has; may be nil.
	Report *server.PeriodFigures
	// Months lists the months of the trend, 2024-01, so that one without data
	// is seen; where empty, those that Trend has.
	Months []string
	// Mix is the share in the mix of the dossiers, see server.Cube.Reweighted; may be nil.
	Mix *scoring.Weighted
}

// The groups of figures (nhóm), in the order of the exports.
const (
	groupWhole    = "Tổng hợp"
	groupElements = "Theo yếu tố"
	groupMonths   = "Theo tháng"
	groupFields   = "Theo lĩnh vực"
	groupLanes    = "Theo kênh trả lời"
	groupCounters = "Theo quầy"
)

// The indicators (chỉ tiêu).
const (
	measureSatisfied = "Mức độ hài lòng"
	measureIndex     = "Chỉ số hài lòng"
	measureOnTime    = "Giải quyết trước và đúng hạn"
	measureInvited   = "Hồ sơ đã trả có phiếu mời"
	measureAnswered  = "Phiếu trả lời trên hồ sơ đã trả"
)

// The methods (phương pháp), one on every figure.
const (
	methodSatisfied = "Số trả lời Hài lòng và Rất hài lòng chia số có trả lời; khoảng tin cậy Wilson 95%"
	methodMix       = "Mỗi lĩnh vực theo số hồ sơ đã trả; khoảng tin cậy Korn–Graubard 95%"
	methodMean      = "Bình quân tiêu chí trong yếu tố, rồi bình quân yếu tố theo trọng số"
	methodPooled    = "Gộp câu trả lời trong yếu tố, rồi bình quân yếu tố theo trọng số"
	methodOnTime    = "Hồ sơ tiếp nhận trong kỳ, đã giải quyết trước hoặc đúng hạn, chia hồ sơ đã giải quyết; đếm toàn bộ, không có sai số chọn mẫu"
	methodInvited   = "Hồ sơ trả kết quả trong kỳ có phiếu mời, chia hồ sơ trả kết quả trong kỳ"
	methodAnswered  = "Phiếu trả lời có mã, gửi trong kỳ, chia hồ sơ trả kết quả trong kỳ"
)

const (
	noData    = "không có dữ liệu"
	tooSmall  = "không hiển thị"
	demoNote  = "DỮ LIỆU MẪU: câu trả lời được mô phỏng"
	unknown   = "Chưa rõ"
	allFields = "Tất cả lĩnh vực"
	noEasy    = "Không tính Chứng thực"
)

// A figure is one line of the exports.
type figure struct {
	group, name, measure, method string
	from, to                     server.Day
	x, n                         int64
	counted                      bool     // share is x of n; an index and a weighted share are not
	share                        *float64 // nil is no data
	interval                     *scoring.Interval
	target                       float64 // 0 is none
	verdict                      string
	hidden                       bool // too small to be shown: nothing but the name is
}

// office names the authority.
func (f *Figures) office() string { return cmp.Or(f.Office, "UBND phường Phù Liễn") }

// target is the share to be reached.
func (f *Figures) target() float64 {
	if f.Total.Document == nil {
		return f.Survey.Target
	}
	return f.Total.Target
}

// list makes all lines.
func (f *Figures) list() []figure {
	const unit = "Toàn đơn vị"
	out := f.whole(groupWhole, unit, f.Total)
	if f.Without != nil {
		out = append(out, f.whole(groupWhole, noEasy, f.Without)[0])
	}
	if f.Mix != nil {
		out = append(out, figure{group: groupWhole, name: "Theo cơ cấu hồ sơ", measure: measureSatisfied, method: methodMix,
			from: f.Total.From, to: f.Total.To, share: f.Mix.Share, interval: f.Mix.KornGraubard, target: f.target()})
	}
	index := func(share func(*scoring.Document) *float64, method string) {
		g := figure{group: groupWhole, name: unit, measure: measureIndex, method: method, from: f.Total.From, to: f.Total.To, target: f.target(), hidden: f.Total.Hidden}
		if d := f.Total.Document; d != nil && !g.hidden {
			g.share = share(d)
		}
		out = append(out, g)
	}
	index(func(d *scoring.Document) *float64 { return d.IndexMeanOfElements }, methodMean)
	index(func(d *scoring.Document) *float64 { return d.IndexMeanOfElementsPooled }, methodPooled)
	c := f.Total.Coverage
	out = append(out, count(groupWhole, unit, measureInvited, methodInvited, f.Total, c.Invited, c.Returned))
	answered := count(groupWhole, unit, measureAnswered, methodAnswered, f.Total, c.Answers, c.Returned)
	if f.Total.Hidden {
		answered = answered.hide()
	}
	out = append(out, answered)
	out = append(out, f.elements()...)
	out = append(out, f.criteria()...)
	out = append(out, f.months()...)
	out = append(out, f.fields()...)
	out = append(out, f.lanes()...)
	return append(out, f.counters()...)
}

// hide leaves nothing of a figure but what it is about.
func (g figure) hide() figure {
	g.hidden, g.x, g.n, g.share, g.interval, g.verdict = true, 0, 0, nil, nil, ""
	return g
}

// of keeps the lines of a group and an indicator.
func of(list []figure, group, measure string) []figure {
	var out []figure
	for _, g := range list {
		if g.group == group && g.measure == measure {
			out = append(out, g)
		}
	}
	return out
}

// satisfied is the line of the overall question.
func (f *Figures) satisfied(group, name string, d *scoring.Document, from, to server.Day) figure {
	g := figure{group: group, name: name, measure: measureSatisfied, method: methodSatisfied, from: from, to: to, counted: true, target: f.target()}
	if d == nil {
		return g
	}
	it, ok := d.Items.Get(f.Survey.Overall.ID)
	if !ok { // a survey without an overall question
		return g
	}
	g.x, g.n, g.share, g.interval = it.X, it.N, it.Share, it.Wilson
	if it.N > 0 {
		g.verdict = d.Verdict.Text().VI
	}
	return g
}

func (f *Figures) onTime(group, name string, d *server.OnTimeDocument, from, to server.Day) figure {
	g := figure{group: group, name: name, measure: measureOnTime, method: methodOnTime, from: from, to: to, counted: true, target: f.Total.OnTime.Target}
	if d == nil {
		return g
	}
	g.x, g.n, g.share = d.X, d.N, d.Share
	if d.N > 0 {
		g.verdict = d.Verdict.Text().VI
	}
	return g
}

// whole makes the two lines of a whole document. Where too few answered, its
// on-time rate stays: that says nothing of those who did.
func (f *Figures) whole(group, name string, d *server.IndexDocument) []figure {
	satisfied := f.satisfied(group, name, d.Document, d.From, d.To)
	if d.Hidden {
		satisfied = satisfied.hide()
	}
	return []figure{satisfied, f.onTime(group, name, &d.OnTime, d.From, d.To)}
}

func count(group, name, measure, method string, d *server.IndexDocument, x, n int64) figure {
	g := figure{group: group, name: name, measure: measure, method: method, from: d.From, to: d.To, counted: true, x: x, n: n}
	if n > 0 {
		share := float64(x) / float64(n)
		g.share = &share
	}
	return g
}

func (f *Figures) elements() []figure {
	var out []figure
	for _, el := range f.Survey.Elements {
		for _, c := range el.Criteria {
			g := figure{group: groupElements, name: c.Text.VI, measure: measureSatisfied, method: methodSatisfied, from: f.Total.From, to: f.Total.To,
				counted: true, target: f.target(), hidden: f.Total.Hidden}
			if d := f.Total.Document; d != nil && !g.hidden {
				it, ok := d.Items.Get(c.ID)
				g.hidden = !ok // too few answered it
				g.x, g.n, g.share, g.interval = it.X, it.N, it.Share, it.Wilson
				if it.N > 0 {
					v, _ := scoring.Explain(it.X, it.N, f.target())
					g.verdict = v.Text().VI
				}
			}
			out = append(out, g)
		}
	}
	return out
}

// part makes the two lines of a part.
func (f *Figures) part(group, name string, p *server.IndexPart, from, to server.Day) []figure {
	if p == nil {
		p = &server.IndexPart{}
	}
	out := []figure{f.satisfied(group, name, p.Document, from, to), f.onTime(group, name, p.OnTime, from, to)}
	if p.Hidden {
		for i := range out {
			out[i] = out[i].hide()
		}
	}
	return out
}

// months gives each month its days within the trend.
func (f *Figures) months() []figure {
	if f.Trend == nil {
		return nil
	}
	months := f.Months
	if len(months) == 0 {
		for _, p := range f.Trend.Parts {
			months = append(months, p.Key[server.ByMonth])
		}
	}
	var out []figure
	for _, m := range months {
		from := server.Day(m + "-01")
		to := server.DayOf(from.Time().AddDate(0, 1, -1))
		out = append(out, f.part(groupMonths, m, find(f.Trend, server.ByMonth, m), max(from, f.Trend.From), min(to, f.Trend.To))...)
	}
	return out
}

func find(d *server.IndexDocument, by server.Dimension, key string) *server.IndexPart {
	i := slices.IndexFunc(d.Parts, func(p server.IndexPart) bool { return p.Key[by] == key })
	if i < 0 {
		return nil
	}
	return &d.Parts[i]
}

// fields lists the whole, the whole without chứng thực and every field, most
// answers first.
func (f *Figures) fields() []figure {
	out := f.whole(groupFields, allFields, f.Total)
	if f.Without != nil {
		out = append(out, f.whole(groupFields, noEasy, f.Without)...)
	}
	var parts [][]figure
	for i := range f.Total.Parts {
		p := &f.Total.Parts[i]
		parts = append(parts, f.part(groupFields, cmp.Or(p.Key[server.ByField], unknown), p, f.Total.From, f.Total.To))
	}
	slices.SortStableFunc(parts, func(a, b []figure) int { return cmp.Compare(b[0].n, a[0].n) })
	return append(out, slices.Concat(parts...)...)
}

// lanes lists the lanes; dossiers have none, so there is no on-time rate.
func (f *Figures) lanes() []figure {
	if f.Lanes == nil {
		return nil
	}
	var out []figure
	for i := range f.Lanes.Parts {
		p := &f.Lanes.Parts[i]
		out = append(out, f.part(groupLanes, server.Lane(p.Key[server.ByLane]).String(), p, f.Lanes.From, f.Lanes.To)[0])
	}
	return out
}

// counters lists the counters (quầy).
func (f *Figures) counters() []figure {
	if f.Counters == nil {
		return nil
	}
	var out []figure
	for i := range f.Counters.Parts {
		p := &f.Counters.Parts[i]
		out = append(out, f.part(groupCounters, cmp.Or(p.Key[server.ByCounter], unknown), p, f.Counters.From, f.Counters.To)...)
	}
	return out
}

// monthName turns 2024-01 into 01/2024.
func monthName(m string) string {
	year, month, ok := strings.Cut(m, "-")
	if !ok {
		return m
	}
	return month + "/" + year
}
