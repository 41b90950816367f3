package web

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"hailong/server"
	"hailong/server/web/browsertest"
)

// tapReason touches a reason.
func tapReason(t *testing.T, ctx context.Context, id string) {
	t.Helper()
	sel := fmt.Sprintf(`[data-reason=%q]`, id)
	browsertest.Wait(t, ctx, fmt.Sprintf(`document.querySelector(%q).offsetParent !== null`, sel))
	browsertest.Do(t, ctx, chromedp.Click(chromedp.CSS(sel)))
}

// tapKeys touches keys of the keyboard on the screen.
func tapKeys(t *testing.T, ctx context.Context, keys string) {
	t.Helper()
	for _, r := range keys {
		browsertest.Do(t, ctx, chromedp.Click(chromedp.CSS(fmt.Sprintf(`[data-letter=%q]`, string(r)))))
	}
}

// written waits for a text on the screen.
func written(t *testing.T, ctx context.Context, want string) {
	t.Helper()
	browsertest.Wait(t, ctx, fmt.Sprintf(`document.querySelector("[data-text]").textContent === %q`, want))
}

// Everything there is to say, by touch alone: marks, reasons, a comment typed
// in Telex. It arrives whole, and nothing of it is left for the next citizen,
// neither on the page nor on the disk.
func TestKioskReasonsAndComment(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, true)
	ctx := kioskTab(t, w, 1080, 1920)
	browsertest.Wait(t, ctx, inCharge)
	tapFace(t, ctx, "overall", "2")
	tapFace(t, ctx, "access", "4")
	tapFace(t, ctx, "procedure", "3")
	screen(t, ctx, "why")
	press(t, ctx, "skip")
	tapFace(t, ctx, "official", "1")
	screen(t, ctx, "why")
	for _, id := range []string{"c11", "c9", "c13", "c13"} {
		tapReason(t, ctx, id)
	}
	if got := browsertest.Eval[int](t, ctx, `document.querySelectorAll("[data-reason]:checked").length`); got != 2 {
		t.Errorf("%d reasons are ticked, want 2", got)
	}
	// Back and on again shows what was touched.
	press(t, ctx, "back")
	press(t, ctx, "next")
	screen(t, ctx, "why")
	if got := browsertest.Eval[int](t, ctx, `document.querySelectorAll("[data-reason]:checked").length`); got != 2 {
		t.Errorf("%d reasons are ticked after coming back, want 2", got)
	}
	press(t, ctx, "next")
	tapFace(t, ctx, "result", "5")
	tapFace(t, ctx, "feedback", "N")
	screen(t, ctx, "write")
	tapKeys(t, ctx, "nguwowif daan")
	written(t, ctx, "Người dân")
	if got := browsertest.Eval[string](t, ctx, `document.querySelector("#written").innerText`); !strings.Contains(got, "9/500 ký tự") {
		t.Errorf("the length is shown as %q", got)
	}
	browsertest.Do(t, ctx, chromedp.Click(chromedp.CSS(`[data-do="erase"]`)))
	written(t, ctx, "Người dâ")
	browsertest.Do(t, ctx, chromedp.Click(chromedp.CSS(`[data-do="retype"]`)), chromedp.Click(chromedp.CSS(`[data-do="capitals"]`)))
	tapKeys(t, ctx, "n")
	written(t, ctx, "Người dâN")
	tapKeys(t, ctx, " pho7.")
	press(t, ctx, "finish")
	browsertest.Wait(t, ctx, `!document.querySelector("[data-commented]").hidden`)
	press(t, ctx, "undo")
	written(t, ctx, "Người dâN phơ.")
	press(t, ctx, "finish")
	screen(t, ctx, "thanks")
	wantAnswers(t, w, "sipas-short counter Quầy 3 walkup 2025-01-15 map[access:4 feedback:N official:1 overall:2 procedure:3 result:5] vi")
	for a, err := range w.svc.Answers(t.Context(), "", "") {
		if err != nil || a.Comment != "Người dâN phơ." || !slices.Equal(a.Reasons, []string{"c9", "c11"}) {
			t.Errorf("stored %q and %v, %v", a.Comment, a.Reasons, err)
		}
	}
	press(t, ctx, "leave")
	atRest(t, ctx)
	for what, expression := range map[string]string{
		"a text":               `document.querySelector("[data-text]").textContent !== "" || document.querySelector("[data-written]").textContent !== "0"`,
		"a word of it":         `document.documentElement.outerHTML.includes("dâN")`,
		"a method":             `document.documentElement.dataset.method !== "telex"`,
		"that there was a one": `!document.querySelector("[data-commented]").hidden`,
		"an answer on the disk": `new Promise((ok, no) => {
			const r = indexedDB.open("hailong-kiosk");
			r.onerror = () => no(r.error);
			r.onsuccess = () => {
				const t = r.result.transaction(["waiting", "repair"]), n = [];
				for (const name of ["waiting", "repair"]) t.objectStore(name).count().onsuccess = (e) => n.push(e.target.result);
				t.oncomplete = () => ok(n[0] + n[1] > 0);
			};
		})`,
	} {
		if browsertest.Eval[bool](t, ctx, expression) {
			t.Errorf("the next citizen finds %s", what)
		}
	}
}

// A keyboard that is plugged in types too, in VNI here, and presses buttons.
func TestKioskWritingByKeyboard(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	ctx := kioskTab(t, w, 1280, 800)
	browsertest.Wait(t, ctx, inCharge)
	tapFace(t, ctx, "overall", "5")
	tapFace(t, ctx, "access", "5")
	tapFace(t, ctx, "procedure", "1")
	screen(t, ctx, "why")
	browsertest.Press(t, ctx, kb.Tab)
	browsertest.Press(t, ctx, " ")
	browsertest.Press(t, ctx, kb.Tab)
	browsertest.Press(t, ctx, kb.Enter)
	browsertest.Wait(t, ctx, `document.querySelector('[data-reason="c5"]').checked && document.querySelector('[data-reason="c6"]').checked`)
	press(t, ctx, "finish")
	press(t, ctx, "write")
	screen(t, ctx, "write")
	browsertest.Eval[bool](t, ctx, `document.querySelector('[data-do="retype"]').focus(), true`)
	browsertest.Press(t, ctx, kb.Enter) // the button, not the text
	browsertest.Wait(t, ctx, `document.documentElement.dataset.method === "vni"`)
	browsertest.Eval[bool](t, ctx, `document.activeElement.blur(), true`)
	browsertest.Press(t, ctx, "chu7a d9u7o75c "+kb.Backspace)
	written(t, ctx, "Chưa được")
	browsertest.Eval[bool](t, ctx, `document.querySelector('[data-screen="write"] [data-do="finish"]').focus(), true`)
	browsertest.Press(t, ctx, kb.Enter)
	screen(t, ctx, "thanks")
	for a, err := range w.svc.Answers(t.Context(), "", "") {
		if err != nil || a.Comment != "Chưa được" || !slices.Equal(a.Reasons, []string{"c5", "c6"}) {
			t.Errorf("stored %q and %v, %v", a.Comment, a.Reasons, err)
		}
	}
}

// Who leaves while writing leaves the answer with its reasons, and no text.
func TestKioskIdleWhileWriting(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	ctx := kioskTab(t, w, 1080, 1920, calmClock())
	browsertest.Wait(t, ctx, inCharge)
	// In one step: three seconds are three tenths of one here.
	browsertest.Eval[bool](t, ctx, `(async () => {
		const click = what => document.querySelector(what).click();
		const until = async (what) => { while (!what()) await new Promise(r => setTimeout(r, 5)); };
		const shown = name => () => !document.querySelector('[data-screen="' + name + '"]').hidden;
		click('[data-item="overall"] input[value="4"]');
		await until(() => !document.querySelector('[data-item="access"]').hidden);
		click('[data-item="access"] input[value="2"]');
		await until(shown("why"));
		click('[data-reason="c2"]');
		click('[data-screen="why"] [data-do="finish"]');
		click('[data-do="write"]');
		await until(shown("write"));
		for (const key of "xin") click('[data-letter="' + key + '"]');
		return document.querySelector("[data-text]").textContent === "Xin";
	})()`)
	atRest(t, ctx)
	waitAnswers(t, ctx, w, 1)
	for a, err := range w.svc.Answers(t.Context(), "", "") {
		if err != nil || a.Comment != "" || !slices.Equal(a.Reasons, []string{"c2"}) {
			t.Errorf("stored %q and %v, %v", a.Comment, a.Reasons, err)
		}
	}
	if browsertest.Eval[bool](t, ctx, `document.documentElement.outerHTML.includes("Xin<")`) {
		t.Error("the text is still in the page")
	}
}

// voices stands in for a platform's speech: a Vietnamese voice of its own, an
// English one that lives in the network. What is said is kept.
const voices = `(() => {
	window.heard = [];
	window.SpeechSynthesisUtterance = function (text) { this.text = text; };
	const all = [{lang: "en-US", localService: false}, {lang: "vi_VN", localService: true}];
	Object.defineProperty(window, "speechSynthesis", {value: {
		getVoices: () => all, addEventListener: () => {},
		cancel: () => heard.push("cancel"), speak: (u) => heard.push(u.voice.lang + ": " + u.text),
	}});
})()`

// With a voice for the language what is new is read, until it is switched off
// or the visit is over; without one nothing is offered.
func TestKioskReadsAloud(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	const offered = `document.querySelector('[data-do="aloud"]').offsetParent !== null`
	last := func(ctx context.Context, want ...string) {
		t.Helper()
		browsertest.Wait(t, ctx, fmt.Sprintf(`heard.at(-1) === %q`, strings.Join(want, "\n")))
	}
	ctx := kioskTab(t, w, 1080, 1920, voices)
	browsertest.Wait(t, ctx, inCharge+` && `+offered)
	browsertest.Axe(t, ctx)
	browsertest.Do(t, ctx, chromedp.Click(chromedp.CSS(`[data-do="aloud"]`)))
	last(ctx, "vi_VN: Nhìn chung, ông/bà có hài lòng với việc giải quyết hồ sơ này không?", "Chạm vào một khuôn mặt. Không cần ghi tên – ý kiến là ẩn danh.", "Rất không hài lòng", "Không hài lòng", "Bình thường", "Hài lòng", "Rất hài lòng")
	tapFace(t, ctx, "overall", "5")
	last(ctx, "vi_VN: Câu 1/5 – ông/bà có hài lòng về", "Tiếp cận dịch vụ", "biển chỉ dẫn, chỗ ngồi, trang thiết bị", "Rất không hài lòng", "Không hài lòng", "Bình thường", "Hài lòng", "Rất hài lòng")
	if got := browsertest.Eval[string](t, ctx, `document.querySelector('[data-do="aloud"]').getAttribute("aria-pressed")`); got != "true" {
		t.Errorf("aria-pressed is %s", got)
	}
	tapFace(t, ctx, "access", "1")
	last(ctx, "vi_VN: Điều gì cần tốt hơn về", "Tiếp cận dịch vụ", "Có thể chọn nhiều ý, hoặc bỏ qua.", "Thông tin thiếu hoặc khó hiểu", "Biển chỉ dẫn khó thấy", "Chưa sạch sẽ, ngăn nắp", "Thiếu chỗ ngồi, trang thiết bị")
	browsertest.Do(t, ctx, chromedp.Click(chromedp.CSS(`[data-do="en"]`)))
	last(ctx, "cancel") // the English voice is not this device's
	if browsertest.Eval[bool](t, ctx, offered) {
		t.Error("reading in English is offered with a voice of the network")
	}
	browsertest.Do(t, ctx, chromedp.Click(chromedp.CSS(`[data-do="vi"]`)))
	press(t, ctx, "leave")
	atRest(t, ctx)
	browsertest.Wait(t, ctx, `heard.at(-1) === "cancel" && document.documentElement.dataset.aloud === "false"`)

	ctx = kioskTab(t, w, 1080, 1920)
	browsertest.Wait(t, ctx, inCharge)
	if browsertest.Eval[bool](t, ctx, offered) {
		t.Error("reading is offered where there is no voice")
	}
}
