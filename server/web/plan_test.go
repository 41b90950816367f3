package web

import (
	"net/http"
	"strings"
	"testing"

	"hailong/scoring"
	"hailong/server"
)

func TestPlanPage(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	sampleYear(t, w.svc, 600)
	w.user("lan", server.RoleLeader)
	v := w.visitor().signIn("lan")
	over := v.get("/ke-hoach-thu-thap?ky=2024")
	if over.code != http.StatusOK || !strings.Contains(over.body, "kỳ đã kết thúc") || strings.Contains(over.body, "Mỗi tuần") {
		t.Errorf("a year that is over: %d", over.code)
	}
	running := v.get("/ke-hoach-thu-thap?tu=2024-11-01&den=2025-03-31")
	for _, want := range []string{"Tính đến ngày 15/01/2025", "Tháng 01/2025 cần", "phiếu mỗi tuần", "Chưa thể kết luận: cần thêm khoảng", "đến 31/03/2025", "Đất đai", "Quầy 1"} {
		if running.code != http.StatusOK || !strings.Contains(running.body, want) {
			t.Errorf("a running period (%d) does not say %q", running.code, want)
		}
	}
	if p := v.get("/ke-hoach-thu-thap?ky=2025-Q4"); p.code != http.StatusOK || !strings.Contains(p.body, "chưa bắt đầu") {
		t.Errorf("a period to come: %d", p.code)
	}
	if p := v.get("/ke-hoach-thu-thap?ky=x"); p.code != http.StatusUnprocessableEntity {
		t.Errorf("no such period: %d", p.code)
	}
}

func TestPlanSentence(t *testing.T) {
	t.Parallel()
	running := &server.Plan{To: "2025-03-31", Target: 0.9}
	over := &server.Plan{To: "2024-12-31", Target: 0.9, Over: true}
	for _, tt := range []struct {
		r    server.PlanRow
		p    *server.Plan
		want string
	}{
		{server.PlanRow{X: 95, N: 110, Verdict: scoring.TooEarly, Margin: 80, Further: 140, Need: 140, Expected: 96, Weekly: 12, Short: 44}, running, "Chưa thể kết luận: cần thêm khoảng 140 phiếu; với nhịp 12 phiếu mỗi tuần thì đến 31/03/2025 còn thiếu khoảng 45."},
		{server.PlanRow{X: 95, N: 110, Verdict: scoring.TooEarly, Margin: 80, Further: 140, Need: 80, Expected: 96, Weekly: 12}, running, "Chưa thể kết luận: cần thêm khoảng 80 phiếu để biết trong ±5%; với nhịp 12 phiếu mỗi tuần thì kịp đến 31/03/2025."},
		{server.PlanRow{Margin: 381, Further: -1, Need: 381}, running, "Chưa có phiếu nào: cần khoảng 380 phiếu để biết trong ±5%; với nhịp hiện nay sẽ không có thêm phiếu nào đến 31/03/2025."},
		{server.PlanRow{X: 20, N: 25, Verdict: scoring.TooEarly, Further: 70, Need: 70, Short: 70}, over, "Chưa thể kết luận: cần thêm khoảng 70 phiếu; kỳ đã kết thúc."},
		{server.PlanRow{X: 980, N: 1000, Verdict: scoring.Met}, running, "Đã kết luận được: đạt; không cần thêm phiếu."},
		{server.PlanRow{X: 900, N: 1000, Verdict: scoring.TooEarly, Further: -1}, running, "Đã biết trong ±5%, nhưng tỷ lệ sát mục tiêu nên chưa thể kết luận."},
	} {
		if got := planSentence(tt.r, tt.p); got != tt.want {
			t.Errorf("%+v:\n%s\nwant\n%s", tt.r, got, tt.want)
		}
	}
}
