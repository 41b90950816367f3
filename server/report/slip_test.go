package report_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/skip2/go-qrcode"

	"hailong/server"
	"hailong/server/report"
)

var update = flag.Bool("update", false, "write the golden files anew")

// need skips a test whose tool is not installed; make test installs them all.
func need(t testing.TB, tools ...string) {
	t.Helper()
	if os.Getenv("HAILONG_TEST_ALL") != "1" {
		t.Skip("needs " + strings.Join(tools, ", ") + ": run by make test, which installs what is missing (HAILONG_TEST_ALL=1)")
	}
	for _, tool := range tools {
		if _, err := exec.LookPath(tool); err != nil {
			t.Fatalf("%s is not installed; make test installs it", tool)
		}
	}
}

func command(t testing.TB, name string, args ...string) string {
	t.Helper()
	var stderr bytes.Buffer
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, stderr.String())
	}
	return string(out)
}

// vietnamese has every letter of the alphabet with every tone, in both cases.
func vietnamese() string {
	var b strings.Builder
	for _, v := range []string{"a", "ă", "â", "e", "ê", "i", "o", "ô", "ơ", "u", "ư", "y"} {
		for _, tone := range []string{"", "\u0300", "\u0309", "\u0303", "\u0301", "\u0323"} {
			b.WriteString(v + tone)
		}
		b.WriteByte(' ')
	}
	s := b.String() + "đ " // decomposed: the slip composes it
	return s + strings.ToUpper(s)
}

const composed = "aàảãáạ ăằẳẵắặ âầẩẫấậ eèẻẽéẹ êềểễếệ iìỉĩíị oòỏõóọ ôồổỗốộ ơờởỡớợ uùủũúụ ưừửữứự yỳỷỹýỵ đ " +
	"AÀẢÃÁẠ ĂẰẲẴẮẶ ÂẦẨẪẤẬ EÈẺẼÉẸ ÊỀỂỄẾỆ IÌỈĨÍỊ OÒỎÕÓỌ ÔỒỔỖỐỘ ƠỜỞỠỚỢ UÙỦŨÚỤ ƯỪỬỮỨỰ YỲỶỸÝỴ Đ"

// procedures are the names that slips must bear.
func procedures() []string {
	return []string{
		"Chứng thực bản sao từ bản chính giấy tờ, văn bản do cơ quan, tổ chức có thẩm quyền của Việt Nam cấp hoặc chứng nhận",
		"Đăng ký khai sinh",
		string([]rune(strings.Repeat("Thủ tục xác nhận tình trạng hôn nhân có yếu tố nước ngoài tại biên giới, ", 9))[:300]),
		`<script>alert("x")</script> {{.Code}} =cmd('/C calc') \(a\) 100 % $where`,
		vietnamese(),
		strings.Repeat("M", 300), // one word, wider than any column
		"Một thủ tục có 😀 và 漢字 và\u0000\u202e ký tự điều khiển",
		"",
		"Đăng ký lại kết hôn",
		"Cấp bản sao trích lục hộ tịch",
	}
}

// slipsFor makes one slip for each procedure, always the same.
func slipsFor(t testing.TB, base string, procedures []string) []server.Slip {
	t.Helper()
	chance := rand.NewChaCha8([32]byte{1})
	var slips []server.Slip
	for i, p := range procedures {
		c, err := server.NewSlipCode(chance)
		if err != nil {
			t.Fatal(err)
		}
		slips = append(slips, server.Slip{
			Dossier: server.DossierCode(fmt.Sprintf("000.21.35.H24-240115-%04d", i+1)), Code: c,
			URL: strings.ToUpper(base) + "/Q/" + c.Text(), Procedure: p, Expires: "2024-04-15",
		})
	}
	return slips
}

const someBase = "https://danhgia.phulien.haiphong.gov.vn"

func sheet(t testing.TB, slips []server.Slip, l report.Layout) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := report.Slips(&b, slips, l, report.SlipOptions{Created: time.Date(2024, 1, 16, 8, 0, 0, 0, server.Zone)}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func file(t testing.TB, name string, b []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Every code on every sheet reads, to a scanner that is not ours, as the URL
// of its slip, at the resolution of a cheap scan and for short and long hosts.
func TestSlipsScan(t *testing.T) {
	t.Parallel()
	need(t, "pdftoppm", "zbarimg")
	for _, base := range []string{someBase, "http://localhost:8080", "https://danh-gia-su-hai-long." + strings.Repeat("phuong-phu-lien.", 6) + "vn:8443"} {
		slips := slipsFor(t, base, procedures())
		var want []string
		for _, s := range slips {
			want = append(want, s.URL)
		}
		slices.Sort(want)
		for _, l := range report.Layouts() {
			t.Run(fmt.Sprintf("%s/%d", l, len(base)), func(t *testing.T) {
				t.Parallel()
				pdf := file(t, "slips.pdf", sheet(t, slips, l))
				command(t, "pdftoppm", "-r", "150", "-gray", pdf, strings.TrimSuffix(pdf, ".pdf"))
				pages, err := filepath.Glob(strings.TrimSuffix(pdf, ".pdf") + "-*.pgm")
				if err != nil || len(pages) == 0 {
					t.Fatalf("no pages: %v", err)
				}
				if wantPages := map[report.Layout]int{report.A4Eight: 2, report.A4One: 10, report.Thermal80: 10}[l]; len(pages) != wantPages {
					t.Errorf("%d pages, want %d", len(pages), wantPages)
				}
				got := strings.Fields(command(t, "zbarimg", append([]string{"--quiet", "--raw", "-Sdisable", "-Sqrcode.enable"}, pages...)...))
				slices.Sort(got)
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("codes on paper (-want +got):\n%s", diff)
				}
			})
		}
	}
}

// What stands on a slip can be found as text, in full where it can be set.
func TestSlipsText(t *testing.T) {
	t.Parallel()
	need(t, "pdftotext", "pdffonts")
	names := procedures()
	slips := slipsFor(t, someBase, names)
	want := slices.Clone(names)
	want[4], want[5], want[6] = composed, "", "Một thủ tục có ? và 漢字 và ký tự điều khiển"
	squeeze := func(s string) string { return strings.Join(strings.Fields(s), "") }
	for _, l := range report.Layouts() {
		t.Run(string(l), func(t *testing.T) {
			t.Parallel()
			for i, s := range slips { // one sheet each, so that columns do not mix
				pdf := file(t, "slip.pdf", sheet(t, []server.Slip{s}, l))
				text := squeeze(command(t, "pdftotext", "-raw", pdf, "-"))
				for _, w := range []string{
					s.Code.Fours(), want[i], string(s.Dossier), "UBND PHƯỜNG PHÙ LIỄN", "Bộ phận một cửa", "Mời ông/bà đánh giá",
					"danhgia.phulien.haiphong.gov.vn/q", "15/04/2024", "Khuyết danh: không hỏi họ tên, số điện thoại", "Please rate",
				} {
					if !strings.Contains(text, squeeze(w)) {
						t.Errorf("slip %d lacks %q:\n%s", i, w, text)
					}
				}
				if i == 5 && l == report.A4Eight && !strings.Contains(text, "M…") {
					t.Errorf("a name that cannot fit does not say that it goes on:\n%s", text)
				}
				if i > 0 {
					continue
				}
				for line := range strings.Lines(command(t, "pdffonts", pdf)) {
					if strings.HasPrefix(line, "utf8") && !strings.Contains(line, "Identity-H       yes") {
						t.Errorf("a font is not embedded: %s", line)
					}
				}
			}
		})
	}
}

// Nothing is set outside its column: neither over an edge of the sheet, nor
// over a cut, nor past the 72 mm a thermal printer prints.
func TestSlipsStayInside(t *testing.T) {
	t.Parallel()
	need(t, "pdftoppm")
	slips := slipsFor(t, "https://danh-gia-su-hai-long."+strings.Repeat("phuong-phu-lien.", 6)+"vn:8443", procedures())
	for _, l := range report.Layouts() {
		t.Run(string(l), func(t *testing.T) {
			t.Parallel()
			pdf := file(t, "slips.pdf", sheet(t, slips, l))
			command(t, "pdftoppm", "-r", "127", "-gray", pdf, strings.TrimSuffix(pdf, ".pdf")) // 5 pixels a millimetre
			pages, err := filepath.Glob(strings.TrimSuffix(pdf, ".pdf") + "-*.pgm")
			if err != nil || len(pages) == 0 {
				t.Fatalf("no pages: %v", err)
			}
			for _, page := range pages {
				width, height, grey := readPGM(t, page)
				black := func(x, y float64) bool { return grey[int(y*5)*width+int(x*5)] < 128 }
				for y := 0.0; y < float64(height)/5; y += 0.2 {
					for x := 0.0; x < float64(width)/5; x += 0.2 {
						if !black(x, y) {
							continue
						}
						var ok bool
						switch l {
						case report.A4Eight:
							cx, cy := min(x, abs(x-105), 210-x), min(y, abs(y-74.25), abs(y-148.5), abs(y-222.75), 297-y)
							ok = cx > 6 && cy > 4 || abs(x-105) < 0.4 || cy < 0.4 && y > 1 && y < 296
						case report.A4One:
							ok = x > 20 && x < 190 && y > 15 && y < 285
						case report.Thermal80:
							ok = x > 3.7 && x < 76.3 && y > 3
						}
						if !ok {
							t.Fatalf("%s: ink at %.1f, %.1f mm", filepath.Base(page), x, y)
						}
					}
				}
			}
		})
	}
}

func abs(x float64) float64 { return max(x, -x) }

func readPGM(t testing.TB, path string) (width, height int, grey []byte) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var most int
	if _, err := fmt.Fscanf(bytes.NewReader(b), "P5\n%d %d\n%d\n", &width, &height, &most); err != nil || most != 255 {
		t.Fatalf("%s is not a PGM: %v", path, err)
	}
	return width, height, b[len(b)-width*height:]
}

// The wording and the arrangement of each layout, as text.
func TestSlipsGolden(t *testing.T) {
	t.Parallel()
	need(t, "pdftotext")
	slips := slipsFor(t, someBase, procedures())[:3]
	for _, l := range report.Layouts() {
		got := command(t, "pdftotext", "-layout", file(t, "slips.pdf", sheet(t, slips, l)), "-")
		path := filepath.Join("testdata", "slips-"+string(l)+".txt")
		if *update {
			if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", l, diff)
		}
	}
}

func TestSlipsSameBytes(t *testing.T) {
	t.Parallel()
	slips := slipsFor(t, someBase, procedures())
	for _, l := range report.Layouts() {
		if !bytes.Equal(sheet(t, slips, l), sheet(t, slips, l)) {
			t.Errorf("%s: two runs differ", l)
		}
	}
}

func TestSlipsNone(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	if err := report.Slips(&b, nil, report.A4Eight, report.SlipOptions{}); !errors.Is(err, report.ErrNoSlips) || b.Len() > 0 {
		t.Errorf("no slips gave %v and %d bytes", err, b.Len())
	}
	if err := report.Slips(&b, slipsFor(t, someBase, []string{"x"}), "a5", report.SlipOptions{}); !errors.Is(err, server.ErrInvalid) || b.Len() > 0 {
		t.Errorf("an unknown layout gave %v and %d bytes", err, b.Len())
	}
	want := errors.New("disk full")
	if err := report.Slips(failing{want}, slipsFor(t, someBase, []string{"x"}), report.A4Eight, report.SlipOptions{}); !errors.Is(err, want) {
		t.Errorf("a failing writer gave %v", err)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

func TestParseLayout(t *testing.T) {
	t.Parallel()
	for _, l := range report.Layouts() {
		if got, err := report.ParseLayout(string(l)); got != l || err != nil {
			t.Errorf("%s reads as %q, %v", l, got, err)
		}
	}
	if l, err := report.ParseLayout(""); l != report.A4Eight || err != nil {
		t.Errorf("the default is %q, %v", l, err)
	}
	if _, err := report.ParseLayout("A4"); !errors.Is(err, server.ErrInvalid) {
		t.Errorf("A4 gave %v", err)
	}
}

// The capacity of versions 1 to 10 at level M in alphanumeric characters and
// in bytes: ISO/IEC 18004:2015, table 7.
var (
	alphanumericM = []int{20, 38, 61, 90, 122, 154, 178, 221, 262, 311}
	bytesM        = []int{14, 26, 42, 62, 84, 106, 122, 152, 180, 213}
)

// The address on a slip is encoded alphanumerically: the code has the version
// that mode needs, which is smaller than what the same address in lower case needs.
func TestSlipURLIsAlphanumeric(t *testing.T) {
	t.Parallel()
	version := func(capacity []int, n int) int {
		i, _ := slices.BinarySearch(capacity, n)
		return i + 1
	}
	smaller := 0
	for n := 1; n < 150; n++ {
		host := strings.Repeat("phu-lien.", n/9+1)[:n]
		s := slipsFor(t, "https://"+strings.TrimRight(host, ".-")+"x", []string{""})[0]
		upper, err := qrcode.New(s.URL, qrcode.Medium)
		if err != nil {
			t.Fatal(err)
		}
		lower, err := qrcode.New(strings.ToLower(s.URL), qrcode.Medium)
		if err != nil {
			t.Fatal(err)
		}
		if want := version(alphanumericM, len(s.URL)); upper.VersionNumber > want {
			t.Errorf("%d characters take version %d, alphanumerically %d is enough", len(s.URL), upper.VersionNumber, want)
		}
		if lower.VersionNumber < upper.VersionNumber {
			t.Errorf("%d characters: lower case takes version %d, upper case %d", len(s.URL), lower.VersionNumber, upper.VersionNumber)
		}
		if version(alphanumericM, len(s.URL)) < version(bytesM, len(s.URL)) {
			smaller++
			if lower.VersionNumber <= upper.VersionNumber {
				t.Errorf("%d characters: upper case takes version %d, no better than lower case", len(s.URL), upper.VersionNumber)
			}
		}
	}
	if smaller < 50 {
		t.Fatalf("only %d lengths tell the modes apart", smaller)
	}
}

// BenchmarkSlips makes a sheet of 1,000 slips. x-qr is its time over that of
// the 1,000 QR matrices alone, measured in the same run.
func BenchmarkSlips(b *testing.B) {
	names := procedures()[:4]
	var thousand []string
	for i := range 1000 {
		thousand = append(thousand, names[i%len(names)])
	}
	slips := slipsFor(b, someBase, thousand)
	for _, l := range report.Layouts() {
		b.Run(string(l), func(b *testing.B) {
			var qr, size time.Duration
			for b.Loop() {
				b.StopTimer()
				start := time.Now()
				for _, s := range slips {
					q, err := qrcode.New(s.URL, qrcode.Medium)
					if err != nil {
						b.Fatal(err)
					}
					q.Bitmap()
				}
				qr += time.Since(start)
				b.StartTimer()
				size = time.Duration(len(sheet(b, slips, l)))
			}
			b.ReportMetric(float64(b.Elapsed())/float64(qr), "x-qr")
			b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N), "ms/1000slips")
			b.ReportMetric(float64(size)/1000, "B/slip")
		})
	}
}
