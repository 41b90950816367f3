package sqlite

import (
	"path/filepath"
	"strings"
	"testing"

	"hailong/server/store"
)

// A page of a scan is found by what was read last, not by the range's bound:
// otherwise every page passes over all pages before it.
func TestPagesAreFoundByIndex(t *testing.T) {
	t.Parallel()
	s, err := Open(t.Context(), filepath.Join(t.TempDir(), "a.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, c := range []struct {
		r    store.Range
		want string
	}{
		{store.Range{From: "a", To: "z", ByOrder: true}, "(o,k)>(?,?) AND o<?"},
		{store.Range{From: "a", To: "z", ByOrder: true, Reverse: true}, "o>? AND (o,k)<(?,?)"},
		{store.Range{From: "a", To: "z"}, "k>? AND k<?"},
		{store.Range{From: "a", To: "z", Reverse: true}, "k>? AND k<?"},
		{store.Range{ByOrder: true}, "(o,k)>(?,?)"},
	} {
		query, args := pageQuery("answers", c.r, &store.Doc{Key: "k", Order: "m"}, 10)
		var id, parent, unused int
		var plan string
		if err := s.readers.QueryRowContext(t.Context(), "EXPLAIN QUERY PLAN "+query, args...).Scan(&id, &parent, &unused, &plan); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(plan, c.want) {
			t.Errorf("%+v: %s", c.r, plan)
		}
	}
}
