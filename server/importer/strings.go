package importer

import (
	"archive/zip"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// sharedStrings are the texts that the cells of a workbook point to, kept as one
// text with the place where each ends.
type sharedStrings struct {
	part *zip.File
	text spill
	ends []uint32
}

// load reads all of them. A workbook may have none.
func (s *sharedStrings) load() error {
	if s == nil || s.part == nil || s.ends != nil {
		return nil
	}
	x, err := openXML(s.part)
	if err != nil {
		return damagedBook(err)
	}
	defer x.close()
	s.ends = make([]uint32, 0, 1024)
	done := false
	for {
		t, err := x.token()
		if errors.Is(err, io.EOF) && done {
			return s.text.flush()
		}
		if err != nil {
			return damagedBook(fmt.Errorf("reading %s: %w", s.part.Name, unexpected(err)))
		}
		switch t := t.(type) {
		case xml.StartElement:
			if t.Name.Local != "si" {
				continue
			}
			text, err := x.rich("si")
			if err != nil {
				return damagedBook(fmt.Errorf("reading %s: %w", s.part.Name, err))
			}
			if err := s.text.add(text); err != nil {
				return err
			}
			s.ends = append(s.ends, uint32(s.text.size))
			if s.text.size > maxStrings {
				return fileError("bảng tính có quá nhiều chữ; hãy tách thành nhiều tệp",
					"the workbook holds too much text; split it into several files")
			}
		case xml.EndElement:
			done = done || t.Name.Local == "sst"
		}
	}
}

// bounds says where one of them, from 0, is in the text.
func (s *sharedStrings) bounds(i int) (from, to int64, ok bool) {
	if s == nil || i < 0 || i >= len(s.ends) {
		return 0, 0, false
	}
	if i > 0 {
		from = int64(s.ends[i-1])
	}
	return from, int64(s.ends[i]), true
}

func (s *sharedStrings) close() error {
	if s == nil {
		return nil
	}
	return s.text.close()
}

// unescape reads the _x000D_ that workbooks write for characters that XML
// cannot hold.
func unescape(s string) string {
	if !strings.Contains(s, "_x") {
		return s
	}
	var b strings.Builder
	for {
		i := strings.Index(s, "_x")
		if i < 0 || len(s) < i+7 {
			b.WriteString(s)
			return b.String()
		}
		n, err := strconv.ParseUint(s[i+2:i+6], 16, 16)
		if err != nil || s[i+6] != '_' {
			b.WriteString(s[:i+2])
			s = s[i+2:]
			continue
		}
		b.WriteString(s[:i])
		b.WriteRune(rune(n))
		s = s[i+7:]
	}
}
