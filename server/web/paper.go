package web

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"hailong/scoring/instrument"
	"hailong/scoring/survey"
	"hailong/server"
	"hailong/server/importer"
)

// A paperData is the page on which paper forms are keyed in: one line of signs
// for the whole form, so that the hand stays on the number pad.
type paperData struct {
	frame
	Number, Day, Field, Counter, Signs string
	Further                            string
	Questions                          []paperQuestion
	Groups                             []paperGroup
	Length                             int
	Problem                            string // what is wrong with what was typed
	Wrong                              []paperWrong
	Done                               string // what became of the last form
	Differs                            []server.PaperDifference
	FirstBy                            string
	Waiting                            []string
	Sheet                              *importer.PaperReport // what became of a sheet
	SheetProblem                       string
}

// A paperGroup reminds of the order of the signs: I, 4 questions.
type paperGroup struct {
	Name  string
	Count int
}

// A paperQuestion reminds of a further question and its choices.
type paperQuestion struct{ Name, Choices string }

type paperWrong struct {
	At   int
	Text string
}

func (s *Site) paperPage(c *gin.Context) error {
	u, err := s.staff.who(c)
	if err != nil {
		return err
	}
	return s.showPaper(c, http.StatusOK, paperData{frame: s.frame(u, "paper", "Nhập phiếu giấy"), Day: string(s.svc.Today())})
}

// enterPaper takes one form. What was typed comes back with everything but a
// form that is done.
func (s *Site) enterPaper(c *gin.Context) error {
	u, err := s.staff.who(c)
	if err != nil {
		return err
	}
	f, err := readForm(c)
	if err != nil {
		return err
	}
	d := paperData{
		frame:  s.frame(u, "paper", "Nhập phiếu giấy"),
		Number: f.one("number"), Day: f.one("day"), Field: f.one("field"), Counter: f.one("counter"), Signs: f.one("signs"), Further: f.one("further"),
	}
	entry, err := s.svc.ParsePaperForm(server.PaperForm{Number: d.Number, Day: server.Day(d.Day), Field: d.Field, Counter: d.Counter, Signs: d.Signs, Further: d.Further, By: u.Name})
	how := server.KeyPaper
	if f.one("settle") != "" {
		how = server.SettlePaper
	}
	var result server.PaperResult
	if err == nil {
		result, err = s.svc.EnterPaper(c.Request.Context(), entry, how)
	}
	var faults *server.Faults
	switch {
	case errors.As(err, &faults):
		d.Problem = "Có ký tự không đúng: chỉ dùng 1–5, N (không phát sinh) hoặc dấu chấm (bỏ trống)."
		for i, it := range instrument.Full().Items() {
			for _, x := range faults.List {
				if x.Item == it.ID {
					d.Wrong = append(d.Wrong, paperWrong{i + 1, it.Text.VI})
				}
			}
		}
		return s.showPaper(c, http.StatusUnprocessableEntity, d)
	case errors.Is(err, server.ErrInvalid):
		d.Problem = strings.TrimPrefix(err.Error(), server.ErrInvalid.Error()+": ") + "."
		return s.showPaper(c, http.StatusUnprocessableEntity, d)
	case errors.Is(err, server.ErrAnswered):
		d.Problem = "Số phiếu này đã được nhập với câu trả lời khác. Kiểm tra lại số phiếu."
		return s.showPaper(c, http.StatusConflict, d)
	case err != nil:
		return err
	}
	next := paperData{frame: d.frame, Day: d.Day, Field: d.Field, Counter: d.Counter}
	switch result.State {
	case server.PaperDiffers:
		d.Differs, d.FirstBy = result.Differences, server.PaperKeyer(result.FirstBy)
		return s.showPaper(c, http.StatusConflict, d)
	case server.PaperFirst:
		next.Done = "Phiếu " + entry.Number + ": đã ghi lần một. Nhập lại lần hai để lưu."
	case server.PaperAlready:
		next.Done = "Phiếu " + entry.Number + " đã được lưu trước đó."
	default:
		next.Done = "Phiếu " + entry.Number + ": hai lần nhập khớp, đã lưu."
		if how == server.SettlePaper {
			next.Done = "Phiếu " + entry.Number + ": đã lưu theo bản giấy."
		}
		if err := s.svc.Audit(c.Request.Context(), u.Name, "paper", entry.Number); err != nil {
			return fmt.Errorf("writing the audit: %w", err)
		}
	}
	return s.showPaper(c, http.StatusOK, next)
}

func (s *Site) showPaper(c *gin.Context, status int, d paperData) error {
	sv := instrument.Full()
	d.Length = len(sv.Items())
	d.Groups = paperGroups(sv)
	for _, q := range server.FurtherQuestions() {
		hint := make([]string, len(q.Choices))
		for i, choice := range q.Choices {
			hint[i] = fmt.Sprintf("%d %s", i+1, choice.VI)
		}
		d.Questions = append(d.Questions, paperQuestion{q.Text.VI, strings.Join(hint, ", ")})
	}
	waiting, err := s.svc.PaperWaiting(c.Request.Context(), 200)
	if err != nil {
		return fmt.Errorf("reading the forms that wait: %w", err)
	}
	for _, f := range waiting {
		d.Waiting = append(d.Waiting, f.Number)
	}
	return s.show(c, status, "paper", staffPolicy, d)
}

func paperGroups(sv *survey.Survey) []paperGroup {
	var out []paperGroup
	for i, el := range sv.Elements {
		out = append(out, paperGroup{romanOf(i+1) + ". " + el.Text.VI, len(el.Criteria)})
	}
	if sv.HasOverall() {
		out = append(out, paperGroup{"Đánh giá chung", 1})
	}
	return out
}

func romanOf(n int) string {
	return [...]string{"", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII"}[min(n, 12)]
}
