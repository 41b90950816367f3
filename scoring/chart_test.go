package scoring

import (
	"fmt"
	"slices"
	"testing"
)

// Runs on one side of the centre are found as long as they last, equality ends
// them, and seven are not enough. The fourth rule of Western Electric is eight.
func TestRuns(t *testing.T) {
	t.Parallel()
	day := func(i int) string { return fmt.Sprintf("2024-03-%02d", i+1) }
	for _, tt := range []struct {
		name string
		x    []int64 // of 10; the centre is their mean
		want []int   // places
	}{
		{"nothing", nil, nil},
		{"one", []int64{9}, nil},
		{"all equal", []int64{9, 9, 9, 9, 9, 9, 9, 9, 9, 9}, nil},
		{"seven and seven", []int64{8, 8, 8, 8, 8, 8, 8, 10, 10, 10, 10, 10, 10, 10}, nil},
		{"eight and eight", []int64{8, 8, 8, 8, 8, 8, 8, 8, 10, 10, 10, 10, 10, 10, 10, 10}, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}},
		{"broken by the centre", []int64{8, 8, 8, 8, 9, 8, 8, 8, 10, 10, 10, 10, 10, 10, 10}, nil},
	} {
		var counts []PeriodCount
		for i, x := range tt.x {
			counts = append(counts, PeriodCount{day(i), x, 10})
		}
		want := Labels{}
		for _, i := range tt.want {
			want = append(want, day(i))
		}
		if got := NewDays(counts, 0).Runs(); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", tt.name, got, want)
		}
	}
}
