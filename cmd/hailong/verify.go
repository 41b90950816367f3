package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"hailong/server/report"
)

type verifyCmd struct {
	Pack  string   `arg:"" name:"pack.zip" help:"Gói thẩm định. / Review pack."`
	Key   string   `placeholder:"KEY" help:"Khóa công khai của đơn vị, đăng tại /so-kiem-chung / the unit's public key, shown at /so-kiem-chung"`
	Since []string `placeholder:"FILE" sep:"none" help:"Gói cũ (.zip) hoặc điểm kiểm chứng đã giữ; sổ phải nối tiếp từ đó. Lặp lại được. / an earlier pack or checkpoint that was kept; the ledger must go on from there"`
	JSON  bool     `name:"json" help:"Một tài liệu JSON / one JSON document"`
}

// maxCheckpoint is more than a signed checkpoint has, in bytes.
const maxCheckpoint = 4096

// Run checks a pack. Exit code 1 says that something differs.
func (c *verifyCmd) Run(e *env) error {
	want := report.Expectations{Key: c.Key}
	for _, path := range c.Since {
		head, err := keptHead(path)
		if err != nil {
			return err
		}
		want.Heads = append(want.Heads, head)
	}
	var v *report.Verification
	err := withFile(c.Pack, func(f *os.File, size int64) (err error) {
		v, err = report.VerifyPack(f, size, want)
		return err
	})
	if err != nil {
		return fmt.Errorf("%s: %w", c.Pack, err)
	}
	if c.JSON {
		enc := json.NewEncoder(e.stdout)
		enc.SetIndent("", "  ")
		err = enc.Encode(v)
	} else {
		err = printVerification(e.stdout, v)
	}
	if err != nil {
		return err
	}
	if !v.OK {
		return errors.New("gói không khớp / the pack does not hold")
	}
	return nil
}

func withFile(path string, use func(f *os.File, size int64) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	return use(f, info.Size())
}

// keptHead reads a signed checkpoint, or the one in an earlier pack.
func keptHead(path string) (head []byte, err error) {
	err = withFile(path, func(f *os.File, size int64) (err error) {
		if size <= maxCheckpoint {
			head, err = io.ReadAll(f)
		} else {
			head, err = report.PackHead(f, size)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("--since %s: %w", path, err)
	}
	return head, nil
}

// maxDifferences is the number of differing figures printed a file; JSON has all.
const maxDifferences = 20

func printVerification(w io.Writer, v *report.Verification) error {
	fmt.Fprintf(w, "Gói thẩm định %s, kỳ %s (%s – %s), lập ngày %s, %d phiếu.\n", v.Unit, v.Period, v.From.VI(), v.To.VI(), v.Made.VI(), v.Answers)
	if v.Demo {
		fmt.Fprintln(w, "DỮ LIỆU MẪU: câu trả lời được mô phỏng.")
	}
	if v.Withheld {
		fmt.Fprintln(w, "Quá ít phiếu: gói không nêu phiếu nào. / Too few answers: none is told.")
	}
	if v.Erased > 0 {
		fmt.Fprintf(w, "%d phiếu của kỳ đã xóa theo yêu cầu của người trả lời.\n", v.Erased)
	}
	if v.Changed+v.Withdrawn > 0 {
		fmt.Fprintf(w, "Người trả lời đã sửa %d lần, rút %d phiếu của kỳ; sổ có dòng cho từng lần.\n", v.Changed, v.Withdrawn)
	}
	fmt.Fprintln(w)
	for _, c := range v.Checks {
		if c.OK {
			fmt.Fprintf(w, "  đúng  %s\n", c.What)
		} else {
			fmt.Fprintf(w, "  SAI   %s:\n        %s\n", c.What, c.Why)
		}
	}
	fmt.Fprintln(w)
	for _, f := range v.Files {
		fmt.Fprintf(w, "  %-22s %6d khớp, %d khác\n", f.File, f.Agree, len(f.Differ))
		for _, d := range f.Differ[:min(len(f.Differ), maxDifferences)] {
			fmt.Fprintf(w, "      %s: trong gói %.80q, tính lại %.80q\n", d.Where, d.Printed, d.Computed)
		}
		if more := len(f.Differ) - maxDifferences; more > 0 {
			fmt.Fprintf(w, "      … và %d chỗ khác\n", more)
		}
	}
	fmt.Fprintln(w)
	if !v.Pinned {
		fmt.Fprintf(w, "Khóa công khai trong gói, hãy so với trang /so-kiem-chung của đơn vị (hoặc dùng --key):\n  %s\n", v.Key)
	}
	verdict := "KẾT LUẬN: KHỚP. / Everything agrees."
	if !v.OK {
		verdict = "KẾT LUẬN: KHÔNG KHỚP. / Something differs."
	}
	_, err := fmt.Fprintln(w, verdict)
	return err
}
