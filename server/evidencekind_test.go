package server

import (
	"bytes"
	"image"
	"image/jpeg"
	"image/png"
	"testing"
)

// Whatever is taken for an image decodes, is one of the three kinds, and is what
// taking the metadata out again leaves as it is.
func FuzzEvidenceOf(f *testing.F) {
	m := image.NewGray(image.Rect(0, 0, 3, 2))
	var j, p bytes.Buffer
	if err := jpeg.Encode(&j, m, nil); err != nil {
		f.Fatal(err)
	}
	if err := png.Encode(&p, m); err != nil {
		f.Fatal(err)
	}
	turned := append(append([]byte{0xff, 0xd8}, orientationSegment(8)...), j.Bytes()[2:]...)
	for _, seed := range [][]byte{j.Bytes(), p.Bytes(), turned, []byte("%PDF-1.4\n%%EOF"), {}, {0xff, 0xd8, 0xff, 0xe1, 0, 2, 0xff, 0xd9}} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		kind, _, kept, err := evidenceOf(data)
		if err != nil {
			return
		}
		again, _, twice, err := evidenceOf(kept)
		if err != nil || again != kind || !bytes.Equal(kept, twice) {
			t.Errorf("%s of %d bytes is %s of %d the second time, %v", kind, len(kept), again, len(twice), err)
		}
		if len(kept) > len(data)+36 {
			t.Errorf("%d bytes became %d", len(data), len(kept))
		}
	})
}
