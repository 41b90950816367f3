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
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"
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
	Changed   Kind = "sua"     // the citizen put another answer in its place (sửa)
	Withdrawn Kind = "rut"     // the citizen withdrew it (rút)
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
func (r Record) String() string { return string(r.append(nil)) }

func (r Record) append(b []byte) []byte {
	b = append(append(b, r.Kind...), ' ')
	b = append(append(b, r.Subject...), ' ')
	return base64.RawURLEncoding.AppendEncode(b, r.Hash[:])
}

// ParseRecord is the inverse of String: only what String writes is a record.
func ParseRecord(line string) (Record, error) {
	bad := fmt.Errorf("%w: not a line of the ledger", ErrLedger)
	parts := strings.Split(line, " ")
	if len(parts) != 3 {
		return Record{}, bad
	}
	r := Record{Kind: Kind(parts[0]), Subject: parts[1]}
	if !slices.Contains(kinds[:], r.Kind) {
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

// A Book is a log held in memory, in about 120 bytes a line. It is not safe for
// concurrent writing.
type Book struct {
	lines    list[line]
	hashes   list[tlog.Hash] // see tlog.StoredHashIndex
	subjects []string
	numbers  map[string]uint32 // of the subjects
	index    index
}

// A line is a record as a book keeps it.
type line struct {
	hash    [sha256.Size]byte
	subject uint32
	kind    uint8 // its place in kinds
}

// kinds lists the kinds of line.
var kinds = [...]Kind{Answer, Erased, Changed, Withdrawn, Pack, Close, Reopen, Amendment, Quarantine}

// NewBook returns an empty log.
func NewBook() *Book { return &Book{numbers: map[string]uint32{}, index: newIndex()} }

func (b *Book) record(n int64) Record {
	l := b.lines.at(n)
	return Record{kinds[l.kind], b.subjects[l.subject], l.hash}
}

// Closes reports whether the line says why an answer is no longer there.
func (r Record) Closes() bool {
	return r.Kind == Erased || r.Kind == Changed || r.Kind == Withdrawn
}

// Closed reports whether a line says why the answer of r is no longer there.
func (b *Book) Closed(r Record) bool {
	for _, k := range []Kind{Erased, Changed, Withdrawn} {
		if _, ok := b.Find(Record{k, r.Subject, r.Hash}); ok {
			return true
		}
	}
	return false
}

// Append adds a line. A line that is there already is refused, and so is one that
// explains the absence of an answer that was never entered.
func (b *Book) Append(r Record) error {
	if _, twice := b.Find(r); twice {
		return fmt.Errorf("%w: a line is repeated", ErrLedger)
	}
	kind := slices.Index(kinds[:], r.Kind)
	if kind < 0 {
		return fmt.Errorf("%w: not a line of the ledger", ErrLedger)
	}
	if r.Closes() {
		if _, ok := b.Find(Record{Answer, r.Subject, r.Hash}); !ok {
			return fmt.Errorf("%w: an answer was erased, changed or withdrawn that was never entered", ErrLedger)
		}
		if b.Closed(r) {
			return fmt.Errorf("%w: an answer ended twice", ErrLedger)
		}
	}
	n := b.Size()
	hs, err := tlog.StoredHashes(n, []byte(r.String()), b)
	if err != nil {
		return fmt.Errorf("appending to the ledger: %w", err)
	}
	for _, h := range hs {
		b.hashes.append(h)
	}
	subject, ok := b.numbers[r.Subject]
	if !ok {
		subject = uint32(len(b.subjects))
		b.subjects, b.numbers[r.Subject] = append(b.subjects, r.Subject), subject
	}
	b.lines.append(line{r.Hash, subject, uint8(kind)})
	b.index.add(r.Hash, n, func(n int64) [sha256.Size]byte { return b.lines.at(n).hash })
	return nil
}

// Clone returns a book that can be appended to without changing b.
func (b *Book) Clone() *Book {
	return &Book{lines: b.lines.clone(), hashes: b.hashes.clone(), subjects: slices.Clone(b.subjects), numbers: maps.Clone(b.numbers), index: b.index.clone()}
}

// ReadHashes implements tlog.HashReader.
func (b *Book) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, x := range indexes {
		if x < 0 || x >= b.hashes.len() {
			return nil, fmt.Errorf("%w: no such hash", ErrLedger)
		}
		out[i] = *b.hashes.at(x)
	}
	return out, nil
}

// Size is the number of lines.
func (b *Book) Size() int64 { return b.lines.len() }

// Records yields the lines with their places, from 0.
func (b *Book) Records() iter.Seq2[int64, Record] {
	return func(yield func(int64, Record) bool) {
		for n := range b.Size() {
			if !yield(n, b.record(n)) {
				return
			}
		}
	}
}

// Find returns the place of a line, from 0.
func (b *Book) Find(r Record) (int64, bool) {
	return b.index.find(r.Hash, func(n int64) bool { return b.lines.at(n).hash == r.Hash && b.record(n) == r })
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
	var out bytes.Buffer
	_, _ = b.WriteTo(&out) // a buffer takes everything
	return out.Bytes()
}

// WriteTo writes Text.
func (b *Book) WriteTo(w io.Writer) (written int64, err error) {
	var text []byte
	for n := range b.Size() {
		text = append(b.record(n).append(text), '\n')
		if len(text) >= 1<<15 || n == b.Size()-1 {
			k, err := w.Write(text)
			if written += int64(k); err != nil {
				return written, fmt.Errorf("writing the ledger: %w", err)
			}
			text = text[:0]
		}
	}
	return written, nil
}

// ParseBook reads what Text wrote.
func ParseBook(text []byte) (*Book, error) {
	b := NewBook()
	i := -1
	for line := range strings.SplitAfterSeq(string(text), "\n") {
		if line == "" {
			break // after the last line
		}
		i++
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
