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
