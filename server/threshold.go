package server

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"time"

	"hailong/scoring"
	"hailong/server/store"
)

// An AlertChannel is a way to tell somebody of what is wrong. Each remembers by itself
// what it has told, so that one that fails does not make another tell twice.
type AlertChannel string

// The channels.
const (
	AlertByWebhook AlertChannel = "webhook"
	AlertByMail    AlertChannel = "mail"
)

// A ThresholdKind (loại cảnh báo) is a figure that somebody is told about while
// it is on the wrong side of a threshold.
type ThresholdKind string

// The kinds.
const (
	// CasesOverdue: there are complaints past their deadline (phản ánh quá hạn).
	CasesOverdue ThresholdKind = "cases.overdue"
	// SatisfactionBelow: the verdict is not met (mức hài lòng chưa đạt chỉ tiêu).
	SatisfactionBelow ThresholdKind = "satisfaction.below"
)

// ThresholdDays is how many days SatisfactionBelow looks back upon, up to
// yesterday: today's answers still come in.
const ThresholdDays = 90

// A Threshold is a figure on the wrong side of its threshold.
type Threshold struct {
	Kind ThresholdKind
	// Of CasesOverdue: how many complaints wait, and how many of these are late.
	Waiting, Overdue int64
	// Of SatisfactionBelow: "" for the whole unit or one field, the days, the
	// satisfied of those who answered, and the share to reach.
	Field    string
	From, To Day
	X, N     int64
	Target   float64
}

// Thresholds lists what is on the wrong side now: complaints past their deadline,
// then the unit and each field whose verdict over the last ThresholdDays is not
// met, which takes scoring.MinAnswers answers. A field is only there where
// HideSmall would show it to everyone.
func (s *Service) Thresholds(ctx context.Context) ([]Threshold, error) {
	var out []Threshold
	today := s.Today()
	open, err := s.Cases(ctx, User{Role: RoleLeader}, true)
	if err != nil {
		return nil, err
	}
	late := Threshold{Kind: CasesOverdue, Waiting: int64(len(open))}
	for _, c := range open {
		if c.Overdue(today) {
			late.Overdue++
		}
	}
	if late.Overdue > 0 {
		out = append(out, late)
	}
	target := s.Survey().Target
	doc, err := s.Index(ctx, IndexQuery{From: today.Add(-ThresholdDays), To: today.Add(-1), By: []Dimension{ByField}, Brief: true})
	if err != nil {
		return nil, fmt.Errorf("reading the figures: %w", err)
	}
	HideSmall(doc, target)
	below := func(field string, d *scoring.Document) {
		if d == nil || d.Verdict != scoring.NotMet {
			return
		}
		x, n := headlineOf(d)
		out = append(out, Threshold{Kind: SatisfactionBelow, Field: field, From: doc.From, To: doc.To, X: x, N: n, Target: target})
	}
	below("", doc.Document)
	for _, p := range doc.Parts {
		if p.Key[ByField] != "" {
			below(p.Key[ByField], p.Document)
		}
	}
	return out, nil
}

// A ThresholdNotice is what is told: an alert that opened, with what is wrong, or
// with Over set one that closed, of which Kind and Field are known and no figures.
// The same alert has the same ID in both.
type ThresholdNotice struct {
	ID string
	Threshold
	Since time.Time
	Over  time.Time // zero while it lasts
}

// thresholdAlert is what is remembered of an alert on one channel.
type thresholdAlert struct {
	ID    string        `json:"id"`
	Kind  ThresholdKind `json:"kind"`
	Field string        `json:"field,omitempty"`
	Since time.Time     `json:"since"`
	Over  time.Time     `json:"over,omitzero"`
	Told  bool          `json:"told,omitempty"`
	Tried time.Time     `json:"tried"` // when telling was last tried
}

// WatchThresholds looks at the thresholds once and tells of each that was passed,
// and of each that no longer is. Several servers may watch one store: each notice
// is claimed in the store before it is told, and told again a minute later where
// telling failed, so it arrives at least once, and twice only where the teller
// died in between.
func (s *Service) WatchThresholds(ctx context.Context, by AlertChannel, tell func(context.Context, ThresholdNotice) error) error {
	now, err := s.Thresholds(ctx)
	if err != nil {
		return err
	}
	prefix := s.Config.Unit + "/" + string(by) + "/"
	wrong, keys := map[string]Threshold{}, []string(nil)
	for _, th := range now {
		// A field may have a name of any length, a key may not.
		key := fmt.Sprintf("%s%s/%x", prefix, th.Kind, sha256.Sum256([]byte(th.Field)))
		wrong[key], keys = th, append(keys, key)
	}
	for d, err := range s.Store.Scan(ctx, collAlerts, store.Range{From: prefix, To: prefix[:len(prefix)-1] + "0"}) {
		if err != nil {
			return fmt.Errorf("listing alerts: %w", err)
		}
		if _, ok := wrong[d.Key]; !ok {
			keys = append(keys, d.Key)
		}
	}
	var failed []error
	for _, key := range keys {
		th, lasts := wrong[key]
		if err := s.watchThreshold(ctx, key, th, lasts, tell); err != nil {
			failed = append(failed, fmt.Errorf("telling of a threshold: %w", err))
		}
	}
	return errors.Join(failed...)
}

// watchThreshold brings one alert up to date and tells of it where there is
// something to tell.
func (s *Service) watchThreshold(ctx context.Context, key string, th Threshold, lasts bool, tell func(context.Context, ThresholdNotice) error) error {
	a, version, err := s.claimThreshold(ctx, key, th, lasts)
	switch {
	case errors.Is(err, errNothingToTell), errors.Is(err, store.ErrExists), errors.Is(err, store.ErrConflict), errors.Is(err, store.ErrNotFound):
		return nil // or another server is at it, or done
	case err != nil:
		return err
	}
	if !a.Over.IsZero() {
		th = Threshold{Kind: a.Kind, Field: a.Field}
	}
	if err := tell(ctx, ThresholdNotice{a.ID, th, a.Since, a.Over}); err != nil {
		return err
	}
	if a.Over.IsZero() {
		a.Told = true
		err = replace(ctx, s.Store, collAlerts, key, "", version, a)
	} else {
		err = s.Store.Delete(ctx, collAlerts, key, version)
	}
	if errors.Is(err, store.ErrConflict) || errors.Is(err, store.ErrNotFound) {
		return nil // telling took so long that another server took over
	}
	return err
}

// claimThreshold marks an alert as being told and returns it with its version, or
// errNothingToTell. An alert whose end could not be told yet is told of first,
// even where it has opened again since.
func (s *Service) claimThreshold(ctx context.Context, key string, th Threshold, lasts bool) (a thresholdAlert, version int64, err error) {
	now := s.Now().UTC().Truncate(time.Second)
	version, err = get(ctx, s.Store, collAlerts, key, &a)
	switch {
	case errors.Is(err, store.ErrNotFound) && !lasts:
		return a, 0, errNothingToTell // closed and told of by another server
	case errors.Is(err, store.ErrNotFound):
		var b [8]byte
		if _, err := io.ReadFull(s.Rand, b[:]); err != nil {
			return a, 0, fmt.Errorf("naming an alert: %w", err)
		}
		a = thresholdAlert{ID: fmt.Sprintf("%x", b), Kind: th.Kind, Field: th.Field, Since: now, Tried: now}
		return a, 1, insert(ctx, s.Store, collAlerts, key, "", a)
	case err != nil:
		return a, 0, err
	case !lasts && a.Over.IsZero():
		a.Over, a.Told = now, false
	case a.Told || now.Sub(a.Tried) < tellAgain:
		return a, 0, errNothingToTell
	}
	a.Tried = now
	return a, version + 1, replace(ctx, s.Store, collAlerts, key, "", version, a)
}
