package importer

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"hailong/server"
)

// header row and one dossier as a workbook holds them.
func listRows() tableRows {
	return tableRows{
		{"DANH SÁCH HỒ SƠ"},
		{"Số hồ sơ", "Ngày tiếp nhận", "Ngày hẹn trả", "Ngày kết thúc xử lý", "Ngày trả kết quả", "Trạng thái", "Mã TTHC", "Lĩnh vực", "Người nộp"},
		{code1, "15/01/2024 08:00:00", "16/01/2024", "15/01/2024 09:00:00", "15/01/2024 10:00:00", "Đã trả kết quả", "1.004873", "Hộ tịch", "Nguyễn Văn An"},
	}
}

func wantTimes(t *testing.T, d server.Dossier, received, due, finished, returned string) {
	t.Helper()
	for _, x := range []struct {
		what string
		got  time.Time
		want string
	}{{"received", d.Received, received}, {"due", d.Due, due}, {"finished", d.Finished, finished}, {"returned", d.Returned, returned}} {
		if got := x.got.Format("2006-01-02 15:04:05"); got != x.want {
			t.Errorf("%s %s, want %s", x.what, got, x.want)
		}
	}
}

func TestWorkbookDates(t *testing.T) {
	t.Parallel()
	day := time.Date(2024, 1, 15, 0, 0, 0, 0, time.UTC) // excelize writes the clock time
	for name, tt := range map[string]struct {
		cells  []any
		change func(*excelize.File)
	}{
		"text":        {[]any{"15/01/2024 08:00:00", "16/01/2024", "15/01/2024 09:30:00", "16/01/2024 10:00:00"}, nil},
		"date cells":  {[]any{day.Add(8 * time.Hour), day.AddDate(0, 0, 1), day.Add(9*time.Hour + 30*time.Minute), day.Add(34 * time.Hour)}, nil},
		"serials":     {[]any{45306 + 8.0/24, 45307, 45306 + 9.5/24, 45307 + 10.0/24}, nil},
		"serial text": {[]any{"45306.3333333333", "45307", "45306.3958333333", "45307.4166666667"}, nil},
		"1904": {[]any{43844 + 8.0/24, 43845, 43844 + 9.5/24, 43845 + 10.0/24}, func(f *excelize.File) {
			yes := true
			if err := f.SetWorkbookProps(&excelize.WorkbookPropsOptions{Date1904: &yes}); err != nil {
				t.Error(err)
			}
		}},
	} {
		rows := listRows()
		copy(rows[2][1:], tt.cells)
		svc := newHouse(t)
		r := mustPut(t, svc, xlsx(t, rows, tt.change), Options{})
		if r.New != 1 {
			t.Errorf("%s: %+v", name, r)
			continue
		}
		wantTimes(t, dossiers(t, svc)[code1], "2024-01-15 08:00:00", "2024-01-16 23:59:59", "2024-01-15 09:30:00", "2024-01-16 10:00:00")
	}
}

// Cells come as shared, inline, rich or calculated text, as numbers, truth
// values and errors.
func TestWorkbookCells(t *testing.T) {
	t.Parallel()
	rows := listRows()
	rows[2][6] = 1.00484 // a code that a spreadsheet took for a number
	svc := newHouse(t)
	r := mustPut(t, svc, xlsx(t, rows, func(f *excelize.File) {
		err := errors.Join(
			f.SetCellRichText("Sheet1", "H3", []excelize.RichTextRun{{Text: "Hộ "}, {Text: "tịch", Font: &excelize.Font{Bold: true}}}),
			f.SetCellFormula("Sheet1", "I3", `HYPERLINK("http://x")`))
		if err != nil {
			t.Fatal(err)
		}
	}), Options{})
	d := dossiers(t, svc)[code1]
	if r.New != 1 || d.Field != "Hộ tịch" || d.Procedure != "1.004840" {
		t.Errorf("%+v, %+v", r, d)
	}

	svc = newHouse(t)
	book := bareBook(t, `<x:worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><x:sheetData>`+
		`<x:row><x:c t="str"><x:v>Trạng_x0020_thái</x:v></x:c><x:c t="inlineStr"><x:is><x:t>Ngày </x:t><x:t>nhận</x:t><x:rPh><x:t>đọc</x:t></x:rPh></x:is></x:c><x:c t="str"><x:v>Mã hồ sơ</x:v></x:c><x:c t="str"><x:v>Quầy</x:v></x:c></x:row>`+
		`<x:row><x:c><x:f>5+5</x:f><x:v>1.0E1</x:v></x:c><x:c t="d"><x:v>2024-01-15T08:00:00</x:v></x:c><x:c t="str"><x:v>`+code1+`</x:v></x:c><x:c><x:v>3</x:v></x:c></x:row>`+
		`<x:row r="7"><x:c r="C7" t="str"><x:v>`+code2+`</x:v></x:c><x:c r="A7" t="e"><x:v>#N/A</x:v></x:c><x:c r="B7"><x:v>45306</x:v></x:c></x:row>`+
		`<x:row><x:c t="b"><x:v>1</x:v></x:c><x:c/><x:c t="str"><x:v>`+code3+`</x:v></x:c></x:row>`+
		`</x:sheetData></x:worksheet>`)
	r = mustPut(t, svc, book, Options{})
	if got, want := countsOf(r), (counts{3, 1, 0, 0, 2}); got != want {
		t.Fatalf("%+v, want %+v: %+v", got, want, r.Rejected)
	}
	if d := dossiers(t, svc)[code1]; d.Status != server.StatusReturned || d.Counter != "3" || d.Received.Hour() != 8 {
		t.Errorf("%+v", d)
	}
	if x := r.Rejected[0]; x.Row != 7 || x.Column != "Trạng thái" || x.Value != "#N/A" || x.Reason != reasonCellError.VI {
		t.Errorf("%+v", x)
	}
	if x := r.Rejected[1]; x.Row != 8 || x.Column != "Ngày nhận" || x.Reason != reasonMissing.VI {
		t.Errorf("%+v", x)
	}
}

// bareBook makes the smallest workbook around one sheet.
func bareBook(t testing.TB, sheet string, extra ...string) string {
	t.Helper()
	return zipped(t, append([]string{
		"[Content_Types].xml", `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>`,
		"_rels/.rels", `<Relationships><Relationship Id="r1" Type="http://x/officeDocument" Target="/Book/book.xml"/></Relationships>`,
		"Book/book.xml", `<workbook xmlns:q="http://x"><sheets><sheet name="A" sheetId="1" q:id="r7"/></sheets></workbook>`,
		"Book/_rels/book.xml.rels", `<Relationships><Relationship Id="r7" Type="http://x/worksheet" Target="sheets/One.xml"/></Relationships>`,
		"Book/sheets/One.xml", sheet,
	}, extra...)...)
}

// zipped makes a zip file of names and contents in turn.
func zipped(t testing.TB, parts ...string) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(parts); i += 2 {
		w, err := z.Create(parts[i])
		if err == nil {
			_, err = w.Write([]byte(parts[i+1]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestWorkbookSecondSheet(t *testing.T) {
	t.Parallel()
	content := xlsx(t, tableRows{{"Bìa"}, {"Năm 2024"}}, func(f *excelize.File) {
		if _, err := f.NewSheet("Hồ sơ"); err != nil {
			t.Fatal(err)
		}
		for i, r := range listRows() {
			if err := f.SetSheetRow("Hồ sơ", fmt.Sprintf("C%d", i+9), &r); err != nil {
				t.Fatal(err)
			}
		}
	})
	r := mustPut(t, newHouse(t), content, Options{})
	if r.New != 1 || r.Sheet != "Hồ sơ" || r.Header != 10 {
		t.Errorf("%+v", r)
	}
}

// Ours reads of a workbook what excelize reads of it.
func TestWorkbookAgainstExcelize(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	rows := tableRows{}
	for range 200 {
		cells := make([]any, r.IntN(30))
		for i := range cells {
			switch r.IntN(5) {
			case 0:
				cells[i] = nil
			case 1:
				cells[i] = r.IntN(100000)
			case 2:
				cells[i] = fmt.Sprintf("  ô\n%d & <b> _x000D_ ", r.IntN(50))
			case 3:
				cells[i] = time.Date(2024, 1, 1+r.IntN(300), r.IntN(24), 0, 0, 0, time.UTC)
			case 4:
				cells[i] = 45000 + r.Float64()
			}
		}
		rows = append(rows, cells)
	}
	for name, content := range map[string]string{"written": xlsx(t, rows, nil), "demo": string(readFile(t, "../demo/2024.xlsx"))} {
		f, err := excelize.OpenReader(strings.NewReader(content), excelize.Options{RawCellValue: true})
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		want, err := f.GetRows("Sheet1")
		if err != nil {
			t.Fatal(err)
		}
		w, err := openWorkbook(strings.NewReader(content), int64(len(content)))
		if err != nil {
			t.Fatal(err)
		}
		if err := w.strings.load(); err != nil {
			t.Fatal(err)
		}
		filled := map[int]bool{}
		for _, r := range collect(t, (&sheetFile{book: w, part: w.parts[w.sheets[0].part]}).rows()) {
			filled[r.number] = true
			for col, text := range want[r.number-1] {
				if text = clean(strings.ReplaceAll(text, "_x000D_", "\r")); r.at(col).text != text && !sameNumber(text, r.at(col)) {
					t.Fatalf("%s: row %d, column %d is %q, excelize says %q", name, r.number, col, r.at(col).text, text)
				}
			}
		}
		for i, cells := range want {
			if clean(strings.Join(cells, "")) != "" && !filled[i+1] {
				t.Errorf("%s: row %d is lost", name, i+1)
			}
		}
	}
}

// sameNumber allows for another way to write a float.
func sameNumber(text string, c cell) bool {
	return c.kind == numberCell && len(text) > 15 && len(c.text) > 15 && text[:14] == c.text[:14]
}

func readFile(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// A file that is not what it says is refused with one clear sentence, and
// nothing of it is stored.
func TestFilesThatAreNotWhatTheySay(t *testing.T) {
	t.Parallel()
	good := xlsx(t, listRows(), nil)
	demo := string(readFile(t, "../demo/2024.xlsx"))
	compoundFile := func(stream string) string {
		b := make([]byte, 2048)
		copy(b, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
		b[30], b[48] = 9, 1 // sectors of 512 bytes; the directory is in sector 1
		copy(b[1024:], wide("Root Entry"))
		copy(b[1152:], wide(stream))
		return string(b)
	}
	sheet := func(rows string) string {
		return `<worksheet><sheetData>` + rows + `</sheetData></worksheet>`
	}
	inline := func(cells ...string) string {
		return `<c t="inlineStr"><is><t>` + strings.Join(cells, `</t></is></c><c t="inlineStr"><is><t>`) + `</t></is></c>`
	}
	title := `<row r="1">` + inline("Số hồ sơ", "Ngày nhận", "Trạng thái") + `</row>`
	for name, tt := range map[string]struct{ content, want string }{
		"empty":                {"", "rỗng"},
		"blank":                {" \r\n\r\n", "rỗng"},
		"BOM alone":            {"\ufeff", "rỗng"},
		"JPEG":                 {"\xff\xd8\xff\xe0\x00\x10JFIF", "JPEG"},
		"PNG":                  {"\x89PNG\r\n\x1a\n", "PNG"},
		"PDF":                  {"%PDF-1.7\n", "PDF"},
		"binary":               {"\x7fELF\x02\x01\x01\x00\x00\x00", "nhị phân"},
		"HTML":                 {"<html><table><tr><td>Số hồ sơ</td></tr></table></html>", "HTML"},
		"HTML with BOM":        {"\ufeff\r\n<!DOCTYPE html>", "HTML"},
		"XML spreadsheet":      {`<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>`, "XML 2003"},
		"encrypted":            {compoundFile("EncryptedPackage"), "mật khẩu"},
		"old .xls":             {compoundFile("Workbook"), ".xls kiểu cũ"},
		"compound":             {compoundFile("Something"), "kiểu cũ hoặc có mật khẩu"},
		"compound, cut":        {compoundFile("Workbook")[:40], "kiểu cũ hoặc có mật khẩu"},
		"plain zip":            {zipped(t, "a.txt", "b"), "zip"},
		"ODS":                  {zipped(t, "mimetype", "application/vnd.oasis.opendocument.spreadsheet", "content.xml", "<x/>"), "OpenDocument"},
		"Word":                 {zipped(t, "[Content_Types].xml", "<Types/>", "word/document.xml", "<x/>"), "Word"},
		"XLSB":                 {zipped(t, "[Content_Types].xml", "<Types/>", "xl/workbook.bin", "x"), "XLSB"},
		"no sheets":            {zipped(t, "[Content_Types].xml", "<Types/>", "xl/workbook.xml", "<workbook/>"), "hỏng"},
		"half":                 {demo[:len(demo)/2], "hỏng"},
		"all but the end":      {demo[:len(demo)-100], "hỏng"},
		"first bytes":          {demo[:40], "hỏng"},
		"a flipped bit":        {flip(demo, 100_000), "hỏng"},
		"zip bomb":             {bareBook(t, sheet(title+strings.Repeat("<row/>", 3<<20))), "zip bomb"},
		"bomb in another part": {bareBook(t, sheet(title), "Book/media/image.png", strings.Repeat("\x00", 50<<20)), "zip bomb"},
		"two columns":          {"Tên,Tuổi\nAn,30\n", "dòng tiêu đề"},
		"header without code":  {strings.Replace(head, "Số hồ sơ", "Số", 1) + row1, "“Số hồ sơ”"},
		"text":                 {strings.Repeat("lorem ipsum\n", 100), "dòng tiêu đề"},
		"one long line":        {strings.Repeat("x", 3<<20), "dòng tiêu đề"},
		"old font":             {"Sè hå s¬,Ngµy tiÕp nhËn,Tr¹ng th¸i\n", "TCVN3"},
		"sheet without header": {xlsx(t, tableRows{{"Họ tên", "Tuổi"}, {"An", 30}}, nil), "dòng tiêu đề"},
		"sheet cut":            {bareBook(t, `<worksheet><sheetData>`+title+`<row r="2">`+inline(code1, "15/01/2024", "10")+`</row>`), "hỏng"},
		"sheet cut in a row":   {bareBook(t, `<worksheet><sheetData>`+title+`<row r="2">`+inline(code1, "15/01/2024", "10")), "hỏng"},
		"sheet nested wrong":   {bareBook(t, `<worksheet><sheetData>`+title+`<row r="2">`+inline(code1, "15/01/2024", "10")+`</sheetData></row></worksheet>`), "hỏng"},
		"rows backwards":       {bareBook(t, sheet(title+`<row r="9">`+inline(code1, "15/01/2024", "10")+`</row><row r="2">`+inline(code2, "15/01/2024", "10")+`</row>`)), "hỏng"},
		"cell of no column":    {bareBook(t, sheet(title+`<row r="2"><c r="ZZZZ2"><v>1</v></c></row>`)), "hỏng"},
		"no such string":       {bareBook(t, sheet(title+`<row r="2"><c t="s"><v>99</v></c></row>`)), "hỏng"},
		"a huge token":         {bareBook(t, sheet(title+`<row r="2"><c t="str"><v>`+noise(6<<20)+`</v></c></row>`)), "hỏng"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			svc := newHouse(t)
			before := everything(t, svc)
			_, err := put(t, svc, tt.content, Options{})
			var fault *FileError
			if !errors.As(err, &fault) {
				t.Fatalf("got %v, want a fault of the file", err)
			}
			if !strings.Contains(fault.VI, tt.want) || fault.EN == "" || strings.Contains(fault.VI, "\n") {
				t.Errorf("says %q, which lacks %q", fault.VI, tt.want)
			}
			if everything(t, svc) != before {
				t.Error("the store changed")
			}
		})
	}
	if r := mustPut(t, newHouse(t), good, Options{}); r.New != 1 {
		t.Errorf("the good one: %+v", r)
	}
}

func flip(s string, at int) string {
	b := []byte(s)
	b[at] ^= 1
	return string(b)
}

// noise is text that does not compress.
func noise(n int) string {
	r := rand.New(rand.NewPCG(3, 4))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte('a' + r.IntN(26))
	}
	return string(b)
}

func TestOpenWhatIsNoFile(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{t.TempDir(): "thư mục", filepath.Join(t.TempDir(), "x.xlsx"): "không có tệp"} {
		var fault *FileError
		if _, err := Open(path, Options{}); !errors.As(err, &fault) || !strings.Contains(fault.VI, want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

// Whatever an archive holds, it is refused as a whole or each of its rows is
// either stored or rejected.
func FuzzWorkbook(f *testing.F) {
	f.Add([]byte(bareBook(f, `<worksheet><sheetData><row><c t="inlineStr"><is><t>Số hồ sơ</t></is></c></row></sheetData></worksheet>`)))
	f.Add([]byte(xlsx(f, listRows(), nil)))
	f.Add([]byte("PK\x03\x04"))
	f.Fuzz(func(t *testing.T, content []byte) { twice(t, string(content)) })
}

// The same for the XML of a sheet, which an archive's checksums hide from the
// fuzzer above.
func FuzzSheet(f *testing.F) {
	f.Add(`<worksheet><sheetData><row r="1"><c r="A1" t="str"><v>Số hồ sơ</v></c><c r="B1" t="str"><v>Ngày nhận</v></c><c r="C1" t="str"><v>Trạng thái</v></c></row>` +
		`<row r="2"><c r="A2" t="str"><v>` + code1 + `</v></c><c r="B2"><v>45306</v></c><c r="C2"><v>10</v></c></row><row r="3"><c t="inlineStr"><is><t>Tổng số: 1</t></is></c></row></sheetData></worksheet>`)
	f.Fuzz(func(t *testing.T, sheet string) { twice(t, bareBook(t, sheet)) })
}

// An import that is called off stores nothing more.
func TestImportCalledOff(t *testing.T) {
	t.Parallel()
	svc := newHouse(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	content := readFile(t, "../demo/2024.xlsx")
	f, err := Read(bytes.NewReader(content), int64(len(content)), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Import(ctx, svc, "test", f, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if n := len(dossiers(t, svc)); n != 0 {
		t.Errorf("%d dossiers are stored", n)
	}
}
