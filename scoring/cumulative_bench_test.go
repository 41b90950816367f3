package scoring_test

import (
	"bytes"
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"hailong/scoring"
	"hailong/scoring/survey"
)

// duckQuery and duckAnswer are what testdata/duckdb.mjs is asked and says.
type duckQuery struct {
	From  int   `json:"from"`
	To    int   `json:"to"`
	Cells []int `json:"cells"`
}

type duckAnswer struct {
	Sums []int64 `json:"sums"`
	MS   float64 `json:"ms"`
}

// BenchmarkAnyPeriod asks ten years × 100 cells of ten million answers to the
// 20 questions of the full form for random periods and choices of cells, from
// running totals, and compares time and result with DuckDB summing the answers
// themselves in the same run. The answers are a formula that both sides know.
func BenchmarkAnyPeriod(b *testing.B) {
	const answers, days, cells, items = 10_000_000, 3650, 100, 20
	modules, err := filepath.Abs("../.cache/npm/node_modules")
	if err != nil {
		b.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(modules, "@duckdb")); err != nil {
		b.Skip("DuckDB is not installed: make bench installs it where npm is present")
	}
	s := sealSurvey(10, 5)
	s.Satisfied = []int{4, 5}
	s.Overall = survey.Criterion{}
	c := scoring.NewCumulative(s, days, cells)
	inverse := 0 // of 31 modulo days
	for inverse*31%days != 1 {
		inverse++
	}
	empty, row := scoring.NewCounts(s), make(survey.Answers, items)
	for day := range days {
		var tallies [cells]*scoring.Tally
		for i := day * inverse % days; i < answers; i += days {
			for k := range row {
				if row[k] = survey.Mark((i*7919 + k*104729) % 1000003 % 7); row[k] == 6 {
					row[k] = survey.NotApplicable
				}
			}
			cell := (i*17 + i/days) % cells
			if tallies[cell] == nil {
				tallies[cell] = empty.Fresh()
			}
			tallies[cell].Add(row)
		}
		for cell, t := range tallies {
			if t != nil {
				if err := c.Add(day, cell, t); err != nil {
					b.Fatal(err)
				}
			}
		}
	}
	c.Sum()

	rnd := rand.New(rand.NewPCG(1, 1))
	queries := []duckQuery{{0, days - 1, rnd.Perm(cells)}} // everything
	for range 5 {
		from := rnd.IntN(days)
		queries = append(queries, duckQuery{from, from + rnd.IntN(days-from), rnd.Perm(cells)[:1+rnd.IntN(cells)]})
	}
	ask, err := json.Marshal(map[string]any{"answers": answers, "days": days, "cells": cells, "items": items, "queries": queries})
	if err != nil {
		b.Fatal(err)
	}
	cmd := exec.CommandContext(b.Context(), "node", "testdata/duckdb.mjs", filepath.Dir(modules))
	cmd.Stdin, cmd.Stderr = bytes.NewReader(ask), os.Stderr
	out, err := cmd.Output()
	if err != nil {
		b.Fatal(err)
	}
	var theirs []duckAnswer
	if err := json.Unmarshal(out, &theirs); err != nil {
		b.Fatal(err)
	}
	var duck float64
	t := empty.Fresh()
	for i, q := range queries {
		got := empty.Fresh()
		if err := c.Tally(got, q.From, q.To, q.Cells); err != nil {
			b.Fatal(err)
		}
		for k := range items {
			if x, n := got.Item(k); x != theirs[i].Sums[2*k] || n != theirs[i].Sums[2*k+1] {
				b.Fatalf("query %d item %d: %d of %d, DuckDB says %d of %d", i, k, x, n, theirs[i].Sums[2*k], theirs[i].Sums[2*k+1])
			}
		}
		duck += theirs[i].MS
	}
	b.ReportAllocs()
	for b.Loop() {
		for _, q := range queries {
			if err := c.Tally(t, q.From, q.To, q.Cells); err != nil {
				b.Fatal(err)
			}
		}
	}
	ms := float64(b.Elapsed().Nanoseconds()) / 1e6 / float64(b.N)
	b.ReportMetric(ms/float64(len(queries)), "ms/query")
	b.ReportMetric(duck/float64(len(queries)), "duckdb-ms/query")
	b.ReportMetric(duck/ms, "×duckdb")
}

// BenchmarkScanBlock counts the levels of a million sealed answers, against a
// plain loop that counts the same answers held as one byte a mark.
func BenchmarkScanBlock(b *testing.B) {
	const n = 1_000_000
	s := sealSurvey(11, 5) // 23 items
	items := len(s.Items())
	rnd := rand.New(rand.NewPCG(4, 4))
	var blocks [][]byte
	flat := make([]byte, 0, n*items)
	for range n / 50 { // a busy counter on a busy day: sealed raw
		rows := make([]survey.Answers, 50)
		for r := range rows {
			rows[r] = make(survey.Answers, items)
			for i := range rows[r] {
				rows[r][i] = survey.Mark(rnd.IntN(7) - 1)
				flat = append(flat, byte(rows[r][i]+1))
			}
		}
		blocks = append(blocks, scoring.Seal(s, rows))
	}
	plain := time.Duration(math.MaxInt64) // the best of five
	for range 5 {
		start := time.Now()
		counts := make([]int64, items*8)
		for at := 0; at < len(flat); at += items {
			for i, m := range flat[at : at+items] {
				counts[i*8+int(m)]++
			}
		}
		plain = min(plain, time.Since(start))
		if counts[0] == 0 {
			b.Fatal("nothing counted")
		}
	}
	b.ReportAllocs()
	empty := scoring.NewCounts(s)
	for b.Loop() {
		t := empty.Fresh()
		for _, block := range blocks {
			if err := t.AddBlock(block); err != nil {
				b.Fatal(err)
			}
		}
		if t.Answers() != n {
			b.Fatal("answers lost")
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1e6, "ms/million")
	b.ReportMetric(float64(plain.Nanoseconds())/(float64(b.Elapsed().Nanoseconds())/float64(b.N)), "×plain-loop")
}
