package web

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"hailong/server"
	"hailong/server/web/browsertest"
)

// TestPictures makes the pictures of the guide, one visit at the kiosk and one
// by phone, where HAILONG_PICTURES names a folder: `make pictures`.
func TestPictures(t *testing.T) {
	dir := os.Getenv("HAILONG_PICTURES")
	if dir == "" {
		t.Skip("no test but the guide's pictures: `make pictures` names the folder that they go to")
	}
	t.Run("kiosk", func(t *testing.T) {
		w := newWard(t, nil, server.Config{}, true)
		ctx := kioskTab(t, w, 1080, 1920, voices)
		browsertest.Wait(t, ctx, inCharge)
		var shots []shot
		take := func(text string) {
			t.Helper()
			browsertest.Wait(t, ctx, `document.fonts.status === "loaded"`)
			shots = append(shots, shot{text, browsertest.Picture(t, ctx)})
		}
		take("Câu hỏi chung: một chạm đã là một câu trả lời")
		tapFace(t, ctx, "overall", "4")
		browsertest.Wait(t, ctx, `!document.querySelector('[data-item="access"]').hidden`)
		take("Từng mặt, mỗi mặt một chạm, bỏ qua được")
		for _, item := range []string{"access", "procedure"} {
			browsertest.Wait(t, ctx, `!document.querySelector('[data-item="`+item+`"]').hidden`)
			press(t, ctx, "skip")
		}
		tapFace(t, ctx, "official", "2")
		screen(t, ctx, "why")
		tapReason(t, ctx, "c10")
		take("Lý do sau một mức thấp")
		press(t, ctx, "finish")
		press(t, ctx, "write")
		screen(t, ctx, "write")
		tapKeys(t, ctx, "caanf theem ghees ngooif")
		take("Góp ý, gõ Telex hoặc VNI")
		press(t, ctx, "finish")
		screen(t, ctx, "closing")
		take("Ba giây để sửa")
		screen(t, ctx, "thanks")
		take("Cảm ơn, mã biên nhận nếu có")
		montage(t, filepath.Join(dir, "ki-ot.png"), shots, 6, 200, 356)
	})
	t.Run("phone", func(t *testing.T) {
		d := newDesk(t, Options{Demo: true})
		srv := httptest.NewServer(d.site)
		t.Cleanup(srv.Close)
		ctx := browsertest.Open(t, 360, 740)
		d.complaint("open2")
		var shots []shot
		take := func(text string) {
			t.Helper()
			shots = append(shots, shot{text, browsertest.Picture(t, ctx)})
		}
		browsertest.Goto(t, ctx, srv.URL+"/q/"+d.words["open"]+"?lang=vi")
		browsertest.Eval[bool](t, ctx, `document.getElementById("overall-4").click(), true`)
		take("Mở từ mã QR trên phiếu")
		browsertest.Eval[bool](t, ctx, `document.getElementById("official-2").click(), document.getElementById("why-c10").click(), document.getElementById("official-2").closest("fieldset").scrollIntoView(), true`)
		take("Lý do sau một mức thấp")
		browsertest.Eval[bool](t, ctx, `document.querySelector("summary").click(), document.querySelector("details").scrollIntoView(), true`)
		take("Trả lời chi tiết: 19 tiêu chí")
		browsertest.Eval[bool](t, ctx, `document.querySelector("details").open = false, document.getElementById("comment").value = "Cần thêm ghế ngồi.", document.getElementById("comment").closest(".card").scrollIntoView(), true`)
		take("Điều muốn nói thêm")
		browsertest.Do(t, ctx, chromedp.Click(chromedp.CSS(`form button[type=submit]`)))
		browsertest.Wait(t, ctx, `!!document.querySelector(".receipt")`)
		take("Cảm ơn, mã biên nhận, sửa hoặc rút")
		browsertest.Goto(t, ctx, srv.URL+"/bien-nhan?lang=vi")
		browsertest.Eval[bool](t, ctx, `document.getElementById("receipt").value = "`+d.words["receipt of complaint"]+`", document.querySelector("button").click(), true`)
		browsertest.Wait(t, ctx, `!!document.querySelector(".steps")`)
		take("Biên nhận: việc đã làm gì")
		montage(t, filepath.Join(dir, "dien-thoai.png"), shots, 6, 200, 411)
	})
}

// A shot is one screen and what it shows.
type shot struct {
	text string
	png  []byte
}

// montage writes screens side by side, each so large, with a line under it. The
// browser scales them; the picture has at most 256 colours.
func montage(t *testing.T, path string, shots []shot, columns, width, height int) {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, `<!doctype html><html lang="vi"><title>x</title><style>body{margin:0;padding:12px;background:#fff;display:grid;grid-template-columns:repeat(%d,%dpx);gap:14px;width:max-content;font:600 13px/1.3 "Be Vietnam Pro",sans-serif;color:#231a17}figure{margin:0}img{display:block;width:%dpx;height:%dpx;border:1px solid #aaa;border-radius:8px}figcaption{padding-top:6px;min-height:2.6em}</style>`, columns, width, width, height)
	for i, s := range shots {
		fmt.Fprintf(&b, `<figure><img alt="" src="data:image/png;base64,%s"><figcaption>%d. %s</figcaption></figure>`, base64.StdEncoding.EncodeToString(s.png), i+1, s.text)
	}
	page := b.String()
	ctx := browsertest.Open(t, columns*(width+14)+10, height+70)
	show(t, ctx, page)
	img, err := png.Decode(bytes.NewReader(browsertest.Picture(t, ctx)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	enc := png.Encoder{CompressionLevel: png.BestCompression}
	if err := enc.Encode(&out, fewColours(img)); err != nil {
		t.Fatal(err)
	}
	if out.Len() > 300_000 {
		t.Errorf("%s has %d bytes: too many for the guide", path, out.Len())
	}
	if err := os.WriteFile(path, out.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

func show(t *testing.T, ctx context.Context, page string) {
	t.Helper()
	browsertest.Goto(t, ctx, "about:blank")
	browsertest.Eval[bool](t, ctx, fmt.Sprintf(`(document.documentElement.innerHTML = %q, Promise.all([...document.images].map(i => i.decode())).then(() => true))`, page))
}

// fewColours draws a picture with the 256 colours that it has most of, in steps
// that the eye does not tell apart; every other colour becomes the nearest.
func fewColours(img image.Image) *image.Paletted {
	type key [3]uint8
	of := func(x, y int) key {
		r, g, b, _ := img.At(x, y).RGBA()
		return key{uint8(r>>8) &^ 3, uint8(g>>8) &^ 3, uint8(b>>8) &^ 3}
	}
	count := map[key]int{}
	r := img.Bounds()
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			count[of(x, y)]++
		}
	}
	keys := make([]key, 0, len(count))
	for k := range count {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b key) int {
		return cmp.Or(cmp.Compare(count[b], count[a]), slices.Compare(a[:], b[:]))
	})
	var pal color.Palette
	for _, k := range keys[:min(256, len(keys))] {
		up := func(v uint8) uint8 { return v | v>>6 } // white stays white
		pal = append(pal, color.RGBA{up(k[0]), up(k[1]), up(k[2]), 255})
	}
	out := image.NewPaletted(r, pal)
	index := map[key]uint8{}
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			k := of(x, y)
			i, ok := index[k]
			if !ok {
				i = uint8(pal.Index(color.RGBA{k[0], k[1], k[2], 255}))
				index[k] = i
			}
			out.SetColorIndex(x, y, i)
		}
	}
	return out
}
