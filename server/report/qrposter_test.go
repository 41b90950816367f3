package report_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"hailong/server"
	"hailong/server/report"
)

// A poster is one sheet whose code reads as its address, with what it says in
// text, for counters with short and with long names.
func TestQRPoster(t *testing.T) {
	t.Parallel()
	need(t, "pdftoppm", "pdftotext", "zbarimg")
	for _, counter := range []string{"", "Quầy 3", "Quầy tiếp nhận và trả kết quả lĩnh vực Lao động – Thương binh và Xã hội, Bảo trợ"} {
		var b bytes.Buffer
		url := strings.ToUpper(someBase) + "/P/7K3MQ2ZD"
		if err := report.QRPoster(&b, url, counter, report.SlipOptions{Created: time.Date(2024, 1, 16, 8, 0, 0, 0, server.Zone)}); err != nil {
			t.Fatal(err)
		}
		pdf := file(t, "poster.pdf", b.Bytes())
		command(t, "pdftoppm", "-r", "80", "-gray", pdf, strings.TrimSuffix(pdf, ".pdf"))
		if got := strings.TrimSpace(command(t, "zbarimg", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", strings.TrimSuffix(pdf, ".pdf")+"-1.pgm")); got != url {
			t.Errorf("%s: the code reads %q", counter, got)
		}
		text := strings.Join(strings.Fields(command(t, "pdftotext", pdf, "-")), " ")
		if strings.Count(text, "Mời ông/bà đánh giá") != 1 || !strings.Contains(text, counter) || !strings.Contains(text, strings.ToLower(url[len("https://"):])) || !strings.Contains(text, "18 tuổi") {
			t.Errorf("%s: %s", counter, text)
		}
	}
}
