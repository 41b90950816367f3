package report

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"math/rand/v2"
	"testing"
)

// The short way to grey is the long one, to the bit.
func TestGrey(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(1, 2))
	m := image.NewRGBA(image.Rect(0, 0, 257, 64))
	for y := range 64 {
		for x := range 257 {
			m.Set(x, y, color.RGBA{uint8(rnd.UintN(256)), uint8(rnd.UintN(256)), uint8(rnd.UintN(256)), 255})
		}
	}
	m.Set(0, 0, color.White)
	m.Set(1, 0, color.Black)
	want := image.NewGray(m.Bounds())
	draw.Draw(want, want.Bounds(), m, image.Point{}, draw.Src)
	if !bytes.Equal(grey(m).Pix, want.Pix) {
		t.Error("another grey than color.GrayModel's")
	}
	if paletted := image.NewPaletted(m.Bounds(), color.Palette{color.White}); grey(paletted).GrayAt(3, 3).Y != 255 {
		t.Error("a picture of another kind is lost")
	}
}
