package web

import (
	"bytes"
	"fmt"
	"io"
	"net/http"

	"github.com/gin-gonic/gin"

	"hailong/server"
	"hailong/server/report"
)

const (
	mimeCSV  = "text/csv; charset=utf-8"
	mimeXLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
)

// exportCSV downloads the dashboard's figures as CSV.
func (s *Site) exportCSV(c *gin.Context) error { return s.export(c, "csv", mimeCSV, report.IndexCSV) }

// exportXLSX downloads the dashboard's figures as a workbook.
func (s *Site) exportXLSX(c *gin.Context) error {
	return s.export(c, "xlsx", mimeXLSX, report.IndexXLSX)
}

// filePeriod is the period in the address of a file. Where it is none of those
// that can be asked for, a page says so and ok is false: a file of another period
// would mislead.
func (s *Site) filePeriod(c *gin.Context, u server.User) (p period, ok bool, err error) {
	p, chooser, err := s.periodOf(c, u)
	if err != nil {
		return p, false, err
	}
	if chooser.Problem != "" {
		return p, false, s.show(c, http.StatusUnprocessableEntity, "badperiod", staffPolicy, badPeriodData{s.frame(u, "", "Kỳ báo cáo chưa đúng"), chooser.Problem})
	}
	return p, true, nil
}

// export writes the figures of the period in the address, the same ones that
// the dashboard shows to this person. It writes to memory first, so that a
// failure is an error page and not half a file.
func (s *Site) export(c *gin.Context, ext, kind string, write func(io.Writer, *report.Figures) error) error {
	u, err := s.staff.who(c)
	if err != nil {
		return err
	}
	p, ok, err := s.filePeriod(c, u)
	if !ok {
		return err
	}
	ctx := c.Request.Context()
	fig, err := s.dashboardFigures(ctx, u.Role, p)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	err = write(&b, &report.Figures{
		Office: s.svc.Profile().Full, Period: p.Label, Made: s.now(), Demo: s.demo, Survey: s.svc.Survey(),
		Total: fig.total, Without: fig.without, Trend: fig.trend, Lanes: fig.lanes, Months: fig.months, Mix: fig.mix,
	})
	if err != nil {
		return fmt.Errorf("exporting the figures: %w", err)
	}
	if err := s.svc.Audit(ctx, u.Name, "export", "chi-so "+p.file()+" "+ext); err != nil {
		return fmt.Errorf("writing the audit: %w", err)
	}
	c.Header("Content-Disposition", fmt.Sprintf("attachment; filename=%q", "chi-so-hai-long-"+p.file()+"."+ext))
	c.Data(http.StatusOK, kind, b.Bytes())
	return nil
}

// A badPeriodData is the page for an export of a period that cannot be.
type badPeriodData struct {
	frame
	Problem string
}
