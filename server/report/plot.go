package report

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	imagedraw "image/draw"
	"image/png"
	"math"
	"strconv"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

// charts are the report's pictures, empty where there is nothing to draw.
type charts struct{ trend, elements picture }

// chartDPI is enough for a laser printer's line art at a size that mails well; the
// charts are grey.
const chartDPI = 220

func newCharts(w *writer) (charts, error) {
	var c charts
	var err error
	if c.trend, err = trendPicture(of(w.list, groupMonths, measureSatisfied), w.fig.target(), w.paint); err != nil {
		return c, fmt.Errorf("drawing the trend: %w", err)
	}
	if c.elements, err = elementPicture(of(w.list, groupElements, measureSatisfied), w.fig.target(), w.paint); err != nil {
		return c, fmt.Errorf("drawing the elements: %w", err)
	}
	return c, nil
}

func ink(grey uint8) color.Color { return color.Gray{grey} }

// percentTicks marks every n-th percent.
func percentTicks(lo, hi float64) plot.ConstantTicks {
	step := 5
	if hi-lo > 0.4 {
		step = 10
	}
	var out plot.ConstantTicks
	for v := int(math.Round(lo * 100)); v <= int(math.Round(hi*100)); v += step {
		out = append(out, plot.Tick{Value: float64(v) / 100, Label: strconv.Itoa(v) + "%"})
	}
	return out
}

// low is the lower end of an axis that shows all of the figures and the target.
func low(list []figure, target float64) float64 {
	lo := target
	for _, g := range list {
		if g.interval != nil {
			lo = min(lo, g.interval.Lo)
		}
	}
	return max(0, math.Floor(lo*10-0.2)/10)
}

// trendPicture draws the share by month with its band and the target. A month
// without answers is a gap, never zero.
func trendPicture(list []figure, target float64, paint bool) (picture, error) {
	p := plot.New()
	var points, hi, lo plotter.XYs
	drawn := 0
	flush := func() error {
		if len(points) == 0 {
			return nil
		}
		ring := append(plotter.XYs{}, hi...)
		for i := len(lo) - 1; i >= 0; i-- {
			ring = append(ring, lo[i])
		}
		if len(points) == 1 { // a band of one month has no width: a bar
			x := points[0].X
			ring = plotter.XYs{{X: x - 0.08, Y: hi[0].Y}, {X: x + 0.08, Y: hi[0].Y}, {X: x + 0.08, Y: lo[0].Y}, {X: x - 0.08, Y: lo[0].Y}}
		}
		band, err := plotter.NewPolygon(ring)
		if err != nil {
			return err
		}
		band.Color, band.LineStyle.Width = ink(215), 0
		line, dots, err := plotter.NewLinePoints(points)
		if err != nil {
			return err
		}
		line.Width, line.Color = vg.Points(1.6), ink(0)
		dots.Shape, dots.Radius, dots.Color = draw.CircleGlyph{}, vg.Points(2.6), ink(0)
		p.Add(band, line, dots)
		points, hi, lo = nil, nil, nil
		return nil
	}
	names := make([]string, len(list))
	var said []string
	for i, g := range list {
		month, year, _ := strings.Cut(strings.TrimPrefix(monthName(g.name), "0"), "/")
		if names[i] = month; i == 0 || month == "1" {
			names[i] += "\n" + year
		}
		if g.share == nil || g.interval == nil {
			if err := flush(); err != nil {
				return picture{}, err
			}
			continue
		}
		drawn++
		said = append(said, monthName(g.name)+" "+g.rate())
		x := float64(i)
		points, hi, lo = append(points, plotter.XY{X: x, Y: *g.share}), append(hi, plotter.XY{X: x, Y: g.interval.Hi}), append(lo, plotter.XY{X: x, Y: g.interval.Lo})
	}
	if err := flush(); err != nil || drawn == 0 {
		return picture{}, err
	}
	goal, err := plotter.NewLine(plotter.XYs{{X: -0.5, Y: target}, {X: float64(len(list)) - 0.5, Y: target}})
	if err != nil {
		return picture{}, err
	}
	goal.Width, goal.Color, goal.Dashes = vg.Points(1.2), ink(90), []vg.Length{vg.Points(6), vg.Points(3)}
	p.Add(goal)
	p.NominalX(names...)
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = -0.5, float64(len(list))-0.5, low(list, target), 1
	p.Y.Tick.Marker = percentTicks(p.Y.Min, 1)
	grid := plotter.NewGrid()
	grid.Vertical.Width, grid.Horizontal.Color = 0, ink(225)
	p.Add(grid)
	return render(p, paint, 158, 72, "Biểu đồ mức độ hài lòng theo tháng so với mục tiêu "+percent(target)+": "+strings.Join(said, "; "))
}

// elementPicture draws each element's share with its interval and the target.
func elementPicture(list []figure, target float64, paint bool) (picture, error) {
	p := plot.New()
	names := make([]string, len(list))
	var said []string
	drawn := 0
	for i, g := range list {
		y := float64(len(list) - 1 - i) // the first on top
		names[len(list)-1-i], _, _ = strings.Cut(g.name, " (")
		if g.share == nil || g.interval == nil {
			continue
		}
		drawn++
		bar, err := plotter.NewLine(plotter.XYs{{X: g.interval.Lo, Y: y}, {X: g.interval.Hi, Y: y}})
		if err != nil {
			return picture{}, err
		}
		bar.Width, bar.Color = vg.Points(4), ink(185)
		dot, err := plotter.NewScatter(plotter.XYs{{X: *g.share, Y: y}})
		if err != nil {
			return picture{}, err
		}
		dot.Shape, dot.Radius, dot.Color = draw.CircleGlyph{}, vg.Points(3.4), ink(0)
		p.Add(bar, dot)
		said = append(said, names[len(list)-1-i]+" "+g.rate())
	}
	if drawn == 0 {
		return picture{}, nil
	}
	goal, err := plotter.NewLine(plotter.XYs{{X: target, Y: -0.5}, {X: target, Y: float64(len(list)) - 0.5}})
	if err != nil {
		return picture{}, err
	}
	goal.Width, goal.Color, goal.Dashes = vg.Points(1.2), ink(90), []vg.Length{vg.Points(6), vg.Points(3)}
	p.Add(goal)
	for i, n := range names {
		names[i] = fold(n, 30)
	}
	p.NominalY(names...)
	p.Y.Min, p.Y.Max, p.X.Min, p.X.Max = -0.5, float64(len(list))-0.5, low(list, target), 1
	p.X.Tick.Marker = percentTicks(p.X.Min, 1)
	// Narrower than the trend: the PDF library sorts pictures by their width,
	// and would put two of the same width in an order of its own.
	return render(p, paint, 156, 12+float64(len(list))*11, "Biểu đồ tỷ lệ hài lòng theo yếu tố so với mục tiêu "+percent(target)+": "+strings.Join(said, "; "))
}

// fold breaks a long label into lines of at most so many letters.
func fold(s string, most int) string {
	line, out := 0, ""
	for i, word := range strings.Fields(s) {
		n := len([]rune(word))
		switch {
		case i == 0:
		case line+1+n > most:
			out, line = out+"\n", -1
		default:
			out += " "
		}
		out, line = out+word, line+1+n
	}
	return out
}

// render makes a picture of a size in millimetres.
func render(p *plot.Plot, paint bool, width, height float64, alt string) (picture, error) {
	if !paint {
		return picture{nil, width, height, alt}, nil
	}
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		a.Tick.Label.Font.Size, a.LineStyle.Width, a.Padding = vg.Points(10), vg.Points(0.6), vg.Points(2)
	}
	c := vgimg.NewWith(vgimg.UseWH(vg.Length(width)*vg.Millimeter, vg.Length(height)*vg.Millimeter), vgimg.UseDPI(chartDPI))
	p.Draw(draw.New(c))
	var b bytes.Buffer
	if err := png.Encode(&b, grey(c.Image())); err != nil {
		return picture{}, fmt.Errorf("encoding a chart: %w", err)
	}
	return picture{b.Bytes(), width, height, alt}, nil
}

// grey is what image.Gray makes of a picture, without asking for every pixel by
// itself where the picture is the canvas that charts are drawn on.
func grey(m image.Image) *image.Gray {
	out := image.NewGray(m.Bounds())
	rgba, ok := m.(*image.RGBA)
	if !ok {
		imagedraw.Draw(out, out.Bounds(), m, out.Bounds().Min, imagedraw.Src)
		return out
	}
	for y := range out.Bounds().Dy() {
		from, to := rgba.Pix[y*rgba.Stride:], out.Pix[y*out.Stride:][:out.Bounds().Dx()]
		for x := range to {
			p := from[4*x:][:3]
			// The weights of color.GrayModel, of 16 bits a channel.
			to[x] = uint8((19595*257*uint32(p[0]) + 38470*257*uint32(p[1]) + 7471*257*uint32(p[2]) + 1<<15) >> 24)
		}
	}
	return out
}
