package server

import (
	"slices"
	"strings"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"
)

// SortByName sorts a list by names as a Vietnamese dictionary does (A Ă Â B C D Đ E
// Ê …, and tones last), upper and lower case alike and numbers by their value: Quầy
// 2 before Quầy 10. What is equal keeps its order. It is for what people read; what
// is hashed or compared between machines is sorted by its bytes.
func SortByName[T any](list []T, name func(T) string) {
	if len(list) < 2 {
		return
	}
	c, buf := collate.New(language.Vietnamese, collate.Numeric, collate.IgnoreCase), &collate.Buffer{}
	type keyed struct {
		key  string
		name string
		v    T
	}
	keys := make([]keyed, len(list))
	for i, v := range list {
		keys[i] = keyed{string(c.KeyFromString(buf, name(v))), name(v), v}
		buf.Reset()
	}
	slices.SortStableFunc(keys, func(a, b keyed) int {
		if d := strings.Compare(a.key, b.key); d != 0 {
			return d
		}
		return strings.Compare(a.name, b.name)
	})
	for i, k := range keys {
		list[i] = k.v
	}
}
