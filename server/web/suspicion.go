package web

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"hailong/scoring"
	"hailong/server"
	"hailong/server/store"
)

// suspicionRoles may see what looks wrong; decideRoles take it out of the figures.
func suspicionRoles() []server.Role {
	return []server.Role{server.RoleInspector, server.RoleLeader, server.RoleAdmin}
}

func decideRoles() []server.Role { return []server.Role{server.RoleInspector, server.RoleLeader} }

// A suspicionData is the page of flags and quarantines (nghi vấn, cách ly).
type suspicionData struct {
	frame
	Period    periodChooser
	TooLong   bool
	Sentence  string
	Flags     []flagRow
	Decisions []decisionRow
	Rules     []ruleText
	Aside     asideView
	Judged    judgedView
	Decide    bool
	MinReason int
	Problem   string
	Reason    string // what was typed, where it must be sent again
	Open      string // the flag or the decision that it was typed for
}

// A flagRow is one flag.
type flagRow struct {
	ID, Rule, Title, Place, Text, Chance string
	Decision                             string
	Can                                  bool // who looks may propose to quarantine it
	Loose                                bool // nobody can say which answers are wrong
}

// A decisionRow is one quarantine.
type decisionRow struct {
	ID, Title, Place, Count, State string
	Out                            bool
	Number                         int
	Steps                          []stepRow
	Sign, Refuse, Lift, Own        bool
}

// A ruleText says what a rule counts and from where on.
type ruleText struct {
	ID          server.Rule
	Title, Text string
}

// ruleTexts are the rules in the order in which the page explains them.
func ruleTexts() []ruleText {
	return []ruleText{
		{server.RuleHasty, "Trả lời ngay tại bàn in phiếu", fmt.Sprintf("Từ %d phiếu trở lên trong một ngày ở một quầy được trả lời chưa đầy %d giây sau khi in và từ chính mạng của bàn in. Hệ thống không lưu giờ, nên dấu hiệu này được nhận ra lúc nhận phiếu và chỉ ghi lại “có” hay không. Không áp dụng cho ki-ốt, nơi trả lời ngay là bình thường; phiếu in hàng loạt bằng dòng lệnh không được theo dõi.", server.MinHasty, server.HastySeconds)},
		{server.RuleSerial, "Một điện thoại dùng nhiều phiếu", fmt.Sprintf("Từ phiếu thứ %d của cùng một máy (cùng địa chỉ mạng và trình duyệt) trong %d phút. Địa chỉ chỉ được giữ trong bộ nhớ của máy chủ trong những phút đó, không bao giờ lưu. Nhiều người dùng cùng kiểu máy trên mạng của phòng chờ cũng có thể gây ra cờ này.", server.SerialSlips, server.SerialMinutes)},
		{server.RuleEqual, "Nhiều phiếu giống hệt nhau", fmt.Sprintf("Từ %d phiếu trong một ngày, cùng quầy và cùng kênh, chọn đúng một bộ mức (ít nhất %d câu), khi xác suất gặp ngẫu nhiên không quá %s. Mức thường gặp lấy từ các ngày khác của chính quầy đó hoặc của toàn đơn vị, lấy số lớn hơn; xác suất nhị thức, nhân với số lô đã xét.", server.MinEqual, server.EqualItems, percentText(server.EqualAlpha, 0))},
		{server.RuleBurst, "Nhiều phiếu dồn vào một lúc", fmt.Sprintf("Một đến ba ngày liền có từ %d phiếu và từ %d lần mức thường của cùng thứ trong tuần, cùng quầy, kênh và ki-ốt; xác suất Poisson (nới theo độ phân tán của chính chuỗi ngày, nhân với số khoảng đã xét) không quá %s chia cho số chuỗi. Cần ít nhất %d ngày có phiếu. Dữ liệu chỉ có ngày, nên không xét theo giờ.", server.MinBurst, server.BurstFactor, percentText(server.BurstAlpha, 1), server.BurstDays)},
		{server.RuleExcess, "Ki-ốt nhận nhiều phiếu hơn số lượt người", fmt.Sprintf("Từ %d phiếu ở ki-ốt của một quầy trong ngày, nhiều hơn số hồ sơ quầy đó tiếp nhận và trả trong ngày. Lô gồm các phiếu không có mã.", server.MinExcess)},
		{server.RuleTooMany, "Nhiều phiếu có mã hơn số hồ sơ đã trả", "Số phiếu có mã của một lĩnh vực hoặc một quầy trong kỳ lớn hơn số hồ sơ đã trả trong kỳ và trong thời hạn của phiếu mời trước đó. Không biết phiếu nào là thừa, nên không cách ly được: cần đối chiếu danh sách hồ sơ."},
		{server.RuleOneKiosk, "Công chức chỉ được đánh giá ở một ki-ốt", fmt.Sprintf("Công chức có từ %d phiếu có mã trong kỳ mà tất cả đến từ một ki-ốt, trong khi với tỷ lệ dùng ki-ốt của những người khác thì xác suất như vậy không quá %s (nhân với số công chức). Không cách ly theo công chức: nên phúc tra.", server.MinOfficerCell, percentText(server.OneKioskAlpha, 0))},
		{server.RuleChanged, "Nhiều phiếu được sửa thành hài lòng", fmt.Sprintf("Công chức có từ %d phiếu đã được sửa và nay là hài lòng, trong ít nhất %d phiếu có mã trong kỳ, khi với tỷ lệ của những người khác thì xác suất như vậy không quá %s (nhân với số công chức). Ai giữ mã phiếu đều sửa được câu trả lời trong thời hạn sửa, nên mã bị ghi lại ở quầy là một cách can thiệp. Hệ thống không giữ câu trả lời cũ, nên không biết trước đó là mức nào. Không cách ly theo công chức: nên phúc tra.", server.MinChanged, server.MinOfficerCell, percentText(server.ChangedAlpha, 0))},
	}
}

func ruleTitle(r server.Rule) string {
	texts := ruleTexts()
	i := slices.IndexFunc(texts, func(t ruleText) bool { return t.ID == r })
	if i < 0 {
		return "Nghi vấn"
	}
	return texts[i].Title
}

// batchPlace says where and when a batch is.
func batchPlace(b server.Batch) string {
	days := b.From.VI()
	if b.From != b.To {
		days = daysText(b.From, b.To)
	}
	parts := []string{days}
	if b.Counter != "" {
		parts = append(parts, b.Counter)
	}
	if b.Field != "" {
		parts = append(parts, b.Field)
	}
	if b.Officer != "" {
		parts = append(parts, "công chức "+b.Officer)
	}
	if b.Lane != "" {
		parts = append(parts, b.Lane.String())
	}
	if b.Device != "" {
		parts = append(parts, "thiết bị "+b.Device)
	}
	return strings.Join(parts, " · ")
}

// flagText says what was found, with its figures.
func flagText(f server.Flag) string {
	n, of := countText(f.N), countText(f.Of)
	switch f.Rule {
	case server.RuleHasty:
		return n + " trong " + of + " phiếu trên điện thoại của quầy trong ngày được trả lời chưa đầy " + strconv.Itoa(server.HastySeconds) + " giây sau khi in, từ mạng của bàn in."
	case server.RuleSerial:
		return n + " trong " + of + " phiếu trên điện thoại trong ngày là phiếu thứ " + strconv.Itoa(server.SerialSlips) + " trở đi của cùng một máy trong " + strconv.Itoa(server.SerialMinutes) + " phút."
	case server.RuleEqual:
		return n + " trong " + of + " phiếu chọn đúng cùng một bộ mức; thường chỉ có " + expectedText(f.Expected) + "."
	case server.RuleBurst:
		return n + " phiếu; những ngày cùng thứ thường có " + expectedText(f.Expected) + "."
	case server.RuleExcess:
		return n + " phiếu ở ki-ốt, trong khi quầy chỉ có " + of + " lượt tiếp nhận và trả kết quả."
	case server.RuleTooMany:
		return n + " phiếu có mã, trong khi chỉ có " + of + " hồ sơ đã trả có thể được đánh giá."
	case server.RuleOneKiosk:
		return "Cả " + n + " phiếu có mã đều đến từ một ki-ốt; theo tỷ lệ của những người khác thì chỉ có " + expectedText(f.Expected) + "."
	case server.RuleChanged:
		return n + " trong " + of + " phiếu có mã đã được sửa và nay là hài lòng; theo tỷ lệ của những người khác thì chỉ có " + expectedText(f.Expected) + "."
	}
	return ""
}

// expectedText writes an expectation with one decimal below ten.
func expectedText(e float64) string {
	switch {
	case e >= 10:
		return "khoảng " + countText(int64(e+0.5))
	case e < 0.05:
		return "gần như không có phiếu nào"
	}
	return "khoảng " + strings.Replace(strconv.FormatFloat(e, 'f', 1, 64), ".", ",", 1)
}

// chanceText writes a small probability.
func chanceText(p float64) string {
	switch {
	case p <= 0:
		return ""
	case p < 1e-6:
		return "dưới 1 phần triệu"
	case p < 1e-4:
		return "dưới 1 phần vạn"
	case p < 1e-3:
		return "dưới 1 phần nghìn"
	}
	return percentText(p, 1)
}

// An asideView shows a share with and without the quarantined answers.
type asideView struct {
	Has, Figures             bool
	Count, Share, Of         string
	WithShare, WithOf, WithI string
}

func (s *Site) newAsideView(d *server.IndexDocument) asideView {
	n := d.Quarantined
	if n == nil {
		return asideView{}
	}
	v := asideView{Has: true, Count: countText(n.Answers)}
	it := s.overall(d.Document)
	if n.Hidden || n.Share == nil {
		return v
	}
	v.Figures = true
	v.Share, v.Of = shareText(it.Share, 2, d.Target), countText(it.X)+"/"+countText(it.N)
	v.WithShare, v.WithOf, v.WithI = percentText(*n.Share, 2, d.Target), countText(n.X)+"/"+countText(n.N), intervalText(n.Wilson)
	return v
}

// suspicionPage lists flags and quarantines of a period.
func (s *Site) suspicionPage(c *gin.Context) error {
	return s.showSuspicion(c, http.StatusOK, func(*suspicionData) {})
}

func (s *Site) showSuspicion(c *gin.Context, status int, more func(*suspicionData)) error {
	u, err := s.staff.who(c)
	if err != nil {
		return err
	}
	p, chooser, err := s.periodOf(c, u)
	if err != nil {
		return err
	}
	ctx := c.Request.Context()
	data := suspicionData{frame: s.frame(u, "suspicion", "Nghi vấn"), Period: chooser, Rules: ruleTexts(), MinReason: server.MinQuarantineReason, Decide: slices.Contains(decideRoles(), u.Role)}
	data.Period.Path = "/nghi-van"
	found, err := s.svc.Suspicions(ctx, u, p.From, p.To)
	switch {
	case errors.Is(err, server.ErrInvalid):
		data.TooLong, found = true, &server.Suspicion{}
		status = max(status, http.StatusUnprocessableEntity)
	case err != nil:
		return err
	}
	decisions, err := s.svc.Quarantines(ctx)
	if err != nil {
		return err
	}
	doc, err := s.svc.Index(ctx, server.IndexQuery{From: p.From, To: p.To, Brief: true})
	if err != nil {
		return err
	}
	data.Aside, data.Judged = s.newAsideView(doc), s.newJudgedView(found)
	for _, f := range found.Flags {
		data.Flags = append(data.Flags, flagRow{ID: f.ID, Rule: string(f.Rule), Title: ruleTitle(f.Rule), Place: batchPlace(f.Batch), Text: flagText(f), Chance: chanceText(f.P),
			Decision: f.Decision, Can: data.Decide && f.CanQuarantine() && f.Decision == "", Loose: !f.CanQuarantine()})
	}
	for _, q := range decisions {
		data.Decisions = append(data.Decisions, newDecisionRow(q, u))
	}
	data.Sentence = suspicionSentence(found)
	if chooser.Problem != "" {
		status = max(status, http.StatusUnprocessableEntity)
	}
	more(&data)
	return s.show(c, status, "suspicion", staffPolicy, data)
}

func suspicionSentence(f *server.Suspicion) string {
	switch {
	case f.Answers == 0:
		return "Không có phiếu nào trong kỳ này."
	case len(f.Flags) == 0:
		return "Đã xét " + countText(f.Answers) + " phiếu: không thấy dấu hiệu bất thường theo các quy tắc bên dưới."
	}
	return "Đã xét " + countText(f.Answers) + " phiếu: " + countText(int64(len(f.Flags))) + " cờ cần xem. Cờ không phải là bằng chứng gian lận; phiếu vẫn được tính cho đến khi hai người ký cách ly."
}

func newDecisionRow(q server.Quarantine, u server.User) decisionRow {
	row := decisionRow{ID: q.ID, Title: ruleTitle(q.Batch.Rule), Place: batchPlace(q.Batch), Count: countText(q.N), State: q.State.String(), Out: q.Excludes(), Number: len(q.Steps)}
	for _, e := range q.Steps {
		row.Steps = append(row.Steps, stepRow{At: e.At.In(server.Zone).Format("02/01/2006 15:04"), By: e.By, Kind: e.Step.String(), Note: e.Reason})
	}
	if !slices.Contains(decideRoles(), u.Role) {
		return row
	}
	waits := q.State == server.QuarantineProposed || q.State == server.QuarantineLifting
	row.Sign, row.Refuse, row.Lift = q.MaySign(u), waits, q.State == server.QuarantineInForce
	row.Own = waits && !row.Sign
	return row
}

// proposeQuarantine takes the form of a flag.
func (s *Site) proposeQuarantine(c *gin.Context) error {
	u, err := s.staff.who(c)
	if err != nil {
		return err
	}
	f, err := readForm(c)
	if err != nil {
		return err
	}
	p, _, err := s.periodOf(c, u)
	if err != nil {
		return err
	}
	_, err = s.svc.ProposeQuarantine(c.Request.Context(), u, p.From, p.To, f.one("co"), f.one("ly-do"))
	return s.decided(c, err, p, f.one("co"), f.one("ly-do"))
}

// decideQuarantine takes the form of a decision.
func (s *Site) decideQuarantine(c *gin.Context) error {
	u, err := s.staff.who(c)
	if err != nil {
		return err
	}
	f, err := readForm(c)
	if err != nil {
		return err
	}
	p, _, err := s.periodOf(c, u)
	if err != nil {
		return err
	}
	number, err := strconv.Atoi(f.one("so"))
	if err != nil {
		return fmt.Errorf("%w: a form without its number", server.ErrInvalid)
	}
	err = s.svc.DecideQuarantine(c.Request.Context(), u, c.Param("id"), number, server.QuarantineStep(f.one("buoc")), f.one("ly-do"))
	return s.decided(c, err, p, c.Param("id"), f.one("ly-do"))
}

// decided goes back to the page, or shows it with what was typed and what was wrong.
func (s *Site) decided(c *gin.Context, err error, p period, about, reason string) error {
	again := func(status int, problem string) error {
		return s.showSuspicion(c, status, func(d *suspicionData) { d.Problem, d.Reason, d.Open = problem, clip(reason, 2000), about })
	}
	switch {
	case err == nil:
		c.Redirect(http.StatusSeeOther, "/nghi-van?"+p.query()+"#cach-ly")
		return nil
	case errors.Is(err, store.ErrConflict), errors.Is(err, store.ErrExists):
		return again(http.StatusConflict, "Người khác vừa quyết định về lô này. Xem lại bên dưới.")
	case errors.Is(err, server.ErrInvalid):
		return again(http.StatusUnprocessableEntity, fmt.Sprintf("Cần nêu lý do, ít nhất %d ký tự, và bước phải phù hợp với tình trạng hiện tại.", server.MinQuarantineReason))
	case errors.Is(err, server.ErrNotFound) && c.Param("id") == "":
		return again(http.StatusNotFound, "Không còn cờ này trong kỳ đang xem.")
	}
	return err
}

// A judgedView shows the headline as it counts and without what the flags are about.
type judgedView struct {
	Has                       bool
	Flagged                   string
	Share, Of, Interval       string
	WithoutShare, WithoutOf   string
	WithoutInterval, Sentence string
}

func (s *Site) newJudgedView(f *server.Suspicion) judgedView {
	v := judgedView{Has: f.Flagged > 0, Flagged: countText(f.Flagged)}
	target := s.svc.Survey().Target
	say := func(j server.Judged) (share, of, interval string) {
		w, ok := scoring.Wilson(j.X, j.N)
		if !ok {
			return "không có dữ liệu", "", ""
		}
		return percentText(float64(j.X)/float64(j.N), 2, target), countText(j.X) + "/" + countText(j.N), percentText(w.Lo, 1, target) + " – " + percentText(w.Hi, 1, target)
	}
	v.Share, v.Of, v.Interval = say(f.With)
	v.WithoutShare, v.WithoutOf, v.WithoutInterval = say(f.Without)
	with, _ := scoring.Explain(f.With.X, f.With.N, target)
	without, _ := scoring.Explain(f.Without.X, f.Without.N, target)
	if v.Sentence = "Bỏ " + v.Flagged + " phiếu bị gắn cờ thì kết luận vẫn là: " + strings.ToLower(newVerdictView(with, f.With.N).Text) + "."; newVerdictView(with, f.With.N).Text != newVerdictView(without, f.Without.N).Text {
		v.Sentence = "Bỏ " + v.Flagged + " phiếu bị gắn cờ thì kết luận đổi từ “" + strings.ToLower(newVerdictView(with, f.With.N).Text) + "” thành “" + strings.ToLower(newVerdictView(without, f.Without.N).Text) + "”."
	}
	return v
}

// asideSentence is what a card says of the answers that are not counted, "" where
// all are.
func asideSentence(d *server.IndexDocument) string {
	n := d.Quarantined
	if n == nil {
		return ""
	}
	text := "Không tính " + countText(n.Answers) + " phiếu đang cách ly"
	if n.Hidden || n.Share == nil {
		return text + "."
	}
	verdict, _ := scoring.Explain(n.X, n.N, d.Target)
	return text + "; tính cả: " + percentText(*n.Share, 2, d.Target) + " (" + countText(n.X) + "/" + countText(n.N) + ", " + strings.ToLower(newVerdictView(verdict, n.N).Text) + ")."
}
