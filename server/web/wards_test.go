package web

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"hailong/server"
	"hailong/server/web/browsertest"
)

// The city sees what its wards publish, each against its own target and by name;
// a ward sees nothing of the kind, and neither sees the other's pages.
func TestWardsOfACity(t *testing.T) {
	t.Parallel()
	w, wards := twoWards(t)
	put := func(u server.Unit) {
		t.Helper()
		if err := w.svc.PutUnit(t.Context(), u); err != nil {
			t.Fatal(err)
		}
	}
	put(server.Unit{ID: "hai-phong", Name: "UBND thành phố Hải Phòng", Level: server.LevelCity})
	city, err := w.svc.For(t.Context(), "hai-phong")
	if err != nil {
		t.Fatal(err)
	}
	if err := city.SetPassword(t.Context(), "tp", server.RoleLeader, password); err != nil {
		t.Fatal(err)
	}
	tp := w.visitor().signIn("tp")
	if p := tp.get("/cac-don-vi"); p.code != http.StatusOK || !strings.Contains(p.body, "Chưa đơn vị nào công bố") {
		t.Errorf("a city without wards: %d", p.code)
	}
	put(server.Unit{ID: "phu-lien-2024", Name: "UBND phường Phù Liễn", Level: server.LevelWard, Parent: "hai-phong", ValidTo: "2025-06-30"})
	put(server.Unit{ID: "do-son-2025", Name: "UBND phường Đồ Sơn", Level: server.LevelWard, Parent: "hai-phong", Target: 0.999})
	put(server.Unit{ID: "trong", Name: "UBND xã Trống", Level: server.LevelWard, Parent: "hai-phong", ValidFrom: "2025-07-01"})
	put(server.Unit{ID: "tinh-khac", Name: "UBND phường Không Thuộc", Level: server.LevelWard})
	p := tp.get("/cac-don-vi?ky=2024")
	for _, want := range []string{"80/80", "đến hết 30/06/2025", "từ 01/07/2025", "So với mục tiêu 90%", "So với mục tiêu 99,9%", "160/160", `<svg class="funnel"`, "Không công bố kỳ này"} {
		if !strings.Contains(p.body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	for _, not := range []string{"Không Thuộc", "Quầy ", "CCquymui", "NaN"} {
		if strings.Contains(p.body, not) {
			t.Errorf("the page tells %q", not)
		}
	}
	// Đ stands before P, which its bytes do not.
	if a, b := strings.LastIndex(p.body, "phường Đồ Sơn"), strings.LastIndex(p.body, "phường Phù Liễn"); p.code != http.StatusOK || a < 0 || b < a {
		t.Errorf("%d, wards do not stand by name: %d %d", p.code, a, b)
	}
	if p := tp.get("/cac-don-vi?ky=2019"); p.code != http.StatusNotFound {
		t.Errorf("a year without figures: %d", p.code)
	}
	for word := range wards {
		leader := w.visitor().signIn(word + ".leader")
		if p := leader.get("/cac-don-vi"); p.code != http.StatusForbidden || strings.Contains(leader.get("/tong-quan").body, "/cac-don-vi") {
			t.Errorf("%s is let in as a city: %d", word, p.code)
		}
	}
	if body := tp.get("/tong-quan").body; !strings.Contains(body, `href="/cac-don-vi"`) || strings.Contains(body, "quymui") || strings.Contains(body, "tansuu") {
		t.Error("the city's own pages have no way to its wards, or tell of them")
	}
}

// A city's people begin with their wards, a ward's with the dashboard, and all
// where they wanted to go.
func TestLanding(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	if err := w.svc.PutUnit(t.Context(), server.Unit{ID: "hai-phong", Name: "UBND thành phố Hải Phòng", Level: server.LevelCity}); err != nil {
		t.Fatal(err)
	}
	city, err := w.svc.For(t.Context(), "hai-phong")
	if err != nil {
		t.Fatal(err)
	}
	if err := city.SetPassword(t.Context(), "tp", server.RoleLeader, password); err != nil {
		t.Fatal(err)
	}
	w.user("lan", server.RoleLeader)
	w.user("mot-cua", server.RoleOfficer)
	for _, tt := range []struct{ name, next, want string }{
		{"tp", "", "/cac-don-vi"}, {"lan", "", "/tong-quan"}, {"mot-cua", "", "/tra-ket-qua"}, {"tp", "/phan-anh?tt=qua-han", "/phan-anh?tt=qua-han"},
	} {
		p := w.visitor().post("/dang-nhap", url.Values{"name": {tt.name}, "password": {password}, "next": {tt.next}})
		if got := p.header.Get("Location"); p.code != http.StatusSeeOther || got != tt.want {
			t.Errorf("%s to %q: %d to %q, want %q", tt.name, tt.next, p.code, got, tt.want)
		}
	}
}

// The city's page and a board that names others, wide and on a phone.
func TestWardsInBrowser(t *testing.T) {
	t.Parallel()
	slow(t)
	w := newWard(t, nil, server.Config{}, true)
	sampleYear(t, w.svc, 400)
	for i, u := range []server.Unit{
		{ID: "hai-phong", Name: "UBND thành phố Hải Phòng", Level: server.LevelCity},
		{ID: "do-son-2025", Name: "UBND phường Đồ Sơn", Level: server.LevelWard, Parent: "hai-phong", Target: 0.85},
		{ID: "phuong-khac", Name: "UBND phường có một cái tên rất dài để xem trang có bị rộng ra không", Level: server.LevelWard, Parent: "hai-phong"},
		{ID: "phuong-moi", Name: "UBND phường Phù Liễn", Level: server.LevelWard, Parent: "hai-phong", ValidFrom: "2025-07-01"},
		{ID: "phu-lien-2024", Name: "UBND phường Phù Liễn, quận Kiến An", Level: server.LevelWard, Parent: "hai-phong", ValidTo: "2025-06-30"},
	} {
		if err := w.svc.PutUnit(t.Context(), u); err != nil {
			t.Fatal(err)
		}
		svc, err := w.svc.For(t.Context(), u.ID)
		if err != nil {
			t.Fatal(err)
		}
		var as []server.Answer
		for k := range 300 * (i % 3) {
			level := "4"
			if k%(3+5*(i-1)) == 0 {
				level = "2"
			}
			as = append(as, server.Answer{ID: fmt.Sprint(u.ID, k), Unit: u.ID, Survey: "sipas-short", Day: server.Day("2024-01-03").Add(k % 300), Lane: server.LaneSlip, Field: "Hộ tịch", Marks: map[string]string{"overall": level}})
		}
		if u.ID != "phu-lien-2024" && len(as) > 0 {
			if _, err := svc.PutAnswers(t.Context(), as); err != nil {
				t.Fatal(err)
			}
		}
	}
	city, err := w.svc.For(t.Context(), "hai-phong")
	if err != nil {
		t.Fatal(err)
	}
	if err := city.SetPassword(t.Context(), "tp", server.RoleLeader, password); err != nil {
		t.Fatal(err)
	}
	tp := w.visitor().signIn("tp")
	for name, path := range map[string]string{"wards": "/cac-don-vi", "units-board": "/cong-khai/phu-lien-2024", "city-empty": "/tong-quan"} {
		for size, suffix := range map[[2]int]string{{1440, 900}: "-wide", {390, 844}: "-phone"} {
			ctx := tp.open(t, size[0], size[1])
			browsertest.Goto(t, ctx, w.srv.URL+path)
			if wide := browsertest.Eval[int](t, ctx, "document.documentElement.scrollWidth"); wide > size[0] {
				t.Errorf("%s is %d wide on %d", name, wide, size[0])
			}
			// The menu of a city is the longest there is.
			if lines := browsertest.Eval[int](t, ctx, `new Set([...document.querySelectorAll(".top-in nav li")].map(e => e.offsetTop)).size`); suffix == "-wide" && lines != 1 {
				t.Errorf("%s: the menu takes %d lines", name, lines)
			}
			browsertest.Axe(t, ctx)
			browsertest.Screenshot(t, ctx, name+suffix)
		}
	}
}
