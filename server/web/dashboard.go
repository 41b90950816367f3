package web

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"

	"hailong/scoring"
	"hailong/server"
)

// figures are what the dashboard shows, all of one cube.
type figures struct {
	period  period
	total   *server.IndexDocument // by field
	without *server.IndexDocument // without chứng thực
	lanes   *server.IndexDocument // by lane
	trend   *server.IndexDocument // by month, the twelve months to the period's end
	months  []string
	// mix is the share in the mix of the dossiers; missing is how many
	// dossiers are of fields that nobody answered about.
	mix     *scoring.Weighted
	missing int64
	change  changeView // since the period before
	// complete is how many answers by slip leave no question open; nil where that is
	// not to be told, as it is not published.
	complete *int64
	first    priorityView
}

// trendMonths is how many months a trend shows.
const trendMonths = 12

// dashboardFigures reads the store once and computes every figure of the dashboard, as
// far as the role may see it.
func (s *Site) dashboardFigures(ctx context.Context, role server.Role, p period) (*figures, error) {
	if role == server.RoleObserver {
		return s.publishedFigures(ctx, p)
	}
	today := server.DayOf(s.now())
	from, to, months := p.lastMonths(trendMonths, today)
	grain := server.GrainDay
	if p.wholeMonths() {
		grain = server.GrainMonth
	}
	before := p.before()
	cube, err := s.svc.CubeOf(ctx, s.svc.Survey(), min(from, before.From), max(to, p.To), grain)
	if err != nil {
		return nil, fmt.Errorf("reading the figures: %w", err)
	}
	inside := p.filter()
	fig := &figures{
		period: p, months: months,
		total:   cube.Brief(p.From, p.To, server.Filter{}, server.ByField),
		without: cube.Brief(p.From, p.To, server.NotEasy()),
		lanes:   cube.Brief(p.From, p.To, server.Filter{}, server.ByLane),
		trend:   cube.Brief(from, to, server.Filter{}, server.ByMonth),
	}
	fig.mix, fig.missing = cube.Reweighted(inside, server.ByField)
	then := cube.Brief(before.From, before.To, server.Filter{}, server.ByField)
	fig.change = newChangeView(fieldMix(cube, before, p), before)
	fig.change.OnTime = onTimeChange(then.OnTime, fig.total.OnTime)
	fig.first = newPriorityView(s.svc.Survey(), cube.Document(server.IndexQuery{Filter: inside}).Document)
	if fig.complete, err = s.svc.Complete(ctx, p.From, p.To); err != nil {
		return nil, fmt.Errorf("reading the figures: %w", err)
	}
	return fig, nil
}

// overall returns the figures of the overall question.
func (s *Site) overall(d *scoring.Document) scoring.Item {
	if d == nil {
		return scoring.Item{}
	}
	it, _ := d.Items.Get(s.svc.Survey().Overall.ID)
	return it
}

// periodOf reads the period of a request and everything the chooser needs.
// Observers choose among the published periods.
func (s *Site) periodOf(c *gin.Context, u server.User) (period, periodChooser, error) {
	if u.Role == server.RoleObserver {
		return s.publishedPeriodOf(c)
	}
	today := server.DayOf(s.now())
	ext, err := s.svc.Extent(c.Request.Context())
	if err != nil {
		return period{}, periodChooser{}, err
	}
	year := ext.Year(today)
	if year == 0 {
		year = today.Time().Year()
	}
	p, problem := choosePeriod(c.Request.URL.Query(), year)
	ch := newPeriodChooser(p, problem, ext, today)
	ch.Path = c.FullPath()
	return p, ch, nil
}

// A dashboardData is the page for leaders: are we there, can we tell, where not.
type dashboardData struct {
	frame
	Period       periodChooser
	Satisfaction targetCard
	OnTime       targetCard
	Trend        trendChart
	OnTimeTrend  trendChart
	Fields       figureTable
	Elements     figureTable
	Lanes        figureTable
	Coverage     coverageView
	Change       changeView
	First        priorityView // what to improve first; not for those who only observe
	Waiting      waitingView
}

// dashboard shows the two targets and what is behind them.
func (s *Site) dashboard(c *gin.Context) error {
	u, err := s.staff.who(c)
	if err != nil {
		return err
	}
	p, chooser, err := s.periodOf(c, u)
	if err != nil {
		return err
	}
	fig, err := s.dashboardFigures(c.Request.Context(), u.Role, p)
	if err != nil {
		return err
	}
	ext, err := s.svc.Extent(c.Request.Context())
	if err != nil {
		return err
	}
	waiting, err := s.waiting(c.Request.Context(), u, ext)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if chooser.Problem != "" {
		status = http.StatusUnprocessableEntity
	}
	today := server.DayOf(s.now())
	data := dashboardData{
		frame:        s.frame(u, "overview", "Tổng quan"),
		Period:       chooser,
		Satisfaction: satisfactionCard(s.overall(fig.total.Document), fig.total, p.over(today)),
		OnTime:       onTimeCard(fig.total.OnTime, p.over(today)),
		Trend:        s.satisfactionTrend(fig),
		OnTimeTrend:  onTimeTrend(fig),
		Fields:       s.fieldTable(fig),
		Elements:     s.elementTable(fig),
		Lanes:        s.laneTable(fig),
		Coverage:     newCoverageView(fig.total.Coverage, fig.complete),
		Change:       fig.change,
		First:        fig.first,
		Waiting:      waiting,
	}
	if u.Role == server.RoleObserver {
		data.Trend.Sentence = "Tài khoản này xem các kỳ đã công bố. Mức độ hài lòng từng tháng không hiển thị để giữ kín người trả lời."
		data.Lanes.Sentence = "Trong các kỳ đã công bố không so sánh các kênh, để giữ kín người trả lời."
		data.Lanes.Notes = nil
	}
	return s.show(c, status, "dashboard", staffPolicy, data)
}

// satisfactionTrend draws the overall share by month.
func (s *Site) satisfactionTrend(fig *figures) trendChart {
	target := s.svc.Survey().Target
	months := monthsOf(fig, func(p server.IndexPart) (x, n int64) {
		it := s.overall(p.Document)
		return it.X, it.N
	})
	t := newTrendChart("trend", "Mức độ hài lòng theo tháng", "phiếu", months, target, true)
	t.Sentence = trendSentence(months, target, false)
	t.Desc = "Biểu đồ đường theo tháng, dải mờ là khoảng tin cậy 95%, đường đứt là mục tiêu " + targetText(target) + ". " + t.Sentence
	return t
}

// onTimeTrend draws the on-time rate by month.
func onTimeTrend(fig *figures) trendChart {
	target := fig.total.OnTime.Target
	months := monthsOf(fig, func(p server.IndexPart) (x, n int64) {
		if p.OnTime == nil {
			return 0, 0
		}
		return p.OnTime.X, p.OnTime.N
	})
	t := newTrendChart("ontime-trend", "Giải quyết trước và đúng hạn theo tháng", "hồ sơ", months, target, false)
	t.TargetLabel = "trên " + t.TargetLabel
	t.Sentence = trendSentence(months, target, true)
	t.Desc = "Biểu đồ đường theo tháng tiếp nhận hồ sơ, đường đứt là mục tiêu trên " + targetText(target) + ". " + t.Sentence
	return t
}

// monthsOf lists the trend's months; one that has nothing is 0 of 0.
func monthsOf(fig *figures, of func(server.IndexPart) (x, n int64)) []trendMonth {
	out := make([]trendMonth, len(fig.months))
	for i, m := range fig.months {
		out[i].Month = m
		k := slices.IndexFunc(fig.trend.Parts, func(p server.IndexPart) bool { return p.Key[server.ByMonth] == m })
		if k >= 0 {
			out[i].X, out[i].N = of(fig.trend.Parts[k])
		}
	}
	return out
}
