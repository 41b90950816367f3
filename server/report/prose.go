package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"hailong/scoring"
	"hailong/server"
)

// A writer writes the report's sentences from its figures.
type writer struct {
	r    *server.PeriodReport
	fig  *Figures
	list []figure
	demo bool
	// paint says that pictures are drawn, not only named.
	paint bool
	// tables and pictures counts those written so far.
	tables, pictures int
}

// tableCaption and pictureCaption number tables and pictures as they come.
func (w *writer) tableCaption(text string) paragraph {
	w.tables++
	return caption("Bảng " + strconv.Itoa(w.tables) + ". " + text)
}

func (w *writer) pictureCaption(text string) paragraph {
	w.pictures++
	c := caption("Hình " + strconv.Itoa(w.pictures) + ". " + text)
	c.keep = false
	return c
}

// whole counts in groups of three.
func whole(n int64) string { return scoring.CountText(n, "vi") }

// rate writes a share with two decimals. It rounds, but never across the
// target, never up to 100 % and never down to 0 %.
func rate(share, target float64) string {
	v := share * 1e4
	r := math.Round(v)
	for _, mark := range [...]float64{0, target * 1e4, 1e4} {
		switch {
		case v < mark-1e-7 && r >= mark-1e-7:
			r = math.Floor(v)
		case v > mark+1e-7 && r <= mark+1e-7:
			r = math.Ceil(v)
		}
	}
	return strings.Replace(strconv.FormatFloat(r/100, 'f', 2, 64), ".", ",", 1) + "%"
}

// points writes a difference of shares.
func points(d float64) string {
	s := strconv.FormatFloat(math.Abs(d)*100, 'f', 2, 64)
	return strings.Replace(s, ".", ",", 1)
}

func (g figure) rate() string {
	switch {
	case g.hidden:
		return tooSmall
	case g.share == nil:
		return noData
	}
	return rate(*g.share, g.target)
}

// counts writes x/n; of nothing there is no fraction.
func (g figure) counts() string {
	if g.hidden || g.n == 0 {
		return "–"
	}
	return whole(g.x) + "/" + whole(g.n)
}

func (g figure) range95() string {
	if g.interval == nil {
		return "–"
	}
	return rate(g.interval.Lo, g.target) + " – " + rate(g.interval.Hi, g.target)
}

// one is the line of a group, an indicator and a name.
func (w *writer) one(group, measure, name string) figure {
	for _, g := range of(w.list, group, measure) {
		if g.name == name {
			return g
		}
	}
	return figure{target: w.fig.target()}
}

// body writes sections I to V.
func (w *writer) body(c charts) []block {
	r := w.r
	days := "Số liệu tính từ ngày " + r.Figures.From.VI() + " đến ngày " + r.Figures.To.VI() + "."
	switch {
	case r.Closed != nil:
		days += " Số liệu đã chốt lúc " + r.Closed.At.In(server.Zone).Format("15:04") + " ngày " + server.DayOf(r.Closed.At).VI() + ", người chốt: " + r.Closed.By + "."
	case r.Figures.To < r.Period.To:
		days += " Kỳ báo cáo chưa kết thúc, số liệu chưa chốt."
	default:
		days += " Số liệu chưa chốt."
	}
	out := []block{say("Thực hiện " + r.Profile.Plan + ", " + r.Profile.Name + " báo cáo kết quả đo lường sự hài lòng của người dân, doanh nghiệp và tình hình giải quyết thủ tục hành chính (TTHC) " + r.Period.Name() + " như sau:"), say(days)}
	if w.demo {
		out = append(out, paragraph{runs: []run{{text: "DỮ LIỆU MẪU: các câu trả lời trong báo cáo này được mô phỏng, không phải ý kiến thật.", bold: true}}})
	}
	out = append(out, heading{1, "I. KẾT QUẢ SO VỚI CHỈ TIÊU"})
	out = append(out, w.targets()...)
	out = append(out, heading{1, "II. PHÂN TÍCH KẾT QUẢ"})
	n := 0
	section := func(title string, blocks []block) {
		n++
		out = append(out, heading{2, strconv.Itoa(n) + ". " + title})
		out = append(out, blocks...)
	}
	section("Theo yếu tố", w.elements(c))
	if c, _ := w.fig.fullForm(); c != nil {
		section("Theo tiêu chí", w.criteria(c, criteriaAnnex))
	}
	section("Theo lĩnh vực", w.fields())
	section("Xu hướng", w.trend(c))
	section("Hồ sơ quá hạn", w.late())
	if r.Figures.Complaints != nil {
		section("Phản ánh, kiến nghị và việc xử lý", w.complaints(*r.Figures.Complaints))
	}
	section("Tỷ lệ trả lời và phạm vi kết luận", w.response())
	if blocks := w.amendment(); len(blocks) > 0 {
		section("Số liệu bổ sung và lịch sử chốt kỳ", blocks)
	}
	for _, part := range []struct{ title, text, none string }{
		{"III. NGUYÊN NHÂN CỦA TỒN TẠI, HẠN CHẾ", r.Texts.Causes, "Chưa có nội dung."},
		{"IV. GIẢI PHÁP KHẮC PHỤC", r.Texts.Measures, "Chưa có nội dung."},
		{"V. KIẾN NGHỊ, ĐỀ XUẤT", r.Texts.Proposals, "Không có kiến nghị, đề xuất."},
	} {
		out = append(out, heading{1, part.title})
		for _, line := range strings.Split(cmp.Or(part.text, part.none), "\n") {
			if line = strings.TrimSpace(line); line != "" {
				out = append(out, say(line))
			}
		}
	}
	return append(out, say("Trên đây là báo cáo kết quả đo lường sự hài lòng và tình hình giải quyết TTHC "+r.Period.Name()+" của "+r.Profile.Name+"./."))
}

const unitWhole = "Toàn đơn vị"

// targets judges both targets of the plan.
func (w *writer) targets() []block {
	s, on := w.one(groupWhole, measureSatisfied, unitWhole), w.one(groupWhole, measureOnTime, unitWhole)
	satisfied := "Trong kỳ không có câu trả lời nào, không có dữ liệu để kết luận so với chỉ tiêu " + percent(s.target) + " trở lên."
	switch {
	case s.hidden:
		satisfied = "Số câu trả lời quá ít để nêu tỷ lệ mà không lộ ý kiến của người trả lời; chưa đủ cơ sở kết luận so với chỉ tiêu " + percent(s.target) + " trở lên."
	case s.n > 0:
		_, reason := scoring.Explain(s.x, s.n, s.target)
		satisfied = fmt.Sprintf("%s/%s người trả lời hài lòng hoặc rất hài lòng với việc giải quyết hồ sơ, đạt tỷ lệ %s (khoảng tin cậy 95%%: %s). Chỉ tiêu: %s trở lên. Kết luận: %s. %s",
			whole(s.x), whole(s.n), s.rate(), s.range95(), percent(s.target), lower(s.verdict), reason.VI)
	}
	c := w.r.Figures.Total.OnTime.DossierCounts
	onTime := "Trong kỳ không có hồ sơ nào được tiếp nhận, không có dữ liệu."
	switch {
	case c.Received > 0 && on.n == 0:
		onTime = "Tiếp nhận " + whole(c.Received) + " hồ sơ; chưa có hồ sơ nào giải quyết xong, không có dữ liệu để kết luận."
	case on.n > 0:
		onTime = fmt.Sprintf("Tiếp nhận %s hồ sơ; đã giải quyết %s hồ sơ, trong đó trước và đúng hạn %s hồ sơ, đạt tỷ lệ %s. Chỉ tiêu: trên %s. Kết luận: %s. Hồ sơ đang giải quyết còn hạn: %s; đang giải quyết đã quá hạn: %s; từ chối, rút, dừng (không tính): %s.",
			whole(c.Received), whole(on.n), whole(on.x), on.rate(), percent(on.target), lower(on.verdict), whole(c.Open), whole(c.OpenOverdue), whole(c.NotCounted))
	}
	t := table{columns: []column{{"Chỉ tiêu", 34, false}, {"Mục tiêu", 15, false}, {"Số đạt / tổng số", 18, true}, {"Tỷ lệ", 14, true}, {"Kết luận", 19, false}}}
	for _, g := range []struct {
		name, goal string
		f          figure
	}{{"Mức độ hài lòng về giải quyết TTHC", percent(s.target) + " trở lên", s}, {"Hồ sơ giải quyết trước và đúng hạn", "trên " + percent(on.target), on}} {
		row := []string{g.name, g.goal, g.f.counts(), g.f.rate(), cmp.Or(g.f.verdict, noData)}
		if g.f.hidden {
			row[4] = scoring.TooEarly.Text().VI
		}
		t.rows = append(t.rows, row)
	}
	return []block{led("1. Mức độ hài lòng:", satisfied), led("2. Giải quyết trước và đúng hạn:", onTime), w.tableCaption("Kết quả so với hai chỉ tiêu của kế hoạch"), t}
}

// lower writes a name as it stands within a sentence.
func lower(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToLower(r)) + s[n:]
}

func shareTable(head string, list []figure, strong int) table {
	t := table{columns: []column{{head, 26, false}, {"Hài lòng / trả lời", 14, true}, {"Tỷ lệ", 17, true}, {"Khoảng tin cậy 95%", 23, true}, {"Kết luận", 20, false}}, strong: strong}
	for _, g := range list {
		t.rows = append(t.rows, []string{g.name, g.counts(), g.rate(), g.range95(), cmp.Or(g.verdict, "–")})
	}
	return t
}

func (w *writer) elements(c charts) []block {
	list := slices.Clone(of(w.list, groupElements, measureSatisfied))
	for i := range list {
		list[i].name, _, _ = strings.Cut(list[i].name, " (")
	}
	var low, high *figure
	for i := range list {
		if g := &list[i]; g.share != nil {
			if low == nil || *g.share < *low.share {
				low = g
			}
			if high == nil || *g.share > *high.share {
				high = g
			}
		}
	}
	text := "Không có dữ liệu theo yếu tố."
	if w.r.Figures.Total.Hidden {
		text = "Số câu trả lời quá ít để nêu kết quả theo yếu tố."
	}
	if low != nil && low != high {
		text = fmt.Sprintf("Yếu tố được đánh giá cao nhất là %s (%s/%s, %s); thấp nhất là %s (%s/%s, %s).", lower(high.name), whole(high.x), whole(high.n), high.rate(), lower(low.name), whole(low.x), whole(low.n), low.rate())
	} else if low != nil {
		text = "Các yếu tố có dữ liệu có cùng tỷ lệ hài lòng " + low.rate() + "."
	}
	for _, g := range of(w.list, groupWhole, measureIndex) {
		if g.share != nil && g.method == methodMean {
			text += " Chỉ số hài lòng tính theo bình quân các yếu tố là " + g.rate() + "; đây là chỉ số của đơn vị, không phải SIPAS do Bộ Nội vụ công bố."
		}
	}
	out := []block{say(text), w.tableCaption("Mức độ hài lòng theo yếu tố"), shareTable("Yếu tố", list, 0)}
	if c.elements.alt != "" {
		out = append(out, c.elements, w.pictureCaption("Tỷ lệ hài lòng theo yếu tố, khoảng tin cậy 95% và mục tiêu"))
	}
	return out
}

func (w *writer) fields() []block {
	list := of(w.list, groupFields, measureSatisfied)
	out := []block{say("Chứng thực chiếm phần lớn số hồ sơ và thường được đánh giá cao, nên kết quả được nêu cả khi tính và khi không tính lĩnh vực này.")}
	if g := w.one(groupWhole, measureSatisfied, noEasy); g.n > 0 {
		out = append(out, say("Không tính Chứng thực, "+whole(g.x)+"/"+whole(g.n)+" người trả lời hài lòng, đạt "+g.rate()+" (khoảng tin cậy 95%: "+g.range95()+"); kết luận: "+lower(g.verdict)+"."))
	}
	if m := w.one(groupWhole, measureSatisfied, "Theo cơ cấu hồ sơ"); m.share != nil {
		out = append(out, say("Tính theo cơ cấu hồ sơ đã trả (mỗi lĩnh vực theo số hồ sơ của mình), mức độ hài lòng ước tính là "+m.rate()+" (khoảng tin cậy 95%: "+m.range95()+")."))
	}
	return append(out, w.tableCaption("Mức độ hài lòng theo lĩnh vực"), shareTable("Lĩnh vực", list, 1))
}

func (w *writer) trend(c charts) []block {
	f := w.r.Figures
	s, on := w.one(groupWhole, measureSatisfied, unitWhole), w.one(groupWhole, measureOnTime, unitWhole)
	var out []block
	before := func(lead string, o *server.Comparison) {
		if o == nil {
			out = append(out, say(lead+": chưa có số liệu để so sánh."))
			return
		}
		text := lead + " (" + o.Name() + ", từ " + o.From.VI() + " đến " + o.To.VI() + "): mức độ hài lòng " + w.change(s, o.X, o.N, "phiếu") + "; giải quyết trước và đúng hạn " + w.change(on, o.OnTime, o.Closed, "hồ sơ") + "."
		out = append(out, say(text))
	}
	before("So với kỳ trước", f.Before)
	if len(w.r.Period.ID) > 4 { // of a year they are the same
		before("So với cùng kỳ năm trước", f.YearBefore)
	}
	if c.trend.alt != "" {
		out = append(out, c.trend, w.pictureCaption("Mức độ hài lòng theo tháng, dải mờ là khoảng tin cậy 95%, đường đứt là mục tiêu"))
	}
	return out
}

// change compares a figure with x of n of another period. On-time rates count
// every dossier, but are compared as if chance had a hand in them too.
func (w *writer) change(g figure, x, n int64, noun string) string {
	if n == 0 || g.n == 0 {
		return "chưa đủ số liệu để so sánh"
	}
	then := fmt.Sprintf("kỳ đó %s (%s/%s %s)", rate(float64(x)/float64(n), g.target), whole(x), whole(n), noun)
	d := scoring.NewDifference(g.x, g.n, x, n)
	word := "tăng"
	if d.Points < 0 {
		word = "giảm"
	}
	chance := "chênh lệch nằm trong phạm vi ngẫu nhiên"
	if d.Beyond() {
		chance = "chênh lệch vượt phạm vi ngẫu nhiên"
	}
	if g.x*n == x*g.n {
		return then + ", không thay đổi"
	}
	sign := func(v float64) string {
		if v < 0 {
			return "−" + points(v)
		}
		return "+" + points(v)
	}
	return fmt.Sprintf("%s, nay %s %s điểm phần trăm (khoảng tin cậy 95%% của chênh lệch: %s đến %s), %s", then, word, points(d.Points), sign(d.Interval.Lo), sign(d.Interval.Hi), chance)
}

// response says how many answered and what that allows to say.
func (w *writer) response() []block {
	c := w.r.Figures.Total.Coverage
	s := w.one(groupWhole, measureSatisfied, unitWhole)
	if w.r.Figures.Total.Hidden {
		return []block{say("Trả kết quả " + whole(c.Returned) + " hồ sơ, " + whole(c.Invited) + " hồ sơ có phiếu mời (chưa có phiếu: " + whole(c.Uninvited) + "). Số câu trả lời dưới mức được công bố.")}
	}
	if c.Returned == 0 {
		text := "Trong kỳ không có hồ sơ trả kết quả, không tính được tỷ lệ trả lời."
		if s.n > 0 {
			text += " Kết quả là ý kiến của " + whole(s.n) + " người đã trả lời, không đại diện cho toàn bộ hồ sơ."
		}
		return []block{say(text)}
	}
	out := []block{say(fmt.Sprintf("Trả kết quả %s hồ sơ, %s hồ sơ có phiếu mời (chưa có phiếu: %s). Có %s phiếu trả lời gắn với mã trên phiếu mời, bằng %s số hồ sơ đã trả.",
		whole(c.Returned), whole(c.Invited), whole(c.Uninvited), whole(c.Answers), rate(float64(c.Answers)/float64(c.Returned), 0)))}
	if n := w.r.Figures.Complete; n != nil && c.Answers > 0 {
		out = append(out, say(fmt.Sprintf("Trong các phiếu đó, %s phiếu trả lời đủ các câu, bằng %s.", whole(*n), rate(float64(*n)/float64(c.Answers), 0))))
	}
	switch {
	case s.n == 0:
		out = append(out, say("Không có người trả lời, chưa thể nói gì về mức độ hài lòng."))
	case s.n < scoring.MinAnswers:
		out = append(out, say("Mới có "+whole(s.n)+" người trả lời, dưới mức tối thiểu "+whole(scoring.MinAnswers)+" để kết luận."))
	case s.n <= c.Returned:
		silent := c.Returned - s.n
		lo, hi := float64(s.x)/float64(c.Returned), float64(s.x+silent)/float64(c.Returned)
		out = append(out, say(fmt.Sprintf("Khoảng tin cậy nói về sai số ngẫu nhiên của những người đã trả lời. %s trường hợp còn lại không trả lời: nếu không ai trong số họ hài lòng, tỷ lệ chung là %s; nếu tất cả đều hài lòng, là %s. Kết quả không loại trừ khả năng người không trả lời có ý kiến khác.",
			whole(silent), rate(lo, s.target), rate(hi, s.target))))
	default:
		out = append(out, say("Số câu trả lời nhiều hơn số hồ sơ đã trả trong kỳ: một phần thuộc hồ sơ kỳ trước hoặc không gắn với hồ sơ."))
	}
	if lanes := of(w.list, groupLanes, measureSatisfied); len(lanes) > 0 {
		out = append(out, w.tableCaption("Mức độ hài lòng theo kênh trả lời"), shareTable("Kênh trả lời", lanes, 0))
	}
	return out
}

// amendment says what has changed since the close, and what happened to the period.
func (w *writer) amendment() []block {
	var out []block
	all := slices.Clone(w.r.Amendments)
	if w.r.Amendment != nil {
		all = append(all, *w.r.Amendment)
	}
	for _, a := range all {
		t := table{columns: []column{{"Chỉ tiêu", 37, false}, {"Số đã chốt", 21, true}, {"Đến ngày " + a.AsOf.VI(), 21, true}, {"Chênh lệch (tử số/mẫu số)", 21, true}}}
		row := func(name string, x0, n0, x1, n1 int64, target float64) {
			cell := func(x, n int64) string {
				if n == 0 {
					return noData
				}
				return whole(x) + "/" + whole(n) + " (" + rate(float64(x)/float64(n), target) + ")"
			}
			t.rows = append(t.rows, []string{name, cell(x0, n0), cell(x1, n1), signed(x1-x0) + "/" + signed(n1-n0)})
		}
		if a.Hidden {
			t.rows = append(t.rows, []string{"Mức độ hài lòng", "như đã chốt", tooSmall, "quá ít phiếu đến sau"})
		} else {
			row("Mức độ hài lòng", a.Frozen.X, a.Frozen.N, a.Now.X, a.Now.N, w.fig.target())
		}
		row("Giải quyết trước và đúng hạn", a.Frozen.OnTime.X, a.Frozen.OnTime.N, a.Now.OnTime.X, a.Now.OnTime.N, a.Now.OnTime.Target)
		who := "chưa ghi nhận."
		if a.By != "" {
			who = "người ghi nhận: " + a.By + "."
		}
		out = append(out, say("Số liệu bổ sung đến ngày "+a.AsOf.VI()+": trong chính các ngày của kỳ đã có thay đổi sau khi chốt, "+signed(a.Answers)+" câu trả lời; "+who+" Số liệu ở các phần khác của báo cáo vẫn là số đã chốt."), w.tableCaption("Số liệu bổ sung, tính đến ngày "+a.AsOf.VI()), t)
	}
	reopened := slices.ContainsFunc(w.r.History, func(c server.Closing) bool { return c.Kind == server.KindReopen })
	if !reopened {
		return out
	}
	for _, c := range w.r.History {
		out = append(out, say("- "+closingText(c)))
	}
	return out
}

// closingText says in a sentence what was done to a period.
func closingText(c server.Closing) string {
	day := "ngày " + server.DayOf(c.At).VI() + ", " + c.By + "."
	switch c.Kind {
	case server.KindReopen:
		return "Mở lại kỳ: " + day + " Lý do: " + strings.TrimRight(c.Reason, ". ") + "."
	case server.KindAmend:
		return "Ghi số liệu bổ sung: " + day
	default:
		return "Chốt kỳ (mục " + strconv.Itoa(c.Number) + " trong lịch sử): " + day
	}
}

func signed(n int64) string {
	switch {
	case n > 0:
		return "+" + whole(n)
	case n < 0:
		return "−" + whole(-n)
	}
	return "0"
}
