package server_test

import (
	"flag"
	"fmt"
	"os"
	"testing"
)

// thorough says that the whole of every test is wanted, as `make test` does.
func thorough() bool { return os.Getenv("HAILONG_TEST_ALL") == "1" }

// rounds is how often a test goes round that draws another house each time: all
// of them in make test, a quarter in the inner loop.
func rounds(all int) int {
	if thorough() {
		return all
	}
	return max(1, all/4)
}

// TestMain lets property tests draw a quarter of rapid's hundred houses in the
// inner loop, unless the command line says how many.
func TestMain(m *testing.M) {
	flag.Parse()
	const checks = "rapid.checks"
	said := false
	flag.Visit(func(f *flag.Flag) { said = said || f.Name == checks })
	if !thorough() && !said {
		if err := flag.Set(checks, "25"); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
	}
	os.Exit(m.Run())
}
