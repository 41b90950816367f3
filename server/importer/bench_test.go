package importer

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"hailong/server"
	"hailong/server/store/sqlite"
)

// benchRows is the size of the list that is imported.
const benchRows = 100_000

// The import of 100,000 dossiers into the embedded store, from opening the file
// to the last durable write. Beside the rows a second it reports how many times
// as long it takes as merely reading the same file, in the same run, with
// excelize or encoding/csv ("of-reading"): the whole, and the part until all
// rows are checked and staged ("staged-of-reading").
func BenchmarkImport(b *testing.B) {
	for _, bench := range []struct {
		name  string
		write func(io.Writer, func(func([]string) error) error) error
		read  func(string) (int, error)
	}{
		{"xlsx", writeXLSX, readXLSX},
		{"csv", writeCSV, readCSV},
	} {
		b.Run(bench.name, func(b *testing.B) {
			path := filepath.Join(b.TempDir(), "list."+bench.name)
			f, err := os.Create(path)
			if err == nil {
				err = errors.Join(bench.write(f, longList), f.Close())
			}
			if err != nil {
				b.Fatal(err)
			}
			start := time.Now()
			if n, err := bench.read(path); err != nil || n != benchRows+1 {
				b.Fatalf("%d rows, %v", n, err)
			}
			reading := time.Since(start)
			var staging, total time.Duration
			for b.Loop() {
				s, t := importOnce(b, path)
				staging, total = staging+s, total+t
			}
			n := time.Duration(b.N)
			b.ReportMetric(float64(benchRows)/(total/n).Seconds(), "rows/s")
			b.ReportMetric((total/n).Seconds()/reading.Seconds(), "of-reading")
			b.ReportMetric((staging/n).Seconds()/reading.Seconds(), "staged-of-reading")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// importOnce imports the file into a new store.
func importOnce(b *testing.B, path string) (staging, total time.Duration) {
	ctx := context.Background()
	st, err := sqlite.Open(ctx, filepath.Join(b.TempDir(), fmt.Sprintf("%d.db", time.Now().UnixNano())))
	if err != nil {
		b.Fatal(err)
	}
	defer st.Close()
	svc, err := server.New(ctx, st, make([]byte, server.SecretSize), server.Config{})
	if err != nil {
		b.Fatal(err)
	}
	start := time.Now()
	f, err := Open(path, Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	batch, err := ReadAll(ctx, path, f, nil)
	if err != nil {
		b.Fatal(err)
	}
	defer batch.Close()
	staging = time.Since(start)
	if err := batch.Store(ctx, svc, nil); err != nil {
		b.Fatal(err)
	}
	if batch.Report.New != benchRows {
		b.Fatalf("%d new, %d rejected", batch.Report.New, len(batch.Report.Rejected))
	}
	return staging, time.Since(start)
}

// longList calls yield with the header and then the rows of a long list, in the
// shape of the sample year.
func longList(yield func([]string) error) error {
	header := strings.Split("STT,Số hồ sơ,Mã TTHC,Tên thủ tục hành chính,Lĩnh vực,Người nộp hồ sơ,Số điện thoại,Địa chỉ,Ngày tiếp nhận,"+
		"Ngày hẹn trả,Ngày kết thúc xử lý,Ngày trả kết quả,Trạng thái,Hình thức nộp,Cán bộ xử lý,Quầy", ",")
	if err := yield(header); err != nil {
		return err
	}
	const form = "02/01/2006 15:04:05"
	for i := range benchRows {
		received := time.Date(2024, 1, 1+i/300, 8, 0, i%300, 0, server.Zone)
		row := []string{fmt.Sprint(i + 1), fmt.Sprintf("000.21.35.H24-%s-%04d", received.Format("060102"), i%300+1), "2.000815",
			"Chứng thực bản sao từ bản chính giấy tờ, văn bản", "Chứng thực", fmt.Sprintf("Công dân %05d", i), fmt.Sprintf("09%08d", i), "Phường Phù Liễn, quận Kiến An",
			received.Format(form), "", received.Add(time.Hour).Format(form), received.Add(2 * time.Hour).Format(form), "Đã trả kết quả", "Trực tiếp", fmt.Sprintf("CC%02d", i%5), fmt.Sprintf("Quầy %d", i%3+1)}
		if err := yield(row); err != nil {
			return err
		}
	}
	return nil
}

func writeCSV(w io.Writer, list func(func([]string) error) error) error {
	c := csv.NewWriter(w)
	err := list(c.Write)
	c.Flush()
	return errors.Join(err, c.Error())
}

func readCSV(path string) (n int, err error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	for c := csv.NewReader(f); ; n++ {
		if _, err := c.Read(); errors.Is(err, io.EOF) {
			return n, nil
		} else if err != nil {
			return n, err
		}
	}
}

func writeXLSX(w io.Writer, list func(func([]string) error) error) error {
	f := excelize.NewFile()
	defer f.Close()
	sw, err := f.NewStreamWriter("Sheet1")
	if err != nil {
		return err
	}
	n := 0
	if err := list(func(row []string) error {
		n++
		cell, err := excelize.CoordinatesToCellName(1, n)
		if err != nil {
			return err
		}
		return sw.SetRow(cell, slices.Collect(func(yield func(any) bool) {
			for _, s := range row {
				if !yield(s) {
					return
				}
			}
		}))
	}); err != nil {
		return err
	}
	return errors.Join(sw.Flush(), f.Write(w))
}

func readXLSX(path string) (n int, err error) {
	f, err := excelize.OpenFile(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	rows, err := f.Rows("Sheet1")
	if err != nil {
		return 0, err
	}
	for ; rows.Next(); n++ {
		if _, err := rows.Columns(); err != nil {
			return n, err
		}
	}
	return n, errors.Join(rows.Error(), rows.Close())
}
