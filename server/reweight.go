package server

import (
	"strconv"

	"hailong/scoring"
)

// Reweighted estimates the share satisfied overall as if the answers had come
// in the mix of the dossiers (chỉ số theo cơ cấu hồ sơ): every answer weighs
// the dossiers returned over the answers of its part along d. Parts without
// answers cannot speak and are left out; missing is the number of dossiers
// returned in them. The share is nil where nothing was returned or answered.
func (c *Cube) Reweighted(f Filter, d Dimension) (w *scoring.Weighted, missing int64) {
	t := scoring.NewWeightedTally()
	returned := map[string]int64{}
	for _, p := range c.dossiers(f, []Dimension{d}) {
		returned[p.Key[0]] = p.Coverage.Returned
	}
	for _, n := range returned {
		missing += n
	}
	for _, s := range c.Shares(f, d) {
		x, n, cases := s.X, s.N, returned[s.Key[0]]
		missing -= cases
		weight, err := scoring.ParseWeight(strconv.FormatFloat(float64(cases)/float64(n), 'f', 12, 64))
		if err != nil {
			continue // more than a thousand million dossiers an answer
		}
		t.AddCounts(s.Key[0], x, n, weight)
	}
	return t.Evaluate(), missing
}
