package web

import (
	"context"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"hailong/server"
	"hailong/server/web/browsertest"
)

// slow skips what needs a browser in the fast inner loop.
func slow(t *testing.T) {
	t.Helper()
	if os.Getenv("HAILONG_TEST_ALL") != "1" {
		t.Skip("needs chromium: `make test` runs it")
	}
}

// open opens a tab in which somebody is signed in.
func (v *visitor) open(t *testing.T, width, height int) context.Context {
	t.Helper()
	ctx := browsertest.Open(t, width, height)
	u, err := url.Parse(v.w.srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range v.Jar.Cookies(u) {
		_, err := chromedp.Call(ctx, network.SetCookie, network.SetCookieParams{Name: c.Name, Value: c.Value, URL: v.w.srv.URL})
		if err != nil {
			t.Fatal(err)
		}
	}
	return ctx
}

// Staff pages and the board: nothing for axe to complain about, nothing wider
// than the screen, in a wide window and on a phone, with data and without.
func TestStaffPagesInBrowser(t *testing.T) {
	t.Parallel()
	slow(t)
	full := newWard(t, nil, server.Config{}, true)
	sampleYear(t, full.svc, 1200)
	if _, err := full.svc.Sequence(t.Context()); err != nil {
		t.Fatal(err)
	}
	empty := newWard(t, nil, server.Config{}, false)
	for name, w := range map[string]*ward{"year": full, "empty": empty} {
		w.user("lan", server.RoleLeader)
		w.user("mot-cua", server.RoleOfficer)
		complaints(t, w)
		if err := w.svc.SetOfficer(t.Context(), "mot-cua", "CC01"); err != nil {
			t.Fatal(err)
		}
		doubts(t, w)
		w.user("mai", server.RoleInspector)
		inspector, recheck := w.visitor().signIn("mai"), "/phuc-tra"
		if name == "year" {
			recheck += "/" + rechecked(t, w, 60)
		}
		one := caseID(t, w, "nghĩa")
		oneCase := "/phan-anh/" + one
		handler := server.User{Name: "lan", Role: server.RoleLeader}
		if err := w.svc.ActOnCase(t.Context(), handler, one, 0, server.ActTake, ""); err != nil {
			t.Fatal(err)
		}
		if _, err := w.svc.AttachEvidence(t.Context(), handler, one, "bien-ban.pdf", "bản chụp", []byte("%PDF-1.4\n%%EOF")); err != nil {
			t.Fatal(err)
		}
		w.user("thong-ke", server.RoleReporter)
		reporter := w.visitor().signIn("thong-ke")
		for _, counter := range []string{"Quầy 3", ""} {
			if _, err := w.svc.AddPoster(t.Context(), server.User{Name: "thong-ke"}, counter); err != nil {
				t.Fatal(err)
			}
		}
		w.user("mttq", server.RoleObserver)
		w.user("quan-tri", server.RoleAdmin)
		admin := w.visitor().signIn("quan-tri")
		observer := w.visitor().signIn("mttq")
		leader, officer, nobody := w.visitor().signIn("lan"), w.visitor().signIn("mot-cua"), w.visitor()
		for _, tt := range []struct {
			name, path string
			who        *visitor
		}{
			{"dashboard", "/tong-quan", leader},
			{"dashboard-problem", "/tong-quan?tu=2024-03-05&den=2024-01-01", leader},
			{"dashboard-observer", "/tong-quan", observer},
			{"analysis", "/phan-tich", leader},
			{"course", "/dien-bien?ky=2024", leader},
			{"hours", "/theo-gio?ky=2024", leader},
			{"course-days", "/dien-bien?ky=2024-03&buoc=ngay&theo=congchuc", leader},
			{"methods", "/phuong-phap", nobody},
			{"doubts", "/nghi-van?ky=2024-Q4", leader},
			{"respondents", "/ai-tra-loi", leader},
			{"rechecks", "/phuc-tra", inspector},
			{"recheck", recheck, inspector},
			{"plan", "/ke-hoach-thu-thap?tu=2024-11-01&den=2025-03-31", leader},
			{"paper", "/nhap-phieu", reporter},
			{"posters", "/ap-phich", reporter},
			{"reports", "/bao-cao?nam=2024", leader},
			{"report", "/bao-cao/2024-Q3", leader},
			{"cases", "/phan-anh", leader},
			{"case", oneCase, leader},
			{"probity", "/liem-chinh", leader},
			{"password", "/mat-khau", leader},
			{"audit", "/nhat-ky", admin},
			{"second-factor", "/hai-buoc", leader},
			{"own", "/cua-toi", officer},
			{"board", "/cong-khai", nobody},
			{"ledger", "/so-kiem-chung", nobody},
			{"sign-in", "/dang-nhap", nobody},
			{"no-entry", "/tong-quan", officer},
			{"bad-period", "/xuat/chi-so.csv?ky=x", leader},
		} {
			t.Run(name+"/"+tt.name, func(t *testing.T) {
				t.Parallel()
				ctx := tt.who.open(t, 1440, 900)
				browsertest.Goto(t, ctx, w.srv.URL+tt.path)
				if n := browsertest.Eval[int](t, ctx, "document.querySelectorAll('script,[style],[onclick]').length"); n != 0 {
					t.Errorf("%d scripts or inline styles", n)
				}
				for _, size := range []struct {
					name          string
					width, height int
				}{{"wide", 1440, 900}, {"phone", 390, 844}, {"zoom", 320, 640}} { // 320 is 400 % zoom of 1280
					browsertest.Resize(t, ctx, size.width, size.height)
					if wide := browsertest.Eval[int](t, ctx, "document.documentElement.scrollWidth"); wide > size.width {
						t.Errorf("%d wide on %d", wide, size.width)
					}
					browsertest.Screenshot(t, ctx, name+"-"+tt.name+"-"+size.name)
					if size.name == "phone" || size.name == "wide" && name == "year" {
						browsertest.Axe(t, ctx)
					}
				}
			})
		}
	}
}

// Signing in, looking and signing out with the keyboard alone.
func TestStaffByKeyboard(t *testing.T) {
	t.Parallel()
	slow(t)
	w := newWard(t, nil, server.Config{}, false)
	sampleYear(t, w.svc, 300)
	w.user("lan", server.RoleLeader)
	ctx := browsertest.Open(t, 1200, 900)
	browsertest.Goto(t, ctx, w.srv.URL+"/tong-quan?ky=2024-Q2")
	browsertest.Do(t, ctx, chromedp.Focus("#name"))
	browsertest.Press(t, ctx, "lan"+kb.Tab)
	browsertest.Press(t, ctx, "sai mật khẩu"+kb.Enter)
	browsertest.Wait(t, ctx, "document.querySelector('[role=alert]') !== null")
	if name := browsertest.Eval[string](t, ctx, "document.querySelector('#name').value"); name != "lan" {
		t.Errorf("the name is forgotten: %q", name)
	}
	browsertest.Do(t, ctx, chromedp.Focus("#password"))
	browsertest.Press(t, ctx, password+kb.Enter)
	browsertest.Wait(t, ctx, "location.search === '?ky=2024-Q2' && document.readyState === 'complete'")
	if text := browsertest.Eval[string](t, ctx, "document.querySelector('h1').innerText"); !strings.Contains(text, "Quý II/2024") {
		t.Errorf("the heading says %q", text)
	}
	// The table behind a chart opens with the keyboard.
	browsertest.Do(t, ctx, chromedp.Focus("[aria-labelledby=trend-h] summary"))
	browsertest.Press(t, ctx, kb.Enter)
	browsertest.Wait(t, ctx, "document.querySelector('[aria-labelledby=trend-h] details').open")
	browsertest.Axe(t, ctx)
	browsertest.Do(t, ctx, chromedp.Focus("form.who button"))
	browsertest.Press(t, ctx, kb.Enter)
	browsertest.Wait(t, ctx, "location.pathname === '/dang-nhap'")
}

// The points of the course are reached with the keyboard, say what they are when
// they have the focus, and lead on; the table opens behind them.
func TestCourseByKeyboard(t *testing.T) {
	t.Parallel()
	slow(t)
	w := newWard(t, nil, server.Config{}, false)
	sampleYear(t, w.svc, 600)
	w.user("lan", server.RoleLeader)
	ctx := w.visitor().signIn("lan").open(t, 1200, 900)
	browsertest.Goto(t, ctx, w.srv.URL+"/dien-bien?ky=2024")
	browsertest.Do(t, ctx, chromedp.Focus("a.pt"))
	browsertest.Press(t, ctx, kb.Tab)
	if text := browsertest.Eval[string](t, ctx, "document.activeElement.getAttribute('aria-label')"); !strings.HasPrefix(text, "02/2024: ") {
		t.Errorf("the second point says %q", text)
	}
	if shown := browsertest.Eval[string](t, ctx, "getComputedStyle(document.activeElement.querySelector('.tip')).display"); shown == "none" {
		t.Error("the focused point shows no text")
	}
	browsertest.Press(t, ctx, kb.Enter)
	browsertest.Wait(t, ctx, "location.search.includes('buoc=ngay') && location.search.includes('ky=2024-02') && document.readyState === 'complete'")
	browsertest.Do(t, ctx, chromedp.Focus(".behind summary"))
	browsertest.Press(t, ctx, kb.Enter)
	browsertest.Wait(t, ctx, "document.querySelector('.behind').open")
}
