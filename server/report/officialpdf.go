package report

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"codeberg.org/go-pdf/fpdf"

	"hailong/server"
)

// tinos is the family of the report's PDF: the letters and widths of Times New Roman.
const tinos = "tinos"

// newTinos begins a document set in Tinos, in the given styles.
func newTinos(title string, created time.Time, styles ...string) (paper, error) {
	pdf := fpdf.New("P", "mm", "A4", "")
	pdf.SetCatalogSort(true)
	pdf.SetCreationDate(created)
	pdf.SetModificationDate(created)
	pdf.SetTitle(title, true)
	pdf.SetCreator("Hài Lòng", true)
	pdf.SetLang("vi-VN")
	pdf.SetMargins(0, 0, 0)
	pdf.SetAutoPageBreak(false, 0)
	for _, s := range styles {
		file := map[string]string{"": "Regular", "B": "Bold", "I": "Italic", "BI": "BoldItalic"}[s]
		b, err := fontFiles.ReadFile("fonts/Tinos-" + file + ".ttf")
		if err != nil {
			return paper{}, fmt.Errorf("reading a font: %w", err)
		}
		pdf.AddUTF8FontFromBytes(tinos, s, b)
	}
	return paper{pdf}, pdf.Error()
}

// OfficialPDF writes a period's report as a PDF in the form of NĐ 30/2020, with
// its fonts inside and its text as text. The same report makes the same bytes.
func OfficialPDF(w io.Writer, r *server.PeriodReport, demo bool) error {
	o, err := newOfficial(r, demo, true)
	if err != nil {
		return err
	}
	return writePDF(w, o)
}

func writePDF(w io.Writer, o official) error {
	p, err := newTinos(o.title+" "+o.subject, o.made.UTC(), "", "B", "I", "BI")
	if err != nil {
		return err
	}
	s := &setter{paper: p, tags: newTagTree(p.pdf), left: 30, width: 210 - 30 - 18, height: 297, first: true}
	s.page()
	s.letterhead(o)
	for i, b := range o.blocks {
		// The last sentence and the signature stay together.
		if i == len(o.blocks)-1 {
			s.room(75)
		}
		s.block(b, 14)
	}
	s.signature(o)
	for _, a := range o.annexes {
		s.left, s.width, s.height, s.landscape, s.first, s.number = 20, 297-40, 210, true, false, 0
		s.page()
		s.outline("Phụ lục "+a.number+". "+a.title, 0)
		s.tags.within("H2", func() {
			for _, line := range []string{"Phụ lục " + a.number, a.title} {
				s.lines([]run{{text: line, bold: true}}, 14, centre, 0)
			}
		})
		for _, line := range o.lines {
			s.tags.within("P", func() { s.lines([]run{{text: line, italic: true}}, 13, centre, 0) })
		}
		s.y += 3
		for _, b := range a.blocks {
			s.block(b, 13)
		}
	}
	if err := s.tags.write(w); err != nil {
		return fmt.Errorf("writing the PDF: %w", err)
	}
	return nil
}

// A setter fills pages from the top.
type setter struct {
	paper
	tags                *tagTree
	left, width, height float64 // mm
	y                   float64
	landscape           bool
	first               bool // the next page has no number
	number              int
	images              int
}

// The margins of a page at top and bottom, in millimetres.
const marginMM = 20

func (s *setter) page() {
	if s.landscape {
		s.pdf.AddPageFormat("L", fpdf.SizeType{Wd: 210, Ht: 297})
	} else {
		s.pdf.AddPageFormat("P", fpdf.SizeType{Wd: 210, Ht: 297})
	}
	s.number++
	s.y = marginMM
	if !s.first {
		s.tags.decoration(func() { s.put(13, "", s.left, 10, s.width, centre, strconv.Itoa(s.number)) })
	}
	s.first = false
}

// outline adds a bookmark (dấu trang) at the place that is set next.
func (s *setter) outline(text string, level int) {
	s.font(14, false, false) // bookmarks are written in the way of the font
	s.pdf.Bookmark(printable(text), level, s.y)
}

// ruler draws a line across a column.
func (s *setter) ruler(x, y, width float64) {
	s.tags.decoration(func() { s.tags.mark(func() { s.rule(x, y, width, 0.25) }) })
}

// room begins a page where fewer than so many millimetres are left.
func (s *setter) room(need float64) {
	if s.y+need > s.height-marginMM && s.y > marginMM {
		s.page()
	}
}

// leading is the height of a line of the report in millimetres.
func leading(size float64) float64 { return size * mmPerPoint * 1.2 }

func (s *setter) font(size float64, bold, italic bool) {
	style := ""
	if bold {
		style += "B"
	}
	if italic {
		style += "I"
	}
	s.pdf.SetFont(tinos, style, size)
}

// put writes one line at a place.
func (s *setter) put(size float64, style string, x, y, width float64, a align, text string) {
	s.pdf.SetFont(tinos, style, size)
	text = printable(text)
	switch a {
	case centre:
		x += (width - s.pdf.GetStringWidth(text)) / 2
	case right:
		x += width - s.pdf.GetStringWidth(text)
	}
	s.tags.mark(func() { s.pdf.Text(x, y+size*mmPerPoint*0.92, text) })
}

// A word is set as one piece.
type word struct {
	text         string
	bold, italic bool
	width        float64
}

// words takes runs apart; a word that is wider than the column is cut.
func (s *setter) words(runs []run, size, width float64) []word {
	var out []word
	for _, r := range runs {
		s.font(size, r.bold, r.italic)
		for _, t := range strings.Fields(printable(r.text)) {
			for s.pdf.GetStringWidth(t) > width {
				cut := 0
				for i, c := range t {
					if n := i + utf8.RuneLen(c); i > 0 && s.pdf.GetStringWidth(t[:n]) > width {
						break
					} else {
						cut = n
					}
				}
				if cut >= len(t) {
					break
				}
				out = append(out, word{t[:cut], r.bold, r.italic, s.pdf.GetStringWidth(t[:cut])})
				t = t[cut:]
			}
			out = append(out, word{t, r.bold, r.italic, s.pdf.GetStringWidth(t)})
		}
	}
	return out
}

// justified is the alignment of running text.
const justified = right + 1

// breakLines fills lines with words.
func (s *setter) breakLines(ws []word, size, width, indent float64) [][]word {
	s.font(size, false, false)
	space := s.pdf.GetStringWidth(" ")
	var lines [][]word
	used, from := indent, 0
	for i, w := range ws {
		gap := space
		if i == from {
			gap = 0
		}
		if i > from && used+gap+w.width > width {
			lines = append(lines, ws[from:i])
			used, from, gap = 0, i, 0
		}
		used += gap + w.width
	}
	if from < len(ws) {
		lines = append(lines, ws[from:])
	}
	return lines
}

// lines sets a paragraph, over as many pages as it needs; one line is never
// left alone at the end of a page where the paragraph has more.
func (s *setter) lines(runs []run, size float64, a align, indent float64) {
	lines := s.breakLines(s.words(runs, size, s.width-indent), size, s.width, indent)
	if len(lines) > 1 {
		s.room(2 * leading(size))
	}
	for i, line := range lines {
		if i == len(lines)-2 { // no widow: the last two stay together
			s.room(2 * leading(size))
		}
		s.room(leading(size))
		x := s.left
		if i == 0 {
			x += indent
		}
		s.line(line, size, x, s.left+s.width-x, a, i == len(lines)-1)
		s.y += leading(size)
	}
}

// line sets one line; last says that nothing of its paragraph follows.
func (s *setter) line(line []word, size, x, width float64, a align, last bool) {
	if len(line) > 0 {
		s.tags.mark(func() { s.drawLine(line, size, x, width, a, last) })
	}
}

func (s *setter) drawLine(line []word, size, x, width float64, a align, last bool) {
	s.font(size, false, false)
	space, used := s.pdf.GetStringWidth(" "), 0.0
	for _, w := range line {
		used += w.width
	}
	gaps := float64(len(line) - 1)
	switch {
	case a == justified && !last && gaps > 0:
		space = (width - used) / gaps
	case a == centre:
		x += (width - used - gaps*space) / 2
	case a == right:
		x += width - used - gaps*space
	}
	// Words of one style go out together, so that a reader finds sentences; where they
	// stand apart, and at the end of a line, a blank goes with each.
	for i := 0; i < len(line); {
		j := i + 1
		text, wide := line[i].text, line[i].width
		if a != justified || last {
			for j < len(line) && line[j].bold == line[i].bold && line[j].italic == line[i].italic {
				text += " " + line[j].text
				j++
			}
			s.font(size, line[i].bold, line[i].italic)
			wide = s.pdf.GetStringWidth(text)
		}
		s.font(size, line[i].bold, line[i].italic)
		if j < len(line) || !last {
			text += " "
		}
		s.pdf.Text(x, s.y+size*mmPerPoint*0.92, text)
		x += wide + space
		i = j
	}
}

func (s *setter) letterhead(o official) {
	right := s.width * 0.6
	left := s.width - right
	top := s.y
	at := func(size float64, style string, x, width float64, text string) {
		for s.pdf.SetFont(tinos, style, size); size > 8 && s.pdf.GetStringWidth(printable(text)) > width; s.pdf.SetFont(tinos, style, size) {
			size -= 0.25
		}
		s.tags.within("P", func() { s.put(size, style, x, s.y, width, centre, text) })
	}
	under := func(style string, size float64, x, width, part float64, text string) {
		s.pdf.SetFont(tinos, style, size)
		n := min(s.pdf.GetStringWidth(printable(text))*part, width)
		s.ruler(x+(width-n)/2, s.y+1, n)
	}
	at(12.5, "", s.left, left, o.authority)
	at(12.5, "B", s.left+left, right, o.nation)
	s.y += leading(13)
	at(13, "B", s.left, left, o.body)
	at(13, "B", s.left+left, right, o.motto)
	s.y += leading(13)
	under("B", 13, s.left, left, 0.45, o.body)
	under("B", 13, s.left+left, right, 1, o.motto)
	s.y = top + 2*leading(13) + 4
	at(13, "", s.left, left, o.number)
	at(13.5, "I", s.left+left, right, o.place)
	s.y += leading(13) + 5
	s.tags.within("H1", func() {
		s.lines([]run{{text: o.title, bold: true}}, 14, centre, 0)
		s.lines([]run{{text: o.subject, bold: true}}, 14, centre, 0)
	})
	s.ruler(s.left+(s.width-50)/2, s.y+1.5, 50)
	s.y += 6
	for i, line := range o.addressee {
		if i == 0 {
			line = "Kính gửi: " + line
		}
		s.tags.within("P", func() { s.lines([]run{{text: line}}, 14, centre, 0) })
	}
	s.y += 3
}

// block sets one block; size is that of running text.
func (s *setter) block(b block, size float64) {
	const indent = 10
	switch b := b.(type) {
	case heading:
		s.y += 2
		s.room(float64(10-3*b.level) * leading(size))
		s.outline(b.text, b.level-1)
		s.tags.within("H"+strconv.Itoa(b.level+1), func() { s.lines([]run{{text: b.text, bold: true}}, size, left, indent) })
		s.y++
	case paragraph:
		if b.centre {
			if b.keep {
				s.room(40)
			}
			s.y++
			s.tags.within("P", func() { s.lines(b.runs, 13, centre, 0) })
			s.y += 1.5
			return
		}
		s.tags.within("P", func() { s.lines(b.runs, size, justified, indent) })
		s.y += 1.5
	case table:
		s.tags.within("Table", func() { s.table(b) })
	case picture:
		s.room(b.height + 14)
		s.images++
		name := "chart" + strconv.Itoa(s.images)
		s.pdf.RegisterImageOptionsReader(name, fpdf.ImageOptions{ImageType: "PNG"}, bytes.NewReader(b.png))
		s.tags.within("Figure", func() {
			x := s.left + (s.width-b.width)/2
			n := s.tags.here()
			n.alt, n.box = b.alt, [4]float64{x / mmPerPoint, (s.height - s.y - b.height) / mmPerPoint, (x + b.width) / mmPerPoint, (s.height - s.y) / mmPerPoint}
			s.tags.mark(func() {
				s.pdf.ImageOptions(name, x, s.y, b.width, b.height, false, fpdf.ImageOptions{ImageType: "PNG"}, 0, "")
			})
		})
		s.y += b.height + 1
	}
}
