package importer

import (
	"bufio"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
)

// A spill keeps a long text that is written once and then read piece by piece:
// in memory while it is short, else in a temporary file. The texts of a
// workbook have names in them, so the file is enciphered with a key that only
// this process knows and that dies with it.
type spill struct {
	size  int64
	short []byte // the text, until it spills over
	file  *os.File
	w     *bufio.Writer
	key   cipher.Block
	cache [spillBlocks]spillBlock
}

type spillBlock struct {
	number int64 // from 1
	text   []byte
}

const (
	spillAfter  = 4 << 20
	spillSize   = 16 << 10 // of a block
	spillBlocks = 256      // that are kept
)

// temporary makes a file that has no name where the system allows it, so that
// not even a crash leaves it behind; elsewhere discard removes it.
func temporary() (*os.File, error) {
	f, err := os.CreateTemp("", "hailong-import-*")
	if err != nil {
		return nil, spilling(err)
	}
	_ = os.Remove(f.Name()) // see above
	return f, nil
}

func discard(f *os.File) error {
	err := f.Close()
	if rm := os.Remove(f.Name()); rm != nil && !errors.Is(rm, os.ErrNotExist) {
		err = errors.Join(err, rm)
	}
	return err
}

// add appends text.
func (s *spill) add(text string) error {
	s.size += int64(len(text))
	if s.file == nil {
		if s.short = append(s.short, text...); len(s.short) <= spillAfter {
			return nil
		}
		if err := s.over(); err != nil {
			return err
		}
		text, s.short = string(s.short), nil
	}
	_, err := s.w.WriteString(text)
	return spilling(err)
}

// over opens the file.
func (s *spill) over() error {
	key := make([]byte, 32)
	rand.Read(key) // never fails
	var err error
	if s.key, err = aes.NewCipher(key); err != nil {
		return spilling(err)
	}
	if s.file, err = temporary(); err != nil {
		return err
	}
	s.w = bufio.NewWriterSize(cipher.StreamWriter{S: s.stream(0), W: s.file}, spillSize)
	return nil
}

// stream enciphers and deciphers from a place in the text on, a whole number
// of blocks of the cipher. The key is used for one text only.
func (s *spill) stream(at int64) cipher.Stream {
	var counter [aes.BlockSize]byte
	binary.BigEndian.PutUint64(counter[8:], uint64(at/aes.BlockSize))
	return cipher.NewCTR(s.key, counter[:])
}

// flush ends the writing.
func (s *spill) flush() error {
	if s.w == nil {
		return nil
	}
	return spilling(s.w.Flush())
}

// read returns the text from one place to another.
func (s *spill) read(from, to int64) (string, error) {
	if s.file == nil {
		return string(s.short[from:to]), nil
	}
	out := make([]byte, 0, to-from)
	for from < to {
		b, err := s.block(from / spillSize)
		if err != nil {
			return "", err
		}
		start := from % spillSize
		n := min(to-from, int64(len(b))-start)
		if n <= 0 {
			return "", spilling(io.ErrUnexpectedEOF)
		}
		out = append(out, b[start:start+n]...)
		from += n
	}
	return string(out), nil
}

func (s *spill) block(number int64) ([]byte, error) {
	c := &s.cache[number%spillBlocks]
	if c.number == number+1 {
		return c.text, nil
	}
	at := number * spillSize
	b := make([]byte, min(spillSize, s.size-at))
	if _, err := s.file.ReadAt(b, at); err != nil {
		return nil, spilling(err)
	}
	s.stream(at).XORKeyStream(b, b)
	c.number, c.text = number+1, b
	return b, nil
}

func (s *spill) close() error {
	if s.file == nil {
		return nil
	}
	return discard(s.file)
}

func spilling(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w: %w", errSpilled, err)
}

// errSpilled marks the faults of the machine, not of the file.
var errSpilled = errors.New("không dùng được tệp tạm / a temporary file cannot be used")
