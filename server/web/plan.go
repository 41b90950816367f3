package web

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"hailong/scoring"
	"hailong/server"
)

// planRoles are who sees to it that enough people answer.
func planRoles() []server.Role { return []server.Role{server.RoleReporter, server.RoleLeader} }

// A planData is the page on how many answers are still needed (kế hoạch thu thập).
type planData struct {
	frame
	Period   periodChooser
	Future   bool
	Over     bool
	Whole    planRow
	Rows     []planRow
	Counters []planCounter
	Counter  string // the sentence about counters
	Month    string
	Weeks    string
	AsOf     string
	Target   string
}

// A planRow is the unit or a field.
type planRow struct {
	Name, Share, Of, Sentence string
	Interval                  string
	Margin, Further           string
	Weekly, Expected, Short   string
	Quota, Month, MonthShort  string
	Chance                    string
	Enough                    bool
	Verdict                   verdictView
}

type planCounter struct {
	Name, Answers, Returned, Share string
	Below                          bool
}

// planPage shows the plan of a period.
func (s *Site) planPage(c *gin.Context) error {
	u, err := s.staff.who(c)
	if err != nil {
		return err
	}
	p, chooser, err := s.periodOf(c, u)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if chooser.Problem != "" {
		status = http.StatusUnprocessableEntity
	}
	data := planData{frame: s.frame(u, "plan", "Kế hoạch thu thập"), Period: chooser}
	plan, err := s.svc.Plan(c.Request.Context(), p.From, p.To)
	if errors.Is(err, server.ErrInvalid) {
		data.Future = true
		return s.show(c, status, "plan", staffPolicy, data)
	}
	if err != nil {
		return err
	}
	data.Over, data.Month, data.Weeks = plan.Over, monthText(plan.Month), countText(server.RateWeeks)
	data.AsOf, data.Target = plan.AsOf.VI(), targetText(plan.Target)
	data.Whole = newPlanRow(plan.Unit, plan)
	data.Whole.Name = "Toàn đơn vị"
	for _, r := range plan.Fields {
		data.Rows = append(data.Rows, newPlanRow(r, plan))
	}
	var below []string
	for _, k := range plan.Counters {
		row := planCounter{Name: k.Name, Answers: countText(k.Answers), Returned: countText(k.Returned), Below: k.Below, Share: percentText(float64(k.Answers)/float64(k.Returned), 1)}
		data.Counters = append(data.Counters, row)
		if k.Below {
			below = append(below, k.Name)
		}
	}
	switch {
	case len(data.Counters) == 0:
		data.Counter = "Không có hồ sơ trả ở quầy nào trong " + data.Weeks + " tuần gần nhất."
	case len(below) == 0:
		data.Counter = "Không quầy nào thiếu phiếu nhiều hơn ngẫu nhiên so với các quầy khác."
	default:
		data.Counter = "Thiếu phiếu hơn các quầy khác: " + strings.Join(below, ", ") + ". Kiểm tra việc phát phiếu và mời đánh giá ở đó."
	}
	return s.show(c, status, "plan", staffPolicy, data)
}

func newPlanRow(r server.PlanRow, p *server.Plan) planRow {
	need := func(m int64) string {
		switch {
		case m < 0:
			return "không xác định"
		case m == 0:
			return "đủ"
		}
		return aboutText(m)
	}
	row := planRow{Name: r.Name, Share: "không có dữ liệu", Of: countText(r.X) + "/" + countText(r.N), Sentence: planSentence(r, p), Margin: need(r.Margin), Further: need(r.Further),
		Weekly: expectedRate(r.Weekly), Expected: countText(r.Expected), Short: countText(r.Short), Quota: countText(r.Quota), Month: countText(r.Month), MonthShort: countText(r.MonthShort),
		Enough: r.Need == 0, Verdict: newVerdictView(r.Verdict, r.N)}
	if r.N > 0 {
		row.Share = percentText(float64(r.X)/float64(r.N), 1, p.Target)
		if w, ok := scoring.Wilson(r.X, r.N); ok {
			row.Interval = percentText(w.Lo, 1, p.Target) + " – " + percentText(w.Hi, 1, p.Target)
		}
	}
	if r.Chance != nil {
		row.Chance = percentText(*r.Chance, 0)
	}
	return row
}

// expectedRate writes a weekly rate, with one decimal below ten.
func expectedRate(w float64) string {
	if w >= 10 || w == float64(int64(w)) {
		return countText(int64(w + 0.5))
	}
	return strings.Replace(strconv.FormatFloat(w, 'f', 1, 64), ".", ",", 1)
}

// planSentence says where a field stands, in one sentence.
func planSentence(r server.PlanRow, p *server.Plan) string {
	end := " đến " + p.To.VI()
	var text string
	switch {
	case r.Need == 0 && r.Verdict == scoring.TooEarly:
		return "Đã biết trong ±5%, nhưng tỷ lệ sát mục tiêu nên chưa thể kết luận" + further(r.Further) + "."
	case r.Need == 0:
		return "Đã kết luận được: " + strings.ToLower(r.Verdict.Text().VI) + "; không cần thêm phiếu."
	case r.N == 0:
		text = "Chưa có phiếu nào: cần khoảng " + aboutText(r.Need) + " phiếu để biết trong ±5%"
	case r.Need == r.Further:
		text = "Chưa thể kết luận: cần thêm khoảng " + aboutText(r.Need) + " phiếu"
	default:
		text = "Chưa thể kết luận: cần thêm khoảng " + aboutText(r.Need) + " phiếu để biết trong ±5%"
	}
	switch {
	case p.Over:
		return text + "; kỳ đã kết thúc."
	case r.Expected == 0:
		return text + "; với nhịp hiện nay sẽ không có thêm phiếu nào" + end + "."
	case r.Short == 0:
		return text + "; với nhịp " + expectedRate(r.Weekly) + " phiếu mỗi tuần thì kịp" + end + "."
	}
	return text + "; với nhịp " + expectedRate(r.Weekly) + " phiếu mỗi tuần thì" + end + " còn thiếu khoảng " + aboutText(r.Short) + "."
}

func further(m int64) string {
	if m <= 0 {
		return ""
	}
	return "; cần thêm khoảng " + aboutText(m) + " phiếu mới phân định được"
}
