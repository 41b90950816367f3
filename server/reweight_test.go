package server_test

import (
	"math"
	"testing"

	"hailong/server"
)

// Two fields of 30 and 10 dossiers, answered 4 and 8 times: the answers come in
// another mix than the dossiers. By hand: (30·3/4 + 10·4/8)/40 = 0,6875.
func TestReweighted(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.set("2024-03-01 09:00:00")
	var ds []server.Dossier
	for i := range 45 {
		d := returned(i+1, "2024-01-10", "2024-01-12")
		switch {
		case i < 30:
			d.Field = "Chứng thực"
		case i < 40:
			d.Field = "Hộ tịch"
		default:
			d.Field = "Đất đai" // nobody answers
		}
		ds = append(ds, d)
	}
	h.put(t, ds...)
	h.putAnswers(t, answersOf(h, "Chứng thực", "2024-01-20", 3, 4))
	h.putAnswers(t, answersOf(h, "Hộ tịch", "2024-01-20", 4, 8))
	h.putAnswers(t, answersOf(h, "", "2024-01-20", 0, 5)) // without a dossier: no weight
	cube, err := h.Cube(t.Context(), h.Survey(), "2024-01-01", "2024-01-31")
	if err != nil {
		t.Fatal(err)
	}
	w, missing := cube.Reweighted(server.Filter{}, server.ByField)
	if w.Share == nil || math.Abs(*w.Share-0.6875) > 1e-12 || missing != 5 || w.X != 7 || w.N != 12 {
		t.Errorf("%+v, %d missing", w, missing)
	}
	if w.KornGraubard == nil || !w.KornGraubard.Contains(*w.Share) {
		t.Errorf("interval %v", w.KornGraubard)
	}
	if w, missing := cube.Reweighted(server.Only(server.ByField, "Đất đai"), server.ByField); w.Share != nil || missing != 5 {
		t.Errorf("of a field nobody answered about: %+v, %d", w, missing)
	}
	if w, missing := cube.Reweighted(server.Only(server.ByField, "không có"), server.ByField); w.Share != nil || missing != 0 {
		t.Errorf("of nothing: %+v, %d", w, missing)
	}
}
