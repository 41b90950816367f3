package server_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"hailong/server"
	"hailong/server/store"
	"hailong/server/store/memory"
)

// Writers of one month on two servers share marks, and each sees at once what it
// wrote, from either server. In the end nobody is marked as writing.
func TestCrowdInAMonth(t *testing.T) {
	t.Parallel()
	st := memory.New()
	servers := []*server.Service{sealedHouse(t, st, "2024-01-20"), sealedHouse(t, st, "2024-01-20")}
	received := func(s *server.Service) int64 {
		cube, err := s.CubeOf(t.Context(), s.Survey(), "2024-01-01", "2024-01-31", server.GrainPeriod)
		if err != nil {
			t.Error(err)
			return 0
		}
		return cube.Total(server.Filter{}).Dossiers.Received
	}
	const writers, each = 16, 12
	var done atomic.Int64
	var wg sync.WaitGroup
	for k := range writers {
		wg.Go(func() {
			svc := servers[k%2]
			for i := range each {
				if _, err := svc.PutDossiers(t.Context(), []server.Dossier{returned(k*each+i, "2024-01-10", "2024-01-12")}); err != nil {
					t.Error(err)
					return
				}
				least := done.Add(1)
				for _, s := range servers {
					if n := received(s); n < least {
						t.Errorf("%d dossiers of at least %d", n, least)
					}
				}
			}
		})
	}
	wg.Wait()
	for _, s := range servers {
		if n := received(s); n != writers*each {
			t.Errorf("%d dossiers in the end", n)
		}
	}
	for key, mark := range dump(t, st)["dossier_marks"] {
		if !strings.Contains(mark, `"writers":0`) {
			t.Errorf("%s is left as %s", key, mark)
		}
	}
}

// unmarkable is a store that keeps no marks while it is broken.
type unmarkable struct {
	store.Store
	broken atomic.Bool
}

func (u *unmarkable) Insert(ctx context.Context, coll string, d store.Doc) error {
	if coll == "dossier_marks" && u.broken.Load() {
		return store.ErrUnavailable
	}
	return u.Store.Insert(ctx, coll, d)
}

// Without its mark nothing is written, and the next one tries again.
func TestNothingIsWrittenUnmarked(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	st := &unmarkable{Store: h.memory}
	h.Store = st
	st.broken.Store(true)
	d := returned(1, "2024-01-10", "2024-01-12")
	if _, err := h.PutDossiers(t.Context(), []server.Dossier{d}); !errors.Is(err, store.ErrUnavailable) {
		t.Fatalf("without a mark: %v", err)
	}
	if _, err := h.Dossier(t.Context(), d.Code); !errors.Is(err, server.ErrNotFound) {
		t.Fatalf("it was written: %v", err)
	}
	st.broken.Store(false)
	h.put(t, d)
	if mark := dump(t, h.memory)["dossier_marks"]; len(mark) != 1 {
		t.Errorf("%v", mark)
	}
}
