package web

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"hailong/server"
	"hailong/server/importer"
	"hailong/server/report"
)

// maxPaperSheet is the largest sheet of filled forms taken, in bytes: several
// times what importer takes of rows.
const maxPaperSheet = 4 << 20

// paperTemplate hands out the empty sheet.
func (s *Site) paperTemplate(c *gin.Context) error {
	var b bytes.Buffer
	if err := report.PaperTemplateXLSX(&b); err != nil {
		return fmt.Errorf("making the template: %w", err)
	}
	c.Header("Content-Disposition", `attachment; filename="mau-nhap-phieu.xlsx"`)
	c.Data(http.StatusOK, mimeXLSX, b.Bytes())
	return nil
}

// importPaper takes a filled sheet as one keying of its forms.
func (s *Site) importPaper(c *gin.Context) error {
	u, err := s.staff.who(c)
	if err != nil {
		return err
	}
	d := paperData{frame: s.frame(u, "paper", "Nhập phiếu giấy"), Day: string(s.svc.Today())}
	up, err := readSheet(c)
	if err != nil {
		return err
	}
	if len(up.data) == 0 {
		d.SheetProblem = "Chưa chọn tệp."
		return s.showPaper(c, http.StatusUnprocessableEntity, d)
	}
	ctx := c.Request.Context()
	rep, err := importer.ImportPaper(ctx, s.svc, up.name, bytes.NewReader(up.data), int64(len(up.data)), importer.PaperOptions{Person: u.Name, Checked: up.checked})
	var fault *importer.FileError
	if errors.As(err, &fault) {
		d.SheetProblem = "Không nhận được tệp: " + fault.VI + "."
		return s.showPaper(c, http.StatusUnprocessableEntity, d)
	}
	if rep.Rows > 0 {
		what := fmt.Sprintf("%d rows: %d new, %d already, %d waiting, %d rejected", rep.Rows, rep.New, rep.Already, rep.Waiting, len(rep.Rejected))
		if up.checked {
			what += ", checked against the paper"
		}
		// What was entered is told even where the import ended early.
		if auditErr := s.svc.Audit(ctx, u.Name, "import_paper", what); auditErr != nil {
			err = errors.Join(err, fmt.Errorf("writing the audit: %w", auditErr))
		}
	}
	if err != nil {
		return fmt.Errorf("importing paper forms: %w", err)
	}
	d.Sheet = &rep
	return s.showPaper(c, http.StatusOK, d)
}

// A sheetUpload is a sheet as a page sent it.
type sheetUpload struct {
	name    string // of the file, without folders
	data    []byte
	checked bool
}

// readSheet reads the form with the sheet. What is no such form is
// server.ErrInvalid, what is too large errTooLarge.
func readSheet(c *gin.Context) (sheetUpload, error) {
	var up sheetUpload
	body, err := readBody(c, maxPaperSheet)
	if err != nil {
		return up, err
	}
	kind, params, err := mime.ParseMediaType(c.GetHeader("Content-Type"))
	if err != nil || kind != "multipart/form-data" {
		return up, fmt.Errorf("%w: not a form with a file", server.ErrInvalid)
	}
	r := multipart.NewReader(bytes.NewReader(body), params["boundary"])
	for {
		part, err := r.NextPart()
		if errors.Is(err, io.EOF) {
			return up, nil
		}
		if err != nil {
			return up, fmt.Errorf("%w: a form that does not parse", server.ErrInvalid)
		}
		data, err := io.ReadAll(part) // the body is in memory and limited
		if err != nil {
			return up, fmt.Errorf("%w: a form that does not parse", server.ErrInvalid)
		}
		switch part.FormName() {
		case "sheet":
			up.data = data
			up.name = path.Base(strings.ReplaceAll(part.FileName(), `\`, "/"))
			if !utf8.ValidString(up.name) {
				up.name = "bang-tinh.xlsx"
			}
		case "checked":
			up.checked = string(data) != ""
		}
	}
}
