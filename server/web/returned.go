package web

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"hailong/server"
	"hailong/server/store"
)

// A returnData is the page on which an officer marks a dossier as returned
// (đã trả kết quả).
type returnData struct {
	frame
	Counters []string // with a kiosk
	Counter  string   // chosen; "" is the dossier's own
	Dossier  string   // as it was typed, where it must be typed again
	Wrong    string
	// Again asks before a slip that may be in a citizen's hands is voided.
	Again bool

	Done      bool
	Procedure string
	Called    bool
	Until     int // seconds for which the kiosk invites
	Code, URL string
	Expires   string
	QR        qrPicture
}

func (s *Site) returnPage(c *gin.Context) error {
	p, err := s.newReturnPage(c)
	if err != nil {
		return err
	}
	return s.show(c, http.StatusOK, "returned", staffPolicy, p)
}

func (s *Site) newReturnPage(c *gin.Context) (*returnData, error) {
	u, err := s.staff.who(c)
	if err != nil {
		return nil, err
	}
	devices, err := s.svc.Devices(c.Request.Context())
	if err != nil {
		return nil, err
	}
	p := &returnData{frame: s.frame(u, "returned", "Trả kết quả"), Until: server.CallSeconds / 60}
	for _, d := range devices {
		if !d.Revoked && d.Counter != "" && !slices.Contains(p.Counters, d.Counter) {
			p.Counters = append(p.Counters, d.Counter)
		}
	}
	return p, nil
}

// returned marks a dossier as returned, shows its slip this once, and has the
// kiosk of the counter invite the citizen.
func (s *Site) returned(c *gin.Context) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	p, err := s.newReturnPage(c)
	if err != nil {
		return err
	}
	p.Dossier = clip(strings.TrimSpace(f.one("ho-so")), 80)
	if slices.Contains(p.Counters, f.one("quay")) {
		p.Counter = f.one("quay")
	}
	code, err := server.ParseDossierCode(p.Dossier)
	if err != nil {
		p.Wrong = "Mã hồ sơ cần có dạng 000.21.35.H24-240115-0012 hoặc H24.x.y-240115-0012."
		return s.show(c, http.StatusUnprocessableEntity, "returned", staffPolicy, p)
	}
	slip, called, err := s.returnDossier(c.Request.Context(), code, returnBody{Counter: p.Counter, Reissue: f.one("thay-phieu") == "co"})
	var field *fieldError
	switch {
	case err == nil:
	case errors.Is(err, server.ErrNotFound):
		p.Wrong = "Không có hồ sơ này. Kiểm tra lại mã, hoặc nhập danh sách hồ sơ mới nhất."
		return s.show(c, http.StatusNotFound, "returned", staffPolicy, p)
	case errors.Is(err, store.ErrExists):
		p.Again, p.Wrong = true, "Hồ sơ này đã có phiếu mời. Nếu phiếu chưa đến tay người dân, có thể thay bằng phiếu mới: phiếu cũ sẽ không dùng được nữa."
		return s.show(c, http.StatusConflict, "returned", staffPolicy, p)
	case errors.Is(err, server.ErrAnswered):
		p.Wrong = "Hồ sơ này đã được đánh giá. Mỗi hồ sơ chỉ đánh giá một lần."
		return s.show(c, http.StatusConflict, "returned", staffPolicy, p)
	case errors.As(err, &field):
		p.Wrong = field.text.VI
		return s.show(c, http.StatusUnprocessableEntity, "returned", staffPolicy, p)
	default:
		return err
	}
	s.svc.NoteIssue(slip.Code, clientNet(c.ClientIP()))
	if err := s.auditStaff(c, "return_dossier", ""); err != nil {
		return err
	}
	p.Dossier, p.Done, p.Procedure, p.Called = "", true, slip.Procedure, called
	p.Code, p.URL, p.Expires = slip.Code.Fours(), slip.URL, slip.Expires.VI()
	if p.QR, err = newQRPicture(slip.URL); err != nil {
		return err
	}
	return s.show(c, http.StatusOK, "returned", staffPolicy, p)
}
