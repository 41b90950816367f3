package web

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"hailong/server"
	"hailong/server/store"
)

// tenYears fills a unit with dossiers and answers of the ten years up to the
// day before today, spread evenly, and with the invitations of the last two: n
// of each. Some were not satisfied and say why; some wrote a comment.
func tenYears(tb testing.TB, svc *server.Service, n int, seed uint64) {
	tb.Helper()
	rnd := rand.New(rand.NewPCG(10, seed))
	to := svc.Today().Add(-1)
	unit, sv := svc.Config.Unit, svc.Survey()
	var ops []store.Op
	put := func(coll, key, order string, v any) {
		body, err := json.Marshal(v)
		if err != nil {
			tb.Fatal(err)
		}
		ops = append(ops, store.Op{Collection: coll, Kind: store.OpInsert, Doc: store.Doc{Key: key, Order: order, Body: body}})
	}
	flush := func() {
		if _, err := svc.Store.Batch(tb.Context(), ops); err != nil {
			tb.Fatal(err)
		}
		ops = ops[:0]
	}
	mark := func() string { return string("54345455"[rnd.IntN(8)]) }
	const days = 3650
	for i := range n {
		day := to.Add(-days + 1 + i*days/n)
		f := sampleFields[min(rnd.IntN(9), len(sampleFields)-1)]
		procedure := fmt.Sprintf("%s-%d", f.counter, rnd.IntN(4))
		officer, channel := fmt.Sprintf("CC%02d", rnd.IntN(8)), server.Channel(1+min(2, rnd.IntN(8)/3))
		in := day.Time().Add(time.Duration(8+rnd.IntN(9)) * time.Hour)
		used := rnd.IntN(3) > 0
		slip := fmt.Sprintf("%032x", seed<<40|uint64(i))
		d := server.Dossier{Code: server.DossierCode(fmt.Sprintf("H24.1.1-%s-%05d", in.Format("060102"), i%100000)), Unit: unit, Field: f.name, Procedure: procedure, ProcedureName: "Thủ tục " + procedure,
			Counter: f.counter, Officer: officer, Channel: channel, Status: server.StatusReturned, Received: in, Due: in.AddDate(0, 0, 3), Finished: in.Add(time.Hour), Returned: in.Add(2 * time.Hour), Invitation: slip}
		if rnd.IntN(40) == 0 {
			d.Finished, d.Returned = in.AddDate(0, 0, 5), in.AddDate(0, 0, 6)
		}
		put("dossiers", fmt.Sprintf("%s-%d", d.Code, i), unit+"/"+string(day), d)
		if i > n*8/10 {
			inv := server.Invitation{Dossier: d.Code, Unit: unit, Issued: day, Expires: day.Add(90), State: server.InvitationOpen, Opened: true}
			if used {
				inv.State = server.InvitationUsed
			}
			put("invitations", slip, unit+"/"+string(day), inv)
		}
		a := server.Answer{Unit: unit, Survey: sv.ID, Day: day, Lane: []server.Lane{server.LaneSlip, server.LaneKiosk, server.LaneWalkUp}[rnd.IntN(3)], Field: f.name, Procedure: procedure, Counter: f.counter,
			Officer: officer, Channel: channel, Marks: map[string]string{"overall": mark(), "access": mark(), "procedure": mark(), "official": mark(), "result": mark(), "feedback": "N"}}
		if a.Lane != server.LaneSlip {
			a.Device = "kiosk-" + f.counter
		}
		for _, it := range sv.Items() {
			if a.Marks[it.ID] == "3" && len(it.Reasons) > 0 && rnd.IntN(2) == 0 {
				a.Reasons = append(a.Reasons, it.Reasons[rnd.IntN(len(it.Reasons))].ID)
			}
		}
		if rnd.IntN(60) == 0 {
			a.Comment, a.Said = "Chờ hơi lâu nhưng công chức nhiệt tình.", "x"
		}
		put("answers", slip, unit+"/"+string(day), a)
		if len(ops) >= 1000 {
			flush()
		}
	}
	flush()
	if _, err := svc.SealDays(tb.Context()); err != nil {
		tb.Fatal(err)
	}
}

// ask asks the site for a page as somebody, without a network between.
func (v *visitor) ask(tb testing.TB, path string) *httptest.ResponseRecorder {
	tb.Helper()
	u, err := url.Parse(v.w.srv.URL)
	if err != nil {
		tb.Fatal(err)
	}
	r := httptest.NewRequestWithContext(tb.Context(), http.MethodGet, path, nil)
	for _, c := range v.Jar.Cookies(u) {
		r.AddCookie(c)
	}
	rec := httptest.NewRecorder()
	v.w.site.ServeHTTP(rec, r)
	if rec.Code != http.StatusOK {
		tb.Fatalf("%s: %d", path, rec.Code)
	}
	return rec
}

// A figurePage is a page of figures, as the benchmark asks for it.
type figurePage struct {
	name  string
	route string // of the route table
	who   string
	path  string
}

// figurePages are all pages of figures, over the last year, over other spans
// where that is another question, and over everything.
var figurePages = []figurePage{
	{"overview-year", "/tong-quan", "lan", "/tong-quan?ky=2024"},
	{"overview-other-ward", "/tong-quan", "ba", "/tong-quan?ky=2024"},
	{"overview-observer", "/tong-quan", "quan", "/tong-quan?ky=2024"},
	{"course-year", "/dien-bien", "lan", "/dien-bien?ky=2024"},
	{"course-days", "/dien-bien", "lan", "/dien-bien?ky=2024-Q4&buoc=ngay"},
	{"course-ten-years", "/dien-bien", "lan", "/dien-bien?tu=2015-02-01&den=2024-12-31&buoc=thang"},
	{"course-observer", "/dien-bien", "quan", "/dien-bien?ky=2024"},
	{"analysis-quarter", "/phan-tich", "lan", "/phan-tich?ky=2024-Q4"},
	{"analysis-year", "/phan-tich", "lan", "/phan-tich?ky=2024"},
	{"hours-year", "/theo-gio", "lan", "/theo-gio?ky=2024"},
	{"respondents-quarter", "/ai-tra-loi", "lan", "/ai-tra-loi?ky=2024-Q4"},
	{"respondents-year", "/ai-tra-loi", "lan", "/ai-tra-loi?ky=2024"},
	{"suspicion-quarter", "/nghi-van", "lan", "/nghi-van?ky=2024-Q4"},
	{"suspicion-year", "/nghi-van", "lan", "/nghi-van?ky=2024"},
	{"plan-year", "/ke-hoach-thu-thap", "lan", "/ke-hoach-thu-thap?ky=2024"},
	{"plan-now", "/ke-hoach-thu-thap", "lan", "/ke-hoach-thu-thap?ky=2025"},
	{"probity-year", "/liem-chinh", "lan", "/liem-chinh?ky=2024"},
	{"cases", "/phan-anh", "lan", "/phan-anh"},
	{"recheck", "/phuc-tra", "lan", "/phuc-tra"},
	{"own", "/cua-toi", "cong", "/cua-toi"},
	{"reports", "/bao-cao", "lan", "/bao-cao"},
	{"report-preview-quarter", "/bao-cao/:period", "lan", "/bao-cao/2024-Q1"},
	{"report-preview-year", "/bao-cao/:period", "lan", "/bao-cao/2024"},
	{"export", "/xuat/chi-so.csv", "lan", "/xuat/chi-so.csv?ky=2024"},
	{"export-xlsx", "/xuat/chi-so.xlsx", "lan", "/xuat/chi-so.xlsx?ky=2024"},
	{"export-coverage", "/xuat/do-phu.csv", "lan", "/xuat/do-phu.csv?ky=2024"},
	{"wards-of-the-city", "/cac-don-vi", "tp", "/cac-don-vi?ky=2024"},
	{"board", "/cong-khai", "", "/cong-khai"},
	{"board-json", "/cong-khai.json", "", "/cong-khai.json?ky=2024"},
	{"ledger", "/so-kiem-chung", "", "/so-kiem-chung"},
}

// noFigures are the pages that a person of the house opens and that show no figure
// of answers or dossiers.
var noFigures = []string{"/mat-khau", "/hai-buoc", "/nhap-phieu", "/nhap-phieu/mau.xlsx", "/ap-phich", "/ap-phich/:id/in.pdf", "/tra-ket-qua", "/thiet-bi", "/thiet-bi/:id",
	"/nhat-ky", "/nhat-ky.csv", "/phan-anh/:id", "/phuc-tra/:id", "/phuc-tra/:id/:file",
	"/bao-cao/:period/bang-chung.zip"} // a file of minutes' work a year; it is not a page

// A page of figures that the benchmark does not know is missing from its table.
func TestEveryPageOfFiguresIsMeasured(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for _, r := range noFigures {
		known[r] = true
	}
	for _, p := range figurePages {
		known[p.route] = true
	}
	for _, d := range doors() {
		method, route, _ := strings.Cut(d.route, " ")
		if method == http.MethodGet && d.who != nil && !strings.HasPrefix(route, "/api/") && !known[route] {
			t.Errorf("%s is in no table: measure it in figurePages, or say in noFigures that it shows no figures", route)
		}
		delete(known, route)
	}
	for route := range known {
		t.Errorf("%s is measured and is no route", route)
	}
}
