package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"hailong/server"
)

// months rates twelve months of 2024 with n answers each, of which x[i] are
// satisfied.
func (w *ward) months(field string, n int, x ...int) {
	w.t.Helper()
	for i, k := range x {
		w.rate(server.Day("2024-"+string('0'+rune((i+1)/10))+string('0'+rune((i+1)%10))+"-10"), field, "Quầy 1", "CC01", k, n)
	}
}

// The limits were worked out by hand: p̄ = 1080/1200 = 0,9 of months of 100, so
// 0,9 ± 3·√(0,09/100) = 0,81 … 0,99; the month with 70 is out.
func TestCourseControlLimits(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	w.user("lan", server.RoleLeader)
	w.months("Hộ tịch", 100, 92, 92, 92, 92, 92, 92, 91, 70, 92, 92, 92, 91)
	p := w.visitor().signIn("lan").get("/dien-bien?ky=2024")
	if p.code != http.StatusOK {
		t.Fatal(p.code)
	}
	p.says(t, "Cả đoạn: 90,0% (1.080/1.200 phiếu).", "Ngoài giới hạn kiểm soát: 08/2024; hãy tìm nguyên nhân riêng.",
		"08/2024 70/100 70,0% 60,4% – 78,1%", "ngoài giới hạn", "Giới hạn kiểm soát Laney p′ (σz = ")
	// Without the outlier the months scatter less than chance: the plain p-chart.
	w2 := newWard(t, nil, server.Config{}, false)
	w2.user("lan", server.RoleLeader)
	w2.months("Hộ tịch", 100, 90, 90, 90, 90, 90, 90, 90, 90, 90, 90, 90, 90)
	p = w2.visitor().signIn("lan").get("/dien-bien?ky=2024")
	p.says(t, "Giới hạn kiểm soát p Đường giữa", "81,0% – 99,0%", "Ổn định: mọi tháng nằm trong giới hạn kiểm soát, chưa thấy xu hướng.")
}

// A marked change of how things are done gives each side limits of its own; who
// only observes sees no notes, and nobody writes one about tomorrow.
func TestCourseAnnotations(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	w.user("lan", server.RoleLeader)
	w.user("mat-tran", server.RoleObserver)
	w.user("thanh-tra", server.RoleInspector)
	w.months("Hộ tịch", 100, 80, 80, 80, 80, 80, 80, 95, 95, 95, 95, 95, 95)
	v := w.visitor().signIn("lan")
	// p̄ = 87,5 %: all of it is two runs of six, too short, and an outlier of Laney's none.
	v.get("/dien-bien?ky=2024").says(t, "Cả đoạn: 87,5% (1.050/1.200 phiếu).")
	q := "?ky=2024&buoc=thang&linhvuc=" + url.QueryEscape("Hộ tịch")
	back := v.post("/dien-bien"+q+"&xyz=1", url.Values{"ngay": {"2024-07-01"}, "noi-dung": {"<b>Mở quầy 3</b>"}, "tinh-lai": {"1"}})
	if loc := back.header.Get("Location"); back.code != http.StatusSeeOther || !strings.HasPrefix(loc, "/dien-bien?") || strings.Contains(loc, "xyz") || !strings.Contains(loc, "linhvuc=") {
		t.Fatal(back.code, loc)
	}
	p := v.get(back.header.Get("Location"))
	// 0,8 ± 3·0,04 = 68 … 92; 0,95 ± 3·0,021794 = 88,46 … 100.
	p.says(t, "68,0% – 92,0%", "88,5% – 100,0%", "tính lại giới hạn từ đây", "&lt;b&gt;Mở quầy 3&lt;/b&gt;")
	if strings.Contains(p.body, "<b>Mở") {
		t.Error("a note is not escaped")
	}
	for name, form := range map[string]url.Values{
		"tomorrow": {"ngay": {"2025-01-16"}, "noi-dung": {"x"}}, "no day": {"ngay": {"31/02/2024"}, "noi-dung": {"x"}},
		"empty": {"ngay": {"2024-07-01"}, "noi-dung": {" \n"}}, "long": {"ngay": {"2024-07-01"}, "noi-dung": {strings.Repeat("ờ", server.MaxNote+1)}},
	} {
		if r := v.post("/dien-bien"+q, form); r.code != http.StatusUnprocessableEntity || !strings.Contains(r.body, "Chưa ghi được") {
			t.Errorf("%s: %d", name, r.code)
		}
	}
	if r := w.visitor().signIn("thanh-tra").post("/dien-bien", url.Values{"ngay": {"2024-07-01"}, "noi-dung": {"x"}}); r.code != http.StatusForbidden {
		t.Errorf("an inspector writes notes: %d", r.code)
	}
	if text := w.visitor().signIn("mat-tran").get("/dien-bien?ky=2024").text(); strings.Contains(text, "Mở quầy 3") {
		t.Error("an observer sees notes")
	}
	notes, err := w.svc.Annotations(t.Context(), "2024-01-01", "2024-12-31")
	if err != nil || len(notes) != 1 {
		t.Fatal(notes, err)
	}
	if r := v.post("/dien-bien?ky=2024", url.Values{"xoa": {notes[0].ID}}); r.code != http.StatusSeeOther {
		t.Errorf("removing: %d", r.code)
	}
	if r := v.post("/dien-bien?ky=2024", url.Values{"xoa": {notes[0].ID}}); r.code != http.StatusNotFound {
		t.Errorf("removing again: %d", r.code)
	}
	if p := v.get("/dien-bien?ky=2024"); strings.Contains(p.text(), "Mở quầy 3") {
		t.Error("the note is still there")
	}
}

// Filters live in the address, every one of them cuts what it says, and rows
// lead on into their part.
func TestCourseFilters(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	w.user("lan", server.RoleLeader)
	day := server.Day("2024-03-04") // a Monday
	put := func(field, procedure, counter, officer string, ch server.Channel, lane server.Lane, x, n int) {
		t.Helper()
		as := make([]server.Answer, n)
		for i := range as {
			mark := "3"
			if i < x {
				mark = "4"
			}
			as[i] = server.Answer{ID: field + procedure + counter + officer + string(lane) + string(rune('a'+int(ch))) + string(rune('0'+i)), Unit: w.svc.Config.Unit, Survey: w.svc.Survey().ID, Day: day,
				Field: field, Procedure: procedure, Counter: counter, Officer: officer, Channel: ch, Lane: lane, Marks: map[string]string{"overall": mark}}
		}
		if _, err := w.svc.PutAnswers(t.Context(), as); err != nil {
			t.Fatal(err)
		}
	}
	put("Chứng thực", "2.000815", "Quầy 1", "CC01", server.ChannelCounter, server.LaneSlip, 40, 41)
	put("Hộ tịch", "1.001193", "Quầy 2", "CC02", server.ChannelCounter, server.LaneKiosk, 20, 31)
	put("Hộ tịch", "1.000894", "Quầy 2", "CC03", server.ChannelOnline, server.LaneSlip, 7, 11)
	v := w.visitor().signIn("lan")
	for q, want := range map[string]string{
		"":                                 "67/83",
		"&linhvuc=H%E1%BB%99+t%E1%BB%8Bch": "27/42",
		"&thutuc=1.000894":                 "7/11",
		"&quay=Qu%E1%BA%A7y+1":             "40/41",
		"&congchuc=CC02":                   "20/31",
		"&hinhthuc=2":                      "7/11",
		"&kenh=kiosk":                      "20/31",
		"&ct=khong":                        "27/42",
		"&ct=khong&kenh=slip":              "7/11",
		"&linhvuc=Kh%C3%B4ng+c%C3%B3":      "",
		"&congchuc=CC03":                   "",
		"&hinhthuc=99":                     "67/83",
	} {
		p := v.get("/dien-bien?tu=2024-02-26&den=2024-03-31" + q)
		if p.code != http.StatusOK {
			t.Errorf("%s: %d", q, p.code)
			continue
		}
		if want == "" {
			if strings.Contains(p.text(), "Cả đoạn") {
				t.Errorf("%s: has figures of nothing or of too few about one person", q)
			}
			continue
		}
		p.says(t, "Cả đoạn: ", "("+want+" phiếu)")
	}
	// An official with fewer than 30 ratings is not in the list and not in the table.
	p := v.get("/dien-bien?tu=2024-02-26&den=2024-03-31&theo=congchuc")
	if strings.Contains(p.body, `<option value="CC03"`) || strings.Contains(p.body, "7/11") {
		t.Error("an official with eleven ratings has figures")
	}
	p.says(t, "CC03 không hiển thị", "CC02", "20/31", "Không phải bảng xếp hạng")
	// By week and day the officer may not be looked at.
	if p := v.get("/dien-bien?ky=2024-03&buoc=ngay&congchuc=CC02"); p.code != http.StatusUnprocessableEntity || strings.Contains(p.text(), "04/03/2024 20/31") {
		t.Error("an official by day", p.code)
	}
	// A row leads into its part, a month to its days, a week to its days.
	p = v.get("/dien-bien?ky=2024&theo=linhvuc")
	if !strings.Contains(p.body, `href="?buoc=thang&amp;ky=2024&amp;linhvuc=H%E1%BB%99&#43;t%E1%BB%8Bch"`) {
		t.Error("the row of a field does not lead into it")
	}
	if !strings.Contains(p.body, "buoc=ngay&amp;ky=2024-03") {
		t.Error("a month does not lead to its days")
	}
	v.get("/dien-bien?ky=2024-03&buoc=ngay").says(t, "04/03/2024 67/83 80,7%")
	v.get("/dien-bien?ky=2024-03&buoc=tuan").says(t, "tuần từ 04/03/2024 67/83 80,7%")
	if p := v.get("/dien-bien?tu=2020-01-01&den=2024-12-31&buoc=ngay"); p.code != http.StatusUnprocessableEntity {
		t.Errorf("five years by day: %d", p.code)
	}
}

// An observer sees months, one filter at a time, and no small cell.
func TestCourseForObservers(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	w.user("mat-tran", server.RoleObserver)
	for i, month := range []server.Day{"2024-01-05", "2024-02-05", "2024-03-05"} {
		w.rate(month, "Chứng thực", "Quầy 1", "CC01", 95, 100)
		w.rate(month, "Hộ tịch", "Quầy 1", "CC01", 30+i, 40)
		w.rate(month, "Đất đai", "Quầy 2", "CC02", []int{40, 4, 33}[i], []int{50, 6, 40}[i])
	}
	v := w.visitor().signIn("mat-tran")
	// February of Đất đai is small; another field of February and another month
	// of Đất đai are hidden with it, and where those cross.
	p := v.get("/dien-bien?ky=2024-Q1&linhvuc=" + url.QueryEscape("Đất đai"))
	p.says(t, "01/2024 – không hiển thị", "02/2024 – không hiển thị", "03/2024 33/40")
	if strings.Contains(p.text(), "4/6") || strings.Contains(p.body, "Công chức") || strings.Contains(p.body, "theo=") {
		t.Error("an observer sees a small cell, or officers")
	}
	v.get("/dien-bien?ky=2024-Q1&linhvuc="+url.QueryEscape("Hộ tịch")).says(t, "01/2024 – không hiển thị", "02/2024 – không hiển thị", "03/2024 32/40")
	v.get("/dien-bien?ky=2024-Q1&linhvuc="+url.QueryEscape("Chứng thực")).says(t, "02/2024 95/100")
	v.get("/dien-bien?ky=2024-Q1").says(t, "02/2024 130/146")
	for _, q := range []string{"&congchuc=CC01", "&thutuc=1", "&ct=khong", "&linhvuc=H%E1%BB%99+t%E1%BB%8Bch&quay=Qu%E1%BA%A7y+1"} {
		if p := v.get("/dien-bien?ky=2024-Q1" + q); p.code != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", q, p.code)
		}
	}
	if p := v.get("/dien-bien?ky=2024-Q1&buoc=ngay"); strings.Contains(p.text(), "05/02/2024") {
		t.Error("an observer sees days")
	}
}

func TestSteps(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		step     string
		from, to server.Day
		want     string
	}{
		{stepMonth, "2023-12-31", "2024-02-01", "2023-12 2024-01 2024-02"},
		{stepWeek, "2024-01-07", "2024-01-15", "2024-01-01 2024-01-08 2024-01-15"}, // Sunday to Monday
		{stepDay, "2024-02-28", "2024-03-01", "2024-02-28 2024-02-29 2024-03-01"},
		{stepDay, "2024-03-02", "2024-03-01", ""},
	} {
		if got := strings.Join(steps(tt.step, tt.from, tt.to), " "); got != tt.want {
			t.Errorf("%s %s–%s: %s", tt.step, tt.from, tt.to, got)
		}
	}
}
