package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"hailong/server"
)

// A form is keyed twice; what differs is shown beside the other, and what was
// typed stays until the form is done.
func TestPaperPage(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	w.user("lan", server.RoleReporter)
	v := w.visitor().signIn("lan")
	day := string(w.svc.Today())
	send := func(number, signs string, more ...string) page {
		form := url.Values{"number": {number}, "day": {day}, "field": {"Hộ tịch"}, "signs": {signs}}
		for i := 0; i+1 < len(more); i += 2 {
			form.Set(more[i], more[i+1])
		}
		return v.post("/nhap-phieu", form)
	}
	const good, other = "5454 4455 N4554 444 NN3 5", "5454 4455 N4554 444 NN3 4"
	if p := send("P1", "<script>"); p.code != http.StatusUnprocessableEntity || !strings.Contains(p.body, "&lt;script&gt;") || !strings.Contains(p.body, "Cần đúng 20 ký tự") {
		t.Errorf("nonsense: %d %s", p.code, p.body)
	}
	if p := send("P1", "8454 4455 N4554 444 NN3 5"); p.code != http.StatusUnprocessableEntity || !strings.Contains(p.body, "Ký tự thứ 1: ") {
		t.Errorf("an eight: %d", p.code)
	}
	if p := send("P1", good); p.code != http.StatusOK || !strings.Contains(p.body, "đã ghi lần một") || !strings.Contains(p.body, "1 phiếu: P1") || strings.Contains(p.body, good) {
		t.Errorf("first keying: %d", p.code)
	}
	p := send("P1", other)
	if p.code != http.StatusConflict || !strings.Contains(p.body, "Khác với lần nhập trước (lan)") || !strings.Contains(p.body, other) || !strings.Contains(p.body, `name="settle"`) {
		t.Errorf("another keying: %d", p.code)
	}
	if p := send("P1", other, "settle", "1"); p.code != http.StatusOK || !strings.Contains(p.body, "đã lưu theo bản giấy") || strings.Contains(p.body, "Chờ nhập lần hai") {
		t.Errorf("settled: %d", p.code)
	}
	if p := send("P1", good); p.code != http.StatusConflict || !strings.Contains(p.body, "đã được nhập với câu trả lời khác") {
		t.Errorf("a stored form with other answers: %d", p.code)
	}
	doc, err := w.svc.Index(t.Context(), server.IndexQuery{From: "2024-01-01", To: w.svc.Today(), Survey: "sipas-19"})
	if err != nil || doc.Answers != 1 {
		t.Errorf("%d answers, %v", doc.Answers, err)
	}
}
