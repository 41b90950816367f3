package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"hailong/server/importer"
)

type paperCmd struct {
	Import paperImportCmd `cmd:"" help:"Nhập phiếu giấy 19 câu từ bảng tính theo mẫu ở /nhap-phieu. / Import filled paper forms from the template of /nhap-phieu."`
}

type paperImportCmd struct {
	storeFlags
	File    string `arg:"" help:"Tệp XLSX theo mẫu / XLSX file made from the template"`
	By      string `default:"cli" placeholder:"NAME" help:"Người đã điền bảng / who filled the sheet"`
	Checked bool   `help:"Đã đối chiếu với bản giấy: lưu ngay, không chờ nhập lần hai / compared with the paper: stored at once"`
	JSON    bool   `name:"json" help:"Một tài liệu JSON / one JSON document"`
}

// Help is what `hailong paper import --help` adds.
func (c *paperImportCmd) Help() string {
	return `Một bảng là một lần nhập: phiếu được lưu khi người khác nhập lại và hai lần khớp nhau. Cùng một bảng nhập lại không làm thay đổi gì. ` +
		`Mã thoát: 0 xong, 1 lỗi, 2 sai cách dùng, 3 xong nhưng có dòng bị từ chối. / ` +
		`A sheet is one keying: a form is stored when somebody else keys it alike. The same sheet again changes nothing. ` +
		`Exit codes: 0 done, 1 failed, 2 wrong usage, 3 done but some rows were rejected.`
}

func (c *paperImportCmd) Run(e *env) error {
	f, err := os.Open(c.File)
	if err != nil {
		return fmt.Errorf("không mở được tệp / opening the file: %w", err)
	}
	defer f.Close() // only read
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("không đọc được tệp / reading the file: %w", err)
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%w: %s không phải tệp thường / is not a regular file", errUsage, c.File)
	}
	svc, err := c.open(e.ctx)
	if err != nil {
		return err
	}
	defer svc.Store.Close()
	report, importErr := importer.ImportPaper(e.ctx, svc, c.File, f, info.Size(), importer.PaperOptions{Person: c.By, Checked: c.Checked})
	if importErr != nil {
		report.Error = importErr.Error()
	}
	// What was entered is told even where the import ended early.
	if report.Rows > 0 {
		what := fmt.Sprintf("%d rows: %d new, %d already, %d waiting, %d rejected", report.Rows, report.New, report.Already, report.Waiting, len(report.Rejected))
		if c.Checked {
			what += ", checked against the paper"
		}
		if err := svc.Audit(e.ctx, "cli", "import_paper", what); err != nil {
			importErr = errors.Join(importErr, fmt.Errorf("writing the audit: %w", err))
		}
	}
	if err := c.print(e.stdout, report); err != nil {
		return errors.Join(importErr, err)
	}
	if importErr != nil {
		return fmt.Errorf("nhập phiếu giấy / importing paper forms: %w", importErr)
	}
	if len(report.Rejected) > 0 {
		return errRejected
	}
	return nil
}

func (c *paperImportCmd) print(w io.Writer, r importer.PaperReport) error {
	if c.JSON {
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		return enc.Encode(r)
	}
	if r.Error != "" && r.Rows == 0 {
		return nil // told on the other stream
	}
	if _, err := fmt.Fprintf(w, "%s\n  %d phiếu: %d đã lưu, %d đã lưu trước đó, %d chờ nhập lần hai, %d bị từ chối\n", r.File, r.Rows, r.New, r.Already, r.Waiting, len(r.Rejected)); err != nil {
		return err
	}
	for _, x := range r.Rejected {
		if _, err := fmt.Fprintf(w, "  Từ chối, dòng %d, cột “%s”, giá trị “%s”: %s\n", x.Row, x.Column, x.Value, x.Reason); err != nil {
			return err
		}
	}
	return nil
}
