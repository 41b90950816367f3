package scoring

import "math"

// A Difference (chênh lệch) compares two independent shares, x1/n1 - x2/n2.
type Difference struct {
	Points   float64  // of shares: 0.05 is five percentage points
	Interval Interval // 95 %
}

// Beyond reports whether the difference is beyond chance: its interval does
// not hold 0.
func (d Difference) Beyond() bool { return d.Interval.Lo > 0 || d.Interval.Hi < 0 }

// NewDifference computes the difference with Newcombe's interval from the two
// Wilson intervals (Newcombe 1998, Statistics in Medicine 17, method 10):
//
//	lo = d - √((p1-l1)² + (u2-p2)²),  hi = d + √((u1-p1)² + (p2-l2)²)
//
// It is nil where one of the shares does not exist.
func NewDifference(x1, n1, x2, n2 int64) *Difference {
	a, ok1 := Wilson(x1, n1)
	b, ok2 := Wilson(x2, n2)
	if !ok1 || !ok2 {
		return nil
	}
	p1, p2 := float64(x1)/float64(n1), float64(x2)/float64(n2)
	d := p1 - p2
	return &Difference{d, Interval{d - math.Hypot(p1-a.Lo, b.Hi-p2), d + math.Hypot(a.Hi-p1, p2-b.Lo)}}
}
