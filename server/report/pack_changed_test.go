package report_test

import (
	"bytes"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"hailong/server/report"
)

// The files of a pack that follow from others, and those that others follow from
// or that prove it.
var (
	computedFiles = []string{"phuong-phap.txt", "index.json", "index-by-field.json", "bao-cao.docx", "bao-cao.pdf", "bao-cao.xlsx", "bao-cao.csv", "bao-cao.json", "tu-dien.csv"}
	givenFiles    = []string{"so-lieu.json", "answers.csv", "dossiers.csv", "survey.yaml", "criteria.csv", "survey-full.yaml", "so-kiem-chung.txt", "checkpoint.txt"}
)

// changeByte changes a byte of a file at a random place, a digit into another where
// one is asked for and there is one.
func changeByte(r *rand.Rand, data []byte, digit bool) []byte {
	if digit && bytes.ContainsAny(data, "0123456789") {
		return changeDigit(data, r.IntN(1<<20), 1+r.IntN(9))
	}
	data = bytes.Clone(data)
	data[r.IntN(len(data))] ^= byte(1 + r.IntN(255))
	return data
}

// One changed byte anywhere in a pack is found and the file is named: several
// hundred places, in the files as they lie in the ZIP and in the parts of the Word
// document and the workbook; by whoever got hold of the pack, and by the unit
// itself, which signs what it changed.
func TestOneChangedByteIsFound(t *testing.T) {
	t.Parallel()
	svc := packHouse(t)
	p, err := svc.Period("2024")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := svc.ClosePeriod(t.Context(), p, "", "Hạnh"); err != nil {
		t.Fatal(err)
	}
	entries := unzip(t, pack(t, svc, "2024"))
	if n := len(computedFiles) + len(givenFiles) + 2; len(entries) != n {
		t.Fatalf("%d files, %d are known here", len(entries), n)
	}
	if v, err := verify(reseal(t, svc, slices.Clone(entries), nil), report.Expectations{}); err != nil || !v.OK {
		t.Fatalf("resealed without a change: %+v, %v", v, err)
	}
	r := rand.New(rand.NewPCG(7, 11))
	for round := range rounds(12) {
		// Somebody else: one place in every file at once, each of which is named.
		changed := slices.Clone(entries)
		for i := range changed {
			if e := &changed[i]; !strings.HasPrefix(e.name, "manifest.") {
				e.data = changeByte(r, e.data, round%2 == 0)
			}
		}
		v, err := verify(rezip(t, changed), report.Expectations{})
		if err != nil || v.OK || v.Checks[0].OK {
			t.Fatalf("round %d: %+v, %v", round, v, err)
		}
		for _, e := range changed {
			if !strings.HasPrefix(e.name, "manifest.") && !strings.Contains(v.Checks[0].Why, e.name+": ") {
				t.Errorf("round %d: %s is not named: %s", round, e.name, v.Checks[0].Why)
			}
		}
		changed = slices.Clone(entries)
		e := find(changed, []string{"manifest.json", "manifest.sig"}[round%2])
		e.data = changeByte(r, e.data, round%4 < 2)
		if v, err := verify(rezip(t, changed), report.Expectations{}); err == nil && v.OK {
			t.Errorf("round %d: %s: nobody sees it", round, e.name)
		}
		// The unit: one place in every file that follows from others.
		changed = slices.Clone(entries)
		for _, name := range computedFiles {
			e := find(changed, name)
			if name != "bao-cao.docx" && name != "bao-cao.xlsx" {
				e.data = changeByte(r, e.data, round%2 == 0)
				continue
			}
			inner := unzip(t, e.data)
			part := &inner[r.IntN(len(inner))]
			part.data = changeByte(r, part.data, round%2 == 0)
			e.data = rezip(t, inner)
		}
		if v, err = verify(reseal(t, svc, changed, nil), report.Expectations{}); err != nil {
			t.Fatal(err)
		}
		for _, name := range computedFiles {
			if !slices.ContainsFunc(v.Files, func(f report.PackFigures) bool { return f.File == name && len(f.Differ) > 0 }) {
				t.Errorf("round %d: %s, signed: nobody sees it", round, name)
			}
		}
		// The unit again: one place in a file that others follow from. That the pack
		// is not in the ledger is found in any case, and does not count here.
		changed = slices.Clone(entries)
		e = find(changed, givenFiles[round%len(givenFiles)])
		e.data = changeByte(r, e.data, true)
		if v, err = verify(reseal(t, svc, changed, nil), report.Expectations{}); err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(v.Checks, func(c report.PackCheck) bool { return !c.OK && !strings.Contains(c.What, "entered in the ledger") }) &&
			!slices.ContainsFunc(v.Files, func(f report.PackFigures) bool { return len(f.Differ) > 0 }) {
			t.Errorf("round %d: %s, signed: nobody sees it", round, e.name)
		}
	}
}

// What a reader sees in the Word document and in the workbook is compared figure by
// figure, also where the pack was made on another kind of processor and the files
// are other bytes.
func TestChangedFigureIsFoundOnAnotherProcessor(t *testing.T) {
	t.Parallel()
	svc := packHouse(t)
	entries := unzip(t, pack(t, svc, "2024-H1"))
	elsewhere := func(m *report.Manifest) { m.Arch = "another" }
	v, err := verify(reseal(t, svc, slices.Clone(entries), elsewhere), report.Expectations{})
	if err != nil || slices.ContainsFunc(v.Files, func(f report.PackFigures) bool { return len(f.Differ) > 0 }) {
		t.Fatalf("without a change: %+v, %v", v.Files, err)
	}
	r := rand.New(rand.NewPCG(5, 3))
	seen := regexp.MustCompile(`<w:t[^>]*>[^<]*[1-9][^<]*</w:t>|<v>[1-9]\d*</v>|descr="[^"]*[1-9][^"]*"`)
	for range rounds(5) {
		changed := slices.Clone(entries)
		for name, folder := range map[string]string{"bao-cao.docx": "word/document", "bao-cao.xlsx": "xl/worksheets/sheet"} {
			e := find(changed, name)
			inner := unzip(t, e.data)
			parts := slices.DeleteFunc(slices.Clone(inner), func(p entry) bool { return !strings.HasPrefix(p.name, folder) || !seen.Match(p.data) })
			part := find(inner, parts[r.IntN(len(parts))].name)
			places := seen.FindAllIndex(part.data, -1)
			at := places[r.IntN(len(places))]
			text := part.data[at[0]:at[1]]
			open := bytes.IndexByte(text, '>') + 1
			if text[0] == 'd' {
				open = len(`descr="`)
			}
			part.data = slices.Concat(part.data[:at[0]+open], changeDigit(text[open:], r.IntN(100), 1+r.IntN(8)), part.data[at[1]:])
			e.data = rezip(t, inner)
		}
		if v, err = verify(reseal(t, svc, changed, elsewhere), report.Expectations{}); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"bao-cao.docx", "bao-cao.xlsx"} {
			if !slices.ContainsFunc(v.Files, func(f report.PackFigures) bool { return f.File == name && len(f.Differ) > 0 }) {
				t.Errorf("%s: nobody sees it", name)
			}
		}
	}
}
