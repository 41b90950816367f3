package report_test

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"
	"time"

	"hailong/server"
	"hailong/server/report"
	"hailong/server/store/memory"
)

// BenchmarkPack makes and checks the review pack of a year of 100,000 answers,
// which are entered in the ledger already.
func BenchmarkPack(b *testing.B) {
	const n = 100_000
	svc, err := server.New(b.Context(), memory.New(), make([]byte, server.SecretSize), server.Config{})
	if err != nil {
		b.Fatal(err)
	}
	svc.Now = func() time.Time { return time.Date(2025, 2, 1, 9, 0, 0, 0, server.Zone) }
	rnd := rand.New(rand.NewPCG(3, 1))
	for i := 0; i < n; i += 1000 {
		var as []server.Answer
		for j := range 1000 {
			mark := func() string { return fmt.Sprint(1 + rnd.IntN(5)) }
			as = append(as, server.Answer{ID: fmt.Sprintf("%032d", i+j), Unit: "phu-lien-2024", Survey: "sipas-short", Day: server.Day("2024-01-01").Add(rnd.IntN(366)), Lane: server.LaneSlip,
				Field: []string{"Chứng thực", "Hộ tịch", "Đất đai"}[rnd.IntN(3)], Marks: map[string]string{"overall": mark(), "access": mark(), "procedure": mark(), "official": mark(), "result": mark(), "feedback": "N"}})
		}
		if _, err := svc.PutAnswers(b.Context(), as); err != nil {
			b.Fatal(err)
		}
	}
	if _, err := svc.SealDays(b.Context()); err != nil {
		b.Fatal(err)
	}
	start := time.Now()
	if _, err := svc.Sequence(b.Context()); err != nil {
		b.Fatal(err)
	}
	entering := time.Since(start)
	p, err := server.ParsePeriod("2024")
	if err != nil {
		b.Fatal(err)
	}
	var zipped bytes.Buffer
	if err := report.WritePack(b.Context(), &zipped, svc, p, false); err != nil {
		b.Fatal(err)
	}
	b.Run("write", func(b *testing.B) {
		for b.Loop() {
			if err := report.WritePack(b.Context(), io.Discard, svc, p, false); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(entering.Seconds()*1e6/n, "µs-entering/answer")
		b.ReportMetric(b.Elapsed().Seconds()*1e6/float64(b.N)/n, "µs/answer")
	})
	b.Run("verify", func(b *testing.B) {
		for b.Loop() {
			v, err := report.VerifyPack(bytes.NewReader(zipped.Bytes()), int64(zipped.Len()), report.Expectations{})
			if err != nil || !v.OK {
				b.Fatal(err)
			}
		}
		b.ReportMetric(b.Elapsed().Seconds()*1e6/float64(b.N)/n, "µs/answer")
		b.ReportMetric(float64(zipped.Len())/1e6, "MB-pack")
	})
}
