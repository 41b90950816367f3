package scoring_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"hailong/scoring"
	"hailong/scoring/instrument"
	"hailong/scoring/survey"
)

// randomAnswers are seeded, mostly satisfied, with three marks in a hundred
// missing.
func randomAnswers(s *survey.Survey, n int) []survey.Answers {
	r := rand.New(rand.NewPCG(1, 2))
	items := len(s.Items())
	flat := make(survey.Answers, n*items)
	rows := make([]survey.Answers, n)
	for i := range rows {
		rows[i] = flat[i*items : (i+1)*items]
		mood := r.IntN(3)
		for j := range rows[i] {
			switch m := r.IntN(100); {
			case m < 3:
				rows[i][j] = survey.Unanswered
			default:
				rows[i][j] = survey.Mark(min(5, 3+mood+r.IntN(2)-r.IntN(2)*r.IntN(2)))
			}
		}
	}
	return rows
}

// plainLoop is the least that counting levels can cost: one increment a mark.
func plainLoop(rows []survey.Answers, items int) []int64 {
	c := make([]int64, items*7)
	for _, row := range rows {
		at := 1
		for _, m := range row {
			c[at+int(m)]++
			at += 7
		}
	}
	return c
}

// BenchmarkTally reports what an answer of twenty items costs, and how many
// times that is of a plain loop over the same marks, timed in turn with it.
func BenchmarkTally(b *testing.B) {
	s := instrument.Full()
	rows := randomAnswers(s, 100_000)
	items := len(s.Items())
	for _, c := range []struct {
		name string
		new  func(*survey.Survey) *scoring.Tally
	}{{"counts", scoring.NewCounts}, {"everything", scoring.NewTally}} {
		b.Run(c.name, func(b *testing.B) {
			var plain, tally time.Duration
			for b.Loop() {
				start := time.Now()
				plainLoop(rows, items)
				mid := time.Now()
				t := c.new(s)
				for _, r := range rows {
					t.Add(r)
				}
				plain += mid.Sub(start)
				tally += time.Since(mid)
			}
			b.ReportMetric(float64(tally.Nanoseconds())/float64(b.N*len(rows)), "ns/answer")
			b.ReportMetric(float64(tally)/float64(plain), "x-plain-loop")
		})
	}
}

func BenchmarkMerge(b *testing.B) {
	s := instrument.Full()
	rows := randomAnswers(s, 6400)
	for _, size := range []int{3, 27, 320} {
		var parts []*scoring.Tally
		for i := 0; i+size <= len(rows); i += size {
			t := scoring.NewTally(s)
			for _, r := range rows[i : i+size] {
				t.Add(r)
			}
			parts = append(parts, t)
		}
		name := map[int]string{3: "3-answers", 27: "27-answers", 320: "320-answers"}[size]
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			total := scoring.NewTally(s)
			for b.Loop() {
				for _, p := range parts {
					if err := total.Merge(p); err != nil {
						b.Fatal(err)
					}
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(parts)), "ns/tally")
		})
	}
}

func BenchmarkEvaluate(b *testing.B) {
	a := loadAirport(b)
	short, full := instrument.Short(), instrument.Full()
	for _, c := range []struct {
		name string
		t    *scoring.Tally
	}{
		{"airport-2831", a.tally()},
		{"short-3000", tallyOf(short, randomAnswers(short, 3000))},
		{"full-3000", tallyOf(full, randomAnswers(full, 3000))},
	} {
		for _, brief := range []bool{true, false} {
			name := c.name + "/whole"
			if brief {
				name = c.name + "/brief"
			}
			b.Run(name, func(b *testing.B) {
				for b.Loop() {
					scoring.Evaluate(c.t, scoring.Options{Brief: brief})
				}
			})
		}
	}
}
