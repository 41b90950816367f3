package server_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"hailong/server"
	"hailong/server/store"
	"hailong/server/store/memory"
)

func TestParseDossierCode(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"000.21.35.H24-240115-0012", "000.21.35.H24-240115-00012", "H24.1.2-240115-0012", "H24.35-240229-12345", "H24.12.3456.7-991231-0000"} {
		if got, err := server.ParseDossierCode(s); err != nil || string(got) != s {
			t.Errorf("%q: %q, %v", s, got, err)
		}
	}
	for _, s := range []string{
		"", "000.21.35.H24-240115-001", "000.21.35.H24-240115-001234", "000.21.35.H24-240231-0012", "000.21.35.H24-241301-0012", "000.21.35.H24-230229-0012",
		"00.21.35.H24-240115-0012", "000.21.35.h24-240115-0012", "000.21.35.H24 240115 0012", " 000.21.35.H24-240115-0012", "000.21.35.H24-240115-0012\n",
		"000.21.35.H24-240115-0012 ", "H24-240115-0012", "H24.x.y-240115-0012", "000.21.35.H24-２４0115-0012", "000.21.35.H24-240115-0012-1", "$where", "../../etc",
	} {
		if got, err := server.ParseDossierCode(s); !errors.Is(err, server.ErrInvalid) || got != "" {
			t.Errorf("%q is taken for a code: %q, %v", s, got, err)
		}
	}
}

func FuzzParseDossierCode(f *testing.F) {
	f.Add("000.21.35.H24-240115-0012")
	f.Add("H24.1.2-240115-00012")
	f.Add("H24.1.2-240231-0001")
	f.Fuzz(func(t *testing.T, s string) {
		code, err := server.ParseDossierCode(s)
		if err != nil {
			if !errors.Is(err, server.ErrInvalid) {
				t.Errorf("%q: %v", s, err)
			}
			return
		}
		parts := strings.Split(string(code), "-")
		if string(code) != s || len(parts) != 3 || len(s) > store.MaxKey || strings.ContainsAny(s, " \x00/$") {
			t.Errorf("%q is taken for %q", s, code)
		}
		if day, err := time.Parse("060102", parts[1]); err != nil || day.Format("060102") != parts[1] {
			t.Errorf("%q holds no date", s)
		}
	})
}

// jan is a time of January 2024 in the house's zone.
func jan(day, hour, min, sec int) time.Time {
	return time.Date(2024, 1, day, hour, min, sec, 0, server.Zone)
}

func TestPunctuality(t *testing.T) {
	t.Parallel()
	received, due := jan(15, 8, 0, 0), jan(17, 8, 0, 0)
	now := jan(16, 12, 0, 0)
	for _, tt := range []struct {
		name string
		d    server.Dossier
		now  time.Time
		want server.Punctuality
	}{
		{"finished before due", server.Dossier{Status: 9, Due: due, Finished: jan(17, 7, 59, 59)}, now, server.OnTime},
		{"finished on the second", server.Dossier{Status: 9, Due: due, Finished: due}, now, server.OnTime},
		{"finished a second late", server.Dossier{Status: 9, Due: due, Finished: jan(17, 8, 0, 1)}, now, server.Late},
		{"picked up late, finished in time", server.Dossier{Status: 10, Due: due, Finished: jan(16, 8, 0, 0), Returned: jan(25, 8, 0, 0)}, now, server.OnTime},
		{"finished late, whatever the return says", server.Dossier{Status: 10, Due: due, Finished: jan(18, 8, 0, 0), Returned: jan(16, 8, 0, 0)}, now, server.Late},
		{"returned only, in time", server.Dossier{Status: 10, Due: due, Returned: jan(17, 8, 0, 0)}, now, server.OnTime},
		{"returned only, late", server.Dossier{Status: 10, Due: due, Returned: jan(17, 8, 0, 1)}, now, server.Late},
		{"same day, at its last second", server.Dossier{Status: 10, Finished: jan(15, 23, 59, 59)}, now, server.OnTime},
		{"same day, after midnight", server.Dossier{Status: 10, Finished: jan(16, 0, 0, 0)}, now, server.Late},
		{"same day in the house's zone, though not in UTC", server.Dossier{Status: 10, Finished: jan(15, 6, 30, 0).UTC()}, now, server.OnTime},
		{"open", server.Dossier{Status: 4, Due: due}, now, server.Open},
		{"open, at the due second", server.Dossier{Status: 4, Due: due}, due, server.Open},
		{"open, overdue", server.Dossier{Status: 4, Due: due}, due.Add(time.Second), server.OpenOverdue},
		{"same day, still open", server.Dossier{Status: 2}, jan(15, 23, 59, 59), server.Open},
		{"same day, open the day after", server.Dossier{Status: 2}, jan(16, 0, 0, 0), server.OpenOverdue},
		{"refused", server.Dossier{Status: 3, Due: due, Finished: jan(18, 8, 0, 0)}, now, server.NotCounted},
		{"withdrawn", server.Dossier{Status: 7, Due: due}, due.Add(time.Hour), server.NotCounted},
		{"stopped", server.Dossier{Status: 8, Due: due, Finished: jan(16, 8, 0, 0)}, now, server.NotCounted},
	} {
		tt.d.Received = received
		if tt.name == "same day in the house's zone, though not in UTC" {
			tt.d.Received = jan(15, 8, 0, 0).UTC()
		}
		if got := tt.d.Punctuality(tt.now); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

// A dossier that is done is never open again, and later never makes it better.
func TestPunctualityLaws(t *testing.T) {
	t.Parallel()
	rank := map[server.Punctuality]int{server.OnTime: 0, server.Late: 1}
	rapid.Check(t, func(t *rapid.T) {
		minutes := func(name string) time.Duration {
			return time.Duration(rapid.IntRange(0, 10*24*60).Draw(t, name)) * time.Minute
		}
		d := server.Dossier{Status: server.StatusReturned, Received: jan(1, 8, 0, 0)}
		if rapid.Bool().Draw(t, "has due") {
			d.Due = d.Received.Add(minutes("due"))
		}
		d.Finished = d.Received.Add(minutes("finished"))
		now := d.Received.Add(minutes("now"))
		was, ok := rank[d.Punctuality(now)]
		if !ok {
			t.Fatalf("%+v is %s", d, d.Punctuality(now))
		}
		d.Returned = d.Finished.Add(minutes("returned"))
		if got := rank[d.Punctuality(now)]; got != was {
			t.Fatal("the day of the pick-up matters")
		}
		d.Finished = d.Finished.Add(minutes("later"))
		if got := rank[d.Punctuality(now)]; got < was {
			t.Fatal("finishing later made it better")
		}
	})
}

func TestReturnDay(t *testing.T) {
	t.Parallel()
	d := server.Dossier{Received: jan(15, 23, 30, 0)}
	for _, tt := range []struct {
		set  func()
		want server.Day
	}{
		{func() {}, "2024-01-15"},
		{func() { d.Finished = jan(16, 8, 0, 0) }, "2024-01-16"},
		{func() { d.Returned = jan(17, 0, 0, 0).UTC() }, "2024-01-17"},
	} {
		tt.set()
		if got := d.ReturnDay(); got != tt.want {
			t.Errorf("%s, want %s", got, tt.want)
		}
	}
}

func newService(t testing.TB, cfg server.Config) *server.Service {
	t.Helper()
	svc, err := server.New(context.Background(), memory.New(), make([]byte, server.SecretSize), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return svc
}

// dossierOf is a dossier that is good in every way.
func dossierOf(serial int) server.Dossier {
	return server.Dossier{
		Code: server.DossierCode(fmt.Sprintf("000.21.35.H24-240115-%04d", serial)), Status: server.StatusProcessing, Channel: server.ChannelCounter,
		Procedure: "1.004873", ProcedureName: "Cấp giấy xác nhận tình trạng hôn nhân", Field: "Hộ tịch", Officer: "CC01", Counter: "Quầy 1",
		Received: jan(15, 8, 0, 0), Due: jan(17, 8, 0, 0),
	}
}

func TestPutDossiers(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	svc := newService(t, server.Config{Unit: "x"})
	put := func(ds ...server.Dossier) []server.PutResult {
		t.Helper()
		results, err := svc.PutDossiers(ctx, ds)
		if err != nil {
			t.Fatal(err)
		}
		return results
	}
	get := func() server.Dossier {
		t.Helper()
		d, err := svc.Dossier(ctx, dossierOf(1).Code)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	want := func(got []server.PutResult, want ...server.PutResult) {
		t.Helper()
		if !slices.Equal(got, want) {
			t.Errorf("%v, want %v", got, want)
		}
	}
	if _, err := svc.Dossier(ctx, dossierOf(1).Code); !errors.Is(err, server.ErrNotFound) {
		t.Errorf("a dossier that is not there: %v", err)
	}
	want(put())
	want(put(dossierOf(1), dossierOf(2)), server.PutNew, server.PutNew)
	if d := get(); d.Unit != "x" || d.Received.Format(time.RFC3339) != "2024-01-15T08:00:00+07:00" {
		t.Errorf("%+v", d)
	}
	want(put(dossierOf(1), dossierOf(3), dossierOf(2)), server.PutUnchanged, server.PutNew, server.PutUnchanged)

	// The same instant in another zone, and fractions of a second, are no change.
	d := dossierOf(1)
	d.Received, d.Due = d.Received.UTC(), d.Due.Add(300*time.Millisecond)
	want(put(d), server.PutUnchanged)

	// Forwards.
	d = dossierOf(1)
	d.Status, d.Finished = server.StatusFinished, jan(16, 8, 0, 0)
	want(put(d), server.PutUpdated)
	want(put(d), server.PutUnchanged)
	if got := get(); got.Status != server.StatusFinished || len(got.Flags) != 0 {
		t.Errorf("%+v", got)
	}

	// Backwards: kept, flagged once, and the flag stays.
	want(put(dossierOf(1)), server.PutUpdated)
	want(put(dossierOf(1)), server.PutUnchanged)
	want(put(d), server.PutUpdated)
	want(put(dossierOf(1)), server.PutUpdated)
	if got := get(); got.Status != server.StatusProcessing || !slices.Equal(got.Flags, []string{server.FlagStatusBackwards}) {
		t.Errorf("%+v", got)
	}

	// One code twice in a batch is put in turn.
	a, b := dossierOf(4), dossierOf(4)
	b.Officer = "CC02"
	want(put(a, b, b), server.PutNew, server.PutUpdated, server.PutUnchanged)

	// What only the house knows cannot be put from outside.
	c := dossierOf(5)
	c.Flags, c.Invitation = []string{"forged"}, "forged"
	want(put(c), server.PutNew)
	if got, err := svc.Dossier(ctx, c.Code); err != nil || len(got.Flags) > 0 || got.Invitation != "" {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestPutDossiersStatusOrder(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		from, to server.Status
		flagged  bool
	}{
		{1, 2, false}, {2, 4, false}, {4, 5, false}, {5, 4, false}, {6, 4, false}, {4, 9, false}, {9, 10, false}, {1, 3, false}, {4, 7, false}, {4, 8, false},
		{2, 1, true}, {4, 2, true}, {9, 4, true}, {10, 9, true}, {10, 4, true}, {3, 2, true}, {8, 4, true},
	} {
		svc := newService(t, server.Config{})
		d := dossierOf(1)
		d.Status = tt.from
		if _, err := svc.PutDossiers(t.Context(), []server.Dossier{d}); err != nil {
			t.Fatal(err)
		}
		d.Status = tt.to
		if _, err := svc.PutDossiers(t.Context(), []server.Dossier{d}); err != nil {
			t.Fatal(err)
		}
		got, err := svc.Dossier(t.Context(), d.Code)
		if err != nil || got.Status != tt.to || slices.Contains(got.Flags, server.FlagStatusBackwards) != tt.flagged {
			t.Errorf("%d to %d: %+v, %v; want flagged %t", tt.from, tt.to, got, err, tt.flagged)
		}
	}
}

// One bad dossier refuses the batch before anything of it is stored.
func TestPutDossiersRefuses(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*server.Dossier){
		"code":          func(d *server.Dossier) { d.Code = "x" },
		"no code":       func(d *server.Dossier) { d.Code = "" },
		"status 0":      func(d *server.Dossier) { d.Status = 0 },
		"status 11":     func(d *server.Dossier) { d.Status = 11 },
		"channel 4":     func(d *server.Dossier) { d.Channel = 4 },
		"channel -1":    func(d *server.Dossier) { d.Channel = -1 },
		"never came in": func(d *server.Dossier) { d.Received = time.Time{} },
	} {
		svc := newService(t, server.Config{})
		bad := dossierOf(2)
		spoil(&bad)
		if _, err := svc.PutDossiers(t.Context(), []server.Dossier{dossierOf(1), bad}); !errors.Is(err, server.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := svc.Dossier(t.Context(), dossierOf(1).Code); !errors.Is(err, server.ErrNotFound) {
			t.Errorf("%s: the good one was stored: %v", name, err)
		}
	}
}

// Many put the same dossiers at once: each is new exactly once, and what is
// stored is what one of them put last.
func TestPutDossiersAtOnce(t *testing.T) {
	t.Parallel()
	svc := newService(t, server.Config{})
	const writers, many = 8, 40
	var mu sync.Mutex
	fresh := map[server.DossierCode]int{}
	var wg sync.WaitGroup
	for range writers {
		wg.Go(func() {
			ds := make([]server.Dossier, many)
			for i := range ds {
				ds[i] = dossierOf(i)
			}
			results, err := svc.PutDossiers(context.Background(), ds)
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			for i, r := range results {
				if r == server.PutNew {
					fresh[ds[i].Code]++
				} else if r != server.PutUnchanged {
					t.Errorf("the same dossier is %s", r)
				}
			}
		})
	}
	wg.Wait()
	if len(fresh) != many {
		t.Errorf("%d of %d are new", len(fresh), many)
	}
	for code, n := range fresh {
		if n != 1 {
			t.Errorf("%s is new %d times", code, n)
		}
	}
}

func TestPutDossiersStoreGone(t *testing.T) {
	t.Parallel()
	st := memory.New()
	svc, err := server.New(context.Background(), st, make([]byte, server.SecretSize), server.Config{})
	if err != nil {
		t.Fatal(err)
	}
	st.Fail(store.ErrUnavailable)
	if _, err := svc.PutDossiers(t.Context(), []server.Dossier{dossierOf(1)}); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("got %v", err)
	}
	st.Fail(nil)
	if results, err := svc.PutDossiers(t.Context(), []server.Dossier{dossierOf(1)}); err != nil || results[0] != server.PutNew {
		t.Errorf("after it came back: %v, %v", results, err)
	}
}

func TestDossiersByDay(t *testing.T) {
	t.Parallel()
	svc := newService(t, server.Config{})
	var ds []server.Dossier
	for i, received := range []time.Time{jan(14, 23, 59, 59), jan(15, 0, 0, 0), jan(15, 23, 59, 59), jan(16, 0, 0, 0)} {
		d := dossierOf(i)
		d.Received = received
		ds = append(ds, d)
	}
	other := dossierOf(9)
	other.Unit = "phu-lien-2025"
	if _, err := svc.PutDossiers(t.Context(), append(ds, other)); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		from, to server.Day
		want     []int
	}{
		{"", "", []int{0, 1, 2, 3}}, {"2024-01-15", "2024-01-15", []int{1, 2}}, {"2024-01-16", "", []int{3}}, {"", "2024-01-14", []int{0}},
		{"2024-02-01", "", nil}, {"2024-01-16", "2024-01-15", nil},
	} {
		var got []int
		for d, err := range svc.Dossiers(t.Context(), tt.from, tt.to) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, slices.IndexFunc(ds, func(x server.Dossier) bool { return x.Code == d.Code }))
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s to %s: %v, want %v", tt.from, tt.to, got, tt.want)
		}
	}
}

// One field has one name, whichever way a system writes its letters.
func TestDossierNamesAreComposed(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	at := at("2024-03-04 08:00:00")
	for i, name := range []string{"Hộ tịch", "Ho\u0323\u0302 ti\u0323ch", "Hô\u0323 tịch"} {
		d := server.Dossier{Code: server.DossierCode(fmt.Sprintf("H24.1.2-240304-%04d", i)), Field: name, Counter: name, Status: server.StatusAccepted, Received: at}
		if _, err := h.PutDossiers(t.Context(), []server.Dossier{d}); err != nil {
			t.Fatal(err)
		}
	}
	for d, err := range h.Dossiers(t.Context(), "2024-03-04", "2024-03-04") {
		if err != nil {
			t.Fatal(err)
		}
		if d.Field != "Hộ tịch" || d.Counter != "Hộ tịch" {
			t.Errorf("%s: %+q", d.Code, d.Field)
		}
	}
}
