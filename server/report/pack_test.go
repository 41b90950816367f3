package report_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"hailong/server"
	"hailong/server/report"
	"hailong/server/store/memory"
)

// packHouse is a house with a year of answers, some fields too small to be told.
func packHouse(t testing.TB) *server.Service {
	t.Helper()
	svc, err := server.New(t.Context(), memory.New(), make([]byte, server.SecretSize), server.Config{})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2025, 1, 3, 9, 0, 0, 0, server.Zone)
	svc.Now = func() time.Time { return now }
	fill(t, svc)
	var as []server.Answer
	for i := range 90 {
		as = append(as, server.Answer{ID: fmt.Sprintf("p%d", i), Unit: "phu-lien-2024", Survey: "sipas-short", Day: server.Day("2024-01-05").Add(i % 60), Lane: server.LaneSlip,
			Field: []string{"Chứng thực", "Chứng thực", "Hộ tịch", "=cmd|' /C calc'!A0"}[i%4], Marks: map[string]string{"overall": fmt.Sprint(i%5 + 1), "access": fmt.Sprint(i%3 + 3), "feedback": "N"}})
	}
	if _, err := svc.PutAnswers(t.Context(), append(as, criteriaAnswers(svc)...)); err != nil {
		t.Fatal(err)
	}
	return svc
}

// criteriaAnswers are full forms in every quarter, fewest in the last, and short
// answers of the first quarter that go on to the criteria of one element.
func criteriaAnswers(svc *server.Service) []server.Answer {
	var as []server.Answer
	full := svc.DetailSurvey()
	give := func(i int, ids ...string) map[string]string {
		out := map[string]string{}
		for k, id := range ids {
			out[id] = []string{"5", "4", "2", "", "5", "N", "3"}[(i+3*k)%7]
		}
		return out
	}
	var all []string
	for _, q := range full.Items() {
		if q.Element >= 0 {
			all = append(all, q.ID)
		}
	}
	for i := range 100 {
		day := []server.Day{"2024-02-01", "2024-04-10", "2024-07-20"}[i%3].Add(i % 20)
		if i%20 == 0 {
			day = "2024-11-11" // five
		}
		marks := give(i, all...)
		marks["overall"] = "4"
		as = append(as, server.Answer{ID: fmt.Sprint("full", i), Unit: "phu-lien-2024", Survey: full.ID, Day: day, Lane: server.LanePaper, Field: "Hộ tịch", Marks: marks})
	}
	for i := range 80 {
		var ids []string
		for _, c := range full.Elements[i%5].Criteria {
			ids = append(ids, c.ID)
		}
		as = append(as, server.Answer{ID: fmt.Sprint("more", i), Unit: "phu-lien-2024", Survey: "sipas-short", Day: server.Day("2024-01-10").Add(i % 40), Lane: server.LaneSlip,
			Field: "Chứng thực", Marks: map[string]string{"overall": fmt.Sprint(2 + i%4)}, DetailSurvey: full.ID, Detail: give(i, ids...)})
	}
	return as
}

func pack(t testing.TB, svc *server.Service, id string) []byte {
	t.Helper()
	p, err := server.ParsePeriod(id)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := report.WritePack(t.Context(), &b, svc, p, false); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func verify(zipped []byte, want report.Expectations) (*report.Verification, error) {
	return report.VerifyPack(bytes.NewReader(zipped), int64(len(zipped)), want)
}

// thorough says that the whole of every test is wanted, as `make test` does.
func thorough() bool { return os.Getenv("HAILONG_TEST_ALL") == "1" }

// rounds is how often a test tries the same at another place: always in make test,
// a sixth of the times in the inner loop.
func rounds(all int) int {
	if thorough() {
		return all
	}
	return max(1, all/6)
}

type entry struct {
	name string
	data []byte
}

func unzip(t testing.TB, zipped []byte) (out []entry) {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(zipped), int64(len(zipped)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range z.File {
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, entry{f.Name, data})
	}
	return out
}

func rezip(t testing.TB, entries []entry) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, e := range entries {
		w, err := z.Create(e.name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(e.data); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func find(entries []entry, name string) *entry {
	return &entries[slices.IndexFunc(entries, func(e entry) bool { return e.name == name })]
}

// reseal writes the manifest's hashes and the signature anew, as the unit itself
// could, who has the key.
func reseal(t testing.TB, svc *server.Service, entries []entry, change func(*report.Manifest)) []byte {
	t.Helper()
	mf := find(entries, "manifest.json")
	var m report.Manifest
	if err := json.Unmarshal(mf.data, &m); err != nil {
		t.Fatal(err)
	}
	h := sha256.New()
	names := []string{}
	for i, f := range m.Files {
		data := find(entries, f.Name).data
		sum := sha256.Sum256(data)
		m.Files[i].Size, m.Files[i].SHA256 = int64(len(data)), hex.EncodeToString(sum[:])
		if f.Name != "so-kiem-chung.txt" && f.Name != "checkpoint.txt" {
			names = append(names, f.Name)
		}
	}
	slices.Sort(names)
	for _, n := range names {
		fmt.Fprintf(h, "%x  %s\n", sha256.Sum256(find(entries, n).data), n)
	}
	m.Digest = hex.EncodeToString(h.Sum(nil))
	if change != nil {
		change(&m)
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetIndent("", "  ")
	if err := enc.Encode(m); err != nil {
		t.Fatal(err)
	}
	mf.data = b.Bytes()
	key, err := svc.LedgerKey()
	if err != nil {
		t.Fatal(err)
	}
	sig := find(entries, "manifest.sig")
	if sig.data, err = key.Sign(fmt.Sprintf("hailong-pack/3\n%s\n%x\n", m.Period, sha256.Sum256(mf.data))); err != nil {
		t.Fatal(err)
	}
	return rezip(t, entries)
}

func TestPackHolds(t *testing.T) {
	t.Parallel()
	svc := packHouse(t)
	q1 := pack(t, svc, "2024-Q1")
	if !bytes.Equal(q1, pack(t, svc, "2024-Q1")) {
		t.Error("the same pack has other bytes the second time")
	}
	key, err := svc.LedgerKey()
	if err != nil {
		t.Fatal(err)
	}
	head, err := report.PackHead(bytes.NewReader(q1), int64(len(q1)))
	if err != nil {
		t.Fatal(err)
	}
	ids := []string{"2024", "2023", "2024-Q1", "2024-Q2", "2024-H1", "2024-Q3", "2024-Q4"}
	if !thorough() {
		ids = ids[:2]
	}
	for _, id := range ids {
		v, err := verify(pack(t, svc, id), report.Expectations{Key: key.Public(), Heads: [][]byte{head}})
		if err != nil {
			t.Fatalf("%s: %v", id, err)
		}
		if !v.OK || !v.Pinned {
			t.Errorf("%s: %+v", id, v)
		}
		for _, f := range v.Files {
			if f.Agree == 0 {
				t.Errorf("%s: no figure of %s was compared", id, f.File)
			}
		}
		if id == "2023" != v.Withheld {
			t.Errorf("%s: withheld is %v", id, v.Withheld)
		}
	}
}

// Answers that citizens changed or withdrew do not break the pack: it tells how
// many, and what counts is what they said last.
func TestPackAfterChanges(t *testing.T) {
	t.Parallel()
	svc := packHouse(t)
	ctx := t.Context()
	late := svc.Now
	now := time.Date(2024, 12, 20, 9, 0, 0, 0, server.Zone)
	svc.Now = func() time.Time { return now }
	for i, do := range []func(server.SlipCode) error{
		func(c server.SlipCode) error {
			_, err := svc.ChangeAnswer(ctx, c, server.Submission{Given: map[string]string{"overall": "5"}})
			return err
		},
		func(c server.SlipCode) error { return svc.WithdrawAnswer(ctx, c) },
		func(server.SlipCode) error { return nil },
	} {
		d := server.Dossier{Code: server.DossierCode(fmt.Sprintf("000.21.35.H24-241219-%04d", i)), Field: "Chứng thực", Status: server.StatusReturned, Received: now, Returned: now}
		if _, err := svc.PutDossiers(ctx, []server.Dossier{d}); err != nil {
			t.Fatal(err)
		}
		slip, err := svc.Issue(ctx, d.Code, server.IssueOnce)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := svc.AcceptSlip(ctx, slip.Code, server.Submission{Given: map[string]string{"overall": "1"}}); err != nil {
			t.Fatal(err)
		}
		now = now.AddDate(0, 0, 3)
		if _, err := svc.Sequence(ctx); err != nil {
			t.Fatal(err)
		}
		if err := do(slip.Code); err != nil {
			t.Fatal(err)
		}
		now = now.AddDate(0, 0, -3)
	}
	svc.Now = late
	for _, id := range []string{"2024-Q4", "2024"} {
		v, err := verify(pack(t, svc, id), report.Expectations{})
		if err != nil || !v.OK || v.Changed != 1 || v.Withdrawn != 1 {
			t.Errorf("%s: %+v, %v", id, v, err)
		}
	}
}

// What the pack says of single answers is the field and the levels.
func TestPackTellsNoMoreThanItMay(t *testing.T) {
	t.Parallel()
	entries := unzip(t, pack(t, packHouse(t), "2024-Q1"))
	answers := string(find(entries, "answers.csv").data)
	if head, _, _ := strings.Cut(answers, "\r\n"); head != "\ufefffield,access,procedure,official,result,feedback,overall" {
		t.Errorf("columns: %q", head)
	}
	if strings.Contains(answers, "\n=") {
		t.Error("a field is a formula")
	}
	for _, e := range entries {
		text := string(e.data)
		if e.name == "bao-cao.xlsx" {
			f, err := excelize.OpenReader(bytes.NewReader(e.data))
			if err != nil {
				t.Fatal(err)
			}
			text = strings.Join(f.GetSheetList(), " ")
		}
		for _, word := range []string{"CC0", "Quầy", "2024-02-1"} {
			if strings.Contains(text, word) {
				t.Errorf("%s holds %q", e.name, word)
			}
		}
	}
}

// changeDigit changes the n-th digit of a file, counted around its end.
func changeDigit(data []byte, n, by int) []byte {
	var digits []int
	for i, b := range data {
		if '0' <= b && b <= '9' {
			digits = append(digits, i)
		}
	}
	data = bytes.Clone(data)
	at := digits[n%len(digits)]
	data[at] = '0' + (data[at]-'0'+byte(by))%10
	return data
}

// A digit changed inside the Word document or the workbook is found where their
// parts are packed again without a flaw and everything is signed anew.
func TestChangedDigitInsidePapersIsFound(t *testing.T) {
	t.Parallel()
	svc := packHouse(t)
	entries := unzip(t, pack(t, svc, "2024"))
	for name, parts := range map[string][]string{"bao-cao.docx": {"word/document.xml", "word/styles.xml", "docProps/core.xml"}, "bao-cao.xlsx": {"xl/worksheets/sheet1.xml", "xl/worksheets/sheet2.xml", "xl/styles.xml"}} {
		for _, part := range parts {
			for n := range rounds(2) {
				changed := slices.Clone(entries)
				e := find(changed, name)
				inner := unzip(t, e.data)
				p := find(inner, part)
				p.data = changeDigit(p.data, 137+911*n, 1+n)
				e.data = rezip(t, inner)
				if v, err := verify(reseal(t, svc, changed, nil), report.Expectations{}); err != nil || v.OK || !slices.ContainsFunc(v.Files, func(f report.PackFigures) bool { return f.File == name && len(f.Differ) > 0 }) {
					t.Errorf("%s, %s, digit %d: %v", name, part, 137+911*n, err)
				}
			}
		}
	}
}

// The figures of a closed period are those that were frozen, of the days that were
// counted; what comes later is no part of its pack, and a history that is told
// otherwise is found.
func TestPackOfAClosedPeriod(t *testing.T) {
	t.Parallel()
	for _, cutOff := range []int{14, 0}[:rounds(2)] {
		st := memory.New()
		svc, err := server.New(t.Context(), st, make([]byte, server.SecretSize), server.Config{CutOffDay: cutOff})
		if err != nil {
			t.Fatal(err)
		}
		now := time.Date(2024, 3, 4, 9, 0, 0, 0, server.Zone)
		svc.Now = func() time.Time { return now }
		put := func(name string, from server.Day, days, n int) {
			var as []server.Answer
			for i := range n {
				as = append(as, server.Answer{ID: fmt.Sprint(name, i), Unit: "phu-lien-2024", Survey: "sipas-short", Day: from.Add(i % days), Lane: server.LaneSlip,
					Field: []string{"Chứng thực", "Hộ tịch", "Đất đai"}[i%3], Marks: map[string]string{"overall": fmt.Sprint(5 - i%7/2), "result": "4"}})
			}
			if _, err := svc.PutAnswers(t.Context(), as); err != nil {
				t.Fatal(err)
			}
		}
		put("before", "2023-12-16", 10, 60)
		put("in", "2024-01-02", 55, 300)
		p, err := svc.Period("2024-Q1")
		if err != nil {
			t.Fatal(err)
		}
		to := server.Day("2024-03-03")
		closed, err := svc.ClosePeriod(t.Context(), p, to, "Nguyễn Thị Hạnh")
		if err != nil {
			t.Fatal(err)
		}
		read := func() ([]byte, *report.Verification) {
			var b bytes.Buffer
			if err := report.WritePack(t.Context(), &b, svc, p, false); err != nil {
				t.Fatal(err)
			}
			v, err := verify(b.Bytes(), report.Expectations{})
			if err != nil {
				t.Fatal(err)
			}
			return b.Bytes(), v
		}
		zipped, v := read()
		want := int64(300)
		if cutOff > 0 {
			want = 360
		}
		if !v.OK || v.From != closed.From || v.To != to || v.Answers != want {
			t.Errorf("cut-off %d: %s to %s, %d answers: %+v", cutOff, v.From, v.To, v.Answers, v)
		}
		answers := find(unzip(t, zipped), "answers.csv").data
		put("late", "2024-01-20", 20, 40)
		now = now.AddDate(0, 0, 10)
		zipped, v = read()
		if got := find(unzip(t, zipped), "answers.csv").data; !v.OK || !bytes.Equal(got, answers) {
			t.Errorf("cut-off %d: late answers are in the pack of a closed period: %+v", cutOff, v)
		}
		if _, err := svc.AmendPeriod(t.Context(), p, "Hạnh"); err != nil {
			t.Fatal(err)
		}
		if zipped, v = read(); !v.OK {
			t.Errorf("cut-off %d: after an amendment: %+v", cutOff, v)
		}
		// The unit leaves the amendment out of the history and signs that.
		entries := unzip(t, zipped)
		e := find(entries, "so-lieu.json")
		var d map[string]json.RawMessage
		var history []json.RawMessage
		if err := errors.Join(json.Unmarshal(e.data, &d), json.Unmarshal(d["history"], &history)); err != nil || len(history) != 2 {
			t.Fatal(err, len(history))
		}
		e.data = bytes.Replace(e.data, append([]byte(","), history[1]...), nil, 1)
		if v, err := verify(reseal(t, svc, entries, nil), report.Expectations{}); err != nil || v.OK ||
			!slices.ContainsFunc(v.Checks, func(c report.PackCheck) bool { return !c.OK && strings.Contains(c.What, "history") }) {
			t.Errorf("cut-off %d: a history cut short: %+v, %v", cutOff, v, err)
		}
	}
}

// A number changed in the workbook, where a spreadsheet would change it.
func TestChangedWorkbookIsFound(t *testing.T) {
	t.Parallel()
	svc := packHouse(t)
	entries := unzip(t, pack(t, svc, "2024"))
	x := find(entries, "bao-cao.xlsx")
	f, err := excelize.OpenReader(bytes.NewReader(x.data))
	if err != nil {
		t.Fatal(err)
	}
	if err := f.SetCellValue("Tổng hợp", "B6", 12345); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	x.data = b.Bytes()
	v, err := verify(reseal(t, svc, entries, nil), report.Expectations{})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range v.Files {
		if f.File == "bao-cao.xlsx" && (len(f.Differ) != 1 || f.Differ[0].Where != "Tổng hợp!B6" || f.Differ[0].Printed != "12345") {
			t.Errorf("differ: %+v", f.Differ)
		}
	}
	if v.OK {
		t.Error("nobody sees it")
	}
}

// A ledger that was begun anew holds in itself, and not against a head that was kept.
func TestRewrittenLedgerIsFound(t *testing.T) {
	t.Parallel()
	old := pack(t, packHouse(t), "2024-Q1")
	head, err := report.PackHead(bytes.NewReader(old), int64(len(old)))
	if err != nil {
		t.Fatal(err)
	}
	svc := packHouse(t)
	if _, err := svc.PutAnswers(t.Context(), []server.Answer{{ID: "put in", Unit: "phu-lien-2024", Survey: "sipas-short", Day: "2024-01-06", Lane: "slip", Field: "Chứng thực", Marks: map[string]string{"overall": "5"}}}); err != nil {
		t.Fatal(err)
	}
	rewritten := pack(t, svc, "2024-Q1")
	if v, err := verify(rewritten, report.Expectations{}); err != nil || !v.OK {
		t.Fatalf("by itself: %+v, %v", v, err)
	}
	if v, err := verify(rewritten, report.Expectations{Heads: [][]byte{head}}); err != nil || v.OK {
		t.Errorf("against the head that was kept: %+v, %v", v, err)
	}
	if v, err := verify(rewritten, report.Expectations{Key: "hailong/phu-lien-2024+00000000+AAAA"}); err != nil || v.OK || v.Pinned {
		t.Errorf("another key: %+v, %v", v, err)
	}
}

// Dropping an answer from the pack leaves it short against the ledger.
func TestDroppedAnswerIsFound(t *testing.T) {
	t.Parallel()
	svc := packHouse(t)
	entries := unzip(t, pack(t, svc, "2024"))
	a := find(entries, "answers.csv")
	lines := strings.SplitAfter(string(a.data), "\r\n")
	a.data = []byte(strings.Join(slices.Delete(lines, 5, 6), ""))
	v, err := verify(reseal(t, svc, entries, func(m *report.Manifest) { m.Answers-- }), report.Expectations{})
	if err != nil || v.OK {
		t.Fatalf("%+v, %v", v, err)
	}
	if !slices.ContainsFunc(v.Checks, func(c report.PackCheck) bool { return !c.OK && strings.Contains(c.What, "as many answers") }) {
		t.Errorf("the count is not said to differ: %+v", v.Checks)
	}
}

func TestNotAPack(t *testing.T) {
	t.Parallel()
	good := pack(t, packHouse(t), "2024-Q1")
	bomb := unzip(t, good)
	find(bomb, "answers.csv").data = make([]byte, 257<<20)
	strange := append(unzip(t, good), entry{"../../etc/passwd", []byte("x")})
	twice := append(unzip(t, good), unzip(t, good)[0])
	var inner bytes.Buffer
	if err := excelize.NewFile().Write(&inner); err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{
		"empty": {}, "text": []byte("xin chào"), "cut off": good[:len(good)/2], "cut a little": good[:len(good)-10],
		"another zip": inner.Bytes(), "bomb": rezip(t, bomb), "strange": rezip(t, strange), "twice": rezip(t, twice), "missing": rezip(t, unzip(t, good)[1:]),
	} {
		if v, err := verify(b, report.Expectations{}); !errors.Is(err, report.ErrNotPack) {
			t.Errorf("%s: %+v, %v", name, v, err)
		}
	}
}

func FuzzVerifyPack(f *testing.F) {
	svc := packHouse(f)
	good := pack(f, svc, "2024-Q1")
	f.Add(good, 0, byte(0))
	f.Add([]byte("PK"), 0, byte(0))
	f.Add(good, len(good)/2, byte(1))
	want := unzip(f, good)
	f.Fuzz(func(t *testing.T, b []byte, at int, x byte) {
		b = bytes.Clone(b)
		if at >= 0 && at < len(b) {
			b[at] ^= x
		}
		v, err := verify(b, report.Expectations{})
		if err != nil || !v.OK {
			return
		}
		for _, e := range unzip(t, b) {
			if key := find(want, "checkpoint.txt"); v.Key == "" || e.name == key.name && !bytes.Equal(e.data, key.data) {
				t.Error("a pack that was not made passes")
			}
		}
	})
}
