package web

import (
	"math"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"hailong/scoring"
	"hailong/server"
)

// A wardsData is the page of a city: its wards side by side (các đơn vị trực
// thuộc), as a funnel and never as a league table: they stand by name.
type wardsData struct {
	frame
	Label    string
	Periods  []periodLink
	Empty    bool // no ward publishes anything
	Sentence string
	Wards    []wardRow
	Shown    int
	Common   string // the common share with its counts
	Shrunk   bool   // whether there is a shrunk share to show
	OnTime   string
	Funnel   funnel
}

// A wardRow is one ward.
type wardRow struct {
	Number        int
	Name, Address string
	Exists        string // from when to when; "" for ever
	Days          string // that the figures are of, where they are not the period's
	Share, Of     string
	Interval      string
	Shrunk        string
	Target        string
	Verdict       verdictView
	OnTime        string
	OnTimeVerdict verdictView
	Signal        string
	Packs         []string // what was taken in of the ward, in words
}

// newWardRow is a ward of which no figures are told yet.
func newWardRow(number int, w server.WardFigures) wardRow {
	none := newVerdictView("", 0)
	r := wardRow{Number: number, Name: w.Unit.Name, Address: "/cong-khai/" + w.Unit.ID, Exists: validText(w.Unit),
		Share: "–", Of: "Không công bố kỳ này", Verdict: none, OnTime: "–", OnTimeVerdict: none}
	r.packs(w)
	return r
}

// tell adds the figures of a ward that has some in the period; f places them
// among the other wards'.
func (r *wardRow) tell(w server.WardFigures, f scoring.GroupFigures, period string) {
	if p, ok := parsePeriod(period); ok && (p.From != w.From || p.To != w.To) {
		r.Days = daysText(w.From, w.To)
	}
	r.OnTimeVerdict = newVerdictView(w.OnTime.Verdict, w.OnTime.N)
	if w.OnTime.Share != nil {
		r.OnTime = percentText(*w.OnTime.Share, 2, w.OnTime.Target) + " (" + countText(w.OnTime.X) + "/" + countText(w.OnTime.N) + ")"
	}
	switch {
	case w.Hidden:
		r.Of = "Quá ít phiếu để hiển thị"
		return
	case w.N == 0:
		r.Of = "Không có dữ liệu"
		return
	}
	verdict, _ := scoring.Explain(w.X, w.N, w.Target)
	r.Share, r.Of, r.Interval = percentText(*f.Share, 2, w.Target), countText(w.X)+"/"+countText(w.N), intervalText(f.Wilson)
	r.Target, r.Verdict = targetText(w.Target), newVerdictView(verdict, w.N)
	if f.PosteriorMean != nil {
		r.Shrunk = percentText(*f.PosteriorMean, 2)
	}
	switch f.Signal {
	case "below":
		r.Signal = "Thấp hơn mức chung rõ rệt"
	case "above":
		r.Signal = "Cao hơn mức chung rõ rệt"
	}
}

// packs says which packs of the ward the city has, the first and what amends it.
func (r *wardRow) packs(w server.WardFigures) {
	for i, p := range w.Packs {
		text := "Gói thẩm định nhận ngày " + server.DayOf(p.At).VI()
		if i > 0 {
			text = "Gói bổ sung nhận ngày " + server.DayOf(p.At).VI()
		}
		if !p.Withheld {
			text += ": " + countText(p.X) + "/" + countText(p.N) + " phiếu, " + countText(p.Dossiers.OnTime) + "/" + countText(p.Dossiers.Closed()) + " hồ sơ đúng hạn"
		}
		r.Packs = append(r.Packs, text)
	}
}

// A funnel is the plot of shares by the number of answers, with the limits
// within which chance alone leaves almost every ward.
type funnel struct {
	Has            bool
	Widened        bool // because the wards scatter more than chance does
	Desc           string
	Upper, Lower   string // points of the limits, in thousandths of the plot
	CommonY, GoalY string
	Goal           string
	Points         []funnelPoint
	YTicks, XTicks []chartTick
}

type funnelPoint struct {
	X, Y, LabelY, Label, Tip string
	Out                      bool
}

type chartTick struct{ At, Label string }

// wards shows the city its wards.
func (s *Site) wards(c *gin.Context) error {
	u, err := s.staff.who(c)
	if err != nil {
		return err
	}
	if s.svc.Of().Level != server.LevelCity {
		return s.noEntry(c, u)
	}
	v, err := s.svc.CityView(c.Request.Context(), c.Query("ky"))
	if err != nil {
		return err
	}
	data := wardsData{frame: s.frame(u, "wards", "Các đơn vị trực thuộc"), Empty: v.Period == ""}
	if data.Empty {
		return s.show(c, http.StatusOK, "wards", staffPolicy, data)
	}
	for _, id := range v.Periods {
		if p, ok := parsePeriod(id); ok {
			data.Periods = append(data.Periods, newPeriodLink(p.Label, "ky", id, id == v.Period))
			if id == v.Period {
				data.Label = p.Label
			}
		}
	}
	g, at := v.Groups, 0
	var outside []string
	differ := false
	for i, w := range v.Wards {
		row := newWardRow(i+1, w)
		if w.Shown {
			f := g.Entries[at]
			at++
			row.tell(w, f, v.Period)
			if !w.Hidden && w.N > 0 {
				differ = differ || f.N >= scoring.MinAnswers && *f.PBH <= 0.05
				if f.Signal != "" {
					outside = append(outside, w.Unit.Name)
				}
				data.Shrunk = data.Shrunk || row.Shrunk != ""
				data.Shown++
			}
		}
		data.Wards = append(data.Wards, row)
	}
	if g != nil && g.P0 != nil {
		var x, n int64
		for i := range g.X {
			x, n = x+g.X[i], n+g.N[i]
		}
		data.Common = percentText(*g.P0, 2) + " (" + countText(x) + "/" + countText(n) + " phiếu)"
		data.Funnel = newFunnel(g, v, s.svc.Survey().Target)
	}
	if v.OnTime.Share != nil {
		data.OnTime = percentText(*v.OnTime.Share, 2, v.OnTime.Target) + " (" + countText(v.OnTime.X) + "/" + countText(v.OnTime.N) + " hồ sơ)"
	}
	switch {
	case data.Shown == 0:
		data.Sentence = "Chưa đơn vị nào có đủ phiếu để hiển thị trong kỳ này."
	case len(outside) > 0:
		data.Sentence = "Khác mức chung nhiều hơn mức ngẫu nhiên giải thích được: " + strings.Join(outside, "; ") + ". Hãy xem vì sao, trước khi khen hay chê."
	case differ:
		data.Sentence = "Các đơn vị khác nhau nhiều hơn mức ngẫu nhiên, nhưng phân tán rộng đến mức không đơn vị nào tách hẳn khỏi các đơn vị còn lại."
	default:
		data.Sentence = "Các đơn vị khác nhau không nhiều hơn mức ngẫu nhiên: thứ tự giữa các đơn vị không nói lên điều gì."
	}
	return s.show(c, http.StatusOK, "wards", staffPolicy, data)
}

// newFunnel places the wards that are shown. The vertical axis begins at a round
// tenth below everything drawn, the horizontal one at nobody.
func newFunnel(g *scoring.Groups, v *server.CityView, target float64) funnel {
	p0, wide, most, low := *g.P0, 1.0, int64(0), math.Min(*g.P0, target)
	if g.Phi != nil {
		wide = math.Sqrt(max(1, *g.Phi))
	}
	for _, e := range g.Entries {
		if e.N > 0 {
			most, low = max(most, e.N), min(low, *e.Share)
		}
	}
	if most == 0 {
		return funnel{}
	}
	right := float64(most) * 1.12
	bottom := max(0, math.Floor(10*(low-0.02))/10)
	y := func(share float64) float64 { return (1 - (min(1, max(bottom, share))-bottom)/(1-bottom)) * 1000 }
	percent := func(thousandths float64) string { return num(thousandths/10) + "%" }
	f := funnel{Has: true, Widened: wide > 1, CommonY: num(y(p0)), GoalY: percent(y(target)), Goal: targetText(target),
		Desc: "Biểu đồ phễu: mỗi đơn vị một điểm, số phiếu theo chiều ngang, tỷ lệ hài lòng theo chiều dọc; số liệu trong bảng bên dưới."}
	var upper, lower []string
	for step := range 61 {
		n := max(1, right*float64(step)/60)
		half := 3 * wide * math.Sqrt(p0*(1-p0)/n)
		x := num(n / right * 1000)
		upper, lower = append(upper, x+","+num(y(p0+half))), append(lower, x+","+num(y(p0-half)))
	}
	f.Upper, f.Lower = strings.Join(upper, " "), strings.Join(lower, " ")
	at := 0
	for i, w := range v.Wards {
		if !w.Shown {
			continue
		}
		e := g.Entries[at]
		if at++; e.N == 0 {
			continue
		}
		py := y(*e.Share)
		f.Points = append(f.Points, funnelPoint{X: percent(float64(e.N) / right * 1000), Y: percent(py), LabelY: percent(py), Label: countText(int64(i + 1)),
			Tip: w.Unit.Name + ": " + percentText(*e.Share, 2) + ", " + countText(e.X) + "/" + countText(e.N) + " phiếu", Out: e.Signal != ""})
	}
	between := 0.1
	if bottom < 0.5 {
		between = 0.2
	}
	for share := 1.0; share > bottom-0.001; share -= between {
		f.YTicks = append(f.YTicks, chartTick{percent(y(share)), percentText(share, 0)})
	}
	step := math.Pow(10, math.Floor(math.Log10(right/2)))
	for _, k := range []float64{5, 2} {
		if right/(step*k) >= 2 {
			step *= k
			break
		}
	}
	for n := 0.0; n <= right; n += step {
		f.XTicks = append(f.XTicks, chartTick{percent(n / right * 1000), countText(int64(n))})
	}
	return f
}
