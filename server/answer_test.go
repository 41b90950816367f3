package server_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"hailong/server"
	"hailong/server/store"
)

func TestAcceptSlip(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	slip := h.one(t)
	h.set("2024-01-20 23:30:00") // 16:30 of the same day in UTC
	sub := server.Submission{Given: map[string]string{"overall": "5", "access": "4", "feedback": "N"}, Comment: "Cám ơn", Lang: "vi"}
	r, err := h.AcceptSlip(t.Context(), slip.Code, sub)
	if err != nil || r.Already || len(r.Code) != 11 {
		t.Fatalf("%+v, %v", r, err)
	}
	again, err := h.AcceptSlip(t.Context(), slip.Code, sub)
	if err != nil || !again.Already || again.Code != r.Code {
		t.Errorf("the same again: %+v, %v", again, err)
	}
	for name, other := range map[string]server.Submission{
		"another level":   {Given: map[string]string{"overall": "4", "access": "4", "feedback": "N"}, Comment: "Cám ơn"},
		"one more":        {Given: map[string]string{"overall": "5", "access": "4", "feedback": "N", "result": "3"}, Comment: "Cám ơn"},
		"one less":        {Given: map[string]string{"overall": "5", "access": "4"}, Comment: "Cám ơn"},
		"another comment": {Given: map[string]string{"overall": "5", "access": "4", "feedback": "N"}, Comment: "Cám ơn nhiều"},
	} {
		if _, err := h.AcceptSlip(t.Context(), slip.Code, other); !errors.Is(err, server.ErrAnswered) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got, err := h.ReceiptOf(t.Context(), slip.Code); err != nil || got.Code != r.Code || !got.Already {
		t.Errorf("receipt %+v, %v", got, err)
	}
	answers := h.answers(t)
	if len(answers) != 1 {
		t.Fatalf("%d answers", len(answers))
	}
	a := answers[0]
	if a.Day != "2024-01-20" || a.Lane != server.LaneSlip || a.Field != "Hộ tịch" || a.Officer != "CC07" || a.Counter != "Quầy 3" || a.Channel != server.ChannelCounter ||
		a.Procedure != "1.004873" || a.Punctuality != server.OnTime || a.Unit != "phu-lien-2024" || a.Survey != "sipas-short" || a.Comment != "Cám ơn" {
		t.Errorf("stored %+v", a)
	}
}

func (h *house) answers(t testing.TB) []server.Answer {
	t.Helper()
	var out []server.Answer
	for a, err := range h.Answers(t.Context(), "", "") {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, a)
	}
	return out
}

func TestAcceptSlipRefuses(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	slip := h.one(t)
	unknown, err := server.ParseSlipCode(strings.Repeat("0", 16))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.AcceptSlip(t.Context(), unknown, given("5")); !errors.Is(err, server.ErrNotFound) {
		t.Errorf("an unknown slip: %v", err)
	}
	if _, err := h.ReceiptOf(t.Context(), slip.Code); !errors.Is(err, server.ErrNotFound) {
		t.Errorf("a receipt for no answer: %v", err)
	}
	for name, sub := range map[string]server.Submission{
		"nothing":          {},
		"a level of none":  given("6"),
		"words":            given("{{.}}"),
		"an unknown item":  {Given: map[string]string{"overall": "5", "$where": "1"}},
		"an unknown paper": {Survey: "sipas-99", Given: map[string]string{"overall": "5"}},
	} {
		if _, err := h.AcceptSlip(t.Context(), slip.Code, sub); !errors.Is(err, server.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	var f *server.Faults
	if _, err := h.AcceptSlip(t.Context(), slip.Code, given("6")); !errors.As(err, &f) || len(f.List) != 1 {
		t.Errorf("faults: %v", err)
	}
	if len(h.answers(t)) != 0 {
		t.Error("something was stored")
	}
	if inv, err := h.Invitation(t.Context(), slip.Code); err != nil || inv.State != server.InvitationOpen {
		t.Errorf("nonsense spent the slip: %+v, %v", inv, err)
	}
	h.set("2024-06-01 09:00:00")
	if _, err := h.AcceptSlip(t.Context(), slip.Code, given("5")); !errors.Is(err, server.ErrGone) {
		t.Errorf("an expired slip: %v", err)
	}
}

// An answer given in time is acknowledged again after the slip's last day.
func TestReplayAfterExpiry(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	slip := h.one(t)
	if _, err := h.AcceptSlip(t.Context(), slip.Code, given("5")); err != nil {
		t.Fatal(err)
	}
	h.set("2025-06-01 09:00:00")
	if r, err := h.AcceptSlip(t.Context(), slip.Code, given("5")); err != nil || !r.Already {
		t.Errorf("%+v, %v", r, err)
	}
	if _, err := h.AcceptSlip(t.Context(), slip.Code, given("1")); !errors.Is(err, server.ErrAnswered) {
		t.Errorf("another one: %v", err)
	}
}

// Many phones send two different answers with one slip at the same moment:
// one answer is stored, the others are told.
func TestAnswerRace(t *testing.T) {
	t.Parallel()
	for round := range 20 {
		h := newHouse(t)
		slip := h.one(t)
		var mu sync.Mutex
		stored, already := map[string]int{}, map[string]int{}
		var wg sync.WaitGroup
		for i := range 32 {
			wg.Go(func() {
				overall := strconv.Itoa(1 + i%2*4)
				r, err := h.AcceptSlip(t.Context(), slip.Code, given(overall))
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err == nil && r.Already:
					already[overall]++
				case err == nil:
					stored[overall]++
				case !errors.Is(err, server.ErrAnswered):
					t.Error(err)
				}
			})
		}
		wg.Wait()
		answers := h.answers(t)
		if len(answers) != 1 || len(stored) != 1 {
			t.Fatalf("round %d: %d answers, acknowledged first %v", round, len(answers), stored)
		}
		won := answers[0].Marks["overall"]
		if stored[won] != 1 || len(already) > 1 || already[won] != 15 {
			t.Errorf("round %d: %q is stored, acknowledged first %v, again %v", round, won, stored, already)
		}
	}
}

// The clerk prints the slip again while the citizen sends the answer: either
// the answer is in and there is no new slip, or there is a new slip and the
// old one is void. Never two answers about one dossier.
func TestReprintRacesAnswer(t *testing.T) {
	t.Parallel()
	answered, reprinted := 0, 0
	for range 200 {
		h := newHouse(t)
		slip := h.one(t)
		var wg sync.WaitGroup
		var answer, reprint error
		var fresh server.Slip
		wg.Go(func() { _, answer = h.AcceptSlip(t.Context(), slip.Code, given("5")) })
		wg.Go(func() { fresh, reprint = h.Issue(t.Context(), slip.Dossier, server.Reissue) })
		wg.Wait()
		switch {
		case answer == nil && errors.Is(reprint, server.ErrAnswered):
			answered++
		case errors.Is(answer, server.ErrGone) && reprint == nil:
			reprinted++
			if _, err := h.AcceptSlip(t.Context(), fresh.Code, given("5")); err != nil {
				t.Fatal(err)
			}
		default:
			t.Fatalf("answer: %v, reprint: %v", answer, reprint)
		}
		if n := len(h.answers(t)); n != 1 {
			t.Fatalf("%d answers about one dossier", n)
		}
	}
	t.Logf("%d answered first, %d reprinted first", answered, reprinted)
}

// A store that goes away at any moment of an answer loses nothing: sent again,
// the answer is there once, and the slip is never spent without it.
func TestAnswerSurvivesTrouble(t *testing.T) {
	t.Parallel()
	for fail := range 12 {
		h := newHouse(t)
		slip := h.one(t)
		s := &flaky{Store: h.memory, left: fail}
		h.Store = s
		_, err := h.AcceptSlip(t.Context(), slip.Code, given("5"))
		if s.broke && !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("trouble at call %d: %v", fail, err)
		}
		h.Store = h.memory
		r, err := h.AcceptSlip(t.Context(), slip.Code, given("5"))
		if err != nil || !s.broke && !r.Already {
			t.Errorf("after trouble at call %d: %+v, %v", fail, r, err)
		}
		if n := len(h.answers(t)); n != 1 {
			t.Errorf("after trouble at call %d: %d answers", fail, n)
		}
		if !s.broke && fail < 4 {
			t.Errorf("an answer takes only %d calls", fail)
		}
	}
}

// The clock of a server is set back after slips went out: an answer belongs
// to no day before its slip was issued, and stays one.
func TestClockSetBack(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	slip := h.one(t)
	h.set("2020-01-01 00:00:00")
	if _, err := h.AcceptSlip(t.Context(), slip.Code, given("5")); err != nil {
		t.Fatal(err)
	}
	h.set("2024-01-16 09:00:00")
	if r, err := h.AcceptSlip(t.Context(), slip.Code, given("5")); err != nil || !r.Already {
		t.Errorf("after the clock is right: %+v, %v", r, err)
	}
	if a := h.answers(t); len(a) != 1 || a[0].Day != "2024-01-15" {
		t.Errorf("stored %+v", a)
	}
}

// A device's time is believed within reason.
func TestAnswerDay(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		at   time.Time
		want server.Day
	}{
		{time.Time{}, "2024-03-01"},
		{at("2024-02-29 23:59:59"), "2024-02-29"}, // the kiosk was without network over night
		{at("2024-03-01 09:05:00"), "2024-03-01"}, // five minutes fast
		{at("2024-03-02 09:00:00"), "2024-03-01"}, // a day fast
		{at("1970-01-01 07:00:00"), "2024-03-01"}, // an empty battery
		{at("2022-12-31 12:00:00"), "2024-03-01"},
		{time.Date(2024, 2, 29, 17, 30, 0, 0, time.UTC), "2024-03-01"}, // half past midnight here
	} {
		h := newHouse(t)
		slip := h.one(t)
		h.set("2024-03-01 09:00:00")
		sub := given("5")
		sub.At, sub.Lane = c.at, server.LaneKiosk
		if _, err := h.AcceptSlip(t.Context(), slip.Code, sub); err != nil {
			t.Fatal(err)
		}
		if a := h.answers(t)[0]; a.Day != c.want || a.Lane != server.LaneKiosk {
			t.Errorf("at %s: %s, %s; want %s", c.at, a.Day, a.Lane, c.want)
		}
	}
}

func TestAcceptWalkUp(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	sub := given("4")
	sub.Counter = "Quầy 1"
	const id = "0b6f4f3c-6d0e-4b57-9a6a-1f2e3d4c5b6a"
	r, err := h.AcceptWalkUp(t.Context(), id, sub)
	if err != nil || r.Already {
		t.Fatalf("%+v, %v", r, err)
	}
	if again, err := h.AcceptWalkUp(t.Context(), id, sub); err != nil || !again.Already || again.Code != r.Code {
		t.Errorf("again: %+v, %v", again, err)
	}
	if _, err := h.AcceptWalkUp(t.Context(), id, given("1")); !errors.Is(err, server.ErrAnswered) {
		t.Errorf("another answer under one id: %v", err)
	}
	if _, err := h.AcceptWalkUp(t.Context(), "another", given("9")); !errors.Is(err, server.ErrInvalid) {
		t.Errorf("nonsense: %v", err)
	}
	a := h.answers(t)
	if len(a) != 1 || a[0].Lane != server.LaneWalkUp || a[0].Counter != "Quầy 1" || a[0].Field != "" || strings.Contains(a[0].ID, id) {
		t.Errorf("stored %+v", a)
	}
}

func TestComment(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"  Tốt \r\n": "Tốt", "a\x00b\x1bc\x7f": "abc", "\xff\xfeTốt": "Tốt", "Tô\u0301t": "Tốt", "a\tb\nc": "a\tb\nc",
		"<script>{{.}}</script> =cmd() $where": "<script>{{.}}</script> =cmd() $where", strings.Repeat("ế", 2100): strings.Repeat("ế", server.MaxComment),
	} {
		h := newHouse(t)
		slip := h.one(t)
		sub := given("5")
		sub.Comment = in
		if _, err := h.AcceptSlip(t.Context(), slip.Code, sub); err != nil {
			t.Fatal(err)
		}
		if got := h.answers(t)[0].Comment; got != want {
			t.Errorf("%.40q is kept as %.40q", in, got)
		}
	}
}

// Nothing at rest joins an answer with its dossier or its invitation: apart
// from the attributes that figures need and the unit, no value of an answer,
// its key included, occurs in any document about dossiers or invitations, nor
// the other way round. And the code on the slip occurs nowhere.
func TestNoJoinAtRest(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var codes []string
	var slips []server.Slip
	for i := range 20 {
		d := returned(i, "2024-01-10", "2024-01-12")
		h.put(t, d)
		slip, err := h.Issue(t.Context(), d.Code, server.IssueOnce)
		if err != nil {
			t.Fatal(err)
		}
		slips = append(slips, slip)
	}
	for i, slip := range slips {
		sub := server.Submission{Given: map[string]string{"overall": "5", "access": "4"}, Comment: fmt.Sprint("lời góp ý ", i), Lang: "en"}
		h.set(fmt.Sprintf("2024-02-%02d 10:11:12", i+1))
		if i%2 == 0 {
			sub.At, sub.Lane = at("2024-01-30 09:00:00"), server.LaneKiosk // sent late
		}
		r, err := h.AcceptSlip(t.Context(), slip.Code, sub)
		if err != nil {
			t.Fatal(err)
		}
		codes = append(codes, slip.Code.Text(), slip.Code.Fours(), r.Code)
	}
	h.set("2024-03-01 09:00:00")
	if _, err := h.SealDays(t.Context()); err != nil {
		t.Fatal(err)
	}
	all := dump(t, h.memory)
	shared := map[string]bool{ // what an answer may have in common with its dossier
		"phu-lien-2024": true, "Hộ tịch": true, "1.004873": true, "Quầy 3": true, "CC07": true, "1": true, "": true,
	}
	values := func(collections ...string) map[string]bool {
		out := map[string]bool{}
		for _, c := range collections {
			if len(all[c]) == 0 {
				t.Fatalf("nothing in %s", c)
			}
			for key, text := range all[c] {
				order, body, _ := strings.Cut(text, "\n")
				out[key], out[order] = true, true
				var v any
				if err := json.Unmarshal([]byte(body), &v); err != nil {
					t.Fatal(err)
				}
				leaves(v, out)
			}
		}
		return out
	}
	answers, others := values("answers"), values("dossiers", "invitations")
	for v := range answers {
		if others[v] && !shared[v] {
			t.Errorf("%q stands in an answer and with the dossiers", v)
		}
		for o := range others { // nor one within another
			if len(v) >= 6 && len(o) >= 6 && !shared[v] && !shared[o] && (strings.Contains(o, v) || strings.Contains(v, o)) {
				t.Errorf("%q and %q", v, o)
			}
		}
	}
	// Whatever else is stored may know answers or dossiers, but not both.
	for name, docs := range all {
		if name == "answers" || name == "dossiers" || name == "invitations" {
			continue
		}
		for key, text := range docs {
			knows := [2]bool{}
			for i, c := range []string{"answers", "dossiers"} {
				for id := range all[c] {
					knows[i] = knows[i] || strings.Contains(key+text, id)
				}
			}
			for id := range all["invitations"] {
				knows[1] = knows[1] || strings.Contains(key+text, id)
			}
			if knows[0] && knows[1] {
				t.Errorf("%s %s knows an answer and a dossier", name, key)
			}
		}
	}
	for name, docs := range all {
		for key, text := range docs {
			for _, code := range codes {
				if strings.Contains(strings.ToUpper(key+text), code) {
					t.Errorf("%s holds a code of a slip or a receipt", name)
				}
			}
			if name == "answers" && strings.Contains(text, "10:11") {
				t.Errorf("an answer keeps the time: %s", text)
			}
			if name == "invitations" && strings.Contains(text, "2024-02") {
				t.Errorf("an invitation keeps when it was used: %s", text)
			}
		}
	}
}

// leaves collects every value in a JSON document as text.
func leaves(v any, out map[string]bool) {
	switch v := v.(type) {
	case map[string]any:
		for _, x := range v {
			leaves(x, out)
		}
	case []any:
		for _, x := range v {
			leaves(x, out)
		}
	case nil:
	default:
		out[fmt.Sprint(v)] = true
	}
}

func TestPutAnswers(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.set("2024-03-01 09:00:00")
	as := []server.Answer{
		{ID: "a", Unit: "phu-lien-2024", Survey: "sipas-short", Day: "2024-02-01", Lane: server.LanePaper, Marks: map[string]string{"overall": "5"}},
		{ID: "b", Unit: "phu-lien-2024", Survey: "sipas-short", Day: "2024-02-02", Lane: server.LanePaper, Marks: map[string]string{"overall": "3"}},
	}
	for i, want := range []int{2, 0} {
		if n, err := h.PutAnswers(t.Context(), as); err != nil || n != want {
			t.Errorf("time %d: %d stored, %v", i+1, n, err)
		}
	}
	as[1].Marks = map[string]string{"overall": "1"}
	if n, err := h.PutAnswers(t.Context(), as); err != nil || n != 0 || h.answers(t)[1].Marks["overall"] != "3" {
		t.Errorf("the same id again changed an answer: %d, %v", n, err)
	}
}
