package main_test

import (
	"os"
	"regexp"
	"testing"
)

// The skin and the page that the server renders speak of the same things: what
// a button says it does is a deed of the skin, and every screen and front that
// the skin switches is on the page.
func TestPageAndSkin(t *testing.T) {
	t.Parallel()
	page := read(t, "../../server/web/templates/kiosk.html")
	skin := read(t, "main.go") + read(t, "link.go") + read(t, "keyboard.go") + read(t, "wish.go") + read(t, "scan.go")
	for _, m := range regexp.MustCompile(`data-do="([a-z]+)"`).FindAllStringSubmatch(page, -1) {
		known := regexp.MustCompile(`"` + m[1] + `"(:| \{| \|\||, ")`).MatchString(skin)
		if !known && m[1] != "wake" { // any touch wakes
			t.Errorf("nothing is done where %q is touched", m[1])
		}
	}
	for _, m := range regexp.MustCompile(`kiosk\.[A-Z][a-z]+: "([a-z]+)"`).FindAllStringSubmatch(skin, -1) {
		switch m[1] {
		case "plain", "invited", "slipped": // the first question
		default:
			if !regexp.MustCompile(`data-(screen|when)="` + m[1] + `"`).MatchString(page) {
				t.Errorf("%q is not on the page", m[1])
			}
		}
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
