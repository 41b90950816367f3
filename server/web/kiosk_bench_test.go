package web

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"hailong/server"
	"hailong/server/web/browsertest"
)

// The kiosk's budgets in milliseconds, on a processor four times as slow and a
// line of 1.6 Mbit/s down, 750 kbit/s up and 150 ms, which tools call fast 3G,
// newer ones slow 4G.
const (
	budgetPaint   = 1000 // first paint of a first visit
	budgetCold    = 3600 // the machine in charge on a first visit
	budgetWarm    = 500  // and on later ones: on a browser just started, and right after the first
	budgetTap     = 100  // from a touch to what it paints, 95 of 100
	budgetDurable = 100  // until an answer is on the disk, 95 of 100
)

// timing notes when the machine takes charge, and how long each touch took
// until after the frame that shows what it changed.
const timing = `(() => {
	window.touches = [];
	window.addEventListener("click", (e) => {
		if (!e.isTrusted || e.detail === 0) return;
		requestAnimationFrame(() => {
			const painted = new MessageChannel();
			painted.port1.onmessage = () => touches.push(performance.now() - e.timeStamp);
			painted.port2.postMessage(0);
		});
	}, true);
	new MutationObserver((_, watch) => {
		if (document.documentElement?.dataset.mode !== "app") return;
		window.tookCharge = performance.now();
		watch.disconnect();
	}).observe(document, {attributes: true, subtree: true, attributeFilter: ["data-mode"]});
})()`

// bare is a page on which a touch changes nothing but a colour: no page does
// less, so what a touch costs there is the machine's and the browser's.
const bare = `<!doctype html><html lang="vi"><title>bare</title><style>html{background:#fff}.on{background:#eee}button{width:300px;height:300px}</style>
<button>x</button><script>document.addEventListener("click", () => document.querySelector("button").classList.toggle("on"))</script></html>`

// slowKiosk is a paired browser that was never on the kiosk's page, on a slow
// device with a slow line.
func slowKiosk(b *testing.B, w *ward) context.Context {
	b.Helper()
	ctx := pairedTab(b, w, 1080, 1920, timing)
	slowDown(b, ctx, 4)
	slowLine(b, ctx)
	return ctx
}

func slowLine(b *testing.B, ctx context.Context) {
	b.Helper()
	_, err := chromedp.Call(ctx, network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{
		MatchedNetworkConditions: []*network.Conditions{{Latency: 150, DownloadThroughput: 1.6e6 / 8, UploadThroughput: 750e3 / 8}},
	})
	if err != nil {
		b.Fatal(err)
	}
}

// slowDown makes a tab's processor so many times as slow. The browser does it by
// spinning, even in a tab where nothing happens: several slow tabs take each
// other's time, so a tab is made fast again when it is done with.
func slowDown(b *testing.B, ctx context.Context, times float64) {
	b.Helper()
	if _, err := chromedp.Call(ctx, emulation.SetCPUThrottlingRate, emulation.SetCPUThrottlingRateParams{Rate: times}); err != nil {
		b.Fatal(err)
	}
}

// reportBudget prints the share p of the measurements and what part of the
// budget it takes.
func reportBudget(b *testing.B, what string, p float64, ms []float64, budget float64) float64 {
	b.Helper()
	slices.Sort(ms)
	at := ms[min(len(ms)-1, int(p*float64(len(ms))))]
	b.ReportMetric(at, what+"-ms")
	b.ReportMetric(at/budget, what+"/budget")
	b.Logf("%s: %.0f ms of %.0f, %d measured, %.0f to %.0f", what, at, budget, len(ms), ms[0], ms[len(ms)-1])
	return at
}

// BenchmarkKioskSlowDevice measures a kiosk on a slow device against its
// budgets: first visits, later visits, touches, answers.
func BenchmarkKioskSlowDevice(b *testing.B) {
	for b.Loop() {
		w := newWard(b, nil, server.Config{}, false)
		var paint, cold, second, warm []float64
		var ctx context.Context
		visit := func() float64 {
			browsertest.Goto(b, ctx, w.srv.URL+"/kiosk")
			browsertest.Wait(b, ctx, `window.tookCharge > 0`)
			return browsertest.Eval[float64](b, ctx, `tookCharge`)
		}
		copied := func() {
			browsertest.Eval[string](b, ctx, `navigator.serviceWorker.ready.then((r) => r.active.state)`)
		}
		quiet := func() { browsertest.Eval[bool](b, ctx, `new Promise((r) => setTimeout(r, 2000, true))`) }
		for range 5 {
			ctx = slowKiosk(b, w)
			cold = append(cold, visit())
			paint = append(paint, browsertest.Eval[float64](b, ctx, `performance.getEntriesByName("first-contentful-paint")[0].startTime`))
			copied()
			second = append(second, visit())
			slowDown(b, ctx, 1)
		}
		// The next mornings: the browser was switched off, and has started.
		k := newCounterKiosk(b, w)
		var off func()
		const mornings = 7
		for i := range 1 + mornings {
			ctx, off = k.start(b, timing)
			browsertest.Resize(b, ctx, 1080, 1920)
			quiet()
			if i > 0 {
				slowDown(b, ctx, 4)
				slowLine(b, ctx)
				warm = append(warm, visit())
				slowDown(b, ctx, 1)
			} else {
				visit()
				copied()
			}
			quiet() // the browser writes to its disk
			if i < mornings {
				off()
			}
		}
		reportBudget(b, "paint", 0.5, paint, budgetPaint)
		reportBudget(b, "cold", 0.5, cold, budgetCold)
		reportBudget(b, "warm", 0.5, warm, budgetWarm)
		reportBudget(b, "second", 0.5, second, budgetWarm)

		slowDown(b, ctx, 4)
		for i := range 25 {
			tapFace(b, ctx, "overall", string(rune('1'+i%5)))
			browsertest.Wait(b, ctx, `!document.querySelector('[data-item="access"]').hidden`)
			press(b, ctx, "back")
			press(b, ctx, "next")
			press(b, ctx, "leave")
		}
		touches := browsertest.Eval[[]float64](b, ctx, `touches`)
		tap := reportBudget(b, "tap-p95", 0.95, touches, budgetTap)

		durable := browsertest.Eval[[]float64](b, ctx, `(async () => {
			const ms = [];
			for (let i = 0; i < 60; i++) {
				const begin = performance.now();
				await hailong.keep({id: hailong.newID(), survey: "sipas-short", answers: {overall: "5"}, captured_at: new Date().toISOString(), lang: "vi"});
				ms.push(performance.now() - begin);
			}
			return ms;
		})()`)
		reportBudget(b, "durable-p95", 0.95, durable, budgetDurable)

		plain := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Content-Type", "text/html; charset=utf-8")
			io.WriteString(rw, bare)
		}))
		browsertest.Goto(b, ctx, plain.URL)
		for range 100 {
			browsertest.Do(b, ctx, chromedp.Click(chromedp.CSS("button")))
		}
		touches = browsertest.Eval[[]float64](b, ctx, `touches`)
		plain.Close()
		b.ReportMetric(tap/reportBudget(b, "bare-tap-p95", 0.95, touches, budgetTap), "tap/bare-tap")
		slowDown(b, ctx, 1)
	}
}
