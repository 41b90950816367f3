package mongo

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"hailong/migrations"
	"hailong/server"
	"hailong/server/store"
	"hailong/server/store/memory"
	"hailong/server/store/sqlite"
)

// TestWalkOnEveryEngine: dossiers, slips, answers, a late answer, sealed days
// and a recount give the same index document on every engine.
func TestWalkOnEveryEngine(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	embedded, err := sqlite.Open(t.Context(), t.TempDir()+"/walk.db")
	if err != nil {
		t.Fatal(err)
	}
	defer embedded.Close()
	var want string
	for _, engine := range []struct {
		name string
		st   store.Store
	}{{"memory", memory.New()}, {"sqlite", embedded}, {"mongo", open(t, srv.uri(newDatabase()))}} {
		got := walk(t, engine.st)
		if want == "" {
			want = got
		}
		if got != want {
			t.Errorf("%s gives\n%s\nmemory gives\n%s", engine.name, got, want)
		}
	}
}

func walk(t *testing.T, st store.Store) string {
	t.Helper()
	ctx := t.Context()
	if err := migrations.Up(ctx, st); err != nil {
		t.Fatal(err)
	}
	svc, err := server.New(ctx, st, make([]byte, server.SecretSize), server.Config{})
	if err != nil {
		t.Fatal(err)
	}
	noon := func(d server.Day) { svc.Now = func() time.Time { return d.Time().Add(12 * time.Hour) } }
	day := server.Day("2024-01-10")
	var codes []server.SlipCode
	for i := range 12 {
		at := day.Add(i).Time().Add(9 * time.Hour)
		d := server.Dossier{
			Code: server.DossierCode("000.21.35.H24-2401" + at.Format("02") + fmt.Sprintf("-%04d", i)), Status: server.StatusReturned,
			Field: []string{"Chứng thực", "Hộ tịch"}[i%2], Counter: "Quầy 1", Channel: server.ChannelCounter,
			Received: at, Finished: at, Returned: at,
		}
		if _, err := svc.PutDossiers(ctx, []server.Dossier{d}); err != nil {
			t.Fatal(err)
		}
		noon(day.Add(i))
		slip, err := svc.Issue(ctx, d.Code, server.IssueOnce)
		if err != nil {
			t.Fatal(err)
		}
		codes = append(codes, slip.Code)
		if i%3 == 2 {
			continue
		}
		sub := server.Submission{Given: map[string]string{"overall": string(rune('1' + i%5)), "official": "4"}}
		if _, err := svc.AcceptSlip(ctx, slip.Code, sub); err != nil {
			t.Fatal(err)
		}
	}
	noon("2024-03-01")
	if n, err := svc.SealDays(ctx); err != nil || n == 0 {
		t.Fatalf("%d seals, %v", n, err)
	}
	late := server.Submission{Given: map[string]string{"overall": "1"}, At: day.Add(5).Time().Add(time.Hour), Lane: server.LaneKiosk}
	if _, err := svc.AcceptSlip(ctx, codes[5], late); err != nil {
		t.Fatal(err)
	}
	if n, err := svc.SealDays(ctx); err != nil || n != 2 { // the day and its month
		t.Fatalf("%d seals written anew, %v", n, err)
	}
	rep, err := svc.Recount(ctx, "", "", server.RepairNothing)
	if err != nil || rep.Answers != 9 || len(rep.Differing)+len(rep.Stale) != 0 {
		t.Fatalf("recount: %+v %v", rep, err)
	}
	doc, err := svc.Index(ctx, server.IndexQuery{From: "2024-01-01", To: "2024-02-29", By: []server.Dimension{server.ByField, server.ByMonth}})
	if err != nil || doc.Answers != 9 {
		t.Fatalf("index: %v", err)
	}
	b, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
