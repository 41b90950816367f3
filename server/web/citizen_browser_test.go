package web

import (
	"context"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"hailong/server"
	"hailong/server/web/browsertest"
)

// media lets a page believe in a wish of its visitor, such as dark colours.
func media(t *testing.T, ctx context.Context, name, value string) {
	t.Helper()
	_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: name, Value: value}}})
	if err != nil {
		t.Fatal(err)
	}
}

// fits fails where the page is wider than the screen, or where something to be
// touched is lower than 48 pixels or narrower than 44.
func fits(t *testing.T, ctx context.Context, name string) {
	t.Helper()
	wide := browsertest.Eval[string](t, ctx, `document.documentElement.scrollWidth > innerWidth ? "yes" : ""`)
	if wide != "" {
		t.Errorf("%s: the page is wider than the screen", name)
	}
	small := browsertest.Eval[string](t, ctx, `[...document.querySelectorAll("label.pick, label.chip, button, .lang, .go, textarea, input.code")].filter(e => {
		const r = e.getBoundingClientRect(); return r.width > 0 && (r.height < 47.9 || r.width < 43.9);
	}).map(e => e.className + " " + e.textContent.trim()).join("; ")`)
	if small != "" {
		t.Errorf("%s: too small to touch: %s", name, small)
	}
	cut := browsertest.Eval[string](t, ctx, `[...document.querySelectorAll(".pick b, .chip span")].filter(e => {
		const words = document.createRange(); words.selectNodeContents(e);
		const w = words.getBoundingClientRect(), box = e.closest("label").getBoundingClientRect();
		return box.width > 0 && (w.left < box.left || w.right > box.right);
	}).map(e => e.textContent).join("; ")`)
	if cut != "" {
		t.Errorf("%s: words stick out: %s", name, cut)
	}
}

// complaint answers a slip badly, and somebody looks into it and replies.
func (d *desk) complaint(word string) {
	d.t.Helper()
	ctx, leader := d.t.Context(), server.User{Name: "chu-tich", Role: server.RoleLeader}
	r, err := d.svc.AcceptSlip(ctx, d.code(word), server.Submission{Given: map[string]string{"overall": "1"}, Comment: "Chờ cả buổi sáng mà không ai gọi."})
	if err != nil {
		d.t.Fatal(err)
	}
	d.words["receipt of complaint"] = r.Code
	cases, err := d.svc.Cases(ctx, leader, true)
	if err != nil || len(cases) != 1 {
		d.t.Fatalf("%d cases, %v", len(cases), err)
	}
	for _, act := range []struct {
		act  server.CaseAction
		note string
	}{{server.ActTake, ""}, {server.ActConclude, "đúng"}, {server.ActReply, "Xin lỗi ông/bà. Từ tuần tới bộ phận có máy gọi số."}} {
		if err := d.svc.ActOnCase(ctx, leader, cases[0].ID, 0, act.act, act.note); err != nil {
			d.t.Fatal(err)
		}
	}
}

// Every citizen's page is clean for screen readers, in both languages, light
// and dark, and fits the screens it is for.
func TestCitizenPagesInBrowser(t *testing.T) {
	t.Parallel()
	d := newDesk(t, Options{Demo: true})
	srv := httptest.NewServer(d.site)
	t.Cleanup(srv.Close)
	ctx := browsertest.Open(t, 360, 740)
	d.complaint("open2")
	poster, err := d.svc.AddPoster(t.Context(), server.User{Name: "lan"}, "Quầy 3")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []struct{ name, path string }{
		{"survey", "/q/" + d.words["open"]}, {"thanks", "/q/" + d.words["used"] + "/cam-on"}, {"answered", "/q/" + d.words["used"]},
		{"code", "/q"}, {"gone", "/q/" + d.words["revoked"]}, {"unknown", "/q/" + d.words["unknown"]},
		{"notice", "/thong-bao"}, {"receipt", "/bien-nhan"},
		{"poster", "/p/" + poster.ID}, {"no page", "/khong-co"},
		{"change", "/q/" + d.words["used"] + "/sua"}, {"withdraw", "/q/" + d.words["used"] + "/rut"},
	} {
		for _, lang := range []string{"vi", "en"} {
			browsertest.Goto(t, ctx, srv.URL+p.path+"?lang="+lang)
			browsertest.Screenshot(t, ctx, p.name+"-"+lang)
			browsertest.Axe(t, ctx)
			for _, width := range []int{1280, 500, 414, 360, 320, 180} { // 180 is 360 at 200 %
				browsertest.Resize(t, ctx, width, 740)
				fits(t, ctx, fmt.Sprintf("%s %s at %d", p.name, lang, width))
			}
			browsertest.Resize(t, ctx, 360, 740)
		}
	}
	for _, lang := range []string{"vi", "en"} { // another answer on a used slip
		browsertest.Goto(t, ctx, srv.URL+"/q/"+d.words["open"]+"?lang="+lang)
		browsertest.Eval[bool](t, ctx, `document.getElementById("overall-2").click(), document.forms[0].action = "/q/`+d.words["used"]+`", document.forms[0].submit(), true`)
		browsertest.Wait(t, ctx, `!!document.querySelector("form[action*=sua]")`)
		browsertest.Screenshot(t, ctx, "conflict-"+lang)
		browsertest.Axe(t, ctx)
		for _, width := range []int{360, 320, 180} {
			browsertest.Resize(t, ctx, width, 740)
			fits(t, ctx, fmt.Sprintf("conflict %s at %d", lang, width))
		}
		browsertest.Resize(t, ctx, 360, 740)
	}
	for _, lang := range []string{"vi", "en"} { // all criteria
		browsertest.Goto(t, ctx, srv.URL+"/q/"+d.words["open"]+"?lang="+lang)
		browsertest.Eval[bool](t, ctx, `document.querySelector("summary").click(), true`)
		browsertest.Axe(t, ctx)
		for _, width := range []int{360, 320, 180} {
			browsertest.Resize(t, ctx, width, 740)
			fits(t, ctx, fmt.Sprintf("criteria %s at %d", lang, width))
		}
		browsertest.Resize(t, ctx, 360, 5200)
		browsertest.Screenshot(t, ctx, "criteria-"+lang)
		browsertest.Resize(t, ctx, 360, 740)
	}
	for _, lang := range []string{"vi", "en"} { // why not satisfied
		browsertest.Goto(t, ctx, srv.URL+"/q/"+d.words["open"]+"?lang="+lang)
		shown := func() string {
			return browsertest.Eval[string](t, ctx, `[...document.querySelectorAll(".why")].filter(e => e.offsetHeight > 0).map(e => e.getAttribute("aria-labelledby")).join()`)
		}
		before := shown()
		browsertest.Eval[bool](t, ctx, `document.getElementById("access-2").click(), document.getElementById("official-4").click(), true`)
		if after := shown(); before != "" || after != "access-why" {
			t.Errorf("reasons shown: %q, then %q", before, after)
		}
		browsertest.Eval[bool](t, ctx, `document.getElementById("why-c3").click(), true`)
		browsertest.Axe(t, ctx)
		for _, width := range []int{360, 320, 180} {
			browsertest.Resize(t, ctx, width, 740)
			fits(t, ctx, fmt.Sprintf("reasons %s at %d", lang, width))
		}
		browsertest.Resize(t, ctx, 360, 1200)
		browsertest.Screenshot(t, ctx, "reasons-"+lang)
		browsertest.Resize(t, ctx, 360, 740)
		browsertest.Eval[bool](t, ctx, `document.getElementById("access-5").click(), true`)
		if again := shown(); again != "" {
			t.Errorf("reasons still shown: %q", again)
		}
	}
	for _, lang := range []string{"vi", "en"} { // what a receipt tells
		browsertest.Goto(t, ctx, srv.URL+"/bien-nhan?lang="+lang)
		browsertest.Eval[bool](t, ctx, `document.getElementById("receipt").value = "`+strings.ToLower(d.words["receipt of complaint"])+`", document.querySelector("button").click(), true`)
		browsertest.Wait(t, ctx, `!!document.querySelector(".steps")`)
		browsertest.Screenshot(t, ctx, "receipt-found-"+lang)
		browsertest.Axe(t, ctx)
		for _, width := range []int{360, 320, 180} {
			browsertest.Resize(t, ctx, width, 740)
			fits(t, ctx, fmt.Sprintf("receipt found %s at %d", lang, width))
		}
		browsertest.Resize(t, ctx, 360, 740)
	}
	browsertest.Goto(t, ctx, srv.URL+"/cong-khai")
	for _, width := range []int{320, 180} {
		browsertest.Resize(t, ctx, width, 740)
		if wide := browsertest.Eval[int](t, ctx, `document.documentElement.scrollWidth`); wide > width {
			t.Errorf("the public board takes %d of %d pixels", wide, width)
		}
	}
	browsertest.Resize(t, ctx, 320, 740) // a chosen level is bold: it stays within its border
	browsertest.Goto(t, ctx, srv.URL+"/q/"+d.words["open"]+"?lang=vi")
	for _, level := range []string{"1", "2", "3", "4", "5"} {
		browsertest.Eval[bool](t, ctx, `document.getElementById("overall-`+level+`").click(), true`)
		if room := browsertest.Eval[float64](t, ctx, `(() => {
			const b = document.querySelector("#overall-`+level+` + span b"), words = document.createRange(); words.selectNodeContents(b);
			const w = words.getBoundingClientRect(), box = b.parentElement.getBoundingClientRect();
			return Math.min(w.left - box.left, box.right - w.right);
		})()`); room < 1.5 {
			t.Errorf("level %s at 320: its words lie on the border (%.1f pixels)", level, room)
		}
	}
	browsertest.Resize(t, ctx, 360, 740)
	for _, wish := range [][2]string{{"prefers-color-scheme", "dark"}, {"prefers-contrast", "more"}, {"forced-colors", "active"}} {
		media(t, ctx, wish[0], wish[1])
		browsertest.Goto(t, ctx, srv.URL+"/q/"+d.words["open"])
		browsertest.Eval[bool](t, ctx, `document.getElementById("overall-4").click(), true`)
		browsertest.Screenshot(t, ctx, "survey-"+wish[1])
		browsertest.Axe(t, ctx)
	}
}

// The way of one who uses no pointer: what is missing is said beside the
// question and at the top, with the focus on it; what was typed is kept; the
// answer goes through, and the slip is spent.
func TestCitizenByKeyboard(t *testing.T) {
	t.Parallel()
	d := newDesk(t, Options{})
	srv := httptest.NewServer(d.site)
	t.Cleanup(srv.Close)
	ctx := browsertest.Open(t, 360, 740)
	browsertest.Goto(t, ctx, srv.URL+"/q?lang=vi")
	browsertest.Eval[bool](t, ctx, `document.getElementById("code").focus(), true`)
	browsertest.Press(t, ctx, strings.ToLower(d.code("open").Fours())+"\r")
	browsertest.Wait(t, ctx, `!!document.getElementById("overall-1")`)

	// The browser itself asks for what is required; without that, we do.
	browsertest.Eval[bool](t, ctx, `document.getElementById("official-4").click(), document.getElementById("comment").value = "Góp ý: chờ lâu", document.forms[0].noValidate = true, document.querySelector("button").click(), true`)
	browsertest.Wait(t, ctx, `!!document.querySelector(".notice a")`)
	browsertest.Screenshot(t, ctx, "missing")
	browsertest.Axe(t, ctx)
	browsertest.Wait(t, ctx, `document.activeElement.className == "notice"`)
	if got := browsertest.Eval[string](t, ctx, `document.getElementById("comment").value + "|" + document.querySelector("#official-4").checked + "|" + document.querySelector(".notice a").getAttribute("href")`); got != "Góp ý: chờ lâu|true|#overall-1" {
		t.Errorf("kept: %s", got)
	}
	browsertest.Press(t, ctx, "\t\r") // the link in the summary
	browsertest.Wait(t, ctx, `location.hash == "#overall-1"`)
	browsertest.Wait(t, ctx, `document.activeElement.id == "overall-1"`)
	if browsertest.Eval[bool](t, ctx, `!!document.querySelector("input[name=overall]:checked")`) {
		t.Error("arriving at the question answers it")
	}
	browsertest.Press(t, ctx, " ")
	browsertest.Press(t, ctx, "\ue00b") // arrow down, once for each level
	if browsertest.Eval[int](t, ctx, `document.querySelectorAll("input[name=overall]:checked").length`) != 1 {
		t.Error("the keyboard does not choose")
	}
	browsertest.Press(t, ctx, "\r")
	browsertest.Wait(t, ctx, `location.pathname.endsWith("/cam-on")`)
	browsertest.Screenshot(t, ctx, "thanks")
	browsertest.Axe(t, ctx)
	if _, err := d.svc.ReceiptOf(t.Context(), d.code("open")); err != nil {
		t.Error(err)
	}
}

// While the store is away the form comes back with everything on it, and goes
// through at the second press.
func TestCitizenTriesAgain(t *testing.T) {
	t.Parallel()
	d := newDesk(t, Options{})
	srv := httptest.NewServer(d.site)
	t.Cleanup(srv.Close)
	ctx := browsertest.Open(t, 360, 740)
	browsertest.Goto(t, ctx, srv.URL+"/q/"+d.words["open"]+"?lang=en")
	d.store.failAfter(0)
	browsertest.Eval[bool](t, ctx, `document.getElementById("overall-2").click(), document.getElementById("comment").value = "line one\nline two", document.querySelector("button").click(), true`)
	browsertest.Wait(t, ctx, `!!document.querySelector(".notice")`)
	browsertest.Screenshot(t, ctx, "trouble")
	browsertest.Axe(t, ctx)
	if got := browsertest.Eval[string](t, ctx, `document.getElementById("comment").value + "|" + document.querySelector("#overall-2").checked`); got != "line one\nline two|true" {
		t.Errorf("kept: %q", got)
	}
	d.store.works()
	browsertest.Eval[bool](t, ctx, `document.querySelector("button").click(), true`)
	browsertest.Wait(t, ctx, `location.pathname.endsWith("/cam-on")`)
	for a, err := range d.svc.Answers(t.Context(), "2025-01-15", "2025-01-15") {
		if err != nil {
			t.Fatal(err)
		}
		if a.Comment != "" && (a.Comment != "line one\nline two" || a.Marks["overall"] != "2" || a.Lang != "en") {
			t.Errorf("stored %+v", a)
		}
	}
}
