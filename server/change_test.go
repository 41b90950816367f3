package server_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"hailong/server"
	"hailong/server/store"
)

// said is an answer with words that can be looked for.
func said(overall, words string) server.Submission {
	sub := given(overall)
	sub.Comment = words
	return sub
}

// holds reports which collections hold a text.
func (h *house) holds(t testing.TB, text string) (colls []string) {
	t.Helper()
	for coll, docs := range dump(t, h.memory) {
		for _, body := range docs {
			if strings.Contains(body, text) {
				colls = append(colls, coll)
			}
		}
	}
	return colls
}

// An answer is changed with its slip while that is allowed: the new one counts
// on the old one's day, the old one is gone, and the ledger says so.
func TestChangeAnswer(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx := t.Context()
	slip := h.one(t)
	if _, err := h.ChangeAnswer(ctx, slip.Code, given("5")); !errors.Is(err, server.ErrNotFound) {
		t.Fatalf("nothing to change: %v", err)
	}
	first, err := h.AcceptSlip(ctx, slip.Code, said("1", "lần đầu bị đòi bồi dưỡng"))
	if err != nil {
		t.Fatal(err)
	}
	h.set("2024-01-18 09:00:00")
	h.sequence(t)
	if until, err := h.ChangeableUntil(ctx, slip.Code); until != "2024-01-22" || err != nil {
		t.Errorf("until %s, %v", until, err)
	}
	sub := said("2", "chờ lâu, gọi 0912345678")
	sub.Given["c14"] = "2"
	for i := range 2 {
		r, err := h.ChangeAnswer(ctx, slip.Code, sub)
		if err != nil || r.Code != first.Code || r.Already != (i == 1) {
			t.Fatalf("change %d: %+v, %v", i, r, err)
		}
	}
	if _, err := h.AcceptSlip(ctx, slip.Code, sub); err != nil {
		t.Errorf("the new answer sent as usual: %v", err)
	}
	if _, err := h.AcceptSlip(ctx, slip.Code, given("1")); !errors.Is(err, server.ErrAnswered) {
		t.Errorf("another answer without saying that it is a change: %v", err)
	}
	if where := h.holds(t, "bồi dưỡng"); where != nil {
		t.Errorf("the old words are still in %v", where)
	}
	as := h.answers(t)
	if len(as) != 1 || as[0].Marks["overall"] != "2" || as[0].Detail["c14"] != "2" || as[0].Day != "2024-01-15" || as[0].Comment != "chờ lâu, gọi [số điện thoại]" {
		t.Fatalf("%+v", as)
	}
	leader := server.User{Name: "lan", Role: server.RoleLeader}
	cases, err := h.Cases(ctx, leader, true)
	if err != nil || len(cases) != 1 || cases[0].Text != "chờ lâu, gọi [số điện thoại]" || cases[0].Alleges || cases[0].Overall != "2" {
		t.Fatalf("%+v, %v", cases, err)
	}
	if text, err := h.OriginalComment(ctx, leader, cases[0].ID, "cần gọi lại cho người dân"); err != nil || text != "chờ lâu, gọi 0912345678" {
		t.Errorf("original: %q, %v", text, err)
	}
	h.sequence(t)
	if rep := h.recount(t); !rep.Sound() || rep.Entered != 1 || rep.Changed != 1 || rep.Lines != 3 {
		t.Errorf("%+v", rep)
	}
	if st, err := h.ReceiptStatus(ctx, first.Code); err != nil || st.Line != 2 {
		t.Errorf("%+v, %v", st, err)
	}
	h.set("2024-01-22 23:59:59")
	if r, err := h.ChangeAnswer(ctx, slip.Code, sub); err != nil || !r.Already {
		t.Errorf("in the last second: %+v, %v", r, err)
	}
	h.set("2024-01-23 00:00:00")
	if _, err := h.ChangeAnswer(ctx, slip.Code, given("5")); !errors.Is(err, server.ErrAnswered) {
		t.Errorf("too late: %v", err)
	}
	if err := h.WithdrawAnswer(ctx, slip.Code); !errors.Is(err, server.ErrAnswered) {
		t.Errorf("too late: %v", err)
	}
	if until, err := h.ChangeableUntil(ctx, slip.Code); until != "" || err != nil {
		t.Errorf("until %s, %v", until, err)
	}
}

// What is withdrawn counts nowhere and leaves no word behind; its slip stays
// used, and even then it can be erased.
func TestWithdrawAnswer(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx := t.Context()
	slip := h.one(t)
	r, err := h.AcceptSlip(ctx, slip.Code, said("1", "thái độ hách sách, gọi 0912345678"))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := h.WithdrawAnswer(ctx, slip.Code); err != nil {
			t.Fatal(err)
		}
	}
	if where := h.holds(t, "hách sách"); where != nil {
		t.Errorf("the words are still in %v", where)
	}
	for coll, want := range map[string]int{"answers": 1, "sealed_comments": 0, "receipts": 0, "case_receipts": 0} {
		if n := len(dump(t, h.memory)[coll]); n != want {
			t.Errorf("%d documents in %s, not %d", n, coll, want)
		}
	}
	for _, err := range []error{
		func() error { _, err := h.AcceptSlip(ctx, slip.Code, given("5")); return err }(),
		func() error { _, err := h.ChangeAnswer(ctx, slip.Code, given("5")); return err }(),
		func() error { _, err := h.ReceiptOf(ctx, slip.Code); return err }(),
		func() error { _, err := h.InclusionOf(ctx, slip.Code); return err }(),
	} {
		if !errors.Is(err, server.ErrWithdrawn) || !errors.Is(err, server.ErrGone) {
			t.Errorf("withdrawn: %v", err)
		}
	}
	if st, err := h.ReceiptStatus(ctx, r.Code); !errors.Is(err, server.ErrNotFound) {
		t.Errorf("receipt: %+v, %v", st, err)
	}
	if cases, err := h.Cases(ctx, server.User{Role: server.RoleLeader}, true); err != nil || len(cases) != 0 {
		t.Errorf("cases that wait: %+v, %v", cases, err)
	}
	h.set("2024-01-19 09:00:00")
	h.sequence(t)
	if rep := h.recount(t); !rep.Sound() || rep.Withdrawn != 1 || rep.Entered+rep.Waiting != 0 || rep.Lines != 2 {
		t.Errorf("%+v", rep)
	}
	if doc, err := h.Index(ctx, server.IndexQuery{From: "2024-01-01", To: "2024-01-31"}); err != nil || doc.Answers != 0 || len(doc.Others) > 0 {
		t.Errorf("%d answers, %v", doc.Answers, err)
	}
	if err := h.Erase(ctx, slip.Code, "test"); err != nil {
		t.Fatal(err)
	}
	if rep := h.recount(t); !rep.Sound() || rep.Withdrawn != 1 || rep.Lines != 2 {
		t.Errorf("erased: %+v", rep)
	}
}

// Wherever a change or a withdrawal breaks off, the ledger and the figures agree
// with the answers, before it is done again and after.
func TestChangeBreaksOff(t *testing.T) {
	t.Parallel()
	for _, withdraw := range []bool{false, true} {
		for _, day := range []string{"2024-01-15", "2024-01-17"} { // before and after it was entered and sealed
			for calls := 0; ; calls++ {
				name := fmt.Sprintf("withdraw %v on %s after %d calls", withdraw, day, calls)
				h := newHouse(t)
				ctx := t.Context()
				slip := h.one(t)
				if _, err := h.AcceptSlip(ctx, slip.Code, said("1", "lời cũ, gọi 0912345678")); err != nil {
					t.Fatal(err)
				}
				h.set(day + " 10:00:00")
				settle := func() *server.LedgerReport {
					t.Helper()
					h.sequence(t)
					if _, err := h.SealDays(ctx); err != nil {
						t.Fatal(err)
					}
					rep, err := h.Recount(ctx, "", "", server.RepairNothing)
					if err != nil || !rep.Ledger.Sound() || len(rep.Differing) > 0 {
						t.Fatalf("%s: %+v, %+v, %v", name, rep, rep.Ledger, err)
					}
					return rep.Ledger
				}
				settle()
				do := func() error {
					if withdraw {
						return h.WithdrawAnswer(ctx, slip.Code)
					}
					_, err := h.ChangeAnswer(ctx, slip.Code, said("4", "lời mới, gọi 0987654321"))
					return err
				}
				f := &flaky{Store: h.memory, left: calls}
				h.Store = f
				if err := do(); err != nil && !errors.Is(err, store.ErrUnavailable) {
					t.Fatalf("%s: %v", name, err)
				}
				h.Store = h.memory
				settle()
				h.set("2024-01-19 10:00:00")
				settle()
				if err := do(); err != nil {
					t.Fatalf("%s: again: %v", name, err)
				}
				rep := settle()
				want := map[bool]server.LedgerReport{false: {Entered: 1, Changed: 1}, true: {Withdrawn: 1}}[withdraw]
				if rep.Entered != want.Entered || rep.Changed != want.Changed || rep.Withdrawn != want.Withdrawn {
					t.Errorf("%s: %+v", name, rep)
				}
				doc, e := h.Index(ctx, server.IndexQuery{From: "2024-01-01", To: "2024-01-31"})
				if e != nil || doc.Answers != want.Entered {
					t.Errorf("%s: %d answers, %v", name, doc.Answers, e)
				}
				if where := h.holds(t, "lời cũ"); where != nil {
					t.Errorf("%s: the old words are still in %v", name, where)
				}
				if n := len(dump(t, h.memory)["sealed_comments"]); n != int(want.Entered) {
					t.Errorf("%s: %d originals", name, n)
				}
				if !f.broke {
					break
				}
			}
		}
	}
}

// Whatever citizens do with their slips in whatever order, with days going by,
// servers dying and days being sealed, the store agrees with itself and with a
// simple account of it.
func TestChangesAgree(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		h := newHouse(t)
		ctx := t.Context()
		const slips = 4
		var codes []server.SlipCode
		for i := range slips {
			d := returned(i+1, "2024-01-10", "2024-01-12")
			h.put(t, d)
			slip, err := h.Issue(ctx, d.Code, server.IssueOnce)
			if err != nil {
				rt.Fatal(err)
			}
			codes = append(codes, slip.Code)
		}
		counts := make([]string, slips) // what each answer says; "" is none
		settle := func() {
			h.sequence(t)
			if _, err := h.SealDays(ctx); err != nil {
				rt.Fatal(err)
			}
		}
		day := 15
		for range rapid.IntRange(1, 25).Draw(rt, "steps") {
			i := rapid.IntRange(0, slips-1).Draw(rt, "slip")
			mark := rapid.SampledFrom([]string{"1", "4", "5"}).Draw(rt, "mark")
			how := rapid.SampledFrom([]string{"answer", "change", "change", "withdraw", "erase", "day", "settle"}).Draw(rt, "how")
			f := &flaky{Store: h.memory, left: rapid.SampledFrom([]int{1000, 1000, 3, 5, 8, 12}).Draw(rt, "left")}
			do := func() error {
				switch how {
				case "answer":
					_, err := h.AcceptSlip(ctx, codes[i], said(mark, "chưa được"))
					return err
				case "change":
					_, err := h.ChangeAnswer(ctx, codes[i], said(mark, "vẫn chưa được"))
					return err
				case "withdraw":
					return h.WithdrawAnswer(ctx, codes[i])
				case "erase":
					return h.Erase(ctx, codes[i], "test")
				case "day":
					day++
					h.set(fmt.Sprintf("2024-01-%02d 09:00:00", day))
				default:
					settle()
				}
				return nil
			}
			if how != "day" && how != "settle" {
				h.Store = f
			}
			err := do()
			h.Store = h.memory
			if errors.Is(err, store.ErrUnavailable) {
				if rapid.Bool().Draw(rt, "settle in between") {
					settle()
				}
				err = do() // the citizen presses again
			}
			switch {
			case err == nil && (how == "answer" || how == "change"):
				counts[i] = mark
			case err == nil && how == "withdraw", how == "erase" && (err == nil || errors.Is(err, server.ErrNotFound)):
				counts[i] = ""
			case err != nil && !errors.Is(err, server.ErrAnswered) && !errors.Is(err, server.ErrGone) && !errors.Is(err, server.ErrNotFound):
				rt.Fatalf("%s: %v", how, err)
			}
		}
		h.set("2024-03-01 09:00:00")
		settle()
		rep, err := h.Recount(ctx, "", "", server.RepairNothing)
		// A day that a server died over is not sealed until a repair, and read instead.
		if err != nil || !rep.Ledger.Sound() || len(rep.Differing) > 0 || rep.Ledger.Waiting > 0 {
			rt.Fatalf("%+v, %+v, %v", rep, rep.Ledger, err)
		}
		var n, x int64
		for _, mark := range counts {
			if mark != "" {
				n++
			}
			if mark > "3" {
				x++
			}
		}
		doc, err := h.Index(ctx, server.IndexQuery{From: "2024-01-01", To: "2024-01-31"})
		if err != nil {
			rt.Fatal(err)
		}
		if it, _ := doc.Items.Get("overall"); it.N != n || it.X != x || rep.Ledger.Entered != n {
			rt.Errorf("%d of %d, %d entered; want %d of %d", it.X, it.N, rep.Ledger.Entered, x, n)
		}
	})
}

// Of many who change, withdraw and erase at once, the last word is one of
// theirs, and nothing is counted twice or left over.
func TestChangesRace(t *testing.T) {
	t.Parallel()
	for round := range 40 {
		h := newHouse(t)
		ctx := t.Context()
		slip := h.one(t)
		if _, err := h.AcceptSlip(ctx, slip.Code, said("3", "lời cũ")); err != nil {
			t.Fatal(err)
		}
		h.set("2024-01-18 09:00:00")
		h.sequence(t)
		var wg sync.WaitGroup
		for _, mark := range []string{"1", "2", "4"} {
			wg.Go(func() {
				if _, err := h.ChangeAnswer(ctx, slip.Code, said(mark, "lời mới "+mark)); err != nil && !errors.Is(err, server.ErrGone) && !errors.Is(err, server.ErrNotFound) {
					t.Error(err)
				}
			})
		}
		wg.Go(func() {
			if _, err := h.SealDays(ctx); err != nil {
				t.Error(err)
			}
			if _, err := h.Sequence(ctx); err != nil {
				t.Error(err)
			}
		})
		if round%3 == 1 {
			wg.Go(func() {
				if err := h.WithdrawAnswer(ctx, slip.Code); err != nil {
					t.Error(err)
				}
			})
		}
		if round%3 == 2 {
			wg.Go(func() {
				if err := h.Erase(ctx, slip.Code, "test"); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		h.sequence(t)
		if _, err := h.SealDays(ctx); err != nil {
			t.Fatal(err)
		}
		rep, err := h.Recount(ctx, "", "", server.RepairNothing)
		if err != nil || !rep.Ledger.Sound() || len(rep.Differing)+len(rep.Stale) > 0 {
			t.Fatalf("round %d: %+v, %+v, %v", round, rep, rep.Ledger, err)
		}
		if n := len(h.answers(t)); n > 1 || n == 0 && round%3 == 0 || n == 1 && round%3 > 0 {
			t.Errorf("round %d: %d answers", round, n)
		}
		want := []string{"answers", "cases"} // words of the one that is there
		if round%3 > 0 {
			want = nil
		}
		for _, coll := range h.holds(t, "lời mới") {
			if !slices.Contains(want, coll) {
				t.Errorf("round %d: words are left in %s", round, coll)
			}
		}
	}
}

// Who puts a changed or withdrawn answer back into the store as it was before is
// found out.
func TestSetBackIsFound(t *testing.T) {
	t.Parallel()
	for _, withdraw := range []bool{false, true} {
		h := newHouse(t)
		ctx := t.Context()
		slip := h.one(t)
		if _, err := h.AcceptSlip(ctx, slip.Code, given("1")); err != nil {
			t.Fatal(err)
		}
		var was store.Doc
		for d, err := range h.memory.Scan(ctx, "answers", store.Range{}) {
			if err != nil {
				t.Fatal(err)
			}
			was = d
		}
		var err error
		if withdraw {
			err = h.WithdrawAnswer(ctx, slip.Code)
		} else {
			_, err = h.ChangeAnswer(ctx, slip.Code, given("5"))
		}
		if err != nil {
			t.Fatal(err)
		}
		h.set("2024-01-19 09:00:00")
		h.sequence(t)
		was.Version++
		if err := h.memory.Replace(ctx, "answers", was); err != nil {
			t.Fatal(err)
		}
		if rep := h.recount(t); rep.Sound() || len(rep.Reverted) != 1 {
			t.Errorf("withdraw %v: %+v", withdraw, rep)
		}
	}
}

// A period that is closed keeps its figures when an answer in it is changed or
// withdrawn: what is different stands beside them as an amendment.
func TestChangeAfterClose(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx := t.Context()
	p := h.period(t, "2024-Q1")
	h.set("2024-03-30 09:00:00")
	h.answered(t, "2024-02-05", "a", 40, 42)
	slip := h.one(t)
	if _, err := h.AcceptSlip(ctx, slip.Code, given("5")); err != nil {
		t.Fatal(err)
	}
	h.set("2024-04-02 10:00:00")
	if _, err := h.ClosePeriod(ctx, p, "", "lan"); err != nil {
		t.Fatal(err)
	}
	was := h.report(t, p)
	if was.Amendment != nil || was.Figures.Answers != 43 {
		t.Fatalf("%+v", was.Amendment)
	}
	if _, err := h.ChangeAnswer(ctx, slip.Code, given("1")); err != nil {
		t.Fatal(err)
	}
	if r := h.report(t, p); r.Figures.Answers != 43 || r.Figures.Tallies != was.Figures.Tallies || r.Amendment == nil || r.Amendment.Answers != 0 {
		t.Errorf("changed: %+v", r.Amendment)
	}
	if err := h.WithdrawAnswer(ctx, slip.Code); err != nil {
		t.Fatal(err)
	}
	if r := h.report(t, p); r.Figures.Answers != 43 || r.Figures.Tallies != was.Figures.Tallies || r.Amendment == nil || r.Amendment.Answers != -1 {
		t.Errorf("withdrawn: %+v", r.Amendment)
	}
}
