package report_test

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime/debug"
	"runtime/metrics"
	"testing"
	"time"

	"hailong/migrations"
	"hailong/server"
	"hailong/server/report"
	"hailong/server/store"
	"hailong/server/store/sqlite"
)

// yearOfAnswers is an embedded store with n answers of 2024, sealed and entered
// in the ledger.
func yearOfAnswers(b *testing.B, n int) store.Store {
	st, err := sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "hailong.db"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { st.Close() })
	if err := migrations.Up(b.Context(), st); err != nil {
		b.Fatal(err)
	}
	svc := benchService(b, st)
	rnd := rand.New(rand.NewPCG(3, 1))
	mark := func() string { return "12345"[rnd.IntN(5):][:1] }
	const batch = 5000
	for i := 0; i < n; i += batch {
		as := make([]server.Answer, min(batch, n-i))
		for j := range as {
			as[j] = server.Answer{ID: fmt.Sprintf("%016x%016x", rnd.Uint64(), i+j), Unit: "phu-lien-2024", Survey: "sipas-short", Day: server.Day("2024-01-01").Add(i * 366 / n), Lane: server.LaneSlip,
				Field: []string{"Chứng thực", "Hộ tịch", "Đất đai"}[rnd.IntN(3)], Procedure: "Chứng thực bản sao từ bản chính", Counter: fmt.Sprint("Quầy ", 1+rnd.IntN(4)), Officer: fmt.Sprint("CC0", rnd.IntN(8)), Channel: server.ChannelCounter, Punctuality: server.OnTime,
				Marks: map[string]string{"overall": mark(), "access": mark(), "procedure": mark(), "official": mark(), "result": mark(), "feedback": "N"}, Lang: "vi"}
		}
		if _, err := svc.PutAnswers(b.Context(), as); err != nil {
			b.Fatal(err)
		}
	}
	if _, err := svc.SealDays(b.Context()); err != nil {
		b.Fatal(err)
	}
	if _, err := svc.Sequence(b.Context()); err != nil {
		b.Fatal(err)
	}
	return st
}

// benchService is a service that has read nothing yet.
func benchService(b *testing.B, st store.Store) *server.Service {
	svc, err := server.New(b.Context(), st, make([]byte, server.SecretSize), server.Config{})
	if err != nil {
		b.Fatal(err)
	}
	svc.Now = func() time.Time { return time.Date(2025, 2, 1, 9, 0, 0, 0, server.Zone) }
	return svc
}

// peak calls what and returns the most memory of the heap that was in use
// meanwhile, in bytes, garbage included.
func peak(what func()) uint64 {
	debug.FreeOSMemory()
	ctx, stop := context.WithCancel(context.Background())
	most := make(chan uint64)
	go func() {
		var top uint64
		sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for ctx.Err() == nil {
			metrics.Read(sample)
			top = max(top, sample[0].Value.Uint64())
			<-tick.C
		}
		most <- top
	}()
	what()
	stop()
	return <-most
}

// BenchmarkPack makes and checks the review pack of a year. What it takes is
// held against reading the same answers one by one with encoding/json.
func BenchmarkPack(b *testing.B) {
	p, err := server.ParsePeriod("2024")
	if err != nil {
		b.Fatal(err)
	}
	for _, n := range []int{100_000, 1_000_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			st := yearOfAnswers(b, n)
			start := time.Now()
			for _, err := range benchService(b, st).Answers(b.Context(), p.From, p.To) {
				if err != nil {
					b.Fatal(err)
				}
			}
			reading := time.Since(start)
			write := func(b *testing.B, svc *server.Service, w io.Writer) {
				if err := report.WritePack(b.Context(), w, svc, p, false); err != nil {
					b.Fatal(err)
				}
			}
			says := func(b *testing.B) {
				b.ReportMetric(b.Elapsed().Seconds()*1e6/float64(b.N)/float64(n), "µs/answer")
				b.ReportMetric(b.Elapsed().Seconds()/float64(b.N)/reading.Seconds(), "of-reading-answers")
			}
			b.Run("write-cold", func(b *testing.B) { // as the command does; before any other service holds memory
				var most uint64
				for b.Loop() {
					most = max(most, peak(func() { write(b, benchService(b, st), io.Discard) }))
				}
				says(b)
				b.ReportMetric(float64(most)/1e6, "MB-peak")
			})
			svc := benchService(b, st)
			zipped, err := os.Create(filepath.Join(b.TempDir(), "pack.zip"))
			if err != nil {
				b.Fatal(err)
			}
			defer zipped.Close()
			write(b, svc, zipped)
			b.Run("write", func(b *testing.B) {
				for b.Loop() {
					write(b, svc, io.Discard)
				}
				says(b)
			})
			for _, name := range []string{"docx", "xlsx", "pdf", "csv"} { // each alone
				format, err := report.ParseFormat(name)
				if err != nil {
					b.Fatal(err)
				}
				one := func(b *testing.B, svc *server.Service) {
					if _, err := report.Produce(b.Context(), io.Discard, svc, p, format, false); err != nil {
						b.Fatal(err)
					}
				}
				b.Run(name, func(b *testing.B) {
					for b.Loop() {
						one(b, svc)
					}
					says(b)
				})
				b.Run(name+"-cold", func(b *testing.B) {
					for b.Loop() {
						one(b, benchService(b, st))
					}
					says(b)
				})
			}
			b.Run("answers-csv", func(b *testing.B) { // held against reading them one by one
				for b.Loop() {
					if _, err := report.WriteAnswers(b.Context(), io.Discard, svc, p, false); err != nil {
						b.Fatal(err)
					}
				}
				says(b)
			})
			b.Run("answers-csv-cold", func(b *testing.B) {
				for b.Loop() {
					if _, err := report.WriteAnswers(b.Context(), io.Discard, benchService(b, st), p, false); err != nil {
						b.Fatal(err)
					}
				}
				says(b)
			})
			svc = nil
			b.Run("verify", func(b *testing.B) {
				size, err := zipped.Seek(0, io.SeekEnd)
				if err != nil {
					b.Fatal(err)
				}
				var most uint64
				for b.Loop() {
					most = max(most, peak(func() {
						v, err := report.VerifyPack(zipped, size, report.Expectations{})
						if err != nil || !v.OK {
							b.Fatal(err)
						}
					}))
				}
				says(b)
				b.ReportMetric(float64(size)/1e6, "MB-pack")
				b.ReportMetric(float64(most)/1e6, "MB-peak")
			})
		})
	}
}
