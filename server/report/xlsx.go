package report

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"hailong/server"
)

// IndexXLSX writes the figures as a workbook: the whole, by month with a chart
// (left out where there is no trend), by field with and without chứng thực, and
// the methods; of a period's report also the levels, counters, coverage, late
// dossiers, complaints, and the forms of QĐ 766 and TT 01.
// Numbers are numbers; a share is a formula of the counts beside it, whose
// value is stored too.
func IndexXLSX(w io.Writer, f *Figures) (err error) {
	file := excelize.NewFile()
	defer func() {
		if closeErr := file.Close(); err == nil && closeErr != nil {
			err = fmt.Errorf("closing the workbook: %w", closeErr)
		}
	}()
	if err := file.SetSheetName("Sheet1", sheetWhole); err != nil {
		return fmt.Errorf("making the workbook: %w", err)
	}
	made := f.Made.UTC().Format(time.RFC3339)
	if err := file.SetDocProps(&excelize.DocProperties{Creator: "Hài Lòng", LastModifiedBy: "Hài Lòng", Title: "Chỉ số hài lòng", Language: "vi-VN", Created: made, Modified: made}); err != nil {
		return fmt.Errorf("making the workbook: %w", err)
	}
	b := &book{file, map[look]int{}}
	list := f.list()
	sheets := []func(*book, *Figures, []figure) error{wholeSheet, monthSheet, fieldSheet, methodSheet}
	if f.Report != nil {
		sheets = slices.Insert(sheets, 3, criteriaSheet, levelSheet, counterSheet, coverageSheet, lateSheet, complaintSheet, handlingSheet, circularSheet)
	}
	if f.Trend == nil {
		sheets = slices.Delete(sheets, 1, 2)
	}
	for _, part := range sheets {
		if err := part(b, f, list); err != nil {
			return fmt.Errorf("making the workbook: %w", err)
		}
	}
	file.SetActiveSheet(0)
	var buf bytes.Buffer
	if err := file.Write(&buf); err != nil {
		return fmt.Errorf("writing the workbook: %w", err)
	}
	return settle(w, buf.Bytes())
}

func wholeSheet(b *book, f *Figures, list []figure) error {
	s := b.newSheet(sheetWhole, f, 52, 12, 12, 17, 13, 13, 12, 24)
	s.heading(f, "CHỈ SỐ HÀI LÒNG VÀ TỶ LỆ ĐÚNG HẠN")
	heads := func(first string) {
		s.head(first, "Tử số", "Mẫu số", "Tỷ lệ", "Cận dưới 95%", "Cận trên 95%", "Mục tiêu", "Kết luận")
	}
	heads("Chỉ tiêu")
	line := func(name string, g figure) {
		vs := s.numbers(g, 2, true)
		target := value{look: look{decimals: 2}}
		if g.target > 0 {
			target.v = g.target
		}
		s.write(append([]value{label(name)}, vs[0], vs[1], vs[2], vs[3], vs[4], target, vs[5])...)
	}
	for _, g := range of(list, groupWhole, measureSatisfied) {
		name := "Mức độ hài lòng chung"
		if g.name != "Toàn đơn vị" {
			name = "– " + g.name
		}
		line(name, g)
	}
	for _, g := range of(list, groupWhole, measureIndex) {
		name := "Chỉ số hài lòng (bình quân tiêu chí → yếu tố)"
		if g.method == methodPooled {
			name = "Chỉ số hài lòng (gộp câu trả lời)"
		}
		line(name, g)
	}
	for _, m := range []string{measureOnTime, measureInvited, measureAnswered} {
		for _, g := range of(list, groupWhole, m) {
			line(m, g)
		}
	}
	s.write(label("Hồ sơ đã trả chưa có phiếu mời (phải bằng 0)"), value{v: f.Total.Coverage.Uninvited, look: look{count: true}})
	for _, block := range []struct{ group, head string }{{groupElements, "Theo yếu tố"}, {groupLanes, "Theo kênh trả lời"}} {
		rows := of(list, block.group, measureSatisfied)
		if len(rows) == 0 {
			continue
		}
		s.gap()
		heads(block.head)
		for _, g := range rows {
			line(g.name, g)
		}
	}
	s.try(s.w.Flush)
	return s.err
}

// Where the month sheet keeps what its chart shows: beside the table, outside
// of what is printed.
const chartColumn = 14

func monthSheet(b *book, f *Figures, list []figure) error {
	s := b.newSheet(sheetMonths, f, 12, 11, 11, 17, 13, 13, 24, 11, 14, 17, 14)
	satisfied, onTime := of(list, groupMonths, measureSatisfied), of(list, groupMonths, measureOnTime)
	first, last := f.headRow()+1, f.headRow()+len(satisfied)
	if len(satisfied) > 0 {
		s.try(func() error { return b.trendChart(s.name, first, last, satisfied, cell(1, last+2)) })
	}
	s.try(func() error {
		return b.file.SetDefinedName(&excelize.DefinedName{Name: "_xlnm.Print_Area", Scope: s.name,
			RefersTo: fmt.Sprintf("'%s'!$A$1:$K$%d", s.name, last+26)})
	})
	s.heading(f, "MỨC ĐỘ HÀI LÒNG VÀ TỶ LỆ ĐÚNG HẠN THEO THÁNG")
	heads := []value{}
	for _, n := range []string{"Tháng", "Hài lòng", "Trả lời", "Tỷ lệ hài lòng", "Cận dưới 95%", "Cận trên 95%", "Kết luận", "Đúng hạn", "Đã giải quyết", "Tỷ lệ đúng hạn", "Kết luận"} {
		heads = append(heads, value{v: n, look: look{head: true}})
	}
	for range chartColumn - 1 - len(heads) {
		heads = append(heads, value{})
	}
	for _, n := range []string{"Tỷ lệ hài lòng", "Mục tiêu", "Cận dưới 95%", "Cận trên 95%"} {
		heads = append(heads, value{v: n})
	}
	s.write(heads...)
	for i, g := range satisfied {
		row := s.row + 1
		vs := append([]value{{v: monthName(g.name), look: look{wrap: true, center: true}}}, s.numbers(g, 2, true)...)
		vs = append(vs, s.numbers(onTime[i], 8, false)...)
		for range chartColumn - 1 - len(vs) {
			vs = append(vs, value{})
		}
		// A month without answers stays empty, or the line would fall to zero.
		plot := []value{{}, {v: g.target, look: look{decimals: 2}}, {}, {}}
		if g.share != nil && g.interval != nil {
			plot[0] = value{v: *g.share, formula: cell(4, row), look: look{decimals: 2}}
			plot[2] = value{v: g.interval.Lo, formula: cell(5, row), look: look{decimals: 2}}
			plot[3] = value{v: g.interval.Hi, formula: cell(6, row), look: look{decimals: 2}}
		}
		s.write(append(vs, plot...)...)
	}
	if len(satisfied) == 0 {
		s.title(noData, look{italic: true})
	}
	s.try(s.w.Flush)
	return s.err
}

// trendChart is a native line chart: the share, its interval and the target.
func (b *book) trendChart(sheet string, first, last int, months []figure, at string) error {
	low := 1.0
	for _, g := range months {
		low = min(low, g.target)
		if g.interval != nil {
			low = min(low, g.interval.Lo)
		}
	}
	low = max(0, math.Floor(low*10-1e-9)/10)
	high := 1.0
	font := func(size float64, bold bool) excelize.Font {
		return excelize.Font{Family: sheetFont, Size: size, Bold: bold, Color: "000000"}
	}
	small := font(10, false)
	column := func(n int) string {
		return fmt.Sprintf("'%s'!%s:%s", sheet, absolute(chartColumn+n, first), absolute(chartColumn+n, last))
	}
	series := func(n int, color string, width float64, dash excelize.LineDashType, marker string) excelize.ChartSeries {
		return excelize.ChartSeries{
			Name:       fmt.Sprintf("'%s'!%s", sheet, absolute(chartColumn+n, first-1)),
			Categories: fmt.Sprintf("'%s'!%s:%s", sheet, absolute(1, first), absolute(1, last)),
			Values:     column(n),
			Line:       excelize.LineOptions{Width: width, Dash: dash, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{color}}},
			Fill:       excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{color}},
			Marker:     excelize.ChartMarker{Symbol: marker, Size: 7, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{color}}},
		}
	}
	legend := font(10, false)
	return b.file.AddChart(sheet, at, &excelize.Chart{
		Type: excelize.Line,
		Series: []excelize.ChartSeries{
			series(0, "1F4E8C", 2.5, excelize.LineDashSolid, "circle"),
			series(1, "B00020", 1.75, excelize.LineDashDash, "none"),
			series(2, "5B7DB1", 1.25, excelize.LineDashSysDash, "none"),
			series(3, "5B7DB1", 1.25, excelize.LineDashSysDash, "none"),
		},
		Dimension:    excelize.ChartDimension{Width: 1150, Height: 420},
		Title:        excelize.ChartTitle{Paragraph: []excelize.RichTextRun{{Text: "Mức độ hài lòng theo tháng, khoảng tin cậy 95% và mục tiêu " + percent(months[0].target), Font: &excelize.Font{Family: sheetFont, Size: 13, Bold: true, Color: "000000"}}}},
		Legend:       excelize.ChartLegend{Position: "bottom", Font: &legend},
		XAxis:        excelize.ChartAxis{Font: small},
		YAxis:        excelize.ChartAxis{Font: small, Minimum: &low, Maximum: &high, MajorGridLines: true, NumFmt: excelize.ChartNumFmt{CustomNumFmt: "0%"}},
		ShowBlanksAs: "gap",
	})
}

func absolute(column, row int) string {
	name, err := excelize.CoordinatesToCellName(column, row, true)
	if err != nil {
		return "$A$1"
	}
	return name
}

func fieldSheet(b *book, f *Figures, list []figure) error {
	s := b.newSheet(sheetFields, f, 40, 11, 11, 17, 13, 13, 24, 11, 14, 17, 14)
	s.heading(f, "MỨC ĐỘ HÀI LÒNG VÀ TỶ LỆ ĐÚNG HẠN THEO LĨNH VỰC")
	s.head("Lĩnh vực", "Hài lòng", "Trả lời", "Tỷ lệ hài lòng", "Cận dưới 95%", "Cận trên 95%", "Kết luận", "Đúng hạn", "Đã giải quyết", "Tỷ lệ đúng hạn", "Kết luận")
	satisfied, onTime := of(list, groupFields, measureSatisfied), of(list, groupFields, measureOnTime)
	for i, g := range satisfied {
		vs := append([]value{label(g.name)}, s.numbers(g, 2, true)...)
		s.write(append(vs, s.numbers(onTime[i], 8, false)...)...)
	}
	s.try(s.w.Flush)
	return s.err
}

func methodSheet(b *book, f *Figures, _ []figure) error {
	s := b.newSheet(sheetMethod, f, 34, 110)
	s.heading(f, "PHƯƠNG PHÁP")
	s.head("Chỉ tiêu", "Cách tính")
	c := f.Total.OnTime.DossierCounts
	n := func(v int64) string { return strconv.FormatInt(v, 10) }
	for _, row := range [][2]string{
		{measureSatisfied, methodSatisfied + ". Bình thường không tính là hài lòng; không phát sinh và không trả lời không nằm trong mẫu số. Ngày của câu trả lời là ngày gửi, giờ Việt Nam."},
		{"Kết luận mức độ hài lòng", "Đạt khi xác suất tỷ lệ thực từ " + percent(f.target()) + " trở lên ít nhất là 95%; Chưa đạt khi từ 5% trở xuống; còn lại, hoặc dưới 30 trả lời, là chưa đủ cơ sở kết luận. So sánh trên số chưa làm tròn."},
		{"Chỉ số hài lòng", methodMean + ", hoặc " + methodPooled + ". Bộ câu hỏi " + f.Survey.ID + ". Đây không phải là Chỉ số SIPAS do Bộ Nội vụ công bố."},
		{measureOnTime, methodOnTime + ". Mốc là lúc kết thúc xử lý; hồ sơ không có hẹn trả tính đúng hạn khi xong trong ngày. Đạt khi trên " + percent(f.Total.OnTime.Target) + ", so sánh trên số chưa làm tròn."},
		{"Hồ sơ tiếp nhận trong kỳ", n(c.Received) + " hồ sơ: đúng hạn " + n(c.OnTime) + ", quá hạn " + n(c.Late) + ", đang giải quyết còn hạn " + n(c.Open) + ", đang giải quyết quá hạn " + n(c.OpenOverdue) + ", không tính (từ chối, rút, dừng) " + n(c.NotCounted) + "."},
		{measureInvited, methodInvited + ". Hồ sơ đã trả mà chưa có phiếu: " + n(f.Total.Coverage.Uninvited) + "."},
		{measureAnswered, methodAnswered + "."},
		{"Theo cơ cấu hồ sơ", methodMix + ". Lĩnh vực chưa có phiếu trả lời nào không nằm trong dòng này."},
		{noEasy, "Chứng thực chiếm phần lớn số hồ sơ và dễ được hài lòng, nên số liệu được nêu cả khi tính và khi không tính lĩnh vực này."},
		{"Khuyết danh", "Không thu thập họ tên, số điện thoại; câu trả lời được lưu không kèm mã hồ sơ. Ô quá ít phiếu không hiển thị."},
		{"Kỳ số liệu", "Từ ngày " + f.Total.From.VI() + " đến hết ngày " + f.Total.To.VI() + f.periodName() + ". Lập ngày " + server.DayOf(f.Made).VI() + "."},
	} {
		s.write(label(row[0]), label(row[1]))
	}
	s.try(s.w.Flush)
	return s.err
}

// percent writes a target as people say it.
func percent(f float64) string {
	return strings.Replace(strconv.FormatFloat(math.Round(f*1e6)/1e4, 'f', -1, 64), ".", ",", 1) + "%"
}
