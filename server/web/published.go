package web

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"hailong/scoring"
	"hailong/server"
)

// publishedPeriodOf reads the period of an observer's request: one that is
// published, or the newest year with a sentence that says why. Before anything
// is published it is the current year, of which nothing is shown.
func (s *Site) publishedPeriodOf(c *gin.Context) (period, periodChooser, error) {
	today, ctx := server.DayOf(s.now()), c.Request.Context()
	ext, err := s.svc.Extent(ctx)
	if err != nil {
		return period{}, periodChooser{}, err
	}
	problem := ""
	pub, err := s.svc.Publication(ctx, c.Query("ky"))
	if c.Query("tu") != "" || c.Query("den") != "" || c.Query("ky") != "" && errors.Is(err, server.ErrNotFound) {
		problem = "Tài khoản này xem các kỳ đã công bố: năm, sáu tháng đầu năm và từng quý đã kết thúc."
		pub, err = s.svc.Publication(ctx, "")
	}
	if errors.Is(err, server.ErrNotFound) {
		p, _ := choosePeriod(nil, today.Time().Year())
		p.Label = "Chưa có kỳ nào được công bố"
		ch := newPeriodChooser(p, problem, ext, today)
		ch.Path, ch.Fixed, ch.Years, ch.Parts = c.FullPath(), true, nil, nil
		return p, ch, nil
	}
	if err != nil {
		return period{}, periodChooser{}, err
	}
	p := period{pub.Period.ID, pub.Period.From, pub.Period.To, publishedLabel(pub)}
	ch := newPeriodChooser(p, problem, ext, today)
	ch.Path, ch.Fixed, ch.Years, ch.Parts, ch.Ongoing = c.FullPath(), true, nil, nil, pub.Ongoing
	for _, id := range pub.Periods {
		link := periodLink{publishedName(id), template.URL(url.Values{"ky": {id}}.Encode()), id == pub.Period.ID}
		if strings.Contains(id, "-") {
			ch.Parts = append(ch.Parts, link)
		} else {
			link.Label = id
			ch.Years = append(ch.Years, link)
		}
	}
	slices.SortFunc(ch.Years, func(a, b periodLink) int { return strings.Compare(a.Label, b.Label) })
	return p, ch, nil
}

// publishedName is a published period's name where its year stands beside it.
func publishedName(id string) string {
	p, _ := parsePeriod(id)
	label, _, _ := strings.Cut(p.Label, "/")
	return strings.TrimSuffix(label, " đầu năm "+id[:4])
}

// publishedFigures are the figures of the dashboard as an observer sees them:
// what is published, and what can be worked out from it. By month and by lane
// there are only facts about the office.
func (s *Site) publishedFigures(ctx context.Context, p period) (*figures, error) {
	today, sv := server.DayOf(s.now()), s.svc.Survey()
	from, to, months := p.lastMonths(trendMonths, today)
	before := p.before()
	cube, err := s.svc.CubeOf(ctx, sv, min(from, before.From), max(to, p.To), server.GrainMonth)
	if err != nil {
		return nil, fmt.Errorf("reading the figures: %w", err)
	}
	inside := p.filter()
	total, err := s.svc.PublishedIndex(ctx, p.From, p.To, server.ByField)
	if errors.Is(err, server.ErrInvalid) { // nothing is published yet
		total, err = cube.Brief(p.From, p.To, server.Filter{}), nil
		total.Document, total.Hidden, total.Coverage.Answers = nil, true, 0
	}
	if err != nil {
		return nil, fmt.Errorf("reading the figures: %w", err)
	}
	fig := &figures{
		period: p, months: months, total: total,
		without: cube.Brief(p.From, p.To, server.NotEasy()),
		lanes:   &server.IndexDocument{Unit: total.Unit, From: p.From, To: p.To, OnTime: total.OnTime, Hidden: true},
		trend:   cube.Brief(from, to, server.Filter{}, server.ByMonth),
	}
	fig.trend.Hidden = true
	for i, part := range fig.trend.Parts {
		fig.trend.Parts[i] = server.IndexPart{Key: part.Key, Hidden: true, OnTime: part.OnTime}
	}
	// The total without chứng thực is a difference of two that are published.
	fig.without.Hidden = total.Hidden || slices.ContainsFunc(total.Parts, func(p server.IndexPart) bool { return p.Hidden && server.Easy(p.Key[server.ByField]) })
	hidden := func(p server.IndexPart) bool { return p.Hidden }
	if !total.Hidden && !slices.ContainsFunc(total.Parts, hidden) {
		fig.mix, fig.missing = cube.Reweighted(inside, server.ByField)
	}
	unpublished := false
	then, err := s.svc.PublishedIndex(ctx, before.From, before.To, server.ByField)
	if errors.Is(err, server.ErrInvalid) {
		then, err = cube.Brief(before.From, before.To, server.Filter{}), nil
		then.Hidden, unpublished = true, true
	}
	if err != nil {
		return nil, fmt.Errorf("reading the figures: %w", err)
	}
	fig.change = newChangeView(fieldMix(cube, before, p), before)
	fig.change.OnTime = onTimeChange(then.OnTime, total.OnTime)
	fig.change = fig.change.hide(total.Hidden || then.Hidden, slices.ContainsFunc(total.Parts, hidden) || slices.ContainsFunc(then.Parts, hidden))
	if unpublished {
		fig.change.Sentence = "Kỳ liền trước không nằm trong các kỳ đã công bố, nên không so sánh."
	}
	// What is hidden has the figures of nobody.
	for _, d := range []*server.IndexDocument{fig.total, fig.without, fig.lanes, fig.trend} {
		if d.Hidden {
			d.Document = scoring.Evaluate(scoring.NewTally(sv), scoring.Options{Brief: true})
			d.Coverage.Answers = 0
		}
	}
	return fig, nil
}
