package server

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"hailong/server/store"
)

// ComplaintFigures count the complaints (phản ánh) opened in a period and what
// became of them by now, without a word of any, without who is complained of and
// without what only leaders and inspectors may know (sách nhiễu, tiền ngoài quy
// định). A complaint is in time where none of its clocks ran out: to take it on,
// to conclude it, to tell the citizen; see ClockTake.
type ComplaintFigures struct {
	Received int64 `json:"received"`
	Replied  int64 `json:"replied"`
	InTime   int64 `json:"in_time"` // replied to, no clock ran out
	Waiting  int64 `json:"waiting"`
	Overdue  int64 `json:"overdue"`  // waiting, and a clock has run out
	Objected int64 `json:"objected"` // the citizen objected to a reply
	// Topics are how many complaints are about each topic; one may be about
	// several, or none.
	Topics []TopicCount `json:"topics,omitempty"`
}

// A TopicCount counts the complaints about a topic. Few are not told exactly.
type TopicCount struct {
	Name string `json:"name"`
	N    int64  `json:"n"`             // 0 where few
	Few  bool   `json:"few,omitempty"` // 1 to MinCell-1
}

// complaintFigures counts the complaints opened from..to.
func (s *Service) complaintFigures(ctx context.Context, from, to Day) (*ComplaintFigures, error) {
	out := &ComplaintFigures{}
	about := map[string]int64{}
	today := s.Today()
	for d, err := range s.Store.Scan(ctx, collCases, store.Range{From: s.Config.Unit + "/1/", To: s.Config.Unit + "/3", ByOrder: true}) {
		if err != nil {
			return nil, fmt.Errorf("counting complaints: %w", err)
		}
		var c Case
		if err := json.Unmarshal(d.Body, &c); err != nil {
			return nil, fmt.Errorf("decoding a case: %w", err)
		}
		if c.Opened < from || c.Opened > to {
			continue
		}
		out.Received++
		missed, objected := s.clocks(c)
		if objected {
			out.Objected++
		}
		switch late := missed || c.Overdue(today); {
		case c.Open() && late:
			out.Waiting++
			out.Overdue++
		case c.Open():
			out.Waiting++
		case late:
			out.Replied++
		default:
			out.Replied++
			out.InTime++
		}
		for _, t := range c.About() {
			about[t]++
		}
	}
	for _, t := range topics {
		switch n := about[t.ID]; {
		case n >= MinCell:
			out.Topics = append(out.Topics, TopicCount{Name: t.Name, N: n})
		case n > 0:
			out.Topics = append(out.Topics, TopicCount{Name: t.Name, Few: true})
		}
	}
	return out, nil
}

// clocks goes through what was done to a case and reports whether anything was
// done after its clock had run out, and whether the citizen objected.
func (s *Service) clocks(c Case) (missed, objected bool) {
	due, thorough, taken := s.AfterWorkdays(c.Opened, ClockTake), c.Alleges, false
	for _, st := range c.Steps {
		day := DayOf(st.At)
		switch st.Kind {
		case StepTaken:
			if taken {
				continue // somebody else takes it over; its clock goes on
			}
			missed, taken = missed || day > due, true
			due = s.AfterWorkdays(day, map[bool]int{false: ClockSimple, true: ClockThorough}[thorough])
		case StepNote:
			if taken && !thorough && c.Thorough && strings.HasPrefix(st.Note, "Cần xác minh") {
				thorough, due = true, s.AfterWorkdays(day, ClockThorough)
			}
		case StepConcluded:
			missed = missed || day > due
			due = s.AfterWorkdays(day, ClockReply)
		case StepReplied:
			missed = missed || day > due
		case StepReopened, StepObjected:
			objected = objected || st.Kind == StepObjected
			due, taken = s.AfterWorkdays(day, ClockTake), false
		}
	}
	return missed, objected
}
