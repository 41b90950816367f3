package server_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"hailong/server"
	"hailong/server/store/memory"
)

// saidOf counts answers one by one, as figures must: by the key of their part, how
// often each mark was given to each question, and in the end what was named.
func saidOf(t *testing.T, svc *server.Service, from, to server.Day, by []server.Dimension, out func(server.Answer) bool) map[string]string {
	counts := map[string]map[string]int{}
	for a, err := range svc.Answers(t.Context(), from, to) {
		if err != nil {
			t.Fatal(err)
		}
		if out(a) {
			continue
		}
		cell := server.Cell{Day: a.Day, Field: a.Field, Counter: a.Counter, Officer: a.Officer, Channel: a.Channel, Lane: a.Lane, Procedure: a.Procedure}
		var key []string
		for _, d := range by {
			key = append(key, cell.Part(d))
		}
		id := strings.Join(key, "|")
		if counts[id] == nil {
			counts[id] = map[string]int{}
		}
		for _, it := range svc.Survey().Items() {
			counts[id][it.ID+"="+a.Marks[it.ID]]++
		}
	}
	said := map[string]string{}
	for id, c := range counts {
		for _, k := range slices.Sorted(maps.Keys(c)) {
			said[id] += fmt.Sprintf("%s:%d ", k, c[k])
		}
	}
	return said
}

// saidBy is what the index document says of the same.
func saidBy(t *testing.T, svc *server.Service, from, to server.Day, by []server.Dimension) map[string]string {
	doc, err := svc.Index(t.Context(), server.IndexQuery{From: from, To: to, By: by, Brief: true})
	if err != nil {
		t.Fatal(err)
	}
	said := map[string]string{}
	for _, p := range doc.Parts {
		if p.Document.Answers == 0 {
			continue
		}
		var key []string
		for _, d := range by {
			key = append(key, p.Key[d])
		}
		c := map[string]int{}
		for _, e := range p.Document.Items {
			for l, n := range e.Value.Levels {
				c[fmt.Sprintf("%s=%d", e.Key, l+1)] += int(n)
			}
			c[e.Key+"=N"] += int(e.Value.NotApplicable)
			c[e.Key+"="] += int(e.Value.Unanswered)
		}
		for _, k := range slices.Sorted(maps.Keys(c)) {
			if c[k] > 0 {
				said[strings.Join(key, "|")] += fmt.Sprintf("%s:%d ", k, c[k])
			}
		}
	}
	return said
}

// Whatever is kept in memory, figures are what counting the answers one by one
// gives: of several units, after late answers, withdrawals and a quarantine, by
// any parts, over any days, at once.
func TestFiguresAreWhatAnswersSay(t *testing.T) {
	t.Parallel()
	for seed := range uint64(rounds(10)) {
		ctx, rnd := t.Context(), rand.New(rand.NewPCG(seed, 4))
		home, err := server.New(ctx, memory.New(), make([]byte, server.SecretSize), server.Config{})
		if err != nil {
			t.Fatal(err)
		}
		setDay(home, "2024-06-30")
		if err := home.PutUnit(ctx, server.Unit{ID: "do-son", Name: "UBND phường Đồ Sơn", Level: server.LevelWard}); err != nil {
			t.Fatal(err)
		}
		other, err := home.For(ctx, "do-son")
		if err != nil {
			t.Fatal(err)
		}
		spoiled := server.Day("2024-04-02")
		isOut := func(server.Answer) bool { return false }
		check := func(when string) {
			for _, svc := range []*server.Service{home, other} {
				out := isOut
				if svc == other {
					out = func(server.Answer) bool { return false }
				}
				from := server.Day("2024-01-01").Add(rnd.IntN(120 + 1))
				to := from.Add(rnd.IntN(120 + 1))
				for _, by := range [][]server.Dimension{{server.ByField}, {server.ByMonth, server.ByLane}, {server.ByDay}, {server.ByProcedure, server.ByChannel}, {server.ByOfficer, server.ByMonth, server.ByCounter}} {
					got, want := saidBy(t, svc, from, to, by), saidOf(t, svc, from, to, by, out)
					if !maps.Equal(got, want) {
						t.Fatalf("seed %d, %s, %s, %s to %s by %v:\n%v\nanswers say\n%v", seed, when, svc.Config.Unit, from, to, by, got, want)
					}
				}
			}
		}
		put := func(svc *server.Service, from server.Day, days, n int, change func(*server.Answer)) {
			as := someAnswers(rnd, from, days, n)
			for i := range as {
				as[i].Unit = svc.Config.Unit
				change(&as[i])
			}
			if _, err := svc.PutAnswers(ctx, as); err != nil {
				t.Fatal(err)
			}
		}
		plain := func(*server.Answer) {}
		put(home, "2024-01-01", 180, 60, plain)
		put(other, "2024-01-01", 180, 40, plain)
		put(home, spoiled, 1, 4, func(a *server.Answer) {
			a.Hasty, a.Lane, a.Counter = true, server.LaneSlip, "Quầy 1"
		})
		check("open")
		seal := func() {
			for _, svc := range []*server.Service{home, other} {
				if _, err := svc.SealDays(ctx); err != nil {
					t.Fatal(err)
				}
			}
		}
		seal()
		check("sealed")
		put(home, spoiled, 1, rnd.IntN(3+1), plain)
		put(other, "2024-02-01", 60, rnd.IntN(3+1), plain)
		check("late answers")
		d := returned(1, "2024-06-20", "2024-06-24")
		if _, err := home.PutDossiers(ctx, []server.Dossier{d}); err != nil {
			t.Fatal(err)
		}
		slip, err := home.Issue(ctx, d.Code, server.IssueOnce)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := home.AcceptSlip(ctx, slip.Code, given("1")); err != nil {
			t.Fatal(err)
		}
		home.Now = func() time.Time { return at("2024-07-04 09:00:00") }
		seal()
		check("a slip")
		if err := home.WithdrawAnswer(ctx, slip.Code); err != nil {
			t.Fatal(err)
		}
		check("withdrawn")
		lan, mai := server.User{Name: "lan", Role: server.RoleLeader}, server.User{Name: "mai", Role: server.RoleInspector}
		found, err := home.Suspicions(ctx, lan, spoiled, spoiled)
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(found.Flags, func(f server.Flag) bool { return f.Rule == server.RuleHasty })
		if i < 0 {
			t.Fatalf("no flag: %+v", found)
		}
		id, err := home.ProposeQuarantine(ctx, mai, spoiled, spoiled, found.Flags[i].ID, why)
		if err == nil {
			err = home.DecideQuarantine(ctx, lan, id, 1, server.StepSign, why)
		}
		if err != nil {
			t.Fatal(err)
		}
		isOut = func(a server.Answer) bool { return a.Hasty }
		check("quarantined")
		put(home, spoiled, 1, 2, plain)
		check("late answers on a day with quarantined ones")
		seal()
		check("sealed again")
		if err := home.DecideQuarantine(ctx, lan, id, 2, server.StepLift, why); err != nil {
			t.Fatal(err)
		}
		check("to be lifted")
		if err := home.DecideQuarantine(ctx, mai, id, 3, server.StepSign, why); err != nil {
			t.Fatal(err)
		}
		isOut = func(server.Answer) bool { return false }
		check("lifted")
	}
}
