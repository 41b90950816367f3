package kiosk

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func ids(rs []Record) (out []string) {
	for _, r := range rs {
		out = append(out, r.ID)
	}
	return out
}

func TestOutbox(t *testing.T) {
	t.Parallel()
	var o Outbox
	if o.Batch() != nil {
		t.Fatal("an empty outbox has something to send")
	}
	o.Add(Record{ID: "a"})
	if got := ids(o.Batch()); !slices.Equal(got, []string{"a"}) {
		t.Fatalf("batch %v", got)
	}
	o.Add(Record{ID: "b"})
	if o.Batch() != nil {
		t.Fatal("a second call while the first is under way")
	}
	o.Lost()
	if o.Batch() != nil {
		t.Fatal("no wait after a failure")
	}
	o.Pass(firstWait)
	if got := ids(o.Batch()); !slices.Equal(got, []string{"a", "b"}) {
		t.Fatalf("batch %v after a failure, want both in order", got)
	}
	if !o.Reply("a", Stored) || o.Reply("b", Refused) || o.Reply("x", Stored) {
		t.Error("only a is stored")
	}
	o.Landed()
	if o.Len() != 0 || !slices.Equal(ids(o.Refused()), []string{"b"}) {
		t.Errorf("%d wait and %v are refused", o.Len(), ids(o.Refused()))
	}
}

func TestOutboxWaitsLonger(t *testing.T) {
	t.Parallel()
	var o Outbox
	o.Add(Record{ID: "a"})
	for _, want := range []int{5_000, 10_000, 20_000, 40_000, 60_000, 60_000} {
		if o.Batch() == nil {
			t.Fatal("nothing to send")
		}
		o.Lost()
		if o.Pass(want - 1); o.Batch() != nil {
			t.Fatalf("tried again before %d ms", want)
		}
		o.Pass(1)
	}
	o.Batch()
	o.Lost()
	if o.Add(Record{ID: "b"}); o.Batch() == nil {
		t.Error("a citizen who waits is not a reason to try at once")
	}
}

func TestOutboxSilentServer(t *testing.T) {
	t.Parallel()
	var o Outbox
	o.Add(Record{ID: "a"})
	o.Batch()
	o.Reply("a", "what?")
	o.Landed()
	if o.Len() != 1 || o.Batch() != nil {
		t.Fatal("a record without a word is gone, or sent again at once")
	}
	if o.Pass(firstWait); o.Batch() == nil {
		t.Fatal("it is never sent again")
	}
	o.Add(Record{ID: "b"})
	o.Reply("a", Already)
	o.Landed()
	if got := ids(o.Batch()); !slices.Equal(got, []string{"b"}) {
		t.Errorf("batch %v, want b at once", got)
	}
}

func TestOutboxBatchSize(t *testing.T) {
	t.Parallel()
	var o Outbox
	for i := range MaxBatch + 1 {
		o.Add(Record{ID: fmt.Sprint(i)})
	}
	for _, want := range []int{MaxBatch, 1} {
		batch := o.Batch()
		if len(batch) != want {
			t.Fatalf("a batch of %d, want %d", len(batch), want)
		}
		for _, r := range batch {
			o.Reply(r.ID, Stored)
		}
		o.Landed()
	}
}

// Against a server that loses calls and replies at will, every record ends up
// stored, in order, and none is let go before.
func TestOutboxLosesNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var o Outbox
		n := 0
		has := map[string]bool{}
		var order []string
		round := func(luck int) {
			batch := o.Batch()
			if batch == nil {
				o.Pass(longWait)
				return
			}
			if luck > 0 { // it arrives
				for _, r := range batch {
					if !has[r.ID] {
						has[r.ID] = true
						order = append(order, r.ID)
					}
				}
			}
			if luck < 2 { // the reply does not
				o.Lost()
				return
			}
			for _, r := range slices.Clone(batch) {
				if !o.Reply(r.ID, Stored) {
					t.Fatalf("%s is not known", r.ID)
				}
			}
			o.Landed()
		}
		for _, luck := range rapid.SliceOfN(rapid.IntRange(-1, 2), 0, 40).Draw(t, "luck") {
			if luck < 0 {
				o.Add(Record{ID: fmt.Sprint(n)})
				n++
				continue
			}
			round(luck)
			if waiting := o.Len(); n-waiting > len(has) {
				t.Fatal("let go of a record that the server does not have")
			}
		}
		for o.Len() > 0 {
			round(2)
		}
		if len(order) != n {
			t.Fatalf("%d of %d arrived", len(order), n)
		}
		for i, id := range order {
			if id != fmt.Sprint(i) {
				t.Fatalf("order %v", order)
			}
		}
	})
}
