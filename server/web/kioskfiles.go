package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"net/http"
	"strings"
	"sync"

	"github.com/gin-gonic/gin"

	"hailong/kiosk/assets"
	"hailong/server"
)

// kioskFiles are the files that a kiosk's browser loads.
type kioskFiles struct {
	byName map[string]*kioskAsset
	// built says that the machine was compiled into this program; without it
	// the kiosk is a plain form.
	built  bool
	worker []byte // the service worker, without what kioskWorker puts before it

	// What stands in the page itself: a request of its own costs a slow device a
	// tenth of its start, and a slow line a round trip before the first paint.
	style  template.CSS
	loader template.JS // with earlyScript before it
	policy string      // lets in these two, by their hashes

	unsaid sync.Once // an operator is told once that it is not
}

// A kioskAsset is one file in every encoding there is of it.
type kioskAsset struct {
	kind   string // media type
	hash   string // of the content, in its address
	url    string
	plain  []byte // nil where only compressed forms are kept
	gz, br []byte
}

// kioskKinds lists what is served, by name. Anything else in the folder is not;
// the style and the loader stand in the page.
var kioskKinds = map[string]string{
	"outbox.js":    "text/javascript; charset=utf-8",
	"link.js":      "text/javascript; charset=utf-8",
	"voice.js":     "text/javascript; charset=utf-8",
	"pair.js":      "text/javascript; charset=utf-8",
	"rescue.js":    "text/javascript; charset=utf-8",
	"wasm_exec.js": "text/javascript; charset=utf-8",
	"kiosk.wasm":   "application/wasm",
}

// kioskParts are the scripts that the page with the machine loads as one file:
// on a slow device each request takes time of its own.
var kioskParts = []string{"wasm_exec.js", "outbox.js", "link.js", "voice.js", "rescue.js", "pair.js"}

// openKiosk reads the embedded files. It is no error that the machine is not
// built: the form does without.
func openKiosk() (*kioskFiles, error) { return readKiosk(assets.Files) }

func readKiosk(files fs.FS) (*kioskFiles, error) {
	k := &kioskFiles{byName: map[string]*kioskAsset{}}
	read := func(name string) ([]byte, error) {
		b, err := fs.ReadFile(files, name)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		}
		return b, err
	}
	add := func(name string, a *kioskAsset) {
		content := a.plain
		if content == nil {
			content = a.gz // the encodings are made together
		}
		if content == nil {
			return
		}
		sum := sha256.Sum256(content)
		a.hash = hex.EncodeToString(sum[:6])
		stem, ext, _ := strings.Cut(name, ".")
		a.url = "/kiosk/" + stem + "." + a.hash + "." + ext
		k.byName[name] = a
	}
	for name, kind := range kioskKinds {
		a := &kioskAsset{kind: kind}
		for suffix, to := range map[string]*[]byte{"": &a.plain, ".gz": &a.gz, ".br": &a.br} {
			b, err := read(name + suffix)
			if err != nil {
				return nil, err
			}
			*to = b
		}
		add(name, a)
	}
	for _, name := range []string{"outbox.js", "link.js", "pair.js", "rescue.js", "voice.js"} {
		if k.byName[name] == nil {
			return nil, fmt.Errorf("%s is missing", name)
		}
	}
	style, err := fs.ReadFile(files, "kiosk.css")
	if err != nil {
		return nil, fmt.Errorf("the kiosk's style: %w", err)
	}
	loader, err := fs.ReadFile(files, "kiosk.js")
	if err != nil {
		return nil, fmt.Errorf("the kiosk's loader: %w", err)
	}
	k.style, k.loader = template.CSS(style), template.JS(earlyScript+"\n"+string(loader))
	k.policy = kioskPolicy(string(k.style), string(k.loader))
	if k.worker, err = read("sw.js"); err != nil {
		return nil, err
	}
	k.built = k.worker != nil && k.byName["kiosk.wasm"] != nil && k.byName["wasm_exec.js"] != nil
	if k.built {
		parts := &kioskAsset{kind: kioskKinds["outbox.js"]}
		for _, name := range kioskParts {
			parts.plain = append(append(parts.plain, k.byName[name].plain...), '\n')
		}
		add("parts.js", parts)
	}
	return k, nil
}

// earlyScript fetches and compiles the machine while the rest of the page
// arrives. What becomes of the code is the loader's to say.
const earlyScript = `hailongCode=(async()=>WebAssembly.compileStreaming(fetch(document.documentElement.dataset.wasm)))();hailongCode.catch(()=>{});`

// kioskPolicy lets in the style and the script that stand in the page, by their
// hashes, this server's other scripts, the machine, and calls to this server.
func kioskPolicy(style, script string) string {
	hash := func(text string) string {
		sum := sha256.Sum256([]byte(text))
		return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	}
	return "default-src 'none'; script-src 'self' 'wasm-unsafe-eval' " + hash(script) + "; style-src " + hash(style) +
		"; img-src 'self'; font-src 'self'; connect-src 'self'; worker-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
}

// url returns a file's address, which changes with its content; "" where there
// is no such file.
func (k *kioskFiles) url(name string) string {
	if a := k.byName[name]; a != nil {
		return a.url
	}
	return ""
}

// find returns the file with a name, as "outbox.js" or with the content's hash
// as "outbox.0123456789ab.js", and whether the hash was there.
func (k *kioskFiles) find(name string) (a *kioskAsset, hashed bool) {
	if a := k.byName[name]; a != nil {
		return a, false
	}
	stem, rest, _ := strings.Cut(name, ".")
	hash, ext, _ := strings.Cut(rest, ".")
	if a := k.byName[stem+"."+ext]; a != nil && a.hash == hash {
		return a, true
	}
	return nil, false
}

// kioskFile serves a file of the kiosk, compressed as the browser can take it.
// Under an address with the content's hash it may be kept for ever.
func (s *Site) kioskFile(c *gin.Context) error {
	if c.Param("file") == "sw.js" {
		return s.kioskWorker(c)
	}
	a, hashed := s.kiosk.find(c.Param("file"))
	if a == nil {
		return server.ErrNotFound
	}
	body, encoding, err := a.encoded(c.GetHeader("Accept-Encoding"))
	if err != nil {
		return err
	}
	tag := `"` + a.hash + encoding + `"`
	h := c.Writer.Header()
	h.Set("Cache-Control", "no-cache")
	if hashed {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	h.Set("ETag", tag)
	h.Set("Vary", "Accept-Encoding")
	if strings.Contains(c.GetHeader("If-None-Match"), tag) {
		c.Status(http.StatusNotModified)
		return nil
	}
	if encoding != "" {
		h.Set("Content-Encoding", encoding)
	}
	c.Data(http.StatusOK, a.kind, body)
	return nil
}

// encoded returns the smallest form that the browser accepts and its encoding,
// "" for none.
func (a *kioskAsset) encoded(accept string) (body []byte, encoding string, err error) {
	switch {
	case a.br != nil && accepts(accept, "br"):
		return a.br, "br", nil
	case a.gz != nil && accepts(accept, "gzip"):
		return a.gz, "gzip", nil
	case a.plain != nil:
		return a.plain, "", nil
	}
	// Every browser takes gzip; this is for the rest.
	r, err := gzip.NewReader(bytes.NewReader(a.gz))
	if err != nil {
		return nil, "", fmt.Errorf("unpacking a file of the kiosk: %w", err)
	}
	body, err = io.ReadAll(r)
	if err != nil {
		return nil, "", fmt.Errorf("unpacking a file of the kiosk: %w", err)
	}
	return body, "", nil
}

// accepts reports whether an Accept-Encoding header names an encoding and does
// not refuse it.
func accepts(header, encoding string) bool {
	for part := range strings.SplitSeq(header, ",") {
		name, q, _ := strings.Cut(part, ";")
		if strings.EqualFold(strings.TrimSpace(name), encoding) {
			q = strings.ReplaceAll(q, " ", "")
			return q != "q=0" && q != "q=0.0" && q != "q=0.00" && q != "q=0.000"
		}
	}
	return false
}
