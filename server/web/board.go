package web

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/gin-gonic/gin"

	"hailong/scoring"
	"hailong/server"
	"hailong/server/report"
)

// boardMethod is the method in one sentence.
var boardMethod = [...]string{
	"Mỗi hồ sơ đã trả kết quả được mời đánh giá bằng một mã dùng một lần;",
	"hài lòng là trả lời Hài lòng hoặc Rất hài lòng, chia cho số người có trả lời;",
	"khoảng tin cậy 95% theo Wilson; lĩnh vực có quá ít phiếu không hiển thị để giữ kín người trả lời.",
}

// publicReplies is how many replies the board shows.
const publicReplies = 6

// A boardData is the public board (bảng công khai).
type boardData struct {
	frame
	Empty        bool
	Label, Days  string
	Periods      []periodLink
	Satisfaction targetCard
	OnTime       targetCard
	Fields       figureTable
	Method       string
	JSON         string // address of the same as JSON
	Poster       string // address of the same to be printed, "" where there is nothing
	Replies      []server.PublicReply
	Units        []unitLink
}

// publication returns what is published of the period in the address. Where
// nothing is published yet, that is a page and not an error: Index is nil.
func (s *Site) publication(c *gin.Context) (*server.Publication, error) {
	id := c.Query("ky")
	pub, err := s.svc.Publication(c.Request.Context(), id)
	if id == "" && errors.Is(err, server.ErrNotFound) {
		return &server.Publication{}, nil
	}
	if err != nil {
		return nil, err
	}
	if pub.Index.Document == nil { // too small to show
		pub.Index.Document = scoring.Evaluate(scoring.NewTally(s.svc.Survey()), scoring.Options{Brief: true})
	}
	return pub, nil
}

// publishedLabel names a published period.
func publishedLabel(pub *server.Publication) string {
	p, ok := parsePeriod(pub.Period.ID)
	if !ok {
		return pub.Period.ID
	}
	if pub.Ongoing {
		return p.Label + " (đến hết tháng " + monthText(pub.Period.To.Month()) + ")"
	}
	return p.Label
}

// board is the legal publication, understandable in a minute.
func (s *Site) board(c *gin.Context) error {
	u, _ := s.staff.user(c)
	pub, err := s.publication(c)
	if err != nil {
		return err
	}
	data := boardData{frame: s.frame(u, "board", "Kết quả công khai"), Method: strings.Join(boardMethod[:], " "), JSON: "/cong-khai" + s.sub + ".json"}
	if data.Replies, err = s.svc.PublicReplies(c.Request.Context(), publicReplies); err != nil {
		return err
	}
	if data.Units, err = s.unitLinks(c); err != nil {
		return err
	}
	if pub.Index == nil {
		data.Empty = true
		return s.show(c, http.StatusOK, "board", staffPolicy, data)
	}
	d := pub.Index
	data.Label, data.Days = publishedLabel(pub), daysText(pub.Period.From, pub.Period.To)
	data.Poster = "/cong-khai" + s.sub + "/ap-phich.pdf?" + url.Values{"ky": {pub.Period.ID}}.Encode()
	data.JSON += "?" + url.Values{"ky": {pub.Period.ID}}.Encode()
	for _, id := range pub.Periods {
		if p, ok := parsePeriod(id); ok {
			label, _, _ := strings.Cut(p.Label, "/") // the year stands beside it
			label = strings.TrimSuffix(label, " đầu năm "+id[:4])
			data.Periods = append(data.Periods, newPeriodLink(label, "ky", id, id == pub.Period.ID))
		}
	}
	data.Satisfaction = satisfactionCard(s.overall(d.Document), d, !pub.Ongoing)
	data.OnTime = onTimeCard(d.OnTime, !pub.Ongoing)
	data.Fields = s.boardFields(d)
	return s.show(c, http.StatusOK, "board", staffPolicy, data)
}

// poster is the board as a poster to be printed.
func (s *Site) poster(c *gin.Context) error {
	pub, err := s.publication(c)
	if err != nil {
		return err
	}
	if pub.Index == nil {
		return server.ErrNotFound
	}
	replies, err := s.svc.PublicReplies(c.Request.Context(), report.PosterReplies)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	err = report.Poster(&b, report.PosterData{
		Office: s.svc.Profile().Full, Period: publishedLabel(pub), Publication: pub, Replies: replies,
		URL: s.svc.Config.BaseURL + "/cong-khai" + s.sub, Demo: s.demo, Made: s.now(),
	})
	if err != nil {
		return fmt.Errorf("making the poster: %w", err)
	}
	c.Header("Content-Disposition", fmt.Sprintf("inline; filename=%q", "ap-phich-hai-long-"+pub.Period.ID+".pdf"))
	c.Data(http.StatusOK, "application/pdf", b.Bytes())
	return nil
}

// A unitLink leads to the board of a unit.
type unitLink struct {
	Name, Address, Days string
	Current             bool
}

// unitLinks lists the boards where there are several.
func (s *Site) unitLinks(c *gin.Context) ([]unitLink, error) {
	units, err := s.svc.Units(c.Request.Context())
	if err != nil || len(units) < 2 {
		return nil, err
	}
	var out []unitLink
	for _, u := range units {
		if u.Level == server.LevelWard {
			out = append(out, unitLink{u.Name, "/cong-khai/" + u.ID, validText(u), u.ID == s.svc.Config.Unit})
		}
	}
	server.SortByName(out, func(l unitLink) string { return l.Name })
	return out, nil
}

// validText says from when to when a unit exists; "" is for ever.
func validText(u server.Unit) string {
	switch {
	case u.ValidFrom == "" && u.ValidTo == "":
		return ""
	case u.ValidFrom == "":
		return "đến hết " + u.ValidTo.VI()
	case u.ValidTo == "":
		return "từ " + u.ValidFrom.VI()
	}
	return daysText(u.ValidFrom, u.ValidTo)
}

// boardFields lists the fields that may be shown, and says how many are not.
func (s *Site) boardFields(d *server.IndexDocument) figureTable {
	var shown []figure
	hidden := int64(0)
	for _, f := range s.partFigures(d, server.ByField, fieldName) {
		if f.hidden {
			hidden++
			continue
		}
		shown = append(shown, f)
	}
	t := newFigureTable("fields", "Theo lĩnh vực", "Lĩnh vực", d.Target, shown)
	t.Dossiers = true
	if low, ok := lowest(shown); ok {
		t.Sentence = lowestText(low)
	} else {
		t.Sentence = "Chưa lĩnh vực nào đủ phiếu để hiển thị."
	}
	if hidden > 0 {
		t.Notes = append(t.Notes, countText(hidden)+" lĩnh vực không hiển thị vì có quá ít phiếu trả lời.")
	}
	return t
}

// A boardDoc is the public board as JSON. Keys are only ever added.
type boardDoc struct {
	Schema       string       `json:"schema"`
	Unit         string       `json:"unit"`
	Demo         bool         `json:"demo"`
	Period       string       `json:"period,omitempty"`
	From         server.Day   `json:"from,omitempty"`
	To           server.Day   `json:"to,omitempty"`
	Ongoing      bool         `json:"ongoing"`
	Satisfaction *boardFigure `json:"satisfaction"`
	OnTime       *boardFigure `json:"on_time"`
	Fields       []boardField `json:"fields"`
	Periods      []string     `json:"periods"`
	Replies      []boardReply `json:"replies"`
	Method       string       `json:"method"`
}

// A boardReply is what was said and what was done about it.
type boardReply struct {
	Said string `json:"said"`
	Done string `json:"done"`
}

// A boardFigure is one share. Nothing is rounded; without data share is null.
type boardFigure struct {
	X       int64             `json:"x"`
	N       int64             `json:"n"`
	Share   *float64          `json:"share"`
	Wilson  *scoring.Interval `json:"wilson,omitempty"`
	Target  float64           `json:"target"`
	Verdict scoring.Verdict   `json:"verdict"`
	Reason  string            `json:"verdict_reason,omitempty"`
}

// A boardField is one field; one that is too small has its name only.
type boardField struct {
	Field        string       `json:"field"`
	Hidden       bool         `json:"hidden,omitempty"`
	Satisfaction *boardFigure `json:"satisfaction,omitempty"`
	OnTime       *boardFigure `json:"on_time,omitempty"`
}

// boardJSON is the public board for programs.
func (s *Site) boardJSON(c *gin.Context) error {
	pub, err := s.publication(c)
	if err != nil {
		return err
	}
	doc := boardDoc{Schema: "hailong-board/1", Unit: s.svc.Config.Unit, Demo: s.demo, Fields: []boardField{}, Periods: []string{}, Method: strings.Join(boardMethod[:], " ")}
	replies, err := s.svc.PublicReplies(c.Request.Context(), publicReplies)
	if err != nil {
		return err
	}
	doc.Replies = make([]boardReply, 0, len(replies))
	for _, r := range replies {
		doc.Replies = append(doc.Replies, boardReply{r.Said, r.Done})
	}
	if d := pub.Index; d != nil {
		doc.Period, doc.From, doc.To, doc.Ongoing, doc.Periods = pub.Period.ID, pub.Period.From, pub.Period.To, pub.Ongoing, pub.Periods
		doc.Satisfaction, doc.OnTime = s.satisfactionFigure(d.Document), onTimeFigure(d.OnTime)
		for _, p := range d.Parts {
			f := boardField{Field: p.Key[server.ByField], Hidden: p.Hidden}
			if !p.Hidden {
				f.Satisfaction = s.satisfactionFigure(p.Document)
				if p.OnTime != nil {
					f.OnTime = onTimeFigure(*p.OnTime)
				}
			}
			doc.Fields = append(doc.Fields, f)
		}
	}
	c.JSON(http.StatusOK, doc)
	return nil
}

func (s *Site) satisfactionFigure(d *scoring.Document) *boardFigure {
	it := s.overall(d)
	v, reason := scoring.Explain(it.X, it.N, d.Target)
	return &boardFigure{it.X, it.N, it.Share, it.Wilson, d.Target, v, reason.VI}
}

func onTimeFigure(d server.OnTimeDocument) *boardFigure {
	return &boardFigure{X: d.X, N: d.N, Share: d.Share, Target: d.Target, Verdict: d.Verdict}
}
