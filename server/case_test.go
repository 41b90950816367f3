package server_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"hailong/server"
	"hailong/server/store"
)

// bad answers the slip of newHouse's dossier badly.
func bad(comment string) server.Submission {
	return server.Submission{Given: map[string]string{"overall": "1"}, Comment: comment}
}

func TestCommentIsMaskedAtRest(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	slip := h.one(t)
	said := "CC07 đòi tiền bồi dưỡng, gọi tôi 0912 345 678, CCCD 031099001234"
	r, err := h.AcceptSlip(t.Context(), slip.Code, bad(said))
	if err != nil {
		t.Fatal(err)
	}
	a := h.answers(t)[0]
	if want := "[tên công chức] đòi tiền bồi dưỡng, gọi tôi [số điện thoại], CCCD [số giấy tờ]"; a.Comment != want {
		t.Errorf("the answer holds %q, want %q", a.Comment, want)
	}
	for coll, docs := range dump(t, h.memory) {
		for _, body := range docs {
			if strings.Contains(body, "0912 345 678") || strings.Contains(body, "031099001234") {
				t.Errorf("%s holds what was masked: %s", coll, body)
			}
		}
	}
	again, err := h.AcceptSlip(t.Context(), slip.Code, bad(said))
	if err != nil || !again.Already || again.Code != r.Code {
		t.Errorf("the same again: %+v, %v", again, err)
	}
	if _, err := h.AcceptSlip(t.Context(), slip.Code, bad(strings.ReplaceAll(said, "678", "679"))); !errors.Is(err, server.ErrAnswered) {
		t.Errorf("another number behind the same mask: %v", err)
	}

	leader := server.User{Name: "lan", Role: server.RoleLeader}
	cases, err := h.Cases(t.Context(), leader, true)
	if err != nil || len(cases) != 1 {
		t.Fatalf("%d cases, %v", len(cases), err)
	}
	id := cases[0].ID
	if _, err := h.OriginalComment(t.Context(), leader, id, "xem"); !errors.Is(err, server.ErrInvalid) {
		t.Errorf("a short reason: %v", err)
	}
	got, err := h.OriginalComment(t.Context(), leader, id, "xác minh với người phản ánh 0912345678")
	if err != nil || got != said {
		t.Errorf("original %q, %v", got, err)
	}
	var logged bool
	for _, body := range dump(t, h.memory)["audit"] {
		logged = logged || strings.Contains(body, "comment_original") && strings.Contains(body, "xác minh")
		if strings.Contains(body, "0912345678") {
			t.Errorf("the audit repeats a number: %s", body)
		}
	}
	if !logged {
		t.Error("reading the original is not in the audit")
	}
	if _, err := h.OriginalComment(t.Context(), server.User{Name: "b", Role: server.RoleReporter}, id, "một lý do đủ dài"); !errors.Is(err, server.ErrNotFound) {
		t.Errorf("a reporter reads the original: %v", err)
	}
}

func TestWhatOpensACase(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		overall, comment string
		want             int
	}{
		"low with words":       {"2", "chờ lâu", 1},
		"low without words":    {"1", "", 0},
		"fair":                 {"3", "chờ lâu", 0},
		"pleased":              {"5", "Cám ơn", 0},
		"pleased, but alleges": {"4", "cán bộ SÁCH NHIỄU người dân", 1},
		"money":                {"3", "phải đưa phong bì mới xong", 1},
	} {
		h := newHouse(t)
		slip := h.one(t)
		if _, err := h.AcceptSlip(t.Context(), slip.Code, server.Submission{Given: map[string]string{"overall": tt.overall}, Comment: tt.comment}); err != nil {
			t.Fatal(err)
		}
		cases, err := h.Cases(t.Context(), server.User{Role: server.RoleInspector}, false)
		if err != nil || len(cases) != tt.want {
			t.Errorf("%s: %d cases, %v", name, len(cases), err)
		}
		for _, body := range dump(t, h.memory)["cases"] {
			if strings.Contains(body, string(slip.Dossier)) || strings.Contains(body, slip.Code.Text()) || strings.Contains(body, "09:00") {
				t.Errorf("%s: the case leads to the dossier: %s", name, body)
			}
		}
	}
}

func TestCaseRunsItsCourse(t *testing.T) {
	t.Parallel()
	h := newHouse(t) // Monday 15 January 2024
	slip := h.one(t)
	r, err := h.AcceptSlip(t.Context(), slip.Code, bad("chờ lâu quá"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, leader := t.Context(), server.User{Name: "lan", Role: server.RoleLeader}
	one := func() server.Case {
		t.Helper()
		all, err := h.Cases(ctx, leader, false)
		if err != nil || len(all) != 1 {
			t.Fatalf("%d cases, %v", len(all), err)
		}
		return all[0]
	}
	act := func(act server.CaseAction, note string, state server.CaseState, due server.Day) {
		t.Helper()
		c := one()
		if err := h.ActOnCase(ctx, leader, c.ID, c.Version, act, note); err != nil {
			t.Fatalf("%s: %v", act, err)
		}
		if c = one(); c.State != state || c.Due != due {
			t.Errorf("after %s: %s due %s, want %s due %s", act, c.State, c.Due, state, due)
		}
	}
	if c := one(); c.State != server.CaseNew || c.Due != "2024-01-17" {
		t.Errorf("opened %s, due %s", c.State, c.Due)
	}
	h.set("2024-01-18 08:00:00")
	if n, err := h.EscalateCases(ctx); n != 1 || err != nil {
		t.Errorf("escalated %d, %v", n, err)
	}
	if n, err := h.EscalateCases(ctx); n != 0 || err != nil {
		t.Errorf("escalated again %d, %v", n, err)
	}
	c := one()
	if err := h.ActOnCase(ctx, leader, c.ID, c.Version, server.ActReply, "sớm quá"); !errors.Is(err, server.ErrInvalid) {
		t.Errorf("a reply before a conclusion: %v", err)
	}
	if err := h.ActOnCase(ctx, leader, c.ID, c.Version-1, server.ActTake, ""); !errors.Is(err, store.ErrConflict) {
		t.Errorf("an old version: %v", err)
	}
	act(server.ActTake, "", server.CaseWorking, "2024-01-25")
	act(server.ActThorough, "", server.CaseWorking, "2024-02-15")
	act(server.ActNote, "đã gặp công chức", server.CaseWorking, "2024-02-15")
	act(server.ActConclude, "đúng", server.CaseConcluded, "2024-01-22")
	if st, err := h.CaseStatus(ctx, r.Code); err != nil || st.Reply != "" || st.State != server.CaseConcluded {
		t.Errorf("status %+v, %v", st, err)
	}
	act(server.ActReply, "Xin lỗi ông/bà, gọi 0912345678", server.CaseReplied, "2024-01-22")
	st, err := h.CaseStatus(ctx, strings.ToLower(strings.ReplaceAll(r.Code, "-", " ")))
	if err != nil || st.Reply != "Xin lỗi ông/bà, gọi [số điện thoại]" || st.Replied != "2024-01-18" || st.Due != "" {
		t.Errorf("status %+v, %v", st, err)
	}
	act(server.ActReopen, "chưa xong", server.CaseNew, "2024-01-22")
	var kinds []server.StepKind
	for _, s := range one().Steps {
		kinds = append(kinds, s.Kind)
	}
	if want := []server.StepKind{"opened", "escalated", "taken", "note", "note", "concluded", "replied", "reopened"}; !slices.Equal(kinds, want) {
		t.Errorf("steps %q, want %q", kinds, want)
	}
	if _, err := h.CaseStatus(ctx, "ABCDE-12345"); !errors.Is(err, server.ErrNotFound) {
		t.Errorf("another receipt: %v", err)
	}
	if _, err := h.CaseStatus(ctx, "$where"); !errors.Is(err, server.ErrInvalid) {
		t.Errorf("no receipt: %v", err)
	}
}

// Nobody who is named by a case knows of it, whatever their role.
func TestCaseIsHiddenFromWhomItNames(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	if _, err := h.AcceptSlip(t.Context(), h.one(t).Code, bad("sách nhiễu")); err != nil {
		t.Fatal(err)
	}
	all, err := h.Cases(t.Context(), server.User{Role: server.RoleLeader}, true)
	if err != nil || len(all) != 1 {
		t.Fatalf("%d, %v", len(all), err)
	}
	for _, u := range []server.User{
		{Role: server.RoleLeader, Officer: "cc07"}, {Name: "khac", Role: server.RoleLeader, Officer: "CC09"}, {Role: server.RoleInspector, Officer: "CC07"}, {Role: server.RoleOfficer, Officer: "CC07"},
		{Role: server.RoleOfficer}, {Role: server.RoleAdmin}, {Role: server.RoleReporter}, {Role: server.RoleObserver}, {},
	} {
		if got, err := h.Cases(t.Context(), u, false); err != nil || len(got) != 0 {
			t.Errorf("%+v lists %d, %v", u, len(got), err)
		}
		if _, err := h.Case(t.Context(), u, all[0].ID); !errors.Is(err, server.ErrNotFound) {
			t.Errorf("%+v reads it: %v", u, err)
		}
		if err := h.ActOnCase(t.Context(), u, all[0].ID, 1, server.ActTake, ""); !errors.Is(err, server.ErrNotFound) {
			t.Errorf("%+v takes it: %v", u, err)
		}
	}
}
