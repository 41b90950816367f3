package demo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"time"

	"hailong/server"
)

// handler is who handles the complaints of the sample year; there is no such account.
var handler = server.User{Name: "nguoi-mau", Role: server.RoleLeader}

// handle lets somebody handle the complaints of the year: taken the next day or
// the one after, concluded after one to four days more, one in eight later than
// its clock allows, and replied to a day later. The last ones are left for the
// reader to try, one in each state (see leave). What was broken off is continued:
// a case is taken up where it stands.
func handle(ctx context.Context, svc *server.Service) error {
	cases, err := svc.Cases(ctx, handler, false)
	if err != nil {
		return err
	}
	slices.SortFunc(cases, func(a, b server.Case) int {
		return cmp.Or(cmp.Compare(b.Opened, a.Opened), cmp.Compare(a.Field, b.Field), cmp.Compare(a.Counter, b.Counter), cmp.Compare(a.Text, b.Text))
	})
	for i, c := range cases {
		if i < len(left) && len(cases) > 2*len(left) {
			if err := leave(ctx, svc, c, left[i]); err != nil {
				return err
			}
			continue
		}
		h := fnv.New64a()
		fmt.Fprintf(h, "%s\n%s\n%s\n%s", c.Opened, c.Field, c.Counter, c.Text)
		r := rand.New(rand.NewPCG(Seed, h.Sum64()))
		day := svc.AfterWorkdays(c.Opened, 1+r.IntN(2))
		late := r.IntN(8) == 0
		for _, step := range []struct {
			from server.CaseState
			act  server.CaseAction
			note string
			days int // to the next step
		}{
			{server.CaseNew, server.ActTake, "", map[bool]int{false: 1 + r.IntN(4), true: 9}[late]},
			{server.CaseWorking, server.ActConclude, conclusion(c), 1},
			{server.CaseConcluded, server.ActReply, reply(c), 0},
		} {
			if c.State == step.from {
				at := *svc
				then := day.Time().Add(time.Duration(8+r.IntN(8)) * time.Hour)
				at.Now = func() time.Time { return then }
				if err := at.ActOnCase(ctx, handler, c.ID, 0, step.act, step.note); err != nil && !errors.Is(err, server.ErrInvalid) {
					return fmt.Errorf("handling a complaint: %w", err)
				}
				if c, err = at.Case(ctx, handler, c.ID); err != nil {
					return err
				}
			}
			day = svc.AfterWorkdays(day, step.days)
		}
	}
	return nil
}

// left is what is done to the last complaints, the latest first: nothing; taken;
// found to need 15 days; concluded; replied to and opened again.
var left = [][]server.CaseAction{
	{},
	{server.ActTake},
	{server.ActTake, server.ActThorough, server.ActNote},
	{server.ActTake, server.ActConclude},
	{server.ActTake, server.ActConclude, server.ActReply, server.ActReopen},
}

// leave does some first things to a case, a day apart; once.
func leave(ctx context.Context, svc *server.Service, c server.Case, acts []server.CaseAction) error {
	note := map[server.CaseAction]string{server.ActNote: "Đã hẹn làm việc với công chức tại quầy.", server.ActConclude: conclusion(c), server.ActReply: reply(c), server.ActReopen: "Việc sửa chưa xong ở quầy thứ hai."}
	for i, act := range acts {
		if len(c.Steps) > 1+i {
			continue // done before a fill was broken off
		}
		at := *svc
		then := svc.AfterWorkdays(c.Opened, 1+i).Time().Add(9 * time.Hour)
		at.Now = func() time.Time { return then }
		if err := at.ActOnCase(ctx, handler, c.ID, 0, act, note[act]); err != nil && !errors.Is(err, server.ErrInvalid) {
			return fmt.Errorf("handling a complaint: %w", err)
		}
	}
	return nil
}

func conclusion(c server.Case) string {
	for _, topic := range c.About() {
		switch topic {
		case "giay-to", "phi":
			return "Bảng niêm yết ở quầy còn bản cũ; đã thay bản mới."
		case "huong-dan":
			return "Đúng như phản ánh; đã nhắc công chức hướng dẫn đủ trong một lần."
		case "tre-hen", "ket-qua":
			return "Kiểm tra sổ theo dõi: có sai sót khi luân chuyển; đã sửa quy trình."
		case "thai-do":
			return "Đã làm việc với công chức tại quầy và rút kinh nghiệm trước cả bộ phận."
		case "cho-lau", "co-so":
			return "Buổi sáng đông hơn số ghế; đã kê thêm ghế và mở thêm quầy."
		}
	}
	return "Đã xem xét; ghi nhận để cải thiện."
}

func reply(c server.Case) string {
	return "Cảm ơn ông/bà đã góp ý. " + conclusion(c)
}
