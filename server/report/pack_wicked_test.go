package report_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/unicode/norm"

	"hailong/server"
	"hailong/server/report"
	"hailong/server/store/memory"
)

// Names that are numbers, formulas, markup, letters in pieces or letters of other
// scripts: a pack of them is whole, says no nonsense, and agrees with itself on this
// and on another kind of processor.
func TestPackOfWickedNames(t *testing.T) {
	t.Parallel()
	names := []string{"NaN", "Inf", "-0", "1e9", "null", "0", "TRUE", " ", "'", "''quoted", "'=1+1", "=cmd|' /C calc'!A0", "]]>", "<![CDATA[", "&amp;", "\ufeffBOM", "Hộ\ntịch", "\"", "a,b;c", "\\N",
		norm.NFD.String(everyLetter), "\U0001F600 Đất đai \U0001F468\u200d\U0001F469\u200d\U0001F467", "\u200fمرحبا\u202e đảo", "e\u0301\u0323\u0302", "\x00\x1b\x7f", strings.Repeat("Ắ", 600), server.OtherFields, "%!s(MISSING)"}
	svc, err := server.New(t.Context(), memory.New(), make([]byte, server.SecretSize), server.Config{})
	if err != nil {
		t.Fatal(err)
	}
	svc.Now = func() time.Time { return time.Date(2025, 1, 3, 9, 0, 0, 0, server.Zone) }
	var as []server.Answer
	var ds []server.Dossier
	for i := range 40 * len(names) {
		name := names[i%len(names)]
		day := server.Day("2024-01-03").Add(i % 350)
		as = append(as, server.Answer{ID: fmt.Sprint("w", i), Unit: svc.Config.Unit, Survey: "sipas-short", Day: day, Lane: server.LaneSlip, Field: name, Counter: name, Officer: name, Procedure: name,
			Marks: map[string]string{"overall": fmt.Sprint(1 + (i/len(names))%5), "access": "4"}})
		at := day.Time().Add(9 * time.Hour)
		ds = append(ds, server.Dossier{Code: server.DossierCode(fmt.Sprintf("H24.1.2-240101-%05d", i)), Field: name, Procedure: name, ProcedureName: name, Counter: name, Officer: name, Status: server.StatusReturned,
			Received: at, Due: at.Add(time.Hour), Finished: at.Add(time.Duration(i%3) * time.Hour), Returned: at.Add(3 * time.Hour)})
	}
	if _, err := svc.PutDossiers(t.Context(), ds); err != nil {
		t.Fatal(err)
	}
	if _, err := svc.PutAnswers(t.Context(), as); err != nil {
		t.Fatal(err)
	}
	p, err := svc.Period("2024")
	if err != nil {
		t.Fatal(err)
	}
	if err := svc.PutReportTexts(t.Context(), p, server.ReportTexts{Causes: strings.Join(names, "\n"), Name: "NaN", Signer: "Inf", Number: "NaN"}, "NaN"); err != nil {
		t.Fatal(err)
	}
	check := func(what string) {
		entries := unzip(t, pack(t, svc, "2024"))
		docxText(t, find(entries, "bao-cao.docx").data)
		for _, arch := range []string{"", "another"} {
			v, err := verify(reseal(t, svc, entries, func(m *report.Manifest) {
				if arch != "" {
					m.Arch = arch
				}
			}), report.Expectations{})
			if err != nil {
				t.Fatal(what, arch, err)
			}
			if arch == "" && !v.OK {
				t.Errorf("%s: %+v", what, v.Checks)
			}
			for _, f := range v.Files {
				for i, d := range f.Differ {
					if i < 3 {
						t.Errorf("%s %s: %s: %.300q, computed %.300q", what, f.File, d.Where, d.Printed, d.Computed)
					}
				}
			}
		}
	}
	check("open")
	if _, err := svc.ClosePeriod(t.Context(), p, "", "NaN"); err != nil {
		t.Fatal(err)
	}
	check("closed")
}
