package instrument

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/goccy/go-yaml/ast"

	"hailong/scoring/survey"
)

// The texts of the parts a survey is made of, checked in the order of the file.
func (r reader) survey(root ast.Node) (*survey.Survey, error) {
	m, err := r.mapping(root, "id", "title", "valid_from", "levels", "satisfied", "target", "overall", "elements")
	if err != nil {
		return nil, err
	}
	s := &survey.Survey{Target: 0.9}
	if s.ID, err = r.id(m); err != nil {
		return nil, err
	}
	if s.Title, err = r.text(m, "title", s.ID); err != nil {
		return nil, err
	}
	for _, part := range []func(mapping, *survey.Survey) error{
		r.validFrom, r.levels, r.satisfied, r.target, r.overall, r.elements,
	} {
		if err := part(m, s); err != nil {
			return nil, err
		}
	}
	return s, nil
}

var safeID = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$`)

func (r reader) id(m mapping) (string, error) {
	n, err := r.need(m, "id")
	if err != nil {
		return "", err
	}
	id, ok := scalar(n)
	if !ok || !safeID.MatchString(id) {
		return "", r.fail(n, "mã phải gồm chữ cái không dấu, chữ số, “_”, “-” hoặc “.”, tối đa 64 ký tự",
			"an id is made of letters, digits, _, - and ., at most 64 of them")
	}
	return id, nil
}

// itemID is id for what people answer: its id is a form field and a column.
func (r reader) itemID(m mapping) (string, error) {
	id, err := r.id(m)
	if err == nil && slices.Contains([]string{"comment", "lang"}, id) {
		return "", r.fail(m.values["id"], "mã "+quote(id)+" dành riêng", "the id "+quote(id)+" is reserved")
	}
	return id, err
}

func (r reader) validFrom(m mapping, s *survey.Survey) error {
	if !m.has("valid_from") {
		return nil
	}
	n := m.values["valid_from"]
	day, ok := scalar(n)
	if _, err := time.Parse(time.DateOnly, day); !ok || err != nil {
		return r.fail(n, "ngày phải có dạng 2024-01-31", "a day is written 2024-01-31")
	}
	s.ValidFrom = day
	return nil
}

func (r reader) levels(m mapping, s *survey.Survey) error {
	n, err := r.need(m, "levels")
	if err != nil {
		return err
	}
	nodes, err := r.list(n, "levels")
	if err != nil {
		return err
	}
	if len(nodes) < MinLevels || len(nodes) > MaxLevels {
		return r.fail(n, fmt.Sprintf("cần %d đến %d mức, tệp có %d", MinLevels, MaxLevels, len(nodes)),
			fmt.Sprintf("%d to %d levels are needed, the file has %d", MinLevels, MaxLevels, len(nodes)))
	}
	step := 0
	for i, node := range nodes {
		lm, err := r.mapping(node, "value", "text")
		if err != nil {
			return err
		}
		vn, err := r.need(lm, "value")
		if err != nil {
			return err
		}
		l := survey.Level{}
		if l.Value, err = r.integer(vn); err != nil {
			return err
		}
		if l.Value < -9 || l.Value > 99 {
			return r.fail(vn, "giá trị mức phải từ -9 đến 99", "a level's value is between -9 and 99")
		}
		if i > 0 {
			d := l.Value - s.Levels[i-1].Value
			if d*d != 1 || (step != 0 && d != step) {
				return r.fail(vn, "giá trị các mức phải liên tiếp", "the values of levels must be consecutive")
			}
			step = d
		}
		if l.Text, err = r.text(lm, "text", strconv.Itoa(l.Value)); err != nil {
			return err
		}
		s.Levels = append(s.Levels, l)
	}
	if step < 0 { // written best first
		slices.Reverse(s.Levels)
	}
	return nil
}

func (r reader) satisfied(m mapping, s *survey.Survey) error {
	n, err := r.need(m, "satisfied")
	if err != nil {
		return err
	}
	nodes, err := r.list(n, "satisfied")
	if err != nil {
		return err
	}
	if len(nodes) == 0 {
		return r.fail(n, "cần ít nhất một mức hài lòng", "at least one level must count as satisfied")
	}
	for _, node := range nodes {
		v, err := r.integer(node)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(s.Levels, func(l survey.Level) bool { return l.Value == v }) {
			return r.fail(node, fmt.Sprintf("mức hài lòng %d không có trong “levels”", v),
				fmt.Sprintf("satisfied level %d is not among the levels", v))
		}
		if slices.Contains(s.Satisfied, v) {
			return r.fail(node, fmt.Sprintf("mức %d lặp lại", v), fmt.Sprintf("level %d is repeated", v))
		}
		s.Satisfied = append(s.Satisfied, v)
	}
	slices.Sort(s.Satisfied)
	return nil
}

func (r reader) target(m mapping, s *survey.Survey) (err error) {
	if !m.has("target") {
		return nil
	}
	n := m.values["target"]
	if s.Target, err = r.decimal(n); err != nil {
		return err
	}
	if s.Target <= 0 || s.Target > 1 {
		return r.fail(n, "mục tiêu phải lớn hơn 0 và không quá 1 (0.9 là 90%)", "the target is above 0 and at most 1 (0.9 is 90%)")
	}
	return nil
}

func (r reader) overall(m mapping, s *survey.Survey) error {
	if !m.has("overall") {
		return nil
	}
	om, err := r.mapping(m.values["overall"], "id", "text", "optional")
	if err != nil {
		return err
	}
	s.Overall, err = r.criterion(om)
	return err
}

func (r reader) criterion(m mapping) (c survey.Criterion, err error) {
	if c.ID, err = r.itemID(m); err != nil {
		return c, err
	}
	if c.Text, err = r.text(m, "text", c.ID); err != nil {
		return c, err
	}
	if m.has("optional") {
		n := m.values["optional"]
		b, ok := n.(*ast.BoolNode)
		if !ok {
			return c, r.fail(n, "“optional” phải là true hoặc false", "“optional” is true or false")
		}
		c.Optional = b.Value
	}
	return c, nil
}

// reasons reads what may be named after a low answer to a criterion.
func (r reader) reasons(m mapping, seen map[string]bool) ([]survey.Reason, error) {
	if !m.has("reasons") {
		return nil, nil
	}
	n := m.values["reasons"]
	nodes, err := r.list(n, "reasons")
	if err != nil {
		return nil, err
	}
	if len(nodes) > MaxReasons {
		return nil, r.fail(n, fmt.Sprintf("quá %d lý do cho một tiêu chí", MaxReasons), fmt.Sprintf("more than %d reasons for one criterion", MaxReasons))
	}
	var out []survey.Reason
	for _, node := range nodes {
		rm, err := r.mapping(node, "id", "text")
		if err != nil {
			return nil, err
		}
		var x survey.Reason
		if x.ID, err = r.id(rm); err != nil {
			return nil, err
		}
		if err := r.once(rm, x.ID, seen); err != nil {
			return nil, err
		}
		if x.Text, err = r.text(rm, "text", x.ID); err != nil {
			return nil, err
		}
		out = append(out, x)
	}
	return out, nil
}

func (r reader) elements(m mapping, s *survey.Survey) error {
	n, err := r.need(m, "elements")
	if err != nil {
		return err
	}
	nodes, err := r.list(n, "elements")
	if err != nil {
		return err
	}
	if len(nodes) < 1 || len(nodes) > MaxElements {
		return r.fail(n, fmt.Sprintf("cần 1 đến %d yếu tố, tệp có %d", MaxElements, len(nodes)),
			fmt.Sprintf("1 to %d elements are needed, the file has %d", MaxElements, len(nodes)))
	}
	seen := ids{elements: map[string]bool{}, items: map[string]bool{}, reasons: map[string]bool{}}
	if s.HasOverall() {
		seen.items[s.Overall.ID] = true
	}
	for _, node := range nodes {
		el, err := r.element(node, seen)
		if err != nil {
			return err
		}
		s.Elements = append(s.Elements, el)
	}
	return nil
}

// ids are those already given away: an element and its only criterion may share
// one, two items may not.
type ids struct{ elements, items, reasons map[string]bool }

func (r reader) element(node ast.Node, seen ids) (el survey.Element, err error) {
	m, err := r.mapping(node, "id", "weight", "text", "criteria")
	if err != nil {
		return el, err
	}
	if el.ID, err = r.id(m); err != nil {
		return el, err
	}
	if err := r.once(m, el.ID, seen.elements); err != nil {
		return el, err
	}
	el.Weight = 1
	if m.has("weight") {
		n := m.values["weight"]
		if el.Weight, err = r.decimal(n); err != nil {
			return el, err
		}
		if el.Weight <= 0 {
			return el, r.fail(n, "trọng số phải lớn hơn 0", "a weight must be greater than 0")
		}
	}
	if el.Text, err = r.text(m, "text", el.ID); err != nil {
		return el, err
	}
	n, err := r.need(m, "criteria")
	if err != nil {
		return el, err
	}
	nodes, err := r.list(n, "criteria")
	if err != nil {
		return el, err
	}
	if len(nodes) == 0 {
		return el, r.fail(n, "yếu tố "+quote(el.ID)+" không có tiêu chí", "element "+quote(el.ID)+" has no criteria")
	}
	for _, node := range nodes {
		cm, err := r.mapping(node, "id", "text", "optional", "reasons")
		if err != nil {
			return el, err
		}
		c, err := r.criterion(cm)
		if err != nil {
			return el, err
		}
		if err := r.once(cm, c.ID, seen.items); err != nil {
			return el, err
		}
		if c.Reasons, err = r.reasons(cm, seen.reasons); err != nil {
			return el, err
		}
		if len(seen.items) > MaxCriteria+1 {
			return el, r.fail(node, fmt.Sprintf("quá %d tiêu chí", MaxCriteria), fmt.Sprintf("more than %d criteria", MaxCriteria))
		}
		el.Criteria = append(el.Criteria, c)
	}
	return el, nil
}

func (r reader) once(m mapping, id string, seen map[string]bool) error {
	if seen[id] {
		return r.fail(m.values["id"], "mã "+quote(id)+" lặp lại", "the id "+quote(id)+" is repeated")
	}
	seen[id] = true
	return nil
}
