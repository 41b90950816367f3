package kiosk

// SlipAlphabet is Crockford's base32, in which slips' codes are written: no
// letter of it looks like a digit.
const SlipAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// SlipLen is how many characters a slip's code has, the check character included.
const SlipLen = 16

// A Slip is a slip's code (mã phiếu) as far as it is typed on the screen. The
// zero value is empty.
type Slip struct {
	n    int
	text [SlipLen]byte
}

// Type adds a character. One that is not of the alphabet, or one too many,
// changes nothing.
func (s Slip) Type(c byte) Slip {
	if s.n == SlipLen || place(c) < 0 {
		return s
	}
	s.text[s.n] = c
	s.n++
	return s
}

// Erase takes the last character away.
func (s Slip) Erase() Slip {
	if s.n > 0 {
		s.n--
		s.text[s.n] = 0
	}
	return s
}

// Full reports whether all characters are there.
func (s Slip) Full() bool { return s.n == SlipLen }

// Text returns what was typed.
func (s Slip) Text() string { return string(s.text[:s.n]) }

// Fours returns what was typed in groups of four as it stands on a slip, with
// an underscore for each character that is missing.
func (s Slip) Fours() string {
	out := make([]byte, 0, SlipLen+3)
	for i := range SlipLen {
		if i > 0 && i%4 == 0 {
			out = append(out, '-')
		}
		if i < s.n {
			out = append(out, s.text[i])
		} else {
			out = append(out, '_')
		}
	}
	return string(out)
}

// Good reports whether the code is whole and without a slip of the finger: its
// values c0…c15 satisfy Σ αⁱ·cᵢ = 0 in GF(32) with α = x modulo x⁵ + x² + 1, as
// server.SlipCode has it. Whether there is such a slip, the server knows.
func (s Slip) Good() bool {
	if !s.Full() {
		return false
	}
	sum, power := 0, 1
	for _, c := range s.text {
		for v, p := place(c), power; v > 0; v, p = v>>1, double(p) {
			if v&1 != 0 {
				sum ^= p
			}
		}
		power = double(power)
	}
	return sum == 0
}

// double multiplies by α.
func double(v int) int {
	if v <<= 1; v >= 32 {
		v ^= 0b100101
	}
	return v
}

func place(c byte) int {
	for i := range len(SlipAlphabet) {
		if SlipAlphabet[i] == c {
			return i
		}
	}
	return -1
}
