package report_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hailong/scoring"
	"hailong/scoring/instrument"
	"hailong/scoring/survey"
	"hailong/server"
	"hailong/server/report"
)

// posterData is a published year of 90/100 answers with a field that is hidden.
func posterData() report.PosterData {
	sv := instrument.Short()
	document := func(x, n int) *scoring.Document {
		t := scoring.NewTally(sv)
		for i := range n {
			a := make(survey.Answers, len(sv.Items()))
			a[len(a)-1] = 2
			if i < x {
				a[len(a)-1] = 5
			}
			t.Add(a)
		}
		return scoring.Evaluate(t, scoring.Options{Brief: true})
	}
	part := func(field string, x, n int) server.IndexPart {
		return server.IndexPart{Key: map[server.Dimension]string{server.ByField: field}, Document: document(x, n)}
	}
	doc := &server.IndexDocument{
		Document: document(90, 100), OnTime: server.NewOnTime(server.DossierCounts{OnTime: 1_140, Late: 30}, 0.95),
		Parts: []server.IndexPart{part("Chứng thực", 66, 70), part("Hộ tịch", 24, 30), {Key: map[server.Dimension]string{server.ByField: "Đất đai"}, Hidden: true}},
	}
	return report.PosterData{
		Office: "UBND phường Phù Liễn", Period: "Năm 2024", URL: "https://mot-cua.example/cong-khai", Made: time.Date(2025, 1, 15, 9, 0, 0, 0, time.UTC),
		Publication: &server.Publication{Period: server.Period{ID: "2024", From: "2024-01-01", To: "2024-12-31"}, Index: doc},
		Replies:     []server.PublicReply{{Said: "Chờ lấy số lâu vào sáng thứ hai.", Done: "Mở thêm quầy tiếp nhận sáng thứ hai và thứ ba.", By: "lan"}},
	}
}

// pdfText is what a reader reads, in one line.
func pdfText(t *testing.T, pdf []byte) string {
	t.Helper()
	if os.Getenv("HAILONG_TEST_ALL") != "1" {
		t.Skip("needs pdftotext: `make test` runs it")
	}
	path := filepath.Join(t.TempDir(), "a.pdf")
	if err := os.WriteFile(path, pdf, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), "pdftotext", "-layout", path, "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(strings.Fields(string(out)), " ")
}

func poster(t *testing.T, d report.PosterData) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := report.Poster(&b, d); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestPoster(t *testing.T) {
	t.Parallel()
	pdf := poster(t, posterData())
	if again := poster(t, posterData()); !bytes.Equal(pdf, again) {
		t.Error("the same data make other bytes")
	}
	if !bytes.Contains(pdf, []byte("/MediaBox [0 0 841.89 1190.55]")) || bytes.Count(pdf, []byte("/Type /Page\n")) != 1 {
		t.Error("not one page of A3")
	}
	if many := posterData(); true {
		for range 20 {
			many.Replies = append(many.Replies, server.PublicReply{Said: strings.Repeat("đường ", 40), Done: strings.Repeat("nghiêng ", 30)})
			many.Publication.Index.Parts = append(many.Publication.Index.Parts, many.Publication.Index.Parts[0])
		}
		if bytes.Count(poster(t, many), []byte("/Type /Page\n")) != 1 {
			t.Error("many fields and replies take a second page")
		}
	}
}

func TestPosterSays(t *testing.T) {
	t.Parallel()
	text := pdfText(t, poster(t, posterData()))
	for _, want := range []string{
		// Wilson of 90/100: 82,56 – 94,48 (R 4.2.2, prop.test(90, 100, correct = FALSE)).
		"90,00%", "90 hài lòng / 100 phiếu trả lời", "Khoảng tin cậy 95%: 82,56% – 94,48%", "Chưa đủ cơ sở kết luận",
		"97,44%", "1.140 đúng hạn / 1.170 hồ sơ đã giải quyết", "Kết luận: Đạt", "Chứng thực", "66/70", "24/30", "1 lĩnh vực không công bố",
		"Chờ lấy số lâu vào sáng thứ hai.", "Mở thêm quầy tiếp nhận", "https://mot-cua.example/cong-khai", "31/12/2024",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the poster does not say %q: %s", want, text)
		}
	}
	for _, bad := range []string{"Đất đai", "lan", "DỮ LIỆU MẪU"} {
		if strings.Contains(text, bad+" ") {
			t.Errorf("the poster says %q", bad)
		}
	}
	hidden := posterData()
	hidden.Demo = true
	hidden.Publication.Index.Document, hidden.Publication.Index.Hidden = scoring.Evaluate(scoring.NewTally(instrument.Short()), scoring.Options{Brief: true}), true
	text = pdfText(t, poster(t, hidden))
	if strings.Contains(text, "90 hài lòng") || !strings.Contains(text, "Quá ít phiếu trả lời để công bố") || !strings.Contains(text, "DỮ LIỆU MẪU") {
		t.Errorf("too few: %s", text)
	}
}
