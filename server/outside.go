package server

import (
	"context"
	"fmt"
	"slices"

	"hailong/scoring"
	"hailong/scoring/survey"
)

// PublishedIndex is the index document of a published period, as those outside
// the house see it (số liệu đã công bố): in all, or by field. The period is named
// by its days, which must be those of one that Publication offers; then the
// clearance of the whole year decides what is in it, so that no small number of
// answers comes out of adding and subtracting everything that can be asked for.
// ErrInvalid: other days or another breakdown. Where the days are right but too
// few answered, the document is there and says so.
func (s *Service) PublishedIndex(ctx context.Context, from, to Day, by ...Dimension) (*IndexDocument, error) {
	if len(by) > 0 && !slices.Equal(by, []Dimension{ByField}) {
		return nil, fmt.Errorf("%w: this role sees figures in all and by field", ErrInvalid)
	}
	const refusal = "%w: this role sees published periods: a year, its first half, a quarter, each after it is over"
	if from > to {
		return nil, fmt.Errorf(refusal, ErrInvalid)
	}
	b, err := s.readBoardYear(ctx, from.Time().Year(), s.publishedUntil())
	if err != nil {
		return nil, err
	}
	parts := b.periods()
	k := slices.IndexFunc(parts, func(p boardPeriod) bool { return p.From == from && p.To == to })
	if k < 0 {
		offer := ""
		for _, p := range parts {
			offer += fmt.Sprintf(", %s to %s", p.From, p.To)
		}
		return nil, fmt.Errorf(refusal+offer, ErrInvalid)
	}
	doc := b.document(parts[k])
	doc.Unit, doc.Others = s.Config.Unit, nil
	if len(by) == 0 {
		doc.By, doc.Parts = nil, nil
	}
	return doc, nil
}

// keepItems leaves of a document what the items that may be shown say: an
// element goes with any of its criteria, and what sums up all of them goes with
// any element, which it would give back.
func keepItems(d *scoring.Document, sv *survey.Survey, may func(id string) bool) {
	d.Items = slices.DeleteFunc(slices.Clone(d.Items), func(e scoring.Entry[scoring.Item]) bool { return !may(e.Key) })
	all := true
	for _, el := range sv.Elements {
		if slices.ContainsFunc(el.Criteria, func(c survey.Criterion) bool { return !may(c.ID) }) {
			all = false
			d.Elements = slices.DeleteFunc(slices.Clone(d.Elements), func(e scoring.Entry[scoring.Element]) bool { return e.Key == el.ID })
		}
	}
	if !all {
		d.IndexMeanOfElements, d.SEIndexMeanOfElements, d.IndexMeanOfElementsPooled, d.IndexAllCriteria = nil, nil, nil, nil
	}
}
