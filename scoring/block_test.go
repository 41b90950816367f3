package scoring_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"hash/crc32"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"hailong/scoring"
	"hailong/scoring/survey"
)

// sealSurvey has e elements of two criteria, l levels and an overall.
func sealSurvey(e, l int) *survey.Survey {
	s := &survey.Survey{ID: "seal", Target: 0.9, Overall: survey.Criterion{ID: "overall"}}
	for v := range l {
		s.Levels = append(s.Levels, survey.Level{Value: v + 1})
	}
	s.Satisfied = []int{l}
	for i := range e {
		id := string(rune('a' + i))
		s.Elements = append(s.Elements, survey.Element{ID: id, Weight: 1, Criteria: []survey.Criterion{{ID: id + "1"}, {ID: id + "2", Optional: true}}})
	}
	return s
}

func drawRows(t *rapid.T, s *survey.Survey, most int) []survey.Answers {
	n := rapid.IntRange(0, most).Draw(t, "rows")
	seed := rapid.Uint64().Draw(t, "seed")
	rnd := rand.New(rand.NewPCG(seed, 1))
	rows := make([]survey.Answers, n)
	for r := range rows {
		rows[r] = make(survey.Answers, len(s.Items()))
		for i := range rows[r] {
			rows[r][i] = survey.Mark(rnd.IntN(len(s.Levels)+2) - 1)
		}
	}
	return rows
}

func document(t testing.TB, tally *scoring.Tally) string {
	b, err := json.Marshal(scoring.Evaluate(tally, scoring.Options{}))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// Sealing does not depend on the order of arrival, and opening a block gives
// the same document to the last digit.
func TestSealIsCanonicalAndExact(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		s := sealSurvey(rapid.IntRange(1, 4).Draw(r, "elements"), rapid.IntRange(2, 7).Draw(r, "levels"))
		rows := drawRows(r, s, 300)
		want := scoring.NewTally(s)
		for _, row := range rows {
			want.Add(row)
		}
		block := scoring.Seal(s, rows)
		shuffled := append([]survey.Answers{}, rows...)
		rand.New(rand.NewPCG(uint64(len(rows)), 2)).Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		if !bytes.Equal(block, scoring.Seal(s, shuffled)) {
			r.Fatal("another order gives other bytes")
		}
		got := scoring.NewTally(s)
		if err := got.AddBlock(block); err != nil {
			r.Fatal(err)
		}
		counts, want2 := scoring.NewCounts(s), scoring.NewCounts(s)
		if err := counts.AddBlock(block); err != nil {
			r.Fatal(err)
		}
		for _, row := range rows {
			want2.Add(row)
		}
		for i := range s.Items() {
			for m := survey.NotApplicable; int(m) <= len(s.Levels); m++ {
				if counts.Level(i, m) != want2.Level(i, m) {
					r.Fatalf("item %d mark %d: %d, want %d", i, m, counts.Level(i, m), want2.Level(i, m))
				}
			}
		}
		if n, err := scoring.BlockAnswers(block); err != nil || n != int64(len(rows)) {
			r.Fatalf("%d answers, %v", n, err)
		}
		if document(t, got) != document(t, want) {
			r.Fatal("the block gives another document")
		}
		// Any split, merged, seals to the same bytes as the whole.
		a, b := scoring.NewTally(s), scoring.NewTally(s)
		cut := rapid.IntRange(0, len(rows)).Draw(r, "cut")
		if err := a.AddBlock(scoring.Seal(s, rows[cut:])); err != nil {
			r.Fatal(err)
		}
		if err := b.AddBlock(scoring.Seal(s, rows[:cut])); err != nil {
			r.Fatal(err)
		}
		if err := a.Merge(b); err != nil {
			r.Fatal(err)
		}
		if !bytes.Equal(a.Seal(), want.Seal()) {
			r.Fatal("merged parts seal to other bytes than the whole")
		}
		again := scoring.NewTally(s)
		if err := again.AddBlock(a.Seal()); err != nil || document(t, again) != document(t, want) {
			r.Fatalf("a sealed roll-up gives another document (%v)", err)
		}
		if len(rows) > 0 && len(block) > len(want.Seal()) {
			r.Fatal("the block is not the smallest")
		}
	})
}

// Three bits a mark: a day's block is about as small as it can be.
func TestSealSize(t *testing.T) {
	t.Parallel()
	s := sealSurvey(11, 5) // 22 criteria and the overall
	rows := make([]survey.Answers, 27)
	rnd := rand.New(rand.NewPCG(1, 1))
	for r := range rows {
		rows[r] = make(survey.Answers, 23)
		for i := range rows[r] {
			rows[r][i] = survey.Mark(1 + rnd.IntN(5))
		}
	}
	if b := scoring.Seal(s, rows); len(b) > 27*9+12 {
		t.Errorf("27 answers take %d bytes", len(b))
	}
}

// Every changed byte is found.
func TestDamagedBlock(t *testing.T) {
	t.Parallel()
	s := sealSurvey(2, 5)
	rapid.Check(t, func(r *rapid.T) {
		block := scoring.Seal(s, drawRows(r, s, 200))
		bad := bytes.Clone(block)
		i := rapid.IntRange(0, len(bad)-1).Draw(r, "byte")
		bad[i] ^= byte(rapid.IntRange(1, 255).Draw(r, "change"))
		tally := scoring.NewTally(s)
		if err := tally.AddBlock(bad); !errors.Is(err, scoring.ErrBlock) || tally.Answers() != 0 {
			r.Fatalf("byte %d changed: %v, %d answers", i, err, tally.Answers())
		}
	})
	if err := scoring.NewTally(sealSurvey(3, 5)).AddBlock(scoring.Seal(s, nil)); !errors.Is(err, scoring.ErrBlock) {
		t.Errorf("a block of another survey: %v", err)
	}
}

func FuzzAddBlock(f *testing.F) {
	s := sealSurvey(2, 5)
	rnd := rand.New(rand.NewPCG(3, 3))
	for _, n := range []int{0, 1, 63, 64, 500} {
		rows := make([]survey.Answers, n)
		tally := scoring.NewTally(s)
		for r := range rows {
			rows[r] = make(survey.Answers, 5)
			for i := range rows[r] {
				rows[r][i] = survey.Mark(rnd.IntN(7) - 1)
			}
			tally.Add(rows[r])
		}
		f.Add(scoring.Seal(s, rows))
		f.Add(tally.Seal())
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 4 { // let the fuzzer past the checksum
			b = binary.LittleEndian.AppendUint32(b[:len(b)-4:len(b)-4], crc32.ChecksumIEEE(b[:len(b)-4]))
		}
		tally := scoring.NewTally(s)
		if err := tally.AddBlock(b); err != nil {
			if !errors.Is(err, scoring.ErrBlock) || tally.Answers() != 0 {
				t.Fatalf("%v, %d answers", err, tally.Answers())
			}
			return
		}
		if document(t, tally) == "" {
			t.Fatal("no document")
		}
	})
}

// Running totals equal adding up the days and cells one by one.
func TestCumulativeEqualsAdding(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		s := sealSurvey(2, 5)
		const days, cells = 12, 4
		c := scoring.NewCumulative(s, days, cells)
		var part [days][cells]*scoring.Tally
		for d := range days {
			for cell := range cells {
				part[d][cell] = scoring.NewCounts(s)
				for _, row := range drawRows(r, s, 3) {
					part[d][cell].Add(row)
				}
				if err := c.Add(d, cell, part[d][cell]); err != nil {
					r.Fatal(err)
				}
			}
		}
		c.Sum()
		from, to := rapid.IntRange(-2, days+1).Draw(r, "from"), rapid.IntRange(-2, days+1).Draw(r, "to")
		chosen := rapid.SliceOfDistinct(rapid.IntRange(0, cells-1), rapid.ID[int]).Draw(r, "cells")
		got, want := scoring.NewCounts(s), scoring.NewCounts(s)
		if err := c.Tally(got, from, to, chosen); err != nil {
			r.Fatal(err)
		}
		for d := max(from, 0); d <= min(to, days-1); d++ {
			for _, cell := range chosen {
				if err := want.Merge(part[d][cell]); err != nil {
					r.Fatal(err)
				}
			}
		}
		if !bytes.Equal(got.Seal(), want.Seal()) {
			r.Fatalf("%d answers, want %d", got.Answers(), want.Answers())
		}
	})
}
