package report

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"hailong/server"
)

// The package's parts are written directly: the form of an official paper is
// a dozen elements of WordprocessingML, fewer than a template to append to
// would need, and every byte of it is known.

// The measures of a page in twips, a twentieth of a point.
const (
	twipsMM   = 1440 / 25.4
	pageShort = 11906 // A4
	pageLong  = 16838
	marginTop = 1134 // 20 mm
	marginLo  = 1134
	marginIn  = 1701 // 30 mm, the side that is bound
	marginOut = 1020 // 18 mm
	textWide  = pageShort - marginIn - marginOut
	textLong  = pageLong - 2*marginTop
)

// OfficialDOCX writes a period's report as a Word document in the form of
// NĐ 30/2020/NĐ-CP. The same report makes the same bytes.
func OfficialDOCX(w io.Writer, r *server.PeriodReport, demo bool) error {
	o, err := newOfficial(r, demo, true)
	if err != nil {
		return err
	}
	return writeDOCX(w, o)
}

func writeDOCX(w io.Writer, o official) error {
	d := &docx{}
	if err := d.measure(); err != nil {
		return err
	}
	d.document(o)
	z := zip.NewWriter(w)
	for _, p := range d.parts(o) {
		f, err := z.CreateHeader(&zip.FileHeader{Name: p.name, Method: zip.Deflate, Modified: o.made.UTC()})
		if err == nil {
			_, err = f.Write(p.body)
		}
		if err != nil {
			return fmt.Errorf("writing %s: %w", p.name, err)
		}
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("writing the document: %w", err)
	}
	return nil
}

// A docx is a document in the making.
type docx struct {
	b      strings.Builder // the body
	images [][]byte
	bold   paper // measures bold text
}

func (d *docx) measure() error {
	var err error
	d.bold, err = newTinos("", time.Time{}, "B")
	return err
}

// wide is how wide bold text of a size in points is, in twips.
func (d *docx) wide(text string, size float64) int {
	d.bold.pdf.SetFont(tinos, "B", size)
	return int(d.bold.pdf.GetStringWidth(text) * twipsMM)
}

func (d *docx) add(parts ...string) {
	for _, p := range parts {
		d.b.WriteString(p)
	}
}

// escape writes text for XML: composed letters, and nothing that XML forbids.
func escape(s string) string {
	var b bytes.Buffer
	s = strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' && r != '\n' || r == 0x7f || r == 0xfffe || r == 0xffff || (r >= 0x202a && r <= 0x202e) || (r >= 0x2066 && r <= 0x2069) {
			return -1
		}
		return r
	}, norm.NFC.String(strings.ToValidUTF8(s, "?")))
	if err := xml.EscapeText(&b, []byte(s)); err != nil {
		return "" // a buffer takes everything
	}
	return b.String()
}

// A look of a paragraph.
type para struct {
	style               string
	align               string // left, center, right, both
	size                int    // of the letters in half points; 0 is the style's
	bold, italic        bool
	before, after, line int
	exact               bool
	left, right, first  int
	keepNext, keepLines bool
	flush               bool // no indent, whatever the style has
	rule                bool // a line above
	section             string
}

func (p para) properties() string {
	var b strings.Builder
	b.WriteString("<w:pPr>")
	if p.style != "" {
		b.WriteString(`<w:pStyle w:val="` + p.style + `"/>`)
	}
	if p.keepNext {
		b.WriteString("<w:keepNext/>")
	}
	if p.keepLines {
		b.WriteString("<w:keepLines/>")
	}
	if p.rule {
		b.WriteString(`<w:pBdr><w:top w:val="single" w:sz="6" w:space="1" w:color="000000"/></w:pBdr>`)
	}
	line, rule := p.line, "auto"
	if line == 0 {
		line = 240
	}
	if p.exact {
		rule = "exact"
	}
	if p.style == "" || p.exact || p.before+p.after > 0 {
		fmt.Fprintf(&b, `<w:spacing w:before="%d" w:after="%d" w:line="%d" w:lineRule="%s"/>`, p.before, p.after, line, rule)
	}
	if p.left != 0 || p.right != 0 || p.first != 0 || p.style == "" || p.flush {
		fmt.Fprintf(&b, `<w:ind w:left="%d" w:right="%d" w:firstLine="%d"/>`, p.left, p.right, p.first)
	}
	if p.align != "" {
		b.WriteString(`<w:jc w:val="` + p.align + `"/>`)
	}
	b.WriteString(p.section + "</w:pPr>")
	return b.String()
}

func runProperties(bold, italic bool, size int) string {
	var b strings.Builder
	if bold {
		b.WriteString("<w:b/><w:bCs/>")
	}
	if italic {
		b.WriteString("<w:i/><w:iCs/>")
	}
	if size > 0 {
		fmt.Fprintf(&b, `<w:sz w:val="%d"/><w:szCs w:val="%d"/>`, size, size)
	}
	if b.Len() == 0 {
		return ""
	}
	return "<w:rPr>" + b.String() + "</w:rPr>"
}

// text writes a paragraph of one style.
func (d *docx) text(p para, text string) {
	d.runs(p, []run{{text, p.bold, p.italic}})
}

func (d *docx) runs(p para, runs []run) {
	d.add("<w:p>", p.properties())
	for _, r := range runs {
		if r.text == "" {
			continue
		}
		d.add("<w:r>", runProperties(r.bold, r.italic, p.size), `<w:t xml:space="preserve">`, escape(r.text), "</w:t></w:r>")
	}
	d.add("</w:p>")
}

// line writes a horizontal rule of a width in the middle of a column.
func (d *docx) line(width, column int) {
	side := max((column-width)/2, 0)
	d.text(para{align: "center", exact: true, line: 60, left: side, right: side, rule: true, size: 4}, "")
}

// grid begins a table without borders; rows are written by the caller.
func (d *docx) grid(columns ...int) {
	d.add(`<w:tbl><w:tblPr><w:tblW w:w="`, strconv.Itoa(sum(columns)), `" w:type="dxa"/><w:jc w:val="center"/><w:tblLayout w:type="fixed"/><w:tblCellMar><w:left w:w="0" w:type="dxa"/><w:right w:w="0" w:type="dxa"/></w:tblCellMar></w:tblPr><w:tblGrid>`)
	for _, c := range columns {
		d.add(`<w:gridCol w:w="`, strconv.Itoa(c), `"/>`)
	}
	d.add("</w:tblGrid>")
}

func sum(v []int) (n int) {
	for _, x := range v {
		n += x
	}
	return n
}

func (d *docx) cell(width int, content func()) {
	d.add(`<w:tc><w:tcPr><w:tcW w:w="`, strconv.Itoa(width), `" w:type="dxa"/></w:tcPr>`)
	content()
	d.add("</w:tc>")
}

const unbroken = "<w:tr><w:trPr><w:cantSplit/></w:trPr>"

// letterhead writes the authority and the nation over each other's rules.
func (d *docx) letterhead(o official) {
	right := max(d.wide(o.nation, 12.5)+120, 5200)
	left := textWide - right
	mid := func(size int, bold, italic bool) para {
		return para{align: "center", size: size, bold: bold, italic: italic}
	}
	d.grid(left, right)
	d.add(unbroken)
	d.cell(left, func() {
		d.text(mid(25, false, false), o.authority)
		d.text(mid(26, true, false), o.body)
		d.line(min(d.wide(o.body, 13)*45/100, left), left)
	})
	d.cell(right, func() {
		d.text(mid(25, true, false), o.nation)
		d.text(mid(26, true, false), o.motto)
		d.line(d.wide(o.motto, 13), right)
	})
	d.add("</w:tr>", unbroken)
	number := mid(26, false, false)
	number.before = 60
	date := mid(27, false, true)
	date.before = 60
	d.cell(left, func() { d.text(number, o.number) })
	d.cell(right, func() { d.text(date, o.place) })
	d.add("</w:tr></w:tbl>")
}

// document writes the body: the paper itself and its annexes, each a section.
func (d *docx) document(o official) {
	d.letterhead(o)
	title := para{align: "center", size: 28, bold: true, before: 240, keepNext: true}
	d.text(title, o.title)
	title.before = 0
	title.left, title.right = 400, 400
	d.text(title, o.subject)
	d.line(2800, textWide)
	for i, line := range o.addressee {
		p := para{align: "center", size: 28, keepNext: true}
		if i == 0 {
			p.before, line = 240, "Kính gửi: "+line
		}
		if i == len(o.addressee)-1 {
			p.after = 200
		}
		d.text(p, line)
	}
	for i, b := range o.blocks {
		d.block(b, textWide, 24, i == len(o.blocks)-1)
	}
	d.signature(o)
	for i, a := range o.annexes {
		section := sectionLandscape
		if i == 0 {
			section = sectionPortrait
		}
		d.text(para{exact: true, line: 20, size: 2, section: section}, "")
		// Headings, so that they are found in the navigation of Word.
		head := para{style: "Heading1", align: "center", bold: true, keepNext: true, flush: true, line: 240, after: 1}
		d.text(head, "Phụ lục "+a.number)
		head.style = "Heading2"
		d.text(head, a.title)
		for _, line := range o.lines {
			d.text(para{align: "center", size: 26, italic: true, after: 160, keepNext: true}, line)
		}
		for _, b := range a.blocks {
			d.block(b, textLong, 24, false)
		}
	}
	d.add(sectionLandscape)
}

const (
	sectionPortrait = `<w:sectPr><w:headerReference w:type="default" r:id="rId3"/><w:headerReference w:type="first" r:id="rId4"/><w:pgSz w:w="11906" w:h="16838"/>` +
		`<w:pgMar w:top="1134" w:right="1020" w:bottom="1134" w:left="1701" w:header="567" w:footer="567" w:gutter="0"/><w:pgNumType w:start="1"/><w:cols w:space="720"/><w:titlePg/></w:sectPr>`
	sectionLandscape = `<w:sectPr><w:headerReference w:type="default" r:id="rId3"/><w:type w:val="nextPage"/><w:pgSz w:w="16838" w:h="11906" w:orient="landscape"/>` +
		`<w:pgMar w:top="1134" w:right="1134" w:bottom="1134" w:left="1134" w:header="567" w:footer="567" w:gutter="0"/><w:pgNumType w:start="1"/><w:cols w:space="720"/></w:sectPr>`
)

func (d *docx) block(b block, width, tableSize int, last bool) {
	switch b := b.(type) {
	case heading:
		d.text(para{style: "Heading" + strconv.Itoa(b.level)}, b.text)
	case paragraph:
		p := para{style: "BodyText", keepNext: b.keep || last, keepLines: last}
		if b.centre {
			p = para{align: "center", size: 26, before: 60, after: 80, keepNext: b.keep, keepLines: true}
		}
		d.runs(p, b.runs)
	case table:
		d.table(b, width, tableSize)
	case picture:
		d.picture(b)
	}
}

// smallTable is the most rows that are kept on one page.
const smallTable = 5

func (d *docx) table(t table, width, size int) {
	total, widths := 0.0, make([]int, len(t.columns))
	for _, c := range t.columns {
		total += c.width
	}
	for i, c := range t.columns {
		widths[i] = int(float64(width) * c.width / total)
	}
	d.add(`<w:tbl><w:tblPr><w:tblW w:w="`, strconv.Itoa(sum(widths)), `" w:type="dxa"/><w:jc w:val="center"/><w:tblBorders>`)
	for _, side := range [...]string{"top", "left", "bottom", "right", "insideH", "insideV"} {
		d.add("<w:", side, ` w:val="single" w:sz="4" w:space="0" w:color="000000"/>`)
	}
	d.add(`</w:tblBorders><w:tblLayout w:type="fixed"/><w:tblCellMar><w:left w:w="70" w:type="dxa"/><w:right w:w="70" w:type="dxa"/></w:tblCellMar></w:tblPr><w:tblGrid>`)
	for _, w := range widths {
		d.add(`<w:gridCol w:w="`, strconv.Itoa(w), `"/>`)
	}
	d.add(`</w:tblGrid><w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>`)
	cell := func(i int, p para, text string) {
		d.add(`<w:tc><w:tcPr><w:tcW w:w="`, strconv.Itoa(widths[i]), `" w:type="dxa"/><w:vAlign w:val="center"/></w:tcPr>`)
		p.size, p.before, p.after = size, 30, 30
		d.text(p, text)
		d.add("</w:tc>")
	}
	for i, c := range t.columns {
		cell(i, para{align: "center", bold: true, keepNext: true}, c.head)
	}
	d.add("</w:tr>")
	for n, row := range t.rows {
		d.add(unbroken)
		keep := n+1 < len(t.rows) && (t.section(n) || len(t.rows) <= smallTable || n == 0 || n == len(t.rows)-2)
		for i, c := range t.columns {
			p := para{align: "left", bold: t.bold(n), keepNext: keep}
			if c.right {
				p.align = "right"
			}
			cell(i, p, row[i])
		}
		d.add("</w:tr>")
	}
	d.add("</w:tbl>")
	d.text(para{exact: true, line: 120, size: 4}, "")
}

// emu is a millimetre in English metric units, of which an inch has 914,400.
const emu = 36000

func (d *docx) picture(p picture) {
	d.images = append(d.images, p.png)
	n := strconv.Itoa(len(d.images))
	cx, cy := strconv.Itoa(int(p.width*emu)), strconv.Itoa(int(p.height*emu))
	d.add("<w:p>", para{align: "center", before: 120, keepNext: true}.properties(), `<w:r><w:drawing><wp:inline distT="0" distB="0" distL="0" distR="0"><wp:extent cx="`, cx, `" cy="`, cy,
		`"/><wp:docPr id="`, n, `" name="Hình `, n, `" descr="`, escape(p.alt), `"/><a:graphic><a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:pic><pic:nvPicPr><pic:cNvPr id="`, n,
		`" name="chart`, n, `.png" descr="`, escape(p.alt), `"/><pic:cNvPicPr/></pic:nvPicPr><pic:blipFill><a:blip r:embed="rId`, strconv.Itoa(firstImage+len(d.images)-1),
		`"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill><pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="`, cx, `" cy="`, cy, `"/></a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr></pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r></w:p>`)
}

// signature writes who gets the paper and who signs it, never on a page of its own.
func (d *docx) signature(o official) {
	left := textWide * 46 / 100
	right := textWide - left
	d.grid(left, right)
	d.add(unbroken)
	d.cell(left, func() {
		d.text(para{size: 24, bold: true, italic: true, before: 160}, "Nơi nhận:")
		for _, r := range o.recipients {
			d.text(para{size: 22}, "- "+r+";")
		}
		d.text(para{size: 22}, "- Lưu: VT.")
	})
	d.cell(right, func() {
		mid := para{align: "center", size: 28, bold: true, before: 160}
		d.text(mid, o.onBehalf)
		mid.before = 0
		for _, line := range o.signer {
			d.text(mid, line)
		}
		for range 4 {
			d.text(mid, "")
		}
		d.text(mid, o.name)
	})
	d.add("</w:tr></w:tbl>")
}
