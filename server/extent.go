package server

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"hailong/server/store"
)

// An Extent says from when to when a store has data.
type Extent struct {
	// First and Last are the first and the last day of which a dossier
	// received or an answer given is known; "" where nothing is.
	First, Last Day
	// Received is the last day on which a dossier was received, "" for none.
	// Answers trail behind dossiers by the weeks a slip is good for.
	Received Day
}

// Year is the year that a first look is about: that of the last dossier (of
// the last answer where there are only answers) up to a day. In January and
// February it is the year before, if there is one: a year that has hardly
// begun says nothing, and the one before is being reported. It is 0 where
// there is nothing by that day.
func (e Extent) Year(by Day) int {
	last := e.Received
	if last == "" {
		last = e.Last
	}
	last = min(last, by)
	if e.First == "" || e.First > last {
		return 0
	}
	t := last.Time()
	if year := t.Year(); t.Month() > time.February || year == e.First.Time().Year() || by.Time().Year() > year {
		return year
	}
	return t.Year() - 1
}

// Extent reads four documents.
func (s *Service) Extent(ctx context.Context) (Extent, error) {
	var e Extent
	for _, coll := range []string{collDossiers, collAnswers} {
		for _, reverse := range []bool{false, true} {
			r := store.Range{From: s.Config.Unit + "/", To: s.Config.Unit + "0", ByOrder: true, Reverse: reverse, Limit: 1}
			for doc, err := range s.Store.Scan(ctx, coll, r) {
				if err != nil {
					return Extent{}, fmt.Errorf("looking for the first and last day: %w", err)
				}
				var v struct {
					Day      Day       `json:"day"`
					Received time.Time `json:"received"`
				}
				if err := json.Unmarshal(doc.Body, &v); err != nil {
					return Extent{}, fmt.Errorf("decoding %s: %w", coll, err)
				}
				day := v.Day
				if coll == collDossiers {
					day = DayOf(v.Received)
					e.Received = max(e.Received, day)
				}
				if e.First == "" || day < e.First {
					e.First = day
				}
				e.Last = max(e.Last, day)
			}
		}
	}
	return e, nil
}
