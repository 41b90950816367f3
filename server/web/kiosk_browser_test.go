package web

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"hailong/server"
	"hailong/server/store/memory"
	"hailong/server/web/browsertest"
)

// fastClock lets a page's time run fifty times as fast as ours: idle times can
// be seen to end without waiting for them.
const fastClock = `(() => {
	const speed = 50, now = performance.now.bind(performance), every = window.setInterval.bind(window);
	performance.now = () => now() * speed;
	window.setInterval = (f, ms, ...a) => every(f, ms / speed, ...a);
})()`

// kioskTab opens a tab on a kiosk that is paired with counter 3.
func kioskTab(t testing.TB, w *ward, width, height int, before ...string) context.Context {
	t.Helper()
	ctx := pairedTab(t, w, width, height, before...)
	browsertest.Goto(t, ctx, w.srv.URL+"/kiosk")
	return ctx
}

// pairedTab opens an empty tab of a browser that is paired with counter 3.
func pairedTab(t testing.TB, w *ward, width, height int, before ...string) context.Context {
	t.Helper()
	ctx := browsertest.Open(t, width, height)
	if !w.site.kiosk.built {
		browsertest.Missing(t, "the compiled kiosk", fmt.Errorf("`go run ./kiosk/build` has not run"))
	}
	token, err := w.svc.AddToken(t.Context(), server.Token{Role: server.RoleDevice, Label: "kiosk", Counter: "Quầy 3"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(ctx, network.SetCookie, network.SetCookieParams{Name: deviceCookie, Value: token, URL: w.srv.URL, HTTPOnly: new(true)}); err != nil {
		t.Fatal(err)
	}
	for _, script := range before {
		browsertest.Before(t, ctx, script)
	}
	return ctx
}

const inCharge = `document.documentElement.dataset.mode === "app"`

// tapFace touches the face with a value on a question, once it is shown.
func tapFace(t testing.TB, ctx context.Context, item, value string) {
	t.Helper()
	sel := fmt.Sprintf(`[data-item=%q] input[value=%q]`, item, value)
	browsertest.Wait(t, ctx, fmt.Sprintf(`document.querySelector(%q).offsetParent !== null`, sel))
	browsertest.Do(t, ctx, chromedp.Click(chromedp.CSS(sel)))
}

// press touches the button that does something on the screen that is shown.
func press(t testing.TB, ctx context.Context, do string) {
	t.Helper()
	sel := fmt.Sprintf(`[data-screen]:not([hidden]) [data-do=%q]:not([hidden])`, do)
	browsertest.Wait(t, ctx, fmt.Sprintf(`document.querySelector(%q) !== null`, sel))
	browsertest.Do(t, ctx, chromedp.Click(chromedp.CSS(sel)))
}

// screen waits for a screen.
func screen(t *testing.T, ctx context.Context, name string) {
	t.Helper()
	browsertest.Wait(t, ctx, fmt.Sprintf(`!document.querySelector('[data-screen=%q]').hidden`, name))
}

// atRest waits until nothing of a visit is left to see.
func atRest(t *testing.T, ctx context.Context) {
	t.Helper()
	screen(t, ctx, "ask")
	browsertest.Wait(t, ctx, `!document.querySelector("[data-overall]").hidden && document.querySelector("input:checked") === null && !document.querySelector("dialog").open`)
}

// answers returns what the store holds, one line per answer.
func (w *ward) answers() []string {
	w.t.Helper()
	var out []string
	for a, err := range w.svc.Answers(w.t.Context(), "", "") {
		if err != nil {
			w.t.Fatal(err)
		}
		out = append(out, fmt.Sprintf("%s counter %s %s %s %v %s", a.Survey, a.Counter, string(a.Lane), a.Day, a.Marks, a.Lang))
	}
	return out
}

func wantAnswers(t *testing.T, w *ward, want ...string) {
	t.Helper()
	got := w.answers()
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("the store has\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestKioskCompleteAnswer(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, true)
	ctx := kioskTab(t, w, 1080, 1920)
	browsertest.Wait(t, ctx, inCharge)
	for i, item := range []string{"overall", "access", "procedure", "official", "result"} {
		tapFace(t, ctx, item, fmt.Sprint(5-i%2))
	}
	tapFace(t, ctx, "feedback", "N")
	screen(t, ctx, "closing")
	if got := w.answers(); got != nil {
		t.Errorf("%v is stored while it can still be taken back", got)
	}
	screen(t, ctx, "thanks")
	wantAnswers(t, w, "sipas-short counter Quầy 3 walkup 2025-01-15 map[access:4 feedback:N official:4 overall:5 procedure:5 result:5] vi")
	press(t, ctx, "leave")
	atRest(t, ctx)
	wantAnswers(t, w, w.answers()[0])
}

func TestKioskOneTapAndUndo(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	ctx := kioskTab(t, w, 1280, 800)
	browsertest.Wait(t, ctx, inCharge)
	tapFace(t, ctx, "overall", "1")
	browsertest.Wait(t, ctx, `!document.querySelector('[data-item="access"]').hidden`)
	press(t, ctx, "finish")
	press(t, ctx, "undo")
	press(t, ctx, "back")
	browsertest.Wait(t, ctx, `document.querySelector("[data-overall] input:checked").value === "1"`)
	tapFace(t, ctx, "overall", "5")
	press(t, ctx, "finish")
	screen(t, ctx, "thanks")
	wantAnswers(t, w, "sipas-short counter Quầy 3 walkup 2025-01-15 map[overall:5] vi")
}

func TestKioskIdle(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	ctx := kioskTab(t, w, 1920, 1080, fastClock)
	browsertest.Wait(t, ctx, inCharge)

	// In English, large, and gone before the first face: back to how it was.
	browsertest.Do(t, ctx, chromedp.Click(chromedp.CSS(`[data-do="en"]`)))
	browsertest.Do(t, ctx, chromedp.Click(chromedp.CSS(`[data-do="large"]`)))
	browsertest.Wait(t, ctx, `document.documentElement.lang === "en" && document.documentElement.dataset.large === "true"`)
	browsertest.Wait(t, ctx, `document.documentElement.lang === "vi" && document.documentElement.dataset.large === "false"`)
	atRest(t, ctx)
	wantAnswers(t, w)

	// Warned, and still here.
	tapFace(t, ctx, "overall", "2")
	browsertest.Wait(t, ctx, `document.querySelector("dialog").open && (document.querySelector('[data-do="stay"]').click(), true)`) // in one step: it is open for a third of a second
	browsertest.Wait(t, ctx, `!document.querySelector("dialog").open && !document.querySelector('[data-item="access"]').hidden`)

	// Gone: what was chosen counts, and the next citizen does not see it.
	browsertest.Wait(t, ctx, `document.querySelector("dialog").open`)
	atRest(t, ctx)
	browsertest.Wait(t, ctx, `document.documentElement.dataset.question === "0"`)
	waitAnswers(t, ctx, w, 1)
	wantAnswers(t, w, "sipas-short counter Quầy 3 walkup 2025-01-15 map[overall:2] vi")
}

// waitAnswers waits until the store holds so many answers: the page's own calls
// are what is waited for.
func waitAnswers(t *testing.T, ctx context.Context, w *ward, n int) {
	t.Helper()
	for len(w.answers()) < n {
		if ctx.Err() != nil {
			t.Fatalf("%d answers, want %d", len(w.answers()), n)
		}
		browsertest.Eval[bool](t, ctx, `new Promise(r => requestAnimationFrame(() => r(true)))`)
	}
}

func TestKioskKeepsWhatTheServerCannotTake(t *testing.T) {
	t.Parallel()
	st := memory.New()
	w := newWard(t, st, server.Config{}, false)
	ctx := kioskTab(t, w, 1080, 1920, fastClock)
	browsertest.Wait(t, ctx, inCharge)
	st.Fail(fmt.Errorf("the disk is gone"))
	rate(t, ctx, 4, "kept")
	if browsertest.Eval[bool](t, ctx, `!document.querySelector('[data-screen="thanks"]').hidden`) {
		t.Error("thanks for an answer that is not stored")
	}
	atRest(t, ctx)
	rate(t, ctx, 3, "kept")
	st.Fail(nil)
	waitAnswers(t, ctx, w, 2)
	if got := w.answers(); len(got) != 2 {
		t.Errorf("the store has %v, want both", got)
	}
}

func TestKioskQueuesEarlyTaps(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	// The machine comes when the test lets it.
	ctx := kioskTab(t, w, 1080, 1920, `(() => {
		const real = WebAssembly.instantiate.bind(WebAssembly);
		const gate = new Promise(r => { window.letMachineIn = r; });
		WebAssembly.instantiate = async (...a) => { await gate; return real(...a); };
	})()`)
	browsertest.Wait(t, ctx, `document.documentElement.dataset.mode === "wait"`)
	tapFace(t, ctx, "overall", "3")
	tapFace(t, ctx, "overall", "4")
	browsertest.Eval[bool](t, ctx, `letMachineIn(), true`)
	browsertest.Wait(t, ctx, inCharge)
	press(t, ctx, "finish")
	screen(t, ctx, "thanks")
	wantAnswers(t, w, "sipas-short counter Quầy 3 walkup 2025-01-15 map[overall:4] vi")
}

func TestKioskWithoutMachine(t *testing.T) {
	t.Parallel()
	for name, pattern := range map[string]string{
		"no machine": "*://*:*/kiosk/kiosk.*.wasm",
		"no script":  "*://*:*/kiosk/*.js",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWard(t, nil, server.Config{}, false)
			// On the first visit there is no copy that could help out.
			ctx := kioskTab(t, w, 1080, 1920, `Object.defineProperty(navigator, "serviceWorker", {value: undefined})`)
			browsertest.Block(t, ctx, pattern)
			browsertest.Goto(t, ctx, w.srv.URL+"/kiosk?lang=vi")
			browsertest.Wait(t, ctx, `[undefined, "form"].includes(document.documentElement.dataset.mode)`)
			browsertest.Screenshot(t, ctx, "form")
			browsertest.Axe(t, ctx)
			tapFace(t, ctx, "overall", "5")
			reasons := `document.querySelector('[name=reasons][value=c9]').getClientRects().length > 0`
			if browsertest.Eval[bool](t, ctx, reasons) {
				t.Error("reasons before an answer")
			}
			tapFace(t, ctx, "official", "2")
			browsertest.Wait(t, ctx, reasons)
			browsertest.Do(t, ctx, chromedp.Click(chromedp.CSS(`[name=reasons][value=c9]`)))
			browsertest.Axe(t, ctx)
			tapFace(t, ctx, "feedback", "N")
			browsertest.Do(t, ctx, chromedp.Click(chromedp.CSS(`.submit button`)))
			browsertest.Wait(t, ctx, `document.querySelector("[data-receipt]")?.textContent.length === 11`)
			browsertest.Axe(t, ctx)
			wantAnswers(t, w, "sipas-short counter Quầy 3 walkup 2025-01-15 map[feedback:N official:2 overall:5] vi")
			if a := w.stored()[0]; !slices.Equal(a.Reasons, []string{"c9"}) {
				t.Errorf("stored the reasons %v", a.Reasons)
			}
		})
	}
}

func TestKioskByKeyboard(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	ctx := kioskTab(t, w, 1280, 800, fastClock)
	browsertest.Wait(t, ctx, inCharge)
	on := func(what string) string {
		return fmt.Sprintf(`document.activeElement.matches(%q)`, what)
	}
	browsertest.Press(t, ctx, kb.Tab)
	browsertest.Wait(t, ctx, on(`[data-item="overall"] input`))
	// Arrows move and choose nothing.
	for range 3 {
		browsertest.Press(t, ctx, kb.ArrowRight)
	}
	browsertest.Wait(t, ctx, on(`[data-item="overall"] input[value="4"]`))
	if browsertest.Eval[bool](t, ctx, `document.querySelector("input:checked") !== null`) {
		t.Error("an arrow key chose a face")
	}
	browsertest.Press(t, ctx, " ")
	browsertest.Wait(t, ctx, on(`[data-item="access"] [data-focus]`)) // where a screen reader goes on
	browsertest.Press(t, ctx, kb.Tab)
	browsertest.Wait(t, ctx, on(`[data-item="access"] input`))
	for range 4 {
		browsertest.Press(t, ctx, kb.ArrowRight)
	}
	browsertest.Wait(t, ctx, on(`[data-item="access"] input[value="5"]`))
	browsertest.Press(t, ctx, kb.Enter)
	browsertest.Wait(t, ctx, on(`[data-item="procedure"] [data-focus]`))
	// The warning takes the focus, and Escape is an answer to it.
	browsertest.Wait(t, ctx, `document.querySelector("dialog").open && `+on(`[data-do="stay"]`))
	browsertest.Press(t, ctx, kb.Escape)
	browsertest.Wait(t, ctx, `!document.querySelector("dialog").open && !document.querySelector('[data-item="procedure"]').hidden`)
	browsertest.Eval[bool](t, ctx, `document.querySelector('[data-screen="ask"] [data-do="finish"]').focus(), true`)
	browsertest.Press(t, ctx, kb.Enter)
	screen(t, ctx, "thanks")
	wantAnswers(t, w, "sipas-short counter Quầy 3 walkup 2025-01-15 map[access:5 overall:4] vi")
}

func TestKioskUnpairedInBrowser(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, true)
	token, err := w.svc.AddToken(t.Context(), server.Token{Role: server.RoleDevice, Counter: "Quầy 7"})
	if err != nil {
		t.Fatal(err)
	}
	ctx := browsertest.Open(t, 1080, 1920)
	browsertest.Goto(t, ctx, w.srv.URL+"/kiosk")
	browsertest.Screenshot(t, ctx, "unpaired")
	browsertest.Axe(t, ctx)
	fits := func(what string) { // needs no scrolling
		t.Helper()
		for _, size := range [][2]int{{1280, 800}, {1920, 1080}, {1080, 1920}} {
			for _, open := range []string{"false", "true"} {
				browsertest.Resize(t, ctx, size[0], size[1])
				browsertest.Eval[bool](t, ctx, `document.querySelector("details").open = `+open+`, true`)
				browsertest.Screenshot(t, ctx, fmt.Sprintf("%s-%d-%s", what, size[0], open))
				if over := browsertest.Eval[int](t, ctx, `Math.max(...[document.documentElement, document.querySelector("main")].map(e => e.scrollHeight - e.clientHeight))`); over > 0 {
					t.Errorf("%s at %d by %d, the form open %s, is %d px too high", what, size[0], size[1], open, over)
				}
			}
		}
	}
	fits("unpaired")
	pair := func(token string) {
		browsertest.Eval[bool](t, ctx, `document.querySelector("details").open = true`)
		browsertest.Do(t, ctx, chromedp.SendKeys(chromedp.CSS("#token"), token), chromedp.Click(chromedp.CSS(".staff button")))
	}
	pair("hl_wrong")
	browsertest.Wait(t, ctx, `document.querySelector("#token-error") !== null`)
	fits("refused")
	browsertest.Axe(t, ctx)
	pair(token)
	browsertest.Wait(t, ctx, `document.querySelector(".counter")?.innerText === "Quầy 7"`)
}

// The receipt is shown with the thanks and gone with the citizen.
func TestKioskReceipt(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	ctx := kioskTab(t, w, 1080, 1920, fastClock, `(() => {
		const real = window.fetch.bind(window);
		window.fetch = (url, o) => o?.method !== "POST" ? real(url, o) : real(url, o).then(async r =>
			new Response(JSON.stringify((await r.json()).map(v => ({receipt: "ABCDE-12345", ...v}))), {status: r.status}));
	})()`)
	browsertest.Wait(t, ctx, inCharge)
	tapFace(t, ctx, "overall", "5")
	press(t, ctx, "finish")
	browsertest.Wait(t, ctx, `/^[0-9A-Z]{5}-[0-9A-Z]{5}$/.test(document.querySelector("[data-receipt]").innerText)`)
	atRest(t, ctx)
	if got := browsertest.Eval[string](t, ctx, `document.querySelector("[data-receipt]").textContent`); got != "" {
		t.Errorf("the next citizen finds the receipt %q in the page", got)
	}
}

// Memory and page stay small over many visits: the machine is swept at every
// tenth.
func TestKioskManyVisits(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	ctx := kioskTab(t, w, 1080, 1920, `(() => {
		const real = WebAssembly.instantiate.bind(WebAssembly);
		WebAssembly.instantiate = async (...a) => { window.machine = await real(...a); return window.machine; };
	})()`)
	browsertest.Wait(t, ctx, inCharge)
	before := browsertest.Eval[int](t, ctx, `document.querySelectorAll("*").length`)
	visits := 2000 // 10,000 are a day of the busiest office there is
	if n, err := strconv.Atoi(os.Getenv("HAILONG_KIOSK_VISITS")); err == nil {
		visits = n
	}
	clean := browsertest.Eval[bool](t, ctx, fmt.Sprintf(`(async () => {
		const touch = what => document.querySelector(what).click();
		const text = document.querySelector("[data-text]");
		for (let i = 0; i < %d; i++) {
			touch('[data-item="overall"] input[value="' + (1 + i %% 5) + '"]');
			if (i %% 10 !== 0) {
				touch('.bar [data-do="finish"]');
				touch('[data-do="undo"]');
				touch('.bar [data-do="leave"]');
			} else {
				touch('[data-screen="ask"] [data-do="next"]');
				touch('[data-item="access"] input[value="' + (1 + i %% 3) + '"]');
				touch('[data-screen="ask"] [data-do="next"]');
				touch('[data-reason="c' + (1 + i %% 4) + '"]');
				touch('[data-screen="why"] [data-do="finish"]');
				touch('[data-do="write"]');
				for (const key of "dduwowcj") touch('[data-letter="' + key + '"]');
				if (text.textContent !== "Được") return false;
				touch('[data-screen="write"] [data-do="leave"]');
			}
			if (document.querySelector("input:checked") !== null || text.textContent !== "") return false;
			if (i %% 100 === 0) await new Promise(r => setTimeout(r));
		}
		return true;
	})()`, visits))
	if !clean {
		t.Error("a visit leaves something behind, or a touch does nothing")
	}
	if after := browsertest.Eval[int](t, ctx, `document.querySelectorAll("*").length`); after != before {
		t.Errorf("the page had %d elements and has %d", before, after)
	}
	memory := browsertest.Eval[int](t, ctx, `machine.exports.mem.buffer.byteLength`)
	t.Logf("%d KB after %d visits", memory/1024, visits)
	if memory > 6<<20 {
		t.Errorf("the machine takes %d KB after %d visits, more than 6 MB", memory/1024, visits)
	}
	wantAnswers(t, w)
}
