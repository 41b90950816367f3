package server_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"hailong/server"
	"hailong/server/store"
	"hailong/server/store/memory"
)

func TestIssue(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	slip := h.one(t)
	if slip.Dossier != "000.21.35.H24-240110-0001" || slip.Procedure != "Đăng ký khai sinh" || slip.Field != "Hộ tịch" || slip.Counter != "Quầy 3" {
		t.Errorf("slip %+v", slip)
	}
	if slip.Expires != "2024-04-14" { // 90 days after 15 January
		t.Errorf("ends on %s", slip.Expires)
	}
	if want := "HTTP://LOCALHOST:8080/Q/" + slip.Code.Text(); slip.URL != want {
		t.Errorf("URL %s, want %s", slip.URL, want)
	}
	inv, err := h.Invitation(t.Context(), slip.Code)
	if err != nil || inv.State != server.InvitationOpen || inv.Dossier != slip.Dossier || inv.Issued != "2024-01-15" {
		t.Errorf("invitation %+v, %v", inv, err)
	}

	if _, err := h.Issue(t.Context(), slip.Dossier, server.IssueOnce); !errors.Is(err, store.ErrExists) {
		t.Errorf("a second slip: %v", err)
	}
	if _, err := h.Issue(t.Context(), "000.21.35.H24-240110-9999", server.IssueOnce); !errors.Is(err, server.ErrNotFound) {
		t.Errorf("no dossier: %v", err)
	}
	open := returned(2, "2024-01-10", "2024-01-12")
	open.Status = server.StatusFinished
	h.put(t, open)
	if _, err := h.Issue(t.Context(), open.Code, server.IssueOnce); !errors.Is(err, server.ErrInvalid) {
		t.Errorf("a dossier that is not returned: %v", err)
	}
}

// crowded is a store in which others always change the marks of months first, once
// a dossier was written.
type crowded struct {
	store.Store
	written bool
}

func (c *crowded) Replace(ctx context.Context, coll string, d store.Doc) error {
	if coll == "dossier_marks" && c.written {
		return store.ErrConflict
	}
	c.written = c.written || coll == "dossiers"
	return c.Store.Replace(ctx, coll, d)
}

// A slip whose dossier was written is there, even where the mark of its month
// could not be taken back for the crowd.
func TestIssueInACrowd(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	d := returned(1, "2024-01-10", "2024-01-12")
	h.put(t, d)
	h.Store = &crowded{Store: h.memory}
	slip, err := h.Issue(t.Context(), d.Code, server.IssueOnce)
	if err != nil {
		t.Fatal(err)
	}
	if inv, err := h.Invitation(t.Context(), slip.Code); err != nil || inv.State != server.InvitationOpen {
		t.Errorf("%+v, %v", inv, err)
	}
}

// A dossier whose invitation is missing can be given a new slip.
func TestIssueAfterALostInvitation(t *testing.T) {
	t.Parallel()
	for _, how := range []server.IssueMode{server.IssueOnce, server.Reissue} {
		h := newHouse(t)
		slip := h.one(t)
		for key := range dump(t, h.memory)["invitations"] {
			if err := h.memory.Delete(t.Context(), "invitations", key, 0); err != nil {
				t.Fatal(err)
			}
		}
		again, err := h.Issue(t.Context(), slip.Dossier, how)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.Invitation(t.Context(), again.Code); err != nil {
			t.Error(err)
		}
	}
}

// Refused and stopped dossiers earn a slip only where the unit says so.
func TestEarns(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for s := server.StatusNew; s <= server.StatusReturned; s++ {
		if got, want := h.Earns(server.Dossier{Status: s}), s == server.StatusReturned; got != want {
			t.Errorf("%s: %t", s, got)
		}
	}
	h.Config.InviteAt = []server.Status{server.StatusReturned, server.StatusRefused, server.StatusStopped}
	for s := server.StatusNew; s <= server.StatusReturned; s++ {
		want := s == server.StatusReturned || s == server.StatusRefused || s == server.StatusStopped
		if got := h.Earns(server.Dossier{Status: s}); got != want {
			t.Errorf("%s, asked widely: %t", s, got)
		}
	}
}

// A slip printed again voids the unused old one; a used one stays.
func TestReissue(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	old := h.one(t)
	fresh, err := h.Issue(t.Context(), old.Dossier, server.Reissue)
	if err != nil || fresh.Code == old.Code {
		t.Fatalf("%v, %v", fresh, err)
	}
	if _, err := h.Invitation(t.Context(), old.Code); !errors.Is(err, server.ErrGone) {
		t.Errorf("the old slip: %v", err)
	}
	if _, err := h.AcceptSlip(t.Context(), old.Code, given("5")); !errors.Is(err, server.ErrGone) {
		t.Errorf("an answer with the old slip: %v", err)
	}
	if _, err := h.AcceptSlip(t.Context(), fresh.Code, given("5")); err != nil {
		t.Fatalf("an answer with the new slip: %v", err)
	}
	if _, err := h.Issue(t.Context(), old.Dossier, server.Reissue); !errors.Is(err, server.ErrAnswered) {
		t.Errorf("a slip for a dossier that was rated: %v", err)
	}
	if _, err := h.Invitation(t.Context(), fresh.Code); err != nil {
		t.Errorf("the used slip: %v", err)
	}
}

// A slip can be used to the end of its last day in Việt Nam and no longer.
func TestInvitationEnds(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	slip := h.one(t)
	h.set("2024-04-14 23:59:59")
	if _, err := h.Invitation(t.Context(), slip.Code); err != nil {
		t.Errorf("in the last second: %v", err)
	}
	h.set("2024-04-15 00:00:00")
	if _, err := h.Invitation(t.Context(), slip.Code); !errors.Is(err, server.ErrGone) {
		t.Errorf("on the day after: %v", err)
	}
	if _, err := h.AcceptSlip(t.Context(), slip.Code, given("5")); !errors.Is(err, server.ErrGone) {
		t.Errorf("an answer on the day after: %v", err)
	}
	fresh, err := h.Issue(t.Context(), slip.Dossier, server.Reissue)
	if err != nil || fresh.Expires != "2024-07-14" {
		t.Errorf("a new slip for an expired one: %+v, %v", fresh, err)
	}
}

// Thirty-two clerks press the button at once: one live slip.
func TestIssueRace(t *testing.T) {
	t.Parallel()
	for _, how := range []server.IssueMode{server.IssueOnce, server.Reissue} {
		h := newHouse(t)
		d := returned(1, "2024-01-10", "2024-01-12")
		h.put(t, d)
		var mu sync.Mutex
		var slips []server.Slip
		var wg sync.WaitGroup
		for range 32 {
			wg.Go(func() {
				s, err := h.Issue(t.Context(), d.Code, how)
				switch {
				case err == nil:
					mu.Lock()
					defer mu.Unlock()
					slips = append(slips, s)
				case !errors.Is(err, store.ErrExists) && !errors.Is(err, store.ErrConflict):
					t.Error(err)
				}
			})
		}
		wg.Wait()
		live := 0
		for _, s := range slips {
			if _, err := h.Invitation(t.Context(), s.Code); err == nil {
				live++
			} else if !errors.Is(err, server.ErrGone) {
				t.Error(err)
			}
		}
		if live != 1 || (how == server.IssueOnce && len(slips) != 1) {
			t.Errorf("mode %d: %d slips, %d live", how, len(slips), live)
		}
		if open := strings.Count(strings.Join(valuesOf(dump(t, h.memory)["invitations"]), ""), `"open"`); open != 1 {
			t.Errorf("mode %d: %d open invitations stored", how, open)
		}
	}
}

func valuesOf(m map[string]string) []string {
	var out []string
	for _, k := range keysOf(m) {
		out = append(out, m[k])
	}
	return out
}

// Every returned dossier of the days gets one slip, in order; again there is
// nothing to do; and no returned dossier is left without.
func TestIssueAll(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.set("2024-03-01 09:00:00")
	days := []string{"2024-01-31", "2024-02-01", "2024-02-15", "2024-02-29", "2024-03-01"}
	var want []server.DossierCode
	for i := range 300 {
		d := returned(i, "2024-01-10", days[i%len(days)])
		switch i % 7 {
		case 0:
			d.Status = server.StatusProcessing
		default:
			if day := days[i%len(days)]; day >= "2024-02-01" && day <= "2024-02-29" {
				want = append(want, d.Code)
			}
		}
		h.put(t, d)
	}
	missing, err := h.Uninvited(t.Context(), "2024-02-01", "2024-02-29")
	if err != nil || missing != len(want) {
		t.Fatalf("%d uninvited, %v; want %d", missing, err, len(want))
	}
	issue := func(how server.IssueMode) (slips []server.Slip, left int) {
		t.Helper()
		left, err := h.IssueAll(t.Context(), "2024-02-01", "2024-02-29", how, func(s server.Slip) error {
			slips = append(slips, s)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return slips, left
	}
	slips, left := issue(server.IssueOnce)
	if left != 0 || len(slips) != len(want) {
		t.Fatalf("%d slips, %d left, want %d", len(slips), left, len(want))
	}
	for i, s := range slips {
		if s.Dossier != want[i] {
			t.Fatalf("slip %d is of %s, want %s", i, s.Dossier, want[i])
		}
	}
	doc, err := h.Index(t.Context(), server.IndexQuery{From: "2024-02-01", To: "2024-02-29"})
	if err != nil || doc.Coverage.Uninvited != 0 || doc.Coverage.Invited != int64(len(want)) || doc.Coverage.Returned != int64(len(want)) {
		t.Errorf("coverage %+v, %v", doc.Coverage, err)
	}
	if missing, err := h.Uninvited(t.Context(), "2024-02-01", "2024-02-29"); err != nil || missing != 0 {
		t.Errorf("%d uninvited, %v", missing, err)
	}
	if again, left := issue(server.IssueOnce); len(again) != 0 || left != len(want) {
		t.Errorf("again: %d slips, %d left", len(again), left)
	}
	if _, err := h.AcceptSlip(t.Context(), slips[3].Code, given("4")); err != nil {
		t.Fatal(err)
	}
	if again, left := issue(server.Reissue); len(again) != len(want)-1 || left != 1 {
		t.Errorf("printed again: %d slips, %d left", len(again), left)
	}
	if missing, err := h.Uninvited(t.Context(), "2024-01-01", "2024-03-31"); err != nil || missing == 0 {
		t.Errorf("the days around are touched: %d uninvited, %v", missing, err)
	}
}

// Where printing fails, the slips that nobody will see are taken back, and
// those that were printed stay.
func TestIssueAllStops(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for i := range 200 {
		h.put(t, returned(i, "2024-01-10", "2024-01-12"))
	}
	full := errors.New("disk full")
	var printed []server.Slip
	_, err := h.IssueAll(t.Context(), "2024-01-12", "2024-01-12", server.IssueOnce, func(s server.Slip) error {
		if len(printed) == 50 {
			return full
		}
		printed = append(printed, s)
		return nil
	})
	if !errors.Is(err, full) {
		t.Fatal(err)
	}
	for _, s := range printed {
		if _, err := h.Invitation(t.Context(), s.Code); err != nil {
			t.Fatalf("a printed slip: %v", err)
		}
	}
	if missing, err := h.Uninvited(t.Context(), "2024-01-12", "2024-01-12"); err != nil || missing != 150 {
		t.Errorf("%d uninvited, %v; want 150", missing, err)
	}
	h.memory.Fail(errors.New("gone"))
	if _, err := h.IssueAll(t.Context(), "2024-01-12", "2024-01-12", server.IssueOnce, func(server.Slip) error { return nil }); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("a store that is away: %v", err)
	}
	h.memory.Fail(nil)
	rest := 0
	left, err := h.IssueAll(t.Context(), "2024-01-12", "2024-01-12", server.IssueOnce, func(server.Slip) error { rest++; return nil })
	if err != nil || rest != 150 || left != 50 {
		t.Errorf("afterwards %d slips, %d left, %v", rest, left, err)
	}
}

func TestWithdraw(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	slip := h.one(t)
	if err := h.Withdraw(t.Context(), slip); err != nil {
		t.Fatal(err)
	}
	if _, err := h.AcceptSlip(t.Context(), slip.Code, given("5")); !errors.Is(err, server.ErrGone) {
		t.Errorf("an answer with a withdrawn slip: %v", err)
	}
	if err := h.Withdraw(t.Context(), slip); err != nil {
		t.Errorf("withdrawn twice: %v", err)
	}
	fresh, err := h.Issue(t.Context(), slip.Dossier, server.IssueOnce)
	if err != nil {
		t.Fatalf("the dossier is not free again: %v", err)
	}
	if err := h.Withdraw(t.Context(), slip); err != nil {
		t.Error(err)
	}
	if _, err := h.AcceptSlip(t.Context(), fresh.Code, given("5")); err != nil {
		t.Errorf("withdrawing the old slip hurt the new one: %v", err)
	}
	if err := h.Withdraw(t.Context(), fresh); !errors.Is(err, server.ErrAnswered) {
		t.Errorf("withdrawing a used slip: %v", err)
	}
}

// An import that comes after the slip leaves the invitation alone.
func TestImportKeepsInvitation(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	slip := h.one(t)
	d := returned(1, "2024-01-10", "2024-01-12")
	d.Officer = "CC08"
	h.put(t, d)
	if _, err := h.Issue(t.Context(), d.Code, server.IssueOnce); !errors.Is(err, store.ErrExists) {
		t.Errorf("after an import a second slip: %v", err)
	}
	if _, err := h.AcceptSlip(t.Context(), slip.Code, given("5")); err != nil {
		t.Error(err)
	}
}

// A reprint that died between voiding the old slip and making the new one
// leaves a dossier that the next printing serves.
func TestIssueAfterBrokenReprint(t *testing.T) {
	t.Parallel()
	st := memory.New()
	svc := sealedHouse(t, st, "2024-03-01")
	at := server.Day("2024-03-01").Time().Add(9 * time.Hour)
	d := server.Dossier{Code: "000.21.35.H24-240301-0001", Status: server.StatusReturned, Received: at, Finished: at, Returned: at}
	if _, err := svc.PutDossiers(t.Context(), []server.Dossier{d}); err != nil {
		t.Fatal(err)
	}
	old, err := svc.Issue(t.Context(), d.Code, server.IssueOnce)
	if err != nil {
		t.Fatal(err)
	}
	broken := sealedHouse(t, &failing{Store: st, coll: "invitations"}, "2024-03-01")
	if _, err := broken.Issue(t.Context(), d.Code, server.Reissue); !errors.Is(err, store.ErrUnavailable) {
		t.Fatalf("reprinting on a broken store: %v", err)
	}
	if _, err := svc.Invitation(t.Context(), old.Code); !errors.Is(err, server.ErrGone) {
		t.Fatalf("the old slip: %v", err)
	}
	slip, err := svc.Issue(t.Context(), d.Code, server.IssueOnce)
	if err != nil {
		t.Fatalf("the next printing: %v", err)
	}
	if _, err := svc.Invitation(t.Context(), slip.Code); err != nil {
		t.Error(err)
	}
}

// An answer given at a kiosk on the slip's last day counts when it arrives later.
func TestAnswerGivenOnTheLastDayArrivesLater(t *testing.T) {
	t.Parallel()
	svc := sealedHouse(t, memory.New(), "2024-03-01")
	at := server.Day("2024-03-01").Time().Add(9 * time.Hour)
	d := server.Dossier{Code: "000.21.35.H24-240301-0001", Status: server.StatusReturned, Received: at, Finished: at, Returned: at}
	if _, err := svc.PutDossiers(t.Context(), []server.Dossier{d}); err != nil {
		t.Fatal(err)
	}
	slip, err := svc.Issue(t.Context(), d.Code, server.IssueOnce)
	if err != nil {
		t.Fatal(err)
	}
	setDay(svc, slip.Expires.Add(3))
	sub := server.Submission{Given: map[string]string{"overall": "4"}, Lane: server.LaneKiosk, At: slip.Expires.Add(1).Time().Add(time.Hour)}
	if _, err := svc.AcceptSlip(t.Context(), slip.Code, sub); !errors.Is(err, server.ErrGone) {
		t.Errorf("given the day after the last: %v", err)
	}
	sub.At = slip.Expires.Time().Add(23 * time.Hour)
	if _, err := svc.AcceptSlip(t.Context(), slip.Code, sub); err != nil {
		t.Errorf("given on the last day: %v", err)
	}
}
