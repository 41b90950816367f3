package scoring_test

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize/convex/lp"
	"pgregory.net/rapid"

	"hailong/scoring"
)

func TestSuppress(t *testing.T) {
	t.Parallel()
	n := [][]int64{{120, 80, 3}, {95, 60, 40}, {70, 55, 30}}
	x := [][]int64{{110, 70, 2}, {90, 50, 35}, {60, 50, 20}}
	s, err := scoring.Suppress(x, n, scoring.SuppressionRules{})
	if err != nil {
		t.Fatal(err)
	}
	if !s.Cells[0][2] {
		t.Error("three answers are shown")
	}
	hidden := 0
	for i := range s.Cells {
		for j := range s.Cells[i] {
			if s.Cells[i][j] {
				hidden++
			}
		}
	}
	if hidden < 4 || s.Withheld || s.Total {
		t.Errorf("hidden: %+v", s)
	}
	if _, err := scoring.Suppress([][]int64{{1}}, [][]int64{{1, 2}}, scoring.SuppressionRules{}); err == nil {
		t.Error("tables of different sizes passed")
	}
	if s, err := scoring.Suppress(nil, nil, scoring.SuppressionRules{}); err != nil || s.Withheld {
		t.Errorf("an empty table: %+v, %v", s, err)
	}
}

func TestOneAnswerForAllIsHidden(t *testing.T) {
	t.Parallel()
	// 12 people, all satisfied: showing it tells what each of them said.
	s, err := scoring.Suppress([][]int64{{12, 50}, {40, 60}}, [][]int64{{12, 60}, {50, 70}}, scoring.SuppressionRules{})
	if err != nil {
		t.Fatal(err)
	}
	if !s.Cells[0][0] {
		t.Error("a cell where all said the same is shown")
	}
}

func TestNoHiddenCellIsBoundedTooTightly(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		rows, cols := rapid.IntRange(1, 4).Draw(t, "rows"), rapid.IntRange(1, 4).Draw(t, "cols")
		most := rapid.SampledFrom([]int64{3, 15, 40, 200}).Draw(t, "most")
		x, n := make([][]int64, rows), make([][]int64, rows)
		for i := range n {
			for range cols {
				v := rapid.Int64Range(0, most).Draw(t, "n")
				n[i] = append(n[i], v)
				x[i] = append(x[i], rapid.Int64Range(0, v).Draw(t, "x"))
			}
		}
		s, err := scoring.Suppress(x, n, scoring.SuppressionRules{})
		if err != nil {
			t.Fatal(err)
		}
		if s.Withheld {
			return
		}
		lo, hi := s.Bounds(x, n)
		for i := range rows {
			for j := range cols {
				v := n[i][j]
				if !s.Cells[i][j] {
					if v > 0 && v < 10 {
						t.Fatalf("%d answers are shown", v)
					}
					continue
				}
				if lo[i][j] > v || hi[i][j] < v || hi[i][j]-lo[i][j] < 10 {
					t.Fatalf("hidden %d is bounded by %d..%d", v, lo[i][j], hi[i][j])
				}
			}
		}
		// The audit itself, checked by another method on one hidden cell.
		for i := range rows {
			for j := range cols {
				if s.Cells[i][j] && rapid.IntRange(0, 3).Draw(t, "check") == 0 {
					l, h := linearBounds(t, s, x, n, i, j)
					if math.Abs(l-float64(lo[i][j])) > 1e-6 || math.Abs(min(h, 1e5)-float64(min(hi[i][j], 1e5))) > 1e-6 {
						t.Fatalf("flow says %d..%d, linear programming %v..%v", lo[i][j], hi[i][j], l, h)
					}
					return
				}
			}
		}
	})
}

// linearBounds finds the least and greatest n of one hidden cell by linear
// programming over x and n-x of all cells. Totals that are hidden give no
// equation; the sum over a hidden set of totals follows where the grand total
// is shown.
func linearBounds(t *rapid.T, s *scoring.Suppression, x, n [][]int64, ci, cj int) (lo, hi float64) {
	rows, cols := len(n), len(n[0])
	cell := func(i, j int) int { return i*cols + j }
	size := 2 * rows * cols
	var a [][]float64
	var b []float64
	equation := func(sum float64, cells ...int) {
		row := make([]float64, size+1) // the last variable keeps the sum at a million
		for _, c := range cells {
			row[c] = 1
		}
		a, b = append(a, row), append(b, sum)
	}
	for part := range 2 {
		value := func(i, j int) float64 {
			if part == 0 {
				return float64(x[i][j])
			}
			return float64(n[i][j] - x[i][j])
		}
		off := part * rows * cols
		var all []int
		total := 0.0
		for i := range rows {
			for j := range cols {
				all = append(all, off+cell(i, j))
				total += value(i, j)
				if !s.Cells[i][j] {
					equation(value(i, j), off+cell(i, j))
				}
			}
		}
		if !s.Total {
			equation(total, all...)
		}
		for i := range rows {
			var cells []int
			sum := 0.0
			for j := range cols {
				cells = append(cells, off+cell(i, j))
				sum += value(i, j)
			}
			if !s.Rows[i] {
				equation(sum, cells...)
			}
		}
		for j := range cols {
			var cells []int
			sum := 0.0
			for i := range rows {
				cells = append(cells, off+cell(i, j))
				sum += value(i, j)
			}
			if !s.Columns[j] {
				equation(sum, cells...)
			}
		}
	}
	every := make([]float64, size+1)
	for k := range every {
		every[k] = 1
	}
	a, b = append(a, every), append(b, 1e6)
	a, b = independent(a, b)
	matrix := mat.NewDense(len(a), size+1, nil)
	for i := range a {
		matrix.SetRow(i, a[i])
	}
	solve := func(sign float64) float64 {
		c := make([]float64, size+1)
		c[cell(ci, cj)], c[rows*cols+cell(ci, cj)] = sign, sign
		v, _, err := lp.Simplex(c, matrix, b, 1e-10, nil)
		if err != nil {
			t.Fatalf("simplex: %v", err)
		}
		return sign * v
	}
	return solve(1), solve(-1)
}

// independent drops equations that follow from earlier ones; the simplex wants
// full rank.
func independent(a [][]float64, b []float64) ([][]float64, []float64) {
	var outA, basis [][]float64
	var outB []float64
	for k, row := range a {
		r := append([]float64{}, row...)
		for _, q := range basis {
			p := 0
			for q[p] == 0 {
				p++
			}
			if f := r[p] / q[p]; f != 0 {
				for i := range r {
					r[i] -= f * q[i]
					if math.Abs(r[i]) < 1e-9 {
						r[i] = 0
					}
				}
			}
		}
		zero := true
		for _, v := range r {
			zero = zero && v == 0
		}
		if !zero {
			basis = append(basis, r)
			outA, outB = append(outA, row), append(outB, b[k])
		}
	}
	return outA, outB
}
