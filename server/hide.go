package server

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"hailong/scoring"
)

// The smallest cells that are shown to outsiders (ngưỡng công bố), in answers.
const (
	MinCell        = 10 // any part
	MinOfficerCell = 30 // a part that is about one official
	// minUnanimous is the smallest part that may be shown where all answers
	// are the same way: below it, the figure says what each one said.
	minUnanimous = 30
)

// IndexFor computes the index document as far as a role may see it. No role
// gets officer and day together, which can single a dossier out. Observers see
// what is published, see PublishedIndex: a period that may begin and end
// anywhere gives small parts back as the difference of two large ones. Of other
// whole months and other breakdowns they see what is a fact about the office,
// and every part hidden.
func (s *Service) IndexFor(ctx context.Context, role Role, q IndexQuery) (*IndexDocument, error) {
	if slices.Contains(q.By, ByOfficer) && slices.Contains(q.By, ByDay) {
		return nil, fmt.Errorf("%w: officer and day together can single a dossier out", ErrInvalid)
	}
	if role == RoleObserver {
		if q.Survey != "" && q.Survey != s.Survey().ID {
			// Few answer a single criterion: what is hidden is decided on the whole.
			return nil, fmt.Errorf("%w: this role sees the short form only", ErrForbidden)
		}
		doc, err := s.PublishedIndex(ctx, q.From, q.To, q.By...)
		if errors.Is(err, ErrInvalid) {
			if q.From.Month() == q.From.Add(-1).Month() || q.To.Month() == q.To.Add(1).Month() {
				return nil, fmt.Errorf("%w: this role sees whole months: from the first day of one to the last day of one", ErrInvalid)
			}
			return s.withheldIndex(ctx, q)
		}
		return doc, err
	}
	return s.Index(ctx, q)
}

// withheldIndex is the index document without anything that was answered: the
// dossiers of the period, and the parts that have dossiers, hidden. Where the
// days are those of a published period, the whole is what was published.
func (s *Service) withheldIndex(ctx context.Context, q IndexQuery) (*IndexDocument, error) {
	doc, err := s.Index(ctx, q)
	if err != nil {
		return nil, err
	}
	var parts []IndexPart
	for _, p := range doc.Parts {
		if p.OnTime != nil && p.OnTime.N > 0 || p.Coverage != nil && p.Coverage.Returned > 0 {
			parts = append(parts, IndexPart{Key: p.Key, Hidden: true})
		}
	}
	whole, err := s.PublishedIndex(ctx, q.From, q.To)
	switch {
	case err == nil:
		doc = whole
	case errors.Is(err, ErrInvalid):
		doc.Document, doc.Hidden, doc.Others, doc.Coverage.Answers = nil, true, nil, 0
		doc.Quarantined = nil
	default:
		return nil, err
	}
	doc.By, doc.Parts = q.By, parts
	return doc, nil
}

// HideSmall hides the small parts of a document, so that what is left does not
// give them back (ẩn ô nhỏ).
//
// A part is hidden where fewer than MinCell answered (MinOfficerCell where the
// parts are officers), or where fewer than minUnanimous did and all of them
// were satisfied, or none. Then, along every line of the table – the parts
// that differ in one dimension only, whose sum can be had by asking without
// that dimension – what is hidden must be at least two parts with at least the
// least number of answers between them: while it is less, the next smallest
// part of the line is hidden too. A document that is too small itself keeps
// its on-time figures, which are facts about the office and not about those
// who answered.
func HideSmall(doc *IndexDocument, target float64) {
	least := int64(MinCell)
	if slices.Contains(doc.By, ByOfficer) {
		least = MinOfficerCell
	}
	hideBelow(doc, target, least)
}

// hideBelow is HideSmall for parts of at least so many answers.
func hideBelow(doc *IndexDocument, target float64, least int64) {
	t := newHiding(doc, least)
	for i := range t.n {
		t.hidden[i] = t.small(t.x[i], t.n[i])
	}
	for t.complement() {
	}
	var groups []scoring.GroupCount
	for i := range doc.Parts {
		p := &doc.Parts[i]
		if t.hidden[i] {
			*p = IndexPart{Key: p.Key, Hidden: true}
			continue
		}
		p.Document.Days, p.Document.Trend = nil, nil
		if t.n[i] > 0 {
			groups = append(groups, scoring.GroupCount{Name: partName(doc.By, p.Key), X: t.x[i], N: t.n[i]})
		}
	}
	doc.Quarantined = doc.Quarantined.hide()
	if doc.Document == nil {
		return
	}
	if x, n := headlineOf(doc.Document); (&hiding{least: MinCell}).small(x, n) {
		doc.Document, doc.Hidden, doc.Others, doc.Quarantined, doc.Coverage.Answers = nil, true, nil, nil, 0
		return
	}
	doc.Days, doc.Trend, doc.Document.Groups = nil, nil, nil
	if len(groups) > 0 {
		doc.Document.Groups = scoring.NewGroups(groups, target)
	}
}

func partName(by []Dimension, key map[Dimension]string) string {
	names := make([]string, len(by))
	for i, d := range by {
		names[i] = key[d]
	}
	return strings.Join(names, " · ")
}

// headlineOf returns satisfied and all answers to the item that is judged.
func headlineOf(d *scoring.Document) (x, n int64) {
	if it, ok := d.Items.Get(d.VerdictOn); ok {
		return it.X, it.N
	}
	return 0, d.Answers
}

// hiding is the table while it is decided what to hide.
type hiding struct {
	least  int64
	x, n   []int64
	hidden []bool
	lines  [][]int // places of parts that differ in one dimension only
}

func newHiding(doc *IndexDocument, least int64) *hiding {
	t := &hiding{least: least, hidden: make([]bool, len(doc.Parts))}
	for _, p := range doc.Parts {
		x, n := headlineOf(p.Document)
		t.x, t.n = append(t.x, x), append(t.n, n)
	}
	for _, along := range doc.By {
		at := map[string]int{}
		for i, p := range doc.Parts {
			var rest strings.Builder
			for _, d := range doc.By {
				if d != along {
					rest.WriteString(p.Key[d] + "\x00")
				}
			}
			line, ok := at[rest.String()]
			if !ok {
				line = len(t.lines)
				at[rest.String()] = line
				t.lines = append(t.lines, nil)
			}
			t.lines[line] = append(t.lines[line], i)
		}
	}
	return t
}

func (t *hiding) small(x, n int64) bool {
	return n < t.least || n < minUnanimous && (x == 0 || x == n)
}

// complement hides the next smallest part of the first line that gives its
// hidden parts back, and reports whether there was one.
func (t *hiding) complement() bool {
	for _, line := range t.lines {
		parts, answers, next := 0, int64(0), -1
		for _, i := range line {
			switch {
			case t.hidden[i]:
				parts++
				answers += t.n[i]
			case next < 0 || t.n[i] < t.n[next]:
				next = i
			}
		}
		if next >= 0 && parts > 0 && (parts < 2 || answers < t.least) {
			t.hidden[next] = true
			return true
		}
	}
	return false
}
