package sqlite

import (
	"bytes"
	"context"
	"encoding/json"
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

var created = time.Date(2024, 3, 4, 5, 6, 7, 0, time.UTC)

// backedUp makes a store with two collections and a key, and backs it up.
func backedUp(t *testing.T) (dir string) {
	t.Helper()
	home := t.TempDir()
	path, key := filepath.Join(home, "hailong.db"), filepath.Join(home, "hailong.key")
	s := open(t, path)
	for i := range 500 {
		if err := s.Insert(t.Context(), []string{"answers", "dossiers"}[i%2], numbered(fmt.Sprint(i))); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Delete(t.Context(), "answers", "0", 0); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(key, []byte("0123456789abcdef\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	dir = filepath.Join(home, "backup")
	m, err := Backup(t.Context(), BackupSource{Store: path, Key: key, Created: created, Program: "v1", Schema: 1}, dir)
	if err != nil {
		t.Fatal(err)
	}
	if m.Counts["answers"] != 249 || m.Counts["dossiers"] != 250 || !m.Created.Equal(created) || m.Schema != 1 {
		t.Errorf("the manifest says %+v", m)
	}
	return dir
}

func TestBackup(t *testing.T) {
	t.Parallel()
	dir := backedUp(t)
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 3 {
		t.Fatalf("the backup has %v, %v", entries, err)
	}
	for _, e := range entries {
		if info, err := e.Info(); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s can be read by others", e.Name())
		}
	}
	home := filepath.Join(t.TempDir(), "new", "data")
	to := RestoreTarget{Store: filepath.Join(home, "hailong.db"), Key: filepath.Join(home, "hailong.key")}
	verified := 0
	to.Verify = func(ctx context.Context, s store.Store) error {
		for range s.Scan(ctx, "answers", store.Range{}) {
			verified++
		}
		return nil
	}
	m, err := Restore(t.Context(), dir, to)
	if err != nil {
		t.Fatal(err)
	}
	if verified != 249 || m.Counts["answers"] != 249 {
		t.Errorf("verified %d answers, the manifest has %d", verified, m.Counts["answers"])
	}
	s := open(t, to.Store)
	for i := range 500 {
		_, err := s.Get(t.Context(), []string{"answers", "dossiers"}[i%2], fmt.Sprint(i))
		if (err != nil) != (i == 0) {
			t.Errorf("document %d: %v", i, err)
		}
	}
	if key, err := os.ReadFile(to.Key); err != nil || string(key) != "0123456789abcdef\n" {
		t.Errorf("the key came back as %q, %v", key, err)
	}
	// And once more: what is there is not overwritten.
	before, err := os.ReadFile(to.Store)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Restore(t.Context(), dir, to); err == nil || !strings.Contains(err.Error(), "không ghi đè") {
		t.Errorf("restoring over a store gave %v", err)
	}
	if after, err := os.ReadFile(to.Store); err != nil || !bytes.Equal(before, after) {
		t.Error("the store that was there was changed")
	}
	if _, err := Backup(t.Context(), BackupSource{Store: to.Store, Key: to.Key}, dir); err == nil || !strings.Contains(err.Error(), "không ghi đè") {
		t.Errorf("a backup over a backup gave %v", err)
	}
}

// TestBackupWhileWriting takes backups while writers write numbers 0, 1, 2 …:
// each holds all that was acknowledged before, and of each writer no number
// without those before it.
func TestBackupWhileWriting(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	path := filepath.Join(home, "hailong.db")
	s := open(t, path)
	const writers = 6
	var mu sync.Mutex
	acknowledged := make([]int, writers)
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				if err := s.Insert(t.Context(), "docs", numbered(fmt.Sprintf("%d-%06d", w, i))); err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				acknowledged[w] = i + 1
				mu.Unlock()
			}
		})
	}
	for round := range 4 {
		mu.Lock()
		before := append([]int(nil), acknowledged...)
		mu.Unlock()
		dir := filepath.Join(home, fmt.Sprint("backup", round))
		if _, err := Backup(t.Context(), BackupSource{Store: path, Key: filepath.Join(home, "none")}, dir); err != nil {
			t.Fatal(err)
		}
		to := RestoreTarget{Store: filepath.Join(home, fmt.Sprint("restored", round, ".db"))}
		m, err := Restore(t.Context(), dir, to)
		if err != nil {
			t.Fatal(err)
		}
		if m.Key != nil {
			t.Error("a key came from nowhere")
		}
		restored := open(t, to.Store)
		for w := range writers {
			n := 0
			for d, err := range restored.Scan(t.Context(), "docs", store.Prefix(fmt.Sprintf("%d-", w))) {
				if want := fmt.Sprintf("%d-%06d", w, n); err != nil || d.Key != want {
					t.Fatalf("round %d: found %s, want %s, %v", round, d.Key, want, err)
				}
				n++
			}
			if n < before[w] {
				t.Errorf("round %d: writer %d had %d acknowledged, the backup has %d", round, w, before[w], n)
			}
		}
	}
	stop()
	wg.Wait()
}

func TestDamagedBackup(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		damage func(t *testing.T, dir string)
		want   error
	}{
		"a bit of the store": {func(t *testing.T, dir string) {
			change(t, filepath.Join(dir, "hailong.db"), func(b []byte) []byte { b[len(b)/2] ^= 1; return b })
		}, ErrDamaged},
		"store cut off": {func(t *testing.T, dir string) {
			change(t, filepath.Join(dir, "hailong.db"), func(b []byte) []byte { return b[:len(b)-4096] })
		}, ErrDamaged},
		"store missing": {func(t *testing.T, dir string) { remove(t, dir, "hailong.db") }, ErrDamaged},
		"key changed": {func(t *testing.T, dir string) {
			change(t, filepath.Join(dir, "hailong.key"), func(b []byte) []byte { b[0] ^= 1; return b })
		}, ErrDamaged},
		"key missing":      {func(t *testing.T, dir string) { remove(t, dir, "hailong.key") }, ErrDamaged},
		"manifest missing": {func(t *testing.T, dir string) { remove(t, dir, "manifest.json") }, os.ErrNotExist},
		"manifest cut off": {func(t *testing.T, dir string) {
			change(t, filepath.Join(dir, "manifest.json"), func(b []byte) []byte { return b[:len(b)/2] })
		}, ErrDamaged},
		"manifest empty": {func(t *testing.T, dir string) {
			change(t, filepath.Join(dir, "manifest.json"), func([]byte) []byte { return []byte("{}") })
		}, ErrDamaged},
		"count": {func(t *testing.T, dir string) {
			changeManifest(t, dir, func(m *Manifest) { m.Counts["answers"]++ })
		}, ErrDamaged},
		"damaged before it was described": {func(t *testing.T, dir string) {
			path := filepath.Join(dir, "hailong.db")
			change(t, path, func(b []byte) []byte { clear(b[4096:8192]); return b })
			changeManifest(t, dir, func(m *Manifest) {
				var err error
				if m.Store, err = describe(path); err != nil {
					t.Fatal(err)
				}
			})
		}, ErrDamaged},
		"newer format": {func(t *testing.T, dir string) {
			changeManifest(t, dir, func(m *Manifest) { m.Format++ })
		}, nil},
		"verify": {func(*testing.T, string) {}, errVerify},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := backedUp(t)
			c.damage(t, dir)
			home := t.TempDir()
			_, err := Restore(t.Context(), dir, RestoreTarget{
				Store:  filepath.Join(home, "hailong.db"),
				Key:    filepath.Join(home, "hailong.key"),
				Verify: func(context.Context, store.Store) error { return errVerify },
			})
			if err == nil || c.want != nil && !errors.Is(err, c.want) {
				t.Errorf("got error %v, want %v", err, c.want)
			}
			entries, err := os.ReadDir(home)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range entries {
				if e.Name() != "hailong.db.lock" {
					t.Errorf("%s was left behind", e.Name())
				}
			}
		})
	}
}

var errVerify = errors.New("the tallies differ")

func TestRestoreKeepsOtherKey(t *testing.T) {
	t.Parallel()
	dir := backedUp(t)
	home := t.TempDir()
	to := RestoreTarget{Store: filepath.Join(home, "hailong.db"), Key: filepath.Join(home, "hailong.key")}
	if err := os.WriteFile(to.Key, []byte("another"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Restore(t.Context(), dir, to); err == nil || !strings.Contains(err.Error(), to.Key) {
		t.Errorf("restoring beside another key gave %v", err)
	}
	if key, err := os.ReadFile(to.Key); err != nil || string(key) != "another" {
		t.Errorf("the key is now %q, %v", key, err)
	}
}

func TestRestoreWhileServed(t *testing.T) {
	t.Parallel()
	dir := backedUp(t)
	to := RestoreTarget{Store: filepath.Join(t.TempDir(), "hailong.db")}
	lock, err := LockServe(to.Store)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Restore(t.Context(), dir, to); !errors.Is(err, ErrServed) {
		t.Errorf("restoring under a server gave %v, want ErrServed", err)
	}
	if err := lock.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestBackupOfNothing(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	text := filepath.Join(home, "text.db")
	if err := os.WriteFile(text, []byte("this is no store at all"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{text, filepath.Join(home, "none.db"), home} {
		dir := filepath.Join(home, "backup")
		if _, err := Backup(t.Context(), BackupSource{Store: path}, dir); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("backing up %s gave %v", path, err)
		}
		if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("backing up %s left something behind", path)
		}
	}
}

func change(t *testing.T, path string, how func([]byte) []byte) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, how(b), 0o600); err != nil {
		t.Fatal(err)
	}
}

func changeManifest(t *testing.T, dir string, how func(*Manifest)) {
	t.Helper()
	change(t, filepath.Join(dir, "manifest.json"), func(b []byte) []byte {
		var m Manifest
		if err := json.Unmarshal(b, &m); err != nil {
			t.Fatal(err)
		}
		how(&m)
		b, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		return b
	})
}

func remove(t *testing.T, dir, name string) {
	t.Helper()
	if err := os.Remove(filepath.Join(dir, name)); err != nil {
		t.Fatal(err)
	}
}
