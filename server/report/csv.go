package report

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// csvHead are the columns of IndexCSV. They are public: add at the end only.
var csvHead = [...]string{
	"nhóm", "tên", "chỉ tiêu", "từ ngày", "đến ngày", "tử số", "mẫu số", "tỷ lệ",
	"cận dưới 95%", "cận trên 95%", "mục tiêu", "kết luận", "phương pháp",
}

// IndexCSV writes the figures as CSV (RFC 4180) in UTF-8 with a byte order
// mark, which Excel needs to see Vietnamese. Shares are fractions with a point,
// never rounded; where nobody answered the share is "không có dữ liệu". Text
// that a spreadsheet would take for a formula gets an apostrophe in front.
func IndexCSV(w io.Writer, f *Figures) error {
	b := bufio.NewWriter(w)
	b.WriteString("\ufeff") // errors of b are kept until Flush
	c := csv.NewWriter(b)
	c.UseCRLF = true
	if err := c.Write(csvHead[:]); err != nil {
		return fmt.Errorf("writing the CSV: %w", err)
	}
	for _, g := range f.list() {
		row := []string{g.group, harmless(g.name), g.measure, string(g.from), string(g.to), "", "", noData, "", "", "", g.verdict, g.method}
		switch {
		case g.hidden:
			row[7] = tooSmall
		case g.counted:
			row[5], row[6] = strconv.FormatInt(g.x, 10), strconv.FormatInt(g.n, 10)
		}
		if g.share != nil {
			row[7] = fraction(*g.share)
		}
		if g.interval != nil {
			row[8], row[9] = fraction(g.interval.Lo), fraction(g.interval.Hi)
		}
		if g.target > 0 {
			row[10] = fraction(g.target)
		}
		if f.Demo {
			row[12] += "; " + demoNote
		}
		if err := c.Write(row); err != nil {
			return fmt.Errorf("writing the CSV: %w", err)
		}
	}
	c.Flush()
	if err := c.Error(); err != nil {
		return fmt.Errorf("writing the CSV: %w", err)
	}
	if err := b.Flush(); err != nil {
		return fmt.Errorf("writing the CSV: %w", err)
	}
	return nil
}

// fraction writes a number that reads back as itself.
func fraction(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

// harmless keeps a spreadsheet from running text: what begins like a formula,
// and is no number, gets an apostrophe in front.
func harmless(s string) string {
	if s == "" || !strings.ContainsRune("=+-@\t\r\n|%", rune(s[0])) {
		return s
	}
	if len(s) > 1 && s[0] != '=' && strings.Trim(s[1:], "0123456789.,") == "" {
		return s
	}
	return "'" + s
}
