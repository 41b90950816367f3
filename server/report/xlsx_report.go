package report

import (
	"cmp"
	"fmt"

	"hailong/scoring"
	"hailong/server"
)

// The sheets that only a period's report has.
const (
	sheetLevels     = "Theo mức"
	sheetCounters   = "Theo quầy"
	sheetCoverage   = "Phủ phiếu"
	sheetLate       = "Quá hạn"
	sheetComplaints = "Phản ánh"
	sheetHandling   = "QĐ 766"
	sheetCircular   = "TT 01"
)

func number(n int64) value { return value{v: n, look: look{count: true}} }

// share is a cell with the formula of two cells of a row.
func (s *sheet) share(x, n int64, column int) value {
	row := s.row + 1
	out := value{v: noData, look: look{decimals: 2}, formula: fmt.Sprintf(`IF(%s=0,"%s",%s/%s)`, cell(column+1, row), noData, cell(column, row), cell(column+1, row))}
	if n > 0 {
		out.v = float64(x) / float64(n)
	}
	return out
}

// levelSheet counts the levels of every question.
func levelSheet(b *book, f *Figures, _ []figure) error {
	sv := f.Survey
	widths, heads := []float64{52}, []string{"Câu hỏi"}
	for i := len(sv.Levels) - 1; i >= 0; i-- {
		widths, heads = append(widths, 13), append(heads, sv.Levels[i].Text.VI)
	}
	s := b.newSheet(sheetLevels, f, append(widths, 13, 13, 13, 13, 16)...)
	s.heading(f, "CÁC MỨC TRẢ LỜI THEO CÂU HỎI")
	s.head(append(heads, "Không phát sinh", "Không trả lời", "Hài lòng", "Trả lời", "Tỷ lệ hài lòng")...)
	for _, q := range sv.Items() {
		it, ok := f.Total.Items.Get(q.ID)
		row := []value{label(q.Text.VI)}
		if !ok || f.Total.Hidden {
			for range len(sv.Levels) + 4 {
				row = append(row, value{look: look{count: true}})
			}
			s.write(append(row, value{v: tooSmall, look: look{decimals: 2, center: true}})...)
			continue
		}
		for i := len(sv.Levels) - 1; i >= 0; i-- {
			row = append(row, number(it.Levels[i]))
		}
		at := len(row) + 3 // the column of those satisfied
		row = append(row, number(it.NotApplicable), number(it.Unanswered), number(it.X), number(it.N))
		s.write(append(row, s.share(it.X, it.N, at))...)
	}
	s.try(s.w.Flush)
	return s.err
}

// counterSheet is by counter.
func counterSheet(b *book, f *Figures, list []figure) error {
	s := b.newSheet(sheetCounters, f, 40, 11, 11, 17, 13, 13, 24, 11, 14, 17, 14)
	s.heading(f, "MỨC ĐỘ HÀI LÒNG VÀ TỶ LỆ ĐÚNG HẠN THEO QUẦY")
	s.head("Quầy", "Hài lòng", "Trả lời", "Tỷ lệ hài lòng", "Cận dưới 95%", "Cận trên 95%", "Kết luận", "Đúng hạn", "Đã giải quyết", "Tỷ lệ đúng hạn", "Kết luận")
	satisfied, onTime := of(list, groupCounters, measureSatisfied), of(list, groupCounters, measureOnTime)
	for i, g := range satisfied {
		vs := append([]value{label(g.name)}, s.numbers(g, 2, true)...)
		s.write(append(vs, s.numbers(onTime[i], 8, false)...)...)
	}
	if len(satisfied) == 0 {
		s.title(noData, look{italic: true})
	} else {
		s.gap()
		s.title(fmt.Sprintf("Quầy dưới %d phiếu trả lời, và quầy có thể suy ra nó, không hiển thị: sau quầy có thể chỉ có một công chức.", server.MinOfficerCell), look{italic: true})
	}
	s.try(s.w.Flush)
	return s.err
}

// coverageSheet follows dossiers from the return to the answer.
func coverageSheet(b *book, f *Figures, _ []figure) error {
	s := b.newSheet(sheetCoverage, f, 40, 15, 15, 15, 17, 17, 17)
	s.heading(f, "TỪ HỒ SƠ ĐÃ TRẢ ĐẾN PHIẾU TRẢ LỜI")
	s.head("Lĩnh vực", "Hồ sơ đã trả", "Có phiếu mời", "Chưa có phiếu", "Phiếu có mã trả lời", "Tỷ lệ có phiếu mời", "Tỷ lệ trả lời")
	line := func(name string, c server.Coverage, hidden bool) {
		row := s.row + 1
		ratio := func(of int64, column int) value {
			v := value{v: noData, look: look{decimals: 2}, formula: fmt.Sprintf(`IF(%s=0,"%s",%s/%s)`, cell(2, row), noData, cell(column, row), cell(2, row))}
			if c.Returned > 0 {
				v.v = float64(of) / float64(c.Returned)
			}
			return v
		}
		answers, rate := number(c.Answers), ratio(c.Answers, 5)
		if hidden {
			answers, rate = value{look: look{count: true}}, value{v: tooSmall, look: look{decimals: 2, center: true}}
		}
		s.write(label(name), number(c.Returned), number(c.Invited), number(c.Uninvited), answers, ratio(c.Invited, 3), rate)
	}
	line(allFields, f.Total.Coverage, f.Total.Hidden)
	whole := s.row
	for _, p := range f.Total.Parts {
		name := cmp.Or(p.Key[server.ByField], unknown)
		switch {
		case p.Hidden:
			s.write(label(name), value{look: look{count: true}}, value{look: look{count: true}}, value{look: look{count: true}}, value{look: look{count: true}},
				value{v: tooSmall, look: look{decimals: 2, center: true}}, value{v: tooSmall, look: look{decimals: 2, center: true}})
		case p.Coverage != nil:
			line(name, *p.Coverage, false)
		default:
			line(name, server.Coverage{}, false)
		}
	}
	if f.Report.Complete != nil {
		of := f.Total.Coverage.Answers
		share := value{v: noData, look: look{decimals: 2}, formula: fmt.Sprintf(`IF(%s=0,"%s",%s/%s)`, cell(5, whole), noData, cell(5, s.row+1), cell(5, whole))}
		if of > 0 {
			share.v = float64(*f.Report.Complete) / float64(of)
		}
		none := value{look: look{count: true}}
		s.write(label("Trong đó trả lời đủ các câu, tỷ lệ trên số phiếu có mã"), none, none, none, number(*f.Report.Complete), none, share)
	}
	s.try(s.w.Flush)
	return s.err
}

// lateSheet lists the late dossiers by stage and by procedure.
func lateSheet(b *book, f *Figures, _ []figure) error {
	s := b.newSheet(sheetLate, f, 46, 60, 18, 22, 18)
	s.heading(f, "HỒ SƠ QUÁ HẠN")
	s.head("Lĩnh vực", "Thủ tục", "Giải quyết quá hạn", "Đang giải quyết, quá hạn", "Chậm nhất (ngày)")
	first := s.row + 1
	var late, overdue int64
	for _, g := range f.Report.Late {
		days := value{look: look{count: true}}
		if g.Late > 0 {
			days = number(g.Days)
		}
		s.write(label(cmp.Or(g.Field, unknown)), label(cmp.Or(g.Procedure, unknown)), number(g.Late), number(g.Overdue), days)
		late, overdue = late+g.Late, overdue+g.Overdue
	}
	total := func(n int64, column int) value {
		v := number(n)
		v.formula = fmt.Sprintf("SUM(%s:%s)", cell(column, first), cell(column, s.row))
		return v
	}
	if len(f.Report.Late) == 0 {
		s.title("Không có hồ sơ quá hạn.", look{italic: true})
	} else {
		s.write(label("Cộng"), label(""), total(late, 3), total(overdue, 4), value{look: look{count: true}})
	}
	if len(f.Report.LateStages) > 0 {
		s.gap()
		s.head("Giai đoạn, mức chậm", "Số hồ sơ")
		for _, g := range f.Report.LateStages {
			s.write(label(g.Name), number(g.Dossiers))
		}
	}
	s.try(s.w.Flush)
	return s.err
}

// complaintSheet counts the complaints.
func complaintSheet(b *book, f *Figures, _ []figure) error {
	s := b.newSheet(sheetComplaints, f, 60, 20)
	s.heading(f, "PHẢN ÁNH, KIẾN NGHỊ GỬI KÈM PHIẾU")
	s.head("Nội dung", "Số phản ánh")
	c := f.Report.Complaints
	if c == nil {
		s.title(noData, look{italic: true})
		s.try(s.w.Flush)
		return s.err
	}
	for _, l := range []struct {
		name string
		n    int64
	}{{"Mở trong kỳ", c.Received}, {"– đã trả lời", c.Replied}, {"–– đúng thời hạn ở mọi bước", c.InTime}, {"– đang xử lý", c.Waiting}, {"–– đã quá hạn ở ít nhất một bước", c.Overdue}, {"Người dân chưa đồng ý với trả lời", c.Objected}} {
		s.write(label(l.name), number(l.n))
	}
	row := s.row + 1
	in := value{v: noData, look: look{decimals: 2}, formula: fmt.Sprintf(`IF(%s=0,"%s",%s/%s)`, cell(2, row-5), noData, cell(2, row-4), cell(2, row-5))}
	if c.Replied > 0 {
		in.v = float64(c.InTime) / float64(c.Replied)
	}
	s.write(label("Tỷ lệ trả lời đúng thời hạn"), in)
	if len(c.Topics) > 0 {
		s.gap()
		s.head("Chủ đề (một phản ánh có thể thuộc nhiều chủ đề)", "Số phản ánh")
		for _, t := range c.Topics {
			n := number(t.N)
			if t.Few {
				n = value{v: topicText(t), look: look{wrap: true, center: true}}
			}
			s.write(label(t.Name), n)
		}
	}
	s.try(s.w.Flush)
	return s.err
}

// handlingSheet is the satisfaction of QĐ 766, which is no survey.
func handlingSheet(b *book, f *Figures, _ []figure) error {
	s := b.newSheet(sheetHandling, f, 70, 20)
	s.heading(f, "MỨC ĐỘ HÀI LÒNG TRONG GIẢI QUYẾT TTHC THEO QĐ 766/QĐ-TTG")
	s.head("Nội dung", "Giá trị")
	c := f.Total.OnTime.DossierCounts
	t := scoring.HandlingTally{N: c.Closed() + c.OpenOverdue, OnTime: c.OnTime, Late: c.Late + c.OpenOverdue}
	if f.Report.Complaints != nil {
		t.Complaint = min(f.Report.Complaints.Received, t.N)
	}
	first := s.row + 1
	s.write(label("Hồ sơ đã giải quyết, hoặc đang giải quyết đã quá hạn"), number(t.N))
	s.write(label("– trong đó quá hạn"), number(t.Late))
	s.write(label("Phản ánh, kiến nghị mở trong kỳ"), number(t.Complaint))
	n, late, complaint := cell(2, first), cell(2, first+1), cell(2, first+2)
	satisfaction, points := value{v: noData, look: look{decimals: 2}, formula: fmt.Sprintf(`IF(%s=0,"%s",MAX(0,%s-%s-%s)/%s)`, n, noData, n, late, complaint, n)},
		value{v: noData, look: look{decimals: 2}, formula: fmt.Sprintf(`IF(%s=0,"%s",MIN(%s/0.9,1))`, n, noData, cell(2, first+3))}
	if share := t.Score().Satisfaction; share != nil {
		satisfaction.v, points.v = *share, scoring.HandlingPoints(*share, 1)
	}
	s.write(label("Mức độ hài lòng = 100% − tỷ lệ quá hạn − tỷ lệ có phản ánh, không hài lòng"), satisfaction)
	s.write(label("Phần điểm đạt được (đủ điểm khi từ 90%)"), points)
	s.gap()
	s.title("Không phải kết quả khảo sát, không gộp với mức độ hài lòng của phiếu. Phản ánh là khuyết danh nên không nối với hồ sơ: một hồ sơ vừa quá hạn vừa có phản ánh bị trừ cả hai.", look{italic: true})
	s.try(s.w.Flush)
	return s.err
}

// circularIndices are the nine contents of the assessment of NĐ 61/2018/NĐ-CP and
// TT 01/2018/TT-VPCP, shortened.
var circularIndices = [scoring.CircularIndices]string{
	"Thời gian giải quyết TTHC so với quy định", "Thời gian thực hiện của từng cơ quan, đơn vị tham gia giải quyết", "Số lần phải liên hệ với nơi tiếp nhận để hoàn thiện hồ sơ",
	"Số cơ quan, đơn vị phải liên hệ để hoàn thiện hồ sơ", "Tiếp nhận hồ sơ, trả kết quả so với quy định", "Cung cấp dịch vụ công trực tuyến",
	"Thái độ của công chức khi hướng dẫn, tiếp nhận, giải quyết", "Tiếp thu, giải trình phản ánh, kiến nghị", "Tiếp cận dịch vụ, tiến độ và kết quả giải quyết",
}

// circularSheet is the form of TT 01/2018/TT-VPCP, to be filled in: the total and
// the class follow by formula.
func circularSheet(b *book, f *Figures, _ []figure) error {
	s := b.newSheet(sheetCircular, f, 64, 13, 13, 13, 40)
	s.heading(f, "TỰ CHẤM ĐIỂM THEO THÔNG TƯ 01/2018/TT-VPCP")
	s.head("Chỉ số", "Điểm chuẩn", "Tự chấm", "Thẩm định", "Ghi chú")
	first := s.row + 1
	blank, note := value{look: look{count: true, point: true}}, label("")
	for i, name := range circularIndices {
		s.write(label(fmt.Sprintf("%d. %s", i+1, name)), number(2), blank, blank, note)
	}
	last := s.row
	sum := func(column int) string { return fmt.Sprintf("SUM(%s:%s)", cell(column, first), cell(column, last)) }
	total := func(column int) value { // of nothing there is none
		return value{v: "", formula: fmt.Sprintf(`IF(COUNT(%s:%s)=0,"",%s)`, cell(column, first), cell(column, last), sum(column)), look: look{count: true, point: true}}
	}
	full := number(2 * scoring.CircularIndices)
	full.formula = sum(2)
	s.write(label("Tổng điểm"), full, total(3), total(4), note)
	class := func(column int) value {
		t := cell(column, last+1)
		return value{v: "chưa chấm", look: look{wrap: true, center: true}, formula: fmt.Sprintf(`IF(COUNT(%s:%s)<%d,"chưa chấm",IF(%s>=15,"Xuất sắc",IF(%s>=12,"Tốt",IF(%s>=9,"Khá",IF(%s>=6,"Trung bình","Yếu")))))`,
			cell(column, first), cell(column, last), scoring.CircularIndices, t, t, t, t)}
	}
	s.write(label("Xếp loại (từ 15: xuất sắc; từ 12: tốt; từ 9: khá; từ 6: trung bình; dưới 6: yếu)"), value{look: look{count: true}}, class(3), class(4), note)
	s.gap()
	s.title("Mỗi chỉ số là điểm bình quân 0, 1, 2 của các hồ sơ, làm tròn một chữ số thập phân. Phần mềm không chấm thay: người chấm nhập điểm, tổng và xếp loại tự tính.", look{italic: true})
	s.try(s.w.Flush)
	return s.err
}
