package server_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"hailong/server"
	"hailong/server/store"
	"hailong/server/store/memory"
	"hailong/server/store/storetest"
)

// sealedHouse is a service on an empty store, at noon of a day.
func sealedHouse(t testing.TB, st store.Store, today string) *server.Service {
	t.Helper()
	svc, err := server.New(t.Context(), st, make([]byte, server.SecretSize), server.Config{})
	if err != nil {
		t.Fatal(err)
	}
	setDay(svc, server.Day(today))
	return svc
}

func setDay(svc *server.Service, d server.Day) {
	svc.Now = func() time.Time { return d.Time().Add(12 * time.Hour) }
}

func someAnswers(rnd *rand.Rand, from server.Day, days, n int) []server.Answer {
	out := make([]server.Answer, n)
	for i := range out {
		out[i] = server.Answer{
			ID: fmt.Sprintf("%032x", rnd.Uint64()), Unit: "phu-lien-2024", Survey: "sipas-short", Day: from.Add(rnd.IntN(days)),
			Lane: []server.Lane{server.LaneSlip, server.LaneWalkUp}[rnd.IntN(2)], Field: []string{"Chứng thực", "Hộ tịch", "Đất đai"}[rnd.IntN(3)],
			Procedure: "2.00081" + strconv.Itoa(rnd.IntN(4)), Counter: "Quầy " + strconv.Itoa(1+rnd.IntN(3)), Officer: "CC0" + strconv.Itoa(rnd.IntN(4)), Channel: server.Channel(1 + rnd.IntN(3)),
			Marks: map[string]string{"overall": strconv.Itoa(1 + rnd.IntN(5)), "access": strconv.Itoa(1 + rnd.IntN(5)), "feedback": "N"},
		}
	}
	return out
}

// figures is the whole index document of a period as JSON, broken down in every way.
func figures(t testing.TB, svc *server.Service, from, to server.Day) string {
	t.Helper()
	var all []string
	for _, by := range []string{"", "field", "month", "day", "lane,counter", "officer,channel", "procedure"} {
		dims, err := server.ParseDimensions(by)
		if err != nil {
			t.Fatal(err)
		}
		doc, err := svc.Index(t.Context(), server.IndexQuery{From: from, To: to, By: dims})
		if err != nil {
			t.Fatal(err)
		}
		b, err := json.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, string(b))
	}
	return strings.Join(all, "\n")
}

// Sealed or not, the figures of any period are the same to the last digit, also
// when answers come late, and a recount finds nothing wrong.
func TestSealedFiguresAreTheSame(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		rnd := rand.New(rand.NewPCG(rapid.Uint64().Draw(r, "seed"), 1))
		sealed, plain := sealedHouse(t, memory.New(), "2024-01-01"), sealedHouse(t, memory.New(), "2024-01-01")
		day := server.Day("2024-01-01")
		for range 3 {
			day = day.Add(rapid.IntRange(1, 200).Draw(r, "later"))
			setDay(sealed, day)
			setDay(plain, day)
			as := someAnswers(rnd, "2024-01-01", int(day.Time().Sub(server.Day("2024-01-01").Time()).Hours()/24)+1, rapid.IntRange(0, 60).Draw(r, "answers"))
			for _, svc := range []*server.Service{sealed, plain} {
				if n, err := svc.PutAnswers(t.Context(), as); err != nil || n != len(as) {
					r.Fatalf("%d of %d stored: %v", n, len(as), err)
				}
			}
			if _, err := sealed.SealDays(t.Context()); err != nil {
				r.Fatal(err)
			}
			if n, err := sealed.SealDays(t.Context()); err != nil || n != 0 {
				r.Fatalf("sealing again wrote %d seals, %v", n, err)
			}
		}
		from := server.Day("2023-12-01").Add(rapid.IntRange(0, 300).Draw(r, "from"))
		to := from.Add(rapid.IntRange(0, 900).Draw(r, "length"))
		if a, b := figures(t, sealed, from, to), figures(t, plain, from, to); a != b {
			r.Fatalf("sealed:\n%s\nplain:\n%s", a, b)
		}
		rep, err := sealed.Recount(t.Context(), "", "", server.RepairNothing)
		if err != nil || len(rep.Differing) > 0 {
			r.Fatalf("recount: %+v %v", rep, err)
		}
	})
}

// A late answer dirties exactly its day and what is above it.
func TestLateAnswerDirtiesItsDay(t *testing.T) {
	t.Parallel()
	st := memory.New()
	svc := sealedHouse(t, st, "2024-06-30")
	rnd := rand.New(rand.NewPCG(1, 2))
	if _, err := svc.PutAnswers(t.Context(), someAnswers(rnd, "2024-01-01", 180, 200)); err != nil {
		t.Fatal(err)
	}
	if _, err := svc.SealDays(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := svc.PutAnswers(t.Context(), someAnswers(rnd, "2024-02-14", 1, 1)); err != nil {
		t.Fatal(err)
	}
	rep, err := svc.Recount(t.Context(), "", "", server.RepairNothing)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(rep.Stale, ", "); got != "day 2024-02-14, month 2024-02-01, quarter 2024-01-01" || len(rep.Differing) > 0 {
		t.Errorf("stale: %s; differing: %v", got, rep.Differing)
	}
	if n, err := svc.SealDays(t.Context()); err != nil || n != 3 {
		t.Errorf("%d seals written anew, %v", n, err)
	}
}

// A seal that was tampered with is found and repaired.
func TestRecountRepairs(t *testing.T) {
	t.Parallel()
	st := memory.New()
	svc := sealedHouse(t, st, "2024-06-30")
	if _, err := svc.PutAnswers(t.Context(), someAnswers(rand.New(rand.NewPCG(5, 2)), "2024-01-01", 100, 300)); err != nil {
		t.Fatal(err)
	}
	want := figures(t, svc, "2024-01-01", "2024-06-30")
	if _, err := svc.SealDays(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"phu-lien-2024/D/2024-01-03", "phu-lien-2024/M/2024-02-01"} {
		d, err := st.Get(t.Context(), "tallies", key)
		if err != nil {
			t.Fatal(err)
		}
		var seal map[string]any
		if err := json.Unmarshal(d.Body, &seal); err != nil {
			t.Fatal(err)
		}
		surveys := seal["surveys"].(map[string]any)
		surveys["sipas-short"] = surveys["sipas-short"].([]any)[1:] // an answer vanishes
		if d.Body, err = json.Marshal(seal); err != nil {
			t.Fatal(err)
		}
		if err := st.Replace(t.Context(), "tallies", d); err != nil {
			t.Fatal(err)
		}
	}
	if figures(t, sealedHouse(t, st, "2024-06-30"), "2024-01-01", "2024-06-30") == want {
		t.Fatal("the test changed nothing")
	}
	if _, err := svc.SealDays(t.Context()); err != nil {
		t.Fatal(err)
	}
	if figures(t, svc, "2024-01-01", "2024-06-30") == want {
		t.Error("a changed seal is not seen within the hour")
	}
	rep, err := svc.Recount(t.Context(), "", "", server.RepairSeals)
	if err != nil || len(rep.Differing) != 2 || rep.Repaired != 2 {
		t.Fatalf("%+v %v", rep, err)
	}
	if got := figures(t, svc, "2024-01-01", "2024-06-30"); got != want {
		t.Error("figures differ after the repair")
	}
	if rep, err := svc.Recount(t.Context(), "", "", server.RepairNothing); err != nil || len(rep.Differing)+len(rep.Stale) > 0 || rep.Answers != 300 {
		t.Errorf("recount after the repair: %+v %v", rep, err)
	}
}

// Two servers that seal at once write the same bytes.
func TestTwoServersSealAlike(t *testing.T) {
	t.Parallel()
	st := memory.New()
	a, b := sealedHouse(t, st, "2024-06-30"), sealedHouse(t, st, "2024-06-30")
	if _, err := a.PutAnswers(t.Context(), someAnswers(rand.New(rand.NewPCG(9, 2)), "2024-01-01", 170, 400)); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 2)
	for _, svc := range []*server.Service{a, b} {
		go func() { _, err := svc.SealDays(context.Background()); done <- err }()
	}
	for range 2 {
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	for d, err := range st.Scan(t.Context(), "tallies", store.Range{}) {
		if err != nil {
			t.Fatal(err)
		}
		if d.Version != 1 {
			t.Errorf("%s was written %d times", d.Key, d.Version)
		}
	}
}

// failing lets the first n writes to a collection through and then fails.
type failing struct {
	store.Store
	coll string
	left int
}

func (f *failing) Insert(ctx context.Context, coll string, d store.Doc) error {
	if coll == f.coll {
		if f.left--; f.left < 0 {
			return fmt.Errorf("pulled the plug: %w", store.ErrUnavailable)
		}
	}
	return f.Store.Insert(ctx, coll, d)
}

func (f *failing) Batch(ctx context.Context, ops []store.Op) ([]error, error) {
	return storetest.OneByOne(ctx, f, ops)
}

// A server that dies between marking the day and storing the late answer, or
// whose answer arrived although it saw an error, leaves figures right.
func TestLateAnswerAndCrash(t *testing.T) {
	t.Parallel()
	st := memory.New()
	svc := sealedHouse(t, st, "2024-06-30")
	if _, err := svc.PutAnswers(t.Context(), someAnswers(rand.New(rand.NewPCG(7, 2)), "2024-03-01", 1, 5)); err != nil {
		t.Fatal(err)
	}
	if _, err := svc.SealDays(t.Context()); err != nil {
		t.Fatal(err)
	}
	broken := sealedHouse(t, &failing{Store: st, coll: "answers"}, "2024-06-30")
	sub := server.Submission{Given: map[string]string{"overall": "1"}, At: server.Day("2024-03-01").Time().Add(time.Hour)}
	id := "9f0c6a3e-6f5b-4a51-9d3b-1f2f0e0b7a11"
	if _, err := broken.AcceptWalkUp(t.Context(), id, sub); !errors.Is(err, store.ErrUnavailable) {
		t.Fatalf("accepting on a broken store: %v", err)
	}
	if _, err := svc.SealDays(t.Context()); err != nil {
		t.Fatal(err)
	}
	// The answer arrives after all, past the marked day's seal.
	if _, err := svc.AcceptWalkUp(t.Context(), id, sub); err != nil {
		t.Fatal(err)
	}
	doc, err := svc.Index(t.Context(), server.IndexQuery{From: "2024-03-01", To: "2024-03-31"})
	if err != nil || doc.Answers != 6 {
		t.Fatalf("%d answers, %v", doc.Answers, err)
	}
	if _, err := svc.SealDays(t.Context()); err != nil {
		t.Fatal(err)
	}
	rep, err := svc.Recount(t.Context(), "", "", server.RepairNothing)
	if err != nil || rep.Answers != 6 || len(rep.Differing)+len(rep.Stale) != 0 {
		t.Errorf("%+v %v", rep, err)
	}
}

// The day on which a server died while it wrote a late answer is sealed again by
// itself once no write can be under way any more, with the answer if it is there.
func TestDayOfADeadServerIsSealedAgain(t *testing.T) {
	t.Parallel()
	st := memory.New()
	svc := sealedHouse(t, st, "2024-06-30")
	if _, err := svc.PutAnswers(t.Context(), someAnswers(rand.New(rand.NewPCG(7, 3)), "2024-03-01", 1, 5)); err != nil {
		t.Fatal(err)
	}
	if _, err := svc.SealDays(t.Context()); err != nil {
		t.Fatal(err)
	}
	broken := sealedHouse(t, &failing{Store: st, coll: "answers"}, "2024-06-30")
	sub := server.Submission{Given: map[string]string{"overall": "1"}, At: server.Day("2024-03-01").Time().Add(time.Hour)}
	if _, err := broken.AcceptWalkUp(t.Context(), "9f0c6a3e-6f5b-4a51-9d3b-1f2f0e0b7a11", sub); !errors.Is(err, store.ErrUnavailable) {
		t.Fatalf("accepting on a broken store: %v", err)
	}
	for _, c := range []struct {
		today  string
		sealed bool
	}{{"2024-06-30", false}, {"2024-07-01", false}, {"2024-07-02", true}} {
		later := sealedHouse(t, st, c.today)
		if _, err := later.SealDays(t.Context()); err != nil {
			t.Fatal(err)
		}
		rep, err := later.Recount(t.Context(), "2024-03-01", "2024-03-01", server.RepairNothing)
		if err != nil || len(rep.Differing) != 0 || (len(rep.Stale) == 0) != c.sealed {
			t.Errorf("on %s: %+v %v", c.today, rep, err)
		}
		if doc, err := later.Index(t.Context(), server.IndexQuery{From: "2024-03-01", To: "2024-03-31"}); err != nil || doc.Answers != 5 {
			t.Errorf("on %s: %d answers, %v", c.today, doc.Answers, err)
		}
	}
}

// What a server remembers of sealed days is dropped when another server stores
// a late answer, and the new seals count.
func TestRememberedSealsFollowOtherServers(t *testing.T) {
	t.Parallel()
	st := memory.New()
	svc, other := sealedHouse(t, st, "2024-05-20"), sealedHouse(t, st, "2024-05-20")
	rnd := rand.New(rand.NewPCG(6, 6))
	if _, err := svc.PutAnswers(t.Context(), someAnswers(rnd, "2024-01-10", 100, 300)); err != nil {
		t.Fatal(err)
	}
	if _, err := svc.SealDays(t.Context()); err != nil {
		t.Fatal(err)
	}
	count := func(s *server.Service, grain server.Grain) int64 {
		t.Helper()
		cube, err := s.CubeOf(t.Context(), s.Survey(), "2024-01-01", "2024-12-31", grain)
		if err != nil {
			t.Fatal(err)
		}
		_, n, _ := cube.Total(server.Filter{}).Tally.Overall()
		return n
	}
	grains := []server.Grain{server.GrainDay, server.GrainMonth, server.GrainPeriod}
	for _, want := range []int64{300, 300, 307, 307} {
		if want == 307 {
			if _, err := other.PutAnswers(t.Context(), someAnswers(rand.New(rand.NewPCG(7, 7)), "2024-03-03", 1, 7)); err != nil {
				t.Fatal(err)
			}
		}
		for _, g := range grains {
			if got := count(svc, g); got != want {
				t.Errorf("grain %d: %d answers, want %d", g, got, want)
			}
		}
	}
	if _, err := other.SealDays(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, g := range grains {
		if got := count(svc, g); got != 307 {
			t.Errorf("sealed again, grain %d: %d answers", g, got)
		}
	}
}
