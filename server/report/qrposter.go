package report

import (
	"cmp"
	"fmt"
	"io"
	"strings"
)

// What a poster says. Unlike a slip's, its code is for everybody.
const (
	qrPosterTitle   = "Mời ông/bà đánh giá"
	qrPosterScan    = "Quét mã bằng điện thoại, trả lời trong 20 giây. Không cần cài đặt."
	qrPosterSlip    = "Có phiếu in mã riêng? Xin quét mã trên phiếu."
	qrPosterPrivacy = "Khuyết danh: không hỏi họ tên, số điện thoại. Dành cho người từ 18 tuổi trở lên."
	qrPosterEnglish = "Please rate our service: scan the code with your phone. Anonymous. If you have a slip with a code of its own, please scan that one."
)

// QRPoster writes a sheet of A4 with a poster's code (áp phích), for one counter or
// with "" for the whole desk.
func QRPoster(w io.Writer, url, counter string, opts SlipOptions) error {
	office := strings.TrimSpace(printable(cmp.Or(opts.Office, "UBND phường Phù Liễn")))
	desk := strings.TrimSpace(printable(cmp.Or(opts.Desk, "Bộ phận một cửa")))
	p, err := newPaper("Áp phích mời đánh giá", opts.Created)
	if err != nil {
		return err
	}
	m, err := newMatrix(url)
	if err != nil {
		return err
	}
	p.pdf.AddPage()
	const x, width, qrSize = 25.0, 160.0, 125.0
	y := 18.0
	y = p.text(x, y, width, style{semibold, 13}, centre, p.wrap(style{semibold, 13}, strings.ToUpper(office), width)...)
	y = p.text(x, y, width, style{regular, 13}, centre, p.wrap(style{regular, 13}, desk, width)...)
	p.rule(x+width/2-22, y+2.5, 44, 0.5)
	y = p.text(x, y+6, width, style{bold, 36}, centre, qrPosterTitle)
	if counter = strings.TrimSpace(printable(counter)); counter != "" {
		s, lines := p.fit(style{semibold, 26}, counter, 12, width, 24)
		y = p.text(x, y, width, s, centre, lines...)
	}
	y += m.quiet(qrSize)
	p.qr(m, x+(width-qrSize)/2, y, qrSize)
	y += qrSize + m.quiet(qrSize)
	y = p.text(x, y, width, style{semibold, 16}, centre, p.wrap(style{semibold, 16}, qrPosterScan, width)...)
	p.text(x, y+2, width, style{regular, 13}, centre, p.wrap(style{regular, 13}, qrPosterSlip, width)...)

	small := style{regular, 10.5}
	address := p.wrap(small, "Hoặc mở trang "+strings.TrimPrefix(strings.ToLower(url), "https://"), width)
	privacy, english := p.wrap(small, qrPosterPrivacy, width), p.wrap(small, qrPosterEnglish, width)
	y = 297 - 16 - float64(len(address)+len(privacy)+len(english))*small.line() - 2.5
	p.rule(x, y, width, 0.5)
	y = p.text(x, y+2.5, width, small, centre, address...)
	y = p.text(x, y, width, small, centre, privacy...)
	p.text(x, y, width, small, centre, english...)
	if err := p.pdf.Output(w); err != nil {
		return fmt.Errorf("writing the poster: %w", err)
	}
	return nil
}
