package server_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"hailong/server"
	"hailong/server/ledger"
	"hailong/server/store"
)

const why = "Cả lô được bấm liên tục tại bàn in phiếu."

// spoiled is an office with 22 answers too many on one day, all of them five.
func spoiled(t *testing.T) (*office, server.Flag) {
	o := newOffice(t)
	for range 22 {
		a := o.answer("2024-03-13", "Quầy 1")
		a.Marks["overall"] = "5"
		o.add(true, a)
	}
	fs := o.flags()
	if len(fs) != 1 || !fs[0].CanQuarantine() {
		t.Fatalf("%d flags", len(fs))
	}
	return o, fs[0]
}

func (o *office) index(q server.IndexQuery) *server.IndexDocument {
	o.t.Helper()
	if q.From == "" {
		q.From, q.To = "2024-01-01", "2024-12-31"
	}
	d, err := o.Index(o.t.Context(), q)
	if err != nil {
		o.t.Fatal(err)
	}
	return d
}

func headline(d *server.IndexDocument) [2]int64 {
	it, _ := d.Items.Get("overall")
	return [2]int64{it.X, it.N}
}

// From a flag to the figure without it and back, each step by two people, each
// in the ledger and the audit; sealed or not, in one piece or in parts.
func TestQuarantine(t *testing.T) {
	t.Parallel()
	o, f := spoiled(t)
	ctx := t.Context()
	lan, mai := server.User{Name: "lan", Role: server.RoleLeader}, server.User{Name: "mai", Role: server.RoleInspector}
	before := headline(o.index(server.IndexQuery{}))
	if _, err := o.SealDays(ctx); err != nil {
		t.Fatal(err)
	}
	propose := func(u server.User, flag, reason string) (string, error) {
		return o.ProposeQuarantine(ctx, u, "2024-01-15", "2024-04-05", flag, reason)
	}
	for name, tt := range map[string]struct {
		u      server.User
		flag   string
		reason string
		want   error
	}{
		"an officer": {server.User{Name: "x", Role: server.RoleOfficer}, f.ID, why, server.ErrForbidden}, "the administrator": {server.User{Name: "x", Role: server.RoleAdmin}, f.ID, why, server.ErrForbidden},
		"no such flag": {lan, "0123", why, server.ErrNotFound}, "no reason": {lan, f.ID, " ngắn ", server.ErrInvalid},
	} {
		if _, err := propose(tt.u, tt.flag, tt.reason); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	id, err := propose(mai, f.ID, why+" Gọi 0912 345 678.")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := propose(lan, f.ID, why); !errors.Is(err, store.ErrExists) {
		t.Errorf("a second proposal: %v", err)
	}
	if got := headline(o.index(server.IndexQuery{})); got != before {
		t.Errorf("a proposal alone changes %v to %v", before, got)
	}
	decide := func(u server.User, n int, step server.QuarantineStep) error {
		return o.DecideQuarantine(ctx, u, id, n, step, why)
	}
	for name, err := range map[string][2]error{
		"who proposed signs": {decide(mai, 1, server.StepSign), server.ErrForbidden}, "the administrator": {decide(server.User{Name: "ad", Role: server.RoleAdmin}, 1, server.StepSign), server.ErrForbidden},
		"an old page": {decide(lan, 0, server.StepSign), store.ErrConflict}, "lifting what is not in force": {decide(lan, 1, server.StepLift), server.ErrInvalid},
		"nonsense": {decide(lan, 1, "$ne"), server.ErrInvalid}, "no such decision": {o.DecideQuarantine(ctx, lan, "f00", 1, server.StepSign, why), server.ErrNotFound},
	} {
		if !errors.Is(err[0], err[1]) {
			t.Errorf("%s: %v", name, err[0])
		}
	}
	if err := decide(lan, 1, server.StepSign); err != nil {
		t.Fatal(err)
	}
	gone := f.N // all of that day's answers on that lane and counter
	check := func(name string, out bool) {
		t.Helper()
		for _, q := range []server.IndexQuery{{}, {By: []server.Dimension{server.ByMonth}}, {By: []server.Dimension{server.ByField, server.ByDay}}, {Brief: true}} {
			d := o.index(q)
			if !out {
				if headline(d) != before || d.Quarantined != nil {
					t.Errorf("%s %v: %v, want %v", name, q.By, headline(d), before)
				}
				continue
			}
			n := d.Quarantined
			if n == nil || n.Answers != gone || [2]int64{n.X, n.N} != before || headline(d)[1] != before[1]-gone || n.Share == nil || *n.Share != float64(before[0])/float64(before[1]) {
				t.Errorf("%s %v: %v, beside it %+v, want %v and %v", name, q.By, headline(d), n, before[1]-gone, before)
			}
			var sum [2]int64
			for _, p := range d.Parts {
				it, _ := p.Document.Items.Get("overall")
				sum[0], sum[1] = sum[0]+it.X, sum[1]+it.N
			}
			if len(d.Parts) > 0 && sum != headline(d) {
				t.Errorf("%s: the parts by %v make %v of %v", name, q.By, sum, headline(d))
			}
		}
		rep, err := o.Recount(ctx, "", "", server.RepairNothing)
		if err != nil || len(rep.Differing)+len(rep.Stale) != 0 || !rep.Ledger.Sound() {
			t.Errorf("%s: a recount finds %+v, %+v, %v", name, rep, rep.Ledger, err)
		}
	}
	check("in force", true)
	sealed := o.index(server.IndexQuery{})
	other := *o.Service
	plain, err := other.Cube(ctx, o.Survey(), "2024-01-01", "2024-12-31")
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(plain.Document(server.IndexQuery{}).Items, sealed.Items) {
		t.Error("whole periods and days give other figures")
	}
	if obs, err := o.IndexFor(ctx, server.RoleObserver, server.IndexQuery{From: "2024-01-01", To: "2024-03-31"}); err != nil || obs.Quarantined == nil || obs.Quarantined.N != 0 || obs.Quarantined.Share != nil || obs.Quarantined.Answers != gone {
		t.Errorf("an observer sees %+v, %v", obs, err)
	}
	// An answer that comes later on that day is not swept in.
	o.add(true, o.answer("2024-03-13", "Quầy 1"))
	before[1]++
	if d := o.index(server.IndexQuery{}); headline(d)[1] != before[1]-gone {
		t.Errorf("a late answer: %v", headline(d))
	}
	before = [2]int64{o.index(server.IndexQuery{}).Quarantined.X, before[1]}
	if err := decide(lan, 2, server.StepLift); err != nil {
		t.Fatal(err)
	}
	if err := decide(lan, 3, server.StepSign); !errors.Is(err, server.ErrForbidden) {
		t.Errorf("lifting alone: %v", err)
	}
	if d := o.index(server.IndexQuery{}); d.Quarantined == nil {
		t.Error("a proposal to lift lifts")
	}
	if err := decide(mai, 3, server.StepSign); err != nil {
		t.Fatal(err)
	}
	if _, err := o.SealDays(ctx); err != nil {
		t.Fatal(err)
	}
	check("lifted", false)
	book, _, err := o.Ledger(ctx)
	if err != nil {
		t.Fatal(err)
	}
	lines := 0
	for _, r := range book.Records() {
		if r.Kind == ledger.Quarantine {
			lines++
		}
	}
	audit := strings.Join(keysOf(dump(t, o.memory)["audit"]), " ")
	if lines != 4 || audit == "" {
		t.Errorf("%d lines in the ledger for four steps", lines)
	}
	for _, deed := range []string{"quarantine_propose", "quarantine_sign", "quarantine_lift"} {
		found := false
		for _, body := range dump(t, o.memory)["audit"] {
			found = found || strings.Contains(body, deed)
		}
		if !found {
			t.Errorf("%s is not in the audit", deed)
		}
	}
	for _, body := range dump(t, o.memory)["quarantines"] {
		if strings.Contains(body, "0912 345") || strings.Contains(body, `"officer"`) {
			t.Error("a decision keeps a phone number or an officer")
		}
	}
}

// A decision that is taken out of the store, or put in past the service, is
// found by a recount.
func TestQuarantineTamperedWith(t *testing.T) {
	t.Parallel()
	o, f := spoiled(t)
	ctx := t.Context()
	id, err := o.ProposeQuarantine(ctx, server.User{Name: "mai", Role: server.RoleInspector}, "2024-01-15", "2024-04-05", f.ID, why)
	if err != nil {
		t.Fatal(err)
	}
	if err := o.DecideQuarantine(ctx, server.User{Name: "lan", Role: server.RoleLeader}, id, 1, server.StepSign, why); err != nil {
		t.Fatal(err)
	}
	key := o.Config.Unit + "/" + id + "/0002"
	d, err := o.memory.Get(ctx, "quarantines", key)
	if err != nil {
		t.Fatal(err)
	}
	if err := o.memory.Delete(ctx, "quarantines", key, 0); err != nil {
		t.Fatal(err)
	}
	rep, err := o.Recount(ctx, "", "", server.RepairNothing)
	if err != nil || rep.Ledger.Sound() || len(rep.Ledger.Missing) != 1 {
		t.Errorf("a decision is gone: %+v, %v", rep.Ledger, err)
	}
	// Somebody signs in another name, past the service.
	d.Body = []byte(strings.Replace(string(d.Body), `"by":"lan"`, `"by":"ngoc"`, 1))
	if err := o.memory.Insert(ctx, "quarantines", d); err != nil {
		t.Fatal(err)
	}
	rep, err = o.Recount(ctx, "", "", server.RepairNothing)
	if err != nil || rep.Ledger.Sound() || len(rep.Ledger.Missing) != 1 || len(rep.Ledger.Unentered) != 1 {
		t.Errorf("a decision was replaced: %+v, %v", rep.Ledger, err)
	}
	// One person cannot be both.
	if err := o.memory.Delete(ctx, "quarantines", key, 0); err != nil {
		t.Fatal(err)
	}
	d.Body = []byte(strings.Replace(string(d.Body), `"by":"ngoc"`, `"by":"mai"`, 1))
	if err := o.memory.Insert(ctx, "quarantines", d); err != nil {
		t.Fatal(err)
	}
	if _, err := o.Index(ctx, server.IndexQuery{From: "2024-01-01", To: "2024-12-31"}); !errors.Is(err, server.ErrInvalid) {
		t.Errorf("one person proposed and signed: %v", err)
	}
}
