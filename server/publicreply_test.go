package server_test

import (
	"errors"
	"strings"
	"testing"

	"hailong/server"
)

// What is published of a case is what somebody wrote for it, masked; nothing of
// the case itself; and it goes with the answer.
func TestPublicReply(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx := t.Context()
	slip := h.one(t)
	if _, err := h.AcceptSlip(ctx, slip.Code, bad("Chờ lâu quá, tôi rất bực")); err != nil {
		t.Fatal(err)
	}
	leader := server.User{Name: "lan", Role: server.RoleLeader}
	cases, err := h.Cases(ctx, leader, true)
	if err != nil || len(cases) != 1 {
		t.Fatalf("%d cases, %v", len(cases), err)
	}
	id := cases[0].ID
	const said, done = "Chờ lấy số lâu vào sáng thứ hai.", "CC07 mở thêm quầy, gọi 0912 345 678 để hỏi."
	if err := h.PublishReply(ctx, leader, id, said, done); !errors.Is(err, server.ErrInvalid) {
		t.Errorf("of a case that is being handled: %v", err)
	}
	for _, act := range []server.CaseAction{server.ActTake, server.ActConclude} {
		c, err := h.Case(ctx, leader, id)
		if err != nil {
			t.Fatal(err)
		}
		if err := h.ActOnCase(ctx, leader, id, c.Version, act, "đã xem"); err != nil {
			t.Fatal(err)
		}
	}
	if list, err := h.PublicReplies(ctx, 10); err != nil || len(list) != 0 {
		t.Errorf("published by itself: %v, %v", list, err)
	}
	for _, texts := range [][2]string{{"", done}, {said, "ngắn"}, {strings.Repeat("a", server.MaxPublicText+1), done}} {
		if err := h.PublishReply(ctx, leader, id, texts[0], texts[1]); !errors.Is(err, server.ErrInvalid) {
			t.Errorf("%q: %v", texts, err)
		}
	}
	for _, u := range []server.User{{Name: "x", Role: server.RoleOfficer}, {Name: "x", Role: server.RoleObserver}, {Name: "cc", Role: server.RoleLeader, Officer: "CC07"}} {
		if err := h.PublishReply(ctx, u, id, said, done); !errors.Is(err, server.ErrNotFound) {
			t.Errorf("%s publishes: %v", u.Role, err)
		}
	}
	for range 2 { // the second changes what is there
		if err := h.PublishReply(ctx, leader, id, said, done); err != nil {
			t.Fatal(err)
		}
	}
	list, err := h.PublicReplies(ctx, 10)
	if err != nil || len(list) != 1 || list[0].Said != said || strings.Contains(list[0].Done, "CC07") || strings.Contains(list[0].Done, "0912") {
		t.Errorf("%+v, %v", list, err)
	}
	if err := h.WithdrawReply(ctx, leader, id); err != nil {
		t.Fatal(err)
	}
	if list, err := h.PublicReplies(ctx, 10); err != nil || len(list) != 0 {
		t.Errorf("after it was withdrawn: %v, %v", list, err)
	}
	if err := h.PublishReply(ctx, leader, id, said, done); err != nil {
		t.Fatal(err)
	}
	if err := h.Erase(ctx, slip.Code, "test"); err != nil {
		t.Fatal(err)
	}
	if list, err := h.PublicReplies(ctx, 10); err != nil || len(list) != 0 {
		t.Errorf("after the answer was erased: %v, %v", list, err)
	}
}
