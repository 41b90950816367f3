package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"hailong/server"
	"hailong/server/importer"
)

type importCmd struct {
	storeFlags
	Files []string `arg:"" name:"file" help:"Tệp XLSX hoặc CSV / XLSX or CSV files"`
	Map   string   `placeholder:"MAP.yaml" help:"Tệp khai báo tên cột, trạng thái, hình thức nộp / what columns, statuses and channels are called"`
	Lang  string   `default:"vi" enum:"vi,en" help:"Ngôn ngữ của lý do: vi, en / language of reasons"`
	JSON  bool     `name:"json" help:"Một tài liệu JSON (mảng nếu có nhiều tệp) / one JSON document (an array for several files)"`
}

// Help is what `hailong import --help` adds.
func (c *importCmd) Help() string {
	return `Dòng tiêu đề được tìm theo tên cột trong 30 dòng đầu; cần có số hồ sơ, ngày tiếp nhận và trạng thái. ` +
		`Họ tên, điện thoại, địa chỉ không được đọc. Nhập lại cùng một tệp không làm thay đổi gì. ` +
		`Mã thoát: 0 xong, 1 lỗi, 2 sai cách dùng, 3 xong nhưng có dòng bị từ chối. / ` +
		`The header is found by its wording in the first 30 rows; code, day of receipt and status are needed. ` +
		`Names, telephones and addresses are never read. The same file again changes nothing. ` +
		`Exit codes: 0 done, 1 failed, 2 wrong usage, 3 done but some rows were rejected.`
}

// Run imports the files one after the other. A file that cannot be read leaves
// the store as it was and does not keep the others from being imported.
func (c *importCmd) Run(e *env) error {
	opt := importer.Options{Lang: importer.Lang(c.Lang)}
	if c.Map != "" {
		var err error
		if opt.Mapping, err = importer.ReadMapping(c.Map); err != nil {
			return fmt.Errorf("%w: --map: %w", errUsage, err)
		}
	}
	var svc *server.Service
	defer func() {
		if svc != nil {
			svc.Store.Close()
		}
	}()
	var reports []importer.Report
	var failed []error
	for _, path := range c.Files {
		// The store is opened once there is something good to put into it.
		report, err := c.importFile(e, path, opt, func() (*server.Service, error) {
			var err error
			if svc == nil {
				svc, err = c.open(e.ctx)
			}
			return svc, err
		})
		if err != nil {
			err = fmt.Errorf("%s: %w", path, c.inLang(err))
			report.Error = err.Error()
			failed = append(failed, err)
		}
		reports = append(reports, report)
	}
	if err := c.print(e.stdout, reports); err != nil {
		return err
	}
	if len(failed) > 0 {
		return errors.Join(failed...)
	}
	if slices.ContainsFunc(reports, func(r importer.Report) bool { return len(r.Rejected) > 0 }) {
		return errRejected
	}
	return nil
}

func (c *importCmd) importFile(e *env, path string, opt importer.Options, open func() (*server.Service, error)) (importer.Report, error) {
	none := importer.Report{File: path, Rejected: []importer.Rejection{}, Flagged: []importer.Note{},
		Repeated: []importer.Repeated{}, Missing: []importer.Column{}}
	f, err := importer.Open(path, opt)
	if err != nil {
		return none, err
	}
	defer f.Close() // only read
	p := newProgress(e.stderr, path)
	defer p.end()
	b, err := importer.ReadAll(e.ctx, path, f, p.reading)
	if err != nil {
		return none, err
	}
	defer b.Close() // a temporary file
	svc, err := open()
	if err != nil {
		return none, err
	}
	if err := b.Store(e.ctx, svc, p.storing); err != nil {
		return b.Report, err
	}
	r := b.Report
	return r, svc.Audit(e.ctx, "cli", "import", fmt.Sprintf("%d new, %d updated, %d unchanged, %d rejected", r.New, r.Updated, r.Unchanged, len(r.Rejected)))
}

// inLang tells a fault of a file in the language that was asked for only.
func (c *importCmd) inLang(err error) error {
	var fault *importer.FileError
	if errors.As(err, &fault) {
		return errors.New(fault.In(importer.Lang(c.Lang)))
	}
	return err
}

func (c *importCmd) print(w io.Writer, reports []importer.Report) error {
	if !c.JSON {
		for _, r := range reports {
			if r.Error == "" || r.Rows > 0 {
				printReport(w, r, c.Lang == "en")
			}
		}
		return nil
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if len(reports) == 1 {
		return enc.Encode(reports[0])
	}
	return enc.Encode(reports)
}

// printReport writes a report for people.
func printReport(w io.Writer, r importer.Report, english bool) {
	say := func(vi, en string, args ...any) {
		if english {
			vi = en
		}
		fmt.Fprintf(w, vi+"\n", args...)
	}
	fmt.Fprintln(w, r.File)
	say("  %d dòng: %d mới, %d cập nhật, %d không đổi, %d bị từ chối",
		"  %d rows: %d new, %d updated, %d unchanged, %d rejected", r.Rows, r.New, r.Updated, r.Unchanged, len(r.Rejected))
	if len(r.Missing) > 0 {
		names := make([]string, 0, len(r.Missing))
		for _, m := range r.Missing {
			names = append(names, importer.ColumnName(m))
		}
		say("  Tệp không có cột: %s", "  The file has no columns: %s", strings.Join(names, ", "))
	}
	if len(r.Repeated) > 0 {
		say("  %d dòng lặp lại số hồ sơ ở trên (dùng dòng cuối), dòng đầu tiên là %d", "  %d rows repeat a code from above (the last one is used), first on row %d", len(r.Repeated), r.Repeated[0].Row)
	}
	for _, n := range r.Flagged {
		say("  Lưu ý, dòng %d, cột “%s”: %s", "  Note, row %d, column “%s”: %s", n.Row, n.Column, n.Reason)
	}
	for _, x := range r.Rejected {
		say("  Từ chối, dòng %d, cột “%s”, giá trị “%s”: %s", "  Rejected, row %d, column “%s”, value “%s”: %s", x.Row, x.Column, x.Value, x.Reason)
	}
}

// A progress tells on stderr how far an import is: a bar on a terminal, else a
// line now and then.
type progress struct {
	w        io.Writer
	name     string
	terminal bool
	bar      *progressbar.ProgressBar // of the phase; nil where there is no terminal
	phase    string
	spoken   int // rows of the phase at which it last spoke
}

// every is after how many rows a line is due where there is no terminal.
const every = 20_000

func newProgress(w io.Writer, name string) *progress {
	f, ok := w.(*os.File)
	return &progress{w: w, name: name, terminal: ok && term.IsTerminal(int(f.Fd()))}
}

func (p *progress) reading(done, total int) { p.tell("Đọc / reading", done, total) }
func (p *progress) storing(done, total int) { p.tell("Lưu / storing", done, total) }

func (p *progress) tell(phase string, done, total int) {
	if p.phase != phase {
		p.end()
		p.phase, p.spoken = phase, 0
		if p.terminal {
			if total == 0 {
				total = -1 // not known
			}
			p.bar = progressbar.NewOptions(total, progressbar.OptionSetWriter(p.w), progressbar.OptionShowCount(),
				progressbar.OptionSetWidth(30), progressbar.OptionSetDescription(phase))
		}
	}
	switch {
	case p.bar != nil:
		_ = p.bar.Set(done) // a bar that cannot be drawn is no reason to stop
	case done-p.spoken >= every && total > 0:
		fmt.Fprintf(p.w, "%s: %s: %d/%d\n", p.name, phase, done, total)
		p.spoken = done
	case done-p.spoken >= every:
		fmt.Fprintf(p.w, "%s: %s: %d\n", p.name, phase, done)
		p.spoken = done
	}
}

// end takes the bar away.
func (p *progress) end() {
	if p.bar != nil {
		_ = p.bar.Clear() // see tell
		p.bar = nil
	}
}
