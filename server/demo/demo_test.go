package demo_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hailong/scoring"
	"hailong/server"
	"hailong/server/demo"
	"hailong/server/store"
	"hailong/server/store/memory"
)

// now is long after the sample year.
var now = time.Date(2026, 3, 2, 9, 0, 0, 0, server.Zone)

func secret(b byte) []byte { return bytes.Repeat([]byte{b}, server.SecretSize) }

func open(t *testing.T, st store.Store, b byte) *server.Service {
	t.Helper()
	svc, err := server.New(t.Context(), st, secret(b), server.Config{})
	if err != nil {
		t.Fatal(err)
	}
	svc.Now = func() time.Time { return now }
	return svc
}

// sample is a filled store that no test changes: filling takes half a second.
var sample = sync.OnceValues(func() (store.Store, error) {
	ctx, st := context.Background(), memory.New()
	svc, err := server.New(ctx, st, secret(1), server.Config{})
	if err != nil {
		return nil, err
	}
	svc.Now = func() time.Time { return now }
	return st, demo.Fill(ctx, svc, io.Discard)
})

// filled returns a service on a copy of the sample, for a test to change.
func filled(t *testing.T) *server.Service {
	t.Helper()
	from, err := sample()
	if err != nil {
		t.Fatal(err)
	}
	to := memory.New()
	colls, err := from.Collections(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, coll := range colls {
		for d, err := range from.Scan(t.Context(), coll, store.Range{}) {
			if err != nil {
				t.Fatal(err)
			}
			if err := to.Insert(t.Context(), coll, d); err != nil {
				t.Fatal(err)
			}
		}
	}
	return open(t, to, 1)
}

func index(t *testing.T, svc *server.Service, by ...server.Dimension) *server.IndexDocument {
	t.Helper()
	doc, err := svc.Index(t.Context(), server.IndexQuery{From: "2024-01-01", To: "2025-12-31", By: by})
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func indexJSON(t *testing.T, svc *server.Service) string {
	t.Helper()
	b, err := json.Marshal(index(t, svc, server.ByField, server.ByCounter, server.ByMonth, server.ByLane))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func count(t *testing.T, svc *server.Service, coll string) int {
	t.Helper()
	n := 0
	for _, err := range svc.Store.Scan(t.Context(), coll, store.Range{}) {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	return n
}

// The same seed gives the same figures, whatever the secret and the codes.
func TestFillIsDeterministic(t *testing.T) {
	t.Parallel()
	other := open(t, memory.New(), 2)
	if err := demo.Fill(t.Context(), other, io.Discard); err != nil {
		t.Fatal(err)
	}
	if indexJSON(t, filled(t)) != indexJSON(t, other) {
		t.Error("two fills give different figures")
	}
}

// The sample year has something to show: enough answers, a share near the
// target, and fields with each of the three verdicts.
func TestFillIsWorthLookingAt(t *testing.T) {
	t.Parallel()
	svc := filled(t)
	doc := index(t, svc, server.ByField)
	if doc.Answers < 1500 || doc.Answers > 2000 {
		t.Errorf("%d answers, want 1,500 to 2,000", doc.Answers)
	}
	whole, _ := doc.Items.Get("overall")
	if share := float64(whole.X) / float64(whole.N); share < 0.88 || share > 0.92 {
		t.Errorf("%d of %d satisfied, want 88 %% to 92 %%", whole.X, whole.N)
	}
	if c := doc.Coverage; c.Returned != 2886 || c.Invited != c.Returned || c.Uninvited != 0 {
		t.Errorf("coverage = %+v, want 2886 returned, all of them invited", c)
	}
	verdicts := map[string]scoring.Verdict{}
	for _, p := range doc.Parts {
		verdicts[p.Key[server.ByField]] = p.Document.Verdict
	}
	want := map[string]scoring.Verdict{
		"Chứng thực": scoring.Met, "Hộ tịch": scoring.NotMet, "Bảo trợ xã hội": scoring.NotMet,
		"Người có công": scoring.TooEarly, "Giảm nghèo": scoring.TooEarly,
	}
	for field, v := range want {
		if verdicts[field] != v {
			t.Errorf("verdict on %s = %q, want %q", field, verdicts[field], v)
		}
	}
	if len(verdicts) != len(want) {
		t.Errorf("fields %v, want the five of the sample year and none unknown", verdicts)
	}
	comments, straight, lanes := 0, 0, map[server.Lane]int{}
	for a, err := range svc.Answers(t.Context(), "", "") {
		if err != nil {
			t.Fatal(err)
		}
		if a.Comment != "" {
			comments++
		}
		if len(a.Marks) == 6 && len(strings.Trim(a.Marks["overall"]+a.Marks["access"]+a.Marks["procedure"]+a.Marks["official"]+a.Marks["result"]+a.Marks["feedback"], a.Marks["overall"])) == 0 {
			straight++
		}
		lanes[a.Lane]++
	}
	if comments < 80 || straight < 80 || lanes[server.LaneSlip] < 400 || lanes[server.LaneKiosk] < 400 || len(lanes) != 2 {
		t.Errorf("comments %d, straight-liners %d, lanes %v: too few to look at", comments, straight, lanes)
	}
}

// Coverage and the slips' states agree with the answers: as many slips are used
// as answers are stored, and every one of them is of a returned dossier.
func TestFillUsesSlips(t *testing.T) {
	t.Parallel()
	svc := filled(t)
	used := 0
	for d, err := range svc.Store.Scan(t.Context(), "invitations", store.Range{}) {
		if err != nil {
			t.Fatal(err)
		}
		var inv server.Invitation
		if err := json.Unmarshal(d.Body, &inv); err != nil {
			t.Fatal(err)
		}
		dossier, err := svc.Dossier(t.Context(), inv.Dossier)
		if err != nil {
			t.Fatal(err)
		}
		if inv.Issued != dossier.ReturnDay() {
			t.Errorf("a slip was issued on %s, its dossier returned on %s", inv.Issued, dossier.ReturnDay())
		}
		if inv.State == server.InvitationUsed {
			used++
		}
	}
	if answers := count(t, svc, "answers"); used != answers {
		t.Errorf("%d slips used, %d answers", used, answers)
	}
	if doc := index(t, svc); doc.Coverage.Answers != doc.Answers {
		t.Errorf("coverage counts %d answers of %d", doc.Coverage.Answers, doc.Answers)
	}
}

func TestFillTwice(t *testing.T) {
	t.Parallel()
	svc := filled(t)
	before := indexJSON(t, svc)
	invitations := count(t, svc, "invitations")
	var said bytes.Buffer
	if err := demo.Fill(t.Context(), svc, &said); err != nil {
		t.Fatal(err)
	}
	if indexJSON(t, svc) != before || count(t, svc, "invitations") != invitations || said.Len() > 0 {
		t.Errorf("the second fill did something; it said %q", said.String())
	}
}

func TestFillLeavesAStoreInUseAlone(t *testing.T) {
	t.Parallel()
	received := time.Date(2024, 1, 15, 8, 0, 0, 0, server.Zone)
	for name, use := range map[string]func(*server.Service) error{
		"a dossier": func(svc *server.Service) error {
			_, err := svc.PutDossiers(t.Context(), []server.Dossier{{Code: "000.21.35.H24-240115-0012", Status: server.StatusReturned, Received: received}})
			return err
		},
		"an answer": func(svc *server.Service) error {
			_, err := svc.AcceptWalkUp(t.Context(), "6b1c", server.Submission{Given: map[string]string{"overall": "5"}})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			svc := open(t, memory.New(), 1)
			if err := use(svc); err != nil {
				t.Fatal(err)
			}
			before := count(t, svc, "dossiers") + count(t, svc, "answers")
			if err := demo.Fill(t.Context(), svc, io.Discard); err != nil {
				t.Fatal(err)
			}
			if after := count(t, svc, "dossiers") + count(t, svc, "answers"); after != before {
				t.Errorf("%d documents became %d", before, after)
			}
			if marked, err := demo.Marked(t.Context(), svc); err != nil || marked {
				t.Errorf("Marked = %v, %v: real data would be called a demo", marked, err)
			}
		})
	}
}

// A failing store fails every verb after a number of writes, as a process that
// is killed stops writing.
type failing struct {
	store.Store
	left atomic.Int64
}

var errKilled = errors.New("killed")

func (f *failing) Insert(ctx context.Context, coll string, d store.Doc) error {
	if f.left.Add(-1) < 0 {
		return errKilled
	}
	return f.Store.Insert(ctx, coll, d)
}

func (f *failing) Replace(ctx context.Context, coll string, d store.Doc) error {
	if f.left.Add(-1) < 0 {
		return errKilled
	}
	return f.Store.Replace(ctx, coll, d)
}

func (f *failing) Batch(ctx context.Context, ops []store.Op) ([]error, error) {
	if f.left.Add(-1) < 0 {
		return nil, errKilled
	}
	return f.Store.Batch(ctx, ops)
}

// Wherever a fill breaks off, the next one ends with the very same figures.
func TestFillContinuesAfterACrash(t *testing.T) {
	t.Parallel()
	want := indexJSON(t, filled(t))
	crashes := []int64{1, 7003}
	if os.Getenv("HAILONG_TEST_ALL") == "1" {
		crashes = []int64{0, 1, 2, 1001, 7003}
	}
	for _, writes := range crashes {
		st := memory.New()
		svc := open(t, st, 1)
		f := &failing{Store: st}
		f.left.Store(writes)
		svc.Store = f
		if err := demo.Fill(t.Context(), svc, io.Discard); !errors.Is(err, errKilled) {
			t.Fatalf("after %d writes: Fill = %v, want it killed", writes, err)
		}
		svc.Store = st
		if marked, err := demo.Marked(t.Context(), svc); err != nil || marked != (writes > 0) {
			t.Errorf("after %d writes: Marked = %v, %v", writes, marked, err)
		}
		// Meanwhile it is served as it is, and days are sealed.
		if _, err := svc.SealDays(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := demo.Fill(t.Context(), svc, io.Discard); err != nil {
			t.Fatalf("continuing after %d writes: %v", writes, err)
		}
		if got := indexJSON(t, svc); got != want {
			t.Errorf("a fill broken off after %d writes ends with other figures", writes)
		}
	}
}

// A crash between the claim of a slip and the answer: every claim is done, the
// answers of thirty are not there.
func TestFillFindsLostAnswers(t *testing.T) {
	t.Parallel()
	svc := filled(t)
	want := indexJSON(t, svc)
	n := 0
	for d, err := range svc.Store.Scan(t.Context(), "answers", store.Range{Limit: 30}) {
		if err != nil {
			t.Fatal(err)
		}
		if err := svc.Store.Delete(t.Context(), "answers", d.Key, 0); err != nil {
			t.Fatal(err)
		}
		n++
	}
	d, err := svc.Store.Get(t.Context(), "meta", "demo")
	if err != nil {
		t.Fatal(err)
	}
	d.Body = bytes.Replace(d.Body, []byte("done"), []byte("filling"), 1)
	if err := svc.Store.Replace(t.Context(), "meta", d); err != nil {
		t.Fatal(err)
	}
	if n != 30 || indexJSON(t, svc) == want {
		t.Fatal("nothing was lost")
	}
	if err := demo.Fill(t.Context(), svc, io.Discard); err != nil {
		t.Fatal(err)
	}
	if indexJSON(t, svc) != want {
		t.Error("the answers did not come back")
	}
}

func TestFillStopsWhenAsked(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	svc := open(t, memory.New(), 1)
	stop := writerFunc(func(p []byte) (int, error) { cancel(); return len(p), nil })
	if err := demo.Fill(ctx, svc, stop); !errors.Is(err, context.Canceled) {
		t.Errorf("Fill = %v, want context.Canceled", err)
	}
	if err := demo.Fill(t.Context(), svc, io.Discard); err != nil || count(t, svc, "answers") < 1500 {
		t.Errorf("the next fill: %v, %d answers", err, count(t, svc, "answers"))
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

func TestMarked(t *testing.T) {
	t.Parallel()
	svc := open(t, memory.New(), 1)
	if marked, err := demo.Marked(t.Context(), svc); err != nil || marked {
		t.Errorf("an empty store: Marked = %v, %v", marked, err)
	}
	svc = filled(t)
	if marked, err := demo.Marked(t.Context(), svc); err != nil || !marked {
		t.Errorf("a filled store: Marked = %v, %v", marked, err)
	}
	svc.Store.(*memory.Store).Fail(errors.New("gone"))
	if _, err := demo.Marked(t.Context(), svc); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("a store that is gone: %v, want ErrUnavailable", err)
	}
}

func TestSampleCode(t *testing.T) {
	t.Parallel()
	svc := filled(t)
	first, err := demo.SampleCode(t.Context(), svc)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := svc.Invitation(t.Context(), first); err != nil {
		t.Fatalf("the sample slip: %v", err)
	}
	second, err := demo.SampleCode(t.Context(), svc)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := svc.Invitation(t.Context(), first); !errors.Is(err, server.ErrGone) {
		t.Errorf("the earlier sample slip: %v, want ErrGone", err)
	}
	given := server.Submission{Given: map[string]string{"overall": "4", "feedback": "N"}}
	if r, err := svc.AcceptSlip(t.Context(), second, given); err != nil || r.Already {
		t.Fatalf("answering the sample slip: %+v, %v", r, err)
	}
	third, err := demo.SampleCode(t.Context(), svc)
	if err != nil {
		t.Fatalf("a sample slip after the first was answered: %v", err)
	}
	if _, err := svc.AcceptSlip(t.Context(), third, given); err != nil {
		t.Errorf("answering the next sample slip: %v", err)
	}
	if c := index(t, svc).Coverage; c.Uninvited != 0 {
		t.Errorf("coverage = %+v", c)
	}
}

func TestSampleCodeOfNothing(t *testing.T) {
	t.Parallel()
	if _, err := demo.SampleCode(t.Context(), open(t, memory.New(), 1)); !errors.Is(err, server.ErrNotFound) {
		t.Errorf("SampleCode of an empty store = %v, want ErrNotFound", err)
	}
}

func TestKioskToken(t *testing.T) {
	t.Parallel()
	svc := open(t, memory.New(), 1)
	other, err := svc.AddToken(t.Context(), server.Token{Role: server.RoleDevice, Label: "Ki-ốt sảnh", Counter: "Quầy 2"})
	if err != nil {
		t.Fatal(err)
	}
	first, err := demo.KioskToken(t.Context(), svc)
	if err != nil {
		t.Fatal(err)
	}
	second, err := demo.KioskToken(t.Context(), svc)
	if err != nil {
		t.Fatal(err)
	}
	if tok, err := svc.TokenOf(t.Context(), second); err != nil || tok.Role != server.RoleDevice || tok.Counter != "Quầy 1" {
		t.Errorf("the token = %+v, %v", tok, err)
	}
	if _, err := svc.TokenOf(t.Context(), first); !errors.Is(err, server.ErrForbidden) {
		t.Errorf("the earlier token: %v, want ErrForbidden", err)
	}
	if _, err := svc.TokenOf(t.Context(), other); err != nil {
		t.Errorf("another kiosk's token: %v", err)
	}
}
