package web

import (
	"encoding/json"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"hailong/scoring/instrument"
)

func formFrom(kind, body string) (form, error) {
	c, _ := gin.CreateTestContext(httptest.NewRecorder())
	c.Request = httptest.NewRequest("POST", "/q", strings.NewReader(body))
	c.Request.Header.Set("Content-Type", kind)
	return readForm(c)
}

func TestReadForm(t *testing.T) {
	t.Parallel()
	const urlencoded = "application/x-www-form-urlencoded"
	const part = "--b\r\nContent-Disposition: form-data; name=\"overall\"\r\n\r\n5\r\n"
	for _, tt := range []struct {
		name, kind, body string
		status           int // 0 is a form
		overall          string
	}{
		{"plain", urlencoded, "overall=5&comment=a+b", 0, "5"},
		{"with a charset", urlencoded + "; charset=UTF-8", "overall=5", 0, "5"},
		{"empty", urlencoded, "", 0, ""},
		{"twice", urlencoded, "overall=5&overall=1", 0, "5"},
		{"multipart", "multipart/form-data; boundary=b", part + "--b--\r\n", 0, "5"},
		{"multipart cut off", "multipart/form-data; boundary=b", part, 422, ""},
		{"multipart without a boundary", "multipart/form-data", part, 422, ""},
		{"a file", "multipart/form-data; boundary=b", strings.Replace(part, `"overall"`, `"overall"; filename="x.jpg"`, 1) + "--b--\r\n", 422, ""},
		{"no type", "", "overall=5", 422, ""},
		{"json", "application/json", `{"overall":5}`, 422, ""},
		{"half a percent sign", urlencoded, "overall=%5", 422, ""},
		{"semicolons", urlencoded, "overall=5;comment=a", 422, ""},
		{"not UTF-8", urlencoded, "overall=5&comment=%ff", 422, ""},
		{"a name not UTF-8", urlencoded, "%ff=5", 422, ""},
		{"as large as may be", urlencoded, "overall=5&comment=" + strings.Repeat("x", maxForm-18), 0, "5"},
		{"one byte more", urlencoded, "overall=5&comment=" + strings.Repeat("x", maxForm-17), 413, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f, err := formFrom(tt.kind, tt.body)
			if tt.status == 0 && (err != nil || f.one("overall") != tt.overall) {
				t.Errorf("overall %q, %v", f.one("overall"), err)
			}
			if tt.status != 0 && (err == nil || failureOf(err).status != tt.status) {
				t.Errorf("%v, not %d", err, tt.status)
			}
		})
	}
}

// The longest honest form fits: every question, and a comment of the longest
// Vietnamese letters, percent-encoded.
func TestLongestHonestFormFits(t *testing.T) {
	t.Parallel()
	f := url.Values{"lang": {"vi"}, "comment": {strings.Repeat("ộ", 2000)}}
	for _, it := range instrument.Short().Items() {
		f.Set(it.ID, "5")
	}
	if _, err := formFrom("application/x-www-form-urlencoded", f.Encode()); err != nil {
		t.Error(err)
	}
	d := newDesk(t, Options{})
	if resp, _ := d.post("/q/"+d.words["open"], f); resp.StatusCode != 303 {
		t.Errorf("status %d", resp.StatusCode)
	}
	// And so does one of characters outside the basic plane, which a browser
	// counts twice.
	f.Set("comment", strings.Repeat("🙂", 2000))
	if resp, _ := d.post("/q/"+d.words["open2"], f); resp.StatusCode != 303 {
		t.Errorf("status %d", resp.StatusCode)
	}
}

func FuzzReadForm(f *testing.F) {
	f.Add("application/x-www-form-urlencoded", "overall=5&comment=%E1%BB%99")
	f.Add("multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"overall\"\r\n\r\n5\r\n--b--\r\n")
	f.Add("multipart/form-data; boundary=\"\"", "----")
	f.Fuzz(func(t *testing.T, kind, body string) {
		form, err := formFrom(kind, body)
		if err != nil {
			if s := failureOf(err).status; s != 422 && s != 413 {
				t.Errorf("status %d: %v", s, err)
			}
			return
		}
		for name, values := range form {
			for _, v := range append(values, name) {
				if !utf8.ValidString(v) {
					t.Errorf("%q is not UTF-8", v)
				}
			}
		}
	})
}

func TestGiven(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		in, overall, repeated string
		ok                    bool
	}{
		{`{"overall":5}`, "5", "", true},
		{`{"overall":"N"}`, "N", "", true},
		{`{"overall":null}`, "", "", true},
		{`{"overall":4.0}`, "4.0", "", true}, // a level or not is the survey's to say
		{`{"overall":1,"overall":1}`, "1", "overall", true},
		{`{}`, "", "", true},
		{`{"overall":[5]}`, "", "", false},
		{`{"overall":{"a":1}}`, "", "", false},
		{`{"overall":true}`, "", "", false},
		{`[5]`, "", "", false},
		{`5`, "", "", false},
	} {
		var g given
		err := json.Unmarshal([]byte(tt.in), &g)
		if (err == nil) != tt.ok || tt.ok && (g.values["overall"] != tt.overall || strings.Join(g.repeated, " ") != tt.repeated) {
			t.Errorf("%s: %v, %+v", tt.in, err, g)
		}
	}
}

// Whatever a record holds, it is read or refused with a reason, and what is
// read is whole.
func FuzzReadRecord(f *testing.F) {
	f.Add([]byte(`{"id":"6f1c2b0e-8f5b-4c3e-9a52-000000000001","survey":"sipas-short","answers":{"overall":5},"captured_at":"2025-01-15T08:58:00+07:00","lang":"vi"}`))
	f.Add([]byte(`{"id":"","answers":{"overall":5,"overall":null}}`))
	f.Add([]byte(`[{}]`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		r, code, err := readRecord(raw)
		if err != nil {
			if s := failureOf(err).status; s != 422 && s != 404 {
				t.Errorf("status %d: %v", s, err)
			}
			if len(r.ID) > 64 {
				t.Errorf("repeats an id of %d bytes", len(r.ID))
			}
			return
		}
		if len(r.ID) != 36 || r.Survey == "" || r.CapturedAt.IsZero() || (r.Code != "") != (code.Text() != "") {
			t.Errorf("read %+v", r)
		}
	})
}
