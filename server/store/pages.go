package store

import (
	"context"
	"fmt"
	"iter"
)

// A PageReader reads at most limit documents of a range that follow the
// document after (nil: from the beginning), and says whether there may be more.
type PageReader func(ctx context.Context, after *Doc, limit int) (page []Doc, more bool, err error)

// Pages is Scan for engines that read page by page, pageDocs at a time. It
// checks what every Scan checks.
func Pages(ctx context.Context, collection string, r Range, pageDocs int, read PageReader) iter.Seq2[Doc, error] {
	return func(yield func(Doc, error) bool) {
		if err := CheckCollection(collection); err != nil {
			yield(Doc{}, err)
			return
		}
		if err := r.Check(); err != nil {
			yield(Doc{}, err)
			return
		}
		var after *Doc
		for left := r.Limit; ; {
			limit := pageDocs
			if r.Limit > 0 {
				limit = min(limit, left)
			}
			page, more, err := read(ctx, after, limit)
			for _, d := range page {
				if !yield(d, nil) {
					return
				}
			}
			if err != nil {
				yield(Doc{}, fmt.Errorf("scanning %s: %w", collection, err))
				return
			}
			left -= len(page)
			if !more || r.Limit > 0 && left == 0 {
				return
			}
			after = &page[len(page)-1]
		}
	}
}
