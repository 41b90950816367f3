package web

import (
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"hailong/scoring/survey"
	"hailong/server"
	"hailong/server/store/memory"
)

// paired returns a visitor whose browser is a kiosk at counter 3.
func (w *ward) paired() *visitor {
	w.t.Helper()
	token, err := w.svc.AddToken(w.t.Context(), server.Token{Role: server.RoleDevice, Label: "kiosk", Counter: "Quầy 3"})
	if err != nil {
		w.t.Fatal(err)
	}
	v := w.visitor()
	if p := v.post("/kiosk/pair", url.Values{"token": {" " + token + " "}}); p.code != http.StatusSeeOther || p.header.Get("Location") != "/kiosk" {
		w.t.Fatalf("pairing: %d to %q", p.code, p.header.Get("Location"))
	}
	return v
}

var formIDs = regexp.MustCompile(`name="id" value="([0-9a-f-]{36})"`)

func formID(t *testing.T, p page) string {
	t.Helper()
	m := formIDs.FindStringSubmatch(p.body)
	if m == nil {
		t.Fatalf("status %d, and no form with an id in the page", p.code)
	}
	return m[1]
}

func TestKioskUnpaired(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	v := w.visitor()
	p := v.get("/kiosk")
	if p.code != http.StatusOK || !strings.Contains(p.body, "chưa sẵn sàng") || strings.Contains(p.body, `type="radio"`) || strings.Contains(p.body, "wasm") {
		t.Errorf("%d, or an unpaired kiosk takes answers", p.code)
	}
	if p := v.post("/kiosk", url.Values{"id": {"7f0a4f0e-7a0c-4f8e-9d6c-6a1f3f1b2c3d"}, "overall": {"5"}}); p.code != http.StatusForbidden {
		t.Errorf("an answer of an unpaired kiosk gets %d, want 403", p.code)
	}
	wantAnswers(t, w)
}

func TestKioskPair(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	city, err := w.svc.AddToken(t.Context(), server.Token{Role: server.RoleCity})
	if err != nil {
		t.Fatal(err)
	}
	for name, token := range map[string]string{"nonsense": "hl_nonsense", "empty": "", "the city's": city, "long": strings.Repeat("x", 5000)} {
		p := w.visitor().post("/kiosk/pair", url.Values{"token": {token}})
		if p.code != http.StatusUnprocessableEntity || p.header.Get("Set-Cookie") != "" || !strings.Contains(p.body, "không đúng") {
			t.Errorf("%s token: %d, cookie %q", name, p.code, p.header.Get("Set-Cookie"))
		}
		if token != "" && strings.Contains(p.body, token) {
			t.Errorf("%s token: the page repeats it", name)
		}
	}
	token, err := w.svc.AddToken(t.Context(), server.Token{Role: server.RoleDevice, Counter: "Quầy 3"})
	if err != nil {
		t.Fatal(err)
	}
	v := w.visitor()
	p := v.post("/kiosk/pair", url.Values{"token": {token}})
	cookie := p.header.Get("Set-Cookie")
	for _, want := range []string{deviceCookie + "=", "Path=/;", "HttpOnly", "SameSite=Strict", "Max-Age=31536000"} {
		if !strings.Contains(cookie, want) {
			t.Errorf("the cookie %q lacks %s", strings.ReplaceAll(cookie, token, "…"), want)
		}
	}
	if strings.Contains(cookie, "Secure") {
		t.Error("a cookie for https only, on http: the kiosk would forget it")
	}
	if p := v.get("/kiosk"); !strings.Contains(p.body, "Quầy 3") || strings.Contains(p.body, token) {
		t.Error("the paired kiosk does not show its counter, or shows its token")
	}
	secure := newWard(t, nil, server.Config{BaseURL: "https://danhgia.example.vn"}, false)
	token, err = secure.svc.AddToken(t.Context(), server.Token{Role: server.RoleDevice})
	if err != nil {
		t.Fatal(err)
	}
	if p := secure.visitor().post("/kiosk/pair", url.Values{"token": {token}}); !strings.Contains(p.header.Get("Set-Cookie"), "Secure") {
		t.Error("the cookie of a service on https goes over http as well")
	}
}

func TestKioskForm(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		form   url.Values
		code   int
		stored bool
		body   string
	}{
		{"one tap", url.Values{"overall": {"4"}}, 200, true, "Cảm ơn"},
		{"everything, in English", url.Values{"overall": {"5"}, "access": {"1"}, "procedure": {"2"}, "official": {"3"}, "result": {"4"}, "feedback": {"N"}, "lang": {"en"}}, 200, true, `lang="en"`},
		{"nothing", url.Values{}, 422, false, "Vui lòng chọn mức độ"},
		{"an element without the whole, kept", url.Values{"official": {"2"}}, 422, false, `name="official" value="2" checked`},
		{"no such level", url.Values{"overall": {"6"}}, 422, false, "một trong các mức"},
		{"twice", url.Values{"overall": {"5", "1"}}, 422, false, "chỉ chọn một mức"},
		{"overall not applicable", url.Values{"overall": {"N"}}, 422, false, "cần một mức độ"},
		{"an extra field", url.Values{"overall": {"5"}, "xin": {"chào"}}, 422, false, "xem lại"},
		{"too large", url.Values{"overall": {strings.Repeat("5", 1<<20)}}, 413, false, ""},
		{"script", url.Values{"overall": {"<script>alert(1)</script>"}}, 422, false, "một trong các mức"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWard(t, nil, server.Config{}, false)
			v := w.paired()
			tt.form.Set("id", formID(t, v.get("/kiosk")))
			p := v.post("/kiosk", tt.form)
			if p.code != tt.code || !strings.Contains(p.body, tt.body) {
				t.Errorf("%d, want %d and %q in the page", p.code, tt.code, tt.body)
			}
			if strings.Contains(p.body, "alert(1)") {
				t.Error("the page repeats a script")
			}
			if got := len(w.answers()); got == 1 != tt.stored {
				t.Errorf("%d answers", got)
			}
		})
	}
}

// Where no machine runs the form asks why, as the machine does.
func TestKioskFormReasons(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	v := w.paired()
	form := url.Values{"id": {formID(t, v.get("/kiosk"))}, "official": {"2"}, "result": {"5"}, "reasons": {"c9", "c11", "c14"}}
	p := v.post("/kiosk", form)
	if p.code != http.StatusUnprocessableEntity || !strings.Contains(p.body, `name="reasons" value="c9" checked`) {
		t.Errorf("without the overall answer %d, or the reasons are lost", p.code)
	}
	form.Set("overall", "3")
	if p := v.post("/kiosk", form); p.code != http.StatusOK {
		t.Errorf("%d", p.code)
	}
	got := w.stored()
	if len(got) != 1 || !slices.Equal(got[0].Reasons, []string{"c9", "c11"}) { // c14 is of an answer that is satisfied
		t.Errorf("stored %+v", got)
	}
}

func TestKioskFormOnce(t *testing.T) {
	t.Parallel()
	st := memory.New()
	w := newWard(t, st, server.Config{}, false)
	v := w.paired()
	form := url.Values{"id": {formID(t, v.get("/kiosk"))}, "overall": {"5"}, "result": {"4"}}

	st.Fail(errors.New("the disk is gone"))
	if p := v.get("/kiosk"); p.code != http.StatusOK || !strings.Contains(p.body, `type="radio"`) {
		t.Errorf("without a store the kiosk is %d, or no longer a kiosk", p.code)
	}
	p := v.post("/kiosk", form)
	if p.code != http.StatusServiceUnavailable || formID(t, p) != form.Get("id") || !strings.Contains(p.body, `name="result" value="4" checked`) {
		t.Errorf("without a store %d, want 503 and the form with what was chosen", p.code)
	}
	st.Fail(nil)

	first, again := v.post("/kiosk", form), v.post("/kiosk", form)
	receipts := regexp.MustCompile(`<b data-receipt>([0-9A-Z]{5}-[0-9A-Z]{5})</b>`)
	a, b := receipts.FindStringSubmatch(first.body), receipts.FindStringSubmatch(again.body)
	if a == nil || b == nil || a[1] != b[1] {
		t.Errorf("receipts %v and %v, want the same", a, b)
	}
	if first.header.Get("Refresh") == "" || regexp.MustCompile(`<input[^>]* checked`).MatchString(first.body) {
		t.Error("the thanks stay, or show what was chosen")
	}

	form.Set("overall", "1")
	p = v.post("/kiosk", form)
	if p.code != http.StatusConflict || formID(t, p) == form.Get("id") || !strings.Contains(p.body, `name="overall" value="1" checked`) {
		t.Errorf("another answer on the same page: %d, want 409 and the form under a new id", p.code)
	}
	if got := w.answers(); len(got) != 1 {
		t.Errorf("%d answers, want one: %v", len(got), got)
	}
	form.Set("id", "not-a-uuid")
	if p := v.post("/kiosk", form); p.code != http.StatusUnprocessableEntity {
		t.Errorf("an id that is none: %d, want 422", p.code)
	}
}

func TestKioskRevoked(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	v := w.visitor()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.srv.URL+"/kiosk", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.AddCookie(&http.Cookie{Name: deviceCookie, Value: "hl_of_another_time"})
	if p := v.do(r); !strings.Contains(p.body, "chưa sẵn sàng") {
		t.Error("a kiosk whose token is not known takes answers")
	}
}

func TestKioskDemoMark(t *testing.T) {
	t.Parallel()
	for _, demo := range []bool{true, false} {
		w := newWard(t, nil, server.Config{}, demo)
		for name, v := range map[string]*visitor{"paired": w.paired(), "unpaired": w.visitor()} {
			if got := strings.Contains(v.get("/kiosk").body, "DỮ LIỆU MẪU"); got != demo {
				t.Errorf("%s, demo %v: marked %v", name, demo, got)
			}
		}
	}
}

// wasm is what a built kiosk looks like, small.
func builtFiles(t *testing.T) fstest.MapFS {
	t.Helper()
	var gz strings.Builder
	w := gzip.NewWriter(&gz)
	if _, err := w.Write([]byte("machine")); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return fstest.MapFS{
		"kiosk.css": {Data: []byte("css")}, "kiosk.js": {Data: []byte("js")}, "outbox.js": {Data: []byte("outbox")}, "link.js": {Data: []byte("link")}, "pair.js": {Data: []byte("pair")}, "rescue.js": {Data: []byte("rescue")}, "voice.js": {Data: []byte("voice")}, "sw.js": {Data: []byte("worker")}, "wasm_exec.js": {Data: []byte("exec")},
		"kiosk.wasm.br": {Data: []byte("brotli")}, "kiosk.wasm.gz": {Data: []byte(gz.String())},
		"assets.go": {Data: []byte("package assets")},
	}
}

func TestKioskFile(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	files, err := readKiosk(builtFiles(t))
	if err != nil {
		t.Fatal(err)
	}
	w.site.kiosk = files
	v := w.visitor()
	v.Transport = &http.Transport{DisableCompression: true}
	get := func(path, accept, match string) page {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.srv.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept-Encoding", accept)
		r.Header.Set("If-None-Match", match)
		return v.do(r)
	}
	for _, tt := range []struct{ accept, encoding, body string }{
		{"gzip, deflate, br, zstd", "br", "brotli"},
		{"gzip;q=1.0, br;q=0", "gzip", ""},
		{"GZIP", "gzip", ""},
		{"", "", "machine"},
		{"zstd", "", "machine"},
	} {
		p := get("/kiosk/kiosk.wasm", tt.accept, "")
		body := p.body
		if tt.encoding == "gzip" {
			r, err := gzip.NewReader(strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			b, err := io.ReadAll(r)
			if err != nil {
				t.Fatal(err)
			}
			body, tt.body = string(b), "machine"
		}
		if p.code != 200 || body != tt.body || p.header.Get("Content-Encoding") != tt.encoding || p.header.Get("Content-Type") != "application/wasm" ||
			p.header.Get("Vary") != "Accept-Encoding" || p.header.Get("Cache-Control") != "no-cache" {
			t.Errorf("Accept-Encoding %q: %d %q %v", tt.accept, p.code, body, p.header)
		}
		if p := get("/kiosk/kiosk.wasm", tt.accept, p.header.Get("ETag")); p.code != http.StatusNotModified || p.body != "" {
			t.Errorf("Accept-Encoding %q: the same again is %d", tt.accept, p.code)
		}
	}
	for _, name := range []string{"outbox.js", "wasm_exec.js", "kiosk.wasm"} {
		p := get(files.url(name), "br", "")
		if p.code != 200 || !strings.Contains(p.header.Get("Cache-Control"), "immutable") {
			t.Errorf("%s: %d %q, want it kept for ever", files.url(name), p.code, p.header.Get("Cache-Control"))
		}
	}
	for _, path := range []string{"/kiosk/assets.go", "/kiosk/README.md", "/kiosk/kiosk.wasm.br", "/kiosk/kiosk.js", "/kiosk/kiosk.css", "/kiosk/outbox.000000000000.js", "/kiosk/..%2fkiosk.go", "/kiosk/kiosk"} {
		if p := get(path, "br", ""); p.code != http.StatusNotFound {
			t.Errorf("%s: %d, want 404", path, p.code)
		}
	}
}

func TestKioskNotBuilt(t *testing.T) {
	t.Parallel()
	files := builtFiles(t)
	delete(files, "kiosk.wasm.gz")
	delete(files, "kiosk.wasm.br")
	k, err := readKiosk(files)
	if err != nil || k.built {
		t.Fatalf("built %v, %v", k != nil && k.built, err)
	}
	w := newWard(t, nil, server.Config{}, false)
	w.site.kiosk = k
	v := w.paired()
	p := v.get("/kiosk")
	if strings.Contains(p.body, "<script") || !strings.Contains(p.body, "Gửi đánh giá") {
		t.Error("without the machine the kiosk is not a plain form")
	}
	delete(files, "kiosk.css")
	if _, err := readKiosk(files); err == nil {
		t.Error("a kiosk without its style sheet")
	}
}

func TestFaceStep(t *testing.T) {
	t.Parallel()
	for n, want := range map[int][]int{1: {3}, 2: {1, 5}, 3: {1, 3, 5}, 4: {1, 2, 4, 5}, 5: {1, 2, 3, 4, 5}, 6: {1, 2, 3, 3, 4, 5}, 7: {1, 2, 2, 3, 4, 4, 5}} {
		for i, w := range want {
			if got := faceStep(i, n); got != w {
				t.Errorf("level %d of %d is face %d, want %d", i, n, got, w)
			}
		}
	}
}

func TestSplitText(t *testing.T) {
	t.Parallel()
	title, detail := splitText(survey.Text{VI: "Thủ tục (phí, thời hạn)", EN: "The procedure"})
	if title != (survey.Text{VI: "Thủ tục", EN: "The procedure"}) || detail != (survey.Text{VI: "phí, thời hạn"}) {
		t.Errorf("%q and %q", title, detail)
	}
}

// What stands in the page is its style and, where there is a machine, the script
// that fetches and starts it, which comes first: it would wait for the style.
// The policy lets in these two by their hashes, and no other.
func TestKioskPolicy(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	files, err := readKiosk(builtFiles(t))
	if err != nil {
		t.Fatal(err)
	}
	w.site.kiosk = files
	inPage := regexp.MustCompile(`(?s)<(script|style)>(.*?)</`)
	check := func(p page, kinds ...string) {
		t.Helper()
		policy := p.header.Get("Content-Security-Policy")
		if strings.Contains(policy, "unsafe-inline") || strings.Contains(policy, "'unsafe-eval'") {
			t.Errorf("the policy is %q", policy)
		}
		var got []string
		for _, m := range inPage.FindAllStringSubmatch(p.body, -1) {
			got = append(got, m[1])
			sum := sha256.Sum256([]byte(m[2]))
			hash := "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
			if want := regexp.MustCompile(m[1] + `-src [^;]*` + regexp.QuoteMeta(hash)); !want.MatchString(policy) {
				t.Errorf("%s: the policy %q does not let in %q", m[1], policy, m[2])
			}
		}
		if !slices.Equal(got, kinds) {
			t.Errorf("in the page stand %q, want %q", got, kinds)
		}
	}
	v := w.paired()
	p := v.get("/kiosk")
	check(p, "script", "style")
	if !strings.Contains(p.body, "<script>"+earlyScript) {
		t.Error("the page does not begin with fetching the machine")
	}
	check(w.visitor().get("/kiosk"), "style")
	// The policy is that of the files as they are, not of others.
	changed := builtFiles(t)
	changed["kiosk.css"].Data = []byte(".other{}")
	if w.site.kiosk, err = readKiosk(changed); err != nil {
		t.Fatal(err)
	}
	other := v.get("/kiosk")
	check(other, "script", "style")
	if other.header.Get("Content-Security-Policy") == p.header.Get("Content-Security-Policy") {
		t.Error("another style has the same policy")
	}
}
