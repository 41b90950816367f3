package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path"
	"strings"
	"testing"
)

// The house's arrows, each with its reason: survey ← scoring ← server ← {web,
// report, importer, demo, engines} ← cmd, and survey ← kiosk ← kiosk/wasm.
var arrows = []struct {
	pkg    string // a package, or with /... it and what is below
	banned string // an import path, or with /... it and what is below
	why    string
}{
	{"hailong/scoring/survey", "hailong/...", "the instrument stands on the standard library alone"},
	{"hailong/scoring/survey", "fmt", "the kiosk carries this package: fmt costs it 170 KB"},
	{"hailong/scoring/survey", "encoding/json", "the kiosk carries this package: encoding/json costs it 340 KB"},
	{"hailong/scoring/survey", "time", "the kiosk carries this package: time costs it 60 KB"},
	{"hailong/scoring/...", "hailong/server/...", "arithmetic does not depend on where answers are kept"},
	{"hailong/scoring/...", "net/http", "arithmetic does not speak HTTP"},
	{"hailong/scoring/...", "go.mongodb.org/...", "arithmetic does not remember"},
	{"hailong/scoring/...", "modernc.org/...", "arithmetic does not remember"},
	{"hailong/server", "net/http", "the domain knows no HTTP"},
	{"hailong/server", "github.com/gin-gonic/...", "the domain knows no HTTP"},
	{"hailong/server", "hailong/server/store/sqlite", "the domain knows no engine"},
	{"hailong/server", "hailong/server/store/mongo", "the domain knows no engine"},
	{"hailong/server", "go.mongodb.org/...", "the domain knows no engine"},
	{"hailong/server", "modernc.org/...", "the domain knows no engine"},
	{"hailong/server", "hailong/server/web", "arrows point towards the domain"},
	{"hailong/server", "hailong/server/report", "arrows point towards the domain"},
	{"hailong/server", "hailong/server/importer", "arrows point towards the domain"},
	{"hailong/server/store", "hailong/...", "the store is told verbs, not what they are about"},
	{"hailong/server/store/sqlite", "hailong/server", "an engine knows documents, not dossiers"},
	{"hailong/server/store/mongo", "hailong/server", "an engine knows documents, not dossiers"},
	{"hailong/server/report", "hailong/server/web", "papers are made without a browser"},
	{"hailong/server/report", "github.com/gin-gonic/...", "papers are made without a browser"},
	{"hailong/server/importer", "hailong/server/web", "lists are read without a browser"},
	{"hailong/server/demo", "hailong/server/web", "the sample year is filled without a browser"},
	{"hailong/server/web", "hailong/server/store/sqlite", "pages know no engine"},
	{"hailong/server/web", "hailong/server/store/mongo", "pages know no engine"},
	{"hailong/kiosk", "hailong/scoring", "the kiosk asks, it does not compute"},
	{"hailong/kiosk", "syscall/js", "the kiosk's rules are tested without a browser"},
	{"hailong/migrations", "hailong/server", "a migration means the same in five years"},
}

func TestArrows(t *testing.T) {
	t.Parallel()
	deps := map[string][]string{}
	for _, p := range list(t, "hailong/...") {
		deps[p.ImportPath] = p.Deps
	}
	for _, a := range arrows {
		found := false
		for pkg, ds := range deps {
			if !within(a.pkg, pkg) {
				continue
			}
			found = true
			for _, d := range ds {
				if d != pkg && !within(a.pkg, d) && within(a.banned, d) {
					t.Errorf("%s depends on %s: %s", pkg, d, a.why)
				}
			}
		}
		if !found {
			t.Errorf("there is no package %s: is the rule still needed?", a.pkg)
		}
	}
}

// TestPackageDocs: every package says what it is for.
func TestPackageDocs(t *testing.T) {
	t.Parallel()
	for _, p := range list(t, "hailong/...") {
		if p.Doc == "" {
			t.Errorf("%s has no package comment", p.ImportPath)
		}
	}
}

// TestTopLevel: the rooms of the house are the ones in the plan.
func TestTopLevel(t *testing.T) {
	t.Parallel()
	rooms := " cmd server kiosk scoring migrations deploy go.mod go.sum README.md Makefile LICENSE CHANGELOG.md bin data "
	entries, err := os.ReadDir("../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") && !strings.Contains(rooms, " "+e.Name()+" ") {
			t.Errorf("%s is not a room of the house", e.Name())
		}
	}
}

func within(pattern, pkg string) bool {
	if root, ok := strings.CutSuffix(pattern, "/..."); ok {
		return pkg == root || strings.HasPrefix(pkg, root+"/")
	}
	return path.Clean(pattern) == pkg
}

type pkgInfo struct {
	ImportPath, Doc string
	Deps            []string
}

func list(t *testing.T, pattern string) []pkgInfo {
	t.Helper()
	out, err := exec.Command("go", "list", "-deps=false", "-json=ImportPath,Doc,Deps", pattern).Output()
	if err != nil {
		t.Fatal(err)
	}
	var all []pkgInfo
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkgInfo
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}
