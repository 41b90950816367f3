package importer

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"hailong/server"
)

func TestParseMoment(t *testing.T) {
	t.Parallel()
	// The serial numbers were computed with LibreOffice Calc 7.4: =DATE(2024;1;15) is 45306.
	for _, tt := range []struct {
		text  string
		want  string // RFC 3339 in the house's zone
		timed bool
	}{
		{"15/01/2024", "2024-01-15T00:00:00+07:00", false},
		{"15/01/2024 08:02:53", "2024-01-15T08:02:53+07:00", true},
		{"15/01/2024 08:02", "2024-01-15T08:02:00+07:00", true},
		{"5/1/2024", "2024-01-05T00:00:00+07:00", false},
		{"5/1/2024 8:02", "2024-01-05T08:02:00+07:00", true},
		{"15-01-2024 08:02:53", "2024-01-15T08:02:53+07:00", true},
		{"15.01.2024", "2024-01-15T00:00:00+07:00", false},
		{"08:02 15/01/2024", "2024-01-15T08:02:00+07:00", true},
		{"08:02:53, 15/01/2024", "2024-01-15T08:02:53+07:00", true},
		{"15/01/2024 8:02:53 SA", "2024-01-15T08:02:53+07:00", true},
		{"15/01/2024 12:02:53 SA", "2024-01-15T00:02:53+07:00", true},
		{"15/01/2024 1:30 CH", "2024-01-15T13:30:00+07:00", true},
		{"15/01/2024 12:30 PM", "2024-01-15T12:30:00+07:00", true},
		{"2024-01-15", "2024-01-15T00:00:00+07:00", false},
		{"2024/1/15", "2024-01-15T00:00:00+07:00", false},
		{"2024-01-15 08:02:53", "2024-01-15T08:02:53+07:00", true},
		{"2024-01-15T08:02:53", "2024-01-15T08:02:53+07:00", true},
		{"2024-01-15T08:02:53.000", "2024-01-15T08:02:53+07:00", true},
		{"2024-01-15T01:02:53Z", "2024-01-15T08:02:53+07:00", true},
		{"2024-01-14T17:00:00.000Z", "2024-01-15T00:00:00+07:00", false},
		{"2024-01-15T00:00:00Z", "2024-01-15T07:00:00+07:00", true},
		{"2024-01-15T08:02:53+07:00", "2024-01-15T08:02:53+07:00", true},
		{"2024-01-15T08:02:53+0700", "2024-01-15T08:02:53+07:00", true},
		{"2024-01-14T20:02:53-05:00", "2024-01-15T08:02:53+07:00", true},
		{"20240115", "2024-01-15T00:00:00+07:00", false},
		{"20240115080253", "2024-01-15T08:02:53+07:00", true},
		{"202401150802", "2024-01-15T08:02:00+07:00", true},
		{"45306", "2024-01-15T00:00:00+07:00", false},
		{"45306.5", "2024-01-15T12:00:00+07:00", true},
		{"45306,5", "2024-01-15T12:00:00+07:00", true},
		{"45306.334641203702", "2024-01-15T08:01:53+07:00", true},
		{"45306.999999999", "2024-01-16T00:00:00+07:00", false}, // noise, not 23:59:59
		{"15/01/2024 00:00:00", "2024-01-15T00:00:00+07:00", false},
		{"29/02/2024", "2024-02-29T00:00:00+07:00", false},
		{"31/12/2024 23:59:59", "2024-12-31T23:59:59+07:00", true},
	} {
		m, why := parseMoment(tt.text, server.Zone, false)
		if got := m.Format(time.RFC3339); !why.zero() || got != tt.want || m.timed != tt.timed {
			t.Errorf("%q = %s, timed %t, %v; want %s, timed %t", tt.text, got, m.timed, why, tt.want, tt.timed)
		}
	}
}

func TestParseMomentRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text string
		want Reason
	}{
		{"31/02/2024", reasonNoSuchDay},
		{"29/02/2023", reasonNoSuchDay},
		{"31/04/2024", reasonNoSuchDay},
		{"01/13/2024", reasonNoSuchDay},
		{"00/01/2024", reasonNoSuchDay},
		{"32/01/2024", reasonNoSuchDay},
		{"2024-02-31", reasonNoSuchDay},
		{"20240231", reasonNoSuchDay},
		{"15/01/24", reasonShortYear},
		{"5/1/24 08:00", reasonShortYear},
		{"15/01/0024", reasonFarYear},
		{"15/01/1924", reasonFarYear},
		{"15/01/2124", reasonFarYear},
		{"15/01/202", reasonNotDate},
		{"15/01/20244", reasonNotDate},
		{"15/01/2024 24:00", reasonNoSuchTime},
		{"15/01/2024 08:60", reasonNoSuchTime},
		{"15/01/2024 13:00 CH", reasonNoSuchTime},
		{"15/01/2024 0:10 SA", reasonNoSuchTime},
		{"15/01/2024 08", reasonNotDate},
		{"15/01/2024 08:00 hôm qua", reasonNotDate},
		{"15/01/2024 16/01/2024", reasonNotDate},
		{"2024-01-15T08:00:00+99:00", reasonNotDate},
		{"01/2024", reasonNotDate},
		{"2024", reasonNotDate},   // a serial number of 1905
		{"0", reasonNotDate},      //
		{"1e309", reasonNotDate},  //
		{"NaN", reasonNotDate},    //
		{"-45306", reasonNotDate}, //
		{"0x1p15", reasonNotDate}, //
		{"hôm qua", reasonNotDate},
		{"=NOW()", reasonNotDate},
	} {
		if m, why := parseMoment(tt.text, server.Zone, false); why != tt.want {
			t.Errorf("%q = %s, %q; want %q", tt.text, m.Time, why.EN, tt.want.EN)
		}
	}
}

func TestParseMoment1904(t *testing.T) {
	t.Parallel()
	// 2024-01-15 is 45306 in one system and 43844 in the other.
	m, why := parseMoment("43844.5", server.Zone, true)
	if want := "2024-01-15T12:00:00+07:00"; !why.zero() || m.Format(time.RFC3339) != want {
		t.Errorf("got %s, %v; want %s", m.Time, why, want)
	}
}

func TestDeadline(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"15/01/2024":          "2024-01-15T23:59:59+07:00",
		"15/01/2024 00:00:00": "2024-01-15T23:59:59+07:00",
		"15/01/2024 10:30:00": "2024-01-15T10:30:00+07:00",
		"45306":               "2024-01-15T23:59:59+07:00",
	} {
		m, _ := parseMoment(text, server.Zone, false)
		if got := m.deadline().Format(time.RFC3339); got != want {
			t.Errorf("%q lasts to %s, want %s", text, got, want)
		}
	}
}

// Any moment, written in any form, is read as itself.
func TestMomentRoundTrip(t *testing.T) {
	t.Parallel()
	forms := []string{"02/01/2006 15:04:05", "2/1/2006 15:04:05", "02-01-2006 15:04:05", "15:04:05 02/01/2006", time.RFC3339,
		"2006-01-02 15:04:05", "20060102150405", "02/01/2006 3:04:05 PM"}
	from := time.Date(minYear, 1, 1, 0, 0, 0, 0, server.Zone).Unix()
	to := time.Date(maxYear, 12, 31, 23, 59, 59, 0, server.Zone).Unix()
	rapid.Check(t, func(t *rapid.T) {
		want := time.Unix(rapid.Int64Range(from, to).Draw(t, "time"), 0).In(server.Zone)
		text := want.Format(rapid.SampledFrom(forms).Draw(t, "form"))
		m, why := parseMoment(text, server.Zone, false)
		if !why.zero() || !m.Time.Equal(want) {
			t.Fatalf("%q = %s, %v; want %s", text, m.Time, why, want)
		}
	})
}

func FuzzMoment(f *testing.F) {
	for _, s := range []string{"15/01/2024 08:02:53", "2024-01-15T08:02:53+07:00", "45306.5", "15/01/2024 8:02 SA", "31/02/2024", "08:02 15/01/2024", "20240115080253", "1E5"} {
		f.Add(s, false)
	}
	f.Fuzz(func(t *testing.T, s string, from1904 bool) {
		m, why := parseMoment(s, server.Zone, from1904)
		if !why.zero() {
			if why.VI == "" || why.EN == "" {
				t.Errorf("%q is refused without a word", s)
			}
			return
		}
		if y := m.Year(); y < minYear-1 || y > maxYear+1 {
			t.Errorf("%q is of the year %d", s, y)
		}
		again, why := parseMoment(m.Format(time.RFC3339), server.Zone, from1904)
		if y := m.Year(); y >= minYear && y <= maxYear && (!why.zero() || !again.Equal(m.Truncate(time.Second))) {
			t.Errorf("%q = %s, again %s, %v", s, m.Time, again.Time, why)
		}
	})
}
