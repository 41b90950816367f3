package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"hailong/server"
	"hailong/server/ledger"
	"hailong/server/store"
)

// lines counts the ledger's lines by kind.
func (h *house) lines(t testing.TB) map[ledger.Kind]int {
	t.Helper()
	book, _, err := h.Ledger(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	out := map[ledger.Kind]int{}
	for _, r := range book.Records() {
		out[r.Kind]++
	}
	return out
}

// Every close, amendment and reopening has its line, once.
func TestHistoryOfAPeriodIsInTheLedger(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.period(t, "2024-Q1")
	h.answered(t, "2024-02-05", "a", 40, 42)
	h.set("2024-04-02 10:00:00")
	if _, err := h.AmendPeriod(t.Context(), p, "Hạnh"); !errors.Is(err, server.ErrClosed) {
		t.Errorf("amending an open period: %v", err)
	}
	c, err := h.ClosePeriod(t.Context(), p, "", "Hạnh")
	if err != nil {
		t.Fatal(err)
	}
	line, err := c.Line()
	if err != nil {
		t.Fatal(err)
	}
	book, _, err := h.Ledger(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := book.Find(line); !ok || line.Kind != ledger.Close || line.Subject != "2024-Q1" {
		t.Errorf("the close has no line %s", line)
	}
	if _, err := h.AmendPeriod(t.Context(), p, "Hạnh"); !errors.Is(err, server.ErrInvalid) {
		t.Errorf("amending what has not changed: %v", err)
	}
	h.answered(t, "2024-03-30", "b", 1, 12)
	h.set("2024-04-10 10:00:00")
	if _, err := h.AmendPeriod(t.Context(), p, "Hạnh"); err != nil {
		t.Fatal(err)
	}
	r := h.report(t, p)
	if len(r.Amendments) != 1 || r.Amendment != nil || r.Closed == nil {
		t.Fatalf("after the amendment: %+v, %+v, %+v", r.Amendments, r.Amendment, len(r.History))
	}
	if a := r.Amendments[0]; a.AsOf != "2024-04-10" || a.By != "Hạnh" || a.Hidden || a.Now.X != 41 || a.Now.N != 54 || a.Frozen.N != 42 {
		t.Errorf("the amendment: %+v", a)
	}
	// Two more answers would say, next to the amendment, what two people said.
	h.answered(t, "2024-03-29", "c", 2, 2)
	if r := h.report(t, p); r.Amendment == nil || !r.Amendment.Hidden || r.Amendment.Now.N != 0 {
		t.Errorf("two answers after the amendment: %+v", r.Amendment)
	}
	if _, err := h.ClosePeriod(t.Context(), p, "", "ai đó"); !errors.Is(err, server.ErrClosed) {
		t.Errorf("an amended period is closed still: %v", err)
	}
	if _, err := h.ReopenPeriod(t.Context(), p, "Hạnh", "Nhập thiếu"); err != nil {
		t.Fatal(err)
	}
	if r := h.report(t, p); r.Closed != nil || len(r.Amendments) != 0 {
		t.Errorf("after reopening: %+v", r)
	}
	if got := h.lines(t); got[ledger.Close] != 1 || got[ledger.Amendment] != 1 || got[ledger.Reopen] != 1 {
		t.Errorf("lines: %v", got)
	}
	if rep := h.recount(t); !rep.Sound() || rep.Closings != 3 || rep.ClosingsWaiting != 0 {
		t.Errorf("recount: %+v", rep)
	}
}

// deafStore refuses to write into the ledger, as where the service is killed
// between storing a close and entering it.
type deafStore struct {
	store.Store
	deaf bool
}

func (d *deafStore) Insert(ctx context.Context, coll string, doc store.Doc) error {
	if d.deaf && coll == "ledger" {
		return context.Canceled
	}
	return d.Store.Insert(ctx, coll, doc)
}

func TestCloseThatWasBrokenOffIsEntered(t *testing.T) {
	t.Parallel()
	for name, again := range map[string]func(*house, server.Period) error{
		"by the next sequence": func(h *house, _ server.Period) error { _, err := h.Sequence(context.Background()); return err },
		"by closing again": func(h *house, p server.Period) error {
			if _, err := h.ClosePeriod(context.Background(), p, "", "Hạnh"); !errors.Is(err, server.ErrClosed) {
				return errors.Join(errors.New("closed again"), err)
			}
			return nil
		},
	} {
		h := newHouse(t)
		st := &deafStore{h.memory, true}
		h.Store = st
		p := h.period(t, "2024-Q1")
		h.set("2024-04-02 10:00:00")
		if _, err := h.ClosePeriod(t.Context(), p, "", "Hạnh"); err == nil {
			t.Fatalf("%s: a close that is in no ledger is acknowledged", name)
		}
		if r := h.report(t, p); r.Closed == nil {
			t.Fatalf("%s: the close is lost", name)
		}
		if rep := h.recount(t); rep.ClosingsWaiting != 1 || !rep.Sound() {
			t.Errorf("%s: %+v", name, rep)
		}
		st.deaf = false
		if err := again(h, p); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got := h.lines(t); got[ledger.Close] != 1 {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// A close that is changed in the store is missed in the ledger, and one that is
// deleted too.
func TestChangedCloseIsFound(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*server.Closing){
		"by":      func(c *server.Closing) { c.By = "người khác" },
		"number":  func(c *server.Closing) { c.Number = 2 },
		"day":     func(c *server.Closing) { c.To = "2024-03-30" },
		"sum":     func(c *server.Closing) { c.SHA256 = strings.Repeat("0", 64) },
		"figures": func(c *server.Closing) { c.Figures = bytes.Replace(c.Figures, []byte(`"n":42`), []byte(`"n":43`), 1) },
		"deleted": nil,
	} {
		h := newHouse(t)
		h.answered(t, "2024-02-05", "a", 40, 42)
		h.set("2024-04-02 10:00:00")
		if _, err := h.ClosePeriod(t.Context(), h.period(t, "2024-Q1"), "", "Hạnh"); err != nil {
			t.Fatal(err)
		}
		key := "phu-lien-2024/2024-Q1/000001"
		doc, err := h.Store.Get(t.Context(), "closings", key)
		if err != nil {
			t.Fatal(err)
		}
		if change == nil {
			_, err = h.Store.Batch(t.Context(), []store.Op{{Collection: "closings", Kind: store.OpDelete, Doc: doc}})
		} else {
			var c server.Closing
			if err := json.Unmarshal(doc.Body, &c); err != nil {
				t.Fatal(err)
			}
			change(&c)
			if doc.Body, err = json.Marshal(c); err != nil {
				t.Fatal(err)
			}
			err = h.Store.Replace(t.Context(), "closings", doc)
		}
		if err != nil {
			t.Fatal(err)
		}
		if name == "figures" { // and the answers that they follow from
			for key := range dump(t, h.memory)["reviews"] {
				doc, err := h.Store.Get(t.Context(), "reviews", key)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := h.Store.Batch(t.Context(), []store.Op{{Collection: "reviews", Kind: store.OpDelete, Doc: doc}}); err != nil {
					t.Fatal(err)
				}
			}
			if rep := h.recount(t); len(rep.Missing) != 2 {
				t.Errorf("without its answers: %q", rep.Missing)
			}
		}
		rep := h.recount(t)
		if rep.Sound() || !slices.ContainsFunc(rep.Missing, func(s string) bool { return strings.HasPrefix(s, "2024-Q1 ") }) {
			t.Errorf("%s: %+v", name, rep)
		}
	}
}
