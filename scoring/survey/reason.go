package survey

// IsLow reports whether m is a level that does not count as satisfied: reasons
// are asked for after it.
func (s *Survey) IsLow(m Mark) bool { return m > 0 && !s.IsSatisfied(m) }

// ReadReasons checks the reasons that came with an answer: each must be one of
// an item that a marks as low. It returns their ids in the order of the survey,
// each once, whatever the order in which they were given, and a fault for every
// one that is wrong.
func (s *Survey) ReadReasons(a Answers, given []string) (ids []string, faults []Fault) {
	if len(given) == 0 {
		return nil, nil
	}
	named := make(map[string]bool, len(given))
	for _, id := range given {
		named[id] = true
	}
	for i, it := range s.Items() {
		if i >= len(a) || !s.IsLow(a[i]) {
			continue
		}
		for _, r := range it.Reasons {
			if named[r.ID] {
				ids = append(ids, r.ID)
				delete(named, r.ID)
			}
		}
	}
	var wrong []string
	for id := range named {
		known := false
		for _, x := range ids {
			known = known || x == id
		}
		if !known {
			wrong = append(wrong, id)
		}
	}
	sortStrings(wrong)
	for _, id := range wrong {
		faults = append(faults, Fault{id, FaultReason})
	}
	if len(faults) > 0 {
		return nil, faults
	}
	return ids, nil
}
