package server_test

import (
	"errors"
	"strings"
	"testing"

	"hailong/server"
	"hailong/server/store"
	"hailong/server/store/memory"
)

const signs19 = "5454 4455 N4554 444 NN3 5"

func paperForm(t *testing.T, svc *server.Service, number, signs, by string) server.PaperForm {
	t.Helper()
	f, err := svc.ParsePaperForm(server.PaperForm{Number: number, Day: "2024-03-01", Field: "Hộ tịch", Counter: "Quầy 1", Signs: signs, By: by})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestPaperIsKeyedTwice(t *testing.T) {
	t.Parallel()
	st := memory.New()
	svc := sealedHouse(t, st, "2024-03-05")
	signs := strings.ReplaceAll(signs19, " ", "")
	if len(signs) != 20 {
		t.Fatalf("%d signs", len(signs))
	}
	enter := func(f server.PaperForm, how server.PaperMode) server.PaperResult {
		t.Helper()
		r, err := svc.EnterPaper(t.Context(), f, how)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	answers := func() int64 {
		doc, err := svc.Index(t.Context(), server.IndexQuery{From: "2024-01-01", To: "2024-12-31", Survey: "sipas-19"})
		if err != nil {
			t.Fatal(err)
		}
		return doc.Answers
	}
	if r := enter(paperForm(t, svc, "p-1", signs19, "lan"), server.KeyPaper); r.State != server.PaperFirst || answers() != 0 {
		t.Errorf("first keying: %+v, %d answers", r, answers())
	}
	wrong := "4" + signs[1:]
	r := enter(paperForm(t, svc, "P-1", wrong, "minh"), server.KeyPaper)
	if r.State != server.PaperDiffers || len(r.Differences) != 1 || r.Differences[0].First != "5" || r.Differences[0].Second != "4" || r.FirstBy != "lan" || answers() != 0 {
		t.Errorf("another keying: %+v, %d answers", r, answers())
	}
	if r := enter(paperForm(t, svc, "P-1", signs19, "minh"), server.KeyPaper); r.State != server.PaperStored || answers() != 1 {
		t.Errorf("the same keying: %+v, %d answers", r, answers())
	}
	if w, err := svc.PaperWaiting(t.Context(), 10); err != nil || len(w) != 0 {
		t.Errorf("still waiting: %v %v", w, err)
	}
	if r := enter(paperForm(t, svc, "P-1", signs19, "lan"), server.KeyPaper); r.State != server.PaperAlready || answers() != 1 {
		t.Errorf("a stored form again: %+v", r)
	}
	if _, err := svc.EnterPaper(t.Context(), paperForm(t, svc, "P-1", wrong, "lan"), server.SettlePaper); !errors.Is(err, server.ErrAnswered) {
		t.Errorf("a stored form with other answers: %v", err)
	}
	// Two that differ are settled by the one who looked at the paper.
	enter(paperForm(t, svc, "P-2", wrong, "lan"), server.KeyPaper)
	if r := enter(paperForm(t, svc, "P-2", signs19, "minh"), server.SettlePaper); r.State != server.PaperStored || answers() != 2 {
		t.Errorf("settled: %+v", r)
	}
	doc, err := svc.Index(t.Context(), server.IndexQuery{From: "2024-03-01", To: "2024-03-01", Survey: "sipas-19", By: []server.Dimension{server.ByLane}})
	if err != nil || len(doc.Parts) != 1 || doc.Parts[0].Key[server.ByLane] != string(server.LanePaper) {
		t.Fatalf("lanes: %+v %v", doc.Parts, err)
	}
	if c9, _ := doc.Items.Get("c9"); c9.NotApplicable != 2 || c9.N != 0 {
		t.Errorf("question 9: %+v", c9)
	}
	// It does not count in the short survey.
	if short, err := svc.Index(t.Context(), server.IndexQuery{From: "2024-01-01", To: "2024-12-31"}); err != nil || short.Answers != 0 || short.Others["sipas-19"] != 2 {
		t.Errorf("the short survey: %+v %v", short.Others, err)
	}
}

func TestPaperMistakes(t *testing.T) {
	t.Parallel()
	svc := sealedHouse(t, memory.New(), "2024-03-05")
	good := strings.ReplaceAll(signs19, " ", "")
	for name, in := range map[string][3]string{
		"no number": {"", "2024-03-01", good}, "odd number": {"<script>", "2024-03-01", good}, "no day": {"P1", "", good},
		"tomorrow": {"P1", "2024-03-06", good}, "too short": {"P1", "2024-03-01", good[1:]}, "too long": {"P1", "2024-03-01", good + "5"}, "a six": {"P1", "2024-03-01", "6" + good[1:]},
	} {
		if _, err := svc.ParsePaperForm(server.PaperForm{Number: in[0], Day: server.Day(in[1]), Signs: in[2], By: "lan"}); !errors.Is(err, server.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	var faults *server.Faults
	_, err := svc.ParsePaperForm(server.PaperForm{Number: "P1", Day: "2024-03-01", Signs: good[:3] + "7" + good[4:], By: "lan"})
	if !errors.As(err, &faults) || len(faults.List) != 1 || faults.List[0].Item != "c4" {
		t.Errorf("a wrong fourth sign: %v", err)
	}
	if f, err := svc.ParsePaperForm(server.PaperForm{Number: " p/7 ", Day: "2024-03-01", Signs: strings.Repeat(".", 19) + "n", By: "lan"}); err != nil || f.Number != "P/7" || f.Signs != strings.Repeat("-", 19)+"N" {
		t.Errorf("%+v %v", f, err)
	}
}

// Two desks that key the same form at once store it once.
func TestPaperAtTwoDesks(t *testing.T) {
	t.Parallel()
	st := memory.New()
	svc := sealedHouse(t, st, "2024-03-05")
	f := paperForm(t, svc, "P-9", signs19, "lan")
	done := make(chan error, 16)
	for range cap(done) {
		go func() {
			_, err := svc.EnterPaper(t.Context(), f, server.KeyPaper)
			done <- err
		}()
	}
	for range cap(done) {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	n := 0
	for _, err := range st.Scan(t.Context(), "answers", store.Range{}) {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	if n != 1 {
		t.Errorf("%d answers", n)
	}
}

// Two units may give a form the same number: neither meets nor sees the other's
// first keying.
func TestPaperOfTwoUnits(t *testing.T) {
	t.Parallel()
	svc := sealedHouse(t, memory.New(), "2024-03-05")
	if err := svc.PutUnit(t.Context(), server.Unit{ID: "do-son-2025", Name: "UBND phường Đồ Sơn", Level: server.LevelWard}); err != nil {
		t.Fatal(err)
	}
	other, err := svc.For(t.Context(), "do-son-2025")
	if err != nil {
		t.Fatal(err)
	}
	for i, unit := range []*server.Service{svc, other} {
		signs := []string{signs19, "1111 1111 11111 111 111 1"}[i]
		r, err := unit.EnterPaper(t.Context(), paperForm(t, unit, "P-1", signs, "lan"), server.KeyPaper)
		if err != nil || r.State != server.PaperFirst {
			t.Errorf("unit %d: %+v, %v", i, r, err)
		}
		if w, err := unit.PaperWaiting(t.Context(), 10); err != nil || len(w) != 1 {
			t.Errorf("unit %d: %d forms wait, %v", i, len(w), err)
		}
	}
	for i, unit := range []*server.Service{svc, other} {
		signs := []string{signs19, "1111 1111 11111 111 111 1"}[i]
		if r, err := unit.EnterPaper(t.Context(), paperForm(t, unit, "P-1", signs, "minh"), server.KeyPaper); err != nil || r.State != server.PaperStored {
			t.Errorf("unit %d, again: %+v, %v", i, r, err)
		}
		if w, err := unit.PaperWaiting(t.Context(), 10); err != nil || len(w) != 0 {
			t.Errorf("unit %d: %d forms still wait, %v", i, len(w), err)
		}
	}
}
