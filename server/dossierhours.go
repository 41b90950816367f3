package server

import (
	"context"
	"time"
)

// A Passage is one of the moments of a dossier's way that are counted by hour.
type Passage int

// The passages.
const (
	PassReceived Passage = iota // tiếp nhận
	PassFinished                // kết thúc xử lý
	PassReturned                // trả kết quả
)

// hourKey is one hour of one day of one passage.
type hourKey struct {
	pass Passage
	day  Day
	hour int
}

func (m *dossierMonth) countHours(d Dossier) {
	for pass, t := range map[Passage]time.Time{PassReceived: d.Received, PassFinished: d.Finished, PassReturned: d.Returned} {
		if t.IsZero() {
			continue
		}
		t = t.In(Zone)
		day := DayOf(t)
		m.hours[hourKey{pass, day, t.Hour()}]++
		m.lastReturn = max(m.lastReturn, day)
	}
}

// PassageHours (hồ sơ theo giờ và thứ) counts dossiers by weekday, Monday first, and
// hour, each passage by its own date. Every dossier of the unit counts.
type PassageHours [3][7][24]int64

// DossierHours counts the passages from a day to another, both included.
func (s *Service) DossierHours(ctx context.Context, from, to Day) (*PassageHours, error) {
	var h PassageHours
	err := s.readDossiers(ctx, from, to, func(_ string, m *dossierMonth) {
		for k, n := range m.hours {
			if from <= k.day && k.day <= to {
				h[k.pass][(int(k.day.Time().Weekday())+6)%7][k.hour] += n
			}
		}
	})
	return &h, err
}
