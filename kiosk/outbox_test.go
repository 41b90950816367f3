package kiosk

import (
	"testing"

	"pgregory.net/rapid"
)

func TestOutbox(t *testing.T) {
	t.Parallel()
	var o Outbox
	if o.Due() {
		t.Fatal("an empty outbox has something to send")
	}
	if o.Add(); !o.Due() {
		t.Fatal("a new answer is not sent at once")
	}
	if o.Add(); o.Due() {
		t.Fatal("a second call while the first is under way")
	}
	o.Lost()
	if o.Due() {
		t.Fatal("no wait after a failure")
	}
	if o.Pass(firstWait); !o.Due() {
		t.Fatal("not tried again after a failure")
	}
	if o.Landed(0); o.Len() != 0 || o.Due() {
		t.Errorf("%d wait after all were taken", o.Len())
	}
}

func TestOutboxWaitsLonger(t *testing.T) {
	t.Parallel()
	var o Outbox
	o.Add()
	for _, want := range []int{5_000, 10_000, 20_000, 40_000, 60_000, 60_000} {
		if !o.Due() {
			t.Fatal("nothing to send")
		}
		o.Lost()
		if o.Pass(want - 1); o.Due() {
			t.Fatalf("tried again before %d ms", want)
		}
		o.Pass(1)
	}
	o.Due()
	o.Lost()
	if o.Add(); !o.Due() {
		t.Error("a citizen who waits is not a reason to try at once")
	}
}

func TestOutboxSilentServer(t *testing.T) {
	t.Parallel()
	var o Outbox
	o.Add()
	o.Due()
	o.Landed(1)
	if o.Len() != 1 || o.Due() {
		t.Fatal("an answer without a word is forgotten, or sent again at once")
	}
	if o.Pass(firstWait); !o.Due() {
		t.Fatal("it is never sent again")
	}
	o.Landed(1)
	if o.Add(); !o.Due() {
		t.Error("a new answer waits for the old one")
	}
}

// More than one call takes is sent in calls without a wait between them.
func TestOutboxManyCalls(t *testing.T) {
	t.Parallel()
	var o Outbox
	o.Found(1200)
	for _, left := range []int{700, 200, 0} {
		if !o.Due() {
			t.Fatal("a wait between two calls that went well")
		}
		o.Landed(left)
	}
	if o.Due() {
		t.Error("a call for nothing")
	}
}

// Whatever the order in which answers, counts and replies come, an answer on
// the disk is always sent in the end: the outbox never believes that the disk
// is empty when it is not.
func TestOutboxForgetsNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var o Outbox
		disk, flying, counted := 0, 0, -1
		for _, step := range rapid.SliceOfN(rapid.IntRange(0, 5), 0, 60).Draw(t, "steps") {
			switch {
			case step == 0: // an answer is on the disk, and the outbox is told
				disk++
				o.Add()
			case step == 1:
				o.Found(disk)
			case step == 2 && flying == 0:
				if o.Due() {
					flying, counted = 1, -1
				}
			case step == 3 && flying == 1: // the server took what was there
				disk, counted = 0, 0
				flying = 2
			case step == 4 && flying == 2: // its reply, counted before what came since
				o.Landed(counted)
				flying = 0
			case step == 5 && flying > 0:
				o.Lost()
				flying = 0
			}
			if disk > 0 && o.Len() == 0 {
				t.Fatalf("%d answers on the disk are forgotten", disk)
			}
		}
	})
}
