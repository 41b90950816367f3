package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"hailong/server"
)

type recountCmd struct {
	storeFlags
	Period string `placeholder:"P" help:"2024-Q1, 2024-H1, 2024-Q3, 2024; mặc định mọi ngày / default: all days"`
	Repair bool   `help:"Tính lại và thay những bảng sai / count anew and replace what is wrong"`
	JSON   bool   `name:"json" help:"Một tài liệu JSON / one JSON document"`
}

// Run compares the sealed tallies with the answers they stand for. Exit code 1
// says that a seal that claimed to be current was wrong and was not repaired, or
// that answers and ledger do not agree.
func (c *recountCmd) Run(e *env) error {
	var from, to server.Day
	if c.Period != "" {
		p, err := server.ParsePeriod(c.Period)
		if err != nil {
			return fmt.Errorf("%w: --period: %w", errUsage, err)
		}
		from, to = p.From, p.To
	}
	svc, err := c.open(e.ctx)
	if err != nil {
		return err
	}
	defer svc.Store.Close()
	how := server.RepairNothing
	if c.Repair {
		how = server.RepairSeals
	}
	rep, err := svc.Recount(e.ctx, from, to, how)
	if err != nil {
		return err
	}
	if c.JSON {
		if err := json.NewEncoder(e.stdout).Encode(rep); err != nil {
			return err
		}
	} else {
		fmt.Fprintf(e.stdout, "Đã đếm lại %d phiếu, so với %d ngày và %d bảng cộng dồn (%s – %s).\n", rep.Answers, rep.Days, rep.RollUps, rep.From.VI(), rep.To.VI())
		if len(rep.Stale) > 0 {
			fmt.Fprintf(e.stdout, "Chờ niêm lại (không dùng để tính; dịch vụ tự niêm mỗi giờ): %s\n", spanCounts(rep.Stale))
		}
		if len(rep.Differing) > 0 {
			fmt.Fprintf(e.stdout, "SAI KHÁC: %s\n", strings.Join(spanNames(rep.Differing), ", "))
		} else {
			fmt.Fprintln(e.stdout, "Không có sai khác.")
		}
		if rep.Repaired > 0 {
			fmt.Fprintf(e.stdout, "Đã thay %d bảng.\n", rep.Repaired)
		}
		printLedger(e.stdout, rep.Ledger)
	}
	if !rep.Ledger.Sound() {
		return errors.New("sổ kiểm chứng và kho không khớp; không tự sửa được, hãy điều tra / the ledger and the store do not agree; this cannot be repaired and must be looked into")
	}
	if len(rep.Differing) > 0 && !c.Repair {
		return fmt.Errorf("%d bảng đếm sai khác; sửa bằng / repair with: hailong recount --repair", len(rep.Differing))
	}
	return nil
}

// The spans that a recount names, such as "day 2024-03-05", in the order in which
// they are told.
var spanKinds = []struct{ en, vi string }{{"day", "ngày"}, {"month", "tháng"}, {"quarter", "quý"}, {"year", "năm"}}

// spanCounts tells how many days, months, quarters and years there are among
// sorted spans, and from which to which.
func spanCounts(spans []string) string {
	var out []string
	for _, k := range spanKinds {
		var of []server.Day
		for _, s := range spans {
			if day, ok := strings.CutPrefix(s, k.en+" "); ok {
				of = append(of, server.Day(day))
			}
		}
		switch len(of) {
		case 0:
		case 1:
			out = append(out, fmt.Sprintf("1 %s (từ %s)", k.vi, of[0].VI()))
		default:
			out = append(out, fmt.Sprintf("%d %s (từ %s đến %s)", len(of), k.vi, of[0].VI(), of[len(of)-1].VI()))
		}
	}
	return strings.Join(out, ", ")
}

// spanNames are spans in Vietnamese.
func spanNames(spans []string) []string {
	out := slices.Clone(spans)
	for i, s := range spans {
		for _, k := range spanKinds {
			if day, ok := strings.CutPrefix(s, k.en+" "); ok {
				out[i] = k.vi + " " + server.Day(day).VI()
			}
		}
	}
	return out
}

func printLedger(w io.Writer, r *server.LedgerReport) {
	fmt.Fprintf(w, "Sổ kiểm chứng: %d dòng, %d phiếu khớp, %d phiếu chờ ghi.\n", r.Lines, r.Entered, r.Waiting)
	if r.Closings+r.ClosingsWaiting > 0 {
		fmt.Fprintf(w, "Chốt kỳ, mở lại, bổ sung: %d mục khớp, %d mục chờ ghi.\n", r.Closings, r.ClosingsWaiting)
	}
	if r.Erased > 0 {
		fmt.Fprintf(w, "%d phiếu đã xóa theo yêu cầu, có dòng giải thích.\n", r.Erased)
	}
	if r.Changed+r.Withdrawn > 0 {
		fmt.Fprintf(w, "Người trả lời đã sửa %d lần, rút %d phiếu; sổ có dòng giải thích.\n", r.Changed, r.Withdrawn)
	}
	if r.Broken != "" {
		fmt.Fprintf(w, "SỔ HỎNG: %s\n", r.Broken)
	}
	for _, l := range r.Missing {
		fmt.Fprintf(w, "CÓ DÒNG, KHÔNG CÓ PHIẾU HOẶC MỤC CHỐT KỲ (bị sửa hoặc xóa): %s\n", l)
	}
	for _, l := range r.Unerased {
		fmt.Fprintf(w, "GHI LÀ ĐÃ XÓA, PHIẾU VẪN CÒN (chạy lại hailong erase): %s\n", l)
	}
	for _, l := range r.Reverted {
		fmt.Fprintf(w, "GHI LÀ ĐÃ SỬA HOẶC RÚT, PHIẾU CŨ LẠI CÓ MẶT (kho bị đưa về trạng thái trước): %s\n", l)
	}
	for _, l := range r.Unentered {
		fmt.Fprintf(w, "CÓ PHIẾU, KHÔNG CÓ DÒNG (bị sửa hoặc chèn): %s\n", l)
	}
}
