package demo

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"hailong/server"
	"hailong/server/importer"
)

//go:embed 2024.xlsx
var sampleYear []byte

// writers is how many dossiers are worked on at once, so that a store with
// group commit has something to group.
const writers = 32

// importYear reads the sample year as an office would import its own.
func importYear(ctx context.Context, svc *server.Service) error {
	f, err := importer.Read(bytes.NewReader(sampleYear), int64(len(sampleYear)), importer.Options{})
	if err != nil {
		return err
	}
	report, err := importer.Import(ctx, svc, "2024.xlsx", f, nil)
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if len(report.Rejected) > 0 {
		return fmt.Errorf("row %d: %s", report.Rejected[0].Row, report.Rejected[0].Reason)
	}
	return nil
}

// returned lists the dossiers that earned an invitation, oldest first.
func returned(ctx context.Context, svc *server.Service) ([]server.Dossier, error) {
	var ds []server.Dossier
	for d, err := range svc.Dossiers(ctx, "", "") {
		if err != nil {
			return nil, fmt.Errorf("reading dossiers: %w", err)
		}
		if svc.Earns(d) {
			ds = append(ds, d)
		}
	}
	return ds, nil
}

// A model says what a dossier's citizen answers, and whether.
type model func(server.Dossier) (Reply, bool)

// answerAll issues an invitation for every dossier on the day of its return and
// lets its citizen answer, or not; some of them first and one after the other. It
// returns how many answered.
func answerAll(ctx context.Context, svc *server.Service, some []visit, ds []server.Dossier, reply model) (int64, error) {
	var answers atomic.Int64
	random := &lockedReader{r: svc.Rand}
	spent, err := spend(ctx, svc, random, some, reply)
	if err != nil {
		return 0, err
	}
	answers.Add(spent)
	g, working := errgroup.WithContext(ctx)
	g.SetLimit(writers)
	for _, d := range ds {
		if working.Err() != nil {
			break
		}
		g.Go(func() error {
			answered, err := walk(working, svc, random, visit{Dossier: d}, reply)
			if answered {
				answers.Add(1)
			}
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return 0, err
	}
	return answers.Load(), ctx.Err()
}

// walk takes one dossier from its return to its answer, through the same doors
// as a real one.
func walk(ctx context.Context, svc *server.Service, random io.Reader, v visit, reply model) (answered bool, err error) {
	d := v.Dossier
	r, answered := reply(d)
	// Where a broken fill left an unused slip nobody knows its code: it is replaced.
	then := on(svc, random, d.ReturnDay())
	slip, err := then.Issue(ctx, d.Code, server.Reissue)
	if errors.Is(err, server.ErrAnswered) {
		return answered, nil
	}
	if err != nil {
		return false, fmt.Errorf("issuing a slip: %w", err)
	}
	if !answered {
		return false, nil
	}
	then.NoteIssue(slip.Code, v.network)
	_, err = on(svc, random, r.Day).AcceptSlip(ctx, slip.Code, server.Submission{
		Given: r.all(), Reasons: r.Reasons, Comment: r.Comment, Lang: r.Lang, Lane: r.Lane, Network: v.network, Phone: v.phone, Device: r.Device,
	})
	if err != nil {
		return false, fmt.Errorf("answering a slip: %w", err)
	}
	return true, nil
}

// on returns the service as it was at ten in the morning of a day.
func on(svc *server.Service, random io.Reader, day server.Day) *server.Service {
	then := *svc
	at := day.Time().Add(10 * time.Hour)
	then.Now = func() time.Time { return at }
	then.Rand = random
	return &then
}

// complete stores the answers that a broken fill claimed a slip for and lost
// before they were stored. Their slips' codes are gone with it; so the answers
// that the model says were given are compared with those that are there, and
// each one missing is put under an id of its own, always the same.
func complete(ctx context.Context, svc *server.Service, ds []server.Dossier) error {
	have := map[string]int{}
	for a, err := range svc.Answers(ctx, "", "") {
		if err != nil {
			return fmt.Errorf("reading answers: %w", err)
		}
		what, err := content(a)
		if err != nil {
			return err
		}
		have[what]++
	}
	var missing []server.Answer
	for _, d := range ds {
		r, answered := Simulate(d)
		if !answered {
			continue
		}
		a := answer(svc, d, r)
		what, err := content(a)
		if err != nil {
			return err
		}
		if have[what] > 0 {
			have[what]--
			continue
		}
		missing = append(missing, a)
	}
	if _, err := svc.PutAnswers(ctx, missing); err != nil {
		return err
	}
	// Between the two fills the store may have been served and days sealed,
	// under which answers came now as if on their day.
	if _, err := svc.Recount(ctx, "", "", server.RepairSeals); err != nil {
		return fmt.Errorf("recounting sealed days: %w", err)
	}
	return nil
}

// answer is what AcceptSlip would store.
func answer(svc *server.Service, d server.Dossier, r Reply) server.Answer {
	sum := sha256.Sum256([]byte("hailong demo answer " + strconv.FormatUint(Seed, 10) + " " + string(d.Code)))
	a := server.Answer{
		ID: hex.EncodeToString(sum[:16]), Unit: d.Unit, Survey: svc.Survey().ID, Day: r.Day, Lane: r.Lane,
		Field: d.Field, Procedure: d.Procedure, Counter: d.Counter, Officer: d.Officer, Channel: d.Channel,
		Punctuality: d.Punctuality(r.Day.Time()), Marks: r.Given, Reasons: r.Reasons, Comment: r.Comment, Lang: r.Lang,
	}
	if len(r.Detail) > 0 {
		a.DetailSurvey, a.Detail = svc.DetailSurvey().ID, r.Detail
	}
	return a
}

// all is what is given on the page: the short form and what follows it.
func (r Reply) all() map[string]string {
	out := maps.Clone(r.Given)
	maps.Copy(out, r.Detail)
	return out
}

// content is everything an answer says, and nothing of how it came.
func content(a server.Answer) (string, error) {
	a.ID, a.Said, a.Hasty, a.Serial = "", "", false, false
	b, err := json.Marshal(a) // keys of maps are sorted
	return string(b), err
}

// A lockedReader lets many goroutines draw from one source of chance, which a
// test may have replaced by one that is not safe for that.
type lockedReader struct {
	mu sync.Mutex
	r  io.Reader
}

func (l *lockedReader) Read(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.r.Read(p)
}
