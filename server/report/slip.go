// Package report makes the papers that leave the house: slips as PDF, figures
// as CSV and XLSX. It writes to an io.Writer, so that the service, the command
// line and the tests hand out the same bytes; it reads nothing from a store.
package report

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"codeberg.org/go-pdf/fpdf"

	"hailong/server"
)

// ErrNoSlips: a sheet without slips is not printed.
var ErrNoSlips = errors.New("no slips to print")

// SlipOptions say what stands on every slip. The zero value is the ward of the plan.
type SlipOptions struct {
	// Office is the authority (cơ quan); "UBND phường Phù Liễn" where empty.
	Office string
	// Desk is its one-stop desk (bộ phận); "Bộ phận một cửa" where empty.
	Desk string
	// Created is the date kept inside the file.
	Created time.Time
}

// What a slip says besides its own dossier. The privacy line is what the house
// does: no field for a person exists, an answer's id is a one-way function of
// the code, and neither code nor dossier code is stored with it.
const (
	slipTitle   = "Mời ông/bà đánh giá"
	slipScan    = "Quét mã bằng điện thoại, trả lời trong 20 giây"
	slipType    = "Không quét được? Mở trang"
	slipTypeEnd = "và gõ mã:"
	slipUntil   = "Dùng đến hết ngày"
	slipPrivacy = "Khuyết danh: không hỏi họ tên, số điện thoại; câu trả lời được lưu không kèm mã hồ sơ."
	slipOnce    = "Mỗi phiếu trả lời một lần"
	slipEnglish = "Please rate our service: scan, or type the code. Anonymous; one answer per slip."
)

// Slips writes a PDF with every slip, in order. Fonts are embedded and text
// stays text; everything is black on white. It returns ErrNoSlips where there
// is none and writes nothing then.
func Slips(w io.Writer, slips []server.Slip, layout Layout, opts SlipOptions) error {
	if len(slips) == 0 {
		return ErrNoSlips
	}
	opts.Office = strings.TrimSpace(printable(cmp.Or(opts.Office, "UBND phường Phù Liễn")))
	opts.Desk = strings.TrimSpace(printable(cmp.Or(opts.Desk, "Bộ phận một cửa")))
	p, err := newPaper("Phiếu mời đánh giá", opts.Created)
	if err != nil {
		return err
	}
	for i, s := range slips {
		f, err := newFace(s, opts)
		if err != nil {
			return err
		}
		switch layout {
		case A4Eight:
			if i%8 == 0 {
				p.pdf.AddPage()
				p.cutMarks()
			}
			f.small(p, float64(i%2)*105, float64(i%8/2)*74.25)
		case A4One:
			p.pdf.AddPage()
			f.large(p)
		case Thermal80:
			f.roll(p)
		default:
			return fmt.Errorf("%w: layout %q", server.ErrInvalid, layout)
		}
	}
	if err := p.pdf.Output(w); err != nil {
		return fmt.Errorf("writing the slips: %w", err)
	}
	return nil
}

// A face is one slip's wording, ready to be set.
type face struct {
	SlipOptions
	code      matrix
	fours     string
	dossier   string
	procedure string
	address   string // where the code is typed, as a person types it
	until     string
}

func newFace(s server.Slip, opts SlipOptions) (face, error) {
	m, err := newMatrix(s.URL)
	if err != nil {
		return face{}, err
	}
	address := strings.ToLower(strings.TrimSuffix(s.URL, "/"+s.Code.Text()))
	return face{
		SlipOptions: opts, code: m, fours: s.Code.Fours(), dossier: printable(string(s.Dossier)),
		procedure: strings.TrimSpace(printable(cmp.Or(s.Procedure, s.Field))),
		address:   strings.TrimPrefix(address, "https://"), until: s.Expires.VI(),
	}, nil
}

// cutMarks draws where an A4 sheet of eight is cut: a dashed line down the
// middle and three across, up to the edges.
func (p paper) cutMarks() {
	p.pdf.SetLineWidth(0.15)
	p.pdf.SetDashPattern([]float64{1.2, 1.8}, 0)
	p.pdf.Line(105, 0, 105, 297)
	for row := 1; row < 4; row++ {
		y := float64(row) * 74.25
		p.pdf.Line(0, y, 210, y)
	}
	p.pdf.SetDashPattern([]float64{}, 0)
}

// small sets a slip into an eighth of an A4 sheet, 105 × 74.25 mm.
func (f face) small(p paper, x, y float64) {
	const width, qrSize = 88.0, 34.0
	x += (105 - width) / 2
	y += 5.2
	p.one(x, y, width*0.6, style{semibold, 7}, 4.5, left, strings.ToUpper(f.Office))
	y = p.one(x+width*0.62, y, width*0.38, style{regular, 7}, 4.5, right, f.Desk)
	p.rule(x, y+0.6, width, 0.35)
	y += 0.6 + f.code.quiet(qrSize)

	p.qr(f.code, x, y, qrSize)
	cx := x + qrSize + f.code.quiet(qrSize)
	cw := x + width - cx
	cy := p.one(cx, y-1.2, cw, style{bold, 13}, 9, left, slipTitle)
	cy = p.one(cx, cy+0.2, cw, style{regular, 7}, 5.5, left, slipScan)
	cy = p.one(cx, cy+2, cw, style{semibold, 8.5}, 5.5, left, f.dossier)
	s, lines := p.fit(style{regular, 8.5}, f.procedure, 5.5, cw, y+qrSize+0.8-cy)
	p.text(cx, cy+0.2, cw, s, left, lines...)

	y += qrSize + 2.6
	p.rule(x, y, width, 0.35)
	y = f.hint(p, x, y+0.9, width, 7, left)
	y = p.one(x, y, width, style{bold, 15}, 11, left, f.fours)
	note, tiny := style{semibold, 7}, style{regular, 5.6}
	p.text(x, y, width, note, left, slipUntil+" "+f.until)
	y = p.text(x, y, width, style{regular, 7}, right, slipOnce) + 0.5
	y = p.text(x, y, width, tiny, left, p.wrap(tiny, slipPrivacy, width)...)
	p.text(x, y, width, tiny, left, slipEnglish)
}

// large sets a slip on a sheet of its own.
func (f face) large(p paper) {
	const x, width, qrSize = 25.0, 160.0, 100.0
	y := 20.0
	y = p.text(x, y, width, style{semibold, 13}, centre, p.wrap(style{semibold, 13}, strings.ToUpper(f.Office), width)...)
	y = p.text(x, y, width, style{regular, 13}, centre, p.wrap(style{regular, 13}, f.Desk, width)...)
	p.rule(x+width/2-22, y+2.5, 44, 0.5)
	y = p.text(x, y+7, width, style{bold, 34}, centre, slipTitle)
	y = p.text(x, y+1, width, style{regular, 14}, centre, slipScan)
	y += f.code.quiet(qrSize)
	p.qr(f.code, x+(width-qrSize)/2, y, qrSize)
	y += qrSize + f.code.quiet(qrSize)

	y = f.hint(p, x, y, width, 13, centre)
	y = p.one(x, y+1, width, style{bold, 30}, 20, centre, f.fours)
	y += 4
	p.rule(x, y, width, 0.5)
	y += 3
	const label = 40.0
	row := func(name string, s style, lines ...string) {
		p.text(x, y, label, style{regular, 11}, left, name)
		y = p.text(x+label, y, width-label, s, left, lines...) + 1.2
	}
	row("Mã hồ sơ", style{semibold, 11}, f.dossier)
	if f.procedure != "" {
		s, lines := p.fit(style{regular, 11}, f.procedure, 8, width-label, 25)
		row("Thủ tục", s, lines...)
	}
	row(slipUntil, style{semibold, 11}, f.until+" – "+strings.ToLower(slipOnce[:1])+slipOnce[1:])

	small := style{regular, 9.5}
	privacy, english := p.wrap(small, slipPrivacy, width), p.wrap(small, slipEnglish, width)
	y = 297 - 20 - float64(len(privacy)+len(english))*small.line() - 2.5
	p.rule(x, y, width, 0.5)
	y = p.text(x, y+2.5, width, small, centre, privacy...)
	p.text(x, y, width, small, centre, english...)
}

// roll sets a slip on a piece of an 80 mm roll as long as it needs.
func (f face) roll(p paper) {
	const x, width, qrSize = 4.0, 72.0, 50.0
	head, desk, title, scan := style{semibold, 9}, style{regular, 9}, style{bold, 17}, style{regular, 9}
	hint, label, name, small := 9.0, style{regular, 8}, style{semibold, 9.5}, style{regular, 7.5}

	heads, desks := p.wrap(head, strings.ToUpper(f.Office), width), p.wrap(desk, f.Desk, width)
	scans := p.wrap(scan, slipScan, width)
	procedure, procedures := p.fit(style{regular, 9}, f.procedure, 7, width, 60)
	code, fours := p.fit(style{bold, 16.5}, f.fours, 12, width, style{bold, 16.5}.line())
	until := slipUntil + " " + f.until
	privacy, english := p.wrap(small, slipPrivacy, width), p.wrap(small, slipEnglish, width)

	// set goes down the slip; the first time on no paper, to learn the length.
	set := func(text func(y float64, s style, a align, lines ...string) float64, qr func(y float64), rule func(y float64)) float64 {
		y := text(5, head, centre, heads...)
		y = text(y, desk, centre, desks...)
		y = text(y+2, title, centre, slipTitle)
		y = text(y+0.5, scan, centre, scans...)
		y += f.code.quiet(qrSize)
		qr(y)
		y += qrSize + f.code.quiet(qrSize)
		y = text(y, style{regular, hint}, centre, f.hintLines(p, width, hint)...)
		y = text(y+0.5, code, centre, fours...)
		rule(y + 1.5)
		y = text(y+3, label, left, "Mã hồ sơ")
		y = text(y, name, left, f.dossier)
		y = text(y+0.5, procedure, left, procedures...)
		y = text(y+0.5, name, left, until)
		y = text(y, label, left, slipOnce)
		rule(y + 1.5)
		y = text(y+3, small, left, privacy...)
		return text(y+0.8, small, left, english...) + 6
	}
	length := set(func(y float64, s style, _ align, lines ...string) float64 { return y + float64(len(lines))*s.line() },
		func(float64) {}, func(float64) {})
	p.pdf.AddPageFormat("P", fpdf.SizeType{Wd: 80, Ht: length})
	set(func(y float64, s style, a align, lines ...string) float64 { return p.text(x, y, width, s, a, lines...) },
		func(y float64) { p.qr(f.code, x+(width-qrSize)/2, y, qrSize) },
		func(y float64) { p.rule(x, y, width, 0.35) })
}

// hintLines says where the code can be typed instead.
func (f face) hintLines(p paper, width, size float64) []string {
	return p.wrap(style{regular, size}, slipType+" "+f.address+" "+slipTypeEnd, width)
}

// hint sets it on one line, smaller or on two lines where the address is long.
func (f face) hint(p paper, x, y, width, size float64, a align) float64 {
	smallest := style{regular, size * 0.75}
	s, lines := p.fit(style{regular, size}, slipType+" "+f.address+" "+slipTypeEnd, smallest.size, width, 2*smallest.line())
	return p.text(x, y, width, s, a, lines...)
}
