package server_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"hailong/server"
)

// ratings puts x satisfied of n answers about a field.
func (h *house) ratings(t testing.TB, day server.Day, field string, x, n int) {
	t.Helper()
	var as []server.Answer
	for i := range n {
		mark := "1"
		if i < x {
			mark = "5"
		}
		as = append(as, server.Answer{ID: fmt.Sprintf("%s%s%04d", day, field, i), Unit: h.Config.Unit, Survey: "sipas-short", Day: day, Lane: server.LaneSlip,
			Field: field, Counter: "Quầy 3", Marks: map[string]string{"overall": mark, "access": "4", "feedback": "N"}})
	}
	if _, err := h.PutAnswers(t.Context(), as); err != nil {
		t.Fatal(err)
	}
}

// The target is 90 %. With a uniform prior the probability that the true share
// reaches it is that of Beta(1+x, 1+n-x).
func TestThresholds(t *testing.T) {
	t.Parallel()
	type part struct {
		day   server.Day
		field string
		x, n  int
	}
	const yesterday = "2024-06-14"
	for _, tt := range []struct {
		name  string
		parts []part
		want  []string
	}{
		{"nothing", nil, nil},
		{"too few for a verdict", []part{{yesterday, "Đất đai", 5, 29}}, nil},
		{"enough", []part{{yesterday, "Đất đai", 5, 30}}, []string{"unit 5/30", "Đất đai 5/30"}},
		{"met", []part{{yesterday, "Đất đai", 298, 300}}, nil},
		{"not certain", []part{{yesterday, "Đất đai", 88, 100}}, nil},
		{"certain", []part{{yesterday, "Đất đai", 84, 100}}, []string{"unit 84/100", "Đất đai 84/100"}},
		{"today does not count yet", []part{{"2024-06-15", "Đất đai", 5, 60}}, nil},
		{"the first day", []part{{"2024-03-17", "Đất đai", 5, 60}}, []string{"unit 5/60", "Đất đai 5/60"}},
		{"a day too old", []part{{"2024-03-16", "Đất đai", 5, 60}}, nil},
		{"one field only", []part{{yesterday, "Đất đai", 20, 40}, {yesterday, "Hộ tịch", 590, 600}}, []string{"Đất đai 20/40"}},
		// The small field is hidden, and with two fields the other would give it
		// back: only the whole is told of.
		{"hidden with a small one", []part{{yesterday, "Đất đai", 20, 40}, {yesterday, "Hộ tịch", 3, 9}}, []string{"unit 23/49"}},
		{"all of one field are dissatisfied", []part{{yesterday, "Đất đai", 0, 40}, {yesterday, "Hộ tịch", 400, 400}}, []string{"Đất đai 0/40"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			h.set("2024-06-15 09:00:00")
			for _, p := range tt.parts {
				h.ratings(t, p.day, p.field, p.x, p.n)
			}
			all, err := h.Thresholds(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, th := range all {
				if th.Kind != server.SatisfactionBelow || th.Target != 0.9 || th.From != "2024-03-17" || th.To != yesterday {
					t.Errorf("%+v", th)
				}
				name := th.Field
				if name == "" {
					name = "unit"
				}
				got = append(got, fmt.Sprintf("%s %d/%d", name, th.X, th.N))
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// An alert opens once and closes once on each channel, under one id; what failed
// is told again a minute later; nothing that was said goes with it.
func TestWatchThresholds(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	slip := h.one(t)
	if _, err := h.AcceptSlip(t.Context(), slip.Code, bad("Chờ rất lâu, không ai giải thích")); err != nil {
		t.Fatal(err)
	}
	h.ratings(t, "2024-01-16", "Đất đai", 20, 40)
	const hook, mail = server.AlertByWebhook, server.AlertByMail
	ids := map[string][]string{}
	deaf := false
	step := func(name, now string, by server.AlertChannel, want ...string) {
		t.Helper()
		h.set(now)
		var told []string
		err := h.WatchThresholds(t.Context(), by, func(_ context.Context, n server.ThresholdNotice) error {
			if deaf {
				return errors.New("nobody there")
			}
			if n.Since.IsZero() || n.Since.After(h.Now()) || strings.Contains(fmt.Sprintf("%+v", n), "giải thích") {
				t.Errorf("%+v", n)
			}
			text := noticeText(n)
			ids[n.ID] = append(ids[n.ID], text)
			told = append(told, text)
			return nil
		})
		if (err != nil) != deaf {
			t.Fatalf("%s: %v", name, err)
		}
		if !slices.Equal(told, want) {
			t.Errorf("%s: told %q, want %q", name, told, want)
		}
	}
	h.set("2024-01-17 09:00:00")
	open, err := h.Cases(t.Context(), server.User{Role: server.RoleLeader}, true)
	if err != nil || len(open) != 1 || open[0].Due != "2024-01-17" {
		t.Fatalf("%+v, %v", open, err)
	}
	const unit = "satisfaction.below/ opened 0/0 20/41" // the one other answer hides both fields
	step("the last day of the clock", "2024-01-17 09:00:00", hook, unit)
	step("once", "2024-01-17 09:10:00", hook)
	step("late", "2024-01-18 09:00:00", hook, "cases.overdue/ opened 1/1 0/0")
	step("late, once", "2024-01-19 09:00:00", hook)
	deaf = true
	step("nobody reads mail", "2024-01-19 09:00:00", mail)
	deaf = false
	step("not at once", "2024-01-19 09:00:30", mail)
	step("a minute later", "2024-01-19 09:01:00", mail, "cases.overdue/ opened 1/1 0/0", unit)

	leader := server.User{Name: "lan", Role: server.RoleLeader}
	if err := h.ActOnCase(t.Context(), leader, open[0].ID, open[0].Version, server.ActTake, ""); err != nil { // a new clock
		t.Fatal(err)
	}
	h.ratings(t, "2024-01-17", "Đất đai", 400, 400)
	step("well again", "2024-01-19 10:00:00", hook, "cases.overdue/ closed 0/0 0/0", "satisfaction.below/ closed 0/0 0/0")
	step("closed once", "2024-01-19 10:10:00", hook)
	deaf = true
	step("nobody reads of the end", "2024-01-19 10:10:00", mail)
	deaf = false
	step("the end, a minute later", "2024-01-19 10:11:00", mail, "cases.overdue/ closed 0/0 0/0", "satisfaction.below/ closed 0/0 0/0")
	step("the end once", "2024-01-19 10:20:00", mail)
	if len(ids) != 4 {
		t.Errorf("%d alerts", len(ids))
	}
	for id, texts := range ids {
		if len(texts) != 2 || !strings.Contains(texts[0], "opened") || !strings.Contains(texts[1], "closed") {
			t.Errorf("%s: %q", id, texts)
		}
	}
	if left := dump(t, h.memory)["alerts"]; len(left) > 0 {
		t.Errorf("left in the store: %v", left)
	}
}

func noticeText(n server.ThresholdNotice) string {
	word := "opened"
	if !n.Over.IsZero() {
		word = "closed"
	}
	return fmt.Sprintf("%s/%s %s %d/%d %d/%d", n.Kind, n.Field, word, n.Overdue, n.Waiting, n.X, n.N)
}

// Several servers on one store tell each notice once.
func TestWatchThresholdsTogether(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for i := range 5 {
		h.ratings(t, "2024-01-10", fmt.Sprintf("Lĩnh vực %d", i), 20, 40)
	}
	var mu sync.Mutex
	together := func(word string) {
		t.Helper()
		told := map[string]int{}
		var wg sync.WaitGroup
		for range 4 {
			other, err := server.New(t.Context(), h.memory, bytes.Repeat([]byte{7}, server.SecretSize), server.Config{})
			if err != nil {
				t.Fatal(err)
			}
			other.Now = h.Now
			wg.Go(func() {
				err := other.WatchThresholds(context.WithoutCancel(t.Context()), server.AlertByMail, func(_ context.Context, n server.ThresholdNotice) error {
					mu.Lock()
					defer mu.Unlock()
					told[noticeText(n)]++
					return nil
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if len(told) != 6 {
			t.Errorf("%s: %d notices, want those of the unit and five fields: %v", word, len(told), told)
		}
		for text, n := range told {
			if n != 1 || !strings.Contains(text, word) {
				t.Errorf("%s told %d times", text, n)
			}
		}
	}
	together("opened")
	h.set("2024-05-15 09:00:00") // the answers are too old now
	together("closed")
}
