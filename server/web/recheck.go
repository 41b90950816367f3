package web

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"hailong/scoring"
	"hailong/server"
	"hailong/server/report"
	"hailong/server/store"
)

// recheckRoles see the lists; only the inspector draws and enters.
func recheckRoles() []server.Role { return []server.Role{server.RoleInspector, server.RoleLeader} }

func recheckerRoles() []server.Role { return []server.Role{server.RoleInspector} }

// recheckPerPage is how many dossiers of a list a page shows.
const recheckPerPage = 50

// A rechecksData is the page of all lists (phúc tra).
type rechecksData struct {
	frame
	Rows           []recheckRow
	Draw           bool
	From, To       string // as typed
	Error          string
	Problem        string
	Example, Whole string
}

// A recheckRow is one list.
type recheckRow struct {
	ID, Days, Drawn, By, Size, Population, Error, Called, Reached string
}

func newRecheckRow(r server.Recheck, res server.RecheckResults) recheckRow {
	n := int64(len(r.Dossiers))
	return recheckRow{ID: r.ID, Days: daysText(r.From, r.To), Drawn: server.DayOf(r.At).VI(), By: r.By, Size: countText(n), Population: countText(r.Population), Error: "±" + targetText(r.Error),
		Called: countText(n - res.Count(r, "")), Reached: countText(res.Count(r, server.OutcomeReached))}
}

// rechecks lists the lists and draws new ones.
func (s *Site) rechecks(c *gin.Context) error {
	u, err := s.staff.who(c)
	if err != nil {
		return err
	}
	ext, err := s.svc.Extent(c.Request.Context())
	if err != nil {
		return err
	}
	// The last quarter with dossiers that is over, or what there is of it.
	to := min(ext.Received, s.svc.Today())
	from := to
	if to != "" {
		t := to.Time()
		from = server.Day(fmt.Sprintf("%04d-%02d-01", t.Year(), (int(t.Month())-1)/3*3+1))
	}
	return s.showRechecks(c, http.StatusOK, u, rechecksData{From: string(from), To: string(to), Error: "5"})
}

func (s *Site) showRechecks(c *gin.Context, status int, u server.User, p rechecksData) error {
	all, err := s.svc.Rechecks(c.Request.Context())
	if err != nil {
		return err
	}
	p.frame, p.Draw = s.frame(u, "recheck", "Phúc tra"), slices.Contains(recheckerRoles(), u.Role)
	p.Whole, p.Example = countText(3000), countText(scoring.Yamane(3000, server.DefaultRecheckError))
	for _, r := range all {
		res, err := s.svc.RecheckResults(c.Request.Context(), r.ID)
		if err != nil {
			return err
		}
		p.Rows = append(p.Rows, newRecheckRow(r, res))
	}
	return s.show(c, status, "rechecks", staffPolicy, p)
}

// drawRecheck draws a list.
func (s *Site) drawRecheck(c *gin.Context) error {
	u, err := s.staff.who(c)
	if err != nil {
		return err
	}
	f, err := readForm(c)
	if err != nil {
		return err
	}
	p := rechecksData{From: clip(f.one("tu"), 20), To: clip(f.one("den"), 20), Error: clip(strings.TrimSpace(f.one("sai-so")), 10)}
	again := func(problem string) error {
		p.Problem = problem
		return s.showRechecks(c, http.StatusUnprocessableEntity, u, p)
	}
	span, err := parseSpan(p.From, p.To)
	if err != nil {
		return again(strings.TrimPrefix(err.Error(), server.ErrInvalid.Error()+": ") + ".")
	}
	e, err := strconv.ParseFloat(strings.Replace(p.Error, ",", ".", 1), 64)
	if err != nil {
		return again("Sai số phải là một số, như 5.")
	}
	id, err := s.svc.DrawRecheck(c.Request.Context(), u, span.From, span.To, math.Round(e*1000)/1e5)
	if errors.Is(err, server.ErrInvalid) {
		return again("Cần một khoảng ngày đã qua, có hồ sơ đã trả, và sai số từ 2 đến 20.")
	}
	if err != nil {
		return err
	}
	c.Redirect(http.StatusSeeOther, "/phuc-tra/"+url.PathEscape(id))
	return nil
}

// A recheckData is one list.
type recheckData struct {
	frame
	recheckRow
	Seed, SHA256 string
	Redraw       verdictView
	Strata       []recheckStratum
	Outcomes     []recheckOutcome
	Rows         []recheckDossier
	Only         string // which rows: "" all, "chua-goi"
	Result       recheckResult
	Enter        bool
	Place        string // chosen or typed
	Was          string // of the place chosen, "" where it was not called
	Levels       []option
	Others       []option
	Before       []option // levels that may have been entered before
	Problem      string
	Older, Newer string
}

type recheckStratum struct{ Field, Population, Size string }

type recheckOutcome struct{ Name, Count, Share string }

type recheckDossier struct {
	Place                                        int
	Code, Field, Procedure, Returned, State, Ask string
	Called                                       bool
}

// A recheckResult compares what was said on the phone with the survey.
type recheckResult struct {
	Has                                      bool
	Share, Of, Interval                      string
	SurveyShare, SurveyOf, SurveyInterval    string
	Difference, Sentence, ReachedShare, Note string
}

// recheckPage shows a list, its results and the form for calls.
func (s *Site) recheckPage(c *gin.Context) error {
	return s.showRecheck(c, http.StatusOK, c.Query("so"), "")
}

func (s *Site) showRecheck(c *gin.Context, status int, place, problem string) error {
	u, err := s.staff.who(c)
	if err != nil {
		return err
	}
	ctx := c.Request.Context()
	r, res, err := s.svc.Recheck(ctx, u, c.Param("id"))
	if err != nil {
		return err
	}
	p := recheckData{frame: s.frame(u, "recheck", "Phúc tra"), recheckRow: newRecheckRow(r, res), Seed: r.Seed, SHA256: r.SHA256,
		Only: c.Query("loc"), Enter: slices.Contains(recheckerRoles(), u.Role), Place: clip(place, 6), Problem: problem}
	if p.Only != "chua-goi" {
		p.Only = ""
	}
	again, err := s.svc.Redraw(ctx, r)
	if err != nil {
		return err
	}
	switch {
	case again.Same:
		p.Redraw = verdictView{"met", "Rút lại từ hạt giống: trùng khớp"}
	case again.Grown:
		p.Redraw = verdictView{"too_early", "Danh sách hồ sơ đã thay đổi từ ngày rút"}
	default:
		p.Redraw = verdictView{"not_met", "Rút lại từ hạt giống: không trùng khớp"}
	}
	server.SortByName(r.Strata, func(st server.RecheckStratum) string { return st.Field }) // to be read
	for _, st := range r.Strata {
		field := st.Field
		if field == "" {
			field = "Chưa rõ lĩnh vực"
		}
		p.Strata = append(p.Strata, recheckStratum{field, countText(st.Population), countText(st.Size)})
	}
	for _, o := range append(server.RecheckOutcomes(), "") {
		n := res.Count(r, o)
		p.Outcomes = append(p.Outcomes, recheckOutcome{o.String(), countText(n), percentText(float64(n)/float64(len(r.Dossiers)), 1)})
	}
	if p.Result, err = s.recheckResult(c, r, res); err != nil {
		return err
	}
	for i := len(s.svc.Survey().Levels) - 1; i >= 0; i-- {
		l := s.svc.Survey().Levels[i]
		o := option{Value: strconv.Itoa(int(l.Value)), Label: l.Text.VI}
		p.Levels = append(p.Levels, o)
		if res.Levels[o.Value] > 0 {
			p.Before = append(p.Before, o)
		}
	}
	for _, o := range server.RecheckOutcomes()[1:] {
		p.Others = append(p.Others, option{Value: string(o), Label: o.String()})
	}
	if k, err := strconv.Atoi(place); err == nil && k >= 1 && k <= len(r.Dossiers) {
		p.Place = strconv.Itoa(k)
		if o, called := res.Outcomes[k]; called {
			p.Was = string(o)
		}
	}
	if err := s.recheckRows(c, r, res, &p); err != nil {
		return err
	}
	return s.show(c, status, "recheck", staffPolicy, p)
}

// recheckRows fills in the page's part of the list.
func (s *Site) recheckRows(c *gin.Context, r server.Recheck, res server.RecheckResults, p *recheckData) error {
	var places []int
	for i := range r.Dossiers {
		if _, called := res.Outcomes[i+1]; !called || p.Only == "" {
			places = append(places, i+1)
		}
	}
	page, err := strconv.Atoi(c.DefaultQuery("trang", "1"))
	if err != nil || page < 1 || (page-1)*recheckPerPage >= max(1, len(places)) {
		page = 1
	}
	address := func(n int) string {
		return "?" + url.Values{"loc": {p.Only}, "trang": {strconv.Itoa(n)}}.Encode()
	}
	for _, place := range places[(page-1)*recheckPerPage : min(page*recheckPerPage, len(places))] {
		row, err := s.recheckDossier(c, r, res, place)
		if err != nil {
			return err
		}
		row.Ask = "?" + url.Values{"loc": {p.Only}, "trang": {strconv.Itoa(page)}, "so": {strconv.Itoa(place)}}.Encode() + "#nhap-h"
		p.Rows = append(p.Rows, row)
	}
	if page > 1 {
		p.Newer = address(page - 1)
	}
	if page*recheckPerPage < len(places) {
		p.Older = address(page + 1)
	}
	return nil
}

func (s *Site) recheckDossier(c *gin.Context, r server.Recheck, res server.RecheckResults, place int) (recheckDossier, error) {
	code := r.Dossiers[place-1]
	o, called := res.Outcomes[place]
	row := recheckDossier{Place: place, Code: string(code), State: o.String(), Called: called}
	d, err := s.svc.Dossier(c.Request.Context(), code)
	switch {
	case errors.Is(err, server.ErrNotFound):
		return row, nil
	case err != nil:
		return row, err
	}
	row.Field, row.Procedure, row.Returned = d.Field, d.ProcedureName, d.ReturnDay().VI()
	if row.Procedure == "" {
		row.Procedure = d.Procedure
	}
	return row, nil
}

// recheckResult compares the list with the survey's answers of the same days.
func (s *Site) recheckResult(c *gin.Context, r server.Recheck, res server.RecheckResults) (recheckResult, error) {
	sv := s.svc.Survey()
	x, n := res.Satisfied(func(level string) bool {
		for _, v := range sv.Satisfied {
			if level == strconv.Itoa(int(v)) {
				return true
			}
		}
		return false
	})
	doc, err := s.svc.Index(c.Request.Context(), server.IndexQuery{From: r.From, To: r.To, Brief: true})
	if err != nil {
		return recheckResult{}, err
	}
	it := s.overall(doc.Document)
	reached := float64(n) / float64(len(r.Dossiers))
	v := recheckResult{ReachedShare: percentText(reached, 1), SurveyShare: shareText(it.Share, 1, sv.Target), SurveyOf: countText(it.X) + "/" + countText(it.N), SurveyInterval: "không có"}
	if it.Wilson != nil {
		v.SurveyInterval = intervalText(it.Wilson)
	}
	if n < server.MinCell {
		v.Sentence = "Mới gặp được " + countText(n) + " người; kết quả hiện từ " + countText(server.MinCell) + " người, để không ai suy ra ai đã nói gì."
		return v, nil
	}
	w, _ := scoring.Wilson(x, n)
	v.Has, v.Share, v.Of, v.Interval = true, percentText(float64(x)/float64(n), 1, sv.Target), countText(x)+"/"+countText(n), intervalText(&w)
	d := scoring.NewDifference(x, n, it.X, it.N)
	switch {
	case d == nil:
		v.Sentence = "Không có phiếu trong cùng kỳ để so sánh."
	case !d.Beyond():
		v.Difference = signedPoints(d.Points)
		v.Sentence = "Phúc tra và phiếu khác nhau " + v.Difference + " điểm, còn nằm trong sai số: phúc tra không mâu thuẫn với kết quả khảo sát."
	case d.Points < 0:
		v.Difference = signedPoints(d.Points)
		v.Sentence = "Phúc tra thấp hơn phiếu " + pointsText(d.Points) + " điểm, nhiều hơn sai số: kết quả khảo sát có thể cao hơn thực tế, cần xem trang Nghi vấn và ai đã không trả lời."
	default:
		v.Difference = signedPoints(d.Points)
		v.Sentence = "Phúc tra cao hơn phiếu " + pointsText(d.Points) + " điểm, nhiều hơn sai số: khi được gọi hỏi, người dân nói tốt hơn; nên tin kết quả khuyết danh hơn."
	}
	if reached < 0.6 {
		v.Note = "Mới gặp được " + v.ReachedShare + " danh sách: người gặp được có thể khác người chưa gặp được."
	}
	return v, nil
}

// enterRecheck takes what came of a call.
func (s *Site) enterRecheck(c *gin.Context) error {
	u, err := s.staff.who(c)
	if err != nil {
		return err
	}
	f, err := readForm(c)
	if err != nil {
		return err
	}
	place, err := strconv.Atoi(strings.TrimSpace(f.one("so")))
	call := server.RecheckCall{Place: place, Was: f.one("truoc")}
	switch given := f.one("ket-qua"); {
	case err != nil || given == "":
		return s.showRecheck(c, http.StatusUnprocessableEntity, f.one("so"), "Cần số thứ tự và kết quả cuộc gọi.")
	case len(given) == 1 && strings.Contains("12345", given):
		call.Outcome, call.Level = server.OutcomeReached, given
	case given != "xoa":
		call.Outcome = server.RecheckOutcome(given)
	}
	err = s.svc.EnterRecheck(c.Request.Context(), u, c.Param("id"), call)
	switch {
	case errors.Is(err, store.ErrExists):
		return s.showRecheck(c, http.StatusConflict, f.one("so"), "Số thứ tự này đã có kết quả. Muốn sửa thì chọn kết quả mới và cho biết kết quả đã nhập trước.")
	case errors.Is(err, server.ErrInvalid):
		return s.showRecheck(c, http.StatusUnprocessableEntity, f.one("so"), "Kết quả không phù hợp: kiểm tra số thứ tự, và khi sửa thì kiểm tra kết quả đã nhập trước.")
	case err != nil:
		return err
	}
	q := url.Values{"loc": {"chua-goi"}}
	c.Redirect(http.StatusSeeOther, "/phuc-tra/"+url.PathEscape(c.Param("id"))+"?"+q.Encode()+"#nhap-h")
	return nil
}

// recheckFile downloads the list for printing, with room for what is said.
func (s *Site) recheckFile(c *gin.Context) error {
	u, err := s.staff.who(c)
	if err != nil {
		return err
	}
	write, kind, ext := report.CallListCSV, mimeCSV, "csv"
	switch c.Param("file") {
	case "danh-sach.csv":
	case "danh-sach.xlsx":
		write, kind, ext = report.CallListXLSX, mimeXLSX, "xlsx"
	default:
		return server.ErrNotFound
	}
	ctx := c.Request.Context()
	r, res, err := s.svc.Recheck(ctx, u, c.Param("id"))
	if err != nil {
		return err
	}
	list := &report.CallList{Office: s.svc.Profile().Full, Title: "Danh sách phúc tra", Days: daysText(r.From, r.To), Demo: s.demo,
		Note: fmt.Sprintf("Rút ngẫu nhiên %d trong %d hồ sơ đã trả, sai số ±%s, hạt giống %s.", len(r.Dossiers), r.Population, targetText(r.Error), r.Seed)}
	for i := range r.Dossiers {
		row, err := s.recheckDossier(c, r, res, i+1)
		if err != nil {
			return err
		}
		state := ""
		if row.Called {
			state = row.State
		}
		list.Rows = append(list.Rows, report.CallRow{Place: row.Place, Dossier: row.Code, Field: row.Field, Procedure: row.Procedure, Returned: row.Returned, State: state})
	}
	var b bytes.Buffer
	if err := write(&b, list); err != nil {
		return fmt.Errorf("exporting a recheck: %w", err)
	}
	if err := s.svc.Audit(ctx, u.Name, "export", "phuc-tra "+r.ID+" "+ext); err != nil {
		return fmt.Errorf("writing the audit: %w", err)
	}
	c.Header("Content-Disposition", fmt.Sprintf("attachment; filename=%q", "phuc-tra-"+string(r.From)+"_"+string(r.To)+"."+ext))
	c.Data(http.StatusOK, kind, b.Bytes())
	return nil
}
