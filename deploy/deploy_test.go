package deploy

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// A doc is one YAML document, decoded without a schema.
type doc map[string]any

// at walks down a path such as spec.template.spec; a missing part is nil.
func (d doc) at(path string) any {
	var v any = map[string]any(d)
	for _, key := range strings.Split(path, ".") {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[key]
	}
	return v
}

// maps is a list of mappings, or nothing.
func maps(v any) []doc {
	list, _ := v.([]any)
	var out []doc
	for _, e := range list {
		if m, ok := e.(map[string]any); ok {
			out = append(out, doc(m))
		}
	}
	return out
}

// words is a list of strings, or nothing.
func words(v any) []string {
	list, _ := v.([]any)
	var out []string
	for _, e := range list {
		if s, ok := e.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// documents decodes every document of a YAML file; a key twice is an error.
func documents(t *testing.T, name string) []doc {
	t.Helper()
	dec := yaml.NewDecoder(bytes.NewReader([]byte(read(t, name))))
	var out []doc
	for {
		var d doc
		err := dec.Decode(&d)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		out = append(out, d)
	}
	if len(out) == 0 {
		t.Fatalf("%s holds no document", name)
	}
	return out
}

// files lists the files below this folder with one of the endings.
func files(t *testing.T, endings ...string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(".", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		for _, end := range endings {
			if strings.HasSuffix(path, end) {
				out = append(out, path)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestYAMLParses(t *testing.T) {
	t.Parallel()
	names := files(t, ".yaml", ".yml")
	if len(names) < 4 {
		t.Fatalf("only %v", names)
	}
	for _, name := range names {
		documents(t, name)
		if strings.Contains(read(t, name), "\t") {
			t.Errorf("%s holds a tab", name)
		}
	}
}

func TestScriptsParse(t *testing.T) {
	t.Parallel()
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("no sh")
	}
	names := files(t, ".sh")
	if len(names) == 0 {
		t.Fatal("no scripts")
	}
	for _, name := range names {
		if out, err := exec.Command(sh, "-n", name).CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
		text := read(t, name)
		if !strings.HasPrefix(text, "#!/bin/sh\n") || !strings.Contains(text, "\nset -eu\n") {
			t.Errorf("%s does not begin with #!/bin/sh or does not set -eu", name)
		}
		if info, err := os.Stat(name); err != nil || info.Mode()&0o111 == 0 {
			t.Errorf("%s is not executable (%v)", name, err)
		}
	}
}

// Nothing that looks like a key or a password stands in these files.
func TestNoSecrets(t *testing.T) {
	t.Parallel()
	for _, name := range files(t, ".yaml", ".sh", ".service", ".timer", ".conf", ".example", ".json", "Dockerfile") {
		for _, word := range strings.FieldsFunc(read(t, name), func(r rune) bool { return !strings.ContainsRune("0123456789abcdefABCDEF", r) }) {
			if len(word) >= 32 {
				t.Errorf("%s holds what looks like a key: %d hexadecimal digits", name, len(word))
			}
		}
	}
}
