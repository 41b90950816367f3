package server

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"hailong/server/store"
)

// An AuditEntry says who did what, when. It holds no code, name of a citizen or comment.
type AuditEntry struct {
	At   time.Time `json:"at"`
	User string    `json:"user"` // "" where nobody, or nobody known, did it; cli for a command
	Deed string    `json:"deed"` // sign_in, sign_in_failed, export, import, …; package web names each for people
	What string    `json:"what,omitempty"`
	Unit string    `json:"unit,omitempty"` // of the user; "" is the home, see Unit
}

// auditKey begins the key of every entry of a moment.
func auditKey(at time.Time) string { return at.UTC().Format("20060102T150405.000000000") }

// Audit writes one entry (nhật ký).
func (s *Service) Audit(ctx context.Context, user, deed, what string) error {
	var b [8]byte
	if _, err := io.ReadFull(s.Rand, b[:]); err != nil {
		return fmt.Errorf("naming an audit entry: %w", err)
	}
	unit := s.tag()
	if u, err := s.anyUser(ctx, user); user != "" && err == nil {
		unit = u.Unit
	}
	at := s.Now().UTC()
	return insert(ctx, s.Store, collAudit, fmt.Sprintf("%s-%x", auditKey(at), b), "", AuditEntry{At: at, User: user, Deed: deed, What: what, Unit: unit})
}

// AuditDays is how many days the audit is read at once.
const AuditDays = 366

// AuditEntries reads the unit's audit of some days, both included, the newest entry
// first; of one user where user is not "". ErrInvalid: the days are in the wrong
// order, or more than AuditDays.
func (s *Service) AuditEntries(ctx context.Context, from, to Day, user string) ([]AuditEntry, error) {
	if from > to || from.Add(AuditDays) <= to {
		return nil, fmt.Errorf("%w: the audit is read for 1 to %d days", ErrInvalid, AuditDays)
	}
	var out []AuditEntry
	for d, err := range s.Store.Scan(ctx, collAudit, store.Range{From: auditKey(from.Time()), To: auditKey(to.Add(1).Time()), Reverse: true}) {
		if err != nil {
			return nil, fmt.Errorf("reading the audit: %w", err)
		}
		var e AuditEntry
		if err := json.Unmarshal(d.Body, &e); err != nil {
			return nil, fmt.Errorf("decoding an audit entry: %w", err)
		}
		if s.mine(e.Unit) && (user == "" || e.User == user) {
			out = append(out, e)
		}
	}
	return out, nil
}

// AuditEntriesFor is AuditEntries as somebody may see it. Who is an officer of the
// dossiers reads there nothing of what others did to any case: what was done to
// one that names them would tell that there is one, also once it is erased, and
// what was done to all others would tell by what is missing.
func (s *Service) AuditEntriesFor(ctx context.Context, asker User, from, to Day, user string) ([]AuditEntry, error) {
	entries, err := s.AuditEntries(ctx, from, to, user)
	if err != nil || asker.Officer == "" {
		return entries, err
	}
	return slices.DeleteFunc(entries, func(e AuditEntry) bool { return e.ofCase() && e.User != asker.Name }), nil
}

// ofCase reports whether an entry is about one case.
func (e AuditEntry) ofCase() bool {
	return strings.HasPrefix(e.Deed, "case_") || e.Deed == "comment_original" || e.Deed == "evidence_view" || e.Deed == "evidence_removed"
}
