package report

import (
	"context"
	"fmt"
	"io"

	"hailong/server"
)

// WriteAnswers writes the answers of a period as CSV, one row an answer: as they
// are in the review pack and no more than may leave the house (see
// server.PeriodReview). criteria asks for the answers to the criteria of the full form
// in place of those to the short one. It returns how many there are.
// server.ErrInvalid: the period is neither over nor closed.
func WriteAnswers(ctx context.Context, w io.Writer, svc *server.Service, p server.Period, criteria bool) (int64, error) {
	r, err := svc.PeriodReview(ctx, p)
	if err != nil {
		return 0, err
	}
	t := answersOf(r)
	if criteria {
		t = criteriaTableOf(r)
	}
	if _, err := t.WriteTo(w); err != nil {
		return 0, fmt.Errorf("exporting the answers: %w", err)
	}
	return people(t.rows), nil
}
