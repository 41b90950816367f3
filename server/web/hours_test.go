package web

import (
	"strings"
	"testing"
	"time"

	"hailong/server"
)

func TestHeatSentence(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		put  map[[2]int]int64
		want string
	}{
		{nil, "Không có dữ liệu trong kỳ này."},
		{map[[2]int]int64{{6, 23}: 1}, "1 hồ sơ; đông nhất Chủ nhật, từ 23 đến 24 giờ: 1 hồ sơ."},
		{map[[2]int]int64{{0, 8}: 1200, {4, 14}: 400}, "1.600 hồ sơ; đông nhất thứ Hai, từ 8 đến 9 giờ: 1.200 hồ sơ. Buổi sáng 75%."},
	} {
		var counts [7][24]int64
		for k, n := range tt.put {
			counts[k[0]][k[1]] = n
		}
		if got := heatSentence(&counts); got != tt.want {
			t.Errorf("%q, want %q", got, tt.want)
		}
	}
}

func TestWeekdaySentence(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		x, n [7]int64
		want string
	}{
		{[7]int64{}, [7]int64{}, "Không có dữ liệu trong kỳ này."},
		{[7]int64{1}, [7]int64{1}, "Chỉ có phiếu của thứ Hai."},
		{[7]int64{50, 50, 50}, [7]int64{50, 50, 50}, "Không có bằng chứng các thứ trong tuần khác nhau."},
		{[7]int64{90, 89, 91, 90, 92}, [7]int64{100, 100, 100, 100, 100}, "Không có bằng chứng các thứ trong tuần khác nhau."},
		{[7]int64{60, 95, 95, 95, 95}, [7]int64{100, 100, 100, 100, 100}, "Thấp hơn mức chung nhiều hơn ngẫu nhiên: thứ Hai."},
	} {
		if got := weekdaySentence(tt.x, tt.n); got != tt.want {
			t.Errorf("%q, want %q", got, tt.want)
		}
	}
}

// Every passage counts in its own hour, satisfaction by the day of the answer.
func TestHoursPage(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	w.user("lan", server.RoleLeader)
	monday := time.Date(2024, 3, 4, 8, 0, 0, 0, server.Zone)
	var ds []server.Dossier
	for i := range 3 {
		ds = append(ds, server.Dossier{Code: server.DossierCode("H24.1.1-240304-000" + string(rune('1'+i))), Status: server.StatusReturned, Received: monday, Finished: monday.Add(26 * time.Hour), Returned: monday.Add(54 * time.Hour)})
	}
	if _, err := w.svc.PutDossiers(t.Context(), ds); err != nil {
		t.Fatal(err)
	}
	w.rate("2024-03-06", "Hộ tịch", "Quầy 1", "CC01", 30, 40)
	v := w.visitor().signIn("lan")
	p := v.get("/theo-gio?ky=2024-Q1")
	p.says(t, "Tiếp nhận hồ sơ Cách tính 3 hồ sơ; đông nhất thứ Hai, từ 8 đến 9 giờ: 3 hồ sơ.", "Kết thúc xử lý Cách tính 3 hồ sơ; đông nhất thứ Ba, từ 10 đến 11 giờ: 3 hồ sơ.",
		"Trả kết quả Cách tính 3 hồ sơ; đông nhất thứ Tư, từ 14 đến 15 giờ: 3 hồ sơ.", "Chỉ có phiếu của thứ Tư.", "30/40", "không có mức độ hài lòng theo giờ")
	if empty := v.get("/theo-gio?ky=2020"); strings.Contains(empty.body, `class="heat"`) {
		t.Error("a heat map of nothing")
	}
}
