//go:build !js || !wasm

// Command wasm is the skin of the kiosk: the one place that touches the
// browser. It runs in a browser alone; `go run ./kiosk/build` compiles it.
package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "wasm: this program runs in the kiosk's browser; `go run ./kiosk/build` compiles it for there")
	os.Exit(2)
}
