package scoring

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

func TestFurtherForVerdict(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		x, n int64
		want int64
		ok   bool
	}{
		{"nobody", 0, 0, 0, false},
		{"too few, share far from the target", 5, 10, 20, true}, // a verdict needs 30
		{"decided already", 500, 500, 0, true},
		{"exactly the target", 90, 100, 0, false},
		{"nonsense", 5, 3, 0, false},
	}
	for _, tt := range tests {
		if got, ok := FurtherForVerdict(tt.x, tt.n, 0.9); got != tt.want || ok != tt.ok {
			t.Errorf("%s: FurtherForVerdict(%d, %d) = %d, %v; want %d, %v", tt.name, tt.x, tt.n, got, ok, tt.want, tt.ok)
		}
	}
}

// With so many answers more at the same share there is a verdict, with one
// fewer there is none.
func TestFurtherForVerdictIsLeast(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64Range(1, 3000).Draw(t, "n")
		x := rapid.Int64Range(0, n).Draw(t, "x")
		m, ok := FurtherForVerdict(x, n, 0.9)
		p := float64(x) / float64(n)
		if !ok {
			if math.Abs(p-0.9) > 1e-4 {
				t.Fatalf("no number for a share of %v", p)
			}
			return
		}
		at := func(m int64) float64 { total := float64(n + m); return probAtLeast(p*total, total, 0.9) }
		sure := func(q float64) bool { return q >= Certainty || q <= 1-Certainty }
		if n+m < MinAnswers || !sure(at(m)) {
			t.Fatalf("%d of %d and %d more: no verdict at %v", x, n, m, at(m))
		}
		if m > 0 && n+m-1 >= MinAnswers && sure(at(m-1)) {
			t.Fatalf("%d of %d: %d more would do as well", x, n, m-1)
		}
	})
}
