// Package mongo is the engine of the store for more than one machine: MongoDB,
// usually a replica set.
//
// A write is done when a majority has it in its journal; reads go to the
// primary and see what a majority has. The engine uses only what is right on
// every server of that protocol: the primary key, conditions on one document,
// and a sort by one field. A document is
//
//	{_id: key, o: order + NUL + key, v: version, b: body}
//
// so that o sorts by order and then by key, without a compound sort.
//
// Collections are made clustered by key where the server can (MongoDB 5.3 and
// later), so that the data files do not keep the order of insertion. An older
// server keeps it, and the oplog of any replica set does for as long as it
// reaches back.
package mongo

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readconcern"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/connstring"

	"hailong/server/store"
)

// How long the engine waits, unless the address says otherwise with
// serverSelectionTimeoutMS and timeoutMS, or the caller's context ends before.
const (
	selectionTimeout = 5 * time.Second
	timeout          = 10 * time.Second
)

// A Store is one database of a MongoDB server or replica set.
type Store struct {
	client *mongo.Client
	db     *mongo.Database

	mu    sync.Mutex
	made  map[string]*sync.Mutex // collections, locked while being made
	ready map[string]bool        // collections that are made

	closing  sync.Once
	closeErr error
}

var _ store.Store = (*Store)(nil)

// Open connects to the database that the address names:
// mongodb://host,host/DATABASE or mongodb+srv://…. It fails with
// ErrUnavailable where there is no primary. No error holds the address, which
// may hold a password.
func Open(ctx context.Context, uri string) (*Store, error) {
	cs, err := connstring.ParseAndValidate(uri)
	if err != nil {
		return nil, fmt.Errorf("địa chỉ MongoDB không hợp lệ (the address of MongoDB is not valid): %w", withoutAddress(err))
	}
	if cs.Database == "" {
		return nil, errors.New("địa chỉ MongoDB thiếu tên cơ sở dữ liệu: mongodb://máy/TÊN (the address of MongoDB lacks the name of the database)")
	}
	o := options.Client().ApplyURI(uri).
		SetAppName("hailong").
		SetWriteConcern(majority()).
		SetReadConcern(readconcern.Majority()).
		SetReadPreference(readpref.Primary())
	if o.ServerSelectionTimeout == nil {
		o.SetServerSelectionTimeout(selectionTimeout)
	}
	if o.Timeout == nil {
		o.SetTimeout(timeout)
	}
	client, err := mongo.Connect(o)
	if err != nil {
		return nil, fmt.Errorf("kết nối MongoDB (connecting to MongoDB): %w", withoutAddress(err))
	}
	s := &Store{
		client: client,
		db:     client.Database(cs.Database),
		made:   make(map[string]*sync.Mutex),
		ready:  make(map[string]bool),
	}
	if err := s.Ping(ctx); err != nil {
		return nil, fmt.Errorf("kết nối MongoDB (connecting to MongoDB): %w", errors.Join(err, s.Close()))
	}
	return s, nil
}

// majority is explicit, whatever the server's default: acknowledged means in
// the journal of a majority.
func majority() *writeconcern.WriteConcern {
	journal := true
	wc := writeconcern.Majority()
	wc.Journal = &journal
	return wc
}

// collection gives a collection to write to, and makes it first where this
// process has not done so yet.
func (s *Store) collection(ctx context.Context, name string) (*mongo.Collection, error) {
	c := s.db.Collection(name)
	s.mu.Lock()
	if s.ready[name] {
		s.mu.Unlock()
		return c, nil
	}
	making := s.made[name]
	if making == nil {
		making = new(sync.Mutex)
		s.made[name] = making
	}
	s.mu.Unlock()

	making.Lock()
	defer making.Unlock()
	s.mu.Lock()
	ready := s.ready[name]
	s.mu.Unlock()
	if ready {
		return c, nil
	}
	if err := s.create(ctx, name); err != nil {
		return nil, fmt.Errorf("making the collection %s: %w", name, unavailable(ctx, err))
	}
	// Scans by order read this index; a failure to build it is not silent.
	index := mongo.IndexModel{Keys: bson.D{{Key: "o", Value: 1}}}
	if _, err := c.Indexes().CreateOne(ctx, index); err != nil {
		return nil, fmt.Errorf("making the index of %s: %w", name, unavailable(ctx, err))
	}
	s.mu.Lock()
	s.ready[name] = true
	s.mu.Unlock()
	return c, nil
}

// create makes a collection, clustered by key if the server can do that. That
// it exists already is fine.
func (s *Store) create(ctx context.Context, name string) error {
	clustered := bson.D{{Key: "create", Value: name}, {Key: "clusteredIndex", Value: bson.D{
		{Key: "key", Value: bson.D{{Key: "_id", Value: 1}}}, {Key: "unique", Value: true},
	}}}
	err := s.db.RunCommand(ctx, clustered).Err()
	var refused mongo.CommandError
	if err == nil || !errors.As(err, &refused) || mongo.IsNetworkError(err) || mongo.IsTimeout(err) {
		return err
	}
	if refused.Code == codeNamespaceExists {
		return nil
	}
	err = s.db.RunCommand(ctx, clustered[:1]).Err()
	if errors.As(err, &refused) && refused.Code == codeNamespaceExists {
		return nil
	}
	return err
}

const codeNamespaceExists = 48

// Get implements store.Store.
func (s *Store) Get(ctx context.Context, collection, key string) (store.Doc, error) {
	if err := store.CheckCollection(collection); err != nil {
		return store.Doc{}, err
	}
	var found stored
	err := s.db.Collection(collection).FindOne(ctx, bson.D{{Key: "_id", Value: key}}).Decode(&found)
	if errors.Is(err, mongo.ErrNoDocuments) {
		return store.Doc{}, fmt.Errorf("reading %s: %w", collection, store.ErrNotFound)
	}
	if err != nil {
		return store.Doc{}, fmt.Errorf("reading %s: %w", collection, unavailable(ctx, err))
	}
	return found.doc()
}

// Collections implements store.Store.
func (s *Store) Collections(ctx context.Context) ([]string, error) {
	all, err := s.db.ListCollectionNames(ctx, bson.D{})
	if err != nil {
		return nil, fmt.Errorf("listing collections: %w", unavailable(ctx, err))
	}
	var names []string
	for _, name := range all {
		if store.CheckCollection(name) != nil {
			continue // of the server
		}
		err := s.db.Collection(name).FindOne(ctx, bson.D{}).Err()
		switch {
		case err == nil:
			names = append(names, name)
		case !errors.Is(err, mongo.ErrNoDocuments):
			return nil, fmt.Errorf("listing collections: %w", unavailable(ctx, err))
		}
	}
	return names, nil
}

// Ping implements store.Store: the primary answers.
func (s *Store) Ping(ctx context.Context) error {
	if err := s.client.Ping(ctx, readpref.Primary()); err != nil {
		return fmt.Errorf("ping: %w", unavailable(ctx, err))
	}
	return nil
}

// Close implements store.Store.
func (s *Store) Close() error {
	s.closing.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), timeout)
		defer cancel()
		if err := s.client.Disconnect(ctx); err != nil {
			s.closeErr = fmt.Errorf("closing the store: %w", err)
		}
	})
	return s.closeErr
}

// unavailable makes ErrUnavailable of all that the driver can say here: no
// primary, a broken line, too slow, refused. The driver's text is kept only
// where it cannot hold a document.
func unavailable(ctx context.Context, err error) error {
	if cause := ctx.Err(); cause != nil && !errors.Is(err, cause) {
		err = fmt.Errorf("%w: %w", cause, withoutDocuments(err))
	} else {
		err = withoutDocuments(err)
	}
	return fmt.Errorf("%w: %w", store.ErrUnavailable, err)
}

// withoutDocuments leaves out the text of errors about a write, in which a
// server may quote the document.
func withoutDocuments(err error) error {
	var write mongo.WriteException
	var bulk mongo.BulkWriteException
	if errors.As(err, &write) || errors.As(err, &bulk) {
		var coded mongo.ServerError
		if errors.As(err, &coded) {
			return fmt.Errorf("the server refused the write, codes %v", coded.ErrorCodes())
		}
		return errors.New("the server refused the write")
	}
	return err
}

// withoutAddress keeps only the kind of an error that may quote the address.
func withoutAddress(err error) error {
	return fmt.Errorf("%T", err)
}
