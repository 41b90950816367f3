package web

import (
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"hailong/server"
	"hailong/server/store/sqlite"
)

// threeWards is a store with three wards and their city that have a million
// answers and as many dossiers of ten years between them, and a service that was
// started on it anew: what it has in memory is what a start reads.
func threeWards(b *testing.B, n int) (w *ward, start time.Duration, heap uint64) {
	b.Helper()
	st, err := sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "wards.db"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { st.Close() })
	w = newWard(b, st, server.Config{}, false)
	for _, u := range []server.Unit{
		{ID: "hai-phong", Name: "UBND thành phố Hải Phòng", Level: server.LevelCity},
		{ID: "phu-lien-2024", Name: "UBND phường Phù Liễn", Level: server.LevelWard, Parent: "hai-phong"},
		{ID: "do-son-2025", Name: "UBND phường Đồ Sơn", Level: server.LevelWard, Parent: "hai-phong"},
		{ID: "kien-an", Name: "UBND phường Kiến An", Level: server.LevelWard, Parent: "hai-phong"},
	} {
		if err := w.svc.PutUnit(b.Context(), u); err != nil {
			b.Fatal(err)
		}
	}
	people := map[string][]struct {
		name string
		role server.Role
	}{"phu-lien-2024": {{"lan", server.RoleLeader}, {"quan", server.RoleObserver}, {"cong", server.RoleOfficer}}, "do-son-2025": {{"ba", server.RoleLeader}}, "kien-an": nil, "hai-phong": {{"tp", server.RoleLeader}}}
	seed := uint64(1)
	for unit, users := range people {
		svc, err := w.svc.For(b.Context(), unit)
		if err != nil {
			b.Fatal(err)
		}
		for _, u := range users {
			if err := svc.SetPassword(b.Context(), u.name, u.role, password); err != nil {
				b.Fatal(err)
			}
		}
		if unit != "hai-phong" {
			tenYears(b, svc, n/3, seed)
			seed++
		}
	}
	if err := w.svc.SetOfficer(b.Context(), "cong", "CC01"); err != nil {
		b.Fatal(err)
	}
	for i := range 200 {
		id := "9f0c6a3e-6f5b-4a51-9d3b-1f2f0e0b" + string("0123456789abcdef"[i/16]) + string("0123456789abcdef"[i%16]) + "11"
		if _, err := w.svc.AcceptWalkUp(b.Context(), id, server.Submission{Given: map[string]string{"overall": "1"}, Comment: "Chờ lâu quá."}); err != nil {
			b.Fatal(err)
		}
	}
	if err := w.svc.Every(b.Context(), func(svc *server.Service) error { _, err := svc.Sequence(b.Context()); return err }); err != nil {
		b.Fatal(err)
	}
	measure := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	w = newWard(b, st, server.Config{}, false)
	before, begun := measure(), time.Now()
	err = w.svc.Every(b.Context(), func(svc *server.Service) error {
		if _, err := svc.SealDays(b.Context()); err != nil {
			return err
		}
		return svc.CountDossiers(b.Context())
	})
	if err != nil {
		b.Fatal(err)
	}
	start = time.Since(begun)
	return w, start, measure() - before
}

// BenchmarkStaffPages asks for every page of figures of three wards and their
// city with a million answers and a million dossiers of ten years on one store.
// ms/first is the first time after a start, when the service has read the seals
// and counted the dossiers, as it does in the background, but the page was never
// asked for; ms/page is every time after. Beside it stands how many times faster
// that is than reading one ward's dossiers once. The start itself is measured as
// a page of its own, with the heap that figures take in memory.
func BenchmarkStaffPages(b *testing.B) {
	const n = 1_000_000
	w, start, heap := threeWards(b, n)
	begun, read := time.Now(), 0
	for _, err := range w.svc.Dossiers(b.Context(), "", "") {
		if err != nil {
			b.Fatal(err)
		}
		read++
	}
	if read != n/3 {
		b.Fatalf("%d dossiers", read)
	}
	scan := time.Since(begun)
	b.Run("start", func(b *testing.B) {
		for b.Loop() {
		}
		b.ReportMetric(start.Seconds(), "s/start")
		b.ReportMetric(float64(heap)/(1<<20), "MB-heap")
		b.ReportMetric(0, "ns/op")
	})
	visitors := map[string]*visitor{"": w.visitor()}
	for _, p := range figurePages {
		v := visitors[p.who]
		if v == nil {
			v = w.visitor().signIn(p.who)
			visitors[p.who] = v
		}
		begun := time.Now()
		v.ask(b, p.path)
		first := time.Since(begun)
		b.Run(p.name, func(b *testing.B) {
			for b.Loop() {
				v.ask(b, p.path)
			}
			each := float64(b.Elapsed().Nanoseconds()) / float64(b.N)
			b.ReportMetric(first.Seconds()*1e3, "ms/first")
			b.ReportMetric(each/1e6, "ms/page")
			b.ReportMetric(float64(scan.Nanoseconds())/each, "×reading-the-dossiers")
		})
	}
}
