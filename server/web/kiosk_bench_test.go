package web

import (
	"slices"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"hailong/server"
	"hailong/server/web/browsertest"
)

// marksStart notes in a page when the machine was in charge.
const marksStart = `new MutationObserver((_, o) => {
	if (document.documentElement?.dataset.mode !== "app") return;
	window.charged = performance.now();
	o.disconnect();
}).observe(document, {subtree: true, childList: true, attributes: true, attributeFilter: ["data-mode"]})`

// BenchmarkKioskStart is how long a kiosk takes to start on a processor four
// times as slow, with a line of 1.6 Mbit/s and 150 ms there and back (fast 3G,
// which is also slow 4G): to the first paint, from which touches are taken, and
// until the machine is in charge. Warm is a start from the device's own copy.
// The medians are in milliseconds.
func BenchmarkKioskStart(b *testing.B) {
	for _, warm := range []bool{false, true} {
		name := map[bool]string{false: "cold", true: "warm"}[warm]
		b.Run(name, func(b *testing.B) {
			w := newWard(b, nil, server.Config{}, false)
			var paint, charge []float64
			for b.Loop() {
				ctx := kioskTab(b, w, 1080, 1920, marksStart)
				browsertest.Wait(b, ctx, inCharge)
				if warm {
					browsertest.Eval[bool](b, ctx, controlled)
				} else { // the same tab, and nothing kept
					browsertest.Eval[bool](b, ctx, `Promise.all([caches.keys().then(l => Promise.all(l.map(k => caches.delete(k)))), navigator.serviceWorker.getRegistrations().then(l => Promise.all(l.map(r => r.unregister())))]).then(() => true)`)
					if _, err := chromedp.Call(ctx, network.ClearBrowserCache, cdp.Empty{}); err != nil {
						b.Fatal(err)
					}
				}
				if _, err := chromedp.Call(ctx, emulation.SetCPUThrottlingRate, emulation.SetCPUThrottlingRateParams{Rate: 4}); err != nil {
					b.Fatal(err)
				}
				slow := network.Conditions{Latency: 150, DownloadThroughput: 1.6e6 / 8, UploadThroughput: 750e3 / 8}
				if _, err := chromedp.Call(ctx, network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{MatchedNetworkConditions: []*network.Conditions{&slow}}); err != nil {
					b.Fatal(err)
				}
				browsertest.Goto(b, ctx, w.srv.URL+"/kiosk")
				browsertest.Wait(b, ctx, `window.charged > 0`)
				paint = append(paint, browsertest.Eval[float64](b, ctx, `performance.getEntriesByName("first-contentful-paint")[0].startTime`))
				charge = append(charge, browsertest.Eval[float64](b, ctx, `window.charged`))
			}
			b.ReportMetric(middle(paint), "paint-ms")
			b.ReportMetric(middle(charge), "charge-ms")
			b.ReportMetric(0, "ns/op")
		})
	}
}

func middle(ms []float64) float64 {
	slices.Sort(ms)
	return ms[len(ms)/2]
}
