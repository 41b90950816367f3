package web

import (
	"fmt"
	"strings"
	"testing"

	"hailong/scoring"
	"hailong/server"
)

// rate stores n answers of a day, x of them satisfied.
func (w *ward) rate(day server.Day, field, counter, officer string, x, n int) {
	w.t.Helper()
	as := make([]server.Answer, n)
	for i := range as {
		mark := "2"
		if i < x {
			mark = "5"
		}
		as[i] = server.Answer{
			ID: fmt.Sprintf("%s/%s/%s/%s/%d", day, field, counter, officer, i), Unit: w.svc.Config.Unit, Survey: w.svc.Survey().ID, Day: day,
			Lane: server.LaneSlip, Field: field, Counter: counter, Officer: officer, Marks: map[string]string{"overall": mark},
		}
	}
	if _, err := w.svc.PutAnswers(w.t.Context(), as); err != nil {
		w.t.Fatal(err)
	}
}

// The same rates in another mix: all of the change is mix.
func TestAnalysisSplitsTheChange(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	w.rate("2024-02-05", "Chứng thực", "Quầy 1", "CC01", 80, 100)
	w.rate("2024-02-05", "Đất đai", "Quầy 2", "CC02", 50, 100)
	w.rate("2024-05-05", "Chứng thực", "Quầy 1", "CC01", 160, 200)
	w.rate("2024-05-05", "Đất đai", "Quầy 2", "CC02", 10, 20)
	p, _ := parsePeriod("2024-Q2")
	d, err := w.site.analyse(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	// 130/200 = 65 %, 170/220 = 77.27 %; rates are the same, so mix = 12.27.
	c := d.Change
	if c.Share0 != "65,0%" || c.Share1 != "77,3%" || c.Change != "+12,3" || c.Mix != "+12,3" || c.Rate != "0,0" || !c.Significant {
		t.Errorf("%+v", c)
	}
	if c.Before != "01/01/2024 – 31/03/2024" {
		t.Errorf("the period before is %s", c.Before)
	}
}

func TestPeriodBefore(t *testing.T) {
	t.Parallel()
	for key, want := range map[string]string{
		"2024": "2023-01-01 2023-12-31", "2024-Q1": "2023-10-01 2023-12-31", "2024-H2": "2024-01-01 2024-06-30", "2024-03": "2024-02-01 2024-02-29",
	} {
		p, ok := parsePeriod(key)
		if b := p.before(); !ok || fmt.Sprint(b.From, " ", b.To) != want {
			t.Errorf("before %s: %s %s, want %s", key, b.From, b.To, want)
		}
	}
	p, err := parseSpan("2024-03-10", "2024-03-16")
	if b := p.before(); err != nil || b.From != "2024-03-03" || b.To != "2024-03-09" {
		t.Errorf("before a week: %+v %v", b, err)
	}
}

// Counters are told apart only where chance cannot explain it, and an officer
// with few answers has no figure on the page.
func TestAnalysisComparesFairly(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	w.user("lan", server.RoleLeader)
	w.rate("2024-02-05", "Hộ tịch", "Quầy 1", "CC01", 180, 200)
	w.rate("2024-02-05", "Hộ tịch", "Quầy 2", "CC02", 178, 200)
	w.rate("2024-02-06", "Hộ tịch", "Quầy 2", "CC07", 3, 29)
	v := w.visitor().signIn("lan")
	body := v.get("/phan-tich?ky=2024-Q1").body
	if !strings.Contains(body, "CC01") || !strings.Contains(body, "180/200") {
		t.Error("an officer with enough answers is missing")
	}
	row := body[strings.Index(body, "CC07"):]
	if row = row[:strings.Index(row, "</tr>")]; strings.Contains(row, "3/29") || !strings.Contains(row, "Dưới 30 phiếu") {
		t.Errorf("an officer with 29 answers has figures: %s", row)
	}
	p, _ := parsePeriod("2024-Q1")
	d, err := w.site.analyse(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	g := scoring.NewGroups([]scoring.GroupCount{{Name: "Quầy 1", X: 180, N: 200}, {Name: "Quầy 2", X: 181, N: 229}}, 0.9)
	for i, r := range d.Counters.Rows {
		want := map[string]string{"": "Trong giới hạn", "below": "Thấp hơn mức chung", "above": "Cao hơn mức chung"}[g.Entries[i].Signal]
		if r.Name != g.Entries[i].Name || r.Verdict.Text != want {
			t.Errorf("%s: %s, want %s", r.Name, r.Verdict.Text, want)
		}
	}
}

// Whether there is anything to say comes before what it is.
func TestCompareSentence(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		counts []scoring.GroupCount
		want   string
	}{
		{[]scoring.GroupCount{{Name: "A", X: 90, N: 100}, {Name: "B", X: 91, N: 100}}, "Không có bằng chứng các quầy khác nhau"},
		{[]scoring.GroupCount{{Name: "A", X: 548, N: 576}, {Name: "B", X: 542, N: 604}, {Name: "C", X: 514, N: 581}}, "không quầy nào tách hẳn"},
	} {
		g := scoring.NewGroups(tt.counts, 0.9)
		if got := compareSentence("quầy", g, nil, nil); !strings.Contains(got, tt.want) {
			t.Errorf("%v: %s", tt.counts, got)
		}
	}
	g := scoring.NewGroups([]scoring.GroupCount{{Name: "A", X: 90, N: 100}, {Name: "B", X: 91, N: 100}}, 0.9)
	if got := compareSentence("quầy", g, []string{"A"}, nil); !strings.Contains(got, "thấp hơn mức chung: A") {
		t.Error(got)
	}
}

// Nothing to analyse is said, not drawn.
func TestAnalysisOfNothing(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	w.user("lan", server.RoleLeader)
	body := w.visitor().signIn("lan").get("/phan-tich").body
	if strings.Contains(body, "NaN") || strings.Contains(body, "0%") || strings.Count(body, "Không có dữ liệu trong kỳ này.") != 5 {
		t.Errorf("an empty store shows:\n%s", body)
	}
}

// The bars of a question fill its whole width once, whatever the answers are.
func TestLikertBars(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	sampleYear(t, w.svc, 600)
	p, _ := parsePeriod("2024")
	d, err := w.site.analyse(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Likert.Rows) != 6 || d.Likert.Rows[0].Name != "Đánh giá chung" {
		t.Fatalf("%d rows", len(d.Likert.Rows))
	}
	var widest, first float64
	for i, r := range d.Likert.Rows {
		var sum, lowest, end float64
		lowest = 100
		for _, b := range r.Bars {
			var x, width float64
			if _, err := fmt.Sscanf(b.X+" "+b.Width, "%f%% %f%%", &x, &width); err != nil {
				t.Fatal(err)
			}
			sum, lowest, end = sum+width, min(lowest, x), max(end, x+width)
		}
		if lowest < 0.9 || end > 100.1 {
			t.Errorf("%s runs from %v to %v", r.Name, lowest, end)
		}
		if i == 0 {
			first = sum
		}
		if sum < first-0.1 || sum > first+0.1 {
			t.Errorf("%s is %v wide, the first %v", r.Name, sum, first)
		}
		widest = max(widest, end)
	}
	if widest < 95 {
		t.Errorf("the bars end at %v", widest)
	}
}

// Reasons stand with their count and what they are out of, the commonest first,
// and where few named any, none is shown.
func TestAnalysisReasons(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	w.user("lan", server.RoleLeader)
	var as []server.Answer
	put := func(n int, item, mark string, reasons ...string) {
		for range n {
			as = append(as, server.Answer{ID: fmt.Sprint("r", len(as)), Unit: w.svc.Config.Unit, Survey: w.svc.Survey().ID, Day: "2024-02-05",
				Lane: server.LaneKiosk, Marks: map[string]string{"overall": "3", item: mark}, Reasons: reasons})
		}
	}
	put(25, "official", "2", "c11")
	put(15, "official", "1", "c9", "c11")
	put(10, "official", "1")
	put(50, "official", "5")
	put(9, "result", "2", "c14")
	if _, err := w.svc.PutAnswers(t.Context(), as); err != nil {
		t.Fatal(err)
	}
	body := w.visitor().signIn("lan").get("/phan-tich?ky=2024-Q1").body
	body = body[strings.Index(body, `id="reasons-h"`):]
	body = body[:strings.Index(body, "</section>")]
	for _, want := range []string{
		"Được nêu nhiều nhất: Hướng dẫn khó hiểu, phải đi lại nhiều (Công chức trực tiếp giải quyết công việc) – 40/40 phiếu nêu lý do.",
		"50/100 chưa hài lòng, 40 nêu lý do", "15/40", "38%", "9/9 chưa hài lòng", "Dưới 10 phiếu nêu lý do",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("%q is missing in\n%s", want, body)
		}
	}
	if strings.Index(body, "40/40") > strings.Index(body, "15/40") || strings.Contains(body, "Trả kết quả trễ hẹn") {
		t.Errorf("out of order, or a small cell is told:\n%s", body)
	}
}
