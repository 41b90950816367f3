package web

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"hailong/server"
	"hailong/server/report"
)

// showPoster shows the short form to who scanned a poster.
func (s *Site) showPoster(c *gin.Context) error {
	p, err := s.svc.Poster(c.Request.Context(), c.Param("poster"))
	if err != nil {
		return err
	}
	once, err := s.svc.NewOnce()
	if err != nil {
		return err
	}
	return s.showCitizen(c, http.StatusOK, "phone", s.posterPage(c, p, once, nil))
}

func (s *Site) posterPage(c *gin.Context, p server.Poster, once string, f form) *surveyPage {
	page := s.blankPage(c, f)
	page.Place, page.Once, page.Action = p.Place(), once, "/p/"+p.ID+"?lang="+page.Lang
	page.detail(s.svc, -1, f)
	return page
}

// posterAnswer takes an answer by a poster. The thanks are the answer to the form
// itself: sent again, it is the same answer and gets the same thanks.
func (s *Site) posterAnswer(c *gin.Context) error {
	ctx, cancel := context.WithTimeout(c.Request.Context(), citizenPatience)
	defer cancel()
	f, err := readForm(c)
	if err != nil {
		return err
	}
	speak(c, f.one("lang"))
	p, err := s.svc.Poster(ctx, c.Param("poster"))
	if err != nil {
		return err
	}
	sub, faults := s.submission(f, "once")
	sub.Lang, sub.Lane = language(c), server.LanePoster
	if len(faults) == 0 {
		faults = s.svc.Faults(sub)
	}
	if len(faults) > 0 {
		s.countAnswer(server.LanePoster, answerRefused)
		page := s.posterPage(c, p, f.one("once"), f)
		page.fault(faults)
		return s.showCitizen(c, http.StatusUnprocessableEntity, "phone", page)
	}
	if !s.limits.poster(p.ID, c.ClientIP()+" "+c.Request.UserAgent(), s.now()) {
		s.countAnswer(server.LanePoster, answerRefused)
		page := s.posterPage(c, p, f.one("once"), f)
		page.Busy = true
		c.Header("Retry-After", "3600")
		return s.showCitizen(c, http.StatusTooManyRequests, "phone", page)
	}
	receipt, err := s.svc.AcceptPoster(ctx, p.ID, f.one("once"), sub)
	switch {
	case err == nil:
		result := answerStored
		if receipt.Already {
			result = answerAlready
		}
		s.countAnswer(server.LanePoster, result)
		return s.showCitizen(c, http.StatusOK, "thanks", thanksPage{look: s.look(c), Receipt: receipt.Code})
	case errors.Is(err, server.ErrAnswered):
		s.countAnswer(server.LanePoster, answerConflict)
		return err
	case s.trouble(c, err):
		page := s.posterPage(c, p, f.one("once"), f)
		page.Trouble = true
		c.Header("Retry-After", "60")
		return s.showCitizen(c, failureOf(err).status, "phone", page)
	}
	s.countAnswer(server.LanePoster, answerRefused)
	return err
}

// A postersData is the page on which posters are made and taken down.
type postersData struct {
	frame
	Rows     []posterRow
	Counters []string // to choose from
	Counter  string   // as typed
	Wrong    string
}

type posterRow struct {
	ID, Place, Made, By, URL string
	Revoked                  bool
}

func (s *Site) posters(c *gin.Context) error {
	p, err := s.newPostersPage(c)
	if err != nil {
		return err
	}
	return s.show(c, http.StatusOK, "posters", staffPolicy, p)
}

func (s *Site) newPostersPage(c *gin.Context) (*postersData, error) {
	u, err := s.staff.who(c)
	if err != nil {
		return nil, err
	}
	all, err := s.svc.Posters(c.Request.Context())
	if err != nil {
		return nil, err
	}
	devices, err := s.svc.Devices(c.Request.Context())
	if err != nil {
		return nil, err
	}
	p := &postersData{frame: s.frame(u, "posters", "Áp phích QR")}
	for _, d := range devices {
		if d.Counter != "" && !slices.Contains(p.Counters, d.Counter) {
			p.Counters = append(p.Counters, d.Counter)
		}
	}
	for _, x := range all {
		p.Rows = append(p.Rows, posterRow{x.ID, x.Place(), x.Made.VI(), x.By, strings.ToLower(s.svc.PosterURL(x)), x.Revoked})
	}
	return p, nil
}

func (s *Site) addPoster(c *gin.Context) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	u, err := s.staff.who(c)
	if err != nil {
		return err
	}
	_, err = s.svc.AddPoster(c.Request.Context(), u, f.one("quay"))
	if errors.Is(err, server.ErrInvalid) {
		p, err := s.newPostersPage(c)
		if err != nil {
			return err
		}
		p.Counter, p.Wrong = clip(f.one("quay"), 200), "Tên quầy dài quá 80 ký tự."
		return s.show(c, http.StatusUnprocessableEntity, "posters", staffPolicy, p)
	}
	if err != nil {
		return err
	}
	c.Redirect(http.StatusSeeOther, "/ap-phich")
	return nil
}

func (s *Site) revokePoster(c *gin.Context) error {
	u, err := s.staff.who(c)
	if err != nil {
		return err
	}
	if err := s.svc.RevokePoster(c.Request.Context(), u, c.Param("id")); err != nil {
		return err
	}
	c.Redirect(http.StatusSeeOther, "/ap-phich")
	return nil
}

// posterPDF is the sheet to hang up.
func (s *Site) posterPDF(c *gin.Context) error {
	p, err := s.svc.Poster(c.Request.Context(), c.Param("id"))
	if err != nil {
		return err
	}
	unit := s.svc.Profile()
	var b bytes.Buffer
	if err := report.QRPoster(&b, s.svc.PosterURL(p), p.Counter, report.SlipOptions{Office: unit.Name, Desk: unit.Desk, Created: p.Made.Time()}); err != nil {
		return fmt.Errorf("making a poster: %w", err)
	}
	c.Header("Content-Disposition", fmt.Sprintf("inline; filename=%q", "ap-phich-"+p.ID+".pdf"))
	c.Data(http.StatusOK, "application/pdf", b.Bytes())
	return nil
}
