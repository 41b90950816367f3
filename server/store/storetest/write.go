package storetest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"

	"hailong/server/store"
)

func insertOnce(t *testing.T, s store.Store) {
	ctx := t.Context()
	if err := s.Insert(ctx, docs, doc("k", "o", `{"first":true}`)); err != nil {
		t.Fatalf("Insert: %v", err)
	}
	wantErr(t, "second insert", s.Insert(ctx, docs, doc("k", "p", `{"first":false}`)), store.ErrExists)
	sameJSON(t, mustGet(t, s, "k", "o", 1).Body, []byte(`{"first":true}`))

	versioned := doc("other", "", `{}`)
	versioned.Version = 41 // of no meaning in an insert
	mustInsert(t, s, docs, versioned)
	mustGet(t, s, "other", "", 1)

	_, err := s.Get(ctx, docs, "nobody")
	wantErr(t, "Get of an unknown key", err, store.ErrNotFound)
	_, err = s.Get(ctx, "nothing_here", "k")
	wantErr(t, "Get from an unknown collection", err, store.ErrNotFound)
}

func oneWriterWins(t *testing.T, s store.Store) {
	for round := range 8 {
		key := fmt.Sprintf("key %d", round)
		errs := together(32, func(i int) error {
			return s.Insert(t.Context(), docs, doc(key, "", number(i)))
		})
		winner := onlyOne(t, errs, store.ErrExists)
		sameJSON(t, mustGet(t, s, key, "", 1).Body, []byte(number(winner)))
	}
}

func replaceByVersion(t *testing.T, s store.Store) {
	ctx := t.Context()
	next := doc("k", "new", `{"is":"new"}`)
	next.Version = 1
	wantErr(t, "replacing nothing", s.Replace(ctx, docs, next), store.ErrNotFound)
	mustInsert(t, s, docs, doc("k", "old", `{"is":"old","more":1}`), doc("beside", "old", `{}`))
	if err := s.Replace(ctx, docs, next); err != nil {
		t.Fatalf("Replace: %v", err)
	}
	sameJSON(t, mustGet(t, s, "k", "new", 2).Body, []byte(`{"is":"new"}`))
	wantErr(t, "replacing a version that is gone", s.Replace(ctx, docs, next), store.ErrConflict)
	next.Version = 3
	wantErr(t, "replacing a version to come", s.Replace(ctx, docs, next), store.ErrConflict)
	mustGet(t, s, "k", "new", 2)
	mustGet(t, s, "beside", "old", 1)
	if got := keys(scan(t, s, docs, store.Range{From: "new", To: "newer", ByOrder: true})); !slices.Equal(got, []string{"k"}) {
		t.Errorf("scan of the new order gave %q", got)
	}
	if got := keys(scan(t, s, docs, store.Range{From: "old", ByOrder: true})); !slices.Equal(got, []string{"beside"}) {
		t.Errorf("scan of the old order gave %q", got)
	}
	next.Version = 2
	next.Order = ""
	if err := s.Replace(ctx, docs, next); err != nil {
		t.Fatalf("Replace: %v", err)
	}
	mustGet(t, s, "k", "", 3)
}

// replaceConcurrently adds up in one document from many writers, each of which
// reads, adds one and replaces until it succeeds: a lost update shows.
func replaceConcurrently(t *testing.T, s store.Store) {
	const writers, each = 16, 5
	mustInsert(t, s, docs, doc("sum", "", number(0)))
	errs := together(writers, func(int) error {
		for range each {
			if err := addOne(t.Context(), s); err != nil {
				return err
			}
		}
		return nil
	})
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	sameJSON(t, mustGet(t, s, "sum", "", 1+writers*each).Body, []byte(number(writers*each)))

	for round := range int64(5) { // and all from the same version
		errs := together(32, func(i int) error {
			d := doc("sum", "", number(i))
			d.Version = 1 + writers*each + round
			return s.Replace(t.Context(), docs, d)
		})
		winner := onlyOne(t, errs, store.ErrConflict)
		sameJSON(t, mustGet(t, s, "sum", "", 2+writers*each+round).Body, []byte(number(winner)))
	}
}

func addOne(ctx context.Context, s store.Store) error {
	for {
		d, err := s.Get(ctx, docs, "sum")
		if err != nil {
			return err
		}
		var body struct{ N int }
		if err := json.Unmarshal(d.Body, &body); err != nil {
			return err
		}
		d.Body = []byte(number(body.N + 1))
		if err = s.Replace(ctx, docs, d); !errors.Is(err, store.ErrConflict) {
			return err
		}
	}
}

func deletes(t *testing.T, s store.Store) {
	ctx := t.Context()
	wantErr(t, "deleting nothing", s.Delete(ctx, docs, "k", 0), store.ErrNotFound)
	mustInsert(t, s, docs, doc("k", "o", `{}`), doc("kk", "o", `{}`))
	wantErr(t, "deleting another version", s.Delete(ctx, docs, "k", 2), store.ErrConflict)
	if err := s.Delete(ctx, docs, "k", 1); err != nil {
		t.Fatalf("Delete of the version: %v", err)
	}
	_, err := s.Get(ctx, docs, "k")
	wantErr(t, "Get of what was deleted", err, store.ErrNotFound)
	wantErr(t, "deleting twice", s.Delete(ctx, docs, "k", 1), store.ErrNotFound)
	if err := s.Delete(ctx, docs, "kk", 0); err != nil {
		t.Fatalf("Delete of any version: %v", err)
	}
	mustInsert(t, s, docs, doc("k", "again", `{"again":true}`))
	mustGet(t, s, "k", "again", 1)
}

func oneDeleterWins(t *testing.T, s store.Store) {
	for round := range int64(4) {
		mustInsert(t, s, docs, doc("k", "", `{}`))
		errs := together(32, func(int) error {
			return s.Delete(t.Context(), docs, "k", round%2) // any version, then the version
		})
		onlyOne(t, errs, store.ErrNotFound)
	}
}

func bodiesAreNotShared(t *testing.T, s store.Store) {
	d := doc("k", "", `{"a":1}`)
	mustInsert(t, s, docs, d)
	copy(d.Body, "XXXXXXX")
	got := mustGet(t, s, "k", "", 1)
	sameJSON(t, got.Body, []byte(`{"a":1}`))
	clear(got.Body)
	for _, d := range scan(t, s, docs, store.Range{}) {
		sameJSON(t, d.Body, []byte(`{"a":1}`))
		clear(d.Body)
	}
	sameJSON(t, mustGet(t, s, "k", "", 1).Body, []byte(`{"a":1}`))
}

func collections(t *testing.T, s store.Store) {
	ctx := t.Context()
	want := func(names ...string) {
		t.Helper()
		got, err := s.Collections(ctx)
		if err != nil {
			t.Fatalf("Collections: %v", err)
		}
		slices.Sort(got)
		if !slices.Equal(got, names) {
			t.Errorf("Collections gave %q, want %q", got, names)
		}
	}
	want()
	mustInsert(t, s, "one", doc("k", "", `{"in":"one"}`))
	mustInsert(t, s, "two_2", doc("k", "", `{"in":"two"}`), doc("l", "", `{}`))
	want("one", "two_2")
	for _, d := range scan(t, s, "one", store.Range{}) {
		sameJSON(t, d.Body, []byte(`{"in":"one"}`))
	}
	if err := s.Delete(ctx, "one", "k", 0); err != nil {
		t.Fatal(err)
	}
	want("two_2")
	if err := s.Ping(ctx); err != nil {
		t.Errorf("Ping: %v", err)
	}
}

func batch(t *testing.T, s store.Store) {
	ctx := t.Context()
	mustInsert(t, s, docs, doc("a", "", `{}`), doc("b", "", `{}`), doc("c", "", `{}`), doc("d", "", `{}`))
	at := func(version int64, d store.Doc) store.Doc {
		d.Version = version
		return d
	}
	ops := []store.Op{
		{Collection: docs, Kind: store.OpInsert, Doc: doc("new", "", `{}`)},
		{Collection: docs, Kind: store.OpInsert, Doc: doc("a", "", `{"over":1}`)},
		{Collection: docs, Kind: store.OpInsert, Doc: doc("bad", "", `[]`)},
		{Collection: docs, Kind: store.OpReplace, Doc: at(1, doc("b", "z", `{"new":1}`))},
		{Collection: docs, Kind: store.OpReplace, Doc: at(7, doc("c", "", `{}`))},
		{Collection: docs, Kind: store.OpReplace, Doc: at(1, doc("nobody", "", `{}`))},
		{Collection: docs, Kind: store.OpDelete, Doc: at(1, store.Doc{Key: "d"})},
		{Collection: docs, Kind: store.OpDelete, Doc: at(2, store.Doc{Key: "c"})},
		{Collection: docs, Kind: store.OpDelete, Doc: store.Doc{Key: "nobody"}},
		{Collection: "elsewhere", Kind: store.OpInsert, Doc: doc("a", "", `{}`)},
		{Collection: docs, Doc: doc("kindless", "", `{}`)},
		{Collection: docs, Kind: store.OpInsert, Doc: doc("twice", "", `{}`)},
		{Collection: docs, Kind: store.OpInsert, Doc: doc("twice", "", `{}`)},
	}
	wants := []error{nil, store.ErrExists, store.ErrInvalid, nil, store.ErrConflict, store.ErrNotFound,
		nil, store.ErrConflict, store.ErrNotFound, nil, store.ErrInvalid}
	errs, err := s.Batch(ctx, ops)
	if err != nil {
		t.Fatalf("Batch: %v", err)
	}
	if len(errs) != len(ops) {
		t.Fatalf("Batch gave %d results for %d ops", len(errs), len(ops))
	}
	for i, want := range wants {
		if !errors.Is(errs[i], want) {
			t.Errorf("op %d: got error %v, want %v", i, errs[i], want)
		}
	}
	onlyOne(t, errs[len(wants):], store.ErrExists)
	mustGet(t, s, "new", "", 1)
	sameJSON(t, mustGet(t, s, "a", "", 1).Body, []byte(`{}`))
	mustGet(t, s, "b", "z", 2)
	mustGet(t, s, "c", "", 1)
	if got := keys(scan(t, s, docs, store.Range{})); !slices.Equal(got, []string{"a", "b", "c", "new", "twice"}) {
		t.Errorf("after the batch there are %q", got)
	}
	if errs, err := s.Batch(ctx, nil); len(errs) != 0 || err != nil {
		t.Errorf("an empty batch gave %v, %v", errs, err)
	}
}

func batchOfMany(t *testing.T, s store.Store) {
	const n = 1500
	var ops []store.Op
	for i := range n {
		ops = append(ops, store.Op{Collection: docs, Kind: store.OpInsert, Doc: doc(fmt.Sprintf("%04d", i), "", number(i))})
	}
	mustInsert(t, s, docs, doc("0700", "", number(-1)))
	errs, err := s.Batch(t.Context(), ops)
	if err != nil {
		t.Fatalf("Batch: %v", err)
	}
	for i, err := range errs {
		if i == 700 {
			wantErr(t, "the key that was there", err, store.ErrExists)
		} else if err != nil {
			t.Fatalf("op %d: %v", i, err)
		}
	}
	if got := scan(t, s, docs, store.Range{}); len(got) != n {
		t.Errorf("there are %d documents, want %d", len(got), n)
	}
}

// batchesRacing lets several batches insert the same keys: each key is won by
// one of them.
func batchesRacing(t *testing.T, s store.Store) {
	const batches, n = 8, 40
	results := make([][]error, batches)
	errs := together(batches, func(b int) error {
		var ops []store.Op
		for i := range n {
			ops = append(ops, store.Op{Collection: docs, Kind: store.OpInsert, Doc: doc(number(i), "", number(b))})
		}
		var err error
		results[b], err = s.Batch(t.Context(), ops)
		return err
	})
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	for i := range n {
		var of []error
		for b := range batches {
			of = append(of, results[b][i])
		}
		winner := onlyOne(t, of, store.ErrExists)
		sameJSON(t, mustGet(t, s, number(i), "", 1).Body, []byte(number(winner)))
	}
}
