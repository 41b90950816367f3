package server

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// What stands in a masked text where something was.
const (
	maskID      = "[số giấy tờ]"
	maskPhone   = "[số điện thoại]"
	maskDossier = "[mã hồ sơ]"
	maskSlip    = "[mã phiếu]"
	maskReceipt = "[mã biên nhận]"
	maskEmail   = "[thư điện tử]"
	maskPlate   = "[biển số xe]"
	maskName    = "[tên công chức]"
	maskDigits  = "[dãy số]"
)

// masking are the forms looked for, in order, in folded text.
var masking = []struct {
	form *regexp.Regexp
	with string
}{
	{regexp.MustCompile(`[a-z0-9._%+-]+ ?@ ?[a-z0-9-]+(?:\.[a-z0-9-]+)+`), maskEmail},
	{regexp.MustCompile(`\b(?:\d{3}\.\d{2}\.\d{2}\.[a-z]\d{2}|[a-z]\d{2}(?:\.\d{1,4}){1,3}) ?- ?\d{6} ?- ?\d{4,5}\b`), maskDossier},
	{regexp.MustCompile(`\b[0-9a-z]{4}-[0-9a-z]{4}-[0-9a-z]{4}-[0-9a-z]{4}\b`), maskSlip},
	{regexp.MustCompile(`\b(?:\d[0-9a-z]{4}|[0-9a-z]\d[0-9a-z]{3}|[0-9a-z]{2}\d[0-9a-z]{2}|[0-9a-z]{3}\d[0-9a-z]|[0-9a-z]{4}\d)-[0-9a-z]{5}\b`), maskReceipt},
	{regexp.MustCompile(`\b[0-9a-z]{5}-(?:\d[0-9a-z]{4}|[0-9a-z]\d[0-9a-z]{3}|[0-9a-z]{2}\d[0-9a-z]{2}|[0-9a-z]{3}\d[0-9a-z]|[0-9a-z]{4}\d)\b`), maskReceipt},
	{regexp.MustCompile(`\b[1-9]\d ?[-.]? ?(?:[a-z]d?|[a-z]\d|[a-z]{2}\d?) ?[-. ] ?\d{3}[. ]?\d{2}\b`), maskPlate},
	{regexp.MustCompile(`\b[1-9]\d-?[a-z]{1,2}\d?[-. ]?(?:\d{5}|\d{4})\b`), maskPlate},
}

// digitRun is nine digits or more with what people write between them.
var digitRun = regexp.MustCompile(`\(?\+?\(?\d(?:[ .\-()]{0,3}\d){8,}`)

// money is a sum in thousands, with its currency behind it.
var money = regexp.MustCompile(`^(?:\d{1,3}(?:\.\d{3})+|\d+) ?(?:d|dong|vnd)\b`)

// Mask replaces what could tell who wrote a text, or whom it is about: numbers
// of identity papers (12 or 9 digits), phone numbers however they are spaced,
// codes of dossiers, slips and receipts, e-mail addresses, number plates, and
// the names of the officers given. An officer's name is found whole with or
// without its accents, and the last word of it behind a form of address (chị
// Lan). Any other run of nine digits goes too, unless it is a sum of money.
// The result is in NFC.
func Mask(text string, officers []string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) {
			return -1 // zero-width characters would hide a number from the forms
		}
		return r
	}, strings.ToValidUTF8(text, ""))
	runes := []rune(norm.NFC.String(text))
	for _, m := range masking {
		runes = replaceAll(runes, m.form, func(string, string) string { return m.with })
	}
	runes = maskSlips(runes)
	runes = replaceAll(runes, digitRun, digitsMask)
	for _, form := range nameForms(officers) {
		runes = replaceAll(runes, form, func(string, string) string { return maskName })
	}
	return string(runes)
}

// fold writes each rune as one byte: lower case without accents, any digit as
// an ASCII one, any dash and blank as the plain one, other signs as \x01.
func fold(runes []rune) string {
	out := make([]byte, len(runes))
	for i, r := range runes {
		out[i] = foldRune(r)
	}
	return string(out)
}

func foldRune(r rune) byte {
	switch {
	case r == 'đ' || r == 'Đ':
		return 'd'
	case r == '\n' || r == '\t':
		return ' '
	case unicode.Is(unicode.Pd, r) || r == '−':
		return '-'
	case unicode.IsSpace(r):
		return ' '
	}
	if r < utf8.RuneSelf {
		return byte(unicode.ToLower(r))
	}
	if b, _ := utf8.DecodeRuneInString(norm.NFKD.String(string(r))); b < utf8.RuneSelf {
		return byte(unicode.ToLower(b))
	}
	if unicode.IsDigit(r) { // blocks of ten that begin with zero
		zero := r
		for unicode.IsDigit(zero-1) && r-zero < 9 {
			zero--
		}
		return byte('0' + r - zero)
	}
	return 1
}

// replaceAll replaces what form finds in the folded text; with gets the find
// and what follows it, and returns "" to leave it.
func replaceAll(runes []rune, form *regexp.Regexp, with func(found, rest string) string) []rune {
	folded := fold(runes)
	finds := form.FindAllStringIndex(folded, -1)
	if finds == nil {
		return runes
	}
	var out []rune
	last := 0
	for _, f := range finds {
		text := with(folded[f[0]:f[1]], folded[f[0]:])
		if text == "" {
			continue
		}
		out = append(append(out, runes[last:f[0]]...), []rune(text)...)
		last = f[1]
	}
	return append(out, runes[last:]...)
}

// digitsMask says what a run of nine digits or more is.
func digitsMask(found, rest string) string {
	if money.MatchString(rest) && !strings.HasPrefix(rest, "0") {
		return ""
	}
	digits := strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, found)
	switch n := len(digits); {
	case strings.HasPrefix(found, "+"), strings.HasPrefix(digits, "0084"), strings.HasPrefix(digits, "84") && n == 11,
		strings.HasPrefix(digits, "0") && (n == 10 || n == 11):
		return maskPhone
	case n == 12, n == 9:
		return maskID
	}
	return maskDigits
}

// maskSlips replaces every code of a slip, however it is grouped: sixteen
// letters and digits, at least one of each kind, whose check is right.
func maskSlips(runes []rune) []rune {
	folded := fold(runes)
	word := func(i int) bool {
		return i >= 0 && i < len(folded) && (folded[i] >= '0' && folded[i] <= '9' || folded[i] >= 'a' && folded[i] <= 'z')
	}
	var out []rune
	last := 0
	for i := 0; i < len(folded); i++ {
		if !word(i) || word(i-1) || runes[i] >= utf8.RuneSelf {
			continue
		}
		end, n, digit := i, 0, false
		for end < len(folded) && n < codeLen {
			if word(end) && runes[end] < utf8.RuneSelf {
				digit = digit || folded[end] <= '9'
				n++
			} else if folded[end] != ' ' && folded[end] != '-' || !word(end-1) {
				break
			}
			end++
		}
		if n < codeLen || !digit || word(end) {
			continue
		}
		if _, err := ParseSlipCode(folded[i:end]); err != nil {
			continue
		}
		out = append(append(out, runes[last:i]...), []rune(maskSlip)...)
		last, i = end, end
	}
	return append(out, runes[last:]...)
}

// nameForms makes the forms of officers' names, the longest first.
func nameForms(officers []string) []*regexp.Regexp {
	const address = `(?:anh|chi|co|chu|bac|ong|ba|em|can bo|cong chuc|dong chi|d/c|mr|ms|mrs) +`
	names := make([]string, 0, len(officers))
	for _, o := range officers {
		if name := strings.Join(strings.Fields(fold([]rune(norm.NFC.String(o)))), " "); len(name) >= 2 {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, func(a, b string) int { return len(b) - len(a) })
	var out []*regexp.Regexp
	for _, name := range slices.Compact(names) {
		words := strings.Fields(name)
		whole := strings.ReplaceAll(regexp.QuoteMeta(name), " ", " +")
		out = append(out, regexp.MustCompile(`\b`+whole+`\b`))
		if given := words[len(words)-1]; len(words) > 1 {
			out = append(out, regexp.MustCompile(`\b`+address+`(?:`+regexp.QuoteMeta(words[len(words)-2])+` +)?`+regexp.QuoteMeta(given)+`\b`))
		}
	}
	return out
}

// Fold writes a text as a search compares it: lower case, without accents.
func Fold(text string) string { return fold([]rune(norm.NFC.String(text))) }
