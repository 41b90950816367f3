package deploy

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// standIn plays the program for the scripts: a backup is a folder with a file,
// and BREAK makes it fail half way, as a full disk does.
const standIn = `#!/bin/sh
set -eu
case $1 in
backup)
	mkdir "$2"
	echo half >"$2/hailong.db"
	test "${BREAK:-}" != backup || exit 1
	;;
restore)
	test "${BREAK:-}" != restore || exit 1
	case $4 in sqlite:*/hailong.db) cp "$2/hailong.db" "${4#sqlite:}" ;; *) exit 2 ;; esac
	test -z "${HAILONG_STORE:-}" || exit 3
	;;
index)
	test "${BREAK:-}" != index || exit 1
	echo '{"answers":1}'
	;;
*) exit 2 ;;
esac
`

// A shell runs scripts with the stand-in.
type shell struct {
	path string // of programs
	tmp  string
}

func newShell(t *testing.T) shell {
	t.Helper()
	for _, tool := range []string{"sh", "find", "sort", "tail", "date", "mktemp", "sync"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("the scripts need %s: %v", tool, err)
		}
	}
	bin := t.TempDir()
	if err := os.WriteFile(filepath.Join(bin, "hailong"), []byte(standIn), 0o755); err != nil {
		t.Fatal(err)
	}
	return shell{bin + string(filepath.ListSeparator) + os.Getenv("PATH"), t.TempDir()}
}

// run runs a script of this folder and returns its exit code.
func (s shell) run(t *testing.T, script string, args []string, env ...string) (code int, output string) {
	t.Helper()
	cmd := exec.Command("./"+script, args...)
	cmd.Env = append([]string{"PATH=" + s.path, "TMPDIR=" + s.tmp}, env...)
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), string(out)
}

// inside lists what a folder holds.
func inside(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}

// old makes backups of the past.
func old(t *testing.T, root string, names ...string) {
	t.Helper()
	for _, n := range names {
		if err := os.MkdirAll(filepath.Join(root, n), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root, n, "hailong.db"), []byte("old"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestBackupKeepsTheNewest(t *testing.T) {
	t.Parallel()
	s, root := newShell(t), filepath.Join(t.TempDir(), "with space")
	old(t, root, "20240101T120000Z", "20240102T120000Z", "20240103T120000Z", "notes")
	code, out := s.run(t, "backup.sh", []string{root}, "HAILONG_BACKUP_KEEP=2")
	if code != 0 {
		t.Fatalf("exit %d: %s", code, out)
	}
	got := inside(t, root)
	if len(got) != 3 || got[0] != "20240103T120000Z" || got[2] != "notes" {
		t.Errorf("kept %v, want 20240103…, the new one and what is no backup", got)
	}
	if b, err := os.ReadFile(filepath.Join(root, got[1], "hailong.db")); err != nil || string(b) != "half\n" {
		t.Errorf("the new one holds %q, %v", b, err)
	}
	if info, err := os.Stat(filepath.Join(root, got[1])); err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("others can read the backup: %v, %v", info.Mode(), err)
	}
}

func TestBackupThatFailsRemovesNothing(t *testing.T) {
	t.Parallel()
	s, root := newShell(t), t.TempDir()
	before := []string{"20240101T120000Z", "20240102T120000Z", "20240103T120000Z"}
	old(t, root, before...)
	if code, out := s.run(t, "backup.sh", []string{root}, "HAILONG_BACKUP_KEEP=1", "BREAK=backup"); code != 1 {
		t.Errorf("exit %d: %s", code, out)
	}
	if got := inside(t, root); !slices.Equal(got, before) {
		t.Errorf("a backup that failed left %v", got)
	}
}

func TestScriptsRefuseNonsense(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	for _, c := range []struct {
		script string
		args   []string
		env    string
	}{
		{"backup.sh", nil, ""},
		{"backup.sh", []string{"a", "b"}, ""},
		{"backup.sh", []string{t.TempDir()}, "HAILONG_BACKUP_KEEP=0"},
		{"backup.sh", []string{t.TempDir()}, "HAILONG_BACKUP_KEEP=-1"},
		{"backup.sh", []string{t.TempDir()}, "HAILONG_BACKUP_KEEP=all"},
		{"restore-drill.sh", nil, ""},
	} {
		if code, out := s.run(t, c.script, c.args, c.env); code != 2 {
			t.Errorf("%s %v %s: exit %d: %s", c.script, c.args, c.env, code, out)
		}
	}
}

func TestRestoreDrill(t *testing.T) {
	t.Parallel()
	fresh := time.Now().UTC()
	for _, c := range []struct {
		name string
		make func(t *testing.T, root string)
		env  string
		code int
		says string
	}{
		{"good", func(t *testing.T, root string) { old(t, root, "20240101T120000Z", "20240102T120000Z") }, "", 0, "20240102T120000Z"},
		{"none", func(*testing.T, string) {}, "", 1, "no backup"},
		{"half", func(t *testing.T, root string) { old(t, root, ".partial-20240102T120000Z-1") }, "", 1, "no backup"},
		{"too old", func(t *testing.T, root string) {
			old(t, root, "20240101T120000Z")
			then := fresh.Add(-50 * time.Hour)
			if err := os.Chtimes(filepath.Join(root, "20240101T120000Z"), then, then); err != nil {
				t.Fatal(err)
			}
		}, "", 1, "older than 48 hours"},
		{"does not restore", func(t *testing.T, root string) { old(t, root, "20240101T120000Z") }, "BREAK=restore", 1, ""},
		{"cannot be read", func(t *testing.T, root string) { old(t, root, "20240101T120000Z") }, "BREAK=index", 1, ""},
		{"next to the live store", func(t *testing.T, root string) { old(t, root, "20240101T120000Z") }, "HAILONG_STORE=sqlite:live.db", 0, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s, root := newShell(t), t.TempDir()
			c.make(t, root)
			code, out := s.run(t, "restore-drill.sh", []string{root}, c.env)
			if code != c.code || !strings.Contains(out, c.says) {
				t.Errorf("exit %d, want %d; it says %q, want %q", code, c.code, out, c.says)
			}
			if left := inside(t, s.tmp); len(left) > 0 {
				t.Errorf("the drill left %v", left)
			}
		})
	}
}
