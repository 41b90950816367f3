package storetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"hailong/server/store"
)

func limits(t *testing.T, s store.Store) {
	ctx := t.Context()
	long := strings.Repeat("k", store.MaxKey+1)
	manyKeys := make([]string, 100)
	for i := range manyKeys {
		manyKeys[i] = fmt.Sprintf(`"k%d":0`, i%99)
	}
	for name, op := range map[string]store.Op{
		"empty key":              {Collection: docs, Doc: doc("", "", `{}`)},
		"long key":               {Collection: docs, Doc: doc(long, "", `{}`)},
		"key with NUL":           {Collection: docs, Doc: doc("a\x00b", "", `{}`)},
		"key not UTF-8":          {Collection: docs, Doc: doc("a\xffb", "", `{}`)},
		"long order":             {Collection: docs, Doc: doc("k", long, `{}`)},
		"order with NUL":         {Collection: docs, Doc: doc("k", "a\x00", `{}`)},
		"order not UTF-8":        {Collection: docs, Doc: doc("k", "\xc3", `{}`)},
		"empty collection":       {Collection: "", Doc: doc("k", "", `{}`)},
		"long collection":        {Collection: long, Doc: doc("k", "", `{}`)},
		"collection with dot":    {Collection: "system.users", Doc: doc("k", "", `{}`)},
		"collection with dollar": {Collection: "$cmd", Doc: doc("k", "", `{}`)},
		"collection with quote":  {Collection: `a"b`, Doc: doc("k", "", `{}`)},
		"collection in capitals": {Collection: "Docs", Doc: doc("k", "", `{}`)},
		"empty body":             {Collection: docs, Doc: doc("k", "", ``)},
		"body is null":           {Collection: docs, Doc: doc("k", "", `null`)},
		"body is an array":       {Collection: docs, Doc: doc("k", "", `[{}]`)},
		"body is a number":       {Collection: docs, Doc: doc("k", "", `1`)},
		"body cut off":           {Collection: docs, Doc: doc("k", "", `{"a":1`)},
		"two bodies":             {Collection: docs, Doc: doc("k", "", `{}{}`)},
		"body not UTF-8":         {Collection: docs, Doc: doc("k", "", "{\"a\":\"\xff\"}")},
		"dollar key":             {Collection: docs, Doc: doc("k", "", `{"$where":"1"}`)},
		"dollar key, escaped":    {Collection: docs, Doc: doc("k", "", `{"\u0024where":"1"}`)},
		"dollar key, deep":       {Collection: docs, Doc: doc("k", "", `{"a":[{"at":{"$date":"2024-01-01T00:00:00Z"}}]}`)},
		"dotted key":             {Collection: docs, Doc: doc("k", "", `{"a.b":1}`)},
		"empty name":             {Collection: docs, Doc: doc("k", "", `{"":1}`)},
		"NUL in a name":          {Collection: docs, Doc: doc("k", "", `{"a\u0000":1}`)},
		"same name twice":        {Collection: docs, Doc: doc("k", "", `{"a":1,"\u0061":1}`)},
		"same name in a hundred": {Collection: docs, Doc: doc("k", "", "{"+strings.Join(manyKeys, ",")+"}")},
		"number too large":       {Collection: docs, Doc: doc("k", "", `{"a":[1e999]}`)},
		"too deep":               {Collection: docs, Doc: doc("k", "", deep(store.MaxDepth+1))},
		"too large":              {Collection: docs, Doc: doc("k", "", `{"a":"`+strings.Repeat("x", store.MaxBody)+`"}`)},
		"too many values":        {Collection: docs, Doc: doc("k", "", `{"a":[0`+strings.Repeat(",0", store.MaxValues)+`]}`)},
	} {
		wantErr(t, "insert: "+name, s.Insert(ctx, op.Collection, op.Doc), store.ErrInvalid)
		op.Doc.Version = 1
		wantErr(t, "replace: "+name, s.Replace(ctx, op.Collection, op.Doc), store.ErrInvalid)
		op.Kind = store.OpInsert
		errs, err := s.Batch(ctx, []store.Op{op})
		if err != nil || len(errs) != 1 {
			t.Fatalf("batch: %s: got %v, %v", name, errs, err)
		}
		wantErr(t, "batch: "+name, errs[0], store.ErrInvalid)
	}
	wantErr(t, "replace without a version", s.Replace(ctx, docs, doc("k", "", `{}`)), store.ErrInvalid)
	wantErr(t, "delete with a bad version", s.Delete(ctx, docs, "k", -1), store.ErrInvalid)
	if got := scan(t, s, docs, store.Range{}); len(got) != 0 {
		t.Errorf("%d documents were stored by writes that were refused", len(got))
	}
}

func largest(t *testing.T, s store.Store) {
	key := strings.Repeat("ế", store.MaxKey/3) + "kk"
	order := strings.Repeat("\U0001f642", store.MaxKey/4)
	name := "c" + strings.Repeat("0_", 80) // room for a prefix of the engine
	for i, body := range []string{
		`{"a":"` + strings.Repeat("x", store.MaxBody-8) + `"}`,
		`{"a":[0` + strings.Repeat(",0", store.MaxValues-3) + `]}`,
	} {
		d := doc(fmt.Sprint(i, key)[:store.MaxKey], order, body)
		if err := s.Insert(t.Context(), name, d); err != nil {
			t.Errorf("inserting the largest document %d: %v", i, err)
			continue
		}
		got, err := s.Get(t.Context(), name, d.Key)
		if err != nil || got.Key != d.Key || got.Order != order {
			t.Fatalf("the largest document %d came back with order %q, error %v", i, got.Order, err)
		}
		sameJSON(t, got.Body, d.Body)
	}
}

func cancelled(t *testing.T, s store.Store) {
	mustInsert(t, s, docs, doc("k", "", `{}`), doc("l", "", `{}`))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for name, err := range verbs(ctx, s) {
		wantErr(t, name, err, store.ErrUnavailable)
		wantErr(t, name, err, context.Canceled)
	}
	mustGet(t, s, "k", "", 1)
	if got := scan(t, s, docs, store.Range{}); len(got) != 2 {
		t.Errorf("after cancelled writes there are %d documents, want 2", len(got))
	}

	ctx, cancel = context.WithCancel(t.Context())
	defer cancel()
	var last error
	for _, last = range s.Scan(ctx, docs, store.Range{}) {
		cancel()
	}
	if last != nil { // it may have read both before
		wantErr(t, "a scan cancelled under way", last, store.ErrUnavailable)
	}
}

func closed(t *testing.T, s store.Store) {
	mustInsert(t, s, docs, doc("k", "", `{}`))
	if err := s.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
	for name, err := range verbs(t.Context(), s) {
		wantErr(t, name, err, store.ErrUnavailable)
	}
	if err := s.Close(); err != nil {
		t.Errorf("closing twice: %v", err)
	}
}

// verbs tries every verb and gives the errors. Where they work, they change
// the document k.
func verbs(ctx context.Context, s store.Store) map[string]error {
	next := doc("k", "", `{"next":1}`)
	next.Version = 1
	errs := map[string]error{
		"Insert":  s.Insert(ctx, docs, doc("new", "", `{}`)),
		"Replace": s.Replace(ctx, docs, next),
		"Delete":  s.Delete(ctx, docs, "k", 0),
		"Ping":    s.Ping(ctx),
	}
	_, errs["Get"] = s.Get(ctx, docs, "k")
	_, errs["Collections"] = s.Collections(ctx)
	results, err := s.Batch(ctx, []store.Op{{Collection: docs, Kind: store.OpInsert, Doc: doc("new", "", `{}`)}})
	errs["Batch"] = err
	errs["an op of Batch"] = errors.Join(results...)
	for _, err := range s.Scan(ctx, docs, store.Range{}) {
		errs["Scan"] = err
	}
	return errs
}
