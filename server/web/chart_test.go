package web

import (
	"fmt"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"hailong/scoring"
	"hailong/server"
)

func TestCountText(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64]string{0: "0", 7: "7", 999: "999", 1000: "1.000", 1234567: "1.234.567", -1234: "-1.234", math.MaxInt64: "9.223.372.036.854.775.807"} {
		if got := countText(n); got != want {
			t.Errorf("countText(%d) = %s, want %s", n, got, want)
		}
	}
}

func TestPercentText(t *testing.T) {
	t.Parallel()
	tests := []struct {
		share    float64
		decimals int
		marks    []float64
		want     string
	}{
		{0.9226, 2, nil, "92,26%"},
		{0.94996, 2, []float64{0.95}, "94,99%"}, // does not round into a pass
		{0.94996, 1, []float64{0.95}, "94,9%"},
		{0.95004, 2, []float64{0.95}, "95,01%"}, // nor into the mark
		{0.95, 2, []float64{0.95}, "95,00%"},
		{0.9, 1, []float64{0.9}, "90,0%"},
		{0.89999999, 2, []float64{0.9}, "89,99%"},
		{0.99999, 2, nil, "99,99%"}, // one in a hundred thousand is not nobody
		{0.00001, 2, nil, "0,01%"},
		{1, 1, nil, "100,0%"},
		{0, 1, nil, "0,0%"},
		{0.12345, 1, nil, "12,3%"},
		{math.NaN(), 1, nil, "–"},
		{math.Inf(1), 1, nil, "–"},
	}
	for _, tt := range tests {
		if got := percentText(tt.share, tt.decimals, tt.marks...); got != tt.want {
			t.Errorf("percentText(%v, %d, %v) = %s, want %s", tt.share, tt.decimals, tt.marks, got, tt.want)
		}
	}
}

// What is printed lies on the same side of the target as the share itself.
func TestPercentTextKeepsTheSide(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64Range(1, 100_000).Draw(t, "n")
		x := rapid.Int64Range(0, n).Draw(t, "x")
		target := rapid.SampledFrom([]float64{0.9, 0.95, 0.85}).Draw(t, "target")
		text := percentText(float64(x)/float64(n), 2, target)
		v, err := strconv.ParseFloat(strings.Replace(strings.TrimSuffix(text, "%"), ",", ".", 1), 64)
		if err != nil {
			t.Fatal(text)
		}
		if (v >= target*100) != scoring.Reaches(x, n, target) || (v > target*100) != scoring.Exceeds(x, n, target) || (v == 100) != (x == n) || (v == 0) != (x == 0) {
			t.Fatalf("%d/%d is printed as %s", x, n, text)
		}
		if math.Abs(v-100*float64(x)/float64(n)) > 0.0101 {
			t.Fatalf("%d/%d is printed as %s", x, n, text)
		}
	})
}

func TestAboutText(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64]string{3: "3", 22: "20", 23: "25", 143: "140", 1499: "1.500", 9187: "9.200"} {
		if got := aboutText(n); got != want {
			t.Errorf("aboutText(%d) = %s, want %s", n, got, want)
		}
	}
}

func TestParsePeriod(t *testing.T) {
	t.Parallel()
	tests := []struct {
		key      string
		from, to server.Day
		label    string
	}{
		{"2024", "2024-01-01", "2024-12-31", "Năm 2024"},
		{"2024-Q1", "2024-01-01", "2024-03-31", "Quý I/2024"},
		{"2024-Q4", "2024-10-01", "2024-12-31", "Quý IV/2024"},
		{"2024-H1", "2024-01-01", "2024-06-30", "6 tháng đầu năm 2024"},
		{"2024-H2", "2024-07-01", "2024-12-31", "6 tháng cuối năm 2024"},
		{"2024-02", "2024-02-01", "2024-02-29", "Tháng 02/2024"},
		{"2023-02", "2023-02-01", "2023-02-28", "Tháng 02/2023"},
		{"2024-04", "2024-04-01", "2024-04-30", "Tháng 04/2024"},
		{"2024-12", "2024-12-01", "2024-12-31", "Tháng 12/2024"},
	}
	for _, tt := range tests {
		p, ok := parsePeriod(tt.key)
		if !ok || p.From != tt.from || p.To != tt.to || p.Label != tt.label || !p.wholeMonths() {
			t.Errorf("%s: %+v %v", tt.key, p, ok)
		}
		if again, problem := choosePeriod(mustQuery(t, p.query()), 2020); problem != "" || again != p {
			t.Errorf("%s does not survive its own address: %+v %s", tt.key, again, problem)
		}
	}
	for _, bad := range []string{"", "24", "2024-", "2024-Q0", "2024-13", "2024-00", "2024-q1", "0000", "2024-01-01", "２０２４", "2024-Q1\n"} {
		if p, ok := parsePeriod(bad); ok {
			t.Errorf("parsePeriod(%q) = %+v", bad, p)
		}
	}
}

func mustQuery(t testing.TB, q string) url.Values {
	t.Helper()
	v, err := url.ParseQuery(q)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func FuzzParseSpan(f *testing.F) {
	for _, s := range []string{"2024-01-01", "31/12/2024", "1/2/2024", "", "x", "2024-02-30", "99999-01-01", "0001-01-01"} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, from, to string) {
		p, err := parseSpan(from, to)
		if err != nil {
			return
		}
		if p.From > p.To || len(p.From) != 10 || len(p.To) != 10 || p.Label == "" {
			t.Errorf("parseSpan(%q, %q) = %+v", from, to, p)
		}
		if again, problem := choosePeriod(mustQuery(t, p.query()), 2020); problem != "" || again.From != p.From || again.To != p.To {
			t.Errorf("%+v does not survive its own address", p)
		}
		if strings.ContainsAny(p.file(), "/\\\"\n") {
			t.Errorf("a file called %q", p.file())
		}
	})
}

func TestLastMonths(t *testing.T) {
	t.Parallel()
	p, _ := parsePeriod("2024-H1")
	from, to, months := p.lastMonths(12, "2026-01-01")
	if from != "2023-07-01" || to != "2024-06-30" || len(months) != 12 || months[0] != "2023-07" || months[11] != "2024-06" {
		t.Errorf("%s %s %v", from, to, months)
	}
	p, _ = parsePeriod("2024")
	if from, to, _ = p.lastMonths(12, "2024-03-31"); from != "2023-04-01" || to != "2024-03-31" {
		t.Errorf("of a year that has not ended: %s %s", from, to)
	}
}

func TestAxis(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		shares := rapid.SliceOfN(rapid.Float64Range(0, 1), 0, 8).Draw(t, "shares")
		a := newAxis(shares...)
		if a.lo < 0 || a.lo > 0.9 || a.hi != 1 {
			t.Fatalf("%+v", a)
		}
		for _, s := range shares {
			if s < a.lo {
				t.Fatalf("%v lies below %+v", s, a)
			}
			if at := a.at(s); at < 0 || at > 1 {
				t.Fatalf("%v is at %v", s, at)
			}
		}
		ticks := a.ticks(0.9)
		if !slices.Contains(ticks, 0.9) || math.Abs(ticks[0]-a.lo) > 1e-9 {
			t.Fatalf("ticks %v on %+v", ticks, a)
		}
		if len(ticks) < 2 || len(ticks) > 7 {
			t.Fatalf("%d ticks on %+v", len(ticks), a)
		}
		for i, v := range ticks {
			if v < a.lo-1e-9 || v > 1+1e-9 || i > 0 && v <= ticks[i-1] {
				t.Fatalf("ticks %v on %+v", ticks, a)
			}
		}
	})
}

// Marks lie in the order of their shares, within the drawing.
func TestRangeMark(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64Range(1, 5000).Draw(t, "n")
		x := rapid.Int64Range(0, n).Draw(t, "x")
		share := float64(x) / float64(n)
		w, _ := scoring.Wilson(x, n)
		m := newRangeMark(newAxis(0.6), &share, &w, "met", "")
		lo, at, hi, width := percent(t, m.Lo), percent(t, m.At), percent(t, m.Hi), percent(t, m.Width)
		if !(0 <= lo && lo <= at && at <= hi && hi <= 100) || math.Abs(hi-lo-width) > 0.02 {
			t.Fatalf("%d/%d: %+v", x, n, m)
		}
	})
	if m := newRangeMark(newAxis(), nil, nil, "", ""); m.Has {
		t.Error("a mark of nothing")
	}
}

func percent(t interface{ Fatalf(string, ...any) }, s string) float64 {
	v, err := strconv.ParseFloat(strings.TrimSuffix(s, "%"), 64)
	if err != nil {
		t.Fatalf("%q is no percentage", s)
	}
	return v
}

func TestTrendChart(t *testing.T) {
	t.Parallel()
	months := []trendMonth{{"2023-11", 45, 50}, {"2023-12", 0, 0}, {"2024-01", 90, 100}, {"2024-02", 80, 100}, {"2024-03", 9, 10}}
	c := newTrendChart("t", "T", "phiếu", months, 0.9, true)
	if len(c.Points) != 5 || len(c.Rows) != 5 || len(c.Lines) != 2 || len(c.Bands) != 1 {
		t.Fatalf("%d points, %d rows, %d lines, %d bands", len(c.Points), len(c.Rows), len(c.Lines), len(c.Bands))
	}
	if c.Points[1].Has || c.Rows[1].Share != "không có dữ liệu" || c.Rows[1].Of != "0" {
		t.Errorf("a month without answers: %+v %+v", c.Points[1], c.Rows[1])
	}
	if !c.Points[4].Thin || c.Points[3].Thin || !c.HasThin {
		t.Error("the month of ten answers is not marked, or another is")
	}
	if c.Points[0].Year != "2023" || c.Points[2].Year != "2024" || c.Points[3].Year != "" {
		t.Errorf("years %q %q %q", c.Points[0].Year, c.Points[2].Year, c.Points[3].Year)
	}
	if c.Points[2].Y != c.TargetY {
		t.Errorf("90 of 100 is at %s, the target at %s", c.Points[2].Y, c.TargetY)
	}
	if got := strings.Count(c.Bands[0], ","); got != 6 {
		t.Errorf("the band of three months has %d corners", got)
	}
	for _, s := range []string{fmt.Sprint(c)} {
		if strings.Contains(s, "NaN") || strings.Contains(s, "Inf") {
			t.Error(s)
		}
	}
	if c := newTrendChart("t", "T", "phiếu", []trendMonth{{"2024-01", 0, 0}}, 0.9, true); c.HasData {
		t.Error("a chart of nothing has data")
	}
}

func TestSentences(t *testing.T) {
	t.Parallel()
	item := func(x, n int64) scoring.Item {
		it := scoring.Item{X: x, N: n}
		if n > 0 {
			s := float64(x) / float64(n)
			it.Share = &s
		}
		return it
	}
	for _, tt := range []struct {
		x, n int64
		want string
	}{
		{0, 0, "Chưa có phiếu trả lời nào trong kỳ này."},
		{12, 12, "Chưa thể kết luận: mới có 12 phiếu, cần ít nhất 30."},
		{980, 1000, "Đạt mục tiêu: cao hơn 90% là 8,0 điểm phần trăm, đủ chắc chắn để kết luận."},
		{80, 100, "Chưa đạt: thấp hơn 90% là 10,0 điểm phần trăm, đủ chắc chắn để kết luận. Để tỷ lệ lên 90% cần thêm ít nhất 100 phiếu hài lòng liên tiếp."},
		{93, 100, "Chưa thể kết luận: nếu tỷ lệ giữ như hiện nay, cần thêm khoảng"},
		{901, 1000, "Chưa thể kết luận: tỷ lệ ở sát mục tiêu, thêm phiếu cũng khó phân định."},
		{90, 100, "Chưa thể kết luận: tỷ lệ ở sát mục tiêu, thêm phiếu cũng khó phân định."},
	} {
		v, _ := scoring.Explain(tt.x, tt.n, 0.9)
		if got := satisfactionSentence(item(tt.x, tt.n), 0.9, v); !strings.HasPrefix(got, tt.want) {
			t.Errorf("%d/%d: %s, want %s", tt.x, tt.n, got, tt.want)
		}
	}
	for _, tt := range []struct {
		c    server.DossierCounts
		want string
	}{
		{server.DossierCounts{}, "Chưa có hồ sơ nào được giải quyết trong kỳ này."},
		{server.DossierCounts{OnTime: 95, Late: 5}, "Chưa đạt: 5 hồ sơ giải quyết quá hạn."}, // exactly 95 % is not more
		{server.DossierCounts{OnTime: 96, Late: 4, Open: 3}, "Đạt mục tiêu: 4 hồ sơ giải quyết quá hạn; còn 3 hồ sơ đang giải quyết, chưa đến hạn."},
		{server.DossierCounts{OnTime: 96, Late: 4, OpenOverdue: 3}, "Đạt mục tiêu: 4 hồ sơ giải quyết quá hạn; còn 3 hồ sơ chưa xong đã quá hạn, tính cả số này thì không còn trên 95%."},
	} {
		if got := onTimeSentence(server.NewOnTime(tt.c, 0.95)); got != tt.want {
			t.Errorf("%+v: %s, want %s", tt.c, got, tt.want)
		}
	}
}
