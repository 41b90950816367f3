package web

import (
	"context"
	"slices"

	"hailong/server"
)

// A waitingView lists what waits for the person who looks (việc đang chờ), what
// is late first.
type waitingView struct {
	Shown    bool // the role has something that could wait
	Sentence string
	Items    []waitingItem
}

// A waitingItem is one thing that waits, with where to go for it.
type waitingItem struct {
	Tone string // not_met where it is late, too_early where it is soon
	Text string
	More string
	Link string
}

// waiting gathers complaints with their deadlines, reports that are due and
// kiosks in trouble, as far as the user's role is about them.
func (s *Site) waiting(ctx context.Context, u server.User, ext server.Extent) (waitingView, error) {
	var v waitingView
	today := server.DayOf(s.now())
	if slices.Contains(caseRoles(), u.Role) {
		v.Shown = true
		open, err := s.svc.Cases(ctx, u, true)
		if err != nil {
			return v, err
		}
		v.cases(open, today)
	}
	if slices.Contains(reportRoles(), u.Role) {
		v.Shown = true
		if err := s.waitingReports(ctx, &v, ext, today); err != nil {
			return v, err
		}
	}
	if slices.Contains(kioskRoles(), u.Role) {
		v.Shown = true
		devices, err := s.svc.Devices(ctx)
		if err != nil {
			return v, err
		}
		v.kiosks(devices, func(d server.Device) bool { return d.Trouble(s.now(), s.alert) != "" })
	}
	slices.SortStableFunc(v.Items, func(a, b waitingItem) int {
		rank := func(i waitingItem) int { return map[string]int{"not_met": 0, "too_early": 1}[i.Tone] }
		return rank(a) - rank(b)
	})
	v.Sentence = waitingSentence(v.Items)
	return v, nil
}

// cases tells of complaints that wait; they come with what is due first before
// the rest.
func (v *waitingView) cases(open []server.Case, today server.Day) {
	if len(open) == 0 {
		return
	}
	overdue := 0
	for _, c := range open {
		if c.Overdue(today) {
			overdue++
		}
	}
	item := waitingItem{Tone: "too_early", Text: countText(int64(len(open))) + " phản ánh đang chờ", More: "Hạn gần nhất: " + open[0].Due.VI(), Link: "/phan-anh"}
	if overdue > 0 {
		item.Tone, item.Text, item.Link = "not_met", item.Text+", "+countText(int64(overdue))+" quá hạn", "/phan-anh?tt=qua-han"
		item.More = "Quá hạn lâu nhất: từ " + open[0].Due.VI()
	}
	v.Items = append(v.Items, item)
}

// soon is how many days before its deadline a report is told of.
const soon = 30

// waitingReports tells of this year's reports that are not closed, from soon
// before their deadline on, where the store has data of their period.
func (s *Site) waitingReports(ctx context.Context, v *waitingView, ext server.Extent, today server.Day) error {
	due, err := s.svc.DuePeriods(today.Time().Year())
	if err != nil {
		return err
	}
	for _, d := range due {
		if today < d.Before.Add(-soon) || ext.Last < d.From || ext.First > d.To {
			continue
		}
		history, err := s.svc.Closings(ctx, d.Period)
		if err != nil {
			return err
		}
		if n := len(history); n > 0 && history[n-1].Kind == server.KindClose {
			continue
		}
		left, _ := leftText(today, d.Before)
		item := waitingItem{Tone: "too_early", Text: "Báo cáo " + d.Name() + ": " + left, More: "Gửi trước ngày " + d.Before.VI(), Link: "/bao-cao/" + d.ID}
		if today >= d.Before {
			item.Tone = "not_met"
		}
		v.Items = append(v.Items, item)
	}
	return nil
}

func (v *waitingView) kiosks(devices []server.Device, troubled func(server.Device) bool) {
	var names []string
	for _, d := range devices {
		if !d.Revoked && troubled(d) {
			names = append(names, d.Name())
		}
	}
	if len(names) > 0 {
		v.Items = append(v.Items, waitingItem{Tone: "not_met", Text: countText(int64(len(names))) + " ki-ốt cần xem ngay", More: listOf(names, 4, "ki-ốt"), Link: "/thiet-bi"})
	}
}
