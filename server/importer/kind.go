package importer

import (
	"bytes"
	"io"
	"strings"
	"unicode/utf16"
)

// headSize is how much of a file is looked at to tell what it is.
const headSize = 64 << 10

// A fileKind is what a file really is, whatever its name says.
type fileKind uint8

const (
	kindText fileKind = iota
	kindZip
)

// kindOf tells the two kinds that can be imported, and says of anything else
// what it is.
func kindOf(r io.ReaderAt, size int64, head []byte) (fileKind, error) {
	if len(bytes.TrimSpace(bytes.TrimPrefix(head, []byte(utf8Mark)))) == 0 && size <= headSize {
		return 0, fileError("tệp rỗng", "the file is empty")
	}
	if bytes.HasPrefix(head, []byte("PK\x03\x04")) {
		return kindZip, nil
	}
	if bytes.HasPrefix(head, []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")) {
		return 0, compound(r, size, head)
	}
	for _, m := range []struct{ magic, vi, en string }{
		{"PK\x05\x06", "tệp zip rỗng", "an empty zip file"},
		{"PK\x07\x08", "tệp zip nhiều phần", "part of a zip file in several parts"},
		{"\xff\xd8\xff", "ảnh JPEG", "a JPEG image"},
		{"\x89PNG", "ảnh PNG", "a PNG image"},
		{"GIF8", "ảnh GIF", "a GIF image"},
		{"%PDF-", "tệp PDF", "a PDF file"},
		{"{\\rtf", "tệp RTF", "an RTF file"},
		{"Rar!", "tệp nén RAR", "a RAR archive"},
		{"7z\xbc\xaf\x27\x1c", "tệp nén 7-Zip", "a 7-Zip archive"},
		{"\x1f\x8b", "tệp nén gzip", "a gzip archive"},
		{"SQLite format 3", "tệp cơ sở dữ liệu", "a database file"},
	} {
		if bytes.HasPrefix(head, []byte(m.magic)) {
			return 0, notThat(m.vi, m.en)
		}
	}
	if err := markup(head); err != nil {
		return 0, err
	}
	if _, _, wide := byteOrder(head); !wide && bytes.IndexByte(head, 0) >= 0 {
		return 0, notThat("tệp nhị phân", "a binary file")
	}
	return kindText, nil
}

func notThat(vi, en string) error {
	return fileError("đây là "+vi+", không phải XLSX hay CSV", "this is "+en+", not XLSX or CSV")
}

// markup finds the web pages and XML files that some systems call .xls.
func markup(head []byte) error {
	start := bytes.TrimPrefix(head, []byte(utf8Mark))
	start = bytes.ToLower(bytes.TrimLeft(start, " \t\r\n"))
	if order, _, ok := byteOrder(head); ok {
		start = []byte(strings.ToLower(strings.TrimSpace(decode16(head, order))))
	}
	start = start[:min(len(start), 4096)]
	const vi = "; hãy mở bằng Excel hoặc LibreOffice và lưu lại thành .xlsx"
	const en = "; open it in Excel or LibreOffice and save it as .xlsx"
	switch {
	case bytes.HasPrefix(start, []byte("<?xml")) && bytes.Contains(start, []byte("spreadsheet")):
		return fileError("đây là bảng tính XML 2003, không phải XLSX"+vi, "this is an XML spreadsheet of 2003, not XLSX"+en)
	case bytes.HasPrefix(start, []byte("<!doctype html")), bytes.HasPrefix(start, []byte("<html")), bytes.HasPrefix(start, []byte("<table")),
		bytes.HasPrefix(start, []byte("<head")), bytes.HasPrefix(start, []byte("<body")), bytes.HasPrefix(start, []byte("<meta")),
		bytes.HasPrefix(start, []byte("<style")), bytes.HasPrefix(start, []byte("<!--")), bytes.HasPrefix(start, []byte("mime-version:")),
		bytes.HasPrefix(start, []byte("<?xml")) && bytes.Contains(start, []byte("<html")):
		return fileError("đây là trang web (HTML) được đặt tên như bảng tính"+vi, "this is a web page (HTML) that is named like a spreadsheet"+en)
	case bytes.HasPrefix(start, []byte("<?xml")):
		return notThat("tệp XML", "an XML file")
	}
	return nil
}

// compound says what an OLE compound file is: a workbook with a password, or
// one of the time before XLSX. Their streams are named in UTF-16 in the
// directory, whose first sector the head points to.
func compound(r io.ReaderAt, size int64, head []byte) error {
	var dir []byte
	if len(head) >= 52 {
		shift := uint(head[30])
		first := int64(head[48]) | int64(head[49])<<8 | int64(head[50])<<16 | int64(head[51])<<24
		if shift == 9 || shift == 12 {
			dir = make([]byte, 4096)
			n, err := r.ReadAt(dir, (first+1)<<shift)
			if err != nil && err != io.EOF {
				n = 0
			}
			dir = dir[:n]
		}
	}
	switch {
	case bytes.Contains(dir, wide("EncryptedPackage")):
		return fileError("bảng tính có mật khẩu; hãy bỏ mật khẩu rồi nhập lại",
			"the workbook is encrypted; remove the password and import it again")
	case bytes.Contains(dir, wide("Workbook")), bytes.Contains(dir, wide("Book")):
		return fileError("đây là tệp .xls kiểu cũ (Excel 97–2003); hãy lưu lại thành .xlsx",
			"this is an old .xls file (Excel 97–2003); save it as .xlsx")
	case bytes.Contains(dir, wide("WordDocument")):
		return notThat("tệp Word kiểu cũ", "an old Word file")
	}
	return fileError("đây là tệp Office kiểu cũ hoặc có mật khẩu; hãy lưu lại thành .xlsx không mật khẩu",
		"this is an old or an encrypted Office file; save it as .xlsx without a password")
}

// wide is a text in UTF-16, little end first.
func wide(s string) []byte {
	var out []byte
	for _, u := range utf16.Encode([]rune(s)) {
		out = append(out, byte(u), byte(u>>8))
	}
	return out
}

// An order is the order of the bytes in UTF-16.
type order uint8

const (
	littleEndian order = iota
	bigEndian
)

// byteOrder tells UTF-16, by its mark (of so many bytes) or by every second
// byte of Western text being zero.
func byteOrder(head []byte) (o order, mark int, ok bool) {
	switch {
	case bytes.HasPrefix(head, []byte("\xff\xfe")):
		return littleEndian, 2, true
	case bytes.HasPrefix(head, []byte("\xfe\xff")):
		return bigEndian, 2, true
	}
	var zero [2]int
	n := min(len(head), 4096) &^ 1
	for i, c := range head[:n] {
		if c == 0 {
			zero[i&1]++
		}
	}
	switch {
	case n < 8:
	case zero[1] > n*3/10 && zero[0] == 0:
		return littleEndian, 0, true
	case zero[0] > n*3/10 && zero[1] == 0:
		return bigEndian, 0, true
	}
	return 0, 0, false
}

func decode16(b []byte, o order) string {
	u := make([]uint16, 0, len(b)/2)
	for i := 0; i+1 < len(b); i += 2 {
		if o == bigEndian {
			u = append(u, uint16(b[i])<<8|uint16(b[i+1]))
		} else {
			u = append(u, uint16(b[i+1])<<8|uint16(b[i]))
		}
	}
	return strings.TrimPrefix(string(utf16.Decode(u)), "\ufeff")
}
