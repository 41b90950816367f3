package server

import (
	"context"
	"fmt"

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
	kinds := map[Grain]string{GrainDay: "D", GrainMonth: "MD", GrainPeriod: "YQMD"}[grain]
	seals := map[byte]map[Day]sealDoc{}
	for i := range kinds {
		if around(kinds[i], from).last() > to && kinds[i] != 'D' {
			continue
		}
		if seals[kinds[i]], err = s.seals(ctx, kinds[i], from, to, states); err != nil {
			return err
		}
	}
	open := Day("") // first day of a stretch without a seal
	for day := from; day <= to; {
		p, doc, ok := largest(kinds, seals, day, to)
		if !ok {
			if open == "" {
				open = day
			}
			day = day.Add(1)
			continue
		}
		if open != "" {
			if err := s.readOpen(ctx, c, open, day.Add(-1)); err != nil {
				return err
			}
			open = ""
		}
		if err := c.addSeal(p, doc); err != nil {
			return err
		}
		day = p.last().Add(1)
	}
	if open != "" {
		return s.readOpen(ctx, c, open, to)
	}
	return nil
}

// largest returns the largest seal that begins on a day and ends by to.
func largest(kinds string, seals map[byte]map[Day]sealDoc, day, to Day) (span, sealDoc, bool) {
	for i := range kinds {
		p := span{kinds[i], day}
		if doc, ok := seals[kinds[i]][day]; ok && p.last() <= to {
			return p, doc, true
		}
	}
	return span{}, sealDoc{}, false
}

func (c *Cube) addSeal(p span, doc sealDoc) error {
	for id, cells := range doc.Surveys {
		for _, sc := range cells {
			n, err := scoring.BlockAnswers(sc.Block)
			if err != nil {
				return fmt.Errorf("reading the seal of %s: %w", p.first, err)
			}
			if id != c.Survey.ID {
				c.others[id] += n
				continue
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
	for a, err := range s.Answers(ctx, from, to) {
		if err != nil {
			return fmt.Errorf("reading answers: %w", err)
		}
		if a.Survey != c.Survey.ID {
			c.others[a.Survey]++
			continue
		}
		_, row, err := s.marks(a)
		if err != nil {
			return err
		}
		cell := Cell{a.Day, a.Field, a.Counter, a.Officer, a.Channel, a.Lane}
		ac := c.cell(cell)
		ac.rows = append(ac.rows, row)
		c.countAnswers(cell, 1)
	}
	return nil
}

func (c *Cube) cell(cell Cell) *answerCell {
	ac := c.answers[cell]
	if ac == nil {
		ac = &answerCell{}
		c.answers[cell] = ac
	}
	return ac
}

// countAnswers counts answers that came by slip towards coverage.
func (c *Cube) countAnswers(cell Cell, n int64) {
	if cell.Lane == LaneSlip || cell.Lane == LaneKiosk {
		cell.Lane = ""
		c.coverage(cell).Answers += n
	}
}
