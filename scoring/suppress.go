package scoring

import "fmt"

// SuppressionRules say what may be shown (quy tắc che số liệu nhỏ).
type SuppressionRules struct {
	// Least is the number of answers under which a cell is hidden; 0 is 10.
	Least int64
	// Width is how far apart the least and greatest number that a reader could
	// work out for a hidden cell must lie; 0 is Least.
	Width int64
}

func (r SuppressionRules) defaults() SuppressionRules {
	if r.Least <= 0 {
		r.Least = 10
	}
	if r.Width <= 0 {
		r.Width = r.Least
	}
	return r
}

// A Suppression says what of a two-way table is hidden. Row and column totals
// are cells too.
type Suppression struct {
	Cells    [][]bool
	Rows     []bool // row totals
	Columns  []bool // column totals
	Total    bool
	Withheld bool // even hiding everything but the zeros would not do: show nothing
}

// Suppress decides which cells of a two-way table of x satisfied of n to hide:
// first those that are small, or where all or all but one of fewer than 30 gave
// one answer, which tells what each of them said; then as many more as it takes
// until no reader can bound a hidden n more tightly than the rules allow, by
// the totals shown. Cells without answers are shown: they tell of nobody.
//
// x and n must be rectangular, of the same size, with 0 ≤ x ≤ n.
func Suppress(x, n [][]int64, rules SuppressionRules) (*Suppression, error) {
	if err := checkTable(x, n); err != nil {
		return nil, err
	}
	rules = rules.defaults()
	t := newShown(x, n)
	hidden := make([][]bool, len(t.x.v))
	for i := range hidden {
		hidden[i] = make([]bool, len(t.x.v[i]))
		for j := range hidden[i] {
			hidden[i][j] = unsafeCell(t.x.value(i, j), t.value(i, j), rules.Least)
		}
	}
	for {
		i, j, ok := t.exposed(hidden, rules.Width)
		if !ok {
			return newSuppression(hidden, false), nil
		}
		if !t.cover(hidden, i, j) {
			for i := range hidden {
				for j := range hidden[i] {
					hidden[i][j] = true
				}
			}
			return newSuppression(hidden, true), nil
		}
	}
}

// unsafeCell is the primary rule.
func unsafeCell(x, n, least int64) bool {
	if n <= 0 {
		return false
	}
	return n < least || (n < MinAnswers && (x <= 1 || n-x <= 1))
}

func checkTable(x, n [][]int64) error {
	if len(x) != len(n) {
		return fmt.Errorf("scoring: %d rows of x, %d of n", len(x), len(n))
	}
	for i := range n {
		if len(n[i]) != len(n[0]) || len(x[i]) != len(n[i]) {
			return fmt.Errorf("scoring: row %d has another length", i)
		}
		for j := range n[i] {
			if n[i][j] < 0 || x[i][j] < 0 || x[i][j] > n[i][j] {
				return fmt.Errorf("scoring: %d of %d in row %d, column %d", x[i][j], n[i][j], i, j)
			}
		}
	}
	return nil
}

func newSuppression(hidden [][]bool, withheld bool) *Suppression {
	r, c := len(hidden)-1, len(hidden[0])-1
	s := &Suppression{Total: hidden[r][c], Columns: hidden[r][:c], Withheld: withheld}
	for i := range r {
		s.Cells = append(s.Cells, hidden[i][:c])
		s.Rows = append(s.Rows, hidden[i][c])
	}
	return s
}

// A frame is a table with its totals as one more row and column. Totals are
// kept as big-total, so that every row and every column of the larger table
// adds up to a number everybody knows, and hidden totals are cells like others.
type frame struct {
	v   [][]int64
	big int64
}

func newFrame(n [][]int64) frame {
	cols := 0
	if len(n) > 0 {
		cols = len(n[0])
	}
	t := frame{v: make([][]int64, len(n)+1)}
	for i := range t.v {
		t.v[i] = make([]int64, cols+1)
	}
	last := t.v[len(n)]
	for i, row := range n {
		for j, v := range row {
			t.v[i][j] = v
			t.v[i][cols] += v
			last[j] += v
			last[cols] += v
		}
	}
	t.big = 4*last[cols] + 1<<40
	for i := range n {
		t.v[i][cols] = t.big - t.v[i][cols]
	}
	for j := range cols {
		last[j] = t.big - last[j]
	}
	return t
}

// value undoes the complement.
func (t frame) value(i, j int) int64 {
	if r, c := len(t.v)-1, len(t.v[0])-1; (i == r) != (j == c) {
		return t.big - t.v[i][j]
	}
	return t.v[i][j]
}

// shown is what a table publishes: the satisfied and the others, each with
// totals. Both together bound n more tightly than n alone would.
type shown struct{ x, d frame }

func newShown(x, n [][]int64) shown {
	d := make([][]int64, len(n))
	for i := range n {
		d[i] = make([]int64, len(n[i]))
		for j := range n[i] {
			d[i][j] = n[i][j] - x[i][j]
		}
	}
	return shown{newFrame(x), newFrame(d)}
}

// value is n of a cell or total.
func (t shown) value(i, j int) int64 { return t.x.value(i, j) + t.d.value(i, j) }

// bounds is the range of n of a hidden cell: the tables of x and of n-x that
// agree with what is shown do not depend on each other.
func (t shown) bounds(hidden [][]bool, i, j int) (lo, hi int64) {
	xlo, xhi := t.x.bounds(hidden, i, j)
	dlo, dhi := t.d.bounds(hidden, i, j)
	return xlo + dlo, xhi + dhi
}

// exposed finds a hidden cell that can be bounded too tightly.
func (t shown) exposed(hidden [][]bool, width int64) (i, j int, ok bool) {
	for i := range hidden {
		for j := range hidden[i] {
			if !hidden[i][j] {
				continue
			}
			if lo, hi := t.bounds(hidden, i, j); hi-lo < width {
				return i, j, true
			}
		}
	}
	return 0, 0, false
}

// cover hides what closes the cheapest rectangle with (i, j) as a corner: along
// it counts could move from cell to cell with no total changing. The price is
// the number of answers hidden, totals last; cells without answers stay shown
// and close nothing. Where every rectangle is hidden already, the smallest cell
// that is left goes. It is false if nothing is left to hide.
func (t shown) cover(hidden [][]bool, i, j int) bool {
	const total = int64(1) << 40
	price := func(r, c int) int64 {
		if hidden[r][c] {
			return 0
		}
		v := t.value(r, c)
		switch {
		case v == 0:
			return 1 << 60
		case r == len(hidden)-1 || c == len(hidden[r])-1:
			v += total
		}
		return v
	}
	br, bc, best := -1, -1, int64(1)<<60
	for r := range hidden {
		for c := range hidden[r] {
			if r == i || c == j {
				continue
			}
			if p := price(i, c) + price(r, j) + price(r, c); p > 0 && p < best {
				br, bc, best = r, c, p
			}
		}
	}
	if br >= 0 {
		hidden[i][bc], hidden[br][j], hidden[br][bc] = true, true, true
		return true
	}
	for r := range hidden {
		for c := range hidden[r] {
			if p := price(r, c); p > 0 && p < best {
				br, bc, best = r, c, p
			}
		}
	}
	if br >= 0 {
		hidden[br][bc] = true
	}
	return br >= 0
}
