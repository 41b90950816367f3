package web

import (
	"bytes"
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"hailong/server"
	"hailong/server/report"
)

// The page of the audit: how many days where none are asked for, and how many
// entries at once.
const (
	auditDays    = 7
	auditPerPage = 100
)

// An auditData is the page of the audit (nhật ký).
type auditData struct {
	frame
	From, To     string
	Who          string
	Users        []option
	Problem      string
	Sentence     string
	Rows         []auditRow
	Older, Newer string
	CSV          string
}

type auditRow struct{ At, Who, Deed, What string }

// deedText names a deed in Vietnamese; an unknown one keeps its own name.
func deedText(deed string) string {
	if strings.HasPrefix(deed, "case_") {
		if t, ok := map[string]string{
			"case_view": "Xem phản ánh", "case_take": "Tiếp nhận phản ánh", "case_give": "Giao phụ trách phản ánh", "case_thorough": "Chuyển phản ánh sang xác minh", "case_note": "Ghi thêm vào phản ánh",
			"case_conclude": "Kết luận phản ánh", "case_reply": "Trả lời phản ánh", "case_reopen": "Mở lại phản ánh", "case_topics": "Gắn chủ đề phản ánh",
			"case_evidence": "Ghi tài liệu, chứng cứ", "case_publish": "Công khai việc đã làm", "case_withdraw": "Rút phần công khai",
		}[deed]; ok {
			return t
		}
	}
	if step, ok := strings.CutPrefix(deed, "quarantine_"); ok {
		return strings.TrimSuffix("Cách ly phiếu: "+strings.ToLower(server.QuarantineStep(step).String()), ": ")
	}
	switch deed {
	case "sign_in":
		return "Đăng nhập"
	case "annotation_added":
		return "Thêm ghi chú vào diễn biến"
	case "annotation_removed":
		return "Xóa ghi chú khỏi diễn biến"
	case "sign_in_failed":
		return "Đăng nhập sai"
	case "second_factor_failed":
		return "Sai mã xác thực"
	case "sign_out":
		return "Đăng xuất"
	case "password_changed", "set_password":
		return "Đổi mật khẩu"
	case "password_change_failed":
		return "Đổi mật khẩu không thành"
	case "second_factor_on":
		return "Bật xác thực hai bước"
	case "second_factor_off":
		return "Tắt xác thực hai bước"
	case "second_factor_reset":
		return "Quản trị bỏ xác thực hai bước"
	case "add_user":
		return "Thêm người dùng"
	case "change_role":
		return "Đổi vai trò"
	case "set_external":
		return "Gắn tài khoản đăng nhập một lần"
	case "add_token":
		return "Cấp mã truy cập"
	case "export":
		return "Tải số liệu"
	case "export_audit":
		return "Tải nhật ký"
	case "report":
		return "Lập báo cáo"
	case "report-sent":
		return "Ghi đã gửi báo cáo"
	case "take-pack":
		return "Nhận gói thẩm định của phường"
	case "poster_add":
		return "Lập áp phích của quầy"
	case "poster_revoke":
		return "Gỡ áp phích của quầy"
	case "report-texts":
		return "Sửa phần lời báo cáo"
	case "close":
		return "Chốt kỳ"
	case "amend":
		return "Ghi số liệu bổ sung của kỳ"
	case "reopen":
		return "Mở lại kỳ"
	case "import":
		return "Nhập hồ sơ"
	case "import_answers":
		return "Nhập câu trả lời từ ki-ốt"
	case "print_slips":
		return "In phiếu"
	case "import_paper":
		return "Nhập phiếu giấy từ bảng tính"
	case "paper":
		return "Nhập phiếu giấy"
	case "return_dossier":
		return "Ghi trả kết quả"
	case "cases_view":
		return "Xem danh sách phản ánh"
	case "probity_view":
		return "Xem số liệu liêm chính"
	case "comment_original":
		return "Xem nguyên văn ý kiến"
	case "evidence_view":
		return "Xem tệp chứng cứ"
	case "evidence_removed":
		return "Gỡ tệp chứng cứ"
	case "recheck_draw":
		return "Rút danh sách phúc tra"
	case "recheck_view":
		return "Xem danh sách phúc tra"
	case "recheck_call":
		return "Nhập kết quả phúc tra"
	case "erase":
		return "Xóa câu trả lời theo yêu cầu"
	case "offer_pairing", "pair_device":
		return "Ghép ki-ốt"
	case "change_device":
		return "Sửa ki-ốt"
	case "revoke_device":
		return "Thu hồi ki-ốt"
	}
	return deed
}

// auditQuery reads the days and the user of a request; a problem is a sentence
// for the person who asked, with the usual days instead.
func (s *Site) auditQuery(c *gin.Context) (from, to server.Day, who, problem string) {
	today := server.DayOf(s.now())
	who = clip(strings.ToLower(strings.TrimSpace(c.Query("ai"))), 40)
	if c.Query("tu") == "" && c.Query("den") == "" {
		return today.Add(1 - auditDays), today, who, ""
	}
	p, err := parseSpan(c.Query("tu"), c.Query("den"))
	switch {
	case err != nil:
		problem = strings.TrimPrefix(err.Error(), server.ErrInvalid.Error()+": ") + "."
	case p.From.Add(server.AuditDays) <= p.To:
		problem = fmt.Sprintf("Nhật ký xem được nhiều nhất %d ngày một lần.", server.AuditDays)
	default:
		return p.From, p.To, who, ""
	}
	return today.Add(1 - auditDays), today, who, problem
}

// auditPage shows who did what, newest first.
func (s *Site) auditPage(c *gin.Context) error {
	u, err := s.staff.who(c)
	if err != nil {
		return err
	}
	from, to, who, problem := s.auditQuery(c)
	ctx := c.Request.Context()
	entries, err := s.svc.AuditEntriesFor(ctx, u, from, to, who)
	if err != nil {
		return err
	}
	users, err := s.svc.Users(ctx)
	if err != nil {
		return err
	}
	query := url.Values{"tu": {string(from)}, "den": {string(to)}, "ai": {who}}
	p := auditData{frame: s.frame(u, "audit", "Nhật ký"), From: string(from), To: string(to), Who: who, Problem: problem, CSV: "/nhat-ky.csv?" + query.Encode()}
	p.Users = []option{{Value: "cli", Label: "Dòng lệnh trên máy chủ", Chosen: who == "cli"}}
	for _, x := range users {
		p.Users = append(p.Users, option{Value: x.Name, Label: x.Name, Chosen: x.Name == who})
	}
	p.Sentence = countText(int64(len(entries))) + " việc"
	if failed := int64(len(entries) - len(slices.DeleteFunc(slices.Clone(entries), func(e server.AuditEntry) bool { return strings.HasSuffix(e.Deed, "_failed") }))); failed > 0 {
		p.Sentence += ", trong đó " + countText(failed) + " lần không thành"
	}
	page, err := strconv.Atoi(c.DefaultQuery("trang", "1"))
	if err != nil || page < 1 || page > 1+len(entries)/auditPerPage {
		page = 1
	}
	address := func(n int) string {
		query.Set("trang", strconv.Itoa(n))
		return "/nhat-ky?" + query.Encode()
	}
	first := (page - 1) * auditPerPage
	last := min(first+auditPerPage, len(entries))
	for _, e := range entries[first:last] {
		p.Rows = append(p.Rows, auditRow{e.At.In(server.Zone).Format("02/01/2006 15:04:05"), cmp.Or(e.User, "không rõ"), deedText(e.Deed), e.What})
	}
	if page > 1 {
		p.Newer = address(page - 1)
	}
	if last < len(entries) {
		p.Older = address(page + 1)
	}
	status := http.StatusOK
	if problem != "" {
		status = http.StatusUnprocessableEntity
	}
	return s.show(c, status, "audit", staffPolicy, p)
}

// auditCSV downloads what the page shows, all of it.
func (s *Site) auditCSV(c *gin.Context) error {
	u, err := s.staff.who(c)
	if err != nil {
		return err
	}
	from, to, who, problem := s.auditQuery(c)
	if problem != "" {
		return fmt.Errorf("%w: the days of the audit", server.ErrInvalid)
	}
	ctx := c.Request.Context()
	entries, err := s.svc.AuditEntriesFor(ctx, u, from, to, who)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := report.AuditCSV(&b, entries); err != nil {
		return err
	}
	if err := s.auditStaff(c, "export_audit", string(from)+" "+string(to)); err != nil {
		return err
	}
	c.Header("Content-Disposition", fmt.Sprintf("attachment; filename=%q", "nhat-ky-"+string(from)+"_"+string(to)+".csv"))
	c.Data(http.StatusOK, mimeCSV, b.Bytes())
	return nil
}
