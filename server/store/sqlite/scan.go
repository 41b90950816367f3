package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"iter"

	"hailong/server/store"
)

// A page of a scan ends after so many documents or bytes, whichever comes
// first. Between pages no transaction is open: a slow reader does not keep the
// log from being emptied.
const (
	pageDocs  = 256
	pageBytes = 4 << 20
)

// Scan implements store.Store.
func (s *Store) Scan(ctx context.Context, collection string, r store.Range) iter.Seq2[store.Doc, error] {
	return store.Pages(ctx, collection, r, pageDocs, func(ctx context.Context, after *store.Doc, limit int) ([]store.Doc, bool, error) {
		page, more, err := s.page(ctx, collection, r, after, limit)
		if err != nil {
			err = unavailable(ctx, err)
		}
		return page, more, err
	})
}

// page reads what follows the document after, and says whether there may be
// more.
func (s *Store) page(ctx context.Context, collection string, r store.Range, after *store.Doc, limit int) (page []store.Doc, more bool, err error) {
	query, args := pageQuery(collection, r, after, limit)
	rows, err := s.readers.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, false, err
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	bytes := 0
	for rows.Next() {
		var d store.Doc
		if err := rows.Scan(&d.Key, &d.Order, &d.Version, &d.Body); err != nil {
			return page, false, err
		}
		page = append(page, d)
		if bytes += len(d.Body); bytes >= pageBytes {
			return page, true, nil
		}
	}
	return page, len(page) == limit, rows.Err()
}

func pageQuery(collection string, r store.Range, after *store.Doc, limit int) (string, []any) {
	query, args := `SELECT k, o, v, b FROM docs WHERE c = ?`, []any{collection}
	add := func(condition string, values ...any) {
		query += " AND " + condition
		args = append(args, values...)
	}
	column, order := "k", " ORDER BY k"
	if r.ByOrder {
		column, order = "o", " ORDER BY o, k"
	}
	// Where a page goes on from a document, that is the bound of its side: with
	// both, the index is searched by the range's and every page would pass over
	// all that was read before it.
	if r.From != "" && (after == nil || r.Reverse) {
		add(column+" >= ?", r.From)
	}
	if r.To != "" && (after == nil || !r.Reverse) {
		add(column+" < ?", r.To)
	}
	beyond := " > "
	if r.Reverse {
		beyond = " < "
		order = " ORDER BY k DESC"
		if r.ByOrder {
			order = " ORDER BY o DESC, k DESC"
		}
	}
	switch {
	case after != nil && r.ByOrder:
		add("(o, k)"+beyond+"(?, ?)", after.Order, after.Key)
	case after != nil:
		add("k"+beyond+"?", after.Key)
	}
	return query + order + " LIMIT ?", append(args, limit)
}

// Counts gives the number of documents of each collection, all at one moment.
func (s *Store) Counts(ctx context.Context) (map[string]int64, error) {
	return counts(ctx, s.readers)
}

func counts(ctx context.Context, db *sql.DB) (map[string]int64, error) {
	rows, err := db.QueryContext(ctx, `SELECT c, count(*) FROM docs GROUP BY c`)
	if err != nil {
		return nil, fmt.Errorf("counting: %w", unavailable(ctx, err))
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	all := make(map[string]int64)
	for rows.Next() {
		var name string
		var n int64
		if err := rows.Scan(&name, &n); err != nil {
			return nil, fmt.Errorf("counting: %w", unavailable(ctx, err))
		}
		all[name] = n
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("counting: %w", unavailable(ctx, err))
	}
	return all, nil
}
