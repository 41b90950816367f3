package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/gin-gonic/gin"

	"hailong/server"
)

// workerPolicy lets the service worker fetch from this server and nothing else.
const workerPolicy = "default-src 'none'; connect-src 'self'"

// kioskWorker serves the service worker with this device's list of files. Its
// text changes, and with it the version that browsers see, when a file does or
// the device's page: another survey, another counter. An unpaired device gets
// one that lets go of everything.
func (s *Site) kioskWorker(c *gin.Context) error {
	device, err := s.device(c)
	paired := err == nil
	if err != nil && !errors.Is(err, errUnauthorized) && !errors.Is(err, server.ErrForbidden) {
		return err // and the browser keeps what it has
	}
	files := []string{}
	sum := sha256.New()
	if paired && s.kiosk.built {
		var page bytes.Buffer
		if err := s.pages.byName["kiosk"].Execute(&page, s.kioskPage(c, device, true, nil)); err != nil {
			return fmt.Errorf("rendering the kiosk's page: %w", err)
		}
		sum.Write(page.Bytes())
		for _, name := range []string{"parts.js", "kiosk.wasm"} {
			files = append(files, s.kiosk.url(name))
		}
		files = append(files, kioskStatics...)
	}
	list, err := json.Marshal(files)
	if err != nil {
		return err
	}
	sum.Write(list)
	sum.Write(s.kiosk.worker)
	h := c.Writer.Header()
	h.Set("Content-Security-Policy", workerPolicy)
	h.Set("Cache-Control", "no-cache")
	h.Set("Service-Worker-Allowed", "/kiosk")
	text := fmt.Sprintf("const version = %q, files = %s;\n%s", hex.EncodeToString(sum.Sum(nil)[:8]), list, s.kiosk.worker)
	c.Data(http.StatusOK, "text/javascript; charset=utf-8", []byte(text))
	return nil
}

// kioskStatics are the other files that the kiosk's page and style name.
var kioskStatics = []string{
	"/static/favicon.svg",
	"/static/be-vietnam-pro-5.3.0-latin-400.woff2", "/static/be-vietnam-pro-5.3.0-vietnamese-400.woff2",
	"/static/be-vietnam-pro-5.3.0-latin-600.woff2", "/static/be-vietnam-pro-5.3.0-vietnamese-600.woff2",
}
