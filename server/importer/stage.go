package importer

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"io"
	"iter"
	"os"
	"strconv"

	"hailong/server"
)

// A stage holds the dossiers of a file, in a temporary file, from when they
// were read until the whole file is known to be good. There is nothing about
// persons in it.
type stage struct {
	file *os.File
	w    *bufio.Writer
	n    int
	seen map[codeHash]occurrence
	// repeated counts, for the codes that come more than once, how often and
	// how often they changed from one time to the next.
	repeated map[codeHash]repetition
}

// A codeHash stands for a code in half the memory: a long list is remembered by
// these alone. That two codes of one list share one is out of the question.
type codeHash [16]byte

func hashOf(code server.DossierCode) codeHash {
	h := sha256.Sum256([]byte(code))
	return codeHash(h[:16])
}

type occurrence struct {
	row  int32
	last int32 // place among the staged
	sum  uint64
}

type repetition struct{ times, changes int }

// A staged is one dossier of the stage.
type staged struct {
	Row     int
	Dossier server.Dossier
}

func newStage() (*stage, error) {
	f, err := temporary()
	if err != nil {
		return nil, err
	}
	s := &stage{file: f, w: bufio.NewWriterSize(f, 1<<16),
		seen: map[codeHash]occurrence{}, repeated: map[codeHash]repetition{}}
	return s, nil
}

// add appends a dossier. It returns the row on which its code stood before in
// this file, or 0.
func (s *stage) add(row int, d server.Dossier) (before int, err error) {
	b, err := json.Marshal(d)
	if err != nil {
		return 0, fmt.Errorf("staging row %d: %w", row, err)
	}
	if _, err := fmt.Fprintf(s.w, "%d %s\n", row, b); err != nil {
		return 0, spilling(err)
	}
	h := fnv.New64a()
	_, _ = h.Write(b) // never fails
	sum := h.Sum64()
	key := hashOf(d.Code)
	if was, ok := s.seen[key]; ok {
		before = int(was.row)
		r := s.repeated[key]
		r.times = max(r.times, 1) + 1
		if was.sum != sum {
			r.changes++
		}
		s.repeated[key] = r
	}
	s.seen[key] = occurrence{int32(row), int32(s.n), sum}
	s.n++
	return before, nil
}

// all yields the dossiers that count: of those with one code, the last.
func (s *stage) all() iter.Seq2[staged, error] {
	return func(yield func(staged, error) bool) {
		err := s.w.Flush()
		if err == nil {
			_, err = s.file.Seek(0, io.SeekStart)
		}
		if err != nil {
			yield(staged{}, spilling(err))
			return
		}
		lines := bufio.NewReaderSize(s.file, 1<<16)
		for i := range s.n {
			v, err := next(lines)
			if err != nil {
				yield(v, spilling(err))
				return
			}
			if int(s.seen[hashOf(v.Dossier.Code)].last) == i && !yield(v, nil) {
				return
			}
		}
	}
}

func next(lines *bufio.Reader) (v staged, err error) {
	line, err := lines.ReadBytes('\n')
	if err != nil {
		return v, err
	}
	row, body, _ := bytes.Cut(line, []byte(" "))
	if v.Row, err = strconv.Atoi(string(row)); err != nil {
		return v, err
	}
	return v, json.Unmarshal(body, &v.Dossier)
}

func (s *stage) close() error { return discard(s.file) }
