package web

import (
	"cmp"
	"context"
	"errors"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"hailong/kiosk"
	"hailong/scoring/survey"
	"hailong/server"
)

// deviceCookieDays is how long a paired kiosk stays paired without being used;
// every visit of the shell starts the time again.
const deviceCookieDays = 365

// thanksRefresh leads from the form's thanks to the next citizen's page, after
// time enough to write the receipt down; there is a button for whoever is faster.
const thanksRefresh = "30; url=/kiosk"

// A kioskPage is the shell: every screen of the kiosk, and where no script
// runs a form.
type kioskPage struct {
	Lang    string
	Unit    string
	Demo    bool
	Paired  bool
	Counter string // where the device stands
	// PairError says why pairing failed.
	PairError *survey.Text

	Survey      string
	Low, Levels int
	Satisfied   string // the values that count as satisfied, with spaces between
	Questions   []kioskQuestion
	Letters     [4][]string // of the keyboard for a comment, row by row, without the last row
	MaxText     int         // of a comment written at the kiosk, in characters
	ID          string      // of the answer that the form would send
	Trouble     *survey.Text

	Keys [][]string // for a slip's code, in groups of eight

	Thanked bool // the form's answer is stored
	Receipt string

	Style                     template.CSS
	Loader                    template.JS
	Outbox, Pair, Parts, Wasm string // addresses; Wasm is "" where the form is all there is
	Version                   string // of the page and its files, for the board
}

// A kioskQuestion is one question with its faces, in both languages: the
// kiosk changes language without asking the server.
type kioskQuestion struct {
	ID                string
	Title, Detail     survey.Text
	Overall, Optional bool
	Number, Of        int
	Dots              []bool
	Faces             []kioskFace
	Reasons           []kioskReason
	NA                bool // "không phát sinh" is chosen
	Fault             survey.Text
}

// A kioskFace is one level. Step is 1 to 5 whatever the scale: it names the
// drawing.
type kioskFace struct {
	Item, Value string
	Step        int
	Text        survey.Text
	Low         bool // not satisfied: reasons follow it
	Checked     bool
}

// A kioskReason is one thing that may be wrong. Checked is of the form.
type kioskReason struct {
	ID      string
	Text    survey.Text
	Checked bool
}

// kioskPage builds the shell for a device; f is what its form sent before.
func (s *Site) kioskPage(c *gin.Context, device server.Token, paired bool, f form) *kioskPage {
	sv := s.svc.Survey()
	p := &kioskPage{
		Lang: "vi", Unit: s.svc.Profile().Full, Demo: s.demo, Paired: paired, Counter: device.Counter,
		Survey: sv.ID, Low: sv.Low(), Levels: len(sv.Levels), ID: f.one("id"),
		Letters: kioskKeys(), MaxText: kiosk.MaxText,
		Style: s.kiosk.style, Keys: slices.Collect(slices.Chunk(strings.Split(kiosk.SlipAlphabet, ""), 8)), Outbox: s.kiosk.url("outbox.js"), Pair: s.kiosk.url("pair.js"),
	}
	for i, v := range sv.Satisfied {
		if i > 0 {
			p.Satisfied += " "
		}
		p.Satisfied += strconv.Itoa(v)
	}
	if c.Query("lang") == "en" || f.one("lang") == "en" { // a kiosk's browser has no wish of its own
		p.Lang = "en"
	}
	if paired && s.kiosk.built {
		p.Version = cmp.Or(s.version, "dev") + " " + s.kiosk.byName["kiosk.wasm"].hash[:6]
		p.Loader, p.Parts, p.Wasm = s.kiosk.loader, s.kiosk.url("parts.js"), s.kiosk.url("kiosk.wasm")
	}
	items := sv.Items()
	of := len(items)
	if sv.HasOverall() { // it is asked first, and does not count as a step
		items = append(items[of-1:of:of], items[:of-1]...)
		of--
	}
	for i, it := range items {
		if !sv.HasOverall() {
			i++
		}
		p.Questions = append(p.Questions, newKioskQuestion(sv, it, i, of, f))
	}
	return p
}

func newKioskQuestion(sv *survey.Survey, it survey.Item, number, of int, f form) kioskQuestion {
	given := f.one(it.ID)
	q := kioskQuestion{ID: it.ID, Overall: it.Element < 0, Optional: it.Optional && it.Element >= 0, Number: number, Of: of, NA: given == "N"}
	q.Title, q.Detail = splitText(it.Text)
	for i := range of {
		q.Dots = append(q.Dots, i < number)
	}
	for _, r := range it.Reasons {
		q.Reasons = append(q.Reasons, kioskReason{r.ID, r.Text, slices.Contains(f[reasonField], r.ID)})
	}
	for i, l := range sv.Levels {
		v := strconv.Itoa(l.Value)
		q.Faces = append(q.Faces, kioskFace{it.ID, v, faceStep(i, len(sv.Levels)), l.Text, len(it.Reasons) > 0 && !slices.Contains(sv.Satisfied, l.Value), v == given})
	}
	return q
}

// kioskKeys are the keys as they stand on Vietnamese keyboards.
func kioskKeys() (rows [4][]string) {
	for i, row := range [4]string{"1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm"} {
		rows[i] = strings.Split(row, "")
	}
	return rows
}

// splitText takes "Thủ tục hành chính (niêm yết, phí)" apart, for each language.
func splitText(t survey.Text) (title, detail survey.Text) {
	cut := func(s string) (string, string) {
		before, after, ok := strings.Cut(s, " (")
		if !ok || !strings.HasSuffix(after, ")") {
			return s, ""
		}
		return before, strings.TrimSuffix(after, ")")
	}
	title.VI, detail.VI = cut(t.VI)
	title.EN, detail.EN = cut(t.EN)
	return title, detail
}

// faceStep chooses one of the five drawings for level i of n, 0 the lowest.
func faceStep(i, n int) int {
	if n < 2 {
		return 3
	}
	return 1 + (4*i+(n-1)/2)/(n-1)
}

// kioskDevice returns the paired device. A store that cannot be asked just now
// does not unpair it: the kiosk keeps what it is given.
func (s *Site) kioskDevice(c *gin.Context) (device server.Token, paired bool, err error) {
	device, err = s.device(c)
	switch {
	case err == nil:
		return device, true, nil
	case errors.Is(err, errUnauthorized) || errors.Is(err, server.ErrForbidden):
		return server.Token{}, false, nil
	case isUnavailable(err):
		return server.Token{}, true, nil
	}
	return server.Token{}, false, err
}

// kioskShell shows the kiosk, or on an unknown device how to make it one.
func (s *Site) kioskShell(c *gin.Context) error {
	device, paired, err := s.kioskDevice(c)
	if err != nil {
		return err
	}
	if !s.kiosk.built {
		s.kiosk.unsaid.Do(func() {
			s.log.WarnContext(c.Request.Context(), "the kiosk is not compiled into this program and runs as a plain form; run `make kiosk` before building")
		})
	}
	p := s.kioskPage(c, device, paired, nil)
	if err := s.freshID(p); err != nil {
		return err
	}
	if cookie, err := c.Request.Cookie(deviceCookie); err == nil && paired {
		s.setDevice(c, cookie.Value)
	}
	return s.show(c, http.StatusOK, "kiosk", s.kiosk.policy, p)
}

// freshID names the answer that the form will send, so that sending it twice
// stores it once.
func (s *Site) freshID(p *kioskPage) error {
	id, err := uuid.NewRandomFromReader(s.svc.Rand)
	p.ID = id.String()
	return err
}

// kioskForm takes an answer from a kiosk on which the machine does not run.
func (s *Site) kioskForm(c *gin.Context) error {
	ctx, cancel := context.WithTimeout(c.Request.Context(), citizenPatience)
	defer cancel()
	f, err := readForm(c)
	if err != nil {
		return err
	}
	speak(c, f.one("lang"))
	device, err := s.device(c)
	if errors.Is(err, errUnauthorized) || errors.Is(err, server.ErrForbidden) {
		return s.show(c, http.StatusForbidden, "kiosk", s.kiosk.policy, s.kioskPage(c, server.Token{}, false, nil))
	}
	var receipt server.Receipt
	if err == nil {
		receipt, err = s.acceptForm(ctx, device, f)
	}
	p := s.kioskPage(c, device, true, f)
	var wrong *server.Faults
	switch {
	case err == nil:
		result := answerStored
		if receipt.Already {
			result = answerAlready
		}
		s.countAnswer(server.LaneWalkUp, result)
		p.Thanked, p.Receipt = true, receipt.Code
		p.Loader, p.Parts, p.Wasm = "", "", "" // the next page starts the machine
		c.Header("Refresh", thanksRefresh)     // a receipt is not for the next in line
		return s.show(c, http.StatusOK, "kiosk", s.kiosk.policy, p)
	case errors.As(err, &wrong):
		s.countAnswer(server.LaneWalkUp, answerRefused)
		p.fault(wrong.List)
		return s.formAgain(c, http.StatusUnprocessableEntity, p)
	case errors.Is(err, server.ErrAnswered):
		// The page was left open, or come back to, and another answer given on
		// it: that is a new answer, which has to be sent once more.
		s.countAnswer(server.LaneWalkUp, answerConflict)
		if err := s.freshID(p); err != nil {
			return err
		}
		p.Trouble = &survey.Text{VI: "Một đánh giá khác đã được gửi từ trang này. Nếu đây là đánh giá mới, xin bấm “Gửi đánh giá” lần nữa.", EN: "Another rating was sent from this page before. If this is a new one, please press “Send my rating” once more."}
		return s.formAgain(c, http.StatusConflict, p)
	case errors.Is(err, errLimited), s.trouble(c, err):
		p.Trouble = &survey.Text{VI: "Hệ thống tạm thời chưa nhận được. Lựa chọn của ông/bà vẫn còn ở dưới: xin đợi một phút rồi bấm “Gửi đánh giá” lần nữa.", EN: "The service cannot take this just now. Your choices are still below: please wait a minute and press “Send my rating” once more."}
		c.Header("Retry-After", "60")
		return s.formAgain(c, failureOf(err).status, p)
	}
	s.countAnswer(server.LaneWalkUp, answerRefused)
	return err
}

// acceptForm stores what the form says.
func (s *Site) acceptForm(ctx context.Context, device server.Token, f form) (server.Receipt, error) {
	id, err := uuid.Parse(f.one("id"))
	if err != nil {
		return server.Receipt{}, server.ErrInvalid
	}
	sub, faults := s.submission(f)
	delete(sub.Given, "id")
	if len(faults) > 0 {
		return server.Receipt{}, &server.Faults{List: faults}
	}
	sub.Lane, sub.Counter, sub.Lang = server.LaneWalkUp, device.Counter, f.one("lang")
	return s.svc.AcceptWalkUp(ctx, id.String(), sub)
}

// formAgain shows the form with what was chosen and what is wrong. The machine
// is left out: it would start from nothing.
func (s *Site) formAgain(c *gin.Context, status int, p *kioskPage) error {
	p.Loader, p.Parts, p.Wasm = "", "", ""
	return s.show(c, status, "kiosk", s.kiosk.policy, p)
}

// fault writes what is wrong beside each question.
func (p *kioskPage) fault(list []survey.Fault) {
	for _, x := range list {
		for i := range p.Questions {
			if q := &p.Questions[i]; q.ID == x.Item {
				q.Fault = x.Text()
			}
		}
	}
	p.Trouble = &survey.Text{VI: "Xin xem lại chỗ được đánh dấu rồi gửi lại. Những lựa chọn khác vẫn còn.", EN: "Please look at what is marked and send again. Your other choices are kept."}
}

// kioskPair makes a kiosk of the browser that knows a device's token.
func (s *Site) kioskPair(c *gin.Context) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	token := strings.TrimSpace(f.one("token"))
	s = s.ofToken(c.Request.Context(), token)
	t, err := s.svc.TokenOf(c.Request.Context(), token)
	if err == nil && t.Role != server.RoleDevice {
		err = server.ErrForbidden
	}
	if errors.Is(err, server.ErrForbidden) {
		p := s.kioskPage(c, server.Token{}, false, nil)
		p.PairError = &survey.Text{VI: "Mã thiết bị không đúng hoặc đã bị thu hồi.", EN: "The device token is wrong or was revoked."}
		return s.show(c, http.StatusUnprocessableEntity, "kiosk", s.kiosk.policy, p)
	}
	if err != nil {
		return err
	}
	s.setDevice(c, token)
	c.Redirect(http.StatusSeeOther, "/kiosk")
	return nil
}

// setDevice keeps the token in the browser, out of reach of scripts.
func (s *Site) setDevice(c *gin.Context, token string) {
	http.SetCookie(c.Writer, &http.Cookie{
		Name: deviceCookie, Value: token, Path: "/", MaxAge: deviceCookieDays * 24 * 60 * 60,
		HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: c.Request.TLS != nil || strings.HasPrefix(s.svc.Config.BaseURL, "https:"),
	})
}
