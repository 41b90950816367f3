package scoring

import "hailong/scoring/survey"

// An Outlook (triển vọng) is said before a period closes, when a verdict would
// be a peek.
type Outlook string

// The outlooks.
const (
	OnCourse Outlook = "on_course" // đúng hướng
	AtRisk   Outlook = "at_risk"   // có nguy cơ
)

// conclude judges the overall question or, where the survey asks none, the
// index: its share with the sample size that would have the same standard
// error, at most the number of people.
func conclude(d *Document, t *Tally, o Options) {
	var reason survey.Text
	var prob float64
	x, n, ok := t.Overall()
	d.Official = o.Closed
	switch {
	case ok:
		d.VerdictOn = t.survey.Overall.ID
		d.Verdict, reason = Explain(x, n, d.Target)
		prob = ProbAtLeast(x, n, d.Target)
	case d.IndexMeanOfElements == nil:
		d.VerdictOn = "index_mean_of_elements"
		d.Verdict, reason = Explain(0, 0, d.Target)
		n = 0
	default:
		d.VerdictOn = "index_mean_of_elements"
		var p, eff float64
		p, eff, n = effective(d, t)
		d.Verdict, reason = judge(p*eff, eff, n, d.Target)
		prob = probAtLeast(p*eff, eff, d.Target)
	}
	d.VerdictReason = reason.In(o.Lang)
	if !o.Closed && n > 0 {
		d.Outlook = AtRisk
		if prob >= 0.5 {
			d.Outlook = OnCourse
		}
	}
}

// effective returns the index as a share of an effective number of people.
func effective(d *Document, t *Tally) (p, n float64, people int64) {
	p = *d.IndexMeanOfElements
	// Without relations the number of people is not known; the criterion most
	// answered is a lower bound of it.
	for i := range t.shape.criteria {
		_, k := t.Item(i)
		people = max(people, k)
	}
	if all := d.IndexAllCriteria; all != nil && all.Respondents != nil {
		people = *all.Respondents
	}
	n = float64(people)
	if se := d.SEIndexMeanOfElements; se != nil && *se > 0 {
		n = min(n, p*(1-p)/(*se**se))
	}
	return p, n, people
}
