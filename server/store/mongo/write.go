package mongo

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readconcern"

	"hailong/server/store"
)

// Insert implements store.Store.
//
// The driver sends a write again after a broken line only where the server
// remembers what it has done (retryable writes of a replica set): a document
// does not meet itself. Elsewhere the answer is ErrUnavailable, and a caller
// that tries again may meet what it wrote before as ErrExists.
func (s *Store) Insert(ctx context.Context, collection string, d store.Doc) error {
	op := store.Op{Collection: collection, Kind: store.OpInsert, Doc: d}
	return s.write(ctx, op)
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

func (s *Store) write(ctx context.Context, op store.Op) error {
	if err := op.Check(); err != nil {
		return fmt.Errorf("writing to %s: %w", op.Collection, err)
	}
	c, err := s.collection(ctx, op.Collection)
	if err != nil {
		return err
	}
	switch op.Kind {
	case store.OpInsert:
		return insert(ctx, c, op.Doc)
	case store.OpReplace:
		return replace(ctx, c, op.Doc)
	}
	return remove(ctx, c, op.Doc)
}

func insert(ctx context.Context, c *mongo.Collection, d store.Doc) error {
	d.Version = 1
	doc, err := document(d)
	if err != nil {
		return fmt.Errorf("inserting into %s: %w", c.Name(), err)
	}
	if _, err = c.InsertOne(ctx, doc); err == nil {
		return nil
	}
	var write mongo.WriteException
	if errors.As(err, &write) && write.WriteConcernError == nil && mongo.IsDuplicateKeyError(err) {
		return fmt.Errorf("inserting into %s: %w", c.Name(), store.ErrExists)
	}
	return fmt.Errorf("inserting into %s: %w", c.Name(), unavailable(ctx, err))
}

func replace(ctx context.Context, c *mongo.Collection, d store.Doc) error {
	filter := bson.D{{Key: "_id", Value: d.Key}, {Key: "v", Value: d.Version}}
	d.Version++
	doc, err := document(d)
	if err != nil {
		return fmt.Errorf("replacing in %s: %w", c.Name(), err)
	}
	done, err := c.ReplaceOne(ctx, filter, doc)
	if err != nil {
		return fmt.Errorf("replacing in %s: %w", c.Name(), unavailable(ctx, err))
	}
	if done.MatchedCount == 0 {
		return unmatched(ctx, c, d.Key)
	}
	return nil
}

func remove(ctx context.Context, c *mongo.Collection, d store.Doc) error {
	filter := bson.D{{Key: "_id", Value: d.Key}}
	if d.Version != 0 {
		filter = append(filter, bson.E{Key: "v", Value: d.Version})
	}
	done, err := c.DeleteOne(ctx, filter)
	if err != nil {
		return fmt.Errorf("deleting from %s: %w", c.Name(), unavailable(ctx, err))
	}
	switch {
	case done.DeletedCount == 1:
		return nil
	case d.Version == 0:
		return fmt.Errorf("deleting from %s: %w", c.Name(), store.ErrNotFound)
	}
	return unmatched(ctx, c, d.Key)
}

// unmatched says why no document had the key and the version. It reads what
// the primary has now, which the write saw too.
func unmatched(ctx context.Context, c *mongo.Collection, key string) error {
	now := c.Clone(options.Collection().SetReadConcern(readconcern.Local()))
	err := now.FindOne(ctx, bson.D{{Key: "_id", Value: key}}).Err()
	switch {
	case err == nil:
		err = store.ErrConflict
	case errors.Is(err, mongo.ErrNoDocuments):
		err = store.ErrNotFound
	default:
		err = unavailable(ctx, err)
	}
	return fmt.Errorf("changing %s: %w", c.Name(), err)
}

const (
	insertsAtOnce = 1000    // documents
	bytesAtOnce   = 8 << 20 // of bodies
	changesAtOnce = 8       // replaces and deletes under way
)

// Batch implements store.Store. Inserts go many at once; of replaces and
// deletes a server tells only how many it did, so they go one by one.
func (s *Store) Batch(ctx context.Context, ops []store.Op) ([]error, error) {
	errs := make([]error, len(ops))
	inserts := make(map[string][]int) // by collection
	var changes []int
	for i, op := range ops {
		if err := op.Check(); err != nil {
			errs[i] = fmt.Errorf("writing to %s: %w", op.Collection, err)
		} else if op.Kind == store.OpInsert {
			inserts[op.Collection] = append(inserts[op.Collection], i)
		} else {
			changes = append(changes, i)
		}
	}
	for name, indices := range inserts {
		for len(indices) > 0 {
			n, bytes := 0, 0
			for n < len(indices) && n < insertsAtOnce && bytes < bytesAtOnce {
				bytes += len(ops[indices[n]].Doc.Body)
				n++
			}
			s.insertMany(ctx, name, ops, indices[:n], errs)
			indices = indices[n:]
		}
	}
	var wg sync.WaitGroup
	places := make(chan struct{}, changesAtOnce)
	for _, i := range changes {
		places <- struct{}{}
		wg.Go(func() {
			defer func() { <-places }()
			errs[i] = s.write(ctx, ops[i])
		})
	}
	wg.Wait()
	for _, err := range errs {
		if errors.Is(err, store.ErrUnavailable) {
			return errs, err
		}
	}
	return errs, nil
}

// insertMany inserts the ops with the given indices and sets their errors.
func (s *Store) insertMany(ctx context.Context, collection string, ops []store.Op, indices []int, errs []error) {
	all := func(err error) {
		for _, i := range indices {
			errs[i] = err
		}
	}
	c, err := s.collection(ctx, collection)
	if err != nil {
		all(err)
		return
	}
	docs := make([]bson.D, len(indices))
	for n, i := range indices {
		d := ops[i].Doc
		d.Version = 1
		if docs[n], err = document(d); err != nil {
			all(fmt.Errorf("inserting into %s: %w", collection, err))
			return
		}
	}
	_, err = c.InsertMany(ctx, docs, options.InsertMany().SetOrdered(false))
	if err == nil {
		return
	}
	var bulk mongo.BulkWriteException
	if !errors.As(err, &bulk) || bulk.WriteConcernError != nil {
		all(fmt.Errorf("inserting into %s: %w", collection, unavailable(ctx, err)))
		return
	}
	for _, e := range bulk.WriteErrors {
		if e.Index < 0 || e.Index >= len(indices) {
			all(fmt.Errorf("inserting into %s: %w", collection, unavailable(ctx, err)))
			return
		}
		what := store.ErrExists
		if !mongo.IsDuplicateKeyError(e.WriteError) {
			what = unavailable(ctx, err)
		}
		errs[indices[e.Index]] = fmt.Errorf("inserting into %s: %w", collection, what)
	}
}
