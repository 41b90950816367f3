package scoring

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"hailong/scoring/survey"
)

// FileColumns name the columns of an answers file that mean something beside
// the answers; "" is none.
type FileColumns struct {
	Weight  string
	Stratum string
	Group   string
	Period  string
}

// A Rejection is a cell that could not be read. The cell counts as unanswered;
// the rest of its row is scored. Where Column is "", the whole row is left out
// or short; see Reason.
type Rejection struct {
	Row    int    `json:"row"` // as a spreadsheet shows it
	Column string `json:"column"`
	Value  string `json:"value"`
	Reason string `json:"reason"`

	text survey.Text
}

// MaxRejections is the number of rejections kept; more are only counted.
const MaxRejections = 10_000

// An AnswersFile is a scored file: everything additive in it.
type AnswersFile struct {
	Survey   *survey.Survey
	Columns  FileColumns
	Tally    *Tally
	Weighted *WeightedTally // nil without weight and stratum
	// Population is the number of dossiers per stratum; nil where not known.
	Population map[string]int64
	Groups     []GroupCount // in the order of their names
	Periods    []PeriodCount
	Undated    int64 // rows without a period
	// Parts are the tallies by period, for the stability of drivers; nil where
	// there are too many periods.
	Parts map[string]*Tally

	Rejected      []Rejection
	RejectedCount int64
}

// maxParts bounds the memory of tallies by period.
const maxParts = 120

// ReadAnswers reads a CSV of answers (tệp câu trả lời): a header with one column
// per criterion id and one for the overall id, other columns ignored; cells
// hold a level's value, N for not applicable, nothing for unanswered. Comma,
// semicolon or tab; UTF-8, UTF-16 or Windows-1258.
//
// A cell that cannot be read is a Rejection. A file that cannot be used at all
// (no such columns, broken quotes, not a CSV) is a *FileError.
func ReadAnswers(r io.Reader, s *survey.Survey, columns FileColumns) (*AnswersFile, error) {
	data, err := readText(r)
	if err != nil {
		return nil, err
	}
	items := s.Items()
	ids := map[string]bool{}
	for _, it := range items {
		ids[it.ID] = true
	}
	t, err := newTable(data, func(h string) bool { return ids[h] })
	if err != nil {
		return nil, err
	}
	f := &AnswersFile{Survey: s, Columns: columns, Tally: NewTally(s)}
	p, err := f.place(t.head, items)
	if err != nil {
		return nil, err
	}
	return f, f.scan(t, p)
}

// places are the columns of what is read; -1 is none.
type places struct {
	items                          []int
	weight, stratum, group, period int
	only                           bool // no column but the items
}

func (f *AnswersFile) place(head []string, items []survey.Item) (p places, err error) {
	find := func(name string) (int, error) {
		at := slices.Index(head, name)
		if at < 0 {
			at = slices.IndexFunc(head, func(h string) bool { return strings.EqualFold(h, name) })
		}
		if at >= 0 && slices.Contains(head[at+1:], head[at]) {
			return 0, fileError("Cột "+name+" lặp lại trong dòng tiêu đề.", "Column "+name+" is there twice in the header.")
		}
		return at, nil
	}
	var missing []string
	for _, it := range items {
		at, err := find(it.ID)
		if err != nil {
			return p, err
		}
		if at < 0 {
			missing = append(missing, it.ID)
		}
		p.items = append(p.items, at)
	}
	switch {
	case len(missing) == len(items):
		return p, fileError("Dòng đầu không phải tiêu đề: không có cột nào mang mã câu hỏi ("+some(missing)+").",
			"The first row is no header: no column is named by a question's id ("+some(missing)+").")
	case len(missing) > 0:
		return p, fileError("Thiếu cột "+some(missing)+".", "Missing column "+some(missing)+".")
	}
	p.only = len(head) == len(items)
	for _, c := range []struct {
		name string
		at   *int
	}{{f.Columns.Weight, &p.weight}, {f.Columns.Stratum, &p.stratum}, {f.Columns.Group, &p.group}, {f.Columns.Period, &p.period}} {
		*c.at = -1
		if c.name == "" {
			continue
		}
		at, err := find(c.name)
		if err != nil {
			return p, err
		}
		if at < 0 {
			return p, fileError("Không có cột "+c.name+".", "There is no column "+c.name+".")
		}
		*c.at = at
	}
	return p, nil
}

func some(names []string) string {
	if len(names) > 5 {
		return strings.Join(names[:5], ", ") + ", …"
	}
	return strings.Join(names, ", ")
}

// scan reads the rows below the header.
func (f *AnswersFile) scan(t *table, p places) error {
	groups, periods := map[string]*GroupCount{}, map[string]*PeriodCount{}
	if p.weight >= 0 || p.stratum >= 0 {
		f.Weighted = NewWeightedTally()
	}
	if p.period >= 0 {
		f.Parts = map[string]*Tally{}
	}
	marks := make(survey.Answers, len(p.items))
	empty := 0 // rows without any cell: at the end of a file with other columns they are not people
	for {
		rec, err := t.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(rec, func(s string) bool { return clean(s) != "" }) {
			empty++
			continue
		}
		f.blank(&empty, marks)
		if extra := rec[min(len(rec), len(t.head)):]; slices.ContainsFunc(extra, func(s string) bool { return clean(s) != "" }) {
			f.reject(t.row, "", strings.Join(extra, " "), survey.Text{
				VI: fmt.Sprintf("dòng có %d ô, tiêu đề có %d: cả dòng bị bỏ", len(rec), len(t.head)),
				EN: fmt.Sprintf("the row has %d cells, the header %d: the whole row is left out", len(rec), len(t.head)),
			})
			continue
		}
		f.row(t, p, rec, marks, groups, periods)
	}
	if p.only {
		f.blank(&empty, marks)
	}
	for _, name := range slices.Sorted(maps.Keys(groups)) {
		f.Groups = append(f.Groups, *groups[name])
	}
	slices.SortFunc(f.Groups, func(a, b GroupCount) int { return compareNames(a.Name, b.Name) })
	for _, name := range slices.Sorted(maps.Keys(periods)) {
		f.Periods = append(f.Periods, *periods[name])
	}
	return nil
}

// blank counts rows seen so far as people who left everything out.
func (f *AnswersFile) blank(rows *int, marks survey.Answers) {
	clear(marks)
	for ; *rows > 0; *rows-- {
		f.Tally.Add(marks)
	}
}

func (f *AnswersFile) row(t *table, p places, rec []string, marks survey.Answers,
	groups map[string]*GroupCount, periods map[string]*PeriodCount) {
	cell := func(at int) string {
		if at < 0 || at >= len(rec) {
			return ""
		}
		return clean(rec[at])
	}
	short := false
	for i, at := range p.items {
		short = short || at >= len(rec)
		m, ok := f.Survey.ParseMark(level(cell(at)))
		if !ok {
			f.reject(t.row, t.head[at], cell(at), f.unreadable())
			m = survey.Unanswered
		}
		marks[i] = m
	}
	if short {
		f.reject(t.row, "", "", survey.Text{
			VI: fmt.Sprintf("dòng chỉ có %d ô, tiêu đề có %d: các ô thiếu tính là không trả lời", len(rec), len(t.head)),
			EN: fmt.Sprintf("the row has only %d cells, the header %d: the missing ones count as unanswered", len(rec), len(t.head)),
		})
	}
	f.Tally.Add(marks)
	x, n := f.headline(marks)
	if p.group >= 0 {
		name := cell(p.group)
		g := groups[name]
		if g == nil {
			name = strings.Clone(name)
			g = &GroupCount{Name: name, Key: map[string]string{f.Columns.Group: name}}
			groups[name] = g
		}
		g.X, g.N = g.X+x, g.N+n
	}
	if p.period >= 0 {
		f.dated(cell(p.period), x, n, marks, periods)
	}
	if f.Weighted != nil && f.Survey.HasOverall() {
		w := UnitWeight()
		if p.weight >= 0 {
			var err error
			if w, err = ParseWeight(cell(p.weight)); err != nil {
				f.reject(t.row, t.head[p.weight], cell(p.weight), survey.Text{
					VI: "trọng số phải là một số không âm: dòng không được tính vào chỉ số có trọng số",
					EN: "a weight is a number of at least 0: the row is left out of weighted figures",
				})
				return
			}
		}
		if n > 0 {
			f.Weighted.Add(strings.Clone(cell(p.stratum)), x > 0, w)
		}
	}
}

// headline is what groups and periods are compared on: the overall question or,
// where there is none, all criteria pooled.
func (f *AnswersFile) headline(marks survey.Answers) (x, n int64) {
	if f.Survey.HasOverall() {
		marks = marks[len(marks)-1:]
	}
	for _, m := range marks {
		if m > 0 {
			n++
			if f.Tally.shape.satisfied[m] {
				x++
			}
		}
	}
	return x, n
}

func (f *AnswersFile) dated(name string, x, n int64, marks survey.Answers, periods map[string]*PeriodCount) {
	if name == "" {
		f.Undated++
		return
	}
	c := periods[name]
	if c == nil {
		name = strings.Clone(name)
		c = &PeriodCount{Period: name}
		periods[name] = c
	}
	c.X, c.N = c.X+x, c.N+n
	if f.Parts == nil {
		return
	}
	part := f.Parts[c.Period]
	if part == nil {
		if len(f.Parts) == maxParts {
			f.Parts = nil
			return
		}
		part = f.Tally.Fresh()
		f.Parts[c.Period] = part
	}
	part.Add(marks)
}

// level reads 4.0 and 4,0 as 4: programs write whole numbers so when a column
// has gaps.
func level(s string) string {
	i := strings.IndexAny(s, ".,")
	if i < 1 || i+1 == len(s) || s[i-1] > '9' || strings.Trim(s[i+1:], "0") != "" {
		return s
	}
	return s[:i]
}

func (f *AnswersFile) unreadable() survey.Text {
	low, high := f.Survey.Low(), f.Survey.Low()+len(f.Survey.Levels)-1
	return survey.Text{
		VI: fmt.Sprintf("không phải mức từ %d đến %d, N hoặc ô trống: ô tính là không trả lời", low, high),
		EN: fmt.Sprintf("not a level from %d to %d, N or empty: the cell counts as unanswered", low, high),
	}
}

func (f *AnswersFile) reject(row int, column, value string, why survey.Text) {
	f.RejectedCount++
	if len(f.Rejected) < MaxRejections {
		if len(value) > 80 {
			value = strings.ToValidUTF8(value[:80], "") + "…"
		}
		f.Rejected = append(f.Rejected, Rejection{row, column, strings.Clone(value), why.VI, why})
	}
}

// compareNames puts whole numbers in their order, before other names.
func compareNames(a, b string) int {
	x, okx := number0(a)
	y, oky := number0(b)
	switch {
	case okx && oky:
		return cmp.Or(cmp.Compare(x, y), cmp.Compare(a, b))
	case okx:
		return -1
	case oky:
		return 1
	}
	return cmp.Compare(a, b)
}
