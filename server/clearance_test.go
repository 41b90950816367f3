package server

import (
	"math/big"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// However one adds and subtracts everything that was ever published of a year,
// quarter after quarter, no small number of answers comes out. The attack here
// is apart from the code: rational numbers, and all rows at once.
func TestClearanceKeepsSecrets(t *testing.T) {
	t.Parallel()
	const fields = 4
	rapid.Check(t, func(t *rapid.T) {
		counts := make([][4]tallied, fields)
		for f := range counts {
			for q := range counts[f] {
				n := rapid.SampledFrom([]int64{0, 0, 1, 3, 9, 10, 12, 25, 40, 60}).Draw(t, "n")
				counts[f][q] = tallied{rapid.Int64Range(0, n).Draw(t, "x"), n}
			}
		}
		var known linear
		shown := 0
		for quarters := 1; quarters <= 4; quarters++ {
			then := slices.Clone(counts)
			for f := range then {
				for q := quarters; q < 4; q++ {
					then[f][q] = tallied{}
				}
			}
			c := clearYear(then, quarters)
			for st, ok := range c.totals {
				if ok {
					known.add(cells(counts, -1, st.set()))
				}
				for f, ok := range c.fields[st] {
					if ok {
						shown++
						known.add(cells(counts, f, st.set()))
					}
				}
			}
		}
		for set := 1; set < 16; set++ {
			for f := -1; f < fields; f++ {
				part := counts
				if f >= 0 {
					part = counts[f : f+1]
				}
				if s := sumOf(part, set); s.n > 0 && (s.n < MinCell || s.n < 30 && (s.x == 0 || s.x == s.n)) && known.spans(cells(counts, f, set)) {
					t.Fatalf("%d of %d answers of field %d in the quarters %04b can be worked out from %v", s.x, s.n, f, set, counts)
				}
			}
		}
	})
}

// Where every field is large in every quarter, everything is shown.
func TestClearanceShowsWhatItCan(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		counts := make([][4]tallied, rapid.IntRange(1, 12).Draw(t, "fields"))
		for f := range counts {
			for q := range counts[f] {
				n := rapid.Int64Range(10, 500).Draw(t, "n")
				counts[f][q] = tallied{n - rapid.Int64Range(1, 9).Draw(t, "not"), n}
			}
		}
		c := clearYear(counts, 4)
		for _, st := range []stretch{{0, 0}, {0, 1}, {0, 2}, {0, 3}, {1, 1}, {2, 2}, {3, 3}} {
			if !c.totals[st] {
				t.Fatalf("the total of %v is hidden", st)
			}
			for f := range counts {
				if !c.fields[st][f] {
					t.Fatalf("field %d of %v is hidden", f, st)
				}
			}
		}
	})
}

// What was published after an earlier quarter is published after a later one.
func TestClearanceTakesNothingBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		counts := make([][4]tallied, 3)
		for f := range counts {
			for q := range counts[f] {
				n := rapid.Int64Range(0, 40).Draw(t, "n")
				counts[f][q] = tallied{rapid.Int64Range(0, n).Draw(t, "x"), n}
			}
		}
		late := clearYear(counts, 4)
		for quarters := 1; quarters < 4; quarters++ {
			then := slices.Clone(counts)
			for f := range then {
				for q := quarters; q < 4; q++ {
					then[f][q] = tallied{}
				}
			}
			early := clearYear(then, quarters)
			for st, ok := range early.totals {
				if late.totals[st] != ok {
					t.Fatalf("the total of %v changed", st)
				}
				for f, ok := range early.fields[st] {
					if late.fields[st][f] != ok {
						t.Fatalf("field %d of %v changed", f, st)
					}
				}
			}
		}
	})
}

// cells is the sum of a field (-1 is all) over quarters as a row.
func cells(counts [][4]tallied, field, set int) [16]int64 {
	var row [16]int64
	for f := range counts {
		for q := range 4 {
			if (field < 0 || f == field) && set>>q&1 == 1 && counts[f][q].n > 0 {
				row[4*f+q] = 1
			}
		}
	}
	return row
}

// linear is what can be had from numbers by adding and subtracting: rows in
// echelon form.
type linear struct{ rows [][16]big.Rat }

func (l *linear) reduce(v [16]int64) ([16]big.Rat, int) {
	var r [16]big.Rat
	for i, c := range v {
		r[i].SetInt64(c)
	}
	for k := range l.rows {
		at := lead(&l.rows[k])
		if r[at].Sign() == 0 {
			continue
		}
		var c, m big.Rat
		c.Quo(&r[at], &l.rows[k][at])
		for i := range r {
			r[i].Sub(&r[i], m.Mul(&c, &l.rows[k][i]))
		}
	}
	return r, lead(&r)
}

func lead(r *[16]big.Rat) int {
	for i := range r {
		if r[i].Sign() != 0 {
			return i
		}
	}
	return -1
}

func (l *linear) add(v [16]int64) {
	if r, at := l.reduce(v); at >= 0 {
		l.rows = append(l.rows, r)
	}
}

func (l *linear) spans(v [16]int64) bool { _, at := l.reduce(v); return at < 0 }
