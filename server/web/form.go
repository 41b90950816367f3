package web

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"hailong/server"
)

// maxForm is the largest form taken, in bytes: every field of a survey and a
// comment of server.MaxComment characters, percent-encoded, several times over.
const maxForm = 64 << 10

// A form is what a page sent: every value of every field, in UTF-8.
type form url.Values

// one returns a field's first value.
func (f form) one(name string) string { return url.Values(f).Get(name) }

// names lists the fields, sorted.
func (f form) names() []string {
	names := make([]string, 0, len(f))
	for name := range f {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// readForm reads the body of a form. More than maxForm is errTooLarge; what is
// not a form, or not UTF-8, is server.ErrInvalid.
func readForm(c *gin.Context) (form, error) { return readFormUpTo(c, maxForm) }

func readFormUpTo(c *gin.Context, limit int64) (form, error) {
	body, err := readBody(c, limit)
	if err != nil {
		return nil, err
	}
	kind, params, err := mime.ParseMediaType(c.GetHeader("Content-Type"))
	if err != nil {
		return nil, fmt.Errorf("%w: not a form", server.ErrInvalid)
	}
	f := form{}
	switch kind {
	case "application/x-www-form-urlencoded":
		values, err := url.ParseQuery(string(body))
		if err != nil {
			return nil, fmt.Errorf("%w: a form that does not parse", server.ErrInvalid)
		}
		f = form(values)
	case "multipart/form-data":
		if err := f.addParts(multipart.NewReader(bytes.NewReader(body), params["boundary"])); err != nil {
			return nil, err
		}
	default:
		return nil, fmt.Errorf("%w: not a form", server.ErrInvalid)
	}
	for name, values := range f {
		if !utf8.ValidString(name) || slices.ContainsFunc(values, func(v string) bool { return !utf8.ValidString(v) }) {
			return nil, fmt.Errorf("%w: a form that is not UTF-8", server.ErrInvalid)
		}
	}
	return f, nil
}

func (f form) addParts(r *multipart.Reader) error {
	for {
		part, err := r.NextPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil || part.FileName() != "" {
			return fmt.Errorf("%w: a form that does not parse", server.ErrInvalid)
		}
		value, err := io.ReadAll(part) // the body is in memory and small
		if err != nil {
			return fmt.Errorf("%w: a form that does not parse", server.ErrInvalid)
		}
		f[part.FormName()] = append(f[part.FormName()], string(value))
	}
}

// readBody reads the whole body, at most so many bytes.
func readBody(c *gin.Context, limit int64) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(c.Writer, c.Request.Body, limit))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, fmt.Errorf("%w: more than %d bytes", errTooLarge, limit)
	case err != nil:
		return nil, fmt.Errorf("%w: the body ended early", server.ErrInvalid)
	}
	return body, nil
}
