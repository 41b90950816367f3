package report

import (
	"cmp"
	"fmt"

	"hailong/server"
)

// mostLate is how many procedures the text lists; the annex has all of them.
const mostLate = 10

// late tells of the dossiers that were or are late: how many, at which stage, in
// which procedures.
func (w *writer) late() []block {
	list := w.r.Figures.Late
	c := w.r.Figures.Total.OnTime.DossierCounts
	if c.Received == 0 {
		return []block{say("Trong kỳ không có hồ sơ nào được tiếp nhận.")}
	}
	if len(list) == 0 {
		return []block{say("Trong số hồ sơ tiếp nhận trong kỳ, không có hồ sơ quá hạn.")}
	}
	text := fmt.Sprintf("Có %s hồ sơ giải quyết quá hạn và %s hồ sơ đang giải quyết đã quá hạn, ở %s thủ tục. Kết quả người dân đến nhận muộn không tính là quá hạn.", whole(c.Late), whole(c.OpenOverdue), whole(int64(len(list))))
	out := []block{say(text)}
	if stages := w.r.Figures.LateStages; len(stages) > 0 {
		t := table{columns: []column{{"Giai đoạn, mức chậm", 75, false}, {"Số hồ sơ", 25, true}}}
		for _, s := range stages {
			t.rows = append(t.rows, []string{s.Name, whole(s.Dossiers)})
		}
		out = append(out, say("Danh sách hồ sơ của hệ thống một cửa không ghi nguyên nhân quá hạn, nên hồ sơ đang giải quyết được xếp theo giai đoạn, hồ sơ đã giải quyết theo số ngày chậm; nguyên nhân do đơn vị nêu ở mục III."),
			w.tableCaption("Hồ sơ quá hạn theo giai đoạn và mức chậm"), t)
	}
	return append(out, w.tableCaption("Hồ sơ quá hạn theo lĩnh vực và thủ tục"), lateTable(list, mostLate))
}

// lateTable lists procedures, most late dossiers first; what is over most is
// summed up.
func lateTable(list []server.LateGroup, most int) table {
	t := table{columns: []column{{"Lĩnh vực", 24, false}, {"Thủ tục", 40, false}, {"Giải quyết quá hạn", 12, true}, {"Đang giải quyết, quá hạn", 13, true}, {"Chậm nhất (ngày)", 11, true}}}
	row := func(field, procedure string, g server.LateGroup) {
		days := "–"
		if g.Late > 0 {
			days = whole(g.Days)
		}
		t.rows = append(t.rows, []string{field, procedure, whole(g.Late), whole(g.Overdue), days})
	}
	var rest server.LateGroup
	for i, g := range list {
		if i >= most {
			rest.Late, rest.Overdue, rest.Days = rest.Late+g.Late, rest.Overdue+g.Overdue, max(rest.Days, g.Days)
			continue
		}
		row(cmp.Or(g.Field, unknown), cmp.Or(g.Procedure, unknown), g)
	}
	if len(list) > most {
		row("Còn lại", whole(int64(len(list)-most))+" thủ tục", rest)
	}
	return t
}

// complaints tells in numbers what people complained of and what was done.
func (w *writer) complaints(c server.ComplaintFigures) []block {
	if c.Received == 0 {
		return []block{say("Trong kỳ không có phản ánh, kiến nghị nào gửi kèm phiếu trả lời.")}
	}
	text := fmt.Sprintf("Trong kỳ có %s phản ánh, kiến nghị cần trả lời gửi kèm phiếu. Đã trả lời %s", whole(c.Received), whole(c.Replied))
	if c.Replied > 0 {
		text += fmt.Sprintf(", trong đó %s đúng thời hạn ở mọi bước (%s)", whole(c.InTime), rate(float64(c.InTime)/float64(c.Replied), 1))
	}
	text += fmt.Sprintf("; đang xử lý %s (đã quá hạn ở ít nhất một bước: %s). Người dân chưa đồng ý với trả lời: %s.", whole(c.Waiting), whole(c.Overdue), whole(c.Objected))
	out := []block{say(text), say(fmt.Sprintf("Thời hạn tính theo ngày làm việc: tiếp nhận %d ngày, kết luận %d ngày (cần xác minh: %d ngày), trả lời người dân %d ngày sau kết luận. Nội dung phản ánh không nêu trong báo cáo.",
		server.ClockTake, server.ClockSimple, server.ClockThorough, server.ClockReply))}
	if len(c.Topics) == 0 {
		return out
	}
	t := table{columns: []column{{"Chủ đề", 70, false}, {"Số phản ánh", 30, true}}}
	for _, topic := range c.Topics {
		t.rows = append(t.rows, []string{topic.Name, topicText(topic)})
	}
	return append(out, w.tableCaption("Phản ánh theo chủ đề (một phản ánh có thể thuộc nhiều chủ đề)"), t)
}

func topicText(t server.TopicCount) string {
	if t.Few {
		return "dưới " + whole(server.MinCell)
	}
	return whole(t.N)
}
