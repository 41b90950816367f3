package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"hailong/server"
)

// From the case page to the board, its JSON and the poster, and back again.
func TestPublishFromCase(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	w.user("lan", server.RoleLeader)
	complaints(t, w)
	nobody := w.visitor()
	if p := nobody.get("/cong-khai/ap-phich.pdf"); p.code != http.StatusNotFound {
		t.Errorf("a poster of nothing: %d", p.code)
	}
	w.put(handful{field: "Hộ tịch", x: 30, n: 40, onTime: 40, day: "2024-02-06"})
	v, page := w.visitor().signIn("lan"), "/phan-anh/"+caseID(t, w, "nghĩa")
	if strings.Contains(v.get(page).body, `name="said"`) {
		t.Error("a case that nobody has handled can be published")
	}
	for version, act := range []string{"take", "conclude"} {
		if p := v.post(page, url.Values{"act": {act}, "version": {string(rune('1' + version))}, "note": {"đã xem"}}); p.code != http.StatusSeeOther {
			t.Fatalf("%s: %d", act, p.code)
		}
	}
	const said, done = "Chờ lấy số <b>lâu</b> vào sáng thứ hai.", "Mở thêm quầy tiếp nhận sáng thứ hai."
	p := v.post(page, url.Values{"act": {"publish"}, "said": {said}, "done": {"ngắn"}})
	if p.code != http.StatusUnprocessableEntity || !strings.Contains(p.body, "Chờ lấy số &lt;b&gt;") {
		t.Errorf("a short text: %d, or what was typed is lost", p.code)
	}
	if p := v.post(page, url.Values{"act": {"publish"}, "said": {said}, "done": {done}}); p.code != http.StatusSeeOther {
		t.Fatalf("publishing: %d", p.code)
	}
	if body := nobody.get("/cong-khai").body; !strings.Contains(body, "Chờ lấy số &lt;b&gt;lâu") || !strings.Contains(body, done) || !strings.Contains(body, `href="/cong-khai/ap-phich.pdf?ky=2024"`) {
		t.Error("the board does not show it")
	}
	if body := nobody.get("/cong-khai.json").body; !strings.Contains(body, done) || strings.Contains(body, "lan") {
		t.Errorf("as JSON: %s", body)
	}
	for _, path := range []string{"/cong-khai/ap-phich.pdf", "/cong-khai/ap-phich.pdf?ky=2024-Q1"} {
		if p := nobody.get(path); p.code != http.StatusOK || p.header.Get("Content-Type") != "application/pdf" || !strings.HasPrefix(p.body, "%PDF-") {
			t.Errorf("%s: %d %s", path, p.code, p.header.Get("Content-Type"))
		}
	}
	if p := nobody.get("/cong-khai/ap-phich.pdf?ky=1999"); p.code != http.StatusNotFound {
		t.Errorf("of another year: %d", p.code)
	}
	if p := v.post(page, url.Values{"act": {"withdraw"}}); p.code != http.StatusSeeOther || strings.Contains(nobody.get("/cong-khai").body, done) {
		t.Errorf("withdrawing: %d, or it is still there", p.code)
	}
}
