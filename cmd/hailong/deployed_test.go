package main

import (
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// deployFiles reads everything in deploy/ that calls the program.
func deployFiles(t *testing.T) map[string]string {
	t.Helper()
	root, out := filepath.Join("..", "..", "deploy"), map[string]string{}
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || strings.HasSuffix(path, ".go") {
			return err
		}
		b, err := os.ReadFile(path)
		out[strings.TrimPrefix(path, root+string(filepath.Separator))] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// calls finds the command lines in a file: those of image and manifests as
// lists of words, those of units, scripts and guides as lines of a shell.
func calls(name, text string) [][]string {
	var out [][]string
	list := regexp.MustCompile(`"([^"]*)"`)
	words := func(s string) (w []string) {
		for _, m := range list.FindAllStringSubmatch(s, -1) {
			w = append(w, m[1])
		}
		return w
	}
	switch {
	case strings.Contains(name, "Dockerfile"):
		for _, m := range regexp.MustCompile(`(?m)\bCMD \[(.*)\]$`).FindAllStringSubmatch(text, -1) {
			out = append(out, words(m[1]))
		}
	case strings.HasSuffix(name, ".yaml"):
		for _, m := range regexp.MustCompile(`(?m)^\s*(?:args|test): \[("serve"|"migrate"|"CMD", "/hailong")(.*)\]$`).FindAllStringSubmatch(text, -1) {
			out = append(out, words(m[1]+m[2]))
		}
	default:
		// Written in full: in a unit by its path, in a shell as a word of its
		// own at the beginning of a command.
		for _, m := range regexp.MustCompile(`(?m)^(?:ExecStart=/usr/local/bin/|\s*(?:sudo as-)?)hailong ([a-z][^|>#\n]*)`).FindAllStringSubmatch(text, -1) {
			line := strings.NewReplacer("$partial", "DIR", "$latest", "DIR", "$store", "sqlite:DIR/x.db").Replace(m[1])
			var w []string
			for _, q := range regexp.MustCompile(`"([^"]*)"|(\S+)`).FindAllStringSubmatch(line, -1) {
				w = append(w, q[1]+q[2])
			}
			out = append(out, w)
		}
	}
	for i, w := range out {
		if len(w) > 1 && w[0] == "CMD" {
			w = w[1:]
		}
		if len(w) > 0 && w[0] == "/hailong" {
			w = w[1:]
		}
		out[i] = w
	}
	return out
}

// What deploy/ tells machines and people to call is understood by the program.
func TestDeployedCommands(t *testing.T) {
	t.Parallel()
	total := map[string]int{}
	for name, text := range deployFiles(t) {
		for _, args := range calls(name, text) {
			var c cli
			parser, err := kong.New(&c, kong.Vars{"version": "test"}, kong.Writers(io.Discard, io.Discard), kong.Exit(func(int) {}))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := parser.Parse(args); err != nil {
				t.Errorf("deploy/%s calls hailong %s: %v", name, strings.Join(args, " "), err)
			}
			total[name]++
		}
	}
	for _, name := range []string{"Dockerfile", "compose.yaml", "kubernetes/hailong.yaml", "systemd/hailong.service", "backup.sh", "restore-drill.sh", "README.md", "huong-dan.md"} {
		if total[name] == 0 {
			t.Errorf("no call of the program was found in deploy/%s", name)
		}
	}
}

// Every HAILONG_… that deploy/ sets is a flag of some command, or belongs to
// the file that sets it.
func TestDeployedEnvironment(t *testing.T) {
	t.Parallel()
	var c cli
	parser, err := kong.New(&c, kong.Vars{"version": "test"})
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{
		"HAILONG_BACKUP_KEEP": true, "HAILONG_BACKUP_MAX_HOURS": true, // of the scripts
		"HAILONG_VERSION": true, // of the compose file
	}
	err = kong.Visit(parser.Model, func(node kong.Visitable, next kong.Next) error {
		if f, ok := node.(*kong.Flag); ok {
			known["HAILONG_"+strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))] = true
		}
		return next(nil)
	})
	if err != nil && !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for name, text := range deployFiles(t) {
		for _, v := range regexp.MustCompile(`HAILONG_[A-Z_]*[A-Z]`).FindAllString(text, -1) {
			seen[v] = true
			if !known[v] && v != "HAILONG_TEN_TUY_CHON" && v != "HAILONG_TEST_MONGODB" {
				t.Errorf("deploy/%s speaks of %s, which nothing reads", name, v)
			}
		}
	}
	for _, v := range []string{"HAILONG_STORE", "HAILONG_LISTEN", "HAILONG_BASE_URL", "HAILONG_KEY_FILE"} {
		if !seen[v] {
			t.Errorf("deploy/ never sets %s; it sets %v", v, slices.Sorted(maps.Keys(seen)))
		}
	}
}

// Every variable that the service reads stands in the example of its environment,
// once, and compose and Kubernetes take in a file like it.
func TestExampleNamesEveryVariable(t *testing.T) {
	t.Parallel()
	var c cli
	parser, err := kong.New(&c, kong.Vars{"version": "test"})
	if err != nil {
		t.Fatal(err)
	}
	files := deployFiles(t)
	times := map[string]int{}
	for _, m := range regexp.MustCompile(`(?m)^(?:# )?(HAILONG_[A-Z_]+)=`).FindAllStringSubmatch(files["systemd/hailong.env.example"], -1) {
		times[m[1]]++
	}
	flags := 0
	for _, node := range parser.Model.Children {
		if node.Name != "serve" {
			continue
		}
		for _, f := range node.Flags {
			flags++
			if name := "HAILONG_" + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_")); times[name] != 1 {
				t.Errorf("the example of the environment has %s %d times", name, times[name])
			}
		}
	}
	if flags < 20 {
		t.Errorf("serve has only %d flags", flags)
	}
	for name, wants := range map[string]string{"compose.yaml": "path: hailong.env", "kubernetes/hailong.yaml": "secretRef: {name: hailong-env, optional: true}"} {
		if !strings.Contains(files[name], wants) {
			t.Errorf("deploy/%s does not take in the file: no %q", name, wants)
		}
	}
}
