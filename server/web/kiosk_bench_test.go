package web

import (
	"context"
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
	budgetWarm    = 500  // and on every later one
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

// slowKiosk is a paired browser that was never on the kiosk's page, on a slow
// device with a slow line.
func slowKiosk(b *testing.B, w *ward) context.Context {
	b.Helper()
	ctx := pairedTab(b, w, 1080, 1920, timing)
	_, err := chromedp.Call(ctx, emulation.SetCPUThrottlingRate, emulation.SetCPUThrottlingRateParams{Rate: 4})
	if err == nil {
		_, err = chromedp.Call(ctx, network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{
			MatchedNetworkConditions: []*network.Conditions{{Latency: 150, DownloadThroughput: 1.6e6 / 8, UploadThroughput: 750e3 / 8}},
		})
	}
	if err != nil {
		b.Fatal(err)
	}
	return ctx
}

// reportBudget prints the share p of the measurements and what part of the
// budget it takes.
func reportBudget(b *testing.B, what string, p float64, ms []float64, budget float64) {
	b.Helper()
	slices.Sort(ms)
	at := ms[min(len(ms)-1, int(p*float64(len(ms))))]
	b.ReportMetric(at, what+"-ms")
	b.ReportMetric(at/budget, what+"/budget")
	b.Logf("%s: %.0f ms of %.0f, %d measured, %.0f to %.0f", what, at, budget, len(ms), ms[0], ms[len(ms)-1])
}

// BenchmarkKioskSlowDevice measures a kiosk on a slow device against its
// budgets: first visits, later visits, touches, answers.
func BenchmarkKioskSlowDevice(b *testing.B) {
	for b.Loop() {
		w := newWard(b, nil, server.Config{}, false)
		var paint, cold, warm []float64
		var ctx context.Context
		for range 5 {
			ctx = slowKiosk(b, w)
			browsertest.Goto(b, ctx, w.srv.URL+"/kiosk")
			browsertest.Wait(b, ctx, `window.tookCharge > 0`)
			paint = append(paint, browsertest.Eval[float64](b, ctx, `performance.getEntriesByName("first-contentful-paint")[0].startTime`))
			cold = append(cold, browsertest.Eval[float64](b, ctx, `tookCharge`))
			browsertest.Eval[string](b, ctx, `navigator.serviceWorker.ready.then((r) => r.active.state)`) // a copy is here
			browsertest.Goto(b, ctx, w.srv.URL+"/kiosk")
			browsertest.Wait(b, ctx, `window.tookCharge > 0`)
			warm = append(warm, browsertest.Eval[float64](b, ctx, `tookCharge`))
		}
		reportBudget(b, "paint", 0.5, paint, budgetPaint)
		reportBudget(b, "cold", 0.5, cold, budgetCold)
		reportBudget(b, "warm", 0.5, warm, budgetWarm)

		for i := range 25 {
			tapFace(b, ctx, "overall", string(rune('1'+i%5)))
			browsertest.Wait(b, ctx, `!document.querySelector('[data-item="access"]').hidden`)
			press(b, ctx, "back")
			press(b, ctx, "next")
			press(b, ctx, "leave")
		}
		touches := browsertest.Eval[[]float64](b, ctx, `touches`)
		reportBudget(b, "tap-p95", 0.95, touches, budgetTap)

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
	}
}
