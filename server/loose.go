package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"hailong/server/store"
)

// DropLoose removes words that outlived their answer: originals of comments, and
// the text of the unit's cases, of answers that were withdrawn or erased. They are
// left only by a program killed between keeping the words of an answer and looking
// whether it is still there, so one call a day is enough. It returns how many
// answers it cleaned up after.
//
// Words are kept only after their answer is stored, and an answer that is gone
// does not come back: what is loose once stays loose.
func (s *Service) DropLoose(ctx context.Context) (n int, err error) {
	seen := map[string]bool{}
	look := func(id string) error {
		if seen[id] {
			return nil
		}
		seen[id] = true
		switch a, err := s.answer(ctx, id); {
		case errors.Is(err, ErrNotFound):
			n++
			return s.dropAll(ctx, id, "")
		case errors.Is(err, ErrWithdrawn) && a.Unit == s.Config.Unit:
			n++
			return s.scrub(ctx, id, "")
		case errors.Is(err, ErrWithdrawn):
			return nil // its unit sees to it
		default:
			return err
		}
	}
	for d, err := range s.Store.Scan(ctx, collComments, store.Range{}) {
		if err != nil {
			return n, fmt.Errorf("looking for loose comments: %w", err)
		}
		id, _, _ := strings.Cut(d.Key, "/")
		if err := look(id); err != nil {
			return n, fmt.Errorf("looking for loose comments: %w", err)
		}
	}
	for d, err := range s.Store.Scan(ctx, collCases, store.Range{From: s.Config.Unit + "/1/", To: s.Config.Unit + "/3", ByOrder: true}) {
		if err != nil {
			return n, fmt.Errorf("looking for loose cases: %w", err)
		}
		var c Case
		if err := json.Unmarshal(d.Body, &c); err != nil {
			return n, fmt.Errorf("decoding a case: %w", err)
		}
		if c.Text == "" && !c.Open() {
			continue
		}
		if err := look(c.Answer); err != nil {
			return n, fmt.Errorf("looking for loose cases: %w", err)
		}
	}
	return n, nil
}
