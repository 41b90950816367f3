package kiosk

// Why: after an answer that is not satisfied the citizen may touch reasons, any
// number of them, or pass on.

// Reasons returns how many reasons question q offers.
func (p Page) Reasons(q int) int { return len(p.items[p.item(q)].Reasons) }

// Named reports whether reason r of question q was touched.
func (p Page) Named(q, r int) bool { return p.named[p.item(q)]>>r&1 == 1 }

// asksWhy reports whether the question calls for reasons as it is answered.
func (p Page) asksWhy() bool {
	return p.Reasons(p.Question) > 0 && p.survey.IsLow(p.Mark(p.Question))
}

// Name is a touch on a reason of question q: it is named, or not any more.
func (p Page) Name(q, r int) Page {
	if p.Screen != Why || q != p.Question || r < 0 || r >= p.Reasons(q) {
		return p
	}
	p = p.alive()
	p.named = append([]uint16(nil), p.named...)
	p.named[p.item(q)] ^= 1 << r
	return p
}

// unname forgets the reasons of a question that is not answered low any more.
func (p Page) unname(q int) Page {
	if i := p.item(q); p.named[i] != 0 && !p.survey.IsLow(p.marks[i]) {
		p.named = append([]uint16(nil), p.named...)
		p.named[i] = 0
	}
	return p
}

// low reports whether any answer is not satisfied.
func (p Page) low() bool {
	for _, m := range p.marks {
		if p.survey.IsLow(m) {
			return true
		}
	}
	return false
}

// reasons lists what was named, in the order of the survey.
func (p Page) reasons() []string {
	var out []string
	for i, it := range p.items {
		for r, x := range it.Reasons {
			if p.named[i]>>r&1 == 1 {
				out = append(out, x.ID)
			}
		}
	}
	return out
}

// answer is the answer as it stands, without what was written.
func (p Page) answer() *Answer {
	return &Answer{Marks: p.marks, Reasons: p.reasons(), Lang: p.Lang}
}
