// Package demo fills an empty store with a sample year, so that whoever starts
// the house for the first time sees it furnished: the dossiers of 2024.xlsx,
// an invitation for each that was returned, and simulated answers. No person
// and no answer in it is real, and every page of a store that was filled says so.
//
// # The model
//
// The answers are drawn from an ordinal probit model with a person effect. It
// is written down here so that what the house computes from the answers can be
// held against what went in.
//
// Every dossier has its own generator, a PCG whose 128 bits of seed are a hash
// of Seed and of the dossier's code. So the answers depend neither on the
// order in which dossiers are worked through nor on the slips' codes, which
// stay random; the same Seed gives the same figures.
//
// Who answers. A returned dossier i is rated with probability
//
//	r(field) × k(channel)
//
// independently of how satisfied its citizen is: there is no non-response bias
// in the sample year, as there will be in a real one.
//
//	field            r      channel              k
//	Chứng thực       0.62   Trực tiếp            1.00
//	Hộ tịch          0.66   Trực tuyến           0.75
//	Bảo trợ xã hội   0.70   Bưu chính công ích   0.60
//	Người có công    0.55
//	Giảm nghèo       0.50
//	others           0.60
//
// When and where. Of the citizens who came to the counter, 35 % answer at the
// kiosk on the day of the result. All others use a phone, after a number of days
// that is geometric, P(lag = d) = 0.40 × 0.60^d, cut off at 10.
//
// Of those on the phone, 30 % go on to the criteria of one element of the full form,
// each element equally often: a criterion has the element's level, or with 25 % one
// above or below.
//
// What they say. On item j citizen i has the latent satisfaction
//
//	y(i,j) = η(i,j) + 0.8 u(i) + 0.6 e(i,j),   u and e standard normal,
//
// and ticks level 5 where y ≥ 1.15, 4 where y ≥ 0, 3 where y ≥ −0.75, 2 where
// y ≥ −1.35, else 1. The variance of y around η is 1, so the share of satisfied
// answers (levels 4 and 5) is Φ(η), and two items correlate by 0.64 on the
// latent scale. The residual of the overall question is mixed from those of
// the five elements,
//
//	e(overall) = √0.7 Σ w(j) e(j) / |w| + √0.3 e₀,
//
// with w = 1 access, 2 procedure, 4 official, 5 result, 1 feedback, so that
// the result and the official drive the overall opinion most. The linear
// predictor is
//
//	η(i,j) = 1.25 + item(j) + field + counter + month + a(j) × officer − b(j) × late
//
//	item          effect   a     b        field            effect
//	access        −0.05    0     0.3      Chứng thực       +0.40
//	procedure     −0.05    0     0.6      Hộ tịch          −0.15
//	official      +0.10    1     0.3      Bảo trợ xã hội   −0.50
//	result         0.00    0     1.3      Người có công    −0.25
//	feedback      −0.25    0     0.3      Giảm nghèo       −0.60
//	overall        0.00    0.5   1.0      others            0.00
//
//	counter: Quầy 1 +0.10, Quầy 2 0, Quầy 3 −0.20, others 0
//	officer: CC01 +0.15, CC02 0, CC03 −0.20, CC04 +0.05, others 0
//	month m of the result: 0.02 × (m − 6.5), and −0.10 in January (the rush
//	before Tết), −0.15 in July and −0.20 in August (papers for school)
//	late: 1 where the dossier was resolved after its due time, else 0
//
// What they leave out. On feedback 55 % have nothing to say (N, không phát
// sinh). Each element is left unanswered with probability 0.04; the overall
// question never is. Straight-liners, 6 % of those who answer, tick on every
// item the level of their overall opinion and leave nothing out.
//
// What they write. A comment, one of a few short sentences, is written by 25 %
// of the dissatisfied (levels 1 to 3 overall) and 6 % of the satisfied. 1 % use
// the English page. Nobody answers without a slip. Complaints that open a case
// are handled, most of them in time; the last ones are left where a case can
// stand, for the reader to try.
//
// What looks wrong. On one morning slips are answered at the printing desk, on
// another all of them from one phone; what is answered does not change, and so no
// figure. One of the further wards has every other kind of doubt, and there the
// figures with and without are apart: see dishonest.
package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"hailong/server"
	"hailong/server/store"
)

// The document that says what was done to this store.
const (
	collMeta = "meta"
	markKey  = "demo"
)

// A mark says that the store holds sample data.
type mark struct {
	State string `json:"state"`
	Seed  uint64 `json:"seed"`
}

// The states of a fill.
const (
	filling = "filling" // begun; maybe broken off
	done    = "done"
)

// Marked reports whether the store was filled with the sample year, even if
// only in part: then no figure of it may be taken for real.
func Marked(ctx context.Context, svc *server.Service) (bool, error) {
	_, _, err := readMark(ctx, svc.Store)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

func readMark(ctx context.Context, st store.Store) (m mark, version int64, err error) {
	d, err := st.Get(ctx, collMeta, markKey)
	if err != nil {
		return mark{}, 0, fmt.Errorf("reading the demo mark: %w", err)
	}
	if err := json.Unmarshal(d.Body, &m); err != nil {
		return mark{}, 0, fmt.Errorf("reading the demo mark: %w", err)
	}
	return m, d.Version, nil
}

// Fill fills the store with the sample year if it holds neither dossiers nor
// answers; a store in use it leaves alone, and one that was filled before too.
// It tells its progress, in Vietnamese, to progress.
//
// A fill that was broken off is continued by the next: everything in it can be
// done twice, and answers whose slip was used but that did not reach the store
// are told by comparing what is there with what the model says. Two fills of
// one store must not run at the same time.
func Fill(ctx context.Context, svc *server.Service, progress io.Writer) error {
	resumed, todo, err := begin(ctx, svc.Store)
	if err != nil || !todo {
		return err
	}
	start := svc.Now()
	fmt.Fprintln(progress, "Đang nạp năm mẫu 2024 (dữ liệu mô phỏng)…")
	if err := importYear(ctx, svc); err != nil {
		return fmt.Errorf("importing the sample year: %w", err)
	}
	ds, err := returned(ctx, svc)
	if err != nil {
		return err
	}
	fmt.Fprintf(progress, "  %d hồ sơ đã trả kết quả, đang phát phiếu và mô phỏng câu trả lời…\n", len(ds))
	some, rest := doubtful(ds, Simulate)
	answers, err := answerAll(ctx, svc, some, rest, Simulate)
	if err != nil {
		return err
	}
	if resumed {
		if err := complete(ctx, svc, ds); err != nil {
			return fmt.Errorf("completing a fill that was broken off: %w", err)
		}
	}
	if err := handle(ctx, svc); err != nil {
		return err
	}
	if err := furnish(ctx, svc); err != nil {
		return err
	}
	if err := finish(ctx, svc.Store); err != nil {
		return err
	}
	fmt.Fprintf(progress, "  xong: %d câu trả lời mô phỏng, %.1f giây\n", answers, svc.Now().Sub(start).Seconds())
	return nil
}

// begin decides whether there is something to do and, if so, marks the store
// before anything else is written. resumed says that a fill was broken off.
func begin(ctx context.Context, st store.Store) (resumed, todo bool, err error) {
	m, _, err := readMark(ctx, st)
	switch {
	case err == nil:
		return true, m.State != done, nil
	case !errors.Is(err, store.ErrNotFound):
		return false, false, err
	}
	inUse, err := st.Collections(ctx)
	if err != nil {
		return false, false, fmt.Errorf("looking whether the store is empty: %w", err)
	}
	if slices.Contains(inUse, "dossiers") || slices.Contains(inUse, "answers") {
		return false, false, nil
	}
	body, err := json.Marshal(mark{filling, Seed})
	if err != nil {
		return false, false, err
	}
	if err := st.Insert(ctx, collMeta, store.Doc{Key: markKey, Body: body}); err != nil {
		return false, false, fmt.Errorf("marking the store as a demo: %w", err)
	}
	return false, true, nil
}

func finish(ctx context.Context, st store.Store) error {
	m, version, err := readMark(ctx, st)
	if err != nil {
		return err
	}
	m.State = done
	body, err := json.Marshal(m)
	if err != nil {
		return err
	}
	if err := st.Replace(ctx, collMeta, store.Doc{Key: markKey, Version: version, Body: body}); err != nil {
		return fmt.Errorf("marking the demo as filled: %w", err)
	}
	return nil
}
