package web

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"hailong/scoring/survey"
	"hailong/server"
)

//go:embed templates/citizen.css
var citizenCSS string

// A citizenStyle is the style that stands inside every citizen's page, so that
// the first answer over a bad line is the whole page, and the policy that lets
// in exactly this style and nothing else; and the one script, for pages of slips.
type citizenStyle struct {
	css    template.CSS
	policy string
	draft  draftScript
}

func newCitizenStyle() citizenStyle {
	lines := strings.Split(citizenCSS, "\n")
	for i, l := range lines {
		lines[i] = strings.TrimSpace(l)
	}
	css := strings.Join(lines, "\n")
	sum := sha256.Sum256([]byte(css))
	return citizenStyle{
		draft: newDraftScript(),
		css:   template.CSS(css), //nolint:gosec // our own file
		policy: "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
			"'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
	}
}

// A look is what every citizen's page shows around its content.
type look struct {
	Lang  string
	Demo  bool
	Style template.CSS
	Draft draft // of the slip that the page is about
	// Other is the language that the page offers to change to; "" where
	// changing would lose what was typed.
	Other string
}

func (s *Site) look(c *gin.Context) look {
	l := look{Lang: language(c), Demo: s.demo, Style: s.citizen.css, Other: "en"}
	if l.Lang == "en" {
		l.Other = "vi"
	}
	if c.Request.Method != "GET" {
		l.Other = ""
	}
	return l
}

// T says a phrase in the language of the page.
func (l look) T(vi, en string) string { return survey.Text{VI: vi, EN: en}.In(l.Lang) }

// showCitizen shows a page that embeds a look.
func (s *Site) showCitizen(c *gin.Context, status int, name string, page interface{ scripted() bool }) error {
	policy := s.citizen.policy
	if page.scripted() {
		policy += "; script-src 'self'"
	}
	return s.show(c, status, name, policy, page)
}

// A surveyPage is the survey as one form.
type surveyPage struct {
	look
	Title  string
	About  string // the procedure
	Place  string // where a poster hangs, in Vietnamese
	Once   string // of a form that came without a slip
	Office string // who asks
	Action string
	// Change is the last day for putting another answer in the place of an
	// earlier one, where the page is for that; Withdraw leads to withdrawing it.
	Change   server.Day
	Withdraw string
	Overall  []question // none or one
	Others   []question
	Asked    *group  // the criteria that this slip asks about; nil where none
	More     []group // the criteria behind a heading to open
	Open     bool    // which is open: something in it was chosen or is wrong
	Comment  comment
	Summary  []fault // what has to be put right, with links to it
	Trouble  bool    // ours: please send again
	Busy     bool    // too many by this poster or device
}

// A group is an element of the full form with its criteria.
type group struct {
	Title     string
	Questions []question
}

// A question is one item with its levels as a row of faces.
type question struct {
	ID, Text, Detail string
	Why              string // asks for the reasons
	Required         bool
	Choices          []choice
	Reasons          []reason // why not satisfied, shown after a low level
	Error            string
}

// A choice is one level, or "không phát sinh", which has no face.
type choice struct {
	ID, Name, Value, Text string
	Face                  face
	Checked               bool
	Low                   bool // reasons follow it
}

// A reason is one thing that may be wrong, to be ticked.
type reason struct {
	ID, Value, Text string
	Checked         bool
}

// A face is told from the next by its mouth, never by colour alone.
type face struct{ Mouth, Fill string }

type comment struct {
	Text  string
	Max   int
	Error string
}

type fault struct{ Target, Text string }

// faultLong is the one fault that only free text can have.
const faultLong survey.FaultKind = "long"

// surveyPage builds the page; f is what was sent before, nil at first.
func (s *Site) surveyPage(ctx context.Context, c *gin.Context, code server.SlipCode, f form) *surveyPage {
	p := s.blankPage(c, f)
	p.About, p.Action = s.about(ctx, code), slipPath(code, p.Lang)
	p.Draft = s.draft(code, false)
	asked := -1
	if s.svc.Config.Detail == server.DetailRotate {
		asked = s.svc.RotatedElement(code)
	}
	p.detail(s.svc, asked, f)
	return p
}

// blankPage is the short form with what was sent before; whose it is and where it
// goes to is still to be said.
func (s *Site) blankPage(c *gin.Context, f form) *surveyPage {
	sv, l := s.svc.Survey(), s.look(c)
	p := &surveyPage{look: l, Title: sv.Title.In(l.Lang), Office: s.svc.Profile().Name,
		Comment: comment{Text: f.one("comment"), Max: server.MaxComment}}
	for _, it := range sv.Items() {
		q := newQuestion(sv, it, l.Lang, f.one(it.ID))
		for _, r := range it.Reasons {
			q.Reasons = append(q.Reasons, reason{"why-" + r.ID, r.ID, r.Text.In(l.Lang), slices.Contains(f[reasonField], r.ID)})
		}
		if it.Element < 0 {
			p.Overall = append(p.Overall, q)
		} else {
			p.Others = append(p.Others, q)
		}
	}
	return p
}

// detail adds the criteria of the full form, as far as the page asks for them:
// those of one element in sight, where asked is one, and the others to open.
func (p *surveyPage) detail(svc *server.Service, asked int, f form) {
	if svc.Config.Detail == server.DetailOff {
		return
	}
	full := svc.DetailSurvey()
	groups := make([]group, len(full.Elements))
	for i, el := range full.Elements {
		groups[i].Title = el.Text.In(p.Lang)
	}
	for _, it := range full.Items() {
		if it.Element >= 0 {
			g := &groups[it.Element]
			g.Questions = append(g.Questions, newQuestion(full, it, p.Lang, f.one(it.ID)))
		}
	}
	if asked >= 0 {
		p.Asked = &groups[asked]
	}
	for i, g := range groups {
		if i == asked {
			continue
		}
		p.More = append(p.More, g)
		for _, q := range g.Questions {
			p.Open = p.Open || f.one(q.ID) != ""
		}
	}
}

// questions are all questions of the page.
func (p *surveyPage) questions() [][]question {
	all := [][]question{p.Overall, p.Others}
	if p.Asked != nil {
		all = append(all, p.Asked.Questions)
	}
	for _, g := range p.More {
		all = append(all, g.Questions)
	}
	return all
}

func newQuestion(sv *survey.Survey, it survey.Item, lang, given string) question {
	text, detail, _ := strings.Cut(strings.TrimSuffix(it.Text.In(lang), "."), " (")
	q := question{ID: it.ID, Text: text, Why: survey.Text{VI: "Điều gì chưa được? Chọn nếu có.", EN: "What was not right? Tick if you like."}.In(lang), Detail: strings.TrimSuffix(detail, ")"), Required: it.Element < 0}
	for i, level := range sv.Levels {
		value := strconv.Itoa(level.Value)
		q.Choices = append(q.Choices, choice{ID: it.ID + "-" + value, Name: it.ID, Value: value, Text: level.Text.In(lang), Face: faceOf(i, len(sv.Levels)), Checked: given == value, Low: len(it.Reasons) > 0 && !slices.Contains(sv.Satisfied, level.Value)})
	}
	if it.Optional {
		q.Choices = append(q.Choices, choice{ID: it.ID + "-N", Name: it.ID, Value: "N", Text: survey.Text{VI: "Không phát sinh", EN: "Does not apply"}.In(lang), Checked: given == "N"})
	}
	return q
}

// faceOf draws the mouth of level i of n on a head of 32 by 32, from an open
// frown over a straight line to an open smile.
func faceOf(i, n int) face {
	t := 2*float64(i)/float64(n-1) - 1 // -1 … 1
	switch {
	case t == 1:
		return face{"M8.5 18Q16 20 23.5 18Q22 26 16 26T8.5 18Z", "currentColor"}
	case t == -1:
		return face{"M8.5 25.5Q16 23.5 23.5 25.5Q22 18 16 18T8.5 25.5Z", "currentColor"}
	}
	return face{fmt.Sprintf("M10 %.4gQ16 %.4g 22 %.4g", 21-3*t, 21+7*t, 21-3*t), "none"}
}

// fault writes what is wrong beside each field and into the summary.
func (p *surveyPage) fault(list []survey.Fault) {
	for _, x := range list {
		text := x.Text().In(p.Lang)
		if x.Item == "comment" {
			p.Comment.Error = p.T("Ý kiến quá dài: tối đa 2.000 ký tự.", "The comment is too long: at most 2,000 characters.")
			if x.Kind == survey.FaultRepeated {
				p.Comment.Error = p.T("Ý kiến được gửi hai lần.", "The comment was sent twice.")
			}
			p.Summary = append(p.Summary, fault{"comment", p.Comment.Error})
			continue
		}
		target := ""
		for _, qs := range p.questions() {
			for i := range qs {
				if qs[i].ID == x.Item {
					qs[i].Error, target = text, qs[i].Choices[0].ID
					text = qs[i].Text + " – " + text
				}
			}
		}
		p.Summary = append(p.Summary, fault{target, text})
	}
}
