package server_test

import (
	"errors"
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"hailong/server"
)

// equations are sums that somebody knows, in echelon form over rational numbers.
type equations [][]*big.Rat

func (e equations) reduce(row []int64) (r []*big.Rat, lead int) {
	for _, v := range row {
		r = append(r, big.NewRat(v, 1))
	}
	first := func(r []*big.Rat) int {
		for i, v := range r {
			if v.Sign() != 0 {
				return i
			}
		}
		return -1
	}
	for _, known := range e {
		at := first(known)
		if r[at].Sign() == 0 {
			continue
		}
		c := new(big.Rat).Quo(r[at], known[at])
		for i := range r {
			r[i].Sub(r[i], new(big.Rat).Mul(c, known[i]))
		}
	}
	return r, first(r)
}

func (e *equations) learn(row []int64) {
	if r, lead := e.reduce(row); lead >= 0 {
		*e = append(*e, r)
	}
}

func (e equations) tell(row []int64) bool { _, lead := e.reduce(row); return lead < 0 }

// An observer asks for every span of whole months, in all and by every
// breakdown, subtracts whatever can be subtracted – and learns no small number
// of answers, neither of the overall question nor of one that few answer.
func TestObserverCannotSubtract(t *testing.T) {
	t.Parallel()
	fields := []string{"Chứng thực", "Hộ tịch", "Đất đai"}
	rnd := rand.New(rand.NewPCG(5, 9))
	told := 0
	for range rounds(3) {
		h := newHouse(t)
		var n, satisfied, feedback [3][12]int64
		var all []server.Answer
		for f := range fields {
			for m := range 12 {
				size := []int{0, 1, 3, 4, 9, 12, 25, 40}[rnd.IntN(8)]
				for range size {
					a := server.Answer{ID: fmt.Sprint(len(all)), Unit: h.Config.Unit, Survey: h.Survey().ID, Day: server.Day(fmt.Sprintf("2024-%02d-10", m+1)),
						Lane: server.LaneSlip, Field: fields[f], Counter: "Quầy 1", Officer: "CC01", Marks: map[string]string{"overall": "3", "feedback": "N"}}
					if rnd.IntN(5) > 0 {
						a.Marks["overall"] = "4"
						satisfied[f][m]++
					}
					if rnd.IntN(8) == 0 {
						a.Marks["feedback"] = "2"
						feedback[f][m]++
					}
					n[f][m]++
					all = append(all, a)
				}
			}
		}
		h.putAnswers(t, all)
		h.set("2025-02-01 09:00:00")
		row := func(count *[3][12]int64, field, from, to int) ([]int64, int64) {
			out, sum := make([]int64, 36), int64(0)
			for f := range fields {
				for m := from; m <= to; m++ {
					if (field < 0 || f == field) && count[f][m] > 0 {
						out[12*f+m] = 1
						sum += count[f][m]
					}
				}
			}
			return out, sum
		}
		var overall, few equations
		for from := range 12 {
			for to := from; to < 12; to++ {
				first, last := server.Day(fmt.Sprintf("2024-%02d-01", from+1)), server.Day(fmt.Sprintf("2024-%02d-28", to+1))
				for last.Add(1).Month() == last.Month() {
					last = last.Add(1)
				}
				breakdowns := [][]server.Dimension{nil, {server.ByField}}
				if from == 0 && to%3 == 2 { // a published period
					breakdowns = append(breakdowns, []server.Dimension{server.ByMonth}, []server.Dimension{server.ByLane}, []server.Dimension{server.ByOfficer}, []server.Dimension{server.ByField, server.ByMonth})
				}
				for _, by := range breakdowns {
					doc, err := h.IndexFor(t.Context(), server.RoleObserver, server.IndexQuery{From: first, To: last, By: by})
					if err != nil {
						t.Fatal(err)
					}
					for _, p := range doc.Parts {
						if !slices.Equal(by, []server.Dimension{server.ByField}) && (!p.Hidden || p.Document != nil || p.Coverage != nil) {
							t.Fatalf("an observer is told by %v", by)
						}
					}
					if doc.Hidden && (doc.Document != nil || doc.Coverage.Answers != 0 || doc.Others != nil || doc.Quarantined != nil) {
						t.Fatalf("%s–%s by %v is hidden and tells: %+v", first, last, by, doc)
					}
					if doc.Hidden {
						continue
					}
					for _, it := range []struct {
						id    string
						count *[3][12]int64
						known *equations
					}{{"overall", &n, &overall}, {"feedback", &feedback, &few}} {
						if got, ok := doc.Items.Get(it.id); ok {
							r, sum := row(it.count, -1, from, to)
							if got.N != sum {
								t.Fatalf("%s of %s–%s: %d, not %d", it.id, first, last, got.N, sum)
							}
							it.known.learn(r)
							told++
						}
						for _, p := range doc.Parts {
							if p.Document == nil {
								continue
							}
							if _, ok := p.Document.Items.Get(it.id); ok {
								for f, name := range fields {
									if name == p.Key[server.ByField] {
										r, _ := row(it.count, f, from, to)
										it.known.learn(r)
									}
								}
							}
						}
					}
				}
			}
		}
		for field := -1; field < 3; field++ {
			for from := range 12 {
				for to := from; to < 12; to++ {
					r, sum := row(&n, field, from, to)
					_, x := row(&satisfied, field, from, to)
					if sum > 0 && (sum < server.MinCell || sum < 30 && (x == 0 || x == sum)) && overall.tell(r) {
						t.Fatalf("%d answers of field %d in the months %d–%d can be worked out", sum, field, from+1, to+1)
					}
					r, sum = row(&feedback, field, from, to)
					if sum > 0 && sum < server.MinCell && few.tell(r) {
						t.Fatalf("%d answers to a rare question, field %d, months %d–%d, can be worked out", sum, field, from+1, to+1)
					}
				}
			}
		}
	}
	if told < 12 {
		t.Errorf("an observer is told only %d figures", told)
	}
}

// The observer's periods are those of the public board, and say so.
func TestPublishedIndex(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, q := range []string{"2024-02-10", "2024-05-10"} {
		h.putAnswers(t, answersOf(h, "Hộ tịch", server.Day(q), 40, 50))
	}
	h.set("2024-07-09 09:00:00")
	for _, span := range [][2]server.Day{{"2024-01-01", "2024-03-31"}, {"2024-04-01", "2024-06-30"}, {"2024-01-01", "2024-06-30"}} {
		doc, err := h.PublishedIndex(t.Context(), span[0], span[1], server.ByField)
		if err != nil {
			t.Fatal(err)
		}
		if doc.Hidden || len(doc.Parts) != 1 || doc.Unit != h.Config.Unit || doc.From != span[0] || doc.To != span[1] {
			t.Errorf("%v: %+v", span, doc)
		}
	}
	doc, err := h.PublishedIndex(t.Context(), "2024-01-01", "2024-06-30")
	if it, _ := doc.Items.Get("overall"); err != nil || it.X != 80 || it.N != 100 || doc.Parts != nil {
		t.Errorf("%+v, %v", doc, err)
	}
	for _, span := range [][2]server.Day{{"2024-01-01", "2024-02-29"}, {"2024-07-01", "2024-09-30"}, {"2024-01-01", "2024-12-31"}, {"2024-06-30", "2024-01-01"}} {
		if _, err := h.PublishedIndex(t.Context(), span[0], span[1]); !errors.Is(err, server.ErrInvalid) {
			t.Errorf("%v: %v", span, err)
		}
	}
	if _, err := h.PublishedIndex(t.Context(), "2024-01-01", "2024-06-30", server.ByCounter); !errors.Is(err, server.ErrInvalid) {
		t.Errorf("by counter: %v", err)
	}
}
