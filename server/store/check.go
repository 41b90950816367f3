package store

import (
	"encoding/json"
	"fmt"
	"strconv"
	"unicode/utf8"
)

// Further limits on a body, so that what one engine takes the other takes too.
const (
	MaxDepth  = 64      // objects and arrays inside one another
	MaxValues = 1 << 18 // values of a body, counting those inside others
)

// Check reports, as ErrInvalid, why an op cannot be stored. Every engine calls
// it before a write, so that all of them refuse the same. The message never
// holds a key or a value.
func (o Op) Check() error {
	if err := CheckCollection(o.Collection); err != nil {
		return err
	}
	if err := CheckKey(o.Doc.Key); err != nil {
		return err
	}
	switch o.Kind {
	case OpInsert:
	case OpReplace:
		if o.Doc.Version < 1 {
			return fmt.Errorf("%w: a replace needs the version it replaces", ErrInvalid)
		}
	case OpDelete:
		if o.Doc.Version < 0 {
			return fmt.Errorf("%w: negative version", ErrInvalid)
		}
		return nil
	default:
		return fmt.Errorf("%w: no such kind of op: %d", ErrInvalid, o.Kind)
	}
	if err := checkText("order", o.Doc.Order); err != nil {
		return err
	}
	return checkBody(o.Doc.Body)
}

// CheckCollection reports, as ErrInvalid, a name that no collection can have.
// A name is 1 to MaxKey of a-z, 0-9 and "_", and begins with a letter.
func CheckCollection(name string) error {
	if len(name) > MaxKey {
		return fmt.Errorf("%w: the name of the collection has more than %d bytes", ErrInvalid, MaxKey)
	}
	for i, r := range name {
		letter := 'a' <= r && r <= 'z'
		if !letter && (i == 0 || r != '_' && (r < '0' || r > '9')) {
			return fmt.Errorf("%w: a collection cannot have the name %q", ErrInvalid, name)
		}
	}
	if name == "" {
		return fmt.Errorf("%w: the collection has no name", ErrInvalid)
	}
	return nil
}

// CheckKey reports, as ErrInvalid, a key that no document can have.
func CheckKey(key string) error {
	if key == "" {
		return fmt.Errorf("%w: the key is empty", ErrInvalid)
	}
	return checkText("key", key)
}

// Check reports, as ErrInvalid, a range that cannot be scanned.
func (r Range) Check() error {
	if r.Limit < 0 {
		return fmt.Errorf("%w: negative limit", ErrInvalid)
	}
	if err := checkText("lower end", r.From); err != nil {
		return err
	}
	return checkText("upper end", r.To)
}

// Prefix is the range of all keys, or orders, that begin with p. It is all of
// them where p is empty.
func Prefix(p string) Range {
	r := Range{From: p}
	for end := p; end != ""; {
		last, size := utf8.DecodeLastRuneInString(end)
		end = end[:len(end)-size]
		if last == utf8.MaxRune {
			continue // nothing follows it: carry
		}
		next := last + 1
		if 0xD800 <= next && next <= 0xDFFF {
			next = 0xE000
		}
		r.To = end + string(next)
		break
	}
	return r
}

func checkText(what, s string) error {
	if len(s) > MaxKey {
		return fmt.Errorf("%w: the %s has more than %d bytes", ErrInvalid, what, MaxKey)
	}
	if !utf8.ValidString(s) {
		return fmt.Errorf("%w: the %s is not UTF-8", ErrInvalid, what)
	}
	for i := range len(s) {
		if s[i] == 0 {
			return fmt.Errorf("%w: the %s holds a NUL", ErrInvalid, what)
		}
	}
	return nil
}

func checkBody(b []byte) error {
	switch {
	case len(b) > MaxBody:
		return fmt.Errorf("%w: the body has %d bytes, more than %d", ErrInvalid, len(b), MaxBody)
	case !utf8.Valid(b):
		return fmt.Errorf("%w: the body is not UTF-8", ErrInvalid)
	case !json.Valid(b):
		return fmt.Errorf("%w: the body is not JSON", ErrInvalid)
	}
	w := walk{rest: b}
	w.space()
	if w.rest[0] != '{' {
		return fmt.Errorf("%w: the body is not a JSON object", ErrInvalid)
	}
	return w.value(1)
}

// A walk goes through JSON that is known to be valid.
type walk struct {
	rest   []byte
	values int
}

func (w *walk) space() {
	for len(w.rest) > 0 && (w.rest[0] == ' ' || w.rest[0] == '\n' || w.rest[0] == '\t' || w.rest[0] == '\r') {
		w.rest = w.rest[1:]
	}
}

// token takes the string, number or word at the beginning.
func (w *walk) token() []byte {
	n := 1
	if w.rest[0] == '"' {
		for w.rest[n] != '"' {
			if w.rest[n] == '\\' {
				n++
			}
			n++
		}
		n++
	} else {
		for n < len(w.rest) && !delimits(w.rest[n]) {
			n++
		}
	}
	t := w.rest[:n]
	w.rest = w.rest[n:]
	return t
}

func delimits(c byte) bool {
	return c == ',' || c == ']' || c == '}' || c == ' ' || c == '\n' || c == '\t' || c == '\r'
}

// value takes one value, at the given depth if it is an object or an array.
func (w *walk) value(depth int) error {
	w.space()
	if w.values++; w.values > MaxValues {
		return fmt.Errorf("%w: the body has more than %d values", ErrInvalid, MaxValues)
	}
	open := w.rest[0]
	if open != '{' && open != '[' {
		return checkNumber(w.token())
	}
	if depth > MaxDepth {
		return fmt.Errorf("%w: the body is nested more than %d deep", ErrInvalid, MaxDepth)
	}
	var keys keySet
	for {
		w.rest = w.rest[1:] // the opening one, or a comma
		w.space()
		if w.rest[0] == '}' || w.rest[0] == ']' {
			break
		}
		if open == '{' {
			if err := keys.add(w.token()); err != nil {
				return err
			}
			w.space()
			w.rest = w.rest[1:] // the colon
		}
		if err := w.value(depth + 1); err != nil {
			return err
		}
		w.space()
		if w.rest[0] != ',' {
			break
		}
	}
	w.rest = w.rest[1:]
	return nil
}

// checkNumber refuses a number beyond float64; other tokens pass.
func checkNumber(token []byte) error {
	if c := token[0]; c != '-' && (c < '0' || c > '9') {
		return nil
	}
	if _, err := strconv.ParseFloat(string(token), 64); err != nil {
		return fmt.Errorf("%w: a number of the body is out of range", ErrInvalid)
	}
	return nil
}

// A keySet holds the keys of one object: a short list, then a map.
type keySet struct {
	few  []string
	many map[string]bool
}

// add takes a key as it stands in the JSON, quoted.
func (s *keySet) add(quoted []byte) error {
	key := string(quoted[1 : len(quoted)-1])
	for i := range len(key) {
		if key[i] == '\\' {
			if err := json.Unmarshal(quoted, &key); err != nil {
				return fmt.Errorf("%w: a key of the body cannot be read", ErrInvalid)
			}
			break
		}
	}
	if key == "" || key[0] == '$' {
		return fmt.Errorf(`%w: a key of the body is empty or begins with "$"`, ErrInvalid)
	}
	for i := range len(key) {
		if key[i] == 0 || key[i] == '.' {
			return fmt.Errorf("%w: a key of the body holds a dot or a NUL", ErrInvalid)
		}
	}
	if s.many[key] {
		return fmt.Errorf("%w: the body has a key twice", ErrInvalid)
	}
	if s.many != nil {
		s.many[key] = true
		return nil
	}
	for _, k := range s.few {
		if k == key {
			return fmt.Errorf("%w: the body has a key twice", ErrInvalid)
		}
	}
	if s.few = append(s.few, key); len(s.few) > 24 {
		s.many = make(map[string]bool, 2*len(s.few))
		for _, k := range s.few {
			s.many[k] = true
		}
	}
	return nil
}
