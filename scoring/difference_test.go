package scoring

import (
	"math"
	"testing"
)

// Newcombe 1998, Table II, method 10: the examples (a) to (h) for 56/70 - 48/80
// and others, printed to four decimals.
func TestDifference(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		x1, n1, x2, n2 int64
		lo, hi         float64
		beyond         bool
	}{
		{56, 70, 48, 80, 0.0524, 0.3339, true},
		{9, 10, 3, 10, 0.1705, 0.8090, true},
		{10, 10, 0, 20, 0.6791, 1.0000, true},
		{10, 10, 0, 10, 0.6075, 1.0000, true},
		{5, 56, 0, 29, -0.0381, 0.1926, false},
	} {
		d := NewDifference(tt.x1, tt.n1, tt.x2, tt.n2)
		if d == nil || math.Abs(d.Interval.Lo-tt.lo) > 6e-5 || math.Abs(d.Interval.Hi-tt.hi) > 6e-5 || d.Beyond() != tt.beyond {
			t.Errorf("%d/%d - %d/%d: %+v, want %v to %v", tt.x1, tt.n1, tt.x2, tt.n2, d, tt.lo, tt.hi)
		}
	}
	if NewDifference(0, 0, 1, 2) != nil || NewDifference(1, 2, 0, 0) != nil {
		t.Error("a difference with nothing")
	}
}
