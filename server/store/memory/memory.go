// Package memory is the store that forgets: an engine for tests of the domain,
// with nothing on disk. It sits the same exam as the others.
package memory

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"

	"hailong/server/store"
)

// A Store keeps documents in maps. The zero value is not usable: call New.
type Store struct {
	mu          sync.RWMutex
	collections map[string]map[string]store.Doc
	trouble     error
	closed      bool
}

var _ store.Store = (*Store)(nil)

// New returns an empty store.
func New() *Store {
	return &Store{collections: make(map[string]map[string]store.Doc)}
}

// Fail makes every verb fail with err, wrapped as ErrUnavailable, until Fail
// is called with nil: a store that vanishes and comes back. What it holds is
// kept.
func (s *Store) Fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.trouble = err
}

// Insert implements store.Store.
func (s *Store) Insert(ctx context.Context, collection string, d store.Doc) error {
	return s.write(ctx, store.Op{Collection: collection, Kind: store.OpInsert, Doc: d})
}

// Replace implements store.Store.
func (s *Store) Replace(ctx context.Context, collection string, d store.Doc) error {
	return s.write(ctx, store.Op{Collection: collection, Kind: store.OpReplace, Doc: d})
}

// Delete implements store.Store.
func (s *Store) Delete(ctx context.Context, collection, key string, version int64) error {
	d := store.Doc{Key: key, Version: version}
	return s.write(ctx, store.Op{Collection: collection, Kind: store.OpDelete, Doc: d})
}

// Batch implements store.Store.
func (s *Store) Batch(ctx context.Context, ops []store.Op) ([]error, error) {
	errs := make([]error, len(ops))
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.ready(ctx); err != nil {
		for i := range errs {
			errs[i] = err
		}
		return errs, err
	}
	for i, op := range ops {
		errs[i] = s.apply(op)
	}
	return errs, nil
}

func (s *Store) write(ctx context.Context, op store.Op) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.ready(ctx); err != nil {
		return err
	}
	return s.apply(op)
}

// ready says whether the verbs work. The caller holds the lock.
func (s *Store) ready(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%w: %w", store.ErrUnavailable, err)
	}
	if s.closed {
		return fmt.Errorf("%w: the store is closed", store.ErrUnavailable)
	}
	if s.trouble != nil {
		return fmt.Errorf("%w: %w", store.ErrUnavailable, s.trouble)
	}
	return nil
}

// apply does one op. The caller holds the lock.
func (s *Store) apply(op store.Op) error {
	if err := op.Check(); err != nil {
		return fmt.Errorf("writing to %s: %w", op.Collection, err)
	}
	docs := s.collections[op.Collection]
	old, found := docs[op.Doc.Key]
	d := op.Doc
	d.Body = slices.Clone(d.Body)
	switch op.Kind {
	case store.OpInsert:
		if found {
			return fmt.Errorf("inserting into %s: %w", op.Collection, store.ErrExists)
		}
		if docs == nil {
			docs = make(map[string]store.Doc)
			s.collections[op.Collection] = docs
		}
		d.Version = 1
		docs[d.Key] = d
	default:
		switch {
		case !found:
			return fmt.Errorf("changing %s: %w", op.Collection, store.ErrNotFound)
		case d.Version != old.Version && (op.Kind == store.OpReplace || d.Version != 0):
			return fmt.Errorf("changing %s: %w", op.Collection, store.ErrConflict)
		}
		if op.Kind == store.OpDelete {
			delete(docs, d.Key)
			return nil
		}
		d.Version++
		docs[d.Key] = d
	}
	return nil
}

// Get implements store.Store.
func (s *Store) Get(ctx context.Context, collection, key string) (store.Doc, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if err := s.ready(ctx); err != nil {
		return store.Doc{}, err
	}
	if err := store.CheckCollection(collection); err != nil {
		return store.Doc{}, err
	}
	d, found := s.collections[collection][key]
	if !found {
		return store.Doc{}, fmt.Errorf("reading %s: %w", collection, store.ErrNotFound)
	}
	d.Body = slices.Clone(d.Body)
	return d, nil
}

// Scan implements store.Store. It yields what the range held when it began.
func (s *Store) Scan(ctx context.Context, collection string, r store.Range) iter.Seq2[store.Doc, error] {
	return func(yield func(store.Doc, error) bool) {
		docs, err := s.snapshot(ctx, collection, r)
		if err != nil {
			yield(store.Doc{}, err)
			return
		}
		for _, d := range docs {
			s.mu.RLock()
			err := s.ready(ctx)
			s.mu.RUnlock()
			if err != nil {
				yield(store.Doc{}, err)
				return
			}
			d.Body = slices.Clone(d.Body)
			if !yield(d, nil) {
				return
			}
		}
	}
}

func (s *Store) snapshot(ctx context.Context, collection string, r store.Range) ([]store.Doc, error) {
	if err := store.CheckCollection(collection); err != nil {
		return nil, err
	}
	if err := r.Check(); err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if err := s.ready(ctx); err != nil {
		return nil, err
	}
	var docs []store.Doc
	for _, d := range s.collections[collection] {
		k := d.Key
		if r.ByOrder {
			k = d.Order
		}
		if k >= r.From && (r.To == "" || k < r.To) {
			docs = append(docs, d)
		}
	}
	slices.SortFunc(docs, func(a, b store.Doc) int {
		c := 0
		if r.ByOrder {
			c = strings.Compare(a.Order, b.Order)
		}
		if c == 0 {
			c = strings.Compare(a.Key, b.Key)
		}
		if r.Reverse {
			return -c
		}
		return c
	})
	if r.Limit > 0 && len(docs) > r.Limit {
		docs = docs[:r.Limit]
	}
	return docs, nil
}

// Collections implements store.Store.
func (s *Store) Collections(ctx context.Context) ([]string, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if err := s.ready(ctx); err != nil {
		return nil, err
	}
	var names []string
	for name, docs := range s.collections {
		if len(docs) > 0 {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}

// Ping implements store.Store.
func (s *Store) Ping(ctx context.Context) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.ready(ctx)
}

// Close implements store.Store. What the store held is gone.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	s.collections = nil
	return nil
}
