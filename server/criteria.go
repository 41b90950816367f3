package server

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"hailong/scoring"
	"hailong/scoring/survey"
)

// CriteriaFigures (kết quả theo tiêu chí) are what was answered to the criteria of
// the full form: by those who filled all of it, and by those who went on from the
// short form to the criteria of an element, which is another one from slip to
// slip. So every criterion has a number of answers of its own. They are never
// added to the figures of the short form.
type CriteriaFigures struct {
	Survey string `json:"survey"`
	// Forms is the number of people who filled the full form; Rotated of those
	// who answered criteria behind the short one.
	Forms    int64              `json:"forms"`
	Rotated  int64              `json:"rotated"`
	Criteria []CriterionFigures `json:"criteria"` // in the order of the form
}

// CriterionFigures are those of one criterion. Where it is hidden, because too few
// answered it, there is nothing but its name.
type CriterionFigures struct {
	ID     string `json:"id"`
	Hidden bool   `json:"hidden,omitempty"`
	*scoring.Item
}

// hidden names the criteria that are not told.
func (f *CriteriaFigures) hidden() map[string]bool {
	out := map[string]bool{}
	if f != nil {
		for _, c := range f.Criteria {
			if c.Hidden {
				out[c.ID] = true
			}
		}
	}
	return out
}

// newCriteria evaluates a tally of the full form; nil where nobody answered.
func newCriteria(t *scoring.Tally, sv *survey.Survey, forms int64, hidden map[string]bool) *CriteriaFigures {
	if t.Answers() == 0 {
		return nil
	}
	d := scoring.Evaluate(t, scoring.Options{Brief: true})
	f := &CriteriaFigures{Survey: sv.ID, Forms: forms, Rotated: t.Answers() - forms}
	for _, q := range sv.Items() {
		if q.Element < 0 {
			continue
		}
		c := CriterionFigures{ID: q.ID, Hidden: hidden[q.ID]}
		if it, ok := d.Items.Get(q.ID); ok && !c.Hidden {
			c.Item = &it
		}
		f.Criteria = append(f.Criteria, c)
	}
	return f
}

// criteria computes the figures of the full form for the days from..to of a
// period, of which the given number of people filled the whole form. Of whole
// quarters a criterion is hidden as the board hides one (see clearance); of other
// days where few answered it in them, or in what is left of them when the days are
// taken away of which something is told already, or the other way round.
func (s *Service) criteria(ctx context.Context, p Period, from, to Day, forms int64) (*CriteriaFigures, error) {
	calendar, err := ParsePeriod(p.ID)
	if err != nil {
		return nil, err
	}
	p.From, p.To = from, to
	if st, ok := reviewStretch(calendar); ok && calendar == p {
		return s.criteriaOfQuarters(ctx, p, st, forms)
	}
	others, err := s.toldDays(ctx, p)
	if err != nil {
		return nil, err
	}
	first, last := from, to
	for _, o := range others {
		first, last = min(first, o.From), max(last, o.To)
	}
	sv := s.DetailSurvey()
	cube, err := s.answersCube(ctx, sv, first, last, GrainDay)
	if err != nil {
		return nil, fmt.Errorf("reading the criteria: %w", err)
	}
	total := cube.total(cube.counts(), Within(from, to)).Tally
	parts := []*scoring.Tally{total}
	for _, o := range others {
		parts = append(parts, cube.total(cube.counts(), eitherOf(p, o)).Tally)
	}
	hidden := map[string]bool{}
	for _, t := range parts {
		for i, q := range sv.Items() {
			if x, n := t.Item(i); n > 0 && isSmall(tallied{x, n}) {
				hidden[q.ID] = true
			}
		}
	}
	return newCriteria(total, sv, forms, hidden), nil
}

// criteriaOfQuarters is criteria for a period of whole quarters.
func (s *Service) criteriaOfQuarters(ctx context.Context, p Period, st stretch, forms int64) (*CriteriaFigures, error) {
	sv := s.DetailSurvey()
	cube, err := s.answersCube(ctx, sv, around('Y', p.From).first, p.To, GrainMonth)
	if err != nil {
		return nil, fmt.Errorf("reading the criteria: %w", err)
	}
	total := cube.counts().Fresh()
	counts := make([][4]tallied, len(sv.Items()))
	for q := range st.to + 1 {
		quarter := (&boardYear{year: p.From.Time().Year()}).quarter(q)
		t := cube.total(cube.counts(), Within(quarter.From, quarter.To)).Tally
		for i := range counts {
			counts[i][q].x, counts[i][q].n = t.Item(i)
		}
		if q < st.from {
			continue
		}
		if err := total.Merge(t); err != nil {
			return nil, err
		}
	}
	hidden := map[string]bool{}
	for i, q := range sv.Items() {
		if sumOf(counts[i:i+1], st.set()).n > 0 && !clearYear(counts[i:i+1], st.to+1).totals[st] {
			hidden[q.ID] = true
		}
	}
	return newCriteria(total, sv, forms, hidden), nil
}

// gatherCriteria makes a gathering count the criteria of the full form too,
// without those that are hidden and without the overall question, which would put
// an answer beside the same person's row of the short form.
func (g *gathering) gatherCriteria(sv *survey.Survey, f *CriteriaFigures) {
	if f == nil {
		return
	}
	g.full, g.criteria = sv, map[string]*int64{}
	hidden := f.hidden()
	for _, q := range sv.Items() {
		g.tells = append(g.tells, q.Element >= 0 && !hidden[q.ID])
	}
}

// addCriteria counts the criteria of one answer.
func (g *gathering) addCriteria(marks survey.Answers) {
	g.key = g.key[:0]
	for i, m := range marks {
		if !g.tells[i] {
			m = survey.Unanswered
		}
		g.key = append(g.key, byte(m))
	}
	n := g.criteria[string(g.key)]
	if n == nil {
		n = new(int64)
		g.criteria[string(g.key)] = n
	}
	*n++
}

// ofCriteria reports whether answers are kept under a name that are gathered.
func (g *gathering) ofCriteria(name string) bool {
	return g.full != nil && strings.TrimSuffix(name, detailSeal) == g.full.ID
}

// criteriaRows are what was gathered, in an order that says nothing.
func (g *gathering) criteriaRows() []ReviewRow {
	var out []ReviewRow
	for marks, n := range g.criteria {
		out = append(out, ReviewRow{Marks: marksOf(marks), N: *n})
	}
	sortRows(out)
	return out
}

func marksOf(key string) survey.Answers {
	out := make(survey.Answers, len(key))
	for i := range out {
		out[i] = survey.Mark(key[i])
	}
	return out
}

func sortRows(rows []ReviewRow) {
	slices.SortFunc(rows, func(a, b ReviewRow) int {
		return cmp.Or(cmp.Compare(a.Field, b.Field), slices.Compare(a.Marks, b.Marks))
	})
}

// criteria computes the figures of the full form from the review's rows. What is
// hidden in f stays hidden.
func (r *Review) criteria(f *CriteriaFigures) *CriteriaFigures {
	if r.Full == nil {
		return nil
	}
	t := scoring.NewCounts(r.Full)
	for _, row := range r.Criteria {
		for range row.N {
			t.Add(row.Marks)
		}
	}
	return newCriteria(t, r.Full, r.Others[r.Full.ID], f.hidden())
}
