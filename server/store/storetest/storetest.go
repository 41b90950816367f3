// Package storetest is the exam that every engine of the store sits: what the
// verbs promise, on one key from many writers, over many pages, with strange
// text and in trouble.
package storetest

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"hailong/server/store"
)

// Open gives a new, empty store, closed when the test ends.
type Open func(t *testing.T) store.Store

// An Option leaves something out of the exam that a server cannot do which
// stands in for the real one.
type Option func(*exam)

// WithoutNestedArrays leaves out bodies with an array directly in an array.
func WithoutNestedArrays(e *exam) { e.nested = false }

type exam struct{ nested bool }

// Run examines an engine. Each question opens a store of its own and may run
// beside the others.
func Run(t *testing.T, open Open, options ...Option) {
	e := exam{nested: true}
	for _, o := range options {
		o(&e)
	}
	questions := []struct {
		name string
		ask  func(t *testing.T, s store.Store)
	}{
		{"insert once", insertOnce},
		{"one of 32 writers wins", oneWriterWins},
		{"replace by version", replaceByVersion},
		{"replace from many writers", replaceConcurrently},
		{"delete", deletes},
		{"one of 32 deleters wins", oneDeleterWins},
		{"bodies are not shared", bodiesAreNotShared},
		{"collections", collections},
		{"batch", batch},
		{"batch of many", batchOfMany},
		{"batches racing", batchesRacing},
		{"scan of nothing", scanNothing},
		{"scan by key and by order", scanRanges},
		{"scan in random ranges", scanRandomRanges},
		{"scan of many pages", scanPages},
		{"scan while writing", scanWhileWriting},
		{"scan ended early", scanEndedEarly},
		{"text of keys", textOfKeys},
		{"bodies come back", e.bodiesComeBack},
		{"random bodies come back", e.randomBodiesComeBack},
		{"limits", limits},
		{"the largest", largest},
		{"cancelled context", cancelled},
		{"closed store", closed},
	}
	for _, q := range questions {
		t.Run(q.name, func(t *testing.T) {
			t.Parallel()
			q.ask(t, open(t))
		})
	}
}

const docs = "documents" // the collection of most questions

func doc(key, order, body string) store.Doc {
	return store.Doc{Key: key, Order: order, Body: []byte(body)}
}

func mustInsert(t *testing.T, s store.Store, collection string, ds ...store.Doc) {
	t.Helper()
	ops := make([]store.Op, len(ds))
	for i, d := range ds {
		ops[i] = store.Op{Collection: collection, Kind: store.OpInsert, Doc: d}
	}
	errs, err := s.Batch(t.Context(), ops)
	if err = errors.Join(append(errs, err)...); err != nil {
		t.Fatalf("inserting: %v", err)
	}
}

// mustGet reads a document and checks all of it but the body.
func mustGet(t *testing.T, s store.Store, key, order string, version int64) store.Doc {
	t.Helper()
	d, err := s.Get(t.Context(), docs, key)
	if err != nil {
		t.Fatalf("Get: %v", err)
	}
	if d.Key != key || d.Order != order || d.Version != version {
		t.Fatalf("Get gave key %q, order %q, version %d; want %q, %q, %d", d.Key, d.Order, d.Version, key, order, version)
	}
	return d
}

func wantErr(t *testing.T, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("%s: got error %v, want %v", what, got, want)
	}
}

// scan reads a range whole.
func scan(t *testing.T, s store.Store, collection string, r store.Range) []store.Doc {
	t.Helper()
	var all []store.Doc
	for d, err := range s.Scan(t.Context(), collection, r) {
		if err != nil {
			t.Fatalf("Scan %+v: %v", r, err)
		}
		all = append(all, d)
	}
	return all
}

func keys(ds []store.Doc) []string {
	ks := make([]string, len(ds))
	for i, d := range ds {
		ks[i] = d.Key
	}
	return ks
}

// together runs f(0) … f(n-1) at once and gives their errors.
func together(n int, f func(i int) error) []error {
	errs := make([]error, n)
	start := make(chan struct{})
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			<-start
			errs[i] = f(i)
		})
	}
	close(start)
	wg.Wait()
	return errs
}

// onlyOne checks that one of the errors is nil and the others are want, and
// gives the index of that one.
func onlyOne(t *testing.T, errs []error, want error) int {
	t.Helper()
	winner, winners := -1, 0
	for i, err := range errs {
		if err == nil {
			winner = i
			winners++
		} else if !errors.Is(err, want) {
			t.Errorf("writer %d: got error %v, want %v", i, err, want)
		}
	}
	if winners != 1 {
		t.Fatalf("%d of %d writers won, want 1", winners, len(errs))
	}
	return winner
}

func number(i int) string { return fmt.Sprintf(`{"n":%d}`, i) }
