package server

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"hailong/scoring"
	"hailong/scoring/survey"
)

// An IndexQuery asks for the index document of a period.
type IndexQuery struct {
	From, To Day // both included
	By       []Dimension
	Survey   string // "" is the short instrument
	Filter   Filter
	// Brief leaves out reliability, drivers and the like.
	Brief bool
}

// An IndexDocument is the index document of the contract for what the store
// holds: the scoring document with the period and the dossiers beside it.
type IndexDocument struct {
	*scoring.Document
	// Hidden is true where so few answered that even the whole is not shown
	// to the asker.
	Hidden   bool             `json:"hidden,omitempty"`
	Unit     string           `json:"unit"`
	From     Day              `json:"from"`
	To       Day              `json:"to"`
	OnTime   OnTimeDocument   `json:"on_time"`
	Coverage Coverage         `json:"coverage"`
	By       []Dimension      `json:"by,omitempty"`
	Parts    []IndexPart      `json:"parts,omitempty"`
	Others   map[string]int64 `json:"other_surveys,omitempty"` // answers to other instruments, not mixed in
	// Quarantined is there where two people took answers out of all other figures.
	Quarantined *QuarantineNote `json:"quarantined,omitempty"`
}

// An IndexPart is the index document of one part of the period.
type IndexPart struct {
	Key map[Dimension]string `json:"key"`
	// Hidden is true where the part is too small to be shown to the asker;
	// then nothing but the key is there.
	Hidden   bool              `json:"hidden,omitempty"`
	Document *scoring.Document `json:"index,omitempty"`
	OnTime   *OnTimeDocument   `json:"on_time,omitempty"`
	Coverage *Coverage         `json:"coverage,omitempty"`
}

// An OnTimeDocument is the on-time rate (tỷ lệ trước và đúng hạn) of the
// dossiers received in the period: a count of all of them, so a fact without
// an interval.
type OnTimeDocument struct {
	X      int64    `json:"x"`     // resolved before or on the due time
	N      int64    `json:"n"`     // resolved
	Share  *float64 `json:"share"` // X/N; null where nothing was resolved
	Target float64  `json:"target"`
	// Verdict is met only where X/N is strictly more than the target, unrounded.
	Verdict scoring.Verdict `json:"verdict"`
	DossierCounts
}

// NewOnTime judges the counters against a target that must be exceeded.
func NewOnTime(c DossierCounts, target float64) OnTimeDocument {
	d := OnTimeDocument{X: c.OnTime, N: c.Closed(), Target: target, DossierCounts: c, Verdict: scoring.TooEarly}
	if d.N > 0 {
		share := float64(d.X) / float64(d.N)
		d.Share = &share
		// In exact arithmetic: a division could round across the target.
		if scoring.Exceeds(d.X, d.N, target) {
			d.Verdict = scoring.Met
		} else {
			d.Verdict = scoring.NotMet
		}
	}
	return d
}

// Index computes the index document of a period.
func (s *Service) Index(ctx context.Context, q IndexQuery) (*IndexDocument, error) {
	if q.From > q.To {
		return nil, fmt.Errorf("%w: the first day %s is after the last day %s", ErrInvalid, q.From, q.To)
	}
	sv := s.Survey()
	if q.Survey != "" {
		var err error
		if sv, err = s.SurveyByID(q.Survey); err != nil {
			return nil, err
		}
	}
	cube, err := s.CubeOf(ctx, sv, q.From, q.To, q.grain())
	if err != nil {
		return nil, err
	}
	return cube.Document(q), nil
}

// grain is the coarsest that answers the query. What a filter looks at is not
// known, so with one the days are kept apart.
func (q IndexQuery) grain() Grain {
	switch {
	case !q.Filter.all() || slices.Contains(q.By, ByDay):
		return GrainDay
	case slices.Contains(q.By, ByMonth):
		return GrainMonth
	}
	return GrainPeriod
}

// Document computes the index document of the cube, or of the part of it that
// passes q.Filter.
func (c *Cube) Document(q IndexQuery) *IndexDocument {
	empty := c.empty
	if q.Brief {
		empty = c.counts()
	}
	parts, total := c.partsAndTotal(empty, q)
	doc := &IndexDocument{
		Unit: c.Unit, From: c.From, To: c.To, Document: c.evaluate(total, q.Brief),
		OnTime: NewOnTime(total.Dossiers, c.target), Coverage: total.Coverage, By: q.By, Quarantined: c.quarantineNote(q.Filter, total.Tally),
	}
	if len(c.others) > 0 {
		doc.Others = c.others
	}
	if len(q.By) == 0 {
		return doc
	}
	item := headline(c.Survey)
	var groups []scoring.GroupCount
	for _, sl := range parts {
		part := IndexPart{Key: map[Dimension]string{}, Document: c.evaluate(sl, true)}
		for i, d := range q.By {
			part.Key[d] = sl.Key[i]
		}
		if sl.Dossiers.Received > 0 {
			on := NewOnTime(sl.Dossiers, c.target)
			part.OnTime = &on
		}
		if sl.Coverage != (Coverage{}) {
			cov := sl.Coverage
			part.Coverage = &cov
		}
		doc.Parts = append(doc.Parts, part)
		if item >= 0 {
			if x, n := sl.Tally.Item(item); n > 0 {
				groups = append(groups, scoring.GroupCount{Name: strings.Join(sl.Key, " · "), X: x, N: n})
			}
		}
	}
	if len(groups) > 0 {
		doc.Document.Groups = scoring.NewGroups(groups, c.Survey.Target)
	}
	return doc
}

// Brief computes the brief document of the days from..to of the cube, as far as
// they pass f, apart along the dimensions. Answers to other instruments are those
// of the whole cube.
func (c *Cube) Brief(from, to Day, f Filter, by ...Dimension) *IndexDocument {
	doc := c.Document(IndexQuery{By: by, Filter: Within(from, to).And(f), Brief: true})
	doc.From, doc.To = from, to
	return doc
}

// partsAndTotal merges what passes the query's filter by its dimensions and in all.
// Parts add up to the total where both count the same: dossiers have no lane.
func (c *Cube) partsAndTotal(empty *scoring.Tally, q IndexQuery) (parts []Slice, total Slice) {
	if len(q.By) > 0 {
		parts = c.slices(c.counts(), q.Filter, q.By)
	}
	if len(q.By) == 0 || !q.Brief || slices.Contains(q.By, ByLane) {
		return parts, c.total(empty, q.Filter)
	}
	total.Tally = empty.Fresh()
	for _, p := range parts {
		mustMerge(total.Tally, p.Tally)
		total.Dossiers.Add(p.Dossiers)
		total.Coverage.Add(p.Coverage)
	}
	return parts, total
}

// mustMerge adds a tally of the same cube.
func mustMerge(t, o *scoring.Tally) {
	if err := t.Merge(o); err != nil {
		panic(err)
	}
}

// evaluate computes a slice's document. The response rate counts the answers
// that came with a slip, for only those belong to a returned dossier.
func (c *Cube) evaluate(s Slice, brief bool) *scoring.Document {
	d := scoring.Evaluate(s.Tally, scoring.Options{Brief: brief, Eligible: s.Coverage.Returned})
	if r := d.ResponseRate; r != nil {
		r.Answers = s.Coverage.Answers
		share := float64(r.Answers) / float64(r.Eligible)
		r.Share = &share
	}
	return d
}

// headline is the item that groups are compared on: the overall question, or
// where there is none the first criterion; -1 for an empty survey.
func headline(sv *survey.Survey) int {
	switch n := len(sv.Items()); {
	case n == 0 || sv.HasOverall():
		return n - 1
	}
	return 0
}
