package web

import (
	"bytes"
	"fmt"
	"net/http"

	"github.com/gin-gonic/gin"

	"hailong/server"
	"hailong/server/report"
)

// evidence downloads what ISO 9001:2015, 9.1.2 asks to keep of a period.
func (s *Site) evidence(c *gin.Context) error {
	u, err := s.staff.who(c)
	if err != nil {
		return err
	}
	p, err := s.svc.Period(c.Param("period"))
	if err != nil {
		return fmt.Errorf("%w: period", server.ErrNotFound)
	}
	ctx := c.Request.Context()
	var b bytes.Buffer
	if err := report.WriteEvidence(ctx, &b, s.svc, u, p, s.demo); err != nil {
		return err
	}
	if err := s.svc.Audit(ctx, u.Name, "export", "bang-chung "+p.ID); err != nil {
		return fmt.Errorf("writing the audit: %w", err)
	}
	c.Header("Content-Disposition", fmt.Sprintf("attachment; filename=%q", "bang-chung-"+p.ID+".zip"))
	c.Data(http.StatusOK, "application/zip", b.Bytes())
	return nil
}
