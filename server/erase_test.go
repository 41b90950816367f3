package server_test

import (
	"errors"
	"strings"
	"testing"

	"hailong/server"
)

// An answer that is erased is gone from the store and from the figures, its slip
// is closed, and the ledger says so; wherever it breaks off, doing it again
// finishes it.
func TestErase(t *testing.T) {
	t.Parallel()
	for calls := 0; ; calls++ {
		h := newHouse(t)
		slip := h.one(t)
		if err := h.Erase(t.Context(), slip.Code, "test"); !errors.Is(err, server.ErrNotFound) {
			t.Fatalf("nothing to erase: %v", err)
		}
		sub := given("1")
		sub.Comment = "xin xóa ý kiến này"
		if _, err := h.AcceptSlip(t.Context(), slip.Code, sub); err != nil {
			t.Fatal(err)
		}
		h.set("2024-02-15 09:00:00")
		h.sequence(t)
		if _, err := h.SealDays(t.Context()); err != nil {
			t.Fatal(err)
		}
		f := &flaky{Store: h.memory, left: calls}
		h.Store = f
		err := h.Erase(t.Context(), slip.Code, "test")
		if f.broke != (err != nil) {
			t.Fatalf("after %d calls: %v", calls, err)
		}
		h.Store = h.memory
		if again := h.Erase(t.Context(), slip.Code, "test"); again != nil && !errors.Is(again, server.ErrNotFound) {
			t.Fatalf("after %d calls, again: %v", calls, again)
		}
		if rep := h.recount(t); !rep.Sound() || rep.Erased != 1 || rep.Entered != 0 {
			t.Fatalf("after %d calls: %+v", calls, rep)
		}
		doc, e := h.Index(t.Context(), server.IndexQuery{From: "2024-01-01", To: "2024-03-31"})
		if e != nil || doc.Answers != 0 {
			t.Fatalf("after %d calls: %v answers, %v", calls, doc.Answers, e)
		}
		for coll, docs := range dump(t, h.memory) {
			for _, body := range docs {
				if strings.Contains(body, "xin xóa") {
					t.Errorf("%s still holds the comment", coll)
				}
			}
		}
		if _, e := h.AcceptSlip(t.Context(), slip.Code, sub); !errors.Is(e, server.ErrGone) {
			t.Errorf("the slip answers again: %v", e)
		}
		if err == nil {
			return
		}
	}
}

// An answer of today, which waits for its line, gets both lines at once.
func TestEraseToday(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	slip := h.one(t)
	if _, err := h.AcceptSlip(t.Context(), slip.Code, given("5")); err != nil {
		t.Fatal(err)
	}
	if err := h.Erase(t.Context(), slip.Code, "test"); err != nil {
		t.Fatal(err)
	}
	h.set("2024-03-01 09:00:00")
	if n := h.sequence(t); n != 0 {
		t.Errorf("%d entered", n)
	}
	if rep := h.recount(t); !rep.Sound() || rep.Lines != 2 || rep.Erased != 1 {
		t.Errorf("%+v", rep)
	}
}
