package importer

import (
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// A spill gives back what was written, from memory and from the file, whatever
// the pieces.
func TestSpill(t *testing.T) {
	t.Parallel()
	for _, pieces := range []int{0, 10, 300_000} {
		s := &spill{}
		var ends []int64
		piece := func(i int) string { return strings.Repeat(fmt.Sprintf("Công dân %06d|", i), 1+i%3) }
		for i := range pieces {
			if err := s.add(piece(i)); err != nil {
				t.Fatal(err)
			}
			ends = append(ends, s.size)
		}
		if err := s.flush(); err != nil {
			t.Fatal(err)
		}
		if spilled := s.file != nil; spilled != (pieces > 1000) {
			t.Errorf("%d pieces: spilled %t", pieces, spilled)
		}
		if pieces > 0 {
			rapid.Check(t, func(t *rapid.T) {
				i := rapid.IntRange(0, pieces-1).Draw(t, "piece")
				from := int64(0)
				if i > 0 {
					from = ends[i-1]
				}
				if got, err := s.read(from, ends[i]); err != nil || got != piece(i) {
					t.Fatalf("piece %d is %q, %v; want %q", i, got, err, piece(i))
				}
			})
		}
		if s.file != nil {
			if _, err := os.Stat(s.file.Name()); err == nil {
				t.Error("the file has a name")
			}
			b, err := io.ReadAll(io.NewSectionReader(s.file, 0, s.size))
			if err != nil || int64(len(b)) != s.size {
				t.Fatalf("%d bytes, %v", len(b), err)
			}
			if strings.Contains(string(b), "dân") {
				t.Error("the file can be read by anybody")
			}
		}
		if err := s.close(); err != nil {
			t.Error(err)
		}
	}
}

// A workbook with more shared text than is kept in memory is read all the same.
func TestWorkbookSpills(t *testing.T) {
	t.Parallel()
	const n = 4000
	note := strings.Repeat("ghi chú rất dài ", 80)
	var sheet, shared strings.Builder
	sheet.WriteString(`<worksheet><sheetData>`)
	k := 0
	add := func(cells ...string) {
		sheet.WriteString(`<row>`)
		for _, c := range cells {
			fmt.Fprintf(&sheet, `<c t="s"><v>%d</v></c>`, k)
			fmt.Fprintf(&shared, `<si><t>%s</t></si>`, c)
			k++
		}
		sheet.WriteString(`</row>`)
	}
	add("STT", "Số hồ sơ", "Ghi chú", "Ngày nhận", "Trạng thái")
	for i := range n {
		add(fmt.Sprint(i+1), fmt.Sprintf("000.21.35.H24-240115-%05d", i), fmt.Sprint(i, note), "15/01/2024 08:00:00", "Đã trả kết quả")
	}
	sheet.WriteString(`</sheetData></worksheet>`)
	book := zipped(t,
		"[Content_Types].xml", `<Types/>`,
		"xl/workbook.xml", `<workbook xmlns:r="http://x"><sheets><sheet name="A" r:id="1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels", `<Relationships><Relationship Id="1" Type="http://x/worksheet" Target="s.xml"/><Relationship Id="2" Type="http://x/sharedStrings" Target="t.xml"/></Relationships>`,
		"xl/s.xml", sheet.String(), "xl/t.xml", `<sst>`+shared.String()+`</sst>`)
	if shared.Len() < spillAfter {
		t.Fatal("not enough text to spill")
	}
	if got, want := countsOf(mustPut(t, newHouse(t), book, Options{})), (counts{n, n, 0, 0, 0}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}
