package web

import (
	"io"
	"net/http"
	"regexp"
	"testing"

	"hailong/server"
)

// The most that a staff page may weigh, compressed, in bytes: the first one
// with style and all fonts, and every later one alone.
const (
	firstWeight = 300 << 10
	laterWeight = 30 << 10
)

// weigh is how many bytes a page is on the wire.
func (v *visitor) weigh(t *testing.T, path string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, v.w.srv.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept-Encoding", "gzip")
	resp, err := v.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatal(path, resp.StatusCode, err)
	}
	return len(b), resp.Header.Get("Content-Encoding")
}

func TestPageWeight(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, true)
	w.user("lan", server.RoleLeader)
	sampleYear(t, w.svc, 1200)
	v := w.visitor().signIn("lan")
	around := 0 // what every page needs once
	css := v.get("/static/staff.css").body
	for _, name := range append([]string{"staff.css", "favicon.svg"}, regexp.MustCompile(`[a-z0-9.-]+\.woff2`).FindAllString(css, -1)...) {
		n, _ := v.weigh(t, "/static/"+name)
		around += n
	}
	for _, path := range []string{"/tong-quan?ky=2024", "/dien-bien?ky=2024", "/dien-bien?ky=2024&buoc=ngay&theo=thutuc", "/phan-tich?ky=2024", "/theo-gio?ky=2024", "/phuong-phap", "/cong-khai"} {
		n, encoding := v.weigh(t, path)
		if encoding != "gzip" {
			t.Errorf("%s is sent as %q", path, encoding)
		}
		if n > laterWeight {
			t.Errorf("%s weighs %d bytes, more than %d", path, n, laterWeight)
		}
		if n+around > firstWeight {
			t.Errorf("%s weighs %d bytes with all around it, more than %d", path, n+around, firstWeight)
		}
		t.Logf("%s: %d, first %d", path, n, n+around)
	}
}
