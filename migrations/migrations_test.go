package migrations

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"hailong/server/store"
	"hailong/server/store/memory"
	"hailong/server/store/sqlite"
)

const childEnv = "HAILONG_TEST_MIGRATE"

func TestMain(m *testing.M) {
	if path := os.Getenv(childEnv); path != "" {
		if err := migrateFile(path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// migrateFile is what a second process does: says that it is there, waits for
// a line, and migrates.
func migrateFile(path string) (err error) {
	ctx := context.Background()
	if _, err := fmt.Println("ready"); err != nil {
		return err
	}
	if _, err := bufio.NewReader(os.Stdin).ReadString('\n'); err != nil {
		return err
	}
	s, err := sqlite.Open(ctx, path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	return up(ctx, s, several())
}

// several migrations, each of which writes documents as a real one would:
// insert what is missing, replace where the version still matches.
func several() []Migration {
	var all []Migration
	for n := 1; n <= 5; n++ {
		all = append(all, Migration{n, fmt.Sprint("step ", n), func(ctx context.Context, s store.Store) error {
			for i := range 20 {
				d := store.Doc{Key: fmt.Sprint(i), Body: fmt.Appendf(nil, `{"step":%d}`, n), Version: int64(n - 1)}
				var err error
				if n == 1 {
					err = s.Insert(ctx, "docs", d)
				} else {
					err = s.Replace(ctx, "docs", d)
				}
				if err != nil && !errors.Is(err, store.ErrExists) && !errors.Is(err, store.ErrConflict) {
					return err
				}
			}
			return nil
		}})
	}
	return all
}

// dump is all that a store holds.
func dump(t *testing.T, s store.Store) []string {
	t.Helper()
	names, err := s.Collections(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, name := range names {
		for d, err := range s.Scan(t.Context(), name, store.Range{}) {
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, fmt.Sprintf("%s/%s v%d %s", name, d.Key, d.Version, d.Body))
		}
	}
	return all
}

func TestNumbers(t *testing.T) {
	t.Parallel()
	for i, m := range All() {
		if m.Number != i+1 || m.Name == "" || m.Up == nil {
			t.Errorf("migration %d at place %d: the list only grows at its end", m.Number, i+1)
		}
	}
}

func TestUp(t *testing.T) {
	t.Parallel()
	s := memory.New()
	states, err := Status(t.Context(), s)
	if err != nil || len(states) != len(All()) || states[0].Applied {
		t.Errorf("status of an empty store: %+v, %v", states, err)
	}
	if got := dump(t, s); got != nil {
		t.Errorf("asking for the status wrote %q", got)
	}
	if err := Up(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	states, err = Status(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	for _, state := range states {
		if !state.Applied {
			t.Errorf("migration %d is not applied", state.Number)
		}
	}
	once := dump(t, s)
	want := []string{`meta/migration-000001 v1 {"number":1,"name":"layout 1"}`, `meta/schema v1 {"schema":1}`}
	if !slices.Equal(once, want) {
		t.Errorf("a new store holds %q, want %q", once, want)
	}
	if err := Up(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	if twice := dump(t, s); !slices.Equal(once, twice) {
		t.Errorf("running twice changed %q to %q", once, twice)
	}
}

// TestGrows applies a longer list to a store of an older version, and the
// shorter list to the store after that.
func TestGrows(t *testing.T) {
	t.Parallel()
	s := memory.New()
	all := several()
	for _, n := range []int{2, 5} {
		if err := up(t.Context(), s, all[:n]); err != nil {
			t.Fatal(err)
		}
	}
	before := dump(t, s)
	if err := up(t.Context(), s, all[:2]); !errors.Is(err, ErrNewer) {
		t.Errorf("an older program got %v, want ErrNewer", err)
	}
	states, err := status(t.Context(), s, all[:2])
	if !errors.Is(err, ErrNewer) || len(states) != 5 || states[4] != (State{5, "step 5", true}) {
		t.Errorf("an older program sees %+v, %v", states, err)
	}
	if after := dump(t, s); !slices.Equal(before, after) {
		t.Error("an older program changed the store")
	}
}

// TestFails stops at the first that fails, and goes on from there.
func TestFails(t *testing.T) {
	t.Parallel()
	s := memory.New()
	all := several()
	works := all[2].Up
	broken := errors.New("broken")
	all[2].Up = func(context.Context, store.Store) error { return broken }
	if err := up(t.Context(), s, all); !errors.Is(err, broken) {
		t.Errorf("got %v, want the error of the migration", err)
	}
	states, err := status(t.Context(), s, all)
	if err != nil || !states[1].Applied || states[2].Applied || states[3].Applied {
		t.Errorf("after the failure: %+v, %v", states, err)
	}
	all[2].Up = works
	if err := up(t.Context(), s, all); err != nil {
		t.Fatal(err)
	}
	checkSeveral(t, s)
}

// checkSeveral checks that each of the several migrations was applied once.
func checkSeveral(t *testing.T, s store.Store) {
	t.Helper()
	var want []string
	for i := range 20 {
		want = append(want, fmt.Sprintf(`docs/%d v5 {"step":5}`, i))
	}
	for n := 1; n <= 5; n++ {
		want = append(want, fmt.Sprintf(`meta/migration-%06d v1 {"number":%d,"name":"step %d"}`, n, n, n))
	}
	got := dump(t, s)
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("the store holds\n%q\nwant\n%q", got, want)
	}
}

// TestTwoProcesses migrates one file from two processes at once.
func TestTwoProcesses(t *testing.T) {
	t.Parallel()
	for range 5 {
		path := filepath.Join(t.TempDir(), "two.db")
		cmd := exec.CommandContext(t.Context(), os.Args[0])
		cmd.Env = append(os.Environ(), childEnv+"="+path)
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
		if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
			t.Fatal(err)
		}
		if _, err := fmt.Fprintln(in, "go"); err != nil {
			t.Fatal(err)
		}
		s, err := sqlite.Open(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(up(t.Context(), s, several()), cmd.Wait()); err != nil {
			t.Fatal(err)
		}
		checkSeveral(t, s)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
