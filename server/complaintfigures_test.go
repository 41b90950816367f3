package server_test

import (
	"fmt"
	"testing"
	"time"

	"hailong/server"
)

// complain sends an answer with a comment that opens a case, and returns the case.
func (h *house) complain(t testing.TB, n int, comment string) server.Case {
	t.Helper()
	before := map[string]bool{}
	leader := server.User{Name: "an", Role: server.RoleLeader}
	all, err := h.Cases(t.Context(), leader, false)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range all {
		before[c.ID] = true
	}
	d := returned(n, "2024-01-02", "2024-01-10")
	h.put(t, d)
	slip, err := h.Issue(t.Context(), d.Code, server.IssueOnce)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.AcceptSlip(t.Context(), slip.Code, bad(comment)); err != nil {
		t.Fatal(err)
	}
	if all, err = h.Cases(t.Context(), leader, false); err != nil {
		t.Fatal(err)
	}
	for _, c := range all {
		if !before[c.ID] {
			return c
		}
	}
	t.Fatal("no case was opened")
	return server.Case{}
}

// Complaints are counted by what became of them, and in time only where no clock
// ran out at any step.
func TestComplaintFigures(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	leader := server.User{Name: "an", Role: server.RoleLeader}
	act := func(c server.Case, day string, a server.CaseAction) {
		t.Helper()
		h.set(day + " 09:00:00")
		if err := h.ActOnCase(t.Context(), leader, c.ID, 0, a, "ghi chú"); err != nil {
			t.Fatalf("%s on %s: %v", a, day, err)
		}
	}
	// Opened on Monday 15 January: to be taken by the 17th, concluded five working days on.
	var cs []server.Case
	for i := range 5 {
		cs = append(cs, h.complain(t, i+1, "Chờ lâu quá, cả buổi sáng"))
	}
	act(cs[0], "2024-01-17", server.ActTake)
	act(cs[1], "2024-01-17", server.ActTake)
	act(cs[2], "2024-01-18", server.ActTake) // a day late
	act(cs[0], "2024-01-24", server.ActConclude)
	act(cs[2], "2024-01-24", server.ActConclude)
	act(cs[1], "2024-01-24", server.ActThorough) // 15 working days from here
	act(cs[0], "2024-01-26", server.ActReply)
	act(cs[2], "2024-01-26", server.ActReply)
	act(cs[1], "2024-02-02", server.ActConclude)
	act(cs[1], "2024-02-06", server.ActReply)
	p := h.period(t, "2024-Q1")
	c := h.report(t, p).Figures.Complaints
	if c == nil || c.Received != 5 || c.Replied != 3 || c.InTime != 2 || c.Waiting != 2 || c.Overdue != 2 || c.Objected != 0 {
		t.Errorf("%+v", c)
	}
	if len(c.Topics) != 1 || c.Topics[0].Name != "Chờ lâu" || !c.Topics[0].Few || c.Topics[0].N != 0 {
		t.Errorf("topics: %+v", c.Topics)
	}
	for i := range 5 {
		h.complain(t, 10+i, fmt.Sprint("Chờ lâu ", i))
	}
	if c := h.report(t, p).Figures.Complaints; c.Received != 10 || len(c.Topics) != 1 || c.Topics[0].N != 10 || c.Topics[0].Few {
		t.Errorf("ten of a topic: %+v", c)
	}
	if c := h.report(t, h.period(t, "2023")).Figures.Complaints; c.Received != 0 {
		t.Errorf("another year: %+v", c)
	}
}

// Late dossiers are sorted by where they stand and by how late they were.
func TestLateStages(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.set("2024-06-01 09:00:00")
	late := func(n int, days int) server.Dossier {
		d := returned(n, "2024-02-01", "2024-02-20")
		d.Finished = at("2024-02-10 17:00:00").AddDate(0, 0, days)
		d.Returned, d.Due = d.Finished, at("2024-02-10 17:00:00")
		return d
	}
	open := func(n int, st server.Status) server.Dossier {
		d := returned(n, "2024-02-01", "2024-02-20")
		d.Status, d.Due, d.Finished, d.Returned = st, at("2024-02-10 17:00:00"), time.Time{}, time.Time{}
		return d
	}
	h.put(t, open(11, server.StatusProcessing), open(12, server.StatusSupplement), open(13, server.StatusPayment), open(14, server.StatusAccepted))
	h.put(t, late(1, 0), late(2, 3), late(3, 4), late(4, 10), late(5, 11))
	f := h.report(t, h.period(t, "2024-Q1")).Figures
	want := []server.LateStage{{Name: "Đang giải quyết: chờ công dân bổ sung giấy tờ", Dossiers: 1}, {Name: "Đang giải quyết: chờ thực hiện nghĩa vụ tài chính", Dossiers: 1}, {Name: "Đang giải quyết tại cơ quan", Dossiers: 2},
		{Name: "Đã giải quyết, chậm không quá 3 ngày", Dossiers: 1}, {Name: "Đã giải quyết, chậm 4 đến 10 ngày", Dossiers: 2}, {Name: "Đã giải quyết, chậm trên 10 ngày", Dossiers: 1}}
	if fmt.Sprint(f.LateStages) != fmt.Sprint(want) {
		t.Errorf("%+v", f.LateStages)
	}
}
