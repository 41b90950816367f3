package importer

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"hailong/server"
	"hailong/server/store"
	"hailong/server/store/memory"
)

// The sample year, counted independently: with zipfile and xml.etree of Python
// 3.11, rows below row 6 that have a code, by column M (status), N (channel)
// and E (field); on time where K (or L) <= J, or without J on the day of I,
// as seen on 1 January 2025, without those withdrawn or stopped.
func TestSampleYear(t *testing.T) {
	t.Parallel()
	svc := newHouse(t)
	content := string(readFile(t, "../demo/2024.xlsx"))
	r := mustPut(t, svc, content, Options{})
	if got, want := countsOf(r), (counts{3000, 3000, 0, 0, 0}); got != want {
		t.Fatalf("%+v, want %+v: %+v", got, want, r.Rejected)
	}
	if r.Header != 6 || r.Skipped != 1 || len(r.Missing) != 0 || len(r.Flagged) != 0 || len(r.Repeated) != 0 {
		t.Errorf("%+v", r)
	}
	statuses, channels, fields, times := map[server.Status]int{}, map[server.Channel]int{}, map[string]int{}, map[server.Punctuality]int{}
	for _, d := range dossiers(t, svc) {
		statuses[d.Status]++
		channels[d.Channel]++
		fields[d.Field]++
		times[d.Punctuality(time.Date(2025, 1, 1, 0, 0, 0, 0, server.Zone))]++
	}
	if want := map[server.Status]int{10: 2886, 9: 34, 4: 27, 8: 21, 5: 20, 7: 12}; !maps.Equal(statuses, want) {
		t.Errorf("statuses %v, want %v", statuses, want)
	}
	if want := map[server.Channel]int{1: 2659, 2: 316, 3: 25}; !maps.Equal(channels, want) {
		t.Errorf("channels %v, want %v", channels, want)
	}
	if want := map[string]int{"Chứng thực": 1996, "Hộ tịch": 805, "Bảo trợ xã hội": 138, "Người có công": 48, "Giảm nghèo": 13}; !maps.Equal(fields, want) {
		t.Errorf("fields %v, want %v", fields, want)
	}
	if want := map[server.Punctuality]int{server.OnTime: 2879, server.Late: 41, server.OpenOverdue: 47, server.NotCounted: 33}; !maps.Equal(times, want) {
		t.Errorf("on time %v, want %v", times, want)
	}

	before := everything(t, svc)
	again := mustPut(t, svc, content, Options{})
	if got, want := countsOf(again), (counts{3000, 0, 0, 3000, 0}); got != want {
		t.Errorf("again %+v, want %+v", got, want)
	}
	if everything(t, svc) != before {
		t.Error("importing the same again changed the store")
	}
}

// The CSV sample is the first 39 dossiers of the same year, cell by cell the
// same.
func TestSampleCSV(t *testing.T) {
	t.Parallel()
	svc := newHouse(t)
	if got, want := countsOf(mustPut(t, svc, string(readFile(t, "testdata/sample.csv")), Options{})), (counts{39, 39, 0, 0, 0}); got != want {
		t.Fatalf("%+v, want %+v", got, want)
	}
	r := mustPut(t, svc, string(readFile(t, "../demo/2024.xlsx")), Options{})
	if got, want := countsOf(r), (counts{3000, 2961, 0, 39, 0}); got != want {
		t.Errorf("the year after the sample: %+v, want %+v", got, want)
	}
}

// Nothing about the person is stored, in any collection, under any key, nor
// repeated when a row is rejected.
func TestPersonsAreNotStored(t *testing.T) {
	t.Parallel()
	svc := newHouse(t)
	mustPut(t, svc, string(readFile(t, "../demo/2024.xlsx")), Options{})
	mustPut(t, svc, string(readFile(t, "testdata/sample.csv")), Options{})
	csv := "Số hồ sơ,Họ và tên,Số điện thoại,Địa chỉ,Ngày tiếp nhận,Trạng thái,Ghi chú\n" +
		code1 + ",Trần Thị Kín,0912345678,Số 1 ngõ Vắng,15/01/2024,10,CCCD 031087000001\n" +
		"x,Trần Thị Kín,0912345678,Số 1 ngõ Vắng,15/01/2024,10,\n" +
		code2 + ",Trần Thị Kín,15/01/2024,Số 1 ngõ Vắng,0912345678,10,\n" // two cells swapped
	r := mustPut(t, svc, csv, Options{})
	all := everything(t, svc) + fmt.Sprint(r)
	for _, s := range []string{"Công dân 0", "0900000", "Phường Phù Liễn, quận", "Trần Thị Kín", "0912345678", "ngõ Vắng", "031087"} {
		if strings.Contains(all, s) {
			t.Errorf("%q is in the store or the report", s)
		}
	}
	if got, want := countsOf(r), (counts{3, 0, 1, 0, 2}); got != want {
		t.Errorf("%+v", r)
	}
	if !strings.Contains(all, "Chứng thực bản sao") {
		t.Error("the dump does not show what is stored")
	}
}

// line12 makes a line of CSV under head, with cells changed by column name.
func line12(code string, change map[Column]string) string {
	cells := strings.Split(strings.TrimSuffix(row1, "\n"), ",")
	order := []Column{ColCode, ColReceived, ColDue, ColFinished, ColReturned, ColStatus, ColChannel, ColProcedure, ColProcedureName, ColField, ColOfficer, ColCounter}
	cells[0] = code
	for c, v := range change {
		cells[slices.Index(order, c)] = v
	}
	return strings.Join(cells, ",") + "\n"
}

func TestRejections(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("á", maxCell+1)
	for _, tt := range []struct {
		column Column
		value  string
		header string
		shown  string
		reason Reason
	}{
		{ColCode, "", "Số hồ sơ", "", reasonMissing},
		{ColCode, "000.21.35.H24-240231-0001", "Số hồ sơ", "000.21.35.H24-240231-0001", reasonCode},
		{ColCode, "12345", "Số hồ sơ", "12345", reasonCode},
		{ColReceived, "", "Ngày tiếp nhận", "", reasonMissing},
		{ColReceived, "31/02/2024", "Ngày tiếp nhận", "31/02/2024", reasonNoSuchDay},
		{ColReceived, "15/01/24", "Ngày tiếp nhận", "15/01/24", reasonShortYear},
		{ColReceived, "hôm qua", "Ngày tiếp nhận", "hôm qua", reasonNotDate},
		{ColReceived, "0912345678", "Ngày tiếp nhận", "••••••••••", reasonNotDate},
		{ColDue, "16/13/2024", "Ngày hẹn trả", "16/13/2024", reasonNoSuchDay},
		{ColDue, "14/01/2024", "Ngày hẹn trả", "14/01/2024", reasonDueEarly},
		{ColFinished, "15/01/2024 07:59:59", "Ngày kết thúc xử lý", "15/01/2024 07:59:59", reasonDueEarly},
		{ColReturned, "14/01/2024 10:00:00", "Ngày trả kết quả", "14/01/2024 10:00:00", reasonDueEarly},
		{ColStatus, "", "Trạng thái", "", reasonMissing},
		{ColStatus, "Bay mất", "Trạng thái", "Bay mất", reasonStatus},
		{ColStatus, "11", "Trạng thái", "11", reasonStatus},
		{ColChannel, "Zalo", "Hình thức nộp", "Zalo", reasonChannel},
		{ColField, long, "Lĩnh vực", shown(long), reasonTooLong},
		{ColProcedureName, long, "Tên thủ tục hành chính", shown(long), reasonTooLong},
		{ColOfficer, long, "Cán bộ xử lý", "", reasonTooLong},
	} {
		for _, lang := range []Lang{Vietnamese, English} {
			svc := newHouse(t)
			r := mustPut(t, svc, head+line12(code1, map[Column]string{tt.column: tt.value})+row2, Options{Lang: lang})
			if tt.column == ColCode {
				r = mustPut(t, newHouse(t), head+line12(tt.value, nil)+row2, Options{Lang: lang})
			}
			if got, want := countsOf(r), (counts{2, 1, 0, 0, 1}); got != want {
				t.Errorf("%s %q: %+v, want %+v", tt.column, tt.value, got, want)
				continue
			}
			if got, want := r.Rejected[0], (Rejection{2, tt.header, tt.shown, tt.reason.In(lang)}); got != want {
				t.Errorf("%+v, want %+v", got, want)
			}
		}
	}
	// All faults of a row are told at once.
	r := mustPut(t, newHouse(t), head+line12(code1, map[Column]string{ColReceived: "31/02/2024", ColStatus: "Bay mất"}), Options{})
	if got, want := r.Rejected[0].Reason, reasonNoSuchDay.VI+"; “Trạng thái”: "+reasonStatus.VI; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	// A thousand characters are not too long.
	if r := mustPut(t, newHouse(t), head+line12(code1, map[Column]string{ColField: strings.Repeat("á", maxCell)}), Options{}); r.New != 1 {
		t.Errorf("%+v", r)
	}
}

// Odd rows that are kept, with a note.
func TestNotes(t *testing.T) {
	t.Parallel()
	r := mustPut(t, newHouse(t), head+line12(code1, map[Column]string{ColReturned: "15/01/2024 08:30:00"})+
		line12(code2, map[Column]string{ColFinished: "", ColReturned: ""})+
		line12(code3, map[Column]string{ColDue: "15/01/2024"}), Options{}) // due on the day, without a time: no doubt
	want := []Note{{2, "Ngày trả kết quả", reasonReturnedEarly.VI}, {3, "Trạng thái", reasonNoEnd.VI}}
	if r.New != 3 || !slices.Equal(r.Flagged, want) {
		t.Errorf("%+v, want notes %+v", r, want)
	}
}

// What looks like code stays what it is: text.
func TestHostileTextIsData(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"{{.}}", "<script>alert(1)</script>", "=cmd()", "$where", "=HYPERLINK(0)", "' OR 1=1 --", "a.b", "%s%n", "../../x"} {
		svc := newHouse(t)
		r := mustPut(t, svc, head+line12(code1, map[Column]string{ColProcedureName: s, ColField: s, ColOfficer: s, ColCounter: s, ColProcedure: s}), Options{})
		d := dossiers(t, svc)[code1]
		if r.New != 1 || d.ProcedureName != s || d.Field != s || d.Officer != s || d.Counter != s || d.Procedure != s {
			t.Errorf("%q: %+v, %+v", s, r, d)
		}
	}
}

// What is no row of the list is skipped; what might be one is not.
func TestSkippedRows(t *testing.T) {
	t.Parallel()
	content := head +
		"(1),(2),(3),(4),(5),(6),(7),(8),(9),(10),(11),(12)\n" + // the columns are numbered
		"I. Lĩnh vực Hộ tịch,,,,,,,,,,,\n" + // title of a section
		row1 +
		"Cộng,,1,,,,,,,,,\n" + // a subtotal
		",,,,,,,,\n" + // blanks
		"II. Lĩnh vực Chứng thực,,,,,,,,,,,\n" +
		head + // the header again, on the next page
		row2 +
		"Tổng cộng: 2 hồ sơ,,,,,,,,,,,\n" +
		",,,,,,,,,\"Ngày 31 tháng 12 năm 2024\",,\n" +
		"Người lập biểu,,,,,,,,,Thủ trưởng đơn vị,,\n"
	r := mustPut(t, newHouse(t), content, Options{})
	if got, want := countsOf(r), (counts{2, 2, 0, 0, 0}); got != want || r.Skipped != 8 {
		t.Errorf("%+v, want %+v: %+v", got, want, r)
	}
	for name, bad := range map[string]string{
		"a row without a code":        line12("", nil),
		"after a total":               "Tổng số: 1,,,,,,,,,,,\n" + line12("", nil),
		"what is left of a code":      "000.21.35.H24-2401,,,,,,,,,,,\n",
		"a date alone":                ",15/01/2024,,,,,,,,,,\n",
		"a status alone":              ",,,,,Đã trả kết quả,,,,,,\n",
		"a name of a total in a code": "Tổng-1,15/01/2024,,,,10,,,,,,\n",
	} {
		if r := mustPut(t, newHouse(t), head+row1+bad, Options{}); len(r.Rejected) != 1 {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

// A code that comes more than once in a file: the last row is used, the counts
// are those of putting one after the other, and again nothing changes.
func TestRepeatedCodes(t *testing.T) {
	t.Parallel()
	processing := line12(code1, map[Column]string{ColStatus: "Đang xử lý", ColFinished: "", ColReturned: ""})
	done := line12(code1, nil)
	for name, tt := range map[string]struct {
		rows   string
		want   counts
		status server.Status
	}{
		"changed":              {processing + row2 + done, counts{3, 2, 1, 0, 0}, 10},
		"the same":             {done + done + row2, counts{3, 2, 0, 1, 0}, 10},
		"there and back":       {processing + done + processing, counts{3, 1, 2, 0, 0}, 4},
		"a bad one in between": {processing + line12(code1, map[Column]string{ColStatus: "?"}) + done, counts{3, 1, 1, 0, 1}, 10},
	} {
		svc := newHouse(t)
		r := mustPut(t, svc, head+tt.rows, Options{})
		if got := countsOf(r); got != tt.want {
			t.Errorf("%s: %+v, want %+v", name, got, tt.want)
		}
		if got := dossiers(t, svc)[code1].Status; got != tt.status {
			t.Errorf("%s: status %d, want %d", name, got, tt.status)
		}
		again := mustPut(t, svc, head+tt.rows, Options{})
		if got, want := countsOf(again), (counts{tt.want.rows, 0, 0, tt.want.rows - tt.want.rejected, tt.want.rejected}); got != want {
			t.Errorf("%s again: %+v, want %+v", name, got, want)
		}
	}
	r := mustPut(t, newHouse(t), head+processing+row2+done, Options{})
	if want := []Repeated{{4, 2, code1}}; !slices.Equal(r.Repeated, want) {
		t.Errorf("%+v, want %+v", r.Repeated, want)
	}
}

// A changed row updates; a status that goes backwards is kept and flagged.
func TestUpdates(t *testing.T) {
	t.Parallel()
	svc := newHouse(t)
	mustPut(t, svc, head+row1+row2, Options{})
	r := mustPut(t, svc, head+line12(code1, map[Column]string{ColOfficer: "CC09"})+row2, Options{})
	if got, want := countsOf(r), (counts{2, 0, 1, 1, 0}); got != want || len(r.Flagged) != 0 || dossiers(t, svc)[code1].Officer != "CC09" {
		t.Errorf("%+v, want %+v", r, want)
	}
	r = mustPut(t, svc, head+line12(code1, map[Column]string{ColStatus: "Đang xử lý", ColFinished: "", ColReturned: ""})+row2, Options{})
	if got, want := countsOf(r), (counts{2, 0, 1, 1, 0}); got != want || len(r.Flagged) != 1 || r.Flagged[0] != (Note{2, "Trạng thái", reasonBackwards.VI}) {
		t.Errorf("%+v, want %+v", r, want)
	}
	d := dossiers(t, svc)[code1]
	if d.Status != server.StatusProcessing || !slices.Contains(d.Flags, server.FlagStatusBackwards) {
		t.Errorf("%+v", d)
	}
}

// A store that fails says so; the same file again finishes the work.
func TestStoreFails(t *testing.T) {
	t.Parallel()
	st := memory.New()
	svc, err := server.New(context.Background(), st, make([]byte, server.SecretSize), server.Config{})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString(head)
	for i := range 1200 {
		b.WriteString(line12(fmt.Sprintf("000.21.35.H24-240115-%04d", i), nil))
	}
	house := &failing{House: svc, after: 2}
	r, err := put(t, house, b.String(), Options{})
	if !errors.Is(err, store.ErrUnavailable) {
		t.Fatalf("got %v", err)
	}
	if r.New != 1000 || len(dossiers(t, svc)) != 1000 {
		t.Errorf("%d told, %d stored, want 1000", r.New, len(dossiers(t, svc)))
	}
	if got, want := countsOf(mustPut(t, svc, b.String(), Options{})), (counts{1200, 200, 0, 1000, 0}); got != want {
		t.Errorf("again %+v, want %+v", got, want)
	}
}

// failing is a house whose store goes away after so many batches.
type failing struct {
	House
	after int
}

func (f *failing) PutDossiers(ctx context.Context, ds []server.Dossier) ([]server.PutResult, error) {
	if f.after--; f.after < 0 {
		return nil, fmt.Errorf("putting: %w", store.ErrUnavailable)
	}
	if len(ds) > 500 {
		return nil, errors.New("a batch of more than 500")
	}
	return f.House.PutDossiers(ctx, ds)
}

// A list with fewer columns takes nothing away; an empty cell does.
func TestMissingColumnsAreKept(t *testing.T) {
	t.Parallel()
	svc := newHouse(t)
	mustPut(t, svc, head+row1, Options{})
	want := dossiers(t, svc)[code1]
	short := "Mã hồ sơ,Ngày nhận,Tình trạng\n" + code1 + ",15/01/2024 08:00:00,Đã trả kết quả\n" + code3 + ",15/01/2024 08:00:00,Đang xử lý\n"
	if got, want := countsOf(mustPut(t, svc, short, Options{})), (counts{2, 1, 0, 1, 0}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got := dossiers(t, svc)[code1]; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%+v, want %+v", got, want)
	}
	mustPut(t, svc, head+line12(code1, map[Column]string{ColOfficer: ""}), Options{})
	if got := dossiers(t, svc)[code1]; got.Officer != "" || got.Field != want.Field {
		t.Errorf("%+v", got)
	}
	// Every column but the three that are required can be missing.
	for _, c := range optional() {
		d := server.Dossier{Code: code1}
		if keep(&d, want, c); fmt.Sprint(d) == fmt.Sprint(server.Dossier{Code: code1}) {
			t.Errorf("%s is not kept", c)
		}
	}
}

// optional are the columns that a file can do without.
func optional() (out []Column) {
	for _, k := range columnKinds() {
		if !k.required {
			out = append(out, k.column)
		}
	}
	return out
}

func TestMissingColumnsAreTold(t *testing.T) {
	t.Parallel()
	r := mustPut(t, newHouse(t), "Mã hồ sơ,Ngày nhận,Tình trạng\n"+code1+",15/01/2024,Đã trả kết quả\n", Options{})
	if r.New != 1 || len(r.Missing) != 9 || len(r.Flagged) != 0 {
		t.Errorf("%+v", r)
	}
}

func TestProgress(t *testing.T) {
	t.Parallel()
	content := readFile(t, "../demo/2024.xlsx")
	f, err := Read(strings.NewReader(string(content)), int64(len(content)), Options{})
	if err != nil {
		t.Fatal(err)
	}
	var read, stored, last int
	_, err = Import(t.Context(), newHouse(t), "x", f, func(done, total int) {
		if total == 0 {
			read++
		} else {
			stored++
			last = done
		}
	})
	if err != nil || read != 6 || stored != 6 || last != 3000 {
		t.Errorf("%v: told %d times while reading, %d while storing, %d at last", err, read, stored, last)
	}
}

// Any mixture of rows, good and bad: every one is stored or rejected, the store
// holds what the last good row of each code says, and again nothing changes.
func TestEveryRowIsAccountedFor(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) [3]string {
			return [3]string{
				rapid.SampledFrom([]string{code1, code2, code3, strings.ToLower(code2), "x", "", "Tổng số"}).Draw(t, "code"),
				rapid.SampledFrom([]string{"15/01/2024", "2024-01-16", "45308", "31/02/2024", ""}).Draw(t, "received"),
				rapid.SampledFrom([]string{"10", "Đã trả kết quả", "Đang xử lý", "?", ""}).Draw(t, "status"),
			}
		}), 0, 30).Draw(t, "rows")
		var b strings.Builder
		b.WriteString("Quầy;Số hồ sơ;Ngày nhận;Trạng thái\n")
		last := map[server.DossierCode]string{}
		filled := 0
		for i, r := range rows {
			fmt.Fprintf(&b, "%d;%s\n", i, strings.Join(r[:], ";"))
			filled++
			if code, ok := parseCode(r[0]); ok && r[1] != "" && r[1] != "31/02/2024" && r[2] != "" && r[2] != "?" {
				last[code] = fmt.Sprint(i)
			}
		}
		st := memory.New()
		svc, err := server.New(context.Background(), st, make([]byte, server.SecretSize), server.Config{})
		if err != nil {
			t.Fatal(err)
		}
		load := func() Report {
			f, err := Read(strings.NewReader(b.String()), int64(b.Len()), Options{})
			if err != nil {
				t.Fatal(err)
			}
			r, err := Import(context.Background(), svc, "x", f, nil)
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
		r := load()
		if r.Rows+r.Skipped != filled || r.Rows != r.New+r.Updated+r.Unchanged+len(r.Rejected) {
			t.Fatalf("%d rows in the file, report %+v", filled, r)
		}
		stored := map[server.DossierCode]string{}
		for d, err := range svc.Dossiers(context.Background(), "", "") {
			if err != nil {
				t.Fatal(err)
			}
			stored[d.Code] = d.Counter
		}
		if !maps.Equal(stored, last) {
			t.Fatalf("stored %v, want %v", stored, last)
		}
		if again := load(); again.New+again.Updated > 0 || len(again.Rejected) != len(r.Rejected) {
			t.Fatalf("again %+v", again)
		}
	})
}
