package report

import (
	"embed"
	"fmt"
	"strings"
	"time"

	"codeberg.org/go-pdf/fpdf"
	"golang.org/x/text/unicode/norm"
)

//go:embed fonts/*.ttf
var fontFiles embed.FS

// A weight of Be Vietnam Pro, under the family name it has in a document.
type weight string

const (
	regular  weight = "regular"
	semibold weight = "semibold"
	bold     weight = "bold"
)

// lineHeight is the distance of two lines over the size of the letters. The
// font's tallest letters are stacked, as in Ẫ, and do not touch at this height.
const lineHeight = 1.28

// mmPerPoint is a point in millimetres.
const mmPerPoint = 25.4 / 72

// paper is a PDF document in black ink, in millimetres from the top left.
type paper struct{ pdf *fpdf.Fpdf }

// newPaper begins a document. Nothing in its bytes depends on when or where it
// is made, but for created.
func newPaper(title string, created time.Time) (paper, error) {
	pdf := fpdf.New("P", "mm", "A4", "")
	pdf.SetCatalogSort(true)
	pdf.SetCreationDate(created)
	pdf.SetModificationDate(created)
	pdf.SetTitle(title, true)
	pdf.SetCreator("Hài Lòng", true)
	pdf.SetLang("vi-VN")
	pdf.SetMargins(0, 0, 0)
	pdf.SetAutoPageBreak(false, 0)
	for w, file := range map[weight]string{regular: "Regular", semibold: "SemiBold", bold: "Bold"} {
		b, err := fontFiles.ReadFile("fonts/BeVietnamPro-" + file + ".ttf")
		if err != nil {
			return paper{}, fmt.Errorf("reading a font: %w", err)
		}
		pdf.AddUTF8FontFromBytes(string(w), "", b)
	}
	return paper{pdf}, pdf.Error()
}

// A style is a weight and a size in points.
type style struct {
	weight weight
	size   float64
}

// line is the height of a line in millimetres.
func (s style) line() float64 { return s.size * mmPerPoint * lineHeight }

// baseline is how far under its top a line stands.
func (s style) baseline() float64 { return s.size * mmPerPoint * 1.0 }

// width measures text in millimetres.
func (p paper) width(s style, text string) float64 {
	p.pdf.SetFont(string(s.weight), "", s.size)
	return p.pdf.GetStringWidth(text)
}

// An align says where text stands in its column.
type align int

const (
	left align = iota
	centre
	right
)

// text writes lines into a column whose top left is at x, y and returns the
// y under the last one.
func (p paper) text(x, y, width float64, s style, a align, lines ...string) float64 {
	p.pdf.SetFont(string(s.weight), "", s.size)
	for _, line := range lines {
		at := x
		switch a {
		case centre:
			at += (width - p.pdf.GetStringWidth(line)) / 2
		case right:
			at += width - p.pdf.GetStringWidth(line)
		}
		p.pdf.Text(at, y+s.baseline(), line)
		y += s.line()
	}
	return y
}

// rule draws a line across a column.
func (p paper) rule(x, y, width, thick float64) {
	p.pdf.SetLineWidth(thick)
	p.pdf.Line(x, y, x+width, y)
}

// wrap breaks text into lines no wider than width, between words where it can
// and within a word that is wider than a line.
func (p paper) wrap(s style, text string, width float64) []string {
	p.pdf.SetFont(string(s.weight), "", s.size)
	fits := func(t string) bool { return p.pdf.GetStringWidth(t) <= width }
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && fits(line+" "+word) {
			line += " " + word
			continue
		}
		if line != "" {
			lines = append(lines, line)
		}
		line = word
		for !fits(line) {
			head := ""
			for _, r := range line {
				if head != "" && !fits(head+string(r)) {
					break
				}
				head += string(r)
			}
			if head == line { // one letter wider than the column
				break
			}
			lines, line = append(lines, head), line[len(head):]
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

// fit wraps text into a box, at the largest size from s.size down to smallest
// at which it fits; what does not fit even then ends in "…".
func (p paper) fit(s style, text string, smallest, width, height float64) (style, []string) {
	for ; ; s.size -= 0.25 {
		lines := p.wrap(s, text, width)
		most := int(height/s.line() + 1e-9)
		if len(lines) <= most {
			return s, lines
		}
		if s.size-0.25 >= smallest {
			continue
		}
		lines = lines[:max(most, 1)]
		last := []rune(lines[len(lines)-1])
		for len(last) > 0 && p.width(s, string(last)+"…") > width {
			last = last[:len(last)-1]
		}
		lines[len(lines)-1] = strings.TrimRight(string(last), " ,;") + "…"
		return s, lines
	}
}

// one sets text on one line of a column, smaller where it is long; smallest is
// more than half of s.size.
func (p paper) one(x, y, width float64, s style, smallest float64, a align, text string) float64 {
	fitted, lines := p.fit(s, text, smallest, width, s.line())
	p.text(x, y+s.baseline()-fitted.baseline(), width, fitted, a, lines...)
	return y + s.line()
}

// printable gives text the form that the fonts can set: letters composed, no
// control characters, nothing beyond the basic plane.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t' || r == '\n' || r == '\r':
			return ' '
		case r < ' ' || r == 0x7f || r == 0xfeff || (r >= 0x200b && r <= 0x200f) || (r >= 0x202a && r <= 0x202e) || (r >= 0x2066 && r <= 0x2069):
			return -1
		case r > 0xffff || r == '\ufffd':
			return '?'
		}
		return r
	}, norm.NFC.String(strings.ToValidUTF8(s, "?")))
}
