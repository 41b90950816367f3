package web

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"hailong/server"
	"hailong/server/web/browsertest"
)

// What a chart is read by with the keyboard: its figures stand in a table that is
// always there, in one that opens with Enter, in one that scrolls with the arrows,
// or its points take the focus and say what they are.
const unreadCharts = `(() => {
	const reached = new Set(window.reached || []);
	const charts = [...document.querySelectorAll("main section.card svg, main article svg")]
		.filter(s => !s.parentElement.closest("svg") && !s.closest(".verdict") && !s.closest(".uninvited") && !s.closest(".waiting") && s.getBoundingClientRect().width > 60);
	return [...new Set(charts.map(s => s.closest("section.card")))].filter(card => {
		if (!card) return true;
		const inside = [...card.querySelectorAll("summary, .scroll, a.pt")].filter(e => reached.has(e));
		const shown = [...card.querySelectorAll("table, dl.steps, .big")].some(e => e.checkVisibility({visibilityProperty: true}));
		return !inside.length && !shown;
	}).map(card => card ? card.getAttribute("aria-labelledby") : "a chart outside a card");
})()`

// Every page with charts, by keyboard alone: Tab goes through the whole page and
// out of it, everything it stops at shows where it is, each chart has its figures
// within reach, each table behind one opens with Enter and each that is wider than
// a phone scrolls with the arrows.
func TestChartsByKeyboard(t *testing.T) {
	t.Parallel()
	slow(t)
	w := newWard(t, nil, server.Config{}, false)
	sampleYear(t, w.svc, 900)
	w.user("lan", server.RoleLeader)
	w.user("mttq", server.RoleObserver)
	leader, observer, nobody := w.visitor().signIn("lan"), w.visitor().signIn("mttq"), w.visitor()
	for _, tt := range []struct {
		name, path string
		who        *visitor
	}{
		{"dashboard", "/tong-quan?ky=2024", leader},
		{"dashboard-observer", "/tong-quan?ky=2024", observer},
		{"course", "/dien-bien?ky=2024", leader},
		{"course-officers", "/dien-bien?ky=2024&theo=congchuc", leader},
		{"analysis", "/phan-tich?ky=2024", leader},
		{"hours", "/theo-gio?ky=2024", leader},
		{"respondents", "/ai-tra-loi?ky=2024", leader},
		{"plan", "/ke-hoach-thu-thap?ky=2024", leader},
		{"board", "/cong-khai", nobody},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			ctx := tt.who.open(t, 390, 844)
			browsertest.Goto(t, ctx, w.srv.URL+tt.path)
			stops := browsertest.Eval[int](t, ctx, `(window.reached = [], [...document.querySelectorAll("a[href], button, summary, select, input:not([type=hidden]), textarea, [tabindex='0']")].filter(e => e.checkVisibility({visibilityProperty: true})).length)`)
			for range stops + 5 {
				browsertest.Press(t, ctx, kb.Tab)
				// A stop that cannot be seen leads nowhere (WCAG 2.4.7, 2.4.11).
				if bad := browsertest.Eval[string](t, ctx, `(() => {
					const e = document.activeElement;
					if (e === document.body) return "";
					if (!window.reached.includes(e)) window.reached.push(e);
					const box = (e.querySelector(".hit") || e).getBoundingClientRect(), style = getComputedStyle(e), hit = e.querySelector(".hit");
					const marked = style.outlineStyle !== "none" || hit && getComputedStyle(hit).stroke !== "none";
					return box.width && box.bottom > 0 && box.top < innerHeight && marked ? "" : e.outerHTML.slice(0, 160);
				})()`); bad != "" {
					t.Errorf("the focus cannot be seen at %s", bad)
				}
			}
			if missed := browsertest.Eval[int](t, ctx, `[...document.querySelectorAll("main a[href], main summary, main .scroll")].filter(e => e.checkVisibility({visibilityProperty: true}) && !window.reached.includes(e)).length`); missed != 0 {
				t.Errorf("Tab does not reach %d places", missed)
			}
			if unread := browsertest.Eval[[]string](t, ctx, unreadCharts); len(unread) > 0 {
				t.Errorf("charts without figures within reach: %s", strings.Join(unread, ", "))
			}
			// Tables behind charts open with Enter and close again.
			n := browsertest.Eval[int](t, ctx, `(window.folds = [...document.querySelectorAll("main details")].filter(d => d.querySelector("table")), window.folds.length)`)
			for range n {
				browsertest.Eval[bool](t, ctx, `(window.fold = window.folds.shift(), window.fold.querySelector("summary").focus(), true)`)
				browsertest.Press(t, ctx, kb.Enter)
				browsertest.Wait(t, ctx, `window.fold.open && window.fold.querySelector("table").getBoundingClientRect().height > 20`)
			}
			// And what is wider than the phone scrolls with the arrows.
			wide := browsertest.Eval[int](t, ctx, `(window.wide = [...document.querySelectorAll("main .scroll")].filter(e => e.checkVisibility() && e.scrollWidth > e.clientWidth + 4), window.wide.length)`)
			for range wide {
				browsertest.Eval[bool](t, ctx, `(window.strip = window.wide.shift(), window.strip.focus(), window.strip.scrollLeft = 0, true)`)
				browsertest.Do(t, ctx, chromedp.KeyEvent(kb.ArrowRight))
				browsertest.Wait(t, ctx, `window.strip.scrollLeft > 0`)
			}
			if n := browsertest.Eval[int](t, ctx, "document.querySelectorAll('script,[style],[onclick]').length"); n != 0 {
				t.Errorf("%d scripts or inline styles", n)
			}
		})
	}
}
