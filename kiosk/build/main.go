// Command build compiles the kiosk to WebAssembly and puts what the browser
// needs into kiosk/assets: kiosk.wasm.br, kiosk.wasm.gz, and wasm_exec.js of
// the same Go version.
//
// Run it in the module as `go run ./kiosk/build`.
package main

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/andybalholm/brotli"
)

func main() {
	out := flag.String("out", "", "directory to write to (kiosk/assets where empty)")
	flag.Parse()
	if err := run(*out, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "kiosk/build:", err)
		os.Exit(1)
	}
}

func run(out string, log io.Writer) error {
	root, err := goEnv("GOMOD")
	if err != nil {
		return err
	}
	if out == "" {
		out = filepath.Join(filepath.Dir(root), "kiosk", "assets")
	}
	tmp, err := os.MkdirTemp("", "kiosk-build-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)

	wasm := filepath.Join(tmp, "kiosk.wasm")
	cmd := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w", "-o", wasm, "hailong/kiosk/wasm")
	cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm", "GOFLAGS=", "CGO_ENABLED=0")
	cmd.Stderr = log
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("compiling: %w", err)
	}
	code, err := os.ReadFile(wasm)
	if err != nil {
		return err
	}
	goroot, err := goEnv("GOROOT")
	if err != nil {
		return err
	}
	loader, err := os.ReadFile(filepath.Join(goroot, "lib", "wasm", "wasm_exec.js"))
	if err != nil {
		return fmt.Errorf("this Go installation has no loader for WebAssembly: %w", err)
	}

	// Brotli at its best takes seconds: not again for the same code.
	sum := sha256.Sum256(append(code[:len(code):len(code)], loader...))
	stamp := filepath.Join(out, "kiosk.wasm.sum")
	if old, err := os.ReadFile(stamp); err == nil && string(old) == hex.EncodeToString(sum[:]) && complete(out) {
		fmt.Fprintln(log, "kiosk: unchanged")
		return nil
	}
	if err := os.Remove(stamp); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	var br, gz bytes.Buffer
	if err := compress(brotli.NewWriterLevel(&br, brotli.BestCompression), code); err != nil {
		return fmt.Errorf("brotli: %w", err)
	}
	zw, err := gzip.NewWriterLevel(&gz, gzip.BestCompression)
	if err != nil {
		return err
	}
	if err := compress(zw, code); err != nil {
		return fmt.Errorf("gzip: %w", err)
	}
	for name, b := range map[string][]byte{"kiosk.wasm.br": br.Bytes(), "kiosk.wasm.gz": gz.Bytes(), "wasm_exec.js": loader} {
		if err := os.WriteFile(filepath.Join(out, name), b, 0o644); err != nil {
			return err
		}
	}
	fmt.Fprintf(log, "kiosk: %d KB, brotli %d KB, gzip %d KB\n", len(code)/1000, br.Len()/1000, gz.Len()/1000)
	return os.WriteFile(stamp, []byte(hex.EncodeToString(sum[:])), 0o644)
}

// complete reports whether the last build left everything behind.
func complete(out string) bool {
	for _, name := range []string{"kiosk.wasm.br", "kiosk.wasm.gz", "wasm_exec.js"} {
		if _, err := os.Stat(filepath.Join(out, name)); err != nil {
			return false
		}
	}
	return true
}

func compress(w io.WriteCloser, b []byte) error {
	if _, err := w.Write(b); err != nil {
		return err
	}
	return w.Close()
}

func goEnv(name string) (string, error) {
	b, err := exec.Command("go", "env", name).Output()
	if err != nil {
		return "", fmt.Errorf("go env %s: %w", name, err)
	}
	return strings.TrimSpace(string(b)), nil
}
