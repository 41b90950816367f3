package demo_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"hailong/server"
)

// The complaints of the year were handled, most of them in time; the last ones
// stand one in each state.
func TestFillHandlesComplaints(t *testing.T) {
	t.Parallel()
	svc := filled(t)
	cases, err := svc.Cases(t.Context(), server.User{Role: server.RoleLeader}, false)
	if err != nil {
		t.Fatal(err)
	}
	open, inTime := map[server.CaseState]int{}, 0
	for _, c := range cases {
		switch {
		case c.Open():
			open[c.State]++
		case c.Reply == "" || c.Replied <= c.Opened || len(c.Steps) != 4:
			t.Errorf("opened on %s: %+v", c.Opened, c)
		case c.Replied <= svc.AfterWorkdays(c.Opened, server.ClockTake+server.ClockSimple+server.ClockReply):
			inTime++
		}
	}
	if want := map[server.CaseState]int{server.CaseNew: 2, server.CaseWorking: 2, server.CaseConcluded: 1}; !maps.Equal(open, want) {
		t.Errorf("open: %v, want %v", open, want)
	}
	if done := len(cases) - 5; done < 8 || 10*inTime < 6*done || len(cases) > 60 {
		t.Errorf("%d cases, %d in time", len(cases), inTime)
	}
}

// The desks of the home are furnished, and no answer is taken out of the figures.
func TestFillFurnishes(t *testing.T) {
	t.Parallel()
	svc := filled(t)
	ctx, leader := t.Context(), server.User{Name: "lan", Role: server.RoleLeader}
	if got := rules(t, svc); !slices.Equal(got, []server.Rule{server.RuleHasty, server.RuleSerial}) {
		t.Errorf("flags %q", got)
	}
	qs, err := svc.Quarantines(ctx)
	if err != nil || len(qs) != 1 || qs[0].State != server.QuarantineProposed || !qs[0].MaySign(leader) {
		t.Errorf("decisions %+v, %v", qs, err)
	}
	if doc := index(t, svc); doc.Quarantined != nil {
		t.Errorf("the home's figures lack %+v", doc.Quarantined)
	}
	lists, err := svc.Rechecks(ctx)
	if err != nil || len(lists) != 1 {
		t.Fatalf("%d lists, %v", len(lists), err)
	}
	res, err := svc.RecheckResults(ctx, lists[0].ID)
	if reached, waits := res.Count(lists[0], server.OutcomeReached), res.Count(lists[0], ""); err != nil || reached < 10 || waits < 5 {
		t.Errorf("%d reached, %d not called, %v", reached, waits, err)
	}
	if w, err := svc.PaperWaiting(ctx, 10); err != nil || len(w) != 3 {
		t.Errorf("%d forms keyed once, %v", len(w), err)
	}
	devices, err := svc.Devices(ctx)
	if err != nil || len(devices) != 1 || devices[0].Alert == nil || !devices[0].Alert.Told || devices[0].Trouble(now, time.Hour) != server.TroubleSilent {
		t.Errorf("kiosks %+v, %v", devices, err)
	}
}

// rules are the kinds of flag of the year, each once, sorted.
func rules(t *testing.T, svc *server.Service) (out []server.Rule) {
	t.Helper()
	found, err := svc.Suspicions(t.Context(), server.User{Role: server.RoleInspector}, "2024-01-01", "2024-12-31")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found.Flags {
		out = append(out, f.Rule)
	}
	slices.Sort(out)
	return slices.Compact(out)
}
