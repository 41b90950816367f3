package server

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync/atomic"

	"hailong/server/ledger"
	"hailong/server/store"
)

// The ledger (sổ kiểm chứng) is kept as batches of lines, each under the number
// of its first line. Inserting a batch is what appends: of two servers that
// append at once, the second gets ErrExists and reads again, and a server that
// is killed has appended the whole batch or nothing.

// maxBatch is the number of lines in one document.
const maxBatch = 4096

// errLedgerMoved: another server appended first.
var errLedgerMoved = errors.New("the ledger has grown meanwhile")

// A ledgerBatch is a batch of lines as it is stored.
type ledgerBatch struct {
	Records []string `json:"records"`
	// Days lists days whose answers are all in the ledger up to here, with the
	// generation that the day had, see lateDay.
	Days map[Day]int64 `json:"days,omitempty"`
	// Checkpoint is the head after the batch, signed.
	Checkpoint string `json:"checkpoint"`
}

func ledgerKey(unit string, start int64) string { return fmt.Sprintf("%s/%012d", unit, start) }

// A ledgerState is the ledger as read.
type ledgerState struct {
	book       *ledger.Book
	days       map[Day]int64
	checkpoint []byte       // nil where there is no line
	heads      []SignedHead // the last of each day on which it grew
}

// LedgerKey is the key that signs the ledger's heads. It follows from the
// secret that is kept beside the store.
func (s *Service) LedgerKey() (*ledger.Key, error) {
	return ledger.NewKey("hailong/"+s.Config.Unit, s.keys.ledger)
}

// A ledgerCache keeps the ledger as it was read and checked last, so that only
// what was added since is read. A state in it is never changed.
type ledgerCache struct{ last atomic.Pointer[ledgerState] }

// readLedger returns the ledger. What was changed in the store is
// ledger.ErrLedger, unless it is of a part that was read before: whoever looks
// for that reads anew with checkLedger.
func (s *Service) readLedger(ctx context.Context) (*ledgerState, error) {
	st, err := s.checkLedger(ctx, s.book.last.Load())
	if err != nil {
		return nil, err
	}
	s.book.last.Store(st)
	mine := *st
	mine.days = maps.Clone(st.days)
	return &mine, nil
}

// checkLedger reads the ledger from where it was read last (nil is from the
// beginning) and checks every line and every head.
func (s *Service) checkLedger(ctx context.Context, last *ledgerState) (*ledgerState, error) {
	key, err := s.LedgerKey()
	if err != nil {
		return nil, err
	}
	st := &ledgerState{book: ledger.NewBook(), days: map[Day]int64{}}
	from := s.Config.Unit + "/"
	if last != nil && last.book.Size() > 0 {
		st, from = last, ledgerKey(s.Config.Unit, last.book.Size())
	}
	for doc, err := range s.Store.Scan(ctx, collLedger, store.Range{From: from, To: s.Config.Unit + "0"}) {
		if err != nil {
			return nil, fmt.Errorf("reading the ledger: %w", err)
		}
		if st == last {
			st = &ledgerState{book: last.book.Clone(), days: maps.Clone(last.days), heads: slices.Clone(last.heads)}
		}
		if err := st.read(doc, ledgerKey(s.Config.Unit, st.book.Size()), key.Public()); err != nil {
			return nil, err
		}
	}
	return st, nil
}

// read adds a stored batch.
func (st *ledgerState) read(doc store.Doc, due, public string) error {
	if doc.Key != due {
		return fmt.Errorf("%w: lines are missing after line %d", ledger.ErrLedger, st.book.Size())
	}
	var b ledgerBatch
	if err := json.Unmarshal(doc.Body, &b); err != nil {
		return fmt.Errorf("%w: the lines after line %d cannot be read", ledger.ErrLedger, st.book.Size())
	}
	for _, line := range b.Records {
		r, err := ledger.ParseRecord(line)
		if err == nil {
			err = st.book.Append(r)
		}
		if err != nil {
			return fmt.Errorf("line %d: %w", st.book.Size()+1, err)
		}
	}
	c, err := ledger.OpenCheckpoint([]byte(b.Checkpoint), public)
	if err != nil {
		return fmt.Errorf("after line %d: %w", st.book.Size(), err)
	}
	if err := st.book.Holds(c); err != nil || c.Size != st.book.Size() {
		return fmt.Errorf("%w: what was signed after line %d is something else", ledger.ErrLedger, st.book.Size())
	}
	maps.Copy(st.days, b.Days)
	st.checkpoint = []byte(b.Checkpoint)
	if k := len(st.heads) - 1; k >= 0 && st.heads[k].Day == c.Day {
		st.heads[k] = SignedHead{c, b.Checkpoint}
	} else {
		st.heads = append(st.heads, SignedHead{c, b.Checkpoint})
	}
	return nil
}

// appendLedger adds a batch. It fails with errLedgerMoved, changing nothing,
// where another server was first.
func (s *Service) appendLedger(ctx context.Context, st *ledgerState, records []ledger.Record, days map[Day]int64) error {
	key, err := s.LedgerKey()
	if err != nil {
		return err
	}
	start := st.book.Size()
	book := st.book.Clone()
	b := ledgerBatch{Days: days}
	for _, r := range records {
		if err := book.Append(r); err != nil {
			return err
		}
		b.Records = append(b.Records, r.String())
	}
	root, err := book.Root(book.Size())
	if err != nil {
		return err
	}
	signed, err := key.Sign(ledger.Checkpoint{Origin: key.Name(), Size: book.Size(), Root: root, Day: string(s.Today())}.Text())
	if err != nil {
		return err
	}
	b.Checkpoint = string(signed)
	err = insert(ctx, s.Store, collLedger, ledgerKey(s.Config.Unit, start), "", b)
	if errors.Is(err, store.ErrExists) {
		return errLedgerMoved
	}
	if err != nil {
		return fmt.Errorf("appending to the ledger: %w", err)
	}
	st.book, st.checkpoint = book, signed
	maps.Copy(st.days, days)
	return nil
}

// commitment is the line of an answer. It holds the answer's month and a hash of
// all of it with a salt of its own, which follows from the secret: without
// the secret nobody can try answers out, and nobody can tell two lines of equal
// answers. The fields are listed one by one, those that came later at the end
// and left out where empty, so that the line of an answer stays the same when
// answers learn to carry more.
func (s *Service) commitment(a Answer) (ledger.Record, error) {
	body, err := json.Marshal(struct {
		ID, Unit, Survey                   string
		Day                                Day
		Lane                               Lane
		Field, Procedure, Counter, Officer string
		Channel                            Channel
		Punctuality                        Punctuality
		Marks                              map[string]string
		Comment, Lang                      string
		Reasons                            []string          `json:",omitempty"`
		Detail                             map[string]string `json:",omitempty"`
		DetailSurvey                       string            `json:",omitempty"`
		Rev                                int               `json:",omitempty"`
	}{a.ID, a.Unit, a.Survey, a.Day, a.Lane, a.Field, a.Procedure, a.Counter, a.Officer, a.Channel, a.Punctuality, a.Marks, a.Comment, a.Lang, a.Reasons, a.Detail, a.DetailSurvey, a.Rev})
	if err != nil {
		return ledger.Record{}, fmt.Errorf("encoding an answer: %w", err)
	}
	salt := hmac.New(sha256.New, s.keys.salt)
	salt.Write([]byte(a.ID))
	h := sha256.New()
	h.Write([]byte("hailong/phieu\n"))
	h.Write(salt.Sum(nil))
	h.Write(body)
	return ledger.Record{Kind: ledger.Answer, Subject: a.Day.Month(), Hash: [sha256.Size]byte(h.Sum(nil))}, nil
}

// Sequence enters in the ledger every answer of a day that is old enough and
// not there yet, and every close, reopening and amendment of a period, and
// returns how many lines it entered. Days follow each other; within
// a month that is entered at once, lines are in the order of their hashes, so
// that no order of arrival is left. An answer that came late is entered later:
// its day's generation has gone up (see lateDay), so the day is read again.
// Several servers may do it at once.
func (s *Service) Sequence(ctx context.Context) (added int, err error) {
	for range 20 {
		var n int
		n, err = s.sequence(ctx)
		added += n
		if errors.Is(err, errLedgerMoved) {
			continue
		}
		if err == nil {
			n, err = s.enterClosings(ctx)
			added += n
		}
		return added, err
	}
	return added, fmt.Errorf("%w: %w", store.ErrConflict, err)
}

func (s *Service) sequence(ctx context.Context) (added int, err error) {
	to := s.Today().Add(-sealAfter)
	from, _, err := s.answerDays(ctx)
	if err != nil || from == "" || from > to {
		return 0, err
	}
	st, err := s.readLedger(ctx)
	if err != nil {
		return 0, err
	}
	states, err := s.lateStates(ctx, from, to)
	if err != nil {
		return 0, err
	}
	done := map[Day]int64{} // read, to be noted with the next batch
	for first := from; first <= to; {
		last := min(span{'M', around('M', first).first}.last(), to)
		open := map[Day]bool{}
		for day := first; day <= last; day = day.Add(1) {
			if gen, ok := st.days[day]; !ok || gen != states[day].gen || states[day].pending {
				open[day] = true
			}
		}
		if len(open) > 0 {
			records, err := s.unentered(ctx, st, open)
			if err != nil {
				return added, err
			}
			for day := range open {
				if !states[day].pending {
					done[day] = states[day].gen
				}
			}
			for chunk := range slices.Chunk(records, maxBatch) {
				var days map[Day]int64
				if added += len(chunk); len(chunk) == len(records) {
					days, done = done, map[Day]int64{}
				}
				if err := s.appendLedger(ctx, st, chunk, days); err != nil {
					return added - len(chunk), err
				}
				records = records[len(chunk):]
			}
		}
		first = last.Add(1)
	}
	return added, nil
}

// storedAnswers is Answers with the ids under which they are stored.
func (s *Service) storedAnswers(ctx context.Context, from, to Day) iter.Seq2[Answer, error] {
	r := store.Range{From: s.Config.Unit + "/" + string(from), To: s.Config.Unit + "/" + string(to) + "~", ByOrder: true}
	return func(yield func(Answer, error) bool) {
		for doc, err := range s.Store.Scan(ctx, collAnswers, r) {
			var a Answer
			if err == nil {
				if err = json.Unmarshal(doc.Body, &a); err != nil {
					err = fmt.Errorf("decoding an answer of %s: %w", strings.TrimPrefix(doc.Order, s.Config.Unit+"/"), err)
				}
			}
			a.ID = doc.Key
			if !yield(a, err) || err != nil {
				return
			}
		}
	}
}

// unentered are the lines of the days' answers that the ledger does not have, in
// the order of their hashes.
func (s *Service) unentered(ctx context.Context, st *ledgerState, days map[Day]bool) ([]ledger.Record, error) {
	sorted := slices.Sorted(maps.Keys(days))
	var out []ledger.Record
	for a, err := range s.storedAnswers(ctx, sorted[0], sorted[len(sorted)-1]) {
		if err != nil {
			return nil, fmt.Errorf("reading answers: %w", err)
		}
		if !days[a.Day] {
			continue
		}
		lines, err := s.lines(a)
		if err != nil {
			return nil, fmt.Errorf("an answer of %s: %w", a.Day, err)
		}
		out = append(out, lacking(st.book, lines)...)
	}
	// What became of a wording sorts after the wording.
	slices.SortFunc(out, func(a, b ledger.Record) int { return strings.Compare(a.String(), b.String()) })
	return out, nil
}

// Record enters what is waiting and then a line, once, and returns the ledger
// with its signed head.
func (s *Service) Record(ctx context.Context, r ledger.Record) (*ledger.Book, []byte, error) {
	for range 20 {
		if _, err := s.Sequence(ctx); err != nil {
			return nil, nil, err
		}
		st, err := s.readLedger(ctx)
		if err != nil {
			return nil, nil, err
		}
		if _, there := st.book.Find(r); !there {
			err = s.appendLedger(ctx, st, []ledger.Record{r}, nil)
		}
		if !errors.Is(err, errLedgerMoved) {
			return st.book, st.checkpoint, err
		}
	}
	return nil, nil, store.ErrConflict
}

// A SignedHead is a head of the ledger, with and without its signature.
type SignedHead struct {
	ledger.Checkpoint
	Signed string
}

// LedgerHeads returns the last head of each of the newest days on which the
// ledger grew, newest first, at most limit of them.
func (s *Service) LedgerHeads(ctx context.Context, limit int) ([]SignedHead, error) {
	st, err := s.readLedger(ctx)
	if err != nil {
		return nil, err
	}
	heads := slices.Clone(st.heads[max(0, len(st.heads)-limit):])
	slices.Reverse(heads)
	return heads, nil
}

// Ledger returns the whole ledger with its signed head, nil where it is empty.
func (s *Service) Ledger(ctx context.Context) (*ledger.Book, []byte, error) {
	st, err := s.readLedger(ctx)
	if err != nil {
		return nil, nil, err
	}
	return st.book, st.checkpoint, nil
}
