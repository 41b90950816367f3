package scoring

import (
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
)

// PostStratify weights every stratum to its share W_h = N_h/N of the dossiers
// (phân tầng sau), so that a desk whose people answer more often does not count
// for more:
//
//	p = Σ W_h p_h,  V = Σ W_h² (1-f_h) p_h(1-p_h)/(n_h-1),  f_h = n_h/N_h
//
// Weights within a stratum are kept in proportion. The correction 1-f_h takes
// the people who answered for a random sample, which they are not if the silent
// differ: read SENoFPC too, and the response rate. A stratum of the answers
// that the population does not have is an error; one nobody answered from is
// listed as uncovered and left out.
func (t *WeightedTally) PostStratify(population map[string]int64) (*Weighted, error) {
	out := &Weighted{}
	strata, _ := t.read(out)
	for i, s := range strata {
		size, ok := population[s.name]
		if !ok || size <= 0 {
			return nil, fileError("Tổng thể không có tầng “"+s.name+"”.", "The population has no stratum “"+s.name+"”.")
		}
		strata[i].size = float64(size)
	}
	for name, size := range population {
		out.Population += size
		if t.strata[name] == nil && size > 0 {
			out.Uncovered = append(out.Uncovered, name)
		}
	}
	slices.Sort(out.Uncovered)
	if out.N == 0 {
		return out, nil
	}
	// Before strata are joined, every weight is scaled to its own stratum.
	var total sums
	for i, s := range strata {
		if s.w <= 0 {
			continue
		}
		f := s.size / s.w
		s.w, s.wy, s.w2, s.w2y = s.w*f, s.wy*f, s.w2*f*f, s.w2y*f*f
		strata[i] = s
		total = total.plus(s)
	}
	if total.w <= 0 {
		return out, nil
	}
	strata, out.Collapsed = collapse(strata)
	p := out.begin(strata, total)
	if out.DF < 1 {
		return out, nil
	}
	var v, v0 float64
	for _, s := range strata {
		share, ph := s.w/total.w, s.wy/s.w
		vh := s.n / (s.n - 1) * max(0, s.w2y*(1-2*ph)+ph*ph*s.w2) / (s.w * s.w)
		v0 += share * share * vh
		v += share * share * vh * max(0, 1-s.n/s.size)
	}
	out.interval(p, v)
	out.SENoFPC = number(math.Sqrt(v0))
	return out, nil
}

// ReadPopulation reads a CSV of strata and their numbers of dossiers: two
// columns, a header or none. A stratum that comes twice is added up.
func ReadPopulation(r io.Reader) (map[string]int64, error) {
	data, err := readText(r)
	if err != nil {
		return nil, err
	}
	t, err := newTable(data, func(h string) bool { return h == "stratum" || h == "count" })
	if err != nil {
		return nil, err
	}
	name, count := max(slices.Index(t.head, "stratum"), 0), slices.Index(t.head, "count")
	if count < 0 {
		count = 1
	}
	out := map[string]int64{}
	add := func(rec []string) error {
		if count >= len(rec) {
			return fmt.Errorf("one cell")
		}
		n, err := strconv.ParseInt(clean(rec[count]), 10, 64)
		if err != nil || n < 0 || n > 1<<40 {
			return fmt.Errorf("no number")
		}
		out[strings.Clone(clean(rec[name]))] += n
		return nil
	}
	if len(t.head) > 1 && !slices.Contains(t.head, "count") && add(t.head) != nil {
		clear(out) // a header of other names
	}
	for {
		rec, err := t.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if add(rec) != nil {
			return nil, fileError(fmt.Sprintf("Dòng %d của tệp tổng thể: cần tên tầng và một số nguyên không âm.", t.row),
				fmt.Sprintf("Row %d of the population: a stratum and a whole number are expected.", t.row))
		}
	}
	if len(out) == 0 {
		return nil, fileError("Tệp tổng thể không có tầng nào.", "The population has no strata.")
	}
	return out, nil
}
