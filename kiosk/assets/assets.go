// Package assets holds what the kiosk's browser loads: style sheet, loader, the
// scripts for queue, counter, pairing and rescue, and
// once `go run ./kiosk/build` has run, the machine itself compiled to
// WebAssembly with Go's own loader. Without the built files the program still
// compiles, and the kiosk is a plain form.
package assets

import "embed"

// Files are the kiosk's files by name: kiosk.css, kiosk.js and others and, where
// built, wasm_exec.js, kiosk.wasm.br and kiosk.wasm.gz.
//
//go:embed *
var Files embed.FS
