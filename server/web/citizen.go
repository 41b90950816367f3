package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"hailong/scoring/survey"
	"hailong/server"
	"hailong/server/store"
)

// citizenPatience is how long a citizen waits for the store before the page
// asks to try again.
const citizenPatience = 10 * time.Second

// home sends whoever types just the host's name to the public board.
func (s *Site) home(c *gin.Context) error {
	c.Redirect(http.StatusFound, "/cong-khai")
	return nil
}

// A codePage asks for the code on the slip.
type codePage struct {
	look
	Code  string // as typed
	Error string
}

func (s *Site) typeCode(c *gin.Context) error {
	return s.showCitizen(c, http.StatusOK, "code", codePage{look: s.look(c)})
}

// codeTyped leads from the typed code to the survey. A mistyped and an unknown
// code get the same answer.
func (s *Site) codeTyped(c *gin.Context) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	speak(c, f.one("lang"))
	ctx, cancel := context.WithTimeout(c.Request.Context(), citizenPatience)
	defer cancel()
	page := codePage{look: s.look(c), Code: f.one("code")}
	code, err := server.ParseSlipCode(page.Code)
	if err != nil {
		err = s.wrongCode(c)
	} else if _, err = s.svc.Invitation(ctx, code); errors.Is(err, server.ErrNotFound) {
		err = s.wrongCode(c)
	}
	switch {
	case err == nil, errors.Is(err, server.ErrGone), errors.Is(err, server.ErrAnswered):
		c.Redirect(http.StatusSeeOther, slipPath(code, f.one("lang"), c.Query("lang")))
		return nil
	case errors.Is(err, server.ErrNotFound):
		page.Error = page.T("Mã này chưa đúng. Vui lòng so lại từng chữ và số với mã trên phiếu.", "This code is not right. Please compare each letter and digit with the slip.")
		return s.showCitizen(c, http.StatusUnprocessableEntity, "code", page)
	case errors.Is(err, errLimited):
		page.Error = page.T("Mã này chưa đúng, và đang có quá nhiều lần nhập sai. Nhập đúng mã trên phiếu thì vẫn dùng được ngay.", "This code is not right, and there are too many wrong attempts just now. The right code still works at once.")
		c.Header("Retry-After", "60")
		return s.showCitizen(c, http.StatusTooManyRequests, "code", page)
	case s.trouble(c, err):
		page.Error = page.T("Hệ thống tạm thời chưa kiểm tra được mã. Vui lòng bấm lại sau một phút.", "The code cannot be checked just now. Please press again in a minute.")
		c.Header("Retry-After", "60")
		return s.showCitizen(c, failureOf(err).status, "code", page)
	}
	return err
}

// slipPath is where the survey of a slip is, in the language chosen so far.
func slipPath(code server.SlipCode, langs ...string) string {
	for _, lang := range langs {
		if lang == "en" || lang == "vi" {
			return "/q/" + code.Text() + "?lang=" + lang
		}
	}
	return "/q/" + code.Text()
}

// slip reads the code in the address and looks its invitation up. Whatever
// opens nothing is counted as a guess, after the look-up.
func (s *Site) slip(ctx context.Context, c *gin.Context) (server.SlipCode, server.Invitation, error) {
	code, err := server.ParseSlipCode(c.Param("code"))
	if err != nil {
		return code, server.Invitation{}, s.wrongCode(c)
	}
	inv, err := s.svc.Invitation(ctx, code)
	if errors.Is(err, server.ErrNotFound) {
		err = s.wrongCode(c)
	}
	return code, inv, err
}

// showSurvey shows the survey, or where the slip is spent what became of it.
func (s *Site) showSurvey(c *gin.Context) error {
	ctx, cancel := context.WithTimeout(c.Request.Context(), citizenPatience)
	defer cancel()
	code, inv, err := s.slip(ctx, c)
	if err != nil {
		return err
	}
	if inv.State == server.InvitationUsed {
		r, err := s.svc.ReceiptOf(ctx, code)
		switch {
		case err == nil:
			return s.showCitizen(c, http.StatusOK, "thanks", thanksPage{s.sentLook(c, code), r.Code, true, "/q/" + code.Text(), s.until(ctx, code)})
		case !errors.Is(err, server.ErrNotFound):
			return err
		}
		// Claimed, but the answer never got there: the citizen may try again.
	}
	if inv.State == server.InvitationOpen && !inv.Opened {
		if err := s.svc.NoteOpened(ctx, code); err != nil { // the citizen need not know
			s.log.WarnContext(ctx, "noting that a survey was opened", "err", err)
		}
	}
	return s.showCitizen(c, http.StatusOK, "phone", s.surveyPage(ctx, c, code, nil))
}

// acceptAnswer takes the answer. Whatever goes wrong on our side, the citizen
// gets the form back with everything that was typed.
func (s *Site) acceptAnswer(c *gin.Context) error {
	ctx, cancel := context.WithTimeout(c.Request.Context(), citizenPatience)
	defer cancel()
	f, err := readForm(c)
	if err != nil {
		return err
	}
	speak(c, f.one("lang"))
	code, err := server.ParseSlipCode(c.Param("code"))
	if err != nil {
		s.countAnswer(server.LaneSlip, answerRefused)
		return s.wrongCode(c)
	}
	sub, faults := s.submission(f)
	sub.Lang = language(c)
	sub.Network = clientNet(c.ClientIP())
	sub.Phone = sub.Network + " " + clip(c.Request.UserAgent(), 300)
	var receipt server.Receipt
	if len(faults) == 0 {
		receipt, err = s.svc.AcceptSlip(ctx, code, sub)
	} else if _, err = s.svc.Invitation(ctx, code); err == nil {
		err = &server.Faults{List: faults} // what is wrong is told only to one who has a slip
	}
	var wrong *server.Faults
	switch {
	case err == nil:
		result := answerStored
		if receipt.Already {
			result = answerAlready
		}
		s.countAnswer(server.LaneSlip, result)
		c.Redirect(http.StatusSeeOther, "/q/"+code.Text()+"/cam-on?lang="+language(c))
		return nil
	case errors.As(err, &wrong):
		s.countAnswer(server.LaneSlip, answerRefused)
		page := s.surveyPage(ctx, c, code, f)
		page.fault(wrong.List)
		return s.showCitizen(c, http.StatusUnprocessableEntity, "phone", page)
	case errors.Is(err, server.ErrAnswered):
		s.countAnswer(server.LaneSlip, answerConflict)
		return s.answered(ctx, c, code, f)
	case errors.Is(err, server.ErrNotFound):
		s.countAnswer(server.LaneSlip, answerRefused)
		return s.wrongCode(c)
	case s.trouble(c, err):
		page := s.surveyPage(ctx, c, code, f)
		page.Trouble = true
		c.Header("Retry-After", "60")
		return s.showCitizen(c, failureOf(err).status, "phone", page)
	}
	s.countAnswer(server.LaneSlip, answerRefused)
	return err
}

// trouble reports whether an error is ours and not the citizen's, and if so
// logs it: the page goes on with what was typed.
func (s *Site) trouble(c *gin.Context, err error) bool {
	f := failureOf(err)
	if f.status < 500 {
		return false
	}
	s.logFailure(c, f, err)
	return true
}

// submission makes of a form what the domain reads; fields names those of the
// form that are no items, besides comment and lang. The faults are those that
// only the form can have; where there are some, the others are there too.
func (s *Site) submission(f form, fields ...string) (server.Submission, []survey.Fault) {
	sub := server.Submission{Lane: server.LaneSlip, Given: map[string]string{}, Comment: strings.ReplaceAll(f.one("comment"), "\r\n", "\n")}
	var faults []survey.Fault
	for _, name := range f.names() {
		switch {
		case name == reasonField:
			sub.Reasons = f[name]
		case len(f[name]) > 1:
			faults = append(faults, survey.Fault{Item: name, Kind: survey.FaultRepeated})
		case name != "comment" && name != "lang" && !slices.Contains(fields, name):
			sub.Given[name] = f[name][0]
		}
	}
	sub.Reasons = lowReasons(s.svc.Survey(), sub)
	if utf8.RuneCountInString(sub.Comment) > server.MaxComment {
		faults = append(faults, survey.Fault{Item: "comment", Kind: faultLong})
	}
	if len(faults) > 0 {
		for _, o := range s.svc.Faults(sub) {
			if len(f[o.Item]) < 2 { // not missing, but repeated
				faults = append(faults, o)
			}
		}
	}
	return sub, faults
}

// reasonField is the field of a form whose values are reasons, of all items.
const reasonField = "reasons"

// lowReasons leaves out the reasons of items that are not marked as low: who
// first chose a low level, said why, and then chose a better one, has them out
// of sight. What is no reason at all stays, to be refused.
func lowReasons(sv *survey.Survey, sub server.Submission) []string {
	hidden := map[string]bool{}
	for _, it := range sv.Items() {
		m, ok := sv.ParseMark(sub.Given[it.ID])
		for _, r := range it.Reasons {
			hidden[r.ID] = !ok || !sv.IsLow(m)
		}
	}
	return slices.DeleteFunc(slices.Clone(sub.Reasons), func(id string) bool { return hidden[id] })
}

// A thanksPage says that the answer is safe.
type thanksPage struct {
	look
	Receipt string
	Before  bool // the slip was answered before this visit
	Path    string
	Until   server.Day // the last day on which the answer can be changed; "" is never
}

// thanks shows the receipt of an answer that is stored; who has not answered
// yet gets the survey.
func (s *Site) thanks(c *gin.Context) error {
	ctx, cancel := context.WithTimeout(c.Request.Context(), citizenPatience)
	defer cancel()
	code, _, err := s.slip(ctx, c)
	if err != nil {
		return err
	}
	r, err := s.svc.ReceiptOf(ctx, code)
	if errors.Is(err, server.ErrNotFound) {
		c.Redirect(http.StatusSeeOther, slipPath(code, c.Query("lang")))
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading the receipt: %w", err)
	}
	return s.showCitizen(c, http.StatusOK, "thanks", thanksPage{s.sentLook(c, code), r.Code, false, "/q/" + code.Text(), s.until(ctx, code)})
}

// about names the procedure that a slip asks about: what the slip itself says,
// without the number of the dossier. It is "" where that cannot be found out.
func (s *Site) about(ctx context.Context, code server.SlipCode) string {
	inv, err := s.svc.Invitation(ctx, code)
	if err != nil {
		return ""
	}
	d, err := s.svc.Dossier(ctx, inv.Dossier)
	if err != nil {
		return ""
	}
	if d.ProcedureName == "" {
		return d.Field
	}
	return d.ProcedureName
}

// An errorView is a failure as a person sees it.
type errorView struct {
	look
	Title, Help string
	Citizen     bool // on the way to a survey
}

// errorPage tells a person what went wrong.
func (s *Site) errorPage(c *gin.Context, f failure) {
	l := s.look(c)
	citizen := strings.HasPrefix(strings.ToLower(c.Request.URL.Path), "/q")
	page := errorView{look: l, Title: f.title.In(l.Lang), Help: f.help.In(l.Lang), Citizen: citizen && f.status != http.StatusConflict}
	if citizen && f.status == http.StatusNotFound {
		page.Title = l.T("Không có phiếu với mã này", "There is no slip with this code")
		page.Help = l.T("Vui lòng quét lại mã QR, hoặc nhập mã in trên phiếu.", "Please scan the QR code again, or type the code on the slip.")
	}
	if citizen && f.status == http.StatusTooManyRequests { // one who has a slip is let in, as wrongCode says
		page.Title = l.T("Không có phiếu với mã này", "There is no slip with this code")
		page.Help = l.T("Đang có quá nhiều lần nhập sai, xin đợi một phút. Nhập đúng mã in trên phiếu thì vẫn dùng được ngay.", "There are too many wrong attempts just now, please wait a minute. The right code on a slip still works at once.")
	}
	if strings.HasPrefix(strings.ToLower(c.Request.URL.Path), "/p/") && (f.status == http.StatusNotFound || f.status == http.StatusGone) {
		page.Citizen, page.Title = true, l.T("Mã QR này không còn dùng", "This QR code is no longer in use")
		page.Help = l.T("Nếu có phiếu, vui lòng nhập mã in trên phiếu; nếu không, xin hỏi công chức tại quầy.", "If you have a slip, please type the code on it; otherwise please ask at the counter.")
	}
	if err := s.showCitizen(c, f.status, "error", page); err != nil {
		s.log.ErrorContext(c.Request.Context(), "showing an error page", "err", err)
		c.String(f.status, "%s. %s", f.title.VI, f.help.VI)
	}
}

// isUnavailable reports whether trying again may help.
func isUnavailable(err error) bool {
	return errors.Is(err, store.ErrUnavailable) || errors.Is(err, context.DeadlineExceeded)
}
