package sqlite

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"testing"

	"hailong/server/store"
)

// Some tests need a second process: this test binary started again, with the
// deed in the environment.
const deedEnv, pathEnv, nameEnv = "HAILONG_TEST_DEED", "HAILONG_TEST_PATH", "HAILONG_TEST_NAME"

func TestMain(m *testing.M) {
	var err error
	switch path := os.Getenv(pathEnv); os.Getenv(deedEnv) {
	case "":
		os.Exit(m.Run())
	case "write":
		err = writeForEver(path, os.Getenv(nameEnv))
	case "race":
		err = race(path)
	case "lock":
		err = lockAndWait(path)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// child starts a deed. Its lines come from the scanner; it ends when its input
// is closed, or is killed when the test ends.
func child(t *testing.T, deed, path, name string) (*exec.Cmd, *bufio.Scanner, io.WriteCloser) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), deedEnv+"="+deed, pathEnv+"="+path, nameEnv+"="+name)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, bufio.NewScanner(out), in
}

// writeForEver inserts from many goroutines and says each key once it is
// acknowledged.
func writeForEver(path, name string) error {
	ctx := context.Background()
	s, err := Open(ctx, path)
	if err != nil {
		return err
	}
	errs := make(chan error)
	for w := range 16 {
		go func() {
			for i := 0; ; i++ {
				key := fmt.Sprintf("%s-%d-%d", name, w, i)
				if err := s.Insert(ctx, "docs", numbered(key)); err != nil {
					errs <- err
					return
				}
				// One small write to a pipe is atomic.
				if _, err := os.Stdout.WriteString(key + "\n"); err != nil {
					errs <- err
					return
				}
			}
		}()
	}
	return <-errs
}

const raceKeys = 1000

// race inserts the same keys as another process does, and says which it won.
func race(path string) (err error) {
	ctx := context.Background()
	s, err := Open(ctx, path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if _, err := fmt.Println("ready"); err != nil {
		return err
	}
	if _, err := bufio.NewReader(os.Stdin).ReadString('\n'); err != nil {
		return err
	}
	won, err := raceFor(ctx, s)
	if err != nil {
		return err
	}
	for _, key := range won {
		if _, err := fmt.Println(key); err != nil {
			return err
		}
	}
	return nil
}

func raceFor(ctx context.Context, s *Store) (won []string, err error) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for i := w; i < raceKeys; i += 4 {
				key := fmt.Sprint(i)
				e := s.Insert(ctx, "docs", numbered(key))
				mu.Lock()
				switch {
				case e == nil:
					won = append(won, key)
				case !errors.Is(e, store.ErrExists):
					err = errors.Join(err, e)
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return won, err
}

func lockAndWait(path string) error {
	lock, err := LockServe(path)
	if err != nil {
		return err
	}
	if _, err := fmt.Println("locked"); err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
		return err
	}
	return lock.Close()
}

func numbered(key string) store.Doc {
	return store.Doc{Key: key, Order: key, Body: fmt.Appendf(nil, `{"key":%q,"text":"Hài lòng"}`, key)}
}
