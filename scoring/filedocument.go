package scoring

import "slices"

// Document evaluates the file: the document of its tally, with groups, charts
// and weighted figures as the columns allow. An error means that strata and
// population do not fit.
func (f *AnswersFile) Document(o Options) (*Document, error) {
	if o.Eligible == 0 {
		for _, n := range f.Population {
			o.Eligible += n
		}
	}
	d := Evaluate(f.Tally, o)
	if f.Columns.Group != "" {
		d.Groups = NewGroups(f.Groups, d.Target)
		d.Groups.By, d.Groups.On = f.Columns.Group, "pooled_answers"
		if f.Survey.HasOverall() {
			d.Groups.On = f.Survey.Overall.ID
		}
	}
	if f.Columns.Period != "" {
		d.Days = NewDays(f.Periods, 0)
		d.Trend = d.Days.Trend
		if d.Drivers != nil && f.Parts != nil {
			d.Drivers.Stability = DriverStability(f.Tally, f.Parts)
		}
	}
	if f.Weighted != nil && f.Survey.HasOverall() {
		d.WeightedOverall = f.Weighted.Evaluate()
		if f.Population != nil {
			w, err := f.Weighted.PostStratify(f.Population)
			if err != nil {
				return nil, err
			}
			d.WeightedOverall = w
		}
	}
	d.Rejected = slices.Clone(f.Rejected)
	for i, r := range d.Rejected {
		d.Rejected[i].Reason = r.text.In(o.Lang)
	}
	d.RejectedCount = f.RejectedCount
	return d, nil
}
