package server

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
	"unicode/utf8"

	"hailong/server/store"
)

// MaxNote is the longest text of an annotation, in characters.
const MaxNote = 200

// An Annotation (ghi chú) marks a day of the unit's series: a new counter, a
// new form, a flood. With Restart, what comes after it is another process, and
// control limits are worked out anew from there on.
type Annotation struct {
	ID      string    `json:"-"`
	Unit    string    `json:"unit"`
	Day     Day       `json:"day"`
	Text    string    `json:"text"`
	Restart bool      `json:"restart,omitempty"`
	By      string    `json:"by"`
	At      time.Time `json:"at"`
}

// AddAnnotation stores an annotation and enters it in the audit. ErrInvalid: the
// day is none or ahead, or the text is empty or too long.
func (s *Service) AddAnnotation(ctx context.Context, u User, day Day, text string, restart bool) (Annotation, error) {
	a := Annotation{Unit: s.Config.Unit, Day: day, Text: cleanComment(text), Restart: restart, By: u.Name, At: s.Now().UTC().Truncate(time.Second)}
	_, err := ParseDay(string(day))
	switch {
	case err != nil || day > s.Today():
		return a, fmt.Errorf("%w: an annotation needs a day that has been", ErrInvalid)
	case a.Text == "" || utf8.RuneCountInString(a.Text) > MaxNote:
		return a, fmt.Errorf("%w: an annotation needs a text of at most %d characters", ErrInvalid, MaxNote)
	}
	var b [8]byte
	if _, err := io.ReadFull(s.Rand, b[:]); err != nil {
		return a, fmt.Errorf("naming an annotation: %w", err)
	}
	a.ID = fmt.Sprintf("%x", b)
	if err := insert(ctx, s.Store, collAnnotations, a.ID, a.Unit+"/"+string(day), a); err != nil {
		return a, fmt.Errorf("storing an annotation: %w", err)
	}
	return a, s.Audit(ctx, u.Name, "annotation_added", string(day))
}

// RemoveAnnotation takes an annotation of the unit away, or returns ErrNotFound.
func (s *Service) RemoveAnnotation(ctx context.Context, u User, id string) error {
	var a Annotation
	version, err := get(ctx, s.Store, collAnnotations, id, &a)
	if errors.Is(err, store.ErrNotFound) || err == nil && a.Unit != s.Config.Unit {
		return fmt.Errorf("%w: annotation", ErrNotFound)
	}
	if err != nil {
		return err
	}
	if err := s.Store.Delete(ctx, collAnnotations, id, version); err != nil {
		return fmt.Errorf("removing an annotation: %w", err)
	}
	return s.Audit(ctx, u.Name, "annotation_removed", string(a.Day))
}

// Annotations lists those of the days from..to, oldest first.
func (s *Service) Annotations(ctx context.Context, from, to Day) ([]Annotation, error) {
	var out []Annotation
	unit := s.Config.Unit + "/"
	for d, err := range s.Store.Scan(ctx, collAnnotations, store.Range{From: unit + string(from), To: unit + string(to) + "~", ByOrder: true}) {
		if err != nil {
			return nil, fmt.Errorf("reading annotations: %w", err)
		}
		a := Annotation{ID: d.Key}
		if err := json.Unmarshal(d.Body, &a); err != nil {
			return nil, fmt.Errorf("decoding an annotation: %w", err)
		}
		out = append(out, a)
	}
	slices.SortStableFunc(out, func(a, b Annotation) int { return cmp.Or(cmp.Compare(a.Day, b.Day), a.At.Compare(b.At)) })
	return out, nil
}
