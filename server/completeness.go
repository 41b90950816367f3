package server

import (
	"context"
	"fmt"
	"slices"

	"hailong/scoring/survey"
)

// Completeness (trả lời đủ) counts the answers given with a slip in some days, and
// those of them that leave no question of the short form open: a level, or không
// phát sinh, for each. It is counted on the answers: an invitation knows that it was
// used and nothing of what was said.
type Completeness struct {
	Given    int64 `json:"given"`
	Complete int64 `json:"complete"`
}

// Complete counts the complete answers given with a slip from one day to another,
// both included; nil where too few answered with one to say how many of them did.
func (s *Service) Complete(ctx context.Context, from, to Day) (*int64, error) {
	c, err := s.completeness(ctx, from, to)
	if err != nil || isSmall(tallied{c.Complete, c.Given}) {
		return nil, err
	}
	return &c.Complete, nil
}

// completeRows counts the answers of a review, by slip or not, that leave no
// question open, and the others.
func (r *Review) completeRows() (complete, rest int64) {
	for _, row := range r.Rows {
		if slices.Contains(row.Marks, survey.Unanswered) {
			rest += row.N
		} else {
			complete += row.N
		}
	}
	return complete, rest
}

// CheckComplete reports whether the figures' number of complete answers can be that
// of the review's answers. Rows do not tell who had a slip, so where some had none
// it is held between bounds: no more complete ones than there are, and no more
// others.
func (r *Review) CheckComplete(f *PeriodFigures) error {
	if f.Complete == nil || r.Withheld {
		return nil
	}
	complete, rest := r.completeRows()
	if n, of := *f.Complete, f.Total.Coverage.Answers; n < 0 || n > min(of, complete) || of-n > rest {
		return fmt.Errorf("%w: %d trong %d phiếu có mã trả lời đủ, các dòng phiếu có %d phiếu đủ, %d phiếu chưa đủ / complete answers do not fit the rows", ErrInvalid, n, of, complete, rest)
	}
	return nil
}

// completeness counts the answers of the days from..to.
func (s *Service) completeness(ctx context.Context, from, to Day) (Completeness, error) {
	var out Completeness
	first, last, err := s.answerDays(ctx)
	if err != nil || first == "" {
		return out, err
	}
	if from, to = max(from, first), min(to, last); from > to {
		return out, nil
	}
	sv := s.Survey()
	items := len(sv.Items())
	var read *dayReading
	add := func(chunk *answerChunk) (ok bool) {
		i := slices.IndexFunc(chunk.rows, func(r answerRows) bool { return r.name == sv.ID })
		if i < 0 {
			return true
		}
		rows := chunk.rows[i]
		if len(rows.sums) > 0 {
			return false
		}
		cells, _ := read.chunking.cells.all()
		for i, cell := range rows.cells {
			if !cells[cell].Lane.Verified() {
				continue
			}
			out.Given++
			if !slices.Contains(rows.marks[i*items:(i+1)*items], survey.Unanswered) {
				out.Complete++
			}
		}
		return true
	}
	var counted []Day // of which only counters are known
	read, err = s.dayReading(ctx, from, to, func(day Day, chunk *answerChunk) {
		if !add(chunk) {
			counted = append(counted, day)
		}
	})
	if err == nil {
		err = read.days(ctx, from, to)
	}
	for _, day := range counted {
		days := map[Day]*answerChunk{}
		if err == nil {
			err = read.chunking.read(days, s.keptAnswers(ctx, day, day), read.out)
		}
		if chunk := days[day]; err == nil && chunk != nil {
			add(chunk)
		}
	}
	if err != nil {
		return out, fmt.Errorf("counting complete answers: %w", err)
	}
	return out, nil
}
