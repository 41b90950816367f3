package web

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"hailong/server"
)

// doubts adds what each rule but the last looks for, in October 2024, and one
// quarantine in force and one proposed by the inspector.
func doubts(t *testing.T, w *ward) {
	t.Helper()
	var as []server.Answer
	add := func(n int, day server.Day, change func(*server.Answer)) {
		for range n {
			k := len(as)
			level := func(i int) string { return fmt.Sprint(2 + (k*7+i*k)%4) }
			a := server.Answer{ID: fmt.Sprintf("d%05d", k), Unit: "phu-lien-2024", Survey: w.svc.Survey().ID, Day: day, Lane: server.LaneSlip, Field: "Hộ tịch", Counter: "Quầy 2", Officer: "CC02",
				Marks: map[string]string{"overall": level(1), "access": level(2), "procedure": level(3), "official": level(5), "result": level(6), "feedback": "N"}}
			change(&a)
			as = append(as, a)
		}
	}
	add(24, "2024-10-15", func(a *server.Answer) {})
	add(4, "2024-10-17", func(a *server.Answer) { a.Hasty = true })
	add(2, "2024-10-18", func(a *server.Answer) { a.Serial = true })
	add(14, "2024-10-21", func(a *server.Answer) {
		a.Lane, a.Counter, a.Field, a.Officer = server.LaneWalkUp, "Quầy 4", "", ""
		a.Marks = map[string]string{"overall": "5", "access": "5", "procedure": "5", "official": "5", "result": "5", "feedback": "5"}
	})
	if _, err := w.svc.PutAnswers(t.Context(), as); err != nil {
		t.Fatal(err)
	}
	mai, lan := server.User{Name: "mai", Role: server.RoleInspector}, server.User{Name: "lan", Role: server.RoleLeader}
	found, err := w.svc.Suspicions(t.Context(), mai, "2024-10-01", "2024-12-31")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found.Flags {
		if f.Rule != server.RuleHasty && f.Rule != server.RuleSerial {
			continue
		}
		id, err := w.svc.ProposeQuarantine(t.Context(), mai, "2024-10-01", "2024-12-31", f.ID, "Đã hỏi công chức trực quầy, không giải thích được.")
		if err != nil {
			t.Fatal(err)
		}
		if f.Rule == server.RuleHasty {
			if err := w.svc.DecideQuarantine(t.Context(), lan, id, 1, server.StepSign, "Đồng ý, xem lại camera ngày 17/10."); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// From the page alone: see a flag, propose, be refused to sign one's own, have
// it signed by somebody else, see both figures everywhere.
func TestSuspicionPage(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	sampleYear(t, w.svc, 1500)
	doubts(t, w)
	for name, role := range map[string]server.Role{"mai": server.RoleInspector, "lan": server.RoleLeader, "quan-tri": server.RoleAdmin, "quan-sat": server.RoleObserver} {
		w.user(name, role)
	}
	const path = "/nghi-van?ky=2024-Q4"
	mai, lan := w.visitor().signIn("mai"), w.visitor().signIn("lan")
	p := mai.get(path)
	for _, want := range []string{"Nhiều phiếu dồn vào một lúc", "15/10/2024 · Quầy 2", "Trả lời ngay tại bàn in phiếu", "17/10/2024", "Nhiều phiếu giống hệt nhau", "21/10/2024 · Quầy 4", "14 trong 14 phiếu chọn đúng cùng một bộ mức",
		"Một điện thoại dùng nhiều phiếu", `href="#quy-tac-don-dap"`, `id="quy-tac-don-dap"`, "Không tính", "Rút đề nghị", "Đang cách ly", "Đề nghị, chờ người thứ hai ký"} {
		if p.code != http.StatusOK || want != "Không tính" && !strings.Contains(p.body, want) {
			t.Errorf("the page (%d) does not say %q", p.code, want)
		}
	}
	if strings.Contains(p.body, "CC02") {
		t.Error("an officer is named together with a day")
	}
	flag := regexp.MustCompile(`(?s)21/10/2024 · Quầy 4 · Ki-ốt.*?name="co" value="([0-9a-f]+)"`).FindStringSubmatch(p.body)
	if flag == nil {
		t.Fatal("no form to propose")
	}
	for name, f := range map[string]url.Values{"no reason": {"co": {flag[1]}}, "a short reason": {"co": {flag[1]}, "ly-do": {"<b>xấu"}}} {
		p := mai.post(path, f)
		if p.code != http.StatusUnprocessableEntity || !strings.Contains(p.body, "Cần nêu lý do") || strings.Contains(p.body, "<b>") {
			t.Errorf("%s: %d", name, p.code)
		}
	}
	reason := url.Values{"co": {flag[1]}, "ly-do": {"Ki-ốt bị bấm liên tục khi vắng người."}}
	if p := mai.post("/nghi-van?ky=2024-Q1", reason); p.code != http.StatusNotFound {
		t.Errorf("a flag of another period: %d", p.code)
	}
	before := lan.get("/tong-quan?ky=2024-Q4").body
	if p := mai.post(path, reason); p.code != http.StatusSeeOther || !strings.HasPrefix(p.header.Get("Location"), path) {
		t.Fatalf("proposing: %d, %s", p.code, p.header.Get("Location"))
	}
	if p := mai.post(path, reason); p.code != http.StatusConflict {
		t.Errorf("proposing twice: %d", p.code)
	}
	id := ""
	qs, err := w.svc.Quarantines(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range qs {
		if q.Batch.Rule != server.RuleHasty && q.Batch.Rule != server.RuleSerial {
			id = q.ID
		}
	}
	sign := url.Values{"so": {"1"}, "buoc": {"sign"}, "ly-do": {"Đã xem lại camera, đồng ý."}}
	if p := mai.post("/nghi-van/"+id+"?ky=2024-Q4", sign); p.code != http.StatusForbidden {
		t.Errorf("signing one's own proposal: %d", p.code)
	}
	admin := w.visitor().signIn("quan-tri")
	if p := admin.post("/nghi-van/"+id, sign); p.code != http.StatusForbidden {
		t.Errorf("the administrator signs: %d", p.code)
	}
	if p := admin.get(path); strings.Contains(p.body, "<textarea") {
		t.Error("the administrator is shown forms")
	}
	if got := lan.get("/tong-quan?ky=2024-Q4").body; got != before {
		t.Error("a proposal changes the dashboard")
	}
	for name, tt := range map[string]struct {
		path string
		form url.Values
		want int
	}{
		"an old page": {"/nghi-van/" + id, url.Values{"so": {"0"}, "buoc": {"sign"}, "ly-do": sign["ly-do"]}, http.StatusConflict},
		"no number":   {"/nghi-van/" + id, url.Values{"buoc": {"sign"}, "ly-do": sign["ly-do"]}, http.StatusUnprocessableEntity},
		"nonsense":    {"/nghi-van/" + id, url.Values{"so": {"1"}, "buoc": {"$ne"}, "ly-do": sign["ly-do"]}, http.StatusUnprocessableEntity},
		"nothing":     {"/nghi-van/khong-co", sign, http.StatusNotFound},
	} {
		if p := lan.post(tt.path, tt.form); p.code != tt.want {
			t.Errorf("%s: %d, want %d", name, p.code, tt.want)
		}
	}
	if p := lan.post("/nghi-van/"+id+"?ky=2024-Q4", sign); p.code != http.StatusSeeOther {
		t.Fatalf("signing: %d", p.code)
	}
	if p := lan.get("/tong-quan?ky=2024-Q4"); !strings.Contains(p.body, "Không tính 18 phiếu đang cách ly; tính cả: ") {
		t.Error("the dashboard does not show both figures")
	}
	if p := lan.get(path); !strings.Contains(p.body, "không tính 18 phiếu cách ly") || !strings.Contains(p.body, "Đề nghị gỡ cách ly") {
		t.Error("the page does not show both figures, or no way back")
	}
	observer := w.visitor().signIn("quan-sat").get("/tong-quan?ky=2024-Q4").body
	if !strings.Contains(observer, "Không tính 18 phiếu đang cách ly.") || strings.Contains(observer, "tính cả:") {
		t.Error("an observer sees the figure that gives the batch away, or does not learn of it")
	}
	if p := lan.get("/nghi-van?tu=2023-01-01&den=2024-12-31"); p.code != http.StatusUnprocessableEntity || !strings.Contains(p.body, "tối đa một năm") {
		t.Errorf("two years: %d", p.code)
	}
}
