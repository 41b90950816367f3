package web

import (
	"fmt"
	"net/http"

	"github.com/gin-gonic/gin"

	"hailong/scoring"
	"hailong/server"
)

// A probityData is the page about harassment and money outside the rules
// (liêm chính), for leaders and inspectors only: what the paper forms say, who
// filled them, and how many complaints allege it.
type probityData struct {
	frame
	Period  periodChooser
	Months  string // what is counted: paper forms keep their month only
	Asked   []probityTable
	Persons []probityTable
	Few     bool // too few forms to tell who filled them
	Least   int
	Cases   string
}

// A probityTable is one question with its choices.
type probityTable struct {
	ID, Name, Sentence string
	N                  string
	Rows               []probityRow
}

type probityRow struct{ Choice, Count, Share, Interval string }

func (s *Site) probityPage(c *gin.Context) error {
	u, err := s.staff.who(c)
	if err != nil {
		return err
	}
	p, chooser, err := s.periodOf(c, u)
	if err != nil {
		return err
	}
	chooser.Path = "/liem-chinh"
	if err := s.auditStaff(c, "probity_view", p.file()); err != nil {
		return err
	}
	counts, err := s.svc.Further(c.Request.Context(), p.From, p.To)
	if err != nil {
		return err
	}
	d := probityData{frame: s.frame(u, "probity", "Liêm chính"), Period: chooser, Least: server.MinCell}
	d.Months = "tháng " + monthText(p.From.Month())
	if p.From.Month() != p.To.Month() {
		d.Months += " đến tháng " + monthText(p.To.Month())
	}
	var forms int64
	for _, q := range counts {
		if q.Question.Probity {
			d.Asked = append(d.Asked, newProbityTable(q))
			continue
		}
		forms = max(forms, q.N)
		d.Persons = append(d.Persons, newProbityTable(q))
	}
	if d.Few = forms < server.MinCell; d.Few {
		d.Persons = nil
	}
	cases, err := s.svc.Cases(c.Request.Context(), u, false)
	if err != nil {
		return err
	}
	alleged, waiting := 0, 0
	for _, cs := range cases {
		if cs.Alleges && p.From <= cs.Opened && cs.Opened <= p.To {
			alleged++
			if cs.Open() {
				waiting++
			}
		}
	}
	if d.Cases = "Không phản ánh nào mở trong kỳ nói đến sách nhiễu hoặc tiền ngoài quy định."; alleged > 0 {
		d.Cases = fmt.Sprintf("%d phản ánh mở trong kỳ nói đến sách nhiễu hoặc tiền ngoài quy định, %d đang chờ.", alleged, waiting)
	}
	return s.show(c, http.StatusOK, "probity", staffPolicy, d)
}

// newProbityTable shows how often each choice was taken, with Clopper–Pearson
// intervals: the shares are near 0 or 1 and few forms speak of the rest.
func newProbityTable(q server.FurtherCount) probityTable {
	t := probityTable{ID: q.Question.ID, Name: q.Question.Text.VI, N: countText(q.N)}
	for i, choice := range q.Question.Choices {
		row := probityRow{Choice: choice.VI, Count: countText(q.Choices[i]), Share: "không có dữ liệu"}
		if iv, ok := scoring.ClopperPearson(q.Choices[i], q.N); ok {
			row.Share = percentText(float64(q.Choices[i])/float64(q.N), 1)
			row.Interval = percentText(iv.Lo, 1) + "–" + percentText(iv.Hi, 1)
		}
		t.Rows = append(t.Rows, row)
	}
	if !q.Question.Probity {
		return t
	}
	some := q.N - q.Choices[0]
	iv, ok := scoring.ClopperPearson(some, q.N)
	switch {
	case !ok:
		t.Sentence = "Chưa có phiếu giấy nào trả lời câu này trong kỳ."
	case some == 0:
		t.Sentence = fmt.Sprintf("Không phiếu nào trong %s phiếu nói là có; với chừng ấy phiếu, tỷ lệ thật vẫn có thể đến %s.", t.N, percentText(iv.Hi, 1))
	default:
		t.Sentence = fmt.Sprintf("%s/%s phiếu nói là có (%s, khoảng %s–%s). Mỗi phiếu như vậy đã mở một phản ánh.", countText(some), t.N,
			percentText(float64(some)/float64(q.N), 1), percentText(iv.Lo, 1), percentText(iv.Hi, 1))
	}
	return t
}
