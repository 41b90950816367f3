package server_test

import (
	"errors"
	"strings"
	"testing"

	"hailong/server"
)

// Answers by a poster are in its lane and at its counter, once for each form, and
// count for no slip; a poster that was taken down takes none.
func TestPoster(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx := t.Context()
	lan := server.User{Name: "lan", Role: server.RoleReporter}
	p, err := h.AddPoster(ctx, lan, "  Quầy\n 3 ")
	if err != nil || p.Counter != "Quầy 3" || len(p.ID) != 8 {
		t.Fatalf("%+v, %v", p, err)
	}
	if _, err := h.AddPoster(ctx, lan, strings.Repeat("x", 81)); !errors.Is(err, server.ErrInvalid) {
		t.Errorf("a long name: %v", err)
	}
	if got := h.PosterURL(p); got != "HTTP://LOCALHOST:8080/P/"+p.ID {
		t.Errorf("address %s", got)
	}
	once, err := h.NewOnce()
	if err != nil {
		t.Fatal(err)
	}
	for i := range 2 {
		r, err := h.AcceptPoster(ctx, strings.ToLower(p.ID), once, given("4"))
		if err != nil || r.Already != (i == 1) || r.Code == "" {
			t.Fatalf("%d: %+v, %v", i, r, err)
		}
		if st, err := h.ReceiptStatus(ctx, r.Code); err != nil || st.Day != "2024-01-15" {
			t.Errorf("receipt: %+v, %v", st, err)
		}
	}
	if _, err := h.AcceptPoster(ctx, p.ID, once, given("1")); !errors.Is(err, server.ErrAnswered) {
		t.Errorf("another answer on the same form: %v", err)
	}
	for _, bad := range []string{"", "x", strings.Repeat("g", 32), once + "0"} {
		if _, err := h.AcceptPoster(ctx, p.ID, bad, given("4")); !errors.Is(err, server.ErrInvalid) {
			t.Errorf("form %q: %v", bad, err)
		}
	}
	for _, id := range []string{"", "ZZZZZZZZ", "$where:1", strings.Repeat("A", 300)} {
		if _, err := h.AcceptPoster(ctx, id, once, given("4")); !errors.Is(err, server.ErrNotFound) {
			t.Errorf("poster %.10q: %v", id, err)
		}
	}
	doc, err := h.Index(ctx, server.IndexQuery{From: "2024-01-01", To: "2024-01-31", By: []server.Dimension{server.ByLane, server.ByCounter}})
	if err != nil || doc.Answers != 1 || doc.Coverage.Answers != 0 || len(doc.Parts) != 1 || doc.Parts[0].Key[server.ByLane] != "poster" || doc.Parts[0].Key[server.ByCounter] != "Quầy 3" {
		t.Errorf("%+v, %v", doc, err)
	}
	for range 2 {
		if err := h.RevokePoster(ctx, lan, p.ID); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := h.AcceptPoster(ctx, p.ID, once, given("4")); !errors.Is(err, server.ErrGone) {
		t.Errorf("taken down: %v", err)
	}
	if all, err := h.Posters(ctx); err != nil || len(all) != 1 || !all[0].Revoked || len(h.answers(t)) != 1 {
		t.Errorf("%+v, %v", all, err)
	}
}
