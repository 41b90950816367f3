package report

import (
	"cmp"

	"hailong/scoring"
	"hailong/server"
)

// criteriaAnnex is the number of the annex with the criteria.
const criteriaAnnex = "IV"

// annexes are the figures by field and by month, the levels that were chosen, the
// late dossiers, and the methods, numbered as they come.
func (w *writer) annexes() []annex {
	same := func(s string) string { return s }
	f := w.r.Figures
	out := []annex{
		{title: "SỐ LIỆU THEO LĨNH VỰC", blocks: []block{w.both("Lĩnh vực", 20, groupFields, same, 1)}},
		{title: "SỐ LIỆU THEO THÁNG", blocks: []block{w.both("Tháng", 9, groupMonths, monthName, 0)}},
		{title: "CÁC MỨC TRẢ LỜI THEO CÂU HỎI", blocks: []block{w.levels()}},
	}
	if c, sv := w.fig.fullForm(); c != nil {
		out = append(out, annex{title: "KẾT QUẢ THEO TIÊU CHÍ CỦA PHIẾU ĐẦY ĐỦ", blocks: w.allCriteria(c, sv)})
	}
	if len(f.Late) > mostLate {
		out = append(out, annex{title: "HỒ SƠ QUÁ HẠN THEO LĨNH VỰC VÀ THỦ TỤC", blocks: []block{lateTable(f.Late, len(f.Late))}})
	}
	out = append(out, annex{title: "PHƯƠNG PHÁP TÍNH", blocks: []block{w.methods()}})
	for i, number := range [...]string{"I", "II", "III", criteriaAnnex, "V", "VI"} {
		if i < len(out) {
			out[i].number = number
		}
	}
	return out
}

// both lists the two targets side by side.
func (w *writer) both(head string, first float64, group string, name func(string) string, strong int) table {
	t := table{columns: []column{{head, first, false}, {"Hài lòng", 8, true}, {"Trả lời", 8, true}, {"Tỷ lệ", 12, true}, {"Khoảng tin cậy 95%", 16, true}, {"Kết luận", 18, false},
		{"Đúng hạn", 8, true}, {"Đã giải quyết", 9, true}, {"Tỷ lệ đúng hạn", 12, true}}, strong: strong}
	on := of(w.list, group, measureOnTime)
	for i, g := range of(w.list, group, measureSatisfied) {
		row := []string{name(g.name), whole(g.x), whole(g.n), g.rate(), g.range95(), cmp.Or(g.verdict, "–"), "–", "–", "–"}
		if g.hidden {
			row[1], row[2] = "–", "–"
		}
		if i < len(on) {
			row[8] = on[i].rate()
			if on[i].n > 0 {
				row[6], row[7] = whole(on[i].x), whole(on[i].n)
			}
		}
		t.rows = append(t.rows, row)
	}
	return t
}

// levels counts the levels that were chosen, question by question.
func (w *writer) levels() table {
	sv := w.r.Survey
	t := table{columns: []column{{"Câu hỏi", 30, false}}}
	for i := len(sv.Levels) - 1; i >= 0; i-- { // the best first, as on the form
		t.columns = append(t.columns, column{sv.Levels[i].Text.VI, 10, true})
	}
	t.columns = append(t.columns, column{"Không phát sinh", 10, true}, column{"Không trả lời", 10, true})
	for _, q := range sv.Items() {
		row := []string{q.Text.VI}
		it, ok := w.r.Figures.Total.Items.Get(q.ID)
		for i := len(sv.Levels) - 1; i >= 0; i-- {
			switch {
			case w.r.Figures.Total.Hidden:
				row = append(row, tooSmall)
			case ok && i < len(it.Levels):
				row = append(row, whole(it.Levels[i]))
			default:
				row = append(row, "–")
			}
		}
		if w.r.Figures.Total.Hidden || !ok {
			row = append(row, "–", "–")
		} else {
			row = append(row, whole(it.NotApplicable), whole(it.Unanswered))
		}
		t.rows = append(t.rows, row)
	}
	return t
}

// methods says how every figure is computed.
func (w *writer) methods() table {
	f := w.r.Figures
	return table{columns: []column{{"Nội dung", 25, false}, {"Cách tính", 75, false}}, rows: [][]string{
		{measureSatisfied, methodSatisfied + ". Bình thường không tính là hài lòng; không phát sinh và không trả lời không nằm trong mẫu số."},
		{"Kết luận", "Đạt khi xác suất tỷ lệ thực từ " + percent(w.fig.target()) + " trở lên ít nhất là 95%; Chưa đạt khi từ 5% trở xuống; còn lại, hoặc dưới " + whole(scoring.MinAnswers) + " trả lời, là chưa đủ cơ sở kết luận. So sánh trên số chưa làm tròn."},
		{measureIndex, methodMean + ". Bộ câu hỏi " + f.Survey + ". Đây là chỉ số của đơn vị, không phải SIPAS do Bộ Nội vụ công bố."},
		{measureOnTime, methodOnTime + ". Mốc là lúc kết thúc xử lý; hồ sơ không có hẹn trả tính đúng hạn khi xong trong ngày. Đạt khi trên " + percent(f.Total.OnTime.Target) + ", so sánh trên số chưa làm tròn."},
		{"Hồ sơ quá hạn", "Hồ sơ tiếp nhận trong kỳ, kết thúc xử lý sau hẹn trả, hoặc chưa xong mà đã quá hẹn trả. Số ngày chậm đếm theo ngày lịch, phần lẻ tính một ngày."},
		{"Phản ánh, kiến nghị", "Ý kiến kèm phiếu có mức chung từ Không hài lòng trở xuống hoặc nêu việc sách nhiễu; đếm theo ngày mở. Đúng hạn là không bước nào quá thời hạn. Chủ đề dưới " + whole(server.MinCell) + " phản ánh không nêu số."},
		{"So sánh hai kỳ", "Hiệu hai tỷ lệ; khoảng tin cậy 95% theo Newcombe từ hai khoảng Wilson."},
		{"Theo cơ cấu hồ sơ", methodMix + "."},
		{"Khuyết danh", "Không thu thập họ tên, số điện thoại; câu trả lời được lưu không kèm mã hồ sơ. Ô dưới " + whole(server.MinCell) + " câu trả lời, và ô có thể suy ra nó, ghi “" + tooSmall + "”."},
		{"Phiên bản", "Phương pháp " + f.Method + "; mã băm bảng đếm (SHA-256) " + f.Tallies + "."},
	}}
}
