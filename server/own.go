package server

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"hailong/scoring"
	"hailong/server/store"
)

// What an officer's own page needs before it shows anything.
const (
	OwnRatings  = 30 // ratings of the officer, and of everybody else, for a figure
	OwnComments = 10 // comments in the last quarter, for the comments to be told
)

// An OwnResult (kết quả của tôi) is what an officer may see: their own result
// over four finished quarters beside the ward's, and nothing about anybody
// else. It changes once a quarter, so that no single answer shows.
type OwnResult struct {
	From, To Day   // four quarters, the last one finished; see Own
	N        int64 // ratings of the officer
	// Enough says that there are OwnRatings; else there are no figures.
	Enough            bool
	Overall, Attitude scoring.Item
	// Beside says that others have OwnRatings too; else the ward is not told.
	Beside                    bool
	WardOverall, WardAttitude scoring.Item
	// Comments of the last quarter, masked, in an order that says nothing. Those
	// that opened a case are never among them. Few says that there are fewer
	// than OwnComments, and none is told.
	Comments []string
	Few      bool
}

// Own returns the result of the officer that a user is, over the four quarters that
// end with the last finished one, or with an earlier one after which nobody
// answered in the whole unit. ErrInvalid: the user is
// not tied to an officer.
func (s *Service) Own(ctx context.Context, u User) (OwnResult, error) {
	if u.Officer == "" {
		return OwnResult{}, fmt.Errorf("%w: the user is no officer of the dossiers", ErrInvalid)
	}
	now := s.Now().In(Zone)
	_, last, err := s.answerDays(ctx)
	if err != nil {
		return OwnResult{}, err
	}
	// The quarter after the last one: this one, or the one after the last in which
	// anybody answered, so that what was said before the unit stopped asking stays.
	quarter := quarterOf(now)
	if last != "" {
		if after := quarterOf(last.Time()).AddDate(0, 3, 0); after.Before(quarter) {
			quarter = after
		}
	}
	out := OwnResult{From: DayOf(quarter.AddDate(-1, 0, 0)), To: DayOf(quarter.AddDate(0, 0, -1))}
	sv := s.Survey()
	cube, err := s.CubeOf(ctx, sv, out.From, out.To, GrainMonth)
	if err != nil {
		return OwnResult{}, fmt.Errorf("reading an officer's figures: %w", err)
	}
	mine, ward := cube.evaluate(cube.Total(Only(ByOfficer, u.Officer)), true), cube.evaluate(cube.Total(Filter{}), true)
	own, _ := mine.Items.Get(sv.Overall.ID)
	out.N = own.N
	if out.Enough = own.N >= OwnRatings; !out.Enough {
		return out, nil
	}
	out.Overall = own
	out.Attitude, _ = mine.Items.Get("official")
	total, _ := ward.Items.Get(sv.Overall.ID)
	if out.Beside = total.N-own.N >= OwnRatings; out.Beside {
		out.WardOverall = total
		out.WardAttitude, _ = ward.Items.Get("official")
	}
	return out, s.ownComments(ctx, u, DayOf(quarter.AddDate(0, -3, 0)), &out)
}

// quarterOf is the first moment of a moment's quarter.
func quarterOf(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month()-(t.Month()-1)%3, 1, 0, 0, 0, 0, Zone)
}

func (s *Service) ownComments(ctx context.Context, u User, from Day, out *OwnResult) error {
	officers, err := s.officers(ctx)
	if err != nil {
		return err
	}
	var found []Answer
	r := store.Range{From: s.Config.Unit + "/" + string(from), To: s.Config.Unit + "/" + string(out.To) + "~", ByOrder: true}
	for doc, err := range s.Store.Scan(ctx, collAnswers, r) {
		if err != nil {
			return fmt.Errorf("reading comments: %w", err)
		}
		if !bytes.Contains(doc.Body, []byte(`"comment"`)) {
			continue // most have none, and need not be decoded
		}
		var a Answer
		if err := json.Unmarshal(doc.Body, &a); err != nil {
			return fmt.Errorf("decoding an answer of %s: %w", strings.TrimPrefix(doc.Order, s.Config.Unit+"/"), err)
		}
		if a.Withdrawn || a.Officer != u.Officer || a.Comment == "" || a.earnsCase() {
			continue
		}
		if a.Said == "" { // older than masking
			a.Comment = Mask(a.Comment, officers)
		}
		a.ID = oneWay(s.keys.cases, "shuffle/"+a.Comment+a.ID)
		found = append(found, a)
	}
	if out.Few = len(found) < OwnComments; out.Few {
		return nil
	}
	slices.SortFunc(found, func(a, b Answer) int { return cmp.Compare(a.ID, b.ID) })
	for _, a := range found {
		out.Comments = append(out.Comments, a.Comment)
	}
	return nil
}
