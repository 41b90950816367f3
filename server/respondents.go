package server

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"hailong/scoring"
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

// Respondents counts the dossiers returned from one day to another, both included,
// and how far their invitations got.
func (s *Service) Respondents(ctx context.Context, from, to Day) (*Respondents, error) {
	if from > to {
		return nil, fmt.Errorf("%w: the first day is after the last", ErrInvalid)
	}
	out := &Respondents{From: from, To: to}
	first, last := from.number(), to.number()
	var byCell [][2]int64 // all, and those who answered, by the cell's number
	var onTime [toldKinds][2]int64
	err := s.returnedDossiers(ctx, from, to, func(list []returnedDossier) {
		for _, d := range list {
			if day := d.day(); day < first || day > last {
				continue
			}
			if n := int(d.cell) + 1; n > len(byCell) {
				byCell = append(byCell, make([][2]int64, n-len(byCell))...)
			}
			way, cell, told := d.way(), &byCell[d.cell], &onTime[d.told()]
			cell[0]++
			told[0]++
			if way&reachedInvited != 0 {
				out.Invited++
			}
			if way&reachedOpened != 0 {
				out.Opened++
			}
			if way&reachedAnswered != 0 {
				out.Answered++
				cell[1]++
				told[1]++
			}
		}
	})
	if err != nil {
		return nil, err
	}
	fields, channels, punctual := parts{}, parts{}, parts{}
	cells, _ := s.memory.of(s.Config.Unit).cells.all()
	for i, n := range byCell {
		out.Returned += n[0]
		fields.add(cells[i].Field, n)
		channels.add(cells[i].Channel.String(), n)
	}
	for told, n := range onTime {
		punctual.add(string(dossierTold(told).punctuality()), n)
	}
	if out.Completeness, err = s.completeness(ctx, from, to); err != nil {
		return nil, err
	}
	out.Fields, out.Channels, out.OnTime = fields.represent(), channels.represent(), punctual.represent()
	return out, nil
}

// parts are dossiers, and those of them that were answered, by name.
type parts map[string]*scoring.PartCount

func (p parts) add(name string, n [2]int64) {
	if n[0] == 0 {
		return
	}
	if p[name] == nil {
		p[name] = &scoring.PartCount{Name: name}
	}
	p[name].Population, p[name].Answers = p[name].Population+n[0], p[name].Answers+n[1]
}

func (p parts) represent() *scoring.Representation {
	var list []scoring.PartCount
	names := slices.Collect(maps.Keys(p))
	SortByName(names, func(name string) string { return name })
	for _, name := range names {
		list = append(list, *p[name])
	}
	r, ok := scoring.Represents(list)
	if !ok {
		return nil
	}
	return &r
}
