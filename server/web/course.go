package web

import (
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"hailong/scoring"
	"hailong/server"
)

// A courseData is the page of the course of things (diễn biến): the share over
// time with its control limits, for any part of the figures, and the parts
// below it to go on into.
type courseData struct {
	frame
	Period   periodChooser
	Steps    []periodLink
	Selects  []selectView
	Hidden   []option // what the filter form carries along
	Inside   bool     // the role sees more than months
	NoEasy   bool
	Filtered string       // the filters in words
	Clear    template.URL // query without filters
	Chart    controlChart
	Total    figureRow
	HasTotal bool
	Mix      string // in the mix of the dossiers
	Missing  string
	OnTime   string
	Parts    comparison
	By       []periodLink
	Notes    []noteRow
	CanNote  bool
	Today    string
	MaxNote  int
	Problem  string
}

// A noteRow is an annotation of the list below the chart.
type noteRow struct {
	controlMark
	By string
}

// noteRoles are who may write and remove annotations.
func noteRoles() []server.Role {
	return []server.Role{server.RoleLeader, server.RoleReporter, server.RoleAdmin}
}

// course shows the page.
func (s *Site) course(c *gin.Context) error {
	u, err := s.staff.who(c)
	if err != nil {
		return err
	}
	return s.showCourse(c, u, "")
}

func (s *Site) showCourse(c *gin.Context, u server.User, problem string) error {
	p, chooser, err := s.periodOf(c, u)
	if err != nil {
		return err
	}
	sel, wrong := parseSelection(c.Request.URL.Query(), p)
	if u.Role == server.RoleObserver {
		if sel, wrong = sel.outside(); wrong != "" && problem == "" {
			problem = wrong
		}
	}
	if problem == "" {
		problem = wrong
	}
	if chooser.Problem != "" {
		problem, chooser.Problem = chooser.Problem, ""
	}
	d := courseData{frame: s.frame(u, "course", "Diễn biến"), Problem: problem, Inside: u.Role != server.RoleObserver, CanNote: slices.Contains(noteRoles(), u.Role), Today: string(server.DayOf(s.now())), MaxNote: server.MaxNote}
	if err := s.readCourse(c, u, sel, &d); err != nil {
		return err
	}
	d.Period = chooser.keeping(sel)
	for _, st := range []struct{ step, label string }{{stepMonth, "Tháng"}, {stepWeek, "Tuần"}, {stepDay, "Ngày"}} {
		if st.step == stepMonth || u.Role != server.RoleObserver && sel.only[server.ByOfficer] == "" {
			d.Steps = append(d.Steps, periodLink{Label: st.label, Query: sel.with("buoc", st.step), Current: st.step == sel.step})
		}
	}
	for k, vs := range sel.values() {
		if k == "ky" || k == "tu" || k == "den" || k == "buoc" || k == "theo" {
			d.Hidden = append(d.Hidden, option{Value: vs[0], Label: k})
		}
	}
	slices.SortFunc(d.Hidden, func(a, b option) int { return strings.Compare(a.Label, b.Label) })
	d.NoEasy = sel.noEasy
	status := http.StatusOK
	if problem != "" {
		status = http.StatusUnprocessableEntity
	}
	return s.show(c, status, "course", staffPolicy, d)
}

// outside is what of a selection an observer may see: by month, and one filter
// at a time, since two give small parts back as differences of what they cut.
func (s selection) outside() (selection, string) {
	problem := ""
	if s.step != stepMonth {
		s.step = stepMonth
	}
	kept := map[server.Dimension]string{}
	for _, d := range selectable {
		v := s.only[d.dim]
		switch {
		case v == "":
		case d.dim == server.ByOfficer || d.dim == server.ByProcedure || len(kept) == 1:
			problem = "Tài khoản này xem theo tháng, mỗi lần một bộ lọc, không theo thủ tục hay công chức."
		default:
			kept[d.dim] = v
		}
	}
	if s.noEasy {
		problem, s.noEasy = "Tài khoản này xem theo tháng, mỗi lần một bộ lọc, không theo thủ tục hay công chức.", false
	}
	s.only, s.by = kept, ""
	return s, problem
}

// keeping makes the links of a chooser of periods keep the rest of a selection.
func (ch periodChooser) keeping(sel selection) periodChooser {
	v := sel.values()
	for _, k := range []string{"ky", "tu", "den", "buoc"} {
		v.Del(k)
	}
	rest := v.Encode() // so it is safe in an address
	if rest == "" {
		return ch
	}
	for _, links := range [][]periodLink{ch.Years, ch.Parts} {
		for i := range links {
			links[i].Query += template.URL("&" + rest)
		}
	}
	for k, vs := range v {
		ch.Keep = append(ch.Keep, option{Label: k, Value: vs[0]})
	}
	slices.SortFunc(ch.Keep, func(a, b option) int { return strings.Compare(a.Label, b.Label) })
	return ch
}

// readCourse reads the store once and fills the page.
func (s *Site) readCourse(c *gin.Context, u server.User, sel selection, d *courseData) error {
	ctx, p := c.Request.Context(), sel.period
	cube, err := s.svc.CubeOf(ctx, s.svc.Survey(), p.From, p.To, sel.grain())
	if err != nil {
		return fmt.Errorf("reading the figures: %w", err)
	}
	d.Filtered = sel.text(cube.ProcedureName)
	bare := sel
	bare.only, bare.noEasy = nil, false
	d.Clear = bare.with("theo", "")
	var notes []server.Annotation
	if u.Role != server.RoleObserver {
		if notes, err = s.svc.Annotations(ctx, p.From, p.To); err != nil {
			return err
		}
	}
	to := min(p.To, server.DayOf(s.now()))
	var points []controlPoint
	if u.Role == server.RoleObserver {
		points = s.outsidePoints(cube, sel, to)
	} else {
		points = insidePoints(cube, sel, to)
	}
	target := s.svc.Survey().Target
	if sel.only[server.ByOfficer] != "" {
		points = guard(points)
	}
	d.Chart = newControlChart(sel.step, points, notes, target, sel.pointLink(p, u.Role))
	d.Chart.Title = "Mức độ hài lòng theo " + strings.ToLower(stepName(sel.step))
	for i, m := range d.Chart.Marks {
		d.Notes = append(d.Notes, noteRow{m, notes[i].By})
	}
	d.Selects = sel.selects(s.courseParts(cube, sel, u.Role), cube.ProcedureName)
	if u.Role == server.RoleObserver {
		return nil
	}
	f := sel.filter()
	var x, n int64
	for _, sh := range cube.Shares(f) {
		x, n = sh.X, sh.N
	}
	if n > 0 && (sel.only[server.ByOfficer] == "" || n >= server.MinOfficerCell) {
		fig := countFigure("", "all", x, n, target)
		a := newAxis(target, *fig.item.Share)
		fig.interval = fig.item.Wilson
		d.Total, d.HasTotal = newFigureRow(a, fig, target), true
	}
	if sel.only[server.ByLane] == "" && sel.only[server.ByOfficer] == "" {
		along := server.ByField
		if sel.only[server.ByField] != "" {
			along = server.ByProcedure
		}
		if w, missing := cube.Reweighted(f, along); w != nil && w.Share != nil {
			d.Mix = percentText(*w.Share, 1, target) + " (" + intervalText(w.KornGraubard) + ")"
			if missing > 0 {
				d.Missing = countText(missing) + " hồ sơ đã trả thuộc phần chưa có phiếu nào"
			}
		}
		if on := server.NewOnTime(cube.Dossiers(f), s.svc.Config.OnTimeTarget); on.Share != nil {
			d.OnTime = percentText(*on.Share, 1, on.Target) + " (" + countText(on.X) + "/" + countText(on.N) + " hồ sơ)"
		}
	}
	d.Parts = s.courseComparison(cube, sel)
	for _, o := range selectable {
		if sel.only[o.dim] == "" {
			d.By = append(d.By, periodLink{Label: o.name, Query: sel.with("theo", o.param), Current: o.dim == sel.by})
		}
	}
	return nil
}

// insidePoints counts the selection step by step.
func insidePoints(cube *server.Cube, sel selection, to server.Day) []controlPoint {
	by := server.ByDay
	if sel.step == stepMonth {
		by = server.ByMonth
	}
	return fold(sel, to, cube.Shares(sel.filter(), by))
}

// fold puts shares by day or month into the steps of the selection; a step
// without answers is 0 of 0.
func fold(sel selection, to server.Day, shares []server.Share) []controlPoint {
	keys := steps(sel.step, sel.period.From, to)
	points := make([]controlPoint, len(keys))
	at := make(map[string]int, len(keys))
	for i, k := range keys {
		points[i].Key, at[k] = k, i
	}
	for _, sh := range shares {
		key := sh.Key[0]
		if sel.step == stepWeek {
			key = stepKey(stepWeek, server.Day(key))
		}
		if i, ok := at[key]; ok {
			points[i].X += sh.X
			points[i].N += sh.N
		}
	}
	return points
}

// outsidePoints are the months as an observer may see them: cut out of the
// whole table of the filter's parts by month, in which small cells are hidden.
func (s *Site) outsidePoints(cube *server.Cube, sel selection, to server.Day) []controlPoint {
	by := []server.Dimension{server.ByMonth}
	want := ""
	for d, v := range sel.only {
		by, want = []server.Dimension{d, server.ByMonth}, v
	}
	doc := cube.Document(server.IndexQuery{By: by, Filter: sel.period.filter(), Brief: true})
	server.HideSmall(doc, s.svc.Survey().Target)
	points := fold(sel, to, nil)
	for _, p := range doc.Parts {
		if len(by) == 2 && p.Key[by[0]] != want {
			continue
		}
		i := slices.IndexFunc(points, func(o controlPoint) bool { return o.Key == p.Key[server.ByMonth] })
		if i < 0 {
			continue
		}
		if points[i].Hidden = p.Hidden || doc.Hidden; !points[i].Hidden && p.Document != nil {
			it := s.overall(p.Document)
			points[i].X, points[i].N = it.X, it.N
		}
	}
	return points
}

// guard hides an official's figures: all of them under MinOfficerCell ratings,
// and months under MinCell.
func guard(points []controlPoint) []controlPoint {
	var n int64
	for _, p := range points {
		n += p.N
	}
	for i := range points {
		if points[i].N > 0 && (n < server.MinOfficerCell || points[i].N < server.MinCell) {
			points[i] = controlPoint{Key: points[i].Key, Hidden: true}
		}
	}
	return points
}

// pointLink goes from a month to its days and from a week to its days; a day
// has only its line in the table.
func (s selection) pointLink(p period, role server.Role) func(string) string {
	return func(key string) string {
		if role == server.RoleObserver || s.only[server.ByOfficer] != "" || s.step == stepDay {
			return ""
		}
		v := s.values()
		v.Set("buoc", stepDay)
		if s.step == stepMonth {
			v.Del("tu")
			v.Del("den")
			v.Set("ky", key)
			return "?" + v.Encode()
		}
		v.Del("ky")
		v.Set("tu", string(max(server.Day(key), p.From)))
		v.Set("den", string(min(server.Day(key).Add(6), p.To)))
		return "?" + v.Encode()
	}
}

// courseParts lists, for every filter, the parts that have something in the
// period under the other filters.
func (s *Site) courseParts(cube *server.Cube, sel selection, role server.Role) map[server.Dimension][]string {
	out := map[server.Dimension][]string{}
	for _, d := range selectable {
		if role == server.RoleObserver && (d.dim == server.ByOfficer || d.dim == server.ByProcedure) {
			continue
		}
		other := sel
		other.only = map[server.Dimension]string{}
		for k, v := range sel.only {
			if k != d.dim && role != server.RoleObserver {
				other.only[k] = v
			}
		}
		values := []string{}
		for _, sh := range cube.Shares(other.filter(), d.dim) {
			if sh.Key[0] != "" && (d.dim != server.ByOfficer || sh.N >= server.MinOfficerCell) {
				values = append(values, sh.Key[0])
			}
		}
		out[d.dim] = values
	}
	return out
}

// courseComparison compares the parts of the selection, each a link into it.
func (s *Site) courseComparison(cube *server.Cube, sel selection) comparison {
	c := comparison{ID: "parts", Unknown: "Chưa rõ", guarded: sel.by == server.ByOfficer || sel.only[server.ByOfficer] != ""}
	for _, d := range selectable {
		if d.dim == sel.by {
			c.Head, c.one, c.Title = d.name, strings.ToLower(d.name), "Theo "+strings.ToLower(d.name)
		}
	}
	c.name = func(v string) string { return partName(sel.by, v, cube.ProcedureName) }
	c.link = func(v string) string { return sel.into(v) }
	c.Fixed = sel.by != server.ByCounter && sel.by != server.ByOfficer
	stratum := server.ByField
	if sel.by == server.ByField || sel.by == server.ByProcedure {
		stratum = server.ByChannel
	}
	return compare(cube, sel.filter(), sel.by, stratum, c)
}

// annotate adds or removes an annotation and shows the page again.
func (s *Site) annotate(c *gin.Context) error {
	u, err := s.staff.who(c)
	if err != nil {
		return err
	}
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, 16<<10)
	if err := c.Request.ParseForm(); err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return errTooLarge
		}
		return fmt.Errorf("%w: the form cannot be read", server.ErrInvalid)
	}
	ctx, f := c.Request.Context(), c.Request.PostForm
	if id := f.Get("xoa"); id != "" {
		err = s.svc.RemoveAnnotation(ctx, u, id)
	} else {
		var day server.Day
		if day, err = parseDay(f.Get("ngay")); err == nil {
			_, err = s.svc.AddAnnotation(ctx, u, day, f.Get("noi-dung"), f.Get("tinh-lai") != "")
		}
	}
	if errors.Is(err, server.ErrInvalid) {
		return s.showCourse(c, u, "Chưa ghi được: ghi chú cần một ngày không ở tương lai và nội dung không quá "+countText(server.MaxNote)+" ký tự.")
	}
	if err != nil {
		return err
	}
	// Back to the same view: the query is our own, parsed and written anew.
	c.Redirect(http.StatusSeeOther, "/dien-bien?"+cleanQuery(c.Request.URL.Query()).Encode())
	return nil
}

// cleanQuery keeps what the page knows of an address.
func cleanQuery(q url.Values) url.Values {
	out := url.Values{}
	keep := []string{"ky", "tu", "den", "buoc", "theo", "ct"}
	for _, d := range selectable {
		keep = append(keep, d.param)
	}
	for _, k := range keep {
		if v := q.Get(k); v != "" {
			out.Set(k, clip(v, 200))
		}
	}
	return out
}

// shareCounts are groups for a comparison, out of shares by part and stratum.
func shareCounts(shares []server.Share) (counts []scoring.GroupCount, cases []scoring.CaseCell) {
	at := map[string]int{}
	for _, sh := range shares {
		if sh.Key[0] == "" {
			continue
		}
		cases = append(cases, scoring.CaseCell{Group: sh.Key[0], Stratum: sh.Key[1], X: sh.X, N: sh.N})
		i, ok := at[sh.Key[0]]
		if !ok {
			i = len(counts)
			at[sh.Key[0]] = i
			counts = append(counts, scoring.GroupCount{Name: sh.Key[0]})
		}
		counts[i].X += sh.X
		counts[i].N += sh.N
	}
	return counts, cases
}
