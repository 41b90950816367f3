package web

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"hailong/scoring"
	"hailong/scoring/survey"
	"hailong/server"
)

// An analysisData is the page behind the overview (phân tích): what changed and
// why, how answers are spread, what goes with the overall rating, whether
// counters and officers differ by more than chance.
type analysisData struct {
	frame
	Period   periodChooser
	Change   changeView
	Likert   likertChart
	Reasons  reasonsView
	Priority priorityView
	Counters comparison
	Officers comparison
}

// analysis shows the page. Those who only observe do not see it: it is about
// officers.
func (s *Site) analysis(c *gin.Context) error {
	u, err := s.staff.who(c)
	if err != nil {
		return err
	}
	p, chooser, err := s.periodOf(c, u)
	if err != nil {
		return err
	}
	data, err := s.analyse(c.Request.Context(), p)
	if err != nil {
		return err
	}
	data.frame, data.Period = s.frame(u, "analysis", "Phân tích"), chooser
	status := http.StatusOK
	if chooser.Problem != "" {
		status = http.StatusUnprocessableEntity
	}
	return s.show(c, status, "analysis", staffPolicy, data)
}

// analyse reads the store once for the period and the one before it, and the
// period's answers for the reasons in them.
func (s *Site) analyse(ctx context.Context, p period) (analysisData, error) {
	before := p.before()
	grain := server.GrainDay
	if p.wholeMonths() {
		grain = server.GrainMonth
	}
	sv := s.svc.Survey()
	cube, err := s.svc.CubeOf(ctx, sv, before.From, p.To, grain)
	if err != nil {
		return analysisData{}, fmt.Errorf("reading the figures: %w", err)
	}
	doc := cube.Document(server.IndexQuery{Filter: p.filter()})
	d := analysisData{
		Change:   newChangeView(fieldMix(cube, before, p), before),
		Likert:   newLikertChart(sv, doc.Document),
		Priority: newPriorityView(sv, doc.Document),
	}
	if d.Reasons, err = s.reasonsView(ctx, p); err != nil {
		return analysisData{}, err
	}
	d.Counters = compare(cube, p.filter(), server.ByCounter, server.ByField, comparison{ID: "counters", Title: "Giữa các quầy", Head: "Quầy", one: "quầy", Unknown: "Không rõ quầy"})
	d.Officers = compare(cube, p.filter(), server.ByOfficer, server.ByField, comparison{ID: "officers", Title: "Giữa các công chức", Head: "Công chức", one: "công chức", Unknown: "Không gắn với công chức", guarded: true})
	return d, nil
}

// before is the period of the same length that ends where p begins: whole
// months before whole months, else as many days.
func (p period) before() period {
	to := p.From.Add(-1)
	if p.wholeMonths() {
		a, b := p.From.Time(), p.To.Add(1).Time()
		months := 12*(b.Year()-a.Year()) + int(b.Month()-a.Month())
		from := server.DayOf(a.AddDate(0, -months, 0))
		return period{From: from, To: to, Label: daysText(from, to)}
	}
	days := int(math.Round(p.To.Time().Sub(p.From.Time()).Hours() / 24))
	from := to.Add(-days)
	return period{From: from, To: to, Label: daysText(from, to)}
}

// fieldMix counts the overall question by field in two periods.
func fieldMix(cube *server.Cube, p0, p1 period) []scoring.MixCell {
	cells := map[string]*scoring.MixCell{}
	var order []string
	count := func(p period, add func(*scoring.MixCell, int64, int64)) {
		for _, sh := range cube.Shares(p.filter(), server.ByField) {
			c := cells[sh.Key[0]]
			if c == nil {
				c = &scoring.MixCell{Name: sh.Key[0]}
				cells[sh.Key[0]] = c
				order = append(order, sh.Key[0])
			}
			add(c, sh.X, sh.N)
		}
	}
	count(p0, func(c *scoring.MixCell, x, n int64) { c.X0, c.N0 = x, n })
	count(p1, func(c *scoring.MixCell, x, n int64) { c.X1, c.N1 = x, n })
	out := make([]scoring.MixCell, 0, len(order))
	for _, name := range order {
		out = append(out, *cells[name])
	}
	return out
}

// signedPoints writes a difference in points with its sign: +1,2 or −0,4.
func signedPoints(d float64) string {
	switch t := pointsText(d); {
	case t == "0,0":
		return t
	case d < 0:
		return "−" + t
	default:
		return "+" + t
	}
}

// A priorityView puts elements by importance and performance.
type priorityView struct {
	Has      bool
	Sentence string
	Rows     []priorityRow
	CutX     string // place of equal importance
	CutY     string // place of the target
	Height   string
	Cut      string // "20%"
	Target   string
}

type priorityRow struct {
	Number                              int
	Name, Importance, Performance, Text string
	Tone                                string
	X, Y, LabelY                        string
	Borderline                          bool
}

// priorityHeight is the height of the picture, in pixels.
const priorityHeight = 300.0

func newPriorityView(sv *survey.Survey, d *scoring.Document) priorityView {
	v := priorityView{Height: num(priorityHeight), Target: targetText(d.Target), Sentence: "Cần ít nhất 100 phiếu trả lời đủ các yếu tố để biết yếu tố nào đi cùng đánh giá chung."}
	if d.Drivers == nil || len(d.Drivers.ImportancePerformance) == 0 {
		return v
	}
	k := len(d.Drivers.LMGShare)
	v.Cut = percentText(1/float64(k), 0)
	low, top := []float64{d.Target}, 2/float64(k)
	for _, e := range d.Drivers.ImportancePerformance {
		low = append(low, *e.Value.Performance)
		top = max(top, *e.Value.Importance+0.04)
	}
	a := newAxis(low...)
	x := func(importance float64) string { return num(8+importance/top*88) + "%" }
	y := func(share float64) float64 { return 14 + (1-a.at(share))*(priorityHeight-44) }
	v.CutX, v.CutY = x(1/float64(k)), num(y(d.Target))
	var first []string
	for _, el := range sv.Elements {
		p, ok := d.Drivers.ImportancePerformance.Get(el.ID)
		if !ok {
			continue
		}
		r := priorityRow{
			Number: len(v.Rows) + 1, Name: el.Text.VI, Importance: percentText(*p.Importance, 0), Performance: percentText(*p.Performance, 1, d.Target),
			X: x(*p.Importance), Y: num(y(*p.Performance)), LabelY: num(y(*p.Performance) + 4.5), Borderline: p.Borderline,
		}
		switch p.Quadrant {
		case "improve_first":
			r.Tone, r.Text = "not_met", "Cải thiện trước"
			first = append(first, el.Text.VI)
		case "improve_later":
			r.Tone, r.Text = "too_early", "Cải thiện sau"
		case "keep_up":
			r.Tone, r.Text = "met", "Giữ vững"
		default:
			r.Tone, r.Text = "none", "Tạm đủ"
		}
		v.Rows = append(v.Rows, r)
	}
	v.Has = true
	v.Sentence = "Không yếu tố quan trọng nào dưới mục tiêu."
	if len(first) > 0 {
		v.Sentence = "Cải thiện trước: " + strings.Join(first, ", ") + "."
	}
	return v
}

// A comparison asks whether counters or officers differ by more than chance
// (biểu đồ phễu). It is no ranking.
type comparison struct {
	ID, Title, Head string
	Unknown         string
	one             string // what is compared: quầy
	guarded         bool   // no figure under MinAnswers
	// Fixed parts, such as fields, differ by nature: the limits around the
	// common share are not widened by how much they scatter.
	Fixed    bool
	name     func(string) string // how a part is written; as it is where nil
	link     func(string) string // where a part leads; nowhere where nil
	Sentence string
	Rows     []comparisonRow
	Common   string // the common share
	Axis     rangeAxis
	Has      bool
}

type comparisonRow struct {
	Link                      string
	Name, Share, Of, Interval string
	Shrunk                    string // pulled towards the common share
	Adjusted                  string // at everybody's mix of fields
	Verdict                   verdictView
	Mark                      rangeMark
	Axis                      rangeAxis
	Hidden                    bool
}

// compare fills a comparison with the parts of a cube along by, adjusted for
// the mix along stratum.
func compare(cube *server.Cube, f server.Filter, by, stratum server.Dimension, c comparison) comparison {
	counts, cases := shareCounts(cube.Shares(f, by, stratum))
	if len(counts) == 0 {
		c.Sentence = "Không có dữ liệu trong kỳ này."
		return c
	}
	c.Has = true
	server.SortByName(counts, func(g scoring.GroupCount) string {
		if c.name != nil {
			return c.name(g.Name)
		}
		return g.Name
	})
	g := scoring.NewGroups(counts, 0)
	adjusted := scoring.Standardise(cases)
	c.Common = percentText(*g.P0, 1)
	low := []float64{*g.P0}
	for _, e := range g.Entries {
		if e.N >= scoring.MinAnswers {
			low = append(low, *e.Share, e.Wilson.Lo)
		}
	}
	a := newAxis(low...)
	c.Axis = newRangeAxis(a, math.Round(*g.P0*1000)/1000)
	c.Axis.Beyond, c.Axis.Label = "0", c.Common
	c.Axis.Ticks = slices.DeleteFunc(c.Axis.Ticks, func(t tick) bool { return !t.Goal && crowded(t.At, c.Axis.Target) })
	var below, above []string
	for _, e := range g.Entries {
		r := comparisonRow{Name: e.Name, Axis: c.Axis}
		if c.name != nil {
			r.Name = c.name(e.Name)
		}
		small := e.N < scoring.MinAnswers
		if c.guarded && small {
			r.Hidden, r.Share, r.Verdict = true, "không hiển thị", verdictView{"none", "Dưới " + countText(scoring.MinAnswers) + " phiếu"}
			c.Rows = append(c.Rows, r)
			continue
		}
		if c.link != nil {
			r.Link = c.link(e.Name)
		}
		r.Share, r.Of, r.Interval = percentText(*e.Share, 1), countText(e.X)+"/"+countText(e.N), intervalText(e.Wilson)
		r.Shrunk = shareText(e.PosteriorMean, 1)
		if i := slices.IndexFunc(adjusted, func(m scoring.CaseMix) bool { return m.Name == e.Name }); i >= 0 {
			r.Adjusted = shareText(adjusted[i].Share, 1)
		}
		tone := "none"
		switch {
		case small:
			tone, r.Verdict = "thin", verdictView{"too_early", "Quá ít phiếu"}
		case c.signal(e) == "below":
			tone, r.Verdict = "not_met", verdictView{"not_met", "Thấp hơn mức chung"}
			below = append(below, r.Name)
		case c.signal(e) == "above":
			tone, r.Verdict = "met", verdictView{"met", "Cao hơn mức chung"}
			above = append(above, r.Name)
		default:
			r.Verdict = verdictView{"none", "Trong giới hạn"}
		}
		r.Mark = newRangeMark(a, e.Share, e.Wilson, tone, "")
		c.Rows = append(c.Rows, r)
	}
	c.Sentence = compareSentence(c.one, g, below, above)
	return c
}

// crowded says that two labels of a narrow axis would lie on each other.
func crowded(at, goal string) bool {
	x, err1 := strconv.ParseFloat(strings.TrimSuffix(at, "%"), 64)
	y, err2 := strconv.ParseFloat(strings.TrimSuffix(goal, "%"), 64)
	return err1 == nil && err2 == nil && math.Abs(x-y) < 19
}

// signal tells whether a group stands out, "below" or "above".
func (c comparison) signal(e scoring.GroupFigures) string {
	switch {
	case !c.Fixed:
		return e.Signal
	case e.N < scoring.MinAnswers || *e.PBH > 0.05 || math.Abs(*e.Z) <= 3:
		return ""
	case *e.Z < 0:
		return "below"
	}
	return "above"
}
