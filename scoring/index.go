package scoring

import (
	"math"

	"hailong/scoring/survey"
)

// indices fills in elements and the three overall indices.
//
// Element weights are those of the survey; an element without any answer is
// left out of the mean, and its weight with it.
func indices(d *Document, t *Tally, deep *relations) {
	sh, s := t.shape, t.survey
	var sum, pooled, weights float64
	coef := make([]float64, sh.criteria) // of the index, as a combination of shares
	for e, el := range s.Elements {
		w := weight(el)
		fig := element(t, deep, sh.spans[e], e)
		fig.Weight = w
		if fig.ShareMeanOfCriteria != nil {
			sum += w * *fig.ShareMeanOfCriteria
			pooled += w * *fig.SharePooledAnswers
			weights += w
			spread(coef, t, sh.spans[e], w)
		}
		d.Elements.put(el.ID, fig)
	}
	if weights > 0 {
		d.IndexMeanOfElements = number(sum / weights)
		d.IndexMeanOfElementsPooled = number(pooled / weights)
		if deep != nil {
			for i := range coef {
				coef[i] /= weights
			}
			d.SEIndexMeanOfElements = number(seOfShares(t, deep, span{0, sh.criteria}, coef))
		}
	}
	if sh.criteria > 0 {
		all := element(t, deep, span{0, sh.criteria}, len(sh.spans))
		all.Weight = 1
		d.IndexAllCriteria = &all
	}
}

// weight is 1 where the survey gives none or nonsense.
func weight(el survey.Element) float64 {
	if el.Weight > 0 && !math.IsInf(el.Weight, 0) {
		return el.Weight
	}
	return 1
}

// spread gives every criterion of s that somebody answered its part of w.
func spread(coef []float64, t *Tally, s span, w float64) {
	k := 0.0
	for i := s.from; i < s.to; i++ {
		if _, n := t.Item(i); n > 0 {
			k++
		}
	}
	for i := s.from; i < s.to; i++ {
		if _, n := t.Item(i); n > 0 {
			coef[i] = w / k
		}
	}
}

// element computes the two index forms over the criteria of s. which is the
// place of its counters in relations.
func element(t *Tally, deep *relations, s span, which int) Element {
	var fig Element
	var sum float64
	for i := s.from; i < s.to; i++ {
		x, n := t.Item(i)
		if n == 0 {
			continue
		}
		fig.CriteriaWithData++
		fig.Answers += n
		fig.Satisfied += x
		sum += float64(x) / float64(n)
	}
	if fig.CriteriaWithData > 0 {
		fig.ShareMeanOfCriteria = number(sum / float64(fig.CriteriaWithData))
		fig.SharePooledAnswers = ratio(fig.Satisfied, fig.Answers)
	}
	if deep == nil {
		return fig
	}
	c := deep.c[t.shape.at.elements[which]:]
	fig.Respondents, fig.CompleteRespondents, fig.CompleteAllSatisfied =
		count(c[elRespondents]), count(c[elComplete]), count(c[elAll])
	fig.ShareAllSatisfied = ratio(c[elAll], c[elComplete])
	fig.SEPooledClustered = seOfRatio(c)
	if fig.CriteriaWithData > 0 {
		coef := make([]float64, t.shape.criteria)
		spread(coef, t, s, 1)
		fig.SEMeanOfCriteria = number(seOfShares(t, deep, s, coef))
	}
	return fig
}

func count(n int64) *int64 { return &n }

// seOfRatio is the standard error of R = Σt/Σk over people, who are the
// clusters: √(r/(r-1) Σ(t-Rk)²)/Σk, by linearisation. nil for fewer than two
// people.
func seOfRatio(c []int64) *float64 {
	r := float64(c[elRespondents])
	if r < 2 {
		return nil
	}
	k := float64(c[elAnswered])
	R := float64(c[elSatisfied]) / k
	ss := float64(c[elTT]) - 2*R*float64(c[elTK]) + R*R*float64(c[elKK])
	return number(math.Sqrt(max(0, ss*r/(r-1))) / k)
}

// seOfShares is the standard error of Σ coef_i p_i. People answer several
// criteria, so the shares go together: with i, j answered by n_ij people both,
//
//	C_ij = (n11_ij - p_i x_j|ij - p_j x_i|ij + p_i p_j n_ij) / (n_i n_j)
func seOfShares(t *Tally, deep *relations, s span, coef []float64) float64 {
	var v float64
	for j := s.from; j < s.to; j++ {
		xj, nj := t.Item(j)
		if nj == 0 || coef[j] == 0 {
			continue
		}
		pj := float64(xj) / float64(nj)
		v += coef[j] * coef[j] * pj * (1 - pj) / float64(nj)
		for i := s.from; i < j; i++ {
			xi, ni := t.Item(i)
			if ni == 0 || coef[i] == 0 {
				continue
			}
			pi := float64(xi) / float64(ni)
			n, xi2, xj2, n11 := satisfiedPair(t.shape, deep.pair(t.shape, i, j))
			c := (n11 - pi*xj2 - pj*xi2 + pi*pj*n) / (float64(ni) * float64(nj))
			v += 2 * coef[i] * coef[j] * c
		}
	}
	return math.Sqrt(max(0, v))
}

// satisfiedPair condenses a level table: people who answered both items, of
// those satisfied with the first, with the second, with both.
func satisfiedPair(sh *shape, table []int64) (n, first, second, both float64) {
	var cn, c1, c2, c12 int64
	at := 0
	for a := 1; a <= sh.levels; a++ {
		for b := 1; b <= sh.levels; b++ {
			c := table[at]
			at++
			cn += c
			if sh.satisfied[a] {
				c1 += c
			}
			if sh.satisfied[b] {
				c2 += c
				if sh.satisfied[a] {
					c12 += c
				}
			}
		}
	}
	return float64(cn), float64(c1), float64(c2), float64(c12)
}
