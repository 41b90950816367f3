package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"hailong/scoring/survey"
	"hailong/server"
	"hailong/server/store"
)

// The kinds of error that only the door knows.
var (
	errMethod       = errors.New("method not allowed")
	errTooLarge     = errors.New("too large")
	errLimited      = errors.New("too many requests")
	errUnauthorized = errors.New("sign in first")
)

// A failure is what a visitor is told: never the error's own text.
type failure struct {
	status      int
	kind        string // stable, the end of the problem's type
	title, help survey.Text
}

// failures is the whole vocabulary, first match wins; the last one is "our fault".
var failures = []struct {
	err error
	failure
}{
	{errMethod, failure{405, "method-not-allowed", survey.Text{VI: "Thao tác này không dùng được ở đây", EN: "This cannot be done here"}, survey.Text{VI: "Vui lòng quay lại trang trước.", EN: "Please go back."}}},
	{errTooLarge, failure{413, "too-large", survey.Text{VI: "Nội dung gửi lên quá lớn", EN: "What was sent is too large"}, survey.Text{VI: "Vui lòng rút ngắn nội dung rồi gửi lại.", EN: "Please shorten it and send it again."}}},
	{errLimited, failure{429, "too-many-requests", survey.Text{VI: "Quá nhiều lần thử", EN: "Too many attempts"}, survey.Text{VI: "Vui lòng đợi một phút rồi thử lại.", EN: "Please wait a minute and try again."}}},
	{errUnauthorized, failure{401, "unauthorized", survey.Text{VI: "Cần đăng nhập", EN: "Please sign in"}, survey.Text{VI: "Vui lòng đăng nhập rồi thử lại.", EN: "Please sign in and try again."}}},
	{server.ErrAnswered, failure{409, "already-answered", survey.Text{VI: "Phiếu này đã được trả lời", EN: "This slip has been answered"}, survey.Text{VI: "Mỗi phiếu chỉ được đánh giá một lần. Ý kiến đã gửi trước đó vẫn được giữ nguyên. Cảm ơn ông/bà.", EN: "Each slip can be used once. The answer sent earlier is kept as it was. Thank you."}}},
	{server.ErrClosed, failure{409, "period-closed", survey.Text{VI: "Kỳ báo cáo đã chốt hoặc chưa chốt", EN: "The period is closed, or is not"}, survey.Text{VI: "Vui lòng tải lại trang rồi xem trạng thái của kỳ.", EN: "Please reload the page and look at the period's state."}}},
	{server.ErrWithdrawn, failure{410, "withdrawn", survey.Text{VI: "Câu trả lời của phiếu này đã được rút", EN: "The answer of this slip was withdrawn"}, survey.Text{VI: "Câu trả lời không còn được tính, và phiếu không dùng lại được. Cảm ơn ông/bà.", EN: "It no longer counts, and the slip cannot be used again. Thank you."}}},
	{server.ErrGone, failure{410, "gone", survey.Text{VI: "Phiếu này không còn hiệu lực", EN: "This slip is no longer valid"}, survey.Text{VI: "Phiếu đã hết hạn hoặc đã được thay bằng phiếu mới. Ông/bà có thể hỏi công chức tại Bộ phận một cửa.", EN: "It has expired or was replaced by a newer one. Please ask at the one-stop desk."}}},
	{server.ErrForbidden, failure{403, "forbidden", survey.Text{VI: "Không có quyền truy cập", EN: "Not allowed"}, survey.Text{VI: "Tài khoản hoặc khóa truy cập này không được phép xem nội dung.", EN: "This account or token may not see this."}}},
	{server.ErrInvalid, failure{422, "invalid", survey.Text{VI: "Nội dung gửi lên chưa đúng", EN: "Something sent is not right"}, survey.Text{VI: "Vui lòng kiểm tra lại rồi gửi lại.", EN: "Please check it and send it again."}}},
	{server.ErrNotFound, failure{404, "not-found", survey.Text{VI: "Không tìm thấy", EN: "Not found"}, survey.Text{VI: "Vui lòng kiểm tra lại địa chỉ hoặc mã trên phiếu.", EN: "Please check the address or the code on the slip."}}},
	{store.ErrUnavailable, unavailable},
	{context.DeadlineExceeded, unavailable},
	{nil, failure{500, "internal", survey.Text{VI: "Hệ thống gặp lỗi", EN: "Something went wrong"}, survey.Text{VI: "Lỗi đã được ghi lại. Vui lòng thử lại sau ít phút.", EN: "It has been recorded. Please try again in a few minutes."}}},
}

var unavailable = failure{503, "unavailable", survey.Text{VI: "Hệ thống tạm thời chưa nhận được", EN: "The service cannot take this just now"}, survey.Text{VI: "Vui lòng thử lại sau một phút. Chưa có gì bị mất.", EN: "Please try again in a minute. Nothing has been lost."}}

func failureOf(err error) failure {
	for _, f := range failures {
		if f.err == nil || errors.Is(err, f.err) {
			return f.failure
		}
	}
	return unavailable
}

// fail answers an error: the one place that decides status, page and log line.
func (s *Site) fail(c *gin.Context, err error) {
	f := failureOf(err)
	if f.status >= 500 {
		s.logFailure(c, f, err)
	}
	if c.Writer.Written() {
		return
	}
	if f.status == 503 || f.status == 429 {
		c.Header("Retry-After", "60")
	}
	if isAPI(c) {
		s.problem(c, f, err)
		return
	}
	s.errorPage(c, f)
}

// logFailure logs and counts an error that is ours. A visitor who has hung up
// is none. It names the route, not the path: a path may hold a slip's code.
func (s *Site) logFailure(c *gin.Context, f failure, err error) {
	if errors.Is(c.Request.Context().Err(), context.Canceled) {
		return
	}
	if f.status == http.StatusServiceUnavailable {
		s.metrics.storeErrors.Inc()
	}
	s.log.ErrorContext(c.Request.Context(), "request failed", "route", c.FullPath(), "method", c.Request.Method, "status", f.status, "err", err)
}

// isAPI reports whether the asker is a program.
func isAPI(c *gin.Context) bool {
	p := c.Request.URL.Path
	return strings.HasPrefix(p, "/api/") || strings.HasSuffix(p, ".json") || p == "/metrics" || p == "/healthz" || p == "/readyz"
}

// A problemDoc is application/problem+json (RFC 9457).
type problemDoc struct {
	Type   string         `json:"type"`
	Title  string         `json:"title"`
	Status int            `json:"status"`
	Detail string         `json:"detail"`
	Errors []problemError `json:"errors,omitempty"`
}

type problemError struct {
	Item   string `json:"item"`
	Kind   string `json:"kind"`
	Detail string `json:"detail"`
}

// problemType is stable: programs may compare it.
func problemType(kind string) string { return "urn:hailong:problem:" + kind }

// A fieldError says what is wrong with one field of what a program sent. It is
// server.ErrInvalid.
type fieldError struct {
	name, kind string
	text       survey.Text
}

func (e *fieldError) Error() string { return fmt.Sprintf("field %s: %s", e.name, e.kind) }

// Unwrap makes errors.Is(err, server.ErrInvalid) true.
func (e *fieldError) Unwrap() error { return server.ErrInvalid }

func (s *Site) problem(c *gin.Context, f failure, err error) {
	lang := language(c)
	doc := problemDoc{Type: problemType(f.kind), Title: f.title.In(lang), Status: f.status, Detail: f.help.In(lang)}
	doc.Errors = problemErrors(err, lang)
	if doc.Errors == nil && errors.Is(err, server.ErrInvalid) {
		// ErrInvalid is written for the one who sent it and repeats only what
		// was sent.
		doc.Detail = err.Error()
	}
	if f.status == http.StatusUnauthorized {
		c.Header("WWW-Authenticate", "Bearer")
	}
	c.Header("Content-Type", "application/problem+json; charset=utf-8")
	c.JSON(f.status, doc)
}

// problemErrors lists what is wrong, field by field; nil where err does not say.
func problemErrors(err error, lang string) []problemError {
	var field *fieldError
	var faults *server.Faults
	switch {
	case errors.As(err, &field):
		return []problemError{{field.name, field.kind, field.text.In(lang)}}
	case errors.As(err, &faults):
		list := make([]problemError, 0, len(faults.List))
		for _, x := range faults.List {
			list = append(list, problemError{x.Item, string(x.Kind), x.Text().In(lang)})
		}
		return list
	}
	return nil
}

// recover turns a panic into "our fault" without showing or logging what was typed.
func (s *Site) recover(c *gin.Context) {
	defer func() {
		if v := recover(); v != nil {
			s.log.ErrorContext(c.Request.Context(), "panic", "route", c.FullPath(), "value", v, "stack", stack())
			if !c.Writer.Written() {
				s.fail(c, errors.New("panic"))
			}
			c.Abort()
		}
	}()
	c.Next()
}
