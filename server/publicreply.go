package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"hailong/server/store"
)

// The lengths of what is published of a case, in characters.
const (
	minPublicText = 10
	MaxPublicText = 240
)

// A PublicReply ("ông/bà nói, chúng tôi làm") is what an office tells everyone of a
// case: what was said and what was done about it, both written for the purpose
// by somebody who handles cases. It has no field, day of the answer, counter or
// officer.
type PublicReply struct {
	Unit string    `json:"unit"`
	Said string    `json:"said"` // ông/bà nói
	Done string    `json:"done"` // chúng tôi làm
	At   time.Time `json:"at"`
	By   string    `json:"by"` // never shown outside
}

// PublishReply publishes a summary of a case that is concluded or replied to, or
// changes one that is published. Both texts are masked. ErrInvalid: a text too
// short or too long, or a case that is still being handled.
func (s *Service) PublishReply(ctx context.Context, u User, id, said, done string) error {
	c, err := s.caseFor(ctx, u, id)
	if err != nil {
		return err
	}
	if c.State != CaseConcluded && c.State != CaseReplied {
		return fmt.Errorf("%w: the case is still being handled", ErrInvalid)
	}
	officers, err := s.officers(ctx)
	if err != nil {
		return err
	}
	if c.Officer != "" {
		officers = append(officers, c.Officer)
	}
	r := PublicReply{Unit: c.Unit, Said: Mask(cleanComment(said), officers), Done: Mask(cleanComment(done), officers), At: s.Now().UTC(), By: u.Name}
	for _, t := range []string{r.Said, r.Done} {
		if n := utf8.RuneCountInString(t); n < minPublicText || n > MaxPublicText {
			return fmt.Errorf("%w: %d to %d characters each", ErrInvalid, minPublicText, MaxPublicText)
		}
	}
	for range 20 {
		var was PublicReply
		version, err := get(ctx, s.Store, collPublicReplies, id, &was)
		switch {
		case errors.Is(err, store.ErrNotFound):
			err = insert(ctx, s.Store, collPublicReplies, id, r.order(), r)
		case err == nil:
			err = replace(ctx, s.Store, collPublicReplies, id, r.order(), version, r)
		}
		if errors.Is(err, store.ErrExists) || errors.Is(err, store.ErrConflict) || errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return fmt.Errorf("publishing a reply: %w", err)
		}
		if err := s.Audit(ctx, u.Name, "case_publish", id); err != nil {
			return fmt.Errorf("writing the audit: %w", err)
		}
		return nil
	}
	return store.ErrConflict
}

// order sorts the replies of a unit by time.
func (r PublicReply) order() string { return r.Unit + "/" + auditKey(r.At) }

// WithdrawReply takes what was published of a case back.
func (s *Service) WithdrawReply(ctx context.Context, u User, id string) error {
	if _, err := s.caseFor(ctx, u, id); err != nil {
		return err
	}
	if err := s.drop(ctx, collPublicReplies, id); err != nil {
		return fmt.Errorf("withdrawing a reply: %w", err)
	}
	if err := s.Audit(ctx, u.Name, "case_withdraw", id); err != nil {
		return fmt.Errorf("writing the audit: %w", err)
	}
	return nil
}

// ReplyOf returns what is published of a case, the zero value where nothing is.
func (s *Service) ReplyOf(ctx context.Context, u User, id string) (PublicReply, error) {
	var r PublicReply
	if _, err := s.caseFor(ctx, u, id); err != nil {
		return r, err
	}
	if _, err := get(ctx, s.Store, collPublicReplies, id, &r); err != nil && !errors.Is(err, store.ErrNotFound) {
		return PublicReply{}, fmt.Errorf("reading what is published: %w", err)
	}
	return r, nil
}

// PublicReplies lists the newest published replies of the unit.
func (s *Service) PublicReplies(ctx context.Context, most int) ([]PublicReply, error) {
	var out []PublicReply
	unit := s.Config.Unit
	for d, err := range s.Store.Scan(ctx, collPublicReplies, store.Range{From: unit + "/", To: unit + "0", ByOrder: true, Reverse: true, Limit: most}) {
		if err != nil {
			return nil, fmt.Errorf("reading what is published: %w", err)
		}
		var r PublicReply
		if err := json.Unmarshal(d.Body, &r); err != nil {
			return nil, fmt.Errorf("decoding what is published: %w", err)
		}
		out = append(out, r)
	}
	return out, nil
}
