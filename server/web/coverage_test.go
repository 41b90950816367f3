package web

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"hailong/server"
)

// The last step, a complete answer, stands on the page, in the file and in the API.
func TestCoverage(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	at := time.Date(2025, 1, 14, 9, 0, 0, 0, server.Zone)
	for i, given := range []map[string]string{{"overall": "5"}, {"overall": "4", "access": "5", "procedure": "4", "official": "5", "result": "4", "feedback": "N"}, nil} {
		code := server.DossierCode("H24.1.2-250114-000" + string(rune('1'+i)))
		mustPut(t, w.svc, server.Dossier{Code: code, Field: "Hộ tịch", Status: server.StatusReturned, Received: at, Finished: at, Returned: at})
		slip, err := w.svc.Issue(t.Context(), code, server.IssueOnce)
		if err == nil && given != nil {
			_, err = w.svc.AcceptSlip(t.Context(), slip.Code, server.Submission{Given: given})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	w.user("lan", server.RoleLeader)
	v := w.visitor().signIn("lan")
	v.get("/ai-tra-loi?ky=2025-Q1").says(t, "Trả lời đủ các câu 1 50,0% của 2 phiếu có mã", "Cứ 100 phiếu trả lời thì 50 phiếu trả lời đủ các câu.")
	if p := v.get("/xuat/do-phu.csv?ky=2025-Q1"); p.code != http.StatusOK || !strings.Contains(p.body, "da_tra_loi,2,3,0.6666666666666666,") || !strings.Contains(p.body, "tra_loi_du,1,2,0.5,") {
		t.Errorf("%d %s", p.code, p.body)
	}
	if p := v.get("/api/v1/coverage?from=2025-01-01&to=2025-03-31"); p.code != http.StatusOK || !strings.Contains(p.body, `"returned":3,"invited":3,"opened":2,"answered":2,"given":2,"complete":1`) {
		t.Errorf("%d %s", p.code, p.body)
	}
	for _, bad := range []string{"", "?from=2025-01-01", "?from=2025-02-01&to=2025-01-01", "?from=x&to=y"} {
		if p := v.get("/api/v1/coverage" + bad); p.code != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", bad, p.code)
		}
	}
}

// The dashboard ends the way with complete answers, where enough people answered
// with a slip to tell, and not for those who see only what is published.
func TestCoverageCardHasCompleteAnswers(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	var as []server.Answer
	for i := range 60 {
		marks := map[string]string{"overall": "4", "access": "5", "procedure": "4", "official": "5", "result": "4", "feedback": "N"}
		if i%4 == 0 {
			delete(marks, "result")
		}
		as = append(as, server.Answer{ID: fmt.Sprint("a", i), Unit: w.svc.Config.Unit, Survey: w.svc.Survey().ID, Day: server.Day("2024-01-05").Add(i), Lane: server.LaneSlip, Field: "Hộ tịch", Marks: marks})
	}
	w.put(handful{field: "Hộ tịch", onTime: 80, day: "2024-01-05"})
	if _, err := w.svc.PutAnswers(t.Context(), as); err != nil {
		t.Fatal(err)
	}
	w.user("lan", server.RoleLeader)
	w.user("mttq", server.RoleObserver)
	w.visitor().signIn("lan").get("/tong-quan?ky=2024").says(t, "Phiếu đã trả lời 60 75,0%", "Trả lời đủ các câu 45 56,3%")
	if p := w.visitor().signIn("mttq").get("/tong-quan?ky=2024"); p.code != http.StatusOK || strings.Contains(p.body, "Trả lời đủ các câu") {
		t.Errorf("an observer is told of complete answers: %d", p.code)
	}
	if p := w.visitor().signIn("lan").get("/tong-quan?ky=2023"); strings.Contains(p.body, "Trả lời đủ các câu") {
		t.Error("nobody answered, and that is told")
	}
}
