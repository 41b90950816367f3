package server_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"hailong/scoring"
	"hailong/server"
	"hailong/server/store"
	"hailong/server/store/memory"
)

// recountedWay counts the way from returned dossiers to answers on the documents of
// the store alone, one dossier and its invitation after the other.
func recountedWay(t testing.TB, st store.Store, now time.Time, from, to server.Day) *server.Respondents {
	t.Helper()
	all := dump(t, st)
	out := &server.Respondents{From: from, To: to}
	fields, channels, onTime := map[string]*scoring.PartCount{}, map[string]*scoring.PartCount{}, map[string]*scoring.PartCount{}
	body := func(doc string, v any) {
		_, text, _ := strings.Cut(doc, "\n")
		if err := json.Unmarshal([]byte(text), v); err != nil {
			t.Fatal(err)
		}
	}
	for _, doc := range all["dossiers"] {
		var d server.Dossier
		body(doc, &d)
		if day := d.ReturnDay(); d.Status != server.StatusReturned || day < from || day > to {
			continue
		}
		out.Returned++
		used := false
		if d.Invitation != "" {
			out.Invited++
			var inv server.Invitation
			if doc, ok := all["invitations"][d.Invitation]; ok {
				body(doc, &inv)
			}
			if used = inv.State == server.InvitationUsed; used {
				out.Answered++
			}
			if used || inv.Opened || inv.State == server.InvitationErased {
				out.Opened++
			}
		}
		for _, in := range []struct {
			parts map[string]*scoring.PartCount
			name  string
		}{{fields, d.Field}, {channels, d.Channel.String()}, {onTime, string(d.Punctuality(now))}} {
			p := in.parts[in.name]
			if p == nil {
				p = &scoring.PartCount{Name: in.name}
				in.parts[in.name] = p
			}
			p.Population++
			if used {
				p.Answers++
			}
		}
	}
	for _, side := range []struct {
		parts map[string]*scoring.PartCount
		to    **scoring.Representation
	}{{fields, &out.Fields}, {channels, &out.Channels}, {onTime, &out.OnTime}} {
		var list []scoring.PartCount
		for _, p := range side.parts {
			list = append(list, *p)
		}
		server.SortByName(list, func(p scoring.PartCount) string { return p.Name })
		if r, ok := scoring.Represents(list); ok {
			*side.to = &r
		}
	}
	return out
}

// What is kept in memory of dossiers and slips is what recounting the store gives,
// on each of two servers, after any history that either of them or a third, which
// has nothing in memory, wrote to the store, while months pass and slips settle.
func TestReturnedDossiersAreExact(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		st := memory.New()
		now := at("2024-01-15 09:00:00")
		servers := make([]*server.Service, 2)
		fresh := func() *server.Service {
			svc := sealedHouse(t, st, "2024-01-15")
			svc.Now = func() time.Time { return now }
			return svc
		}
		for i := range servers {
			servers[i] = fresh()
		}
		var ds []server.Dossier
		pick := func() server.DossierCode { return ds[rapid.IntRange(0, len(ds)-1).Draw(rt, "dossier")].Code }
		var issued []server.Slip
		slip := func() (server.Slip, bool) {
			if len(issued) == 0 {
				return server.Slip{}, false
			}
			return issued[rapid.IntRange(0, len(issued)-1).Draw(rt, "slip")], true
		}
		add := func(svc *server.Service, n int) {
			for range n {
				i := len(ds)
				in := now.AddDate(0, 0, -rapid.IntRange(0, 200).Draw(rt, "age"))
				d := server.Dossier{
					Code: server.DossierCode(fmt.Sprintf("H24.1.1-%s-%05d", in.Format("060102"), i)), Field: []string{"Chứng thực", "Hộ tịch", "Đất đai"}[i%3],
					Counter: "Quầy 1", Channel: server.Channel(1 + i%2), Received: in, Due: in.AddDate(0, 0, 3), Status: server.StatusReturned, Finished: in.AddDate(0, 0, i%5), Returned: in.AddDate(0, 0, i%7),
				}
				switch i % 9 {
				case 3:
					d.Status, d.Finished, d.Returned = server.StatusProcessing, time.Time{}, time.Time{}
				case 5:
					d.Finished, d.Returned = time.Time{}, time.Time{} // nobody knows when
				}
				ds = append(ds, d)
			}
			if _, err := svc.PutDossiers(t.Context(), ds[len(ds)-n:]); err != nil {
				rt.Fatal(err)
			}
		}
		add(servers[0], 12)
		for range rapid.IntRange(10, 60).Draw(rt, "steps") {
			svc := servers[rapid.IntRange(0, 1).Draw(rt, "server")]
			if rapid.IntRange(0, 9).Draw(rt, "third") == 0 {
				svc = fresh() // a command, or a server that just started
			}
			var err error
			switch rapid.SampledFrom([]string{"add", "return", "undo", "issue", "issue", "issue", "reissue", "open", "open", "answer", "answer", "answer", "change", "withdraw", "erase", "take back", "day", "week", "months", "background", "check"}).Draw(rt, "what") {
			case "add":
				add(svc, 3)
			case "return", "undo":
				d := &ds[rapid.IntRange(0, len(ds)-1).Draw(rt, "dossier")]
				if d.Status == server.StatusReturned {
					d.Status, d.Finished, d.Returned = server.StatusProcessing, time.Time{}, time.Time{}
				} else {
					d.Status, d.Finished, d.Returned = server.StatusReturned, now, now
				}
				_, err = svc.PutDossiers(t.Context(), []server.Dossier{*d})
			case "issue", "reissue":
				how := rapid.SampledFrom([]server.IssueMode{server.IssueOnce, server.Reissue}).Draw(rt, "how")
				var s server.Slip
				if s, err = svc.Issue(t.Context(), pick(), how); err == nil {
					issued = append(issued, s)
				}
			case "open":
				if s, ok := slip(); ok {
					err = svc.NoteOpened(t.Context(), s.Code)
				}
			case "answer":
				if s, ok := slip(); ok {
					_, err = svc.AcceptSlip(t.Context(), s.Code, given("5"))
				}
			case "change":
				if s, ok := slip(); ok {
					_, err = svc.ChangeAnswer(t.Context(), s.Code, given("4"))
				}
			case "withdraw":
				if s, ok := slip(); ok {
					err = svc.WithdrawAnswer(t.Context(), s.Code)
				}
			case "erase":
				if s, ok := slip(); ok {
					err = svc.Erase(t.Context(), s.Code, "lan")
				}
			case "take back":
				if s, ok := slip(); ok {
					err = svc.Withdraw(t.Context(), s)
				}
			case "day":
				now = now.AddDate(0, 0, 1)
			case "week":
				now = now.AddDate(0, 0, 7)
			case "months":
				now = now.AddDate(0, 0, rapid.IntRange(20, 140).Draw(rt, "days"))
			case "background":
				if err = svc.CountDossiers(t.Context()); err == nil {
					err = svc.SettleInvitations(t.Context())
				}
			}
			for _, known := range []error{server.ErrInvalid, server.ErrNotFound, server.ErrAnswered, server.ErrGone, store.ErrExists} {
				if errors.Is(err, known) {
					err = nil
				}
			}
			if err != nil {
				rt.Fatal(err)
			}
			to := server.DayOf(now).Add(-rapid.SampledFrom([]int{0, 0, 0, 3, 30, 250}).Draw(rt, "to"))
			from := to.Add(-rapid.SampledFrom([]int{900, 900, 400, 90, 30}).Draw(rt, "days"))
			for i, svc := range servers {
				got, err := svc.Respondents(t.Context(), from, to)
				if err != nil {
					rt.Fatal(err)
				}
				want := recountedWay(t, st, now, from, to)
				want.Completeness = got.Completeness // of the answers, see TestCompleteness
				if a, b := asJSON(t, got), asJSON(t, want); a != b {
					rt.Fatalf("server %d, %s to %s on %s:\n%s\nrecounted:\n%s", i, from, to, now.Format(time.DateOnly), a, b)
				}
			}
		}
	})
}

// A mark of invitations names no slip, and no time once nothing is being written:
// when a slip was used must not be told by anything, or its day would lead from an
// answer to a dossier. What a server that died left behind goes by itself.
func TestInvitationMarksTellNoTime(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	slip := h.one(t)
	h.set("2024-01-18 10:11:12")
	if _, err := h.AcceptSlip(t.Context(), slip.Code, given("5")); err != nil {
		t.Fatal(err)
	}
	marks := dump(t, h.memory)["invitation_marks"]
	if len(marks) != 1 || marks["phu-lien-2024/D/2024-01-15"] == "" {
		t.Fatalf("%v", marks)
	}
	for _, doc := range marks {
		if strings.TrimSpace(doc) != `{"writers":0}` {
			t.Errorf("the mark says %s", doc)
		}
	}
	dead := store.Doc{Key: "phu-lien-2024/D/2024-01-14", Body: []byte(`{"writers":1,"at":"2024-01-17T00:00:00Z"}`)}
	if err := h.memory.Insert(t.Context(), "invitation_marks", dead); err != nil {
		t.Fatal(err)
	}
	if err := h.SettleInvitations(t.Context()); err != nil {
		t.Fatal(err)
	}
	if doc := dump(t, h.memory)["invitation_marks"][dead.Key]; strings.TrimSpace(doc) != `{"writers":0}` {
		t.Errorf("left behind: %s", doc)
	}
}

// Slips handed out today are marked by nobody: a citizen waits for no more writes
// than an answer needs.
func TestFreshInvitationsAreNotMarked(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	slip := h.one(t)
	if err := h.NoteOpened(t.Context(), slip.Code); err != nil {
		t.Fatal(err)
	}
	if _, err := h.AcceptSlip(t.Context(), slip.Code, given("5")); err != nil {
		t.Fatal(err)
	}
	if marks := dump(t, h.memory)["invitation_marks"]; len(marks) != 0 {
		t.Errorf("%v", marks)
	}
}
