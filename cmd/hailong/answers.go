package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"hailong/server"
	"hailong/server/report"
	"hailong/server/web"
)

type answersCmd struct {
	Export answersExportCmd `cmd:"" help:"Xuất câu trả lời đã ẩn danh của một kỳ thành CSV. / Export the anonymised answers of a period as CSV."`
	Import answersImportCmd `cmd:"" help:"Nhập tệp cứu hộ của ki-ốt mất mạng lâu ngày. / Import the rescue file of a kiosk that had no line."`
}

type answersExportCmd struct {
	periodFile
	Criteria bool `help:"Câu trả lời theo 19 tiêu chí thay cho phiếu ngắn / the answers to the 19 criteria in place of the short form's"`
}

// Help is what `hailong answers export --help` adds.
func (c *answersExportCmd) Help() string {
	return `Đúng những dòng có trong gói thẩm định: lĩnh vực và các mức đã chọn, không ngày, không quầy, không góp ý; lĩnh vực quá ít phiếu được gộp. ` +
		`Tính lại bằng hailong score. / The rows of the review pack: field and levels, no day, counter or comment; fields with few answers are pooled.`
}

// Run exports the answers of a period that is over or closed.
func (c *answersExportCmd) Run(e *env) error {
	var n int64
	err := c.write(e, "export_answers", c.Period, func(w io.Writer, svc *server.Service, p server.Period) (err error) {
		n, err = report.WriteAnswers(e.ctx, w, svc, p, c.Criteria)
		return err
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(e.stderr, "%s: %d câu trả lời / answers\n", c.Out, n)
	return nil
}

type answersImportCmd struct {
	storeFlags
	File    string `arg:"" help:"Tệp JSON do ki-ốt xuất, hoặc văn bản quét từ các mã QR của ki-ốt; - là đầu vào chuẩn / JSON file exported by a kiosk, or the texts scanned from its QR codes; - is standard input"`
	Device  string `placeholder:"ID" help:"Mã ki-ốt ở trang Thiết bị: lấy quầy và độ lệch giờ của máy / the kiosk's id on the page /thiet-bi: its counter and clock skew"`
	Counter string `help:"Quầy của câu trả lời không có phiếu, khi không biết mã ki-ốt / the counter of answers without a slip, where the id is not known"`
	Lang    string `default:"vi" enum:"vi,en" help:"Ngôn ngữ của lý do: vi, en / language of reasons"`
	JSON    bool   `name:"json" help:"Một tài liệu JSON / one JSON document"`
}

// Help is what `hailong answers import --help` adds.
func (c *answersImportCmd) Help() string {
	return `Nhập lại cùng một tệp, hoặc ki-ốt gửi lại sau đó, không lưu câu trả lời nào hai lần. ` +
		`Mã thoát: 0 xong, 1 lỗi, 2 sai cách dùng, 3 xong nhưng có câu trả lời bị từ chối. / ` +
		`The same file again, or the kiosk sending later, stores no answer twice. ` +
		`Exit codes: 0 done, 1 failed, 2 wrong usage, 3 done but some answers were rejected.`
}

func (c *answersImportCmd) Run(e *env) error {
	if c.Device != "" && c.Counter != "" {
		return fmt.Errorf("%w: chỉ một trong hai: --device, --counter / either --device or --counter", errUsage)
	}
	in := e.stdin
	if c.File != "-" {
		f, err := os.Open(c.File)
		if err != nil {
			return fmt.Errorf("không mở được tệp / opening the file: %w", err)
		}
		defer f.Close() // only read
		in = f
	}
	svc, err := c.open(e.ctx)
	if err != nil {
		return err
	}
	defer svc.Store.Close()
	device := server.Device{Counter: c.Counter}
	if c.Device != "" {
		if device, err = svc.Device(e.ctx, c.Device); err != nil {
			return fmt.Errorf("%w: --device: không có ki-ốt này / no such kiosk: %w", errUsage, err)
		}
	}
	// What was stored is told even where the import ended early.
	rescue, importErr := web.ImportAnswers(e.ctx, svc, device, in, c.Lang)
	if rescue.Records > 0 {
		if err := svc.Audit(e.ctx, "cli", "import_answers", fmt.Sprintf("%d records, %d stored", rescue.Records, rescue.Stored)); err != nil {
			return errors.Join(importErr, fmt.Errorf("writing the audit: %w", err))
		}
	}
	if err := c.print(e.stdout, rescue); err != nil {
		return errors.Join(importErr, err)
	}
	if importErr != nil {
		return fmt.Errorf("nhập câu trả lời / importing answers: %w", importErr)
	}
	if len(rescue.Rejected) > 0 {
		return errRejected
	}
	return nil
}

func (c *answersImportCmd) print(w io.Writer, r web.Rescue) error {
	if c.JSON {
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		return enc.Encode(r)
	}
	format, record := "%d câu trả lời: %d mới, %d đã có, %d bị từ chối\n", "  câu thứ %d (%s): %s\n"
	if c.Lang == "en" {
		format, record = "%d answers: %d new, %d already there, %d rejected\n", "  record %d (%s): %s\n"
	}
	if _, err := fmt.Fprintf(w, format, r.Records, r.Stored, r.Already, len(r.Rejected)); err != nil {
		return err
	}
	for _, p := range r.Rejected {
		if _, err := fmt.Fprintf(w, record, p.Record, p.ID, p.Detail); err != nil {
			return err
		}
	}
	return nil
}
