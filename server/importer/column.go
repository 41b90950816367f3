package importer

// A Column is one of the things an export can say about a dossier. Columns
// that hold anything about the person have no name here and are never read.
type Column string

// The columns, in the order in which faults are looked for.
const (
	ColCode          Column = "code"
	ColReceived      Column = "received"
	ColStatus        Column = "status"
	ColDue           Column = "due"
	ColFinished      Column = "finished"
	ColReturned      Column = "returned"
	ColChannel       Column = "channel"
	ColProcedure     Column = "procedure"
	ColProcedureName Column = "procedure_name"
	ColField         Column = "field"
	ColOfficer       Column = "officer"
	ColCounter       Column = "counter"
)

// A columnKind is what the house knows of one column.
type columnKind struct {
	column   Column
	required bool
	// wordings are the headers in use, the most telling first: where a file
	// has two of them, the earlier one is the column. The first one is also
	// how messages call the column.
	wordings []string
}

// columnKinds lists all columns. The wordings are those of one-stop software
// and of the lists that offices keep by hand. Left out because they mean
// something else or may name a person: "Thời hạn giải quyết" (a number of
// days), "Tên hồ sơ" and "Trích yếu" ("Hồ sơ của bà …").
func columnKinds() []columnKind {
	return []columnKind{
		{ColCode, true, []string{"Số hồ sơ", "Mã hồ sơ", "Mã số hồ sơ", "Số hồ sơ một cửa", "Mã hồ sơ một cửa", "Số biên nhận",
			"Số biên nhận hồ sơ", "Mã biên nhận", "Số HS", "Mã HS", "Mã số HS", "Mã hồ sơ DVC", "Mã hồ sơ điện tử", "Số mã hồ sơ",
			"Mã hồ sơ thủ tục", "Số phiếu tiếp nhận", "Số tiếp nhận", "Số ký hiệu hồ sơ", "Mã tiếp nhận", "Hồ sơ số",
			"Dossier code", "Dossier", "Code"}},
		{ColReceived, true, []string{"Ngày tiếp nhận", "Ngày giờ tiếp nhận", "Thời gian tiếp nhận", "Thời điểm tiếp nhận",
			"Ngày tiếp nhận hồ sơ", "Thời gian tiếp nhận hồ sơ", "Ngày tiếp nhận HS", "Ngày nhận hồ sơ", "Ngày nhận HS", "Ngày nhận",
			"Ngày giờ nhận", "Thời gian nhận", "Thời gian nhận hồ sơ", "Ngày TN", "Ngày, giờ tiếp nhận", "Ngày tháng tiếp nhận",
			"Tiếp nhận", "Ngày nộp", "Ngày nộp hồ sơ", "Thời gian nộp", "Received", "Received at", "Date received"}},
		{ColStatus, true, []string{"Trạng thái", "Trạng thái hồ sơ", "Tình trạng", "Tình trạng hồ sơ", "Trạng thái xử lý",
			"Tình trạng xử lý", "Trạng thái giải quyết", "Tình trạng giải quyết", "Trạng thái HS", "Tình trạng HS",
			"Tình trạng xử lý hồ sơ", "Trạng thái xử lý hồ sơ", "Tình trạng giải quyết hồ sơ", "Tên trạng thái", "Mã trạng thái", "Status"}},
		{ColDue, false, []string{"Ngày hẹn trả", "Ngày hẹn trả kết quả", "Ngày hẹn trả KQ", "Ngày giờ hẹn trả", "Ngày hẹn", "Hẹn trả",
			"Hẹn trả kết quả", "Thời gian hẹn trả", "Thời gian hẹn trả kết quả", "Thời điểm hẹn trả", "Hạn trả", "Hạn trả kết quả",
			"Ngày hạn trả", "Ngày hẹn trả hồ sơ", "Hạn xử lý", "Ngày hạn xử lý", "Hạn giải quyết", "Ngày đến hạn", "Ngày hết hạn",
			"Ngày phải trả", "Thời hạn trả", "Thời hạn trả kết quả", "Due", "Due date"}},
		{ColFinished, false, []string{"Ngày kết thúc xử lý", "Ngày xử lý xong", "Ngày giải quyết xong", "Ngày có kết quả", "Ngày có KQ",
			"Kết thúc xử lý", "Thời gian kết thúc xử lý", "Thời điểm kết thúc xử lý", "Ngày kết thúc", "Thời gian kết thúc",
			"Ngày hoàn thành xử lý", "Ngày hoàn thành", "Thời gian hoàn thành", "Ngày hoàn tất", "Ngày kết thúc giải quyết",
			"Ngày giải quyết", "Ngày xử lý", "Thời gian xử lý xong", "Ngày hoàn thành hồ sơ", "Thời gian có kết quả", "Finished", "Date finished"}},
		{ColReturned, false, []string{"Ngày trả kết quả", "Ngày trả KQ", "Ngày giờ trả kết quả", "Thời gian trả kết quả",
			"Thời điểm trả kết quả", "Ngày trả kết quả thực tế", "Ngày thực trả", "Ngày trả thực tế", "Ngày trả", "Trả kết quả",
			"Thời gian trả", "Ngày trả hồ sơ", "Ngày nhận kết quả", "Ngày công dân nhận kết quả", "Ngày đã trả", "Ngày trả kết quả cho công dân",
			"Returned", "Date returned"}},
		{ColChannel, false, []string{"Hình thức nộp", "Hình thức nộp hồ sơ", "Hình thức tiếp nhận", "Hình thức tiếp nhận hồ sơ",
			"Hình thức nhận hồ sơ", "Hình thức gửi", "Hình thức", "Kênh tiếp nhận", "Kênh nộp", "Kênh nộp hồ sơ", "Kênh", "Phương thức nộp",
			"Phương thức tiếp nhận", "Cách thức nộp", "Cách thức tiếp nhận", "Nguồn tiếp nhận", "Nguồn hồ sơ", "Nguồn", "Loại tiếp nhận", "Channel"}},
		{ColProcedure, false, []string{"Mã TTHC", "Mã thủ tục hành chính", "Mã thủ tục", "Mã số TTHC", "Mã số thủ tục", "Mã TT",
			"Mã thủ tục HC", "Mã TTHC quốc gia", "Mã dịch vụ công", "Procedure", "Procedure code"}},
		{ColProcedureName, false, []string{"Tên thủ tục hành chính", "Tên TTHC", "Tên thủ tục", "Thủ tục hành chính", "Thủ tục", "TTHC",
			"Tên dịch vụ công", "Dịch vụ công", "Loại thủ tục", "Loại hồ sơ", "Tên thủ tục HC", "Procedure name"}},
		{ColField, false, []string{"Lĩnh vực", "Tên lĩnh vực", "Lĩnh vực thủ tục", "Lĩnh vực TTHC", "Lĩnh vực giải quyết", "Nhóm lĩnh vực",
			"Nhóm thủ tục", "Thuộc lĩnh vực", "Field"}},
		{ColOfficer, false, []string{"Cán bộ xử lý", "Công chức xử lý", "Người xử lý", "Cán bộ thụ lý", "Công chức thụ lý", "Người thụ lý",
			"Cán bộ giải quyết", "Công chức giải quyết", "Người giải quyết", "Chuyên viên xử lý", "Chuyên viên thụ lý", "Chuyên viên",
			"Cán bộ phụ trách", "Mã cán bộ", "Mã công chức", "Cán bộ", "Công chức", "Cán bộ công chức", "Cán bộ, công chức xử lý",
			"Cán bộ tiếp nhận", "Công chức tiếp nhận", "Người tiếp nhận", "Cán bộ một cửa", "Công chức một cửa", "Officer"}},
		{ColCounter, false, []string{"Quầy", "Quầy tiếp nhận", "Quầy số", "Số quầy", "Tên quầy", "Mã quầy", "Quầy giao dịch", "Quầy tiếp nhận hồ sơ",
			"Quầy một cửa", "Bàn tiếp nhận", "Cửa", "Cửa số", "Cửa tiếp nhận", "Vị trí tiếp nhận", "Ô cửa", "Counter"}},
	}
}

// personal are parts of headers, folded, behind which there is something about
// the person. A mapping that asks for such a column is refused.
var personal = []string{
	"hoten", "hovaten", "nguoinop", "nguoiyeucau", "nguoidung", "nguoinhan", "chuhoso", "congdan", "tochuccanhan", "dienthoai",
	"sdt", "diachi", "cccd", "cmnd", "cancuoc", "dinhdanh", "hochieu", "email", "thudientu", "ngaysinh", "namsinh", "gioitinh", "phone",
	"address", "applicant", "tennguoi", "tenkhach", "khachhang", "nguoilienhe", "lienhe", "doanhnghiep", "masothue", "trichyeu", "tenhoso",
}

// ColumnName is what people call a column: the commonest header.
func ColumnName(c Column) string {
	for _, k := range columnKinds() {
		if k.column == c {
			return k.wordings[0]
		}
	}
	return string(c)
}
