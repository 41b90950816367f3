package ledger_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"

	"hailong/server/ledger"
)

func drawRecord(t *rapid.T) ledger.Record {
	r := ledger.Record{
		Kind:    rapid.SampledFrom([]ledger.Kind{ledger.Answer, ledger.Pack, ledger.Close, ledger.Reopen, ledger.Amendment}).Draw(t, "kind"),
		Subject: rapid.SampledFrom([]string{"2024-01", "2024-02", "2024-Q1", "2024-H1", "2024"}).Draw(t, "subject"),
	}
	copy(r.Hash[:], rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "hash"))
	return r
}

func drawBook(t *rapid.T, least int) *ledger.Book {
	b := ledger.NewBook()
	for range rapid.IntRange(least, 40).Draw(t, "lines") {
		r := drawRecord(t)
		if err := b.Append(r); err != nil && !strings.Contains(err.Error(), "repeated") {
			t.Fatal(err)
		}
		if r.Kind == ledger.Answer && rapid.IntRange(0, 3).Draw(t, "erased") == 0 {
			r.Kind = ledger.Erased
			_ = b.Append(r) // may be there
		}
	}
	return b
}

func head(t *rapid.T, b *ledger.Book, size int64) ledger.Checkpoint {
	root, err := b.Root(size)
	if err != nil {
		t.Fatal(err)
	}
	return ledger.Checkpoint{Origin: "hailong/test", Size: size, Root: root, Day: "2024-03-14"}
}

// A log is its text, and every head of it holds for every longer one.
func TestBookGrowsOnly(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		b := drawBook(t, 0)
		again, err := ledger.ReadBook(bytes.NewReader(b.Text()))
		if err != nil || !bytes.Equal(again.Text(), b.Text()) {
			t.Fatalf("%v: %q reads back as %q", err, b.Text(), again.Text())
		}
		c := head(t, b, b.Size())
		longer := b.Clone()
		for range rapid.IntRange(0, 10).Draw(t, "more") {
			_ = longer.Append(drawRecord(t))
		}
		if err := longer.Holds(c); err != nil {
			t.Errorf("the log grew and its old head does not hold: %v", err)
		}
		if b.Size() != c.Size {
			t.Errorf("a clone that grew changed the book it is of")
		}
		if old := rapid.Int64Range(0, b.Size()).Draw(t, "old"); old > 0 {
			p, err := tlog.ProveTree(b.Size(), old, b)
			if err != nil {
				t.Fatal(err)
			}
			if err := tlog.CheckTree(p, b.Size(), c.Root, old, head(t, b, old).Root); err != nil {
				t.Errorf("the proof from %d to %d lines: %v", old, b.Size(), err)
			}
		}
	})
}

// Whatever is done to the lines before a head, the head no longer holds.
func TestRewritingIsFound(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		b := drawBook(t, 2)
		c := head(t, b, rapid.Int64Range(1, b.Size()).Draw(t, "size"))
		lines := strings.SplitAfter(string(b.Text()), "\n")
		lines = lines[:len(lines)-1]
		at := rapid.IntRange(0, int(c.Size)-1).Draw(t, "at")
		switch rapid.SampledFrom([]string{"change", "drop", "insert", "swap"}).Draw(t, "how") {
		case "change":
			lines[at] = drawRecord(t).String() + "\n"
		case "drop":
			lines = append(lines[:at:at], lines[at+1:]...)
		case "insert":
			lines = append(lines[:at:at], append([]string{drawRecord(t).String() + "\n"}, lines[at:]...)...)
		case "swap":
			other := rapid.IntRange(0, len(lines)-1).Draw(t, "other")
			lines[at], lines[other] = lines[other], lines[at]
		}
		forged := strings.Join(lines, "")
		if forged == string(b.Text()) {
			return
		}
		f, err := ledger.ReadBook(strings.NewReader(forged))
		if err != nil {
			return // not even a log
		}
		if err := f.Holds(c); !errors.Is(err, ledger.ErrLedger) {
			t.Errorf("a rewritten log still has the old head: %v", err)
		}
	})
}

// One changed byte in a signed head is found, whichever it is.
func TestSignedHead(t *testing.T) {
	t.Parallel()
	key, err := ledger.NewKey("hailong/phường + xã", bytes.Repeat([]byte{3}, 32))
	if err != nil {
		t.Fatal(err)
	}
	c := ledger.Checkpoint{Origin: key.Name(), Size: 12, Root: tlog.RecordHash([]byte("x")), Day: "2024-03-14"}
	signed, err := key.Sign(c.Text())
	if err != nil {
		t.Fatal(err)
	}
	if got, err := ledger.OpenCheckpoint(signed, key.Public()); err != nil || got != c {
		t.Fatalf("%+v, %v", got, err)
	}
	for i := range signed {
		for _, x := range []byte{1, 0x20, 0x80} {
			forged := bytes.Clone(signed)
			forged[i] ^= x
			if _, err := ledger.OpenCheckpoint(forged, key.Public()); err == nil {
				t.Errorf("byte %d changed and nobody sees: %q", i, forged)
			}
		}
	}
	if _, err := ledger.OpenCheckpoint(append(signed, signed[bytes.Index(signed, []byte("— ")):]...), key.Public()); err == nil {
		t.Error("a second signature passes")
	}
	other, err := ledger.NewKey(key.Name(), bytes.Repeat([]byte{4}, 32))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ledger.OpenCheckpoint(signed, other.Public()); err == nil {
		t.Error("another key opens it")
	}
	if _, err := ledger.NewKey("x", []byte("short")); err == nil {
		t.Error("a short seed makes a key")
	}
}

// What was never entered cannot be explained away.
func TestErasedNeedsItsAnswer(t *testing.T) {
	t.Parallel()
	b := ledger.NewBook()
	r := ledger.Record{Kind: ledger.Erased, Subject: "2024-01"}
	if err := b.Append(r); !errors.Is(err, ledger.ErrLedger) {
		t.Errorf("erased before it was entered: %v", err)
	}
	a := r
	a.Kind = ledger.Answer
	if err := errors.Join(b.Append(a), b.Append(r)); err != nil {
		t.Error(err)
	}
	r.Subject = "2024-02"
	if err := b.Append(r); !errors.Is(err, ledger.ErrLedger) {
		t.Errorf("erased under another month: %v", err)
	}
}

// An answer ends once: erased, changed or withdrawn.
func TestAnswerEndsOnce(t *testing.T) {
	t.Parallel()
	ends := []ledger.Kind{ledger.Erased, ledger.Changed, ledger.Withdrawn}
	for _, first := range ends {
		b := ledger.NewBook()
		a := ledger.Record{Kind: ledger.Answer, Subject: "2024-01"}
		r := a
		r.Kind = first
		if err := b.Append(a); err != nil || b.Closed(a) || a.Closes() || !r.Closes() {
			t.Fatal(err)
		}
		if err := b.Append(r); err != nil || !b.Closed(a) {
			t.Errorf("%s: %v", first, err)
		}
		for _, second := range ends {
			if r.Kind = second; !errors.Is(b.Append(r), ledger.ErrLedger) {
				t.Errorf("%s, then %s", first, second)
			}
		}
		if again, err := ledger.ReadBook(bytes.NewReader(b.Text())); err != nil || again.Size() != 2 {
			t.Errorf("%s: read again: %v", first, err)
		}
	}
}

func FuzzParseRecord(f *testing.F) {
	f.Add(ledger.Record{Kind: ledger.Answer, Subject: "2024-01"}.String())
	f.Add("phieu 2024-01 AAAA")
	f.Add("goi 2024-Q1  ")
	f.Fuzz(func(t *testing.T, line string) {
		r, err := ledger.ParseRecord(line)
		if err == nil && r.String() != line {
			t.Errorf("%q reads as %q", line, r)
		}
		if err != nil && !errors.Is(err, ledger.ErrLedger) {
			t.Errorf("%q: %v", line, err)
		}
	})
}

func ExampleRecord_String() {
	fmt.Println(ledger.Record{Kind: ledger.Pack, Subject: "2024-Q1"})
	// Output: goi 2024-Q1 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
}

// The hashes of a log that are not kept are those that the tree has: at every
// size around whole groups of lines the root and the proofs are those of a log
// that keeps all of them.
func TestTreeIsThatOfAllHashes(t *testing.T) {
	t.Parallel()
	b := ledger.NewBook()
	var all hashList
	for n := range int64(150) {
		r := ledger.Record{Kind: ledger.Answer, Subject: fmt.Sprintf("2024-%02d", 1+n/20)}
		r.Hash[0], r.Hash[1] = byte(n), byte(n>>8)
		if err := b.Append(r); err != nil {
			t.Fatal(err)
		}
		hs, err := tlog.StoredHashes(n, []byte(r.String()), all)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, hs...)
		got, err := b.Root(n + 1)
		if err != nil {
			t.Fatal(err)
		}
		if want, err := tlog.TreeHash(n+1, all); err != nil || got != want {
			t.Fatalf("the root of %d lines is another one: %v", n+1, err)
		}
		for i, want := range all {
			if got, err := b.ReadHashes([]int64{int64(i)}); err != nil || got[0] != want {
				t.Fatalf("hash %d of %d lines is another one: %v", i, n+1, err)
			}
		}
		for _, none := range []int64{-1, int64(len(all)), int64(len(all)) + 40} {
			if _, err := b.ReadHashes([]int64{none}); !errors.Is(err, ledger.ErrLedger) {
				t.Fatalf("there is a hash %d of %d lines: %v", none, n+1, err)
			}
		}
	}
}

type hashList []tlog.Hash

func (l hashList) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, x := range indexes {
		out[i] = l[x]
	}
	return out, nil
}
