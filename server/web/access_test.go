package web

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"hailong/server"
)

// A door is one route as the outside meets it.
type door struct {
	route string        // method and pattern, as registered
	who   []server.Role // nil is everybody
	path  string        // an address of it that exists; the pattern where empty
	form  string        // what is posted, so that nothing is changed
}

// people are the roles of those who sign in.
func people() []server.Role {
	return []server.Role{server.RoleOfficer, server.RoleReporter, server.RoleLeader, server.RoleInspector, server.RoleObserver, server.RoleAdmin}
}

// doors is who may go where (ai được xem gì): every route that the router
// knows. A route that is not here fails the test below.
func doors() []door {
	const (
		officer, reporter, leader = server.RoleOfficer, server.RoleReporter, server.RoleLeader
		inspector, observer       = server.RoleInspector, server.RoleObserver
		admin, device, city       = server.RoleAdmin, server.RoleDevice, server.RoleCity
	)
	var everyone []server.Role
	roles := func(r ...server.Role) []server.Role { return r }
	figures := roles(reporter, leader, inspector, observer, admin)
	return []door{
		{"GET /", everyone, "", ""},
		{"GET /q", everyone, "", ""}, {"GET /Q", everyone, "", ""},
		{"POST /q", everyone, "", ""}, {"POST /Q", everyone, "", ""},
		{"GET /q/:code", everyone, "/q/0000000000000000", ""}, {"GET /Q/:code", everyone, "/Q/0000000000000000", ""},
		{"POST /q/:code", everyone, "/q/0000000000000000", ""}, {"POST /Q/:code", everyone, "/Q/0000000000000000", ""},
		{"GET /q/:code/sua", everyone, "/q/0000000000000000/sua", ""},
		{"GET /Q/:code/sua", everyone, "/Q/0000000000000000/sua", ""},
		{"POST /q/:code/sua", everyone, "/q/0000000000000000/sua", ""},
		{"POST /Q/:code/sua", everyone, "/Q/0000000000000000/sua", ""},
		{"GET /q/:code/rut", everyone, "/q/0000000000000000/rut", ""},
		{"GET /Q/:code/rut", everyone, "/Q/0000000000000000/rut", ""},
		{"POST /q/:code/rut", everyone, "/q/0000000000000000/rut", ""},
		{"POST /Q/:code/rut", everyone, "/Q/0000000000000000/rut", ""},
		{"GET /q/:code/cam-on", everyone, "/q/0000000000000000/cam-on", ""}, {"GET /Q/:code/cam-on", everyone, "/Q/0000000000000000/cam-on", ""},
		{"GET /p/:poster", everyone, "/p/none", ""}, {"GET /P/:poster", everyone, "/P/none", ""},
		{"POST /p/:poster", everyone, "/p/none", ""}, {"POST /P/:poster", everyone, "/P/none", ""},
		{"GET /cong-khai", everyone, "", ""},
		{"GET /cong-khai.json", everyone, "", ""},
		{"GET /cong-khai/ap-phich.pdf", everyone, "", ""},
		{"GET /so-kiem-chung", everyone, "", ""},
		{"POST /so-kiem-chung", everyone, "", ""},
		{"GET /so-kiem-chung/checkpoint.txt", everyone, "", ""},
		{"GET /so-kiem-chung/nhat-quan.json", everyone, "", ""},
		{"GET /bien-nhan", everyone, "", ""},
		{"POST /bien-nhan", everyone, "", ""},
		{"GET /thong-bao", everyone, "", ""},
		{"GET /phuong-phap", everyone, "", ""},
		{"GET /kiosk", everyone, "", ""},
		{"POST /kiosk", roles(device), "", ""},
		{"POST /kiosk/pair", everyone, "", ""},
		{"GET /kiosk/:file", everyone, "/kiosk/none.js", ""},
		{"GET /static/*file", everyone, "/static/staff.css", ""},
		{"GET /healthz", everyone, "", ""},
		{"GET /readyz", everyone, "", ""},
		{"GET /metrics", everyone, "", ""},
		{"GET /api/openapi.json", everyone, "", ""},
		{"POST /api/v1/kiosk/pair", everyone, "", ""},

		{"POST /api/v1/answers", roles(device), "", ""},
		{"POST /api/v1/kiosk/heartbeat", roles(device), "", ""},
		{"GET /api/v1/kiosk/events", roles(device), "", ""},
		{"PUT /api/v1/dossiers/:code", roles(city, admin), "/api/v1/dossiers/H24.1.2-240115-0001", ""},
		{"POST /api/v1/dossiers/:code/return", roles(city, admin), "/api/v1/dossiers/H24.1.2-240115-0001/return", ""},
		{"PUT /api/v1/units/:unit/packs/:period", roles("in a city"), "/api/v1/units/none/packs/2024-Q1", ""}, // see TestTakePack
		{"GET /api/v1/coverage", roles(leader, reporter, inspector, admin), "/api/v1/coverage?from=2024-01-01&to=2024-03-31", ""},
		{"GET /api/v1/index", figures, "/api/v1/index?from=2024-01-01&to=2024-12-31&by=field", ""},
		{"GET /api/v1/reports/:file", roles(reporter, leader, admin), "/api/v1/reports/2024-Q1.csv", ""},

		{"GET /dang-nhap", everyone, "", ""},
		{"POST /dang-nhap", everyone, "", "name=&password="},
		{"GET /dang-nhap/ma", everyone, "", ""},
		{"POST /dang-nhap/ma", everyone, "", "code="},
		{"GET /dang-nhap/sso", everyone, "", ""},
		{"GET /dang-nhap/sso/xong", everyone, "", ""},
		{"GET /tong-quan", figures, "", ""},
		{"GET /cac-don-vi", roles(city), "", ""}, // for a city's people only
		{"GET /cua-toi", roles(officer), "", ""},
		{"GET /phan-anh", roles(leader, inspector), "", ""},
		{"GET /phan-anh/:id", roles(leader, inspector), "/phan-anh/none", ""},
		{"POST /phan-anh/:id", roles(leader, inspector), "/phan-anh/none", ""},
		{"POST /phan-anh/:id/chung-cu", roles(leader, inspector), "/phan-anh/none/chung-cu", ""},
		{"POST /phan-anh/:id/chung-cu/:file", roles(leader, inspector), "/phan-anh/none/chung-cu/none", ""},
		{"GET /liem-chinh", roles(leader, inspector), "", ""},
		{"GET /mat-khau", people(), "", ""},
		{"POST /mat-khau", people(), "", "old=&new=&again="},
		{"GET /dien-bien", figures, "", ""},
		{"POST /dien-bien", roles(reporter, leader, admin), "", ""},
		{"GET /hai-buoc", people(), "", ""},
		{"POST /hai-buoc", people(), "", ""},
		{"GET /theo-gio", roles(reporter, leader, inspector, admin), "", ""},
		{"GET /phan-tich", roles(reporter, leader, inspector, admin), "", ""},
		{"GET /phuc-tra", roles(leader, inspector), "", ""},
		{"POST /phuc-tra", roles(inspector), "", ""},
		{"GET /phuc-tra/:id", roles(leader, inspector), "/phuc-tra/none", ""},
		{"POST /phuc-tra/:id", roles(inspector), "/phuc-tra/none", "ket-qua=wrong&so=1"},
		{"GET /phuc-tra/:id/:file", roles(leader, inspector), "/phuc-tra/none/danh-sach.csv", ""},
		{"GET /ke-hoach-thu-thap", roles(reporter, leader), "", ""},
		{"GET /ai-tra-loi", roles(reporter, leader, inspector, admin), "", ""},
		{"GET /nghi-van", roles(leader, inspector, admin), "", ""},
		{"POST /nghi-van", roles(leader, inspector), "", ""},
		{"POST /nghi-van/:id", roles(leader, inspector), "/nghi-van/none", ""},
		{"GET /nhap-phieu", roles(reporter, admin), "", ""},
		{"POST /nhap-phieu", roles(reporter, admin), "", ""},
		{"GET /nhap-phieu/mau.xlsx", roles(reporter, admin), "", ""},
		{"POST /nhap-phieu/bang-tinh", roles(reporter, admin), "", ""},
		{"GET /xuat/chi-so.csv", figures, "", ""},
		{"GET /xuat/do-phu.csv", roles(leader, reporter, inspector, admin), "", ""},
		{"GET /xuat/chi-so.xlsx", figures, "", ""},
		{"GET /tra-ket-qua", roles(officer, reporter, admin), "", ""},
		{"POST /tra-ket-qua", roles(officer, reporter, admin), "", ""},
		{"GET /thiet-bi", roles(reporter, leader, admin), "", ""},
		{"POST /thiet-bi", roles(admin), "", ""},
		{"GET /thiet-bi/:id", roles(admin), "/thiet-bi/none", ""},
		{"POST /thiet-bi/:id", roles(admin), "/thiet-bi/none", ""},
		{"POST /thiet-bi/:id/ghep", roles(admin), "/thiet-bi/none/ghep", ""},
		{"POST /thiet-bi/:id/thu-hoi", roles(admin), "/thiet-bi/none/thu-hoi", ""},
		{"GET /ap-phich", roles(reporter, admin), "", ""},
		{"POST /ap-phich", roles(reporter, admin), "", ""},
		{"GET /ap-phich/:id/in.pdf", roles(reporter, admin), "/ap-phich/none/in.pdf", ""},
		{"POST /ap-phich/:id/go", roles(reporter, admin), "/ap-phich/none/go", ""},
		{"GET /nhat-ky", roles(admin), "", ""},
		{"GET /nhat-ky.csv", roles(admin), "", ""},
		{"GET /bao-cao", roles(reporter, leader, admin), "", ""},
		{"GET /bao-cao/:period", roles(reporter, leader, admin), "/bao-cao/2024-Q1", ""},
		{"GET /bao-cao/:period/bang-chung.zip", roles(reporter, leader, admin), "/bao-cao/2024-Q1/bang-chung.zip", ""},
		{"POST /bao-cao/:period", roles(reporter, leader, admin), "/bao-cao/2024-Q1", ""},
		{"POST /bao-cao/:period/chot", roles(reporter, leader, admin), "/bao-cao/2024-Q1/chot", ""},
		{"POST /bao-cao/:period/bo-sung", roles(reporter, leader, admin), "/bao-cao/2024-Q1/bo-sung", ""},
		{"POST /bao-cao/:period/gui", roles(reporter, leader, admin), "/bao-cao/2024-Q1/gui", ""},
		{"POST /bao-cao/:period/mo-lai", roles(leader, admin), "/bao-cao/2024-Q1/mo-lai", ""},

		{"POST /dang-xuat", everyone, "", ""}, // last: it signs out
	}
}

// knock asks for a door, with a token or without.
func (v *visitor) knock(d door, token string) page {
	method, pattern, _ := strings.Cut(d.route, " ")
	if d.path == "" {
		d.path = pattern
	}
	r, err := http.NewRequestWithContext(v.w.t.Context(), method, v.w.srv.URL+d.path, strings.NewReader(d.form))
	if err != nil {
		v.w.t.Fatal(err)
	}
	if method != http.MethodGet {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	return v.do(r)
}

// api reports whether a door is for programs: its errors are problem documents.
func (d door) api() bool { return strings.Contains(d.route, " /api/") }

// kiosk reports whether a door is for a kiosk only: nobody signs in there.
func (d door) kiosk() bool { return len(d.who) == 1 && d.who[0] == server.RoleDevice }

// Every route × every role and nobody, by password and by token: in, no entry,
// or sent to sign in – and nothing else.
func TestRoutesByRole(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	w.site.HangUp() // the stream of events ends at once
	table := doors()
	var listed, served []string
	for _, d := range table {
		listed = append(listed, d.route)
	}
	for _, r := range routesOf(t, w.site) {
		served = append(served, r.Method+" "+r.Path)
	}
	slices.Sort(listed)
	slices.Sort(served)
	for _, r := range served {
		if !slices.Contains(listed, r) {
			t.Errorf("%s is served, but not in the table of who may go where", r)
		}
	}
	for i, r := range listed {
		if !slices.Contains(served, r) || i > 0 && listed[i-1] == r {
			t.Errorf("%s is in the table, but not served, or twice", r)
		}
	}
	for _, d := range table {
		rec := w.visitor().knock(d, "")
		switch {
		case d.who == nil:
			expectIn(t, d, "nobody", rec)
		case d.api():
			expectProblem(t, d, "nobody", rec, http.StatusUnauthorized)
		case strings.HasPrefix(d.route, "GET "):
			_, path, _ := strings.Cut(d.route, " ")
			if d.path != "" {
				path = d.path
			}
			if want := "/dang-nhap?next=" + url.QueryEscape(path); rec.code != http.StatusSeeOther || rec.header.Get("Location") != want {
				t.Errorf("%s as nobody: %d to %q, want 303 to %q", d.route, rec.code, rec.header.Get("Location"), want)
			}
		case d.kiosk() && rec.code != http.StatusForbidden, !d.kiosk() && rec.code != http.StatusUnauthorized:
			t.Errorf("%s as nobody: %d, want no entry", d.route, rec.code)
		}
	}
	for _, role := range people() {
		w.user(string(role), role)
		v := w.visitor().signIn(string(role))
		for _, d := range table {
			rec := v.knock(d, "")
			switch {
			case d.who == nil, slices.Contains(d.who, role):
				expectIn(t, d, string(role), rec)
			case d.api() && d.kiosk():
				expectProblem(t, d, string(role), rec, http.StatusUnauthorized) // takes tokens only
			case d.api():
				expectProblem(t, d, string(role), rec, http.StatusForbidden)
			case rec.code != http.StatusForbidden || !d.kiosk() && !strings.Contains(rec.body, "Không có quyền"):
				t.Errorf("%s as %s: %d, want a page that says no", d.route, role, rec.code)
			}
			if d.who != nil && !strings.Contains(rec.header.Get("Cache-Control"), "no-store") {
				t.Errorf("%s as %s may be cached: %q", d.route, role, rec.header.Get("Cache-Control"))
			}
		}
	}
	if p := w.visitor().signIn("officer").get("/tong-quan"); !strings.Contains(p.body, "công chức một cửa chỉ xem kết quả của chính mình") {
		t.Error("the officer is not told kindly why")
	}
	for _, role := range append([]server.Role{server.RoleDevice, server.RoleCity}, people()...) {
		token, err := w.svc.AddToken(t.Context(), server.Token{Role: role, Counter: "Quầy 1"})
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range table {
			rec := w.visitor().knock(d, token)
			switch {
			case d.who == nil, (d.api() || d.kiosk()) && slices.Contains(d.who, role):
				expectIn(t, d, "token "+string(role), rec)
			case d.api():
				expectProblem(t, d, "token "+string(role), rec, http.StatusForbidden)
			case d.kiosk() && rec.code == http.StatusForbidden:
			case rec.code != http.StatusUnauthorized && !strings.HasPrefix(rec.header.Get("Location"), "/dang-nhap"):
				t.Errorf("%s with a token of %s: %d, but pages are for people who sign in", d.route, role, rec.code)
			}
		}
	}
}

var problemDocument = regexp.MustCompile(`^\{"type":"urn:hailong:problem:[a-z-]+"`)

func expectIn(t *testing.T, d door, who string, rec page) {
	t.Helper()
	out := strings.HasPrefix(rec.header.Get("Location"), "/dang-nhap") && !strings.Contains(d.route, " /dang-") && d.route != "GET /"
	if rec.code == http.StatusUnauthorized || rec.code == http.StatusForbidden || rec.code >= 500 && !strings.HasSuffix(d.route, " /readyz") || out {
		t.Errorf("%s as %s: %d, want to get in", d.route, who, rec.code)
	}
}

func expectProblem(t *testing.T, d door, who string, rec page, status int) {
	t.Helper()
	if rec.code != status || !strings.HasPrefix(rec.header.Get("Content-Type"), "application/problem+json") || !problemDocument.MatchString(rec.body) {
		t.Errorf("%s as %s: %d %q %.80s, want a problem with status %d", d.route, who, rec.code, rec.header.Get("Content-Type"), rec.body, status)
	}
}
