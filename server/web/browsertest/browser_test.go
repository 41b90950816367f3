package browsertest

import (
	"bytes"
	"fmt"
	"image/png"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"
)

func serve(t *testing.T, policy, body string) string {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", policy)
		fmt.Fprint(w, `<!doctype html><html lang="vi"><head><title>Thử</title><meta name="viewport" content="width=device-width"></head><body>`+body+`</body></html>`)
	}))
	t.Cleanup(srv.Close)
	return srv.URL
}

func TestAxe(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, body string
		want       []string
	}{
		{"clean", `<main><h1>Xin chào</h1><label>Mã <input name="m"></label></main>`, nil},
		{"no label, poor contrast", `<main><h1>Xin chào</h1><input name="m"><p style="color:#bbb;background:#fff">mờ</p></main>`, []string{"color-contrast", "label"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			ctx := Open(t, 400, 400)
			Goto(t, ctx, serve(t, "default-src 'none'; style-src 'unsafe-inline'", tt.body))
			var got []string
			for _, v := range Violations(t, ctx) {
				got = append(got, v.ID)
			}
			if strings.Join(got, " ") != strings.Join(tt.want, " ") {
				t.Errorf("axe finds %v, want %v", got, tt.want)
			}
		})
	}
}

func TestOpen(t *testing.T) {
	t.Parallel()
	ctx := Open(t, 320, 480)
	Before(t, ctx, `window.early = 42`)
	Goto(t, ctx, serve(t, "default-src 'none'", `<main><h1>Một</h1><button id="b">Bấm</button></main>`))
	if got := Eval[int](t, ctx, "window.early"); got != 42 {
		t.Errorf("the early script left %d, want 42", got)
	}
	Press(t, ctx, kb.Tab)
	Wait(t, ctx, `document.activeElement.id === "b"`)
	img, err := png.Decode(bytes.NewReader(Picture(t, ctx)))
	if err != nil {
		t.Fatal(err)
	}
	if got := img.Bounds().Size(); got.X != 320 || got.Y != 480 {
		t.Errorf("the picture is %v, want 320x480", got)
	}
}

func TestSessionsShareNothing(t *testing.T) {
	t.Parallel()
	url := serve(t, "default-src 'none'", `<main><h1>Một</h1></main>`)
	one, two := Open(t, 300, 300), Open(t, 300, 300)
	Goto(t, one, url)
	Goto(t, two, url)
	Eval[string](t, one, `document.cookie = "a=1"`)
	if got := Eval[string](t, two, `document.cookie`); got != "" {
		t.Errorf("the second session sees the cookie %q of the first", got)
	}
}

// recorder catches what a helper reports about a page.
type recorder struct {
	testing.TB
	said     strings.Builder
	cleanups []func()
}

func (r *recorder) Errorf(f string, a ...any) { fmt.Fprintf(&r.said, f+"\n", a...) }
func (r *recorder) Cleanup(f func())          { r.cleanups = append(r.cleanups, f) }
func (r *recorder) end() {
	for i := len(r.cleanups) - 1; i >= 0; i-- {
		r.cleanups[i]()
	}
}

func TestComplaints(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, policy, body, want string
	}{
		{"policy", "default-src 'none'", `<h1 style="color:red">x</h1>`, "Content Security Policy"},
		{"exception", "script-src 'unsafe-inline'", `<script>boom()</script>`, "boom is not defined"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := &recorder{TB: t}
			ctx := Open(r, 300, 300)
			Goto(r, ctx, serve(t, tt.policy, tt.body))
			Eval[int](r, ctx, "1") // a reply after the events
			r.end()
			if !strings.Contains(r.said.String(), tt.want) {
				t.Errorf("reported %q, want something about %q", r.said.String(), tt.want)
			}
		})
	}
}

func TestBlock(t *testing.T) {
	t.Parallel()
	ctx := Open(t, 300, 300)
	url := serve(t, "default-src 'self'", `<main><h1>Một</h1></main>`)
	Goto(t, ctx, url)
	fetch := `fetch("/a.wasm").then(() => "came", () => "blocked")`
	Block(t, ctx, "*://*:*/*.wasm")
	if got := Eval[string](t, ctx, fetch); got != "blocked" {
		t.Errorf("the request %s, want blocked", got)
	}
	Block(t, ctx)
	if got := Eval[string](t, ctx, fetch); got != "came" {
		t.Errorf("after the block is lifted the request is %s", got)
	}
}

func TestBrowserEndsWithItsLastUser(t *testing.T) {
	// Not parallel: it looks at the shared browser.
	r := &recorder{TB: t}
	ctx := Open(r, 300, 300)
	if v := Version(r, ctx); !strings.Contains(v, "Chrome") {
		t.Errorf("version %q", v)
	}
	r.end()
	if ctx.Err() == nil {
		t.Error("the tab's context outlives the test")
	}
	shared.Lock()
	defer shared.Unlock()
	if shared.users == 0 && shared.ctx != nil {
		t.Error("the browser outlives its last user")
	}
}
