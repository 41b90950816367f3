package storetest

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Program starts a program that a test talks to over the network, such as the
// server of another engine, and returns the first line that it prints, which says
// where. `make tools` builds these programs into .cache/bin; the variable env may
// name another place. The program ends with the test, or when it is killed.
//
// Where there is none the test is skipped, or fails if HAILONG_TEST_ALL=1 promises
// that everything is there.
func Program(t testing.TB, env, name string, args ...string) (cmd *exec.Cmd, line string) {
	t.Helper()
	path := os.Getenv(env)
	if path == "" {
		path = filepath.Join(moduleRoot(t), ".cache", "bin", name)
	}
	if _, err := os.Stat(path); err != nil {
		const how = "no %s: `make tools` builds it, and %s can name it: %v"
		if os.Getenv("HAILONG_TEST_ALL") == "1" {
			t.Fatalf(how, name, env, err)
		}
		t.Skipf(how, name, env, err)
	}
	cmd = exec.Command(path, args...)
	cmd.Dir = t.TempDir()
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe() // which ends it, whatever becomes of the test
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stdin.Close() //nolint:errcheck // it may be dead already
		cmd.Wait()    //nolint:errcheck // killed or ended
	})
	line, err = bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatalf("%s did not start: %v", name, err)
	}
	return cmd, strings.TrimSpace(line)
}

// moduleRoot is the folder of go.mod above the test's package.
func moduleRoot(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		up := filepath.Dir(dir)
		if up == dir {
			t.Fatal("no go.mod above the test")
		}
		dir = up
	}
}
