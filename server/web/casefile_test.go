package web

import (
	"mime"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"hailong/server"
)

// attach sends the form for evidence.
func (v *visitor) attach(path, note, name string, data []byte) page {
	v.w.t.Helper()
	return v.upload(path, "file", name, string(data), "note", note)
}

// Who handles a complaint attaches a file without script, whoever handles complaints
// gets it for a reason, as a file and never as a page; what is wrong is told in
// Vietnamese with what was typed still there.
func TestCaseEvidence(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	complaints(t, w)
	w.user("lan", server.RoleLeader)
	w.user("minh", server.RoleInspector)
	v, other := w.visitor().signIn("lan"), w.visitor().signIn("minh")
	path := "/phan-anh/" + caseID(t, w, "nghĩa")
	pdf := []byte("%PDF-1.4\nbiên bản làm việc\n%%EOF")
	if p := v.attach(path+"/chung-cu", "biên bản ngày 16", "bien-ban.pdf", pdf); p.code != http.StatusUnprocessableEntity {
		t.Errorf("nobody handles it yet: %d", p.code)
	} else {
		p.says(t, "Tiếp nhận, tôi phụ trách", "biên bản ngày 16")
	}
	if p := v.post(path, url.Values{"act": {"take"}, "version": {"1"}}); p.code != http.StatusSeeOther {
		t.Fatalf("taking it on: %d", p.code)
	}
	for what, c := range map[string]struct {
		name, says string
		data       []byte
	}{
		"too large": {"to.pdf", "Tệp quá lớn", append(pdf, make([]byte, server.MaxEvidence)...)},
		"far too":   {"to.pdf", "Tệp quá lớn", make([]byte, 3*server.MaxEvidence)},
		"empty":     {"rong.pdf", "Tệp rỗng", nil},
		"a page":    {"trang.pdf", "Chỉ nhận tệp PDF, JPEG hoặc PNG", []byte("<script>alert(1)</script>")},
		"a path":    {"../../a.pdf", "Tên tệp không dùng được", pdf},
		"a windows": {`C:\a.pdf`, "Tên tệp không dùng được", pdf},
	} {
		p := v.attach(path+"/chung-cu", "lời đã gõ <b>giữ nguyên</b>", c.name, c.data)
		if p.code != http.StatusUnprocessableEntity || !strings.Contains(p.body, "lời đã gõ &lt;b&gt;giữ nguyên&lt;/b&gt;</textarea>") {
			t.Errorf("%s: %d, or what was typed is lost", what, p.code)
		}
		p.says(t, c.says)
	}
	if p := v.attach(path+"/chung-cu", "", "", nil); p.code != http.StatusUnprocessableEntity {
		t.Errorf("nothing at all: %d", p.code)
	}
	if p := v.attach(path+"/chung-cu", "sổ trực, tủ 3", "", nil); p.code != http.StatusSeeOther {
		t.Errorf("a note alone: %d", p.code)
	}
	if p := v.post(path+"/chung-cu", url.Values{"note": {"x"}}); p.code != http.StatusUnprocessableEntity {
		t.Errorf("another kind of form: %d", p.code)
	}
	if p := v.attach(path+"/chung-cu", "bản chụp", "Biên bản (quầy 1).pdf", pdf); p.code != http.StatusSeeOther || p.header.Get("Location") != path+"#chung-cu-h" {
		t.Fatalf("a PDF: %d %s", p.code, p.text())
	}
	p := other.get(path)
	p.says(t, "Biên bản (quầy 1).pdf", "SHA-256", "bản chụp", "sổ trực, tủ 3")
	_, rest, _ := strings.Cut(p.body, `action="`+path+"/chung-cu/")
	file, _, ok := strings.Cut(rest, "#")
	if !ok || strings.Contains(p.body, `type="file"`) || strings.Contains(p.body, "Gỡ tệp") {
		t.Fatal("who does not handle it may attach or remove, or finds no file")
	}
	to := path + "/chung-cu/" + file
	if p := other.post(to, url.Values{"note": {"xem"}}); p.code != http.StatusUnprocessableEntity || strings.Contains(p.body, "biên bản làm việc") {
		t.Errorf("without a reason: %d", p.code)
	}
	got := other.post(to, url.Values{"note": {"đối chiếu với lời kể"}})
	kind, params, err := mime.ParseMediaType(got.header.Get("Content-Disposition"))
	if got.code != http.StatusOK || got.body != string(pdf) || err != nil || kind != "attachment" || params["filename"] != "Biên bản (quầy 1).pdf" {
		t.Errorf("%d, %s %v, %v", got.code, kind, params, err)
	}
	for h, want := range map[string]string{"Content-Type": "application/pdf", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"} {
		if got.header.Get(h) != want {
			t.Errorf("%s: %q", h, got.header.Get(h))
		}
	}
	if csp := got.header.Get("Content-Security-Policy"); !strings.HasPrefix(csp, "sandbox; default-src 'none'") {
		t.Errorf("the policy: %q", csp)
	}
	if p := other.post(to, url.Values{"act": {"remove"}, "note": {"một lý do đủ dài"}}); p.code != http.StatusUnprocessableEntity {
		t.Errorf("another removes it: %d", p.code)
	}
	w.user("ten", server.RoleInspector)
	if err := w.svc.SetOfficer(t.Context(), "ten", "CC01"); err != nil {
		t.Fatal(err)
	}
	named := w.visitor().signIn("ten")
	if a, b := named.post(to, url.Values{"note": {"một lý do đủ dài"}}).code, named.attach(path+"/chung-cu", "", "a.pdf", pdf).code; a != http.StatusNotFound || b != http.StatusNotFound {
		t.Errorf("whom it names: %d, %d", a, b)
	}
	if p := v.post(to, url.Values{"act": {"remove"}, "note": {"gửi nhầm tài liệu"}}); p.code != http.StatusSeeOther {
		t.Errorf("removing it: %d", p.code)
	}
	if p := other.post(to, url.Values{"note": {"đối chiếu với lời kể"}}); p.code != http.StatusNotFound {
		t.Errorf("after it was removed: %d", p.code)
	}
}
