package web

import (
	"hailong/scoring"
	"hailong/server"
)

// A verdictView is a verdict as people see it: a word, and a shape beside the
// colour, since colour alone says nothing to some.
type verdictView struct {
	Tone string // met, not_met, too_early, none
	Text string
}

func newVerdictView(v scoring.Verdict, n int64) verdictView {
	switch {
	case n == 0:
		return verdictView{"none", "Không có dữ liệu"}
	case v == scoring.TooEarly:
		return verdictView{string(v), "Chưa thể kết luận"}
	}
	return verdictView{string(v), v.Text().VI}
}

// A targetCard answers one of the two questions: are we there, can we tell.
type targetCard struct {
	ID       string
	Title    string
	Target   string // "từ 90% trở lên"
	Has      bool
	Share    string
	Of       string // numerator and denominator
	Interval string
	Fact     string // stands where an interval would, for a census
	Verdict  verdictView
	Sentence string
	Reason   string
	Gauge    gauge
	Desc     string
	Interim  bool   // the period has not ended
	Aside    string // what is not counted, and the share with it
}

// satisfactionCard is the share satisfied against 90 %.
func satisfactionCard(it scoring.Item, d *server.IndexDocument, over bool) targetCard {
	target := d.Target
	verdict, reason := scoring.Explain(it.X, it.N, target)
	card := targetCard{
		ID: "satisfaction", Title: "Mức độ hài lòng", Target: "từ " + targetText(target) + " trở lên",
		Verdict: newVerdictView(verdict, it.N), Reason: reason.VI, Interim: !over, Has: it.Share != nil,
		Sentence: satisfactionSentence(it, target, verdict), Aside: asideSentence(d),
	}
	if it.Share == nil {
		card.Share, card.Of = "–", "Không có dữ liệu trong kỳ này"
		if d.Hidden {
			card.Of, card.Sentence = "Không hiển thị", "Quá ít phiếu trả lời để hiển thị mà vẫn giữ kín người trả lời."
		}
		return card
	}
	card.Share = percentText(*it.Share, 2, target)
	card.Of = countText(it.X) + " hài lòng / " + countText(it.N) + " phiếu trả lời"
	a := newAxis(*it.Share)
	if it.Wilson != nil {
		card.Interval = intervalText(it.Wilson)
		a = newAxis(it.Wilson.Lo, target-0.05)
	}
	card.Desc = "Thang từ " + targetText(a.lo) + " đến 100%: tỷ lệ " + card.Share + ", khoảng tin cậy 95% " + card.Interval + ", vạch mục tiêu " + targetText(target) + "."
	card.Gauge = gauge{targetText(target), newRangeAxis(a, target), newRangeMark(a, it.Share, it.Wilson, card.Verdict.Tone, "")}
	return card
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

// onTimeCard is the on-time rate against more than 95 %. It counts every
// dossier, so it is a fact and has no interval.
func onTimeCard(d server.OnTimeDocument, over bool) targetCard {
	card := targetCard{
		ID: "ontime", Title: "Giải quyết trước và đúng hạn", Target: "trên " + targetText(d.Target),
		Verdict: newVerdictView(d.Verdict, d.N), Interim: !over, Has: d.Share != nil,
		Sentence: onTimeSentence(d),
		Reason:   "Hồ sơ tiếp nhận trong kỳ đã giải quyết xong, tính theo ngày kết thúc xử lý so với ngày hẹn trả; chứng thực phải xong trong ngày.",
	}
	if d.Share == nil {
		card.Share, card.Of = "–", "Không có dữ liệu trong kỳ này"
		return card
	}
	card.Share = percentText(*d.Share, 2, d.Target)
	card.Of = countText(d.X) + " đúng hạn / " + countText(d.N) + " hồ sơ đã giải quyết"
	card.Fact = "Đếm toàn bộ hồ sơ, không có sai số mẫu"
	a := newAxis(*d.Share, d.Target-0.05)
	card.Desc = "Thang từ " + targetText(a.lo) + " đến 100%: tỷ lệ " + card.Share + ", vạch mục tiêu " + targetText(d.Target) + "."
	card.Gauge = gauge{"trên " + targetText(d.Target), newRangeAxis(a, d.Target), newRangeMark(a, d.Share, nil, card.Verdict.Tone, "")}
	return card
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

// A coverageView is the way from a returned dossier to an answer.
type coverageView struct {
	Steps     []coverageStep
	Uninvited string
	AllClear  bool
	Has       bool
	Sentence  string
}

// A coverageStep is one bar of the way.
type coverageStep struct{ Label, Count, Share, Width string }

func newCoverageView(c server.Coverage) coverageView {
	v := coverageView{Uninvited: countText(c.Uninvited), AllClear: c.Uninvited == 0, Has: c.Returned > 0 || c.Answers > 0}
	step := func(label string, n int64) coverageStep {
		st := coverageStep{Label: label, Count: countText(n), Width: "0%", Share: "–"}
		if c.Returned > 0 {
			share := float64(n) / float64(c.Returned)
			st.Share, st.Width = percentText(share, 1), num(min(share, 1)*100)+"%"
		}
		return st
	}
	v.Steps = []coverageStep{
		step("Hồ sơ đã trả kết quả", c.Returned), step("Đã có phiếu mời đánh giá", c.Invited), step("Phiếu đã trả lời", c.Answers),
	}
	switch {
	case c.Returned == 0:
		v.Sentence = "Chưa trả kết quả hồ sơ nào trong kỳ này."
	case c.Uninvited > 0:
		v.Sentence = "Còn " + countText(c.Uninvited) + " hồ sơ đã trả chưa có phiếu mời: cần in bổ sung."
	default:
		v.Sentence = "Mọi hồ sơ đã trả đều có phiếu mời; cứ 100 hồ sơ có khoảng " + countText((c.Answers*100+c.Returned/2)/c.Returned) + " phiếu trả lời."
	}
	return v
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
