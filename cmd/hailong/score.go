package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"hailong/scoring"
	"hailong/scoring/instrument"
	"hailong/scoring/survey"
)

type scoreCmd struct {
	Answers    string   `arg:"" name:"answers.csv" help:"Tệp câu trả lời, “-” là đầu vào chuẩn. / Answers file, - is standard input."`
	Survey     string   `required:"" placeholder:"SURVEY.yaml" help:"Tệp bộ câu hỏi, hoặc sipas-short, sipas-19. / Survey file, or the id of an embedded one."`
	Target     *float64 `placeholder:"0.9" help:"Mục tiêu, thay cho mục tiêu của bộ câu hỏi. / Target, instead of the survey's."`
	Weight     string   `placeholder:"COL" help:"Cột trọng số. / Column of weights."`
	Stratum    string   `placeholder:"COL" help:"Cột tầng. / Column of strata."`
	Population string   `placeholder:"POP.csv" help:"Số hồ sơ mỗi tầng: stratum,count. / Dossiers per stratum."`
	Group      string   `placeholder:"COL" help:"Cột nhóm để so sánh. / Column of groups to compare."`
	Period     string   `placeholder:"COL" help:"Cột kỳ (ngày, tháng, quý). / Column of periods."`
	JSON       bool     `name:"json" help:"Một tài liệu JSON. / One JSON document."`
	Lang       string   `enum:"vi,en" default:"vi" help:"vi, en"`
}

func (c *scoreCmd) Run(e *env) error {
	target := 0.0 // the survey's
	if c.Target != nil {
		if target = *c.Target; !(target > 0 && target <= 1) { // NaN is neither
			return fmt.Errorf("%w: --target: mục tiêu phải lớn hơn 0 và không quá 1 / a target is above 0 and at most 1", errUsage)
		}
	}
	if c.Population != "" && c.Stratum == "" {
		return fmt.Errorf("%w: --population cần --stratum / --population needs --stratum", errUsage)
	}
	sv, err := c.survey()
	if err != nil {
		return c.say(err)
	}
	file, err := c.read(e.stdin, sv)
	if err != nil {
		return c.say(err)
	}
	doc, err := file.Document(scoring.Options{Target: target, Closed: true, Polychoric: true, Lang: c.Lang})
	if err != nil {
		return c.say(err)
	}
	if c.JSON {
		enc := json.NewEncoder(e.stdout)
		enc.SetIndent("", "  ")
		enc.SetEscapeHTML(false)
		err = enc.Encode(doc)
	} else {
		err = printScore(e.stdout, sv, doc, c.Lang)
	}
	if err != nil {
		return fmt.Errorf("writing: %w", err)
	}
	return reportRejected(e.stderr, doc, c.Lang)
}

func (c *scoreCmd) survey() (*survey.Survey, error) {
	if sv, ok := instrument.ByID(c.Survey); ok {
		return sv, nil
	}
	data, err := os.ReadFile(c.Survey)
	if err != nil {
		return nil, err
	}
	return instrument.Parse(filepath.Base(c.Survey), data)
}

func (c *scoreCmd) read(stdin io.Reader, sv *survey.Survey) (*scoring.AnswersFile, error) {
	in := stdin
	if c.Answers != "-" {
		f, err := os.Open(c.Answers)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		in = f
	}
	file, err := scoring.ReadAnswers(in, sv, scoring.FileColumns{
		Weight: c.Weight, Stratum: c.Stratum, Group: c.Group, Period: c.Period,
	})
	if err != nil || c.Population == "" {
		return file, err
	}
	p, err := os.Open(c.Population)
	if err != nil {
		return nil, err
	}
	defer p.Close()
	file.Population, err = scoring.ReadPopulation(p)
	return file, err
}

// spoken is an error in the language that was asked for.
type spoken struct {
	text string
	err  error
}

func (s spoken) Error() string { return s.text }
func (s spoken) Unwrap() error { return s.err }

func (c *scoreCmd) say(err error) error {
	var file *scoring.FileError
	if errors.As(err, &file) {
		return spoken{file.Text.In(c.Lang), err}
	}
	var sv *instrument.Error
	if errors.As(err, &sv) {
		return spoken{sv.In(c.Lang), err}
	}
	return err
}

// maxReported is the number of rejections printed; JSON has more.
const maxReported = 20

func reportRejected(w io.Writer, d *scoring.Document, lang string) error {
	if d.RejectedCount == 0 {
		return nil
	}
	row, column, more := "dòng", "cột", "… và %s chỗ khác\n"
	if lang == "en" {
		row, column, more = "row", "column", "… and %s more\n"
	}
	for _, r := range d.Rejected[:min(len(d.Rejected), maxReported)] {
		place := fmt.Sprintf("%s %d", row, r.Row)
		if r.Column != "" {
			place += fmt.Sprintf(", %s %s", column, r.Column)
		}
		fmt.Fprintf(w, "%s: %q: %s\n", place, r.Value, r.Reason)
	}
	if rest := d.RejectedCount - int64(min(len(d.Rejected), maxReported)); rest > 0 {
		fmt.Fprintf(w, more, scoring.CountText(rest, lang))
	}
	return errRejected
}
