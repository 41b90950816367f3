// Package telex turns the keys of a plain keyboard into Vietnamese: Telex
// (tieengs → tiếng) and VNI (tie6ng1 → tiếng). It is a small machine over the
// text typed so far and imports nothing, for the kiosk carries it to a browser.
//
// What a key does depends only on the word before the caret, so a mark may be
// typed right after its letter or at the end of the word. A key that would set
// the mark it has already set takes it back and stands for itself (aaa → aa,
// ass → as), and from then on means only itself in that word. Tones stand where
// most people write them: hòa, khỏe, thủy; hoàn, khoẻo, thuỷnh.
package telex

// A Method is a way of typing Vietnamese.
type Method uint8

// The methods.
const (
	Telex Method = iota
	VNI
	Plain // every key is itself
)

// A Typer holds a text whose end is being typed. The zero value is empty and
// types Telex.
type Typer struct {
	Method Method
	text   []rune
	off    kind // what was taken back in this word
	lone   bool // the word's last letter is an ư that was typed as a lone w
}

// A kind is a set of things that keys do.
type kind uint16

const (
	circA kind = 1 << iota // â
	circE                  // ê
	circO                  // ô
	horn                   // ơ ư, and ă where it is the key w or 8
	stroke
	tone
)

// Text returns what was typed, in NFC.
func (t *Typer) Text() string { return string(t.text) }

// Len returns the number of characters.
func (t *Typer) Len() int { return len(t.text) }

// Clone returns a Typer that goes on from here without changing t.
func (t *Typer) Clone() Typer {
	c := *t
	c.text = append(make([]rune, 0, len(t.text)+8), t.text...)
	return c
}

// Starts reports whether a sentence begins at the caret: at the start of the
// text, and after a full stop, question or exclamation mark and a space.
func (t *Typer) Starts() bool {
	n := len(t.text)
	if n == 0 {
		return true
	}
	if n < 2 || t.text[n-1] != ' ' {
		return false
	}
	switch t.text[n-2] {
	case '.', '?', '!':
		return true
	}
	return false
}

// Set replaces the text, which should be in NFC. Typing goes on at its end.
func (t *Typer) Set(text string) {
	t.text, t.off, t.lone = []rune(text), 0, false
}

// Backspace takes away the last character, with its marks.
func (t *Typer) Backspace() {
	t.off, t.lone = 0, false
	if len(t.text) > 0 {
		t.text = t.text[:len(t.text)-1]
	}
}

// Type types one key: a letter, a digit, a space, anything.
func (t *Typer) Type(key rune) {
	start := len(t.text)
	for start > 0 && isLetter(t.text[start-1]) {
		start--
	}
	if start == len(t.text) {
		t.off, t.lone = 0, false
	}
	w := read(t.text[start:])
	w.off, w.lone = t.off, t.lone
	if !w.key(t.Method, key) {
		w.lone = false
		if !isLetter(key) {
			t.text, t.off, t.lone = append(t.text, key), 0, false
			return
		}
		w.add(key)
	}
	t.text, t.off, t.lone = w.write(t.text[:start]), w.off, w.lone
}

// A letter is one letter without its tone.
type letter struct {
	base  rune // a plain letter in lower case; đ is a d with a stroke
	upper bool
	mark  mark
}

// A mark is what a letter carries besides a tone.
type mark uint8

const (
	none mark = iota
	breve
	circumflex
	hook   // the horn of ơ and ư
	barred // the stroke of đ
)

func (l letter) vowel() bool {
	switch l.base {
	case 'a', 'e', 'i', 'o', 'u', 'y':
		return true
	}
	return false
}

// A word is the letters before the caret. Its tone, 0 for none, is kept apart:
// it moves as letters are added.
type word struct {
	letters []letter
	tone    int // 0 none, 1 sắc, 2 huyền, 3 hỏi, 4 ngã, 5 nặng
	off     kind
	lone    bool
}

// key does what a key does to the word and reports whether it did anything but
// be itself.
func (w *word) key(m Method, key rune) bool {
	k := lower(key)
	if m == VNI {
		switch k {
		case '1', '2', '3', '4', '5':
			return w.setTone(int(k-'0'), key)
		case '0':
			return w.dropTone()
		case '6':
			return w.circumflex('a', circA|circE|circO, key) || w.circumflex('e', circA|circE|circO, key) || w.circumflex('o', circA|circE|circO, key)
		case '7':
			return w.horn(key, hook)
		case '8':
			return w.horn(key, breve)
		case '9':
			return w.stroke(key)
		}
		return false
	}
	if m != Telex {
		return false
	}
	switch k {
	case 's':
		return w.setTone(1, key)
	case 'f':
		return w.setTone(2, key)
	case 'r':
		return w.setTone(3, key)
	case 'x':
		return w.setTone(4, key)
	case 'j':
		return w.setTone(5, key)
	case 'z':
		return w.dropTone()
	case 'a':
		return w.circumflex('a', circA, key)
	case 'e':
		return w.circumflex('e', circE, key)
	case 'o':
		return w.circumflex('o', circO, key)
	case 'd':
		return w.stroke(key)
	case 'w':
		return w.horn(key, none) || w.loneW(key)
	}
	return false
}

// setTone sets a tone, or takes the same one back.
func (w *word) setTone(n int, key rune) bool {
	from, to := w.nucleus()
	if from == to || w.off&tone != 0 {
		return false
	}
	if w.tone == n {
		w.tone = 0
		w.takeBack(tone, key)
		return true
	}
	w.tone = n
	return true
}

func (w *word) dropTone() bool {
	if w.tone == 0 || w.off&tone != 0 {
		return false
	}
	w.tone = 0
	return true
}

// takeBack writes the key as itself, now and for the rest of the word.
func (w *word) takeBack(k kind, key rune) {
	w.off |= k
	w.lone = false
	w.letters = append(w.letters, letter{base: lower(key), upper: key != lower(key)})
}

// circumflex puts the hat on the last vowel if that is base; i, u or y and a
// final consonant may stand after it (toi+o → tôi, vietj+e → việt).
func (w *word) circumflex(base rune, k kind, key rune) bool {
	from, to := w.nucleus()
	if from == to || w.off&k != 0 || !w.ends(to) {
		return false
	}
	at := to - 1
	if w.letters[at].base != base && at > from {
		switch w.letters[at].base {
		case 'i', 'u', 'y':
			at--
		}
	}
	l := &w.letters[at]
	switch {
	case l.base != base:
		return false
	case l.mark == circumflex:
		l.mark = none
		w.takeBack(k, key)
		return true
	}
	l.mark = circumflex
	if base == 'o' && at > from && w.letters[at-1].base == 'u' {
		w.letters[at-1].mark = none // ươ → uô
	}
	return true
}

// horn sets the horn of ư, ơ and ươ, or the breve of ă. Only says which of the
// two a key can set; none is both.
func (w *word) horn(key rune, only mark) bool {
	from, to := w.nucleus()
	if from == to || w.off&horn != 0 || !w.ends(to) {
		return false
	}
	v := w.letters[from:to]
	at := -1 // the first of those that take the mark
	pair := false
	for i := range v {
		switch {
		case only != breve && v[i].base == 'u' && i+1 < len(v) && v[i+1].base == 'o':
			at, pair = i, true
		case only != breve && v[i].base == 'o' && i+1 < len(v) && v[i+1].base == 'a' && only == none:
			at = i + 1 // oa → oă
		case only != breve && (v[i].base == 'u' || v[i].base == 'o'), only != hook && v[i].base == 'a':
			at = i
		}
		if at >= 0 {
			break
		}
	}
	if at < 0 {
		return false
	}
	want := hook
	if v[at].base == 'a' {
		want = breve
	}
	if pair {
		if v[at+1].mark == hook {
			v[at].mark, v[at+1].mark = none, none
			w.takeBack(horn, key)
			return true
		}
		v[at+1].mark = hook
		// thuở, huơ, khuơ have a bare u, until something follows.
		if v[at].mark != hook && !(at+2 == len(v) && to == len(w.letters) && w.beginsWithH(from)) {
			v[at].mark = hook
		}
		return true
	}
	if v[at].mark == want {
		v[at].mark = none
		if w.lone { // ww → w, Ww → W
			last := len(w.letters) - 1
			if key = 'w'; w.letters[last].upper {
				key = 'W'
			}
			w.letters = w.letters[:last]
		}
		w.takeBack(horn, key)
		return true
	}
	v[at].mark = want
	return true
}

// beginsWithH reports whether the letters before the vowels are h, kh or th.
func (w *word) beginsWithH(from int) bool {
	switch from {
	case 1:
		return w.letters[0].base == 'h'
	case 2:
		return w.letters[1].base == 'h' && (w.letters[0].base == 'k' || w.letters[0].base == 't')
	}
	return false
}

// loneW writes ư for a w where no vowel stands before it.
func (w *word) loneW(key rune) bool {
	from, to := w.nucleus()
	if from != to || w.off&horn != 0 {
		return false
	}
	w.letters = append(w.letters, letter{'u', key != lower(key), hook})
	w.lone = true
	return true
}

// stroke makes đ of a d that begins the word.
func (w *word) stroke(key rune) bool {
	if len(w.letters) == 0 || w.letters[0].base != 'd' || w.off&stroke != 0 {
		return false
	}
	if w.letters[0].mark == barred {
		w.letters[0].mark = none
		w.takeBack(stroke, key)
		return true
	}
	w.letters[0].mark = barred
	return true
}

// add appends a letter as it is.
func (w *word) add(key rune) {
	// ưo and uơ go on as ươ only: nothing else can follow.
	if from, to := w.nucleus(); to == len(w.letters) && to-from >= 2 && w.off&horn == 0 {
		u, o := &w.letters[to-2], &w.letters[to-1]
		if u.base == 'u' && o.base == 'o' && (u.mark == hook) != (o.mark == hook) && o.mark != circumflex && follows(lower(key)) {
			u.mark, o.mark = hook, hook
		}
	}
	l, t := split(key)
	w.letters = append(w.letters, l)
	if t != 0 {
		w.tone = t
	}
}

// follows reports whether a letter can follow ươ.
func follows(k rune) bool {
	switch k {
	case 'c', 'i', 'm', 'n', 'p', 't', 'u':
		return true
	}
	return false
}

// nucleus finds the vowels that carry marks and tone: the last group of them,
// without the u of qu and the i of gi. It is empty where there is none.
func (w *word) nucleus() (from, to int) {
	to = len(w.letters)
	for to > 0 && !w.letters[to-1].vowel() {
		to--
	}
	from = to
	for from > 0 && w.letters[from-1].vowel() {
		from--
	}
	if from > 0 && to-from >= 2 {
		first, before := w.letters[from], w.letters[from-1]
		if before.base == 'q' && first.base == 'u' && first.mark == none || before.base == 'g' && first.base == 'i' && from == 1 {
			from++
		}
	}
	return from, to
}

// ends reports whether what stands after the vowels can end a syllable.
func (w *word) ends(to int) bool {
	for _, l := range w.letters[to:] {
		switch l.base {
		case 'c', 'g', 'h', 'm', 'n', 'p', 't':
		default:
			return false
		}
	}
	return len(w.letters)-to <= 2
}

// seat is the letter that carries the tone: the last one with a mark; else of
// two vowels the first at the end of a word and the second before a consonant,
// and of three the one in the middle.
func (w *word) seat() int {
	from, to := w.nucleus()
	for i := to - 1; i >= from; i-- {
		if w.letters[i].mark != none {
			return i
		}
	}
	switch {
	case to-from >= 3, to-from == 2 && to < len(w.letters):
		return from + 1
	}
	return from
}
