package main

import (
	"bytes"
	"compress/gzip"
	"encoding/base32"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hailong/server/web"
)

func rescued(n int, overall string) string {
	return fmt.Sprintf(`{"id":"7f0a4f0e-7a0c-4f8e-9d6c-%012d","survey":"sipas-short","answers":{"overall":%q},"comment":"ý kiến kín","captured_at":"2024-05-15T09:00:00+07:00","lang":"vi"}`, n, overall)
}

func TestAnswersImport(t *testing.T) {
	t.Parallel()
	db := "sqlite:" + filepath.Join(t.TempDir(), "hailong.db")
	var records []string
	for i := range 600 { // more than a call of the API takes
		records = append(records, rescued(i, "5"))
	}
	file := inFolder(t, "cuu-ho.json", "["+strings.Join(records, ",\n")+"]")
	for _, want := range []web.Rescue{{Records: 600, Stored: 600}, {Records: 600, Already: 600}} {
		code, stdout, stderr := command(t, "answers", "import", file, "--counter", "Quầy 3", "--store", db, "--json")
		var got web.Rescue
		if err := json.Unmarshal([]byte(stdout), &got); code != exitDone || err != nil {
			t.Fatalf("exit %d, %v: %s%s", code, err, stdout, stderr)
		}
		if got.Records != want.Records || got.Stored != want.Stored || got.Already != want.Already || got.Rejected == nil || len(got.Rejected) != 0 {
			t.Errorf("%+v, want %+v", got, want)
		}
	}

	// One said otherwise before, one is nonsense, one is no answer at all: the rest is stored.
	mixed := inFolder(t, "lan.json", "["+strings.Join([]string{rescued(0, "1"), rescued(9001, "9"), `"kín"`, rescued(9002, "4")}, ",")+"]")
	code, stdout, stderr := command(t, "answers", "import", mixed, "--store", db, "--json")
	var got web.Rescue
	if err := json.Unmarshal([]byte(stdout), &got); code != exitRejected || err != nil {
		t.Fatalf("exit %d, %v: %s%s", code, err, stdout, stderr)
	}
	if got.Records != 4 || got.Stored != 1 || len(got.Rejected) != 3 || got.Rejected[0].Status != "conflict" || got.Rejected[1].Status != "refused" || got.Rejected[1].Record != 2 {
		t.Errorf("%+v", got)
	}
	if strings.Contains(stdout+stderr, "kín") {
		t.Error("the report repeats what a citizen wrote")
	}
	if code, stdout, _ := command(t, "answers", "import", mixed, "--store", db, "--lang", "en"); code != exitRejected || !strings.Contains(stdout, "4 answers: 0 new, 1 already there, 3 rejected") {
		t.Errorf("exit %d: %s", code, stdout)
	}

	for name, content := range map[string]string{
		"not JSON": "kín", "an object": rescued(1, "5"), "cut off": "[" + rescued(9003, "5") + ",", "two documents": "[] []", "empty": "", "cut in a record": `[{"id":"kín`,
	} {
		code, stdout, stderr := command(t, "answers", "import", inFolder(t, "x.json", content), "--store", db)
		if code != exitFailed || strings.Contains(stdout+stderr, "kín") {
			t.Errorf("%s: exit %d: %s%s", name, code, stdout, stderr)
		}
	}
	if code, _, _ := command(t, "answers", "import", file, "--store", db, "--device", "NOBODY"); code != exitUsage {
		t.Errorf("no such device: exit %d", code)
	}
	if code, _, _ := command(t, "answers", "import", file, "--store", db, "--device", "A", "--counter", "B"); code != exitUsage {
		t.Errorf("device and counter: exit %d", code)
	}
	if code, _, _ := command(t, "answers", "import", "khong-co.json", "--store", db); code != exitFailed {
		t.Errorf("no file: exit %d", code)
	}
}

// The texts of the codes on a kiosk's screen, as a telephone read them: in any
// order, one of them twice. Where one is missing it is named, and nothing of
// that series is stored.
func TestAnswersImportOfScannedCodes(t *testing.T) {
	t.Parallel()
	db := "sqlite:" + filepath.Join(t.TempDir(), "hailong.db")
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	fmt.Fprintf(w, "[%s,%s]", rescued(1, "5"), rescued(2, "3"))
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	parts := slices.Collect(slices.Chunk(z.Bytes(), 50))
	var lines []string
	for i, p := range parts {
		lines = append(lines, fmt.Sprintf("HL1/%08X/%d/%d/%08X/%s", crc32.ChecksumIEEE(z.Bytes()), i+1, len(parts), crc32.ChecksumIEEE(p), base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(p)))
	}
	slices.Reverse(lines)
	run := func(lines []string, want int) (stdout, stderr string) {
		t.Helper()
		code, stdout, stderr := command(t, "answers", "import", inFolder(t, "quet.txt", strings.Join(lines, "\n")+"\n"), "--counter", "Quầy 3", "--store", db)
		if code != want {
			t.Fatalf("exit %d: %s%s", code, stdout, stderr)
		}
		return stdout, stderr
	}
	if stdout, stderr := run(lines[1:], exitFailed); !strings.Contains(stdout, "0 câu trả lời") || !strings.Contains(stderr, fmt.Sprintf("missing: %d", len(parts))) {
		t.Errorf("%s%s", stdout, stderr)
	}
	if stdout, _ := run(append(lines, lines[0]), exitDone); !strings.Contains(stdout, "2 câu trả lời: 2 mới") {
		t.Error(stdout)
	}
}

// The answers of a period come out as CSV, as many as there are, without day and
// counter, and nothing else can be asked for.
func TestAnswersExport(t *testing.T) {
	t.Parallel()
	db := answered(t)
	out := filepath.Join(t.TempDir(), "phieu.csv")
	if code, _, stderr := command(t, "answers", "export", "--period", "2024-Q1", "--out", out, "--store", db); code != exitDone || !strings.Contains(stderr, "200 câu trả lời") {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	body, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(string(body), "\r\n"), "\r\n")
	if len(lines) != 201 || lines[0] != "\ufefffield,access,procedure,official,result,feedback,overall" || strings.Contains(string(body), "Quầy") || strings.Contains(string(body), "2024") {
		t.Errorf("%d lines, %q", len(lines), lines[0])
	}
	code, stdout, stderr := command(t, "score", out, "--survey", "sipas-short", "--json")
	if code != exitDone || !strings.Contains(stdout, `"x": 116`) {
		t.Errorf("exit %d: %s%s", code, stdout, stderr)
	}
	for _, args := range [][]string{{"--period", "2024-Q9", "--out", out}, {"--period", "2024-Q1"}, {"--period", "2024-Q1", "--out", ""}} {
		if code, _, _ := command(t, append([]string{"answers", "export", "--store", db}, args...)...); code != exitUsage {
			t.Errorf("%q: exit %d", args, code)
		}
	}
}
