package kiosk

import (
	"slices"
	"strings"
	"testing"

	"hailong/kiosk/telex"
)

// keyboard is a page with the keyboard open.
func keyboard() Page {
	r := DefaultRules()
	return New(short(), r).Tap(0, 5).Pass(r.Settle).Finish().Write()
}

func typeKeys(p Page, keys string) Page {
	for _, r := range keys {
		p = p.Key(r)
	}
	return p
}

func TestWriting(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		method telex.Method
		keys   string
		want   string
	}{
		{"Telex", telex.Telex, "nguwowif daan", "Người dân"},
		{"VNI", telex.VNI, "ngu7o7i2 da6n", "Người dân"},
		{"a capital after a full stop", telex.Telex, "chaamj. mong nhanh hown", "Chậm. Mong nhanh hơn"},
		{"and after a question", telex.Telex, "sao laau? toois ddi", "Sao lâu? Tối đi"},
		{"not after a comma", telex.Telex, "laau, met", "Lâu, met"},
		{"digits", telex.Telex, "chowf 30 phuts", "Chờ 30 phút"},
		{"a capital takes a tone", telex.Telex, "aans", "Ấn"},
		{"nothing that is no character", telex.Telex, "a\n\t\x7fb", "Ab"},
	} {
		p := keyboard()
		if p.Method() != tt.method {
			p = p.Retype()
		}
		if p = typeKeys(p, tt.keys); p.Text() != tt.want || p.Written() != len([]rune(tt.want)) {
			t.Errorf("%s: %q, want %q", tt.name, p.Text(), tt.want)
		}
	}
}

func TestShift(t *testing.T) {
	t.Parallel()
	p := keyboard()
	if !p.Shift {
		t.Error("the first letter is no capital")
	}
	p = typeKeys(p.Capitals(), "an")
	if p.Text() != "an" || p.Shift {
		t.Errorf("%q with capitals switched off", p.Text())
	}
	if p = typeKeys(p, " ").Capitals(); !p.Shift {
		t.Error("capitals cannot be switched on")
	}
	if p = typeKeys(p, "hn"); p.Text() != "an Hn" || p.Shift {
		t.Errorf("%q, want one capital", p.Text())
	}
	for range 5 {
		p = p.Erase()
	}
	if p.Text() != "" || !p.Shift {
		t.Errorf("%q after erasing, capitals %v", p.Text(), p.Shift)
	}
	if p = p.Erase(); p.Screen != Write || p.Text() != "" {
		t.Error("erasing nothing does something")
	}
}

func TestRetypeKeepsTheText(t *testing.T) {
	t.Parallel()
	p := typeKeys(keyboard(), "chaamj ").Retype()
	if p = typeKeys(p, "qua1").Retype(); p.Text() != "Chậm quá" || p.Method() != telex.Telex {
		t.Errorf("%q by method %d", p.Text(), p.Method())
	}
}

// A full text takes no more characters, but still a tone.
func TestLongText(t *testing.T) {
	t.Parallel()
	p := typeKeys(keyboard(), strings.Repeat("x ", MaxText/2-1)+"qua")
	if p.Written() != MaxText-1+2 && p.Written() != MaxText {
		t.Fatalf("%d characters", p.Written())
	}
	for p.Written() < MaxText {
		p = p.Key('a')
	}
	full := p.Text()
	if p = p.Key('h'); p.Text() != full {
		t.Error("one character too many")
	}
	p = p.Erase().Key('o')
	if p = p.Key('s'); p.Written() != MaxText || !strings.HasSuffix(p.Text(), "ó") {
		t.Errorf("a tone at the end: %d characters, %q", p.Written(), p.Text()[len(p.Text())-4:])
	}
}

// Keys are for the keyboard's screen only.
func TestKeysElsewhere(t *testing.T) {
	t.Parallel()
	r := DefaultRules()
	p := New(short(), r)
	for name, p := range map[string]Page{"at rest": p, "a question": p.Tap(0, 3).Pass(r.Settle), "the end": p.Tap(0, 3).Pass(r.Settle).Finish()} {
		if q := p.Key('a').Capitals().Retype().Erase(); q.Text() != "" || q.Shift || q.Method() != telex.Telex || q.Screen != p.Screen {
			t.Errorf("%s: %+v", name, q)
		}
	}
}

func TestReasonsAndCommentLeave(t *testing.T) {
	t.Parallel()
	r := DefaultRules()
	// Question 3 is "official", 2 "procedure".
	low := func() Page {
		p := New(short(), r).Tap(0, 2).Pass(r.Settle).Next() // access
		return p.Tap(2, 1).Pass(r.Settle).Name(2, 2).Name(2, 0).Next().Tap(3, 2).Pass(r.Settle).Name(3, 1).Name(3, 0).Name(3, 1)
	}
	for _, tt := range []struct {
		name    string
		end     func(Page) Page
		reasons []string
		comment string
	}{
		{"finished", func(p Page) Page { return p.Finish().Pass(r.Undo) }, []string{"procedure1", "procedure3", "official1"}, ""},
		{"with a comment", func(p Page) Page { return typeKeys(p.Finish().Write(), "toots").Finish().Pass(r.Undo) }, []string{"procedure1", "procedure3", "official1"}, "Tốt"},
		{"written, and then a question again", func(p Page) Page {
			return typeKeys(p.Finish().Write(), "toots").Back().Finish().Pass(r.Undo)
		}, []string{"procedure1", "procedure3", "official1"}, "Tốt"},
		{"gone while writing", func(p Page) Page { return typeKeys(p.Finish().Write(), "toots").Pass(r.Reset) }, []string{"procedure1", "procedure3", "official1"}, ""},
		{"gone after taking it back", func(p Page) Page {
			return typeKeys(p.Finish().Write(), "toots").Finish().Undo().Pass(r.Reset)
		}, []string{"procedure1", "procedure3", "official1"}, ""},
		{"a better answer has no reasons", func(p Page) Page { return p.Back().Tap(3, 4).Pass(r.Settle).Finish().Pass(r.Undo) }, []string{"procedure1", "procedure3"}, ""},
		{"another low answer keeps them", func(p Page) Page { return p.Back().Tap(3, 1).Pass(r.Settle).Finish().Pass(r.Undo) }, []string{"procedure1", "procedure3", "official1"}, ""},
	} {
		p, a, ok := tt.end(low()).Take()
		if !ok || !slices.Equal(a.Reasons, tt.reasons) || a.Comment != tt.comment {
			t.Errorf("%s: %v %v %q, want %v %q", tt.name, ok, a.Reasons, a.Comment, tt.reasons, tt.comment)
		}
		if p = p.Sent("").Leave(); p.Text() != "" || len(p.reasons()) != 0 || !p.Resting() {
			t.Errorf("%s: the next citizen finds %q and %v", tt.name, p.Text(), p.reasons())
		}
	}
	p := low()
	if q := p.Name(2, 0).Name(3, 3).Name(3, -1); !slices.Equal(q.named, p.named) {
		t.Error("a reason of another question, or none, is named")
	}
	if q := p.Next().Name(4, 0); len(q.reasons()) != 3 {
		t.Error("a reason is named where none is asked")
	}
}
