package demo_test

import (
	"io"
	"slices"
	"testing"
	"time"

	"hailong/server"
	"hailong/server/demo"
	"hailong/server/store"
	"hailong/server/store/memory"
)

// The further wards come to a sample only, once, with shares on the two sides of
// the target as their model says.
func TestFillWards(t *testing.T) {
	t.Parallel()
	st := memory.New()
	svc, err := server.New(t.Context(), st, make([]byte, server.SecretSize), server.Config{})
	if err != nil {
		t.Fatal(err)
	}
	svc.Now = func() time.Time { return time.Date(2025, 2, 1, 9, 0, 0, 0, server.Zone) }
	if err := demo.FillWards(t.Context(), svc, io.Discard); err != nil {
		t.Fatal(err)
	}
	if units, err := svc.Units(t.Context()); err != nil || len(units) != 0 {
		t.Fatalf("a store that is no sample got %v, %v", units, err)
	}
	if err := st.Insert(t.Context(), "meta", store.Doc{Key: "demo", Body: []byte(`{"state":"done","seed":1}`)}); err != nil {
		t.Fatal(err)
	}
	index := func(id string) *server.IndexDocument {
		ward, err := svc.For(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		d, err := ward.Index(t.Context(), server.IndexQuery{From: "2024-01-01", To: "2025-01-31", Brief: true})
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	for range 2 {
		if err := demo.FillWards(t.Context(), svc, io.Discard); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			id       string
			received int64
			lo, hi   float64
		}{{"phuong-mau-a", 500, 0.74, 0.86}, {"phuong-mau-b", 700, 0.92, 0.99}} {
			d := index(c.id)
			it, ok := d.Items.Get("overall")
			if !ok || it.Share == nil || *it.Share < c.lo || *it.Share > c.hi {
				t.Errorf("%s: %+v is not between %v and %v", c.id, it, c.lo, c.hi)
			}
			if d.OnTime.Received != c.received || d.Coverage.Uninvited != 0 || it.N < c.received/3 {
				t.Errorf("%s: %d dossiers, %d without invitation, %d answers", c.id, d.OnTime.Received, d.Coverage.Uninvited, it.N)
			}
		}
	}
	for id, want := range map[string][]server.Rule{
		"phuong-mau-a": {server.RuleBurst, server.RuleEqual, server.RuleOneKiosk, server.RuleTooMany, server.RuleExcess}, "phuong-mau-b": nil,
	} {
		ward, err := svc.For(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(want)
		if got := rules(t, ward); !slices.Equal(got, want) {
			t.Errorf("%s has the flags %q, want %q", id, got, want)
		}
	}
	if q := index("phuong-mau-a").Quarantined; q == nil || q.Answers != 16 || q.N <= 16 {
		t.Errorf("taken out: %+v", q)
	}
	ward, err := svc.For(t.Context(), "phuong-mau-a")
	if err != nil {
		t.Fatal(err)
	}
	if said, err := ward.Further(t.Context(), "2024-01-01", "2024-12-31"); err != nil || len(said) == 0 || said[0].N != 24 {
		t.Errorf("what paper says: %+v, %v", said, err)
	}
	if d := index("phu-lien-2024"); d.Answers != 0 || d.OnTime.Received != 0 {
		t.Errorf("the home got %d answers", d.Answers)
	}
}
