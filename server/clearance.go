package server

import (
	"cmp"
	"slices"
)

// A tallied is x satisfied of n who answered.
type tallied struct{ x, n int64 }

// plus adds satisfied and answers.
func (t tallied) plus(x, n int64) tallied { return tallied{t.x + x, t.n + n} }

// A stretch is quarters of a year that follow each other, 0 to 3, both
// included.
type stretch struct{ from, to int }

// A clearance says which figures of a year may be published (kiểm soát lộ
// thông tin), so that no small number of answers can be worked out by adding
// and subtracting everything that was ever published of the year.
//
// Publishing goes quarter by quarter, so the clearance replays it: after each
// quarter the year so far, then the quarter alone, the total before the
// fields, large fields before small ones. A figure is cleared if what is
// published by then together with it spans – as a linear combination – no
// small cell. What was cleared once stays cleared, whatever comes later: it
// cannot be called back.
type clearance struct {
	totals map[stretch]bool
	fields map[stretch]map[int]bool
	known  knowledge // of the figures published
}

// clearYear decides what to publish after the given number of quarters. counts has
// a row per field, with the count of each quarter. Cells without answers are
// taken to be known to everyone.
func clearYear(counts [][4]tallied, quarters int) *clearance {
	c := &clearance{totals: map[stretch]bool{}, fields: map[stretch]map[int]bool{}, known: newKnowledge(counts)}
	for k := range quarters {
		for _, st := range []stretch{{0, k}, {k, k}} {
			if _, done := c.totals[st]; done {
				continue
			}
			c.totals[st] = false
			if sumOf(counts, st.set()).n == 0 {
				continue
			}
			if c.totals[st] = c.known.publish(c.known.row(counts, -1, st.set())); !c.totals[st] {
				continue
			}
			c.fields[st] = map[int]bool{}
			for _, f := range largestFirst(counts, st) {
				s := sumOf(counts[f:f+1], st.set())
				c.fields[st][f] = !isSmall(s) && c.known.publish(c.known.row(counts, f, st.set()))
			}
		}
	}
	return c
}

// year is the longest beginning of the year whose total may be published.
func (c *clearance) year(quarters int) (stretch, bool) {
	for k := quarters - 1; k >= 0; k-- {
		if st := (stretch{0, k}); c.totals[st] {
			return st, true
		}
	}
	return stretch{}, false
}

// set is the stretch as bits, one per quarter.
func (s stretch) set() int { return (2<<s.to - 1) &^ (1<<s.from - 1) }

func sumOf(counts [][4]tallied, quarters int) (s tallied) {
	for _, c := range counts {
		for q, t := range c {
			if quarters>>q&1 == 1 {
				s.x, s.n = s.x+t.x, s.n+t.n
			}
		}
	}
	return s
}

func isSmall(t tallied) bool { return (&hiding{least: MinCell}).small(t.x, t.n) }

func largestFirst(counts [][4]tallied, st stretch) []int {
	order := make([]int, len(counts))
	for f := range order {
		order[f] = f
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Compare(sumOf(counts[b:b+1], st.set()).n, sumOf(counts[a:a+1], st.set()).n)
	})
	return order
}

// A knowledge is what can be worked out from published sums of cells, and the
// secrets that must not be. Rows are over the cells, field by field and quarter
// by quarter, modulo a prime: sums of zeros and ones are far smaller than it.
type knowledge struct {
	published [][]int64 // each without the leads of those before it
	leads     []int
	secrets   [][]int64 // without any lead
}

const knownPrime = 1<<31 - 1

func newKnowledge(counts [][4]tallied) knowledge {
	var s knowledge
	for set := 1; set < 16; set++ {
		if t := sumOf(counts, set); t.n > 0 && isSmall(t) {
			s.secrets = append(s.secrets, s.row(counts, -1, set))
		}
		for f := range counts {
			if t := sumOf(counts[f:f+1], set); t.n > 0 && isSmall(t) {
				s.secrets = append(s.secrets, s.row(counts, f, set))
			}
			// All but one field: the total without chứng thực is such a figure.
			all := sumOf(counts, set)
			if one := sumOf(counts[f:f+1], set); all.n > one.n && isSmall(tallied{all.x - one.x, all.n - one.n}) {
				row := s.row(counts, -1, set)
				for i, v := range s.row(counts, f, set) {
					row[i] -= v
				}
				s.secrets = append(s.secrets, row)
			}
			for g := range f {
				// Two fields whose sum is small say little less than one.
				if t := sumOf([][4]tallied{counts[f], counts[g]}, set); t.n > 0 && t.n < MinCell {
					row := s.row(counts, f, set)
					for i, v := range s.row(counts, g, set) {
						row[i] += v
					}
					s.secrets = append(s.secrets, row)
				}
			}
		}
	}
	return s
}

// row is the sum of a field (-1 is all) over quarters. Cells without answers
// are no part of it.
func (s *knowledge) row(counts [][4]tallied, field, quarters int) []int64 {
	row := make([]int64, 4*len(counts))
	for f, c := range counts {
		for q, t := range c {
			if (field < 0 || field == f) && quarters>>q&1 == 1 && t.n > 0 {
				row[4*f+q] = 1
			}
		}
	}
	return row
}

// publish adds a sum to what is published, unless a secret would come out.
func (s *knowledge) publish(row []int64) bool {
	row = slices.Clone(row)
	for i, p := range s.published {
		eliminate(row, p, s.leads[i])
	}
	lead := slices.IndexFunc(row, func(v int64) bool { return v != 0 })
	if lead < 0 {
		return true // it can be worked out already
	}
	after := make([][]int64, len(s.secrets))
	for i, secret := range s.secrets {
		after[i] = secret
		if secret[lead] == 0 {
			continue
		}
		after[i] = slices.Clone(secret)
		eliminate(after[i], row, lead)
		if !slices.ContainsFunc(after[i], func(v int64) bool { return v != 0 }) {
			return false
		}
	}
	s.published, s.leads, s.secrets = append(s.published, row), append(s.leads, lead), after
	return true
}

// eliminate takes so much of p from row that row is zero at lead.
func eliminate(row, p []int64, lead int) {
	if row[lead] == 0 {
		return
	}
	c := row[lead] * inverse(p[lead]) % knownPrime
	for i, v := range p {
		if v != 0 {
			row[i] = ((row[i]-c*v)%knownPrime + knownPrime) % knownPrime
		}
	}
}

// inverse is v⁻¹ modulo the prime, by Fermat.
func inverse(v int64) int64 {
	out, base := int64(1), v%knownPrime
	for e := knownPrime - 2; e > 0; e >>= 1 {
		if e&1 == 1 {
			out = out * base % knownPrime
		}
		base = base * base % knownPrime
	}
	return out
}
