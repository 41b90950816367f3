package scoring

import (
	"strconv"
)

// OrdinalLogit is the check on the regression that does not take levels for
// numbers: the proportional-odds model logit P(overall ≤ k) = ζ_k - Σ β x, over
// the same people as Drivers. (McCullagh 1980.)
type OrdinalLogit struct {
	N    int64           `json:"n"`
	Coef Keyed[*float64] `json:"coef"`
	// Thresholds are ζ, named by the two levels on either side. A level that
	// nobody gave has none.
	Thresholds Keyed[*float64] `json:"thresholds"`
	LogLik     *float64        `json:"loglik"`
}

// ordinalLogit is nil where the overall does not vary, there are too few
// people, an order of scores predicts the overall perfectly, or the profiles
// were too many to keep.
func ordinalLogit(t *Tally, deep *relations) *OrdinalLogit {
	sh := t.shape
	c := deep.c[sh.at.scores:]
	if sh.overall < 0 || deep.profiles.over {
		return nil
	}
	m, ok := scoreMoments(t, c)
	if !ok {
		return nil
	}
	kept, _ := m.keep()
	o := newOdds(sh, deep.profiles.list(len(sh.spans)), kept, m)
	if o == nil || m.n < float64(len(kept)+len(o.used)+1) {
		return nil
	}
	theta, ll, ok := o.fit()
	if !ok {
		return nil
	}
	out := &OrdinalLogit{N: int64(m.n), LogLik: number(ll)}
	q := len(o.used) - 1
	shift := 0.0
	for i, e := range kept {
		b := theta[q+i] / o.scale[i]
		out.Coef.put(m.elements[e], number(b))
		shift += b * m.mean[e]
	}
	for k := range q {
		name := strconv.Itoa(t.survey.Value(o.used[k])) + "|" + strconv.Itoa(t.survey.Value(o.used[k+1]))
		out.Thresholds.put(name, number(theta[k]+shift))
	}
	return out
}
