package server

import (
	"bytes"
	"compress/flate"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"hailong/scoring/survey"
	"hailong/server/store"
)

// A keptReview is the review of a closed period as it is stored: what the frozen
// figures follow from, whatever comes later. The rows are packed, equal ones once
// with their number.
type keptReview struct {
	Period   string           `json:"period"`
	From     Day              `json:"from"`
	To       Day              `json:"to"`
	Survey   string           `json:"survey"`
	Target   float64          `json:"on_time_target"`
	Withheld bool             `json:"withheld,omitempty"`
	Others   map[string]int64 `json:"others,omitempty"`
	// As in Review.
	Quarantined       int64 `json:"quarantined,omitempty"`
	QuarantinedOthers int64 `json:"quarantined_others,omitempty"`

	Parts  []ReviewPart `json:"parts"`
	Fields []string     `json:"fields"`
	Rows   []byte       `json:"rows"`
	// Full and Criteria are of the full form, as in Review; "" where there is none.
	Full     string `json:"full,omitempty"`
	Criteria []byte `json:"criteria,omitempty"`
}

// maxKeptRows bounds the packed rows once they are unpacked, in bytes.
const maxKeptRows = 1 << 30

func reviewKey(unit, period, sum string) string { return unit + "/" + period + "/" + sum }

// keepReview stores a review under the SHA-256 of its content, which it returns.
func (s *Service) keepReview(ctx context.Context, r *Review) (string, error) {
	k := keptReview{Period: r.Period.ID, From: r.Period.From, To: r.Period.To, Survey: r.Survey.ID, Target: r.OnTimeTarget, Withheld: r.Withheld, Others: r.Others, Quarantined: r.Quarantined, QuarantinedOthers: r.QuarantinedOthers, Parts: r.Parts}
	var err error
	if k.Rows, k.Fields, err = packRows(r.Rows); err != nil {
		return "", err
	}
	if r.Full != nil {
		k.Full = r.Full.ID
		if k.Criteria, _, err = packRows(r.Criteria); err != nil {
			return "", err
		}
	}
	body, err := json.Marshal(k)
	if err != nil {
		return "", fmt.Errorf("encoding the review: %w", err)
	}
	digest := sha256.Sum256(body)
	sum := hex.EncodeToString(digest[:])
	err = s.Store.Insert(ctx, collReviews, store.Doc{Key: reviewKey(s.Config.Unit, r.Period.ID, sum), Body: body})
	if err != nil && !errors.Is(err, store.ErrExists) {
		return "", fmt.Errorf("storing the review of %s: %w", r.Period.ID, err)
	}
	return sum, nil
}

// keptReview reads what the figures of a close follow from.
func (s *Service) keptReview(ctx context.Context, c Closing) (*Review, error) {
	if c.Review == "" {
		return nil, fmt.Errorf("%w: kỳ %s được chốt trước khi có gói thẩm định của kỳ đã chốt; hãy mở lại và chốt lại / closed by an older version: open it again and close it", ErrInvalid, c.Period)
	}
	doc, err := s.Store.Get(ctx, collReviews, reviewKey(s.Config.Unit, c.Period, c.Review))
	if err != nil {
		return nil, fmt.Errorf("reading the review of %s: %w", c.Period, err)
	}
	bad := func(err error) error { return fmt.Errorf("the kept review of %s was changed: %w", c.Period, err) }
	if sum := sha256.Sum256(doc.Body); hex.EncodeToString(sum[:]) != c.Review {
		return nil, bad(errors.New("its checksum differs"))
	}
	var k keptReview
	if err := json.Unmarshal(doc.Body, &k); err != nil {
		return nil, bad(err)
	}
	sv, err := s.SurveyByID(k.Survey)
	if err != nil {
		return nil, err
	}
	r := &Review{Unit: c.Unit, Period: Period{k.Period, k.From, k.To}, Survey: sv, OnTimeTarget: k.Target, Withheld: k.Withheld, Others: k.Others, Quarantined: k.Quarantined, QuarantinedOthers: k.QuarantinedOthers, Parts: k.Parts}
	if r.Rows, err = unpackRows(k.Rows, k.Fields, sv); err != nil {
		return nil, bad(err)
	}
	if k.Full != "" {
		if r.Full, err = s.SurveyByID(k.Full); err != nil {
			return nil, err
		}
		if r.Criteria, err = unpackRows(k.Criteria, []string{""}, r.Full); err != nil {
			return nil, bad(err)
		}
	}
	return r, nil
}

// packRows packs sorted rows; their fields are named apart, once each.
func packRows(rows []ReviewRow) (packed []byte, fields []string, err error) {
	var out bytes.Buffer
	w, err := flate.NewWriter(&out, flate.BestCompression)
	if err != nil {
		return nil, nil, fmt.Errorf("packing the answers: %w", err)
	}
	var line []byte
	for _, row := range rows {
		if len(fields) == 0 || fields[len(fields)-1] != row.Field {
			fields = append(fields, row.Field)
		}
		line = binary.AppendUvarint(line[:0], uint64(len(fields)-1))
		for _, m := range row.Marks {
			line = append(line, byte(m+1))
		}
		line = binary.AppendUvarint(line, uint64(row.N))
		if _, err := w.Write(line); err != nil {
			return nil, nil, fmt.Errorf("packing the answers: %w", err)
		}
	}
	if err := w.Close(); err != nil {
		return nil, nil, fmt.Errorf("packing the answers: %w", err)
	}
	return out.Bytes(), fields, nil
}

var errKeptRows = errors.New("its rows cannot be read")

// unpackRows reads what packRows packed.
func unpackRows(packed []byte, fields []string, sv *survey.Survey) ([]ReviewRow, error) {
	rows, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(packed)), maxKeptRows))
	if err != nil {
		return nil, err
	}
	var out []ReviewRow
	items := len(sv.Items())
	for len(rows) > 0 {
		field, size := binary.Uvarint(rows)
		if size <= 0 || field >= uint64(len(fields)) || len(rows) < size+items {
			return nil, errKeptRows
		}
		marks := make(survey.Answers, items)
		for i := range marks {
			marks[i] = survey.Mark(rows[size+i]) - 1
		}
		n, more := binary.Uvarint(rows[size+items:])
		if more <= 0 {
			return nil, errKeptRows
		}
		rows = rows[size+items+more:]
		out = append(out, ReviewRow{fields[field], marks, int64(n)})
	}
	return out, nil
}

// PeriodReview is the review that PackReport returns.
func (s *Service) PeriodReview(ctx context.Context, p Period) (*Review, error) {
	history, err := s.Closings(ctx, p)
	if err != nil {
		return nil, err
	}
	if c := closedBy(history); c != nil {
		return s.keptReview(ctx, *c)
	}
	return s.Review(ctx, p)
}

// PackReport returns a period's report and what its figures follow from, both as
// they may leave the house. Of a closed period these are the frozen figures and
// what was kept with them, of an open one what is counted now; ErrInvalid where
// an open period is not over, since two packs a day apart would tell single
// answers.
func (s *Service) PackReport(ctx context.Context, p Period) (*PeriodReport, *Review, error) {
	rep, err := s.emptyReport(ctx, p)
	if err != nil {
		return nil, nil, err
	}
	if rep.Closed != nil {
		if rep, err = s.PeriodReport(ctx, p); err != nil {
			return nil, nil, err
		}
		r, err := s.keptReview(ctx, *rep.Closed)
		return rep, r, err
	}
	if err := s.Reviewable(p); err != nil {
		return nil, nil, err
	}
	var r *Review
	rep.Figures, r, err = s.tellable(ctx, p, p.From, p.To)
	return rep, r, err
}
