package storetest

import (
	"context"
	"errors"

	"hailong/server/store"
)

// OneByOne performs a batch through the single verbs of a store, for stores that
// fail on purpose: whatever fails there, fails in a batch too, and what comes
// after it is not done, as where a process is killed in between.
func OneByOne(ctx context.Context, s store.Store, ops []store.Op) ([]error, error) {
	errs := make([]error, len(ops))
	var broke error
	for i, op := range ops {
		switch {
		case broke != nil:
			errs[i] = broke
		case op.Kind == store.OpInsert:
			errs[i] = s.Insert(ctx, op.Collection, op.Doc)
		case op.Kind == store.OpReplace:
			errs[i] = s.Replace(ctx, op.Collection, op.Doc)
		default:
			errs[i] = s.Delete(ctx, op.Collection, op.Doc.Key, op.Doc.Version)
		}
		if errors.Is(errs[i], store.ErrUnavailable) {
			broke = errs[i]
		}
	}
	return errs, broke
}
