package server_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"hailong/server"
	"hailong/server/store"
)

func TestTopicsByWords(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"Phải đợi hơn hai tiếng, cán bộ CÁU GẮT": {"thai-do", "cho-lau"},
		"trả kết quả trễ hẹn 3 ngày":             {"tre-hen"},
		"khai sinh cho trẻ em, mang theo để ghi": nil, // trẻ is no trễ, mang no mạng
		"đòi thêm giấy tờ, in sai tên":           {"giay-to", "ket-qua"},
		"cái quạt hỏng, chỗ ngồi nóng nực":       {"co-so"},
		"": nil,
	} {
		if got := (server.Case{Text: text}).About(); !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}

// What people choose stands before what the words say, and stays.
func TestTopicsChosen(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx := t.Context()
	sub := given("1")
	sub.Comment, sub.Lang = "chờ quá lâu", "en"
	if _, err := h.AcceptSlip(ctx, h.one(t).Code, sub); err != nil {
		t.Fatal(err)
	}
	u := server.User{Name: "lan", Role: server.RoleLeader}
	c := theCase(t, h, u)
	if !slices.Equal(c.About(), []string{"cho-lau"}) || c.Lang != "en" {
		t.Fatalf("%v %q", c.About(), c.Lang)
	}
	for _, bad := range [][]string{nil, {""}, {"khong-co"}, {"phi", "x"}} {
		if err := h.SetTopics(ctx, u, c.ID, c.Version, bad); !errors.Is(err, server.ErrInvalid) {
			t.Errorf("%v: %v", bad, err)
		}
	}
	if err := h.SetTopics(ctx, u, c.ID, c.Version, []string{"phi", "thai-do", "phi"}); err != nil {
		t.Fatal(err)
	}
	if err := h.SetTopics(ctx, u, c.ID, c.Version, []string{"khac"}); !errors.Is(err, store.ErrConflict) {
		t.Errorf("an old version: %v", err)
	}
	if c = theCase(t, h, u); !slices.Equal(c.About(), []string{"thai-do", "phi"}) {
		t.Errorf("%v", c.About())
	}
	if last := c.Steps[len(c.Steps)-1]; last.Kind != server.StepTopics || last.Note != "Thái độ, Phí, lệ phí" || last.By != "lan" {
		t.Errorf("%+v", last)
	}
}

func theCase(t *testing.T, h *house, u server.User) server.Case {
	t.Helper()
	all, err := h.Cases(t.Context(), u, false)
	if err != nil || len(all) != 1 {
		t.Fatalf("%d cases, %v", len(all), err)
	}
	return all[0]
}

// The citizen can say that the reply is not good enough: for thirty days, once
// for each reply.
func TestObject(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx := t.Context()
	sub := given("1")
	sub.Comment = "chờ quá lâu"
	r, err := h.AcceptSlip(ctx, h.one(t).Code, sub)
	if err != nil {
		t.Fatal(err)
	}
	u := server.User{Name: "lan", Role: server.RoleLeader}
	if err := h.Object(ctx, r.Code, "sớm quá"); !errors.Is(err, server.ErrGone) {
		t.Errorf("before any reply: %v", err)
	}
	reply := func() {
		t.Helper()
		for _, act := range []server.CaseAction{server.ActTake, server.ActEvidence, server.ActConclude, server.ActReply} {
			if err := h.ActOnCase(ctx, u, theCase(t, h, u).ID, theCase(t, h, u).Version, act, "đã xem"); err != nil {
				t.Fatal(act, err)
			}
		}
	}
	reply()
	if err := h.Object(ctx, r.Code, " \n "); !errors.Is(err, server.ErrInvalid) {
		t.Errorf("no note: %v", err)
	}
	if err := h.Object(ctx, "ABCDE-12345", "x"); !errors.Is(err, server.ErrNotFound) {
		t.Errorf("another receipt: %v", err)
	}
	if err := h.Object(ctx, strings.ToLower(r.Code), "Vẫn chưa xong, gọi tôi 0912 345 678"); err != nil {
		t.Fatal(err)
	}
	c := theCase(t, h, u)
	last := c.Steps[len(c.Steps)-1]
	if c.State != server.CaseNew || c.Owner != "" || c.Due != "2024-01-17" || last.Kind != server.StepObjected || strings.Contains(last.Note, "0912") || !strings.Contains(last.Note, "Vẫn chưa xong") {
		t.Errorf("%+v", c)
	}
	if at := last.At.In(server.Zone); at.Hour() != 0 || at.Minute() != 0 {
		t.Errorf("the step tells the time: %s", at)
	}
	if err := h.Object(ctx, r.Code, "nữa"); !errors.Is(err, server.ErrGone) {
		t.Errorf("twice: %v", err)
	}
	reply()
	h.set("2024-02-14 09:00:00")
	if st, err := h.ReceiptStatus(ctx, r.Code); err != nil || !st.Case.CanObject(h.Today()) {
		t.Errorf("on the last day: %+v %v", st.Case, err)
	}
	h.set("2024-02-15 09:00:00")
	if err := h.Object(ctx, r.Code, "muộn"); !errors.Is(err, server.ErrGone) {
		t.Errorf("after thirty days: %v", err)
	}
}
