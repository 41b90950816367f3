package importer

// A Lang is a language in which faults are told.
type Lang string

// The languages; anything else counts as Vietnamese.
const (
	Vietnamese Lang = "vi"
	English    Lang = "en"
)

// A Reason is one sentence in both languages.
type Reason struct{ VI, EN string }

// In returns the sentence in one language.
func (r Reason) In(lang Lang) string {
	if lang == English {
		return r.EN
	}
	return r.VI
}

func (r Reason) zero() bool { return r == Reason{} }

// A FileError says why a file as a whole cannot be imported. Nothing of it has
// been stored.
type FileError struct {
	Reason
	Err error // the cause, where there is one
}

// Error tells it in both languages.
func (e *FileError) Error() string { return e.VI + " / " + e.EN }

// Unwrap returns the cause.
func (e *FileError) Unwrap() error { return e.Err }

func fileError(vi, en string) *FileError { return &FileError{Reason: Reason{vi, en}} }

// Why a cell is not accepted.
var (
	reasonNotDate = Reason{"không phải ngày; cần dạng 31/01/2024 hoặc 31/01/2024 08:30",
		"not a date; write 31/01/2024 or 31/01/2024 08:30"}
	reasonShortYear = Reason{"năm phải đủ bốn chữ số", "the year needs four digits"}
	reasonNoSuchDay = Reason{"không có ngày này trong lịch (thứ tự là ngày/tháng/năm)",
		"the calendar has no such day (the order is day/month/year)"}
	reasonNoSuchTime = Reason{"không có giờ này", "no such time of day"}
	reasonFarYear    = Reason{"năm nằm ngoài khoảng 1990–2099", "the year is not within 1990–2099"}

	reasonMissing = Reason{"thiếu giá trị bắt buộc", "a required value is missing"}
	reasonCode    = Reason{"không phải số hồ sơ, ví dụ 000.21.35.H24-240115-0012 (phần giữa là năm, tháng, ngày)",
		"not a dossier code such as 000.21.35.H24-240115-0012 (the middle part is year, month, day)"}
	reasonStatus = Reason{"không nhận ra trạng thái; có thể khai báo thêm bằng --map",
		"unknown status; more wordings can be given with --map"}
	reasonChannel = Reason{"không nhận ra hình thức nộp; có thể khai báo thêm bằng --map",
		"unknown channel; more wordings can be given with --map"}
	reasonTooLong   = Reason{"ô dài quá 1.000 ký tự", "the cell has more than 1,000 characters"}
	reasonDamaged   = Reason{"ô có ký tự hỏng", "the cell holds damaged characters"}
	reasonCellError = Reason{"ô báo lỗi của bảng tính", "the cell holds a spreadsheet error"}
	reasonQuote     = Reason{"dấu nháy kép mở mà không đóng", "a quotation mark is opened and never closed"}
	reasonLine      = Reason{"dòng quá dài", "the line is too long"}

	reasonDueEarly      = Reason{"trước ngày tiếp nhận", "before the time of receipt"}
	reasonNoEnd         = Reason{"đã trả kết quả nhưng thiếu ngày kết thúc và ngày trả: sẽ bị coi là chưa giải quyết", "returned, but neither finished nor returned on any day: counts as unresolved"}
	reasonReturnedEarly = Reason{"trả kết quả trước khi kết thúc xử lý: vẫn nhận", "returned before it was finished: kept"}
	reasonBackwards     = Reason{"trạng thái đã có lần đi lùi: vẫn nhận và đánh dấu", "the status has once gone backwards: kept and flagged"}
)
