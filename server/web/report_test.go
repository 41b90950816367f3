package web

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"hailong/server"
	"hailong/server/report"
)

// The list shows the plan's four reports with their days, and only to those
// who may see them; the API gives the same bytes as the writer.
func TestReports(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	sampleYear(t, w.svc, 400)
	for _, r := range []server.Role{server.RoleReporter, server.RoleLeader, server.RoleAdmin, server.RoleInspector} {
		w.user(string(r), r)
	}
	v := w.visitor().signIn("reporter")
	p := v.get("/bao-cao?nam=2024")
	for _, want := range []string{"Quý I năm 2024", "05/03/2024", "6 tháng đầu năm 2024", "05/06/2024", "Quý III năm 2024", "05/09/2024", "05/12/2024", "đã qua hạn gửi", "quận Kiến An", "/api/v1/reports/2024-H1.docx"} {
		if !strings.Contains(p.body, want) {
			t.Errorf("the list lacks %q", want)
		}
	}
	if p := v.get("/bao-cao?nam=2025"); !strings.Contains(p.body, "còn 48 ngày") || !strings.Contains(p.body, "Chưa đến kỳ") {
		t.Error("the coming year has no deadlines")
	}
	period, err := w.svc.Period("2024-Q3")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range report.Formats() {
		var b bytes.Buffer
		if _, err := report.Produce(t.Context(), &b, w.svc, period, f, false); err != nil {
			t.Fatal(err)
		}
		got := v.get("/api/v1/reports/2024-Q3." + f.Name)
		if got.code != http.StatusOK || got.body != b.String() || got.header.Get("Content-Type") != f.MIME {
			t.Errorf("%s: %d, %d bytes of %s; want %d", f.Name, got.code, len(got.body), got.header.Get("Content-Type"), b.Len())
		}
	}
	for path, code := range map[string]int{"2024-Q5.docx": 422, "2024-Q1.odt": 422, "2024-Q1": 422, "..docx": 422} {
		if p := v.get("/api/v1/reports/" + path); p.code != code || !strings.Contains(p.header.Get("Content-Type"), "problem+json") {
			t.Errorf("%s: %d", path, p.code)
		}
	}
	if p := w.visitor().get("/api/v1/reports/2024.docx"); p.code != http.StatusUnauthorized {
		t.Errorf("nobody: %d", p.code)
	}
	if p := w.visitor().signIn("inspector").get("/api/v1/reports/2024.docx"); p.code != http.StatusForbidden {
		t.Errorf("inspector: %d", p.code)
	}
	if p := v.get("/bao-cao/2024-Q9"); p.code != http.StatusNotFound {
		t.Errorf("a period that cannot be: %d", p.code)
	}
}

// What is typed is kept, shown and escaped; what somebody else wrote in the
// meantime is not written over unseen, and nothing typed is lost.
func TestReportTextsPage(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	w.user("hanh", server.RoleReporter)
	w.user("an", server.RoleLeader)
	a, b := w.visitor().signIn("hanh"), w.visitor().signIn("an")
	long := strings.Repeat("Đề nghị bổ sung máy quét. ", 800) // 20,000 characters
	f := url.Values{"version": {"0"}, "causes": {"<script>alert(1)</script> & Ắ"}, "proposals": {long}, "number": {"7"}}
	if p := a.post("/bao-cao/2024-Q1", f); p.code != http.StatusSeeOther {
		t.Fatalf("saving: %d", p.code)
	}
	p := a.get("/bao-cao/2024-Q1")
	if strings.Count(p.body, "&lt;script&gt;alert(1)&lt;/script&gt; &amp; Ắ") != 2 || strings.Contains(p.body, "<script>alert") || strings.Count(p.body, strings.TrimSpace(long)) != 2 || !strings.Contains(p.body, "Số: 7/BC-UBND") {
		t.Error("the texts are not shown in the editor and the preview, escaped")
	}
	p = b.post("/bao-cao/2024-Q1", url.Values{"version": {"0"}, "measures": {"Tăng cường đối thoại"}})
	if p.code != http.StatusConflict || strings.Count(p.body, "Tăng cường đối thoại") != 2 || !strings.Contains(p.body, `name="version" value="1"`) {
		t.Errorf("a second writer: %d", p.code)
	}
	p = b.post("/bao-cao/2024-Q1", url.Values{"version": {"1"}, "causes": {strings.Repeat("ậ", server.MaxReportText+1)}})
	if p.code != http.StatusUnprocessableEntity || !strings.Contains(p.body, "40001 ký tự") {
		t.Errorf("too long: %d", p.code)
	}
	if p := b.post("/bao-cao/2024-Q1", url.Values{"version": {"1"}}, "Sec-Fetch-Site", "cross-site"); p.code != http.StatusForbidden {
		t.Errorf("from another site: %d", p.code)
	}
}

// Closing asks for a tick, freezes, and is seen; only leaders open again, and
// say why.
func TestCloseReportPage(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	sampleYear(t, w.svc, 200)
	w.user("hanh", server.RoleReporter)
	w.user("an", server.RoleLeader)
	w.user("quan", server.RoleObserver)
	v, leader := w.visitor().signIn("hanh"), w.visitor().signIn("an")
	sign := url.Values{"to": {"2024-12-31"}, "by": {"Nguyễn Thị Hạnh"}}
	if p := v.post("/bao-cao/2024/chot", sign); p.code != http.StatusUnprocessableEntity || !strings.Contains(p.body, "đánh dấu xác nhận") {
		t.Errorf("without the tick: %d", p.code)
	}
	sign.Set("confirm", "1")
	sign.Set("to", "2025-02-01")
	if p := v.post("/bao-cao/2024/chot", sign); p.code != http.StatusUnprocessableEntity || !strings.Contains(p.body, "không nằm trong kỳ") {
		t.Errorf("a day outside: %d", p.code)
	}
	sign.Set("to", "2024-12-31")
	if p := w.visitor().signIn("quan").post("/bao-cao/2024/chot", sign); p.code != http.StatusForbidden {
		t.Errorf("an observer closes: %d", p.code)
	}
	if p := v.post("/bao-cao/2024/chot", sign); p.code != http.StatusSeeOther {
		t.Fatalf("closing: %d %s", p.code, p.body)
	}
	if p := v.post("/bao-cao/2024/chot", sign); p.code != http.StatusConflict || !strings.Contains(p.body, "đã chốt ngày 15/01/2025") {
		t.Errorf("closing twice: %d", p.code)
	}
	p := v.get("/bao-cao/2024")
	if !strings.Contains(p.body, "Nguyễn Thị Hạnh (hanh) chốt số liệu") || strings.Contains(p.body, "/mo-lai") || strings.Contains(p.body, "/chot\"") {
		t.Error("the reporter's page of a closed period")
	}
	if p := v.get("/bao-cao?nam=2024"); !strings.Contains(p.body, "Đã chốt ngày 15/01/2025") {
		t.Error("the list does not say closed")
	}
	// It was sent: the file that the page gives, unless another sum is given.
	file := v.get("/api/v1/reports/2024.pdf").body
	gone := url.Values{"sent": {"2025-01-15"}, "way": {"truc"}, "reference": {"12/BC-UBND"}, "format": {"pdf"}}
	for name, bad := range map[string]url.Values{"no way": {"way": {"chim bồ câu"}}, "tomorrow": {"sent": {"2025-01-16"}}, "no number": {"reference": {" "}}, "no sum": {"sha256": {"abc"}}, "no day": {"sent": {"hôm nay"}}, "no file": {"format": {"exe"}}} {
		f := maps.Clone(gone)
		maps.Copy(f, bad)
		if p := v.post("/bao-cao/2024/gui", f); p.code != http.StatusUnprocessableEntity || !strings.Contains(p.body, `role="alert"`) {
			t.Errorf("%s: %d", name, p.code)
		}
	}
	if p := v.post("/bao-cao/2024-Q1/gui", gone); p.code != http.StatusConflict {
		t.Errorf("sending an open period: %d", p.code)
	}
	if p := v.post("/bao-cao/2024/gui", gone); p.code != http.StatusSeeOther {
		t.Fatalf("sending: %d %s", p.code, p.body)
	}
	said := fmt.Sprintf("Đã gửi ngày 15/01/2025, số 12/BC-UBND, trục liên thông văn bản, tệp pdf SHA-256 %.8x…, người ghi: hanh", sha256.Sum256([]byte(file)))
	for _, page := range []string{"/bao-cao/2024", "/bao-cao?nam=2024"} {
		if !strings.Contains(v.get(page).body, said) {
			t.Errorf("%s does not say %q", page, said)
		}
	}
	if p := v.post("/bao-cao/2024/bo-sung", nil); p.code != http.StatusUnprocessableEntity || !strings.Contains(p.body, "hông có số liệu nào thay đổi") {
		t.Errorf("amending what has not changed: %d", p.code)
	}
	if strings.Contains(v.get("/bao-cao/2024").body, "/bo-sung") {
		t.Error("an amendment is offered where nothing has changed")
	}
	var late []server.Answer
	for i := range 12 {
		late = append(late, server.Answer{ID: fmt.Sprint("late", i), Unit: "phu-lien-2024", Survey: "sipas-short", Day: "2024-12-30", Lane: server.LaneSlip, Field: "Hộ tịch", Marks: map[string]string{"overall": "4"}})
	}
	if _, err := w.svc.PutAnswers(t.Context(), late); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(v.get("/bao-cao/2024").body, "/bo-sung") {
		t.Error("no amendment is offered")
	}
	if p := v.post("/bao-cao/2024/bo-sung", nil); p.code != http.StatusSeeOther {
		t.Errorf("amending: %d", p.code)
	}
	if p := v.get("/bao-cao/2024"); !strings.Contains(p.body, "hanh ghi số liệu bổ sung") || !strings.Contains(p.body, "&#43;12/&#43;12") || !strings.Contains(p.body, "người ghi nhận: hanh") {
		t.Error("the amendment is not seen")
	}
	if p := v.get("/bao-cao?nam=2024"); !strings.Contains(p.body, "Đã chốt ngày 15/01/2025") {
		t.Error("the list does not say closed after an amendment")
	}
	if p := v.post("/bao-cao/2024/mo-lai", url.Values{"reason": {"x"}}); p.code != http.StatusForbidden {
		t.Errorf("the reporter opens again: %d", p.code)
	}
	if p := leader.post("/bao-cao/2024/mo-lai", url.Values{"reason": {" "}}); p.code != http.StatusUnprocessableEntity {
		t.Errorf("without a reason: %d", p.code)
	}
	if p := leader.post("/bao-cao/2024/mo-lai", url.Values{"reason": {"Sót phiếu giấy quý III"}}); p.code != http.StatusSeeOther {
		t.Errorf("opening again: %d", p.code)
	}
	if p := v.get("/bao-cao/2024"); !strings.Contains(p.body, "Sót phiếu giấy quý III") || !strings.Contains(p.body, "chưa chốt") {
		t.Error("the reason is not seen")
	}
}
