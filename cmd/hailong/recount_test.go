package main

import (
	"slices"
	"testing"
)

func TestSpansAreToldShortly(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		spans []string
		count string
		names []string
	}{
		{nil, "", nil},
		{[]string{"day 2024-03-05"}, "1 ngày (từ 05/03/2024)", []string{"ngày 05/03/2024"}},
		{
			[]string{"day 2024-03-05", "day 2024-03-06", "day 2024-04-01", "month 2024-03-01", "quarter 2024-01-01", "year 2024-01-01"},
			"3 ngày (từ 05/03/2024 đến 01/04/2024), 1 tháng (từ 01/03/2024), 1 quý (từ 01/01/2024), 1 năm (từ 01/01/2024)",
			[]string{"ngày 05/03/2024", "ngày 06/03/2024", "ngày 01/04/2024", "tháng 01/03/2024", "quý 01/01/2024", "năm 01/01/2024"},
		},
	} {
		if got := spanCounts(tt.spans); got != tt.count {
			t.Errorf("%v: %q, want %q", tt.spans, got, tt.count)
		}
		if got := spanNames(tt.spans); !slices.Equal(got, tt.names) {
			t.Errorf("%v: %q, want %q", tt.spans, got, tt.names)
		}
	}
}
