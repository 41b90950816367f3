package web

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"hailong/server"
	"hailong/server/web/browsertest"
)

const (
	// fillDraft chooses, gives a reason, opens the criteria and writes.
	fillDraft = `["overall-2", "access-2", "why-c3"].forEach(id => document.getElementById(id).click()),
		document.querySelector("details input[type=radio]").click(),
		document.getElementById("comment").value = "Chờ lâu\nđông người",
		document.getElementById("comment").dispatchEvent(new Event("input", {bubbles: true})), true`
	// seeDraft is what stands in the form.
	seeDraft = `["overall-2", "access-2", "why-c3"].filter(id => document.getElementById(id).checked).join() + "|" +
		document.querySelectorAll("input:checked").length + "|" + document.querySelector("details").open + "|" + document.getElementById("comment").value`
	seenDraft = "overall-2,access-2,why-c3|4|true|Chờ lâu\nđông người"
	freshForm = "|0|false|"
	allKept   = `JSON.stringify(Object.entries(localStorage))`
)

// The line drops while a citizen sends: the answer is there when the page is
// opened again, on the phone without the code, and gone once it was sent.
func TestDraftOutlivesLostLine(t *testing.T) {
	t.Parallel()
	d := newDesk(t, Options{})
	var lost atomic.Bool // every connection breaks before there is an answer
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if lost.Load() {
			panic(http.ErrAbortHandler)
		}
		d.site.ServeHTTP(w, r)
	}))
	t.Cleanup(srv.Close)
	ctx := browsertest.Open(t, 360, 740)
	page := srv.URL + "/q/" + d.words["open"]
	see := func(when, want string) {
		t.Helper()
		if got := browsertest.Eval[string](t, ctx, seeDraft); got != want {
			t.Errorf("%s: %q, not %q", when, got, want)
		}
	}
	browsertest.Goto(t, ctx, page+"?lang=vi")
	see("at first", freshForm)
	if kept := browsertest.Eval[string](t, ctx, allKept); kept != "[]" {
		t.Errorf("kept before anything was chosen: %s", kept)
	}
	browsertest.Eval[bool](t, ctx, fillDraft)
	lost.Store(true)
	browsertest.Eval[bool](t, ctx, `document.querySelector("button").click(), true`)
	browsertest.Wait(t, ctx, `location.protocol == "chrome-error:"`)
	lost.Store(false)

	browsertest.Goto(t, ctx, page+"?lang=en")
	see("opened again", seenDraft)
	browsertest.Screenshot(t, ctx, "restored")
	browsertest.Axe(t, ctx)
	kept := browsertest.Eval[string](t, ctx, allKept)
	if !strings.Contains(kept, "draft:") || !strings.Contains(kept, "Chờ lâu") || strings.Contains(strings.ToLower(kept), strings.ToLower(d.words["open"])) {
		t.Errorf("the phone keeps %s", kept)
	}
	// Another slip on the same phone starts blank.
	browsertest.Goto(t, ctx, srv.URL+"/q/"+d.words["open2"])
	see("another slip", freshForm)

	// What the server sent back stands, whatever the phone has kept.
	browsertest.Goto(t, ctx, page)
	d.store.failAfter(0)
	browsertest.Eval[bool](t, ctx, `document.querySelector("button").click(), true`)
	browsertest.Wait(t, ctx, `!!document.querySelector(".notice")`)
	see("trouble", seenDraft)
	d.store.works()
	browsertest.Eval[bool](t, ctx, `document.querySelector("button").click(), true`)
	browsertest.Wait(t, ctx, `location.pathname.endsWith("/cam-on") && document.readyState == "complete"`)
	if kept := browsertest.Eval[string](t, ctx, allKept); kept != "[]" {
		t.Errorf("after sending the phone keeps %s", kept)
	}
	// Sent from another phone: the draft here goes with the first look.
	browsertest.Goto(t, ctx, srv.URL+"/q/"+d.words["open2"])
	browsertest.Eval[bool](t, ctx, fillDraft)
	if _, err := d.svc.AcceptSlip(t.Context(), d.code("open2"), server.Submission{Given: map[string]string{"overall": "5"}}); err != nil {
		t.Fatal(err)
	}
	browsertest.Goto(t, ctx, srv.URL+"/q/"+d.words["open2"])
	if kept := browsertest.Eval[string](t, ctx, allKept); kept != "[]" {
		t.Errorf("after another phone sent it is kept: %s", kept)
	}
}

// The line drops after the answer is stored, before the citizen hears of it:
// whoever opens the page again, or lets the browser send once more, is thanked
// with the receipt, there is one answer, and the phone keeps no word of it.
func TestThanksOutliveLostLine(t *testing.T) {
	t.Parallel()
	d := newDesk(t, Options{})
	var lost atomic.Bool // answers are made and do not arrive
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if lost.Load() && r.Method == http.MethodPost {
			d.site.ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		}
		d.site.ServeHTTP(w, r)
	}))
	t.Cleanup(srv.Close)
	ctx := browsertest.Open(t, 360, 740)
	for slip, again := range map[string]func(page string){
		"open":  func(page string) { browsertest.Goto(t, ctx, page) },
		"open2": func(string) { browsertest.Do(t, ctx, chromedp.Reload()) }, // sends it once more
	} {
		browsertest.Goto(t, ctx, srv.URL+"/q/"+d.words[slip]+"?lang=vi")
		browsertest.Eval[bool](t, ctx, fillDraft)
		lost.Store(true)
		browsertest.Eval[bool](t, ctx, `document.querySelector("button").click(), true`)
		browsertest.Wait(t, ctx, `location.protocol == "chrome-error:"`)
		r, err := d.svc.ReceiptOf(t.Context(), d.code(slip))
		if err != nil {
			t.Fatalf("%s: not stored: %v", slip, err)
		}
		lost.Store(false)
		again(srv.URL + "/q/" + d.words[slip] + "?lang=vi")
		browsertest.Wait(t, ctx, `document.querySelector("dl.receipt dd").textContent == "`+r.Code+`" && document.readyState == "complete"`)
		if kept := browsertest.Eval[string](t, ctx, allKept); kept != "[]" {
			t.Errorf("%s: the phone still keeps %s", slip, kept)
		}
	}
	n := 0
	for a, err := range d.svc.Answers(t.Context(), "2025-01-15", "2025-01-15") {
		if err != nil {
			t.Fatal(err)
		}
		if a.Comment == "Chờ lâu\nđông người" {
			n++
		}
	}
	if n != 2 {
		t.Errorf("%d answers from two slips", n)
	}
}

// A draft of more than seven days is forgotten, of this slip or another one;
// what others keep there is not touched, and what nobody can read does no harm.
func TestDraftEnds(t *testing.T) {
	t.Parallel()
	d := newDesk(t, Options{})
	srv := httptest.NewServer(d.site)
	t.Cleanup(srv.Close)
	ctx := browsertest.Open(t, 360, 740)
	page := srv.URL + "/q/" + d.words["open"]
	browsertest.Goto(t, ctx, page)
	browsertest.Eval[bool](t, ctx, fillDraft)
	age := func(days string) string {
		return `Object.keys(localStorage).forEach(k => localStorage[k] = localStorage[k].replace(/^\d+/, Date.now() - ` + days + ` * 864e5)), true`
	}
	for _, tt := range []struct{ name, script, want string }{
		{"almost seven days", age("6.99"), seenDraft},
		{"others", `localStorage["draft:other"] = (Date.now() - 8 * 864e5) + " []", localStorage.theirs = "1", true`, seenDraft},
		{"seven days", age("7.01"), freshForm},
		{"damaged", `document.getElementById("overall-1").click(), Object.keys(localStorage).filter(k => k.startsWith("draft:")).forEach(k => localStorage[k] = Date.now() + " [["), true`, freshForm},
	} {
		browsertest.Eval[bool](t, ctx, tt.script)
		browsertest.Goto(t, ctx, page)
		if got := browsertest.Eval[string](t, ctx, seeDraft); got != tt.want {
			t.Errorf("%s: %q, not %q", tt.name, got, tt.want)
		}
		if kept := browsertest.Eval[string](t, ctx, allKept); strings.Contains(kept, "draft:other") || tt.name != "almost seven days" && !strings.Contains(kept, "theirs") {
			t.Errorf("%s: kept %s", tt.name, kept)
		}
	}
}

// Without scripts, and where the phone keeps nothing, the survey goes through.
func TestSurveyWithoutDraft(t *testing.T) {
	t.Parallel()
	d := newDesk(t, Options{})
	srv := httptest.NewServer(d.site)
	t.Cleanup(srv.Close)
	for _, slip := range []string{"open", "open2"} {
		ctx := browsertest.Open(t, 360, 740)
		if slip == "open" {
			if _, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
				t.Fatal(err)
			}
		} else {
			browsertest.Before(t, ctx, `Object.defineProperty(window, "localStorage", {get() { throw new DOMException("no", "SecurityError"); }})`)
		}
		browsertest.Goto(t, ctx, srv.URL+"/q/"+d.words[slip])
		browsertest.Do(t, ctx, chromedp.Click("label:has(#overall-4)"), chromedp.Click("form button[type=submit]"), chromedp.WaitReady("dl.receipt"))
		if _, err := d.svc.ReceiptOf(t.Context(), d.code(slip)); err != nil {
			t.Errorf("%s: %v", slip, err)
		}
	}
}
