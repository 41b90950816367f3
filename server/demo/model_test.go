package demo_test

import (
	"fmt"
	"math"
	"testing"
	"time"
	"unicode/utf8"

	"hailong/server"
	"hailong/server/demo"
)

// drawn is how many citizens each check asks.
const drawn = 20_000

// replies simulates citizens whose dossiers differ by nothing but their code.
func replies(t *testing.T, d server.Dossier) []demo.Reply {
	t.Helper()
	var out []demo.Reply
	for i := range drawn {
		d.Code = server.DossierCode(fmt.Sprintf("000.21.35.H24-240315-%05d", i))
		if r, ok := demo.Simulate(d); ok {
			out = append(out, r)
		}
	}
	return out
}

// near fails where a frequency is five standard errors from what is documented.
func near(t *testing.T, what string, x, n int, p float64) {
	t.Helper()
	got := float64(x) / float64(n)
	if tol := 5 * math.Sqrt(p*(1-p)/float64(n)); math.Abs(got-p) > tol {
		t.Errorf("%s: %d of %d = %.4f, documented %.4f ± %.4f", what, x, n, got, p, tol)
	}
}

func countIf(rs []demo.Reply, f func(demo.Reply) bool) int {
	n := 0
	for _, r := range rs {
		if f(r) {
			n++
		}
	}
	return n
}

// phi is the standard normal distribution function.
func phi(x float64) float64 { return math.Erfc(-x/math.Sqrt2) / 2 }

// both is the probability that two latent variables with unit variance, means
// a and b and correlation rho are both positive, by the midpoint rule.
func both(a, b, rho float64) float64 {
	const step = 1e-3
	var p float64
	for z := -a + step/2; z < 9; z += step {
		p += step * math.Exp(-z*z/2) / math.Sqrt(2*math.Pi) * phi((b+rho*z)/math.Sqrt(1-rho*rho))
	}
	return p
}

func satisfied(r demo.Reply, item string) bool { return r.Given[item] == "4" || r.Given[item] == "5" }

func at(month time.Month, hour int) time.Time {
	return time.Date(2024, month, 12, hour, 0, 0, 0, server.Zone)
}

// easy and hard are two corners of the model. The predictors beside them are
// computed by hand from the tables of the package comment.
func easy() (server.Dossier, map[string]float64) {
	return server.Dossier{
			Field: "Chứng thực", Counter: "Quầy 2", Officer: "CC02", Channel: server.ChannelCounter,
			Status: server.StatusReturned, Received: at(time.March, 8), Finished: at(time.March, 9), Returned: at(time.March, 9),
		}, map[string]float64{ // 1.25 + 0.40 + 0.02·(3−6.5) = 1.58
			"overall": 1.58, "access": 1.53, "procedure": 1.53, "official": 1.68, "result": 1.58, "feedback": 1.33,
		}
}

func hard() (server.Dossier, map[string]float64) {
	return server.Dossier{
			Field: "Hộ tịch", Counter: "Quầy 3", Officer: "CC03", Channel: server.ChannelOnline,
			Status: server.StatusReturned, Received: at(time.August, 8), Due: at(time.August, 9), Finished: at(time.August, 10), Returned: at(time.August, 10),
		}, map[string]float64{ // 1.25 − 0.15 − 0.20 + 0.02·(8−6.5) − 0.20 = 0.73
			"overall": 0.73 - 0.5*0.20 - 1.0, "access": 0.73 - 0.05 - 0.3, "procedure": 0.73 - 0.05 - 0.6,
			"official": 0.73 + 0.10 - 0.20 - 0.3, "result": 0.73 - 1.3, "feedback": 0.73 - 0.25 - 0.3,
		}
}

// The frequencies are those of the package comment.
func TestModelFrequencies(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		corner  func() (server.Dossier, map[string]float64)
		answers float64
		kiosk   float64
	}{
		{"easy", easy, 0.62, 0.35},
		{"hard", hard, 0.66 * 0.75, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d, eta := c.corner()
			rs := replies(t, d)
			n := len(rs)
			near(t, "answers", n, drawn, c.answers)
			near(t, "at the kiosk", countIf(rs, func(r demo.Reply) bool { return r.Lane == server.LaneKiosk }), n, c.kiosk)
			near(t, "in English", countIf(rs, func(r demo.Reply) bool { return r.Lang == "en" }), n, 0.01)

			for k, from := range []float64{1.15, 0, -0.75, -1.35} {
				ge := string(rune('5' - k))
				near(t, "overall at least "+ge, countIf(rs, func(r demo.Reply) bool { return r.Given["overall"] >= ge }), n, phi(eta["overall"]-from))
			}
			for item, y := range eta {
				if item == "overall" {
					continue
				}
				said := countIf(rs, func(r demo.Reply) bool { return r.Given[item] != "" && r.Given[item] != "N" })
				// Of the 94 % who are no straight-liners 96 % (and on feedback
				// 45 % of those) tick a level; the 6 % always do, the overall's.
				own, whole := 0.94*0.96, 0.06
				if item == "feedback" {
					own *= 0.45
				}
				near(t, item+" ticked", said, n, own+whole)
				p := (own*phi(y) + whole*phi(eta["overall"])) / (own + whole)
				near(t, item+" satisfied", countIf(rs, func(r demo.Reply) bool { return satisfied(r, item) }), said, p)
			}
			near(t, "feedback N", countIf(rs, func(r demo.Reply) bool { return r.Given["feedback"] == "N" }), n, 0.94*0.96*0.55)
		})
	}
}

// Two elements correlate by 0.64, the overall opinion with the official by
// 0.64 + 0.36 √0.7 · 4/√47.
func TestModelCorrelations(t *testing.T) {
	t.Parallel()
	d, eta := hard()
	rs := replies(t, d)
	for _, c := range []struct {
		a, b string
		rho  float64
	}{
		{"access", "procedure", 0.64},
		{"access", "result", 0.64},
		{"overall", "official", 0.64 + 0.36*math.Sqrt(0.7)*4/math.Sqrt(47)},
		{"overall", "result", 0.64 + 0.36*math.Sqrt(0.7)*5/math.Sqrt(47)},
	} {
		ticked, own := 0.96*0.96, 0.94 // both ticked; no straight-liner
		if c.a == "overall" {
			ticked = 0.96
		}
		straight := phi(eta["overall"])
		p := (own*ticked*both(eta[c.a], eta[c.b], c.rho) + 0.06*straight) / (own*ticked + 0.06)
		said := countIf(rs, func(r demo.Reply) bool { return r.Given[c.a] != "" && r.Given[c.b] != "" })
		near(t, c.a+" and "+c.b, countIf(rs, func(r demo.Reply) bool { return satisfied(r, c.a) && satisfied(r, c.b) }), said, p)
	}
}

func TestModelDays(t *testing.T) {
	t.Parallel()
	d, _ := easy()
	rs := replies(t, d)
	var phone, lags [12]int
	total := 0
	for _, r := range rs {
		lag := 0
		for r.Day != d.ReturnDay().Add(lag) {
			if lag++; lag > 10 {
				t.Fatalf("an answer on %s to a result of %s", r.Day, d.ReturnDay())
			}
		}
		if r.Lane == server.LaneKiosk {
			phone[lag]++
			continue
		}
		lags[lag]++
		total++
	}
	for lag := 1; lag < len(phone); lag++ {
		if phone[lag] > 0 {
			t.Errorf("%d answers at the kiosk %d days after the result", phone[lag], lag)
		}
	}
	for lag := range 10 {
		near(t, fmt.Sprintf("on the phone after %d days", lag), lags[lag], total, 0.40*math.Pow(0.60, float64(lag)))
	}
	near(t, "on the phone after 10 days", lags[10], total, math.Pow(0.60, 10))
}

// What the model says is what the door lets in: the short instrument reads it
// without a fault, and comments are short, valid text.
func TestModelSaysWhatTheSurveyAsks(t *testing.T) {
	t.Parallel()
	svc := filled(t)
	d, _ := hard()
	comments := map[string]bool{}
	said := 0
	rs := replies(t, d)
	for _, r := range rs {
		if _, faults := svc.Survey().Read(r.Given); len(faults) > 0 {
			t.Fatalf("%v: %v", r.Given, faults)
		}
		if r.Comment != "" {
			comments[r.Comment] = true
			said++
		}
	}
	whole := phi(0.73 - 0.1 - 1.0)
	near(t, "comments", said, len(rs), whole*0.06+(1-whole)*0.25)
	if len(comments) < 10 {
		t.Errorf("%d different comments", len(comments))
	}
	for c := range comments {
		if !utf8.ValidString(c) || utf8.RuneCountInString(c) > 80 {
			t.Errorf("comment %q is too long or broken", c)
		}
	}
}

// A dossier's answer does not change: a document of it is a promise.
func TestModelIsFixed(t *testing.T) {
	t.Parallel()
	d, _ := hard()
	d.Code = "000.21.35.H24-240115-0012"
	a, ok1 := demo.Simulate(d)
	b, ok2 := demo.Simulate(d)
	if ok1 != ok2 || fmt.Sprint(a) != fmt.Sprint(b) {
		t.Errorf("%v, %v and then %v, %v", a, ok1, b, ok2)
	}
}
