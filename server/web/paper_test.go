package web

import (
	"bytes"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"hailong/server"
	"hailong/server/store"
)

// A form is keyed twice; what differs is shown beside the other, and what was
// typed stays until the form is done.
func TestPaperPage(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	w.user("lan", server.RoleReporter)
	v := w.visitor().signIn("lan")
	day := string(w.svc.Today())
	send := func(number, signs string, more ...string) page {
		form := url.Values{"number": {number}, "day": {day}, "field": {"Hộ tịch"}, "signs": {signs}}
		for i := 0; i+1 < len(more); i += 2 {
			form.Set(more[i], more[i+1])
		}
		return v.post("/nhap-phieu", form)
	}
	const good, other = "5454 4455 N4554 444 NN3 5", "5454 4455 N4554 444 NN3 4"
	if p := send("P1", "<script>"); p.code != http.StatusUnprocessableEntity || !strings.Contains(p.body, "&lt;script&gt;") || !strings.Contains(p.body, "Cần đúng 20 ký tự") {
		t.Errorf("nonsense: %d %s", p.code, p.body)
	}
	if p := send("P1", "8454 4455 N4554 444 NN3 5"); p.code != http.StatusUnprocessableEntity || !strings.Contains(p.body, "Ký tự thứ 1: ") {
		t.Errorf("an eight: %d", p.code)
	}
	if p := send("P1", good); p.code != http.StatusOK || !strings.Contains(p.body, "đã ghi lần một") || !strings.Contains(p.body, "1 phiếu: P1") || strings.Contains(p.body, good) {
		t.Errorf("first keying: %d", p.code)
	}
	p := send("P1", other)
	if p.code != http.StatusConflict || !strings.Contains(p.body, "Khác với lần nhập trước (lan)") || !strings.Contains(p.body, other) || !strings.Contains(p.body, `name="settle"`) {
		t.Errorf("another keying: %d", p.code)
	}
	if p := send("P1", other, "settle", "1"); p.code != http.StatusOK || !strings.Contains(p.body, "đã lưu theo bản giấy") || strings.Contains(p.body, "Chờ nhập lần hai") {
		t.Errorf("settled: %d", p.code)
	}
	if p := send("P1", good); p.code != http.StatusConflict || !strings.Contains(p.body, "đã được nhập với câu trả lời khác") {
		t.Errorf("a stored form with other answers: %d", p.code)
	}
	doc, err := w.svc.Index(t.Context(), server.IndexQuery{From: "2024-01-01", To: w.svc.Today(), Survey: "sipas-19"})
	if err != nil || doc.Answers != 1 {
		t.Errorf("%d answers, %v", doc.Answers, err)
	}
}

// What the form asks besides the criteria is counted by itself, opens a case
// where it alleges, and is not on the pages of other roles.
func TestFurtherQuestions(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	w.user("lan", server.RoleReporter)
	w.user("minh", server.RoleInspector)
	keyer, inspector := w.visitor().signIn("lan"), w.visitor().signIn("minh")
	day := w.svc.Today()
	send := func(number, further string) page {
		return keyer.post("/nhap-phieu", url.Values{"number": {number}, "day": {string(day)}, "signs": {"54544455N4554444NN35"}, "further": {further}})
	}
	for further, want := range map[string]string{"9....": "ký tự thứ 1 (Công chức gây phiền hà, sách nhiễu): chỉ dùng 1–3", "11": "cần đúng 5 ký tự", "11291": "ký tự thứ 4 (Độ tuổi)", "1129é": "ký tự thứ 4"} {
		if p := send("X", further); p.code != http.StatusUnprocessableEntity || !strings.Contains(p.body, want) || !strings.Contains(p.body, `value="`+further+`"`) {
			t.Errorf("%q: %d, without %q", further, p.code, want)
		}
	}
	for range 2 { // each form twice
		for number, further := range map[string]string{"A1": "1 1 2 3 5", "A2": "2.1..", "A3": "", "A4": "....."} {
			if p := send(number, further); p.code != http.StatusOK {
				t.Fatalf("%s: %d", number, p.code)
			}
		}
	}
	if p := send("A1", "11235"); p.code != http.StatusOK || !strings.Contains(p.body, "đã được lưu trước đó") {
		t.Errorf("the same form again: %d", p.code)
	}
	if p := send("A1", "31235"); p.code != http.StatusConflict {
		t.Errorf("a stored form with other further answers: %d", p.code)
	}
	counts, err := w.svc.Further(t.Context(), day, day)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string][]int64{}
	for _, c := range counts {
		got[c.Question.ID] = append(c.Choices, c.N)
	}
	for id, want := range map[string][]int64{"harassment": {1, 1, 0, 2}, "money": {1, 0, 0, 1}, "sex": {1, 1, 2}, "age": {0, 0, 1, 0, 0, 1}, "schooling": {0, 0, 0, 0, 1, 0, 1}} {
		if !slices.Equal(got[id], want) {
			t.Errorf("%s: %v, want %v", id, got[id], want)
		}
	}
	// 1 of 2: Clopper–Pearson 1.3 % to 98.7 %, as R's binom.test gives it.
	p := inspector.get("/liem-chinh?ky=" + day.Month())
	for _, want := range []string{"1/2 phiếu nói là có (50,0%, khoảng 1,3%–98,7%)", "Chưa đủ 10 phiếu", "1 phản ánh mở trong kỳ nói đến sách nhiễu hoặc tiền ngoài quy định, 1 đang chờ", "Không phiếu nào trong 1 phiếu nói là có"} {
		if !strings.Contains(p.body, want) {
			t.Errorf("the page has no %q:\n%s", want, p.body)
		}
	}
	cases, err := w.svc.Cases(t.Context(), server.User{Role: server.RoleInspector}, true)
	if err != nil || len(cases) != 1 || !cases[0].Alleges || !strings.Contains(cases[0].Text, "Một số công chức gây phiền hà") {
		t.Errorf("cases: %+v %v", cases, err)
	}
	// Nothing in the store puts the person beside the answer.
	for coll, secret := range map[string]string{"probity": "answer", "respondents": "day"} {
		for d, err := range w.svc.Store.Scan(t.Context(), coll, store.Range{}) {
			if err != nil || strings.Contains(string(d.Body), secret) || strings.Contains(string(d.Body), string(day)) {
				t.Errorf("%s: %s %v", coll, d.Body, err)
			}
		}
	}
}

// The template comes back filled in: good rows wait or are stored, bad ones are
// told by row and column, and what is no sheet is told so.
func TestPaperSheet(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	w.user("lan", server.RoleReporter)
	w.user("minh", server.RoleReporter)
	lan, minh := w.visitor().signIn("lan"), w.visitor().signIn("minh")
	template := lan.get("/nhap-phieu/mau.xlsx")
	if template.code != http.StatusOK || template.header.Get("Content-Type") != mimeXLSX {
		t.Fatalf("the template: %d", template.code)
	}
	x, err := excelize.OpenReader(strings.NewReader(template.body))
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	if got := x.GetSheetList(); !slices.Equal(got, []string{"Phiếu", "Hướng dẫn"}) {
		t.Errorf("sheets %v", got)
	}
	for i, mark := range []any{5, 7} {
		row := []any{"P-" + strconv.Itoa(i+1), w.svc.Today().VI(), "Hộ tịch", "Quầy 1", mark}
		if err := x.SetSheetRow("Phiếu", "A"+strconv.Itoa(i+2), &row); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if err := x.Write(&b); err != nil {
		t.Fatal(err)
	}
	const path = "/nhap-phieu/bang-tinh"
	for i, step := range []struct {
		who  *visitor
		more []string
		want string
	}{
		{lan, nil, "2 phiếu; 0 đã lưu, 1 chờ nhập lần hai, 0 đã lưu trước đó, 1 chưa nhận"},
		{lan, nil, "2 phiếu; 0 đã lưu, 1 chờ nhập lần hai, 0 đã lưu trước đó, 1 chưa nhận"},
		{minh, []string{"checked", "1"}, "2 phiếu; 1 đã lưu, 0 chờ nhập lần hai, 0 đã lưu trước đó, 1 chưa nhận"},
		{lan, nil, "2 phiếu; 0 đã lưu, 0 chờ nhập lần hai, 1 đã lưu trước đó, 1 chưa nhận"},
	} {
		p := step.who.upload(path, "sheet", `C:\tam\<b>phieu.xlsx`, b.String(), step.more...)
		if p.code != http.StatusOK || !strings.Contains(p.body, step.want) || !strings.Contains(p.body, "&lt;b&gt;phieu.xlsx") || strings.Contains(p.body, `C:\`) ||
			!strings.Contains(p.body, `<th scope="row">3</th><td>1. Cơ quan cung cấp`) || !strings.Contains(p.body, "<td>7</td><td>chỉ dùng 1–5, N") {
			t.Errorf("step %d: %d\n%s", i+1, p.code, p.body)
		}
	}
	if p := lan.upload(path, "sheet", "x.pdf", "%PDF-1.7"); p.code != http.StatusUnprocessableEntity || !strings.Contains(p.body, "tệp PDF") {
		t.Errorf("a PDF: %d", p.code)
	}
	if p := lan.upload(path, "sheet", "", ""); p.code != http.StatusUnprocessableEntity || !strings.Contains(p.body, "Chưa chọn tệp") {
		t.Errorf("no file: %d", p.code)
	}
	if p := lan.upload(path, "sheet", "x.xlsx", strings.Repeat("x", maxPaperSheet)); p.code != http.StatusRequestEntityTooLarge {
		t.Errorf("too large: %d", p.code)
	}
	if p := lan.post(path, url.Values{"sheet": {"x"}}); p.code != http.StatusUnprocessableEntity {
		t.Errorf("not multipart: %d", p.code)
	}
	doc, err := w.svc.Index(t.Context(), server.IndexQuery{From: "2024-01-01", To: w.svc.Today(), Survey: "sipas-19"})
	if err != nil || doc.Answers != 1 {
		t.Errorf("%d answers, %v", doc.Answers, err)
	}
}
