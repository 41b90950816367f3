package report_test

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"hailong/server"
	"hailong/server/report"
)

// How many answers by slip are complete stands in the workbook, the report and the
// pack, and a number that the pack's own answers cannot give is found.
func TestCompleteAnswersInReports(t *testing.T) {
	t.Parallel()
	svc := packHouse(t)
	all := map[string]string{"overall": "4", "access": "5", "procedure": "4", "official": "5", "result": "4", "feedback": "N"}
	var as []server.Answer
	for i := range 40 {
		as = append(as, server.Answer{ID: fmt.Sprint("complete", i), Unit: "phu-lien-2024", Survey: "sipas-short", Day: "2024-02-05", Lane: server.LaneSlip, Field: "Chứng thực", Marks: all},
			server.Answer{ID: fmt.Sprint("walk-up", i), Unit: "phu-lien-2024", Survey: "sipas-short", Day: "2024-02-05", Lane: server.LaneWalkUp, Field: "Chứng thực", Marks: all})
	}
	if _, err := svc.PutAnswers(t.Context(), as); err != nil {
		t.Fatal(err)
	}
	if n, err := svc.Complete(t.Context(), "2024-01-01", "2024-03-31"); err != nil || n == nil || *n < 40 {
		t.Fatalf("complete: %v, %v", n, err)
	}
	if n, err := svc.Complete(t.Context(), "2023-01-01", "2023-03-31"); err != nil || n != nil {
		t.Errorf("nobody answered: %v, %v", n, err)
	}
	zipped := pack(t, svc, "2024-Q1")
	if v, err := verify(zipped, report.Expectations{}); err != nil || !v.OK {
		t.Fatalf("%+v, %v", v, err)
	}
	entries := unzip(t, zipped)
	f, err := excelize.OpenReader(bytes.NewReader(find(entries, "bao-cao.xlsx").data))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := f.GetRows("Phủ phiếu")
	if err != nil {
		t.Fatal(err)
	}
	told := regexp.MustCompile(`"complete":(\d+)`)
	figures := find(entries, "so-lieu.json")
	m := told.FindSubmatch(figures.data)
	if m == nil {
		t.Fatal("so-lieu.json does not say how many are complete")
	}
	last := rows[len(rows)-1]
	if !strings.Contains(last[0], "trả lời đủ các câu") || last[4] != string(m[1]) {
		t.Errorf("the workbook ends with %q, the figures have %s", last, m[1])
	}
	plain := bytes.Clone(figures.data)
	for _, n := range []string{"0", "99999"} {
		figures.data = told.ReplaceAll(plain, []byte(`"complete":`+n))
		if v, err := verify(reseal(t, svc, entries, nil), report.Expectations{}); err != nil || v.OK {
			t.Errorf("%s complete: %+v, %v", n, v, err)
		}
	}
}
