package server_test

import (
	"slices"
	"strings"
	"testing"

	"hailong/server"
)

func TestAfterWorkdays(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Config.Holidays = []server.Day{"2024-03-06"}
	h.Config.Workdays = []server.Day{"2027-02-13"}
	for _, tt := range []struct {
		from server.Day
		n    int
		want server.Day
	}{
		{"2024-01-15", 2, "2024-01-17"}, {"2024-01-19", 1, "2024-01-22"}, {"2024-02-07", 1, "2024-02-15"},
		{"2024-04-26", 1, "2024-05-02"}, {"2024-05-03", 1, "2024-05-04"}, {"2024-05-03", 2, "2024-05-06"},
		{"2024-08-30", 2, "2024-09-05"}, {"2024-03-05", 1, "2024-03-07"}, {"2024-12-31", 1, "2025-01-02"},
		{"2024-01-15", 0, "2024-01-15"}, {"2026-11-23", 1, "2026-11-25"}, {"2027-02-12", 1, "2027-02-13"},
	} {
		if got := h.AfterWorkdays(tt.from, tt.n); got != tt.want {
			t.Errorf("%d working days after %s: %s, want %s", tt.n, tt.from, got, tt.want)
		}
	}
}

// Each year has as many weekdays off as its notice says, each stretch of days off
// is the one that the notice announced, weekends counted in.
func TestWorkdaysOfTheNotices(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, stretch := range []struct{ from, to server.Day }{
		{"2021-02-10", "2021-02-16"}, {"2021-05-01", "2021-05-03"}, {"2021-09-02", "2021-09-05"},
		{"2022-01-29", "2022-02-06"}, {"2022-04-30", "2022-05-03"}, {"2022-09-01", "2022-09-04"},
		{"2023-01-20", "2023-01-26"}, {"2023-04-29", "2023-05-03"}, {"2023-09-01", "2023-09-04"},
		{"2024-02-08", "2024-02-14"}, {"2024-04-27", "2024-05-01"}, {"2024-08-31", "2024-09-03"},
		{"2025-01-25", "2025-02-02"}, {"2025-04-30", "2025-05-04"}, {"2025-08-30", "2025-09-02"},
		{"2026-01-01", "2026-01-04"}, {"2026-02-14", "2026-02-22"}, {"2026-04-25", "2026-04-27"},
		{"2026-08-29", "2026-09-02"}, {"2026-11-24", "2026-11-24"},
	} {
		for d := stretch.from; d <= stretch.to; d = d.Add(1) {
			if h.Workday(d) {
				t.Errorf("the office works on %s, in the days off from %s to %s", d, stretch.from, stretch.to)
			}
		}
		for _, d := range []server.Day{stretch.from.Add(-1), stretch.to.Add(1)} {
			if weekend := d.Time().Weekday()%6 == 0; !weekend && !h.Workday(d) && d != "2021-04-30" {
				t.Errorf("the office is closed on %s, beside the days off from %s to %s", d, stretch.from, stretch.to)
			}
		}
	}
	// Weekdays off, and Saturdays worked.
	for year, want := range map[string][2]int{"2021": {11, 0}, "2022": {11, 0}, "2023": {11, 0}, "2024": {12, 1}, "2025": {12, 1}, "2026": {14, 2}} {
		var got [2]int
		for d := server.Day(year + "-01-01"); strings.HasPrefix(string(d), year); d = d.Add(1) {
			switch weekend := d.Time().Weekday()%6 == 0; {
			case weekend && h.Workday(d):
				got[1]++
			case !weekend && !h.Workday(d):
				got[0]++
			}
		}
		if got != want {
			t.Errorf("%s: %d weekdays off and %d Saturdays worked, want %d and %d", year, got[0], got[1], want[0], want[1])
		}
	}
}

// Of a year without a notice the fixed holidays are known, made up for after a
// weekend.
func TestWorkdaysWithoutNotice(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for year, want := range map[string][]string{
		"2027": {"01-01", "04-30", "05-03", "09-02", "11-24"}, // 1 May on a Saturday
		"2028": {"01-03", "05-01", "05-02", "09-04", "11-24"}, // 30 April on a Sunday, its Monday a holiday of its own
		"2033": {"01-03", "05-02", "05-03", "09-02", "11-24"}, // 30 April and 1 May on a weekend
		"2020": {"01-01", "04-30", "05-01", "09-02"},
	} {
		var got []string
		for d := server.Day(year + "-01-01"); strings.HasPrefix(string(d), year); d = d.Add(1) {
			if d.Time().Weekday()%6 != 0 && !h.Workday(d) {
				got = append(got, string(d[5:]))
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: off on %v, want %v", year, got, want)
		}
	}
}
