package report

import (
	"fmt"
	"strings"

	"hailong/server"
)

// methodText says in Vietnamese what is in a pack, how it was computed, what was
// left out and what a check of it can and cannot show.
func methodText(m *Manifest) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("GÓI THẨM ĐỊNH SỐ LIỆU HÀI LÒNG")
	line("%s – %s (từ ngày %s đến ngày %s). Lập ngày %s.", m.Office, m.Label, m.From.VI(), m.To.VI(), m.Made.VI())
	if m.Demo {
		line("%s.", demoNote)
	}
	line("")
	line("1. TRONG GÓI CÓ GÌ")
	line("%sdocx, %spdf, %sxlsx, %scsv, %sjson: báo cáo của kỳ trong các dạng. %s: số liệu và phần lời mà các dạng đó được dựng từ đó; kỳ đã chốt thì đúng từng byte là số đã chốt.", filePaper, filePaper, filePaper, filePaper, filePaper, fileReport)
	line("%s: chỉ số cả kỳ, đầy đủ. %s: theo lĩnh vực. %s: nghĩa của từng cột trong các bảng.", fileIndex, fileFields, fileDictionary)
	line("%s: từng phiếu trả lời đã ẩn danh. %s: bộ đếm hồ sơ theo lĩnh vực. %s: bộ câu hỏi. %s: câu trả lời theo tiêu chí của phiếu đầy đủ. %s: bộ câu hỏi đầy đủ.", fileAnswers, fileDossiers, fileSurvey, fileCriteria, fileFull)
	line("%s, %s: sổ kiểm chứng và điểm kiểm chứng đã ký. %s, %s: danh mục tệp với SHA-256, và chữ ký.", fileLedger, fileCheckpoint, fileManifest, fileSignature)
	line("")
	line("2. KIỂM TRA")
	line("Trên bất kỳ máy nào, không cần kho dữ liệu của đơn vị:")
	line("    hailong verify GOI.zip --key KHOA [--since GOI-TRUOC.zip]")
	line("KHOA là khóa công khai đăng tại trang /so-kiem-chung của đơn vị; không có --key thì chữ ký chỉ chứng tỏ gói không bị sửa sau khi lập, không chứng tỏ ai lập.")
	line("Lệnh này kiểm tra mã SHA-256 và chữ ký; tính lại số liệu cả kỳ, theo yếu tố, theo lĩnh vực, không tính Chứng thực và theo cơ cấu hồ sơ từ %s và %s; theo tiêu chí từ %s; tính lại tỷ lệ, khoảng tin cậy và kết luận theo tháng và theo kênh trả lời từ bộ đếm theo mức trong %s; dựng lại báo cáo DOCX, XLSX, CSV, JSON, PDF từ các số vừa tính rồi so từng con số, từng đoạn, từng ô; và kiểm tra sổ kiểm chứng.", fileAnswers, fileDossiers, fileCriteria, fileReport)
	line("Bộ đếm theo tháng và theo kênh, số của kỳ trước và danh sách hồ sơ quá hạn theo thủ tục không tính lại được từ %s, vì phiếu trong gói không có ngày và kênh; số phiếu có mã trả lời đủ các câu được kiểm là không vượt quá số phiếu đủ và không đủ trong gói; chúng được giữ bằng chữ ký và, với kỳ đã chốt, bằng dòng “chot” trong sổ.", fileAnswers)
	line("Cũng có thể tính riêng: hailong score %s --survey %s --group %s", fileAnswers, fileSurvey, fieldColumn)
	line("")
	line("3. CÁCH TÍNH")
	line("Mức độ hài lòng: %s. Mục tiêu và các mức hài lòng nằm trong %s; bằng mục tiêu là đạt.", methodSatisfied, fileSurvey)
	line("Bình thường không phải là hài lòng. Không phát sinh (N) và bỏ trống không nằm trong mẫu số.")
	line("Chỉ số hài lòng: %s; và: %s. Đây không phải là Chỉ số SIPAS do Bộ Nội vụ công bố.", methodMean, methodPooled)
	line("Đúng hạn: %s. Đạt khi vượt %s, so sánh trên số chưa làm tròn.", methodOnTime, percent(m.OnTimeTarget))
	line("Phiếu trả lời thuộc ngày gửi, tỷ lệ đúng hạn thuộc ngày tiếp nhận, phiếu mời thuộc ngày trả kết quả; giờ Việt Nam.")
	line("")
	line("4. ĐÃ LƯỢC BỎ NHỮNG GÌ ĐỂ GIỮ KÍN NGƯỜI TRẢ LỜI")
	line("Mỗi dòng của %s chỉ có lĩnh vực và các mức đã chọn. Ngày, quầy, công chức, hình thức nộp, kênh trả lời, thủ tục và góp ý đều bỏ; mốc thời gian nhỏ nhất là cả kỳ. Các dòng được xếp theo nội dung nên không còn thứ tự trả lời.", fileAnswers)
	line("Mỗi dòng của %s là một người điền phiếu đầy đủ, hoặc trả lời thêm tiêu chí sau các câu hỏi ngắn (phiếu điện thoại hỏi luân phiên tiêu chí của một yếu tố); không có lĩnh vực và câu hỏi chung, nên không ghép được với dòng của %s. Tiêu chí dưới %d trả lời, dưới 30 mà mọi trả lời cùng một phía, hoặc có thể suy ra từ kỳ khác thì để trống ở mọi dòng.", fileCriteria, fileAnswers, server.MinCell)
	line("Lĩnh vực chỉ được nêu khi có từ %d phiếu trả lời, từ 30 phiếu nếu mọi phiếu cùng một phía, và khi các kỳ đã công bố trong năm đặt cạnh nhau không cho suy ra ô nhỏ hơn. Lĩnh vực khác gộp thành “%s”, kể cả số hồ sơ.", server.MinCell, server.OtherFields)
	line("Khi cả kỳ quá ít phiếu thì không nêu phiếu nào (withheld trong %s); tỷ lệ đúng hạn vẫn có.", fileManifest)
	line("Kỳ đã chốt: phiếu và bộ đếm được giữ lại lúc chốt, phiếu đến sau không vào gói mà chỉ hiện trong số liệu bổ sung của báo cáo.")
	line("")
	line("5. SỔ KIỂM CHỨNG CHỨNG MINH ĐƯỢC GÌ")
	line("Mỗi phiếu đã lưu là một dòng “phieu THÁNG MÃ” trong %s. Mã là SHA-256 của phiếu cùng 32 byte bí mật riêng của phiếu, nên không ai đọc hay thử ra được nội dung; sổ chỉ cho biết có bao nhiêu phiếu. Phiếu được ghi theo ngày, sau hai ngày, trong một ngày xếp theo mã; phiếu đến muộn ghi sau.", fileLedger)
	line("Kiểm tra được: (a) sổ khớp điểm kiểm chứng đã ký; (b) mọi điểm kiểm chứng trước mà người kiểm tra đã giữ là phần đầu của sổ này, tức không dòng nào bị sửa, bỏ hay chen; (c) số phiếu trong gói bằng số dòng của các tháng trong kỳ (kỳ đã chốt hoặc không tròn tháng: không nhiều hơn); (d) nội dung gói này đã được ghi vào sổ; (e) mỗi lần chốt, mở lại, ghi bổ sung của kỳ có một dòng “chot”, “mo-lai”, “bo-sung” là SHA-256 của mục đó, và không có dòng nào ngoài các mục đã nêu.")
	line("Không kiểm tra được từ bên ngoài: phiếu nào trong %s là dòng nào của sổ, vì điều đó cho biết ngày và thứ tự của phiếu. Việc đối chiếu từng phiếu với từng dòng làm tại đơn vị bằng lệnh hailong recount.", fileAnswers)
	line("Phiếu bị xóa theo yêu cầu của người trả lời để lại dòng cũ và một dòng “xoa” cùng mã: chỗ trống được giải thích, không bị giấu. Lệnh verify nêu số phiếu như vậy.")
	line("Phiếu đang cách ly (nghi không do người dân trả lời, hai người đã ký) không nằm trong %s và không được tính; số phiếu ấy ghi ở mục quarantined của %s, phiếu vẫn là dòng của sổ, mỗi bước của quyết định là một dòng “cach-ly”.", fileAnswers, fileManifest)
	line("Sổ không chứng minh được rằng người trả lời là ai, hay phiếu đã đúng trước khi lưu.")
	return b.String()
}
