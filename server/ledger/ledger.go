// Package ledger is the arithmetic of the house's log (sổ kiểm chứng), to which
// lines are only ever added: a Merkle tree as in RFC 6962 whose head is signed.
// Whoever kept an earlier signed head can tell whether a line before it was
// changed, dropped or put in between. It knows no store and no answers.
//
// The log is a text. A line that stands for an answer holds the month and a
// commitment: the SHA-256 of the answer and of 32 secret bytes of its own, so
// that nobody without those bytes can tell or try out what was answered.
package ledger

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// ErrLedger: the log or a proof of it does not hold.
var ErrLedger = errors.New("the ledger does not hold")

// A Kind says what a line stands for.
type Kind string

// The kinds of line.
const (
	Answer    Kind = "phieu"   // an answer (phiếu trả lời); the subject is its month
	Erased    Kind = "xoa"     // an answer was erased at the citizen's wish; the rest is that answer's
	Pack      Kind = "goi"     // a review pack (gói thẩm định); the subject is its period
	Close     Kind = "chot"    // a period was closed (chốt số liệu)
	Reopen    Kind = "mo-lai"  // a closed period was opened again (mở lại)
	Amendment Kind = "bo-sung" // a closed period was amended (bổ sung)
	// Quarantine is a step of a decision to take answers out of the headline, or
	// back in (cách ly); the subject is its month.
	Quarantine Kind = "cach-ly"
)

// A Record is a line of the log.
type Record struct {
	Kind    Kind
	Subject string // a month, 2024-01, or a period, 2024-Q1
	Hash    [sha256.Size]byte
}

// String is the line, without its end.
func (r Record) String() string {
	return string(r.Kind) + " " + r.Subject + " " + base64.RawURLEncoding.EncodeToString(r.Hash[:])
}

// ParseRecord is the inverse of String: only what String writes is a record.
func ParseRecord(line string) (Record, error) {
	bad := fmt.Errorf("%w: not a line of the ledger", ErrLedger)
	parts := strings.Split(line, " ")
	if len(parts) != 3 {
		return Record{}, bad
	}
	r := Record{Kind: Kind(parts[0]), Subject: parts[1]}
	switch r.Kind {
	case Answer, Erased, Pack, Close, Reopen, Amendment, Quarantine:
	default:
		return Record{}, bad
	}
	if r.Subject == "" || len(r.Subject) > 20 || strings.Trim(r.Subject, "0123456789-QH") != "" {
		return Record{}, bad
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(parts[2])
	if err != nil || len(b) != len(r.Hash) {
		return Record{}, bad
	}
	copy(r.Hash[:], b)
	return r, nil
}

// A Book is a log held in memory. It is not safe for concurrent writing.
type Book struct {
	records []Record
	hashes  []tlog.Hash // see tlog.StoredHashIndex
	at      map[Record]int64
}

// NewBook returns an empty log.
func NewBook() *Book { return &Book{at: map[Record]int64{}} }

// Append adds a line. A line that is there already is refused, and so is one that
// explains the absence of an answer that was never entered.
func (b *Book) Append(r Record) error {
	if _, twice := b.at[r]; twice {
		return fmt.Errorf("%w: a line is repeated", ErrLedger)
	}
	if r.Kind == Erased {
		r := Record{Answer, r.Subject, r.Hash}
		if _, ok := b.at[r]; !ok {
			return fmt.Errorf("%w: an answer was erased that was never entered", ErrLedger)
		}
	}
	n := b.Size()
	hs, err := tlog.StoredHashes(n, []byte(r.String()), b)
	if err != nil {
		return fmt.Errorf("appending to the ledger: %w", err)
	}
	b.hashes = append(b.hashes, hs...)
	b.at[r] = n
	b.records = append(b.records, r)
	return nil
}

// Clone returns a book that can be appended to without changing b.
func (b *Book) Clone() *Book {
	c := &Book{records: b.records[:len(b.records):len(b.records)], hashes: b.hashes[:len(b.hashes):len(b.hashes)], at: make(map[Record]int64, len(b.at))}
	for r, n := range b.at {
		c.at[r] = n
	}
	return c
}

// ReadHashes implements tlog.HashReader.
func (b *Book) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, x := range indexes {
		if x < 0 || x >= int64(len(b.hashes)) {
			return nil, fmt.Errorf("%w: no such hash", ErrLedger)
		}
		out[i] = b.hashes[x]
	}
	return out, nil
}

// Size is the number of lines.
func (b *Book) Size() int64 { return int64(len(b.records)) }

// Records are the lines. Do not change them.
func (b *Book) Records() []Record { return b.records }

// Find returns the place of a line, from 0.
func (b *Book) Find(r Record) (int64, bool) {
	n, ok := b.at[r]
	return n, ok
}

// Root is the hash of the first size lines.
func (b *Book) Root(size int64) (tlog.Hash, error) {
	if size < 0 || size > b.Size() {
		return tlog.Hash{}, fmt.Errorf("%w: there are %d lines, not %d", ErrLedger, b.Size(), size)
	}
	return tlog.TreeHash(size, b)
}

// Text is the log as a file: one line per record, each with its end.
func (b *Book) Text() []byte {
	var out []byte
	for _, r := range b.records {
		out = append(append(out, r.String()...), '\n')
	}
	return out
}

// ParseBook reads what Text wrote.
func ParseBook(text []byte) (*Book, error) {
	b := NewBook()
	for i, line := range strings.SplitAfter(string(text), "\n") {
		if line == "" {
			break // after the last line
		}
		body, whole := strings.CutSuffix(line, "\n")
		r, err := ParseRecord(body)
		if err == nil && !whole {
			err = fmt.Errorf("%w: the last line is cut off", ErrLedger)
		}
		if err == nil {
			err = b.Append(r)
		}
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", i+1, err)
		}
	}
	return b, nil
}

// Holds checks that a head is of this log: that its lines are the first ones of
// the log and none is missing.
func (b *Book) Holds(c Checkpoint) error {
	root, err := b.Root(c.Size)
	if err != nil {
		return err
	}
	if root != c.Root {
		return fmt.Errorf("%w: the first %d lines are not those that were signed on %s", ErrLedger, c.Size, c.Day)
	}
	return nil
}
