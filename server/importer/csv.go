package importer

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// Limits of a CSV file.
const (
	maxLine       = 1 << 20 // bytes of one line
	maxRecord     = 64 << 10
	maxSpan       = 100     // lines that a quoted cell may span
	sampleSize    = 1 << 20 // bytes in which the header is looked for
	separators    = ",;\t|"
	replacement   = "\ufffd"
	utf8Mark      = "\xef\xbb\xbf"
	separatorLine = "sep=" // first line by which a file tells Excel its separator
)

// An encoding is how the characters of a text file are written.
type encoding uint8

const (
	encUTF8 encoding = iota
	encWindows1258
	encUTF16LE
	encUTF16BE
)

// A csvFile is a text file with one record a line.
type csvFile struct {
	r         io.ReaderAt
	size      int64
	enc       encoding
	separator byte
}

// openCSV finds out how the file is written: the encoding and the separator
// with which most of the header can be read.
func openCSV(r io.ReaderAt, size int64, head []byte, d dictionary) (*csvFile, header, error) {
	encs, err := encodings(r, size, head)
	if err != nil {
		return nil, header{}, err
	}
	var best *csvFile
	var nearest header
	var found bool
	for _, enc := range encs {
		for i := range len(separators) {
			f := &csvFile{r, size, enc, separators[i]}
			rows, err := firstRows(f.read(sampleSize))
			if err != nil {
				return nil, header{}, err
			}
			h, ok := d.find(rows)
			if best == nil || ok && !found || ok == found && len(h.column) > len(nearest.column) {
				best, nearest, found = f, h, ok
			}
		}
	}
	if !found {
		return nil, header{}, noHeader(nearest)
	}
	return best, nearest, nil
}

// firstRows reads the rows among which a header may stand, and one more.
func firstRows(rows iter.Seq2[row, error]) ([]row, error) {
	var out []row
	for r, err := range rows {
		if err != nil {
			return nil, err
		}
		if r.number > headerRows+1 {
			break
		}
		out = append(out, r)
	}
	return out, nil
}

// encodings lists what the file may be written in, the likeliest first. A file
// whose beginning is good UTF-8 beyond ASCII is UTF-8, even if it is damaged
// further down; one that is ASCII up to there is looked at to its end.
func encodings(r io.ReaderAt, size int64, head []byte) ([]encoding, error) {
	if o, _, ok := byteOrder(head); ok {
		if o == bigEndian {
			return []encoding{encUTF16BE}, nil
		}
		return []encoding{encUTF16LE}, nil
	}
	if bytes.HasPrefix(head, []byte(utf8Mark)) {
		return []encoding{encUTF8}, nil
	}
	whole := head
	if int64(len(head)) < size {
		whole = completeRunes(head)
	}
	ascii := bytes.IndexFunc(whole, func(r rune) bool { return r >= utf8.RuneSelf }) < 0
	switch {
	case !utf8.Valid(whole):
		return []encoding{encWindows1258, encUTF8}, nil
	case !ascii || int64(len(head)) == size:
		return []encoding{encUTF8}, nil
	}
	valid, err := validUTF8(io.NewSectionReader(r, 0, size))
	if err != nil {
		return nil, unreadable(err)
	}
	if !valid {
		return []encoding{encWindows1258, encUTF8}, nil
	}
	return []encoding{encUTF8}, nil
}

// completeRunes cuts off a character that the end of b splits.
func completeRunes(b []byte) []byte {
	for i := len(b) - 1; i >= 0 && i >= len(b)-utf8.UTFMax; i-- {
		if utf8.RuneStart(b[i]) {
			if !utf8.FullRune(b[i:]) {
				return b[:i]
			}
			break
		}
	}
	return b
}

func validUTF8(r io.Reader) (bool, error) {
	buf := make([]byte, headSize)
	rest := 0
	for {
		n, err := r.Read(buf[rest:])
		b := buf[:rest+n]
		if errors.Is(err, io.EOF) {
			return utf8.Valid(b), nil
		}
		if err != nil {
			return false, err
		}
		good := completeRunes(b)
		if !utf8.Valid(good) {
			return false, nil
		}
		rest = copy(buf, b[len(good):])
	}
}

// rows reads the whole file.
func (f *csvFile) rows() iter.Seq2[row, error] { return f.read(f.size) }

func (f *csvFile) close() error { return nil }

// read yields the rows within the first so many bytes that are not empty. They
// are numbered as a spreadsheet numbers them: an empty line is a row, and a
// line break inside quotation marks is none.
func (f *csvFile) read(limit int64) iter.Seq2[row, error] {
	return func(yield func(row, error) bool) {
		src := io.Reader(io.NewSectionReader(f.r, 0, min(limit, f.size)))
		switch f.enc {
		case encWindows1258:
			src = charmap.Windows1258.NewDecoder().Reader(src)
		case encUTF16LE:
			src = unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder().Reader(src)
		case encUTF16BE:
			src = unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewDecoder().Reader(src)
		}
		c := csvReader{lines: lineReader{src: bufio.NewReaderSize(src, headSize)}, separator: f.separator}
		if b, err := c.lines.src.Peek(len(utf8Mark)); err == nil && string(b) == utf8Mark {
			_, _ = c.lines.src.Discard(len(utf8Mark)) // it was just peeked
		}
		for n := 1; ; n++ {
			fields, broken, err := c.next()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(row{}, unreadable(err))
				return
			}
			if n == 1 && c.tellsSeparator(fields) {
				n = 0
				continue
			}
			r := row{number: n, broken: broken}
			for i, text := range fields {
				if text = clean(text); text != "" {
					r.cells = append(r.cells, cell{col: i, text: text})
				}
			}
			if (len(r.cells) > 0 || !broken.zero()) && !yield(r, nil) {
				return
			}
		}
	}
}

func unreadable(err error) error {
	return &FileError{Reason{"không đọc được tệp", "the file cannot be read"}, fmt.Errorf("reading: %w", err)}
}

// A csvReader takes lines apart into records. It is as tolerant as
// spreadsheets are (a quotation mark inside a cell is just one), and loses
// less than they do: where a mark is opened and never closed, or closed only
// by the cells of another dossier, that one line is broken, not all that follow.
type csvReader struct {
	lines     lineReader
	again     []line // lines to be read once more
	separator byte
}

func (c *csvReader) line() (line, error) {
	if len(c.again) > 0 {
		l := c.again[0]
		c.again = c.again[1:]
		return l, nil
	}
	return c.lines.next()
}

func (c *csvReader) next() (fields []string, broken Reason, err error) {
	first, err := c.line()
	if err != nil {
		return nil, Reason{}, err
	}
	fields, open := split(first.text, c.separator)
	if first.cut {
		return fields, reasonLine, nil
	}
	if !open {
		return fields, Reason{}, nil
	}
	alone, text := fields, first.text
	var more []line
	for open {
		l, err := c.line()
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, Reason{}, err
		}
		if err == nil {
			more = append(more, l)
		}
		text += "\n" + l.text
		if err != nil || l.cut || len(more) == maxSpan || len(text) > maxRecord || c.isDossier(l.text) {
			c.again = append(more, c.again...)
			return alone, reasonQuote, nil
		}
		fields, open = split(text, c.separator)
	}
	return fields, Reason{}, nil
}

// isDossier reports whether a line by itself has the code of a dossier in a
// cell: then it is not the second line of another one.
func (c *csvReader) isDossier(text string) bool {
	fields, _ := split(text, c.separator)
	for _, f := range fields {
		if _, ok := parseCode(clean(f)); ok {
			return true
		}
	}
	return false
}

func (c *csvReader) tellsSeparator(fields []string) bool {
	text := strings.ToLower(strings.Join(fields, string(rune(c.separator))))
	return len(text) == len(separatorLine)+1 && strings.HasPrefix(text, separatorLine)
}

// split takes one record apart; open says that it ends inside quotation marks.
func split(s string, separator byte) (fields []string, open bool) {
	for {
		if !strings.HasPrefix(s, `"`) {
			i := strings.IndexByte(s, separator)
			if i < 0 {
				return append(fields, s), false
			}
			fields, s = append(fields, s[:i]), s[i+1:]
			continue
		}
		var b strings.Builder
		for s = s[1:]; ; {
			i := strings.IndexByte(s, '"')
			if i < 0 {
				b.WriteString(s)
				return append(fields, b.String()), true
			}
			b.WriteString(s[:i])
			s = s[i+1:]
			if s == "" {
				return append(fields, b.String()), false
			}
			if s[0] == separator {
				s = s[1:]
				break
			}
			b.WriteByte('"')
			if s[0] == '"' {
				s = s[1:]
			}
		}
		fields = append(fields, b.String())
	}
}

// A line is one line of a text file, without its end.
type line struct {
	text string
	cut  bool // it was longer than maxLine
}

// A lineReader reads lines that end with LF, CR LF or CR.
type lineReader struct {
	src *bufio.Reader
	buf []byte
}

func (l *lineReader) next() (line, error) {
	l.buf = l.buf[:0]
	cut := false
	for n := 0; ; n++ {
		c, err := l.src.ReadByte()
		if err != nil {
			if errors.Is(err, io.EOF) && n > 0 {
				break
			}
			return line{}, err
		}
		if c == '\n' {
			break
		}
		if c == '\r' {
			if b, err := l.src.Peek(1); err == nil && b[0] == '\n' {
				_, _ = l.src.Discard(1) // it was just peeked
			}
			break
		}
		if len(l.buf) == maxLine {
			cut = true
			continue
		}
		l.buf = append(l.buf, c)
	}
	text := string(l.buf)
	if !utf8.ValidString(text) {
		text = strings.ToValidUTF8(text, replacement)
	}
	return line{text, cut}, nil
}
