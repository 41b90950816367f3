package demo

import "math/rand/v2"

// comment draws what is written below the marks, mostly nothing. It names no
// person, no code and nothing a person could be told by.
func comment(r *rand.Rand, whole int, worst, lang string) string {
	p := probPraises
	if whole <= 3 {
		p = probComplains
	}
	if r.Float64() >= p {
		return ""
	}
	say := complaints(worst)
	switch {
	case whole > 3 && lang == "en":
		say = []string{"Quick and friendly, thank you.", "Everything was clear."}
	case whole > 3:
		say = []string{
			"Cán bộ nhiệt tình, hướng dẫn dễ hiểu.",
			"Giải quyết nhanh, xin cảm ơn.",
			"Làm việc đúng hẹn, thái độ vui vẻ.",
			"Chỗ ngồi chờ sạch sẽ, có nước uống.",
			"Hài lòng với bộ phận một cửa.",
		}
	case lang == "en":
		say = []string{"I had to come back more than once.", "The waiting time was long."}
	}
	return say[r.IntN(len(say))]
}

// complaints are about the element that fared worst.
func complaints(element string) []string {
	switch element {
	case "access":
		return []string{"Chỗ ngồi chờ ít, buổi sáng rất đông.", "Khó tìm bảng hướng dẫn, nên đặt ở gần cửa.", "Máy lấy số hay bị hỏng."}
	case "procedure":
		return []string{"Phải bổ sung giấy tờ hai lần.", "Yêu cầu giấy tờ không giống bảng niêm yết.", "Mức phí chưa thấy ghi rõ."}
	case "official":
		return []string{"Hướng dẫn chưa rõ, phải hỏi lại nhiều lần.", "Thái độ chưa niềm nở.", "Hỏi qua điện thoại không có người trả lời."}
	case "result":
		return []string{"Trả kết quả chậm so với giấy hẹn.", "Kết quả sai thông tin, phải làm lại.", "Đến đúng hẹn nhưng chưa có kết quả."}
	}
	return []string{"Đã góp ý nhưng chưa thấy phản hồi.", "Không biết gửi góp ý ở đâu.", "Nên trả lời phản ánh sớm hơn."}
}
