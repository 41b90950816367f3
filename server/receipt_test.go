package server_test

import (
	"errors"
	"strings"
	"testing"

	"hailong/server"
)

// Whoever holds a receipt learns that the answer is there, where it stands in
// the ledger and what became of it, and nothing of what was answered.
func TestReceiptStatus(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx := t.Context()
	sub := given("1")
	sub.Comment = "chờ quá lâu"
	slip := h.one(t)
	r, err := h.AcceptSlip(ctx, slip.Code, sub)
	if err != nil {
		t.Fatal(err)
	}
	st, err := h.ReceiptStatus(ctx, " "+strings.ToLower(strings.Replace(r.Code, "-", "", 1)))
	if err != nil || st.Receipt != r.Code || st.Day != "2024-01-15" || st.Line != 0 || st.Case == nil || st.Case.State != server.CaseNew {
		t.Fatalf("%+v, %v", st, err)
	}
	walk, err := h.AcceptWalkUp(ctx, "b3b2a7f4-0d3c-4a57-9b7e-0f4d7a2f9c11", given("5"))
	if err != nil {
		t.Fatal(err)
	}
	h.set("2024-01-19 09:00:00")
	h.sequence(t)
	lines := map[int64]bool{}
	for _, code := range []string{r.Code, walk.Code} {
		st, err := h.ReceiptStatus(ctx, code)
		if err != nil || lines[st.Line] || st.Line < 1 || st.Line > 2 || (st.Case == nil) != (code == walk.Code) {
			t.Errorf("%+v, %v", st, err)
		}
		lines[st.Line] = true
	}
	for text, want := range map[string]error{"ABCDE-12345": server.ErrNotFound, "": server.ErrInvalid, "ABCDE-1234": server.ErrInvalid, "ABCDE-1234U": server.ErrInvalid, strings.Repeat("A", 1000): server.ErrInvalid} {
		if st, err := h.ReceiptStatus(ctx, text); !errors.Is(err, want) {
			t.Errorf("%.20q: %+v, %v", text, st, err)
		}
	}
	if err := h.Erase(ctx, slip.Code, "test"); err != nil {
		t.Fatal(err)
	}
	if st, err := h.ReceiptStatus(ctx, r.Code); !errors.Is(err, server.ErrNotFound) {
		t.Errorf("erased: %+v, %v", st, err)
	}
	if n := len(dump(t, h.memory)["receipts"]); n != 1 {
		t.Errorf("%d receipts lead somewhere", n)
	}
}

// An answer that is older than the way from its receipt gets one from whoever
// knows the slip; one that opened a case is found through that.
func TestOldReceipts(t *testing.T) {
	t.Parallel()
	for _, again := range []string{"thanks", "sent again", "case"} {
		h := newHouse(t)
		ctx := t.Context()
		slip := h.one(t)
		sub := given("1")
		if again == "case" {
			sub.Comment = "chờ quá lâu"
		}
		r, err := h.AcceptSlip(ctx, slip.Code, sub)
		if err != nil {
			t.Fatal(err)
		}
		for key := range dump(t, h.memory)["receipts"] {
			if err := h.memory.Delete(ctx, "receipts", key, 0); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := h.ReceiptStatus(ctx, r.Code); (again == "case") != (err == nil) {
			t.Fatalf("%s: before: %v", again, err)
		}
		switch again {
		case "thanks":
			_, err = h.ReceiptOf(ctx, slip.Code)
		case "sent again":
			_, err = h.AcceptSlip(ctx, slip.Code, sub)
		}
		if err != nil {
			t.Fatal(err)
		}
		if st, err := h.ReceiptStatus(ctx, r.Code); err != nil || st.Day != "2024-01-15" {
			t.Errorf("%s: %+v, %v", again, st, err)
		}
	}
}

// Wherever the store goes away while an answer comes in, the same answer sent
// again ends with a receipt that leads to it.
func TestReceiptAfterTrouble(t *testing.T) {
	t.Parallel()
	for calls := 0; ; calls++ {
		h := newHouse(t)
		slip := h.one(t)
		f := &flaky{Store: h.memory, left: calls}
		h.Store = f
		_, err := h.AcceptSlip(t.Context(), slip.Code, given("2"))
		h.Store = h.memory
		r, again := h.AcceptSlip(t.Context(), slip.Code, given("2"))
		if again != nil {
			t.Fatal(again)
		}
		if st, err := h.ReceiptStatus(t.Context(), r.Code); err != nil || st.Day != "2024-01-15" {
			t.Errorf("after %d calls: %+v, %v", calls, st, err)
		}
		if !f.broke {
			if err != nil {
				t.Fatal(err)
			}
			return
		}
	}
}
