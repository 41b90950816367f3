package web

import (
	"fmt"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"hailong/scoring"
	"hailong/server"
)

// An hoursData is the page of when work comes in and goes out (theo giờ): a heat
// map of dossiers by hour and weekday, which is its own table, and satisfaction
// by weekday, since an answer keeps no hour.
type hoursData struct {
	frame
	Period   periodChooser
	Maps     []heatMap
	Weekdays figureTable
}

// A heatMap counts one passage of dossiers by weekday and hour.
type heatMap struct {
	ID, Title, Sentence string
	Hours               []string
	Rows                []heatRow
	Sums                []string // of the hours
	Total               string
	Has                 bool
}

// A heatRow is one weekday.
type heatRow struct {
	Name, Sum string
	Cells     []heatCell
}

// A heatCell is one hour of one weekday; Level 0 to 5 is how dark it is.
type heatCell struct {
	Count string
	Level int
}

// weekdays are the days of a week, Monday first.
var weekdays = [7]string{"Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ nhật"}

// hours shows the page. Those who only observe do not see it: single days of
// few dossiers would show.
func (s *Site) hours(c *gin.Context) error {
	u, err := s.staff.who(c)
	if err != nil {
		return err
	}
	p, chooser, err := s.periodOf(c, u)
	if err != nil {
		return err
	}
	ctx := c.Request.Context()
	counts, err := s.svc.DossierHours(ctx, p.From, p.To)
	if err != nil {
		return fmt.Errorf("counting hours: %w", err)
	}
	d := hoursData{frame: s.frame(u, "hours", "Giờ và thứ"), Period: chooser}
	for pass, title := range []string{"Tiếp nhận hồ sơ", "Kết thúc xử lý", "Trả kết quả"} {
		d.Maps = append(d.Maps, newHeatMap("gio-"+strconv.Itoa(pass), title, &counts[pass]))
	}
	cube, err := s.svc.CubeOf(ctx, s.svc.Survey(), p.From, p.To, server.GrainDay)
	if err != nil {
		return fmt.Errorf("reading the figures: %w", err)
	}
	d.Weekdays = weekdayTable(cube.Shares(p.filter(), server.ByDay), s.svc.Survey().Target)
	status := http.StatusOK
	if chooser.Problem != "" {
		status = http.StatusUnprocessableEntity
	}
	return s.show(c, status, "hours", staffPolicy, d)
}

// newHeatMap shows the hours between the first and the last that have anything.
func newHeatMap(id, title string, counts *[7][24]int64) heatMap {
	m := heatMap{ID: id, Title: title, Sentence: heatSentence(counts)}
	first, last, most, total := 24, -1, int64(0), int64(0)
	days := 5
	for w := range counts {
		for h, n := range counts[w] {
			if n > 0 {
				first, last, most, total = min(first, h), max(last, h), max(most, n), total+n
				days = max(days, w+1)
			}
		}
	}
	if total == 0 {
		return m
	}
	m.Has, m.Total = true, countText(total)
	sums := make([]int64, last-first+1)
	for h := first; h <= last; h++ {
		m.Hours = append(m.Hours, strconv.Itoa(h)+"h")
	}
	for w := range days {
		row := heatRow{Name: weekdays[w]}
		var sum int64
		for h := first; h <= last; h++ {
			n := counts[w][h]
			sum += n
			sums[h-first] += n
			row.Cells = append(row.Cells, heatCell{countText(n), int((n*5 + most - 1) / most)})
		}
		row.Sum = countText(sum)
		m.Rows = append(m.Rows, row)
	}
	for _, n := range sums {
		m.Sums = append(m.Sums, countText(n))
	}
	return m
}

// weekdayTable is satisfaction by the weekday on which an answer was given.
func weekdayTable(shares []server.Share, target float64) figureTable {
	var x, n [7]int64
	for _, sh := range shares {
		w := (int(server.Day(sh.Key[0]).Time().Weekday()) + 6) % 7
		x[w] += sh.X
		n[w] += sh.N
	}
	var figs []figure
	for w, name := range weekdays {
		if w < 5 || n[w] > 0 {
			figs = append(figs, countFigure(name, "part", x[w], n[w], target))
		}
	}
	t := newFigureTable("weekdays", "Mức độ hài lòng theo thứ", "Ngày trả lời", target, figs)
	t.Method, t.Sentence = "gio", weekdaySentence(x, n)
	t.Notes = []string{"Phiếu trả lời chỉ giữ ngày, không giữ giờ, để không ai nhận ra người trả lời; vì vậy không có mức độ hài lòng theo giờ. Ngày trả lời có thể sau ngày trả kết quả."}
	return t
}

// heatSentence says when most comes together.
func heatSentence(counts *[7][24]int64) string {
	var total, most, morning int64
	bw, bh := 0, 0
	for w := range counts {
		for h, n := range counts[w] {
			total += n
			if h < 12 {
				morning += n
			}
			if n > most {
				most, bw, bh = n, w, h
			}
		}
	}
	if total == 0 {
		return nothingHere
	}
	text := countText(total) + " hồ sơ; đông nhất " + lower(weekdays[bw]) + ", từ " + strconv.Itoa(bh) + " đến " + strconv.Itoa(bh+1) + " giờ: " + countText(most) + " hồ sơ."
	if total < scoring.MinAnswers {
		return text
	}
	return text + " Buổi sáng " + percentText(float64(morning)/float64(total), 0) + "."
}

// lower writes a weekday within a sentence.
func lower(weekday string) string {
	if weekday == weekdays[6] {
		return "Chủ nhật"
	}
	return "thứ" + weekday[len("Thứ"):]
}

// weekdaySentence says which weekdays differ from the common share by more than
// chance: beyond 3 standard errors, with p at most 5 % after Benjamini–Hochberg.
func weekdaySentence(x, n [7]int64) string {
	var groups []scoring.GroupCount
	for w := range n {
		if n[w] > 0 {
			groups = append(groups, scoring.GroupCount{Name: weekdays[w], X: x[w], N: n[w]})
		}
	}
	if len(groups) == 0 {
		return nothingHere
	}
	var low, high []string
	for _, e := range scoring.NewGroups(groups, 0).Entries {
		switch signal := (comparison{Fixed: true}).signal(e); signal {
		case "below":
			low = append(low, lower(e.Name))
		case "above":
			high = append(high, lower(e.Name))
		}
	}
	switch {
	case len(groups) == 1:
		return "Chỉ có phiếu của " + lower(groups[0].Name) + "."
	case len(low)+len(high) == 0:
		return "Không có bằng chứng các thứ trong tuần khác nhau."
	case len(high) == 0:
		return "Thấp hơn mức chung nhiều hơn ngẫu nhiên: " + listOf(low, 7, "ngày") + "."
	case len(low) == 0:
		return "Cao hơn mức chung nhiều hơn ngẫu nhiên: " + listOf(high, 7, "ngày") + "."
	}
	return "Thấp hơn mức chung: " + listOf(low, 7, "ngày") + "; cao hơn: " + listOf(high, 7, "ngày") + "."
}
