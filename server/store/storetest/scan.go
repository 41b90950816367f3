package storetest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"hailong/server/store"
)

// words are keys and orders in bytewise order, with the traps that a collation,
// a case-insensitive file system or UTF-16 order falls into.
var words = []string{
	" ", "$", "0", "10", "9", "A", "B", "a", "a\x01", "a ", "a b", "aa", "b", "ba",
	"e\u0302\u0301", "ế", "đ", "\ue000", "\uffff", "\U0001f642", "\U0001f642a",
}

func scanNothing(t *testing.T, s store.Store) {
	for _, r := range []store.Range{{}, {ByOrder: true}, {Reverse: true, Limit: 3}} {
		if got := scan(t, s, docs, r); len(got) != 0 {
			t.Errorf("Scan %+v of an empty store gave %d documents", r, len(got))
		}
	}
	for _, err := range s.Scan(t.Context(), docs, store.Range{Limit: -1}) {
		wantErr(t, "negative limit", err, store.ErrInvalid)
	}
	for _, err := range s.Scan(t.Context(), docs, store.Range{From: "\xff"}) {
		wantErr(t, "range that is not UTF-8", err, store.ErrInvalid)
	}
	for _, err := range s.Scan(t.Context(), "No Such", store.Range{}) {
		wantErr(t, "collection with a bad name", err, store.ErrInvalid)
	}
}

func scanRanges(t *testing.T, s store.Store) {
	mustInsert(t, s, docs,
		doc("d", "1", `{}`), doc("a", "2", `{}`), doc("c", "1", `{}`), doc("b", "", `{}`), doc("e", "10", `{}`))
	for _, c := range []struct {
		r    store.Range
		want string
	}{
		{store.Range{}, "a b c d e"},
		{store.Range{Reverse: true}, "e d c b a"},
		{store.Range{From: "b"}, "b c d e"},
		{store.Range{To: "d"}, "a b c"},
		{store.Range{From: "b", To: "d"}, "b c"},
		{store.Range{From: "b", To: "d", Reverse: true}, "c b"},
		{store.Range{From: "bb", To: "dd"}, "c d"},
		{store.Range{From: "c", To: "c"}, ""},
		{store.Range{From: "d", To: "b"}, ""},
		{store.Range{Limit: 2}, "a b"},
		{store.Range{Limit: 2, Reverse: true}, "e d"},
		{store.Range{Limit: 99}, "a b c d e"},
		{store.Range{ByOrder: true}, "b c d e a"},
		{store.Range{ByOrder: true, Reverse: true}, "a e d c b"},
		{store.Range{ByOrder: true, From: "1"}, "c d e a"},
		{store.Range{ByOrder: true, From: "1", To: "2"}, "c d e"},
		{store.Range{ByOrder: true, To: "1"}, "b"},
		{store.Range{ByOrder: true, From: "1", To: "10", Reverse: true}, "d c"},
		{store.Range{ByOrder: true, From: "1", Limit: 1}, "c"},
		{store.Range{ByOrder: true, To: "2", Limit: 2, Reverse: true}, "e d"},
	} {
		if got := strings.Join(keys(scan(t, s, docs, c.r)), " "); got != c.want {
			t.Errorf("Scan %+v gave %q, want %q", c.r, got, c.want)
		}
	}
}

// scanRandomRanges compares random ranges over difficult text with a sort in
// memory.
func scanRandomRanges(t *testing.T, s store.Store) {
	rnd := rand.New(rand.NewPCG(1, 2))
	var all []store.Doc
	for i, w := range words {
		all = append(all, doc(w, words[rnd.IntN(len(words))], number(i)))
	}
	mustInsert(t, s, docs, all...)
	end := func() string {
		if rnd.IntN(4) == 0 {
			return ""
		}
		return words[rnd.IntN(len(words))]
	}
	for range 60 {
		r := store.Range{From: end(), To: end(), ByOrder: rnd.IntN(2) == 0, Reverse: rnd.IntN(2) == 0, Limit: rnd.IntN(6)}
		if got, want := keys(scan(t, s, docs, r)), keys(model(all, r)); !slices.Equal(got, want) {
			t.Errorf("Scan %+v gave %q, want %q", r, got, want)
		}
	}
}

// model is what a scan should give.
func model(all []store.Doc, r store.Range) []store.Doc {
	k := func(d store.Doc) string {
		if r.ByOrder {
			return d.Order
		}
		return d.Key
	}
	var in []store.Doc
	for _, d := range all {
		if k(d) >= r.From && (r.To == "" || k(d) < r.To) {
			in = append(in, d)
		}
	}
	slices.SortFunc(in, func(a, b store.Doc) int {
		if k(a) != k(b) {
			return strings.Compare(k(a), k(b))
		}
		return strings.Compare(a.Key, b.Key)
	})
	if r.Reverse {
		slices.Reverse(in)
	}
	if r.Limit > 0 && r.Limit < len(in) {
		in = in[:r.Limit]
	}
	return in
}

func scanPages(t *testing.T, s store.Store) {
	const n = 1300 // more than a page of every engine
	var all []store.Doc
	for i := range n {
		all = append(all, doc(fmt.Sprintf("%05d", i*7919%n), fmt.Sprint("order ", i%3), number(i)))
	}
	mustInsert(t, s, docs, all...)
	for _, r := range []store.Range{
		{},
		{Reverse: true},
		{ByOrder: true},
		{ByOrder: true, Reverse: true},
		{ByOrder: true, From: "order 1", To: "order 2"},
		{From: "00001", To: "01299", Limit: 1200},
		{Limit: 1000, Reverse: true},
	} {
		got, want := scan(t, s, docs, r), model(all, r)
		if !slices.Equal(keys(got), keys(want)) {
			t.Errorf("Scan %+v gave %d documents, not the %d expected, or in another order", r, len(got), len(want))
			continue
		}
		for i := range want {
			if got[i].Order != want[i].Order || got[i].Version != 1 {
				t.Fatalf("Scan %+v: document %d has order %q and version %d", r, i, got[i].Order, got[i].Version)
			}
			sameJSON(t, got[i].Body, want[i].Body)
		}
	}
}

// scanWhileWriting scans while others insert, replace and delete around: each
// document that was there all the time is seen exactly once.
func scanWhileWriting(t *testing.T, s store.Store) {
	const n = 1200
	var all []store.Doc
	for i := range n {
		all = append(all, doc(fmt.Sprintf("%04d", i), fmt.Sprint(i%2), number(i)))
	}
	mustInsert(t, s, docs, all...)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for w := range 3 {
		wg.Go(func() {
			rnd := rand.New(rand.NewPCG(3, uint64(w)))
			for {
				select {
				case <-stop:
					return
				default:
				}
				i := rnd.IntN(n)
				var err error
				switch w {
				case 0: // between the others
					err = s.Insert(t.Context(), docs, doc(fmt.Sprintf("%04d+%d", i, rnd.Uint32()), fmt.Sprint(i%2), `{}`))
				case 1: // changed, under the same order
					d := all[i]
					d.Version = 1
					err = s.Replace(t.Context(), docs, d)
					err = unless(err, store.ErrConflict)
					err = unless(err, store.ErrNotFound)
				case 2: // one in four goes
					err = s.Delete(t.Context(), docs, all[i/4*4].Key, 0)
					err = unless(err, store.ErrNotFound)
				}
				if err != nil {
					t.Errorf("writing: %v", err)
					return
				}
			}
		})
	}
	for _, r := range []store.Range{{}, {ByOrder: true}, {Reverse: true}, {ByOrder: true, Reverse: true}} {
		seen := make(map[string]int)
		for _, d := range scan(t, s, docs, r) {
			seen[d.Key]++
		}
		for i, d := range all {
			if c := seen[d.Key]; c > 1 || i%4 != 0 && c != 1 {
				t.Errorf("Scan %+v saw a document %d times", r, c)
			}
		}
	}
	close(stop)
	wg.Wait()
}

func unless(err, but error) error {
	if errors.Is(err, but) {
		return nil
	}
	return err
}

func scanEndedEarly(t *testing.T, s store.Store) {
	var all []store.Doc
	for i := range 50 {
		all = append(all, doc(fmt.Sprintf("%02d", i), "", `{}`))
	}
	mustInsert(t, s, docs, all...)
	for range 40 { // a connection or cursor left open each time would run out
		for d, err := range s.Scan(t.Context(), docs, store.Range{}) {
			if err != nil {
				t.Fatal(err)
			}
			// Writing from within a scan does not wait for its end.
			d.Version = 99
			wantErr(t, "replace from within a scan", s.Replace(t.Context(), docs, d), store.ErrConflict)
			break
		}
	}
}

// textOfKeys checks that keys which look alike are not the same key.
func textOfKeys(t *testing.T, s store.Store) {
	likes := append(slices.Clone(words), "a'b", `a"b`, "a%", "a_", `a\`, "a/b", "a.b", "$where", "ObjectId(1)", "\u00a0",
		"a\u0301", "á", "null", "NULL", "1", "1.0", "01", "true", "{{.}}", "<script>", "=cmd()", "_id", "Á")
	slices.Sort(likes)
	likes = slices.Compact(likes)
	for _, k := range likes {
		if err := s.Insert(t.Context(), docs, doc(k, k, `{}`)); err != nil {
			t.Errorf("inserting the key %q: %v", k, err)
		}
	}
	for _, k := range likes {
		mustGet(t, s, k, k, 1)
	}
	if got := keys(scan(t, s, docs, store.Range{})); !slices.Equal(got, likes) {
		t.Errorf("keys came back as %q, want %q", got, likes)
	}
	if got := keys(scan(t, s, docs, store.Range{ByOrder: true})); !slices.Equal(got, likes) {
		t.Errorf("orders came back as %q, want %q", got, likes)
	}
}
