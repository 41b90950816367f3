package demo

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"time"

	"hailong/server"
)

// handler is who handles the complaints of the sample year; there is no such account.
var handler = server.User{Name: "nguoi-mau", Role: server.RoleLeader}

// leftOpen is the first day whose complaints nobody has handled yet.
const leftOpen server.Day = "2024-12-10"

// handle lets somebody handle the complaints of the year: taken the next day or
// the one after, concluded after one to four days more, one in eight later than
// its clock allows, and replied to a day later. Those of the last weeks
// are left for the reader to try. What was broken off is continued: a case is
// taken up where it stands.
func handle(ctx context.Context, svc *server.Service) error {
	cases, err := svc.Cases(ctx, handler, true)
	if err != nil {
		return err
	}
	for _, c := range cases {
		if c.Opened >= leftOpen {
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
