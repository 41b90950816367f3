package server_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"hailong/server"
	"hailong/server/store/memory"
)

// someDossiers are n dossiers received in the first half of 2024.
func someDossiers(rnd *rand.Rand, from, n int) []server.Dossier {
	out := make([]server.Dossier, n)
	for i := range out {
		in := time.Date(2024, 1, 1, 8, 30, 0, 0, server.Zone).AddDate(0, 0, rnd.IntN(180)).Add(time.Duration(rnd.IntN(9)) * time.Hour)
		d := server.Dossier{
			Code: server.DossierCode(fmt.Sprintf("H24.1.1-%s-%05d", in.Format("060102"), from+i)), Field: []string{"Chứng thực", "Hộ tịch"}[rnd.IntN(2)], Procedure: "2.000815",
			Counter: "Quầy 1", Officer: "CC01", Channel: server.ChannelCounter, Received: in, Status: server.StatusProcessing, Due: in.AddDate(0, 0, 5),
		}
		switch rnd.IntN(4) {
		case 0:
			d.Status = server.StatusRefused
		case 1, 2:
			d.Status = server.StatusReturned
			d.Finished = in.AddDate(0, 0, rnd.IntN(9))
			d.Returned = d.Finished.AddDate(0, 0, rnd.IntN(40))
		}
		out[i] = d
	}
	return out
}

// counted counts dossiers one by one, as the figures must.
func counted(ds []server.Dossier, now time.Time, from, to server.Day) (n server.DossierCounts, returned int64) {
	for _, d := range ds {
		if day := server.DayOf(d.Received); from <= day && day <= to {
			n.Received++
			switch d.Punctuality(now) {
			case server.OnTime:
				n.OnTime++
			case server.Late:
				n.Late++
			case server.Open:
				n.Open++
			case server.OpenOverdue:
				n.OpenOverdue++
			default:
				n.NotCounted++
			}
		}
		if day := d.ReturnDay(); d.Status == server.StatusReturned && from <= day && day <= to {
			returned++
		}
	}
	return n, returned
}

// What is kept in memory is what counting every dossier gives: over days and
// whole months, after changes by another server on the same store, and while
// time passes and open dossiers become overdue.
func TestDossierMonthsAreExact(t *testing.T) {
	t.Parallel()
	st := memory.New()
	svc, other := sealedHouse(t, st, "2024-03-10"), sealedHouse(t, st, "2024-03-10")
	rnd := rand.New(rand.NewPCG(3, 1))
	now := time.Date(2024, 3, 10, 9, 0, 0, 0, server.Zone)
	svc.Now = func() time.Time { return now }
	other.Now = svc.Now
	ds := someDossiers(rnd, 0, 300)
	put := func(s *server.Service, batch []server.Dossier) {
		t.Helper()
		if _, err := s.PutDossiers(t.Context(), batch); err != nil {
			t.Fatal(err)
		}
	}
	check := func(when string) {
		t.Helper()
		for _, span := range [][2]server.Day{{"2024-01-01", "2024-12-31"}, {"2024-02-01", "2024-02-29"}, {"2024-01-17", "2024-04-03"}, {"2024-06-30", "2024-09-30"}, {"2023-01-01", "2023-12-31"}} {
			want, returned := counted(ds, now, span[0], span[1])
			for _, grain := range []server.Grain{server.GrainDay, server.GrainMonth, server.GrainPeriod} {
				cube, err := svc.CubeOf(t.Context(), svc.Survey(), span[0], span[1], grain)
				if err != nil {
					t.Fatal(err)
				}
				total := cube.Total(server.Filter{})
				if total.Dossiers != want || total.Coverage.Returned != returned {
					t.Errorf("%s, %v, grain %d: %+v, %d returned; want %+v, %d", when, span, grain, total.Dossiers, total.Coverage.Returned, want, returned)
				}
			}
		}
	}
	put(svc, ds)
	check("at first")
	check("from memory")
	now = now.AddDate(0, 1, 0)
	check("a month later")
	for i := range ds { // every third changes
		if i%3 == 0 && ds[i].Status == server.StatusProcessing {
			ds[i].Status, ds[i].Finished, ds[i].Returned = server.StatusReturned, now, now
		}
	}
	put(other, ds)
	check("changed by another server")
	more := someDossiers(rnd, 1000, 50)
	put(other, more)
	ds = append(ds, more...)
	check("added by another server")
	for _, d := range ds {
		if d.Status == server.StatusReturned {
			if _, err := other.Issue(t.Context(), d.Code, server.IssueOnce); err != nil {
				t.Fatal(err)
			}
			break
		}
	}
	cube, err := svc.CubeOf(t.Context(), svc.Survey(), "2024-01-01", "2024-12-31", server.GrainPeriod)
	if err != nil {
		t.Fatal(err)
	}
	if got := cube.Total(server.Filter{}).Coverage.Invited; got != 1 {
		t.Errorf("%d invited after another server issued one slip", got)
	}
}

// Passages count by their own dates and hours.
func TestDossierHours(t *testing.T) {
	t.Parallel()
	svc := sealedHouse(t, memory.New(), "2024-04-08")
	monday := time.Date(2024, 3, 4, 8, 59, 59, 0, server.Zone)
	d := server.Dossier{Code: "H24.1.1-240304-0001", Status: server.StatusReturned, Received: monday, Finished: monday.Add(25 * time.Hour), Returned: time.Date(2024, 4, 7, 16, 0, 0, 0, server.Zone)}
	if _, err := svc.PutDossiers(t.Context(), []server.Dossier{d}); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		from, to server.Day
		want     map[[3]int]int64
	}{
		{"2024-03-01", "2024-04-30", map[[3]int]int64{{0, 0, 8}: 1, {1, 1, 9}: 1, {2, 6, 16}: 1}},
		{"2024-04-01", "2024-04-30", map[[3]int]int64{{2, 6, 16}: 1}},
		{"2024-03-05", "2024-03-05", map[[3]int]int64{{1, 1, 9}: 1}},
		{"2025-03-05", "2025-03-05", nil},
	} {
		h, err := svc.DossierHours(t.Context(), tt.from, tt.to)
		if err != nil {
			t.Fatal(err)
		}
		for p := range h {
			for w := range h[p] {
				for k, n := range h[p][w] {
					if n != tt.want[[3]int{p, w, k}] {
						t.Errorf("%s–%s: passage %d, weekday %d, hour %d: %d", tt.from, tt.to, p, w, k, n)
					}
				}
			}
		}
	}
}
