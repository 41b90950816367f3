package report_test

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/unicode/norm"

	"hailong/server"
	"hailong/server/report"
	"hailong/server/store/memory"
)

// everyLetter holds every letter of Vietnamese with every tone.
var everyLetter = func() string {
	var b strings.Builder
	for _, v := range strings.Split("a ă â e ê i o ô ơ u ư y A Ă Â E Ê I O Ô Ơ U Ư Y", " ") {
		b.WriteString(v)
		for _, tone := range []string{"\u0300", "\u0309", "\u0303", "\u0301", "\u0323"} {
			b.WriteString(norm.NFC.String(v + tone))
		}
	}
	return b.String() + "đĐ"
}()

// A year is a case of what a period can hold.
type year struct {
	name string
	fill func(testing.TB, *server.Service)
	text server.ReportTexts
	want []string // in the paper's text
	not  []string
}

func put(t testing.TB, svc *server.Service, n int, mark string) {
	t.Helper()
	var as []server.Answer
	for i := range n {
		as = append(as, server.Answer{ID: "k" + strconv.Itoa(i), Unit: svc.Config.Unit, Survey: svc.Survey().ID, Day: "2024-05-06", Lane: server.LaneWalkUp, Marks: map[string]string{"overall": mark, "access": mark}})
	}
	if _, err := svc.PutAnswers(t.Context(), as); err != nil {
		t.Fatal(err)
	}
}

func years() []year {
	long := strings.Repeat("Đề nghị UBND quận bổ sung máy quét cho Bộ phận một cửa. ", 360) // 20,000 characters
	return []year{
		{name: "full", fill: fill, text: server.ReportTexts{Number: "12", Signer: "KT. CHỦ TỊCH\nPHÓ CHỦ TỊCH", Name: "Nguyễn Thị Hạnh", Causes: everyLetter + "\n=1+1 <b>&amp;</b> \"'\" ]]> ${x} {{.}}", Proposals: "Không."},
			want: []string{everyLetter, `=1+1 <b>&amp;</b> "'" ]]> ${x} {{.}}`, "Số: 12/BC-UBND", "KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH", "Nguyễn Thị Hạnh", "<script>{{.}}</script>", "Số liệu tính từ ngày 01/01/2024 đến ngày 31/12/2024",
				"Kính gửi: Ủy ban nhân dân quận Kiến An", "(qua Phòng Nội vụ)", "Phù Liễn, ngày 03 tháng 01 năm 2025", "Phụ lục IV", "Hồ sơ quá hạn theo giai đoạn", "Đã giải quyết, chậm", "So với kỳ trước: chưa có số liệu"}},
		{name: "nothing", fill: func(testing.TB, *server.Service) {}, want: []string{"Trong kỳ không có câu trả lời nào", "không có dữ liệu", "Không có kiến nghị, đề xuất."}, not: []string{"0,00%", "0%.", "100,00%"}},
		{name: "one answer", fill: func(t testing.TB, s *server.Service) { put(t, s, 1, "5") }, want: []string{"quá ít để nêu tỷ lệ", "Chưa đủ cơ sở kết luận", "không hiển thị"}, not: []string{"1/1 ", "1/1\n", "100,00%"}},
		{name: "all satisfied", fill: func(t testing.TB, s *server.Service) { put(t, s, 60, "5") }, want: []string{"60/60", "Kết luận: đạt."}},
		{name: "none satisfied", fill: func(t testing.TB, s *server.Service) { put(t, s, 60, "1") }, want: []string{"0/60", "Kết luận: chưa đạt."}},
		{name: "nobody speaks", fill: func(t testing.TB, s *server.Service) { put(t, s, 40, "N") }, want: []string{"không có dữ liệu"}, not: []string{"0,00%"}},
		{name: "long proposal", fill: func(t testing.TB, s *server.Service) { put(t, s, 35, "4") }, text: server.ReportTexts{Proposals: long, Measures: strings.Repeat("Ắ", 3000)}, want: []string{strings.TrimSpace(long)}},
		{name: "control characters", fill: func(t testing.TB, s *server.Service) {
			at := time.Date(2024, 3, 4, 8, 0, 0, 0, server.Zone)
			d := server.Dossier{Code: "H24.1.2-240304-0001", Field: "Hộ tịch\x00\x08\v\u202eđảo\ufffe", ProcedureName: "Khai\x1bsinh\uffff\ufeff", Status: server.StatusReturned, Received: at, Due: at.Add(time.Hour), Finished: at.Add(50 * time.Hour), Returned: at.Add(50 * time.Hour)}
			if _, err := s.PutDossiers(t.Context(), []server.Dossier{d}); err != nil {
				t.Fatal(err)
			}
		}, text: server.ReportTexts{Causes: "Một\x00 hai\x0b\x1f ba\tbốn\r\nnăm \U0001F600", Name: "Ánh\x07"}, want: []string{"Hộ tịchđảo", "Khaisinh", "Một hai ba bốn", "năm \U0001F600", "Ánh"}, not: []string{"\x00", "\x1b", "\u202e", "\ufffe"}},
		{name: "no due dates", fill: func(t testing.TB, s *server.Service) {
			at := time.Date(2024, 3, 4, 8, 0, 0, 0, server.Zone)
			var ds []server.Dossier
			for i := range 21 {
				d := server.Dossier{Code: server.DossierCode(fmt.Sprintf("H24.1.2-240304-%04d", i)), Field: "Chứng thực", ProcedureName: "Chứng thực bản sao", Status: server.StatusReturned, Received: at, Finished: at.Add(time.Hour), Returned: at.Add(time.Hour)}
				if i == 0 {
					d.Finished = at.Add(30 * time.Hour)
				}
				ds = append(ds, d)
			}
			if _, err := s.PutDossiers(t.Context(), ds); err != nil {
				t.Fatal(err)
			}
		}, want: []string{"trước và đúng hạn 20 hồ sơ, đạt tỷ lệ 95,24%", "Có 1 hồ sơ giải quyết quá hạn", "Chứng thực bản sao"}},
		{name: "only open", fill: func(t testing.TB, s *server.Service) {
			d := server.Dossier{Code: "H24.1.2-240304-0001", Field: "Đất đai", Status: server.StatusProcessing, Received: time.Date(2024, 3, 4, 8, 0, 0, 0, server.Zone)}
			if _, err := s.PutDossiers(t.Context(), []server.Dossier{d}); err != nil {
				t.Fatal(err)
			}
		}, want: []string{"chưa có hồ sơ nào giải quyết xong", "1 hồ sơ đang giải quyết đã quá hạn", "Đang giải quyết tại cơ quan", "không có phản ánh, kiến nghị nào"}, not: []string{"0,00%"}},
	}
}

func reportOf(t testing.TB, y year, id string) (*server.Service, *server.PeriodReport) {
	t.Helper()
	svc, err := server.New(t.Context(), memory.New(), make([]byte, server.SecretSize), server.Config{})
	if err != nil {
		t.Fatal(err)
	}
	svc.Now = func() time.Time { return time.Date(2025, 1, 3, 9, 0, 0, 0, server.Zone) }
	y.fill(t, svc)
	p, err := svc.Period(id)
	if err != nil {
		t.Fatal(err)
	}
	if err := svc.PutReportTexts(t.Context(), p, y.text, "test"); err != nil {
		t.Fatal(err)
	}
	r, err := svc.PeriodReport(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	return svc, r
}

func written(t testing.TB, format string, r *server.PeriodReport) []byte {
	t.Helper()
	f, err := report.ParseFormat(format)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := f.Write(&b, r, false); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// sequences are the orders that the schema (ECMA-376 part 1, wml.xsd) gives the
// children of the elements we write. Word repairs a file that breaks them.
var sequences = map[string]string{
	"pPr":           "pStyle keepNext keepLines pageBreakBefore widowControl pBdr spacing ind jc outlineLvl rPr sectPr",
	"rPr":           "rFonts b bCs i iCs sz szCs lang",
	"tblPr":         "tblW jc tblInd tblBorders tblLayout tblCellMar",
	"tblBorders":    "top left bottom right insideH insideV",
	"tbl":           "tblPr tblGrid tr",
	"tr":            "trPr tc",
	"trPr":          "cantSplit tblHeader",
	"tcPr":          "tcW vAlign",
	"sectPr":        "headerReference type pgSz pgMar pgNumType cols titlePg",
	"inline":        "extent docPr graphic",
	"pic":           "nvPicPr blipFill spPr",
	"style":         "name basedOn qFormat pPr rPr",
	"settings":      "zoom defaultTabStop characterSpacingControl compat",
	"styles":        "docDefaults style",
	"Relationships": "Relationship",
}

// ordered checks the order of children, and that a cell ends in a paragraph.
func ordered(t testing.TB, name string, body []byte) {
	t.Helper()
	type open struct {
		name, last string
		at         int
	}
	var stack []open
	d := xml.NewDecoder(bytes.NewReader(body))
	for {
		tok, err := d.Token()
		if err != nil {
			return
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			if n := len(stack); n > 0 {
				parent := &stack[n-1]
				if order, ok := sequences[parent.name]; ok {
					at := strings.Index(" "+order+" ", " "+tok.Name.Local+" ")
					if at < parent.at {
						t.Errorf("%s: <%s> after <%s> in <%s>", name, tok.Name.Local, parent.last, parent.name)
					}
					parent.at = at
				}
				parent.last = tok.Name.Local
			}
			stack = append(stack, open{name: tok.Name.Local})
		case xml.EndElement:
			top := stack[len(stack)-1]
			if top.name == "tc" && top.last != "p" {
				t.Errorf("%s: a cell ends in <%s>", name, top.last)
			}
			stack = stack[:len(stack)-1]
		}
	}
}

// docxText checks the package and returns the body's text, a line a paragraph.
func docxText(t testing.TB, b []byte) string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	parts := map[string][]byte{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if parts[f.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
	if z.File[0].Name != "[Content_Types].xml" {
		t.Errorf("the package begins with %s", z.File[0].Name)
	}
	types := string(parts["[Content_Types].xml"])
	var text strings.Builder
	ids := map[string]bool{}
	for name, body := range parts {
		if ext := path.Ext(name); !strings.Contains(types, `PartName="/`+name+`"`) && !strings.Contains(types, `Extension="`+strings.TrimPrefix(ext, ".")+`"`) {
			t.Errorf("%s has no content type", name)
		}
		if strings.HasSuffix(name, ".rels") {
			var rels struct {
				Relationship []struct {
					ID     string `xml:"Id,attr"`
					Target string `xml:"Target,attr"`
				}
			}
			if err := xml.Unmarshal(body, &rels); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			base := path.Dir(path.Dir(name))
			for _, rel := range rels.Relationship {
				if parts[path.Join(base, rel.Target)] == nil {
					t.Errorf("%s points to %s, which is not there", name, rel.Target)
				}
				if base == "word" {
					ids[rel.ID] = true
				}
			}
		}
		if path.Ext(name) == ".png" {
			continue
		}
		ordered(t, name, body)
		d := xml.NewDecoder(bytes.NewReader(body))
		d.Strict = true
		inText := false
		for {
			tok, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s is not well-formed: %v", name, err)
			}
			if name != "word/document.xml" {
				continue
			}
			switch tok := tok.(type) {
			case xml.StartElement:
				inText = tok.Name.Local == "t"
			case xml.EndElement:
				inText = false
				if tok.Name.Local == "p" {
					text.WriteByte('\n')
				}
			case xml.CharData:
				if inText {
					text.Write(tok)
				}
			}
		}
	}
	for _, m := range regexp.MustCompile(`r:(?:id|embed)="([^"]*)"`).FindAllSubmatch(parts["word/document.xml"], -1) {
		if !ids[string(m[1])] {
			t.Errorf("the document uses %s, which is no relationship", m[1])
		}
	}
	doc := string(parts["word/document.xml"])
	annexes := strings.Count(doc, ">Phụ lục ")
	if n := strings.Count(doc, "<w:sectPr>"); n != annexes+1 || annexes < 4 {
		t.Errorf("%d sections, %d annexes", n, annexes)
	}
	if strings.Count(doc, `w:orient="landscape"`) != annexes || strings.Count(doc, `<w:pgNumType w:start="1"/>`) != annexes+1 || strings.Count(doc, "<w:titlePg/>") != 1 {
		t.Error("annexes are not landscape with their own numbers")
	}
	// A cell ends in a paragraph, a table is followed by one.
	if strings.Contains(doc, "</w:tbl></w:tc>") || strings.Contains(doc, "</w:tbl><w:tbl>") {
		t.Error("a table stands where a paragraph must")
	}
	if !strings.Contains(string(parts["word/styles.xml"]), `w:ascii="Times New Roman"`) {
		t.Error("the font is not Times New Roman")
	}
	return text.String()
}

var nonsense = regexp.MustCompile(`NaN|Inf\b|%!|<nil>|\{\d|map\[`)

// Whatever a period holds, every format is a correct paper, twice the same.
func TestOfficial(t *testing.T) {
	t.Parallel()
	for _, y := range years() {
		t.Run(y.name, func(t *testing.T) {
			t.Parallel()
			svc, r := reportOf(t, y, "2024")
			text := docxText(t, written(t, "docx", r))
			for _, s := range y.want {
				if !strings.Contains(text, s) {
					t.Errorf("the paper lacks %.100q", s)
				}
			}
			for _, s := range y.not {
				if strings.Contains(text, s) {
					t.Errorf("the paper says %q", s)
				}
			}
			if m := nonsense.FindString(text); m != "" {
				t.Errorf("the paper says %q", m)
			}
			if !strings.HasSuffix(strings.TrimSpace(text[:strings.Index(text, "Nơi nhận:")]), "./.") {
				t.Error("the paper does not end in ./.")
			}
			again, err := svc.PeriodReport(t.Context(), r.Period)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range report.Formats() {
				if f.Name == "zip" { // has tests of its own
					continue
				}
				if a, b := written(t, f.Name, r), written(t, f.Name, again); !bytes.Equal(a, b) {
					t.Errorf("%s differs from itself", f.Name)
				} else if m := nonsense.Find(a); m != nil && (f.Name == "json" || f.Name == "csv") {
					t.Errorf("%s holds %q", f.Name, m)
				}
			}
		})
	}
}

// A closed period's paper says so, stays as it was, and shows what came later
// beside it; every quarter has its comparison.
func TestOfficialClosed(t *testing.T) {
	t.Parallel()
	svc, _ := reportOf(t, years()[0], "2024")
	p, err := svc.Period("2024-Q3")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := svc.ClosePeriod(t.Context(), p, "", "Trần Văn Ánh"); err != nil {
		t.Fatal(err)
	}
	paper := func() (string, []byte) {
		r, err := svc.PeriodReport(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		b := written(t, "docx", r)
		return docxText(t, b), b
	}
	first, bytes1 := paper()
	for _, want := range []string{"Số liệu đã chốt lúc 09:00 ngày 03/01/2025, người chốt: Trần Văn Ánh.", "So với kỳ trước (Quý II năm 2024, từ 01/04/2024 đến 30/06/2024)", "điểm phần trăm", "So với cùng kỳ năm trước: chưa có số liệu"} {
		if !strings.Contains(first, want) {
			t.Errorf("the closed paper lacks %q", want)
		}
	}
	svc.Now = func() time.Time { return time.Date(2025, 2, 3, 9, 0, 0, 0, server.Zone) }
	if _, bytes2 := paper(); !bytes.Equal(bytes1, bytes2) {
		t.Error("a closed paper changed with time")
	}
	come := func(from, to int) {
		var late []server.Answer
		for i := from; i < to; i++ {
			late = append(late, server.Answer{ID: "late" + strconv.Itoa(i), Unit: svc.Config.Unit, Survey: svc.Survey().ID, Day: "2024-08-06", Lane: server.LanePaper, Marks: map[string]string{"overall": "1"}})
		}
		if _, err := svc.PutAnswers(t.Context(), late); err != nil {
			t.Fatal(err)
		}
	}
	come(0, 1)
	if one, _ := paper(); !strings.Contains(one, "+1 câu trả lời") || !strings.Contains(one, "quá ít phiếu đến sau") || strings.Contains(one, "0/+1") {
		t.Error("one late answer is not mentioned, or is told to everybody")
	}
	come(1, 12)
	second, _ := paper()
	if !strings.Contains(second, "Số liệu bổ sung, tính đến ngày 03/02/2025") || !strings.Contains(second, "+12 câu trả lời") || !strings.Contains(second, "0/+12") {
		t.Error("the late answer is not shown beside the frozen figures")
	}
	line := func(s string) string {
		_, s, _ = strings.Cut(s, "1. Mức độ hài lòng:")
		s, _, _ = strings.Cut(s, "\n")
		return s
	}
	if line(first) != line(second) || line(first) == "" {
		t.Errorf("the frozen sentence changed: %q, %q", line(first), line(second))
	}
	if _, err := svc.ReopenPeriod(t.Context(), p, "Trần Văn Ánh", "Bổ sung phiếu giấy"); err != nil {
		t.Fatal(err)
	}
	if third, _ := paper(); !strings.Contains(third, "Mở lại kỳ: ngày 03/02/2025, Trần Văn Ánh. Lý do: Bổ sung phiếu giấy.") || line(third) == line(first) {
		t.Error("the reopening is not visible, or the figures are still frozen")
	}
}

// The PDF has its fonts inside and gives its text back, on numbered pages.
func TestOfficialPDF(t *testing.T) {
	t.Parallel()
	need(t, "pdftotext", "pdffonts")
	for _, y := range years() {
		_, r := reportOf(t, y, "2024")
		name := filepath.Join(t.TempDir(), "r.pdf")
		if err := os.WriteFile(name, written(t, "pdf", r), 0o600); err != nil {
			t.Fatal(err)
		}
		squeeze := func(s string) string { return strings.Join(strings.Fields(s), " ") }
		text := squeeze(command(t, "pdftotext", "-raw", name, "-"))
		for _, want := range append([]string{"CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc", "Số liệu tính từ ngày 01/01/2024 đến ngày 31/12/2024", "Phụ lục IV"}, "KẾT QUẢ SO VỚI CHỈ TIÊU") {
			if !strings.Contains(text, want) {
				t.Errorf("%s: the PDF lacks %q", y.name, want)
			}
		}
		if m := nonsense.FindString(text); m != "" {
			t.Errorf("%s: the PDF says %q", y.name, m)
		}
		fonts := strings.Split(strings.TrimSpace(command(t, "pdffonts", name)), "\n")[2:]
		for _, f := range fonts {
			if !strings.Contains(f, "yes") || !strings.Contains(f, "CID TrueType") {
				t.Errorf("%s: font %q", y.name, f)
			}
		}
	}
}

// LibreOffice opens the paper, finds no page number on page 1 and one on the
// next, the annexes on landscape pages from 1, and no page that is empty.
func TestOfficialInLibreOffice(t *testing.T) {
	t.Parallel()
	need(t, "soffice", "pdftotext", "pdfinfo", "pdftoppm")
	for _, y := range years() {
		if y.name != "full" && y.name != "nothing" && y.name != "long proposal" {
			continue
		}
		_, r := reportOf(t, y, "2024")
		dir := t.TempDir()
		name := filepath.Join(dir, "r.docx")
		if err := os.WriteFile(name, written(t, "docx", r), 0o600); err != nil {
			t.Fatal(err)
		}
		command(t, "soffice", "-env:UserInstallation=file://"+filepath.Join(dir, "profile"), "--headless", "--convert-to", "pdf", "--outdir", dir, name)
		pdf := filepath.Join(dir, "r.pdf")
		pages := strings.Split(strings.TrimSuffix(command(t, "pdftotext", "-layout", pdf, "-"), "\f"), "\f")
		sizes := regexp.MustCompile(`Page +\d+ size: +([\d.]+) x ([\d.]+)`).FindAllStringSubmatch(command(t, "pdfinfo", "-l", "-1", pdf), -1)
		if len(pages) != len(sizes) || len(pages) < 4 {
			t.Fatalf("%s: %d pages, %d sizes", y.name, len(pages), len(sizes))
		}
		annex := 0
		for i, text := range pages {
			first := strings.TrimSpace(strings.SplitN(strings.TrimLeft(text, "\n"), "\n", 2)[0])
			if len(strings.Fields(text)) < 8 {
				t.Errorf("%s: page %d is almost empty: %q", y.name, i+1, text)
			}
			width, err1 := strconv.ParseFloat(sizes[i][1], 64)
			height, err2 := strconv.ParseFloat(sizes[i][2], 64)
			wide := err1 == nil && err2 == nil && width > height
			switch {
			case strings.Contains(text, "Phụ lục "):
				annex++
				if !wide || first != "1" {
					t.Errorf("%s: page %d, an annex: landscape %v, begins with %q", y.name, i+1, wide, first)
				}
			case i == 0:
				if regexp.MustCompile(`^\d+$`).MatchString(first) || wide {
					t.Errorf("%s: page 1 begins with %q", y.name, first)
				}
			case annex == 0 && (first != strconv.Itoa(i+1) || wide):
				t.Errorf("%s: page %d begins with %q", y.name, i+1, first)
			}
		}
		if annex < 4 {
			t.Errorf("%s: %d annexes", y.name, annex)
		}
		command(t, "pdftoppm", "-r", "40", "-png", "-f", "1", "-l", "1", pdf, filepath.Join(dir, "page"))
		pngs, err := filepath.Glob(filepath.Join(dir, "page*.png"))
		if err != nil || len(pngs) != 1 {
			t.Errorf("%s: drew %v, %v", y.name, pngs, err)
		}
	}
}

func BenchmarkOfficialDOCX(b *testing.B) { benchmarkFormat(b, "docx") }
func BenchmarkOfficialPDF(b *testing.B)  { benchmarkFormat(b, "pdf") }

func benchmarkFormat(b *testing.B, format string) {
	_, r := reportOf(b, years()[0], "2024")
	for b.Loop() {
		written(b, format, r)
	}
}
