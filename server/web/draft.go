package web

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"hailong/server"
)

//go:embed templates/draft.js
var draftJS string

// A draftScript keeps an unsent answer on the citizen's own phone, so that a
// lost connection loses nothing. The page is whole without it.
type draftScript struct {
	name string // with the content's hash
	body []byte
}

func newDraftScript() draftScript {
	lines := strings.Split(draftJS, "\n")
	for i, l := range lines {
		lines[i] = strings.TrimSpace(l)
	}
	body := []byte(strings.Join(lines, "\n"))
	sum := sha256.Sum256(body)
	return draftScript{name: "draft." + hex.EncodeToString(sum[:6]) + ".js", body: body}
}

// serve sends the script. Its address changes with it, so it is kept for ever.
func (d draftScript) serve(c *gin.Context) {
	c.Header("Cache-Control", "public, max-age=31536000, immutable")
	c.Data(http.StatusOK, "text/javascript; charset=utf-8", d.body)
}

// A draft is what a page tells the script: under which key the phone keeps what
// is not sent yet, and whether it was sent and is to be forgotten. The zero
// value is a page without the script.
type draft struct {
	Script string // address
	Key    string
	Sent   bool
}

// draft names the draft of a slip. The key is a hash of the survey's address in
// its one spelling, so that the phone's storage does not hold the code; it is
// made here because browsers hash only on pages that came encrypted.
func (s *Site) draft(code server.SlipCode, sent bool) draft {
	sum := sha256.Sum256([]byte(slipPath(code)))
	return draft{"/static/" + s.citizen.draft.name, hex.EncodeToString(sum[:16]), sent}
}

// sentLook is the look of a page about a slip that was answered.
func (s *Site) sentLook(c *gin.Context, code server.SlipCode) look {
	l := s.look(c)
	l.Draft = s.draft(code, true)
	return l
}

// scripted reports whether the page loads the script.
func (l look) scripted() bool { return l.Draft.Script != "" }
