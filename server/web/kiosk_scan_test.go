package web

import (
	"context"
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"hailong/server"
	"hailong/server/web/browsertest"
)

// marked is an expression that says whether the mark of scanning is on what a
// selector names, and on nothing else.
func marked(sel string) string {
	return fmt.Sprintf(`(m => m.length > 0 && m.every(e => e.matches(%q)))([...document.querySelectorAll("[data-marked]")].map(e => e.querySelector("input") ?? e))`, sel)
}

// A whole answer, with a reason and a comment, by one switch; the mark goes by
// itself. The clock runs ten times as fast.
func TestKioskByOneSwitch(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	k := newCounterKiosk(t, w)
	device, err := w.svc.DeviceOf(t.Context(), k.token)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.svc.SetDevice(t.Context(), device.ID, server.DeviceSettings{Counter: "Quầy 3", ScanPace: 600}); err != nil {
		t.Fatal(err)
	}
	ctx, _ := k.on(t)
	browsertest.Resize(t, ctx, 1280, 800)
	browsertest.Wait(t, ctx, inCharge+" && "+heard)
	// Pressed in the page at the very moment: the mark does not wait for us,
	// and a press right after another is a switch that bounces.
	pick := func(ctx context.Context, sel string) {
		t.Helper()
		browsertest.Wait(t, ctx, marked(sel)+` && performance.now() - (window.pressed ?? 0) > 500 && (window.pressed = performance.now(), document.activeElement.dispatchEvent(new KeyboardEvent("keydown", {key: " ", bubbles: true, cancelable: true})), true)`)
	}
	browsertest.Press(t, ctx, " ") // nobody said that this is a switch
	browsertest.Wait(t, ctx, `document.documentElement.dataset.scan === "true"`)
	browsertest.Wait(t, ctx, marked(`[data-item="overall"] input[value="1"]`))
	browsertest.Screenshot(t, ctx, "scan-face")
	browsertest.Axe(t, ctx)
	pick(ctx, `[data-item="overall"] input[value="5"]`)
	pick(ctx, `[data-item="access"] input[value="2"]`)
	pick(ctx, `[data-reason="c2"]`)
	browsertest.Wait(t, ctx, `document.querySelector('[data-reason="c2"]').checked`)
	pick(ctx, `[data-screen="why"] .bar button`) // the group
	browsertest.Screenshot(t, ctx, "scan-bar")
	pick(ctx, `[data-screen="why"] [data-do="finish"]`)
	screen(t, ctx, "closing")
	if got := browsertest.Eval[string](t, ctx, `document.querySelector('[data-screen="closing"] p').innerText`); got != "Nếu chạm nhầm, ông/bà có chín giây để sửa." {
		t.Errorf("told %q", got)
	}
	pick(ctx, `[data-screen="closing"] [data-do="write"]`)
	screen(t, ctx, "write")
	pick(ctx, `.row:nth-of-type(3) [data-letter]`) // a s d f …
	browsertest.Screenshot(t, ctx, "scan-row")
	pick(ctx, `[data-letter="a"]`)
	written(t, ctx, "A")
	pick(ctx, `.row:nth-of-type(2) [data-letter]`)
	pick(ctx, `[data-letter="q"]`)
	written(t, ctx, "Aq")
	pick(ctx, `[data-screen="write"] .bar button`)
	pick(ctx, `[data-screen="write"] [data-do="finish"]`)
	screen(t, ctx, "thanks")
	wantAnswers(t, w, "sipas-short counter Quầy 3 walkup 2025-01-15 map[access:2 overall:5] vi")
	pick(ctx, `[data-screen="thanks"] [data-do="leave"]`)
	atRest(t, ctx)
	browsertest.Wait(t, ctx, `document.documentElement.dataset.scan === "false" && document.querySelector("[data-marked]") === null`)

	// Switched on by a touch, twice: slowly; the warning is a mark that rests;
	// Escape ends it.
	ctx = kioskTab(t, w, 1280, 800, fastClock)
	browsertest.Wait(t, ctx, inCharge)
	browsertest.Do(t, ctx, chromedp.Click(chromedp.CSS(`[data-do="scan"]`)), chromedp.Click(chromedp.CSS(`[data-do="scan"]`)))
	browsertest.Wait(t, ctx, `document.documentElement.dataset.slow === "true"`)
	browsertest.Wait(t, ctx, `document.querySelector("dialog").open && document.querySelector("dialog").innerText.includes("sau 60 giây") && `+marked(`[data-do="stay"]`))
	browsertest.Screenshot(t, ctx, "scan-still-there")
	pick(ctx, `[data-do="stay"]`)
	browsertest.Wait(t, ctx, `!document.querySelector("dialog").open`)
	browsertest.Press(t, ctx, kb.Escape)
	atRest(t, ctx)
	browsertest.Wait(t, ctx, `document.documentElement.dataset.scan === "false" && document.querySelector("[data-marked]") === null`)
}

// With two switches, which are Tab or an arrow for "next" and Enter for "this":
// every face and every button can be reached.
func TestKioskByTwoSwitches(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	ctx := kioskTab(t, w, 1280, 800)
	browsertest.Wait(t, ctx, inCharge)
	for _, next := range []string{kb.Tab, kb.ArrowRight, kb.ArrowDown} {
		for v := range 5 {
			browsertest.Press(t, ctx, next)
			browsertest.Wait(t, ctx, fmt.Sprintf(`document.activeElement.matches('[data-item="overall"] input[value="%d"]')`, v+1))
		}
		browsertest.Press(t, ctx, kb.Enter)
		browsertest.Wait(t, ctx, `!document.querySelector('[data-item="access"]').hidden`)
		for i := 0; !browsertest.Eval[bool](t, ctx, `document.activeElement.matches('[data-do="leave"]')`); i++ {
			if browsertest.Press(t, ctx, next); i > 20 {
				t.Fatal("what is under the faces cannot be reached")
			}
		}
		browsertest.Press(t, ctx, kb.Enter)
		atRest(t, ctx)
		browsertest.Eval[bool](t, ctx, `document.activeElement.blur(), true`)
	}
	browsertest.Press(t, ctx, kb.ArrowLeft) // the other way round: the last of the tools
	browsertest.Wait(t, ctx, `document.activeElement.matches(".tools [data-do=scan]")`)
	wantAnswers(t, w)
}

// The rule for half answers is the counter's, and the warning says which it is.
func TestKioskHalfRule(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	k := newCounterKiosk(t, w)
	device, err := w.svc.DeviceOf(t.Context(), k.token)
	if err != nil {
		t.Fatal(err)
	}
	set := func(drop bool) {
		t.Helper()
		if _, err := w.svc.SetDevice(t.Context(), device.ID, server.DeviceSettings{Counter: "Quầy 3", DropHalf: drop}); err != nil {
			t.Fatal(err)
		}
	}
	set(true)
	ctx, _ := k.on(t)
	browsertest.Wait(t, ctx, heard)
	warned := func(want string) {
		t.Helper()
		browsertest.Wait(t, ctx, fmt.Sprintf(`document.querySelector("dialog").open && document.querySelector("#fate").innerText === %q`, want))
	}
	tapFace(t, ctx, "overall", "2")
	warned("Nếu không, phần đã chọn sẽ bị bỏ, không gửi đi, và màn hình trở về từ đầu sau 15 giây.")
	atRest(t, ctx)
	browsertest.Do(t, ctx, chromedp.Click(chromedp.CSS(`[data-do="en"]`)))
	warned("If not, the screen starts over in 15 seconds.")
	atRest(t, ctx)
	tapFace(t, ctx, "overall", "4")
	set(false) // told while somebody is here
	warned("Nếu không, phần đã chọn sẽ được gửi và màn hình trở về từ đầu sau 15 giây.")
	waitAnswers(t, ctx, w, 1)
	wantAnswers(t, w, "sipas-short counter Quầy 3 walkup 2025-01-15 map[overall:4] vi")
}
