package server

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"hailong/scoring"
)

// readAnswers fills the cube's answers from the largest seals that fit the
// period and the grain, and from the answers themselves for the days between.
func (s *Service) readAnswers(ctx context.Context, c *Cube, grain Grain) error {
	first, last, err := s.answerDays(ctx)
	if err != nil || first == "" {
		return err
	}
	from, to := max(c.From, first), c.To
	if grain == GrainDay {
		to = min(to, last)
	} else { // whole years stay whole
		to = min(to, span{'Y', around('Y', last).first}.last())
	}
	if grain != GrainDay && c.From < from {
		from = max(c.From, around('Y', from).first)
	}
	if from > to {
		return nil
	}
	states, err := s.lateStates(ctx, from, to)
	if err != nil {
		return err
	}
	// A day with quarantined answers is read answer by answer: its seals hold all.
	out, err := s.excluded(ctx, from, to)
	if err != nil {
		return err
	}
	for day := range out {
		states[day] = lateState{gen: states[day].gen, pending: true}
	}
	c.out = out
	kinds := map[Grain]string{GrainDay: "D", GrainMonth: "MD", GrainPeriod: "YQMD"}[grain]
	return s.readSeals(ctx, c, kinds, from, to, states)
}

// readSeals reads the days from..to from seals of the first kind, what those
// do not cover from seals of the next kinds, and what is left from the answers.
func (s *Service) readSeals(ctx context.Context, c *Cube, kinds string, from, to Day, states map[Day]lateState) error {
	if from > to {
		return nil
	}
	if kinds == "" {
		return s.readOpen(ctx, c, from, to)
	}
	seals, err := s.seals(ctx, kinds[0], from, to, states)
	if err != nil {
		return err
	}
	open := from // where the stretch without a seal begins
	for _, first := range slices.Sorted(maps.Keys(seals)) {
		p := span{kinds[0], first}
		if p.last() > to {
			continue
		}
		if err := s.readSeals(ctx, c, kinds[1:], open, first.Add(-1), states); err != nil {
			return err
		}
		if err := c.addSeal(p, seals[first]); err != nil {
			return err
		}
		open = p.last().Add(1)
	}
	return s.readSeals(ctx, c, kinds[1:], open, to, states)
}

func (c *Cube) addSeal(p span, doc sealDoc) error {
	for id, cells := range doc.Surveys {
		for _, sc := range cells {
			n, err := scoring.BlockAnswers(sc.Block)
			if err != nil {
				return fmt.Errorf("reading the seal of %s: %w", p.first, err)
			}
			whole, detail := strings.CutSuffix(id, detailSeal)
			if whole != c.Survey.ID {
				if !detail {
					c.count(id, n)
				}
				continue
			}
			if detail {
				c.count(c.base, -n)
			}
			cell := sc.cell(p.first)
			ac := c.cell(cell)
			ac.blocks = append(ac.blocks, sc.Block)
			c.countAnswers(cell, n)
		}
	}
	return nil
}

func (s *Service) readOpen(ctx context.Context, c *Cube, from, to Day) error {
	for a, err := range s.keptAnswers(ctx, from, to) {
		if err != nil {
			return fmt.Errorf("reading answers: %w", err)
		}
		if a.DetailSurvey == c.Survey.ID {
			if a, err = s.detailed(a); err != nil {
				return err
			}
		}
		if c.out[a.Day][a.ID] {
			if err := s.setAside(c, a); err != nil {
				return err
			}
			continue
		}
		if a.Survey != c.Survey.ID {
			c.count(a.Survey, 1)
			continue
		}
		_, row, err := s.marks(a)
		if err != nil {
			return err
		}
		cell := a.cell()
		ac := c.cell(cell)
		ac.rows = append(ac.rows, row)
		c.countAnswers(cell, 1)
	}
	return nil
}

// setAside keeps a quarantined answer apart from all figures.
func (s *Service) setAside(c *Cube, a Answer) error {
	if a.Survey != c.Survey.ID {
		return nil
	}
	_, row, err := s.marks(a)
	if err != nil {
		return err
	}
	cell := a.cell()
	if c.aside == nil {
		c.aside = map[Cell]*answerCell{}
	}
	if c.aside[cell] == nil {
		c.aside[cell] = &answerCell{}
	}
	c.aside[cell].rows = append(c.aside[cell].rows, row)
	return nil
}

// count counts answers to another instrument. An answer that is short and
// detailed at once is one to the cube's own.
func (c *Cube) count(id string, n int64) {
	if c.others[id] += n; c.others[id] == 0 {
		delete(c.others, id)
	}
}

func (c *Cube) cell(cell Cell) *answerCell { return at(c.answers, cell) }

// countAnswers counts answers that came by slip towards coverage.
func (c *Cube) countAnswers(cell Cell, n int64) {
	if cell.Lane == LaneSlip || cell.Lane == LaneKiosk {
		cell.Lane = ""
		at(c.returned, cell).Answers += n
	}
}
