package store_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"hailong/server/store"
)

func TestPrefix(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ p, from, to string }{
		{"", "", ""},
		{"a", "a", "b"},
		{"2024-", "2024-", "2024."},
		{"\ud7ff", "\ud7ff", "\ue000"},
		{"a\U0010ffff", "a\U0010ffff", "b"},
		{"\U0010ffff", "\U0010ffff", ""},
	} {
		if r := store.Prefix(c.p); r.From != c.from || r.To != c.to {
			t.Errorf("Prefix(%q) = %q to %q, want %q to %q", c.p, r.From, r.To, c.from, c.to)
		}
	}
}

func TestPrefixHoldsWhatBegins(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p, s := rapid.String().Draw(t, "prefix"), rapid.String().Draw(t, "text")
		if rapid.Bool().Draw(t, "join") {
			s = p + s
		}
		r := store.Prefix(p)
		if in := s >= r.From && (r.To == "" || s < r.To); in != strings.HasPrefix(s, p) {
			t.Errorf("%q in the range of prefix %q: %v", s, p, in)
		}
	})
}

// FuzzCheck compares the check of bodies with encoding/json: what passes is an
// object that can be read, with no forbidden name at any depth.
func FuzzCheck(f *testing.F) {
	for _, seed := range []string{
		`{}`, ` {"a" : [1, -2.5e3, "x\"}", {"b":null}], "c":true}`, `{"a":{"$b":1}}`, `{"\u0024":1}`, `{"a":1,"a":2}`,
		`{"a":1e999}`, `{"a.b":1}`, `[]`, `{"a":"\ud800"}`, "{\"a\":\"\xff\"}", `{"a":[[],[{}]],"b":{}}`, `{"":1}`, `{"a\\":"\\"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		op := store.Op{Collection: "c", Kind: store.OpInsert, Doc: store.Doc{Key: "k", Body: body}}
		err := op.Check()
		if err != nil {
			if !errors.Is(err, store.ErrInvalid) {
				t.Fatalf("error %v is not ErrInvalid", err)
			}
			return
		}
		var v map[string]any
		if err := json.Unmarshal(body, &v); err != nil || v == nil || !utf8.Valid(body) {
			t.Fatalf("%q passed the check, but: %v", body, err)
		}
		noBadName(t, v)
	})
}

func noBadName(t *testing.T, v any) {
	switch v := v.(type) {
	case map[string]any:
		for k, v := range v {
			if k == "" || k[0] == '$' || strings.ContainsAny(k, ".\x00") {
				t.Fatalf("the name %q passed the check", k)
			}
			noBadName(t, v)
		}
	case []any:
		for _, v := range v {
			noBadName(t, v)
		}
	}
}
