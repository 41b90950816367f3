package scoring

import "fmt"

// CircularIndices is the number of indices of TT 01/2018/TT-VPCP.
const CircularIndices = 9

// officerIndices are 1, 2, 3, 4 and 7.
func officerIndices() []int { return []int{1, 2, 3, 4, 7} }

// A CircularClass is a class of TT 01/2018 (xếp loại).
type CircularClass string

// The classes of a unit and of an officer.
const (
	Excellent CircularClass = "xuat_sac"   // đơn vị từ 15 điểm
	Good      CircularClass = "tot"        // đơn vị từ 12 đến dưới 15
	Fair      CircularClass = "kha"        // đơn vị từ 9 đến dưới 12
	Average   CircularClass = "trung_binh" // đơn vị từ 6 đến dưới 9
	Weak      CircularClass = "yeu"        // đơn vị dưới 6

	OfficerDone    CircularClass = "hoan_thanh_tot"   // công chức từ 5 điểm
	OfficerPartly  CircularClass = "hoan_thanh"       // công chức từ 3,5 đến dưới 5
	OfficerNotDone CircularClass = "khong_hoan_thanh" // công chức dưới 3,5
)

// A CircularTally adds up the points 0, 1, 2 that dossiers earned on each of
// the nine indices. It is exact and mergeable.
type CircularTally struct {
	points  [CircularIndices]int64
	dossier [CircularIndices]int64
}

// Add counts one dossier's points on one index, from 1 to 9.
func (t *CircularTally) Add(index, points int) error {
	if index < 1 || index > CircularIndices {
		return fmt.Errorf("scoring: TT 01/2018 has no index %d", index)
	}
	if points < 0 || points > 2 {
		return fmt.Errorf("scoring: an index of TT 01/2018 gives 0, 1 or 2 points, not %d", points)
	}
	t.points[index-1] += int64(points)
	t.dossier[index-1]++
	return nil
}

// Merge adds the points of o.
func (t *CircularTally) Merge(o CircularTally) {
	for i := range t.points {
		t.points[i] += o.points[i]
		t.dossier[i] += o.dossier[i]
	}
}

// A CircularScore is a total of TT 01/2018/TT-VPCP, Điều 12–15, in tenths of a
// point, so that a total of exactly 15 is exactly 15.
//
// Each index is the mean over dossiers, rounded to one decimal, halves up; an
// index without dossiers is left out. The class is read from the total; where
// indices were left out, from the total in proportion to the points that could
// be had, and Scaled says so.
type CircularScore struct {
	Tenths   [CircularIndices]int64 // by index, -1 without data
	Total    int64                  // tenths
	Of       int64                  // the most that could be had, tenths
	Scaled   bool
	Class    CircularClass // "" without any data
	Dossiers [CircularIndices]int64
}

// Points returns the total in points.
func (s CircularScore) Points() float64 { return float64(s.Total) / 10 }

// Unit classifies a unit by all nine indices, of 18 points.
func (t *CircularTally) Unit() CircularScore {
	s := t.score([]int{1, 2, 3, 4, 5, 6, 7, 8, 9})
	s.Class = s.class(180, []bound{{150, Excellent}, {120, Good}, {90, Fair}, {60, Average}, {0, Weak}})
	return s
}

// Officer classifies an officer by indices 1, 2, 3, 4 and 7, of 10 points.
func (t *CircularTally) Officer() CircularScore {
	s := t.score(officerIndices())
	s.Class = s.class(100, []bound{{50, OfficerDone}, {35, OfficerPartly}, {0, OfficerNotDone}})
	return s
}

func (t *CircularTally) score(indices []int) CircularScore {
	s := CircularScore{Dossiers: t.dossier}
	for i := range s.Tenths {
		s.Tenths[i] = -1
	}
	for _, index := range indices {
		i := index - 1
		n := t.dossier[i]
		if n == 0 {
			s.Scaled = true
			continue
		}
		s.Tenths[i] = (20*t.points[i] + n) / (2 * n) // halves up
		s.Total += s.Tenths[i]
		s.Of += 20
	}
	return s
}

// A bound is the least number of tenths of a class.
type bound struct {
	from  int64
	class CircularClass
}

// class compares total/of with bound/full without dividing.
func (s CircularScore) class(full int64, bounds []bound) CircularClass {
	if s.Of == 0 {
		return ""
	}
	for _, b := range bounds {
		if s.Total*full >= b.from*s.Of {
			return b.class
		}
	}
	return ""
}
