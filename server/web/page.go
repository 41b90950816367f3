package web

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"runtime/debug"
	"strings"
	"sync"

	"github.com/gin-gonic/gin"

	"hailong/server"
)

//go:embed all:templates
var templateFiles embed.FS

//go:embed static
var staticFiles embed.FS

// pages holds the parsed templates, each with the layout it is shown in.
type pages struct{ byName map[string]*template.Template }

// embeddedPages parses the templates, once for all sites of a process: they are
// part of the program, and executing one changes nothing that can be seen.
var embeddedPages = sync.OnceValues(parsePages)

// parsePages parses every file of templates/ that is not a layout (a name with
// a leading underscore), each on its own copy of all layouts.
func parsePages() (*pages, error) {
	layouts, err := template.ParseFS(templateFiles, "templates/_*.html")
	if err != nil {
		return nil, err
	}
	names, err := fs.Glob(templateFiles, "templates/[^_]*.html")
	if err != nil {
		return nil, err
	}
	p := &pages{map[string]*template.Template{}}
	for _, name := range names {
		base := path.Base(name)
		t, err := layouts.Clone()
		if err == nil {
			t, err = t.New(base).ParseFS(templateFiles, name)
		}
		if err != nil {
			return nil, err
		}
		p.byName[strings.TrimSuffix(base, ".html")] = t
	}
	return p, nil
}

// show renders a page with a policy that allows exactly what the page needs.
// It renders to memory first, so that a failing template is an error page and
// not half a page.
func (s *Site) show(c *gin.Context, status int, name, policy string, data any) error {
	t := s.pages.byName[name]
	if t == nil {
		return fmt.Errorf("no template %q", name)
	}
	var b bytes.Buffer
	b.Grow(32 << 10)
	if err := t.Execute(&b, data); err != nil {
		return fmt.Errorf("rendering %s: %w", name, err)
	}
	if policy != "" {
		c.Header("Content-Security-Policy", policy)
	}
	c.Data(status, "text/html; charset=utf-8", b.Bytes())
	return nil
}

// speak fixes the language of an answer to a form that named its own. Anything
// but "vi" and "en" changes nothing.
func speak(c *gin.Context, lang string) {
	if lang == "vi" || lang == "en" {
		c.Set("lang", lang)
	}
}

// language is "en" where the visitor's form or ?lang asked for it or, failing
// that, by the browser's first choice; Vietnamese otherwise.
func language(c *gin.Context) string {
	if lang := c.GetString("lang"); lang != "" {
		return lang
	}
	switch c.Query("lang") {
	case "en":
		return "en"
	case "vi":
		return "vi"
	}
	if strings.HasPrefix(strings.ToLower(c.GetHeader("Accept-Language")), "en") {
		return "en"
	}
	return "vi"
}

// static serves embedded files; names carry their content's hash or version,
// so they may be kept for long.
func (s *Site) static(c *gin.Context) error {
	if c.Param("file") == "/"+s.citizen.draft.name {
		s.citizen.draft.serve(c)
		return nil
	}
	name := path.Join("static", path.Clean("/"+c.Param("file")))
	b, err := staticFiles.ReadFile(name)
	if err != nil {
		return server.ErrNotFound
	}
	kind := mime.TypeByExtension(path.Ext(name))
	if kind == "" {
		kind = "application/octet-stream"
	}
	c.Header("Cache-Control", "public, max-age=86400")
	c.Data(http.StatusOK, kind, b)
	return nil
}

func stack() string { return string(debug.Stack()) }
