package instrument_test

import (
	"errors"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"

	"hailong/scoring/instrument"
	"hailong/scoring/survey"
)

func TestEmbedded(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		s        *survey.Survey
		criteria []int
	}{
		{instrument.Short(), []int{1, 1, 1, 1, 1}},
		{instrument.Full(), []int{4, 4, 5, 3, 3}},
	} {
		var got []int
		texts := []survey.Text{c.s.Title, c.s.Overall.Text}
		for _, l := range c.s.Levels {
			texts = append(texts, l.Text)
		}
		for _, el := range c.s.Elements {
			got = append(got, len(el.Criteria))
			texts = append(texts, el.Text)
			if el.Weight != 1 {
				t.Errorf("%s: weight of %s is %v", c.s.ID, el.ID, el.Weight)
			}
			for _, cr := range el.Criteria {
				texts = append(texts, cr.Text)
				if cr.Optional != (el.ID == "feedback") {
					t.Errorf("%s: %s optional %v", c.s.ID, cr.ID, cr.Optional)
				}
			}
		}
		if !slices.Equal(got, c.criteria) {
			t.Errorf("%s: criteria %v, want %v", c.s.ID, got, c.criteria)
		}
		for _, text := range texts {
			if text.VI == "" || text.EN == "" || text.VI == text.EN || !norm.NFC.IsNormalString(text.VI) {
				t.Errorf("%s: text %+v", c.s.ID, text)
			}
		}
		if c.s.Target != 0.9 || !slices.Equal(c.s.Satisfied, []int{4, 5}) || len(c.s.Levels) != 5 || c.s.Low() != 1 {
			t.Errorf("%s: target %v, satisfied %v, levels %v", c.s.ID, c.s.Target, c.s.Satisfied, c.s.Levels)
		}
	}
}

// The reasons of the short form are the criteria of the full one, element by
// element, in words short enough for a touch.
func TestReasonsAreTheCriteria(t *testing.T) {
	t.Parallel()
	short, full := instrument.Short(), instrument.Full()
	for e, el := range full.Elements {
		var want, got []string
		for _, c := range el.Criteria {
			want = append(want, c.ID)
		}
		for _, r := range short.Elements[e].Criteria[0].Reasons {
			got = append(got, r.ID)
			for _, text := range []string{r.Text.VI, r.Text.EN} {
				if n := len([]rune(text)); n == 0 || n > 40 || r.Text.VI == r.Text.EN || !norm.NFC.IsNormalString(text) {
					t.Errorf("%s: %q has %d characters", r.ID, text, n)
				}
			}
		}
		if el.ID != short.Elements[e].ID || !slices.Equal(got, want) {
			t.Errorf("%s: reasons %v, criteria %v", el.ID, got, want)
		}
	}
	if len(short.Overall.Reasons) != 0 {
		t.Error("the overall question has reasons")
	}
}

func TestByID(t *testing.T) {
	t.Parallel()
	for _, s := range instrument.All() {
		got, ok := instrument.ByID(s.ID)
		if !ok || got.ID != s.ID {
			t.Errorf("%s is not found", s.ID)
		}
		el := &got.Elements[0]
		got.Levels[0].Value, got.Satisfied[0], el.ID, el.Criteria[0].ID = 9, 9, "changed", "changed"
		for _, reasons := range [][]survey.Reason{got.Overall.Reasons, el.Criteria[0].Reasons} {
			for i := range reasons {
				reasons[i].ID = "changed"
			}
		}
		if again, _ := instrument.ByID(s.ID); !reflect.DeepEqual(again, s) {
			t.Errorf("%s: two callers share one survey", s.ID)
		}
	}
	if _, ok := instrument.ByID("sipas-20"); ok {
		t.Error("an instrument that does not exist was found")
	}
}

const small = `id: small
levels:
  - value: 0
  - value: 1
satisfied: [1]
elements:
  - id: e
    criteria:
      - id: c
`

func TestParse(t *testing.T) {
	t.Parallel()
	s, err := instrument.Parse("small.yaml", []byte(small))
	if err != nil {
		t.Fatal(err)
	}
	if s.Target != 0.9 || s.HasOverall() || s.Elements[0].Weight != 1 || s.Low() != 0 || s.Elements[0].Criteria[0].Text.VI != "c" {
		t.Errorf("%+v", s)
	}
	for name, text := range map[string]string{
		"BOM":        "\ufeff" + small,
		"CRLF":       strings.ReplaceAll(small, "\n", "\r\n"),
		"comments":   "# a\n" + small + "# b\n",
		"flow":       `{id: small, levels: [{value: 0}, {value: 1}], satisfied: [1], elements: [{id: e, criteria: [{id: c}]}]}`,
		"JSON":       `{"id": "small", "levels": [{"value": 0}, {"value": 1}], "satisfied": [1], "elements": [{"id": "e", "criteria": [{"id": "c"}]}]}`,
		"best first": strings.Replace(strings.Replace(strings.Replace(small, "value: 0", "value: x", 1), "value: 1", "value: 0", 1), "value: x", "value: 1", 1),
		"later keys": small + "remarks: none\n",
		"quoted id":  strings.Replace(small, "id: c", `id: "c"`, 1),
	} {
		s, err := instrument.Parse("small.yaml", []byte(text))
		if err != nil || len(s.Items()) != 1 || s.Items()[0].ID != "c" || s.Levels[0].Value != 0 || s.Levels[1].Value != 1 {
			t.Errorf("%s: %+v, %v", name, s, err)
		}
	}
}

func TestBrokenFilesNameTheirLine(t *testing.T) {
	t.Parallel()
	swap := func(old, new string) string {
		if !strings.Contains(small, old) {
			t.Fatalf("%q is not in the file", old)
		}
		return strings.Replace(small, old, new, 1)
	}
	for _, c := range []struct {
		name, text string
		line       int
	}{
		{"empty", "", 0},
		{"not UTF-8", "id: \xff", 0},
		{"syntax", "id: small\nlevels: [\n", 0},
		{"tab", "id: small\nlevels:\n\t- value: 1\n", 3},
		{"a list", "- 1\n- 2\n", 1},
		{"two documents", small + "---\n" + small, 11},
		{"no id", swap("id: small\n", ""), 1},
		{"bad id", swap("id: small", "id: sơn"), 1},
		{"misspelt key", swap("levels:", "level:"), 2},
		{"misspelt weight", swap("    criteria:", "    weigth: 2\n    criteria:"), 8},
		{"key twice", swap("satisfied: [1]", "satisfied: [1]\nsatisfied: [0]"), 6},
		{"one level", swap("  - value: 1\n", ""), 3},
		{"gap in levels", swap("value: 1", "value: 2"), 4},
		{"level not a number", swap("value: 1", "value: one"), 4},
		{"satisfied not a level", swap("[1]", "[2]"), 5},
		{"satisfied twice", swap("[1]", "[1, 1]"), 5},
		{"nothing satisfied", swap("[1]", "[]"), 5},
		{"satisfied no list", swap("[1]", "1"), 5},
		{"target over 1", small + "target: 90\n", 10},
		{"target no number", small + "target: 90%\n", 10},
		{"target NaN", small + "target: .nan\n", 10},
		{"weight 0", swap("    criteria:", "    weight: 0\n    criteria:"), 8},
		{"no criteria", "id: s\nlevels: [{value: 0}, {value: 1}]\nsatisfied: [1]\nelements:\n  - id: e\n    criteria: []\n", 6},
		{"id twice", small + "      - id: c\n", 10},
		{"reserved id", swap("id: c", "id: comment"), 9},
		{"overall like a criterion", small + "overall: {id: c}\n", 9},
		{"bad day", small + "valid_from: 01/02/2024\n", 10},
		{"optional maybe", swap("- id: c", "- id: c\n        optional: maybe"), 10},
		{"reasons no list", swap("- id: c", "- id: c\n        reasons: slow"), 10},
		{"reason without id", swap("- id: c", "- id: c\n        reasons: [{text: slow}]"), 10},
		{"reason twice", swap("- id: c", "- id: c\n        reasons:\n          - {id: a}\n          - {id: a}"), 12},
		{"nine reasons", swap("- id: c", "- id: c\n        reasons: [{id: a}, {id: b}, {id: d}, {id: e}, {id: f}, {id: g}, {id: h}, {id: i}, {id: j}]"), 10},
		{"misspelt reasons", swap("- id: c", "- id: c\n        reason: [{id: a}]"), 10},
		{"an anchor", swap("- id: c", "- &x\n        id: c\n      - *x"), 9},
	} {
		s, err := instrument.Parse("small.yaml", []byte(c.text))
		var e *instrument.Error
		if !errors.As(err, &e) {
			t.Errorf("%s: %+v, %v", c.name, s, err)
			continue
		}
		if c.line > 0 && e.Line != c.line {
			t.Errorf("%s: line %d, want %d (%v)", c.name, e.Line, c.line, err)
		}
		if e.Text.VI == "" || e.Text.EN == "" || !strings.HasPrefix(err.Error(), "small.yaml") {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	build := func(elements, criteria int) string {
		var b strings.Builder
		b.WriteString("id: s\nlevels: [{value: 0}, {value: 1}]\nsatisfied: [1]\noverall: {id: o}\nelements:\n")
		for e := range elements {
			b.WriteString("  - id: e" + string(rune('a'+e)) + "\n    criteria:\n")
			for c := range criteria {
				b.WriteString("      - id: c" + string(rune('a'+e)) + strings.Repeat("x", c) + "\n")
			}
		}
		return b.String()
	}
	for _, c := range []struct {
		elements, criteria int
		ok                 bool
	}{{1, 1, true}, {12, 5, true}, {1, 60, true}, {13, 1, false}, {1, 61, false}, {12, 6, false}, {0, 1, false}} {
		if _, err := instrument.Parse("s.yaml", []byte(build(c.elements, c.criteria))); (err == nil) != c.ok {
			t.Errorf("%d elements of %d criteria: %v", c.elements, c.criteria, err)
		}
	}
	if _, err := instrument.Parse("s.yaml", []byte(small+"# "+strings.Repeat("x", instrument.MaxBytes))); err == nil {
		t.Error("a file of over a megabyte was read")
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(small))
	for _, name := range []string{"sipas-short.yaml", "sipas-19.yaml", "../testdata/airport2017.yaml"} {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte("a: &a [*a]\n"))
	f.Add([]byte("? {a: b}\n: c\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := instrument.Parse("x.yaml", data)
		if err != nil {
			var e *instrument.Error
			if !errors.As(err, &e) {
				t.Fatalf("%T: %v", err, err)
			}
			return
		}
		if len(s.Items()) == 0 || len(s.Levels) < 2 || len(s.Satisfied) == 0 || s.Target <= 0 || s.Target > 1 {
			t.Fatalf("%+v", s)
		}
	})
}
