package mongo

import (
	"crypto/rand"
	"net/url"
	"os/exec"
	"strings"
	"testing"
	"time"

	"hailong/server/store/storetest"
)

// A testServer is a FerretDB of our own in a process of its own, speaking the
// wire protocol on 127.0.0.1.
type testServer struct {
	address string // host:port
	dir     string
	cmd     *exec.Cmd
}

// start starts a server on the directory. It ends with the test.
func (s *testServer) start(t *testing.T, listen string) {
	t.Helper()
	cmd, line := storetest.Program(t, "HAILONG_FERRETDB", "ferretdb", "-dir", s.dir, "-listen", listen)
	u, err := url.Parse(line)
	if err != nil {
		t.Fatal(err)
	}
	s.cmd, s.address = cmd, u.Host
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
