package sqlite

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hailong/server/store"
)

// BenchmarkInsert stores answers from many clients, each of which waits for
// its acknowledgement before it sends the next, on this machine's disk and on
// one whose flush takes 5 ms longer. In the same run the same clients insert
// and commit each document by itself, into the same table with the same
// settings: "ratio" is how many times faster the group commit is.
func BenchmarkInsert(b *testing.B) {
	for _, flush := range []time.Duration{0, 5 * time.Millisecond} {
		for _, clients := range []int{1, 8, 64, 256} {
			b.Run(fmt.Sprintf("flush=+%v/clients=%d", flush, clients), func(b *testing.B) {
				before := rawRate(b, clients, flush)
				s := open(b, filepath.Join(b.TempDir(), "group.db"), WithFlushDelay(flush))
				b.ResetTimer()
				inParallel(b, clients, b.N, func(i int) error { return s.Insert(b.Context(), "answers", answer(i)) })
				rate := float64(b.N) / b.Elapsed().Seconds()
				b.StopTimer()
				// Before and after, as the machine may have other work meanwhile.
				raw := 2 / (1/before + 1/rawRate(b, clients, flush))
				b.ReportMetric(rate, "rows/s")
				b.ReportMetric(raw, "raw-rows/s")
				b.ReportMetric(rate/raw, "ratio")
			})
		}
	}
}

// rawRate gives the documents per second that are stored by one transaction
// each.
func rawRate(b *testing.B, clients int, flush time.Duration) float64 {
	b.Helper()
	path := filepath.Join(b.TempDir(), "raw.db")
	if err := open(b, path).Close(); err != nil { // the same table
		b.Fatal(err)
	}
	db, err := sql.Open("sqlite", dsn(path, busyWait, "synchronous(FULL)", "journal_size_limit(67108864)"))
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close() //nolint:errcheck // a benchmark
	conn, err := db.Conn(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close() //nolint:errcheck // a benchmark
	insert, err := conn.PrepareContext(b.Context(), `INSERT INTO docs (c, k, o, v, b) VALUES (?, ?, ?, 1, ?)`)
	if err != nil {
		b.Fatal(err)
	}
	defer insert.Close() //nolint:errcheck // a benchmark
	var mu sync.Mutex    // of the one connection: SQLite has one writer at a time
	n := 1500
	if flush > 0 {
		n = 100
	}
	n = max(n, 2*clients)
	ctx := context.Background()
	begun := time.Now()
	inParallel(b, clients, n, func(i int) error {
		d := answer(i)
		mu.Lock()
		defer mu.Unlock()
		if _, err := conn.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
			return err
		}
		if _, err := insert.ExecContext(ctx, "answers", d.Key, d.Order, string(d.Body)); err != nil {
			return err
		}
		if flush > 0 {
			time.Sleep(flush)
		}
		_, err := conn.ExecContext(ctx, "COMMIT")
		return err
	})
	return float64(n) / time.Since(begun).Seconds()
}

// inParallel runs f(0) … f(n-1) from so many clients.
func inParallel(b *testing.B, clients, n int, f func(i int) error) {
	b.Helper()
	var next atomic.Int64
	var wg sync.WaitGroup
	for range clients {
		wg.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				if err := f(i); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
}

// answer is a document of the size and with the random key of a real answer.
func answer(i int) store.Doc {
	sum := sha256.Sum256(fmt.Append(nil, i))
	return store.Doc{
		Key:   hex.EncodeToString(sum[:16]),
		Order: fmt.Sprintf("2024-%02d-%02d", i%12+1, i%28+1),
		Body: fmt.Appendf(nil, `{"day":"2024-%02d-%02d","field":"Chứng thực","procedure":"2.000815","counter":"%d","officer":"CB%02d","channel":1,`+
			`"lane":"phone","on_time":"yes","lang":"vi","survey":"sipas-short","overall":%d,`+
			`"answers":{"access":5,"procedure":4,"official":5,"result":4,"feedback":"N"},"comment":"Cán bộ hướng dẫn tận tình"}`,
			i%12+1, i%28+1, i%4+1, i%9, i%5+1),
	}
}

// BenchmarkScan reads a year of answers in order.
func BenchmarkScan(b *testing.B) {
	s := open(b, filepath.Join(b.TempDir(), "scan.db"))
	const n = 20000
	var ops []store.Op
	for i := range n {
		ops = append(ops, store.Op{Collection: "answers", Kind: store.OpInsert, Doc: answer(i)})
	}
	if _, err := s.Batch(b.Context(), ops); err != nil {
		b.Fatal(err)
	}
	for _, byOrder := range []bool{false, true} {
		b.Run(fmt.Sprintf("byOrder=%v", byOrder), func(b *testing.B) {
			seen := 0
			for b.Loop() {
				for _, err := range s.Scan(b.Context(), "answers", store.Range{ByOrder: byOrder}) {
					if err != nil {
						b.Fatal(err)
					}
					seen++
				}
			}
			b.ReportMetric(float64(seen)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}
