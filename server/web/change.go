package web

import (
	"hailong/scoring"
	"hailong/server"
)

// A changeView says what moved since the period before, and whether it is the
// mix of dossiers or the satisfaction within fields.
type changeView struct {
	Has            bool
	Before         string // its days
	Share0, Share1 string
	Of0, Of1       string
	Change         string // signed points
	Interval       string // of the change
	Mix, Rate      string // "" where they may not be shown
	Sentence       string
	Significant    bool
	Enough         bool
	OnTime         string // the on-time rate then and now
}

// newChangeView compares two periods cell by cell.
func newChangeView(cells []scoring.MixCell, before period) changeView {
	split := scoring.Kitagawa(cells)
	c := comparedCounts(cells)
	v := changeView{Before: before.Label, Share0: shareText(split.Share0, 1), Share1: shareText(split.Share1, 1), Of0: countText(c.x0) + "/" + countText(c.n0), Of1: countText(c.x1) + "/" + countText(c.n1)}
	if d := scoring.NewDifference(c.x1, c.n1, c.x0, c.n0); d != nil {
		v.Has, v.Enough = true, c.n0 >= scoring.MinAnswers && c.n1 >= scoring.MinAnswers
		v.Change, v.Interval = signedPoints(d.Points), signedPoints(d.Interval.Lo)+" đến "+signedPoints(d.Interval.Hi)
		v.Significant = v.Enough && d.Beyond()
		if split.Mix != nil && split.Rate != nil {
			v.Mix, v.Rate = signedPoints(*split.Mix), signedPoints(*split.Rate)
		}
	}
	v.Sentence = changeSentence(c, split)
	return v
}

// hide takes away what a role may not see: the whole comparison where one of
// the totals is hidden, the parts by mix and rate where a field is.
func (v changeView) hide(totals, parts bool) changeView {
	switch {
	case totals:
		return changeView{Before: v.Before, OnTime: v.OnTime, Sentence: "Không hiển thị: một trong hai kỳ có quá ít phiếu."}
	case parts && v.Has:
		v.Mix, v.Rate = "", ""
		v.Sentence = "Thay đổi " + v.Change + " điểm (khoảng tin cậy 95%: " + v.Interval + "). Không tách theo lĩnh vực vì có lĩnh vực quá ít phiếu."
	}
	return v
}

// comparedCounts adds up the cells of both periods.
func comparedCounts(cells []scoring.MixCell) (c compared) {
	for _, m := range cells {
		c.x0, c.n0, c.x1, c.n1 = c.x0+m.X0, c.n0+m.N0, c.x1+m.X1, c.n1+m.N1
	}
	return c
}

// compared are satisfied and all answers of the period before (0) and of this one (1).
type compared struct{ x0, n0, x1, n1 int64 }

// onTimeChange writes the on-time rate of the period before beside this one's.
func onTimeChange(before, now server.OnTimeDocument) string {
	if before.Share == nil || now.Share == nil {
		return ""
	}
	return percentText(*before.Share, 1, before.Target) + " → " + percentText(*now.Share, 1, now.Target) + " (" + signedPoints(*now.Share-*before.Share) + ")"
}
