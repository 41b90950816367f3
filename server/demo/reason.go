package demo

import (
	"cmp"
	"math/rand/v2"
	"slices"

	"hailong/server"
)

// What becomes of the reasons that the kiosk offers after a low mark.
const (
	probNames  = 0.7  // at least one
	probSecond = 0.25 // another one
	probIsLate = 0.8  // of a late result: that it was late
)

// reasonsOf are the reasons for each element, the commonest first.
var reasonsOf = map[string][]string{
	"access":    {"c4", "c2", "c1", "c3"},
	"procedure": {"c6", "c5", "c8", "c7"},
	"official":  {"c11", "c10", "c13", "c9", "c12"},
	"result":    {"c14", "c15", "c16"},
	"feedback":  {"c19", "c17", "c18"},
}

// reasons draws what is named for the elements that were marked low.
func reasons(r *rand.Rand, d server.Dossier, given map[string]string) []string {
	var out []string
	for _, it := range elements {
		if m := given[it.id]; m < "1" || m > "3" || r.Float64() >= probNames {
			continue
		}
		list := reasonsOf[it.id]
		// The smaller of two draws: those in front are commoner.
		first := min(r.IntN(len(list)), r.IntN(len(list)))
		if it.id == "result" && d.Punctuality(d.Returned) == server.Late && r.Float64() < probIsLate {
			first = 0
		}
		out = append(out, list[first])
		if r.Float64() < probSecond {
			out = append(out, list[(first+1)%len(list)])
		}
	}
	// In the order of the survey, as they are stored.
	slices.SortFunc(out, func(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) })
	return out
}
