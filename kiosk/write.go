package kiosk

import "hailong/kiosk/telex"

// MaxText is the longest comment that can be written at a kiosk, in characters:
// who has more to say needs paper and a chair.
const MaxText = 500

// Text returns what was written so far.
func (p Page) Text() string { return p.text.Text() }

// Written returns its length, in characters.
func (p Page) Written() int { return p.text.Len() }

// Method returns how keys make Vietnamese letters: telex.Telex or telex.VNI.
func (p Page) Method() telex.Method { return p.text.Method }

// Write opens the keyboard at the citizen's wish ("Góp ý thêm"), before the
// answer is sent.
func (p Page) Write() Page {
	if p.Screen != Closing {
		return p
	}
	return p.alive().write()
}

func (p Page) write() Page {
	p.Screen = Write
	return p.capital()
}

// capital switches to capitals for one letter where a sentence begins.
func (p Page) capital() Page {
	p.Shift = p.text.Starts()
	return p
}

// Key types one key, from the screen or from a keyboard. A key that would make
// the text longer than MaxText does nothing.
func (p Page) Key(r rune) Page {
	if p.Screen != Write || r < ' ' || r == 0x7f {
		return p
	}
	p = p.alive()
	if p.Shift && r >= 'a' && r <= 'z' {
		r += 'A' - 'a'
	}
	t := p.text.Clone()
	t.Type(r)
	if t.Len() > MaxText {
		return p
	}
	p.text = t
	return p.capital()
}

// Erase takes the last character away.
func (p Page) Erase() Page {
	if p.Screen != Write {
		return p
	}
	p = p.alive()
	t := p.text.Clone()
	t.Backspace()
	p.text = t
	return p.capital()
}

// Capitals switches capitals for the next letter on and off.
func (p Page) Capitals() Page {
	if p.Screen != Write {
		return p
	}
	p = p.alive()
	p.Shift = !p.Shift
	return p
}

// Retype changes between Telex and VNI; what is written stays.
func (p Page) Retype() Page {
	if p.Screen != Write {
		return p
	}
	p = p.alive()
	m := telex.VNI
	if p.text.Method == telex.VNI {
		m = telex.Telex
	}
	t := p.text.Clone()
	t.Method = m
	p.text = t
	return p
}
