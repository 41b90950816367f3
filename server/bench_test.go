package server_test

import (
	"encoding/json"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"hailong/server"
	"hailong/server/store"
	"hailong/server/store/sqlite"
)

// BenchmarkIndexYear asks for the figures of a year of 50,000 answers by field
// and by month, from sealed days on the embedded store, against reading the
// same answers' documents without computing anything.
func BenchmarkIndexYear(b *testing.B) {
	st, err := sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "year.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer st.Close()
	svc := sealedHouse(b, st, "2024-01-01")
	rnd := rand.New(rand.NewPCG(11, 2))
	for range 100 {
		if _, err := svc.PutAnswers(b.Context(), someAnswers(rnd, "2024-01-01", 366, 500)); err != nil {
			b.Fatal(err)
		}
	}
	setDay(svc, "2025-02-01")
	if _, err := svc.SealDays(b.Context()); err != nil {
		b.Fatal(err)
	}
	start := time.Now()
	n := 0
	for d, err := range st.Scan(b.Context(), "answers", store.Range{}) {
		var a server.Answer
		if err != nil || json.Unmarshal(d.Body, &a) != nil {
			b.Fatal("reading answers", err)
		}
		n++
	}
	scan := time.Since(start)
	if n != 50_000 {
		b.Fatalf("%d answers", n)
	}
	for _, q := range []struct {
		name string
		by   []server.Dimension
	}{{"total", nil}, {"by-field", []server.Dimension{server.ByField}}, {"by-month", []server.Dimension{server.ByMonth}}} {
		b.Run(q.name, func(b *testing.B) {
			for b.Loop() {
				doc, err := svc.Index(b.Context(), server.IndexQuery{From: "2024-01-01", To: "2024-12-31", By: q.by, Brief: true})
				if err != nil || doc.Answers != 50_000 {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(scan.Nanoseconds())/(float64(b.Elapsed().Nanoseconds())/float64(b.N)), "×reading-the-answers")
		})
	}
}
