package server_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"hailong/server"
	"hailong/server/ledger"
	"hailong/server/store"
)

func (h *house) sequence(t testing.TB) int {
	t.Helper()
	n, err := h.Sequence(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func (h *house) recount(t testing.TB) *server.LedgerReport {
	t.Helper()
	rep, err := h.Recount(t.Context(), "", "", server.RepairNothing)
	if err != nil {
		t.Fatal(err)
	}
	return rep.Ledger
}

// Every answer is entered once, whenever it came, and those of the last two
// days wait.
func TestEveryAnswerHasALine(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		h := drawHouse(rt, t)
		h.set("2024-03-01 09:00:00")
		total := h.sequence(t)
		rep := h.recount(t)
		if !rep.Sound() || rep.Entered != int64(total) {
			rt.Fatalf("%d entered: %+v", total, rep)
		}
		waiting := 0
		for a, err := range h.Answers(t.Context(), "2024-02-29", "") {
			if err != nil {
				rt.Fatal(err)
			}
			if a.Day >= "2024-02-29" {
				waiting++
			}
		}
		if rep.Waiting != int64(waiting) {
			rt.Errorf("%d wait, %d came since 29 February", rep.Waiting, waiting)
		}
		h.set("2024-06-01 09:00:00")
		if n := h.sequence(t); n != waiting {
			rt.Errorf("%d entered later, %d were waiting", n, waiting)
		}
		if n := h.sequence(t); n != 0 {
			rt.Errorf("nothing new, %d entered", n)
		}
		late := server.Answer{ID: "late", Unit: "phu-lien-2024", Survey: "sipas-short", Day: "2024-01-07", Lane: "kiosk", Marks: map[string]string{"overall": "1"}}
		if _, err := h.PutAnswers(t.Context(), []server.Answer{late}); err != nil {
			rt.Fatal(err)
		}
		if rep := h.recount(t); rep.Waiting != 1 || !rep.Sound() {
			rt.Errorf("a late answer waits: %+v", rep)
		}
		if n := h.sequence(t); n != 1 {
			rt.Errorf("a late answer: %d entered", n)
		}
		if rep := h.recount(t); rep.Waiting != 0 || !rep.Sound() || rep.Entered != int64(total+waiting+1) {
			rt.Errorf("at the end: %+v", rep)
		}
	})
}

// Whatever is changed in the store past the service, answer or ledger, recount
// finds it.
func TestTamperingIsFound(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		h := drawHouse(rt, t)
		ctx := t.Context()
		h.sequence(t)
		h.set("2024-07-01 09:00:00")
		if _, _, err := h.Record(ctx, ledger.Record{Kind: ledger.Pack, Subject: "2024-Q1"}); err != nil {
			rt.Fatal(err)
		}
		if rep := h.recount(t); !rep.Sound() {
			rt.Fatalf("before: %+v", rep)
		}
		how := rapid.SampledFrom([]string{"answer", "delete", "insert", "line", "batch", "head", "swap"}).Draw(rt, "how")
		coll := "answers"
		if slices.Contains([]string{"line", "batch", "head", "swap"}, how) {
			coll = "ledger"
		}
		var docs []store.Doc
		for d, err := range h.memory.Scan(ctx, coll, store.Range{}) {
			if err != nil {
				rt.Fatal(err)
			}
			docs = append(docs, d)
		}
		if len(docs) == 0 {
			return
		}
		d := rapid.SampledFrom(docs).Draw(rt, "document")
		var body map[string]any
		if err := json.Unmarshal(d.Body, &body); err != nil {
			rt.Fatal(err)
		}
		replace := func() {
			var err error
			if d.Body, err = json.Marshal(body); err != nil {
				rt.Fatal(err)
			}
			if err := h.memory.Replace(ctx, coll, d); err != nil {
				rt.Fatal(err)
			}
		}
		switch how {
		case "answer":
			key := rapid.SampledFrom([]string{"field", "officer", "counter", "comment", "lane", "marks"}).Draw(rt, "key")
			if key == "marks" {
				body[key] = map[string]string{"overall": "5", "access": "forged"}
			} else {
				body[key] = fmt.Sprint(body[key], "x")
			}
			replace()
		case "delete":
			if err := h.memory.Delete(ctx, coll, d.Key, 0); err != nil {
				rt.Fatal(err)
			}
		case "insert":
			d.Key += "x"
			if err := h.memory.Insert(ctx, coll, d); err != nil {
				rt.Fatal(err)
			}
		case "line":
			lines := body["records"].([]any)
			i := rapid.IntRange(0, len(lines)-1).Draw(rt, "line")
			lines[i] = strings.Replace(lines[i].(string), "2024", "2023", 1)
			replace()
		case "batch":
			if d.Key == docs[len(docs)-1].Key {
				return // the newest: only a head that was kept shows it, see the packs
			}
			if err := h.memory.Delete(ctx, coll, d.Key, 0); err != nil {
				rt.Fatal(err)
			}
		case "head":
			body["checkpoint"] = strings.Replace(body["checkpoint"].(string), "2024-", "2025-", 1)
			replace()
		case "swap":
			lines := body["records"].([]any)
			if len(lines) < 2 {
				return
			}
			lines[0], lines[1] = lines[1], lines[0]
			replace()
		}
		rep, err := h.Recount(ctx, "", "", server.RepairNothing)
		if err == nil && rep.Ledger.Sound() {
			rt.Errorf("%s: nothing found: %+v", how, rep.Ledger)
		}
	})
}

// Several servers enter at once: every answer has one line.
func TestServersEnterAtOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var as []server.Answer
	for i := range 300 {
		as = append(as, server.Answer{ID: fmt.Sprint(i), Unit: "phu-lien-2024", Survey: "sipas-short", Day: server.Day("2023-06-01").Add(i % 200), Lane: "slip", Marks: map[string]string{"overall": "4"}})
	}
	if _, err := h.PutAnswers(t.Context(), as); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i := range 6 {
		wg.Go(func() {
			if _, _, err := h.Record(t.Context(), ledger.Record{Kind: ledger.Pack, Subject: fmt.Sprintf("2023-Q%d", i%4+1)}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if rep := h.recount(t); !rep.Sound() || rep.Entered != 300 || rep.Lines != 304 {
		t.Errorf("%+v", rep)
	}
}

// A server that dies at any moment leaves a ledger that the next one goes on with.
func TestSequencerDies(t *testing.T) {
	t.Parallel()
	for calls := 0; ; calls++ {
		h := newHouse(t)
		var as []server.Answer
		for i := range 40 {
			as = append(as, server.Answer{ID: fmt.Sprint(i), Unit: "phu-lien-2024", Survey: "sipas-short", Day: server.Day("2023-06-01").Add(5 * i), Lane: "slip", Marks: map[string]string{"overall": "4"}})
		}
		if _, err := h.PutAnswers(t.Context(), as); err != nil {
			t.Fatal(err)
		}
		f := &flaky{Store: h.memory, left: calls}
		h.Store = f
		_, err := h.Sequence(t.Context())
		if f.broke != (err != nil) {
			t.Fatalf("after %d calls: %v", calls, err)
		}
		h.Store = h.memory
		h.sequence(t)
		if rep := h.recount(t); !rep.Sound() || rep.Entered != 40 || rep.Lines != 40 {
			t.Fatalf("after %d calls: %+v", calls, rep)
		}
		if err == nil {
			return
		}
	}
}

// The ledger gives nothing away: no word of an answer is in it, equal answers
// have different lines, and the lines do not follow the order of arrival.
func TestLedgerTellsNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var as []server.Answer
	for i := range 60 {
		as = append(as, server.Answer{ID: fmt.Sprintf("answer-%02d", i), Unit: "phu-lien-2024", Survey: "sipas-short", Day: "2024-01-02", Lane: "slip", Field: "Hộ tịch", Officer: "CC07", Marks: map[string]string{"overall": "1"}, Comment: "thái độ"})
	}
	if _, err := h.PutAnswers(t.Context(), as); err != nil {
		t.Fatal(err)
	}
	if n := h.sequence(t); n != 60 {
		t.Fatalf("%d of 60 equal answers entered", n)
	}
	for key, body := range dump(t, h.memory)["ledger"] {
		for _, word := range []string{"answer-", "Hộ", "CC07", "thái", "overall", "slip"} {
			if strings.Contains(key+body, word) {
				t.Errorf("the ledger holds %q", word)
			}
		}
	}
	book, signed, err := h.Ledger(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, r := range book.Records() {
		lines = append(lines, r.String())
	}
	if !slices.IsSorted(lines) {
		t.Error("the lines of a day are not in the order of their hashes")
	}
	heads, err := h.LedgerHeads(t.Context(), 10)
	if err != nil || len(heads) != 1 || heads[0].Signed != string(signed) || heads[0].Size != 60 || heads[0].Day != "2024-01-15" {
		t.Errorf("heads: %+v, %v", heads, err)
	}
}
