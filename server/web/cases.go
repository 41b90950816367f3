package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"hailong/server"
	"hailong/server/store"
)

// caseRoles are who handles complaints.
func caseRoles() []server.Role { return []server.Role{server.RoleLeader, server.RoleInspector} }

// casesPerPage is how many cases a page lists.
const casesPerPage = 50

// A casesData is the list of complaints (phản ánh).
type casesData struct {
	frame
	Query, State, Field string
	Topic               string
	Topics              []option // with how many of the listed cases are about each
	States              []option
	Fields              []option
	Rows                []caseRow
	Sentence            string
	Older, Newer        string // addresses of the pages beside this one
	Filtered            bool   // something was asked for
	Total               int    // of all cases that the reader may see
	GivenOnly           bool   // the reader is an officer of the dossiers
}

// An option is one choice of a list.
type option struct {
	Value, Label string
	Chosen       bool
}

// A caseRow is one case as lists and its own page show it.
type caseRow struct {
	ID, Text, Field, Opened, State, Due, Owner, Overall string
	Overdue, Open, Alleges, English                     bool
	Topics                                              []string // their names
}

func (s *Site) caseRow(c server.Case) caseRow {
	row := caseRow{ID: c.ID, Text: c.Text, Field: c.Field, Opened: c.Opened.VI(), State: c.State.String(), Due: c.Due.VI(), Owner: c.Owner,
		Overdue: c.Overdue(s.svc.Today()), Open: c.Open(), Alleges: c.Alleges, English: c.Lang == "en"}
	for _, t := range server.Topics() {
		if slices.Contains(c.About(), t.ID) {
			row.Topics = append(row.Topics, t.Name)
		}
	}
	if row.Field == "" {
		row.Field = "Chưa rõ lĩnh vực"
	}
	sv := s.svc.Survey()
	if m, ok := sv.ParseMark(c.Overall); ok {
		for _, l := range sv.Levels {
			if strconv.Itoa(int(l.Value)) == c.Overall && m != 0 {
				row.Overall = l.Text.VI
			}
		}
	}
	return row
}

// caseStates are the choices of the list; the first is taken without one.
func caseStates() []option {
	return []option{
		{Value: "cho", Label: "Đang chờ"}, {Value: "qua-han", Label: "Quá hạn"}, {Value: "sach-nhieu", Label: "Sách nhiễu, tiền ngoài quy định"},
		{Value: "cua-toi", Label: "Tôi phụ trách"}, {Value: "da-tra-loi", Label: "Đã trả lời"}, {Value: "tat-ca", Label: "Tất cả"},
	}
}

// caseMatches says whether a case is in a state of caseStates.
func (s *Site) caseMatches(c server.Case, u server.User, state string) bool {
	switch state {
	case "qua-han":
		return c.Overdue(s.svc.Today())
	case "sach-nhieu":
		return c.Alleges
	case "cua-toi":
		return c.Owner == u.Name && c.Open()
	case "da-tra-loi":
		return !c.Open()
	case "tat-ca":
		return true
	}
	return c.Open()
}

// casesPage lists the cases; filters stand in the address. The search knows no
// accents and looks at masked text only.
func (s *Site) casesPage(c *gin.Context) error {
	u, err := s.staff.who(c)
	if err != nil {
		return err
	}
	all, err := s.svc.Cases(c.Request.Context(), u, false)
	if err != nil {
		return err
	}
	p := casesData{frame: s.frame(u, "cases", "Phản ánh"), GivenOnly: u.Officer != "", Query: clip(strings.TrimSpace(c.Query("q")), 200), State: c.Query("tt"), Field: c.Query("lv"), Topic: c.Query("cd"), States: caseStates()}
	known := false
	for i := range p.States {
		p.States[i].Chosen = p.States[i].Value == p.State
		known = known || p.States[i].Chosen
	}
	if !known {
		p.State, p.States[0].Chosen = p.States[0].Value, true
	}
	want := strings.Fields(server.Fold(p.Query))
	seen := map[string]bool{"": true}
	waiting, overdue, about := 0, 0, map[string]int{}
	var found []server.Case
	for _, cs := range all {
		if !seen[cs.Field] {
			seen[cs.Field] = true
			p.Fields = append(p.Fields, option{Value: cs.Field, Label: cs.Field, Chosen: cs.Field == p.Field})
		}
		if cs.Open() {
			waiting++
		}
		if cs.Overdue(s.svc.Today()) {
			overdue++
		}
		if s.caseMatches(cs, u, p.State) && (p.Field == "" || cs.Field == p.Field) && holdsAll(server.Fold(cs.Text+" "+cs.Field+" "+cs.Counter), want) {
			for _, id := range cs.About() {
				about[id]++
			}
			if p.Topic == "" || slices.Contains(cs.About(), p.Topic) {
				found = append(found, cs)
			}
		}
	}
	for _, t := range server.Topics() {
		if about[t.ID] > 0 || t.ID == p.Topic {
			p.Topics = append(p.Topics, option{t.ID, fmt.Sprintf("%s (%d)", t.Name, about[t.ID]), t.ID == p.Topic})
		}
	}
	p.Total, p.Filtered = len(all), p.Query != "" || p.Field != "" || p.Topic != "" || p.State != p.States[0].Value
	server.SortByName(p.Fields, func(o option) string { return o.Label })
	p.Sentence = waitingText(waiting, overdue)
	// The list shows what citizens wrote, masked.
	if err := s.auditStaff(c, "cases_view", ""); err != nil {
		return err
	}
	page, err := strconv.Atoi(c.DefaultQuery("trang", "1"))
	if err != nil || page < 1 || page > 1+len(found)/casesPerPage {
		page = 1
	}
	address := func(n int) string {
		return "/phan-anh?" + url.Values{"q": {p.Query}, "tt": {p.State}, "lv": {p.Field}, "cd": {p.Topic}, "trang": {strconv.Itoa(n)}}.Encode()
	}
	from := (page - 1) * casesPerPage
	to := min(from+casesPerPage, len(found))
	for _, cs := range found[from:to] {
		p.Rows = append(p.Rows, s.caseRow(cs))
	}
	if page > 1 {
		p.Newer = address(page - 1)
	}
	if to < len(found) {
		p.Older = address(page + 1)
	}
	return s.show(c, http.StatusOK, "cases", staffPolicy, p)
}

func holdsAll(text string, words []string) bool {
	for _, w := range words {
		if !strings.Contains(text, w) {
			return false
		}
	}
	return true
}

// waitingText says how many cases wait.
func waitingText(waiting, overdue int) string {
	if waiting == 0 {
		return "Không có phản ánh nào đang chờ"
	}
	return fmt.Sprintf("%d phản ánh đang chờ, %d quá hạn", waiting, overdue)
}

// A caseData is the page of one case.
type caseData struct {
	frame
	caseRow
	Case                               server.Case
	Steps                              []stepRow
	Original                           string // shown once, after a reason
	Problem                            string
	Note                               string // what was typed, where it must be sent again
	Take, Thorough, Conclude, ReplyNow bool   // what can be done now
	Reopen                             bool
	Choices                            []option // topics
	Handlers                           []option // who it can be given to
	MinReason                          int
	Files                              []fileRow
	Mine                               bool   // the user handles the case and may attach files
	FileProblem, FileNote              string // of the evidence, and what was typed
	FileAsked, FileReason              string // the file that was asked for, and why

	CanPublish bool // concluded or replied to
	Public     server.PublicReply
	Published  bool
	MaxPublic  int
}

type stepRow struct{ At, By, Kind, Note string }

func (s *Site) casePage(c *gin.Context) error {
	u, err := s.staff.who(c)
	if err != nil {
		return err
	}
	return s.showCase(c, http.StatusOK, u, func(*caseData) {})
}

func (s *Site) showCase(c *gin.Context, status int, u server.User, more func(*caseData)) error {
	cs, err := s.svc.Case(c.Request.Context(), u, c.Param("id"))
	if err != nil {
		return err
	}
	p := caseData{frame: s.frame(u, "cases", "Phản ánh"), caseRow: s.caseRow(cs), Case: cs, MinReason: server.MinReason,
		Take: cs.State == server.CaseNew || cs.State == server.CaseWorking && cs.Owner != u.Name, Thorough: cs.State == server.CaseWorking && !cs.Thorough,
		Conclude: cs.State == server.CaseWorking, ReplyNow: cs.State == server.CaseConcluded,
		Reopen: cs.State == server.CaseConcluded || cs.State == server.CaseReplied}
	p.Mine = cs.Owner == u.Name
	for _, f := range cs.Files {
		p.Files = append(p.Files, newFileRow(f))
	}
	for _, t := range server.Topics() {
		p.Choices = append(p.Choices, option{t.ID, t.Name, slices.Contains(cs.About(), t.ID)})
	}
	if cs.State == server.CaseNew || cs.State == server.CaseWorking {
		able, err := s.svc.CaseHandlers(c.Request.Context(), u, cs.ID)
		if err != nil {
			return err
		}
		for _, h := range able {
			if h.Name != u.Name && h.Name != cs.Owner {
				p.Handlers = append(p.Handlers, option{Value: h.Name, Label: h.Name + " (" + roleText(h.Role) + ")"})
			}
		}
	}
	for _, st := range cs.Steps {
		row := stepRow{By: st.By, Kind: st.Kind.String(), Note: st.Note, At: st.At.In(server.Zone).Format("02/01/2006 15:04")}
		if st.Kind == server.StepOpened || st.Kind == server.StepObjected {
			row.At = server.DayOf(st.At).VI()
		}
		switch {
		case st.Kind == server.StepObjected:
			row.By = "người dân"
		case row.By == "":
			row.By = "hệ thống"
		}
		p.Steps = append(p.Steps, row)
	}
	if p.Public, err = s.svc.ReplyOf(c.Request.Context(), u, cs.ID); err != nil {
		return err
	}
	p.Published, p.MaxPublic = p.Public.Said != "", server.MaxPublicText
	p.CanPublish = p.Published || cs.State == server.CaseConcluded || cs.State == server.CaseReplied
	more(&p)
	return s.show(c, status, "case", staffPolicy, p)
}

// caseAct does one thing to a case. Reading the original shows it on the page
// that comes back and nowhere else.
func (s *Site) caseAct(c *gin.Context) error {
	u, err := s.staff.who(c)
	if err != nil {
		return err
	}
	f, err := readForm(c)
	if err != nil {
		return err
	}
	id, ctx, note := c.Param("id"), c.Request.Context(), strings.ReplaceAll(f.one("note"), "\r\n", "\n")
	if f.one("act") == "original" {
		text, err := s.svc.OriginalComment(ctx, u, id, note)
		if errors.Is(err, server.ErrInvalid) {
			return s.showCase(c, http.StatusUnprocessableEntity, u, func(p *caseData) {
				p.Problem, p.Note = fmt.Sprintf("Cần nêu lý do, ít nhất %d ký tự.", server.MinReason), note
			})
		}
		if err != nil {
			return err
		}
		return s.showCase(c, http.StatusOK, u, func(p *caseData) { p.Original = text })
	}
	switch f.one("act") {
	case "publish":
		err := s.svc.PublishReply(ctx, u, id, f.one("said"), f.one("done"))
		if errors.Is(err, server.ErrInvalid) {
			return s.showCase(c, http.StatusUnprocessableEntity, u, func(p *caseData) {
				p.Problem = fmt.Sprintf("Hai phần công khai, mỗi phần từ 10 đến %d ký tự, và phản ánh phải đã có kết luận.", server.MaxPublicText)
				p.Public.Said, p.Public.Done = f.one("said"), f.one("done")
			})
		}
		if err != nil {
			return err
		}
		c.Redirect(http.StatusSeeOther, "/phan-anh/"+url.PathEscape(id)+"#cong-khai-h")
		return nil
	case "withdraw":
		if err := s.svc.WithdrawReply(ctx, u, id); err != nil {
			return err
		}
		c.Redirect(http.StatusSeeOther, "/phan-anh/"+url.PathEscape(id)+"#cong-khai-h")
		return nil
	}
	version, err := strconv.ParseInt(f.one("version"), 10, 64)
	if err != nil || version < 1 {
		return fmt.Errorf("%w: a form without its version", server.ErrInvalid)
	}
	switch f.one("act") {
	case "topics":
		err = s.svc.SetTopics(ctx, u, id, version, f["topic"])
	case "give":
		err = s.svc.GiveCase(ctx, u, id, version, f.one("owner"))
	default:
		err = s.svc.ActOnCase(ctx, u, id, version, server.CaseAction(f.one("act")), note)
	}
	switch {
	case errors.Is(err, store.ErrConflict):
		return s.showCase(c, http.StatusConflict, u, func(p *caseData) {
			p.Problem, p.Note = "Người khác vừa cập nhật phản ánh này. Xem lại bên dưới rồi gửi lại.", note
		})
	case errors.Is(err, server.ErrInvalid):
		return s.showCase(c, http.StatusUnprocessableEntity, u, func(p *caseData) {
			p.Problem, p.Note = "Cần ghi nội dung, và thao tác phải phù hợp với tình trạng hiện tại.", note
		})
	case err != nil:
		return err
	}
	c.Redirect(http.StatusSeeOther, "/phan-anh/"+url.PathEscape(id))
	return nil
}
