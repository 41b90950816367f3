package server

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"hailong/scoring"
	"hailong/scoring/instrument"
	"hailong/scoring/survey"
)

// A hideCell is one part of a table: x satisfied of n.
type hideCell struct {
	key  []string
	x, n int64
}

// hideDocument builds the document of a table as Cube.Document would.
func hideDocument(by []Dimension, cells []hideCell) *IndexDocument {
	sv := instrument.Short()
	items := len(sv.Items())
	fill := func(t *scoring.Tally, x, n int64) {
		for i := range n {
			a := make(survey.Answers, items)
			a[items-1] = 2
			if i < x {
				a[items-1] = 5
			}
			t.Add(a)
		}
	}
	total := scoring.NewTally(sv)
	doc := &IndexDocument{By: by}
	var groups []scoring.GroupCount
	for _, c := range cells {
		t := scoring.NewTally(sv)
		fill(t, c.x, c.n)
		fill(total, c.x, c.n)
		key := map[Dimension]string{}
		for i, d := range by {
			key[d] = c.key[i]
		}
		doc.Parts = append(doc.Parts, IndexPart{Key: key, Document: scoring.Evaluate(t, scoring.Options{Brief: true}), OnTime: &OnTimeDocument{}, Coverage: &Coverage{Answers: c.n}})
		if c.n > 0 {
			groups = append(groups, scoring.GroupCount{Name: strings.Join(c.key, " · "), X: c.x, N: c.n})
		}
	}
	doc.Document = scoring.Evaluate(total, scoring.Options{Brief: true})
	if len(groups) > 0 {
		doc.Document.Groups = scoring.NewGroups(groups, sv.Target)
	}
	return doc
}

func TestHideSmall(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		by   Dimension
		xn   [][2]int64
		want string // one letter per part: h hidden, s shown
	}{
		{"all large", ByField, [][2]int64{{50, 60}, {9, 12}, {40, 45}}, "sss"},
		{"ten is enough", ByField, [][2]int64{{50, 60}, {9, 10}}, "ss"},
		{"one small takes the next smallest with it", ByField, [][2]int64{{50, 60}, {5, 9}, {20, 40}}, "shh"},
		{"two small with ten between them are enough", ByField, [][2]int64{{50, 60}, {5, 9}, {1, 4}}, "shh"},
		{"two small with nine between them are not", ByField, [][2]int64{{50, 60}, {3, 5}, {1, 4}, {20, 25}}, "shhh"},
		{"nobody answered is small as well", ByField, [][2]int64{{50, 60}, {0, 0}, {20, 25}}, "shh"},
		{"everybody says the same, few", ByField, [][2]int64{{50, 60}, {12, 12}, {13, 20}}, "shh"},
		{"nobody is satisfied, few", ByField, [][2]int64{{50, 60}, {0, 12}, {13, 20}}, "shh"},
		{"everybody says the same, many", ByField, [][2]int64{{50, 60}, {30, 30}}, "ss"},
		{"an official needs thirty", ByOfficer, [][2]int64{{50, 60}, {20, 29}, {25, 30}, {40, 50}}, "shhs"},
		{"the only part", ByField, [][2]int64{{5, 9}}, "h"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var cells []hideCell
			for i, c := range tt.xn {
				cells = append(cells, hideCell{[]string{fmt.Sprintf("part %d", i)}, c[0], c[1]})
			}
			doc := hideDocument([]Dimension{tt.by}, cells)
			HideSmall(doc, 0.9)
			got := ""
			for i, p := range doc.Parts {
				if !p.Hidden {
					got += "s"
					continue
				}
				got += "h"
				if p.Document != nil || p.OnTime != nil || p.Coverage != nil || p.Key[tt.by] != cells[i].key[0] {
					t.Errorf("a hidden part holds %+v", p)
				}
			}
			if got != tt.want {
				t.Errorf("%s, not %s", got, tt.want)
			}
			b, err := json.Marshal(doc)
			if err != nil {
				t.Fatal(err)
			}
			for i, c := range cells { // not among the groups either
				if hidden := tt.want[i] == 'h'; strings.Contains(string(b), `"name":"`+c.key[0]+`"`) == hidden {
					t.Errorf("%s among the groups: %t", c.key[0], !hidden)
				}
			}
		})
	}
}

func TestHideSmallWhole(t *testing.T) {
	t.Parallel()
	doc := hideDocument([]Dimension{ByField}, []hideCell{{[]string{"a"}, 4, 9}})
	doc.Coverage.Answers = 9
	HideSmall(doc, 0.9)
	b, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	if !doc.Hidden || doc.Document != nil || strings.Contains(string(b), "items") || strings.Contains(string(b), `:9`) {
		t.Errorf("%s", b)
	}
}

// Whatever the table: what is shown is large enough, and no line's total gives
// back a single part, or a few answers, that are hidden.
func TestHideSmallLaws(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		by := []Dimension{ByField, ByCounter}
		rows, cols := rapid.IntRange(1, 4).Draw(rt, "rows"), rapid.IntRange(1, 4).Draw(rt, "cols")
		var cells []hideCell
		for r := range rows {
			for c := range cols {
				if rapid.IntRange(0, 4).Draw(rt, "there") == 0 {
					continue
				}
				n := rapid.Int64Range(0, 40).Draw(rt, "n")
				cells = append(cells, hideCell{[]string{fmt.Sprint("r", r), fmt.Sprint("c", c)}, rapid.Int64Range(0, n).Draw(rt, "x"), n})
			}
		}
		if len(cells) == 0 {
			return
		}
		doc := hideDocument(by, cells)
		HideSmall(doc, 0.9)
		type line struct {
			parts, hidden int
			answers       int64
		}
		lines := map[string]*line{}
		for i, p := range doc.Parts {
			c := cells[i]
			if !p.Hidden && (c.n < MinCell || c.n < minUnanimous && (c.x == 0 || c.x == c.n)) {
				rt.Errorf("%v with %d of %d is shown", c.key, c.x, c.n)
			}
			for _, k := range c.key {
				if lines[k] == nil {
					lines[k] = &line{}
				}
				lines[k].parts++
				if p.Hidden {
					lines[k].hidden++
					lines[k].answers += c.n
				}
			}
		}
		for k, l := range lines {
			if l.hidden > 0 && l.hidden < l.parts && (l.hidden < 2 || l.answers < MinCell) {
				rt.Errorf("line %s gives back %d hidden parts with %d answers", k, l.hidden, l.answers)
			}
		}
	})
}

// Nothing that is large is hidden without need.
func TestHideSmallLeavesLargeTables(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		var cells []hideCell
		for i := range rapid.IntRange(1, 6).Draw(rt, "parts") {
			n := rapid.Int64Range(minUnanimous, 60).Draw(rt, "n")
			cells = append(cells, hideCell{[]string{fmt.Sprint(i)}, rapid.Int64Range(0, n).Draw(rt, "x"), n})
		}
		doc := hideDocument([]Dimension{ByField}, cells)
		HideSmall(doc, 0.9)
		if slices.ContainsFunc(doc.Parts, func(p IndexPart) bool { return p.Hidden }) {
			rt.Error("a large part is hidden")
		}
	})
}
