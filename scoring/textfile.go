package scoring

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/unicode/norm"

	"hailong/scoring/survey"
)

// MaxFileBytes is the size of the largest file that is read.
const MaxFileBytes = 1 << 30

// A FileError says in one sentence why a file cannot be used at all.
type FileError struct{ Text survey.Text }

func (e *FileError) Error() string { return e.Text.VI + " (" + e.Text.EN + ")" }

func fileError(vi, en string) error { return &FileError{survey.Text{VI: vi, EN: en}} }

// readText reads a text file whole and brings it to UTF-8 in NFC: UTF-8 with or
// without BOM, UTF-16 with BOM, else Windows-1258.
func readText(r io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxFileBytes+1))
	if err != nil {
		return nil, fmt.Errorf("reading: %w", err)
	}
	if len(data) > MaxFileBytes {
		return nil, fileError("Tệp quá lớn.", "The file is too large.")
	}
	head := data[:min(len(data), 8)]
	switch {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("\xd0\xcf\x11\xe0")):
		return nil, fileError("Đây là tệp Excel, không phải CSV: hãy lưu lại dạng CSV.", "This is an Excel file, not CSV: save it as CSV.")
	case bytes.HasPrefix(head, []byte("\xff\xfe")), bytes.HasPrefix(head, []byte("\xfe\xff")):
		if data, err = unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder().Bytes(data); err != nil {
			return nil, fileError("Tệp UTF-16 bị hỏng.", "The UTF-16 file is damaged.")
		}
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if bytes.IndexByte(data, 0) >= 0 {
		return nil, fileError("Đây không phải tệp CSV.", "This is not a CSV file.")
	}
	if !utf8.Valid(data) {
		if data, err = charmap.Windows1258.NewDecoder().Bytes(data); err != nil {
			return nil, fileError("Không đọc được bảng mã của tệp.", "The file's encoding is not known.")
		}
	}
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, fileError("Tệp rỗng.", "The file is empty.")
	}
	return norm.NFC.Bytes(data), nil
}

// A table reads the rows of a CSV and numbers them as a spreadsheet would.
type table struct {
	data   []byte
	csv    *csv.Reader
	offset int64
	row    int
	head   []string
}

// newTable takes comma, semicolon or tab, whichever splits the first line into
// most of the wanted columns, or else into most columns.
func newTable(data []byte, wanted func(string) bool) (*table, error) {
	skipped := 0
	if line, rest, ok := bytes.Cut(data, []byte("\n")); ok && len(bytes.TrimSpace(line)) == 5 && bytes.HasPrefix(line, []byte("sep=")) {
		data, skipped = rest, 1 // a line for Excel
	}
	var best *table
	most := -1
	var broken error
	for _, comma := range ",;\t" {
		t := &table{data: data, row: skipped, csv: csv.NewReader(bytes.NewReader(data))}
		t.csv.Comma, t.csv.FieldsPerRecord, t.csv.ReuseRecord = comma, -1, true
		head, err := t.next()
		if err != nil {
			broken = err
			continue
		}
		score := len(head)
		t.head = make([]string, len(head))
		for i, h := range head {
			t.head[i] = strings.Clone(clean(h))
			if wanted(t.head[i]) {
				score += 1000
			}
		}
		if score > most {
			best, most = t, score
		}
	}
	if best == nil {
		return nil, broken
	}
	return best, nil
}

// next returns the next row that is not an empty line, or io.EOF.
func (t *table) next() ([]string, error) {
	rec, err := t.csv.Read()
	if errors.Is(err, io.EOF) {
		return nil, io.EOF
	}
	rest := t.data[t.offset:]
	for len(rest) > 0 { // empty lines have a row number in a spreadsheet
		if bytes.HasPrefix(rest, []byte("\r\n")) {
			rest = rest[2:]
		} else if rest[0] == '\n' {
			rest = rest[1:]
		} else {
			break
		}
		t.row++
	}
	t.row++
	if err != nil {
		return nil, fileError(fmt.Sprintf("Dòng %d của tệp CSV có dấu ngoặc kép sai.", t.row),
			fmt.Sprintf("Row %d of the CSV has broken quotes.", t.row))
	}
	t.offset = t.csv.InputOffset()
	return rec, nil
}

// clean trims a cell, including no-break spaces.
func clean(s string) string { return strings.Trim(s, " \t\r\n\u00a0\ufeff") }
