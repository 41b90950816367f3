package web

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"hailong/scoring"
	"hailong/server"
)

// The sentences: one beside every chart, in Vietnamese, that says what it shows
// now. They are functions of the figures alone. None of them says 0 % or 100 %
// of nothing, and none says "rises" or "falls" of what chance can explain.

// nothingHere is what a chart of no answers says.
const nothingHere = "Không có dữ liệu trong kỳ này."

// waitingSentence says how much waits.
func waitingSentence(items []waitingItem) string {
	late := 0
	for _, i := range items {
		if i.Tone == "not_met" {
			late++
		}
	}
	switch {
	case len(items) == 0:
		return "Không có việc nào đang chờ."
	case late > 0:
		return countText(int64(late)) + " việc đã quá hạn hoặc cần làm ngay."
	}
	return countText(int64(len(items))) + " việc sắp đến hạn."
}

// changeSentence says what moved since the period before, and why.
func changeSentence(c compared, split scoring.Split) string {
	d := scoring.NewDifference(c.x1, c.n1, c.x0, c.n0)
	switch {
	case c.n1 == 0:
		return nothingHere
	case d == nil || split.Mix == nil || split.Rate == nil:
		return "Không có phiếu ở kỳ trước để so sánh."
	case c.n0 < scoring.MinAnswers || c.n1 < scoring.MinAnswers:
		return "Một trong hai kỳ có dưới " + countText(scoring.MinAnswers) + " phiếu: chưa so sánh được."
	case !d.Beyond():
		return "Thay đổi " + signedPoints(d.Points) + " điểm còn nằm trong sai số: chưa thể nói là tăng hay giảm."
	}
	word := "Tăng "
	if d.Points < 0 {
		word = "Giảm "
	}
	return word + pointsText(d.Points) + " điểm: do mức hài lòng trong từng lĩnh vực " + signedPoints(*split.Rate) + ", do cơ cấu hồ sơ " + signedPoints(*split.Mix) + "."
}

// laneSentence compares answers with a slip's code, whose origin is sure, with
// the others.
func laneSentence(x, n, sureX, sureN int64) string {
	if n == 0 {
		return nothingHere
	}
	text := percentText(float64(sureN)/float64(n), 1) + " số phiếu có mã riêng của hồ sơ đã trả, mỗi mã dùng một lần."
	restX, restN := x-sureX, n-sureN
	d := scoring.NewDifference(restX, restN, sureX, sureN)
	switch {
	case restN == 0 || d == nil:
		return text
	case restN < scoring.MinAnswers || sureN < scoring.MinAnswers:
		return text + " Chưa đủ phiếu ở cả hai bên để so sánh kênh xác thực với kênh khác."
	case !d.Beyond():
		return text + " Kênh khác không lệch kênh xác thực quá sai số."
	}
	word := " cao hơn "
	if d.Points < 0 {
		word = " thấp hơn "
	}
	return text + " Kênh khác" + word + "kênh xác thực " + pointsText(d.Points) + " điểm, ngoài sai số: hãy tin kênh xác thực (" + percentText(float64(sureX)/float64(sureN), 1) + ") và tìm nguyên nhân."
}

// satisfactionSentence says in one sentence where the share stands.
func satisfactionSentence(it scoring.Item, target float64, v scoring.Verdict) string {
	switch {
	case it.Share == nil:
		return "Chưa có phiếu trả lời nào trong kỳ này."
	case v == scoring.Met:
		return "Đạt mục tiêu: cao hơn " + targetText(target) + " là " + pointsText(*it.Share-target) + " điểm phần trăm, đủ chắc chắn để kết luận."
	case v == scoring.NotMet:
		text := "Chưa đạt: thấp hơn " + targetText(target) + " là " + pointsText(*it.Share-target) + " điểm phần trăm, đủ chắc chắn để kết luận."
		if m, ok := scoring.SatisfiedInARow(it.X, it.N, target); ok && m > 0 {
			text += " Để tỷ lệ lên " + targetText(target) + " cần thêm ít nhất " + countText(m) + " phiếu hài lòng liên tiếp."
		}
		return text
	case it.N < scoring.MinAnswers:
		return "Chưa thể kết luận: mới có " + countText(it.N) + " phiếu, cần ít nhất " + countText(scoring.MinAnswers) + "."
	}
	m, ok := scoring.FurtherForVerdict(it.X, it.N, target)
	switch {
	case ok && m <= 3*it.N:
		return "Chưa thể kết luận: nếu tỷ lệ giữ như hiện nay, cần thêm khoảng " + aboutText(m) + " phiếu."
	case ok && m <= 50_000:
		return "Chưa thể kết luận: tỷ lệ ở rất sát mục tiêu, phải thêm khoảng " + aboutText(m) + " phiếu mới phân định được."
	}
	return "Chưa thể kết luận: tỷ lệ ở sát mục tiêu, thêm phiếu cũng khó phân định."
}

// onTimeSentence says in one sentence where the on-time rate stands.
func onTimeSentence(d server.OnTimeDocument) string {
	if d.Share == nil {
		return "Chưa có hồ sơ nào được giải quyết trong kỳ này."
	}
	text := "Chưa đạt: "
	if d.Verdict == scoring.Met {
		text = "Đạt mục tiêu: "
	}
	text += countText(d.Late) + " hồ sơ giải quyết quá hạn"
	switch {
	case d.OpenOverdue > 0:
		text += "; còn " + countText(d.OpenOverdue) + " hồ sơ chưa xong đã quá hạn"
		if d.N > 0 {
			// Overdue dossiers will be late whatever happens.
			if d.Verdict == scoring.Met && !scoring.Exceeds(d.X, d.N+d.OpenOverdue, d.Target) {
				text += ", tính cả số này thì không còn trên " + targetText(d.Target)
			}
		}
	case d.Open > 0:
		text += "; còn " + countText(d.Open) + " hồ sơ đang giải quyết, chưa đến hạn"
	}
	return text + "."
}

// trendSentence says what a year of months shows.
func trendSentence(months []trendMonth, target float64, strictly bool) string {
	last, low, enough, reached := -1, -1, int64(0), int64(0)
	for i, m := range months {
		if m.N == 0 {
			continue
		}
		last = i
		if !strictly && m.N < scoring.MinAnswers {
			continue
		}
		enough++
		if strictly && scoring.Exceeds(m.X, m.N, target) || !strictly && scoring.Reaches(m.X, m.N, target) {
			reached++
		}
		if low < 0 || float64(m.X)/float64(m.N) < float64(months[low].X)/float64(months[low].N) {
			low = i
		}
	}
	if last < 0 {
		return "Không có dữ liệu trong mười hai tháng này."
	}
	share := func(i int) string {
		return percentText(float64(months[i].X)/float64(months[i].N), 1, target)
	}
	unit := " phiếu"
	if strictly {
		unit = " hồ sơ"
	}
	text := "Tháng " + monthText(months[last].Month) + ": " + share(last) + " (" + countText(months[last].N) + unit + ")."
	if enough == 0 {
		return text + " Chưa tháng nào đủ " + countText(scoring.MinAnswers) + " phiếu."
	}
	word := " từ " + targetText(target) + " trở lên"
	if strictly {
		word = " trên " + targetText(target)
	}
	of := " tháng"
	if !strictly {
		of = " tháng đủ " + countText(scoring.MinAnswers) + " phiếu"
	}
	return text + " " + countText(reached) + " trong " + countText(enough) + of + word + "; thấp nhất tháng " + monthText(months[low].Month) + " (" + share(low) + ")."
}

// controlSentence says what a control chart shows: points out of their limits,
// runs on one side, a trend, or that there is nothing but chance.
func controlSentence(step string, points []controlPoint, stretches []controlStretch, signals map[int]string) string {
	word := strings.ToLower(stepName(step))
	live, last, hidden := 0, -1, false
	var out []string
	var x, n int64
	for i, p := range points {
		hidden = hidden || p.Hidden
		if p.N == 0 || p.Hidden {
			continue
		}
		live++
		last = i
		x, n = x+p.X, n+p.N
		if signals[i] == "out" {
			out = append(out, pointText(step, p.Key))
		}
	}
	switch {
	case live == 0 && hidden:
		return "Không hiển thị: quá ít phiếu trả lời để hiển thị mà vẫn giữ kín người trả lời."
	case live == 0:
		return nothingHere
	}
	text := "Cả đoạn: " + percentText(float64(x)/float64(n), 1) + " (" + countText(x) + "/" + countText(n) + " phiếu). "
	if live < 3 {
		return text + "Mới có " + countText(int64(live)) + " " + word + " có phiếu: chưa nói được gì về diễn biến."
	}
	now := stretches[len(stretches)-1]
	for _, s := range stretches {
		if s.from <= last && last < s.to {
			now = s
		}
	}
	var said []string
	if len(out) > 0 {
		said = append(said, "Ngoài giới hạn kiểm soát: "+listOf(out, 4, word)+"; hãy tìm nguyên nhân riêng.")
	}
	if run := lastRun(now.days.Runs()); run != "" {
		side := "cao hơn"
		if i := slices.Index(now.days.Day, run); i >= 0 && now.days.P[i] < *now.days.PBar {
			side = "thấp hơn"
		}
		said = append(said, "Ít nhất "+countText(scoring.RunLength)+" "+word+" liên tiếp "+side+" đường giữa, đến "+pointText(step, run)+": mức chung có thể đã đổi.")
	}
	switch t := now.days.Trend; {
	case t == nil || !t.Enough:
		said = append(said, "Chưa đủ "+countText(scoring.MinTrend)+" "+word+" để nói về xu hướng.")
	case trendP(t) <= 0.05 && t.SenSlope != nil && *t.SenSlope != 0:
		up := "Xu hướng tăng khoảng "
		if *t.SenSlope < 0 {
			up = "Xu hướng giảm khoảng "
		}
		slope := math.Abs(*t.SenSlope)
		if step == stepWeek {
			slope *= 7
		}
		said = append(said, up+strings.Replace(strconv.FormatFloat(slope*100, 'f', 2, 64), ".", ",", 1)+" điểm mỗi "+word+" (Mann–Kendall, p = "+pText(trendP(t))+").")
	case len(said) == 0:
		said = append(said, "Ổn định: mọi "+word+" nằm trong giới hạn kiểm soát, chưa thấy xu hướng.")
	default:
		said = append(said, "Chưa thấy xu hướng tăng hay giảm.")
	}
	return text + strings.Join(said, " ")
}

// trendP is the p that counts: the one corrected for autocorrelation where there is.
func trendP(t *scoring.Trend) float64 {
	if t.PHamedRao != nil {
		return max(t.P, *t.PHamedRao)
	}
	return t.P
}

// lastRun is the last period of the last run, "" for none.
func lastRun(runs scoring.Labels) string {
	if len(runs) == 0 {
		return ""
	}
	return runs[len(runs)-1]
}

// listOf joins names and counts the rest.
func listOf(names []string, most int, word string) string {
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return strings.Join(names[:most], ", ") + " và " + countText(int64(len(names)-most)) + " " + word + " khác"
}

// pText writes a p value: 0,03 or dưới 0,001.
func pText(p float64) string {
	if p < 0.001 {
		return "dưới 0,001"
	}
	return strings.Replace(strconv.FormatFloat(p, 'f', 3, 64), ".", ",", 1)
}

// compareSentence says first whether there is anything to say.
func compareSentence(one string, g *scoring.Groups, below, above []string) string {
	if len(g.Entries) == 1 {
		return "Chỉ có một " + one + " có phiếu: không có gì để so sánh."
	}
	if len(below)+len(above) == 0 && g.Phi != nil && *g.Phi > 1 && g.BetaBinomial != nil && !g.BetaBinomial.Boundary {
		return "Các " + one + " khác nhau nhiều hơn ngẫu nhiên, nhưng không " + one + " nào tách hẳn khỏi các " + one + " khác (mức chung " + percentText(*g.P0, 1) + ")."
	}
	if len(below)+len(above) == 0 {
		return "Không có bằng chứng các " + one + " khác nhau: chênh lệch nằm trong sai số (mức chung " + percentText(*g.P0, 1) + ")."
	}
	var parts []string
	if len(below) > 0 {
		parts = append(parts, "thấp hơn mức chung: "+strings.Join(below, ", "))
	}
	if len(above) > 0 {
		parts = append(parts, "cao hơn mức chung: "+strings.Join(above, ", "))
	}
	return "Khác mức chung " + percentText(*g.P0, 1) + " nhiều hơn ngẫu nhiên – " + strings.Join(parts, "; ") + ". Hãy xem cơ cấu hồ sơ trước khi kết luận."
}
