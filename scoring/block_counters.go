package scoring

import (
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
)

// counters returns all counters of a tally in one slice, levels first, and the
// profiles.
func (t *Tally) counters() ([]int64, profiles) {
	if t.shallow {
		return t.levels, profiles{}
	}
	r := t.relations()
	return append(slices.Clone(t.levels), r.c...), r.profiles
}

// appendSparse writes (gap, value) for every counter that is not zero.
func appendSparse(b []byte, c []int64) []byte {
	last := -1
	for i, v := range c {
		if v != 0 {
			b = binary.AppendUvarint(b, uint64(i-last))
			b = binary.AppendVarint(b, v)
			last = i
		}
	}
	return binary.AppendUvarint(b, 0) // no gap is 0: the end
}

// appendDense writes the width in bytes and every counter with it.
func appendDense(b []byte, c []int64) []byte {
	width := byte(1)
	for _, v := range c {
		for width < 8 && (v<<(64-8*width))>>(64-8*width) != v {
			width *= 2
		}
	}
	b = append(b, width)
	for _, v := range c {
		for i := range width {
			b = append(b, byte(v>>(8*i)))
		}
	}
	return b
}

// appendProfiles writes the profiles sorted by key, after a count that is 0
// for "too many" and one more than the number otherwise.
func appendProfiles(b []byte, p profiles, shallow bool) []byte {
	if shallow {
		return b
	}
	if p.over {
		return binary.AppendUvarint(b, 0)
	}
	b = binary.AppendUvarint(b, uint64(len(p.count))+1)
	for _, key := range slices.Sorted(maps.Keys(p.count)) {
		b = append(b, key...)
		b = binary.AppendUvarint(b, uint64(p.count[key]))
	}
	return b
}

// decodeCounters reads a block of counters into a new tally.
func (t *Tally) decodeCounters(kind byte, n int64, b []byte) (*Tally, error) {
	o := t.Fresh()
	o.n = n
	o.shallow = kind == blockSparseCounts || kind == blockDenseCounts
	size := len(o.levels)
	if !o.shallow {
		size += t.shape.at.size
	}
	c := make([]int64, size)
	var err error
	if kind == blockSparse || kind == blockSparseCounts {
		b, err = readSparse(c, b)
	} else {
		b, err = readDense(c, b)
	}
	if err != nil {
		return nil, err
	}
	copy(o.levels, c)
	if !o.shallow {
		o.deep = newRelations(t.shape)
		copy(o.deep.c, c[len(o.levels):])
		if b, err = readProfiles(&o.deep.profiles, 3*len(t.shape.spans)+1, b); err != nil {
			return nil, err
		}
	}
	if len(b) != 0 {
		return nil, fmt.Errorf("%w: %d bytes too many", ErrBlock, len(b))
	}
	width := t.shape.levels + 2
	for i := range t.shape.items {
		var sum int64
		for _, v := range o.levels[i*width : (i+1)*width] {
			if v < 0 || v > n {
				return nil, fmt.Errorf("%w: an impossible count", ErrBlock)
			}
			sum += v
		}
		if sum != n {
			return nil, fmt.Errorf("%w: the counts of an item do not add up", ErrBlock)
		}
	}
	return o, nil
}

func readSparse(c []int64, b []byte) ([]byte, error) {
	for at := -1; ; {
		gap, k := binary.Uvarint(b)
		if k <= 0 {
			return nil, fmt.Errorf("%w: cut short", ErrBlock)
		}
		b = b[k:]
		if gap == 0 {
			return b, nil
		}
		if gap > uint64(len(c)-1-at) {
			return nil, fmt.Errorf("%w: a counter that does not exist", ErrBlock)
		}
		at += int(gap)
		v, k := binary.Varint(b)
		if k <= 0 {
			return nil, fmt.Errorf("%w: cut short", ErrBlock)
		}
		c[at], b = v, b[k:]
	}
}

func readDense(c []int64, b []byte) ([]byte, error) {
	if len(b) == 0 || (b[0] != 1 && b[0] != 2 && b[0] != 4 && b[0] != 8) || len(b) < 1+int(b[0])*len(c) {
		return nil, fmt.Errorf("%w: cut short", ErrBlock)
	}
	width := int(b[0])
	b = b[1:]
	for i := range c {
		var v uint64
		for k := range width {
			v |= uint64(b[k]) << (8 * k)
		}
		up := 64 - 8*width
		c[i] = int64(v<<up) >> up // with its sign
		b = b[width:]
	}
	return b, nil
}

func readProfiles(p *profiles, keyLen int, b []byte) ([]byte, error) {
	count, k := binary.Uvarint(b)
	if k <= 0 || count > maxProfiles+1 {
		return nil, fmt.Errorf("%w: the profiles are damaged", ErrBlock)
	}
	b = b[k:]
	if count == 0 {
		p.over, p.count = true, nil
		return b, nil
	}
	for range count - 1 {
		if len(b) < keyLen {
			return nil, fmt.Errorf("%w: cut short", ErrBlock)
		}
		key := string(b[:keyLen])
		v, k := binary.Uvarint(b[keyLen:])
		if k <= 0 || v > 1<<40 {
			return nil, fmt.Errorf("%w: cut short", ErrBlock)
		}
		for e := range (keyLen - 1) / 3 {
			if key[3*e+2] == 0 {
				return nil, fmt.Errorf("%w: a score of nothing", ErrBlock)
			}
		}
		p.count[key] += int64(v)
		b = b[keyLen+k:]
	}
	return b, nil
}
