package main

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"hailong/scoring"
	"hailong/scoring/instrument"
	"hailong/server"
)

// printIndex writes what the store holds of a period for a terminal: the two
// targets, the elements, coverage, and a table of the parts asked for.
func printIndex(w io.Writer, doc *server.IndexDocument) error {
	sv, ok := instrument.ByID(doc.Survey)
	if !ok {
		return fmt.Errorf("%w: no survey %q", server.ErrInvalid, doc.Survey)
	}
	p := indexPrinter{scorePrinter{w: bufio.NewWriter(w), sv: sv, d: doc.Document, lang: "vi"}, doc}
	fmt.Fprintf(p.w, "Từ ngày %s đến ngày %s · %s\n", doc.From.VI(), doc.To.VI(), doc.Unit)
	p.head()
	p.items()
	p.onTime()
	p.coverage()
	p.parts()
	return p.w.Flush()
}

type indexPrinter struct {
	scorePrinter
	doc *server.IndexDocument
}

func (p indexPrinter) onTime() {
	o := p.doc.OnTime
	target := scoring.PercentText(o.Target, o.Target, p.lang)
	if o.Share == nil {
		fmt.Fprintf(p.w, "%s  không có dữ liệu (mục tiêu trên %s)\n", pad("Giải quyết trước và đúng hạn"), target)
	} else {
		fmt.Fprintf(p.w, "%s  %8s  %s  %s/%s\n", pad("Giải quyết trước và đúng hạn"), scoring.PercentText(*o.Share, o.Target, p.lang), bar(*o.Share, nil, o.Target), p.count(o.X), p.count(o.N))
		fmt.Fprintf(p.w, "  mục tiêu trên %s: %s\n", target, strings.ToUpper(o.Verdict.Text().VI))
	}
	c := o.DossierCounts
	fmt.Fprintf(p.w, "  tiếp nhận %s hồ sơ: đúng hạn %s, quá hạn %s, đang giải quyết %s (quá hạn %s), không tính %s\n\n",
		p.count(c.Received), p.count(c.OnTime), p.count(c.Late), p.count(c.Open+c.OpenOverdue), p.count(c.OpenOverdue), p.count(c.NotCounted))
}

func (p indexPrinter) coverage() {
	c := p.doc.Coverage
	fmt.Fprintf(p.w, "%s  %s hồ sơ đã trả: %s có phiếu mời, %s chưa có phiếu; %s câu trả lời bằng phiếu\n",
		pad("Độ phủ"), p.count(c.Returned), p.count(c.Invited), p.count(c.Uninvited), p.count(c.Answers))
	if c.Uninvited > 0 {
		fmt.Fprintln(p.w, "  In phiếu còn thiếu bằng: hailong slips")
	}
	for id, n := range p.doc.Others {
		fmt.Fprintf(p.w, "  Ngoài ra có %s câu trả lời theo bộ câu hỏi %s, không gộp vào đây.\n", p.count(n), id)
	}
}

// dimensionName heads a column of the table.
func dimensionName(d server.Dimension) string {
	switch d {
	case server.ByField:
		return "Lĩnh vực"
	case server.ByCounter:
		return "Quầy"
	case server.ByOfficer:
		return "Công chức"
	case server.ByChannel:
		return "Hình thức nộp"
	case server.ByLane:
		return "Kênh trả lời"
	case server.ByMonth:
		return "Tháng"
	case server.ByDay:
		return "Ngày"
	}
	return string(d)
}

// parts writes the table; a part that is too small to be shown has its key only.
func (p indexPrinter) parts() {
	if len(p.doc.Parts) == 0 {
		return
	}
	by := p.doc.By
	var head []string
	for _, d := range by {
		head = append(head, dimensionName(d))
	}
	rows := [][]string{append(head, "Hài lòng", "Tỷ lệ", "Khoảng 95%", "Kết luận", "Đúng hạn", "Tỷ lệ", "Đã trả", "Chưa phiếu")}
	for _, part := range p.doc.Parts {
		var row []string
		for _, d := range by {
			row = append(row, cmp.Or(part.Key[d], "(chưa rõ)"))
		}
		cells := []string{"", "", "", "", "", "", "", ""}
		if part.Hidden {
			cells[1] = "không hiển thị"
		} else {
			p.satisfied(cells[:4], part.Document)
			p.dossiers(cells[4:], part)
		}
		rows = append(rows, append(row, cells...))
	}
	fmt.Fprintln(p.w)
	width := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, c := range row {
			width[i] = max(width[i], utf8.RuneCountInString(c))
		}
	}
	for n, row := range rows {
		var line strings.Builder
		for i, c := range row {
			space := strings.Repeat(" ", width[i]-utf8.RuneCountInString(c))
			if i < len(by) || i == len(by)+3 { // words to the left, numbers to the right
				line.WriteString(c + space + "  ")
			} else {
				line.WriteString(space + c + "  ")
			}
		}
		fmt.Fprintln(p.w, strings.TrimRight(line.String(), " "))
		if n == 0 {
			total := 2 * (len(width) - 1)
			for _, w := range width {
				total += w
			}
			fmt.Fprintln(p.w, strings.Repeat("─", total))
		}
	}
}

// satisfied fills counts, share, interval and verdict of the overall question.
func (p indexPrinter) satisfied(cells []string, d *scoring.Document) {
	if d == nil {
		return
	}
	it, _ := d.Items.Get(p.sv.Overall.ID)
	if it.Share == nil {
		cells[1] = "không có dữ liệu"
		return
	}
	cells[0], cells[1] = p.count(it.X)+"/"+p.count(it.N), p.percent(*it.Share)
	if it.Wilson != nil {
		cells[2] = p.percent(it.Wilson.Lo) + "–" + p.percent(it.Wilson.Hi)
	}
	cells[3] = d.Verdict.Text().VI
}

func (p indexPrinter) dossiers(cells []string, part server.IndexPart) {
	if o := part.OnTime; o != nil && o.Share != nil {
		cells[0], cells[1] = p.count(o.X)+"/"+p.count(o.N), scoring.PercentText(*o.Share, o.Target, p.lang)
	}
	if c := part.Coverage; c != nil {
		cells[2], cells[3] = p.count(c.Returned), p.count(c.Uninvited)
	}
}
