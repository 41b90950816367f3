package web

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/base32"
	"fmt"
	"hash/crc32"
	"io"
	"regexp"
	"strconv"
	"strings"

	"hailong/server"
)

// A rescueCode is what one QR code of a kiosk's series says (rescue.js draws
// them): HL1, the checksum of the whole, number and count of the code, the
// checksum of its part, and the part in base32. Scanners put times and names
// around it.
var rescueCode = regexp.MustCompile(`(?i)HL1/([0-9A-F]{8})/([0-9]{1,4})/([0-9]{1,4})/([0-9A-F]{8})/([A-Z2-7]+)`)

const (
	// maxRescueLine is the longest line of a file of scanned codes, in bytes.
	maxRescueLine = 1 << 20
	// maxRescueText is the most that one series may unpack to, in bytes.
	maxRescueText = 256 << 20
)

// A rescueSeries is one series as far as it was scanned.
type rescueSeries struct {
	sum   uint32
	parts [][]byte // nil where the code was not scanned
}

// readRescueCodes reads what a telephone read from a kiosk's screen: texts of
// codes in any order, as often as they were scanned, of one series or several,
// among other text. It returns the complete series, unpacked, and what is
// missing or damaged as an error that names the codes to scan again.
func readRescueCodes(r io.Reader) (whole [][]byte, err error) {
	var all []*rescueSeries
	of := map[string]*rescueSeries{}
	var faults []string
	damaged := map[string]string{} // where nothing else of the series is
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxRescueLine)
	for n := 1; lines.Scan(); n++ {
		for _, m := range rescueCode.FindAllStringSubmatch(lines.Text(), -1) {
			number, _ := strconv.Atoi(m[2])
			count, _ := strconv.Atoi(m[3])
			part, ok := rescuePart(m[4], m[5])
			key := strings.ToUpper(m[1]) + "/" + strconv.Itoa(count)
			if !ok || number < 1 || number > count {
				damaged[key] = fmt.Sprintf("mã %d/%d ở dòng %d bị hỏng / the code %d of %d on line %d is damaged", number, count, n, number, count, n)
				continue
			}
			s := of[key]
			if s == nil {
				s = &rescueSeries{uint32(hexValue(m[1])), make([][]byte, count)}
				of[key], all = s, append(all, s)
			}
			s.parts[number-1] = part
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("%w: not the texts of scanned codes: %w", server.ErrInvalid, err)
	}
	if len(all) == 0 && len(damaged) == 0 {
		return nil, fmt.Errorf("%w: không phải tệp JSON hay văn bản quét từ ki-ốt / neither a JSON array of answers nor the texts of scanned codes", server.ErrInvalid)
	}
	for key, fault := range damaged {
		if of[key] == nil { // or what is missing is named below
			faults = append(faults, fault)
		}
	}
	for _, s := range all {
		text, lack, err := s.unpack()
		switch {
		case len(lack) > 0:
			faults = append(faults, fmt.Sprintf("chuỗi %08X gồm %d mã, còn thiếu / of the series, these codes are missing: %s", s.sum, len(s.parts), strings.Join(lack, ", ")))
		case err != nil:
			faults = append(faults, fmt.Sprintf("chuỗi %08X không khớp / the series does not fit together: %v", s.sum, err))
		default:
			whole = append(whole, text)
		}
	}
	if len(faults) > 0 {
		err = fmt.Errorf("%w: %s", server.ErrInvalid, strings.Join(faults, "; "))
	}
	return whole, err
}

func hexValue(s string) uint64 {
	v, err := strconv.ParseUint(s, 16, 32)
	if err != nil {
		return 0 // the expression lets nothing else pass
	}
	return v
}

// rescuePart decodes a code's part; ok is false where its checksum says no.
func rescuePart(sum, text string) (part []byte, ok bool) {
	part, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(strings.ToUpper(text))
	return part, err == nil && crc32.ChecksumIEEE(part) == uint32(hexValue(sum))
}

// unpack puts the parts together, or names those that are missing.
func (s *rescueSeries) unpack() (text []byte, lack []string, err error) {
	var packed []byte
	for i, p := range s.parts {
		if p == nil {
			lack = append(lack, strconv.Itoa(i+1))
		}
		packed = append(packed, p...)
	}
	if len(lack) > 0 {
		return nil, lack, nil
	}
	if crc32.ChecksumIEEE(packed) != s.sum {
		return nil, nil, fmt.Errorf("wrong checksum")
	}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err == nil {
		text, err = io.ReadAll(io.LimitReader(z, maxRescueText+1))
	}
	if err == nil && len(text) > maxRescueText {
		err = fmt.Errorf("more than %d MB", maxRescueText>>20)
	}
	return text, nil, err
}
