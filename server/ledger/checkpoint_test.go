package ledger_test

import (
	"bytes"
	"errors"
	"testing"

	"hailong/server/ledger"
)

// A signature is written in one way: no changed character passes, the bits at
// the end of its base64 text that a decoder passes over included.
func TestSignatureIsWrittenInOneWay(t *testing.T) {
	t.Parallel()
	key, err := ledger.NewKey("don-vi", bytes.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	signed, err := key.Sign("một dòng\n")
	if err != nil {
		t.Fatal(err)
	}
	if text, err := ledger.Open(signed, key.Public()); err != nil || text != "một dòng\n" {
		t.Fatalf("%q %v", text, err)
	}
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
	for i := bytes.LastIndexByte(signed, ' ') + 1; i < len(signed)-1; i++ {
		for _, c := range []byte(letters) {
			if c == signed[i] {
				continue
			}
			bad := bytes.Clone(signed)
			bad[i] = c
			if _, err := ledger.Open(bad, key.Public()); !errors.Is(err, ledger.ErrLedger) {
				t.Errorf("byte %d as %q: %v", i, c, err)
			}
		}
	}
}
