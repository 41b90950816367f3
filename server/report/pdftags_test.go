package report_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// The PDF is tagged: every object that its tables point to is where they say, pages
// and catalogue know the structure, and pictures have words.
func TestPDFIsTagged(t *testing.T) {
	t.Parallel()
	for _, y := range years() {
		_, r := reportOf(t, y, "2024")
		pdf := written(t, "pdf", r)
		for _, s := range []string{"/MarkInfo <</Marked true>>", "/DisplayDocTitle true", "/StructTreeRoot ", "/Lang (vi-VN)", "/StructParents 0", "/Outlines ", "/S /Table", "/S /H2"} {
			if !bytes.Contains(pdf, []byte(s)) {
				t.Errorf("%s: no %s", y.name, s)
			}
		}
		if figures, alts := bytes.Count(pdf, []byte("/S /Figure")), bytes.Count(pdf, []byte("/Alt <FEFF")); figures != alts {
			t.Errorf("%s: %d pictures, %d have words", y.name, figures, alts)
		}
		tables := 0
		for start := lastNumber(t, pdf, regexp.MustCompile(`startxref\s+(\d+)\s+%%EOF\s*$`)); start > 0; tables++ {
			end := bytes.Index(pdf[start:], []byte("startxref"))
			if end < 0 || !bytes.HasPrefix(pdf[start:], []byte("xref\n")) {
				t.Fatalf("%s: no table at %d", y.name, start)
			}
			section := string(pdf[start : start+end])
			number := 0
			table, _, _ := strings.Cut(section, "trailer")
			for _, line := range strings.Split(table, "\n")[1:] {
				f := strings.Fields(line)
				switch {
				case len(f) == 2:
					number = atoi(t, f[0])
				case len(f) == 3:
					if at := atoi(t, f[0]); f[2] == "n" && !bytes.HasPrefix(pdf[at:], fmt.Appendf(nil, "%d 0 obj", number)) {
						t.Errorf("%s: object %d is not at %d", y.name, number, at)
					}
					number++
				}
			}
			start = lastNumber(t, []byte(section), regexp.MustCompile(`/Prev (\d+)`))
		}
		if tables != 2 {
			t.Errorf("%s: %d tables of objects, want that of the drawing and that of the structure", y.name, tables)
		}
	}
}

func atoi(t *testing.T, s string) int {
	t.Helper()
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// lastNumber is the number that a pattern finds, 0 where it finds none.
func lastNumber(t *testing.T, text []byte, pattern *regexp.Regexp) int {
	t.Helper()
	m := pattern.FindSubmatch(text)
	if m == nil {
		return 0
	}
	return atoi(t, string(m[1]))
}

// A reader of the structure finds the same words in the same order as are printed
// in the Word document's paragraphs, headings as headings and tables as tables.
func TestPDFStructureIsRead(t *testing.T) {
	t.Parallel()
	if os.Getenv("HAILONG_TEST_ALL") != "1" {
		t.Skip("needs pdfinfo: `make test` runs it")
	}
	svc := packHouse(t)
	p, err := svc.Period("2024")
	if err != nil {
		t.Fatal(err)
	}
	r, err := svc.PeriodReport(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "r.pdf")
	if err := os.WriteFile(file, written(t, "pdf", r), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), "pdfinfo", "-struct-text", file).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	var said strings.Builder
	kinds := map[string]int{}
	for _, line := range strings.Split(string(out), "\n") {
		line = strings.TrimSpace(line)
		if text, ok := strings.CutPrefix(line, `"`); ok {
			said.WriteString(strings.TrimSuffix(text, `"`) + " ")
			continue
		}
		kind, _, _ := strings.Cut(line, " ")
		kinds[strings.TrimSuffix(kind, ":")]++
	}
	if strings.Contains(string(out), "rror") || kinds["H1"] != 1 || kinds["H2"] < 9 || kinds["H3"] < 6 || kinds["Table"] < 8 || kinds["Figure"] != 2 || kinds["TD"]+kinds["TH"] < 200 {
		t.Errorf("%v\n%.2000s", kinds, out)
	}
	words := func(s string) string { return strings.Join(strings.Fields(strings.ReplaceAll(s, `\"`, `"`)), " ") }
	printed := docxText(t, written(t, "docx", r))
	read := words(said.String())
	for _, line := range strings.Split(printed, "\n") {
		if line = words(line); len(line) > 60 && !strings.Contains(line, `"`) && !strings.Contains(read, line) {
			t.Errorf("the structure does not say %q", line)
		}
	}
}
