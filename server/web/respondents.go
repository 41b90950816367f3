package web

import (
	"math"
	"net/http"

	"github.com/gin-gonic/gin"

	"hailong/scoring"
	"hailong/server"
)

// A difference of respondents is told where it is beyond chance and large enough
// to matter.
const (
	respondentAlpha  = 0.01
	respondentPoints = 0.05
)

// A respondentsData is the page on who answers (ai trả lời).
type respondentsData struct {
	frame
	Period   periodChooser
	Sentence string
	Has      bool
	Steps    []coverageStep
	Complete *coverageStep // of the answers, nil where there are none
	Warned   bool
	Groups   []respondentGroup
}

// A respondentGroup compares those who answered with all along one side.
type respondentGroup struct {
	ID, Title, Head, Sentence, Test string
	Warn, Has                       bool
	Rows                            []respondentRow
}

type respondentRow struct{ Name, All, AllShare, Answered, Share, Points string }

// respondentsPage shows the way from a returned dossier to an answer, and whether
// those who answered are like those who did not.
func (s *Site) respondentsPage(c *gin.Context) error {
	u, err := s.staff.who(c)
	if err != nil {
		return err
	}
	p, chooser, err := s.periodOf(c, u)
	if err != nil {
		return err
	}
	r, err := s.svc.Respondents(c.Request.Context(), p.From, p.To)
	if err != nil {
		return err
	}
	data := respondentsData{frame: s.frame(u, "respondents", "Ai trả lời"), Period: chooser, Has: r.Returned > 0, Sentence: "Chưa trả kết quả hồ sơ nào trong kỳ này."}
	if data.Has {
		data.Sentence = "Cứ 100 hồ sơ đã trả thì " + countText(perHundred(r.Invited, r.Returned)) + " có phiếu mời, " + countText(perHundred(r.Opened, r.Returned)) + " đã mở, " + countText(perHundred(r.Answered, r.Returned)) + " đã trả lời."
		if r.Given > 0 {
			data.Sentence += " Cứ 100 phiếu trả lời thì " + countText(perHundred(r.Complete, r.Given)) + " phiếu trả lời đủ các câu."
		}
		for _, st := range []struct {
			label string
			n     int64
		}{{"Hồ sơ đã trả kết quả", r.Returned}, {"Đã có phiếu mời", r.Invited}, {"Đã mở trang trả lời", r.Opened}, {"Đã trả lời", r.Answered}} {
			share := float64(st.n) / float64(r.Returned)
			data.Steps = append(data.Steps, coverageStep{Label: st.label, Count: countText(st.n), Share: percentText(share, 1), Width: num(share*100) + "%"})
		}
	}
	if r.Given > 0 {
		share := float64(r.Complete) / float64(r.Given)
		data.Complete = &coverageStep{Label: "Trả lời đủ các câu", Count: countText(r.Complete), Share: percentText(share, 1) + " của " + countText(r.Given) + " phiếu có mã nhận trong kỳ", Width: num(share*100) + "%"}
	}
	data.Groups = []respondentGroup{
		newRespondentGroup("linh-vuc", "Theo lĩnh vực", "Lĩnh vực", r.Fields, func(s string) string { return s }),
		newRespondentGroup("hinh-thuc", "Theo hình thức nộp", "Hình thức nộp", r.Channels, func(s string) string { return s }),
		newRespondentGroup("dung-han", "Theo đúng hạn", "Kết quả giải quyết", r.OnTime, punctualityText),
	}
	for _, g := range data.Groups {
		data.Warned = data.Warned || g.Warn
	}
	status := http.StatusOK
	if chooser.Problem != "" {
		status = http.StatusUnprocessableEntity
	}
	return s.show(c, status, "respondents", staffPolicy, data)
}

func perHundred(n, of int64) int64 { return int64(math.Round(float64(n) * 100 / float64(of))) }

func punctualityText(p string) string {
	switch server.Punctuality(p) {
	case server.OnTime:
		return "Đúng hạn hoặc trước hạn"
	case server.Late:
		return "Quá hạn"
	}
	return "Chưa rõ"
}

func newRespondentGroup(id, title, head string, r *scoring.Representation, name func(string) string) respondentGroup {
	g := respondentGroup{ID: id, Title: title, Head: head, Sentence: "Không đủ số liệu để so sánh: cần ít nhất hai nhóm, có người trả lời và có người không."}
	if r == nil {
		return g
	}
	g.Has = true
	most := 0
	for i, p := range r.Parts {
		text := "Các nhóm nhỏ còn lại"
		if p.Name != "" {
			text = name(p.Name)
		}
		if math.Abs(p.Points) > math.Abs(r.Parts[most].Points) {
			most = i
		}
		g.Rows = append(g.Rows, respondentRow{text, countText(p.Population), percentText(float64(p.Population)/float64(r.Population), 1),
			countText(p.Answers), percentText(float64(p.Answers)/float64(r.N), 1), signedPoints(p.Points)})
	}
	large := math.Abs(r.Parts[most].Points) >= respondentPoints
	switch {
	case r.P > respondentAlpha:
		g.Sentence = "Không thấy khác biệt ngoài ngẫu nhiên giữa người trả lời và người không trả lời."
	case !large:
		g.Sentence = "Có khác biệt nhưng nhỏ: nhóm lệch nhất là " + g.Rows[most].Name + ", " + g.Rows[most].Points + " điểm."
	default:
		g.Warn = true
		word := "nhiều hơn"
		if r.Parts[most].Points < 0 {
			word = "ít hơn"
		}
		g.Sentence = "Cẩn thận: người trả lời khác người không trả lời. " + g.Rows[most].Name + " chiếm " + g.Rows[most].Share + " số người trả lời nhưng " + g.Rows[most].AllShare + " số hồ sơ, " + word + " " + pointsText(r.Parts[most].Points) + " điểm."
	}
	p := chanceText(r.P)
	if p == "" {
		p = "dưới 1 phần triệu"
	}
	g.Test = "χ² = " + expectedPlain(r.ChiSquare) + ", " + countText(int64(r.DF)) + " bậc tự do, p: " + p
	return g
}

// expectedPlain writes a statistic with one decimal.
func expectedPlain(v float64) string { return pointsText(v / 100) }
