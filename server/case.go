package server

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"time"

	"hailong/server/store"
)

// The clocks of a case, in working days: to take it on and say who handles it,
// to conclude it, to conclude one that needs to be looked into, and to tell
// the citizen once it is concluded.
const (
	ClockTake     = 2
	ClockSimple   = 5
	ClockThorough = 15
	ClockReply    = 2
)

// A CaseState says how far a case has come.
type CaseState string

// The states.
const (
	CaseNew       CaseState = "new"       // mới, chờ phân công
	CaseWorking   CaseState = "working"   // đang xử lý
	CaseConcluded CaseState = "concluded" // đã kết luận, chờ trả lời
	CaseReplied   CaseState = "replied"   // đã trả lời
)

// String gives the Vietnamese wording.
func (st CaseState) String() string {
	switch st {
	case CaseNew:
		return "Mới, chờ tiếp nhận"
	case CaseWorking:
		return "Đang xử lý"
	case CaseConcluded:
		return "Đã kết luận, chờ trả lời"
	case CaseReplied:
		return "Đã trả lời"
	}
	return ""
}

// A StepKind says what happened to a case.
type StepKind string

// The kinds of step.
const (
	StepOpened    StepKind = "opened"
	StepTaken     StepKind = "taken"
	StepNote      StepKind = "note"
	StepConcluded StepKind = "concluded"
	StepReplied   StepKind = "replied"
	StepReopened  StepKind = "reopened"
	StepEscalated StepKind = "escalated"
	StepOriginal  StepKind = "original"
	StepChanged   StepKind = "changed"   // by the citizen
	StepWithdrawn StepKind = "withdrawn" // by the citizen
	StepTopics    StepKind = "topics"
	StepEvidence  StepKind = "evidence"
	StepObjected  StepKind = "objected" // by the citizen, to the reply
)

// String gives the Vietnamese wording.
func (k StepKind) String() string {
	return map[StepKind]string{
		StepOpened: "Mở phản ánh", StepTaken: "Tiếp nhận", StepNote: "Ghi chú", StepConcluded: "Kết luận", StepReplied: "Trả lời người dân",
		StepReopened: "Mở lại", StepEscalated: "Quá hạn, chuyển lãnh đạo", StepOriginal: "Đọc nguyên văn",
		StepChanged: "Người dân sửa ý kiến", StepWithdrawn: "Người dân rút ý kiến",
		StepTopics: "Chủ đề", StepEvidence: "Tài liệu, chứng cứ", StepObjected: "Người dân chưa đồng ý với trả lời",
	}[k]
}

// A CaseStep is one thing that was done.
type CaseStep struct {
	At   time.Time `json:"at"`
	By   string    `json:"by,omitempty"` // "" is the system
	Kind StepKind  `json:"kind"`
	Note string    `json:"note,omitempty"`
	To   string    `json:"to,omitempty"` // of a StepTaken, who it was given to; "" is By
}

// A Case (phản ánh) is a comment that somebody has to answer. It knows the
// answer it came from and never the dossier. Its text is masked.
type Case struct {
	ID        string     `json:"-"`
	Version   int64      `json:"-"`
	Unit      string     `json:"unit"`
	Answer    string     `json:"answer"`
	Opened    Day        `json:"opened"`
	State     CaseState  `json:"state"`
	Due       Day        `json:"due"`                // the last day of the clock that runs
	Thorough  bool       `json:"thorough,omitempty"` // needs 15 working days
	Alleges   bool       `json:"alleges,omitempty"`  // sách nhiễu, tiền ngoài quy định
	Overall   string     `json:"overall,omitempty"`
	Field     string     `json:"field,omitempty"`
	Counter   string     `json:"counter,omitempty"`
	Officer   string     `json:"officer,omitempty"`
	Text      string     `json:"text"`
	Owner     string     `json:"owner,omitempty"`
	Reply     string     `json:"reply,omitempty"`
	Replied   Day        `json:"replied,omitempty"`
	Escalated bool       `json:"escalated,omitempty"`
	Rev       int        `json:"rev,omitempty"`    // of the answer that the text is of
	Topics    []string   `json:"topics,omitempty"` // chosen by somebody; see About
	Lang      string     `json:"lang,omitempty"`   // of the comment
	Files     []CaseFile `json:"files,omitempty"`  // evidence, see AttachEvidence
	Steps     []CaseStep `json:"steps"`
}

// Open reports whether somebody still has to do something.
func (c Case) Open() bool { return c.State != CaseReplied }

// Overdue reports whether the clock that runs has run out.
func (c Case) Overdue(today Day) bool { return c.Open() && c.Due < today }

func (c Case) order() string {
	if c.Open() {
		return c.Unit + "/1/" + string(c.Due)
	}
	return c.Unit + "/2/" + string(c.Replied)
}

func (c *Case) step(at time.Time, by string, k StepKind, note string) {
	c.Steps = append(c.Steps, CaseStep{At: at.UTC(), By: by, Kind: k, Note: note})
}

// hidden reports whether a user must not know of the case: it names them, or it
// could. Who is an officer of the dossiers sees no case but those given to them:
// were all but their own in their list, its length and the total of the report
// (see ComplaintFigures), which the whole house may read, would tell by their
// difference that there is one about them.
func (c Case) hidden(u User) bool {
	if (u.Role != RoleLeader && u.Role != RoleInspector) || c.names(u) {
		return true
	}
	return u.Officer != "" && !c.handledBy(u)
}

// handledBy reports whether a user has, or had, the case in hand.
func (c Case) handledBy(u User) bool {
	return u.Name != "" && (c.Owner == u.Name || slices.ContainsFunc(c.Steps, func(st CaseStep) bool {
		return st.Kind == StepTaken && cmp.Or(st.To, st.By) == u.Name
	}))
}

// names reports whether a user is the officer of the case.
func (c Case) names(u User) bool { return u.Officer != "" && Fold(u.Officer) == Fold(c.Officer) }

var allegation = regexp.MustCompile(`sach nhieu|vien co|nhung nhieu|hach sach|ngoai quy dinh|tien ngoai|phong bi|hoi lo|lot tay|boi duong|voi tien|vi vinh|doi (?:them )?(?:tien|qua)|lam tien|dut tien|an tien|phu phi`)

// Alleges reports whether a comment speaks of harassment or of money outside
// the rules (sách nhiễu, tiền ngoài quy định), by the words it uses.
func Alleges(comment string) bool { return allegation.MatchString(Fold(comment)) }

// earnsCase reports whether somebody has to answer: a comment with an overall
// rating of 2 or less, or one that alleges.
func (a Answer) earnsCase() bool {
	return a.Comment != "" && (a.Marks["overall"] == "1" || a.Marks["overall"] == "2" || Alleges(a.Comment))
}

func (s *Service) caseID(answer string) string { return oneWay(s.keys.cases, answer)[:16] }

func (s *Service) caseReceiptKey(receipt string) string {
	return oneWay(s.keys.cases, "receipt/"+receipt)
}

// openCase opens a case for an answer that earns one. Once: a second call changes nothing.
func (s *Service) openCase(ctx context.Context, a Answer, receipt string) error {
	if !a.earnsCase() {
		return nil
	}
	alleges := Alleges(a.Comment)
	id := s.caseID(a.ID)
	today := s.Today()
	c := Case{
		Unit: a.Unit, Answer: a.ID, Opened: today, State: CaseNew, Due: s.AfterWorkdays(today, ClockTake), Alleges: alleges, Thorough: alleges,
		Overall: a.Marks["overall"], Field: a.Field, Counter: a.Counter, Officer: a.Officer, Text: a.Comment, Lang: a.Lang,
	}
	c.step(today.Time(), "", StepOpened, "") // the day only: the second would lead to the dossier
	if err := insert(ctx, s.Store, collCases, id, c.order(), c); err != nil && !errors.Is(err, store.ErrExists) {
		return fmt.Errorf("opening a case: %w", err)
	}
	if receipt == "" {
		return nil
	}
	type link struct {
		Case string `json:"case"`
	}
	if err := insert(ctx, s.Store, collCaseReceipts, s.caseReceiptKey(receipt), "", link{id}); err != nil && !errors.Is(err, store.ErrExists) {
		return fmt.Errorf("opening a case: %w", err)
	}
	return nil
}

// A CaseStatus is what the citizen is told.
type CaseStatus struct {
	Opened  Day
	State   CaseState
	Due     Day    // until when the next step is promised; "" once replied
	Reply   string // masked; "" until there is one
	Replied Day
}

// CaseStatus returns how far the case of a receipt (mã biên nhận) has come, to
// whoever holds the receipt. Any case, blanks and a missing hyphen are taken.
// ErrNotFound: no case was opened for it; ErrInvalid: not a receipt.
func (s *Service) CaseStatus(ctx context.Context, receipt string) (CaseStatus, error) {
	r, err := parseReceipt(receipt)
	if err != nil {
		return CaseStatus{}, err
	}
	c, err := s.caseOf(ctx, r)
	if err != nil {
		return CaseStatus{}, err
	}
	return c.status(), nil
}

// caseOf reads the case of a receipt, or ErrNotFound.
func (s *Service) caseOf(ctx context.Context, receipt string) (Case, error) {
	var link struct {
		Case string `json:"case"`
	}
	_, err := get(ctx, s.Store, collCaseReceipts, s.caseReceiptKey(receipt), &link)
	if errors.Is(err, store.ErrNotFound) {
		return Case{}, fmt.Errorf("%w: no case for this receipt", ErrNotFound)
	}
	if err != nil {
		return Case{}, fmt.Errorf("looking up a receipt: %w", err)
	}
	return s.readCase(ctx, link.Case)
}

// status is what the citizen is told of a case.
func (c Case) status() CaseStatus {
	out := CaseStatus{Opened: c.Opened, State: c.State, Due: c.Due, Reply: c.Reply, Replied: c.Replied}
	if !c.Open() {
		out.Due = ""
	}
	return out
}

func (s *Service) readCase(ctx context.Context, id string) (Case, error) {
	c := Case{ID: id}
	version, err := get(ctx, s.Store, collCases, id, &c)
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrInvalid) {
		return Case{}, fmt.Errorf("%w: case", ErrNotFound)
	}
	c.ID, c.Version = id, version
	return c, err
}

// caseFor reads a case that the user may see; another is ErrNotFound.
func (s *Service) caseFor(ctx context.Context, u User, id string) (Case, error) {
	c, err := s.readCase(ctx, id)
	if err == nil && (c.hidden(u) || c.Unit != s.Config.Unit) {
		return Case{}, fmt.Errorf("%w: case", ErrNotFound)
	}
	return c, err
}

// Case returns one case and writes to the audit that the user looked at it. A
// case that names the user as its officer is ErrNotFound to them.
func (s *Service) Case(ctx context.Context, u User, id string) (Case, error) {
	c, err := s.caseFor(ctx, u, id)
	if err != nil {
		return Case{}, err
	}
	if err := s.Audit(ctx, u.Name, "case_view", id); err != nil {
		return Case{}, fmt.Errorf("writing the audit: %w", err)
	}
	return c, nil
}

// Cases lists the cases that a user may see, what is due first before the rest;
// with open only those that wait.
func (s *Service) Cases(ctx context.Context, u User, open bool) ([]Case, error) {
	r := store.Range{From: s.Config.Unit + "/1/", To: s.Config.Unit + "/3", ByOrder: true}
	if open {
		r.To = s.Config.Unit + "/2"
	}
	var out []Case
	for d, err := range s.Store.Scan(ctx, collCases, r) {
		if err != nil {
			return nil, fmt.Errorf("listing cases: %w", err)
		}
		c := Case{ID: d.Key, Version: d.Version}
		if err := json.Unmarshal(d.Body, &c); err != nil {
			return nil, fmt.Errorf("decoding a case: %w", err)
		}
		if !c.hidden(u) {
			out = append(out, c)
		}
	}
	slices.SortStableFunc(out, func(a, b Case) int {
		if a.Open() != b.Open() {
			return map[bool]int{true: -1, false: 1}[a.Open()]
		}
		if a.Open() {
			return cmp.Compare(a.Due, b.Due)
		}
		return cmp.Compare(b.Replied, a.Replied)
	})
	return out, nil
}

// EscalateCases marks the cases whose clock has run out, once for each clock,
// and returns how many it marked.
func (s *Service) EscalateCases(ctx context.Context) (n int, err error) {
	all, err := s.Cases(ctx, User{Role: RoleLeader}, true)
	if err != nil {
		return 0, err
	}
	today := s.Today()
	for _, c := range all {
		if c.Escalated || !c.Overdue(today) {
			continue
		}
		err := s.changeCase(ctx, User{Role: RoleLeader}, c.ID, c.Version, func(c *Case) error {
			c.Escalated = true
			c.step(s.Now(), "", StepEscalated, "Hạn "+c.Due.VI())
			return nil
		})
		if errors.Is(err, store.ErrConflict) {
			continue // somebody is at it
		}
		if err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}
