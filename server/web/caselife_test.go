package web

import (
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"hailong/server"
)

// The whole life of a complaint through the doors of the house, over weekends and
// Tết 2025 (27 to 31 January off): a low rating opens it, its clocks are those of
// QĐ 766, it is taken, looked into, proved, replied to, objected to, escalated
// where it is late, and closed. Nobody but leaders and inspectors meets a word of
// it on the way, and the officer that it names not even where they are a leader.
func TestCaseLife(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	w.site.HangUp()
	at := func(day string, hour int) {
		t.Helper()
		want := server.Day(day).Time().Add(time.Duration(hour) * time.Hour)
		if want.Before(w.clock.now()) {
			t.Fatalf("%s is past", day)
		}
		w.clock.add(want.Sub(w.clock.now()))
	}
	for _, role := range people() {
		w.user(string(role), role)
	}
	w.user("mai", server.RoleInspector)
	w.user("pho", server.RoleLeader) // who handed the result out
	for _, name := range []string{"pho", "officer"} {
		if err := w.svc.SetOfficer(t.Context(), name, "CC01"); err != nil {
			t.Fatal(err)
		}
	}

	at("2025-01-17", 8) // a Friday
	day := w.clock.now()
	code := server.DossierCode("H24.1.2-250117-0001")
	mustPut(t, w.svc, server.Dossier{Code: code, Field: "Hộ tịch", Procedure: "1.001193", ProcedureName: "Đăng ký khai sinh", Counter: "Quầy 2", Officer: "CC01", Status: server.StatusReturned, Received: day, Due: day.AddDate(0, 0, 3), Finished: day, Returned: day})
	slip, err := w.svc.Issue(t.Context(), code, server.IssueOnce)
	if err != nil {
		t.Fatal(err)
	}
	citizen := w.visitor()
	answered := citizen.post("/q/"+slip.Code.Text(), url.Values{"overall": {"1"}, "official": {"1"}, "comment": {"Xếp hàng quymui từ sáng, gọi 0912 345 678 không ai nghe"}})
	if answered.code != http.StatusSeeOther {
		t.Fatalf("answering: %d", answered.code)
	}
	thanks := citizen.get(answered.header.Get("Location"))
	receipt := regexp.MustCompile(`[0-9A-Z]{5}-[0-9A-Z]{5}`).FindString(thanks.body)
	if receipt == "" {
		t.Fatalf("no receipt on the thanks page: %s", thanks.body)
	}
	tells := func(what string, want ...string) {
		t.Helper()
		p := w.visitor().post("/bien-nhan", url.Values{"receipt": {receipt}})
		for _, text := range want {
			if p.code != http.StatusOK || !strings.Contains(p.body, text) {
				t.Errorf("%s: the citizen is not told %q (%d)", what, text, p.code)
			}
		}
	}
	path := "/phan-anh/" + caseID(t, w, "quymui")
	leader := func() *visitor { w.clock.add(11 * time.Minute); return w.visitor().signIn("leader") }
	shows := func(what string, want ...string) {
		t.Helper()
		p := leader().get(path)
		for _, text := range want {
			if !strings.Contains(p.body, text) {
				t.Errorf("%s: the case's page does not say %q", what, text)
			}
		}
	}
	version := 1
	act := func(v *visitor, act, note string) {
		t.Helper()
		p := v.post(path, url.Values{"act": {act}, "note": {note}, "version": {strconv.Itoa(version)}})
		if p.code != http.StatusSeeOther {
			t.Fatalf("%s: %d", act, p.code)
		}
		version++
	}
	secret := func(when string) {
		t.Helper()
		for _, name := range []string{"officer", "pho", "reporter", "observer", "admin", ""} {
			w.clock.add(11 * time.Minute)
			v := w.visitor()
			if name != "" {
				v = v.signIn(name)
			}
			for _, d := range doors() {
				if !strings.HasPrefix(d.route, "GET ") || strings.HasPrefix(d.route, "GET /kiosk") || strings.Contains(d.route, "events") {
					continue
				}
				if p := v.knock(d, ""); strings.Contains(p.body, "quymui") || strings.Contains(p.body, "0912 345") || name == "pho" && strings.Contains(p.body, path) {
					t.Errorf("%s: %q learns of it at %s", when, name, d.route)
				}
			}
			for _, more := range []string{path, "/phan-anh?q=quymui&tt=tat-ca", "/phan-anh?tt=tat-ca", "/nhat-ky.csv?tu=2025-01-01&den=2025-03-31", "/bao-cao/2025-Q1/bang-chung.zip"} {
				p := v.get(more)
				if strings.Contains(p.body, "Xếp hàng") || name == "pho" && (strings.Contains(p.body, path) || more == path && p.code != http.StatusNotFound) {
					t.Errorf("%s: %q learns of it at %s (%d)", when, name, more, p.code)
				}
			}
		}
	}

	// Two working days over the weekend: Monday, Tuesday.
	shows("opened on a Friday", "Hạn 21/01/2025", "Mới, chờ tiếp nhận", "Xếp hàng quymui từ sáng, gọi [số điện thoại] không ai nghe")
	tells("opened", "đang chờ phân công")
	secret("new")
	if n, err := w.svc.EscalateCases(t.Context()); n != 0 || err != nil {
		t.Errorf("escalated in time: %d, %v", n, err)
	}
	at("2025-01-22", 8)
	if n, err := w.svc.EscalateCases(t.Context()); n != 1 || err != nil {
		t.Errorf("escalated %d, %v", n, err)
	}
	version++
	shows("nobody took it", "Quá hạn 21/01/2025", "Quá hạn, chuyển lãnh đạo")
	// Five working days over Tết, then fifteen.
	v := leader()
	act(v, "take", "")
	shows("taken", "Hạn 05/02/2025", "Đang xử lý")
	tells("taken", "Đang xử lý")
	act(v, "thorough", "")
	shows("to be looked into", "Hạn 19/02/2025")
	at("2025-02-03", 8)
	v = leader()
	if p := v.upload(path+"/chung-cu", "file", "so-truc.pdf", "%PDF-1.4\n%%EOF", "note", "Sổ trực của quầy"); p.code != http.StatusSeeOther {
		t.Fatalf("evidence: %d", p.code)
	}
	all, err := w.svc.Cases(t.Context(), server.User{Name: "leader", Role: server.RoleLeader}, true)
	if err != nil || len(all) != 1 || len(all[0].Files) != 1 {
		t.Fatalf("%+v, %v", all, err)
	}
	version = int(all[0].Version)
	secret("with evidence")
	act(leader(), "conclude", "Quầy thiếu người trực điện thoại.")
	shows("concluded", "Hạn 05/02/2025", "so-truc.pdf")
	tells("concluded", "đang soạn trả lời")
	act(leader(), "reply", "Xin lỗi ông/bà. Từ 10/02 quầy có người trực điện thoại.")
	tells("replied", "Từ 10/02 quầy có người trực điện thoại", `name="objection"`)

	// The citizen is not content, and this time nobody is in time.
	at("2025-02-14", 10) // a Friday
	if p := w.visitor().post("/bien-nhan", url.Values{"receipt": {receipt}, "objection": {"Vẫn không ai nghe máy"}}); p.code != http.StatusOK {
		t.Fatalf("objecting: %d", p.code)
	}
	version++
	shows("objected to", "Hạn 18/02/2025", "Vẫn không ai nghe máy", "Mới, chờ tiếp nhận")
	at("2025-02-19", 8)
	if n, err := w.svc.EscalateCases(t.Context()); n != 1 || err != nil {
		t.Errorf("escalated %d, %v", n, err)
	}
	version++
	w.clock.add(11 * time.Minute)
	mai := w.visitor().signIn("mai")
	act(mai, "take", "")
	act(mai, "conclude", "Đúng như phản ánh.")
	act(mai, "reply", "Từ hôm nay máy chuyển tiếp tới tổ trưởng.")
	tells("replied again", "tổ trưởng")
	if p := leader().get("/phan-anh"); !strings.Contains(p.body, "Không có phản ánh nào đang chờ") {
		t.Error("it still waits")
	}
	if p := leader().get("/phan-anh?tt=da-tra-loi&q=QUYMUI"); strings.Count(p.body, `<li class="card`) != 1 {
		t.Error("it is not among those replied to")
	}
	secret("closed")
	// After 30 days the reply stands.
	at("2025-03-25", 9)
	if p := w.visitor().post("/bien-nhan", url.Values{"receipt": {receipt}, "objection": {"muộn"}}); p.code == http.StatusOK && strings.Contains(p.body, "được xem xét lại") {
		t.Errorf("objecting after 34 days: %d", p.code)
	}
	w.clock.add(11 * time.Minute)
	audit := w.visitor().signIn("admin").get("/nhat-ky?tu=2025-01-01&den=2025-03-31&ai=mai")
	for _, want := range []string{"Tiếp nhận phản ánh", "Kết luận phản ánh", "Trả lời phản ánh"} {
		if !strings.Contains(audit.body, want) {
			t.Errorf("the audit of mai has no %q", want)
		}
	}
}

// Who plants a session in somebody's browser does not share it once they sign in.
func TestSessionIsNotFixed(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	w.user("lan", server.RoleLeader)
	planted := "hailong_session=" + strings.Repeat("a", 43)
	p := w.visitor().post("/dang-nhap", url.Values{"name": {"lan"}, "password": {password}}, "Cookie", planted)
	given, _, _ := strings.Cut(p.header.Get("Set-Cookie"), ";")
	if p.code != http.StatusSeeOther || given == "" || given == planted {
		t.Fatalf("signing in: %d, %q", p.code, given)
	}
	with := func(cookie string) int {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.srv.URL+"/tong-quan", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Cookie", cookie)
		return w.visitor().do(r).code
	}
	if a, b := with(planted), with(given); a != http.StatusSeeOther || b != http.StatusOK {
		t.Errorf("with the planted one %d, with the given one %d", a, b)
	}
	// Signing in again in the same browser ends what went before.
	again := w.visitor().post("/dang-nhap", url.Values{"name": {"lan"}, "password": {password}}, "Cookie", given)
	next, _, _ := strings.Cut(again.header.Get("Set-Cookie"), ";")
	if next == "" || next == given || with(given) != http.StatusSeeOther || with(next) != http.StatusOK {
		t.Error("the session before signing in again goes on")
	}
}
