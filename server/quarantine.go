package server

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"hailong/scoring"
	"hailong/server/ledger"
	"hailong/server/store"
)

// A QuarantineState says how far a decision has come.
type QuarantineState string

// The states.
const (
	QuarantineProposed QuarantineState = "proposed" // đề nghị, chờ người thứ hai ký
	QuarantineInForce  QuarantineState = "in_force" // có hiệu lực
	QuarantineRefused  QuarantineState = "refused"  // không được ký
	QuarantineLifting  QuarantineState = "lifting"  // có hiệu lực, đề nghị gỡ
	QuarantineLifted   QuarantineState = "lifted"   // đã gỡ
)

// String gives the Vietnamese wording.
func (st QuarantineState) String() string {
	return map[QuarantineState]string{
		QuarantineProposed: "Đề nghị, chờ người thứ hai ký", QuarantineInForce: "Đang cách ly", QuarantineRefused: "Không cách ly",
		QuarantineLifting: "Đang cách ly, chờ ký gỡ", QuarantineLifted: "Đã gỡ cách ly",
	}[st]
}

// A QuarantineStep is what somebody decides.
type QuarantineStep string

// The steps. Sign and Refuse answer whatever was proposed last.
const (
	StepPropose QuarantineStep = "propose" // đề nghị cách ly
	StepSign    QuarantineStep = "sign"    // ký
	StepRefuse  QuarantineStep = "refuse"  // không ký, rút lại
	StepLift    QuarantineStep = "lift"    // đề nghị gỡ
)

// String gives the Vietnamese wording.
func (k QuarantineStep) String() string {
	return map[QuarantineStep]string{StepPropose: "Đề nghị cách ly", StepSign: "Ký", StepRefuse: "Không ký", StepLift: "Đề nghị gỡ cách ly"}[k]
}

// A QuarantineEntry is one step of a decision (quyết định cách ly), as it is
// stored: inserted once under its number, never changed, and a line of the
// ledger each.
type QuarantineEntry struct {
	Unit     string         `json:"unit"`
	Decision string         `json:"decision"`
	Number   int            `json:"number"`
	Step     QuarantineStep `json:"step"`
	By       string         `json:"by"`
	At       time.Time      `json:"at"`
	Reason   string         `json:"reason"`
	// Of a proposal: the flag, what it is about, and the answers by day as they
	// were then. Later answers are never swept in.
	Flag    string           `json:"flag,omitempty"`
	Batch   *Batch           `json:"batch,omitempty"`
	N       int64            `json:"n,omitempty"`
	Answers map[Day][]string `json:"answers,omitempty"`
}

// A Quarantine (cách ly) is a batch of answers that two people took out of the
// headline, or may take out. The answers stay stored, stay in the ledger, and
// every figure is shown with and without them.
type Quarantine struct {
	ID    string
	Flag  string
	Batch Batch
	State QuarantineState
	N     int64
	Steps []QuarantineEntry // oldest first
	ids   map[Day][]string
}

// Excludes reports whether the answers are out of the headline: two people
// signed, and no two signed that they come back.
func (q Quarantine) Excludes() bool {
	return q.State == QuarantineInForce || q.State == QuarantineLifting
}

// pending is the step that waits for a second person, nil where none does.
func (q Quarantine) pending() *QuarantineEntry {
	if q.State == QuarantineProposed || q.State == QuarantineLifting {
		return &q.Steps[len(q.Steps)-1]
	}
	return nil
}

// MaySign reports whether a user may sign what is proposed: everybody who
// decides but the one who proposed it.
func (q Quarantine) MaySign(u User) bool {
	p := q.pending()
	return p != nil && decides(u) && p.By != u.Name
}

func decides(u User) bool { return u.Role == RoleLeader || u.Role == RoleInspector }

// next is the state after a step; ok is false where it does not fit.
func (st QuarantineState) next(step QuarantineStep) (QuarantineState, bool) {
	to, ok := map[QuarantineState]map[QuarantineStep]QuarantineState{
		"":                 {StepPropose: QuarantineProposed},
		QuarantineProposed: {StepSign: QuarantineInForce, StepRefuse: QuarantineRefused},
		QuarantineInForce:  {StepLift: QuarantineLifting},
		QuarantineLifting:  {StepSign: QuarantineLifted, StepRefuse: QuarantineInForce},
	}[st][step]
	return to, ok
}

// maxQuarantine is the largest batch, in answers.
const maxQuarantine = 5000

// MinQuarantineReason is the shortest reason, in characters.
const MinQuarantineReason = 10

// Quarantines lists the decisions, the newest first. ErrInvalid: a stored
// history is not one that this service writes.
func (s *Service) Quarantines(ctx context.Context) ([]Quarantine, error) {
	var out []Quarantine
	for doc, err := range s.Store.Scan(ctx, collQuarantines, store.Range{From: s.Config.Unit + "/", To: s.Config.Unit + "0"}) {
		if err != nil {
			return nil, fmt.Errorf("reading quarantines: %w", err)
		}
		var e QuarantineEntry
		if err := json.Unmarshal(doc.Body, &e); err != nil {
			return nil, fmt.Errorf("decoding a quarantine: %w", err)
		}
		if e.Step == StepPropose {
			out = append(out, Quarantine{ID: e.Decision, Flag: e.Flag, N: e.N, ids: e.Answers})
			if e.Batch != nil {
				out[len(out)-1].Batch = *e.Batch
			}
		}
		if len(out) == 0 {
			return nil, fmt.Errorf("%w: a quarantine begins with %q", ErrInvalid, e.Step)
		}
		q := &out[len(out)-1]
		to, ok := q.State.next(e.Step)
		if !ok || q.ID != e.Decision || e.Number != len(q.Steps)+1 || e.Step == StepSign && e.By == q.Steps[len(q.Steps)-1].By {
			return nil, fmt.Errorf("%w: the history of quarantine %s has no such step %d", ErrInvalid, e.Decision, e.Number)
		}
		q.State, q.Steps = to, append(q.Steps, e)
	}
	slices.SortStableFunc(out, func(a, b Quarantine) int { return b.Steps[0].At.Compare(a.Steps[0].At) })
	return out, nil
}

// ProposeQuarantine proposes to take the batch of a flag out of the headline.
// The flag is found by looking at the span again, so that nobody can choose
// answers by what they say. ErrNotFound: no such flag in the span; ErrInvalid:
// no reason, or nobody can say which answers it is about; store.ErrExists: there
// is a decision about it; ErrForbidden: the user does not decide.
func (s *Service) ProposeQuarantine(ctx context.Context, u User, from, to Day, flag, reason string) (string, error) {
	if !decides(u) {
		return "", ErrForbidden
	}
	found, err := s.Suspicions(ctx, u, from, to)
	if err != nil {
		return "", err
	}
	i := slices.IndexFunc(found.Flags, func(f Flag) bool { return f.ID == flag })
	if i < 0 {
		return "", fmt.Errorf("%w: flag", ErrNotFound)
	}
	f := found.Flags[i]
	n := int64(0)
	for _, list := range f.answers {
		slices.Sort(list)
		n += int64(len(list))
	}
	switch {
	case f.Decision != "":
		return "", fmt.Errorf("the flag has a decision: %w", store.ErrExists)
	case n == 0 || n > maxQuarantine:
		return "", fmt.Errorf("%w: the flag is about %d answers", ErrInvalid, n)
	}
	var b [8]byte
	if _, err := s.Rand.Read(b[:]); err != nil {
		return "", fmt.Errorf("naming a quarantine: %w", err)
	}
	id := fmt.Sprintf("%x", b)
	e := QuarantineEntry{Decision: id, Number: 1, Step: StepPropose, Reason: reason, Flag: f.ID, Batch: &f.Batch, N: n, Answers: f.answers}
	return id, s.decide(ctx, u, e)
}

// DecideQuarantine takes the next step of a decision. Number is the number of
// steps that the user saw: store.ErrConflict where there are more by now.
// ErrForbidden: the user does not decide, or would sign what they proposed.
// ErrInvalid: the step does not fit, or there is no reason.
func (s *Service) DecideQuarantine(ctx context.Context, u User, id string, number int, step QuarantineStep, reason string) error {
	all, err := s.Quarantines(ctx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(q Quarantine) bool { return q.ID == id })
	if i < 0 {
		return fmt.Errorf("%w: quarantine", ErrNotFound)
	}
	q := all[i]
	_, fits := q.State.next(step)
	switch {
	case !decides(u) || step == StepSign && q.pending() != nil && !q.MaySign(u):
		return ErrForbidden
	case number != len(q.Steps):
		return fmt.Errorf("the decision went on: %w", store.ErrConflict)
	case !fits || step == StepPropose:
		return fmt.Errorf("%w: no such step now", ErrInvalid)
	}
	return s.decide(ctx, u, QuarantineEntry{Decision: id, Number: number + 1, Step: step, Reason: reason})
}

// decide stores a step, enters it in the ledger and writes the audit. A crash
// after the first leaves the ledger's line to the next step, or to a recount.
func (s *Service) decide(ctx context.Context, u User, e QuarantineEntry) error {
	officers, err := s.officers(ctx)
	if err != nil {
		return err
	}
	e.Reason = Mask(cleanComment(strings.TrimSpace(e.Reason)), officers)
	if utf8.RuneCountInString(e.Reason) < MinQuarantineReason {
		return fmt.Errorf("%w: a reason of %d characters is needed", ErrInvalid, MinQuarantineReason)
	}
	e.Unit, e.By, e.At = s.Config.Unit, u.Name, s.Now().In(Zone).Truncate(time.Second)
	err = insert(ctx, s.Store, collQuarantines, fmt.Sprintf("%s/%s/%04d", e.Unit, e.Decision, e.Number), "", e)
	if errors.Is(err, store.ErrExists) {
		return fmt.Errorf("somebody else was faster: %w", store.ErrConflict)
	}
	if err != nil {
		return fmt.Errorf("storing a decision: %w", err)
	}
	if err := s.Audit(ctx, u.Name, "quarantine_"+string(e.Step), e.Decision); err != nil {
		return fmt.Errorf("writing the audit: %w", err)
	}
	return s.enterDecisions(ctx)
}

// line is the entry's line in the ledger: the SHA-256 of the entry as stored.
func (e QuarantineEntry) line() (ledger.Record, error) {
	body, err := json.Marshal(e)
	if err != nil {
		return ledger.Record{}, fmt.Errorf("encoding a decision: %w", err)
	}
	return ledger.Record{Kind: ledger.Quarantine, Subject: DayOf(e.At).Month(), Hash: sha256.Sum256(append([]byte("hailong/cach-ly\n"), body...))}, nil
}

// enterDecisions enters every step that the ledger does not have.
func (s *Service) enterDecisions(ctx context.Context) error {
	all, err := s.Quarantines(ctx)
	if err != nil {
		return err
	}
	for _, q := range slices.Backward(all) {
		for _, e := range q.Steps {
			r, err := e.line()
			if err != nil {
				return err
			}
			if _, _, err := s.Record(ctx, r); err != nil {
				return fmt.Errorf("entering a decision in the ledger: %w", err)
			}
		}
	}
	return nil
}

// excluded are the ids of the answers of from..to that are out of the headline,
// by day; nil where there are none.
func (s *Service) excluded(ctx context.Context, from, to Day) (map[Day]map[string]bool, error) {
	all, err := s.Quarantines(ctx)
	if err != nil {
		return nil, err
	}
	var out map[Day]map[string]bool
	for _, q := range all {
		if !q.Excludes() {
			continue
		}
		for day, list := range q.ids {
			if day < from || day > to {
				continue
			}
			if out == nil {
				out = map[Day]map[string]bool{}
			}
			if out[day] == nil {
				out[day] = map[string]bool{}
			}
			for _, id := range list {
				out[day][id] = true
			}
		}
	}
	return out, nil
}

// keptAnswers is Answers with the ids under which they are stored.
func (s *Service) keptAnswers(ctx context.Context, from, to Day) iter.Seq2[Answer, error] {
	return func(yield func(Answer, error) bool) {
		for a, err := range s.storedAnswers(ctx, from, to) {
			if err == nil && a.Withdrawn {
				continue
			}
			if !yield(a, err) || err != nil {
				return
			}
		}
	}
}

// A QuarantineNote says what the headline would be with the answers that two
// people took out of it (chỉ số gồm cả phiếu cách ly).
type QuarantineNote struct {
	// Answers are out of every figure of the document but these.
	Answers int64 `json:"answers"`
	// X of N with them, of the item that is judged.
	X      int64             `json:"x,omitempty"`
	N      int64             `json:"n,omitempty"`
	Share  *float64          `json:"share,omitempty"`
	Wilson *scoring.Interval `json:"wilson,omitempty"`
	// Hidden is true for those who see no small cells: then there is no figure.
	Hidden bool `json:"hidden,omitempty"`
}

// quarantineNote is nil where no answer of the part is quarantined.
func (c *Cube) quarantineNote(f Filter, t *scoring.Tally) *QuarantineNote {
	if len(c.aside) == 0 {
		return nil
	}
	out := &QuarantineNote{}
	aside := scoring.NewCounts(c.Survey)
	k, items := c.cut(f, nil), len(c.Survey.Items())
	for _, r := range c.aside {
		for i, cell := range r.cells {
			if k.day(r.day) >= 0 && k.cells[cell] >= 0 {
				aside.Add(r.marks[i*items : (i+1)*items])
				out.Answers++
			}
		}
	}
	if out.Answers == 0 {
		return nil
	}
	if item := headline(c.Survey); item >= 0 {
		x, n := t.Item(item)
		dx, dn := aside.Item(item)
		out.X, out.N = x+dx, n+dn
		if w, ok := scoring.Wilson(out.X, out.N); ok {
			share := float64(out.X) / float64(out.N)
			out.Share, out.Wilson = &share, &w
		}
	}
	return out
}

// hide leaves of a note what outsiders may see: how many answers were taken out,
// which says nothing of what they were. With the figure that holds them, those
// of two periods would give a small batch away.
func (n *QuarantineNote) hide() *QuarantineNote {
	if n == nil {
		return nil
	}
	return &QuarantineNote{Answers: n.Answers, Hidden: true}
}
