package instrument

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"golang.org/x/text/unicode/norm"

	"hailong/scoring/survey"
)

// The limits of a survey file.
const (
	MaxBytes    = 1 << 20
	MaxElements = 12
	MaxCriteria = 60 // of all elements together
	MinLevels   = 2
	MaxLevels   = 7
	MaxReasons  = 8 // of one criterion
)

// An Error says where a survey file is wrong, and how.
type Error struct {
	File string
	Line int // from 1; 0 if the whole file is meant
	Text survey.Text
}

// Error gives place and both languages, Vietnamese first.
func (e *Error) Error() string { return e.place("dòng") + ": " + e.Text.VI + " (" + e.Text.EN + ")" }

// In gives place and reason in one language.
func (e *Error) In(lang string) string {
	if lang == "en" {
		return e.place("line") + ": " + e.Text.EN
	}
	return e.place("dòng") + ": " + e.Text.VI
}

func (e *Error) place(line string) string {
	if e.Line == 0 {
		return e.File
	}
	return fmt.Sprintf("%s, %s %d", e.File, line, e.Line)
}

// Parse reads a survey file. An error is an *Error and names the first line
// that is wrong. Texts are brought to NFC. A key that looks like a misspelt one
// is an error; other unknown keys are passed over, so that files of later
// versions can be read.
func Parse(name string, data []byte) (s *survey.Survey, err error) {
	r := reader{name}
	defer func() { // the YAML parser is not ours: a file must never bring the house down
		if p := recover(); p != nil {
			s, err = nil, r.fail(nil, "không đọc được tệp YAML", "the YAML cannot be read")
		}
	}()
	switch {
	case len(data) > MaxBytes:
		return nil, r.fail(nil, "tệp quá lớn", "the file is too large")
	case !utf8.Valid(data):
		return nil, r.fail(nil, "tệp không phải UTF-8", "the file is not UTF-8")
	}
	root, err := r.root(data)
	if err != nil {
		return nil, err
	}
	return r.survey(root)
}

// A reader turns nodes into a survey and knows the file's name for errors.
type reader struct{ name string }

func (r reader) fail(at ast.Node, vi, en string) error {
	e := &Error{File: r.name, Text: survey.Text{VI: vi, EN: en}}
	if at != nil && at.GetToken() != nil && at.GetToken().Position != nil {
		e.Line = at.GetToken().Position.Line
	}
	return e
}

func (r reader) root(data []byte) (ast.Node, error) {
	text := strings.TrimPrefix(string(data), "\ufeff")
	f, err := parser.ParseBytes([]byte(text), 0)
	if err != nil {
		e := &Error{File: r.name, Text: survey.Text{VI: "YAML sai cú pháp", EN: "YAML syntax error"}}
		var syntax interface {
			error
			GetMessage() string
		}
		if errors.As(err, &syntax) {
			e.Text.VI += ": " + syntax.GetMessage()
			e.Text.EN += ": " + syntax.GetMessage()
		}
		e.Line = lineOf(err.Error())
		return nil, e
	}
	var root ast.Node
	for _, doc := range f.Docs {
		if doc.Body == nil {
			continue
		}
		if root != nil {
			return nil, r.fail(doc.Body, "tệp chỉ được có một tài liệu YAML", "only one YAML document is allowed")
		}
		root = doc.Body
	}
	if root == nil {
		return nil, r.fail(nil, "tệp rỗng", "the file is empty")
	}
	return root, nil
}

// lineOf reads the "[line:column]" in front of the YAML parser's messages.
func lineOf(message string) int {
	if rest, ok := strings.CutPrefix(message, "["); ok {
		if line, _, ok := strings.Cut(rest, ":"); ok {
			n, _ := strconv.Atoi(line)
			return n
		}
	}
	return 0
}

// A mapping is an object with its keys in the order of the file.
type mapping struct {
	node   ast.Node
	keys   []string
	values map[string]ast.Node
}

func (m mapping) has(key string) bool {
	n := m.values[key]
	return n != nil && n.Type() != ast.NullType
}

// mapping reads an object and checks its keys against the known ones.
func (r reader) mapping(n ast.Node, known ...string) (mapping, error) {
	m := mapping{node: n, values: map[string]ast.Node{}}
	var values []*ast.MappingValueNode
	switch n := n.(type) {
	case *ast.MappingNode:
		values = n.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{n}
	default:
		return m, r.fail(n, "cần các cặp khóa: giá trị", "key: value pairs are expected here")
	}
	for _, v := range values {
		key, ok := scalar(v.Key)
		if !ok {
			return m, r.fail(v, "khóa không hợp lệ", "invalid key")
		}
		if _, twice := m.values[key]; twice {
			return m, r.fail(v.Key, "khóa "+quote(key)+" lặp lại", "key "+quote(key)+" is repeated")
		}
		if !slices.Contains(known, key) {
			for _, k := range known {
				if _, there := m.values[k]; !there && near(key, k) {
					return m, r.fail(v.Key, "không có khóa "+quote(key)+", có phải "+quote(k)+"?",
						"there is no key "+quote(key)+", did you mean "+quote(k)+"?")
				}
			}
		}
		m.keys = append(m.keys, key)
		m.values[key] = v.Value
	}
	return m, nil
}

// list reads a sequence.
func (r reader) list(n ast.Node, what string) ([]ast.Node, error) {
	s, ok := n.(*ast.SequenceNode)
	if !ok {
		return nil, r.fail(n, quote(what)+" phải là một danh sách", quote(what)+" must be a list")
	}
	return s.Values, nil
}

// need returns the value of a key that must be there.
func (r reader) need(m mapping, key string) (ast.Node, error) {
	if !m.has(key) {
		return nil, r.fail(m.node, "thiếu khóa "+quote(key), "key "+quote(key)+" is missing")
	}
	return m.values[key], nil
}

// scalar returns the text of a plain value, as written.
func scalar(n ast.Node) (string, bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return norm.NFC.String(n.Value), true
	case *ast.LiteralNode:
		return norm.NFC.String(strings.TrimRight(n.Value.Value, "\n")), true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return strings.TrimSpace(n.GetToken().Value), true
	case *ast.MappingKeyNode:
		return scalar(n.Value)
	}
	return "", false
}

func (r reader) integer(n ast.Node) (int, error) {
	text, ok := scalar(n)
	v, err := strconv.Atoi(text)
	if !ok || err != nil {
		return 0, r.fail(n, "cần một số nguyên", "a whole number is expected")
	}
	return v, nil
}

func (r reader) decimal(n ast.Node) (float64, error) {
	text, ok := scalar(n)
	v, err := strconv.ParseFloat(text, 64)
	if !ok || err != nil || v != v || v > 1e6 || v < -1e6 {
		return 0, r.fail(n, "cần một số (dấu thập phân là dấu chấm)", "a number is expected")
	}
	return v, nil
}

// text reads {vi, en}, or a plain text in Vietnamese. What is missing is taken
// from otherwise.
func (r reader) text(m mapping, key, otherwise string) (survey.Text, error) {
	if !m.has(key) {
		return survey.Text{VI: otherwise}, nil
	}
	n := m.values[key]
	if plain, ok := scalar(n); ok {
		return survey.Text{VI: cmp.Or(strings.TrimSpace(plain), otherwise)}, nil
	}
	t, err := r.mapping(n, "vi", "en")
	if err != nil {
		return survey.Text{}, err
	}
	var out survey.Text
	for lang, to := range map[string]*string{"vi": &out.VI, "en": &out.EN} {
		if !t.has(lang) {
			continue
		}
		s, ok := scalar(t.values[lang])
		if !ok {
			return survey.Text{}, r.fail(t.values[lang], "cần một câu văn bản", "a text is expected")
		}
		*to = strings.TrimSpace(s)
	}
	out.VI = cmp.Or(out.VI, out.EN, otherwise)
	return out, nil
}

func quote(s string) string {
	if len(s) > 40 {
		s = strings.ToValidUTF8(s[:40], "") + "…"
	}
	return "“" + s + "”"
}

// near reports whether two words differ by at most two letters (one for words
// of four and fewer), or by case and plural only.
func near(a, b string) bool {
	a, b = strings.ToLower(a), strings.ToLower(b)
	limit := 2
	if len(b) <= 4 {
		limit = 1
	}
	if len(a) > len(b)+limit || len(b) > len(a)+limit {
		return false
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diag := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := diag
			if a[i-1] != b[j-1] {
				cost++
			}
			diag = row[j]
			row[j] = min(cost, row[j]+1, row[j-1]+1)
		}
	}
	return row[len(b)] <= limit
}
