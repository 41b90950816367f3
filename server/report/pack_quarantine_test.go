package report_test

import (
	"fmt"
	"strings"
	"testing"

	"hailong/server"
	"hailong/server/report"
)

// A pack leaves quarantined answers out of its rows and figures, says how many
// there are, and still has one line of the ledger for each.
func TestPackWithQuarantine(t *testing.T) {
	t.Parallel()
	svc := packHouse(t)
	var as []server.Answer
	for i := range 12 {
		as = append(as, server.Answer{ID: fmt.Sprintf("q%d", i), Unit: "phu-lien-2024", Survey: "sipas-short", Day: "2024-02-05", Lane: server.LaneSlip, Field: "Chứng thực", Counter: "Quầy 1",
			Hasty: true, Marks: map[string]string{"overall": "5", "feedback": "N"}})
	}
	if _, err := svc.PutAnswers(t.Context(), as); err != nil {
		t.Fatal(err)
	}
	with := find(unzip(t, pack(t, svc, "2024-Q1")), "answers.csv").data
	mai, lan := server.User{Name: "mai", Role: server.RoleInspector}, server.User{Name: "lan", Role: server.RoleLeader}
	found, err := svc.Suspicions(t.Context(), mai, "2024-01-01", "2024-03-31")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found.Flags {
		if f.Rule != server.RuleHasty {
			continue
		}
		id, err := svc.ProposeQuarantine(t.Context(), mai, "2024-01-01", "2024-03-31", f.ID, "Trả lời ngay tại bàn in phiếu.")
		if err != nil {
			t.Fatal(err)
		}
		if err := svc.DecideQuarantine(t.Context(), lan, id, 1, server.StepSign, "Đồng ý, đã hỏi công chức trực."); err != nil {
			t.Fatal(err)
		}
	}
	zipped := pack(t, svc, "2024-Q1")
	if v, err := verify(zipped, report.Expectations{}); err != nil || !v.OK {
		t.Fatalf("%+v, %v", v, err)
	}
	entries := unzip(t, zipped)
	if a, b := strings.Count(string(with), "\n"), strings.Count(string(find(entries, "answers.csv").data), "\n"); a-b != 12 {
		t.Errorf("%d rows with, %d without 12 answers", a, b)
	}
	if !strings.Contains(string(find(entries, "manifest.json").data), `"quarantined": 12`) {
		t.Error("the manifest does not say how many are quarantined")
	}
	// Closed, the period keeps what it was closed with.
	p, err := server.ParsePeriod("2024-Q1")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := svc.ClosePeriod(t.Context(), p, "", "Nguyễn Thị Lan"); err != nil {
		t.Fatal(err)
	}
	if v, err := verify(pack(t, svc, "2024-Q1"), report.Expectations{}); err != nil || !v.OK {
		t.Errorf("the pack of the closed period: %+v, %v", v, err)
	}
	// Saying that others are quarantined, too, hides no answer.
	lie := reseal(t, svc, entries, func(m *report.Manifest) { m.Quarantined = 20 })
	if v, err := verify(lie, report.Expectations{}); err == nil && v.OK {
		t.Error("a pack that hides answers passes")
	}
}
