package report

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"path"
	"runtime"
	"slices"
	"strconv"

	"hailong/scoring/instrument"
	"hailong/server"
	"hailong/server/ledger"
)

// ErrNotPack: the file is not a review pack, or is damaged so that nothing of it
// can be checked.
var ErrNotPack = errors.New("không phải gói thẩm định / not a review pack")

// The limits of a pack, in bytes after unpacking.
const (
	maxPackFile = 256 << 20
	maxPack     = 512 << 20
)

// packNames are the files of a pack, all of which must be there, and no other.
var packNames = []string{fileMethod, fileIndex, fileFields, fileReport, filePaper + "docx", filePaper + "pdf", filePaper + "xlsx", filePaper + "csv", filePaper + "json", fileDictionary,
	fileAnswers, fileDossiers, fileSurvey, fileCriteria, fileFull, fileLedger, fileCheckpoint, fileManifest, fileSignature}

// A Verification is what a check of a review pack found.
type Verification struct {
	Unit    string     `json:"unit"`
	Period  string     `json:"period"`
	From    server.Day `json:"from"`
	To      server.Day `json:"to"`
	Made    server.Day `json:"made"`
	Demo    bool       `json:"demo"`
	Answers int64      `json:"answers"`
	// Erased is the number of answers of the period that were erased at the
	// citizens' wish, as the ledger says.
	Erased int64 `json:"erased"`
	// Changed and Withdrawn are changes and withdrawals by citizens, of
	// answers of the period.
	Changed   int64 `json:"changed"`
	Withdrawn int64 `json:"withdrawn"`
	// Withheld says that too few answered for the pack to tell of them.
	Withheld bool `json:"withheld"`
	// Key is the public key that the pack says is the unit's; Pinned is true
	// where it is the one that was expected.
	Key    string `json:"key"`
	Pinned bool   `json:"pinned"`
	// Checks are what must hold; Files how the figures of each file compare.
	Checks []PackCheck   `json:"checks"`
	Files  []PackFigures `json:"files"`
	OK     bool          `json:"ok"`
}

// A PackCheck is one thing that must hold.
type PackCheck struct {
	What string `json:"what"`
	OK   bool   `json:"ok"`
	Why  string `json:"why,omitempty"` // it does not
}

// PackFigures compares the figures of one file with what follows from the
// answers and counters.
type PackFigures struct {
	File   string       `json:"file"`
	Agree  int          `json:"agree"`
	Differ []Difference `json:"differ"`
}

// A Difference is a figure that is not what it should be.
type Difference struct {
	Where    string `json:"where"`
	Printed  string `json:"printed"`
	Computed string `json:"computed"`
}

func (v *Verification) check(what string, err error) bool {
	c := PackCheck{What: what, OK: err == nil}
	if err != nil {
		c.Why = err.Error()
	}
	v.Checks = append(v.Checks, c)
	return err == nil
}

// Expectations are what a reviewer knows before opening a pack.
type Expectations struct {
	// Key is the unit's public key, as its public page shows it; "" where it
	// is not known.
	Key string
	// Heads are signed heads of the ledger that were kept: all of them must be
	// beginnings of the pack's ledger.
	Heads [][]byte
}

// VerifyPack checks a review pack of size bytes without any store: that every
// file is the one that was signed, that every figure follows from the pack's
// answers and counters, and that the ledger holds. ErrNotPack: there is nothing
// to check.
func VerifyPack(r io.ReaderAt, size int64, want Expectations) (*Verification, error) {
	files, err := openPack(r, size)
	if err != nil {
		return nil, err
	}
	m, err := readManifest(files.data[fileManifest])
	if err != nil {
		return nil, err
	}
	v := &Verification{Unit: m.Unit, Period: m.Period, From: m.From, To: m.To, Made: m.Made, Demo: m.Demo, Answers: m.Answers, Withheld: m.Withheld, Key: m.Key, Files: []PackFigures{}}
	v.check("danh mục tệp và SHA-256 / files and SHA-256", checkFiles(m, files))
	v.check("chữ ký của danh mục / signature of the manifest", checkSignature(m, files))
	if want.Key != "" {
		err := error(nil)
		if want.Key != m.Key {
			err = fmt.Errorf("khóa trong gói là khóa khác / the pack's key is another one")
		}
		v.Pinned = v.check("khóa công khai của đơn vị / the unit's public key", err)
	}
	review, err := readReview(m, files)
	var rep *server.PeriodReport
	if v.check("đọc được phiếu trả lời, hồ sơ, bộ câu hỏi / answers, dossiers and survey can be read", err) {
		var broken error
		rep, broken, err = readPackReport(files.data[fileReport], review)
		if v.check("đọc được số liệu và phần lời của báo cáo / figures and texts of the report can be read", cmp.Or(err, checkReport(m, rep))) {
			if rep.Closed != nil {
				v.check("số liệu đúng là số đã chốt / the figures are those that were frozen", broken)
			}
			v.check("tính lại được số liệu / figures can be recomputed", v.recompute(m, rep, review, files))
		}
	}
	v.checkLedger(m, rep, review, files, want.Heads)
	v.OK = !slices.ContainsFunc(v.Checks, func(c PackCheck) bool { return !c.OK }) &&
		!slices.ContainsFunc(v.Files, func(f PackFigures) bool { return len(f.Differ) > 0 })
	return v, nil
}

func readManifest(data []byte) (*Manifest, error) {
	var m Manifest
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&m); err != nil {
		return nil, fmt.Errorf("%w: %s không đọc được / cannot be read: %w", ErrNotPack, fileManifest, err)
	}
	if m.Schema != PackSchema {
		return nil, fmt.Errorf("%w: dạng %.40q; chương trình này đọc %s / this program reads %s", ErrNotPack, m.Schema, PackSchema, PackSchema)
	}
	return &m, nil
}

// checkFiles compares every file with the manifest, and the manifest with itself.
func checkFiles(m *Manifest, files *openedPack) error {
	var errs []error
	listed := map[string]bool{fileManifest: true, fileSignature: true}
	var said []ManifestFile
	for _, f := range m.Files {
		sum, ok := files.sums[f.Name]
		switch {
		case !ok || listed[f.Name]:
			errs = append(errs, fmt.Errorf("%.60q: không đúng trong danh mục / is listed wrongly", f.Name))
		case sum != f:
			errs = append(errs, fmt.Errorf("%s: đã bị sửa / was changed", f.Name))
		}
		if listed[f.Name] = true; f.Name != fileLedger && f.Name != fileCheckpoint {
			said = append(said, sum)
		}
	}
	for _, name := range packNames {
		if !listed[name] {
			errs = append(errs, fmt.Errorf("%s: không có trong danh mục / is not listed", name))
		}
	}
	if sum := digest(said); hex.EncodeToString(sum[:]) != m.Digest {
		errs = append(errs, errors.New("mã chung không khớp / the digest does not match"))
	}
	// The manifest has one way to be written: what is changed in it and means
	// the same is found too.
	if again, err := indented(m); err != nil || !bytes.Equal(again, files.data[fileManifest]) {
		errs = append(errs, fmt.Errorf("%s: không đúng dạng / is not written as it should be", fileManifest))
	}
	return errors.Join(errs...)
}

func checkSignature(m *Manifest, files *openedPack) error {
	text, err := ledger.Open(files.data[fileSignature], m.Key)
	if err != nil {
		return err
	}
	if text != signedText(m.Period, files.data[fileManifest]) {
		return fmt.Errorf("%w: chữ ký của danh mục khác / it is of another manifest", ledger.ErrLedger)
	}
	return nil
}

// readReview rebuilds the review from the pack's tables. Every table has one way
// to be written.
func readReview(m *Manifest, files *openedPack) (*server.Review, error) {
	p, err := server.ParsePeriod(m.Period)
	if err != nil {
		return nil, err
	}
	if !valid(m.From) || !valid(m.To) || m.From > m.To {
		return nil, fmt.Errorf("không có kỳ từ %.20q đến %.20q / no period has these days", m.From, m.To)
	}
	p.From, p.To = m.From, m.To
	sv, err := instrument.Parse(fileSurvey, files.data[fileSurvey])
	if err != nil {
		return nil, err
	}
	if source, ok := instrument.Source(sv.ID); sv.ID != m.Survey || ok && !bytes.Equal(source, files.data[fileSurvey]) {
		return nil, fmt.Errorf("bộ câu hỏi %s đã bị sửa / the survey was changed", sv.ID)
	}
	if m.Target > 0 {
		sv.Target = m.Target
	}
	r := &server.Review{Unit: m.Unit, Period: p, Survey: sv, OnTimeTarget: m.OnTimeTarget, Withheld: m.Withheld, Others: m.Others, Quarantined: m.Quarantined, QuarantinedOthers: m.QuarantinedOthers}
	if r.Rows, err = files.answers(fileAnswers, answersOf(r)); err != nil {
		return nil, err
	}
	if source, _ := instrument.Source(instrument.FullID); !bytes.Equal(source, files.data[fileFull]) {
		return nil, fmt.Errorf("%s đã bị sửa / the survey was changed", fileFull)
	}
	if r.Criteria, err = files.answers(fileCriteria, criteriaTableOf(r)); err != nil {
		return nil, err
	}
	if len(r.Criteria) > 0 {
		r.Full = instrument.Full()
	}
	if err := files.read(fileDossiers, func(in io.Reader) (err error) { r.Parts, err = readDossiersCSV(in); return err }); err != nil {
		return nil, fmt.Errorf("%s: %w", fileDossiers, err)
	}
	if r.Answers() != m.Answers {
		return nil, fmt.Errorf("%s có %d phiếu, danh mục ghi %d / the manifest has another number of answers", fileAnswers, r.Answers(), m.Answers)
	}
	if n := people(r.Criteria); n != m.Criteria {
		return nil, fmt.Errorf("%s có %d phiếu, danh mục ghi %d / the manifest has another number of answers", fileCriteria, n, m.Criteria)
	}
	if again, err := dossiersCSV(r); err != nil || !files.holds(packFile{name: fileDossiers, data: again}) {
		return nil, fmt.Errorf("%s không đúng dạng / is not written as it should be", fileDossiers)
	}
	return r, nil
}

func valid(d server.Day) bool {
	_, err := server.ParseDay(string(d))
	return err == nil
}

// checkReport holds the report against the manifest.
func checkReport(m *Manifest, rep *server.PeriodReport) error {
	if rep == nil {
		return nil
	}
	f := rep.Figures
	closed := rep.Closed != nil
	if rep.Period.ID != m.Period || f.Period != m.Period || f.From != m.From || f.To != m.To || f.Survey != m.Survey || closed != m.Closed || rep.Profile.Full != m.Office || rep.Profile.Unit != m.Unit ||
		closed && (rep.Closed.From != m.From || rep.Closed.To != m.To || rep.Closed.Period != m.Period || rep.Closed.Unit != m.Unit) {
		return errors.New(fileReport + " không khớp danh mục / does not match the manifest")
	}
	late, overdue := int64(0), int64(0)
	for _, g := range f.Late {
		late, overdue = late+g.Late, overdue+g.Overdue
	}
	if c := f.Total.OnTime.DossierCounts; late != c.Late || overdue != c.OpenOverdue {
		return fmt.Errorf("danh sách quá hạn có %d + %d hồ sơ, bộ đếm có %d + %d / the late list and the counters differ", late, overdue, c.Late, c.OpenOverdue)
	}
	if len(f.LateStages) > 0 { // older figures have none
		for _, g := range f.LateStages {
			late -= g.Dossiers
		}
		if late+overdue != 0 {
			return errors.New("hồ sơ quá hạn theo giai đoạn không bằng tổng / the late dossiers by stage do not add up")
		}
	}
	return nil
}

// recompute makes everything that follows from the answers and counters anew and
// compares it figure by figure.
func (v *Verification) recompute(m *Manifest, rep *server.PeriodReport, r *server.Review, files *openedPack) error {
	if err := r.CheckComplete(rep.Figures); err != nil {
		return err
	}
	fresh := *rep
	fresh.Figures = r.Recomputed(rep.Figures)
	made, err := computed(m, &fresh, r)
	if err != nil {
		return err
	}
	now, err := json.Marshal(fresh.Figures)
	if err != nil {
		return fmt.Errorf("encoding the figures: %w", err)
	}
	then, err := json.Marshal(rep.Figures)
	if err != nil {
		return fmt.Errorf("encoding the figures: %w", err)
	}
	for _, f := range append(made, packFile{name: fileReport, data: now}) {
		printed := files.data[f.name]
		if f.name == fileReport {
			printed = then
		}
		out, err := compareFile(m, f, printed)
		if err != nil {
			return fmt.Errorf("%s: %w", f.name, err)
		}
		v.Files = append(v.Files, out)
	}
	return nil
}

// compareFile compares a file with the one that was made anew.
func compareFile(m *Manifest, fresh packFile, printed []byte) (PackFigures, error) {
	if path.Ext(fresh.name) == ".pdf" && m.Arch != runtime.GOARCH {
		return PackFigures{File: fresh.name, Differ: []Difference{}}, nil // its pictures may be other bytes
	}
	same := sameFigure(m.Arch)
	read := figuresIn(fresh.name)
	computed, err := read(fresh.data)
	if err != nil {
		return PackFigures{}, err
	}
	out := PackFigures{File: fresh.name, Differ: []Difference{}}
	if bytes.Equal(fresh.data, printed) {
		out.Agree = len(computed)
		return out, nil
	}
	found, err := read(printed)
	if err != nil {
		out.Differ = append(out.Differ, Difference{Where: fresh.name, Printed: "không đọc được / cannot be read"})
	}
	all := maps.Clone(computed)
	maps.Copy(all, found)
	for _, where := range slices.Sorted(maps.Keys(all)) {
		p, inFile := found[where]
		c, due := computed[where]
		if inFile && due && same(p, c) {
			out.Agree++
		} else {
			out.Differ = append(out.Differ, Difference{where, p, c})
		}
	}
	if len(out.Differ) == 0 && m.Arch == runtime.GOARCH && !bytes.Equal(fresh.data, printed) {
		out.Differ = append(out.Differ, Difference{Where: "khác ở chỗ không phải số liệu / differs beside the figures"})
	}
	return out, nil
}

// sameFigure compares two figures. On the kind of processor on which the pack
// was made they must be the same to the last digit. Others round intermediate
// results in other ways, so there fractions may differ after the ninth digit.
func sameFigure(arch string) func(a, b string) bool {
	return func(a, b string) bool {
		if a == b {
			return true
		}
		x, err1 := strconv.ParseFloat(a, 64)
		y, err2 := strconv.ParseFloat(b, 64)
		return arch != runtime.GOARCH && err1 == nil && err2 == nil && math.Abs(x-y) <= 1e-9*math.Max(math.Abs(x), math.Abs(y)) && x != math.Trunc(x)
	}
}
