package web

import (
	"bytes"
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"hailong/server"
	"hailong/server/report"
)

// The page of the audit: how many days where none are asked for, and how many
// entries at once.
const (
	auditDays    = 7
	auditPerPage = 100
)

// An auditData is the page of the audit (nhật ký).
type auditData struct {
	frame
	From, To     string
	Who          string
	Users        []option
	Problem      string
	Sentence     string
	Rows         []auditRow
	Older, Newer string
	CSV          string
}

type auditRow struct{ At, Who, Deed, What string }

// auditQuery reads the days and the user of a request; a problem is a sentence
// for the person who asked, with the usual days instead.
func (s *Site) auditQuery(c *gin.Context) (from, to server.Day, who, problem string) {
	today := server.DayOf(s.now())
	who = clip(strings.ToLower(strings.TrimSpace(c.Query("ai"))), 40)
	if c.Query("tu") == "" && c.Query("den") == "" {
		return today.Add(1 - auditDays), today, who, ""
	}
	p, err := parseSpan(c.Query("tu"), c.Query("den"))
	switch {
	case err != nil:
		problem = strings.TrimPrefix(err.Error(), server.ErrInvalid.Error()+": ") + "."
	case p.From.Add(server.AuditDays) <= p.To:
		problem = fmt.Sprintf("Nhật ký xem được nhiều nhất %d ngày một lần.", server.AuditDays)
	default:
		return p.From, p.To, who, ""
	}
	return today.Add(1 - auditDays), today, who, problem
}

// auditPage shows who did what, newest first.
func (s *Site) auditPage(c *gin.Context) error {
	u, err := s.staff.who(c)
	if err != nil {
		return err
	}
	from, to, who, problem := s.auditQuery(c)
	ctx := c.Request.Context()
	entries, err := s.svc.AuditEntriesFor(ctx, u, from, to, who)
	if err != nil {
		return err
	}
	users, err := s.svc.Users(ctx)
	if err != nil {
		return err
	}
	query := url.Values{"tu": {string(from)}, "den": {string(to)}, "ai": {who}}
	p := auditData{frame: s.frame(u, "audit", "Nhật ký"), From: string(from), To: string(to), Who: who, Problem: problem, CSV: "/nhat-ky.csv?" + query.Encode()}
	p.Users = []option{{Value: "cli", Label: "Dòng lệnh trên máy chủ", Chosen: who == "cli"}}
	for _, x := range users {
		p.Users = append(p.Users, option{Value: x.Name, Label: x.Name, Chosen: x.Name == who})
	}
	p.Sentence = countText(int64(len(entries))) + " việc"
	if failed := int64(len(entries) - len(slices.DeleteFunc(slices.Clone(entries), func(e server.AuditEntry) bool { return strings.HasSuffix(e.Deed, "_failed") }))); failed > 0 {
		p.Sentence += ", trong đó " + countText(failed) + " lần không thành"
	}
	page, err := strconv.Atoi(c.DefaultQuery("trang", "1"))
	if err != nil || page < 1 || page > 1+len(entries)/auditPerPage {
		page = 1
	}
	address := func(n int) string {
		query.Set("trang", strconv.Itoa(n))
		return "/nhat-ky?" + query.Encode()
	}
	first := (page - 1) * auditPerPage
	last := min(first+auditPerPage, len(entries))
	for _, e := range entries[first:last] {
		p.Rows = append(p.Rows, auditRow{e.At.In(server.Zone).Format("02/01/2006 15:04:05"), cmp.Or(e.User, "không rõ"), deedText(e.Deed), e.What})
	}
	if page > 1 {
		p.Newer = address(page - 1)
	}
	if last < len(entries) {
		p.Older = address(page + 1)
	}
	status := http.StatusOK
	if problem != "" {
		status = http.StatusUnprocessableEntity
	}
	return s.show(c, status, "audit", staffPolicy, p)
}

// auditCSV downloads what the page shows, all of it.
func (s *Site) auditCSV(c *gin.Context) error {
	u, err := s.staff.who(c)
	if err != nil {
		return err
	}
	from, to, who, problem := s.auditQuery(c)
	if problem != "" {
		return fmt.Errorf("%w: the days of the audit", server.ErrInvalid)
	}
	ctx := c.Request.Context()
	entries, err := s.svc.AuditEntriesFor(ctx, u, from, to, who)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := report.AuditCSV(&b, entries); err != nil {
		return err
	}
	if err := s.auditStaff(c, "export_audit", string(from)+" "+string(to)); err != nil {
		return err
	}
	c.Header("Content-Disposition", fmt.Sprintf("attachment; filename=%q", "nhat-ky-"+string(from)+"_"+string(to)+".csv"))
	c.Data(http.StatusOK, mimeCSV, b.Bytes())
	return nil
}
