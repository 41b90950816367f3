package web

import (
	"archive/zip"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"hailong/server"
)

// complaints opens three cases: late, alleging, and about CC01.
func complaints(t *testing.T, w *ward) {
	t.Helper()
	for i, comment := range []string{"Chờ lâu, làm nghĩa vụ quân sự mất cả ngày, gọi 0912 345 678", "Cán bộ sách nhiễu, gợi ý bồi dưỡng", "Thái độ chưa tốt <script>alert(1)</script>"} {
		a := server.Answer{ID: "c" + string(rune('1'+i)), Unit: "phu-lien-2024", Survey: w.svc.Survey().ID, Day: w.svc.Today(), Lane: server.LaneSlip,
			Field: sampleFields[i].name, Officer: "CC0" + string(rune('1'+i)), Counter: "Quầy 1", Marks: map[string]string{"overall": "2"}, Comment: comment}
		if _, err := w.svc.PutAnswers(t.Context(), []server.Answer{a}); err != nil {
			t.Fatal(err)
		}
	}
}

// caseID finds the case whose text holds a word.
func caseID(t *testing.T, w *ward, word string) string {
	t.Helper()
	all, err := w.svc.Cases(t.Context(), server.User{Role: server.RoleLeader}, false)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range all {
		if strings.Contains(c.Text, word) {
			return c.ID
		}
	}
	t.Fatalf("no case holds %q", word)
	return ""
}

func TestCaseList(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	complaints(t, w)
	w.user("lan", server.RoleLeader)
	v := w.visitor().signIn("lan")
	for path, want := range map[string]int{
		"/phan-anh": 3, "/phan-anh?q=nghia": 1, "/phan-anh?q=NGHĨA+vu": 1, "/phan-anh?q=kh%C3%B4ng+c%C3%B3": 0, "/phan-anh?tt=sach-nhieu": 1,
		"/phan-anh?tt=qua-han": 0, "/phan-anh?tt=da-tra-loi": 0, "/phan-anh?tt=xyz&trang=-4": 3, "/phan-anh?lv=Chứng+thực": 1, "/phan-anh?tt=cua-toi": 0, "/phan-anh?q=%FF%00": 0,
	} {
		p := v.get(path)
		if got := strings.Count(p.body, "<li class=\"card"); p.code != http.StatusOK || got != want {
			t.Errorf("%s: %d, %d cases, want %d", path, p.code, got, want)
		}
		if strings.Contains(p.body, "0912") || strings.Contains(p.body, "<script") || strings.Contains(p.body, "CC01") {
			t.Errorf("%s shows what it must not", path)
		}
	}
	if p := v.get("/tong-quan"); !strings.Contains(p.body, `<a href="/phan-anh">3 phản ánh đang chờ</a>`) {
		t.Error("the dashboard does not say what waits")
	}
	w.clock.add(8 * 24 * 60 * 60 * 1e9)
	v = w.visitor().signIn("lan")
	if p := v.get("/tong-quan"); !strings.Contains(p.body, "3 phản ánh đang chờ, 3 quá hạn") {
		t.Error("the dashboard does not say what is overdue")
	}
}

func TestCasePage(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	complaints(t, w)
	w.user("lan", server.RoleLeader)
	v := w.visitor().signIn("lan")
	path := "/phan-anh/" + caseID(t, w, "nghĩa")
	if p := v.get(path); p.code != http.StatusOK || strings.Contains(p.body, "0912") || !strings.Contains(p.body, "Hạn 17/01/2025") {
		t.Errorf("the case: %d", p.code)
	}
	if p := v.post(path, url.Values{"act": {"original"}, "note": {"xem"}}); p.code != http.StatusUnprocessableEntity || strings.Contains(p.body, "0912") {
		t.Errorf("the original without a reason: %d", p.code)
	}
	if p := v.post(path, url.Values{"act": {"original"}, "note": {"gọi lại để xác minh"}}); p.code != http.StatusOK || !strings.Contains(p.body, "0912 345 678") {
		t.Errorf("the original with a reason: %d", p.code)
	}
	if p := v.get(path); strings.Contains(p.body, "0912") || !strings.Contains(p.body, "gọi lại để xác minh") {
		t.Error("the original stays on the page, or its reason does not")
	}
	if p := v.post(path, url.Values{"act": {"take"}, "version": {"1"}}); p.code != http.StatusConflict {
		t.Errorf("an old version: %d", p.code)
	}
	for _, f := range []url.Values{{"act": {"reply"}, "version": {"2"}, "note": {"sớm"}}, {"act": {"note"}, "version": {"2"}}, {"act": {"$ne"}, "version": {"2"}, "note": {"x"}}, {"act": {"take"}}, {}} {
		if p := v.post(path, f); p.code != http.StatusUnprocessableEntity {
			t.Errorf("%v: %d", f, p.code)
		}
	}
	for i, f := range []url.Values{{"act": {"take"}}, {"act": {"conclude"}, "note": {"đúng"}}, {"act": {"reply"}, "note": {"Xin lỗi ông/bà"}}} {
		f.Set("version", string(rune('2'+i)))
		if p := v.post(path, f); p.code != http.StatusSeeOther || p.header.Get("Location") != path {
			t.Errorf("%v: %d", f, p.code)
		}
	}
	if p := v.get(path); !strings.Contains(p.body, "Xin lỗi ông/bà") || !strings.Contains(p.body, "Mở lại") {
		t.Error("the reply is not shown")
	}
	for _, bad := range []string{"/phan-anh/khong-co", "/phan-anh/" + strings.Repeat("a", 300), "/phan-anh/%00"} {
		if p := v.get(bad); p.code != http.StatusNotFound {
			t.Errorf("%s: %d", bad, p.code)
		}
	}
}

// Every role at one case, to read it and to act on it.
func TestCaseByRole(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	complaints(t, w)
	path := "/phan-anh/" + caseID(t, w, "nghĩa")
	if p := w.visitor().get(path); p.code != http.StatusSeeOther {
		t.Errorf("nobody: %d", p.code)
	}
	for _, role := range []server.Role{server.RoleOfficer, server.RoleReporter, server.RoleLeader, server.RoleInspector, server.RoleObserver, server.RoleAdmin} {
		w.user(string(role), role)
		v := w.visitor().signIn(string(role))
		want := map[bool]int{true: http.StatusOK, false: http.StatusForbidden}[role == server.RoleLeader || role == server.RoleInspector]
		if p := v.get(path); p.code != want {
			t.Errorf("%s reads: %d, want %d", role, p.code, want)
		}
		if p := v.post(path, url.Values{"act": {"original"}, "note": {"một lý do đủ dài"}}); p.code != want {
			t.Errorf("%s reads the original: %d, want %d", role, p.code, want)
		}
	}
	w.user("bi-phan-anh", server.RoleLeader)
	if err := w.svc.SetOfficer(t.Context(), "bi-phan-anh", "CC01"); err != nil {
		t.Fatal(err)
	}
	v := w.visitor().signIn("bi-phan-anh")
	if p := v.get(path); p.code != http.StatusNotFound {
		t.Errorf("the leader it names: %d", p.code)
	}
	if p := v.get("/phan-anh"); strings.Contains(p.body, "quân sự") || !strings.Contains(p.body, "Không có phản ánh nào đang chờ") || !strings.Contains(p.body, "đã được giao cho ông/bà") {
		t.Error("the leader it names finds it in the list, or is not told why the list is short")
	}
}

// Who is an officer of the dossiers gets a case from somebody else's hand, and
// never one that names them.
func TestGiveCase(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	complaints(t, w)
	w.user("lan", server.RoleLeader)
	w.user("pho", server.RoleLeader)
	w.user("thong-ke", server.RoleReporter)
	if err := w.svc.SetOfficer(t.Context(), "pho", "CC01"); err != nil {
		t.Fatal(err)
	}
	lan, pho := w.visitor().signIn("lan"), w.visitor().signIn("pho")
	about, other := "/phan-anh/"+caseID(t, w, "nghĩa"), "/phan-anh/"+caseID(t, w, "sách nhiễu")
	if p := lan.get(about); strings.Contains(p.body, `value="pho"`) {
		t.Error("the page offers to give the case to whom it names")
	}
	if p := lan.get(other); !strings.Contains(p.body, `<option value="pho">`) || strings.Contains(p.body, `value="thong-ke"`) || strings.Contains(p.body, `<option value="lan">`) {
		t.Error("the page does not offer those who can have the case, and nobody else")
	}
	give := func(path, to string) int {
		return lan.post(path, url.Values{"act": {"give"}, "version": {"1"}, "owner": {to}}).code
	}
	for _, to := range []string{"pho", "thong-ke", "", "khong-co"} {
		if code := give(about, to); code != http.StatusUnprocessableEntity {
			t.Errorf("giving it to %q: %d", to, code)
		}
	}
	if code := give(other, "pho"); code != http.StatusSeeOther {
		t.Fatalf("giving it: %d", code)
	}
	p := pho.get("/phan-anh")
	if strings.Count(p.body, `<li class="card`) != 1 || !strings.Contains(p.body, "sách nhiễu") {
		t.Error("who was given one case does not see it alone")
	}
	if p := pho.get(other); p.code != http.StatusOK || !strings.Contains(p.body, "Giao cho pho") || !strings.Contains(p.body, "Hạn 12/02/2025") {
		t.Errorf("their case: %d", p.code) // 15 working days over Tết
	}
	if p := pho.post(other, url.Values{"act": {"conclude"}, "version": {"2"}, "note": {"đúng"}}); p.code != http.StatusSeeOther {
		t.Errorf("they conclude it: %d", p.code)
	}
	if code := lan.post(other, url.Values{"act": {"give"}, "version": {"3"}, "owner": {"pho"}}).code; code != http.StatusUnprocessableEntity {
		t.Errorf("giving what is concluded: %d", code)
	}
	if p := lan.post(other, url.Values{"act": {"reopen"}, "version": {"3"}, "note": {"chưa đủ"}}); p.code != http.StatusSeeOther {
		t.Errorf("reopening: %d", p.code)
	}
	if p := pho.get(other); p.code != http.StatusOK {
		t.Errorf("what they handled once: %d", p.code)
	}
}

// What a leader whom complaints may name sees is the same whether one names them
// or not: every list, the search, the exports, the audit, also once it is erased.
func TestNamedOfficerSeesTheSame(t *testing.T) {
	t.Parallel()
	look := func(officer string, erased bool) string {
		w := newWard(t, nil, server.Config{}, false)
		complaints(t, w)
		w.user("lan", server.RoleLeader)
		w.user("pho", server.RoleLeader)
		w.user("quan-tri", server.RoleAdmin)
		for _, name := range []string{"pho", "quan-tri"} {
			if err := w.svc.SetOfficer(t.Context(), name, officer); err != nil {
				t.Fatal(err)
			}
		}
		one := caseID(t, w, "nghĩa")
		w.clock.add(time.Second)
		lan := w.visitor().signIn("lan")
		w.clock.add(time.Second)
		lan.get("/phan-anh/" + one)
		w.clock.add(time.Second)
		lan.post("/phan-anh/"+one, url.Values{"act": {"take"}, "version": {"1"}})
		w.clock.add(time.Second)
		lan.post("/phan-anh/"+one, url.Values{"act": {"original"}, "note": {"gọi lại để xác minh"}})
		if erased {
			if err := w.svc.Store.Delete(t.Context(), "cases", one, 0); err != nil {
				t.Fatal(err)
			}
		}
		var all strings.Builder
		w.clock.add(time.Second)
		pho := w.visitor().signIn("pho")
		w.clock.add(time.Second)
		admin := w.visitor().signIn("quan-tri")
		for _, path := range []string{"/tong-quan", "/phan-anh?tt=tat-ca", "/phan-anh?q=nghia&tt=tat-ca", "/liem-chinh", "/phan-anh/" + one, "/nghi-van?ky=2025"} {
			w.clock.add(time.Second)
			all.WriteString(path + "\n" + pho.get(path).body)
		}
		for _, path := range []string{"/tong-quan", "/nhat-ky", "/nhat-ky.csv"} {
			w.clock.add(time.Second)
			all.WriteString(path + "\n" + admin.get(path).body)
		}
		return all.String()
	}
	if a, b := look("CC01", false), look("CC09", false); a != b {
		t.Errorf("a case that names them is told by the difference:\n%s", firstDifference(a, b))
	}
	if a, b := look("CC01", true), look("CC09", true); a != b {
		t.Errorf("an erased case that named them is told by the difference:\n%s", firstDifference(a, b))
	}
}

func firstDifference(a, b string) string {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return strings.ToValidUTF8(a[max(0, i-200):min(len(a), i+200)], "")
		}
	}
	return "one is longer"
}

// Whom a complaint names learns of it neither from the audit nor from the evidence
// of a period, whatever else they may see there.
func TestNamedOfficerLearnsNothing(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	complaints(t, w)
	id := caseID(t, w, "nghĩa")
	w.user("lan", server.RoleLeader)
	w.visitor().signIn("lan").get("/phan-anh/" + id)
	for name, role := range map[string]server.Role{"quan-tri": server.RoleAdmin, "truong": server.RoleLeader} {
		for officer, want := range map[string]bool{"": true, "CC02": false, "cc01": false} {
			w.user(name, role)
			if err := w.svc.SetOfficer(t.Context(), name, officer); err != nil {
				t.Fatal(err)
			}
			v := w.visitor().signIn(name)
			for _, path := range []string{"/nhat-ky", "/nhat-ky.csv"} {
				if p := v.get(path); role == server.RoleAdmin && strings.Contains(p.body, id) != want {
					t.Errorf("%s, who is %q, %s: %d, tells of the case: %v", name, officer, path, p.code, !want)
				}
			}
			p := v.get("/bao-cao/2025-Q1/bang-chung.zip")
			z, err := zip.NewReader(strings.NewReader(p.body), int64(len(p.body)))
			if err != nil {
				t.Fatalf("%s: %d, %v", name, p.code, err)
			}
			f, err := z.Open("hanh-dong-khac-phuc.csv")
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(f)
			if err != nil {
				t.Fatal(err)
			}
			rows := strings.Count(strings.TrimSpace(string(body)), "\n")
			if all := 3; officer == "" && rows != all || officer != "" && rows != 0 {
				t.Errorf("%s, who is %q, finds %d complaints", name, officer, rows)
			}
		}
		w.clock.add(10 * time.Minute)
	}
}

func TestPasswordChange(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	w.user("lan", server.RoleObserver)
	v, other := w.visitor().signIn("lan"), w.visitor().signIn("lan")
	for name, f := range map[string]url.Values{
		"wrong old": {"old": {"không phải"}, "new": {"mật khẩu mới dài"}, "again": {"mật khẩu mới dài"}},
		"not twice": {"old": {password}, "new": {"mật khẩu mới dài"}, "again": {"mật khẩu mới khác"}},
		"short":     {"old": {password}, "new": {"ngắn"}, "again": {"ngắn"}},
		"the same":  {"old": {password}, "new": {password}, "again": {password}},
		"empty":     {},
	} {
		if p := v.post("/mat-khau", f); p.code != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", name, p.code)
		}
	}
	p := v.post("/mat-khau", url.Values{"old": {password}, "new": {"mật khẩu mới dài"}, "again": {"mật khẩu mới dài"}})
	if p.code != http.StatusSeeOther {
		t.Fatalf("changing: %d", p.code)
	}
	if p := v.get("/mat-khau?xong=1"); p.code != http.StatusOK || !strings.Contains(p.body, "Đã đổi mật khẩu") {
		t.Errorf("the session that changed it: %d", p.code)
	}
	if p := other.get("/tong-quan"); p.code != http.StatusSeeOther {
		t.Errorf("another session goes on: %d", p.code)
	}
	if u, err := w.svc.SignIn(t.Context(), "lan", "mật khẩu mới dài"); err != nil || u.Role != server.RoleObserver {
		t.Errorf("%+v, %v", u, err)
	}
}

// A list by topic, and the topics of one case.
func TestCaseTopics(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	complaints(t, w)
	w.user("lan", server.RoleLeader)
	v := w.visitor().signIn("lan")
	p := v.get("/phan-anh")
	for _, want := range []string{">Thái độ (1)<", ">Chờ lâu (1)<"} {
		if !strings.Contains(p.body, want) {
			t.Errorf("the list has no %q", want)
		}
	}
	if p := v.get("/phan-anh?cd=cho-lau"); strings.Count(p.body, `<li class="card`) != 1 || !strings.Contains(p.body, "quân sự") {
		t.Error("the list of one topic holds something else")
	}
	path := "/phan-anh/" + caseID(t, w, "nghĩa")
	if p := v.post(path, url.Values{"act": {"topics"}, "version": {"1"}, "topic": {"phi", "khac"}}); p.code != http.StatusSeeOther {
		t.Errorf("choosing: %d", p.code)
	}
	if p := v.post(path, url.Values{"act": {"topics"}, "version": {"2"}, "topic": {"$ne"}}); p.code != http.StatusUnprocessableEntity {
		t.Errorf("nonsense: %d", p.code)
	}
	if p := v.get(path); !strings.Contains(p.body, "<dd>Phí, lệ phí, Khác</dd>") {
		t.Error("the topics are not shown")
	}
}

// From the reply back to work, through the citizen's page.
func TestObjectOnPage(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	w.user("lan", server.RoleLeader)
	r, err := w.svc.AcceptWalkUp(t.Context(), "b3b2a7f4-0d3c-4a57-9b7e-0f4d7a2f9c11", server.Submission{Survey: w.svc.Survey().ID, Given: map[string]string{"overall": "1"}, Comment: "chờ cả buổi", Lang: "vi", Lane: server.LaneWalkUp, At: w.clock.now()})
	if err != nil {
		t.Fatal(err)
	}
	path := "/phan-anh/" + caseID(t, w, "buổi")
	v := w.visitor().signIn("lan")
	for i, act := range []string{"take", "conclude", "reply"} {
		if p := v.post(path, url.Values{"act": {act}, "note": {"Xin lỗi"}, "version": {string(rune('1' + i))}}); p.code != http.StatusSeeOther {
			t.Fatalf("%s: %d", act, p.code)
		}
	}
	citizen := w.visitor()
	if p := citizen.post("/bien-nhan", url.Values{"receipt": {r.Code}}); !strings.Contains(p.body, `name="objection"`) {
		t.Error("no way to object")
	}
	if p := citizen.post("/bien-nhan", url.Values{"receipt": {"ABCDE-12345"}, "objection": {"x"}}); p.code != http.StatusUnprocessableEntity {
		t.Errorf("another receipt: %d", p.code)
	}
	if p := citizen.post("/bien-nhan", url.Values{"receipt": {r.Code}, "objection": {"Chưa đúng <b>"}}); p.code != http.StatusOK || !strings.Contains(p.body, "được xem xét lại") || strings.Contains(p.body, `name="objection"`) || strings.Contains(p.body, r.Code+"?") {
		t.Errorf("objecting: %d", p.code)
	}
	if p := citizen.post("/bien-nhan", url.Values{"receipt": {r.Code}, "objection": {"nữa"}}); p.code != http.StatusConflict {
		t.Errorf("twice: %d", p.code)
	}
	if p := v.get(path); !strings.Contains(p.body, "Chưa đúng &lt;b&gt;") || !strings.Contains(p.body, "người dân") || !strings.Contains(p.body, "Mới, chờ tiếp nhận") {
		t.Error("the objection is not on the case's page")
	}
}
