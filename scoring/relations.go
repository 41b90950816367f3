package scoring

import (
	"math/bits"
	"slices"

	"hailong/scoring/survey"
)

// relations are the counters that relate answers of one person to each other.
// All but the profiles lie in one slice, so that merging is one addition of
// vectors. Marks in sums and products are taken relative to shape.middle.
type relations struct {
	c        []int64
	profiles profiles
	planes   []uint64  // scratch: bit r of planes[item*L+level-1] = row r says so
	score    []scoreOf // scratch
}

// relationLayout says where in relations.c each counter lies.
type relationLayout struct {
	pairs    int   // item pairs i<j, L*L counts each
	elements []int // sums of each element (see below), the last of all criteria
	scores   int   // products of element scores and overall
	quality  int   // straight-lining
	same     int   // levels of straight-lined rows
	size     int
}

// Offsets within the block of one element. Behind them, for real elements, lie
// k sums and k(k+1)/2 products of the people who answered all k criteria.
const (
	elRespondents = iota // answered at least one criterion
	elAnswered           // sum of k, the criteria answered
	elSatisfied          // sum of t, the criteria satisfied
	elTT                 // sum of t*t
	elTK                 // sum of t*k
	elKK                 // sum of k*k
	elComplete           // people who answered every criterion
	elAll                // of those, satisfied with every one
	elSums
)

// Offsets within the block of scores, of people with every element score and
// the overall. A score is sum/answered, and a lowest common denominator for 60
// criteria does not fit a word. So sums are kept apart by (element, answered):
// u = first criterion + answered - 1, of which there are K in all.
const (
	scPeople = iota
	scOverall
	scOverall2
	scSums // K sums, K sums times overall, K(K+1)/2 products
)

// Offsets within the block of quality: then L counts by level, K of the longest
// run (1..K), K+1 of criteria answered, and L counts for every item of the
// people who ticked one level all the way down.
const (
	quAnswered10 = iota
	quSame10
	quLevels
)

func newRelationLayout(sh *shape) relationLayout {
	var at relationLayout
	next := 0
	take := func(n int) int { p := next; next += n; return p }
	n, k := len(sh.items), sh.criteria
	at.pairs = take(n * (n - 1) / 2 * sh.levels * sh.levels)
	for _, s := range sh.spans {
		at.elements = append(at.elements, take(elSums+s.len()+triangle(s.len())))
	}
	at.elements = append(at.elements, take(elSums))
	at.scores = take(scSums + 2*k + triangle(k))
	at.quality = take(quLevels + sh.levels + k + k + 1)
	at.same = take(n * sh.levels)
	at.size = next
	return at
}

func triangle(n int) int { return n * (n + 1) / 2 }

// lower is the place of (i, j), i >= j, in a triangle stored by rows.
func lower(i, j int) int { return i*(i+1)/2 + j }

func newRelations(sh *shape) *relations {
	return &relations{c: make([]int64, sh.at.size), profiles: newProfiles()}
}

func (r *relations) clone() *relations {
	if r == nil {
		return nil
	}
	return &relations{c: slices.Clone(r.c), profiles: r.profiles.clone()}
}

func (r *relations) merge(o *relations) {
	c := r.c[:len(o.c)]
	for i, v := range o.c {
		c[i] += v
	}
	r.profiles.merge(o.profiles)
}

// add counts rows, at most batch of them.
func (r *relations) add(sh *shape, rows []survey.Mark) {
	n := len(sh.items)
	if n == 0 {
		return
	}
	r.addPairs(sh, rows)
	if r.score == nil {
		r.score = make([]scoreOf, len(sh.spans))
	}
	for len(rows) >= n {
		row := rows[:n]
		rows = rows[n:]
		r.addElements(sh, row, r.score)
		r.addScores(sh, row, r.score)
		r.addQuality(sh, row)
	}
}

// addPairs counts, for every two items, the level pairs of all rows at once: a
// row is a bit, an answer a bit plane, a pair of answers the population count
// of two planes.
func (r *relations) addPairs(sh *shape, rows []survey.Mark) {
	n, L := len(sh.items), sh.levels
	if r.planes == nil {
		r.planes = make([]uint64, n*L)
	}
	clear(r.planes)
	for row := 0; row*n < len(rows); row++ {
		for i, m := range rows[row*n : (row+1)*n] {
			if m > 0 {
				r.planes[i*L+int(m)-1] |= 1 << row
			}
		}
	}
	at := sh.at.pairs
	for j := 1; j < n; j++ {
		pj := r.planes[j*L : (j+1)*L]
		for _, a := range r.planes[:j*L] {
			if a == 0 {
				at += L
				continue
			}
			c := r.c[at : at+L]
			for l, b := range pj {
				c[l] += int64(bits.OnesCount64(a & b))
			}
			at += L
		}
	}
}

// pair returns the L*L counts of items i < j, by level of i, then level of j.
func (r *relations) pair(sh *shape, i, j int) []int64 {
	size := sh.levels * sh.levels
	at := sh.at.pairs + (j*(j-1)/2+i)*size
	return r.c[at : at+size]
}

// scoreOf is a person's element score: sum of centred marks over answered.
type scoreOf struct{ sum, answered int64 }

func (r *relations) addElements(sh *shape, row []survey.Mark, score []scoreOf) {
	var all, allSat int64
	for e, s := range sh.spans {
		marks := row[s.from:s.to]
		var k, t, sum int64
		for _, m := range marks {
			if m > 0 {
				k++
				sum += int64(m - sh.middle)
				if sh.satisfied[m] {
					t++
				}
			}
		}
		score[e] = scoreOf{sum, k}
		all, allSat = all+k, allSat+t
		c := r.c[sh.at.elements[e]:]
		addRatio(c, t, k, int64(len(marks)))
		if k < int64(len(marks)) {
			continue
		}
		sums := c[elSums:]
		prods := sums[len(marks):]
		p := 0
		for i, m := range marks {
			x := int64(m - sh.middle)
			sums[i] += x
			for _, o := range marks[:i+1] {
				prods[p] += x * int64(o-sh.middle)
				p++
			}
		}
	}
	addRatio(r.c[sh.at.elements[len(sh.spans)]:], allSat, all, int64(sh.criteria))
}

func addRatio(c []int64, t, k, of int64) {
	if k == 0 {
		return
	}
	c[elRespondents]++
	c[elAnswered] += k
	c[elSatisfied] += t
	c[elTT] += t * t
	c[elTK] += t * k
	c[elKK] += k * k
	if k == of {
		c[elComplete]++
		if t == of {
			c[elAll]++
		}
	}
}

func (r *relations) addScores(sh *shape, row []survey.Mark, score []scoreOf) {
	if sh.overall < 0 || row[sh.overall] <= 0 {
		return
	}
	for _, s := range score {
		if s.answered == 0 {
			return
		}
	}
	c := r.c[sh.at.scores:]
	o := int64(row[sh.overall] - sh.middle)
	c[scPeople]++
	c[scOverall] += o
	c[scOverall2] += o * o
	k := sh.criteria
	sums, with, prods := c[scSums:scSums+k], c[scSums+k:scSums+2*k], c[scSums+2*k:]
	for e, s := range score {
		u := sh.spans[e].from + int(s.answered) - 1
		sums[u] += s.sum
		with[u] += s.sum * o
		for f, q := range score[:e+1] {
			v := sh.spans[f].from + int(q.answered) - 1
			prods[lower(u, v)] += s.sum * q.sum
		}
	}
	r.profiles.add(score, row[sh.overall])
}

func (r *relations) addQuality(sh *shape, row []survey.Mark) {
	c := r.c[sh.at.quality:]
	var answered, run, longest int
	var last survey.Mark
	same := true
	for _, m := range row[:sh.criteria] {
		if m <= 0 {
			continue
		}
		answered++
		if m == last {
			run++
		} else {
			same = same && last == 0
			run = 1
		}
		last, longest = m, max(longest, run)
	}
	runs := c[quLevels+sh.levels:]
	counts := runs[sh.criteria:]
	counts[answered]++
	if longest > 0 {
		runs[longest-1]++
	}
	if answered >= 10 {
		c[quAnswered10]++
		if same {
			c[quSame10]++
			c[quLevels+int(last)-1]++
			levels := r.c[sh.at.same:]
			for i, m := range row {
				if m > 0 {
					levels[i*sh.levels+int(m)-1]++
				}
			}
		}
	}
}
