package web

import (
	"fmt"
	"strings"
	"testing"

	"hailong/scoring"
)

// Of nothing, of one, of all satisfied, and where chance explains everything or
// cannot. Newcombe's and Wilson's limits were worked out apart from this
// program; see the comments.
func TestChangeSentence(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		cells []scoring.MixCell
		want  string
	}{
		{"nothing", nil, "Không có dữ liệu trong kỳ này."},
		{"nothing now", []scoring.MixCell{{Name: "a", X0: 40, N0: 50}}, "Không có dữ liệu trong kỳ này."},
		{"nothing before", []scoring.MixCell{{Name: "a", X1: 40, N1: 50}}, "Không có phiếu ở kỳ trước để so sánh."},
		{"one", []scoring.MixCell{{Name: "a", X0: 1, N0: 1, X1: 1, N1: 1}}, "Một trong hai kỳ có dưới 30 phiếu: chưa so sánh được."},
		{"29 of 29 and all", []scoring.MixCell{{Name: "a", X0: 29, N0: 29, X1: 300, N1: 300}}, "Một trong hai kỳ có dưới 30 phiếu: chưa so sánh được."},
		{"all satisfied twice", []scoring.MixCell{{Name: "a", X0: 100, N0: 100, X1: 100, N1: 100}}, "Thay đổi 0,0 điểm còn nằm trong sai số: chưa thể nói là tăng hay giảm."},
		// 56/70 against 48/80: 0,2 with Newcombe's interval 0,0524 to 0,3339 (Newcombe 1998, example a).
		{"beyond", []scoring.MixCell{{Name: "a", X0: 48, N0: 80, X1: 56, N1: 70}}, "Tăng 20,0 điểm: do mức hài lòng trong từng lĩnh vực +20,0, do cơ cấu hồ sơ 0,0."},
		// 9/10 against 3/10 is not enough to speak of, and 45/50 against 42/50 is chance.
		{"chance", []scoring.MixCell{{Name: "a", X0: 42, N0: 50, X1: 45, N1: 50}}, "Thay đổi +6,0 điểm còn nằm trong sai số: chưa thể nói là tăng hay giảm."},
		// Equal rates, another mix: 130/200 to 10/20 + 16/20 … all of it is mix.
		{"mix", []scoring.MixCell{{Name: "a", X0: 900, N0: 1000, X1: 90, N1: 100}, {Name: "b", X0: 50, N0: 100, X1: 500, N1: 1000}}, "Giảm 32,7 điểm: do mức hài lòng trong từng lĩnh vực 0,0, do cơ cấu hồ sơ −32,7."},
	} {
		if got := changeSentence(comparedCounts(tt.cells), scoring.Kitagawa(tt.cells)); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestLaneSentence(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name              string
		x, n, sureX, sure int64
		want              string
	}{
		{"nothing", 0, 0, 0, 0, "Không có dữ liệu trong kỳ này."},
		{"one", 1, 1, 1, 1, "100,0% số phiếu có mã riêng của hồ sơ đã trả, mỗi mã dùng một lần."},
		{"no code at all", 30, 30, 0, 0, "0,0% số phiếu có mã riêng của hồ sơ đã trả, mỗi mã dùng một lần."},
		{"few others", 95, 105, 90, 100, "95,2% số phiếu có mã riêng của hồ sơ đã trả, mỗi mã dùng một lần. Chưa đủ phiếu ở cả hai bên để so sánh kênh xác thực với kênh khác."},
		{"chance", 135, 150, 90, 100, "66,7% số phiếu có mã riêng của hồ sơ đã trả, mỗi mã dùng một lần. Kênh khác không lệch kênh xác thực quá sai số."},
		{"flattering", 180, 200, 80, 100, "50,0% số phiếu có mã riêng của hồ sơ đã trả, mỗi mã dùng một lần. Kênh khác cao hơn kênh xác thực 20,0 điểm, ngoài sai số: hãy tin kênh xác thực (80,0%) và tìm nguyên nhân."},
		{"harsh", 140, 200, 90, 100, "50,0% số phiếu có mã riêng của hồ sơ đã trả, mỗi mã dùng một lần. Kênh khác thấp hơn kênh xác thực 40,0 điểm, ngoài sai số: hãy tin kênh xác thực (90,0%) và tìm nguyên nhân."},
	} {
		if got := laneSentence(tt.x, tt.n, tt.sureX, tt.sure); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestWaitingSentence(t *testing.T) {
	t.Parallel()
	for want, items := range map[string][]waitingItem{
		"Không có việc nào đang chờ.":          nil,
		"1 việc sắp đến hạn.":                  {{Tone: "too_early"}},
		"1 việc đã quá hạn hoặc cần làm ngay.": {{Tone: "too_early"}, {Tone: "not_met"}},
	} {
		if got := waitingSentence(items); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if got := listOf(strings.Split("a b c d e", " "), 4, "ki-ốt"); got != "a, b, c, d và 1 ki-ốt khác" {
		t.Error(got)
	}
}

// The cards' sentences, of nothing, one, all, and around the verdict.
func TestSatisfactionSentence(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		x, n int64
		want string
	}{
		{0, 0, "Chưa có phiếu trả lời nào trong kỳ này."},
		{1, 1, "Chưa thể kết luận: mới có 1 phiếu, cần ít nhất 30."},
		{29, 29, "Chưa thể kết luận: mới có 29 phiếu, cần ít nhất 30."},
		// All of 30: P(π ≥ 0,9) under Beta(30,5; 0,5) is 0,9878 (R: 1-pbeta(.9, 30.5, .5)).
		{30, 30, "Đạt mục tiêu: cao hơn 90% là 10,0 điểm phần trăm, đủ chắc chắn để kết luận."},
		{0, 40, "Chưa đạt: thấp hơn 90% là 90,0 điểm phần trăm, đủ chắc chắn để kết luận. Để tỷ lệ lên 90% cần thêm ít nhất 360 phiếu hài lòng liên tiếp."},
	} {
		f := countFigure("", "part", tt.x, tt.n, 0.9)
		if got := satisfactionSentence(f.item, 0.9, f.verdict); got != tt.want {
			t.Errorf("%d of %d: %q, want %q", tt.x, tt.n, got, tt.want)
		}
	}
}

// A control chart's sentence, of nothing, one, all satisfied, an outlier, a
// shift. The slope of the shift by hand: of 120 pairs 56 are flat, and the middle
// two of all are 0,08/13 a month. Its p is Hamed and Rao's, larger than Mann and
// Kendall's own 0,0009 (S = 64, Var = 362,67), since neighbours resemble each other.
func TestControlSentence(t *testing.T) {
	t.Parallel()
	months := func(n int64, x ...int64) []controlPoint {
		out := make([]controlPoint, len(x))
		for i, k := range x {
			out[i] = controlPoint{Key: fmt.Sprintf("%d-%02d", 2023+i/12, i%12+1), X: k, N: n}
		}
		return out
	}
	for _, tt := range []struct {
		name   string
		points []controlPoint
		want   string
	}{
		{"nothing", nil, "Không có dữ liệu trong kỳ này."},
		{"months of nothing", months(0, 0, 0, 0), "Không có dữ liệu trong kỳ này."},
		{"hidden", []controlPoint{{Key: "2024-01", Hidden: true}}, "Không hiển thị: quá ít phiếu trả lời để hiển thị mà vẫn giữ kín người trả lời."},
		{"one", months(1, 1), "Cả đoạn: 100,0% (1/1 phiếu). Mới có 1 tháng có phiếu: chưa nói được gì về diễn biến."},
		{"all satisfied", months(50, 50, 50, 50, 50, 50, 50, 50, 50), "Cả đoạn: 100,0% (400/400 phiếu). Ổn định: mọi tháng nằm trong giới hạn kiểm soát, chưa thấy xu hướng."},
		{"nobody satisfied", months(50, 0, 0, 0), "Cả đoạn: 0,0% (0/150 phiếu). Chưa đủ 8 tháng để nói về xu hướng."},
		{"shift", months(100, 86, 86, 86, 86, 86, 86, 86, 86, 94, 94, 94, 94, 94, 94, 94, 94), "Cả đoạn: 90,0% (1.440/1.600 phiếu). Ít nhất 8 tháng liên tiếp cao hơn đường giữa, đến 04/2024: mức chung có thể đã đổi. Xu hướng tăng khoảng 0,62 điểm mỗi tháng (Mann–Kendall, p = 0,019)."},
	} {
		c := newControlChart(stepMonth, tt.points, nil, 0.9, func(string) string { return "" })
		if c.Sentence != tt.want {
			t.Errorf("%s:\n%q, want\n%q", tt.name, c.Sentence, tt.want)
		}
	}
}

func TestComparedPartsSentence(t *testing.T) {
	t.Parallel()
	groups := func(counts ...scoring.GroupCount) *scoring.Groups { return scoring.NewGroups(counts, 0) }
	for _, tt := range []struct {
		g            *scoring.Groups
		below, above []string
		want         string
	}{
		{groups(scoring.GroupCount{Name: "a", X: 1, N: 1}), nil, nil, "Chỉ có một quầy có phiếu: không có gì để so sánh."},
		{groups(scoring.GroupCount{Name: "a", X: 50, N: 50}, scoring.GroupCount{Name: "b", X: 50, N: 50}), nil, nil, "Không có bằng chứng các quầy khác nhau: chênh lệch nằm trong sai số (mức chung 100,0%)."},
		{groups(scoring.GroupCount{Name: "a", X: 50, N: 100}, scoring.GroupCount{Name: "b", X: 100, N: 100}), []string{"a"}, []string{"b"}, "Khác mức chung 75,0% nhiều hơn ngẫu nhiên – thấp hơn mức chung: a; cao hơn mức chung: b. Hãy xem cơ cấu hồ sơ trước khi kết luận."},
	} {
		if got := compareSentence("quầy", tt.g, tt.below, tt.above); got != tt.want {
			t.Errorf("%q, want %q", got, tt.want)
		}
	}
}
