package web

import (
	"bytes"
	"fmt"
	"net/http"

	"github.com/gin-gonic/gin"

	"hailong/scoring/survey"
	"hailong/server"
	"hailong/server/report"
)

// A coverageDoc is the way from a returned dossier to a complete answer.
type coverageDoc struct {
	Unit     string     `json:"unit"`
	From     server.Day `json:"from"`
	To       server.Day `json:"to"`
	Returned int64      `json:"returned"`
	Invited  int64      `json:"invited"`
	Opened   int64      `json:"opened"`
	Answered int64      `json:"answered"`
	server.Completeness
}

// analystRoles are who sees how figures come about.
func analystRoles() []server.Role {
	return []server.Role{server.RoleLeader, server.RoleReporter, server.RoleInspector, server.RoleAdmin}
}

// apiCoverage answers with the way from returned dossiers to complete answers.
func (s *Site) apiCoverage(c *gin.Context) error {
	if _, err := s.as(c, analystRoles()...); err != nil {
		return err
	}
	var from, to server.Day
	for _, day := range []struct {
		name string
		to   *server.Day
	}{{"from", &from}, {"to", &to}} {
		var err error
		if *day.to, err = server.ParseDay(c.Query(day.name)); err != nil {
			return &fieldError{day.name, "invalid", survey.Text{VI: "Cần một ngày dạng 2024-01-31.", EN: "A day such as 2024-01-31 is needed."}}
		}
	}
	if from > to {
		return &fieldError{"to", "invalid", survey.Text{VI: "Ngày cuối trước ngày đầu.", EN: "The last day is before the first."}}
	}
	r, err := s.svc.Respondents(c.Request.Context(), from, to)
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, coverageDoc{s.svc.Config.Unit, from, to, r.Returned, r.Invited, r.Opened, r.Answered, r.Completeness})
	return nil
}

// coverageCSV downloads the way of the period in the address.
func (s *Site) coverageCSV(c *gin.Context) error {
	u, err := s.staff.who(c)
	if err != nil {
		return err
	}
	p, ok, err := s.filePeriod(c, u)
	if !ok {
		return err
	}
	ctx := c.Request.Context()
	r, err := s.svc.Respondents(ctx, p.From, p.To)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := report.CoverageCSV(&b, r); err != nil {
		return err
	}
	if err := s.svc.Audit(ctx, u.Name, "export", "do-phu "+p.file()+" csv"); err != nil {
		return fmt.Errorf("writing the audit: %w", err)
	}
	c.Header("Content-Disposition", fmt.Sprintf("attachment; filename=%q", "do-phu-"+p.file()+".csv"))
	c.Data(http.StatusOK, mimeCSV, b.Bytes())
	return nil
}
