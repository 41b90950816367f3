package web

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"hailong/server"
)

// rechecked draws a list of the fourth quarter of 2024 and enters its first n calls.
func rechecked(t *testing.T, w *ward, n int) string {
	t.Helper()
	mai := server.User{Name: "mai", Role: server.RoleInspector}
	id, err := w.svc.DrawRecheck(t.Context(), mai, "2024-10-01", "2024-12-31", 0.05)
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		c := server.RecheckCall{Place: i + 1, Outcome: server.OutcomeReached, Level: []string{"5", "4", "4", "3"}[i%4]}
		if i%5 == 4 {
			c = server.RecheckCall{Place: i + 1, Outcome: server.RecheckOutcomes()[1+i%4]}
		}
		if err := w.svc.EnterRecheck(t.Context(), mai, id, c); err != nil {
			t.Fatal(err)
		}
	}
	return id
}

// From the page alone: draw, download, enter, correct, compare.
func TestRecheckPages(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	sampleYear(t, w.svc, 1500)
	w.user("mai", server.RoleInspector)
	w.user("lan", server.RoleLeader)
	mai, lan := w.visitor().signIn("mai"), w.visitor().signIn("lan")
	if p := mai.get("/phuc-tra"); p.code != http.StatusOK || !strings.Contains(p.body, "Chưa có danh sách nào") || !strings.Contains(p.body, "với 3.000 hồ sơ và 5% là 353") || !strings.Contains(p.body, `value="2024-10-01"`) {
		t.Errorf("no list yet: %d", p.code)
	}
	for name, f := range map[string]url.Values{
		"nothing": {}, "backwards": {"tu": {"2024-12-31"}, "den": {"2024-10-01"}, "sai-so": {"5"}}, "no number": {"tu": {"2024-10-01"}, "den": {"2024-12-31"}, "sai-so": {"x"}},
		"too exact": {"tu": {"2024-10-01"}, "den": {"2024-12-31"}, "sai-so": {"0,1"}}, "empty days": {"tu": {"2020-10-01"}, "den": {"2020-12-31"}, "sai-so": {"5"}},
	} {
		if p := mai.post("/phuc-tra", f); p.code != http.StatusUnprocessableEntity || !strings.Contains(p.body, `role="alert"`) {
			t.Errorf("%s: %d", name, p.code)
		}
	}
	draw := mai.post("/phuc-tra", url.Values{"tu": {"2024-10-01"}, "den": {"31/12/2024"}, "sai-so": {"5,0"}})
	path := draw.header.Get("Location")
	if draw.code != http.StatusSeeOther || !strings.HasPrefix(path, "/phuc-tra/") {
		t.Fatalf("drawing: %d", draw.code)
	}
	p := mai.get(path)
	for _, want := range []string{"sai số ±5%", "Rút lại từ hạt giống: trùng khớp", "Mới gặp được 0 người", "Chứng thực", "Trang sau"} {
		if !strings.Contains(p.body, want) {
			t.Errorf("a new list does not say %q", want)
		}
	}
	enter := func(f url.Values, want int) page {
		t.Helper()
		p := mai.post(path, f)
		if p.code != want {
			t.Errorf("%v: %d, want %d", f, p.code, want)
		}
		return p
	}
	enter(url.Values{"so": {"7"}, "ket-qua": {"4"}}, http.StatusSeeOther)
	if p := enter(url.Values{"so": {"7"}, "ket-qua": {"5"}}, http.StatusConflict); !strings.Contains(p.body, `name="truoc"`) || !strings.Contains(p.body, `value="7"`) {
		t.Error("the form forgets what was typed, or does not ask what was entered before")
	}
	enter(url.Values{"so": {"7"}, "ket-qua": {"5"}, "truoc": {"4"}}, http.StatusSeeOther)
	enter(url.Values{"so": {"8"}, "ket-qua": {"wrong"}}, http.StatusSeeOther)
	enter(url.Values{"so": {"8"}, "ket-qua": {"xoa"}, "truoc": {"-"}}, http.StatusSeeOther)
	for _, f := range []url.Values{{"so": {"9"}}, {"ket-qua": {"5"}}, {"so": {"99999"}, "ket-qua": {"5"}}, {"so": {"9"}, "ket-qua": {"<b>"}}, {"so": {"x"}, "ket-qua": {"5"}}} {
		enter(f, http.StatusUnprocessableEntity)
	}
	for i := range 12 {
		enter(url.Values{"so": {fmt.Sprint(20 + i)}, "ket-qua": {[]string{"2", "1", "5"}[i%3]}}, http.StatusSeeOther)
	}
	p = lan.get(path)
	if !strings.Contains(p.body, "5/13") || !strings.Contains(p.body, "Phúc tra thấp hơn phiếu") || !strings.Contains(p.body, "13 ") || strings.Contains(p.body, "<textarea") || strings.Contains(p.body, `name="ket-qua"`) {
		t.Error("the leader does not see the result, or sees the form")
	}
	if p := mai.get("/phuc-tra"); !strings.Contains(p.body, path) {
		t.Error("the list is not listed")
	}
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(mai.get(path+"/danh-sach.csv").body, "\ufeff"))).ReadAll()
	if err != nil || len(rows) < 100 || rows[0][1] != "Mã hồ sơ" || rows[7][5] != server.OutcomeReached.String() || rows[1][5] != "" {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	x, err := excelize.OpenReader(bytes.NewReader([]byte(mai.get(path + "/danh-sach.xlsx").body)))
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	if got, err := x.GetCellValue("Phúc tra", "B6"); err != nil || got != rows[1][1] {
		t.Errorf("the workbook begins with %q, the CSV with %q, %v", got, rows[1][1], err)
	}
	for _, bad := range []string{path + "/danh-sach.pdf", "/phuc-tra/none", "/phuc-tra/%00", "/phuc-tra/none/danh-sach.csv"} {
		if p := mai.get(bad); p.code != http.StatusNotFound {
			t.Errorf("%s: %d", bad, p.code)
		}
	}
	if p := mai.get(path + "?trang=9999&loc=zzz&so=-1"); p.code != http.StatusOK {
		t.Errorf("a strange address: %d", p.code)
	}
}
