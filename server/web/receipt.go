package web

import (
	"context"
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"hailong/server"
)

// A receiptPage asks for a receipt, or tells what became of its answer.
type receiptPage struct {
	look
	Code   string // as typed
	Error  string
	Status *server.ReceiptStatus
	// Objection is what was typed against the reply, where it must be sent again.
	Objection, ObjectionError string
	Objected, CanObject       bool
	ObjectDays                int
}

// State says in one word how far it has come.
func (p receiptPage) State() string {
	switch {
	case p.Status.Case == nil:
		return p.T("Đã nhận", "Received")
	case p.Status.Case.State == server.CaseReplied:
		return p.T("Đã trả lời", "Replied")
	case p.Status.Case.State == server.CaseConcluded:
		return p.T("Đã xem xét xong, đang soạn trả lời", "Looked into, the reply is being written")
	case p.Status.Case.State == server.CaseWorking:
		return p.T("Đang xử lý", "Being handled")
	}
	return p.T("Đã nhận, đang chờ phân công người xử lý", "Received, waiting to be assigned")
}

// Day writes a day as the readers of the language expect it.
func (l look) Day(d server.Day) string {
	if l.Lang == "en" {
		return d.Time().Format("2 January 2006")
	}
	return d.VI()
}

func (s *Site) receiptForm(c *gin.Context) error {
	return s.showCitizen(c, http.StatusOK, "receipt", receiptPage{look: s.look(c)})
}

// receiptLookup tells the holder of a receipt what became of the answer. The
// receipt comes in a form, so it is in no address and in no log; a wrong one is
// counted as a guess like a wrong slip code, and the right one is let in before.
func (s *Site) receiptLookup(c *gin.Context) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	speak(c, f.one("lang"))
	ctx, cancel := context.WithTimeout(c.Request.Context(), citizenPatience)
	defer cancel()
	page := receiptPage{look: s.look(c), Code: f.one("receipt")}
	s = s.ofReceipt(ctx, page.Code)
	st, err := s.svc.ReceiptStatus(ctx, page.Code)
	if errors.Is(err, server.ErrInvalid) || errors.Is(err, server.ErrNotFound) {
		err = s.wrongCode(c)
	}
	switch {
	case err == nil && f.one("objection") != "":
		return s.object(ctx, c, page, f.one("objection"))
	case err == nil:
		page.tell(st, s.svc.Today())
		return s.showCitizen(c, http.StatusOK, "receipt", page)
	case errors.Is(err, server.ErrNotFound):
		page.Error = page.T("Không có ý kiến nào với mã biên nhận này. Vui lòng so lại từng chữ và số.", "There is no answer with this receipt. Please compare each letter and digit.")
		return s.showCitizen(c, http.StatusUnprocessableEntity, "receipt", page)
	case errors.Is(err, errLimited):
		page.Error = page.T("Mã này chưa đúng, và đang có quá nhiều lần nhập sai. Nhập đúng mã biên nhận thì vẫn xem được ngay.", "This code is not right, and there are too many wrong attempts just now. The right receipt still works at once.")
		c.Header("Retry-After", "60")
		return s.showCitizen(c, http.StatusTooManyRequests, "receipt", page)
	case s.trouble(c, err):
		page.Error = page.T("Hệ thống tạm thời chưa tra cứu được. Vui lòng bấm lại sau một phút.", "The receipt cannot be looked up just now. Please press again in a minute.")
		c.Header("Retry-After", "60")
		return s.showCitizen(c, failureOf(err).status, "receipt", page)
	}
	return err
}

func (p *receiptPage) tell(st server.ReceiptStatus, today server.Day) {
	p.Status, p.ObjectDays = &st, server.ObjectDays
	p.CanObject = st.Case != nil && st.Case.CanObject(today)
}

// object takes what the citizen says against the reply, and shows what is so now.
// The case is open again, or the time for it is over; the text is not lost
// where the store cannot be reached.
func (s *Site) object(ctx context.Context, c *gin.Context, page receiptPage, text string) error {
	status := http.StatusOK
	err := s.svc.Object(ctx, page.Code, text)
	switch {
	case err == nil:
		page.Objected = true
	case errors.Is(err, server.ErrInvalid), errors.Is(err, server.ErrGone), errors.Is(err, server.ErrNotFound):
		status = http.StatusConflict
		page.ObjectionError = page.T("Ý kiến chưa đồng ý không gửi được nữa: phản ánh đang được xem lại, hoặc đã hết thời hạn gửi. Xem tình trạng hiện nay ở trên.", "This can no longer be sent: it is being looked into again, or the time for it is over. See above how it stands.")
	case s.trouble(c, err):
		status = failureOf(err).status
		page.Objection = text
		page.ObjectionError = page.T("Hệ thống tạm thời chưa nhận được. Vui lòng bấm gửi lại sau một phút.", "This cannot be taken just now. Please press again in a minute.")
		c.Header("Retry-After", "60")
	default:
		return err
	}
	st, err := s.svc.ReceiptStatus(ctx, page.Code)
	if err != nil {
		return err
	}
	page.tell(st, s.svc.Today())
	return s.showCitizen(c, status, "receipt", page)
}

// A noticePage tells who asks, why, and what happens to an answer.
type noticePage struct {
	look
	Office, Desk string
	Days         int // that a slip can be used
	Change       int // days that an answer can be changed
}

func (s *Site) notice(c *gin.Context) error {
	p := s.svc.Profile()
	return s.showCitizen(c, http.StatusOK, "notice", noticePage{look: s.look(c), Office: p.Full, Desk: p.Desk, Days: s.svc.Config.InvitationDays, Change: max(0, s.svc.Config.ChangeDays)})
}
