package web

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"hailong/scoring"
	"hailong/server"
)

// routesOf lists the route table.
func routesOf(t *testing.T, s *Site) []gin.RouteInfo {
	t.Helper()
	r := gin.New()
	s.routes(r)
	return r.Routes()
}

// The description of the API and the route table name the same calls.
func TestOpenAPIMatchesRoutes(t *testing.T) {
	t.Parallel()
	var doc struct {
		OpenAPI string
		Paths   map[string]map[string]json.RawMessage
	}
	if err := json.Unmarshal(openAPIDocument, &doc); err != nil {
		t.Fatal(err)
	}
	if doc.OpenAPI != "3.1.0" {
		t.Errorf("openapi %q", doc.OpenAPI)
	}
	var described []string
	for p, methods := range doc.Paths {
		for m := range methods {
			if m != "parameters" {
				described = append(described, strings.ToUpper(m)+" "+p)
			}
		}
	}
	var served []string
	param := regexp.MustCompile(`:(\w+)`)
	for _, r := range routesOf(t, newDesk(t, Options{}).site) {
		if strings.HasPrefix(r.Path, "/api/") || strings.HasSuffix(r.Path, ".json") || r.Path == "/healthz" || r.Path == "/readyz" || r.Path == "/metrics" {
			path := param.ReplaceAllString(r.Path, "{$1}")
			served = append(served, r.Method+" "+strings.Replace(path, "{file}", "{period}.{format}", 1)) // the router takes a name whole
		}
	}
	slices.Sort(described)
	slices.Sort(served)
	if !slices.Equal(described, served) {
		t.Errorf("described %q\nserved    %q", described, served)
	}
}

// Every $ref leads somewhere, every operation has an id of its own and answers
// that say what they hold, and every kind of failure is among the problem types.
func TestOpenAPIIsWhole(t *testing.T) {
	t.Parallel()
	var doc any
	if err := json.Unmarshal(openAPIDocument, &doc); err != nil {
		t.Fatal(err)
	}
	at := func(pointer string) any {
		v := doc
		for _, k := range strings.Split(strings.TrimPrefix(pointer, "#/"), "/") {
			m, ok := v.(map[string]any)
			if !ok {
				return nil
			}
			v = m[k]
		}
		return v
	}
	ids := map[string]bool{}
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			if ref, ok := v["$ref"].(string); ok && at(ref) == nil {
				t.Errorf("%s leads nowhere", ref)
			}
			if id, ok := v["operationId"].(string); ok {
				if ids[id] {
					t.Errorf("two operations %s", id)
				}
				ids[id] = true
				if v["responses"].(map[string]any)["200"] == nil {
					t.Errorf("%s has no answer", id)
				}
			}
			for _, x := range v {
				walk(x)
			}
		case []any:
			for _, x := range v {
				walk(x)
			}
		}
	}
	walk(doc)
	types := at("#/components/schemas/Problem/properties/type").(map[string]any)["enum"].([]any)
	for _, f := range failures {
		if !slices.Contains(types, any(problemType(f.kind))) {
			t.Errorf("problem type %s is not described", f.kind)
		}
	}
}

// What the API answers has no key that its description does not name.
func TestOpenAPINamesEveryKey(t *testing.T) {
	t.Parallel()
	var doc struct {
		Components struct {
			Schemas map[string]struct {
				Properties map[string]json.RawMessage
				AllOf      []struct {
					Properties map[string]json.RawMessage
				}
			}
		}
	}
	if err := json.Unmarshal(openAPIDocument, &doc); err != nil {
		t.Fatal(err)
	}
	for name, v := range map[string]any{
		"Verdict": verdict{}, "Problem": problemDoc{}, "ProblemError": problemError{}, "Dossier": dossierBody{}, "Record": record{},
		"Board": boardDoc{Period: "2024", From: "2024-01-01", To: "2024-12-31"}, "BoardFigure": boardFigure{Wilson: &scoring.Interval{}, Reason: "x"},
		"BoardField": boardField{Hidden: true, Satisfaction: &boardFigure{}, OnTime: &boardFigure{}}, "Consistency": consistencyDoc{},
	} {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		var keys map[string]any
		if err := json.Unmarshal(b, &keys); err != nil {
			t.Fatal(err)
		}
		for k := range keys {
			if doc.Components.Schemas[name].Properties[k] == nil {
				t.Errorf("%s has %q, which is not described", name, k)
			}
		}
	}
}

// Every citizen's page in every state, in both languages, with how to get it.
func citizenPages(d *desk) []struct {
	name string
	code int
	get  func(lang string) *http.Response
} {
	get := func(path string) func(string) *http.Response {
		return func(lang string) *http.Response { return d.do("GET", path+"?lang="+lang, "", "") }
	}
	post := func(path string, pairs ...string) func(string) *http.Response {
		return func(lang string) *http.Response {
			f := url.Values{"lang": {lang}}
			for i := 0; i < len(pairs); i += 2 {
				f.Add(pairs[i], pairs[i+1])
			}
			return d.do("POST", path+"?lang="+lang, "application/x-www-form-urlencoded", f.Encode())
		}
	}
	w := d.words
	return []struct {
		name string
		code int
		get  func(lang string) *http.Response
	}{
		{"survey", 200, get("/q/" + w["open"])},
		{"survey wrong", 422, post("/q/"+w["open"], "official", "9", "comment", strings.Repeat("x", 2001))},
		{"thanks", 200, get("/q/" + w["used"] + "/cam-on")},
		{"answered", 200, get("/q/" + w["used"])},
		{"code", 200, get("/q")},
		{"code wrong", 422, post("/q", "code", "x")},
		{"notice", 200, get("/thong-bao")},
		{"change", 200, get("/q/" + w["used"] + "/sua")},
		{"change wrong", 422, post("/q/"+w["used"]+"/sua", "overall", "9")},
		{"withdraw", 200, get("/q/" + w["used"] + "/rut")},
		{"withdrawn", 200, post("/q/" + w["gone"] + "/rut")},
		{"receipt", 200, get("/bien-nhan")},
		{"receipt found", 200, post("/bien-nhan", "receipt", w["receipt of used"])},
		{"receipt wrong", 422, post("/bien-nhan", "receipt", "x")},
		{"conflict", 409, post("/q/"+w["used"], "overall", "1")},
		{"gone", 410, get("/q/" + w["revoked"])},
		{"unknown", 404, get("/q/" + w["unknown"])},
		{"nowhere", 404, get("/nowhere")},
		{"too large", 413, post("/q/"+w["open"], "comment", strings.Repeat("x", 70000))},
	}
}

var (
	langTag   = regexp.MustCompile(`<html lang="(\w+)">`)
	styleTag  = regexp.MustCompile(`(?s)<style>(.*?)</style>`)
	idAttr    = regexp.MustCompile(`\sid="([^"]*)"`)
	refAttr   = regexp.MustCompile(`\s(?:for|aria-describedby|aria-labelledby)="([^"]*)"`)
	forbidden = regexp.MustCompile(`(?i)<script|\son\w+=|\sstyle=|https?://|<img|<link|@import|url\(`)
)

// Every citizen's page is whole, says so in its language, brings everything
// with it, and carries its own policy.
func TestCitizenPages(t *testing.T) {
	t.Parallel()
	d := newDesk(t, Options{Demo: true})
	d.words["gone"] = d.slip("000.21.35.H24-250113-9201").Text()
	if _, err := d.svc.AcceptSlip(t.Context(), d.code("gone"), server.Submission{Given: map[string]string{"overall": "2"}}); err != nil {
		t.Fatal(err)
	}
	for _, p := range citizenPages(d) {
		for _, lang := range []string{"vi", "en"} {
			resp := p.get(lang)
			page := text(t, resp)
			name := p.name + " " + lang
			if resp.StatusCode != p.code {
				t.Errorf("%s: status %d, not %d", name, resp.StatusCode, p.code)
			}
			if m := langTag.FindStringSubmatch(page); m == nil || m[1] != lang {
				t.Errorf("%s: language %v", name, m)
			}
			if bad := forbidden.FindString(draftTag.ReplaceAllString(page, "")); bad != "" {
				t.Errorf("%s: holds %q", name, bad)
			}
			if !strings.HasSuffix(page, "</html>\n") || !strings.Contains(page, "<title>") || strings.Count(page, "<h1") != 1 {
				t.Errorf("%s: not a whole page", name)
			}
			if !strings.Contains(page, "DỮ LIỆU MẪU") {
				t.Errorf("%s: not marked as sample data", name)
			}
			var ids []string
			for _, m := range idAttr.FindAllStringSubmatch(page, -1) {
				if slices.Contains(ids, m[1]) {
					t.Errorf("%s: two elements %s", name, m[1])
				}
				ids = append(ids, m[1])
			}
			for _, m := range refAttr.FindAllStringSubmatch(page, -1) {
				for _, id := range strings.Fields(m[1]) {
					if !slices.Contains(ids, id) {
						t.Errorf("%s: no element %s", name, id)
					}
				}
			}
			h := resp.Header
			if got := h.Get("Content-Security-Policy"); !strings.Contains(got, "default-src 'none'") || !strings.Contains(got, "'sha256-") || strings.Contains(got, "unsafe") {
				t.Errorf("%s: policy %q", name, got)
			}
			style := styleTag.FindStringSubmatch(page)
			if style == nil {
				t.Fatalf("%s: no style", name)
			}
			sum := sha256.Sum256([]byte(style[1]))
			if want := "style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"; !strings.Contains(h.Get("Content-Security-Policy"), want) {
				t.Errorf("%s: the policy lets in another style than the page's", name)
			}
			if h.Get("Cache-Control") != "no-store" || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Referrer-Policy") != "no-referrer" {
				t.Errorf("%s: headers %v", name, h)
			}
			if len(h.Values("Set-Cookie")) > 0 {
				t.Errorf("%s: sets a cookie", name)
			}
		}
	}
	d.logsKeepQuiet()
}

// The first answer, its head included, is at most 14 KB: what a new connection
// carries in its first round trip.
func TestFirstAnswerIsSmall(t *testing.T) {
	t.Parallel()
	d := newDesk(t, Options{Demo: true})
	srv := httptest.NewServer(d.site)
	t.Cleanup(srv.Close)
	for _, lang := range []string{"vi", "en"} {
		r, err := http.NewRequestWithContext(t.Context(), "GET", srv.URL+"/q/"+d.words["open"]+"?lang="+lang, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept-Encoding", "gzip")
		resp, err := (&http.Transport{DisableCompression: true}).RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		head, err := httputil.DumpResponse(resp, false)
		if err != nil {
			t.Fatal(err)
		}
		packed, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %d bytes of head and %d of page", lang, len(head), len(packed))
		if n := len(head) + len(packed); n > 14*1024 || n < 1000 {
			t.Errorf("%s: %d bytes", lang, n)
		}
		if resp.Header.Get("Content-Encoding") != "gzip" {
			t.Fatalf("%s: not compressed", lang)
		}
		z, err := gzip.NewReader(bytes.NewReader(packed))
		if err != nil {
			t.Fatal(err)
		}
		if page, err := io.ReadAll(z); err != nil || !bytes.Contains(page, []byte("</html>")) {
			t.Errorf("%s: %v", lang, err)
		}
	}
}

// Every template of the folder is parsed; the citizens' ones are those that
// the test above renders.
func TestTemplates(t *testing.T) {
	t.Parallel()
	d := newDesk(t, Options{})
	entries, err := templateFiles.ReadDir("templates")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if name := e.Name(); path.Ext(name) == ".html" && name[0] != '_' && d.site.pages.byName[strings.TrimSuffix(name, ".html")] == nil {
			t.Errorf("%s is not parsed", name)
		}
	}
	if err := d.site.show(&gin.Context{}, 200, "no-such", "", nil); err == nil {
		t.Error("a page without a template was shown")
	}
}

// A HEAD is a GET without the body, and says as much over a real connection.
func TestHead(t *testing.T) {
	t.Parallel()
	d := newDesk(t, Options{})
	srv := httptest.NewServer(d.site)
	t.Cleanup(srv.Close)
	for _, p := range []string{"/q/" + d.words["open"], "/q", "/healthz", "/nowhere"} {
		head, err := srv.Client().Head(srv.URL + p)
		if err != nil {
			t.Fatal(err)
		}
		head.Body.Close()
		get, err := srv.Client().Get(srv.URL + p)
		if err != nil {
			t.Fatal(err)
		}
		get.Body.Close()
		if head.StatusCode != get.StatusCode || head.Header.Get("Content-Type") != get.Header.Get("Content-Type") {
			t.Errorf("%s: HEAD %d %s, GET %d", p, head.StatusCode, head.Header.Get("Content-Type"), get.StatusCode)
		}
	}
}

// No label and no series of the metrics comes from what was sent.
func TestMetricsHoldNothingSent(t *testing.T) {
	t.Parallel()
	d := newDesk(t, Options{Version: "v1.2.3"})
	for _, p := range []string{"/q/" + d.words["open"], "/Q/" + d.words["used"], "/q/" + d.words["unknown"], "/secret-path", "/q/bí-mật", "/api/v1/index?from=bí-mật"} {
		d.do("GET", strings.ReplaceAll(p, "í", "%C3%AD"), "", "")
	}
	d.do("BREW", "/q/"+d.words["open"], "", "")
	d.post("/q/"+d.words["open"], url.Values{"overall": {"5"}, "comment": {"bí mật"}})
	d.post("/q/"+d.words["open"], url.Values{"overall": {"5"}, "comment": {"bí mật"}})
	d.post("/q/"+d.words["open"], url.Values{"overall": {"4"}})
	d.post("/q/"+d.words["open2"], url.Values{"overall": {"9"}})
	d.store.Fail(io.ErrUnexpectedEOF)
	d.post("/q/"+d.words["open2"], url.Values{"overall": {"3"}})
	d.store.works()
	_, page := d.get("/metrics")
	for _, bad := range []string{d.words["open"], d.words["used"], d.words["unknown"], "secret-path", "mật", "BREW", "H24-"} {
		if strings.Contains(page, bad) {
			t.Errorf("the metrics hold %q", bad)
		}
	}
	for _, want := range []string{
		`hailong_build_info{version="v1.2.3"} 1`,
		`hailong_answers_total{lane="slip",result="stored",unit="phu-lien-2024"} 1`,
		`hailong_answers_total{lane="slip",result="already",unit="phu-lien-2024"} 1`,
		`hailong_answers_total{lane="slip",result="conflict",unit="phu-lien-2024"} 1`,
		`hailong_answers_total{lane="slip",result="refused",unit="phu-lien-2024"} 1`,
		`hailong_wrong_codes_total{result="answered"} 2`,
		`hailong_store_unavailable_total 1`,
		`hailong_http_requests_total{method="GET",route="/q/:code",status="200"} 1`,
		`hailong_http_requests_total{method="GET",route="none",status="404"} 1`,
		`hailong_http_requests_total{method="other",route="none",status="405"} 1`,
		"hailong_http_request_duration_seconds_bucket", "go_goroutines", "process_start_time_seconds",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the metrics lack %s", want)
		}
	}
}

// Ready is asked after the store.
func TestReadyAsksForTheMigration(t *testing.T) {
	t.Parallel()
	d := newDesk(t, Options{Ready: func(context.Context) error {
		return errors.New("migration 7 is missing")
	}})
	resp, page := d.get("/readyz")
	if resp.StatusCode != 503 || !strings.Contains(page, problemType("unavailable")) || strings.Contains(page, "migration 7") {
		t.Errorf("%d %s", resp.StatusCode, page)
	}
	if resp, _ := d.get("/healthz"); resp.StatusCode != 200 {
		t.Errorf("alive: %d", resp.StatusCode)
	}
}

// A page that breaks is our fault, with a page that says so and shows nothing.
func TestPanicIsOurFault(t *testing.T) {
	t.Parallel()
	d := newDesk(t, Options{})
	r := gin.New()
	r.Use(d.site.observe, d.site.secure, d.site.recover)
	r.GET("/q/:code", func(*gin.Context) { panic("boom") })
	w := httptest.NewRecorder()
	r.ServeHTTP(w, httptest.NewRequest("GET", "/q/"+d.words["open"], nil))
	if w.Code != 500 || strings.Contains(w.Body.String(), "boom") || !strings.Contains(w.Body.String(), "Hệ thống gặp lỗi") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if !strings.Contains(d.log.String(), "boom") {
		t.Error("the panic was not logged")
	}
	d.logsKeepQuiet()
}

// Forms of other sites are refused before anything is read.
func TestCrossOrigin(t *testing.T) {
	t.Parallel()
	d := newDesk(t, Options{})
	resp, _ := d.post("/q/"+d.words["open"], url.Values{"overall": {"1"}}, "Sec-Fetch-Site", "cross-site")
	if resp.StatusCode != 403 {
		t.Errorf("%d", resp.StatusCode)
	}
	if _, err := d.svc.ReceiptOf(t.Context(), d.code("open")); err == nil {
		t.Error("the answer of another site was stored")
	}
	if resp, _ := d.post("/q/"+d.words["open"], url.Values{"overall": {"5"}}, "Sec-Fetch-Site", "same-origin"); resp.StatusCode != 303 {
		t.Errorf("our own form: %d", resp.StatusCode)
	}
	if _, err := d.svc.ReceiptOf(t.Context(), d.code("open")); err != nil {
		t.Error(err)
	}
}
