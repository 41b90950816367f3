package browsertest

import (
	"context"
	_ "embed"
	"encoding/json"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/chromedp"
)

// axeScript is npm's axe-core, vendored so that the tests need no npm; see
// axe/vendor.txt.
//
//go:embed axe/axe-4.14.1.min.js
var axeScript string

// A Violation is one rule of axe-core that the page breaks.
type Violation struct {
	ID     string `json:"id"`
	Impact string `json:"impact"`
	Help   string `json:"help"`
	Nodes  []struct {
		HTML    string `json:"html"`
		Summary string `json:"failureSummary"`
	} `json:"nodes"`
}

// Axe runs axe-core's default rules (WCAG 2 A and AA, and best practices) on
// the page as it stands and fails the test for each rule that it breaks.
//
// The script is evaluated by the debugger, to which a page's
// Content-Security-Policy does not apply: the page is examined under the policy
// that its visitors get.
func Axe(t testing.TB, ctx context.Context) {
	t.Helper()
	for _, v := range Violations(t, ctx) {
		var b strings.Builder
		for i, n := range v.Nodes {
			if i == 5 {
				b.WriteString("\n    …")
				break
			}
			b.WriteString("\n    " + short(n.HTML) + "\n      " + strings.ReplaceAll(n.Summary, "\n", "\n      "))
		}
		t.Errorf("axe: %s (%s): %s, %d places%s", v.ID, v.Impact, v.Help, len(v.Nodes), b.String())
	}
}

// Violations is Axe for tests that expect some.
func Violations(t testing.TB, ctx context.Context) []Violation {
	t.Helper()
	Do(t, ctx, chromedp.Evaluate[chromedp.Void](axeScript+";undefined"))
	raw, err := chromedp.Run(ctx, chromedp.Evaluate[string](`axe.run(document, {resultTypes: ["violations"]}).then(r => JSON.stringify(r.violations))`, chromedp.EvalAwaitPromise))
	must(t, "running axe-core", err)
	var out []Violation
	must(t, "reading axe-core's answer", json.Unmarshal([]byte(raw), &out))
	return out
}

// logComplaint returns what the browser's log says about a breach of the
// page's own policy.
func logComplaint(ev any) string {
	e, ok := ev.(*log.EventEntryAdded)
	if !ok || e.Entry.Source != log.EntrySourceSecurity || e.Entry.Level != log.EntryLevelError {
		return ""
	}
	return e.Entry.Text
}
