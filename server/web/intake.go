package web

import (
	"bytes"
	"net/http"

	"github.com/gin-gonic/gin"

	"hailong/server"
	"hailong/server/report"
)

// maxTaken is the largest review pack taken in, in bytes.
const maxTaken = 64 << 20

// maxRefused is how many differences a refusal lists.
const maxRefused = 100

// A takenDoc says what became of a pack.
type takenDoc struct {
	Status   string `json:"status"` // stored, amendment, already
	Number   int    `json:"number"` // of the period's packs, from 1
	Manifest string `json:"manifest_sha256"`
}

// apiTakePack takes in a ward's review pack: it is checked, its exact counters are
// kept, and what does not hold is named.
func (s *Site) apiTakePack(c *gin.Context) error {
	role, err := s.as(c, server.RoleCity, server.RoleAdmin)
	if err != nil {
		return err
	}
	unit, period := c.Param("unit"), c.Param("period")
	if err := s.svc.MayTake(c.Request.Context(), unit); err != nil {
		return err
	}
	data, err := readBody(c, maxTaken)
	if err != nil {
		return err
	}
	p, already, err := report.TakePack(c.Request.Context(), s.svc, unit, period, bytes.NewReader(data), int64(len(data)), "api "+string(role))
	if err != nil {
		return err
	}
	doc, code := takenDoc{"stored", p.Number, p.Manifest}, http.StatusCreated
	switch {
	case already:
		doc.Status, code = "already", http.StatusOK
	case p.Number > 1:
		doc.Status = "amendment"
	}
	c.JSON(code, doc)
	return nil
}

// refused lists what does not hold in a pack.
func refused(r *report.Refusal) []problemError {
	var list []problemError
	for _, check := range r.Checks {
		if !check.OK {
			list = append(list, problemError{check.What, "check", check.Why})
		}
	}
	for _, f := range r.Files {
		for _, d := range f.Differ {
			if len(list) == maxRefused {
				return list
			}
			list = append(list, problemError{f.File + " " + d.Where, "differs", "trong gói / printed: " + clip(d.Printed, 80) + "; tính lại / computed: " + clip(d.Computed, 80)})
		}
	}
	return list
}
