package report

import (
	"fmt"

	"github.com/skip2/go-qrcode"
)

// quietModules is the white border a QR code needs on every side (ISO/IEC
// 18004), in modules.
const quietModules = 4

// A matrix is a QR code without its border: true is black.
type matrix [][]bool

// newMatrix encodes text at level M, which survives a fold or a stamp over 15 %
// of it. Text in the alphanumeric set (capitals, digits, $%*+-./: and space)
// takes 5.5 bits a character and so gives larger modules.
func newMatrix(text string) (matrix, error) {
	q, err := qrcode.New(text, qrcode.Medium)
	if err != nil {
		return nil, fmt.Errorf("encoding a QR code: %w", err)
	}
	q.DisableBorder = true
	return q.Bitmap(), nil
}

// qr draws a code with its black part size millimetres wide. The caller keeps
// quiet(size) free around it.
func (p paper) qr(m matrix, x, y, size float64) {
	step := size / float64(len(m))
	const overlap = 0.01 // mm, so that no viewer shows seams between rows
	for r, row := range m {
		for c := 0; c < len(row); {
			n := 0
			for c+n < len(row) && row[c+n] {
				n++
			}
			if n == 0 {
				c++
				continue
			}
			p.pdf.Rect(x+float64(c)*step, y+float64(r)*step, float64(n)*step, step+overlap, "F")
			c += n
		}
	}
}

// quiet is the width of the border of a code that is size wide.
func (m matrix) quiet(size float64) float64 { return quietModules * size / float64(len(m)) }
