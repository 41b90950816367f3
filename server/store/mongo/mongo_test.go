package mongo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"hailong/migrations"
	"hailong/server/store"
	"hailong/server/store/storetest"
)

// TestExamFerretDB sits the exam over the wire.
func TestExamFerretDB(t *testing.T) {
	t.Parallel()
	server := newServer(t)
	storetest.Run(t, func(t *testing.T) store.Store { return open(t, server.uri(newDatabase())) },
		storetest.WithoutNestedArrays) // which FerretDB refuses; MongoDB does not
}

// TestExamMongoDB sits the exam on a real server, in databases of its own that
// are dropped afterwards.
func TestExamMongoDB(t *testing.T) {
	t.Parallel()
	address := os.Getenv("HAILONG_TEST_MONGODB")
	if address == "" {
		t.Skip("set HAILONG_TEST_MONGODB to the address of a MongoDB server, such as mongodb://localhost:27017/?replicaSet=rs0, to examine the engine on it")
	}
	storetest.Run(t, func(t *testing.T) store.Store {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal("HAILONG_TEST_MONGODB is not an address")
		}
		u.Path = "/" + newDatabase()
		s := open(t, u.String())
		cleaner := open(t, u.String())
		t.Cleanup(func() {
			if err := cleaner.db.Drop(context.Background()); err != nil {
				t.Error(err)
			}
		})
		return s
	})
}

// TestGoneAndBack kills the server and starts it again on the same directory
// and port.
func TestGoneAndBack(t *testing.T) {
	t.Parallel()
	server := newServer(t)
	s := open(t, server.uri(newDatabase())+"&serverSelectionTimeoutMS=300&timeoutMS=1000")
	d := store.Doc{Key: "k", Body: []byte(`{"a":1}`)}
	if err := s.Insert(t.Context(), "docs", d); err != nil {
		t.Fatal(err)
	}
	server.kill(t)
	within(t, 10*time.Second, func() {
		next := d
		next.Version = 1
		_, getErr := s.Get(t.Context(), "docs", "k")
		errs, batchErr := s.Batch(t.Context(), []store.Op{{Collection: "docs", Kind: store.OpInsert, Doc: d}})
		_, listErr := s.Collections(t.Context())
		var scanErr error
		for _, scanErr = range s.Scan(t.Context(), "docs", store.Range{}) {
		}
		for name, err := range map[string]error{
			"Insert":                 s.Insert(t.Context(), "docs", store.Doc{Key: "l", Body: d.Body}),
			"Insert, new collection": s.Insert(t.Context(), "more", d),
			"Replace":                s.Replace(t.Context(), "docs", next),
			"Delete":                 s.Delete(t.Context(), "docs", "k", 0),
			"Ping":                   s.Ping(t.Context()),
			"Get":                    getErr,
			"Batch":                  batchErr,
			"op of Batch":            errs[0],
			"Collections":            listErr,
			"Scan":                   scanErr,
		} {
			if !errors.Is(err, store.ErrUnavailable) {
				t.Errorf("%s of a dead server gave %v, want ErrUnavailable", name, err)
			}
		}
	})
	if _, err := Open(t.Context(), server.uri("x")+"&serverSelectionTimeoutMS=300"); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("Open of a dead server gave %v, want ErrUnavailable", err)
	}

	server.start(t, server.address)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for err := s.Ping(ctx); err != nil; err = s.Ping(ctx) {
		if ctx.Err() != nil {
			t.Fatalf("the server is back, but: %v", err)
		}
	}
	if got, err := s.Get(ctx, "docs", "k"); err != nil || string(got.Body) != `{"a":1}` {
		t.Errorf("after the server came back: %s, %v", got.Body, err)
	}
	if err := s.Insert(ctx, "more", d); err != nil {
		t.Errorf("after the server came back: %v", err)
	}
	if err := s.Insert(ctx, "docs", d); !errors.Is(err, store.ErrExists) {
		t.Errorf("after the server came back: got error %v, want ErrExists", err)
	}
}

// TestTwoProcesses gives each key of two clients with many connections to one
// of them.
func TestTwoProcesses(t *testing.T) {
	t.Parallel()
	server := newServer(t)
	database := newDatabase()
	uri := strings.TrimSuffix(server.uri(database), "?maxPoolSize=1")
	won := make(chan int, 400)
	done := make(chan struct{})
	for range 2 {
		s := open(t, uri)
		for w := range 4 {
			go func() {
				defer func() { done <- struct{}{} }()
				for i := w; i < 100; i += 4 {
					err := s.Insert(t.Context(), "docs", store.Doc{Key: fmt.Sprint(i), Body: []byte(`{}`)})
					if err == nil {
						won <- i
					} else if !errors.Is(err, store.ErrExists) {
						t.Error(err)
					}
				}
			}()
		}
	}
	for range 8 {
		<-done
	}
	close(won)
	winners := make(map[int]int)
	for i := range won {
		winners[i]++
	}
	for i := range 100 {
		if winners[i] != 1 {
			t.Errorf("key %d was won %d times, want once", i, winners[i])
		}
	}
}

// TestMigrateAtOnce migrates one database from several clients at once.
func TestMigrateAtOnce(t *testing.T) {
	t.Parallel()
	server := newServer(t)
	uri := server.uri(newDatabase())
	errs := make(chan error)
	for range 4 {
		s := open(t, uri)
		go func() { errs <- migrations.Up(t.Context(), s) }()
	}
	for range 4 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	s := open(t, uri)
	states, err := migrations.Status(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	marks := 0
	for _, err := range s.Scan(t.Context(), "meta", store.Prefix("migration-")) {
		if err != nil {
			t.Fatal(err)
		}
		marks++
	}
	for _, state := range states {
		if !state.Applied || marks != len(states) {
			t.Errorf("migration %d: %+v, with %d marks", state.Number, state, marks)
		}
	}
}

func TestAddress(t *testing.T) {
	t.Parallel()
	for uri, want := range map[string]string{
		"mongodb://user:bimat@localhost:1":                        "thiếu tên",
		"mongodb://user:bimat@localhost:x/db":                     "không hợp lệ",
		"mongodb://user:bi@mat@localhost/db":                      "không hợp lệ",
		"http://user:bimat@localhost/db":                          "không hợp lệ",
		"mongodb://user:bimat@localhost:1/db?authSource=x&w=nope": "kết nối",
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		_, err := Open(ctx, uri)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s gave %v, want %q", uri, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "mat") {
			t.Errorf("the error %q holds the password", err)
		}
	}
}

// FuzzBody checks that a body which passes the check comes back from BSON as
// the same JSON value.
func FuzzBody(f *testing.F) {
	for _, seed := range []string{
		`{"a":[1,-0,-0.0,1e21,0.1,9223372036854775807,18446744073709551615,null,true]}`,
		`{"a":{"date":"x"},"b":"\u0000\ud800<&>","ế":"\u2028"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		op := store.Op{Collection: "c", Kind: store.OpInsert, Doc: store.Doc{Key: "k", Order: "o", Body: body}}
		if op.Check() != nil {
			return
		}
		op.Doc.Version = 1
		d, err := document(op.Doc)
		if err != nil {
			t.Fatalf("%q passes the check, but: %v", body, err)
		}
		raw, err := bson.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		var found stored
		if err := bson.Unmarshal(raw, &found); err != nil {
			t.Fatal(err)
		}
		got, err := found.doc()
		if err != nil {
			t.Fatal(err)
		}
		if got.Key != "k" || got.Order != "o" || got.Version != 1 {
			t.Errorf("came back as %+v", got)
		}
		if want := normal(t, body); normal(t, got.Body) != want {
			t.Errorf("%s came back as %s", want, got.Body)
		}
	})
}

// normal writes JSON in one form: integers with all their digits, other
// numbers by their bits, keys in order.
func normal(t *testing.T, body []byte) string {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(normalValue(v))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func normalValue(v any) any {
	switch v := v.(type) {
	case json.Number:
		if i, err := v.Int64(); err == nil {
			return fmt.Sprint("number ", i)
		}
		f, err := v.Float64()
		if err != nil {
			return err
		}
		if math.Abs(f) < 1<<53 && f == math.Trunc(f) {
			return fmt.Sprint("number ", int64(f))
		}
		return fmt.Sprint("bits ", math.Float64bits(f))
	case []any:
		for i := range v {
			v[i] = normalValue(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = normalValue(v[k])
		}
	}
	return v
}
