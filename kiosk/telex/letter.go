package telex

// The vowels, each without a tone and with sắc, huyền, hỏi, ngã, nặng, in the
// order of plain below.
const (
	lowerVowels = "aáàảãạ" + "ăắằẳẵặ" + "âấầẩẫậ" + "eéèẻẽẹ" + "êếềểễệ" + "iíìỉĩị" +
		"oóòỏõọ" + "ôốồổỗộ" + "ơớờởỡợ" + "uúùủũụ" + "ưứừửữự" + "yýỳỷỹỵ"
	upperVowels = "AÁÀẢÃẠ" + "ĂẮẰẲẴẶ" + "ÂẤẦẨẪẬ" + "EÉÈẺẼẸ" + "ÊẾỀỂỄỆ" + "IÍÌỈĨỊ" +
		"OÓÒỎÕỌ" + "ÔỐỒỔỖỘ" + "ƠỚỜỞỠỢ" + "UÚÙỦŨỤ" + "ƯỨỪỬỮỰ" + "YÝỲỶỸỴ"
	plain = "aaaeeiooouuy"
)

// markOf is the mark of the vowel at place i of plain.
func markOf(i int) mark {
	switch i {
	case 1:
		return breve
	case 2, 4, 7:
		return circumflex
	case 8, 10:
		return hook
	}
	return none
}

// place finds a character in one of the tables; -1 where it is not there.
func place(table string, r rune) int {
	i := 0
	for _, x := range table {
		if x == r {
			return i
		}
		i++
	}
	return -1
}

// split takes a letter apart.
func split(r rune) (l letter, tone int) {
	switch r {
	case 'đ':
		return letter{'d', false, barred}, 0
	case 'Đ':
		return letter{'d', true, barred}, 0
	}
	i, upper := place(lowerVowels, r), false
	if i < 0 {
		i, upper = place(upperVowels, r), true
	}
	if i < 0 {
		k := lower(r)
		return letter{base: k, upper: k != r}, 0
	}
	return letter{rune(plain[i/6]), upper, markOf(i / 6)}, i % 6
}

// join puts a letter together again.
func (l letter) join(tone int) rune {
	if l.mark == barred {
		if l.upper {
			return 'Đ'
		}
		return 'đ'
	}
	for i := range len(plain) {
		if rune(plain[i]) == l.base && markOf(i) == l.mark {
			table := lowerVowels
			if l.upper {
				table = upperVowels
			}
			at := 0
			for _, r := range table {
				if at == 6*i+tone {
					return r
				}
				at++
			}
		}
	}
	if l.upper {
		return l.base - 'a' + 'A'
	}
	return l.base
}

// lower is the small form of a plain letter; anything else is itself.
func lower(r rune) rune {
	if r >= 'A' && r <= 'Z' {
		return r - 'A' + 'a'
	}
	return r
}

// isLetter reports whether a character belongs to a Vietnamese word.
func isLetter(r rune) bool {
	k := lower(r)
	return k >= 'a' && k <= 'z' || r == 'đ' || r == 'Đ' || place(lowerVowels, r) >= 0 || place(upperVowels, r) >= 0
}

// read takes a word apart. Of several tones, which no Vietnamese word has, the
// last one counts.
func read(text []rune) word {
	var w word
	for _, r := range text {
		l, t := split(r)
		w.letters = append(w.letters, l)
		if t != 0 {
			w.tone = t
		}
	}
	return w
}

// write appends the word to a text.
func (w *word) write(text []rune) []rune {
	seat := -1
	if w.tone != 0 {
		seat = w.seat()
	}
	for i, l := range w.letters {
		t := 0
		if i == seat {
			t = w.tone
		}
		text = append(text, l.join(t))
	}
	return text
}
