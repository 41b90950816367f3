package web

import (
	"context"
	"flag"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"hailong/server"
	"hailong/server/web/browsertest"
)

var update = flag.Bool("update", false, "write the golden files anew")

// speaks compares what a screen reader finds with what it is to find.
func speaks(t *testing.T, ctx context.Context, name string) {
	t.Helper()
	file := filepath.Join("testdata", "spoken", name+".txt")
	got := rotated.ReplaceAllString(browsertest.Spoken(t, ctx), "    region (one element's criteria)\n")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got == string(want) {
		return
	}
	g, w := strings.Split(got, "\n"), strings.Split(string(want), "\n")
	for i := range max(len(g), len(w)) {
		line := func(list []string) string {
			if i < len(list) {
				return list[i]
			}
			return "(nothing)"
		}
		if line(g) != line(w) {
			t.Errorf("%s, line %d: a screen reader finds\n%s\nwant\n%s", name, i+1, line(g), line(w))
			return
		}
	}
}

// rotated is the part of the phone's survey that differs from slip to slip.
var rotated = regexp.MustCompile(`(?m)^    region “(Hỏi kỹ hơn|A closer look).*\n(     .*\n)+`)

// A screen reader finds the phone's survey in its reading order: who asks, then
// each question with its choices in words, then the comment and the button.
func TestPhoneSpoken(t *testing.T) {
	t.Parallel()
	d := newDesk(t, Options{})
	srv := httptest.NewServer(d.site)
	t.Cleanup(srv.Close)
	ctx := browsertest.Open(t, 360, 740)
	for _, lang := range []string{"vi", "en"} {
		browsertest.Goto(t, ctx, srv.URL+"/q/"+d.words["open"]+"?lang="+lang)
		speaks(t, ctx, "phone-"+lang)
		browsertest.Eval[bool](t, ctx, `document.getElementById("access-2").click(), true`)
		speaks(t, ctx, "phone-low-"+lang)
	}
}

// The same of the kiosk's first screen, of a question, of its reasons and of
// the keyboard.
func TestKioskSpoken(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	ctx := kioskTab(t, w, 1080, 1920, voices)
	browsertest.Wait(t, ctx, inCharge+" && "+heard)
	for _, lang := range []string{"vi", "en"} { // which is Vietnamese again for the next citizen
		press := func(do string) {
			browsertest.Eval[bool](t, ctx, `[...document.querySelectorAll('[data-do="`+do+`"]')].find(e => e.offsetParent !== null).click(), true`)
		}
		if lang == "en" {
			press(lang)
		}
		browsertest.Wait(t, ctx, `document.documentElement.lang === "`+lang+`"`)
		speaks(t, ctx, "kiosk-"+lang)
		tapFace(t, ctx, "overall", "4")
		browsertest.Wait(t, ctx, `!document.querySelector('[data-item="access"]').hidden`)
		speaks(t, ctx, "kiosk-question-"+lang)
		tapFace(t, ctx, "access", "2")
		screen(t, ctx, "why")
		speaks(t, ctx, "kiosk-why-"+lang)
		press("finish")
		screen(t, ctx, "closing")
		speaks(t, ctx, "kiosk-closing-"+lang)
		press("write")
		screen(t, ctx, "write")
		speaks(t, ctx, "kiosk-write-"+lang)
		press("leave")
	}
}
