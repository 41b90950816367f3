package server_test

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"hailong/server"
	"hailong/server/store"
	"hailong/server/store/memory"
	"hailong/server/store/storetest"
)

// A house is a service on a store that forgets, with a clock to turn.
type house struct {
	*server.Service
	memory *memory.Store
	mu     sync.Mutex
	now    time.Time
}

// newHouse opens at 9 o'clock on 15 January 2024.
func newHouse(t testing.TB) *house {
	t.Helper()
	st := memory.New()
	svc, err := server.New(t.Context(), st, bytes.Repeat([]byte{7}, server.SecretSize), server.Config{})
	if err != nil {
		t.Fatal(err)
	}
	h := &house{Service: svc, memory: st, now: at("2024-01-15 09:00:00")}
	svc.Now = func() time.Time {
		h.mu.Lock()
		defer h.mu.Unlock()
		return h.now
	}
	return h
}

// set turns the clock, to a local time.
func (h *house) set(local string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = at(local)
}

func at(local string) time.Time {
	t, err := time.ParseInLocation(time.DateTime, local, server.Zone)
	if err != nil {
		panic(err)
	}
	return t
}

// returned is a dossier that came in and was returned on the days given.
func returned(n int, received, back string) server.Dossier {
	return server.Dossier{
		Code: server.DossierCode(fmt.Sprintf("000.21.35.H24-240110-%04d", n)), Procedure: "1.004873", ProcedureName: "Đăng ký khai sinh",
		Field: "Hộ tịch", Status: server.StatusReturned, Channel: server.ChannelCounter, Officer: "CC07", Counter: "Quầy 3",
		Received: at(received + " 08:00:00"), Due: at(back + " 17:00:00"), Finished: at(back + " 10:00:00"), Returned: at(back + " 10:30:00"),
	}
}

func (h *house) put(t testing.TB, ds ...server.Dossier) {
	t.Helper()
	if _, err := h.PutDossiers(t.Context(), ds); err != nil {
		t.Fatal(err)
	}
}

// one puts a returned dossier and issues its slip.
func (h *house) one(t testing.TB) server.Slip {
	t.Helper()
	d := returned(1, "2024-01-10", "2024-01-12")
	h.put(t, d)
	slip, err := h.Issue(t.Context(), d.Code, server.IssueOnce)
	if err != nil {
		t.Fatal(err)
	}
	return slip
}

// dump reads every document of the store: collection, key, body.
func dump(t testing.TB, st store.Store) map[string]map[string]string {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	names, err := st.Collections(ctx)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]map[string]string{}
	for _, name := range names {
		out[name] = map[string]string{}
		for d, err := range st.Scan(ctx, name, store.Range{}) {
			if err != nil {
				t.Fatal(err)
			}
			out[name][d.Key] = d.Order + "\n" + string(d.Body)
		}
	}
	return out
}

func keysOf[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// given answers the overall question only.
func given(overall string) server.Submission {
	return server.Submission{Given: map[string]string{"overall": overall}}
}

// A flaky store goes away after so many calls.
type flaky struct {
	store.Store
	left  int
	broke bool
}

func (f *flaky) step() error {
	if f.left == 0 {
		f.broke = true
		return fmt.Errorf("flaky: %w", store.ErrUnavailable)
	}
	f.left--
	return nil
}

func (f *flaky) Insert(ctx context.Context, collection string, d store.Doc) error {
	if err := f.step(); err != nil {
		return err
	}
	return f.Store.Insert(ctx, collection, d)
}

func (f *flaky) Delete(ctx context.Context, collection, key string, version int64) error {
	if err := f.step(); err != nil {
		return err
	}
	return f.Store.Delete(ctx, collection, key, version)
}

func (f *flaky) Batch(ctx context.Context, ops []store.Op) ([]error, error) {
	return storetest.OneByOne(ctx, f, ops)
}

func (f *flaky) Get(ctx context.Context, collection, key string) (store.Doc, error) {
	if err := f.step(); err != nil {
		return store.Doc{}, err
	}
	return f.Store.Get(ctx, collection, key)
}

func (f *flaky) Replace(ctx context.Context, collection string, d store.Doc) error {
	if err := f.step(); err != nil {
		return err
	}
	return f.Store.Replace(ctx, collection, d)
}
