package scoring

// A Priority places an element by how much it goes with the overall rating and
// how well it does (Martilla, James 1977). The cuts are 1/p, equal importance,
// and the target: cuts at the sample means would fill all four quadrants even
// when all is well.
type Priority struct {
	Importance  *float64 `json:"importance"`  // LMG share of R²
	Performance *float64 `json:"performance"` // the element's index
	// Quadrant is "improve_first" (important, under target), "keep_up",
	// "improve_later" or "enough".
	Quadrant string `json:"quadrant"`
	// Borderline says that the index's interval holds the target.
	Borderline bool `json:"borderline"`
}

// prioritise needs 100 people, or importance is noise.
func prioritise(d *Document) {
	dr := d.Drivers
	if dr == nil || dr.N < 100 || len(dr.LMGShare) == 0 {
		return
	}
	cut := 1 / float64(len(dr.LMGShare))
	for _, e := range dr.LMGShare {
		el, ok := d.Elements.Get(e.Key)
		if !ok || el.ShareMeanOfCriteria == nil || e.Value == nil {
			continue
		}
		p := Priority{Importance: e.Value, Performance: el.ShareMeanOfCriteria}
		important, good := *e.Value >= cut, *el.ShareMeanOfCriteria >= d.Target
		switch {
		case important && !good:
			p.Quadrant = "improve_first"
		case important:
			p.Quadrant = "keep_up"
		case !good:
			p.Quadrant = "improve_later"
		default:
			p.Quadrant = "enough"
		}
		if se := el.SEMeanOfCriteria; se != nil {
			off := *el.ShareMeanOfCriteria - d.Target
			p.Borderline = off < z95**se && off > -z95**se
		}
		dr.ImportancePerformance.put(e.Key, p)
	}
}
