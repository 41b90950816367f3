package web

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"hailong/server"
	"hailong/server/web/browsertest"
)

// TestKioskScreens looks at every screen in both languages and orientations:
// nothing for axe to say, nothing outside the screen, and everything to touch
// large enough, far enough apart and in the lower half.
func TestKioskScreens(t *testing.T) {
	t.Parallel()
	for _, size := range []struct{ w, h int }{{1080, 1920}, {1920, 1080}, {1280, 800}} {
		for _, lang := range []string{"vi", "en"} {
			t.Run(fmt.Sprintf("%dx%d %s", size.w, size.h, lang), func(t *testing.T) {
				t.Parallel()
				w := newWard(t, nil, server.Config{}, true)
				ctx := kioskTab(t, w, size.w, size.h, map[string]string{"vi": voices, "en": ""}[lang]) // with and without reading aloud
				browsertest.Wait(t, ctx, inCharge)
				look := func(name string) {
					t.Helper()
					browsertest.Wait(t, ctx, `document.fonts.status === "loaded"`)
					browsertest.Screenshot(t, ctx, name)
					browsertest.Axe(t, ctx)
					if bad := browsertest.Eval[[]string](t, ctx, touchTargets); len(bad) > 0 {
						t.Errorf("%s: %s", name, strings.Join(bad, "\n"))
					}
				}
				wishes := func(name string) {
					t.Helper()
					for _, wish := range []string{"contrast", "large"} {
						browsertest.Eval[bool](t, ctx, `document.querySelector('[data-do="`+wish+`"]').click(), true`)
						look(name + "-" + wish)
					}
					for _, wish := range []string{"contrast", "large"} {
						browsertest.Eval[bool](t, ctx, `document.querySelector('[data-do="`+wish+`"]').click(), true`)
					}
				}
				if lang == "en" {
					browsertest.Do(t, ctx, chromedp.Click(chromedp.CSS(`[data-do="en"]`)))
				}
				look("1-overall")
				tapFace(t, ctx, "overall", "4")
				browsertest.Wait(t, ctx, `!document.querySelector('[data-item="access"]').hidden`)
				look("2-element")
				press(t, ctx, "back") // where one's own choice is seen again
				browsertest.Wait(t, ctx, `!document.querySelector("[data-overall]").hidden`)
				look("2-chosen")
				tapFace(t, ctx, "overall", "5")
				for _, item := range []string{"access", "procedure"} {
					browsertest.Wait(t, ctx, `!document.querySelector('[data-item="`+item+`"]').hidden`)
					press(t, ctx, "skip")
				}
				tapFace(t, ctx, "official", "2")
				screen(t, ctx, "why")
				tapReason(t, ctx, "c9")
				look("2-why")
				if lang == "vi" {
					wishes("2-why")
				}
				press(t, ctx, "next")
				browsertest.Wait(t, ctx, `!document.querySelector('[data-item="result"]').hidden`)
				press(t, ctx, "skip")
				browsertest.Wait(t, ctx, `!document.querySelector('[data-item="feedback"]').hidden`)
				look("3-optional")
				if lang == "vi" {
					wishes("4")
				}
				press(t, ctx, "skip")
				screen(t, ctx, "write")
				tapKeys(t, ctx, "caanf theem ghees ngooif")
				look("5-write")
				if lang == "vi" {
					wishes("5-write")
				}
				rest := 5
				if size.w == 1280 { // the one size is enough for what is laid out as others are
					rest = 7
				}
				for _, name := range []string{"closing", "sending", "thanks", "kept", "sorry", "rated", "refused"}[:rest] { // as they stand, without waiting
					browsertest.Eval[bool](t, ctx, `[...document.querySelectorAll("[data-screen]")].forEach(e => { e.hidden = e.dataset.screen !== "`+name+`"; }), true`)
					look("6-" + name)
				}
				browsertest.Eval[bool](t, ctx, `[...document.querySelectorAll("[data-screen]")].forEach(e => { e.hidden = e.dataset.screen !== "ask"; }), true`)
				for _, name := range []string{"typing", "pausing", "asleep", "revoked"}[:4*(rest-5)/2] {
					browsertest.Eval[bool](t, ctx, `document.documentElement.dataset.front = "`+name+`", true`)
					look("6-" + name)
				}
				browsertest.Eval[bool](t, ctx, `document.documentElement.dataset.front = "plain", true`)
				browsertest.Eval[bool](t, ctx, `document.querySelector(".desk").open = true`)
				browsertest.Screenshot(t, ctx, "6-staff")
				browsertest.Axe(t, ctx)
				browsertest.Eval[bool](t, ctx, `(document.querySelector(".desk").open = false, true)`)
				browsertest.Eval[bool](t, ctx, `document.querySelector("dialog").showModal(), true`)
				look("7-still-there")
			})
		}
	}
}

// On a screen as small as a phone's, in both languages and with large text,
// nothing is wider than the screen, and what is touched is as large as fits: at
// least 44 pixels high, and as wide but for the keys of the comment's keyboard,
// ten of which share the width, from edge to edge. Nothing covers anything else.
func TestKioskOnSmallScreen(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, true)
	ctx := kioskTab(t, w, 360, 740)
	browsertest.Wait(t, ctx, inCharge)
	const misfits = `(() => {
		const bad = [], seen = [];
		for (const el of [document.documentElement, document.querySelector("main")])
			if (el.scrollWidth > innerWidth) bad.push(el.localName + " is wider than the screen");
		for (const el of (document.querySelector("dialog[open]") ?? document).querySelectorAll("label, button, a, summary")) {
			const r = el.getBoundingClientRect();
			if (r.width === 0) continue;
			const name = el.innerText.trim().replace(/\s+/g, " ");
			if (r.height < 43.9 || r.width < (el.matches(".key") ? 36 : 43.9)) bad.push(name + " is " + r.width.toFixed() + " by " + r.height.toFixed());
			if (r.left < 0 || r.right > innerWidth + .5) bad.push(name + " is beside the screen");
			const scroll = el.closest("main")?.getBoundingClientRect() ?? { top: 0, bottom: innerHeight }; // what is out of it is not seen
			const top = Math.max(r.top, scroll.top), bottom = Math.min(r.bottom, scroll.bottom);
			for (const [other, o] of seen)
				if (Math.min(r.right, o.right) - Math.max(r.left, o.left) > .5 && Math.min(bottom, o.bottom) - Math.max(top, o.top) > .5) bad.push(name + " covers " + other);
			seen.push([name, { left: r.left, right: r.right, top, bottom }]);
		}
		return bad;
	})()`
	show := func(set string) string {
		return `(() => { const root = document.documentElement.dataset; root.front = "plain";
			for (const e of document.querySelectorAll("[data-screen]")) e.hidden = true;
			` + set + `; return true; })()`
	}
	screens := map[string]string{}
	for _, name := range []string{"ask", "write", "closing", "thanks", "refused"} {
		screens[name] = show(`document.querySelector('[data-screen="` + name + `"]').hidden = false`)
	}
	screens["why"] = show(`document.querySelector('[data-screen="why"]').hidden = document.querySelector('[data-why="official"]').hidden = false;
		for (const b of document.querySelectorAll('[data-screen="why"] .bar button')) b.hidden = false`)
	screens["invited"] = show(`root.front = "invited"; document.querySelector('[data-screen="ask"]').hidden = false`)
	screens["typing"] = show(`root.front = "typing"`)
	for _, lang := range []string{"vi", "en"} {
		browsertest.Eval[bool](t, ctx, `document.querySelector('[data-do="`+lang+`"]').click(), true`)
		for _, large := range []string{"false", "true"} {
			browsertest.Eval[bool](t, ctx, `document.documentElement.dataset.large = "`+large+`", true`)
			for name, set := range screens {
				browsertest.Eval[bool](t, ctx, set)
				browsertest.Screenshot(t, ctx, name+"-"+lang+"-"+large)
				if bad := browsertest.Eval[[]string](t, ctx, misfits); len(bad) > 0 {
					t.Errorf("%s in %s, large text %s: %s", name, lang, large, strings.Join(bad, "\n"))
				}
			}
		}
	}
}

// touchTargets lists what is wrong with what can be touched now.
const touchTargets = `(() => {
	const bad = [], boxes = [];
	const dialog = document.querySelector("dialog[open]");
	const low = innerWidth > innerHeight && document.querySelector('[data-screen="write"]:not([hidden])'); // the keyboard takes all of a low screen
	for (const el of (dialog ?? document).querySelectorAll("label.face, label.none, label.chip, button, a, summary")) {
		const r = el.getBoundingClientRect();
		if (r.width === 0) continue;
		const name = el.innerText.trim().replace(/\s+/g, " ");
		if (r.width < 96 || r.height < 96) bad.push(name + " is " + r.width.toFixed() + " by " + r.height.toFixed());
		if (r.left < 0 || r.right > innerWidth + .5 || r.bottom > innerHeight + .5) bad.push(name + " is outside the screen: bottom " + r.bottom.toFixed() + ", right " + r.right.toFixed());
		if (r.bottom < innerHeight / 2 && !low) bad.push(name + " is in the upper half");
		for (const [other, o] of boxes) {
			const dx = Math.max(r.left - o.right, o.left - r.right), dy = Math.max(r.top - o.bottom, o.top - r.bottom);
			if (Math.max(dx, dy) < 11.9) bad.push(name + " is " + Math.max(dx, dy).toFixed(1) + " px from " + other);
		}
		boxes.push([name, r]);
	}
	return bad;
})()`
