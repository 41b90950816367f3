package web

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"hailong/server"
)

// A reasonsView says why people were not satisfied (vì sao chưa hài lòng),
// element by element.
type reasonsView struct {
	Has      bool
	Sentence string
	Parts    []reasonsPart
}

type reasonsPart struct {
	Name, Low, Answers, Named string
	Note                      string // in place of the rows
	Rows                      []reasonRow
}

type reasonRow struct {
	Text, Of, Share string
	Width           string // of the bar
	Hidden          bool
}

func (s *Site) reasonsView(ctx context.Context, p period) (reasonsView, error) {
	parts, err := s.svc.Reasons(ctx, p.From, p.To)
	if err != nil {
		return reasonsView{}, fmt.Errorf("reading the reasons: %w", err)
	}
	return newReasonsView(parts), nil
}

func newReasonsView(parts []server.ReasonPart) reasonsView {
	var answers int64
	v := reasonsView{Sentence: "Chưa yếu tố nào có đủ " + countText(server.MinCell) + " phiếu nêu lý do."}
	var most, mostOf int64
	for _, p := range parts {
		name, _ := splitText(p.Item.Text)
		out := reasonsPart{Name: name.VI, Low: countText(p.Low), Answers: countText(p.Answers)}
		switch {
		case p.Low == 0:
			out.Note = "Không có phiếu nào chưa hài lòng."
		case p.Hidden:
			out.Note = "Dưới " + countText(server.MinCell) + " phiếu nêu lý do: không hiển thị."
		default:
			out.Named = countText(p.Named)
			counts := slices.Clone(p.Counts)
			slices.SortStableFunc(counts, func(a, b server.ReasonCount) int { return cmp.Compare(b.N, a.N) })
			for _, c := range counts {
				r := reasonRow{Text: c.Text.VI, Hidden: c.Hidden}
				if !c.Hidden {
					share := float64(c.N) / float64(p.Named)
					r.Of, r.Share, r.Width = countText(c.N)+"/"+countText(p.Named), percentText(share, 0), num(100*share)+"%"
				}
				out.Rows = append(out.Rows, r)
			}
			if c := counts[0]; !c.Hidden && c.N > most {
				most, mostOf = c.N, p.Named
				v.Sentence = "Được nêu nhiều nhất: " + c.Text.VI + " (" + name.VI + ") – " + countText(most) + "/" + countText(mostOf) + " phiếu nêu lý do."
			}
			if most == 0 {
				v.Sentence = "Chưa lý do nào nổi hẳn lên."
			}
		}
		v.Parts = append(v.Parts, out)
		answers += p.Answers
		v.Has = v.Has || p.Low > 0
	}
	switch {
	case answers == 0:
		v.Sentence = "Không có dữ liệu trong kỳ này."
	case !v.Has:
		v.Sentence = "Không có phiếu nào chưa hài lòng với một yếu tố."
	}
	return v
}
