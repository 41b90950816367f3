package report

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf16"

	"codeberg.org/go-pdf/fpdf"
)

// The PDF library draws and knows no structure. So what is drawn is marked as it is
// drawn (PDF 32000-1, 14.6), and the tree that says what the marks are – headings,
// paragraphs, tables, pictures with words for them – is appended to the finished
// file as an update (7.5.6): nothing that the library wrote is changed.

// A tagTree (cây cấu trúc) is the structure of a document in the making.
type tagTree struct {
	pdf   *fpdf.Fpdf
	nodes []tagNode // the first is the document
	open  []int     // from the document down
	marks [][]int   // page by page: the node of each mark
	deco  bool      // what is drawn is decoration
}

// A tagNode is an element of the structure.
type tagNode struct {
	kind   string // P, H1, Table …
	alt    string
	parent int
	kids   []tagKid
	box    [4]float64 // of a picture, in points from the lower left
}

// A tagKid is another node, or a mark of a page where node is 0.
type tagKid struct{ node, page, mark int }

func newTagTree(pdf *fpdf.Fpdf) *tagTree {
	return &tagTree{pdf: pdf, nodes: []tagNode{{kind: "Document"}}, open: []int{0}}
}

// within puts what is drawn meanwhile into a new element.
func (t *tagTree) within(kind string, draw func()) {
	if t.deco {
		draw()
		return
	}
	n, parent := len(t.nodes), t.open[len(t.open)-1]
	t.nodes = append(t.nodes, tagNode{kind: kind, parent: parent})
	t.nodes[parent].kids = append(t.nodes[parent].kids, tagKid{node: n})
	t.open = append(t.open, n)
	draw()
	t.open = t.open[:len(t.open)-1]
}

// here is the element that is open.
func (t *tagTree) here() *tagNode { return &t.nodes[t.open[len(t.open)-1]] }

// decoration is drawn for the eye only: rules, page numbers, heads of tables that
// come again.
func (t *tagTree) decoration(draw func()) {
	was := t.deco
	t.deco = true
	draw()
	t.deco = was
}

// mark marks what is drawn, on one page.
func (t *tagTree) mark(draw func()) {
	if t.deco {
		t.pdf.RawWriteStr("/Artifact BMC")
	} else {
		page := t.pdf.PageNo()
		for len(t.marks) < page {
			t.marks = append(t.marks, nil)
		}
		n := len(t.marks[page-1])
		t.marks[page-1] = append(t.marks[page-1], t.open[len(t.open)-1])
		t.here().kids = append(t.here().kids, tagKid{page: page, mark: n})
		t.pdf.RawWriteStr(fmt.Sprintf("/%s <</MCID %d>> BDC", t.here().kind, n))
	}
	draw()
	t.pdf.RawWriteStr("EMC")
}

var errPDF = errors.New("the PDF cannot be read again")

var (
	pdfTrailer = regexp.MustCompile(`trailer\s*<<\s*/Size (\d+)\s+/Root (\d+) 0 R\s+/Info (\d+) 0 R\s*>>\s*startxref\s+(\d+)\s+%%EOF\s*$`)
	pdfKids    = regexp.MustCompile(`/Kids \[((?:\d+ 0 R ?)+)\]`)
)

// write finishes the document and writes it with its structure.
func (t *tagTree) write(w io.Writer) error {
	var b bytes.Buffer
	if err := t.pdf.Output(&b); err != nil {
		return err
	}
	u, err := newPDFUpdate(b.Bytes())
	if err != nil {
		return err
	}
	pages, err := u.pages()
	if err != nil {
		return err
	}
	root, tree, first := u.next, u.next+1, u.next+2 // the root, the marks' tree, the elements
	at := func(node int) int { return first + node }
	for i, page := range pages {
		if err := u.amend(page, fmt.Sprintf("/StructParents %d\n/Tabs /S", i)); err != nil {
			return err
		}
	}
	if err := u.amend(u.root, fmt.Sprintf("/Version /1.7\n/MarkInfo <</Marked true>>\n/ViewerPreferences <</DisplayDocTitle true>>\n/StructTreeRoot %d 0 R", root)); err != nil {
		return err
	}
	u.add(fmt.Sprintf("<</Type /StructTreeRoot /K %d 0 R /ParentTree %d 0 R /ParentTreeNextKey %d>>", at(0), tree, len(pages)))
	var nums strings.Builder
	for i, marks := range t.marks {
		fmt.Fprintf(&nums, " %d [", i)
		for _, node := range marks {
			fmt.Fprintf(&nums, " %d 0 R", at(node))
		}
		nums.WriteString(" ]")
	}
	u.add("<</Nums [" + nums.String() + " ]>>")
	for i, n := range t.nodes {
		parent := root
		if i > 0 {
			parent = at(n.parent)
		}
		var s strings.Builder
		fmt.Fprintf(&s, "<</Type /StructElem /S /%s /P %d 0 R", n.kind, parent)
		if i == 0 {
			s.WriteString(" /Lang (vi-VN)")
		}
		if n.alt != "" {
			s.WriteString(" /Alt " + pdfText(n.alt))
		}
		switch n.kind {
		case "TH":
			s.WriteString(" /A <</O /Table /Scope /Column>>")
		case "Figure":
			fmt.Fprintf(&s, " /A <</O /Layout /Placement /Block /BBox [%.2f %.2f %.2f %.2f]>>", n.box[0], n.box[1], n.box[2], n.box[3])
		}
		s.WriteString(" /K [")
		for _, k := range n.kids {
			if k.node > 0 {
				fmt.Fprintf(&s, " %d 0 R", at(k.node))
			} else {
				fmt.Fprintf(&s, " <</Type /MCR /Pg %d 0 R /MCID %d>>", pages[k.page-1], k.mark)
			}
		}
		s.WriteString(" ]>>")
		u.add(s.String())
	}
	_, err = w.Write(u.finish())
	return err
}

// pdfText is a text string of a PDF.
func pdfText(s string) string {
	var b strings.Builder
	b.WriteString("<FEFF")
	for _, u := range utf16.Encode([]rune(printable(s))) {
		fmt.Fprintf(&b, "%04X", u)
	}
	b.WriteString(">")
	return b.String()
}

// A pdfUpdate appends objects to a finished file.
type pdfUpdate struct {
	out        bytes.Buffer
	old        []byte
	offsets    []int // of the old objects, by number
	root, info int
	start      int         // of the old table
	next       int         // the number of the next new object
	placed     map[int]int // offsets of what is new
	order      []int       // its numbers, as written
}

func newPDFUpdate(file []byte) (*pdfUpdate, error) {
	m := pdfTrailer.FindSubmatch(file[max(0, len(file)-512):])
	if m == nil {
		return nil, errPDF
	}
	var n [4]int
	for i := range n {
		var err error
		if n[i], err = strconv.Atoi(string(m[i+1])); err != nil {
			return nil, errPDF
		}
	}
	u := &pdfUpdate{old: file, next: n[0], root: n[1], info: n[2], start: n[3], placed: map[int]int{}}
	if u.start >= len(file) {
		return nil, errPDF
	}
	lines := bytes.Split(file[u.start:], []byte("\n"))
	if len(lines) < u.next+2 || string(lines[0]) != "xref" {
		return nil, errPDF
	}
	for _, line := range lines[2 : 2+u.next] {
		offset, err := strconv.Atoi(string(line[:min(10, len(line))]))
		if err != nil {
			return nil, errPDF
		}
		u.offsets = append(u.offsets, offset)
	}
	u.out.Write(file)
	return u, nil
}

// dictionary is what an old object that is a dictionary holds.
func (u *pdfUpdate) dictionary(n int) (string, error) {
	if n < 1 || n >= len(u.offsets) || u.offsets[n] >= u.start {
		return "", errPDF
	}
	body := u.old[u.offsets[n]:u.start]
	head, end := []byte(fmt.Sprintf("%d 0 obj\n<<", n)), bytes.Index(body, []byte(">>\nendobj"))
	if !bytes.HasPrefix(body, head) || end < 0 {
		return "", errPDF
	}
	return string(body[len(head):end]), nil
}

// pages are the numbers of the page objects, in order.
func (u *pdfUpdate) pages() ([]int, error) {
	tree, err := u.dictionary(1)
	if err != nil {
		return nil, err
	}
	m := pdfKids.FindStringSubmatch(tree)
	if m == nil {
		return nil, errPDF
	}
	var out []int
	for _, f := range strings.Split(strings.TrimSpace(m[1]), " 0 R") {
		if f = strings.TrimSpace(f); f == "" {
			continue
		}
		n, err := strconv.Atoi(f)
		if err != nil {
			return nil, errPDF
		}
		out = append(out, n)
	}
	return out, nil
}

func (u *pdfUpdate) put(n int, dictionary string) {
	u.placed[n] = u.out.Len()
	u.order = append(u.order, n)
	fmt.Fprintf(&u.out, "%d 0 obj\n%s\nendobj\n", n, dictionary)
}

// amend writes an old object again, with more in it.
func (u *pdfUpdate) amend(n int, more string) error {
	old, err := u.dictionary(n)
	if err == nil {
		u.put(n, "<<"+old+"\n"+more+">>")
	}
	return err
}

// add writes a new object.
func (u *pdfUpdate) add(dictionary string) {
	u.put(u.next, dictionary)
	u.next++
}

// finish writes the table of what is new and returns the file.
func (u *pdfUpdate) finish() []byte {
	start := u.out.Len()
	u.out.WriteString("xref\n")
	for _, n := range u.order {
		fmt.Fprintf(&u.out, "%d 1\n%010d 00000 n \n", n, u.placed[n])
	}
	fmt.Fprintf(&u.out, "trailer\n<<\n/Size %d\n/Root %d 0 R\n/Info %d 0 R\n/Prev %d\n>>\nstartxref\n%d\n%%%%EOF\n", u.next, u.root, u.info, u.start, start)
	return u.out.Bytes()
}
