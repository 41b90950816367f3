package web

import (
	"context"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"hailong/server"
	"hailong/server/store/memory"
	"hailong/server/web/browsertest"
)

// down takes the server off the net: nothing listens at its address, and the
// kiosks' streams break.
func (w *ward) down() {
	w.srv.Listener.Close() // first, or a stream would come back at once
	w.srv.CloseClientConnections()
	w.srv.Close()
}

// up puts it back at the same address, in front of which h may stand.
func (w *ward) up(h http.Handler) {
	w.t.Helper()
	addr := w.srv.Listener.Addr().String()
	if h == nil {
		h = w.site
	}
	l, err := (&net.ListenConfig{}).Listen(w.t.Context(), "tcp", addr)
	if err != nil {
		w.t.Fatal(err)
	}
	w.srv = &httptest.Server{Listener: l, Config: &http.Server{Handler: h}}
	w.srv.Start()
	w.t.Cleanup(w.down)
}

// A counterKiosk is a device at a counter: a browser with a disk of its own.
type counterKiosk struct {
	w      *ward
	device *browsertest.Device
	token  string
}

func newCounterKiosk(t testing.TB, w *ward) *counterKiosk {
	t.Helper()
	d := browsertest.NewDevice(t)
	if !w.site.kiosk.built {
		browsertest.Missing(t, "the compiled kiosk", fmt.Errorf("`go run ./kiosk/build` has not run"))
	}
	token, err := w.svc.AddToken(t.Context(), server.Token{Role: server.RoleDevice, Label: "kiosk", Counter: "Quầy 3"})
	if err != nil {
		t.Fatal(err)
	}
	return &counterKiosk{w, d, token}
}

// calmClock runs ten times as fast as ours. At fifty times, a disk that takes
// half a second is one that failed.
func calmClock() string { return strings.Replace(fastClock, "speed = 50", "speed = 10", 1) }

// on switches the device on at the kiosk's page.
func (k *counterKiosk) on(t testing.TB, before ...string) (context.Context, func()) {
	t.Helper()
	ctx, kill := k.start(t, append([]string{calmClock()}, before...)...)
	browsertest.Goto(t, ctx, "http://"+k.w.srv.Listener.Addr().String()+"/kiosk")
	browsertest.Wait(t, ctx, inCharge)
	return ctx, kill
}

// start switches the device on; its page is still empty. The cookie is set
// again: a browser writes cookies to its disk only every half minute.
func (k *counterKiosk) start(t testing.TB, before ...string) (context.Context, func()) {
	t.Helper()
	ctx, kill := k.device.Start()
	if _, err := chromedp.Call(ctx, network.SetCookie, network.SetCookieParams{Name: deviceCookie, Value: k.token, URL: "http://" + k.w.srv.Listener.Addr().String(), HTTPOnly: new(true)}); err != nil {
		t.Fatal(err)
	}
	for _, script := range before {
		browsertest.Before(t, ctx, script)
	}
	return ctx, kill
}

// rate is one citizen who touches one face; it returns as soon as the screen
// with that name is shown.
func rate(t *testing.T, ctx context.Context, value int, name string) {
	t.Helper()
	browsertest.Eval[bool](t, ctx, fmt.Sprintf(`(async () => {
		const shown = what => new Promise(r => {
			const look = () => what() ? r(true) : setTimeout(look, 2);
			look();
		});
		document.querySelector('[data-item="overall"] input[value="%d"]').click();
		document.querySelector('.bar [data-do="finish"]').click();
		await shown(() => !document.querySelector('[data-screen=%q]').hidden);
		return true;
	})()`, value, name))
}

// waiting waits until the device's own count of unsent answers is n.
func waiting(t *testing.T, ctx context.Context, n int) {
	t.Helper()
	browsertest.Wait(t, ctx, fmt.Sprintf(`document.documentElement.dataset.waiting === "%d"`, n))
}

// enqueue puts n answers on the disk as the kiosk would, given on the five days
// before today; the server corrects them by the clock that it is told.
func enqueue(t *testing.T, ctx context.Context, n int) {
	t.Helper()
	kept := browsertest.Eval[bool](t, ctx, fmt.Sprintf(`(async () => {
		const kept = [];
		for (let i = 0; i < %d; i++) {
			kept.push(hailong.keep({id: hailong.newID(), survey: document.documentElement.dataset.survey, answers: {overall: String(1 + i %% 5)}, captured_at: new Date(Date.now() - (5 - i %% 5) * 86400000).toISOString(), lang: "vi"}));
			if (i %% 50 === 49) await Promise.all(kept);
		}
		return (await Promise.all(kept)).every(r => r.kept);
	})()`, n))
	if !kept {
		t.Fatal("the disk does not keep answers")
	}
}

// values returns the overall marks that the store holds, sorted.
func (w *ward) values() []string {
	w.t.Helper()
	out := []string{}
	for a, err := range w.svc.Answers(w.t.Context(), "", "") {
		if err != nil {
			w.t.Fatal(err)
		}
		out = append(out, a.Marks["overall"])
	}
	slices.Sort(out)
	return out
}

// The power goes off right after "thank you", with the line down: after the
// next start everything is there, once. HAILONG_KIOSK_KILLS says how often.
func TestKioskKilledAfterThanks(t *testing.T) {
	t.Parallel()
	kills := 5
	if n, err := strconv.Atoi(os.Getenv("HAILONG_KIOSK_KILLS")); err == nil {
		kills = n
	}
	w := newWard(t, nil, server.Config{}, false)
	k := newCounterKiosk(t, w)
	var want []string
	for i := range kills {
		ctx, kill := k.on(t) // and what the last one left is sent
		waitAnswers(t, ctx, w, len(want))
		waiting(t, ctx, 0)
		w.down()
		rate(t, ctx, 1+i%5, "kept")
		kill()
		want = append(want, strconv.Itoa(1+i%5))
		t.Logf("killed %d times", len(want))
		w.up(nil)
	}
	ctx, _ := k.on(t)
	waitAnswers(t, ctx, w, len(want))
	waiting(t, ctx, 0)
	slices.Sort(want)
	if got := w.values(); !slices.Equal(got, want) {
		t.Errorf("after %d kills the store has %v, want %v", kills, got, want)
	}
	for _, a := range w.answers() {
		if want := "sipas-short counter Quầy 3 walkup 2025-01-15"; a[:len(want)] != want {
			t.Errorf("%q", a)
		}
	}
}

// The server dies in the middle of a drain, after it stored a part or all of
// it and before it said so.
func TestKioskServerKilledWhileDraining(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	k := newCounterKiosk(t, w)
	ctx, _ := k.on(t)
	w.down()
	enqueue(t, ctx, 40)
	var calls atomic.Int32
	w.up(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/api/v1/answers" && calls.Add(1) <= 2 {
			w.site.ServeHTTP(httptest.NewRecorder(), r) // stored
			panic(http.ErrAbortHandler)                 // and gone without a word
		}
		w.site.ServeHTTP(rw, r)
	}))
	rate(t, ctx, 5, "kept") // the first call ends badly
	waiting(t, ctx, 0)
	if got := w.values(); len(got) != 41 {
		t.Errorf("%d answers are stored, want 41", len(got))
	}
	if calls.Load() < 3 {
		t.Errorf("%d calls: the server was never killed", calls.Load())
	}
}

// Two tabs of one device share the queue: nothing twice, nothing lost, and one
// call at a time.
func TestKioskTwoTabs(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	k := newCounterKiosk(t, w)
	one, _ := k.on(t)
	two, cancel := chromedp.NewContext(one)
	t.Cleanup(cancel)
	browsertest.Before(t, two, calmClock())
	browsertest.Goto(t, two, w.srv.URL+"/kiosk")
	browsertest.Wait(t, two, inCharge)
	w.down()
	enqueue(t, one, 30)
	enqueue(t, two, 30)
	var now, most, records atomic.Int32
	w.up(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/api/v1/answers" {
			if n := now.Add(1); n > most.Load() {
				most.Store(n)
			}
			defer now.Add(-1)
			records.Add(1)
		}
		w.site.ServeHTTP(rw, r)
	}))
	const both = `Promise.all([1, 2, 3].map(() => hailong.drain())).then(() => true)`
	done := make(chan error, 2)
	for _, ctx := range []context.Context{one, two} {
		go func() {
			_, err := chromedp.Run(ctx, chromedp.Evaluate[bool](both, chromedp.EvalAwaitPromise))
			done <- err
		}()
	}
	for range 2 {
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	if got := w.values(); len(got) != 60 {
		t.Errorf("%d answers are stored, want 60", len(got))
	}
	if most.Load() != 1 {
		t.Errorf("%d calls at the same time", most.Load())
	}
}

// An outage of days: what was queued is drained once, with the day on which it
// was given; a clock that is a year ahead puts nothing into the future.
func TestKioskDrainsThousand(t *testing.T) {
	t.Parallel()
	const n = 1000
	w := newWard(t, nil, server.Config{}, false)
	k := newCounterKiosk(t, w)
	ctx, kill := k.on(t)
	w.down()
	enqueue(t, ctx, n)
	browsertest.Eval[bool](t, ctx, `hailong.keep({id: hailong.newID(), survey: document.documentElement.dataset.survey, answers: {overall: "5"}, captured_at: new Date(Date.now() + 365 * 86400000).toISOString(), lang: "vi"}).then(r => r.kept)`)
	waiting(t, ctx, n+1)
	kill()
	w.up(nil)
	ctx, _ = k.on(t)
	waiting(t, ctx, 0)
	days := map[server.Day]int{}
	for a, err := range w.svc.Answers(t.Context(), "", "") {
		if err != nil {
			t.Fatal(err)
		}
		days[a.Day]++
	}
	want := map[server.Day]int{"2025-01-10": n / 5, "2025-01-11": n / 5, "2025-01-12": n / 5, "2025-01-13": n / 5, "2025-01-14": n / 5, "2025-01-15": 1}
	if !maps.Equal(days, want) {
		t.Errorf("days %v, want %v", days, want)
	}
}

// A batch that is sent again and again is stored once.
func TestKioskSameBatchFiftyTimes(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	k := newCounterKiosk(t, w)
	ctx, _ := k.on(t)
	statuses := browsertest.Eval[map[string]int](t, ctx, `(async () => {
		const batch = [], seen = {stored: 0, already: 0, other: 0};
		for (let i = 0; i < 20; i++) batch.push({id: hailong.newID(), survey: document.documentElement.dataset.survey, answers: {overall: String(1 + i % 5)}, captured_at: "2025-01-15T03:00:00Z", lang: "vi"});
		for (let i = 0; i < 50; i++) {
			const r = await fetch("/api/v1/answers", {method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify(batch)});
			for (const v of await r.json()) seen[v.status in seen ? v.status : "other"]++;
		}
		return seen;
	})()`)
	if want := (map[string]int{"stored": 20, "already": 49 * 20, "other": 0}); !maps.Equal(statuses, want) {
		t.Errorf("verdicts %v, want %v", statuses, want)
	}
	if got := w.values(); len(got) != 20 {
		t.Errorf("%d answers are stored, want 20", len(got))
	}
}

// What the server will never take goes to the repair tray and holds up nothing.
func TestKioskRepairTray(t *testing.T) {
	t.Parallel()
	st := memory.New()
	w := newWard(t, st, server.Config{}, false)
	k := newCounterKiosk(t, w)
	ctx, _ := k.on(t)
	browsertest.Eval[bool](t, ctx, `hailong.keep({id: hailong.newID(), survey: "no-such-survey", answers: {overall: "5"}, captured_at: "2025-01-15T03:00:00Z", lang: "vi"}).then(() => true)`)
	rate(t, ctx, 4, "thanks")
	waiting(t, ctx, 0)
	browsertest.Wait(t, ctx, `document.documentElement.dataset.refused === "1"`)
	if got := w.values(); !slices.Equal(got, []string{"4"}) {
		t.Errorf("the store has %v", got)
	}
	// A server that fails loses nothing.
	atRest(t, ctx)
	st.Fail(fmt.Errorf("the disk is gone"))
	rate(t, ctx, 3, "kept")
	waiting(t, ctx, 1)
	st.Fail(nil)
	waiting(t, ctx, 0)
	if got := w.values(); !slices.Equal(got, []string{"3", "4"}) {
		t.Errorf("the store has %v", got)
	}
}

// The device's disk is full: an answer is sent at once while there is a line,
// and where there is none nobody is thanked.
func TestKioskDiskFull(t *testing.T) {
	t.Parallel()
	for name, script := range map[string]string{
		"full": `(() => {
			const real = IDBObjectStore.prototype.add;
			IDBObjectStore.prototype.add = function (v) { queueMicrotask(() => this.transaction.abort()); return real.call(this, v); };
		})()`,
		"forbidden": `IDBFactory.prototype.open = () => { throw new DOMException("no", "SecurityError"); };`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWard(t, nil, server.Config{}, false)
			ctx := kioskTab(t, w, 1080, 1920, calmClock(), script)
			browsertest.Wait(t, ctx, inCharge)
			rate(t, ctx, 5, "thanks")
			if got := w.values(); !slices.Equal(got, []string{"5"}) {
				t.Errorf("the store has %v", got)
			}
			browsertest.Wait(t, ctx, `!document.querySelector('[data-state="disk-no"]').hidden`)
			for failing := false; !failing; { // the board hears of it
				devices, err := w.svc.Devices(t.Context())
				if err != nil || ctx.Err() != nil {
					t.Fatalf("the kiosk reports %+v, %v", devices, err)
				}
				failing = len(devices) == 1 && devices[0].Status != nil && devices[0].Status.Failing
				browsertest.Eval[bool](t, ctx, `new Promise(r => requestAnimationFrame(() => r(true)))`)
			}
			atRest(t, ctx)
			w.down()
			rate(t, ctx, 4, "sorry")
			if browsertest.Eval[bool](t, ctx, `!document.querySelector('[data-screen="kept"]').hidden || !document.querySelector('[data-screen="thanks"]').hidden`) {
				t.Error("thanks for an answer that nobody has")
			}
		})
	}
}
