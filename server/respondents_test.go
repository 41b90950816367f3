package server_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"hailong/server"
)

// Two fields of 40 dossiers each: of one 30 answer, of the other 10. R 4,
// chisq.test(rbind(c(30, 10), c(10, 30)), correct = FALSE): X² = 20, p = 7.744e-06.
func TestRespondents(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx := t.Context()
	for i := range 80 {
		d := returned(i, "2024-01-10", "2024-01-12")
		d.Code = server.DossierCode(fmt.Sprintf("000.21.35.H24-240110-%05d", i))
		if i%2 == 1 {
			d.Field = "Đất đai"
		}
		h.put(t, d)
		if i >= 78 {
			continue // not invited
		}
		slip, err := h.Issue(ctx, d.Code, server.IssueOnce)
		if err != nil {
			t.Fatal(err)
		}
		if i < 70 {
			for range 2 {
				if err := h.NoteOpened(ctx, slip.Code); err != nil {
					t.Fatal(err)
				}
			}
		}
		if i%2 == 0 && i/2 < 30 || i%2 == 1 && i/2 < 10 {
			if _, err := h.AcceptSlip(ctx, slip.Code, given("5")); err != nil {
				t.Fatal(err)
			}
		}
	}
	r, err := h.Respondents(ctx, "2024-01-01", "2024-01-31")
	if err != nil {
		t.Fatal(err)
	}
	if r.Returned != 80 || r.Invited != 78 || r.Opened != 70 || r.Answered != 40 {
		t.Errorf("%+v", r)
	}
	if r.Given != 40 || r.Complete != 0 { // each to the first question only
		t.Errorf("%+v", r.Completeness)
	}
	if f := r.Fields; f == nil || math.Abs(f.ChiSquare-20) > 1e-9 || f.DF != 1 || math.Abs(f.P-7.744216e-06) > 1e-11 {
		t.Errorf("fields: %+v", f)
	}
	if r.Channels != nil { // all came to the counter
		t.Errorf("one channel: %+v", r.Channels)
	}
	if other, err := h.Respondents(ctx, "2024-02-01", "2024-02-28"); err != nil || other.Returned != 0 || other.Fields != nil {
		t.Errorf("another month: %+v, %v", other, err)
	}
	for _, body := range dump(t, h.memory)["invitations"] {
		if strings.Contains(body, "09:0") || strings.Contains(body, "T09") {
			t.Error("an invitation keeps a time")
		}
	}
}
