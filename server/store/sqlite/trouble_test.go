package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"hailong/server/store"
)

// inWriter runs a statement on the connection that writes.
func inWriter(t *testing.T, s *Store, query string) {
	t.Helper()
	r := newRequest(t.Context(), nil)
	r.run = func(conn *sql.Conn) error {
		_, err := conn.ExecContext(r.ctx, query)
		return err
	}
	if err := s.submit(r); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

func checkIntegrity(t *testing.T, s *Store) {
	t.Helper()
	var result string
	if err := s.readers.QueryRowContext(t.Context(), `PRAGMA integrity_check`).Scan(&result); err != nil || result != "ok" {
		t.Errorf("integrity check: %s, %v", result, err)
	}
}

// TestKill kills a process that writes from many goroutines, again and again
// on the same file: all it acknowledged is there.
func TestKill(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "kill.db")
	var acknowledged []string
	for round := range 5 {
		cmd, lines, _ := child(t, "write", path, fmt.Sprint(round))
		for n := 0; lines.Scan(); n++ {
			acknowledged = append(acknowledged, lines.Text())
			if n == 100+round*150 { // not at the same place each time
				if err := cmd.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := cmd.Wait(); err == nil {
			t.Fatal("the child ended by itself")
		}
		s := open(t, path)
		for _, key := range acknowledged {
			if _, err := s.Get(t.Context(), "docs", key); err != nil {
				t.Fatalf("round %d: what was acknowledged is not there: %v", round, err)
			}
		}
		checkIntegrity(t, s)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d writes acknowledged in 5 rounds, all there", len(acknowledged))
}

func TestTwoProcesses(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "two.db")
	cmd, lines, in := child(t, "race", path, "")
	if !lines.Scan() {
		t.Fatal("the child says nothing")
	}
	if _, err := fmt.Fprintln(in); err != nil {
		t.Fatal(err)
	}
	won, err := raceFor(t.Context(), open(t, path))
	if err != nil {
		t.Fatal(err)
	}
	winners := make(map[string]int)
	for _, key := range won {
		winners[key]++
	}
	for lines.Scan() {
		winners[lines.Text()]++
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	for i := range raceKeys {
		if n := winners[fmt.Sprint(i)]; n != 1 {
			t.Errorf("key %d was won %d times, want once", i, n)
		}
	}
	t.Logf("this process won %d of %d keys", len(won), raceKeys)
}

// TestOpenAtOnce opens a file that does not exist yet from many sides.
func TestOpenAtOnce(t *testing.T) {
	t.Parallel()
	for range 10 {
		path := filepath.Join(t.TempDir(), "sub", "new.db")
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				s, err := Open(t.Context(), path)
				if err != nil {
					t.Error(err)
					return
				}
				if err := errors.Join(s.Insert(t.Context(), "docs", numbered(fmt.Sprint(i))), s.Close()); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if n, err := open(t, path).Counts(t.Context()); err != nil || n["docs"] != 8 {
			t.Errorf("8 openers left %v documents, %v", n, err)
		}
	}
}

func TestOneServer(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "served.db")
	cmd, lines, _ := child(t, "lock", path, "")
	if !lines.Scan() || lines.Text() != "locked" {
		t.Fatal("the child did not lock the store")
	}
	_, err := LockServe(path)
	if !errors.Is(err, ErrServed) || !strings.Contains(err.Error(), path) {
		t.Errorf("a second server got %v, want ErrServed with the path", err)
	}
	// A command works beside the server.
	if err := open(t, path).Insert(t.Context(), "docs", numbered("k")); err != nil {
		t.Error(err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err == nil {
		t.Error("the child was not killed")
	}
	lock, err := LockServe(path)
	if err != nil {
		t.Fatalf("after the server was killed: %v", err)
	}
	if err := lock.Close(); err != nil {
		t.Fatal(err)
	}
	if lock, err = LockServe(path); err != nil {
		t.Fatalf("after the lock was closed: %v", err)
	}
	if err := lock.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestFull lets the file grow no further: writes are refused, what was
// acknowledged stays, and all works again once there is room.
func TestFull(t *testing.T) {
	t.Parallel()
	s := open(t, filepath.Join(t.TempDir(), "full.db"))
	inWriter(t, s, `PRAGMA max_page_count = 60`)
	fillUp(t, s, func() { inWriter(t, s, `PRAGMA max_page_count = 1000000`) })
}

// fillUp writes from many goroutines until there is no room, makes room, and
// checks that nothing is lost.
func fillUp(t *testing.T, s *Store, makeRoom func()) {
	t.Helper()
	text := strings.Repeat("đầy ", 300)
	big := func(key string) store.Doc {
		return store.Doc{Key: key, Body: fmt.Appendf(nil, `{"text":%q}`, text)}
	}
	var mu sync.Mutex
	var wg sync.WaitGroup
	var acknowledged []string
	for w := range 8 {
		wg.Go(func() {
			for i := range 5000 {
				key := fmt.Sprintf("%d-%d", w, i)
				err := s.Insert(t.Context(), "docs", big(key))
				if err != nil {
					if !errors.Is(err, store.ErrUnavailable) {
						t.Errorf("a full disk gave %v", err)
					}
					return
				}
				mu.Lock()
				acknowledged = append(acknowledged, key)
				mu.Unlock()
			}
			t.Error("the disk did not fill up")
		})
	}
	wg.Wait()
	all := func() {
		t.Helper()
		for _, key := range acknowledged {
			if _, err := s.Get(t.Context(), "docs", key); err != nil {
				t.Fatalf("what was acknowledged before the disk was full: %v", err)
			}
		}
	}
	all()
	makeRoom()
	for i := range 50 {
		if err := s.Insert(t.Context(), "docs", big(fmt.Sprintf("later-%d", i))); err != nil {
			t.Fatalf("with room again: %v", err)
		}
	}
	all()
	checkIntegrity(t, s)
	t.Logf("%d writes acknowledged before the disk was full", len(acknowledged))
}

// TestNearlyFull joins a document that does not fit with small ones that do.
func TestNearlyFull(t *testing.T) {
	t.Parallel()
	s := open(t, filepath.Join(t.TempDir(), "nearly.db"))
	inWriter(t, s, `PRAGMA max_page_count = 60`)
	large := store.Doc{Key: "large", Body: fmt.Appendf(nil, `{"text":%q}`, strings.Repeat("x", 1<<20))}
	group := []*request{
		newRequest(t.Context(), []store.Op{{Collection: "docs", Kind: store.OpInsert, Doc: numbered("a")}}),
		newRequest(t.Context(), []store.Op{{Collection: "docs", Kind: store.OpInsert, Doc: large}}),
		newRequest(t.Context(), []store.Op{{Collection: "docs", Kind: store.OpInsert, Doc: numbered("b")}}),
	}
	r := newRequest(t.Context(), nil)
	r.run = func(*sql.Conn) error {
		s.writer.commit(group)
		return nil
	}
	if err := s.submit(r); err != nil {
		t.Fatal(err)
	}
	for i, r := range group {
		err := <-r.done
		if large := i == 1; large != errors.Is(err, store.ErrUnavailable) || !large && (err != nil || r.errs[0] != nil) {
			t.Errorf("request %d: got error %v", i, err)
		}
	}
	for _, key := range []string{"a", "b"} {
		if _, err := s.Get(t.Context(), "docs", key); err != nil {
			t.Error(err)
		}
	}
}

// TestBusy holds the file from outside: a write gives up in bounded time, and
// works afterwards.
func TestBusy(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "busy.db")
	s, other := open(t, path, WithBusyWait(60*time.Millisecond)), open(t, path)
	inWriter(t, other, `BEGIN IMMEDIATE`)
	err := s.Insert(t.Context(), "docs", numbered("k"))
	if !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("a locked store gave %v, want ErrUnavailable", err)
	}
	if _, err := s.Get(t.Context(), "docs", "k"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("reading a locked store gave %v, want ErrNotFound", err)
	}
	inWriter(t, other, `ROLLBACK`)
	if err := s.Insert(t.Context(), "docs", numbered("k")); err != nil {
		t.Error(err)
	}
}

// TestGoneAndBack moves the file away while it is open: a write to it would be
// acknowledged and lost.
func TestGoneAndBack(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "gone.db")
	s := open(t, path)
	if err := s.Insert(t.Context(), "docs", numbered("before")); err != nil {
		t.Fatal(err)
	}
	refuses := func(when string) {
		t.Helper()
		if err := s.Insert(t.Context(), "docs", numbered("lost")); !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("%s: writing gave %v, want ErrUnavailable", when, err)
		}
		if err := s.Ping(t.Context()); !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("%s: Ping gave %v, want ErrUnavailable", when, err)
		}
	}
	if err := os.Rename(path, path+".away"); err != nil {
		t.Fatal(err)
	}
	refuses("moved away")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	refuses("replaced")
	if err := os.Rename(path+".away", path); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(s.Ping(t.Context()), s.Insert(t.Context(), "docs", numbered("after"))); err != nil {
		t.Errorf("back again: %v", err)
	}
	for _, key := range []string{"before", "after"} {
		if _, err := s.Get(t.Context(), "docs", key); err != nil {
			t.Errorf("%s: %v", key, err)
		}
	}
}

// TestDeadline lets the deadline of a caller end while its write waits: the
// caller gets its answer, and may use its memory again.
func TestDeadline(t *testing.T) {
	t.Parallel()
	s := open(t, filepath.Join(t.TempDir(), "deadline.db"), WithFlushDelay(100*time.Millisecond))
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	d := numbered("k")
	err := s.Insert(ctx, "docs", d)
	if !errors.Is(err, store.ErrUnavailable) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want ErrUnavailable and the end of the deadline", err)
	}
	clear(d.Body)
	if err := s.Insert(t.Context(), "docs", numbered("after")); err != nil {
		t.Error(err)
	}
}
