package importer

import (
	"archive/zip"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A sheetFile is one sheet of a workbook as a table.
type sheetFile struct {
	book *workbook
	part *zip.File
	// wanted are the columns to be read, and all others not, below the row
	// allTo. nil is all columns.
	wanted map[int]bool
	allTo  int
}

// hidden stands for the text of a cell that is not empty but was not read.
const hidden = "•"

// openSheet finds the first sheet that has a header.
func openSheet(w *workbook, d dictionary) (f *sheetFile, name string, h header, err error) {
	if err := w.strings.load(); err != nil {
		return nil, "", header{}, err
	}
	var nearest header
	for _, s := range w.sheets {
		f := &sheetFile{book: w, part: w.parts[s.part]}
		rows, err := firstRows(f.rows())
		if err != nil {
			return nil, "", header{}, err
		}
		h, ok := d.find(rows)
		if ok {
			f.wanted, f.allTo = map[int]bool{}, h.row+2 // see clerk.isNumbering
			for _, p := range h.column {
				f.wanted[p.col] = true
			}
			return f, s.name, h, nil
		}
		if len(h.column) > len(nearest.column) {
			nearest = h
		}
	}
	return nil, "", header{}, noHeader(nearest)
}

func (f *sheetFile) close() error { return f.book.strings.close() }

// rows reads the sheet to the end of its XML, and yields the rows that hold
// something. A sheet that is damaged ends with an error, always.
func (f *sheetFile) rows() iter.Seq2[row, error] {
	return func(yield func(row, error) bool) {
		x, err := openXML(f.part)
		if err != nil {
			yield(row{}, damagedBook(err))
			return
		}
		defer x.close()
		s := sheetReader{xmlPart: x, sheetFile: f}
		for {
			r, err := s.next()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				if !errors.Is(err, errSpilled) {
					err = damagedBook(fmt.Errorf("reading %s: %w", f.part.Name, err))
				}
				yield(row{}, err)
				return
			}
			if len(r.cells) > 0 && !yield(r, nil) {
				return
			}
		}
	}
}

// A sheetReader walks through the XML of a sheet.
type sheetReader struct {
	*xmlPart
	*sheetFile
	last int // number of the last row
	done bool
}

// next returns the next row, or io.EOF after a sheet that ends as it should.
func (s *sheetReader) next() (row, error) {
	for {
		t, err := s.token()
		if errors.Is(err, io.EOF) && !s.done {
			return row{}, io.ErrUnexpectedEOF
		}
		if err != nil {
			return row{}, err
		}
		switch t := t.(type) {
		case xml.StartElement:
			if t.Name.Local == "row" && !s.done {
				return s.row(t)
			}
		case xml.EndElement:
			// The decoder has seen to it that elements close in order.
			s.done = s.done || t.Name.Local == "sheetData" || t.Name.Local == "worksheet"
		}
	}
}

func (s *sheetReader) row(start xml.StartElement) (row, error) {
	r := row{number: s.last + 1}
	if a := attr(start, "r"); a != "" {
		n, err := strconv.Atoi(a)
		if err != nil || n <= s.last || n > maxRowNumber {
			return row{}, fmt.Errorf("row %q after row %d", shown(a), s.last)
		}
		r.number = n
	}
	s.last = r.number
	col := -1
	for {
		t, err := s.token()
		if err != nil {
			return row{}, unexpected(err)
		}
		switch t := t.(type) {
		case xml.StartElement:
			if t.Name.Local != "c" {
				continue
			}
			col++
			if ref := attr(t, "r"); ref != "" {
				if col = columnIndex(ref); col < 0 {
					return row{}, fmt.Errorf("cell %q", shown(ref))
				}
			}
			if col >= maxColumns {
				return row{}, fmt.Errorf("row %d has too many cells", r.number)
			}
			// The first cell tells what kind of row it is.
			want := s.wanted == nil || r.number <= s.allTo || len(r.cells) == 0 || s.wanted[col]
			c, err := s.cell(t, want)
			if err != nil {
				return row{}, err
			}
			if c.text = clean(c.text); c.text != "" {
				c.col = col
				r.cells = append(r.cells, c)
			}
		case xml.EndElement:
			if t.Name.Local == "row" {
				return r, nil
			}
		}
	}
}

// cell reads one cell: the value that was last calculated, never a formula. Of
// one that is not wanted it tells only that it is not empty.
func (s *sheetReader) cell(start xml.StartElement, want bool) (cell, error) {
	kind := attr(start, "t")
	var value, inline string
	for {
		t, err := s.token()
		if err != nil {
			return cell{}, unexpected(err)
		}
		switch t := t.(type) {
		case xml.StartElement:
			switch t.Name.Local {
			case "v":
				if value, err = s.text("v"); err != nil {
					return cell{}, err
				}
			case "is":
				if inline, err = s.rich("is"); err != nil {
					return cell{}, err
				}
			}
		case xml.EndElement:
			if t.Name.Local == "c" {
				return s.value(kind, value, inline, want)
			}
		}
	}
}

func (s *sheetReader) value(kind, value, inline string, want bool) (cell, error) {
	if kind == "s" && value != "" {
		i, err := strconv.Atoi(strings.TrimSpace(value))
		from, to, ok := s.book.strings.bounds(i)
		if err != nil || !ok {
			return cell{}, fmt.Errorf("no shared string %q", shown(value))
		}
		if !want && to > from {
			return cell{text: hidden}, nil
		}
		text, err := s.book.strings.text.read(from, to)
		return cell{text: text}, err
	}
	if !want && clean(value+inline) != "" {
		return cell{text: hidden}, nil
	}
	switch kind {
	case "inlineStr":
		return cell{text: inline}, nil
	case "str", "d":
		return cell{text: unescape(value)}, nil
	case "b":
		return cell{text: value}, nil
	case "e":
		return cell{text: value, kind: errorCell}, nil
	}
	// A number. Written as it is meant: 45292, not 4.5292E4.
	value = strings.TrimSpace(value)
	if strings.ContainsAny(value, "eE") || len(value) > 17 {
		if f, err := strconv.ParseFloat(value, 64); err == nil {
			value = strconv.FormatFloat(f, 'f', -1, 64)
		}
	}
	return cell{text: value, kind: numberCell}, nil
}

// columnIndex is the column of a reference such as AB12, from 0, or -1.
func columnIndex(ref string) int {
	n := 0
	for i := range len(ref) {
		c := ref[i] | 0x20
		if c < 'a' || c > 'z' {
			break
		}
		if n = n*26 + int(c-'a') + 1; n > maxColumns {
			return -1
		}
	}
	return n - 1
}

// An xmlPart is a part read as a stream of XML.
type xmlPart struct {
	part io.ReadCloser
	dec  *xml.Decoder
	read int // bytes since the last token
}

func openXML(f *zip.File) (*xmlPart, error) {
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	x := &xmlPart{part: r}
	x.dec = xml.NewDecoder(x)
	return x, nil
}

// Read lets the decoder read, as long as it does not pile up one huge token.
func (x *xmlPart) Read(b []byte) (int, error) {
	if x.read > maxToken {
		return 0, errors.New("one piece of XML is too large")
	}
	n, err := x.part.Read(b)
	x.read += n
	return n, err
}

func (x *xmlPart) token() (xml.Token, error) {
	x.read = 0
	return x.dec.Token()
}

func (x *xmlPart) close() { _ = x.part.Close() } // only read; checksums were compared on opening

// text reads the characters up to the end of an element. Beyond the longest
// cell that counts it keeps only enough to see that.
func (x *xmlPart) text(element string) (string, error) {
	var s string
	for {
		t, err := x.token()
		if err != nil {
			return "", unexpected(err)
		}
		switch t := t.(type) {
		case xml.CharData:
			if s == "" {
				s = string(limited(t))
			} else if len(s) < limitedSize {
				s += string(limited(t))
			}
		case xml.EndElement:
			if t.Name.Local == element {
				return s, nil
			}
		}
	}
}

// rich reads the runs of a text up to the end of an element, without the
// readings that East Asian text may carry.
func (x *xmlPart) rich(element string) (string, error) {
	var s string
	phonetic := 0
	for {
		t, err := x.token()
		if err != nil {
			return "", unexpected(err)
		}
		switch t := t.(type) {
		case xml.StartElement:
			switch {
			case t.Name.Local == "rPh":
				phonetic++
			case t.Name.Local == "t" && phonetic == 0:
				run, err := x.text("t")
				if err != nil {
					return "", err
				}
				if len(s) < limitedSize {
					s += run
				}
			}
		case xml.EndElement:
			switch t.Name.Local {
			case "rPh":
				phonetic--
			case element:
				return unescape(s), nil
			}
		}
	}
}

// limitedSize is more bytes than maxCell characters can have.
const limitedSize = 8 * maxCell

func limited(b []byte) []byte {
	if len(b) <= limitedSize {
		return b
	}
	b = b[:limitedSize]
	for !utf8.Valid(b[len(b)-utf8.UTFMax:]) && !utf8.RuneStart(b[len(b)-1]) {
		b = b[:len(b)-1]
	}
	return b
}

func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

func attr(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name && a.Name.Space == "" {
			return a.Value
		}
	}
	return ""
}
