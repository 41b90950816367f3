package web

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"hailong/server"
)

// maxSpill is how much of a file that is too large is read and thrown away, so that
// the browser hears why instead of a connection that breaks.
const maxSpill = 64 << 20

// A fileRow is one file of evidence as the page of a case shows it.
type fileRow struct {
	ID, Name, Size, SHA256, Given, At, By string
	Removed                               bool
}

func newFileRow(f server.CaseFile) fileRow {
	return fileRow{ID: f.ID, Name: f.Name, Size: kindText(f.Kind) + ", " + sizeText(f.Size), SHA256: f.SHA256, Given: f.Given, At: f.At.In(server.Zone).Format("02/01/2006 15:04"), By: f.By, Removed: f.Removed}
}

func kindText(kind string) string {
	switch kind {
	case "image/jpeg":
		return "ảnh JPEG"
	case "image/png":
		return "ảnh PNG"
	}
	return "PDF"
}

// sizeText writes a number of bytes: 830 KB, 1,4 MB.
func sizeText(n int64) string {
	if n < 1<<20 {
		return countText(max(1, (n+512)/1024)) + " KB"
	}
	return strings.Replace(strconv.FormatFloat(float64(n)/(1<<20), 'f', 1, 64), ".", ",", 1) + " MB"
}

// An evidenceUpload is what the form for evidence sent.
type evidenceUpload struct {
	note, name string
	data       []byte
	chosen     bool // a file was chosen, be it empty
	large      bool
}

// readEvidence reads the form for evidence, piece by piece: what was typed comes
// before the file and is there even where the file is too large.
func readEvidence(c *gin.Context) (evidenceUpload, error) {
	var up evidenceUpload
	malformed := fmt.Errorf("%w: a form that does not parse", server.ErrInvalid)
	kind, params, err := mime.ParseMediaType(c.GetHeader("Content-Type"))
	if err != nil || kind != "multipart/form-data" || params["boundary"] == "" {
		return up, fmt.Errorf("%w: not a form with a file", server.ErrInvalid)
	}
	r := multipart.NewReader(http.MaxBytesReader(c.Writer, c.Request.Body, maxSpill), params["boundary"])
	for parts := 0; ; parts++ {
		part, err := r.NextPart()
		if errors.Is(err, io.EOF) {
			return up, nil
		}
		if up.large && err != nil {
			return up, nil // it is not read to its end
		}
		if err != nil || parts > 10 {
			return up, malformed
		}
		limit := int64(maxForm)
		if part.FormName() == "file" {
			limit = server.MaxEvidence
		}
		data, err := io.ReadAll(io.LimitReader(part, limit+1))
		if err != nil {
			return up, malformed
		}
		switch part.FormName() {
		case "note":
			if int64(len(data)) > limit || !utf8.Valid(data) {
				return up, malformed
			}
			up.note = strings.ReplaceAll(string(data), "\r\n", "\n")
		case "file":
			// The name as it was sent: FileName would cut a path off.
			_, sent, err := mime.ParseMediaType(part.Header.Get("Content-Disposition"))
			if err != nil {
				return up, malformed
			}
			up.name, up.data, up.chosen = sent["filename"], data, sent["filename"] != ""
			if int64(len(data)) > limit {
				up.large, up.data = true, nil
			}
		}
	}
}

// evidenceProblem says what is wrong with a file, "" where it is not the file's fault.
func evidenceProblem(err error) string {
	switch {
	case errors.Is(err, server.ErrEvidenceLarge):
		return "Tệp quá lớn: mỗi tệp không quá 5 MB. Hãy giảm cỡ ảnh, hoặc chia tài liệu thành nhiều tệp."
	case errors.Is(err, server.ErrEvidenceEmpty):
		return "Tệp rỗng, không có nội dung. Hãy chọn lại tệp."
	case errors.Is(err, server.ErrEvidenceKind):
		return "Chỉ nhận tệp PDF, JPEG hoặc PNG còn nguyên vẹn (xét theo nội dung, không theo tên). Hãy lưu tài liệu thành PDF hoặc chụp ảnh rồi gửi lại."
	case errors.Is(err, server.ErrEvidenceName):
		return "Tên tệp không dùng được: tên không có đường dẫn (dấu / hoặc \\), không quá 100 ký tự. Hãy đổi tên tệp rồi chọn lại."
	case errors.Is(err, server.ErrEvidenceMany):
		return fmt.Sprintf("Mỗi phản ánh có nhiều nhất %d tệp. Hãy gỡ bớt tệp không cần nữa.", server.MaxEvidenceFiles)
	case errors.Is(err, server.ErrEvidenceOwner):
		return "Chỉ người phụ trách mới đính kèm hoặc gỡ được tệp. Hãy bấm “Tiếp nhận, tôi phụ trách” trước."
	}
	return ""
}

// attachEvidence attaches a file to a case, or notes what evidence there is where no
// file was chosen.
func (s *Site) attachEvidence(c *gin.Context) error {
	u, err := s.staff.who(c)
	if err != nil {
		return err
	}
	ctx, id := c.Request.Context(), c.Param("id")
	up, err := readEvidence(c)
	if err != nil {
		return err
	}
	switch {
	case up.large:
		err = server.ErrEvidenceLarge
	case up.chosen:
		_, err = s.svc.AttachEvidence(ctx, u, id, up.name, up.note, up.data)
	default:
		err = s.svc.ActOnCase(ctx, u, id, 0, server.ActEvidence, up.note)
		if errors.Is(err, server.ErrInvalid) {
			return s.evidenceRefused(c, u, "Hãy chọn một tệp, hoặc ghi tài liệu, chứng cứ là gì và đang lưu ở đâu.", up.note)
		}
	}
	if problem := evidenceProblem(err); problem != "" {
		if up.note != "" || up.chosen {
			problem += " Nội dung đã gõ còn nguyên bên dưới; tệp phải chọn lại."
		}
		return s.evidenceRefused(c, u, problem, up.note)
	}
	if err != nil {
		return err
	}
	c.Redirect(http.StatusSeeOther, "/phan-anh/"+url.PathEscape(id)+"#chung-cu-h")
	return nil
}

func (s *Site) evidenceRefused(c *gin.Context, u server.User, problem, note string) error {
	return s.showCase(c, http.StatusUnprocessableEntity, u, func(p *caseData) { p.FileProblem, p.FileNote = problem, note })
}

// evidenceFile sends a file of a case to who gives a reason, or takes it away. It is
// never shown as a page of this site.
func (s *Site) evidenceFile(c *gin.Context) error {
	u, err := s.staff.who(c)
	if err != nil {
		return err
	}
	f, err := readForm(c)
	if err != nil {
		return err
	}
	ctx, id, file, reason := c.Request.Context(), c.Param("id"), c.Param("file"), f.one("note")
	if f.one("act") == "remove" {
		err := s.svc.RemoveEvidence(ctx, u, id, file, reason)
		switch problem := evidenceProblem(err); {
		case problem != "":
			return s.reasonRefused(c, u, problem, file, reason)
		case errors.Is(err, server.ErrInvalid):
			return s.reasonRefused(c, u, fmt.Sprintf("Cần nêu lý do gỡ tệp, ít nhất %d ký tự.", server.MinReason), file, reason)
		case err != nil:
			return err
		}
		c.Redirect(http.StatusSeeOther, "/phan-anh/"+url.PathEscape(id)+"#chung-cu-h")
		return nil
	}
	about, data, err := s.svc.Evidence(ctx, u, id, file, reason)
	if errors.Is(err, server.ErrInvalid) {
		return s.reasonRefused(c, u, fmt.Sprintf("Cần nêu lý do xem tệp, ít nhất %d ký tự.", server.MinReason), file, reason)
	}
	if err != nil {
		return err
	}
	h := c.Writer.Header()
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'; frame-ancestors 'none'")
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": about.Name}))
	c.Data(http.StatusOK, about.Kind, data)
	return nil
}

func (s *Site) reasonRefused(c *gin.Context, u server.User, problem, file, reason string) error {
	return s.showCase(c, http.StatusUnprocessableEntity, u, func(p *caseData) { p.FileProblem, p.FileAsked, p.FileReason = problem, file, clip(reason, 500) })
}
