package web

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"hailong/server"
	"hailong/server/store/memory"
)

// A handful is a fixture small enough to count by hand.
type handful struct {
	field        string
	x, n         int // satisfied of answers
	onTime, late int // dossiers
	day          server.Day
	lane         server.Lane
}

// put stores dossiers and answers as a handful says.
func (w *ward) put(hs ...handful) {
	w.t.Helper()
	serial := 0
	var ds []server.Dossier
	var as []server.Answer
	for h, hand := range hs {
		in := hand.day.Time().Add(8 * time.Hour)
		for i := range hand.onTime + hand.late {
			serial++
			d := server.Dossier{
				Code: server.DossierCode(fmt.Sprintf("H24.1.%d-%s-%05d", h+1, in.Format("060102"), serial)), Field: hand.field,
				Status: server.StatusReturned, Received: in, Due: in.Add(2 * time.Hour), Finished: in.Add(time.Hour), Returned: in.Add(time.Hour),
			}
			if i >= hand.onTime {
				d.Finished, d.Returned = in.Add(3*time.Hour), in.Add(3*time.Hour)
			}
			ds = append(ds, d)
		}
		for i := range hand.n {
			mark := "5"
			if i >= hand.x {
				mark = "3" // neutral is not satisfied
			}
			lane := hand.lane
			if lane == "" {
				lane = server.LaneSlip
			}
			as = append(as, server.Answer{
				ID: fmt.Sprintf("%s-%d-%d", hand.day, h, i), Unit: w.svc.Config.Unit, Survey: w.svc.Survey().ID, Day: hand.day, Lane: lane, Field: hand.field,
				Marks: map[string]string{"overall": mark, "access": mark, "feedback": "N"},
			})
		}
	}
	if _, err := w.svc.PutDossiers(w.t.Context(), ds); err != nil {
		w.t.Fatal(err)
	}
	if _, err := w.svc.PutAnswers(w.t.Context(), as); err != nil {
		w.t.Fatal(err)
	}
}

var tags = regexp.MustCompile(`(?s)<style.*?</style>|<[^>]*>`)
var space = regexp.MustCompile(`\s+`)

// text is what a page says, without markup.
func (p page) text() string {
	return strings.TrimSpace(space.ReplaceAllString(tags.ReplaceAllString(p.body, " "), " "))
}

func (p page) says(t *testing.T, want ...string) {
	t.Helper()
	text := p.text()
	for _, w := range want {
		if !strings.Contains(text, w) {
			t.Errorf("the page does not say %q", w)
		}
	}
	if t.Failed() {
		t.Log(text)
	}
}

// The figures here were worked out apart from this program: shares by hand,
// Wilson limits with (p + z²/2n ± z√(p(1-p)/n + z²/4n²))/(1 + z²/n), z = 1.96.
func TestDashboardFigures(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	w.user("lan", server.RoleLeader)
	w.put(
		handful{field: "Chứng thực", x: 95, n: 100, onTime: 250, day: "2024-02-05"},
		handful{field: "Hộ tịch", x: 40, n: 50, onTime: 90, late: 10, day: "2024-02-06"},
		handful{field: "Đất đai", x: 2, n: 5, onTime: 9, late: 1, day: "2024-03-07", lane: server.LaneKiosk},
		handful{field: "Hộ tịch", x: 1, n: 1, onTime: 1, day: "2023-12-31"}, // another year
	)
	p := w.visitor().signIn("lan").get("/tong-quan?ky=2024")
	if p.code != http.StatusOK {
		t.Fatal(p.code, p.body)
	}
	p.says(t,
		// 137 of 155 is 0,88387…; on time 349 of 360 is 0,96944…
		"88,39%", "137 hài lòng / 155 phiếu trả lời", "Khoảng tin cậy 95%: 82,4% – 92,5%",
		"96,94%", "349 đúng hạn / 360 hồ sơ đã giải quyết", "11 hồ sơ giải quyết quá hạn",
		"Chưa thể kết luận",
		// fields: 95/100, 40/50, 2/5; without chứng thực 42/55 = 76,36 %, on time 99/110… and 90 of 100
		"Không tính Chứng thực Đã trả 110", "76,4% 63,7% – 85,6% 42/55", "80,0% 67,0% – 88,8% 40/50", "95,0% 88,8% – 97,8% 95/100",
		"90,0% 90/100", "Thấp nhất: Hộ tịch 80,0% (40/50 phiếu). Không tính Chứng thực: 76,4%, thấp hơn chung 12,0 điểm.",
		// in the mix of 250, 100 and 10 dossiers: (250·0,95 + 100·0,8 + 10·0,4)/360 = 0,89305…
		"Theo cơ cấu hồ sơ Đã trả – 89,3%",
		// Đất đai has five answers: too few
		"40,0% 11,8% – 76,9% 2/5", "Quá ít phiếu",
		// trend: February 135/150 = exactly 90 %, March 2/5
		"02/2024 135/150 90,0% 84,2% – 93,8%", "03/2024 2/5 40,0% ít phiếu", "04/2024 0 không có dữ liệu",
		"Tháng 03/2024: 40,0% (5 phiếu). 1 trong 1 tháng đủ 30 phiếu từ 90% trở lên; thấp nhất tháng 02/2024 (90,0%).",
		// nobody was invited
		"Còn 360 hồ sơ đã trả chưa có phiếu mời", "155 43,1%",
		// lanes
		"Phiếu có mã, trên điện thoại", "90,0% 84,2% – 93,8% 135/150", "Phiếu có mã, tại ki-ốt",
		// elements: access as overall, feedback nobody
		"Tiếp cận dịch vụ", "Tiếp nhận, giải quyết góp ý, phản ánh, kiến nghị", "không có dữ liệu",
	)
	if strings.Contains(p.body, "DỮ LIỆU MẪU") {
		t.Error("marked as a demonstration")
	}
}

// What the page shows, what the files hold and what the index document says
// are the same numbers.
func TestDashboardAgreesWithIndexAndFiles(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, true)
	w.user("lan", server.RoleLeader)
	sampleYear(t, w.svc, 400)
	v := w.visitor().signIn("lan")
	for _, q := range []string{"ky=2024", "ky=2024-Q1", "ky=2024-H1", "tu=2024-02-10&den=2024-05-20"} {
		pg := v.get("/tong-quan?" + q)
		span, ok := map[string][2]server.Day{
			"ky=2024": {"2024-01-01", "2024-12-31"}, "ky=2024-Q1": {"2024-01-01", "2024-03-31"}, "ky=2024-H1": {"2024-01-01", "2024-06-30"},
			"tu=2024-02-10&den=2024-05-20": {"2024-02-10", "2024-05-20"},
		}[q]
		if !ok || pg.code != http.StatusOK {
			t.Fatal(q, pg.code)
		}
		doc, err := w.svc.Index(t.Context(), server.IndexQuery{From: span[0], To: span[1], By: []server.Dimension{server.ByField}})
		if err != nil {
			t.Fatal(err)
		}
		it, _ := doc.Items.Get("overall")
		pg.says(t, fmt.Sprintf("%s hài lòng / %s phiếu trả lời", countText(it.X), countText(it.N)),
			fmt.Sprintf("%s đúng hạn / %s hồ sơ đã giải quyết", countText(doc.OnTime.X), countText(doc.OnTime.N)),
			percentText(*it.Share, 2, 0.9), "DỮ LIỆU MẪU – câu trả lời được mô phỏng")
		for _, part := range doc.Parts {
			f, _ := part.Document.Items.Get("overall")
			if f.N > 0 {
				pg.says(t, fmt.Sprintf("%s/%s", countText(f.X), countText(f.N)))
			}
		}
		file := v.get("/xuat/chi-so.csv?" + q)
		if file.code != http.StatusOK || !strings.HasPrefix(file.header.Get("Content-Type"), "text/csv") {
			t.Fatal(q, file.code)
		}
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(file.body, "\ufeff"))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		if got := rows[1][5] + "/" + rows[1][6]; got != fmt.Sprintf("%d/%d", it.X, it.N) {
			t.Errorf("%s: the CSV says %s, the index %d/%d", q, got, it.X, it.N)
		}
		book := v.get("/xuat/chi-so.xlsx?" + q)
		if book.code != http.StatusOK || !strings.HasPrefix(book.body, "PK") {
			t.Errorf("%s: the workbook: %d", q, book.code)
		}
		name := strings.TrimPrefix(q, "ky=")
		if strings.HasPrefix(q, "tu=") {
			name = "2024-02-10_2024-05-20"
		}
		if got := book.header.Get("Content-Disposition"); got != `attachment; filename="chi-so-hai-long-`+name+`.xlsx"` {
			t.Errorf("the file is called %s", got)
		}
	}
}

// Nothing is 0 % or 100 % where there is nothing.
func TestDashboardOfNothing(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	w.user("lan", server.RoleLeader)
	v := w.visitor().signIn("lan")
	pages := map[string]page{"dashboard": v.get("/tong-quan"), "board": v.get("/cong-khai"), "far away": v.get("/tong-quan?ky=1999-Q2"), "future": v.get("/tong-quan?tu=2090-01-01&den=2090-02-01")}
	w.put(handful{field: "Hộ tịch", onTime: 0, late: 0, n: 3, x: 3, day: "2024-02-06"})
	pages["answers only"] = v.get("/tong-quan?ky=2024")
	for name, p := range pages {
		if p.code != http.StatusOK {
			t.Errorf("%s: %d", name, p.code)
			continue
		}
		text := p.text()
		for _, bad := range []string{"NaN", "Inf", " 0%", " 0,0%", "<nil>", "%!", "100,00%"} {
			if strings.Contains(text, bad) && !(name == "answers only" && bad == "100,00%") {
				t.Errorf("%s says %q: %s", name, bad, text)
			}
		}
		if !strings.Contains(strings.ToLower(text), "không có dữ liệu") {
			t.Errorf("%s does not say that there is no data: %s", name, text)
		}
	}
	pages["answers only"].says(t, "Chưa thể kết luận: mới có 3 phiếu, cần ít nhất 30.")
	for _, kind := range []string{"csv", "xlsx"} {
		if p := v.get("/xuat/chi-so." + kind + "?ky=1999"); p.code != http.StatusOK {
			t.Errorf("export of nothing as %s: %d", kind, p.code)
		}
	}
}

func TestDashboardEscapes(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	w.user("lan", server.RoleLeader)
	var hs []handful
	for i, field := range []string{`<script>alert(1)</script>`, `" onmouseover="x`, `{{.User}}`, `=cmd()`, `</table><img src=x>`, "$where"} {
		hs = append(hs, handful{field: field, x: 30, n: 40 + i, onTime: 40 + i, day: "2024-02-06"})
	}
	w.put(hs...)
	v := w.visitor().signIn("lan")
	for _, path := range []string{"/tong-quan?ky=2024", "/cong-khai", "/tong-quan?ky=%3Cscript%3E", "/tong-quan?tu=%22%3E%3Cscript%3E&den=x"} {
		p := v.get(path)
		for _, bad := range []string{"<script", "<img src=x", `" onmouseover=`} {
			if strings.Contains(p.body, bad) {
				t.Errorf("%s holds %q", path, bad)
			}
		}
		if policy := p.header.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") || strings.Contains(policy, "script") {
			t.Errorf("%s: policy %q", path, policy)
		}
	}
	if p := v.get("/tong-quan?ky=2024"); !strings.Contains(p.body, "&lt;script&gt;alert(1)&lt;/script&gt;") {
		t.Error("the field's name is not shown as it is")
	}
}

func TestPeriodProblems(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	w.user("lan", server.RoleLeader)
	w.user("mttq", server.RoleObserver)
	w.put(handful{field: "Hộ tịch", x: 30, n: 40, onTime: 40, day: "2024-02-06"})
	v := w.visitor().signIn("lan")
	for query, want := range map[string]string{
		"ky=2024-Q5":                     "Không có kỳ báo cáo như vậy.",
		"tu=2024-02-30&den=2024-03-01":   "Ngày phải viết như 31/12/2024.",
		"tu=2024-03-01":                  "Ngày phải viết như 31/12/2024.",
		"tu=2024-03-02&den=2024-03-01":   "Ngày đầu 02/03/2024 sau ngày cuối 01/03/2024.",
		"tu=1990-03-02&den=2024-03-01":   "Khoảng thời gian dài hơn mười năm.",
		"tu=" + strings.Repeat("9", 900): "Ngày phải viết như 31/12/2024.",
	} {
		p := v.get("/tong-quan?" + query)
		if p.code != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", query, p.code)
		}
		p.says(t, want, "Đang hiển thị: Năm 2024.")
		if e := v.get("/xuat/chi-so.csv?" + query); e.code != http.StatusUnprocessableEntity || !strings.Contains(e.body, want) {
			t.Errorf("export of %s: %d", query, e.code)
		}
	}
	v.get("/tong-quan?tu=01/02/2024&den=29/2/2024").says(t, "01/02/2024 – 29/02/2024", "30 hài lòng / 40 phiếu")
	// An observer must not get single days as the difference of two spans.
	o := w.visitor().signIn("mttq")
	if p := o.get("/tong-quan?tu=2024-02-01&den=2024-02-28"); p.code != http.StatusUnprocessableEntity {
		t.Errorf("observer: %d", p.code)
	}
	if p := o.get("/tong-quan?ky=2024-02"); p.code != http.StatusUnprocessableEntity {
		t.Errorf("observer: %d", p.code)
	}
	o.get("/tong-quan?ky=2024-Q1").says(t, "Quý I/2024", "30 hài lòng / 40 phiếu")
}

// cellsOf is the text of every cell of a workbook.
func cellsOf(t *testing.T, workbook string) string {
	t.Helper()
	f, err := excelize.OpenReader(strings.NewReader(workbook))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var b strings.Builder
	for _, sheet := range f.GetSheetList() {
		rows, err := f.GetRows(sheet, excelize.Options{RawCellValue: true})
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			b.WriteString(strings.Join(row, ",") + ",\n")
		}
	}
	return b.String()
}

// The same cells are hidden on the page, in the files, by the API and on the
// public board; and a report, which leaves the house, hides them from its
// readers, who see them on their own page.
func TestSmallCellsAreHiddenEverywhere(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	w.user("mttq", server.RoleObserver)
	w.user("lan", server.RoleLeader)
	w.put(
		handful{field: "Chứng thực", x: 4, n: 7, onTime: 7, day: "2024-02-05"},
		handful{field: "Hộ tịch", x: 33, n: 41, onTime: 41, day: "2024-02-06"},
		handful{field: "Đất đai", x: 80, n: 93, onTime: 93, day: "2024-02-07"},
	)
	leader, observer := w.visitor().signIn("lan"), w.visitor().signIn("mttq")
	const index = "/api/v1/index?from=2024-01-01&to=2024-12-31&by=field"
	leader.get("/tong-quan?ky=2024").says(t, "4/7", "113/134", "33/41", "80/93")
	for path, shown := range map[string]string{
		"/tong-quan?ky=2024": "80/93", "/xuat/chi-so.csv?ky=2024": ",80,93,", "/xuat/chi-so.xlsx?ky=2024": ",80,93,", index: `"n":93`, "/cong-khai?ky=2024": "80/93", "/cong-khai.json?ky=2024": `"x":80,"n":93`,
	} {
		p := observer.get(path)
		body := p.text()
		if strings.Contains(path, ".xlsx") {
			body = cellsOf(t, p.body)
		}
		if p.code != http.StatusOK || !strings.Contains(body, shown) {
			t.Errorf("%s: %d, and does not show %s: %s", path, p.code, shown, body)
		}
		// 7 is small; 41 gives it back with the total; 134 is the total without it.
		for _, bad := range []string{"4/7", ",4,7,", "33/41", ",33,41,", "113/134", ",113,134,", `"n":7,`, `"n":41,`, `"n":134,`} {
			if strings.Contains(body, bad) {
				t.Errorf("%s shows %s to an observer: %s", path, bad, body)
			}
		}
	}
	if p := leader.get(index); !strings.Contains(p.body, `"n":7,`) || !strings.Contains(p.body, `"n":41,`) {
		t.Error("a leader is not shown everything")
	}
	for _, format := range []string{"csv", "xlsx"} {
		p := leader.get("/api/v1/reports/2024." + format)
		body := p.text()
		if format == "xlsx" {
			body = cellsOf(t, p.body)
		}
		if p.code != http.StatusOK || !strings.Contains(body, "Hộ tịch") {
			t.Errorf("report as %s: %d", format, p.code)
		}
		for _, bad := range []string{",4,7,", ",33,41,", ",113,134,"} {
			if strings.Contains(body, bad) {
				t.Errorf("the report as %s shows %s: %s", format, bad, body)
			}
		}
	}
}

// Where too few answered in all, an observer sees the office's facts only.
func TestObserverOfAHandful(t *testing.T) {
	t.Parallel()
	tiny := newWard(t, nil, server.Config{}, false)
	tiny.user("mttq", server.RoleObserver)
	tiny.put(handful{field: "Hộ tịch", x: 3, n: 4, onTime: 40, day: "2024-02-06"})
	o := tiny.visitor().signIn("mttq")
	p := o.get("/tong-quan?ky=2024")
	p.says(t, "Quá ít phiếu trả lời để hiển thị", "40 đúng hạn / 40 hồ sơ")
	if strings.Contains(p.text(), "3 hài lòng") || strings.Contains(p.text(), "3/4") {
		t.Error("four answers are shown to an observer")
	}
	for _, kind := range []string{"csv", "xlsx"} {
		if e := o.get("/xuat/chi-so." + kind + "?ky=2024"); e.code != http.StatusOK {
			t.Errorf("export of a hidden period as %s: %d", kind, e.code)
		}
	}
}

func TestBoard(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, true)
	w.put(
		handful{field: "Chứng thực", x: 190, n: 200, onTime: 200, day: "2024-02-05"},
		handful{field: "Hộ tịch", x: 40, n: 50, onTime: 90, late: 10, day: "2024-05-06"},
		handful{field: "Đất đai", x: 2, n: 5, onTime: 9, late: 1, day: "2024-05-07"},
		handful{field: "Người có công", x: 3, n: 8, onTime: 9, day: "2024-05-08"},
		handful{field: "Hộ tịch", x: 0, n: 40, onTime: 40, day: "2025-01-10"}, // a quarter that is not over
	)
	v := w.visitor()
	p := v.get("/cong-khai")
	if p.code != http.StatusOK {
		t.Fatal(p.code, p.body)
	}
	p.says(t, "Năm 2024", "235 hài lòng / 263 phiếu trả lời", "308 đúng hạn / 319 hồ sơ", "DỮ LIỆU MẪU", "2 lĩnh vực không hiển thị", "Mỗi hồ sơ đã trả kết quả được mời đánh giá")
	if text := p.text(); strings.Contains(text, "Đất đai") || strings.Contains(text, "Người có công") || strings.Contains(text, "2025") {
		t.Errorf("the board shows what it must not: %s", text)
	}
	var doc struct {
		Schema, Period string
		Demo           bool
		Satisfaction   struct {
			X, N   int64
			Share  float64
			Wilson struct{ Lo, Hi float64 }
		}
		OnTime struct{ X, N int64 } `json:"on_time"`
		Fields []struct {
			Field        string
			Hidden       bool
			Satisfaction *struct{ X, N int64 }
		}
		Periods []string
	}
	j := v.get("/cong-khai.json")
	if err := json.Unmarshal([]byte(j.body), &doc); err != nil {
		t.Fatal(err)
	}
	if doc.Satisfaction.X != 235 || doc.Satisfaction.N != 263 || math.Abs(doc.Satisfaction.Share-235./263) > 1e-15 || doc.OnTime.X != 308 || doc.OnTime.N != 319 || !doc.Demo || doc.Period != "2024" {
		t.Errorf("%+v", doc)
	}
	for _, f := range doc.Fields {
		small := f.Field == "Đất đai" || f.Field == "Người có công"
		if f.Hidden != small || f.Hidden != (f.Satisfaction == nil) {
			t.Errorf("%+v", f)
		}
	}
	for _, id := range []string{"2023", "2025", "2025-Q1", "2024-05", "2024-H2", "x", "2024'--", "%00"} {
		if p := v.get("/cong-khai.json?ky=" + id); p.code != http.StatusNotFound || !strings.Contains(p.header.Get("Content-Type"), "problem+json") {
			t.Errorf("%s: %d", id, p.code)
		}
		if p := v.get("/cong-khai?ky=" + id); p.code != http.StatusNotFound {
			t.Errorf("%s: %d", id, p.code)
		}
	}
	for _, id := range doc.Periods {
		if p := v.get("/cong-khai?ky=" + id); p.code != http.StatusOK {
			t.Errorf("%s is listed, but %d", id, p.code)
		}
	}
	// A free span of days must not be a way around the fixed list.
	if a, b := v.get("/cong-khai.json"), v.get("/cong-khai.json?tu=2024-02-05&den=2024-02-06&from=2024-02-05"); a.body != b.body {
		t.Error("the board takes a free span")
	}
}

// BenchmarkDashboard is one page view over a year of 3,000 dossiers.
func BenchmarkDashboard(b *testing.B) {
	w := newWard(b, memory.New(), server.Config{}, true)
	sampleYear(b, w.svc, 3000)
	p, _ := parsePeriod("2024")
	b.Run("figures", func(b *testing.B) {
		for b.Loop() {
			if _, err := w.site.dashboardFigures(b.Context(), server.RoleLeader, p); err != nil {
				b.Fatal(err)
			}
		}
	})
	w.user("lan", server.RoleLeader)
	v := w.visitor().signIn("lan")
	b.Run("page", func(b *testing.B) {
		for b.Loop() {
			v.get("/tong-quan?ky=2024")
		}
	})
	b.Run("board", func(b *testing.B) {
		for b.Loop() {
			v.get("/cong-khai")
		}
	})
}
