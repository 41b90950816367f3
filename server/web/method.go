package web

import (
	"fmt"
	"net/http"

	"github.com/gin-gonic/gin"

	"hailong/scoring"
	"hailong/server"
)

// A methodView is one named way of computing something (phương pháp): every
// figure on every page links to one of them.
type methodView struct {
	ID, Name string
	Formula  string   // "" where words are enough
	Text     []string // paragraphs
	Source   string   // where it is from; "" for a rule of the house
}

// A methodsData is the page that says how every figure is computed.
type methodsData struct {
	frame
	Methods []methodView
}

// methodsPage shows how everything is computed. It is public: a result that
// nobody can recompute is only an assertion.
func (s *Site) methodsPage(c *gin.Context) error {
	u, _ := s.staff.user(c)
	return s.show(c, http.StatusOK, "methods", staffPolicy, methodsData{
		frame: s.frame(u, "methods", "Cách tính"), Methods: methods(s.svc.Survey().Target, s.svc.Config.OnTimeTarget),
	})
}

// methods lists the methods in the order of the pages. The numbers in the
// texts are those that the program uses.
func methods(target, onTime float64) []methodView {
	goal, late, least := targetText(target), targetText(onTime), countText(scoring.MinAnswers)
	return []methodView{
		{
			ID: "ty-le", Name: "Tỷ lệ hài lòng", Formula: "p = x / n",
			Text: []string{
				"x là số phiếu chọn Hài lòng hoặc Rất hài lòng, n là số phiếu có trả lời câu hỏi đó. Bình thường không tính là hài lòng; Không phát sinh và bỏ trống không nằm trong n. Khi n = 0 thì không có tỷ lệ, không phải 0% hay 100%.",
				"Mức độ hài lòng chung là câu hỏi chung của phiếu (\"Nhìn chung, ông/bà có hài lòng…\"). So với mục tiêu từ " + goal + " trở lên bằng phân số, không làm tròn; số in ra không bao giờ làm tròn vượt qua mục tiêu. Phiếu tính theo ngày trả lời.",
			},
			Source: "Năm mức và cách tính tỷ lệ: Quyết định 1001/QĐ-BNV ngày 11/12/2023 (SIPAS). Đây là chỉ số của đơn vị, không phải SIPAS do Bộ Nội vụ công bố.",
		},
		{
			ID: "wilson", Name: "Khoảng tin cậy 95% của một tỷ lệ (Wilson)", Formula: "(p + z²/2n ± z·√(p(1−p)/n + z²/4n²)) / (1 + z²/n),  z = 1,96",
			Text:   []string{"Nếu hỏi lại nhiều lần theo cùng một cách thì khoảng 95 trong 100 khoảng như vậy chứa tỷ lệ thật. Khoảng càng rộng, số phiếu càng ít. Đây là sai số ngẫu nhiên; người không trả lời có thể nghĩ khác người trả lời."},
			Source: "Wilson (1927), JASA 22; Brown, Cai, DasGupta (2001), Statistical Science 16.",
		},
		{
			ID: "ket-luan", Name: "Kết luận đạt, chưa đạt, chưa thể kết luận", Formula: "P(π ≥ " + goal + " | x, n),  π ~ Beta(x + ½, n − x + ½)",
			Text: []string{
				fmt.Sprintf("Đạt khi xác suất tỷ lệ thật từ %s trở lên không dưới %s; chưa đạt khi xác suất đó không quá %s; ở giữa, hoặc dưới %s phiếu, là chưa thể kết luận.", goal, targetText(scoring.Certainty), targetText(1-scoring.Certainty), least),
				"\"Cần thêm khoảng m phiếu\": số phiếu nhỏ nhất mà nếu tỷ lệ giữ nguyên thì kết luận được. Kết luận chính thức chỉ có ở cuối kỳ: xem mỗi tuần một lần thì một tỷ lệ đúng bằng mục tiêu cũng có lúc trông như đạt.",
			},
			Source: "Tiên nghiệm Jeffreys: Jeffreys (1946), Proc. R. Soc. A 186; Brown, Cai, DasGupta (2001).",
		},
		{
			ID: "dung-han", Name: "Giải quyết trước và đúng hạn", Formula: "số hồ sơ xong trước hoặc đúng hẹn / số hồ sơ đã giải quyết xong",
			Text: []string{
				"Đếm mọi hồ sơ tiếp nhận trong kỳ, nên không có sai số mẫu. Tính theo ngày kết thúc xử lý (không có thì ngày trả kết quả) so với ngày hẹn trả: dân đến lấy muộn không phải là chậm. Thủ tục không có ngày hẹn, như chứng thực, phải xong trong ngày. Hồ sơ không tiếp nhận, rút, dừng không nằm trong mẫu số.",
				"Mục tiêu là trên " + late + ": đúng " + late + " là chưa đạt, và 94,996% không được làm tròn thành đạt.",
			},
			Source: "Kế hoạch cải cách hành chính năm 2024 của phường, Quyết định 19/QĐ-UBND ngày 24/01/2024.",
		},
		{
			ID: "kenh", Name: "Kênh trả lời và số nào là số chính",
			Text: []string{
				"Kênh xác thực là phiếu có mã riêng của một hồ sơ đã trả, mỗi mã dùng một lần, trả lời trên điện thoại hoặc tại ki-ốt. Kênh không xác thực là ki-ốt không có phiếu và mã QR dùng chung: không biết ai trả lời, một người có thể trả lời nhiều lần. Phiếu giấy do cán bộ nhập hai lần.",
				"Quy tắc: số chính của kỳ tính mọi kênh, vì ai đến cũng có quyền nói. Cạnh số chính luôn có tỷ lệ riêng của kênh xác thực; khi hai số khác nhau ngoài sai số thì hãy tin kênh xác thực và tìm nguyên nhân trước khi công bố.",
			},
		},
		{
			ID: "chenh-lech", Name: "Khác nhau thật hay do ngẫu nhiên (Newcombe)", Formula: "d = p₁ − p₂;  d − √((p₁−l₁)² + (u₂−p₂)²)  đến  d + √((u₁−p₁)² + (p₂−l₂)²)",
			Text:   []string{"l và u là hai đầu khoảng Wilson của mỗi tỷ lệ. Khoảng của chênh lệch chứa 0 thì chưa thể nói là tăng hay giảm. Mỗi bên cần ít nhất " + least + " phiếu."},
			Source: "Newcombe (1998), Statistics in Medicine 17, phương pháp 10.",
		},
		{
			ID: "kitagawa", Name: "Thay đổi do mức hài lòng hay do cơ cấu hồ sơ (Kitagawa)", Formula: "Δ = Σ (w₁−w₀)(p₀+p₁)/2 + Σ (p₁−p₀)(w₀+w₁)/2",
			Text:   []string{"w là phần của mỗi lĩnh vực trong số phiếu, p là tỷ lệ hài lòng của lĩnh vực, 0 là kỳ trước, 1 là kỳ này. Tổng thứ nhất là phần do cơ cấu, tổng thứ hai là phần do mức hài lòng; cộng lại đúng bằng thay đổi. Nhiều chứng thực hơn làm tỷ lệ chung tăng dù không lĩnh vực nào tốt lên."},
			Source: "Kitagawa (1955), JASA 50.",
		},
		{
			ID: "co-cau", Name: "Theo cơ cấu hồ sơ", Formula: "Σ W·p / Σ W,  W = số hồ sơ đã trả của lĩnh vực",
			Text:   []string{"Mỗi lĩnh vực được tính theo số hồ sơ đã trả chứ không theo số phiếu thu được: lĩnh vực ít người trả lời không bị lép. Khoảng tin cậy: Korn–Graubard trên cỡ mẫu hiệu dụng. Lĩnh vực chưa có phiếu nào không nói được gì và bị bỏ ra; trang ghi rõ bao nhiêu hồ sơ."},
			Source: "Korn, Graubard (1998), Survey Methodology 24.",
		},
		{
			ID: "do-phu", Name: "Độ phủ", Formula: "số phiếu có mã đã trả lời / số hồ sơ đã trả kết quả",
			Text: []string{"Hồ sơ tính theo ngày trả kết quả, phiếu theo ngày trả lời. Phiếu mời dùng được nhiều tuần nên một số phiếu của kỳ này thuộc hồ sơ kỳ trước; không nối được, và không được nối, phiếu với hồ sơ."},
		},
		{
			ID: "cach-ly", Name: "Phiếu cách ly và số chính",
			Text: []string{
				"Phiếu nằm trong một lô có cờ nghi vấn chỉ ra khỏi chỉ số khi hai người khác nhau đã ký, và trở lại khi hai người ký gỡ. Số chính không tính phiếu đang cách ly; bên cạnh luôn ghi số phiếu ấy, và với người được xem số nhỏ thì cả tỷ lệ nếu tính cả. Phiếu không bị xóa: vẫn được lưu, vẫn là dòng của sổ kiểm chứng; mỗi bước của quyết định cũng là một dòng. Kỳ đã chốt giữ nguyên số đã chốt.",
			},
		},
		{
			ID: "dai-dien", Name: "Người trả lời có giống người không trả lời không (khi bình phương)", Formula: "χ² = Σ (O − E)² / E,  bảng đã trả lời, chưa trả lời × lĩnh vực, hình thức nộp, đúng hạn",
			Text: []string{
				"Lấy mọi hồ sơ đã trả trong kỳ; đã trả lời là phiếu mời của hồ sơ đã dùng, không cần biết phiếu trả lời nào. Ô có số kỳ vọng dưới 5 được gộp. Cảnh báo khi p ≤ 1% và có một nhóm lệch từ 5 điểm phần trăm: khi đó nên xem tỷ lệ theo cơ cấu hồ sơ.",
			},
			Source: "Pearson (1900); gộp ô nhỏ: Cochran (1954), Biometrics 10.",
		},
		{
			ID: "co-mau", Name: "Cỡ mẫu phúc tra và số phiếu còn cần", Formula: "n = N / (1 + N·e²);  (Wilson hi − lo)/2 ≤ 5%",
			Text: []string{
				"Phúc tra: n hồ sơ rút ngẫu nhiên trong N hồ sơ đã trả, chia theo tỷ lệ cho từng lĩnh vực, với hạt giống được lưu. Kế hoạch thu thập: số phiếu ít nhất để khoảng Wilson 95% rộng không quá ±5 điểm, hoặc để kết luận so với " + goal + ", nếu tỷ lệ giữ như hiện nay; trừ số phiếu sẽ có theo nhịp tám tuần gần nhất.",
			},
			Source: "Yamane (1967), Statistics: An Introductory Analysis.",
		},
		{
			ID: "muc", Name: "Phân bố năm mức",
			Text: []string{"Mỗi thanh là 100% số người trả lời câu đó, tách ra từ giữa mức Bình thường: bên trái không hài lòng, bên phải hài lòng. Không phát sinh và bỏ trống có trong bảng, không có trong thanh."},
		},
		{
			ID: "uu-tien", Name: "Cải thiện gì trước", Formula: "quan trọng = phần của yếu tố trong R² (LMG/Shapley);  kết quả = tỷ lệ hài lòng của yếu tố",
			Text:   []string{"Phần R² trung bình theo mọi thứ tự đưa yếu tố vào hồi quy điểm chung. Đi cùng đánh giá chung, không có nghĩa là nguyên nhân. Vạch đứng: quan trọng như nhau; vạch ngang: mục tiêu. Cần ít nhất 100 phiếu trả lời đủ các yếu tố."},
			Source: "Lindeman, Merenda, Gold (1980); Grömping (2007), The American Statistician 61; Martilla, James (1977), Journal of Marketing 41.",
		},
		{
			ID: "pheu", Name: "So sánh quầy, công chức, thủ tục (biểu đồ phễu)", Formula: "p₀ ± 3·√φ·√(p₀(1−p₀)/n)",
			Text: []string{
				"p₀ là mức chung, φ là độ phân tán (trung bình z² đã kéo hai đầu 10% vào, không dưới 1). Khác mức chung chỉ khi nằm ngoài phễu và p nhị thức chính xác, sau hiệu chỉnh Benjamini–Hochberg, không quá 5%, với ít nhất " + least + " phiếu. Lĩnh vực, thủ tục, hình thức và kênh vốn khác nhau nên không nới theo φ. Đây không phải bảng xếp hạng.",
				"Thu về mức chung: (x + a)/(n + a + b) với a, b ước lượng hợp lý cực đại từ mọi nhóm; nhóm ít phiếu bị kéo mạnh hơn. Cùng cơ cấu: số hài lòng thực tế chia số mong đợi nếu mỗi lĩnh vực có mức chung, nhân mức chung.",
			},
			Source: "Spiegelhalter (2005), Statistics in Medicine 24; Benjamini, Hochberg (1995), JRSS B 57; chuẩn hóa gián tiếp: Breslow, Day (1987).",
		},
		{
			ID: "kiem-soat", Name: "Biểu đồ kiểm soát p, Laney p′ và giới hạn nhị thức", Formula: "p̄ ± 3·σz·√(p̄(1−p̄)/n);  σz = trung bình |zᵢ − zᵢ₋₁| / 1,128",
			Text: []string{
				"Đường giữa là Σx/Σn của cả đoạn. Biểu đồ p dùng σz = 1; khi các kỳ phân tán nhiều hơn ngẫu nhiên (σz > 1) thì dùng Laney p′, giới hạn rộng ra. Kỳ có dưới " + least + " phiếu dùng giới hạn nhị thức chính xác, 0,135% mỗi phía. Tên biểu đồ đang dùng ghi ngay trên trang.",
				"Điểm ngoài giới hạn, hoặc " + countText(scoring.RunLength) + " điểm liên tiếp cùng một phía của đường giữa, là dấu hiệu có nguyên nhân riêng. Ghi chú có đánh dấu \"tính lại giới hạn\" chia biểu đồ thành hai đoạn, mỗi đoạn có đường giữa riêng.",
			},
			Source: "Shewhart (1931); Laney (2002), Quality Engineering 14; quy tắc cùng phía: Western Electric (1956).",
		},
		{
			ID: "xu-huong", Name: "Xu hướng tăng hay giảm (Mann–Kendall, Sen)", Formula: "S = Σ sign(yⱼ − yᵢ), i < j;  độ dốc = trung vị (yⱼ − yᵢ)/(xⱼ − xᵢ)",
			Text:   []string{fmt.Sprintf("Không cần giả thiết về dạng đường. Cần ít nhất %d kỳ có phiếu; nói có xu hướng khi p không quá 5%%, đã tính đến các kỳ cạnh nhau giống nhau (Hamed–Rao).", scoring.MinTrend)},
			Source: "Mann (1945); Kendall (1975); Sen (1968), JASA 63; Hamed, Rao (1998), Journal of Hydrology 204.",
		},
		{
			ID: "gio", Name: "Hồ sơ theo giờ và thứ",
			Text: []string{"Đếm hồ sơ theo giờ và thứ của ngày tiếp nhận, ngày kết thúc xử lý, ngày trả kết quả. Phiếu trả lời chỉ giữ ngày, không giữ giờ, để không ai nhận ra người trả lời; vì vậy mức độ hài lòng chỉ có theo thứ."},
		},
		{
			ID: "an", Name: "Ẩn số nhỏ",
			Text: []string{fmt.Sprintf("Người ngoài cơ quan không thấy phần có dưới %d phiếu, phần dưới %s phiếu mà mọi người nói như nhau, và những phần khác đủ để không tính ngược lại được. Công chức chỉ có số liệu từ %d phiếu. Không ai xem được công chức và ngày cùng một lúc.", server.MinCell, least, server.MinOfficerCell)},
		},
	}
}
