package migrations

import (
	"context"
	"errors"
	"fmt"

	"hailong/server/store"
)

// layout1 writes which layout the store has. The collections are those of
// package server; engines make a collection when it is first written to, so
// that there is nothing else to do.
func layout1(ctx context.Context, s store.Store) error {
	err := s.Insert(ctx, meta, store.Doc{Key: "schema", Body: []byte(`{"schema":1}`)})
	if err != nil && !errors.Is(err, store.ErrExists) {
		return fmt.Errorf("writing the schema: %w", err)
	}
	return nil
}
