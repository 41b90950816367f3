package web

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	devtools "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"hailong/server"
	"hailong/server/web/browsertest"
)

// finished puts a dossier into the store whose result waits to be handed out
// at counter 3.
func (w *ward) finished(n int, procedure string) (code string) {
	w.t.Helper()
	now := w.clock.now()
	code = fmt.Sprintf("000.21.35.H24-250114-%04d", n)
	if _, err := w.svc.PutDossiers(w.t.Context(), []server.Dossier{{
		Code: server.DossierCode(code), ProcedureName: procedure, Field: "Chứng thực", Status: server.StatusFinished, Channel: server.ChannelCounter,
		Counter: "Quầy 3", Received: now.Add(-2 * time.Hour), Finished: now.Add(-time.Hour),
	}}); err != nil {
		w.t.Fatal(err)
	}
	return code
}

// handOut marks a dossier as returned, as the officer at the counter does, in
// a tab that shows /tra-ket-qua.
func handOut(t *testing.T, officer context.Context, w *ward, code string) {
	t.Helper()
	browsertest.Goto(t, officer, w.srv.URL+"/tra-ket-qua")
	browsertest.Wait(t, officer, "document.activeElement.id === 'ho-so'")
	browsertest.Press(t, officer, code+"\r")
	browsertest.Wait(t, officer, "document.body.innerText.includes('Ki-ốt đang mời')")
}

// front waits until the kiosk shows something on its first screen.
func front(t *testing.T, ctx context.Context, name string) {
	t.Helper()
	browsertest.Wait(t, ctx, fmt.Sprintf(`(document.documentElement.dataset.front ?? "plain") === %q`, name))
}

const heard = `document.documentElement.dataset.line === "yes"`

// The officer hands out a result, and within a second the kiosk invites to rate
// it; that answer is the dossier's, and one without an invitation is nobody's.
func TestKioskInvitation(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	ctx := kioskTab(t, w, 1080, 1920)
	browsertest.Wait(t, ctx, inCharge)
	w.user("mot-cua", server.RoleOfficer)
	officer := w.visitor().signIn("mot-cua").open(t, 1280, 900)
	browsertest.Wait(t, ctx, heard)

	handOut(t, officer, w, w.finished(1, "Chứng thực bản sao từ bản chính"))
	start := time.Now()
	browsertest.Wait(t, ctx, `document.querySelector(".called").offsetParent !== null`)
	if took := time.Since(start); took > 2*time.Second {
		t.Errorf("the kiosk invites %v after the officer is told that it does", took)
	}
	shown := browsertest.Eval[string](t, ctx, `document.querySelector(".called").innerText`)
	if !strings.Contains(shown, "mời ông/bà đánh giá") || !strings.Contains(shown, "Chứng thực bản sao từ bản chính") {
		t.Errorf("the kiosk says %q", shown)
	}
	browsertest.Wait(t, ctx, `document.fonts.status === "loaded"`)
	browsertest.Screenshot(t, ctx, "invited")
	browsertest.Axe(t, ctx)
	if bad := browsertest.Eval[[]string](t, ctx, touchTargets); len(bad) > 0 {
		t.Error(strings.Join(bad, "\n"))
	}
	tapFace(t, ctx, "overall", "5")
	// The next one is handed out while this citizen answers.
	browsertest.Wait(t, ctx, `!document.querySelector('[data-item="access"]').hidden`)
	handOut(t, officer, w, w.finished(2, "Đăng ký khai sinh"))
	press(t, ctx, "finish")
	screen(t, ctx, "thanks")
	wantAnswers(t, w, "sipas-short counter Quầy 3 kiosk 2025-01-15 map[overall:5] vi")
	press(t, ctx, "leave")
	front(t, ctx, "invited")
	browsertest.Wait(t, ctx, `document.querySelector("[data-procedure]").innerText === "Đăng ký khai sinh"`)
	// This one does not stand here.
	browsertest.Do(t, ctx, chromedp.Click(chromedp.CSS(`[data-do="decline"]`)))
	front(t, ctx, "plain")
	rate(t, ctx, 4, "thanks")
	want := []string{"sipas-short counter Quầy 3 kiosk 2025-01-15 map[overall:5] vi", "sipas-short counter Quầy 3 walkup 2025-01-15 map[overall:4] vi"}
	got := map[string]bool{}
	for _, a := range w.answers() {
		got[a] = true
	}
	for _, a := range want {
		if !got[a] || len(got) != 2 {
			t.Errorf("the store has %v, want %v", w.answers(), want)
		}
	}
}

// An invitation outlives a break of the line and ends when its slip is used;
// who answers all the same is told that the dossier was rated.
func TestKioskInvitationOverBreak(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	ctx := kioskTab(t, w, 1280, 800)
	browsertest.Wait(t, ctx, inCharge+" && "+heard)
	w.down()
	first := w.returnedSlip(1)
	w.up(nil)
	front(t, ctx, "invited")
	fits := func(name string) {
		t.Helper()
		browsertest.Wait(t, ctx, `document.fonts.status === "loaded"`)
		browsertest.Screenshot(t, ctx, name)
		if bad := browsertest.Eval[[]string](t, ctx, touchTargets); len(bad) > 0 {
			t.Errorf("%s: %s", name, strings.Join(bad, "\n"))
		}
	}
	fits("invited-wide")
	browsertest.Do(t, ctx, chromedp.Click(chromedp.CSS(`[data-do="large"]`)))
	front(t, ctx, "invited") // this visit's
	fits("invited-wide-large")
	browsertest.Do(t, ctx, chromedp.Click(chromedp.CSS(`[data-do="large"]`)))
	answer := server.Submission{Survey: "sipas-short", Given: map[string]string{"overall": "2"}, Lane: server.LaneSlip}
	if _, err := w.svc.AcceptSlip(t.Context(), first, answer); err != nil {
		t.Fatal(err)
	}
	front(t, ctx, "plain") // withdrawn

	second := w.returnedSlip(2)
	front(t, ctx, "invited")
	tapFace(t, ctx, "overall", "5")
	browsertest.Wait(t, ctx, `!document.querySelector('[data-item="access"]').hidden`)
	if _, err := w.svc.AcceptSlip(t.Context(), second, answer); err != nil {
		t.Fatal(err)
	}
	press(t, ctx, "finish")
	screen(t, ctx, "rated")
	browsertest.Wait(t, ctx, `document.documentElement.dataset.refused === "1"`) // in the tray
	browsertest.Screenshot(t, ctx, "rated")
	browsertest.Axe(t, ctx)
	if got := w.values(); fmt.Sprint(got) != "[2 2]" {
		t.Errorf("the store has %v", got)
	}
}

// returnedSlip marks a dossier of counter 3 as returned, and its kiosk, where
// there is one, invites to rate it.
func (w *ward) returnedSlip(n int) server.SlipCode {
	w.t.Helper()
	code := server.DossierCode(w.finished(n, "Đăng ký khai sinh kết hợp đăng ký nhận cha, mẹ, con, cấp thẻ bảo hiểm y tế cho trẻ em dưới 6 tuổi và đăng ký thường trú có yếu tố nước ngoài"))
	slip, _, err := w.site.returnDossier(w.t.Context(), code, returnBody{})
	if err != nil {
		w.t.Fatalf("returning a dossier: %v", err)
	}
	return slip.Code
}

// Whoever has a slip types its code at the kiosk: the answer is the slip's. A
// slip of the finger is found before anything is asked.
func TestKioskTypedSlip(t *testing.T) {
	t.Parallel()
	for _, size := range [][2]int{{1080, 1920}, {1280, 800}} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			t.Parallel()
			w := newWard(t, nil, server.Config{}, false)
			slip := w.returnedSlip(1)
			ctx := kioskTab(t, w, size[0], size[1])
			browsertest.Wait(t, ctx, inCharge+" && "+heard)
			press(t, ctx, "slip")
			front(t, ctx, "typing")
			key := func(sel string) {
				t.Helper()
				browsertest.Do(t, ctx, chromedp.Click(chromedp.CSS(sel)))
			}
			text := slip.Text()
			last := text[15:]
			wrong := "7"
			if last == wrong {
				wrong = "8"
			}
			for _, c := range text[:15] + wrong {
				key(fmt.Sprintf(`[data-key="%c"]`, c))
			}
			browsertest.Wait(t, ctx, `!document.querySelector("[data-mistyped]").hidden`)
			browsertest.Wait(t, ctx, `document.fonts.status === "loaded"`)
			browsertest.Screenshot(t, ctx, "mistyped")
			browsertest.Axe(t, ctx)
			if bad := browsertest.Eval[[]string](t, ctx, touchTargets); len(bad) > 0 {
				t.Error(strings.Join(bad, "\n"))
			}
			key(".keys .erase")
			key(fmt.Sprintf(`[data-key=%q]`, last))
			front(t, ctx, "slipped")
			browsertest.Screenshot(t, ctx, "slipped")
			if bad := browsertest.Eval[[]string](t, ctx, touchTargets); len(bad) > 0 {
				t.Error(strings.Join(bad, "\n"))
			}
			rate(t, ctx, 2, "thanks")
			wantAnswers(t, w, "sipas-short counter Quầy 3 kiosk 2025-01-15 map[overall:2] vi")
			press(t, ctx, "leave")
			front(t, ctx, "plain")
			if body := browsertest.Eval[string](t, ctx, `document.documentElement.outerHTML`); strings.Contains(body, text) || strings.Contains(body, text[:8]) {
				t.Error("the code is still in the page")
			}
		})
	}
}

// A slip that nobody issued is found out by the server alone: nobody is thanked
// for nothing, and the answer stays in the tray.
func TestKioskUnknownSlip(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	ctx := kioskTab(t, w, 1080, 1920)
	browsertest.Wait(t, ctx, inCharge)
	press(t, ctx, "slip")
	for range 16 {
		browsertest.Do(t, ctx, chromedp.Click(chromedp.CSS(`[data-key="0"]`)))
	}
	front(t, ctx, "slipped")
	rate(t, ctx, 5, "refused")
	browsertest.Screenshot(t, ctx, "refused-slip")
	browsertest.Axe(t, ctx)
	browsertest.Wait(t, ctx, `document.documentElement.dataset.refused === "1" && document.documentElement.dataset.waiting === "0"`)
	wantAnswers(t, w)
}

// The line breaks between the invitation and the answer, and then the power
// goes off: the answer is the dossier's all the same.
func TestKioskInvitedWithoutLine(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	k := newCounterKiosk(t, w)
	ctx, kill := k.on(t)
	browsertest.Wait(t, ctx, heard)
	w.returnedSlip(1)
	front(t, ctx, "invited")
	w.down()
	rate(t, ctx, 4, "kept")
	kill()
	w.up(nil)
	ctx, _ = k.on(t)
	waitAnswers(t, ctx, w, 1)
	wantAnswers(t, w, "sipas-short counter Quầy 3 kiosk 2025-01-15 map[overall:4] vi")
	if kept := browsertest.Eval[string](t, ctx, `JSON.stringify({...localStorage})`); strings.Contains(kept, "handle") || strings.Contains(kept, "invite") {
		t.Errorf("%s is remembered", kept)
	}
}

// A kiosk that is switched on with no network knows its hours and its interval
// from before.
func TestKioskSettings(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	k := newCounterKiosk(t, w)
	hours := server.Hours{} // never open
	device, err := w.svc.DeviceOf(t.Context(), k.token)
	if err != nil {
		t.Fatal(err)
	}
	set := func(hours *server.Hours, interval int) {
		t.Helper()
		if _, err := w.svc.SetDevice(t.Context(), device.ID, server.DeviceSettings{Counter: "Quầy 3", Hours: hours, Interval: interval}); err != nil {
			t.Fatal(err)
		}
	}
	ctx, kill := k.on(t)
	browsertest.Wait(t, ctx, heard)
	set(&hours, 60)
	front(t, ctx, "asleep") // after a minute, which is six seconds here
	browsertest.Screenshot(t, ctx, "asleep")
	browsertest.Axe(t, ctx)
	browsertest.Do(t, ctx, chromedp.Click(chromedp.CSS(`[data-do="wake"]`)))
	front(t, ctx, "plain")
	rate(t, ctx, 4, "thanks")
	press(t, ctx, "leave")
	front(t, ctx, "pausing")
	browsertest.Screenshot(t, ctx, "pausing")
	browsertest.Axe(t, ctx)
	browsertest.Eval[bool](t, ctx, `document.querySelector('[data-item="overall"] input[value="1"]').click(), true`) // as a switch might
	front(t, ctx, "plain")
	if browsertest.Eval[string](t, ctx, `document.documentElement.dataset.question`) != "0" {
		t.Error("a touch during the pause is an answer")
	}
	browsertest.Eval[bool](t, ctx, controlled)
	kill()
	w.down()
	ctx, _ = k.on(t) // cold, with no network
	front(t, ctx, "asleep")
	browsertest.Do(t, ctx, chromedp.Click(chromedp.CSS(`[data-do="wake"]`)))
	rate(t, ctx, 3, "kept")
	press(t, ctx, "leave")
	front(t, ctx, "pausing")
	w.up(nil)
	set(nil, 0)
	front(t, ctx, "plain")
	waitAnswers(t, ctx, w, 2)
}

// The board shows what the kiosk reports about itself.
func TestKioskReports(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	ctx := kioskTab(t, w, 1080, 1920, fastClock)
	browsertest.Wait(t, ctx, inCharge+" && "+heard)
	w.user("lan", server.RoleLeader)
	leader := w.visitor().signIn("lan").open(t, 1440, 900)
	board := func(what string) {
		t.Helper()
		for until := time.Now().Add(20 * time.Second); ; {
			browsertest.Goto(t, leader, w.srv.URL+"/thiet-bi")
			text := browsertest.Eval[string](t, leader, `document.querySelector("table.devices tbody").innerText`)
			if strings.Contains(text, what) {
				return
			}
			if time.Now().After(until) {
				t.Fatalf("the board says %q, want %q", text, what)
			}
		}
	}
	version := browsertest.Eval[string](t, ctx, `document.documentElement.dataset.version`)
	board(version)
	board("nhanh ") // the browser's clock is ahead of January 2025
	board("dùng dưới 1%")
	browsertest.Screenshot(t, leader, "board")
	// One answer that will never be taken, and one that cannot be sent now.
	browsertest.Eval[bool](t, ctx, `hailong.keep({id: hailong.newID(), survey: "no-such-survey", answers: {overall: "5"}, captured_at: new Date().toISOString(), lang: "vi"}).then(() => hailong.drain()).then(() => true)`)
	board("1 câu bị từ chối")
	browsertest.Eval[bool](t, ctx, `(() => { const real = fetch; window.fetch = (url, o) => url === "/api/v1/answers" ? Promise.reject(new TypeError("no line")) : real(url, o); return true; })()`)
	rate(t, ctx, 5, "kept")
	board("cũ nhất ")
	browsertest.Eval[bool](t, ctx, `document.querySelector(".desk").open = true`)
	browsertest.Wait(t, ctx, `/^\d\d:\d\d$/.test(document.querySelector("[data-heard]").innerText)`)
	browsertest.Screenshot(t, ctx, "staff")
}

// A kiosk that is revoked stops and keeps what it has not sent; paired again it
// sends it.
func TestKioskStopsWhenRevoked(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	k := newCounterKiosk(t, w)
	ctx, _ := k.on(t)
	browsertest.Wait(t, ctx, heard)
	browsertest.Eval[bool](t, ctx, controlled)
	browsertest.Goto(t, ctx, w.srv.URL+"/kiosk") // from its own copy
	browsertest.Wait(t, ctx, inCharge+" && "+heard)
	browsertest.Eval[bool](t, ctx, `(() => { const real = fetch; window.fetch = (url, o) => url === "/api/v1/answers" ? Promise.reject(new TypeError("no line")) : real(url, o); return true; })()`)
	rate(t, ctx, 5, "kept")
	device, err := w.svc.DeviceOf(t.Context(), k.token)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.svc.RevokeDevice(t.Context(), device.ID); err != nil {
		t.Fatal(err)
	}
	front(t, ctx, "revoked") // once the citizen has gone
	browsertest.Wait(t, ctx, `document.querySelector('[data-when="revoked"]').offsetParent !== null`)
	browsertest.Screenshot(t, ctx, "revoked")
	// The copy of the page goes too.
	browsertest.Wait(t, ctx, `document.body.innerText.includes("chưa sẵn sàng nhận đánh giá") && !document.querySelector("[data-unsent]").hidden`)
	if n := browsertest.Eval[string](t, ctx, `document.querySelector("[data-unsent] [data-count]").textContent`); n != "1" {
		t.Errorf("%q answers wait", n)
	}
	if got := w.values(); len(got) != 0 {
		t.Errorf("a revoked device sent %v", got)
	}
	code, err := w.svc.OfferPairing(t.Context(), device.ID, server.DeviceSettings{})
	if err != nil {
		t.Fatal(err)
	}
	browsertest.Goto(t, ctx, w.srv.URL+"/kiosk#ghep="+strings.ReplaceAll(code.Code, "-", ""))
	browsertest.Wait(t, ctx, inCharge)
	waitAnswers(t, ctx, w, 1)
	wantAnswers(t, w, "sipas-short counter Quầy 3 walkup 2025-01-15 map[overall:5] vi")
}

// What the QR code on the board holds makes a kiosk of the browser that opens
// it, once, and leaves nothing of the code behind.
func TestKioskPairsByQR(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	w.svc.Config.BaseURL = w.srv.URL
	w.user("quan-tri", server.RoleAdmin)
	admin := w.visitor().signIn("quan-tri").open(t, 1280, 1000)
	browsertest.Goto(t, admin, w.srv.URL+"/thiet-bi")
	browsertest.Do(t, admin, chromedp.SendKeys(chromedp.CSS("#quay"), "Quầy 7"), chromedp.Click("form.fields button.main"), chromedp.WaitVisible("svg.qr"))
	link := strings.Join(scan(t, browsertest.Picture(t, admin)), "\n")
	if !strings.HasPrefix(link, w.srv.URL+"/kiosk#ghep=") {
		t.Fatalf("the QR code says %q", link)
	}
	ctx := browsertest.Open(t, 1080, 1920)
	browsertest.Goto(t, ctx, w.srv.URL+"/kiosk") // the code is scanned on the open page
	browsertest.Eval[bool](t, ctx, fmt.Sprintf(`(location.href = %q, true)`, link))
	browsertest.Wait(t, ctx, inCharge+` && document.querySelector(".counter").innerText === "Quầy 7"`)
	browsertest.Wait(t, ctx, heard)
	history, err := chromedp.Call(ctx, devtools.GetNavigationHistory, cdp.Empty{})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range history.Entries {
		if strings.Contains(e.URL+e.UserTypedURL, "#") {
			t.Errorf("the history remembers %q", e.URL)
		}
	}
	late := browsertest.Open(t, 1080, 1920)
	browsertest.Goto(t, late, link)
	browsertest.Wait(t, late, `!document.querySelector('[data-pairing="wrong"]').hidden`)
	if at := browsertest.Eval[string](t, late, `location.href`); strings.Contains(at, "#") {
		t.Errorf("the address bar shows %q", at)
	}
	browsertest.Screenshot(t, late, "late")
	browsertest.Axe(t, late)
}

// scan returns what the QR codes in a picture say.
func scan(t *testing.T, png []byte) []string {
	t.Helper()
	path, err := exec.LookPath("zbarimg")
	if err != nil {
		browsertest.Missing(t, "zbarimg", err)
	}
	name := filepath.Join(t.TempDir(), "picture.png")
	if err := os.WriteFile(name, png, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), path, "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", name).Output()
	if err != nil {
		t.Fatalf("no QR code in the picture: %v", err)
	}
	return strings.Fields(string(out))
}
