// Package browsertest lets tests look at pages through a real Chromium: open a
// page in a session of its own, press what a citizen would press, take a
// picture, and ask axe-core what a screen reader would stumble over.
//
//	ctx := browsertest.Open(t, 360, 740)
//	browsertest.Goto(t, ctx, srv.URL+"/q")
//	browsertest.Axe(t, ctx)
//
// One Chromium serves all tests that run at the same time and ends with the
// last of them. Tests may be parallel; each call of Open has its own cookies.
//
// A browser is slow, so these tests are skipped unless HAILONG_TEST_ALL=1, which
// `make test` sets; then a tool that is not installed fails them.
package browsertest

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// patience is how long one page may take for everything a test does with it.
// Generous: the machine may be compiling on both of its cores.
const patience = 2 * time.Minute

// shared is the Chromium of this test binary. It is package state because
// nothing else lives as long as the tests that share it.
var shared struct {
	sync.Mutex
	users int
	ctx   context.Context
	stop  func()
}

// Open returns a chromedp context with a new tab in a new, empty session whose
// viewport has the given size in CSS pixels. The tab closes with the test.
//
// An exception that no script caught, or a blocked breach of the page's
// Content-Security-Policy, fails the test when it ends.
func Open(t testing.TB, width, height int) context.Context {
	t.Helper()
	parent := borrow(t)
	tab, cancel := chromedp.NewContext(parent, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	must(t, "opening a tab", chromedp.Do(tab)) // binds the tab to a context without a deadline
	ctx, done := context.WithTimeout(tab, patience)
	t.Cleanup(done)

	var mu sync.Mutex
	var complaints []string
	must(t, "listening to the tab", chromedp.Listen(ctx, func(ev any) {
		if text := complaint(ev); text != "" {
			mu.Lock()
			defer mu.Unlock()
			complaints = append(complaints, text)
		}
	}))
	t.Cleanup(func() {
		mu.Lock()
		defer mu.Unlock()
		for _, text := range complaints {
			t.Errorf("the page complains: %s", text)
		}
	})
	Resize(t, ctx, width, height)
	return ctx
}

// complaint returns what an event says that no page of ours may cause.
func complaint(ev any) string {
	switch ev := ev.(type) {
	case *runtime.EventExceptionThrown:
		d := ev.ExceptionDetails
		if d.Exception != nil && d.Exception.Description != "" {
			return d.Exception.Description
		}
		return d.Text
	case *runtime.EventConsoleAPICalled:
		if ev.Type == runtime.ConsoleAPICalledTypeError && len(ev.Args) > 0 {
			return "console.error: " + string(ev.Args[0].Value)
		}
	}
	return logComplaint(ev)
}

// wanted returns where chromium is; it skips the test where none is wanted.
func wanted(t testing.TB) string {
	t.Helper()
	if os.Getenv("HAILONG_TEST_ALL") != "1" {
		t.Skip("a test in a real browser: `make test`, or HAILONG_TEST_ALL=1, runs it")
	}
	path, err := exec.LookPath("chromium")
	if err != nil {
		Missing(t, "chromium", err)
	}
	return path
}

// borrow returns the shared browser, started if this is the first borrower.
func borrow(t testing.TB) context.Context {
	t.Helper()
	path := wanted(t)
	shared.Lock()
	defer shared.Unlock()
	if shared.users == 0 {
		dir, err := os.MkdirTemp("", "hailong-chromium-")
		must(t, "making a profile directory", err)
		ctx, stopBrowser := start(path, dir)
		stop := func() { stopBrowser(); removeAll(dir) }
		if err := chromedp.Do(ctx); err != nil {
			stop()
			t.Fatalf("starting chromium: %v", err)
		}
		shared.ctx, shared.stop = ctx, stop
	}
	shared.users++
	t.Cleanup(func() {
		shared.Lock()
		defer shared.Unlock()
		if shared.users--; shared.users == 0 {
			shared.stop()
			shared.ctx, shared.stop = nil, nil
		}
	})
	return shared.ctx
}

// start names a Chromium that starts with the first action on its context.
func start(path, dir string) (context.Context, func()) {
	alloc, stopAlloc := chromedp.NewExecAllocator(context.Background(),
		chromedp.ExecPath(path), chromedp.UserDataDir(dir),
		chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
		chromedp.Flag("disable-dev-shm-usage", true), chromedp.Flag("disable-extensions", true),
		chromedp.Flag("disable-default-apps", true), chromedp.Flag("disable-breakpad", true),
		chromedp.Flag("disable-background-timer-throttling", true), chromedp.Flag("disable-renderer-backgrounding", true),
		chromedp.Flag("disable-backgrounding-occluded-windows", true), chromedp.Flag("hide-scrollbars", true),
		chromedp.Flag("force-color-profile", "srgb"), chromedp.Flag("metrics-recording-only", true),
		chromedp.Flag("password-store", "basic"), chromedp.Flag("lang", "vi"),
	)
	ctx, stopBrowser := chromedp.NewContext(alloc)
	return ctx, func() { stopBrowser(); stopAlloc() }
}

// A Device is a Chromium of its own whose profile outlives it: what a kiosk at
// a counter is.
type Device struct {
	t    testing.TB
	path string
	dir  string
}

// NewDevice returns a device with an empty profile, which goes with the test.
// Like Open it skips the test where no browser is wanted.
func NewDevice(t testing.TB) *Device {
	t.Helper()
	path := wanted(t)
	dir, err := os.MkdirTemp("", "hailong-device-")
	must(t, "making a profile directory", err)
	t.Cleanup(func() { removeAll(dir) })
	return &Device{t, path, dir}
}

// Start switches the device on and returns a tab of it. The function kills all
// of the browser in the same instant, as when the power goes off; what had
// reached the disk is there at the next start.
func (d *Device) Start() (ctx context.Context, kill func()) {
	d.t.Helper()
	browser, stop := start(d.path, d.dir)
	must(d.t, "starting the device", chromedp.Do(browser))
	ctx, done := context.WithTimeout(browser, patience)
	p := chromedp.FromContext(browser).Browser.Process()
	kill = sync.OnceFunc(func() {
		// The processes under it end with it: their parent's pipes are closed.
		if err := p.Kill(); err != nil {
			d.t.Logf("killing the device: %v", err)
		}
		done()
		stop()
	})
	d.t.Cleanup(kill)
	return ctx, kill
}

// removeAll removes a profile that the browser's last processes may still be
// writing to. What cannot be removed is left to the system's temporary files.
func removeAll(dir string) {
	for range 50 {
		if os.RemoveAll(dir) == nil {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// Missing skips the test because a tool is not installed, or fails it where
// HAILONG_TEST_ALL=1 promises that everything is. It does not return.
func Missing(t testing.TB, tool string, err error) {
	t.Helper()
	if os.Getenv("HAILONG_TEST_ALL") == "1" {
		t.Fatalf("%s is needed: %v", tool, err)
	}
	t.Skipf("%s is not installed (%v): `make test` installs it and runs this test", tool, err)
}

// Resize changes the viewport.
func Resize(t testing.TB, ctx context.Context, width, height int) {
	t.Helper()
	Do(t, ctx, chromedp.EmulateViewport(int64(width), int64(height)))
}

// Goto loads a page and waits for its load event.
func Goto(t testing.TB, ctx context.Context, url string) {
	t.Helper()
	Do(t, ctx, chromedp.Navigate(url))
}

// Do runs actions and fails the test where one of them fails.
func Do(t testing.TB, ctx context.Context, actions ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	must(t, "driving the browser", chromedp.Do(ctx, actions...))
}

// Eval returns the value of a JavaScript expression; a promise is awaited.
func Eval[T any](t testing.TB, ctx context.Context, expression string) T {
	t.Helper()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	must(t, "evaluating "+short(expression), err)
	return v
}

// Wait returns once a JavaScript expression is true, on this page or on the
// one that is being loaded: an expression that throws, as where there is no
// body yet, is not true. It fails the test after fifteen seconds.
func Wait(t testing.TB, ctx context.Context, expression string) {
	t.Helper()
	limit, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	calm := "(() => { try { return " + expression + " } catch { return false } })()"
	for {
		_, err := chromedp.Run(limit, chromedp.Poll[bool](calm, chromedp.WithPollingInterval(20*time.Millisecond), chromedp.WithPollingTimeout(15*time.Second)))
		if err != nil && limit.Err() == nil && leftPage(err) {
			continue
		}
		if err != nil {
			t.Fatalf("waiting for %s: %v", short(expression), err)
		}
		return
	}
}

// leftPage reports whether the page went away under an action.
func leftPage(err error) bool {
	for _, text := range []string{"navigated or closed", "context was destroyed", "Cannot find context"} {
		if strings.Contains(err.Error(), text) {
			return true
		}
	}
	return false
}

// Press types keys into whatever has the focus, for example kb.Tab or "3".
func Press(t testing.TB, ctx context.Context, keys string) {
	t.Helper()
	Do(t, ctx, chromedp.KeyEvent(keys))
}

// Before runs a script in every page that this tab loads from now on, before
// any script of the page: the place to speed up its clock.
func Before(t testing.TB, ctx context.Context, script string) {
	t.Helper()
	_, err := chromedp.Call(ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: script})
	must(t, "adding a script to new pages", err)
}

// Block makes requests fail whose address matches one of the URL patterns (see
// https://urlpattern.spec.whatwg.org), such as "*://*:*/*.wasm". No patterns
// lift the block.
func Block(t testing.TB, ctx context.Context, patterns ...string) {
	t.Helper()
	var list []*network.BlockPattern
	for _, p := range patterns {
		list = append(list, &network.BlockPattern{URLPattern: p, Block: true})
	}
	_, err := chromedp.Call(ctx, network.Enable, network.EnableParams{})
	must(t, "watching the network", err)
	_, err = chromedp.Call(ctx, network.SetBlockedURLs, network.SetBlockedURLsParams{URLPatterns: list})
	must(t, "blocking requests", err)
}

// Screenshot takes a picture of the viewport, where `go test -artifacts` keeps
// it as NAME.png; without, nobody would look at it, and it takes a while.
func Screenshot(t testing.TB, ctx context.Context, name string) {
	t.Helper()
	if f := flag.Lookup("test.artifacts"); f == nil || f.Value.String() != "true" {
		return
	}
	must(t, "keeping a picture", os.WriteFile(filepath.Join(t.ArtifactDir(), name+".png"), Picture(t, ctx), 0o644))
}

// Picture returns a picture of the viewport as PNG.
func Picture(t testing.TB, ctx context.Context) []byte {
	t.Helper()
	png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	must(t, "taking a picture", err)
	return png
}

// Version returns the browser's name and version, for figures that depend on it.
func Version(t testing.TB, ctx context.Context) string {
	t.Helper()
	v, err := chromedp.CallBrowser(ctx, browser.GetVersion, cdp.Empty{})
	must(t, "asking for the browser's version", err)
	return v.Product
}

func must(t testing.TB, deed string, err error) {
	t.Helper()
	if errors.Is(err, context.DeadlineExceeded) {
		err = fmt.Errorf("no end after %v: %w", patience, err)
	}
	if err != nil {
		t.Fatalf("%s: %v", deed, err)
	}
}

// short keeps a failure's first line readable.
func short(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if len(s) > 120 {
		return s[:120] + "…"
	}
	return s
}
