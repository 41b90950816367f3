package ledger

import (
	"crypto/sha256"
	"hash/maphash"
	"slices"
)

// A list is a slice that grows and is cloned without moving what is in it.
type list[T any] struct {
	full [][]T // each of listPart
	tail []T   // fewer
}

const listPart = 4096

func (l *list[T]) len() int64 { return int64(len(l.full))*listPart + int64(len(l.tail)) }

func (l *list[T]) at(n int64) *T {
	if part := n / listPart; part < int64(len(l.full)) {
		return &l.full[part][n%listPart]
	}
	return &l.tail[n%listPart]
}

func (l *list[T]) append(v T) {
	if len(l.tail) == cap(l.tail) && len(l.full) > 0 { // a long list: no steps between
		l.tail = slices.Grow(l.tail, listPart-len(l.tail))
	}
	if l.tail = append(l.tail, v); len(l.tail) == listPart {
		l.full, l.tail = append(l.full, l.tail), nil
	}
}

func (l *list[T]) clone() list[T] {
	return list[T]{l.full[:len(l.full):len(l.full)], slices.Clone(l.tail)}
}

// An index finds a line by its hash: a table of places, each one more than the
// line's, with free slots in between. The seed keeps whoever writes a log from
// choosing hashes that meet.
type index struct {
	seed  maphash.Seed
	slots []uint32 // a power of two of them
	used  int
}

func newIndex() index { return index{seed: maphash.MakeSeed(), slots: make([]uint32, 64)} }

func (x *index) clone() index { return index{x.seed, slices.Clone(x.slots), x.used} }

// find returns the first place under a hash that is the one.
func (x *index) find(hash [sha256.Size]byte, is func(int64) bool) (int64, bool) {
	mask := uint64(len(x.slots) - 1)
	for i := maphash.Bytes(x.seed, hash[:]) & mask; x.slots[i] != 0; i = (i + 1) & mask {
		if n := int64(x.slots[i]) - 1; is(n) {
			return n, true
		}
	}
	return 0, false
}

// add puts in a place; hashOf tells the hashes of those that are in.
func (x *index) add(hash [sha256.Size]byte, n int64, hashOf func(int64) [sha256.Size]byte) {
	if 2*(x.used+1) > len(x.slots) {
		wider := index{x.seed, make([]uint32, 2*len(x.slots)), 0}
		for _, slot := range x.slots {
			if slot != 0 {
				wider.put(hashOf(int64(slot)-1), slot)
			}
		}
		*x = wider
	}
	x.put(hash, uint32(n)+1)
}

func (x *index) put(hash [sha256.Size]byte, slot uint32) {
	mask := uint64(len(x.slots) - 1)
	i := maphash.Bytes(x.seed, hash[:]) & mask
	for x.slots[i] != 0 {
		i = (i + 1) & mask
	}
	x.slots[i] = slot
	x.used++
}
