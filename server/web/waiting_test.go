package web

import (
	"strings"
	"testing"
	"time"

	"hailong/server"
)

// The first screen tells a leader of late complaints, of reports that are due
// and of kiosks in trouble; who only observes is told of none of them.
func TestDashboardTellsWhatWaits(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	w.user("lan", server.RoleLeader)
	w.user("mat-tran", server.RoleObserver)
	w.user("thanh-tra", server.RoleInspector)
	w.clock.add(25 * 24 * time.Hour) // 9 February 2025
	w.put(handful{field: "Hộ tịch", x: 40, n: 50, onTime: 50, day: "2025-01-20"})
	leader, observer, inspector := w.visitor().signIn("lan"), w.visitor().signIn("mat-tran"), w.visitor().signIn("thanh-tra")
	p := leader.get("/tong-quan")
	// Quý I is due before 5 March: 23 days left.
	p.says(t, "Việc đang chờ", "1 việc sắp đến hạn.", "Báo cáo Quý I năm 2025: còn 23 ngày", "Gửi trước ngày 05/03/2025")
	if strings.Contains(p.text(), "6 tháng đầu năm 2025:") {
		t.Error("a report that is months away is told of")
	}
	inspector.get("/tong-quan").says(t, "Việc đang chờ", "Không có việc nào đang chờ.")
	if text := observer.get("/tong-quan").text(); strings.Contains(text, "Việc đang chờ") || strings.Contains(text, "Cải thiện gì trước") {
		t.Error("an observer is told what waits for others")
	}
	complaints(t, w)
	w.clock.add(30 * 24 * time.Hour) // 11 March: the report is late too
	p = w.visitor().signIn("lan").get("/tong-quan")
	p.says(t, "Quá hạn lâu nhất: từ", "Báo cáo Quý I năm 2025: đã qua hạn gửi", "2 việc đã quá hạn hoặc cần làm ngay.")
}

// Lanes stand side by side under the headline, and the verified ones together.
func TestDashboardPutsLanesSideBySide(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	w.user("lan", server.RoleLeader)
	w.user("mat-tran", server.RoleObserver)
	w.put(
		handful{field: "Hộ tịch", x: 80, n: 100, onTime: 100, day: "2024-02-05"},
		handful{field: "Hộ tịch", x: 40, n: 50, day: "2024-02-06", lane: server.LaneKiosk},
		handful{x: 99, n: 100, day: "2024-02-07", lane: server.LanePoster},
		handful{x: 5, n: 9, day: "2024-02-07", lane: server.LanePaper},
	)
	// all 224/259 = 86,49 %, verified 120/150 = 80 %, others 104/109 = 95,4 %: 15,4 points above.
	p := w.visitor().signIn("lan").get("/tong-quan?ky=2024")
	p.says(t, "Mọi kênh (số chính)", "224/259", "Kênh xác thực (phiếu có mã)", "120/150", "Mã QR dùng chung", "99/100", "Phiếu giấy", "5/9",
		"Kênh khác cao hơn kênh xác thực 15,4 điểm, ngoài sai số: hãy tin kênh xác thực (80,0%)", "Số chính tính mọi kênh")
	// Lanes are not among what is published.
	o := w.visitor().signIn("mat-tran").get("/tong-quan?ky=2024")
	if text := o.text(); strings.Contains(text, "5/9") || strings.Contains(text, "Kênh xác thực (phiếu có mã)") {
		t.Error("an observer can work out the paper forms")
	}
	o.says(t, "không so sánh các kênh")
}

// An observer is told of no part of a change whose fields are hidden.
func TestDashboardChangeForObservers(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	w.user("lan", server.RoleLeader)
	w.user("mat-tran", server.RoleObserver)
	w.put(
		handful{field: "Hộ tịch", x: 60, n: 100, onTime: 100, day: "2024-02-05"},
		handful{field: "Đất đai", x: 15, n: 20, onTime: 20, day: "2024-02-05"},
		handful{field: "Hộ tịch", x: 90, n: 100, onTime: 95, late: 5, day: "2024-05-05"},
		handful{field: "Đất đai", x: 3, n: 5, onTime: 5, day: "2024-05-05"},
	)
	leader := w.visitor().signIn("lan").get("/tong-quan?ky=2024-Q2")
	// 75/120 = 62,5 %, 93/105 = 88,57 %: +26,1.
	leader.says(t, "Tăng 26,1 điểm", "phân tách Kitagawa", "Trước và đúng hạn: 100,0% → 95,2% (−4,8)")
	o := w.visitor().signIn("mat-tran").get("/tong-quan?ky=2024-Q2")
	if text := o.text(); strings.Contains(text, "Kitagawa") || strings.Contains(text, "do cơ cấu") {
		t.Error("an observer sees parts of a change whose fields are hidden")
	}
	o.says(t, "Không tách theo lĩnh vực vì có lĩnh vực quá ít phiếu.")
}
