package main

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"hailong/server"
)

// The terminal shows numerator, denominator, interval and verdict of both
// targets, a line for every part, and nothing of a part that is hidden.
func TestPrintIndex(t *testing.T) {
	t.Parallel()
	_, svc := desk(t, 40)
	svc.Now = func() time.Time { return time.Date(2024, 4, 1, 9, 0, 0, 0, server.Zone) }
	var as []server.Answer
	for i := range 40 {
		overall := "5"
		if i < 3 {
			overall = "3"
		}
		field := "Hộ tịch"
		if i >= 36 {
			field = "Đất đai"
		}
		as = append(as, server.Answer{ID: strconv.Itoa(i), Unit: "phu-lien-2024", Survey: "sipas-short", Day: "2024-03-05", Field: field, Lane: server.LaneSlip, Marks: map[string]string{"overall": overall}})
	}
	as = append(as, server.Answer{ID: "paper", Unit: "phu-lien-2024", Survey: "sipas-19", Day: "2024-03-05", Lane: server.LanePaper, Marks: map[string]string{}})
	if _, err := svc.PutAnswers(t.Context(), as); err != nil {
		t.Fatal(err)
	}
	doc, err := svc.Index(t.Context(), server.IndexQuery{From: "2024-03-01", To: "2024-03-31", By: []server.Dimension{server.ByField}})
	if err != nil {
		t.Fatal(err)
	}
	for i := range doc.Parts {
		doc.Parts[i].Hidden = doc.Parts[i].Key[server.ByField] == "Đất đai"
	}
	var b strings.Builder
	if err := printIndex(&b, doc); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(b.String(), "\n")
	find := func(start string) string {
		for _, l := range lines {
			if strings.HasPrefix(l, start) {
				return l
			}
		}
		t.Fatalf("no line %q in\n%s", start, b.String())
		return ""
	}
	for start, want := range map[string][]string{
		"Từ ngày":        {"01/03/2024", "31/03/2024", "phu-lien-2024"},
		"Đánh giá chung": {"92,50%", "37/40", "80,14%–97,42%"}, // R 4.2.2: binom::binom.wilson(37, 40) = 0.8013568 0.9741623
		"Giải quyết trước và đúng hạn": {"100,00%", "40/40"},
		"  mục tiêu trên 95,00%":       {"ĐẠT"},
		"Độ phủ":                       {"40 hồ sơ đã trả", "0 có phiếu mời", "40 chưa có phiếu", "40 câu trả lời"},
		"Hộ tịch":                      {"33/36", "40/40", "91,67%"},
		"Đất đai":                      {"không hiển thị"},
		"  Ngoài ra":                   {"1 câu trả lời", "sipas-19"},
	} {
		for _, w := range want {
			if l := find(start); !strings.Contains(l, w) {
				t.Errorf("%q lacks %q", l, w)
			}
		}
	}
	if l := find("Đất đai"); strings.Contains(l, "4/4") {
		t.Errorf("a hidden part shows %q", l)
	}
}

func TestPrintIndexOfNothing(t *testing.T) {
	t.Parallel()
	_, svc := desk(t, 0)
	doc, err := svc.Index(t.Context(), server.IndexQuery{From: "2024-03-01", To: "2024-03-31"})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := printIndex(&b, doc); err != nil {
		t.Fatal(err)
	}
	if out := b.String(); strings.Count(out, "không có dữ liệu") < 7 || strings.Contains(out, "NaN") || strings.Contains(out, " 0,00%") || strings.Contains(out, "100,00%") {
		t.Error(out)
	}
}
