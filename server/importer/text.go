package importer

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxCell is the longest text of a cell that is read, in characters.
const maxCell = 1000

// clean gives the text of a cell its one form: composed (NFC), without
// invisible characters, every run of white space or control characters one
// blank, none at the ends. What the text says is kept as it is: "=cmd()" and
// "<script>" are data.
func clean(s string) string {
	if tidy(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	gap := false
	for _, r := range s {
		switch {
		case unicode.IsSpace(r), unicode.IsControl(r):
			gap = true
			continue
		case unicode.Is(unicode.Cf, r): // zero-width blanks, byte order marks, direction marks
			continue
		}
		if gap && b.Len() > 0 {
			b.WriteByte(' ')
		}
		gap = false
		b.WriteRune(r)
	}
	return norm.NFC.String(b.String()) // last: what was invisible may have kept a mark from its letter
}

// tidy reports whether clean would return the same: plain ASCII with single
// blanks inside, the common case.
func tidy(s string) bool {
	blank := true
	for i := range len(s) {
		c := s[i]
		if c < ' ' || c >= 0x7f || (c == ' ' && blank) {
			return false
		}
		blank = c == ' '
	}
	return !blank || s == ""
}

// fold reduces a wording to what it has in common with its other spellings:
// lower-case letters and digits, without accents, blanks and punctuation.
// "Huỷ", "Hủy" and "HUỶ " are all "huy".
func fold(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range norm.NFD.String(s) {
		switch r = unicode.ToLower(r); {
		case r == 'đ':
			b.WriteByte('d')
		case unicode.IsLetter(r), unicode.IsDigit(r):
			b.WriteRune(r)
		}
	}
	return b.String()
}

// damaged reports whether decoding left replacement characters behind.
func damaged(s string) bool { return strings.ContainsRune(s, utf8.RuneError) }

// tooLong reports whether the text has more than maxCell characters.
func tooLong(s string) bool { return len(s) > maxCell && utf8.RuneCountInString(s) > maxCell }

// shown is what a report may repeat of a value: not more than 80 characters,
// and no run of nine digits or more, which would be a telephone or identity
// number that slipped into the wrong column.
func shown(s string) string {
	if r := []rune(s); len(r) > 80 {
		s = string(r[:80]) + "…"
	}
	out := []rune(s)
	for i := 0; i < len(out); {
		j := i
		for j < len(out) && unicode.IsDigit(out[j]) {
			j++
		}
		if j-i >= 9 {
			for k := i; k < j; k++ {
				out[k] = '•'
			}
		}
		i = max(j, i+1)
	}
	return string(out)
}
