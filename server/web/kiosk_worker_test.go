package web

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"hailong/kiosk/assets"
	"hailong/server"
	"hailong/server/web/browsertest"
)

// The worker's list is for a paired device, complete, and changes with what the
// device is shown; everything on it can be had.
func TestKioskWorker(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	files, err := readKiosk(builtFiles(t))
	if err != nil {
		t.Fatal(err)
	}
	w.site.kiosk = files
	list := func(v *visitor) (version string, files []string) {
		t.Helper()
		p := v.get("/kiosk/sw.js")
		m := regexp.MustCompile(`^const version = "([0-9a-f]{16})", files = (\[.*\]);\n`).FindStringSubmatch(p.body)
		if p.code != 200 || m == nil || json.Unmarshal([]byte(m[2]), &files) != nil {
			t.Fatalf("%d %q", p.code, p.body)
		}
		if p.header.Get("Service-Worker-Allowed") != "/kiosk" || p.header.Get("Cache-Control") != "no-cache" || !strings.HasPrefix(p.header.Get("Content-Type"), "text/javascript") {
			t.Errorf("%v", p.header)
		}
		return m[1], files
	}
	if _, files := list(w.visitor()); len(files) != 0 {
		t.Errorf("an unpaired device keeps %v", files)
	}
	v := w.paired()
	version, kept := list(v)
	for _, path := range kept {
		if p := v.get(path); p.code != 200 {
			t.Errorf("%s: %d", path, p.code)
		}
	}
	// What the page and the style sheet name is on the list.
	shell := v.get("/kiosk").body
	style, err := assets.Files.ReadFile("kiosk.css")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`(?:src|href|data-wasm)="(/(?:kiosk/|static/)[^"]+)"|url\((/static/[^)]+)\)`).FindAllStringSubmatch(shell+string(style), -1) {
		if path := m[1] + m[2]; !slices.Contains(kept, path) {
			t.Errorf("%s is not on the list", path)
		}
	}
	if again, _ := list(v); again != version {
		t.Error("the version changes by itself")
	}
	if p := v.get("/kiosk"); !strings.Contains(p.header.Get("Content-Security-Policy"), "worker-src 'self'") {
		t.Error("the page may not start its worker")
	}
	files.worker = append(files.worker, " // new"...)
	if other, _ := list(v); other == version {
		t.Error("another worker is of the same version")
	}
}

const controlled = `navigator.serviceWorker.ready.then(() => true)`

// After one visit the kiosk starts with nobody at the other end, takes an
// answer, and sends it when there is.
func TestKioskStartsWithoutNetwork(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	k := newCounterKiosk(t, w)
	ctx, kill := k.on(t)
	browsertest.Eval[bool](t, ctx, controlled)
	w.down()
	browsertest.Goto(t, ctx, "http://"+w.srv.Listener.Addr().String()+"/kiosk")
	browsertest.Wait(t, ctx, inCharge)
	rate(t, ctx, 5, "kept")
	kill()
	ctx, _ = k.on(t) // cold, and still no network
	waiting(t, ctx, 1)
	rate(t, ctx, 4, "kept")
	browsertest.Wait(t, ctx, `document.fonts.check("600 20px 'Be Vietnam Pro'")`)
	w.up(http.HandlerFunc(w.site.ServeHTTP))
	waitAnswers(t, ctx, w, 2)
	waiting(t, ctx, 0)
	if got := w.values(); !slices.Equal(got, []string{"4", "5"}) {
		t.Errorf("the store has %v", got)
	}
}

// A new version waits until the citizen has gone.
func TestKioskNewVersionWaits(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	ctx := kioskTab(t, w, 1080, 1920)
	browsertest.Wait(t, ctx, inCharge)
	browsertest.Eval[bool](t, ctx, controlled)
	browsertest.Goto(t, ctx, w.srv.URL+"/kiosk")
	browsertest.Wait(t, ctx, inCharge+` && navigator.serviceWorker.controller !== null`)
	w.down()
	newer, err := openKiosk()
	if err != nil {
		t.Fatal(err)
	}
	newer.worker = append(newer.worker, "\n// newer\n"...)
	w.site.kiosk = newer
	w.up(nil)
	tapFace(t, ctx, "overall", "3")
	browsertest.Wait(t, ctx, `!document.querySelector('[data-item="access"]').hidden`)
	browsertest.Eval[bool](t, ctx, `(window.before = true, navigator.serviceWorker.ready.then(r => r.update()).then(() => true))`)
	browsertest.Wait(t, ctx, `navigator.serviceWorker.ready.then(r => r.waiting !== null)`)
	// More than one look of the page at whether somebody is here.
	browsertest.Eval[bool](t, ctx, `new Promise(r => setTimeout(r, 1500, true))`)
	if !browsertest.Eval[bool](t, ctx, `window.before === true && document.documentElement.dataset.question === "1"`) {
		t.Fatal("the new version took over from under a citizen")
	}
	press(t, ctx, "leave")
	browsertest.Wait(t, ctx, `window.before === undefined && `+inCharge)
	browsertest.Wait(t, ctx, `caches.keys().then(k => k.length === 1)`) // it does well, and the one before goes
}

// A new version that does not start gives way to the last good one, which is
// also the one that starts with no network.
func TestKioskBrokenVersionGoesBack(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(fstest.MapFS){
		// Its page says so at once.
		"machine": func(files fstest.MapFS) {
			var gz bytes.Buffer
			zw := gzip.NewWriter(&gz)
			fmt.Fprint(zw, "\x00asm no machine")
			zw.Close()
			files["kiosk.wasm.gz"] = &fstest.MapFile{Data: gz.Bytes()}
			delete(files, "kiosk.wasm.br")
		},
		// Its page says nothing.
		"loader": func(files fstest.MapFS) {
			files["kiosk.js"] = &fstest.MapFile{Data: []byte(`"use strict";window.hailong={taps:[]};`)}
			files["sw.js"] = &fstest.MapFile{Data: bytes.Replace(files["sw.js"].Data, []byte("proof = 30000"), []byte("proof = 1500"), 1)}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWard(t, nil, server.Config{}, false)
			ctx := kioskTab(t, w, 1080, 1920)
			browsertest.Wait(t, ctx, inCharge)
			browsertest.Eval[bool](t, ctx, controlled)
			browsertest.Goto(t, ctx, w.srv.URL+"/kiosk")
			browsertest.Wait(t, ctx, inCharge+` && caches.match("/kiosk/well").then(r => r !== undefined)`)
			good := browsertest.Eval[string](t, ctx, `(window.before = true, document.documentElement.dataset.version)`)
			files := fstest.MapFS{}
			entries, err := fs.ReadDir(assets.Files, ".")
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range entries {
				b, err := fs.ReadFile(assets.Files, e.Name())
				if err != nil {
					t.Fatal(err)
				}
				files[e.Name()] = &fstest.MapFile{Data: b}
			}
			change(files)
			newer, err := readKiosk(files)
			if err != nil {
				t.Fatal(err)
			}
			w.down()
			w.site.kiosk = newer
			w.up(nil)
			browsertest.Eval[bool](t, ctx, `navigator.serviceWorker.ready.then(r => r.update()).then(() => true)`)
			browsertest.Wait(t, ctx, `window.before === undefined && `+inCharge+` && caches.match("/kiosk/broken").then(r => r !== undefined)`)
			if now := browsertest.Eval[string](t, ctx, `document.documentElement.dataset.version`); now != good {
				t.Errorf("version %q is shown, want %q", now, good)
			}
			rate(t, ctx, 5, "thanks")
			w.down()
			browsertest.Goto(t, ctx, "http://"+w.srv.Listener.Addr().String()+"/kiosk")
			browsertest.Wait(t, ctx, inCharge)
			w.site.kiosk = repaired(t)
			w.up(nil)
			// The version that repairs it takes over as any other.
			browsertest.Eval[bool](t, ctx, `(window.before = true, navigator.serviceWorker.ready.then(r => r.update()).then(() => true))`)
			browsertest.Wait(t, ctx, `window.before === undefined && `+inCharge+` && caches.keys().then(k => k.length === 1)`)
		})
	}
}

// repaired is a good version that is not the one before.
func repaired(t *testing.T) *kioskFiles {
	t.Helper()
	good, err := openKiosk()
	if err != nil {
		t.Fatal(err)
	}
	good.worker = append(good.worker, "\n// repaired\n"...)
	return good
}

// The file for when the line is down for days is what the API takes.
func TestKioskRescueFile(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	ctx := kioskTab(t, w, 1080, 1920, fastClock, `(() => {
		const real = URL.createObjectURL.bind(URL);
		window.saved = [];
		URL.createObjectURL = b => { b.text().then(t => saved.push(t)); return real(b); };
	})()`)
	browsertest.Wait(t, ctx, inCharge)
	w.down()
	enqueue(t, ctx, 501)
	w.up(nil)
	browsertest.Eval[bool](t, ctx, `(document.querySelector("[data-rescue]").click(), true)`)
	browsertest.Wait(t, ctx, `saved.length === 2 && JSON.parse(saved[0]).length === 500`)
	for range 2 { // the second time changes nothing
		if !browsertest.Eval[bool](t, ctx, `Promise.all(saved.map(body => fetch("/api/v1/answers", {method: "POST", headers: {"Content-Type": "application/json"}, body})
			.then(r => r.json()).then(l => l.every(v => ["stored", "already"].includes(v.status))))).then(l => l.every(x => x))`) {
			t.Error("the server does not take the file")
		}
		if got := len(w.values()); got != 501 {
			t.Errorf("%d answers are stored, want 501", got)
		}
	}
}
