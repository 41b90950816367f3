package scoring

import (
	"math"
	"strconv"
	"strings"
)

// PercentText prints a share as a percentage with two decimals, 92,26% in
// Vietnamese and 92.26% in English. It rounds, but never across the target:
// 0.94996 against 0.95 is 94,99%, not 95,00%.
func PercentText(p, target float64, lang string) string {
	scaled := math.Round(p * 1e4)
	if p < target && scaled >= target*1e4 {
		scaled = math.Ceil(target*1e4-1e-6) - 1
	}
	text := strconv.FormatFloat(scaled/100, 'f', 2, 64) + "%"
	if lang != "en" {
		text = strings.Replace(text, ".", ",", 1)
	}
	return text
}

// CountText prints a whole number in groups of three, 1.234 in Vietnamese and
// 1,234 in English.
func CountText(n int64, lang string) string {
	digits := strconv.FormatInt(n, 10)
	sign := ""
	if digits[0] == '-' {
		sign, digits = "-", digits[1:]
	}
	mark := "."
	if lang == "en" {
		mark = ","
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + mark + digits[i:]
	}
	return sign + digits
}
