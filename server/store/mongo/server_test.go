package mongo

import (
	"bufio"
	"crypto/rand"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A testServer is a FerretDB of our own in a process of its own, speaking the
// wire protocol on 127.0.0.1.
type testServer struct {
	address string // host:port
	dir     string
	cmd     *exec.Cmd
	stdin   io.Closer
}

// ferretDB is the path of the server, built from testdata/ferretdb.
func ferretDB(t *testing.T) string {
	t.Helper()
	path := os.Getenv("HAILONG_FERRETDB")
	if path == "" {
		path = filepath.Join("..", "..", "..", ".cache", "bin", "ferretdb") // from here to the root of the module
	}
	path, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		const how = "no server for the MongoDB engine: `make tools` builds one, and HAILONG_FERRETDB can name it: %v"
		if os.Getenv("HAILONG_TEST_ALL") == "1" {
			t.Fatalf(how, err)
		}
		t.Skipf(how, err)
	}
	return path
}

// start starts a server on the directory. It ends with the test.
func (s *testServer) start(t *testing.T, listen string) {
	t.Helper()
	cmd := exec.Command(ferretDB(t), "-dir", s.dir, "-listen", listen)
	cmd.Dir = s.dir
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
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
	s.cmd, s.stdin = cmd, stdin
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatalf("the server did not start: %v", err)
	}
	u, err := url.Parse(strings.TrimSpace(line))
	if err != nil {
		t.Fatal(err)
	}
	s.address = u.Host
	t.Cleanup(func() {
		stdin.Close() //nolint:errcheck // it may be dead already
		cmd.Wait()    //nolint:errcheck // killed or ended
	})
}

// kill ends the server as a power cut would.
func (s *testServer) kill(t *testing.T) {
	t.Helper()
	if err := s.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	s.cmd.Wait() //nolint:errcheck // it was killed
}

// uri is the address of a database of the server. FerretDB's conditional
// updates are not atomic across connections (of two that replace the same
// version both may win), so that the exam of the engine uses one.
func (s *testServer) uri(database string) string {
	return "mongodb://" + s.address + "/" + database + "?maxPoolSize=1"
}

func newServer(t *testing.T) *testServer {
	t.Helper()
	s := &testServer{dir: t.TempDir()}
	s.start(t, "127.0.0.1:0")
	return s
}

// newDatabase is a name that no other test has.
func newDatabase() string { return "hailong_test_" + strings.ToLower(rand.Text()) }

func open(t *testing.T, uri string) *Store {
	t.Helper()
	s, err := Open(t.Context(), uri)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return s
}

// within fails the test if f takes longer.
func within(t *testing.T, limit time.Duration, f func()) {
	t.Helper()
	begun := time.Now()
	f()
	if took := time.Since(begun); took > limit {
		t.Errorf("took %v, want at most %v", took, limit)
	}
}
