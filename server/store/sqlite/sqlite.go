// Package sqlite is the embedded engine of the store: one SQLite file, no
// server, no cgo.
//
// Writes of all callers go through one goroutine, which joins those that wait
// into one transaction and flushes once for all of them (group commit); reads
// run beside it on their own connections. A write that returned nil is on the
// disk: the log is synced at every commit (WAL, synchronous=FULL).
//
// The table has no rowid and is sorted by key, so that the file does not
// remember in which order documents came; what is deleted is overwritten
// (secure_delete).
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"time"

	driver "modernc.org/sqlite" // also registers itself as "sqlite"

	"hailong/server/store"
)

const (
	applicationID = 0x48414C4F // "HALO", in the header of the file
	layoutVersion = 1          // of the table below, in user_version
	busyWait      = 10 * time.Second
)

// The order of insertion must not be kept: no rowid, no time.
const layout = `
CREATE TABLE docs (
	c TEXT NOT NULL,    -- collection
	k TEXT NOT NULL,    -- key
	o TEXT NOT NULL,    -- order
	v INTEGER NOT NULL, -- version
	b TEXT NOT NULL,    -- body, JSON
	PRIMARY KEY (c, k)
) WITHOUT ROWID;
CREATE INDEX docs_by_order ON docs (c, o, k);
`

// A Store is one open SQLite file. Several processes may hold the same file
// open: the service, and commands beside it.
type Store struct {
	path    string
	file    os.FileInfo // the file as it was opened
	readers *sql.DB
	get     *sql.Stmt
	writer  *writer

	mu     sync.RWMutex // held for reading while a write is handed over
	closed bool
}

var _ store.Store = (*Store)(nil)

// An Option changes how a store is opened.
type Option func(*options)

type options struct {
	flushDelay time.Duration
	busyWait   time.Duration
}

// WithFlushDelay makes every commit wait for d before it flushes, as on a disk
// that takes so much longer to sync. It is for benchmarks and tests only.
func WithFlushDelay(d time.Duration) Option {
	return func(o *options) { o.flushDelay = d }
}

// WithBusyWait says how long a write waits for other processes that write to
// the same file; 10 seconds where it is not given. Then it is ErrUnavailable.
func WithBusyWait(d time.Duration) Option {
	return func(o *options) { o.busyWait = d }
}

// Open opens the store in the file at path, which is made, readable by its
// owner only, if it does not exist. A file that is something else is refused
// and left as it is.
func Open(ctx context.Context, path string, opts ...Option) (*Store, error) {
	o := options{busyWait: busyWait}
	for _, opt := range opts {
		opt(&o)
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("mở kho dữ liệu (opening the store): %w", err)
	}
	if err := ensureFile(path); err != nil {
		return nil, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("mở kho dữ liệu (opening the store): %w", err)
	}
	s := &Store{path: path, file: info}
	if s.writer, err = openWriter(ctx, path, o); err != nil {
		return nil, explain(path, err)
	}
	s.writer.stillThere = s.stillThere
	if s.readers, err = sql.Open("sqlite", dsn(path, o.busyWait, "query_only(1)")); err != nil {
		return nil, explain(path, errors.Join(err, s.writer.close()))
	}
	conns := max(4, 2*runtime.GOMAXPROCS(0))
	s.readers.SetMaxOpenConns(conns)
	s.readers.SetMaxIdleConns(conns)
	if s.get, err = s.readers.PrepareContext(ctx, `SELECT o, v, b FROM docs WHERE c = ? AND k = ?`); err != nil {
		return nil, explain(path, errors.Join(err, s.readers.Close(), s.writer.close()))
	}
	go s.writer.run()
	return s, nil
}

// ensureFile makes the file where there is none, and refuses one that cannot
// be a store.
func ensureFile(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("không tạo được thư mục cho kho dữ liệu (cannot make the directory of the store): %w", err)
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("không mở được kho dữ liệu để ghi (cannot open the store for writing): %w", err)
	}
	return errors.Join(checkHeader(f), f.Close())
}

// checkHeader refuses what does not begin as an SQLite file. Empty is a new
// one.
func checkHeader(f *os.File) error {
	var magic [16]byte
	switch _, err := io.ReadFull(f, magic[:]); {
	case errors.Is(err, io.EOF):
		return nil
	case err != nil && !errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("không đọc được kho dữ liệu (cannot read the store): %w", err)
	case string(magic[:]) != "SQLite format 3\x00":
		return errNotStore(f.Name())
	}
	return nil
}

func errNotStore(path string) error {
	return fmt.Errorf("tệp %s không phải là kho dữ liệu Hài Lòng, không thay đổi gì (not a Hài Lòng store, left as it is)", path)
}

// dsn is the address of the file for the driver, with what every connection
// sets.
func dsn(path string, wait time.Duration, pragmas ...string) string {
	q := url.Values{"_pragma": {"busy_timeout(" + strconv.FormatInt(wait.Milliseconds(), 10) + ")", "secure_delete(1)"}}
	for _, p := range pragmas {
		q.Add("_pragma", p)
	}
	u := url.URL{Scheme: "file", Path: filepath.ToSlash(path), RawQuery: q.Encode()}
	return u.String()
}

// stillThere reports, as ErrUnavailable, that the file was moved, deleted or
// replaced while it was open: what would be written now would be lost.
func (s *Store) stillThere() error {
	now, err := os.Stat(s.path)
	if err != nil {
		return fmt.Errorf("%w: %w", store.ErrUnavailable, err)
	}
	if !os.SameFile(s.file, now) {
		return fmt.Errorf("%w: another file has taken the place of %s", store.ErrUnavailable, s.path)
	}
	return nil
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

func (s *Store) write(ctx context.Context, op store.Op) error {
	if err := op.Check(); err != nil {
		return fmt.Errorf("writing to %s: %w", op.Collection, err)
	}
	r := newRequest(ctx, []store.Op{op})
	if err := s.submit(r); err != nil {
		return err
	}
	return r.errs[0]
}

// Batch implements store.Store. Many ops are written as several transactions,
// so that other writers get their turn.
func (s *Store) Batch(ctx context.Context, ops []store.Op) ([]error, error) {
	errs := make([]error, len(ops))
	var part []store.Op
	var index []int // of the ops of part
	var unknown error
	size := 0
	flush := func() {
		r := newRequest(ctx, part)
		err := s.submit(r)
		for i, at := range index {
			if errs[at] = err; err == nil {
				errs[at] = r.errs[i]
			}
		}
		if err != nil {
			unknown = err
		}
		part, index, size = nil, nil, 0
	}
	for i, op := range ops {
		if err := op.Check(); err != nil {
			errs[i] = fmt.Errorf("writing to %s: %w", op.Collection, err)
			continue
		}
		part, index, size = append(part, op), append(index, i), size+len(op.Doc.Body)
		if len(part) == groupOps || size >= groupBytes {
			flush()
		}
	}
	if len(part) > 0 {
		flush()
	}
	return errs, unknown
}

// submit hands a request to the writer and waits for the end of it. The
// results of the request may be read only if it returns nil.
func (s *Store) submit(r *request) error {
	if err := r.ctx.Err(); err != nil {
		return fmt.Errorf("writing: %w: %w", store.ErrUnavailable, err)
	}
	s.mu.RLock()
	if s.closed {
		s.mu.RUnlock()
		return fmt.Errorf("writing: %w: the store is closed", store.ErrUnavailable)
	}
	select {
	case s.writer.requests <- r:
		s.mu.RUnlock()
	case <-r.ctx.Done():
		s.mu.RUnlock()
		return fmt.Errorf("writing: %w: %w", store.ErrUnavailable, r.ctx.Err())
	}
	select {
	case err := <-r.done:
		return err
	case <-r.ctx.Done(): // it may be written all the same
		return fmt.Errorf("writing: %w: %w", store.ErrUnavailable, r.ctx.Err())
	}
}

// Get implements store.Store.
func (s *Store) Get(ctx context.Context, collection, key string) (store.Doc, error) {
	if err := store.CheckCollection(collection); err != nil {
		return store.Doc{}, err
	}
	d := store.Doc{Key: key}
	err := s.get.QueryRowContext(ctx, collection, key).Scan(&d.Order, &d.Version, &d.Body)
	if errors.Is(err, sql.ErrNoRows) {
		return store.Doc{}, fmt.Errorf("reading %s: %w", collection, store.ErrNotFound)
	}
	if err != nil {
		return store.Doc{}, fmt.Errorf("reading %s: %w", collection, unavailable(ctx, err))
	}
	return d, nil
}

// Collections implements store.Store.
func (s *Store) Collections(ctx context.Context) ([]string, error) {
	// From one name to the next in the index, not through all documents.
	const query = `WITH RECURSIVE names(c) AS (
		SELECT min(c) FROM docs
		UNION ALL
		SELECT (SELECT min(c) FROM docs WHERE c > names.c) FROM names WHERE names.c IS NOT NULL
	) SELECT c FROM names WHERE c IS NOT NULL`
	rows, err := s.readers.QueryContext(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("listing collections: %w", unavailable(ctx, err))
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	var names []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, fmt.Errorf("listing collections: %w", unavailable(ctx, err))
		}
		names = append(names, name)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("listing collections: %w", unavailable(ctx, err))
	}
	return names, nil
}

// Ping implements store.Store: the file is in its place and can be read.
func (s *Store) Ping(ctx context.Context) error {
	if err := s.stillThere(); err != nil {
		return err
	}
	var one int
	if err := s.readers.QueryRowContext(ctx, `SELECT count(*) FROM (SELECT 1 FROM docs LIMIT 1)`).Scan(&one); err != nil {
		return fmt.Errorf("ping: %w", unavailable(ctx, err))
	}
	return nil
}

// Close implements store.Store. The last process to close a file also empties
// its log.
func (s *Store) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	close(s.writer.requests)
	s.mu.Unlock()
	<-s.writer.ended
	err := errors.Join(s.get.Close(), s.readers.Close(), s.writer.close())
	if err != nil {
		return fmt.Errorf("closing the store: %w", err)
	}
	return nil
}

// unavailable makes ErrUnavailable of what the driver says: full, locked,
// gone, damaged or too slow are all one to the caller, and none of the
// driver's own text holds a key or a body.
func unavailable(ctx context.Context, err error) error {
	if cause := ctx.Err(); cause != nil && !errors.Is(err, cause) {
		return fmt.Errorf("%w: %w: %w", store.ErrUnavailable, cause, err)
	}
	return fmt.Errorf("%w: %w", store.ErrUnavailable, err)
}

// explain says in words what went wrong while opening.
func explain(path string, err error) error {
	var e *driver.Error
	if errors.As(err, &e) && (e.Code()&0xff == codeNotADB || e.Code()&0xff == codeCorrupt) {
		return fmt.Errorf("%w: %w", errNotStore(path), err)
	}
	return fmt.Errorf("mở kho dữ liệu (opening the store) %s: %w", path, err)
}

// Result codes of SQLite, from its documentation.
const (
	codeBusy    = 5
	codeCorrupt = 11
	codeNotADB  = 26
)
