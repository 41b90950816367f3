package report

import (
	"fmt"
	"math"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"hailong/server"
)

// IndexXLSX's sheets.
const (
	sheetWhole  = "Tổng hợp"
	sheetMonths = "Theo tháng"
	sheetFields = "Theo lĩnh vực"
	sheetMethod = "Phương pháp"
)

// A book is a workbook in the making. Its sheets are streamed, for only the
// stream writes a formula together with the number it gives, which is what a
// reader that does not calculate shows.
type book struct {
	file   *excelize.File
	styles map[look]int
}

// A look is how a cell appears. Number formats are Excel's own, which show
// 92,26% and 1.234 where the reader's system is Vietnamese.
type look struct {
	bold, italic, head, wrap bool
	size                     float64 // points; 0 is 11
	center                   bool
	decimals                 int // of a percentage; 0 is none
	count                    bool
	point                    bool // one decimal
}

const sheetFont = "Times New Roman"

func (b *book) style(l look) (int, error) {
	if id, ok := b.styles[l]; ok {
		return id, nil
	}
	s := &excelize.Style{
		Font:      &excelize.Font{Family: sheetFont, Size: 11, Bold: l.bold || l.head, Italic: l.italic},
		Alignment: &excelize.Alignment{Vertical: "center", WrapText: l.wrap || l.head},
	}
	if l.size > 0 {
		s.Font.Size = l.size
	}
	switch {
	case l.head || l.center:
		s.Alignment.Horizontal = "center"
	case l.wrap:
		s.Alignment.Horizontal, s.Alignment.Indent = "left", 1
	case l.decimals > 0 || l.count:
		s.Alignment.Horizontal, s.Alignment.Indent = "right", 1
	}
	if l.head || l.decimals > 0 || l.count || l.wrap {
		for _, side := range []string{"left", "right", "top", "bottom"} {
			s.Border = append(s.Border, excelize.Border{Type: side, Color: "000000", Style: 1})
		}
	}
	if l.head {
		s.Fill = excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"DDE6F0"}}
	}
	switch {
	case l.decimals == 2:
		s.NumFmt = 10 // 0.00%
	case l.decimals > 0:
		f := "0." + fmt.Sprintf("%0*d", l.decimals, 0) + "%"
		s.CustomNumFmt = &f
	case l.point:
		f := "0.0"
		s.CustomNumFmt = &f
	case l.count:
		s.NumFmt = 3 // #,##0
	}
	id, err := b.file.NewStyle(s)
	if err != nil {
		return 0, fmt.Errorf("making a style: %w", err)
	}
	b.styles[l] = id
	return id, nil
}

// A sheet is one sheet in the making.
type sheet struct {
	book   *book
	name   string
	widths []float64 // of the columns, in digits
	w      *excelize.StreamWriter
	row    int // the last row written
	err    error
}

// newSheet begins a sheet that prints on A4, landscape, one page wide. The row
// of column heads, and the first column, stay in sight, and that row stands on
// every printed page.
func (b *book) newSheet(name string, f *Figures, widths ...float64) *sheet {
	s := &sheet{book: b, name: name, widths: widths}
	if name != sheetWhole {
		_, s.err = b.file.NewSheet(name)
	}
	a4, wide, high, way := 9, 1, 0, "landscape"
	fit := true
	margin := 0.5 // inches
	s.try(func() error {
		return b.file.SetPageLayout(name, &excelize.PageLayoutOptions{Size: &a4, Orientation: &way, FitToWidth: &wide, FitToHeight: &high})
	})
	s.try(func() error { return b.file.SetSheetProps(name, &excelize.SheetPropsOptions{FitToPage: &fit}) })
	s.try(func() error {
		return b.file.SetPageMargins(name, &excelize.PageLayoutMarginsOptions{Left: &margin, Right: &margin, Top: &margin, Bottom: &margin})
	})
	s.try(func() error {
		return b.file.SetHeaderFooter(name, &excelize.HeaderFooterOptions{OddFooter: "&C&\"" + sheetFont + "\"&9&A · trang &P/&N"})
	})
	s.try(func() (err error) { s.w, err = b.file.NewStreamWriter(name); return err })
	head := f.headRow()
	s.try(func() error {
		return s.w.SetPanes(&excelize.Panes{Freeze: true, XSplit: 1, YSplit: head, TopLeftCell: cell(2, head+1), ActivePane: "bottomRight"})
	})
	s.try(func() error {
		return b.file.SetDefinedName(&excelize.DefinedName{Name: "_xlnm.Print_Titles", Scope: name, RefersTo: fmt.Sprintf("'%s'!$%d:$%d", name, head, head)})
	})
	for i, w := range widths {
		s.try(func() error { return s.w.SetColWidth(i+1, i+1, w) })
	}
	return s
}

// try keeps the first error.
func (s *sheet) try(f func() error) {
	if s.err == nil {
		s.err = f()
	}
}

// cell names a cell: 1, 1 is A1.
func cell(column, row int) string {
	name, err := excelize.CoordinatesToCellName(column, row)
	if err != nil {
		return "A1"
	}
	return name
}

// A value is what goes into a cell: nil leaves it empty, with its border.
type value struct {
	v       any
	formula string
	look    look
}

// write adds a row, high enough for the text that wraps in it.
func (s *sheet) write(values ...value) {
	s.row++
	height := 18.0 // points
	cells := make([]any, len(values))
	for i, v := range values {
		var id int
		s.try(func() (err error) { id, err = s.book.style(v.look); return err })
		if text, ok := v.v.(string); ok {
			v.v = strings.Join(strings.Fields(printable(text)), " ")
			if (v.look.wrap || v.look.head) && i < len(s.widths) {
				height = max(height, 15*math.Ceil(float64(utf8.RuneCountInString(text))/(1.25*s.widths[i]))+4)
			}
		}
		cells[i] = excelize.Cell{StyleID: id, Formula: v.formula, Value: v.v}
	}
	s.try(func() error { return s.w.SetRow(cell(1, s.row), cells, excelize.RowOpts{Height: min(height, 400)}) })
}

// title writes a line of text across the sheet.
func (s *sheet) title(text string, l look) {
	s.write(value{v: text, look: l})
}

// gap leaves a row empty.
func (s *sheet) gap() { s.row++ }

// head writes column heads.
func (s *sheet) head(names ...string) {
	var vs []value
	for _, n := range names {
		vs = append(vs, value{v: n, look: look{head: true}})
	}
	s.write(vs...)
}

func label(text string) value { return value{v: text, look: look{wrap: true}} }

// numbers are the cells of a figure, from the given column on: numerator,
// denominator, share, the interval where wide is asked for, verdict. The share
// is a formula of the two cells before it.
func (s *sheet) numbers(g figure, column int, interval bool) []value {
	row := s.row + 1
	counts := [2]value{{look: look{count: true}}, {look: look{count: true}}}
	share := value{v: noData, look: look{decimals: 2, center: true}}
	if g.share != nil {
		share = value{v: *g.share, look: look{decimals: decimals(*g.share, g.target)}}
	}
	switch {
	case g.hidden:
		share.v = tooSmall
	case g.counted:
		counts[0].v, counts[1].v = g.x, g.n
		x, n := cell(column, row), cell(column+1, row)
		share.formula = fmt.Sprintf(`IF(%s=0,"%s",%s/%s)`, n, noData, x, n)
	}
	out := []value{counts[0], counts[1], share}
	if interval {
		lo, hi := value{look: look{decimals: 2}}, value{look: look{decimals: 2}}
		if g.interval != nil {
			lo = value{v: g.interval.Lo, look: look{decimals: decimals(g.interval.Lo, g.target)}}
			hi = value{v: g.interval.Hi, look: look{decimals: decimals(g.interval.Hi, g.target)}}
		}
		out = append(out, lo, hi)
	}
	return append(out, value{v: g.verdict, look: look{wrap: true, center: true}})
}

// decimals is how many decimals a percentage needs, at least two, so that it
// is not rounded onto or across its target: 94.996 % is not 95.00 %.
func decimals(share, target float64) int {
	const most = 9
	d := 2
	for ; d < most && share != target; d++ {
		scale := math.Pow10(d)
		if gap := math.Round(share*100*scale) - target*100*scale; math.Abs(gap) > 0.5 && gap > 0 == (share > target) {
			break
		}
	}
	return d
}

// headRow is the row of the column heads, under the heading.
func (f *Figures) headRow() int {
	if f.Demo {
		return 6
	}
	return 5
}

// heading writes what every sheet begins with, down to the row before headRow.
func (s *sheet) heading(f *Figures, title string) {
	s.title(f.office(), look{bold: true, size: 12})
	s.title(title, look{bold: true, size: 14})
	s.title("Số liệu tính từ ngày "+f.Total.From.VI()+" đến ngày "+f.Total.To.VI()+f.periodName()+". Lập ngày "+server.DayOf(f.Made).VI()+".", look{italic: true})
	if f.Demo {
		s.title(demoNote, look{bold: true})
	}
	s.gap()
}

func (f *Figures) periodName() string {
	if f.Period == "" {
		return ""
	}
	return " (" + f.Period + ")"
}
