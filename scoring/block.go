package scoring

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"hash/fnv"
	"math/bits"
	"slices"

	"hailong/scoring/survey"
)

// A block is a sealed part of the answers (khối đã niêm): versioned bytes that
// depend on what was answered and on nothing else, so two servers that seal
// the same day write the same bytes. It is the smallest of
//
//   - raw: the answers themselves, 3 bits a mark for five levels, as bit
//     planes (bit r of plane p of an item belongs to respondent r), respondents
//     sorted so that no order of arrival is left;
//   - sparse: the counters of the tally that are not zero, as varints;
//   - dense: all counters in the narrowest of 1, 2, 4 or 8 bytes.
//
// Layout: version, kind, four bytes that name the survey's shape, number of
// respondents (uvarint), payload, CRC-32 of all before it.
const blockVersion = 1

const (
	blockRaw byte = iota + 1
	blockSparse
	blockDense
	blockSparseCounts // of a tally that counts levels only
	blockDenseCounts
)

// ErrBlock: the bytes are not a block of this survey, or are damaged.
var ErrBlock = errors.New("scoring: not a sealed block of this survey")

// Seal returns the block of some respondents. rows may be in any order.
func Seal(s *survey.Survey, rows []survey.Answers) []byte {
	t := NewTally(s)
	packed := make([]survey.Mark, 0, len(rows)*len(t.shape.items))
	for _, row := range rows {
		t.Add(row)
		packed = append(packed, t.shape.normal(row)...)
	}
	return t.seal(packed)
}

// Seal returns the block of the tally. It is the same for every way in which
// the answers were added and merged.
func (t *Tally) Seal() []byte {
	if t.n < batch && !t.shallow {
		return t.seal(t.pending)
	}
	return t.seal(nil)
}

// normal is a row with exactly one valid mark an item.
func (sh *shape) normal(a survey.Answers) []survey.Mark {
	row := make([]survey.Mark, len(sh.items))
	for i := range row {
		if i < len(a) && a[i] >= survey.NotApplicable && int(a[i]) <= sh.levels {
			row[i] = a[i]
		}
	}
	return row
}

// seal picks the smallest encoding. rows are all the tally's rows, or nil where
// they are not known. A tally of fewer than batch rows is always raw: its rows
// are known however it came to be, so the choice depends on the content alone.
func (t *Tally) seal(rows []survey.Mark) []byte {
	raw := rows != nil || t.n == 0
	var best []byte
	if raw {
		best = t.header(blockRaw)
		best = t.shape.appendPlanes(best, rows)
	}
	if t.n >= batch || t.shallow {
		counters, profiles := t.counters()
		sparse, dense := blockSparse, blockDense
		if t.shallow {
			sparse, dense = blockSparseCounts, blockDenseCounts
		}
		b := appendProfiles(appendSparse(t.header(sparse), counters), profiles, t.shallow)
		if best == nil || len(b) < len(best) {
			best = b
		}
		b = appendProfiles(appendDense(t.header(dense), counters), profiles, t.shallow)
		if len(b) < len(best) {
			best = b
		}
	}
	return binary.LittleEndian.AppendUint32(best, crc32.ChecksumIEEE(best))
}

func (t *Tally) header(kind byte) []byte {
	b := []byte{blockVersion, kind}
	b = binary.LittleEndian.AppendUint32(b, t.shape.id)
	return binary.AppendUvarint(b, uint64(t.n))
}

// shapeID names what must be equal for counters to mean the same.
func shapeID(s *survey.Survey) uint32 {
	h := fnv.New32a()
	fmt.Fprint(h, s.ID, "\x00", len(s.Levels), "\x00", s.Low(), "\x00", s.Satisfied, "\x00", s.Overall.ID)
	for _, el := range s.Elements {
		fmt.Fprint(h, "\x01", el.ID)
		for _, c := range el.Criteria {
			fmt.Fprint(h, "\x00", c.ID)
		}
	}
	return h.Sum32()
}

// AddBlock adds what a block holds to t. It fails with ErrBlock, changing
// nothing, if the bytes are damaged or belong to another survey.
func (t *Tally) AddBlock(b []byte) error {
	kind, id, n, payload, err := readHeader(b)
	if err != nil {
		return err
	}
	sh := t.shape
	if id != sh.id {
		return fmt.Errorf("%w: sealed for another survey", ErrBlock)
	}
	if kind == blockRaw {
		codes, err := t.checkPlanes(payload, n)
		if err != nil {
			return err
		}
		if t.shallow {
			width := sh.markBits()
			t.n += int64(n)
			for i := range sh.items {
				levels := t.levels[i*(sh.levels+2) : (i+1)*(sh.levels+2)]
				for l, c := range codes[i<<width:][:len(levels)] {
					levels[l] += c
				}
			}
			return nil
		}
		sh.unpack(payload, int(n), t.Add)
		return nil
	}
	o, err := t.decodeCounters(kind, int64(n), payload)
	if err != nil {
		return err
	}
	return t.Merge(o)
}

// BlockRows calls row for every respondent of a block of t's survey, in the order
// of their marks, and leaves t as it is; the slice is used again. ok is false,
// and row is not called, where the block holds counters only. ErrBlock: the
// bytes are damaged or belong to another survey.
func (t *Tally) BlockRows(b []byte, row func(survey.Answers)) (ok bool, err error) {
	kind, id, n, payload, err := readHeader(b)
	switch {
	case err != nil:
		return false, err
	case id != t.shape.id:
		return false, fmt.Errorf("%w: sealed for another survey", ErrBlock)
	case kind != blockRaw:
		return false, nil
	}
	if _, err := t.checkPlanes(payload, n); err != nil {
		return false, err
	}
	t.shape.unpack(payload, int(n), row)
	return true, nil
}

// checkPlanes checks the payload of a raw block and counts the codes in it.
func (t *Tally) checkPlanes(payload []byte, n uint64) (codes []int64, err error) {
	sh := t.shape
	width := sh.markBits()
	if uint64(len(payload)) != (n*uint64(len(sh.items)*width)+7)/8 {
		return nil, fmt.Errorf("%w: %d bytes for %d respondents", ErrBlock, len(payload), n)
	}
	codes = t.scratch()
	sh.countPlanes(codes, payload, int(n))
	for i := sh.levels + 2; i < len(codes); i += 1 << width {
		for _, c := range codes[i : i+1<<width-sh.levels-2] {
			if c != 0 {
				return nil, fmt.Errorf("%w: a mark that the scale does not have", ErrBlock)
			}
		}
	}
	return codes, nil
}

// unpack takes the planes of n respondents apart again.
func (sh *shape) unpack(payload []byte, n int, use func(survey.Answers)) {
	width := sh.markBits()
	row := make(survey.Answers, len(sh.items))
	for r := range n {
		for i := range row {
			var code uint64
			for p := range width {
				code |= bitAt(payload, (i*width+p)*n+r) << p
			}
			row[i] = survey.Mark(code) - 1
		}
		use(row)
	}
}

// readHeader checks what can be checked without knowing the survey.
func readHeader(b []byte) (kind byte, shape uint32, n uint64, payload []byte, err error) {
	const head, tail = 6, 4
	if len(b) < head+1+tail || b[0] != blockVersion || b[1] < blockRaw || b[1] > blockDenseCounts {
		return 0, 0, 0, nil, fmt.Errorf("%w: unknown version or kind", ErrBlock)
	}
	body := b[:len(b)-tail]
	if crc32.ChecksumIEEE(body) != binary.LittleEndian.Uint32(b[len(b)-tail:]) {
		return 0, 0, 0, nil, fmt.Errorf("%w: the checksum is wrong", ErrBlock)
	}
	n, k := binary.Uvarint(body[head:])
	if k <= 0 || n > 1<<40 {
		return 0, 0, 0, nil, fmt.Errorf("%w: the number of respondents is damaged", ErrBlock)
	}
	return b[1], binary.LittleEndian.Uint32(b[2:]), n, body[head+k:], nil
}

// BlockAnswers returns the number of respondents in a block.
func BlockAnswers(b []byte) (int64, error) {
	_, _, n, _, err := readHeader(b)
	return int64(n), err
}

// markBits is the width of a mark: levels, not applicable and unanswered.
func (sh *shape) markBits() int { return bits.Len(uint(sh.levels + 1)) }

// appendPlanes packs rows, sorted, as bit planes, one after the other without
// gaps: the bits of plane p of item i begin at bit (i·width+p)·n.
func (sh *shape) appendPlanes(b []byte, rows []survey.Mark) []byte {
	k, width := len(sh.items), sh.markBits()
	if k == 0 {
		return b
	}
	n := len(rows) / k
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(x, y int) int { return slices.Compare(rows[x*k:(x+1)*k], rows[y*k:(y+1)*k]) })
	at := len(b)
	b = append(b, make([]byte, (n*k*width+7)/8)...)
	out := b[at:]
	for r, x := range order {
		for i, m := range rows[x*k : (x+1)*k] {
			code := uint(m + 1)
			for p := range width {
				bit := (i*width+p)*n + r
				out[bit>>3] |= byte(code>>p&1) << (bit & 7)
			}
		}
	}
	return b
}

func bitAt(b []byte, i int) uint64 { return uint64(b[i>>3]>>(i&7)) & 1 }

// word returns the 64 bits of b from bit i on; what lies past the end is 0.
func word(b []byte, i int) uint64 {
	at, off := i>>3, uint(i&7)
	if at+9 <= len(b) {
		return binary.LittleEndian.Uint64(b[at:])>>off | uint64(b[at+8])<<1<<(63-off)
	}
	var room [9]byte
	copy(room[:], b[min(at, len(b)):])
	return binary.LittleEndian.Uint64(room[:])>>off | uint64(room[8])<<1<<(63-off)
}

// scratch is room for the code counts of one block.
func (t *Tally) scratch() []int64 {
	if t.codes == nil {
		t.codes = make([]int64, len(t.shape.items)<<t.shape.markBits())
	}
	return t.codes
}

// countPlanes counts, for every item, how many of n respondents gave each code
// (mark + 1). Per item and 64 respondents that is a few ANDs and population
// counts.
func (sh *shape) countPlanes(codes []int64, b []byte, n int) {
	width := sh.markBits()
	for i := range sh.items {
		into := codes[i<<width : (i+1)<<width]
		if width == 3 {
			countThree((*[8]int64)(into), b, i*width*n, n)
		} else {
			countWide(into, b, i*width*n, n, width)
		}
	}
}

// countThree counts codes of three bits by inclusion and exclusion.
func countThree(codes *[8]int64, b []byte, base, n int) {
	var s0, s1, s2, s01, s02, s12, s012 int
	for r := 0; r < n; r += 64 {
		live := ^uint64(0)
		if n-r < 64 {
			live = 1<<(n-r) - 1
		}
		w0, w1, w2 := word(b, base+r)&live, word(b, base+n+r)&live, word(b, base+2*n+r)&live
		s0 += bits.OnesCount64(w0)
		s1 += bits.OnesCount64(w1)
		s2 += bits.OnesCount64(w2)
		s01 += bits.OnesCount64(w0 & w1)
		s02 += bits.OnesCount64(w0 & w2)
		s12 += bits.OnesCount64(w1 & w2)
		s012 += bits.OnesCount64(w0 & w1 & w2)
	}
	*codes = [8]int64{
		0: int64(n - s0 - s1 - s2 + s01 + s02 + s12 - s012),
		1: int64(s0 - s01 - s02 + s012), 2: int64(s1 - s01 - s12 + s012), 4: int64(s2 - s02 - s12 + s012),
		3: int64(s01 - s012), 5: int64(s02 - s012), 6: int64(s12 - s012), 7: int64(s012),
	}
}

// countWide counts codes of any width by splitting the respondents plane by
// plane.
func countWide(codes []int64, b []byte, base, n, width int) {
	clear(codes)
	var room [16]uint64
	masks := room[:len(codes)]
	for r := 0; r < n; r += 64 {
		masks[0] = ^uint64(0)
		if n-r < 64 {
			masks[0] = 1<<(n-r) - 1
		}
		for p := range width {
			w := word(b, base+p*n+r)
			for c := 1<<p - 1; c >= 0; c-- {
				masks[c|1<<p] = masks[c] & w
				masks[c] &^= w
			}
		}
		for c, m := range masks {
			codes[c] += int64(bits.OnesCount64(m))
		}
	}
}
