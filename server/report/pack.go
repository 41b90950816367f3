package report

import (
	"archive/zip"
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"path"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/klauspost/compress/flate"

	"hailong/scoring/instrument"
	"hailong/server"
	"hailong/server/ledger"
)

// PackSchema names the layout of a review pack.
const PackSchema = "hailong-pack/3"

// The files of a review pack. Those up to the survey are what the pack says; the
// others are what it can be checked with. The papers are named by their format.
const (
	fileMethod     = "phuong-phap.txt"
	fileIndex      = "index.json"
	fileFields     = "index-by-field.json"
	fileReport     = "so-lieu.json"
	filePaper      = "bao-cao." // and the format: docx, pdf, xlsx, csv, json
	fileDictionary = "tu-dien.csv"
	fileAnswers    = "answers.csv"
	fileDossiers   = "dossiers.csv"
	fileSurvey     = "survey.yaml"
	fileCriteria   = "criteria.csv"
	fileFull       = "survey-full.yaml"
	fileLedger     = "so-kiem-chung.txt"
	fileCheckpoint = "checkpoint.txt"
	fileManifest   = "manifest.json"
	fileSignature  = "manifest.sig"
)

// A Manifest lists what is in a pack and how it was made.
type Manifest struct {
	Schema string     `json:"schema"`
	Unit   string     `json:"unit"`
	Office string     `json:"office"`
	Period string     `json:"period"`
	Label  string     `json:"label"`
	From   server.Day `json:"from"`
	To     server.Day `json:"to"`
	Made   server.Day `json:"made"`
	// Closed says that the figures are those that were frozen.
	Closed bool `json:"closed"`
	// Demo marks simulated answers.
	Demo   bool   `json:"demo"`
	Survey string `json:"survey"`
	// Target is the unit's own share to reach; 0 is the survey's.
	Target float64 `json:"target,omitempty"`
	// OnTimeTarget is the share that must be exceeded.
	OnTimeTarget float64 `json:"on_time_target"`
	// Withheld says that too few answered for anything to be told of them.
	Withheld bool             `json:"withheld"`
	Answers  int64            `json:"answers"`            // rows of answers.csv
	Criteria int64            `json:"criteria,omitempty"` // rows of criteria.csv
	Others   map[string]int64 `json:"other_surveys,omitempty"`
	// Quarantined answers are in the ledger and, by a decision that two people
	// signed, in no figure.
	Quarantined       int64 `json:"quarantined,omitempty"`
	QuarantinedOthers int64 `json:"quarantined_others,omitempty"` // to other instruments
	// Arch is the processor's family: on another one the last digits of a
	// figure may differ.
	Arch string `json:"arch"`
	// Digest is over the names and hashes of the files that the pack says
	// something in; the ledger has a line for it.
	Digest string `json:"digest"`
	// Key is the public key of the unit's ledger.
	Key   string         `json:"key"`
	Files []ManifestFile `json:"files"`
}

// A ManifestFile is a file of the pack.
type ManifestFile struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// A packFile is a file in the making.
type packFile struct {
	name string
	data []byte
	long io.WriterTo // in place of data, where not nil: written twice, and not held in memory
}

// WriteTo writes the file.
func (f packFile) WriteTo(w io.Writer) (int64, error) {
	if f.long != nil {
		return f.long.WriteTo(w)
	}
	n, err := w.Write(f.data)
	return int64(n), err
}

// sum is the file's entry in the manifest.
func (f packFile) sum() (ManifestFile, error) {
	h := sha256.New()
	n, err := f.WriteTo(h)
	return ManifestFile{f.name, n, hex.EncodeToString(h.Sum(nil))}, err
}

// WritePack writes the review pack (gói thẩm định) of a period: the report in all
// its forms, the answers and counters its figures follow from, as far as these may
// leave the house (see server.PackReport), and the ledger with its signed head. A
// line for the pack is added to the ledger, once. The same store on the same day
// gives the same bytes, as long as the ledger does not grow.
func WritePack(ctx context.Context, w io.Writer, svc *server.Service, p server.Period, demo bool) error {
	rep, r, err := settled(ctx, svc, p)
	if err != nil {
		return err
	}
	key, err := svc.LedgerKey()
	if err != nil {
		return err
	}
	m := &Manifest{
		Schema: PackSchema, Unit: r.Unit, Office: rep.Profile.Full, Period: p.ID, Label: periodLabel(p.ID), From: r.Period.From, To: r.Period.To, Made: svc.Today(),
		Closed: rep.Closed != nil, Demo: demo, Survey: r.Survey.ID, OnTimeTarget: r.OnTimeTarget, Withheld: r.Withheld, Answers: r.Answers(), Criteria: people(r.Criteria), Others: r.Others, Quarantined: r.Quarantined, QuarantinedOthers: r.QuarantinedOthers,
		Arch: runtime.GOARCH, Key: key.Public(),
	}
	if plain, ok := instrument.ByID(r.Survey.ID); ok && plain.Target != r.Survey.Target {
		m.Target = r.Survey.Target
	}
	files, err := contents(m, rep, r)
	if err != nil {
		return err
	}
	for _, f := range files {
		sum, err := f.sum()
		if err != nil {
			return err
		}
		m.Files = append(m.Files, sum)
	}
	record := ledger.Record{Kind: ledger.Pack, Subject: p.ID, Hash: digest(m.Files)}
	m.Digest = hex.EncodeToString(record.Hash[:])
	book, checkpoint, err := svc.Record(ctx, record)
	if err != nil {
		return fmt.Errorf("entering the pack in the ledger: %w", err)
	}
	for _, f := range []packFile{{name: fileLedger, long: book}, {name: fileCheckpoint, data: checkpoint}} {
		sum, err := f.sum()
		if err != nil {
			return err
		}
		files, m.Files = append(files, f), append(m.Files, sum)
	}
	data, err := indented(m)
	if err != nil {
		return err
	}
	signature, err := key.Sign(signedText(m.Period, data))
	if err != nil {
		return err
	}
	return writeZip(w, append(files, packFile{name: fileManifest, data: data}, packFile{name: fileSignature, data: signature}), m.Made.Time())
}

// settled reads a period until its figures, its answers and the ledger agree.
func settled(ctx context.Context, svc *server.Service, p server.Period) (*server.PeriodReport, *server.Review, error) {
	for try := 1; ; try++ {
		if _, err := svc.Sequence(ctx); err != nil {
			return nil, nil, fmt.Errorf("entering answers in the ledger: %w", err)
		}
		rep, r, err := svc.PackReport(ctx, p)
		if err != nil || rep.Closed != nil || r.Withheld {
			return rep, r, err
		}
		book, _, err := svc.Ledger(ctx)
		if err != nil {
			return nil, nil, err
		}
		lines := answerLines(book, r.Period)
		if (lines == told(r) || !wholeMonths(r.Period)) && rep.Figures.Answers == r.Answers() {
			return rep, r, nil
		}
		if try == 3 { // more than an answer that came between two readings
			return nil, nil, fmt.Errorf("%w: sổ kiểm chứng có %d phiếu trong kỳ, kho có %d; hãy chạy hailong recount / the ledger and the store differ, run hailong recount", ledger.ErrLedger, lines, told(r))
		}
	}
}

// wholeMonths reports whether a period's days are those of its months, which is
// how the ledger counts.
func wholeMonths(p server.Period) bool {
	return p.From.Month() != p.From.Add(-1).Month() && p.To.Month() != p.To.Add(1).Month()
}

// contents makes the files that the pack says something in.
func contents(m *Manifest, rep *server.PeriodReport, r *server.Review) ([]packFile, error) {
	source, ok := instrument.Source(r.Survey.ID)
	if !ok {
		return nil, fmt.Errorf("%w: the survey %q has no file", server.ErrInvalid, r.Survey.ID)
	}
	full, _ := instrument.Source(instrument.FullID)
	data, err := packReportOf(rep)
	if err != nil {
		return nil, err
	}
	files, err := computed(m, rep, r)
	if err != nil {
		return nil, err
	}
	dossiers, err := dossiersCSV(r)
	if err != nil {
		return nil, err
	}
	return append(files, packFile{name: fileReport, data: data}, packFile{name: fileAnswers, long: answersOf(r)}, packFile{name: fileDossiers, data: dossiers}, packFile{name: fileSurvey, data: source},
		packFile{name: fileCriteria, long: criteriaTableOf(r)}, packFile{name: fileFull, data: full}), nil
}

// computed makes the files that follow from others: from the review, from what
// the report says besides figures, and from what the manifest says of the pack.
// Whoever has these can make them again.
func computed(m *Manifest, rep *server.PeriodReport, r *server.Review) ([]packFile, error) {
	k := r.Reckon(server.Easy)
	index, err := indented(k.Whole)
	if err != nil {
		return nil, err
	}
	fields, err := indented(k.Fields)
	if err != nil {
		return nil, err
	}
	dictionary, err := dictionaryCSV(r.Survey)
	if err != nil {
		return nil, err
	}
	out := []packFile{{name: fileMethod, data: []byte(methodText(m))}, {name: fileIndex, data: index}, {name: fileFields, data: fields}}
	o, err := newOfficial(rep, m.Demo, true) // once for two papers
	if err != nil {
		return nil, err
	}
	for _, f := range Formats() {
		var b bytes.Buffer
		switch f.Name {
		case "zip":
			continue
		case "docx":
			err = writeDOCX(&b, o)
		case "pdf":
			err = writePDF(&b, o)
		default:
			err = f.Write(&b, rep, m.Demo)
		}
		if err != nil {
			return nil, err
		}
		out = append(out, packFile{name: filePaper + f.Name, data: b.Bytes()})
	}
	return append(out, packFile{name: fileDictionary, data: dictionary}), nil
}

// indented is JSON as the commands print it.
func indented(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("encoding the pack: %w", err)
	}
	return b.Bytes(), nil
}

// digest is over names and hashes, in the order of the names.
func digest(files []ManifestFile) [sha256.Size]byte {
	files = slices.Clone(files)
	slices.SortFunc(files, func(a, b ManifestFile) int { return strings.Compare(a.Name, b.Name) })
	h := sha256.New()
	for _, f := range files {
		fmt.Fprintf(h, "%s  %s\n", f.SHA256, f.Name)
	}
	return [sha256.Size]byte(h.Sum(nil))
}

// signedText is what the signature of a pack covers.
func signedText(period string, manifest []byte) string {
	return fmt.Sprintf("%s\n%s\n%x\n", PackSchema, period, sha256.Sum256(manifest))
}

func writeZip(w io.Writer, files []packFile, made time.Time) error {
	z := zip.NewWriter(w)
	// The ledger is hashes, which no effort makes smaller.
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestSpeed) })
	for _, f := range files {
		h := &zip.FileHeader{Name: f.name, Method: zip.Deflate, Modified: made}
		switch path.Ext(f.name) {
		case ".xlsx", ".docx", ".pdf":
			h.Method = zip.Store // they are compressed
		}
		out, err := z.CreateHeader(h)
		if err != nil {
			return fmt.Errorf("writing the pack: %w", err)
		}
		if _, err := f.WriteTo(out); err != nil {
			return fmt.Errorf("writing the pack: %w", err)
		}
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("writing the pack: %w", err)
	}
	return nil
}

// periodLabel is a period as people call it.
func periodLabel(id string) string {
	year, part, _ := strings.Cut(id, "-")
	if name, ok := map[string]string{"Q1": "Quý I", "Q2": "Quý II", "Q3": "Quý III", "Q4": "Quý IV"}[part]; ok {
		return name + "/" + year
	}
	return cmp.Or(map[string]string{"H1": "6 tháng đầu năm "}[part], "Năm ") + year
}

// people is the number of people in rows.
func people(rows []server.ReviewRow) (n int64) {
	for _, row := range rows {
		n += row.N
	}
	return n
}

// told is the number of answers that a review tells of, be it that they are
// quarantined.
func told(r *server.Review) int64 {
	n := r.Answers() + r.Quarantined + r.QuarantinedOthers
	for _, k := range r.Others {
		n += k
	}
	return n
}

// answerLines is the number of answers that a ledger has of a period, without
// those that were erased, changed or withdrawn.
func answerLines(b *ledger.Book, p server.Period) int64 {
	return countLines(b, p, ledger.Answer) - countLines(b, p, ledger.Erased, ledger.Changed, ledger.Withdrawn)
}

func countLines(b *ledger.Book, p server.Period, kinds ...ledger.Kind) (n int64) {
	for _, r := range b.Records() {
		if slices.Contains(kinds, r.Kind) && p.From.Month() <= r.Subject && r.Subject <= p.To.Month() {
			n++
		}
	}
	return n
}
