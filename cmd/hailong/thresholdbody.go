package main

import (
	"fmt"
	"time"

	"hailong/scoring"
	"hailong/server"
)

// A thresholdBody is what is posted of an alert on a threshold. The same alert has
// the same id when it opens and when it closes; closed, it says no figures.
type thresholdBody struct {
	ID    string     `json:"id"`
	Event string     `json:"event"` // cases.overdue or satisfaction.below
	State string     `json:"state"` // opened or closed
	Unit  string     `json:"unit"`
	Since time.Time  `json:"since"`
	Over  *time.Time `json:"over,omitempty"`
	// Of complaints: how many wait, and how many of these are late.
	Waiting *int64 `json:"waiting,omitempty"`
	Overdue *int64 `json:"overdue,omitempty"`
	// Of satisfaction: the field, "" for the whole unit, satisfied of those who
	// answered, and the share to reach.
	Field  string     `json:"field,omitempty"`
	From   server.Day `json:"from,omitempty"`
	To     server.Day `json:"to,omitempty"`
	X      *int64     `json:"x,omitempty"`
	N      *int64     `json:"n,omitempty"`
	Share  *float64   `json:"share,omitempty"` // x/n
	Target *float64   `json:"target,omitempty"`
	Text   string     `json:"text"` // for people
}

func newThresholdBody(unit string, n server.ThresholdNotice) thresholdBody {
	b := thresholdBody{ID: n.ID, Event: string(n.Kind), State: "opened", Unit: unit, Since: n.Since.In(server.Zone), Field: n.Field}
	what := "toàn đơn vị"
	if n.Field != "" {
		what = "lĩnh vực " + n.Field
	}
	if !n.Over.IsZero() {
		over := n.Over.In(server.Zone)
		b.State, b.Over = "closed", &over
	}
	switch {
	case n.Kind == server.CasesOverdue && b.Over != nil:
		b.Text = "Không còn phản ánh nào quá hạn."
	case n.Kind == server.CasesOverdue:
		b.Waiting, b.Overdue = &n.Waiting, &n.Overdue
		b.Text = fmt.Sprintf("%d phản ánh đã quá hạn, trong %d phản ánh đang chờ xử lý.", n.Overdue, n.Waiting)
	case b.Over != nil:
		b.Text = fmt.Sprintf("Mức hài lòng của %s trong %d ngày gần nhất không còn ở mức kết luận chưa đạt.", what, server.ThresholdDays)
	default:
		share := float64(n.X) / float64(n.N) // n is at least scoring.MinAnswers
		b.From, b.To, b.X, b.N, b.Share, b.Target = n.From, n.To, &n.X, &n.N, &share, &n.Target
		b.Text = fmt.Sprintf("Mức hài lòng của %s chưa đạt chỉ tiêu: %d/%d người trả lời hài lòng (%s), chỉ tiêu %s, từ %s đến %s.",
			what, n.X, n.N, scoring.PercentText(share, n.Target, "vi"), scoring.PercentText(n.Target, n.Target, "vi"), n.From.VI(), n.To.VI())
	}
	return b
}

func (b thresholdBody) letter() letter {
	l := letter{ID: b.Event + "." + b.State + "." + b.ID, Text: b.Text}
	switch {
	case b.Event == string(server.CasesOverdue) && b.Over != nil:
		l.Subject = "Không còn phản ánh quá hạn"
	case b.Event == string(server.CasesOverdue):
		l.Subject = "Có phản ánh quá hạn"
	case b.Over != nil:
		l.Subject = "Mức hài lòng: không còn kết luận chưa đạt"
	default:
		l.Subject = "Mức hài lòng chưa đạt chỉ tiêu"
	}
	return l
}
