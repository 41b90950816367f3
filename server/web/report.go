package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"hailong/scoring/survey"
	"hailong/server"
	"hailong/server/report"
	"hailong/server/store"
)

// Who may read reports, and who may open a closed period again. Whoever may
// read may also write the free parts and close.
func reportRoles() []server.Role { return append(reopenRoles(), server.RoleReporter) }
func reopenRoles() []server.Role { return []server.Role{server.RoleLeader, server.RoleAdmin} }

// apiReport answers with the report of a period, /api/v1/reports/2024-Q1.docx:
// the same bytes as the command's.
func (s *Site) apiReport(c *gin.Context) error {
	if _, err := s.as(c, reportRoles()...); err != nil {
		return err
	}
	id, name, _ := strings.Cut(c.Param("file"), ".")
	format, err := report.ParseFormat(name)
	if err != nil {
		return &fieldError{"format", "invalid", survey.Text{VI: "Chỉ có docx, pdf, xlsx, csv, json, zip.", EN: "Use docx, pdf, xlsx, csv, json or zip."}}
	}
	p, err := s.svc.Period(id)
	if err != nil {
		return &fieldError{"period", "invalid", survey.Text{VI: "Kỳ có dạng 2024-Q1, 2024-H1, 2024-Q3 hoặc 2024.", EN: "A period is 2024-Q1, 2024-H1, 2024-Q3 or 2024."}}
	}
	ctx := c.Request.Context()
	var b bytes.Buffer
	if _, err := report.Produce(ctx, &b, s.svc, p, format, s.demo); err != nil {
		return err
	}
	who := "api"
	if u, ok := s.staff.user(c); ok {
		who = u.Name
	}
	if err := s.svc.Audit(ctx, who, "report", p.ID+" "+format.Name); err != nil {
		return fmt.Errorf("writing the audit: %w", err)
	}
	c.Header("Content-Disposition", fmt.Sprintf("attachment; filename=%q", "bao-cao-hai-long-"+p.ID+"."+format.Name))
	c.Data(http.StatusOK, format.MIME, b.Bytes())
	return nil
}

// A reportsData is the list of a year's reports.
type reportsData struct {
	frame
	Year    int
	Years   []periodLink
	To      []string // addressee
	Reports []reportLine
}

// formats lists the formats in which a period's report can be had now.
func (s *Site) formats(p server.Period, closed bool) []report.Format {
	return slices.DeleteFunc(report.Formats(), func(f report.Format) bool { return f.Name == "zip" && !closed && s.svc.Reviewable(p) != nil })
}

// A reportLine is one report of the year.
type reportLine struct {
	ID, Name, Days string
	Before         string // sent before this day
	Left           string // how long until then
	Urgent         bool
	State          string
	Closed         bool
	Sent           string
	Formats        []report.Format
}

// reports lists the year's reports with their deadlines.
func (s *Site) reports(c *gin.Context) error {
	u, err := s.staff.who(c)
	if err != nil {
		return err
	}
	ctx, today := c.Request.Context(), server.DayOf(s.now())
	ext, err := s.svc.Extent(ctx)
	if err != nil {
		return err
	}
	year := ext.Year(today)
	if year == 0 {
		year = today.Time().Year()
	}
	if y, err := strconv.Atoi(c.Query("nam")); err == nil && y >= 1900 && y < 2100 {
		year = y
	}
	due, err := s.svc.DuePeriods(year)
	if err != nil {
		return err
	}
	data := reportsData{frame: s.frame(u, "reports", "Báo cáo"), Year: year, To: strings.Split(s.svc.Profile().Addressee, "\n")}
	last := max(today.Time().Year(), year)
	for y := max(last-3, 1900); y <= last; y++ {
		data.Years = append(data.Years, newPeriodLink(strconv.Itoa(y), "nam", strconv.Itoa(y), y == year))
	}
	for _, d := range due {
		history, err := s.svc.Closings(ctx, d.Period)
		if err != nil {
			return err
		}
		line := reportLine{ID: d.ID, Name: capital(d.Name()), Days: daysText(d.From, d.To), Before: d.Before.VI(), State: "Chưa chốt"}
		line.Left, line.Urgent = leftText(today, d.Before)
		if n := len(history); n > 0 {
			h := history[n-1]
			for ; h.Kind == server.KindAmend; n-- {
				h = history[n-1]
			}
			line.Closed = h.Kind == server.KindClose
			line.State = "Đã mở lại ngày " + server.DayOf(h.At).VI()
			if line.Closed {
				line.State = "Đã chốt ngày " + server.DayOf(h.At).VI() + ", số liệu đến " + h.To.VI()
			}
		}
		sent, err := s.svc.Dispatches(ctx, d.Period)
		if err != nil {
			return err
		}
		if n := len(sent); n > 0 {
			line.Sent, line.Left, line.Urgent = sentText(sent[n-1]), "", false
		}
		if line.Formats = s.formats(d.Period, line.Closed); d.From > today {
			line.State, line.Formats = "Chưa đến kỳ", nil
		}
		data.Reports = append(data.Reports, line)
	}
	return s.show(c, http.StatusOK, "reports", staffPolicy, data)
}

// sentText says in a line that a report was sent.
func sentText(d server.Dispatch) string {
	return "Đã gửi ngày " + d.Sent.VI() + ", số " + d.Reference + ", " + lowerFirst(d.Way.String()) + ", tệp " + d.Format + " SHA-256 " + d.SHA256[:16] + "…, người ghi: " + d.By
}

func lowerFirst(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return strings.ToLower(string(r)) + s[n:]
}

func capital(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return strings.ToUpper(string(r)) + s[n:]
}

// leftText says how long it is to a deadline; the last two weeks are urgent.
func leftText(today, before server.Day) (text string, urgent bool) {
	days := int(before.Time().Sub(today.Time()).Hours() / 24)
	switch {
	case days <= 0:
		return "đã qua hạn gửi", true
	case days == 1:
		return "hôm nay là ngày cuối để gửi", true
	case days <= 14:
		return "còn " + strconv.Itoa(days-1) + " ngày", true
	}
	return "còn " + strconv.Itoa(days-1) + " ngày", false
}

// A reportData is one period's report: its state, its free parts, its preview.
type reportData struct {
	frame
	ID, Name, Days     string
	Figures            string // the days counted
	Closed             bool
	CanReopen          bool
	Late               bool // something has changed that is not written down
	History            []string
	Sent               []string
	Ways               []wayOption
	Today              server.Day
	Reference          string // of the paper, as it may be
	Formats            []report.Format
	Texts              server.ReportTexts
	Edited             string
	Most               int
	Problem, Done      string
	Preview            report.Preview
	CloseTo, CloseFrom server.Day
	CanClose           bool
}

// A wayOption is a way to send a report, in a form.
type wayOption struct{ ID, Name string }

// reportPage shows a period's report.
func (s *Site) reportPage(c *gin.Context) error {
	done := map[string]string{"luu": "Đã lưu phần lời.", "chot": "Đã chốt số liệu của kỳ.", "mo": "Đã mở lại kỳ.", "bo-sung": "Đã ghi số liệu bổ sung.", "gui": "Đã ghi nhận gửi báo cáo."}[c.Query("xong")]
	return s.showReport(c, http.StatusOK, func(d *reportData) { d.Done = done })
}

func (s *Site) showReport(c *gin.Context, status int, change func(*reportData)) error {
	u, err := s.staff.who(c)
	if err != nil {
		return err
	}
	p, err := s.svc.Period(c.Param("period"))
	if err != nil {
		return server.ErrNotFound
	}
	r, err := s.svc.PeriodReport(c.Request.Context(), p)
	if err != nil {
		return err
	}
	today := server.DayOf(s.now())
	d := reportData{frame: s.frame(u, "reports", "Báo cáo "+p.Name()), ID: p.ID, Name: p.Name(), Days: daysText(p.From, p.To), Figures: daysText(r.Figures.From, r.Figures.To),
		Closed: r.Closed != nil, Late: r.Amendment != nil, CanReopen: slices.Contains(reopenRoles(), u.Role), Formats: s.formats(r.Period, r.Closed != nil), Texts: r.Texts, Most: server.MaxReportText,
		CloseFrom: p.From, CloseTo: min(p.To, today.Add(-1))}
	d.CanClose = r.Closed == nil && d.CloseTo >= p.From
	if !r.Texts.At.IsZero() {
		d.Edited = "Sửa lần cuối ngày " + server.DayOf(r.Texts.At).VI() + ", " + r.Texts.By + "."
	}
	for _, h := range r.History {
		text := server.DayOf(h.At).VI() + ": " + h.By
		sum := ", SHA-256 " + h.SHA256[:min(16, len(h.SHA256))] + "…"
		switch h.Kind {
		case server.KindClose:
			text += " chốt số liệu từ " + h.From.VI() + " đến " + h.To.VI() + sum
		case server.KindAmend:
			text += " ghi số liệu bổ sung" + sum
		default:
			text += " mở lại kỳ. Lý do: " + h.Reason
		}
		d.History = append(d.History, text)
	}
	sent, err := s.svc.Dispatches(c.Request.Context(), p)
	if err != nil {
		return err
	}
	for _, x := range sent {
		d.Sent = append(d.Sent, sentText(x))
	}
	d.Today = today
	for _, way := range server.Ways() {
		d.Ways = append(d.Ways, wayOption{string(way), way.String()})
	}
	if r.Texts.Number != "" {
		d.Reference = r.Texts.Number + "/" + r.Profile.Symbol
	}
	change(&d)
	r.Texts = d.Texts // what was typed, also where it could not be stored
	if d.Preview, err = report.NewPreview(r, s.demo); err != nil {
		return err
	}
	return s.show(c, status, "report", staffPolicy, d)
}

// maxReportForm is the largest form with a report's texts: percent-encoded, a
// letter of Vietnamese takes nine bytes.
const maxReportForm = 3*9*server.MaxReportText + maxForm

// reportDone goes back to the page after a deed.
func reportDone(c *gin.Context, p server.Period, done string) {
	c.Redirect(http.StatusSeeOther, "/bao-cao/"+p.ID+"?xong="+done)
}

// saveReport stores the free parts. Nothing that was typed is lost: where it
// cannot be stored, the page comes back with it.
func (s *Site) saveReport(c *gin.Context) error {
	return s.reportDeed(c, func(u server.User, p server.Period, f form) error {
		version, err := strconv.ParseInt(f.one("version"), 10, 64)
		if err != nil {
			return fmt.Errorf("%w: version", server.ErrInvalid)
		}
		t := server.ReportTexts{Number: f.one("number"), Signer: f.one("signer"), Name: f.one("name"), Causes: f.one("causes"), Measures: f.one("measures"), Proposals: f.one("proposals"), Version: version}
		err = s.svc.PutReportTexts(c.Request.Context(), p, t, u.Name)
		switch {
		case err == nil:
			reportDone(c, p, "luu")
			return nil
		case errors.Is(err, store.ErrConflict):
			// The next save takes the version that is there now: a person has read this.
			return s.showReport(c, http.StatusConflict, func(d *reportData) {
				t.Version = d.Texts.Version
				d.Problem = "Người khác vừa sửa phần lời của báo cáo này. Dưới đây là nội dung ông/bà vừa nhập, chưa được lưu; bấm Lưu lần nữa sẽ thay nội dung của người kia."
				d.Texts = t
			})
		case errors.Is(err, server.ErrInvalid):
			return s.showReport(c, http.StatusUnprocessableEntity, func(d *reportData) {
				d.Problem = "Chưa lưu được: " + strings.TrimPrefix(err.Error(), server.ErrInvalid.Error()+": ") + "."
				d.Texts = t
			})
		}
		return err
	})
}

// closeReport freezes the period.
func (s *Site) closeReport(c *gin.Context) error {
	return s.reportDeed(c, func(u server.User, p server.Period, f form) error {
		var to server.Day
		var err error
		if v := f.one("to"); v != "" {
			if to, err = parseDay(v); err != nil {
				return s.reportProblem(c, err)
			}
		}
		if f.one("confirm") == "" {
			return s.reportProblem(c, fmt.Errorf("%w: Cần đánh dấu xác nhận trước khi chốt", server.ErrInvalid))
		}
		by := strings.TrimSpace(f.one("by"))
		if by != "" {
			by += " (" + u.Name + ")"
		} else {
			by = u.Name
		}
		if _, err := s.svc.ClosePeriod(c.Request.Context(), p, to, by); err != nil {
			return s.reportProblem(c, err)
		}
		reportDone(c, p, "chot")
		return nil
	})
}

// amendReport writes down what came late.
func (s *Site) amendReport(c *gin.Context) error {
	return s.reportDeed(c, func(u server.User, p server.Period, _ form) error {
		if _, err := s.svc.AmendPeriod(c.Request.Context(), p, u.Name); err != nil {
			return s.reportProblem(c, err)
		}
		reportDone(c, p, "bo-sung")
		return nil
	})
}

// dispatchReport writes down that the report was sent. The file is the one that
// this page gives in the format, unless another one's SHA-256 is given.
func (s *Site) dispatchReport(c *gin.Context) error {
	return s.reportDeed(c, func(u server.User, p server.Period, f form) error {
		ctx := c.Request.Context()
		sent, err := parseDay(f.one("sent"))
		if err != nil {
			return s.reportProblem(c, err)
		}
		format, err := report.ParseFormat(f.one("format"))
		if err != nil {
			return s.reportProblem(c, err)
		}
		d := server.Dispatch{Sent: sent, Way: server.Way(f.one("way")), Reference: f.one("reference"), Format: format.Name, SHA256: f.one("sha256"), Note: f.one("note"), By: u.Name}
		if d.SHA256 == "" {
			h := sha256.New()
			if _, err := report.Produce(ctx, h, s.svc, p, format, s.demo); err != nil {
				return s.reportProblem(c, err)
			}
			d.SHA256 = hex.EncodeToString(h.Sum(nil))
		}
		if _, err := s.svc.Dispatch(ctx, p, d); err != nil {
			return s.reportProblem(c, err)
		}
		reportDone(c, p, "gui")
		return nil
	})
}

// reopenReport opens a closed period again.
func (s *Site) reopenReport(c *gin.Context) error {
	return s.reportDeed(c, func(u server.User, p server.Period, f form) error {
		if _, err := s.svc.ReopenPeriod(c.Request.Context(), p, u.Name, f.one("reason")); err != nil {
			return s.reportProblem(c, err)
		}
		reportDone(c, p, "mo")
		return nil
	})
}

// reportDeed reads who asks, the period and the form of a deed.
func (s *Site) reportDeed(c *gin.Context, do func(server.User, server.Period, form) error) error {
	u, err := s.staff.who(c)
	if err != nil {
		return err
	}
	p, err := s.svc.Period(c.Param("period"))
	if err != nil {
		return server.ErrNotFound
	}
	f, err := readFormUpTo(c, maxReportForm)
	if err != nil {
		return err
	}
	return do(u, p, f)
}

// reportProblem shows the page with what was wrong; other errors pass.
func (s *Site) reportProblem(c *gin.Context, err error) error {
	status := http.StatusUnprocessableEntity
	switch {
	case errors.Is(err, server.ErrClosed):
		status = http.StatusConflict
	case !errors.Is(err, server.ErrInvalid):
		return err
	}
	_, text, _ := strings.Cut(err.Error(), ": ") // the kind is in English
	text, _, _ = strings.Cut(text, " / ")
	return s.showReport(c, status, func(d *reportData) { d.Problem = capital(text) + "." })
}
