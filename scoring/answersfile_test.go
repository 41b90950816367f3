package scoring_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/unicode/norm"

	"hailong/scoring"
	"hailong/scoring/instrument"
)

func readShort(text string, c scoring.FileColumns) (*scoring.AnswersFile, error) {
	return scoring.ReadAnswers(strings.NewReader(text), instrument.Short(), c)
}

const shortHead = "overall,access,procedure,official,result,feedback"

func TestReadAnswersDialects(t *testing.T) {
	t.Parallel()
	plain := "id,ghi chú," + shortHead + ",quầy\n1,tốt,5,4,4,5,4,N,Tư pháp\n2,,3,,2,4,5,,Địa chính\n"
	quoted := "id,ghi chú," + shortHead + ",quầy\n1,\"tốt, nhanh\ngọn\",5,4,4,5,4,N,Tư pháp\n2,,3,,2,4,5,,Địa chính\n"
	w1258, err := charmap.Windows1258.NewEncoder().String(vietnamese1258(plain))
	if err != nil {
		t.Fatal(err)
	}
	utf16, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(strings.ReplaceAll(plain, ",", "\t"))
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"comma":        plain,
		"semicolon":    strings.ReplaceAll(plain, ",", ";"),
		"sep line":     "sep=;\r\n" + strings.ReplaceAll(plain, ",", ";"),
		"tab":          strings.ReplaceAll(plain, ",", "\t"),
		"BOM":          "\ufeff" + plain,
		"CRLF":         strings.ReplaceAll(plain, "\n", "\r\n"),
		"NFD":          norm.NFD.String(plain),
		"Windows-1258": w1258,
		"UTF-16":       utf16,
		"quotes":       quoted,
		"no last line": strings.TrimSuffix(plain, "\n"),
		"blank lines":  "\n" + strings.ReplaceAll(plain, "\n", "\n\n"),
		"spaces":       strings.ReplaceAll(plain, ",", " , "),
		"floats":       strings.ReplaceAll(plain, ",4", ",4.0"),
		"upper case":   strings.Replace(plain, "overall,access", "OVERALL,Access", 1),
		"empty rows":   plain + ",,,,,,,,\n,,,,,,,,\n",
	} {
		f, err := readShort(text, scoring.FileColumns{Group: "quầy"})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		d, err := f.Document(scoring.Options{})
		if err != nil {
			t.Fatal(err)
		}
		it, _ := d.Items.Get("overall")
		fb, _ := d.Items.Get("feedback")
		if d.Answers != 2 || it.X != 1 || it.N != 2 || fb.NotApplicable != 1 || fb.Unanswered != 1 || d.RejectedCount != 0 {
			t.Errorf("%s: %d answers, overall %d/%d, rejected %v", name, d.Answers, it.X, it.N, d.Rejected)
		}
		if got := strings.Join(d.Groups.Group, "|"); got != "Tư pháp|Địa chính" {
			t.Errorf("%s: groups %s", name, got)
		}
	}
}

// vietnamese1258 splits what Windows-1258 writes as letter and tone.
func vietnamese1258(s string) string {
	var b strings.Builder
	for _, r := range s {
		if _, ok := charmap.Windows1258.EncodeRune(r); ok {
			b.WriteRune(r)
			continue
		}
		base := norm.NFD.String(string(r))
		runes := []rune(base)
		last := runes[len(runes)-1]
		b.WriteString(norm.NFC.String(string(runes[:len(runes)-1])))
		b.WriteRune(last)
	}
	return b.String()
}

func TestUnreadableCellsAreNamed(t *testing.T) {
	t.Parallel()
	f, err := readShort("id,"+shortHead+"\n1,5,4,4,5,4,N\n\n2,6,x,2,4,5,\n3,4,4,4,4,NA,-1\n4,4,4\n5,4,4,4,4,4,4,extra\n", scoring.FileColumns{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range f.Rejected {
		got = append(got, fmt.Sprintf("%d %s %q", r.Row, r.Column, r.Value))
		if r.Reason == "" {
			t.Errorf("%+v has no reason", r)
		}
	}
	want := `4 access "x"|4 overall "6"|5 result "NA"|5 feedback "-1"|6  ""|7  "extra"`
	if s := strings.Join(got, "|"); s != want {
		t.Errorf("got %s, want %s", s, want)
	}
	// The cell is lost, the rest of its row is not.
	if x, n := f.Tally.Item(2); x != 3 || n != 3 { // official: 5, 4, 4; the overlong row is out
		t.Errorf("official: %d/%d", x, n)
	}
	if f.Tally.Answers() != 4 {
		t.Errorf("%d answers", f.Tally.Answers())
	}
}

func TestFilesThatAreNotAnswers(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"empty":            "",
		"blank":            "\n\n  \n",
		"no header":        "5,4,4,5,4,N\n",
		"missing column":   "overall,access,procedure,official,result\n5,5,5,5,5\n",
		"column twice":     shortHead + ",access\n5,5,5,5,5,5,5\n",
		"broken quotes":    shortHead + "\n5,\"4,4,5,4,N\n",
		"quote in a cell":  shortHead + "\n5,4\"x,4,5,4,N\n",
		"zip":              "PK\x03\x04 rest",
		"old Excel":        "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
		"binary":           "\x7fELF\x00\x00\x01",
		"JPEG":             "\xff\xd8\xff\xe0\x00\x10JFIF",
		"unknown group":    shortHead + "\n5,4,4,5,4,N\n",
		"half of an UTF16": "\xff\xfe5",
	} {
		c := scoring.FileColumns{}
		if name == "unknown group" {
			c.Group = "desk"
		}
		_, err := readShort(text, c)
		var file *scoring.FileError
		if !errors.As(err, &file) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if file.Text.VI == "" || file.Text.EN == "" {
			t.Errorf("%s: %+v", name, file.Text)
		}
	}
}

func TestPeriodsRunInTime(t *testing.T) {
	t.Parallel()
	for want, labels := range map[string][]string{
		"5 6 13":                           {"13", "5", "6"},
		"2023-12-31 2024-01-02 2024-01-10": {"2024-01-10", "2023-12-31", "2024-01-02"},
		"31/12/2023 02/01/2024 10/01/2024": {"10/01/2024", "31/12/2023", "02/01/2024"},
		"12/2023 1/2024 10/2024":           {"10/2024", "12/2023", "1/2024"},
		"2023-Q4 2024-Q1 2024-Q2":          {"2024-Q2", "2024-Q1", "2023-Q4"},
		"a b c":                            {"c", "a", "b"},
	} {
		text := "kỳ," + shortHead + "\n"
		for _, l := range labels {
			text += l + ",5,4,4,5,4,N\n"
		}
		f, err := readShort(text+",5,5,5,5,5,5\n", scoring.FileColumns{Period: "kỳ"})
		if err != nil {
			t.Fatal(err)
		}
		d, err := f.Document(scoring.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(d.Days.Day, " "); got != want || f.Undated != 1 {
			t.Errorf("got %s, want %s; %d undated", got, want, f.Undated)
		}
	}
}

func TestHundredThousandRows(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString(shortHead + "\n")
	for i := range 100_000 {
		fmt.Fprintf(&b, "%d,%d,4,%d,5,N\n", 3+i%3, 2+i%4, 4+i%2)
	}
	f, err := readShort(b.String(), scoring.FileColumns{})
	if err != nil {
		t.Fatal(err)
	}
	d, err := f.Document(scoring.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if it, _ := d.Items.Get("overall"); it.N != 100_000 || it.X != 66_666 || d.Verdict != scoring.NotMet {
		t.Errorf("%d of %d, %s", it.X, it.N, d.Verdict)
	}
}

func TestOneRowNoRows(t *testing.T) {
	t.Parallel()
	for rows, text := range []string{shortHead + "\n", shortHead + "\n5,5,5,5,5,5\n"} {
		f, err := readShort(text, scoring.FileColumns{})
		if err != nil {
			t.Fatal(err)
		}
		d, err := f.Document(scoring.Options{})
		if err != nil {
			t.Fatal(err)
		}
		encode(t, d)
		if d.Answers != int64(rows) || d.Verdict != scoring.TooEarly {
			t.Errorf("%d answers, %s", d.Answers, d.Verdict)
		}
		if rows == 0 && d.IndexMeanOfElements != nil {
			t.Error("an index of nobody")
		}
	}
}

func TestBadWeightsAndPopulations(t *testing.T) {
	t.Parallel()
	text := "w,s," + shortHead + "\n1.5,a,5,4,4,5,4,N\nx,a,3,3,3,3,3,3\n2,b,4,4,4,4,4,4\n1,b,4,4,4,4,4,4\n1,a,2,4,4,4,4,4\n"
	f, err := readShort(text, scoring.FileColumns{Weight: "w", Stratum: "s"})
	if err != nil {
		t.Fatal(err)
	}
	if len(f.Rejected) != 1 || f.Rejected[0].Row != 3 || f.Rejected[0].Column != "w" {
		t.Errorf("rejected %+v", f.Rejected)
	}
	if f.Tally.Answers() != 5 {
		t.Errorf("%d answers: a bad weight must not cost the answers", f.Tally.Answers())
	}
	for name, pop := range map[string]string{"header": "stratum,count\na,100\nb,50\n", "no header": "a;100\nb;50\n", "other names": "tầng,số\na,100\nb,50\n", "swapped": "count,stratum\n100,a\n50,b\n"} {
		p, err := scoring.ReadPopulation(strings.NewReader(pop))
		if err != nil || len(p) != 2 || p["a"] != 100 || p["b"] != 50 {
			t.Errorf("%s: %v, %v", name, p, err)
		}
		f.Population = p
		d, err := f.Document(scoring.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if d.WeightedOverall.Population != 150 || d.ResponseRate == nil {
			t.Errorf("%s: %+v", name, d.WeightedOverall)
		}
	}
	for _, bad := range []string{"", "a\n", "stratum,count\na,x\n", "stratum,count\na,-1\n", "stratum,count\n"} {
		if p, err := scoring.ReadPopulation(strings.NewReader(bad)); err == nil {
			t.Errorf("%q is a population: %v", bad, p)
		}
	}
	f.Population = map[string]int64{"a": 3}
	if _, err := f.Document(scoring.Options{}); err == nil {
		t.Error("a stratum without population passed")
	}
}

func FuzzReadAnswers(f *testing.F) {
	f.Add([]byte(shortHead + "\n5,4,4,5,4,N\n"))
	f.Add([]byte("id;" + strings.ReplaceAll(shortHead, ",", ";") + "\n1;5;x;;;;\n"))
	f.Add([]byte("\xff\xfeo\x00"))
	f.Add([]byte(shortHead + "\n\"5\",\"4\n4\",4,5,4,N\n"))
	if data, err := os.ReadFile("testdata/shapes/yesno.csv"); err == nil {
		f.Add(data)
	}
	s := instrument.Short()
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := scoring.ReadAnswers(bytes.NewReader(data), s, scoring.FileColumns{Group: "id", Period: "id", Weight: "access", Stratum: "result"})
		if err != nil {
			return
		}
		d, err := file.Document(scoring.Options{})
		if err != nil {
			t.Fatal(err)
		}
		encode(t, d)
		for i := range s.Items() {
			if x, n := file.Tally.Item(i); x > n || n > file.Tally.Answers() {
				t.Fatalf("item %d: %d of %d of %d", i, x, n, file.Tally.Answers())
			}
		}
	})
}
