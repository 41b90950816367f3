package importer

import (
	"bytes"
	"context"
	"encoding/json"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"hailong/server"
	"hailong/server/store"
	"hailong/server/store/memory"
)

// newHouse is a service on a store in memory.
func newHouse(t testing.TB) *server.Service {
	t.Helper()
	svc, err := server.New(context.Background(), memory.New(), make([]byte, server.SecretSize), server.Config{})
	if err != nil {
		t.Fatal(err)
	}
	return svc
}

// put imports the text or bytes of a file.
func put(t testing.TB, svc House, content string, opt Options) (Report, error) {
	t.Helper()
	f, err := Read(strings.NewReader(content), int64(len(content)), opt)
	if err != nil {
		return Report{}, err
	}
	defer func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}()
	r, err := Import(context.Background(), svc, "test", f, nil)
	if err == nil && r.Rows != r.New+r.Updated+r.Unchanged+len(r.Rejected) {
		t.Errorf("%d rows, but %d new + %d updated + %d unchanged + %d rejected", r.Rows, r.New, r.Updated, r.Unchanged, len(r.Rejected))
	}
	return r, err
}

// mustPut is put for a file that is good as a whole.
func mustPut(t testing.TB, svc House, content string, opt Options) Report {
	t.Helper()
	r, err := put(t, svc, content, opt)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// counts are the numbers of a report that are compared most.
type counts struct{ rows, new, updated, unchanged, rejected int }

func countsOf(r Report) counts {
	return counts{r.Rows, r.New, r.Updated, r.Unchanged, len(r.Rejected)}
}

// dossiers returns what is stored, by code.
func dossiers(t testing.TB, svc *server.Service) map[server.DossierCode]server.Dossier {
	t.Helper()
	out := map[server.DossierCode]server.Dossier{}
	for d, err := range svc.Dossiers(context.Background(), "", "") {
		if err != nil {
			t.Fatal(err)
		}
		out[d.Code] = d
	}
	return out
}

// tableRows are rows with values by Go type, for workbooks.
type tableRows [][]any

// xlsx makes a workbook of rows; change may do more to it.
func xlsx(t testing.TB, rows tableRows, change func(*excelize.File)) string {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	for i, r := range rows {
		cell, err := excelize.CoordinatesToCellName(1, i+1)
		if err == nil {
			err = f.SetSheetRow("Sheet1", cell, &r)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if change != nil {
		change(f)
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// collect reads all of a stream.
func collect[T any](t testing.TB, seq iter.Seq2[T, error]) []T {
	t.Helper()
	var out []T
	for v, err := range seq {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, v)
	}
	return out
}

const (
	code1 = "000.21.35.H24-240115-0001"
	code2 = "000.21.35.H24-240115-0002"
	code3 = "000.21.35.H24-240115-0003"
	head  = "Số hồ sơ,Ngày tiếp nhận,Ngày hẹn trả,Ngày kết thúc xử lý,Ngày trả kết quả,Trạng thái,Hình thức nộp,Mã TTHC,Tên thủ tục hành chính,Lĩnh vực,Cán bộ xử lý,Quầy\n"
	row1  = code1 + ",15/01/2024 08:00:00,16/01/2024 08:00:00,15/01/2024 09:00:00,15/01/2024 10:00:00,Đã trả kết quả,Trực tiếp,1.004873,Cấp giấy xác nhận tình trạng hôn nhân,Hộ tịch,CC01,Quầy 1\n"
	row2  = code2 + ",15/01/2024 08:10:00,,15/01/2024 09:10:00,,Đã xử lý xong,Trực tuyến,2.000815,Chứng thực bản sao,Chứng thực,CC02,Quầy 2\n"
)

// everything dumps a store: the keys and bodies of all collections.
func everything(t testing.TB, svc *server.Service) string {
	t.Helper()
	ctx := context.Background()
	colls, err := svc.Store.Collections(ctx)
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(colls)
	var b strings.Builder
	for _, c := range colls {
		if c == "dossier_marks" { // when a month last changed; holds nothing of the file
			continue
		}
		for d, err := range svc.Store.Scan(ctx, c, store.Range{}) {
			if err != nil {
				t.Fatal(err)
			}
			// Decoded and encoded again, so that no escape hides a letter.
			var v any
			if err := json.Unmarshal(d.Body, &v); err != nil {
				t.Fatal(err)
			}
			enc := json.NewEncoder(&b)
			enc.SetEscapeHTML(false)
			b.WriteString(c + " " + d.Key + " " + d.Order + " ")
			if err := enc.Encode(v); err != nil {
				t.Fatal(err)
			}
		}
	}
	return b.String()
}
