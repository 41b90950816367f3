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
	Method   string // which method, see methods
	Interim  bool   // the period has not ended
	Aside    string // what is not counted, and the share with it
}

// satisfactionCard is the share satisfied against 90 %.
func satisfactionCard(it scoring.Item, d *server.IndexDocument, over bool) targetCard {
	target := d.Target
	verdict, reason := scoring.Explain(it.X, it.N, target)
	card := targetCard{
		ID: "satisfaction", Method: "ket-luan", Title: "Mức độ hài lòng", Target: "từ " + targetText(target) + " trở lên",
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

// onTimeCard is the on-time rate against more than 95 %. It counts every
// dossier, so it is a fact and has no interval.
func onTimeCard(d server.OnTimeDocument, over bool) targetCard {
	card := targetCard{
		ID: "ontime", Method: "dung-han", Title: "Giải quyết trước và đúng hạn", Target: "trên " + targetText(d.Target),
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

func newCoverageView(c server.Coverage, complete *int64) coverageView {
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
	if complete != nil {
		v.Steps = append(v.Steps, step("Trả lời đủ các câu", *complete))
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
