package kiosk

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"testing"

	"hailong/kiosk/assets"
)

// heavy are packages that the kiosk does without, each with its reason. The
// kilobytes are of gzip, over a program with syscall/js alone.
var heavy = map[string]string{
	"fmt":              "167 KB: build strings by hand",
	"encoding/json":    "342 KB: the browser has JSON.stringify",
	"time":             "55 KB and more: the clock is told from outside",
	"os":               "84 KB: there is no system",
	"context":          "104 KB: what is called off is called off by the browser",
	"io":               "nothing is read or written here",
	"net":              "the browser's fetch carries answers",
	"net/http":         "2,137 KB: the browser's fetch carries answers",
	"net/url":          "229 KB: there is one address",
	"log":              "the console belongs to nobody",
	"log/slog":         "375 KB: the console belongs to nobody",
	"html/template":    "1,100 KB: the server renders",
	"text/template":    "the server renders",
	"crypto/rand":      "140 KB: the browser has crypto.randomUUID",
	"crypto/sha256":    "132 KB: nothing is signed here",
	"math/rand":        "chance comes from the browser",
	"math/rand/v2":     "chance comes from the browser",
	"reflect":          "it comes with fmt and friends, and keeps every method alive",
	"regexp":           "marks are one character",
	"unicode":          "11 KB of tables: no text is changed here",
	"strings":          "15 KB: hardly any text here",
	"sort":             "5 KB: six marks have an order",
	"slices":           "5 KB: six marks have an order",
	"hailong/server":   "the kiosk speaks to the server, it does not contain it",
	"hailong/scoring":  "the kiosk asks, it does not compute",
	"embed":            "what the kiosk needs is on the page",
	"golang.org/x/net": "the standard library is too much already",
}

// The import graph of the kiosk as it is sent to the browser.
func TestWeightOfImports(t *testing.T) {
	t.Parallel()
	for _, pkg := range []string{"hailong/kiosk", "hailong/kiosk/wasm"} {
		cmd := exec.Command("go", "list", "-deps", pkg)
		cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm")
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		deps := strings.Fields(string(out))
		for _, dep := range deps {
			if why, ok := heavy[dep]; ok {
				t.Errorf("%s depends on %s: %s", pkg, dep, why)
			}
			if dep == "syscall/js" && pkg == "hailong/kiosk" {
				t.Errorf("%s depends on %s: the machine is tested without a browser", pkg, dep)
			}
			first, _, _ := strings.Cut(dep, "/")
			if strings.Contains(first, ".") {
				t.Errorf("%s depends on %s: the kiosk is the standard library and us", pkg, dep)
			}
		}
		if len(deps) < 10 {
			t.Errorf("%s has %d dependencies: is the list right?", pkg, len(deps))
		}
	}
}

// built reads a file that the kiosk's build makes. Under make test, which makes
// it, a missing one fails.
func built(t *testing.T, name string) []byte {
	t.Helper()
	b, err := fs.ReadFile(assets.Files, name)
	if errors.Is(err, fs.ErrNotExist) && os.Getenv("HAILONG_TEST_ALL") != "1" {
		t.Skip("the kiosk is not compiled: `make kiosk` does it")
	}
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// maxBrotli is the most that the kiosk may weigh on its way to the browser.
const maxBrotli = 520_000

func TestWeight(t *testing.T) {
	t.Parallel()
	b := built(t, "kiosk.wasm.br")
	if len(b) > maxBrotli {
		t.Errorf("the kiosk weighs %d bytes, more than %d", len(b), maxBrotli)
	}
	t.Logf("%d of %d bytes", len(b), maxBrotli)
}

// The loader and the machine come from one Go version.
func TestLoaderIsOfThisGo(t *testing.T) {
	t.Parallel()
	got := built(t, "wasm_exec.js")
	out, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(strings.TrimSpace(string(out)) + "/lib/wasm/wasm_exec.js")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("wasm_exec.js is of another Go version: go run ./kiosk/build")
	}
}
