package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"hailong/server"
	"hailong/server/store"
)

// Two different answers race on one slip: one is thanked, the other told that
// the slip was answered, and what is stored is the one that was thanked.
func TestTwoAnswersRace(t *testing.T) {
	t.Parallel()
	d := newDesk(t, Options{})
	for round := range 40 {
		code := d.slip(fmt.Sprintf("000.21.35.H24-250113-%04d", 3000+round))
		levels := []string{"1", "5"}
		status := make([]int, len(levels))
		var wg sync.WaitGroup
		start := make(chan struct{})
		for i, level := range levels {
			wg.Go(func() {
				<-start
				resp, _ := d.post("/q/"+code.Text(), url.Values{"overall": {level}})
				status[i] = resp.StatusCode
			})
		}
		close(start)
		wg.Wait()
		winner := 0
		if status[1] == http.StatusSeeOther {
			winner = 1
		}
		if status[winner] != http.StatusSeeOther || status[1-winner] != http.StatusConflict {
			t.Fatalf("round %d: %v", round, status)
		}
		r, err := d.svc.AcceptSlip(t.Context(), code, server.Submission{Given: map[string]string{"overall": levels[winner]}})
		if err != nil || !r.Already {
			t.Fatalf("round %d: the answer that was thanked is not the one stored: %v", round, err)
		}
	}
}

// The same answer from many connections at once, as an impatient thumb sends
// it, is thanked every time and stored once.
func TestOneAnswerManyTimes(t *testing.T) {
	t.Parallel()
	d := newDesk(t, Options{})
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			if resp, _ := d.post("/q/"+d.words["open"], url.Values{"overall": {"4"}, "comment": {"nhanh"}}); resp.StatusCode != http.StatusSeeOther {
				t.Errorf("status %d", resp.StatusCode)
			}
		})
	}
	wg.Wait()
	if _, page := d.get("/metrics"); !strings.Contains(page, `hailong_answers_total{lane="slip",result="stored",unit="phu-lien-2024"} 1`) {
		t.Error("not stored once")
	}
}

// A hundred thousand guesses, each from a device of its own choosing: nothing
// is hit, almost all are refused by the limit, memory stays flat, and a citizen
// with a slip answers in the middle of it, from the guesser's own address.
func TestHundredThousandGuesses(t *testing.T) { // alone, for it weighs the heap
	guesses := 10_000 // the whole hundred thousand, five seconds of CPU, in make test
	if os.Getenv("HAILONG_TEST_ALL") == "1" {
		guesses = 100_000
	}
	d := newDesk(t, Options{})
	rnd := &counter{}
	before := heap()
	answered, limited := 0, 0
	for i := range guesses {
		var path string
		if i%2 == 0 { // well formed, and unknown
			code, err := server.NewSlipCode(rnd)
			if err != nil {
				t.Fatal(err)
			}
			path = code.Text()
		} else {
			path = fmt.Sprintf("%016d", i)
		}
		resp := d.do(http.MethodGet, "/q/"+path, "", "", "User-Agent", fmt.Sprintf("guesser/%d", i))
		switch resp.StatusCode {
		case http.StatusNotFound:
			answered++
		case http.StatusTooManyRequests:
			limited++
		default:
			t.Fatalf("a guess got %d", resp.StatusCode)
		}
		if i == guesses/2 {
			if resp, page := d.get("/q/" + d.words["open"]); resp.StatusCode != http.StatusOK || !strings.Contains(page, "<form") {
				t.Errorf("a citizen with a slip: %d", resp.StatusCode)
			}
			if resp, _ := d.post("/q", url.Values{"code": {d.words["open2"]}}); resp.StatusCode != http.StatusSeeOther {
				t.Errorf("a citizen who types the code: %d", resp.StatusCode)
			}
			if resp, _ := d.post("/q/"+d.words["open"], url.Values{"overall": {"5"}}); resp.StatusCode != http.StatusSeeOther {
				t.Errorf("a citizen who answers: %d", resp.StatusCode)
			}
			// One who mistypes is told so, kindly, all the same.
			if resp, page := d.post("/q", url.Values{"code": {"x"}}); resp.StatusCode != http.StatusTooManyRequests || !strings.Contains(page, "Nhập đúng mã trên phiếu thì vẫn dùng được ngay") {
				t.Errorf("a citizen who mistypes: %d", resp.StatusCode)
			}
			for lang, says := range map[string]string{"vi": "Nhập đúng mã in trên phiếu thì vẫn dùng được ngay", "en": "The right code on a slip still works at once"} {
				if resp, page := d.get("/q/x?lang=" + lang); resp.StatusCode != http.StatusTooManyRequests || !strings.Contains(page, says) {
					t.Errorf("a damaged address, %s: %d", lang, resp.StatusCode)
				}
			}
		}
		if i%1000 == 999 {
			d.log.forget()
		}
	}
	if answered != 300 || limited != guesses-300 {
		t.Errorf("%d answered, %d limited", answered, limited)
	}
	if grown := int64(heap()) - int64(before); grown > 8<<20 {
		t.Errorf("memory grew by %d KB", grown>>10)
	}
	// A minute and a bit later the world is as before.
	d.clock.add(2 * time.Minute)
	if resp, _ := d.get("/q/" + d.words["unknown"]); resp.StatusCode != http.StatusNotFound {
		t.Errorf("later: %d", resp.StatusCode)
	}
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// A counter is a source of codes that never repeats.
type counter struct{ n uint64 }

func (c *counter) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(c.n >> (5 * i) & 31)
	}
	c.n++
	return len(p), nil
}

func (b *safeBuffer) forget() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.b.Reset()
}

// One device that guesses is limited by itself, and leaves the others of its
// waiting room, who share its address, alone.
func TestOneDeviceGuesses(t *testing.T) {
	t.Parallel()
	d := newDesk(t, Options{Limits: Limits{Guesses: 1000, GuessesPerDevice: 5}})
	guess := func(browser string) int {
		return d.do(http.MethodGet, "/q/"+d.words["unknown"], "", "", "User-Agent", browser).StatusCode
	}
	for i := range 8 {
		want := http.StatusNotFound
		if i >= 5 {
			want = http.StatusTooManyRequests
		}
		if got := guess("A"); got != want {
			t.Errorf("guess %d: %d", i+1, got)
		}
	}
	if got := guess("B"); got != http.StatusNotFound {
		t.Errorf("another browser at the same address: %d", got)
	}
	// The limit slides: half a window later there is room for some.
	d.clock.add(90 * time.Second)
	if got := guess("A"); got != http.StatusNotFound {
		t.Errorf("a minute and a half later: %d", got)
	}
}

// What is counted is a minute, whichever second it began.
func TestLimitSlides(t *testing.T) {
	t.Parallel()
	l := newLimits(Limits{Calls: 10})
	at := time.Date(2025, 1, 15, 9, 0, 50, 0, server.Zone)
	for range 10 {
		if !l.call("a", at) {
			t.Fatal("refused below the limit")
		}
	}
	if l.call("a", at) {
		t.Error("let through at the limit")
	}
	through := 0
	for range 10 {
		if l.call("a", at.Add(15*time.Second)) {
			through++
		}
	}
	if through > 1 { // an estimate: a twelfth of a minute has passed since the edge
		t.Errorf("the window's edge lets %d more through", through)
	}
	if !l.call("b", at) {
		t.Error("another token is refused")
	}
	if !l.call("a", at.Add(2*time.Minute)) {
		t.Error("refused for ever")
	}
	if !l.call("c", at.Add(-time.Hour)) {
		t.Error("a clock set back refuses")
	}
}

// A token that calls too often is told to wait; another is not.
func TestTokenLimit(t *testing.T) {
	t.Parallel()
	d := newDesk(t, Options{Limits: Limits{Calls: 3}})
	call := func(token string) int {
		return d.do(http.MethodPost, "/api/v1/answers", "application/json", "[]", "Authorization", "Bearer "+token).StatusCode
	}
	for range 3 {
		if got := call(d.words["device"]); got != 200 {
			t.Fatalf("%d", got)
		}
	}
	if got := call(d.words["device"]); got != 429 {
		t.Errorf("the fourth call: %d", got)
	}
	other, err := d.svc.AddToken(t.Context(), server.Token{Role: server.RoleDevice})
	if err != nil {
		t.Fatal(err)
	}
	if got := call(other); got != 200 {
		t.Errorf("another kiosk: %d", got)
	}
}

func walkUps(n int) string {
	var b strings.Builder
	b.WriteByte('[')
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"id":"6f1c2b0e-8f5b-4c3e-9a52-%012d","survey":"sipas-short","answers":{"overall":%d},"captured_at":"2025-01-15T08:58:00+07:00","lang":"vi"}`, i, 1+i%5)
	}
	b.WriteByte(']')
	return b.String()
}

// Five hundred records are one call; one more is too many, and stores nothing.
func TestFiveHundredRecords(t *testing.T) {
	t.Parallel()
	d := newDesk(t, Options{})
	call := func(body string) (*http.Response, string) {
		resp := d.do(http.MethodPost, "/api/v1/answers", "application/json", body, "Authorization", "Bearer "+d.words["device"])
		return resp, text(t, resp)
	}
	if resp, page := call(walkUps(501)); resp.StatusCode != 413 || !strings.Contains(page, problemType("too-large")) {
		t.Errorf("501 records: %d %s", resp.StatusCode, page)
	}
	if n := d.answers(); n != 1 { // the used slip's
		t.Errorf("%d answers after a refused call", n)
	}
	if resp, page := call(walkUps(500)); resp.StatusCode != 200 || strings.Count(page, `"status":"stored"`) != 500 {
		t.Errorf("500 records: %d", resp.StatusCode)
	}
	if n := d.answers(); n != 501 {
		t.Errorf("%d answers", n)
	}
	for a, err := range d.svc.Answers(t.Context(), "", "") {
		if err != nil {
			t.Fatal(err)
		}
		if a.Lane == server.LaneWalkUp && (a.Counter != "Quầy 3" || a.Officer != "" || a.Day != "2025-01-15") {
			t.Fatalf("a walk-up's attributes: %+v", a)
		}
	}
}

func (d *desk) answers() int {
	d.t.Helper()
	n := 0
	for _, err := range d.svc.Answers(d.t.Context(), "", "") {
		if err != nil {
			d.t.Fatal(err)
		}
		n++
	}
	return n
}

// A store that fails in the middle of a call acknowledges nothing; the same
// call again ends with everything stored exactly once.
func TestStoreFailsInTheMiddle(t *testing.T) {
	t.Parallel()
	d := newDesk(t, Options{})
	call := func() (*http.Response, string) {
		resp := d.do(http.MethodPost, "/api/v1/answers", "application/json", walkUps(100), "Authorization", "Bearer "+d.words["device"])
		return resp, text(t, resp)
	}
	d.store.failAfter(40)
	if resp, page := call(); resp.StatusCode != 503 || strings.Contains(page, "stored") {
		t.Fatalf("%d %s", resp.StatusCode, page)
	}
	d.store.works()
	resp, page := call()
	stored, already := strings.Count(page, `"status":"stored"`), strings.Count(page, `"status":"already"`)
	if resp.StatusCode != 200 || stored+already != 100 || already > 40 {
		t.Errorf("%d: %d stored, %d already", resp.StatusCode, stored, already)
	}
	if n := d.answers(); n != 101 {
		t.Errorf("%d answers", n)
	}
}

// Records of one id, or of one slip, are taken in the order they came in.
func TestChains(t *testing.T) {
	t.Parallel()
	d := newDesk(t, Options{})
	rec := func(id int, code, level string) string {
		return fmt.Sprintf(`{"id":"6f1c2b0e-8f5b-4c3e-9a52-%012d","survey":"sipas-short","code":%q,"answers":{"overall":%s},"captured_at":"2025-01-15T08:58:00+07:00"}`, id, code, level)
	}
	for round := range 20 {
		slip := d.slip(fmt.Sprintf("000.21.35.H24-250113-%04d", 4000+round))
		body := "[" + strings.Join([]string{
			rec(1000+round, "", "4"), rec(2000+round, slip.Text(), "1"), rec(1000+round, slip.Fours(), "1"), rec(1000+round, "", "4"), rec(3000+round, slip.Text(), "5"),
		}, ",") + "]"
		resp := d.do(http.MethodPost, "/api/v1/answers", "application/json", body, "Authorization", "Bearer "+d.words["device"])
		page := text(t, resp)
		var got []string
		for _, part := range strings.Split(page, `"status":"`)[1:] {
			word, _, _ := strings.Cut(part, `"`)
			got = append(got, word)
		}
		if want := "stored stored already already conflict"; strings.Join(got, " ") != want {
			t.Fatalf("round %d: %v, not %s", round, got, want)
		}
	}
}

// The store's own words stay inside.
func TestStoreErrorsStayInside(t *testing.T) {
	t.Parallel()
	d := newDesk(t, Options{})
	d.store.Fail(errors.New("dial tcp 10.1.2.3:27017: user hailong, password hunter2"))
	for _, path := range []string{"/q/" + d.words["open"], "/q/" + d.words["open"] + "/cam-on", "/readyz"} {
		resp, page := d.get(path)
		if resp.StatusCode != 503 || strings.Contains(page, "10.1.2.3") || strings.Contains(page, "hunter2") || strings.Contains(page, store.ErrUnavailable.Error()) {
			t.Errorf("%d %s", resp.StatusCode, page)
		}
	}
}
