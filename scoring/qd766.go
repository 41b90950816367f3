package scoring

import "time"

// A Handling is how one dossier was handled, as QĐ 766/QĐ-TTg looks at it. The
// times are lengths of working time, however the house counts it.
type Handling struct {
	// Allowed is the time the procedure may take, Elapsed from receipt to the end
	// of handling, or until now if it has not ended.
	Allowed, Elapsed time.Duration
	// Paused is the part of Elapsed in which the clock stood still: the citizen
	// was asked to add papers or to pay. It counts for the first request only.
	Paused time.Duration
	// Supplements is how often the citizen was asked to add papers. It may be
	// done once; the second time the dossier counts as late.
	Supplements int
	// Open is true while handling has not ended.
	Open bool
	// Complaint is true if there was a complaint, petition or dislike about it.
	Complaint bool
}

// Late reports whether the dossier is late (quá hạn): more working time used
// than allowed, or papers asked for more than once. Exactly on time is on time.
func (h Handling) Late() bool {
	return h.Supplements > 1 || h.Elapsed-min(max(h.Paused, 0), h.Elapsed) > h.Allowed
}

// A HandlingTally counts dossiers for QĐ 766. It is exact and mergeable.
type HandlingTally struct {
	N         int64 // dossiers with an outcome: ended, or open and late already
	OnTime    int64
	Late      int64
	Complaint int64
	// LateOrComplaint counts dossiers with either, once.
	LateOrComplaint int64
}

// Add counts one dossier. One that is open and not late yet is not counted.
func (t *HandlingTally) Add(h Handling) {
	late := h.Late()
	if h.Open && !late {
		return
	}
	t.N++
	if late {
		t.Late++
	} else {
		t.OnTime++
	}
	if h.Complaint {
		t.Complaint++
	}
	if late || h.Complaint {
		t.LateOrComplaint++
	}
}

// Merge adds the counts of o.
func (t *HandlingTally) Merge(o HandlingTally) {
	t.N += o.N
	t.OnTime += o.OnTime
	t.Late += o.Late
	t.Complaint += o.Complaint
	t.LateOrComplaint += o.LateOrComplaint
}

// A HandlingScore is what QĐ 766 makes of the counts, without any survey. It is
// labelled so and never merged with one.
type HandlingScore struct {
	// Satisfaction is 1 - share late - share with a complaint (mức độ hài lòng
	// trong giải quyết TTHC), at least 0; a dossier with both takes off both.
	Satisfaction *float64 `json:"satisfaction"`
	OnTime       *float64 `json:"on_time"`
	N            int64    `json:"n"`
	Late         int64    `json:"late"`
	Complaint    int64    `json:"complaint"`
}

// Score is nil in every figure without dossiers.
func (t HandlingTally) Score() HandlingScore {
	s := HandlingScore{N: t.N, Late: t.Late, Complaint: t.Complaint, OnTime: ratio(t.OnTime, t.N)}
	s.Satisfaction = ratio(max(0, t.N-t.Late-t.Complaint), t.N)
	return s
}

// HandlingPoints turns a share into points of QĐ 766: all of them from 90 %, in
// proportion below.
func HandlingPoints(share, most float64) float64 {
	return most * min(max(share, 0)/0.9, 1)
}
