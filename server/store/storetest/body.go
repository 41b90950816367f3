package storetest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"hailong/server/store"
)

// sameJSON checks that two bodies are the same JSON value: integers of 64 bits
// and float64 exactly, text byte for byte.
func sameJSON(t interface {
	Helper()
	Errorf(string, ...any)
}, got, want []byte) {
	t.Helper()
	g, err := decode(got)
	if err != nil {
		t.Errorf("the body that came back cannot be read: %v", err)
		return
	}
	w, err := decode(want)
	if err != nil {
		t.Errorf("the body that is wanted cannot be read: %v", err)
		return
	}
	if !sameValue(g, w) {
		t.Errorf("the body came back as\n%.300s\nwant\n%.300s", got, want)
	}
}

func decode(b []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, fmt.Errorf("more than one value")
	}
	return v, nil
}

func sameValue(a, b any) bool {
	switch a := a.(type) {
	case json.Number:
		b, ok := b.(json.Number)
		return ok && sameNumber(a.String(), b.String())
	case []any:
		b, ok := b.([]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for i := range a {
			if !sameValue(a[i], b[i]) {
				return false
			}
		}
		return true
	case map[string]any:
		b, ok := b.(map[string]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for k := range a {
			v, ok := b[k]
			if !ok || !sameValue(a[k], v) {
				return false
			}
		}
		return true
	}
	return a == b // text, true, false, null
}

func sameNumber(a, b string) bool {
	x, errx := strconv.ParseInt(a, 10, 64)
	y, erry := strconv.ParseInt(b, 10, 64)
	if errx == nil && erry == nil {
		return x == y
	}
	f, errf := strconv.ParseFloat(a, 64)
	g, errg := strconv.ParseFloat(b, 64)
	return errf == nil && errg == nil && f == g // zero has no sign
}

func (e exam) bodiesComeBack(t *testing.T, s store.Store) {
	bodies := []string{
		`{}`,
		`{"a":null,"b":true,"c":false,"d":"","e":[],"f":{}}`,
		`{"max":9223372036854775807,"min":-9223372036854775808,"over53":9007199254740993,"zero":0,"minus":-1}`,
		`{"small":2147483647,"over31":2147483648,"under31":-2147483649}`,
		`{"f":0.1,"third":0.3333333333333333,"e":1e-7,"big":1.7976931348623157e308,"tiny":5e-324,"minus":-2.5}`,
		`{"whole":1e21,"twenty":100000000000000000000,"beyond":18446744073709551615,"minuszero":-0.0,"five":5.0,"exp":1E+2}`,
		`{"nested":[{"a":[{"b":{"c":[1,"2",null,{"d":[]}]}}]}]}`,
		`{"template":"{{.Secret}} {{","script":"<script>alert(1)</script> & '\"","formula":"=cmd|' /C calc'!A0","where":"$where","path":"../../etc/passwd","sql":"'; DROP TABLE docs; --"}`,
		`{"date":"2024-01-15T00:00:00Z","like":"{\"$date\":0}","oid":"507f1f77bcf86cd799439011"}`,
		"{\"nfc\":\"Hài lòng\",\"nfd\":\"Ha\u0300i lo\u0300ng\",\"wide\":\"🙂𠀋\",\"rtl\":\"\u202e\",\"zwj\":\"a\u200db\",\"line\":\"\u2028\"}",
		`{"escapes":"\" \\ \/ \b \f \n \r \t \u0001 \u00e0 \ud83d\ude42 \u007f","nul":"a\u0000b"}`,
		"{\"ế\":1,\"e\u0302\u0301\":2,\"a b\":3,\"🙂\":4,\"a$\":5,\"_id\":6,\"0\":7,\"1\":8,\"id\":9,\"b\":10,\"a\\\"b\":11}",
		" { \"space\" : [ 1 ,\t2 ] , \"more\"\n: { } } ",
		`{"z":1,"a":2,"m":{"z":1,"a":2}}`,
		`{"text":"` + strings.Repeat("dài ", 20000) + `"}`,
		deep(store.MaxDepth),
	}
	if e.nested {
		bodies = append(bodies, `{"nested":[[[]],[[1,2],[3,[4]]]]}`)
	}
	for i, body := range bodies {
		key := fmt.Sprint(i)
		if err := s.Insert(t.Context(), docs, doc(key, "", body)); err != nil {
			t.Errorf("inserting %.200s: %v", body, err)
			continue
		}
		sameJSON(t, mustGet(t, s, key, "", 1).Body, []byte(body))
	}
	for _, d := range scan(t, s, docs, store.Range{}) {
		d.Body = []byte(`{"changed":[9223372036854775807,0.1]}`)
		if err := s.Replace(t.Context(), docs, d); err != nil {
			t.Fatal(err)
		}
		sameJSON(t, mustGet(t, s, d.Key, "", 2).Body, d.Body)
	}
}

func (e exam) randomBodiesComeBack(t *testing.T, s store.Store) {
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		body, err := json.Marshal(e.object(3).Draw(rt, "body"))
		if err != nil {
			rt.Fatal(err)
		}
		n++
		key := fmt.Sprint(n)
		if err := s.Insert(t.Context(), docs, doc(key, "", string(body))); err != nil {
			rt.Fatal(err)
		}
		d, err := s.Get(t.Context(), docs, key)
		if err != nil {
			rt.Fatal(err)
		}
		sameJSON(rt, d.Body, body)
	})
}

func (e exam) object(depth int) *rapid.Generator[map[string]any] {
	name := rapid.StringMatching(`[a-zđếA-Z_0-9🙂]{1,6}`)
	return rapid.MapOfN(name, rapid.OneOf(e.values(depth, true)...), 0, 4)
}

// values are the kinds of value at a place where arrays may be or not.
func (e exam) values(depth int, arrays bool) []*rapid.Generator[any] {
	kinds := []*rapid.Generator[any]{
		rapid.Just[any](nil),
		rapid.Bool().AsAny(),
		rapid.Int64().AsAny(),
		rapid.Float64().AsAny(),
		rapid.String().AsAny(),
	}
	if depth == 0 {
		return kinds
	}
	kinds = append(kinds, e.object(depth-1).AsAny())
	if arrays {
		kinds = append(kinds, rapid.SliceOfN(rapid.OneOf(e.values(depth-1, e.nested)...), 0, 4).AsAny())
	}
	return kinds
}

// deep is an object with so many objects and arrays inside one another.
func deep(n int) string {
	open, end := "", ""
	for i := range n {
		if i%2 == 0 {
			open, end = open+`{"a":`, "}"+end
		} else {
			open, end = open+`[`, "]"+end
		}
	}
	return open + "1" + end
}
