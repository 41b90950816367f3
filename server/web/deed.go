package web

import (
	"strings"

	"hailong/server"
)

// deedNames are the deeds of the audit log (nhật ký) as people read them.
var deedNames = map[string]string{
	"case_view":              "Xem phản ánh",
	"case_take":              "Tiếp nhận phản ánh",
	"case_give":              "Giao phụ trách phản ánh",
	"case_thorough":          "Chuyển phản ánh sang xác minh",
	"case_note":              "Ghi thêm vào phản ánh",
	"case_conclude":          "Kết luận phản ánh",
	"case_reply":             "Trả lời phản ánh",
	"case_reopen":            "Mở lại phản ánh",
	"case_topics":            "Gắn chủ đề phản ánh",
	"case_evidence":          "Ghi tài liệu, chứng cứ",
	"case_publish":           "Công khai việc đã làm",
	"case_withdraw":          "Rút phần công khai",
	"sign_in":                "Đăng nhập",
	"annotation_added":       "Thêm ghi chú vào diễn biến",
	"annotation_removed":     "Xóa ghi chú khỏi diễn biến",
	"sign_in_failed":         "Đăng nhập sai",
	"second_factor_failed":   "Sai mã xác thực",
	"sign_out":               "Đăng xuất",
	"password_changed":       "Đổi mật khẩu",
	"set_password":           "Đổi mật khẩu",
	"password_change_failed": "Đổi mật khẩu không thành",
	"second_factor_on":       "Bật xác thực hai bước",
	"second_factor_off":      "Tắt xác thực hai bước",
	"second_factor_reset":    "Quản trị bỏ xác thực hai bước",
	"add_user":               "Thêm người dùng",
	"change_role":            "Đổi vai trò",
	"set_external":           "Gắn tài khoản đăng nhập một lần",
	"add_token":              "Cấp mã truy cập",
	"export":                 "Tải số liệu",
	"export_audit":           "Tải nhật ký",
	"report":                 "Lập báo cáo",
	"report-sent":            "Ghi đã gửi báo cáo",
	"take-pack":              "Nhận gói thẩm định của phường",
	"poster_add":             "Lập áp phích của quầy",
	"poster_revoke":          "Gỡ áp phích của quầy",
	"report-texts":           "Sửa phần lời báo cáo",
	"close":                  "Chốt kỳ",
	"amend":                  "Ghi số liệu bổ sung của kỳ",
	"reopen":                 "Mở lại kỳ",
	"import":                 "Nhập hồ sơ",
	"import_answers":         "Nhập câu trả lời từ ki-ốt",
	"print_slips":            "In phiếu",
	"import_paper":           "Nhập phiếu giấy từ bảng tính",
	"paper":                  "Nhập phiếu giấy",
	"return_dossier":         "Ghi trả kết quả",
	"cases_view":             "Xem danh sách phản ánh",
	"probity_view":           "Xem số liệu liêm chính",
	"comment_original":       "Xem nguyên văn ý kiến",
	"evidence_view":          "Xem tệp chứng cứ",
	"evidence_removed":       "Gỡ tệp chứng cứ",
	"recheck_draw":           "Rút danh sách phúc tra",
	"recheck_view":           "Xem danh sách phúc tra",
	"recheck_call":           "Nhập kết quả phúc tra",
	"erase":                  "Xóa câu trả lời theo yêu cầu",
	"offer_pairing":          "Ghép ki-ốt",
	"pair_device":            "Ghép ki-ốt",
	"change_device":          "Sửa ki-ốt",
	"revoke_device":          "Thu hồi ki-ốt",
}

// deedText names a deed in Vietnamese; an unknown one keeps its own name.
func deedText(deed string) string {
	if step, ok := strings.CutPrefix(deed, "quarantine_"); ok {
		return strings.TrimSuffix("Cách ly phiếu: "+strings.ToLower(server.QuarantineStep(step).String()), ": ")
	}
	if name, ok := deedNames[deed]; ok {
		return name
	}
	return deed
}
