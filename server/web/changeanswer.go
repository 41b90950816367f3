package web

import (
	"context"
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"hailong/server"
)

// A changePage offers to change or withdraw an answer, or tells that it was
// withdrawn.
type changePage struct {
	look
	Path  string     // of the slip
	Until server.Day // the last day for it
	Sent  []field    // what was sent just now and can take the old answer's place
	Done  bool       // withdrawn
}

// A field is one value of a form to be sent again.
type field struct{ Name, Value string }

// until is the last day on which the answer of a slip can be changed, for pages
// that offer it; "" where it cannot, or where that is not known just now.
func (s *Site) until(ctx context.Context, code server.SlipCode) server.Day {
	day, err := s.svc.ChangeableUntil(ctx, code)
	if err != nil {
		return ""
	}
	return day
}

// answered tells who sends another answer on a used slip that the first one
// stands. While it may be changed, what was sent can take its place, if that
// is what the citizen says: never by itself.
func (s *Site) answered(ctx context.Context, c *gin.Context, code server.SlipCode, f form) error {
	page := changePage{look: s.sentLook(c, code), Path: "/q/" + code.Text(), Until: s.until(ctx, code)}
	if page.Until == "" {
		return server.ErrAnswered
	}
	for _, name := range f.names() {
		if name == "lang" {
			continue
		}
		for _, v := range f[name] {
			page.Sent = append(page.Sent, field{name, v})
		}
	}
	return s.showCitizen(c, http.StatusConflict, "answered", page)
}

// changing looks a slip up whose answer is to be changed or withdrawn. A slip
// without an answer leads to the survey.
func (s *Site) changing(ctx context.Context, c *gin.Context) (code server.SlipCode, until server.Day, ok bool, err error) {
	code, _, err = s.slip(ctx, c)
	if err != nil {
		return code, "", false, err
	}
	until, err = s.svc.ChangeableUntil(ctx, code)
	switch {
	case errors.Is(err, server.ErrNotFound):
		c.Redirect(http.StatusSeeOther, slipPath(code, c.Query("lang")))
		return code, "", false, nil
	case err == nil && until == "":
		err = server.ErrAnswered
	}
	return code, until, err == nil, err
}

// changeSurvey shows the survey, blank: who found a slip does not learn from it
// what was answered.
func (s *Site) changeSurvey(c *gin.Context) error {
	ctx, cancel := context.WithTimeout(c.Request.Context(), citizenPatience)
	defer cancel()
	code, until, ok, err := s.changing(ctx, c)
	if err != nil || !ok {
		return err
	}
	return s.showCitizen(c, http.StatusOK, "phone", s.changeForm(ctx, c, code, until, nil))
}

func (s *Site) changeForm(ctx context.Context, c *gin.Context, code server.SlipCode, until server.Day, f form) *surveyPage {
	page := s.surveyPage(ctx, c, code, f)
	page.Change, page.Action = until, "/q/"+code.Text()+"/sua?lang="+page.Lang
	page.Draft = draft{} // who found a slip does not learn what its owner began to write
	page.Withdraw = "/q/" + code.Text() + "/rut?lang=" + page.Lang
	return page
}

// changeAnswer puts what was sent in the place of the slip's answer.
func (s *Site) changeAnswer(c *gin.Context) error {
	ctx, cancel := context.WithTimeout(c.Request.Context(), citizenPatience)
	defer cancel()
	f, err := readForm(c)
	if err != nil {
		return err
	}
	speak(c, f.one("lang"))
	code, until, ok, err := s.changing(ctx, c)
	if err == nil && !ok {
		return nil
	}
	sub, faults := s.submission(f)
	sub.Lang = language(c)
	if err == nil && len(faults) > 0 {
		err = &server.Faults{List: faults}
	}
	if err == nil {
		_, err = s.svc.ChangeAnswer(ctx, code, sub)
	}
	var wrong *server.Faults
	switch {
	case err == nil:
		s.countAnswer(server.LaneSlip, answerChanged)
		c.Redirect(http.StatusSeeOther, "/q/"+code.Text()+"/cam-on?lang="+language(c))
		return nil
	case errors.As(err, &wrong):
		page := s.changeForm(ctx, c, code, until, f)
		page.fault(wrong.List)
		return s.showCitizen(c, http.StatusUnprocessableEntity, "phone", page)
	case s.trouble(c, err):
		page := s.changeForm(ctx, c, code, until, f)
		page.Trouble = true
		c.Header("Retry-After", "60")
		return s.showCitizen(c, failureOf(err).status, "phone", page)
	}
	return err
}

// withdrawPage asks whether the answer is really to be withdrawn.
func (s *Site) withdrawPage(c *gin.Context) error {
	ctx, cancel := context.WithTimeout(c.Request.Context(), citizenPatience)
	defer cancel()
	code, until, ok, err := s.changing(ctx, c)
	if err != nil || !ok {
		return err
	}
	return s.showCitizen(c, http.StatusOK, "withdraw", changePage{look: s.look(c), Path: "/q/" + code.Text(), Until: until})
}

// withdrawAnswer withdraws the slip's answer. Doing it twice is the same.
func (s *Site) withdrawAnswer(c *gin.Context) error {
	ctx, cancel := context.WithTimeout(c.Request.Context(), citizenPatience)
	defer cancel()
	f, err := readForm(c)
	if err != nil {
		return err
	}
	speak(c, f.one("lang"))
	code, _, err := s.slip(ctx, c)
	if err != nil {
		return err
	}
	err = s.svc.WithdrawAnswer(ctx, code)
	if errors.Is(err, server.ErrNotFound) {
		c.Redirect(http.StatusSeeOther, slipPath(code, language(c)))
		return nil
	}
	if err != nil {
		return err
	}
	s.countAnswer(server.LaneSlip, answerWithdrawn)
	return s.showCitizen(c, http.StatusOK, "withdraw", changePage{look: s.look(c), Done: true})
}
