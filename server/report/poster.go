package report

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"codeberg.org/go-pdf/fpdf"

	"hailong/scoring"
	"hailong/server"
)

// PosterReplies is how many replies a poster has room for.
const PosterReplies = 4

// posterFields is how many fields a poster has room for.
const posterFields = 8

// PosterData is what stands on a poster (áp phích): only what is published.
type PosterData struct {
	Office      string
	Period      string // as "Năm 2024"
	Publication *server.Publication
	Replies     []server.PublicReply
	URL         string // of the public board, for the QR code
	Demo        bool   // the answers are simulated
	Made        time.Time
}

// The poster's measures, in millimetres on A3 upright.
const (
	posterWidth  = 297.0
	posterHeight = 420.0
	posterMargin = 20.0
	posterInner  = posterWidth - 2*posterMargin
	posterGap    = 10.0
	posterBand   = 60.0
	posterBox    = 88.0
)

// A poster is being set.
type poster struct {
	paper
	PosterData
}

// ink sets the colour of letters and areas.
func (p poster) ink(r, g, b int) {
	p.pdf.SetTextColor(r, g, b)
	p.pdf.SetFillColor(r, g, b)
	p.pdf.SetDrawColor(r, g, b)
}

func (p poster) black() { p.ink(17, 24, 39) }
func (p poster) green() { p.ink(11, 107, 79) }
func (p poster) grey()  { p.ink(75, 85, 99) }

// Poster writes the public board as one page of A3 to be hung up: the two
// targets in large figures with numerator, denominator and interval, the fields,
// what was said and what was done about it, and a QR code to the board. The same
// data make the same bytes.
func Poster(w io.Writer, d PosterData) error {
	pp, err := newPaper("Kết quả công khai "+d.Period, d.Made.UTC())
	if err != nil {
		return err
	}
	code, err := newMatrix(d.URL)
	if err != nil {
		return err
	}
	p := poster{pp, d}
	p.pdf.AddPageFormat("P", fpdf.SizeType{Wd: posterWidth, Ht: posterHeight})
	y := p.head()
	y = p.targets(y + 8)
	y = p.fields(y + 12)
	p.replies(y+10, posterHeight-posterMargin-54)
	p.foot(code)
	if err := p.pdf.Output(w); err != nil {
		return fmt.Errorf("writing the poster: %w", err)
	}
	return nil
}

// head is the band at the top; it returns where it ends.
func (p poster) head() float64 {
	p.green()
	p.pdf.Rect(0, 0, posterWidth, posterBand, "F")
	p.pdf.SetTextColor(255, 255, 255)
	y := p.one(posterMargin, 11, posterInner, style{semibold, 20}, 12, left, printable(p.Office))
	y = p.text(posterMargin, y+1, posterInner, style{bold, 46}, left, "Kết quả công khai")
	pub := p.Publication
	p.one(posterMargin, y, posterInner, style{regular, 18}, 11, left,
		printable(p.Period)+". Số liệu tính từ ngày "+pub.Period.From.VI()+" đến ngày "+pub.Period.To.VI()+".")
	p.black()
	if !p.Demo {
		return posterBand
	}
	p.ink(255, 208, 70)
	p.pdf.Rect(0, posterBand, posterWidth, 11, "F")
	p.black()
	p.text(0, posterBand+1.5, posterWidth, style{bold, 16}, centre, "DỮ LIỆU MẪU – câu trả lời được mô phỏng")
	return posterBand + 11
}

// A posterTarget is one of the two large figures.
type posterTarget struct {
	title, goal, big, of, more, verdict string
	has                                 bool
}

func (p poster) satisfaction() posterTarget {
	d := p.Publication.Index
	t := posterTarget{title: "Mức độ hài lòng", goal: "Mục tiêu: từ " + wholeRate(d.Target) + " trở lên", big: "–", of: "Không có dữ liệu trong kỳ này"}
	it, _ := d.Items.Get(d.VerdictOn)
	switch {
	case d.Hidden:
		t.of = "Quá ít phiếu trả lời để công bố mà vẫn giữ kín người trả lời"
	case it.Share != nil:
		verdict, _ := scoring.Explain(it.X, it.N, d.Target)
		t.big, t.has, t.verdict = rate(*it.Share, d.Target), true, verdict.Text().VI
		t.of = whole(it.X) + " hài lòng / " + whole(it.N) + " phiếu trả lời"
		if it.Wilson != nil {
			t.more = "Khoảng tin cậy 95%: " + rate(it.Wilson.Lo, d.Target) + " – " + rate(it.Wilson.Hi, d.Target)
		}
	}
	return t
}

func (p poster) onTime() posterTarget {
	d := p.Publication.Index.OnTime
	t := posterTarget{title: "Trước và đúng hạn", goal: "Mục tiêu: trên " + wholeRate(d.Target), big: "–", of: "Không có dữ liệu trong kỳ này"}
	if d.Share != nil {
		t.big, t.has, t.verdict = rate(*d.Share, d.Target), true, d.Verdict.Text().VI
		t.of = whole(d.X) + " đúng hạn / " + whole(d.N) + " hồ sơ đã giải quyết"
		t.more = "Đếm toàn bộ hồ sơ, không có sai số mẫu"
	}
	return t
}

// wholeRate writes a target without decimals it does not have.
func wholeRate(share float64) string {
	return strings.Replace(strconv.FormatFloat(math.Round(share*1e6)/1e4, 'f', -1, 64), ".", ",", 1) + "%"
}

// targets sets the two large figures side by side.
func (p poster) targets(y float64) float64 {
	width := (posterInner - posterGap) / 2
	for i, t := range []posterTarget{p.satisfaction(), p.onTime()} {
		x := posterMargin + float64(i)*(width+posterGap)
		p.black()
		p.pdf.SetLineWidth(0.6)
		p.pdf.SetDrawColor(156, 163, 175)
		p.pdf.RoundedRect(x, y, width, posterBox, 3, "1234", "D")
		in, inner := x+8, width-16
		at := p.text(in, y+6, inner, style{bold, 23}, left, t.title)
		at = p.text(in, at, inner, style{regular, 14}, left, t.goal)
		at = p.text(in, at+1, inner, style{bold, 64}, left, t.big)
		fitted, lines := p.fit(style{semibold, 15}, t.of, 11, inner, 13)
		at = p.text(in, at, inner, fitted, left, lines...)
		p.grey()
		p.one(in, at, inner, style{regular, 13}, 9, left, t.more)
		p.black()
		if t.has {
			p.one(in, y+posterBox-14, inner, style{bold, 16}, 10, left, "Kết luận: "+t.verdict)
		}
	}
	return y + posterBox
}

// fields sets the largest fields that are published.
func (p poster) fields(y float64) float64 {
	d := p.Publication.Index
	y = p.text(posterMargin, y, posterInner, style{bold, 23}, left, "Theo lĩnh vực") + 2
	type line struct {
		name string
		item scoring.Item
	}
	var lines []line
	hidden := int64(0)
	for _, part := range d.Parts {
		if part.Hidden {
			hidden++
			continue
		}
		if it, _ := part.Document.Items.Get(d.VerdictOn); it.N > 0 {
			name := part.Key[server.ByField]
			if name == "" {
				name = "Phiếu không gắn với hồ sơ"
			}
			lines = append(lines, line{printable(name), it})
		}
	}
	slices.SortStableFunc(lines, func(a, b line) int { return int(b.item.N - a.item.N) })
	more := int64(max(len(lines)-posterFields, 0))
	for _, l := range lines[:min(len(lines), posterFields)] {
		const name, bar = 84.0, 92.0
		p.black()
		p.one(posterMargin, y, name, style{semibold, 16}, 9, left, l.name)
		p.ink(229, 231, 235)
		p.pdf.Rect(posterMargin+name+4, y+1.6, bar, 5.4, "F")
		p.green()
		p.pdf.Rect(posterMargin+name+4, y+1.6, bar**l.item.Share, 5.4, "F")
		p.black()
		p.pdf.SetLineWidth(0.7)
		goal := posterMargin + name + 4 + bar*d.Target
		p.pdf.Line(goal, y+0.4, goal, y+8.2)
		p.text(posterMargin+name+bar+8, y, 32, style{bold, 16}, right, rate(*l.item.Share, d.Target))
		p.grey()
		p.one(posterMargin+name+bar+43, y, posterInner-name-bar-43, style{regular, 14}, 8, right, whole(l.item.X)+"/"+whole(l.item.N))
		y += 10
	}
	p.grey()
	note := "Vạch đứng là mục tiêu " + wholeRate(d.Target) + "; bên phải là số hài lòng/số phiếu."
	if len(lines) == 0 {
		note = "Chưa lĩnh vực nào đủ phiếu để công bố."
	}
	if hidden > 0 {
		note += " " + whole(hidden) + " lĩnh vực không công bố vì có quá ít phiếu."
	}
	if more > 0 {
		note += " Còn " + whole(more) + " lĩnh vực trên trang công khai."
	}
	fitted, wrapped := p.fit(style{regular, 13}, note, 10, posterInner, 13)
	y = p.text(posterMargin, y+1, posterInner, fitted, left, wrapped...)
	p.black()
	return y
}

// replies sets what was said and what was done, two beside each other, as far as
// there is room; the newest come first.
func (p poster) replies(y, bottom float64) {
	lead, body := style{bold, 13}, style{regular, 14}
	width := (posterInner - posterGap) / 2
	type entry struct {
		said, done []string
		height     float64
	}
	var list []entry
	for _, r := range p.Replies[:min(len(p.Replies), PosterReplies)] {
		e := entry{said: p.wrap(body, printable(r.Said), width-6), done: p.wrap(body, printable(r.Done), width-6)}
		e.height = 2*lead.line() + float64(len(e.said)+len(e.done))*body.line() + 2
		list = append(list, e)
	}
	for i := 0; i < len(list); i += 2 {
		pair := list[i:min(i+2, len(list))]
		height := 0.0
		for _, e := range pair {
			height = max(height, e.height)
		}
		if i == 0 {
			const head = 12.0
			if y+head+height > bottom {
				return
			}
			y = p.text(posterMargin, y, posterInner, style{bold, 23}, left, "Ông/bà nói, chúng tôi làm") + 2
		}
		if y+height > bottom {
			return
		}
		for k, e := range pair {
			x := posterMargin + float64(k)*(width+posterGap)
			p.green()
			p.pdf.Rect(x, y+1, 1.6, e.height-2, "F")
			p.black()
			at := p.text(x+6, y, width-6, lead, left, "Ông/bà nói")
			at = p.text(x+6, at, width-6, body, left, e.said...)
			at = p.text(x+6, at+2, width-6, lead, left, "Chúng tôi làm")
			p.text(x+6, at, width-6, body, left, e.done...)
		}
		y += height + 6
	}
}

// foot is the QR code with what it leads to, and how the figures are made.
func (p poster) foot(code matrix) {
	const size = 42.0
	y := posterHeight - posterMargin - size
	p.pdf.SetDrawColor(156, 163, 175)
	p.rule(posterMargin, y-8, posterInner, 0.4)
	p.pdf.SetFillColor(0, 0, 0)
	p.qr(code, posterMargin+code.quiet(size), y, size)
	x := posterMargin + size + 2*code.quiet(size) + 4
	width := posterWidth - posterMargin - x
	p.black()
	at := p.text(x, y-1, width, style{bold, 18}, left, "Quét mã để xem đầy đủ và các kỳ trước")
	at = p.one(x, at, width, style{semibold, 14}, 8, left, printable(p.URL))
	p.grey()
	fitted, lines := p.fit(style{regular, 12.5}, "Mỗi hồ sơ đã trả kết quả được mời đánh giá bằng một mã dùng một lần, không hỏi họ tên. Hài lòng là trả lời Hài lòng hoặc Rất hài lòng, "+
		"chia cho số người có trả lời; khoảng tin cậy 95% theo Wilson. Chỉ số của đơn vị, không phải SIPAS do Bộ Nội vụ công bố.", 9, width, size-(at-y)-1)
	p.text(x, at+1, width, fitted, left, lines...)
	p.black()
}
