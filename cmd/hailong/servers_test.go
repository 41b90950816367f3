package main

import (
	"bufio"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math"
	neturl "net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"

	"hailong/server"
	"hailong/server/ledger"
	"hailong/server/store"
	"hailong/server/store/storetest"
)

// A child is a server in a process of its own: it enters lines in the ledger and
// closes a period, and says so line by line.
const (
	childStore = "HAILONG_TEST_CHILD_STORE"
	childKey   = "HAILONG_TEST_CHILD_KEY"
	childName  = "HAILONG_TEST_CHILD_NAME"
	childLines = "HAILONG_TEST_CHILD_LINES"
)

func TestMain(m *testing.M) {
	if os.Getenv(childStore) != "" {
		if err := child(context.Background()); err != nil {
			fmt.Fprintln(os.Stderr, "child:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func childRecord(name string, i int) ledger.Record {
	return ledger.Record{Kind: ledger.Pack, Subject: "2024-Q1", Hash: sha256.Sum256([]byte(name + strconv.Itoa(i)))}
}

func serversFlags(store, key string) storeFlags {
	return storeFlags{Store: store, KeyFile: key, BaseURL: "http://localhost:8080", Unit: "phu-lien-2024"}
}

func child(ctx context.Context) error {
	svc, err := serversFlags(os.Getenv(childStore), os.Getenv(childKey)).open(ctx)
	if err != nil {
		return err
	}
	defer svc.Store.Close()
	p, err := svc.Period("2024-Q1")
	if err != nil {
		return err
	}
	lines, err := strconv.Atoi(os.Getenv(childLines))
	if err != nil {
		return err
	}
	for i := range lines {
		for { // somebody else may be faster twenty times in a row
			_, _, err := svc.Record(ctx, childRecord(os.Getenv(childName), i))
			if err == nil {
				break
			}
			if !errors.Is(err, store.ErrConflict) {
				return err
			}
		}
		fmt.Println(i)
		if i == 1 {
			if _, err := svc.ClosePeriod(ctx, p, "", os.Getenv(childName)); err != nil && !errors.Is(err, server.ErrClosed) {
				return err
			}
		}
	}
	return nil
}

// ferretDB is a store on a server that speaks MongoDB's protocol.
func ferretDB(t *testing.T) string {
	t.Helper()
	if os.Getenv("HAILONG_TEST_ALL") != "1" {
		t.Skip("takes seconds on a second engine: `make test` runs it")
	}
	_, line := storetest.Program(t, "HAILONG_FERRETDB", "ferretdb", "-dir", t.TempDir(), "-listen", "127.0.0.1:0")
	u, err := neturl.Parse(line)
	if err != nil {
		t.Fatal(err)
	}
	return "mongodb://" + u.Host + "/hailong"
}

// Three servers enter lines in one ledger and close one period at the same time,
// one of them is killed in the middle: what any of them said is entered is there,
// once; the period was closed once; the ledger is sound, and a review pack of the
// period holds.
func TestServersOnOneLedger(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		open  func(*testing.T) string
		lines int // of each server
	}{
		"sqlite":  {func(t *testing.T) string { return "sqlite:" + filepath.Join(t.TempDir(), "h.db") }, 30},
		"mongodb": {ferretDB, 4}, // it takes about a second a line
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url, key := c.open(t), filepath.Join(t.TempDir(), "hailong.key")
			svc, err := serversFlags(url, key).open(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer svc.Store.Close()
			var as []server.Answer
			for i := range 120 {
				as = append(as, server.Answer{ID: fmt.Sprintf("%032x", i), Unit: "phu-lien-2024", Survey: "sipas-short", Day: server.Day("2024-01-02").Add(i % 85),
					Lane: server.LaneSlip, Field: []string{"Chứng thực", "Hộ tịch"}[i%2], Marks: map[string]string{"overall": fmt.Sprint(5 - i%7/2)}})
			}
			if _, err := svc.PutAnswers(t.Context(), as); err != nil {
				t.Fatal(err)
			}
			type server struct {
				cmd  *exec.Cmd
				out  *bufio.Scanner
				said int
			}
			servers := map[string]*server{}
			for _, name := range []string{"Hạnh", "Bình", "Dũng"} {
				lines := c.lines
				if name == "Dũng" { // until it is killed
					lines = math.MaxInt
				}
				cmd := exec.CommandContext(t.Context(), os.Args[0])
				cmd.Env = append(os.Environ(), childStore+"="+url, childKey+"="+key, childName+"="+name, childLines+"="+strconv.Itoa(lines))
				cmd.Stderr = os.Stderr
				out, err := cmd.StdoutPipe()
				if err != nil {
					t.Fatal(err)
				}
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				servers[name] = &server{cmd: cmd, out: bufio.NewScanner(out)}
			}
			var wg sync.WaitGroup
			for name, s := range servers {
				wg.Go(func() {
					for s.out.Scan() {
						if s.said++; name == "Dũng" && s.said == 2 { // about to close the period, or closing
							if err := s.cmd.Process.Kill(); err != nil {
								t.Error(err)
							}
						}
					}
					err := s.cmd.Wait()
					if killed := name == "Dũng"; killed != (err != nil) || !killed && s.said != c.lines {
						t.Errorf("%s: %d lines, %v", name, s.said, err)
					}
				})
			}
			wg.Wait()
			book, _, err := svc.Ledger(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			kinds := map[ledger.Kind]int{}
			for _, r := range book.Records() {
				kinds[r.Kind]++
			}
			packs := 0
			for name, s := range servers {
				for i := range s.said {
					if _, ok := book.Find(childRecord(name, i)); !ok {
						t.Errorf("%s said line %d, and it is not there", name, i)
					}
				}
				packs += s.said
			}
			if kinds[ledger.Answer] != 120 || kinds[ledger.Close] != 1 || kinds[ledger.Pack] < packs || kinds[ledger.Pack] > packs+1 {
				t.Errorf("%v, of %d packs", kinds, packs)
			}
			code, out, errs := command(t, "recount", "--store", url, "--key-file", key)
			if code != exitDone {
				t.Errorf("recount: %d %s%s", code, out, errs)
			}
			zip := filepath.Join(t.TempDir(), "q1.zip")
			if code, out, errs := command(t, "report", "--store", url, "--key-file", key, "--period", "2024-Q1", "--format", "zip", "--out", zip); code != exitDone {
				t.Fatalf("report: %d %s%s", code, out, errs)
			}
			if code, out, errs := command(t, "verify", zip); code != exitDone {
				t.Errorf("verify: %d %s%s", code, out, errs)
			}
		})
	}
}
