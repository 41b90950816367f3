package report_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"hailong/scoring"
	"hailong/server"
	"hailong/server/report"
	"hailong/server/store/memory"
)

// Names that a spreadsheet would run, if it were let.
var wicked = []string{"=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1:A9)", "\tTab", `a "quoted", field`, "<script>{{.}}</script>", "Hộ tịch\nhai dòng"}

// figuresOf makes the figures of 2024 from answers and dossiers that are
// always the same; nothing happens in some months.
func figuresOf(t testing.TB, empty bool) *report.Figures {
	t.Helper()
	ctx := t.Context()
	svc, err := server.New(ctx, memory.New(), make([]byte, server.SecretSize), server.Config{})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2025, 1, 3, 9, 0, 0, 0, server.Zone)
	svc.Now = func() time.Time { return now }
	if !empty {
		fill(t, svc)
	}
	cube, err := svc.Cube(ctx, svc.Survey(), "2024-01-01", "2024-12-31")
	if err != nil {
		t.Fatal(err)
	}
	q := func(f server.Filter, by ...server.Dimension) *server.IndexDocument {
		return cube.Document(server.IndexQuery{By: by, Filter: f, Brief: true})
	}
	fig := &report.Figures{
		Period: "Năm 2024", Made: now, Survey: svc.Survey(),
		Total: q(server.Filter{}, server.ByField), Without: q(server.Except(server.ByField, "Chứng thực")),
		Trend: q(server.Filter{}, server.ByMonth), Lanes: q(server.Filter{}, server.ByLane),
	}
	fig.Mix, _ = cube.Reweighted(server.Filter{}, server.ByField)
	for m := 1; m <= 12; m++ {
		fig.Months = append(fig.Months, fmt.Sprintf("2024-%02d", m))
	}
	return fig
}

func fill(t testing.TB, svc *server.Service) {
	t.Helper()
	chance := rand.New(rand.NewPCG(1, 2))
	fields := append([]string{"Chứng thực", "Chứng thực", "Chứng thực", "Hộ tịch", "Đất đai", ""}, wicked...)
	var answers []server.Answer
	var dossiers []server.Dossier
	for i := range 900 {
		field := fields[chance.IntN(len(fields))]
		day := server.Day("2024-01-01").Add(chance.IntN(366))
		if m := day.Month(); m == "2024-02" || m == "2024-09" { // no dossiers, no answers
			continue
		}
		received := day.Time().Add(8 * time.Hour)
		d := server.Dossier{Code: server.DossierCode(fmt.Sprintf("H24.1.2-240101-%05d", i)), Field: field, Status: server.StatusReturned, Received: received,
			Due: received.Add(48 * time.Hour), Finished: received.Add(time.Duration(chance.IntN(50)) * time.Hour)}
		d.Returned = d.Finished
		dossiers = append(dossiers, d)
		if chance.IntN(3) == 0 {
			continue
		}
		marks := map[string]string{}
		for _, it := range svc.Survey().Items() {
			marks[it.ID] = []string{"5", "5", "5", "5", "4", "4", "4", "4", "4", "3", "2", "", "N"}[chance.IntN(12)]
		}
		answers = append(answers, server.Answer{ID: strconv.Itoa(i), Unit: svc.Config.Unit, Survey: svc.Survey().ID, Day: day,
			Lane: []server.Lane{server.LaneSlip, server.LaneKiosk, server.LaneWalkUp}[chance.IntN(3)], Field: field, Marks: marks})
	}
	if _, err := svc.PutDossiers(t.Context(), dossiers); err != nil {
		t.Fatal(err)
	}
	if _, err := svc.PutAnswers(t.Context(), answers); err != nil {
		t.Fatal(err)
	}
}

// csvOf returns the rows under the head.
func csvOf(t testing.TB, f *report.Figures) [][]string {
	t.Helper()
	var b bytes.Buffer
	if err := report.IndexCSV(&b, f); err != nil {
		t.Fatal(err)
	}
	text, ok := strings.CutPrefix(b.String(), "\ufeff")
	if !ok {
		t.Fatal("no byte order mark")
	}
	if strings.Count(text, "\n") != strings.Count(text, "\r\n") {
		t.Error("a line does not end in CRLF")
	}
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	want := "nhóm,tên,chỉ tiêu,từ ngày,đến ngày,tử số,mẫu số,tỷ lệ,cận dưới 95%,cận trên 95%,mục tiêu,kết luận,phương pháp"
	if got := strings.Join(rows[0], ","); got != want {
		t.Fatalf("head %q", got)
	}
	return rows[1:]
}

// Every line of the CSV is the index document's figure, unrounded: recomputed
// from its own numerator and denominator.
func TestIndexCSV(t *testing.T) {
	t.Parallel()
	f := figuresOf(t, false)
	rows := csvOf(t, f)
	groups := map[string]int{}
	sums := map[string][2]int64{}
	for _, r := range rows {
		groups[r[0]]++
		for i, c := range r {
			if c != "" && strings.ContainsRune("=+-@\t\r", rune(c[0])) {
				t.Errorf("column %d would run: %q", i, c)
			}
		}
		if r[2] == "Chỉ số hài lòng" || r[1] == "Theo cơ cấu hồ sơ" {
			continue
		}
		x, err1 := strconv.ParseInt(r[5], 10, 64)
		n, err2 := strconv.ParseInt(r[6], 10, 64)
		if err1 != nil || err2 != nil {
			t.Fatalf("counts of %q", r)
		}
		if n == 0 {
			if r[7] != "không có dữ liệu" || r[8] != "" || r[11] != "" {
				t.Errorf("nothing counted gives %q", r)
			}
			continue
		}
		if share, err := strconv.ParseFloat(r[7], 64); err != nil || share != float64(x)/float64(n) {
			t.Errorf("share of %q", r)
		}
		if r[2] == "Mức độ hài lòng" {
			w, _ := scoring.Wilson(x, n)
			if r[8] != strconv.FormatFloat(w.Lo, 'f', -1, 64) || r[9] != strconv.FormatFloat(w.Hi, 'f', -1, 64) {
				t.Errorf("Wilson interval of %q, want %v", r, w)
			}
			if v, _ := scoring.Explain(x, n, 0.9); r[11] != v.Text().VI {
				t.Errorf("verdict of %q, want %s", r, v.Text().VI)
			}
		}
		key := r[0] + "/" + r[2]
		if r[1] != "Tất cả lĩnh vực" && r[1] != "Không tính Chứng thực" {
			s := sums[key]
			sums[key] = [2]int64{s[0] + x, s[1] + n}
		}
	}
	it, _ := f.Total.Items.Get("overall")
	for _, key := range []string{"Theo tháng/Mức độ hài lòng", "Theo lĩnh vực/Mức độ hài lòng", "Theo kênh trả lời/Mức độ hài lòng"} {
		if sums[key] != [2]int64{it.X, it.N} {
			t.Errorf("%s adds up to %v, the whole is %d of %d", key, sums[key], it.X, it.N)
		}
	}
	for _, key := range []string{"Theo tháng/Giải quyết trước và đúng hạn", "Theo lĩnh vực/Giải quyết trước và đúng hạn"} {
		if sums[key] != [2]int64{f.Total.OnTime.X, f.Total.OnTime.N} {
			t.Errorf("%s adds up to %v, the whole is %d of %d", key, sums[key], f.Total.OnTime.X, f.Total.OnTime.N)
		}
	}
	if groups["Theo tháng"] != 24 || groups["Theo yếu tố"] != 5 || groups["Theo kênh trả lời"] != 3 || groups["Theo lĩnh vực"] != 2*(2+4+len(wicked)) {
		t.Errorf("groups %v", groups)
	}
}

// A store without answers gives "no data" everywhere, and no share.
func TestExportsOfNothing(t *testing.T) {
	t.Parallel()
	f := figuresOf(t, true)
	for _, r := range csvOf(t, f) {
		if r[7] != "không có dữ liệu" || r[11] != "" {
			t.Errorf("%q", r)
		}
	}
	book := open(t, f)
	for _, sheet := range book.GetSheetList() {
		rows, err := book.GetRows(sheet)
		if err != nil {
			t.Fatal(err)
		}
		for i, row := range rows {
			for _, c := range row {
				if c == "0.00%" || c == "100.00%" || strings.Contains(c, "#DIV") || strings.Contains(c, "NaN") {
					t.Errorf("%s row %d: %q", sheet, i+1, row)
				}
			}
		}
	}
}

// A hidden part shows its name and nothing else.
func TestExportsHide(t *testing.T) {
	t.Parallel()
	f := figuresOf(t, false)
	for i := range f.Total.Parts {
		if f.Total.Parts[i].Key[server.ByField] == "Hộ tịch" {
			f.Total.Parts[i].Hidden = true
		}
	}
	found := 0
	for _, r := range csvOf(t, f) {
		if r[1] == "Hộ tịch" {
			found++
			if strings.Join(r[5:10], "") != "không hiển thị" || r[11] != "" {
				t.Errorf("a hidden part shows %q", r)
			}
		}
	}
	if found != 2 {
		t.Fatalf("%d rows", found)
	}
	book := open(t, f)
	rows, err := book.GetRows("Theo lĩnh vực")
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		if len(row) > 0 && row[0] == "Hộ tịch" && strings.Join(row[1:], "") != "không hiển thịkhông hiển thị" {
			t.Errorf("a hidden part shows %q", row)
		}
	}
}

// A whole that is hidden shows how the office did, and nothing of answers.
func TestExportsHideTheWhole(t *testing.T) {
	t.Parallel()
	f := figuresOf(t, false)
	f.Mix = nil
	for _, d := range []*server.IndexDocument{f.Total, f.Without, f.Trend, f.Lanes} {
		d.Document, d.Hidden = nil, true
		for i := range d.Parts {
			d.Parts[i] = server.IndexPart{Key: d.Parts[i].Key, Hidden: true}
		}
	}
	onTime := 0
	for _, r := range csvOf(t, f) {
		part := r[0] == "Theo tháng" || r[0] == "Theo lĩnh vực" && r[1] != "Tất cả lĩnh vực" && r[1] != "Không tính Chứng thực"
		empty := r[0] == "Theo tháng" && (r[1] == "2024-02" || r[1] == "2024-09") // nothing there to hide
		switch {
		case empty:
		case r[2] == "Hồ sơ đã trả có phiếu mời" || r[2] == "Giải quyết trước và đúng hạn" && !part:
			onTime++
		case strings.Join(r[5:10], "") != "không hiển thị" || r[11] != "":
			t.Errorf("%q", r)
		}
	}
	if onTime != 4 {
		t.Errorf("%d figures of the office", onTime)
	}
	open(t, f)
}

func TestDemoIsMarked(t *testing.T) {
	t.Parallel()
	f := figuresOf(t, false)
	f.Demo = true
	for _, r := range csvOf(t, f) {
		if !strings.Contains(r[12], "DỮ LIỆU MẪU") {
			t.Fatalf("not marked: %q", r)
		}
	}
	book := open(t, f)
	for _, sheet := range book.GetSheetList() {
		if v, err := book.GetCellValue(sheet, "A4"); err != nil || !strings.Contains(v, "DỮ LIỆU MẪU") {
			t.Errorf("%s is not marked: %q, %v", sheet, v, err)
		}
	}
}

func xlsxOf(t testing.TB, f *report.Figures) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := report.IndexXLSX(&b, f); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func open(t testing.TB, f *report.Figures) *excelize.File {
	t.Helper()
	book, err := excelize.OpenReader(bytes.NewReader(xlsxOf(t, f)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { book.Close() })
	return book
}

// The share is a formula, its stored value is the figure, to the 15 digits a
// spreadsheet keeps, and nothing else in the workbook is a formula.
func TestIndexXLSX(t *testing.T) {
	t.Parallel()
	f := figuresOf(t, false)
	book := open(t, f)
	if got := strings.Join(book.GetSheetList(), ","); got != "Tổng hợp,Theo tháng,Theo lĩnh vực,Phương pháp" {
		t.Fatalf("sheets %s", got)
	}
	formulas := 0
	for _, sheet := range book.GetSheetList() {
		rows, err := book.GetRows(sheet, excelize.Options{RawCellValue: true})
		if err != nil {
			t.Fatal(err)
		}
		for i, row := range rows {
			for j, v := range row {
				name, err := excelize.CoordinatesToCellName(j+1, i+1)
				if err != nil {
					t.Fatal(err)
				}
				formula, err := book.GetCellFormula(sheet, name)
				if err != nil {
					t.Fatal(err)
				}
				if formula == "" || !strings.HasPrefix(formula, "IF(") {
					continue
				}
				formulas++
				calculated, err := book.CalcCellValue(sheet, name, excelize.Options{RawCellValue: true})
				if err != nil || !close15(v, calculated) {
					t.Errorf("%s %s stores %q, %s gives %q, %v", sheet, name, v, formula, calculated, err)
				}
			}
		}
		panes, err := book.GetPanes(sheet)
		if err != nil || !panes.Freeze || panes.YSplit < 5 {
			t.Errorf("%s is not frozen: %+v, %v", sheet, panes, err)
		}
		layout, err := book.GetPageLayout(sheet)
		if err != nil || *layout.Size != 9 || *layout.FitToWidth != 1 {
			t.Errorf("%s does not print on A4: %+v, %v", sheet, layout, err)
		}
	}
	if formulas < 60 {
		t.Errorf("only %d formulas", formulas)
	}
	for _, name := range wicked {
		if formula, err := book.GetCellFormula("Theo lĩnh vực", "A8"); err != nil || formula != "" {
			t.Errorf("%q became the formula %q, %v", name, formula, err)
		}
	}
}

func close15(a, b string) bool {
	if a == b {
		return true
	}
	x, err1 := strconv.ParseFloat(a, 64)
	y, err2 := strconv.ParseFloat(b, 64)
	return err1 == nil && err2 == nil && math.Abs(x-y) <= 1e-14
}

// LibreOffice calculates the workbook afresh to the figures of the CSV.
func TestIndexXLSXInLibreOffice(t *testing.T) {
	t.Parallel()
	need(t, "soffice")
	f := figuresOf(t, false)
	dir := t.TempDir()
	path := filepath.Join(dir, "figures.xlsx")
	bare := open(t, f)
	if err := bare.UpdateLinkedValue(); err != nil { // drops the stored values of formulas
		t.Fatal(err)
	}
	if err := bare.SaveAs(path); err != nil {
		t.Fatal(err)
	}
	profile := "-env:UserInstallation=file://" + filepath.Join(dir, "profile")
	command(t, "soffice", profile, "--headless", "--convert-to", "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,false,false,false,false,-1", "--outdir", dir, path)
	read := func(sheet string) [][]string {
		file, err := os.Open(filepath.Join(dir, "figures-"+sheet+".csv"))
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		r := csv.NewReader(file)
		r.FieldsPerRecord = -1
		rows, err := r.ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		return rows
	}
	want := map[string]string{} // group/name/measure → x n share
	for _, r := range csvOf(t, f) {
		want[r[0]+"/"+r[1]+"/"+r[2]] = strings.Join(r[5:8], " ")
	}
	compared := 0
	check := func(key, x, n, share string) {
		t.Helper()
		if digits, ok := strings.CutSuffix(share, "%"); ok {
			per, err := strconv.ParseFloat(digits, 64)
			if err != nil {
				t.Errorf("%s: %v", key, err)
			}
			share = strconv.FormatFloat(per/100, 'g', -1, 64)
		}
		w := strings.SplitN(want[key], " ", 3)
		if len(w) != 3 {
			t.Errorf("the CSV has no %q", key)
			return
		}
		if x != w[0] || n != w[1] || !close15(share, w[2]) {
			t.Errorf("%s: LibreOffice has %s of %s, %s; the CSV %v", key, x, n, share, w)
		}
		compared++
	}
	for _, r := range read("Theo tháng") {
		if len(r) > 10 && len(r[0]) == 7 && r[0][2] == '/' {
			key := "Theo tháng/" + r[0][3:] + "-" + r[0][:2]
			check(key+"/Mức độ hài lòng", r[1], r[2], r[3])
			check(key+"/Giải quyết trước và đúng hạn", r[7], r[8], r[9])
		}
	}
	for i, r := range read("Theo lĩnh vực") {
		if i > 4 && len(r) > 10 && r[0] != "" {
			name := r[0]
			switch name { // white space is made single in the workbook
			case "Tab":
				name = "\tTab"
			case "Hộ tịch hai dòng":
				name = "Hộ tịch\nhai dòng"
			}
			if _, ok := want["Theo lĩnh vực/"+name+"/Mức độ hài lòng"]; !ok {
				name = "'" + name // in CSV, against formulas
			}
			check("Theo lĩnh vực/"+name+"/Mức độ hài lòng", r[1], r[2], r[3])
			check("Theo lĩnh vực/"+name+"/Giải quyết trước và đúng hạn", r[7], r[8], r[9])
		}
	}
	for _, r := range read("Tổng hợp") {
		if len(r) > 7 {
			switch r[0] {
			case "Mức độ hài lòng chung":
				check("Tổng hợp/Toàn đơn vị/Mức độ hài lòng", r[1], r[2], r[3])
			case "Giải quyết trước và đúng hạn", "Hồ sơ đã trả có phiếu mời", "Phiếu trả lời trên hồ sơ đã trả":
				check("Tổng hợp/Toàn đơn vị/"+r[0], r[1], r[2], r[3])
			}
		}
	}
	if compared != 24+2*(2+4+len(wicked))+4 {
		t.Errorf("%d figures compared", compared)
	}
}

// The workbook prints: every sheet on A4, the chart among it.
func TestIndexXLSXPrints(t *testing.T) {
	t.Parallel()
	need(t, "soffice", "pdftotext", "pdfinfo")
	dir := t.TempDir()
	path := filepath.Join(dir, "figures.xlsx")
	if err := os.WriteFile(path, xlsxOf(t, figuresOf(t, false)), 0o600); err != nil {
		t.Fatal(err)
	}
	command(t, "soffice", "-env:UserInstallation=file://"+filepath.Join(dir, "profile"), "--headless", "--convert-to", "pdf", "--outdir", dir, path)
	pdf := filepath.Join(dir, "figures.pdf")
	if keep := os.Getenv("HAILONG_TEST_KEEP"); keep != "" { // to look at
		command(t, "cp", pdf, path, keep)
	}
	info := command(t, "pdfinfo", pdf)
	if !strings.Contains(info, "841.89 x 595.304 pts (A4)") && !strings.Contains(info, "(A4)") {
		t.Errorf("not A4:\n%s", info)
	}
	// LibreOffice sets some letters apart, which pdftotext takes for spaces.
	squeeze := func(s string) string { return strings.Join(strings.Fields(s), "") }
	text := squeeze(command(t, "pdftotext", pdf, "-"))
	for _, w := range []string{"Mức độ hài lòng theo tháng, khoảng tin cậy 95% và mục tiêu 90%", "PHƯƠNG PHÁP", "12/2024", "không có dữ liệu"} {
		if !strings.Contains(text, squeeze(w)) {
			t.Errorf("the print lacks %q", w)
		}
	}
}
