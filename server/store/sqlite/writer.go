package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"time"

	driver "modernc.org/sqlite"

	"hailong/server/store"
)

// How much is joined in one transaction at most.
const (
	groupOps   = 512
	groupBytes = 8 << 20
)

// A request is what one caller wants written.
type request struct {
	ctx  context.Context
	ops  []store.Op
	errs []error                    // one per op, valid once done has nil
	run  func(conn *sql.Conn) error // instead of ops, outside a transaction
	done chan error                 // not nil where nothing is known of the ops
}

// newRequest takes copies of the ops: a caller whose context ends while they
// are being written may use its memory again.
func newRequest(ctx context.Context, ops []store.Op) *request {
	ops = slices.Clone(ops)
	for i := range ops {
		ops[i].Doc.Body = slices.Clone(ops[i].Doc.Body)
	}
	return &request{ctx: ctx, ops: ops, errs: make([]error, len(ops)), done: make(chan error, 1)}
}

// A writer owns the one connection that writes.
type writer struct {
	db       *sql.DB
	conn     *sql.Conn
	insert   *sql.Stmt
	replace  *sql.Stmt
	remove   *sql.Stmt
	version  *sql.Stmt
	options  options
	requests chan *request
	ended    chan struct{}

	stillThere func() error
}

// openWriter opens the writing connection and lays the table out in a new
// file.
func openWriter(ctx context.Context, path string, o options) (_ *writer, err error) {
	w := &writer{
		options:  o,
		requests: make(chan *request, groupOps),
		ended:    make(chan struct{}),
	}
	if w.db, err = sql.Open("sqlite", dsn(path, o.busyWait, "synchronous(FULL)", "journal_size_limit(67108864)")); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, w.close())
		}
	}()
	if w.conn, err = w.db.Conn(ctx); err != nil {
		return nil, err
	}
	var found int64
	if err = w.conn.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_schema`).Scan(&found); err != nil {
		return nil, err
	}
	if found > 0 { // before anything is changed
		if err = w.checkLayout(ctx, path); err != nil {
			return nil, err
		}
	}
	if err = w.patiently(ctx, func() error { return w.exec(ctx, `PRAGMA journal_mode = WAL`) }); err != nil {
		return nil, err
	}
	if found == 0 {
		if err = w.layOut(ctx, path); err != nil {
			return nil, err
		}
	}
	for query, stmt := range map[string]**sql.Stmt{
		`INSERT INTO docs (c, k, o, v, b) VALUES (?, ?, ?, 1, ?) ON CONFLICT DO NOTHING`: &w.insert,
		`UPDATE docs SET o = ?, b = ?, v = v + 1 WHERE c = ? AND k = ? AND v = ?`:        &w.replace,
		`DELETE FROM docs WHERE c = ? AND k = ? AND (? = 0 OR v = ?)`:                    &w.remove,
		`SELECT v FROM docs WHERE c = ? AND k = ?`:                                       &w.version,
	} {
		if *stmt, err = w.conn.PrepareContext(ctx, query); err != nil {
			return nil, err
		}
	}
	// From now on SQLite's own waiting is short: begin waits on, and asks more
	// often than SQLite would, since another process that writes much lets go
	// of the file only for moments.
	if err = w.exec(ctx, `PRAGMA busy_timeout = 3`); err != nil {
		return nil, err
	}
	return w, nil
}

// layOut makes the table, unless another process has just done so.
func (w *writer) layOut(ctx context.Context, path string) error {
	if err := w.begin(ctx); err != nil {
		return err
	}
	var found int64
	err := w.conn.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_schema`).Scan(&found)
	if err == nil && found == 0 {
		err = w.exec(ctx, fmt.Sprintf("%s; PRAGMA application_id = %d; PRAGMA user_version = %d", layout, applicationID, layoutVersion))
	}
	if err == nil {
		err = w.exec(ctx, `COMMIT`)
	}
	if err != nil {
		return errors.Join(err, w.rollback())
	}
	return w.checkLayout(ctx, path)
}

func (w *writer) checkLayout(ctx context.Context, path string) error {
	var id, version int64
	if err := w.conn.QueryRowContext(ctx, `PRAGMA application_id`).Scan(&id); err != nil {
		return err
	}
	if err := w.conn.QueryRowContext(ctx, `PRAGMA user_version`).Scan(&version); err != nil {
		return err
	}
	if id != applicationID {
		return errNotStore(path)
	}
	if version > layoutVersion {
		return fmt.Errorf("kho dữ liệu %s do một phiên bản Hài Lòng mới hơn tạo ra, hãy cập nhật chương trình (the store was made by a newer version of Hài Lòng: update the program)", path)
	}
	return nil
}

func (w *writer) exec(ctx context.Context, query string) error {
	_, err := w.conn.ExecContext(ctx, query)
	return err
}

// begin starts a transaction that writes, waiting for other processes.
func (w *writer) begin(ctx context.Context) error {
	return w.patiently(ctx, func() error { return w.exec(ctx, `BEGIN IMMEDIATE`) })
}

// patiently tries until no other process is in the way.
func (w *writer) patiently(ctx context.Context, try func() error) error {
	until := time.Now().Add(w.options.busyWait)
	for {
		err := try()
		var e *driver.Error
		if err == nil || !errors.As(err, &e) || e.Code()&0xff != codeBusy || !time.Now().Before(until) || ctx.Err() != nil {
			return err
		}
		time.Sleep(time.Millisecond / 2)
	}
}

// rollback ends a transaction that failed. SQLite may have ended it already.
func (w *writer) rollback() error {
	err := w.exec(context.Background(), `ROLLBACK`)
	var e *driver.Error
	if errors.As(err, &e) && e.Code() == 1 { // no transaction is active
		return nil
	}
	return err
}

// run writes until the requests end.
func (w *writer) run() {
	defer close(w.ended)
	var group []*request
	for first := range w.requests {
		if first.run != nil {
			first.done <- first.run(w.conn)
			continue
		}
		// Whoever was answered just now gets to ask again before the group is
		// closed: fewer, larger groups.
		runtime.Gosched()
		group = append(group[:0], first)
		last := w.gather(&group)
		w.commit(group)
		if last != nil {
			last.done <- last.run(w.conn)
		}
	}
}

// gather adds what waits, up to the size of a group, and gives the request
// that is to be run after it, if it met one.
func (w *writer) gather(group *[]*request) *request {
	ops, bytes := 0, 0
	add := func(r *request) {
		ops += len(r.ops)
		for _, op := range r.ops {
			bytes += len(op.Doc.Body)
		}
	}
	add((*group)[0])
	for ops < groupOps && bytes < groupBytes {
		select {
		case r, ok := <-w.requests:
			if !ok {
				return nil
			}
			if r.run != nil {
				return r
			}
			add(r)
			*group = append(*group, r)
		default:
			return nil
		}
	}
	return nil
}

// commit writes a group in one transaction and answers each request. Where an
// op of the group cannot be written, say because it is large and the disk
// nearly full, each request is tried by itself.
func (w *writer) commit(group []*request) {
	alone, err := w.transact(group)
	if alone && len(group) > 1 {
		for i := range group {
			w.commit(group[i : i+1])
		}
		return
	}
	for _, r := range group {
		r.done <- err
	}
}

// transact writes a group. Besides the error it says whether it was an op that
// failed: then nothing is written, and each request may be tried alone. A
// commit that failed is not tried again, as it is not known how far it came.
func (w *writer) transact(group []*request) (alone bool, err error) {
	ctx := context.Background() // the callers' contexts end their waiting, not the group
	if err := w.stillThere(); err != nil {
		return false, err
	}
	if err := w.begin(ctx); err != nil {
		return false, unavailable(ctx, err)
	}
	for _, r := range group {
		if err := r.ctx.Err(); err != nil {
			for i := range r.errs { // nobody waits: not written
				r.errs[i] = fmt.Errorf("writing: %w: %w", store.ErrUnavailable, err)
			}
			continue
		}
		for i, op := range r.ops {
			if r.errs[i], err = w.apply(ctx, op); err != nil {
				return true, unavailable(ctx, errors.Join(err, w.rollback()))
			}
		}
	}
	if w.options.flushDelay > 0 {
		time.Sleep(w.options.flushDelay)
	}
	if err := w.exec(ctx, `COMMIT`); err != nil {
		return false, unavailable(ctx, errors.Join(err, w.rollback()))
	}
	return false, nil
}

// apply does one op. The result is for the caller; the error means that the
// op could not be done at all.
func (w *writer) apply(ctx context.Context, op store.Op) (result, err error) {
	var done sql.Result
	c, d := op.Collection, op.Doc
	switch op.Kind {
	case store.OpInsert:
		done, err = w.insert.ExecContext(ctx, c, d.Key, d.Order, string(d.Body))
	case store.OpReplace:
		done, err = w.replace.ExecContext(ctx, d.Order, string(d.Body), c, d.Key, d.Version)
	case store.OpDelete:
		done, err = w.remove.ExecContext(ctx, c, d.Key, d.Version, d.Version)
	}
	if err != nil {
		return nil, err
	}
	n, err := done.RowsAffected()
	if err != nil || n == 1 {
		return nil, err
	}
	if op.Kind == store.OpInsert {
		return fmt.Errorf("inserting into %s: %w", c, store.ErrExists), nil
	}
	var version int64
	err = w.version.QueryRowContext(ctx, c, d.Key).Scan(&version)
	if errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("changing %s: %w", c, store.ErrNotFound), nil
	}
	if err != nil {
		return nil, err
	}
	return fmt.Errorf("changing %s: %w", c, store.ErrConflict), nil
}

// close lets go of the connection. It comes after run has ended.
func (w *writer) close() error {
	var errs []error
	for _, stmt := range []*sql.Stmt{w.insert, w.replace, w.remove, w.version} {
		if stmt != nil { // an open statement would keep the file open
			errs = append(errs, stmt.Close())
		}
	}
	if w.conn != nil {
		errs = append(errs, w.conn.Close())
	}
	return errors.Join(append(errs, w.db.Close())...)
}
