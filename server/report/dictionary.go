package report

import (
	"strconv"
	"strings"

	"hailong/scoring/instrument"
	"hailong/scoring/survey"
	"hailong/server"
)

// dictionary (từ điển dữ liệu) lists what stands in every column of the tables
// that leave the house: file, column, kind, meaning.
func dictionary(sv *survey.Survey) [][4]string {
	const table, text, count, share, day = filePaper + "csv", "chữ", "số nguyên", "phân số 0–1, dấu chấm thập phân, không làm tròn", "ngày YYYY-MM-DD"
	out := [][4]string{
		{table, "nhóm", text, groupWhole + "; " + groupElements + "; " + groupCriteria + "; " + groupMonths + "; " + groupFields + "; " + groupLanes + "; " + groupCounters},
		{table, "tên", text, "Tên của dòng trong nhóm: toàn đơn vị, yếu tố, tiêu chí, tháng YYYY-MM, lĩnh vực, kênh trả lời, quầy"},
		{table, "chỉ tiêu", text, measureSatisfied + "; " + measureIndex + "; " + measureOnTime + "; " + measureInvited + "; " + measureAnswered},
		{table, "từ ngày", day, "Ngày đầu được tính, giờ Việt Nam"},
		{table, "đến ngày", day, "Ngày cuối được tính, kể cả ngày đó"},
		{table, "tử số", count, "Số đạt: hài lòng hoặc rất hài lòng; đúng hạn; có phiếu mời. Trống: chỉ số không phải tỷ lệ đếm, hoặc không hiển thị"},
		{table, "mẫu số", count, "Số được hỏi và có trả lời; hồ sơ đã giải quyết; hồ sơ đã trả"},
		{table, "tỷ lệ", share, "Tử số chia mẫu số. “" + noData + "”: mẫu số bằng 0. “" + tooSmall + "”: quá ít phiếu"},
		{table, "cận dưới 95%", share, "Đầu dưới của khoảng tin cậy 95%; trống nếu đếm toàn bộ"},
		{table, "cận trên 95%", share, "Đầu trên của khoảng tin cậy 95%"},
		{table, "mục tiêu", share, "Mức để so sánh; hài lòng: từ mức đó; đúng hạn: trên mức đó"},
		{table, "kết luận", text, "Đạt; Chưa đạt; Chưa đủ cơ sở kết luận"},
		{table, "phương pháp", text, "Cách tính của dòng"},
		{fileAnswers, fieldColumn, text, "Lĩnh vực của hồ sơ; “" + server.OtherFields + "”: các lĩnh vực không được nêu riêng. Dấu ' ở đầu chặn công thức, không thuộc tên"},
	}
	var levels []string
	for _, l := range sv.Levels {
		levels = append(levels, strconv.Itoa(l.Value)+" "+l.Text.VI)
	}
	for _, it := range sv.Items() {
		out = append(out, [4]string{fileAnswers, it.ID, "mức", it.Text.VI + " " + strings.Join(levels, ", ") + "; N không phát sinh; trống: không trả lời"})
	}
	for _, it := range instrument.Full().Items() {
		if it.Element >= 0 {
			out = append(out, [4]string{fileCriteria, it.ID, "mức", it.Text.VI + " " + strings.Join(levels, ", ") + "; N không phát sinh; trống: không trả lời, không được hỏi, hoặc quá ít trả lời để nêu"})
		}
	}
	meaning := [len(dossierColumns)]string{"Lĩnh vực, như trong " + fileAnswers, "Hồ sơ tiếp nhận trong kỳ", "Trong số đó: giải quyết trước hoặc đúng hạn", "Giải quyết quá hạn", "Đang giải quyết, còn hạn",
		"Đang giải quyết, đã quá hạn", "Từ chối, rút, dừng: không tính đúng hạn", "Hồ sơ trả kết quả trong kỳ", "Trong số đó: có phiếu mời", "Chưa có phiếu mời (phải bằng 0)", "Phiếu trả lời gắn với mã, gửi trong kỳ"}
	for i, name := range dossierColumns {
		kind := count
		if i == 0 {
			kind = text
		}
		out = append(out, [4]string{fileDossiers, name, kind, meaning[i]})
	}
	return out
}

// dictionaryCSV is the dictionary as a table.
func dictionaryCSV(sv *survey.Survey) ([]byte, error) {
	return writeTable(func(write func([]string) error) error {
		if err := write([]string{"tệp", "cột", "kiểu", "ý nghĩa"}); err != nil {
			return err
		}
		for _, row := range dictionary(sv) {
			if err := write(row[:]); err != nil {
				return err
			}
		}
		return nil
	})
}
