package server_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"hailong/server"
	"hailong/server/store"
	"hailong/server/store/memory"
)

// Units whose ids begin like each other's, the home among them, keep their
// answers, dossiers and figures apart, in whatever order they are written.
func TestUnitsKeepApart(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		h := newHouse(t)
		h.set("2024-10-01 09:00:00")
		ids := []string{"phu-lien-2024", "p", "p-u", "phu", "phu-lien", "phu-lien-2024-1", "phu-lien-20", "pu"}
		wards := map[string]*server.Service{}
		for _, id := range ids {
			if id != "phu-lien-2024" {
				if err := h.PutUnit(t.Context(), server.Unit{ID: id, Name: "UBND " + id, Level: server.LevelWard}); err != nil {
					rt.Fatal(err)
				}
			}
			svc, err := h.For(t.Context(), id)
			if err != nil || svc.Config.Unit != id {
				rt.Fatalf("%s: %v", id, err)
			}
			wards[id] = svc
		}
		want := map[string]int{}
		for i := range rapid.IntRange(1, 40).Draw(rt, "answers") {
			id := rapid.SampledFrom(ids).Draw(rt, "unit")
			want[id]++
			// The same ids and codes everywhere: they are each unit's own.
			_, err := wards[id].PutAnswers(t.Context(), []server.Answer{{ID: fmt.Sprint("a", want[id]), Unit: id, Survey: "sipas-short", Lane: "slip", Field: id,
				Day: server.Day("2024-01-01").Add(i), Marks: map[string]string{"overall": "4"}}})
			if err != nil {
				rt.Fatal(err)
			}
			_, err = wards[id].PutDossiers(t.Context(), []server.Dossier{{Code: server.DossierCode(fmt.Sprintf("H24.1.2-240115-%04d", want[id])), Field: id, Status: server.StatusAccepted, Received: at("2024-01-15 09:00:00")}})
			if err != nil {
				rt.Fatal(err)
			}
		}
		if rapid.Bool().Draw(rt, "sealed") {
			if err := h.Every(t.Context(), func(s *server.Service) error {
				_, err := s.SealDays(t.Context())
				_, err2 := s.Sequence(t.Context())
				return errors.Join(err, err2)
			}); err != nil {
				rt.Fatal(err)
			}
		}
		for id, svc := range wards {
			doc, err := svc.Index(t.Context(), server.IndexQuery{From: "2024-01-01", To: "2024-12-31", By: []server.Dimension{server.ByField}})
			if err != nil {
				rt.Fatal(err)
			}
			if doc.Unit != id || int(doc.Answers) != want[id] || int(doc.OnTime.Received) != want[id] || len(doc.Parts) > 1 {
				rt.Errorf("%s has %d answers and %d dossiers in %d parts, want %d", id, doc.Answers, doc.OnTime.Received, len(doc.Parts), want[id])
			}
		}
	})
}

func TestUnitsRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	put := func(u server.Unit) error { return h.PutUnit(t.Context(), u) }
	for _, u := range []server.Unit{
		{ID: "a/b", Name: "A", Level: "ward"}, {ID: "a~", Name: "A", Level: "ward"}, {ID: "", Name: "A", Level: "ward"}, {ID: "A", Name: "A", Level: "ward"}, {ID: "a_b", Name: "A", Level: "ward"},
		{ID: "a--b", Name: "A", Level: "ward"}, {ID: "-a", Name: "A", Level: "ward"}, {ID: "1a", Name: "A", Level: "ward"},
		{ID: "a", Name: " ", Level: "ward"}, {ID: "a", Name: "A\n", Level: "ward"}, {ID: "a", Name: "A", Level: "tinh"}, {ID: "a", Name: "A", Level: "ward", Parent: "a"},
		{ID: "a", Name: "A", Level: "ward", Parent: "khong-co"}, {ID: "a", Name: "A", Level: "ward", ValidFrom: "2025-07-01", ValidTo: "2025-06-30"},
		{ID: "a", Name: "A", Level: "ward", Target: 1}, {ID: "a", Name: "A", Level: "ward", OnTimeTarget: -0.1}, {ID: "a", Name: "A", Level: "ward", Profile: "khac"},
	} {
		if err := put(u); !errors.Is(err, server.ErrInvalid) {
			t.Errorf("%+v: %v", u, err)
		}
	}
	if _, err := server.New(t.Context(), memory.New(), make([]byte, server.SecretSize), server.Config{Unit: "a/b"}); !errors.Is(err, server.ErrInvalid) {
		t.Errorf("a process for a/b: %v", err)
	}
	if units, err := h.Units(t.Context()); err != nil || len(units) != 0 {
		t.Fatalf("%v %v", units, err)
	}
	for _, u := range []server.Unit{{ID: "hai-phong", Name: "Thành phố", Level: "city"}, {ID: "do-son", Name: "Phường", Level: "ward", Parent: "hai-phong"}, {ID: "phu-lien-2024", Name: "Nhà", Level: "ward", Parent: "hai-phong", ValidTo: "2025-06-30"}} {
		if err := put(u); err != nil {
			t.Fatal(err)
		}
	}
	if err := put(server.Unit{ID: "kien-an", Name: "Phường", Level: "ward", Parent: "do-son"}); !errors.Is(err, server.ErrInvalid) {
		t.Errorf("a ward below a ward: %v", err)
	}
	units, err := h.Units(t.Context())
	if err != nil || len(units) != 3 || !slices.ContainsFunc(units, func(u server.Unit) bool { return u.Home && u.ID == "phu-lien-2024" && u.Name == "Nhà" }) {
		t.Errorf("%+v %v", units, err)
	}
}

// A store that was begun before there were units keeps what it has, and an id
// that has documents in it cannot become a unit that would not find them.
func TestUnitOfAnOldStore(t *testing.T) {
	t.Parallel()
	st := memory.New()
	open := func(unit string) *server.Service {
		svc, err := server.New(t.Context(), st, make([]byte, server.SecretSize), server.Config{Unit: unit})
		if err != nil {
			t.Fatal(err)
		}
		return svc
	}
	answers := func(svc *server.Service) (n int) {
		for _, err := range svc.Answers(t.Context(), "", "") {
			if err != nil {
				t.Fatal(err)
			}
			n++
		}
		return n
	}
	for _, id := range []string{"phuong-cu", "phuong-moi"} {
		if _, err := open(id).PutAnswers(t.Context(), []server.Answer{{ID: id, Unit: id, Survey: "sipas-short", Day: "2024-01-02", Lane: "slip", Marks: map[string]string{"overall": "4"}}}); err != nil {
			t.Fatal(err)
		}
	}
	home := open("phuong-cu")
	if err := home.SetPassword(t.Context(), "lan", server.RoleLeader, "một mật khẩu dài"); err != nil {
		t.Fatal(err)
	}
	if err := home.PutUnit(t.Context(), server.Unit{ID: "phuong-moi", Name: "Phường", Level: "ward"}); !errors.Is(err, server.ErrInvalid) {
		t.Errorf("a unit that has documents already: %v", err)
	}
	if err := home.PutUnit(t.Context(), server.Unit{ID: "phuong-ba", Name: "Phường", Level: "ward"}); err != nil {
		t.Fatal(err)
	}
	if n := answers(open("phuong-cu")); n != 1 {
		t.Errorf("the home has %d answers", n)
	}
	other := open("phuong-ba") // a command with --unit
	if n := answers(other); n != 0 {
		t.Errorf("the new unit has %d answers", n)
	}
	if other.Home() != "phuong-cu" {
		t.Errorf("the home is %q", other.Home())
	}
	if _, err := other.User(t.Context(), "lan"); !errors.Is(err, server.ErrNotFound) {
		t.Errorf("a user of the home is one of the new unit: %v", err)
	}
	if err := other.SetPassword(t.Context(), "minh", server.RoleLeader, "một mật khẩu dài"); err != nil {
		t.Fatal(err)
	}
	if id, err := home.UnitOfUser(t.Context(), "minh"); err != nil || id != "phuong-ba" {
		t.Errorf("minh is of %q, %v", id, err)
	}
	if err := home.AddUser(t.Context(), "minh", server.RoleAdmin, "một mật khẩu khác"); !errors.Is(err, store.ErrExists) {
		t.Errorf("a name is taken once: %v", err)
	}
}
