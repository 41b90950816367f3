package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"hailong/server"
)

// A packReport is what the papers of a pack are written from, as it stands in the
// pack: the figures as they were frozen, byte by byte, and what the report says
// besides figures.
type packReport struct {
	Profile   server.Profile     `json:"profile"`
	Period    string             `json:"period"`
	From      server.Day         `json:"from"` // of the period, not of the figures
	To        server.Day         `json:"to"`
	Made      time.Time          `json:"made"`
	History   []server.Closing   `json:"history,omitempty"` // figures only of amendments
	Amendment *server.Amendment  `json:"amendment,omitempty"`
	Texts     server.ReportTexts `json:"texts"`
	Figures   json.RawMessage    `json:"figures"`
}

// packReportOf writes a report for a pack.
func packReportOf(rep *server.PeriodReport) ([]byte, error) {
	d := packReport{Profile: rep.Profile, Period: rep.Period.ID, From: rep.Period.From, To: rep.Period.To, Made: rep.Made, Amendment: rep.Amendment, Texts: rep.Texts, History: slices.Clone(rep.History)}
	for i := range d.History {
		if d.History[i].Kind == server.KindClose {
			d.History[i].Figures = nil
		}
	}
	var err error
	if rep.Closed != nil {
		d.Figures = rep.Closed.Figures
	} else if d.Figures, err = json.Marshal(rep.Figures); err != nil {
		return nil, fmt.Errorf("encoding the figures: %w", err)
	}
	b, err := json.Marshal(d)
	if err != nil {
		return nil, fmt.Errorf("encoding the report: %w", err)
	}
	return append(b, '\n'), nil
}

// readPackReport reads what packReportOf wrote. broken says why the frozen
// figures are not those of the close; the report is read all the same.
func readPackReport(data []byte, r *server.Review) (rep *server.PeriodReport, broken, err error) {
	var d packReport
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&d); err != nil {
		return nil, nil, fmt.Errorf("%s không đọc được / cannot be read: %w", fileReport, err)
	}
	p, err := server.ParsePeriod(d.Period)
	if err != nil {
		return nil, nil, err
	}
	p.From, p.To = d.From, d.To
	rep = &server.PeriodReport{Profile: d.Profile, Period: p, Survey: r.Survey, Made: d.Made, History: d.History, Amendment: d.Amendment, Texts: d.Texts}
	// The close that is in force is the last one, unless the period was opened again.
	for i := len(rep.History) - 1; i >= 0 && rep.History[i].Kind != server.KindReopen; i-- {
		if rep.History[i].Kind == server.KindClose {
			rep.History[i].Figures = d.Figures
			break
		}
	}
	broken = rep.ReadHistory()
	if rep.Closed == nil {
		rep.Figures = &server.PeriodFigures{}
		if err := json.Unmarshal(d.Figures, rep.Figures); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", fileReport, err)
		}
	}
	f := rep.Figures
	if f == nil || f.Total == nil || f.Without == nil || f.Lanes == nil || f.Trend == nil || !slices.IsSorted([]server.Day{f.From, f.To}) {
		return nil, nil, errors.New(fileReport + " không đủ số liệu / figures are missing")
	}
	for _, doc := range []*server.IndexDocument{f.Total, f.Without, f.Lanes, f.Trend, f.Counters} {
		if doc == nil {
			continue // there are older figures without counters
		}
		if doc.Document == nil || slices.ContainsFunc(doc.Parts, func(p server.IndexPart) bool { return !p.Hidden && p.Document == nil }) {
			return nil, nil, errors.New(fileReport + " không đủ số liệu / figures are missing")
		}
	}
	if again, err := packReportOf(rep); err != nil || !bytes.Equal(again, data) {
		return nil, nil, errors.New(fileReport + " không đúng dạng / is not written as it should be")
	}
	return rep, broken, nil
}
