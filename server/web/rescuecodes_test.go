package web

import (
	"bytes"
	"compress/gzip"
	"encoding/base32"
	"errors"
	"fmt"
	"hash/crc32"
	"math/rand"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"hailong/server"
	"hailong/server/web/browsertest"
)

// codesOf is a series of codes as a kiosk draws them, with size bytes in each.
func codesOf(t interface{ Fatal(...any) }, text []byte, size int) []string {
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	if _, err := w.Write(text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	parts := slices.Collect(slices.Chunk(z.Bytes(), size))
	var out []string
	for i, p := range parts {
		out = append(out, fmt.Sprintf("HL1/%08X/%d/%d/%08X/%s", crc32.ChecksumIEEE(z.Bytes()), i+1, len(parts), crc32.ChecksumIEEE(p), base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(p)))
	}
	return out
}

// Codes in any order, more than once, with whatever a scanner adds, are the
// text again; without one of them they are not, and that one is named.
func TestRescueCodes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		texts := [][]byte{rapid.SliceOfN(rapid.Byte(), 0, 2000).Draw(t, "text"), []byte("another")}
		var lines []string
		for _, text := range texts {
			lines = append(lines, codesOf(t, text, rapid.IntRange(20, 200).Draw(t, "size"))...)
		}
		codes := slices.Clone(lines)
		lines = append(lines, lines[rapid.IntRange(0, len(lines)-1).Draw(t, "twice")], "", "2025-01-15 09:00 hello")
		rng := rand.New(rand.NewSource(rapid.Int64().Draw(t, "order")))
		rng.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
		file := strings.Join(lines, "\r\n15/01/2025,QR_CODE,")
		if rapid.Bool().Draw(t, "lower case") {
			file = strings.ToLower(file)
		}
		got, err := readRescueCodes(strings.NewReader(file))
		if err != nil {
			t.Fatal(err)
		}
		slices.SortFunc(got, bytes.Compare)
		slices.SortFunc(texts, bytes.Compare)
		if !slices.EqualFunc(got, texts, bytes.Equal) {
			t.Fatalf("%q, want %q", got, texts)
		}

		gone := rapid.SampledFrom(codes).Draw(t, "gone")
		at := strings.LastIndexByte(gone, '/') + 1
		damaged := gone[:at] + map[bool]string{true: "A", false: "B"}[gone[at] != 'A'] + gone[at+1:]
		for name, in := range map[string][]string{
			"missing": slices.DeleteFunc(slices.Clone(codes), func(c string) bool { return c == gone }),
			"damaged": append(slices.DeleteFunc(slices.Clone(codes), func(c string) bool { return c == gone }), damaged),
		} {
			got, err := readRescueCodes(strings.NewReader(strings.Join(in, "\n")))
			number := strings.Split(gone, "/")[2]
			if single := strings.Split(gone, "/")[3] == "1"; single && name == "missing" {
				continue // a series of which nothing is there is not known of
			}
			if !errors.Is(err, server.ErrInvalid) || len(got) > 1 || !strings.Contains(err.Error(), number) {
				t.Fatalf("%s: %v, %d series, want one and the code %s named", name, err, len(got), number)
			}
		}
	})
}

func FuzzRescueCodes(f *testing.F) {
	for _, c := range codesOf(f, []byte("[]"), 10) {
		f.Add(c)
	}
	f.Add("HL1/00000000/1/1/00000000/A\nHL1/00000000/0/9999/00000000/A")
	f.Fuzz(func(t *testing.T, s string) {
		whole, err := readRescueCodes(strings.NewReader(s))
		if err == nil && len(whole) == 0 {
			t.Error("nothing, and no error")
		}
	})
}

// A line that is down for days: a telephone reads the codes on the screen, and
// what it read is imported; what the kiosk sends later is there already.
func TestKioskRescueCodes(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	ctx := kioskTab(t, w, 1080, 1920)
	browsertest.Wait(t, ctx, inCharge)
	w.down()
	const n = 60
	enqueue(t, ctx, n)
	browsertest.Eval[bool](t, ctx, `(document.querySelector(".desk").open = true, document.querySelector("[data-rescue-codes]").click(), true)`)
	browsertest.Wait(t, ctx, `document.querySelector("[data-series]").open`)
	browsertest.Eval[bool](t, ctx, `(document.querySelector('[data-turn="stop"]:not([hidden])')?.click(), true)`)
	of := browsertest.Eval[int](t, ctx, `Number(document.querySelector("[data-series] [data-of]").textContent)`)
	var lines []string
	for range of {
		png := browsertest.Picture(t, ctx)
		lines = append(lines, scan(t, png)...)
		browsertest.Eval[bool](t, ctx, `(document.querySelector('[data-turn="next"]').click(), true)`)
	}
	browsertest.Axe(t, ctx)
	if len(lines) != of || of < 3 {
		t.Fatalf("%d codes are read, of %d", len(lines), of)
	}
	slices.Reverse(lines)
	read := func(lines []string) (Rescue, error) {
		return ImportAnswers(t.Context(), w.svc, server.Device{Counter: "Quầy 3"}, strings.NewReader(strings.Join(append(lines, lines[0]), "\n")), "vi")
	}
	if got, err := read(slices.Clone(lines[1:])); !errors.Is(err, server.ErrInvalid) || got.Records != 0 || !strings.Contains(err.Error(), fmt.Sprintf("missing: %d", of)) {
		t.Errorf("without the last code: %+v, %v", got, err)
	}
	for _, want := range []Rescue{{Records: n, Stored: n}, {Records: n, Already: n}} {
		got, err := read(slices.Clone(lines))
		if err != nil || got.Stored != want.Stored || got.Already != want.Already || len(got.Rejected) > 0 {
			t.Errorf("%+v, %v", got, err)
		}
	}
	browsertest.Eval[bool](t, ctx, `(document.querySelector('[data-turn="close"]').click(), true)`)
	w.up(nil)
	rate(t, ctx, 5, "thanks")
	waiting(t, ctx, 0)
	if got := len(w.values()); got != n+1 {
		t.Errorf("%d answers are stored, want %d", got, n+1)
	}
}
