package sqlite

import (
	"bytes"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hailong/server/store"
)

// TestNotAStore opens what is something else: a clear error, and not a byte
// changed.
func TestNotAStore(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	other := filepath.Join(dir, "other.db")
	newer := filepath.Join(dir, "newer.db")
	if err := open(t, newer).Close(); err != nil {
		t.Fatal(err)
	}
	for path, sqls := range map[string]string{other: `CREATE TABLE t (a)`, newer: `PRAGMA user_version = 99`} {
		db, err := sql.Open("sqlite", path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.ExecContext(t.Context(), sqls); err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
	whole, err := os.ReadFile(newer)
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{
		"text.db":    []byte("Báo cáo quý I\n"),
		"short.db":   []byte("SQL"),
		"photo.db":   append([]byte("\xff\xd8\xff\xe0"), bytes.Repeat([]byte{7}, 9000)...),
		"garbage.db": append([]byte("SQLite format 3\x00"), bytes.Repeat([]byte{7}, 9000)...),
		"cut.db":     whole[:50],
	} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct{ name, want string }{
		{"text.db", "not a Hài Lòng store"},
		{"short.db", "not a Hài Lòng store"},
		{"photo.db", "not a Hài Lòng store"},
		{"garbage.db", "not a Hài Lòng store"},
		{"cut.db", "not a Hài Lòng store"},
		{"other.db", "not a Hài Lòng store"},
		{"newer.db", "newer version"},
		{".", "directory"},
		{"text.db/sub/x.db", "not a directory"},
	} {
		path := filepath.Join(dir, c.name)
		before, _ := os.ReadFile(path) //nolint:errcheck // some are not files
		s, err := Open(t.Context(), path)
		if err == nil {
			t.Errorf("%s was opened", c.name)
			s.Close() //nolint:errcheck // it failed already
			continue
		}
		if !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), filepath.Join(dir, strings.TrimSuffix(c.name, "/sub/x.db"))) {
			t.Errorf("%s gave %q, want %q and the path", c.name, err, c.want)
		}
		after, _ := os.ReadFile(path) //nolint:errcheck // some are not files
		if !bytes.Equal(before, after) {
			t.Errorf("%s was changed", c.name)
		}
	}
}

func TestUnwritable(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	paths := []string{"/proc/hailong.db", "/proc/hailong/hailong.db"} // not even for root
	if os.Geteuid() != 0 {
		paths = append(paths, filepath.Join(dir, "x.db"), filepath.Join(dir, "sub", "x.db"))
	}
	for _, path := range paths {
		s, err := Open(t.Context(), path)
		if err == nil {
			t.Errorf("%s was opened", path)
			s.Close() //nolint:errcheck // it failed already
		} else if !strings.Contains(err.Error(), "không") || !strings.Contains(err.Error(), filepath.Dir(path)) {
			t.Errorf("%s gave %q: no sentence, or no path", path, err)
		}
	}
}

// TestNothingKept looks into the file for what it must not remember: what was
// deleted, and the order in which documents came.
func TestNothingKept(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "kept.db")
	s := open(t, path)
	secret := store.Doc{Key: "bi-mat-khoa", Order: "bi-mat-thu-tu", Body: []byte(`{"text":"` + strings.Repeat("bi-mat-than ", 2000) + `"}`)}
	for _, d := range []store.Doc{numbered("z"), secret, numbered("a")} {
		if err := s.Insert(t.Context(), "docs", d); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Delete(t.Context(), "docs", secret.Key, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := s.readers.ExecContext(t.Context(), `SELECT rowid FROM docs`); err == nil {
		t.Error("the table has row numbers, which tell the order of insertion")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		content, err := os.ReadFile(filepath.Join(filepath.Dir(path), e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(content, []byte("bi-mat")) {
			t.Errorf("%s still holds what was deleted", e.Name())
		}
		if info, err := e.Info(); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s can be read by others: %v, %v", e.Name(), info.Mode(), err)
		}
	}
}

// TestPlans checks that no scan sorts or reads the whole table.
func TestPlans(t *testing.T) {
	t.Parallel()
	s := open(t, filepath.Join(t.TempDir(), "plans.db"))
	for _, byOrder := range []bool{false, true} {
		for _, reverse := range []bool{false, true} {
			for _, after := range []*store.Doc{nil, {Key: "a", Order: "b"}} {
				r := store.Range{From: "a", To: "z", ByOrder: byOrder, Reverse: reverse}
				query, args := pageQuery("docs", r, after, 10)
				rows, err := s.readers.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+query, args...)
				if err != nil {
					t.Fatal(err)
				}
				for rows.Next() {
					var id, parent, unused int
					var detail string
					if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
						t.Fatal(err)
					}
					if !strings.HasPrefix(detail, "SEARCH") {
						t.Errorf("%s: %s", query, detail)
					}
				}
				if err := rows.Err(); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}
