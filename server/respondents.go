package server

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"hailong/scoring"
	"hailong/server/store"
)

// Respondents (ai trả lời) follows the dossiers returned in a period as far as
// their invitation knows: whether it was made, looked at, used. It needs no answer
// and no time.
type Respondents struct {
	From, To                            Day
	Returned, Invited, Opened, Answered int64
	// Completeness is counted on the answers given with slips in these days, not on
	// the dossiers.
	Completeness
	// Fields, Channels and OnTime compare those who answered with all; nil where
	// that cannot be told.
	Fields, Channels, OnTime *scoring.Representation
}

// Respondents reads the dossiers returned from one day to another, both included,
// and their invitations.
func (s *Service) Respondents(ctx context.Context, from, to Day) (*Respondents, error) {
	if from > to {
		return nil, fmt.Errorf("%w: the first day is after the last", ErrInvalid)
	}
	type state struct{ opened, used bool }
	invitations := map[string]state{}
	// Nobody is invited before the dossier comes back.
	r := store.Range{From: s.Config.Unit + "/" + string(from), To: s.Config.Unit + "0", ByOrder: true}
	for d, err := range s.Store.Scan(ctx, collInvitations, r) {
		if err != nil {
			return nil, fmt.Errorf("reading invitations: %w", err)
		}
		var inv struct {
			State  InvitationState `json:"state"`
			Opened bool            `json:"opened"`
		}
		if err := json.Unmarshal(d.Body, &inv); err != nil {
			return nil, fmt.Errorf("decoding an invitation: %w", err)
		}
		used := inv.State == InvitationUsed
		invitations[d.Key] = state{opened: inv.Opened || used || inv.State == InvitationErased, used: used}
	}
	out := &Respondents{From: from, To: to}
	fields, channels, onTime := map[string]*scoring.PartCount{}, map[string]*scoring.PartCount{}, map[string]*scoring.PartCount{}
	now := s.Now()
	var months []Day // of receipt, that have dossiers which came back since
	err := s.readDossiers(ctx, from, to, func(m *dossierMonth) { months = append(months, dayAt(m.firstDay)) })
	if err != nil {
		return nil, err
	}
	count := func(d Dossier) {
		if !s.earnedIn(d, from, to) {
			return
		}
		inv := invitations[d.Invitation]
		out.Returned++
		if d.Invitation != "" {
			out.Invited++
		}
		if inv.opened {
			out.Opened++
		}
		if inv.used {
			out.Answered++
		}
		for _, in := range []struct {
			parts map[string]*scoring.PartCount
			name  string
		}{{fields, d.Field}, {channels, d.Channel.String()}, {onTime, string(d.Punctuality(now))}} {
			p := in.parts[in.name]
			if p == nil {
				p = &scoring.PartCount{Name: in.name}
				in.parts[in.name] = p
			}
			p.Population++
			if inv.used {
				p.Answers++
			}
		}
	}
	for _, first := range months {
		for d, err := range s.Dossiers(ctx, first, min(to, span{'M', first}.last())) {
			if err != nil {
				return nil, fmt.Errorf("reading dossiers: %w", err)
			}
			count(d)
		}
	}
	if out.Completeness, err = s.completeness(ctx, from, to); err != nil {
		return nil, err
	}
	out.Fields, out.Channels, out.OnTime = represents(fields), represents(channels), represents(onTime)
	return out, nil
}

func represents(parts map[string]*scoring.PartCount) *scoring.Representation {
	var list []scoring.PartCount
	names := slices.Collect(maps.Keys(parts))
	SortByName(names, func(name string) string { return name })
	for _, name := range names {
		list = append(list, *parts[name])
	}
	r, ok := scoring.Represents(list)
	if !ok {
		return nil
	}
	return &r
}
