package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const (
	airportCSV  = "../../scoring/testdata/airport2017.csv"
	airportYAML = "../../scoring/testdata/airport2017.yaml"
)

// score runs the command and returns its exit code and both outputs.
func score(t *testing.T, stdin string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(context.Background(), append([]string{"score"}, args...), func(string) string { return "" },
		strings.NewReader(stdin), &out, &errs)
	return code, out.String(), errs.String()
}

func file(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestScoreJSON(t *testing.T) {
	t.Parallel()
	code, out, errs := score(t, "", airportCSV, "--survey", airportYAML, "--json", "--weight", "weight", "--stratum", "stratum", "--group", "area", "--period", "day")
	if code != exitDone {
		t.Fatalf("exit %d: %s", code, errs)
	}
	var doc map[string]any
	if err := json.Unmarshal([]byte(out), &doc); err != nil {
		t.Fatal(err)
	}
	for _, key := range strings.Fields(`schema survey target verdict verdict_reason answers items elements index_mean_of_elements
		index_mean_of_elements_pooled index_all_criteria reliability drivers straightlining needed weighted_overall groups trend days`) {
		if doc[key] == nil {
			t.Errorf("there is no %q", key)
		}
	}
	if doc["verdict"] != "not_met" || doc["answers"] != 2831.0 {
		t.Errorf("verdict %v of %v answers", doc["verdict"], doc["answers"])
	}
}

func TestScoreReport(t *testing.T) {
	t.Parallel()
	for lang, want := range map[string][]string{
		"vi": {"KẾT LUẬN: CHƯA ĐẠT", "82,07%", "2.206/2.688", "Không có bằng chứng các nhóm khác nhau", "2.132"},
		"en": {"VERDICT: NOT MET", "82.07%", "2,206/2,688", "No evidence that the groups differ", "2,132"},
	} {
		code, out, errs := score(t, "", airportCSV, "--survey", airportYAML, "--group", "area", "--period", "day", "--lang", lang)
		if code != exitDone {
			t.Fatalf("exit %d: %s", code, errs)
		}
		for _, w := range want {
			if !strings.Contains(out, w) {
				t.Errorf("%s: there is no %q in\n%s", lang, w, out)
			}
		}
	}
}

const shortCSV = "overall,access,procedure,official,result,feedback\n5,4,4,5,4,N\n9,3,,2,4,5\n"

func TestScoreRejectsCellsAndScoresTheRest(t *testing.T) {
	t.Parallel()
	path := file(t, "a.csv", shortCSV)
	code, out, errs := score(t, "", path, "--survey", "sipas-short", "--json")
	if code != exitRejected || !strings.Contains(errs, "dòng 3") || !strings.Contains(errs, "overall") {
		t.Errorf("exit %d: %s", code, errs)
	}
	var doc struct {
		Answers  int
		Rejected []struct {
			Row    int
			Column string
			Value  string
		}
	}
	if err := json.Unmarshal([]byte(out), &doc); err != nil {
		t.Fatal(err)
	}
	if doc.Answers != 2 || len(doc.Rejected) != 1 || doc.Rejected[0].Row != 3 || doc.Rejected[0].Value != "9" {
		t.Errorf("%+v", doc)
	}
	if _, _, errs := score(t, "", path, "--survey", "sipas-short", "--lang", "en"); !strings.Contains(errs, "row 3, column overall") {
		t.Errorf("in English: %s", errs)
	}
}

func TestScoreReadsStandardInput(t *testing.T) {
	t.Parallel()
	code, out, errs := score(t, strings.Replace(shortCSV, "9,", "4,", 1), "-", "--survey", "sipas-short")
	if code != exitDone || !strings.Contains(out, "2/2") || !strings.Contains(out, "CHƯA ĐỦ CƠ SỞ KẾT LUẬN") {
		t.Errorf("exit %d: %s%s", code, out, errs)
	}
}

func TestScoreTrouble(t *testing.T) {
	t.Parallel()
	good, pop := file(t, "a.csv", "s,"+shortCSV), file(t, "p.csv", "stratum,count\na,10\n")
	for _, c := range []struct {
		name string
		args []string
		code int
		says string
	}{
		{"no survey", []string{good}, exitUsage, "survey"},
		{"target of nothing", []string{good, "--survey", "sipas-short", "--target", "0"}, exitUsage, "target"},
		{"target that is no number", []string{good, "--survey", "sipas-short", "--target", "nan"}, exitUsage, "target"},
		{"target over 1", []string{good, "--survey", "sipas-short", "--target", "90"}, exitUsage, "target"},
		{"population without stratum", []string{good, "--survey", "sipas-short", "--population", pop}, exitUsage, "stratum"},
		{"no such file", []string{"nowhere.csv", "--survey", "sipas-short"}, exitFailed, "nowhere.csv"},
		{"no such survey", []string{good, "--survey", "nowhere.yaml"}, exitFailed, "nowhere.yaml"},
		{"broken survey", []string{good, "--survey", file(t, "b.yaml", "id: b\nlevels: 3\n")}, exitFailed, "b.yaml, dòng 2"},
		{"missing column", []string{file(t, "c.csv", "overall,access\n5,5\n"), "--survey", "sipas-short"}, exitFailed, "Thiếu cột procedure"},
		{"in English", []string{file(t, "c.csv", "overall,access\n5,5\n"), "--survey", "sipas-short", "--lang", "en"}, exitFailed, "Missing column procedure"},
		{"no such group", []string{good, "--survey", "sipas-short", "--group", "desk"}, exitFailed, "desk"},
		{"not a CSV", []string{file(t, "d.csv", "PK\x03\x04"), "--survey", "sipas-short"}, exitFailed, "Excel"},
	} {
		code, out, errs := score(t, "", c.args...)
		if code != c.code || !strings.Contains(errs, c.says) || out != "" {
			t.Errorf("%s: exit %d, want %d: %q, %q", c.name, code, c.code, out, errs)
		}
	}
}

func TestScoreNobody(t *testing.T) {
	t.Parallel()
	code, out, _ := score(t, "", file(t, "a.csv", strings.SplitAfter(shortCSV, "\n")[0]), "--survey", "sipas-short", "--group", "overall", "--period", "access")
	if code != exitDone || !strings.Contains(out, "không có dữ liệu") || strings.Contains(out, " 0,00%") {
		t.Errorf("exit %d: %s", code, out)
	}
}
