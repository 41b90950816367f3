package web

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"testing"
	"time"

	"hailong/server"
	"hailong/server/store"
	"hailong/server/store/sqlite"
)

// tenYears fills a ward with dossiers and answers of ten years up to the test's
// clock, spread evenly: one ward's third of a million.
func tenYears(tb testing.TB, w *ward, n int) {
	tb.Helper()
	rnd := rand.New(rand.NewPCG(10, 3))
	to := server.DayOf(w.clock.now()).Add(-1)
	unit, sv := w.svc.Config.Unit, w.svc.Survey().ID
	var ops []store.Op
	put := func(coll, key, order string, v any) {
		body, err := json.Marshal(v)
		if err != nil {
			tb.Fatal(err)
		}
		ops = append(ops, store.Op{Collection: coll, Kind: store.OpInsert, Doc: store.Doc{Key: key, Order: order, Body: body}})
	}
	flush := func() {
		if _, err := w.svc.Store.Batch(tb.Context(), ops); err != nil {
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
		d := server.Dossier{Code: server.DossierCode(fmt.Sprintf("H24.1.1-%s-%05d", in.Format("060102"), i%100000)), Unit: unit, Field: f.name, Procedure: procedure, ProcedureName: "Thủ tục " + procedure,
			Counter: f.counter, Officer: officer, Channel: channel, Status: server.StatusReturned, Received: in, Due: in.AddDate(0, 0, 3), Finished: in.Add(time.Hour), Returned: in.Add(2 * time.Hour), Invitation: "x"}
		put("dossiers", fmt.Sprintf("%s-%d", d.Code, i), unit+"/"+string(day), d)
		a := server.Answer{Unit: unit, Survey: sv, Day: day, Lane: []server.Lane{server.LaneSlip, server.LaneKiosk, server.LaneWalkUp}[rnd.IntN(3)], Field: f.name, Procedure: procedure, Counter: f.counter,
			Officer: officer, Channel: channel, Marks: map[string]string{"overall": mark(), "access": mark(), "procedure": mark(), "official": mark(), "result": mark(), "feedback": "N"}}
		put("answers", fmt.Sprintf("%032x", i), unit+"/"+string(day), a)
		if len(ops) >= 1000 {
			flush()
		}
	}
	flush()
	if _, err := w.svc.SealDays(tb.Context()); err != nil {
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

// staffPages are the pages of figures, over a year and over everything.
var staffPages = []struct{ name, path string }{
	{"overview-year", "/tong-quan?ky=2024"},
	{"course-year", "/dien-bien?ky=2024"},
	{"course-days", "/dien-bien?ky=2024-Q4&buoc=ngay"},
	{"course-ten-years", "/dien-bien?tu=2015-02-01&den=2024-12-31&buoc=thang"},
	{"analysis-quarter", "/phan-tich?ky=2024-Q4"},
	{"analysis-year", "/phan-tich?ky=2024"},
	{"hours-year", "/theo-gio?ky=2024"},
}

// BenchmarkStaffPages asks for every page of figures of a ward that has a third
// of a million answers and as many dossiers of ten years: the share of three
// wards with a million. Beside the time stands how many times faster that is
// than reading the ward's dossiers once.
func BenchmarkStaffPages(b *testing.B) {
	const n = 333_334
	st, err := sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "ward.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer st.Close()
	w := newWard(b, st, server.Config{}, false)
	w.user("lan", server.RoleLeader)
	tenYears(b, w, n)
	v := w.visitor().signIn("lan")
	start := time.Now()
	read := 0
	for _, err := range w.svc.Dossiers(b.Context(), "", "") {
		if err != nil {
			b.Fatal(err)
		}
		read++
	}
	if read != n {
		b.Fatalf("%d dossiers", read)
	}
	scan := time.Since(start)
	v.ask(b, "/tong-quan?ky=2024") // counts the months once, as after a start
	for _, p := range staffPages {
		b.Run(p.name, func(b *testing.B) {
			for b.Loop() {
				v.ask(b, p.path)
			}
			each := float64(b.Elapsed().Nanoseconds()) / float64(b.N)
			b.ReportMetric(each/1e6, "ms/page")
			b.ReportMetric(float64(scan.Nanoseconds())/each, "×reading-the-dossiers")
		})
	}
}
