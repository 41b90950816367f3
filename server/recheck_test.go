package server_test

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"

	"hailong/server"
	"hailong/server/store"
)

// many is a house with 900 returned dossiers of three fields, some of them not
// in March, and one that was refused.
func many(t *testing.T) *house {
	t.Helper()
	h := newHouse(t)
	h.set("2024-04-15 09:00:00")
	var ds []server.Dossier
	for i := range 900 {
		day := fmt.Sprintf("2024-03-%02d", 1+i%28)
		if i%9 == 0 {
			day = "2024-02-28"
		}
		d := returned(i, "2024-02-01", day)
		d.Code = server.DossierCode(fmt.Sprintf("000.21.35.H24-240201-%05d", i))
		d.Field = []string{"Chứng thực", "Chứng thực", "Chứng thực", "Hộ tịch", "Hộ tịch", "Đất đai", "Chứng thực"}[i%7]
		ds = append(ds, d)
	}
	refused := returned(1, "2024-02-01", "2024-03-05")
	refused.Code, refused.Status = "000.21.35.H24-240201-99999", server.StatusRefused
	h.put(t, append(ds, refused)...)
	return h
}

var mai = server.User{Name: "mai", Role: server.RoleInspector}

func TestDrawRecheck(t *testing.T) {
	t.Parallel()
	h := many(t)
	ctx := t.Context()
	id, err := h.DrawRecheck(ctx, mai, "2024-03-01", "2024-03-31", 0.05)
	if err != nil {
		t.Fatal(err)
	}
	r, _, err := h.Recheck(ctx, mai, id)
	if err != nil {
		t.Fatal(err)
	}
	// 800/(1+800·0.0025) = 266.7.
	if r.Population != 800 || len(r.Dossiers) != 267 || len(r.Seed) != 32 {
		t.Errorf("%d of %d dossiers, seed %q", len(r.Dossiers), r.Population, r.Seed)
	}
	of := map[string]int64{}
	seen := map[server.DossierCode]bool{}
	for _, c := range r.Dossiers {
		d, err := h.Dossier(ctx, c)
		if err != nil || seen[c] || d.ReturnDay() < "2024-03-01" || d.Status != server.StatusReturned {
			t.Fatalf("%s is in the list: %v", c, err)
		}
		seen[c] = true
		of[d.Field]++
	}
	for _, st := range r.Strata {
		if st.Size != of[st.Field] || math.Abs(float64(st.Size)-267*float64(st.Population)/800) >= 1 {
			t.Errorf("%+v, in the list %d", st, of[st.Field])
		}
	}
	if re, err := h.Redraw(ctx, r); err != nil || !re.Same || re.Grown {
		t.Errorf("drawn again: %+v, %v", re, err)
	}
	other := r
	other.Seed = strings.Repeat("0", 32)
	if re, err := h.Redraw(ctx, other); err != nil || re.Same {
		t.Errorf("another seed draws the same list: %v", err)
	}
	exchanged := r
	exchanged.Dossiers = slices.Clone(r.Dossiers)
	exchanged.Dossiers[0] = "000.21.35.H24-240201-00000"
	if re, err := h.Redraw(ctx, exchanged); err != nil || re.Same || re.Grown {
		t.Errorf("an exchanged dossier is not found: %+v, %v", re, err)
	}
	d := returned(1, "2024-02-01", "2024-03-05")
	d.Code = "000.21.35.H24-240201-88888"
	h.put(t, d)
	if re, err := h.Redraw(ctx, r); err != nil || !re.Grown {
		t.Errorf("a dossier that came later: %+v, %v", re, err)
	}
	for name, tt := range map[string]struct {
		u        server.User
		from, to server.Day
		e        float64
		want     error
	}{
		"the leader": {server.User{Role: server.RoleLeader}, "2024-03-01", "2024-03-31", 0.05, server.ErrForbidden}, "backwards": {mai, "2024-03-31", "2024-03-01", 0.05, server.ErrInvalid},
		"the future": {mai, "2024-03-31", "2024-05-01", 0.05, server.ErrInvalid}, "nothing returned": {mai, "2023-03-01", "2023-03-31", 0.05, server.ErrInvalid},
		"no error": {mai, "2024-03-01", "2024-03-31", 0, server.ErrInvalid}, "not a number": {mai, "2024-03-01", "2024-03-31", math.NaN(), server.ErrInvalid},
	} {
		if _, err := h.DrawRecheck(ctx, tt.u, tt.from, tt.to, tt.e); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The list does not know who answered: it is the same for the same seed whether
// slips were issued and used or not.
func TestRecheckKnowsNoAnswers(t *testing.T) {
	t.Parallel()
	h := many(t)
	id, err := h.DrawRecheck(t.Context(), mai, "2024-03-01", "2024-03-31", 0.1)
	if err != nil {
		t.Fatal(err)
	}
	r, _, err := h.Recheck(t.Context(), mai, id)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range r.Dossiers[:20] {
		slip, err := h.Issue(t.Context(), c, server.IssueOnce)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.AcceptSlip(t.Context(), slip.Code, given("1")); err != nil {
			t.Fatal(err)
		}
	}
	if re, err := h.Redraw(t.Context(), r); err != nil || !re.Same || re.Grown {
		t.Errorf("answers change the list: %+v, %v", re, err)
	}
}

func TestEnterRecheck(t *testing.T) {
	t.Parallel()
	h := many(t)
	ctx := t.Context()
	id, err := h.DrawRecheck(ctx, mai, "2024-03-01", "2024-03-31", 0.2)
	if err != nil {
		t.Fatal(err)
	}
	enter := func(c server.RecheckCall) error { return h.EnterRecheck(ctx, mai, id, c) }
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			if err := enter(server.RecheckCall{Place: i + 1, Outcome: server.OutcomeReached, Level: fmt.Sprint(1 + i%5)}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for name, tt := range map[string]struct {
		c    server.RecheckCall
		want error
	}{
		"again": {server.RecheckCall{Place: 1, Outcome: server.OutcomeReached, Level: "5"}, store.ErrExists}, "no level": {server.RecheckCall{Place: 22, Outcome: server.OutcomeReached}, server.ErrInvalid},
		"a level of nobody": {server.RecheckCall{Place: 22, Outcome: server.OutcomeWrong, Level: "5"}, server.ErrInvalid}, "six": {server.RecheckCall{Place: 22, Outcome: server.OutcomeReached, Level: "6"}, server.ErrInvalid},
		"place 0": {server.RecheckCall{Outcome: server.OutcomeWrong}, server.ErrInvalid}, "past the end": {server.RecheckCall{Place: 9999, Outcome: server.OutcomeWrong}, server.ErrInvalid},
		"nonsense": {server.RecheckCall{Place: 22, Outcome: "$ne"}, server.ErrInvalid}, "nothing to take back": {server.RecheckCall{Place: 22}, server.ErrInvalid},
		"not what was entered": {server.RecheckCall{Place: 1, Outcome: server.OutcomeReached, Level: "5", Was: "-"}, server.ErrInvalid},
	} {
		if err := enter(tt.c); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, c := range []server.RecheckCall{
		{Place: 1, Outcome: server.OutcomeReached, Level: "5", Was: "1"}, {Place: 21, Outcome: server.OutcomeNoAnswer}, {Place: 21, Outcome: server.OutcomeWrong, Was: "-"},
		{Place: 2, Was: "2"}, {Place: 22, Outcome: server.OutcomeDeclined}, {Place: 22, Was: "-"},
	} {
		if err := enter(c); err != nil {
			t.Errorf("%+v: %v", c, err)
		}
	}
	if err := h.EnterRecheck(ctx, server.User{Role: server.RoleLeader}, id, server.RecheckCall{Place: 30, Outcome: server.OutcomeWrong}); !errors.Is(err, server.ErrForbidden) {
		t.Errorf("the leader enters: %v", err)
	}
	r, res, err := h.Recheck(ctx, mai, id)
	if err != nil {
		t.Fatal(err)
	}
	x, n := res.Satisfied(func(l string) bool { return l >= "4" })
	if x != 9 || n != 19 || res.Count(r, server.OutcomeReached) != 19 || res.Count(r, server.OutcomeWrong) != 1 || res.Count(r, "") != int64(len(r.Dossiers))-20 {
		t.Errorf("%d of %d, %+v", x, n, res)
	}
	// What somebody said is in a count, and with no dossier.
	all := dump(t, h.memory)
	for key, body := range all["audit"] {
		if strings.Contains(body, "H24-") {
			t.Errorf("the audit %s names a dossier", key)
		}
	}
	if len(all["answers"]) != 0 || strings.Contains(fmt.Sprint(all["recheck_results"]), "overall") {
		t.Error("a recheck is kept among the answers")
	}
	if _, _, err := h.Recheck(ctx, mai, "khong-co"); !errors.Is(err, server.ErrNotFound) {
		t.Errorf("no such list: %v", err)
	}
}
