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
	"bufio"
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
	var r Record
	kind, rest, _ := strings.Cut(line, " ")
	subject, text, _ := strings.Cut(rest, " ")
	var room [sha256.Size + 1]byte
	if base64.RawURLEncoding.DecodedLen(len(text)) != len(r.Hash) {
		return Record{}, errLine
	}
	n, err := base64.RawURLEncoding.Strict().Decode(room[:], []byte(text))
	if r.Kind, r.Subject = Kind(kind), subject; err != nil || n != copy(r.Hash[:], room[:n]) || !slices.Contains(kinds[:], r.Kind) ||
		subject == "" || len(subject) > 20 || strings.Trim(subject, "0123456789-QH") != "" {
		return Record{}, errLine
	}
	return r, nil
}

var errLine = fmt.Errorf("%w: not a line of the ledger", ErrLedger)

// A Book is a log held in memory, in about 50 bytes a line. It is not safe for
// concurrent writing.
type Book struct {
	lines list[line]
	// tree holds the hashes of the tree from level groupLevel up, as
	// tlog.StoredHashIndex counts them when a group of lines is one leaf. Those
	// below are computed from the lines when somebody asks.
	tree    list[tlog.Hash]
	heads   []head
	numbers map[head]uint16 // of the heads
	index   index
}

// groupLevel is the level of the tree at which a hash is over groupSize lines.
const (
	groupLevel = 4
	groupSize  = 1 << groupLevel
)

// A head is what a line begins with, in front of its hash.
type head struct {
	kind    Kind
	subject string
}

// maxHeads bounds the pairs of kind and subject in a log: centuries of months.
const maxHeads = 1 << 16

// A line is a record as a book keeps it.
type line struct {
	hash [sha256.Size]byte
	head uint16 // its place in the book's heads
}

// kinds lists the kinds of line.
var kinds = [...]Kind{Answer, Erased, Changed, Withdrawn, Pack, Close, Reopen, Amendment, Quarantine}

// NewBook returns an empty log.
func NewBook() *Book { return &Book{numbers: map[head]uint16{}, index: newIndex()} }

func (b *Book) record(n int64) Record {
	l := b.lines.at(n)
	h := b.heads[l.head]
	return Record{h.kind, h.subject, l.hash}
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
	if !slices.Contains(kinds[:], r.Kind) {
		return errLine
	}
	if r.Closes() {
		if _, ok := b.Find(Record{Answer, r.Subject, r.Hash}); !ok {
			return fmt.Errorf("%w: an answer was erased, changed or withdrawn that was never entered", ErrLedger)
		}
		if b.Closed(r) {
			return fmt.Errorf("%w: an answer ended twice", ErrLedger)
		}
	}
	h := head{r.Kind, r.Subject}
	number, ok := b.numbers[h]
	if !ok {
		if len(b.heads) == maxHeads {
			return fmt.Errorf("%w: too many months and periods", ErrLedger)
		}
		number = uint16(len(b.heads))
		b.heads, b.numbers[h] = append(b.heads, h), number
	}
	n := b.Size()
	b.lines.append(line{r.Hash, number})
	b.index.add(r.Hash, n, func(n int64) [sha256.Size]byte { return b.lines.at(n).hash })
	if n%groupSize < groupSize-1 {
		return nil
	}
	hs, err := tlog.StoredHashesForRecordHash(n/groupSize, b.nodeHash(groupLevel, n/groupSize), groups{b})
	if err != nil {
		return fmt.Errorf("appending to the ledger: %w", err)
	}
	for _, h := range hs {
		b.tree.append(h)
	}
	return nil
}

// nodeHash is the hash of node n of a level of the tree, from its lines.
func (b *Book) nodeHash(level int, n int64) tlog.Hash {
	if level > 0 {
		return tlog.NodeHash(b.nodeHash(level-1, 2*n), b.nodeHash(level-1, 2*n+1))
	}
	var room [128]byte // a leaf is a 0 and the line, see RFC 6962
	return sha256.Sum256(b.record(n).append(room[:1]))
}

// groups reads the hashes of the tree whose leaves are groups of lines.
type groups struct{ *Book }

// ReadHashes implements tlog.HashReader.
func (g groups) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, x := range indexes {
		if x < 0 || x >= g.tree.len() {
			return nil, fmt.Errorf("%w: no such hash", ErrLedger)
		}
		out[i] = *g.tree.at(x)
	}
	return out, nil
}

// Clone returns a book that can be appended to without changing b.
func (b *Book) Clone() *Book {
	return &Book{lines: b.lines.clone(), tree: b.tree.clone(), heads: slices.Clone(b.heads), numbers: maps.Clone(b.numbers), index: b.index.clone()}
}

// ReadHashes implements tlog.HashReader.
func (b *Book) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, x := range indexes {
		if x < 0 {
			return nil, fmt.Errorf("%w: no such hash", ErrLedger)
		}
		level, n := tlog.SplitStoredHashIndex(x)
		if (n+1)<<level > b.Size() {
			return nil, fmt.Errorf("%w: no such hash", ErrLedger)
		}
		if level < groupLevel {
			out[i] = b.nodeHash(level, n)
		} else {
			out[i] = *b.tree.at(tlog.StoredHashIndex(level-groupLevel, n))
		}
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

// maxLine is more than the longest line has, in bytes.
const maxLine = 128

// ReadBook reads what WriteTo wrote, line by line.
func ReadBook(r io.Reader) (*Book, error) {
	b := NewBook()
	in := bufio.NewReaderSize(r, 1<<15)
	for n := 1; ; n++ {
		line, err := in.ReadSlice('\n')
		switch {
		case errors.Is(err, io.EOF) && len(line) == 0:
			return b, nil
		case errors.Is(err, io.EOF):
			err = fmt.Errorf("%w: the last line is cut off", ErrLedger)
		case errors.Is(err, bufio.ErrBufferFull) || err == nil && len(line) > maxLine:
			err = errLine
		}
		if err == nil {
			var r Record
			if r, err = ParseRecord(string(line[:len(line)-1])); err == nil {
				err = b.Append(r)
			}
		}
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
	}
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
