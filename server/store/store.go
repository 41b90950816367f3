// Package store is the house's memory: one narrow document store, in verbs
// that mean the same on every engine. Engines live in the packages below it
// and sit one exam, package storetest.
//
// The verbs are chosen so that no caller needs a transaction, a counter or a
// lock. Once only is Insert: the key is the primary key and the second writer
// gets ErrExists. A document that changes carries a version and is replaced
// only where the version still matches. A write that returned nil is durable.
package store

import (
	"context"
	"errors"
	"iter"
)

// The kinds of error. Engines wrap them, with what they were doing.
var (
	ErrNotFound    = errors.New("not found")
	ErrExists      = errors.New("already exists")
	ErrConflict    = errors.New("changed by someone else") // the version does not match
	ErrUnavailable = errors.New("store unavailable")       // gone, full or too slow; trying again may help
	ErrInvalid     = errors.New("invalid document")        // too large, bad key or not a JSON object
)

// Limits every engine holds.
const (
	MaxKey  = 200     // bytes of a key, an order or a collection name
	MaxBody = 4 << 20 // bytes of a body
)

// A Doc is one document of a collection.
type Doc struct {
	// Key is the primary key, 1 to MaxKey bytes of UTF-8 without NUL.
	Key string
	// Order is an optional second key, not unique, by which a collection can
	// be scanned. It is set by every Insert and Replace.
	Order string
	// Version is 1 after Insert and one more after every Replace.
	Version int64
	// Body is a JSON object. An engine may store it in its own form: what
	// comes back is the same JSON value, not always the same bytes. Numbers
	// are exact for integers of 64 bits and for float64, but zero has no
	// sign. The keys of an object are not empty and not repeated, do not
	// begin with "$" and hold no dot and no NUL.
	Body []byte
}

// A Range says which documents to scan: From <= k < To, where an empty To has
// no upper end. With ByOrder, k is Order (and equal orders come by key),
// otherwise Key. Keys compare bytewise.
type Range struct {
	From, To string
	ByOrder  bool
	// Reverse scans from the highest to the lowest.
	Reverse bool
	// Limit ends the scan after so many documents; 0 is all.
	Limit int
}

// An Op is one write of a batch: exactly one of Insert, Replace, Delete.
type Op struct {
	Collection string
	Kind       OpKind
	Doc        Doc // Delete uses Key and Version
}

// An OpKind says what an Op does.
type OpKind uint8

// The kinds of write.
const (
	OpInsert OpKind = iota + 1
	OpReplace
	OpDelete
)

// A Store holds collections of documents. All methods may be called from many
// goroutines, and many processes may hold the same store open.
//
// A context that ends, a store that is closed, gone, full or too slow are
// ErrUnavailable. A write that returned it may have been done or not: Insert
// again and take ErrExists for yes, or read before a Replace. Errors name the
// collection and never a key or a value.
type Store interface {
	// Insert writes a new document, or returns ErrExists.
	Insert(ctx context.Context, collection string, d Doc) error
	// Get returns the document with that key, or ErrNotFound.
	Get(ctx context.Context, collection, key string) (Doc, error)
	// Replace writes d where the stored version is d.Version, and makes it
	// d.Version+1. It returns ErrConflict where the version is another and
	// ErrNotFound where there is no such document.
	Replace(ctx context.Context, collection string, d Doc) error
	// Delete removes the document if its version matches; version 0 matches
	// any. It returns ErrNotFound or ErrConflict as Replace does.
	Delete(ctx context.Context, collection, key string, version int64) error
	// Scan yields the documents of a range in order. It reads page by page:
	// what is written meanwhile may or may not be seen, but a document that
	// was there all the time, under the same order, is seen exactly once. It
	// yields an error last.
	Scan(ctx context.Context, collection string, r Range) iter.Seq2[Doc, error]
	// Batch performs writes that do not depend on each other, in any order.
	// The slice has one entry per op, nil where it was done; err is not nil
	// where nothing is known of some of them, whose entries then are
	// ErrUnavailable. Not atomic.
	Batch(ctx context.Context, ops []Op) (errs []error, err error)
	// Collections lists the collections that hold at least one document.
	Collections(ctx context.Context) ([]string, error)
	// Ping reports whether the store can be reached.
	Ping(ctx context.Context) error
	// Close lets go of the store. Writes under way end first.
	Close() error
}
