package server

import (
	"context"
	"time"
)

// A Passage is one of the moments of a dossier's way that are counted by hour.
type Passage uint8

// The passages.
const (
	PassReceived Passage = iota // tiếp nhận
	PassFinished                // kết thúc xử lý
	PassReturned                // trả kết quả
)

// An hourCount counts the dossiers of one hour of one day of one passage.
type hourCount struct {
	day  int32 // its number
	n    int32
	pass Passage
	hour uint8
}

func (t *dossierTallying) countHours(d Dossier) {
	for pass, at := range [...]time.Time{PassReceived: d.Received, PassFinished: d.Finished, PassReturned: d.Returned} {
		if at.IsZero() {
			continue
		}
		at = at.In(Zone)
		day := DayOf(at).number()
		t.hours[hourCount{day: day, pass: Passage(pass), hour: uint8(at.Hour())}]++
		t.month.lastDay = max(t.month.lastDay, day)
	}
}

// PassageHours (hồ sơ theo giờ và thứ) counts dossiers by weekday, Monday first, and
// hour, each passage by its own date. Every dossier of the unit counts.
type PassageHours [3][7][24]int64

// DossierHours counts the passages from a day to another, both included.
func (s *Service) DossierHours(ctx context.Context, from, to Day) (*PassageHours, error) {
	var h PassageHours
	first, last := from.number(), to.number()
	err := s.readDossiers(ctx, from, to, func(m *dossierMonth) {
		for _, k := range m.hours {
			if first <= k.day && k.day <= last {
				h[k.pass][((k.day+3)%7+7)%7][k.hour] += int64(k.n) // day 0 was a Thursday
			}
		}
	})
	return &h, err
}
