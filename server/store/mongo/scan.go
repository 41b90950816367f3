package mongo

import (
	"context"
	"iter"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"hailong/server/store"
)

// A page of a scan ends after so many documents or bytes, whichever comes
// first. No cursor is open between pages, however slow the reader is.
const (
	pageDocs  = 1000
	pageBytes = 4 << 20
)

// Scan implements store.Store.
func (s *Store) Scan(ctx context.Context, collection string, r store.Range) iter.Seq2[store.Doc, error] {
	return store.Pages(ctx, collection, r, pageDocs, func(ctx context.Context, after *store.Doc, limit int) ([]store.Doc, bool, error) {
		return s.page(ctx, collection, r, after, limit)
	})
}

// page reads what follows the document after, and says whether there may be
// more.
func (s *Store) page(ctx context.Context, collection string, r store.Range, after *store.Doc, limit int) (page []store.Doc, more bool, err error) {
	filter, sort := pageQuery(r, after)
	o := options.Find().SetSort(sort).SetLimit(int64(limit)).SetBatchSize(int32(limit))
	cursor, err := s.db.Collection(collection).Find(ctx, filter, o)
	if err != nil {
		return nil, false, unavailable(ctx, err)
	}
	defer cursor.Close(ctx) //nolint:errcheck // nothing was written
	bytes := 0
	for cursor.Next(ctx) {
		var found stored
		if err := cursor.Decode(&found); err != nil {
			return page, false, unavailable(ctx, err)
		}
		d, err := found.doc()
		if err != nil {
			return page, false, err
		}
		page = append(page, d)
		if bytes += len(d.Body); bytes >= pageBytes {
			return page, true, nil
		}
	}
	if err := cursor.Err(); err != nil {
		return page, false, unavailable(ctx, err)
	}
	return page, len(page) == limit, nil
}

// pageQuery makes one condition on one field and a sort by that field. For a
// range by order the ends can be compared with o as they are: NUL is lower
// than anything that an order holds.
func pageQuery(r store.Range, after *store.Doc) (filter, sort bson.D) {
	field := "_id"
	if r.ByOrder {
		field = "o"
	}
	lower, upper := bson.E{Key: "$gte", Value: r.From}, bson.E{Key: "$lt", Value: r.To}
	direction := 1
	if r.Reverse {
		direction = -1
	}
	if after != nil {
		last := after.Key
		if r.ByOrder {
			last = sortable(*after)
		}
		if r.Reverse {
			upper.Value = last
		} else {
			lower = bson.E{Key: "$gt", Value: last}
		}
	}
	var ends bson.D
	for _, end := range []bson.E{lower, upper} {
		if end.Value != "" {
			ends = append(ends, end)
		}
	}
	filter = bson.D{}
	if ends != nil {
		filter = bson.D{{Key: field, Value: ends}}
	}
	return filter, bson.D{{Key: field, Value: direction}}
}
