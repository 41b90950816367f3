package importer

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/unicode/norm"
)

// However the same list is written, the same dossiers are stored.
func TestCSVForms(t *testing.T) {
	t.Parallel()
	text := "DANH SÁCH HỒ SƠ,,,\n\n" + head + row1 + row2
	plain := newHouse(t)
	mustPut(t, plain, text, Options{})
	want := everything(t, plain)
	encoded := func(s string, err error) string {
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	for name, content := range map[string]string{
		"BOM":           "\ufeff" + text,
		"NFD":           norm.NFD.String(text),
		"semicolons":    strings.ReplaceAll(text, ",", ";"),
		"tabs":          strings.ReplaceAll(text, ",", "\t"),
		"bars":          strings.ReplaceAll(text, ",", "|"),
		"sep=":          "sep=;\r\n" + strings.ReplaceAll(text, ",", ";"),
		"CR LF":         strings.ReplaceAll(text, "\n", "\r\n"),
		"CR":            strings.ReplaceAll(text, "\n", "\r"),
		"no last end":   strings.TrimSuffix(text, "\n"),
		"quoted":        `"` + strings.ReplaceAll(strings.ReplaceAll(strings.TrimSuffix(text, "\n"), ",", `","`), "\n", "\"\n\"") + `"`,
		"UTF-16 LE":     encoded(unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(text)),
		"UTF-16 BE":     encoded(unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewEncoder().String(text)),
		"UTF-16, bare":  encoded(unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewEncoder().String(text)),
		"Windows-1258":  windows1258(t, text),
		"non-breaking":  strings.ReplaceAll(text, " ", "\u00a0"),
		"more blanks":   strings.ReplaceAll(text, ",", " , "),
		"old tone mark": strings.ReplaceAll(text, "Cấp giấy xác nhận tình trạng hôn nhân", norm.NFD.String("Cấp giấy xác nhận tình trạng hôn nhân")),
	} {
		svc := newHouse(t)
		r := mustPut(t, svc, content, Options{})
		if r.Rows != 2 || r.New != 2 {
			t.Errorf("%s: %+v", name, r)
		}
		if got := everything(t, svc); got != want {
			t.Errorf("%s: stored\n%s\nwant\n%s", name, got, want)
		}
	}
}

// windows1258 writes a text as Vietnamese Windows programs did: the tone marks
// as characters of their own, after the letter.
func windows1258(t *testing.T, s string) string {
	t.Helper()
	var b strings.Builder
	enc := charmap.Windows1258.NewEncoder()
	for _, r := range norm.NFC.String(s) {
		out, err := enc.String(string(r))
		if err != nil {
			// Take the tone off and write it behind.
			var letter, tone []rune
			for _, c := range norm.NFD.String(string(r)) {
				if slices.Contains([]rune{0x300, 0x301, 0x303, 0x309, 0x323}, c) {
					tone = append(tone, c)
				} else {
					letter = append(letter, c)
				}
			}
			out, err = enc.String(norm.NFC.String(string(letter)) + string(tone))
		}
		if err != nil {
			t.Fatal(err)
		}
		b.WriteString(out)
	}
	return b.String()
}

// The row is the one that a spreadsheet shows: blank lines count, line breaks
// inside quotation marks do not.
func TestCSVRowNumbers(t *testing.T) {
	t.Parallel()
	bad := func(code string) string { return strings.Replace(row1, code1, code, 1) }
	content := "\"Tiêu đề\ntrên hai dòng\"\n" + // row 1
		"\n" + // row 2
		strings.Replace(head, "Quầy\n", "Quầy,Ghi chú\n", 1) + // row 3
		strings.TrimSuffix(row1, "\n") + ",\"một\nhai\nba\"\n" + // row 4
		bad("x-5") + // row 5
		"\r\n" + // row 6
		bad("x-7") + // row 7
		strings.TrimSuffix(bad("x-8"), "\n") + ",\"\r\n\r\n\"\r\n" + // row 8
		bad("x-9") // row 9
	r := mustPut(t, newHouse(t), content, Options{})
	if got, want := countsOf(r), (counts{5, 1, 0, 0, 4}); got != want {
		t.Fatalf("%+v, want %+v: %+v", got, want, r.Rejected)
	}
	for i, want := range []int{5, 7, 8, 9} {
		if x := r.Rejected[i]; x.Row != want || x.Value != fmt.Sprintf("x-%d", want) || x.Column != "Số hồ sơ" {
			t.Errorf("%+v, want row %d", x, want)
		}
	}
}

// A quotation mark that is never closed costs its own row only.
func TestCSVOpenQuote(t *testing.T) {
	t.Parallel()
	open := func(code, quoted string) string {
		return strings.Replace(strings.Replace(row1, code1, code, 1), "Hộ tịch", quoted, 1)
	}
	for name, tt := range map[string]struct {
		content string
		want    counts
		row     int
	}{
		"to the end of the file": {head + row2 + open(code1, `"Hộ tịch`) + open(code3, "Hộ tịch"), counts{3, 2, 0, 0, 1}, 3},
		"to the next mark":       {head + row2 + open(code1, `"Hộ tịch`) + open(code3, `"Hộ tịch"`), counts{3, 2, 0, 0, 1}, 3},
		"over very many lines":   {head + row2 + open(code1, `"Hộ tịch`) + strings.Repeat("\n", 500), counts{2, 1, 0, 0, 1}, 3},
	} {
		r := mustPut(t, newHouse(t), tt.content, Options{})
		if got := countsOf(r); got != tt.want || r.Rejected[0].Row != tt.row || r.Rejected[0].Reason != reasonQuote.VI {
			t.Errorf("%s: %+v, want %+v: %+v", name, got, tt.want, r.Rejected)
		}
	}
	// A mark inside a cell is a character like any other.
	svc := newHouse(t)
	r := mustPut(t, svc, head+open(code1, `"Hộ "tịch" xã"`)+open(code2, `Hộ "tịch" xã`), Options{})
	if r.New != 2 || dossiers(t, svc)[code1].Field != `Hộ "tịch" xã` || dossiers(t, svc)[code2].Field != `Hộ "tịch" xã` {
		t.Errorf("%+v: %+v", r, dossiers(t, svc))
	}
}

// Rubbish in the middle of a file costs the rows it stands on.
func TestCSVRubbishInTheMiddle(t *testing.T) {
	t.Parallel()
	rubbish := strings.Repeat("\x01\xff\xfe\x80rác,rác\n", 3) + "a,b\n"
	r := mustPut(t, newHouse(t), head+row1+rubbish+strings.Replace(row2, "Chứng thực,", "Chứng \xff\xfethực,", 1)+strings.Replace(row1, code1, code3, 1), Options{})
	if got, want := countsOf(r), (counts{7, 2, 0, 0, 5}); got != want {
		t.Fatalf("%+v, want %+v: %+v", got, want, r.Rejected)
	}
	if x := r.Rejected[4]; x.Row != 7 || x.Column != "Lĩnh vực" || x.Reason != reasonDamaged.VI {
		t.Errorf("%+v", x)
	}
}

func TestCSVLongLine(t *testing.T) {
	t.Parallel()
	r := mustPut(t, newHouse(t), head+row1+strings.TrimSuffix(row2, "\n")+strings.Repeat(",x", maxLine)+"\n"+strings.Replace(row1, code1, code3, 1), Options{})
	if got, want := countsOf(r), (counts{3, 2, 0, 0, 1}); got != want || r.Rejected[0].Row != 3 || r.Rejected[0].Reason != reasonLine.VI {
		t.Errorf("%+v, want %+v: %+v", got, want, r.Rejected)
	}
}

// What the standard reader understands, ours reads the same.
func FuzzSplit(f *testing.F) {
	f.Add("a,b\n\"c\"\"d\",\"e\nf\"\n")
	f.Add("a;b")
	f.Add("\"a\"b,c\n\"")
	f.Fuzz(func(t *testing.T, s string) {
		if strings.ContainsAny(s, "\r\ufeff") || strings.Contains(s, "\n\n") || !utf8.ValidString(s) || strings.HasPrefix(s, "sep=") {
			return // the standard reader skips empty lines
		}
		std := csv.NewReader(strings.NewReader(s))
		std.FieldsPerRecord, std.LazyQuotes = -1, false
		want, err := std.ReadAll()
		if err != nil || strings.Count(s, "\n") > maxSpan {
			return
		}
		file := &csvFile{r: strings.NewReader(s), size: int64(len(s)), separator: ','}
		i := 0
		for r, err := range file.rows() {
			if err != nil {
				t.Fatal(err)
			}
			for i < len(want) && strings.TrimSpace(clean(strings.Join(want[i], ""))) == "" {
				i++ // rows that hold nothing are not yielded
			}
			if !r.broken.zero() {
				return // the code of a dossier on a second line
			}
			for col, text := range want[i] {
				if got := r.at(col).text; got != clean(text) {
					t.Fatalf("%q: row %d, column %d is %q, want %q", s, r.number, col, got, clean(text))
				}
			}
			i++
		}
	})
}

// Whatever a text file holds, it is refused as a whole or each of its rows is
// either stored or rejected; and again the same is unchanged.
func FuzzCSV(f *testing.F) {
	f.Add([]byte(head + row1 + row2))
	f.Add([]byte("sep=;\n" + strings.ReplaceAll(head+row1, ",", ";")))
	f.Add([]byte(head + strings.Replace(row1, "Hộ", "\"Hộ\n", 1) + row2))
	f.Add([]byte("\xff\xfeS\x00"))
	f.Add([]byte(head + row1 + row1 + "Tổng số: 2\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		twice(t, string(content))
	})
}

// twice imports a file two times and holds the house to its promises.
func twice(t *testing.T, content string) {
	svc := newHouse(t)
	r, err := put(t, svc, content, Options{})
	if err != nil {
		var fault *FileError
		if !errors.As(err, &fault) || fault.VI == "" || fault.EN == "" {
			t.Fatalf("an error without words: %v", err)
		}
		if n := len(dossiers(t, svc)); n != 0 {
			t.Fatalf("refused, but %d dossiers are stored", n)
		}
		return
	}
	for _, x := range r.Rejected {
		if x.Row <= r.Header || x.Reason == "" || x.Column == "" {
			t.Errorf("%+v", x)
		}
	}
	if n := len(dossiers(t, svc)); n != r.New {
		t.Errorf("%d stored, %d new", n, r.New)
	}
	before := everything(t, svc)
	again := mustPut(t, svc, content, Options{})
	if again.New+again.Updated > 0 || again.Unchanged != r.New+r.Updated+r.Unchanged || len(again.Rejected) != len(r.Rejected) {
		t.Errorf("again: %+v, first %+v", again, r)
	}
	if everything(t, svc) != before {
		t.Error("the second import changed the store")
	}
}

func TestLinesEndAnyWay(t *testing.T) {
	t.Parallel()
	var got []string
	file := &csvFile{r: strings.NewReader("a\nb\r\nc\rd"), size: 8, separator: ','}
	for r, err := range file.rows() {
		if err != nil && !errors.Is(err, io.EOF) {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprint(r.number, " ", r.cells[0].text))
	}
	if want := []string{"1 a", "2 b", "3 c", "4 d"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
