// Package migrations brings a store to the layout that the program expects.
//
// The list only grows: a migration is never changed or renumbered once it has
// been released, and copies in the shapes it needs rather than importing them,
// so that it means the same in five years. Each one is idempotent and safe to
// run from two processes at once, since a process can die between a migration
// and its mark; so no lock is needed, and none can be left behind.
package migrations

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"hailong/server/store"
)

// A Migration is one step of a store's layout.
type Migration struct {
	Number int    // 1, 2, 3 …
	Name   string // what it does, in a few words
	Up     func(ctx context.Context, s store.Store) error
}

// All lists the migrations in their order, which is history: append only.
func All() []Migration {
	return []Migration{
		{1, "layout 1", layout1},
	}
}

// ErrNewer means that the store was migrated by a newer version of the
// program, which this one could damage.
var ErrNewer = errors.New("kho dữ liệu do một phiên bản Hài Lòng mới hơn tạo ra, hãy cập nhật chương trình (the store was migrated by a newer version of Hài Lòng: update the program)")

// A State is a migration and whether it was applied.
type State struct {
	Number  int
	Name    string
	Applied bool
}

// Up applies what was not applied yet, in order. It may be called twice and by
// several processes at once: where it returns nil, all are applied. It changes
// nothing and returns ErrNewer where the store knows a migration that the
// program does not.
func Up(ctx context.Context, s store.Store) error { return up(ctx, s, All()) }

// Status tells which migrations were applied, without changing anything. With
// ErrNewer it also tells those that only the store knows.
func Status(ctx context.Context, s store.Store) ([]State, error) { return status(ctx, s, All()) }

const (
	meta   = "meta"       // the collection of marks
	prefix = "migration-" // of their keys
)

// mark is the body of a document that says a migration was applied. Its key
// can be inserted only once.
type mark struct {
	Number int    `json:"number"`
	Name   string `json:"name"`
}

func markKey(number int) string { return fmt.Sprintf("%s%06d", prefix, number) }

func up(ctx context.Context, s store.Store, all []Migration) error {
	states, err := status(ctx, s, all)
	if err != nil {
		return err
	}
	for i, m := range all {
		if states[i].Applied {
			continue
		}
		if err := m.Up(ctx, s); err != nil {
			return fmt.Errorf("nâng cấp kho dữ liệu, bước %d (migration %d, %s): %w", m.Number, m.Number, m.Name, err)
		}
		body, err := json.Marshal(mark{m.Number, m.Name})
		if err != nil {
			return fmt.Errorf("migration %d: %w", m.Number, err)
		}
		err = s.Insert(ctx, meta, store.Doc{Key: markKey(m.Number), Body: body})
		if err != nil && !errors.Is(err, store.ErrExists) { // another process did the same
			return fmt.Errorf("nâng cấp kho dữ liệu, bước %d (marking migration %d): %w", m.Number, m.Number, err)
		}
	}
	return nil
}

func status(ctx context.Context, s store.Store, all []Migration) ([]State, error) {
	states := make([]State, len(all))
	for i, m := range all {
		states[i] = State{Number: m.Number, Name: m.Name}
	}
	var newer error
	for d, err := range s.Scan(ctx, meta, store.Prefix(prefix)) {
		if err != nil {
			return nil, fmt.Errorf("đọc trạng thái kho dữ liệu (reading which migrations were applied): %w", err)
		}
		var m mark
		if err := json.Unmarshal(d.Body, &m); err != nil {
			return nil, fmt.Errorf("đọc trạng thái kho dữ liệu (reading which migrations were applied): %w", err)
		}
		if m.Number < 1 || m.Number > len(all) {
			states = append(states, State{m.Number, m.Name, true})
			newer = ErrNewer
			continue
		}
		states[m.Number-1].Applied = true
	}
	return states, newer
}
